//! Values that a cue announces: "my PIN is 4471", "targa GK-550-PT", "password: …", and the same with the cue behind.
//!
//! A cue looks ahead over fillers and a few ordinary words, up to the end of its sentence or the next cue, and takes the first thing
//! that has the form of its kind. The question of the turn before acts as a cue that stands before the message.

use super::{Finder, is_name_cue};
use crate::check::{card, iban, italy, national};
use crate::cue::Cue;
use crate::finding::{Anchor, Evidence};
use crate::kind::Kind;
use crate::lexicon::{COMMON, FILLER, NUMBER};
use crate::token::{Gap, Shape, Tok};

/// How many tokens a cue looks ahead.
const REACH: usize = 16;
/// How many tokens of an answer are looked at.
const ANSWER: usize = 24;

impl Finder<'_> {
    pub(crate) fn cued(&mut self) {
        for h in 0..self.hits.len() {
            let Some(hit) = self.hits.get(h).copied() else {
                break;
            };
            if matches!(hit.cue, Cue::Order | Cue::Thing | Cue::Address | Cue::Geo)
                || is_name_cue(hit.cue)
            {
                continue;
            }
            let end = self.reach_of(h);
            let evidence = Evidence::of(Anchor::Cue).cue(hit.cue.name());
            let mut found = self.value(hit.cue, hit.to, end, evidence);
            if found.is_none() {
                self.value_behind(hit.cue, hit.from, evidence);
            }
            // "passport of Anna is X and mine Y": the same kind once more, joined by a word or two.
            for _ in 0..4 {
                let Some(to) = found else { break };
                found = self.next_of_list(hit.cue, to, evidence);
            }
        }
        if self.message && self.doc.len() <= 60 {
            for cue in self.asked.clone() {
                let evidence = Evidence::of(Anchor::Answer).cue(cue.name()).asked();
                let end = self.doc.len().min(ANSWER);
                if self.value(cue, 0, end, evidence).is_some() {
                    break;
                }
            }
        }
    }

    /// The token before which cue `h` stops looking.
    fn reach_of(&self, h: usize) -> usize {
        let Some(hit) = self.hits.get(h) else {
            return 0;
        };
        let mut end = hit.to + REACH;
        if let Some(next) =
            self.hits.iter().skip(h + 1).take(6).find(|n| !is_name_cue(n.cue) && n.cue != hit.cue)
        {
            // "PIN for my card is 4471": a cue right behind a preposition belongs to the same phrase.
            let same_phrase = next.from <= hit.to + 3
                && !matches!(next.cue, Cue::Order | Cue::Thing)
                && narrower(hit.cue, next.cue);
            if !same_phrase {
                end = end.min(next.from);
            }
        }
        let first =
            (hit.to..hit.to + 3).find(|j| !self.doc.t(*j).is_sign(b":=-.#")).unwrap_or(hit.to);
        for j in hit.to + 1..end {
            if j > first && self.sentence_ends(j) {
                return j;
            }
        }
        end.min(self.doc.len())
    }

    /// Finds a value of a cue's kind in tokens `from..end`; returns the token after it.
    fn value(&mut self, cue: Cue, from: usize, end: usize, evidence: Evidence) -> Option<usize> {
        self.steps += 1;
        match cue {
            Cue::Username | Cue::Password | Cue::ApiKey | Cue::Answer => {
                return self.secret(cue, from, end, evidence);
            }
            Cue::Birth => return self.birth(from, end, evidence),
            Cue::Expiry => return self.expiry(from, end, evidence),
            _ => {}
        }
        let i = (from..end).find(|j| self.starts_value(*j))?;
        // What stands between says nothing when it is long.
        if i > from + 12 {
            return None;
        }
        self.numeric(cue, i, evidence)
            .or_else(|| self.coded(cue, i, evidence))
            .or_else(|| self.spoken(cue, i, evidence))
    }

    /// Whether a number, a code or a spoken number may start at token `j`.
    fn starts_value(&self, j: usize) -> bool {
        let t = self.doc.t(j);
        match t.tok {
            Tok::Num | Tok::Mix => true,
            Tok::Word => {
                let next = self.doc.t(j + 1);
                let after = self.doc.t(j + 2);
                let digits_follow = (next.has_digit() && next.gap <= Gap::Space)
                    || (next.is_sign(b"-/._")
                        && next.gap == Gap::None
                        && after.has_digit()
                        && after.gap == Gap::None);
                let short_capitals = t.len() <= 6
                    && t.shape == Shape::Upper
                    && (!t.is(FILLER | COMMON) || t.len() <= 3 && !self.doc.shouting);
                let tight = t.len() <= 6
                    && (t.shape == Shape::Upper || t.len() <= 4)
                    && self.chain_has_digits(j);
                let odd = t.len() <= 3 && !t.is(COMMON | FILLER);
                tight
                    || (digits_follow && (short_capitals || odd))
                    || self.spelled_at(j).is_some_and(|(to, digits)| digits >= 3 && to >= j + 6)
                    || (t.is(NUMBER) && !t.is(FILLER) && self.spoken_at(j).is_some_and(|s| s.1 > 2))
            }
            Tok::Sign(b) => b == b'+' && self.doc.t(j + 1).tok == Tok::Num,
        }
    }

    /// "TRV-IT-0091823": short parts joined by signs, up to one with digits.
    fn chain_has_digits(&self, j: usize) -> bool {
        let mut k = j;
        for _ in 0..3 {
            let (sign, part) = (self.doc.t(k + 1), self.doc.t(k + 2));
            let joined = sign.is_sign(b"-/._") && sign.gap == Gap::None && part.gap == Gap::None;
            if !joined || part.len() > 20 {
                return false;
            }
            if part.has_digit() {
                return true;
            }
            k += 2;
        }
        false
    }

    /// A value of digits.
    fn numeric(&mut self, cue: Cue, i: usize, evidence: Evidence) -> Option<usize> {
        let plus = self.doc.t(i).is_sign(b"+");
        let run = self.digits_at(i + usize::from(plus), 12)?;
        let from = i;
        let n = run.digits.len();
        let joined_letters = self.doc.t(run.to).gap == Gap::None
            && matches!(self.doc.t(run.to).tok, Tok::Word | Tok::Mix);
        if joined_letters {
            return None;
        }
        // "7 0 4 2": digits read out one by one are one group.
        let one_by_one = run.groups.iter().all(|g| *g == 1);
        let first_group = if one_by_one { n } else { run.groups.first().copied().unwrap_or(0) };
        let first_to = if one_by_one { run.to } else { run.from + 1 };
        let (kind, to, confidence, check) = match cue {
            Cue::Phone => {
                let (to, digits) = self.cut(&run, 15);
                if !(6..=15).contains(&digits.len())
                    || (crate::phone::freephone(&digits) && !plus)
                    || self.is_amount(run.to)
                {
                    return None;
                }
                (Kind::Phone, to, 88, None)
            }
            Cue::Card | Cue::Last4 => return self.card_value(cue, &run, evidence),
            Cue::Cvv if matches!(first_group, 3 | 4) => {
                (Kind::CardVerification, first_to, 85, None)
            }
            Cue::Account if n >= 4 && !self.is_amount(run.to) => {
                let (to, digits) = self.cut(&run, 24);
                if is_year(&digits) {
                    return None;
                }
                (Kind::BankAccount, to, if digits.len() > 5 { 80 } else { 66 }, None)
            }
            Cue::Vat if n == 11 || (10..=12).contains(&n) => {
                (Kind::ItVatCode, run.to, 84, Some(italy::vat_code(&run.digits)))
            }
            Cue::Ssn => match n {
                9 => (Kind::UsSsn, run.to, 88, Some(national::us_ssn(&run.digits))),
                4 => (Kind::UsSsnLast4, run.to, 80, None),
                _ if first_group == 4 => (Kind::UsSsnLast4, run.from + 1, 75, None),
                _ if first_group == 9 => (Kind::UsSsn, run.from + 1, 80, None),
                5..=11 => (Kind::UsSsn, run.to, 70, None),
                3 => (Kind::UsSsnLast4, run.to, 55, None),
                _ => return None,
            },
            Cue::NationalId if (7..=18).contains(&n) => (Kind::NationalId, run.to, 80, None),
            Cue::Passport if (6..=12).contains(&n) => (Kind::Passport, run.to, 80, None),
            Cue::IdCard if (6..=10).contains(&n) => (Kind::ItIdentityCard, run.to, 60, None),
            Cue::License if (5..=16).contains(&n) => (Kind::DriverLicense, run.to, 72, None),
            Cue::TaxId if (7..=14).contains(&n) => (Kind::TaxId, run.to, 75, None),
            Cue::Medical if (5..=16).contains(&n) => (Kind::MedicalId, run.to, 78, None),
            Cue::Pin
                if (3..=8).contains(&first_group)
                    && (run.groups.len() <= 2 || one_by_one)
                    && !self.is_amount(run.to) =>
            {
                (Kind::Pin, if n <= 8 { run.to } else { run.from + 1 }, 80, None)
            }
            Cue::Otp if (4..=8).contains(&n) && (run.groups.len() <= 3 || one_by_one) => {
                (Kind::Otp, run.to, 82, None)
            }
            Cue::Otp if (4..=8).contains(&first_group) => (Kind::Otp, run.from + 1, 75, None),
            Cue::Device if (14..=16).contains(&n) => {
                (Kind::DeviceId, run.to, 38, Some(card::luhn(&run.digits)))
            }
            Cue::Customer if n >= 4 && !self.is_amount(run.to) => {
                let (to, digits) = self.cut(&run, 20);
                if self.date_at(run.from).is_some() || is_year(&digits) {
                    return None;
                }
                (Kind::AccountId, to, if digits.len() > 5 { 78 } else { 62 }, None)
            }
            Cue::Email | Cue::Iban | Cue::FiscalCode => return None,
            _ => return None,
        };
        let evidence = check.map_or(evidence, |ok| evidence.check(ok));
        let confidence = match check {
            Some(true) => confidence + 10,
            Some(false) => confidence - 8,
            None => confidence,
        };
        self.add(from, to, kind, confidence, evidence);
        Some(to)
    }

    /// A card number after its cue, or the last digits that stand for one.
    fn card_value(
        &mut self,
        cue: Cue,
        run: &super::run::Digits,
        evidence: Evidence,
    ) -> Option<usize> {
        let n = run.digits.len();
        if (12..=19).contains(&n) && cue == Cue::Card {
            let ok = card::luhn(&run.digits);
            let known = card::brand(&run.digits).is_some();
            let confidence = 70 + if ok { 20 } else { 0 } + if known { 8 } else { 0 };
            self.add(run.from, run.to, Kind::CreditCard, confidence, evidence.check(ok));
            return Some(run.to);
        }
        if n > 19 {
            // Card, expiry and code in a row: `number` splits them.
            return Some(run.to);
        }
        let bare = evidence.asked || cue == Cue::Card;
        if n == 4
            && bare
            && !is_year(&run.digits)
            && !self.is_amount(run.to)
            && run.from <= self.near(cue, run.from)
        {
            self.add(
                run.from,
                run.to,
                Kind::CardLast4,
                if evidence.asked { 70 } else { 52 },
                evidence,
            );
            return Some(run.to);
        }
        None
    }

    /// The furthest token at which a short value still belongs to the cue before `i`.
    fn near(&self, cue: Cue, i: usize) -> usize {
        let at = self.hits.partition_point(|h| h.to <= i);
        let to = self
            .hits
            .get(..at)
            .and_then(|h| h.iter().rev().take(3).find(|h| h.cue == cue))
            .map_or(0, |h| h.to);
        to + 3
    }

    /// A value of letters and digits.
    fn coded(&mut self, cue: Cue, i: usize, evidence: Evidence) -> Option<usize> {
        if self.date_at(i).is_some() {
            return None;
        }
        let code = self.spelled_code(i).or_else(|| self.code_at(i))?;
        let n = code.text.len();
        let (kind, confidence, check) = match cue {
            Cue::Iban if (14..=36).contains(&n) => (Kind::Iban, 82, Some(iban::valid(&code.text))),
            Cue::FiscalCode if (15..=17).contains(&n) => (
                Kind::ItFiscalCode,
                84,
                Some(italy::fiscal_code(&code.text).is_some_and(|c| c.checked)),
            ),
            Cue::Account if n >= 5 && code.digits >= 4 && n <= 30 => (Kind::BankAccount, 74, None),
            Cue::Vat if code.text.starts_with("IT") && n == 13 => {
                (Kind::ItVatCode, 85, Some(italy::vat_code(code.text.get(2..).unwrap_or(""))))
            }
            Cue::TaxId if (7..=15).contains(&n) && code.digits >= 5 => (Kind::TaxId, 74, None),
            Cue::NationalId if (6..=20).contains(&n) && code.digits >= 4 => {
                (Kind::NationalId, 82, national::telling(&code.text).map(|_| true))
            }
            Cue::Passport if (6..=13).contains(&n) && code.digits >= 4 => {
                (Kind::Passport, 84, None)
            }
            Cue::IdCard if (7..=12).contains(&n) && code.digits >= 4 => {
                (Kind::ItIdentityCard, 84, None)
            }
            Cue::License if (5..=20).contains(&n) && code.digits >= 4 => {
                (Kind::DriverLicense, 80, None)
            }
            Cue::Medical if (5..=20).contains(&n) && code.digits >= 4 => {
                (Kind::MedicalId, 80, None)
            }
            // A letter read for a digit ("636-3l-6323").
            Cue::Ssn if n == 9 && code.digits >= 6 => (Kind::UsSsn, 66, None),
            Cue::Plate if (4..=9).contains(&n) && code.digits >= 1 => {
                (Kind::LicensePlate, 82, None)
            }
            Cue::Vin if n == 17 => (Kind::VehicleId, 46, None),
            Cue::Device if n == 12 && code.text.bytes().all(|b| b.is_ascii_hexdigit()) => {
                (Kind::Mac, 80, None)
            }
            Cue::Device if n >= 10 && code.digits >= 6 => (Kind::DeviceId, 44, None),
            Cue::Pin if n <= 10 && code.digits >= 3 => (Kind::Pin, 70, None),
            Cue::Otp if (4..=10).contains(&n) && code.digits >= 2 => (Kind::Otp, 76, None),
            Cue::Customer if (4..=24).contains(&n) && code.digits >= 3 => {
                (Kind::AccountId, 80, None)
            }
            _ => return None,
        };
        let evidence = check.map_or(evidence, |ok| evidence.check(ok));
        self.add(
            code.from,
            code.to,
            kind,
            confidence + if check == Some(true) { 12 } else { 0 },
            evidence,
        );
        Some(code.to)
    }

    /// Digits in words.
    fn spoken(&mut self, cue: Cue, i: usize, evidence: Evidence) -> Option<usize> {
        let (to, count) = self.spoken_at(i)?;
        let kind = match cue {
            Cue::Phone if count >= 4 => Kind::Phone,
            Cue::NationalId if count >= 3 => Kind::NationalId,
            Cue::Pin if count >= 3 => Kind::Pin,
            Cue::Otp if count >= 3 => Kind::Otp,
            Cue::Customer if count >= 4 => Kind::AccountId,
            Cue::Cvv if count >= 3 => Kind::CardVerification,
            Cue::Card if count >= 8 => Kind::CreditCard,
            Cue::Account if count >= 4 => Kind::BankAccount,
            _ => return None,
        };
        self.add(i, to, kind, 74, evidence);
        Some(to)
    }

    /// "4471 is my PIN": the value before its cue, with fillers between.
    fn value_behind(&mut self, cue: Cue, before: usize, evidence: Evidence) {
        let mut j = before;
        for _ in 0..4 {
            let t = self.doc.before(j);
            let filler = t.tok == Tok::Word && t.is(FILLER);
            if filler || t.is_sign(b"(-=") {
                j -= 1;
                continue;
            }
            break;
        }
        if j == 0
            || j == before
                && !self.doc.t(before).is_sign(b"(")
                && self.doc.t(before).gap == Gap::Line
        {
            return;
        }
        let Some(last) = j.checked_sub(1).filter(|k| self.doc.t(*k).has_digit()) else {
            return;
        };
        if self.sentence_ends(j) || j == before && !self.doc.before(before).is_sign(b"(") {
            return;
        }
        // Back to the start of the run.
        let mut first = last;
        for _ in 0..8 {
            let Some(k) = first.checked_sub(1) else { break };
            let joined = self.doc.t(k).has_digit() && self.doc.t(first).gap <= Gap::Space;
            let across = self.doc.t(k).is_sign(b"-./") && k > 0 && self.doc.t(k - 1).has_digit();
            match (joined, across) {
                (true, _) => first = k,
                (_, true) => first = k - 1,
                _ => break,
            }
        }
        if self.covered(first, 60) || self.is_nobodys(first) {
            return;
        }
        let evidence = Evidence { anchor: Anchor::Digits, ..evidence };
        let _ = match cue {
            Cue::Birth => self.birth(first, j, evidence),
            _ => self.numeric(cue, first, evidence).or_else(|| self.coded(cue, first, evidence)),
        };
    }

    /// After a value that ends at `from`: another of the same kind joined by "and", a comma or "or".
    fn next_of_list(&mut self, cue: Cue, from: usize, evidence: Evidence) -> Option<usize> {
        let mut j = from;
        for _ in 0..3 {
            let t = self.doc.t(j);
            if t.gap == Gap::Line {
                return None;
            }
            if t.is_sign(b",;/") || (t.tok == Tok::Word && t.is(FILLER) && t.len() <= 4) {
                j += 1;
            } else {
                break;
            }
        }
        if j == from || !self.starts_value(j) || self.hits.iter().any(|h| h.from == j) {
            return None;
        }
        if !matches!(
            cue,
            Cue::Phone | Cue::Passport | Cue::Plate | Cue::Customer | Cue::IdCard | Cue::Ssn
        ) {
            return None;
        }
        // A short number after a comma is something else.
        if self.doc.t(j).tok == Tok::Num && self.digits_at(j, 12).is_none_or(|d| d.digits.len() < 6)
        {
            return None;
        }
        self.numeric(cue, j, evidence).or_else(|| self.coded(cue, j, evidence))
    }

    /// Groups of a run up to `most` digits: the token after them and the digits.
    fn cut(&self, run: &super::run::Digits, most: usize) -> (usize, String) {
        if run.digits.len() <= most {
            return (run.to, run.digits.clone());
        }
        let mut count = 0;
        let groups = run.groups.iter().take_while(|g| {
            count += **g;
            count <= most
        });
        let kept: usize = groups.copied().sum();
        // The token of the last kept group.
        let (mut j, mut seen) = (run.from, 0);
        while j < run.to && seen < kept {
            seen += self.doc.digit_count(j);
            j += 1;
        }
        (j.max(run.from + 1), run.digits.get(..kept).unwrap_or("").to_owned())
    }

    /// Whether what stands after a number makes it an amount or a measure.
    pub(crate) fn is_amount(&self, to: usize) -> bool {
        let next = self.doc.t(to);
        // One or two digits behind a comma are cents; in a table of values a comma parts columns.
        let cents = self.doc.t(to + 1);
        let decimals = next.is_sign(b",")
            && next.gap == Gap::None
            && cents.tok == Tok::Num
            && cents.gap == Gap::None
            && cents.len() <= 2;
        let text = self.doc.text.get(next.start as usize..).unwrap_or("");
        decimals
            || text.starts_with(['€', '$', '£', '%'])
            || (next.tok == Tok::Word && next.is(crate::lexicon::MEASURE) && next.gap <= Gap::Space)
    }
}

/// Whether a second cue so near only narrows the first ("PIN of my card", "fiscal code on the health card").
const fn narrower(first: Cue, second: Cue) -> bool {
    matches!(
        (first, second),
        (
            Cue::Pin | Cue::Cvv | Cue::Expiry | Cue::Otp | Cue::Last4,
            Cue::Card | Cue::Account | Cue::Phone
        ) | (Cue::Birth, Cue::Birth)
            | (Cue::Phone, Cue::Email)
            | (
                Cue::Passport | Cue::IdCard | Cue::License | Cue::NationalId,
                Cue::NationalId | Cue::IdCard
            )
    )
}

/// Whether four digits look like a year of today.
pub(crate) fn is_year(digits: &str) -> bool {
    digits.len() == 4 && digits.parse::<u32>().is_ok_and(|y| (1985..=2035).contains(&y))
}
