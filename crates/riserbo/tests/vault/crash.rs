//! Killed anywhere, the desk comes back whole (I9, DESIGN section 5).
//!
//! A child process works on a desk and dies: at a fail point between two steps
//! of the write order, or by `kill -9` at any moment under load. Then the desk
//! is opened again, and must be in one true state: every operation that was
//! begun is done, all records open, the index agrees with the data, every
//! answer that left has its event, the log verifies.
//!
//! `RISERBO_CRASH_ROUNDS` says how often the load is killed (20 by default).

use std::collections::HashSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use riserbo::app::Ctx;
use riserbo::service::access_log::event;
use riserbo::service::fields::{noun, part};
use riserbo::service::replace::{redact_category, redact_slot};
use riserbo::service::reveal::{self, Ask};
use riserbo::service::{log_signer, lookup, recovery, search, view};
use riserbo::store::log_files::verify_dir;
use riserbo::store::{cells, ops, tickets};
use serde_json::{Value, json};

use crate::desk::{Fixture, Server, lines, skipped};

const CARD: &str = "4111 1111 1111 1111";
const PHONE: &str = "+39 06 9876 5432";

/// Steps between which a change of a key is stopped.
const REPLACE: [&str; 9] = [
    "replace.intent",
    "replace.key",
    "replace.data",
    "replace.committed",
    "replace.index",
    "replace.old_key",
    "replace.truncated",
    "replace.closed",
    "replace.outcome",
];

/// Steps between which an import is stopped: of its users, then of its tickets.
const IMPORT: [&str; 10] = [
    "import.keys",
    "import.data",
    "import.committed",
    "index.before",
    "index.applied",
    "import.keys:2",
    "import.data:2",
    "import.committed:2",
    "index.before:2",
    "index.applied:2",
];

fn ticket(id: i64, words: &str) -> Value {
    json!({"id": id, "subject": format!("Addebito {words}"), "status": "open",
    "requester_id": 501, "assignee_id": Fixture::id_of("agent-2"),
    "created_at": "2026-02-01T08:00:00Z", "updated_at": "2026-02-02T08:00:00Z",
    "comments": [
        {"id": id * 10 + 1, "author_id": 501, "created_at": "2026-02-01T08:00:00Z",
         "body": format!("La mia carta {CARD} ha due addebiti, {words}.")},
        {"id": id * 10 + 2, "author_id": 501, "created_at": "2026-02-01T09:00:00Z",
         "body": format!("Seconda carta {CARD}, chiamatemi al {PHONE} grazie.")}
    ]})
}

fn customer() -> String {
    lines(&[json!({"id": 501, "name": "Ginevra Malaspina", "role": "end-user",
        "email": "ginevra.malaspina@posta.example", "phone": PHONE,
        "created_at": "2026-01-10T08:00:00Z", "updated_at": "2026-01-10T08:00:00Z"})])
}

async fn take(desk: &Fixture, rows: &[Value]) {
    desk.import(&[("users.jsonl", customer()), ("tickets.jsonl", lines(rows))]).await;
}

async fn card_of(desk: &Fixture, ticket: i64, comment: i64) -> Option<Ask> {
    let rows = tickets::comments_by_id(&desk.app().data, &[comment]).await.unwrap();
    let cells = cells::decode(&rows.first()?.cells).unwrap();
    let slot = cells[0].slots.iter().find(|s| s.kind == pii::Kind::CreditCard.id())?;
    Some(Ask {
        noun: noun::TICKET,
        record: ticket,
        part: part::BODY,
        item: comment,
        slot: slot.number,
        reason: Some("richiesta del cliente".into()),
        ticket: None,
    })
}

async fn text_of(desk: &Fixture, id: i64) -> String {
    let view = view::ticket(&desk.ctx("migration"), id).await.unwrap();
    view.comments.iter().map(|c| c.body.plain() + "\n").collect()
}

async fn hits(desk: &Fixture, query: &str) -> i64 {
    search::count(&desk.ctx("migration"), query).await.unwrap()
}

// ---- The child -------------------------------------------------------------

/// Says a line to the parent; whole or not at all.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("\n> {line}\n").as_bytes()).expect("the parent listens");
    out.flush().expect("the parent listens");
}

fn var(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "the child of the crash tests; alone it does nothing"]
async fn child() {
    let (Some(dir), Some(job)) = (var("RISERBO_CRASH_DESK"), var("RISERBO_CRASH_JOB")) else {
        return;
    };
    let server = var("RISERBO_CRASH_SERVER").map(|name| Server::named(&name));
    let desk = Fixture::open(&PathBuf::from(dir), server).await;
    say("open");
    match job.as_str() {
        "open" => {}
        "import" => take(&desk, &[ticket(70, "indaco"), ticket(71, "ocra")]).await,
        "redact" => {
            let ask = card_of(&desk, 70, 701).await.unwrap();
            redact_slot(&desk.ctx("privacy-officer"), &ask).await.unwrap();
        }
        "category" => {
            let payment = pii::Category::PAYMENT.id();
            let officer = desk.ctx("privacy-officer");
            redact_category(&officer, noun::TICKET, 70, payment, None).await.unwrap();
        }
        "load" => load(Arc::new(desk), var("RISERBO_CRASH_ROUND").unwrap().parse().unwrap()).await,
        other => panic!("no such job: {other}"),
    }
    say("done");
}

/// Works until it is killed.
async fn load(desk: Arc<Fixture>, round: i64) {
    let mut tasks = Vec::new();
    for reader in 0..4 {
        let desk = Arc::clone(&desk);
        tasks.push(tokio::spawn(async move {
            for n in 0.. {
                read_once(&desk, reader + n).await;
            }
        }));
    }
    tasks.push(tokio::spawn(async move {
        for n in 0..5_000 {
            let id = 1_000_000 + round * 10_000 + n;
            take(&desk, &[ticket(id, "verdastro")]).await;
            say(&format!("imported {id}"));
            let ask = card_of(&desk, id, id * 10 + 1).await.unwrap();
            let ctx = answering(&desk, "privacy-officer");
            redact_slot(&ctx, &ask).await.unwrap();
            say(&format!("redacted {id}"));
            say(&format!("answered {}", ctx.caller.request));
        }
    }));
    for task in tasks {
        task.await.unwrap();
    }
}

/// A request with an id of its own.
fn answering(desk: &Fixture, role: &str) -> Ctx {
    let mut ctx = desk.ctx(role);
    ctx.caller.request = riserbo::app::request_id(desk.app().rng.as_ref(), ctx.now());
    ctx
}

async fn read_once(desk: &Fixture, n: i64) {
    let ctx = answering(desk, if n % 2 == 0 { "agent-1" } else { "agent-2" });
    match n % 4 {
        0 => drop(view::ticket(&ctx, 70).await.unwrap()),
        1 => {
            // The budget of an hour ends; that is an answer too.
            let ask = card_of(desk, 71, 711).await.unwrap();
            let _ = reveal::reveal(&ctx, &ask).await;
        }
        2 => drop(search::count(&ctx, "addebiti").await.unwrap()),
        _ => drop(view::customers(&ctx, 0, 0, 10, false).await.unwrap()),
    }
    say(&format!("answered {}", ctx.caller.request));
}

fn spawn(desk: &Fixture, job: &str, point: Option<&str>, round: usize) -> Child {
    let mut command = Command::new(std::env::current_exe().expect("this test"));
    command
        .args(["--exact", "crash::child", "--ignored", "--nocapture"])
        .env("RISERBO_CRASH_DESK", &desk.dir)
        .env("RISERBO_CRASH_JOB", job)
        .env("RISERBO_CRASH_ROUND", round.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    if let Some(server) = &desk.server {
        command.env("RISERBO_CRASH_SERVER", server.name());
    }
    if let Some(point) = point {
        command.env("RISERBO_FAIL_POINT", point);
    }
    command.spawn().expect("a child")
}

/// Runs a child that dies at a point.
fn die_at(desk: &Fixture, job: &str, point: &str) {
    let mut child = spawn(desk, job, Some(point), 0);
    let said = Said::by(&mut child);
    let status = child.wait().expect("the child ends");
    let said = said.all();
    assert!(!said.contains(&"done".to_owned()), "{job} passed {point}");
    // SIGABRT: the fail point, and not some panic.
    assert_eq!(status.signal(), Some(6), "{job} at {point}: {said:?}");
}

/// What a child says, line by line.
struct Said(mpsc::Receiver<String>, Vec<String>);

impl Said {
    fn by(child: &mut Child) -> Said {
        let out = BufReader::new(child.stdout.take().expect("a pipe"));
        let (send, receive) = mpsc::channel();
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                if let Some(line) = line.strip_prefix("> ") {
                    // The test may have ended.
                    let _ = send.send(line.to_owned());
                }
            }
        });
        Said(receive, Vec::new())
    }

    /// Waits until it has said this many lines, or a while has passed.
    fn wait(&mut self, lines: usize, longest: Duration) {
        let end = Instant::now() + longest;
        while self.1.len() < lines {
            match self.0.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(line) => self.1.push(line),
                Err(_) => return,
            }
        }
    }

    /// Everything, once it is dead.
    fn all(mut self) -> Vec<String> {
        self.1.extend(self.0.iter());
        self.1
    }
}

// ---- The parent ------------------------------------------------------------

/// What must hold after every crash, whatever was interrupted.
async fn whole(desk: &Fixture, what: &str) {
    let app = desk.app();
    assert!(ops::closing(&app.data).await.unwrap().is_empty(), "{what}: nothing is closing");
    assert_eq!(ops::outbox_head(&app.data).await.unwrap(), 0, "{what}: the index is up to date");
    let left = recovery::run(app).await.unwrap();
    assert_eq!(left, recovery::Report::default(), "{what}: nothing is left to finish");
    let (_, key, _) = log_signer::of(&app.keys).unwrap();
    let report = verify_dir(&desk.dir.join("log"), &key).unwrap();
    assert!(report.is_ok(), "{what}: {report:?}");
    let mut steps: Vec<(String, String)> = Vec::new();
    for (_, bytes) in app.log.files().read(0..u64::MAX).await.unwrap() {
        let (header, _) = event::decode(&bytes).unwrap();
        if let (Some(op), Some(step)) = (header.op, header.facts.get("step")) {
            steps.push((op, step.clone()));
        }
    }
    let of = |step: &str| -> Vec<&String> {
        let mut ops: Vec<&String> =
            steps.iter().filter(|(_, s)| s == step).map(|(op, _)| op).collect();
        ops.sort();
        ops
    };
    assert_eq!(of("intent"), of("outcome"), "{what}: each intent has one outcome");
    for (op, _) in &steps {
        assert!(!ops::op_is_in(&app.data, op).await.unwrap(), "{what}: no mark stays");
    }
}

fn points_work(why: &str) -> bool {
    if !cfg!(debug_assertions) {
        skipped(why, "fail points are in debug builds only");
    }
    cfg!(debug_assertions)
}

/// A desk with two tickets, shut.
async fn base(server: Option<Server>) -> Fixture {
    let mut desk = Fixture::on(server).await;
    take(&desk, &[ticket(70, "indaco"), ticket(71, "ocra")]).await;
    desk.shut().await;
    desk
}

async fn stores() -> Vec<Option<Server>> {
    let server = Server::make().await;
    if server.is_none() {
        skipped("PostgreSQL", "RISERBO_TEST_PG and RISERBO_TEST_PG_KEYS are not set");
        return vec![None];
    }
    vec![None, server]
}

async fn redacted_is_true(desk: &mut Fixture, what: &str) {
    desk.reopen().await.unwrap();
    whole(desk, what).await;
    let text = text_of(desk, 70).await;
    assert!(text.contains("La mia carta ▇▇▇ ha due addebiti"), "{what}: {text}");
    assert!(text.contains(&format!("Seconda carta {CARD}, chiamatemi al {PHONE}")), "{what}");
    assert_eq!(text_of(desk, 71).await.matches(CARD).count(), 2, "{what}");
    assert_eq!(hits(desk, "addebiti").await, 2, "{what}");
    assert_eq!(hits(desk, "indaco").await, 1, "{what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_between_any_two_steps_a_redaction_is_finished_at_the_next_start() {
    if !points_work("crash at fail points") {
        return;
    }
    for server in stores().await {
        let base = base(server).await;
        for point in REPLACE {
            let mut desk = base.copy().await;
            die_at(&desk, "redact", point);
            redacted_is_true(&mut desk, point).await;
            desk.end().await;
        }
        base.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_again_while_recovering_it_is_finished_at_the_start_after() {
    if !points_work("crash while recovering") {
        return;
    }
    let base = base(None).await;
    for (first, second) in [
        ("replace.intent", "replace.key"),
        ("replace.key", "replace.data"),
        ("replace.data", "replace.committed"),
        ("replace.committed", "replace.index"),
        ("replace.committed", "replace.old_key"),
        ("replace.old_key", "replace.truncated"),
        ("replace.closed", "replace.outcome"),
    ] {
        let mut desk = base.copy().await;
        die_at(&desk, "redact", first);
        die_at(&desk, "open", second);
        redacted_is_true(&mut desk, &format!("{first}, {second}")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_between_any_two_steps_a_category_goes_whole() {
    if !points_work("crash at fail points") {
        return;
    }
    let base = base(None).await;
    for point in REPLACE {
        let mut desk = base.copy().await;
        die_at(&desk, "category", point);
        desk.reopen().await.unwrap();
        whole(&desk, point).await;
        let text = text_of(&desk, 70).await;
        assert!(!text.contains("4111") && text.contains(PHONE), "{point}: {text}");
        let record = seal::RecordId { noun: noun::TICKET, id: 70 };
        let payment = pii::Category::PAYMENT.id();
        let key = desk.app().keys.current_key(record, payment).await.unwrap();
        assert_eq!(key, None, "{point}");
        assert_eq!(hits(&desk, "\"4111 1111\"").await, 1, "{point}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_between_any_two_steps_an_import_goes_on() {
    if !points_work("crash at fail points") {
        return;
    }
    for server in stores().await {
        let mut base = Fixture::on(server).await;
        base.shut().await;
        for point in IMPORT {
            let mut desk = base.copy().await;
            die_at(&desk, "import", point);
            desk.reopen().await.unwrap();
            whole(&desk, point).await;
            take(&desk, &[ticket(70, "indaco"), ticket(71, "ocra")]).await;
            whole(&desk, point).await;
            for id in [70, 71] {
                let text = text_of(&desk, id).await;
                assert_eq!(text.matches(CARD).count(), 2, "{point}: {text}");
            }
            assert_eq!(hits(&desk, "addebiti").await, 2, "{point}");
            let agent = desk.ctx("agent-2");
            let mail = "ginevra.malaspina@posta.example";
            let found = lookup::lookup(&agent, pii::Kind::Email, mail).await.unwrap();
            assert_eq!(found.len(), 1, "{point}: one customer, not two");
            assert_eq!(recovery::orphans(desk.app()).await.unwrap(), 0, "{point}");
            drop(agent);
            desk.end().await;
        }
        base.end().await;
    }
}

/// How often the load is killed.
fn rounds() -> usize {
    var("RISERBO_CRASH_ROUNDS").and_then(|n| n.parse().ok()).unwrap_or(20)
}

/// One round: the load runs, is killed, and everything said holds.
async fn killed_under_load(desk: &mut Fixture, round: usize) -> usize {
    let mut child = spawn(desk, "load", None, round);
    let mut said = Said::by(&mut child);
    let dice = (round as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
    if round % 5 == 4 {
        // By the clock alone: so it is killed while starting and recovering too.
        said.wait(usize::MAX, Duration::from_millis(dice % 500));
    } else {
        said.wait(1 + dice as usize % 150, Duration::from_secs(20));
    }
    child.kill().expect("kill -9");
    child.wait().expect("the child ends");
    let said = said.all();
    desk.reopen().await.unwrap();
    let what = format!("round {round}");
    whole(desk, &what).await;
    let log = desk.app().log.files();
    let mut events = HashSet::new();
    for (_, bytes) in log.read(0..u64::MAX).await.unwrap() {
        events.insert(event::decode(&bytes).unwrap().0.request);
    }
    for line in &said {
        match line.split_once(' ') {
            Some(("answered", request)) => {
                assert!(events.contains(request), "{what}: an answer left without its event");
            }
            Some(("imported", id)) => {
                let text = text_of(desk, id.parse().unwrap()).await;
                assert!(text.contains(PHONE), "{what}: {text}");
            }
            Some(("redacted", id)) => {
                let text = text_of(desk, id.parse().unwrap()).await;
                assert_eq!(text.matches(CARD).count(), 1, "{what}: {text}");
            }
            _ => {}
        }
    }
    desk.shut().await;
    said.len()
}

/// Every ticket opens, and the index finds as many as there are.
async fn everything_opens(desk: &Fixture) {
    let scope = tickets::Scope::All;
    let all = tickets::Filter::default();
    let count = tickets::count(&desk.app().data, &all, &scope).await.unwrap();
    let order = tickets::Order::Id;
    let rows =
        tickets::list(&desk.app().data, &all, &scope, order, false, tickets::From::Start, 100_000)
            .await
            .unwrap();
    assert_eq!(i64::try_from(rows.len()).unwrap(), count);
    for row in rows {
        let text = text_of(desk, row.id).await;
        assert!(text.contains(PHONE), "{text}");
    }
    assert_eq!(hits(desk, "addebiti").await, count);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_moment_under_load_nothing_answered_is_lost() {
    for server in stores().await {
        // A server's own crash safety is not ours: fewer rounds show our part.
        let rounds = if server.is_some() { rounds().div_ceil(4) } else { rounds() };
        let mut desk = base(server).await;
        let mut said = 0;
        for round in 0..rounds {
            said += killed_under_load(&mut desk, round).await;
        }
        assert!(said > rounds, "the load was killed before it said anything");
        desk.reopen().await.unwrap();
        everything_opens(&desk).await;
        desk.end().await;
    }
}
