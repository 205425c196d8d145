//! The names that bind a sealed value to its place.
//!
//! All of them stand in clear in the store; they are ids and never data. They go into the
//! associated data of every seal in a fixed-length encoding (big endian), so that no two places
//! share an encoding.

use crate::SealError;

/// The random identity of one installation's stores. It keeps a value from being carried from one
/// installation into another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StoreId(pub [u8; 16]);

/// The number of a record key, below 2^56. No two keys of a record, past or present, may share one;
/// a sequence of the store or 56 random bits both do. (Nothing opens under a wrong key if two keys
/// should share a number, but the error is then `Refused` and not `WrongKey`.)
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(u64);

impl KeyId {
    /// The first number that is no key id.
    pub const LIMIT: u64 = 1 << 56;

    /// # Errors
    /// [`SealError::OutOfRange`] from 2^56 on.
    pub const fn new(id: u64) -> Result<Self, SealError> {
        if id < Self::LIMIT { Ok(Self(id)) } else { Err(SealError::OutOfRange) }
    }

    /// The number, below 2^56.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// Seven bytes, big endian.
    pub(crate) const fn to_bytes(self) -> [u8; 7] {
        let [_, a, b, c, d, e, f, g] = self.0.to_be_bytes();
        [a, b, c, d, e, f, g]
    }

    pub(crate) const fn from_bytes(bytes: [u8; 7]) -> Self {
        let [a, b, c, d, e, f, g] = bytes;
        Self(u64::from_be_bytes([0, a, b, c, d, e, f, g]))
    }
}

/// A record, the unit of keys: a noun (ticket, customer, … the caller's numbering) and its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordId {
    /// Which kind of record, in the caller's fixed numbering. Never reassign a number.
    pub noun: u8,
    /// The record's id within its noun.
    pub id: i64,
}

/// Which value within a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FieldId {
    /// Which part of the record (a column, a template, a facet…), in the caller's fixed numbering.
    pub part: u8,
    /// Which item of the part: a comment id, an attachment id; 0 where there is but one.
    pub item: i64,
    /// Which slot, chunk or facet of the item.
    pub slot: u32,
}

/// A category of values with one fate, 0 to 31.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CategoryId(u8);

impl CategoryId {
    pub(crate) const ZERO: Self = Self(0);
    /// How many categories there can be.
    pub const COUNT: usize = 32;

    /// # Errors
    /// [`SealError::OutOfRange`] above 31.
    pub const fn new(id: u8) -> Result<Self, SealError> {
        if id < 32 { Ok(Self(id)) } else { Err(SealError::OutOfRange) }
    }

    /// The number, 0 to 31.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }
}

/// Where a sealed value belongs. A value opens at the very place where it was sealed and at no
/// other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place {
    /// The installation.
    pub store: StoreId,
    /// The record.
    pub record: RecordId,
    /// The value within the record.
    pub field: FieldId,
    /// The category whose key seals it.
    pub category: CategoryId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_id_takes_seven_bytes_and_no_more() {
        let last = KeyId::new(KeyId::LIMIT - 1).unwrap();
        assert_eq!(last.to_bytes(), [0xff; 7]);
        assert_eq!(KeyId::from_bytes(last.to_bytes()), last);
        assert_eq!(KeyId::new(0x0001_0203_0405_0607).unwrap().to_bytes(), [1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(KeyId::new(KeyId::LIMIT), Err(SealError::OutOfRange));
    }

    #[test]
    fn there_are_thirty_two_categories() {
        assert_eq!(CategoryId::new(31).map(CategoryId::get), Ok(31));
        assert_eq!(CategoryId::new(32), Err(SealError::OutOfRange));
    }
}
