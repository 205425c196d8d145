//! What can be wrong with a policy, said with file, line and what to do.

use crate::MatrixError;
use miette::Diagnostic;
use std::fmt;

/// Why a policy can't be compiled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// The matrix is unsound.
    #[error("the matrix: {0}")]
    Matrix(#[from] MatrixError),
    /// Cedar files have faults: all of one stage (reading, names, types).
    #[error("{}", Fault::join(.0))]
    Files(Vec<Fault>),
    /// This build of the engine disagrees with itself: report it.
    #[error("this build can't compile any policy ({0}); please report this as a bug")]
    Broken(String),
}

/// One fault, at a place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The file's name as given; `matrix` for the text made from the matrix.
    pub file: String,
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to do, where there is more to say than the message does.
    pub help: Option<String>,
}

impl Fault {
    fn join(faults: &[Self]) -> String {
        faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }

    /// A fault at the first place that the engine points at, else at `otherwise` (a byte offset).
    pub(super) fn at(file: &Source<'_>, error: &dyn Diagnostic, otherwise: usize) -> Self {
        let pointed = error.labels().and_then(|mut labels| labels.next());
        let offset = pointed.map_or(otherwise, |label| label.offset());
        let help = error.help().map(|help| help.to_string());
        Self::new(file, offset, error.to_string(), help)
    }

    pub(super) fn new(
        file: &Source<'_>,
        offset: usize,
        message: String,
        help: Option<String>,
    ) -> Self {
        let (line, column) = line_and_column(file.text, offset);
        Self { file: file.name.to_owned(), line, column, message, help }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.message)?;
        self.help.as_ref().map_or(Ok(()), |help| write!(f, "; {help}"))
    }
}

/// One Cedar text with its name.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    /// How faults call it.
    pub(super) name: &'a str,
    /// The Cedar text.
    pub(super) text: &'a str,
    /// Whether a person wrote it.
    pub(super) by_hand: bool,
}

/// Line and column of a byte offset, both from 1; columns count characters.
pub(crate) fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text.char_indices().take_while(|(at, _)| *at < offset);
    before.fold((1, 1), |(line, column), (_, sign)| match sign {
        '\n' => (line + 1, 1),
        _ => (line, column + 1),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_from_one_and_in_characters() {
        let text = "aé\nb";
        assert_eq!(line_and_column(text, 0), (1, 1));
        assert_eq!(line_and_column(text, 3), (1, 3));
        assert_eq!(line_and_column(text, 4), (2, 1));
        assert_eq!(line_and_column(text, 400), (2, 2));
        assert_eq!(line_and_column("", 0), (1, 1));
    }
}
