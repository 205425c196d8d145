//! From sealed cells to views, by the levels of one class.

use std::collections::{BTreeMap, HashMap};

use guard::{Category, Level, MaskForm, Outcome};
use pii::{Facets, Kind, Lang};
use seal::{FieldId, RecordId};

use super::{CustomerView, MARK, SlotView, TextView};
use crate::error::{Error, Result};
use crate::service::access_log::{CustomerItem, Met, Tally};
use crate::service::fields::{noun, part};
use crate::service::ingest::{TEMPLATE_SLOT, facets_slot, value_slot};
use crate::service::keyring::KeySet;
use crate::service::text::Template;
use crate::store::acts::{Spot, WHOLE_TEXT};
use crate::store::cells::{self, Cell, Slot};
use crate::store::customers::CustomerRow;

/// Builds the views of one answer and counts what they show.
pub struct Renderer<'k, 'a> {
    keys: &'k mut KeySet<'a>,
    lang: Lang,
    today: pii::Today,
    /// Values that are open for this person now, with their ends.
    reveals: HashMap<Spot, i64>,
    /// What was shown in the whole answer.
    pub tally: Tally,
    /// What was shown of each customer.
    touched: BTreeMap<i64, BTreeMap<String, BTreeMap<String, String>>>,
    /// Handles of the customers of this answer, for their masks.
    handles: HashMap<i64, String>,
    /// Whether a value's key was destroyed though the value is not redacted.
    outrun: bool,
}

/// The record whose cells are rendered.
#[derive(Clone, Copy)]
pub struct Of<'o> {
    /// The record.
    pub record: RecordId,
    /// The place's item for a comment's or attachment's row, else 0.
    pub row_item: i64,
    /// Levels and masks.
    pub outcome: &'o Outcome,
    /// The customer in whose log the answer counts.
    pub customer: Option<i64>,
}

fn category_name(category: u8) -> &'static str {
    pii::Category::from_id(category).map_or("unknown", pii::Category::name)
}

fn level_of(outcome: &Outcome, category: u8) -> Level {
    // INVARIANT I3: a category that is no category is hidden.
    Category::new(category).map_or(Level::Hidden, |c| outcome.level(c))
}

impl<'k, 'a> Renderer<'k, 'a> {
    /// A renderer over the keys of one request.
    #[must_use]
    pub fn new(keys: &'k mut KeySet<'a>, lang: Lang, now: i64) -> Renderer<'k, 'a> {
        let (year, month, day) = crate::clock::date(now);
        Renderer {
            keys,
            lang,
            today: (i32::from(year), month.unsigned_abs(), day.unsigned_abs()),
            reveals: HashMap::new(),
            tally: Tally::default(),
            touched: BTreeMap::new(),
            handles: HashMap::new(),
            outrun: false,
        }
    }

    /// A key was changed between the reading of the data and that of the keys:
    /// what is new opens with the new one, so the answer is read once more. If
    /// that finds the same (`sure`), the data is an older copy, and what does
    /// not open is gone.
    ///
    /// # Errors
    /// [`Error::Stopped`]: read again.
    pub(super) fn settled(&self, sure: bool) -> Result<()> {
        if self.outrun && !sure { Err(Error::Stopped) } else { Ok(()) }
    }

    /// Adds values that are open for this person.
    pub fn with_reveals(&mut self, reveals: impl IntoIterator<Item = (Spot, i64)>) {
        self.reveals.extend(reveals);
    }

    /// Names a customer of this answer.
    pub fn with_handle(&mut self, customer: i64, handle: &str) {
        self.handles.insert(customer, handle.to_owned());
    }

    /// What the answer shows of each customer, for the log.
    pub fn customers(&mut self) -> Vec<CustomerItem> {
        std::mem::take(&mut self.touched)
            .into_iter()
            .map(|(customer, records)| CustomerItem { customer, records, typed: None })
            .collect()
    }

    fn touch(&mut self, of: Of<'_>, category: u8, kind: Option<Kind>, met: Met) {
        let name = category_name(category);
        self.tally.add(name, kind.map(Kind::name), met);
        let Some(customer) = of.customer else { return };
        let record = match of.record.noun {
            noun::TICKET => format!("ticket:{}", of.record.id),
            noun::CUSTOMER => String::from("profile"),
            _ => format!("record:{}", of.record.id),
        };
        let how = match met {
            Met::Shown => "shown",
            Met::Revealed => "revealed",
            Met::Masked => "masked",
        };
        let seen = self
            .touched
            .entry(customer)
            .or_default()
            .entry(record)
            .or_default()
            .entry(name.to_owned())
            .or_insert_with(|| how.to_owned());
        // The strongest way of meeting a category stands for it.
        if how == "revealed" || (how == "shown" && seen == "masked") {
            how.clone_into(seen);
        }
    }

    /// Notes a customer whose record an answer is about, though nothing of it
    /// was opened.
    pub fn touch_only(&mut self, customer: i64) {
        self.touched.entry(customer).or_default();
    }

    fn field(of: Of<'_>, cell: &Cell, slot: u32) -> FieldId {
        let item = if of.row_item == 0 { cell.item } else { of.row_item };
        FieldId { part: cell.part, item, slot }
    }

    fn revealed(&self, of: Of<'_>, cell: &Cell, slot: u32) -> Option<i64> {
        let FieldId { part, item, .. } = Self::field(of, cell, 0);
        let spot = Spot { noun: of.record.noun, record: of.record.id, part, item, slot };
        self.reveals.get(&spot).copied()
    }

    /// A cell as this principal meets it.
    pub fn cell(&mut self, of: Of<'_>, cell: &Cell) -> Result<TextView> {
        let Some((category, sealed)) = &cell.template else {
            let slots = cell.slots.iter().map(|s| self.slot(of, cell, s)).collect::<Result<_>>()?;
            return Ok(TextView { slots, ..TextView::default() });
        };
        let level = level_of(of.outcome, *category);
        let until = if level.can_open() { self.revealed(of, cell, WHOLE_TEXT) } else { None };
        if level != Level::Shown && until.is_none() {
            self.touch(of, *category, None, Met::Masked);
            let masked = Kind::Unknown.label(self.lang).to_owned();
            return Ok(TextView {
                masked: Some(masked),
                level: Some(level),
                ..TextView::default()
            });
        }
        let Some(template) = self.template(of, cell, *category, sealed)? else {
            return Ok(TextView {
                masked: Some(MARK.to_owned()),
                level: Some(level),
                ..TextView::default()
            });
        };
        self.touch(of, *category, None, if until.is_some() { Met::Revealed } else { Met::Shown });
        let slots = cell.slots.iter().map(|s| self.slot(of, cell, s)).collect::<Result<_>>()?;
        Ok(TextView { template: Some(template), slots, masked: None, level: Some(level) })
    }

    /// Opens a template; none if its key was destroyed.
    fn template(
        &mut self,
        of: Of<'_>,
        cell: &Cell,
        category: u8,
        sealed: &[u8],
    ) -> Result<Option<Template>> {
        // A redacted text is empty bytes.
        if sealed.is_empty() {
            return Ok(None);
        }
        let field = Self::field(of, cell, TEMPLATE_SLOT);
        match self.keys.open(of.record, field, category, sealed) {
            Ok(clear) => {
                #[expect(clippy::disallowed_methods, reason = "views are where values are opened")]
                let template = Template::decode(clear.expose()).map_err(|_| Error::Sealed)?;
                Ok(Some(template))
            }
            Err(Error::KeyClosed("destroyed")) => {
                self.outrun = true;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    fn slot(&mut self, of: Of<'_>, cell: &Cell, slot: &Slot) -> Result<SlotView> {
        // An unknown kind is hidden, like everything unknown (I3).
        let kind = Kind::from_id(slot.kind).unwrap_or(Kind::Unknown);
        let level = level_of(of.outcome, slot.category);
        let until = if level.can_open() { self.revealed(of, cell, slot.number) } else { None };
        let mut met = match (level, until) {
            (_, Some(_)) => Met::Revealed,
            (Level::Shown, None) => Met::Shown,
            _ => Met::Masked,
        };
        let text = if slot.state != 0 {
            met = Met::Masked;
            MARK.to_owned()
        } else if met == Met::Masked {
            self.mask(of, cell, slot, kind)?
        } else {
            match self.open(of, cell, slot.category, value_slot(slot.number), &slot.value)? {
                Some(value) => value,
                None => {
                    met = Met::Masked;
                    MARK.to_owned()
                }
            }
        };
        self.touch(of, slot.category, Some(kind), met);
        Ok(SlotView {
            number: slot.number,
            kind,
            category: slot.category,
            level,
            met,
            band: slot.band,
            until,
            text,
        })
    }

    /// Opens a value as text; none if its key was destroyed.
    fn open(
        &mut self,
        of: Of<'_>,
        cell: &Cell,
        category: u8,
        slot: u32,
        sealed: &[u8],
    ) -> Result<Option<String>> {
        match self.keys.open(of.record, Self::field(of, cell, slot), category, sealed) {
            Ok(clear) => {
                #[expect(clippy::disallowed_methods, reason = "views are where values are opened")]
                let text = clear.expose_str()?.to_owned();
                Ok(Some(text))
            }
            Err(Error::KeyClosed("destroyed")) => {
                self.outrun = true;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// A mask, from facets alone: the value is not opened.
    fn mask(&mut self, of: Of<'_>, cell: &Cell, slot: &Slot, kind: Kind) -> Result<String> {
        let form = Category::new(slot.category).map_or(MaskForm::Label, |c| of.outcome.form(c));
        // A customer is named by handle, in the own record and in every text.
        let about = if cell.part == part::NAME { of.customer } else { slot.about };
        if kind == Kind::Person
            && (cell.part == part::NAME || form == MaskForm::Pseudonym)
            && let Some(handle) = about.and_then(|id| self.handles.get(&id))
        {
            return Ok(handle.clone());
        }
        let facets = if form == MaskForm::Label || slot.facets.is_empty() {
            Facets::default()
        } else {
            self.facets(of, cell, slot)?
        };
        Ok(pii::mask(kind, mask_form(form, slot), &facets, self.lang, self.today))
    }

    fn facets(&mut self, of: Of<'_>, cell: &Cell, slot: &Slot) -> Result<Facets> {
        let field = Self::field(of, cell, facets_slot(slot.number));
        match self.keys.open(of.record, field, slot.category, &slot.facets) {
            Ok(clear) =>
            {
                #[expect(clippy::disallowed_methods, reason = "masks are built from facets")]
                Ok(Facets::decode(clear.expose()).unwrap_or_default())
            }
            Err(Error::KeyClosed("destroyed")) => {
                self.outrun = true;
                Ok(Facets::default())
            }
            Err(error) => Err(error),
        }
    }

    /// A customer's profile as this principal meets it.
    ///
    /// Without `whole` only the name is met: what an answer doesn't hold is
    /// neither opened nor logged.
    pub fn customer(
        &mut self,
        row: &CustomerRow,
        outcome: &Outcome,
        whole: bool,
    ) -> Result<CustomerView> {
        self.with_handle(row.id, &row.handle);
        let of = Of {
            record: RecordId { noun: noun::CUSTOMER, id: row.id },
            row_item: 0,
            outcome,
            customer: Some(row.id),
        };
        let mut view = CustomerView {
            id: row.id,
            handle: row.handle.clone(),
            organization_id: row.organization_id,
            locale: row.locale.clone(),
            time_zone: row.time_zone.clone(),
            flags: row.flags,
            tags: serde_json::from_str(&row.tags).unwrap_or_default(),
            created_at: row.created_at,
            updated_at: row.updated_at,
            ..CustomerView::default()
        };
        for cell in cells::decode(&row.cells)? {
            // What nobody has declared is not even opened for a mask.
            if cell.part == part::EXTRAS || !(whole || cell.part == part::NAME) {
                continue;
            }
            let text = self.cell(of, &cell)?;
            match cell.part {
                part::NAME => view.name = text,
                part::EMAIL => view.email = Some(text),
                part::PHONE => view.phone = Some(text),
                part::EXTERNAL_ID => view.external_id = Some(text),
                part::ALIAS => view.alias = Some(text),
                part::NOTES => view.notes = Some(text),
                part::DETAILS => view.details = Some(text),
                part::SIGNATURE => view.signature = Some(text),
                part::USER_FIELD => view.fields.push((cell.item, text)),
                _ => {}
            }
        }
        Ok(view)
    }
}

fn mask_form(form: MaskForm, slot: &Slot) -> pii::MaskForm {
    match form {
        MaskForm::Label => pii::MaskForm::Label,
        MaskForm::Partial => pii::MaskForm::Partial,
        MaskForm::Derived => pii::MaskForm::Derived,
        // The same person has the same pseudonym wherever the slot is about them.
        MaskForm::Pseudonym => {
            pii::MaskForm::Pseudonym(slot.about.map_or(u64::from(slot.number), i64::unsigned_abs))
        }
    }
}
