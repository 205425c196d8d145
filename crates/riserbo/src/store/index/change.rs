//! What the index has to do, as it waits in the outbox.
//!
//! ```text
//! changes = change*
//! change  = 0x01 doc:8 noun:1 record:8 item:8 time:8 category:1 n:4 word{n}      put
//!         | 0x02 doc:8 category:1                                               drop
//! word    = token:8 prefix-of-3:8 prefix-of-5:8
//! ```
//! All numbers are little endian.

use super::super::StoreError;

/// A word as the index knows it: keyed tokens, never the word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Word {
    /// The token of the whole word.
    pub token: u64,
    /// Tokens of its first three and first five characters; 0 where the word is
    /// shorter or its category has no prefixes.
    pub prefixes: [u64; 2],
}

/// What the index has to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A document's words of one category: put in place of those there.
    Put {
        /// The document: one of a dense sequence, so that lists of documents
        /// pack well.
        doc: i64,
        /// The record's noun.
        noun: u8,
        /// The record: a ticket or a customer.
        record: i64,
        /// The comment, or 0.
        item: i64,
        /// When the text was written, micros.
        time: i64,
        /// The category.
        category: u8,
        /// The words, each once.
        words: Vec<Word>,
    },
    /// A document's words of one category go.
    Drop {
        /// The document.
        doc: i64,
        /// The category.
        category: u8,
    },
}

fn put(out: &mut Vec<u8>, n: i64) {
    out.extend_from_slice(&n.to_le_bytes());
}

/// Packs changes for the outbox.
#[must_use]
pub fn encode(changes: &[Change]) -> Vec<u8> {
    let mut out = Vec::new();
    for change in changes {
        match change {
            Change::Put { doc, noun, record, item, time, category, words } => {
                out.push(1);
                put(&mut out, *doc);
                out.push(*noun);
                put(&mut out, *record);
                put(&mut out, *item);
                put(&mut out, *time);
                out.push(*category);
                out.extend_from_slice(&(words.len() as u32).to_le_bytes());
                for word in words {
                    out.extend_from_slice(&word.token.to_le_bytes());
                    for prefix in word.prefixes {
                        out.extend_from_slice(&prefix.to_le_bytes());
                    }
                }
            }
            Change::Drop { doc, category } => {
                out.push(2);
                put(&mut out, *doc);
                out.push(*category);
            }
        }
    }
    out
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn array<const N: usize>(&mut self) -> Result<[u8; N], StoreError> {
        let (head, rest) = self.0.split_first_chunk::<N>().ok_or(StoreError::Cells)?;
        self.0 = rest;
        Ok(*head)
    }

    fn int(&mut self) -> Result<i64, StoreError> {
        Ok(i64::from_le_bytes(self.array()?))
    }

    fn token(&mut self) -> Result<u64, StoreError> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    fn byte(&mut self) -> Result<u8, StoreError> {
        let [byte] = self.array()?;
        Ok(byte)
    }

    fn word(&mut self) -> Result<Word, StoreError> {
        Ok(Word { token: self.token()?, prefixes: [self.token()?, self.token()?] })
    }

    fn change(&mut self) -> Result<Change, StoreError> {
        match self.byte()? {
            1 => {
                let (doc, noun) = (self.int()?, self.byte()?);
                let (record, item, time) = (self.int()?, self.int()?, self.int()?);
                let category = self.byte()?;
                let n = u32::from_le_bytes(self.array()?) as usize;
                if n > self.0.len() / 24 {
                    return Err(StoreError::Cells);
                }
                let words = (0..n).map(|_| self.word()).collect::<Result<_, _>>()?;
                Ok(Change::Put { doc, noun, record, item, time, category, words })
            }
            2 => Ok(Change::Drop { doc: self.int()?, category: self.byte()? }),
            _ => Err(StoreError::Cells),
        }
    }
}

/// Unpacks an outbox row.
///
/// # Errors
/// [`StoreError::Cells`] if it is malformed; never panics.
pub fn decode(bytes: &[u8]) -> Result<Vec<Change>, StoreError> {
    let mut reader = Reader(bytes);
    let mut out = Vec::new();
    while !reader.0.is_empty() {
        out.push(reader.change()?);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn word() -> impl Strategy<Value = Word> {
        (any::<u64>(), any::<[u64; 2]>()).prop_map(|(token, prefixes)| Word { token, prefixes })
    }

    proptest! {
        #[test]
        fn changes_come_back(doc in any::<i64>(), record in any::<i64>(), item in any::<i64>(),
                             time in any::<i64>(), category in 0u8..32,
                             words in proptest::collection::vec(word(), 0..9)) {
            let changes = vec![
                Change::Put { doc, noun: 1, record, item, time, category, words },
                Change::Drop { doc, category },
            ];
            prop_assert_eq!(decode(&encode(&changes)).unwrap(), changes);
        }

        #[test]
        fn any_bytes_are_refused_or_read(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            let _ = decode(&bytes);
        }
    }
}
