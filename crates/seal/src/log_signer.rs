//! Ed25519 for the checkpoints of the access log (RFC 8032).
//!
//! Only key and signature: what is signed, and in which envelope, is the ledger's affair.

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, ParsedPublicKey};

use crate::{Clear, Clear32, Random, SealError};

/// The private key that signs log checkpoints.
pub struct LogSigner {
    seed: Clear32,
    pair: Ed25519KeyPair,
    public: [u8; 32],
}

impl LogSigner {
    /// A new random key.
    ///
    /// # Errors
    /// [`SealError::Random`].
    pub fn generate(rng: &dyn Random) -> Result<Self, SealError> {
        Self::from_seed(Clear32::random(rng)?)
    }

    /// The key from its 32-byte seed, as [`secret`](Self::secret) gave it.
    ///
    /// # Errors
    /// [`SealError::BadKey`] unless there are exactly 32 bytes.
    pub fn from_secret(secret: Clear) -> Result<Self, SealError> {
        Self::from_seed(Clear32::try_from(secret)?)
    }

    fn from_seed(seed: Clear32) -> Result<Self, SealError> {
        let pair =
            Ed25519KeyPair::from_seed_unchecked(seed.expose()).map_err(|_| SealError::BadKey)?;
        let public = pair.public_key().as_ref().try_into().map_err(|_| SealError::BadKey)?;
        Ok(Self { seed, pair, public })
    }

    /// The 32-byte seed, to be wrapped and stored.
    #[must_use]
    pub fn secret(&self) -> &Clear32 {
        &self.seed
    }

    /// `Ed25519.sign(seed, message)`: 64 bytes, the same for the same message.
    ///
    /// # Errors
    /// [`SealError::Library`], which does not happen.
    pub fn sign(&self, message: &[u8]) -> Result<[u8; 64], SealError> {
        let signature = self.pair.try_sign(message).map_err(|_| SealError::Library)?;
        signature.as_ref().try_into().map_err(|_| SealError::Library)
    }

    /// The public key, for whoever verifies.
    #[must_use]
    pub fn public(&self) -> [u8; 32] {
        self.public
    }
}

/// The public key that verifies log checkpoints.
pub struct LogVerifier(ParsedPublicKey);

impl LogVerifier {
    /// # Errors
    /// [`SealError::BadKey`] if the bytes are no public key.
    pub fn new(public: &[u8; 32]) -> Result<Self, SealError> {
        ParsedPublicKey::new(&ED25519, public).map(Self).map_err(|_| SealError::BadKey)
    }

    /// `Ed25519.verify(public, message, signature)`.
    ///
    /// # Errors
    /// [`SealError::Signature`].
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), SealError> {
        self.0.verify_sig(message, signature).map_err(|_| SealError::Signature)
    }
}
