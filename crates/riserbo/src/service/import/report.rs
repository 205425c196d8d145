//! What an import says at its end: counts, kinds found, rows refused. Never a
//! value.

use std::collections::BTreeMap;

use serde::Serialize;

use super::read::Refusal;
use crate::service::ingest::Found;

/// Most refusals that a report lists; the rest are counted.
pub(crate) const MAX_REFUSALS: usize = 1_000;

/// Note of a known row that changed at the source in something that an import
/// does not take over.
pub(crate) const NOT_TAKEN: &str = "changed_not_taken";

/// What became of the rows of a noun.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Taken for the first time.
    pub new: u64,
    /// Known, with something new.
    pub updated: u64,
    /// Known, as before.
    pub unchanged: u64,
    /// Known and changed at the source, with nothing that an import takes over.
    /// The note `changed_not_taken` counts these, and the changed ones of which
    /// only a part was taken.
    pub changed_not_taken: u64,
}

impl Counts {
    /// All rows seen.
    #[must_use]
    pub fn total(self) -> u64 {
        self.new + self.updated + self.unchanged + self.changed_not_taken
    }
}

/// A row that was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// The file.
    pub file: String,
    /// Line, item or byte.
    pub place: String,
    /// Stable code of the reason.
    pub code: &'static str,
    /// The reason in words.
    pub reason: String,
}

/// The report of an import.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// Customers and colleagues.
    pub users: Counts,
    /// Organizations.
    pub organizations: Counts,
    /// Tickets.
    pub tickets: Counts,
    /// Comments that were new.
    pub comments: u64,
    /// Attachments' metadata that was new.
    pub attachments: u64,
    /// Values lifted out, by kind.
    pub kinds: BTreeMap<&'static str, u64>,
    /// Odd things in rows that were taken all the same, by code.
    pub notes: BTreeMap<&'static str, u64>,
    /// Rows that were not taken, the first thousand.
    pub refused: Vec<Refused>,
    /// How many rows were not taken in all.
    pub refused_total: u64,
    /// Of those, the ones by which something of the export is missing (not a
    /// header, a hidden file or a file of another kind).
    pub lost: u64,
    /// UTF-8 bytes of the texts that were taken.
    pub text_bytes: u64,
}

impl Report {
    /// Notes a refusal.
    pub fn refuse(&mut self, refusal: &Refusal) {
        self.refused_total += 1;
        self.lost += u64::from(!refusal.reason.is_harmless());
        if self.refused.len() < MAX_REFUSALS {
            self.refused.push(Refused {
                file: refusal.file.clone(),
                place: refusal.place.to_string(),
                code: refusal.reason.code(),
                reason: refusal.reason.to_string(),
            });
        }
    }

    /// Notes something odd.
    pub fn note(&mut self, code: &'static str) {
        *self.notes.entry(code).or_default() += 1;
    }

    /// Adds counts of values found.
    pub fn found(&mut self, found: &Found) {
        for (kind, n) in &found.kinds {
            *self.kinds.entry(kind).or_default() += n;
        }
        if found.markup_given_up > 0 {
            *self.notes.entry("markup_given_up").or_default() += found.markup_given_up;
        }
    }
}
