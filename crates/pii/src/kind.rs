//! What a personal value is: kinds, and the categories that share a fate.
//!
//! A [`Kind`] chooses validators, label and mask; a [`Category`] chooses level, key and retention, and nothing finer does. The table of
//! kinds is data (`kind_table.rs`), because it is read by people, generates `docs/kinds.md`, and its ids are stored for years: an id is
//! never used again for something else.

pub use crate::kind_table::Kind;
use crate::lang::Lang;

/// A group of kinds with one fate (level, key, index, retention). At most 31 exist, so that a set of them fits in a `u32`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Category(u8);

impl Category {
    /// The template: text outside slots.
    pub const CONTENT: Category = Category(0);
    /// Who somebody is: names, birth dates, customer numbers.
    pub const IDENTITY: Category = Category(1);
    /// How to reach somebody: mail addresses, phone numbers.
    pub const CONTACT: Category = Category(2);
    /// Cards and accounts.
    pub const PAYMENT: Category = Category(3);
    /// Numbers and documents issued by a state.
    pub const GOVERNMENT_ID: Category = Category(4);
    /// Health, and the other special categories of GDPR art. 9.
    pub const HEALTH: Category = Category(5);
    /// What opens something: passwords, PINs, one-time codes, CVV, keys.
    pub const CREDENTIAL: Category = Category(6);
    /// Where somebody lives or is.
    pub const LOCATION: Category = Category(7);
    /// Traces online: IP, MAC, user names, profile links.
    pub const ONLINE: Category = Category(8);
    /// A template whose scan was not sure.
    pub const CONTENT_UNSURE: Category = Category(9);
    /// What nobody has classified: hidden until somebody does.
    pub const UNKNOWN: Category = Category(10);
    /// How many categories there may ever be (a set fits in 32 bits, one bit stays free).
    pub const MAX: u8 = 31;

    const NAMES: [&'static str; 11] = [
        "content",
        "identity",
        "contact",
        "payment",
        "government_id",
        "health",
        "credential",
        "location",
        "online",
        "content_unsure",
        "unknown",
    ];

    /// The stored number, `0..31`.
    #[must_use]
    pub const fn id(self) -> u8 {
        self.0
    }

    /// The category with this number; `None` from [`Category::MAX`] on. Numbers above the built-in ones belong to organisations.
    #[must_use]
    pub const fn from_id(id: u8) -> Option<Category> {
        if id < Self::MAX { Some(Category(id)) } else { None }
    }

    /// All built-in categories, by number.
    pub fn all() -> impl Iterator<Item = Category> {
        (0..Self::NAMES.len()).filter_map(|i| u8::try_from(i).ok()).map(Category)
    }

    /// The name in configuration and API; `custom` for a category of an organisation, whose name its configuration holds.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::NAMES.get(usize::from(self.0)).copied().unwrap_or("custom")
    }

    /// The built-in category of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Category> {
        Self::all().find(|c| c.name() == name)
    }

    /// How strict a category is where findings overlap: the larger wins
    /// (credential, health, payment, government_id, contact, location, identity, online, then what is unknown; content last).
    #[must_use]
    pub const fn strictness(self) -> u8 {
        match self {
            Self::CREDENTIAL => 10,
            Self::HEALTH => 9,
            Self::PAYMENT => 8,
            Self::GOVERNMENT_ID => 7,
            Self::CONTACT => 6,
            Self::LOCATION => 5,
            Self::IDENTITY => 4,
            Self::ONLINE => 3,
            Self::CONTENT_UNSURE => 1,
            Self::CONTENT => 0,
            _ => 2,
        }
    }
}

/// What `docs/kinds.md` says about a kind.
#[derive(Clone, Copy, Debug)]
pub struct KindDoc {
    /// Countries or `any`.
    pub countries: &'static str,
    /// What is checked beyond the shape.
    pub validation: &'static str,
    /// Where the rule comes from.
    pub source: &'static str,
}

impl Kind {
    /// The fixed label that stands for a hidden value, in the reader's language. Health and special categories never say what they hide.
    #[must_use]
    pub fn label(self, lang: Lang) -> &'static str {
        if self.category() == Category::HEALTH {
            return match lang {
                Lang::It => "[riservato]",
                Lang::De => "[vertraulich]",
                Lang::Fr => "[confidentiel]",
                Lang::Es | Lang::Pt => "[privado]",
                Lang::Nl => "[privé]",
                Lang::Pl => "[poufne]",
                Lang::En | Lang::Other => "[private]",
            };
        }
        let [en, it, de, fr, es, pt, nl, pl] = self.labels();
        match lang {
            Lang::En | Lang::Other => en,
            Lang::It => it,
            Lang::De => de,
            Lang::Fr => fr,
            Lang::Es => es,
            Lang::Pt => pt,
            Lang::Nl => nl,
            Lang::Pl => pl,
        }
    }

    /// Whether a value of this kind has so few possibilities (under 10⁸) that a keyed token of it could be guessed
    /// by whoever may try values; such a kind is never looked up.
    #[must_use]
    pub const fn is_guessable(self) -> bool {
        matches!(
            self,
            Kind::CardVerification
                | Kind::CardExpiry
                | Kind::CardLast4
                | Kind::UsSsnLast4
                | Kind::Pin
                | Kind::Otp
                | Kind::DateOfBirth
                | Kind::Health
                | Kind::SpecialCategory
                | Kind::Password
                | Kind::SecurityAnswer
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_names_lead_back_to_the_kind() {
        for kind in Kind::all() {
            assert_eq!(Kind::from_id(kind.id()), Some(kind));
            assert_eq!(Kind::from_name(kind.name()), Some(kind));
        }
        assert_eq!(Kind::from_id(0), None);
        assert_eq!(Kind::from_name("Email"), None);
    }

    #[test]
    fn categories_have_distinct_names_and_strictness_follows_the_house() {
        for c in Category::all() {
            assert_eq!(Category::from_name(c.name()), Some(c));
            assert_eq!(Category::from_id(c.id()), Some(c));
        }
        let order = [
            Category::CREDENTIAL,
            Category::HEALTH,
            Category::PAYMENT,
            Category::GOVERNMENT_ID,
            Category::CONTACT,
            Category::LOCATION,
            Category::IDENTITY,
            Category::ONLINE,
            Category::UNKNOWN,
            Category::CONTENT_UNSURE,
            Category::CONTENT,
        ];
        assert!(order.windows(2).all(|w| w[0].strictness() > w[1].strictness()));
        assert_eq!(Category::from_id(31), None);
    }

    #[test]
    fn health_labels_do_not_tell_what_they_hide() {
        assert_eq!(Kind::Health.label(Lang::En), "[private]");
        assert_eq!(Kind::SpecialCategory.label(Lang::It), Kind::Health.label(Lang::It));
        assert_eq!(Kind::CreditCard.label(Lang::En), "[card]");
        assert_eq!(Kind::CreditCard.label(Lang::It), "[carta]");
    }
}
