//! The key store: wrapped domain keys, secrets and record keys.
//!
//! A record has one row with an entry for each category in use (DESIGN section
//! 5). The bytes are wrapped; this file opens nothing.

use super::StoreError;
use super::db::{Arg, Db, Row, Tx, placeholders};
use crate::args;

/// A domain as stored.
#[derive(Clone, Debug)]
pub struct DomainRow {
    /// Its id; 1 is `system`, 2 `log`, 3 `general`.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// `active`, `revoked` or `destroyed`.
    pub state: String,
}

/// A version of a domain's key as stored.
#[derive(Clone)]
pub struct DomainKeyRow {
    /// The domain.
    pub domain_id: i64,
    /// Its version, from 1.
    pub version: i64,
    /// The root key that wraps it.
    pub root_id: i64,
    /// The root key's version.
    pub root_version: i64,
    /// The wrapped key.
    pub wrapped: Vec<u8>,
}

/// Every domain.
pub async fn domains(db: &Db) -> Result<Vec<DomainRow>, StoreError> {
    db.all("SELECT id, name, state FROM domain ORDER BY id", vec![])
        .await?
        .iter()
        .map(|r| Ok(DomainRow { id: r.int(0)?, name: r.text(1)?, state: r.text(2)? }))
        .collect()
}

/// Every version of every domain key that is not destroyed.
pub async fn domain_keys(db: &Db) -> Result<Vec<DomainKeyRow>, StoreError> {
    db.all(
        "SELECT domain_id, version, root_id, root_version, wrapped FROM domain_key \
         WHERE state <> 'destroyed' ORDER BY domain_id, version",
        vec![],
    )
    .await?
    .iter()
    .map(|r| {
        Ok(DomainKeyRow {
            domain_id: r.int(0)?,
            version: r.int(1)?,
            root_id: r.int(2)?,
            root_version: r.int(3)?,
            wrapped: r.bytes(4)?,
        })
    })
    .collect()
}

/// Adds a domain with its first key.
pub async fn put_domain(
    tx: &mut Tx,
    row: &DomainRow,
    key: &DomainKeyRow,
    now: i64,
) -> Result<(), StoreError> {
    tx.exec(
        "INSERT INTO domain (id, name, state, created_at) VALUES ($1, $2, $3, $4)",
        args![row.id, row.name.as_str(), row.state.as_str(), now],
    )
    .await?;
    tx.exec(
        "INSERT INTO domain_key \
         (domain_id, version, root_id, root_version, wrapped, state, created_at) \
         VALUES ($1, $2, $3, $4, $5, 'active', $6)",
        args![key.domain_id, key.version, key.root_id, key.root_version, key.wrapped.clone(), now],
    )
    .await?;
    Ok(())
}

/// Adds a root key's row.
pub async fn put_root(
    tx: &mut Tx,
    id: i64,
    provider: &str,
    reference: &str,
    now: i64,
) -> Result<(), StoreError> {
    tx.exec(
        "INSERT INTO root_key (id, provider, reference, state, created_at) \
         VALUES ($1, $2, $3, 'active', $4)",
        args![id, provider, reference, now],
    )
    .await?;
    Ok(())
}

/// Adds a secret wrapped by a domain's key.
pub async fn put_secret(
    tx: &mut Tx,
    domain_id: i64,
    label: &str,
    version: i64,
    wrapped: &[u8],
) -> Result<(), StoreError> {
    tx.exec(
        "INSERT INTO secret (domain_id, label, version, wrapped) VALUES ($1, $2, $3, $4)",
        args![domain_id, label, version, wrapped],
    )
    .await?;
    Ok(())
}

/// Every secret: (domain, label, version of the domain key, bytes).
pub async fn secrets(db: &Db) -> Result<Vec<(i64, String, i64, Vec<u8>)>, StoreError> {
    db.all("SELECT domain_id, label, version, wrapped FROM secret", vec![])
        .await?
        .iter()
        .map(|r| Ok((r.int(0)?, r.text(1)?, r.int(2)?, r.bytes(3)?)))
        .collect()
}

/// The keys of one record as stored.
///
/// `next` holds the change that is under way, so that the old and the new key
/// of one category are both there while the data moves from one to the other:
/// `0x01 ‖ operation (16) ‖ category ‖ old key id (8) ‖ row with the new entry, or none`.
#[derive(Clone, Default)]
pub struct KeyRow {
    /// `noun << 53 | id`.
    pub record: i64,
    /// One entry for each category.
    pub entries: Vec<u8>,
    /// The change under way.
    pub next: Option<Vec<u8>>,
    /// Ids of destroyed keys, 8 bytes each, big endian.
    pub gone: Option<Vec<u8>>,
}

const KEY_ROW: &str = "record, entries, next, gone";

fn key_row(row: &Row) -> Result<KeyRow, StoreError> {
    Ok(KeyRow {
        record: row.int(0)?,
        entries: row.bytes(1)?,
        next: row.opt_bytes(2)?,
        gone: row.opt_bytes(3)?,
    })
}

fn select_entries(n: usize) -> String {
    format!("SELECT {KEY_ROW} FROM record_key WHERE record IN {}", placeholders(1, n))
}

/// The keys of several records, in one statement for each 128 of them.
pub async fn entries(db: &Db, records: &[i64]) -> Result<Vec<KeyRow>, StoreError> {
    let mut out = Vec::with_capacity(records.len());
    for chunk in records.chunks(128) {
        // Padded to a power of two, so that few statements are prepared.
        let size = chunk.len().next_power_of_two();
        let mut args: Vec<Arg> = chunk.iter().map(|r| Arg::from(*r)).collect();
        if let Some(last) = args.last().cloned() {
            args.resize(size, last);
        }
        for row in db.all(select_entries(size), args).await? {
            out.push(key_row(&row)?);
        }
    }
    Ok(out)
}

/// The keys of one record, inside a transaction that will change them.
pub async fn entries_for_update(tx: &mut Tx, record: i64) -> Result<Option<KeyRow>, StoreError> {
    let lock = match tx.dialect() {
        // The transaction already holds the one writer's lock.
        super::db::Dialect::Sqlite => "",
        super::db::Dialect::Postgres => " FOR UPDATE",
    };
    let sql = format!("SELECT {KEY_ROW} FROM record_key WHERE record = $1{lock}");
    tx.opt(sql, args![record]).await?.as_ref().map(key_row).transpose()
}

/// Locks the rows of some records for a transaction that will change them, and
/// returns those that are there. On PostgreSQL an absent row is made first
/// (empty, as `blank` says), for a row that is not there can't be locked.
pub async fn locked(
    tx: &mut Tx,
    records: &[i64],
    blank: impl Fn(i64) -> Option<Vec<u8>>,
) -> Result<Vec<(i64, Vec<u8>)>, StoreError> {
    let lock = match tx.dialect() {
        // The transaction already holds the one writer's lock.
        super::db::Dialect::Sqlite => "",
        super::db::Dialect::Postgres => {
            let rows = records.iter().filter_map(|r| Some(args![*r, blank(*r)?])).collect();
            let head = "INSERT INTO record_key (record, entries)";
            tx.insert_many(head, 2, "ON CONFLICT (record) DO NOTHING", rows).await?;
            " FOR UPDATE"
        }
    };
    let mut out = Vec::with_capacity(records.len());
    for chunk in records.chunks(128) {
        let sql = format!(
            "SELECT record, entries FROM record_key WHERE record IN {} ORDER BY record{lock}",
            placeholders(1, chunk.len().next_power_of_two())
        );
        for row in tx.all(sql, super::db::padded(chunk)).await? {
            out.push((row.int(0)?, row.bytes(1)?));
        }
    }
    Ok(out)
}

/// Writes one record's keys whole: entries, the change under way, what is gone.
pub async fn put_row(tx: &mut Tx, row: KeyRow) -> Result<(), StoreError> {
    let n = tx
        .exec(
            "UPDATE record_key SET entries = $2, next = $3, gone = $4 WHERE record = $1",
            args![row.record, row.entries, row.next, row.gone],
        )
        .await?;
    if n == 1 { Ok(()) } else { Err(StoreError::Missing) }
}

/// Writes the entries of records, new or changed.
pub async fn put_entries(tx: &mut Tx, rows: Vec<(i64, Vec<u8>)>) -> Result<(), StoreError> {
    tx.insert_many(
        "INSERT INTO record_key (record, entries)",
        2,
        "ON CONFLICT (record) DO UPDATE SET entries = excluded.entries",
        rows.into_iter().map(|(record, entries)| args![record, entries]).collect(),
    )
    .await
}

/// Rows after one and below another, by row.
pub async fn entries_between(
    db: &Db,
    after: i64,
    below: i64,
    limit: i64,
) -> Result<Vec<(i64, Vec<u8>)>, StoreError> {
    db.all(
        "SELECT record, entries FROM record_key WHERE record > $1 AND record < $2 \
         ORDER BY record LIMIT $3",
        args![after, below, limit],
    )
    .await?
    .iter()
    .map(|r| Ok((r.int(0)?, r.bytes(1)?)))
    .collect()
}
