//! Proofs that travel: small, complete, checked with the verifier key alone.
//!
//! An inclusion proof is a C2SP tlog-proof: it carries the checkpoint that it proves against. A
//! consistency proof goes between two checkpoints that its reader already has (an old one that
//! was kept, and a new one), so it carries none.

use std::fmt;
use std::str::FromStr;

use tlog_tiles::{EMPTY_HASH, check_record, check_tree};

use crate::checkpoint::{Checkpoint, CheckpointError, VerifierKey};
use crate::hash::{Hash, leaf_hash};
use crate::object::MAX_SIZE;

/// First line of an inclusion proof (C2SP tlog-proof).
const INCLUSION: &str = "c2sp.org/tlog-proof@v1";
/// First line of a consistency proof.
const CONSISTENCY: &str = "riserbo-consistency-proof@v1";
/// A path is never longer than twice the height of the tree.
const MAX_PATH: usize = 128;
/// A proof text is never longer, in bytes.
const MAX_TEXT: usize = 64 << 10;

/// Why a proof was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// The text is no proof.
    #[error("it is not a well-formed proof")]
    Malformed,
    /// The checkpoint was refused.
    #[error("its checkpoint is refused: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// The proof is about other sizes than the checkpoints are.
    #[error("it is about another size of the log")]
    Size,
    /// The hashes do not lead to the signed root.
    #[error("it does not lead to the signed root")]
    Untrue,
}

/// Shows that an entry is in the log (RFC 6962 section 2.1.1). Text form: C2SP tlog-proof.
#[derive(Debug, Clone, PartialEq)]
pub struct InclusionProof {
    /// Index of the entry.
    pub index: u64,
    /// Hashes from the leaf up to the root.
    pub path: Vec<Hash>,
    /// The signed checkpoint that the path leads to.
    pub checkpoint: Vec<u8>,
}

impl InclusionProof {
    /// Checks that `entry` is in the log of `key`, and returns the head that counts it.
    ///
    /// # Errors
    /// The checkpoint is not the log's, or the entry is not the one at this index.
    pub fn check(&self, entry: &[u8], key: &VerifierKey) -> Result<Checkpoint, ProofError> {
        let head = key.open(&self.checkpoint)?;
        if self.path.len() > MAX_PATH || self.index >= head.size {
            return Err(ProofError::Size);
        }
        check_record(&self.path, head.size, head.root, self.index, leaf_hash(entry))
            .map_err(|_| ProofError::Untrue)?;
        Ok(head)
    }
}

impl fmt::Display for InclusionProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{INCLUSION}\nindex {}", self.index)?;
        for hash in &self.path {
            writeln!(f, "{hash}")?;
        }
        write!(f, "\n{}", String::from_utf8_lossy(&self.checkpoint))
    }
}

impl FromStr for InclusionProof {
    type Err = ProofError;

    fn from_str(text: &str) -> Result<Self, ProofError> {
        let (head, checkpoint) = split(text)?;
        let mut lines = head.lines().peekable();
        if lines.next() != Some(INCLUSION) {
            return Err(ProofError::Malformed);
        }
        // Opaque data of the application: allowed by the form, of no use here, not authenticated.
        lines.next_if(|line| line.starts_with("extra "));
        let index = number(lines.next(), "index ")?;
        let path = path(lines)?;
        Ok(Self { index, path, checkpoint: checkpoint.as_bytes().to_vec() })
    }
}

/// Shows that the log of size `new` starts with the log of size `old`: nothing was changed or
/// taken away in between (RFC 6962 section 2.1.2).
#[derive(Debug, Clone, PartialEq)]
pub struct ConsistencyProof {
    /// The smaller size.
    pub old: u64,
    /// The larger size.
    pub new: u64,
    /// The hashes.
    pub path: Vec<Hash>,
}

impl ConsistencyProof {
    /// Checks two signed checkpoints of the log of `key` against each other.
    ///
    /// # Errors
    /// A checkpoint is not the log's, has another size, or the log was rewritten in between.
    pub fn check(
        &self,
        old_checkpoint: &[u8],
        new_checkpoint: &[u8],
        key: &VerifierKey,
    ) -> Result<(Checkpoint, Checkpoint), ProofError> {
        let (old, new) = (key.open(old_checkpoint)?, key.open(new_checkpoint)?);
        if (old.size, new.size) != (self.old, self.new) || self.path.len() > MAX_PATH {
            return Err(ProofError::Size);
        }
        if self.consistent(&old.root, &new.root) { Ok((old, new)) } else { Err(ProofError::Untrue) }
    }

    /// Whether the path leads from one root to the other.
    fn consistent(&self, old: &Hash, new: &Hash) -> bool {
        if self.old == 0 {
            return self.path.is_empty() && *old == EMPTY_HASH;
        }
        check_tree(&self.path, self.new, *new, self.old, *old).is_ok()
    }
}

impl fmt::Display for ConsistencyProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{CONSISTENCY}\nold {}\nnew {}", self.old, self.new)?;
        for hash in &self.path {
            writeln!(f, "{hash}")?;
        }
        Ok(())
    }
}

impl FromStr for ConsistencyProof {
    type Err = ProofError;

    fn from_str(text: &str) -> Result<Self, ProofError> {
        if text.len() > MAX_TEXT || !text.ends_with('\n') {
            return Err(ProofError::Malformed);
        }
        let mut lines = text.lines();
        if lines.next() != Some(CONSISTENCY) {
            return Err(ProofError::Malformed);
        }
        let old = number(lines.next(), "old ")?;
        let new = number(lines.next(), "new ")?;
        Ok(Self { old, new, path: path(lines)? })
    }
}

fn split(text: &str) -> Result<(&str, &str), ProofError> {
    if text.len() > MAX_TEXT {
        return Err(ProofError::Malformed);
    }
    text.split_once("\n\n").ok_or(ProofError::Malformed)
}

fn number(line: Option<&str>, name: &str) -> Result<u64, ProofError> {
    let digits = line.and_then(|line| line.strip_prefix(name)).ok_or(ProofError::Malformed)?;
    let number: u64 = digits.parse().map_err(|_| ProofError::Malformed)?;
    if number > MAX_SIZE || number.to_string() != digits {
        return Err(ProofError::Malformed);
    }
    Ok(number)
}

fn path<'a>(lines: impl Iterator<Item = &'a str>) -> Result<Vec<Hash>, ProofError> {
    let mut path = Vec::new();
    for line in lines {
        if path.len() == MAX_PATH {
            return Err(ProofError::Malformed);
        }
        path.push(Hash::parse_hash(line).map_err(|_| ProofError::Malformed)?);
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn texts_that_are_no_proofs_are_refused() {
        for text in [
            "",
            "c2sp.org/tlog-proof@v1\n",
            "c2sp.org/tlog-proof@v1\nindex 1\n",
            "c2sp.org/tlog-proof@v1\nindex 01\n\nhead\n",
            "c2sp.org/tlog-proof@v1\nindex -1\n\nhead\n",
            "c2sp.org/tlog-proof@v1\nindex 1\nAAAA\n\nhead\n",
            "c2sp.org/tlog-proof@v2\nindex 1\n\nhead\n",
        ] {
            assert_eq!(text.parse::<InclusionProof>(), Err(ProofError::Malformed), "{text}");
        }
        let long =
            format!("{INCLUSION}\nindex 1\n{}\nhead\n", format!("{EMPTY_HASH}\n").repeat(200));
        assert_eq!(long.parse::<InclusionProof>(), Err(ProofError::Malformed));
        let proof: InclusionProof =
            "c2sp.org/tlog-proof@v1\nextra AAAA\nindex 1\n\nhead\n".parse().unwrap();
        assert_eq!((proof.index, proof.checkpoint.as_slice()), (1, &b"head\n"[..]));
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "(c2sp.org/tlog-proof@v1\n|riserbo-consistency-proof@v1\n)?.{0,200}") {
            let _ = text.parse::<InclusionProof>();
            let _ = text.parse::<ConsistencyProof>();
        }
    }
}
