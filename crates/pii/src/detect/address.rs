//! Postal addresses as one span: street, number, flat, postcode, town, province.
//!
//! Three shapes of street (street word first: *via Roma 12*; last: *12 Rose Street*; glued: *Kastanienallee 44*), a postcode with its town, and
//! whatever follows an address cue and has a number. From a street the span grows over what belongs to it.

use super::Finder;
use crate::cue::Cue;
use crate::finding::{Anchor, Evidence};
use crate::kind::Kind;
use crate::lexicon::{
    COMMON, CUE, FILLER, GIVEN, MEASURE, NUMBER, PARTICLE, PLACE, STATE, STREET, STREET_END,
    SURNAME, TITLE, UNIT,
};
use crate::token::{Gap, Shape, Tok};

impl Finder<'_> {
    pub(crate) fn addresses(&mut self) {
        let mut i = 0;
        while i < self.doc.len() {
            self.steps += 1;
            let t = self.doc.t(i);
            let found = match t.tok {
                Tok::Word if t.is(STREET) => self.street_first(i),
                Tok::Word if self.number_near(i) && glued_street(self.doc.s(i)) => {
                    self.street_glued(i)
                }
                _ => None,
            };
            let found = found
                .or_else(|| if t.has_digit() || t.is(UNIT) { self.street_last(i) } else { None });
            let found = found.or_else(|| if t.has_digit() { self.postcode_alone(i) } else { None });
            let found = found.or_else(|| if t.is(UNIT) { self.around_unit(i) } else { None });
            i = found.unwrap_or(i + 1).max(i + 1);
        }
        self.cued_addresses();
    }

    /// A number right behind, or behind a point.
    fn number_near(&self, i: usize) -> bool {
        let next = self.doc.t(i + 1);
        next.has_digit() || next.is_sign(b".,") || matches!(next.tok, Tok::Word) && next.len() <= 2
    }

    /// The sentence speaks of where somebody lives.
    pub(crate) fn address_cue(&self, i: usize) -> bool {
        let at = self.hits.partition_point(|h| h.to <= i);
        let near = |h: &&crate::cue::Hit| i.saturating_sub(h.to) <= 8;
        self.hits
            .get(..at)
            .is_some_and(|h| h.iter().rev().take(3).filter(near).any(|h| h.cue == Cue::Address))
            || self.asked.contains(&Cue::Address)
    }

    /// A house number: `12`, `12/a`, `12b`, `n. 12`, `4º`.
    pub(crate) fn house(&self, i: usize) -> Option<usize> {
        let mut j = i;
        if self.doc.t(j).is_sign(b",") {
            j += 1;
        }
        if self.doc.t(j).tok == Tok::Word
            && matches!(
                self.doc.s(j).to_lowercase().as_str(),
                "n" | "nr" | "no" | "nº" | "n°" | "numero" | "civico" | "num" | "número"
            )
        {
            j += 1;
            while self.doc.t(j).is_sign(b".\0") && self.doc.t(j).gap == Gap::None {
                j += 1;
            }
            if matches!(self.doc.s(j), "civico") {
                j += 1;
            }
        }
        let t = self.doc.t(j);
        let ok = match t.tok {
            Tok::Num => t.len() <= 5,
            Tok::Mix => {
                t.len() <= 6
                    && self.doc.digit_count(j) + 2 >= t.len()
                    && self.doc.s(j).starts_with(|c: char| c.is_ascii_digit())
            }
            _ => false,
        };
        if !ok || t.gap == Gap::Line && j > i {
            return None;
        }
        let mut to = j + 1;
        // "12/a", "12-14", "12 bis"
        let (sep, part) = (self.doc.t(to), self.doc.t(to + 1));
        if sep.is_sign(b"/-")
            && sep.gap == Gap::None
            && part.gap == Gap::None
            && part.len() <= 4
            && !matches!(part.tok, Tok::Sign(_))
        {
            to += 2;
        }
        let suffix = self.doc.t(to);
        if suffix.tok == Tok::Word
            && suffix.gap <= Gap::Space
            && matches!(self.doc.s(to).to_lowercase().as_str(), "bis" | "ter" | "b" | "c" | "a")
            && !(suffix.is(FILLER)
                && !self.doc.t(to + 1).is_sign(b",")
                && suffix.shape == Shape::Lower
                && suffix.gap == Gap::Space
                && self.doc.s(to) != "bis")
        {
            to += 1;
        }
        Some(to)
    }

    /// A house number right before a street word, as the French write it: "12 bis rue", "8 allée".
    fn number_before(&self, i: usize) -> Option<usize> {
        let mut k = i.checked_sub(1)?;
        if self.doc.t(i).gap == Gap::None {
            return None;
        }
        if self.doc.t(k).is_sign(b",") {
            k = k.checked_sub(1)?;
        }
        if matches!(self.doc.s(k).to_lowercase().as_str(), "bis" | "ter" | "b" | "a") {
            k = k.checked_sub(1)?;
        }
        let t = self.doc.t(k);
        let number = t.tok == Tok::Num && t.len() <= 4
            || t.tok == Tok::Mix
                && t.len() <= 5
                && self.doc.s(k).starts_with(|c: char| c.is_ascii_digit());
        let inside = self.doc.before(k).is_sign(b".,/-:$#") && t.gap == Gap::None;
        (number && !inside && self.doc.t(i).gap <= Gap::Space).then_some(k)
    }

    /// Words that can name a street.
    fn street_word(&self, j: usize) -> bool {
        let t = self.doc.t(j);
        t.tok == Tok::Word
            && !(t.is(CUE | MEASURE)
                && !t.is(GIVEN | SURNAME | PLACE | PARTICLE)
                && t.shape == Shape::Lower)
            || t.tok == Tok::Num && t.len() <= 2
    }

    /// *via Giuseppe Verdi 12, 20121 Milano*.
    fn street_first(&mut self, i: usize) -> Option<usize> {
        let street = self.doc.t(i);
        let lead = self.number_before(i);
        let i_from = lead.unwrap_or(i);
        let next = self.doc.t(i + 1);
        let short = self.doc.s(i).len() <= 2;
        let care_of =
            self.doc.s(i).eq_ignore_ascii_case("c") && self.doc.s(i + 2).eq_ignore_ascii_case("o");
        if next.gap == Gap::Line || self.covered(i, 70) || care_of {
            return None;
        }
        // "C/ Alcalá", "P.zza", "V.le": the sign belongs to the street word.
        let mut j = i + 1;
        let abbreviated = self.doc.t(j).is_sign(b"./") && self.doc.t(j).gap == Gap::None;
        while self.doc.t(j).is_sign(b"./") && self.doc.t(j).gap == Gap::None {
            j += 1;
        }
        if short && !abbreviated {
            return None;
        }
        // "P.zza", "V.le": the rest of the abbreviation.
        if abbreviated
            && self.doc.t(j).gap == Gap::None
            && matches!(
                self.doc.s(j).to_lowercase().as_str(),
                "zza" | "za" | "le" | "so" | "go" | "lo"
            )
        {
            j += 1;
        }
        let first = j;
        let (mut number, mut words, mut capitals, mut listed) = (None, 0, 0, 0);
        while words < 7 {
            let t = self.doc.t(j);
            if j > first && t.gap > Gap::Space {
                break;
            }
            if words > 0
                && let Some(to) = self.house(j)
            {
                number = Some(to);
                break;
            }
            if t.is_sign(b"'-.") && t.gap == Gap::None {
                j += 1;
                continue;
            }
            if !self.street_word(j) || words > 0 && t.tok == Tok::Num {
                break;
            }
            let small = t.shape == Shape::Lower
                && t.len() <= 3
                && self.doc.t(j + 1).is_capital()
                && self.doc.t(j + 1).gap == Gap::Space;
            let cased = !self.doc.lower && !self.doc.shouting;
            // After a capital, a small word ends the name of a street.
            if cased
                && capitals > 0
                && t.shape == Shape::Lower
                && t.tok == Tok::Word
                && !small
                && !t.is(PARTICLE)
            {
                break;
            }
            let name_like = small
                || t.is_capital()
                || t.is(PARTICLE | GIVEN | SURNAME | PLACE | TITLE)
                || t.tok == Tok::Num
                || !t.is(COMMON | FILLER);
            let may_start = (words == 0 || self.doc.lower) && !t.is(FILLER);
            if !name_like && !may_start {
                break;
            }
            capitals += usize::from(t.is_capital());
            listed += usize::from(t.is(GIVEN | SURNAME | PLACE) && !t.is(FILLER));
            words += 1;
            j += 1;
        }
        if words == 0 {
            return None;
        }
        let cue = self.address_cue(i);
        // "via mail", "place an order", "corso di yoga": a street word that starts no street.
        let telling = street.is_capital() || abbreviated || listed > 0;
        let common_word = matches!(
            self.doc.s(i).to_lowercase().as_str(),
            "via"
                | "corso"
                | "place"
                | "route"
                | "largo"
                | "passage"
                | "square"
                | "galleria"
                | "strada"
                | "cours"
                | "avenue"
                | "al"
                | "os"
                | "contra"
                | "camino"
                | "calls"
                | "calle"
                | "plaza"
                | "borgo"
                | "salita"
                | "campo"
        );
        let number = number.or(lead.map(|_| j));
        match number {
            Some(to) => {
                let to = self.grow(to);
                let confidence = if telling || cue {
                    86
                } else if capitals > 0 {
                    78
                } else if common_word && !self.has_postcode(i, to) {
                    48
                } else {
                    62
                };
                self.add(i_from, to, Kind::Address, confidence, Evidence::of(Anchor::Street));
                Some(to)
            }
            None => {
                let mut to = j;
                while to > first
                    && (matches!(self.doc.t(to - 1).tok, Tok::Sign(_))
                        || self.doc.t(to - 1).is(PARTICLE | FILLER)
                            && self.doc.t(to - 1).shape == Shape::Lower)
                {
                    to -= 1;
                }
                let grown = self.grow(to);
                let postcode = self.has_postcode(to, grown);
                let confidence = if postcode && capitals > 0 {
                    76
                } else if cue && (capitals > 0 || listed > 0) {
                    66
                } else {
                    30
                };
                if to <= first || !(cue || postcode) {
                    return None;
                }
                let to = if postcode { grown } else { to };
                self.add(i_from, to, Kind::Address, confidence, Evidence::of(Anchor::Street));
                Some(to)
            }
        }
    }

    /// *12 Rose Street, Perth*, *Flat 3B, 118 Leith Walk*, *361 weissnat loop suite 147*.
    fn street_last(&mut self, i: usize) -> Option<usize> {
        if self.covered(i, 70) {
            return None;
        }
        let mut j = i;
        // A flat before.
        if self.doc.t(i).is(UNIT) {
            let unit = self.doc.t(i + 1);
            let named = unit.has_digit() || unit.tok == Tok::Word && unit.len() == 1;
            if !named || unit.gap != Gap::Space {
                return None;
            }
            j = i + 2;
            if self.doc.t(j).is_sign(b"/") {
                j += 2;
            }
            if self.doc.t(j).is_sign(b",") {
                j += 1;
            }
        }
        let start = self.doc.t(j);
        let number = start.tok == Tok::Num && start.len() <= 6
            || start.tok == Tok::Mix
                && start.len() <= 6
                && self.doc.s(j).starts_with(|c: char| c.is_ascii_digit())
                && self.doc.digit_count(j) + 2 >= start.len();
        if !number
            || self.doc.before(j).is_sign(b"$#.:/") && start.gap == Gap::None
            || self.is_nobodys(j)
        {
            return None;
        }
        j += 1;
        if self.doc.t(j).is_sign(b",") && self.doc.t(j).gap == Gap::None {
            j += 1;
        }
        // "2046 50 Point Walter Road", "12-14 High St"
        if self.doc.t(j).is_sign(b"-/") && self.doc.t(j + 1).tok == Tok::Num {
            j += 2;
        }
        if self.doc.t(j).tok == Tok::Num
            && self.doc.t(j).len() <= 4
            && self.doc.t(j).gap == Gap::Space
        {
            j += 1;
        }
        let first = j;
        let (mut words, mut capitals, mut plain, mut end) = (0, 0, 0, None);
        while words < 6 {
            let t = self.doc.t(j);
            if t.gap > Gap::Space
                || (t.gap == Gap::None && !t.is_sign(b".'-") && !self.doc.before(j).is_sign(b".'-"))
            {
                break;
            }
            if t.is_sign(b".'-") && t.gap == Gap::None {
                j += 1;
                continue;
            }
            let ordinal = t.tok == Tok::Mix && t.len() <= 5 || t.tok == Tok::Num && t.len() <= 3;
            if t.tok != Tok::Word && !ordinal {
                break;
            }
            if t.is(MEASURE) && words == 0 {
                break;
            }
            words += 1;
            let ends =
                t.is(STREET_END) && words > 1 || t.tok == Tok::Word && glued_street(self.doc.s(j));
            capitals += usize::from(t.is_capital());
            plain += usize::from(
                t.is(COMMON | FILLER | MEASURE | NUMBER)
                    && !t.is_capital()
                    && !t.is(STREET_END)
                    && !t.is(GIVEN | SURNAME),
            );
            j += 1;
            if ends {
                end = Some(j);
                // "Maple Court Road": go on while street words follow.
                if !(self.doc.t(j).is(STREET_END)
                    && self.doc.t(j).gap == Gap::Space
                    && !self.doc.t(j).is(FILLER | STATE))
                {
                    break;
                }
            } else if plain > 1 {
                break;
            }
        }
        let end = end?;
        let last = self.doc.t(end - 1);
        let to = self.grow(
            if self.doc.t(end).is_sign(b".")
                && self.doc.t(end).gap == Gap::None
                && last.len() <= 4
                && self.doc.t(end + 1).gap != Gap::Line
            {
                end + 1
            } else {
                end
            },
        );
        let cased = capitals > 0 && !self.doc.lower;
        let short_end = last.len() <= 2 || last.is(COMMON);
        let confidence = match () {
            () if cased && capitals >= end - first - plain => 84,
            () if plain == 0 && !short_end => 74,
            () if plain == 0 => 66,
            () if self.address_cue(i) || self.has_postcode(end, to) => 70,
            () if plain <= 1 && last.len() > 2 && words <= 4 && !cased && !last.is(COMMON) => 56,
            // Nothing but an address: "85 five way building newly new film street".
            () if self.message
                && self.doc.len() <= 16
                && (i == 0 || self.doc.before(i).is(FILLER | CUE))
                && last.len() > 2 =>
            {
                58
            }
            () => 36,
        };
        self.add(i, to, Kind::Address, confidence, Evidence::of(Anchor::Street));
        Some(to)
    }

    /// *Kastanienallee 44, 10435 Berlin*, *Damrak 12*.
    fn street_glued(&mut self, i: usize) -> Option<usize> {
        let next = self.doc.t(i + 1);
        // "Str. 311" stands alone behind its name: "Venloer Str. 311".
        let mut j = i + 1;
        if next.is_sign(b".") && next.gap == Gap::None {
            j += 1;
        }
        let to = if self.doc.t(j).gap <= Gap::Space {
            self.house(j)?
        } else {
            return None;
        };
        let mut from = i;
        let ending = self.doc.t(i).is(STREET_END);
        for _ in 0..4 {
            let Some(k) = from.checked_sub(1) else { break };
            let (p, here) = (self.doc.t(k), self.doc.t(from));
            let joined = p.is_sign(b"-.") && p.gap == Gap::None && here.gap == Gap::None;
            let named = p.tok == Tok::Word
                && p.is_capital()
                && here.gap <= Gap::Space
                && ending
                && !p.is(FILLER | CUE);
            if joined || named || (p.tok == Tok::Word && here.gap == Gap::None && from < i) {
                from = k;
            } else {
                break;
            }
        }
        if !ending || from < i || self.doc.s(i).len() > 5 {
            let to = self.grow(to);
            self.add(
                from,
                to,
                Kind::Address,
                if self.doc.t(from).is_capital() { 84 } else { 70 },
                Evidence::of(Anchor::Street),
            );
            return Some(to);
        }
        None
    }
}

/// A street whose type is the end of its name: *Kastanienallee*, *Hauptstrasse*, *Prinsengracht*.
fn glued_street(word: &str) -> bool {
    const ENDS: &[&str] = &[
        "strasse", "allee", "gasse", "straat", "gracht", "laan", "plein", "platz", "weg", "str",
        "damm", "ufer", "gatan", "vej", "gade", "gata",
    ];
    let ends = |e: &str| {
        let at = word.len().checked_sub(e.len()).filter(|at| word.is_char_boundary(*at));
        at.and_then(|at| word.get(at..)).is_some_and(|tail| tail.eq_ignore_ascii_case(e))
            && word.len() > e.len() + 2
    };
    word.eq_ignore_ascii_case("str")
        || word.len() > 5
            && (ENDS.iter().any(|e| ends(e)) || word.ends_with("straße") || word.ends_with("vägen"))
            && !["unterwegs", "norway", "halfway", "subway"]
                .iter()
                .any(|w| word.eq_ignore_ascii_case(w))
}
