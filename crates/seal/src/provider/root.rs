//! A root key in memory, in all its versions: what a key file holds once it is open.
//!
//! A wrapped domain key is `0x21 ‖ check (8) ‖ nonce (12) ‖ ciphertext (32) ‖ tag (16)`. The check
//! value names the root key that wrapped it without telling anything about it (64 bits of a keyed
//! hash), so that "wrong key file" and "damaged bytes" are told apart.

use aws_lc_rs::hmac;

use crate::aead::{Gcm, NONCE, TAG};
use crate::{Clear32, ProviderError, Random, SealError, WrapContext, Wrapped};

/// First byte of a domain key wrapped by a root key in memory.
const WRAPPED_V1: u8 = 0x21;
/// Format byte and check value.
const HEADER: usize = 9;

/// 64 bits that tell one root key from another.
pub(crate) type Check = [u8; 8];

/// A root key: one or more versions, the highest of which wraps. Zeroed on drop.
pub struct RootKey {
    /// By rising version, never empty.
    versions: Vec<RootVersion>,
}

/// One version of a root key.
pub(crate) struct RootVersion {
    pub(crate) version: u32,
    pub(crate) key: Clear32,
    pub(crate) check: Check,
    gcm: Gcm,
}

impl RootVersion {
    pub(crate) fn new(version: u32, key: Clear32) -> Result<Self, SealError> {
        let (check, gcm) = (check_value(&key), Gcm::new(&key)?);
        Ok(Self { version, key, check, gcm })
    }
}

/// First 64 bits of `HMAC-SHA-256(key, "riserbo root key check")`.
fn check_value(key: &Clear32) -> Check {
    let mac = hmac::Key::new(hmac::HMAC_SHA256, key.expose());
    let tag = hmac::sign(&mac, b"riserbo root key check");
    let mut check = Check::default();
    for (to, from) in check.iter_mut().zip(tag.as_ref()) {
        *to = *from;
    }
    check
}

impl RootKey {
    /// A new random key, version 1.
    ///
    /// # Errors
    /// [`SealError::Random`].
    pub fn generate(rng: &dyn Random) -> Result<Self, SealError> {
        Ok(Self { versions: vec![RootVersion::new(1, Clear32::random(rng)?)?] })
    }

    /// From its versions, which must rise. `None` if there are none or they don't.
    pub(crate) fn from_versions(versions: Vec<RootVersion>) -> Option<Self> {
        let rising = versions.is_sorted_by(|a, b| a.version < b.version);
        (rising && !versions.is_empty()).then_some(Self { versions })
    }

    pub(crate) fn versions(&self) -> &[RootVersion] {
        &self.versions
    }

    /// The version that wraps.
    #[must_use]
    pub fn current(&self) -> u32 {
        self.versions.last().map_or(0, |last| last.version)
    }

    /// Adds a random version, which wraps from now on. The older ones still unwrap.
    ///
    /// # Errors
    /// [`SealError::Random`]; [`SealError::OutOfRange`] after version 2^32 - 1.
    pub(crate) fn add_version(&mut self, rng: &dyn Random) -> Result<u32, SealError> {
        let version = self.current().checked_add(1).ok_or(SealError::OutOfRange)?;
        self.versions.push(RootVersion::new(version, Clear32::random(rng)?)?);
        Ok(version)
    }

    /// Drops an older version: what it wrapped opens no more. The current one can't be dropped.
    pub(crate) fn drop_version(&mut self, version: u32) -> bool {
        let before = self.versions.len();
        if version != self.current() {
            self.versions.retain(|held| held.version != version);
        }
        self.versions.len() < before
    }

    /// `0x21 ‖ check ‖ nonce ‖ AES-256-GCM(root key, nonce, context.aad(), key)`.
    ///
    /// # Errors
    /// [`ProviderError::Random`].
    pub fn wrap(
        &self,
        rng: &dyn Random,
        context: &WrapContext,
        key: &[u8; 32],
    ) -> Result<Wrapped, ProviderError> {
        let root = self.versions.last().ok_or(ProviderError::Unsupported)?;
        let mut bytes = Vec::with_capacity(HEADER + NONCE + key.len() + TAG);
        bytes.push(WRAPPED_V1);
        bytes.extend_from_slice(&root.check);
        root.gcm.seal_append(rng, &context.aad(), key, &mut bytes).map_err(
            |error| match error {
                SealError::Random => ProviderError::Random,
                _ => ProviderError::Unsupported,
            },
        )?;
        Ok(Wrapped { bytes, root_version: root.version })
    }

    /// The inverse of [`wrap`](Self::wrap).
    ///
    /// # Errors
    /// [`ProviderError::WrongKey`] if no version of this root key wrapped it;
    /// [`ProviderError::Corrupt`] if the bytes were changed or belong to another context.
    pub fn unwrap(
        &self,
        context: &WrapContext,
        wrapped: &Wrapped,
    ) -> Result<Clear32, ProviderError> {
        let (header, sealed) =
            wrapped.bytes.split_first_chunk::<HEADER>().ok_or(ProviderError::Corrupt)?;
        let [format, check @ ..] = *header;
        if format != WRAPPED_V1 || sealed.len() != NONCE + 32 + TAG {
            return Err(ProviderError::Corrupt);
        }
        let root = self
            .versions
            .iter()
            .find(|root| root.version == wrapped.root_version && root.check == check)
            .ok_or(ProviderError::WrongKey)?;
        root.gcm.open_key(&context.aad(), sealed).map_err(|_| ProviderError::Corrupt)
    }
}
