//! `/search`: what the caller would find by reading, page by page.
//!
//! The query language is the service's; here are only the dialect's pages and
//! shapes. What the caller may not see in clear gives no hit (I4).

use serde_json::{Value, json};

use super::tickets::side_load;
use super::{Answer, Result};
use crate::api::auth::Api;
use crate::api::paging::{self, At, Paging};
use crate::api::{Fail, wire};
use crate::clock::HOUR;
use crate::service::catalog::{self, FieldDef, FieldsOf, OrganizationView};
use crate::service::search::{self, From, Hit, Noun, Position, Request, Results, Sort};
use crate::service::view::TicketView;

/// Hits that pages by number reach; beyond it is `/search/export`.
const DEPTH: i64 = 1_000;
/// Hits of a page of the export.
const EXPORT: i64 = 1_000;

fn query(api: &Api) -> Result<&str> {
    api.query.get("query").ok_or_else(|| Fail::malformed("query", "give a query"))
}

fn sort(api: &Api) -> Result<Sort> {
    Ok(match api.query.get("sort_by") {
        None | Some("relevance") => Sort::Newest,
        Some("created_at") => Sort::Created,
        Some("updated_at") => Sort::Updated,
        Some("priority") => Sort::Priority,
        Some("status") => Sort::Status,
        Some("ticket_type") => Sort::TicketType,
        Some(_) => {
            return Err(Fail::malformed(
                "sort_by",
                "use created_at, updated_at, priority, status or ticket_type",
            ));
        }
    })
}

fn descending(api: &Api) -> bool {
    api.query.get("sort_order") != Some("asc")
}

/// Definitions that the shapes of hits need.
struct Shapes {
    tickets: Vec<FieldDef>,
    users: Vec<FieldDef>,
}

impl Shapes {
    async fn of(api: &Api) -> Result<Shapes> {
        Ok(Shapes {
            tickets: catalog::definitions(&api.ctx, FieldsOf::Tickets).await?,
            users: catalog::definitions(&api.ctx, FieldsOf::Users).await?,
        })
    }

    fn hit(&self, api: &Api, hit: &Hit) -> Value {
        let (mut value, noun) = match hit {
            Hit::Ticket(view) => (wire::ticket(&api.base, view, &self.tickets), Noun::Ticket),
            Hit::Customer(view) => (wire::customer(&api.base, view, &self.users), Noun::Customer),
            Hit::Organization(found) => {
                let view = OrganizationView {
                    id: found.id,
                    name: found.name.clone(),
                    tags: found.tags.clone(),
                    external_id: None,
                    notes: None,
                    details: None,
                    created_at: found.created_at,
                    updated_at: found.updated_at,
                };
                (wire::organization(&api.base, &view), Noun::Organization)
            }
            Hit::Group { id, name } => (wire::group(&api.base, *id, name), Noun::Group),
        };
        if let Value::Object(map) = &mut value {
            map.insert(String::from("result_type"), noun.name().into());
        }
        value
    }
}

/// GET `/search`.
pub(super) async fn list(api: Api) -> Result {
    let (page, per_page) = match Paging::of(&api)? {
        Paging::Offset { page, per_page } => (page, per_page),
        // Clients that put `page[size]` on everything get the first page.
        Paging::Cursor { size, .. } => (1, size),
    };
    if page.saturating_mul(per_page) > DEPTH {
        return Err(Fail::unprocessable(
            "invalid",
            "Requested response size was greater than Search Response Limits",
        ));
    }
    let request = Request {
        sort: sort(&api)?,
        descending: descending(&api),
        from: From::Offset((page - 1) * per_page),
        limit: per_page,
        ..Request::new(query(&api)?)
    };
    let found = search::search(&api.ctx, &request).await?;
    let rows = shaped(&api, &found).await?;
    let count = found.count.unwrap_or(0);
    let mut out = paging::numbered(&api, "results", rows, page, per_page, count);
    if let Value::Object(map) = &mut out {
        map.insert(String::from("facets"), Value::Null);
        if (page + 1).saturating_mul(per_page) > DEPTH {
            map.insert(String::from("next_page"), Value::Null);
        }
    }
    let tickets: Vec<TicketView> = tickets(&found);
    side_load(&api, &tickets, &mut out).await?;
    Ok(Answer(out))
}

async fn shaped(api: &Api, found: &Results) -> Result<Vec<Value>> {
    let shapes = Shapes::of(api).await?;
    Ok(found.hits.iter().map(|h| shapes.hit(api, h)).collect())
}

fn tickets(found: &Results) -> Vec<TicketView> {
    found
        .hits
        .iter()
        .filter_map(|h| match h {
            Hit::Ticket(view) => Some(view.as_ref().clone()),
            _ => None,
        })
        .collect()
}

/// GET `/search/count`.
pub(super) async fn count(api: Api) -> Result {
    let count = search::count(&api.ctx, query(&api)?).await?;
    Ok(Answer(json!({"count": count})))
}

/// A noun in the lowest bits of a cursor's id: ids lie below 2^53.
fn packed(position: Position) -> paging::Place {
    let noun = Noun::ALL.iter().position(|n| *n == position.noun()).unwrap_or(0);
    (position.value(), position.id() << 2 | i64::try_from(noun).unwrap_or(0))
}

fn unpacked(value: i64, id: i64) -> Option<Position> {
    let noun = Noun::ALL.get(usize::try_from(id & 3).ok()?)?;
    Some(Position::new(value, *noun, id >> 2))
}

/// GET `/search/export`: one noun, by cursor, as far as it goes.
pub(super) async fn export(api: Api) -> Result {
    let noun = api.query.get("filter[type]").and_then(Noun::from_name).ok_or_else(|| {
        Fail::malformed("filter[type]", "give ticket, user, organization or group")
    })?;
    let Paging::Cursor { size, at } = Paging::with(&api, 100, EXPORT)? else {
        return first_chunk(&api, noun).await;
    };
    let from = match at {
        At::Start => From::Offset(0),
        At::After(place) => {
            // A cursor lives an hour, as the dialect has it.
            if place.issued.saturating_add(HOUR) < api.ctx.now() {
                return Err(Fail::malformed("page[after]", "this cursor is over: start again"));
            }
            let place = unpacked(place.value, place.id)
                .ok_or_else(|| Fail::malformed("page[after]", "this cursor is not one of ours"))?;
            From::After(place)
        }
        At::Before(_) => {
            return Err(Fail::malformed("page[before]", "an export goes forward only"));
        }
    };
    chunk(&api, noun, size, at, from).await
}

async fn first_chunk(api: &Api, noun: Noun) -> Result {
    chunk(api, noun, 100, At::Start, From::Offset(0)).await
}

async fn chunk(api: &Api, noun: Noun, size: i64, at: At, from: From) -> Result {
    let request = Request {
        types: vec![noun],
        sort: Sort::Created,
        from,
        limit: size,
        counted: false,
        ..Request::new(query(api)?)
    };
    let found = search::search(&api.ctx, &request).await?;
    let rows = shaped(api, &found).await?;
    let ends = found.next.map(|last| (packed(last), packed(last)));
    Ok(Answer(paging::cursored(api, "results", rows, size, at, ends, found.more)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_survives_its_cursor() {
        for noun in Noun::ALL {
            let place = Position::new(-5, noun, (1 << 53) - 1);
            let (value, id) = packed(place);
            assert_eq!(unpacked(value, id), Some(place));
        }
    }
}
