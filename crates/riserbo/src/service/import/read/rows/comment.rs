//! A comment, inside its ticket or in a file of its own; its author, channel and attachments.

use super::super::refusal::{Note, Reason};
use super::super::take::{Taker, id_of};
use super::user::embedded_id;
use serde_json::{Map, Value};
use std::fmt;

/// Someone that a row refers to.
#[derive(Clone, PartialEq)]
pub enum Person {
    /// By id. If the row carried the person whole, `Source::users` delivers it.
    Id(i64),
    /// By name or address alone: the source gave no id, the caller finds or makes the person.
    Unnumbered(Box<PersonRow>),
}

/// A person without an id.
#[derive(Clone, PartialEq)]
pub struct PersonRow {
    /// Name.
    pub name: Option<String>,
    /// Mail address.
    pub email: Option<String>,
    /// Telephone number.
    pub phone: Option<String>,
    /// Id in a system of the company's own.
    pub external_id: Option<String>,
    /// Keys that the reader does not know.
    pub extras: Map<String, Value>,
}

/// Through which channel something came.
#[derive(Clone, PartialEq)]
pub struct Via {
    /// `web`, `email`, `api`, `chat`…
    pub channel: Option<String>,
    /// Where from and to: addresses, names, numbers. Personal.
    pub source: Map<String, Value>,
    /// Keys that the reader does not know.
    pub extras: Map<String, Value>,
}

/// What is known of a file at a comment; the file itself is not in the export.
#[derive(Clone, PartialEq)]
pub struct AttachmentRow {
    /// Id at the source.
    pub id: Option<i64>,
    /// File name.
    pub file_name: Option<String>,
    /// Media type.
    pub content_type: Option<String>,
    /// Where the source keeps it.
    pub content_url: Option<String>,
    /// Size in bytes.
    pub size: Option<u64>,
    /// Whether it stands in the text.
    pub inline: bool,
    /// Keys that the reader does not know.
    pub extras: Map<String, Value>,
}

/// A comment. Times are microseconds since 1970.
#[derive(Clone, PartialEq)]
pub struct CommentRow {
    /// Id at the source; the form of the import call has none.
    pub id: Option<i64>,
    /// Who wrote it.
    pub author: Option<Person>,
    /// The text (`body`, or `value` in the form of the import call).
    pub body: Option<String>,
    /// The text as HTML, as the source rendered it: untrusted.
    pub html_body: Option<String>,
    /// The text without marks.
    pub plain_body: Option<String>,
    /// Whether customers see it. Absent means yes, as at the source.
    pub public: bool,
    /// Creation time.
    pub created_at: Option<i64>,
    /// Channel.
    pub via: Option<Via>,
    /// What the source noted about device and place. Personal.
    pub metadata: Map<String, Value>,
    /// Files.
    pub attachments: Vec<AttachmentRow>,
    /// Keys that the reader does not know.
    pub extras: Map<String, Value>,
    /// What was odd.
    pub odd: Vec<Note>,
}

/// The ticket that a separate comment belongs to.
pub(in super::super) fn ticket_of(map: &Map<String, Value>) -> Result<i64, Reason> {
    let value = map.get("ticket_id").filter(|value| !value.is_null());
    id_of(value.ok_or(Reason::MissingTicketId)?).ok_or(Reason::MissingTicketId)
}

/// Reads a comment.
pub(in super::super) fn parse_comment(
    map: Map<String, Value>,
    now: i64,
) -> Result<CommentRow, Reason> {
    let mut row = Taker::new(map, now);
    row.forget("url");
    row.forget("ticket_id");
    if row.peek_text("type") == Some("Comment") {
        row.forget("type");
    }
    let id = match row.own_id() {
        Ok(id) => Some(id),
        Err(Reason::MissingId) => None,
        Err(reason) => return Err(reason),
    };
    let mut comment = CommentRow {
        id,
        author: person(&mut row, "author_id", "author"),
        body: row.text("body").or_else(|| row.text("value")),
        html_body: row.text("html_body"),
        plain_body: row.text("plain_body"),
        public: row.flag("public").unwrap_or(true),
        created_at: row.time("created_at")?,
        via: via(&mut row),
        metadata: row.object("metadata"),
        attachments: row.list("attachments", attachment),
        extras: Map::new(),
        odd: Vec::new(),
    };
    (comment.extras, comment.odd) = row.rest();
    Ok(comment)
}

/// Who stands under an id's key and an object's key. The id's key wins.
pub(super) fn person(
    row: &mut Taker,
    id_key: &'static str,
    object_key: &'static str,
) -> Option<Person> {
    let id = row.id(id_key);
    let embedded = match row.value(object_key) {
        Some(Value::Object(map)) => match map.get("id").and_then(id_of) {
            Some(id) => Some(Person::Id(id)),
            None if id.is_none() && !map.contains_key("id") => Some(unnumbered(map)),
            None => {
                row.set_aside(object_key, Value::Object(map));
                None
            }
        },
        Some(other) => {
            row.set_aside(object_key, other);
            None
        }
        None => None,
    };
    id.map(Person::Id).or(embedded)
}

fn unnumbered(map: Map<String, Value>) -> Person {
    let mut row = Taker::new(map, 0);
    let mut person = PersonRow {
        name: row.text("name"),
        email: row.text("email"),
        phone: row.text("phone"),
        external_id: row.text("external_id"),
        extras: Map::new(),
    };
    (person.extras, _) = row.rest();
    Person::Unnumbered(Box::new(person))
}

/// The channel, if there is one.
pub(super) fn via(row: &mut Taker) -> Option<Via> {
    match row.value("via")? {
        Value::Object(map) => {
            let mut inner = Taker::new(map, 0);
            let channel = inner.text("channel");
            let source = inner.object("source");
            let (extras, _) = inner.rest();
            Some(Via { channel, source, extras })
        }
        other => {
            row.set_aside("via", other);
            None
        }
    }
}

fn attachment(value: &Value) -> Option<AttachmentRow> {
    let mut row = Taker::new(value.as_object()?.clone(), 0);
    let mut attachment = AttachmentRow {
        id: row.id("id"),
        file_name: row.text("file_name"),
        content_type: row.text("content_type"),
        content_url: row.text("content_url"),
        size: row.size("size"),
        inline: row.flag("inline").unwrap_or(false),
        extras: Map::new(),
    };
    row.forget("url");
    (attachment.extras, _) = row.rest();
    Some(attachment)
}

/// An embedded thing that is known by its id alone.
pub(super) fn id_or_embedded(
    row: &mut Taker,
    id_key: &'static str,
    object_key: &'static str,
) -> Option<i64> {
    let embedded = embedded_id(row, object_key);
    row.id(id_key).or(embedded)
}

/// Sorts comments by time, then id; one without a time stands at its ticket's beginning, and one
/// without an id after those that have one, in the order in which they stood.
pub(in super::super) fn in_order(comments: &mut [CommentRow], ticket_created_at: Option<i64>) {
    let start = ticket_created_at.unwrap_or(i64::MIN);
    comments.sort_by_key(|c| (c.created_at.unwrap_or(start), c.id.unwrap_or(i64::MAX)));
}

impl fmt::Debug for CommentRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CommentRow({:?})", self.id)
    }
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => write!(f, "Person({id})"),
            Self::Unnumbered(_) => f.write_str("Person(unnumbered)"),
        }
    }
}

impl fmt::Debug for PersonRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonRow")
    }
}

impl fmt::Debug for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Via")
    }
}

impl fmt::Debug for AttachmentRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AttachmentRow({:?})", self.id)
    }
}
