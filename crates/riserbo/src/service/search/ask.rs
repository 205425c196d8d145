//! From words to terms of the index, for each way in which the searcher sees
//! records.
//!
//! INVARIANT I4: only the tokens of categories that are open are asked for. A
//! word stands under another token in each category, so that what is hidden is
//! not even looked at; and a value inside a text is asked for only where the
//! text is open too.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use guard::{Category, CategorySet};
use seal::{CategoryId, SearchKey};

use super::query::Term;
use super::tokens::{self, PREFIXES, Place};
use crate::app::Ctx;
use crate::error::{Error, Result};
use crate::service::keyring::domain;

/// Words that one beginning may stand for.
const MAX_BEGINNING: usize = 4_000;

/// The search keys of the domains that hold records and are open. A domain
/// that is closed has no hits.
fn keys(ctx: &Ctx) -> Vec<Arc<SearchKey>> {
    ctx.app
        .keys
        .domains()
        .into_iter()
        .filter(|(id, _)| *id != domain::SYSTEM && *id != domain::LOG)
        .filter_map(|(id, _)| ctx.app.keys.search_key(id).ok())
        .collect()
}

/// A word of a query: whole, or the beginning of one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Ask<'q> {
    word: &'q str,
    prefix: bool,
}

fn asks(terms: &[Term]) -> BTreeSet<Ask<'_>> {
    let mut out = BTreeSet::new();
    for term in terms {
        let last = term.words.len().saturating_sub(1);
        for (n, word) in term.words.iter().enumerate() {
            out.insert(Ask { word, prefix: term.prefix && n == last });
        }
    }
    out
}

/// The length at which a beginning has a token: the longest that is not longer.
fn indexed_length(word: &str) -> Option<usize> {
    let length = word.chars().count();
    PREFIXES.into_iter().filter(|n| *n <= length).max()
}

/// Whether the index alone answers a beginning exactly.
pub(super) fn is_indexed(word: &str) -> bool {
    indexed_length(word).is_some_and(|n| n == word.chars().count())
}

/// For each set of open categories, the clauses of the index that hold where a
/// text may hold all the terms: for each word, the terms of which one must be
/// there. An empty clause is met by nothing.
pub(super) async fn passes(
    ctx: &Ctx,
    sets: &[CategorySet],
    terms: &[Term],
) -> Result<Vec<Vec<Vec<i64>>>> {
    let keys = keys(ctx);
    let asks = asks(terms);
    let mut tokens: BTreeMap<Spot<'_>, Vec<u64>> = BTreeMap::new();
    let open = sets.iter().fold(CategorySet::EMPTY, |all, set| all.union(*set));
    for ask in &asks {
        for category in open.iter() {
            let id = CategoryId::new(category.id())?;
            for place in Place::all() {
                tokens.insert((ask, category.id(), place), of(&keys, id, place, ask));
            }
        }
    }
    let mut known: BTreeMap<Spot<'_>, Vec<i64>> = BTreeMap::new();
    let whole: Vec<u64> =
        tokens.iter().filter(|((ask, ..), _)| !ask.prefix).flat_map(|(_, t)| t.clone()).collect();
    let found = ctx.app.index.terms(&whole).await?;
    for (spot, list) in &tokens {
        let ids = if spot.0.prefix {
            ctx.app.index.beginning(list).await?
        } else {
            list.iter().filter_map(|t| found.get(t).copied()).collect()
        };
        known.insert(*spot, ids);
    }
    sets.iter().map(|set| asks.iter().map(|ask| clause(&known, *set, ask)).collect()).collect()
}

/// A word in one category and place.
type Spot<'q> = (&'q Ask<'q>, u8, Place);

fn of(keys: &[Arc<SearchKey>], category: CategoryId, place: Place, ask: &Ask<'_>) -> Vec<u64> {
    if !ask.prefix {
        let token = |key: &Arc<SearchKey>| tokens::word_token(key, category, place, ask.word);
        return keys.iter().map(token).collect();
    }
    let beginning = indexed_length(ask.word).and_then(|n| tokens::beginning(ask.word, n));
    match beginning {
        Some(prefix) if tokens::has_prefixes(category.get()) => {
            keys.iter().map(|key| tokens::prefix_token(key, category, place, prefix)).collect()
        }
        _ => Vec::new(),
    }
}

/// Whether what stands in a place is seen: inside a text, the text must be.
fn is_seen(set: CategorySet, place: Place) -> bool {
    match place {
        Place::Alone => true,
        Place::Inside(text) => Category::new(text).is_some_and(|c| set.contains(c)),
    }
}

fn clause(
    known: &BTreeMap<Spot<'_>, Vec<i64>>,
    set: CategorySet,
    ask: &Ask<'_>,
) -> Result<Vec<i64>> {
    let mut out: Vec<i64> = set
        .iter()
        .flat_map(|c| Place::all().map(move |place| (c, place)))
        .filter(|(_, place)| is_seen(set, *place))
        .filter_map(|(c, place)| known.get(&(ask, c.id(), place)))
        .flatten()
        .copied()
        .collect();
    out.sort_unstable();
    out.dedup();
    if out.len() > MAX_BEGINNING {
        return Err(Error::invalid(
            "query",
            "too many words begin like this: write more letters before the star",
        ));
    }
    Ok(out)
}
