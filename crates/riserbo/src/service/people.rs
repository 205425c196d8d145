//! Staff and software: creating them, and their passwords.

use std::collections::BTreeMap;

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use guard::{Action, RoleSet};

use super::access_log::Draft;
use super::directory::{self, Profile, staff_record};
use super::keyring::domain;
use crate::app::{App, Ctx};
use crate::error::{Error, Result};
use crate::store::people::{self, StaffRow};
use crate::store::{meta, taken};

/// A member of staff to be made.
pub struct NewStaff {
    /// The id wanted, if it is free.
    pub wanted_id: Option<i64>,
    /// Sign-in address.
    pub email: String,
    /// Name.
    pub name: String,
    /// Language.
    pub locale: String,
    /// Roles.
    pub roles: Vec<String>,
    /// Groups.
    pub groups: Vec<i64>,
    /// Whether it is software.
    pub software: bool,
    /// 0 active, 2 known by name only.
    pub state: i64,
    /// A password; none until one is set.
    pub password: Option<String>,
}

/// Hashes a password: argon2id, 19 MiB, two passes (OWASP's minimum).
///
/// # Errors
/// [`Error::Setup`] if the library refuses, which would be a defect.
pub fn hash_password(rng: &dyn seal::Random, password: &str) -> Result<String> {
    let mut salt = [0u8; 16];
    rng.fill(&mut salt)?;
    let hash: std::result::Result<PasswordHash, _> =
        Argon2::default().hash_password_with_salt(password.as_bytes(), &salt);
    hash.map(|hash| hash.to_string())
        .map_err(|_| Error::Setup(String::from("the password can't be hashed")))
}

/// Whether a password fits a hash.
#[must_use]
pub fn password_fits(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash)
        .is_ok_and(|h| Argon2::default().verify_password(password.as_bytes(), &h).is_ok())
}

/// A keyed token of a sign-in address: unique, and no clear text.
fn login_token(app: &App, email: &str) -> Result<[u8; 16]> {
    Ok(app.keys.search_key(domain::SYSTEM)?.lookup("login", &email.to_lowercase()))
}

/// The longest name of a colleague, in characters.
pub const MAX_NAME: usize = 200;

/// Whether this may be a sign-in address.
#[must_use]
pub fn is_address(email: &str) -> bool {
    email.len() <= 254 && email.contains('@') && !email.contains(char::is_whitespace)
}

fn check(new: &NewStaff) -> Result<()> {
    if !is_address(&new.email) {
        return Err(Error::invalid("email", "give a mail address of at most 254 characters"));
    }
    if new.name.chars().count() > MAX_NAME {
        return Err(Error::invalid("name", "at most 200 characters"));
    }
    RoleSet::parse(&new.roles)
        .map_err(|_| Error::invalid("role", "roles are lower-case words like agent-1"))?;
    Ok(())
}

/// Makes a member of staff. The caller has checked the right, or there is
/// nobody yet.
pub async fn create(app: &App, new: NewStaff) -> Result<i64> {
    check(&new)?;
    if app.people.by_email(&new.email).is_some() {
        return Err(Error::invalid("email", "somebody has this address already"));
    }
    let now = app.clock.now();
    let id = free_id(app, new.wanted_id).await?;
    let profile = Profile {
        email: new.email.clone(),
        name: new.name,
        locale: new.locale,
        agent_no: agent_number(app)?,
        alias: alias(app)?,
        password: new
            .password
            .as_deref()
            .map(|p| hash_password(app.rng.as_ref(), p))
            .transpose()?,
        start_password: false,
    };
    let mut keys = app.keys.batch(&[staff_record(id)]).await?;
    let sealed = seal_profile(&mut keys, id, &profile)?;
    keys.commit().await?;
    let row = StaffRow {
        id,
        login: login_token(app, &new.email)?.to_vec(),
        software: new.software,
        state: new.state,
        roles: serde_json::to_string(&new.roles).map_err(|_| Error::Sealed)?,
        groups: serde_json::to_string(&new.groups).map_err(|_| Error::Sealed)?,
        sealed,
        created_at: now,
        updated_at: now,
    };
    let mut tx = app.data.begin().await?;
    // The lock under which ids are given away, to colleagues and customers.
    meta::raise_sequence(&mut tx, "user", id).await?;
    if !taken::users(&mut tx, &[id]).await?.is_empty() {
        return Err(Error::invalid("id", "somebody was given this id just now; try again"));
    }
    people::put_staff(&mut tx, &row).await?;
    tx.commit().await?;
    refresh(app).await?;
    Ok(id)
}

fn seal_profile(
    keys: &mut super::keyring::KeyBatch<'_>,
    id: i64,
    profile: &Profile,
) -> Result<Vec<u8>> {
    let plain = zeroize::Zeroizing::new(serde_json::to_vec(profile).map_err(|_| Error::Sealed)?);
    keys.seal(directory::DOMAIN, staff_record(id), directory::PROFILE, 0, &plain)
}

async fn free_id(app: &App, wanted: Option<i64>) -> Result<i64> {
    if let Some(id) = wanted {
        let customer = crate::store::customers::get(&app.data, id).await?.is_some();
        if !customer && app.people.get(id).is_none() {
            return Ok(id);
        }
    }
    let mut tx = app.data.begin().await?;
    let id = meta::take_ids(&mut tx, "user", 1).await?;
    tx.commit().await?;
    Ok(id)
}

fn agent_number(app: &App) -> Result<u32> {
    loop {
        let mut bytes = [0u8; 4];
        app.rng.fill(&mut bytes)?;
        let number = u32::from_be_bytes(bytes);
        // 0 is nobody.
        if number != 0 && app.people.by_number(number).is_none() {
            return Ok(number);
        }
    }
}

/// Makes several at once: the demo's company.
pub async fn create_many(app: &App, all: Vec<NewStaff>) -> Result<()> {
    for new in all {
        create(app, new).await?;
    }
    Ok(())
}

/// Sets passwords, hashing them side by side.
pub async fn set_passwords(app: &App, passwords: &[(i64, String)]) -> Result<()> {
    let rng = app.rng.as_ref();
    let hashes: Vec<Result<String>> = std::thread::scope(|scope| {
        let threads: Vec<_> = passwords
            .iter()
            .map(|(_, password)| scope.spawn(move || hash_password(rng, password)))
            .collect();
        threads.into_iter().map(|t| t.join().unwrap_or(Err(Error::Stopped))).collect()
    });
    let rows = people::all_staff(&app.data).await?;
    let mut tx = app.data.begin().await?;
    for ((id, _), hash) in passwords.iter().zip(hashes) {
        let staff = app.people.get(*id).ok_or(Error::NotFound)?;
        let mut row = rows.iter().find(|r| r.id == *id).cloned().ok_or(Error::NotFound)?;
        let profile = Profile { password: Some(hash?), ..staff.profile.clone() };
        let plain =
            zeroize::Zeroizing::new(serde_json::to_vec(&profile).map_err(|_| Error::Sealed)?);
        let mut keys = app.keys.load(&[staff_record(*id)]).await?;
        row.sealed = keys.seal(staff_record(*id), directory::PROFILE, 0, &plain)?;
        row.updated_at = app.clock.now();
        people::put_staff(&mut tx, &row).await?;
    }
    tx.commit().await?;
    refresh(app).await
}

/// Reads the staff anew, after a change.
pub(crate) async fn refresh(app: &App) -> Result<()> {
    app.people.load(&app.data, &app.keys).await?;
    tell_detector(app).await
}

/// Tells the detector who works here and what the house is called: their names
/// are no customer data.
pub(crate) async fn tell_detector(app: &App) -> Result<()> {
    let staff = app.people.all();
    let brands = people::brands(&app.data).await?;
    let house = brands.iter().map(|b| b.name.as_str());
    app.scanner.know(
        staff.iter().filter(|s| !s.software()).map(|s| s.profile.name.as_str()),
        house.chain([app.config.organization.name.as_str()]),
    );
    Ok(())
}

/// A free alias: random among the small numbers, so that it can be said aloud
/// and doesn't tell who came when.
fn alias(app: &App) -> Result<u32> {
    let most = u32::try_from(app.people.all().len()).unwrap_or(u32::MAX / 8).max(24) * 4;
    loop {
        let mut bytes = [0u8; 4];
        app.rng.fill(&mut bytes)?;
        let alias = u32::from_be_bytes(bytes) % most + 1;
        if app.people.by_alias(alias).is_none() {
            return Ok(alias);
        }
    }
}

/// Makes a member of staff, as somebody with the right to.
pub async fn invite(ctx: &Ctx, new: NewStaff) -> Result<i64> {
    if let Err(error) = ctx.require(Action::ManagePeople) {
        return Err(ctx.refuse("create_staff", error).await);
    }
    let roles = new.roles.join(" ");
    let id = match create(&ctx.app, new).await {
        Ok(id) => id,
        Err(error) => return Err(ctx.refuse("create_staff", error).await),
    };
    let facts =
        BTreeMap::from([(String::from("staff"), id.to_string()), (String::from("roles"), roles)]);
    ctx.log_plain(Draft { action: "create_staff", facts, ..Draft::default() }).await?;
    Ok(id)
}

/// Checks a sign-in. An unknown address costs the same time as a wrong password.
///
/// # Errors
/// [`Error::Unauthenticated`], whatever the reason.
pub fn verify(app: &App, email: &str, password: &str) -> Result<std::sync::Arc<directory::Staff>> {
    let staff = app.people.by_email(email);
    let hash = staff.as_ref().and_then(|s| s.profile.password.clone());
    let known = hash.is_some();
    let hash = hash.unwrap_or_else(|| DUMMY.to_owned());
    let fits = password_fits(password, &hash);
    match staff {
        Some(staff) if known && fits && staff.active && !staff.profile.start_password => Ok(staff),
        _ => Err(Error::Unauthenticated),
    }
}

/// A hash that fits nothing, with the same parameters as ours.
const DUMMY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5LW5vYm9keQ\
                     $AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
