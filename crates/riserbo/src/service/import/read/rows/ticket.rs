//! A ticket with its comments.

use super::super::limits::Limits;
use super::super::noun::Noun;
use super::super::refusal::{Note, Reason};
use super::super::take::{Taker, id_of};
use super::Typed;
use super::comment::{
    CommentRow, Person, Via, id_or_embedded, in_order, parse_comment, person, via,
};
use serde_json::{Map, Value};
use std::fmt;

/// What the customer said about the service.
#[derive(Clone, PartialEq)]
pub struct Satisfaction {
    /// `offered`, `unoffered`, `good`, `bad`.
    pub score: Option<String>,
    /// The customer's words. Personal.
    pub comment: Option<String>,
    /// Keys that the reader does not know.
    pub extras: Map<String, Value>,
}

/// A ticket as the export has it, with its comments by time, whether they stood inside or in
/// files of their own. Times are microseconds since 1970.
#[derive(Clone, PartialEq)]
pub struct TicketRow {
    /// Id at the source: the ticket's number.
    pub id: i64,
    /// Id in a system of the company's own.
    pub external_id: Option<String>,
    /// Subject.
    pub subject: Option<String>,
    /// The first comment's text; all that there is when the export has no comments.
    pub description: Option<String>,
    /// `new`, `open`, `pending`, `hold`, `solved`, `closed`, `deleted`.
    pub status: Option<String>,
    /// `problem`, `incident`, `question`, `task`.
    pub ticket_type: Option<String>,
    /// `low`, `normal`, `high`, `urgent`.
    pub priority: Option<String>,
    /// Who asks.
    pub requester: Option<Person>,
    /// Who wrote it in.
    pub submitter: Option<Person>,
    /// Id of the agent who works on it.
    pub assignee_id: Option<i64>,
    /// Id of the group that works on it.
    pub group_id: Option<i64>,
    /// Id of the organization.
    pub organization_id: Option<i64>,
    /// Id of the brand.
    pub brand_id: Option<i64>,
    /// Id of the form.
    pub ticket_form_id: Option<i64>,
    /// Tags.
    pub tags: Vec<String>,
    /// Custom fields by id, those that hold something.
    pub custom_fields: Vec<(i64, Value)>,
    /// Channel.
    pub via: Option<Via>,
    /// Ids of people in copy (older form).
    pub collaborator_ids: Vec<i64>,
    /// Ids of agents who follow.
    pub follower_ids: Vec<i64>,
    /// Ids of people in copy of mails.
    pub email_cc_ids: Vec<i64>,
    /// The address that was written to.
    pub recipient: Option<String>,
    /// Satisfaction.
    pub satisfaction: Option<Satisfaction>,
    /// Id of the problem that this incident is about.
    pub problem_id: Option<i64>,
    /// Whether a comment is public.
    pub is_public: Option<bool>,
    /// When a task is due.
    pub due_at: Option<i64>,
    /// Creation time.
    pub created_at: Option<i64>,
    /// Time of the last change.
    pub updated_at: Option<i64>,
    /// Comments by (time, id).
    pub comments: Vec<CommentRow>,
    /// Keys that the reader does not know.
    pub extras: Map<String, Value>,
    /// What was odd.
    pub odd: Vec<Note>,
}

impl Typed for TicketRow {
    fn parse(_: Noun, map: Map<String, Value>, now: i64) -> Result<Self, Reason> {
        let mut row = Taker::new(map, now);
        row.forget("url");
        row.forget("generated_timestamp");
        if row.same("subject", "raw_subject") {
            row.forget("raw_subject");
        }
        let mut ticket = Self {
            id: row.own_id()?,
            external_id: row.text("external_id"),
            subject: row.text("subject"),
            description: row.text("description"),
            status: row.text("status"),
            ticket_type: row.text("type"),
            priority: row.text("priority"),
            requester: person(&mut row, "requester_id", "requester"),
            submitter: person(&mut row, "submitter_id", "submitter"),
            assignee_id: id_or_embedded(&mut row, "assignee_id", "assignee"),
            group_id: id_or_embedded(&mut row, "group_id", "group"),
            organization_id: id_or_embedded(&mut row, "organization_id", "organization"),
            brand_id: id_or_embedded(&mut row, "brand_id", "brand"),
            ticket_form_id: row.id("ticket_form_id"),
            tags: row.words("tags"),
            custom_fields: custom_fields(&mut row),
            via: via(&mut row),
            collaborator_ids: row.ids("collaborator_ids"),
            follower_ids: row.ids("follower_ids"),
            email_cc_ids: row.ids("email_cc_ids"),
            recipient: row.text("recipient"),
            satisfaction: satisfaction(&mut row),
            problem_id: row.id("problem_id"),
            is_public: row.flag("is_public"),
            due_at: row.date_ahead("due_at")?,
            created_at: row.time("created_at")?,
            updated_at: row.time("updated_at")?,
            comments: comments(&mut row, now)?,
            extras: Map::new(),
            odd: Vec::new(),
        };
        if ticket.requester.is_none() {
            row.note(Note::MissingRequester);
        }
        in_order(&mut ticket.comments, ticket.created_at);
        (ticket.extras, ticket.odd) = row.rest();
        Ok(ticket)
    }

    fn id(&self) -> i64 {
        self.id
    }

    fn updated_at(&self) -> Option<i64> {
        self.updated_at
    }

    fn check(&self, limits: &Limits) -> Result<(), Reason> {
        let most = limits.max_comments_per_ticket;
        if self.comments.len() > most { Err(Reason::TooManyComments(most)) } else { Ok(()) }
    }
}

/// The comments inside. One that can't be read refuses the ticket: a conversation with a hole
/// would look whole.
fn comments(row: &mut Taker, now: i64) -> Result<Vec<CommentRow>, Reason> {
    match row.value("comments") {
        None => Ok(Vec::new()),
        Some(Value::Array(items)) => items.into_iter().map(|item| comment(item, now)).collect(),
        Some(_) => Err(Reason::BadComment),
    }
}

fn comment(item: Value, now: i64) -> Result<CommentRow, Reason> {
    let Value::Object(map) = item else {
        return Err(Reason::BadComment);
    };
    parse_comment(map, now).map_err(|reason| match reason {
        Reason::BadTime(_) => Reason::BadTime("comments.created_at"),
        _ => Reason::BadComment,
    })
}

/// `custom_fields`, and what `fields` (the same once more, at the source) has beyond them.
fn custom_fields(row: &mut Taker) -> Vec<(i64, Value)> {
    let mut all = row.list("custom_fields", id_and_value);
    for (id, value) in row.list("fields", id_and_value) {
        if !all.iter().any(|(known, _)| *known == id) {
            all.push((id, value));
        }
    }
    all.retain(|(_, value)| !value.is_null());
    all
}

fn id_and_value(item: &Value) -> Option<(i64, Value)> {
    let id = item.get("id").and_then(id_of)?;
    Some((id, item.get("value").cloned().unwrap_or_default()))
}

fn satisfaction(row: &mut Taker) -> Option<Satisfaction> {
    match row.value("satisfaction_rating")? {
        Value::Object(map) => {
            let mut inner = Taker::new(map, 0);
            let score = inner.text("score");
            let comment = inner.text("comment");
            let (extras, _) = inner.rest();
            Some(Satisfaction { score, comment, extras })
        }
        other => {
            row.set_aside("satisfaction_rating", other);
            None
        }
    }
}

impl fmt::Debug for TicketRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TicketRow({}, {} comments)", self.id, self.comments.len())
    }
}

impl fmt::Debug for Satisfaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Satisfaction")
    }
}
