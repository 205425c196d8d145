//! Which documents hold which terms: the one part of the index that the two
//! databases do in different ways. FTS5 on SQLite, GIN over `integer[]` on
//! PostgreSQL, side by side.
//!
//! A term is a small number that stands for a token (see `terms`). FTS5 gets
//! the numbers as words of base 36. Its table has no content of its own: to
//! take a document out, the words to take out are named, and `secure-delete`
//! makes FTS5 cut them out of its pages instead of noting that they are gone.
//! What they are is kept packed in the table `doc`.

use super::super::StoreError;
use super::super::db::{Db, Sql, Tx};
use crate::args;

/// Tables of both databases besides `term`, `prefix`, `zone`, `doc`, `counter`.
pub(super) const SQLITE: &[&str] = &[
    "CREATE VIRTUAL TABLE IF NOT EXISTS post USING fts5(terms, content='', detail=none, \
     columnsize=0, tokenize='ascii')",
    "INSERT INTO post (post, rank) VALUES ('secure-delete', 1)",
];

pub(super) const POSTGRES: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS post (id BIGINT PRIMARY KEY, terms INTEGER[] NOT NULL)",
    "CREATE INDEX IF NOT EXISTS post_terms ON post USING gin (terms)",
];

/// Terms of which at most so many stand in one FTS5 expression: each hit costs
/// a look at each.
const WIDE: usize = 48;

/// A term as a word that FTS5's `ascii` tokenizer leaves alone.
fn word(out: &mut String, term: i64) {
    const SIGNS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let mut digits = [0u8; 13];
    let mut n = term.unsigned_abs();
    let mut used = 0;
    for place in digits.iter_mut() {
        *place = SIGNS.get((n % 36) as usize).copied().unwrap_or(b'0');
        n /= 36;
        used += 1;
        if n == 0 {
            break;
        }
    }
    out.extend(digits.iter().take(used).rev().map(|b| char::from(*b)));
}

fn words(terms: &[i64]) -> String {
    let mut out = String::with_capacity(terms.len() * 4);
    for term in terms {
        if !out.is_empty() {
            out.push(' ');
        }
        word(&mut out, *term);
    }
    out
}

fn any_of(out: &mut String, terms: &[i64]) {
    out.push('(');
    for (n, term) in terms.iter().enumerate() {
        if n > 0 {
            out.push_str(" OR ");
        }
        word(out, *term);
    }
    out.push(')');
}

/// A PostgreSQL array literal. Literals, not parameters: with an array that is
/// not a constant the planner walks the primary key backwards.
fn array(terms: &[i64]) -> String {
    let mut out = String::from("'{");
    for (n, term) in terms.iter().enumerate() {
        if n > 0 {
            out.push(',');
        }
        out.push_str(&term.to_string());
    }
    out.push_str("}'::integer[]");
    out
}

/// Adds documents, in order of their numbers.
pub(super) async fn insert(tx: &mut Tx, rows: &[(i64, Vec<i64>)]) -> Result<(), StoreError> {
    if tx.dialect() == super::super::db::Dialect::Sqlite {
        let rows = rows.iter().map(|(doc, terms)| args![*doc, words(terms)]).collect();
        return tx.insert_many("INSERT INTO post (rowid, terms)", 2, "", rows).await;
    }
    for chunk in rows.chunks(256) {
        let values: Vec<String> =
            chunk.iter().map(|(doc, terms)| format!("({doc},{})", array(terms))).collect();
        let sql = format!("INSERT INTO post (id, terms) VALUES {}", values.join(","));
        tx.exec(sql, vec![]).await?;
    }
    Ok(())
}

/// Takes documents out; `rows` names every term that they have.
pub(super) async fn remove(tx: &mut Tx, rows: &[(i64, Vec<i64>)]) -> Result<(), StoreError> {
    for (doc, terms) in rows {
        match tx {
            Tx::Sqlite(_) => {
                tx.exec(
                    "INSERT INTO post (post, rowid, terms) VALUES ('delete', $1, $2)",
                    args![*doc, words(terms)],
                )
                .await?;
            }
            Tx::Postgres(_) => {
                tx.exec("DELETE FROM post WHERE id = $1", args![*doc]).await?;
            }
        }
    }
    Ok(())
}

/// Whether any document holds a term.
pub(super) async fn in_use(tx: &mut Tx, term: i64) -> Result<bool, StoreError> {
    let found = match tx {
        Tx::Sqlite(_) => {
            let sql = "SELECT rowid FROM post WHERE post MATCH $1 LIMIT 1";
            tx.opt(sql, args![words(&[term])]).await?
        }
        Tx::Postgres(_) => {
            let sql = format!("SELECT 1 FROM post WHERE terms && {} LIMIT 1", array(&[term]));
            tx.opt(sql, vec![]).await?
        }
    };
    Ok(found.is_some())
}

fn sqlite_sql() -> Sql {
    // One row of text costs a tenth of a row for each document.
    Sql::Fixed(
        "SELECT group_concat(id, ' ') FROM (SELECT rowid AS id FROM post WHERE post MATCH $1 \
         AND rowid >= $2 AND rowid <= $3 ORDER BY rowid DESC LIMIT $4)",
    )
}

fn postgres_sql(clauses: &[Vec<i64>]) -> String {
    let all: Vec<String> =
        clauses.iter().map(|terms| format!("terms && {}", array(terms))).collect();
    format!(
        "WITH hit AS MATERIALIZED (SELECT id FROM post WHERE {}), \
         page AS (SELECT id FROM hit WHERE id >= $1 AND id <= $2 ORDER BY id DESC LIMIT $3) \
         SELECT string_agg(id::text, ' ') FROM page",
        all.join(" AND ")
    )
}

fn ids(text: Option<String>) -> Vec<i64> {
    let text = text.unwrap_or_default();
    let mut out: Vec<i64> = text.split(' ').filter_map(|id| id.parse().ok()).collect();
    out.sort_unstable_by(|a, b| b.cmp(a));
    out
}

/// Documents from `low` to `high` that hold, of each clause, at least one term;
/// the greatest `limit`, greatest first.
pub(super) async fn matching(
    db: &Db,
    clauses: &[Vec<i64>],
    low: i64,
    high: i64,
    limit: i64,
) -> Result<Vec<i64>, StoreError> {
    if clauses.is_empty() || clauses.iter().any(Vec::is_empty) {
        return Ok(Vec::new());
    }
    match db {
        Db::Postgres(_) => {
            let row = db.one(postgres_sql(clauses), args![low, high, limit]).await?;
            Ok(ids(row.opt_text(0)?))
        }
        Db::Sqlite { .. } => sqlite_matching(db, clauses, low, high, limit).await,
    }
}

async fn sqlite_matching(
    db: &Db,
    clauses: &[Vec<i64>],
    low: i64,
    high: i64,
    limit: i64,
) -> Result<Vec<i64>, StoreError> {
    let (wide, narrow): (Vec<&Vec<i64>>, Vec<&Vec<i64>>) =
        clauses.iter().partition(|terms| terms.len() > WIDE);
    let mut lists = Vec::new();
    if !narrow.is_empty() {
        let mut expression = String::new();
        for (n, terms) in narrow.iter().enumerate() {
            if n > 0 {
                expression.push_str(" AND ");
            }
            any_of(&mut expression, terms);
        }
        let limit = if wide.is_empty() { limit } else { i64::MAX };
        lists.push(one(db, expression, low, high, limit).await?);
    }
    for terms in wide {
        let mut union = Vec::new();
        for part in terms.chunks(WIDE) {
            let mut expression = String::new();
            any_of(&mut expression, part);
            union.extend(one(db, expression, low, high, i64::MAX).await?);
        }
        union.sort_unstable_by(|a, b| b.cmp(a));
        union.dedup();
        lists.push(union);
    }
    let mut lists = lists.into_iter();
    let mut out = lists.next().unwrap_or_default();
    for list in lists {
        out.retain(|doc| list.binary_search_by(|probe| doc.cmp(probe)).is_ok());
    }
    out.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(out)
}

async fn one(
    db: &Db,
    expression: String,
    low: i64,
    high: i64,
    limit: i64,
) -> Result<Vec<i64>, StoreError> {
    let row = db.one(sqlite_sql(), args![expression, low, high, limit]).await?;
    Ok(ids(row.opt_text(0)?))
}

/// Merges what many small writes left in many small pieces.
pub(super) async fn optimize(db: &Db) -> Result<(), StoreError> {
    if let Db::Sqlite { .. } = db {
        db.exec("INSERT INTO post (post) VALUES ('optimize')", vec![]).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_words_of_letters_and_digits() {
        assert_eq!(words(&[0, 35, 36, 1_295, 1_296]), "0 z 10 zz 100");
        assert_eq!(words(&[i64::MAX]), "1y2p0ij32e8e7");
    }

    #[test]
    fn lists_are_read_greatest_first() {
        assert_eq!(ids(Some(String::from("9 3 12"))), [12, 9, 3]);
        assert_eq!(ids(None), Vec::<i64>::new());
    }
}
