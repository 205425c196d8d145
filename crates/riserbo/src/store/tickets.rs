//! Tickets, their comments and attachments.
//!
//! Lists are answered by plain columns alone; who may see a ticket at all is a
//! [`Scope`]: sets of attribute vectors, computed by the services.

use super::StoreError;
use super::db::{Arg, Db, Row, Tx, placeholders};
use crate::args;

/// A ticket as stored.
#[derive(Clone, Debug, Default)]
pub struct TicketRow {
    /// Its id.
    pub id: i64,
    /// The customer (or member of staff) who asks.
    pub requester_id: i64,
    /// Who wrote it in.
    pub submitter_id: Option<i64>,
    /// Who works on it.
    pub assignee_id: Option<i64>,
    /// The group that works on it.
    pub group_id: Option<i64>,
    /// The requester's organization.
    pub organization_id: Option<i64>,
    /// The brand.
    pub brand_id: Option<i64>,
    /// The form.
    pub form_id: Option<i64>,
    /// 0 new, 1 open, 2 pending, 3 hold, 4 solved, 5 closed, 6 deleted.
    pub status: i64,
    /// 0 none, 1 low, 2 normal, 3 high, 4 urgent.
    pub priority: i64,
    /// 0 none, 1 question, 2 incident, 3 problem, 4 task.
    pub kind: i64,
    /// `email`, `chat`, `web`…
    pub channel: String,
    /// Its key domain.
    pub domain_id: i64,
    /// Its interned attribute vector.
    pub vector_id: i64,
    /// Tags, a JSON array.
    pub tags: String,
    /// Other plain attributes, a JSON object.
    pub plain: String,
    /// Packed cells.
    pub cells: Vec<u8>,
    /// Categories in use, in any of the ticket's rows.
    pub cats: i64,
    /// Search document of subject and fields.
    pub doc: i64,
    /// How many comments.
    pub comments: i64,
    /// Micros.
    pub created_at: i64,
    /// Micros; moves on content and status.
    pub updated_at: i64,
    /// Micros; moves on redaction and re-scan too.
    pub generated_at: i64,
    /// Micros.
    pub solved_at: Option<i64>,
}

/// The columns of [`TicketRow`], in order.
const COLUMNS: &str = "id, requester_id, submitter_id, assignee_id, group_id, organization_id, \
     brand_id, form_id, status, priority, type, channel, domain_id, vector_id, tags, plain, \
     cells, cats, doc, comments, created_at, updated_at, generated_at, solved_at";
const COLUMN_COUNT: usize = 24;

fn ticket(row: &Row) -> Result<TicketRow, StoreError> {
    Ok(TicketRow {
        id: row.int(0)?,
        requester_id: row.int(1)?,
        submitter_id: row.opt_int(2)?,
        assignee_id: row.opt_int(3)?,
        group_id: row.opt_int(4)?,
        organization_id: row.opt_int(5)?,
        brand_id: row.opt_int(6)?,
        form_id: row.opt_int(7)?,
        status: row.int(8)?,
        priority: row.int(9)?,
        kind: row.int(10)?,
        channel: row.text(11)?,
        domain_id: row.int(12)?,
        vector_id: row.int(13)?,
        tags: row.text(14)?,
        plain: row.text(15)?,
        cells: row.bytes(16)?,
        cats: row.int(17)?,
        doc: row.int(18)?,
        comments: row.int(19)?,
        created_at: row.int(20)?,
        updated_at: row.int(21)?,
        generated_at: row.int(22)?,
        solved_at: row.opt_int(23)?,
    })
}

fn ticket_args(t: &TicketRow) -> Vec<Arg> {
    args![
        t.id,
        t.requester_id,
        t.submitter_id,
        t.assignee_id,
        t.group_id,
        t.organization_id,
        t.brand_id,
        t.form_id,
        t.status,
        t.priority,
        t.kind,
        t.channel.as_str(),
        t.domain_id,
        t.vector_id,
        t.tags.as_str(),
        t.plain.as_str(),
        t.cells.clone(),
        t.cats,
        t.doc,
        t.comments,
        t.created_at,
        t.updated_at,
        t.generated_at,
        t.solved_at,
    ]
}

/// Adds tickets.
pub async fn insert(tx: &mut Tx, rows: &[TicketRow]) -> Result<(), StoreError> {
    tx.insert_many(
        &format!("INSERT INTO ticket ({COLUMNS})"),
        COLUMN_COUNT,
        "",
        rows.iter().map(ticket_args).collect(),
    )
    .await
}

/// Replaces every column of a ticket.
pub async fn update(tx: &mut Tx, t: &TicketRow) -> Result<(), StoreError> {
    let sets: Vec<String> = COLUMNS
        .split(',')
        .enumerate()
        .skip(1)
        .map(|(i, column)| format!("{} = ${}", column.trim(), i + 1))
        .collect();
    let n = tx
        .exec(format!("UPDATE ticket SET {} WHERE id = $1", sets.join(", ")), ticket_args(t))
        .await?;
    if n == 1 { Ok(()) } else { Err(StoreError::Missing) }
}

/// One ticket.
pub async fn get(db: &Db, id: i64) -> Result<Option<TicketRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM ticket WHERE id = $1");
    db.opt(sql, args![id]).await?.as_ref().map(ticket).transpose()
}

/// Several tickets, in no order.
pub async fn get_many(db: &Db, ids: &[i64]) -> Result<Vec<TicketRow>, StoreError> {
    let mut out = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(128) {
        let sql = format!(
            "SELECT {COLUMNS} FROM ticket WHERE id IN {}",
            placeholders(1, chunk.len().next_power_of_two())
        );
        for row in db.all(sql, padded(chunk)).await? {
            out.push(ticket(&row)?);
        }
    }
    Ok(out)
}

fn padded(ids: &[i64]) -> Vec<Arg> {
    let mut args: Vec<Arg> = ids.iter().map(|id| Arg::from(*id)).collect();
    if let Some(last) = args.last().cloned() {
        args.resize(ids.len().next_power_of_two(), last);
    }
    args
}

/// Which records exist at all for a principal (DESIGN section 6, `list`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Every vector is open.
    All,
    /// Records with one of these vectors, and those with one of `mine` where
    /// `me` is the assignee.
    Only {
        /// Vectors open to everybody of these roles.
        vectors: Vec<i64>,
        /// Vectors open where the record is the caller's own.
        mine: Vec<i64>,
        /// The caller.
        me: i64,
    },
}

/// Plain conditions of a list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Any of these states; empty is any but deleted.
    pub status: Vec<i64>,
    /// Deleted tickets too.
    pub with_deleted: bool,
    /// Assigned to; `Some(None)` is unassigned.
    pub assignee: Option<Option<i64>>,
    /// In this group; `Some(None)` is in none.
    pub group: Option<Option<i64>>,
    /// Asked by.
    pub requester: Option<i64>,
    /// Of this organization.
    pub organization: Option<i64>,
    /// Of this brand.
    pub brand: Option<i64>,
    /// Only these.
    pub ids: Option<Vec<i64>>,
    /// `generated_at` at or after (micros).
    pub generated_from: Option<i64>,
}

/// Plain columns that a list may be ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// By id.
    Id,
    /// By time of creation.
    Created,
    /// By time of the last change.
    Updated,
    /// By the export clock.
    Generated,
    /// By state.
    Status,
    /// By priority.
    Priority,
    /// By assignee's id.
    Assignee,
    /// By group's id.
    Group,
}

impl Order {
    /// The expression; never NULL, so that keyset paging holds.
    fn column(self) -> &'static str {
        match self {
            Order::Id => "id",
            Order::Created => "created_at",
            Order::Updated => "updated_at",
            Order::Generated => "generated_at",
            Order::Status => "status",
            Order::Priority => "priority",
            Order::Assignee => "COALESCE(assignee_id, 0)",
            Order::Group => "COALESCE(group_id, 0)",
        }
    }

    /// This column's value in a row: what a cursor holds.
    #[must_use]
    pub fn value(self, t: &TicketRow) -> i64 {
        match self {
            Order::Id => t.id,
            Order::Created => t.created_at,
            Order::Updated => t.updated_at,
            Order::Generated => t.generated_at,
            Order::Status => t.status,
            Order::Priority => t.priority,
            Order::Assignee => t.assignee_id.unwrap_or(0),
            Order::Group => t.group_id.unwrap_or(0),
        }
    }
}

/// Where a page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// At the start.
    Start,
    /// After this many rows.
    Offset(i64),
    /// After the row with this order value and id.
    After(i64, i64),
}

/// Conditions in SQL, with their parameters.
struct Where {
    sql: String,
    args: Vec<Arg>,
}

impl Where {
    fn new() -> Self {
        Where { sql: String::from(" WHERE 1 = 1"), args: Vec::new() }
    }

    fn and(&mut self, condition: &str, arg: impl Into<Arg>) {
        self.args.push(arg.into());
        let place = format!("${}", self.args.len());
        self.sql.push_str(" AND ");
        self.sql.push_str(&condition.replace('?', &place));
    }

    fn within(&mut self, column: &str, values: &[i64]) {
        if values.is_empty() {
            self.sql.push_str(" AND 1 = 0");
            return;
        }
        self.sql.push_str(&format!(" AND {}", self.list(column, values)));
        self.args.extend(values.iter().map(|v| Arg::from(*v)));
    }

    fn list(&self, column: &str, values: &[i64]) -> String {
        format!("{column} IN {}", placeholders(self.args.len() + 1, values.len()))
    }

    fn optional(&mut self, column: &str, value: Option<Option<i64>>) {
        match value {
            Some(Some(v)) => self.and(&format!("{column} = ?"), v),
            Some(None) => self.sql.push_str(&format!(" AND {column} IS NULL")),
            None => {}
        }
    }

    fn scope(&mut self, scope: &Scope) {
        let Scope::Only { vectors, mine, me } = scope else { return };
        let mut parts = Vec::new();
        if !vectors.is_empty() {
            parts.push(self.list("vector_id", vectors));
            self.args.extend(vectors.iter().map(|v| Arg::from(*v)));
        }
        if !mine.is_empty() {
            let list = self.list("vector_id", mine);
            self.args.extend(mine.iter().map(|v| Arg::from(*v)));
            self.args.push(Arg::from(*me));
            parts.push(format!("(assignee_id = ${} AND {list})", self.args.len()));
        }
        if parts.is_empty() {
            self.sql.push_str(" AND 1 = 0");
        } else {
            self.sql.push_str(&format!(" AND ({})", parts.join(" OR ")));
        }
    }

    fn filter(filter: &Filter, scope: &Scope) -> Self {
        let mut w = Where::new();
        if !filter.status.is_empty() {
            w.within("status", &filter.status);
        } else if !filter.with_deleted {
            w.sql.push_str(" AND status <> 6");
        }
        w.optional("assignee_id", filter.assignee);
        w.optional("group_id", filter.group);
        for (column, value) in [
            ("requester_id", filter.requester),
            ("organization_id", filter.organization),
            ("brand_id", filter.brand),
        ] {
            if let Some(v) = value {
                w.and(&format!("{column} = ?"), v);
            }
        }
        if let Some(from) = filter.generated_from {
            w.and("generated_at >= ?", from);
        }
        if let Some(ids) = &filter.ids {
            w.within("id", ids);
        }
        w.scope(scope);
        w
    }
}

/// A page of tickets in order; ties are broken by id, in the same direction.
pub async fn list(
    db: &Db,
    filter: &Filter,
    scope: &Scope,
    order: Order,
    descending: bool,
    from: From,
    limit: i64,
) -> Result<Vec<TicketRow>, StoreError> {
    let mut w = Where::filter(filter, scope);
    let (sign, direction) = if descending { ("<", "DESC") } else { (">", "ASC") };
    let column = order.column();
    let mut offset = 0;
    match from {
        From::Start => {}
        From::Offset(n) => offset = n,
        From::After(value, id) => {
            if order == Order::Id {
                w.and(&format!("id {sign} ?"), id);
            } else {
                w.args.push(Arg::from(value));
                let a = w.args.len();
                w.args.push(Arg::from(id));
                let b = w.args.len();
                w.sql.push_str(&format!(" AND ({column}, id) {sign} (${a}, ${b})"));
            }
        }
    }
    w.args.push(Arg::from(limit));
    let l = w.args.len();
    w.args.push(Arg::from(offset));
    let sql = format!(
        "SELECT {COLUMNS} FROM ticket{} ORDER BY {column} {direction}, id {direction} \
         LIMIT ${l} OFFSET ${}",
        w.sql,
        l + 1
    );
    db.all(sql, w.args).await?.iter().map(ticket).collect()
}

/// How many tickets a list has.
pub async fn count(db: &Db, filter: &Filter, scope: &Scope) -> Result<i64, StoreError> {
    let w = Where::filter(filter, scope);
    db.one(format!("SELECT COUNT(*) FROM ticket{}", w.sql), w.args).await?.int(0)
}

/// How many tickets there are by state, in one scope.
pub async fn count_by_status(db: &Db, scope: &Scope) -> Result<Vec<(i64, i64)>, StoreError> {
    let w = Where::filter(&Filter { with_deleted: true, ..Filter::default() }, scope);
    db.all(format!("SELECT status, COUNT(*) FROM ticket{} GROUP BY status", w.sql), w.args)
        .await?
        .iter()
        .map(|r| Ok((r.int(0)?, r.int(1)?)))
        .collect()
}

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
