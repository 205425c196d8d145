//! The demo is ready without set-up, and its history went through the services.

use riserbo::app::Ctx;
use riserbo::demo::{self, DemoOptions};
use riserbo::service::access_log::read::{Query, page};
use riserbo::store::log_files;

fn options(dir: &std::path::Path, tickets: usize) -> DemoOptions {
    DemoOptions { data_dir: dir.to_owned(), import: None, tickets, seed: 7 }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_has_every_role_a_desk_and_a_verified_history() {
    let tmp = tempfile::tempdir().unwrap();
    let dir = tmp.path().join("demo");
    let ready = demo::prepare(&options(&dir, 60), &()).await.unwrap();
    let roles: Vec<&str> = ready.accounts.iter().map(|a| a.role.as_str()).collect();
    assert_eq!(roles, demo::ROLES);
    let analyst = demo::by_role(&ready.app, "security-analyst").unwrap();
    let ctx = Ctx::cli(&ready.app, analyst, "test");
    let query = Query { limit: 2_500, ..Query::default() };
    let log = page(&ctx, &query).await.unwrap();
    let count = |action: &str| log.entries.iter().filter(|e| e.header.action == action).count();
    assert!(count("view_ticket") > 20, "agents opened tickets");
    assert!(count("list_tickets") > 50, "agents looked at their queues");
    assert!(count("read_log") > 0, "the log was read, and says so");
    assert!(log.entries.windows(2).all(|w| w[0].header.time <= w[1].header.time));
    let vkey = riserbo::service::log_signer::of(&ready.app.keys).unwrap().1;
    ready.app.close().await;
    drop(ready);
    let report = log_files::verify_dir(&dir.join("log"), &vkey).unwrap();
    assert!(report.problem.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_starts_again_with_new_passwords_and_the_same_desk() {
    let tmp = tempfile::tempdir().unwrap();
    let dir = tmp.path().join("demo");
    let first = demo::prepare(&options(&dir, 30), &()).await.unwrap();
    let old = first.accounts.clone();
    first.app.close().await;
    drop(first);
    let second = demo::prepare(&options(&dir, 30), &()).await.unwrap();
    assert_eq!(second.accounts[0].email, old[0].email);
    assert_ne!(second.accounts[0].password, old[0].password);
    let verify = riserbo::service::people::verify;
    assert!(verify(&second.app, &old[0].email, &second.accounts[0].password).is_ok());
    assert!(verify(&second.app, &old[0].email, &old[0].password).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_that_is_no_demo_is_left_alone() {
    let tmp = tempfile::tempdir().unwrap();
    std::fs::write(tmp.path().join("data.db"), b"something else").unwrap();
    let refused = demo::prepare(&options(tmp.path(), 30), &()).await;
    assert!(refused.is_err());
    assert_eq!(std::fs::read(tmp.path().join("data.db")).unwrap(), b"something else");
}
