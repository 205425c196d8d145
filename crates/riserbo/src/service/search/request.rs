//! What is asked of a search, and what it answers.

use crate::error::{Error, Result};
use crate::service::view::{CustomerView, TicketView};

/// Most hits of one page.
pub const MAX_LIMIT: i64 = 1_000;

/// What may be found (`type:` in a query).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Noun {
    /// Tickets, by their texts and plain attributes.
    Ticket,
    /// Customers (Zendesk: `user`).
    Customer,
    /// Organizations, by name.
    Organization,
    /// Groups of staff, by name.
    Group,
}

impl Noun {
    /// Every noun, in the order in which equal hits follow one another.
    pub const ALL: [Noun; 4] = [Noun::Ticket, Noun::Customer, Noun::Organization, Noun::Group];

    /// The word of the dialect: `ticket`, `user`, `organization`, `group`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Noun::Ticket => "ticket",
            Noun::Customer => "user",
            Noun::Organization => "organization",
            Noun::Group => "group",
        }
    }

    /// The noun of this word of the dialect.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Noun> {
        Noun::ALL.into_iter().find(|n| n.name() == name)
    }

    pub(super) fn number(self) -> u8 {
        match self {
            Noun::Ticket => 1,
            Noun::Customer => 2,
            Noun::Organization => 3,
            Noun::Group => 4,
        }
    }

    fn from_number(n: u8) -> Option<Noun> {
        Noun::ALL.into_iter().find(|noun| noun.number() == n)
    }
}

/// The order of hits. Equal ones follow by noun, then by id, in the same
/// direction. Nothing hidden is ever a sort key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Sort {
    /// By the time of the newest text that matches; without words, by the last
    /// change.
    #[default]
    Newest,
    /// By time of creation.
    Created,
    /// By time of the last change.
    Updated,
    /// By priority (tickets; others have none).
    Priority,
    /// By status (tickets; others have none).
    Status,
    /// By type (tickets; others have none).
    TicketType,
}

/// A place in the order of one query's hits: what a cursor holds. Plain numbers
/// (a time or code, a noun, an id); whoever sends it out seals it and binds it
/// to query and principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    pub(super) value: i64,
    pub(super) noun: Noun,
    pub(super) id: i64,
}

impl Position {
    /// The place of a hit: the value by which hits are ordered, its noun, its id.
    #[must_use]
    pub fn new(value: i64, noun: Noun, id: i64) -> Position {
        Position { value, noun, id }
    }

    /// The value by which hits are ordered: micros, or a code.
    #[must_use]
    pub fn value(self) -> i64 {
        self.value
    }

    /// The noun of the hit.
    #[must_use]
    pub fn noun(self) -> Noun {
        self.noun
    }

    /// The id of the hit.
    #[must_use]
    pub fn id(self) -> i64 {
        self.id
    }

    /// As text: `value.noun.id`.
    #[must_use]
    pub fn to_text(self) -> String {
        format!("{}.{}.{}", self.value, self.noun.number(), self.id)
    }

    /// Reads [`Position::to_text`].
    ///
    /// # Errors
    /// [`Error::Invalid`] on anything else.
    pub fn from_text(text: &str) -> Result<Position> {
        let bad = || Error::invalid("cursor", "this cursor is not one of ours: start again");
        let mut parts = text.splitn(3, '.');
        let mut next = || parts.next().ok_or_else(bad);
        let value = next()?.parse().map_err(|_| bad())?;
        let noun = next()?.parse().ok().and_then(Noun::from_number).ok_or_else(bad)?;
        let id = next()?.parse().map_err(|_| bad())?;
        Ok(Position { value, noun, id })
    }
}

/// Where a page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// After this many hits.
    Offset(i64),
    /// After the hit at this place.
    After(Position),
}

/// What is asked. No `Debug`: it holds what was typed.
#[derive(Clone)]
pub struct Request {
    /// The query as typed: at most 1,000 characters and 20 terms.
    pub query: String,
    /// Only these nouns, besides what the query says; empty is all.
    pub types: Vec<Noun>,
    /// The order.
    pub sort: Sort,
    /// Greatest (newest) first.
    pub descending: bool,
    /// Where the page begins.
    pub from: From,
    /// Hits of the page, 1 to [`MAX_LIMIT`].
    pub limit: i64,
    /// Whether [`Results::count`] is wanted: it needs every hit, and not just a
    /// page of them.
    pub counted: bool,
}

impl Request {
    /// The newest hundred hits of a query, counted.
    #[must_use]
    pub fn new(query: &str) -> Request {
        Request {
            query: query.to_owned(),
            types: Vec::new(),
            sort: Sort::Newest,
            descending: true,
            from: From::Offset(0),
            limit: 100,
            counted: true,
        }
    }
}

/// An organization that was found: all plain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganizationHit {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Tags.
    pub tags: Vec<String>,
    /// Micros.
    pub created_at: i64,
    /// Micros.
    pub updated_at: i64,
}

/// What was found, as the searcher meets it.
#[derive(Clone)]
pub enum Hit {
    /// A ticket, with its first comment as description.
    Ticket(Box<TicketView>),
    /// A customer.
    Customer(Box<CustomerView>),
    /// An organization.
    Organization(OrganizationHit),
    /// A group of staff.
    Group {
        /// Its id.
        id: i64,
        /// Its name.
        name: String,
    },
}

/// A page of hits.
pub struct Results {
    /// The hits, in order.
    pub hits: Vec<Hit>,
    /// How many there are in all; none if it was not asked for. Exact, unless
    /// `capped`.
    pub count: Option<i64>,
    /// More than 100,000 texts match: what is counted, and ordered by anything
    /// but the newest, are the newest 100,000 of them.
    pub capped: bool,
    /// Whether there are more after this page.
    pub more: bool,
    /// The place of the last hit of the page: where the next page begins.
    pub next: Option<Position>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_position_survives_its_text(value in any::<i64>(), noun in 0usize..4, id in any::<i64>()) {
            let position = Position { value, noun: Noun::ALL[noun], id };
            prop_assert_eq!(Position::from_text(&position.to_text()).unwrap(), position);
        }

        #[test]
        fn any_text_is_a_position_or_refused(text in ".{0,40}") {
            let _ = Position::from_text(&text);
        }
    }

    #[test]
    fn nouns_are_known_by_the_words_of_the_dialect() {
        for noun in Noun::ALL {
            assert_eq!(Noun::from_name(noun.name()), Some(noun));
        }
        assert_eq!(Noun::from_name("customer"), None);
    }
}
