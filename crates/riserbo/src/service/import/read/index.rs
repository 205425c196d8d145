//! Which version of each row wins: 24 bytes a row, whatever a row holds.
//!
//! The winner is the greatest by (a row of its own before one carried inside another, time of
//! change, hash). That order knows nothing of files, so the winner is a function of the set of
//! rows alone.

/// Below this many entries nothing is tidied up.
const TIDY_FROM: usize = 1 << 16;

/// Where a version stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Origin {
    /// Inside another row.
    Embedded,
    /// A row of its own.
    Own,
}

/// One version of one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version {
    pub(super) origin: Origin,
    pub(super) updated_at: i64,
    pub(super) hash: u64,
}

/// The best version of an id so far: id, origin and "has other versions" in one word.
#[derive(Clone, Copy, Debug)]
struct Entry {
    word: u64,
    updated_at: i64,
    hash: u64,
}

const OWN: u64 = 1;
const CONTESTED: u64 = 2;

impl Entry {
    fn id(self) -> u64 {
        self.word >> 2
    }

    fn version(self) -> Version {
        let origin = if self.word & OWN == 0 { Origin::Embedded } else { Origin::Own };
        Version { origin, updated_at: self.updated_at, hash: self.hash }
    }
}

/// Collects versions while the files are counted.
#[derive(Debug, Default)]
pub(super) struct Collector {
    entries: Vec<Entry>,
    tidy_at: usize,
    rows: u64,
}

impl Collector {
    /// Takes note of a version. Ids are positive and below 2^53.
    pub(super) fn add(&mut self, id: i64, version: Version) {
        let own = if version.origin == Origin::Own { OWN } else { 0 };
        self.rows += own;
        self.entries.push(Entry {
            word: (id.unsigned_abs() << 2) | own,
            updated_at: version.updated_at,
            hash: version.hash,
        });
        if self.entries.len() >= self.tidy_at.max(TIDY_FROM) {
            self.tidy();
            self.tidy_at = self.entries.len().saturating_mul(2);
        }
    }

    /// Keeps the best version of each id.
    fn tidy(&mut self) {
        self.entries.sort_unstable_by_key(|e| (e.id(), e.version()));
        let mut best: Vec<Entry> = Vec::new();
        std::mem::swap(&mut best, &mut self.entries);
        best.dedup_by(|next, kept| {
            if next.id() != kept.id() {
                return false;
            }
            let contested = (next.word | kept.word) & CONTESTED;
            let both_own = kept.word & next.word & OWN != 0;
            let same = next.version() == kept.version();
            let contest = if both_own && !same { CONTESTED } else { contested };
            *kept = Entry { word: next.word | contest, ..*next };
            true
        });
        self.entries = best;
    }

    /// The finished index.
    pub(super) fn finish(mut self) -> Index {
        self.tidy();
        self.entries.shrink_to_fit();
        let own = self.entries.iter().filter(|entry| entry.word & OWN != 0).count() as u64;
        Index { entries: self.entries, duplicates: self.rows.saturating_sub(own) }
    }
}

/// The best version of every id, in the order of ids.
#[derive(Debug, Default)]
pub(super) struct Index {
    entries: Vec<Entry>,
    /// Rows of their own beyond the first of each id, equal to it or not.
    pub(super) duplicates: u64,
}

/// What becomes of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// This is the version to take; its place in the index.
    Take(usize),
    /// Another version is taken.
    Lost,
    /// The id was not there when the files were counted.
    Unknown,
}

impl Index {
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// How many are there only inside other rows.
    pub(super) fn embedded(&self) -> usize {
        self.entries.iter().filter(|entry| entry.word & OWN == 0).count()
    }

    fn find(&self, id: i64) -> Option<(usize, Entry)> {
        let at = self.entries.binary_search_by_key(&id.unsigned_abs(), |e| e.id()).ok()?;
        self.entries.get(at).map(|entry| (at, *entry))
    }

    /// Whether the id has a row of its own.
    pub(super) fn has(&self, id: i64) -> bool {
        self.find(id).is_some_and(|(_, entry)| entry.word & OWN != 0)
    }

    /// Whether it must be decided by hash which row of its own is taken.
    pub(super) fn is_contested(&self, id: i64) -> bool {
        self.find(id).is_some_and(|(_, entry)| entry.word & CONTESTED != 0)
    }

    /// Decides about a row of its own. Its hash is needed only for a contested id.
    pub(super) fn judge(&self, id: i64, updated_at: i64, hash: Option<u64>) -> Verdict {
        match self.find(id) {
            Some((at, entry)) if entry.word & OWN != 0 => {
                let same =
                    entry.updated_at == updated_at && hash.is_none_or(|hash| hash == entry.hash);
                if same { Verdict::Take(at) } else { Verdict::Lost }
            }
            _ => Verdict::Unknown,
        }
    }

    /// Decides about a row inside another one.
    pub(super) fn judge_embedded(&self, id: i64, updated_at: i64, hash: u64) -> Verdict {
        let wanted = Version { origin: Origin::Embedded, updated_at, hash };
        match self.find(id) {
            Some((at, entry)) if entry.version() == wanted => Verdict::Take(at),
            Some(_) => Verdict::Lost,
            None => Verdict::Unknown,
        }
    }

    /// The ids that were never marked.
    pub(super) fn unmarked<'a>(&'a self, marks: &'a Marks) -> impl Iterator<Item = i64> + 'a {
        let all = self.entries.iter().enumerate();
        all.filter(|(at, _)| !marks.has(*at)).map(|(_, entry)| entry.id().cast_signed())
    }
}

/// One bit for each entry of an index: whether it was delivered.
#[derive(Debug)]
pub(super) struct Marks(Vec<u64>);

impl Marks {
    pub(super) fn new(index: &Index) -> Self {
        Self(vec![0; index.len().div_ceil(64)])
    }

    fn has(&self, at: usize) -> bool {
        self.0.get(at / 64).is_some_and(|word| word & (1 << (at % 64)) != 0)
    }

    /// Marks an entry; says whether it was not marked before.
    pub(super) fn mark(&mut self, at: usize) -> bool {
        let new = !self.has(at);
        if let Some(word) = self.0.get_mut(at / 64) {
            *word |= 1 << (at % 64);
        }
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn version(origin: Origin, updated_at: i64, hash: u64) -> Version {
        Version { origin, updated_at, hash }
    }

    #[test]
    fn an_entry_takes_24_bytes() {
        assert_eq!(size_of::<Entry>(), 24);
    }

    #[test]
    fn the_newest_row_of_its_own_wins() {
        let mut all = Collector::default();
        all.add(7, version(Origin::Embedded, 99, 1));
        all.add(7, version(Origin::Own, 5, 2));
        all.add(7, version(Origin::Own, 6, 3));
        all.add(7, version(Origin::Own, 6, 3));
        let index = all.finish();
        assert_eq!((index.len(), index.duplicates), (1, 2));
        assert!(index.is_contested(7));
        assert_eq!(index.judge(7, 6, Some(3)), Verdict::Take(0));
        assert_eq!(index.judge(7, 5, Some(2)), Verdict::Lost);
        assert_eq!(index.judge(8, 5, None), Verdict::Unknown);
        assert_eq!(index.judge_embedded(7, 99, 1), Verdict::Lost);
    }

    #[test]
    fn what_was_never_delivered_is_known() {
        let mut all = Collector::default();
        for id in [3, 70, 9] {
            all.add(id, version(Origin::Own, 0, 0));
        }
        let index = all.finish();
        let mut marks = Marks::new(&index);
        assert!(marks.mark(1));
        assert!(!marks.mark(1));
        assert_eq!(index.unmarked(&marks).collect::<Vec<_>>(), [3, 70]);
    }

    proptest! {
        #[test]
        fn winners_do_not_depend_on_the_order(
            rows in prop::collection::vec((1i64..6, any::<bool>(), 0i64..3, 0u64..3), 0..40)
                .prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle()))
        ) {
            let build = |rows: &[(i64, bool, i64, u64)], tidy: bool| {
                let mut all = Collector::default();
                for (id, own, time, hash) in rows {
                    let origin = if *own { Origin::Own } else { Origin::Embedded };
                    all.add(*id, version(origin, *time, *hash));
                    if tidy {
                        all.tidy();
                    }
                }
                all.finish()
            };
            let (one, other) = (build(&rows.0, false), build(&rows.1, true));
            for id in 1..6 {
                let best = rows.0.iter().filter(|row| row.0 == id).map(|row| (row.1, row.2, row.3)).max();
                let found = |index: &Index| index.find(id).map(|(_, e)| {
                    (e.word & OWN != 0, e.updated_at, e.hash)
                });
                prop_assert_eq!(found(&one), best);
                prop_assert_eq!(found(&other), best);
                prop_assert_eq!(one.is_contested(id), other.is_contested(id));
            }
        }
    }
}
