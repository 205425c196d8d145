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
        Self { edge, tail, checkpoint }
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
                let path = Object::Tile { level, index: nodes / TILE_WIDTH }.path();
                partials.push((format!("{path}.p/{width}"), concat(self.edge.level(level))));
            }
        }
        if !self.tail.is_empty() {
            let path = Object::Bundle { index: self.size() / TILE_WIDTH }.path();
            partials.push((format!("{path}.p/{}", self.tail.len()), bundle::encode(&self.tail)));
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
    let leaves =
        hashes(tile).filter(|leaves| leaves.len() as u64 == TILE_WIDTH).ok_or_else(|| {
            Problem::new(first, &Object::Tile { level: 0, index }.path(), Reason::Form)
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
            .map(|place| Object::Tile { level: place.level, index: place.tile })
            .collect();
        needs.sort_unstable();
        needs.dedup();
        Self { snapshot, question, nodes, needs }
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
                Ok(Proof::Inclusion(InclusionProof { index, path, checkpoint }))
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
    Place { level, tile: first / TILE_WIDTH, start, width: 1 << above }
}

impl Snapshot {
    /// Whether the tile is a finished one in a tree of this size.
    fn is_full(&self, place: &Place) -> bool {
        let shift = 8 * (u32::from(place.level) + 1);
        place.tile < self.size().checked_shr(shift).unwrap_or(0)
    }

    fn node(&self, place: &Place, tiles: &HashMap<Object, Vec<u8>>) -> Result<Hash, Problem> {
        let object = Object::Tile { level: place.level, index: place.tile };
        let wrong = |reason| Problem::new(object.first_entry(), &object.path(), reason);
        let range = place.start..place.start + place.width;
        let hashes = if self.is_full(place) {
            let tile = tiles.get(&object).ok_or_else(|| wrong(Reason::Missing))?;
            let bytes = tile.get(range.start * HASH_SIZE..range.end * HASH_SIZE);
            bytes.and_then(hashes)
        } else {
            self.edge.level(place.level).get(range).map(<[Hash]>::to_vec)
        };
        hashes.and_then(|hashes| perfect_root(&hashes)).ok_or_else(|| wrong(Reason::Form))
    }
}

#[cfg(test)]
mod tests;
