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
    Typed {
        text: query.to_owned(),
        categories: vec![],
        tokens: vec![],
    }
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
    let draft = Draft {
        typed: Some(typed(&request.query)),
        ..Draft::default()
    };
    let views = view::ticket_views(ctx, &page, "search", draft).await?;
    Ok(Results {
        hits: views
            .into_iter()
            .map(|v| Hit::Ticket(Box::new(v)))
            .collect(),
        count: Some(i64::try_from(ids.len()).unwrap_or(i64::MAX)),
        more: ids.len() > offset + limit,
        next: None,
    })
}

/// Tickets with a text that holds every word, newest text first.
async fn tickets(ctx: &Ctx, query: &str) -> Result<Vec<i64>> {
    outbox::settle(&ctx.app).await?;
    let key = ctx.app.keys.search_key(domain::GENERAL)?;
    let mut docs: Option<HashSet<i64>> = None;
    for (_, word) in pii::words(query) {
        let token = key.token(CategoryId::new(0)?, &word).0;
        let rows = ctx.app.index.rows_with(&[token], i64::MAX, 10_000).await?;
        let found: HashSet<i64> = rows.into_iter().map(|(doc, _)| doc).collect();
        docs = Some(match docs {
            Some(before) => before.intersection(&found).copied().collect(),
            None => found,
        });
    }
    let mut docs: Vec<i64> = docs.unwrap_or_default().into_iter().collect();
    docs.sort_unstable_by(|a, b| b.cmp(a));
    let mut of = ctx.app.index.docs(&docs).await?;
    of.sort_unstable_by_key(|d| std::cmp::Reverse(d.doc));
    let mut seen = HashSet::new();
    let mut out = Vec::new();
    for doc in of {
        if doc.noun == fields::noun::TICKET && seen.insert(doc.record) {
            out.push(doc.record);
        }
    }
    Ok(out)
}
