//! Wire shapes: what a view looks like in the dialect.
//!
//! Every key is always there; what is absent is `null`. A masked value keeps its
//! type: a text is its mask, an address is null or has one `@`, a number, a date
//! or an id that names something elsewhere is null. So a client that gives back
//! what it got says "unchanged", and one that needs a type finds it.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use crate::clock::{SECOND, iso};
use crate::service::catalog::{FieldDef, OrganizationView};
use crate::service::users::{Role, StaffView, UserView};
use crate::service::view::{
    AttachmentView, CommentView, CustomerView, Person, TextView, TicketRow, TicketView,
};

const STATUS: [&str; 7] = ["new", "open", "pending", "hold", "solved", "closed", "deleted"];
const PRIORITY: [&str; 5] = ["", "low", "normal", "high", "urgent"];
const TYPE: [&str; 5] = ["", "question", "incident", "problem", "task"];

/// The name of a code, null where it has none.
fn named(names: &[&str], code: i64) -> Value {
    let name = usize::try_from(code).ok().and_then(|i| names.get(i));
    name.filter(|n| !n.is_empty()).map_or(Value::Null, |n| json!(n))
}

/// The text, masked or not; null where there is none.
fn text(view: Option<&TextView>) -> Value {
    view.map_or(Value::Null, |v| json!(v.plain()))
}

/// The text if it is shown; a mask would pass for another value.
fn shown(view: Option<&TextView>) -> Value {
    text(view.filter(|v| !v.has_mask()))
}

/// An address, or a mask that could pass for one; else null.
fn email(view: Option<&TextView>) -> Value {
    let text = view.map(TextView::plain).filter(|t| t.matches('@').count() == 1);
    text.map_or(Value::Null, Value::from)
}

/// `url` of an object.
fn url(base: &str, noun: &str, id: i64) -> Value {
    json!(format!("{base}/api/v2/{noun}/{id}.json"))
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// A custom field's value in the type that its definition says.
fn field(definition: Option<&FieldDef>, view: &TextView, numbers: bool) -> Value {
    let kind = definition.map_or("", |d| d.kind.as_str());
    if view.has_mask() {
        // Only a text can hold a mask.
        return match kind {
            "" | "text" | "textarea" | "regexp" => json!(view.plain()),
            _ => Value::Null,
        };
    }
    let plain = view.plain();
    match kind {
        "checkbox" => json!(plain == "true"),
        "multiselect" => serde_json::from_str(&plain).unwrap_or_else(|_| json!([plain])),
        "integer" | "decimal" if numbers => {
            serde_json::from_str::<serde_json::Number>(&plain).map_or(json!(plain), Value::Number)
        }
        _ => json!(plain),
    }
}

/// Every field of the definitions, and those that have a value without one.
fn custom_fields(definitions: &[FieldDef], fields: &[(i64, TextView)]) -> Value {
    let mut values: HashMap<i64, &TextView> = fields.iter().map(|(id, v)| (*id, v)).collect();
    let mut out = Vec::with_capacity(definitions.len());
    for definition in definitions {
        let value = values.remove(&definition.id);
        let value = value.map_or(Value::Null, |v| field(Some(definition), v, false));
        out.push(json!({"id": definition.id, "value": value}));
    }
    let mut rest: Vec<_> = values.into_iter().collect();
    rest.sort_unstable_by_key(|(id, _)| *id);
    out.extend(rest.into_iter().map(|(id, v)| json!({"id": id, "value": field(None, v, false)})));
    Value::Array(out)
}

fn source(channel: &str, source: Option<&TextView>) -> Value {
    let empty = json!({"from": {}, "to": {}, "rel": null});
    let open = source.filter(|s| !s.has_mask()).and_then(|s| serde_json::from_str(&s.plain()).ok());
    let source = match open {
        Some(source @ Value::Object(_)) => source,
        _ => empty,
    };
    json!({"channel": channel, "source": source})
}

/// A plain attribute that has no column.
fn plain(row: &TicketRow) -> Map<String, Value> {
    serde_json::from_str(&row.plain).unwrap_or_default()
}

/// A ticket. `fields` are the ticket fields' definitions.
#[must_use]
pub fn ticket(base: &str, view: &TicketView, fields: &[FieldDef]) -> Value {
    let row = &view.row;
    let mut rest = plain(row);
    let mut take = |key: &str, or: Value| rest.remove(key).unwrap_or(or);
    let subject = view.subject.plain();
    let tags: Value = serde_json::from_str(&row.tags).unwrap_or_else(|_| json!([]));
    let due = take("due_at", Value::Null).as_i64().map(iso);
    let custom = custom_fields(fields, &view.fields);
    json!({
        "url": url(base, "tickets", row.id),
        "id": row.id,
        "external_id": shown(view.external_id.as_ref()),
        "via": source(&row.channel, view.source.as_ref()),
        "created_at": iso(row.created_at),
        "updated_at": iso(row.updated_at),
        "generated_timestamp": row.generated_at.div_euclid(SECOND),
        "type": named(&TYPE, row.kind),
        "subject": subject,
        "raw_subject": subject,
        "description": view.description.as_ref().map(TextView::plain).unwrap_or_default(),
        "priority": named(&PRIORITY, row.priority),
        "status": named(&STATUS, row.status),
        "custom_status_id": null,
        "recipient": email(view.recipient.as_ref()),
        "requester_id": row.requester_id,
        "submitter_id": row.submitter_id.unwrap_or(row.requester_id),
        "assignee_id": row.assignee_id,
        "organization_id": row.organization_id,
        "group_id": row.group_id,
        "collaborator_ids": take("collaborator_ids", json!([])),
        "follower_ids": take("follower_ids", json!([])),
        "email_cc_ids": take("email_cc_ids", json!([])),
        "forum_topic_id": null,
        "problem_id": take("problem_id", Value::Null),
        "has_incidents": false,
        "is_public": true,
        "due_at": due,
        "tags": tags,
        "custom_fields": custom.clone(),
        "fields": custom,
        "satisfaction_rating": {"score": take("score", json!("unoffered"))},
        "sharing_agreement_ids": [],
        "followup_ids": [],
        "ticket_form_id": row.form_id,
        "brand_id": row.brand_id,
        "allow_channelback": false,
        "allow_attachments": true,
        "from_messaging_channel": false,
    })
}

/// An attachment's metadata. There is no address to fetch it from: its bytes are
/// not served yet.
fn attachment(base: &str, view: &AttachmentView) -> Value {
    let (row, name) = view;
    json!({
        "url": url(base, "attachments", row.id),
        "id": row.id,
        "file_name": name.plain(),
        "content_type": row.content_type,
        "content_url": null,
        "mapped_content_url": null,
        "size": row.size,
        "width": null,
        "height": null,
        "inline": row.inline,
        "deleted": false,
        "malware_access_override": false,
        "malware_scan_result": "not_scanned",
        "thumbnails": [],
        "created_at": iso(row.created_at),
    })
}

/// A comment of a ticket that came through `channel`.
#[must_use]
pub fn comment(base: &str, view: &CommentView, channel: &str) -> Value {
    let body = view.body.plain();
    let files: Vec<Value> = view.attachments.iter().map(|a| attachment(base, a)).collect();
    json!({
        "id": view.id,
        "type": "Comment",
        "author_id": view.author_id,
        "body": body,
        "plain_body": body,
        "html_body": view.body.html(),
        "public": view.public,
        "attachments": files,
        "audit_id": view.audit_id,
        "via": source(channel, None),
        "created_at": iso(view.created_at),
        "metadata": {"system": {}, "custom": {}},
    })
}

/// The keys of every user, with what is the same for all of them here.
fn user_base(base: &str, id: i64) -> Map<String, Value> {
    object(json!({
        "id": id,
        "url": url(base, "users", id),
        "name": "",
        "email": null,
        "phone": null,
        "shared_phone_number": null,
        "photo": null,
        "role": "end-user",
        "role_type": null,
        "custom_role_id": null,
        "organization_id": null,
        "external_id": null,
        "locale": null,
        "locale_id": null,
        "time_zone": null,
        "iana_time_zone": null,
        "tags": [],
        "alias": null,
        "details": null,
        "notes": null,
        "signature": null,
        "verified": true,
        "active": true,
        "suspended": false,
        "shared": false,
        "shared_agent": false,
        "moderator": false,
        "ticket_restriction": null,
        "only_private_comments": false,
        "restricted_agent": false,
        "default_group_id": null,
        "two_factor_auth_enabled": null,
        "report_csv": false,
        "last_login_at": null,
        "user_fields": {},
    }))
}

fn role(role: Role) -> &'static str {
    match role {
        Role::EndUser => "end-user",
        Role::Agent => "agent",
        Role::Admin => "admin",
    }
}

/// The vendor's number of a language, for the two that the product speaks.
fn locale_id(locale: &str) -> Value {
    match locale.get(..2) {
        Some("en") => json!(1),
        Some("it") => json!(22),
        _ => Value::Null,
    }
}

/// A customer. `fields` are the user fields' definitions.
#[must_use]
pub fn customer(base: &str, view: &CustomerView, fields: &[FieldDef]) -> Value {
    let mut out = user_base(base, view.id);
    let mut put = |key: &str, value: Value| {
        out.insert(key.to_owned(), value);
    };
    put("name", json!(view.name.plain()));
    put("email", email(view.email.as_ref()));
    put("phone", text(view.phone.as_ref()));
    put("external_id", shown(view.external_id.as_ref()));
    put("alias", text(view.alias.as_ref()));
    put("notes", text(view.notes.as_ref()));
    put("details", text(view.details.as_ref()));
    put("signature", text(view.signature.as_ref()));
    put("organization_id", json!(view.organization_id));
    put("locale", json!(view.locale));
    put("locale_id", locale_id(view.locale.as_deref().unwrap_or_default()));
    put("time_zone", json!(view.time_zone));
    let iana = view.time_zone.as_ref().filter(|zone| zone.contains('/'));
    put("iana_time_zone", json!(iana));
    put("tags", json!(view.tags));
    put("active", json!(view.flags & 1 != 0));
    put("suspended", json!(view.flags & 2 != 0));
    put("verified", json!(view.flags & 4 != 0));
    put("created_at", json!(iso(view.created_at)));
    put("updated_at", json!(iso(view.updated_at)));
    let values: HashMap<i64, &TextView> = view.fields.iter().map(|(id, v)| (*id, v)).collect();
    let fields: Map<String, Value> = fields
        .iter()
        .map(|d| {
            let value = values.get(&d.id).map_or(Value::Null, |v| field(Some(d), v, true));
            (d.name.clone(), value)
        })
        .collect();
    put("user_fields", Value::Object(fields));
    Value::Object(out)
}

/// A colleague.
#[must_use]
pub fn staff(base: &str, view: &StaffView) -> Value {
    let mut out = user_base(base, view.id);
    let mut put = |key: &str, value: Value| {
        out.insert(key.to_owned(), value);
    };
    put("name", json!(view.name));
    put("email", json!(view.email));
    put("role", json!(role(view.role)));
    put("role_type", json!(if view.role == Role::Admin { 4 } else { 0 }));
    put("default_group_id", json!(view.group));
    put("locale", json!(view.locale));
    put("locale_id", locale_id(&view.locale));
    put("active", json!(view.active));
    put("created_at", json!(iso(view.created_at)));
    put("updated_at", json!(iso(view.updated_at)));
    Value::Object(out)
}

/// A user, whichever it is.
#[must_use]
pub fn user(base: &str, view: &UserView, fields: &[FieldDef]) -> Value {
    match view {
        UserView::Staff(view) => staff(base, view),
        UserView::Customer(view) => customer(base, view, fields),
    }
}

/// The people of an answer as side-loaded users, by id.
#[must_use]
pub fn people<'p>(
    base: &str,
    people: impl IntoIterator<Item = &'p Person>,
    fields: &[FieldDef],
    colleague: impl Fn(i64) -> Option<StaffView>,
) -> Value {
    let mut out = std::collections::BTreeMap::new();
    for person in people {
        let shape = match person {
            Person::Customer(view) => Some(customer(base, view, fields)),
            Person::Staff { id, .. } => colleague(*id).map(|view| staff(base, &view)),
            Person::Unknown(_) => None,
        };
        if let Some(shape) = shape {
            out.insert(person.id(), shape);
        }
    }
    out.into_values().collect()
}

/// An organization.
#[must_use]
pub fn organization(base: &str, view: &OrganizationView) -> Value {
    json!({
        "url": url(base, "organizations", view.id),
        "id": view.id,
        "name": view.name,
        "external_id": shown(view.external_id.as_ref()),
        "domain_names": [],
        "details": text(view.details.as_ref()),
        "notes": text(view.notes.as_ref()),
        "group_id": null,
        "shared_tickets": false,
        "shared_comments": false,
        "tags": view.tags,
        "organization_fields": {},
        "created_at": iso(view.created_at),
        "updated_at": iso(view.updated_at),
    })
}

/// A group.
#[must_use]
pub fn group(base: &str, id: i64, name: &str) -> Value {
    json!({
        "url": url(base, "groups", id),
        "id": id,
        "name": name,
        "description": "",
        "default": false,
        "deleted": false,
        "is_public": true,
        "created_at": null,
        "updated_at": null,
    })
}
