//! Import readers: export files in, typed rows out.
//!
//! **What.** [`Source::open`] takes files and folders in any form in which a helpdesk's export
//! comes: NDJSON, JSON arrays, API pages, one after another; plain, gzip, zip. One pass,
//! [`Source::census`], counts the rows and decides between versions of the same row. Then
//! [`Source::users`], [`Source::organizations`], [`Source::fields`], [`Source::named`] and
//! [`Source::tickets`] deliver typed rows, each ticket with its comments by time, wherever they
//! stood.
//!
//! **Why so.** An export is larger than memory, and nothing personal may lie on disk in clear
//! (I2): there is no temporary file, so what does not fit is read again. What is delivered is a
//! function of the set of rows and not of their order or of the files they stand in: an import
//! that was stopped, or is done again from files that were packed otherwise, comes out the same.
//! Every row is delivered, or refused with its place and a reason, or equal to one that was
//! delivered; nothing is dropped in silence, and nothing said about a row quotes it (I12).
//!
//! **What it is not.** No database, no masking, no detection, no sanitising of HTML: rows are as
//! untrusted as their file. It runs where it may block.
//!
//! The rooms: `files` (which), `unpack` (bytes), `lexer`, `bytes` and `split` (borders of rows), `noun`
//! (what a row is), `sweep` (one pass over everything), `take` and `rows` (types), `canon` and
//! `index` (versions), `census`, `deliver`, `join` and `pile` (the passes).

mod bytes;
mod canon;
mod census;
mod deliver;
mod files;
mod index;
mod join;
mod lexer;
mod limits;
mod noun;
mod pile;
mod refusal;
mod rows;
mod split;
mod sweep;
mod take;
mod unpack;

pub use census::{Census, Volume};
pub use limits::Limits;
pub use noun::Noun;
pub use refusal::{Note, OpenError, Place, Reason, Refusal};
pub use rows::{
    AttachmentRow, CommentRow, FieldOption, FieldRow, NamedRow, OrganizationRow, Person, PersonRow,
    Satisfaction, TicketRow, UserRow, Via,
};

use files::Found;
use std::path::PathBuf;

/// Hears how far a pass has come. `()` hears nothing.
pub trait Progress {
    /// `read` of `total` bytes on disk are done (a pass may read the files more than once, and
    /// counts them as often), and `rows` rows were seen.
    fn at(&mut self, read: u64, total: u64, rows: u64);
}

impl Progress for () {
    fn at(&mut self, _read: u64, _total: u64, _rows: u64) {}
}

/// The files of one import.
#[derive(Debug)]
pub struct Source {
    found: Found,
    limits: Limits,
    now: i64,
}

impl Source {
    /// Finds the files below `paths`: files as given, folders by name with all that is below.
    /// `now`, in microseconds since 1970, tells which dates lie in the future.
    ///
    /// # Errors
    /// If a path can't be read, is neither file nor folder, or nothing was found.
    pub fn open(paths: &[PathBuf], limits: Limits, now: i64) -> Result<Self, OpenError> {
        Ok(Self { found: files::find(paths, &limits)?, limits, now })
    }

    /// How many files there are.
    #[must_use]
    pub fn files(&self) -> usize {
        self.found.files.len()
    }

    /// Their size on disk, in bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.found.files.iter().map(|file| file.bytes).sum()
    }
}

#[cfg(test)]
mod tests;
