//! One pass over all files: each row as an object, with what it is and where it stands.

use super::noun::Noun;
use super::refusal::{Place, Reason, Refusal};
use super::split::{Piece, Splitter};
use super::unpack::{self, Stream, Visitor, reason_of};
use super::{Progress, Source, files};
use serde_json::{Map, Value};
use std::cell::Cell;
use std::io::BufRead;

/// Rows between two reports of progress.
const REPORT_EVERY: u64 = 256;

/// What a pass meets.
pub(super) enum Event<'a> {
    /// A row.
    Row(Raw<'a>),
    /// Something that is no row of ours. `stream` is its number in this import.
    Refused(Refusal, usize),
    /// One more row of an unknown noun, in a stream where that has been told.
    Unknown,
}

/// A row that has not been typed yet.
pub(super) struct Raw<'a> {
    pub(super) noun: Noun,
    pub(super) map: Map<String, Value>,
    /// Its number in this pass; equal in every pass with the same `Sift::wanted`.
    pub(super) number: u64,
    /// Bytes in the file.
    pub(super) size: usize,
    /// Number of its stream: files by name, members by name.
    pub(super) stream: usize,
    pub(super) label: &'a str,
    pub(super) place: Place,
}

impl Raw<'_> {
    /// A refusal of this row.
    pub(super) fn refusal(&self, reason: Reason) -> Refusal {
        Refusal {
            file: self.label.to_owned(),
            place: self.place,
            noun: Some(self.noun),
            id: self.map.get("id").and_then(super::take::id_of),
            reason,
        }
    }
}

/// What a pass need not look at.
pub(super) struct Sift<'a> {
    /// Whether a stream, by its number, is read at all.
    pub(super) wanted: &'a dyn Fn(usize) -> bool,
    /// Whether a row, by its bytes, is passed over unread. It must not say so of a row whose
    /// refusal this pass has to tell.
    pub(super) skip: &'a dyn Fn(&[u8]) -> bool,
}

impl Sift<'_> {
    /// Everything is looked at.
    pub(super) const NONE: Sift<'static> = Sift { wanted: &|_| true, skip: &|_| false };
}

/// Counts for the one who waits.
pub(super) struct Meter<'a> {
    progress: &'a mut dyn Progress,
    done: u64,
    total: u64,
    rows: u64,
}

impl<'a> Meter<'a> {
    /// `sweeps`: how often the pass will read the files.
    pub(super) fn new(progress: &'a mut dyn Progress, source: &Source, sweeps: u64) -> Self {
        Self { progress, done: 0, total: source.bytes().saturating_mul(sweeps), rows: 0 }
    }

    /// The pass will read the files more often than was thought.
    pub(super) fn more(&mut self, source: &Source, sweeps: u64) {
        self.total = self.total.saturating_add(source.bytes().saturating_mul(sweeps));
    }

    fn row(&mut self, read: u64) {
        self.rows += 1;
        if self.rows.is_multiple_of(REPORT_EVERY) {
            self.progress.at((self.done + read).min(self.total), self.total, self.rows);
        }
    }
}

impl Source {
    /// Reads everything that the sift lets through.
    pub(super) fn sweep<E>(
        &self,
        meter: &mut Meter<'_>,
        sift: &Sift<'_>,
        each: &mut dyn FnMut(Event<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let (mut next, mut number) = (0, 0);
        for file in &self.found.files {
            let read = Cell::new(0);
            let mut sweep =
                Sweep { source: self, meter, sift, each, read: &read, next, at: 0, number };
            unpack::open(file, &self.limits, &read, &mut sweep)?;
            (next, number) = (sweep.next, sweep.number);
            meter.done = meter.done.saturating_add(file.bytes);
            meter.progress.at(meter.done.min(meter.total), meter.total, meter.rows);
        }
        Ok(())
    }
}

/// The pass while it reads one file.
struct Sweep<'s, 'm, 'p, E> {
    source: &'s Source,
    meter: &'m mut Meter<'p>,
    sift: &'s Sift<'s>,
    each: &'m mut dyn FnMut(Event<'_>) -> Result<(), E>,
    read: &'s Cell<u64>,
    next: usize,
    at: usize,
    number: u64,
}

impl<E> Visitor<E> for Sweep<'_, '_, '_, E> {
    fn wants(&mut self) -> bool {
        self.at = self.next;
        self.next += 1;
        (self.sift.wanted)(self.at)
    }

    fn stream(&mut self, stream: Stream<'_>) -> Result<(), E> {
        match stream.content {
            Ok(input) => self.rows(stream.label, stream.name, input),
            Err(reason) => self.refuse(stream.label, None, Place::File, reason),
        }
    }
}

impl<E> Sweep<'_, '_, '_, E> {
    fn rows(&mut self, label: &str, name: &str, input: &mut dyn BufRead) -> Result<(), E> {
        let hint = Noun::of_file_name(name);
        let mut splitter = Splitter::new(input, &self.source.limits, files::is_lines(name));
        let mut unknown_told = false;
        loop {
            let (noun, place) = match splitter.next() {
                Ok(None) => return Ok(()),
                Ok(Some(Piece::Row(noun, place))) => (noun, place),
                Ok(Some(Piece::Refused(noun, place, reason))) => {
                    self.refuse(label, noun, place, reason)?;
                    continue;
                }
                Err(error) => return self.refuse(label, None, Place::File, reason_of(&error)),
            };
            self.meter.row(self.read.get());
            self.number += 1;
            let bytes = splitter.row();
            if (self.sift.skip)(bytes) {
                continue;
            }
            match parse(bytes) {
                Err(reason) => self.refuse(label, noun, place, reason)?,
                Ok(map) => {
                    let at = RowAt { label, place, size: bytes.len() };
                    let known = self.known(noun, hint, map, &at)?;
                    if !known && !unknown_told {
                        unknown_told = true;
                        self.refuse(label, None, place, Reason::UnknownNoun)?;
                    } else if !known {
                        (self.each)(Event::Unknown)?;
                    }
                }
            }
        }
    }

    /// Delivers a row of a known noun, or the rows inside an object that wraps some.
    fn known(
        &mut self,
        noun: Option<Noun>,
        hint: Option<Noun>,
        map: Map<String, Value>,
        at: &RowAt<'_>,
    ) -> Result<bool, E> {
        if let Some(noun) = noun.or_else(|| Noun::of_row(&map, hint)) {
            self.row(noun, map, at)?;
            return Ok(true);
        }
        if map.contains_key("id") || map.contains_key("ticket_id") {
            return Ok(false);
        }
        let mut any = false;
        for (key, value) in map {
            let noun = Noun::of_wrapper_key(&key).or(Noun::of_page_key(key.as_bytes()));
            let rows = match value {
                Value::Object(map) if Noun::of_wrapper_key(&key).is_some() => {
                    vec![Value::Object(map)]
                }
                Value::Array(rows) if noun.is_some() || key == "results" => rows,
                _ => continue,
            };
            any = true;
            for row in rows {
                match row {
                    Value::Object(map) => {
                        if let Some(noun) = noun.or_else(|| Noun::of_row(&map, None)) {
                            self.row(noun, map, at)?;
                        } else {
                            self.refuse(at.label, None, at.place, Reason::UnknownNoun)?;
                        }
                    }
                    _ => self.refuse(at.label, noun, at.place, Reason::NotAnObject)?,
                }
            }
        }
        Ok(any)
    }

    fn row(&mut self, noun: Noun, map: Map<String, Value>, at: &RowAt<'_>) -> Result<(), E> {
        let RowAt { label, place, size } = *at;
        (self.each)(Event::Row(Raw {
            noun,
            map,
            number: self.number,
            size,
            stream: self.at,
            label,
            place,
        }))
    }

    fn refuse(
        &mut self,
        label: &str,
        noun: Option<Noun>,
        place: Place,
        reason: Reason,
    ) -> Result<(), E> {
        let refusal = Refusal { file: label.to_owned(), place, noun, id: None, reason };
        (self.each)(Event::Refused(refusal, self.at))
    }
}

/// Where a row stands, and its size in bytes.
#[derive(Clone, Copy)]
struct RowAt<'a> {
    label: &'a str,
    place: Place,
    size: usize,
}

/// The parser's own error is dropped: it may quote the row.
fn parse(bytes: &[u8]) -> Result<Map<String, Value>, Reason> {
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err(Reason::NotAnObject),
        Err(_) if std::str::from_utf8(bytes).is_err() => Err(Reason::NotUtf8),
        Err(_) => Err(Reason::NotJson),
    }
}
