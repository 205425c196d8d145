//! An organization.

use super::super::noun::Noun;
use super::super::refusal::{Note, Reason};
use super::super::take::Taker;
use super::Typed;
use serde_json::{Map, Value};
use std::fmt;

/// An organization as the export has it. Times are microseconds since 1970.
#[derive(Clone, PartialEq)]
pub struct OrganizationRow {
    /// Id at the source.
    pub id: i64,
    /// Name.
    pub name: Option<String>,
    /// Id in a system of the company's own.
    pub external_id: Option<String>,
    /// Mail domains whose users belong to it.
    pub domain_names: Vec<String>,
    /// Details, a free text.
    pub details: Option<String>,
    /// Notes, a free text.
    pub notes: Option<String>,
    /// Id of its group.
    pub group_id: Option<i64>,
    /// Whether its users see each other's tickets.
    pub shared_tickets: Option<bool>,
    /// Whether its users comment on each other's tickets.
    pub shared_comments: Option<bool>,
    /// Tags.
    pub tags: Vec<String>,
    /// Custom fields by key.
    pub organization_fields: Map<String, Value>,
    /// Creation time.
    pub created_at: Option<i64>,
    /// Time of the last change.
    pub updated_at: Option<i64>,
    /// Keys that the reader does not know.
    pub extras: Map<String, Value>,
    /// What was odd.
    pub odd: Vec<Note>,
}

impl Typed for OrganizationRow {
    fn parse(_: Noun, map: Map<String, Value>, now: i64) -> Result<Self, Reason> {
        let mut row = Taker::new(map, now);
        row.forget("url");
        let mut organization = Self {
            id: row.own_id()?,
            name: row.text("name"),
            external_id: row.text("external_id"),
            domain_names: row.words("domain_names"),
            details: row.text("details"),
            notes: row.text("notes"),
            group_id: row.id("group_id"),
            shared_tickets: row.flag("shared_tickets"),
            shared_comments: row.flag("shared_comments"),
            tags: row.words("tags"),
            organization_fields: row.object("organization_fields"),
            created_at: row.time("created_at")?,
            updated_at: row.time("updated_at")?,
            extras: Map::new(),
            odd: Vec::new(),
        };
        (organization.extras, organization.odd) = row.rest();
        Ok(organization)
    }

    fn id(&self) -> i64 {
        self.id
    }

    fn updated_at(&self) -> Option<i64> {
        self.updated_at
    }
}

impl fmt::Debug for OrganizationRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OrganizationRow({})", self.id)
    }
}
