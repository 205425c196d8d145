//! Things that tickets refer to by id and that have little but a name: groups, brands, ticket
//! forms, agents' roles.

use super::super::noun::Noun;
use super::super::refusal::{Note, Reason};
use super::super::take::Taker;
use super::Typed;
use serde_json::{Map, Value};

/// A group, brand, ticket form or custom role. No customer data. Times are microseconds since
/// 1970.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedRow {
    /// What it is: `Group`, `Brand`, `TicketForm` or `CustomRole`.
    pub noun: Noun,
    /// Id at the source.
    pub id: i64,
    /// Name.
    pub name: Option<String>,
    /// Description.
    pub description: Option<String>,
    /// Creation time.
    pub created_at: Option<i64>,
    /// Time of the last change.
    pub updated_at: Option<i64>,
    /// Everything else (a role's `configuration`, a brand's address…).
    pub extras: Map<String, Value>,
    /// What was odd.
    pub odd: Vec<Note>,
}

impl Typed for NamedRow {
    fn parse(noun: Noun, map: Map<String, Value>, now: i64) -> Result<Self, Reason> {
        let mut row = Taker::new(map, now);
        row.forget("url");
        let mut named = Self {
            noun,
            id: row.own_id()?,
            name: row.text("name"),
            description: row.text("description"),
            created_at: row.time("created_at")?,
            updated_at: row.time("updated_at")?,
            extras: Map::new(),
            odd: Vec::new(),
        };
        (named.extras, named.odd) = row.rest();
        Ok(named)
    }

    fn id(&self) -> i64 {
        self.id
    }

    fn updated_at(&self) -> Option<i64> {
        self.updated_at
    }
}
