//! The way in: a text becomes a sealed template and sealed slots.
//!
//! What is found is lifted out of the text into typed slots; each slot is
//! sealed under the key of its record and category, its facets beside it, and
//! what stays is the template, sealed under `content` (DESIGN section 1). The
//! same pass makes the blind tokens of the search index, so that nothing has to
//! be opened again for it.
//!
//! If a text can't be scanned, the whole of it becomes one hidden slot (I3).

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use pii::{Category, Context, Kind};
use seal::{FieldId, RecordId, SearchKey};

use crate::error::{Error, Result};
use crate::service::detect::Detector;
use crate::service::keyring::KeyBatch;
use crate::service::search::tokens::{Place, TokenSet, is_searched};
use crate::service::text::{AttrLift, Doc, Lift, Template};
use crate::store::cells::{self, Cell, Slot};

/// Slot number of a template's own place; values and facets follow.
pub const TEMPLATE_SLOT: u32 = 0;

/// The place of a slot's value within its field.
#[must_use]
pub fn value_slot(number: u32) -> u32 {
    number.saturating_mul(2).saturating_add(1)
}

/// The place of a slot's facets within its field.
#[must_use]
pub fn facets_slot(number: u32) -> u32 {
    number.saturating_mul(2).saturating_add(2)
}

/// A value lifted out of a text, still in clear.
pub struct Lifted {
    /// Its number in the template.
    pub number: u32,
    /// Its kind.
    pub kind: Kind,
    /// Its category.
    pub category: u8,
    /// Confidence band.
    pub band: u8,
    /// The customer whom it is about.
    pub about: Option<i64>,
    /// The value, still in clear; sealed at once.
    pub value: String,
}

/// A text after detection.
pub struct Scanned {
    /// What stays.
    pub template: Template,
    /// `content` or `content_unsure`.
    pub category: u8,
    /// What was lifted.
    pub lifted: Vec<Lifted>,
}

/// Counts of what was found, by kind: for the import's report. Holds no value.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Values lifted out, by kind.
    pub kinds: std::collections::BTreeMap<&'static str, u64>,
    /// Texts that came as HTML and were taken as plain text ([`Doc::markup_given_up`]).
    pub markup_given_up: u64,
}

impl Found {
    /// Adds one.
    pub fn add(&mut self, kind: Kind) {
        *self.kinds.entry(kind.name()).or_default() += 1;
    }

    /// Adds another count.
    pub fn join(&mut self, other: &Found) {
        for (kind, n) in &other.kinds {
            *self.kinds.entry(kind).or_default() += n;
        }
        self.markup_given_up += other.markup_given_up;
    }
}

/// Scans a document and lifts what is found.
///
/// # Errors
/// [`Error::Invalid`] if the text can't be cut as the findings say, which
/// would be a defect; the caller then hides the whole text.
pub fn scan_doc(
    scanner: &Detector,
    doc: &Doc,
    cx: &Context<'_>,
    about: Option<i64>,
) -> Result<Scanned> {
    let mut lifted = Vec::new();
    let mut texts = Vec::new();
    let mut attrs = Vec::new();
    let report = guarded(|| scanner.report(doc.text(), cx))?;
    let mut unsure = report.unsure;
    for finding in &report.findings {
        let number = push(&mut lifted, doc.text(), finding, about)?;
        texts.push(Lift { range: finding.range.clone(), slot: number });
    }
    for (attr, value) in doc.attrs().iter().enumerate() {
        let report = guarded(|| scanner.report(value, cx))?;
        unsure |= report.unsure;
        for finding in &report.findings {
            let number = push(&mut lifted, value, finding, about)?;
            attrs.push(AttrLift { attr, range: finding.range.clone(), slot: number });
        }
    }
    let template = doc
        .lift(&texts, &attrs)
        .map_err(|_| Error::invalid("text", "the findings don't fit the text"))?;
    let category = if unsure { Category::CONTENT_UNSURE } else { Category::CONTENT };
    Ok(Scanned { template, category: category.id(), lifted })
}

/// A scanner that panics must not take the request with it, and must not let
/// the text through either.
fn guarded<T>(scan: impl FnOnce() -> T) -> Result<T> {
    catch_unwind(AssertUnwindSafe(scan))
        .map_err(|_| Error::invalid("text", "the text can't be scanned"))
}

fn push(
    lifted: &mut Vec<Lifted>,
    text: &str,
    finding: &pii::Finding,
    about: Option<i64>,
) -> Result<u32> {
    let number = u32::try_from(lifted.len())
        .map_err(|_| Error::invalid("text", "too many values in one text"))?;
    let value = text
        .get(finding.range.clone())
        .ok_or_else(|| Error::invalid("text", "a finding lies outside the text"))?;
    lifted.push(Lifted {
        number,
        kind: finding.kind,
        category: finding.kind.category().id(),
        band: finding.band() as u8,
        about: if finding.about_profile { about } else { None },
        value: value.to_owned(),
    });
    Ok(number)
}

/// Where the cells of one row are sealed.
pub struct Target<'a, 'k> {
    /// New keys of this write.
    pub keys: &'a mut KeyBatch<'k>,
    /// The key domain.
    pub domain: u32,
    /// The record.
    pub record: RecordId,
    /// The place's item: a comment's or attachment's id; a cell's own item
    /// where the row is the record itself.
    pub row_item: i64,
    /// The domain's search key.
    pub search: &'a Arc<SearchKey>,
    /// Tokens of the search document that this row belongs to.
    pub tokens: &'a mut TokenSet,
    /// What was found.
    pub found: &'a mut Found,
}

impl Target<'_, '_> {
    fn item(&self, item: i64) -> i64 {
        if self.row_item == 0 { item } else { self.row_item }
    }

    fn seal(
        &mut self,
        part: u8,
        item: i64,
        slot: u32,
        category: u8,
        plain: &[u8],
    ) -> Result<Vec<u8>> {
        let field = FieldId { part, item: self.item(item), slot };
        self.keys.seal(self.domain, self.record, field, category, plain)
    }

    /// Seals a value as a slot.
    fn slot(&mut self, part: u8, item: i64, place: Place, lifted: &Lifted) -> Result<Slot> {
        self.found.add(lifted.kind);
        if is_searched(part) {
            self.tokens.add(self.search, lifted.category, place, &lifted.value)?;
        }
        let value = self.seal(
            part,
            item,
            value_slot(lifted.number),
            lifted.category,
            lifted.value.as_bytes(),
        )?;
        // Nothing harmless known: no facet is stored, for an empty one would
        // cost as much as a seal. A value whose facets can't be computed has none.
        let facets = guarded(|| pii::facets(lifted.kind, &lifted.value)).unwrap_or_default();
        let facets = if facets.is_empty() {
            Vec::new()
        } else {
            let bytes = facets.encode();
            self.seal(part, item, facets_slot(lifted.number), lifted.category, &bytes)?
        };
        Ok(Slot {
            number: lifted.number,
            category: lifted.category,
            kind: lifted.kind.id(),
            band: lifted.band,
            state: 0,
            about: lifted.about,
            value,
            facets,
        })
    }

    /// Seals a field that is one slot of a kind.
    pub fn whole(
        &mut self,
        part: u8,
        item: i64,
        kind: Kind,
        value: &str,
        about: Option<i64>,
    ) -> Result<Cell> {
        let lifted = Lifted {
            number: 0,
            kind,
            category: kind.category().id(),
            band: pii::Band::Checked as u8,
            about,
            value: value.to_owned(),
        };
        let slot = self.slot(part, item, Place::Alone, &lifted)?;
        Ok(Cell { part, item, template: None, slots: vec![slot] })
    }

    /// Scans a text and seals template and slots. A text that can't be scanned,
    /// or that holds more values than [`cells::MAX`], becomes one hidden slot.
    pub fn text(
        &mut self,
        part: u8,
        item: i64,
        scanner: &Detector,
        doc: &Doc,
        cx: &Context<'_>,
        about: Option<i64>,
    ) -> Result<Cell> {
        self.found.markup_given_up += u64::from(doc.markup_given_up());
        let Ok(scanned) = scan_doc(scanner, doc, cx, about) else {
            return self.whole(part, item, Kind::Unscanned, doc.text(), None);
        };
        // More values than a cell may hold: what can't be read again must not
        // be written so.
        if scanned.lifted.len() > cells::MAX {
            return self.whole(part, item, Kind::Unscanned, doc.text(), None);
        }
        self.scanned(part, item, &scanned)
    }

    /// Seals a text that has been scanned.
    ///
    /// # Errors
    /// [`Error::Invalid`] if it holds more values than [`cells::MAX`].
    pub fn scanned(&mut self, part: u8, item: i64, scanned: &Scanned) -> Result<Cell> {
        if scanned.lifted.len() > cells::MAX {
            return Err(Error::invalid("text", "too many values in one text"));
        }
        let bytes = zeroize::Zeroizing::new(scanned.template.encode());
        let template = self.seal(part, item, TEMPLATE_SLOT, scanned.category, &bytes)?;
        if is_searched(part) {
            self.tokens.add_template(self.search, scanned.category, &scanned.template)?;
        }
        let slots = scanned
            .lifted
            .iter()
            .map(|lifted| self.slot(part, item, Place::Inside(scanned.category), lifted))
            .collect::<Result<Vec<_>>>()?;
        Ok(Cell { part, item, template: Some((scanned.category, template)), slots })
    }
}
