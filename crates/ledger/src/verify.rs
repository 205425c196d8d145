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
            entries: newest.map_or(0, |head| head.size - (replay.base - replay.base % TILE_WIDTH)),
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
        key.open(signed).map_err(|error| problems.push(wrong(Reason::Checkpoint(error)))).ok()
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
                Some(if bundle { Object::Bundle { index } } else { tile_at(0, index) })
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
            self.phase = Phase::Hashes { tile, level: level - 1 };
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
        self.phase = if bundle { Phase::Done } else { Phase::Beyond { bundle: true } };
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
    Object::Tile { level, index: tile >> (8 * u32::from(level)) }
}

/// The first entry of which two versions of an object differ.
fn first_difference(object: &Object, expected: &[u8], found: &[u8]) -> u64 {
    let first = object.first_entry();
    match object {
        Object::Tile { level, .. } => {
            let same = expected.iter().zip(found).take_while(|(a, b)| a == b).count();
            first + (((same / HASH_SIZE) as u64) << (8 * u32::from(*level)))
        }
        Object::Bundle { .. } => {
            let pairs = bundle::entries(expected).zip(bundle::entries(found));
            first + pairs.take_while(|(a, b)| a == b).count() as u64
        }
    }
}

#[cfg(test)]
mod tests;
