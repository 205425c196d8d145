//! Typed values out of a JSON object, key by key, so that what is left over is what was unknown.
//!
//! Lenient where nothing is lost by it: a value of another type than the format says stays in the
//! leftovers and is noted. Strict where a guess would do harm: a row's own id, and times.

use super::refusal::{Note, Reason};
use jiff::Timestamp;
use serde_json::{Map, Value};

/// Ids are below this (2^53): beyond it, JSON readers in other languages round.
pub(super) const ID_END: i64 = 1 << 53;

/// A row being taken apart.
pub(super) struct Taker {
    map: Map<String, Value>,
    odd: Map<String, Value>,
    notes: Vec<Note>,
    now: i64,
}

impl Taker {
    /// Begins with a row. `now` (microseconds) tells which dates lie in the future.
    pub(super) fn new(mut map: Map<String, Value>, now: i64) -> Self {
        let mut notes = Vec::new();
        if replace_nul(&mut map) {
            notes.push(Note::NulReplaced);
        }
        Self { map, odd: Map::new(), notes, now }
    }

    /// Takes what stands under a key; null is nothing.
    pub(super) fn value(&mut self, key: &'static str) -> Option<Value> {
        self.map.remove(key).filter(|value| !value.is_null())
    }

    /// Looks at a text without taking it.
    pub(super) fn peek_text(&self, key: &str) -> Option<&str> {
        self.map.get(key).and_then(Value::as_str)
    }

    /// Whether two keys hold the same.
    pub(super) fn same(&self, one: &str, other: &str) -> bool {
        self.map.get(one) == self.map.get(other)
    }

    /// A size in bytes.
    pub(super) fn size(&mut self, key: &'static str) -> Option<u64> {
        let value = self.value(key)?;
        let size = value.as_u64();
        if size.is_none() {
            self.set_aside(key, value);
        }
        size
    }

    /// Forgets a key that the rest of the row repeats.
    pub(super) fn forget(&mut self, key: &str) {
        self.map.remove(key);
    }

    /// Keeps a value of a wrong type aside, with a note.
    pub(super) fn set_aside(&mut self, key: &'static str, value: Value) {
        self.odd.insert(key.to_owned(), value);
        self.note(Note::OddType(key));
    }

    /// Adds a note, once.
    pub(super) fn note(&mut self, note: Note) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// A text. Numbers and truth values are written out, as exports of typed fields have them.
    pub(super) fn text(&mut self, key: &'static str) -> Option<String> {
        match self.value(key)? {
            Value::String(text) => Some(text),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(truth) => Some(truth.to_string()),
            other => {
                self.set_aside(key, other);
                None
            }
        }
    }

    /// A truth value.
    pub(super) fn flag(&mut self, key: &'static str) -> Option<bool> {
        match self.value(key)? {
            Value::Bool(truth) => Some(truth),
            other => {
                self.set_aside(key, other);
                None
            }
        }
    }

    /// The row's own id.
    pub(super) fn own_id(&mut self) -> Result<i64, Reason> {
        let value = self.value("id").ok_or(Reason::MissingId)?;
        id_of(&value).ok_or(Reason::BadId)
    }

    /// The id of something else; one that can't be an id is set aside.
    pub(super) fn id(&mut self, key: &'static str) -> Option<i64> {
        let value = self.value(key)?;
        let id = id_of(&value);
        if id.is_none() {
            self.set_aside(key, value);
        }
        id
    }

    /// A list of ids, all or none.
    pub(super) fn ids(&mut self, key: &'static str) -> Vec<i64> {
        self.list(key, id_of)
    }

    /// A list of texts, all or none; a text alone is a list of its words (older exports).
    pub(super) fn words(&mut self, key: &'static str) -> Vec<String> {
        if let Some(Value::String(text)) = self.map.get(key) {
            let words = text.split_whitespace().map(str::to_owned).collect();
            self.map.remove(key);
            return words;
        }
        self.list(key, |value| value.as_str().map(str::to_owned))
    }

    /// A list, if each of its elements can be read.
    pub(super) fn list<T>(
        &mut self,
        key: &'static str,
        read: impl Fn(&Value) -> Option<T>,
    ) -> Vec<T> {
        let Some(value) = self.value(key) else {
            return Vec::new();
        };
        let items = value.as_array().and_then(|items| items.iter().map(read).collect());
        items.unwrap_or_else(|| {
            self.set_aside(key, value);
            Vec::new()
        })
    }

    /// An object; absent is empty.
    pub(super) fn object(&mut self, key: &'static str) -> Map<String, Value> {
        match self.value(key) {
            None => Map::new(),
            Some(Value::Object(map)) => map,
            Some(other) => {
                self.set_aside(key, other);
                Map::new()
            }
        }
    }

    /// A time in microseconds since 1970, from RFC 3339 with any offset and fraction.
    pub(super) fn time(&mut self, key: &'static str) -> Result<Option<i64>, Reason> {
        let Some(value) = self.value(key) else {
            return Ok(None);
        };
        let time = value.as_str().and_then(time_of).ok_or(Reason::BadTime(key))?;
        if time > self.now {
            self.note(Note::FutureDate(key));
        }
        Ok(Some(time))
    }

    /// A time that may well lie in the future (`due_at`).
    pub(super) fn date_ahead(&mut self, key: &'static str) -> Result<Option<i64>, Reason> {
        let Some(value) = self.value(key) else {
            return Ok(None);
        };
        value.as_str().and_then(time_of).ok_or(Reason::BadTime(key)).map(Some)
    }

    /// What was not taken, and what was odd.
    pub(super) fn rest(mut self) -> (Map<String, Value>, Vec<Note>) {
        self.map.append(&mut self.odd);
        self.notes.sort_unstable();
        (self.map, self.notes)
    }
}

/// An id: a whole number from 1 to 2^53 − 1, or its digits as a text.
pub(super) fn id_of(value: &Value) -> Option<i64> {
    let id = match value {
        Value::Number(number) => number.as_i64()?,
        Value::String(text) if text.bytes().all(|b| b.is_ascii_digit()) => text.parse().ok()?,
        _ => return None,
    };
    (1..ID_END).contains(&id).then_some(id)
}

/// A time in microseconds, from RFC 3339 (finer fractions are cut off).
pub(super) fn time_of(text: &str) -> Option<i64> {
    text.parse::<Timestamp>().ok().map(Timestamp::as_microsecond)
}

/// Replaces each NUL by U+FFFD, in keys too. Says whether there was one.
fn replace_nul(map: &mut Map<String, Value>) -> bool {
    let mut found = false;
    if map.keys().any(|key| key.contains('\0')) {
        let old = std::mem::take(map);
        *map = old.into_iter().map(|(key, v)| (key.replace('\0', "\u{fffd}"), v)).collect();
        found = true;
    }
    for value in map.values_mut() {
        found |= replace_nul_in(value);
    }
    found
}

fn replace_nul_in(value: &mut Value) -> bool {
    match value {
        Value::String(text) if text.contains('\0') => {
            *text = text.replace('\0', "\u{fffd}");
            true
        }
        Value::Array(items) => {
            items.iter_mut().fold(false, |found, item| replace_nul_in(item) | found)
        }
        Value::Object(map) => replace_nul(map),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn taker(value: Value) -> Taker {
        let Value::Object(map) = value else { panic!("not an object") };
        Taker::new(map, 1_000_000)
    }

    #[test]
    fn ids_are_numbers_or_digits_below_two_to_the_53() {
        assert_eq!(id_of(&json!(35)), Some(35));
        assert_eq!(id_of(&json!("35")), Some(35));
        assert_eq!(id_of(&json!(ID_END - 1)), Some(ID_END - 1));
        for wrong in [json!(0), json!(-1), json!(ID_END), json!(1.5), json!("3a"), json!("")] {
            assert_eq!(id_of(&wrong), None, "{wrong}");
        }
    }

    #[test]
    fn times_carry_offsets_and_fractions() {
        assert_eq!(time_of("1970-01-01T00:00:01Z"), Some(1_000_000));
        assert_eq!(time_of("1970-01-01T01:00:00.25+01:00"), Some(250_000));
        assert_eq!(time_of("1970-01-01T00:00:00.0000019Z"), Some(1));
        for wrong in ["", "yesterday", "2026-02-30T00:00:00Z", "2026-01-01T00:00:00", "20"] {
            assert_eq!(time_of(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_value_of_a_wrong_type_stays_aside_with_a_note() {
        let mut row = taker(json!({"subject":["x"],"n":5,"tags":"a b","ids":[1,"x"],"other":1}));
        assert_eq!(row.text("subject"), None);
        assert_eq!(row.text("n").as_deref(), Some("5"));
        assert_eq!(row.words("tags"), ["a", "b"]);
        assert_eq!(row.ids("ids"), [0i64; 0]);
        let (rest, notes) = row.rest();
        assert_eq!(Value::Object(rest), json!({"subject":["x"],"ids":[1,"x"],"other":1}));
        assert_eq!(notes, [Note::OddType("ids"), Note::OddType("subject")]);
    }

    #[test]
    fn a_future_time_is_noted_and_a_broken_one_refused() {
        let mut row = taker(json!({"created_at":"1970-01-01T00:00:02Z","updated_at":7}));
        assert_eq!(row.time("created_at"), Ok(Some(2_000_000)));
        assert_eq!(row.time("updated_at"), Err(Reason::BadTime("updated_at")));
        assert_eq!(row.rest().1, [Note::FutureDate("created_at")]);
    }

    #[test]
    fn nul_is_replaced_in_texts_and_keys_at_any_depth() {
        let mut row = taker(json!({"name":"a\0b","x":{"k\0":["\0"]}}));
        assert_eq!(row.text("name").as_deref(), Some("a\u{fffd}b"));
        let (rest, notes) = row.rest();
        assert_eq!(Value::Object(rest), json!({"x":{"k\u{fffd}":["\u{fffd}"]}}));
        assert_eq!(notes, [Note::NulReplaced]);
    }
}
