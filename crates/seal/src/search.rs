//! Blind tokens: how an index or a log finds a word without holding it.
//!
//! A token is a keyed hash, cut short. Whoever holds the index but not the key can't compute the
//! token of a word. He still sees how often each token occurs, which tokens occur together, and
//! whether two rows share one: `docs/cryptography.md` says what follows from that.
//!
//! Words are taken as they come: the caller folds case and accents first. The first byte of each
//! message keeps the uses apart, so that a token of one kind never equals one of another by
//! construction.

use std::fmt;

use aws_lc_rs::hmac::{Context, HMAC_SHA256, Key, Tag};

use crate::{CategoryId, Clear, Clear32, Random, SealError};

/// First byte of the message: words of texts.
const WORD: u8 = 0x01;
/// First byte of the message: whole identifiers.
const LOOKUP: u8 = 0x02;
/// First byte of the message: words of queries in the access log.
const LOG_WORD: u8 = 0x03;

/// The first 64 bits of a keyed hash. Two words share one with a chance of 2^-64; an index that
/// must be exact verifies by opening.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlindToken(pub u64);

impl BlindToken {
    /// The same 64 bits as a signed number, for databases that have no unsigned one.
    #[must_use]
    pub const fn to_i64(self) -> i64 {
        self.0.cast_signed()
    }

    /// The inverse of [`to_i64`](Self::to_i64).
    #[must_use]
    pub const fn from_i64(bits: i64) -> Self {
        Self(bits.cast_unsigned())
    }

    fn of(tag: &Tag) -> Self {
        Self(u64::from_be_bytes(first_bytes(tag)))
    }
}

/// Without the bits: a token in a log could be looked up in the index.
impl fmt::Debug for BlindToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BlindToken(…)")
    }
}

/// The first `N` bytes of a tag of 32.
fn first_bytes<const N: usize>(tag: &Tag) -> [u8; N] {
    const { assert!(N <= 32) };
    let mut out = [0; N];
    for (to, from) in out.iter_mut().zip(tag.as_ref()) {
        *to = *from;
    }
    out
}

/// The search key of a domain: 256 random bits, replaced only when everything is indexed anew.
pub struct SearchKey {
    secret: Clear32,
    key: Key,
}

impl SearchKey {
    /// A new random key.
    ///
    /// # Errors
    /// [`SealError::Random`].
    pub fn generate(rng: &dyn Random) -> Result<Self, SealError> {
        Clear32::random(rng).map(Self::from_key)
    }

    /// The key as it was stored under [`DomainKey::wrap_secret`](crate::DomainKey::wrap_secret).
    ///
    /// # Errors
    /// [`SealError::BadKey`] unless there are exactly 32 bytes.
    pub fn from_secret(secret: Clear) -> Result<Self, SealError> {
        Clear32::try_from(secret).map(Self::from_key)
    }

    fn from_key(secret: Clear32) -> Self {
        let key = Key::new(HMAC_SHA256, secret.expose());
        Self { secret, key }
    }

    /// What to wrap and store.
    #[must_use]
    pub fn secret(&self) -> &Clear32 {
        &self.secret
    }

    /// First 64 bits of `HMAC-SHA-256(key, 0x01 ‖ category ‖ word)`.
    ///
    /// The same word has another token in each category, so that rows of categories that a person
    /// may not see are never even looked at.
    #[must_use]
    pub fn token(&self, category: CategoryId, word: &str) -> BlindToken {
        let mut mac = Context::with_key(&self.key);
        mac.update(&[WORD, category.get()]);
        mac.update(word.as_bytes());
        BlindToken::of(&mac.sign())
    }

    /// First 128 bits of `HMAC-SHA-256(key, 0x02 ‖ length of kind (8) ‖ kind ‖ value)`: a whole
    /// identifier, for lookups by equality.
    #[must_use]
    pub fn lookup(&self, kind: &str, normalised: &str) -> [u8; 16] {
        let len = kind.len() as u64;
        let mut mac = Context::with_key(&self.key);
        mac.update(&[LOOKUP]);
        mac.update(&len.to_be_bytes());
        mac.update(kind.as_bytes());
        mac.update(normalised.as_bytes());
        first_bytes(&mac.sign())
    }
}

/// The key for words of queries in the access log. A new random one is made each month; destroying
/// an old one ends what can be learnt from that month's tokens.
pub struct LogTokenKey {
    secret: Clear32,
    key: Key,
}

impl LogTokenKey {
    /// A new random key.
    ///
    /// # Errors
    /// [`SealError::Random`].
    pub fn generate(rng: &dyn Random) -> Result<Self, SealError> {
        Clear32::random(rng).map(Self::from_key)
    }

    /// The key as it was stored under [`DomainKey::wrap_secret`](crate::DomainKey::wrap_secret).
    ///
    /// # Errors
    /// [`SealError::BadKey`] unless there are exactly 32 bytes.
    pub fn from_secret(secret: Clear) -> Result<Self, SealError> {
        Clear32::try_from(secret).map(Self::from_key)
    }

    fn from_key(secret: Clear32) -> Self {
        let key = Key::new(HMAC_SHA256, secret.expose());
        Self { secret, key }
    }

    /// What to wrap and store.
    #[must_use]
    pub fn secret(&self) -> &Clear32 {
        &self.secret
    }

    /// First 64 bits of `HMAC-SHA-256(key, 0x03 ‖ month (4) ‖ word)`. `month` is whatever counts the
    /// caller's months; it keeps months apart even if a key was kept too long.
    #[must_use]
    pub fn log_token(&self, month: u32, word: &str) -> BlindToken {
        let mut mac = Context::with_key(&self.key);
        mac.update(&[LOG_WORD]);
        mac.update(&month.to_be_bytes());
        mac.update(word.as_bytes());
        BlindToken::of(&mac.sign())
    }
}
