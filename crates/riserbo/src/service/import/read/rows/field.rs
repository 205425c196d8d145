//! The definition of a custom field.

use super::super::noun::Noun;
use super::super::refusal::{Note, Reason};
use super::super::take::Taker;
use super::Typed;
use serde_json::{Map, Value};

/// One choice of a field with options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldOption {
    /// What people read.
    pub name: String,
    /// What rows hold.
    pub value: String,
}

/// A custom field of tickets, users or organizations. Definitions are no customer data. Times
/// are microseconds since 1970.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldRow {
    /// Whose field: `TicketField`, `UserField` or `OrganizationField`.
    pub noun: Noun,
    /// Id at the source; tickets name their fields by it.
    pub id: i64,
    /// Key; users and organizations name their fields by it.
    pub key: Option<String>,
    /// Type: `text`, `textarea`, `checkbox`, `date`, `integer`, `decimal`, `regexp`, `tagger`…
    pub field_type: Option<String>,
    /// Title.
    pub title: Option<String>,
    /// Description.
    pub description: Option<String>,
    /// Whether it is in use.
    pub active: Option<bool>,
    /// Choices.
    pub options: Vec<FieldOption>,
    /// Creation time.
    pub created_at: Option<i64>,
    /// Time of the last change.
    pub updated_at: Option<i64>,
    /// Keys that the reader does not know.
    pub extras: Map<String, Value>,
    /// What was odd.
    pub odd: Vec<Note>,
}

impl Typed for FieldRow {
    fn parse(noun: Noun, map: Map<String, Value>, now: i64) -> Result<Self, Reason> {
        let mut row = Taker::new(map, now);
        row.forget("url");
        let mut options = row.list("custom_field_options", option);
        options.append(&mut row.list("system_field_options", option));
        let mut field = Self {
            noun,
            id: row.own_id()?,
            key: row.text("key"),
            field_type: row.text("type"),
            title: row.text("title"),
            description: row.text("description"),
            active: row.flag("active"),
            options,
            created_at: row.time("created_at")?,
            updated_at: row.time("updated_at")?,
            extras: Map::new(),
            odd: Vec::new(),
        };
        (field.extras, field.odd) = row.rest();
        Ok(field)
    }

    fn id(&self) -> i64 {
        self.id
    }

    fn updated_at(&self) -> Option<i64> {
        self.updated_at
    }
}

fn option(value: &Value) -> Option<FieldOption> {
    let text = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    Some(FieldOption { name: text("name")?, value: text("value")? })
}
