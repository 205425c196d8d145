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
    BRAND, CALENDAR, CLOSING, COMMON, CUE, CUE_FIRST, FILLER, GIVEN, GREETING, HEALTH, KIN,
    MEASURE, NUMBER, ORG, PLACE, STREET, STREET_END, SURNAME, TITLE,
};
use crate::namelike::namelike;
use crate::token::{Gap, Shape, Tok};
use crate::words::normal;

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
        if !self.message || n == 0 || n > 2 * SHORT {
            return;
        }
        let nobodys = |c: &Cue| matches!(c, Cue::Order | Cue::Thing);
        if self.hits.iter().any(|h| nobodys(&h.cue))
            || !self.asked.is_empty() && self.asked.iter().all(nobodys)
        {
            return;
        }
        self.bare_start();
        if n > SHORT || self.doc.text.len() > 100 {
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
                    while is(to, Part::Number)
                        || is(to, Part::Letters)
                        || self.joins(to) && is(to + 1, Part::Number)
                    {
                        to += 1;
                    }
                    self.bare_number(i, to);
                }
                Part::Name => {
                    while is(to, Part::Name)
                        || self.doc.t(to).is_sign(b"'-") && is(to + 1, Part::Name)
                    {
                        to += 1;
                    }
                    // "ghe 562": a short word that no list knows, and digits, are a code.
                    let t = self.doc.t(i);
                    if to == i + 1 && t.len() <= 3 && !t.is(GIVEN | SURNAME) && is(to, Part::Number)
                    {
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
            Tok::Num => Part::Number,
            Tok::Mix if is_count(self.doc.s(i)) => Part::Plain,
            Tok::Mix => Part::Number,
            Tok::Sign(b',' | b'.' | b'!' | b'-' | b'/' | b'\'' | b'#' | b'(' | b')' | b':') => {
                Part::Link
            }
            Tok::Sign(_) => Part::Plain,
            Tok::Word if t.gap == Gap::Line && i > 0 => Part::Plain,
            Tok::Word => self.word_part(i),
        }
    }

    fn word_part(&self, i: usize) -> Part {
        let t = self.doc.t(i);
        let listed = t.is(GIVEN | SURNAME);
        let beside_number = self.doc.t(i + 1).has_digit() || self.doc.before(i).has_digit();
        let said =
            t.is(MEASURE | CALENDAR | NUMBER | ORG | BRAND | KIN | HEALTH | STREET | STREET_END);
        match () {
            () if t.len() == 1 && beside_number => Part::Letters,
            () if t.is(CUE | CUE_FIRST | FILLER | GREETING | TITLE)
                && (!listed || t.is(COMMON))
                || self.links_values(i) =>
            {
                Part::Link
            }
            // "taylor sam": an ordinary word that is a name beside another.
            () if t.is(COMMON) && t.is(GIVEN) && self.beside_name(i) => Part::Name,
            () if t.is(COMMON | CLOSING) => Part::Plain,
            () if t.is(PLACE) && !listed => Part::Link,
            () if said && !listed => Part::Plain,
            () if t.len() <= 3 && !listed && beside_number || t.len() <= 2 => Part::Letters,
            () => Part::Name,
        }
    }

    /// A listed name that is no ordinary word stands right beside.
    fn beside_name(&self, i: usize) -> bool {
        let sure = |t: crate::token::Token| {
            t.is(GIVEN | SURNAME) && !t.is(COMMON | FILLER) && t.gap != Gap::Line
        };
        sure(self.doc.t(i + 1)) || i > 0 && sure(self.doc.before(i))
    }

    /// Words that join values or announce them without saying what they are.
    fn links_values(&self, i: usize) -> bool {
        const JOINTS: &[&str] = &[
            "and", "e", "y", "und", "et", "or", "im", "iam", "am", "this", "its", "number", "no",
            "as", "sure", "yes", "ok", "okay", "si", "sì", "it", "is", "myself", "my", "name",
        ];
        JOINTS.contains(&self.doc.s(i).to_lowercase().as_str())
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
                // One token in capitals looks like an order code or a coupon; small letters and spaces like somebody who reads out.
                let printed = to == from + 1 && text.chars().any(char::is_uppercase);
                self.add(from, to, Kind::AccountId, if printed { 44 } else { 52 }, evidence);
            }
            return;
        }
        let round = digits.ends_with("00") && n <= 7 || digits.ends_with("000");
        let year = super::cued::is_year(&digits);
        let date = self.date_at(from).is_some() || squeezed_date(&digits);
        let time = text.contains(':') || text.contains(',') || text.contains('.') && n < 8;
        if n < 4 || round || year || date || time {
            return;
        }
        if n == 5 && from > 0 && self.doc.before(from).is(PLACE) {
            self.add(from, to, Kind::Address, 56, evidence);
            return;
        }
        let kind = if (12..=19).contains(&n) { Kind::CreditCard } else { Kind::AccountId };
        self.add(from, to, kind, if n == 4 { 54 } else { 58 }, evidence);
    }

    /// Words that no list knows, or that name people, alone or beside a number.
    fn bare_name(&mut self, from: usize, to: usize, number: bool) {
        let words = (from..to).filter(|i| self.doc.t(*i).tok == Tok::Word);
        let (mut count, mut listed, mut longest, mut like) = (0, 0, 0, 0);
        for i in words {
            let t = self.doc.t(i);
            count += 1;
            listed += usize::from(t.is(GIVEN | SURNAME));
            longest = longest.max(t.len());
            like += namelike(&normal(self.doc.s(i)));
        }
        let glued =
            self.doc.t(from).gap == Gap::None && from > 0 && self.doc.before(from).is_sign(b"/#-");
        // "Gateway: fe80::1", "BRN": labels and abbreviations.
        let label = self.doc.t(to).is_sign(b":");
        let acronym = listed == 0
            && !self.doc.shouting
            && self.doc.words > 1
            && self.doc.t(from).shape == Shape::Upper;
        if label
            || acronym
            || self.covered(from, 50)
            || glued
            || longest < 3
            || count > 4
            || count == 0
        {
            return;
        }
        // An unknown word after an article or in the middle of fillers is a word of a language, not a name.
        let p = self.doc.before(from);
        let announced = from == 0
            || matches!(p.tok, Tok::Sign(_) | Tok::Num | Tok::Mix)
            || p.is(CUE | PLACE)
            || self.links_values(from - 1);
        let like = like / count;
        let confidence = match () {
            () if listed > 0 => 74,
            () if !announced => return,
            () if number && like > -40 => 60,
            () if count == 2 && like > -25 => 58,
            () if count == 1 && like > 0 => 54,
            () if count == 3 && like > 0 => 52,
            () => 34,
        };
        self.add(from, to, Kind::Person, confidence, Evidence::of(Anchor::Answer));
    }

    /// A message that begins with a long number or is a date of birth age: "It's 95381901", "29/02/1980".
    fn bare_start(&mut self) {
        let mut i = 0;
        while i < 5
            && self.doc.t(i).tok != Tok::Num
            && (self.doc.t(i).is_sign(b"\',")
                || self.doc.t(i).tok == Tok::Word
                    && (self.doc.t(i).is(FILLER) || self.links_values(i)))
        {
            i += 1;
        }
        if let Some((to, (year, ..))) = self.date_at(i) {
            let rest = self.doc.len().saturating_sub(to);
            if rest <= 1 && i <= 2 && (1915..=2010).contains(&year) && !self.covered(i, 50) {
                self.add(i, to, Kind::DateOfBirth, 54, Evidence::of(Anchor::Answer));
            }
            return;
        }
        if let Some(run) = self.digits_at(i, 1).filter(|r| (8..=13).contains(&r.digits.len())) {
            let hangs = self.doc.t(run.to).gap == Gap::None
                && run.to < self.doc.len()
                && !self.doc.t(run.to).is_sign(b",.!)");
            let date = run.digits.len() == 8 && crate::date::parse_birth(&run.digits).is_some();
            if !hangs
                && !date
                && !self.is_amount(run.to)
                && !self.covered(i, 50)
                && !run.digits.ends_with("000")
            {
                self.add(run.from, run.to, Kind::AccountId, 54, Evidence::of(Anchor::Answer));
            }
        }
    }
}

/// "28th", "10am", "5gb", "2nd": a count, not a code.
fn is_count(s: &str) -> bool {
    const UNITS: &[&str] = &[
        "st", "nd", "rd", "th", "am", "pm", "gb", "mb", "tb", "kb", "k", "h", "hr", "hrs", "min",
        "mins", "x", "d", "km", "cm", "mm", "kg", "g", "g5", "gg", "º", "°", "ª", "s", "w", "v",
        "mp", "hz", "in", "ft", "lb", "pcs", "er", "ème", "e",
    ];
    let unit = s.trim_start_matches(|c: char| c.is_ascii_digit()).to_lowercase();
    unit.len() < s.len() && UNITS.contains(&unit.as_str())
}

/// A date of recent years without its signs: "160618", "6112018", "92018".
fn squeezed_date(d: &str) -> bool {
    let (Some(tail4), Some(tail2)) =
        (d.get(d.len().saturating_sub(4)..), d.get(d.len().saturating_sub(2)..))
    else {
        return false;
    };
    let (head, year) = match d.len() {
        7 | 8 => (d.get(..d.len() - 4).unwrap_or(""), tail4.parse().unwrap_or(0)),
        5 | 6 => (d.get(..d.len() - 2).unwrap_or(""), 2000 + tail2.parse().unwrap_or(0)),
        _ => return false,
    };
    let fits = |a: &str, b: &str| {
        let (a, b): (u32, u32) = (a.parse().unwrap_or(0), b.parse().unwrap_or(0));
        crate::date::is_date(year, a, b) || crate::date::is_date(year, b, a)
    };
    let recent = (2012..=2030).contains(&year) || d.len() == 8 && (1915..=2030).contains(&year);
    recent
        && (1..head.len()).any(|cut| {
            head.split_at_checked(cut)
                .is_some_and(|(a, b)| a.len() <= 2 && b.len() <= 2 && fits(a, b))
        })
}
