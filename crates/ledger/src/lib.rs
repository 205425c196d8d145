//! An append-only Merkle log: checkpoints, proofs, offline verification.
