//! People in an export that have no id of their own, or no row.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::sync::Arc;

use riserbo::app::{App, Ctx, Options};
use riserbo::service::import::{self, Report, read};
use riserbo::service::people::{self, NewStaff};
use riserbo::service::view;

async fn desk(dir: &std::path::Path) -> (Arc<App>, Ctx) {
    let app = App::open(Options::new(dir)).await.unwrap();
    let new = NewStaff {
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
    let id = people::create(&app, new).await.unwrap();
    let ctx = Ctx::cli(&app, app.people.get(id).unwrap(), "import");
    (app, ctx)
}

async fn take(ctx: &Ctx, dir: &std::path::Path, lines: &[&str]) -> Report {
    let file = dir.join("tickets.jsonl");
    std::fs::write(&file, lines.join("\n")).unwrap();
    let source = read::Source::open(&[file], read::Limits::default(), ctx.now()).unwrap();
    import::run(ctx, source, Arc::new(())).await.unwrap()
}

const FIRST: &str = r#"{"id":1,"subject":"uno","description":"ciao","requester":{"name":"Lia Conti","email":"lia.conti@posta.example"},"created_at":"2026-01-01T10:00:00Z"}"#;
const SECOND: &str = r#"{"id":2,"subject":"due","description":"ciao","requester":{"name":"Lia C.","email":"LIA.CONTI@posta.example"},"created_at":"2026-01-02T10:00:00Z"}"#;
const NOBODY: &str =
    r#"{"id":3,"subject":"tre","description":"ciao","created_at":"2026-01-03T10:00:00Z"}"#;
const UNKNOWN: &str = r#"{"id":4,"subject":"quattro","description":"ciao","requester_id":77,"created_at":"2026-01-04T10:00:00Z"}"#;

#[tokio::test(flavor = "multi_thread")]
async fn one_address_is_one_customer_in_every_import() {
    let tmp = tempfile::tempdir().unwrap();
    let (_app, ctx) = desk(&tmp.path().join("data")).await;
    let report = take(&ctx, tmp.path(), &[FIRST]).await;
    assert_eq!((report.tickets.new, report.users.new), (1, 1));
    let report = take(&ctx, tmp.path(), &[FIRST, SECOND]).await;
    assert_eq!((report.tickets.new, report.tickets.unchanged, report.users.new), (1, 1, 0));
    let one = view::ticket(&ctx, 1).await.unwrap();
    let two = view::ticket(&ctx, 2).await.unwrap();
    assert!(one.row.requester_id > 0);
    assert_eq!(one.row.requester_id, two.row.requester_id);
    assert_eq!(one.people[&one.row.requester_id].name(), "Lia Conti");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_without_a_known_requester_is_taken_and_noted() {
    let tmp = tempfile::tempdir().unwrap();
    let (_app, ctx) = desk(&tmp.path().join("data")).await;
    let report = take(&ctx, tmp.path(), &[NOBODY, UNKNOWN]).await;
    assert_eq!(report.tickets.new, 2);
    assert_eq!(report.notes.get("missing_requester"), Some(&1));
    assert_eq!(report.notes.get("unknown_user"), Some(&1));
    let nobody = view::ticket(&ctx, 3).await.unwrap();
    assert_eq!(nobody.description.unwrap().plain(), "ciao");
    let unknown = view::ticket(&ctx, 4).await.unwrap();
    assert_eq!(unknown.row.requester_id, 77);
}
