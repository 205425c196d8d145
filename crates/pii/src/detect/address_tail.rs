//! What follows a street and its number in an address: flats and floors, postcode, town, province, country, on the same line or the next.

use super::Finder;
use crate::lexicon::{
    COMMON, CUE, FILLER, GIVEN, MEASURE, NUMBER, PARTICLE, PLACE, STATE, STREET_END, SURNAME,
    TITLE, UNIT,
};
use crate::token::{Gap, Shape, Tok};

/// How far an address is followed, in tokens.
const LONGEST: usize = 26;

/// What was seen of the tail so far.
#[derive(Default)]
struct Seen {
    town: usize,
    postcode: bool,
    signs: usize,
}

impl Finder<'_> {
    /// From token `from`, the token after all that belongs to the address.
    pub(crate) fn grow(&self, from: usize) -> usize {
        let mut seen = Seen::default();
        let (mut to, mut j) = (from, from);
        while j < from + LONGEST && j < self.doc.len() {
            let t = self.doc.t(j);
            if t.gap == Gap::Line
                && (j > to + 1 || seen.town > 0 && seen.postcode || !self.line_goes_on(j))
            {
                break;
            }
            if t.sign().is_some_and(|b| b",-/().'\0".contains(&b)) && seen.signs < 2 {
                let stop = t.is_sign(b".") && self.doc.t(j + 1).gap != Gap::None;
                if stop
                    && !self.doc.before(j).is(UNIT | STATE | STREET_END)
                    && self.doc.before(j).len() > 3
                {
                    break;
                }
                if t.is_sign(b")") && to == j && self.doc.before(j).tok == Tok::Word {
                    to = j + 1;
                }
                seen.signs += 1;
                j += 1;
                continue;
            }
            let next = self
                .unit(j)
                .or_else(|| self.postcode(j, &mut seen))
                .or_else(|| self.floor(j, &seen))
                .or_else(|| self.lower_tail(j, &mut seen))
                .or_else(|| self.town(j, &mut seen));
            let Some(next) = next else { break };
            j = next;
            to = next;
            seen.signs = 0;
        }
        while to > from && self.doc.t(to - 1).is_sign(b"(,-/.\0") {
            to -= 1;
        }
        to
    }

    /// "scala B", "int. 7", "Apt 12", "flat 2/1", "bajo dcha."; "4th floor".
    fn unit(&self, j: usize) -> Option<usize> {
        let t = self.doc.t(j);
        if t.tok != Tok::Word || !t.is(UNIT) || t.gap > Gap::Space && !self.unit_value(j + 1) {
            return None;
        }
        let dot =
            usize::from(self.doc.t(j + 1).is_sign(b".#") && self.doc.t(j + 1).gap <= Gap::Space);
        if !t.is(FILLER) && self.unit_value(j + 1) {
            let k = j + 2 + dot;
            let slash = self.doc.t(k).is_sign(b"/-")
                && self.doc.t(k).gap == Gap::None
                && self.doc.t(k + 1).gap == Gap::None;
            let more = slash
                && self.doc.t(k + 1).len() <= 2
                && !matches!(self.doc.t(k + 1).tok, Tok::Sign(_));
            return Some(if more { k + 2 } else { k });
        }
        let floor = self.doc.before(j).has_digit()
            || self.doc.before(j).is(UNIT)
            || self.doc.before(j).is_sign(b",\0");
        let telling = !t.is(FILLER | COMMON) || self.doc.before(j).has_digit();
        let word = t.len() > 2 && telling;
        (floor && word).then_some(j + 1 + dot)
    }

    /// A postcode: `20121`, `1012 AB`, `45402-1234`, `EH6 5DX`; six or nine digits behind a town.
    fn postcode(&self, j: usize, seen: &mut Seen) -> Option<usize> {
        let t = self.doc.t(j);
        let fits = t.tok == Tok::Num
            && !seen.postcode
            && !self.is_amount(j + 1)
            && (matches!(t.len(), 4 | 5) || seen.town > 0 && matches!(t.len(), 6 | 9));
        if fits {
            seen.postcode = true;
            let (sep, tail) = (self.doc.t(j + 1), self.doc.t(j + 2));
            if sep.is_sign(b"-")
                && sep.gap == Gap::None
                && tail.tok == Tok::Num
                && tail.gap == Gap::None
            {
                return Some(j + 3);
            }
            let dutch = t.len() == 4
                && sep.tok == Tok::Word
                && sep.len() == 2
                && sep.shape == Shape::Upper
                && sep.gap <= Gap::Space;
            return Some(if dutch { j + 2 } else { j + 1 });
        }
        let british = self.uk_postcode(j)?;
        seen.postcode = true;
        Some(british)
    }

    /// "4º B", ", 3B", ", 2 izq": a floor or door of its own.
    fn floor(&self, j: usize, seen: &Seen) -> Option<usize> {
        let t = self.doc.t(j);
        if !t.has_digit() || t.len() > 5 || t.gap > Gap::Space || seen.postcode {
            return None;
        }
        let ordinal = self.doc.s(j).ends_with(['º', 'ª', '°'])
            || self.doc.t(j + 1).is_sign(&[0]) && self.doc.t(j + 1).gap == Gap::None;
        let door = t.tok == Tok::Mix && (seen.signs > 0 || self.doc.digit_count(j) > 0);
        let named = self.doc.t(j + 1).is(UNIT) && self.doc.t(j + 1).gap <= Gap::Space;
        if !(ordinal || door || named) {
            return None;
        }
        let mut k = j + 1 + usize::from(self.doc.t(j + 1).is_sign(&[0]));
        let letter = self.doc.t(k);
        if letter.tok == Tok::Word
            && letter.len() == 1
            && letter.gap <= Gap::Space
            && letter.shape != Shape::Lower
        {
            k += 1;
        }
        Some(k)
    }

    /// Without capitals: words up to a postcode, or up to the end of a short message.
    fn lower_tail(&self, j: usize, seen: &mut Seen) -> Option<usize> {
        if !self.doc.lower && !self.doc.shouting || seen.postcode {
            return None;
        }
        let mut k = j;
        while k < j + 7 {
            let t = self.doc.t(k);
            if t.tok == Tok::Num && (4..=9).contains(&t.len()) && k > j {
                seen.postcode = true;
                return Some(k + 1);
            }
            let word = t.tok == Tok::Word
                && t.gap <= Gap::Space
                && (!t.is(FILLER | CUE | MEASURE) || t.is(STATE) || t.is(PLACE));
            if !word && !t.is_sign(b",") {
                break;
            }
            k += 1;
        }
        let ends = k >= self.doc.len() && k > j && k <= j + 5 && self.message && self.doc.lower;
        if ends {
            seen.town += 1;
            return Some(k);
        }
        None
    }

    /// One word of a town, province, state or country.
    fn town(&self, j: usize, seen: &mut Seen) -> Option<usize> {
        let t = self.doc.t(j);
        if t.tok != Tok::Word || seen.town >= 6 || t.gap > Gap::Space && t.gap != Gap::Line {
            return None;
        }
        let next = self.doc.t(j + 1);
        let cased = !self.doc.lower && !self.doc.shouting;
        let small = t.shape == Shape::Lower
            && (t.is(PARTICLE)
                || matches!(
                    self.doc.s(j),
                    "upon"
                        | "on"
                        | "sur"
                        | "am"
                        | "an"
                        | "der"
                        | "in"
                        | "im"
                        | "le"
                        | "y"
                        | "under"
                        | "near"
                ));
        let here = match () {
            () if t.is(PLACE)
                && !(t.is(COMMON | FILLER) && t.shape == Shape::Lower && !seen.postcode) =>
            {
                true
            }
            () if t.is(STATE) && t.len() <= 3 && t.shape == Shape::Upper => true,
            () if t.is(STATE) && !cased && t.len() <= 3 => {
                next.tok == Tok::Num
                    || !t.is(FILLER) && (self.doc.before(j).is(PLACE) || j + 1 >= self.doc.len())
            }
            () if self.doc.s(j).eq_ignore_ascii_case("new") && next.is(PLACE) => true,
            () if cased && small => {
                self.doc.before(j).is_capital()
                    && next.is_capital()
                    && next.gap == Gap::Space
                    && (seen.postcode || seen.town > 0)
            }
            () if cased => self.capital_town(j, seen),
            () if seen.postcode => false,
            () => !t.is(COMMON | FILLER | CUE | NUMBER | MEASURE) && t.len() >= 2,
        };
        seen.town += usize::from(here);
        here.then_some(j + 1)
    }

    /// A capital that can be a town: behind a comma, a postcode or another word of it, and no word of another sort.
    fn capital_town(&self, j: usize, seen: &Seen) -> bool {
        let t = self.doc.t(j);
        let behind = seen.postcode || seen.signs > 0 || self.doc.before(j).tok == Tok::Word;
        let word = t.is(COMMON) && !t.is(SURNAME | GIVEN) && !seen.postcode;
        // A new sentence or line starts with a capital too.
        let starts =
            self.starts_sentence(j) && !(seen.postcode && self.doc.before(j).tok == Tok::Num);
        t.is_capital()
            && behind
            && !t.is(FILLER | TITLE)
            && (!t.is(CUE) || t.is(PLACE))
            && !word
            && !starts
    }

    /// A line after a street that goes on with its flat, its postcode or its town. A town needs a postcode behind it, or a list entry: the next
    /// line of a signature is as often a name or a phone number.
    fn line_goes_on(&self, j: usize) -> bool {
        let t = self.doc.t(j);
        if t.is(UNIT) && self.unit_value(j + 1)
            || t.is(PLACE) && t.is_capital() && !t.is(GIVEN)
            || self.uk_postcode(j).is_some()
        {
            return true;
        }
        let coded =
            |k: usize| self.doc.t(k).tok == Tok::Num && matches!(self.doc.t(k).len(), 4 | 5);
        if coded(j) {
            return self.doc.t(j + 1).is_capital() && self.doc.t(j + 1).gap == Gap::Space;
        }
        // "Toronto, ON 27539", "Albany⏎New Zealand 79879": capitals, then a postcode within three lines.
        let (mut k, mut lines) = (j, 0);
        while k < j + 9 && lines < 3 {
            let t = self.doc.t(k);
            lines += usize::from(t.gap == Gap::Line);
            if coded(k) && k > j {
                return self.doc.t(k + 1).gap >= Gap::Line
                    || matches!(self.doc.t(k + 1).tok, Tok::Sign(_))
                    || k + 1 >= self.doc.len();
            }
            let part = t.tok == Tok::Word
                && (t.is_capital() || t.is(PARTICLE | PLACE) || self.doc.lower)
                && !t.is(CUE)
                || t.is_sign(b",-'.()");
            if !part {
                return false;
            }
            k += 1;
        }
        false
    }

    /// A short number, letter or number word behind "scala", "apt".
    pub(crate) fn unit_value(&self, j: usize) -> bool {
        let k = j + usize::from(self.doc.t(j).is_sign(b".#"));
        let t = self.doc.t(k);
        let letter = t.tok == Tok::Word
            && t.len() == 1
            && !(t.is(FILLER) && t.shape == Shape::Lower && self.doc.s(k) != "b");
        t.gap <= Gap::Space
            && (t.has_digit() && t.len() <= 5
                || letter
                || t.tok == Tok::Word && t.is(NUMBER) && t.len() < 9 && !t.is(FILLER))
    }
}
