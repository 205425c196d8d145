//! The offline verifier: everything in a log against its verifier key.
//!
//! Trust flows from the signature downwards. The journals are replayed first: every checkpoint's
//! signature, every root. The head of the oldest journal's base vouches for the right edge; the
//! edge for the tiles; each tile for those under it; level 0 for the entries. So the walk goes
//! through the entries in order, one bundle at a time and with one tile of each level in memory,
//! and the first thing that is wrong is named by what stands above it.
//!
//! Like all of this crate it does no I/O: [`Verification::want`] names an object,
//! [`Verification::give`] takes its bytes. It goes on until there is nothing left to want.

use crate::bundle;
use crate::checkpoint::{Checkpoint, VerifierKey};
use crate::edge::{Edge, Finished};
use crate::hash::{HASH_SIZE, Hash, hashes, perfect_root};
use crate::object::{MAX_LEVELS, Object, TILE_WIDTH};
use crate::problem::{Problem, Reason};
use crate::pruned::{PrunedRange, open_pruned};
use crate::replay::{Journal, Replay, Signatures, check_published};
use crate::snapshot::check_entries;

/// What lies in a log besides its objects. Read the checkpoint before the journals: a writer may
/// be adding to them.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    /// The published checkpoint.
    pub checkpoint: Option<Vec<u8>>,
    /// The journals, in order of their numbers.
    pub journals: Vec<Journal>,
    /// The signed list of what retention took out, if there is one.
    pub pruned: Option<Vec<u8>>,
    /// Whether a writer may be adding meanwhile; then objects beyond the last entry read are no
    /// sign of a log that was set back.
    pub live: bool,
}

/// What the verifier found.
#[derive(Debug, Clone, PartialEq)]
pub struct VerifyReport {
    /// The log's origin.
    pub origin: String,
    /// Number of entries that the newest checkpoint counts.
    pub size: u64,
    /// Its root.
    pub root: Option<Hash>,
    /// Number of entries that the published checkpoint counts; `None` if it was refused.
    pub published: Option<u64>,
    /// Signed checkpoints checked.
    pub checkpoints: u64,
    /// Entries whose hash was recomputed.
    pub entries: u64,
    /// Tiles checked.
    pub tiles: u64,
    /// What retention took out, as signed; only ranges of which something is missing.
    pub pruned: Vec<PrunedRange>,
    /// Bytes of a batch that was never acknowledged, at the end of a journal. No fault.
    pub torn: u64,
    /// The first thing that is wrong: that with the lowest entry.
    pub problem: Option<Problem>,
}

impl VerifyReport {
    /// Whether everything is as it was signed.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.problem.is_none()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Hash tile `tile >> 8·level` of `level`, on the way down to level-0 tile `tile`.
    Hashes {
        tile: u64,
        level: u8,
    },
    /// The entries under level-0 tile `tile`.
    Entries {
        tile: u64,
    },
    /// An object that the journals filled, and that may be stored already.
    Filled {
        next: usize,
    },
    /// An object beyond the last entry, that should not be there.
    Beyond {
        bundle: bool,
    },
    Done,
}

/// A verification under way. See the module.
#[derive(Debug)]
pub struct Verification {
    phase: Phase,
    /// Level-0 tiles below the oldest journal.
    tiles: u64,
    /// The right edge that vouches for them; `None` if the journal that holds it is damaged.
    edge: Option<Edge>,
    /// For each level the tile on the way down.
    above: Vec<Vec<Hash>>,
    leaves: Vec<Hash>,
    filled: Vec<Finished>,
    allowed: Vec<PrunedRange>,
    live: bool,
    report: VerifyReport,
}

impl Verification {
    /// Replays the journals and makes ready for the objects.
    #[must_use]
    pub fn start(key: &VerifierKey, evidence: &Evidence) -> Self {
        let mut problems = Vec::new();
        let published = Self::published(key, evidence, &mut problems);
        let allowed = evidence.pruned.as_deref().map_or_else(Vec::new, |signed| {
            open_pruned(signed, key).unwrap_or_else(|error| {
                problems.push(Problem::new(None, "pruned", Reason::Checkpoint(error)));
                Vec::new()
            })
        });
        let mut replay = Replay::new(key, Signatures::All);
        replay.run(&evidence.journals, published.as_ref());
        if evidence.journals.is_empty() {
            problems.push(Problem::new(None, "journal", Reason::Missing));
        }
        match (&replay.problem, &published) {
            (Some(problem), _) => problems.push(problem.clone()),
            (None, Some(head)) => problems.extend(check_published(&replay.heads, head).err()),
            (None, None) => {}
        }
        problems.sort_by_key(Problem::rank);
        let newest = replay.heads.last();
        let report = VerifyReport {
            origin: key.origin().to_owned(),
            size: newest.map_or(0, |head| head.size),
            root: newest.map(|head| head.root),
            published: published.map(|head| head.size),
            checkpoints: replay.heads.len() as u64 + u64::from(published.is_some()),
            entries: newest.map_or(0, |head| {
                head.size - (replay.base - replay.base % TILE_WIDTH)
            }),
            tiles: 0,
            pruned: Vec::new(),
            torn: replay.torn,
            problem: problems.into_iter().next(),
        };
        // Without a base that can be trusted, tiles and bundles are still held against each other.
        let counted = replay.base_edge.as_ref().map(Edge::size);
        let counted = counted.or(published.map(|head| head.size)).unwrap_or(0);
        let mut verification = Self {
            phase: Phase::Done,
            tiles: counted / TILE_WIDTH,
            edge: replay.base_edge,
            above: vec![Vec::new(); MAX_LEVELS + 1],
            leaves: Vec::new(),
            filled: replay.objects,
            allowed,
            live: evidence.live,
            report,
        };
        verification.enter(0);
        verification
    }

    fn published(
        key: &VerifierKey,
        evidence: &Evidence,
        problems: &mut Vec<Problem>,
    ) -> Option<Checkpoint> {
        let wrong = |reason| Problem::new(None, "checkpoint", reason);
        let Some(signed) = &evidence.checkpoint else {
            problems.push(wrong(Reason::Missing));
            return None;
        };
        key.open(signed)
            .map_err(|error| problems.push(wrong(Reason::Checkpoint(error))))
            .ok()
    }

    /// The object that is needed next; `None` when all has been seen.
    #[must_use]
    pub fn want(&self) -> Option<Object> {
        match self.phase {
            Phase::Hashes { tile, level } => Some(tile_at(level, tile)),
            Phase::Entries { tile } => Some(Object::Bundle { index: tile }),
            Phase::Filled { next } => self.filled.get(next).map(|(object, _)| *object),
            Phase::Beyond { bundle } => {
                let index = self.report.size / TILE_WIDTH;
                Some(if bundle {
                    Object::Bundle { index }
                } else {
                    tile_at(0, index)
                })
            }
            Phase::Done => None,
        }
    }

    /// Takes the wanted object's bytes, `None` if there is no such object.
    pub fn give(&mut self, bytes: Option<&[u8]>) {
        match self.phase {
            Phase::Hashes { tile, level } => self.hashes(tile, level, bytes),
            Phase::Entries { tile } => self.entries(tile, bytes),
            Phase::Filled { next } => self.filled(next, bytes),
            Phase::Beyond { bundle } => self.beyond(bundle, bytes),
            Phase::Done => {}
        }
    }

    /// The result. Before [`Verification::want`] has run dry it is not complete.
    #[must_use]
    pub fn finish(self) -> VerifyReport {
        self.report
    }

    /// Starts with level-0 tile `tile`: from the highest tile that begins with it and is full.
    fn enter(&mut self, tile: u64) {
        if tile >= self.tiles {
            return self.walked(tile);
        }
        let starts = |level: &u8| {
            let shift = 8 * u32::from(*level);
            let index = tile >> shift;
            index << shift == tile && index < self.full_tiles(*level)
        };
        let level = (1..8).rev().find(starts).unwrap_or(0);
        self.phase = Phase::Hashes { tile, level };
    }

    /// Full tiles of `level` below the oldest journal.
    fn full_tiles(&self, level: u8) -> u64 {
        self.tiles.checked_shr(8 * u32::from(level)).unwrap_or(0)
    }

    /// All below the journals was walked through, or as far as there was something: `tile`.
    fn walked(&mut self, tile: u64) {
        match &mut self.report.problem {
            // The base is damaged, so the journals say nothing; what is before was in order.
            Some(problem) if self.edge.is_none() => {
                problem.index = problem.index.or(Some(tile * TILE_WIDTH));
                self.phase = Phase::Done;
            }
            _ => self.enter_filled(0),
        }
    }

    fn enter_filled(&mut self, next: usize) {
        self.phase = match &self.report.problem {
            _ if next < self.filled.len() => Phase::Filled { next },
            None if !self.live => Phase::Beyond { bundle: false },
            _ => Phase::Done,
        };
    }

    /// The hash that vouches for tile `index` of `level`.
    fn vouching(&self, level: u8, index: u64) -> Option<&Hash> {
        let at = usize::from(index.to_le_bytes()[0]);
        if index / TILE_WIDTH < self.full_tiles(level + 1) {
            return self.above.get(usize::from(level) + 1)?.get(at);
        }
        self.edge.as_ref()?.level(level + 1).get(at)
    }

    fn hashes(&mut self, tile: u64, level: u8, bytes: Option<&[u8]>) {
        let object = tile_at(level, tile);
        let Some(bytes) = bytes else {
            return self.missing(object);
        };
        let found = hashes(bytes).filter(|hashes| hashes.len() as u64 == TILE_WIDTH);
        let Some((found, root)) = found.and_then(|f| perfect_root(&f).map(|root| (f, root))) else {
            return self.stop(object, object.first_entry(), Reason::Form);
        };
        let index = tile >> (8 * u32::from(level));
        // Without a base nothing may vouch for it; else something must.
        let vouched = match self.vouching(level, index) {
            Some(hash) => *hash == root,
            None => self.edge.is_none(),
        };
        if !vouched {
            return self.stop(object, object.first_entry(), Reason::Tile);
        }
        self.report.tiles += 1;
        if level == 0 {
            self.leaves = found;
            self.phase = Phase::Entries { tile };
        } else {
            if let Some(above) = self.above.get_mut(usize::from(level)) {
                *above = found;
            }
            self.phase = Phase::Hashes {
                tile,
                level: level - 1,
            };
        }
    }

    fn entries(&mut self, tile: u64, bytes: Option<&[u8]>) {
        let object = Object::Bundle { index: tile };
        match bytes {
            Some(bytes) => match check_entries(tile, bytes, &self.leaves, |_| {}) {
                Ok(()) => self.report.entries += TILE_WIDTH,
                Err(problem) => return self.found(problem),
            },
            None => {
                let first = object.first_entry();
                let under = |r: &&PrunedRange| (r.first..r.end).contains(&first);
                let Some(range) = self.allowed.iter().find(under) else {
                    return self.missing(object);
                };
                if self.report.pruned.last() != Some(range) {
                    self.report.pruned.push(range.clone());
                }
            }
        }
        self.enter(tile + 1);
    }

    fn filled(&mut self, next: usize, bytes: Option<&[u8]>) {
        if let (Some(bytes), Some((object, expected))) = (bytes, self.filled.get(next)) {
            if bytes != expected.as_slice() {
                let (object, first) = (*object, first_difference(object, expected, bytes));
                return self.stop(object, first, Reason::Differs);
            }
            self.report.tiles += u64::from(matches!(object, Object::Tile { .. }));
        }
        self.enter_filled(next + 1);
    }

    fn beyond(&mut self, bundle: bool, bytes: Option<&[u8]>) {
        if let (Some(_), Some(object)) = (bytes, self.want()) {
            return self.stop(object, self.report.size, Reason::Beyond);
        }
        self.phase = if bundle {
            Phase::Done
        } else {
            Phase::Beyond { bundle: true }
        };
    }

    fn missing(&mut self, object: Object) {
        if self.edge.is_none() {
            // How far the objects should go is in the base, which is damaged.
            return self.walked(object.first_entry() / TILE_WIDTH);
        }
        self.stop(object, object.first_entry(), Reason::Missing);
    }

    fn stop(&mut self, object: Object, index: u64, reason: Reason) {
        self.found(Problem::new(index, &object.path(), reason));
    }

    /// Objects are seen in the order of their entries, so the first problem ends the walk.
    fn found(&mut self, problem: Problem) {
        let rank = self.report.problem.as_ref().map_or(u64::MAX, Problem::rank);
        if self.report.problem.is_none() || problem.rank() < rank {
            self.report.problem = Some(problem);
        }
        self.phase = Phase::Done;
    }
}

/// The tile of `level` over level-0 tile `tile`.
fn tile_at(level: u8, tile: u64) -> Object {
    Object::Tile {
        level,
        index: tile >> (8 * u32::from(level)),
    }
}

/// The first entry of which two versions of an object differ.
fn first_difference(object: &Object, expected: &[u8], found: &[u8]) -> u64 {
    let first = object.first_entry();
    match object {
        Object::Tile { level, .. } => {
            let same = expected
                .iter()
                .zip(found)
                .take_while(|(a, b)| a == b)
                .count();
            first + (((same / HASH_SIZE) as u64) << (8 * u32::from(*level)))
        }
        Object::Bundle { .. } => {
            let pairs = bundle::entries(expected).zip(bundle::entries(found));
            first + pairs.take_while(|(a, b)| a == b).count() as u64
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign_pruned;
    use crate::testkit::{Folder, signer};

    /// 600 entries; 513 of them behind a base, the rest in the journal.
    fn folder() -> Folder {
        Folder::with(&[200, 60, 252, 1, 7, 80], &[4]).0
    }

    #[test]
    fn a_whole_log_verifies() {
        let report = folder().verify();
        assert_eq!(report.problem, None);
        assert_eq!((report.size, report.published), (600, Some(600)));
        assert_eq!((report.entries, report.tiles, report.torn), (600, 2, 0));
        // The base, two batches, and the published one.
        assert_eq!(report.checkpoints, 4);
        assert!(Folder::create().0.verify().is_ok());
    }

    /// The first entry whose bytes lie at or after `at` of a bundle that begins with `first`.
    fn entry_at(first: u64, bundle: &[u8], at: usize) -> u64 {
        let mut end = 0;
        let before = |e: &Option<&[u8]>| {
            end += 2 + e.unwrap().len();
            end <= at
        };
        first + bundle::entries(bundle).take_while(before).count() as u64
    }

    #[test]
    fn any_byte_changed_in_a_bundle_is_found_and_its_entry_named() {
        let (mut folder, mut log) = Folder::create();
        let entries: Vec<crate::Entry> = (0..=255).map(|i| vec![i; 3].into()).collect();
        let filled = folder.append_these(&mut log, &entries);
        folder.objects.extend(filled);
        folder.rotate(&log);
        folder.journals.remove(0);
        let object = Object::Bundle { index: 0 };
        let bundle = folder.objects[&object].clone();
        for at in 0..bundle.len() {
            let mut bad = folder.clone();
            bad.objects.get_mut(&object).unwrap()[at] ^= 0x10;
            let problem = bad.verify().problem.expect("a changed byte");
            assert_eq!(problem.index, Some(entry_at(0, &bundle, at)), "byte {at}");
            assert_eq!(problem.place, object.path());
        }
    }

    #[test]
    fn any_byte_changed_in_a_tile_is_found_and_the_tile_named() {
        let folder = folder();
        let object = Object::Tile { level: 0, index: 1 };
        for at in (0..8192).step_by(7) {
            let mut bad = folder.clone();
            bad.objects.get_mut(&object).unwrap()[at] ^= 1;
            let problem = bad.verify().problem.expect("a changed byte");
            assert_eq!((problem.index, problem.place), (Some(256), object.path()));
        }
    }

    #[test]
    fn any_byte_changed_in_a_journal_or_checkpoint_is_found() {
        let folder = folder();
        let base = folder.journals[0].bytes.len();
        for at in 0..base {
            let mut bad = folder.clone();
            bad.journals[0].bytes[at] ^= 1;
            let problem = bad.verify().problem.expect("a changed byte");
            // The base says where the journal begins; before it, 512 entries are in bundles.
            let index = problem.index.expect("an entry");
            assert!((512..600).contains(&index), "byte {at}: {problem}");
        }
        for at in 0..folder.checkpoint.len() {
            let mut bad = folder.clone();
            bad.checkpoint[at] ^= 1;
            assert_eq!(
                bad.verify().problem.expect("a changed byte").place,
                "checkpoint"
            );
        }
    }

    #[test]
    fn a_log_cut_anywhere_is_found() {
        let folder = folder();
        let whole = folder.journals[0].bytes.len();
        for cut in 0..whole {
            let mut bad = folder.clone();
            bad.journals[0].bytes.truncate(cut);
            let index = bad
                .verify()
                .problem
                .expect("a cut")
                .index
                .expect("an entry");
            assert!((512..600).contains(&index), "cut at {cut}: {index}");
        }
        for object in folder.objects.keys() {
            let mut bad = folder.clone();
            bad.objects.remove(object);
            let problem = bad.verify().problem.expect("a missing object");
            assert_eq!(problem.index, Some(object.first_entry()));
            assert_eq!(
                (problem.place, problem.reason),
                (object.path(), Reason::Missing)
            );
        }
        let mut bad = folder.clone();
        bad.journals.clear();
        assert!(!bad.verify().is_ok());
    }

    #[test]
    fn swapped_and_dropped_entries_are_found() {
        let folder = folder();
        let object = Object::Bundle { index: 0 };
        let entries: Vec<crate::Entry> = bundle::entries(&folder.objects[&object])
            .map(|e| e.unwrap().into())
            .collect();
        let mut swapped = entries.clone();
        swapped.swap(40, 41);
        let mut dropped = entries.clone();
        dropped.remove(200);
        let mut doubled = entries.clone();
        doubled.push(entries[255].clone());
        for (list, first) in [(swapped, 40), (dropped, 200), (doubled, 255)] {
            let mut bad = folder.clone();
            bad.objects.insert(object, bundle::encode(&list));
            assert_eq!(
                bad.verify().problem.expect("a changed list").index,
                Some(first)
            );
        }
    }

    #[test]
    fn a_log_set_back_is_found_by_what_it_left_behind() {
        let (mut early, mut log) = Folder::with(&[200], &[]);
        let before = early.clone();
        let filled = early.append(&mut log, 100);
        let mut set_back = before;
        set_back.objects.extend(filled);
        let problem = set_back.verify().problem.expect("objects beyond the end");
        assert_eq!((problem.index, problem.reason), (Some(200), Reason::Beyond));
        let live = Evidence {
            live: true,
            ..set_back.evidence()
        };
        assert!(
            set_back.verify_with(&live).is_ok(),
            "a writer may just have stored them"
        );
    }

    #[test]
    fn objects_that_the_journal_still_holds_may_be_missing_but_not_differ() {
        let (mut folder, mut log) = Folder::with(&[200], &[]);
        let filled = folder.append(&mut log, 100);
        assert!(folder.verify().is_ok());
        folder.objects.extend(filled);
        assert!(folder.verify().is_ok());
        let bundle = folder
            .objects
            .get_mut(&Object::Bundle { index: 0 })
            .unwrap();
        let (at, first) = (700, entry_at(0, bundle, 700));
        bundle[at] ^= 1;
        let problem = folder.verify().problem.expect("a changed byte");
        assert_eq!(
            (problem.index, problem.reason),
            (Some(first), Reason::Differs)
        );
    }

    #[test]
    fn a_torn_tail_that_nobody_counts_is_no_fault() {
        let (mut folder, mut log) = Folder::with(&[20], &[]);
        let (published, whole) = (folder.checkpoint.clone(), folder.journals[0].bytes.len());
        folder.append(&mut log, 5);
        folder.checkpoint = published;
        assert_eq!(
            folder.verify().size,
            25,
            "a whole frame counts, published or not"
        );
        folder.journals[0].bytes.truncate(whole + 30);
        let report = folder.verify();
        assert_eq!((report.problem, report.size, report.torn), (None, 20, 30));
    }

    #[test]
    fn what_retention_took_is_listed_and_anything_else_is_missed() {
        let mut folder = folder();
        folder.objects.remove(&Object::Bundle { index: 0 });
        let range = PrunedRange {
            first: 0,
            end: 256,
            receipt: "run-1".into(),
        };
        let signed = sign_pruned(std::slice::from_ref(&range), &signer()).unwrap();
        let evidence = Evidence {
            pruned: Some(signed),
            ..folder.evidence()
        };
        let report = folder.verify_with(&evidence);
        assert_eq!((report.problem, report.entries), (None, 344));
        assert_eq!(report.pruned, [range]);
        folder.objects.remove(&Object::Bundle { index: 1 });
        let problem = folder
            .verify_with(&evidence)
            .problem
            .expect("not on the list");
        assert_eq!(
            (problem.index, problem.reason),
            (Some(256), Reason::Missing)
        );
    }

    #[test]
    fn a_rewritten_history_under_another_key_is_refused() {
        let mut folder = folder();
        let mut log = crate::Log::create(&crate::testkit::second_signer()).unwrap();
        folder.journals[0].bytes = log.base_frame().unwrap();
        let commit = log
            .commit(
                &[crate::testkit::entry(0)],
                &crate::testkit::second_signer(),
            )
            .unwrap();
        folder.journals[0].bytes.extend(commit.frame);
        assert!(!folder.verify().is_ok());
    }
}
