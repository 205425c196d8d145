//! Accounts: the first one, start passwords, one's own password, suspending.
//!
//! *The first account* is made while nobody can sign in: it is how a desk begins, and it works
//! once. *A start password* is made by the program, shown once to whoever invites, and good for
//! one thing only: its owner sets their own with it. So nobody's password is known to another
//! (I10), and no mail needs to be sent.
//!
//! What it is not: roles are given at the invitation; changing them is a proposal.

use std::collections::BTreeMap;
use std::sync::Arc;

use guard::Action;

use super::access_log::{Draft, Outcome};
use super::directory::{self, Profile, Staff, staff_record};
use super::people::{self as staff, NewStaff};
use crate::app::{App, Caller, Ctx, request_id};
use crate::error::{Error, Result};
use crate::store::people;

/// Shortest password that a person may set (NIST SP 800-63B-4 section 3.1.1.2 asks 15 without a
/// second factor).
pub const SHORTEST: usize = 15;

/// An account as administrators see it.
#[derive(Clone)]
pub struct Account {
    /// Zendesk user id.
    pub id: i64,
    /// Sign-in address.
    pub email: String,
    /// Name.
    pub name: String,
    /// Role names.
    pub roles: Vec<String>,
    /// Whether it is software.
    pub software: bool,
    /// Whether it may sign in.
    pub state: State,
    /// Micros.
    pub created_at: i64,
}

/// Whether an account may sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It may.
    Active,
    /// It has a start password and has not set its own.
    Invited,
    /// It has no password (it uses tokens, or has not been given one).
    NoPassword,
    /// It may not.
    Suspended,
    /// Known from an import by name only.
    Imported,
}

impl State {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            State::Active => "active",
            State::Invited => "invited",
            State::NoPassword => "no password",
            State::Suspended => "suspended",
            State::Imported => "imported",
        }
    }

    fn of(staff: &Staff) -> State {
        match (&staff.profile.password, staff.active) {
            _ if staff.imported => State::Imported,
            (_, false) => State::Suspended,
            (None, true) => State::NoPassword,
            (Some(_), true) if staff.profile.start_password => State::Invited,
            (Some(_), true) => State::Active,
        }
    }
}

/// Whether nobody has an account yet. People known from an import only don't count.
#[must_use]
pub fn nobody(app: &App) -> bool {
    app.people.all().iter().all(|s| s.imported)
}

fn fit(password: &str) -> Result<()> {
    let chars = password.chars().count();
    if chars < SHORTEST || password.len() > 512 {
        return Err(Error::invalid(
            "password",
            format!("take {SHORTEST} characters or more; a sentence is easy to remember"),
        ));
    }
    Ok(())
}

/// Makes the first account, with its own password.
///
/// # Errors
/// [`Error::Forbidden`] once somebody has an account.
pub async fn first(app: &Arc<App>, new: NewStaff, route: &str) -> Result<i64> {
    if !nobody(app) {
        return Err(Error::Forbidden("manage_people (the first account exists already)"));
    }
    fit(new.password.as_deref().unwrap_or_default())?;
    let roles = new.roles.join(" ");
    let id = staff::create(app, new).await?;
    let who = app.people.get(id).ok_or(Error::NotFound)?;
    let facts = BTreeMap::from([
        (String::from("staff"), id.to_string()),
        (String::from("roles"), roles),
        (String::from("first"), String::from("yes")),
    ]);
    let draft = Draft { action: "create_staff", facts, ..Draft::default() };
    Ctx::cli(app, who, route).log_plain(draft).await?;
    Ok(id)
}

/// Makes an account with a start password, which is returned once. Software gets none: it uses
/// tokens.
///
/// # Errors
/// [`Error::Forbidden`] without the right to manage people.
pub async fn invite(ctx: &Ctx, new: NewStaff) -> Result<(i64, Option<String>)> {
    let software = new.software;
    let id = staff::invite(ctx, NewStaff { password: None, ..new }).await?;
    if software {
        return Ok((id, None));
    }
    let password = start_password(&ctx.app)?;
    let hash = staff::hash_password(ctx.app.rng.as_ref(), &password)?;
    change(&ctx.app, id, |profile| {
        profile.password = Some(hash);
        profile.start_password = true;
    })
    .await?;
    Ok((id, Some(password)))
}

/// Twenty signs in five groups: 100 bits, easy to dictate.
fn start_password(app: &App) -> Result<String> {
    const SIGNS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut bytes = [0u8; 20];
    app.rng.fill(&mut bytes)?;
    let mut out = String::with_capacity(24);
    for (i, byte) in bytes.iter().enumerate() {
        if i > 0 && i % 4 == 0 {
            out.push('-');
        }
        out.push(char::from(SIGNS.get(usize::from(byte & 31)).copied().unwrap_or(b'a')));
    }
    Ok(out)
}

/// Changes what is sealed of an account, and only that.
async fn change(app: &App, id: i64, edit: impl FnOnce(&mut Profile)) -> Result<()> {
    let rows = people::all_staff(&app.data).await?;
    let row = rows.into_iter().find(|r| r.id == id).ok_or(Error::NotFound)?;
    let mut keys = app.keys.load(&[staff_record(id)]).await?;
    let mut profile = directory::profile_of(&mut keys, &row)?;
    edit(&mut profile);
    let plain = zeroize::Zeroizing::new(serde_json::to_vec(&profile).map_err(|_| Error::Sealed)?);
    let sealed = keys.seal(staff_record(id), directory::PROFILE, 0, &plain)?;
    let mut tx = app.data.begin().await?;
    let now = app.clock.now();
    if !people::set_profile(&mut tx, id, &row.sealed, &sealed, now).await? {
        // Somebody else changed it in between.
        return Err(Error::Stopped);
    }
    tx.commit().await?;
    staff::refresh(app).await
}

/// Signs somebody in at the command line; a refusal is in the log.
///
/// # Errors
/// [`Error::Unauthenticated`], whatever the reason.
pub async fn sign_in(
    app: &Arc<App>,
    email: &str,
    password: &str,
    route: &str,
) -> Result<Arc<Staff>> {
    match staff::verify(app, email, password) {
        Ok(staff) => Ok(staff),
        Err(error) => Err(refused(app, email, route, error).await),
    }
}

/// Logs a refused sign-in: under the account's number, which its owner and the log's readers want
/// to know of, or under nobody's, which takes as long.
async fn refused(app: &Arc<App>, email: &str, route: &str, error: Error) -> Error {
    let draft = Draft { action: "sign_in", outcome: Some(Outcome::Denied), ..Draft::default() };
    let logged = match app.people.by_email(email) {
        Some(staff) => Ctx::cli(app, staff, route).log_plain(draft).await,
        None => unknown(app, route, draft).await,
    };
    logged.err().unwrap_or(error)
}

async fn unknown(app: &Arc<App>, route: &str, draft: Draft) -> Result<u64> {
    let now = app.clock.now();
    let caller = Caller {
        agent_no: 0,
        software: false,
        address: String::from("local"),
        client: format!("riserbo {}", env!("CARGO_PKG_VERSION")),
        path: route.to_owned(),
        method: String::from("cli"),
        request: request_id(app.rng.as_ref(), now),
        now,
    };
    let mut keys = app.keys.load(&[]).await?;
    app.log.write(&caller, app.policy.version(), draft, &mut keys).await
}

/// Sets one's own password, with the one that one has (a start password serves too).
///
/// # Errors
/// [`Error::Unauthenticated`] if the old one does not fit; [`Error::Invalid`] if the new one is
/// too short or the old one again.
pub async fn set_password(
    app: &Arc<App>,
    email: &str,
    old: &str,
    new: &str,
    route: &str,
) -> Result<()> {
    let known = app.people.by_email(email).filter(|s| s.active);
    let fits = match known.as_ref().and_then(|s| s.profile.password.as_deref()) {
        Some(hash) => staff::password_fits(old, hash),
        // An unknown address costs the same time.
        None => staff::verify(app, "", old).is_ok(),
    };
    let Some(who) = known.filter(|_| fits) else {
        return Err(refused(app, email, route, Error::Unauthenticated).await);
    };
    fit(new)?;
    if new == old {
        return Err(Error::invalid("password", "take another one than before"));
    }
    let hash = staff::hash_password(app.rng.as_ref(), new)?;
    change(app, who.id, |profile| {
        profile.password = Some(hash);
        profile.start_password = false;
    })
    .await?;
    let draft = Draft { action: "set_password", ..Draft::default() };
    Ctx::cli(app, who, route).log_plain(draft).await?;
    Ok(())
}

/// Every account.
///
/// # Errors
/// [`Error::Forbidden`] without the right to manage people.
pub async fn list(ctx: &Ctx) -> Result<Vec<Account>> {
    if let Err(error) = ctx.require(Action::ManagePeople) {
        return Err(ctx.refuse("list_staff", error).await);
    }
    let all: Vec<Account> = ctx.app.people.all().iter().map(|s| account(s)).collect();
    ctx.log_plain(Draft { action: "list_staff", rows: Some(all.len()), ..Draft::default() })
        .await?;
    Ok(all)
}

fn account(staff: &Staff) -> Account {
    Account {
        id: staff.id,
        email: staff.profile.email.clone(),
        name: staff.profile.name.clone(),
        roles: staff.principal.roles.iter().map(|r| r.as_str().to_owned()).collect(),
        software: staff.software(),
        state: State::of(staff),
        created_at: staff.created_at,
    }
}

/// Suspends an account, or lets it sign in again. Its tokens stop with it.
///
/// # Errors
/// [`Error::NotFound`] for people known from an import only; [`Error::Invalid`] for oneself, and
/// so nobody locks the desk's last administrator out.
pub async fn suspend(ctx: &Ctx, email: &str, suspended: bool) -> Result<()> {
    let action = if suspended { "suspend_staff" } else { "resume_staff" };
    let done = async {
        ctx.require(Action::ManagePeople)?;
        let who = ctx.app.people.by_email(email).filter(|s| !s.imported).ok_or(Error::NotFound)?;
        if who.id == ctx.who.id {
            return Err(Error::invalid("account", "nobody suspends themselves: ask a colleague"));
        }
        let mut tx = ctx.app.data.begin().await?;
        people::set_state(&mut tx, who.id, i64::from(suspended), ctx.app.clock.now()).await?;
        tx.commit().await?;
        staff::refresh(&ctx.app).await?;
        Ok(who.id)
    };
    match done.await {
        Ok(id) => {
            let facts = BTreeMap::from([(String::from("staff"), id.to_string())]);
            ctx.log_plain(Draft { action, facts, ..Draft::default() }).await?;
            Ok(())
        }
        Err(error) => Err(ctx.refuse(action, error).await),
    }
}
