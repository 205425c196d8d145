//! Search: a query matches a text exactly if it matches the searcher's
//! rendering of it, where every slot not shown is an opaque separator.

mod request;
pub mod tokens;

use std::collections::HashSet;

use guard::Action;
use seal::CategoryId;

pub use request::{From, Hit, MAX_LIMIT, Noun, OrganizationHit, Position, Request, Results, Sort};

use super::access_log::{Draft, Typed};
use super::keyring::domain;
use super::{fields, outbox, view};
use crate::app::Ctx;
use crate::error::Result;

/// Answers a query.
///
/// # Errors
/// [`Error::Invalid`](crate::error::Error::Invalid) for a query that can't be
/// read; [`Error::IndexBehind`](crate::error::Error::IndexBehind).
pub async fn search(ctx: &Ctx, request: &Request) -> Result<Results> {
    match try_search(ctx, request).await {
        Ok(results) => Ok(results),
        Err(error) => Err(ctx.refuse("search", error).await),
    }
}

/// How many hits a query has.
///
/// # Errors
/// As [`search`].
pub async fn count(ctx: &Ctx, query: &str) -> Result<i64> {
    let counted = async {
        ctx.require(Action::Search)?;
        let ids = tickets(ctx, query).await?;
        Ok(i64::try_from(ids.len()).unwrap_or(i64::MAX))
    };
    match counted.await {
        Ok(n) => {
            ctx.log_plain(Draft {
                action: "count_search",
                typed: Some(typed(query)),
                ..Draft::default()
            })
            .await?;
            Ok(n)
        }
        Err(error) => Err(ctx.refuse("count_search", error).await),
    }
}

fn typed(query: &str) -> Typed {
    Typed { text: query.to_owned(), categories: vec![], tokens: vec![] }
}

async fn try_search(ctx: &Ctx, request: &Request) -> Result<Results> {
    ctx.require(Action::Search)?;
    let ids = tickets(ctx, &request.query).await?;
    let offset = match request.from {
        From::Offset(n) => usize::try_from(n).unwrap_or(0),
        From::After(_) => ids.len(),
    };
    let limit = usize::try_from(request.limit.clamp(1, MAX_LIMIT)).unwrap_or(1);
    let page: Vec<i64> = ids.iter().copied().skip(offset).take(limit).collect();
    let draft = Draft { typed: Some(typed(&request.query)), ..Draft::default() };
    let views = view::ticket_views(ctx, &page, "search", draft).await?;
    Ok(Results {
        hits: views.into_iter().map(|v| Hit::Ticket(Box::new(v))).collect(),
        count: Some(i64::try_from(ids.len()).unwrap_or(i64::MAX)),
        more: ids.len() > offset + limit,
        next: None,
    })
}

/// Tickets with a text that holds every word, newest text first.
async fn tickets(ctx: &Ctx, query: &str) -> Result<Vec<i64>> {
    outbox::settle(&ctx.app).await?;
    let key = ctx.app.keys.search_key(domain::GENERAL)?;
    let tokens: Vec<u64> = pii::words(query)
        .map(|(_, word)| Ok(key.token(CategoryId::new(0)?, &word).0))
        .collect::<Result<_>>()?;
    let known = ctx.app.index.terms(&tokens).await?;
    let clauses = tokens.iter().map(|t| known.get(t).copied().into_iter().collect()).collect();
    let mut walk = ctx.app.index.walk(vec![clauses], 100_000, false);
    let mut seen = HashSet::new();
    let mut out = Vec::new();
    while let Some(matches) = walk.next().await? {
        for found in matches {
            let entry = found.entry;
            if entry.noun == fields::noun::TICKET && seen.insert(entry.record) {
                out.push(entry.record);
            }
        }
    }
    Ok(out)
}
