//! The typed rows. Each keeps what it does not know in `extras`, so that nothing is lost, and
//! what was odd in `odd`.
//!
//! Rows hold personal data in clear: their `Debug` says nothing but ids and counts, and nothing
//! here writes them anywhere.

mod comment;
mod field;
mod named;
mod organization;
mod ticket;
mod user;

pub use comment::{AttachmentRow, CommentRow, Person, PersonRow, Via};
pub use field::{FieldOption, FieldRow};
pub use named::NamedRow;
pub use organization::OrganizationRow;
pub use ticket::{Satisfaction, TicketRow};
pub use user::UserRow;

pub(super) use comment::{in_order, parse_comment, ticket_of};

use super::limits::Limits;
use super::noun::Noun;
use super::refusal::Reason;
use serde_json::{Map, Value};

/// A row that can be read from an object.
pub(super) trait Typed: Sized {
    /// Reads it. `now` is in microseconds.
    fn parse(noun: Noun, map: Map<String, Value>, now: i64) -> Result<Self, Reason>;

    /// Its id.
    fn id(&self) -> i64;

    /// Whether it keeps within the limits that only the whole row shows.
    fn check(&self, _limits: &Limits) -> Result<(), Reason> {
        Ok(())
    }

    /// When it was last changed, in microseconds; decides between two versions.
    fn updated_at(&self) -> Option<i64>;
}

/// Where rows carry whole other rows inside: (holder, key, what it is).
const EMBEDDED: [(Noun, &str, Noun); 8] = [
    (Noun::Ticket, "requester", Noun::User),
    (Noun::Ticket, "submitter", Noun::User),
    (Noun::Ticket, "assignee", Noun::User),
    (Noun::Ticket, "organization", Noun::Organization),
    (Noun::Ticket, "group", Noun::Group),
    (Noun::Ticket, "brand", Noun::Brand),
    (Noun::User, "organization", Noun::Organization),
    (Noun::Comment, "author", Noun::User),
];

/// The objects with ids inside a row, so that an export without a file of users still has them.
pub(super) fn embedded<'a>(
    holder: Noun,
    map: &'a Map<String, Value>,
    each: &mut dyn FnMut(Noun, &'a Map<String, Value>),
) {
    for (of, key, noun) in EMBEDDED {
        if of == holder
            && let Some(Value::Object(object)) = map.get(key)
            && object.get("id").is_some_and(|id| !id.is_null())
        {
            each(noun, object);
        }
    }
    if holder == Noun::Ticket
        && let Some(Value::Array(comments)) = map.get("comments")
    {
        for comment in comments.iter().filter_map(Value::as_object) {
            embedded(Noun::Comment, comment, each);
        }
    }
}
