//! The index against a plain model, on a file of its own.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

/// Spreads numbers over 64 bits, as keyed tokens are.
fn mixed(n: u64) -> u64 {
    (n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5bf0_3635
}

/// A word that stands for itself: tokens of tests need no key.
fn word(n: u64) -> Word {
    // Two of three words have a first prefix, one of three a second.
    let first = if !n.is_multiple_of(3) { mixed(1_000_000 + n % 7) } else { 0 };
    let second = if n % 3 > 1 { mixed(2_000_000 + n) } else { 0 };
    Word { token: mixed(n), prefixes: [first, second] }
}

fn put(doc: i64, record: i64, time: i64, category: u8, words: &[u64]) -> Change {
    let words: BTreeSet<Word> = words.iter().map(|n| word(*n)).collect();
    Change::Put {
        doc,
        noun: 1,
        record,
        item: doc,
        time: time * 1_000_000,
        category,
        words: words.into_iter().collect(),
    }
}

async fn index(dir: &tempfile::TempDir) -> Index {
    Index::open(Db::sqlite(&dir.path().join("index.db"), true, 2).await.unwrap()).await.unwrap()
}

async fn clause(index: &Index, words: &[u64]) -> Vec<i64> {
    let tokens: Vec<u64> = words.iter().map(|n| word(*n).token).collect();
    index.terms(&tokens).await.unwrap().into_values().collect()
}

/// Documents of one pass, in the order of the walk.
async fn walked(index: &Index, clauses: Vec<Vec<i64>>, hurried: bool) -> Vec<i64> {
    let mut walk = index.walk(vec![clauses], 100_000, hurried);
    let mut out = Vec::new();
    while let Some(matches) = walk.next().await.unwrap() {
        out.extend(matches.iter().map(|m| m.doc));
    }
    out
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_leave_newest_first_whatever_order_they_came_in() {
    let dir = tempfile::tempdir().unwrap();
    let index = index(&dir).await;
    // 40 zones whose times are shuffled, and some of the same second.
    let times: BTreeMap<i64, i64> = (0..10_000).map(|doc| (doc, doc * 7_919 % 5_003)).collect();
    let changes: Vec<Change> = times
        .iter()
        .map(|(doc, time)| put(*doc, doc / 9, *time, 0, &[1, 10 + *doc as u64 % 3]))
        .collect();
    for part in changes.chunks(1_500) {
        index.apply(part).await.unwrap();
    }
    let mut expected: Vec<(i64, i64)> =
        times.iter().filter(|(doc, _)| *doc % 3 == 0).map(|(doc, time)| (*time, *doc)).collect();
    expected.sort_unstable_by(|a, b| b.cmp(a));
    let expected: Vec<i64> = expected.into_iter().map(|(_, doc)| doc).collect();
    let clauses = vec![clause(&index, &[1]).await, clause(&index, &[10]).await];
    assert_eq!(walked(&index, clauses.clone(), true).await, expected);
    assert_eq!(walked(&index, clauses, false).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_walk_stops_at_its_limit_and_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let index = index(&dir).await;
    let changes: Vec<Change> = (0..50).map(|doc| put(doc, doc, doc, 0, &[1])).collect();
    index.apply(&changes).await.unwrap();
    let clauses = vec![clause(&index, &[1]).await];
    for (limit, capped) in [(49, true), (50, false)] {
        let mut walk = index.walk(vec![clauses.clone()], limit, false);
        let found = walk.next().await.unwrap().unwrap();
        assert_eq!((found.len(), walk.capped()), (limit, capped));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn passes_say_which_of_them_a_document_matches() {
    let dir = tempfile::tempdir().unwrap();
    let index = index(&dir).await;
    index.apply(&[put(1, 1, 1, 0, &[1, 2]), put(2, 2, 2, 0, &[2])]).await.unwrap();
    let (one, two) = (clause(&index, &[1]).await, clause(&index, &[2]).await);
    let mut walk = index.walk(vec![vec![one], vec![two]], 10, true);
    let found: Vec<(i64, u64)> =
        walk.next().await.unwrap().unwrap().iter().map(|m| (m.doc, m.passes)).collect();
    assert_eq!(found, [(2, 0b10), (1, 0b11)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wide_clause_finds_what_its_parts_find() {
    let dir = tempfile::tempdir().unwrap();
    let index = index(&dir).await;
    let changes: Vec<Change> =
        (0..300).map(|d| put(d, d, d, 0, &[d as u64, 1_000 + d as u64 % 2])).collect();
    index.apply(&changes).await.unwrap();
    let wide = clause(&index, &(0..200).collect::<Vec<_>>()).await;
    let even = clause(&index, &[1_000]).await;
    let expected: Vec<i64> = (0..200).rev().filter(|d| d % 2 == 0).collect();
    assert_eq!(walked(&index, vec![wide, even], true).await, expected);
}

/// Every file of a folder in one.
fn bytes(dir: &tempfile::TempDir) -> Vec<u8> {
    let mut out = Vec::new();
    for file in std::fs::read_dir(dir.path()).unwrap() {
        out.extend(std::fs::read(file.unwrap().path()).unwrap());
    }
    out
}

/// A number as SQLite's variable-length integer of nine bytes.
fn varint(n: u64) -> [u8; 9] {
    std::array::from_fn(|i| if i == 8 { n as u8 } else { (n >> (57 - 7 * i)) as u8 | 0x80 })
}

/// Which of these tokens stand somewhere, in either way in which SQLite writes
/// them. One look at the bytes, whatever their number.
fn standing(haystack: &[u8], tokens: &[u64]) -> BTreeSet<u64> {
    let fixed: HashMap<[u8; 8], u64> = tokens.iter().map(|t| (t.to_be_bytes(), *t)).collect();
    let short: HashMap<[u8; 9], u64> = tokens.iter().map(|t| (varint(*t), *t)).collect();
    let eight = haystack.windows(8).filter_map(|w| fixed.get(w));
    let nine = haystack.windows(9).filter_map(|w| short.get(w));
    eight.chain(nine).copied().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_category_leaves_no_token_in_any_file() {
    let dir = tempfile::tempdir().unwrap();
    let index = index(&dir).await;
    // Enough for trees of several levels, in which keys are copied upwards.
    let secret: Vec<u64> = (50_000..52_000).collect();
    let changes: Vec<Change> = (0..2_000)
        .flat_map(|d| {
            let shared = put(d, d, d, 0, &[1, 2, 1_000 + d as u64, 9_000 + d as u64]);
            let own = put(d, d, d, 3, &[50_000 + d as u64]);
            [shared, own]
        })
        .collect();
    for part in changes.chunks(400) {
        index.apply(part).await.unwrap();
    }
    index.db().truncate_wal().await.unwrap();
    let words: Vec<u64> = secret.iter().map(|n| word(*n).token).collect();
    let prefixes: Vec<u64> =
        secret.iter().map(|n| word(*n).prefixes[1]).filter(|p| *p != 0).collect();
    let before = bytes(&dir);
    assert_eq!(standing(&before, &words).len(), words.len(), "the scan must see tokens");
    assert_eq!(standing(&before, &prefixes).len(), prefixes.len());
    let lost: Vec<i64> = clause(&index, &secret).await;
    let drops: Vec<Change> = (0..2_000).map(|doc| Change::Drop { doc, category: 3 }).collect();
    for part in drops.chunks(300) {
        index.apply(part).await.unwrap();
    }
    let after = bytes(&dir);
    assert!(standing(&after, &words).is_empty());
    assert!(standing(&after, &prefixes).is_empty());
    // Nor is any document found by the numbers that stood for them.
    assert!(walked(&index, vec![lost.clone()], false).await.is_empty());
    assert!(clause(&index, &secret).await.is_empty());
    // What is left still answers.
    assert_eq!(walked(&index, vec![clause(&index, &[1]).await], true).await.len(), 2_000);
    // The documents' own lists of terms know nothing of them either.
    let mut tx = index.db().begin().await.unwrap();
    let stored = stored_terms(&mut tx, &(0..2_000).collect::<Vec<_>>()).await.unwrap();
    assert!(stored.values().all(|t| all_terms(t).iter().all(|id| !lost.contains(id))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_loses_everything_is_forgotten() {
    let dir = tempfile::tempdir().unwrap();
    let index = index(&dir).await;
    index.apply(&[put(7, 1, 1, 0, &[1]), put(8, 1, 2, 0, &[1])]).await.unwrap();
    index.apply(&[Change::Drop { doc: 7, category: 0 }]).await.unwrap();
    assert_eq!(walked(&index, vec![clause(&index, &[1]).await], true).await, [8]);
    assert!(index.entries(&[7]).await.unwrap().is_empty());
    index.apply(&[Change::Drop { doc: 8, category: 0 }]).await.unwrap();
    assert!(clause(&index, &[1]).await.is_empty());
    for table in ["term", "prefix", "doc"] {
        let n = index.db().one(format!("SELECT COUNT(*) FROM {table}"), vec![]).await.unwrap();
        assert_eq!(n.int(0).unwrap(), 0, "{table}");
    }
}

/// What the index must answer: documents by what they hold.
#[derive(Default)]
struct Model(BTreeMap<i64, (i64, BTreeMap<u8, BTreeSet<u64>>)>);

impl Model {
    fn apply(&mut self, change: &Change, words: &[u64]) {
        match change {
            Change::Put { doc, time, category, .. } => {
                let entry = self.0.entry(*doc).or_default();
                entry.0 = time / 1_000_000;
                entry.1.insert(*category, words.iter().copied().collect());
            }
            Change::Drop { doc, category } => {
                if let Some(entry) = self.0.get_mut(doc) {
                    entry.1.remove(category);
                }
            }
        }
    }

    fn with(&self, word: u64) -> Vec<i64> {
        let mut out: Vec<(i64, i64)> = self
            .0
            .iter()
            .filter(|(_, (_, cats))| cats.values().any(|w| w.contains(&word)))
            .map(|(doc, (time, _))| (*time, *doc))
            .collect();
        out.sort_unstable_by(|a, b| b.cmp(a));
        out.into_iter().map(|(_, doc)| doc).collect()
    }
}

type Step = (bool, i64, u8, Vec<u64>);

fn step() -> impl Strategy<Value = Step> {
    (any::<bool>(), 0i64..600, 0u8..3, proptest::collection::vec(0u64..12, 0..5))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn the_index_follows_the_model(steps in proptest::collection::vec(step(), 1..60), cut in 1usize..9) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.block_on(async {
            let dir = tempfile::tempdir().unwrap();
            let index = index(&dir).await;
            let mut model = Model::default();
            for batch in steps.chunks(cut) {
                let mut changes = Vec::new();
                for (drop, doc, category, words) in batch {
                    let change = if *drop {
                        Change::Drop { doc: *doc, category: *category }
                    } else {
                        // The time belongs to the document, as in life.
                        put(*doc, doc / 4, doc * 31 % 97, *category, words)
                    };
                    model.apply(&change, words);
                    changes.push(change);
                }
                index.apply(&changes).await.unwrap();
                // Twice is once.
                index.apply(&changes).await.unwrap();
            }
            for n in 0..12 {
                let clauses = vec![clause(&index, &[n]).await];
                let expected = model.with(n);
                assert_eq!(walked(&index, clauses.clone(), true).await, expected);
                assert_eq!(walked(&index, clauses, false).await, expected);
                let prefix = word(n).prefixes[0];
                let ids: BTreeSet<i64> = index.beginning(&[prefix]).await.unwrap().into_iter().collect();
                let known: Vec<u64> = (0..12)
                    .filter(|m| word(*m).prefixes[0] == prefix && !model.with(*m).is_empty())
                    .collect();
                if prefix != 0 {
                    let expected: BTreeSet<i64> = clause(&index, &known).await.into_iter().collect();
                    assert_eq!(ids, expected);
                }
            }
        });
    }
}
