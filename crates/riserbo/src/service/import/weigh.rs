//! What rows weigh, so that an import stays within its memory.
//!
//! Rows are counted by bytes and not by number, for one row may be 16 MiB: the
//! reader's thread waits until what is on its way and not yet written has room
//! for the next one ([`BUDGET`]). A row heavier than [`HEAVIEST`] counts as
//! that, so that it gets through at all.

use std::sync::Arc;

use serde_json::{Map, Value};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Row;
use super::read::{CommentRow, Person, TicketRow, UserRow};

/// Bytes of rows in memory at most, read and not yet written. What sealing
/// makes of them comes on top and is about as much again.
pub(super) const BUDGET: usize = 32 << 20;

/// A batch is written when it weighs this much. Less than what [`BUDGET`]
/// leaves beside the heaviest row, so that the reader never waits for a batch
/// that waits for the reader.
pub(super) const BATCH: usize = 8 << 20;

/// What one row counts at most, in bytes.
const HEAVIEST: usize = 16 << 20;

/// Bytes of one permit.
const UNIT: usize = 1 << 10;

/// The room that rows take, given back when the row's batch is written.
pub(super) struct Room(Arc<Semaphore>);

/// A row's place in the room.
pub(super) struct Place {
    /// Its weight in bytes.
    pub(super) bytes: usize,
    _permit: Option<OwnedSemaphorePermit>,
}

impl Room {
    pub(super) fn new() -> Room {
        Room(Arc::new(Semaphore::new(BUDGET / UNIT)))
    }

    /// Waits on this thread until there is room for a row.
    pub(super) fn take(&self, runtime: &tokio::runtime::Handle, row: &Row) -> Place {
        let bytes = weight(row).min(HEAVIEST);
        let units = u32::try_from(bytes / UNIT + 1).unwrap_or(u32::MAX);
        let permit = runtime.block_on(Arc::clone(&self.0).acquire_many_owned(units));
        // A closed semaphore would be a defect; the row then goes uncounted.
        Place { bytes, _permit: permit.ok() }
    }
}

fn weight(row: &Row) -> usize {
    256 + match row {
        Row::User(row) => user(row),
        Row::Ticket(row) => ticket(row),
        Row::Organization(row) => {
            texts([&row.name, &row.external_id, &row.details, &row.notes])
                + words(&row.domain_names)
                + words(&row.tags)
                + map(&row.organization_fields)
                + map(&row.extras)
        }
        Row::Named(_) | Row::Field(_) | Row::Refused(_) | Row::Done => 256,
    }
}

fn user(row: &UserRow) -> usize {
    let own = [&row.name, &row.email, &row.phone, &row.external_id, &row.locale, &row.time_zone];
    texts(own)
        + texts([&row.details, &row.notes, &row.signature, &row.alias])
        + words(&row.tags)
        + map(&row.user_fields)
        + map(&row.extras)
}

fn ticket(row: &TicketRow) -> usize {
    texts([&row.subject, &row.description, &row.external_id, &row.recipient])
        + words(&row.tags)
        + row.custom_fields.iter().map(|(_, v)| 16 + value(v)).sum::<usize>()
        + row.via.as_ref().map_or(0, |v| map(&v.source) + map(&v.extras))
        + row.satisfaction.as_ref().map_or(0, |s| texts([&s.comment]) + map(&s.extras))
        + person(row.requester.as_ref())
        + person(row.submitter.as_ref())
        + 8 * (row.collaborator_ids.len() + row.follower_ids.len() + row.email_cc_ids.len())
        + map(&row.extras)
        + row.comments.iter().map(comment).sum::<usize>()
}

fn comment(row: &CommentRow) -> usize {
    let files = row
        .attachments
        .iter()
        .map(|a| 96 + texts([&a.file_name, &a.content_type, &a.content_url]) + map(&a.extras));
    256 + texts([&row.body, &row.html_body, &row.plain_body])
        + person(row.author.as_ref())
        + row.via.as_ref().map_or(0, |v| map(&v.source) + map(&v.extras))
        + map(&row.metadata)
        + map(&row.extras)
        + files.sum::<usize>()
}

fn person(person: Option<&Person>) -> usize {
    match person {
        Some(Person::Unnumbered(p)) => {
            texts([&p.name, &p.email, &p.phone, &p.external_id]) + map(&p.extras)
        }
        _ => 0,
    }
}

fn texts<const N: usize>(texts: [&Option<String>; N]) -> usize {
    texts.into_iter().flatten().map(String::len).sum()
}

fn words(words: &[String]) -> usize {
    words.iter().map(|w| w.len() + size_of::<String>()).sum()
}

fn map(map: &Map<String, Value>) -> usize {
    // A node of the tree beside key and value.
    map.iter().map(|(k, v)| 64 + k.len() + value(v)).sum()
}

fn value(v: &Value) -> usize {
    size_of::<Value>()
        + match v {
            Value::String(s) => s.len(),
            Value::Array(items) => items.iter().map(value).sum(),
            Value::Object(m) => map(m),
            _ => 0,
        }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::import::users::empty_row;

    fn note(bytes: usize) -> Row {
        Row::User(UserRow { notes: Some("x".repeat(bytes)), ..empty_row(1) })
    }

    #[test]
    fn a_row_weighs_its_texts() {
        let light = weight(&note(0));
        assert_eq!(weight(&note(100_000)), light + 100_000);
    }

    #[test]
    fn the_reader_waits_until_what_it_read_is_written() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let room = Room::new();
        let row = note(9 << 20);
        let held: Vec<Place> = (0..3).map(|_| room.take(runtime.handle(), &row)).collect();
        assert!(Arc::clone(&room.0).try_acquire_many_owned(9 << 10).is_err());
        drop(held);
        assert!(Arc::clone(&room.0).try_acquire_many_owned(9 << 10).is_ok());
    }

    #[test]
    fn a_batch_and_the_heaviest_row_fit_together() {
        const { assert!(HEAVIEST + BATCH < BUDGET) };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let room = Room::new();
        let place = room.take(runtime.handle(), &note(60 << 20));
        assert_eq!(place.bytes, HEAVIEST);
    }
}
