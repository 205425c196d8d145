//! Categories: the groups of kinds of personal values that share one fate.
//!
//! Level, key, index and retention go by category and by nothing finer (DESIGN 2), so a category is
//! what every decision of this crate is about. It is a number below 32, because a decision over all
//! of them then fits into one machine word ([`CategorySet`]) or one small array
//! ([`crate::Outcome`]). Names are data: eleven are built in, an organisation may name the rest in
//! its [`crate::Matrix`].
//!
//! This module doesn't know kinds, detectors or values.

use std::fmt;

/// A category of personal values, `0..=31`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Category(u8);

/// The built-in names, in the order of their ids.
const BUILT_IN: [&str; 11] = [
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

impl Category {
    /// How many categories there can be: ids are `0..COUNT`.
    pub const COUNT: usize = 32;
    /// The template: the text outside slots.
    pub const CONTENT: Self = Self(0);
    /// Names and what else says who somebody is.
    pub const IDENTITY: Self = Self(1);
    /// Ways to reach somebody: mail, phone.
    pub const CONTACT: Self = Self(2);
    /// Cards and accounts.
    pub const PAYMENT: Self = Self(3);
    /// Numbers that a state gives: fiscal code, social security, passport.
    pub const GOVERNMENT_ID: Self = Self(4);
    /// Health and the other special categories of GDPR art. 9.
    pub const HEALTH: Self = Self(5);
    /// Secrets that open something: password, CVV, PIN, one-time code, key.
    pub const CREDENTIAL: Self = Self(6);
    /// Where somebody lives or is.
    pub const LOCATION: Self = Self(7);
    /// Traces of machines: IP address, device, cookie, account name.
    pub const ONLINE: Self = Self(8);
    /// Texts whose scan is unsure. Treated as content as shipped, a category of its own so that a
    /// role can have it `on_click`.
    pub const CONTENT_UNSURE: Self = Self(9);
    /// Values in fields that nobody declared (I3: unknown field = whole slot, hidden).
    pub const UNKNOWN: Self = Self(10);
    /// The first id that an organisation may name itself; the last is `COUNT - 1`.
    pub const FIRST_CUSTOM: u8 = 11;

    /// Categories that no lookup may ever be asked about (I4), whatever the policy says: a yes or
    /// no about them is worth an attack, and most have too few possible values to be safe. (Kinds
    /// with fewer than 10^8 possible values are for the caller to refuse: no kinds are known here.)
    pub const NEVER_LOOKED_UP: CategorySet =
        CategorySet::EMPTY.with(Self::PAYMENT).with(Self::HEALTH).with(Self::CREDENTIAL);

    /// The category with this id; `None` from 32 on.
    #[must_use]
    pub const fn new(id: u8) -> Option<Self> {
        if (id as usize) < Self::COUNT { Some(Self(id)) } else { None }
    }

    /// Its id, `0..=31`.
    #[must_use]
    pub const fn id(self) -> u8 {
        self.0
    }

    /// Its place in an array of [`Category::COUNT`].
    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }

    /// The name of a built-in category; `None` for the ids that organisations name.
    #[must_use]
    pub fn built_in_name(self) -> Option<&'static str> {
        BUILT_IN.get(self.index()).copied()
    }

    /// The built-in category of this name.
    #[must_use]
    pub fn built_in(name: &str) -> Option<Self> {
        let at = BUILT_IN.iter().position(|n| *n == name)?;
        u8::try_from(at).ok().and_then(Self::new)
    }

    /// All 32, in the order of their ids.
    pub fn all() -> impl Iterator<Item = Self> {
        (0u8..).map_while(Self::new)
    }

    /// The eleven that have names in every installation.
    pub fn built_ins() -> impl Iterator<Item = Self> {
        Self::all().take(BUILT_IN.len())
    }
}

impl TryFrom<u8> for Category {
    type Error = NoSuchCategory;

    fn try_from(id: u8) -> Result<Self, NoSuchCategory> {
        Self::new(id).ok_or(NoSuchCategory(id))
    }
}

/// An id of 32 or more was given for a category.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no category {0}: ids go from 0 to 31")]
pub struct NoSuchCategory(pub u8);

/// A set of categories in one word.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct CategorySet(u32);

impl CategorySet {
    /// No category.
    pub const EMPTY: Self = Self(0);
    /// All 32, named or not.
    pub const ALL: Self = Self(u32::MAX);

    /// The set whose bit `n` stands for category `n`.
    #[must_use]
    pub const fn from_bits(bits: u32) -> Self {
        Self(bits)
    }

    /// Bit `n` is category `n`: the form for a database column or an index.
    #[must_use]
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// This set and one more.
    #[must_use]
    pub const fn with(self, category: Category) -> Self {
        Self(self.0 | (1 << category.0))
    }

    /// This set without one.
    #[must_use]
    pub const fn without(self, category: Category) -> Self {
        Self(self.0 & !(1 << category.0))
    }

    /// Adds one.
    pub const fn insert(&mut self, category: Category) {
        self.0 |= 1 << category.0;
    }

    /// Whether it holds this one.
    #[must_use]
    pub const fn contains(self, category: Category) -> bool {
        self.0 & (1 << category.0) != 0
    }

    /// Whether it holds none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How many it holds.
    #[must_use]
    pub const fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// Those in either.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those in both.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Those here and not in the other.
    #[must_use]
    pub const fn difference(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether every one of these is in the other.
    #[must_use]
    pub const fn is_subset(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// Its categories in the order of their ids.
    pub fn iter(self) -> impl Iterator<Item = Category> {
        Category::all().filter(move |c| self.contains(*c))
    }
}

impl FromIterator<Category> for CategorySet {
    fn from_iter<I: IntoIterator<Item = Category>>(categories: I) -> Self {
        categories.into_iter().fold(Self::EMPTY, Self::with)
    }
}

impl fmt::Debug for CategorySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(
                self.iter().map(|c| {
                    c.built_in_name().map_or_else(|| format!("#{}", c.0), ToOwned::to_owned)
                }),
            )
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_stop_at_31() {
        assert_eq!(Category::new(31).unwrap().id(), 31);
        assert_eq!(Category::new(32), None);
        assert_eq!(
            Category::try_from(32).unwrap_err().to_string(),
            "there is no category 32: ids go from 0 to 31"
        );
        assert_eq!(Category::all().count(), 32);
    }

    #[test]
    fn built_in_names_stand_at_their_ids() {
        for (name, category) in [
            ("content", Category::CONTENT),
            ("identity", Category::IDENTITY),
            ("contact", Category::CONTACT),
            ("payment", Category::PAYMENT),
            ("government_id", Category::GOVERNMENT_ID),
            ("health", Category::HEALTH),
            ("credential", Category::CREDENTIAL),
            ("location", Category::LOCATION),
            ("online", Category::ONLINE),
            ("content_unsure", Category::CONTENT_UNSURE),
            ("unknown", Category::UNKNOWN),
        ] {
            assert_eq!(category.built_in_name(), Some(name));
            assert_eq!(Category::built_in(name), Some(category));
        }
        assert_eq!(Category::new(Category::FIRST_CUSTOM).unwrap().built_in_name(), None);
        assert_eq!(Category::built_in("Content"), None);
    }

    #[test]
    fn a_set_is_the_sum_of_what_was_put_in() {
        let all: CategorySet = Category::all().collect();
        assert_eq!(all, CategorySet::ALL);
        assert_eq!(all.len(), 32);
        let one = CategorySet::EMPTY.with(Category::HEALTH);
        assert!(one.contains(Category::HEALTH) && !one.contains(Category::CONTENT));
        assert_eq!(one.iter().collect::<Vec<_>>(), [Category::HEALTH]);
        assert!(one.without(Category::HEALTH).is_empty());
        assert!(one.is_subset(all) && !all.is_subset(one));
        assert_eq!(format!("{one:?}"), r#"{"health"}"#);
        assert_eq!(CategorySet::from_bits(one.bits()), one);
    }
}
