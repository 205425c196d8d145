//! Comments and attachments' metadata of tickets.

use super::StoreError;
use super::db::{Db, Row, Tx, padded, placeholders};
use crate::args;

/// A comment as stored.
#[derive(Clone, Debug, Default)]
pub struct CommentRow {
    /// Its id.
    pub id: i64,
    /// Its ticket.
    pub ticket_id: i64,
    /// Its author, a customer or a member of staff.
    pub author_id: i64,
    /// Whether the customer sees it.
    pub public: bool,
    /// Micros.
    pub created_at: i64,
    /// Its search document.
    pub doc: i64,
    /// The audit it belongs to.
    pub audit_id: Option<i64>,
    /// Packed cells.
    pub cells: Vec<u8>,
    /// Categories in use.
    pub cats: i64,
}

const COMMENT: &str = "id, ticket_id, author_id, public, created_at, doc, audit_id, cells, cats";

fn comment(row: &Row) -> Result<CommentRow, StoreError> {
    Ok(CommentRow {
        id: row.int(0)?,
        ticket_id: row.int(1)?,
        author_id: row.int(2)?,
        public: row.flag(3)?,
        created_at: row.int(4)?,
        doc: row.int(5)?,
        audit_id: row.opt_int(6)?,
        cells: row.bytes(7)?,
        cats: row.int(8)?,
    })
}

/// Adds comments.
pub async fn insert_comments(tx: &mut Tx, rows: &[CommentRow]) -> Result<(), StoreError> {
    tx.insert_many(
        &format!("INSERT INTO comment ({COMMENT})"),
        9,
        "",
        rows.iter()
            .map(|c| {
                args![
                    c.id,
                    c.ticket_id,
                    c.author_id,
                    c.public,
                    c.created_at,
                    c.doc,
                    c.audit_id,
                    c.cells.clone(),
                    c.cats,
                ]
            })
            .collect(),
    )
    .await
}

/// Rewrites a comment's cells.
pub async fn update_comment_cells(
    tx: &mut Tx,
    id: i64,
    cells: Vec<u8>,
    cats: i64,
) -> Result<(), StoreError> {
    tx.exec("UPDATE comment SET cells = $2, cats = $3 WHERE id = $1", args![id, cells, cats])
        .await?;
    Ok(())
}

/// The comments of a ticket, oldest first. `limit` of them after `offset`.
pub async fn comments(
    db: &Db,
    ticket_id: i64,
    offset: i64,
    limit: i64,
    descending: bool,
) -> Result<Vec<CommentRow>, StoreError> {
    let direction = if descending { "DESC" } else { "ASC" };
    let sql = format!(
        "SELECT {COMMENT} FROM comment WHERE ticket_id = $1 \
         ORDER BY created_at {direction}, id {direction} LIMIT $2 OFFSET $3"
    );
    db.all(sql, args![ticket_id, limit, offset]).await?.iter().map(comment).collect()
}

/// The comments of several tickets, by ticket and time.
pub async fn comments_of_many(db: &Db, ids: &[i64]) -> Result<Vec<CommentRow>, StoreError> {
    let mut out = Vec::new();
    for chunk in ids.chunks(128) {
        let sql = format!(
            "SELECT {COMMENT} FROM comment WHERE ticket_id IN {} \
             ORDER BY ticket_id, created_at, id",
            placeholders(1, chunk.len().next_power_of_two())
        );
        for row in db.all(sql, padded(chunk)).await? {
            out.push(comment(&row)?);
        }
    }
    Ok(out)
}

/// Comments by their ids, in no order.
pub async fn comments_by_id(db: &Db, ids: &[i64]) -> Result<Vec<CommentRow>, StoreError> {
    let mut out = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(128) {
        let sql = format!(
            "SELECT {COMMENT} FROM comment WHERE id IN {}",
            placeholders(1, chunk.len().next_power_of_two())
        );
        for row in db.all(sql, padded(chunk)).await? {
            out.push(comment(&row)?);
        }
    }
    Ok(out)
}

/// The first comment of each ticket (its `description`).
pub async fn first_comments(db: &Db, ids: &[i64]) -> Result<Vec<CommentRow>, StoreError> {
    let mut out = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(128) {
        let sql = format!(
            "SELECT {COMMENT} FROM comment c WHERE c.ticket_id IN {} AND NOT EXISTS \
             (SELECT 1 FROM comment d WHERE d.ticket_id = c.ticket_id \
              AND (d.created_at, d.id) < (c.created_at, c.id))",
            placeholders(1, chunk.len().next_power_of_two())
        );
        for row in db.all(sql, padded(chunk)).await? {
            out.push(comment(&row)?);
        }
    }
    Ok(out)
}

/// An attachment's metadata as stored.
#[derive(Clone, Debug, Default)]
pub struct AttachmentRow {
    /// Its id.
    pub id: i64,
    /// Its ticket.
    pub ticket_id: i64,
    /// Its comment.
    pub comment_id: i64,
    /// MIME type.
    pub content_type: String,
    /// Bytes.
    pub size: i64,
    /// Whether it stands in the text.
    pub inline: bool,
    /// Packed cells: the file's name.
    pub cells: Vec<u8>,
    /// Categories in use.
    pub cats: i64,
    /// Micros.
    pub created_at: i64,
}

const ATTACHMENT: &str =
    "id, ticket_id, comment_id, content_type, size, inlined, cells, cats, created_at";

/// Adds attachments' metadata; one that is known stays.
pub async fn insert_attachments(tx: &mut Tx, rows: &[AttachmentRow]) -> Result<(), StoreError> {
    tx.insert_many(
        &format!("INSERT INTO attachment ({ATTACHMENT})"),
        9,
        "ON CONFLICT (id) DO NOTHING",
        rows.iter()
            .map(|a| {
                args![
                    a.id,
                    a.ticket_id,
                    a.comment_id,
                    a.content_type.as_str(),
                    a.size,
                    a.inline,
                    a.cells.clone(),
                    a.cats,
                    a.created_at,
                ]
            })
            .collect(),
    )
    .await
}

/// The attachments of a ticket.
pub async fn attachments(db: &Db, ticket_id: i64) -> Result<Vec<AttachmentRow>, StoreError> {
    db.all(
        format!("SELECT {ATTACHMENT} FROM attachment WHERE ticket_id = $1 ORDER BY id"),
        args![ticket_id],
    )
    .await?
    .iter()
    .map(|r| {
        Ok(AttachmentRow {
            id: r.int(0)?,
            ticket_id: r.int(1)?,
            comment_id: r.int(2)?,
            content_type: r.text(3)?,
            size: r.int(4)?,
            inline: r.flag(5)?,
            cells: r.bytes(6)?,
            cats: r.int(7)?,
            created_at: r.int(8)?,
        })
    })
    .collect()
}
