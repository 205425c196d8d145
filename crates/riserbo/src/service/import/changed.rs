//! Tickets that are here and have changed at their source.
//!
//! Taken over are new comments, sealed under the ticket's keys, and the working
//! columns: state, priority, type, assignee, group, tags and what has no column
//! of its own. Everything else of a ticket may have been redacted, corrected or
//! erased here, so that an export never writes over it: such a change is
//! counted and reported as not taken. A ticket that was worked on here since is
//! newer than the export, and keeps its columns; one that is gone stays gone
//! (INVARIANT I5).

use std::collections::{HashMap, HashSet};

use seal::RecordId;

use super::read::{CommentRow, Noun, TicketRow};
use super::report::NOT_TAKEN;
use super::ticket_cells::Writer;
use super::tickets::{PRIORITY, STATUS, Shared, TYPE, code, plain, users_of, vector_of};
use super::{Ids, Plan, Report, SOURCE, busy, digest, number, places, plain_tags, strangers};
use crate::app::App;
use crate::error::{Error, Result};
use crate::service::fields::noun;
use crate::service::ingest::Found;
use crate::service::keyring::{KeyBatch, domain};
use crate::service::outbox;
use crate::store::index::{self, Change};
use crate::store::meta::{self, SourceRow};
use crate::store::ops;
use crate::store::taken::{self, TicketChange};
use crate::store::tickets::{self as store, AttachmentRow, CommentRow as StoredComment};

/// A known ticket with what is new of it.
struct Changed {
    row: TicketRow,
    more: More,
    /// For each comment of the row: its id here if it is to be taken.
    comment_ids: Vec<Option<i64>>,
    attachment_ids: Vec<i64>,
    docs: i64,
    vector: i64,
}

/// What is written of one ticket.
struct Prepared {
    change: TicketChange,
    comments: Vec<StoredComment>,
    attachments: Vec<AttachmentRow>,
    index: Vec<Change>,
    text_bytes: u64,
}

/// Takes over what is new of known tickets.
pub(super) async fn take(
    app: &App,
    plan: Plan,
    rows: Vec<(TicketRow, SourceRow)>,
    report: &mut Report,
) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let (mut rows, rest): (Vec<TicketRow>, Vec<More>) =
        sort(app, rows, report).await?.into_iter().unzip();
    if rows.is_empty() {
        return Ok(());
    }
    strangers::number_all(app, &mut rows, report).await?;
    places::tickets(app, &mut rows, report).await?;
    let users = users_of(app, plan, &mut rows, report).await?;
    let (work, sources) = give_ids(app, rows, rest).await?;
    let requesters: Vec<i64> = work.iter().map(|w| w.more.here.requester_id).collect();
    let shared = Shared::load(app, users, &requesters).await?;
    let records: Vec<RecordId> =
        work.iter().map(|w| RecordId { noun: noun::TICKET, id: w.more.here.id }).collect();
    let digests: Vec<SourceRow> = work
        .iter()
        .map(|w| SourceRow { source_id: w.row.id, id: w.more.here.id, digest: w.more.digest })
        .collect();
    let mut keys = app.keys.batch(&records).await?;
    let mut found = Found::default();
    // Few tickets change between two imports: one thread does.
    let prepared = busy(|| {
        work.into_iter()
            .map(|work| prepare(&shared, work, &mut keys, &mut found))
            .collect::<Result<Vec<_>>>()
    })?;
    report.found(&found);
    for p in &prepared {
        report.tickets.updated += 1;
        report.comments += p.comments.len() as u64;
        report.attachments += p.attachments.len() as u64;
        report.text_bytes += p.text_bytes;
    }
    write(app, keys, prepared, &digests, &sources).await
}

/// What is known of a changed ticket before its new comments have ids.
struct More {
    here: store::TicketRow,
    /// Which comments of the row are new.
    fresh: Vec<bool>,
    digest: i64,
    /// Whether the source is as new as what is here, so that its working
    /// columns are taken.
    columns: bool,
}

/// Reads the tickets as they are here, and finds what is new.
async fn sort(
    app: &App,
    rows: Vec<(TicketRow, SourceRow)>,
    report: &mut Report,
) -> Result<Vec<(TicketRow, More)>> {
    let search = app.keys.search_key(domain::GENERAL)?;
    let ids: Vec<i64> = rows.iter().map(|(_, source)| source.id).collect();
    let mut here: HashMap<i64, store::TicketRow> =
        store::get_many(&app.data, &ids).await?.into_iter().map(|t| (t.id, t)).collect();
    let mut comments: HashMap<i64, Vec<StoredComment>> = HashMap::new();
    for comment in store::comments_of_many(&app.data, &ids).await? {
        comments.entry(comment.ticket_id).or_default().push(comment);
    }
    let sources: Vec<i64> = rows
        .iter()
        .flat_map(|(row, _)| row.comments.iter().filter_map(|c| c.id).chain([-row.id]))
        .collect();
    let renumbered: HashSet<i64> =
        meta::source_rows(&app.data, SOURCE, number(Noun::Comment), &sources)
            .await?
            .into_iter()
            .map(|r| r.source_id)
            .collect();
    let mut out = Vec::new();
    for (row, source) in rows {
        let stored = comments.remove(&source.id).unwrap_or_default();
        let known = known(&row, &stored, &renumbered);
        let digest = digest::ticket(&search, &row, |n, _| known.get(n) == Some(&true));
        let (fresh, gaps) = from_last(&known);
        let ticket = here.remove(&source.id);
        let columns = ticket
            .as_ref()
            .is_some_and(|t| row.updated_at.unwrap_or(row.created_at.unwrap_or(0)) >= t.updated_at);
        if gaps || !columns || !digest.same_rest(source.digest) {
            report.note(NOT_TAKEN);
        }
        let something = columns || fresh.contains(&true);
        match ticket {
            Some(here) if something => {
                // All comments are known from now on.
                let digest = digest::ticket(&search, &row, |_, _| true).number();
                out.push((row, More { here, fresh, digest, columns }));
            }
            _ => report.tickets.changed_not_taken += 1,
        }
    }
    Ok(out)
}

fn time_of(row: &TicketRow, comment: &CommentRow) -> Option<i64> {
    comment.created_at.or(row.created_at)
}

/// Which comments of a row are here: by id and time, for an id of ours may be
/// the same number; by the note of another id; one without an id by its time.
fn known(row: &TicketRow, stored: &[StoredComment], renumbered: &HashSet<i64>) -> Vec<bool> {
    let ids: HashMap<i64, i64> = stored.iter().map(|c| (c.id, c.created_at)).collect();
    let times: HashSet<i64> = stored.iter().map(|c| c.created_at).collect();
    let mut out: Vec<bool> = row
        .comments
        .iter()
        .map(|c| {
            let time = time_of(row, c);
            match c.id {
                Some(id) if renumbered.contains(&id) => true,
                Some(id) => ids.get(&id).is_some_and(|at| time.is_none_or(|time| time == *at)),
                None => time.is_none_or(|time| times.contains(&time)),
            }
        })
        .collect();
    // What was a description then is the first comment now.
    if renumbered.contains(&-row.id)
        && let Some(first) = out.first_mut()
    {
        *first = true;
    }
    out
}

/// Which comments are new: those after the last one that is known. An unknown
/// one before it may have been taken away here, and does not come back; then
/// there are gaps.
fn from_last(known: &[bool]) -> (Vec<bool>, bool) {
    let from = known.iter().rposition(|k| *k).map_or(0, |last| last + 1);
    let gaps = known.iter().take(from).any(|k| !k);
    ((0..known.len()).map(|n| n >= from).collect(), gaps)
}

fn new_ones<'r>(row: &'r TicketRow, more: &'r More) -> impl Iterator<Item = &'r CommentRow> {
    row.comments.iter().zip(&more.fresh).filter(|(_, fresh)| **fresh).map(|(c, _)| c)
}

async fn give_ids(
    app: &App,
    rows: Vec<TicketRow>,
    rest: Vec<More>,
) -> Result<(Vec<Changed>, Vec<SourceRow>)> {
    let new = || rows.iter().zip(&rest).flat_map(|(row, more)| new_ones(row, more));
    let wanted: Vec<i64> = new().filter_map(|c| c.id).collect();
    let files = new().map(|c| c.attachments.len()).sum::<usize>();
    let count = |n: usize| i64::try_from(n).map_err(|_| Error::Sealed);
    let taken = store::comments_by_id(&app.data, &wanted).await?.iter().map(|c| c.id).collect();
    let mut tx = app.data.begin().await?;
    let highest = wanted.iter().copied().filter(|id| *id < meta::ID_CEILING).max();
    meta::raise_sequence(&mut tx, "comment", highest.unwrap_or(0)).await?;
    let next = meta::take_ids(&mut tx, "comment", count(new().count())?).await?;
    let mut next_file = meta::take_ids(&mut tx, "attachment", count(files)?).await?;
    let texts = rows.iter().map(|r| r.comments.len()).sum::<usize>();
    let mut docs = meta::take_ids(&mut tx, "doc", count(texts)?).await?;
    tx.commit().await?;
    let mut ids = Ids { taken, next };
    let (mut out, mut sources) = (Vec::with_capacity(rows.len()), Vec::new());
    for (row, more) in rows.into_iter().zip(rest) {
        let mut comment_ids = Vec::with_capacity(row.comments.len());
        for (comment, fresh) in row.comments.iter().zip(&more.fresh) {
            let id = fresh.then(|| ids.pick(comment.id));
            if let Some((id, source_id)) = id.zip(comment.id)
                && id != source_id
            {
                sources.push(SourceRow { source_id, id, digest: 0 });
            }
            comment_ids.push(id);
        }
        let files = new_ones(&row, &more).map(|c| c.attachments.len()).sum::<usize>();
        let end = next_file + count(files)?;
        let attachment_ids = (next_file..end).collect();
        next_file = end;
        let status = code(&STATUS, row.status.as_deref());
        let vector = if more.columns {
            vector_of(app, more.here.brand_id, row.group_id, status).await?
        } else {
            more.here.vector_id
        };
        let used = count(row.comments.len())?;
        out.push(Changed { row, more, comment_ids, attachment_ids, docs, vector });
        docs += used;
    }
    Ok((out, sources))
}

fn prepare(
    shared: &Shared<'_>,
    work: Changed,
    keys: &mut KeyBatch<'_>,
    found: &mut Found,
) -> Result<Prepared> {
    let Changed { row, more, comment_ids, attachment_ids, docs, vector } = work;
    let here = more.here;
    let created_at = row.created_at.unwrap_or(here.created_at);
    let chat = row.via.as_ref().and_then(|v| v.channel.as_deref()) == Some("chat");
    let mut writer = Writer {
        shared,
        keys,
        found,
        record: RecordId { noun: noun::TICKET, id: here.id },
        requester: here.requester_id,
        changes: Vec::new(),
        text_bytes: 0,
    };
    let comments = writer.comments(&row, &comment_ids, docs, chat, created_at)?;
    let attachments = writer.attachments(&row, &comment_ids, &attachment_ids, created_at)?;
    let (index, text_bytes) = (writer.changes, writer.text_bytes);
    let bits = comments.iter().map(|c| c.cats).chain(attachments.iter().map(|a| a.cats));
    let new_cats = bits.fold(0, |all, one| all | one);
    let updated_at = row.updated_at.unwrap_or(0).max(here.updated_at);
    let mut change = TicketChange {
        id: here.id,
        read_at: here.generated_at,
        assignee_id: here.assignee_id,
        group_id: here.group_id,
        status: here.status,
        priority: here.priority,
        kind: here.kind,
        vector_id: vector,
        tags: here.tags,
        plain: here.plain,
        new_comments: i64::try_from(comments.len()).map_err(|_| Error::Sealed)?,
        new_cats,
        updated_at,
        // Moves in any case, so that an incremental export has it again.
        generated_at: shared.now.max(updated_at).max(here.generated_at + 1),
        solved_at: here.solved_at,
    };
    if more.columns {
        change.assignee_id = row.assignee_id.and_then(|id| shared.users.get(&id).copied());
        change.group_id = row.group_id;
        change.status = code(&STATUS, row.status.as_deref());
        change.priority = code(&PRIORITY, row.priority.as_deref());
        change.kind = code(&TYPE, row.ticket_type.as_deref());
        change.tags = plain_tags(&row.tags);
        change.solved_at = match (change.status >= 4, here.status >= 4) {
            (true, true) => here.solved_at,
            (true, false) => Some(updated_at),
            (false, _) => None,
        };
    }
    if more.columns || !attachments.is_empty() {
        change.plain = plain(&row);
    }
    Ok(Prepared { change, comments, attachments, index, text_bytes })
}

async fn write(
    app: &App,
    mut keys: KeyBatch<'_>,
    prepared: Vec<Prepared>,
    tickets: &[SourceRow],
    comments: &[SourceRow],
) -> Result<()> {
    keys.commit().await?;
    crate::fault::point("import.keys");
    let mut changes = Vec::new();
    let mut tx = app.data.begin().await?;
    for p in prepared {
        if !taken::change_ticket(&mut tx, &p.change).await? {
            return Err(Error::Setup(String::from(
                "a ticket was changed here while the import was about to; run it again",
            )));
        }
        store::insert_comments(&mut tx, &p.comments).await?;
        store::insert_attachments(&mut tx, &p.attachments).await?;
        changes.extend(p.index);
    }
    meta::put_source_rows(&mut tx, SOURCE, number(Noun::Ticket), tickets).await?;
    meta::put_source_rows(&mut tx, SOURCE, number(Noun::Comment), comments).await?;
    ops::put_outbox(&mut tx, index::encode(&changes)).await?;
    crate::fault::point("import.data");
    tx.commit().await?;
    crate::fault::point("import.committed");
    outbox::drain(app).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_after_the_last_known_one_are_new() {
        assert_eq!(from_last(&[true, true, false, false]), (vec![false, false, true, true], false));
        assert_eq!(from_last(&[false, false]), (vec![true, true], false));
    }

    #[test]
    fn a_comment_that_is_missing_in_the_middle_stays_away() {
        assert_eq!(from_last(&[true, false, true]), (vec![false, false, false], true));
    }
}
