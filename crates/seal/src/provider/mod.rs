//! Where root keys live: the trait, what is asked of it and what may go wrong.
//!
//! A provider wraps and unwraps domain keys (32 bytes) and does nothing else, so that a root key
//! never has to leave where it is: a file here, a PKCS#11 token, a cloud's key service. Calls are
//! asynchronous, since most providers are at the other end of a network, and the trait is object
//! safe, since an installation may use several at once.
//!
//! *Adding a key source.* One file in this folder. It authenticates [`WrapContext::aad`] (or, where
//! the service wants names and values, [`WrapContext::pairs`]) with the key; it sets its own
//! timeouts, and answers with a [`ProviderError`] that is true: `Denied` closes a domain, while
//! `Unreachable`, `Timeout` and `Throttled` are worth another try.

mod file;
mod file_format;
mod passphrase;
mod root;

use std::fmt;
use std::future::Future;
use std::pin::Pin;

pub use file::{KeyFile, KeyFileError, KeyFileProblem};
pub use passphrase::{MIN_PASSPHRASE, PassphraseParams};
pub use root::RootKey;

use crate::layout::root_aad;
use crate::{Clear32, StoreId};

/// What a provider's call gives: a future that may move between threads.
pub type ProviderFuture<'a, T> =
    Pin<Box<dyn Future<Output = Result<T, ProviderError>> + Send + 'a>>;

/// A holder of root keys. Implementations are shared between tasks and never print key material.
pub trait KeyProvider: Send + Sync {
    /// The name under which the configuration knows this provider; stored beside what it wrapped.
    fn id(&self) -> &str;

    /// What to show the key admin about it. No secret, no call to the outside.
    fn describe(&self) -> ProviderInfo;

    /// Wraps a 256-bit key under the current version of the root key, bound to its context.
    fn wrap<'a>(
        &'a self,
        context: &'a WrapContext,
        key: &'a [u8; 32],
    ) -> ProviderFuture<'a, Wrapped>;

    /// Unwraps what [`wrap`](Self::wrap) made for this context, under whichever version of the root
    /// key wrapped it.
    fn unwrap<'a>(
        &'a self,
        context: &'a WrapContext,
        wrapped: &'a Wrapped,
    ) -> ProviderFuture<'a, Clear32>;
}

/// Which domain key is wrapped. It is authenticated with the key: a wrapped key that is carried
/// into another installation, domain or version does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrapContext {
    /// The installation.
    pub store: StoreId,
    /// The key domain.
    pub domain: u32,
    /// The version of the domain key.
    pub version: u32,
}

impl WrapContext {
    /// `0x21 ‖ store id ‖ domain ‖ domain key version`: associated data for providers that take
    /// bytes (PKCS#11's `CKM_AES_GCM`, key files).
    #[must_use]
    pub fn aad(&self) -> [u8; 25] {
        root_aad(*self)
    }

    /// The same as names and values, for services that take an encryption context (AWS KMS). The
    /// service logs it in clear: it holds ids only.
    #[must_use]
    pub fn pairs(&self) -> [(&'static str, String); 3] {
        let store = self.store.0.iter().map(|b| format!("{b:02x}")).collect();
        [
            ("riserbo:store", store),
            ("riserbo:domain", self.domain.to_string()),
            ("riserbo:version", self.version.to_string()),
        ]
    }
}

/// A domain key wrapped by a root key, as it is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Wrapped {
    /// The provider's bytes, its own format; at most 8 KiB.
    pub bytes: Vec<u8>,
    /// The version of the root key that wrapped it, in the provider's counting.
    pub root_version: u32,
}

/// Without the bytes: a copy in a log would outlive their destruction.
impl fmt::Debug for Wrapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Wrapped({} bytes, root version {})", self.bytes.len(), self.root_version)
    }
}

/// What the key page shows about a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderInfo {
    /// Kind of provider: `"key-file"`, `"pkcs11"`, `"aws-kms"`…
    pub kind: &'static str,
    /// Where the root key is: a path, a token's label, a key's ARN. Not a secret.
    pub location: String,
    /// The version that wraps now.
    pub root_version: u32,
    /// Whether the root key's bytes never leave the provider.
    pub key_stays_inside: bool,
    /// Whether a passphrase is needed to use it.
    pub passphrase: bool,
}

/// Why a provider did not wrap or unwrap. Each message says what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProviderError {
    /// No connection.
    #[error("the key provider can't be reached: check network, address and that it is running")]
    Unreachable,
    /// No answer in time.
    #[error("the key provider did not answer in time: check its load, or raise the timeout")]
    Timeout,
    /// Too many requests.
    #[error("the key provider asks to slow down: wait, or raise its request quota")]
    Throttled,
    /// The credentials may not use the key.
    #[error("the key provider refused access: check the credentials and the key's policy")]
    Denied,
    /// The key is disabled or scheduled for deletion at the provider.
    #[error("the root key is disabled at the provider: enable it there to open its data again")]
    Disabled,
    /// The wrapped key belongs to another root key, or to a version that is gone.
    #[error(
        "wrapped by another root key: point the configuration to the root key (and version) that \
         this store was made with, or restore it from its copy"
    )]
    WrongKey,
    /// The right root key, but the bytes or their context do not authenticate.
    #[error(
        "the wrapped key was changed or belongs to another domain or installation: restore the \
         key store from its backup"
    )]
    Corrupt,
    /// The provider can't do what was asked of it.
    #[error("the key provider does not support this operation: check its version and key type")]
    Unsupported,
    /// The machine gave no randomness.
    #[error("no randomness to be had from the operating system: nothing was wrapped")]
    Random,
}

impl ProviderError {
    /// Whether the same call may succeed a little later, without anyone doing anything.
    #[must_use]
    pub const fn is_transient(self) -> bool {
        matches!(self, Self::Unreachable | Self::Timeout | Self::Throttled)
    }
}
