//! Import: rows of an export become records.
//!
//! Users first, then each ticket with its comments in time order; a batch at a
//! time, so that memory stays flat. Each batch is detected, lifted and sealed
//! in parallel, then written in the order that DESIGN section 5 asks: keys →
//! data with the index's outbox row → index. A batch that was stopped anywhere
//! leaves keys that open nothing at worst; the next run takes it again, for
//! what has been taken is known by (source, noun, source id).
//!
//! An import is logged as one act with its counts; the values that it opens
//! (the known customer's own, to find them in the texts) are a *use*, never shown.

mod organizations;
pub mod read;
mod report;
mod strangers;
mod ticket_cells;
mod tickets;
mod users;

use std::collections::BTreeMap;

use guard::Action;
use tokio::sync::mpsc;

pub use report::{Counts, Refused, Report};

use crate::app::Ctx;
use crate::error::{Error, Result};
use crate::service::access_log::Draft;
use crate::service::outbox;
use read::{FieldRow, NamedRow, Noun, OrganizationRow, Refusal, Source, TicketRow, UserRow};

/// Where rows come from, as a plain number: the default source.
pub const SOURCE: i64 = 1;

/// Hears how far an import has come.
pub trait Watch: Send + Sync {
    /// A pass over the files began.
    fn pass(&self, name: &'static str);
    /// Bytes read of all, rows seen.
    fn at(&self, read: u64, total: u64, rows: u64);
}

impl Watch for () {
    fn pass(&self, _: &'static str) {}
    fn at(&self, _: u64, _: u64, _: u64) {}
}

struct Meter<'a>(&'a dyn Watch);

impl read::Progress for Meter<'_> {
    fn at(&mut self, read: u64, total: u64, rows: u64) {
        self.0.at(read, total, rows);
    }
}

/// A row on its way from the reader's thread.
enum Row {
    Named(NamedRow),
    Field(FieldRow),
    Organization(OrganizationRow),
    User(UserRow),
    Ticket(Box<TicketRow>),
    Refused(Refusal),
    /// A pass is over.
    Done,
}

/// The receiver is gone: the import was stopped.
struct Gone;

/// Reads the files on a thread of its own and sends the rows.
fn read_all(source: &Source, watch: &dyn Watch, out: &mpsc::Sender<Row>) -> Result<(), Gone> {
    let send = |row: Row| out.blocking_send(row).map_err(|_| Gone);
    watch.pass("census");
    let census = source.census(&mut Meter(watch), |refusal| send(Row::Refused(refusal)))?;
    watch.pass("settings");
    source
        .named(&census, &mut Meter(watch), |row| send(row.map_or_else(Row::Refused, Row::Named)))?;
    source.fields(&census, &mut Meter(watch), |row| {
        send(row.map_or_else(Row::Refused, Row::Field))
    })?;
    source.organizations(&census, &mut Meter(watch), |row| {
        send(row.map_or_else(Row::Refused, Row::Organization))
    })?;
    send(Row::Done)?;
    watch.pass("users");
    source
        .users(&census, &mut Meter(watch), |row| send(row.map_or_else(Row::Refused, Row::User)))?;
    send(Row::Done)?;
    watch.pass("tickets");
    source.tickets(&census, &mut Meter(watch), |row| {
        send(row.map_or_else(Row::Refused, |t| Row::Ticket(Box::new(t))))
    })?;
    send(Row::Done)
}

/// Imports everything that a source holds.
///
/// # Errors
/// [`Error::Forbidden`] without the right; a store's error stops the import,
/// and what was taken stays taken: run it again to go on.
pub async fn run(ctx: &Ctx, source: Source, watch: std::sync::Arc<dyn Watch>) -> Result<Report> {
    if let Err(error) = ctx.require(Action::Import) {
        return Err(ctx.refuse("import", error).await);
    }
    let facts = BTreeMap::from([
        (String::from("files"), source.files().to_string()),
        (String::from("bytes"), source.bytes().to_string()),
    ]);
    ctx.log_plain(Draft { action: "import_started", facts, ..Draft::default() }).await?;
    let (send, mut receive) = mpsc::channel(256);
    let reader = tokio::task::spawn_blocking(move || {
        // A reader whose listener is gone has nobody to tell.
        let _ = read_all(&source, watch.as_ref(), &send);
    });
    let mut report = Report::default();
    let taken = take_all(ctx, &mut receive, &mut report).await;
    receive.close();
    drop(receive);
    let read = reader.await;
    taken?;
    read.map_err(|_| Error::Setup(String::from("the reader of the files stopped; run it again")))?;
    outbox::drain(&ctx.app).await?;
    let facts = BTreeMap::from([
        (String::from("users"), report.users.total().to_string()),
        (String::from("tickets"), report.tickets.total().to_string()),
        (String::from("comments"), report.comments.to_string()),
        (String::from("refused"), report.refused_total.to_string()),
    ]);
    ctx.log_plain(Draft { action: "import_finished", facts, ..Draft::default() }).await?;
    Ok(report)
}

async fn take_all(ctx: &Ctx, rows: &mut mpsc::Receiver<Row>, report: &mut Report) -> Result<()> {
    settings(ctx, rows, report).await?;
    people(ctx, rows, report).await?;
    conversations(ctx, rows, report).await
}

async fn settings(ctx: &Ctx, rows: &mut mpsc::Receiver<Row>, report: &mut Report) -> Result<()> {
    let (mut named, mut fields, mut organizations) = (Vec::new(), Vec::new(), Vec::new());
    while let Some(row) = rows.recv().await {
        match row {
            Row::Named(row) => named.push(row),
            Row::Field(row) => fields.push(row),
            Row::Organization(row) => organizations.push(row),
            Row::Refused(refusal) => report.refuse(&refusal),
            _ => break,
        }
        if organizations.len() >= 500 {
            organizations::take(ctx, std::mem::take(&mut organizations), report).await?;
        }
    }
    organizations::settings(ctx, &named, &fields).await?;
    organizations::take(ctx, organizations, report).await
}

async fn people(ctx: &Ctx, rows: &mut mpsc::Receiver<Row>, report: &mut Report) -> Result<()> {
    let mut batch = Vec::new();
    while let Some(row) = rows.recv().await {
        match row {
            Row::User(row) => batch.push(row),
            Row::Refused(refusal) => report.refuse(&refusal),
            _ => break,
        }
        if batch.len() >= 500 {
            users::take(ctx, std::mem::take(&mut batch), report).await?;
        }
    }
    users::take(ctx, batch, report).await
}

async fn conversations(
    ctx: &Ctx,
    rows: &mut mpsc::Receiver<Row>,
    report: &mut Report,
) -> Result<()> {
    let mut batch: Vec<TicketRow> = Vec::new();
    let mut weight = 0;
    while let Some(row) = rows.recv().await {
        match row {
            Row::Ticket(row) => {
                weight += 1 + row.comments.len();
                batch.push(*row);
            }
            Row::Refused(refusal) => report.refuse(&refusal),
            _ => break,
        }
        if weight >= 2_000 || batch.len() >= 256 {
            tickets::take(ctx, std::mem::take(&mut batch), report).await?;
            weight = 0;
        }
    }
    tickets::take(ctx, batch, report).await
}

/// Ids that are free among the wanted ones; the others get new ones.
struct Ids {
    taken: std::collections::HashSet<i64>,
    next: i64,
}

impl Ids {
    fn pick(&mut self, wanted: Option<i64>) -> i64 {
        if let Some(id) = wanted
            && self.taken.insert(id)
        {
            return id;
        }
        loop {
            let id = self.next;
            self.next += 1;
            if self.taken.insert(id) {
                return id;
            }
        }
    }
}

/// Splits work over the cores, each part with its own result, in order.
fn in_parallel<T: Send, R: Send>(items: Vec<T>, work: impl Fn(Vec<T>) -> R + Sync) -> Vec<R> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let per = items.len().div_ceil(cores).max(1);
    let mut parts = Vec::new();
    let mut items = items.into_iter().peekable();
    while items.peek().is_some() {
        parts.push(items.by_ref().take(per).collect::<Vec<T>>());
    }
    if parts.len() <= 1 {
        return parts.into_iter().map(work).collect();
    }
    std::thread::scope(|scope| {
        let work = &work;
        let threads: Vec<_> =
            parts.into_iter().map(|part| scope.spawn(move || work(part))).collect();
        threads.into_iter().filter_map(|t| t.join().ok()).collect()
    })
}

/// Runs work that keeps the processor busy without holding up the others.
fn busy<T>(work: impl FnOnce() -> T) -> T {
    let multi = tokio::runtime::Handle::try_current()
        .is_ok_and(|h| h.runtime_flavor() == tokio::runtime::RuntimeFlavor::MultiThread);
    if multi { tokio::task::block_in_place(work) } else { work() }
}

/// A plain number for "as imported": moves when the row does.
fn digest(updated_at: Option<i64>, comments: usize) -> i64 {
    updated_at.unwrap_or(0).wrapping_mul(31).wrapping_add(i64::try_from(comments).unwrap_or(0))
}

/// A noun's number in `source_row`.
fn number(noun: Noun) -> i64 {
    match noun {
        Noun::User => 1,
        Noun::Organization => 2,
        Noun::Ticket => 3,
        _ => 9,
    }
}

/// Keys of the dialect that say nothing when they have their usual value: they
/// are answered with it again, and not kept.
const USUAL: [&str; 12] = [
    "shared",
    "shared_agent",
    "moderator",
    "only_private_comments",
    "restricted_agent",
    "report_csv",
    "two_factor_auth_enabled",
    "has_incidents",
    "allow_channelback",
    "from_messaging_channel",
    "shared_tickets",
    "shared_comments",
];

/// What could not be read goes aside as one text, whole and hidden.
fn extras_text(extras: &serde_json::Map<String, serde_json::Value>) -> Option<String> {
    let kept: serde_json::Map<_, _> = extras
        .iter()
        .filter(|(key, v)| match v {
            serde_json::Value::Null => false,
            serde_json::Value::Array(a) => !a.is_empty(),
            serde_json::Value::Object(o) => !o.is_empty(),
            serde_json::Value::String(s) => !s.is_empty(),
            serde_json::Value::Bool(false) => !USUAL.contains(&key.as_str()),
            serde_json::Value::Bool(true) => key.as_str() != "allow_attachments",
            serde_json::Value::Number(_) => true,
        })
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect();
    if kept.is_empty() { None } else { serde_json::to_string(&kept).ok() }
}

fn plain_tags(tags: &[String]) -> String {
    serde_json::to_string(tags).unwrap_or_else(|_| String::from("[]"))
}
