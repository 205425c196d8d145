//! A stream of bytes into rows: lines of NDJSON, elements of an array, elements of API pages,
//! any number of them one after another in one file.
//!
//! One row is held at a time, never a page, never a file. A row over the limit is skipped without
//! being held. What is broken costs as little as its form allows: a line of NDJSON costs that
//! line; an element whose brackets close costs that element; where the borders themselves are
//! lost, reading goes on at the next line that begins with `{`.

use super::bytes::Bytes;
use super::lexer::{End, Lexer, Newline};
use super::limits::Limits;
use super::noun::Noun;
use super::refusal::{Place, Reason};
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::io::{self, BufRead};

/// What the splitter found next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// A row; its bytes are in [`Splitter::row`]. The noun is the page's, if a page said one.
    Row(Option<Noun>, Place),
    /// Something that is no row.
    Refused(Option<Noun>, Place, Reason),
}

/// How the rows at the top of this file stand, as far as it has shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Unknown,
    Lines,
    Document,
}

/// Where in the nesting we are.
#[derive(Clone, Copy)]
enum Level {
    Top,
    Items(Option<Noun>, Inside),
    Page,
    Done,
}

/// What an array stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    Page,
    Nothing,
}

/// The rows of one file.
pub(super) struct Splitter<R> {
    bytes: Bytes<R>,
    max_nodes: u64,
    form: Form,
    level: Level,
    newline: Newline,
    value_line: u64,
    items: u64,
    lost: Option<Option<Noun>>,
    any_value: bool,
}

impl<R: BufRead> Splitter<R> {
    /// Reads `input`. `lines` says that the file's name promises NDJSON.
    pub(super) fn new(input: R, limits: &Limits, lines: bool) -> Self {
        Self {
            bytes: Bytes::new(input, limits.row()),
            max_nodes: limits.max_nodes,
            form: if lines { Form::Lines } else { Form::Unknown },
            level: Level::Top,
            newline: Newline::Soft,
            value_line: 1,
            items: 0,
            lost: None,
            any_value: false,
        }
    }

    /// The bytes of the row that was found last.
    pub(super) fn row(&self) -> &[u8] {
        &self.bytes.row
    }

    /// Room that the row buffer takes, in bytes.
    #[cfg(test)]
    pub(super) fn room(&self) -> usize {
        self.bytes.row.capacity()
    }

    /// The next piece; `None` at the end of the file.
    ///
    /// # Errors
    /// Whatever the reader says. Nothing more can be read then.
    pub(super) fn next(&mut self) -> io::Result<Option<Piece>> {
        loop {
            let piece = match self.level {
                Level::Top => self.top()?,
                Level::Items(noun, inside) => self.item(noun, inside)?,
                Level::Page => self.page_member()?,
                Level::Done => return Ok(None),
            };
            if piece.is_some() {
                return Ok(piece);
            }
        }
    }

    /// Between the values of the file.
    fn top(&mut self) -> io::Result<Option<Piece>> {
        if self.bytes.at.offset == 0
            && let Some(piece) = self.byte_order_mark()?
        {
            return Ok(Some(piece));
        }
        self.bytes.skip(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n' | b',' | 0x1e))?;
        self.value_line = self.bytes.at.line;
        match self.bytes.peek()? {
            None => self.level = Level::Done,
            Some(b'{') => return self.object(),
            Some(b'[') => {
                self.bytes.step()?;
                let lines = self.form == Form::Lines && self.any_value;
                self.newline = if lines && self.bytes.peek()? != Some(b'\n') {
                    Newline::Hard
                } else {
                    Newline::Soft
                };
                self.level = Level::Items(None, Inside::Nothing);
            }
            Some(b']' | b'}') if self.lost.is_some() => self.bytes.step()?,
            Some(_) => {
                let header = self.bytes.at.line == 1 && !self.any_value;
                let reason = if header { Reason::HeaderLine } else { Reason::NotAnObject };
                self.bytes.skip_line()?;
                return Ok(Some(Piece::Refused(None, Place::Line(self.value_line), reason)));
            }
        }
        Ok(None)
    }

    /// An object at the top: a row, or a page.
    fn object(&mut self) -> io::Result<Option<Piece>> {
        let place = Place::Line(self.bytes.at.line);
        let hard = self.form == Form::Lines;
        let mut lexer = Lexer::watching(if hard { Newline::Hard } else { Newline::Soft });
        self.bytes.begin_row();
        loop {
            match self.bytes.run(&mut lexer, true)? {
                Some(End::Value) => {
                    self.value_done();
                    let noun = self.lost.flatten();
                    return Ok(Some(self.finish(&lexer, noun, place)));
                }
                Some(End::Page(Some(Noun::Comment))) => {
                    if let Some(piece) = self.comments(&mut lexer, place)? {
                        return Ok(Some(piece));
                    }
                }
                Some(End::Page(noun)) => {
                    self.bytes.step()?;
                    self.newline = lexer.newline();
                    self.lost = None;
                    self.level = Level::Items(noun, Inside::Page);
                    return Ok(None);
                }
                other => return self.broken_row(other, None, place).map(Some),
            }
        }
    }

    /// The first array of an object without an id is `comments`: a page of separate comments if
    /// its first element names its ticket, else a ticket whose keys stand in another order.
    fn comments(&mut self, outer: &mut Lexer, place: Place) -> io::Result<Option<Piece>> {
        self.bytes.step()?;
        self.bytes.keep(b"[");
        self.bytes.skip(|b| matches!(b, b' ' | b'\t' | b'\r'))?;
        if self.bytes.peek()? == Some(b'\n') && outer.newline() == Newline::Soft {
            self.bytes.skip(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n'))?;
        }
        if self.bytes.peek()? != Some(b'{') {
            outer.enter_comments(None);
            return Ok(None);
        }
        let mark = self.bytes.row.len();
        let mut lexer = Lexer::new(outer.newline());
        let end = self.bytes.run(&mut lexer, true)?;
        if end != Some(End::Value) {
            return self.broken_row(end, None, place).map(Some);
        }
        if !self.bytes.too_long && names_its_ticket(self.bytes.row.get(mark..).unwrap_or_default())
        {
            self.bytes.row.drain(..mark);
            self.newline = outer.newline();
            self.lost = None;
            self.level = Level::Items(Some(Noun::Comment), Inside::Page);
            self.items += 1;
            let place = Place::Item(self.items);
            return Ok(Some(self.finish(&lexer, Some(Noun::Comment), place)));
        }
        outer.enter_comments(Some(lexer.nodes));
        Ok(None)
    }

    /// Between the elements of an array.
    fn item(&mut self, noun: Option<Noun>, inside: Inside) -> io::Result<Option<Piece>> {
        self.skip_in_value()?;
        match self.bytes.peek()? {
            None => {
                self.level = Level::Done;
                return Ok(Some(Piece::Refused(
                    noun,
                    Place::Byte(self.bytes.at.offset),
                    Reason::CutOff,
                )));
            }
            Some(b']') => {
                self.bytes.step()?;
                match inside {
                    Inside::Page => self.level = Level::Page,
                    Inside::Nothing => {
                        self.any_value = true;
                        self.level = Level::Top;
                    }
                }
                return Ok(None);
            }
            Some(b'}' | b':' | b'\n') => return self.broken(noun).map(Some),
            Some(_) => {}
        }
        self.items += 1;
        let place = Place::Item(self.items);
        let mut lexer = Lexer::new(self.newline);
        self.bytes.begin_row();
        match self.bytes.run(&mut lexer, true)? {
            Some(End::Value) => Ok(Some(self.finish(&lexer, noun, place))),
            other => self.broken_row(other, noun, place).map(Some),
        }
    }

    /// Between the members of a page.
    fn page_member(&mut self) -> io::Result<Option<Piece>> {
        self.skip_in_value()?;
        match self.bytes.peek()? {
            Some(b'}') => {
                self.bytes.step()?;
                self.value_done();
                self.level = Level::Top;
                return Ok(None);
            }
            Some(b'"') => {}
            _ => return self.broken(None).map(Some),
        }
        self.bytes.begin_row();
        if self.bytes.run(&mut Lexer::new(Newline::Hard), true)? != Some(End::Value) {
            return self.broken(None).map(Some);
        }
        let key = std::mem::take(&mut self.bytes.row);
        let key = key.strip_prefix(b"\"").and_then(|k| k.strip_suffix(b"\"")).unwrap_or_default();
        self.skip_in_value()?;
        if self.bytes.peek()? != Some(b':') {
            return self.broken(None).map(Some);
        }
        self.bytes.step()?;
        self.skip_in_value()?;
        let array = self.bytes.peek()? == Some(b'[');
        if array && (key == b"results" || Noun::of_page_key(key).is_some()) {
            self.bytes.step()?;
            self.level = Level::Items(Noun::of_page_key(key), Inside::Page);
            return Ok(None);
        }
        let place = Place::Byte(self.bytes.at.offset);
        match self.bytes.run(&mut Lexer::new(self.newline), false)? {
            Some(End::Value) if array => Ok(Some(Piece::Refused(None, place, Reason::UnknownNoun))),
            Some(End::Value) => Ok(None),
            _ => self.broken(None).map(Some),
        }
    }

    /// A row that has its end.
    fn finish(&mut self, lexer: &Lexer, noun: Option<Noun>, place: Place) -> Piece {
        if self.bytes.too_long {
            return Piece::Refused(noun, place, Reason::TooLong);
        }
        if lexer.nodes > self.max_nodes {
            return Piece::Refused(noun, place, Reason::TooComplex);
        }
        Piece::Row(noun, place)
    }

    /// A row whose end was not found where it should be.
    fn broken_row(
        &mut self,
        end: Option<End>,
        noun: Option<Noun>,
        place: Place,
    ) -> io::Result<Piece> {
        let whole_line = matches!(place, Place::Line(_));
        if end.is_none() {
            self.level = Level::Done;
            return Ok(Piece::Refused(noun, place, Reason::CutOff));
        }
        let long = self.bytes.too_long;
        let rest = self.broken(noun)?;
        // In an array the loss of the borders is the greater harm, and is what is told.
        Ok(match (whole_line, long) {
            (true, true) => Piece::Refused(noun, place, Reason::TooLong),
            (true, false) => Piece::Refused(noun, place, Reason::NotJson),
            (false, _) => rest,
        })
    }

    /// The borders are lost here. Finds where reading can go on.
    fn broken(&mut self, noun: Option<Noun>) -> io::Result<Piece> {
        let refused = match self.bytes.peek()? {
            None => Piece::Refused(noun, Place::Byte(self.bytes.at.offset), Reason::CutOff),
            Some(_) => Piece::Refused(noun, Place::Byte(self.bytes.at.offset), Reason::BrokenJson),
        };
        self.lost = Some(match self.level {
            Level::Items(noun, _) => noun,
            _ => self.lost.flatten(),
        });
        self.any_value = true;
        self.level = Level::Top;
        // A misplaced object at the start of a line is itself the place to go on.
        if !(self.bytes.at.is_line_start() && self.bytes.peek()? == Some(b'{')) {
            self.bytes.skip_line()?;
            if self.form != Form::Lines {
                while !matches!(self.bytes.peek()?, None | Some(b'{')) {
                    self.bytes.skip_line()?;
                }
            }
        }
        Ok(refused)
    }

    /// A value at the top has ended: one line each makes the file NDJSON.
    fn value_done(&mut self) {
        self.any_value = true;
        self.form =
            if self.bytes.at.line == self.value_line { Form::Lines } else { Form::Document };
    }

    /// Over white space and commas inside a value; a hard line break is left standing.
    fn skip_in_value(&mut self) -> io::Result<()> {
        let soft = self.newline == Newline::Soft;
        self.bytes.skip(|b| matches!(b, b' ' | b'\t' | b'\r' | b',') || (soft && b == b'\n'))
    }

    /// Over a UTF-8 mark. The marks of UTF-16 end the file: its lines are not worth a word each.
    fn byte_order_mark(&mut self) -> io::Result<Option<Piece>> {
        match self.bytes.peek()? {
            Some(0xef) => {
                for mark in [0xef, 0xbb, 0xbf] {
                    if self.bytes.peek()? == Some(mark) {
                        self.bytes.step()?;
                    }
                }
                Ok(None)
            }
            Some(0xff | 0xfe) => {
                self.level = Level::Done;
                Ok(Some(Piece::Refused(None, Place::File, Reason::NotUtf8)))
            }
            _ => Ok(None),
        }
    }
}

/// Whether a comment says which ticket it belongs to.
fn names_its_ticket(comment: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Probe {
        ticket_id: Option<IgnoredAny>,
    }
    serde_json::from_slice::<Probe>(comment).is_ok_and(|probe| probe.ticket_id.is_some())
}

#[cfg(test)]
#[path = "split_tests.rs"]
mod tests;
