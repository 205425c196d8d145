//! `replace_key`: what stays is sealed anew, what does not can never be opened again.
//!
//! Redaction, expiry, re-scan, re-categorising, moving and merging all come down to this: values
//! that stay are re-sealed under a new key, then the caller destroys the old one. Here is only the
//! pure middle of it; the order of writes is the store's.

use crate::{Clear, Place, Random, RecordKey, SealError};

/// A value that stays, and where it stays.
#[derive(Clone, Copy)]
pub struct Moved<'a> {
    /// Where the old key sealed it.
    pub from: Place,
    /// Where it is to be found from now on.
    pub to: Place,
    /// The bytes as stored.
    pub sealed: &'a [u8],
}

/// Re-seals the values kept, each at its own place; the answers come in the order of the input.
///
/// All or nothing: if one value does not open, nothing is given back.
///
/// # Errors
/// [`SealError::SameKey`] if both keys have one id; whatever opening or sealing says.
pub fn replace_key<'a>(
    old: &RecordKey,
    new: &RecordKey,
    rng: &dyn Random,
    kept: impl IntoIterator<Item = (Place, &'a [u8])>,
) -> Result<Vec<Vec<u8>>, SealError> {
    let kept = kept.into_iter().map(|(place, sealed)| Moved { from: place, to: place, sealed });
    replace_key_moving(old, new, rng, kept)
}

/// As [`replace_key`], for values that change their place too: another category, a merged record.
///
/// # Errors
/// As [`replace_key`].
pub fn replace_key_moving<'a>(
    old: &RecordKey,
    new: &RecordKey,
    rng: &dyn Random,
    kept: impl IntoIterator<Item = Moved<'a>>,
) -> Result<Vec<Vec<u8>>, SealError> {
    if old.id() == new.id() {
        return Err(SealError::SameKey);
    }
    let mut scratch = Clear::empty();
    kept.into_iter()
        .map(|value| {
            old.open_into(&value.from, value.sealed, &mut scratch)?;
            new.seal(rng, &value.to, scratch.bytes())
        })
        .collect()
}
