//! The blind index: which documents hold which tokens.
//!
//! A row is (document, category) with the tokens of that category's words
//! (DESIGN section 7). Derived data: it can be made again, and is never backed
//! up. Both databases' variants stand side by side here, for they differ: FTS5
//! on SQLite, GIN over `bigint[]` on PostgreSQL.
//!
//! ```text
//! document = seconds since 1970 (32 bits) ‖ sequence (26 bits): newest first is the order of ids
//! row      = document ‖ category (5 bits)
//! ```

use super::StoreError;
use super::db::{Db, Tx};
use crate::args;

/// What the index has to do, as it lies in the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A document's row of one category: put in place of the one there.
    Put {
        /// The document.
        doc: i64,
        /// The record's noun.
        noun: u8,
        /// The record: a ticket or a customer.
        record: i64,
        /// The comment, or 0.
        item: i64,
        /// The category.
        category: u8,
        /// The tokens.
        tokens: Vec<u64>,
    },
    /// A document's row of one category goes.
    Drop {
        /// The document.
        doc: i64,
        /// The category.
        category: u8,
    },
}

/// A document's id: time first, so that newest first is the order of ids.
#[must_use]
pub fn document(time_micros: i64, sequence: i64) -> i64 {
    let seconds = time_micros.div_euclid(1_000_000).clamp(0, u32::MAX.into());
    seconds << 26 | (sequence & ((1 << 26) - 1))
}

fn row_id(doc: i64, category: u8) -> i64 {
    doc << 5 | i64::from(category & 31)
}

fn put(out: &mut Vec<u8>, n: i64) {
    out.extend_from_slice(&n.to_le_bytes());
}

/// Packs changes for the outbox.
#[must_use]
pub fn encode(changes: &[Change]) -> Vec<u8> {
    let mut out = Vec::new();
    for change in changes {
        match change {
            Change::Put { doc, noun, record, item, category, tokens } => {
                out.push(1);
                put(&mut out, *doc);
                out.push(*noun);
                put(&mut out, *record);
                put(&mut out, *item);
                out.push(*category);
                out.extend_from_slice(&(tokens.len() as u32).to_le_bytes());
                for token in tokens {
                    out.extend_from_slice(&token.to_le_bytes());
                }
            }
            Change::Drop { doc, category } => {
                out.push(2);
                put(&mut out, *doc);
                out.push(*category);
            }
        }
    }
    out
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn array<const N: usize>(&mut self) -> Result<[u8; N], StoreError> {
        let (head, rest) = self.0.split_first_chunk::<N>().ok_or(StoreError::Cells)?;
        self.0 = rest;
        Ok(*head)
    }

    fn int(&mut self) -> Result<i64, StoreError> {
        Ok(i64::from_le_bytes(self.array()?))
    }

    fn byte(&mut self) -> Result<u8, StoreError> {
        let [byte] = self.array()?;
        Ok(byte)
    }
}

/// Unpacks an outbox row.
///
/// # Errors
/// [`StoreError::Cells`] if it is malformed.
pub fn decode(bytes: &[u8]) -> Result<Vec<Change>, StoreError> {
    let mut reader = Reader(bytes);
    let mut out = Vec::new();
    while !reader.0.is_empty() {
        match reader.byte()? {
            1 => {
                let (doc, noun) = (reader.int()?, reader.byte()?);
                let (record, item) = (reader.int()?, reader.int()?);
                let category = reader.byte()?;
                let n = u32::from_le_bytes(reader.array()?) as usize;
                if n > reader.0.len() / 8 {
                    return Err(StoreError::Cells);
                }
                let tokens =
                    (0..n).map(|_| Ok(u64::from_le_bytes(reader.array()?))).collect::<Result<_, StoreError>>()?;
                out.push(Change::Put { doc, noun, record, item, category, tokens });
            }
            2 => out.push(Change::Drop { doc: reader.int()?, category: reader.byte()? }),
            _ => return Err(StoreError::Cells),
        }
    }
    Ok(out)
}

/// A document of the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Doc {
    /// Its id.
    pub doc: i64,
    /// The record's noun.
    pub noun: u8,
    /// The record.
    pub record: i64,
    /// The comment, or 0.
    pub item: i64,
}

/// The blind index.
#[derive(Clone)]
pub struct Index {
    db: Db,
}

const SQLITE: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS doc (id INTEGER PRIMARY KEY, noun BIGINT NOT NULL, \
     record_id BIGINT NOT NULL, item BIGINT NOT NULL)",
    "CREATE VIRTUAL TABLE IF NOT EXISTS post USING fts5(tokens, detail=none, columnsize=0, \
     tokenize='ascii')",
    "INSERT INTO post (post, rank) VALUES ('secure-delete', 1)",
];

const POSTGRES: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS doc (id BIGINT PRIMARY KEY, noun BIGINT NOT NULL, \
     record_id BIGINT NOT NULL, item BIGINT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS post (id BIGINT PRIMARY KEY, tokens BIGINT[] NOT NULL)",
    "CREATE INDEX IF NOT EXISTS post_tokens ON post USING gin (tokens)",
];

/// A token as a word that FTS5's `ascii` tokenizer leaves alone: 13 signs of
/// base 32, lower case.
fn word(token: u64) -> String {
    const SIGNS: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";
    let mut out = String::with_capacity(13);
    for i in 0..13 {
        let at = (token >> (60 - 5 * i)) & 31;
        out.push(char::from(*SIGNS.get(at as usize).unwrap_or(&b'0')));
    }
    out
}

fn words(tokens: &[u64]) -> String {
    let mut out = String::with_capacity(tokens.len() * 14);
    for token in tokens {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(&word(*token));
    }
    out
}

fn array(tokens: &[u64]) -> String {
    // A PostgreSQL array literal; the driver's array types are not in our
    // portable subset.
    let list: Vec<String> = tokens.iter().map(|t| (*t as i64).to_string()).collect();
    format!("{{{}}}", list.join(","))
}

impl Index {
    /// Opens the index, making its tables at the first start.
    pub async fn open(db: Db) -> Result<Index, StoreError> {
        let statements = match &db {
            Db::Sqlite { .. } => SQLITE,
            Db::Postgres(_) => POSTGRES,
        };
        for statement in statements {
            db.exec(*statement, vec![]).await?;
        }
        Ok(Index { db })
    }

    /// The database below.
    #[must_use]
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// Takes over changes; doing it twice is the same as once.
    pub async fn apply(&self, changes: &[Change]) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        for change in changes {
            match change {
                Change::Put { doc, noun, record, item, category, tokens } => {
                    tx.exec(
                        "INSERT INTO doc (id, noun, record_id, item) VALUES ($1, $2, $3, $4) \
                         ON CONFLICT (id) DO NOTHING",
                        args![*doc, *noun, *record, *item],
                    )
                    .await?;
                    put_row(&mut tx, row_id(*doc, *category), tokens).await?;
                }
                Change::Drop { doc, category } => {
                    tx.exec(drop_sql(&tx), args![row_id(*doc, *category)]).await?;
                }
            }
        }
        tx.commit().await
    }

    /// Rows (document, category) that hold any of the tokens, newest first,
    /// below `before`.
    pub async fn rows_with(
        &self,
        tokens: &[u64],
        before: i64,
        limit: i64,
    ) -> Result<Vec<(i64, u8)>, StoreError> {
        if tokens.is_empty() {
            return Ok(Vec::new());
        }
        let rows = match &self.db {
            Db::Sqlite { .. } => {
                let query: Vec<String> = tokens.iter().map(|t| word(*t)).collect();
                self.db
                    .all(
                        "SELECT rowid FROM post WHERE post MATCH $1 AND rowid < $2 \
                         ORDER BY rowid DESC LIMIT $3",
                        args![query.join(" OR "), before, limit],
                    )
                    .await?
            }
            Db::Postgres(_) => {
                // Literals, not parameters: with an array that is not a
                // constant the planner walks the primary key backwards.
                let sql = format!(
                    "WITH hit AS MATERIALIZED (SELECT id FROM post WHERE tokens && '{}'::bigint[]) \
                     SELECT id FROM hit WHERE id < $1 ORDER BY id DESC LIMIT $2",
                    array(tokens)
                );
                self.db.all(sql, args![before, limit]).await?
            }
        };
        rows.iter()
            .map(|row| {
                let id = row.int(0)?;
                Ok((id >> 5, (id & 31) as u8))
            })
            .collect()
    }

    /// What the documents are of.
    pub async fn docs(&self, ids: &[i64]) -> Result<Vec<Doc>, StoreError> {
        let mut out = Vec::with_capacity(ids.len());
        for chunk in ids.chunks(128) {
            let size = chunk.len().next_power_of_two();
            let mut args: Vec<super::db::Arg> = chunk.iter().map(|id| (*id).into()).collect();
            if let Some(last) = args.last().cloned() {
                args.resize(size, last);
            }
            let sql = format!(
                "SELECT id, noun, record_id, item FROM doc WHERE id IN {}",
                super::db::placeholders(1, size)
            );
            for row in self.db.all(sql, args).await? {
                out.push(Doc {
                    doc: row.int(0)?,
                    noun: u8::try_from(row.int(1)?).map_err(|_| StoreError::Cells)?,
                    record: row.int(2)?,
                    item: row.int(3)?,
                });
            }
        }
        Ok(out)
    }

    /// Closes the database.
    pub async fn close(&self) {
        self.db.close().await;
    }
}

fn drop_sql(tx: &Tx) -> &'static str {
    match tx {
        Tx::Sqlite(_) => "DELETE FROM post WHERE rowid = $1",
        Tx::Postgres(_) => "DELETE FROM post WHERE id = $1",
    }
}

async fn put_row(tx: &mut Tx, row: i64, tokens: &[u64]) -> Result<(), StoreError> {
    match tx {
        Tx::Sqlite(_) => {
            tx.exec("DELETE FROM post WHERE rowid = $1", args![row]).await?;
            tx.exec("INSERT INTO post (rowid, tokens) VALUES ($1, $2)", args![row, words(tokens)])
                .await?;
        }
        Tx::Postgres(_) => {
            let sql = format!(
                "INSERT INTO post (id, tokens) VALUES ($1, '{}'::bigint[]) \
                 ON CONFLICT (id) DO UPDATE SET tokens = excluded.tokens",
                array(tokens)
            );
            tx.exec(sql, args![row]).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn changes_come_back(doc in 0i64..1 << 58, record in 0i64..1 << 53, item in any::<i64>(),
                             category in 0u8..32, tokens in proptest::collection::vec(any::<u64>(), 0..9)) {
            let changes = vec![
                Change::Put { doc, noun: 1, record, item, category, tokens },
                Change::Drop { doc, category },
            ];
            prop_assert_eq!(decode(&encode(&changes)).unwrap(), changes);
        }

        #[test]
        fn any_bytes_are_refused_or_read(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            let _ = decode(&bytes);
        }
    }

    #[test]
    fn later_documents_have_greater_ids() {
        assert!(document(2_000_000, 0) > document(1_999_999, 67_000_000));
        assert!(document(i64::MAX, -1) < 1 << 58);
    }
}
