//! One way to speak to SQLite and PostgreSQL.
//!
//! Every statement is written once, with `$n` parameters, in the subset that
//! both databases understand (DESIGN section 10). This file hides the two
//! pools behind one small surface: [`Db`] for single statements, [`Tx`] for
//! transactions, [`Row`] for answers and the [`args!`](crate::args) macro for
//! parameters. It knows no table and no policy.
//!
//! What it is not: an ORM, or a query builder. SQL stays SQL, beside the code
//! that needs it, under `store/`.

#![expect(clippy::disallowed_methods, reason = "the one file that may speak to the driver")]

use std::path::Path;
use std::time::Duration;

use sqlx::postgres::{PgArguments, PgConnectOptions, PgPoolOptions, PgRow};
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow,
    SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, PgPool, Postgres, Row as _, SqlStr, Sqlite, SqlitePool, Transaction};

use super::StoreError;

/// A statement's parameter. Values are owned, so that a statement can outlive
/// the caller's borrow while the driver works.
#[derive(Clone)]
pub enum Arg {
    /// A number, an id or a time; `None` is NULL.
    Int(Option<i64>),
    /// Text; `None` is NULL.
    Text(Option<String>),
    /// Bytes; `None` is NULL.
    Bytes(Option<Vec<u8>>),
}

macro_rules! arg_from {
    ($($from:ty => $variant:ident ($value:ident) $body:expr;)*) => {
        $(impl From<$from> for Arg {
            fn from($value: $from) -> Self { Arg::$variant($body) }
        })*
    };
}

arg_from! {
    i64 => Int(v) Some(v);
    i32 => Int(v) Some(i64::from(v));
    u32 => Int(v) Some(i64::from(v));
    u16 => Int(v) Some(i64::from(v));
    u8 => Int(v) Some(i64::from(v));
    bool => Int(v) Some(i64::from(v));
    Option<i64> => Int(v) v;
    &str => Text(v) Some(v.to_owned());
    String => Text(v) Some(v);
    Option<String> => Text(v) v;
    Option<&str> => Text(v) v.map(str::to_owned);
    Vec<u8> => Bytes(v) Some(v);
    &[u8] => Bytes(v) Some(v.to_vec());
    Option<Vec<u8>> => Bytes(v) v;
}

/// Builds the parameter list of a statement: `args![id, name, bytes]`.
#[macro_export]
macro_rules! args {
    ($($value:expr),* $(,)?) => { vec![$($crate::store::db::Arg::from($value)),*] };
}

/// The text of a statement: fixed, or put together from fixed parts (lists of
/// placeholders). Values never go into it.
pub enum Sql {
    /// A text in the source.
    Fixed(&'static str),
    /// Fixed parts with generated placeholders.
    Built(String),
}

impl From<&'static str> for Sql {
    fn from(text: &'static str) -> Self {
        Sql::Fixed(text)
    }
}

impl From<String> for Sql {
    fn from(text: String) -> Self {
        Sql::Built(text)
    }
}

impl Sql {
    fn into_str(self) -> SqlStr {
        use sqlx::SqlSafeStr as _;
        match self {
            Sql::Fixed(text) => text.into_sql_str(),
            Sql::Built(text) => AssertSqlSafe(text).into_sql_str(),
        }
    }
}

/// `($from, $from+1, …)`: placeholders for a list of `n` values.
#[must_use]
pub fn placeholders(from: usize, n: usize) -> String {
    let mut out = String::with_capacity(n * 4 + 2);
    out.push('(');
    for i in 0..n {
        if i > 0 {
            out.push(',');
        }
        out.push('$');
        out.push_str(&(from + i).to_string());
    }
    out.push(')');
    out
}

/// Ids as parameters, their number padded to a power of two with the last, so
/// that few statements are prepared.
#[must_use]
pub fn padded(ids: &[i64]) -> Vec<Arg> {
    let mut args: Vec<Arg> = ids.iter().map(|id| Arg::from(*id)).collect();
    if let Some(last) = args.last().cloned() {
        args.resize(ids.len().next_power_of_two(), last);
    }
    args
}

/// A row of an answer, read by position.
pub enum Row {
    /// From SQLite.
    Sqlite(SqliteRow),
    /// From PostgreSQL.
    Postgres(PgRow),
}

macro_rules! get {
    ($row:expr, $at:expr, $ty:ty) => {
        match $row {
            Row::Sqlite(row) => row.try_get::<$ty, _>($at),
            Row::Postgres(row) => row.try_get::<$ty, _>($at),
        }
        .map_err(StoreError::from)
    };
}

impl Row {
    /// A number that may not be NULL.
    pub fn int(&self, at: usize) -> Result<i64, StoreError> {
        get!(self, at, i64)
    }
    /// A number or NULL.
    pub fn opt_int(&self, at: usize) -> Result<Option<i64>, StoreError> {
        get!(self, at, Option<i64>)
    }
    /// A truth value, stored as 0 or 1.
    pub fn flag(&self, at: usize) -> Result<bool, StoreError> {
        Ok(self.int(at)? != 0)
    }
    /// Text that may not be NULL.
    pub fn text(&self, at: usize) -> Result<String, StoreError> {
        get!(self, at, String)
    }
    /// Text or NULL.
    pub fn opt_text(&self, at: usize) -> Result<Option<String>, StoreError> {
        get!(self, at, Option<String>)
    }
    /// Bytes that may not be NULL.
    pub fn bytes(&self, at: usize) -> Result<Vec<u8>, StoreError> {
        get!(self, at, Vec<u8>)
    }
    /// Bytes or NULL.
    pub fn opt_bytes(&self, at: usize) -> Result<Option<Vec<u8>>, StoreError> {
        get!(self, at, Option<Vec<u8>>)
    }
}

/// Which database speaks: for the few files that hold both variants.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dialect {
    /// Embedded.
    Sqlite,
    /// A server, version 15 or newer.
    Postgres,
}

/// A database: a pool of readers and, on SQLite, one writer.
#[derive(Clone)]
pub enum Db {
    /// One file; `write` has one connection, so writers queue without
    /// `SQLITE_BUSY`.
    Sqlite {
        /// Readers.
        read: SqlitePool,
        /// The one writer.
        write: SqlitePool,
    },
    /// One schema of a server's database.
    Postgres(PgPool),
}

/// A transaction that writes. Dropped without [`Tx::commit`] it rolls back.
pub enum Tx {
    /// On SQLite: `BEGIN IMMEDIATE`.
    Sqlite(Transaction<'static, Sqlite>),
    /// On PostgreSQL: read committed.
    Postgres(Transaction<'static, Postgres>),
}

fn sqlite_args(args: Vec<Arg>) -> Result<SqliteArguments, StoreError> {
    use sqlx::Arguments as _;
    let mut out = SqliteArguments::default();
    for arg in args {
        match arg {
            Arg::Int(v) => out.add(v),
            Arg::Text(v) => out.add(v),
            Arg::Bytes(v) => out.add(v),
        }
        .map_err(|_| StoreError::Argument)?;
    }
    Ok(out)
}

fn pg_args(args: Vec<Arg>) -> Result<PgArguments, StoreError> {
    use sqlx::Arguments as _;
    let mut out = PgArguments::default();
    for arg in args {
        match arg {
            Arg::Int(v) => out.add(v),
            Arg::Text(v) => out.add(v),
            Arg::Bytes(v) => out.add(v),
        }
        .map_err(|_| StoreError::Argument)?;
    }
    Ok(out)
}

macro_rules! run {
    ($sql:expr, $args:expr, $make:ident, $exec:expr, $call:ident) => {
        sqlx::query_with($sql.into().into_str(), $make($args)?).$call($exec).await
    };
}

impl Db {
    /// Opens (and makes, if absent) an SQLite file with the settings of
    /// DESIGN section 10: WAL, `synchronous=FULL`, one writer, deleted bytes
    /// overwritten where `secure` asks it.
    pub async fn sqlite(file: &Path, secure: bool, readers: u32) -> Result<Db, StoreError> {
        let mut options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(10))
            .foreign_keys(false)
            .pragma("temp_store", "MEMORY")
            .pragma("cache_size", "-16384")
            .statement_cache_capacity(256);
        if secure {
            options = options.pragma("secure_delete", "ON");
        }
        let write = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(Duration::from_secs(30))
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .connect_with(options.clone())
            .await?;
        let read = SqlitePoolOptions::new()
            .min_connections(0)
            .max_connections(readers.max(1))
            .acquire_timeout(Duration::from_secs(30))
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .connect_with(options.pragma("query_only", "ON"))
            .await?;
        Ok(Db::Sqlite { read, write })
    }

    /// Opens one schema of a PostgreSQL database, making the schema if absent.
    pub async fn postgres(url: &str, schema: &'static str, size: u32) -> Result<Db, StoreError> {
        let options: PgConnectOptions = url.parse().map_err(|_| StoreError::Url)?;
        let bare = PgPoolOptions::new().max_connections(1).connect_with(options.clone()).await?;
        sqlx::query(AssertSqlSafe(format!("CREATE SCHEMA IF NOT EXISTS {schema}")))
            .execute(&bare)
            .await?;
        bare.close().await;
        let pool = PgPoolOptions::new()
            .max_connections(size.max(1))
            .acquire_timeout(Duration::from_secs(30))
            .connect_with(options.options([("search_path", schema)]))
            .await?;
        Ok(Db::Postgres(pool))
    }

    /// Which database this is.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        match self {
            Db::Sqlite { .. } => Dialect::Sqlite,
            Db::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Starts a transaction that may write.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        Ok(match self {
            Db::Sqlite { write, .. } => Tx::Sqlite(write.begin_with("BEGIN IMMEDIATE").await?),
            Db::Postgres(pool) => Tx::Postgres(pool.begin().await?),
        })
    }

    /// Every row of an answer.
    pub async fn all(&self, sql: impl Into<Sql>, args: Vec<Arg>) -> Result<Vec<Row>, StoreError> {
        Ok(match self {
            Db::Sqlite { read, .. } => run!(sql, args, sqlite_args, read, fetch_all)?
                .into_iter()
                .map(Row::Sqlite)
                .collect(),
            Db::Postgres(pool) => {
                run!(sql, args, pg_args, pool, fetch_all)?.into_iter().map(Row::Postgres).collect()
            }
        })
    }

    /// The first row, if any.
    pub async fn opt(
        &self,
        sql: impl Into<Sql>,
        args: Vec<Arg>,
    ) -> Result<Option<Row>, StoreError> {
        Ok(match self {
            Db::Sqlite { read, .. } => {
                run!(sql, args, sqlite_args, read, fetch_optional)?.map(Row::Sqlite)
            }
            Db::Postgres(pool) => {
                run!(sql, args, pg_args, pool, fetch_optional)?.map(Row::Postgres)
            }
        })
    }

    /// The one row that must be there.
    pub async fn one(&self, sql: impl Into<Sql>, args: Vec<Arg>) -> Result<Row, StoreError> {
        self.opt(sql, args).await?.ok_or(StoreError::Missing)
    }

    /// Runs one writing statement by itself; returns the rows it touched.
    pub async fn exec(&self, sql: impl Into<Sql>, args: Vec<Arg>) -> Result<u64, StoreError> {
        Ok(match self {
            Db::Sqlite { write, .. } => {
                run!(sql, args, sqlite_args, write, execute)?.rows_affected()
            }
            Db::Postgres(pool) => run!(sql, args, pg_args, pool, execute)?.rows_affected(),
        })
    }

    /// Runs one writing statement that returns a row.
    pub async fn exec_opt(
        &self,
        sql: impl Into<Sql>,
        args: Vec<Arg>,
    ) -> Result<Option<Row>, StoreError> {
        Ok(match self {
            Db::Sqlite { write, .. } => {
                run!(sql, args, sqlite_args, write, fetch_optional)?.map(Row::Sqlite)
            }
            Db::Postgres(pool) => {
                run!(sql, args, pg_args, pool, fetch_optional)?.map(Row::Postgres)
            }
        })
    }

    /// Empties the write-ahead log into the database file and cuts it, so that
    /// overwritten bytes don't live on there (SQLite; nothing to do on a
    /// server). Returns whether every page could be moved.
    pub async fn truncate_wal(&self) -> Result<bool, StoreError> {
        match self {
            Db::Sqlite { write, .. } => {
                let row = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(write).await?;
                Ok(row.try_get::<i64, _>(0)? == 0)
            }
            Db::Postgres(_) => Ok(true),
        }
    }

    /// Closes the pools, moving the write-ahead log home.
    pub async fn close(&self) {
        match self {
            Db::Sqlite { read, write } => {
                read.close().await;
                write.close().await;
            }
            Db::Postgres(pool) => pool.close().await,
        }
    }
}

impl Tx {
    /// Every row of an answer, inside the transaction.
    pub async fn all(
        &mut self,
        sql: impl Into<Sql>,
        args: Vec<Arg>,
    ) -> Result<Vec<Row>, StoreError> {
        Ok(match self {
            Tx::Sqlite(tx) => run!(sql, args, sqlite_args, &mut **tx, fetch_all)?
                .into_iter()
                .map(Row::Sqlite)
                .collect(),
            Tx::Postgres(tx) => run!(sql, args, pg_args, &mut **tx, fetch_all)?
                .into_iter()
                .map(Row::Postgres)
                .collect(),
        })
    }

    /// The first row, if any, inside the transaction.
    pub async fn opt(
        &mut self,
        sql: impl Into<Sql>,
        args: Vec<Arg>,
    ) -> Result<Option<Row>, StoreError> {
        Ok(match self {
            Tx::Sqlite(tx) => {
                run!(sql, args, sqlite_args, &mut **tx, fetch_optional)?.map(Row::Sqlite)
            }
            Tx::Postgres(tx) => {
                run!(sql, args, pg_args, &mut **tx, fetch_optional)?.map(Row::Postgres)
            }
        })
    }

    /// The one row that must be there.
    pub async fn one(&mut self, sql: impl Into<Sql>, args: Vec<Arg>) -> Result<Row, StoreError> {
        self.opt(sql, args).await?.ok_or(StoreError::Missing)
    }

    /// Runs a statement; returns the rows it touched.
    pub async fn exec(&mut self, sql: impl Into<Sql>, args: Vec<Arg>) -> Result<u64, StoreError> {
        Ok(match self {
            Tx::Sqlite(tx) => run!(sql, args, sqlite_args, &mut **tx, execute)?.rows_affected(),
            Tx::Postgres(tx) => run!(sql, args, pg_args, &mut **tx, execute)?.rows_affected(),
        })
    }

    /// Inserts many rows with as few statements as the parameter limit allows.
    /// `head` is `INSERT INTO t (a, b)`, `tail` an `ON CONFLICT` clause or
    /// empty; every row has `columns` values.
    pub async fn insert_many(
        &mut self,
        head: &str,
        columns: usize,
        tail: &str,
        rows: Vec<Vec<Arg>>,
    ) -> Result<(), StoreError> {
        // 32,766 is SQLite's limit, 65,535 PostgreSQL's; smaller statements
        // keep the cache of prepared ones useful: only two sizes are used.
        let per = (512 / columns.max(1)).max(1);
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            let chunk: Vec<Vec<Arg>> = rows.by_ref().take(per).collect();
            if chunk.len() == per {
                let values: Vec<Arg> = chunk.into_iter().flatten().collect();
                self.exec(insert_sql(head, columns, per, tail), values).await?;
            } else {
                for row in chunk {
                    self.exec(insert_sql(head, columns, 1, tail), row).await?;
                }
            }
        }
        Ok(())
    }

    /// Makes the transaction's changes durable and visible.
    pub async fn commit(self) -> Result<(), StoreError> {
        match self {
            Tx::Sqlite(tx) => tx.commit().await?,
            Tx::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }

    /// Which database this is.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        match self {
            Tx::Sqlite(_) => Dialect::Sqlite,
            Tx::Postgres(_) => Dialect::Postgres,
        }
    }
}

fn insert_sql(head: &str, columns: usize, rows: usize, tail: &str) -> String {
    let mut sql = String::with_capacity(head.len() + tail.len() + rows * columns * 5 + 16);
    sql.push_str(head);
    sql.push_str(" VALUES ");
    for i in 0..rows {
        if i > 0 {
            sql.push(',');
        }
        sql.push_str(&placeholders(i * columns + 1, columns));
    }
    sql.push(' ');
    sql.push_str(tail);
    sql
}
