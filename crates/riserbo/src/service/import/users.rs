//! Users of an export: customers, and colleagues who are known by name only.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use guard::AttributeVector;
use pii::{Context, Kind};
use seal::{RecordId, SearchKey};

use super::read::{Noun, UserRow};
use super::report::NOT_TAKEN;
use super::{
    Ids, MOST_FIELDS, Report, SOURCE, aside, busy, digest, extras_text, in_parallel, number,
    places, plain_tags,
};
use crate::app::{App, Ctx};
use crate::error::{Error, Result};
use crate::service::access_log::customer_log;
use crate::service::fields::{Handling, default_handling, noun, part};
use crate::service::ingest::{Found, Target};
use crate::service::keyring::{KeyBatch, domain};
use crate::service::people::{self, NewStaff};
use crate::service::plain::Judge;
use crate::service::search::tokens::TokenSet;
use crate::service::text::Doc;
use crate::service::{handle, outbox};
use crate::store::cells;
use crate::store::customers::{self, CustomerRow};
use crate::store::index::{self, Change};
use crate::store::meta::{self, SourceRow};
use crate::store::{ops, people as people_rows, taken};

/// Bits of a customer's flags.
const ACTIVE: i64 = 1;
const SUSPENDED: i64 = 2;
const VERIFIED: i64 = 4;

/// A customer ready to be written.
struct Prepared {
    row: CustomerRow,
    identifiers: Vec<[u8; 16]>,
    changes: Vec<Change>,
}

/// Custom fields of users by key: id and handling.
type Fields = HashMap<String, (i64, Handling)>;

async fn fields(app: &App) -> Result<Fields> {
    let mut out = HashMap::new();
    for row in people_rows::fields(&app.data).await? {
        if row.noun == 1 {
            out.insert(row.name, (row.id, Handling::from_name(&row.handling)));
        }
    }
    Ok(out)
}

/// UTF-8 bytes of a row's values.
fn text_bytes(row: &UserRow) -> u64 {
    let own = [
        &row.name,
        &row.email,
        &row.phone,
        &row.external_id,
        &row.alias,
        &row.notes,
        &row.details,
        &row.signature,
    ];
    let custom = row.user_fields.values().filter_map(serde_json::Value::as_str);
    own.into_iter().filter_map(Option::as_deref).chain(custom).map(|v| v.len() as u64).sum()
}

fn is_staff(row: &UserRow) -> bool {
    matches!(row.role.as_deref(), Some("admin" | "agent"))
}

/// Takes a batch of users.
pub(super) async fn take(ctx: &Ctx, mut rows: Vec<UserRow>, report: &mut Report) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let app = &ctx.app;
    let ids: Vec<i64> = rows.iter().map(|r| r.id).collect();
    let known: HashMap<i64, SourceRow> =
        meta::source_rows(&app.data, SOURCE, number(Noun::User), &ids)
            .await?
            .into_iter()
            .map(|r| (r.source_id, r))
            .collect();
    let mut judge = Judge::new(&app.scanner);
    let search = app.keys.search_key(domain::GENERAL)?;
    let mut fresh = Vec::new();
    for mut row in std::mem::take(&mut rows) {
        for odd in &row.odd {
            report.note(odd.code());
        }
        aside::user(&mut row, &mut judge, report);
        match known.get(&row.id) {
            None => fresh.push(row),
            Some(known) if known.digest == digest::user(&search, &row) => {
                report.users.unchanged += 1;
            }
            Some(_) => {
                report.users.changed_not_taken += 1;
                report.note(NOT_TAKEN);
            }
        }
    }
    report.users.new += fresh.len() as u64;
    report.text_bytes += fresh.iter().map(text_bytes).sum::<u64>();
    let (staff, fresh): (Vec<UserRow>, Vec<UserRow>) = fresh.into_iter().partition(is_staff);
    take_staff(ctx, staff, report).await?;
    write(app, fresh, report).await
}

/// Colleagues keep their ids and names; they can't sign in until somebody
/// invites them, and have no role.
///
/// A row that can't be one as it stands is taken all the same, for its tickets
/// name it: without its address, or by the beginning of its name; noted.
async fn take_staff(ctx: &Ctx, rows: Vec<UserRow>, report: &mut Report) -> Result<()> {
    let search = ctx.app.keys.search_key(domain::GENERAL)?;
    for row in rows {
        let email = match row.email.as_deref() {
            Some(email) if people::is_address(email) => email.to_owned(),
            other => {
                if other.is_some() {
                    report.note("colleague_address");
                }
                format!("user-{}@imported.invalid", row.id)
            }
        };
        let name = row.name.as_deref().unwrap_or_default();
        if name.chars().count() > people::MAX_NAME {
            report.note("colleague_name");
        }
        let known = ctx.app.people.by_email(&email).map(|s| s.id);
        let id = match known {
            Some(id) => id,
            None => {
                let new = NewStaff {
                    wanted_id: Some(row.id).filter(|id| *id < meta::ID_CEILING),
                    email,
                    name: name.chars().take(people::MAX_NAME).collect(),
                    locale: row.locale.clone().unwrap_or_default(),
                    roles: vec![],
                    groups: vec![],
                    software: false,
                    state: 2,
                    password: None,
                };
                people::create(&ctx.app, new).await?
            }
        };
        let mut tx = ctx.app.data.begin().await?;
        let source = SourceRow { source_id: row.id, id, digest: digest::user(&search, &row) };
        meta::put_source_rows(&mut tx, SOURCE, number(Noun::User), &[source]).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Makes customers for people that tickets name and no user row describes.
/// Returns their ids here by source id.
pub(super) async fn stubs(app: &App, ids: &[i64], report: &mut Report) -> Result<()> {
    let rows: Vec<UserRow> = ids.iter().map(|id| empty_row(*id)).collect();
    for _ in &rows {
        report.note("unknown_user");
    }
    write(app, rows, report).await
}

pub(super) fn empty_row(id: i64) -> UserRow {
    UserRow {
        id,
        name: None,
        email: None,
        phone: None,
        role: None,
        custom_role_id: None,
        organization_id: None,
        external_id: None,
        locale: None,
        time_zone: None,
        tags: vec![],
        details: None,
        notes: None,
        signature: None,
        alias: None,
        user_fields: serde_json::Map::new(),
        active: None,
        suspended: None,
        verified: None,
        created_at: None,
        updated_at: None,
        extras: serde_json::Map::new(),
        odd: vec![],
    }
}

async fn taken_ids(app: &App, wanted: &[i64]) -> Result<HashSet<i64>> {
    let mut taken: HashSet<i64> =
        customers::get_many(&app.data, wanted).await?.iter().map(|c| c.id).collect();
    taken.extend(wanted.iter().filter(|id| app.people.get(**id).is_some()));
    Ok(taken)
}

pub(super) async fn write(app: &App, mut rows: Vec<UserRow>, report: &mut Report) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let search = app.keys.search_key(domain::GENERAL)?;
    let digests: Vec<i64> = rows.iter().map(|row| digest::user(&search, row)).collect();
    places::users(app, &mut rows, report).await?;
    let wanted: Vec<i64> = rows.iter().map(|r| r.id).collect();
    let taken = taken_ids(app, &wanted).await?;
    let mut tx = app.data.begin().await?;
    let count = i64::try_from(rows.len()).map_err(|_| Error::Sealed)?;
    // First above every wanted id, so that nobody else is given one of them.
    let highest = wanted.iter().copied().filter(|id| *id < meta::ID_CEILING).max().unwrap_or(0);
    meta::raise_sequence(&mut tx, "user", highest.max(0)).await?;
    let next = meta::take_ids(&mut tx, "user", count).await?;
    let docs = meta::take_ids(&mut tx, "doc", count).await?;
    tx.commit().await?;
    let mut ids = Ids { taken, next };
    let vector = app
        .policy
        .intern(&app.data, &AttributeVector::new(guard::Noun::Customer, "general"))
        .await?;
    let now = app.clock.now();
    let fields = fields(app).await?;
    let handles = handle::many(&app.data, app.rng.as_ref(), rows.len()).await?;
    let mut work = Vec::with_capacity(rows.len());
    for (i, (row, handle)) in rows.into_iter().zip(handles).enumerate() {
        // Ids that we gave to people without one are below zero and stay inside.
        let id = ids.pick(Some(row.id).filter(|id| *id > 0));
        work.push((row, id, handle, docs + i64::try_from(i).unwrap_or(0)));
    }
    let sources: Vec<SourceRow> = work
        .iter()
        .zip(digests)
        .map(|((row, id, ..), digest)| SourceRow { source_id: row.id, id: *id, digest })
        .collect();
    let records: Vec<RecordId> = work
        .iter()
        .flat_map(|(_, id, ..)| [RecordId { noun: noun::CUSTOMER, id: *id }, customer_log(*id)])
        .collect();
    let mut keys = app.keys.batch(&records).await?;
    let parts = busy(|| {
        in_parallel(work, |part| {
            let mut keys = keys.fork();
            let mut found = Found::default();
            let mut out = Vec::with_capacity(part.len());
            for (row, id, handle, doc) in part {
                let maker = Maker { app, fields: &fields, search: &search, now, vector };
                out.push(maker.customer(&row, id, handle, doc, &mut keys, &mut found)?);
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
    store(app, keys, prepared, &sources).await
}

async fn store(
    app: &App,
    mut keys: KeyBatch<'_>,
    prepared: Vec<Prepared>,
    sources: &[SourceRow],
) -> Result<()> {
    keys.commit().await?;
    crate::fault::point("import.keys");
    let mut tx = app.data.begin().await?;
    // The lock under which ids are given away: nobody became a colleague with
    // one of these ids since they were picked.
    meta::raise_sequence(&mut tx, "user", 0).await?;
    let ids: Vec<i64> = prepared.iter().map(|p| p.row.id).collect();
    if !taken::users(&mut tx, &ids).await?.is_empty() {
        return Err(Error::Setup(String::from(
            "somebody was given an id that the import was about to take; run it again",
        )));
    }
    let mut changes = Vec::new();
    let mut identifiers = Vec::new();
    let mut rows = Vec::with_capacity(prepared.len());
    for p in prepared {
        identifiers.extend(p.identifiers.iter().map(|t| (*t, i64::from(noun::CUSTOMER), p.row.id)));
        changes.extend(p.changes);
        rows.push(p.row);
    }
    customers::insert(&mut tx, &rows).await?;
    customers::put_identifiers(&mut tx, &identifiers).await?;
    meta::put_source_rows(&mut tx, SOURCE, number(Noun::User), sources).await?;
    ops::put_outbox(&mut tx, index::encode(&changes)).await?;
    crate::fault::point("import.data");
    tx.commit().await?;
    crate::fault::point("import.committed");
    outbox::drain(app).await
}

/// Makes customers' rows.
struct Maker<'a> {
    app: &'a App,
    fields: &'a Fields,
    search: &'a Arc<SearchKey>,
    now: i64,
    vector: i64,
}

impl Maker<'_> {
    fn customer(
        &self,
        row: &UserRow,
        id: i64,
        handle: String,
        sequence: i64,
        keys: &mut KeyBatch<'_>,
        found: &mut Found,
    ) -> Result<Prepared> {
        let created_at = row.created_at.unwrap_or(self.now);
        let updated_at = row.updated_at.unwrap_or(created_at);
        let doc = sequence;
        let record = RecordId { noun: noun::CUSTOMER, id };
        // The key of the log items about this customer exists from the start,
        // so that the first look at the record needs no write of keys.
        keys.key(domain::LOG, customer_log(id), 0)?;
        let mut tokens = TokenSet::default();
        let mut target = Target {
            keys,
            domain: domain::GENERAL,
            record,
            row_item: 0,
            search: self.search,
            tokens: &mut tokens,
            found,
        };
        let mut out = self.whole_fields(row, id, &mut target)?;
        self.texts(row, id, &mut target, &mut out)?;
        self.custom(row, id, &mut target, &mut out)?;
        let bytes = cells::encode(&out)?;
        let changes = tokens
            .into_rows()
            .map(|(category, words)| Change::Put {
                doc,
                noun: noun::CUSTOMER,
                record: id,
                item: 0,
                time: created_at,
                category,
                words,
            })
            .collect();
        Ok(Prepared {
            identifiers: self.identifiers(row),
            changes,
            row: CustomerRow {
                id,
                handle,
                organization_id: row.organization_id,
                domain_id: i64::from(domain::GENERAL),
                vector_id: self.vector,
                locale: row.locale.clone(),
                time_zone: row.time_zone.clone(),
                flags: flags(row),
                tags: plain_tags(&row.tags),
                cats: cells::categories(&out),
                cells: bytes,
                doc,
                created_at,
                updated_at,
                generated_at: updated_at,
            },
        })
    }

    fn whole_fields(
        &self,
        row: &UserRow,
        id: i64,
        target: &mut Target<'_, '_>,
    ) -> Result<Vec<cells::Cell>> {
        let mut out = Vec::new();
        for (part, kind, value) in [
            (part::NAME, Kind::Person, &row.name),
            (part::EMAIL, Kind::Email, &row.email),
            (part::PHONE, Kind::Phone, &row.phone),
            (part::EXTERNAL_ID, Kind::ExternalId, &row.external_id),
            (part::ALIAS, Kind::Person, &row.alias),
        ] {
            if let Some(value) = value.as_deref().filter(|v| !v.trim().is_empty()) {
                out.push(target.whole(part, 0, kind, value, Some(id))?);
            }
        }
        Ok(out)
    }

    fn texts(
        &self,
        row: &UserRow,
        id: i64,
        target: &mut Target<'_, '_>,
        out: &mut Vec<cells::Cell>,
    ) -> Result<()> {
        for (part, value) in [
            (part::NOTES, &row.notes),
            (part::DETAILS, &row.details),
            (part::SIGNATURE, &row.signature),
        ] {
            if let Some(value) = value.as_deref().filter(|v| !v.trim().is_empty()) {
                out.push(self.text(part, 0, value, id, target)?);
            }
        }
        Ok(())
    }

    fn text(
        &self,
        part: u8,
        item: i64,
        value: &str,
        id: i64,
        target: &mut Target<'_, '_>,
    ) -> Result<cells::Cell> {
        match Doc::from_plain(value) {
            Ok(doc) => {
                target.text(part, item, &self.app.scanner, &doc, &Context::default(), Some(id))
            }
            Err(_) => target.whole(part, item, Kind::Unscanned, value, None),
        }
    }

    fn custom(
        &self,
        row: &UserRow,
        id: i64,
        target: &mut Target<'_, '_>,
        out: &mut Vec<cells::Cell>,
    ) -> Result<()> {
        let mut unknown = row.extras.clone();
        for (key, value) in &row.user_fields {
            let text = match value {
                serde_json::Value::Null => continue,
                serde_json::Value::String(s) if s.is_empty() => continue,
                serde_json::Value::String(s) => s.clone(),
                other => other.to_string(),
            };
            let known = self.fields.get(key).filter(|_| out.len() < MOST_FIELDS);
            let Some((field, handling)) = known else {
                // No definition: nobody has said what it is, so it is hidden. So
                // are fields beyond all measure, which must not stop the import.
                unknown.insert(format!("field:{key}"), value.clone());
                continue;
            };
            out.push(match handling {
                Handling::Whole(kind) => {
                    target.whole(part::USER_FIELD, *field, *kind, &text, Some(id))?
                }
                Handling::Scan | Handling::Plain => {
                    self.text(part::USER_FIELD, *field, &text, id, target)?
                }
            });
        }
        if let Some(text) = extras_text(&unknown) {
            out.push(target.whole(part::EXTRAS, 0, Kind::Unknown, &text, None)?);
        }
        Ok(())
    }

    /// Keyed tokens of what a caller may name completely.
    fn identifiers(&self, row: &UserRow) -> Vec<[u8; 16]> {
        let mut out = Vec::new();
        for (kind, value) in [
            (Kind::Email, &row.email),
            (Kind::Phone, &row.phone),
            (Kind::ExternalId, &row.external_id),
        ] {
            let Some(value) = value.as_deref() else {
                continue;
            };
            if let Some(normal) = pii::normalise(kind, value) {
                out.push(self.search.lookup(kind.name(), &normal));
            }
        }
        out
    }
}

fn flags(row: &UserRow) -> i64 {
    let mut flags = 0;
    if row.active.unwrap_or(true) {
        flags |= ACTIVE;
    }
    if row.suspended.unwrap_or(false) {
        flags |= SUSPENDED;
    }
    if row.verified.unwrap_or(false) {
        flags |= VERIFIED;
    }
    flags
}

/// The handling of a custom field that an export defines.
pub(super) fn handling_of(field_type: &str, key: &str, title: &str) -> Handling {
    default_handling(field_type, key, title)
}
