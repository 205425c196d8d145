//! What each role finds in the same answer.

use serde_json::Value;

use crate::desk::Desk;

/// Values of the fixture by what they are.
const CARD: &str = "4111 1111 1111 1111";
const IBAN: &str = "IT60X0542811101000000123456";
const HIDDEN_FROM_AGENT_1: [&str; 12] = [
    CARD,
    "4111111111111111",
    IBAN,
    "Bellandi",
    "bellandi",
    "Sguerri",
    "347 118 2093",
    "3471182093",
    "+39 320 555 0147",
    "@posta.example",
    "CLI-0099123",
    "CRM-88120",
];

const EVERYWHERE: [&str; 15] = [
    "/search?query=tags:fixture&include=users",
    "/search?query=type:user%20CLI-0099123",
    "/search/export?query=grazie&filter[type]=ticket&page[size]=9",
    "/tickets?include=users",
    "/tickets/1001?include=users",
    "/tickets/1002",
    "/tickets/1001/comments?include=users",
    "/tickets/1002/comments",
    "/tickets/show_many?ids=1001,1002,1003&include=users",
    "/users",
    "/users?page[size]=100",
    "/users/2001",
    "/users/show_many?ids=2001,2002,2003",
    "/users/2001/tickets/requested",
    "/organizations",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_fully_masked_agent_meets_no_hidden_value_anywhere() {
    let desk = Desk::open().await;
    for path in EVERYWHERE {
        let body = desk.get("agent-1", path).await.body;
        for value in HIDDEN_FROM_AGENT_1 {
            assert!(!body.contains(value), "{path} shows {value}: {body}");
        }
    }
    let comments = desk.ok("agent-1", "/tickets/1001/comments").await;
    let text = comments["comments"][0]["body"].as_str().unwrap();
    assert!(text.contains("è stata addebitata due volte"), "what is not personal stays: {text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_meet_names_cards_and_numbers_as_their_levels_say() {
    let desk = Desk::open().await;
    let first = async |role: &str| {
        let body = desk.ok(role, "/tickets/1001/comments").await;
        (body["comments"][0].to_string(), body["comments"][2].to_string())
    };
    let (opening, phone) = first("migration").await;
    assert!(opening.contains(CARD) && opening.contains("Giacomo Bellandi"));
    assert!(phone.contains("347 118 2093") && phone.contains("estratto-bellandi.pdf"));
    let (opening, phone) = first("agent-2").await;
    assert!(!opening.contains(CARD), "{opening}");
    assert!(opening.contains("Giacomo Bellandi"), "{opening}");
    assert!(!phone.contains("347 118 2093"), "{phone}");
    let (opening, phone) = first("agent-1").await;
    assert!(!opening.contains(CARD) && !opening.contains("Bellandi"), "{opening}");
    assert!(!phone.contains("347 118 2093"), "{phone}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_three_renderings_of_a_comment_hide_the_same() {
    let desk = Desk::open().await;
    let body = desk.ok("agent-1", "/tickets/1001/comments").await;
    for comment in body["comments"].as_array().unwrap() {
        for key in ["body", "plain_body", "html_body"] {
            let text = comment[key].as_str().unwrap();
            assert!(!text.contains("4111") && !text.contains("Bellandi"), "{text}");
        }
        assert!(comment["html_body"].as_str().unwrap().starts_with("<div class=\"zd-comment\">"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_masked_field_keeps_its_type() {
    let desk = Desk::open().await;
    for role in ["agent-1", "agent-2", "migration", "integration"] {
        for user in desk.walk(role, "/users?role=end-user", "users").await {
            let email = &user["email"];
            assert!(
                email.is_null() || email.as_str().is_some_and(|e| e.matches('@').count() == 1),
                "{role}: {email}"
            );
            assert!(user["name"].as_str().is_some_and(|n| !n.is_empty()), "{role}: {user}");
            assert!(user["phone"].is_null() || user["phone"].is_string());
        }
    }
    let ticket = desk.ok("agent-1", "/tickets/1001").await["ticket"].clone();
    assert_eq!(ticket["external_id"], Value::Null);
    assert_eq!(ticket["custom_fields"], ticket["fields"]);
    let clear = desk.ok("migration", "/tickets/1001").await["ticket"].clone();
    assert_eq!(clear["external_id"], "CRM-88120");
    assert_eq!(clear["custom_fields"][1], serde_json::json!({"id": 42, "value": true}));
}

#[tokio::test(flavor = "multi_thread")]
async fn colleagues_have_names_and_no_addresses_for_first_line_agents() {
    let desk = Desk::open().await;
    let user = desk.ok("agent-1", "/users/11").await["user"].clone();
    assert_eq!((user["name"].as_str(), user["email"].as_str()), (Some("Elena Moretti"), None));
    let user = desk.ok("migration", "/users/11").await["user"].clone();
    assert_eq!(user["email"], "elena@desk.example");
    let me = desk.ok("agent-1", "/users/me").await["user"].clone();
    assert_eq!(me["email"], "agent-1@desk.example");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lookup_by_external_id_needs_the_whole_of_it() {
    let desk = Desk::open().await;
    let found = desk.ok("agent-1", "/users?external_id=CLI-0099123").await;
    assert_eq!((found["count"].as_i64(), found["users"][0]["id"].as_i64()), (Some(1), Some(2001)));
    assert!(!found.to_string().contains("Bellandi"), "found, and still masked");
    let none = desk.ok("agent-1", "/users?external_id=CLI-009912").await;
    assert_eq!(none["count"], 0);
}
