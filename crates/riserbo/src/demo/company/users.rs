//! The customers as rows of an export.

use super::Language;
use super::calendar::{DAY, iso};
use super::cast::full;
use super::catalog::ALLERGIES;
use super::desk;
use super::people::Customer;
use super::plan::Plan;
use super::rng::Rng;
use serde_json::{Map, Value, json};

/// When each customer first wrote; `now` for those who never did.
pub(super) fn first_seen(plans: &[Plan<'_>], customers: usize, now: i64) -> Vec<i64> {
    let mut seen = vec![now; customers];
    for plan in plans {
        if let Some(first) = seen.get_mut(plan.customer) {
            *first = plan.created.min(*first);
        }
    }
    seen
}

/// One row for each customer, created some time before the first ticket.
pub(super) fn users(customers: &[Customer], first_seen: &[i64], rng: &mut Rng) -> Vec<Value> {
    customers.iter().zip(first_seen).map(|(customer, first)| user(customer, *first, rng)).collect()
}

fn user(customer: &Customer, first_seen: i64, rng: &mut Rng) -> Value {
    let created = first_seen - rng.range(1, 500) * DAY - rng.range(600, 80_000) * 1_000_000;
    let locale = match customer.language {
        Language::It => "it",
        Language::En => "en-GB",
    };
    let organization = customer.organization.and_then(desk::organization).map(|(id, _)| id);
    let id = customer.id;
    json!({
        "url": format!("https://desk.{}/api/v2/users/{id}.json", desk::DOMAIN),
        "id": id, "name": full(&customer.person), "email": customer.email,
        "phone": if rng.chance(80) { json!(customer.phone) } else { Value::Null },
        "role": "end-user", "role_type": null, "custom_role_id": null, "organization_id": organization,
        "external_id": format!("CL-{:06}", 100_000 + (id - 2_000_000) * 7 + 3),
        "locale": locale, "time_zone": "Rome", "verified": rng.chance(90), "active": true, "suspended": false,
        "shared": false, "tags": tags(customer), "alias": null, "details": null, "notes": notes(customer, rng),
        "default_group_id": null, "last_login_at": null, "user_fields": fields(customer, rng),
        "created_at": iso(created), "updated_at": iso(first_seen),
    })
}

fn tags(customer: &Customer) -> Vec<&'static str> {
    let mut tags = Vec::new();
    tags.extend(customer.organization.map(|_| "b2b"));
    tags.extend((customer.habit % 11 == 0).then_some("vip"));
    tags.extend((customer.habit % 7 == 0).then_some("fedelta"));
    tags
}

fn notes(customer: &Customer, rng: &mut Rng) -> Value {
    if customer.habit % 6 != 0 {
        return Value::Null;
    }
    let (it, en) = rng.pick(&[
        (
            "Preferisce essere richiamato al {phone} dopo le 17.",
            "Prefers a call on {phone} after 5 pm.",
        ),
        (
            "Lasciare i pacchi al vicino, citofono {last}.",
            "Leave parcels with the neighbour, bell {last}.",
        ),
        ("Di solito scrive per {relative}.", "Usually writes for {relative}."),
        ("Cliente storico, trattare con priorità.", "Long-standing customer, give priority."),
    ]);
    let text = match customer.language {
        Language::It => it,
        Language::En => en,
    };
    let text = text
        .replace("{phone}", &customer.phone)
        .replace("{last}", customer.person.last)
        .replace("{relative}", &full(&customer.relative));
    json!(text)
}

fn fields(customer: &Customer, rng: &mut Rng) -> Value {
    let (home, person) = (&customer.home, &customer.person);
    let birth = person.birth;
    let mut fields = Map::new();
    let mut put = |key: &str, known: bool, value: Value| {
        fields.insert(key.to_owned(), if known { value } else { Value::Null });
    };
    put("address", true, json!(home.street));
    put("city", true, json!(home.city));
    put("zip_code", true, json!(home.postcode));
    put("province", !home.province.is_empty(), json!(home.province));
    let born = format!("{}-{:02}-{:02}", birth.year, birth.month, birth.day);
    put("date_of_birth", rng.chance(70), json!(born));
    let taxed = home.country == "IT" && rng.chance(55);
    put("codice_fiscale", taxed, json!(person.codice_fiscale));
    let digits: Vec<char> = customer.card.chars().filter(char::is_ascii_digit).collect();
    let four: String = digits.iter().skip(digits.len().saturating_sub(4)).collect();
    put("card_last_four", rng.chance(60), json!(four));
    put(
        "fidelity_card",
        customer.habit % 7 == 0,
        json!(format!("SF{:08}", customer.habit * 90_001)),
    );
    let (it, en) = rng.pick(ALLERGIES);
    let allergy = match customer.language {
        Language::It => it.split_once(' ').map_or(it, |(_, name)| name),
        Language::En => en,
    };
    put("allergies", customer.habit % 8 == 1, json!(allergy));
    put("newsletter", true, json!(customer.habit % 2 == 0));
    Value::Object(fields)
}
