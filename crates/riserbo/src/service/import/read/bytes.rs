//! The bytes of a file as they go by: where we are, and the one row that is held.
//!
//! The row's buffer never grows beyond the limit, whatever comes: a longer row is let go of and
//! only its end is looked for.

use super::lexer::{End, Lexer};
use std::io::{self, BufRead};

/// A stream of bytes with a place and a row.
pub(super) struct Bytes<R> {
    input: R,
    /// Where we are.
    pub(super) at: Position,
    /// The row that is held.
    pub(super) row: Vec<u8>,
    /// Whether the row was longer than the limit and is not held.
    pub(super) too_long: bool,
    max_row: usize,
}

impl<R: BufRead> Bytes<R> {
    /// Begins at the start of a file, with rows of at most `max_row` bytes.
    pub(super) fn new(input: R, max_row: usize) -> Self {
        Self {
            input,
            at: Position { offset: 0, line: 1, line_start: 0 },
            row: Vec::new(),
            too_long: false,
            max_row,
        }
    }

    /// Lets go of the last row.
    pub(super) fn begin_row(&mut self) {
        self.row.clear();
        self.too_long = false;
    }

    /// Runs a lexer to its stop; `None` is the end of the file.
    pub(super) fn run(&mut self, lexer: &mut Lexer, keep: bool) -> io::Result<Option<End>> {
        loop {
            let chunk = match self.input.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                other => other?,
            };
            if chunk.is_empty() {
                let done = lexer.in_scalar();
                return Ok(done.then_some(End::Value));
            }
            let (used, end) = lexer.feed(chunk);
            let taken = chunk.get(..used).unwrap_or_default();
            self.at.pass(taken);
            if keep {
                append(&mut self.row, &mut self.too_long, self.max_row, taken);
            }
            self.input.consume(used);
            if end.is_some() {
                return Ok(end);
            }
        }
    }

    /// Takes bytes into the row that were read otherwise.
    pub(super) fn keep(&mut self, bytes: &[u8]) {
        append(&mut self.row, &mut self.too_long, self.max_row, bytes);
    }

    /// The next byte, unread; `None` at the end of the file.
    pub(super) fn peek(&mut self) -> io::Result<Option<u8>> {
        loop {
            match self.input.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => return Ok(other?.first().copied()),
            }
        }
    }

    /// Over one byte that was peeked at.
    pub(super) fn step(&mut self) -> io::Result<()> {
        if let Some(byte) = self.peek()? {
            self.at.pass(&[byte]);
            self.input.consume(1);
        }
        Ok(())
    }

    /// Over every byte that is so.
    pub(super) fn skip(&mut self, what: impl Fn(u8) -> bool) -> io::Result<()> {
        while self.peek()?.is_some_and(&what) {
            self.step()?;
        }
        Ok(())
    }

    /// To the start of the next line, holding nothing.
    pub(super) fn skip_line(&mut self) -> io::Result<()> {
        let used = self.input.skip_until(b'\n')?;
        self.at.next_line(used as u64);
        Ok(())
    }
}

/// How far we are in the unpacked file.
pub(super) struct Position {
    pub(super) offset: u64,
    pub(super) line: u64,
    pub(super) line_start: u64,
}

impl Position {
    /// Counts bytes that were read.
    fn pass(&mut self, bytes: &[u8]) {
        let breaks = bytes.iter().filter(|b| **b == b'\n').count() as u64;
        self.offset += bytes.len() as u64;
        if breaks > 0 {
            let tail = bytes.iter().rev().position(|b| *b == b'\n').unwrap_or_default();
            self.line += breaks;
            self.line_start = self.offset - tail as u64;
        }
    }

    /// Whether nothing of this line was read yet.
    pub(super) fn is_line_start(&self) -> bool {
        self.offset == self.line_start
    }

    /// Counts `used` bytes that end with a line break, or with the file.
    fn next_line(&mut self, used: u64) {
        self.offset += used;
        self.line += 1;
        self.line_start = self.offset;
    }
}

/// Takes bytes into the row, never beyond its limit: then lets go of all of it.
fn append(row: &mut Vec<u8>, too_long: &mut bool, max: usize, bytes: &[u8]) {
    if *too_long {
        return;
    }
    let need = row.len().saturating_add(bytes.len());
    if need > max {
        *too_long = true;
        row.clear();
        return;
    }
    if need > row.capacity() {
        let room = need.max(row.capacity().saturating_mul(2)).min(max);
        row.reserve_exact(room - row.len());
    }
    row.extend_from_slice(bytes);
}
