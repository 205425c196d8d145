//! Acts of a time: open reveals, and the budgets that they spend.

use super::StoreError;
use super::db::{Db, Tx};
use super::meta::take_ids;
use crate::args;

/// Where a revealed value lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Spot {
    /// The record's noun.
    pub noun: u8,
    /// The record.
    pub record: i64,
    /// The field.
    pub part: u8,
    /// The field's item, as in its place.
    pub item: i64,
    /// The slot's number; [`WHOLE_TEXT`] is the text itself.
    pub slot: u32,
}

/// The slot number that stands for a text's template.
pub const WHOLE_TEXT: u32 = u32::MAX;

/// A value that is open for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reveal {
    /// Where it lies.
    pub spot: Spot,
    /// Its category when it was opened.
    pub category: u8,
    /// The ticket in whose context it was opened.
    pub context: Option<i64>,
    /// Until when, micros.
    pub until: i64,
}

/// Opens a value for a person until a time.
pub async fn put_reveal(tx: &mut Tx, staff: i64, reveal: &Reveal) -> Result<i64, StoreError> {
    let id = take_ids(tx, "reveal", 1).await?;
    let spot = &reveal.spot;
    tx.exec(
        "INSERT INTO reveal \
         (id, staff_id, noun, record_id, part, item, slot, category, context, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        args![
            id,
            staff,
            spot.noun,
            spot.record,
            spot.part,
            spot.item,
            spot.slot,
            reveal.category,
            reveal.context,
            reveal.until,
        ],
    )
    .await?;
    Ok(id)
}

/// The end of the last reveal; 0 if there is none.
pub async fn last_end(db: &Db) -> Result<i64, StoreError> {
    db.one("SELECT COALESCE(MAX(expires_at), 0) FROM reveal", vec![]).await?.int(0)
}

/// The values that are open for a person now.
pub async fn reveals(db: &Db, staff: i64, now: i64) -> Result<Vec<Reveal>, StoreError> {
    db.all(
        "SELECT noun, record_id, part, item, slot, category, context, expires_at FROM reveal \
         WHERE staff_id = $1 AND expires_at > $2",
        args![staff, now],
    )
    .await?
    .iter()
    .map(|r| {
        let byte = |at: usize| u8::try_from(r.int(at)?).map_err(|_| StoreError::Cells);
        let slot = u32::try_from(r.int(4)?).map_err(|_| StoreError::Cells)?;
        let spot =
            Spot { noun: byte(0)?, record: r.int(1)?, part: byte(2)?, item: r.int(3)?, slot };
        Ok(Reveal { spot, category: byte(5)?, context: r.opt_int(6)?, until: r.int(7)? })
    })
    .collect()
}

/// Removes reveals that have ended.
pub async fn drop_ended(db: &Db, now: i64) -> Result<u64, StoreError> {
    db.exec("DELETE FROM reveal WHERE expires_at <= $1", args![now]).await
}

/// Spends one of a budget. Returns whether there was one left: a
/// compare-and-swap, so that two at once can't both take the last.
pub async fn spend(
    db: &Db,
    staff: i64,
    act: &str,
    window_start: i64,
    limit: i64,
) -> Result<bool, StoreError> {
    if limit < 1 {
        return Ok(false);
    }
    let row = db
        .exec_opt(
            "INSERT INTO budget (staff_id, act, window_start, used) VALUES ($1, $2, $3, 1) \
             ON CONFLICT (staff_id, act, window_start) DO UPDATE SET used = budget.used + 1 \
             WHERE budget.used < $4 RETURNING used",
            args![staff, act, window_start, limit],
        )
        .await?;
    Ok(row.is_some())
}

/// How much of a budget is spent.
pub async fn spent(db: &Db, staff: i64, act: &str, window_start: i64) -> Result<i64, StoreError> {
    let row = db
        .opt(
            "SELECT used FROM budget WHERE staff_id = $1 AND act = $2 AND window_start = $3",
            args![staff, act, window_start],
        )
        .await?;
    row.map_or(Ok(0), |r| r.int(0))
}
