//! What a write that died leaves behind doesn't stop the next one, and a key
//! that is there is never put in another's place.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::sync::Arc;

use riserbo::app::{App, Ctx, Options};
use riserbo::service::import::{self, read};
use riserbo::service::keyring::domain;
use riserbo::service::people::{self, NewStaff};
use riserbo::service::view;
use seal::RecordId;

async fn mover(app: &Arc<App>) -> Ctx {
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
    let id = people::create(app, new).await.unwrap();
    Ctx::cli(app, app.people.get(id).unwrap(), "import")
}

const TICKET: &str = r#"{"id":11,"subject":"uno","description":"la mia carta è 4111 1111 1111 1111","requester_id":5,"created_at":"2026-01-01T10:00:00Z"}"#;

#[tokio::test(flavor = "multi_thread")]
async fn an_import_goes_on_with_the_keys_that_a_dead_one_left() {
    let tmp = tempfile::tempdir().unwrap();
    let app = App::open(Options::new(&tmp.path().join("data"))).await.unwrap();
    let ctx = mover(&app).await;
    // As after a kill between keys and data: entries for records that aren't there.
    let (ticket, customer) = (RecordId { noun: 1, id: 11 }, RecordId { noun: 2, id: 5 });
    let log = RecordId { noun: 6, id: 5 };
    let mut left = app.keys.batch(&[ticket, customer, log]).await.unwrap();
    let old = left.key(domain::GENERAL, ticket, 0).unwrap().id();
    left.key(domain::GENERAL, ticket, 3).unwrap();
    left.key(domain::GENERAL, customer, 1).unwrap();
    left.key(domain::LOG, log, 0).unwrap();
    left.commit().await.unwrap();

    let file = tmp.path().join("tickets.jsonl");
    std::fs::write(&file, TICKET).unwrap();
    let source = read::Source::open(&[file], read::Limits::default(), ctx.now()).unwrap();
    let report = import::run(&ctx, source, Arc::new(())).await.unwrap();
    assert_eq!(report.tickets.new, 1);
    let seen = view::ticket(&ctx, 11).await.unwrap();
    assert!(seen.description.unwrap().plain().contains("4111 1111 1111 1111"));
    let mut keys = app.keys.load(&[ticket]).await.unwrap();
    assert_eq!(keys.key(ticket, 0).unwrap().id(), old, "the key that was there is in use");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_writers_of_one_record_keep_each_others_keys() {
    let tmp = tempfile::tempdir().unwrap();
    let app = App::open(Options::new(&tmp.path().join("data"))).await.unwrap();
    let record = RecordId { noun: 1, id: 1 };
    let mut one = app.keys.batch(&[record]).await.unwrap();
    let mut two = app.keys.batch(&[record]).await.unwrap();
    let first = one.key(domain::GENERAL, record, 0).unwrap().id();
    let second = two.key(domain::GENERAL, record, 1).unwrap().id();
    one.commit().await.unwrap();
    two.commit().await.unwrap();
    let mut keys = app.keys.load(&[record]).await.unwrap();
    assert_eq!(keys.key(record, 0).unwrap().id(), first);
    assert_eq!(keys.key(record, 1).unwrap().id(), second);

    // The same category twice: the second is told, and nothing is overwritten.
    let other = RecordId { noun: 1, id: 2 };
    let mut one = app.keys.batch(&[other]).await.unwrap();
    let mut two = app.keys.batch(&[other]).await.unwrap();
    let first = one.key(domain::GENERAL, other, 0).unwrap().id();
    two.key(domain::GENERAL, other, 0).unwrap();
    one.commit().await.unwrap();
    assert!(two.commit().await.is_err());
    let mut keys = app.keys.load(&[other]).await.unwrap();
    assert_eq!(keys.key(other, 0).unwrap().id(), first);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_root_key_is_not_replaced_by_a_new_one() {
    let tmp = tempfile::tempdir().unwrap();
    let dir = tmp.path().join("data");
    let app = App::open(Options::new(&dir)).await.unwrap();
    app.close().await;
    drop(app);
    std::fs::remove_file(dir.join("keys/root.key")).unwrap();
    let refused = App::open(Options::new(&dir)).await.err().unwrap().to_string();
    assert!(refused.contains("root key") && refused.contains("put it back"), "{refused}");
    assert!(!dir.join("keys/root.key").exists());
}
