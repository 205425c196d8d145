//! The keyring: domain keys in memory, record keys made and found.
//!
//! Domain keys are unwrapped by their provider at start and held; record keys
//! are unwrapped for one request ([`KeySet`]) and forgotten. New record keys
//! are made in a [`KeyBatch`], whose rows are in the key store *before* any
//! data sealed under them is written (DESIGN section 5, write order: keys →
//! data).

mod batch;
mod change;
mod log_tokens;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, RwLock};

use seal::{
    CategoryId, Clear, Clear32, DomainKey, Entries, FieldId, KeyId, KeyProvider, LogSigner, Place,
    Random, RecordId, RecordKey, SearchKey, StoreId, WrapContext, Wrapped,
};

pub use batch::KeyBatch;
pub use change::{Pair, Progress};

use crate::error::{Error, Result};
use crate::store::db::Db;
use crate::store::keys as rows;
use crate::store::meta;
use change::Row;

/// Ids of the domains that are built in.
pub mod domain {
    /// Staff, factors, saved searches. Can't be revoked.
    pub const SYSTEM: u32 = 1;
    /// The access log. Can't be revoked.
    pub const LOG: u32 = 2;
    /// Customers and tickets that no rule puts elsewhere.
    pub const GENERAL: u32 = 3;
}

/// A domain, open.
struct Domain {
    name: String,
    active: bool,
    keys: BTreeMap<u32, Arc<DomainKey>>,
    search: Arc<SearchKey>,
}

/// Every domain key of the store.
pub struct Keyring {
    db: Db,
    store: StoreId,
    rng: Arc<dyn Random>,
    domains: RwLock<HashMap<u32, Domain>>,
    signer: Arc<LogSigner>,
    log_tokens: log_tokens::LogTokens,
}

/// `noun << 53 | id`: the row of a record in the key store.
///
/// # Errors
/// [`Error::Invalid`] for an id outside 0..2^53.
pub fn row_of(record: RecordId) -> Result<i64> {
    if !(0..1i64 << 53).contains(&record.id) {
        return Err(Error::invalid("id", "ids lie between 0 and 2^53"));
    }
    Ok(i64::from(record.noun) << 53 | record.id)
}

/// The record of a row in the key store.
#[must_use]
pub fn record_of(row: i64) -> RecordId {
    RecordId { noun: (row >> 53) as u8, id: row & ((1 << 53) - 1) }
}

fn provider_error(error: &seal::ProviderError) -> Error {
    Error::Setup(format!("the root key can't be used: {error}"))
}

fn random_key_id(rng: &dyn Random) -> Result<KeyId> {
    let mut bytes = [0u8; 8];
    rng.fill(&mut bytes)?;
    Ok(KeyId::new(u64::from_be_bytes(bytes) >> 8)?)
}

const BUILT_IN: [(u32, &str); 3] =
    [(domain::SYSTEM, "system"), (domain::LOG, "log"), (domain::GENERAL, "general")];

impl Keyring {
    /// Opens the key store, making the built-in domains at the first start.
    pub async fn open(
        db: Db,
        store: StoreId,
        rng: Arc<dyn Random>,
        provider: &dyn KeyProvider,
        now: i64,
    ) -> Result<Keyring> {
        if rows::domains(&db).await?.is_empty() {
            create_domains(&db, store, rng.as_ref(), provider, now).await?;
        }
        let mut keys: HashMap<u32, BTreeMap<u32, Arc<DomainKey>>> = HashMap::new();
        for row in rows::domain_keys(&db).await? {
            let (domain, version) = (narrow(row.domain_id)?, narrow(row.version)?);
            let context = WrapContext { store, domain, version };
            let wrapped = Wrapped { bytes: row.wrapped, root_version: narrow(row.root_version)? };
            let key = DomainKey::unwrap_with(provider, &context, &wrapped)
                .await
                .map_err(|e| provider_error(&e))?;
            keys.entry(domain).or_default().insert(version, Arc::new(key));
        }
        let mut secrets: HashMap<(u32, String), Clear> = HashMap::new();
        for (domain, label, version, wrapped) in rows::secrets(&db).await? {
            let (domain, version) = (narrow(domain)?, narrow(version)?);
            let key = keys
                .get(&domain)
                .and_then(|versions| versions.get(&version))
                .ok_or(Error::KeyClosed("a domain key is missing"))?;
            let secret = key.unwrap_secret(store, domain, &label, &wrapped)?;
            secrets.insert((domain, label), secret);
        }
        let mut domains = HashMap::new();
        for row in rows::domains(&db).await? {
            let id = narrow(row.id)?;
            let search = secrets
                .remove(&(id, String::from("search")))
                .ok_or(Error::KeyClosed("a search key is missing"))?;
            domains.insert(
                id,
                Domain {
                    name: row.name,
                    active: row.state == "active",
                    keys: keys.remove(&id).unwrap_or_default(),
                    search: Arc::new(SearchKey::from_secret(search)?),
                },
            );
        }
        let signing = secrets
            .remove(&(domain::LOG, String::from("log-signing")))
            .ok_or(Error::KeyClosed("the log's signing key is missing"))?;
        let signer = Arc::new(LogSigner::from_secret(signing)?);
        let log_tokens = log_tokens::LogTokens::take(&mut secrets)?;
        Ok(Keyring { db, store, rng, domains: RwLock::new(domains), signer, log_tokens })
    }

    /// The store's identity, bound into every sealed value.
    #[must_use]
    pub fn store(&self) -> StoreId {
        self.store
    }

    /// The key store's database.
    #[must_use]
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// The key that signs the log's checkpoints.
    #[must_use]
    pub fn log_signer(&self) -> Arc<LogSigner> {
        Arc::clone(&self.signer)
    }

    /// Ids and names of the domains.
    #[must_use]
    pub fn domains(&self) -> Vec<(u32, String)> {
        let mut out: Vec<_> =
            read(&self.domains).iter().map(|(id, d)| (*id, d.name.clone())).collect();
        out.sort();
        out
    }

    /// A domain's name.
    pub fn domain_name(&self, id: u32) -> Result<String> {
        self.with(id, |d| Ok(d.name.clone()))
    }

    /// The search key of an open domain.
    pub fn search_key(&self, domain: u32) -> Result<Arc<SearchKey>> {
        self.with(domain, |d| Ok(Arc::clone(&d.search)))
    }

    fn with<T>(&self, id: u32, f: impl FnOnce(&Domain) -> Result<T>) -> Result<T> {
        let domains = read(&self.domains);
        let domain = domains.get(&id).ok_or(Error::KeyClosed("unknown domain"))?;
        if !domain.active {
            return Err(Error::KeyClosed("revoked"));
        }
        f(domain)
    }

    fn domain_key(&self, id: u32, version: u32) -> Result<Arc<DomainKey>> {
        self.with(id, |d| {
            d.keys.get(&version).cloned().ok_or(Error::KeyClosed("its version is gone"))
        })
    }

    fn newest(&self, id: u32) -> Result<Arc<DomainKey>> {
        self.with(id, |d| {
            d.keys.last_key_value().map(|(_, k)| Arc::clone(k)).ok_or(Error::KeyClosed("no key"))
        })
    }

    /// Loads the keys of some records for one request. Records without a row
    /// (erased, or not yet in use) are simply absent: their values don't open.
    pub async fn load(&self, records: &[RecordId]) -> Result<KeySet<'_>> {
        let mut wanted = records.iter().map(|r| row_of(*r)).collect::<Result<Vec<_>>>()?;
        wanted.sort_unstable();
        wanted.dedup();
        let mut found = HashMap::with_capacity(wanted.len());
        for row in rows::entries(&self.db, &wanted).await? {
            found.insert(row.record, Row::read(&row)?);
        }
        Ok(KeySet { ring: self, rows: found, keys: HashMap::new() })
    }

    /// The records of a noun whose keys these are. Reads the noun's rows once
    /// and keeps what it learnt; keys that are destroyed have no record.
    pub async fn owners(&self, noun: u8, key_ids: &[u64]) -> Result<HashMap<u64, i64>> {
        let mut out = HashMap::with_capacity(key_ids.len());
        if key_ids.is_empty() {
            return Ok(out);
        }
        let wanted: std::collections::HashSet<u64> = key_ids.iter().copied().collect();
        let (from, to) = (i64::from(noun) << 53, i64::from(noun + 1) << 53);
        let mut after = from - 1;
        while out.len() < wanted.len() {
            let page = rows::entries_between(&self.db, after, to, 10_000).await?;
            let Some((last, _)) = page.last() else { break };
            after = *last;
            for (row, bytes) in &page {
                for entry in Entries::decode(bytes)?.iter() {
                    let id = entry.key_id().get();
                    if wanted.contains(&id) {
                        out.insert(id, record_of(*row).id);
                    }
                }
            }
        }
        Ok(out)
    }

    /// Where a value lies: binds store, record, field and category.
    pub fn place(&self, record: RecordId, field: FieldId, category: u8) -> Result<Place> {
        Ok(Place { store: self.store, record, field, category: CategoryId::new(category)? })
    }
}

fn read<T>(lock: &RwLock<T>) -> std::sync::RwLockReadGuard<'_, T> {
    // A poisoned lock means that a thread died while it held the map for
    // writing; the map itself is replaced whole, so it is still true.
    lock.read().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn narrow(n: i64) -> Result<u32> {
    u32::try_from(n).map_err(|_| Error::Sealed)
}

async fn create_domains(
    db: &Db,
    store: StoreId,
    rng: &dyn Random,
    provider: &dyn KeyProvider,
    now: i64,
) -> Result<()> {
    let mut made = Vec::new();
    for (id, name) in BUILT_IN {
        let key = DomainKey::generate(rng, 1)?;
        let wrapped = key.wrap_under(provider, store, id).await.map_err(|e| provider_error(&e))?;
        made.push((id, name, key, wrapped));
    }
    let mut tx = db.begin().await?;
    let info = provider.describe();
    rows::put_root(&mut tx, 1, info.kind, &info.location, now).await?;
    for (id, name, key, wrapped) in &made {
        rows::put_domain(
            &mut tx,
            &rows::DomainRow {
                id: i64::from(*id),
                name: (*name).to_owned(),
                state: String::from("active"),
            },
            &rows::DomainKeyRow {
                domain_id: i64::from(*id),
                version: 1,
                root_id: 1,
                root_version: i64::from(wrapped.root_version),
                wrapped: wrapped.bytes.clone(),
            },
            now,
        )
        .await?;
        let search = Clear32::random(rng)?;
        let bytes = key.wrap_secret(rng, store, *id, "search", search.expose())?;
        rows::put_secret(&mut tx, i64::from(*id), "search", 1, &bytes).await?;
        if *id == domain::LOG {
            let signer = LogSigner::generate(rng)?;
            let bytes =
                key.wrap_secret(rng, store, *id, "log-signing", signer.secret().expose())?;
            rows::put_secret(&mut tx, i64::from(*id), "log-signing", 1, &bytes).await?;
        }
    }
    meta::set(&mut tx, "store_id", &hex::encode(store.0)).await?;
    meta::set(&mut tx, "epoch", "1").await?;
    tx.commit().await?;
    Ok(())
}

/// The keys of one request.
pub struct KeySet<'a> {
    ring: &'a Keyring,
    rows: HashMap<i64, Row>,
    keys: HashMap<(i64, u8, u64), Arc<RecordKey>>,
}

impl KeySet<'_> {
    /// The key under which new values of a record's category are sealed.
    ///
    /// # Errors
    /// [`Error::KeyClosed`] if the domain is closed or there is no key.
    pub fn key(&mut self, record: RecordId, category: u8) -> Result<Arc<RecordKey>> {
        let id = CategoryId::new(category)?;
        let row = self.rows.get(&row_of(record)?).ok_or(Error::KeyClosed("missing"))?;
        let entry = row.newest(id).get(id).ok_or(Error::KeyClosed("destroyed"))?;
        let key = entry.key_id();
        self.key_with_id(record, id, key)
    }

    /// The key that a value's header names.
    fn key_with_id(
        &mut self,
        record: RecordId,
        category: CategoryId,
        id: KeyId,
    ) -> Result<Arc<RecordKey>> {
        let number = row_of(record)?;
        let held = (number, category.get(), id.get());
        if let Some(key) = self.keys.get(&held) {
            return Ok(Arc::clone(key));
        }
        let row = self.rows.get(&number).ok_or(Error::KeyClosed("missing"))?;
        let Some(entries) = row.holding(category, id) else {
            // A gravestone says that it was destroyed; without one the value
            // is not where it belongs.
            return Err(if row.is_gone(id.get()) {
                Error::KeyClosed("destroyed")
            } else {
                Error::Sealed
            });
        };
        let domain = self.ring.domain_key(entries.domain(), entries.version())?;
        let key = Arc::new(domain.record_key(self.ring.store, record, category, entries)?);
        self.keys.insert(held, Arc::clone(&key));
        Ok(key)
    }

    /// Whether the record still has a key for the category.
    #[must_use]
    pub fn has(&self, record: RecordId, category: u8) -> bool {
        let Ok(row) = row_of(record) else { return false };
        let Ok(category) = CategoryId::new(category) else { return false };
        self.rows.get(&row).is_some_and(|r| r.newest(category).get(category).is_some())
    }

    /// The domain that a record's keys are in.
    #[must_use]
    pub fn domain_of(&self, record: RecordId) -> Option<u32> {
        self.rows.get(&row_of(record).ok()?).map(|row| row.entries.domain())
    }

    /// Opens one value.
    ///
    /// # Errors
    /// [`Error::KeyClosed`] `("destroyed")` if its key is destroyed;
    /// [`Error::Sealed`] if it was moved, changed or damaged.
    pub fn open(
        &mut self,
        record: RecordId,
        field: FieldId,
        category: u8,
        sealed: &[u8],
    ) -> Result<Clear> {
        let place = self.ring.place(record, field, category)?;
        let key = self.key_with_id(record, place.category, seal::key_id_of(sealed)?)?;
        Ok(key.open(&place, sealed)?)
    }

    /// Seals one value under a key that exists.
    pub fn seal(
        &mut self,
        record: RecordId,
        field: FieldId,
        category: u8,
        plain: &[u8],
    ) -> Result<Vec<u8>> {
        let place = self.ring.place(record, field, category)?;
        let rng = Arc::clone(&self.ring.rng);
        Ok(self.key(record, category)?.seal(rng.as_ref(), &place, plain)?)
    }
}
