//! Tickets, their comments and attachments.
//!
//! Lists are answered by plain columns alone; who may see a ticket at all is a
//! [`Scope`]: sets of attribute vectors, computed by the services.

use super::StoreError;
use super::db::{Arg, Db, Row, Tx, padded, placeholders};
use crate::args;

pub use super::comments::{
    AttachmentRow, CommentRow, attachments, comments, comments_by_id, comments_of_many,
    first_comments, insert_attachments, insert_comments, update_comment_cells,
};

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

impl TicketRow {
    /// Whether any comment has an attachment; `plain` counts them.
    #[must_use]
    pub fn has_files(&self) -> bool {
        self.plain.contains("\"files\":")
    }
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

/// Which records exist at all for a principal (DESIGN section 6, `list`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Every vector is open.
    All,
    /// Records with one of these vectors, but for those with one of `not_mine`
    /// where `me` is the assignee; and those with one of `mine` where it is.
    Only {
        /// Vectors open to everybody of these roles.
        vectors: Vec<i64>,
        /// Vectors open where the record is the caller's own.
        mine: Vec<i64>,
        /// Those of `vectors` that are closed where it is the caller's own.
        not_mine: Vec<i64>,
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
        let Scope::Only { vectors, mine, not_mine, me } = scope else {
            return;
        };
        let mut parts = Vec::new();
        if !vectors.is_empty() {
            let mut open = self.list("vector_id", vectors);
            self.args.extend(vectors.iter().map(|v| Arg::from(*v)));
            if !not_mine.is_empty() {
                let closed = self.list("vector_id", not_mine);
                self.args.extend(not_mine.iter().map(|v| Arg::from(*v)));
                self.args.push(Arg::from(*me));
                let me = self.args.len();
                open = format!(
                    "({open} AND (assignee_id IS NULL OR assignee_id <> ${me} OR NOT {closed}))"
                );
            }
            parts.push(open);
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
