//! A person: customer or agent.

use super::super::noun::Noun;
use super::super::refusal::{Note, Reason};
use super::super::take::Taker;
use super::Typed;
use serde_json::{Map, Value};
use std::fmt;

/// A user as the export has it. Times are microseconds since 1970.
#[derive(Clone, PartialEq)]
pub struct UserRow {
    /// Id at the source.
    pub id: i64,
    /// Name.
    pub name: Option<String>,
    /// Primary mail address.
    pub email: Option<String>,
    /// Telephone number.
    pub phone: Option<String>,
    /// `end-user`, `agent` or `admin`.
    pub role: Option<String>,
    /// Id of the agent's own role.
    pub custom_role_id: Option<i64>,
    /// Id of the organization.
    pub organization_id: Option<i64>,
    /// Id in a system of the company's own.
    pub external_id: Option<String>,
    /// Language tag.
    pub locale: Option<String>,
    /// Time zone, in the helpdesk's naming.
    pub time_zone: Option<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// Details, a free text.
    pub details: Option<String>,
    /// Notes, a free text.
    pub notes: Option<String>,
    /// An agent's signature.
    pub signature: Option<String>,
    /// The name that customers see of an agent.
    pub alias: Option<String>,
    /// Custom fields by key.
    pub user_fields: Map<String, Value>,
    /// False after a soft deletion.
    pub active: Option<bool>,
    /// Whether the person is suspended.
    pub suspended: Option<bool>,
    /// Whether an address was verified.
    pub verified: Option<bool>,
    /// Creation time.
    pub created_at: Option<i64>,
    /// Time of the last change.
    pub updated_at: Option<i64>,
    /// Keys that the reader does not know.
    pub extras: Map<String, Value>,
    /// What was odd.
    pub odd: Vec<Note>,
}

impl Typed for UserRow {
    fn parse(_: Noun, map: Map<String, Value>, now: i64) -> Result<Self, Reason> {
        let mut row = Taker::new(map, now);
        row.forget("url");
        let organization = embedded_id(&mut row, "organization");
        let mut user = Self {
            id: row.own_id()?,
            name: row.text("name"),
            email: row.text("email"),
            phone: row.text("phone"),
            role: row.text("role"),
            custom_role_id: row.id("custom_role_id"),
            organization_id: row.id("organization_id").or(organization),
            external_id: row.text("external_id"),
            locale: row.text("locale"),
            time_zone: row.text("time_zone"),
            tags: row.words("tags"),
            details: row.text("details"),
            notes: row.text("notes"),
            signature: row.text("signature"),
            alias: row.text("alias"),
            user_fields: row.object("user_fields"),
            active: row.flag("active"),
            suspended: row.flag("suspended"),
            verified: row.flag("verified"),
            created_at: row.time("created_at")?,
            updated_at: row.time("updated_at")?,
            extras: Map::new(),
            odd: Vec::new(),
        };
        (user.extras, user.odd) = row.rest();
        Ok(user)
    }

    fn id(&self) -> i64 {
        self.id
    }

    fn updated_at(&self) -> Option<i64> {
        self.updated_at
    }
}

/// Drops an embedded object that has an id (it is delivered as a row of its own) and returns
/// the id. One without an id stays where it is.
pub(super) fn embedded_id(row: &mut Taker, key: &'static str) -> Option<i64> {
    let value = row.value(key)?;
    let id = value.get("id").and_then(super::super::take::id_of);
    if id.is_none() {
        row.set_aside(key, value);
    }
    id
}

impl fmt::Debug for UserRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UserRow({})", self.id)
    }
}
