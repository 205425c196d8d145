//! The main job, end to end: an export is imported, and principals of different
//! roles open the same ticket.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test stops at the first surprise and says what it skips"
)]

use std::path::PathBuf;
use std::sync::Arc;

use riserbo::app::{App, Ctx, Options};
use riserbo::service::import::{self, read};
use riserbo::service::people::{self, NewStaff};
use riserbo::service::view;

fn export() -> Option<PathBuf> {
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/support-export");
    if dir.is_dir() {
        Some(dir)
    } else {
        eprintln!("skipped: ../shared/data/support-export is not here");
        None
    }
}

async fn staff(app: &Arc<App>, role: &str) -> i64 {
    people::create(
        app,
        NewStaff {
            wanted_id: None,
            email: format!("{role}@desk.example"),
            name: format!("Anna {role}"),
            locale: "it".into(),
            roles: vec![role.into()],
            groups: vec![],
            software: false,
            state: 0,
            password: None,
        },
    )
    .await
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_imported_and_seen_by_role() {
    let Some(dir) = export() else { return };
    let tmp = tempfile::tempdir().unwrap();
    let app = App::open(Options::new(tmp.path())).await.unwrap();
    let migration = staff(&app, "migration").await;
    let agent = staff(&app, "agent-1").await;
    let ctx = Ctx::cli(&app, app.people.get(migration).unwrap(), "import");
    let source = || {
        let paths = [dir.clone()];
        read::Source::open(&paths, read::Limits::default(), app.clock.now()).unwrap()
    };
    let report = import::run(&ctx, source(), Arc::new(())).await.unwrap();
    assert_eq!((report.users.new, report.organizations.new), (814, 5));
    assert_eq!((report.tickets.new, report.comments), (1_000, 9_742));
    for kind in ["person", "email", "phone", "address", "credit_card", "us_ssn"] {
        assert!(report.kinds.contains_key(kind), "{kind} is found");
    }
    let again = import::run(&ctx, source(), Arc::new(())).await.unwrap();
    assert_eq!((again.tickets.new, again.tickets.unchanged, again.comments), (0, 1_000, 0));
    assert_eq!((again.users.new, again.users.unchanged), (0, 814));

    let moved = view::ticket(&ctx, 100_500).await.unwrap();
    let ctx = Ctx::cli(&app, app.people.get(agent).unwrap(), "view");
    let masked = view::ticket(&ctx, 100_500).await.unwrap();
    assert_eq!(moved.comments.len(), masked.comments.len());
    let text = |view: &view::TicketView| {
        view.comments.iter().map(|c| c.body.plain()).collect::<Vec<_>>().join("\n")
    };
    let (clear, shown) = (text(&moved), text(&masked));
    assert!(clear.contains("my last name is william"));
    assert!(!shown.contains("william"), "the name is lifted out wherever it stands");
    assert!(shown.contains("my last name is Cliente "), "and its place is the customer's handle");
    assert!(clear.contains("william 568 gmailcom") && shown.contains("my email address is ["));
    let requester = |view: &view::TicketView| {
        view.people.get(&view.row.requester_id).map(view::Person::name).unwrap()
    };
    assert_eq!(requester(&moved), "William");
    assert!(requester(&masked).starts_with("Cliente "));
    app.close().await;
}
