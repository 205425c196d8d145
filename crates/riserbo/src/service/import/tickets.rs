//! Tickets of an export, with their comments and attachments' metadata.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use guard::AttributeVector;
use pii::{Kind, Profile};
use seal::{RecordId, SearchKey};

use super::read::{CommentRow, Noun, Person, TicketRow};
use super::ticket_cells::Writer;
use super::{
    Colleagues, Ids, Plan, Report, SOURCE, aside, busy, changed, digest, in_parallel, number,
    places, plain_tags, users,
};
use crate::app::{App, Ctx};
use crate::error::{Error, Result};
use crate::service::fields::{Handling, noun};
use crate::service::ingest::Found;
use crate::service::keyring::{KeyBatch, domain};
use crate::service::plain::Judge;
use crate::service::{outbox, profile};
use crate::store::cells;
use crate::store::index::{self, Change};
use crate::store::meta::{self, SourceRow};
use crate::store::{ops, people as people_rows, tickets as store};

pub(super) const STATUS: [&str; 7] =
    ["new", "open", "pending", "hold", "solved", "closed", "deleted"];
pub(super) const PRIORITY: [&str; 5] = ["", "low", "normal", "high", "urgent"];
pub(super) const TYPE: [&str; 5] = ["", "question", "incident", "problem", "task"];

pub(super) fn code(names: &[&str], value: Option<&str>) -> i64 {
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
    pub(super) now: i64,
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

/// People who are only in copy.
fn copied(row: &TicketRow) -> impl Iterator<Item = i64> {
    let lists = [&row.collaborator_ids, &row.follower_ids, &row.email_cc_ids];
    lists.into_iter().flatten().copied()
}

/// Ids here of the users that a batch names; unknown ones become customers
/// without a name. Puts the ids of here in the place of those in copy; who is
/// unknown there goes aside, for the number may be somebody else's here.
pub(super) async fn users_of(
    app: &App,
    plan: Plan,
    rows: &mut [TicketRow],
    report: &mut Report,
) -> Result<HashMap<i64, i64>> {
    let mut wanted: Vec<i64> = rows.iter().flat_map(people_of).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let mut map = known_users(app, &wanted).await?;
    let missing: Vec<i64> = wanted.iter().copied().filter(|id| !map.contains_key(id)).collect();
    let local =
        |id: &i64| plan.colleagues == Colleagues::ByTheirIds && app.people.get(*id).is_some();
    let (staff, strangers): (Vec<i64>, Vec<i64>) = missing.into_iter().partition(local);
    map.extend(staff.into_iter().map(|id| (id, id)));
    if !strangers.is_empty() {
        users::stubs(app, &strangers, report).await?;
        map.extend(known_users(app, &strangers).await?);
    }
    let mut copies: Vec<i64> =
        rows.iter().flat_map(copied).filter(|id| !map.contains_key(id)).collect();
    copies.sort_unstable();
    copies.dedup();
    map.extend(known_users(app, &copies).await?);
    map.extend(copies.into_iter().filter(local).map(|id| (id, id)));
    for row in rows {
        let extras = &mut row.extras;
        for (key, ids) in [
            ("collaborator_ids", &mut row.collaborator_ids),
            ("follower_ids", &mut row.follower_ids),
            ("email_cc_ids", &mut row.email_cc_ids),
        ] {
            let all = std::mem::take(ids);
            let unknown: Vec<i64> =
                all.iter().copied().filter(|id| !map.contains_key(id)).collect();
            *ids = all.iter().filter_map(|id| map.get(id).copied()).collect();
            if !unknown.is_empty() {
                report.note("unknown_copy");
                extras.insert(key.to_owned(), unknown.into());
            }
        }
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
pub(super) async fn take(
    ctx: &Ctx,
    plan: Plan,
    rows: Vec<TicketRow>,
    report: &mut Report,
) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let app = &ctx.app;
    let search = app.keys.search_key(domain::GENERAL)?;
    let mut judge = Judge::new(&app.scanner);
    let ids: Vec<i64> = rows.iter().map(|r| r.id).collect();
    let known: HashMap<i64, SourceRow> =
        meta::source_rows(&app.data, SOURCE, number(Noun::Ticket), &ids)
            .await?
            .into_iter()
            .map(|r| (r.source_id, r))
            .collect();
    let (mut fresh, mut changed) = (Vec::new(), Vec::new());
    for mut row in rows {
        for odd in row.odd.iter().chain(row.comments.iter().flat_map(|c| &c.odd)) {
            report.note(odd.code());
        }
        aside::ticket(&mut row, &mut judge, report);
        let digest = digest::ticket(&search, &row, |_, _| true).number();
        match known.get(&row.id) {
            None => fresh.push((row, digest)),
            Some(known) if known.digest == digest => report.tickets.unchanged += 1,
            Some(known) => changed.push((row, *known)),
        }
    }
    take_fresh(app, plan, fresh, report).await?;
    changed::take(app, plan, changed, report).await
}

async fn take_fresh(
    app: &App,
    plan: Plan,
    fresh: Vec<(TicketRow, i64)>,
    report: &mut Report,
) -> Result<()> {
    report.tickets.new += fresh.len() as u64;
    if fresh.is_empty() {
        return Ok(());
    }
    let (mut fresh, digests): (Vec<TicketRow>, Vec<i64>) = fresh.into_iter().unzip();
    super::strangers::number_all(app, &mut fresh, report).await?;
    places::tickets(app, &mut fresh, report).await?;
    let users = users_of(app, plan, &mut fresh, report).await?;
    let work = give_ids(app, fresh, &users).await?;
    let requesters: Vec<i64> = work.iter().map(|w| w.requester).collect();
    let shared = Shared::load(app, users, &requesters).await?;
    let sources = Sources {
        tickets: work
            .iter()
            .zip(digests)
            .map(|(w, digest)| SourceRow { source_id: w.row.id, id: w.id, digest })
            .collect(),
        comments: work.iter().flat_map(comment_sources).collect(),
    };
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
    })?;
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

/// Which rows of the source became which here.
struct Sources {
    tickets: Vec<SourceRow>,
    comments: Vec<SourceRow>,
}

/// Comments that a later import could not find by their ids: those that have
/// another id here, and a description that became one. That is known by the
/// ticket's number, below zero, where no export's ids are.
fn comment_sources(work: &Work) -> Vec<SourceRow> {
    let row = |source_id, id| SourceRow { source_id, id, digest: 0 };
    if work.row.comments.is_empty() {
        return work.comment_ids.iter().map(|id| row(-work.row.id, *id)).collect();
    }
    work.row
        .comments
        .iter()
        .zip(&work.comment_ids)
        .filter_map(|(c, id)| c.id.filter(|source| source != id).map(|source| row(source, *id)))
        .collect()
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
async fn give_ids(app: &App, rows: Vec<TicketRow>, users: &HashMap<i64, i64>) -> Result<Vec<Work>> {
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
    // First above every wanted id, so that nobody else is given one of them.
    for (noun, wanted) in [("ticket", &wanted), ("comment", &comment_ids)] {
        let ids = wanted.iter().copied().filter(|id| *id < meta::ID_CEILING);
        meta::raise_sequence(&mut tx, noun, ids.max().unwrap_or(0)).await?;
    }
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
        let vector = vector_of(app, row.brand_id, row.group_id, status).await?;
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

/// The interned vector of a ticket.
pub(super) async fn vector_of(
    app: &App,
    brand: Option<i64>,
    group: Option<i64>,
    status: i64,
) -> Result<i64> {
    let mut vector = AttributeVector::new(guard::Noun::Ticket, "general");
    vector.brand = brand;
    vector.group = group;
    vector.open = status < 4;
    app.policy.intern(&app.data, &vector).await
}

async fn write(
    app: &App,
    mut keys: KeyBatch<'_>,
    prepared: Vec<Prepared>,
    sources: &Sources,
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
    meta::put_source_rows(&mut tx, SOURCE, number(Noun::Ticket), &sources.tickets).await?;
    meta::put_source_rows(&mut tx, SOURCE, number(Noun::Comment), &sources.comments).await?;
    ops::put_outbox(&mut tx, index::encode(&changes)).await?;
    crate::fault::point("import.data");
    tx.commit().await?;
    crate::fault::point("import.committed");
    outbox::drain(app).await
}

impl<'a> Shared<'a> {
    /// What the tickets of these requesters need.
    pub(super) async fn load(
        app: &'a App,
        users: HashMap<i64, i64>,
        requesters: &[i64],
    ) -> Result<Shared<'a>> {
        Ok(Shared {
            app,
            search: app.keys.search_key(domain::GENERAL)?,
            profiles: profile::load(app, requesters).await?,
            fields: fields(app).await?,
            users,
            now: app.clock.now(),
        })
    }
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
        let comment_ids: Vec<Option<i64>> = comment_ids.into_iter().map(Some).collect();
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
                .unwrap_or_else(|| String::from("web")),
            domain_id: i64::from(domain::GENERAL),
            vector_id: vector,
            tags: plain_tags(&row.tags),
            plain: plain(&row),
            cells: cells::encode(&cells)?,
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
pub(super) fn plain(row: &TicketRow) -> String {
    let mut out = serde_json::Map::new();
    if let Some(id) = row.problem_id {
        out.insert(String::from("problem_id"), id.into());
    }
    if let Some(due) = row.due_at {
        out.insert(String::from("due_at"), due.into());
    }
    if let Some(score) = row.satisfaction.as_ref().and_then(|s| s.score.clone()) {
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
