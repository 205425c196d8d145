//! From words to blind tokens: what the index holds of a text.
//!
//! A search document is one text (a comment, a ticket's subject and fields, a
//! customer's name and notes). Its rows in the index are (document, category):
//! the tokens of the words that stand in that category's parts. A word never
//! crosses a slot: the parts are cut at each one (DESIGN section 7).
//!
//! A value inside a text is seen only by whoever sees the text too, a value that
//! is a whole field by whoever sees its category: so the words of a value have
//! other tokens in a text than alone ([`Place`]).
//!
//! Words of `content` and `identity` carry the tokens of their first three and
//! five characters besides, so that `rimb*` is answered.

use std::collections::{BTreeMap, BTreeSet};

use pii::Category;
use seal::{CategoryId, SearchKey};

use crate::error::Result;
use crate::service::fields::part;
use crate::service::text::{Segment, Template};
use crate::store::index::Word;

/// Most distinct tokens that one category of a document puts into the index.
/// Anybody can mail text into it, so that the number is bounded; what is beyond
/// is not found by word, and still found by reading. Each category has a bound
/// of its own: were it one for all, a long hidden field would take the place of
/// words that are shown, and a search would tell how long it is (I4).
pub const MAX_TOKENS: usize = 4_000;

/// The lengths, in characters, at which prefixes have tokens.
pub const PREFIXES: [usize; 2] = [3, 5];

/// Whether the words of a field are found. Those of what nobody declared, of
/// metadata and of a channel's source are not: no view shows them as text.
#[must_use]
pub fn is_searched(field: u8) -> bool {
    !matches!(field, part::EXTRAS | part::META | part::SOURCE)
}

/// Whether words of a category are found by their beginnings. Of others a
/// prefix would be a step towards guessing (a card's first digits).
#[must_use]
pub fn has_prefixes(category: u8) -> bool {
    [Category::CONTENT, Category::CONTENT_UNSURE, Category::IDENTITY]
        .iter()
        .any(|c| c.id() == category)
}

/// The first `n` characters of a word; none if it is shorter.
#[must_use]
pub fn beginning(word: &str, n: usize) -> Option<&str> {
    let (last, c) = word.char_indices().nth(n.checked_sub(1)?)?;
    word.get(..last + c.len_utf8())
}

/// Categories that a text outside its values can have.
pub const TEXTS: [Category; 2] = [Category::CONTENT, Category::CONTENT_UNSURE];

/// Where words stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// In a text outside its values, or in a value that is a whole field.
    Alone,
    /// In a value inside a text of this category.
    Inside(u8),
}

impl Place {
    /// Every place in which a value can stand.
    pub fn all() -> impl Iterator<Item = Place> {
        std::iter::once(Place::Alone).chain(TEXTS.map(|c| Place::Inside(c.id())))
    }

    /// What keeps tokens of different places apart: a sign that no word holds.
    fn mark(self) -> Option<char> {
        match self {
            Place::Alone => None,
            Place::Inside(category) => Some(char::from(category.saturating_add(1).min(31))),
        }
    }
}

/// The token of a word in a place.
#[must_use]
pub fn word_token(key: &SearchKey, category: CategoryId, place: Place, word: &str) -> u64 {
    match place.mark() {
        None => key.token(category, word).0,
        Some(mark) => {
            let marked = zeroize::Zeroizing::new(format!("{word}{mark}"));
            key.token(category, &marked).0
        }
    }
}

/// The token of a word's beginning, which is `prefix`. The star keeps it apart
/// from the token of a word: no word holds one.
#[must_use]
pub fn prefix_token(key: &SearchKey, category: CategoryId, place: Place, prefix: &str) -> u64 {
    let starred = zeroize::Zeroizing::new(format!("{prefix}*"));
    word_token(key, category, place, &starred)
}

/// The tokens of one search document, by category.
#[derive(Default)]
pub struct TokenSet {
    rows: BTreeMap<u8, BTreeSet<Word>>,
}

impl TokenSet {
    /// Adds the words of a value or text of one category.
    pub fn add(&mut self, key: &SearchKey, category: u8, place: Place, text: &str) -> Result<()> {
        let id = CategoryId::new(category)?;
        let row = self.rows.entry(category).or_default();
        for (_, word) in pii::words(text) {
            // INVARIANT I4: what one category holds is no business of another.
            if row.len() >= MAX_TOKENS {
                break;
            }
            let mut prefixes = [0; 2];
            if has_prefixes(category) {
                for (out, length) in prefixes.iter_mut().zip(PREFIXES) {
                    if let Some(prefix) = beginning(&word, length) {
                        *out = prefix_token(key, id, place, prefix);
                    }
                }
            }
            let word = Word { token: word_token(key, id, place, &word), prefixes };
            row.insert(word);
        }
        if row.is_empty() {
            self.rows.remove(&category);
        }
        Ok(())
    }

    /// Adds the words of a template's own text.
    pub fn add_template(
        &mut self,
        key: &SearchKey,
        category: u8,
        template: &Template,
    ) -> Result<()> {
        // Joined up to the next slot, for a word may be half bold.
        let mut run = zeroize::Zeroizing::new(String::new());
        for segment in template.segments() {
            match segment {
                Segment::Text(text) => run.push_str(&text),
                Segment::Slot(_) | Segment::Break => {
                    self.add(key, category, Place::Alone, &run)?;
                    run.clear();
                }
            }
        }
        self.add(key, category, Place::Alone, &run)
    }

    /// Whether nothing is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The rows, by category, tokens in order.
    pub fn into_rows(self) -> impl Iterator<Item = (u8, Vec<Word>)> {
        self.rows.into_iter().map(|(category, words)| (category, words.into_iter().collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> SearchKey {
        SearchKey::generate(&seal::PooledRandom).unwrap()
    }

    #[test]
    fn beginnings_are_counted_in_characters() {
        assert_eq!(beginning("città", 5), Some("città"));
        assert_eq!(beginning("città", 3), Some("cit"));
        assert_eq!(beginning("ab", 3), None);
        assert_eq!(beginning("ab", 0), None);
    }

    #[test]
    fn only_content_and_identity_have_prefixes() {
        let key = key();
        let mut tokens = TokenSet::default();
        tokens.add(&key, Category::CONTENT.id(), Place::Alone, "rimborso").unwrap();
        tokens.add(&key, Category::PAYMENT.id(), Place::Inside(0), "41111111").unwrap();
        let rows: Vec<_> = tokens.into_rows().collect();
        assert!(rows[0].1[0].prefixes.iter().all(|p| *p != 0));
        assert_eq!(rows[1].1[0].prefixes, [0, 0]);
    }

    #[test]
    fn a_prefix_is_no_word_and_each_place_has_its_own() {
        let (key, content) = (key(), CategoryId::new(0).unwrap());
        let tokens: BTreeSet<u64> = Place::all()
            .flat_map(|place| {
                [prefix_token(&key, content, place, "rim"), word_token(&key, content, place, "rim")]
            })
            .collect();
        assert_eq!(tokens.len(), 6);
    }

    #[test]
    fn a_long_text_is_cut_at_the_bound() {
        let text: String = (0..5_000).map(|n| format!("w{n} ")).collect();
        let mut tokens = TokenSet::default();
        tokens.add(&key(), 0, Place::Alone, &text).unwrap();
        let n: usize = tokens.into_rows().map(|(_, words)| words.len()).sum();
        assert_eq!(n, MAX_TOKENS);
    }

    #[test]
    fn i4_a_long_hidden_field_takes_no_place_from_what_is_shown() {
        let long: String = (0..5_000).map(|n| format!("w{n} ")).collect();
        let (health, content) = (Category::HEALTH.id(), Category::CONTENT.id());
        let mut tokens = TokenSet::default();
        tokens.add(&key(), health, Place::Alone, &long).unwrap();
        tokens.add(&key(), content, Place::Alone, "verdeacqua").unwrap();
        let rows: Vec<_> = tokens.into_rows().map(|(c, words)| (c, words.len())).collect();
        assert_eq!(rows, [(content, 1), (health, MAX_TOKENS)]);
    }

    #[test]
    fn a_text_without_words_makes_no_row() {
        let mut tokens = TokenSet::default();
        tokens.add(&key(), 0, Place::Alone, " … ").unwrap();
        assert!(tokens.is_empty());
    }
}
