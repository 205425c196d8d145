//! Lookups do tell whether a complete identifier exists: that is what they are
//! for. So each one costs, hit or miss, and stands in the log, hit or miss.

use riserbo::config::Config;
use riserbo::error::Error;
use riserbo::service::access_log::{Header, Outcome};
use riserbo::service::lookup;
use riserbo::service::search::{self, Request};

use crate::export::FIRST_CUSTOMER;
use crate::values::{EVERYTHING, Side};
use crate::world::{How, World};

const SIDE: Side = Side { second: false, differ: EVERYTHING };

async fn world(dir: &std::path::Path, lookups_per_hour: i64) -> World {
    let mut config = Config::default();
    config.limits.lookups_per_hour = lookups_per_hour;
    World::filled(dir, SIDE, How { config, ..How::default() }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn i4_a_lookup_costs_and_is_logged_hit_or_miss() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path(), 4).await;
    let asked = [
        (SIDE.external_id(3), 1, "hit"),
        ("CLI-0099777".to_owned(), 0, "miss"),
        (SIDE.external_id(5), 1, "hit"),
        ("KUNDE-7003".to_owned(), 0, "miss: a value of the other side"),
    ];
    for (text, hits, why) in asked {
        let before = world.app.log.files().size();
        let body = world.ok("agent-1", &format!("/users?external_id={text}")).await;
        assert_eq!(body["users"].as_array().unwrap().len(), hits, "{why}");
        assert!(!body.to_string().contains(&text), "found or not, the identifier stays masked");
        let events = world.events(before).await;
        assert_eq!(events.len(), 1, "{why}: one answer, one event");
        let (header, customers): &(Header, usize) = &events[0];
        assert_eq!(
            (header.action.as_str(), header.outcome, *customers),
            ("lookup", Outcome::Ok, hits),
            "{why}"
        );
        assert_eq!(header.query, ["identity"], "{why}: the kind of what was typed is in the log");
        assert!(
            !serde_json::to_string(header).unwrap().contains(&text),
            "what was typed is sealed"
        );
    }
    // Four were paid for, two of them misses: the fifth is refused, whoever it is.
    for text in [SIDE.external_id(3), "CLI-0099777".to_owned()] {
        let before = world.app.log.files().size();
        let answer = world.get("agent-1", &format!("/users?external_id={text}")).await;
        assert_eq!(answer.status, 429);
        assert!(answer.headers.iter().any(|(n, _)| n == "retry-after"));
        let events = world.events(before).await;
        assert_eq!(
            (events.len(), events[0].0.outcome),
            (1, Outcome::Denied),
            "refused, and logged"
        );
    }
    // Another person has a budget of their own.
    world.ok("agent-2", &format!("/users?external_id={}", SIDE.external_id(3))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn i4_only_whoever_could_open_it_may_look_it_up() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path(), 50).await;
    // Roles without the act, or to which an identity is hidden: there or not, the same refusal.
    for role in ["integration", "ai-assistant", "migration", "security-analyst"] {
        let hit = world.get(role, &format!("/users?external_id={}", SIDE.external_id(3))).await;
        let miss = world.get(role, "/users?external_id=CLI-0099777").await;
        assert_eq!((hit.status, &hit.body), (miss.status, &miss.body), "{role}");
        assert_eq!(hit.status, 403, "{role}");
    }
    // Cut short it is no identifier.
    let whole = SIDE.external_id(3);
    for cut in 1..whole.len() {
        let body = world
            .get("agent-1", &format!("/users?external_id={}", whole.get(..cut).unwrap()))
            .await;
        assert!(!body.body.contains(&(FIRST_CUSTOMER + 3).to_string()), "found by {cut} signs");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i4_a_search_by_a_whole_identifier_is_a_lookup_too() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path(), 4).await;
    let ctx = world.ctx("agent-1", "/api/v2/search");
    let hit = format!("requester:{}", SIDE.email(0));
    for (spent, (query, found)) in (1..).zip([
        (hit.as_str(), true),
        ("requester:nobody.at.all@gmail.com", false),
        (hit.as_str(), true),
        ("requester:sgx0@gmail.com", false),
    ]) {
        let before = world.app.log.files().size();
        let results = search::search(&ctx, &Request::new(query)).await.unwrap();
        assert_eq!(!results.hits.is_empty(), found, "{query}");
        assert_eq!(
            lookup::budget(&ctx).await.unwrap().spent,
            spent,
            "{query}: hit or miss, it costs"
        );
        let events = world.events(before).await;
        assert!(!events.is_empty(), "{query}: hit or miss, it is logged");
        for (header, _) in events {
            let clear = serde_json::to_string(&header).unwrap();
            assert!(!clear.contains("gmail"), "what was typed is sealed: {clear}");
        }
    }
    for query in [hit.as_str(), "requester:nobody.at.all@gmail.com"] {
        let refused = search::search(&ctx, &Request::new(query)).await;
        assert!(matches!(refused, Err(Error::Budget { .. })), "{query}");
        assert!(matches!(search::count(&ctx, query).await, Err(Error::Budget { .. })), "{query}");
    }
    // Cut short, or put into words, it is a search for text that is not shown.
    for query in [
        "giulia.ferrero0@gmail.com",
        "requester:giulia.ferrero",
        "giulia*",
        "email:giulia.ferrero0",
    ] {
        if let Ok(results) = search::search(&ctx, &Request::new(query)).await {
            assert!(results.hits.is_empty(), "{query}");
        }
    }
}
