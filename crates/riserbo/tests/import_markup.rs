//! HTML in an export that can't be read as HTML at a bearable price.

use std::sync::Arc;

use riserbo::app::{App, Ctx, Options};
use riserbo::service::import::{self, read};
use riserbo::service::people::{self, NewStaff};
use riserbo::service::view;

#[tokio::test(flavor = "multi_thread")]
async fn an_absurd_tag_is_taken_as_text_and_counted() {
    let tmp = tempfile::tempdir().unwrap();
    let app = App::open(Options::new(&tmp.path().join("data"))).await.unwrap();
    let mover = NewStaff {
        wanted_id: None,
        email: "mover@desk.example".into(),
        name: "Mover".into(),
        locale: "it".into(),
        roles: vec!["migration".into()],
        groups: vec![],
        software: true,
        state: 0,
        password: None,
    };
    let id = people::create(&app, mover).await.unwrap();
    let ctx = Ctx::cli(&app, app.people.get(id).unwrap(), "import");

    let attributes: String = (0..30_000).map(|n| format!(" x{n}=\">\"")).collect();
    let absurd = format!("<p>ciao</p><i{attributes}>c</i><script>alert(1)</script>");
    let comment = |id: i64, html: &str| {
        serde_json::json!({
            "id": id, "author_id": 7, "html_body": html, "created_at": "2026-01-01T10:00:00Z",
        })
    };
    let ticket = serde_json::json!({
        "id": 1, "subject": "uno", "requester_id": 7, "created_at": "2026-01-01T10:00:00Z",
        "comments": [comment(11, "<p>ciao<script>alert(1)</script></p>"), comment(12, &absurd)],
    });
    let file = tmp.path().join("tickets.jsonl");
    std::fs::write(&file, ticket.to_string()).unwrap();
    let source = read::Source::open(&[file], read::Limits::default(), ctx.now()).unwrap();
    let report = import::run(&ctx, source, Arc::new(())).await.unwrap();

    assert_eq!(report.comments, 2);
    assert_eq!(report.notes.get("markup_given_up"), Some(&1), "the ordinary one is not counted");
    let seen = view::ticket(&ctx, 1).await.unwrap();
    let bodies: Vec<String> = seen.comments.iter().map(|c| c.body.plain()).collect();
    assert_eq!(bodies.first().unwrap(), "ciao");
    let text = bodies.last().unwrap();
    assert!(text.starts_with("ciao\n\n<i x0=\">\" x1") && text.ends_with("alert(1)</script>"));
}
