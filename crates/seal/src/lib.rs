//! Envelope encryption: everything that Riserbo keeps about a customer is sealed here and nowhere
//! else.
//!
//! ```text
//! root key      at the customer (`KeyProvider`: key file, later PKCS#11, AWS KMS …); versions
//!  └ domain key      `DomainKey`, 256 bit, random, wrapped by the root key; versions
//!     ├ secrets      search key, log signing key …, wrapped by the domain key under a label
//!     └ record key   `RecordKey`, one for each (record, category), wrapped by the domain key
//!        └ value     AES-256-GCM, random 96-bit nonce, bound to its `Place`
//! ```
//!
//! *What it is.* A small set of types with one job each. A value is sealed under the key of its
//! record and category and bound to the place where it belongs, so that bytes which are moved,
//! swapped or changed are refused. Destroying a record key destroys what it sealed: redaction,
//! expiry and erasure rest on that and on [`replace_key`].
//!
//! *What it is not.* It has no store, no policy and no clock, and but for the key file provider it
//! does no I/O. It decides nothing about who may open what. It does not hide how long a value is,
//! and it cannot see that a whole key row was put back to an older state: the key store answers
//! for that.
//!
//! Cryptography is aws-lc-rs alone (argon2 for passphrases, which aws-lc-rs has not). The doc line
//! of each function is its formula; `docs/cryptography.md` tells the whole.

mod aead;
mod api_token;
mod clear;
mod domain_key;
mod entries;
mod error;
mod ids;
mod layout;
mod log_signer;
pub mod provider;
mod random;
mod record_key;
mod replace;
mod search;
#[cfg(test)]
mod vectors;
#[cfg(test)]
mod wycheproof_tests;

pub use api_token::{hash_token, random_token, token_matches};
pub use clear::{Clear, Clear32};
pub use domain_key::{DomainKey, MAX_SECRET, MAX_WRAPS};
pub use entries::{Entries, Entry, MAX_ENTRIES, WRAPPED_ENTRY};
pub use error::SealError;
pub use ids::{CategoryId, FieldId, KeyId, Place, RecordId, StoreId};
pub use log_signer::{LogSigner, LogVerifier};
pub use provider::{
    KeyProvider, ProviderError, ProviderFuture, ProviderInfo, RootKey, WrapContext, Wrapped,
};
#[cfg(any(test, feature = "test-util"))]
pub use random::SeededRandom;
pub use random::{PooledRandom, Random, SystemRandom};
pub use record_key::{MAX_PLAIN, MAX_SEALS, RecordKey, SEAL_OVERHEAD, key_id_of};
pub use replace::{Moved, replace_key, replace_key_moving};
pub use search::{BlindToken, LogTokenKey, SearchKey};
