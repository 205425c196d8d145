//! Statements on health, by a lexicon of conditions, therapies and disabilities of our own, grown over the words that belong to them
//! ("type 2 diabetes", "morbo di Parkinson", "Schwerbehindert, GdB 80").
//!
//! Medium confidence at most without a person near: a text may ask about nuts without anybody being allergic.

use super::Finder;
use crate::finding::{Anchor, Evidence};
use crate::kind::Kind;
use crate::lexicon::{COMMON, FILLER, HEALTH, HEALTH_PART, KIN};
use crate::token::{Gap, Tok};

impl Finder<'_> {
    pub(crate) fn health(&mut self) {
        let mut i = 0;
        while i < self.doc.len() {
            self.steps += 1;
            if self.doc.t(i).tok == Tok::Word && self.doc.t(i).is(HEALTH) {
                i = self.condition(i).max(i + 1);
            } else {
                i += 1;
            }
        }
    }

    fn condition(&mut self, i: usize) -> usize {
        let (mut from, mut to) = (i, i + 1);
        for _ in 0..4 {
            let Some(k) = from.checked_sub(1) else { break };
            let t = self.doc.t(k);
            let part = self.doc.t(from).gap == Gap::Space
                && (t.tok == Tok::Word && t.is(HEALTH_PART | HEALTH)
                    || t.tok == Tok::Num && t.len() == 1);
            if !part {
                break;
            }
            from = k;
        }
        // Not from "con", "di", "to".
        while from < i
            && (self.doc.t(from).is(FILLER)
                || self.doc.t(from).tok == Tok::Num
                || self.doc.t(from).is(COMMON) && !self.doc.t(from).is(HEALTH_PART))
        {
            from += 1;
        }
        for _ in 0..4 {
            let t = self.doc.t(to);
            let part = t.gap <= Gap::Space
                && (t.tok == Tok::Word && t.is(HEALTH_PART | HEALTH)
                    || t.tok == Tok::Num && t.len() <= 3 && self.doc.before(to).is(HEALTH_PART));
            if !part {
                break;
            }
            to += 1;
        }
        while to > i + 1 && self.doc.t(to - 1).is(FILLER | COMMON) && self.doc.t(to - 1).len() <= 4
        {
            to -= 1;
        }
        let mut confidence = 58;
        let sentence_from = i.saturating_sub(12);
        for j in sentence_from..i {
            let t = self.doc.t(j);
            if t.tok != Tok::Word {
                continue;
            }
            match self.doc.s(j).to_lowercase().as_str() {
                // Somebody has it.
                "sono" | "ho" | "soffro" | "soffre" | "ha" | "am" | "i'm" | "have" | "has"
                | "diagnosed" | "suffer" | "suffers" | "bin" | "habe" | "hat" | "leidet"
                | "suis" | "ai" | "souffre" | "soy" | "tengo" | "tiene" | "padezco" | "mia"
                | "mio" | "my" | "mein" | "meine" | "ma" | "mon" | "mi" => {
                    confidence = confidence.max(70)
                }
                // Nobody is said to.
                "if" | "se" | "senza" | "without" | "sans" | "ohne" | "sin" | "per" | "free"
                | "anti" | "contro" | "contains" | "contiene" | "no" => {
                    confidence = confidence.min(58) - 6
                }
                _ => {}
            }
            if t.is(KIN) {
                confidence = confidence.max(72);
            }
        }
        let question =
            (to..to + 6).any(|j| self.doc.t(j).is_sign(b"?")) && (i < 5) && confidence < 70;
        let confidence = if question { confidence - 20 } else { confidence };
        self.add(from, to, Kind::Health, confidence, Evidence::of(Anchor::Lexicon));
        to
    }
}
