//! Plain text, streamed in blocks.
//!
//! A block ends at a line's end where there is one, at a space where there is none for a
//! megabyte, so that no value is cut unless it is longer than that. Text is UTF-8, or UTF-16
//! where it begins with its mark; bytes that are neither are read as Latin-1, so that a name with
//! an old `è` is still a name. What is no text at all is said to be so.

use std::io::{self, Read};

use pii::{Context, Kind};

use super::files::fill;
use super::{Stream, Wish, side_by_side};
use crate::cli::exit::Failure;

/// Bytes of a block before its end is looked for.
const BLOCK: usize = 128 << 10;
/// Bytes after which a line without an end is cut.
const LONGEST: usize = 1 << 20;
/// Blocks in the air: with the buffers beside them a few tens of megabytes at most.
const AHEAD: usize = 16;
/// Bytes by which a file is judged.
const SAMPLE: usize = 8 << 10;

/// A value that was found.
pub(super) struct Hit<'t> {
    /// Line, from 1.
    pub(super) line: u64,
    /// Character in the line, from 1.
    pub(super) column: u64,
    /// What it is.
    pub(super) kind: Kind,
    /// 0 to 100.
    pub(super) score: u8,
    /// The value.
    pub(super) value: &'t str,
}

/// A file that was read to its end.
pub(super) struct Done {
    /// Bytes of text.
    pub(super) bytes: u64,
    /// Whether some of it was no UTF-8 and read as Latin-1.
    pub(super) legacy: bool,
}

/// Why a file was not read to its end.
pub(super) enum Stop {
    /// It is no text.
    NotText(&'static str),
    /// It can't be read.
    Io(io::Error),
    /// We can't write.
    Out(Failure),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Stop::Io(error)
    }
}

/// A piece of a text and where it begins.
struct Block {
    text: String,
    line: u64,
    column: u64,
}

/// Scans a text; `tell` hears each value in order.
pub(super) fn scan(
    wish: &Wish,
    read: Stream,
    tell: &mut dyn FnMut(&Hit<'_>) -> Result<(), Failure>,
) -> Result<Done, Stop> {
    let mut blocks = Blocks::open(read)?;
    loop {
        let mut batch = Vec::with_capacity(AHEAD);
        while batch.len() < AHEAD {
            let Some(block) = blocks.next()? else { break };
            batch.push(block);
        }
        if batch.is_empty() {
            return Ok(Done { bytes: blocks.bytes, legacy: blocks.legacy });
        }
        let found = side_by_side(batch, |block| {
            let cx = Context { lang: Some(wish.lang), document: true, ..Context::default() };
            let findings = wish.scanner.scan(&block.text, &cx);
            (block, findings)
        });
        for (block, findings) in &found {
            tell_block(wish, block, findings, tell).map_err(Stop::Out)?;
        }
    }
}

fn tell_block(
    wish: &Wish,
    block: &Block,
    findings: &[pii::Finding],
    tell: &mut dyn FnMut(&Hit<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut place = Place { line: block.line, column: block.column };
    let mut at = 0;
    for finding in findings.iter().filter(|f| wish.wants(f.kind)) {
        place.pass(block.text.get(at..finding.range.start).unwrap_or_default());
        at = finding.range.start;
        tell(&Hit {
            line: place.line,
            column: place.column,
            kind: finding.kind,
            score: finding.confidence,
            value: block.text.get(finding.range.clone()).unwrap_or_default(),
        })?;
    }
    Ok(())
}

/// Line and character, both from 1.
#[derive(Clone, Copy)]
struct Place {
    line: u64,
    column: u64,
}

impl Place {
    fn pass(&mut self, text: &str) {
        match text.rsplit_once('\n') {
            Some((before, rest)) => {
                self.line += 1 + before.bytes().filter(|b| *b == b'\n').count() as u64;
                self.column = 1 + rest.chars().count() as u64;
            }
            None => self.column += text.chars().count() as u64,
        }
    }
}

/// How a file's bytes become text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Coding {
    Utf8,
    Utf16 { big: bool },
}

/// Cuts a stream into blocks.
struct Blocks {
    read: Stream,
    raw: Vec<u8>,
    ended: bool,
    coding: Coding,
    place: Place,
    bytes: u64,
    legacy: bool,
}

impl Blocks {
    fn open(mut read: Stream) -> Result<Blocks, Stop> {
        let mut raw = Vec::with_capacity(BLOCK * 2);
        let ended = fill(read.as_mut() as &mut dyn Read, &mut raw, SAMPLE)?;
        let (coding, mark) = match raw.as_slice() {
            [0xef, 0xbb, 0xbf, ..] => (Coding::Utf8, 3),
            [0xff, 0xfe, ..] => (Coding::Utf16 { big: false }, 2),
            [0xfe, 0xff, ..] => (Coding::Utf16 { big: true }, 2),
            _ => (Coding::Utf8, 0),
        };
        if coding == Coding::Utf8
            && let Some(why) = not_text(&raw)
        {
            return Err(Stop::NotText(why));
        }
        raw.drain(..mark);
        let place = Place { line: 1, column: 1 };
        Ok(Blocks { read, raw, ended, coding, place, bytes: 0, legacy: false })
    }

    fn next(&mut self) -> io::Result<Option<Block>> {
        let mut want = BLOCK;
        loop {
            if !self.ended {
                self.ended = fill(self.read.as_mut(), &mut self.raw, want)?;
            }
            if self.raw.is_empty() {
                return Ok(None);
            }
            let cut = if self.ended { Some(self.raw.len()) } else { self.line_end() };
            if let Some(len) = cut.or_else(|| (want >= LONGEST).then(|| self.word_end())) {
                return Ok(Some(self.take(len)));
            }
            want *= 2;
        }
    }

    /// After the last line end that is whole.
    fn line_end(&self) -> Option<usize> {
        match self.coding {
            Coding::Utf8 => self.raw.iter().rposition(|b| *b == b'\n').map(|i| i + 1),
            Coding::Utf16 { big } => self.last_unit(big, |unit| unit == u16::from(b'\n')),
        }
    }

    /// After the last space; without one, somewhere between two characters.
    fn word_end(&self) -> usize {
        match self.coding {
            Coding::Utf8 => match self.raw.iter().rposition(|b| *b == b' ') {
                Some(at) => at + 1,
                None => char_border(&self.raw),
            },
            Coding::Utf16 { big } => self
                .last_unit(big, |unit| unit == u16::from(b' '))
                .or_else(|| self.last_unit(big, |unit| !(0xd800..0xdc00).contains(&unit)))
                .unwrap_or(self.raw.len()),
        }
    }

    /// After the last UTF-16 unit that fits.
    fn last_unit(&self, big: bool, fits: impl Fn(u16) -> bool) -> Option<usize> {
        let (units, _) = self.raw.as_chunks::<2>();
        units.iter().rposition(|unit| fits(unit16(*unit, big))).map(|i| (i + 1) * 2)
    }

    fn take(&mut self, len: usize) -> Block {
        let rest = self.raw.split_off(len.min(self.raw.len()));
        let raw = std::mem::replace(&mut self.raw, rest);
        self.bytes += raw.len() as u64;
        let text = match self.coding {
            Coding::Utf8 => utf8_or_latin1(raw, &mut self.legacy),
            Coding::Utf16 { big } => {
                let (units, _) = raw.as_chunks::<2>();
                let units = units.iter().map(|unit| unit16(*unit, big));
                char::decode_utf16(units).map(|c| c.unwrap_or('\u{fffd}')).collect()
            }
        };
        let Place { line, column } = self.place;
        self.place.pass(&text);
        Block { text, line, column }
    }
}

fn unit16(bytes: [u8; 2], big: bool) -> u16 {
    if big { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) }
}

/// The last border between characters, at most four bytes before the end: where the last one
/// begins, for it may be cut off.
fn char_border(raw: &[u8]) -> usize {
    let tail = raw.iter().rev().take(4).position(|b| b & 0xc0 != 0x80);
    match tail {
        Some(back) if raw.len() > back + 1 => raw.len() - back - 1,
        _ => raw.len(),
    }
}

/// Why bytes are no text: a known signature, or a NUL.
fn not_text(sample: &[u8]) -> Option<&'static str> {
    const SIGNATURES: [(&[u8], &str); 6] = [
        (b"%PDF-", "a PDF: extract its text first, with pdftotext for example"),
        (b"PK\x03\x04", "a zip archive or office document: unpack it, or save it as text"),
        (b"\x89PNG", "an image"),
        (b"\xff\xd8\xff", "an image"),
        (b"BZh", "compressed with bzip2: unpack it first"),
        (b"\x28\xb5\x2f\xfd", "compressed with zstd: unpack it first"),
    ];
    SIGNATURES
        .iter()
        .find(|(start, _)| sample.starts_with(start))
        .map(|(_, why)| *why)
        .or_else(|| sample.contains(&0).then_some("binary"))
}

/// UTF-8; each byte that is none becomes the Latin-1 character of its number.
fn utf8_or_latin1(raw: Vec<u8>, legacy: &mut bool) -> String {
    let raw = match String::from_utf8(raw) {
        Ok(text) => return text,
        Err(error) => error.into_bytes(),
    };
    *legacy = true;
    let mut out = String::with_capacity(raw.len() + raw.len() / 8);
    for chunk in raw.utf8_chunks() {
        out.push_str(chunk.valid());
        out.extend(chunk.invalid().iter().map(|b| char::from(*b)));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn wish() -> Wish {
        Wish { scanner: pii::Scanner::default(), kinds: vec![], lang: pii::Lang::En }
    }

    fn found(bytes: Vec<u8>) -> Result<Vec<(u64, u64, Kind, String)>, &'static str> {
        let mut out = Vec::new();
        let done = scan(&wish(), Box::new(io::Cursor::new(bytes)), &mut |hit| {
            out.push((hit.line, hit.column, hit.kind, hit.value.to_owned()));
            Ok(())
        });
        match done {
            Ok(_) => Ok(out),
            Err(Stop::NotText(why)) => Err(why),
            Err(_) => Err("failed"),
        }
    }

    const CARD: &str = "4111 1111 1111 1111";

    #[test]
    fn a_value_is_told_by_line_and_character() {
        let text = format!("uno\nè mia: carta {CARD} grazie\n");
        let found = found(text.into_bytes()).unwrap();
        assert_eq!(found, [(2, 14, Kind::CreditCard, CARD.to_owned())]);
    }

    #[test]
    fn places_hold_beyond_the_first_block() {
        let line = "nothing to see in this line\n";
        let many = 20_000;
        let text = format!("{}my card is {CARD}\n", line.repeat(many));
        let found = found(text.into_bytes()).unwrap();
        assert_eq!(found.last().map(|f| (f.0, f.1)), Some((many as u64 + 1, 12)));
    }

    #[test]
    fn a_line_without_end_is_read_in_pieces() {
        let text = format!("{} my card is {CARD}", "word ".repeat(700_000));
        let found = found(text.into_bytes()).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].1, 3_500_000 + 13);
        let solid = "é".repeat(3_000_000);
        assert!(super::tests::found(solid.into_bytes()).unwrap().is_empty());
    }

    #[test]
    fn utf_16_and_latin_1_are_text() {
        let text = format!("la mia carta {CARD}");
        let mut wide = vec![0xff, 0xfe];
        wide.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
        assert_eq!(found(wide).unwrap().len(), 1);
        let latin = [b"perch\xe9 la carta ".as_slice(), CARD.as_bytes()].concat();
        assert_eq!(found(latin).unwrap()[0].1, 17);
    }

    #[test]
    fn what_is_no_text_is_said_to_be_so() {
        assert!(found(b"%PDF-1.7\n...".to_vec()).unwrap_err().starts_with("a PDF"));
        assert_eq!(found(b"ab\0cd".to_vec()), Err("binary"));
        assert!(found(vec![]).unwrap().is_empty());
    }

    proptest! {
        /// Whatever the bytes, pieces put together are the text, and no border is inside a character.
        #[test]
        fn cutting_changes_nothing(bytes in proptest::collection::vec(any::<u8>(), 1..400)) {
            let border = char_border(&bytes);
            prop_assert!(border >= 1 && border <= bytes.len());
            prop_assert!(bytes.len() - border <= 4);
            let mut legacy = false;
            let whole = utf8_or_latin1(bytes.clone(), &mut legacy);
            if !legacy {
                let first = utf8_or_latin1(bytes[..border].to_vec(), &mut legacy);
                prop_assert!(!legacy && whole.starts_with(&first));
            }
        }
    }
}
