//! The main job, end to end: an export is imported, and principals of different
//! roles open the same ticket.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

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
    let source =
        || read::Source::open(&[dir.clone()], read::Limits::default(), app.clock.now()).unwrap();
    let t = std::time::Instant::now();
    let report = import::run(&ctx, source(), Arc::new(())).await.unwrap();
    eprintln!("{:?} {}", t.elapsed(), serde_json::to_string_pretty(&report).unwrap());
    assert_eq!(report.tickets.new, 1_000);
    assert_eq!(report.comments, 9_742);
    assert_eq!(report.users.new, 814);
    let again = import::run(&ctx, source(), Arc::new(())).await.unwrap();
    assert_eq!((again.tickets.new, again.tickets.unchanged), (0, 1_000));
    for who in [migration, agent] {
        let ctx = Ctx::cli(&app, app.people.get(who).unwrap(), "view");
        let view = view::ticket(&ctx, 100_500).await.unwrap();
        eprintln!("== {} {}", view.subject.plain(), view.people[&view.row.requester_id].name());
        for c in view.comments.iter().take(12) {
            eprintln!("{}: {}", c.author_id, c.body.plain());
        }
    }
    app.close().await;
    for f in ["data.db", "keys.db", "index.db"] {
        eprintln!("{f} {}", std::fs::metadata(tmp.path().join(f)).unwrap().len());
    }
}
