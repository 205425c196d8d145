//! API tokens: shown once, stored hashed.
//!
//! A token is 256 random bits, so that a plain SHA-256 of it can be neither reversed nor guessed;
//! no salt and no slow hash are needed, unlike for passwords.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};

use crate::{Clear32, Random, SealError};

/// 256 random bits; how they are spelled is the caller's affair.
///
/// # Errors
/// [`SealError::Random`].
pub fn random_token(rng: &dyn Random) -> Result<Clear32, SealError> {
    Clear32::random(rng)
}

/// `SHA-256(token)`, what is stored.
#[must_use]
pub fn hash_token(token: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest(&SHA256, token).as_ref());
    out
}

/// Whether `token` is the one that was stored as `hash`, in constant time.
#[must_use]
pub fn token_matches(token: &[u8], hash: &[u8; 32]) -> bool {
    verify_slices_are_equal(&hash_token(token), hash).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PooledRandom;

    #[test]
    fn the_hash_is_sha_256() {
        // FIPS 180-2, B.1.
        let hex: String = hash_token(b"abc").iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn a_token_matches_its_own_hash_only() {
        let (a, b) = (random_token(&PooledRandom).unwrap(), random_token(&PooledRandom).unwrap());
        assert!(token_matches(a.expose(), &hash_token(a.expose())));
        assert!(!token_matches(b.expose(), &hash_token(a.expose())));
    }
}
