//! The access log over HTTP: complete, under aliases, paged, and about itself.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::desk::Desk;

async fn look_around(desk: &Desk) {
    for path in
        ["/tickets/1001.json", "/tickets/1002/comments", "/users/2001/", "/tickets?page[size]=3"]
    {
        desk.get("agent-1", path).await;
    }
    desk.get("agent-2", "/tickets/1001").await;
    desk.get("agent-1", "/tickets/Mario.Rossi?query=4111111111111111").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_analyst_sees_who_saw_what_under_aliases() {
    let desk = Desk::open().await;
    look_around(&desk).await;
    let body =
        desk.ok("security-analyst", "/access_logs?filter[path]=/api/v2/tickets/1001.json").await;
    let rows = body["access_logs"].as_array().unwrap();
    assert_eq!(rows.len(), 2);
    let one = &rows[0];
    assert_eq!(one["url"], "/api/v2/tickets/1001");
    assert_eq!((&one["method"], &one["status"]), (&"GET".into(), &200.into()));
    assert_eq!(one["ip_address"], "127.0.0.1");
    assert_eq!(one["privacy"]["customers"], serde_json::json!([2001]));
    assert_eq!(one["privacy"]["ticket"], 1001);
    assert!(one["privacy"]["seen"]["payment"]["masked"].as_u64() >= Some(1), "{one}");
    let alias = |role: &str| desk.app.people.get(desk.staff[role]).unwrap().profile.alias;
    assert_eq!(one["user_id"], alias("agent-1"));
    assert_eq!(rows[1]["user_id"], alias("agent-2"));
    let text = desk.get("security-analyst", "/access_logs").await.body;
    for name in ["agent-1@desk.example", "Anna", "Mario", "4111", "Bellandi"] {
        assert!(!text.contains(name), "{name} stands in the log");
    }
    let own = desk
        .ok("security-analyst", &format!("/access_logs?filter[user_id]={}", alias("agent-2")))
        .await;
    assert_eq!(own["access_logs"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_paged_both_ways_and_without_gaps() {
    let desk = Desk::open().await;
    look_around(&desk).await;
    desk.clock.advance(1_000_000);
    let end = "filter[end]=2026-03-01T10:00:01Z";
    let whole = desk.ok("security-analyst", &format!("/access_logs?{end}")).await;
    let ids = |rows: &[Value]| -> Vec<String> {
        rows.iter().map(|r| r["id"].as_str().unwrap().to_owned()).collect()
    };
    let all = ids(whole["access_logs"].as_array().unwrap());
    assert!(all.len() > 6);
    let walked = ids(&desk
        .walk("security-analyst", &format!("/access_logs?{end}&page[size]=2"), "access_logs")
        .await);
    assert_eq!(walked, all);
    let mut back = ids(&desk
        .walk(
            "security-analyst",
            &format!("/access_logs?{end}&page[size]=3&sort=-created_at"),
            "access_logs",
        )
        .await);
    back.reverse();
    assert_eq!(back, all);
    let one = desk.ok("security-analyst", &format!("/access_logs?{end}&page[size]=3")).await;
    let after = one["meta"]["after_cursor"].as_str().unwrap();
    let two = desk
        .ok("security-analyst", &format!("/access_logs?{end}&page[size]=3&filter[after]={after}"))
        .await;
    assert_eq!(two["meta"]["has_before"], true);
    let before = two["meta"]["before_cursor"].as_str().unwrap();
    let again = desk
        .ok("security-analyst", &format!("/access_logs?{end}&page[size]=3&page[before]={before}"))
        .await;
    assert_eq!(again["access_logs"], one["access_logs"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn others_see_their_own_entries_only() {
    let desk = Desk::open().await;
    look_around(&desk).await;
    let body = desk.ok("agent-2", "/access_logs").await;
    let users: BTreeSet<i64> = body["access_logs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["user_id"].as_i64().unwrap())
        .collect();
    let own = desk.app.people.get(desk.staff["agent-2"]).unwrap().profile.alias;
    assert_eq!(users, BTreeSet::from([i64::from(own)]));
}

// INVARIANT I11.
#[tokio::test(flavor = "multi_thread")]
async fn i11_the_log_tells_on_its_readers() {
    let desk = Desk::open().await;
    desk.ok("security-analyst", "/access_logs").await;
    let body = desk.ok("security-analyst", "/access_logs?filter[path]=/api/v2/access_logs").await;
    assert_eq!(body["access_logs"][0]["privacy"]["action"], "read_log");
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_that_make_no_sense_are_refused_in_this_services_form() {
    let desk = Desk::open().await;
    for query in [
        "filter[start]=yesterday",
        "page[size]=0",
        "filter[user_id]=anna",
        "sort=name",
        "page[after]=x",
    ] {
        let reply = desk.get("security-analyst", &format!("/access_logs?{query}")).await;
        assert_eq!(reply.status, 400, "{query}");
        assert!(reply.json()["errors"][0]["title"].is_string(), "{}", reply.body);
    }
}
