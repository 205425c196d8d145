//! The comments of one ticket, from wherever they stood, each id once.
//!
//! Two versions of a comment: the later one is taken, by time and then by hash, whichever came
//! first. Equal versions are one. A comment without an id is known by what it says.

use super::canon;
use super::limits::Limits;
use super::refusal::{Place, Reason};
use super::rows::{CommentRow, parse_comment};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::rc::Rc;

/// What a kept comment costs beside its own bytes.
const OVERHEAD: usize = 512;

/// Where a comment stood.
#[derive(Clone)]
pub(super) struct Stood {
    pub(super) file: Rc<str>,
    pub(super) place: Place,
}

/// An id, or for a comment without one its hash.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key(Option<i64>, u64);

/// The version that is kept so far.
struct Kept {
    row: CommentRow,
    hash: u64,
    size: usize,
    others: bool,
    stood: Stood,
}

/// The comments of one ticket.
#[derive(Default)]
pub(super) struct Pile {
    comments: BTreeMap<Key, Kept>,
    bytes: usize,
    refused: Option<Reason>,
}

impl Pile {
    /// Bytes that the pile is taken to hold.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Takes a comment in. `size` is its size in the file.
    ///
    /// # Errors
    /// If the comment can't be read.
    pub(super) fn add(
        &mut self,
        mut map: Map<String, Value>,
        size: usize,
        stood: Stood,
        now: i64,
        limits: &Limits,
        scratch: &mut Vec<u8>,
    ) -> Result<(), Reason> {
        map.remove("ticket_id");
        let hash = canon::hash(&map, scratch);
        let row = parse_comment(map, now)?;
        if self.refused.is_some() {
            return Ok(());
        }
        let size = size.saturating_add(OVERHEAD);
        let key = Key(row.id, if row.id.is_some() { 0 } else { hash });
        match self.comments.get_mut(&key) {
            None => {
                self.bytes += size;
                self.comments.insert(
                    key,
                    Kept {
                        row,
                        hash,
                        size,
                        others: false,
                        stood,
                    },
                );
            }
            Some(kept) if kept.hash == hash => {}
            Some(kept) => {
                kept.others = true;
                if (row.created_at, hash) > (kept.row.created_at, kept.hash) {
                    self.bytes = self.bytes.saturating_sub(kept.size).saturating_add(size);
                    *kept = Kept {
                        row,
                        hash,
                        size,
                        others: true,
                        stood,
                    };
                }
            }
        }
        if self.comments.len() > limits.max_comments_per_ticket {
            self.refuse(Reason::TooManyComments(limits.max_comments_per_ticket));
        }
        Ok(())
    }

    /// Lets go of everything: the ticket is refused.
    pub(super) fn refuse(&mut self, reason: Reason) {
        self.comments.clear();
        self.bytes = 0;
        self.refused = Some(reason);
    }

    /// The comments; `loser` hears once of each whose other versions were left out, and where the
    /// one that was taken stood.
    ///
    /// # Errors
    /// Why the ticket is refused.
    pub(super) fn finish<E>(
        self,
        mut loser: impl FnMut(Option<i64>, &Stood) -> Result<(), E>,
    ) -> Result<Result<Vec<CommentRow>, Reason>, E> {
        if let Some(reason) = self.refused {
            return Ok(Err(reason));
        }
        let mut rows = Vec::with_capacity(self.comments.len());
        for kept in self.comments.into_values() {
            if kept.others {
                loser(kept.row.id, &kept.stood)?;
            }
            rows.push(kept.row);
        }
        Ok(Ok(rows))
    }
}
