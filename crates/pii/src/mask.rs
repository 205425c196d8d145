//! What stands in the place of a value that the reader may not see. Built from facets alone, never from the value: the length depends
//! on kind, form and facets only, so that it tells nothing of the length of what is hidden.

use crate::facet::{FacetKey, Facets};
use crate::kind::{Category, Kind};
use crate::lang::Lang;

/// The form of a mask.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum MaskForm {
    /// `[card]`.
    Label,
    /// `•••• 4242`. Shows the harmless rest that agents compare with the caller; the label where there is none.
    Partial,
    /// `[card k3f9a]`: the same sign for the same seed, so that two places can be told to hold the same value.
    /// The seed must come from a keyed token of the value (never a plain hash).
    Pseudonym(u64),
    /// What follows from the value and is enough for the work: `over 18`, `Lombardia`, `Visa`; the label where nothing does.
    Derived,
}

/// A day of the calendar: year, month, day. For ages at reading time.
pub type Today = (i32, u8, u8);

/// The mask of a value of this kind. Kinds of category `health` are always their label (or pseudonym), and so is what has no facets.
#[must_use]
pub fn mask(kind: Kind, form: MaskForm, facets: &Facets, lang: Lang, today: Today) -> String {
    let label = kind.label(lang);
    match form {
        MaskForm::Label => label.to_owned(),
        MaskForm::Pseudonym(seed) => {
            format!("{} {}]", label.trim_end_matches(']'), base32(seed))
        }
        _ if matches!(kind.category(), Category::HEALTH | Category::CREDENTIAL) => label.to_owned(),
        MaskForm::Partial => partial(kind, facets).unwrap_or_else(|| label.to_owned()),
        MaskForm::Derived => derived(kind, facets, lang, today).unwrap_or_else(|| label.to_owned()),
    }
}

/// The last 25 bits of a seed as five signs of Crockford's base32, in lower case.
fn base32(seed: u64) -> String {
    const SIGNS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    // All bits take part: two seeds that differ only high up should not look alike.
    let mixed = seed ^ (seed >> 25) ^ (seed >> 50);
    (0..5)
        .rev()
        .filter_map(|i| usize::try_from((mixed >> (5 * i)) & 31).ok())
        .filter_map(|i| SIGNS.get(i))
        .map(|b| char::from(*b))
        .collect()
}

fn partial(kind: Kind, f: &Facets) -> Option<String> {
    match kind {
        Kind::CreditCard => f.get(FacetKey::LastFour).map(|d| format!("•••• {d}")),
        Kind::Iban => {
            let (country, last) = (f.get(FacetKey::Country)?, f.get(FacetKey::LastFour)?);
            Some(format!("{country}•• •••• {last}"))
        }
        Kind::Email => f.get(FacetKey::Domain).map(|d| format!("•••@{d}")),
        Kind::Phone => f.get(FacetKey::LastTwo).map(|d| format!("••• ••• •{d}")),
        Kind::Person => f.get(FacetKey::Initial).map(|c| format!("{c}•••")),
        Kind::DateOfBirth | Kind::ItFiscalCode => {
            f.get(FacetKey::BirthYear).map(|y| format!("••/••/{y}"))
        }
        _ => None,
    }
}

fn derived(kind: Kind, f: &Facets, lang: Lang, today: Today) -> Option<String> {
    match kind {
        Kind::CreditCard => f.get(FacetKey::Brand).map(str::to_owned),
        Kind::Iban | Kind::Phone => f.get(FacetKey::Country).map(|c| format!("[{c}]")),
        Kind::Email => f.get(FacetKey::Domain).map(str::to_owned),
        Kind::Address => f.get(FacetKey::Region).map(str::to_owned),
        Kind::DateOfBirth | Kind::ItFiscalCode => age_band(f, lang, today),
        _ => None,
    }
}

/// `under 18` or `over 18`, `over 65`: what the law and the work ask for, and no more.
/// Without the day, somebody whose birthday may still come this year counts as the younger.
fn age_band(f: &Facets, lang: Lang, today: Today) -> Option<String> {
    let born: i32 = f.get(FacetKey::BirthYear)?.parse().ok()?;
    let now = u32::from(today.1) * 100 + u32::from(today.2);
    let birthday: u32 = f.get(FacetKey::BirthDay).and_then(|d| d.parse().ok()).unwrap_or(1231);
    let age = today.0 - born - i32::from(birthday > now);
    let (under, over) = match lang {
        Lang::It => ("meno di", "oltre"),
        Lang::De => ("unter", "über"),
        Lang::Fr => ("moins de", "plus de"),
        Lang::Es => ("menos de", "más de"),
        Lang::Pt => ("menos de", "mais de"),
        Lang::Nl => ("onder", "boven"),
        Lang::Pl => ("poniżej", "powyżej"),
        Lang::En | Lang::Other => ("under", "over"),
    };
    Some(match age {
        ..18 => format!("{under} 18"),
        18..65 => format!("{over} 18"),
        65.. => format!("{over} 65"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facet::facets;
    use proptest::prelude::*;

    const TODAY: Today = (2026, 6, 1);

    fn partial_of(kind: Kind, value: &str) -> String {
        mask(kind, MaskForm::Partial, &facets(kind, value), Lang::En, TODAY)
    }

    #[test]
    fn partial_masks() {
        assert_eq!(partial_of(Kind::CreditCard, "4111 1111 1111 4242"), "•••• 4242");
        assert_eq!(partial_of(Kind::Email, "mario.rossi@gmail.com"), "•••@gmail.com");
        assert_eq!(partial_of(Kind::Email, "mario@rossi-family.it"), "[email]");
        assert_eq!(partial_of(Kind::Phone, "+39 347 1234542"), "••• ••• •42");
        assert_eq!(partial_of(Kind::Person, "Mario Rossi"), "M•••");
        assert_eq!(partial_of(Kind::Password, "hunter2"), "[password]");
        assert_eq!(partial_of(Kind::Health, "asthma"), "[private]");
    }

    #[test]
    fn derived_masks_say_an_age_band_at_reading_time() {
        let f = facets(Kind::DateOfBirth, "02/06/2008");
        assert_eq!(mask(Kind::DateOfBirth, MaskForm::Derived, &f, Lang::En, TODAY), "under 18");
        assert_eq!(
            mask(Kind::DateOfBirth, MaskForm::Derived, &f, Lang::It, (2026, 6, 2)),
            "oltre 18"
        );
        let address = facets(Kind::Address, "Via Roma 1, 20121 Milano");
        assert_eq!(mask(Kind::Address, MaskForm::Derived, &address, Lang::En, TODAY), "Lombardia");
    }

    #[test]
    fn pseudonyms_are_stable_and_of_one_length() {
        let f = Facets::default();
        let one = mask(Kind::Person, MaskForm::Pseudonym(7), &f, Lang::En, TODAY);
        assert_eq!(one, mask(Kind::Person, MaskForm::Pseudonym(7), &f, Lang::En, TODAY));
        let other = mask(Kind::Person, MaskForm::Pseudonym(u64::MAX / 3), &f, Lang::En, TODAY);
        assert_ne!(one, other);
        assert_eq!(one.chars().count(), other.chars().count());
    }

    proptest! {
        #[test]
        fn a_mask_shows_no_more_than_the_facets(value in "[0-9a-zA-Z@. +/-]{0,40}", at in 0..Kind::COUNT) {
            let kind = Kind::all().nth(at).unwrap();
            let f = facets(kind, &value);
            for form in [MaskForm::Label, MaskForm::Partial, MaskForm::Derived] {
                let shown = mask(kind, form, &f, Lang::En, TODAY);
                let plain = mask(kind, form, &Facets::default(), Lang::En, TODAY);
                // Every digit shown comes from a facet or from the words of the mask itself.
                let mut rest = shown.clone();
                for (_, v) in f.iter() { rest = rest.replace(v, ""); }
                let allowed = ["18", "65", &plain];
                for a in allowed { rest = rest.replace(a, ""); }
                prop_assert!(!rest.chars().any(|c| c.is_ascii_digit()), "{shown}");
            }
        }

        #[test]
        fn facets_survive_sealing(value in "\\PC{0,60}", at in 0..Kind::COUNT) {
            let f = facets(Kind::all().nth(at).unwrap(), &value);
            prop_assert_eq!(Facets::decode(&f.encode()), Some(f));
        }

        #[test]
        fn strange_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            if let Some(f) = Facets::decode(&bytes) {
                prop_assert_eq!(f.encode(), bytes);
            }
        }
    }
}
