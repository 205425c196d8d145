//! Lists, page by page: every row once, whichever way a client walks.

use serde_json::Value;

use crate::desk::{Desk, distinct, ids};

#[tokio::test(flavor = "multi_thread")]
async fn every_ticket_comes_once_both_ways() {
    let desk = Desk::open().await;
    // Nine tickets, one of them deleted.
    for path in [
        "/tickets.json?per_page=3",
        "/tickets.json?page[size]=3",
        "/tickets?page%5Bsize%5D=1",
        "/tickets",
    ] {
        let rows = desk.walk("agent-1", path, "tickets").await;
        assert_eq!((rows.len(), distinct(&rows).len()), (8, 8), "{path}");
    }
    let mut newest =
        ids(&desk.walk("agent-1", "/tickets?page[size]=3&sort=-updated_at", "tickets").await);
    assert_eq!(newest[..3], [1009, 1007, 1006]);
    newest.sort_unstable();
    assert_eq!(newest, [1001, 1002, 1003, 1004, 1005, 1006, 1007, 1009]);
    let first = desk.ok("agent-1", "/tickets?per_page=3&sort_by=created_at&sort_order=desc").await;
    assert_eq!(first["count"], 8);
    assert_eq!(first["tickets"][0]["id"], 1009);
    assert_eq!(first["previous_page"], Value::Null);
    assert!(first["next_page"].as_str().unwrap().contains("sort_order=desc"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_goes_back_the_way_it_came() {
    let desk = Desk::open().await;
    let one = desk.ok("agent-1", "/tickets?page[size]=3").await;
    let cursor = |body: &Value, which: &str| body["meta"][which].as_str().unwrap().to_owned();
    let two = desk
        .ok(
            "agent-1",
            &format!("/tickets?page[size]=3&page[after]={}", cursor(&one, "after_cursor")),
        )
        .await;
    assert_eq!(ids(two["tickets"].as_array().unwrap()), [1004, 1005, 1006]);
    let back = desk
        .ok(
            "agent-1",
            &format!("/tickets?page[size]=3&page[before]={}", cursor(&two, "before_cursor")),
        )
        .await;
    assert_eq!(back["tickets"], one["tickets"]);
    assert_eq!(back["meta"]["has_more"], false);
    assert_eq!(back["links"]["prev"], Value::Null);
    assert_eq!(one["links"]["prev"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_fits_its_list_its_filter_and_its_principal_only() {
    let desk = Desk::open().await;
    let body = desk.ok("agent-1", "/tickets?page[size]=3&sort=-id").await;
    let cursor = body["meta"]["after_cursor"].as_str().unwrap();
    let good = format!("/tickets?page[size]=2&sort=-id&page[after]={cursor}");
    assert_eq!(desk.get("agent-1", &good).await.status, 200);
    let mut changed: Vec<char> = cursor.chars().collect();
    changed[20] = if changed[20] == 'A' { 'B' } else { 'A' };
    let changed: String = changed.into_iter().collect();
    for (role, path) in [
        ("agent-2", good.clone()),
        ("agent-1", format!("/tickets?page[size]=3&page[after]={cursor}")),
        ("agent-1", format!("/tickets?page[size]=3&sort=id&page[after]={cursor}")),
        ("agent-1", format!("/users?page[size]=3&sort=-id&page[after]={cursor}")),
        ("agent-1", format!("/tickets?page[size]=3&sort=-id&page[after]={changed}")),
        ("agent-1", "/tickets?page[size]=3&page[after]=eyJub25zZW5zZSI6MX0".to_owned()),
    ] {
        let reply = desk.get(role, &path).await;
        assert_eq!(reply.status, 400, "{path}");
        insta::allow_duplicates! {
            insta::assert_snapshot!(reply.body, @r#"{"errors":[{"title":"Invalid cursor","detail":"this cursor was not given for this list and this user"}]}"#);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn comments_come_oldest_first_and_every_way_round() {
    let desk = Desk::open().await;
    let all = [7001, 7002, 7003, 7004, 7005];
    let mut reversed = all;
    reversed.reverse();
    for (query, wanted) in [
        ("", all),
        ("?per_page=2", all),
        ("?page[size]=2", all),
        ("?page[size]=1&sort=created_at", all),
        ("?page[size]=2&sort=-created_at", reversed),
        ("?page[size]=5&sort=-created_at", reversed),
        ("?per_page=2&sort_order=desc", reversed),
    ] {
        let rows =
            desk.walk("agent-1", &format!("/tickets/1001/comments.json{query}"), "comments").await;
        assert_eq!(ids(&rows), wanted, "{query}");
    }
    let two = desk.ok("agent-1", "/tickets/1001/comments?page[size]=2&sort=-created_at").await;
    let next = two["meta"]["after_cursor"].as_str().unwrap();
    let path = format!("/tickets/1001/comments?page[size]=2&sort=-created_at&page[after]={next}");
    let four = desk.ok("agent-1", &path).await;
    let before = four["meta"]["before_cursor"].as_str().unwrap();
    let path =
        format!("/tickets/1001/comments?page[size]=2&sort=-created_at&page[before]={before}");
    assert_eq!(desk.ok("agent-1", &path).await["comments"], two["comments"]);
    assert_eq!(desk.ok("agent-1", "/tickets/1001/comments/count").await["count"]["value"], 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn users_are_staff_and_customers_in_one_list() {
    let desk = Desk::open().await;
    // Six accounts, two colleagues of the export, five customers.
    let total = 13;
    for path in ["/users?per_page=4", "/users?page[size]=4", "/users?page[size]=1"] {
        let rows = desk.walk("agent-1", path, "users").await;
        assert_eq!((rows.len(), distinct(&rows).len()), (total, total), "{path}");
        assert!(ids(&rows).is_sorted(), "{path}");
    }
    let mut down = ids(&desk.walk("agent-1", "/users?page[size]=4&sort=-id", "users").await);
    assert_eq!(down.len(), total);
    down.reverse();
    assert!(down.is_sorted());
    let roles = |rows: Vec<Value>| -> Vec<String> {
        rows.iter().map(|r| r["role"].as_str().unwrap().to_owned()).collect()
    };
    let customers = roles(desk.walk("agent-1", "/users?role=end-user&per_page=2", "users").await);
    assert_eq!(customers, vec!["end-user"; 5]);
    let staff =
        roles(desk.walk("agent-1", "/users?role[]=agent&role[]=admin&page[size]=3", "users").await);
    assert_eq!(staff.len(), 8);
    assert_eq!(staff.iter().filter(|r| *r == "admin").count(), 1);
    assert_eq!(desk.ok("agent-1", "/users/count?role=end-user").await["count"]["value"], 5);
    assert_eq!(desk.ok("agent-1", "/users/count").await["count"]["value"], total);
}

#[tokio::test(flavor = "multi_thread")]
async fn short_lists_have_pages_too() {
    let desk = Desk::open().await;
    for path in ["/groups?page[size]=1", "/groups?per_page=1", "/groups.json", "/groups/"] {
        assert_eq!(ids(&desk.walk("agent-1", path, "groups").await), [3001, 3002], "{path}");
    }
    for path in ["/organizations?page[size]=1", "/organizations?per_page=1"] {
        assert_eq!(ids(&desk.walk("agent-1", path, "organizations").await), [501, 502], "{path}");
    }
    assert_eq!(
        desk.walk("agent-1", "/ticket_fields?page[size]=3", "ticket_fields").await.len(),
        10
    );
    assert_eq!(desk.walk("agent-1", "/user_fields", "user_fields").await[0]["key"], "level");
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_of_one_person_hold_theirs() {
    let desk = Desk::open().await;
    let list = async |path: &str| ids(&desk.walk("agent-1", path, "tickets").await);
    assert_eq!(list("/users/2001/tickets/requested").await, [1001, 1005]);
    assert_eq!(list("/users/12/tickets/assigned?page[size]=1").await, [1002, 1003]);
    assert_eq!(list("/organizations/501/tickets.json").await, [1001]);
    assert_eq!(list("/users/999999/tickets/requested").await, [] as [i64; 0]);
    assert_eq!(list("/tickets/show_many?ids=1003,1001,424242,1008").await.len(), 3);
    assert_eq!(desk.ok("agent-1", "/tickets/count").await["count"]["value"], 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_that_make_no_sense_are_refused() {
    let desk = Desk::open().await;
    for path in [
        "/tickets?page=101",
        "/tickets?page=5001&per_page=2",
        "/tickets?page=9223372036854775807&per_page=100",
        "/tickets?page=0",
        "/tickets?page=two",
        "/tickets?page=2&page[size]=3",
        "/tickets?page[size]=0",
        "/tickets?page[size]=101",
        "/tickets?page[size]=2&sort=subject",
        "/tickets?external_id=x",
        "/tickets/show_many",
        "/tickets/show_many?ids=a",
        "/users?role=boss",
    ] {
        let reply = desk.get("agent-1", path).await;
        assert_eq!(reply.status, 400, "{path}: {}", reply.body);
        assert!(!reply.body.contains("boss"), "what was typed does not come back");
    }
    assert_eq!(desk.get("agent-1", "/tickets?page=100").await.status, 200);
    assert_eq!(
        desk.get("agent-1", "/tickets?per_page=500").await.status,
        200,
        "too many is the most"
    );
}
