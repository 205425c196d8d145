//! Messages that are nothing but values: "arun", "5893", "b 56 g 43", "john smith and 8888", "name shia account 9635". In chats half of
//! what is personal stands so, without a sentence around it.
//!
//! A short message is read word by word. If no ordinary word stands in it (cues, fillers and "and" don't count), words that no list knows are
//! names, digits are numbers that were asked for, letters with digits are codes. Years, dates, round amounts and counts are not. Confidence is
//! medium: the question, when known, raises it in `cued` and `person`.

use super::Finder;
use crate::cue::Cue;
use crate::finding::{Anchor, Evidence};
use crate::kind::Kind;
use crate::lexicon::{
    BRAND, CALENDAR, CLOSING, COMMON, CUE, FILLER, GIVEN, GREETING, HEALTH, KIN, MEASURE, NUMBER, ORG, PLACE, STREET,
    STREET_END, SURNAME, TITLE,
};
use crate::token::{Gap, Tok};

/// The most tokens of a message that is nothing but values.
const SHORT: usize = 14;

/// What a token of a short message is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Part {
    /// A word that no list knows, or a name.
    Name,
    /// Has digits.
    Number,
    /// One or two letters, or three that are no word: part of a code beside digits.
    Letters,
    /// A cue, a filler, a joining word, a comma.
    Link,
    /// Says something: the message is no mere value.
    Plain,
}

impl Finder<'_> {
    pub(crate) fn answers(&mut self) {
        let n = self.doc.len();
        if !self.message || n == 0 || n > SHORT || self.doc.text.len() > 100 {
            return;
        }
        let nobodys = |c: &Cue| matches!(c, Cue::Order | Cue::Thing);
        if self.hits.iter().any(|h| nobodys(&h.cue)) || !self.asked.is_empty() && self.asked.iter().all(nobodys) {
            return;
        }
        let parts: Vec<Part> = (0..n).map(|i| self.part(i)).collect();
        let numbers = parts.iter().filter(|p| **p == Part::Number).count();
        if parts.contains(&Part::Plain) {
            return;
        }
        self.steps += n;
        let mut i = 0;
        while i < n {
            let Some(part) = parts.get(i) else { break };
            let is = |k: usize, p: Part| parts.get(k) == Some(&p);
            let mut to = i + 1;
            match part {
                Part::Number | Part::Letters => {
                    while is(to, Part::Number) || is(to, Part::Letters) || self.joins(to) && is(to + 1, Part::Number) {
                        to += 1;
                    }
                    self.bare_number(i, to);
                }
                Part::Name => {
                    while is(to, Part::Name) || self.doc.t(to).is_sign(b"'-") && is(to + 1, Part::Name) {
                        to += 1;
                    }
                    // "ghe 562": a short word that no list knows, and digits, are a code.
                    let t = self.doc.t(i);
                    if to == i + 1 && t.len() <= 3 && !t.is(GIVEN | SURNAME) && is(to, Part::Number) {
                        while is(to, Part::Number) || is(to, Part::Letters) {
                            to += 1;
                        }
                        self.bare_number(i, to);
                    } else {
                        self.bare_name(i, to, numbers > 0);
                    }
                }
                Part::Link | Part::Plain => {}
            }
            i = to;
        }
    }

    fn part(&self, i: usize) -> Part {
        let t = self.doc.t(i);
        match t.tok {
            Tok::Num | Tok::Mix => Part::Number,
            Tok::Sign(b',' | b'.' | b'!' | b'-' | b'/' | b'\'' | b'#' | b'(' | b')') => Part::Link,
            Tok::Sign(b':') if self.message => Part::Link,
            Tok::Sign(_) => Part::Plain,
            Tok::Word => {
                let listed = t.is(GIVEN | SURNAME);
                let said = t.is(MEASURE | CALENDAR | NUMBER | ORG | BRAND | KIN | HEALTH | STREET | STREET_END | PLACE);
                match () {
                    () if t.gap == Gap::Line && i > 0 => Part::Plain,
                    () if t.is(CUE | FILLER | GREETING | TITLE) && !(listed && !t.is(COMMON)) || self.links_values(i) => Part::Link,
                    () if t.is(COMMON | CLOSING) => Part::Plain,
                    () if said && !listed => Part::Plain,
                    () if t.len() <= 2 => Part::Letters,
                    () => Part::Name,
                }
            }
        }
    }

    /// "and", "e", "its"…
    fn links_values(&self, i: usize) -> bool {
        matches!(self.doc.s(i).to_lowercase().as_str(), "and" | "e" | "y" | "und" | "et" | "or" | "im" | "iam" | "am" | "this" | "its" | "number" | "no" | "as")
    }

    fn joins(&self, i: usize) -> bool {
        self.doc.t(i).is_sign(b"-/.") && self.doc.t(i).gap == Gap::None
    }

    /// Digits, or a code, that stand alone.
    fn bare_number(&mut self, from: usize, to: usize) {
        let text = self.doc.span_str(from, to);
        let digits: String = crate::normalise::digits_only(text);
        let letters = text.chars().filter(|c| c.is_alphabetic()).count();
        let n = digits.len();
        if n == 0 || self.covered(from, 50) || self.is_amount(to) {
            return;
        }
        let evidence = Evidence::of(Anchor::Answer);
        if letters > 0 {
            // A bare order code would look the same: but nothing here says so.
            if n + letters >= 4 && n >= 2 && letters <= 12 {
                self.add(from, to, Kind::AccountId, 52, evidence);
            }
            return;
        }
        let round = digits.ends_with("00") && n <= 7 || digits.ends_with("000");
        let year = super::cued::is_year(&digits);
        let date = self.date_at(from).is_some() || n == 8 && crate::date::parse_birth(&digits).is_some();
        let time = text.contains(':') || text.contains(',') || text.contains('.') && n < 8;
        if n < 4 || round || year || date || time {
            return;
        }
        let kind = if (12..=19).contains(&n) { Kind::CreditCard } else { Kind::AccountId };
        self.add(from, to, kind, if n == 4 { 54 } else { 58 }, evidence);
    }

    /// Words that no list knows, or that name people, alone or beside a number.
    fn bare_name(&mut self, from: usize, to: usize, number: bool) {
        let words = (from..to).filter(|i| self.doc.t(*i).tok == Tok::Word);
        let (mut count, mut listed, mut longest, mut vowels) = (0, 0, 0, true);
        for i in words {
            let t = self.doc.t(i);
            count += 1;
            listed += usize::from(t.is(GIVEN | SURNAME));
            longest = longest.max(t.len());
            let s = self.doc.s(i);
            vowels &= !s.is_ascii() || s.bytes().any(|b| b"aeiouyAEIOUY".contains(&b));
        }
        let opens = self.doc.t(from).gap == Gap::None && from > 0 && self.doc.before(from).is_sign(b"/#-");
        if self.covered(from, 50) || opens || longest < 3 || count > 4 {
            return;
        }
        let confidence = match () {
            () if listed > 0 => 74,
            () if !vowels => return,
            () if number => 60,
            () if count == 2 => 58,
            () if count == 1 || count == 3 => 54,
            () => return,
        };
        self.add(from, to, Kind::Person, confidence, Evidence::of(Anchor::Answer));
    }
}
