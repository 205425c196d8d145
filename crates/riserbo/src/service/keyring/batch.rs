//! Keys of a write: new ones, and those that the records have.
//!
//! A batch is made over the records that a write touches. A category that has a
//! key is sealed under it: also where it was left behind by a write that died
//! between keys and data, for a key is never replaced because its data is
//! missing (DESIGN section 5). The others get new keys, whose entries are in the
//! key store before any data sealed under them is written.

use std::collections::HashMap;
use std::sync::Arc;

use seal::{CategoryId, Entries, FieldId, RecordId, RecordKey};

use super::change::Row;
use super::{Keyring, random_key_id, record_of, row_of};
use crate::error::{Error, Result};
use crate::store::keys as rows;

/// The keys of one write. Nothing sealed with new ones may be written before
/// [`KeyBatch::commit`].
pub struct KeyBatch<'a> {
    ring: &'a Keyring,
    known: Arc<HashMap<i64, Row>>,
    fresh: HashMap<i64, Entries>,
    keys: HashMap<(i64, u8), Arc<RecordKey>>,
}

impl Keyring {
    /// Starts a batch over the records that a write touches.
    pub async fn batch(&self, records: &[RecordId]) -> Result<KeyBatch<'_>> {
        let mut wanted = records.iter().map(|r| row_of(*r)).collect::<Result<Vec<_>>>()?;
        wanted.sort_unstable();
        wanted.dedup();
        let mut known = HashMap::new();
        for row in rows::entries(self.db(), &wanted).await? {
            known.insert(row.record, Row::read(&row)?);
        }
        Ok(KeyBatch {
            ring: self,
            known: Arc::new(known),
            fresh: HashMap::new(),
            keys: HashMap::new(),
        })
    }
}

impl<'a> KeyBatch<'a> {
    /// A batch over the same records, for a part of the work on another thread.
    #[must_use]
    pub fn fork(&self) -> KeyBatch<'a> {
        KeyBatch {
            ring: self.ring,
            known: Arc::clone(&self.known),
            fresh: HashMap::new(),
            keys: HashMap::new(),
        }
    }

    /// The key of a record's category: the stored one, or a new one that is
    /// made at its first use.
    ///
    /// # Errors
    /// [`Error::Stopped`] if the category's key is being changed just now: try
    /// again when the change is done.
    pub fn key(&mut self, domain: u32, record: RecordId, category: u8) -> Result<Arc<RecordKey>> {
        let row = row_of(record)?;
        if let Some(key) = self.keys.get(&(row, category)) {
            return Ok(Arc::clone(key));
        }
        let id = CategoryId::new(category)?;
        let key = match self.stored(row, record, id)? {
            Some(key) => Arc::new(key),
            None => Arc::new(self.make(domain, row, record, id)?),
        };
        self.keys.insert((row, category), Arc::clone(&key));
        Ok(key)
    }

    fn stored(&self, row: i64, record: RecordId, id: CategoryId) -> Result<Option<RecordKey>> {
        let Some(known) = self.known.get(&row) else { return Ok(None) };
        if known.next.as_ref().is_some_and(|n| n.category == id.get()) {
            return Err(Error::Stopped);
        }
        if known.entries.get(id).is_none() {
            return Ok(None);
        }
        let domain = self.ring.domain_key(known.entries.domain(), known.entries.version())?;
        Ok(Some(domain.record_key(self.ring.store, record, id, &known.entries)?))
    }

    fn make(
        &mut self,
        domain: u32,
        row: i64,
        record: RecordId,
        id: CategoryId,
    ) -> Result<RecordKey> {
        let rng = Arc::clone(&self.ring.rng);
        // A row has one domain and one version: new entries join those there.
        let (domain, domain_key) = match self.known.get(&row) {
            Some(known) => {
                let (domain, version) = (known.entries.domain(), known.entries.version());
                (domain, self.ring.domain_key(domain, version)?)
            }
            None => (domain, self.ring.newest(domain)?),
        };
        let entries =
            self.fresh.entry(row).or_insert_with(|| Entries::new(domain, domain_key.version()));
        let key = RecordKey::generate(rng.as_ref(), random_key_id(rng.as_ref())?)?;
        domain_key.put_record_key(rng.as_ref(), self.ring.store, record, id, &key, entries)?;
        Ok(key)
    }

    /// Seals one value.
    pub fn seal(
        &mut self,
        domain: u32,
        record: RecordId,
        field: FieldId,
        category: u8,
        plain: &[u8],
    ) -> Result<Vec<u8>> {
        let place = self.ring.place(record, field, category)?;
        let rng = Arc::clone(&self.ring.rng);
        Ok(self.key(domain, record, category)?.seal(rng.as_ref(), &place, plain)?)
    }

    /// Takes over a part of the work on other records.
    pub fn join(&mut self, other: Self) {
        self.fresh.extend(other.fresh);
        self.keys.extend(other.keys);
    }

    /// Writes the new entries beside those that the records have.
    ///
    /// # Errors
    /// [`Error::Stopped`] if another writer made a key for the same record and
    /// category meanwhile: nothing is written, try again from the start.
    pub async fn commit(&mut self) -> Result<()> {
        if self.fresh.is_empty() {
            return Ok(());
        }
        let mut wanted: Vec<i64> = self.fresh.keys().copied().collect();
        // In one order, so that two writers can't wait for each other.
        wanted.sort_unstable();
        let mut tx = self.ring.db().begin().await?;
        let stored = rows::locked(&mut tx, &wanted, |row| {
            self.fresh.get(&row).map(|e| Entries::new(e.domain(), e.version()).encode())
        })
        .await?;
        let mut out = Vec::with_capacity(wanted.len());
        let mut stored: HashMap<i64, Vec<u8>> = stored.into_iter().collect();
        for row in wanted {
            let Some(entries) = self.fresh.get(&row) else { continue };
            out.push(match stored.remove(&row) {
                Some(bytes) => (row, self.merged(row, &Entries::decode(&bytes)?)?.encode()),
                None => (row, entries.encode()),
            });
        }
        rows::put_entries(&mut tx, out).await?;
        tx.commit().await?;
        self.fresh.clear();
        Ok(())
    }

    /// The entries that a record has, with the new ones beside them. If its row
    /// is of another version of the domain key, the new ones are wrapped again
    /// under that version.
    fn merged(&self, row: i64, stored: &Entries) -> Result<Entries> {
        let mut merged = stored.clone();
        let Some(fresh) = self.fresh.get(&row) else { return Ok(merged) };
        if fresh.domain() != stored.domain() {
            return Err(Error::KeyClosed("the record is in another domain"));
        }
        let domain = self.ring.domain_key(stored.domain(), stored.version())?;
        for entry in fresh.iter() {
            let category = entry.category();
            if merged.get(category).is_some() {
                return Err(Error::Stopped);
            }
            let key = self.keys.get(&(row, category.get())).ok_or(Error::Sealed)?;
            domain.put_record_key(
                self.ring.rng.as_ref(),
                self.ring.store,
                record_of(row),
                category,
                key,
                &mut merged,
            )?;
        }
        Ok(merged)
    }
}
