//! Pages: by offset (`page`, `per_page`) as old clients ask, or by cursor
//! (`page[size]`, `page[after]`, `page[before]`) as new ones do.
//!
//! Offset pages come with `count`, `next_page` and `previous_page`, and end at
//! 10,000 rows: beyond, a database would have to count its way through. Cursor
//! pages come with `meta` and `links` and have no end. A cursor is sealed and
//! fits one list with its conditions only ([`crate::service::cursor`]).

use serde_json::{Value, json};

use super::auth::Api;
use super::{Fail, links};
use crate::service::cursor::{self, Position};

/// Rows of a page at most.
pub const MAX: i64 = 100;
/// Rows that offset pages reach.
pub const DEPTH: i64 = 10_000;

/// Names that say where a page is, and not which list it is of.
const PLACE: [&str; 6] =
    ["page", "per_page", "page[size]", "page[after]", "page[before]", "cursor"];

/// Which page is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paging {
    /// By number.
    Offset {
        /// From 1.
        page: i64,
        /// Rows of a page.
        per_page: i64,
    },
    /// By cursor.
    Cursor {
        /// Rows of a page.
        size: i64,
        /// Where it begins.
        at: At,
    },
}

/// Where a cursor page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// At the start.
    Start,
    /// After this row.
    After(Position),
    /// Before this row.
    Before(Position),
}

/// A row's place in its list: order value and id.
pub type Place = (i64, i64);

impl Paging {
    /// Reads which page is asked for.
    ///
    /// # Errors
    /// 400 for numbers out of range, a mixture of both ways, or a cursor that
    /// does not fit.
    pub fn of(api: &Api) -> Result<Paging, Fail> {
        Self::with(api, 100, MAX)
    }

    /// As [`Paging::of`], with another usual and greatest size.
    ///
    /// # Errors
    /// As [`Paging::of`].
    pub fn with(api: &Api, usual: i64, most: i64) -> Result<Paging, Fail> {
        let query = &api.query;
        let cursor = ["page[size]", "page[after]", "page[before]"].iter().any(|n| query.has(n));
        if !cursor {
            return Self::offset(api);
        }
        if query.has("page") || query.has("per_page") {
            return Err(Fail::malformed("page", "either page and per_page, or page[size]"));
        }
        let size = query.number("page[size]")?.unwrap_or(usual);
        if !(1..=most).contains(&size) {
            return Err(Fail::malformed("page[size]", format!("must lie in 1..{most}")));
        }
        let at = match (query.get("page[after]"), query.get("page[before]")) {
            (None, None) => At::Start,
            (Some(text), None) => At::After(open(api, text)?),
            (None, Some(text)) => At::Before(open(api, text)?),
            (Some(_), Some(_)) => {
                return Err(Fail::malformed("page", "either page[after] or page[before]"));
            }
        };
        Ok(Paging::Cursor { size, at })
    }

    fn offset(api: &Api) -> Result<Paging, Fail> {
        let page = api.query.number("page")?.unwrap_or(1);
        let per_page = api.query.number("per_page")?.unwrap_or(MAX);
        if page < 1 || per_page < 1 {
            return Err(Fail::malformed("page", "page and per_page begin at 1"));
        }
        // More than the most is the most, as the vendor has it.
        let per_page = per_page.min(MAX);
        if page.checked_mul(per_page).is_none_or(|rows| rows > DEPTH) {
            return Err(Fail::bad(
                "InvalidPaginationDepth",
                "Pages by number end at 10,000 rows; use page[size] and follow links.next",
            ));
        }
        Ok(Paging::Offset { page, per_page })
    }

    /// Rows asked for.
    #[must_use]
    pub fn size(self) -> i64 {
        match self {
            Paging::Offset { per_page, .. } => per_page,
            Paging::Cursor { size, .. } => size,
        }
    }

    /// Rows before the page, if it is asked for by number.
    #[must_use]
    pub fn skipped(self) -> Option<i64> {
        match self {
            Paging::Offset { page, per_page } => Some((page - 1) * per_page),
            Paging::Cursor { .. } => None,
        }
    }

    /// Whether rows are to be fetched against the list's direction, and then
    /// turned round.
    #[must_use]
    pub fn backwards(self) -> bool {
        matches!(self, Paging::Cursor { at: At::Before(_), .. })
    }
}

fn open(api: &Api, text: &str) -> Result<Position, Fail> {
    cursor::open(&api.ctx, &filter(api), text).map_err(Fail::unlogged)
}

/// What a cursor is bound to: the path and every condition.
#[must_use]
pub fn filter(api: &Api) -> String {
    let mut pairs: Vec<(&str, &str)> = api.query.without(&PLACE).collect();
    pairs.retain(|(name, _)| !matches!(*name, "include" | "start_time"));
    pairs.sort_unstable();
    links::link("", &api.path, pairs)
}

/// Seals a place of this list.
///
/// # Errors
/// What [`cursor::seal`] says.
pub fn seal(api: &Api, place: Place) -> Result<String, Fail> {
    let position = Position { issued: api.ctx.now(), value: place.0, id: place.1 };
    Ok(cursor::seal(&api.ctx, &filter(api), position)?)
}

/// This list with other places.
#[must_use]
pub fn link(api: &Api, places: &[(&str, &str)]) -> String {
    let kept = api.query.without(&PLACE);
    links::link(&api.base, &api.path, kept.chain(places.iter().copied()))
}

/// A list under its name, beside what else the answer says.
fn listed(name: &str, rows: Vec<Value>, mut rest: Value) -> Value {
    if let Value::Object(map) = &mut rest {
        map.insert(name.to_owned(), Value::Array(rows));
    }
    rest
}

/// The answer of a page by number.
#[must_use]
pub fn numbered(
    api: &Api,
    name: &str,
    rows: Vec<Value>,
    page: i64,
    per_page: i64,
    count: i64,
) -> Value {
    let to = |n: i64| link(api, &[("page", &n.to_string()), ("per_page", &per_page.to_string())]);
    let next = (page * per_page < count).then(|| to(page + 1));
    let previous = (page > 1).then(|| to(page - 1));
    let rest = json!({"count": count, "next_page": next, "previous_page": previous});
    listed(name, rows, rest)
}

/// The answer of a page by cursor. `ends` are the places of the first and the
/// last row, `more` whether there are more in the direction that was asked for.
///
/// # Errors
/// What [`cursor::seal`] says.
pub fn cursored(
    api: &Api,
    name: &str,
    rows: Vec<Value>,
    size: i64,
    at: At,
    ends: Option<(Place, Place)>,
    more: bool,
) -> Result<Value, Fail> {
    let (first, last) = match ends {
        Some((first, last)) => (Some(seal(api, first)?), Some(seal(api, last)?)),
        None => (None, None),
    };
    let (before, after) = match at {
        At::Start => (false, more),
        At::After(_) => (true, more),
        At::Before(_) => (more, true),
    };
    let size = size.to_string();
    let to = |name: &str, cursor: &Option<String>| {
        cursor.as_ref().map(|c| link(api, &[("page[size]", &size), (name, c)]))
    };
    let rest = json!({
        "meta": {"has_more": more, "after_cursor": last, "before_cursor": first},
        "links": {
            "next": if after { to("page[after]", &last) } else { None },
            "prev": if before { to("page[before]", &first) } else { None },
        },
    });
    Ok(listed(name, rows, rest))
}

/// A page of a short list that is at hand whole, ordered by id.
///
/// # Errors
/// As [`Paging::of`].
pub fn whole<T>(
    api: &Api,
    name: &str,
    rows: &[T],
    id: impl Fn(&T) -> i64,
    show: impl Fn(&T) -> Value,
) -> Result<Value, Fail> {
    let paging = Paging::of(api)?;
    let size = usize::try_from(paging.size()).unwrap_or(1);
    match paging {
        Paging::Offset { page, per_page } => {
            let skip = usize::try_from((page - 1) * per_page).unwrap_or(usize::MAX);
            let shown = rows.iter().skip(skip).take(size).map(show).collect();
            let count = i64::try_from(rows.len()).unwrap_or(i64::MAX);
            Ok(numbered(api, name, shown, page, per_page, count))
        }
        Paging::Cursor { size: asked, at } => {
            let mut left: Vec<&T> = match at {
                At::Start => rows.iter().collect(),
                At::After(p) => rows.iter().filter(|r| id(r) > p.id).collect(),
                At::Before(p) => rows.iter().filter(|r| id(r) < p.id).collect(),
            };
            let more = left.len() > size;
            if matches!(at, At::Before(_)) {
                left.drain(..left.len().saturating_sub(size));
            }
            left.truncate(size);
            let place = |row: &&&T| (id(row), id(row));
            let ends = left.first().as_ref().map(place).zip(left.last().as_ref().map(place));
            let shown = left.iter().map(|r| show(r)).collect();
            cursored(api, name, shown, asked, at, ends, more)
        }
    }
}
