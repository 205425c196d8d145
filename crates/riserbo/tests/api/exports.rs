//! The incremental export: complete, in order, resumable, masked by role.

use serde_json::Value;

use crate::desk::{Desk, distinct, ids};

async fn all(desk: &Desk, role: &str, start: &str) -> (Vec<Value>, String) {
    let mut rows = Vec::new();
    let mut path = format!("/incremental/tickets/cursor.json?{start}");
    loop {
        let body = desk.ok(role, &path).await;
        rows.extend(body["tickets"].as_array().unwrap().iter().cloned());
        assert!(rows.len() < 100);
        let url = body["after_url"].as_str().unwrap();
        path = url.split_once("/api/v2").unwrap().1.to_owned();
        if body["end_of_stream"] == true {
            return (rows, body["after_cursor"].as_str().unwrap().to_owned());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_ticket_comes_once_deleted_ones_too() {
    let desk = Desk::open().await;
    for start in [
        "start_time=0",
        "start_time=946684800.0&per_page=2",
        "start_time=2020-01-01T00:00:00Z&per_page=1",
        "cursor=undefined&start_time=0&page[size]=2",
    ] {
        let (rows, _) = all(&desk, "migration", start).await;
        assert_eq!((rows.len(), distinct(&rows).len()), (9, 9), "{start}");
        let clocks: Vec<i64> =
            rows.iter().map(|r| r["generated_timestamp"].as_i64().unwrap()).collect();
        assert!(clocks.is_sorted());
        assert!(rows.iter().all(|r| r["fields"].is_array()));
    }
    let (rows, _) = all(&desk, "migration", "start_time=0&exclude_deleted=true&per_page=3").await;
    assert_eq!(rows.len(), 8);
    let deleted = all(&desk, "migration", "start_time=0").await.0;
    assert_eq!(deleted.iter().filter(|t| t["status"] == "deleted").count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_goes_on_where_it_ended() {
    let desk = Desk::open().await;
    let (_, cursor) = all(&desk, "migration", "start_time=0").await;
    let again = desk.ok("migration", &format!("/incremental/tickets/cursor?cursor={cursor}")).await;
    assert_eq!(again["tickets"], serde_json::json!([]));
    assert_eq!(again["end_of_stream"], true);
    assert_eq!(again["after_cursor"].as_str().map(str::len), Some(cursor.len()), "still good");
    // From a page in the middle, after a new start of the client.
    let body = desk.ok("migration", "/incremental/tickets/cursor?start_time=0&per_page=4").await;
    let first = ids(body["tickets"].as_array().unwrap());
    let cursor = body["after_cursor"].as_str().unwrap();
    let (rest, _) = all(&desk, "migration", &format!("cursor={cursor}")).await;
    let mut together = first;
    together.extend(ids(&rest));
    together.sort_unstable();
    assert_eq!(together, [1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009]);
    let foreign =
        desk.get("integration", &format!("/incremental/tickets/cursor?cursor={cursor}")).await;
    assert_eq!(foreign.status, 400, "a cursor is its principal's");
}

#[tokio::test(flavor = "multi_thread")]
async fn by_time_the_last_second_repeats_and_nothing_is_lost() {
    let desk = Desk::open().await;
    let mut seen = std::collections::BTreeSet::new();
    let mut start = 0;
    for _ in 0..50 {
        let path = format!("/incremental/tickets.json?start_time={start}&per_page=2");
        let body = desk.ok("migration", &path).await;
        assert_eq!(
            body["count"].as_u64().unwrap() as usize,
            body["tickets"].as_array().unwrap().len()
        );
        seen.extend(ids(body["tickets"].as_array().unwrap()));
        start = body["end_time"].as_i64().unwrap();
        if body["end_of_stream"] == true {
            break;
        }
    }
    assert_eq!(seen.len(), 9);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_masked_by_its_readers_role() {
    let desk = Desk::open().await;
    let (rows, _) = all(&desk, "integration", "start_time=0&include=users").await;
    let text = Value::Array(rows).to_string();
    assert!(!text.contains("4111 1111 1111 1111") && !text.contains("IT60X0542811101000000123456"));
    assert!(text.contains("Giacomo Bellandi"), "identity is shown to this role");
    let (rows, _) = all(&desk, "migration", "start_time=0").await;
    assert!(Value::Array(rows).to_string().contains("4111 1111 1111 1111"));
    for role in ["agent-1", "agent-2", "security-analyst", "key-admin"] {
        assert_eq!(
            desk.get(role, "/incremental/tickets/cursor?start_time=0").await.status,
            403,
            "{role}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn start_times_that_are_none_are_refused() {
    let desk = Desk::open().await;
    for query in [
        "",
        "start_time=",
        "start_time=soon",
        "start_time=-5",
        "cursor=bad",
        "start_time=0&per_page=0",
    ] {
        let reply = desk.get("migration", &format!("/incremental/tickets/cursor?{query}")).await;
        assert_eq!(reply.status, 400, "{query}: {}", reply.body);
    }
}
