//! Checkpoints: the signed heads of the tree (C2SP tlog-checkpoint inside a C2SP signed-note).
//!
//! The origin line and the name of the key are the same string. So a verifier key alone, which
//! carries the name, tells which log a checkpoint must come from: a checkpoint of another shard
//! of the same house, signed by the same secret under another name, is refused.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use signed_note::{
    Note, Signer, StandardVerifier, VerificationError, Verifier, Verifiers, is_key_name_valid,
    key_id,
};

use crate::hash::Hash;
use crate::object::MAX_SIZE;

/// The signature type of Ed25519 in a verifier key (C2SP signed-note).
const ED25519: u8 = 1;

/// Why a checkpoint or a key was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// Not a signed note, or its text is not a checkpoint.
    #[error("it is not a well-formed checkpoint")]
    Malformed,
    /// No signature by a known key, or a wrong one.
    #[error("its signature is not by the log's key")]
    Signature,
    /// A true signature over another log's head.
    #[error("it belongs to another log")]
    Origin,
    /// The signer refused.
    #[error("the signer failed")]
    Signer,
    /// A verifier key that can't be read.
    #[error("the verifier key is malformed, or names differ within it")]
    Key,
}

/// The public side of a log: its origin and the keys that may sign its checkpoints.
#[derive(Clone)]
pub struct VerifierKey {
    origin: String,
    text: String,
    keys: Vec<StandardVerifier>,
}

impl VerifierKey {
    /// Reads verifier keys (`name+id+base64`, C2SP signed-note), one a line. Several keys are
    /// for a log whose signing key was replaced; all must carry the same name.
    ///
    /// # Errors
    /// [`CheckpointError::Key`] if there is none, one is malformed, two are equal or names differ.
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        let mut keys: Vec<StandardVerifier> = Vec::new();
        let mut lines = Vec::new();
        for line in text.split_ascii_whitespace() {
            let key = StandardVerifier::new(line).map_err(|_| CheckpointError::Key)?;
            if keys.iter().any(|k| k.name() != key.name() || k.key_id() == key.key_id()) {
                return Err(CheckpointError::Key);
            }
            keys.push(key);
            lines.push(line);
        }
        let origin = keys.first().ok_or(CheckpointError::Key)?.name().to_owned();
        Ok(Self { origin, text: lines.join("\n"), keys })
    }

    /// The verifier key of the Ed25519 public key `public` for the log `origin`.
    ///
    /// # Errors
    /// [`CheckpointError::Key`] if `origin` can't be a key name (empty, white space, `+`) or
    /// `public` is no point of the curve.
    pub fn from_public(origin: &str, public: &[u8; 32]) -> Result<Self, CheckpointError> {
        if !is_key_name_valid(origin) {
            return Err(CheckpointError::Key);
        }
        let mut key = vec![ED25519];
        key.extend_from_slice(public);
        let id = key_id(origin, &key);
        Self::parse(&format!("{origin}+{id:08x}+{}", BASE64_STANDARD.encode(&key)))
    }

    /// The log's origin line, which is also the name of its keys.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The id of the first key (C2SP signed-note).
    pub(crate) fn key_id(&self) -> u32 {
        self.keys.first().map_or(0, StandardVerifier::key_id)
    }

    /// Checks a signed checkpoint and reads it.
    ///
    /// # Errors
    /// Which of form, signature and origin is wrong.
    pub fn open(&self, signed: &[u8]) -> Result<Checkpoint, CheckpointError> {
        self.head(&self.open_note(signed)?)
    }

    /// Reads a checkpoint without looking at its signature.
    pub(crate) fn peek(&self, signed: &[u8]) -> Result<Checkpoint, CheckpointError> {
        let note = Note::from_bytes(signed).map_err(|_| CheckpointError::Malformed)?;
        self.head(note.text())
    }

    fn head(&self, text: &[u8]) -> Result<Checkpoint, CheckpointError> {
        let head =
            tlog_tiles::Checkpoint::from_bytes(text).map_err(|_| CheckpointError::Malformed)?;
        if head.origin() != self.origin {
            return Err(CheckpointError::Origin);
        }
        if !head.extension().is_empty() || head.size() > MAX_SIZE {
            return Err(CheckpointError::Malformed);
        }
        Ok(Checkpoint { size: head.size(), root: *head.hash() })
    }

    /// Checks a signed note of the log and returns its text.
    pub(crate) fn open_note(&self, signed: &[u8]) -> Result<Vec<u8>, CheckpointError> {
        let note = Note::from_bytes(signed).map_err(|_| CheckpointError::Malformed)?;
        if note.to_bytes() != signed {
            return Err(CheckpointError::Malformed);
        }
        note.verify(self).map_err(|_| CheckpointError::Signature)?;
        Ok(note.text().to_vec())
    }
}

impl std::fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("VerifierKey").field(&self.text).finish()
    }
}

impl std::fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl Verifiers for VerifierKey {
    fn verifier(&self, name: &str, id: u32) -> Result<&dyn Verifier, VerificationError> {
        self.keys
            .iter()
            .find(|key| key.name() == name && key.key_id() == id)
            .map(|key| key as &dyn Verifier)
            .ok_or_else(|| VerificationError::UnknownKey { name: name.to_owned(), id })
    }
}

/// A head of the tree, checked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Checkpoint {
    /// Number of entries.
    pub size: u64,
    /// Root hash over them (RFC 6962 section 2.1).
    pub root: Hash,
}

impl Checkpoint {
    /// Signs the head for the log whose origin is the signer's name.
    ///
    /// # Errors
    /// [`CheckpointError::Signer`] if the signer fails, [`CheckpointError::Key`] if its name is
    /// no valid key name.
    pub fn sign(&self, signer: &dyn Signer) -> Result<Vec<u8>, CheckpointError> {
        let head = tlog_tiles::Checkpoint::new(signer.name(), self.size, self.root, "")
            .map_err(|_| CheckpointError::Key)?;
        sign_note(&head.to_bytes(), signer)
    }
}

/// Signs `text` as a note of the log.
pub(crate) fn sign_note(text: &[u8], signer: &dyn Signer) -> Result<Vec<u8>, CheckpointError> {
    if !is_key_name_valid(signer.name()) {
        return Err(CheckpointError::Key);
    }
    let mut note = Note::new(text, &[]).map_err(|_| CheckpointError::Malformed)?;
    note.add_sigs(&[signer]).map_err(|_| CheckpointError::Signer)?;
    Ok(note.to_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testkit::{
        ORIGIN, PUBLIC, SECOND_PUBLIC, key, other_signer, public, second_signer, signer,
    };

    fn head() -> Checkpoint {
        Checkpoint { size: 7, root: crate::leaf_hash(b"root") }
    }

    #[test]
    fn a_signed_head_opens_and_every_changed_byte_closes_it() {
        let signed = head().sign(&signer()).unwrap();
        assert_eq!(key().open(&signed), Ok(head()));
        assert!(signed.starts_with(format!("{ORIGIN}\n7\n").as_bytes()));
        for at in 0..signed.len() {
            for bit in 0..8 {
                let mut bad = signed.clone();
                bad[at] ^= 1 << bit;
                assert!(key().open(&bad).is_err(), "byte {at}, bit {bit}");
            }
        }
    }

    #[test]
    fn keys_of_other_logs_and_secrets_sign_nothing_here() {
        for foreign in [other_signer(), second_signer()] {
            let signed = head().sign(&foreign).unwrap();
            assert_eq!(key().open(&signed), Err(CheckpointError::Signature));
        }
    }

    #[test]
    fn after_a_key_was_replaced_both_open() {
        let both = VerifierKey::parse(&format!("{PUBLIC}\n{SECOND_PUBLIC}\n")).unwrap();
        for signer in [signer(), second_signer()] {
            assert_eq!(both.open(&head().sign(&signer).unwrap()), Ok(head()));
        }
        assert_eq!(both.to_string().lines().count(), 2);
    }

    #[test]
    fn malformed_keys_are_refused() {
        let other = PUBLIC.replace("log/0", "log/1");
        for bad in ["", "a+b+c", &other, &format!("{PUBLIC} {PUBLIC}")] {
            assert_eq!(VerifierKey::parse(bad).err(), Some(CheckpointError::Key), "{bad}");
        }
        assert!(VerifierKey::from_public("two words", &[0; 32]).is_err());
    }

    #[test]
    fn a_verifier_key_is_made_from_its_public_half() {
        assert_eq!(VerifierKey::from_public(ORIGIN, &public()).unwrap().to_string(), PUBLIC);
    }
}
