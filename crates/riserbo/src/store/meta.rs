//! Named values of a database, id sequences, source ids, and the interned
//! attribute vectors.

use super::StoreError;
use super::db::{Db, Tx, placeholders};
use crate::args;

/// A named value of a database (`store_id`, `epoch`…).
pub async fn get(db: &Db, name: &str) -> Result<Option<String>, StoreError> {
    match db.opt("SELECT value FROM meta WHERE name = $1", args![name]).await? {
        Some(row) => Ok(Some(row.text(0)?)),
        None => Ok(None),
    }
}

/// Sets a named value.
pub async fn set(tx: &mut Tx, name: &str, value: &str) -> Result<(), StoreError> {
    tx.exec(
        "INSERT INTO meta (name, value) VALUES ($1, $2) \
         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        args![name, value],
    )
    .await?;
    Ok(())
}

/// Ids from here on are never taken over from an export: one row with the
/// greatest id would otherwise leave none for anybody after it. The sequence
/// stays far below 2^53, where ids end (DESIGN section 4).
pub const ID_CEILING: i64 = 1 << 52;

/// Takes `count` ids of a noun's sequence and returns the first.
///
/// Sequences start at 1 and are raised above every imported id
/// ([`raise_sequence`]), so an id is never given twice.
pub async fn take_ids(tx: &mut Tx, noun: &str, count: i64) -> Result<i64, StoreError> {
    let row = tx
        .one(
            "INSERT INTO seq (noun, next) VALUES ($1, 1 + $2) \
             ON CONFLICT (noun) DO UPDATE SET next = seq.next + $2 RETURNING next",
            args![noun, count],
        )
        .await?;
    Ok(row.int(0)? - count)
}

/// Makes sure that the sequence of a noun lies above `id`. From
/// [`ID_CEILING`] on nothing is raised.
///
/// The row is locked until the transaction ends: two writers that raise the
/// same sequence first come one after the other.
pub async fn raise_sequence(tx: &mut Tx, noun: &str, id: i64) -> Result<(), StoreError> {
    let id = if id < ID_CEILING { id } else { 0 };
    tx.exec(
        "INSERT INTO seq (noun, next) VALUES ($1, $2) \
         ON CONFLICT (noun) DO UPDATE SET next = \
         CASE WHEN seq.next < excluded.next THEN excluded.next ELSE seq.next END",
        args![noun, id + 1],
    )
    .await?;
    Ok(())
}

/// A row of an export that has been imported before.
#[derive(Clone, Copy, Debug)]
pub struct SourceRow {
    /// Its id in the export.
    pub source_id: i64,
    /// Its id here.
    pub id: i64,
    /// Keyed digest of the row as imported.
    pub digest: i64,
}

/// Which of these source ids are known.
pub async fn source_rows(
    db: &Db,
    source: i64,
    noun: i64,
    ids: &[i64],
) -> Result<Vec<SourceRow>, StoreError> {
    let mut out = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(256) {
        let sql = format!(
            "SELECT source_id, id, digest FROM source_row \
             WHERE source = $1 AND noun = $2 AND source_id IN {}",
            placeholders(3, chunk.len())
        );
        let mut args = args![source, noun];
        args.extend(chunk.iter().map(|id| super::db::Arg::from(*id)));
        for row in db.all(sql, args).await? {
            out.push(SourceRow { source_id: row.int(0)?, id: row.int(1)?, digest: row.int(2)? });
        }
    }
    Ok(out)
}

/// Remembers imported rows.
pub async fn put_source_rows(
    tx: &mut Tx,
    source: i64,
    noun: i64,
    rows: &[SourceRow],
) -> Result<(), StoreError> {
    tx.insert_many(
        "INSERT INTO source_row (source, noun, source_id, id, digest)",
        5,
        "ON CONFLICT (source, noun, source_id) DO UPDATE SET digest = excluded.digest",
        rows.iter().map(|r| args![source, noun, r.source_id, r.id, r.digest]).collect(),
    )
    .await
}

/// Every interned attribute vector: (id, encoding).
pub async fn vectors(db: &Db) -> Result<Vec<(i64, Vec<u8>)>, StoreError> {
    db.all("SELECT id, encoded FROM attr_vector ORDER BY id", vec![])
        .await?
        .iter()
        .map(|row| Ok((row.int(0)?, row.bytes(1)?)))
        .collect()
}

/// Interns an attribute vector: its id, new or known.
pub async fn intern_vector(db: &Db, encoded: &[u8]) -> Result<i64, StoreError> {
    let mut tx = db.begin().await?;
    if let Some(row) =
        tx.opt("SELECT id FROM attr_vector WHERE encoded = $1", args![encoded]).await?
    {
        return row.int(0);
    }
    let id = take_ids(&mut tx, "vector", 1).await?;
    tx.exec(
        "INSERT INTO attr_vector (id, encoded) VALUES ($1, $2) ON CONFLICT (encoded) DO NOTHING",
        args![id, encoded],
    )
    .await?;
    let row = tx.one("SELECT id FROM attr_vector WHERE encoded = $1", args![encoded]).await?;
    let id = row.int(0)?;
    tx.commit().await?;
    Ok(id)
}
