//! The fixed requests: every way to ask, and every way to ask wrongly.

use crate::export::{CUSTOMERS, FIRST_CUSTOMER, FIRST_TICKET, TICKETS};
use crate::values;
use crate::world::ACCOUNTS;

/// Words that stand in texts, in the clear, on both sides.
pub(crate) const SHOWN: [&str; 13] = [
    "fattura",
    "rimborso",
    "portale",
    "invoice",
    "charged twice",
    "\"charged twice\"",
    "\"addebitata due volte\"",
    "fatt*",
    "pratica -fattura",
    "Officine",
    "Moretti",
    "nulla-di-tutto",
    "verdeacqua",
];

/// Phrases that cross a slot, and words on both sides of one.
pub(crate) const CROSSING: [&str; 6] = [
    "\"carta è stata\"",
    "\"sono la mia carta\"",
    "\"card was charged\"",
    "carta addebitata",
    "\"al numero oppure\"",
    "\"numero 334\"",
];

fn encode(text: &str) -> String {
    text.bytes()
        .map(|b| {
            if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") }
        })
        .collect()
}

/// Queries for a search: hidden words of both sides, whole, cut and quoted.
pub(crate) fn queries() -> Vec<String> {
    let mut out: Vec<String> = SHOWN.iter().chain(&CROSSING).map(|q| (*q).to_owned()).collect();
    for value in values::all() {
        out.push(value.to_owned());
        let word = value.split([' ', '-', '.', '/']).max_by_key(|w| w.len()).unwrap();
        out.push(format!("{}*", word.chars().take(4).collect::<String>()));
        out.push(format!("\"{value}\""));
    }
    for field in [
        "status:open",
        "status<solved",
        "priority:high",
        "type:ticket fattura",
        "type:user gold",
        "subject:fattura",
        "description:carta",
        "group:3002",
        "tags:fattura",
        "assignee:me",
        "assignee:none",
        "created>2026-01-05",
        "created<2026-01-05 fattura",
        "via:email",
        "organization:501",
        "brand:2",
        "name:Giulia",
        "name:Sara",
        "notes:mattina",
        "notes:334",
        "custom_field_41:ORD-55121",
        "nonsense:x",
        "comment:diabete",
        "comment:4242",
        "has_attachment:true",
        "status:",
        "\"",
        "-",
        "((",
        "a:b:c",
        "*",
    ] {
        out.push(field.to_owned());
    }
    out
}

fn lists(out: &mut Vec<String>) {
    for sort in ["id", "created_at", "updated_at", "status", "priority", "assignee", "group"] {
        for sign in ["", "-"] {
            for size in [3, 100] {
                out.push(format!("/tickets?page[size]={size}&sort={sign}{sort}&include=users"));
            }
        }
        for (order, page) in [("asc", 1), ("desc", 2)] {
            out.push(format!(
                "/tickets.json?sort_by={sort}&sort_order={order}&per_page=7&page={page}"
            ));
        }
    }
    for path in [
        "/tickets?sort_by=subject",
        "/tickets?sort_by=requester&sort_order=desc",
        "/tickets?page=4&per_page=12",
        "/tickets?page=9&per_page=12",
        "/tickets/count",
        "/users/count",
        "/users/count?role=end-user",
        "/users",
        "/users?page[size]=5",
        "/users?page[size]=5&sort=-id",
        "/users?role=end-user&per_page=5&page=2",
        "/users?role=agent",
        "/users?role[]=end-user&role[]=admin",
        "/organizations",
        "/organizations/501",
        "/organizations/502",
        "/organizations/501/tickets",
        "/groups",
        "/groups/3001",
        "/groups/3009",
        "/ticket_fields",
        "/user_fields",
        "/organization_fields",
        "/users/me",
    ] {
        out.push(path.to_owned());
    }
}

fn records(out: &mut Vec<String>) {
    for id in FIRST_TICKET..FIRST_TICKET + TICKETS {
        out.push(format!("/tickets/{id}?include=users"));
        out.push(format!("/tickets/{id}/comments?include=users"));
        out.push(format!("/tickets/{id}/comments?page[size]=2&sort=-created_at"));
        if id % 3 == 0 {
            out.push(format!("/tickets/{id}/comments/count"));
            out.push(format!("/tickets/{id}/comments?per_page=2&page=2"));
            out.push(format!(
                "/tickets/show_many?ids={id},{},{},999999&include=users",
                id + 1,
                id + 5
            ));
        }
    }
    for id in FIRST_CUSTOMER..FIRST_CUSTOMER + CUSTOMERS {
        out.push(format!("/users/{id}"));
        out.push(format!("/users/{id}/tickets/requested?page[size]=2"));
        out.push(format!("/users/show_many?ids={id},{},11,999999", id + 1));
    }
    for (_, id) in ACCOUNTS {
        out.push(format!("/users/{id}/tickets/assigned"));
    }
}

fn wrong(out: &mut Vec<String>) {
    for value in values::all().into_iter().step_by(3) {
        out.push(format!("/tickets/{}", encode(value)));
        out.push(format!("/users/{}", encode(value)));
        out.push(format!("/tickets?external_id={}", encode(value)));
        out.push(format!("/users?sort={}", encode(value)));
    }
    for path in [
        "/tickets/0",
        "/tickets/999999",
        "/tickets/-1",
        "/tickets/9007199254740993",
        "/tickets/999999/comments",
        "/tickets/999999/comments/count",
        "/users/999999",
        "/users/0",
        "/users/999999/tickets/requested",
        "/organizations/999999",
        "/nothing",
        "/tickets?page=0",
        "/tickets?page=101",
        "/tickets?page[size]=0",
        "/tickets?page[size]=101",
        "/tickets?page[size]=5&page[after]=AAAA",
        "/tickets?page[size]=5&sort=subject",
        "/tickets?page=1&page[size]=2",
        "/tickets/show_many",
        "/tickets/show_many?ids=x",
        "/users/show_many?ids=",
        "/users?role=boss",
        "/users?permission_set=1",
        "/users?page=-1",
        "/tickets/1001/comments?sort=body",
        "/incremental/tickets/cursor?start_time=0",
        "/incremental/tickets/cursor",
        "/incremental/tickets?start_time=0",
        "/access_logs?page[size]=5",
        "/access_logs?filter[path]=/api/v2/tickets/1001",
        "/access_logs?sort=-created_at&page[size]=9",
        "/access_logs?filter[user_id]=1",
        "/access_logs?filter[start]=x",
    ] {
        out.push(path.to_owned());
    }
}

/// Every request, in a fixed order: paths below `/api/v2`.
pub(crate) fn all() -> Vec<String> {
    let mut out = Vec::new();
    lists(&mut out);
    records(&mut out);
    wrong(&mut out);
    for (n, query) in queries().into_iter().enumerate() {
        let query = encode(&query);
        out.push(match n % 4 {
            0 => format!("/search?query={query}"),
            1 => format!("/search?query={query}&sort_by=created_at&sort_order=asc&per_page=4"),
            2 => format!("/search/count?query={query}"),
            _ => format!("/search/export?query={query}&filter[type]=ticket&page[size]=3"),
        });
    }
    out
}
