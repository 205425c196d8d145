//! The comments of one ticket, from wherever they stood, each id once.
//!
//! Two versions of a comment: the later one is taken, by time and then by hash, whichever came
//! first. Equal versions are one. A comment without an id is known by what it says.
//!
//! A waiting comment is kept as its bytes, all of them in one block: typed, with its small maps,
//! it would take four times the room, and the room decides how often the files are read.

use super::Source;
use super::canon;
use super::refusal::{Place, Reason};
use super::rows::{CommentRow, parse_comment};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

/// What a kept comment costs beside its own bytes: its place in the tree.
pub(super) const OVERHEAD: usize = 160;

/// The block in which comments wait.
#[derive(Default)]
pub(super) struct Room {
    bytes: Vec<u8>,
    comments: usize,
    scratch: Vec<u8>,
}

impl Room {
    /// Makes room for `bytes` at once: growing step by step would hold it twice.
    pub(super) fn new(bytes: usize) -> Self {
        Self { bytes: Vec::with_capacity(bytes), ..Self::default() }
    }

    /// Bytes that are taken.
    pub(super) fn taken(&self) -> usize {
        self.bytes.len().saturating_add(self.comments.saturating_mul(OVERHEAD))
    }

    /// Empties the room.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.comments = 0;
    }

    /// How full the block is, to go back to.
    pub(super) fn mark(&self) -> usize {
        self.bytes.len()
    }

    /// Gives back what was taken since the mark.
    pub(super) fn back_to(&mut self, mark: usize) {
        self.bytes.truncate(mark);
    }
}

/// Where a comment stood.
#[derive(Clone)]
pub(super) struct Stood {
    pub(super) file: Rc<str>,
    pub(super) place: Place,
}

/// An id, or for a comment without one its hash and how many like it stood before it inside the
/// same ticket: there, unlike in a file of comments, saying "ok" twice is two comments.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key(Option<i64>, u64, u32);

/// Counts the equal comments without an id inside one ticket.
pub(super) type Alike = BTreeMap<u64, u32>;

/// The version that is kept so far; its JSON stands in the room.
struct Kept {
    json: Range<usize>,
    created_at: Option<i64>,
    hash: u64,
    others: bool,
    stood: Stood,
}

/// The comments of one ticket.
#[derive(Default)]
pub(super) struct Pile {
    comments: BTreeMap<Key, Kept>,
    offered: usize,
    refused: Option<Reason>,
}

impl Pile {
    /// Bytes of all comments that were offered, taken or not. A sum, so that it does not depend
    /// on their order.
    pub(super) fn offered(&self) -> usize {
        self.offered
    }

    /// Takes a comment in; `alike` if it stands inside its ticket.
    ///
    /// # Errors
    /// If the comment can't be read.
    pub(super) fn add(
        &mut self,
        mut map: Map<String, Value>,
        stood: Stood,
        source: &Source,
        room: &mut Room,
        alike: Option<&mut Alike>,
    ) -> Result<(), Reason> {
        map.remove("ticket_id");
        let hash = canon::hash(&map, &mut room.scratch);
        let start = room.bytes.len();
        serde_json::to_writer(&mut room.bytes, &map).map_err(|_| Reason::NotJson)?;
        let json = start..room.bytes.len();
        let outcome = parse_comment(map, source.now);
        let taken = match &outcome {
            Ok(row) => {
                self.offered = self.offered.saturating_add(json.len()).saturating_add(OVERHEAD);
                let key = key(row.id, hash, alike);
                let created_at = row.created_at;
                self.take(key, Kept { json, created_at, hash, others: false, stood })
            }
            Err(_) => false,
        };
        if taken {
            room.comments += 1;
        } else {
            room.back_to(start);
        }
        let most = source.limits.max_comments_per_ticket;
        if self.comments.len() > most {
            self.refuse(Reason::TooManyComments(most));
        }
        outcome.map(|_| ())
    }

    /// Whether this version is kept, for now.
    fn take(&mut self, key: Key, new: Kept) -> bool {
        if self.refused.is_some() {
            return false;
        }
        match self.comments.get_mut(&key) {
            None => {
                self.comments.insert(key, new);
                true
            }
            Some(kept) if kept.hash == new.hash => false,
            Some(kept) => {
                kept.others = true;
                let later = (new.created_at, new.hash) > (kept.created_at, kept.hash);
                if later {
                    *kept = Kept { others: true, ..new };
                }
                later
            }
        }
    }

    /// Lets go of everything: the ticket is refused.
    pub(super) fn refuse(&mut self, reason: Reason) {
        self.comments.clear();
        self.refused = Some(reason);
    }

    /// The comments; `loser` hears once of each whose other versions were left out, and where the
    /// one that was taken stood.
    ///
    /// # Errors
    /// Why the ticket is refused.
    pub(super) fn finish<E>(
        self,
        now: i64,
        room: &Room,
        mut loser: impl FnMut(Option<i64>, &Stood) -> Result<(), E>,
    ) -> Result<Result<Vec<CommentRow>, Reason>, E> {
        if let Some(reason) = self.refused {
            return Ok(Err(reason));
        }
        let mut rows = Vec::with_capacity(self.comments.len());
        for (key, kept) in self.comments {
            if kept.others {
                loser(key.0, &kept.stood)?;
            }
            let json = room.bytes.get(kept.json).unwrap_or_default();
            let map = serde_json::from_slice(json).map_err(|_| Reason::NotJson);
            match map.and_then(|map| parse_comment(map, now)) {
                Ok(row) => rows.push(row),
                Err(reason) => return Ok(Err(reason)),
            }
        }
        Ok(Ok(rows))
    }
}

fn key(id: Option<i64>, hash: u64, alike: Option<&mut Alike>) -> Key {
    if id.is_some() {
        return Key(id, 0, 0);
    }
    let before = alike.map_or(0, |alike| {
        let count = alike.entry(hash).or_default();
        *count = count.saturating_add(1);
        *count - 1
    });
    Key(None, hash, before)
}
