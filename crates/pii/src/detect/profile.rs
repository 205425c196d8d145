//! The known customer's values in a text: exact, and across case, accents, spacing, formats, and small slips of the finger.
//!
//! A part of a name alone ("Ferrante", "giuseppe") is a match unless it is an ordinary word written like one: a customer named *Rosa*
//! doesn't turn every rose into a name.

use super::Finder;
use crate::finding::{Anchor, Evidence};
use crate::kind::Kind;
use crate::lexicon::{COMMON, PARTICLE, STREET, STREET_END, TITLE, UNIT};
use crate::normalise::normalise;
use crate::profile::Entry;
use crate::token::{Gap, Shape, Tok};

impl Finder<'_> {
    pub(crate) fn profile(&mut self, known: &[Entry]) {
        for entry in known {
            match entry.kind {
                Kind::Person => self.known_name(entry),
                Kind::Phone => self.known_digits(entry, 7),
                Kind::Address => {
                    self.known_sequence(entry);
                    self.known_street(entry);
                }
                _ => self.known_sequence(entry),
            }
        }
        self.mark_known(known);
    }

    fn evidence() -> Evidence {
        Evidence { profile: true, ..Evidence::of(Anchor::Profile) }
    }

    fn known(&mut self, from: usize, to: usize, kind: Kind, confidence: u8) {
        self.add(from, to, kind, confidence, Self::evidence());
        if let Some(last) = self.out.last_mut() {
            last.about_profile = true;
        }
    }

    /// All words of a value in a row, or all its signs over neighbouring tokens.
    fn known_sequence(&mut self, entry: &Entry) {
        let [first, rest @ ..] = entry.words.as_slice() else {
            return;
        };
        for i in 0..self.doc.len() {
            self.steps += 1;
            if self.doc.t(i).hash != *first || matches!(self.doc.t(i).tok, Tok::Sign(_)) {
                continue;
            }
            let mut j = i + 1;
            let all = rest.iter().all(|h| {
                let mut skipped = 0;
                while matches!(self.doc.t(j).tok, Tok::Sign(_)) && j < self.doc.len() && skipped < 3
                {
                    j += 1;
                    skipped += 1;
                }
                let hit = self.doc.t(j).hash == *h;
                j += 1;
                hit
            });
            let short = entry.compact.chars().count() < 4;
            if all && !(short && self.doc.t(i).is(COMMON)) {
                self.known(i, j, entry.kind, 94);
            }
        }
        // Numbers and codes in another grouping.
        if entry.digits.len() >= 6 && entry.digits.len() == entry.compact.len() {
            self.known_digits(entry, entry.digits.len());
        } else if entry.compact.len() >= 6
            && entry.compact.bytes().any(|b| b.is_ascii_digit())
            && entry.kind != Kind::Address
        {
            self.known_code(entry);
        }
    }

    /// Digit runs that end with the known digits, or hold most of them at the end.
    fn known_digits(&mut self, entry: &Entry, least: usize) {
        if entry.digits.len() < least.min(6) {
            return;
        }
        let mut i = 0;
        while i < self.doc.len() {
            self.steps += 1;
            let Some(run) = self.digits_at(i, 12) else {
                i += 1;
                continue;
            };
            let d = run.digits.trim_start_matches('0');
            let same = d.ends_with(entry.digits.as_str())
                || (d.len() >= least && entry.digits.ends_with(d));
            if same && d.len() <= entry.digits.len() + 4 {
                let plus = self.doc.before(i).is_sign(b"+") && i > 0;
                self.known(if plus { i - 1 } else { i }, run.to, entry.kind, 96);
            }
            i = run.to.max(i + 1);
        }
    }

    /// Codes in another grouping.
    fn known_code(&mut self, entry: &Entry) {
        let mut i = 0;
        while i < self.doc.len() {
            self.steps += 1;
            match self.code_at(i).filter(|c| c.text == entry.compact) {
                Some(code) => {
                    self.known(code.from, code.to, entry.kind, 95);
                    i = code.to;
                }
                None => i += 1,
            }
        }
    }

    /// A name, whole or in part, and with a slip of the finger.
    fn known_name(&mut self, entry: &Entry) {
        let mut i = 0;
        while i < self.doc.len() {
            self.steps += 1;
            if !self.name_word(i, entry) {
                i += 1;
                continue;
            }
            let mut to = i + 1;
            for j in i + 1..i + 8 {
                let t = self.doc.t(j);
                if t.gap == Gap::Line {
                    break;
                }
                if self.name_word(j, entry) {
                    to = j + 1;
                } else if !(t.is_sign(b".'-/,")
                    || t.is(PARTICLE)
                    || (t.tok == Tok::Word && t.len() == 1))
                {
                    break;
                }
            }
            let single = to == i + 1;
            let t = self.doc.t(i);
            let titled = self.doc.before(i).is(TITLE)
                || (self.doc.before(i).is_sign(b".") && i >= 2 && self.doc.t(i - 2).is(TITLE));
            // In a text with capitals a name is written with one; "la fontana" is a fountain.
            let small = !self.doc.lower && t.shape == Shape::Lower;
            let article = matches!(
                self.doc.s(i.saturating_sub(1)).to_lowercase().as_str(),
                "la" | "il"
                    | "le"
                    | "un"
                    | "una"
                    | "the"
                    | "a"
                    | "der"
                    | "die"
                    | "das"
                    | "el"
                    | "une"
            );
            let plain_word = single && !titled && (t.is(COMMON) || small && article && i > 0)
                || self.is_firm(i, to);
            let named_like = t.shape == Shape::Title && !self.starts_sentence(i)
                || (self.doc.len() <= 3 && self.message);
            if !plain_word || named_like {
                // An initial or a first part right before belongs to it.
                self.known(i, to, Kind::Person, 95);
            }
            i = to;
        }
    }

    /// Whether token `i` opens a sentence, where a capital says nothing.
    pub(crate) fn starts_sentence(&self, i: usize) -> bool {
        let p = self.doc.before(i);
        i == 0
            || self.doc.t(i).gap == Gap::Line
            || p.is_sign(b".!?")
            || p.is_sign(b"\"-*[") && self.doc.t(i - 1).gap != Gap::None
            || (p.is_sign(&[0, b'\'', b'"'])
                && i >= 1
                && (i == 1 || self.doc.before(i - 1).is_sign(b".!?")))
    }

    fn name_word(&self, i: usize, entry: &Entry) -> bool {
        let t = self.doc.t(i);
        if t.tok != Tok::Word {
            return false;
        }
        if entry.telling.iter().any(|(h, _)| *h == t.hash) {
            return true;
        }
        if t.len() < 4 || t.is(COMMON) || !self.doc.lower && t.shape == Shape::Lower {
            return false;
        }
        let word = crate::words::normal(self.doc.s(i));
        entry.telling.iter().any(|(_, known)| slip(&word, known))
    }

    /// The street of a known address with its number, or with its street word.
    fn known_street(&mut self, entry: &Entry) {
        let mut i = 0;
        while i < self.doc.len() {
            self.steps += 1;
            let t = self.doc.t(i);
            if t.tok != Tok::Word || !entry.telling.iter().any(|(h, _)| *h == t.hash) {
                i += 1;
                continue;
            }
            let (from, to) = self.street_around(i, entry);
            let (mut street, mut number) = (false, false);
            for j in from..to {
                street |= self.doc.t(j).is(STREET | STREET_END);
                number |= self.doc.t(j).has_digit();
            }
            if (street || number) && to > from + 1 {
                self.known(from, to, Kind::Address, 90);
            }
            i = to.max(i + 1);
        }
    }

    /// From a telling word outwards: street words, other words of the address, numbers, units.
    fn street_around(&self, i: usize, entry: &Entry) -> (usize, usize) {
        let part = |k: usize| {
            let t = self.doc.t(k);
            let known = entry.words.contains(&t.hash)
                && t.tok != Tok::Sign(0)
                && !matches!(t.tok, Tok::Sign(_));
            known
                || t.is(STREET | STREET_END | UNIT)
                || (t.tok == Tok::Word && t.len() <= 2)
                || (t.has_digit() && t.len() <= 5)
        };
        let (mut from, mut to) = (i, i + 1);
        for _ in 0..6 {
            let Some(k) = from.checked_sub(1) else { break };
            if self.doc.t(from).gap == Gap::Line {
                break;
            }
            let t = self.doc.t(k);
            let word = part(k)
                && (t.tok != Tok::Word
                    || t.len() > 2
                    || t.is(STREET | PARTICLE)
                    || entry.words.contains(&t.hash));
            if word || (t.is_sign(b".,") && k > 0 && part(k - 1) && self.doc.t(k - 1).len() <= 4) {
                from = k;
            } else {
                break;
            }
        }
        for _ in 0..12 {
            let t = self.doc.t(to);
            if t.gap == Gap::Line {
                break;
            }
            let sign = t.is_sign(b".,/-'") && (part(to + 1) && self.doc.t(to + 1).gap != Gap::Line);
            if part(to) || sign {
                to += 1;
            } else {
                break;
            }
        }
        while to > i + 1
            && (matches!(self.doc.t(to - 1).tok, Tok::Sign(_))
                || (self.doc.t(to - 1).tok == Tok::Word
                    && self.doc.t(to - 1).len() <= 2
                    && !entry.words.contains(&self.doc.t(to - 1).hash)))
        {
            to -= 1;
        }
        while from < i && matches!(self.doc.t(from).tok, Tok::Sign(_)) {
            from += 1;
        }
        (from, to)
    }

    /// Marks findings of other detectors whose value is a known one.
    fn mark_known(&mut self, known: &[Entry]) {
        if known.is_empty() {
            return;
        }
        let text = self.doc.text;
        for f in &mut self.out {
            if f.about_profile {
                continue;
            }
            let value = text.get(f.range.clone()).unwrap_or("");
            let canonical = normalise(f.kind, value);
            let same =
                |e: &Entry| e.kind == f.kind && canonical.is_some() && e.canonical == canonical;
            if known.iter().any(same) {
                f.about_profile = true;
                f.evidence.profile = true;
                f.confidence = f.confidence.max(95);
            }
        }
    }
}

/// One slip of the finger between two words of five letters or more: a letter changed, missing, doubled, or two swapped;
/// two slips in words of nine or more.
fn slip(a: &str, b: &str) -> bool {
    let (x, y): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let longest = x.len().max(y.len());
    if longest < 5 || x.len().abs_diff(y.len()) > 2 || x.first() != y.first() {
        return false;
    }
    distance(&x, &y) <= if longest >= 9 { 2 } else { 1 }
}

/// Edit distance with swaps of neighbours (optimal string alignment).
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    let at = |v: &[usize], i: usize| v.get(i).copied().unwrap_or(usize::MAX / 2);
    for (i, ca) in a.iter().enumerate() {
        let mut next = Vec::with_capacity(b.len() + 1);
        next.push(i + 1);
        for (j, cb) in b.iter().enumerate() {
            let mut best = (at(&row, j) + usize::from(ca != cb))
                .min(at(&row, j + 1) + 1)
                .min(at(&next, j) + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(cb) && b.get(j - 1) == Some(ca);
            if swapped {
                best = best.min(at(&before, j - 1) + 1);
            }
            next.push(best);
        }
        before = std::mem::replace(&mut row, next);
    }
    at(&row, b.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_finger() {
        assert!(slip("ferrnate", "ferrante"));
        assert!(slip("omaley", "omalley"));
        assert!(!slip("rossi", "bassi"));
        assert!(!slip("anna", "anno"));
    }
}
