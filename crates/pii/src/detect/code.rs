//! Codes that speak for themselves: codice fiscale, IBAN, numbers with a telling check, plates, hardware addresses, IPv6, wallets.

use super::Finder;
use super::run::Code;
use crate::check::{iban, italy, national};
use crate::finding::{Anchor, Evidence};
use crate::kind::Kind;
use crate::token::{Gap, Shape, Tok};

impl Finder<'_> {
    pub(crate) fn codes(&mut self) {
        let doc = self.doc;
        let mut next = 0;
        for &mark in &doc.marks {
            let i = mark as usize;
            self.steps += 1;
            if i >= next {
                next = self.code_from(i).unwrap_or(i + 1);
            }
        }
    }

    fn code_from(&mut self, i: usize) -> Option<usize> {
        let t = self.doc.t(i);
        match t.tok {
            Tok::Sign(b':') => return self.ipv6(i),
            Tok::Sign(_) => return None,
            _ => {}
        }
        let glued = t.gap == Gap::None && self.doc.before(i).is_sign(b"_/@-#") && i > 0;
        if let Some(to) = self
            .mac(i)
            .or_else(|| if self.doc.t(i + 1).is_sign(b":") { self.ipv6(i) } else { None })
        {
            return Some(to);
        }
        if let Some(to) = self.iban(i) {
            return Some(to);
        }
        if glued {
            return None;
        }
        match t.tok {
            Tok::Mix if t.len() == 13 && self.prefixed_vat(i) => Some(i + 1),
            Tok::Mix => self
                .fiscal_code(i)
                .or_else(|| self.checked_code(i))
                .or_else(|| self.plate(i))
                .or_else(|| self.wallet(i)),
            Tok::Word if t.len() == 6 => self.fiscal_code(i),
            Tok::Word if t.len() <= 3 && t.shape == Shape::Upper => {
                self.checked_code(i).or_else(|| self.plate(i))
            }
            // Numbers start national ids only together with letters: "12345678 Z".
            Tok::Num if t.len() >= 2 => self.checked_code(i),
            _ => None,
        }
    }

    /// `IT` and eleven digits whose check holds.
    fn prefixed_vat(&mut self, i: usize) -> bool {
        let s = self.doc.s(i);
        let head = s.get(..2).is_some_and(|h| h.eq_ignore_ascii_case("it"));
        let ok = head && italy::vat_code(s.get(2..).unwrap_or("")) && !self.is_nobodys(i);
        if ok {
            self.add(i, i + 1, Kind::ItVatCode, 84, Evidence::of(Anchor::Code).check(true));
        }
        ok
    }

    /// Sixteen signs of a codice fiscale, whole or parted by spaces.
    fn fiscal_code(&mut self, i: usize) -> Option<usize> {
        let (to, text) = self.compact(i, 16)?;
        let read = italy::fiscal_code(&text)?;
        self.add(
            i,
            to,
            Kind::ItFiscalCode,
            if read.checked { 96 } else { 78 },
            Evidence::of(Anchor::Code).check(read.checked),
        );
        Some(to)
    }

    /// Whether neighbouring tokens from `i` on have exactly `n` letters and digits (without building them).
    fn adds_up(&self, i: usize, n: usize) -> bool {
        let mut sum = 0;
        for j in i..i + 12 {
            let t = self.doc.t(j);
            if !matches!(t.tok, Tok::Sign(_)) {
                sum += t.len();
            }
            if sum >= n || j > i && t.gap > Gap::Space {
                break;
            }
        }
        sum == n
    }

    /// Exactly `n` letters and digits over neighbouring tokens.
    fn compact(&self, i: usize, n: usize) -> Option<(usize, String)> {
        if !self.adds_up(i, n) {
            return None;
        }
        let mut text = String::with_capacity(n);
        let mut j = i;
        while text.len() < n && j < i + 12 {
            let t = self.doc.t(j);
            let near = j == i || matches!(t.gap, Gap::None | Gap::Space);
            if t.tok == Tok::Sign(b'-') || t.tok == Tok::Sign(b'.') {
                j += 1;
                continue;
            }
            if !near || matches!(t.tok, Tok::Sign(_)) || text.len() + t.len() > n {
                return None;
            }
            text.push_str(&self.doc.s(j).to_ascii_uppercase());
            j += 1;
        }
        let ends = self.doc.t(j).gap != Gap::None || matches!(self.doc.t(j).tok, Tok::Sign(_));
        (text.len() == n && text.is_ascii() && ends).then_some((j, text))
    }

    /// Two letters, two digits, and the length of the country; spaces anywhere.
    fn iban(&mut self, i: usize) -> Option<usize> {
        let t = self.doc.t(i);
        // Only `IT60…` in one token and `IT 60…` can start one.
        if !(t.tok == Tok::Mix && t.len() >= 4 || t.tok == Tok::Word && t.len() == 2) {
            return None;
        }
        let s = self.doc.s(i).as_bytes();
        let country = s.get(..2).filter(|c| c.iter().all(u8::is_ascii_alphabetic))?;
        let country = std::str::from_utf8(country).ok()?.to_ascii_uppercase();
        // `IT60…` in one token, or `IT 60 …`.
        let digits_next =
            t.len() == 2 && self.doc.t(i + 1).has_digit() && self.doc.t(i + 1).gap <= Gap::Space;
        let starts = s.get(2..4).is_some_and(|d| d.iter().all(u8::is_ascii_digit)) || digits_next;
        let want = if starts {
            iban::length(&country)?
        } else {
            return None;
        };
        let mut text = String::new();
        let mut j = i;
        let mut best = None;
        while text.len() < want + 4 && j < i + 24 {
            let t = self.doc.t(j);
            if matches!(t.tok, Tok::Sign(b'-' | b'.' | b'*')) && j > i && t.gap <= Gap::Space {
                j += 1;
                continue;
            }
            if matches!(t.tok, Tok::Sign(_)) || (j > i && !matches!(t.gap, Gap::None | Gap::Space))
            {
                break;
            }
            text.push_str(&self.doc.s(j).to_ascii_uppercase());
            j += 1;
            if text.len() >= want.saturating_sub(1) && text.len() <= want + 1 {
                let ok = iban::valid(&text);
                if ok
                    || best.is_none()
                    || text.len() == want && !best.as_ref().is_some_and(|(_, ok)| *ok)
                {
                    best = Some((j, ok));
                }
                if ok {
                    break;
                }
            }
        }
        let (to, ok) = best?;
        let code = Code {
            from: i,
            to,
            text: crate::normalise::compact_upper(self.doc.span_str(i, to)),
            digits: 0,
        };
        let digits = code.text.bytes().filter(u8::is_ascii_digit).count();
        if !code.text.is_ascii() || (!ok && digits * 2 < code.text.len()) || digits < 10 {
            return None;
        }
        // "is 0944…": two small letters before digits are a word, unless all fits.
        if !ok && t.len() == 2 && t.shape != Shape::Upper {
            return None;
        }
        self.add(i, to, Kind::Iban, if ok { 97 } else { 70 }, Evidence::of(Anchor::Code).check(ok));
        Some(to)
    }

    /// DNI, NIE, NRIC, NINO, and the forms of Italian documents and VAT numbers of the Union.
    fn checked_code(&mut self, i: usize) -> Option<usize> {
        if self.covered(i, 60) {
            return None;
        }
        let nobodys = self.is_nobodys(i);
        for n in [9_usize, 15] {
            if let Some((to, text)) = self.compact(i, n)
                && text.bytes().any(|b| b.is_ascii_alphabetic())
                && national::telling(&text).is_some()
                && !nobodys
            {
                self.add(i, to, Kind::NationalId, 80, Evidence::of(Anchor::Code).check(true));
                return Some(to);
            }
        }
        let (to, text) = self.compact(i, 9)?;
        // Electronic identity card: CA00000AA.
        let b = text.as_bytes();
        let letters = |r: std::ops::Range<usize>| {
            b.get(r).is_some_and(|s| s.iter().all(u8::is_ascii_uppercase))
        };
        let digits =
            |r: std::ops::Range<usize>| b.get(r).is_some_and(|s| s.iter().all(u8::is_ascii_digit));
        if letters(0..2)
            && digits(2..7)
            && letters(7..9)
            && text.starts_with('C')
            && !nobodys
            && self.doc.t(i).shape != Shape::Lower
        {
            self.add(i, to, Kind::ItIdentityCard, 72, Evidence::of(Anchor::Code));
            return Some(to);
        }
        None
    }

    /// Plates that are telling alone: AB123CD of Italy and France, with or without dashes.
    fn plate(&mut self, i: usize) -> Option<usize> {
        if self.covered(i, 60) || self.is_nobodys(i) {
            return None;
        }
        let (to, text) = self.compact(i, 7)?;
        let b = text.as_bytes();
        let letter =
            |k: usize| b.get(k).is_some_and(|c| c.is_ascii_uppercase() && !b"IOQU".contains(c));
        let digit = |k: usize| b.get(k).is_some_and(u8::is_ascii_digit);
        let form =
            letter(0) && letter(1) && digit(2) && digit(3) && digit(4) && letter(5) && letter(6);
        let written = self.doc.s(i).bytes().all(|c| !c.is_ascii_lowercase());
        if form && written {
            self.add(i, to, Kind::LicensePlate, 60, Evidence::of(Anchor::Code));
            return Some(to);
        }
        None
    }

    /// Six pairs of hexadecimal digits parted by one sign, or three groups of four by dots.
    fn mac(&mut self, i: usize) -> Option<usize> {
        let joined = self.doc.t(i + 1);
        if !matches!(self.doc.t(i).len(), 2 | 4)
            || joined.gap != Gap::None
            || !joined.is_sign(b":-.")
        {
            return None;
        }
        let hex = |k: usize, n: usize| {
            let t = self.doc.t(k);
            t.len() == n && self.doc.s(k).bytes().all(|b| b.is_ascii_hexdigit())
        };
        if !hex(i, 2) && !hex(i, 4) {
            return None;
        }
        let (n, parts, seps): (usize, usize, &[u8]) =
            if hex(i, 2) { (2, 6, b":-.") } else { (4, 3, b".") };
        let sep = self.doc.t(i + 1).sign().filter(|b| seps.contains(b))?;
        for k in 1..parts {
            let at = i + 2 * k;
            let tight = self.doc.t(at).gap == Gap::None && self.doc.t(at - 1).gap == Gap::None;
            if !tight || !hex(at, n) || self.doc.t(at - 1).sign() != Some(sep) {
                return None;
            }
        }
        let to = i + 2 * parts - 1;
        let longer = self.doc.t(to).sign() == Some(sep)
            && self.doc.t(to + 1).gap == Gap::None
            && self.doc.t(to).gap == Gap::None;
        let before =
            i > 0 && self.doc.before(i).sign() == Some(sep) && self.doc.t(i).gap == Gap::None;
        let text = self.doc.span_str(i, to);
        let nobody = text.bytes().all(|b| !b.is_ascii_alphanumeric() || b == b'0')
            || text.bytes().all(|b| !b.is_ascii_alphanumeric() || b.eq_ignore_ascii_case(&b'f'));
        // Pairs parted by points are decimal as often: a letter among them shows.
        let decimal = sep == b'.' && n == 2 && !text.bytes().any(|b| b.is_ascii_alphabetic());
        if longer || before || nobody || decimal {
            return None;
        }
        self.add(i, to, Kind::Mac, 88, Evidence::of(Anchor::Code));
        Some(to)
    }

    /// An IPv6 address: at least two colons, groups of at most four hexadecimal digits, `::` at most once.
    fn ipv6(&mut self, i: usize) -> Option<usize> {
        let start = self.doc.t(i).start as usize;
        if i > 0
            && self.doc.t(i).gap == Gap::None
            && matches!(self.doc.before(i).tok, Tok::Word | Tok::Num | Tok::Mix)
        {
            return None;
        }
        let rest = self.doc.text.get(start..)?;
        let len = rest
            .bytes()
            .take(46)
            .take_while(|b| b.is_ascii_hexdigit() || matches!(b, b':' | b'.'))
            .count();
        let text = rest.get(..len)?.trim_end_matches('.');
        let text = if text.ends_with(':') && !text.ends_with("::") {
            text.trim_end_matches(':')
        } else {
            text
        };
        let colons = text.bytes().filter(|b| *b == b':').count();
        let address: std::net::Ipv6Addr = if colons >= 2 {
            text.parse().ok()?
        } else {
            return None;
        };
        let end = start + text.len();
        let mut to = i;
        while (self.doc.t(to).end as usize) <= end && to < self.doc.len() {
            to += 1;
        }
        // Link-local, loopback, unspecified: of no one.
        let local = address.is_loopback()
            || address.is_unspecified()
            || address
                .segments()
                .first()
                .is_some_and(|s| s & 0xffc0 == 0xfe80 || s & 0xfe00 == 0xfc00);
        if text.len() < 5 {
            return Some(to);
        }
        self.add_bytes(
            start..end,
            Kind::Ip,
            if local { 20 } else { 86 },
            Evidence::of(Anchor::Code).check(!local),
        );
        Some(to)
    }

    /// Bitcoin addresses by form, Ethereum addresses by form.
    fn wallet(&mut self, i: usize) -> Option<usize> {
        let s = self.doc.s(i);
        let base58 = |s: &str| {
            s.bytes().all(|b| b.is_ascii_alphanumeric() && !matches!(b, b'0' | b'O' | b'I' | b'l'))
        };
        let mixed =
            s.bytes().any(|b| b.is_ascii_uppercase()) && s.bytes().any(|b| b.is_ascii_lowercase());
        let old = (26..=35).contains(&s.len()) && s.starts_with(['1', '3']) && base58(s) && mixed;
        let new = s.starts_with("bc1")
            && (26..=62).contains(&s.len())
            && s.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        let ether = s.len() == 42
            && s.starts_with("0x")
            && s.bytes().skip(2).all(|b| b.is_ascii_hexdigit());
        if !(old || new || ether) {
            return None;
        }
        self.add(i, i + 1, Kind::CryptoWallet, 76, Evidence::of(Anchor::Code));
        Some(i + 1)
    }
}
