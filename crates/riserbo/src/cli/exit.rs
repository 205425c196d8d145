//! Exit codes, and failures with what to do.
//!
//! A failure is one sentence or two for the person at the terminal: what happened, and what to do
//! next. It never holds a stored value, and of what was typed only paths and names of options.

use std::fmt;

use crate::error::Error;
use crate::store::StoreError;

/// How a command ended. The numbers are part of the interface (`docs/cli.md`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// `scan` found something; `log verify`, `doctor` found something wrong.
    Found = 1,
    /// The command can't be understood, or its input can't be read.
    Usage = 2,
    /// An import took what it could, and some rows were refused.
    Partly = 3,
    /// The data directory or the port is in use by another process.
    Busy = 4,
    /// Data, keys, configuration or disk: it can't work as things are.
    Broken = 5,
    /// Not signed in, not allowed, not there for this principal, budget spent.
    Refused = 6,
}

/// Why a command did not do what was asked.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// What happened and what to do; none if whoever reads our output went away.
    pub message: Option<String>,
}

impl Failure {
    /// A failure with its message.
    #[must_use]
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Failure { exit, message: Some(message.into()) }
    }

    /// The command can't be understood, or its input can't be read.
    #[must_use]
    pub fn usage(message: impl Into<String>) -> Self {
        Failure::new(Exit::Usage, message)
    }

    /// It can't work as things are.
    #[must_use]
    pub fn broken(message: impl Into<String>) -> Self {
        Failure::new(Exit::Broken, message)
    }

    /// The reader of a pipe has gone: nothing to say, nothing wrong.
    #[must_use]
    pub fn quiet() -> Self {
        Failure { exit: Exit::Done, message: None }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message.as_deref().unwrap_or_default())
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let exit = match &error {
            Error::Invalid { .. } => Exit::Usage,
            Error::NotFound
            | Error::Forbidden(_)
            | Error::Refused(_)
            | Error::Unauthenticated
            | Error::Budget { .. } => Exit::Refused,
            _ => Exit::Broken,
        };
        let message = match &error {
            Error::NotFound => {
                "not found: there is no such record, or your role does not list it".to_owned()
            }
            Error::Unauthenticated => "the address or the password is wrong, or the account may \
                not sign in; a start password is changed first, with `riserbo user passwd`"
                .to_owned(),
            Error::Sealed => {
                "sealed data does not open: it was moved, changed or damaged, or the key is \
                 another's; run `riserbo doctor`"
                    .to_owned()
            }
            Error::Store(StoreError::Database(_) | StoreError::Cells | StoreError::Missing) => {
                format!("{error}; run `riserbo doctor`")
            }
            _ => error.to_string(),
        };
        Failure::new(exit, message)
    }
}

impl From<std::io::Error> for Failure {
    /// Errors of our own output.
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            return Failure::quiet();
        }
        Failure::broken(format!(
            "the output can't be written ({}): check where it goes, and the space there",
            error.kind()
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Refusal;

    #[test]
    fn each_kind_of_error_has_its_code() {
        let of = |error: Error| Failure::from(error).exit;
        assert_eq!(of(Error::invalid("id", "no number")), Exit::Usage);
        assert_eq!(of(Error::NotFound), Exit::Refused);
        assert_eq!(of(Error::Refused(Refusal::Hidden)), Exit::Refused);
        assert_eq!(of(Error::Log), Exit::Broken);
        assert_eq!(of(Error::Store(StoreError::Full)), Exit::Broken);
    }

    #[test]
    fn a_reader_that_went_away_is_no_failure() {
        let gone = Failure::from(std::io::Error::from(std::io::ErrorKind::BrokenPipe));
        assert_eq!((gone.exit, gone.message), (Exit::Done, None));
        let full = Failure::from(std::io::Error::from(std::io::ErrorKind::StorageFull));
        assert_eq!(full.exit, Exit::Broken);
    }
}
