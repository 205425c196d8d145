//! The log's signing key, as the ledger wants it.

use std::sync::Arc;

use ledger::VerifierKey;
use seal::LogSigner;

use super::keyring::Keyring;
use crate::error::{Error, Result};

/// Signs checkpoints with the key that is kept in the domain `log`.
struct Signer {
    origin: String,
    id: u32,
    key: Arc<LogSigner>,
}

impl signed_note::Signer for Signer {
    fn name(&self) -> &str {
        &self.origin
    }

    fn key_id(&self) -> u32 {
        self.id
    }

    fn sign(&self, message: &[u8]) -> std::result::Result<Vec<u8>, signature::Error> {
        self.key.sign(message).map(|s| s.to_vec()).map_err(|_| signature::Error::new())
    }
}

/// The log's origin line.
#[must_use]
pub fn origin(keys: &Keyring) -> String {
    format!("riserbo/{}/log/0", hex::encode(keys.store().0))
}

/// The signer, the verifier key that anybody may have, and the origin.
pub fn of(keys: &Keyring) -> Result<(Box<dyn signed_note::Signer + Send>, String, String)> {
    let origin = origin(keys);
    let key = keys.log_signer();
    let public = key.public();
    let verifier = VerifierKey::from_public(&origin, &public)
        .map_err(|_| Error::Setup(String::from("the log's public key can't be written")))?;
    // Algorithm byte 1 is Ed25519 (C2SP signed-note).
    let mut material = vec![1u8];
    material.extend_from_slice(&public);
    let id = signed_note::key_id(&origin, &material);
    let vkey = verifier.to_string();
    Ok((Box::new(Signer { origin: origin.clone(), id, key }), vkey, origin))
}
