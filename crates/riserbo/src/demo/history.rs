//! Ten days of work: agents open, look up, search and reveal as their tickets
//! ask, through the services and on the demo's clock.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::company::{Company, Need, Side, TicketFacts, TurnFacts};
use super::{DAYS, by_role};
use crate::app::{App, Caller, Ctx, request_id};
use crate::clock::{Clock, DAY, HOUR, MINUTE, ManualClock, SECOND};
use crate::error::{Error, Result};
use crate::service::access_log::read::Query;
use crate::service::directory::Staff;
use crate::service::fields::{noun, part};
use crate::service::view::{self, Listing, SlotView, TextView, TicketView};
use crate::service::{access_log, lookup, reveal};
use crate::store::tickets::{Filter, From, Order};

/// Something that somebody does at a time.
enum Deed<'a> {
    /// Begins a shift: looks at the own queue.
    Queue(i64),
    /// Works on a turn of a ticket.
    Turn(&'a TicketFacts, &'a TurnFacts),
    /// Looks into a ticket without an own part in it: leads, officers, software.
    Glance(i64, i64),
    /// Reads the access log.
    Log(i64),
    /// Reads changed tickets by machine.
    Export(i64),
}

/// Lets the company work from [`DAYS`] ago until now.
pub(super) async fn live(
    app: &Arc<App>,
    clock: &ManualClock,
    company: &Company,
    now: i64,
) -> Result<()> {
    let start = now - DAYS * DAY;
    // By time; two deeds at one time keep their order.
    let mut deeds: BTreeMap<(i64, usize), Deed<'_>> = BTreeMap::new();
    for ticket in &company.facts.tickets {
        for turn in ticket.turns.iter().filter(|t| t.at >= start && t.side != Side::Customer) {
            deeds.insert((turn.at - 2 * MINUTE, deeds.len()), Deed::Turn(ticket, turn));
        }
    }
    routine(app, company, start, &mut deeds)?;
    for ((at, _), deed) in deeds {
        if at >= now {
            break;
        }
        clock.set(at.max(clock.now()));
        act(app, clock, deed).await?;
    }
    clock.set(now);
    Ok(())
}

/// What happens each working day whatever the tickets say.
fn routine<'a>(
    app: &App,
    company: &'a Company,
    start: i64,
    deeds: &mut BTreeMap<(i64, usize), Deed<'a>>,
) -> Result<()> {
    let mut n = 1_000_000;
    let mut put = |at: i64, deed: Deed<'a>| {
        n += 1;
        deeds.insert((at, n), deed);
    };
    let id = |role: &str| by_role(app, role).map(|s| s.id);
    let (lead, officer, analyst, auditor) =
        (id("team-lead")?, id("privacy-officer")?, id("security-analyst")?, id("auditor")?);
    let (integration, assistant) = (id("integration")?, id("ai-assistant")?);
    for day in 0..DAYS {
        let morning = start + day * DAY + 8 * HOUR;
        for (i, spec) in company.staff.iter().enumerate() {
            if matches!(spec.role, "agent-1" | "agent-2" | "team-lead") {
                put(morning + i64::try_from(i).unwrap_or(0) * 3 * MINUTE, Deed::Queue(spec.id));
            }
        }
        put(morning - 4 * HOUR, Deed::Export(integration));
        put(morning + HOUR, Deed::Log(analyst));
        if day % 7 == 0 {
            put(morning + 2 * HOUR, Deed::Log(auditor));
        }
        let ticket = |k: i64| {
            let len = company.facts.tickets.len().max(1);
            let at = usize::try_from(day * 13 + k * 29).unwrap_or(0) % len;
            company.facts.tickets.get(at).map_or(0, |t| t.ticket_id)
        };
        for k in 0..3 {
            put(morning + (3 + k) * HOUR, Deed::Glance(lead, ticket(k)));
            put(morning + (2 + k) * HOUR + 7 * MINUTE, Deed::Glance(assistant, ticket(k + 5)));
        }
        put(morning + 5 * HOUR, Deed::Glance(officer, ticket(9)));
    }
    Ok(())
}

fn ctx(app: &Arc<App>, clock: &ManualClock, who: Arc<Staff>, path: String) -> Ctx {
    let now = clock.now();
    // Each person has one desk: an address that stays the same.
    let desk = who.id.rem_euclid(200) + 20;
    let caller = Caller {
        agent_no: 0,
        software: false,
        address: format!("10.20.0.{desk}"),
        client: String::from(if who.software() { "demo-software/1.0" } else { "demo-browser/1.0" }),
        path,
        method: String::from("GET"),
        request: request_id(app.rng.as_ref(), now),
        now,
    };
    Ctx::new(app, who, caller)
}

/// A refusal is part of the work; a failure is not.
fn expected<T>(result: Result<T>) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Error::Refused(_) | Error::Forbidden(_) | Error::NotFound | Error::Budget { .. }) => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

async fn act(app: &Arc<App>, clock: &ManualClock, deed: Deed<'_>) -> Result<()> {
    let who = |id: i64| app.people.get(id).ok_or(Error::NotFound);
    match deed {
        Deed::Queue(id) => {
            let ctx = ctx(app, clock, who(id)?, String::from("/api/v2/tickets"));
            let listing = Listing {
                filter: Filter {
                    assignee: Some(Some(id)),
                    status: vec![0, 1, 2, 3],
                    ..Filter::default()
                },
                order: Order::Updated,
                descending: true,
                from: From::Start,
                limit: 30,
            };
            expected(view::list(&ctx, &listing, "list_tickets").await)?;
        }
        Deed::Glance(id, ticket) => {
            let ctx = ctx(app, clock, who(id)?, format!("/api/v2/tickets/{ticket}"));
            expected(view::ticket(&ctx, ticket).await)?;
        }
        Deed::Log(id) => {
            let ctx = ctx(app, clock, who(id)?, String::from("/api/v2/access_logs"));
            let query = Query { descending: true, limit: 100, ..Query::default() };
            expected(access_log::read::page(&ctx, &query).await)?;
        }
        Deed::Export(id) => {
            let ctx = ctx(app, clock, who(id)?, String::from("/api/v2/incremental/tickets/cursor"));
            let filter = Filter {
                generated_from: Some(clock.now() - DAY),
                with_deleted: true,
                ..Filter::default()
            };
            let listing = Listing {
                filter,
                order: Order::Generated,
                descending: false,
                from: From::Start,
                limit: 100,
            };
            expected(view::list(&ctx, &listing, "export_tickets").await)?;
        }
        Deed::Turn(ticket, turn) => work(app, clock, ticket, turn).await?,
    }
    Ok(())
}

/// One turn of a conversation as its agent lives it.
async fn work(
    app: &Arc<App>,
    clock: &ManualClock,
    ticket: &TicketFacts,
    turn: &TurnFacts,
) -> Result<()> {
    let Some(agent) = app.people.get(turn.author_id) else {
        return Ok(());
    };
    if agent.software() {
        return Ok(());
    }
    let path = format!("/api/v2/tickets/{}", ticket.ticket_id);
    // A caller on the phone is found by what they say.
    if ticket.scenario.contains("phone") || ticket.turns.len().is_multiple_of(5) {
        find_caller(app, clock, &agent, ticket).await?;
    }
    let here = ctx(app, clock, Arc::clone(&agent), path.clone());
    let Some(seen) = expected(view::ticket(&here, ticket.ticket_id).await)? else {
        return Ok(());
    };
    for need in &turn.needs {
        clock.advance(20 * SECOND);
        let here = ctx(app, clock, Arc::clone(&agent), path.clone());
        open(&here, ticket.ticket_id, &seen, need).await?;
    }
    if !turn.needs.is_empty() {
        clock.advance(5 * SECOND);
        let here = ctx(app, clock, agent, path);
        expected(view::ticket(&here, ticket.ticket_id).await)?;
    }
    Ok(())
}

async fn find_caller(
    app: &Arc<App>,
    clock: &ManualClock,
    agent: &Arc<Staff>,
    ticket: &TicketFacts,
) -> Result<()> {
    // The caller says the address; the demo knows it as the migration account
    // would see it, without leaving an entry of its own.
    let profiles = crate::service::profile::emails(app, &[ticket.requester_id]).await?;
    let Some(email) = profiles.into_iter().next() else {
        return Ok(());
    };
    let here = ctx(app, clock, Arc::clone(agent), String::from("/api/v2/users/search"));
    expected(lookup::lookup(&here, pii::Kind::Email, &email).await)?;
    Ok(())
}

/// Reveals the first masked value of the category that the work needs.
async fn open(ctx: &Ctx, ticket: i64, seen: &TicketView, need: &Need) -> Result<()> {
    let Some((item, part, slot)) = masked(seen, need.category) else {
        return Ok(());
    };
    let ask = reveal::Ask {
        noun: noun::TICKET,
        record: ticket,
        part,
        item,
        slot,
        reason: Some(need.reason.to_owned()),
        ticket: None,
    };
    expected(reveal::reveal(ctx, &ask).await)?;
    Ok(())
}

fn masked(seen: &TicketView, category: &str) -> Option<(i64, u8, u32)> {
    let wanted = |s: &&SlotView| {
        s.met == access_log::Met::Masked
            && pii::Category::from_id(s.category).is_some_and(|c| c.name() == category)
    };
    let first = |text: &TextView| text.slots().iter().find(wanted).map(|s| s.number);
    seen.comments
        .iter()
        .rev()
        .find_map(|c| first(&c.body).map(|n| (c.id, part::BODY, n)))
        .or_else(|| first(&seen.subject).map(|n| (0, part::SUBJECT, n)))
}
