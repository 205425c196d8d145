//! Lookup: finding a customer by a complete identifier that the customer gives.
//!
//! INVARIANT I4: no oracle. A lookup compares one complete identifier by keyed
//! token; it needs level `on_click` or better for the identifier's category,
//! never takes payment, health, credential or anything short enough to be
//! guessed, spends a budget by person and hour, and is logged hit or miss.

use guard::{Action, Category, Level};
use pii::Kind;

use super::access_log::{Draft, Typed};
use super::fields::noun;
use super::keyring::domain;
use super::view::{CustomerView, customer_views};
use crate::app::Ctx;
use crate::clock::{HOUR, SECOND};
use crate::error::{Error, Result};
use crate::store::{acts, customers};

/// Kinds by which a customer may be found.
pub const KINDS: [Kind; 3] = [Kind::Email, Kind::Phone, Kind::ExternalId];

/// What is left of a person's budget.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// Lookups an hour.
    pub limit: i64,
    /// Spent in this hour.
    pub spent: i64,
}

/// The caller's budget of this hour.
pub async fn budget(ctx: &Ctx) -> Result<Budget> {
    let window = ctx.now().div_euclid(HOUR) * HOUR;
    let spent = acts::spent(&ctx.app.data, ctx.who.id, "lookup", window).await?;
    Ok(Budget { limit: ctx.app.config.limits.lookups_per_hour, spent })
}

/// The kind that a typed identifier is of, and its normal form.
#[must_use]
pub fn classify(text: &str) -> Option<(Kind, String)> {
    let text = text.trim();
    if text.contains('@') {
        return pii::normalise(Kind::Email, text).map(|n| (Kind::Email, n));
    }
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let phone_like = text
        .chars()
        .all(|c| c.is_ascii_digit() || matches!(c, '+' | ' ' | '-' | '.' | '/' | '(' | ')'));
    // Anything with under 10^8 possibilities is no lookup.
    if phone_like && digits >= 8 {
        return pii::normalise(Kind::Phone, text).map(|n| (Kind::Phone, n));
    }
    None
}

/// Finds customers by a complete identifier.
///
/// # Errors
/// [`Error::Invalid`] if it is not complete or not of a kind that may be looked
/// up; [`Error::Budget`] if the hour's budget is spent.
pub async fn lookup(ctx: &Ctx, kind: Kind, text: &str) -> Result<Vec<CustomerView>> {
    match try_lookup(ctx, kind, text).await {
        Ok(found) => Ok(found),
        Err(error) => Err(ctx.refuse("lookup", error).await),
    }
}

async fn try_lookup(ctx: &Ctx, kind: Kind, text: &str) -> Result<Vec<CustomerView>> {
    ctx.require(Action::Lookup)?;
    if text.len() > 320 || !KINDS.contains(&kind) {
        return Err(Error::invalid(
            "identifier",
            "give a complete mail address, phone number or customer number",
        ));
    }
    let normal = pii::normalise(kind, text).ok_or_else(|| {
        Error::invalid(
            "identifier",
            "give a complete mail address, phone number or customer number",
        )
    })?;
    let found = find(ctx, kind, &[(kind.name(), noun::CUSTOMER)], &normal).await?;
    let ids: Vec<i64> = found.into_iter().map(|(_, id)| id).collect();
    let rows = customers::get_many(&ctx.app.data, &ids).await?;
    let typed = Typed {
        text: text.to_owned(),
        categories: vec![kind.category().name().to_owned()],
        tokens: vec![],
    };
    let draft = Draft { typed: Some(typed), ..Draft::default() };
    customer_views(ctx, rows, "lookup", false, draft).await
}

/// The records that hold an identifier, given in its normal form: one of the
/// budget is spent, whatever is found. `labels` are the kinds of token, each
/// with its noun. The caller writes the event.
///
/// # Errors
/// [`Error::Forbidden`] if the role may not look this up, [`Error::Budget`].
pub(crate) async fn find(
    ctx: &Ctx,
    kind: Kind,
    labels: &[(&str, u8)],
    normal: &str,
) -> Result<Vec<(u8, i64)>> {
    ctx.require(Action::Lookup)?;
    allowed(ctx, kind).await?;
    let window = ctx.now().div_euclid(HOUR) * HOUR;
    let limit = ctx.app.config.limits.lookups_per_hour;
    if !acts::spend(&ctx.app.data, ctx.who.id, "lookup", window, limit).await? {
        return Err(Error::Budget { retry_after: ((window + HOUR - ctx.now()) / SECOND).max(1) });
    }
    let key = ctx.app.keys.search_key(domain::GENERAL)?;
    let mut out = Vec::new();
    for (label, noun) in labels {
        let token = key.lookup(label, normal);
        let ids = customers::by_identifier(&ctx.app.data, &token, i64::from(*noun)).await?;
        out.extend(ids.into_iter().map(|id| (*noun, id)));
    }
    Ok(out)
}

/// The level of the identifier's category must be `on_click` or better in
/// every class of customers.
async fn allowed(ctx: &Ctx, kind: Kind) -> Result<()> {
    let vector = guard::AttributeVector::new(guard::Noun::Customer, "general");
    let id = ctx.app.policy.intern(&ctx.app.data, &vector).await?;
    let outcome = ctx.app.policy.outcome_of(ctx.principal(), id, &vector, false);
    // An external id is what a lookup is for: it goes with identity.
    let category = if kind == Kind::ExternalId {
        Category::IDENTITY
    } else {
        Category::new(kind.category().id()).ok_or(Error::NotFound)?
    };
    match outcome.level(category) {
        Level::Shown | Level::OnClick => Ok(()),
        _ => Err(Error::Forbidden("lookup")),
    }
}
