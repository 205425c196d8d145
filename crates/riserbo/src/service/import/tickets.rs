//! Tickets of an export, with their comments and attachments' metadata.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use guard::AttributeVector;
use pii::{Kind, Profile};
use seal::{RecordId, SearchKey};

use super::read::{CommentRow, Noun, Person, TicketRow};
use super::ticket_cells::Writer;
use super::{Ids, Report, SOURCE, busy, digest, in_parallel, number, plain_tags, users};
use crate::app::{App, Ctx};
use crate::error::{Error, Result};
use crate::service::fields::{Handling, noun};
use crate::service::ingest::Found;
use crate::service::keyring::{KeyBatch, domain};
use crate::service::{outbox, profile};
use crate::store::cells;
use crate::store::index::{self, Change};
use crate::store::meta::{self, SourceRow};
use crate::store::{ops, people as people_rows, tickets as store};

const STATUS: [&str; 7] = ["new", "open", "pending", "hold", "solved", "closed", "deleted"];
const PRIORITY: [&str; 5] = ["", "low", "normal", "high", "urgent"];
const TYPE: [&str; 5] = ["", "question", "incident", "problem", "task"];

fn code(names: &[&str], value: Option<&str>) -> i64 {
    value
        .and_then(|v| names.iter().position(|n| !n.is_empty() && *n == v))
        .and_then(|i| i64::try_from(i).ok())
        .unwrap_or(0)
}

/// A ticket ready to be written.
struct Prepared {
    row: store::TicketRow,
    comments: Vec<store::CommentRow>,
    attachments: Vec<store::AttachmentRow>,
    changes: Vec<Change>,
    identifier: Option<[u8; 16]>,
    text_bytes: u64,
}

/// A ticket with everything that its preparation needs.
struct Work {
    row: TicketRow,
    id: i64,
    requester: i64,
    vector: i64,
    docs: i64,
    comment_ids: Vec<i64>,
    attachment_ids: Vec<i64>,
}

/// What all preparations share.
pub(super) struct Shared<'a> {
    pub(super) app: &'a App,
    pub(super) search: Arc<SearchKey>,
    pub(super) users: HashMap<i64, i64>,
    pub(super) profiles: HashMap<i64, Profile>,
    pub(super) fields: HashMap<i64, Handling>,
    now: i64,
}

fn people_of(row: &TicketRow) -> impl Iterator<Item = i64> {
    let id = |p: &Option<Person>| match p {
        Some(Person::Id(id)) => Some(*id),
        _ => None,
    };
    [id(&row.requester), id(&row.submitter), row.assignee_id]
        .into_iter()
        .flatten()
        .chain(row.comments.iter().filter_map(move |c| id(&c.author)))
}

/// Ids here of the users that a batch names; unknown ones become customers
/// without a name.
async fn users_of(app: &App, rows: &[TicketRow], report: &mut Report) -> Result<HashMap<i64, i64>> {
    let mut wanted: Vec<i64> = rows.iter().flat_map(people_of).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let mut map = known_users(app, &wanted).await?;
    let missing: Vec<i64> = wanted.iter().copied().filter(|id| !map.contains_key(id)).collect();
    // A colleague who was here before the import (the demo's accounts).
    let (staff, strangers): (Vec<i64>, Vec<i64>) =
        missing.into_iter().partition(|id| app.people.get(*id).is_some());
    map.extend(staff.into_iter().map(|id| (id, id)));
    if !strangers.is_empty() {
        users::stubs(app, &strangers, report).await?;
        map.extend(known_users(app, &strangers).await?);
    }
    Ok(map)
}

async fn known_users(app: &App, ids: &[i64]) -> Result<HashMap<i64, i64>> {
    Ok(meta::source_rows(&app.data, SOURCE, number(Noun::User), ids)
        .await?
        .into_iter()
        .map(|r| (r.source_id, r.id))
        .collect())
}

/// Takes a batch of tickets.
pub(super) async fn take(ctx: &Ctx, rows: Vec<TicketRow>, report: &mut Report) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let app = &ctx.app;
    let ids: Vec<i64> = rows.iter().map(|r| r.id).collect();
    let known: HashSet<i64> = meta::source_rows(&app.data, SOURCE, number(Noun::Ticket), &ids)
        .await?
        .into_iter()
        .map(|r| r.source_id)
        .collect();
    let mut fresh = Vec::new();
    for row in rows {
        for odd in row.odd.iter().chain(row.comments.iter().flat_map(|c| &c.odd)) {
            report.note(odd.code());
        }
        if known.contains(&row.id) {
            report.tickets.unchanged += 1;
        } else {
            fresh.push(row);
        }
    }
    report.tickets.new += fresh.len() as u64;
    if fresh.is_empty() {
        return Ok(());
    }
    super::strangers::number_all(app, &mut fresh, report).await?;
    let users = users_of(app, &fresh, report).await?;
    let work = plan(app, fresh, &users).await?;
    let requesters: Vec<i64> = work.iter().map(|w| w.requester).collect();
    let shared = Shared {
        app,
        search: app.keys.search_key(domain::GENERAL)?,
        profiles: profile::load(app, &requesters).await?,
        fields: fields(app).await?,
        users,
        now: app.clock.now(),
    };
    let sources: Vec<SourceRow> = work
        .iter()
        .map(|w| SourceRow {
            source_id: w.row.id,
            id: w.id,
            digest: digest(w.row.updated_at, w.row.comments.len()),
        })
        .collect();
    let records: Vec<RecordId> =
        work.iter().map(|w| RecordId { noun: noun::TICKET, id: w.id }).collect();
    let mut keys = app.keys.batch(&records).await?;
    let parts = busy(|| {
        in_parallel(work, |part| {
            let mut keys = keys.fork();
            let mut found = Found::default();
            let mut out = Vec::with_capacity(part.len());
            for work in part {
                out.push(shared.ticket(work, &mut keys, &mut found)?);
            }
            Ok::<_, Error>((keys, found, out))
        })
    });
    let mut prepared = Vec::new();
    for part in parts {
        let (k, found, out) = part?;
        keys.join(k);
        report.found(&found);
        prepared.extend(out);
    }
    for p in &prepared {
        report.comments += p.comments.len() as u64;
        report.attachments += p.attachments.len() as u64;
        report.text_bytes += p.text_bytes;
    }
    write(app, keys, prepared, &sources).await
}

async fn fields(app: &App) -> Result<HashMap<i64, Handling>> {
    Ok(people_rows::fields(&app.data)
        .await?
        .into_iter()
        .filter(|f| f.noun == 0)
        .map(|f| (f.id, Handling::from_name(&f.handling)))
        .collect())
}

/// Gives ids, documents and vectors.
async fn plan(app: &App, rows: Vec<TicketRow>, users: &HashMap<i64, i64>) -> Result<Vec<Work>> {
    let wanted: Vec<i64> = rows.iter().map(|r| r.id).collect();
    let comment_ids: Vec<i64> =
        rows.iter().flat_map(|r| &r.comments).filter_map(|c| c.id).collect();
    let files = rows.iter().flat_map(|r| &r.comments).map(|c| c.attachments.len()).sum::<usize>();
    // A ticket without comments gets its description as the first one.
    let count = |n: usize| i64::try_from(n).map_err(|_| Error::Sealed);
    let texts = rows.iter().map(|r| r.comments.len().max(1)).sum::<usize>();
    let taken: HashSet<i64> =
        store::get_many(&app.data, &wanted).await?.iter().map(|t| t.id).collect();
    let taken_comments: HashSet<i64> =
        store::comments_by_id(&app.data, &comment_ids).await?.iter().map(|c| c.id).collect();
    let mut tx = app.data.begin().await?;
    let next = meta::take_ids(&mut tx, "ticket", count(rows.len())?).await?;
    let next_comment = meta::take_ids(&mut tx, "comment", count(texts)?).await?;
    let next_file = meta::take_ids(&mut tx, "attachment", count(files)?).await?;
    let mut docs = meta::take_ids(&mut tx, "doc", count(texts + rows.len())?).await?;
    tx.commit().await?;
    let mut ids = Ids { taken, next };
    let mut comments = Ids { taken: taken_comments, next: next_comment };
    let mut attachments = Ids { taken: HashSet::new(), next: next_file };
    let mut out = Vec::with_capacity(rows.len());
    for row in rows {
        let status = code(&STATUS, row.status.as_deref());
        let mut vector = AttributeVector::new(guard::Noun::Ticket, "general");
        vector.brand = row.brand_id;
        vector.group = row.group_id;
        vector.open = status < 4;
        let vector = app.policy.intern(&app.data, &vector).await?;
        let requester = match &row.requester {
            Some(Person::Id(id)) => users.get(id).copied().unwrap_or(0),
            _ => 0,
        };
        let id = ids.pick(Some(row.id));
        let comment_ids = if row.comments.is_empty() {
            vec![comments.pick(None)]
        } else {
            row.comments.iter().map(|c| comments.pick(c.id)).collect()
        };
        let attachment_ids = row
            .comments
            .iter()
            .flat_map(|c| &c.attachments)
            .map(|_| attachments.pick(None))
            .collect();
        let used = count(row.comments.len().max(1) + 1)?;
        out.push(Work { id, requester, vector, docs, comment_ids, attachment_ids, row });
        docs += used;
    }
    Ok(out)
}

async fn write(
    app: &App,
    mut keys: KeyBatch<'_>,
    prepared: Vec<Prepared>,
    sources: &[SourceRow],
) -> Result<()> {
    keys.commit().await?;
    crate::fault::point("import.keys");
    let (mut rows, mut comments, mut attachments) = (Vec::new(), Vec::new(), Vec::new());
    let (mut changes, mut identifiers) = (Vec::new(), Vec::new());
    for p in prepared {
        if let Some(token) = p.identifier {
            identifiers.push((token, i64::from(noun::TICKET), p.row.id));
        }
        rows.push(p.row);
        comments.extend(p.comments);
        attachments.extend(p.attachments);
        changes.extend(p.changes);
    }
    let mut tx = app.data.begin().await?;
    store::insert(&mut tx, &rows).await?;
    store::insert_comments(&mut tx, &comments).await?;
    store::insert_attachments(&mut tx, &attachments).await?;
    crate::store::customers::put_identifiers(&mut tx, &identifiers).await?;
    meta::put_source_rows(&mut tx, SOURCE, number(Noun::Ticket), sources).await?;
    for (noun, highest) in [
        ("ticket", rows.iter().map(|r| r.id).max()),
        ("comment", comments.iter().map(|c| c.id).max()),
    ] {
        if let Some(highest) = highest {
            meta::raise_sequence(&mut tx, noun, highest).await?;
        }
    }
    ops::put_outbox(&mut tx, index::encode(&changes)).await?;
    crate::fault::point("import.data");
    tx.commit().await?;
    crate::fault::point("import.committed");
    outbox::drain(app).await
}

impl Shared<'_> {
    pub(super) fn user(&self, person: &Option<Person>) -> Option<i64> {
        match person {
            Some(Person::Id(id)) => self.users.get(id).copied(),
            _ => None,
        }
    }

    fn ticket(&self, work: Work, keys: &mut KeyBatch<'_>, found: &mut Found) -> Result<Prepared> {
        let Work { mut row, id, requester, vector, docs, comment_ids, attachment_ids } = work;
        if row.comments.is_empty() {
            row.comments.push(description_as_comment(&row));
        }
        let mut writer = Writer {
            shared: self,
            keys,
            found,
            record: RecordId { noun: noun::TICKET, id },
            requester,
            changes: Vec::new(),
            text_bytes: 0,
        };
        let created_at = row.created_at.unwrap_or(self.now);
        let (cells, doc) = writer.fields(&row, created_at, docs)?;
        let mut cats = cells::categories(&cells);
        let chat = row.via.as_ref().and_then(|v| v.channel.as_deref()) == Some("chat");
        let comments = writer.comments(&row, &comment_ids, docs + 1, chat, created_at)?;
        let attachments = writer.attachments(&row, &comment_ids, &attachment_ids, created_at)?;
        cats |= comments.iter().fold(0, |bits, c| bits | c.cats);
        cats |= attachments.iter().fold(0, |bits, a| bits | a.cats);
        let (changes, text_bytes) = (writer.changes, writer.text_bytes);
        let identifier = match row.external_id.as_deref() {
            Some(value) => pii::normalise(Kind::ExternalId, value)
                .map(|n| self.search.lookup("ticket_external_id", &n)),
            None => None,
        };
        let updated_at = row.updated_at.unwrap_or(created_at);
        let status = code(&STATUS, row.status.as_deref());
        let stored = store::TicketRow {
            id,
            requester_id: requester,
            submitter_id: self.user(&row.submitter),
            assignee_id: row.assignee_id.and_then(|id| self.users.get(&id).copied()),
            group_id: row.group_id,
            organization_id: row.organization_id,
            brand_id: row.brand_id,
            form_id: row.ticket_form_id,
            status,
            priority: code(&PRIORITY, row.priority.as_deref()),
            kind: code(&TYPE, row.ticket_type.as_deref()),
            channel: row
                .via
                .as_ref()
                .and_then(|v| v.channel.clone())
                .filter(|c| c.len() <= 32)
                .unwrap_or_else(|| String::from("web")),
            domain_id: i64::from(domain::GENERAL),
            vector_id: vector,
            tags: plain_tags(&row.tags),
            plain: plain(&row),
            cells: cells::encode(&cells),
            cats,
            doc,
            comments: i64::try_from(comments.len()).map_err(|_| Error::Sealed)?,
            created_at,
            updated_at,
            generated_at: updated_at,
            solved_at: if status >= 4 { Some(updated_at) } else { None },
        };
        Ok(Prepared { row: stored, comments, attachments, changes, identifier, text_bytes })
    }
}

/// Plain attributes without a column.
fn plain(row: &TicketRow) -> String {
    let mut out = serde_json::Map::new();
    if let Some(id) = row.problem_id {
        out.insert(String::from("problem_id"), id.into());
    }
    if let Some(due) = row.due_at {
        out.insert(String::from("due_at"), due.into());
    }
    if let Some(score) = row.satisfaction.as_ref().and_then(|s| s.score.clone())
        && score.len() <= 32
    {
        out.insert(String::from("score"), score.into());
    }
    let files: usize = row.comments.iter().map(|c| c.attachments.len()).sum();
    if files > 0 {
        out.insert(String::from("files"), files.into());
    }
    for (key, ids) in [
        ("collaborator_ids", &row.collaborator_ids),
        ("follower_ids", &row.follower_ids),
        ("email_cc_ids", &row.email_cc_ids),
    ] {
        if !ids.is_empty() {
            out.insert(key.to_owned(), ids.clone().into());
        }
    }
    serde_json::Value::Object(out).to_string()
}

fn description_as_comment(row: &TicketRow) -> CommentRow {
    CommentRow {
        id: None,
        author: row.requester.clone(),
        body: row.description.clone(),
        html_body: None,
        plain_body: None,
        public: row.is_public.unwrap_or(true),
        created_at: row.created_at,
        via: None,
        metadata: serde_json::Map::new(),
        attachments: vec![],
        extras: serde_json::Map::new(),
        odd: vec![],
    }
}
