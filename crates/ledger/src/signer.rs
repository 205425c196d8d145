//! From any Ed25519 key to a [`signed_note::Signer`].
//!
//! `signed_note` brings a signer over keys in its own text form. A house that keeps its keys
//! elsewhere (in another library, in a module that gives no key away) has a function that signs;
//! that is enough here.

use std::fmt;

use signed_note::Signer;

use crate::checkpoint::{CheckpointError, VerifierKey};

/// Signs for the log `origin` through a function. `None` from it means that it could not sign.
pub struct KeySigner<F> {
    origin: String,
    key_id: u32,
    sign: F,
}

impl<F: Fn(&[u8]) -> Option<Vec<u8>>> KeySigner<F> {
    /// A signer whose signatures open with [`VerifierKey::from_public`] of the same origin and
    /// public key.
    ///
    /// # Errors
    /// [`CheckpointError::Key`] if `origin` can't be a key name or `public` is no Ed25519 key.
    pub fn new(origin: &str, public: &[u8; 32], sign: F) -> Result<Self, CheckpointError> {
        let key_id = VerifierKey::from_public(origin, public)?.key_id();
        Ok(Self { origin: origin.to_owned(), key_id, sign })
    }
}

impl<F: Fn(&[u8]) -> Option<Vec<u8>>> Signer for KeySigner<F> {
    fn name(&self) -> &str {
        &self.origin
    }

    fn key_id(&self) -> u32 {
        self.key_id
    }

    fn sign(&self, text: &[u8]) -> Result<Vec<u8>, signature::Error> {
        (self.sign)(text).ok_or_else(signature::Error::new)
    }
}

impl<F> fmt::Debug for KeySigner<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeySigner").field("origin", &self.origin).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testkit::{ORIGIN, key, public, signer};

    #[test]
    fn a_function_that_signs_is_a_signer() {
        let by_function = KeySigner::new(ORIGIN, &public(), |text| signer().sign(text).ok());
        let by_function = by_function.unwrap();
        let head = crate::Checkpoint { size: 1, root: crate::leaf_hash(b"x") };
        let signed = head.sign(&by_function).unwrap();
        assert_eq!(key().open(&signed), Ok(head));
        assert_eq!(signed, head.sign(&signer()).unwrap());
    }

    #[test]
    fn a_function_that_can_not_sign_gives_no_checkpoint() {
        let none = KeySigner::new(ORIGIN, &public(), |_| None).unwrap();
        let head = crate::Checkpoint { size: 1, root: crate::leaf_hash(b"x") };
        assert_eq!(head.sign(&none), Err(CheckpointError::Signer));
    }
}
