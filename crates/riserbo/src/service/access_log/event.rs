//! What an access event is, and its bytes.
//!
//! ```text
//! entry  = 0x01 ‖ len(header) ‖ header ‖ n ‖ item{n}        (lengths: LEB128)
//! header = JSON, in clear: ids, times, counts, levels, policy
//! item   = tag ‖ len ‖ sealed     tag: 1 actor · 2 customer · 3 query
//! ```
//! An event whose items don't fit into one entry (a page about thousands of
//! customers) goes into several: each [`Part`] has the event's id, request and
//! actor, and its own items. The counts stand in the first alone.
//!
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

/// Which of an event's several entries this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// From 1.
    pub no: u32,
    /// How many there are.
    pub of: u32,
    /// Customers' items in the parts before: a sealed item is bound to its
    /// place in the whole event.
    pub before: u32,
}

/// The clear part of an entry.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Header {
    /// The event's random id, below 2^53: bound into its sealed items.
    pub id: i64,
    /// Which part of the event this is; none if it is all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<Part>,
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

/// What an item takes in an entry, bytes: its tag, its length, itself.
fn weight(item: &Item) -> usize {
    1 + 5 + item.sealed.len()
}

/// The entries of an event: one, or as many as its items need, each of at most
/// `most` bytes. The actor's item stands in each, a query's in the first.
///
/// # Errors
/// [`Error::Log`] if a single item is longer than an entry may be.
pub fn entries(header: &Header, items: Vec<Item>, most: usize) -> Result<Vec<Vec<u8>>> {
    let whole = encode(header, &items)?;
    if whole.len() <= most {
        return Ok(vec![whole]);
    }
    let (customers, others): (Vec<Item>, Vec<Item>) =
        items.into_iter().partition(|i| i.tag == Tag::Customer as u8);
    let actor: Vec<Item> = others.iter().filter(|i| i.tag == Tag::Actor as u8).cloned().collect();
    // Two lengths, the count, and the three numbers of the part.
    const FRAME: usize = 128;
    let head = serde_json::to_vec(header).map_err(|_| Error::Log)?.len();
    let fixed = FRAME + head + others.iter().map(weight).sum::<usize>();
    let room = most.checked_sub(fixed).ok_or(Error::Log)?;
    let parts = cut(customers, room)?;
    let of = u32::try_from(parts.len()).map_err(|_| Error::Log)?;
    let rest = continued(header);
    let (mut out, mut before) = (Vec::with_capacity(parts.len()), 0);
    for (no, part) in (1u32..).zip(parts) {
        let (mut header, mut items) =
            if no == 1 { (header.clone(), others.clone()) } else { (rest.clone(), actor.clone()) };
        header.part = Some(Part { no, of, before });
        before += u32::try_from(part.len()).map_err(|_| Error::Log)?;
        items.extend(part);
        out.push(encode(&header, &items)?);
    }
    Ok(out)
}

/// The header of the parts after the first: no counts, so that nothing is
/// counted twice.
fn continued(header: &Header) -> Header {
    Header {
        seen: BTreeMap::new(),
        kinds: BTreeMap::new(),
        rows: None,
        query: Vec::new(),
        query_tokens: Vec::new(),
        facts: BTreeMap::new(),
        ..header.clone()
    }
}

/// Items in their order, cut where a part would weigh more than `room`.
fn cut(items: Vec<Item>, room: usize) -> Result<Vec<Vec<Item>>> {
    let (mut parts, mut part, mut taken) = (Vec::new(), Vec::new(), 0);
    for item in items {
        let weight = weight(&item);
        if weight > room {
            return Err(Error::Log);
        }
        if taken + weight > room || part.len() == MOST_ITEMS {
            parts.push(std::mem::take(&mut part));
            taken = 0;
        }
        taken += weight;
        part.push(item);
    }
    parts.push(part);
    Ok(parts)
}

/// Most customers' items of an entry; a reader refuses more than twice as many.
const MOST_ITEMS: usize = 1_000;

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
            part: None,
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
        fn an_event_of_any_size_is_cut_into_entries_that_hold_all_of_it(
            lengths in proptest::collection::vec(0usize..900, 0..300),
            most in 3_000usize..9_000,
        ) {
            let mut items = vec![Item { tag: 1, sealed: vec![1; 120] }, Item { tag: 3, sealed: vec![3; 90] }];
            items.extend(lengths.iter().map(|n| Item { tag: 2, sealed: vec![2; *n] }));
            let cut = entries(&header(), items, most).unwrap();
            let (mut back, mut shown) = (vec![], 0);
            for (n, entry) in cut.iter().enumerate() {
                prop_assert!(entry.len() <= most);
                let (head, items) = decode(entry).unwrap();
                prop_assert_eq!(head.id, 7);
                prop_assert_eq!(items.iter().filter(|i| i.tag == 1).count(), 1);
                prop_assert_eq!(items.iter().filter(|i| i.tag == 3).count(), usize::from(n == 0));
                if let Some(part) = head.part {
                    prop_assert_eq!(part.no as usize, n + 1);
                    prop_assert_eq!(part.of as usize, cut.len());
                    prop_assert_eq!(part.before as usize, back.len());
                } else {
                    prop_assert_eq!(cut.len(), 1);
                }
                shown += head.seen.values().map(|s| s.shown).sum::<u32>();
                back.extend(items.iter().filter(|i| i.tag == 2).map(|i| i.sealed.len()));
            }
            prop_assert_eq!(back, lengths);
            prop_assert_eq!(shown, 3);
        }

        #[test]
        fn any_bytes_are_refused_or_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = decode(&bytes);
        }
    }
}
