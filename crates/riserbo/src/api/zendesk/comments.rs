//! `/tickets/{id}/comments`: oldest first, unless asked otherwise.
//!
//! A cursor holds a comment's number, counted from the oldest. Comments are only
//! ever added at the end, so that a number stays true.

use serde_json::{Value, json};

use super::tickets::people_of;
use super::{Answer, Result};
use crate::api::auth::{Api, Id};
use crate::api::paging::{self, At, Paging};
use crate::api::{Fail, wire};
use crate::clock::iso;
use crate::service::view::{self, TicketView};

/// An offset that no ticket reaches: the ticket without any comment.
const BEYOND: i64 = 1 << 40;

/// GET `/tickets/{id}/comments/count`.
pub(super) async fn count(Id(id): Id, api: Api) -> Result {
    let view = view::comments(&api.ctx, id, BEYOND, 1, false).await?;
    let value = view.row.comments;
    Ok(Answer(json!({"count": {"value": value, "refreshed_at": iso(api.ctx.now())}})))
}

/// GET `/tickets/{id}/comments`.
pub(super) async fn list(Id(id): Id, api: Api) -> Result {
    let paging = Paging::of(&api)?;
    let newest_first = newest_first(&api)?;
    let (view, mut out) = match paging {
        Paging::Offset { page, per_page } => {
            let skip = (page - 1) * per_page;
            let view = view::comments(&api.ctx, id, skip, per_page, newest_first).await?;
            let rows = shapes(&api, &view);
            let out = paging::numbered(&api, "comments", rows, page, per_page, view.row.comments);
            (view, out)
        }
        Paging::Cursor { size, at } => by_cursor(&api, id, size, at, newest_first).await?,
    };
    if api.query.includes("users") {
        // Those who wrote what is on this page.
        let authors = view.comments.iter().filter_map(|c| view.people.get(&c.author_id));
        let loaded = people_of(&api, authors).await?;
        if let Value::Object(map) = &mut out {
            map.insert(String::from("users"), loaded);
        }
    }
    Ok(Answer(out))
}

fn newest_first(api: &Api) -> Result<bool> {
    match (api.query.get("sort"), api.query.get("sort_order")) {
        (None | Some("created_at"), None | Some("asc")) => Ok(false),
        (Some("-created_at"), None) | (None, Some("desc")) => Ok(true),
        _ => Err(Fail::malformed("sort", "use created_at or -created_at")),
    }
}

fn shapes(api: &Api, view: &TicketView) -> Vec<Value> {
    view.comments.iter().map(|c| wire::comment(&api.base, c, &view.row.channel)).collect()
}

/// Numbers of the oldest comment of a page and how many there are from there,
/// counted upwards.
fn span(size: i64, at: At, newest_first: bool) -> Option<(i64, i64)> {
    let below = |end: i64| {
        let first = (end - size).max(0);
        (first, end - first)
    };
    match (at, newest_first) {
        (At::Start, false) => Some((0, size)),
        (At::Start, true) => None,
        (At::After(p), false) | (At::Before(p), true) => Some((p.value + 1, size)),
        (At::Before(p), false) | (At::After(p), true) => Some(below(p.value)),
    }
}

async fn by_cursor(
    api: &Api,
    id: i64,
    size: i64,
    at: At,
    newest_first: bool,
) -> Result<(TicketView, Value)> {
    let (mut view, first) = match span(size, at, newest_first) {
        Some((first, n)) => {
            // Before the first one there is nothing.
            let from = if n == 0 { BEYOND } else { first };
            (view::comments(&api.ctx, id, from, n.max(1), false).await?, first)
        }
        None => {
            let mut view = view::comments(&api.ctx, id, 0, size, true).await?;
            view.comments.reverse();
            let shown = i64::try_from(view.comments.len()).unwrap_or(0);
            let first = view.row.comments - shown;
            (view, first)
        }
    };
    let shown = i64::try_from(view.comments.len()).unwrap_or(0);
    let (older, newer) = (first > 0, first + shown < view.row.comments);
    let upwards =
        matches!((at, newest_first), (At::Start | At::After(_), false) | (At::Before(_), true));
    let more = if upwards { newer } else { older };
    let (low, high) = ((first, 0), (first + shown - 1, 0));
    if newest_first {
        view.comments.reverse();
    }
    let ends = match (shown, newest_first) {
        (0, _) => None,
        (_, false) => Some((low, high)),
        (_, true) => Some((high, low)),
    };
    let rows = shapes(api, &view);
    let out = paging::cursored(api, "comments", rows, size, at, ends, more)?;
    Ok((view, out))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::cursor::Position;

    fn at(value: i64) -> Position {
        Position { issued: 0, value, id: 0 }
    }

    #[test]
    fn pages_meet_without_gap_or_overlap() {
        // Ten comments, pages of four, oldest first: 0–3, then 4–7.
        assert_eq!(span(4, At::Start, false), Some((0, 4)));
        assert_eq!(span(4, At::After(at(3)), false), Some((4, 4)));
        assert_eq!(span(4, At::Before(at(4)), false), Some((0, 4)));
        // Newest first: 9–6, then 5–2, then 1–0.
        assert_eq!(span(4, At::After(at(6)), true), Some((2, 4)));
        assert_eq!(span(4, At::After(at(2)), true), Some((0, 2)));
        assert_eq!(span(4, At::After(at(0)), true), Some((0, 0)));
        assert_eq!(span(4, At::Before(at(5)), true), Some((6, 4)));
    }
}
