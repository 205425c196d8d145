//! Dates on tokens, for the cues of birth and of a card's expiry. A date without such a cue is nobody's.

use super::Finder;
use crate::cue::Cue;
use crate::date;
use crate::finding::Evidence;
use crate::kind::Kind;
use crate::lexicon::NUMBER;
use crate::token::{Gap, Tok};

impl Finder<'_> {
    /// A full date that starts at token `i`: the token after it and its parts.
    pub(crate) fn date_at(&self, i: usize) -> Option<(usize, (u32, u32, u32))> {
        let t = self.doc.t(i);
        if t.tok == Tok::Num
            && let Some(found) = self.date_numbers(i)
        {
            return Some(found);
        }
        if !matches!(t.tok, Tok::Num | Tok::Mix | Tok::Word) {
            return None;
        }
        self.date_words(i)
    }

    /// `17/02/1969`, `1.2.83`, `1984-03-12`, `4 11 58`.
    pub(crate) fn date_numbers(&self, i: usize) -> Option<(usize, (u32, u32, u32))> {
        let mut parts = [(0, 0); 3];
        let mut j = i;
        let mut sep = None;
        for (k, part) in parts.iter_mut().enumerate() {
            if k > 0 {
                let s = self.doc.t(j);
                let spaced = s.tok == Tok::Num && s.gap == Gap::Space;
                let sign = s.sign().filter(|b| b"/.-".contains(b) && s.gap <= Gap::Space);
                let this = if spaced { Some(b' ') } else { sign };
                if this.is_none() || sep.is_some() && sep != this {
                    return None;
                }
                sep = this;
                j += usize::from(!spaced);
            }
            *part = (self.doc.num(j)?, self.doc.t(j).len());
            j += 1;
        }
        let [a, b, c] = parts;
        date::from_numbers(a, b, c).map(|d| (j, d))
    }

    /// `19 January 1967`, `March 15, 1989`, `7 de julio del 52`, `il 3 maggio '61`, `22nd of the 4th 71`.
    pub(crate) fn date_words(&self, i: usize) -> Option<(usize, (u32, u32, u32))> {
        let mut named = false;
        let mut numbers = 0;
        let mut to = i;
        let mut j = i;
        while j < i + 9 {
            let t = self.doc.t(j);
            if j > i && t.gap > Gap::Space {
                break;
            }
            let ordinal = t.tok == Tok::Mix && t.len() <= 4 && self.doc.digit_count(j) <= 2;
            match t.tok {
                Tok::Word if !named && t.is(crate::lexicon::CALENDAR) => {
                    named = date::month(&self.doc.s(j).to_lowercase()).is_some()
                        || date::month(&crate::words::normal(self.doc.s(j))).is_some();
                    to = j + 1;
                }
                Tok::Num if t.len() <= 4 => {
                    numbers += 1;
                    to = j + 1;
                }
                Tok::Mix if ordinal => {
                    numbers += 1;
                    to = j + 1;
                }
                Tok::Word
                    if j > i
                        && t.len() <= 3
                        && matches!(
                            self.doc.s(j),
                            "of" | "the" | "de" | "del" | "di" | "do" | "den"
                        ) => {}
                Tok::Sign(b'.' | b',' | b'\'' | b'-' | b'/') if j > i => {}
                _ => break,
            }
            j += 1;
            if (named && numbers == 2) || numbers == 3 {
                break;
            }
        }
        let text = self.doc.span_str(i, to);
        ((named && numbers >= 2) || (numbers == 3 && !named))
            .then(|| date::parse_birth(text))
            .flatten()
            .filter(|d| d.1 > 0)
            .map(|d| (to, d))
    }

    /// A birth date or year in tokens `from..end`.
    pub(crate) fn birth(&mut self, from: usize, end: usize, evidence: Evidence) -> Option<usize> {
        for j in from..end {
            let t = self.doc.t(j);
            if let Some((to, (y, ..))) =
                self.date_at(j).filter(|_| t.has_digit() || t.is(crate::lexicon::CALENDAR))
            {
                // Nobody alive is born in the future; what a cue announces is kept with less confidence then.
                let confidence = if y <= 2026 { 90 } else { 55 };
                self.add(j, to, Kind::DateOfBirth, confidence, evidence.check(y <= 2026));
                return Some(to);
            }
            if t.tok == Tok::Num {
                let apostrophe = self.doc.before(j).is_sign(b"'");
                let whole =
                    t.len() == 4 && self.doc.num(j).is_some_and(|y| (1900..=2026).contains(&y));
                let eight = t.len() == 8 && date::parse_birth(self.doc.s(j)).is_some();
                let two = t.len() == 2 && (apostrophe || j <= from + 1) && !self.is_amount(j + 1);
                if whole || eight || two {
                    let at = if apostrophe { j - 1 } else { j };
                    self.add(
                        at,
                        j + 1,
                        Kind::DateOfBirth,
                        if whole || eight { 78 } else { 60 },
                        evidence,
                    );
                    return Some(j + 1);
                }
                return None;
            }
            let words = if t.tok == Tok::Word && t.is(NUMBER) && j <= from + 6 {
                self.spoken_at(j)
            } else {
                None
            };
            if words.is_some_and(|(to, n)| n >= 2 || self.doc.t(to).is(crate::lexicon::CALENDAR)) {
                let (to, _) = self.spoken_date(j)?;
                self.add(j, to, Kind::DateOfBirth, 68, evidence);
                return Some(to);
            }
        }
        None
    }

    /// "three five sixty-one", "dodici marzo sessantuno": number words with a month between.
    pub(crate) fn spoken_date(&self, i: usize) -> Option<(usize, usize)> {
        let (mut to, mut count) = self.spoken_at(i)?;
        if self.doc.t(to).is(crate::lexicon::CALENDAR) {
            to += 1;
            if let Some((end, more)) = self.spoken_at(to) {
                to = end;
                count += more;
            }
        }
        Some((to, count))
    }

    /// `12/26`, `12-2026`, `12 / 26` at token `i`: the token after.
    pub(crate) fn expiry_at(&self, i: usize) -> Option<usize> {
        let month = self.doc.num(i).filter(|m| (1..=12).contains(m) && self.doc.t(i).len() <= 2)?;
        let sep = self.doc.t(i + 1);
        let at = if sep.is_sign(b"/-.") {
            i + 2
        } else {
            return None;
        };
        let year = self.doc.num(at)?;
        let len = self.doc.t(at).len();
        let near = sep.gap <= Gap::Space && self.doc.t(at).gap <= Gap::Space;
        let longer = self.doc.t(at + 1).is_sign(b"/-.")
            && self.doc.t(at + 2).tok == Tok::Num
            && self.doc.t(at + 2).gap == Gap::None;
        let fits =
            (len == 2 && (15..=45).contains(&year)) || (len == 4 && (2015..=2045).contains(&year));
        (month > 0 && near && fits && !longer).then_some(at + 1)
    }

    /// A card expiry in tokens `from..end`; only where a card is spoken of.
    pub(crate) fn expiry(&mut self, from: usize, end: usize, evidence: Evidence) -> Option<usize> {
        let card_near =
            self.hits.iter().any(|h| matches!(h.cue, Cue::Card | Cue::Cvv | Cue::Last4))
                || self.out.iter().any(|f| f.kind == Kind::CreditCard)
                || evidence.asked;
        if !card_near {
            return None;
        }
        let i = (from..end).take(6).find(|j| {
            self.doc.t(*j).tok == Tok::Num || self.doc.t(*j).is(crate::lexicon::CALENDAR)
        })?;
        if let Some(to) = self.expiry_at(i) {
            self.add(i, to, Kind::CardExpiry, 86, evidence);
            return Some(to);
        }
        // "March 2027", "0327"
        let month_word = self.doc.t(i).is(crate::lexicon::CALENDAR)
            && self
                .doc
                .num(i + 1)
                .is_some_and(|y| (15..=45).contains(&y) || (2015..=2045).contains(&y));
        if month_word {
            self.add(i, i + 2, Kind::CardExpiry, 74, evidence);
            return Some(i + 2);
        }
        let four = self.doc.t(i).len() == 4
            && self
                .doc
                .num(i)
                .is_some_and(|v| (1..=12).contains(&(v / 100)) && (20..=45).contains(&(v % 100)));
        if four {
            self.add(i, i + 1, Kind::CardExpiry, 70, evidence);
            return Some(i + 1);
        }
        None
    }
}
