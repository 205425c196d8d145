//! Migrations: numbered files, one text for both databases.
//!
//! The library keeps the book (versions, checksums, a refusal to run on a
//! database that is newer than the program); this file only replaces the few
//! words that differ.

use std::borrow::Cow;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AssertSqlSafe, SqlSafeStr as _};

use super::StoreError;
use super::db::{Db, Dialect};

/// The files of one database, in order.
pub(crate) struct Set {
    /// Its name in messages.
    pub(crate) name: &'static str,
    /// (version, description, text).
    pub(crate) files: &'static [(i64, &'static str, &'static str)],
}

/// Records.
pub(crate) const DATA: Set =
    Set { name: "data", files: &[(1, "base", include_str!("migrations/data/0001_base.sql"))] };

/// Wrapped keys.
pub(crate) const KEYS: Set =
    Set { name: "keys", files: &[(1, "base", include_str!("migrations/keys/0001_base.sql"))] };

fn translate(text: &str, dialect: Dialect) -> String {
    let (id, bytes, clustered) = match dialect {
        // Without a row id the primary key is the table: half the space.
        Dialect::Sqlite => ("INTEGER PRIMARY KEY", "BLOB", "WITHOUT ROWID"),
        Dialect::Postgres => ("BIGINT PRIMARY KEY", "BYTEA", ""),
    };
    text.replace("{id}", id).replace("{bytes}", bytes).replace("{clustered}", clustered)
}

/// Brings a database to this program's version.
///
/// # Errors
/// [`StoreError::Newer`] if a newer program wrote the database: it is left as
/// it is.
pub(crate) async fn run(db: &Db, set: &Set) -> Result<(), StoreError> {
    let dialect = db.dialect();
    let migrations = set
        .files
        .iter()
        .map(|(version, description, text)| {
            Migration::new(
                *version,
                Cow::Borrowed(*description),
                MigrationType::Simple,
                AssertSqlSafe(translate(text, dialect)).into_sql_str(),
                false,
            )
        })
        .collect();
    let migrator = Migrator::with_migrations(migrations);
    let done = match db {
        Db::Sqlite { write, .. } => migrator.run(write).await,
        Db::Postgres(pool) => migrator.run(pool).await,
    };
    match done {
        Ok(()) => Ok(()),
        Err(sqlx::migrate::MigrateError::VersionMissing(version)) => {
            Err(StoreError::Newer { database: set.name, version })
        }
        Err(error) => Err(StoreError::Migration { database: set.name, reason: error.to_string() }),
    }
}
