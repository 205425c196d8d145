//! Reading journals back: what a log is made of when it is opened, and what its journals prove.
//!
//! Journals form a chain: each begins with the head at which the one before it ended. A frame
//! that is cut off or damaged is *torn*, and dropped, if it can never have been acknowledged:
//! nothing whole follows it, and the published checkpoint (or the next journal) does not count
//! its entries. A writer publishes after the sync and before it acknowledges. Anything else that
//! is not as it should be is a [`Problem`], and the log takes no entries until someone has looked.

use std::sync::Arc;

use crate::bundle::{self, Entry};
use crate::checkpoint::{Checkpoint, VerifierKey};
use crate::edge::{Edge, Finished};
use crate::hash::leaf_hash;
use crate::journal::{self, Frame, Next};
use crate::log::Log;
use crate::object::{Object, TILE_WIDTH};
use crate::problem::{Problem, Reason};

/// A journal and its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Journal {
    /// Its number; a log's journals are read in this order.
    pub number: u64,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Journal {
    /// The file name of journal `number`, relative to the log's folder.
    #[must_use]
    pub fn name(number: u64) -> String {
        format!("journal-{number}")
    }

    /// The number in a journal's file name; `None` for any other name.
    #[must_use]
    pub fn number_of(name: &str) -> Option<u64> {
        let number = name.strip_prefix("journal-")?.parse().ok()?;
        (Self::name(number) == name).then_some(number)
    }
}

/// A log read back from its journals.
#[derive(Debug)]
pub struct Recovered {
    /// The log, ready to go on.
    pub log: Log,
    /// Tiles and bundles that the journals filled: they may be missing on disk and must be
    /// written (again) before the journals go.
    pub objects: Vec<Finished>,
    /// Bytes of a frame that was never acknowledged, and is dropped.
    pub dropped: u64,
    /// The head at which the oldest journal starts: objects below it must be there.
    pub base: u64,
}

/// Reads a log back from the published checkpoint and its journals, in order of their numbers.
/// Signatures of bases and of the newest checkpoint are checked, the roots of all; the offline
/// verifier checks every signature.
///
/// # Errors
/// The first thing that is wrong.
pub fn recover(
    key: &VerifierKey,
    published: &[u8],
    journals: &[Journal],
) -> Result<Recovered, Problem> {
    let head =
        key.open(published).map_err(|e| Problem::new(None, "checkpoint", Reason::Checkpoint(e)))?;
    let mut replay = Replay::new(key, Signatures::Ends);
    replay.run(journals, Some(&head));
    if let Some(problem) = replay.problem {
        return Err(problem);
    }
    let state = replay.state.ok_or_else(|| Problem::new(None, "journal", Reason::Missing))?;
    check_published(&replay.heads, &head)?;
    Ok(Recovered {
        log: Log::resume(state.edge, state.tail, state.checkpoint.into()),
        objects: replay.objects,
        dropped: replay.torn,
        base: replay.base,
    })
}

/// The published checkpoint must be one of the heads that the journals went through.
pub(crate) fn check_published(heads: &[Checkpoint], published: &Checkpoint) -> Result<(), Problem> {
    let newest = heads.last().map_or(0, |head| head.size);
    if published.size > newest {
        return Err(Problem::new(newest, "checkpoint", Reason::Cut));
    }
    if heads.iter().any(|head| head == published) {
        return Ok(());
    }
    Err(Problem::new(None, "checkpoint", Reason::NoHead))
}

/// Which signatures of a journal are checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signatures {
    /// Those of the bases and the newest checkpoint.
    Ends,
    /// Every one.
    All,
}

/// The log's state while its journals are read.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) edge: Edge,
    tail: Vec<Entry>,
    checkpoint: Vec<u8>,
}

/// See the module. After [`Replay::run`] the fields say what was found up to the first problem.
#[derive(Debug)]
pub(crate) struct Replay<'k> {
    key: &'k VerifierKey,
    signatures: Signatures,
    pub(crate) state: Option<State>,
    /// The right edge where the oldest journal starts.
    pub(crate) base_edge: Option<Edge>,
    pub(crate) base: u64,
    pub(crate) heads: Vec<Checkpoint>,
    pub(crate) objects: Vec<Finished>,
    pub(crate) torn: u64,
    pub(crate) problem: Option<Problem>,
}

impl<'k> Replay<'k> {
    pub(crate) fn new(key: &'k VerifierKey, signatures: Signatures) -> Self {
        Self {
            key,
            signatures,
            state: None,
            base_edge: None,
            base: 0,
            heads: Vec::new(),
            objects: Vec::new(),
            torn: 0,
            problem: None,
        }
    }

    /// Reads the journals up to the first problem.
    pub(crate) fn run(&mut self, journals: &[Journal], published: Option<&Checkpoint>) {
        for (i, journal) in journals.iter().enumerate() {
            let next = journals.get(i + 1).map(|next| next.bytes.as_slice());
            if let Err(problem) = self.one(journal, next, published) {
                self.problem = Some(problem);
                return;
            }
        }
        let Some(state) = &self.state else { return };
        if self.signatures == Signatures::Ends
            && let Err(error) = self.key.open(&state.checkpoint)
        {
            let name = journals.last().map(|j| Journal::name(j.number)).unwrap_or_default();
            let from = self.heads.first().map_or(0, |head| head.size);
            self.problem = Some(Problem::new(from, &name, Reason::Checkpoint(error)));
        }
    }

    fn one(
        &mut self,
        journal: &Journal,
        next: Option<&[u8]>,
        published: Option<&Checkpoint>,
    ) -> Result<(), Problem> {
        let name = Journal::name(journal.number);
        let mut at = 0;
        loop {
            let size = self.state.as_ref().map(|state| state.edge.size());
            match journal::read(&journal.bytes, at) {
                // A journal is put in place with its base in it, so it is never empty.
                Next::End if at == 0 => return Err(Problem::new(size, &name, Reason::Form)),
                Next::End => return Ok(()),
                Next::Frame(frame, end) => {
                    self.frame(&frame, at == 0, &name)?;
                    at = end;
                }
                Next::Torn if at > 0 && self.may_drop(&journal.bytes, at, next, published) => {
                    self.torn += (journal.bytes.len() - at) as u64;
                    return Ok(());
                }
                Next::Torn => return Err(Problem::new(size, &name, Reason::Damaged)),
                Next::Malformed => return Err(Problem::new(size, &name, Reason::Form)),
            }
        }
    }

    /// Whether the bytes from `at` can be those of a batch that was never acknowledged.
    fn may_drop(
        &self,
        journal: &[u8],
        at: usize,
        next: Option<&[u8]>,
        published: Option<&Checkpoint>,
    ) -> bool {
        let size = self.state.as_ref().map_or(0, |state| state.edge.size());
        let counted = match next.map(|next| journal::read(next, 0)) {
            Some(Next::Frame(Frame::Base { size: next, .. }, _)) => next > size,
            Some(_) => true,
            None => published.is_some_and(|head| head.size > size),
        };
        !counted && !journal::has_later_frame(journal, at, size)
    }

    fn frame(&mut self, frame: &Frame<'_>, first: bool, name: &str) -> Result<(), Problem> {
        match frame {
            Frame::Base { size, checkpoint, upper, tail } if first => {
                self.base(*size, checkpoint, upper, tail, name)
            }
            Frame::Batch { first: index, checkpoint, entries } if !first => {
                self.batch(*index, checkpoint, entries, name)
            }
            Frame::Base { size, .. } => Err(Problem::new(*size, name, Reason::Form)),
            Frame::Batch { first: index, .. } => Err(Problem::new(*index, name, Reason::Form)),
        }
    }

    fn base(
        &mut self,
        size: u64,
        checkpoint: &[u8],
        upper: &[Vec<crate::Hash>],
        tail: &[u8],
        name: &str,
    ) -> Result<(), Problem> {
        let reached = self.state.as_ref().map(|state| state.edge.size());
        if let Some(reached) = reached.filter(|reached| *reached != size) {
            let reason = if size > reached { Reason::Cut } else { Reason::Sequence };
            return Err(Problem::new(size.min(reached), name, reason));
        }
        // What the base stands for: of it, the entries of its tail are at hand.
        let from = size - size % TILE_WIDTH;
        let wrong = |reason| Problem::new(from, name, reason);
        let head = self.key.open(checkpoint).map_err(|error| wrong(Reason::Checkpoint(error)))?;
        let entries: Option<Vec<Entry>> =
            bundle::entries(tail).map(|entry| entry.map(Entry::from)).collect();
        let entries = entries.ok_or_else(|| wrong(Reason::Form))?;
        let leaves = entries.iter().map(|entry| leaf_hash(entry)).collect();
        let edge =
            Edge::restore(size, leaves, upper.to_vec()).ok_or_else(|| wrong(Reason::Form))?;
        if edge.root() != head.root || head.size != size {
            return Err(wrong(Reason::Root));
        }
        if reached.is_some() && self.heads.last() != Some(&head) {
            return Err(Problem::new(size, name, Reason::Sequence));
        }
        if reached.is_none() {
            self.base = size;
            self.base_edge = Some(edge.clone());
            self.heads.push(head);
        }
        self.state = Some(State { edge, tail: entries, checkpoint: checkpoint.to_vec() });
        Ok(())
    }

    fn batch(
        &mut self,
        index: u64,
        checkpoint: &[u8],
        entries: &[u8],
        name: &str,
    ) -> Result<(), Problem> {
        let form = Problem::new(index, name, Reason::Form);
        let Some(state) = &mut self.state else {
            return Err(form);
        };
        let size = state.edge.size();
        if index != size {
            let reason = if index > size { Reason::Cut } else { Reason::Sequence };
            return Err(Problem::new(size.min(index), name, reason));
        }
        let wrong = |reason| Problem::new(index, name, reason);
        let head = match self.signatures {
            Signatures::All => self.key.open(checkpoint),
            Signatures::Ends => self.key.peek(checkpoint),
        }
        .map_err(|error| wrong(Reason::Checkpoint(error)))?;
        let finished = self.objects.len();
        for entry in bundle::entries(entries) {
            let Some(entry) = entry else { return Err(form) };
            state.edge.push(leaf_hash(entry), &mut self.objects);
            state.tail.push(Arc::from(entry));
            if state.tail.len() as u64 == TILE_WIDTH {
                let index = state.edge.size() / TILE_WIDTH - 1;
                self.objects.push((Object::Bundle { index }, bundle::encode(&state.tail)));
                state.tail.clear();
            }
        }
        if (head.size, head.root) != (state.edge.size(), state.edge.root()) {
            self.objects.truncate(finished);
            return Err(wrong(Reason::Root));
        }
        state.checkpoint = checkpoint.to_vec();
        self.heads.push(head);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
