//! The words that stay: what the index has to do after a change of a key.
//!
//! The rows of the index are (document, category). The one whose key changes is
//! made anew from what stays. Where a text went, the values that stood in it are
//! shown to nobody any more, whatever their category: so every category of the
//! document is made anew, or a search would find what no view shows (DESIGN
//! section 7).

use std::collections::BTreeSet;
use std::sync::Arc;

use seal::{Clear, FieldId, SearchKey};

use super::reseal::{New, open};
use crate::app::App;
use crate::error::{Error, Result};
use crate::service::ingest::{TEMPLATE_SLOT, value_slot};
use crate::service::keyring::{KeySet, Pair};
use crate::service::operation::Intent;
use crate::service::search::tokens::{Place, TokenSet, is_searched};
use crate::service::text::Template;
use crate::store::cells::Cell;
use crate::store::index::Change;
use crate::store::rewrite::Sealed;

/// Makes index rows anew.
pub(super) struct Words<'w, 'k> {
    pub(super) app: &'w App,
    pub(super) intent: &'w Intent,
    pub(super) pair: &'w Pair,
    pub(super) search: &'w Arc<SearchKey>,
    /// Keys of the record's other categories.
    pub(super) keys: &'w mut KeySet<'k>,
}

impl Words<'_, '_> {
    /// What the index has to do for a row.
    pub(super) fn changes(mut self, row: &Sealed, new: &New) -> Result<Vec<Change>> {
        let Some((doc, time)) = row.doc else { return Ok(Vec::new()) };
        let mut categories = BTreeSet::from([self.intent.category]);
        if new.text_went {
            categories.extend(new.cells.iter().flat_map(|c| c.slots.iter().map(|s| s.category)));
        }
        let mut out = Vec::with_capacity(categories.len());
        for category in categories {
            let mut tokens = TokenSet::default();
            for cell in new.cells.iter().filter(|cell| is_searched(cell.part)) {
                let item = if row.table.is_record() { cell.item } else { row.id };
                self.cell(cell, item, category, &mut tokens)?;
            }
            let words = tokens.into_rows().find(|(c, _)| *c == category).map(|(_, words)| words);
            let record = self.intent.record;
            let item = if row.table.is_record() { 0 } else { row.id };
            out.push(match words {
                Some(words) => {
                    let (noun, record) = (record.noun, record.id);
                    Change::Put { doc, noun, record, item, time, category, words }
                }
                None => Change::Drop { doc, category },
            });
        }
        Ok(out)
    }

    /// Adds the words that a cell has of a category.
    fn cell(&mut self, cell: &Cell, item: i64, category: u8, tokens: &mut TokenSet) -> Result<()> {
        let place = match &cell.template {
            // A text that is gone hides what stands in it.
            Some((_, sealed)) if sealed.is_empty() => return Ok(()),
            Some((of, sealed)) => {
                if *of == category {
                    let clear = self.open(cell.part, item, TEMPLATE_SLOT, category, sealed)?;
                    #[expect(clippy::disallowed_methods, reason = "indexed anew, never shown")]
                    let text = Template::decode(clear.expose()).map_err(|_| Error::Sealed)?;
                    tokens.add_template(self.search, category, &text)?;
                }
                Place::Inside(*of)
            }
            None => Place::Alone,
        };
        for slot in cell.slots.iter().filter(|s| s.category == category && s.state == 0) {
            let number = value_slot(slot.number);
            let clear = self.open(cell.part, item, number, category, &slot.value)?;
            #[expect(clippy::disallowed_methods, reason = "indexed anew, never shown")]
            tokens.add(self.search, category, place, clear.expose_str()?)?;
        }
        Ok(())
    }

    fn open(
        &mut self,
        part: u8,
        item: i64,
        slot: u32,
        category: u8,
        sealed: &[u8],
    ) -> Result<Clear> {
        let field = FieldId { part, item, slot };
        if category == self.intent.category {
            let place = self.app.keys.place(self.intent.record, field, category)?;
            return open(self.pair, &place, sealed);
        }
        self.keys.open(self.intent.record, field, category, sealed)
    }
}
