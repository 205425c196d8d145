//! What can be wrong with a log, and with a wish put to it.

use crate::checkpoint::CheckpointError;

/// Something in a log that is not as its signed heads say.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{place}: {reason}", self.entry())]
pub struct Problem {
    /// The first entry that can no longer be trusted. `None` if what is wrong touches no entry
    /// (a damaged published checkpoint, say).
    pub index: Option<u64>,
    /// The object, as a path relative to the log's folder.
    pub place: String,
    /// What is wrong with it.
    pub reason: Reason,
}

impl Problem {
    pub(crate) fn new(index: impl Into<Option<u64>>, place: &str, reason: Reason) -> Self {
        Self { index: index.into(), place: place.to_owned(), reason }
    }

    fn entry(&self) -> String {
        self.index.map(|i| format!("entry {i}, in ")).unwrap_or_default()
    }

    /// Orders problems: the one with the lowest entry first, those without an entry last.
    pub(crate) fn rank(&self) -> u64 {
        self.index.unwrap_or(u64::MAX)
    }
}

/// What is wrong with an object of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// The object should be there.
    #[error("it is missing")]
    Missing,
    /// It has not the form that it should have.
    #[error("its form is wrong")]
    Form,
    /// A frame whose check sum is wrong, though it had been completed.
    #[error("a completed frame is damaged or cut off")]
    Damaged,
    /// A checkpoint that was refused.
    #[error("its checkpoint is refused: {0}")]
    Checkpoint(CheckpointError),
    /// The entries do not have the root that the checkpoint signs.
    #[error("its entries do not lead to the signed root")]
    Root,
    /// The entry is not the one that its hash tile holds.
    #[error("the entry is not the one that was logged")]
    Entry,
    /// The tile's hashes do not lead to the node above it.
    #[error("its hashes do not lead to the hash above them")]
    Tile,
    /// It differs from what the journal says.
    #[error("it is not what the journal holds")]
    Differs,
    /// Entries that were there are no longer.
    #[error("entries that a signed checkpoint counts are missing")]
    Cut,
    /// The published checkpoint is none of this log's heads.
    #[error("it is no head of this log")]
    NoHead,
    /// The journals do not follow one another.
    #[error("it does not follow the journal before it")]
    Sequence,
    /// Something lies beyond the last entry: the log was set back.
    #[error("it lies beyond the last entry: the log was cut or set back")]
    Beyond,
}

/// Why the log did not do what it was asked to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LogError {
    /// An entry is longer than [`crate::MAX_ENTRY`].
    #[error("the entry has {len} bytes, more than the log takes")]
    TooLong {
        /// Its length in bytes.
        len: usize,
    },
    /// A batch without entries, or with more than [`crate::MAX_BATCH`] entries or
    /// [`crate::MAX_BATCH_BYTES`].
    #[error("the batch is empty or too large")]
    Batch,
    /// The log has [`crate::MAX_SIZE`] entries.
    #[error("the log is full")]
    Full,
    /// An earlier batch could not be signed or stored; nothing is taken until the log is
    /// opened again.
    #[error("the log has failed and must be opened again")]
    Failed,
    /// No such entry or tree size (yet).
    #[error("the log has no such entry or size")]
    OutOfRange,
    /// The checkpoint could not be made or read.
    #[error("checkpoint: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// The log is damaged.
    #[error("the log is damaged: {0}")]
    Damaged(#[from] Problem),
}
