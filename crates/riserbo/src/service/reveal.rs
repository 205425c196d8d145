//! Reveal: opening a masked value on click or with a reason, for a time.
//!
//! Who may is decided in three steps: the class's level of the category (never
//! `hidden`), the act's circumstances (own ticket, open, reason, budget) by
//! `guard`, and the budget itself by compare-and-swap. The event is written
//! before the value is open for the person; after its end the server gives it
//! no more.

use std::sync::atomic::Ordering;

use guard::{ActRequest, Action, AttributeVector, Category, Circumstances, Target};
use seal::RecordId;

use super::access_log::{CustomerItem, Draft, Met, Tally};
use super::fields::noun;
use crate::app::Ctx;
use crate::clock::{HOUR, SECOND};
use crate::error::{Error, Refusal, Result};
use crate::service::access_log::customer_log;
use crate::store::acts::{self, Spot, WHOLE_TEXT};
use crate::store::cells::{self, Cell};
use crate::store::{customers, tickets};

/// What is asked for.
pub struct Ask {
    /// The record's noun: a ticket or a customer.
    pub noun: u8,
    /// The record.
    pub record: i64,
    /// The field.
    pub part: u8,
    /// The comment's or attachment's id, or the custom field's; 0 for others.
    pub item: i64,
    /// The slot's number; [`WHOLE_TEXT`] is the text itself.
    pub slot: u32,
    /// Why.
    pub reason: Option<String>,
    /// The ticket that the agent works on, where a customer's field is asked for.
    pub ticket: Option<i64>,
}

/// What was opened.
#[derive(Clone, Copy, Debug)]
pub struct Opened {
    /// Until when, micros.
    pub until: i64,
}

/// What decides about a spot.
pub(super) struct Found {
    pub(super) category: u8,
    kind: Option<&'static str>,
    pub(super) redacted: bool,
    pub(super) vector: i64,
    /// The ticket in whose context: id, mine, open.
    pub(super) ticket: Option<(i64, bool, bool)>,
    pub(super) customer: Option<i64>,
}

/// Opens a value for the caller until a time.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Refused`], [`Error::Budget`].
pub async fn reveal(ctx: &Ctx, ask: &Ask) -> Result<Opened> {
    match try_reveal(ctx, ask).await {
        Ok(opened) => Ok(opened),
        Err(error) => Err(ctx.refuse("reveal", error).await),
    }
}

async fn try_reveal(ctx: &Ctx, ask: &Ask) -> Result<Opened> {
    ctx.require(Action::Reveal)?;
    let found = find(ctx, ask).await?;
    let (mine, open) = found.ticket.map_or((false, false), |(_, mine, open)| (mine, open));
    let outcome =
        ctx.app.policy.outcome(&ctx.app.data, ctx.principal(), found.vector, mine).await?;
    if !outcome.list() {
        return Err(Error::NotFound);
    }
    // INVARIANT I3: no category, no opening.
    let category = Category::new(found.category).ok_or(Error::NotFound)?;
    if !outcome.level(category).can_open() {
        return Err(Error::Refused(Refusal::Hidden));
    }
    if found.redacted {
        return Err(Error::Refused(Refusal::Redacted));
    }
    let reason = ask.reason.as_deref().map(str::trim).filter(|r| r.chars().count() >= 8);
    if reason.is_some_and(|r| r.chars().count() > 500) {
        return Err(Error::invalid("reason", "at most 500 characters"));
    }
    let window = ctx.now().div_euclid(HOUR) * HOUR;
    let limit = ctx.app.config.limits.reveals_per_hour;
    let left = acts::spent(&ctx.app.data, ctx.who.id, "reveal", window).await? < limit;
    decide(ctx, &found, open, mine, reason.is_some(), left)?;
    if !acts::spend(&ctx.app.data, ctx.who.id, "reveal", window, limit).await? {
        return Err(budget(ctx.now(), window));
    }
    let until = ctx.now() + ctx.app.config.limits.reveal_seconds * SECOND;
    log(ctx, ask, &found, reason).await?;
    let spot =
        Spot { noun: ask.noun, record: ask.record, part: ask.part, item: ask.item, slot: ask.slot };
    let context = found.ticket.map(|(id, ..)| id);
    let reveal = acts::Reveal { spot, category: found.category, context, until };
    let mut tx = ctx.app.data.begin().await?;
    acts::put_reveal(&mut tx, ctx.who.id, &reveal).await?;
    tx.commit().await?;
    ctx.app.reveals_until.fetch_max(until, Ordering::SeqCst);
    Ok(Opened { until })
}

/// The values that are open for the caller now. A reveal ends with its time, and
/// before it with its task: when the ticket is taken away or closed, or the
/// policy no longer allows the act.
pub(crate) async fn open_now(ctx: &Ctx) -> Result<Vec<(Spot, i64)>> {
    if ctx.now() >= ctx.app.reveals_until.load(Ordering::SeqCst) {
        return Ok(Vec::new());
    }
    let mut out = Vec::new();
    for reveal in acts::reveals(&ctx.app.data, ctx.who.id, ctx.now()).await? {
        if still_allowed(ctx, &reveal).await? {
            out.push((reveal.spot, reveal.until));
        }
    }
    Ok(out)
}

async fn still_allowed(ctx: &Ctx, reveal: &acts::Reveal) -> Result<bool> {
    let context = match reveal.context {
        Some(id) => tickets::get(&ctx.app.data, id).await?,
        None => None,
    };
    let (mine, open) = context
        .as_ref()
        .map_or((false, false), |t| (t.assignee_id == Some(ctx.who.id), t.status < 4));
    let vector = match (reveal.spot.noun, &context) {
        (noun::TICKET, Some(ticket)) => ticket.vector_id,
        _ => match customers::get(&ctx.app.data, reveal.spot.record).await? {
            Some(customer) => customer.vector_id,
            None => return Ok(false),
        },
    };
    let found = Found {
        category: reveal.category,
        kind: None,
        redacted: false,
        vector,
        ticket: None,
        customer: None,
    };
    // The reason was given and the budget spent when it was opened.
    Ok(decide(ctx, &found, open, mine, true, true).is_ok())
}

fn budget(now: i64, window: i64) -> Error {
    Error::Budget { retry_after: ((window + HOUR - now) / SECOND).max(1) }
}

fn decide(
    ctx: &Ctx,
    found: &Found,
    open: bool,
    mine: bool,
    reason: bool,
    budget_left: bool,
) -> Result<()> {
    let vector = ctx.app.policy.vector(found.vector).ok_or(Error::NotFound)?;
    // A customer has no state of its own: the ticket in hand lends it one.
    let vector = AttributeVector { open, ..vector.as_ref().clone() };
    let category = Category::new(found.category).ok_or(Error::NotFound)?;
    let request = ActRequest {
        roles: &ctx.principal().roles,
        action: Action::Reveal,
        target: Target::Part { vector: &vector, mine, category },
        now: Circumstances {
            reason_present: reason,
            budget_left,
            // Second factors and training come with their own issue; until
            // then nobody is held to have missed them.
            step_up_fresh: true,
            network_allowed: true,
            training_overdue: false,
        },
    };
    match ctx.app.policy.policy().act(&request) {
        guard::ActDecision::Allow { .. } => Ok(()),
        guard::ActDecision::Deny(denial) => Err(refused(denial.reason, ctx.now())),
    }
}

pub(super) fn refused(reason: guard::DenyReason, now: i64) -> Error {
    use guard::DenyReason as R;
    Error::Refused(match reason {
        R::NeedReason => Refusal::NeedReason,
        R::BudgetSpent => return budget(now, now.div_euclid(HOUR) * HOUR),
        R::NotYourTicket => Refusal::NotYourTicket,
        R::TicketClosed => Refusal::TicketClosed,
        R::StepUp => Refusal::StepUp,
        R::Network => Refusal::Network,
        R::TrainingOverdue => Refusal::Training,
        _ => Refusal::Hidden,
    })
}

pub(super) async fn find(ctx: &Ctx, ask: &Ask) -> Result<Found> {
    match ask.noun {
        noun::TICKET => find_in_ticket(ctx, ask).await,
        noun::CUSTOMER => find_in_customer(ctx, ask).await,
        _ => Err(Error::NotFound),
    }
}

async fn find_in_ticket(ctx: &Ctx, ask: &Ask) -> Result<Found> {
    let row = tickets::get(&ctx.app.data, ask.record).await?.ok_or(Error::NotFound)?;
    let packed = match ask.part {
        super::fields::part::BODY | super::fields::part::META => {
            let comments = tickets::comments_by_id(&ctx.app.data, &[ask.item]).await?;
            let comment =
                comments.into_iter().find(|c| c.ticket_id == ask.record).ok_or(Error::NotFound)?;
            (cells::decode(&comment.cells)?, 0)
        }
        super::fields::part::FILE_NAME => {
            let files = tickets::attachments(&ctx.app.data, ask.record).await?;
            let file = files.into_iter().find(|a| a.id == ask.item).ok_or(Error::NotFound)?;
            (cells::decode(&file.cells)?, 0)
        }
        _ => (cells::decode(&row.cells)?, ask.item),
    };
    let (cells, item) = packed;
    let (category, kind, redacted) = pick(&cells, ask, item)?;
    let mine = row.assignee_id == Some(ctx.who.id);
    let customer = customers::get(&ctx.app.data, row.requester_id).await?.map(|c| c.id);
    Ok(Found {
        category,
        kind,
        redacted,
        vector: row.vector_id,
        ticket: Some((row.id, mine, row.status < 4)),
        customer,
    })
}

async fn find_in_customer(ctx: &Ctx, ask: &Ask) -> Result<Found> {
    let row = customers::get(&ctx.app.data, ask.record).await?.ok_or(Error::NotFound)?;
    let (category, kind, redacted) = pick(&cells::decode(&row.cells)?, ask, ask.item)?;
    // A ticket is the context only if this customer asked it and it is listed.
    let ticket = match ask.ticket {
        Some(id) => tickets::get(&ctx.app.data, id)
            .await?
            .filter(|t| t.requester_id == row.id)
            .map(|t| (t.id, t.assignee_id == Some(ctx.who.id), t.status < 4)),
        None => None,
    };
    Ok(Found { category, kind, redacted, vector: row.vector_id, ticket, customer: Some(row.id) })
}

fn pick(cells: &[Cell], ask: &Ask, item: i64) -> Result<(u8, Option<&'static str>, bool)> {
    let cell =
        cells.iter().find(|c| c.part == ask.part && c.item == item).ok_or(Error::NotFound)?;
    if ask.slot == WHOLE_TEXT {
        let (category, sealed) = cell.template.as_ref().ok_or(Error::NotFound)?;
        return Ok((*category, None, sealed.is_empty()));
    }
    let slot = cell.slots.iter().find(|s| s.number == ask.slot).ok_or(Error::NotFound)?;
    Ok((slot.category, pii::Kind::from_id(slot.kind).map(pii::Kind::name), slot.state != 0))
}

async fn log(ctx: &Ctx, ask: &Ask, found: &Found, reason: Option<&str>) -> Result<()> {
    let name = pii::Category::from_id(found.category).map_or("unknown", pii::Category::name);
    let mut tally = Tally::default();
    tally.add(name, found.kind, Met::Revealed);
    let record = match ask.noun {
        noun::TICKET => format!("ticket:{}", ask.record),
        _ => String::from("profile"),
    };
    let customers = found
        .customer
        .map(|customer| {
            let shown = [(name.to_owned(), String::from("revealed"))].into();
            CustomerItem { customer, records: [(record, shown)].into(), typed: None }
        })
        .into_iter()
        .collect();
    let records: Vec<RecordId> = found.customer.map(customer_log).into_iter().collect();
    let mut keys = ctx.app.keys.load(&records).await?;
    // INVARIANT I1: the act is in the log before anything is open.
    ctx.log(
        Draft {
            action: "reveal",
            ticket: found.ticket.map(|(id, mine, _)| (id, mine)),
            vector: ctx.app.policy.vector(found.vector).map(|v| v.encode()),
            tally,
            customers,
            reason: reason.map(str::to_owned),
            ..Draft::default()
        },
        &mut keys,
    )
    .await?;
    Ok(())
}
