//! How much of a file the readers take into memory, and how far they trust an archive.
//!
//! An export may come from anywhere, so every buffer has a bound that does not depend on the
//! file. These are bounds of memory and of patience, not of the size of an export: a file of a
//! terabyte is read in the same memory as one of a kilobyte.

/// The bounds of one reading. `Default` holds the values that the product ships with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Longest row (a line, or an element of an array) in bytes. A longer one is refused and
    /// skipped without being held. Default 16 MiB; more than 64 MiB is taken as 64 MiB.
    pub max_row: usize,
    /// Most values in one row: commas, colons and brackets outside strings, an object's bracket
    /// as eight, for objects weigh most. It bounds what a parsed row takes, which may be eighty
    /// times its bytes: at worst some 130 MB. Default 2,000,000; a ticket of 5,000 comments
    /// with their files has about half of that.
    pub max_nodes: u64,
    /// Most bytes that one file may unpack to. Default 1 TiB.
    pub max_unpacked: u64,
    /// Most unpacked bytes for each packed byte, once `ratio_grace` is passed. JSON packs about
    /// ten to one, and hardly ever beyond fifty; a bomb reaches a thousand. Default 200.
    pub max_ratio: u64,
    /// Unpacked bytes that a file may have before `max_ratio` is looked at. Default 64 MiB.
    pub ratio_grace: u64,
    /// Most files below a folder, and most members of an archive. Default 100,000.
    pub max_files: usize,
    /// Deepest folder below a given one. Default 32.
    pub max_folders: usize,
    /// Most comments of one ticket. Default 5,000, the limit of the helpdesk's own API.
    pub max_comments_per_ticket: usize,
    /// Bytes of comments kept while their tickets are awaited, when the comments are in files of
    /// their own. Default 64 MiB.
    pub memory_budget: usize,
}

/// The hard ceiling of `max_row`, in bytes.
const ROW_CEILING: usize = 64 << 20;

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_row: 16 << 20,
            max_nodes: 2_000_000,
            max_unpacked: 1 << 40,
            max_ratio: 200,
            ratio_grace: 64 << 20,
            max_files: 100_000,
            max_folders: 32,
            max_comments_per_ticket: 5_000,
            memory_budget: 64 << 20,
        }
    }
}

impl Limits {
    /// The longest row in bytes, below the ceiling.
    pub(super) fn row(&self) -> usize {
        self.max_row.min(ROW_CEILING)
    }
}
