//! The key of one (record, category), and the values that it seals.
//!
//! A sealed value is `0x01 ‖ key id (7) ‖ nonce (12) ‖ ciphertext ‖ tag (16)`: 36 bytes more than the
//! value. The key id is in clear so that the right key is found, and in the associated data so that
//! it can't be changed.
//!
//! *One key, one owner.* A key belongs to the first (store, record, category) that it seals for, is
//! wrapped for or is unwrapped from, and refuses any other: a value sealed under a neighbour's key
//! would survive the destruction of its own.
//!
//! *How often a key may seal.* With random nonces NIST SP 800-38D (8.3) allows 2^32 uses of a key,
//! where two nonces collide with a chance of 2^-32. One `RecordKey` in memory stops at
//! [`MAX_SEALS`] = 2^20. It counts for itself only: the count is not stored, and a key that is
//! unwrapped again starts anew. That is enough, because a record key seals the values of *one*
//! category of *one* record, each seal leaves at least 36 stored bytes, and every replacement
//! starts a new key: 2^32 uses would mean more than 150 GB of headers in one conversation. At 2^24
//! uses, a conversation of millions of values, the chance of a collision is still below 2^-49.

use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::aead::{Gcm, NONCE, TAG};
use crate::layout::{VALUE_V1, value_aad};
use crate::{CategoryId, Clear, Clear32, KeyId, Place, Random, RecordId, SealError, StoreId};

/// Bytes that sealing adds to a value.
pub const SEAL_OVERHEAD: usize = HEADER + NONCE + TAG;
/// The longest value that may be sealed in one piece: 16 MiB. Longer ones (attachments) are cut
/// into chunks with a slot number each.
pub const MAX_PLAIN: usize = 16 << 20;
/// How often one `RecordKey` in memory may seal.
pub const MAX_SEALS: u32 = 1 << 20;

/// Format byte and key id.
const HEADER: usize = 8;

/// A 256-bit key for the values of one category of one record, with its key schedule. Zeroed on
/// drop.
pub struct RecordKey {
    id: KeyId,
    key: Clear32,
    gcm: Gcm,
    seals: AtomicU32,
    owner: OnceLock<Owner>,
}

/// Whose values a key seals.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) store: StoreId,
    pub(crate) record: RecordId,
    pub(crate) category: CategoryId,
}

/// Without the key.
impl fmt::Debug for RecordKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RecordKey({})", self.id.get())
    }
}

impl RecordKey {
    /// A new random key.
    ///
    /// # Errors
    /// [`SealError::Random`].
    pub fn generate(rng: &dyn Random, id: KeyId) -> Result<Self, SealError> {
        Self::from_key(id, Clear32::random(rng)?)
    }

    pub(crate) fn from_key(id: KeyId, key: Clear32) -> Result<Self, SealError> {
        let gcm = Gcm::new(&key)?;
        Ok(Self { id, key, gcm, seals: AtomicU32::new(0), owner: OnceLock::new() })
    }

    /// Makes `owner` the key's owner, unless it has another.
    pub(crate) fn claim(&self, owner: Owner) -> Result<(), SealError> {
        if *self.owner.get_or_init(|| owner) == owner { Ok(()) } else { Err(SealError::WrongPlace) }
    }

    /// The key's id, as it stands in the header of what it sealed.
    #[must_use]
    pub fn id(&self) -> KeyId {
        self.id
    }

    pub(crate) fn key(&self) -> &Clear32 {
        &self.key
    }

    /// `0x01 ‖ key id ‖ nonce ‖ AES-256-GCM(key, nonce, aad(place, key id), plain)`.
    ///
    /// # Errors
    /// [`SealError::TooLong`] above [`MAX_PLAIN`]; [`SealError::WrongPlace`] if the key is another
    /// record's or category's; [`SealError::Exhausted`] after [`MAX_SEALS`];
    /// [`SealError::Random`].
    pub fn seal(
        &self,
        rng: &dyn Random,
        place: &Place,
        plain: &[u8],
    ) -> Result<Vec<u8>, SealError> {
        let mut out = Vec::with_capacity(plain.len().min(MAX_PLAIN) + SEAL_OVERHEAD);
        self.seal_into(rng, place, plain, &mut out)?;
        Ok(out)
    }

    /// As [`seal`](Self::seal), appended to `out`, which is left as it was on error.
    ///
    /// # Errors
    /// As [`seal`](Self::seal).
    pub fn seal_into(
        &self,
        rng: &dyn Random,
        place: &Place,
        plain: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), SealError> {
        if plain.len() > MAX_PLAIN {
            return Err(SealError::TooLong);
        }
        self.claim(Owner { store: place.store, record: place.record, category: place.category })?;
        self.count_seal()?;
        let before = out.len();
        out.push(VALUE_V1);
        out.extend_from_slice(&self.id.to_bytes());
        let sealed = self.gcm.seal_append(rng, &value_aad(place, self.id), plain, out);
        if sealed.is_err() {
            out.truncate(before);
        }
        sealed
    }

    /// Opens what [`seal`](Self::seal) made for this place.
    ///
    /// # Errors
    /// [`SealError::Truncated`], [`SealError::TooLong`], [`SealError::Format`];
    /// [`SealError::WrongKey`] if the header names another key; [`SealError::Refused`] if the bytes
    /// were changed or belong to another place.
    pub fn open(&self, place: &Place, sealed: &[u8]) -> Result<Clear, SealError> {
        let (body, len) = self.body_of(sealed)?;
        let mut plain = vec![0; len];
        let opened = self.gcm.open(&value_aad(place, self.id), body, &mut plain);
        // A `Clear` before anything else, so that it is zeroed if it did not open.
        let clear = Clear::new(plain);
        opened.map(|()| clear)
    }

    /// As [`open`](Self::open), into a buffer that is used again and again: what it held is zeroed
    /// first, and it is empty after an error.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_into(
        &self,
        place: &Place,
        sealed: &[u8],
        scratch: &mut Clear,
    ) -> Result<(), SealError> {
        let opened = self.body_of(sealed).and_then(|(body, len)| {
            self.gcm.open(&value_aad(place, self.id), body, scratch.reset(len))
        });
        if opened.is_err() {
            scratch.reset(0);
        }
        opened
    }

    /// What follows the header, and the length of the value.
    fn body_of<'a>(&self, sealed: &'a [u8]) -> Result<(&'a [u8], usize), SealError> {
        let (id, body) = split_header(sealed)?;
        if id != self.id {
            return Err(SealError::WrongKey);
        }
        Ok((body, sealed.len() - SEAL_OVERHEAD))
    }

    fn count_seal(&self) -> Result<(), SealError> {
        self.seals
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| {
                (n < MAX_SEALS).then_some(n + 1)
            })
            .map(|_| ())
            .map_err(|_| SealError::Exhausted)
    }
}

/// The id of the key that sealed these bytes, from their header. It is authenticated only when they
/// are opened.
///
/// # Errors
/// [`SealError::Truncated`], [`SealError::TooLong`], [`SealError::Format`].
pub fn key_id_of(sealed: &[u8]) -> Result<KeyId, SealError> {
    split_header(sealed).map(|(id, _)| id)
}

/// Splits `format ‖ key id` from the rest; checks format and size.
fn split_header(sealed: &[u8]) -> Result<(KeyId, &[u8]), SealError> {
    let (header, body) = sealed.split_first_chunk::<HEADER>().ok_or(SealError::Truncated)?;
    let [format, id @ ..] = *header;
    if format != VALUE_V1 {
        return Err(SealError::Format);
    }
    if body.len() < NONCE + TAG {
        return Err(SealError::Truncated);
    }
    if sealed.len() > MAX_PLAIN + SEAL_OVERHEAD {
        return Err(SealError::TooLong);
    }
    Ok((KeyId::from_bytes(id), body))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FieldId, PooledRandom};

    fn place() -> Place {
        Place {
            store: StoreId([7; 16]),
            record: RecordId { noun: 1, id: 42 },
            field: FieldId { part: 3, item: 9_000, slot: 2 },
            category: CategoryId::new(4).unwrap(),
        }
    }

    /// Places that differ from one another in one coordinate, or have two exchanged.
    fn places() -> Vec<Place> {
        let base = place();
        let record = |noun, id| Place { record: RecordId { noun, id }, ..base };
        let field = |part, item, slot| Place { field: FieldId { part, item, slot }, ..base };
        let category = |id| Place { category: CategoryId::new(id).unwrap(), ..base };
        let mut all = vec![base, Place { store: StoreId([8; 16]), ..base }];
        all.extend([record(2, 42), record(1, 43), record(1, -42), record(42, 1)]);
        all.extend([field(2, 9_000, 2), field(3, 9_001, 2), field(3, 9_000, 3)]);
        all.extend([field(3, 2, 9_000), field(9, 3, 2)]);
        all.extend([category(3), category(0), category(31)]);
        all
    }

    /// A key that has no owner yet, with the same bytes each time.
    fn key(id: u64) -> RecordKey {
        RecordKey::from_key(KeyId::new(id).unwrap(), Clear32::take(&mut [5; 32])).unwrap()
    }

    #[test]
    fn even_under_one_key_a_value_opens_at_no_other_place() {
        let places = places();
        let seal = |place: &Place| key(1).seal(&PooledRandom, place, b"same value").unwrap();
        let sealed: Vec<_> = places.iter().map(seal).collect();
        for (i, there) in places.iter().enumerate() {
            for (j, bytes) in sealed.iter().enumerate() {
                let opened = key(1).open(there, bytes).map(|clear| clear.bytes().to_vec());
                let own = if i == j { Ok(b"same value".to_vec()) } else { Err(SealError::Refused) };
                assert_eq!(opened, own, "sealed at {j}, opened at {i}");
            }
        }
    }

    #[test]
    fn the_key_id_is_authenticated_and_not_just_compared() {
        let mut sealed = key(1).seal(&PooledRandom, &place(), b"value").unwrap();
        sealed[7] = 2;
        assert_eq!(key(1).open(&place(), &sealed).err(), Some(SealError::WrongKey));
        assert_eq!(key(2).open(&place(), &sealed).err(), Some(SealError::Refused));
    }

    #[test]
    fn a_key_seals_for_its_first_owner_only() {
        let own = place();
        let is_own =
            |p: &Place| (p.store, p.record, p.category) == (own.store, own.record, own.category);
        for first in [true, false] {
            let key = key(1);
            if first {
                key.seal(&PooledRandom, &own, b"first").unwrap();
            } else {
                let Place { store, record, category, .. } = own;
                key.claim(Owner { store, record, category }).unwrap();
            }
            for place in &places() {
                let sealed = key.seal(&PooledRandom, place, b"value").map(|_| ());
                let expected = if is_own(place) { Ok(()) } else { Err(SealError::WrongPlace) };
                assert_eq!(sealed, expected, "{place:?}");
            }
        }
    }

    #[test]
    fn a_key_stops_sealing_in_time_but_still_opens() {
        let key = key(1);
        key.seals.store(MAX_SEALS - 1, Ordering::Relaxed);
        let last = key.seal(&PooledRandom, &place(), b"last").unwrap();
        for _ in 0..3 {
            assert_eq!(key.seal(&PooledRandom, &place(), b"x"), Err(SealError::Exhausted));
        }
        assert!(key.open(&place(), &last).is_ok());
    }
}
