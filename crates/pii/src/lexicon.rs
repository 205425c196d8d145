//! What the engine knows of single words: one table from the hash of a folded word to flags, filled once from plain lists in `data/`.
//!
//! A word may carry several flags (*Rosa* is a given name and a common word): the detectors weigh them.

use crate::words::{normal, words};
use std::sync::LazyLock;

/// Hash of a folded word.
pub(crate) type Hash = u64;
/// A set of word classes.
pub(crate) type Flags = u32;

/// FNV-1a, 64 bits.
pub(crate) const HASH_START: Hash = 0xcbf2_9ce4_8422_2325;

pub(crate) const fn hash_step(hash: Hash, byte: u8) -> Hash {
    (hash ^ byte as u64).wrapping_mul(0x0100_0000_01b3)
}

/// The hash of a word that is already folded.
pub(crate) const fn hash(folded: &str) -> Hash {
    let bytes = folded.as_bytes();
    let mut h = HASH_START;
    let mut rest = bytes;
    while let [first, tail @ ..] = rest {
        h = hash_step(h, *first);
        rest = tail;
    }
    h
}

macro_rules! classes {
    ($($(#[$doc:meta])* $name:ident = $bit:literal, $section:literal;)*) => {
        $($(#[$doc])* pub(crate) const $name: Flags = 1 << $bit;)*
        const SECTIONS: &[(&str, Flags)] = &[$(($section, $name)),*];
    };
}

classes! {
    /// An ordinary word of one of the languages.
    COMMON = 0, "common";
    /// A given name.
    GIVEN = 1, "given";
    /// A surname.
    SURNAME = 2, "surname";
    /// Stands before a name: Sig., Mr, Frau.
    TITLE = 3, "title";
    /// Part of a surname: di, van, von.
    PARTICLE = 4, "particle";
    /// Says that a company or place is named: srl, GmbH, store, hotel.
    ORG = 5, "org";
    /// Starts a street: via, rue, calle.
    STREET = 6, "street";
    /// Ends a street: street, road.
    STREET_END = 7, "street_end";
    /// A town or a country.
    PLACE = 8, "place";
    /// State or province sign: NY, TO.
    STATE = 9, "state";
    /// A part of a house: scala, apt, flat.
    UNIT = 10, "unit";
    /// A spoken digit or small number.
    NUMBER = 11, "number";
    /// A relative or companion, after whom a name may follow.
    KIN = 12, "kin";
    /// Opens a message: ciao, hi, dear.
    GREETING = 13, "greeting";
    /// Closes a message: saluti, regards, grazie.
    CLOSING = 14, "closing";
    /// Stands between a cue and its value: is, è, number, n.
    FILLER = 15, "filler";
    /// A brand, product or firm that looks like a name.
    BRAND = 16, "brand";
    /// A measure or currency: kg, euro.
    MEASURE = 17, "measure";
    /// A condition, therapy, medicine.
    HEALTH = 18, "health";
    /// A word that makes a health term one (adjectives, organs), not one alone.
    HEALTH_PART = 19, "health_part";
    /// A weekday or month.
    CALENDAR = 20, "calendar";
    /// A thing that is sold, beside which a name is a brand or a model.
    GOODS = 22, "goods";
    /// The first word of a cue phrase (set from `cue.rs`).
    CUE_FIRST = 21, "cue_first";
    /// A word that stands for `@`.
    AT = 24, "at";
    /// A word that is a cue alone (set from `cue.rs`).
    CUE = 23, "cue_word";
}

/// The table: open addressing, at most half full; a slot keeps the upper half of the hash, so that the table stays in the cache.
/// Two words fall together once in 2³² pairs that also share a slot: never, for these lists (a test counts them).
pub(crate) struct Lexicon {
    slots: Vec<(u32, Flags)>,
    mask: usize,
}

impl Lexicon {
    /// The flags of a word; 0 for an unknown one.
    #[inline]
    pub(crate) fn flags(&self, hash: Hash) -> Flags {
        let tag = Self::tag(hash);
        let mut at = Self::index(hash) & self.mask;
        loop {
            match self.slots.get(at) {
                Some(&(t, flags)) if t == tag => return flags,
                Some(&(0, _)) | None => return 0,
                _ => at = (at + 1) & self.mask,
            }
        }
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "only some bits are needed")]
    const fn index(hash: Hash) -> usize {
        (hash ^ (hash >> 29)) as usize
    }

    #[inline]
    const fn tag(hash: Hash) -> u32 {
        (hash >> 32) as u32 | 1
    }

    fn new(words: &[(Hash, Flags)]) -> Lexicon {
        let size = (words.len() * 2).next_power_of_two().max(16);
        let mut lexicon = Lexicon { slots: vec![(0, 0); size], mask: size - 1 };
        for &(hash, flags) in words {
            lexicon.add(hash, flags);
        }
        lexicon
    }

    fn add(&mut self, hash: Hash, flags: Flags) {
        let tag = Self::tag(hash);
        let mut at = Self::index(hash) & self.mask;
        while let Some(slot) = self.slots.get_mut(at) {
            if slot.0 == tag || slot.0 == 0 {
                *slot = (tag, slot.1 | flags);
                return;
            }
            at = (at + 1) & self.mask;
        }
    }
}

/// The lexicon, built at first use.
pub(crate) fn lexicon() -> &'static Lexicon {
    static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| {
        let mut all = Vec::with_capacity(16 * 1024);
        for file in [
            include_str!("../data/names.txt"),
            include_str!("../data/lexicon.txt"),
            include_str!("../data/common.txt"),
        ] {
            read(file, |flags, word| all.push((hash(&normal(word)), flags)));
        }
        for (first, alone) in crate::cue::first_words() {
            all.push((first, if alone { CUE_FIRST | CUE } else { CUE_FIRST }));
        }
        Lexicon::new(&all)
    });
    &LEXICON
}

/// Reads a list: `[section]` lines, words parted by white space, `#` comments.
fn read(file: &str, mut each: impl FnMut(Flags, &str)) {
    let mut section = 0;
    for line in file.lines() {
        let line = line.split('#').next().unwrap_or("").trim();
        if let Some(name) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            section = SECTIONS.iter().find(|(s, _)| *s == name).map_or(0, |(_, f)| *f);
            continue;
        }
        for (_, word) in words(line) {
            each(section, &word);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_their_classes_in_any_case() {
        let l = lexicon();
        assert_ne!(l.flags(hash("marco")) & GIVEN, 0);
        assert_ne!(l.flags(hash("via")) & STREET, 0);
        assert_ne!(l.flags(hash("the")) & COMMON, 0);
        assert_eq!(l.flags(hash("qqqqzz")), 0);
    }

    #[test]
    fn every_section_of_the_lists_is_known() {
        for file in [
            include_str!("../data/names.txt"),
            include_str!("../data/lexicon.txt"),
            include_str!("../data/common.txt"),
        ] {
            for line in file.lines().filter(|l| l.starts_with('[')) {
                let name = line.trim_matches(['[', ']']);
                assert!(SECTIONS.iter().any(|(s, _)| *s == name), "{line}");
            }
        }
    }
}
