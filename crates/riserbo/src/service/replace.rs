//! `replace_key`: the only way in which sealed bytes change or go.
//!
//! Redaction, expiry, re-scan and moving all come down to it: what stays of a
//! record's category is sealed anew under a new key, the old key is destroyed,
//! and with it everything that did not stay, in every backup of the data too
//! (DESIGN section 5, INVARIANT I5). The order of writes decides what a crash
//! can leave:
//!
//! ```text
//! intent in the log → new key beside the old one → data (new bytes, closing, outbox)
//!   → index rows out → old key out, its bytes overwritten → outcome in the log
//! ```
//!
//! Each step may be done twice; `resume` finishes an intent without outcome.
//! A key is never destroyed because its data is missing: only the intent that
//! names it does that.
//!
//! A value that goes leaves its slot behind, redacted and empty, so that the
//! text still shows that something stood there. With a text go the values that
//! stood in it: those of its own category in the same operation, those of others
//! each with its key's; from the first on they are neither shown nor found.

mod reseal;
mod words;

use std::collections::BTreeMap;

use guard::{ActRequest, Action, AttributeVector, Category, Circumstances, Target};
use seal::RecordId;
use uuid::Uuid;

use super::access_log::{CustomerItem, Draft, customer_log};
use super::fields::noun;
use super::operation::{Intent, Keep, outcome_facts};
use super::outbox;
use super::reveal::{self, Ask};
use crate::app::{App, Caller, Ctx, request_id};
use crate::error::{Error, Refusal, Result};
use crate::fault;
use crate::service::keyring::Progress;
use crate::store::acts::{Spot, WHOLE_TEXT};
use crate::store::{customers, ops, tickets};

/// What an operation did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// The operation, as the log names it.
    pub op: String,
    /// Values that can't be opened any more; none if a crash came between and
    /// nobody counted.
    pub gone: Option<u32>,
    /// Values that were sealed anew.
    pub kept: Option<u32>,
}

/// What the intent's event says besides the intent.
#[derive(Clone)]
struct Why {
    action: &'static str,
    ticket: Option<(i64, bool)>,
    vector: Option<Vec<u8>>,
    customer: Option<i64>,
    reason: Option<String>,
}

/// Redacts one value, seen or unseen: it is gone for everybody and for ever.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Refused`]; [`Error::Stopped`] if it could not
/// be carried through now: recovery finishes it.
pub async fn redact_slot(ctx: &Ctx, ask: &Ask) -> Result<Done> {
    match try_slot(ctx, ask).await {
        Ok(done) => Ok(done),
        Err(error @ Error::Stopped) => Err(error),
        Err(error) => Err(ctx.refuse("redact_slot", error).await),
    }
}

async fn try_slot(ctx: &Ctx, ask: &Ask) -> Result<Done> {
    ctx.require(Action::RedactSlot)?;
    let found = reveal::find(ctx, ask).await?;
    let (mine, open) = found.ticket.map_or((false, false), |(_, mine, open)| (mine, open));
    allowed(ctx, found.vector, found.category, mine, open).await?;
    if found.redacted {
        return Err(Error::Refused(Refusal::Redacted));
    }
    let why = Why {
        action: "redact_slot",
        ticket: found.ticket.map(|(id, mine, _)| (id, mine)),
        vector: ctx.app.policy.vector(found.vector).map(|v| v.encode()),
        customer: found.customer,
        reason: reason_of(ask.reason.as_deref())?,
    };
    let record = RecordId { noun: ask.noun, id: ask.record };
    let spot =
        Spot { noun: ask.noun, record: ask.record, part: ask.part, item: ask.item, slot: ask.slot };
    // What stood in a text goes with it, whatever its category.
    let inside = match ask.slot {
        WHOLE_TEXT => reseal::values_inside(&ctx.app, &spot, found.category).await?,
        _ => BTreeMap::new(),
    };
    let mut done =
        replace_key(ctx, record, found.category, Keep::Except(vec![spot]), why.clone()).await?;
    for (category, spots) in inside {
        let more = replace_key(ctx, record, category, Keep::Except(spots), why.clone()).await?;
        done.gone = done.gone.zip(more.gone).map(|(a, b)| a.saturating_add(b));
        done.kept = done.kept.zip(more.kept).map(|(a, b)| a.saturating_add(b));
    }
    Ok(done)
}

/// Redacts every value of a category in a record: its key goes and none takes
/// its place.
///
/// # Errors
/// As [`redact_slot`]; [`Error::NotFound`] too if the record has no value of
/// the category.
pub async fn redact_category(
    ctx: &Ctx,
    noun: u8,
    record: i64,
    category: u8,
    reason: Option<&str>,
) -> Result<Done> {
    match try_category(ctx, RecordId { noun, id: record }, category, reason).await {
        Ok(done) => Ok(done),
        Err(error @ Error::Stopped) => Err(error),
        Err(error) => Err(ctx.refuse("redact_category", error).await),
    }
}

async fn try_category(
    ctx: &Ctx,
    record: RecordId,
    category: u8,
    reason: Option<&str>,
) -> Result<Done> {
    ctx.require(Action::RedactSlot)?;
    let data = &ctx.app.data;
    let (vector, mine, open, customer) = match record.noun {
        noun::TICKET => {
            let row = tickets::get(data, record.id).await?.ok_or(Error::NotFound)?;
            let customer = customers::get(data, row.requester_id).await?.map(|c| c.id);
            (row.vector_id, row.assignee_id == Some(ctx.who.id), row.status < 4, customer)
        }
        noun::CUSTOMER => {
            let row = customers::get(data, record.id).await?.ok_or(Error::NotFound)?;
            (row.vector_id, false, false, Some(row.id))
        }
        _ => return Err(Error::NotFound),
    };
    allowed(ctx, vector, category, mine, open).await?;
    let why = Why {
        action: "redact_category",
        ticket: (record.noun == noun::TICKET).then_some((record.id, mine)),
        vector: ctx.app.policy.vector(vector).map(|v| v.encode()),
        customer,
        reason: reason_of(reason)?,
    };
    replace_key(ctx, record, category, Keep::Nothing, why).await
}

fn reason_of(reason: Option<&str>) -> Result<Option<String>> {
    let reason = reason.map(str::trim).filter(|r| !r.is_empty());
    if reason.is_some_and(|r| r.chars().count() > 500) {
        return Err(Error::invalid("reason", "at most 500 characters"));
    }
    Ok(reason.map(str::to_owned))
}

/// Whether the caller may redact this category of this record.
async fn allowed(ctx: &Ctx, vector: i64, category: u8, mine: bool, open: bool) -> Result<()> {
    let outcome = ctx.app.policy.outcome(&ctx.app.data, ctx.principal(), vector, mine).await?;
    if !outcome.list() {
        return Err(Error::NotFound);
    }
    let stored = ctx.app.policy.vector(vector).ok_or(Error::NotFound)?;
    let stored = AttributeVector { open, ..stored.as_ref().clone() };
    let category = Category::new(category).ok_or(Error::NotFound)?;
    let request = ActRequest {
        roles: &ctx.principal().roles,
        action: Action::RedactSlot,
        target: Target::Part { vector: &stored, mine, category },
        // No budget: who destroys values sees none.
        now: Circumstances::favourable(),
    };
    match ctx.app.policy.policy().act(&request) {
        guard::ActDecision::Allow { .. } => Ok(()),
        guard::ActDecision::Deny(denial) => Err(match denial.reason {
            guard::DenyReason::NotListed => Error::NotFound,
            guard::DenyReason::NotGranted => Error::Forbidden(Action::RedactSlot.name()),
            reason => reveal::refused(reason, ctx.now()),
        }),
    }
}

/// Replaces the key of a record's category; what does not stay is gone.
async fn replace_key(
    ctx: &Ctx,
    record: RecordId,
    category: u8,
    keep: Keep,
    why: Why,
) -> Result<Done> {
    let app = &ctx.app;
    let _alone = app.operations.hold(record).await?;
    // INVARIANT I5: the intent names the key that goes, so that no other can.
    let old_key = app.keys.current_key(record, category).await?.ok_or(Error::NotFound)?;
    let intent = Intent { record, category, old_key, keep };
    let op = new_op(app)?;
    let _running = app.operations.start(op).ok_or(Error::Stopped)?;
    let (action, ticket) = (why.action, why.ticket);
    log_intent(ctx, op, &intent, why).await?;
    fault::point("replace.intent");
    let counts = carry_out(app, op, &intent).await.map_err(|error| stopped(op, &error))?;
    let draft = Draft {
        action,
        ticket,
        op: Some(op.to_string()),
        facts: outcome_facts(counts),
        ..Draft::default()
    };
    ctx.log_plain(draft).await?;
    fault::point("replace.outcome");
    ops::drop_mark(&app.data, &op.to_string()).await?;
    Ok(done(op, counts))
}

/// After the intent there is no way back: what failed now is tried again.
fn stopped(op: Uuid, error: &Error) -> Error {
    tracing::error!(%op, %error, "an operation stopped half-way; recovery finishes it");
    Error::Stopped
}

fn done(op: Uuid, counts: Option<(u32, u32)>) -> Done {
    Done { op: op.to_string(), gone: counts.map(|(g, _)| g), kept: counts.map(|(_, k)| k) }
}

fn new_op(app: &App) -> Result<Uuid> {
    Uuid::parse_str(&request_id(app.rng.as_ref(), app.clock.now())).map_err(|_| Error::Sealed)
}

async fn log_intent(ctx: &Ctx, op: Uuid, intent: &Intent, why: Why) -> Result<()> {
    let name = pii::Category::from_id(intent.category).map_or("unknown", pii::Category::name);
    let what = match intent.record.noun {
        noun::TICKET => format!("ticket:{}", intent.record.id),
        _ => String::from("profile"),
    };
    let customers: Vec<CustomerItem> = why
        .customer
        .map(|customer| {
            let how = BTreeMap::from([(name.to_owned(), String::from("redacted"))]);
            CustomerItem { customer, records: BTreeMap::from([(what, how)]), typed: None }
        })
        .into_iter()
        .collect();
    let records: Vec<RecordId> = why.customer.map(customer_log).into_iter().collect();
    let mut keys = ctx.app.keys.load(&records).await?;
    let draft = Draft {
        action: why.action,
        ticket: why.ticket,
        vector: why.vector,
        customers,
        reason: why.reason,
        op: Some(op.to_string()),
        facts: intent.facts()?,
        ..Draft::default()
    };
    ctx.log(draft, &mut keys).await?;
    Ok(())
}

/// Finishes an operation that a crash or a failure left half-way, and writes
/// its outcome.
pub(super) async fn resume(app: &App, op: Uuid, intent: &Intent, action: &str) -> Result<Done> {
    let _alone = app.operations.hold(intent.record).await?;
    let Some(_running) = app.operations.start(op) else { return Ok(done(op, None)) };
    let counts = carry_out(app, op, intent).await?;
    let now = app.clock.now();
    let caller = Caller {
        agent_no: 0,
        software: true,
        address: String::from("local"),
        client: format!("riserbo {}", env!("CARGO_PKG_VERSION")),
        path: String::from("recovery"),
        method: String::from("job"),
        request: request_id(app.rng.as_ref(), now),
        now,
    };
    let draft = Draft {
        action: match action {
            "redact_slot" => "redact_slot",
            "redact_category" => "redact_category",
            _ => "replace_key",
        },
        op: Some(op.to_string()),
        facts: outcome_facts(counts),
        ..Draft::default()
    };
    let mut keys = app.keys.load(&[]).await?;
    app.log.write(&caller, app.policy.version(), draft, &mut keys).await?;
    fault::point("replace.outcome");
    ops::drop_mark(&app.data, &op.to_string()).await?;
    Ok(done(op, counts))
}

/// Everything between intent and outcome. Returns how many values went and
/// stayed, if this run has seen them all.
async fn carry_out(app: &App, op: Uuid, intent: &Intent) -> Result<Option<(u32, u32)>> {
    let name = op.to_string();
    let something_stays = intent.keep != Keep::Nothing;
    let progress = app
        .keys
        .begin_change(op, intent.record, intent.category, intent.old_key, something_stays)
        .await?;
    fault::point("replace.key");
    let mut counts = None;
    if progress == Progress::Open {
        let again = ops::op_is_in(&app.data, &name).await?;
        if !again {
            let pair = app.keys.pair(op, intent.record).await?.ok_or(Error::Stopped)?;
            counts = Some(reseal::run(app, &name, intent, &pair).await?);
        }
        fault::point("replace.committed");
        outbox::drain(app).await?;
        fault::point("replace.index");
        // Nothing that stays may still need the key that goes: a writer who
        // read the keys before may have come in after the data moved.
        for _ in 0..3 {
            if !reseal::is_needed(app, intent).await? {
                break;
            }
            let pair = app.keys.pair(op, intent.record).await?.ok_or(Error::Stopped)?;
            reseal::run(app, &name, intent, &pair).await?;
            outbox::drain(app).await?;
        }
        if reseal::is_needed(app, intent).await? {
            return Err(Error::Stopped);
        }
        app.keys.finish_change(op, intent.record).await?;
    }
    fault::point("replace.old_key");
    outbox::drain(app).await?;
    // The wrapped key and the index's words may still lie in the journals.
    let keys_clean = app.keys.db().truncate_wal().await?;
    let index_clean = app.index.db().truncate_wal().await?;
    if !(keys_clean && index_clean) {
        return Err(Error::Stopped);
    }
    fault::point("replace.truncated");
    ops::drop_closing(&app.data, &name).await?;
    fault::point("replace.closed");
    Ok(counts)
}
