//! Numbers that speak for themselves: cards by Luhn and issuer, phones by prefix and grouping, addresses of machines, positions,
//! numbers of states with a check. And dates, for the birth and expiry cues.

use super::run::Digits;
use super::{Finder, cued::is_year};
use crate::check::{card, italy, national};
use crate::cue::Cue;
use crate::finding::{Anchor, Evidence};
use crate::kind::Kind;
use crate::lexicon::NUMBER;
use crate::normalise::digits_only;
use crate::token::{Gap, Tok};

impl Finder<'_> {
    pub(crate) fn numbers(&mut self) {
        let doc = self.doc;
        let mut next = 0;
        for &mark in &doc.marks {
            let i = mark as usize;
            if i < next {
                continue;
            }
            self.steps += 1;
            let t = doc.t(i);
            let plus = t.is_sign(b"+") && doc.t(i + 1).tok == Tok::Num;
            let paren =
                t.is_sign(b"(") && (doc.t(i + 1).tok == Tok::Num || doc.t(i + 1).is_sign(b"+"));
            if t.tok == Tok::Word && t.is(NUMBER) {
                next = self.spoken_phone(i).unwrap_or(i + 1);
            } else if t.tok == Tok::Num || plus || paren {
                let glued =
                    t.gap == Gap::None && doc.before(i).is_sign(b"_#") || self.inside_word(i);
                next = if glued {
                    // Past the whole run: its tail is no number either.
                    self.digits_at(i, 12).map_or(i + 1, |r| r.to)
                } else {
                    self.number(i, usize::from(plus)).unwrap_or(i + 1)
                };
            }
        }
    }

    /// Whether token `i` hangs on letters with a dash: part of a code or a UUID.
    fn inside_word(&self, i: usize) -> bool {
        let p = self.doc.before(i);
        if !p.is_sign(b"-") || self.doc.t(i).gap != Gap::None || p.gap != Gap::None {
            return false;
        }
        i >= 2 && matches!(self.doc.t(i - 2).tok, Tok::Mix | Tok::Word)
    }

    /// What starts at `i`; the token to go on from.
    fn number(&mut self, i: usize, plus: usize) -> Option<usize> {
        if let Some(to) = self.ip(i).or_else(|| self.geo(i)).or_else(|| self.geo_degrees(i)) {
            return Some(to);
        }
        let run_from = if self.doc.t(i).tok == Tok::Num {
            i
        } else {
            i + 1 + usize::from(self.doc.t(i + 1).is_sign(b"+"))
        };
        let run = self.digits_at(run_from, 10)?;
        // A table or a list of small numbers: none of them is one of ours.
        if run.groups.len() >= 10 && run.groups.iter().all(|g| *g <= 2) && i == run_from {
            let read_out = run.groups.iter().all(|g| *g == 1) && self.cue_before(i, 4).is_some();
            return Some(if read_out { i + 1 } else { run.to });
        }
        let hangs = matches!(self.doc.t(run.to).tok, Tok::Word | Tok::Mix)
            && self.doc.t(run.to).gap == Gap::None
            || self.doc.t(run.to).is_sign(b"_@") && self.doc.t(run.to).gap == Gap::None;
        if hangs {
            return Some(run.to);
        }
        let international = plus == 1 || run_from > i && self.doc.before(run_from).is_sign(b"+");
        if self.covered(run_from, 60) {
            return Some(run_from + 1);
        }
        self.card(&run)
            .or_else(|| self.phone(i, &run, international))
            .or_else(|| self.state_number(&run))
    }

    /// A card number at the start of a run, and expiry and code beside it.
    fn card(&mut self, run: &Digits) -> Option<usize> {
        let mut count = 0;
        let mut found = None;
        let (mut j, mut digits) = (run.from, String::new());
        for g in &run.groups {
            count += g;
            while digits.len() < count && j < run.to {
                digits.push_str(&digits_only(self.doc.s(j)));
                j += 1;
            }
            if (13..=19).contains(&count) && card::brand(&digits).is_some() && card::luhn(&digits) {
                found = Some((j, digits.clone()));
                break;
            }
        }
        let fours = run.groups.get(..4) == Some(&[4, 4, 4, 4]);
        let (to, confidence, ok) = match found {
            Some((to, _)) if self.is_nobodys(run.from) => (to, 45, true),
            Some((to, d)) => {
                let plain = run.groups.first() == Some(&d.len())
                    || fours
                    || run.groups.get(..3) == Some(&[4, 6, 5]);
                (to, if plain { 92 } else { 70 }, true)
            }
            // A mistyped card: right range, right grouping, and nothing that says otherwise.
            None if fours
                && run.digits.len() == 16
                && card::brand(&run.digits).is_some()
                && !self.is_nobodys(run.from) =>
            {
                (run.to, 64, false)
            }
            None => return None,
        };
        self.add(
            run.from,
            to,
            Kind::CreditCard,
            confidence,
            Evidence::of(Anchor::Digits).check(ok),
        );
        Some(self.beside_card(to))
    }

    /// Expiry (`12/26`) and code (`123`) right behind a card number.
    fn beside_card(&mut self, from: usize) -> usize {
        let mut at = from;
        for _ in 0..6 {
            let t = self.doc.t(at);
            if t.is_sign(b",;-|/")
                || (t.tok == Tok::Word
                    && t.is(crate::lexicon::CUE | crate::lexicon::FILLER)
                    && t.gap <= Gap::Space)
                || t.is_sign(b":.")
            {
                at += 1;
                continue;
            }
            if let Some(to) = self.expiry_at(at) {
                self.add(at, to, Kind::CardExpiry, 82, Evidence::of(Anchor::Digits).cue("card"));
                at = to;
            } else if t.tok == Tok::Num
                && matches!(t.len(), 3 | 4)
                && !is_year(self.doc.s(at))
                && at > from
            {
                self.add(
                    at,
                    at + 1,
                    Kind::CardVerification,
                    70,
                    Evidence::of(Anchor::Digits).cue("card"),
                );
                return at + 1;
            } else {
                break;
            }
        }
        at.max(from)
    }

    /// A phone number by its form.
    fn phone(&mut self, i: usize, run: &Digits, international: bool) -> Option<usize> {
        let (to, digits) = self.phone_run(run);
        let len = digits.len();
        if self.date_at(run.from).is_some_and(|d| d.0 >= to) || self.is_amount(to) {
            return None;
        }
        let doc = self.doc;
        let zeros = digits.starts_with("00") && len >= 10;
        let groups: Vec<usize> = run
            .groups
            .iter()
            .copied()
            .take_while({
                let mut sum = 0;
                move |g| {
                    sum += g;
                    sum <= len
                }
            })
            .collect();
        let dotted = run.seps.iter().filter(|s| **s == b'.').count();
        let slashes = run.seps.iter().filter(|s| **s == b'/').count();
        let confidence = if international && crate::phone::international(&digits) {
            90
        } else if international && (8..=15).contains(&len) {
            70
        } else if zeros && crate::phone::international(digits.get(2..)?) {
            84
        } else {
            match crate::phone::national(&digits, &groups) {
                3 => 80,
                2 => 64,
                1 if doc.t(i).is_sign(b"(") && (9..=11).contains(&len) => 60,
                _ => return None,
            }
        };
        // Decimals, ranges and sums of dots are no phones; a reference is nobody's.
        if slashes > 1
            || (dotted == 1 && groups.len() == 2 && groups.first().is_some_and(|g| *g < 2))
        {
            return None;
        }
        let confidence = match self.cue_before(i, 6) {
            Some(Cue::Order | Cue::Thing) if !international => confidence - 40,
            Some(Cue::Phone) => confidence + 8,
            Some(
                Cue::Account | Cue::Customer | Cue::Card | Cue::Vat | Cue::Ssn | Cue::NationalId,
            ) if !international => confidence - 20,
            _ => confidence,
        };
        let lead = i..run.from;
        let from = if !lead.is_empty() && (international || doc.t(i).is_sign(b"(")) {
            self.phone_start(i, run.from)
        } else {
            run.from
        };
        let evidence = Evidence::of(Anchor::Digits);
        self.add(from, to, Kind::Phone, confidence, evidence);
        Some(to)
    }

    /// A number with its `+` and opening bracket, when the bracket closes inside.
    fn phone_start(&self, i: usize, run_from: usize) -> usize {
        if self.doc.t(i).is_sign(b"(") {
            let closed = (run_from..run_from + 4).any(|k| self.doc.t(k).is_sign(b")"));
            return if closed { i } else { i + 1 };
        }
        i
    }

    /// The groups of a run that one phone number can hold: a second number behind it stays out.
    fn phone_run(&self, run: &Digits) -> (usize, String) {
        let (mut to, mut digits) = (run.from, String::new());
        let mut j = run.from;
        let mut group = 0;
        while j < run.to {
            let t = self.doc.t(j);
            if t.tok != Tok::Num {
                j += 1;
                continue;
            }
            let more = digits_only(self.doc.s(j));
            let spaced = group > 0 && run.seps.get(group - 1) == Some(&0);
            let whole = digits.len() >= 9 && spaced && more.len() >= 4;
            if digits.len() + more.len() > 15 || whole && digits.len() + more.len() > 11 {
                break;
            }
            digits.push_str(&more);
            to = j + 1;
            group += 1;
            j += 1;
        }
        (to, digits)
    }

    /// Numbers of states that are telling without a cue.
    fn state_number(&mut self, run: &Digits) -> Option<usize> {
        let n = run.digits.len();
        let nobodys = self.is_nobodys(run.from);
        let dashes = run.seps.iter().all(|s| *s == b'-') && run.seps.len() == run.groups.len() - 1;
        if n == 9 && run.groups == [3, 2, 4] && !nobodys {
            let ok = national::us_ssn(&run.digits);
            let itin = national::us_itin(&run.digits);
            let confidence = match (ok, dashes) {
                (true, true) => 84,
                (true, false) => 62,
                (false, true) => {
                    if itin {
                        72
                    } else {
                        60
                    }
                }
                (false, false) => return None,
            };
            self.add(
                run.from,
                run.to,
                Kind::UsSsn,
                confidence,
                Evidence::of(Anchor::Digits).check(ok || itin),
            );
            return Some(run.to);
        }
        if run.groups.len() == 1 && n == 11 && italy::vat_code(&run.digits) && !nobodys {
            self.add(
                run.from,
                run.to,
                Kind::ItVatCode,
                55,
                Evidence::of(Anchor::Digits).check(true),
            );
            return Some(run.to);
        }
        let checked = match n {
            13 if national::kr_rrn(&run.digits) && run.groups.len() <= 2 => 62,
            15 if national::fr_nir(&run.digits) => 86,
            11 if national::pl_pesel(&run.digits) && run.groups.len() == 1 => 52,
            12 if national::in_aadhaar(&run.digits) && run.groups == [4, 4, 4] => 70,
            10 if national::uk_nhs(&run.digits) && run.groups == [3, 3, 4] => 66,
            13 if national::za_id(&run.digits) && run.groups.len() == 1 => 52,
            11 if national::au_abn(&run.digits) && run.groups == [2, 3, 3, 3] => 60,
            _ => return None,
        };
        if nobodys {
            return None;
        }
        self.add(
            run.from,
            run.to,
            Kind::NationalId,
            checked,
            Evidence::of(Anchor::Digits).check(true),
        );
        Some(run.to)
    }

    /// An IPv4 address that is not private, loopback or of a public name server.
    fn ip(&mut self, i: usize) -> Option<usize> {
        let mut parts = [0_u32; 4];
        for (k, part) in parts.iter_mut().enumerate() {
            let at = i + 2 * k;
            if k > 0
                && (self.doc.t(at).gap != Gap::None
                    || !self.doc.t(at - 1).is_sign(b".")
                    || self.doc.t(at - 1).gap != Gap::None)
            {
                return None;
            }
            *part = self.doc.num(at).filter(|n| *n <= 255 && self.doc.t(at).len() <= 3)?;
        }
        let to = i + 7;
        let next = self.doc.t(to);
        let longer = next.is_sign(b".")
            && next.gap == Gap::None
            && self.doc.t(to + 1).has_digit()
            && self.doc.t(to + 1).gap == Gap::None;
        let before = self.doc.before(i);
        let tail = before.is_sign(b".-") && self.doc.t(i).gap == Gap::None;
        if longer {
            // Five groups: a phone number written with points.
            return None;
        }
        if tail || matches!(self.cue_before(i, 2), Some(Cue::Thing)) {
            return Some(to);
        }
        let [a, b, ..] = parts;
        let private = matches!(
            (a, b),
            (0 | 10 | 127 | 255, _) | (172, 16..=31) | (192, 168) | (169, 254) | (224..=239, _)
        );
        let resolver = matches!(
            parts,
            [8, 8, 8, 8] | [8, 8, 4, 4] | [1, 1, 1, 1] | [1, 0, 0, 1] | [9, 9, 9, 9]
        );
        self.add(
            i,
            to,
            Kind::Ip,
            if private || resolver { 20 } else { 86 },
            Evidence::of(Anchor::Digits).check(!private),
        );
        Some(to)
    }

    /// A pair of coordinates with decimals.
    fn geo(&mut self, i: usize) -> Option<usize> {
        let (lat, lat_from, j) = self.decimal(i)?;
        let mut j = j;
        for _ in 0..3 {
            let t = self.doc.t(j);
            if t.is_sign(b",;/")
                || t.is_sign(&[0])
                || t.tok == Tok::Word && t.len() <= 3 && t.gap <= Gap::Space
            {
                j += 1;
            }
        }
        if j == i {
            return None;
        }
        let (lon, _, to) = self.decimal(if self.doc.t(j).is_sign(b"-+") { j + 1 } else { j })?;
        let precise = lat.1 >= 3 && lon.1 >= 3;
        if lat.0 > 90 || lon.0 > 180 || !precise {
            return None;
        }
        let cue = self.cue_before(lat_from, 8) == Some(Cue::Geo);
        if !cue && (lat.1 < 4 || lon.1 < 4) {
            return None;
        }
        let from = if self.doc.before(i).is_sign(b"-") && self.doc.t(i).gap == Gap::None {
            i - 1
        } else {
            i
        };
        self.add(from, to, Kind::Geo, if cue { 90 } else { 74 }, Evidence::of(Anchor::Digits));
        Some(to)
    }

    /// Degrees, minutes and seconds: `41°53'24.8"N 12°29'32.6"E`.
    fn geo_degrees(&mut self, i: usize) -> Option<usize> {
        let t = self.doc.t(i + 1);
        let minutes = self.doc.t(i + 2).tok == Tok::Num && self.doc.t(i + 3).is_sign(b"'");
        let degrees = minutes && t.gap == Gap::None && self.doc.s(i + 1) == "°";
        let start = self.doc.t(i).start as usize;
        let rest = if degrees { self.doc.text.get(start..)? } else { return None };
        let len: usize = rest
            .chars()
            .take(48)
            .take_while(|c| c.is_ascii_digit() || "°'′’\"″”., NSEWO".contains(*c))
            .map(char::len_utf8)
            .sum();
        let text =
            rest.get(..len)?.trim_end_matches(|c: char| !matches!(c, 'N' | 'S' | 'E' | 'W' | 'O'));
        let both = text.contains(['N', 'S'])
            && text.contains(['E', 'W', 'O'])
            && text.matches('°').count() == 2;
        if !both {
            return None;
        }
        self.add_bytes(start..start + text.len(), Kind::Geo, 88, Evidence::of(Anchor::Digits));
        let mut to = i + 1;
        while to < self.doc.len() && (self.doc.t(to).start as usize) < start + text.len() {
            to += 1;
        }
        Some(to)
    }

    /// A decimal number with a point: (whole part, decimals), its first token, the token after.
    fn decimal(&self, i: usize) -> Option<((u32, usize), usize, usize)> {
        let whole = self.doc.num(i)?;
        let (dot, frac) = (self.doc.t(i + 1), self.doc.t(i + 2));
        if !dot.is_sign(b".")
            || dot.gap != Gap::None
            || frac.gap != Gap::None
            || frac.tok != Tok::Num
        {
            return None;
        }
        let mut to = i + 3;
        // "45.43° N"
        while to < i + 5
            && (self.doc.t(to).is_sign(&[0])
                || (self.doc.t(to).tok == Tok::Word
                    && self.doc.t(to).len() == 1
                    && !self.doc.t(to).is(crate::lexicon::FILLER)))
        {
            to += 1;
        }
        Some(((whole, frac.len()), i, to))
    }

    /// Number words in a row that are too many for an amount.
    fn spoken_phone(&mut self, i: usize) -> Option<usize> {
        let (to, count) = self.spoken_at(i)?;
        self.steps += count;
        if count >= 6 && !self.covered(i, 50) {
            self.add(
                i,
                to,
                Kind::Phone,
                if count >= 8 { 66 } else { 54 },
                Evidence::of(Anchor::Digits),
            );
        }
        Some(to)
    }
}
