//! The blind index: which documents hold which words, without the words.
//!
//! A document is one text: a comment, a ticket's subject and fields, a
//! customer's profile. Its words come as keyed tokens, by category; a search
//! names tokens and gets documents, newest first. Nothing here knows a key, a
//! policy or a clear word.
//!
//! ```text
//! term     token → number                      each token once (terms.rs)
//! prefix   token of 3 or 5 characters → terms   (terms.rs)
//! post     term → documents                     FTS5, or GIN (post.rs)
//! doc      document → its terms, by category    so that they can be taken out again
//! zone     256 documents → record, item, time   (zone.rs)
//! ```
//!
//! Derived data: it can be made again, and is never backed up. Dropping a
//! document's category takes its terms out of every one of these; what no
//! document holds any more leaves the dictionary, and SQLite overwrites what is
//! freed, in the write-ahead log too.
//!
//! It is not an engine for ranking: there are no statistics over the whole, for
//! they would tell of texts that the searcher may not see (DESIGN I4).

mod change;
mod pack;
mod post;
mod terms;
#[cfg(test)]
mod tests;
mod walk;
mod zone;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use super::StoreError;
use super::db::{Db, Dialect, Tx};
use crate::args;

pub use change::{Change, Word, decode, encode};
pub use walk::{Match, Walk};
pub use zone::Entry;

/// Bytes of packed zones kept in memory: ten million documents.
const CACHE: usize = 64 << 20;

/// The terms of a document by category.
type Terms = BTreeMap<u8, Vec<i64>>;

/// The blind index.
#[derive(Clone)]
pub struct Index {
    db: Db,
    shared: Arc<Shared>,
}

struct Shared {
    /// One writer at a time: what is kept in memory follows the commits.
    writer: tokio::sync::Mutex<()>,
    zones: RwLock<Zones>,
}

#[derive(Default)]
struct Zones {
    packed: HashMap<i64, Arc<[u8]>>,
    bytes: usize,
    /// The newest time of each zone (SQLite: this process is the only writer).
    newest: BTreeMap<i64, i64>,
    /// The zones, newest first; none after a change, until it is asked for.
    order: Option<Arc<Vec<(i64, i64)>>>,
}

impl Zones {
    fn keep(&mut self, zone: i64, packed: Arc<[u8]>) {
        if self.bytes > CACHE {
            self.packed.clear();
            self.bytes = 0;
        }
        self.bytes += packed.len();
        if let Some(old) = self.packed.insert(zone, packed) {
            self.bytes -= old.len();
        }
    }
}

const TABLES: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, next BIGINT NOT NULL)",
    // Without row ids: the inner pages of a tree of row ids keep those of rows that
    // have gone, and here the tokens would be the row ids.
    "CREATE TABLE IF NOT EXISTS term (token BIGINT PRIMARY KEY, id BIGINT NOT NULL) {clustered}",
    "CREATE TABLE IF NOT EXISTS prefix (token BIGINT PRIMARY KEY, ids {bytes} NOT NULL) {clustered}",
    "CREATE TABLE IF NOT EXISTS doc (id {id}, terms {bytes} NOT NULL)",
    "CREATE TABLE IF NOT EXISTS zone (id {id}, newest BIGINT NOT NULL, entries {bytes} NOT NULL)",
];

/// A document's changes, gathered.
#[derive(Default)]
struct Gathered {
    entry: Option<Entry>,
    /// None: the category goes.
    categories: BTreeMap<u8, Option<Vec<u64>>>,
}

/// What changes say together: of several about one (document, category) the
/// last holds.
fn gather(changes: &[Change]) -> (BTreeMap<i64, Gathered>, BTreeMap<u64, [u64; 2]>) {
    let mut docs: BTreeMap<i64, Gathered> = BTreeMap::new();
    let mut all = BTreeMap::new();
    for change in changes {
        match change {
            Change::Put { doc, noun, record, item, time, category, words } => {
                let gathered = docs.entry(*doc).or_default();
                gathered.entry = Some(Entry {
                    noun: *noun,
                    record: *record,
                    item: *item,
                    time: time.div_euclid(1_000_000),
                });
                let tokens = words.iter().map(|w| w.token).collect();
                gathered.categories.insert(*category, Some(tokens));
                all.extend(words.iter().map(|w| (w.token, w.prefixes)));
            }
            Change::Drop { doc, category } => {
                docs.entry(*doc).or_default().categories.insert(*category, None);
            }
        }
    }
    (docs, all)
}

fn pack_terms(terms: &Terms) -> Vec<u8> {
    let mut out = Vec::new();
    for (category, ids) in terms {
        out.push(*category);
        pack::put_list(&mut out, ids);
    }
    out
}

fn unpack_terms(mut bytes: &[u8]) -> Result<Terms, StoreError> {
    let mut out = Terms::new();
    while let Some((category, rest)) = bytes.split_first() {
        bytes = rest;
        out.insert(*category, pack::take_list(&mut bytes).ok_or(StoreError::Cells)?);
    }
    Ok(out)
}

fn all_terms(terms: &Terms) -> Vec<i64> {
    let all: BTreeSet<i64> = terms.values().flatten().copied().collect();
    all.into_iter().collect()
}

/// What a batch does to the documents.
#[derive(Default)]
struct Batch {
    out: Vec<(i64, Vec<i64>)>,
    put: Vec<(i64, Vec<i64>)>,
    rows: Vec<(i64, Vec<u8>)>,
    empty: Vec<i64>,
    lost: BTreeSet<i64>,
}

impl Batch {
    fn add(&mut self, doc: i64, before: &Terms, after: &Terms) {
        if before == after {
            return;
        }
        let (old, new) = (all_terms(before), all_terms(after));
        self.lost.extend(old.iter().filter(|t| new.binary_search(t).is_err()));
        if !old.is_empty() {
            self.out.push((doc, old));
        }
        if !new.is_empty() {
            self.put.push((doc, new));
        }
        if after.is_empty() {
            self.empty.push(doc);
        } else {
            self.rows.push((doc, pack_terms(after)));
        }
    }

    async fn write(self, tx: &mut Tx) -> Result<(), StoreError> {
        post::remove(tx, &self.out).await?;
        post::insert(tx, &self.put).await?;
        let rows = self.rows.into_iter().map(|(doc, bytes)| args![doc, bytes]).collect();
        tx.insert_many(
            "INSERT INTO doc (id, terms)",
            2,
            "ON CONFLICT (id) DO UPDATE SET terms = excluded.terms",
            rows,
        )
        .await?;
        for chunk in self.empty.chunks(256) {
            let (sql, args) = terms::list("DELETE FROM doc WHERE id", chunk);
            tx.exec(sql, args).await?;
        }
        let lost: Vec<i64> = self.lost.into_iter().collect();
        terms::sweep(tx, &lost).await
    }
}

impl Index {
    /// Opens the index, making its tables at the first start.
    pub async fn open(db: Db) -> Result<Index, StoreError> {
        let (words, own) = match db.dialect() {
            Dialect::Sqlite => (["INTEGER PRIMARY KEY", "BLOB", "WITHOUT ROWID"], post::SQLITE),
            Dialect::Postgres => (["BIGINT PRIMARY KEY", "BYTEA", ""], post::POSTGRES),
        };
        for table in TABLES {
            let [id, bytes, clustered] = words;
            let table = table
                .replace("{id}", id)
                .replace("{bytes}", bytes)
                .replace("{clustered}", clustered);
            db.exec(table, vec![]).await?;
        }
        for statement in own {
            db.exec(*statement, vec![]).await?;
        }
        let mut zones = Zones::default();
        if db.dialect() == Dialect::Sqlite {
            for row in db.all("SELECT id, newest FROM zone", vec![]).await? {
                zones.newest.insert(row.int(0)?, row.int(1)?);
            }
        }
        let shared = Shared { writer: tokio::sync::Mutex::new(()), zones: RwLock::new(zones) };
        Ok(Index { db, shared: Arc::new(shared) })
    }

    /// The database below.
    #[must_use]
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// Takes over changes; doing it twice is the same as once. If a word went,
    /// SQLite's write-ahead log is cut before this returns, where no reader
    /// holds it back.
    pub async fn apply(&self, changes: &[Change]) -> Result<(), StoreError> {
        let _one = self.shared.writer.lock().await;
        let (docs, words) = gather(changes);
        let mut tx = self.db.begin().await?;
        if tx.dialect() == Dialect::Postgres {
            // Another node may write too. The number is "riserbo" in ASCII.
            tx.exec("SELECT pg_advisory_xact_lock(32204091689165423)", vec![]).await?;
        }
        let terms = terms::intern(&mut tx, &words).await?;
        let numbers: Vec<i64> = docs.keys().copied().collect();
        let mut stored = stored_terms(&mut tx, &numbers).await?;
        let mut batch = Batch::default();
        let mut entries = BTreeMap::new();
        for (doc, gathered) in docs {
            let before = stored.remove(&doc).unwrap_or_default();
            let mut after = before.clone();
            for (category, tokens) in gathered.categories {
                let ids: Option<BTreeSet<i64>> =
                    tokens.map(|list| list.iter().filter_map(|t| terms.get(t).copied()).collect());
                match ids.filter(|ids| !ids.is_empty()) {
                    Some(ids) => after.insert(category, ids.into_iter().collect()),
                    None => after.remove(&category),
                };
            }
            batch.add(doc, &before, &after);
            // A document without words is not found, and need not be known.
            entries.insert(doc, if after.is_empty() { None } else { gathered.entry });
            if !after.is_empty() && gathered.entry.is_none() {
                entries.remove(&doc);
            }
        }
        let shrinks = !batch.out.is_empty();
        batch.write(&mut tx).await?;
        let zones = put_zones(&mut tx, entries).await?;
        tx.commit().await?;
        self.remember(zones);
        if shrinks {
            self.db.truncate_wal().await?;
        }
        Ok(())
    }

    fn remember(&self, changed: Vec<(i64, i64, Vec<u8>)>) {
        let mut zones = self.shared.zones.write().unwrap_or_else(PoisonError::into_inner);
        zones.order = None;
        let local = self.db.dialect() == Dialect::Sqlite;
        for (zone, newest, packed) in changed {
            if local && packed.is_empty() {
                zones.newest.remove(&zone);
            } else if local {
                zones.newest.insert(zone, newest);
            }
            zones.keep(zone, packed.into());
        }
    }

    /// The terms of tokens, of those that any document holds.
    pub async fn terms(&self, tokens: &[u64]) -> Result<HashMap<u64, i64>, StoreError> {
        terms::find(&self.db, tokens).await
    }

    /// The terms whose words begin with any of these prefixes, by the prefixes'
    /// tokens.
    pub async fn beginning(&self, prefixes: &[u64]) -> Result<Vec<i64>, StoreError> {
        terms::beginning(&self.db, prefixes).await
    }

    /// Documents that match, newest first; see [`Walk`].
    #[must_use]
    pub fn walk(&self, passes: Vec<Vec<Vec<i64>>>, limit: usize, hurried: bool) -> Walk {
        Walk::new(self.clone(), passes, limit, hurried)
    }

    /// Packs what many small writes left behind: after an import.
    pub async fn optimize(&self) -> Result<(), StoreError> {
        let _one = self.shared.writer.lock().await;
        post::optimize(&self.db).await
    }

    /// Closes the database.
    pub async fn close(&self) {
        self.db.close().await;
    }

    /// Zones, newest first (SQLite).
    fn order(&self) -> Arc<Vec<(i64, i64)>> {
        let zones = self.shared.zones.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(order) = &zones.order {
            return Arc::clone(order);
        }
        drop(zones);
        let mut zones = self.shared.zones.write().unwrap_or_else(PoisonError::into_inner);
        let mut order: Vec<(i64, i64)> =
            zones.newest.iter().map(|(zone, newest)| (*newest, *zone)).collect();
        order.sort_unstable_by(|a, b| b.cmp(a));
        let order = Arc::new(order);
        zones.order = Some(Arc::clone(&order));
        order
    }

    /// What documents are of. `docs` is in order, greatest first; documents that
    /// have gone meanwhile are left out.
    pub async fn entries(&self, docs: &[i64]) -> Result<Vec<(i64, Entry)>, StoreError> {
        let mut wanted: Vec<i64> = docs.iter().map(|doc| zone::of(*doc)).collect();
        wanted.dedup();
        let mut packed = self.zones(&wanted, false).await?;
        let mut out = Vec::with_capacity(docs.len());
        let mut missing = Vec::new();
        pick(docs, &packed, &mut out, &mut missing)?;
        if !missing.is_empty() && self.db.dialect() == Dialect::Postgres {
            // Another node may have added to a zone that is kept here.
            let again: BTreeSet<i64> = missing.iter().map(|doc| zone::of(*doc)).collect();
            packed = self.zones(&again.into_iter().collect::<Vec<_>>(), true).await?;
            pick(&missing, &packed, &mut out, &mut Vec::new())?;
        }
        Ok(out)
    }

    async fn zones(
        &self,
        wanted: &[i64],
        fresh: bool,
    ) -> Result<HashMap<i64, Arc<[u8]>>, StoreError> {
        let mut out = HashMap::with_capacity(wanted.len());
        if !fresh {
            let zones = self.shared.zones.read().unwrap_or_else(PoisonError::into_inner);
            for zone in wanted {
                if let Some(packed) = zones.packed.get(zone) {
                    out.insert(*zone, Arc::clone(packed));
                }
            }
        }
        let missing: Vec<i64> =
            wanted.iter().copied().filter(|zone| !out.contains_key(zone)).collect();
        for chunk in missing.chunks(256) {
            let (sql, args) = terms::list("SELECT id, entries FROM zone WHERE id", chunk);
            for row in self.db.all(sql, args).await? {
                let (zone, packed): (i64, Arc<[u8]>) = (row.int(0)?, row.bytes(1)?.into());
                let mut zones = self.shared.zones.write().unwrap_or_else(PoisonError::into_inner);
                zones.keep(zone, Arc::clone(&packed));
                out.insert(zone, packed);
            }
        }
        Ok(out)
    }
}

/// Picks documents' entries out of packed zones.
fn pick(
    docs: &[i64],
    packed: &HashMap<i64, Arc<[u8]>>,
    out: &mut Vec<(i64, Entry)>,
    missing: &mut Vec<i64>,
) -> Result<(), StoreError> {
    let mut at: Option<(i64, Vec<(i64, Entry)>)> = None;
    for doc in docs {
        let zone = zone::of(*doc);
        if at.as_ref().is_none_or(|(open, _)| *open != zone) {
            let bytes = packed.get(&zone).map_or(&[][..], AsRef::as_ref);
            at = Some((zone, zone::decode(zone, bytes)?));
        }
        let found = at.as_ref().and_then(|(_, entries)| {
            let place = entries.binary_search_by_key(doc, |(d, _)| *d).ok()?;
            entries.get(place).copied()
        });
        match found {
            Some(found) => out.push(found),
            None => missing.push(*doc),
        }
    }
    Ok(())
}

async fn stored_terms(tx: &mut Tx, docs: &[i64]) -> Result<HashMap<i64, Terms>, StoreError> {
    let mut out = HashMap::new();
    for chunk in docs.chunks(256) {
        let (sql, args) = terms::list("SELECT id, terms FROM doc WHERE id", chunk);
        for row in tx.all(sql, args).await? {
            out.insert(row.int(0)?, unpack_terms(&row.bytes(1)?)?);
        }
    }
    Ok(out)
}

/// Writes documents' entries into their zones; none takes one out. Returns the
/// zones as they are now: number, newest time, bytes.
async fn put_zones(
    tx: &mut Tx,
    entries: BTreeMap<i64, Option<Entry>>,
) -> Result<Vec<(i64, i64, Vec<u8>)>, StoreError> {
    let mut zones: BTreeMap<i64, BTreeMap<i64, Entry>> = BTreeMap::new();
    for doc in entries.keys() {
        zones.entry(zone::of(*doc)).or_default();
    }
    let wanted: Vec<i64> = zones.keys().copied().collect();
    for chunk in wanted.chunks(256) {
        let (sql, args) = terms::list("SELECT id, entries FROM zone WHERE id", chunk);
        for row in tx.all(sql, args).await? {
            let zone = row.int(0)?;
            let stored = zone::decode(zone, &row.bytes(1)?)?;
            zones.entry(zone).or_default().extend(stored);
        }
    }
    for (doc, entry) in entries {
        let zone = zones.entry(zone::of(doc)).or_default();
        match entry {
            Some(entry) => zone.insert(doc, entry),
            None => zone.remove(&doc),
        };
    }
    let mut out = Vec::with_capacity(zones.len());
    let mut rows = Vec::with_capacity(zones.len());
    for (zone, entries) in zones {
        let entries: Vec<(i64, Entry)> = entries.into_iter().collect();
        let (packed, newest) = (zone::encode(zone, &entries), zone::newest(&entries));
        rows.push(args![zone, newest, packed.clone()]);
        out.push((zone, newest, packed));
    }
    tx.insert_many(
        "INSERT INTO zone (id, newest, entries)",
        3,
        "ON CONFLICT (id) DO UPDATE SET newest = excluded.newest, entries = excluded.entries",
        rows,
    )
    .await?;
    Ok(out)
}
