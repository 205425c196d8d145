//! A desk, and exports of a few rows for it.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::path::Path;
use std::sync::Arc;

use riserbo::app::{App, Ctx, Options};
use riserbo::clock::ManualClock;
use riserbo::service::import::{self, Report, read};
use riserbo::service::people::{self, NewStaff};
use serde_json::{Value, json};

/// The time of every test: nothing here depends on the machine's.
pub(crate) const NOW: i64 = 1_780_000_000_000_000;

/// Opens a desk's directory.
pub(crate) async fn open(dir: &Path) -> Arc<App> {
    open_with(Options { clock: Arc::new(ManualClock::at(NOW)), ..Options::new(dir) }).await
}

/// Opens a desk with other options.
pub(crate) async fn open_with(options: Options) -> Arc<App> {
    App::open(options).await.unwrap()
}

/// Somebody of a role.
pub(crate) async fn staff(app: &Arc<App>, role: &str) -> Ctx {
    let new = NewStaff {
        wanted_id: None,
        email: format!("{role}@desk.example"),
        name: format!("Anna {role}"),
        locale: "it".into(),
        roles: vec![role.into()],
        groups: vec![],
        software: false,
        state: 0,
        password: None,
    };
    let id = people::create(app, new).await.unwrap();
    Ctx::cli(app, app.people.get(id).unwrap(), "test")
}

/// The source of some pages of an export.
pub(crate) fn source(dir: &Path, pages: &[Value]) -> read::Source {
    let path = dir.join("export.jsonl");
    let text: Vec<String> = pages.iter().map(Value::to_string).collect();
    std::fs::write(&path, text.join("\n")).unwrap();
    read::Source::open(&[path], read::Limits::default(), NOW).unwrap()
}

/// Imports some pages of an export.
pub(crate) async fn take(ctx: &Ctx, pages: &[Value]) -> Report {
    let tmp = tempfile::tempdir().unwrap();
    let source = source(tmp.path(), pages);
    import::run(ctx, source, Arc::new(())).await.unwrap()
}

/// A customer's row.
pub(crate) fn user(id: i64) -> Value {
    json!({"users": [{"id": id, "name": "Mario Rossi", "role": "end-user",
        "email": format!("mario{id}@example.org")}]})
}
