//! Search.
//!
//! **A query matches a text exactly if it matches the searcher's rendering of
//! it, where every slot not shown is an opaque separator that matches nothing**
//! (DESIGN section 7). So nobody learns by searching what he may not read: the
//! index is asked for words of open categories alone, and hits, counts, order
//! and pages follow from what is open.
//!
//! A *text* is a ticket's subject and fields, one comment, or a customer's
//! profile. All words of a query stand in one text; an excluded word stands in
//! none of the record's. Hits are records, each at the place of its newest text
//! that matches.
//!
//! ```text
//! query.rs    what was typed, read          plan.rs    what it means to this searcher
//! ask.rs      words → terms of the index    run.rs     texts → records, in order
//! verify.rs   phrases and fields, opened    names.rs   organizations and groups
//! tokens.rs   words → tokens, on the way in typed.rs   what the log keeps
//! ```
//!
//! One answer is one event of the access log, a count and an answer without a
//! hit too. `docs/search.md` tells all this to users.

mod ask;
mod names;
mod plan;
mod query;
mod request;
mod run;
pub mod tokens;
mod typed;
mod value;
mod verify;

use std::collections::HashMap;

use guard::Action;

pub use request::{From, Hit, MAX_LIMIT, Noun, OrganizationHit, Position, Request, Results, Sort};

use self::run::Wish;
use super::access_log::{Draft, Outcome, Typed};
use super::{outbox, view};
use crate::app::Ctx;
use crate::error::{Error, Result};

/// The furthest page that can be asked for by its offset.
pub const MAX_OFFSET: i64 = 10_000;

/// Answers a query with a page of hits, and writes the event.
///
/// # Errors
/// [`Error::Invalid`] for a query that can't be read or asks for too much, in
/// words that don't repeat it; [`Error::Budget`] where a lookup is over budget;
/// [`Error::IndexBehind`] while the index catches up.
pub async fn search(ctx: &Ctx, request: &Request) -> Result<Results> {
    let typed = described(ctx, "search", &request.query).await?;
    match try_search(ctx, request, &typed).await {
        Ok(results) => Ok(results),
        Err(error) => Err(refuse(ctx, "search", typed, error).await),
    }
}

/// How many hits a query has, and writes the event. Exact up to 100,000 texts.
///
/// # Errors
/// As [`search`].
pub async fn count(ctx: &Ctx, query: &str) -> Result<i64> {
    let typed = described(ctx, "count_search", query).await?;
    match try_count(ctx, query).await {
        Ok(n) => {
            let draft = Draft { action: "count_search", typed: Some(typed), ..Draft::default() };
            ctx.log_plain(draft).await?;
            Ok(n)
        }
        Err(error) => Err(refuse(ctx, "count_search", typed, error).await),
    }
}

async fn described(ctx: &Ctx, action: &'static str, query: &str) -> Result<Typed> {
    // What nobody could have typed is not kept either.
    let start: String = query.chars().take(query::MAX_CHARS).collect();
    match typed::describe(ctx, &start).await {
        Ok(typed) => Ok(typed),
        Err(error) => Err(ctx.refuse(action, error).await),
    }
}

/// Writes the event of a search that shows nothing: what was typed belongs to
/// it, for trying is what an alarm looks for.
async fn refuse(ctx: &Ctx, action: &'static str, typed: Typed, error: Error) -> Error {
    let outcome = Some(match &error {
        Error::Invalid { .. } => Outcome::Invalid,
        Error::Forbidden(_) | Error::Budget { .. } => Outcome::Denied,
        _ => Outcome::Failed,
    });
    let draft = Draft { action, outcome, typed: Some(typed), ..Draft::default() };
    match ctx.log_plain(draft).await {
        Ok(_) => error,
        Err(log) => log,
    }
}

async fn try_count(ctx: &Ctx, query: &str) -> Result<i64> {
    let request = Request { limit: 1, ..Request::new(query) };
    let (_, found) = find(ctx, &request, 1, 1).await?;
    Ok(found.count.unwrap_or(0))
}

/// What was found: places in order, and the hits among them that need no view.
struct Places {
    list: Vec<Position>,
    count: Option<i64>,
    capped: bool,
}

async fn find(
    ctx: &Ctx,
    request: &Request,
    enough: usize,
    page: usize,
) -> Result<(HashMap<Position, Hit>, Places)> {
    ctx.require(Action::Search)?;
    let query = query::read(&request.query)?;
    let plan = plan::make(ctx, request, query).await?;
    outbox::settle(&ctx.app).await?;
    let wish = Wish {
        sort: request.sort,
        descending: request.descending,
        enough,
        page,
        from: request.from,
        counted: request.counted,
    };
    let found = run::find(ctx, &plan, wish).await?;
    let named = names::find(ctx, &plan, request.sort).await?;
    let mut list = found.list;
    list.extend(named.iter().map(|(place, _)| *place));
    run::sort(&mut list, request.descending);
    let more = i64::try_from(named.len()).unwrap_or(0);
    let places = Places { list, count: found.count.map(|n| n + more), capped: found.capped };
    Ok((named.into_iter().collect(), places))
}

async fn try_search(ctx: &Ctx, request: &Request, typed: &Typed) -> Result<Results> {
    let limit = usize::try_from(request.limit.clamp(1, MAX_LIMIT)).unwrap_or(1);
    let skip = match request.from {
        From::Offset(n) if (0..=MAX_OFFSET).contains(&n) => usize::try_from(n).unwrap_or(0),
        From::Offset(_) => {
            return Err(Error::invalid("page", "pages end at the 10,000th hit: narrow the query"));
        }
        From::After(_) => 0,
    };
    let enough = match request.from {
        From::Offset(_) => skip + limit + 1,
        // Nobody knows how many stand before it.
        From::After(_) => usize::MAX,
    };
    let (mut named, places) = find(ctx, request, enough, limit + 1).await?;
    let mut rest: Vec<Position> = match request.from {
        From::Offset(_) => places.list.into_iter().skip(skip).collect(),
        From::After(place) => {
            places.list.into_iter().filter(|p| follows(*p, place, request.descending)).collect()
        }
    };
    let more = rest.len() > limit;
    rest.truncate(limit);
    let hits = render(ctx, &rest, &mut named, typed).await?;
    let next = rest.last().copied();
    Ok(Results { hits, count: places.count, capped: places.capped, more, next })
}

fn follows(place: Position, after: Position, descending: bool) -> bool {
    if descending { place < after } else { place > after }
}

/// The views of a page, and its event.
async fn render(
    ctx: &Ctx,
    page: &[Position],
    named: &mut HashMap<Position, Hit>,
    typed: &Typed,
) -> Result<Vec<Hit>> {
    let of =
        |noun: Noun| -> Vec<i64> { page.iter().filter(|p| p.noun == noun).map(|p| p.id).collect() };
    let draft = Draft { typed: Some(typed.clone()), ..Draft::default() };
    // INVARIANT I1: one event, durable before anything leaves.
    let (tickets, customers) =
        view::found(ctx, &of(Noun::Ticket), &of(Noun::Customer), "search", draft).await?;
    let mut tickets: HashMap<i64, _> = tickets.into_iter().map(|t| (t.row.id, t)).collect();
    let mut customers: HashMap<i64, _> = customers.into_iter().map(|c| (c.id, c)).collect();
    Ok(page
        .iter()
        .filter_map(|place| match place.noun {
            Noun::Ticket => tickets.remove(&place.id).map(|t| Hit::Ticket(Box::new(t))),
            Noun::Customer => customers.remove(&place.id).map(|c| Hit::Customer(Box::new(c))),
            Noun::Organization | Noun::Group => named.remove(place),
        })
        .collect())
}
