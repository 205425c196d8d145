//! The two hashes of the tree, RFC 6962 section 2.1.
//!
//! `tlog_tiles` has them too; these are kept here because they are the hot loop of both the
//! writer and the verifier, and so are compiled at this crate's optimisation level. A test holds
//! them equal to that crate's.

use sha2::{Digest, Sha256};
pub use tlog_tiles::Hash;

/// Size of a hash in bytes (SHA-256).
pub const HASH_SIZE: usize = 32;

/// The hash of one entry: SHA-256(0x00 ‖ entry).
#[must_use]
pub fn leaf_hash(entry: &[u8]) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update([0]);
    hasher.update(entry);
    Hash(hasher.finalize().into())
}

/// The hash of an inner node: SHA-256(0x01 ‖ left ‖ right).
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut joined = [1_u8; 1 + 2 * HASH_SIZE];
    if let Some((_, rest)) = joined.split_first_mut() {
        let (l, r) = rest.split_at_mut(HASH_SIZE);
        l.copy_from_slice(&left.0);
        r.copy_from_slice(&right.0);
    }
    Hash(Sha256::digest(joined).into())
}

/// The first 8 bytes of SHA-256 over `parts`: tells a torn frame from a whole one. It is no
/// protection against tampering, the tree is.
pub(crate) fn check_sum(parts: &[&[u8]]) -> [u8; 8] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    let digest: [u8; HASH_SIZE] = hasher.finalize().into();
    digest.first_chunk().copied().unwrap_or_default()
}

/// The root of a perfect subtree over `hashes`, whose number is a power of two.
pub(crate) fn perfect_root(hashes: &[Hash]) -> Option<Hash> {
    if !hashes.len().is_power_of_two() {
        return None;
    }
    let mut level = hashes.to_vec();
    while level.len() > 1 {
        level = level.as_chunks::<2>().0.iter().map(|[l, r]| node_hash(l, r)).collect();
    }
    level.first().copied()
}

/// Splits the bytes of a hash tile into its hashes; `None` unless they are whole hashes.
pub(crate) fn hashes(bytes: &[u8]) -> Option<Vec<Hash>> {
    let (chunks, rest) = bytes.as_chunks::<HASH_SIZE>();
    rest.is_empty().then(|| chunks.iter().map(|c| Hash(*c)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hashes_are_those_of_rfc_6962() {
        for len in [0_usize, 1, 54, 55, 56, 63, 64, 65, 300, 61_440] {
            let entry = vec![0xa5; len];
            assert_eq!(leaf_hash(&entry), tlog_tiles::record_hash(&entry));
        }
        let (l, r) = (leaf_hash(b"left"), leaf_hash(b"right"));
        assert_eq!(node_hash(&l, &r), tlog_tiles::node_hash(l, r));
    }

    #[test]
    fn a_perfect_root_needs_a_power_of_two() {
        let leaves: Vec<Hash> = (0..4_u8).map(|i| leaf_hash(&[i])).collect();
        assert!(perfect_root(&leaves[..3]).is_none());
        assert!(perfect_root(&[]).is_none());
        let want =
            node_hash(&node_hash(&leaves[0], &leaves[1]), &node_hash(&leaves[2], &leaves[3]));
        assert_eq!(perfect_root(&leaves), Some(want));
    }
}
