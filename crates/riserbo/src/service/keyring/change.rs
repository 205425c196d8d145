//! Two keys of one category, for a moment: the change of a record key.
//!
//! While `replace_key` runs, values sealed under the old key and under the new
//! one stand side by side in the data. So the new key waits in the record's own
//! row, beside the entries, in a column that names the operation and the key
//! that goes:
//!
//! ```text
//! next = 0x01 ‖ operation (16) ‖ category ‖ old key id (8) ‖ row with the new entry, or none
//! ```
//!
//! A reader finds the right one by the key id in the value's header. When the
//! data has moved, the new entry takes the old one's place in one transaction,
//! and the old key's id stays behind as a gravestone: a value whose key was
//! destroyed is told from one that was moved or damaged.
//!
//! A record changes one key at a time. Nothing here decides that a key goes:
//! only a logged intent does (DESIGN section 5), and `service::replace` is the
//! only caller.

use std::sync::Arc;

use seal::{CategoryId, Entries, KeyId, RecordId, RecordKey};
use uuid::Uuid;

use super::{Keyring, random_key_id, record_of, row_of};
use crate::error::{Error, Result};
use crate::store::keys as rows;

const NEXT_V1: u8 = 1;

/// A change that is under way, as it stands in the record's row.
#[derive(Clone)]
pub(super) struct Next {
    pub(super) op: Uuid,
    pub(super) category: u8,
    pub(super) old: u64,
    /// The new entry, or none where nothing stays.
    pub(super) entries: Entries,
}

impl Next {
    fn encode(&self) -> Vec<u8> {
        let mut out = vec![NEXT_V1];
        out.extend_from_slice(self.op.as_bytes());
        out.push(self.category);
        out.extend_from_slice(&self.old.to_be_bytes());
        out.extend_from_slice(&self.entries.encode());
        out
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Next> {
        let (version, rest) = bytes.split_first().ok_or(Error::Sealed)?;
        let (op, rest) = rest.split_first_chunk::<16>().ok_or(Error::Sealed)?;
        let (category, rest) = rest.split_first().ok_or(Error::Sealed)?;
        let (old, rest) = rest.split_first_chunk::<8>().ok_or(Error::Sealed)?;
        if *version != NEXT_V1 {
            return Err(Error::Sealed);
        }
        Ok(Next {
            op: Uuid::from_bytes(*op),
            category: *category,
            old: u64::from_be_bytes(*old),
            entries: Entries::decode(rest)?,
        })
    }
}

/// A record's keys, read.
pub(super) struct Row {
    pub(super) entries: Entries,
    pub(super) next: Option<Next>,
    gone: Vec<u8>,
}

impl Row {
    pub(super) fn read(row: &rows::KeyRow) -> Result<Row> {
        Ok(Row {
            entries: Entries::decode(&row.entries)?,
            next: row.next.as_deref().map(Next::decode).transpose()?,
            gone: row.gone.clone().unwrap_or_default(),
        })
    }

    /// Whether this was the id of a key that is destroyed.
    pub(super) fn is_gone(&self, key: u64) -> bool {
        self.gone.chunks_exact(8).any(|id| id == key.to_be_bytes())
    }

    /// The row that holds the key with this id, if there is one.
    pub(super) fn holding(&self, category: CategoryId, key: KeyId) -> Option<&Entries> {
        let has = |row: &Entries| row.get(category).is_some_and(|e| e.key_id() == key);
        if has(&self.entries) {
            return Some(&self.entries);
        }
        self.next.as_ref().map(|next| &next.entries).filter(|row| has(row))
    }

    /// The row that holds the key under which new values are sealed: of a
    /// category that is changing, the new one.
    pub(super) fn newest(&self, category: CategoryId) -> &Entries {
        match &self.next {
            Some(next) if next.entries.get(category).is_some() => &next.entries,
            _ => &self.entries,
        }
    }

    fn key_of(&self, category: CategoryId) -> Option<u64> {
        self.entries.get(category).map(|e| e.key_id().get())
    }
}

/// How far a change of a key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Old and new key are both there.
    Open,
    /// The old key is out: nothing of it is left but its id.
    Done,
}

/// Both keys of a change.
pub struct Pair {
    /// The key that goes.
    pub old: Arc<RecordKey>,
    /// The key under which what stays is sealed; none where nothing stays.
    pub new: Option<Arc<RecordKey>>,
}

impl Keyring {
    /// The id of the key of a record's category: what an intent names.
    pub async fn current_key(&self, record: RecordId, category: u8) -> Result<Option<u64>> {
        let category = CategoryId::new(category)?;
        let row = self.row(record).await?;
        Ok(row.and_then(|row| row.key_of(category)))
    }

    async fn row(&self, record: RecordId) -> Result<Option<Row>> {
        let rows = rows::entries(&self.db, &[row_of(record)?]).await?;
        rows.first().map(Row::read).transpose()
    }

    /// Puts the new key in beside the old one. Doing it again for the same
    /// operation changes nothing.
    ///
    /// # Errors
    /// [`Error::Stopped`] while another operation changes this record: try
    /// again. [`Error::KeyClosed`] if the key that is to go is neither there
    /// nor known to be destroyed.
    pub async fn begin_change(
        &self,
        op: Uuid,
        record: RecordId,
        category: u8,
        old: u64,
        something_stays: bool,
    ) -> Result<Progress> {
        let category = CategoryId::new(category)?;
        let mut tx = self.db.begin().await?;
        let stored = rows::entries_for_update(&mut tx, row_of(record)?)
            .await?
            .ok_or(Error::KeyClosed("missing"))?;
        let row = Row::read(&stored)?;
        if let Some(next) = &row.next {
            return if next.op == op { Ok(Progress::Open) } else { Err(Error::Stopped) };
        }
        if row.key_of(category) != Some(old) {
            return if row.is_gone(old) {
                Ok(Progress::Done)
            } else {
                Err(Error::KeyClosed("missing"))
            };
        }
        let mut entries = Entries::new(row.entries.domain(), row.entries.version());
        if something_stays {
            let domain = self.domain_key(entries.domain(), entries.version())?;
            let key = RecordKey::generate(self.rng.as_ref(), random_key_id(self.rng.as_ref())?)?;
            domain.put_record_key(
                self.rng.as_ref(),
                self.store,
                record,
                category,
                &key,
                &mut entries,
            )?;
        }
        let next = Next { op, category: category.get(), old, entries };
        rows::put_row(&mut tx, rows::KeyRow { next: Some(next.encode()), ..stored }).await?;
        tx.commit().await?;
        Ok(Progress::Open)
    }

    /// Both keys of a change that has begun; none if it is over.
    pub async fn pair(&self, op: Uuid, record: RecordId) -> Result<Option<Pair>> {
        let Some(row) = self.row(record).await? else { return Ok(None) };
        let Some(next) = row.next.as_ref().filter(|next| next.op == op) else { return Ok(None) };
        let category = CategoryId::new(next.category)?;
        let domain = self.domain_key(row.entries.domain(), row.entries.version())?;
        let old = domain.record_key(self.store, record, category, &row.entries)?;
        let new = match next.entries.get(category) {
            Some(_) => {
                let domain = self.domain_key(next.entries.domain(), next.entries.version())?;
                let key = domain.record_key(self.store, record, category, &next.entries)?;
                Some(Arc::new(key))
            }
            None => None,
        };
        Ok(Some(Pair { old: Arc::new(old), new }))
    }

    /// Takes the old key out: the new entry takes its place, its id stays as
    /// destroyed. Doing it again changes nothing.
    ///
    /// The caller has made sure that a logged intent names this key and that
    /// nothing which stays is sealed under it any more.
    pub async fn finish_change(&self, op: Uuid, record: RecordId) -> Result<()> {
        let mut tx = self.db.begin().await?;
        let Some(stored) = rows::entries_for_update(&mut tx, row_of(record)?).await? else {
            return Ok(());
        };
        let mut row = Row::read(&stored)?;
        let Some(next) = row.next.take().filter(|next| next.op == op) else { return Ok(()) };
        let category = CategoryId::new(next.category)?;
        match next.entries.get(category) {
            Some(entry) => {
                row.entries.put(entry.clone());
            }
            None => {
                row.entries.remove(category);
            }
        }
        row.gone.extend_from_slice(&next.old.to_be_bytes());
        let changed = rows::KeyRow {
            record: stored.record,
            entries: row.entries.encode(),
            next: None,
            gone: Some(row.gone),
        };
        rows::put_row(&mut tx, changed).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Records of a noun after one that have a row here, at most 1,000, by id.
    pub async fn records_after(&self, noun: u8, after: i64) -> Result<Vec<i64>> {
        let (from, to) = (i64::from(noun) << 53, i64::from(noun + 1) << 53);
        let page = rows::entries_between(&self.db, from + after.max(-1), to, 1_000).await?;
        Ok(page.into_iter().map(|(row, _)| record_of(row).id).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_comes_back_as_it_was() {
        let next =
            Next { op: Uuid::from_u128(7), category: 3, old: 1 << 55, entries: Entries::new(3, 1) };
        let back = Next::decode(&next.encode()).unwrap();
        assert_eq!((back.op, back.category, back.old), (next.op, 3, 1 << 55));
        assert!(back.entries == next.entries);
        for cut in 0..next.encode().len() {
            assert!(Next::decode(&next.encode()[..cut]).is_err());
        }
    }

    #[test]
    fn a_gravestone_is_found_by_its_whole_number() {
        let stored = rows::KeyRow {
            entries: Entries::new(3, 1).encode(),
            gone: Some([7u64.to_be_bytes(), 300u64.to_be_bytes()].concat()),
            ..rows::KeyRow::default()
        };
        let row = Row::read(&stored).unwrap();
        assert!(row.is_gone(7) && row.is_gone(300));
        assert!(!row.is_gone(0) && !row.is_gone(1));
    }
}
