//! Values and keys in clear, for as short a time as may be.
//!
//! Neither type can be printed, compared with `==`, cloned or serialised: each look inside is an
//! explicit `expose`, which the product forbids outside the few places that render a view. Memory
//! is zeroed when the value is dropped. What this can't do: reach copies that the reader of an
//! exposed slice makes, or pages that the system swapped out.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use zeroize::{Zeroize, Zeroizing, zeroize_bytes};

use crate::SealError;

/// Bytes in clear, zeroed on drop.
///
/// ```compile_fail
/// let value = seal::Clear::new(b"secret".to_vec());
/// println!("{value:?}"); // no Debug
/// ```
/// ```compile_fail
/// let value = seal::Clear::new(b"secret".to_vec());
/// println!("{value}"); // no Display
/// ```
/// ```compile_fail
/// let value = seal::Clear::new(b"secret".to_vec());
/// let copy = value.clone(); // no Clone
/// ```
/// ```compile_fail
/// let value = seal::Clear::new(b"secret".to_vec());
/// assert!(value == seal::Clear::new(b"secret".to_vec())); // no PartialEq: use ct_eq
/// ```
pub struct Clear(Vec<u8>);

impl Clear {
    /// Takes the bytes over. The buffer is zeroed on drop, its spare capacity too.
    #[must_use]
    pub const fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// Nothing yet: a buffer for [`RecordKey::open_into`](crate::RecordKey::open_into).
    #[must_use]
    pub const fn empty() -> Self {
        Self(Vec::new())
    }

    /// The bytes. Whoever calls this shows or uses a customer's data.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The bytes as text.
    ///
    /// # Errors
    /// [`SealError::NotText`] if they are not UTF-8.
    pub fn expose_str(&self) -> Result<&str, SealError> {
        std::str::from_utf8(&self.0).map_err(|_| SealError::NotText)
    }

    /// The bytes, for this crate's own work on them.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Length in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no byte.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether both hold the same bytes, in time that depends on their lengths alone.
    #[must_use]
    pub fn ct_eq(&self, other: &Self) -> bool {
        verify_slices_are_equal(&self.0, &other.0).is_ok()
    }

    /// Zeroes what is held and makes room for `len` bytes, all zero; keeps the allocation if it is
    /// large enough. (A buffer that must grow is replaced, so that no `realloc` leaves a copy.)
    pub(crate) fn reset(&mut self, len: usize) -> &mut [u8] {
        let room = self.0.capacity();
        if room < len {
            // Dropping the old buffer as a `Clear` zeroes it whole.
            *self = Self::new(Vec::with_capacity(len.max(room.saturating_mul(2))));
        }
        zeroize_bytes(&mut self.0);
        self.0.clear();
        self.0.resize(len, 0);
        &mut self.0
    }
}

impl From<String> for Clear {
    fn from(text: String) -> Self {
        Self(text.into_bytes())
    }
}

impl Drop for Clear {
    fn drop(&mut self) {
        // Spare capacity too: a buffer that was handed to `new` may have been longer before.
        self.0.spare_capacity_mut().zeroize();
        zeroize_bytes(&mut self.0);
    }
}

/// 32 bytes of key material on the heap, zeroed on drop. Boxed, so that moving it leaves no copy
/// on the stack.
pub struct Clear32(Box<Zeroizing<[u8; 32]>>);

impl Clear32 {
    /// Copies the bytes and zeroes the original.
    #[must_use]
    pub fn take(bytes: &mut [u8; 32]) -> Self {
        let mut held = Self::zeroed();
        held.expose_mut().copy_from_slice(bytes);
        bytes.zeroize();
        held
    }

    /// 32 bytes from the generator.
    ///
    /// # Errors
    /// [`SealError::Random`].
    pub fn random(rng: &dyn crate::Random) -> Result<Self, SealError> {
        let mut held = Self::zeroed();
        rng.fill(held.expose_mut())?;
        Ok(held)
    }

    pub(crate) fn zeroed() -> Self {
        Self(Box::new(Zeroizing::new([0; 32])))
    }

    /// The key bytes.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    pub(crate) fn expose_mut(&mut self) -> &mut [u8; 32] {
        &mut self.0
    }

    /// Whether both hold the same key, in constant time.
    #[must_use]
    pub fn ct_eq(&self, other: &Self) -> bool {
        verify_slices_are_equal(self.expose(), other.expose()).is_ok()
    }
}

impl TryFrom<Clear> for Clear32 {
    type Error = SealError;

    /// # Errors
    /// [`SealError::BadKey`] unless there are exactly 32 bytes.
    fn try_from(bytes: Clear) -> Result<Self, SealError> {
        let bytes: &[u8; 32] = bytes.bytes().try_into().map_err(|_| SealError::BadKey)?;
        let mut held = Self::zeroed();
        held.expose_mut().copy_from_slice(bytes);
        Ok(held)
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the tests of exposing expose")]
mod tests {
    use super::*;

    #[test]
    fn compares_by_content_and_length() {
        let a = Clear::from(String::from("Rossi"));
        assert!(a.ct_eq(&Clear::new(b"Rossi".to_vec())));
        assert!(!a.ct_eq(&Clear::new(b"Rossj".to_vec())));
        assert!(!a.ct_eq(&Clear::new(b"Ross".to_vec())));
        assert!(Clear::empty().ct_eq(&Clear::new(Vec::new())));
    }

    #[test]
    fn text_is_checked() {
        assert_eq!(Clear::new("è".into()).expose_str(), Ok("è"));
        assert_eq!(Clear::new(vec![0xff]).expose_str(), Err(SealError::NotText));
    }

    #[test]
    fn a_reused_buffer_starts_from_zeros_and_keeps_its_allocation() {
        let mut buffer = Clear::new(Vec::with_capacity(64));
        buffer.reset(40).fill(7);
        let at = buffer.expose().as_ptr();
        assert_eq!(buffer.reset(64), [0; 64]);
        assert_eq!(buffer.expose().as_ptr(), at);
        assert_eq!(buffer.reset(0).len(), 0);
        assert!(buffer.is_empty());
    }

    #[test]
    fn taking_a_key_zeroes_the_original() {
        let mut bytes = [9; 32];
        let key = Clear32::take(&mut bytes);
        assert_eq!((key.expose(), bytes), (&[9; 32], [0; 32]));
    }

    #[test]
    fn a_key_has_thirty_two_bytes() {
        assert!(Clear32::try_from(Clear::new(vec![1; 32])).is_ok());
        for len in [0, 31, 33] {
            assert!(matches!(Clear32::try_from(Clear::new(vec![1; len])), Err(SealError::BadKey)));
        }
    }
}
