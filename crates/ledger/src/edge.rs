//! The right edge of the tree: all that a writer must know of what came before.
//!
//! Two views of one tree are kept side by side. `nodes` has, for each tile level, the hashes that
//! do not fill a tile yet (they are the partial tiles of C2SP tlog-tiles); `range` has the roots
//! of the perfect subtrees that the size splits into, left to right, so that a root costs a few
//! hashes however large the tree is. Adding an entry costs two hashes on average.

use tlog_tiles::EMPTY_HASH;

use crate::hash::{HASH_SIZE, Hash, node_hash, perfect_root};
use crate::object::{MAX_LEVELS, Object, TILE_WIDTH};

/// A finished part with its bytes.
pub type Finished = (Object, Vec<u8>);

/// See the module.
#[derive(Clone, Debug, Default)]
pub(crate) struct Edge {
    size: u64,
    nodes: Vec<Vec<Hash>>,
    range: Vec<Hash>,
}

impl Edge {
    /// Restores an edge from its hashes: `leaves` of the last bundle, `upper` for the levels above.
    /// `None` unless their numbers are those of a tree of `size`.
    pub(crate) fn restore(size: u64, leaves: Vec<Hash>, upper: Vec<Vec<Hash>>) -> Option<Self> {
        let mut nodes = vec![leaves];
        nodes.extend(upper);
        let wanted: Vec<usize> = widths(size);
        let there: Vec<usize> = nodes.iter().map(Vec::len).collect();
        if wanted != there {
            return None;
        }
        let mut range = Vec::new();
        for level in nodes.iter().rev() {
            let mut rest = level.as_slice();
            for bit in (0..8).rev() {
                let width = 1_usize << bit;
                if level.len() & width != 0 {
                    let (subtree, right) = rest.split_at_checked(width)?;
                    range.push(perfect_root(subtree)?);
                    rest = right;
                }
            }
        }
        Some(Self { size, nodes, range })
    }

    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// The hashes of tile level `level` that do not fill a tile.
    pub(crate) fn level(&self, level: u8) -> &[Hash] {
        self.nodes.get(usize::from(level)).map_or(&[], Vec::as_slice)
    }

    /// The levels above the leaves.
    pub(crate) fn upper(&self) -> &[Vec<Hash>] {
        self.nodes.get(1..).unwrap_or_default()
    }

    /// Adds a leaf; tiles that it fills go to `done`, lower ones first.
    pub(crate) fn push(&mut self, leaf: Hash, done: &mut Vec<Finished>) {
        let before = self.size;
        self.size += 1;
        self.add_node(0, leaf, done);
        let mut hash = leaf;
        let mut height = 0;
        let mut rest = before;
        while rest & 1 == 1 {
            // One subtree for each set bit of the size, so there is one to take.
            let Some(left) = self.range.pop() else { break };
            hash = node_hash(&left, &hash);
            height += 1;
            rest >>= 1;
            if height % 8 == 0 {
                self.add_node(height / 8, hash, done);
            }
        }
        self.range.push(hash);
    }

    fn add_node(&mut self, level: u8, hash: Hash, done: &mut Vec<Finished>) {
        let at = usize::from(level);
        if self.nodes.len() <= at {
            self.nodes.resize(at + 1, Vec::new());
        }
        let Some(nodes) = self.nodes.get_mut(at) else {
            return;
        };
        nodes.push(hash);
        if nodes.len() as u64 == TILE_WIDTH {
            let index = (self.size >> (8 * (u32::from(level) + 1))) - 1;
            done.push((Object::Tile { level, index }, concat(nodes)));
            nodes.clear();
        }
    }

    /// The root of the tree.
    pub(crate) fn root(&self) -> Hash {
        let mut subtrees = self.range.iter().rev();
        let Some(last) = subtrees.next() else {
            return EMPTY_HASH;
        };
        subtrees.fold(*last, |right, left| node_hash(left, &right))
    }
}

/// How many hashes each level's partial tile has in a tree of `size`, lowest first, as far up as
/// there are hashes at all.
pub(crate) fn widths(size: u64) -> Vec<usize> {
    let mut widths = vec![usize::from(size.to_le_bytes()[0])];
    let mut nodes = size >> 8;
    while nodes > 0 && widths.len() < MAX_LEVELS {
        widths.push(usize::from(nodes.to_le_bytes()[0]));
        nodes >>= 8;
    }
    widths
}

/// The bytes of a tile.
pub(crate) fn concat(hashes: &[Hash]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(hashes.len() * HASH_SIZE);
    for hash in hashes {
        bytes.extend_from_slice(&hash.0);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::leaf_hash;
    use crate::testkit::naive_root;

    fn leaf(i: u64) -> Hash {
        leaf_hash(&i.to_be_bytes())
    }

    #[test]
    fn the_root_is_that_of_the_naive_tree_at_every_size() {
        let mut edge = Edge::default();
        let mut leaves = Vec::new();
        let mut done = Vec::new();
        assert_eq!(edge.root(), EMPTY_HASH);
        for i in 0..700 {
            leaves.push(leaf(i));
            edge.push(leaf(i), &mut done);
            assert_eq!(edge.root(), naive_root(&leaves), "size {}", i + 1);
        }
        assert_eq!(done.len(), 2);
    }

    #[test]
    fn an_edge_restored_at_any_size_goes_on_alike() {
        let mut edge = Edge::default();
        let mut done = Vec::new();
        for i in 0..66_000_u64 {
            if i % 257 == 0 || (65_530..65_540).contains(&i) {
                let upper = edge.upper().to_vec();
                let mut twin = Edge::restore(i, edge.level(0).to_vec(), upper).unwrap();
                assert_eq!(twin.root(), edge.root(), "size {i}");
                let (mut a, mut b) = (edge.clone(), Vec::new());
                a.push(leaf(i), &mut b);
                twin.push(leaf(i), &mut b);
                assert_eq!(twin.root(), a.root());
            }
            edge.push(leaf(i), &mut done);
        }
        let level_one: Vec<_> =
            done.iter().filter(|(o, _)| matches!(o, Object::Tile { level: 1, .. })).collect();
        assert_eq!(level_one.len(), 1);
        assert_eq!(level_one[0].0, Object::Tile { level: 1, index: 0 });
    }

    #[test]
    fn wrong_numbers_of_hashes_are_refused() {
        assert!(Edge::restore(1, vec![], vec![]).is_none());
        assert!(Edge::restore(0, vec![], vec![vec![]]).is_none());
        assert!(Edge::restore(256, vec![], vec![]).is_none());
        assert!(Edge::restore(256, vec![], vec![vec![leaf(0)]]).is_some());
    }
}
