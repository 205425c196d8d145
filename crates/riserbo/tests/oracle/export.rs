//! A generated export: tickets and users whose plain parts and templates are a
//! function of the number alone, and whose personal values are those of a side.

use std::path::Path;

use serde_json::{Value, json};

use crate::values::{BIRTHS, Cat, SECRETS, Side};

pub(crate) const TICKETS: i64 = 45;
pub(crate) const CUSTOMERS: i64 = 12;
pub(crate) const FIRST_TICKET: i64 = 1001;
pub(crate) const FIRST_CUSTOMER: i64 = 2001;
/// The account of the principal under test: some tickets are assigned to it.
pub(crate) const ME: i64 = 901;
/// The account whose role only some matrices know; it has tickets of its own.
pub(crate) const NARROW: i64 = 950;
const COLLEAGUES: [i64; 2] = [11, 12];

const IT: [&str; 10] = [
    "Buongiorno, sono {name}. La mia carta {card} è stata addebitata due volte per la fattura di maggio.",
    "Potete chiamarmi al numero {phone} oppure scrivere a {email}. Aspetto una risposta.",
    "Il mio codice fiscale è {fiscal} e l'IBAN per il rimborso è {iban}.",
    "Abito in {street}, 10121 Torino. Il pacco non è mai arrivato.",
    "Soffro di {health} e non posso aspettare ancora il rimborso.",
    "La mia password è {password} ma il portale la rifiuta.",
    "Accedo sempre dall'indirizzo IP {ip} e vedo un errore del portale.",
    "Sono nato il {birth}, potete verificare la mia pratica?",
    "Fattura pagata con la carta {card}, ricevuta mandata a {email}, e la carta {card} risulta bloccata.",
    "Nessuna novità sulla fattura? Grazie.",
];
const EN: [&str; 6] = [
    "Hello, my name is {name} and my card {card} was charged twice for the invoice.",
    "Please call me on {phone} or write to {email}. The portal shows an error.",
    "My date of birth is {birth}, can you check the invoice?",
    "My password is {password} and the portal rejects it.",
    "I always sign in from IP address {ip}.",
    "Any news about the refund? Thanks.",
];
const AGENT: [&str; 3] = [
    "Grazie {name}, verifichiamo la fattura e la ricontattiamo.",
    "Il rimborso parte domani, le scriviamo a {email}.",
    "Nota interna: verificare col reparto pagamenti.",
];
const SUBJECTS: [&str; 5] = [
    "Doppio addebito in fattura",
    "Rimborso per {name}",
    "Invoice question",
    "Carta {card} rifiutata",
    "Errore del portale",
];
const STATUS: [&str; 6] = ["new", "open", "pending", "hold", "solved", "closed"];
const PRIORITY: [Option<&str>; 5] =
    [None, Some("low"), Some("normal"), Some("high"), Some("urgent")];

pub(crate) fn group(n: i64) -> Option<i64> {
    [Some(3001), Some(3002), None][n as usize % 3]
}

pub(crate) fn brand(n: i64) -> Option<i64> {
    [Some(1), Some(2), None, Some(2)][n as usize % 4]
}

pub(crate) fn assignee(n: i64) -> Option<i64> {
    [None, Some(COLLEAGUES[0]), Some(ME), Some(NARROW), Some(ME)][n as usize % 5]
}

pub(crate) fn status(n: i64) -> &'static str {
    if n == 20 { "deleted" } else { STATUS[n as usize % 6] }
}

pub(crate) fn requester(n: i64) -> i64 {
    FIRST_CUSTOMER + n % CUSTOMERS
}

/// Some tickets share a minute, so that orders have ties.
fn time(n: i64, minute: i64) -> String {
    format!("2026-01-{:02}T{:02}:{minute:02}:00Z", 1 + n / 3, 8 + n % 2)
}

fn comments(n: i64) -> usize {
    [3, 5, 8, 6, 10, 1][n as usize % 6]
}

fn comment(side: Side, n: i64, k: usize) -> Value {
    let number = n as usize * 7 + k;
    let customer = (n % CUSTOMERS) as usize;
    let staff = k % 3 == 2;
    let text = if staff {
        AGENT[number % AGENT.len()]
    } else if n % 3 == 2 {
        EN[number % EN.len()]
    } else {
        IT[number % IT.len()]
    };
    let body = side.fill(text, number, customer);
    let mut out = json!({
        "id": 7000 + n * 20 + k as i64,
        "type": "Comment",
        "author_id": if staff { COLLEAGUES[number % 2] } else { requester(n) },
        "body": body,
        "public": !text.starts_with("Nota"),
        "attachments": [],
        "created_at": time(n, 10 + k as i64),
        "metadata": {"system": {"ip_address": side.fill("{ip}", number, customer)}},
    });
    if k == 3 {
        out["attachments"] = json!([{
            "id": 90_000 + n, "content_type": "application/pdf", "size": 1000 + n,
            "file_name": side.fill("estratto-{surname}.pdf", number, customer),
        }]);
    }
    if k == 4 {
        let html = "<div><p>Scrivetemi a <a href=\"mailto:{email}\">{email}</a>, <b>grazie</b>.</p><p>{name}</p></div>";
        out["html_body"] = side.fill(html, number, customer).into();
    }
    out
}

/// A hidden field with more words than the index takes of one text, or with one.
fn essay(side: Side) -> String {
    let words = side.of(Cat::Health, &[["5000", "1"]], 0).parse().unwrap();
    (0..words).map(|n: u32| format!("parola{n} ")).collect()
}

fn ticket(side: Side, n: i64) -> Value {
    let number = n as usize;
    let customer = (n % CUSTOMERS) as usize;
    let comments: Vec<Value> = (0..comments(n)).map(|k| comment(side, n, k)).collect();
    json!({
        "id": FIRST_TICKET + n,
        "external_id": (n % 4 == 0).then(|| side.external_id(500 + number)),
        "subject": side.fill(SUBJECTS[number % SUBJECTS.len()], number, customer),
        "description": comments[0]["body"],
        "status": status(n),
        "type": if n % 2 == 0 { Some("question") } else { None },
        "priority": PRIORITY[number % 5],
        "requester_id": requester(n),
        "submitter_id": requester(n),
        "assignee_id": assignee(n),
        "group_id": group(n),
        "brand_id": brand(n),
        "organization_id": if n % 5 == 0 { Some(501) } else { None },
        "recipient": "assistenza@desk.example",
        "tags": ["fattura"],
        "custom_fields": [
            {"id": 31, "value": (n % 9 == 3).then(|| essay(side))},
            {"id": 32, "value": if n % 9 == 3 { Some("verdeacqua") } else { None }},
            {"id": 41, "value": format!("ORD-5512{n}")},
            {"id": 42, "value": n % 2 == 0},
            {"id": 43, "value": side.of(Cat::Unknown, &[["2026-01-20", "2025-11-03"]], 0)},
        ],
        "internal_reference": side.of(Cat::Unknown, &SECRETS, number),
        "via": {"channel": "email", "source": {
            "from": {"address": side.of(Cat::Unknown, &[["a@gmail.com", "bbbb@tiscali.it"]], 0)}, "to": {}, "rel": null}},
        "created_at": time(n, 0),
        "updated_at": time(n + 6, 30),
        "comments": comments,
    })
}

fn user(side: Side, n: usize) -> Value {
    json!({
        "id": FIRST_CUSTOMER + n as i64,
        "name": side.name(n),
        "email": side.email(n),
        "phone": side.fill("+39 {phone}", n, n),
        "role": "end-user",
        "external_id": side.external_id(n),
        "organization_id": if n.is_multiple_of(4) { Some(501) } else { None },
        "locale": if n.is_multiple_of(3) { "it" } else { "en" },
        "time_zone": "Rome",
        "alias": if n.is_multiple_of(5) { Some(side.name(n).split(' ').next().unwrap()) } else { None },
        "notes": side.fill("Preferisce essere chiamato la mattina al {phone}.", n, n),
        "details": side.fill("Il cliente soffre di {health} da anni.", n, n),
        "user_fields": {
            "level": "gold",
            "birthday": side.of(Cat::Identity, &BIRTHS, n),
            "loyalty": side.of(Cat::Unknown, &SECRETS, n),
        },
        "tags": ["cliente"],
        "favourite": side.of(Cat::Unknown, &SECRETS, n + 1),
        "created_at": "2026-01-01T08:00:00Z",
        "updated_at": "2026-01-01T08:00:00Z",
    })
}

fn colleague(id: i64, name: &str) -> Value {
    json!({"id": id, "name": name, "email": format!("u{id}@desk.example"), "role": "agent",
        "created_at": "2026-01-01T08:00:00Z", "updated_at": "2026-01-01T08:00:00Z"})
}

fn lines(rows: impl Iterator<Item = Value>) -> String {
    rows.map(|row| format!("{row}\n")).collect()
}

/// Writes the export of a side.
pub(crate) fn write(side: Side, dir: &Path) {
    let put = |name: &str, text: String| std::fs::write(dir.join(name), text).unwrap();
    let staff = [colleague(11, "Elena Moretti"), colleague(12, "Tom Alder")];
    let customers = (0..CUSTOMERS as usize).map(|n| user(side, n));
    put("users.jsonl", lines(staff.into_iter().chain(customers)));
    put("tickets.jsonl", lines((0..TICKETS).map(|n| ticket(side, n))));
    put(
        "organizations.jsonl",
        lines(
            [json!({"id": 501, "name": "Officine Lanari", "tags": ["b2b"],
            "notes": side.fill("Referente al {phone}.", 1, 1),
            "created_at": "2026-01-01T08:00:00Z", "updated_at": "2026-01-01T08:00:00Z"})]
            .into_iter(),
        ),
    );
    put(
        "groups.json",
        json!({"groups": [{"id": 3001, "name": "Assistenza"}, {"id": 3002, "name": "Billing"}]})
            .to_string(),
    );
    put(
        "ticket_fields.json",
        json!({"ticket_fields": [
            {"id": 31, "type": "textarea", "title": "Diagnosis", "active": true},
            {"id": 32, "type": "text", "title": "Colour", "active": true},
            {"id": 41, "type": "text", "title": "Order id", "active": true},
            {"id": 42, "type": "checkbox", "title": "Gift", "active": true},
            {"id": 43, "type": "date", "title": "Delivery", "active": true}]})
        .to_string(),
    );
    put(
        "user_fields.json",
        json!({"user_fields": [
            {"id": 61, "key": "level", "type": "dropdown", "title": "Level", "active": true},
            {"id": 62, "key": "birthday", "type": "date", "title": "Birthday", "active": true}]})
        .to_string(),
    );
}
