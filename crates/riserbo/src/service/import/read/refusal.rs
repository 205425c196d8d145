//! Why something was not taken, and where it stands: never what it says.
//!
//! A refusal may end in a report, a terminal or a log, so it holds a file, a place, a stable code
//! and, where it is known, the row's id (ids are plain). It never holds a value of the row, not
//! even the text of the JSON parser's error, which may quote one.

use super::noun::Noun;
use std::fmt;
use std::path::PathBuf;

/// Where in a file a refused thing stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// The file as a whole.
    File,
    /// The line on which the row begins, from 1.
    Line(u64),
    /// The element of an array (counted over the file's arrays), from 1.
    Item(u64),
    /// The byte of the unpacked file at which its JSON breaks, from 0.
    Byte(u64),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File => f.write_str("whole file"),
            Self::Line(n) => write!(f, "line {n}"),
            Self::Item(n) => write!(f, "item {n}"),
            Self::Byte(n) => write!(f, "byte {n}"),
        }
    }
}

/// One thing that was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The file as the operator named it; a member of an archive stands after a `!`.
    pub file: String,
    /// Where in that file.
    pub place: Place,
    /// What the row was, when that was clear.
    pub noun: Option<Noun>,
    /// The row's id at its source, when it had one.
    pub id: Option<i64>,
    /// Why.
    pub reason: Reason,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}: ", self.file, self.place)?;
        if let (Some(noun), Some(id)) = (self.noun, self.id) {
            write!(f, "{} {id}: ", noun.name())?;
        }
        self.reason.fmt(f)
    }
}

/// Why a row or a file was refused. The field names inside are those of the format, never the
/// row's own keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// Longer than `Limits::max_row`.
    #[error("the row is longer than the limit and was skipped; raise the row limit to take it")]
    TooLong,
    /// More values than `Limits::max_nodes`.
    #[error("the row holds more values than the limit")]
    TooComplex,
    /// Bytes that are no UTF-8.
    #[error("the text is not UTF-8; export it as UTF-8")]
    NotUtf8,
    /// A row that is no JSON.
    #[error("this is not valid JSON")]
    NotJson,
    /// JSON, but no object.
    #[error("this is not a JSON object")]
    NotAnObject,
    /// The file's first line is a header and no row. Harmless.
    #[error("the first line is a header, not a row")]
    HeaderLine,
    /// The brackets of an array or page do not close; what follows in it was not read.
    #[error("the JSON breaks here; the rest of this array or page was not read")]
    BrokenJson,
    /// The file ends in the middle of a row.
    #[error("the file ends in the middle of a row; it was not copied whole")]
    CutOff,
    /// No id.
    #[error("the row has no id")]
    MissingId,
    /// An id that is no integer from 1 to 2^53 − 1.
    #[error("the id is not a whole number from 1 to 2^53 - 1")]
    BadId,
    /// A separate comment without its ticket's number.
    #[error("the comment does not say which ticket it belongs to (ticket_id)")]
    MissingTicketId,
    /// A comment inside a ticket that can't be read; the ticket was refused whole.
    #[error("a comment inside the ticket is no object, or its id is wrong; the ticket was refused")]
    BadComment,
    /// A time that is no RFC 3339.
    #[error("the field {0} is not a date and time such as 2026-01-31T09:15:00Z")]
    BadTime(&'static str),
    /// A newer version of the same row was taken (greatest `updated_at`, then greatest hash).
    #[error("another version of this row, in the same import, was taken instead")]
    DuplicateId,
    /// More comments than `Limits::max_comments_per_ticket`: the ticket was refused whole.
    /// The number is the limit.
    #[error("the ticket has more than {0} comments; it was refused whole")]
    TooManyComments(usize),
    /// The separate comments of one ticket are larger than `Limits::memory_budget`.
    #[error("the comments of the ticket are larger than the memory budget; raise it to take them")]
    TicketTooLarge,
    /// A separate comment whose ticket is not in the import, or was refused.
    #[error("the ticket of this comment is not in the import")]
    NoTicketForComment,
    /// The file changed between two readings.
    #[error("the file changed while it was read; run the import again")]
    ChangedUnderway,
    /// Rows of a noun that the import does not know; told once a file.
    #[error("rows of this kind are not imported")]
    UnknownNoun,
    /// A file in a given folder or archive whose form is unknown.
    #[error("not an export file (.json, .jsonl, .ndjson, also .gz, or .zip)")]
    UnknownFile,
    /// A hidden file or folder.
    #[error("hidden files and folders are not read")]
    HiddenFile,
    /// A symbolic link, pipe or device in a folder.
    #[error("neither a file nor a folder (a link, a pipe or a device)")]
    NotAFile,
    /// More files than `Limits::max_files`, or deeper than `Limits::max_folders`.
    #[error("too many files or folders")]
    TooManyFiles,
    /// A gzip file that ends early.
    #[error("the compressed file is cut off; the rows before the break were read")]
    TruncatedGzip,
    /// A compressed file whose bytes or check sum are wrong.
    #[error("the compressed file is damaged; the rows before the damage were read")]
    DamagedArchive,
    /// The unpacked size passes `max_unpacked` or `max_ratio`.
    #[error("the file unpacks to far more than its size allows (a zip bomb?); reading stopped")]
    ZipBomb,
    /// An archive in an archive.
    #[error("an archive inside an archive is not read; unpack it first")]
    NestedArchive,
    /// A member under a password.
    #[error("the member is encrypted; unpack it first")]
    Encrypted,
    /// A compression that we do not speak.
    #[error("the compression of this member is not supported; use deflate or none")]
    UnsupportedCompression,
    /// Two members of an archive have the same name, so one would hide the other.
    #[error("two members of this archive have the same name; only the last is read")]
    SameMemberName,
    /// The system's own error.
    #[error("the file can't be read ({0})")]
    Io(std::io::ErrorKind),
}

impl Reason {
    /// The stable code, for machines and translations.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong => "too_long",
            Self::TooComplex => "too_complex",
            Self::NotUtf8 => "not_utf8",
            Self::NotJson => "not_json",
            Self::NotAnObject => "not_an_object",
            Self::HeaderLine => "header_line",
            Self::BrokenJson => "broken_json",
            Self::CutOff => "cut_off",
            Self::MissingId => "missing_id",
            Self::BadId => "bad_id",
            Self::MissingTicketId => "missing_ticket_id",
            Self::BadComment => "bad_comment",
            Self::BadTime(_) => "bad_time",
            Self::DuplicateId => "duplicate_id",
            Self::TooManyComments(_) => "too_many_comments",
            Self::TicketTooLarge => "ticket_too_large",
            Self::NoTicketForComment => "no_ticket_for_comment",
            Self::ChangedUnderway => "changed_underway",
            Self::UnknownNoun => "unknown_noun",
            Self::UnknownFile => "unknown_file",
            Self::HiddenFile => "hidden_file",
            Self::NotAFile => "not_a_file",
            Self::TooManyFiles => "too_many_files",
            Self::TruncatedGzip => "truncated_gzip",
            Self::DamagedArchive => "damaged_archive",
            Self::ZipBomb => "zip_bomb",
            Self::NestedArchive => "nested_archive",
            Self::Encrypted => "encrypted",
            Self::UnsupportedCompression => "unsupported_compression",
            Self::SameMemberName => "same_member_name",
            Self::Io(_) => "io",
        }
    }

    /// Whether nothing that belongs to an export was lost: a header, a file of another kind.
    #[must_use]
    pub fn is_harmless(&self) -> bool {
        matches!(self, Self::HeaderLine | Self::UnknownNoun | Self::UnknownFile | Self::HiddenFile)
    }
}

/// Why no reading could begin.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// No path was given.
    #[error("no file or folder was given")]
    NoPath,
    /// A given path is not there or not readable.
    #[error("{path} can't be read ({kind})", path = .path.display())]
    Unreadable {
        /// The path as given.
        path: PathBuf,
        /// What the system says.
        kind: std::io::ErrorKind,
    },
    /// A given path is a pipe or a device. An import reads its files more than once.
    #[error("{path} is neither a file nor a folder", path = .0.display())]
    NotAFile(PathBuf),
    /// The given folders hold no file of a known form.
    #[error("nothing to read: no .json, .jsonl, .ndjson, .gz or .zip file was found")]
    Nothing,
}

/// Something odd in a row that was taken all the same. The fields are those of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Note {
    /// The time lies in the future.
    FutureDate(&'static str),
    /// The value has another type than the format says; it stands unread in `extras`.
    OddType(&'static str),
    /// NUL characters were replaced by U+FFFD: one of the databases can't hold them.
    NulReplaced,
    /// A ticket without a requester.
    MissingRequester,
}

impl Note {
    /// The stable code, for machines and translations.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::FutureDate(_) => "future_date",
            Self::OddType(_) => "odd_type",
            Self::NulReplaced => "nul_replaced",
            Self::MissingRequester => "missing_requester",
        }
    }
}
