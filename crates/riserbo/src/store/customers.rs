//! Customers, their identifiers' keyed tokens, and organizations.

use super::StoreError;
use super::db::{Arg, Db, Row, Tx, placeholders};
use crate::args;

/// A customer as stored.
#[derive(Clone, Debug, Default)]
pub struct CustomerRow {
    /// Zendesk user id.
    pub id: i64,
    /// `Cliente` + 7 signs: how a masked agent names this customer.
    pub handle: String,
    /// The organization.
    pub organization_id: Option<i64>,
    /// Its key domain.
    pub domain_id: i64,
    /// Its interned attribute vector.
    pub vector_id: i64,
    /// Language tag.
    pub locale: Option<String>,
    /// Time zone's name.
    pub time_zone: Option<String>,
    /// Bits: 1 active, 2 suspended, 4 verified.
    pub flags: i64,
    /// Tags, a JSON array.
    pub tags: String,
    /// Packed cells.
    pub cells: Vec<u8>,
    /// Categories in use.
    pub cats: i64,
    /// Search document of name, notes, details.
    pub doc: i64,
    /// Micros.
    pub created_at: i64,
    /// Micros.
    pub updated_at: i64,
    /// Micros; moves on redaction and re-scan too.
    pub generated_at: i64,
}

const COLUMNS: &str = "id, handle, organization_id, domain_id, vector_id, locale, time_zone, \
     flags, tags, cells, cats, doc, created_at, updated_at, generated_at";

fn customer(row: &Row) -> Result<CustomerRow, StoreError> {
    Ok(CustomerRow {
        id: row.int(0)?,
        handle: row.text(1)?,
        organization_id: row.opt_int(2)?,
        domain_id: row.int(3)?,
        vector_id: row.int(4)?,
        locale: row.opt_text(5)?,
        time_zone: row.opt_text(6)?,
        flags: row.int(7)?,
        tags: row.text(8)?,
        cells: row.bytes(9)?,
        cats: row.int(10)?,
        doc: row.int(11)?,
        created_at: row.int(12)?,
        updated_at: row.int(13)?,
        generated_at: row.int(14)?,
    })
}

fn customer_args(c: &CustomerRow) -> Vec<Arg> {
    args![
        c.id,
        c.handle.as_str(),
        c.organization_id,
        c.domain_id,
        c.vector_id,
        c.locale.as_deref(),
        c.time_zone.as_deref(),
        c.flags,
        c.tags.as_str(),
        c.cells.clone(),
        c.cats,
        c.doc,
        c.created_at,
        c.updated_at,
        c.generated_at,
    ]
}

/// Adds customers.
pub async fn insert(tx: &mut Tx, rows: &[CustomerRow]) -> Result<(), StoreError> {
    tx.insert_many(
        &format!("INSERT INTO customer ({COLUMNS})"),
        15,
        "",
        rows.iter().map(customer_args).collect(),
    )
    .await
}

/// Replaces every column of a customer but the handle.
pub async fn update(tx: &mut Tx, c: &CustomerRow) -> Result<(), StoreError> {
    let sets: Vec<String> = COLUMNS
        .split(',')
        .enumerate()
        .skip(2)
        .map(|(i, column)| format!("{} = ${}", column.trim(), i + 1))
        .collect();
    // The handle is bound but never changes.
    let sql = format!("UPDATE customer SET handle = $2, {} WHERE id = $1", sets.join(", "));
    let n = tx.exec(sql, customer_args(c)).await?;
    if n == 1 { Ok(()) } else { Err(StoreError::Missing) }
}

/// Several customers, in no order.
pub async fn get_many(db: &Db, ids: &[i64]) -> Result<Vec<CustomerRow>, StoreError> {
    let mut out = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(128) {
        let size = chunk.len().next_power_of_two();
        let mut args: Vec<Arg> = chunk.iter().map(|id| Arg::from(*id)).collect();
        if let Some(last) = args.last().cloned() {
            args.resize(size, last);
        }
        let sql = format!("SELECT {COLUMNS} FROM customer WHERE id IN {}", placeholders(1, size));
        for row in db.all(sql, args).await? {
            out.push(customer(&row)?);
        }
    }
    Ok(out)
}

/// One customer.
pub async fn get(db: &Db, id: i64) -> Result<Option<CustomerRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM customer WHERE id = $1");
    db.opt(sql, args![id]).await?.as_ref().map(customer).transpose()
}

/// A page of customers by id, of those whose vector is in the scope.
pub async fn list(
    db: &Db,
    vectors: Option<&[i64]>,
    after: i64,
    offset: i64,
    limit: i64,
    descending: bool,
) -> Result<Vec<CustomerRow>, StoreError> {
    let (sign, direction) = if descending { ("<", "DESC") } else { (">", "ASC") };
    let mut args = args![after, limit, offset];
    let scope = scope_sql(vectors, &mut args);
    let sql = format!(
        "SELECT {COLUMNS} FROM customer WHERE id {sign} $1{scope} \
         ORDER BY id {direction} LIMIT $2 OFFSET $3"
    );
    db.all(sql, args).await?.iter().map(customer).collect()
}

fn scope_sql(vectors: Option<&[i64]>, args: &mut Vec<Arg>) -> String {
    match vectors {
        None => String::new(),
        Some([]) => String::from(" AND 1 = 0"),
        Some(list) => {
            let sql = format!(" AND vector_id IN {}", placeholders(args.len() + 1, list.len()));
            args.extend(list.iter().map(|v| Arg::from(*v)));
            sql
        }
    }
}

/// How many customers there are in the scope.
pub async fn count(db: &Db, vectors: Option<&[i64]>) -> Result<i64, StoreError> {
    let mut args = Vec::new();
    let scope = scope_sql(vectors, &mut args);
    db.one(format!("SELECT COUNT(*) FROM customer WHERE 1 = 1{scope}"), args).await?.int(0)
}

/// The part of a token that is stored. Two identifiers of three million share
/// it with a chance of one in four million; the caller compares the value then.
fn short(token: &[u8; 16]) -> i64 {
    let [a, b, c, d, e, f, g, h, ..] = *token;
    i64::from_be_bytes([a, b, c, d, e, f, g, h])
}

/// Adds keyed tokens of identifiers: (token, noun, id).
pub async fn put_identifiers(tx: &mut Tx, rows: &[([u8; 16], i64, i64)]) -> Result<(), StoreError> {
    tx.insert_many(
        "INSERT INTO identifier (token, noun, id)",
        3,
        "ON CONFLICT (token, noun, id) DO NOTHING",
        rows.iter().map(|(token, noun, id)| args![short(token), *noun, *id]).collect(),
    )
    .await
}

/// The records of a noun that carry this identifier, at most 20.
pub async fn by_identifier(db: &Db, token: &[u8; 16], noun: i64) -> Result<Vec<i64>, StoreError> {
    db.all(
        "SELECT id FROM identifier WHERE token = $1 AND noun = $2 ORDER BY id LIMIT 20",
        args![short(token), noun],
    )
    .await?
    .iter()
    .map(|r| r.int(0))
    .collect()
}

/// Removes a record's identifiers.
pub async fn drop_identifiers(tx: &mut Tx, noun: i64, id: i64) -> Result<(), StoreError> {
    tx.exec("DELETE FROM identifier WHERE noun = $1 AND id = $2", args![noun, id]).await?;
    Ok(())
}

/// Removes some identifiers of a record: the values are being redacted.
pub async fn drop_some_identifiers(
    tx: &mut Tx,
    noun: i64,
    id: i64,
    tokens: &[[u8; 16]],
) -> Result<(), StoreError> {
    for token in tokens {
        tx.exec(
            "DELETE FROM identifier WHERE noun = $1 AND id = $2 AND token = $3",
            args![noun, id, short(token)],
        )
        .await?;
    }
    Ok(())
}

/// An organization as stored.
#[derive(Clone, Debug, Default)]
pub struct OrganizationRow {
    /// Its id.
    pub id: i64,
    /// Its name (plain).
    pub name: String,
    /// Tags, a JSON array.
    pub tags: String,
    /// Its key domain.
    pub domain_id: i64,
    /// Packed cells.
    pub cells: Vec<u8>,
    /// Categories in use.
    pub cats: i64,
    /// Micros.
    pub created_at: i64,
    /// Micros.
    pub updated_at: i64,
    /// Micros.
    pub generated_at: i64,
}

const ORGANIZATION: &str =
    "id, name, tags, domain_id, cells, cats, created_at, updated_at, generated_at";

fn organization(r: &Row) -> Result<OrganizationRow, StoreError> {
    Ok(OrganizationRow {
        id: r.int(0)?,
        name: r.text(1)?,
        tags: r.text(2)?,
        domain_id: r.int(3)?,
        cells: r.bytes(4)?,
        cats: r.int(5)?,
        created_at: r.int(6)?,
        updated_at: r.int(7)?,
        generated_at: r.int(8)?,
    })
}

/// Adds organizations.
pub async fn insert_organizations(tx: &mut Tx, rows: &[OrganizationRow]) -> Result<(), StoreError> {
    tx.insert_many(
        &format!("INSERT INTO organization ({ORGANIZATION})"),
        9,
        "",
        rows.iter()
            .map(|o| {
                args![
                    o.id,
                    o.name.as_str(),
                    o.tags.as_str(),
                    o.domain_id,
                    o.cells.clone(),
                    o.cats,
                    o.created_at,
                    o.updated_at,
                    o.generated_at,
                ]
            })
            .collect(),
    )
    .await
}

/// Every organization, at most 100,000, by id.
pub async fn organizations(db: &Db) -> Result<Vec<OrganizationRow>, StoreError> {
    db.all(format!("SELECT {ORGANIZATION} FROM organization ORDER BY id LIMIT 100000"), vec![])
        .await?
        .iter()
        .map(organization)
        .collect()
}
