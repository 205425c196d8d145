//! The cells of a ticket that is taken in: subject, fields, comments, names of
//! files, and what nobody declared.

use pii::{Context, Kind, Role, Turn};
use seal::RecordId;

use super::read::{AttachmentRow, CommentRow, TicketRow};
use super::tickets::Shared;
use super::{MOST_FIELDS, extras_text};
use crate::error::Result;
use crate::service::fields::{Handling, part};
use crate::service::ingest::{Found, Target};
use crate::service::keyring::{KeyBatch, domain};
use crate::service::search::tokens::TokenSet;
use crate::service::text::Doc;
use crate::store::cells::{self, Cell};
use crate::store::index::Change;
use crate::store::tickets as store;

/// The body of a comment: HTML where there is some that says more than text.
fn doc_of(comment: &CommentRow) -> std::result::Result<Doc, String> {
    let plain = comment.body.as_deref().or(comment.plain_body.as_deref());
    match (&comment.html_body, plain) {
        (Some(html), _) if !html.is_empty() => Doc::from_html(html).map_err(|_| html.clone()),
        (_, Some(text)) => Doc::from_plain(text).map_err(|_| text.to_owned()),
        _ => Doc::from_plain("").map_err(|_| String::new()),
    }
}

/// Writes the cells of one ticket.
pub(super) struct Writer<'w, 'k> {
    pub(super) shared: &'w Shared<'w>,
    pub(super) keys: &'w mut KeyBatch<'k>,
    pub(super) found: &'w mut Found,
    pub(super) record: RecordId,
    pub(super) requester: i64,
    pub(super) changes: Vec<Change>,
    pub(super) text_bytes: u64,
}

impl Writer<'_, '_> {
    fn put(&mut self, doc: i64, item: i64, time: i64, tokens: TokenSet) {
        let record = self.record;
        self.changes.extend(tokens.into_rows().map(|(category, words)| Change::Put {
            doc,
            noun: record.noun,
            record: record.id,
            item,
            time,
            category,
            words,
        }));
    }

    /// Subject, external id, custom fields and what nobody declared.
    pub(super) fn fields(
        &mut self,
        row: &TicketRow,
        created: i64,
        sequence: i64,
    ) -> Result<(Vec<Cell>, i64)> {
        let doc = sequence;
        let mut tokens = TokenSet::default();
        let shared = self.shared;
        let about = Some(self.requester);
        let cx = Context { profile: shared.profiles.get(&self.requester), ..Context::default() };
        let mut target = Target {
            keys: &mut *self.keys,
            domain: domain::GENERAL,
            record: self.record,
            row_item: 0,
            search: &shared.search,
            tokens: &mut tokens,
            found: &mut *self.found,
        };
        let mut out = Vec::new();
        let scanner = &shared.app.scanner;
        let bytes = std::cell::Cell::new(0u64);
        let text = |target: &mut Target<'_, '_>, part: u8, item: i64, value: &str| {
            bytes.set(bytes.get() + value.len() as u64);
            match Doc::from_plain(value) {
                Ok(doc) => target.text(part, item, scanner, &doc, &cx, about),
                Err(_) => target.whole(part, item, Kind::Unscanned, value, None),
            }
        };
        if let Some(subject) = &row.subject {
            out.push(text(&mut target, part::SUBJECT, 0, subject)?);
        }
        if let Some(value) = row.external_id.as_deref().filter(|v| !v.is_empty()) {
            bytes.set(bytes.get() + value.len() as u64);
            out.push(target.whole(part::EXTERNAL_ID, 0, Kind::ExternalId, value, None)?);
        }
        if let Some(value) = row.recipient.as_deref().filter(|v| !v.is_empty()) {
            out.push(target.whole(part::RECIPIENT, 0, Kind::Email, value, None)?);
        }
        let mut extras = row.extras.clone();
        for (field, value) in &row.custom_fields {
            let value = match value {
                serde_json::Value::Null => continue,
                serde_json::Value::String(s) if s.is_empty() => continue,
                serde_json::Value::String(s) => s.clone(),
                other => other.to_string(),
            };
            out.push(match shared.fields.get(field) {
                _ if out.len() >= MOST_FIELDS => {
                    // Beyond all measure: kept, and no reason to stop the import.
                    extras.insert(format!("field:{field}"), value.into());
                    continue;
                }
                Some(Handling::Whole(kind)) => {
                    target.whole(part::CUSTOM_FIELD, *field, *kind, &value, about)?
                }
                Some(_) => text(&mut target, part::CUSTOM_FIELD, *field, &value)?,
                None => target.whole(part::CUSTOM_FIELD, *field, Kind::Unknown, &value, None)?,
            });
        }
        if let Some(source) = row.via.as_ref().and_then(source_text) {
            out.push(target.whole(part::SOURCE, 0, Kind::Unknown, &source, None)?);
        }
        // Rendered from the subject and the first comment, never stored twice.
        extras.remove("raw_subject");
        extras.remove("fields");
        if let Some(value) = row.satisfaction.as_ref().and_then(|s| s.comment.as_ref()) {
            extras.insert(String::from("satisfaction_comment"), value.clone().into());
        }
        if let Some(rest) = extras_text(&extras) {
            out.push(target.whole(part::EXTRAS, 0, Kind::Unknown, &rest, None)?);
        }
        self.text_bytes += bytes.get();
        self.put(doc, 0, created, tokens);
        Ok((out, doc))
    }

    /// The comments that have an id; the others are here already, and stand
    /// before the new ones for the scanner alone.
    pub(super) fn comments(
        &mut self,
        row: &TicketRow,
        ids: &[Option<i64>],
        docs: i64,
        chat: bool,
        created: i64,
    ) -> Result<Vec<store::CommentRow>> {
        let bodies: Vec<std::result::Result<Doc, String>> =
            row.comments.iter().map(doc_of).collect();
        let roles: Vec<Role> = row
            .comments
            .iter()
            .map(|c| match self.shared.user(&c.author) {
                Some(id) if self.shared.app.people.get(id).is_some() => Role::Agent,
                _ => Role::Customer,
            })
            .collect();
        let turns: Vec<Turn<'_>> = bodies
            .iter()
            .zip(&roles)
            .map(|(body, role)| Turn {
                role: *role,
                text: body.as_ref().map_or("", |doc| doc.text()),
            })
            .collect();
        let mut out = Vec::with_capacity(ids.len());
        for (n, (comment, id)) in row.comments.iter().zip(ids).enumerate() {
            let (Some(id), Some((body, role))) = (*id, bodies.get(n).zip(roles.get(n))) else {
                continue;
            };
            let before = turns.get(..n).unwrap_or(&[]);
            let time = comment.created_at.unwrap_or(created);
            let doc = docs + i64::try_from(n).unwrap_or(0);
            let mut tokens = TokenSet::default();
            let cells = self.comment(comment, id, body, before, *role, chat, &mut tokens)?;
            self.put(doc, id, time, tokens);
            out.push(store::CommentRow {
                id,
                ticket_id: self.record.id,
                author_id: self.shared.user(&comment.author).unwrap_or(self.requester),
                public: comment.public,
                created_at: time,
                doc,
                audit_id: comment.extras.get("audit_id").and_then(serde_json::Value::as_i64),
                cats: cells::categories(&cells),
                cells: cells::encode(&cells)?,
            });
        }
        Ok(out)
    }

    #[expect(clippy::too_many_arguments, reason = "one comment with all that is known of it")]
    fn comment(
        &mut self,
        comment: &CommentRow,
        id: i64,
        body: &std::result::Result<Doc, String>,
        before: &[Turn<'_>],
        role: Role,
        chat: bool,
        tokens: &mut TokenSet,
    ) -> Result<Vec<Cell>> {
        let shared = self.shared;
        let about = Some(self.requester);
        let cx = Context {
            profile: shared.profiles.get(&self.requester),
            before,
            author: role,
            document: !chat,
            ..Context::default()
        };
        let mut target = Target {
            keys: &mut *self.keys,
            domain: domain::GENERAL,
            record: self.record,
            row_item: id,
            search: &shared.search,
            tokens,
            found: &mut *self.found,
        };
        let mut out = Vec::with_capacity(1);
        match body {
            Ok(doc) => {
                self.text_bytes += doc.text().len() as u64;
                out.push(target.text(part::BODY, 0, &shared.app.scanner, doc, &cx, about)?);
            }
            Err(text) => out.push(target.whole(part::BODY, 0, Kind::Unscanned, text, None)?),
        }
        let mut aside = comment.extras.clone();
        for known in ["type", "audit_id", "url"] {
            aside.remove(known);
        }
        let metadata = extras_text(&comment.metadata);
        if let Some(metadata) = metadata.filter(|m| has_content(m)) {
            aside.insert(String::from("metadata"), metadata.into());
        }
        if let Some(source) = comment.via.as_ref().and_then(source_text) {
            aside.insert(String::from("source"), source.into());
        }
        if let Some(text) = extras_text(&aside) {
            out.push(target.whole(part::META, 0, Kind::Unknown, &text, None)?);
        }
        Ok(out)
    }

    pub(super) fn attachments(
        &mut self,
        row: &TicketRow,
        comment_ids: &[Option<i64>],
        ids: &[i64],
        created: i64,
    ) -> Result<Vec<store::AttachmentRow>> {
        let mut out = Vec::new();
        let mut ids = ids.iter();
        for (comment, comment_id) in row.comments.iter().zip(comment_ids) {
            let Some(comment_id) = comment_id else { continue };
            for file in &comment.attachments {
                let Some(id) = ids.next() else { continue };
                let cells = self.file_name(file, *id)?;
                out.push(store::AttachmentRow {
                    id: *id,
                    ticket_id: self.record.id,
                    comment_id: *comment_id,
                    content_type: file
                        .content_type
                        .clone()
                        .unwrap_or_else(|| String::from("application/octet-stream")),
                    size: file.size.and_then(|s| i64::try_from(s).ok()).unwrap_or(0),
                    inline: file.inline,
                    cats: cells::categories(&cells),
                    cells: cells::encode(&cells)?,
                    created_at: comment.created_at.unwrap_or(created),
                });
            }
        }
        Ok(out)
    }

    fn file_name(&mut self, file: &AttachmentRow, id: i64) -> Result<Vec<Cell>> {
        let name = file.file_name.as_deref().unwrap_or("file");
        let mut tokens = TokenSet::default();
        let doc = Doc::from_plain(name);
        let shared = self.shared;
        let cx = Context { profile: shared.profiles.get(&self.requester), ..Context::default() };
        let mut target = Target {
            keys: &mut *self.keys,
            domain: domain::GENERAL,
            record: self.record,
            row_item: id,
            search: &shared.search,
            tokens: &mut tokens,
            found: &mut *self.found,
        };
        let cell = match doc {
            Ok(doc) => target.text(
                part::FILE_NAME,
                0,
                &shared.app.scanner,
                &doc,
                &cx,
                Some(self.requester),
            )?,
            Err(_) => target.whole(part::FILE_NAME, 0, Kind::Unscanned, name, None)?,
        };
        Ok(vec![cell])
    }
}

/// `via.source`, if it says anything.
fn source_text(via: &super::read::Via) -> Option<String> {
    extras_text(&via.source).filter(|text| has_content(text))
}

/// Whether a JSON text holds anything but empty objects.
fn has_content(text: &str) -> bool {
    text.chars().any(|c| c.is_ascii_digit())
        || serde_json::from_str::<serde_json::Value>(text).is_ok_and(|v| any_leaf(&v))
}

fn any_leaf(value: &serde_json::Value) -> bool {
    match value {
        serde_json::Value::Null => false,
        serde_json::Value::Array(items) => items.iter().any(any_leaf),
        serde_json::Value::Object(map) => map.values().any(any_leaf),
        serde_json::Value::String(s) => !s.is_empty(),
        _ => true,
    }
}
