//! Reading the log: entries with what the reader may know of them.
//!
//! Readers see agents under aliases ("Agente 14"), everywhere (L. 300/1970
//! art. 4); reading one's own entries shows one's own name. INVARIANT I11: the
//! log tells on its readers too.

use std::collections::BTreeMap;

use guard::Action;
use seal::{FieldId, RecordId};
use serde::Deserialize;

use super::event::{self, Header, Item};
use super::write::{CustomerItem, Draft, agent_month, customer_log, query_day};
use crate::app::Ctx;
use crate::error::{Error, Result};
use crate::service::fields::part;
use crate::service::keyring::KeySet;

/// Entries looked through for one page; more needs another page.
const LOOK: u64 = 50_000;

/// Conditions of a page of the log.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// At or after, micros.
    pub start: Option<i64>,
    /// Before, micros.
    pub end: Option<i64>,
    /// Only this actor, by alias number.
    pub alias: Option<u32>,
    /// Only this path.
    pub path: Option<String>,
    /// Only this action.
    pub action: Option<String>,
    /// Only entries about this ticket.
    pub ticket: Option<i64>,
    /// Newest first.
    pub descending: bool,
    /// Entries with a greater index (or a smaller one, if descending).
    pub after: Option<u64>,
    /// Entries of a page, 1 to 2,500.
    pub limit: usize,
}

/// What was sealed of the actor.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Actor {
    /// Network address.
    pub address: String,
    /// The client's own word.
    pub client: String,
    /// The reason given.
    #[serde(default)]
    pub reason: Option<String>,
}

/// An entry as this reader may see it.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its place in the log.
    pub index: u64,
    /// What stands in clear.
    pub header: Header,
    /// The actor's alias number; 0 is nobody.
    pub alias: u32,
    /// Address, client, reason; none if the month's key is gone.
    pub actor: Option<Actor>,
    /// The customers touched, with what was shown of them. Those whose key is
    /// gone are left out.
    pub customers: Vec<CustomerItem>,
    /// How many customers' items can't be opened any more.
    pub erased: usize,
}

/// A page of the log.
#[derive(Clone, Debug)]
pub struct LogPage {
    /// Its entries.
    pub entries: Vec<Entry>,
    /// Whether there may be more.
    pub more: bool,
    /// Where the next page begins.
    pub next: Option<u64>,
    /// Entries in the log.
    pub size: u64,
}

/// A page of the log.
///
/// # Errors
/// [`Error::Forbidden`] without the right to read it.
pub async fn page(ctx: &Ctx, query: &Query) -> Result<LogPage> {
    let all = ctx.require(Action::ReadLog).is_ok();
    if !all && let Err(error) = ctx.require(Action::ReadOwnLog) {
        return Err(ctx.refuse("read_log", error).await);
    }
    let only = if all { None } else { Some(ctx.who.profile.agent_no) };
    let page = collect(ctx, query, only).await?;
    let facts = BTreeMap::from([(String::from("entries"), page.entries.len().to_string())]);
    let draft =
        Draft { action: "read_log", facts, rows: Some(page.entries.len()), ..Draft::default() };
    // INVARIANT I11, I1: the reader's own entry first.
    ctx.log_plain(draft).await?;
    Ok(page)
}

async fn collect(ctx: &Ctx, query: &Query, only: Option<u32>) -> Result<LogPage> {
    let size = ctx.app.log.files().size();
    let limit = query.limit.clamp(1, 2_500);
    let wanted =
        query.alias.map(|alias| ctx.app.people.by_alias(alias).map_or(0, |s| s.profile.agent_no));
    let mut found: Vec<(u64, Header, Vec<Item>)> = Vec::new();
    let mut looked = 0;
    let mut at = start(query, size);
    let mut last = None;
    while let Some(range) = next_range(query.descending, at, size) {
        let mut chunk = ctx.app.log.files().read(range.clone()).await.map_err(|_| Error::Log)?;
        if query.descending {
            chunk.reverse();
        }
        for (index, bytes) in chunk {
            looked += 1;
            last = Some(index);
            let (header, items) = event::decode(&bytes)?;
            if fits(query, &header, only, wanted) {
                found.push((index, header, items));
                if found.len() > limit {
                    break;
                }
            }
        }
        if found.len() > limit || looked >= LOOK {
            break;
        }
        at = if query.descending { range.start } else { range.end };
    }
    let full = found.len() > limit;
    found.truncate(limit);
    let exhausted = !full && looked < LOOK;
    let next = if full { found.last().map(|(i, ..)| *i) } else { last };
    let entries = open(ctx, found).await?;
    Ok(LogPage { entries, more: !exhausted, next: if exhausted { None } else { next }, size })
}

fn start(query: &Query, size: u64) -> u64 {
    match (query.descending, query.after) {
        (false, Some(after)) => after.saturating_add(1),
        (false, None) => 0,
        (true, Some(after)) => after.min(size),
        (true, None) => size,
    }
}

fn next_range(descending: bool, at: u64, size: u64) -> Option<std::ops::Range<u64>> {
    const STEP: u64 = 1_024;
    if descending {
        (at > 0).then(|| at.saturating_sub(STEP)..at)
    } else {
        (at < size).then(|| at..(at + STEP).min(size))
    }
}

fn fits(query: &Query, header: &Header, only: Option<u32>, wanted: Option<u32>) -> bool {
    query.start.is_none_or(|t| header.time >= t)
        && query.end.is_none_or(|t| header.time < t)
        && query.path.as_ref().is_none_or(|p| *p == header.path)
        && query.action.as_ref().is_none_or(|a| *a == header.action)
        && query.ticket.is_none_or(|t| header.ticket == Some(t))
        && only.is_none_or(|n| header.actor == n)
        && wanted.is_none_or(|n| header.actor == n && n != 0)
}

/// Which record an item's key belongs to can't be told from its bytes alone for
/// a customer: the key id leads to it.
async fn open(ctx: &Ctx, found: Vec<(u64, Header, Vec<Item>)>) -> Result<Vec<Entry>> {
    let ids: Vec<u64> = found
        .iter()
        .flat_map(|(.., items)| items)
        .filter(|i| i.tag == 2)
        .filter_map(|i| seal::key_id_of(&i.sealed).ok())
        .map(seal::KeyId::get)
        .collect();
    let owners = ctx.app.log.owners(&ids).await?;
    let mut records: Vec<RecordId> = owners.values().map(|c| customer_log(*c)).collect();
    for (_, header, _) in &found {
        records.push(agent_month(header.actor, header.time));
        records.push(query_day(header.time));
    }
    let mut keys = ctx.app.keys.load(&records).await?;
    let mut out = Vec::with_capacity(found.len());
    for (index, header, items) in found {
        let alias = ctx.app.people.by_number(header.actor).map_or(0, |s| s.profile.alias);
        let actor =
            items.iter().find(|i| i.tag == 1).and_then(|i| open_actor(&mut keys, &header, i));
        let mut customers = Vec::new();
        let mut erased = 0;
        let first = header.part.map_or(0, |p| p.before).saturating_add(1);
        for (slot, item) in (first..).zip(items.iter().filter(|i| i.tag == 2)) {
            let owner = seal::key_id_of(&item.sealed).ok().and_then(|k| owners.get(&k.get()));
            match owner.and_then(|c| open_customer(&mut keys, &header, *c, slot, item)) {
                Some(customer) => customers.push(customer),
                None => erased += 1,
            }
        }
        out.push(Entry { index, header, alias, actor, customers, erased });
    }
    Ok(out)
}

fn open_actor(keys: &mut KeySet<'_>, header: &Header, item: &Item) -> Option<Actor> {
    let record = agent_month(header.actor, header.time);
    let field = FieldId { part: part::LOG_ACTOR, item: header.id, slot: 0 };
    let clear = keys.open(record, field, 0, &item.sealed).ok()?;
    #[expect(clippy::disallowed_methods, reason = "the log's readers see who acted from where")]
    serde_json::from_slice(clear.expose()).ok()
}

fn open_customer(
    keys: &mut KeySet<'_>,
    header: &Header,
    customer: i64,
    slot: u32,
    item: &Item,
) -> Option<CustomerItem> {
    let field = FieldId { part: part::LOG_ITEM, item: header.id, slot };
    let clear = keys.open(customer_log(customer), field, 0, &item.sealed).ok()?;
    #[expect(clippy::disallowed_methods, reason = "the log's readers see whose values were shown")]
    serde_json::from_slice(clear.expose()).ok()
}
