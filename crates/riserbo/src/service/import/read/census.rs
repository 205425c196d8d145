//! The first pass: what is there, how much, and which version of each row is taken.
//!
//! Every row is typed here once and let go, so that only rows that can be delivered compete: a
//! broken newer version never displaces a good older one.

use super::canon;
use super::index::{Collector, Index, Origin, Version};
use super::noun::Noun;
use super::refusal::{Place, Reason, Refusal};
use super::rows::{FieldRow, NamedRow, OrganizationRow, TicketRow, Typed, UserRow, embedded};
use super::sweep::{Event, Meter, Raw, Sift};
use super::{Progress, Source};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// An amount of rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Volume {
    /// Rows, refused ones too.
    pub rows: u64,
    /// Their unpacked bytes.
    pub bytes: u64,
}

/// What one look at all files has shown. The passes need it.
#[derive(Debug, Default)]
pub struct Census {
    volumes: BTreeMap<Noun, Volume>,
    pub(super) indexes: BTreeMap<Noun, Index>,
    /// For each stream the nouns of its rows, and from bit 16 those inside other rows.
    streams: Vec<u32>,
    troubled: BTreeSet<usize>,
    comments_inline: u64,
    unknown_rows: u64,
    refused: u64,
    bomb: bool,
}

impl Census {
    /// Rows of a noun, as they stand in the files.
    #[must_use]
    pub fn volume(&self, noun: Noun) -> Volume {
        self.volumes.get(&noun).copied().unwrap_or_default()
    }

    /// How many different rows of a noun will be delivered, at most; those inside other rows are
    /// counted. Not for comments.
    #[must_use]
    pub fn distinct(&self, noun: Noun) -> u64 {
        self.indexes.get(&noun).map_or(0, |index| index.len() as u64)
    }

    /// How many rows of a noun are there only inside other rows.
    #[must_use]
    pub fn embedded(&self, noun: Noun) -> u64 {
        self.indexes.get(&noun).map_or(0, |index| index.embedded() as u64)
    }

    /// Rows of a noun beyond the first of each id, equal to it or not.
    #[must_use]
    pub fn duplicates(&self, noun: Noun) -> u64 {
        self.indexes.get(&noun).map_or(0, |index| index.duplicates)
    }

    /// Comments that stand inside their tickets.
    #[must_use]
    pub fn comments_inline(&self) -> u64 {
        self.comments_inline
    }

    /// Comments that stand in files of their own.
    #[must_use]
    pub fn comments_apart(&self) -> Volume {
        self.volume(Noun::Comment)
    }

    /// Rows of nouns that the import does not know.
    #[must_use]
    pub fn unknown_rows(&self) -> u64 {
        self.unknown_rows
    }

    /// Refusals that this pass told.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.refused
    }

    /// Whether a file was given up as a bomb: a reason to stop before anything is written.
    #[must_use]
    pub fn has_bomb(&self) -> bool {
        self.bomb
    }

    /// Whether a stream holds rows of one of these nouns (as bits), or could not be read whole.
    pub(super) fn holds(&self, stream: usize, nouns: u32) -> bool {
        self.streams.get(stream).is_none_or(|bits| bits & nouns != 0)
    }

    /// Whether trouble with this stream is news.
    pub(super) fn is_news(&self, refusal: &Refusal, stream: usize) -> bool {
        refusal.place == Place::File && !self.troubled.contains(&stream)
    }
}

/// The bits of nouns inside other rows.
pub(super) const EMBEDDED_SHIFT: u32 = 16;

/// The census while it is taken.
#[derive(Default)]
struct Count {
    census: Census,
    versions: BTreeMap<Noun, Collector>,
    scratch: Vec<u8>,
}

impl Source {
    /// Reads everything once. Files that are left out, broken lines and all else that is no row
    /// is told to `refused`; rows that can't be typed are told by the pass of their noun.
    ///
    /// # Errors
    /// Whatever `refused` answers, at once.
    pub fn census<E>(
        &self,
        progress: &mut dyn Progress,
        mut refused: impl FnMut(Refusal) -> Result<(), E>,
    ) -> Result<Census, E> {
        let mut count = Count::default();
        for (file, reason) in &self.found.left_out {
            count.census.refused += 1;
            refused(left_out(file, *reason))?;
        }
        let mut meter = Meter::new(progress, self, 1);
        self.sweep(&mut meter, &Sift::NONE, &mut |event| match event {
            Event::Row(raw) => {
                count.row(self, raw);
                Ok(())
            }
            Event::Unknown => {
                count.census.unknown_rows += 1;
                Ok(())
            }
            Event::Refused(refusal, stream) => {
                count.refusal(&refusal, stream);
                refused(refusal)
            }
        })?;
        let Count { mut census, versions, .. } = count;
        census.indexes = versions.into_iter().map(|(noun, all)| (noun, all.finish())).collect();
        Ok(census)
    }
}

fn left_out(file: &str, reason: Reason) -> Refusal {
    Refusal { file: file.to_owned(), place: Place::File, noun: None, id: None, reason }
}

impl Count {
    fn refusal(&mut self, refusal: &Refusal, stream: usize) {
        self.census.refused += 1;
        self.see(stream, 0);
        if refusal.reason == Reason::UnknownNoun {
            self.census.unknown_rows += 1;
        }
        if refusal.place == Place::File {
            self.census.troubled.insert(stream);
        }
        self.census.bomb |= refusal.reason == Reason::ZipBomb;
    }

    /// Notes what a stream holds.
    fn see(&mut self, stream: usize, bits: u32) {
        let streams = &mut self.census.streams;
        if streams.len() <= stream {
            streams.resize(stream + 1, 0);
        }
        if let Some(seen) = streams.get_mut(stream) {
            *seen |= bits;
        }
    }

    fn row(&mut self, source: &Source, raw: Raw<'_>) {
        let noun = raw.noun;
        let volume = self.census.volumes.entry(noun).or_default();
        volume.rows += 1;
        volume.bytes += raw.size as u64;
        self.see(raw.stream, noun.bit());
        self.inside(source, &raw);
        match noun {
            Noun::Comment => {}
            Noun::User => self.own::<UserRow>(source, raw),
            Noun::Organization => self.own::<OrganizationRow>(source, raw),
            Noun::Ticket => {
                let comments = raw.map.get("comments").and_then(Value::as_array);
                self.census.comments_inline += comments.map_or(0, |all| all.len() as u64);
                self.own::<TicketRow>(source, raw);
            }
            Noun::TicketField | Noun::UserField | Noun::OrganizationField => {
                self.own::<FieldRow>(source, raw);
            }
            Noun::Group | Noun::Brand | Noun::TicketForm | Noun::CustomRole => {
                self.own::<NamedRow>(source, raw);
            }
        }
    }

    /// A row of its own.
    fn own<T: Typed>(&mut self, source: &Source, raw: Raw<'_>) {
        let hash = canon::hash(&raw.map, &mut self.scratch);
        self.version::<T>(source, raw.noun, raw.map, Origin::Own, hash);
    }

    /// The rows inside a row.
    fn inside(&mut self, source: &Source, raw: &Raw<'_>) {
        embedded(raw.noun, &raw.map, &mut |noun, map| {
            let hash = canon::hash(map, &mut self.scratch);
            self.see(raw.stream, noun.bit() << EMBEDDED_SHIFT);
            let map = map.clone();
            match noun {
                Noun::User => self.version::<UserRow>(source, noun, map, Origin::Embedded, hash),
                Noun::Organization => {
                    self.version::<OrganizationRow>(source, noun, map, Origin::Embedded, hash);
                }
                _ => self.version::<NamedRow>(source, noun, map, Origin::Embedded, hash),
            }
        });
    }

    fn version<T: Typed>(
        &mut self,
        source: &Source,
        noun: Noun,
        map: Map<String, Value>,
        origin: Origin,
        hash: u64,
    ) {
        let Ok(row) = T::parse(noun, map, source.now) else {
            return;
        };
        if row.check(&source.limits).is_ok() {
            let updated_at = row.updated_at().unwrap_or(i64::MIN);
            self.versions
                .entry(noun)
                .or_default()
                .add(row.id(), Version { origin, updated_at, hash });
        }
    }
}
