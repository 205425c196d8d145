//! The key of a domain: it wraps record keys and a few secrets, and never seals a value itself.
//!
//! A domain has one key in each version. Rotation makes a new version and wraps the record keys
//! anew ([`DomainKey::rewrap_row`]); no value is touched. The domain key in turn is wrapped by a
//! root key, which a [`KeyProvider`] holds.
//!
//! *How many wraps.* Nonces are random here too: NIST SP 800-38D (8.3) allows 2^32 uses of a key. A
//! `DomainKey` in memory stops at [`MAX_WRAPS`] = 2^30, where the chance of a collision is 2^-37.
//! The count starts anew with each process; whoever runs an installation with hundreds of millions
//! of record keys gives the count of rows at start ([`DomainKey::count_from`]) and rotates in time.

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::aead::{Gcm, NONCE, TAG};
use crate::layout::{SECRET_V1, entry_aad, secret_aad};
use crate::record_key::Owner;
use crate::{
    CategoryId, Clear, Clear32, Entries, Entry, KeyProvider, ProviderError, Random, RecordId,
    RecordKey, SealError, StoreId, WrapContext, Wrapped,
};

/// How often one `DomainKey` in memory may wrap: 2^30.
pub const MAX_WRAPS: u32 = 1 << 30;
/// The longest secret that may be wrapped, in bytes.
pub const MAX_SECRET: usize = 4096;

/// Format byte and version of the domain key.
const SECRET_HEADER: usize = 5;

/// One version of a domain's 256-bit key, with its key schedule. Zeroed on drop.
pub struct DomainKey {
    version: u32,
    key: Clear32,
    gcm: Gcm,
    wraps: AtomicU32,
}

/// Without the key.
impl fmt::Debug for DomainKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DomainKey(version {})", self.version)
    }
}

impl DomainKey {
    /// A new random key with this version number.
    ///
    /// # Errors
    /// [`SealError::Random`].
    pub fn generate(rng: &dyn Random, version: u32) -> Result<Self, SealError> {
        Self::from_key(version, Clear32::random(rng)?)
    }

    /// A key that came from elsewhere: imported material, a provider's answer.
    ///
    /// # Errors
    /// [`SealError::Library`], which does not happen with 32 bytes.
    pub fn from_key(version: u32, key: Clear32) -> Result<Self, SealError> {
        let gcm = Gcm::new(&key)?;
        Ok(Self { version, key, gcm, wraps: AtomicU32::new(0) })
    }

    /// The version number.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.version
    }

    /// How often it has wrapped since it came into memory, plus what
    /// [`count_from`](Self::count_from) said.
    #[must_use]
    pub fn wraps(&self) -> u32 {
        self.wraps.load(Ordering::Relaxed)
    }

    /// Starts the count of wraps at a stored figure, at least: it never goes down.
    pub fn count_from(&self, wraps: u32) {
        self.wraps.fetch_max(wraps, Ordering::Relaxed);
    }

    /// Has the provider wrap this key: `root.wrap(0x21 ‖ store ‖ domain ‖ version, key)`.
    ///
    /// # Errors
    /// Whatever the provider says.
    pub async fn wrap_under(
        &self,
        provider: &dyn KeyProvider,
        store: StoreId,
        domain: u32,
    ) -> Result<Wrapped, ProviderError> {
        let context = WrapContext { store, domain, version: self.version };
        provider.wrap(&context, self.key.expose()).await
    }

    /// Has the provider unwrap a domain key.
    ///
    /// # Errors
    /// Whatever the provider says.
    pub async fn unwrap_with(
        provider: &dyn KeyProvider,
        context: &WrapContext,
        wrapped: &Wrapped,
    ) -> Result<Self, ProviderError> {
        let key = provider.unwrap(context, wrapped).await?;
        Self::from_key(context.version, key).map_err(|_| ProviderError::Corrupt)
    }

    /// `category ‖ key id ‖ nonce ‖ AES-256-GCM(domain key, nonce, aad, record key)` with
    /// `aad = 0x11 ‖ store ‖ domain ‖ domain key version ‖ noun ‖ record id ‖ category ‖ key id`.
    ///
    /// # Errors
    /// [`SealError::WrongPlace`] if the key is another record's or category's;
    /// [`SealError::Exhausted`] after [`MAX_WRAPS`]; [`SealError::Random`].
    pub fn wrap_record(
        &self,
        rng: &dyn Random,
        store: StoreId,
        domain: u32,
        record: RecordId,
        category: CategoryId,
        key: &RecordKey,
    ) -> Result<Entry, SealError> {
        key.claim(Owner { store, record, category })?;
        self.count_wrap()?;
        let aad = entry_aad(self.context(store, domain), record, category, key.id());
        let mut sealed = Vec::with_capacity(NONCE + 32 + TAG);
        self.gcm.seal_append(rng, &aad, key.key().expose(), &mut sealed)?;
        Entry::assemble(category, key.id(), &sealed)
    }

    /// The inverse of [`wrap_record`](Self::wrap_record).
    ///
    /// # Errors
    /// [`SealError::WrongKey`] if the entry is another category's; [`SealError::Refused`] if it was
    /// changed, belongs to another record, domain or store, or was wrapped by another key.
    pub fn unwrap_record(
        &self,
        store: StoreId,
        domain: u32,
        record: RecordId,
        category: CategoryId,
        entry: &Entry,
    ) -> Result<RecordKey, SealError> {
        if entry.category() != category {
            return Err(SealError::WrongKey);
        }
        let id = entry.key_id();
        let aad = entry_aad(self.context(store, domain), record, category, id);
        let key = RecordKey::from_key(id, self.gcm.open_key(&aad, entry.sealed())?)?;
        key.claim(Owner { store, record, category })?;
        Ok(key)
    }

    /// Wraps a record key and puts it into the record's row; gives back the entry that it replaced.
    ///
    /// # Errors
    /// [`SealError::WrongVersion`] if the row belongs to another version of the domain key, and as
    /// [`wrap_record`](Self::wrap_record).
    pub fn put_record_key(
        &self,
        rng: &dyn Random,
        store: StoreId,
        record: RecordId,
        category: CategoryId,
        key: &RecordKey,
        row: &mut Entries,
    ) -> Result<Option<Entry>, SealError> {
        self.check_version(row)?;
        let entry = self.wrap_record(rng, store, row.domain(), record, category, key)?;
        Ok(row.put(entry))
    }

    /// Unwraps the key of a category from the record's row.
    ///
    /// # Errors
    /// [`SealError::WrongVersion`]; [`SealError::NoKey`] if the row has none for the category; and
    /// as [`unwrap_record`](Self::unwrap_record).
    pub fn record_key(
        &self,
        store: StoreId,
        record: RecordId,
        category: CategoryId,
        row: &Entries,
    ) -> Result<RecordKey, SealError> {
        self.check_version(row)?;
        let entry = row.get(category).ok_or(SealError::NoKey)?;
        self.unwrap_record(store, row.domain(), record, category, entry)
    }

    /// Rotation of one row: every key unwrapped by `old` and wrapped by this version. Key ids and
    /// keys stay, so that no value is touched. All or nothing.
    ///
    /// # Errors
    /// [`SealError::WrongVersion`] if the row is not `old`'s, [`SealError::Refused`] if an entry
    /// does not open, [`SealError::Exhausted`], [`SealError::Random`].
    pub fn rewrap_row(
        &self,
        rng: &dyn Random,
        store: StoreId,
        record: RecordId,
        old: &Self,
        row: &Entries,
    ) -> Result<Entries, SealError> {
        old.check_version(row)?;
        let mut fresh = Entries::new(row.domain(), self.version);
        let mut sealed = Vec::with_capacity(NONCE + 32 + TAG);
        for entry in row.iter() {
            let (category, id) = (entry.category(), entry.key_id());
            let aad = entry_aad(old.context(store, row.domain()), record, category, id);
            let key = old.gcm.open_key(&aad, entry.sealed())?;
            self.count_wrap()?;
            let aad = entry_aad(self.context(store, row.domain()), record, category, id);
            sealed.clear();
            self.gcm.seal_append(rng, &aad, key.expose(), &mut sealed)?;
            fresh.put(Entry::assemble(category, id, &sealed)?);
        }
        Ok(fresh)
    }

    /// `0x12 ‖ version ‖ nonce ‖ AES-256-GCM(domain key, nonce, aad, secret)` with
    /// `aad = 0x12 ‖ store ‖ domain ‖ domain key version ‖ label`.
    ///
    /// The label says what the secret is for (`"search"`, `"log-signing"`); a secret opens under
    /// its own label only.
    ///
    /// # Errors
    /// [`SealError::TooLong`] above [`MAX_SECRET`], [`SealError::Exhausted`],
    /// [`SealError::Random`].
    pub fn wrap_secret(
        &self,
        rng: &dyn Random,
        store: StoreId,
        domain: u32,
        label: &str,
        secret: &[u8],
    ) -> Result<Vec<u8>, SealError> {
        if secret.len() > MAX_SECRET {
            return Err(SealError::TooLong);
        }
        self.count_wrap()?;
        let mut out = Vec::with_capacity(SECRET_HEADER + NONCE + secret.len() + TAG);
        out.push(SECRET_V1);
        out.extend_from_slice(&self.version.to_be_bytes());
        let aad = secret_aad(self.context(store, domain), label);
        self.gcm.seal_append(rng, &aad, secret, &mut out)?;
        Ok(out)
    }

    /// The inverse of [`wrap_secret`](Self::wrap_secret).
    ///
    /// # Errors
    /// [`SealError::Truncated`], [`SealError::TooLong`], [`SealError::Format`];
    /// [`SealError::WrongVersion`] if another version of the domain key wrapped it;
    /// [`SealError::Refused`] if it was changed or is wrapped for another label, domain or store.
    pub fn unwrap_secret(
        &self,
        store: StoreId,
        domain: u32,
        label: &str,
        wrapped: &[u8],
    ) -> Result<Clear, SealError> {
        if Self::secret_version_of(wrapped)? != self.version {
            return Err(SealError::WrongVersion);
        }
        let body = wrapped.get(SECRET_HEADER..).ok_or(SealError::Truncated)?;
        let len = body.len().checked_sub(NONCE + TAG).ok_or(SealError::Truncated)?;
        if len > MAX_SECRET {
            return Err(SealError::TooLong);
        }
        let mut secret = Clear::empty();
        let aad = secret_aad(self.context(store, domain), label);
        self.gcm.open(&aad, body, secret.reset(len))?;
        Ok(secret)
    }

    /// The version of the domain key that wrapped a secret, from its header.
    ///
    /// # Errors
    /// [`SealError::Truncated`], [`SealError::Format`].
    pub fn secret_version_of(wrapped: &[u8]) -> Result<u32, SealError> {
        let (header, _) =
            wrapped.split_first_chunk::<SECRET_HEADER>().ok_or(SealError::Truncated)?;
        let [format, version @ ..] = *header;
        if format == SECRET_V1 { Ok(u32::from_be_bytes(version)) } else { Err(SealError::Format) }
    }

    fn context(&self, store: StoreId, domain: u32) -> WrapContext {
        WrapContext { store, domain, version: self.version }
    }

    fn check_version(&self, row: &Entries) -> Result<(), SealError> {
        if row.version() == self.version { Ok(()) } else { Err(SealError::WrongVersion) }
    }

    fn count_wrap(&self) -> Result<(), SealError> {
        self.wraps
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| {
                (n < MAX_WRAPS).then_some(n + 1)
            })
            .map(|_| ())
            .map_err(|_| SealError::Exhausted)
    }
}
