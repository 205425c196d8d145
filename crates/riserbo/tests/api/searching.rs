//! Search over HTTP: pages, counts, exports, and no oracle.

use serde_json::Value;

use crate::desk::{Desk, distinct};

#[tokio::test(flavor = "multi_thread")]
async fn every_hit_says_what_it_is() {
    let desk = Desk::open().await;
    let body = desk.ok("migration", "/search.json?query=Bellandi").await;
    let kinds: std::collections::BTreeSet<&str> = body["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["result_type"].as_str().unwrap())
        .collect();
    assert!(kinds.contains("ticket") && kinds.contains("user"), "{kinds:?}");
    assert_eq!(body["facets"], Value::Null);
    assert_eq!(body["count"], body["results"].as_array().unwrap().len());
    let body = desk.ok("migration", "/search?query=type:organization%20Lanari").await;
    assert_eq!(body["results"][0]["result_type"], "organization");
    assert_eq!(body["results"][0]["id"], 501);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_counts_and_exports_find_the_same() {
    let desk = Desk::open().await;
    let query = "query=type:ticket%20tags:fixture";
    let all = desk.walk("agent-1", &format!("/search?{query}&per_page=3"), "results").await;
    assert_eq!((all.len(), distinct(&all).len()), (8, 8));
    assert_eq!(desk.ok("agent-1", &format!("/search/count.json?{query}")).await["count"], 8);
    // With the type in the filter and in the query, as a real client sends it.
    let path = format!("/search/export?{query}&filter[type]=ticket&page[size]=3");
    let exported = desk.walk("agent-1", &path, "results").await;
    assert_eq!(distinct(&exported), distinct(&all));
    assert_eq!(exported.len(), 8);
    assert!(exported.iter().all(|r| r["result_type"] == "ticket"));
}

// INVARIANT I4.
#[tokio::test(flavor = "multi_thread")]
async fn i4_what_is_hidden_gives_no_hit() {
    let desk = Desk::open().await;
    for (query, agent, all) in [
        ("%224111%201111%201111%201111%22", 0, 1),
        ("%22Giacomo%20Bellandi%22%20type:ticket", 0, 1),
        ("addebitata", 1, 1),
        ("copy", 1, 1),
    ] {
        let count = async |role: &str| {
            desk.ok(role, &format!("/search/count?query={query}")).await["count"].as_i64().unwrap()
        };
        assert_eq!(
            (count("agent-1").await, count("migration").await >= all),
            (agent, true),
            "{query}"
        );
    }
    let miss = desk.get("agent-1", "/search?query=%224111%201111%201111%201111%22").await;
    let never = desk.get("agent-1", "/search?query=%224000%200566%205566%205556%22").await;
    assert_eq!(miss.body, never.body, "a hidden number is like none");
}

#[tokio::test(flavor = "multi_thread")]
async fn searches_that_make_no_sense_are_refused() {
    let desk = Desk::open().await;
    for (path, status) in [
        ("/search", 400),
        ("/search?query=", 400),
        ("/search?query=x&page=11", 422),
        ("/search?query=x&sort_by=subject", 400),
        ("/search/export?query=x", 400),
        ("/search/export?query=x&filter[type]=boss", 400),
        ("/search/count", 400),
    ] {
        let reply = desk.get("agent-1", path).await;
        assert_eq!(reply.status, status, "{path}: {}", reply.body);
    }
    let deep = desk.get("agent-1", "/search?query=x&page=11").await.json();
    assert_eq!(deep["error"], "invalid", "a client stops at this word");
    assert_eq!(desk.get("key-admin", "/search?query=x").await.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exports_cursor_lives_an_hour() {
    let desk = Desk::open().await;
    let path = "/search/export?query=fixture&filter[type]=ticket&page[size]=2";
    let path = path.replace("query=fixture", "query=tags:fixture");
    let body = desk.ok("agent-1", &path).await;
    let cursor = body["meta"]["after_cursor"].as_str().unwrap().to_owned();
    let next = format!("{path}&page[after]={cursor}");
    assert_eq!(desk.get("agent-1", &next).await.status, 200);
    desk.clock.advance(3_601_000_000);
    assert_eq!(desk.get("agent-1", &next).await.status, 400);
}
