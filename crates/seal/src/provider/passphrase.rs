//! A passphrase in front of the root key: argon2id makes a key from it, and that key seals the root
//! key in its file.
//!
//! The passphrase unlocks a random root key and is not one itself, so that it can be changed without
//! wrapping anything anew. Parameters and salt stand in the file and are authenticated with the
//! sealed key. What a passphrase is worth against someone who has the file is its own strength times
//! the cost of one argon2id: the product checks the strength.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use zeroize::Zeroize;

use crate::aead::Gcm;
use crate::{Clear, Clear32, Random, SealError};

/// The shortest passphrase taken, in bytes.
pub const MIN_PASSPHRASE: usize = 12;

/// First byte of the associated data of a root key sealed by a passphrase.
const PASSPHRASE_V1: u8 = 0x31;

/// The cost of one try at a passphrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PassphraseParams {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

impl PassphraseParams {
    /// 64 MiB, 3 passes, 4 lanes: the second recommended choice of RFC 9106, section 4.
    pub const DEFAULT: Self = Self { memory_kib: 64 * 1024, passes: 3, lanes: 4 };
    /// 19 MiB, 2 passes, 1 lane: the least that OWASP's Password Storage Cheat Sheet recommends.
    pub const LEAST: Self = Self { memory_kib: 19 * 1024, passes: 2, lanes: 1 };

    /// Parameters within bounds: 19 MiB to 2 GiB, 2 to 64 passes, 1 to 64 lanes. The upper bounds
    /// keep a changed file from eating the machine.
    ///
    /// # Errors
    /// [`SealError::OutOfRange`].
    pub fn new(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self, SealError> {
        let memory = (Self::LEAST.memory_kib..=2 << 20).contains(&memory_kib);
        if memory && (2..=64).contains(&passes) && (1..=64).contains(&lanes) {
            Ok(Self { memory_kib, passes, lanes })
        } else {
            Err(SealError::OutOfRange)
        }
    }

    /// Memory in KiB, passes, lanes.
    #[must_use]
    pub const fn parts(&self) -> [u32; 3] {
        [self.memory_kib, self.passes, self.lanes]
    }
}

impl Default for PassphraseParams {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Parameters and salt of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lock {
    pub(crate) params: PassphraseParams,
    pub(crate) salt: [u8; 16],
}

impl Lock {
    /// A new random salt.
    pub(crate) fn generate(rng: &dyn Random, params: PassphraseParams) -> Result<Self, SealError> {
        let mut salt = [0; 16];
        rng.fill(&mut salt)?;
        Ok(Self { params, salt })
    }

    /// `argon2id(passphrase, salt, params)`, version 0x13, 32 bytes. Takes a tenth of a second and
    /// more, and the memory of its parameters, which is zeroed afterwards.
    pub(crate) fn key(&self, passphrase: &Clear) -> Result<LockKey, SealError> {
        let [memory, passes, lanes] = self.params.parts();
        let params =
            Params::new(memory, passes, lanes, Some(32)).map_err(|_| SealError::OutOfRange)?;
        let mut blocks = vec![Block::default(); params.block_count()];
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let mut key = Clear32::zeroed();
        let hashed = argon.hash_password_into_with_memory(
            passphrase.bytes(),
            &self.salt,
            key.expose_mut(),
            blocks.as_mut_slice(),
        );
        blocks.iter_mut().for_each(Zeroize::zeroize);
        hashed.map_err(|_| SealError::Library)?;
        Ok(LockKey { lock: *self, gcm: Gcm::new(&key)? })
    }
}

/// What a passphrase gives for one file.
pub(crate) struct LockKey {
    lock: Lock,
    gcm: Gcm,
}

impl LockKey {
    /// `nonce ‖ AES-256-GCM(passphrase key, nonce, aad, root key)` with
    /// `aad = 0x31 ‖ root key version ‖ memory ‖ passes ‖ lanes ‖ salt`.
    pub(crate) fn seal(
        &self,
        rng: &dyn Random,
        version: u32,
        key: &Clear32,
    ) -> Result<Vec<u8>, SealError> {
        let mut out = Vec::new();
        self.gcm.seal_append(rng, &self.aad(version), key.expose(), &mut out)?;
        Ok(out)
    }

    pub(crate) fn open(&self, version: u32, sealed: &[u8]) -> Result<Clear32, SealError> {
        self.gcm.open_key(&self.aad(version), sealed)
    }

    fn aad(&self, version: u32) -> Vec<u8> {
        let mut out = vec![PASSPHRASE_V1];
        out.extend_from_slice(&version.to_be_bytes());
        for part in self.lock.params.parts() {
            out.extend_from_slice(&part.to_be_bytes());
        }
        out.extend_from_slice(&self.lock.salt);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemRandom;

    /// What argon2id must give, from an independent implementation (Python's `cryptography`),
    /// shown through the seal of a key: a file that was locked yesterday opens today.
    #[test]
    fn a_passphrase_gives_the_key_that_other_implementations_derive() {
        let vectors = [
            (
                PassphraseParams::LEAST,
                "818259b6310026a8e0dbac5d2e6927abcfdb07b32258fac4f61b18b80f929085",
            ),
            (
                PassphraseParams::DEFAULT,
                "853b272a44db1421c02962669a55eb0994f3cab385ed1c4c79253eee19bab49e",
            ),
        ];
        for (params, derived) in vectors {
            let lock = Lock { params, salt: std::array::from_fn(|i| i as u8) };
            let passphrase = Clear::from(String::from("correct horse battery staple"));
            let locked = lock.key(&passphrase).unwrap();
            let root = Clear32::random(&SystemRandom).unwrap();
            let sealed = locked.seal(&SystemRandom, 1, &root).unwrap();
            let mut bytes = std::array::from_fn(|i| {
                let pair = derived.get(2 * i..2 * i + 2).unwrap();
                u8::from_str_radix(pair, 16).unwrap()
            });
            let mut theirs = LockKey { lock, gcm: Gcm::new(&Clear32::take(&mut bytes)).unwrap() };
            assert!(theirs.open(1, &sealed).unwrap().ct_eq(&root));
            assert!(theirs.open(2, &sealed).is_err());
            theirs.lock.salt = [0; 16];
            assert!(theirs.open(1, &sealed).is_err());
            theirs.lock = Lock { params: PassphraseParams::new(20 * 1024, 2, 1).unwrap(), ..lock };
            assert!(theirs.open(1, &sealed).is_err());
        }
    }
}
