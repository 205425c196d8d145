//! What ties the stores together: the outbox of the index, records that are
//! closing, and the mark that an operation's data has been committed.
//!
//! A commit over two stores is never assumed (DESIGN section 5): each of these
//! rows commits with the data, and the recovery job reads them.

use super::StoreError;
use super::db::{Arg, Db, Dialect, Tx, placeholders};
use super::meta::take_ids;
use crate::args;

/// Adds an outbox row inside the data's transaction.
pub async fn put_outbox(tx: &mut Tx, payload: Vec<u8>) -> Result<i64, StoreError> {
    let id = take_ids(tx, "outbox", 1).await?;
    tx.exec("INSERT INTO outbox (id, payload) VALUES ($1, $2)", args![id, payload]).await?;
    Ok(id)
}

/// The oldest outbox rows.
pub async fn outbox(db: &Db, limit: i64) -> Result<Vec<(i64, Vec<u8>)>, StoreError> {
    db.all("SELECT id, payload FROM outbox ORDER BY id LIMIT $1", args![limit])
        .await?
        .iter()
        .map(|r| Ok((r.int(0)?, r.bytes(1)?)))
        .collect()
}

/// The newest outbox id that is committed, 0 if none is left.
pub async fn outbox_head(db: &Db) -> Result<i64, StoreError> {
    db.one("SELECT COALESCE(MAX(id), 0) FROM outbox", vec![]).await?.int(0)
}

/// Removes outbox rows that the index has taken over.
pub async fn drop_outbox(db: &Db, ids: &[i64]) -> Result<(), StoreError> {
    for chunk in ids.chunks(256) {
        let sql = format!("DELETE FROM outbox WHERE id IN {}", placeholders(1, chunk.len()));
        db.exec(sql, chunk.iter().map(|id| Arg::from(*id)).collect()).await?;
    }
    Ok(())
}

/// Takes the one turn at the index that all nodes share; it ends with the
/// transaction. One process alone needs none.
pub async fn index_turn(db: &Db) -> Result<Option<Tx>, StoreError> {
    if db.dialect() == Dialect::Sqlite {
        return Ok(None);
    }
    let mut tx = db.begin().await?;
    // The number is "outbox" in ASCII.
    tx.exec("SELECT pg_advisory_xact_lock(122550254464888)", vec![]).await?;
    Ok(Some(tx))
}

/// Marks (record, category) as closing for an operation.
pub async fn put_closing(
    tx: &mut Tx,
    noun: i64,
    record: i64,
    category: u8,
    op: &str,
) -> Result<(), StoreError> {
    tx.exec(
        "INSERT INTO closing (noun, record_id, category, op) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (noun, record_id, category) DO UPDATE SET op = excluded.op",
        args![noun, record, category, op],
    )
    .await?;
    Ok(())
}

/// Every (noun, record, category) that is closing.
pub async fn closing(db: &Db) -> Result<Vec<(i64, i64, u8)>, StoreError> {
    db.all("SELECT noun, record_id, category FROM closing", vec![])
        .await?
        .iter()
        .map(|r| Ok((r.int(0)?, r.int(1)?, u8::try_from(r.int(2)?).unwrap_or(u8::MAX))))
        .collect()
}

/// Removes the closing marks of an operation.
pub async fn drop_closing(db: &Db, op: &str) -> Result<(), StoreError> {
    db.exec("DELETE FROM closing WHERE op = $1", args![op]).await?;
    Ok(())
}

/// Marks that an operation's data is in, inside the data's transaction.
pub async fn mark_op(tx: &mut Tx, op: &str, now: i64) -> Result<(), StoreError> {
    tx.exec(
        "INSERT INTO op_data (op, at) VALUES ($1, $2) ON CONFLICT (op) DO NOTHING",
        args![op, now],
    )
    .await?;
    Ok(())
}

/// Whether an operation's data is in.
pub async fn op_is_in(db: &Db, op: &str) -> Result<bool, StoreError> {
    Ok(db.opt("SELECT 1 FROM op_data WHERE op = $1", args![op]).await?.is_some())
}

/// Forgets that an operation's data is in: its outcome is in the log.
pub async fn drop_mark(db: &Db, op: &str) -> Result<(), StoreError> {
    db.exec("DELETE FROM op_data WHERE op = $1", args![op]).await?;
    Ok(())
}
