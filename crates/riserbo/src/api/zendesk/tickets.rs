//! `/tickets` and the lists of tickets below users and organizations.

use serde_json::{Value, json};

use super::{Answer, Result};
use crate::api::auth::{Api, Id};
use crate::api::paging::{self, At, Paging};
use crate::api::{Fail, wire};
use crate::clock::iso;
use crate::service::catalog::{self, FieldsOf};
use crate::service::users;
use crate::service::view::{self, Filter, From, Listing, Order, Person, TicketView};

/// GET `/tickets`.
pub(super) async fn list(api: Api) -> Result {
    if api.query.has("external_id") {
        // To answer as if it were not there would pass every ticket off as a match.
        return Err(Fail::malformed("external_id", "this filter is not served for tickets yet"));
    }
    page(&api, Filter::default()).await
}

/// GET `/users/{id}/tickets/requested`.
pub(super) async fn requested(Id(id): Id, api: Api) -> Result {
    page(&api, Filter { requester: Some(id), ..Filter::default() }).await
}

/// GET `/users/{id}/tickets/assigned`.
pub(super) async fn assigned(Id(id): Id, api: Api) -> Result {
    page(&api, Filter { assignee: Some(Some(id)), ..Filter::default() }).await
}

/// GET `/organizations/{id}/tickets`.
pub(super) async fn of_organization(Id(id): Id, api: Api) -> Result {
    page(&api, Filter { organization: Some(id), ..Filter::default() }).await
}

/// GET `/tickets/count`.
pub(super) async fn count(api: Api) -> Result {
    let value = view::count(&api.ctx, &Filter::default()).await?;
    Ok(Answer(json!({"count": {"value": value, "refreshed_at": iso(api.ctx.now())}})))
}

/// GET `/tickets/{id}`.
pub(super) async fn show(Id(id): Id, api: Api) -> Result {
    let view = view::brief(&api.ctx, id).await?;
    let fields = catalog::definitions(&api.ctx, FieldsOf::Tickets).await?;
    let mut out = json!({"ticket": wire::ticket(&api.base, &view, &fields)});
    side_load(&api, std::slice::from_ref(&view), &mut out).await?;
    Ok(Answer(out))
}

/// GET `/tickets/show_many?ids=`.
pub(super) async fn show_many(api: Api) -> Result {
    if api.query.has("external_ids") {
        return Err(Fail::malformed("external_ids", "this filter is not served for tickets yet"));
    }
    let views = view::many(&api.ctx, &api.query.ids("ids")?, "list_tickets").await?;
    let rows = shapes(&api, &views).await?;
    let count = rows.len();
    let mut out =
        json!({"tickets": rows, "count": count, "next_page": null, "previous_page": null});
    side_load(&api, &views, &mut out).await?;
    Ok(Answer(out))
}

/// The wire shapes of tickets.
pub(super) async fn shapes(api: &Api, views: &[TicketView]) -> Result<Vec<Value>> {
    let fields = catalog::definitions(&api.ctx, FieldsOf::Tickets).await?;
    Ok(views.iter().map(|v| wire::ticket(&api.base, v, &fields)).collect())
}

/// Adds the users that `include=users` asks for, each as the caller meets them.
pub(super) async fn side_load(api: &Api, views: &[TicketView], out: &mut Value) -> Result<()> {
    if api.query.includes("users") {
        let people = views.iter().flat_map(|v| v.people.values());
        let loaded = people_of(api, people).await?;
        if let Value::Object(map) = out {
            map.insert(String::from("users"), loaded);
        }
    }
    Ok(())
}

/// People of an answer as side-loaded users.
pub(super) async fn people_of<'p>(
    api: &Api,
    people: impl Iterator<Item = &'p Person>,
) -> Result<Value> {
    let fields = catalog::definitions(&api.ctx, FieldsOf::Users).await?;
    Ok(wire::people(&api.base, people, &fields, |id| users::colleague(&api.ctx, id)))
}

/// A column to sort by. Hidden text is no sort key, so that `subject` is none.
fn order(name: &str) -> Option<Order> {
    Some(match name {
        "id" => Order::Id,
        "created_at" | "created" => Order::Created,
        "updated_at" | "updated" => Order::Updated,
        "status" => Order::Status,
        "priority" => Order::Priority,
        "assignee" => Order::Assignee,
        "group" => Order::Group,
        _ => return None,
    })
}

fn sort(api: &Api, paging: Paging) -> Result<(Order, bool)> {
    if let Paging::Cursor { .. } = paging
        && let Some(text) = api.query.get("sort")
    {
        let name = text.strip_prefix('-').unwrap_or(text);
        let order = order(name).ok_or_else(|| {
            Fail::malformed(
                "sort",
                "use id, created_at, updated_at, status, priority, assignee or group, or -id…",
            )
        })?;
        return Ok((order, text.starts_with('-')));
    }
    // Older clients send columns that we don't sort by, and can bear it.
    let order = api.query.get("sort_by").and_then(order).unwrap_or(Order::Id);
    Ok((order, api.query.get("sort_order") == Some("desc")))
}

async fn page(api: &Api, filter: Filter) -> Result {
    let paging = Paging::of(api)?;
    let (order, descending) = sort(api, paging)?;
    let from = match paging {
        Paging::Offset { .. } => From::Offset(paging.skipped().unwrap_or(0)),
        Paging::Cursor { at: At::Start, .. } => From::Start,
        Paging::Cursor { at: At::After(p) | At::Before(p), .. } => From::After(p.value, p.id),
    };
    let descending = descending != paging.backwards();
    let listing = Listing { filter, order, descending, from, limit: paging.size() };
    const ACTION: &str = "list_tickets";
    let (found, mut out) = match paging {
        Paging::Offset { page, per_page } => {
            let (found, count) = view::list_counted(&api.ctx, &listing, ACTION).await?;
            let rows = shapes(api, &found.rows).await?;
            let out = paging::numbered(api, "tickets", rows, page, per_page, count);
            (found, out)
        }
        Paging::Cursor { size, at } => {
            let mut found = view::list(&api.ctx, &listing, ACTION).await?;
            if paging.backwards() {
                found.rows.reverse();
            }
            let rows = shapes(api, &found.rows).await?;
            let place = |v: &TicketView| (order.value(&v.row), v.row.id);
            let ends = found.rows.first().map(place).zip(found.rows.last().map(place));
            let out = paging::cursored(api, "tickets", rows, size, at, ends, found.more)?;
            (found, out)
        }
    };
    side_load(api, &found.rows, &mut out).await?;
    Ok(Answer(out))
}
