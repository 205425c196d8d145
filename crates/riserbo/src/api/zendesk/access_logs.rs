//! `/access_logs`: who saw what, for those who watch over it.
//!
//! Agents stand under their aliases: `user_id` is an alias number and leads to
//! nobody (L. 300/1970 art. 4). What the dialect has no place for (which
//! categories were shown, of whose data) stands in an object of our own,
//! `privacy`; clients ignore keys that they don't know. What was typed (a query,
//! a reason) is not in it: this answer has no purpose that needs it.
//!
//! Errors have this service's own form, an array.

use serde_json::{Value, json};

use super::Answer;
use crate::api::Fail;
use crate::api::auth::Api;
use crate::api::error::Form;
use crate::clock::iso;
use crate::service::access_log::Outcome;
use crate::service::access_log::read::{self, Entry, Query};
use crate::service::cursor;

/// Rows of a page: usual and most.
const USUAL: i64 = 1_000;
const MOST: i64 = 2_500;

/// GET `/access_logs`.
pub(super) async fn list(api: Api) -> super::Result {
    page(&api).await.map_err(|fail| fail.form(Form::Array))
}

fn malformed(detail: &str) -> Fail {
    Fail::bad("Malformed query params", detail)
}

fn time(api: &Api, name: &'static str) -> Result<Option<i64>, Fail> {
    let Some(text) = api.query.get(name) else { return Ok(None) };
    let at: jiff::Timestamp =
        text.parse().map_err(|_| malformed("times are written as 2026-01-31T09:15:00Z"))?;
    Ok(Some(at.as_microsecond()))
}

/// Where the page begins, and whether it goes backwards from there.
fn place(api: &Api) -> Result<(Option<u64>, bool), Fail> {
    let filter = filter(api);
    let open = |text: &str| {
        let position = cursor::open(&api.ctx, &filter, text).map_err(Fail::unlogged)?;
        u64::try_from(position.id).map_err(|_| malformed("this cursor is of another list"))
    };
    let first = |names: [&str; 2]| names.into_iter().find_map(|n| api.query.get(n));
    let after = first(["page[after]", "filter[after]"]);
    let before = first(["page[before]", "filter[before]"]);
    match (after, before) {
        (None, None) => Ok((None, false)),
        (Some(text), None) => Ok((Some(open(text)?), false)),
        (None, Some(text)) => Ok((Some(open(text)?), true)),
        (Some(_), Some(_)) => Err(malformed("either an after or a before cursor")),
    }
}

/// Names that say where a page is.
const PLACE: [&str; 5] =
    ["page[size]", "page[after]", "page[before]", "filter[after]", "filter[before]"];

fn filter(api: &Api) -> String {
    let mut pairs: Vec<(&str, &str)> = api.query.without(&PLACE).collect();
    pairs.sort_unstable();
    crate::api::links::link("", &api.path, pairs)
}

fn query(api: &Api) -> Result<(Query, bool), Fail> {
    let size =
        api.query.number("page[size]").map_err(|_| malformed("page size must be a number"))?;
    let size = size.unwrap_or(USUAL);
    if size > MOST {
        return Err(malformed("max allowed page size is 2500"));
    }
    if size < 1 {
        return Err(malformed("min allowed page size is 1"));
    }
    let newest_first = match api.query.get("sort") {
        None | Some("created_at") => false,
        Some("-created_at") => true,
        Some(_) => return Err(malformed("sort by created_at or -created_at")),
    };
    if api.query.has("filter[browser_url]") {
        // The log keeps no address of a browser: nothing is ever equal to it.
        return Err(malformed("filter[browser_url] is not kept by this log"));
    }
    let alias = match api.query.number("filter[user_id]") {
        Ok(id) => id.map(|id| u32::try_from(id).unwrap_or(0)),
        Err(_) => return Err(malformed("filter[user_id] must be a number")),
    };
    let path = api.query.get("filter[path]").map(|path| {
        let path = path.split('?').next().unwrap_or(path);
        path.trim_end_matches('/').trim_end_matches(".json").to_owned()
    });
    let (after, backwards) = place(api)?;
    let query = Query {
        start: time(api, "filter[start]")?,
        end: time(api, "filter[end]")?,
        alias,
        path,
        descending: newest_first != backwards,
        after,
        limit: usize::try_from(size).unwrap_or(1),
        ..Query::default()
    };
    Ok((query, backwards))
}

async fn page(api: &Api) -> super::Result {
    let (query, backwards) = query(api)?;
    let (started, limit) = (query.after.is_some(), query.limit);
    let mut found = read::page(&api.ctx, &query).await?;
    if backwards {
        found.entries.reverse();
    }
    let seal = |index: u64| {
        let id = i64::try_from(index).unwrap_or(i64::MAX);
        let position = cursor::Position { issued: api.ctx.now(), value: 0, id };
        cursor::seal(&api.ctx, &filter(api), position).map_err(Fail::from)
    };
    // A page may be empty though there is more: the log is looked through a
    // piece at a time. It then goes on from where the looking ended.
    let ends = match (found.entries.first(), found.entries.last()) {
        (Some(first), Some(last)) => Some((first.index, last.index)),
        _ => None,
    };
    let (low, high) = (ends.map(|e| e.0), ends.map(|e| e.1));
    let (before, after) =
        if backwards { (found.next.or(low), high) } else { (low, found.next.or(high)) };
    let (has_before, has_more) = if backwards { (found.more, true) } else { (started, found.more) };
    let before = before.map(&seal).transpose()?;
    let after = after.map(&seal).transpose()?;
    let kept: Vec<(&str, &str)> = api.query.without(&PLACE).collect();
    let size = limit.to_string();
    let link = |name: &str, cursor: &Option<String>| {
        let cursor = cursor.as_deref()?;
        let places = [("page[size]", size.as_str()), (name, cursor)];
        Some(crate::api::links::link(&api.base, &api.path, kept.iter().copied().chain(places)))
    };
    let rows: Vec<Value> = found.entries.iter().map(shape).collect();
    Ok(Answer(json!({
        "access_logs": rows,
        "meta": {
            "has_more": has_more,
            "has_before": has_before,
            "after_cursor": after,
            "before_cursor": before,
        },
        "links": {
            "next": if has_more { link("page[after]", &after) } else { None },
            "prev": if has_before { link("page[before]", &before) } else { None },
        },
    })))
}

/// The status that an outcome has over HTTP.
fn status(outcome: Outcome) -> u16 {
    match outcome {
        Outcome::Ok => 200,
        Outcome::Denied => 403,
        Outcome::NotFound => 404,
        Outcome::Invalid => 422,
        Outcome::Failed => 503,
    }
}

/// What an act is about, as a heading.
fn category(action: &str) -> &'static str {
    let about = |words: &[&str]| words.iter().any(|w| action.contains(w));
    if about(&["ticket", "comment"]) {
        "Tickets"
    } else if about(&["customer", "user", "staff", "lookup", "organization", "me"]) {
        "Users"
    } else if about(&["search"]) {
        "Search"
    } else if about(&["log"]) {
        "Access log"
    } else {
        "Other"
    }
}

/// `list_tickets` as `List tickets`.
fn summary(action: &str) -> String {
    let mut words = action.replace('_', " ");
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}

/// A ULID: the entry's time and its random id, in Crockford's base32.
fn ulid(time: i64, id: i64) -> String {
    const SIGNS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let millis = u128::try_from(time.div_euclid(1_000)).unwrap_or(0) & ((1 << 48) - 1);
    let bits = millis << 80 | u128::try_from(id).unwrap_or(0);
    (0..26)
        .rev()
        .filter_map(|n| usize::try_from(bits >> (5 * n) & 31).ok())
        .filter_map(|n| SIGNS.get(n))
        .map(|sign| char::from(*sign))
        .collect()
}

fn shape(entry: &Entry) -> Value {
    let header = &entry.header;
    let actor = entry.actor.as_ref();
    let customers: Vec<i64> = entry.customers.iter().map(|c| c.customer).collect();
    let url = if header.path.starts_with('/') { json!(header.path) } else { Value::Null };
    json!({
        "id": ulid(header.time, header.id),
        "timestamp": iso(header.time),
        // The alias; nobody is 0.
        "user_id": entry.alias,
        "ip_address": actor.map(|a| a.address.as_str()),
        "method": header.method,
        "url": url,
        "status": header.status.unwrap_or_else(|| status(header.outcome)),
        "authorization_type": null,
        "client": actor.map(|a| a.client.as_str()),
        "referer": null,
        "bytes_sent": null,
        "category": category(&header.action),
        "summary": summary(&header.action),
        "graphql": null,
        "privacy": {
            "entry": entry.index,
            "action": header.action,
            "outcome": header.outcome,
            "seen": header.seen,
            "kinds": header.kinds,
            "query": header.query,
            "rows": header.rows,
            "ticket": header.ticket,
            "customers": customers,
            "erased": entry.erased,
            "policy": header.policy,
            "request": header.request,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_in_the_order_of_time_and_well_formed() {
        let early = ulid(1_767_225_600_000_000, (1 << 53) - 1);
        let late = ulid(1_767_225_600_001_000, 0);
        assert_eq!((early.len(), late.len()), (26, 26));
        assert!(early < late);
        // The time stands in the first ten signs: 2026-01-01T00:00:00Z.
        assert!(early.starts_with("01KDVDNA00"), "{early}");
    }

    #[test]
    fn acts_read_like_words() {
        assert_eq!(summary("list_tickets"), "List tickets");
        assert_eq!(category("list_comments"), "Tickets");
        assert_eq!(category("read_log"), "Access log");
    }
}
