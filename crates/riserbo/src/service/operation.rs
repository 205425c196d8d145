//! Operations that touch several stores: their intent, their outcome, and who
//! is at work on which record.
//!
//! A commit over two stores is never assumed (DESIGN section 5). So an
//! operation says in the log what it is going to do before it does anything
//! (*intent*), and that it is done (*outcome*). Both are access events with the
//! same operation id; what an intent says is enough to finish the operation
//! after a crash, and every step may be done twice. The recovery job looks for
//! intents without an outcome.
//!
//! What it is not: a transaction manager. It knows no steps; each kind of
//! operation has its own file (`replace`).

use std::collections::{BTreeMap, HashSet};
use std::sync::{Mutex, PoisonError};

use seal::RecordId;
use uuid::Uuid;

use super::access_log::Header;
use crate::error::{Error, Result};
use crate::store::acts::{Spot, WHOLE_TEXT};

/// Most values that one intent names; more go category by category.
pub const MAX_SPOTS: usize = 1_000;

/// What stays of a record's category under the new key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Everything: the key alone changes.
    All,
    /// Nothing: the key goes and none takes its place.
    Nothing,
    /// Everything but these values.
    Except(Vec<Spot>),
    /// These values alone.
    Only(Vec<Spot>),
}

impl Keep {
    /// Whether a value stays. [`WHOLE_TEXT`] as the slot stands for a text.
    #[must_use]
    pub fn stays(&self, spot: &Spot) -> bool {
        match self {
            Keep::All => true,
            Keep::Nothing => false,
            Keep::Except(gone) => !gone.contains(spot),
            Keep::Only(kept) => kept.contains(spot),
        }
    }

    fn encode(&self) -> Result<String> {
        let list = |word: &str, spots: &[Spot]| {
            if spots.len() > MAX_SPOTS {
                return Err(Error::invalid("values", "at most 1,000 at once: take the category"));
            }
            let mut out = String::from(word);
            for spot in spots {
                let slot = match spot.slot {
                    WHOLE_TEXT => String::from("text"),
                    number => number.to_string(),
                };
                out.push_str(&format!(" {}:{}:{slot}", spot.part, spot.item));
            }
            Ok(out)
        };
        match self {
            Keep::All => Ok(String::from("all")),
            Keep::Nothing => Ok(String::from("nothing")),
            Keep::Except(spots) => list("except", spots),
            Keep::Only(spots) => list("only", spots),
        }
    }

    fn decode(text: &str, record: RecordId) -> Option<Keep> {
        let mut words = text.split(' ');
        let word = words.next()?;
        let spots = words.map(|w| spot(w, record)).collect::<Option<Vec<Spot>>>()?;
        match (word, spots.is_empty()) {
            ("all", true) => Some(Keep::All),
            ("nothing", true) => Some(Keep::Nothing),
            ("except", _) => Some(Keep::Except(spots)),
            ("only", _) => Some(Keep::Only(spots)),
            _ => None,
        }
    }
}

fn spot(text: &str, record: RecordId) -> Option<Spot> {
    let mut numbers = text.split(':');
    let part = numbers.next()?.parse().ok()?;
    let item = numbers.next()?.parse().ok()?;
    let slot = match numbers.next()? {
        "text" => WHOLE_TEXT,
        number => number.parse().ok()?,
    };
    numbers.next().is_none().then_some(Spot {
        noun: record.noun,
        record: record.id,
        part,
        item,
        slot,
    })
}

/// What a key change is going to do: enough to finish it after a crash.
///
/// All of it stands in clear in the log's header: ids alone, never a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    /// The record.
    pub record: RecordId,
    /// The category whose key goes.
    pub category: u8,
    /// The key that goes. No other key is ever destroyed by this operation.
    pub old_key: u64,
    /// What stays.
    pub keep: Keep,
}

/// Which of its two events an operation's entry is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// It is going to be done.
    Intent(Intent),
    /// It is done.
    Outcome,
}

const STEP: &str = "step";

impl Intent {
    /// The facts of the intent's event.
    ///
    /// # Errors
    /// [`Error::Invalid`] if it names more values than an entry takes.
    pub fn facts(&self) -> Result<BTreeMap<String, String>> {
        let name = pii::Category::from_id(self.category).map_or("unknown", pii::Category::name);
        Ok([
            (STEP, String::from("intent")),
            ("noun", self.record.noun.to_string()),
            ("record", self.record.id.to_string()),
            ("category", name.to_owned()),
            ("category_id", self.category.to_string()),
            ("old_key", self.old_key.to_string()),
            ("keep", self.keep.encode()?),
        ]
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect())
    }

    fn from_facts(facts: &BTreeMap<String, String>) -> Option<Intent> {
        let get = |key: &str| facts.get(key);
        let record =
            RecordId { noun: get("noun")?.parse().ok()?, id: get("record")?.parse().ok()? };
        Some(Intent {
            record,
            category: get("category_id")?.parse().ok()?,
            old_key: get("old_key")?.parse().ok()?,
            keep: Keep::decode(get("keep")?, record)?,
        })
    }
}

/// The facts of an outcome's event.
#[must_use]
pub fn outcome_facts(counts: Option<(u32, u32)>) -> BTreeMap<String, String> {
    let mut facts = BTreeMap::from([(STEP.to_owned(), String::from("outcome"))]);
    if let Some((gone, kept)) = counts {
        facts.insert(String::from("gone"), gone.to_string());
        facts.insert(String::from("kept"), kept.to_string());
    }
    facts
}

/// What an entry of the log says of an operation, if it says anything.
///
/// # Errors
/// [`Error::Sealed`] for an intent that can't be read: a newer program wrote
/// it, and it must not be passed over.
pub fn step_of(header: &Header) -> Result<Option<(Uuid, Step)>> {
    let Some(op) = &header.op else { return Ok(None) };
    let op = Uuid::parse_str(op).map_err(|_| Error::Sealed)?;
    match header.facts.get(STEP).map(String::as_str) {
        Some("intent") => {
            let intent = Intent::from_facts(&header.facts).ok_or(Error::Sealed)?;
            Ok(Some((op, Step::Intent(intent))))
        }
        Some("outcome") => Ok(Some((op, Step::Outcome))),
        _ => Ok(None),
    }
}

/// Operations at work in this process.
pub struct Operations {
    running: Mutex<HashSet<Uuid>>,
    records: Vec<tokio::sync::Mutex<()>>,
}

impl Default for Operations {
    fn default() -> Self {
        let records = (0..64).map(|_| tokio::sync::Mutex::new(())).collect();
        Operations { running: Mutex::default(), records }
    }
}

/// An operation at work; recovery leaves it alone until this is dropped.
pub struct Running<'a> {
    all: &'a Operations,
    op: Uuid,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.all.running().remove(&self.op);
    }
}

impl Operations {
    fn running(&self) -> std::sync::MutexGuard<'_, HashSet<Uuid>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Marks an operation as at work; none if it is already.
    pub fn start(&self, op: Uuid) -> Option<Running<'_>> {
        // Made only where it is kept: to drop one means that the operation ended.
        self.running().insert(op).then(|| Running { all: self, op })
    }

    /// Whether an operation is at work in this process.
    #[must_use]
    pub fn is_running(&self, op: Uuid) -> bool {
        self.running().contains(&op)
    }

    /// Waits until no other operation of this process is at work on the record.
    /// (Other nodes are kept off by the record's row in the key store.)
    pub async fn hold(&self, record: RecordId) -> Result<tokio::sync::MutexGuard<'_, ()>> {
        let stripe = record.id.unsigned_abs().wrapping_add(u64::from(record.noun)) % 64;
        let stripe = usize::try_from(stripe).map_err(|_| Error::Sealed)?;
        Ok(self.records.get(stripe).ok_or(Error::Sealed)?.lock().await)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RECORD: RecordId = RecordId { noun: 1, id: 77 };

    fn any_spot() -> impl Strategy<Value = Spot> {
        (any::<u8>(), any::<i64>(), any::<u32>()).prop_map(|(part, item, slot)| Spot {
            noun: 1,
            record: 77,
            part,
            item,
            slot,
        })
    }

    fn any_keep() -> impl Strategy<Value = Keep> {
        prop_oneof![
            Just(Keep::All),
            Just(Keep::Nothing),
            proptest::collection::vec(any_spot(), 0..5).prop_map(Keep::Except),
            proptest::collection::vec(any_spot(), 0..5).prop_map(Keep::Only),
        ]
    }

    proptest! {
        #[test]
        fn an_intent_is_read_as_it_was_written(category in 0u8..32, old_key in 0u64..1 << 56, keep in any_keep()) {
            let intent = Intent { record: RECORD, category, old_key, keep };
            prop_assert_eq!(Intent::from_facts(&intent.facts().unwrap()), Some(intent));
        }
    }

    #[test]
    fn an_intent_that_cannot_be_read_is_an_error_and_not_nothing() {
        let intent = Intent { record: RECORD, category: 1, old_key: 2, keep: Keep::All };
        for key in ["noun", "record", "category_id", "old_key", "keep"] {
            let mut facts = intent.facts().unwrap();
            facts.insert(key.to_owned(), String::from("x"));
            assert_eq!(Intent::from_facts(&facts), None, "{key}");
            facts.remove(key);
            assert_eq!(Intent::from_facts(&facts), None, "{key}");
        }
    }

    #[test]
    fn what_stays_is_told_by_the_whole_spot() {
        let spot = |slot| Spot { noun: 1, record: 77, part: 10, item: 5, slot };
        let keep = Keep::Except(vec![spot(2)]);
        assert!(!keep.stays(&spot(2)));
        assert!(keep.stays(&spot(3)) && keep.stays(&spot(WHOLE_TEXT)));
        let keep = Keep::Only(vec![spot(2)]);
        assert!(keep.stays(&spot(2)) && !keep.stays(&spot(3)));
    }

    #[test]
    fn too_many_values_are_refused() {
        let many = (0..1_001).map(|n| Spot { noun: 1, record: 77, part: 10, item: n, slot: 0 });
        let intent =
            Intent { record: RECORD, category: 1, old_key: 2, keep: Keep::Except(many.collect()) };
        assert!(intent.facts().is_err());
    }

    #[test]
    fn an_operation_runs_once_at_a_time() {
        let all = Operations::default();
        let op = Uuid::from_u128(1);
        let first = all.start(op).unwrap();
        assert!(all.start(op).is_none());
        drop(first);
        assert!(all.start(op).is_some());
    }
}
