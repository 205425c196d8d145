//! What a service can answer besides a view.
//!
//! Errors are part of the product: each says what happened and what to do, in
//! words that hold no stored or submitted value (DESIGN I2, I12). The API and
//! the console turn them into their own forms.

use crate::store::StoreError;

/// A result of a service.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a service did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such record for this principal: absent and not listed look
    /// the same (I4).
    #[error("not found")]
    NotFound,
    /// The role may not do this at all.
    #[error("your role does not allow this; ask an administrator for the right {0}")]
    Forbidden(&'static str),
    /// The act is refused as things stand now.
    #[error("refused: {0}")]
    Refused(Refusal),
    /// Who asks is not known.
    #[error("sign in first: the credentials are missing, wrong, expired or revoked")]
    Unauthenticated,
    /// The input can't be used.
    #[error("{field}: {reason}")]
    Invalid {
        /// Which input.
        field: &'static str,
        /// Why, in words that don't repeat the input.
        reason: String,
    },
    /// A budget is spent.
    #[error("the budget of this hour is spent; try again in {retry_after} seconds")]
    Budget {
        /// Seconds until the window ends.
        retry_after: i64,
    },
    /// The access log can't be written: nothing is shown (I1).
    #[error("the access log can't be written, so nothing is shown; tell an operator")]
    Log,
    /// The index is behind the data.
    #[error("the search index is catching up; try again in a second")]
    IndexBehind,
    /// The key of this data is revoked or its provider does not answer.
    #[error("the key of this data is closed ({0}); nothing is lost, it opens again with the key")]
    KeyClosed(&'static str),
    /// Sealed bytes don't open: moved, changed or damaged.
    #[error("sealed data does not open: it was moved, changed or damaged")]
    Sealed,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A setting, a file or the surroundings are wrong.
    #[error("{0}")]
    Setup(String),
    /// An operation was stopped half-way; recovery finishes it.
    #[error("the operation was stopped; it is finished at the next start")]
    Stopped,
}

/// Why an act is refused now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The level is `hidden`: no action opens it.
    Hidden,
    /// A reason must be given.
    NeedReason,
    /// The ticket is not assigned to the caller.
    NotYourTicket,
    /// The ticket is solved or closed.
    TicketClosed,
    /// A fresh second factor is needed.
    StepUp,
    /// The network is not allowed.
    Network,
    /// Training is overdue.
    Training,
    /// The value has been redacted.
    Redacted,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Refusal::Hidden => "your role never opens this kind of value",
            Refusal::NeedReason => "give a reason of at least 8 characters",
            Refusal::NotYourTicket => "the ticket is not assigned to you: take it first",
            Refusal::TicketClosed => "the ticket is solved or closed: reopen it first",
            Refusal::StepUp => "confirm your second factor first",
            Refusal::Network => "this network may not be used for it",
            Refusal::Training => "your training is overdue: finish it first",
            Refusal::Redacted => "the value has been redacted",
        })
    }
}

impl From<seal::SealError> for Error {
    fn from(_: seal::SealError) -> Self {
        Error::Sealed
    }
}

impl Error {
    /// The store can't be used just now: it is out of reach, overloaded or full.
    /// Tried again later, the same may work.
    #[must_use]
    pub fn store_is_down(&self) -> bool {
        matches!(self, Error::Store(StoreError::Unreachable | StoreError::Full))
    }

    /// An error of a store that is out of reach: for tests of those who answer.
    #[cfg(test)]
    pub(crate) fn unreachable_store() -> Error {
        Error::Store(StoreError::Unreachable)
    }

    /// An error of the database, with what it said: for tests of those who answer.
    #[cfg(test)]
    pub(crate) fn database(said: &str) -> Error {
        Error::Store(StoreError::Database(said.to_owned()))
    }

    /// An input that can't be used.
    pub fn invalid(field: &'static str, reason: impl Into<String>) -> Self {
        Error::Invalid { field, reason: reason.into() }
    }
}
