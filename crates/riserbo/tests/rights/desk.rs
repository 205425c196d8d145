//! A desk for tests: opened at a fixed time, with colleagues and rows.

use std::path::Path;
use std::sync::Arc;

use riserbo::app::{App, Ctx, Options};
use riserbo::clock::ManualClock;
use riserbo::service::import::{self, read};
use riserbo::service::people::{self, NewStaff};
use serde_json::{Value, json};

pub(crate) const NOW: i64 = 1_780_000_000_000_000;

/// A desk at [`NOW`].
pub(crate) async fn open(dir: &Path) -> Arc<App> {
    let clock = Arc::new(ManualClock::at(NOW));
    App::open(Options { clock, ..Options::new(dir) }).await.unwrap()
}

/// A colleague to be made.
pub(crate) fn new(name: &str, role: &str) -> NewStaff {
    NewStaff {
        wanted_id: None,
        email: format!("{name}@desk.example"),
        name: format!("Anna {name}"),
        locale: "it".into(),
        roles: vec![role.into()],
        groups: vec![],
        software: false,
        state: 0,
        password: None,
    }
}

/// A colleague of a role, signed in.
pub(crate) async fn staff(app: &Arc<App>, role: &str) -> Ctx {
    let id = people::create(app, new(role, role)).await.unwrap();
    Ctx::cli(app, app.people.get(id).unwrap(), "test")
}

/// Imports rows.
pub(crate) async fn take(ctx: &Ctx, rows: &[Value]) {
    let tmp = tempfile::tempdir().unwrap();
    let path = tmp.path().join("export.jsonl");
    let text: Vec<String> = rows.iter().map(Value::to_string).collect();
    std::fs::write(&path, text.join("\n")).unwrap();
    let source = read::Source::open(&[path], read::Limits::default(), NOW).unwrap();
    import::run(ctx, source, Arc::new(())).await.unwrap();
}

/// A customer's row of an export.
pub(crate) fn user(id: i64) -> Value {
    json!({"users":[{"id":id,"name":"Mario Rossi","email":format!("mario{id}@example.org"),
        "role":"end-user"}]})
}
