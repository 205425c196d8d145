//! Tickets with their comments, also where those stand in files of their own.
//!
//! Comments apart can be larger than memory and may stand before or after their tickets. So the
//! tickets are divided into parts by a hash of their number, as many as the budget asks for, and
//! for each part the files are read twice: once to gather its comments, once to deliver its
//! tickets. A part that turns out too large is divided again. Files without rows of the noun that
//! is looked for are not unpacked.

use super::census::Census;
use super::deliver::{Books, Delivery};
use super::noun::Noun;
use super::pile::{Alike, OVERHEAD, Pile, Room, Stood};
use super::refusal::{Reason, Refusal};
use super::rows::{TicketRow, Typed, in_order, ticket_of};
use super::sweep::{Event, Meter, Raw, Sift};
use super::take::id_of;
use super::{Progress, Source};
use serde::de::{Deserialize, Deserializer, Visitor};
use serde_json::{Map, Value};
use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::rc::Rc;

impl Source {
    /// Delivers every ticket once, with its comments by (time, id).
    ///
    /// # Errors
    /// Whatever `each` answers, at once.
    pub fn tickets<E>(
        &self,
        census: &Census,
        progress: &mut dyn Progress,
        mut each: impl FnMut(Result<TicketRow, Refusal>) -> Result<(), E>,
    ) -> Result<(), E> {
        let apart = census.comments_apart();
        let mut desk = Desk {
            source: self,
            census,
            books: Books::new(census, &[Noun::Ticket]),
            room: Room::default(),
            told: BTreeSet::new(),
            each: &mut each,
        };
        if apart.rows == 0 {
            let mut meter = Meter::new(progress, self, 1);
            desk.deliver(&mut meter, Part::WHOLE, HashMap::new())?;
        } else {
            let budget = self.limits.memory_budget.max(1) as u64;
            let need = apart.bytes.saturating_add(apart.rows.saturating_mul(OVERHEAD as u64));
            // An eighth more, for hashes never divide evenly.
            let parts = need.saturating_add(need / 8).div_ceil(budget).max(1);
            desk.room = Room::new(usize::try_from(need.min(budget)).unwrap_or_default());
            let mut meter = Meter::new(progress, self, parts.saturating_mul(2));
            for index in 0..parts {
                desk.part(&mut meter, Part { index, of: parts, told: 0 })?;
            }
        }
        let Desk { books, each, .. } = desk;
        books.missing(each)
    }
}

/// The tickets whose number's hash leaves the rest `index`.
#[derive(Clone, Copy)]
struct Part {
    index: u64,
    of: u64,
    /// Rows up to this one, in the order of gathering, were judged before.
    told: u64,
}

impl Part {
    const WHOLE: Self = Self { index: 0, of: 1, told: 0 };

    fn holds(&self, ticket: i64) -> bool {
        mix(ticket.unsigned_abs()) % self.of == self.index
    }

    /// What has no ticket belongs to the first part.
    fn holds_or_first(&self, ticket: Option<i64>) -> bool {
        ticket.map_or(self.index == 0, |ticket| self.holds(ticket))
    }

    fn halves(self, told: u64) -> [Self; 2] {
        let told = told.max(self.told);
        let of = self.of.saturating_mul(2);
        [Self { of, told, ..self }, Self { index: self.index + self.of, of, told }]
    }
}

/// One-to-one and well mixed (the finaliser of SplitMix64), so that a part can be divided until
/// it holds one ticket, whatever numbers an export has.
fn mix(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

type Piles = HashMap<i64, Pile>;

/// Why gathering stopped.
enum Stop<E> {
    /// Too much for one part, at this row.
    Overflow(u64),
    Caller(E),
}

/// The pass.
struct Desk<'a, E> {
    source: &'a Source,
    census: &'a Census,
    books: Books<'a>,
    room: Room,
    /// Streams whose trouble in this pass was told.
    told: BTreeSet<usize>,
    each: &'a mut dyn FnMut(Result<TicketRow, Refusal>) -> Result<(), E>,
}

impl<E> Desk<'_, E> {
    /// Gathers and delivers one part, in pieces if it must be.
    fn part(&mut self, meter: &mut Meter<'_>, part: Part) -> Result<(), E> {
        let mut open = vec![part];
        while let Some(part) = open.pop() {
            match self.gather(meter, part) {
                Ok(piles) => self.deliver(meter, part, piles)?,
                Err(Stop::Caller(error)) => return Err(error),
                Err(Stop::Overflow(at)) => {
                    meter.more(self.source, 3);
                    open.extend(part.halves(at));
                }
            }
        }
        Ok(())
    }

    /// The separate comments of a part.
    fn gather(&mut self, meter: &mut Meter<'_>, part: Part) -> Result<Piles, Stop<E>> {
        let (source, census) = (self.source, self.census);
        let sift = Sift {
            wanted: &|stream| census.holds(stream, Noun::Comment.bit()),
            skip: &|row| probe(row).ticket_id.0.is_some_and(|ticket| !part.holds(ticket)),
        };
        let (room, told, each) = (&mut self.room, &mut self.told, &mut *self.each);
        room.clear();
        let mut gathering = Gathering { room, piles: Piles::new(), seen: 0, file: None };
        source.sweep(meter, &sift, &mut |event| match event {
            Event::Row(raw) if raw.noun == Noun::Comment => {
                gathering.seen = raw.number;
                match gathering.comment(source, census, part, raw) {
                    Ok(()) => Ok(()),
                    Err(None) => Err(Stop::Overflow(gathering.seen)),
                    Err(Some(refusal)) => each(Err(refusal)).map_err(Stop::Caller),
                }
            }
            Event::Refused(refusal, stream) => {
                trouble(census, told, refusal, stream, each).map_err(Stop::Caller)
            }
            _ => Ok(()),
        })?;
        Ok(gathering.piles)
    }

    fn deliver(&mut self, meter: &mut Meter<'_>, part: Part, mut piles: Piles) -> Result<(), E> {
        let (source, census) = (self.source, self.census);
        let sift = Sift {
            wanted: &|stream| census.holds(stream, Noun::Ticket.bit()),
            skip: &|row| part.of > 1 && probe(row).id.0.is_some_and(|id| !part.holds(id)),
        };
        source.sweep(meter, &sift, &mut |event| match event {
            Event::Row(raw) if raw.noun == Noun::Ticket => {
                let id = raw.map.get("id").and_then(id_of);
                if part.holds_or_first(id) { self.ticket(raw, id, &mut piles) } else { Ok(()) }
            }
            Event::Refused(refusal, stream) => {
                trouble(census, &mut self.told, refusal, stream, self.each)
            }
            _ => Ok(()),
        })
    }

    fn ticket(&mut self, mut raw: Raw<'_>, id: Option<i64>, piles: &mut Piles) -> Result<(), E> {
        let hash = self.books.hash_if_contested(&raw);
        let refusal = raw.refusal(Reason::MissingId);
        let map = std::mem::take(&mut raw.map);
        let apart = id.is_some_and(|id| piles.contains_key(&id));
        let inside = (apart || has_doubles(&map)).then(|| map.get("comments").cloned()).flatten();
        let read = TicketRow::parse(Noun::Ticket, map, self.source.now)
            .and_then(|row| row.check(&self.source.limits).map(|()| row));
        let judged = read.and_then(|row| {
            self.books.judge(Noun::Ticket, &row, hash).map(|take| take.then_some(row))
        });
        let mut row = match judged {
            Ok(Some(row)) => row,
            Ok(None) => return Ok(()),
            Err(reason) => return (self.each)(Err(Refusal { reason, ..refusal })),
        };
        let pile = piles.remove(&row.id);
        if pile.is_some() || inside.is_some() {
            let stood = Stood { file: Rc::from(raw.label), place: raw.place };
            let mark = self.room.mark();
            let merged = self.merged(pile.unwrap_or_default(), inside, &stood)?;
            self.room.back_to(mark);
            match merged {
                Ok(comments) => row.comments = comments,
                Err(reason) => return (self.each)(Err(Refusal { reason, ..refusal })),
            }
            in_order(&mut row.comments, row.created_at);
        }
        (self.each)(Ok(row))
    }

    /// The comments of a ticket from both places.
    fn merged(
        &mut self,
        mut pile: Pile,
        inside: Option<Value>,
        stood: &Stood,
    ) -> Result<Result<Vec<super::rows::CommentRow>, Reason>, E> {
        let mut alike = Alike::new();
        if let Some(Value::Array(comments)) = inside {
            for comment in comments {
                let Value::Object(map) = comment else {
                    return Ok(Err(Reason::BadComment));
                };
                let added =
                    pile.add(map, stood.clone(), self.source, &mut self.room, Some(&mut alike));
                if let Err(reason) = added {
                    return Ok(Err(reason));
                }
            }
        }
        let each = &mut *self.each;
        pile.finish(self.source.now, &self.room, |id, stood| {
            each(Err(Refusal {
                file: stood.file.to_string(),
                place: stood.place,
                noun: Some(Noun::Comment),
                id,
                reason: Reason::DuplicateId,
            }))
        })
    }
}

/// Tells once of trouble with a stream that the census did not have.
fn trouble<E>(
    census: &Census,
    told: &mut BTreeSet<usize>,
    refusal: Refusal,
    stream: usize,
    each: Delivery<'_, TicketRow, E>,
) -> Result<(), E> {
    if census.is_news(&refusal, stream) && told.insert(stream) {
        return each(Err(refusal));
    }
    Ok(())
}

/// The two ids by which a part knows its rows, read without the rest of the row: most rows of a
/// reading belong to other parts.
#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Probe {
    id: Number,
    ticket_id: Number,
}

/// An id as `id_of` reads it; anything else is none.
#[derive(Default)]
struct Number(Option<i64>);

fn probe(row: &[u8]) -> Probe {
    serde_json::from_slice(row).unwrap_or_default()
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        // What is no plain id makes the probe fail as a whole, and the row is read in full.
        struct Digits;
        impl Visitor<'_> for Digits {
            type Value = Number;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an id")
            }
            fn visit_u64<E>(self, id: u64) -> Result<Number, E> {
                Ok(Number(id_of(&Value::from(id))))
            }
            fn visit_str<E>(self, id: &str) -> Result<Number, E> {
                Ok(Number(id_of(&Value::from(id))))
            }
        }
        input.deserialize_any(Digits)
    }
}

/// Whether two comments inside a ticket have the same id.
fn has_doubles(ticket: &Map<String, Value>) -> bool {
    let Some(Value::Array(comments)) = ticket.get("comments") else {
        return false;
    };
    let mut ids: Vec<i64> =
        comments.iter().filter_map(|comment| comment.get("id").and_then(id_of)).collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    ids.len() < all
}

/// The separate comments of a part, while they are gathered.
struct Gathering<'a> {
    room: &'a mut Room,
    piles: Piles,
    /// The number of the row that is looked at.
    seen: u64,
    file: Option<Rc<str>>,
}

impl Gathering<'_> {
    /// Takes a comment in, if it belongs here. `Err(None)`: this is too much for one part.
    fn comment(
        &mut self,
        source: &Source,
        census: &Census,
        part: Part,
        mut raw: Raw<'_>,
    ) -> Result<(), Option<Refusal>> {
        let ticket = ticket_of(&raw.map);
        if !part.holds_or_first(ticket.ok()) {
            return Ok(());
        }
        let refusal = raw.refusal(Reason::MissingTicketId);
        let seen = self.seen;
        let refuse = |reason| {
            if seen > part.told { Err(Some(Refusal { reason, ..refusal })) } else { Ok(()) }
        };
        let ticket = match ticket {
            Ok(ticket) => ticket,
            Err(reason) => return refuse(reason),
        };
        if !census.indexes.get(&Noun::Ticket).is_some_and(|index| index.has(ticket)) {
            return refuse(Reason::NoTicketForComment);
        }
        let stood = Stood { file: self.file(raw.label), place: raw.place };
        let pile = self.piles.entry(ticket).or_default();
        let map = std::mem::take(&mut raw.map);
        if let Err(reason) = pile.add(map, stood, source, self.room, None) {
            return refuse(reason);
        }
        let budget = source.limits.memory_budget;
        if pile.offered() > budget {
            pile.refuse(Reason::TicketTooLarge);
        }
        if self.room.taken() <= budget {
            return Ok(());
        }
        if self.piles.len() > 1 {
            return Err(None);
        }
        // All that is here was offered to one ticket, so that ticket was refused just above.
        self.room.clear();
        Ok(())
    }

    /// One shared label a file.
    fn file(&mut self, label: &str) -> Rc<str> {
        match &self.file {
            Some(file) if &**file == label => Rc::clone(file),
            _ => {
                let file = Rc::from(label);
                self.file = Some(Rc::clone(&file));
                file
            }
        }
    }
}
