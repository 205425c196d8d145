//! The data's part of `replace_key`: new bytes for what stays, in one transaction.
//!
//! The record is locked first, so that nobody adds a value under the old key
//! meanwhile. With the new bytes commit: the mark that the operation's data is
//! in, the mark that (record, category) is closing, and the outbox row that
//! gives the index the words that stay.
//!
//! Values that go are not opened, but for one use: the keyed token of a
//! redacted identifier must go too, and can only be made from the value.

use std::collections::BTreeMap;
use std::sync::Arc;

use pii::Kind;
use seal::{Clear, FieldId, Place, SearchKey};

use super::words::Words;
use crate::app::App;
use crate::error::{Error, Result};
use crate::fault;
use crate::service::fields::{noun, part};
use crate::service::ingest::{TEMPLATE_SLOT, facets_slot, value_slot};
use crate::service::keyring::Pair;
use crate::service::operation::Intent;
use crate::store::acts::{Spot, WHOLE_TEXT};
use crate::store::cells::{self, Cell, Slot};
use crate::store::index;
use crate::store::rewrite::{self, Sealed, Table};
use crate::store::{customers, ops};

/// Opens a value of the category that changes: one of the two keys sealed it,
/// or none that is ours.
pub(super) fn open(pair: &Pair, place: &Place, sealed: &[u8]) -> Result<Clear> {
    let id = seal::key_id_of(sealed)?;
    if pair.old.id() == id {
        return Ok(pair.old.open(place, sealed)?);
    }
    let new = pair.new.as_deref().filter(|key| key.id() == id).ok_or(Error::Sealed)?;
    Ok(new.open(place, sealed)?)
}

/// State of a slot whose value is gone.
const REDACTED: u8 = 1;

fn table_of(noun: u8) -> Result<Table> {
    match noun {
        noun::TICKET => Ok(Table::Ticket),
        noun::CUSTOMER => Ok(Table::Customer),
        noun::ORGANIZATION => Ok(Table::Organization),
        _ => Err(Error::NotFound),
    }
}

/// Whether any value of the category is still sealed under the key that goes.
pub(super) async fn is_needed(app: &App, intent: &Intent) -> Result<bool> {
    let mut tx = app.data.begin().await?;
    let rows = rewrite::lock(&mut tx, table_of(intent.record.noun)?, intent.record.id).await?;
    drop(tx);
    for row in rows.unwrap_or_default() {
        for cell in cells::decode(&row.cells)? {
            let template = cell.template.iter().filter(|(c, _)| *c == intent.category);
            let slots = cell.slots.iter().filter(|s| s.category == intent.category);
            let values = template
                .map(|(_, bytes)| bytes)
                .chain(slots.flat_map(|s| [&s.value, &s.facets]))
                .filter(|bytes| !bytes.is_empty());
            for bytes in values {
                if seal::key_id_of(bytes)?.get() == intent.old_key {
                    return Ok(true);
                }
            }
        }
    }
    Ok(false)
}

/// The values that stand in a text and are of other categories than it, by
/// category.
pub(super) async fn values_inside(
    app: &App,
    text: &Spot,
    but: u8,
) -> Result<BTreeMap<u8, Vec<Spot>>> {
    let mut tx = app.data.begin().await?;
    let rows = rewrite::lock(&mut tx, table_of(text.noun)?, text.record).await?;
    drop(tx);
    let mut out: BTreeMap<u8, Vec<Spot>> = BTreeMap::new();
    for row in rows.unwrap_or_default() {
        for cell in cells::decode(&row.cells)? {
            let item = if row.table.is_record() { cell.item } else { row.id };
            if (cell.part, item) != (text.part, text.item) || cell.template.is_none() {
                continue;
            }
            for slot in cell.slots.iter().filter(|s| s.category != but && s.state == 0) {
                out.entry(slot.category).or_default().push(Spot { slot: slot.number, ..*text });
            }
        }
    }
    Ok(out)
}

/// Writes the new bytes. Returns how many values went and stayed.
pub(super) async fn run(app: &App, op: &str, intent: &Intent, pair: &Pair) -> Result<(u32, u32)> {
    let record = intent.record;
    let table = table_of(record.noun)?;
    let mut tx = app.data.begin().await?;
    let rows = rewrite::lock(&mut tx, table, record.id).await?.unwrap_or_default();
    let mut keys = app.keys.load(&[record]).await?;
    let domain = keys.domain_of(record).ok_or(Error::KeyClosed("missing"))?;
    let mut work = Work {
        app,
        intent,
        pair,
        search: app.keys.search_key(domain)?,
        identifiers: Vec::new(),
        gone: 0,
        kept: 0,
    };
    let mut changes = Vec::new();
    for row in &rows {
        let Some(new) = work.row(row)? else { continue };
        let cats = cells::categories(&new.cells);
        let bytes = cells::encode(&new.cells)?;
        rewrite::put_cells(&mut tx, row.table, row.id, bytes, cats).await?;
        let words = Words { app, intent, pair, search: &work.search, keys: &mut keys };
        changes.extend(words.changes(row, &new)?);
    }
    customers::drop_some_identifiers(&mut tx, record.noun.into(), record.id, &work.identifiers)
        .await?;
    rewrite::touch(&mut tx, table, record.id, app.clock.now()).await?;
    ops::put_closing(&mut tx, record.noun.into(), record.id, intent.category, op).await?;
    if !changes.is_empty() {
        ops::put_outbox(&mut tx, index::encode(&changes)).await?;
    }
    ops::mark_op(&mut tx, op, app.clock.now()).await?;
    fault::point("replace.data");
    tx.commit().await?;
    Ok((work.gone, work.kept))
}

/// A row after the change.
pub(super) struct New {
    pub(super) cells: Vec<Cell>,
    /// Whether a text went: the values of other categories that stood in it are
    /// not shown any more, so they must not be found either.
    pub(super) text_went: bool,
}

struct Work<'a> {
    app: &'a App,
    intent: &'a Intent,
    pair: &'a Pair,
    search: Arc<SearchKey>,
    identifiers: Vec<[u8; 16]>,
    gone: u32,
    kept: u32,
}

impl Work<'_> {
    /// The row with its new bytes; none if it has nothing of the category.
    fn row(&mut self, row: &Sealed) -> Result<Option<New>> {
        let mut cells = cells::decode(&row.cells)?;
        let category = self.intent.category;
        let concerns = |cell: &Cell| {
            cell.template.as_ref().is_some_and(|(c, _)| *c == category)
                || cell.slots.iter().any(|s| s.category == category)
        };
        if !cells.iter().any(concerns) {
            return Ok(None);
        }
        let mut text_went = false;
        for cell in &mut cells {
            let item = if row.table.is_record() { cell.item } else { row.id };
            text_went |= self.template(cell, item)?;
            for slot in cell.slots.iter_mut().filter(|s| s.category == category) {
                self.slot(cell.part, item, slot)?;
            }
        }
        Ok(Some(New { cells, text_went }))
    }

    fn spot(&self, part: u8, item: i64, slot: u32) -> Spot {
        let record = self.intent.record;
        Spot { noun: record.noun, record: record.id, part, item, slot }
    }

    fn place(&self, part: u8, item: i64, slot: u32) -> Result<Place> {
        let field = FieldId { part, item, slot };
        self.app.keys.place(self.intent.record, field, self.intent.category)
    }

    /// Seals a text anew or takes it out; whether it went.
    fn template(&mut self, cell: &mut Cell, item: i64) -> Result<bool> {
        let Some((category, sealed)) = &mut cell.template else { return Ok(false) };
        if *category != self.intent.category || sealed.is_empty() {
            return Ok(false);
        }
        if self.intent.keep.stays(&self.spot(cell.part, item, WHOLE_TEXT)) {
            let place = self.place(cell.part, item, TEMPLATE_SLOT)?;
            *sealed = self.renew(&place, sealed)?;
            self.kept += 1;
            return Ok(false);
        }
        sealed.clear();
        self.gone += 1;
        // They have no place any more; those of other categories have keys of
        // their own, which this operation must not touch.
        let before = cell.slots.len();
        cell.slots.retain(|s| s.category != self.intent.category);
        self.gone += u32::try_from(before - cell.slots.len()).unwrap_or(u32::MAX);
        Ok(true)
    }

    fn slot(&mut self, part: u8, item: i64, slot: &mut Slot) -> Result<()> {
        if slot.state != 0 {
            return Ok(());
        }
        let place = self.place(part, item, value_slot(slot.number))?;
        if !self.intent.keep.stays(&self.spot(part, item, slot.number)) {
            self.forget_identifier(part, slot, &place);
            slot.state = REDACTED;
            slot.value.clear();
            slot.facets.clear();
            self.gone += 1;
            return Ok(());
        }
        slot.value = self.renew(&place, &slot.value)?;
        if !slot.facets.is_empty() {
            let place = self.place(part, item, facets_slot(slot.number))?;
            slot.facets = self.renew(&place, &slot.facets)?;
        }
        self.kept += 1;
        Ok(())
    }

    /// The value under the new key.
    fn renew(&self, place: &Place, sealed: &[u8]) -> Result<Vec<u8>> {
        let new = self.pair.new.as_deref().ok_or(Error::Sealed)?;
        if seal::key_id_of(sealed)? == new.id() {
            return Ok(sealed.to_vec());
        }
        let rng = self.app.rng.as_ref();
        let mut renewed = seal::replace_key(&self.pair.old, new, rng, [(*place, sealed)])?;
        renewed.pop().ok_or(Error::Sealed)
    }

    /// Notes the keyed token by which the value could be looked up. A value
    /// that does not open has none that could be made again.
    fn forget_identifier(&mut self, part: u8, slot: &Slot, place: &Place) {
        let label = match (self.intent.record.noun, part) {
            (noun::CUSTOMER, part::EMAIL) => Kind::Email.name(),
            (noun::CUSTOMER, part::PHONE) => Kind::Phone.name(),
            (noun::CUSTOMER, part::EXTERNAL_ID) => Kind::ExternalId.name(),
            (noun::TICKET, part::EXTERNAL_ID) => "ticket_external_id",
            _ => return,
        };
        let kind = Kind::from_id(slot.kind).unwrap_or(Kind::Unknown);
        let Ok(clear) = open(self.pair, place, &slot.value) else { return };
        #[expect(clippy::disallowed_methods, reason = "its keyed token goes with the value")]
        let Ok(value) = clear.expose_str() else { return };
        if let Some(normal) = pii::normalise(kind, value) {
            self.identifiers.push(self.search.lookup(label, &normal));
        }
    }
}
