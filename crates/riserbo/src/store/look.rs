//! Opening databases to look at them: nothing is made, nothing is changed.
//!
//! For the doctor and for commands that may run beside a server.

use std::path::Path;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};

use super::StoreError;
use super::db::{Db, Dialect};
use super::migrate::{DATA, KEYS};
use crate::args;

/// One of our databases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Records.
    Data,
    /// Wrapped keys.
    Keys,
}

impl Which {
    /// Its file.
    #[must_use]
    pub fn file(self) -> &'static str {
        match self {
            Which::Data => "data.db",
            Which::Keys => "keys.db",
        }
    }

    fn schema(self) -> &'static str {
        match self {
            Which::Data => "data",
            Which::Keys => "keys",
        }
    }

    fn newest(self) -> i64 {
        let set = match self {
            Which::Data => &DATA,
            Which::Keys => &KEYS,
        };
        set.files.iter().map(|(version, ..)| *version).max().unwrap_or(0)
    }
}

/// A database's version beside this program's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// Nothing was ever written.
    Empty,
    /// This program's.
    Ours(i64),
    /// Older: the next start brings it up.
    Older {
        /// Its version.
        found: i64,
        /// This program's.
        ours: i64,
    },
    /// Newer: this program leaves it alone.
    Newer {
        /// Its version.
        found: i64,
        /// This program's.
        ours: i64,
    },
}

/// Opens an SQLite file that must be there.
///
/// # Errors
/// [`StoreError::Absent`] if it is not.
pub async fn sqlite(file: &Path, which: Which) -> Result<Db, StoreError> {
    if !file.exists() {
        return Err(StoreError::Absent { database: which.schema() });
    }
    let options = SqliteConnectOptions::new()
        .filename(file)
        .read_only(true)
        .create_if_missing(false)
        .busy_timeout(Duration::from_secs(5))
        .pragma("query_only", "ON");
    let read = SqlitePoolOptions::new()
        .min_connections(0)
        .max_connections(1)
        .connect_with(options)
        .await?;
    Ok(Db::Sqlite { write: read.clone(), read })
}

/// Opens a schema of a PostgreSQL database, without making it.
///
/// # Errors
/// The server can't be reached, or refuses.
pub async fn postgres(url: &str, which: Which) -> Result<Db, StoreError> {
    let options: PgConnectOptions = url.parse().map_err(|_| StoreError::Url)?;
    let options =
        options.options([("search_path", which.schema()), ("default_transaction_read_only", "on")]);
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(Duration::from_secs(10))
        .connect_with(options)
        .await?;
    Ok(Db::Postgres(pool))
}

/// Which version a database has.
///
/// # Errors
/// It can't be read.
pub async fn version(db: &Db, which: Which) -> Result<Version, StoreError> {
    // The library's book of migrations. Where there is none, nothing was written.
    let there = match db.dialect() {
        Dialect::Sqlite => "SELECT COUNT(*) FROM sqlite_master WHERE name = '_sqlx_migrations'",
        Dialect::Postgres => {
            "SELECT COUNT(*) FROM information_schema.tables \
             WHERE table_name = '_sqlx_migrations' AND table_schema = current_schema()"
        }
    };
    if db.one(there, args![]).await?.int(0)? == 0 {
        return Ok(Version::Empty);
    }
    let row = db.one("SELECT COALESCE(MAX(version), 0) FROM _sqlx_migrations", args![]).await?;
    let (found, ours) = (row.int(0)?, which.newest());
    Ok(match found.cmp(&ours) {
        std::cmp::Ordering::Less => Version::Older { found, ours },
        std::cmp::Ordering::Equal => Version::Ours(found),
        std::cmp::Ordering::Greater => Version::Newer { found, ours },
    })
}

/// Whether the pages of a database hold together. A server looks after its own.
///
/// # Errors
/// It can't be read.
pub async fn sound(db: &Db) -> Result<bool, StoreError> {
    match db.dialect() {
        Dialect::Sqlite => Ok(db.one("PRAGMA quick_check(1)", args![]).await?.text(0)? == "ok"),
        Dialect::Postgres => Ok(true),
    }
}

/// Whether two addresses lead to the same PostgreSQL cluster, as far as they tell: the same host
/// and port. An address that can't be read counts as the same.
#[must_use]
pub fn same_cluster(a: &str, b: &str) -> bool {
    let place = |url: &str| {
        let options: PgConnectOptions = url.parse().ok()?;
        Some((options.get_host().to_owned(), options.get_port(), options.get_socket().cloned()))
    };
    match (place(a), place(b)) {
        (Some(a), Some(b)) => a == b,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_host_and_port_is_one_cluster() {
        let data = "postgres://r@db.example:5432/riserbo";
        assert!(same_cluster(data, "postgres://k@db.example/keys"));
        assert!(!same_cluster(data, "postgres://k@keys.example/keys"));
        assert!(!same_cluster(data, "postgres://k@db.example:5433/keys"));
    }

    #[tokio::test]
    async fn looking_makes_nothing() {
        let tmp = tempfile::tempdir().unwrap();
        let file = tmp.path().join("data.db");
        assert!(matches!(sqlite(&file, Which::Data).await, Err(StoreError::Absent { .. })));
        assert!(!file.exists());
    }
}
