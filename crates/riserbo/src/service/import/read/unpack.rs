//! Files into streams of plain bytes: gzip of any number of members, zip archives member by
//! member. The form is told by the first bytes, never by the name.
//!
//! Unpacking is metered: nothing is held, but a bomb would keep us busy for days and fill the
//! vault with its rows, so output is bounded absolutely and against the size on disk. An archive
//! inside an archive is refused. Names of members are labels and never become paths.

use super::files::{FileOnDisk, is_known, label};
use super::limits::Limits;
use super::refusal::Reason;
use flate2::read::MultiGzDecoder;
use std::cell::Cell;
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use zip::ZipArchive;
use zip::result::ZipError;

/// Bytes read from a file at once.
const CHUNK: usize = 128 << 10;

const GZIP: [u8; 2] = [0x1f, 0x8b];
const ZIP: [u8; 4] = *b"PK\x03\x04";
const ZIP_EMPTY: [u8; 4] = *b"PK\x05\x06";

/// One stream of plain bytes, or the reason why there is none.
pub(super) struct Stream<'a> {
    /// The file, and the member if it stands in an archive.
    pub(super) label: &'a str,
    /// The name alone.
    pub(super) name: &'a str,
    /// The bytes.
    pub(super) content: Result<&'a mut dyn BufRead, Reason>,
}

/// What a visitor answers before a stream is opened.
pub(super) trait Visitor<E> {
    /// Whether the next stream is wanted at all. Called once for each stream, in order.
    fn wants(&mut self) -> bool;

    /// Takes a stream, or hears why there is none.
    fn stream(&mut self, stream: Stream<'_>) -> Result<(), E>;
}

/// Opens a file and hands over its streams.
pub(super) fn open<E>(
    file: &FileOnDisk,
    limits: &Limits,
    read: &Cell<u64>,
    visitor: &mut dyn Visitor<E>,
) -> Result<(), E> {
    let name = file.path.file_name().map(|n| n.to_string_lossy().into_owned());
    let at = At { label: &file.label, name: name.as_deref().unwrap_or_default() };
    let mut input = match File::open(&file.path) {
        Ok(inner) => BufReader::with_capacity(CHUNK, Counted { inner, read }),
        Err(error) => return at.refuse(Reason::Io(error.kind()), visitor),
    };
    let meter = Meter { out: Cell::new(0), packed: file.bytes, limits: *limits };
    match form(&mut input) {
        Err(error) => at.refuse(Reason::Io(error.kind()), visitor),
        Ok(Form::Zip) => archive(input, &at, &meter, visitor),
        Ok(other) => at.give(other, &mut input, &meter, visitor),
    }
}

/// Why reading broke off.
pub(super) fn reason_of(error: &io::Error) -> Reason {
    if error.get_ref().is_some_and(|inner| inner.is::<Bomb>()) {
        return Reason::ZipBomb;
    }
    match error.kind() {
        io::ErrorKind::UnexpectedEof => Reason::TruncatedGzip,
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => Reason::DamagedArchive,
        kind => Reason::Io(kind),
    }
}

/// How a stream is called.
struct At<'a> {
    label: &'a str,
    name: &'a str,
}

impl At<'_> {
    fn refuse<E>(&self, reason: Reason, visitor: &mut dyn Visitor<E>) -> Result<(), E> {
        visitor.wants();
        self.tell(reason, visitor)
    }

    fn tell<E>(&self, reason: Reason, visitor: &mut dyn Visitor<E>) -> Result<(), E> {
        visitor.stream(Stream { label: self.label, name: self.name, content: Err(reason) })
    }

    /// Hands over plain or gzipped bytes.
    fn give<E>(
        &self,
        form: Form,
        input: &mut dyn BufRead,
        meter: &Meter,
        visitor: &mut dyn Visitor<E>,
    ) -> Result<(), E> {
        if !visitor.wants() {
            return Ok(());
        }
        let content: Result<&mut dyn BufRead, Reason>;
        let mut unpacked;
        match form {
            Form::Zip => content = Err(Reason::NestedArchive),
            Form::Plain => content = Ok(input),
            Form::Gzip => {
                let gzip = Metered { inner: MultiGzDecoder::new(input), meter };
                unpacked = BufReader::with_capacity(CHUNK, gzip);
                content = match self::form(&mut unpacked) {
                    Ok(Form::Plain) => Ok(&mut unpacked),
                    Ok(_) => Err(Reason::NestedArchive),
                    Err(error) => Err(reason_of(&error)),
                };
            }
        }
        visitor.stream(Stream { label: self.label, name: self.name, content })
    }
}

/// The members of a zip archive, by name.
fn archive<R: Read + Seek, E>(
    input: R,
    at: &At<'_>,
    meter: &Meter,
    visitor: &mut dyn Visitor<E>,
) -> Result<(), E> {
    let mut archive = match ZipArchive::new(input) {
        Ok(archive) => archive,
        Err(error) => return at.refuse(zip_reason(&error), visitor),
    };
    if archive.len() > meter.limits.max_files {
        return at.refuse(Reason::TooManyFiles, visitor);
    }
    if archive.has_duplicate_names() {
        at.refuse(Reason::SameMemberName, visitor)?;
    }
    let mut names: Vec<(String, usize)> = archive
        .file_names_raw()
        .map(|raw| String::from_utf8_lossy(raw).into_owned())
        .zip(0..)
        .collect();
    names.sort();
    for (name, index) in names {
        if name.ends_with('/') {
            continue;
        }
        let whole = label(&format!("{}!{name}", at.label));
        let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
        let at = At { label: &whole, name: last };
        if name.split(['/', '\\']).any(is_hidden) {
            at.refuse(Reason::HiddenFile, visitor)?;
            continue;
        }
        if !is_known(last) {
            at.refuse(Reason::UnknownFile, visitor)?;
            continue;
        }
        match archive.by_index(index) {
            Err(error) => at.refuse(zip_reason(&error), visitor)?,
            Ok(member) => {
                let mut input = BufReader::with_capacity(CHUNK, Metered { inner: member, meter });
                match form(&mut input) {
                    Err(error) => at.refuse(reason_of(&error), visitor)?,
                    Ok(form) => at.give(form, &mut input, meter, visitor)?,
                }
            }
        }
    }
    Ok(())
}

/// A leading dot hides a file, except in the steps of a path.
fn is_hidden(part: &str) -> bool {
    part == "__MACOSX" || (part.starts_with('.') && !matches!(part, "." | ".."))
}

fn zip_reason(error: &ZipError) -> Reason {
    match error {
        ZipError::Io(error) => reason_of(error),
        ZipError::UnsupportedArchive(text) if *text == ZipError::PASSWORD_REQUIRED => {
            Reason::Encrypted
        }
        ZipError::InvalidPassword => Reason::Encrypted,
        ZipError::UnsupportedArchive(_) | ZipError::CompressionMethodNotSupported(_) => {
            Reason::UnsupportedCompression
        }
        _ => Reason::DamagedArchive,
    }
}

/// What the first bytes say.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Plain,
    Gzip,
    Zip,
}

fn form(input: &mut dyn BufRead) -> io::Result<Form> {
    let head = input.fill_buf()?;
    Ok(if head.starts_with(&GZIP) {
        Form::Gzip
    } else if head.starts_with(&ZIP) || head.starts_with(&ZIP_EMPTY) {
        Form::Zip
    } else {
        Form::Plain
    })
}

/// Counts the bytes read from disk.
struct Counted<'a> {
    inner: File,
    read: &'a Cell<u64>,
}

impl Read for Counted<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(out)?;
        self.read.set(self.read.get() + count as u64);
        Ok(count)
    }
}

impl Seek for Counted<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}

/// What one file on disk has unpacked to so far, over all its members.
struct Meter {
    out: Cell<u64>,
    packed: u64,
    limits: Limits,
}

impl Meter {
    fn add(&self, bytes: usize) -> io::Result<()> {
        let out = self.out.get().saturating_add(bytes as u64);
        self.out.set(out);
        let fair = self.packed.saturating_mul(self.limits.max_ratio);
        let bomb = out > self.limits.max_unpacked || (out > self.limits.ratio_grace && out > fair);
        if bomb { Err(io::Error::other(Bomb)) } else { Ok(()) }
    }
}

/// A reader whose output is metered.
struct Metered<'a, R> {
    inner: R,
    meter: &'a Meter,
}

impl<R: Read> Read for Metered<'_, R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(out)?;
        self.meter.add(count)?;
        Ok(count)
    }
}

/// The mark of a bomb inside an I/O error.
#[derive(Debug)]
struct Bomb;

impl fmt::Display for Bomb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("unpacks to more than its size allows")
    }
}

impl std::error::Error for Bomb {}
