//! What is known beside the text: the language, the customer, the turns before. Turn *n* sees nothing later than itself, so that the
//! result does not depend on the order in which texts arrive.

use crate::lang::Lang;
use crate::profile::Profile;

/// Who wrote a turn.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Role {
    /// The customer.
    #[default]
    Customer,
    /// Staff, or a machine that answers for them.
    Agent,
}

/// One earlier message of a conversation.
#[derive(Clone, Copy)]
pub struct Turn<'a> {
    /// Who wrote it.
    pub role: Role,
    /// What was written.
    pub text: &'a str,
}

/// What a scan may know beside the text. `Context::default()` knows nothing: a text on its own.
#[derive(Clone, Copy, Default)]
pub struct Context<'a> {
    /// The language, when known: only breaks ties.
    pub lang: Option<Lang>,
    /// The known customer.
    pub profile: Option<&'a Profile>,
    /// Earlier turns, oldest first. Only the last few are read (see [`Context::MEMORY`]).
    pub before: &'a [Turn<'a>],
    /// Who wrote the scanned text.
    pub author: Role,
    /// The text is no message but a title, a file name or a document: bare values in it are not taken for answers.
    pub document: bool,
}

impl Context<'_> {
    /// How many earlier turns a scan reads at most, and how many bytes of them in all: a bound on work, not on meaning.
    pub const MEMORY: (usize, usize) = (10, 8 * 1024);
}

/// Earlier turns within [`Context::MEMORY`], oldest first.
pub(crate) fn recent<'a>(before: &'a [Turn<'a>]) -> &'a [Turn<'a>] {
    let (turns, bytes) = Context::MEMORY;
    let mut left = bytes;
    let mut first = before.len();
    for (i, turn) in before.iter().enumerate().rev().take(turns) {
        let Some(rest) = left.checked_sub(turn.text.len()) else {
            break;
        };
        left = rest;
        first = i;
    }
    before.get(first..).unwrap_or(&[])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_bounded_in_turns_and_bytes() {
        let short: Vec<Turn<'_>> =
            (0..30).map(|_| Turn { role: Role::Agent, text: "hi" }).collect();
        assert_eq!(recent(&short).len(), Context::MEMORY.0);
        let long = "x".repeat(Context::MEMORY.1 + 1);
        let turns =
            [Turn { role: Role::Agent, text: &long }, Turn { role: Role::Agent, text: "hi" }];
        assert_eq!(recent(&turns).len(), 1);
    }
}
