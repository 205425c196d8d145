//! The passes for everything but tickets: one reading each, every row once.

use super::canon;
use super::census::{Census, EMBEDDED_SHIFT};
use super::index::{Index, Marks, Verdict};
use super::noun::Noun;
use super::refusal::{Place, Reason, Refusal};
use super::rows::{FieldRow, NamedRow, OrganizationRow, Typed, UserRow, embedded};
use super::sweep::{Event, Meter, Raw, Sift};
use super::{Progress, Source};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What a pass hands over.
pub(super) type Delivery<'a, T, E> = &'a mut dyn FnMut(Result<T, Refusal>) -> Result<(), E>;

impl Source {
    /// Delivers every user once, those too that are there only inside tickets and comments.
    ///
    /// # Errors
    /// Whatever `each` answers, at once.
    pub fn users<E>(
        &self,
        census: &Census,
        progress: &mut dyn Progress,
        mut each: impl FnMut(Result<UserRow, Refusal>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.deliver(census, &[Noun::User], progress, &mut each)
    }

    /// Delivers every organization once, those too that are there only inside other rows.
    ///
    /// # Errors
    /// Whatever `each` answers, at once.
    pub fn organizations<E>(
        &self,
        census: &Census,
        progress: &mut dyn Progress,
        mut each: impl FnMut(Result<OrganizationRow, Refusal>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.deliver(census, &[Noun::Organization], progress, &mut each)
    }

    /// Delivers every definition of a custom field once.
    ///
    /// # Errors
    /// Whatever `each` answers, at once.
    pub fn fields<E>(
        &self,
        census: &Census,
        progress: &mut dyn Progress,
        mut each: impl FnMut(Result<FieldRow, Refusal>) -> Result<(), E>,
    ) -> Result<(), E> {
        let nouns = [Noun::TicketField, Noun::UserField, Noun::OrganizationField];
        self.deliver(census, &nouns, progress, &mut each)
    }

    /// Delivers every group, brand, ticket form and custom role once, those too that are there
    /// only inside tickets.
    ///
    /// # Errors
    /// Whatever `each` answers, at once.
    pub fn named<E>(
        &self,
        census: &Census,
        progress: &mut dyn Progress,
        mut each: impl FnMut(Result<NamedRow, Refusal>) -> Result<(), E>,
    ) -> Result<(), E> {
        let nouns = [Noun::Group, Noun::Brand, Noun::TicketForm, Noun::CustomRole];
        self.deliver(census, &nouns, progress, &mut each)
    }

    fn deliver<T: Typed, E>(
        &self,
        census: &Census,
        nouns: &[Noun],
        progress: &mut dyn Progress,
        each: Delivery<'_, T, E>,
    ) -> Result<(), E> {
        let mut books = Books::new(census, nouns);
        let bits = nouns.iter().fold(0, |bits, noun| {
            let inside = if census.embedded(*noun) > 0 { noun.bit() << EMBEDDED_SHIFT } else { 0 };
            bits | noun.bit() | inside
        });
        let wanted = |stream| census.holds(stream, bits);
        let sift = Sift { wanted: &wanted, ..Sift::NONE };
        let mut meter = Meter::new(progress, self, 1);
        self.sweep(&mut meter, &sift, &mut |event| match event {
            Event::Row(raw) => {
                books.inside(self, &raw, each)?;
                if nouns.contains(&raw.noun) { books.own(self, raw, each) } else { Ok(()) }
            }
            Event::Refused(refusal, stream) if census.is_news(&refusal, stream) => {
                each(Err(refusal))
            }
            _ => Ok(()),
        })?;
        books.missing(each)
    }
}

/// What has been delivered.
pub(super) struct Books<'a> {
    shelves: BTreeMap<Noun, (&'a Index, Marks)>,
    scratch: Vec<u8>,
}

impl<'a> Books<'a> {
    pub(super) fn new(census: &'a Census, nouns: &[Noun]) -> Self {
        let shelf = |noun: &Noun| {
            let index = census.indexes.get(noun)?;
            Some((*noun, (index, Marks::new(index))))
        };
        Self { shelves: nouns.iter().filter_map(shelf).collect(), scratch: Vec::new() }
    }

    /// The hash of a row, if its version is in doubt.
    pub(super) fn hash_if_contested(&mut self, raw: &Raw<'_>) -> Option<u64> {
        let id = raw.map.get("id").and_then(super::take::id_of)?;
        let (index, _) = self.shelves.get(&raw.noun)?;
        index.is_contested(id).then(|| canon::hash(&raw.map, &mut self.scratch))
    }

    /// What becomes of a typed row of its own: whether it is to be delivered, or why not. An
    /// equal row that was delivered before is neither.
    pub(super) fn judge<T: Typed>(
        &mut self,
        noun: Noun,
        row: &T,
        hash: Option<u64>,
    ) -> Result<bool, Reason> {
        let (index, marks) = self.shelves.get_mut(&noun).ok_or(Reason::ChangedUnderway)?;
        match index.judge(row.id(), row.updated_at().unwrap_or(i64::MIN), hash) {
            Verdict::Take(at) => Ok(marks.mark(at)),
            Verdict::Lost => Err(Reason::DuplicateId),
            Verdict::Unknown => Err(Reason::ChangedUnderway),
        }
    }

    fn own<T: Typed, E>(
        &mut self,
        source: &Source,
        mut raw: Raw<'_>,
        each: Delivery<'_, T, E>,
    ) -> Result<(), E> {
        let hash = self.hash_if_contested(&raw);
        let refusal = raw.refusal(Reason::MissingId);
        let refuse = |reason| Err(Refusal { reason, ..refusal });
        let row = match T::parse(raw.noun, std::mem::take(&mut raw.map), source.now) {
            Ok(row) => row,
            Err(reason) => return each(refuse(reason)),
        };
        match self.judge(raw.noun, &row, hash) {
            Ok(true) => each(Ok(row)),
            Ok(false) => Ok(()),
            Err(reason) => each(refuse(reason)),
        }
    }

    /// The rows inside a row, where no row of their own was found.
    fn inside<T: Typed, E>(
        &mut self,
        source: &Source,
        raw: &Raw<'_>,
        each: Delivery<'_, T, E>,
    ) -> Result<(), E> {
        let mut outcome = Ok(());
        embedded(raw.noun, &raw.map, &mut |noun, map| {
            if outcome.is_ok()
                && self.is_due(noun, map)
                && let Ok(row) = T::parse(noun, map.clone(), source.now)
            {
                outcome = each(Ok(row));
            }
        });
        outcome
    }

    /// Whether this copy inside a row is the one to deliver, now.
    fn is_due(&mut self, noun: Noun, map: &Map<String, Value>) -> bool {
        let Some(id) = map.get("id").and_then(super::take::id_of) else {
            return false;
        };
        let Some((index, marks)) = self.shelves.get_mut(&noun) else {
            return false;
        };
        let time = map.get("updated_at").and_then(Value::as_str).and_then(super::take::time_of);
        let hash = canon::hash(map, &mut self.scratch);
        let verdict = index.judge_embedded(id, time.unwrap_or(i64::MIN), hash);
        matches!(verdict, Verdict::Take(at) if marks.mark(at))
    }

    /// Rows that the census saw and this pass did not.
    pub(super) fn missing<T, E>(&self, each: Delivery<'_, T, E>) -> Result<(), E> {
        for (noun, (index, marks)) in &self.shelves {
            for id in index.unmarked(marks) {
                each(Err(Refusal {
                    file: String::new(),
                    place: Place::File,
                    noun: Some(*noun),
                    id: Some(id),
                    reason: Reason::ChangedUnderway,
                }))?;
            }
        }
        Ok(())
    }
}
