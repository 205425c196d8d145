//! API tokens: made, shown once, stored as a hash, checked, ended.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use guard::Action;

use super::access_log::Draft;
use super::directory::Staff;
use crate::app::{App, Bounds, Ctx};
use crate::clock::{MINUTE, SECOND};
use crate::error::{Error, Result};
use crate::store::meta;
use crate::store::people::{self, TokenRow};

/// What stands before a token, so that scanners of leaked secrets know it.
pub const PREFIX: &str = "rsb_";

/// A token to be made.
pub struct NewToken {
    /// Its owner.
    pub owner: i64,
    /// What it is called.
    pub label: String,
    /// `read`, `write`; empty is read and write.
    pub scopes: Vec<String>,
    /// Networks (`10.0.0.0/8`, `::1/128`) from which it may be used; empty is any.
    pub networks: Vec<String>,
    /// When it ends, micros.
    pub expires_at: Option<i64>,
}

/// A new token: the text is shown once and never again.
pub struct Made {
    /// Its id.
    pub id: i64,
    /// The token itself.
    pub text: String,
}

/// Binds a token that is made with a token as that one is: it can do no more, from no further
/// away and for no longer.
///
/// # Errors
/// [`Error::Forbidden`] for a scope or a network beyond the caller's.
fn inherit(ctx: &Ctx, mut new: NewToken) -> Result<NewToken> {
    if let Some(scopes) = &ctx.scopes {
        if new.scopes.is_empty() {
            new.scopes = scopes.to_vec();
        } else if !new.scopes.iter().all(|s| scopes.contains(s)) {
            return Err(Error::Forbidden("create_token (a scope that your token does not have)"));
        }
    }
    if let Some(bounds) = &ctx.bounds {
        if new.networks.is_empty() {
            new.networks.clone_from(&bounds.networks);
        } else if !new.networks.iter().all(|n| within(n, &bounds.networks)) {
            return Err(Error::Forbidden("create_token (a network that your token does not have)"));
        }
        new.expires_at = match (new.expires_at, bounds.expires_at) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }
    Ok(new)
}

/// Whether a network lies in one of these; no networks are any.
fn within(network: &str, outer: &[String]) -> bool {
    let Some((address, bits)) = network_of(network) else {
        return false;
    };
    outer.is_empty()
        || outer.iter().filter_map(|o| network_of(o)).any(|o| o.1 <= bits && contains(o, address))
}

/// Who makes a token reads it, and can use it.
///
/// INVARIANT I10: nobody alone widens access. A token for somebody else is made by who manages
/// tokens, for an account that may do and see no more than they themselves.
fn right(ctx: &Ctx, owner: i64) -> Result<()> {
    if owner == ctx.who.id {
        return ctx.scope("write");
    }
    ctx.require(Action::ManageTokens)?;
    let owner = ctx.app.people.get(owner).ok_or(Error::NotFound)?;
    if ctx.app.policy.covers(&ctx.principal().roles, &owner.principal.roles) {
        Ok(())
    } else {
        Err(Error::Forbidden("create_token (for an account with rights that you don't have)"))
    }
}

/// Makes a token; its owner, or somebody who manages tokens and has the owner's rights, may.
pub async fn create(ctx: &Ctx, new: NewToken) -> Result<Made> {
    let new = match right(ctx, new.owner).and_then(|()| inherit(ctx, new)) {
        Ok(new) => new,
        Err(error) => return Err(ctx.refuse("create_token", error).await),
    };
    let facts = BTreeMap::from([
        (String::from("owner"), new.owner.to_string()),
        (String::from("scopes"), new.scopes.join(" ")),
    ]);
    let made = match make(&ctx.app, new).await {
        Ok(made) => made,
        Err(error) => return Err(ctx.refuse("create_token", error).await),
    };
    ctx.log_plain(Draft { action: "create_token", facts, ..Draft::default() }).await?;
    Ok(made)
}

/// Makes a token without asking for a right: the first start and the demo.
pub async fn make(app: &App, new: NewToken) -> Result<Made> {
    if new.label.chars().count() > 100 {
        return Err(Error::invalid("label", "at most 100 characters"));
    }
    if let Some(scope) = new.scopes.iter().find(|s| !matches!(s.as_str(), "read" | "write")) {
        return Err(Error::invalid(
            "scope",
            format!("{} is no scope: use read, write", scope.len()),
        ));
    }
    for network in &new.networks {
        network_of(network)
            .ok_or_else(|| Error::invalid("network", "write networks as 10.0.0.0/8 or ::1/128"))?;
    }
    if app.people.get(new.owner).is_none() {
        return Err(Error::NotFound);
    }
    let secret = seal::random_token(app.rng.as_ref())?;
    let text = format!(
        "{PREFIX}{}",
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(secret.expose())
    );
    let now = app.clock.now();
    let mut tx = app.data.begin().await?;
    let id = meta::take_ids(&mut tx, "token", 1).await?;
    let row = TokenRow {
        id,
        staff_id: new.owner,
        hash: seal::hash_token(text.as_bytes()).to_vec(),
        label: new.label,
        scopes: new.scopes.join(" "),
        networks: new.networks.join(","),
        created_at: now,
        expires_at: new.expires_at,
        used_at: None,
        revoked_at: None,
    };
    people::put_token(&mut tx, &row).await?;
    tx.commit().await?;
    Ok(Made { id, text })
}

/// Ends a token.
pub async fn revoke(ctx: &Ctx, id: i64) -> Result<()> {
    let ended = async {
        let token = people::tokens(&ctx.app.data, None)
            .await?
            .into_iter()
            .find(|t| t.id == id)
            .ok_or(Error::NotFound)?;
        if token.staff_id == ctx.who.id {
            ctx.scope("write")?;
        } else {
            ctx.require(Action::ManageTokens)?;
        }
        let mut tx = ctx.app.data.begin().await?;
        let live = people::revoke_token(&mut tx, id, ctx.now()).await?;
        tx.commit().await?;
        ctx.app.tokens.clear();
        if live { Ok(()) } else { Err(Error::NotFound) }
    };
    if let Err(error) = ended.await {
        return Err(ctx.refuse("revoke_token", error).await);
    }
    let facts = BTreeMap::from([(String::from("token"), id.to_string())]);
    ctx.log_plain(Draft { action: "revoke_token", facts, ..Draft::default() }).await?;
    Ok(())
}

/// Whether a token opens anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It does.
    Live,
    /// Its time is over.
    Expired,
    /// It was ended.
    Revoked,
}

impl State {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            State::Live => "live",
            State::Expired => "expired",
            State::Revoked => "revoked",
        }
    }
}

/// A token as its owner and administrators see it: never its text.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Its id.
    pub id: i64,
    /// Its owner.
    pub owner: i64,
    /// What it is called.
    pub label: String,
    /// What it may do; empty is read and write.
    pub scopes: Vec<String>,
    /// From where; empty is any network.
    pub networks: Vec<String>,
    /// Whether it opens anything.
    pub state: State,
    /// Micros.
    pub created_at: i64,
    /// Micros; none is never.
    pub expires_at: Option<i64>,
    /// Micros, to the minute.
    pub used_at: Option<i64>,
}

/// One's own tokens, newest first; `all` is everybody's, for whoever manages tokens.
///
/// # Errors
/// [`Error::Forbidden`] for `all` without the right to manage tokens.
pub async fn list(ctx: &Ctx, all: bool) -> Result<Vec<Listed>> {
    if all && let Err(error) = ctx.require(Action::ManageTokens) {
        return Err(ctx.refuse("list_tokens", error).await);
    }
    let owner = (!all).then_some(ctx.who.id);
    let rows: Vec<Listed> = people::tokens(&ctx.app.data, owner)
        .await?
        .into_iter()
        .map(|row| listed(row, ctx.now()))
        .collect();
    ctx.log_plain(Draft { action: "list_tokens", rows: Some(rows.len()), ..Draft::default() })
        .await?;
    Ok(rows)
}

fn listed(row: TokenRow, now: i64) -> Listed {
    let words = |text: &str, by: char| -> Vec<String> {
        text.split(by).filter(|w| !w.is_empty()).map(str::to_owned).collect()
    };
    let state = match (row.revoked_at, row.expires_at) {
        (Some(_), _) => State::Revoked,
        (None, Some(end)) if end <= now => State::Expired,
        _ => State::Live,
    };
    Listed {
        id: row.id,
        owner: row.staff_id,
        scopes: words(&row.scopes, ' '),
        networks: words(&row.networks, ','),
        label: row.label,
        state,
        created_at: row.created_at,
        expires_at: row.expires_at,
        used_at: row.used_at,
    }
}

/// Tokens that were read a moment ago: a client asks hundreds of times a second
/// with the same one. This process forgets one that it ends at once; what
/// another node ends is forgotten within a second.
#[derive(Default)]
pub(crate) struct Recent(Mutex<HashMap<[u8; 32], (i64, TokenRow)>>);

impl Recent {
    /// How long a token is remembered, micros.
    const FOR: i64 = SECOND;
    /// Most that are remembered.
    const MOST: usize = 10_000;

    fn get(&self, hash: &[u8; 32], now: i64) -> Option<TokenRow> {
        let recent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (read, row) = recent.get(hash)?;
        (0..Self::FOR).contains(&(now - read)).then(|| row.clone())
    }

    fn put(&self, hash: [u8; 32], now: i64, row: &TokenRow) {
        let mut recent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if recent.len() >= Self::MOST {
            recent.clear();
        }
        recent.insert(hash, (now, row.clone()));
    }

    /// Forgets all of them: after any change to tokens.
    pub(crate) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

async fn row_of(app: &App, hash: [u8; 32]) -> Result<TokenRow> {
    let now = app.clock.now();
    if let Some(row) = app.tokens.get(&hash, now) {
        return Ok(row);
    }
    let row = people::token_by_hash(&app.data, &hash).await?.ok_or(Error::Unauthenticated)?;
    app.tokens.put(hash, now, &row);
    Ok(row)
}

/// Who a token speaks for.
pub struct Bearer {
    /// The owner.
    pub staff: std::sync::Arc<Staff>,
    /// The scopes; empty is read and write.
    pub scopes: Vec<String>,
    /// How it is bound besides.
    pub bounds: Bounds,
}

/// Checks a token.
///
/// # Errors
/// [`Error::Unauthenticated`] if it is unknown, expired, revoked, used from a
/// network that is not allowed, or its owner may not sign in.
pub async fn check(app: &App, text: &str, from: Option<IpAddr>) -> Result<Bearer> {
    let hash = seal::hash_token(text.as_bytes());
    let row = row_of(app, hash).await?;
    let now = app.clock.now();
    if row.revoked_at.is_some() || row.expires_at.is_some_and(|end| end <= now) {
        return Err(Error::Unauthenticated);
    }
    if !row.networks.is_empty() {
        let inside = from.is_some_and(|ip| {
            row.networks.split(',').filter_map(network_of).any(|network| contains(network, ip))
        });
        if !inside {
            return Err(Error::Unauthenticated);
        }
    }
    let staff = app.people.get(row.staff_id).filter(|s| s.active).ok_or(Error::Unauthenticated)?;
    let minute = now.div_euclid(MINUTE) * MINUTE;
    if row.used_at.is_none_or(|at| at < minute) {
        people::touch_token(&app.data, row.id, minute).await?;
        app.tokens.put(hash, now, &TokenRow { used_at: Some(minute), ..row.clone() });
    }
    let scopes = row.scopes.split_whitespace().map(str::to_owned).collect();
    let networks = row.networks.split(',').filter(|n| !n.is_empty()).map(str::to_owned).collect();
    Ok(Bearer { staff, scopes, bounds: Bounds { networks, expires_at: row.expires_at } })
}

/// What stands for a token where its text may not: SHA-256 of it.
#[must_use]
pub fn hash(text: &str) -> [u8; 32] {
    seal::hash_token(text.as_bytes())
}

/// An address and the length of its prefix.
pub(crate) fn network_of(text: &str) -> Option<(IpAddr, u8)> {
    let (address, bits) = match text.trim().split_once('/') {
        Some((address, bits)) => (address.parse::<IpAddr>().ok()?, bits.parse::<u8>().ok()?),
        None => {
            let address = text.trim().parse::<IpAddr>().ok()?;
            (address, if address.is_ipv4() { 32 } else { 128 })
        }
    };
    let most = if address.is_ipv4() { 32 } else { 128 };
    (bits <= most).then_some((address, bits))
}

/// Whether an address lies in a network.
pub(crate) fn contains((network, bits): (IpAddr, u8), address: IpAddr) -> bool {
    match (network, address.to_canonical()) {
        (IpAddr::V4(n), IpAddr::V4(a)) => {
            let shift = 32 - u32::from(bits);
            u32::from(n).checked_shr(shift) == u32::from(a).checked_shr(shift)
        }
        (IpAddr::V6(n), IpAddr::V6(a)) => {
            let shift = 128 - u32::from(bits);
            u128::from(n).checked_shr(shift) == u128::from(a).checked_shr(shift)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inside(network: &str, address: &str) -> bool {
        contains(network_of(network).unwrap(), address.parse().unwrap())
    }

    #[test]
    fn an_address_is_inside_its_network_only() {
        assert!(inside("10.0.0.0/8", "10.200.3.4"));
        assert!(!inside("10.0.0.0/8", "11.0.0.1"));
        assert!(inside("0.0.0.0/0", "8.8.8.8"));
        assert!(inside("::1/128", "::1"));
        assert!(inside("127.0.0.1", "::ffff:127.0.0.1"));
        assert!(!inside("::/0", "127.0.0.1"));
    }

    #[test]
    fn a_network_lies_within_a_wider_one_only() {
        let outer = vec![String::from("10.0.0.0/8")];
        assert!(within("10.1.0.0/16", &outer));
        assert!(!within("0.0.0.0/0", &outer));
        assert!(!within("11.0.0.0/16", &outer));
        assert!(within("11.0.0.0/16", &[]));
    }

    #[test]
    fn nonsense_is_no_network() {
        assert!(network_of("10.0.0.0/33").is_none());
        assert!(network_of("example").is_none());
    }
}
