//! The only SQL of the product.
//!
//! One file a noun. The store keeps and finds rows; it knows no HTTP, no
//! policy and no clear value: what it holds in `cells` columns is sealed
//! before it gets here and opened after it left.

pub mod acts;
pub mod cells;
pub mod comments;
pub mod customers;
pub mod db;
pub mod find;
pub mod index;
pub mod keys;
pub mod log_files;
pub mod look;
pub mod meta;
pub mod migrate;
pub mod ops;
pub mod people;
pub mod rewrite;
pub mod taken;
pub mod tickets;
pub mod users;

/// What can go wrong below the services. No variant carries a stored value.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database answered with an error; its text names objects, not values.
    #[error("the database refused a statement: {0}")]
    Database(String),
    /// The database can't be reached, or every connection stayed busy.
    #[error("the database can't be reached or is overloaded; try again, and check that it runs")]
    Unreachable,
    /// The disk is full or the file can't be written.
    #[error("the disk is full or can't be written: free some space, nothing was half-written")]
    Full,
    /// A row that must exist does not.
    #[error("a row that must exist is missing")]
    Missing,
    /// A database that must be there is not.
    #[error("the {database} database is not there: restore it, or check the data directory")]
    Absent {
        /// Which database.
        database: &'static str,
    },
    /// A value can't be encoded as a parameter.
    #[error("a parameter can't be encoded")]
    Argument,
    /// The address of a PostgreSQL database can't be read.
    #[error("the database address can't be read: use postgres://user@host:port/database")]
    Url,
    /// Packed cells are malformed.
    #[error("stored cells are malformed")]
    Cells,
    /// The database was written by a newer program.
    #[error(
        "the {database} database has version {version}, newer than this program: \
         use the program that wrote it, or a newer one"
    )]
    Newer {
        /// Which database.
        database: &'static str,
        /// Its version.
        version: i64,
    },
    /// A migration failed; the database is as before.
    #[error("the {database} database can't be brought up to date: {reason}")]
    Migration {
        /// Which database.
        database: &'static str,
        /// The database's reason.
        reason: String,
    },
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_) => {
                StoreError::Unreachable
            }
            sqlx::Error::RowNotFound => StoreError::Missing,
            sqlx::Error::Database(inner) => {
                // SQLITE_FULL 13, SQLITE_IOERR 10 and its extensions, PostgreSQL 53100.
                let code = inner.code().map(|code| code.into_owned()).unwrap_or_default();
                let base = code.parse::<i64>().map(|n| n & 0xff).unwrap_or(0);
                if base == 13 || base == 10 || code == "53100" {
                    StoreError::Full
                } else {
                    // The message may quote a value (PostgreSQL's DETAIL is not
                    // in it, a CHECK's text is): keep code and table alone.
                    StoreError::Database(format!(
                        "code {code}{}",
                        inner.table().map(|t| format!(", table {t}")).unwrap_or_default()
                    ))
                }
            }
            other => StoreError::Database(kind_of(&other).to_owned()),
        }
    }
}

/// The kind of a driver error, without its text.
fn kind_of(error: &sqlx::Error) -> &'static str {
    match error {
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => "a column has another type",
        sqlx::Error::ColumnIndexOutOfBounds { .. } => "a column is missing",
        sqlx::Error::Protocol(_) => "protocol error",
        sqlx::Error::Tls(_) => "TLS error",
        sqlx::Error::WorkerCrashed => "the database worker stopped",
        _ => "driver error",
    }
}
