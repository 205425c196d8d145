//! The known customer's own values, prepared once and matched in every text of theirs: in support the customer is usually known, and
//! what is known need not be guessed.

use crate::kind::Kind;
use crate::lexicon::{Hash, PARTICLE, STREET, STREET_END, TITLE, hash, lexicon};
use crate::normalise::{compact_upper, digits_only, normalise};
use crate::words::words;

/// One value, in the forms it is matched by.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) kind: Kind,
    /// The words, folded and hashed, in order.
    pub(crate) words: Vec<Hash>,
    /// The words that are telling alone: names, the name of a street.
    pub(crate) telling: Vec<(Hash, String)>,
    /// Letters and digits, upper case.
    pub(crate) compact: String,
    /// Digits (phones without their prefix).
    pub(crate) digits: String,
    /// The canonical form.
    pub(crate) canonical: Option<String>,
}

/// Values of one customer. Built by [`Profile::builder`]; prepared once, shared by reference, matched whole words only.
#[derive(Clone, Default)]
pub struct Profile {
    entries: Vec<Entry>,
}

/// Says how many values there are, never which.
impl std::fmt::Debug for Profile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Profile").field("values", &self.entries.len()).finish()
    }
}

impl Profile {
    /// The most values a profile takes; further ones are ignored.
    pub const MAX_VALUES: usize = 64;

    /// An empty profile to be filled.
    #[must_use]
    pub fn builder() -> ProfileBuilder {
        ProfileBuilder { profile: Profile::default() }
    }

    /// Whether nothing is known.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }
}

/// Fills a [`Profile`].
#[derive(Clone, Debug)]
pub struct ProfileBuilder {
    profile: Profile,
}

impl ProfileBuilder {
    /// A name, whole or in part.
    #[must_use]
    pub fn name(self, name: &str) -> Self {
        self.value(Kind::Person, name)
    }

    /// A mail address.
    #[must_use]
    pub fn email(self, email: &str) -> Self {
        self.value(Kind::Email, email)
    }

    /// A phone number, with or without prefix.
    #[must_use]
    pub fn phone(self, phone: &str) -> Self {
        self.value(Kind::Phone, phone)
    }

    /// A postal address in one line or several.
    #[must_use]
    pub fn address(self, address: &str) -> Self {
        self.value(Kind::Address, address)
    }

    /// A value of any kind. Values with fewer than two letters or digits are ignored.
    #[must_use]
    pub fn value(mut self, kind: Kind, value: &str) -> Self {
        let compact = compact_upper(value);
        if compact.chars().count() < 2 || self.profile.entries.len() >= Profile::MAX_VALUES {
            return self;
        }
        let folded: Vec<String> = words(value).map(|(_, w)| w.into_owned()).take(24).collect();
        let digits = digits_only(value);
        let digits = if kind == Kind::Phone { national_part(value, &digits) } else { digits };
        self.profile.entries.push(Entry {
            kind,
            telling: folded
                .iter()
                .filter(|w| is_telling(kind, w))
                .map(|w| (hash(w), w.clone()))
                .collect(),
            words: folded.iter().map(|w| hash(w)).collect(),
            compact,
            digits,
            canonical: normalise(kind, value),
        });
        self
    }

    /// The profile.
    #[must_use]
    pub fn build(self) -> Profile {
        self.profile
    }
}

/// A phone number without country prefix and trunk zero: what all its forms end with.
fn national_part(value: &str, digits: &str) -> String {
    let plus = value.trim_start().starts_with('+');
    let rest = if plus { digits } else { digits.strip_prefix("00").unwrap_or("") };
    let national = crate::phone::without_country(rest).unwrap_or(digits);
    national.trim_start_matches('0').to_owned()
}

/// Whether a word of a value means the value when it stands alone.
fn is_telling(kind: Kind, word: &str) -> bool {
    let flags = lexicon().flags(hash(word));
    let letters = word.chars().count() >= 2 && word.chars().all(char::is_alphabetic);
    match kind {
        Kind::Person => letters && flags & (PARTICLE | TITLE) == 0,
        Kind::Address => {
            letters
                && word.chars().count() >= 4
                && flags & (STREET | STREET_END | PARTICLE | crate::lexicon::PLACE) == 0
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phones_lose_prefix_and_trunk_zero() {
        let of = |v: &str| Profile::builder().phone(v).build().entries()[0].digits.clone();
        assert_eq!(of("+39 347 1180925"), "3471180925");
        assert_eq!(of("+447911887204"), "7911887204");
        assert_eq!(of("06 1234567"), "61234567");
    }

    #[test]
    fn debug_tells_no_value() {
        let profile = Profile::builder().name("Mario Rossi").email("m@r.it").build();
        assert_eq!(format!("{profile:?}"), "Profile { values: 2 }");
    }
}
