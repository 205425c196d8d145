//! Addresses that no street word shows: by their postcode, by a flat or suite with its number, or by a cue before them.

use super::Finder;
use crate::cue::Cue;
use crate::finding::{Anchor, Evidence};
use crate::kind::Kind;
use crate::lexicon::{COMMON, CUE, FILLER, ORG, PARTICLE, PLACE, STREET, STREET_END, UNIT};
use crate::token::{Gap, Tok};

impl Finder<'_> {
    /// `EH6 5DX`, `CF243AA` at token `j`: the token after.
    pub(crate) fn uk_postcode(&self, j: usize) -> Option<usize> {
        let t = self.doc.t(j);
        let s = self.doc.s(j).as_bytes();
        let outward = |b: &[u8]| {
            let letters = b.iter().take_while(|c| c.is_ascii_alphabetic()).count();
            let rest = b.get(letters..).unwrap_or(b"");
            (1..=2).contains(&letters)
                && (1..=2).contains(&rest.len())
                && rest.first().is_some_and(u8::is_ascii_digit)
                && rest.iter().all(u8::is_ascii_alphanumeric)
        };
        let inward = |b: &[u8]| matches!(b, [d, x, y] if d.is_ascii_digit() && x.is_ascii_alphabetic() && y.is_ascii_alphabetic());
        if t.tok != Tok::Mix {
            return None;
        }
        let next = self.doc.t(j + 1);
        if outward(s)
            && next.gap == Gap::Space
            && next.tok == Tok::Mix
            && inward(self.doc.s(j + 1).as_bytes())
        {
            return Some(j + 2);
        }
        let (head, tail) = s.split_at_checked(s.len().saturating_sub(3))?;
        ((5..=7).contains(&s.len()) && outward(head) && inward(tail)).then_some(j + 1)
    }

    pub(crate) fn has_postcode(&self, from: usize, to: usize) -> bool {
        (from..to).any(|j| {
            (self.doc.t(j).tok == Tok::Num && matches!(self.doc.t(j).len(), 4 | 5 | 9))
                || self.uk_postcode(j).is_some()
        })
    }

    /// A postcode with its town (`39100 Bolzano, Piazza Walther 8`) or a British one.
    pub(crate) fn postcode_alone(&mut self, i: usize) -> Option<usize> {
        if self.covered(i, 50) {
            return None;
        }
        if let Some(to) = self.uk_postcode(i) {
            let upper = self.doc.s(i).bytes().all(|b| !b.is_ascii_lowercase());
            let mut from = i;
            from = self.before_postcode(i).unwrap_or(from);
            // "14, CF24 3AA"
            if from == i
                && i >= 2
                && self.doc.t(i - 1).is_sign(b",")
                && self.doc.t(i - 2).tok == Tok::Num
                && self.doc.t(i - 2).len() <= 4
            {
                from = i - 2;
            }
            if !self.is_nobodys(i) && (upper || self.address_cue(i)) {
                self.add(
                    from,
                    to,
                    Kind::Address,
                    if self.address_cue(i) { 80 } else { 62 },
                    Evidence::of(Anchor::Code),
                );
            }
            return Some(to);
        }
        let t = self.doc.t(i);
        let next = self.doc.t(i + 1);
        // "Am Alten Hafen 7, 27568 Bremerhaven": a street that no word shows, by what follows it.
        if t.tok == Tok::Num
            && matches!(t.len(), 4 | 5)
            && next.is_capital()
            && next.gap == Gap::Space
            && self.cased_text()
            && let Some(from) = self.numbered_before(i)
        {
            let to = self.grow(i);
            self.add(from, to, Kind::Address, 76, Evidence::of(Anchor::Street));
            return Some(to);
        }
        // Postcode first, then town and street.
        if t.tok == Tok::Num
            && t.len() == 5
            && next.is_capital()
            && next.gap == Gap::Space
            && self.cased_text()
        {
            let mut j = i + 1;
            while self.doc.t(j).tok == Tok::Word
                && self.doc.t(j).is_capital()
                && self.doc.t(j).gap == Gap::Space
                && j < i + 5
            {
                j += 1;
            }
            let street = if self.doc.t(j).is_sign(b",-") { j + 1 } else { j };
            if self.doc.t(street).len() > 2
                && self.doc.t(street).is(STREET)
                && self.doc.t(street).gap == Gap::Space
            {
                let mut k = street + 1;
                while k < street + 8 && self.house(k).is_none() && self.doc.t(k).gap <= Gap::Space {
                    k += 1;
                }
                if let Some(to) = self.house(k) {
                    self.add(i, to, Kind::Address, 82, Evidence::of(Anchor::Street));
                    return Some(to);
                }
            }
        }
        None
    }

    /// Capital words and a house number right before a postcode: where they start.
    fn numbered_before(&self, i: usize) -> Option<usize> {
        let mut k = i.checked_sub(1)?;
        if self.doc.t(k).is_sign(b",-") {
            k = k.checked_sub(1)?;
        }
        let house = self.doc.t(k);
        if !house.has_digit()
            || house.len() > 5
            || self.doc.t(i).gap > Gap::Space
            || self.doc.digit_count(k) > 4
        {
            return None;
        }
        let mut from = k;
        let mut words = 0;
        while words < 5 {
            let p = self.doc.before(from);
            let named = p.tok == Tok::Word
                && (p.is_capital() || p.is(PARTICLE) && self.doc.t(from).is_capital())
                && self.doc.t(from).gap <= Gap::Space
                && !p.is(CUE);
            let dash = p.is_sign(b"-'.,")
                && from >= 2
                && self.doc.t(from - 2).is_capital()
                && (p.gap == Gap::None);
            if from == 0 || !(named || dash) {
                break;
            }
            from -= 1;
            words += usize::from(named);
        }
        while from < k && !(self.doc.t(from).is_capital()) {
            from += 1;
        }
        (words > 0 && from < k).then_some(from)
    }

    /// What stands before a British postcode on its line, when a comma or a street word in it shows an address.
    fn before_postcode(&self, i: usize) -> Option<usize> {
        let (mut from, mut commas, mut street) = (i, 0, false);
        for _ in 0..14 {
            let Some(k) = from.checked_sub(1) else { break };
            let (t, here) = (self.doc.t(k), self.doc.t(from));
            if here.gap > Gap::Space {
                break;
            }
            let part =
                t.is_capital() && !t.is(CUE) || t.has_digit() && t.len() <= 5 || t.is_sign(b",'-");
            if !part {
                break;
            }
            commas += usize::from(t.is_sign(b","));
            street |= t.is(STREET_END) || t.has_digit();
            from = k;
        }
        while from < i && matches!(self.doc.t(from).tok, Tok::Sign(_)) {
            from += 1;
        }
        (from < i && (commas > 0 || street)).then_some(from)
    }

    /// A flat or suite with its number: the address around it, when no street word showed it ("22829 Jagerij 64 Apt. 591").
    pub(crate) fn around_unit(&mut self, i: usize) -> Option<usize> {
        let s = self.doc.s(i).to_lowercase();
        if !matches!(
            s.as_str(),
            "apt"
                | "apartment"
                | "suite"
                | "ste"
                | "unit"
                | "flat"
                | "int"
                | "interno"
                | "scala"
                | "piso"
                | "app"
                | "appartement"
                | "whg"
        ) || !self.unit_value(i + 1)
            || self.covered(i, 60)
        {
            return None;
        }
        let (mut from, mut number, mut lines) = (i, false, 0);
        for _ in 0..9 {
            let Some(k) = from.checked_sub(1) else { break };
            let (t, here) = (self.doc.t(k), self.doc.t(from));
            if here.gap == Gap::Line {
                lines += 1;
                if lines > 1 {
                    break;
                }
            }
            let word =
                t.tok == Tok::Word && !t.is(CUE | COMMON | FILLER) || t.is_capital() && !t.is(CUE);
            let digits = t.has_digit() && t.len() <= 6;
            if !(word || digits || t.is_sign(b".,'-"))
                || number && here.has_digit() && !digits && !word
            {
                break;
            }
            number |= digits;
            from = k;
        }
        while from < i && !self.doc.t(from).has_digit() {
            from += 1;
        }
        if !number || from == i {
            return None;
        }
        let to = self.grow(i);
        self.add(from, to, Kind::Address, 66, Evidence::of(Anchor::Street));
        Some(to)
    }

    fn cased_text(&self) -> bool {
        !self.doc.lower
    }

    /// After "my address is", "zip": what has a number and was not found by its form.
    pub(crate) fn cued_addresses(&mut self) {
        for h in 0..self.hits.len() {
            let Some(hit) = self.hits.get(h).copied().filter(|h| h.cue == Cue::Address) else {
                continue;
            };
            self.address_after(hit.to, Evidence::of(Anchor::Cue).cue("address"), hit.to + 8);
        }
        if self.message && self.asked.contains(&Cue::Address) {
            self.address_after(0, Evidence::of(Anchor::Answer).cue("address").asked(), 4);
        }
    }

    fn address_after(&mut self, from: usize, evidence: Evidence, until: usize) {
        let mut j = from;
        while j < until && !self.doc.t(j).has_digit() {
            let t = self.doc.t(j);
            if t.is_sign(b"?!")
                || t.gap == Gap::Line && j > from && !self.doc.before(j).is_sign(b":")
            {
                return;
            }
            j += 1;
        }
        let t = self.doc.t(j);
        if !t.has_digit()
            || self.covered(j, 50)
            || j >= self.doc.len()
            || self.hits.iter().any(|h| {
                h.from > from
                    && h.to <= j
                    && !matches!(h.cue, Cue::Address | Cue::NameWeak | Cue::NameLabel | Cue::Name)
            })
        {
            return;
        }
        if t.len() > 10
            || self.is_amount(j + 1)
            || self.date_at(j).is_some()
            || matches!(self.doc.t(j + 1).tok, Tok::Sign(b'.' | b':'))
                && self.doc.t(j + 1).gap == Gap::None
                && self.doc.t(j + 2).has_digit()
        {
            return;
        }
        // Number, then words that are no ordinary ones, then what grows.
        let mut k = j + 1;
        let mut words = 0;
        while k < j + 12 {
            let w = self.doc.t(k);
            if w.gap > Gap::Space {
                break;
            }
            if w.is_sign(b",.-/#'") {
                k += 1;
                continue;
            }
            let telling =
                w.is_capital() || w.is(STREET_END | STREET | UNIT | PLACE) && !w.is(FILLER);
            let wordy = w.tok == Tok::Word && (telling || !w.is(COMMON | FILLER | CUE | ORG));
            if !wordy && !w.has_digit() {
                break;
            }
            words += usize::from(wordy);
            k += 1;
        }
        while k > j + 1 && matches!(self.doc.t(k - 1).tok, Tok::Sign(_)) {
            k -= 1;
        }
        // "does it ship to 90210?": a place that is asked about is nobody's.
        let asked_about = (k..k + 10).any(|q| self.doc.t(q).is_sign(b"?"));
        let zip = matches!(t.len(), 4..=6) && t.tok == Tok::Num && !asked_about;
        if words >= 1 || zip {
            self.add(j, k, Kind::Address, if words >= 2 { 66 } else { 56 }, evidence);
        }
    }
}
