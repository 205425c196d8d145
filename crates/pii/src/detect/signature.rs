//! Names at the end of a message, at the start of a pasted line of chat, and names that come back after they were found once.

use super::Finder;
use super::name_run::Trust;
use crate::finding::{Anchor, Evidence};
use crate::kind::Kind;
use crate::lexicon::{CLOSING, COMMON, FILLER, GIVEN, PARTICLE, PLACE, TITLE};
use crate::token::{Gap, Shape, Tok};

impl Finder<'_> {
    /// Names that close a message: after a closing word, or alone on the last lines.
    pub(crate) fn signatures(&mut self) {
        let n = self.doc.len();
        let mut i = 0;
        while i < n {
            let t = self.doc.t(i);
            if t.tok == Tok::Word
                && t.is(CLOSING)
                && let Some(to) = self.signed(i)
            {
                i = to;
                continue;
            }
            i += 1;
        }
        // The end of the text: "…, domani. Marta", a last line "F. Rossi".
        let mut end = n;
        while end > 0 && (matches!(self.doc.t(end - 1).tok, Tok::Sign(_))) {
            end -= 1;
        }
        for from in end.saturating_sub(5)..end {
            let opens = self.doc.t(from).gap == Gap::Line && from > 0
                || self.doc.before(from).is_sign(b".,!?-;*)\0")
                    && from > 0
                    && self.doc.t(from).gap != Gap::None;
            if !opens || self.covered(from, 60) {
                continue;
            }
            if let Some((to, mix)) = self
                .name_run(from, Trust::None)
                .filter(|(to, _)| *to == end || self.doc.t(*to).is_sign(b",(-"))
            {
                let whole = to == end;
                let before_comma = self.doc.before(from).is_sign(b",");
                let capital = self.cased() && mix.capitals + mix.initials >= mix.words;
                let confidence = match () {
                    () if mix.given > 0 && (capital || !self.cased()) => 78,
                    () if mix.surname > 0 && capital => 66,
                    () if whole
                        && capital
                        && mix.common + mix.place == 0
                        && !before_comma
                        && (mix.words > 1 || self.doc.t(from).gap == Gap::Line) =>
                    {
                        56
                    }
                    () => continue,
                };
                if !self.is_firm(from, to) {
                    self.person(from, to, confidence, Evidence::of(Anchor::Name).cue("closing"));
                }
                break;
            }
        }
    }

    /// After "Cordiali saluti", "thanks,", "grazie": a name up to the end of its line.
    pub(crate) fn signed(&mut self, i: usize) -> Option<usize> {
        let mut j = i + 1;
        for _ in 0..7 {
            let t = self.doc.t(j);
            let word = t.tok == Tok::Word
                && t.is(CLOSING | COMMON | FILLER)
                && !t.is(GIVEN)
                && t.shape != Shape::Title;
            let word = word || t.tok == Tok::Word && t.is(CLOSING) && !t.is(GIVEN);
            if word || t.is_sign(b",.!-*\0") || t.is(TITLE) && !t.is(GIVEN) {
                j += 1;
            } else {
                break;
            }
        }
        let t = self.doc.t(j);
        if t.tok != Tok::Word || self.covered(j, 60) {
            return None;
        }
        let (to, mix) = self.name_run(j, Trust::None)?;
        let ends = self.doc.t(to).gap == Gap::Line
            || to >= self.doc.len()
            || self.doc.t(to).is_sign(b",.!(-|");
        if !ends || self.is_firm(j, to) || self.cased() && mix.capitals + mix.initials < mix.words {
            return None;
        }
        let confidence = match () {
            () if mix.given > 0 => 82,
            () if mix.surname > 0 || mix.initials > 0 => 74,
            () if mix.common + mix.place == 0 && self.cased() => 66,
            () => return None,
        };
        self.person(j, to, confidence, Evidence::of(Anchor::Name).cue("closing"));
        Some(to)
    }

    /// Who speaks, in a pasted chat: `[10:02] Nadia: Hi`.
    pub(crate) fn speakers(&mut self) {
        for i in 0..self.doc.len() {
            let t = self.doc.t(i);
            let opens = t.gap == Gap::Line
                || self.doc.before(i).is_sign(b"])") && self.doc.before(i).gap != Gap::Line;
            if !opens
                || t.tok != Tok::Word
                || !t.is_capital()
                || !t.is(GIVEN)
                || self.covered(i, 60)
            {
                continue;
            }
            if let Some((to, _)) = self
                .name_run(i, Trust::None)
                .filter(|(to, _)| self.doc.t(*to).is_sign(b":") && self.doc.t(*to).gap == Gap::None)
            {
                self.person(i, to, 76, Evidence::of(Anchor::Name).cue("speaker"));
            }
        }
    }

    /// Names found once are found again in their parts.
    pub(crate) fn repeats(&mut self) {
        let mut known: Vec<(u64, u8)> = Vec::new();
        let sure =
            self.out.iter().filter(|f| f.kind == Kind::Person && f.confidence >= 74).take(24);
        let ranges: Vec<_> = sure.map(|f| f.range.clone()).collect();
        for range in ranges {
            let from = self.doc.toks.partition_point(|t| (t.start as usize) < range.start);
            for j in from..from + 6 {
                let t = self.doc.t(j);
                if (t.end as usize) > range.end {
                    break;
                }
                if t.tok == Tok::Word
                    && t.len() >= 3
                    && !t.is(PARTICLE | TITLE)
                    && !known.iter().any(|k| k.0 == t.hash)
                {
                    known.push((t.hash, u8::from(t.is(COMMON | FILLER | PLACE))));
                }
            }
        }
        if !known.is_empty() {
            self.remember(&known);
        }
    }

    /// Marks words of known names; ordinary words among them only with a capital inside a sentence.
    pub(crate) fn remember(&mut self, known: &[(u64, u8)]) {
        let mut i = 0;
        while i < self.doc.len() {
            self.steps += 1;
            let t = self.doc.t(i);
            let plain = |h: u64| known.iter().find(|k| k.0 == h).map(|k| k.1);
            let here = if t.tok == Tok::Word { plain(t.hash) } else { None };
            let Some(ordinary) = here else {
                i += 1;
                continue;
            };
            let capital = t.is_capital() || !self.cased();
            let allowed = capital && (ordinary == 0 || (self.cased() && !self.starts_sentence(i)));
            if allowed && !self.covered_all(i, 50) && !self.is_firm(i, i + 1) {
                let mut to = i + 1;
                while self.doc.t(to).tok == Tok::Word
                    && self.doc.t(to).gap == Gap::Space
                    && plain(self.doc.t(to).hash).is_some()
                    && to < i + 5
                {
                    to += 1;
                }
                self.person(i, to, 70, Evidence::of(Anchor::Repeated));
                i = to;
            } else {
                i += 1;
            }
        }
    }

    /// [`Finder::covered`], looking at every finding of the text: for the passes that run at the end. Linear in findings near the token.
    pub(crate) fn covered_all(&self, i: usize, confidence: u8) -> bool {
        let at = self.doc.t(i).start as usize;
        self.out.iter().rev().take(400).any(|f| f.confidence >= confidence && f.range.contains(&at))
    }
}
