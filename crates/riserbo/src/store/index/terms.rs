//! The dictionary: a small number for each token, given in the order of first
//! use, so that common words have short ones. A token stands here once, however
//! many texts hold its word; everywhere else the number stands for it.
//!
//! Beside it lie the prefixes: for the token of a word's first three and first
//! five characters, the numbers of all words that begin so.
//!
//! A term that the last document has lost is taken out of both: nothing of a
//! dropped word stays, not even that it was once there.

use std::collections::{BTreeMap, HashMap};

use super::super::StoreError;
use super::super::db::{Arg, Db, Row, Tx, placeholders};
use super::change::Word;
use super::{pack, post};
use crate::args;

/// Values of one `IN` list; lists are padded to it, so that few statements are
/// prepared.
const CHUNK: usize = 256;

fn signed(token: u64) -> i64 {
    token.cast_signed()
}

/// `… IN ($1, …)` over a chunk, and its parameters.
pub(super) fn list(head: &str, values: &[i64]) -> (String, Vec<Arg>) {
    let size = values.len().next_power_of_two();
    let mut args: Vec<Arg> = values.iter().map(|v| Arg::from(*v)).collect();
    if let Some(last) = args.last().cloned() {
        args.resize(size, last);
    }
    (format!("{head} IN {}", placeholders(1, size)), args)
}

fn pair(row: &Row) -> Result<(u64, i64), StoreError> {
    Ok((row.int(0)?.cast_unsigned(), row.int(1)?))
}

/// The terms of tokens, of those that are known.
pub(super) async fn find(db: &Db, tokens: &[u64]) -> Result<HashMap<u64, i64>, StoreError> {
    let mut out = HashMap::new();
    let tokens: Vec<i64> = tokens.iter().copied().map(signed).collect();
    for chunk in tokens.chunks(CHUNK) {
        let (sql, args) = list("SELECT token, id FROM term WHERE token", chunk);
        for row in db.all(sql, args).await? {
            let (token, id) = pair(&row)?;
            out.insert(token, id);
        }
    }
    Ok(out)
}

/// The terms that begin with any of these prefixes, growing.
pub(super) async fn beginning(db: &Db, prefixes: &[u64]) -> Result<Vec<i64>, StoreError> {
    let mut out = Vec::new();
    let prefixes: Vec<i64> = prefixes.iter().copied().map(signed).collect();
    for chunk in prefixes.chunks(CHUNK) {
        let (sql, args) = list("SELECT ids FROM prefix WHERE token", chunk);
        for row in db.all(sql, args).await? {
            let ids = row.bytes(0)?;
            out.extend(pack::take_list(&mut ids.as_slice()).ok_or(StoreError::Cells)?);
        }
    }
    out.sort_unstable();
    out.dedup();
    Ok(out)
}

/// The terms of words, new ones given for those that are not known.
pub(super) async fn intern(
    tx: &mut Tx,
    words: &BTreeMap<u64, [u64; 2]>,
) -> Result<HashMap<u64, i64>, StoreError> {
    let mut known = HashMap::with_capacity(words.len());
    let tokens: Vec<i64> = words.keys().copied().map(signed).collect();
    for chunk in tokens.chunks(CHUNK) {
        let (sql, args) = list("SELECT token, id FROM term WHERE token", chunk);
        for row in tx.all(sql, args).await? {
            let (token, id) = pair(&row)?;
            known.insert(token, id);
        }
    }
    let fresh: Vec<Word> = words
        .iter()
        .filter(|(token, _)| !known.contains_key(token))
        .map(|(token, prefixes)| Word { token: *token, prefixes: *prefixes })
        .collect();
    if fresh.is_empty() {
        return Ok(known);
    }
    let first = take_numbers(tx, fresh.len()).await?;
    let mut rows = Vec::with_capacity(fresh.len());
    let mut prefixes: BTreeMap<u64, Vec<i64>> = BTreeMap::new();
    for (id, word) in (first..).zip(&fresh) {
        known.insert(word.token, id);
        rows.push(args![signed(word.token), id]);
        for prefix in word.prefixes.iter().filter(|p| **p != 0) {
            prefixes.entry(*prefix).or_default().push(id);
        }
    }
    tx.insert_many("INSERT INTO term (token, id)", 2, "", rows).await?;
    add_prefixes(tx, prefixes).await?;
    Ok(known)
}

async fn take_numbers(tx: &mut Tx, n: usize) -> Result<i64, StoreError> {
    let n = i64::try_from(n).map_err(|_| StoreError::Argument)?;
    let row = tx
        .one(
            "INSERT INTO counter (name, next) VALUES ('term', 1 + $1) \
             ON CONFLICT (name) DO UPDATE SET next = counter.next + $1 RETURNING next",
            args![n],
        )
        .await?;
    Ok(row.int(0)? - n)
}

async fn add_prefixes(
    tx: &mut Tx,
    mut prefixes: BTreeMap<u64, Vec<i64>>,
) -> Result<(), StoreError> {
    let tokens: Vec<i64> = prefixes.keys().copied().map(signed).collect();
    for chunk in tokens.chunks(CHUNK) {
        let (sql, args) = list("SELECT token, ids FROM prefix WHERE token", chunk);
        for row in tx.all(sql, args).await? {
            let mut ids =
                pack::take_list(&mut row.bytes(1)?.as_slice()).ok_or(StoreError::Cells)?;
            if let Some(fresh) = prefixes.get_mut(&row.int(0)?.cast_unsigned()) {
                // Numbers only grow, so that the list stays in order.
                ids.append(fresh);
                *fresh = ids;
            }
        }
    }
    put_prefixes(tx, prefixes.into_iter().collect()).await
}

async fn put_prefixes(tx: &mut Tx, rows: Vec<(u64, Vec<i64>)>) -> Result<(), StoreError> {
    let rows = rows
        .into_iter()
        .map(|(token, ids)| {
            let mut bytes = Vec::with_capacity(ids.len() * 2 + 1);
            pack::put_list(&mut bytes, &ids);
            args![signed(token), bytes]
        })
        .collect();
    tx.insert_many(
        "INSERT INTO prefix (token, ids)",
        2,
        "ON CONFLICT (token) DO UPDATE SET ids = excluded.ids",
        rows,
    )
    .await
}

/// Takes out those of these terms that no document holds any more. `lost` is in
/// order.
pub(super) async fn sweep(tx: &mut Tx, lost: &[i64]) -> Result<(), StoreError> {
    let mut gone = Vec::new();
    for term in lost {
        if !post::in_use(tx, *term).await? {
            gone.push(*term);
        }
    }
    if gone.is_empty() {
        return Ok(());
    }
    for chunk in gone.chunks(CHUNK) {
        let (sql, args) = list("DELETE FROM term WHERE id", chunk);
        tx.exec(sql, args).await?;
    }
    sweep_prefixes(tx, &gone).await
}

/// A term's prefixes can't be told from its number: every row is looked at,
/// a page at a time. Words vanish rarely, and many at once.
async fn sweep_prefixes(tx: &mut Tx, gone: &[i64]) -> Result<(), StoreError> {
    let mut after = i64::MIN;
    loop {
        let page = tx
            .all(
                "SELECT token, ids FROM prefix WHERE token > $1 ORDER BY token LIMIT 2000",
                args![after],
            )
            .await?;
        let (mut changed, mut empty) = (Vec::new(), Vec::new());
        for row in &page {
            after = row.int(0)?;
            let mut ids =
                pack::take_list(&mut row.bytes(1)?.as_slice()).ok_or(StoreError::Cells)?;
            let before = ids.len();
            ids.retain(|id| gone.binary_search(id).is_err());
            if ids.is_empty() {
                empty.push(after);
            } else if ids.len() < before {
                changed.push((after.cast_unsigned(), ids));
            }
        }
        put_prefixes(tx, changed).await?;
        for chunk in empty.chunks(CHUNK) {
            let (sql, args) = list("DELETE FROM prefix WHERE token", chunk);
            tx.exec(sql, args).await?;
        }
        if page.len() < 2_000 || after == i64::MAX {
            return Ok(());
        }
    }
}
