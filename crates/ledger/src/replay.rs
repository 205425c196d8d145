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
    let head = key
        .open(published)
        .map_err(|e| Problem::new(None, "checkpoint", Reason::Checkpoint(e)))?;
    let mut replay = Replay::new(key, Signatures::Ends);
    replay.run(journals, Some(&head));
    if let Some(problem) = replay.problem {
        return Err(problem);
    }
    let state = replay
        .state
        .ok_or_else(|| Problem::new(None, "journal", Reason::Missing))?;
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
            let name = journals
                .last()
                .map(|j| Journal::name(j.number))
                .unwrap_or_default();
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
            Frame::Base {
                size,
                checkpoint,
                upper,
                tail,
            } if first => self.base(*size, checkpoint, upper, tail, name),
            Frame::Batch {
                first: index,
                checkpoint,
                entries,
            } if !first => self.batch(*index, checkpoint, entries, name),
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
            let reason = if size > reached {
                Reason::Cut
            } else {
                Reason::Sequence
            };
            return Err(Problem::new(size.min(reached), name, reason));
        }
        // What the base stands for: of it, the entries of its tail are at hand.
        let from = size - size % TILE_WIDTH;
        let wrong = |reason| Problem::new(from, name, reason);
        let head = self
            .key
            .open(checkpoint)
            .map_err(|error| wrong(Reason::Checkpoint(error)))?;
        let entries: Option<Vec<Entry>> = bundle::entries(tail)
            .map(|entry| entry.map(Entry::from))
            .collect();
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
        self.state = Some(State {
            edge,
            tail: entries,
            checkpoint: checkpoint.to_vec(),
        });
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
            let reason = if index > size {
                Reason::Cut
            } else {
                Reason::Sequence
            };
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
                self.objects
                    .push((Object::Bundle { index }, bundle::encode(&state.tail)));
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
mod tests {
    use super::*;
    use crate::testkit::{
        Folder, ORIGIN, entry, key, naive_root, other_signer, public, second_signer, signer,
    };
    use crate::{Hash, KeySigner, LogError, MAX_ENTRY};
    use proptest::prelude::*;

    /// Where the frames of a journal end.
    fn ends(journal: &[u8]) -> Vec<usize> {
        let (mut at, mut ends) = (0, Vec::new());
        while let Next::Frame(_, next) = journal::read(journal, at) {
            at = next;
            ends.push(at);
        }
        ends
    }

    #[test]
    fn a_journal_cut_at_any_byte_gives_back_the_acknowledged_prefix() {
        let (mut folder, mut log) = Folder::create();
        let mut heads = vec![(0, folder.checkpoint.clone())];
        for count in [1, 3, 1, 250, 5] {
            folder.append(&mut log, count);
            heads.push((log.size(), folder.checkpoint.clone()));
        }
        let whole = folder.journals[0].bytes.clone();
        let ends = ends(&whole);
        for cut in ends[0]..=whole.len() {
            let frames = ends.iter().filter(|end| **end <= cut).count() - 1;
            let (size, head) = &heads[frames];
            let mut crashed = folder.clone();
            crashed.journals[0].bytes.truncate(cut);
            if frames < 5 {
                let problem = crashed
                    .recover()
                    .expect_err("acknowledged entries are gone");
                assert_eq!(problem.index, Some(*size));
            }
            crashed.checkpoint.clone_from(head);
            let recovered = crashed.recover().unwrap();
            assert_eq!(recovered.log.size(), *size);
            assert_eq!(&**recovered.log.checkpoint(), head.as_slice());
            assert_eq!(recovered.dropped, (cut - ends[frames]) as u64);
        }
        for cut in 0..ends[0] {
            let mut crashed = folder.clone();
            crashed.journals[0].bytes.truncate(cut);
            assert!(crashed.recover().is_err(), "a base is put in place whole");
        }
    }

    #[test]
    fn any_byte_changed_in_an_acknowledged_journal_is_refused() {
        let (folder, _) = Folder::with(&[200, 100, 3, 2], &[2]);
        for at in 0..folder.journals[0].bytes.len() {
            let mut bad = folder.clone();
            bad.journals[0].bytes[at] ^= 0x40;
            assert!(bad.recover().is_err(), "byte {at}");
        }
    }

    #[test]
    fn a_damaged_frame_with_a_whole_one_behind_it_is_never_dropped() {
        let (mut folder, mut log) = Folder::create();
        let head = folder.checkpoint.clone();
        let start = folder.journals[0].bytes.len();
        folder.append(&mut log, 2);
        folder.append(&mut log, 2);
        // Even if the published checkpoint was lost with the power.
        folder.checkpoint = head;
        folder.journals[0].bytes[start + 40] ^= 1;
        let problem = folder.recover().unwrap_err();
        assert_eq!((problem.index, problem.reason), (Some(0), Reason::Damaged));
    }

    #[test]
    fn a_chain_of_journals_must_fit_together() {
        let (mut folder, mut log) = Folder::create();
        for count in [3, 4] {
            folder.append(&mut log, count);
            folder.rotate(&log);
        }
        folder.append(&mut log, 1);
        assert_eq!(folder.recover().unwrap().log.size(), 8);
        let mut torn = folder.clone();
        torn.journals[1].bytes.extend([9; 20]);
        assert_eq!(
            torn.recover().unwrap().dropped,
            20,
            "the next base does not count it"
        );
        let mut gap = folder.clone();
        gap.journals.remove(1);
        let problem = gap.recover().unwrap_err();
        assert_eq!((problem.index, problem.reason), (Some(3), Reason::Cut));
        let mut swapped = folder.clone();
        swapped.journals.swap(0, 1);
        assert!(swapped.recover().is_err());
        let mut first_gone = folder;
        first_gone.journals.remove(0);
        assert_eq!(
            first_gone.recover().unwrap().base,
            3,
            "its entries are in objects and base"
        );
    }

    #[test]
    fn a_published_checkpoint_of_another_history_is_refused() {
        let (folder, _) = Folder::with(&[5], &[]);
        let mut forked = Log::create(&signer()).unwrap();
        let fork = forked.commit(&vec![entry(9); 5], &signer()).unwrap();
        let published = fork.checkpoint.to_vec();
        let problem = Folder {
            checkpoint: published,
            ..folder.clone()
        }
        .recover()
        .unwrap_err();
        assert_eq!(problem.reason, Reason::NoHead);
        for foreign in [&second_signer(), &other_signer()] {
            let head = Log::create(foreign).unwrap().checkpoint().to_vec();
            let problem = Folder {
                checkpoint: head,
                ..folder.clone()
            }
            .recover()
            .unwrap_err();
            assert!(matches!(problem.reason, Reason::Checkpoint(_)));
        }
    }

    #[test]
    fn a_refused_batch_leaves_the_log_as_it_was_and_a_failed_signer_ends_it() {
        let mut log = Log::create(&signer()).unwrap();
        let long: Entry = vec![0; MAX_ENTRY + 1].into();
        let refused = log.commit(&[entry(0), long], &signer()).unwrap_err();
        assert_eq!(refused, LogError::TooLong { len: MAX_ENTRY + 1 });
        assert_eq!(log.commit(&[], &signer()).unwrap_err(), LogError::Batch);
        assert_eq!(log.size(), 0);
        log.commit(&[entry(0)], &signer()).unwrap();
        let broken = KeySigner::new(ORIGIN, &public(), |_| None).unwrap();
        assert!(log.commit(&[entry(1)], &broken).is_err());
        assert_eq!(
            log.commit(&[entry(1)], &signer()).unwrap_err(),
            LogError::Failed
        );
        assert!(log.base_frame().is_err());
    }

    fn unhex(hex: &str) -> Vec<u8> {
        let digits: Vec<u8> = hex.chars().map(|c| c.to_digit(16).unwrap() as u8).collect();
        digits
            .as_chunks::<2>()
            .0
            .iter()
            .map(|[high, low]| high << 4 | low)
            .collect()
    }

    /// The tree that Certificate Transparency's implementations test with.
    #[test]
    fn the_roots_are_those_of_the_known_test_tree() {
        let entries = [
            "",
            "00",
            "10",
            "2021",
            "3031",
            "40414243",
            "5051525354555657",
            "606162636465666768696a6b6c6d6e6f",
        ];
        let roots = [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        let mut log = Log::create(&signer()).unwrap();
        for (entry, root) in entries.iter().zip(roots) {
            log.commit(&[unhex(entry).into()], &signer()).unwrap();
            assert_eq!(log.snapshot().root().0.to_vec(), unhex(root));
        }
        let plan = log.snapshot();
        let plan = plan.plan_inclusion(0).unwrap();
        let Ok(crate::Proof::Inclusion(proof)) = plan.finish(&Default::default()) else {
            panic!("no proof")
        };
        let path = [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ];
        assert!(
            proof
                .path
                .iter()
                .map(|h| h.0.to_vec())
                .eq(path.iter().map(|h| unhex(h)))
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn however_batches_fall_the_tree_is_that_of_the_entries(
            batches in prop::collection::vec(1_u64..400, 1..7),
            rotate in prop::collection::vec(1_usize..7, 0..3),
        ) {
            let (mut folder, log) = Folder::with(&batches, &rotate);
            let leaves: Vec<Hash> = (0..log.size()).map(|i| leaf_hash(&entry(i))).collect();
            let root = naive_root(&leaves);
            prop_assert_eq!(key().open(&folder.checkpoint).unwrap().root, root);
            prop_assert_eq!(folder.verify().problem, None);
            // Opened again, it goes on as if nothing had been.
            let recovered = folder.recover().unwrap();
            folder.objects.extend(recovered.objects);
            let mut again = recovered.log;
            prop_assert_eq!(again.base_frame().unwrap(), log.base_frame().unwrap());
            folder.rotate(&again);
            folder.journals.drain(..folder.journals.len() - 1);
            folder.append(&mut again, 300);
            let report = folder.verify();
            prop_assert_eq!((report.problem, report.entries), (None, log.size() + 300));
        }
    }
}
