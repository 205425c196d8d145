//! Finding tickets and customers by plain columns: what a search asks besides
//! words.
//!
//! A [`Cond`] is a condition in a closed form; this file alone turns it into
//! SQL, with every value as a parameter. The same conditions pick a page, count,
//! and sift candidates that the index gave.

use super::StoreError;
use super::db::{Arg, Db, placeholders};
use super::tickets::Scope;

/// Which table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// Tickets; deleted ones only if a condition asks for them.
    Ticket,
    /// Customers.
    Customer,
}

/// A plain column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// The record's id.
    Id,
    /// A ticket's state.
    Status,
    /// A ticket's priority.
    Priority,
    /// A ticket's type.
    Kind,
    /// A ticket's requester.
    Requester,
    /// A ticket's submitter.
    Submitter,
    /// A ticket's assignee.
    Assignee,
    /// A ticket's group.
    Group,
    /// The organization.
    Organization,
    /// A ticket's brand.
    Brand,
    /// A ticket's form.
    Form,
    /// Time of creation.
    Created,
    /// Time of the last change.
    Updated,
    /// When a ticket was solved.
    Solved,
}

impl Column {
    fn sql(self) -> &'static str {
        match self {
            Column::Id => "id",
            Column::Status => "status",
            Column::Priority => "priority",
            Column::Kind => "type",
            Column::Requester => "requester_id",
            Column::Submitter => "submitter_id",
            Column::Assignee => "assignee_id",
            Column::Group => "group_id",
            Column::Organization => "organization_id",
            Column::Brand => "brand_id",
            Column::Form => "form_id",
            Column::Created => "created_at",
            Column::Updated => "updated_at",
            Column::Solved => "solved_at",
        }
    }
}

/// A condition on a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cond {
    /// The column is one of these; none of them is never.
    In(Column, Vec<i64>),
    /// The column lies from one value to below another.
    Between(Column, i64, i64),
    /// The column has a value.
    Present(Column),
    /// The row has this tag, in any case.
    Tag(String),
    /// The row has any tag.
    AnyTag,
    /// The ticket came by this channel.
    Channel(String),
    /// The ticket has a file.
    Attachment,
    /// One of these wrote in the ticket.
    CommentBy(Vec<i64>),
    /// The customer's flags under a mask.
    Flags(i64, i64),
    /// Any of these.
    Any(Vec<Cond>),
    /// Not this; what has no value is not it.
    Not(Box<Cond>),
}

/// The column by which rows are ordered; customers have no state, priority or
/// type, which counts as 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Time of creation.
    Created,
    /// Time of the last change.
    Updated,
    /// A ticket's priority.
    Priority,
    /// A ticket's state.
    Status,
    /// A ticket's type.
    Kind,
}

impl Order {
    fn sql(self, table: Table) -> &'static str {
        match (self, table) {
            (Order::Created, _) => "created_at",
            (Order::Updated, _) => "updated_at",
            (_, Table::Customer) => "0",
            (Order::Priority, Table::Ticket) => "priority",
            (Order::Status, Table::Ticket) => "status",
            (Order::Kind, Table::Ticket) => "type",
        }
    }
}

/// Where a page begins, in the order (value, id).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// At the beginning.
    Beginning,
    /// After this value and id.
    After(i64, i64),
    /// At this value.
    At(i64),
    /// After this value, whatever the id.
    Past(i64),
}

/// What is looked for.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The table.
    pub table: Table,
    /// All of these hold.
    pub conds: Vec<Cond>,
    /// Which rows exist for the searcher.
    pub scope: Scope,
    /// The order.
    pub order: Order,
}

/// A row as far as a search needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The record.
    pub id: i64,
    /// Its attribute vector.
    pub vector: i64,
    /// The assignee; 0 is nobody.
    pub assignee: i64,
    /// The value by which it is ordered.
    pub value: i64,
}

/// Conditions in SQL, with their parameters.
struct Where {
    sql: String,
    args: Vec<Arg>,
}

impl Where {
    fn of(wanted: &Wanted) -> Where {
        let mut out = Where { sql: String::from(" WHERE 1 = 1"), args: Vec::new() };
        let deleted = wanted.conds.iter().any(names_status);
        if wanted.table == Table::Ticket && !deleted {
            out.sql.push_str(" AND status <> 6");
        }
        for cond in &wanted.conds {
            out.sql.push_str(" AND ");
            out.cond(cond);
        }
        out.scope(wanted.table, &wanted.scope);
        out
    }

    fn place(&mut self, value: impl Into<Arg>) -> String {
        self.args.push(value.into());
        format!("${}", self.args.len())
    }

    fn list(&mut self, column: &str, values: &[i64]) -> String {
        if values.is_empty() {
            return String::from("1 = 0");
        }
        let list = placeholders(self.args.len() + 1, values.len());
        self.args.extend(values.iter().map(|v| Arg::from(*v)));
        format!("{column} IN {list}")
    }

    fn cond(&mut self, cond: &Cond) {
        let sql = self.text(cond);
        self.sql.push_str(&sql);
    }

    fn text(&mut self, cond: &Cond) -> String {
        match cond {
            Cond::In(column, values) => self.list(column.sql(), values),
            Cond::Between(column, from, to) => {
                let (from, to) = (self.place(*from), self.place(*to));
                format!("({0} >= {from} AND {0} < {to})", column.sql())
            }
            Cond::Present(column) => format!("{} IS NOT NULL", column.sql()),
            Cond::Tag(tag) => {
                let place = self.place(tag_pattern(tag));
                format!("LOWER(tags) LIKE {place} ESCAPE '!'")
            }
            Cond::AnyTag => String::from("tags <> '[]'"),
            Cond::Channel(name) => {
                let place = self.place(name.as_str());
                format!("channel = {place}")
            }
            Cond::Attachment => {
                String::from("EXISTS (SELECT 1 FROM attachment a WHERE a.ticket_id = ticket.id)")
            }
            Cond::CommentBy(authors) => {
                let list = self.list("c.author_id", authors);
                format!("EXISTS (SELECT 1 FROM comment c WHERE c.ticket_id = ticket.id AND {list})")
            }
            Cond::Flags(mask, value) => {
                let (mask, value) = (self.place(*mask), self.place(*value));
                format!("(flags & {mask}) = {value}")
            }
            Cond::Any(conds) if conds.is_empty() => String::from("1 = 0"),
            Cond::Any(conds) => {
                let parts: Vec<String> = conds.iter().map(|c| self.text(c)).collect();
                format!("({})", parts.join(" OR "))
            }
            // What is NULL is neither true nor false: CASE makes it false.
            Cond::Not(cond) => format!("(CASE WHEN {} THEN 0 ELSE 1 END) = 1", self.text(cond)),
        }
    }

    fn scope(&mut self, table: Table, scope: &Scope) {
        let Scope::Only { vectors, mine, not_mine, me } = scope else { return };
        let mut open = self.list("vector_id", vectors);
        // Nobody is assigned to a customer: none is the caller's own.
        if table == Table::Ticket && !not_mine.is_empty() {
            let (me, closed) = (self.place(*me), self.list("vector_id", not_mine));
            open = format!("({open} AND NOT (COALESCE(assignee_id, 0) = {me} AND {closed}))");
        }
        if table == Table::Ticket && !mine.is_empty() {
            let (me, own) = (self.place(*me), self.list("vector_id", mine));
            open = format!("({open} OR (assignee_id = {me} AND {own}))");
        }
        self.sql.push_str(" AND ");
        self.sql.push_str(&open);
    }

    fn start(&mut self, column: &str, start: Start, descending: bool) {
        let sign = if descending { "<" } else { ">" };
        let sql = match start {
            Start::Beginning => return,
            Start::After(value, id) => {
                let (value, id) = (self.place(value), self.place(id));
                format!(" AND ({column}, id) {sign} ({value}, {id})")
            }
            Start::At(value) => format!(" AND {column} {sign}= {}", self.place(value)),
            Start::Past(value) => format!(" AND {column} {sign} {}", self.place(value)),
        };
        self.sql.push_str(&sql);
    }
}

fn names_status(cond: &Cond) -> bool {
    match cond {
        Cond::Between(Column::Status, ..) => true,
        Cond::Any(conds) => conds.iter().any(names_status),
        _ => false,
    }
}

/// A tag within a JSON array, for LIKE.
fn tag_pattern(tag: &str) -> String {
    let json = serde_json::Value::from(tag.to_lowercase()).to_string();
    let mut out = String::from("%");
    for c in json.chars() {
        if matches!(c, '%' | '_' | '!') {
            out.push('!');
        }
        out.push(c);
    }
    out.push('%');
    out
}

fn head(wanted: &Wanted) -> (&'static str, &'static str, &'static str) {
    let order = wanted.order.sql(wanted.table);
    match wanted.table {
        Table::Ticket => ("ticket", "COALESCE(assignee_id, 0)", order),
        Table::Customer => ("customer", "0", order),
    }
}

async fn rows(db: &Db, sql: String, args: Vec<Arg>) -> Result<Vec<Seen>, StoreError> {
    db.all(sql, args)
        .await?
        .iter()
        .map(|r| {
            Ok(Seen { id: r.int(0)?, vector: r.int(1)?, assignee: r.int(2)?, value: r.int(3)? })
        })
        .collect()
}

/// Columns are cast, for `0` alone is an `int4` on PostgreSQL.
fn select(wanted: &Wanted) -> String {
    let (table, assignee, order) = head(wanted);
    format!(
        "SELECT id, vector_id, CAST({assignee} AS BIGINT), CAST({order} AS BIGINT) FROM {table}"
    )
}

/// A page in order, ties by id, both in one direction.
pub async fn page(
    db: &Db,
    wanted: &Wanted,
    descending: bool,
    start: Start,
    limit: i64,
) -> Result<Vec<Seen>, StoreError> {
    let mut filter = Where::of(wanted);
    let (.., order) = head(wanted);
    filter.start(order, start, descending);
    let direction = if descending { "DESC" } else { "ASC" };
    // A number alone would name a column of the answer.
    let order = if order == "0" { String::new() } else { format!("{order} {direction}, ") };
    let limit = filter.place(limit);
    let sql =
        format!("{}{} ORDER BY {order}id {direction} LIMIT {limit}", select(wanted), filter.sql);
    rows(db, sql, filter.args).await
}

/// How many rows there are.
pub async fn count(db: &Db, wanted: &Wanted) -> Result<i64, StoreError> {
    let filter = Where::of(wanted);
    let (table, ..) = head(wanted);
    db.one(format!("SELECT COUNT(*) FROM {table}{}", filter.sql), filter.args).await?.int(0)
}

/// Those of some records that fit, in no order.
pub async fn sift(db: &Db, wanted: &Wanted, ids: &[i64]) -> Result<Vec<Seen>, StoreError> {
    let mut out = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(256) {
        let mut padded = chunk.to_vec();
        if let Some(last) = chunk.last() {
            // Few lengths, so that few statements are prepared.
            padded.resize(chunk.len().next_power_of_two(), *last);
        }
        let mut filter = Where::of(wanted);
        let list = filter.list("id", &padded);
        let sql = format!("{}{} AND {list}", select(wanted), filter.sql);
        out.extend(rows(db, sql, filter.args).await?);
    }
    Ok(out)
}

/// An organization's plain columns.
pub struct OrganizationName {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Tags, a JSON array.
    pub tags: String,
    /// Micros.
    pub created_at: i64,
    /// Micros.
    pub updated_at: i64,
}

/// The organizations, without what is sealed of them.
pub async fn organizations(db: &Db) -> Result<Vec<OrganizationName>, StoreError> {
    db.all(
        "SELECT id, name, tags, created_at, updated_at FROM organization ORDER BY id LIMIT 100000",
        vec![],
    )
    .await?
    .iter()
    .map(|r| {
        Ok(OrganizationName {
            id: r.int(0)?,
            name: r.text(1)?,
            tags: r.text(2)?,
            created_at: r.int(3)?,
            updated_at: r.int(4)?,
        })
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sql(conds: Vec<Cond>) -> (String, usize) {
        let filter = Where::of(&Wanted {
            table: Table::Ticket,
            conds,
            scope: Scope::All,
            order: Order::Updated,
        });
        (filter.sql, filter.args.len())
    }

    #[test]
    fn values_are_parameters() {
        let (text, n) = sql(vec![
            Cond::In(Column::Group, vec![7, 8]),
            Cond::Not(Box::new(Cond::Tag("vip'; DROP".into()))),
        ]);
        assert_eq!(
            text,
            " WHERE 1 = 1 AND status <> 6 AND group_id IN ($1,$2) AND \
             (CASE WHEN LOWER(tags) LIKE $3 ESCAPE '!' THEN 0 ELSE 1 END) = 1"
        );
        assert_eq!(n, 3);
    }

    #[test]
    fn deleted_tickets_appear_only_when_a_status_is_named() {
        let (text, _) = sql(vec![Cond::Any(vec![Cond::Between(Column::Status, 6, 7)])]);
        assert!(!text.contains("<> 6"));
    }

    #[test]
    fn a_tag_is_matched_whole_and_its_signs_stand_for_themselves() {
        assert_eq!(tag_pattern("50%_Off!"), "%\"50!%!_off!!\"%");
    }
}
