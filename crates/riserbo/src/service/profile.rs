//! The known customer: own values, opened to find them in texts.
//!
//! This is a *use* (DESIGN section 2): opened by the machine for a job, never
//! shown.

use std::collections::HashMap;

use pii::{Kind, Profile};
use seal::{FieldId, RecordId};

use super::fields::{noun, part};
use super::ingest::value_slot;
use super::keyring::KeySet;
use crate::app::App;
use crate::error::Result;
use crate::store::cells;
use crate::store::customers::{self, CustomerRow};

/// Profiles of some customers.
pub async fn load(app: &App, ids: &[i64]) -> Result<HashMap<i64, Profile>> {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids.dedup();
    let rows = customers::get_many(&app.data, &ids).await?;
    let records: Vec<RecordId> =
        rows.iter().map(|r| RecordId { noun: noun::CUSTOMER, id: r.id }).collect();
    let mut keys = app.keys.load(&records).await?;
    rows.iter().map(|row| Ok((row.id, profile(row, &mut keys)?))).collect()
}

fn profile(row: &CustomerRow, keys: &mut KeySet<'_>) -> Result<Profile> {
    let record = RecordId { noun: noun::CUSTOMER, id: row.id };
    let mut builder = Profile::builder();
    for cell in cells::decode(&row.cells)? {
        if cell.template.is_some() || cell.part == part::EXTRAS {
            continue;
        }
        for slot in cell.slots.iter().filter(|s| s.state == 0 && !s.value.is_empty()) {
            if !keys.has(record, slot.category) {
                continue;
            }
            let field = FieldId { part: cell.part, item: cell.item, slot: value_slot(slot.number) };
            let clear = keys.open(record, field, slot.category, &slot.value)?;
            #[expect(clippy::disallowed_methods, reason = "the profile is matched, never shown")]
            let value = clear.expose_str()?;
            let kind = Kind::from_id(slot.kind).unwrap_or(Kind::Unknown);
            builder = match kind {
                Kind::Person => builder.name(value),
                Kind::Email => builder.email(value),
                Kind::Phone => builder.phone(value),
                Kind::Unknown | Kind::Unscanned | Kind::ExternalId => builder,
                other => builder.value(other, value),
            };
        }
    }
    Ok(builder.build())
}

/// Mail addresses of some customers: what a caller says in the demo, and what
/// the machine needs to send. A *use*, never shown.
pub(crate) async fn emails(app: &App, ids: &[i64]) -> Result<Vec<String>> {
    let rows = customers::get_many(&app.data, ids).await?;
    let records: Vec<RecordId> =
        rows.iter().map(|r| RecordId { noun: noun::CUSTOMER, id: r.id }).collect();
    let mut keys = app.keys.load(&records).await?;
    let mut out = Vec::new();
    for row in &rows {
        let record = RecordId { noun: noun::CUSTOMER, id: row.id };
        for cell in cells::decode(&row.cells)?.iter().filter(|c| c.part == part::EMAIL) {
            for slot in cell.slots.iter().filter(|s| s.state == 0) {
                let field =
                    FieldId { part: cell.part, item: cell.item, slot: value_slot(slot.number) };
                let clear = keys.open(record, field, slot.category, &slot.value)?;
                #[expect(clippy::disallowed_methods, reason = "used by the machine, never shown")]
                out.push(clear.expose_str()?.to_owned());
            }
        }
    }
    Ok(out)
}
