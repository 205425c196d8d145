//! `/incremental/tickets`: what exporters live on, by cursor and by time.

use serde_json::json;

use super::tickets::{shapes, side_load};
use super::{Answer, Result};
use crate::api::Fail;
use crate::api::auth::Api;
use crate::api::paging;
use crate::clock::SECOND;
use crate::service::cursor;
use crate::service::export::{self, Since};
use crate::service::view::TicketView;

/// Rows of a chunk at most; also the usual number.
const MAX: i64 = 1_000;
/// Most rows of one answer by time, where more than a chunk share one second.
const SAME_SECOND: usize = 50_000;

fn per_page(api: &Api) -> Result<i64> {
    let asked = api.query.number("per_page")?.unwrap_or(MAX);
    if asked < 1 {
        return Err(Fail::malformed("per_page", "must lie in 1..1000"));
    }
    Ok(asked.min(MAX))
}

/// `start_time`: seconds (whole or with a fraction) or ISO 8601.
fn start_time(api: &Api) -> Result<i64> {
    let text = api.query.get("start_time").ok_or_else(|| {
        Fail::bad("StartTimeMissing", "Missing start_time: seconds since 1970, or a cursor")
    })?;
    seconds(text).ok_or_else(|| {
        Fail::bad("InvalidStartTime", "start_time: give seconds since 1970 or 2026-01-31T09:15:00Z")
    })
}

fn seconds(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(whole) = text.parse::<i64>() {
        return (0..=MAX_SECOND).contains(&whole).then_some(whole);
    }
    if let Some((whole, fraction)) = text.split_once('.')
        && fraction.bytes().all(|b| b.is_ascii_digit())
        && let Ok(whole) = whole.parse::<i64>()
    {
        return (0..=MAX_SECOND).contains(&whole).then_some(whole);
    }
    let at: jiff::Timestamp = text.parse().ok()?;
    (0..=MAX_SECOND).contains(&at.as_second()).then(|| at.as_second())
}

/// The end of the year 9999.
const MAX_SECOND: i64 = 253_402_300_799;

/// GET `/incremental/tickets/cursor`.
pub(super) async fn cursor(api: Api) -> Result {
    let limit = per_page(&api)?;
    // A client that has no cursor yet may send the word for it.
    let given = api.query.get("cursor").filter(|c| *c != "undefined" && *c != "null");
    let filter = paging::filter(&api);
    let since = match given {
        Some(text) => {
            let p = cursor::open(&api.ctx, &filter, text).map_err(Fail::unlogged)?;
            Since::Row(p.value, p.id)
        }
        None => Since::Time(start_time(&api)?),
    };
    let page = export::tickets(&api.ctx, since, limit, !api.query.flag("exclude_deleted")).await?;
    let last = page.rows.last().map_or_else(|| since.row(), |v| (v.row.generated_at, v.row.id));
    // At the end it stays good, for the next run.
    let after = paging::seal(&api, last)?;
    let per_page = limit.to_string();
    let mut places = vec![("cursor", after.as_str())];
    if api.query.has("per_page") {
        places.push(("per_page", &per_page));
    }
    let kept = api.query.without(&["cursor", "start_time", "per_page"]);
    let url = crate::api::links::link(&api.base, &api.path, kept.chain(places.iter().copied()));
    let mut out = json!({
        "tickets": shapes(&api, &page.rows).await?,
        "after_url": url,
        "after_cursor": after,
        "before_url": null,
        "before_cursor": null,
        "end_of_stream": !page.more,
    });
    side_load(&api, &page.rows, &mut out).await?;
    Ok(Answer(out))
}

fn second(view: &TicketView) -> i64 {
    view.row.generated_at.div_euclid(SECOND)
}

/// GET `/incremental/tickets`.
pub(super) async fn time(api: Api) -> Result {
    let limit = per_page(&api)?;
    let start = start_time(&api)?;
    let deleted = !api.query.flag("exclude_deleted");
    let mut page = export::tickets(&api.ctx, Since::Time(start), limit, deleted).await?;
    // The next page begins at the last row's second. If that is where this one
    // began, it would be the same page for ever: the second is given whole.
    while page.more
        && page.rows.len() < SAME_SECOND
        && let Some(last) = page.rows.last().filter(|v| second(v) <= start)
    {
        let since = Since::Row(last.row.generated_at, last.row.id);
        let next = export::tickets(&api.ctx, since, limit, deleted).await?;
        page.rows.extend(next.rows);
        page.more = next.more;
    }
    let end = page.rows.last().map_or(start, second);
    let end_text = end.to_string();
    let kept = api.query.without(&["start_time"]);
    let next = crate::api::links::link(
        &api.base,
        &api.path,
        kept.chain([("start_time", end_text.as_str())]),
    );
    let mut out = json!({
        "tickets": shapes(&api, &page.rows).await?,
        "count": page.rows.len(),
        "end_time": end,
        "next_page": next,
        "end_of_stream": !page.more,
    });
    side_load(&api, &page.rows, &mut out).await?;
    Ok(Answer(out))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn start_time_has_the_forms_that_clients_send() {
        assert_eq!(seconds("946684800"), Some(946_684_800));
        assert_eq!(seconds("946684800.0"), Some(946_684_800));
        assert_eq!(seconds("0"), Some(0));
        assert_eq!(seconds("2026-11-23T21:36:16Z"), Some(1_795_469_776));
        for text in ["", "-1", "yesterday", "1.x", "1e9", "99999999999999999999"] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }
}
