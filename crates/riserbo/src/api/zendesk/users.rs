//! `/users`: staff and customers in one id space.

use serde_json::json;

use super::{Answer, Result};
use crate::api::auth::{Api, Id};
use crate::api::paging::{self, At, Paging};
use crate::api::{Fail, wire};
use crate::clock::iso;
use crate::service::catalog::{self, FieldDef, FieldsOf};
use crate::service::users::{self, Listing, Role, Start, UserView};

/// Names of parameters that choose users by a value. Those that we don't serve
/// are refused: to answer as if they were not there would pass everybody off
/// as a match.
const UNSERVED: [&str; 1] = ["permission_set"];

async fn fields(api: &Api) -> Result<Vec<FieldDef>> {
    Ok(catalog::definitions(&api.ctx, FieldsOf::Users).await?)
}

/// GET `/users/me`.
pub(super) async fn me(api: Api) -> Result {
    let me = users::me(&api.ctx).await?;
    Ok(Answer(json!({"user": wire::staff(&api.base, &me)})))
}

/// GET `/users/{id}`.
pub(super) async fn show(Id(id): Id, api: Api) -> Result {
    let user = users::user(&api.ctx, id).await?;
    Ok(Answer(json!({"user": wire::user(&api.base, &user, &fields(&api).await?)})))
}

/// GET `/users/show_many?ids=`.
pub(super) async fn show_many(api: Api) -> Result {
    let views = if api.query.has("external_ids") {
        return Err(Fail::malformed("external_ids", "not served; use /users?external_id="));
    } else {
        users::many(&api.ctx, &api.query.ids("ids")?).await?
    };
    let fields = fields(&api).await?;
    let rows: Vec<_> = views.iter().map(|u| wire::user(&api.base, u, &fields)).collect();
    let count = rows.len();
    Ok(Answer(json!({"users": rows, "count": count, "next_page": null, "previous_page": null})))
}

/// GET `/users/count`.
pub(super) async fn count(api: Api) -> Result {
    let value = users::count(&api.ctx, &roles(&api)?).await?;
    Ok(Answer(json!({"count": {"value": value, "refreshed_at": iso(api.ctx.now())}})))
}

fn roles(api: &Api) -> Result<Vec<Role>> {
    api.query
        .all("role")
        .chain(api.query.all("role[]"))
        .map(|name| match name {
            "end-user" => Ok(Role::EndUser),
            "agent" => Ok(Role::Agent),
            "admin" => Ok(Role::Admin),
            _ => Err(Fail::malformed("role", "use end-user, agent or admin")),
        })
        .collect()
}

/// GET `/users`.
pub(super) async fn list(api: Api) -> Result {
    for name in UNSERVED {
        if api.query.has(name) {
            return Err(Fail::malformed(name, "this filter is not served"));
        }
    }
    if let Some(text) = api.query.get("external_id") {
        let found = users::by_external_id(&api.ctx, text).await?;
        return page(
            &api,
            Paging::Offset { page: 1, per_page: paging::MAX },
            &found,
            false,
            Some(found.len()),
        )
        .await;
    }
    let paging = Paging::of(&api)?;
    let descending = match api.query.get("sort") {
        None | Some("id") => false,
        Some("-id") => true,
        Some(_) => return Err(Fail::malformed("sort", "users are sorted by id or -id")),
    };
    let start = match paging {
        Paging::Offset { .. } => Start::Offset(paging.skipped().unwrap_or(0)),
        Paging::Cursor { at: At::Start, .. } => Start::After(None),
        Paging::Cursor { at: At::After(p) | At::Before(p), .. } => Start::After(Some(p.id)),
    };
    let listing = Listing {
        roles: roles(&api)?,
        start,
        limit: paging.size(),
        descending: descending != paging.backwards(),
        counted: paging.skipped().is_some(),
    };
    let (mut found, total) = users::list(&api.ctx, &listing).await?;
    if paging.backwards() {
        found.rows.reverse();
    }
    let total = total.and_then(|n| usize::try_from(n).ok());
    page(&api, paging, &found.rows, found.more, total).await
}

async fn page(
    api: &Api,
    paging: Paging,
    users: &[UserView],
    more: bool,
    total: Option<usize>,
) -> Result {
    let fields = fields(api).await?;
    let rows: Vec<_> = users.iter().map(|u| wire::user(&api.base, u, &fields)).collect();
    Ok(Answer(match paging {
        Paging::Offset { page, per_page } => {
            let count = total.and_then(|n| i64::try_from(n).ok()).unwrap_or(0);
            paging::numbered(api, "users", rows, page, per_page, count)
        }
        Paging::Cursor { size, at } => {
            let place = |u: &UserView| (u.id(), u.id());
            let ends = users.first().map(place).zip(users.last().map(place));
            paging::cursored(api, "users", rows, size, at, ends, more)?
        }
    }))
}
