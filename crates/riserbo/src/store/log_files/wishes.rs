//! How a log is opened, and why it may refuse.

use std::io;
use std::sync::Arc;

use ledger::Problem;

use super::Faults;

/// How a log is opened.
#[derive(Debug, Clone)]
pub struct Options {
    /// Whether an empty or missing folder becomes a new log. A caller that knows that there was
    /// a log says no: a folder that is gone must not pass for a fresh start.
    pub create: bool,
    /// A journal of this many bytes is closed and a new one begun.
    pub rotate_at: u64,
    /// Entries that may wait; further callers wait for room.
    pub queue: usize,
    /// For tests.
    pub faults: Faults,
}

impl Default for Options {
    fn default() -> Self {
        Self { create: true, rotate_at: 8 << 20, queue: 4096, faults: Faults::default() }
    }
}

/// Why the log did not do what it was asked to.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum LogError {
    /// The file system refused.
    #[error("the log can't {doing}: {source}")]
    Io {
        /// What was being done, to go on after "the log can't".
        doing: &'static str,
        /// What the system said.
        source: Arc<io::Error>,
    },
    /// Another process has it open for writing.
    #[error("the log is in use by another process")]
    Locked,
    /// There is no log in the folder, and none was to be made.
    #[error("there is no log in this folder")]
    NoLog,
    /// A write failed before; nothing is taken until the log is opened again.
    #[error("the log has failed and takes no entries until it is opened again")]
    Failed,
    /// Signer and verifier key do not belong to this log or to each other.
    #[error("the log's signing key does not match its verifier key or its name")]
    Key,
    /// The entries were taken out by retention.
    #[error("entry {0} was taken out by retention")]
    Pruned(u64),
    /// The log is not as its signed heads say, or the wish can't be met.
    #[error(transparent)]
    Ledger(#[from] ledger::LogError),
}

impl From<Problem> for LogError {
    fn from(problem: Problem) -> Self {
        Self::Ledger(problem.into())
    }
}

impl LogError {
    pub(super) fn io(doing: &'static str) -> impl Fn(io::Error) -> Self {
        move |source| Self::Io { doing, source: Arc::new(source) }
    }
}
