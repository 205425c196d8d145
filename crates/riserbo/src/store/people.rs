//! Staff, software, their tokens, groups and brands.

use super::StoreError;
use super::db::{Db, Row, Tx};
use crate::args;

/// A principal as stored: what is personal is in `sealed`.
#[derive(Clone)]
pub struct StaffRow {
    /// Zendesk user id.
    pub id: i64,
    /// Keyed token of the sign-in address.
    pub login: Vec<u8>,
    /// Whether this is software.
    pub software: bool,
    /// 0 active, 1 suspended, 2 known from an import only (can't sign in).
    pub state: i64,
    /// Role names, a JSON array.
    pub roles: String,
    /// Group ids, a JSON array.
    pub groups: String,
    /// Sealed profile.
    pub sealed: Vec<u8>,
    /// Micros.
    pub created_at: i64,
    /// Micros.
    pub updated_at: i64,
}

const STAFF: &str = "SELECT id, login, software, state, roles, group_ids, sealed, created_at, updated_at FROM staff";

fn staff(row: &Row) -> Result<StaffRow, StoreError> {
    Ok(StaffRow {
        id: row.int(0)?,
        login: row.bytes(1)?,
        software: row.flag(2)?,
        state: row.int(3)?,
        roles: row.text(4)?,
        groups: row.text(5)?,
        sealed: row.bytes(6)?,
        created_at: row.int(7)?,
        updated_at: row.int(8)?,
    })
}

/// Everybody on the staff.
pub async fn all_staff(db: &Db) -> Result<Vec<StaffRow>, StoreError> {
    db.all(format!("{STAFF} ORDER BY id"), vec![]).await?.iter().map(staff).collect()
}

/// Adds or replaces a member of staff.
pub async fn put_staff(tx: &mut Tx, row: &StaffRow) -> Result<(), StoreError> {
    tx.exec(
        "INSERT INTO staff \
         (id, login, software, state, roles, group_ids, sealed, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
         ON CONFLICT (id) DO UPDATE SET login = excluded.login, state = excluded.state, \
         roles = excluded.roles, group_ids = excluded.group_ids, sealed = excluded.sealed, \
         updated_at = excluded.updated_at",
        args![
            row.id,
            row.login.clone(),
            row.software,
            row.state,
            row.roles.as_str(),
            row.groups.as_str(),
            row.sealed.clone(),
            row.created_at,
            row.updated_at,
        ],
    )
    .await?;
    Ok(())
}

/// Replaces a profile that is still as it was read. Returns whether it was: if not, read again.
/// Neither state nor roles are touched, so that a password set while somebody suspends the account
/// does not undo it.
pub async fn set_profile(
    tx: &mut Tx,
    id: i64,
    before: &[u8],
    sealed: &[u8],
    now: i64,
) -> Result<bool, StoreError> {
    let n = tx
        .exec(
            "UPDATE staff SET sealed = $3, updated_at = $4 WHERE id = $1 AND sealed = $2",
            args![id, before, sealed, now],
        )
        .await?;
    Ok(n > 0)
}

/// Suspends somebody (1) or lets them sign in again (0); nothing else is touched.
pub async fn set_state(tx: &mut Tx, id: i64, state: i64, now: i64) -> Result<(), StoreError> {
    tx.exec("UPDATE staff SET state = $2, updated_at = $3 WHERE id = $1", args![id, state, now])
        .await?;
    Ok(())
}

/// An API token as stored.
#[derive(Clone)]
pub struct TokenRow {
    /// Its id.
    pub id: i64,
    /// Its owner.
    pub staff_id: i64,
    /// SHA-256 of the token.
    pub hash: Vec<u8>,
    /// What the owner calls it.
    pub label: String,
    /// Space-separated scopes.
    pub scopes: String,
    /// Comma-separated networks; empty is any.
    pub networks: String,
    /// Micros.
    pub created_at: i64,
    /// Micros; none is never.
    pub expires_at: Option<i64>,
    /// Micros, rounded to the minute.
    pub used_at: Option<i64>,
    /// Micros.
    pub revoked_at: Option<i64>,
}

const TOKEN: &str = "SELECT id, staff_id, hash, label, scopes, networks, created_at, expires_at, \
                     used_at, revoked_at FROM api_token";

fn token(row: &Row) -> Result<TokenRow, StoreError> {
    Ok(TokenRow {
        id: row.int(0)?,
        staff_id: row.int(1)?,
        hash: row.bytes(2)?,
        label: row.text(3)?,
        scopes: row.text(4)?,
        networks: row.text(5)?,
        created_at: row.int(6)?,
        expires_at: row.opt_int(7)?,
        used_at: row.opt_int(8)?,
        revoked_at: row.opt_int(9)?,
    })
}

/// The token with this hash.
pub async fn token_by_hash(db: &Db, hash: &[u8]) -> Result<Option<TokenRow>, StoreError> {
    let sql = format!("{TOKEN} WHERE hash = $1");
    db.opt(sql, args![hash]).await?.as_ref().map(token).transpose()
}

/// Every token, newest first; of one owner where given.
pub async fn tokens(db: &Db, owner: Option<i64>) -> Result<Vec<TokenRow>, StoreError> {
    let rows = match owner {
        Some(id) => {
            db.all(format!("{TOKEN} WHERE staff_id = $1 ORDER BY id DESC"), args![id]).await?
        }
        None => db.all(format!("{TOKEN} ORDER BY id DESC LIMIT 10000"), vec![]).await?,
    };
    rows.iter().map(token).collect()
}

/// Adds a token.
pub async fn put_token(tx: &mut Tx, row: &TokenRow) -> Result<(), StoreError> {
    tx.exec(
        "INSERT INTO api_token \
         (id, staff_id, hash, label, scopes, networks, created_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        args![
            row.id,
            row.staff_id,
            row.hash.clone(),
            row.label.as_str(),
            row.scopes.as_str(),
            row.networks.as_str(),
            row.created_at,
            row.expires_at,
        ],
    )
    .await?;
    Ok(())
}

/// Ends a token. Returns whether it was live.
pub async fn revoke_token(tx: &mut Tx, id: i64, now: i64) -> Result<bool, StoreError> {
    let n = tx
        .exec(
            "UPDATE api_token SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL",
            args![id, now],
        )
        .await?;
    Ok(n > 0)
}

/// Notes when a token was last used, to the minute.
pub async fn touch_token(db: &Db, id: i64, minute: i64) -> Result<(), StoreError> {
    db.exec(
        "UPDATE api_token SET used_at = $2 WHERE id = $1 AND (used_at IS NULL OR used_at < $2)",
        args![id, minute],
    )
    .await?;
    Ok(())
}

/// A plain named thing: a group or a brand.
#[derive(Clone, Debug)]
pub struct Named {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: String,
}

fn named(row: &Row) -> Result<Named, StoreError> {
    Ok(Named { id: row.int(0)?, name: row.text(1)? })
}

/// Every group.
pub async fn groups(db: &Db) -> Result<Vec<Named>, StoreError> {
    db.all("SELECT id, name FROM agent_group ORDER BY id", vec![])
        .await?
        .iter()
        .map(named)
        .collect()
}

/// Every brand.
pub async fn brands(db: &Db) -> Result<Vec<Named>, StoreError> {
    db.all("SELECT id, name FROM brand ORDER BY id", vec![]).await?.iter().map(named).collect()
}

/// Adds a group; an existing name stays.
pub async fn put_group(tx: &mut Tx, row: &Named) -> Result<(), StoreError> {
    tx.exec(
        "INSERT INTO agent_group (id, name) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING",
        args![row.id, row.name.as_str()],
    )
    .await?;
    Ok(())
}

/// Adds a brand; an existing name stays.
pub async fn put_brand(tx: &mut Tx, row: &Named) -> Result<(), StoreError> {
    tx.exec(
        "INSERT INTO brand (id, name) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING",
        args![row.id, row.name.as_str()],
    )
    .await?;
    Ok(())
}

/// A custom field's definition.
#[derive(Clone, Debug)]
pub struct FieldRow {
    /// 0 ticket, 1 customer, 2 organization.
    pub noun: i64,
    /// Its id.
    pub id: i64,
    /// Its key (user and organization fields) or empty.
    pub name: String,
    /// Zendesk type: `text`, `dropdown`…
    pub kind: String,
    /// Its title.
    pub title: String,
    /// `plain`, `scan`, `hidden`, or a kind's name.
    pub handling: String,
}

/// Every custom field.
pub async fn fields(db: &Db) -> Result<Vec<FieldRow>, StoreError> {
    db.all("SELECT noun, id, name, type, title, handling FROM field_def ORDER BY noun, id", vec![])
        .await?
        .iter()
        .map(|r| {
            Ok(FieldRow {
                noun: r.int(0)?,
                id: r.int(1)?,
                name: r.text(2)?,
                kind: r.text(3)?,
                title: r.text(4)?,
                handling: r.text(5)?,
            })
        })
        .collect()
}

/// Adds a custom field; one that exists keeps its handling.
pub async fn put_field(tx: &mut Tx, row: &FieldRow) -> Result<(), StoreError> {
    tx.exec(
        "INSERT INTO field_def (noun, id, name, type, title, handling) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (noun, id) DO NOTHING",
        args![
            row.noun,
            row.id,
            row.name.as_str(),
            row.kind.as_str(),
            row.title.as_str(),
            row.handling.as_str(),
        ],
    )
    .await?;
    Ok(())
}
