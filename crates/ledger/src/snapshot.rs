//! A log at one size, for readers: proofs, entries that are in no finished bundle yet, partial
//! tiles. It shares nothing with the writer that could change.
//!
//! Proofs are made without I/O: [`Snapshot::plan_inclusion`] says which tiles are needed, the
//! caller fetches them from wherever they are, and [`Plan::finish`] makes the proof and checks
//! it against the signed root, so that a damaged tile gives an error and never a wrong proof.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use tlog_tiles::{
    HashReader, prove_record, prove_tree, split_stored_hash_index, stored_hash_index,
};

use crate::bundle::{self, Entry};
use crate::edge::{Edge, concat};
use crate::hash::{HASH_SIZE, Hash, hashes, leaf_hash, perfect_root};
use crate::object::{Object, TILE_WIDTH};
use crate::problem::{LogError, Problem, Reason};
use crate::proof::{ConsistencyProof, InclusionProof};

/// See the module.
#[derive(Debug, Clone)]
pub struct Snapshot {
    edge: Edge,
    tail: Vec<Entry>,
    checkpoint: Arc<[u8]>,
}

impl Snapshot {
    pub(crate) fn new(edge: Edge, tail: Vec<Entry>, checkpoint: Arc<[u8]>) -> Self {
        Self {
            edge,
            tail,
            checkpoint,
        }
    }

    /// Number of entries.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.edge.size()
    }

    /// The signed checkpoint of this size.
    #[must_use]
    pub fn checkpoint(&self) -> &Arc<[u8]> {
        &self.checkpoint
    }

    /// The root of this size.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.edge.root()
    }

    /// The first entry that is in no full bundle.
    #[must_use]
    pub fn tail_start(&self) -> u64 {
        self.size() - self.size() % TILE_WIDTH
    }

    /// The entries from [`Snapshot::tail_start`] on.
    #[must_use]
    pub fn tail(&self) -> &[Entry] {
        &self.tail
    }

    /// The partial tiles and the partial bundle of this size with their paths (C2SP tlog-tiles,
    /// "Partial Tiles"). A folder with the checkpoint, these and the finished objects is complete
    /// for any C2SP client.
    #[must_use]
    pub fn partials(&self) -> Vec<(String, Vec<u8>)> {
        let mut partials = Vec::new();
        for level in 0_u8.. {
            let shift = 8 * u32::from(level);
            let Some(nodes) = self.size().checked_shr(shift).filter(|n| *n > 0) else {
                break;
            };
            let width = nodes % TILE_WIDTH;
            if width > 0 {
                let path = Object::Tile {
                    level,
                    index: nodes / TILE_WIDTH,
                }
                .path();
                partials.push((format!("{path}.p/{width}"), concat(self.edge.level(level))));
            }
        }
        if !self.tail.is_empty() {
            let path = Object::Bundle {
                index: self.size() / TILE_WIDTH,
            }
            .path();
            partials.push((
                format!("{path}.p/{}", self.tail.len()),
                bundle::encode(&self.tail),
            ));
        }
        partials
    }

    /// Plans the proof that entry `index` is in the tree of this size.
    ///
    /// # Errors
    /// [`LogError::OutOfRange`] if there is no such entry.
    pub fn plan_inclusion(&self, index: u64) -> Result<Plan<'_>, LogError> {
        if index >= self.size() {
            return Err(LogError::OutOfRange);
        }
        Ok(Plan::new(self, Question::Inclusion { index }))
    }

    /// Plans the proof that the tree of size `new` starts with the tree of size `old`.
    ///
    /// # Errors
    /// [`LogError::OutOfRange`] unless `old ≤ new ≤` this size.
    pub fn plan_consistency(&self, old: u64, new: u64) -> Result<Plan<'_>, LogError> {
        if old > new || new > self.size() {
            return Err(LogError::OutOfRange);
        }
        Ok(Plan::new(self, Question::Consistency { old, new }))
    }
}

/// The entries of a full bundle, each checked against its hash tile.
///
/// # Errors
/// The first entry that is not the one that was logged, or the object whose form is wrong.
pub fn open_bundle<'a>(
    index: u64,
    bundle: &'a [u8],
    tile: &[u8],
) -> Result<Vec<&'a [u8]>, Problem> {
    let first = Object::Bundle { index }.first_entry();
    let leaves = hashes(tile)
        .filter(|leaves| leaves.len() as u64 == TILE_WIDTH)
        .ok_or_else(|| {
            Problem::new(
                first,
                &Object::Tile { level: 0, index }.path(),
                Reason::Form,
            )
        })?;
    let mut found = Vec::with_capacity(leaves.len());
    check_entries(index, bundle, &leaves, |entry| found.push(entry))?;
    Ok(found)
}

/// Checks bundle `index` against the hashes of its entries.
pub(crate) fn check_entries<'a>(
    index: u64,
    bundle: &'a [u8],
    leaves: &[Hash],
    mut each: impl FnMut(&'a [u8]),
) -> Result<(), Problem> {
    let place = Object::Bundle { index };
    let first = place.first_entry();
    let mut entries = bundle::entries(bundle);
    for (leaf, at) in leaves.iter().zip(first..) {
        let entry = entries.next().flatten();
        match entry.filter(|entry| leaf_hash(entry) == *leaf) {
            Some(entry) => each(entry),
            None => return Err(Problem::new(at, &place.path(), Reason::Entry)),
        }
    }
    if entries.next().is_some() {
        // All entries are true, and something stands behind them.
        let last = first.saturating_add(TILE_WIDTH - 1);
        return Err(Problem::new(last, &place.path(), Reason::Form));
    }
    Ok(())
}

#[derive(Debug, Clone, Copy)]
enum Question {
    Inclusion { index: u64 },
    Consistency { old: u64, new: u64 },
}

/// A proof that waits for its tiles.
#[derive(Debug)]
pub struct Plan<'s> {
    snapshot: &'s Snapshot,
    question: Question,
    nodes: Vec<u64>,
    needs: Vec<Object>,
}

/// A proof.
#[derive(Debug, Clone, PartialEq)]
pub enum Proof {
    /// Of an entry in the tree.
    Inclusion(InclusionProof),
    /// Of a tree within a larger one.
    Consistency(ConsistencyProof),
}

impl<'s> Plan<'s> {
    fn new(snapshot: &'s Snapshot, question: Question) -> Self {
        let recorder = Recorder::default();
        // The answer is of no interest: the recorder only learns which nodes are asked for.
        let _ = prove(question, snapshot.size(), &recorder);
        let mut nodes = recorder.0.into_inner();
        if let Question::Inclusion { index } = question {
            nodes.push(stored_hash_index(0, index));
        }
        let mut needs: Vec<Object> = nodes
            .iter()
            .map(|node| place(*node))
            .filter(|place| snapshot.is_full(place))
            .map(|place| Object::Tile {
                level: place.level,
                index: place.tile,
            })
            .collect();
        needs.sort_unstable();
        needs.dedup();
        Self {
            snapshot,
            question,
            nodes,
            needs,
        }
    }

    /// The tiles that [`Plan::finish`] will ask for.
    #[must_use]
    pub fn needs(&self) -> &[Object] {
        &self.needs
    }

    /// Makes the proof, `tiles` holding what [`Plan::needs`] named.
    ///
    /// # Errors
    /// [`LogError::Damaged`] if a tile is missing, malformed or does not lead to the signed root.
    pub fn finish(&self, tiles: &HashMap<Object, Vec<u8>>) -> Result<Proof, LogError> {
        let mut known = HashMap::new();
        for node in &self.nodes {
            known.insert(*node, self.snapshot.node(&place(*node), tiles)?);
        }
        let known = Known(known);
        let size = self.snapshot.size();
        let path = prove(self.question, size, &known).map_err(|_| self.untrue())?;
        match self.question {
            Question::Inclusion { index } => {
                let leaf = known.0.get(&stored_hash_index(0, index)).copied();
                let leaf = leaf.ok_or_else(|| self.untrue())?;
                let root = self.snapshot.root();
                tlog_tiles::check_record(&path, size, root, index, leaf)
                    .map_err(|_| self.untrue())?;
                let checkpoint = self.snapshot.checkpoint.to_vec();
                Ok(Proof::Inclusion(InclusionProof {
                    index,
                    path,
                    checkpoint,
                }))
            }
            Question::Consistency { old, new } => {
                Ok(Proof::Consistency(ConsistencyProof { old, new, path }))
            }
        }
    }

    fn untrue(&self) -> Problem {
        let index = match self.question {
            Question::Inclusion { index } => index,
            Question::Consistency { old, .. } => old,
        };
        let place = self.needs.first().map(Object::path).unwrap_or_default();
        Problem::new(index, &place, Reason::Tile)
    }
}

fn prove<R: HashReader>(
    question: Question,
    size: u64,
    reader: &R,
) -> Result<Vec<Hash>, tlog_tiles::Error> {
    match question {
        Question::Inclusion { index } => prove_record(size, index, reader),
        // Every tree starts with the empty one; nothing needs to be shown.
        Question::Consistency { old: 0, .. } => Ok(Vec::new()),
        Question::Consistency { old, new } => prove_tree(new, old, reader),
    }
}

#[derive(Default)]
struct Recorder(RefCell<Vec<u64>>);

impl HashReader for Recorder {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, tlog_tiles::Error> {
        self.0.borrow_mut().extend_from_slice(indexes);
        Err(tlog_tiles::Error::IndexesNotInTree)
    }
}

struct Known(HashMap<u64, Hash>);

impl HashReader for Known {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, tlog_tiles::Error> {
        let found: Option<Vec<Hash>> = indexes.iter().map(|i| self.0.get(i).copied()).collect();
        found.ok_or(tlog_tiles::Error::IndexesNotInTree)
    }
}

/// Where the hashes under a tree node lie: `width` of them from `start` in a tile.
struct Place {
    level: u8,
    tile: u64,
    start: usize,
    width: usize,
}

/// `node` counts as in `tlog_tiles::stored_hash_index`.
fn place(node: u64) -> Place {
    let (height, index) = split_stored_hash_index(node);
    let (level, above) = (height / 8, height % 8);
    let first = index << above;
    let start = usize::from(first.to_le_bytes()[0]);
    Place {
        level,
        tile: first / TILE_WIDTH,
        start,
        width: 1 << above,
    }
}

impl Snapshot {
    /// Whether the tile is a finished one in a tree of this size.
    fn is_full(&self, place: &Place) -> bool {
        let shift = 8 * (u32::from(place.level) + 1);
        place.tile < self.size().checked_shr(shift).unwrap_or(0)
    }

    fn node(&self, place: &Place, tiles: &HashMap<Object, Vec<u8>>) -> Result<Hash, Problem> {
        let object = Object::Tile {
            level: place.level,
            index: place.tile,
        };
        let wrong = |reason| Problem::new(object.first_entry(), &object.path(), reason);
        let range = place.start..place.start + place.width;
        let hashes = if self.is_full(place) {
            let tile = tiles.get(&object).ok_or_else(|| wrong(Reason::Missing))?;
            let bytes = tile.get(range.start * HASH_SIZE..range.end * HASH_SIZE);
            bytes.and_then(hashes)
        } else {
            self.edge
                .level(place.level)
                .get(range)
                .map(<[Hash]>::to_vec)
        };
        hashes
            .and_then(|hashes| perfect_root(&hashes))
            .ok_or_else(|| wrong(Reason::Form))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testkit::{Folder, entry, key, naive_root};

    fn prove(folder: &Folder, plan: &Plan<'_>) -> Result<Proof, LogError> {
        let tiles = plan
            .needs()
            .iter()
            .filter_map(|o| Some((*o, folder.objects.get(o)?.clone())));
        plan.finish(&tiles.collect())
    }

    fn inclusion(folder: &Folder, view: &Snapshot, index: u64) -> InclusionProof {
        match prove(folder, &view.plan_inclusion(index).unwrap()).unwrap() {
            Proof::Inclusion(proof) => proof,
            Proof::Consistency(_) => panic!("asked for inclusion"),
        }
    }

    fn consistency(folder: &Folder, view: &Snapshot, old: u64, new: u64) -> ConsistencyProof {
        match prove(folder, &view.plan_consistency(old, new).unwrap()).unwrap() {
            Proof::Consistency(proof) => proof,
            Proof::Inclusion(_) => panic!("asked for consistency"),
        }
    }

    /// A log with one batch an entry, its objects stored, and its view at each size.
    fn grown(size: u64) -> (Folder, Vec<Snapshot>) {
        let (mut folder, mut log) = Folder::create();
        let mut views = vec![log.snapshot()];
        for _ in 0..size {
            let filled = folder.append(&mut log, 1);
            folder.objects.extend(filled);
            views.push(log.snapshot());
        }
        (folder, views)
    }

    #[test]
    fn every_entry_of_every_small_tree_is_proved_and_no_other() {
        let (folder, views) = grown(40);
        for (size, view) in views.iter().enumerate() {
            for index in 0..size as u64 {
                let proof = inclusion(&folder, view, index);
                let back: InclusionProof = proof.to_string().parse().unwrap();
                assert_eq!(back, proof);
                assert_eq!(
                    proof.check(&entry(index), &key()).unwrap().size,
                    size as u64
                );
                assert!(proof.check(&entry(index + 1), &key()).is_err());
                let moved = InclusionProof {
                    index: index + 1,
                    ..proof
                };
                assert!(moved.check(&entry(index), &key()).is_err());
            }
            assert!(view.plan_inclusion(size as u64).is_err());
        }
    }

    #[test]
    fn every_small_tree_is_proved_to_grow_from_every_smaller_one() {
        let (folder, views) = grown(40);
        let last = views.last().unwrap();
        for (new, newer) in views.iter().enumerate() {
            for (old, older) in views.iter().enumerate().take(new + 1) {
                let proof = consistency(&folder, last, old as u64, new as u64);
                assert_eq!(proof.to_string().parse(), Ok(proof.clone()));
                proof
                    .check(older.checkpoint(), newer.checkpoint(), &key())
                    .unwrap();
                if old != new {
                    assert!(
                        proof
                            .check(newer.checkpoint(), older.checkpoint(), &key())
                            .is_err()
                    );
                }
                for at in 0..proof.path.len() {
                    let mut bad = proof.clone();
                    bad.path[at].0[0] ^= 1;
                    assert!(
                        bad.check(older.checkpoint(), newer.checkpoint(), &key())
                            .is_err()
                    );
                }
            }
        }
    }

    #[test]
    fn proofs_cross_tiles_and_levels() {
        let (mut folder, mut log) = Folder::create();
        let (first, sizes) = (log.snapshot(), [255, 256, 257, 512, 600, 65_536, 66_000]);
        let mut views = vec![first];
        for size in sizes {
            let count = size - log.size();
            let filled = folder.append(&mut log, count);
            folder.objects.extend(filled);
            views.push(log.snapshot());
        }
        let last = log.snapshot();
        for view in &views {
            for index in [0, 1, 255, 256, 257, 511, 599, 65_535, 65_999] {
                if index < view.size() {
                    inclusion(&folder, view, index)
                        .check(&entry(index), &key())
                        .unwrap();
                }
            }
            let proof = consistency(&folder, &last, view.size(), last.size());
            proof
                .check(view.checkpoint(), last.checkpoint(), &key())
                .unwrap();
        }
    }

    #[test]
    fn a_damaged_tile_gives_an_error_and_no_proof() {
        let (mut folder, views) = grown(300);
        let view = views.last().unwrap();
        let object = Object::Tile { level: 0, index: 0 };
        let good = folder.objects[&object].clone();
        for bad in [vec![0; 8192], good[..8000].to_vec(), Vec::new()] {
            folder.objects.insert(object, bad);
            let plan = view.plan_inclusion(255).unwrap();
            assert!(matches!(prove(&folder, &plan), Err(LogError::Damaged(_))));
        }
        folder.objects.remove(&object);
        let plan = view.plan_inclusion(3).unwrap();
        let Err(LogError::Damaged(problem)) = prove(&folder, &plan) else {
            panic!("a proof")
        };
        assert_eq!(problem.reason, Reason::Missing);
    }

    #[test]
    fn partials_complete_the_layout_of_the_specification() {
        // The example of C2SP tlog-tiles, "Partial Tiles".
        let (mut folder, mut log) = Folder::create();
        let filled = folder.append(&mut log, 60_000);
        folder.objects.extend(filled);
        let filled = folder.append(&mut log, 10_000);
        folder.objects.extend(filled);
        let count = |wanted: u8| {
            let of_level =
                |o: &&Object| matches!(o, Object::Tile { level, .. } if *level == wanted);
            folder.objects.keys().filter(of_level).count()
        };
        assert_eq!((count(0), count(1), count(2)), (273, 1, 0));
        let partials = log.snapshot().partials();
        let names: Vec<&str> = partials.iter().map(|(path, _)| path.as_str()).collect();
        let wanted = [
            "tile/0/273.p/112",
            "tile/1/001.p/17",
            "tile/2/000.p/1",
            "tile/entries/273.p/112",
        ];
        assert_eq!(names, wanted);
        let sizes: Vec<usize> = partials
            .iter()
            .take(3)
            .map(|(_, bytes)| bytes.len())
            .collect();
        assert_eq!(sizes, [112 * 32, 17 * 32, 32]);
        let root = naive_root(
            &(0..65_536)
                .map(|i| leaf_hash(&entry(i)))
                .collect::<Vec<_>>(),
        );
        assert_eq!(partials[2].1, root.0);
    }

    #[test]
    fn a_bundle_opens_only_against_its_own_tile() {
        let (folder, _) = grown(512);
        let at = |o: Object| folder.objects[&o].as_slice();
        let (bundle, tile) = (
            Object::Bundle { index: 1 },
            Object::Tile { level: 0, index: 1 },
        );
        let entries = open_bundle(1, at(bundle), at(tile)).unwrap();
        assert_eq!(entries.len(), 256);
        assert_eq!(entries[3], &*entry(259));
        let wrong = Object::Tile { level: 0, index: 0 };
        assert_eq!(
            open_bundle(1, at(bundle), at(wrong)).unwrap_err().index,
            Some(256)
        );
        assert_eq!(
            open_bundle(1, at(bundle), &[]).unwrap_err().reason,
            Reason::Form
        );
    }
}
