//! Whether a row of an export is still what was imported.
//!
//! `source_row` keeps one number for each row: a keyed digest, so that it says
//! nothing about the row to whoever reads the database. A ticket's number has
//! two halves: one of the whole row, and one of what a later import does not
//! take over (everything but the working columns and new comments). So a
//! second import knows that a row changed, and whether a change is lost on it.

use seal::SearchKey;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::read::{CommentRow, OrganizationRow, Person, TicketRow, UserRow, Via};

/// Text of a row: each part with its length, so that no two rows read alike.
#[derive(Default)]
struct Feed(Zeroizing<String>);

impl Feed {
    fn text(&mut self, text: &str) -> &mut Self {
        self.0.push_str(&text.len().to_string());
        self.0.push(':');
        self.0.push_str(text);
        self
    }

    fn texts<const N: usize>(&mut self, texts: [&Option<String>; N]) -> &mut Self {
        for text in texts {
            match text {
                Some(text) => self.text(text),
                None => self.text("").text("none"),
            };
        }
        self
    }

    fn numbers(&mut self, numbers: impl IntoIterator<Item = Option<i64>>) -> &mut Self {
        for number in numbers {
            self.text(&number.map_or_else(String::new, |n| n.to_string()));
        }
        self
    }

    fn ids(&mut self, ids: &[i64]) -> &mut Self {
        self.numbers([i64::try_from(ids.len()).ok()]).numbers(ids.iter().copied().map(Some))
    }

    fn words(&mut self, words: &[String]) -> &mut Self {
        self.numbers([i64::try_from(words.len()).ok()]);
        words.iter().for_each(|word| {
            self.text(word);
        });
        self
    }

    fn map(&mut self, map: &Map<String, Value>) -> &mut Self {
        let text = Zeroizing::new(serde_json::to_string(map).unwrap_or_default());
        self.text(&text)
    }

    fn person(&mut self, person: Option<&Person>) -> &mut Self {
        match person {
            None => self.text("nobody"),
            Some(Person::Id(id)) => self.numbers([Some(*id)]),
            Some(Person::Unnumbered(p)) => {
                self.texts([&p.name, &p.email, &p.phone, &p.external_id]).map(&p.extras)
            }
        }
    }

    fn via(&mut self, via: Option<&Via>) -> &mut Self {
        match via {
            None => self.text("unknown"),
            Some(via) => self.texts([&via.channel]).map(&via.source).map(&via.extras),
        }
    }

    fn digest(&self, key: &SearchKey) -> u64 {
        let [a, b, c, d, e, f, g, h, ..] = key.lookup("import_row", &self.0);
        u64::from_be_bytes([a, b, c, d, e, f, g, h])
    }
}

/// A user's digest.
pub(super) fn user(key: &SearchKey, row: &UserRow) -> i64 {
    let mut feed = Feed::default();
    feed.texts([&row.name, &row.email, &row.phone, &row.role, &row.external_id])
        .texts([&row.locale, &row.time_zone, &row.details, &row.notes, &row.signature, &row.alias])
        .numbers([row.organization_id, row.custom_role_id, row.updated_at])
        .numbers([row.active, row.suspended, row.verified].map(|flag| flag.map(i64::from)))
        .words(&row.tags)
        .map(&row.user_fields)
        .map(&row.extras);
    feed.digest(key).cast_signed()
}

/// An organization's digest.
pub(super) fn organization(key: &SearchKey, row: &OrganizationRow) -> i64 {
    let mut feed = Feed::default();
    feed.texts([&row.name, &row.external_id, &row.details, &row.notes])
        .numbers([row.group_id, row.updated_at])
        .words(&row.domain_names)
        .words(&row.tags)
        .map(&row.organization_fields)
        .map(&row.extras);
    feed.digest(key).cast_signed()
}

/// A ticket's digest in its two halves.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct TicketDigest {
    /// Of everything.
    whole: u32,
    /// Of what a later import does not take over.
    rest: u32,
}

impl TicketDigest {
    /// As stored.
    pub(super) fn number(self) -> i64 {
        (u64::from(self.whole) << 32 | u64::from(self.rest)).cast_signed()
    }

    /// Whether what a later import does not take over is as in the stored number.
    pub(super) fn same_rest(self, stored: i64) -> bool {
        stored.cast_unsigned() & u64::from(u32::MAX) == u64::from(self.rest)
    }
}

/// A ticket's digest; its rest counts the comments that `known` names.
pub(super) fn ticket(
    key: &SearchKey,
    row: &TicketRow,
    known: impl Fn(usize, &CommentRow) -> bool,
) -> TicketDigest {
    let mut rest = Feed::default();
    rest.texts([&row.subject, &row.external_id, &row.recipient])
        .person(row.requester.as_ref())
        .person(row.submitter.as_ref())
        .numbers([row.organization_id, row.brand_id, row.ticket_form_id])
        .numbers([row.problem_id, row.due_at, row.created_at, row.is_public.map(i64::from)])
        .ids(&row.collaborator_ids)
        .ids(&row.follower_ids)
        .ids(&row.email_cc_ids)
        .via(row.via.as_ref())
        .map(&row.extras);
    for (id, value) in &row.custom_fields {
        let value = Zeroizing::new(value.to_string());
        rest.numbers([Some(*id)]).text(&value);
    }
    if let Some(satisfaction) = &row.satisfaction {
        rest.texts([&satisfaction.score, &satisfaction.comment]).map(&satisfaction.extras);
    }
    let (mut all, mut old) = (0, 0);
    for (n, c) in row.comments.iter().enumerate() {
        let digest = comment(key, n, c);
        all ^= digest;
        old ^= if known(n, c) { digest } else { 0 };
    }
    if row.comments.is_empty() {
        // Then the description is the only comment.
        let mut feed = Feed::default();
        old = feed.texts([&row.description]).digest(key);
        all = old;
    }
    let rest = rest.digest(key);
    let mut whole = Feed::default();
    whole
        .texts([&row.status, &row.priority, &row.ticket_type])
        .numbers([row.assignee_id, row.group_id, row.updated_at])
        .words(&row.tags)
        .numbers([Some(rest.cast_signed()), Some(all.cast_signed())]);
    let low = |n: u64| u32::try_from(n & u64::from(u32::MAX)).unwrap_or_default();
    TicketDigest { whole: low(whole.digest(key)), rest: low(rest ^ old) }
}

fn comment(key: &SearchKey, n: usize, row: &CommentRow) -> u64 {
    let mut feed = Feed::default();
    feed.numbers([row.id, i64::try_from(n).ok(), row.created_at, Some(i64::from(row.public))])
        .texts([&row.body, &row.html_body, &row.plain_body])
        .person(row.author.as_ref())
        .numbers([i64::try_from(row.attachments.len()).ok()]);
    feed.digest(key)
}
