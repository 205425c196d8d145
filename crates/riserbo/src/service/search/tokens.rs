//! From words to blind tokens: what the index holds of a text.
//!
//! A search document is one text (a comment, a ticket's subject and fields, a
//! customer's name and notes). Its rows in the index are (document, category):
//! the tokens of the words that stand in that category's parts. A word never
//! crosses a slot: the parts are cut at each one (DESIGN section 7).

use std::collections::{BTreeMap, BTreeSet};

use seal::{CategoryId, SearchKey};

use crate::error::Result;
use crate::service::text::{Segment, Template};

/// Most distinct tokens that one document puts into the index. Anybody can
/// mail text into it, so that the number is bounded; what is beyond is not
/// found by word, and still found by reading.
pub const MAX_TOKENS: usize = 4_000;

/// The tokens of one search document, by category.
#[derive(Default)]
pub struct TokenSet {
    rows: BTreeMap<u8, BTreeSet<u64>>,
    count: usize,
}

impl TokenSet {
    /// Adds the words of a value or text of one category.
    pub fn add(&mut self, key: &SearchKey, category: u8, text: &str) -> Result<()> {
        let id = CategoryId::new(category)?;
        for (_, word) in pii::words(text) {
            if self.count >= MAX_TOKENS {
                return Ok(());
            }
            let token = key.token(id, &word).0;
            if self.rows.entry(category).or_default().insert(token) {
                self.count += 1;
            }
        }
        Ok(())
    }

    /// Adds the words of a template's own text.
    pub fn add_template(&mut self, key: &SearchKey, category: u8, template: &Template) -> Result<()> {
        // Joined up to the next slot, for a word may be half bold.
        let mut run = zeroize::Zeroizing::new(String::new());
        for segment in template.segments() {
            match segment {
                Segment::Text(text) => run.push_str(&text),
                Segment::Slot(_) | Segment::Break => {
                    self.add(key, category, &run)?;
                    run.clear();
                }
            }
        }
        self.add(key, category, &run)
    }

    /// Whether nothing is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The rows, by category, tokens in order.
    pub fn into_rows(self) -> impl Iterator<Item = (u8, Vec<u64>)> {
        self.rows.into_iter().map(|(category, tokens)| (category, tokens.into_iter().collect()))
    }
}
