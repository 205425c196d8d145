//! AES-256-GCM as it is used here: a key schedule that is set up once, a random nonce in front.
//!
//! The only file that touches the AEAD. Nonces are always 96 random bits from the caller's
//! generator (NIST SP 800-38D, 8.2.2); limits on how often a key may be used are the callers'.
//! aws-lc zeroes the key schedule when it is freed.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use crate::{Clear32, Random, SealError};

/// Bytes of nonce.
pub(crate) const NONCE: usize = NONCE_LEN;
/// Bytes of tag.
pub(crate) const TAG: usize = 16;

/// An AES-256-GCM key with its schedule.
pub(crate) struct Gcm(LessSafeKey);

impl Gcm {
    pub(crate) fn new(key: &Clear32) -> Result<Self, SealError> {
        UnboundKey::new(&AES_256_GCM, key.expose())
            .map(|key| Self(LessSafeKey::new(key)))
            .map_err(|_| SealError::Library)
    }

    /// Appends `nonce ‖ AES-256-GCM(key, nonce, aad, plain)`; on error `out` may end with an
    /// unfinished piece, which the caller cuts off or drops.
    ///
    /// The clear bytes are never copied into `out`: it is encrypted from one buffer to the other.
    pub(crate) fn seal_append(
        &self,
        rng: &dyn Random,
        aad: &[u8],
        plain: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), SealError> {
        let mut nonce = [0; NONCE];
        rng.fill(&mut nonce)?;
        out.extend_from_slice(&nonce);
        let body = out.len();
        out.resize(body + plain.len() + TAG, 0);
        let (text, tag) = out
            .get_mut(body..)
            .and_then(|rest| rest.split_at_mut_checked(plain.len()))
            .ok_or(SealError::Library)?;
        let nonce = Nonce::assume_unique_for_key(nonce);
        self.0
            .seal_out_of_place_scatter(nonce, Aad::from(aad), plain, text, &[], tag)
            .map_err(|_| SealError::Library)
    }

    /// Opens `nonce ‖ text ‖ tag` into `plain`, which must be exactly as long as the text.
    ///
    /// On error what `plain` holds is unspecified: it must be zeroed or dropped.
    pub(crate) fn open(
        &self,
        aad: &[u8],
        sealed: &[u8],
        plain: &mut [u8],
    ) -> Result<(), SealError> {
        let (nonce, body) = sealed.split_first_chunk::<NONCE>().ok_or(SealError::Truncated)?;
        let (text, tag) = body.split_last_chunk::<TAG>().ok_or(SealError::Truncated)?;
        self.0
            .open_separate_gather(Nonce::from(nonce), Aad::from(aad), text, tag, plain)
            .map_err(|_| SealError::Refused)
    }

    /// Opens a wrapped 256-bit key.
    pub(crate) fn open_key(&self, aad: &[u8], sealed: &[u8]) -> Result<Clear32, SealError> {
        let mut key = Clear32::zeroed();
        self.open(aad, sealed, key.expose_mut())?;
        Ok(key)
    }
}
