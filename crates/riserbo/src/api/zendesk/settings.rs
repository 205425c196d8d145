//! Organizations, groups and custom fields: what a desk is made of.

use serde_json::{Value, json};

use super::{Answer, Result};
use crate::api::auth::{Api, Id};
use crate::api::{Fail, paging, wire};
use crate::error::Error;
use crate::service::catalog::{self, FieldDef, FieldsOf};

/// GET `/organizations`.
pub(super) async fn organizations(api: Api) -> Result {
    let all = catalog::organizations(&api.ctx).await?;
    let show = |o: &catalog::OrganizationView| wire::organization(&api.base, o);
    Ok(Answer(paging::whole(&api, "organizations", &all, |o| o.id, show)?))
}

/// GET `/organizations/{id}`.
pub(super) async fn organization(Id(id): Id, api: Api) -> Result {
    let view = catalog::organization(&api.ctx, id).await?;
    Ok(Answer(json!({"organization": wire::organization(&api.base, &view)})))
}

/// GET `/groups`.
pub(super) async fn groups(api: Api) -> Result {
    let all = catalog::groups(&api.ctx).await?;
    let show = |g: &catalog::Named| wire::group(&api.base, g.id, &g.name);
    Ok(Answer(paging::whole(&api, "groups", &all, |g| g.id, show)?))
}

/// GET `/groups/{id}`.
pub(super) async fn group(Id(id): Id, api: Api) -> Result {
    let all = catalog::groups(&api.ctx).await?;
    let found = all.iter().find(|g| g.id == id).ok_or(Fail::from(Error::NotFound))?;
    Ok(Answer(json!({"group": wire::group(&api.base, found.id, &found.name)})))
}

/// The system fields of a ticket, which every desk has.
const SYSTEM: [(i64, &str, &str); 7] = [
    (1, "subject", "Subject"),
    (2, "description", "Description"),
    (3, "status", "Status"),
    (4, "tickettype", "Type"),
    (5, "priority", "Priority"),
    (6, "group", "Group"),
    (7, "assignee", "Assignee"),
];

/// GET `/ticket_fields`.
pub(super) async fn ticket_fields(api: Api) -> Result {
    let mut all: Vec<FieldDef> = SYSTEM
        .iter()
        .map(|(id, kind, title)| FieldDef {
            noun: 0,
            // Below every id that a custom field has, and none of theirs.
            id: id - 8,
            name: String::new(),
            kind: (*kind).to_owned(),
            title: (*title).to_owned(),
            handling: String::new(),
        })
        .collect();
    all.extend(catalog::fields(&api.ctx, FieldsOf::Tickets).await?);
    let show = |f: &FieldDef| {
        let system = f.id < 0;
        let mut out = field(&api, "ticket_fields", f);
        if let Value::Object(map) = &mut out {
            map.insert(String::from("id"), json!(if system { f.id + 8 } else { f.id }));
            for (key, value) in [
                ("collapsed_for_agents", json!(false)),
                ("title_in_portal", json!(f.title)),
                ("visible_in_portal", json!(system)),
                ("editable_in_portal", json!(system)),
                ("required_in_portal", json!(false)),
                ("required", json!(false)),
                ("tag", Value::Null),
                ("removable", json!(!system)),
            ] {
                map.insert(key.to_owned(), value);
            }
        }
        out
    };
    Ok(Answer(paging::whole(&api, "ticket_fields", &all, |f| f.id, show)?))
}

/// GET `/user_fields`.
pub(super) async fn user_fields(api: Api) -> Result {
    keyed(&api, FieldsOf::Users, "user_fields").await
}

/// GET `/organization_fields`.
pub(super) async fn organization_fields(api: Api) -> Result {
    keyed(&api, FieldsOf::Organizations, "organization_fields").await
}

async fn keyed(api: &Api, of: FieldsOf, name: &'static str) -> Result {
    let all = catalog::fields(&api.ctx, of).await?;
    let show = |f: &FieldDef| {
        let mut out = field(api, name, f);
        if let Value::Object(map) = &mut out {
            map.insert(String::from("key"), json!(f.name));
            map.insert(String::from("system"), json!(false));
        }
        out
    };
    Ok(Answer(paging::whole(api, name, &all, |f| f.id, show)?))
}

fn field(api: &Api, name: &str, f: &FieldDef) -> Value {
    json!({
        "url": format!("{}/api/v2/{name}/{}.json", api.base, if f.id < 0 { f.id + 8 } else { f.id }),
        "id": f.id,
        "type": f.kind,
        "title": f.title,
        "raw_title": f.title,
        "description": "",
        "raw_description": "",
        "position": 0,
        "active": true,
        "regexp_for_validation": null,
        "custom_field_options": [],
        "created_at": null,
        "updated_at": null,
    })
}
