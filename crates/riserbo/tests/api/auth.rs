//! Who gets in, and what those get who don't.

use riserbo::config::Config;
use riserbo::service::tokens::{self, NewToken};

use crate::desk::{Desk, NOW, basic, token_of};

const ME: &str = "/api/v2/users/me.json";

#[tokio::test(flavor = "multi_thread")]
async fn a_token_gets_in_by_both_spellings_and_only_with_its_owners_address() {
    let desk = Desk::open().await;
    let token = desk.tokens["agent-1"].clone();
    for header in [
        desk.bearer("agent-1"),
        basic("agent-1@desk.example/token", &token),
        basic("Agent-1@Desk.Example/token", &token),
    ] {
        let reply = desk.send("GET", ME, &[header], "").await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        assert_eq!(reply.json()["user"]["id"], desk.staff["agent-1"]);
    }
    let mut bodies = Vec::new();
    for header in [
        basic("agent-2@desk.example/token", &token),
        basic("agent-1@desk.example", &token),
        basic("agent-1@desk.example/token", "rsb_wrong"),
        ("authorization", "Bearer rsb_wrong".into()),
        ("authorization", "Negotiate x".into()),
        ("x-nothing", "at all".into()),
    ] {
        let reply = desk.send("GET", ME, &[header], "").await;
        assert_eq!(reply.status, 401);
        assert!(reply.headers["www-authenticate"].starts_with("Basic"));
        bodies.push(reply.body);
    }
    bodies.dedup();
    insta::assert_json_snapshot!(bodies, @r#"
    [
      "{\"error\":\"Couldn't authenticate you\"}"
    ]
    "#);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_ends_and_keeps_to_its_networks_and_scopes() {
    let desk = Desk::open().await;
    let owner = desk.staff["agent-1"];
    let make = async |new: NewToken| tokens::make(&desk.app, new).await.unwrap().text;
    let ending = make(NewToken { expires_at: Some(NOW + 60_000_000), ..token_of(owner) }).await;
    let far = make(NewToken { networks: vec!["203.0.113.0/24".into()], ..token_of(owner) }).await;
    let near = make(NewToken { networks: vec!["127.0.0.0/8".into()], ..token_of(owner) }).await;
    let reading = make(NewToken { scopes: vec!["read".into()], ..token_of(owner) }).await;
    let writing = make(NewToken { scopes: vec!["write".into()], ..token_of(owner) }).await;
    let status = async |token: &str| {
        let bearer = ("authorization", format!("Bearer {token}"));
        desk.send("GET", ME, &[bearer], "").await
    };
    assert_eq!(status(&ending).await.status, 200);
    assert_eq!(status(&far).await.status, 401);
    assert_eq!(status(&near).await.status, 200);
    assert_eq!(status(&reading).await.status, 200);
    let reply = status(&writing).await;
    assert_eq!(reply.status, 403);
    assert_eq!(reply.json()["description"], "Missing the following required scopes: read");
    desk.clock.advance(60_000_000);
    assert_eq!(status(&ending).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_strangers_forwarded_address_opens_no_network() {
    let desk = Desk::open().await;
    let new =
        NewToken { networks: vec!["203.0.113.0/24".into()], ..token_of(desk.staff["agent-1"]) };
    let token = tokens::make(&desk.app, new).await.unwrap().text;
    let headers =
        [("authorization", format!("Bearer {token}")), ("x-forwarded-for", "203.0.113.5".into())];
    assert_eq!(desk.send("GET", ME, &headers, "").await.status, 401);

    let mut config = Config::default();
    config.server.trusted_proxies = vec!["127.0.0.1".into()];
    let desk = Desk::with(config, |c| c).await;
    let new =
        NewToken { networks: vec!["203.0.113.0/24".into()], ..token_of(desk.staff["agent-1"]) };
    let token = tokens::make(&desk.app, new).await.unwrap().text;
    let headers = [
        ("authorization", format!("Bearer {token}")),
        ("x-forwarded-for", "203.0.113.5".into()),
        ("x-forwarded-host", "desk.example".into()),
        ("x-forwarded-proto", "https".into()),
    ];
    let reply = desk.send("GET", ME, &headers, "").await;
    assert_eq!(reply.status, 200);
    let url = reply.json()["user"]["url"].as_str().unwrap().to_owned();
    assert!(url.starts_with("https://desk.example/api/v2/users/"), "{url}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_asks_too_often_waits() {
    let mut config = Config::default();
    config.limits.api_requests_per_minute = 3;
    let desk = Desk::with(config, |c| c).await;
    for left in ["2", "1", "0"] {
        let reply = desk.get("agent-1", "/users/me").await;
        assert_eq!(reply.status, 200);
        assert_eq!(reply.headers["x-rate-limit"], "3");
        assert_eq!(reply.headers["x-rate-limit-remaining"], left);
    }
    let reply = desk.get("agent-1", "/users/me").await;
    assert_eq!(reply.status, 429);
    assert_eq!(reply.headers["retry-after"], "60");
    assert_eq!(desk.get("agent-2", "/users/me").await.status, 200, "another token is free");
    desk.clock.advance(60_000_000);
    assert_eq!(desk.get("agent-1", "/users/me").await.status, 200);
}
