//! P7, P10, P11: import of a generated company, the start on what it left, and
//! the space that it takes.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use super::Row;
use crate::app::{App, Ctx, Options};
use crate::clock::{Clock, SystemClock};
use crate::demo::company::Company;
use crate::error::{Error, Result};
use crate::service::import::{self, Watch, read};
use crate::service::people::{self, NewStaff};

/// A desk to measure on.
pub(super) struct Desk {
    /// The application.
    pub(super) app: Arc<App>,
    /// Rows measured on the way.
    pub(super) rows: Vec<Row>,
    /// Tickets of about ten comments.
    pub(super) tickets: Vec<i64>,
}

fn failed<E: std::fmt::Display>(error: E) -> Error {
    Error::Setup(format!("the desk could not be made: {error}"))
}

async fn staff(app: &App, role: &str) -> Result<i64> {
    let new = NewStaff {
        wanted_id: None,
        email: format!("{role}@bench.example"),
        name: role.to_owned(),
        locale: String::from("it"),
        roles: vec![role.to_owned()],
        groups: vec![],
        software: true,
        state: 0,
        password: None,
    };
    people::create(app, new).await
}

/// Makes the desk and measures its import.
pub(super) async fn desk(dir: &Path, quick: bool) -> Result<Desk> {
    let count = if quick { 400 } else { 4_000 };
    let now = SystemClock.now();
    let company = Company::generate(23, now, count);
    let app = App::open(Options::new(dir)).await?;
    let mover = staff(&app, "migration").await?;
    staff(&app, "agent-1").await?;
    let ctx = Ctx::cli(&app, app.people.get(mover).ok_or(Error::NotFound)?, "bench");
    let mut rows = Vec::new();
    crate::demo::with_export(&company, |file| {
        let (ctx, rows) = (ctx.clone(), &mut rows);
        async move { measure(&ctx, file, now, rows).await }
    })
    .await?;
    let tickets = company
        .facts
        .tickets
        .iter()
        .filter(|t| (9..=11).contains(&t.turns.len()))
        .map(|t| t.ticket_id)
        .collect();
    drop(ctx);
    sizes(dir, &app, &mut rows).await?;
    app.close().await;
    drop(app);
    let start = Instant::now();
    let app = App::open(Options::new(dir)).await?;
    let opened = start.elapsed().as_secs_f64() * 1e3;
    rows.push(plain("P10", "start of the application", opened, "ms", Some(1_000.0), Some(300.0)));
    if let Some(memory) = status("VmRSS:") {
        rows.push(plain(
            "P10",
            "memory after the start",
            memory / 1e3,
            "MB",
            Some(200.0),
            Some(100.0),
        ));
    }
    Ok(Desk { app, rows, tickets })
}

fn plain(
    id: &'static str,
    what: &'static str,
    value: f64,
    unit: &'static str,
    floor: Option<f64>,
    aim: Option<f64>,
) -> Row {
    Row {
        id,
        what,
        value,
        unit,
        probe: "none",
        probe_value: 1.0,
        probe_unit: "",
        ratio: value,
        floor,
        aim,
        more_is_better: false,
        absolute: true,
    }
}

/// Kilobytes of a line of `/proc/self/status`.
fn status(name: &str) -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    text.lines().find(|l| l.starts_with(name))?.split_whitespace().nth(1)?.parse().ok()
}

fn open(file: &Path, now: i64) -> Result<read::Source> {
    read::Source::open(&[file.to_owned()], read::Limits::default(), now).map_err(failed)
}

async fn measure(ctx: &Ctx, file: PathBuf, now: i64, rows: &mut Vec<Row>) -> Result<()> {
    let source = open(&file, now)?;
    let start = Instant::now();
    let mut parsed = 0u64;
    let census = source.census(&mut (), |_| Ok::<_, Error>(()))?;
    source.tickets(&census, &mut (), |ticket| {
        parsed += ticket.map_or(0, |t| t.comments.len() as u64);
        Ok::<_, Error>(())
    })?;
    let parse = parsed as f64 / start.elapsed().as_secs_f64();
    let start = Instant::now();
    let report = import::run(ctx, open(&file, now)?, Arc::new(()) as Arc<dyn Watch>).await?;
    let value = report.comments as f64 / start.elapsed().as_secs_f64();
    rows.push(Row {
        id: "P7",
        what: "import: detect, seal, index, log",
        value,
        unit: "comments/s",
        probe: "the same file read and typed only, one core",
        probe_value: parse,
        probe_unit: "comments/s",
        ratio: value / parse,
        floor: Some(10e3),
        aim: Some(25e3),
        more_is_better: true,
        absolute: true,
    });
    if let Some(peak) = status("VmHWM:") {
        rows.push(plain(
            "P7",
            "peak memory of the run",
            peak / 1e3,
            "MB",
            Some(250.0),
            Some(150.0),
        ));
    }
    TEXT.store(report.text_bytes, std::sync::atomic::Ordering::Relaxed);
    Ok(())
}

/// UTF-8 bytes of the texts of the last import.
static TEXT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1);

async fn sizes(dir: &Path, app: &App, rows: &mut Vec<Row>) -> Result<()> {
    for db in [&app.data, app.keys.db(), app.index.db()] {
        db.truncate_wal().await?;
    }
    let size = |name: &str| std::fs::metadata(dir.join(name)).map_or(0, |m| m.len()) as f64;
    let text = TEXT.load(std::sync::atomic::Ordering::Relaxed).max(1) as f64;
    let (data, keys, index) = (size("data.db"), size("keys.db"), size("index.db"));
    let row = |what, bytes: f64, floor, aim| Row {
        id: "P11",
        what,
        value: bytes / 1e6,
        unit: "MB",
        probe: "UTF-8 text imported",
        probe_value: text / 1e6,
        probe_unit: "MB",
        ratio: bytes / text,
        floor,
        aim,
        more_is_better: false,
        absolute: false,
    };
    rows.push(row("data + keys + index", data + keys + index, Some(4.0), Some(2.5)));
    rows.push(row("data alone", data, None, None));
    rows.push(row("keys alone", keys, Some(0.7), Some(0.5)));
    rows.push(row("index alone", index, None, None));
    Ok(())
}
