//! Every sealed row of one record, for the operation that seals it anew.
//!
//! A ticket's values lie in its own row, in its comments and in its
//! attachments; a customer's and an organization's in one row. Whoever changes
//! a key must see them all at once and keep others from adding to them
//! meanwhile: [`lock`] takes the record first.

use super::StoreError;
use super::db::{Dialect, Row, Tx};
use crate::args;

/// Which table a row lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// A ticket's own row.
    Ticket,
    /// A comment of a ticket.
    Comment,
    /// An attachment of a ticket.
    Attachment,
    /// A customer.
    Customer,
    /// An organization.
    Organization,
}

impl Table {
    fn name(self) -> &'static str {
        match self {
            Table::Ticket => "ticket",
            Table::Comment => "comment",
            Table::Attachment => "attachment",
            Table::Customer => "customer",
            Table::Organization => "organization",
        }
    }

    /// Whether the row is the record itself: its cells carry their own items.
    #[must_use]
    pub fn is_record(self) -> bool {
        !matches!(self, Table::Comment | Table::Attachment)
    }
}

/// A sealed row.
#[derive(Clone, Debug)]
pub struct Sealed {
    /// Its table.
    pub table: Table,
    /// Its id there.
    pub id: i64,
    /// Its search document and when it was written; none where it is not
    /// searched.
    pub doc: Option<(i64, i64)>,
    /// Packed cells.
    pub cells: Vec<u8>,
}

fn sealed(table: Table, row: &Row) -> Result<Sealed, StoreError> {
    let time = row.int(2)?;
    let doc = row.opt_int(3)?.map(|doc| (doc, time));
    Ok(Sealed { table, id: row.int(0)?, doc, cells: row.bytes(1)? })
}

/// The rows of a record, and the record itself locked until the transaction
/// ends. None if there is no such record.
pub async fn lock(tx: &mut Tx, record: Table, id: i64) -> Result<Option<Vec<Sealed>>, StoreError> {
    let wait = match tx.dialect() {
        // The transaction already holds the one writer's lock.
        Dialect::Sqlite => "",
        Dialect::Postgres => " FOR UPDATE",
    };
    let doc = if record == Table::Organization { "NULL" } else { "doc" };
    let sql = format!(
        "SELECT id, cells, created_at, CAST({doc} AS BIGINT) FROM {} WHERE id = $1{wait}",
        record.name()
    );
    let Some(row) = tx.opt(sql, args![id]).await? else { return Ok(None) };
    let mut out = vec![sealed(record, &row)?];
    if record == Table::Ticket {
        let comments = "SELECT id, cells, created_at, doc FROM comment \
                        WHERE ticket_id = $1 ORDER BY id";
        for row in tx.all(comments, args![id]).await? {
            out.push(sealed(Table::Comment, &row)?);
        }
        let attachments = "SELECT id, cells, created_at, CAST(NULL AS BIGINT) FROM attachment \
                           WHERE ticket_id = $1 ORDER BY id";
        for row in tx.all(attachments, args![id]).await? {
            out.push(sealed(Table::Attachment, &row)?);
        }
    }
    Ok(Some(out))
}

/// Writes a row's cells.
pub async fn put_cells(
    tx: &mut Tx,
    table: Table,
    id: i64,
    cells: Vec<u8>,
    cats: i64,
) -> Result<(), StoreError> {
    let sql = format!("UPDATE {} SET cells = $2, cats = $3 WHERE id = $1", table.name());
    let n = tx.exec(sql, args![id, cells, cats]).await?;
    if n == 1 { Ok(()) } else { Err(StoreError::Missing) }
}

/// Moves a record's export clock, in any case: exports follow it, and a writer
/// who read the record before sees by it that it has changed.
pub async fn touch(tx: &mut Tx, record: Table, id: i64, now: i64) -> Result<(), StoreError> {
    let sql = format!(
        "UPDATE {} SET generated_at = \
         CASE WHEN generated_at < $2 THEN $2 ELSE generated_at + 1 END WHERE id = $1",
        record.name()
    );
    tx.exec(sql, args![id, now]).await?;
    Ok(())
}

/// The ids of a table among these.
pub async fn existing(
    db: &super::db::Db,
    record: Table,
    ids: &[i64],
) -> Result<std::collections::HashSet<i64>, StoreError> {
    let mut out = std::collections::HashSet::with_capacity(ids.len());
    for chunk in ids.chunks(256) {
        let sql = format!(
            "SELECT id FROM {} WHERE id IN {}",
            record.name(),
            super::db::placeholders(1, chunk.len())
        );
        let args = chunk.iter().map(|id| super::db::Arg::from(*id)).collect();
        for row in db.all(sql, args).await? {
            out.insert(row.int(0)?);
        }
    }
    Ok(out)
}
