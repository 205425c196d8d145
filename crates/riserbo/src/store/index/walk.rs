//! Walking through the documents that match, newest first, no further than is
//! asked.
//!
//! Documents are numbered as they came, which is the order of time but for
//! imports. On SQLite a walk takes the zones with the newest texts first, a few
//! at a time and then more and more; a document leaves the walk once no zone
//! that was not yet looked at can hold a newer one. So the order is exact, and
//! a page of a common word costs a few zones. On PostgreSQL one statement takes
//! all, for its index can't be asked for a part.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::super::StoreError;
use super::super::db::Dialect;
use super::{Entry, Index, post, zone};

/// Zones of the first step; each next one takes twice as many.
const FIRST: usize = 8;
/// Zones of a step at most.
const MOST: usize = 4_096;
/// Stretches of neighbouring zones that a step asks for one by one; where there
/// are more, it asks for everything between the first and the last.
const STRETCHES: usize = 12;

/// A document that matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Match {
    /// The document.
    pub doc: i64,
    /// What it is of.
    pub entry: Entry,
    /// Bit *n*: it matches pass *n*.
    pub passes: u64,
}

/// A walk under way.
///
/// A *pass* is one way of asking: for each word, the terms of which one must be
/// in the document. Searchers who see different categories of different records
/// need several; a document tells which it matches.
pub struct Walk {
    index: Index,
    passes: Vec<Vec<Vec<i64>>>,
    /// Texts that may still be looked at.
    left: usize,
    capped: bool,
    step: usize,
    at: usize,
    order: Arc<Vec<(i64, i64)>>,
    seen: BTreeSet<i64>,
    /// Looked at, and not yet known to be the newest.
    pool: BTreeMap<(i64, i64), Match>,
    done: bool,
}

impl Walk {
    /// A walk of at most `limit` texts. `hurried`: a page is wanted, not all.
    pub(super) fn new(
        index: Index,
        passes: Vec<Vec<Vec<i64>>>,
        limit: usize,
        hurried: bool,
    ) -> Walk {
        let order = index.order();
        Walk {
            index,
            passes,
            left: limit,
            capped: false,
            step: if hurried { FIRST } else { usize::MAX },
            at: 0,
            order,
            seen: BTreeSet::new(),
            pool: BTreeMap::new(),
            done: false,
        }
    }

    /// Whether there were more texts than the walk may look at.
    #[must_use]
    pub fn capped(&self) -> bool {
        self.capped
    }

    /// The next matches, newest first; none at the end.
    pub async fn next(&mut self) -> Result<Option<Vec<Match>>, StoreError> {
        while !self.done {
            let bound = if self.index.db.dialect() == Dialect::Postgres || self.step == usize::MAX {
                self.look(i64::MIN, i64::MAX).await?;
                self.done = true;
                None
            } else {
                self.take_step().await?
            };
            let out = self.release(bound);
            if !out.is_empty() {
                return Ok(Some(out));
            }
        }
        Ok(None)
    }

    /// Looks at the next zones. Returns the newest time of those left; none
    /// when there are no more.
    async fn take_step(&mut self) -> Result<Option<i64>, StoreError> {
        let mut zones = Vec::with_capacity(self.step);
        while zones.len() < self.step {
            let Some((_, zone)) = self.order.get(self.at) else { break };
            self.at += 1;
            if self.seen.insert(*zone) {
                zones.push(*zone);
            }
        }
        self.step = (self.step * 2).min(MOST);
        zones.sort_unstable();
        for (first, last) in self.stretches(&zones) {
            self.look(first * zone::SIZE, last * zone::SIZE + zone::SIZE - 1).await?;
        }
        while self.order.get(self.at).is_some_and(|(_, zone)| self.seen.contains(zone)) {
            self.at += 1;
        }
        let next = self.order.get(self.at).map(|(newest, _)| *newest);
        self.done = next.is_none() || self.left == 0;
        Ok(if self.done { None } else { next })
    }

    /// Neighbouring zones together: first and last of each stretch.
    fn stretches(&mut self, zones: &[i64]) -> Vec<(i64, i64)> {
        let mut out: Vec<(i64, i64)> = Vec::new();
        for zone in zones {
            match out.last_mut() {
                Some((_, last)) if *last + 1 == *zone => *last = *zone,
                _ => out.push((*zone, *zone)),
            }
        }
        if out.len() <= STRETCHES {
            return out;
        }
        let (Some((first, _)), Some((_, last))) = (out.first().copied(), out.last().copied())
        else {
            return out;
        };
        // Those between that were looked at before are looked at again: the
        // pool drops what it knows, and what has left the walk stays out by
        // being newer than the bound that let it go.
        let between: Vec<i64> = self
            .order
            .iter()
            .map(|(_, zone)| *zone)
            .filter(|zone| (first..=last).contains(zone))
            .collect();
        let fresh: Vec<i64> = between.into_iter().filter(|z| self.seen.insert(*z)).collect();
        let mut wanted: Vec<i64> = zones.iter().copied().chain(fresh).collect();
        wanted.sort_unstable();
        self.hull(first, last, &wanted)
    }

    /// One stretch, unless zones that have been looked at lie in between: then
    /// the stretches around those.
    fn hull(&self, first: i64, last: i64, wanted: &[i64]) -> Vec<(i64, i64)> {
        let mut out = Vec::new();
        let mut from = first;
        let known = self
            .seen
            .range(first..=last)
            .copied()
            .filter(|zone| wanted.binary_search(zone).is_err());
        for zone in known {
            if from < zone {
                out.push((from, zone - 1));
            }
            from = zone + 1;
        }
        if from <= last {
            out.push((from, last));
        }
        out
    }

    /// Looks at documents from one to another.
    async fn look(&mut self, low: i64, high: i64) -> Result<(), StoreError> {
        let mut found: BTreeMap<i64, u64> = BTreeMap::new();
        for (n, clauses) in self.passes.iter().enumerate() {
            let limit = i64::try_from(self.left).unwrap_or(i64::MAX).saturating_add(1);
            let docs = post::matching(&self.index.db, clauses, low, high, limit).await?;
            for doc in docs {
                *found.entry(doc).or_default() |= 1u64.checked_shl(n as u32).unwrap_or(0);
            }
        }
        if found.len() > self.left {
            self.capped = true;
        }
        let docs: Vec<i64> = found.keys().rev().copied().take(self.left).collect();
        self.left -= docs.len();
        for (doc, entry) in self.index.entries(&docs).await? {
            let passes = found.get(&doc).copied().unwrap_or(0);
            self.pool.insert((entry.time, doc), Match { doc, entry, passes });
        }
        Ok(())
    }

    /// Lets go what is newer than everything that was not yet looked at.
    fn release(&mut self, bound: Option<i64>) -> Vec<Match> {
        let released = match bound {
            Some(time) => self.pool.split_off(&(time + 1, i64::MIN)),
            None => std::mem::take(&mut self.pool),
        };
        released.into_values().rev().collect()
    }
}
