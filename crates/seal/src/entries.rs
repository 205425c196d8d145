//! One key row for a record: a wrapped record key for each category in use.
//!
//! ```text
//! row   = 0x01 ‖ domain (4) ‖ domain key version (4) ‖ entry…     at most 32, by rising category
//! entry = category (1) ‖ key id (7) ‖ nonce (12) ‖ wrapped key (32) ‖ tag (16) = 68 bytes
//! ```
//!
//! One row and not one for each key: a row of its own would cost more than the key. The whole row
//! is wrapped by one version of one domain key, which its head names. A row has one encoding only;
//! any other (categories out of order or twice, a stray byte) is refused.
//!
//! Removing an entry here removes it from this value; that it is gone from the store's file, its
//! journal and its backups is the store's work.

use std::fmt;

use crate::aead::{NONCE, TAG};
use crate::{CategoryId, KeyId, SealError};

/// Bytes of a wrapped record key with its header.
pub const WRAPPED_ENTRY: usize = ENTRY_HEADER + NONCE + 32 + TAG;
/// The most entries that a row can hold: one for each category.
pub const MAX_ENTRIES: usize = CategoryId::COUNT;

const ENTRY_HEADER: usize = 8;
const ROW_V1: u8 = 0x01;
const ROW_HEADER: usize = 9;

/// A record key wrapped by a domain key: `category ‖ key id ‖ nonce ‖ ciphertext ‖ tag`.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry([u8; WRAPPED_ENTRY]);

impl Entry {
    /// # Errors
    /// [`SealError::OutOfRange`] if the category is above 31.
    pub fn from_bytes(bytes: [u8; WRAPPED_ENTRY]) -> Result<Self, SealError> {
        let [category, ..] = bytes;
        CategoryId::new(category)?;
        Ok(Self(bytes))
    }

    /// `category ‖ key id ‖ sealed`, where `sealed` is `nonce ‖ ciphertext ‖ tag`.
    pub(crate) fn assemble(
        category: CategoryId,
        key: KeyId,
        sealed: &[u8],
    ) -> Result<Self, SealError> {
        let mut bytes = [0; WRAPPED_ENTRY];
        let (header, body) = bytes.split_at_mut_checked(ENTRY_HEADER).ok_or(SealError::Row)?;
        let [a, b, c, d, e, f, g] = key.to_bytes();
        header.copy_from_slice(&[category.get(), a, b, c, d, e, f, g]);
        if body.len() != sealed.len() {
            return Err(SealError::Row);
        }
        body.copy_from_slice(sealed);
        Ok(Self(bytes))
    }

    /// The bytes as they are stored.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; WRAPPED_ENTRY] {
        &self.0
    }

    /// The category whose values the key seals. Authenticated when the key is unwrapped.
    #[must_use]
    pub fn category(&self) -> CategoryId {
        // Checked by every constructor, so that the fallback is never taken.
        let [category, ..] = self.0;
        CategoryId::new(category & 31).unwrap_or(CategoryId::ZERO)
    }

    /// The id of the wrapped key. Authenticated when the key is unwrapped.
    #[must_use]
    pub fn key_id(&self) -> KeyId {
        let [_, a, b, c, d, e, f, g, ..] = self.0;
        KeyId::from_bytes([a, b, c, d, e, f, g])
    }

    /// `nonce ‖ ciphertext ‖ tag`.
    pub(crate) fn sealed(&self) -> &[u8] {
        self.0.get(ENTRY_HEADER..).unwrap_or_default()
    }
}

/// Without the wrapped key: a copy in a log would outlive its destruction.
impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Entry({}, key {})", self.category().get(), self.key_id().get())
    }
}

/// The key row of one record, parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entries {
    domain: u32,
    version: u32,
    entries: Vec<Entry>,
}

impl Entries {
    /// An empty row, to be filled with keys wrapped by this version of this domain's key.
    #[must_use]
    pub const fn new(domain: u32, version: u32) -> Self {
        Self { domain, version, entries: Vec::new() }
    }

    /// The key domain of the record.
    #[must_use]
    pub const fn domain(&self) -> u32 {
        self.domain
    }

    /// The version of the domain key that wraps every entry.
    #[must_use]
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// The entry of a category.
    #[must_use]
    pub fn get(&self, category: CategoryId) -> Option<&Entry> {
        self.find(category).ok().and_then(|at| self.entries.get(at))
    }

    /// Puts an entry in, in place of the one of its category, which is given back. The entry must
    /// be wrapped by this row's [`version`](Self::version):
    /// [`DomainKey::put_record_key`](crate::DomainKey::put_record_key) checks that.
    pub fn put(&mut self, entry: Entry) -> Option<Entry> {
        match self.find(entry.category()) {
            Ok(at) => self.entries.get_mut(at).map(|old| std::mem::replace(old, entry)),
            Err(at) => {
                self.entries.insert(at, entry);
                None
            }
        }
    }

    /// Takes the entry of a category out, to destroy the key.
    pub fn remove(&mut self, category: CategoryId) -> Option<Entry> {
        self.find(category).ok().map(|at| self.entries.remove(at))
    }

    /// All entries, by rising category.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Entry> {
        self.entries.iter()
    }

    /// How many entries there are, at most [`MAX_ENTRIES`].
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether no category has a key.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// `0x01 ‖ domain ‖ version ‖ entry…`
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(ROW_HEADER + self.entries.len() * WRAPPED_ENTRY);
        out.push(ROW_V1);
        out.extend_from_slice(&self.domain.to_be_bytes());
        out.extend_from_slice(&self.version.to_be_bytes());
        for entry in &self.entries {
            out.extend_from_slice(entry.as_bytes());
        }
        out
    }

    /// The inverse of [`encode`](Self::encode); it accepts nothing else.
    ///
    /// # Errors
    /// [`SealError::Truncated`], [`SealError::Format`], [`SealError::OutOfRange`] for a category
    /// above 31, [`SealError::Row`] for anything else that `encode` would not write.
    pub fn decode(bytes: &[u8]) -> Result<Self, SealError> {
        let (header, rest) = bytes.split_first_chunk::<ROW_HEADER>().ok_or(SealError::Truncated)?;
        let [format, d0, d1, d2, d3, v0, v1, v2, v3] = *header;
        if format != ROW_V1 {
            return Err(SealError::Format);
        }
        let mut row =
            Self::new(u32::from_be_bytes([d0, d1, d2, d3]), u32::from_be_bytes([v0, v1, v2, v3]));
        let (chunks, stray) = rest.as_chunks::<WRAPPED_ENTRY>();
        if !stray.is_empty() || chunks.len() > MAX_ENTRIES {
            return Err(SealError::Row);
        }
        row.entries.reserve_exact(chunks.len());
        for chunk in chunks {
            let entry = Entry::from_bytes(*chunk)?;
            if row.entries.last().is_some_and(|last| last.category() >= entry.category()) {
                return Err(SealError::Row);
            }
            row.entries.push(entry);
        }
        Ok(row)
    }

    fn find(&self, category: CategoryId) -> Result<usize, usize> {
        self.entries.binary_search_by_key(&category, Entry::category)
    }
}
