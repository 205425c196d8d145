//! Which ids are taken, and what a second import writes into a ticket that is
//! known.

use super::StoreError;
use super::db::{Db, Tx, padded, placeholders};
use crate::args;

/// A noun whose rows may be asked for by id alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// Organizations.
    Organization,
    /// Groups of agents.
    Group,
    /// Brands.
    Brand,
}

impl Table {
    fn sql(self, n: usize) -> String {
        let table = match self {
            Table::Organization => "organization",
            Table::Group => "agent_group",
            Table::Brand => "brand",
        };
        format!("SELECT id FROM {table} WHERE id IN {}", placeholders(1, n))
    }
}

/// Which of these ids a table has, in no order.
pub async fn ids(db: &Db, table: Table, ids: &[i64]) -> Result<Vec<i64>, StoreError> {
    let mut out = Vec::new();
    for chunk in ids.chunks(128) {
        for row in db.all(table.sql(chunk.len().next_power_of_two()), padded(chunk)).await? {
            out.push(row.int(0)?);
        }
    }
    Ok(out)
}

/// Which of these ids customers or colleagues have, who share one space of ids.
///
/// Ask with the sequence `user` raised in the same transaction: its row is the
/// lock under which ids are given away.
pub async fn users(tx: &mut Tx, ids: &[i64]) -> Result<Vec<i64>, StoreError> {
    let mut out = Vec::new();
    for chunk in ids.chunks(128) {
        let list = placeholders(1, chunk.len().next_power_of_two());
        let sql = format!(
            "SELECT id FROM customer WHERE id IN {list} \
             UNION ALL SELECT id FROM staff WHERE id IN {list}"
        );
        for row in tx.all(sql, padded(chunk)).await? {
            out.push(row.int(0)?);
        }
    }
    Ok(out)
}

/// Which of these handles customers have.
pub async fn handles(db: &Db, handles: &[String]) -> Result<Vec<String>, StoreError> {
    let mut out = Vec::new();
    for chunk in handles.chunks(128) {
        let sql =
            format!("SELECT handle FROM customer WHERE handle IN {}", placeholders(1, chunk.len()));
        for row in db.all(sql, chunk.iter().map(|h| h.as_str().into()).collect()).await? {
            out.push(row.text(0)?);
        }
    }
    Ok(out)
}

/// What a second import changes in a ticket.
#[derive(Clone, Debug)]
pub struct TicketChange {
    /// The ticket.
    pub id: i64,
    /// Its `generated_at` when it was read: it is written only if nobody else
    /// wrote it since.
    pub read_at: i64,
    /// As in [`super::tickets::TicketRow`].
    pub assignee_id: Option<i64>,
    /// Its group.
    pub group_id: Option<i64>,
    /// Its state.
    pub status: i64,
    /// Its priority.
    pub priority: i64,
    /// Its type.
    pub kind: i64,
    /// Its attribute vector.
    pub vector_id: i64,
    /// Its tags.
    pub tags: String,
    /// Its other plain attributes.
    pub plain: String,
    /// Comments that are new, in number.
    pub new_comments: i64,
    /// Categories in use in the new rows; those in use already stay.
    pub new_cats: i64,
    /// Micros.
    pub updated_at: i64,
    /// Micros.
    pub generated_at: i64,
    /// Micros.
    pub solved_at: Option<i64>,
}

/// Writes what a second import changes. Returns whether the ticket was still as
/// it was read; if not, nothing is written.
pub async fn change_ticket(tx: &mut Tx, c: &TicketChange) -> Result<bool, StoreError> {
    let n = tx
        .exec(
            "UPDATE ticket SET assignee_id = $3, group_id = $4, status = $5, priority = $6, \
             type = $7, vector_id = $8, tags = $9, plain = $10, comments = comments + $11, \
             cats = cats | $12, updated_at = $13, generated_at = $14, solved_at = $15 \
             WHERE id = $1 AND generated_at = $2",
            args![
                c.id,
                c.read_at,
                c.assignee_id,
                c.group_id,
                c.status,
                c.priority,
                c.kind,
                c.vector_id,
                c.tags.as_str(),
                c.plain.as_str(),
                c.new_comments,
                c.new_cats,
                c.updated_at,
                c.generated_at,
                c.solved_at,
            ],
        )
        .await?;
    Ok(n == 1)
}
