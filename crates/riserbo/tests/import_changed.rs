//! A second import of rows that changed at their source.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    reason = "a test stops at the first surprise"
)]

mod importing;

use importing::{open, staff, take, user};
use riserbo::service::{search, view};
use serde_json::{Value, json};

fn ticket(comments: usize, updated: &str, change: Value) -> Value {
    let comments: Vec<Value> = (0..comments)
        .map(|i| {
            json!({"id": 70 + i, "author_id": 100, "body": format!("parola{i}"),
                "created_at": format!("2025-01-0{}T00:00:00Z", i + 1)})
        })
        .collect();
    let mut row = json!({"id": 7, "requester_id": 100, "subject": "s", "status": "open",
        "created_at": "2025-01-01T00:00:00Z", "updated_at": updated, "comments": comments});
    for (key, value) in change.as_object().unwrap() {
        row[key] = value.clone();
    }
    json!({"tickets": [row]})
}

#[tokio::test(flavor = "multi_thread")]
async fn new_comments_and_the_working_columns_are_taken_over() {
    let tmp = tempfile::tempdir().unwrap();
    let app = open(tmp.path()).await;
    let mover = staff(&app, "migration").await;
    take(&mover, &[user(100), ticket(1, "2025-01-01T00:00:00Z", json!({}))]).await;
    let before = view::ticket(&mover, 7).await.unwrap().row;
    let newer = ticket(
        3,
        "2025-02-01T00:00:00Z",
        json!({"status": "solved", "priority": "high", "tags": ["vip"], "group_id": 30}),
    );
    let report = take(&mover, &[user(100), newer.clone()]).await;
    assert_eq!((report.tickets.updated, report.tickets.unchanged, report.comments), (1, 0, 2));
    assert_eq!((report.users.unchanged, report.notes.len()), (1, 0));
    let seen = view::ticket(&mover, 7).await.unwrap();
    let texts: Vec<String> = seen.comments.iter().map(|c| c.body.plain()).collect();
    assert_eq!(texts, ["parola0", "parola1", "parola2"]);
    let row = &seen.row;
    assert_eq!((row.status, row.priority, row.comments), (4, 3, 3));
    assert_eq!((row.tags.as_str(), row.group_id), (r#"["vip"]"#, Some(30)));
    assert!(row.updated_at > before.updated_at && row.generated_at > before.generated_at);
    assert_ne!(row.vector_id, before.vector_id, "who may see it is decided anew");
    let again = take(&mover, &[user(100), newer]).await;
    assert_eq!((again.tickets.unchanged, again.comments), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_comment_is_lifted_and_sealed_like_the_first() {
    let tmp = tempfile::tempdir().unwrap();
    let app = open(tmp.path()).await;
    let mover = staff(&app, "migration").await;
    take(&mover, &[user(100), ticket(1, "2025-01-01T00:00:00Z", json!({}))]).await;
    let mut newer = ticket(2, "2025-02-01T00:00:00Z", json!({}));
    newer["tickets"][0]["comments"][1]["body"] = json!("my card is 4111 1111 1111 1111");
    take(&mover, &[newer]).await;
    let agent = staff(&app, "agent-1").await;
    let seen = view::ticket(&agent, 7).await.unwrap();
    assert!(!seen.comments[1].body.plain().contains("4111"));
    let all = view::ticket(&mover, 7).await.unwrap();
    assert!(all.comments[1].body.plain().contains("4111 1111"));
    assert_eq!(search::count(&agent, "card").await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_taken_over_is_counted() {
    let tmp = tempfile::tempdir().unwrap();
    let app = open(tmp.path()).await;
    let mover = staff(&app, "migration").await;
    let organization = |name: &str| json!({"organizations": [{"id": 9, "name": name}]});
    let first = ticket(1, "2025-01-01T00:00:00Z", json!({}));
    take(&mover, &[organization("A"), user(100), first]).await;
    let renamed = json!({"users": [{"id": 100, "name": "Lia", "role": "end-user"}]});
    let changed = ticket(1, "2025-02-01T00:00:00Z", json!({"subject": "another"}));
    let report = take(&mover, &[organization("B"), renamed, changed]).await;
    assert_eq!(report.notes.get("changed_not_taken"), Some(&3));
    assert_eq!(report.users.changed_not_taken, 1);
    assert_eq!(report.organizations.changed_not_taken, 1);
    assert_eq!(report.tickets.updated, 1);
    assert_eq!(view::ticket(&mover, 7).await.unwrap().subject.plain(), "s");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_that_is_newer_here_keeps_its_columns() {
    let tmp = tempfile::tempdir().unwrap();
    let app = open(tmp.path()).await;
    let mover = staff(&app, "migration").await;
    take(&mover, &[user(100), ticket(1, "2025-01-01T00:00:00Z", json!({}))]).await;
    let mut row = riserbo::store::tickets::get(&app.data, 7).await.unwrap().unwrap();
    (row.status, row.updated_at, row.generated_at) = (2, importing::NOW, importing::NOW);
    let mut tx = app.data.begin().await.unwrap();
    riserbo::store::tickets::update(&mut tx, &row).await.unwrap();
    tx.commit().await.unwrap();
    let newer = ticket(2, "2025-02-01T00:00:00Z", json!({"status": "closed"}));
    let report = take(&mover, &[newer]).await;
    let seen = view::ticket(&mover, 7).await.unwrap();
    assert_eq!((seen.row.status, seen.comments.len()), (2, 2));
    assert_eq!(report.notes.get("changed_not_taken"), Some(&1));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_gone_here_does_not_come_back() {
    let tmp = tempfile::tempdir().unwrap();
    let app = open(tmp.path()).await;
    let mover = staff(&app, "migration").await;
    take(&mover, &[user(100), ticket(3, "2025-01-04T00:00:00Z", json!({}))]).await;
    let mut tx = app.data.begin().await.unwrap();
    tx.exec("DELETE FROM comment WHERE id = 71", vec![]).await.unwrap();
    tx.commit().await.unwrap();
    let report = take(&mover, &[ticket(3, "2025-02-01T00:00:00Z", json!({}))]).await;
    assert_eq!(report.comments, 0);
    assert_eq!(report.notes.get("changed_not_taken"), Some(&1));
    let mut tx = app.data.begin().await.unwrap();
    tx.exec("DELETE FROM ticket WHERE id = 7", vec![]).await.unwrap();
    tx.commit().await.unwrap();
    let report = take(&mover, &[ticket(4, "2025-03-01T00:00:00Z", json!({}))]).await;
    assert_eq!((report.tickets.changed_not_taken, report.comments), (1, 0));
    assert!(view::ticket(&mover, 7).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_description_that_becomes_the_first_comment_is_not_taken_twice() {
    let tmp = tempfile::tempdir().unwrap();
    let app = open(tmp.path()).await;
    let mover = staff(&app, "migration").await;
    let short = json!({"description": "parola0", "comments": []});
    take(&mover, &[user(100), ticket(0, "2025-01-01T00:00:00Z", short)]).await;
    take(&mover, &[ticket(2, "2025-02-01T00:00:00Z", json!({}))]).await;
    let seen = view::ticket(&mover, 7).await.unwrap();
    let texts: Vec<String> = seen.comments.iter().map(|c| c.body.plain()).collect();
    assert_eq!(texts, ["parola0", "parola1"]);
}
