//! The company and its people: Farmacia Salvianova S.r.l. of Bologna, an online pharmacy
//! ("Salvianova Farmacia") with a shop for devices and home care ("Salvianova Casa").
//!
//! Nobody here exists. Mail addresses end in `.example` (RFC 2606).

use super::calendar::{DAY, iso};
use super::script::{Route, TOPICS};
use super::{Language, StaffSpec};
use serde_json::{Value, json};

/// Domain of the company.
pub(super) const DOMAIN: &str = "salvianova.example";
/// The pharmacy.
pub(super) const PHARMACY: i64 = 1;
/// Devices and home care.
pub(super) const HOME: i64 = 2;
/// Ticket field: order number.
pub(super) const FIELD_ORDER: i64 = 41;
/// Ticket field: what it is about, options of [`TOPICS`].
pub(super) const FIELD_TOPIC: i64 = 42;
/// Ticket field: serial number of a device.
pub(super) const FIELD_SERIAL: i64 = 43;
/// Ticket field: amount given back, in euro.
pub(super) const FIELD_REFUND: i64 = 44;

const GROUPS: &[(i64, &str, &str)] = &[
    (3_001, "Primo livello", "Clienti in italiano: ordini, consegne, account"),
    (3_002, "First line EN", "Customers who write in English"),
    (3_003, "Pagamenti", "Rimborsi, carte, fatture"),
    (3_004, "Cura e salute", "Farmacisti: ricette, terapie, dispositivi medici"),
    (3_005, "Back office", "Fornitori, corrieri, strutture, reclami"),
];

/// The group that plays a part for customers of a language.
pub(super) const fn group(route: Route, language: Language) -> i64 {
    match (route, language) {
        (Route::First, Language::It) => 3_001,
        (Route::First, Language::En) => 3_002,
        (Route::Payments, _) => 3_003,
        (Route::Care, _) => 3_004,
        (Route::Back, _) => 3_005,
    }
}

/// Local part of the address, name, role, groups, locale.
type Row = (&'static str, &'static str, &'static str, &'static [i64], &'static str);

const STAFF: &[Row] = &[
    ("marta.bellandi", "Marta Bellandi", "agent-1", &[3_001], "it"),
    ("davide.orsolini", "Davide Orsolini", "agent-1", &[3_001], "it"),
    ("sofia.guidarelli", "Sofia Guidarelli", "agent-1", &[3_001], "it"),
    ("luca.brambati", "Luca Brambati", "agent-1", &[3_001], "it"),
    ("chiara.whelan", "Chiara Whelan", "agent-1", &[3_002], "en"),
    ("tommaso.realini", "Tommaso Realini", "agent-1", &[3_002, 3_001], "en"),
    ("paola.ricciardelli", "Paola Ricciardelli", "agent-2", &[3_003], "it"),
    ("stefano.nardozzi", "Stefano Nardozzi", "agent-2", &[3_003, 3_005], "it"),
    ("ilaria.contessi", "Ilaria Contessi", "agent-2", &[3_004], "it"),
    ("renato.vezzalini", "Renato Vezzalini", "agent-2", &[3_005, 3_004], "it"),
    ("elena.sartoris", "Elena Sartoris", "team-lead", &[3_001, 3_003, 3_004, 3_005], "it"),
    ("mark.delahaye", "Mark Delahaye", "team-lead", &[3_002], "en"),
    ("benedetta.lanzoni", "Benedetta Lanzoni", "privacy-officer", &[], "it"),
    ("omar.khelladi", "Omar Khelladi", "security-analyst", &[], "en"),
    ("viola.tassinelli", "Viola Tassinelli", "key-admin", &[], "it"),
    ("guglielmo.prandelli", "Guglielmo Prandelli", "auditor", &[], "it"),
    ("gestionale", "Gestionale ordini", "integration", &[], "it"),
    ("assistente", "Assistente Salvia", "ai-assistant", &[], "it"),
    ("migrazione", "Servizio migrazione", "migration", &[], "it"),
];

/// Everybody who signs in, people first.
pub(super) fn staff() -> Vec<StaffSpec> {
    (1_001..)
        .zip(STAFF)
        .map(|(id, (local, name, role, groups, locale))| StaffSpec {
            id,
            email: format!("{local}@{DOMAIN}"),
            name: (*name).to_owned(),
            role,
            groups: groups.to_vec(),
            locale,
        })
        .collect()
}

/// The five groups.
pub(super) fn groups(since: i64) -> Vec<Value> {
    let at = iso(since);
    GROUPS
        .iter()
        .map(|(id, name, description)| {
            json!({"id": id, "name": name, "description": description, "default": *id == 3_001, "deleted": false,
                   "is_public": true, "created_at": at, "updated_at": at})
        })
        .collect()
}

/// The two brands.
pub(super) fn brands(since: i64) -> Vec<Value> {
    let at = iso(since);
    [(PHARMACY, "Salvianova Farmacia", "farmacia"), (HOME, "Salvianova Casa", "casa")]
        .into_iter()
        .map(|(id, name, subdomain)| {
            json!({"id": id, "name": name, "subdomain": subdomain, "brand_url": format!("https://{subdomain}.{DOMAIN}"),
                   "host_mapping": null, "has_help_center": false, "active": true, "default": id == PHARMACY,
                   "is_deleted": false, "ticket_form_ids": [], "created_at": at, "updated_at": at})
        })
        .collect()
}

/// The fields of a ticket that the company added.
pub(super) fn ticket_fields(since: i64) -> Vec<Value> {
    let options: Vec<Value> = (1..)
        .zip(TOPICS)
        .map(|(id, topic)| {
            json!({"id": 4_200 + id, "name": topic_title(topic), "raw_name": topic_title(topic),
                                  "value": topic, "default": false})
        })
        .collect();
    [
        (FIELD_ORDER, "text", "Numero d'ordine"),
        (FIELD_TOPIC, "tagger", "Motivo"),
        (FIELD_SERIAL, "text", "Numero di serie"),
        (FIELD_REFUND, "decimal", "Importo rimborsato"),
    ]
    .into_iter()
    .map(|(id, kind, title)| {
        let mut field = json!({"id": id, "type": kind, "title": title, "raw_title": title, "description": "",
            "position": id, "active": true, "required": false, "collapsed_for_agents": false,
            "regexp_for_validation": null, "title_in_portal": title, "visible_in_portal": id == FIELD_ORDER,
            "editable_in_portal": id == FIELD_ORDER, "required_in_portal": false, "tag": null, "removable": true,
            "created_at": iso(since), "updated_at": iso(since)});
        if let (FIELD_TOPIC, Some(object)) = (id, field.as_object_mut()) {
            object.insert("custom_field_options".to_owned(), Value::Array(options.clone()));
        }
        field
    })
    .collect()
}

fn topic_title(topic: &str) -> &'static str {
    match topic {
        "delivery" => "Consegna",
        "order" => "Ordine",
        "returns" => "Reso",
        "payments" => "Pagamento e rimborso",
        "invoice" => "Fattura",
        "prescription" => "Ricetta",
        "therapy" => "Terapia e consigli",
        "device" => "Dispositivo",
        "account" => "Account",
        "privacy" => "Privacy",
        "security" => "Sicurezza",
        "feedback" => "Opinione e reclamo",
        _ => "Aziende e strutture",
    }
}

/// The fields of a customer.
pub(super) fn user_fields(since: i64) -> Vec<Value> {
    [
        (31, "address", "text", "Indirizzo"),
        (32, "city", "text", "Città"),
        (33, "zip_code", "text", "CAP"),
        (34, "province", "text", "Provincia"),
        (35, "date_of_birth", "date", "Data di nascita"),
        (36, "codice_fiscale", "text", "Codice fiscale"),
        (37, "card_last_four", "text", "Ultime quattro cifre della carta"),
        (38, "fidelity_card", "text", "Tessera fedeltà"),
        (39, "allergies", "textarea", "Allergie dichiarate"),
        (40, "newsletter", "checkbox", "Newsletter"),
    ]
    .into_iter()
    .map(|(id, key, kind, title)| {
        json!({"id": id, "key": key, "type": kind, "title": title, "raw_title": title, "description": "",
               "position": id, "active": true, "system": false, "regexp_for_validation": null,
               "created_at": iso(since), "updated_at": iso(since)})
    })
    .collect()
}

/// Name, external id, domain, note.
const ORGANIZATIONS: &[(&str, &str, &str, &str)] = &[
    (
        "RSA Villa Ginestra",
        "B2B-0001",
        "villaginestra.example",
        "Consegna solo 8–11, citofono portineria.",
    ),
    (
        "Studio medico Ponte Alto",
        "B2B-0002",
        "pontealto.example",
        "Fattura mensile, pagamento a 60 giorni.",
    ),
    (
        "Cooperativa sociale Passo Lento",
        "B2B-0003",
        "passolento.example",
        "Assistenza domiciliare; più indirizzi di consegna.",
    ),
    ("Polisportiva Torrebianca", "B2B-0004", "torrebianca.example", ""),
    (
        "Albergo Le Betulle",
        "B2B-0005",
        "lebetulle.example",
        "Cassetta di pronto soccorso due volte l'anno.",
    ),
    (
        "Harbour Lane Care",
        "B2B-0006",
        "harbourlane.example",
        "Writes in English; VAT reverse charge.",
    ),
];

/// How many organizations there are.
pub(super) const ORGANIZATION_COUNT: usize = ORGANIZATIONS.len();

/// Name and id of an organization.
pub(super) fn organization(at: usize) -> Option<(i64, &'static str)> {
    ORGANIZATIONS.get(at).map(|row| (500_001 + i64::try_from(at).unwrap_or(0), row.0))
}

/// The organizations: homes, practices and clubs that buy for others.
pub(super) fn organizations(since: i64) -> Vec<Value> {
    (0_i64..)
        .zip(ORGANIZATIONS)
        .map(|(at, (name, external_id, domain, notes))| {
            json!({"id": 500_001 + at, "name": name, "external_id": external_id, "domain_names": [domain],
                   "details": null, "notes": if notes.is_empty() { Value::Null } else { json!(notes) },
                   "group_id": 3_005, "shared_tickets": false, "shared_comments": false, "tags": ["b2b"],
                   "organization_fields": {"tier": "b2b"}, "created_at": iso(since + at * DAY),
                   "updated_at": iso(since + at * DAY)})
        })
        .collect()
}
