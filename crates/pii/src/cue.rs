//! Cues: words and phrases that say what stands beside them, in all languages at once, matched as whole words on tokens.
//!
//! The list is data (`data/cues.txt`). A hit names a family, and the nearest family wins: that is how *order 4471* is not a PIN
//! and *PIN 4471* is not an order.

use crate::lexicon::{self, Hash, hash};
use crate::token::{Doc, Gap};
use crate::words::words;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::LazyLock;

macro_rules! cues {
    ($($(#[$doc:meta])* $name:ident = $section:literal;)*) => {
        /// A family of cues.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub(crate) enum Cue { $($(#[$doc])* $name,)* }

        impl Cue {
            /// The name in the list and in explanations.
            pub(crate) const fn name(self) -> &'static str {
                match self { $(Cue::$name => $section,)* }
            }

            fn from_name(name: &str) -> Option<Cue> {
                match name { $($section => Some(Cue::$name),)* _ => None }
            }
        }
    };
}

cues! {
    /// "my name is": what follows is a name, whatever its case.
    Name = "name";
    /// "I am", "sono": a name may follow.
    NameWeak = "name_weak";
    /// "Name:", "Patient:": a form's label, before a colon or at the start of a line.
    NameLabel = "name_label";
    /// Phone.
    Phone = "phone";
    /// Mail.
    Email = "email";
    /// Card number.
    Card = "card";
    /// Card code.
    Cvv = "cvv";
    /// Card expiry.
    Expiry = "expiry";
    /// IBAN.
    Iban = "iban";
    /// Bank account.
    Account = "account";
    /// Codice fiscale.
    FiscalCode = "fiscal_code";
    /// Partita IVA.
    Vat = "vat";
    /// US SSN, whole or its end.
    Ssn = "ssn";
    /// Number of a person given by a state.
    NationalId = "national_id";
    /// Passport.
    Passport = "passport";
    /// Italian identity card.
    IdCard = "id_card";
    /// Driving licence.
    License = "license";
    /// Tax number.
    TaxId = "tax_id";
    /// Patient and insurance numbers.
    Medical = "medical";
    /// User name.
    Username = "username";
    /// Password.
    Password = "password";
    /// Key or token.
    ApiKey = "api_key";
    /// PIN and door codes.
    Pin = "pin";
    /// One-time code.
    Otp = "otp";
    /// Security question.
    Answer = "answer";
    /// Plate.
    Plate = "plate";
    /// Vehicle identification number.
    Vin = "vin";
    /// IMEI, serial of a device.
    Device = "device";
    /// Birth.
    Birth = "birth";
    /// Address.
    Address = "address";
    /// Customer, policy, contract, member number.
    Customer = "customer";
    /// Coordinates.
    Geo = "geo";
    /// Last digits of something.
    Last4 = "last4";
    /// A reference that is nobody's: order, ticket, tracking, invoice.
    Order = "order";
    /// A product, version, error, size, price: numbers that are nobody's.
    Thing = "thing";
}

/// A cue found in a text: tokens `from..to`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hit {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) cue: Cue,
}

/// The keys are hashes already.
#[derive(Default)]
struct Same(u64);

impl Hasher for Same {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for b in bytes {
            self.0 = lexicon::hash_step(self.0, *b);
        }
    }

    fn write_u64(&mut self, n: u64) {
        self.0 = n;
    }
}

type Phrases = HashMap<Hash, Vec<Phrase>, BuildHasherDefault<Same>>;

struct Phrase {
    rest: Vec<Hash>,
    cue: Cue,
}

fn phrases() -> &'static Phrases {
    static PHRASES: LazyLock<Phrases> = LazyLock::new(|| {
        let mut map = Phrases::default();
        let mut section = None;
        for line in include_str!("../data/cues.txt").lines() {
            let line = line.split('#').next().unwrap_or("").trim();
            if let Some(name) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
                section = Cue::from_name(name);
                continue;
            }
            let Some(cue) = section else { continue };
            for phrase in line.split(',') {
                let mut hashes = words(phrase).map(|(_, w)| hash(&w));
                if let Some(first) = hashes.next() {
                    map.entry(first).or_default().push(Phrase { rest: hashes.collect(), cue });
                }
            }
        }
        // Longest first: "account number" before "account".
        for list in map.values_mut() {
            list.sort_by_key(|p| std::cmp::Reverse(p.rest.len()));
        }
        map
    });
    &PHRASES
}

/// The first words of all phrases, for the lexicon, and whether the word is a cue alone (weak ones, "is", "sono", are not).
pub(crate) fn first_words() -> impl Iterator<Item = (Hash, bool)> {
    let alone =
        |list: &Vec<Phrase>| list.iter().any(|p| p.rest.is_empty() && p.cue != Cue::NameWeak);
    phrases().iter().map(move |(hash, list)| (*hash, alone(list)))
}

/// All cues of a text, in order, not overlapping; a phrase of two families ("ship to": a name, an address) gives two hits.
pub(crate) fn find(doc: &Doc<'_>) -> Vec<Hit> {
    let mut hits = Vec::new();
    let mut i = 0;
    while i < doc.len() {
        i = if doc.t(i).is(lexicon::CUE_FIRST) { at(doc, i, &mut hits) } else { i + 1 };
    }
    hits
}

/// Adds the longest phrase that starts at token `i`; the token to go on from. Apostrophes, dots and dashes between its words don't
/// matter ("C.F.", "e-mail").
fn at(doc: &Doc<'_>, i: usize, hits: &mut Vec<Hit>) -> usize {
    let Some(list) = phrases().get(&doc.t(i).hash) else {
        return i + 1;
    };
    let mut found: Option<(usize, usize)> = None;
    for phrase in list {
        if found.is_some_and(|(_, words)| words > phrase.rest.len()) {
            break;
        }
        if let Some(to) = matches(doc, i, &phrase.rest) {
            hits.push(Hit { from: i, to, cue: phrase.cue });
            found = Some((to, phrase.rest.len()));
        }
    }
    found.map_or(i + 1, |(to, _)| to)
}

/// The token after the words `rest` that follow token `i`.
fn matches(doc: &Doc<'_>, i: usize, rest: &[Hash]) -> Option<usize> {
    let mut j = i + 1;
    for word in rest {
        let mut skipped = 0;
        while doc.t(j).is_sign(b".'-_/") && doc.t(j).gap == Gap::None && skipped < 2 {
            j += 1;
            skipped += 1;
        }
        if doc.t(j).hash != *word || doc.t(j).gap == Gap::Line {
            return None;
        }
        j += 1;
    }
    Some(j)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn families(text: &str) -> Vec<&'static str> {
        find(&Doc::new(text)).iter().map(|h| h.cue.name()).collect()
    }

    #[test]
    fn whole_words_and_the_longest_phrase() {
        assert_eq!(families("il mio codice fiscale è"), ["fiscal_code"]);
        assert_eq!(families("C.F. e P.IVA"), ["fiscal_code", "vat"]);
        assert_eq!(families("spinning a pinwheel"), Vec::<&str>::new());
        assert_eq!(families("order number 5, account number 6"), ["order", "account"]);
    }

    #[test]
    fn every_section_of_the_list_is_a_family() {
        for line in include_str!("../data/cues.txt").lines().filter(|l| l.starts_with('[')) {
            assert!(Cue::from_name(line.trim_matches(['[', ']'])).is_some(), "{line}");
        }
    }
}
