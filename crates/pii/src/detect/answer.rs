//! Messages that are nothing but a value: "arun", "5893", "b 56 g 43". In chats half of what is personal stands so, without any cue.
//!
//! A short message of words that no list knows is a name; of digits alone, a number that was asked for. Years, round amounts and counts are
//! not. Confidence is medium: the question, when known, raises it in `cued` and `person`.

use super::Finder;
use crate::cue::Cue;
use crate::finding::{Anchor, Evidence};
use crate::kind::Kind;
use crate::lexicon::{CALENDAR, COMMON, MEASURE};
use crate::token::{Gap, Tok};

/// The most tokens of a message that is nothing but a value.
const SHORT: usize = 9;

impl Finder<'_> {
    pub(crate) fn answers(&mut self) {
        let n = self.doc.len();
        if !self.message
            || n == 0
            || n > SHORT
            || self.doc.text.len() > 80
            || self
                .hits
                .iter()
                .any(|h| matches!(h.cue, Cue::Order | Cue::Thing))
        {
            return;
        }
        if self
            .asked
            .iter()
            .any(|c| matches!(c, Cue::Order | Cue::Thing))
            && !self
                .asked
                .iter()
                .any(|c| !matches!(c, Cue::Order | Cue::Thing | Cue::NameLabel))
        {
            return;
        }
        let end = if self.doc.t(n - 1).is_sign(b".!") {
            n - 1
        } else {
            n
        };
        let digits: usize = (0..end).map(|i| self.doc.digit_count(i)).sum();
        if digits == 0 {
            return;
        }
        let words: Vec<usize> = (0..end)
            .filter(|i| self.doc.t(*i).tok == Tok::Word)
            .collect();
        let plain = words.iter().any(|i| {
            let t = self.doc.t(*i);
            t.len() > 1 && t.is(COMMON | MEASURE | CALENDAR) && !is_link(self.doc.s(*i))
        });
        if plain || (0..end).any(|i| self.doc.t(i).is_sign(b"$%?:=") || self.doc.t(i).is_sign(&[0]))
        {
            return;
        }
        if words.is_empty() && !(0..end).any(|i| self.doc.t(i).tok == Tok::Mix) {
            self.bare_digits(end);
        } else {
            self.bare_code(end, digits, &words);
        }
    }

    /// Digits alone, or a few numbers.
    fn bare_digits(&mut self, end: usize) {
        let mut i = 0;
        while i < end {
            let Some(run) = self.digits_at(i, 6) else {
                i += 1;
                continue;
            };
            let d = run.digits.as_str();
            let value: u64 = d.parse().unwrap_or(u64::MAX);
            let round = d.ends_with("00") && d.len() <= 7 || d.ends_with("000");
            let amount = (0..end).any(|k| self.doc.t(k).is_sign(b",."));
            let year = super::cued::is_year(d);
            let date =
                self.date_at(i).is_some() || d.len() == 8 && crate::date::parse_birth(d).is_some();
            if d.len() >= 4
                && value > 0
                && !round
                && !year
                && !date
                && !(amount && d.len() < 8)
                && !self.covered(i, 50)
            {
                let kind = if d.len() >= 12 {
                    Kind::CreditCard
                } else {
                    Kind::AccountId
                };
                self.add(
                    run.from,
                    run.to,
                    kind,
                    if d.len() == 4 { 54 } else { 58 },
                    Evidence::of(Anchor::Answer),
                );
            }
            i = run.to;
        }
    }

    /// Letters and digits that spell no word: "t 56 r 43", "njo 156".
    fn bare_code(&mut self, end: usize, digits: usize, words: &[usize]) {
        let letters: usize = words.iter().map(|i| self.doc.t(*i).len()).sum();
        let short_words = words.iter().all(|i| self.doc.t(*i).len() <= 4);
        let lines = (1..end).any(|i| self.doc.t(i).gap == Gap::Line);
        if digits >= 2 && letters + digits >= 5 && short_words && !lines && !self.covered(0, 50) {
            self.add(0, end, Kind::AccountId, 52, Evidence::of(Anchor::Answer));
        }
    }
}

/// "and", "e", "o": joins two values.
fn is_link(word: &str) -> bool {
    matches!(
        word.to_lowercase().as_str(),
        "and" | "e" | "y" | "und" | "et" | "a" | "or" | "o"
    )
}
