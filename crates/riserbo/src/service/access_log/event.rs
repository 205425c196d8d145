//! What an access event is, and its bytes.
//!
//! ```text
//! entry  = 0x01 ‖ len(header) ‖ header ‖ n ‖ item{n}        (lengths: LEB128)
//! header = JSON, in clear: ids, times, counts, levels, policy
//! item   = tag ‖ len ‖ sealed     tag: 1 actor · 2 customer · 3 query
//! ```
//! The leaf hashes header and sealed items together, so that destroying an
//! item's key erases its meaning while every proof still verifies (DESIGN
//! section 8).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// How an act ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Done; what the event lists was shown.
    Ok,
    /// Refused by policy.
    Denied,
    /// No such record for this principal.
    NotFound,
    /// The input could not be used.
    Invalid,
    /// It failed.
    Failed,
}

/// How values of a category were met in one answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Shown in clear without a click.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub shown: u32,
    /// Shown in clear after a reveal.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub revealed: u32,
    /// Shown as a mask.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub masked: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
fn is_zero(n: &u32) -> bool {
    *n == 0
}

/// What was shown, by category and by kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// By category's name.
    pub categories: BTreeMap<&'static str, Seen>,
    /// By kind's name: shown or revealed only.
    pub kinds: BTreeMap<&'static str, u32>,
}

/// How one value was met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Met {
    /// In clear by level.
    Shown,
    /// In clear by a reveal.
    Revealed,
    /// As a mask.
    Masked,
}

impl Tally {
    /// Counts one value.
    pub fn add(&mut self, category: &'static str, kind: Option<&'static str>, met: Met) {
        let seen = self.categories.entry(category).or_default();
        match met {
            Met::Shown => seen.shown += 1,
            Met::Revealed => seen.revealed += 1,
            Met::Masked => seen.masked += 1,
        }
        if met != Met::Masked
            && let Some(kind) = kind
        {
            *self.kinds.entry(kind).or_default() += 1;
        }
    }

    /// Adds another tally.
    pub fn join(&mut self, other: &Tally) {
        for (category, seen) in &other.categories {
            let mine = self.categories.entry(category).or_default();
            mine.shown += seen.shown;
            mine.revealed += seen.revealed;
            mine.masked += seen.masked;
        }
        for (kind, n) in &other.kinds {
            *self.kinds.entry(kind).or_default() += n;
        }
    }
}

/// The clear part of an entry.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Header {
    /// The event's random id, below 2^53: bound into its sealed items.
    pub id: i64,
    /// Micros since 1970.
    pub time: i64,
    /// The agent's number in the log; 0 is nobody (not signed in, or a job).
    pub actor: u32,
    /// Whether software acted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub software: bool,
    /// What was done.
    pub action: String,
    /// How it ended.
    pub outcome: Outcome,
    /// The answer's route with its ids filled in; never what was typed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// HTTP method, or the command.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub method: String,
    /// HTTP status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The ticket, where one is the context.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<i64>,
    /// Whether the ticket was assigned to the actor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mine: Option<bool>,
    /// The attribute vector that decided, as hex (I8).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vector: Option<String>,
    /// The policy version that decided (I8).
    pub policy: u64,
    /// What was shown, by category.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub seen: BTreeMap<String, Seen>,
    /// What was shown in clear, by kind.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub kinds: BTreeMap<String, u32>,
    /// Rows answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u32>,
    /// Categories that a typed query or identifier falls into.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub query: Vec<String>,
    /// Tokens of the query's words under the month's log-token key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub query_tokens: Vec<String>,
    /// The request.
    pub request: String,
    /// The operation, where one runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub op: Option<String>,
    /// Plain facts of an administrative act: ids, states, versions.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, String>,
}

/// Which key an item is sealed under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tag {
    /// The agent's month.
    Actor = 1,
    /// A customer's log key.
    Customer = 2,
    /// The day's query key.
    Query = 3,
}

/// A sealed item of an entry.
#[derive(Clone, Debug)]
pub struct Item {
    /// Which key.
    pub tag: u8,
    /// Its bytes.
    pub sealed: Vec<u8>,
}

fn put(out: &mut Vec<u8>, mut n: usize) {
    while n >= 0x80 {
        out.push((n as u8 & 0x7f) | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

fn take(bytes: &mut &[u8]) -> Result<usize> {
    let mut n = 0usize;
    for shift in (0..35).step_by(7) {
        let (first, rest) = bytes.split_first().ok_or(Error::Sealed)?;
        *bytes = rest;
        n |= usize::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            return Ok(n);
        }
    }
    Err(Error::Sealed)
}

fn take_bytes<'a>(bytes: &mut &'a [u8]) -> Result<&'a [u8]> {
    let len = take(bytes)?;
    if len > bytes.len() {
        return Err(Error::Sealed);
    }
    let (head, rest) = bytes.split_at(len);
    *bytes = rest;
    Ok(head)
}

/// The bytes of an entry.
pub fn encode(header: &Header, items: &[Item]) -> Result<Vec<u8>> {
    let head = serde_json::to_vec(header).map_err(|_| Error::Log)?;
    let mut out = Vec::with_capacity(head.len() + 16 + items.len() * 160);
    out.push(1);
    put(&mut out, head.len());
    out.extend_from_slice(&head);
    put(&mut out, items.len());
    for item in items {
        out.push(item.tag);
        put(&mut out, item.sealed.len());
        out.extend_from_slice(&item.sealed);
    }
    Ok(out)
}

/// Reads an entry's bytes.
///
/// # Errors
/// [`Error::Sealed`] if they are no entry of a version that we know.
pub fn decode(entry: &[u8]) -> Result<(Header, Vec<Item>)> {
    let (version, mut rest) = entry.split_first().ok_or(Error::Sealed)?;
    if *version != 1 {
        return Err(Error::Sealed);
    }
    let header = serde_json::from_slice(take_bytes(&mut rest)?).map_err(|_| Error::Sealed)?;
    let n = take(&mut rest)?;
    if n > 2_000 {
        return Err(Error::Sealed);
    }
    let mut items = Vec::with_capacity(n);
    for _ in 0..n {
        let (tag, tail) = rest.split_first().ok_or(Error::Sealed)?;
        rest = tail;
        items.push(Item { tag: *tag, sealed: take_bytes(&mut rest)?.to_vec() });
    }
    Ok((header, items))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn header() -> Header {
        Header {
            id: 7,
            time: 1,
            actor: 9,
            software: false,
            action: String::from("view_ticket"),
            outcome: Outcome::Ok,
            path: String::from("/api/v2/tickets/1"),
            method: String::from("GET"),
            status: Some(200),
            ticket: Some(1),
            mine: Some(true),
            vector: None,
            policy: 1,
            seen: BTreeMap::from([(
                String::from("content"),
                Seen { shown: 3, revealed: 0, masked: 1 },
            )]),
            kinds: BTreeMap::new(),
            rows: None,
            query: vec![],
            query_tokens: vec![],
            request: String::from("r"),
            op: None,
            facts: BTreeMap::new(),
        }
    }

    #[test]
    fn an_entry_comes_back_as_it_was() {
        let items =
            vec![Item { tag: 2, sealed: vec![1, 2, 3] }, Item { tag: 1, sealed: vec![0; 300] }];
        let bytes = encode(&header(), &items).unwrap();
        let (head, back) = decode(&bytes).unwrap();
        assert_eq!(head.seen["content"].shown, 3);
        assert_eq!(back.len(), 2);
        assert_eq!(back[1].sealed.len(), 300);
    }

    proptest! {
        #[test]
        fn any_bytes_are_refused_or_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = decode(&bytes);
        }
    }
}
