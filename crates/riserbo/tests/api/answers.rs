//! What answers look like: shapes, errors, headers, one event each.

use serde_json::Value;

use crate::desk::Desk;

#[tokio::test(flavor = "multi_thread")]
async fn error_bodies_are_those_of_the_dialect() {
    let desk = Desk::open().await;
    let body = async |role: &str, path: &str| {
        let reply = desk.get(role, path).await;
        format!("{} {}", reply.status, reply.body)
    };
    insta::assert_snapshot!(body("agent-1", "/tickets/424242.json").await, @r#"404 {"error":"RecordNotFound","description":"Not found"}"#);
    insta::assert_snapshot!(body("agent-1", "/tickets/mario.rossi").await, @r#"404 {"error":"RecordNotFound","description":"Not found"}"#);
    insta::assert_snapshot!(body("agent-1", "/users/424242").await, @r#"404 {"error":"RecordNotFound","description":"Not found"}"#);
    insta::assert_snapshot!(body("agent-1", "/nothing/here.json").await, @r#"404 {"error":"InvalidEndpoint","description":"Not found"}"#);
    insta::assert_snapshot!(body("key-admin", "/tickets.json").await, @r#"403 {"error":{"title":"Forbidden","message":"Access to this resource is restricted. Please contact the account administrator for assistance."}}"#);
    insta::assert_snapshot!(body("agent-1", "/incremental/tickets/cursor.json?start_time=0").await, @r#"403 {"error":{"title":"Forbidden","message":"Access to this resource is restricted. Please contact the account administrator for assistance."}}"#);
    insta::assert_snapshot!(body("migration", "/incremental/tickets/cursor.json").await, @r#"400 {"error":"StartTimeMissing","description":"Missing start_time: seconds since 1970, or a cursor"}"#);
    insta::assert_snapshot!(body("agent-1", "/tickets.json?page=101").await, @r#"400 {"error":"InvalidPaginationDepth","description":"Pages by number end at 10,000 rows; use page[size] and follow links.next"}"#);
    insta::assert_snapshot!(body("agent-1", "/tickets.json?page=x").await, @r#"400 {"error":"InvalidValue","description":"page: must be a whole number"}"#);
    insta::assert_snapshot!(body("migration", "/access_logs.json?page[size]=2501").await, @r#"400 {"errors":[{"title":"Malformed query params","detail":"max allowed page size is 2500"}]}"#);
    let reply = desk.send("GET", "/api/v2/access_logs", &[], "").await;
    insta::assert_snapshot!(format!("{} {}", reply.status, reply.body), @r#"401 {"errors":[{"title":"Authentication failed","detail":"Couldn't authenticate you"}]}"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_without_customers_cannot_tell_which_exist() {
    let desk = Desk::open().await;
    for (there, absent) in [("/users/2001", "/users/424242"), ("/tickets/1001", "/tickets/424242")]
    {
        let (there, absent) =
            (desk.get("security-analyst", there).await, desk.get("security-analyst", absent).await);
        assert_eq!((there.status, &there.body), (absent.status, &absent.body));
        assert_eq!(there.status, 403);
    }
    let rows = desk.walk("security-analyst", "/users", "users").await;
    assert!(rows.iter().all(|u| u["role"] != "end-user"), "to this role there are no customers");
    assert_eq!(desk.get("security-analyst", "/users?role=end-user").await.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_has_every_key() {
    let desk = Desk::open().await;
    let mut body = desk.ok("migration", "/tickets/1001.json").await;
    let text = body.to_string().replace(&desk.address.to_string(), "HOST");
    body = serde_json::from_str(&text).unwrap();
    insta::assert_json_snapshot!("ticket_as_migration", body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_has_every_key() {
    let desk = Desk::open().await;
    let body = desk.ok("migration", "/tickets/1001/comments?page=2&per_page=2").await;
    let text = body.to_string().replace(&desk.address.to_string(), "HOST");
    let body: Value = serde_json::from_str(&text).unwrap();
    insta::assert_json_snapshot!("comments_as_migration", body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_has_every_key() {
    let desk = Desk::open().await;
    let body = desk.ok("migration", "/users/2001").await;
    let text = body.to_string().replace(&desk.address.to_string(), "HOST");
    let body: Value = serde_json::from_str(&text).unwrap();
    insta::assert_json_snapshot!("user_as_migration", body);
    let staff = desk.ok("migration", "/users/11").await["user"].clone();
    let keys = |v: &Value| v.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&staff), keys(&body["user"]), "staff and customers have the same keys");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_may_be_kept_or_told_apart_by_its_headers() {
    let desk = Desk::open().await;
    for path in ["/tickets/1001.json", "/tickets/424242", "/nothing", "/users?page=x"] {
        let reply = desk.get("agent-1", path).await;
        assert_eq!(reply.headers["cache-control"], "no-store", "{path}");
        assert_eq!(reply.headers["x-content-type-options"], "nosniff");
        assert_eq!(reply.headers["content-type"], "application/json; charset=utf-8");
        assert!(!reply.headers.contains_key("etag"));
        assert!(!reply.headers.contains_key("last-modified"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_requests_are_borne_with() {
    let desk = Desk::open().await;
    let auth = desk.bearer("agent-1");
    for target in [
        "/api/v2/tickets/1001",
        "/api/v2/tickets/1001.json",
        "/api/v2/tickets/1001/",
        "/api/v2/tickets/1001.json?include=",
    ] {
        let reply =
            desk.send("GET", target, std::slice::from_ref(&auth), r#"{"ticket":{"id":1}}"#).await;
        assert_eq!(reply.status, 200, "{target}");
    }
    let reply = desk.send("HEAD", "/api/v2/tickets/1001", std::slice::from_ref(&auth), "").await;
    assert_eq!((reply.status, reply.body.as_str()), (200, ""));
    let reply = desk.send("OPTIONS", "/api/v2/tickets/1001", &[], "").await;
    assert_eq!((reply.status, reply.headers["allow"].as_str()), (204, "GET, HEAD, OPTIONS"));
    let reply = desk.send("POST", "/api/v2/tickets", std::slice::from_ref(&auth), "{}").await;
    assert_eq!(reply.status, 404, "no write side yet");
    let big = "x".repeat(2 << 20);
    let reply = desk.send("GET", "/api/v2/tickets/1001", std::slice::from_ref(&auth), &big).await;
    assert_eq!(reply.status, 413);
    let long = ("x-long", "y".repeat(40 << 10));
    let reply = desk.send("GET", "/api/v2/tickets/1001", &[auth.clone(), long], "").await;
    assert_eq!(reply.status, 400);
    let host = ("host", "evil.example/path".to_owned());
    let reply = desk.send("GET", "/api/v2/users/me", &[auth, host], "").await;
    assert_eq!(reply.status, 400);
    let reply = desk.send("GET", "/healthz", &[], "").await;
    assert_eq!((reply.status, reply.body.as_str()), (200, r#"{"status":"ok"}"#));
}

#[tokio::test(flavor = "multi_thread")]
async fn links_lead_to_the_host_that_was_asked() {
    let desk = Desk::open().await;
    let headers = [desk.bearer("agent-1"), ("host", "desk.example:8443".to_owned())];
    let reply = desk.send("GET", "/api/v2/tickets?page[size]=1", &headers, "").await;
    let body = reply.json();
    assert!(
        body["links"]["next"]
            .as_str()
            .unwrap()
            .starts_with("http://desk.example:8443/api/v2/tickets.json?")
    );
    assert_eq!(body["tickets"][0]["url"], "http://desk.example:8443/api/v2/tickets/1001.json");
}

// INVARIANT I1.
#[tokio::test(flavor = "multi_thread")]
async fn i1_every_answer_is_one_event() {
    let desk = Desk::open().await;
    for path in [
        "/users/me",
        "/users/11",
        "/users/2001",
        "/users?per_page=3",
        "/users?page[size]=3",
        "/users?role=agent",
        "/users/count",
        "/users/show_many?ids=11,2001,2002",
        "/users?external_id=CLI-0099123",
        "/tickets?per_page=3",
        "/tickets?page[size]=3&include=users",
        "/tickets/1001",
        "/tickets/show_many?ids=1001,1002",
        "/tickets/count",
        "/tickets/1001/comments",
        "/tickets/1001/comments/count",
        "/tickets/424242",
        "/tickets/abc",
        "/tickets?page=x",
        "/groups",
        "/organizations",
        "/organizations/501",
        "/ticket_fields",
        "/incremental/tickets/cursor?start_time=0",
        "/incremental/tickets?start_time=0",
        "/search?query=addebitata",
        "/search?query=nothing-of-the-sort",
        "/search/count?query=Bellandi",
        "/search/export?query=copy&filter[type]=ticket&page[size]=2",
        "/search?query=x&page=11",
        "/access_logs",
    ] {
        for role in ["agent-1", "migration", "security-analyst"] {
            let before = desk.entries();
            let reply = desk.get(role, path).await;
            assert_eq!(desk.entries(), before + 1, "{role} {path} {}", reply.status);
        }
    }
}

// INVARIANT I1.
#[tokio::test(flavor = "multi_thread")]
async fn i1_without_a_log_there_is_no_data() {
    let desk = Desk::open().await;
    assert_eq!(desk.get("migration", "/tickets/1001").await.status, 200);
    desk.faults.refuse_sync(true);
    for path in [
        "/tickets/1001.json",
        "/tickets/424242",
        "/tickets?page[size]=3",
        "/tickets/1001/comments",
        "/users/2001",
        "/users",
        "/users/me",
        "/tickets/count",
        "/groups",
        "/organizations",
        "/incremental/tickets/cursor?start_time=0",
        "/search?query=addebitata",
        "/search/count?query=addebitata",
        "/access_logs",
        "/tickets?page=x",
    ] {
        let reply = desk.get("migration", path).await;
        assert_eq!(reply.status, 503, "{path}: {}", reply.body);
        assert_eq!(reply.headers["retry-after"], "5");
        if path == "/access_logs" {
            assert!(reply.body.starts_with(r#"{"errors":[{"#), "{}", reply.body);
        } else {
            insta::allow_duplicates! {
                insta::assert_snapshot!(reply.body, @r#"{"error":"log_unavailable","description":"the access log can't be written, so nothing is shown; tell an operator"}"#);
            }
        }
    }
    assert_eq!(desk.send("GET", "/healthz", &[], "").await.status, 503);
}
