//! Organizations, and the plain settings of an export: groups, brands, custom
//! fields.

use std::collections::HashMap;

use pii::{Context, Kind};
use seal::RecordId;

use super::read::{FieldRow, NamedRow, Noun, OrganizationRow};
use super::report::NOT_TAKEN;
use super::users::handling_of;
use super::{Ids, Report, SOURCE, aside, digest, extras_text, number, plain_tags};
use crate::app::Ctx;
use crate::error::{Error, Result};
use crate::service::fields::{noun, part};
use crate::service::ingest::{Found, Target};
use crate::service::keyring::domain;
use crate::service::plain::Judge;
use crate::service::search::tokens::TokenSet;
use crate::service::text::Doc;
use crate::store::meta::{self, SourceRow};
use crate::store::people::{self, FieldRow as StoredField, Named};
use crate::store::taken::{self, Table};
use crate::store::{cells, customers};

/// Groups, brands and custom fields.
pub(super) async fn settings(ctx: &Ctx, named: Vec<NamedRow>, fields: Vec<FieldRow>) -> Result<()> {
    let (groups, named): (Vec<NamedRow>, Vec<NamedRow>) =
        named.into_iter().partition(|row| row.noun == Noun::Group);
    take_named(ctx, Noun::Group, groups).await?;
    let brands = named.into_iter().filter(|row| row.noun == Noun::Brand).collect();
    take_named(ctx, Noun::Brand, brands).await?;
    let mut tx = ctx.app.data.begin().await?;
    for row in &fields {
        let key = row.key.clone().unwrap_or_default();
        let title = row.title.clone().unwrap_or_default();
        let field_type = row.field_type.clone().unwrap_or_default();
        let noun = match row.noun {
            Noun::TicketField => 0,
            Noun::UserField => 1,
            _ => 2,
        };
        let handling = handling_of(&field_type, &key, &title).name().to_owned();
        people::put_field(
            &mut tx,
            &StoredField { noun, id: row.id, name: key, kind: field_type, title, handling },
        )
        .await?;
    }
    tx.commit().await?;
    // The brands' names are the house's own.
    crate::service::people::tell_detector(&ctx.app).await
}

/// Takes groups or brands: a known one by its new name, a new one with its id
/// where that is free here.
async fn take_named(ctx: &Ctx, noun: Noun, rows: Vec<NamedRow>) -> Result<()> {
    let app = &ctx.app;
    let sequence = if noun == Noun::Group { "group" } else { "brand" };
    let Some(highest) = rows.iter().map(|r| r.id).max() else { return Ok(()) };
    let wanted: Vec<i64> = rows.iter().map(|r| r.id).collect();
    let mut known: HashMap<i64, i64> = meta::source_rows(&app.data, SOURCE, number(noun), &wanted)
        .await?
        .into_iter()
        .map(|r| (r.source_id, r.id))
        .collect();
    // All there are, which are few: made here, or given an id by an import.
    let here = match noun {
        Noun::Group => people::groups(&app.data).await?,
        _ => people::brands(&app.data).await?,
    };
    let taken = here.into_iter().map(|row| row.id).collect();
    let mut tx = app.data.begin().await?;
    meta::raise_sequence(&mut tx, sequence, highest).await?;
    let count = i64::try_from(rows.len()).map_err(|_| Error::Sealed)?;
    let mut ids = Ids { taken, next: meta::take_ids(&mut tx, sequence, count).await? };
    for row in rows {
        let id = *known.entry(row.id).or_insert_with(|| ids.pick(Some(row.id)));
        let stored = Named { id, name: row.name.unwrap_or_default() };
        match noun {
            Noun::Group => people::put_group(&mut tx, &stored).await?,
            _ => people::put_brand(&mut tx, &stored).await?,
        }
    }
    let sources: Vec<SourceRow> =
        known.into_iter().map(|(source_id, id)| SourceRow { source_id, id, digest: 0 }).collect();
    meta::put_source_rows(&mut tx, SOURCE, number(noun), &sources).await?;
    tx.commit().await?;
    Ok(())
}

/// Takes a batch of organizations.
pub(super) async fn take(
    ctx: &Ctx,
    mut rows: Vec<OrganizationRow>,
    report: &mut Report,
) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let app = &ctx.app;
    let ids: Vec<i64> = rows.iter().map(|r| r.id).collect();
    let known: HashMap<i64, i64> =
        meta::source_rows(&app.data, SOURCE, number(Noun::Organization), &ids)
            .await?
            .into_iter()
            .map(|r| (r.source_id, r.digest))
            .collect();
    let existing = taken::ids(&app.data, Table::Organization, &ids).await?.into_iter().collect();
    let mut judge = Judge::new(&app.scanner);
    rows.iter_mut().for_each(|row| aside::organization(row, &mut judge, report));
    let now = app.clock.now();
    let search = app.keys.search_key(domain::GENERAL)?;
    let mut tx = app.data.begin().await?;
    let highest = ids.iter().copied().filter(|id| *id < meta::ID_CEILING).max().unwrap_or(0);
    meta::raise_sequence(&mut tx, "organization", highest).await?;
    let count = i64::try_from(rows.len()).map_err(|_| Error::Sealed)?;
    let next = meta::take_ids(&mut tx, "organization", count).await?;
    tx.commit().await?;
    let mut free = Ids { taken: existing, next };
    let rows: Vec<(OrganizationRow, i64)> = rows
        .into_iter()
        .filter(|row| {
            let Some(stored) = known.get(&row.id) else { return true };
            if *stored == digest::organization(&search, row) {
                report.organizations.unchanged += 1;
            } else {
                report.organizations.changed_not_taken += 1;
                report.note(NOT_TAKEN);
            }
            false
        })
        .map(|row| {
            let id = free.pick(Some(row.id));
            (row, id)
        })
        .collect();
    report.organizations.new += rows.len() as u64;
    let records: Vec<RecordId> =
        rows.iter().map(|(_, id)| RecordId { noun: noun::ORGANIZATION, id: *id }).collect();
    let mut keys = app.keys.batch(&records).await?;
    let (mut out, mut sources, mut found) = (Vec::new(), Vec::new(), Found::default());
    for (row, id) in rows {
        let mut tokens = TokenSet::default();
        let mut target = Target {
            keys: &mut keys,
            domain: domain::GENERAL,
            record: RecordId { noun: noun::ORGANIZATION, id },
            row_item: 0,
            search: &search,
            tokens: &mut tokens,
            found: &mut found,
        };
        let packed = packed(ctx, &row, &mut target)?;
        let created_at = row.created_at.unwrap_or(now);
        let updated_at = row.updated_at.unwrap_or(created_at);
        sources.push(SourceRow {
            source_id: row.id,
            id,
            digest: digest::organization(&search, &row),
        });
        out.push(customers::OrganizationRow {
            id,
            name: row.name.clone().unwrap_or_default(),
            tags: plain_tags(&row.tags),
            domain_id: i64::from(domain::GENERAL),
            cats: cells::categories(&packed),
            cells: cells::encode(&packed)?,
            created_at,
            updated_at,
            generated_at: updated_at,
        });
    }
    report.found(&found);
    keys.commit().await?;
    let mut tx = app.data.begin().await?;
    customers::insert_organizations(&mut tx, &out).await?;
    meta::put_source_rows(&mut tx, SOURCE, number(Noun::Organization), &sources).await?;
    tx.commit().await?;
    Ok(())
}

fn packed(
    ctx: &Ctx,
    row: &OrganizationRow,
    target: &mut Target<'_, '_>,
) -> Result<Vec<cells::Cell>> {
    let mut out = Vec::new();
    if let Some(value) = row.external_id.as_deref().filter(|v| !v.is_empty()) {
        out.push(target.whole(part::EXTERNAL_ID, 0, Kind::ExternalId, value, None)?);
    }
    for (part, value) in [(part::NOTES, &row.notes), (part::DETAILS, &row.details)] {
        let Some(value) = value.as_deref().filter(|v| !v.trim().is_empty()) else {
            continue;
        };
        out.push(match Doc::from_plain(value) {
            Ok(doc) => target.text(part, 0, &ctx.app.scanner, &doc, &Context::default(), None)?,
            Err(_) => target.whole(part, 0, Kind::Unscanned, value, None)?,
        });
    }
    let mut extras = row.extras.clone();
    for (key, value) in &row.organization_fields {
        extras.insert(format!("field:{key}"), value.clone());
    }
    if !row.domain_names.is_empty() {
        extras.insert(String::from("domain_names"), row.domain_names.clone().into());
    }
    if let Some(text) = extras_text(&extras) {
        out.push(target.whole(part::EXTRAS, 0, Kind::Unknown, &text, None)?);
    }
    Ok(out)
}
