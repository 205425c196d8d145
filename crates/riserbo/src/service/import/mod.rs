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

mod aside;
mod changed;
mod digest;
mod organizations;
mod places;
pub mod read;
mod report;
mod strangers;
mod ticket_cells;
mod tickets;
mod users;
mod weigh;

use std::collections::BTreeMap;

use guard::Action;
use tokio::sync::mpsc;

pub use report::{Counts, Refused, Report};

use crate::app::Ctx;
use crate::error::{Error, Result};
use crate::service::access_log::Draft;
use crate::service::outbox;
use crate::store::meta;
use read::{FieldRow, NamedRow, Noun, OrganizationRow, Refusal, Source, TicketRow, UserRow};
use weigh::{Place, Room};

/// Where rows come from, as a plain number: the default source.
pub const SOURCE: i64 = 1;

/// Most custom fields of a row that get a cell each; the rest goes aside. A
/// bound against nonsense, far above what any helpdesk has.
const MOST_FIELDS: usize = 10_000;

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

/// Whom the ids stand for that a ticket names and no row of an export describes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Colleagues {
    /// Strangers: each becomes a customer of their own, whatever number a
    /// colleague here has.
    #[default]
    Strangers,
    /// Colleagues who have this id here. For an export that was made for the
    /// accounts of this desk, and no other: with any other it would hand tickets
    /// of people elsewhere to whoever has the same number here.
    ByTheirIds,
}

/// How an import is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Whom ids without a row stand for.
    pub colleagues: Colleagues,
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

/// A row with its room in memory.
type Sent = (Row, Place);

/// The receiver is gone: the import was stopped.
struct Gone;

/// Reads the files on a thread of its own and sends the rows.
fn read_all(
    source: &Source,
    watch: &dyn Watch,
    runtime: &tokio::runtime::Handle,
    out: &mpsc::Sender<Sent>,
) -> Result<(), Gone> {
    let room = Room::new();
    let send = |row: Row| {
        let place = room.take(runtime, &row);
        out.blocking_send((row, place)).map_err(|_| Gone)
    };
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
    run_as(ctx, source, Plan::default(), watch).await
}

/// [`run`], by another plan than the usual one.
///
/// # Errors
/// As [`run`].
pub async fn run_as(
    ctx: &Ctx,
    source: Source,
    plan: Plan,
    watch: std::sync::Arc<dyn Watch>,
) -> Result<Report> {
    if let Err(error) = ctx.require(Action::Import) {
        return Err(ctx.refuse("import", error).await);
    }
    let facts = BTreeMap::from([
        (String::from("files"), source.files().to_string()),
        (String::from("bytes"), source.bytes().to_string()),
    ]);
    ctx.log_plain(Draft { action: "import_started", facts, ..Draft::default() }).await?;
    let (send, mut receive) = mpsc::channel(256);
    let runtime = tokio::runtime::Handle::current();
    let reader = tokio::task::spawn_blocking(move || {
        // A reader whose listener is gone has nobody to tell.
        let _ = read_all(&source, watch.as_ref(), &runtime, &send);
    });
    let mut report = Report::default();
    let taken = take_all(ctx, plan, &mut receive, &mut report).await;
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

async fn take_all(
    ctx: &Ctx,
    plan: Plan,
    rows: &mut mpsc::Receiver<Sent>,
    report: &mut Report,
) -> Result<()> {
    settings(ctx, rows, report).await?;
    people(ctx, rows, report).await?;
    conversations(ctx, plan, rows, report).await
}

/// Rows that wait to be written together.
struct Batch<T> {
    rows: Vec<T>,
    /// Their rooms, held until they are written.
    places: Vec<Place>,
    bytes: usize,
}

impl<T> Batch<T> {
    fn new() -> Batch<T> {
        Batch { rows: Vec::new(), places: Vec::new(), bytes: 0 }
    }

    fn push(&mut self, row: T, place: Place) {
        self.bytes += place.bytes;
        self.rows.push(row);
        self.places.push(place);
    }

    fn is_full(&self, most: usize) -> bool {
        self.rows.len() >= most || self.bytes >= weigh::BATCH
    }

    /// The rows, and their rooms to be held meanwhile.
    fn take(&mut self) -> (Vec<T>, Vec<Place>) {
        self.bytes = 0;
        (std::mem::take(&mut self.rows), std::mem::take(&mut self.places))
    }
}

async fn settings(ctx: &Ctx, rows: &mut mpsc::Receiver<Sent>, report: &mut Report) -> Result<()> {
    let (mut named, mut fields, mut batch) = (Batch::new(), Batch::new(), Batch::new());
    while let Some((row, place)) = rows.recv().await {
        match row {
            Row::Named(row) => named.push(row, place),
            Row::Field(row) => fields.push(row, place),
            Row::Organization(row) => batch.push(row, place),
            Row::Refused(refusal) => report.refuse(&refusal),
            _ => break,
        }
        // Three heaps that share the room of one batch.
        let bytes = named.bytes + fields.bytes + batch.bytes;
        if bytes >= weigh::BATCH || batch.is_full(500) {
            let ((named, _a), (fields, _b), (rows, _c)) =
                (named.take(), fields.take(), batch.take());
            organizations::settings(ctx, named, fields).await?;
            organizations::take(ctx, rows, report).await?;
        }
    }
    organizations::settings(ctx, named.take().0, fields.take().0).await?;
    organizations::take(ctx, batch.take().0, report).await
}

async fn people(ctx: &Ctx, rows: &mut mpsc::Receiver<Sent>, report: &mut Report) -> Result<()> {
    let mut batch = Batch::new();
    while let Some((row, place)) = rows.recv().await {
        match row {
            Row::User(row) => batch.push(row, place),
            Row::Refused(refusal) => report.refuse(&refusal),
            _ => break,
        }
        if batch.is_full(500) {
            let (rows, _places) = batch.take();
            users::take(ctx, rows, report).await?;
        }
    }
    users::take(ctx, batch.take().0, report).await
}

async fn conversations(
    ctx: &Ctx,
    plan: Plan,
    rows: &mut mpsc::Receiver<Sent>,
    report: &mut Report,
) -> Result<()> {
    let mut batch: Batch<TicketRow> = Batch::new();
    let mut texts = 0;
    while let Some((row, place)) = rows.recv().await {
        match row {
            Row::Ticket(row) => {
                texts += 1 + row.comments.len();
                batch.push(*row, place);
            }
            Row::Refused(refusal) => report.refuse(&refusal),
            _ => break,
        }
        if texts >= 2_000 || batch.is_full(256) {
            let (rows, _places) = batch.take();
            tickets::take(ctx, plan, rows, report).await?;
            texts = 0;
        }
    }
    tickets::take(ctx, plan, batch.take().0, report).await
}

/// Ids that are free among the wanted ones; the others get new ones.
struct Ids {
    taken: std::collections::HashSet<i64>,
    next: i64,
}

impl Ids {
    fn pick(&mut self, wanted: Option<i64>) -> i64 {
        if let Some(id) = wanted.filter(|id| *id < meta::ID_CEILING)
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
///
/// # Errors
/// [`Error::Setup`] if a part panicked: its rows are not done, so that nothing
/// of the batch may be written.
fn in_parallel<T: Send, R: Send>(
    items: Vec<T>,
    work: impl Fn(Vec<T>) -> R + Sync,
) -> Result<Vec<R>> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let per = items.len().div_ceil(cores).max(1);
    let mut parts = Vec::new();
    let mut items = items.into_iter().peekable();
    while items.peek().is_some() {
        parts.push(items.by_ref().take(per).collect::<Vec<T>>());
    }
    std::thread::scope(|scope| {
        let work = &work;
        let threads: Vec<_> =
            parts.into_iter().map(|part| scope.spawn(move || work(part))).collect();
        threads.into_iter().map(|t| t.join().map_err(|_| died())).collect()
    })
}

/// A worker is dead. Its message is not repeated: it may hold a value.
fn died() -> Error {
    Error::Setup(String::from(
        "the import met a defect in a batch of rows and stopped before it; please report it",
    ))
}

/// Runs work that keeps the processor busy without holding up the others.
fn busy<T>(work: impl FnOnce() -> T) -> T {
    let multi = tokio::runtime::Handle::try_current()
        .is_ok_and(|h| h.runtime_flavor() == tokio::runtime::RuntimeFlavor::MultiThread);
    if multi { tokio::task::block_in_place(work) } else { work() }
}

/// A noun's number in `source_row`.
fn number(noun: Noun) -> i64 {
    match noun {
        Noun::User => 1,
        Noun::Organization => 2,
        Noun::Ticket => 3,
        Noun::Group => 4,
        Noun::Brand => 5,
        Noun::Comment => 6,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_that_dies_is_an_error_and_no_gap() {
        let out = in_parallel((0..64).collect(), |part: Vec<i32>| {
            assert!(!part.contains(&40), "a defect");
            part.len()
        });
        assert!(matches!(out, Err(Error::Setup(_))));
        let one = in_parallel(vec![40], |part: Vec<i32>| assert!(part.is_empty(), "a defect"));
        assert!(one.is_err());
    }

    #[test]
    fn parts_come_back_in_order() {
        let out = in_parallel((0..1_000).collect(), |part: Vec<i32>| part).unwrap();
        assert_eq!(out.concat(), (0..1_000).collect::<Vec<_>>());
    }

    #[test]
    fn a_wanted_id_near_the_end_of_all_ids_is_replaced() {
        let mut ids = Ids { taken: std::collections::HashSet::new(), next: 7 };
        assert_eq!(ids.pick(Some(5)), 5);
        assert_eq!(ids.pick(Some(5)), 7);
        assert_eq!(ids.pick(Some((1 << 53) - 1)), 8);
    }
}
