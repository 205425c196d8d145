//! The Python client zenpy, unchanged, does its journey (`tests/zenpy/journey.py`)
//! against our server: over the small desk, and over the real export where it is.

use std::path::{Path, PathBuf};

use riserbo::config::Config;

use crate::desk::{Desk, fixture};

/// An interpreter that can import zenpy; `scripts/test` makes one.
fn python() -> Option<String> {
    let python = std::env::var("RISERBO_TEST_PYTHON").ok().filter(|p| !p.is_empty());
    if python.is_none() {
        eprintln!(
            "skipped: RISERBO_TEST_PYTHON names no interpreter with zenpy (scripts/test makes one)"
        );
    }
    python
}

async fn journey(python: String, desk: &Desk, export: &Path) {
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/zenpy/journey.py");
    let account = |role: &str| format!("{role}@desk.example {}", desk.tokens[role]);
    let mut command = std::process::Command::new(python);
    command
        .arg("-B")
        .arg(script)
        .env("ZENPY_FORCE_NETLOC", desk.address.to_string())
        .env("ZENPY_FORCE_SCHEME", "http")
        .env("JOURNEY_EXPORT", export)
        .env("JOURNEY_MIGRATION", account("migration"))
        .env("JOURNEY_AGENT", account("agent-1"));
    let out = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    let (said, wrong) =
        (String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    assert!(out.status.success(), "{said}\n{wrong}");
    assert!(said.ends_with("journey: done\n"), "{said}");
    eprintln!("{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn zenpy_reads_the_small_desk() {
    let Some(python) = python() else { return };
    let desk = Desk::open().await;
    journey(python, &desk, &fixture()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn zenpy_reads_the_real_export() {
    let Some(python) = python() else { return };
    let export =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/support-export");
    if !export.is_dir() {
        eprintln!("skipped: ../shared/data/support-export is not here");
        return;
    }
    let desk = Desk::over(&export, Config::default(), |config| config).await;
    journey(python, &desk, &export).await;
}
