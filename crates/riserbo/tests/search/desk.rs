//! A small desk: people, tickets and comments from a seed, imported like any
//! other, and principals of several roles.

use std::path::Path;
use std::sync::Arc;

use guard::{Level, Line, MaskForm, Matrix, Role, Where};
use riserbo::app::{App, Ctx, Options};
use riserbo::clock::{ManualClock, iso};
use riserbo::config::Config;
use riserbo::service::import::{self, read};
use riserbo::service::people::{self, NewStaff};
use serde_json::{Value, json};

/// 2026-03-01T10:00:00Z.
pub(crate) const NOW: i64 = 1_772_359_200_000_000;
const DAY: i64 = 86_400_000_000;

/// Who searches: roles that differ in what is open, and one whose classes do.
pub(crate) const ROLES: [&str; 6] =
    ["agent-1", "agent-2", "integration", "ai-assistant", "migration", "mixed"];

/// Numbers from a seed (splitmix64).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// 0 to below `n`.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    /// Once in `n` times.
    pub(crate) fn once_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub(crate) fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }
}

pub(crate) const WORDS: [&str; 36] = [
    "rimborso",
    "rimborsare",
    "ordine",
    "ordinato",
    "pacco",
    "perché",
    "città",
    "però",
    "fattura",
    "fatture",
    "consegna",
    "corriere",
    "refund",
    "order",
    "parcel",
    "please",
    "delivery",
    "invoice",
    "broken",
    "late",
    "caffè",
    "Straße",
    "domani",
    "ieri",
    "negozio",
    "sconto",
    "codice",
    "il",
    "la",
    "di",
    "per",
    "non",
    "è",
    "arrivato",
    "still",
    "waiting",
];
pub(crate) const FIRST: [&str; 8] =
    ["Mario", "Giulia", "Sofia", "Luca", "Anna", "Paolo", "Emma", "Noah"];
pub(crate) const LAST: [&str; 8] =
    ["Rossi", "Bianchi", "Ferrari", "Esposito", "Miller", "Schmidt", "Conti", "Greco"];
pub(crate) const CARDS: [&str; 2] = ["4111 1111 1111 1111", "5500 0000 0000 0004"];
pub(crate) const TAGS: [&str; 4] = ["vip", "reso", "late_delivery", "50%"];

pub(crate) fn address(first: usize, last: usize) -> String {
    format!("{}.{}@posta.example", FIRST[first], LAST[last]).to_lowercase()
}

fn phone(n: usize) -> String {
    format!("+39 347 {:03} {:04}", 100 + n % 800, 1_000 + n * 37 % 9_000)
}

fn sentence(dice: &mut Dice, name: (usize, usize), n: usize) -> String {
    let mut out: Vec<String> = Vec::new();
    for _ in 0..3 + dice.below(9) {
        if dice.once_in(9) {
            out.push(match dice.below(6) {
                0 => format!("mi chiamo {} {}.", FIRST[name.0], LAST[name.1]),
                1 => format!("scrivi a {}", address(name.0, name.1)),
                2 => format!("telefono {}", phone(n)),
                3 => format!("carta {}", dice.pick(&CARDS)),
                4 => "IBAN IT60X0542811101000000123456".to_owned(),
                _ => format!("order 10{}", dice.below(40)),
            });
        }
        let word = *dice.pick(&WORDS);
        out.push(match dice.below(12) {
            0 => word.to_uppercase(),
            1 => format!("{word},"),
            2 => format!("{word}.\n\n"),
            _ => word.to_owned(),
        });
    }
    out.join(" ")
}

fn time(dice: &mut Dice) -> i64 {
    // Few distinct seconds, so that some are shared.
    NOW - 30 * DAY + (dice.below(400) as i64) * 5_000_000_000
}

pub(crate) const GROUPS: [i64; 3] = [71, 72, 73];

fn user(dice: &mut Dice, n: usize) -> Value {
    let (first, last) = (dice.below(8), dice.below(8));
    let notes = if dice.once_in(3) { Some(sentence(dice, (first, last), n)) } else { None };
    json!({
        "id": 2_000 + n as i64, "role": "end-user", "notes": notes,
        "name": format!("{} {}", FIRST[first], LAST[last]),
        "email": address(first, last).replace('@', &format!("{n}@")),
        "phone": phone(n), "verified": dice.once_in(2), "suspended": dice.once_in(5),
        "tags": if dice.once_in(3) { vec![*dice.pick(&TAGS)] } else { vec![] },
        "created_at": iso(time(dice)), "updated_at": iso(NOW - DAY + n as i64 * 1_000_000),
    })
}

fn ticket(dice: &mut Dice, n: usize, people: usize, staff: &[i64]) -> Value {
    let requester = 2_000 + dice.below(people) as i64;
    let name = (dice.below(8), dice.below(8));
    let mut at = time(dice);
    let created = at;
    let comments: Vec<Value> = (0..1 + dice.below(4))
        .map(|c| {
            let author = if c > 0 && dice.once_in(3) { *dice.pick(staff) } else { requester };
            let body = sentence(dice, name, n);
            let row = json!({
                "id": 50_000 + (n * 10 + c) as i64, "author_id": author, "body": body,
                "public": true, "created_at": iso(at),
            });
            at += dice.below(3) as i64 * 3_600_000_000;
            row
        })
        .collect();
    let pick = |dice: &mut Dice, list: &[&'static str]| list[dice.below(list.len())];
    let mut row = json!({
        "id": 7_000 + n as i64, "subject": sentence(dice, name, n), "requester_id": requester,
        "status": pick(dice, &["new", "open", "pending", "hold", "solved", "closed"]),
        "group_id": GROUPS[dice.below(3)], "comments": comments,
        "tags": (0..dice.below(3)).map(|_| *dice.pick(&TAGS)).collect::<Vec<_>>(),
        "created_at": iso(created), "updated_at": iso(at + dice.below(50) as i64 * 1_000_000),
    });
    if dice.once_in(2) {
        row["priority"] = json!(pick(dice, &["low", "normal", "high", "urgent"]));
    }
    if dice.once_in(2) {
        row["assignee_id"] = json!(*dice.pick(staff));
    }
    row
}

/// The shipped matrix and a role whose view differs from ticket to ticket: text
/// in two groups, names in one's own tickets and contacts in open ones.
fn matrix() -> Matrix {
    let line = |category: &str, when: Where| Line {
        category: category.into(),
        level: Level::Shown,
        mask: MaskForm::Label,
        when,
    };
    let groups = Where { group: [GROUPS[0], GROUPS[1]].into(), ..Where::default() };
    let mine = Where { mine: Some(true), ..Where::default() };
    let open = Where { open: Some(true), ..Where::default() };
    let mut matrix = Matrix::shipped();
    let mut rules = matrix.roles[&Role::new("agent-1").unwrap()].clone();
    rules.list = vec![
        groups.clone(),
        mine.clone(),
        Where { noun: Some(guard::Noun::Customer), ..Where::default() },
    ];
    rules.levels = vec![
        line("content", groups.clone()),
        line("content_unsure", groups),
        line("identity", mine),
        line("contact", open),
    ];
    matrix.roles.insert(Role::new("mixed").unwrap(), rules);
    matrix
}

/// A desk that is open, in a directory of its own.
pub(crate) struct Desk {
    pub(crate) app: Arc<App>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) staff: Vec<(&'static str, i64)>,
    pub(crate) tickets: Vec<i64>,
    pub(crate) customers: Vec<i64>,
    _dir: tempfile::TempDir,
}

/// A fresh database beside the one named by the environment; none without one.
pub(crate) async fn postgres(name: &str) -> Option<Config> {
    let Ok(url) = std::env::var("RISERBO_TEST_PG") else {
        eprintln!("skipped: RISERBO_TEST_PG names no PostgreSQL database");
        return None;
    };
    let db = riserbo::store::db::Db::postgres(&url, "public", 1).await.unwrap();
    let name = format!("search_{name}_{}", std::process::id());
    db.exec(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"), vec![]).await.unwrap();
    db.exec(format!("CREATE DATABASE {name}"), vec![]).await.unwrap();
    let (server, _) = url.rsplit_once('/').unwrap();
    let mut config = Config::default();
    config.store.url = Some(format!("{server}/{name}"));
    Some(config)
}

impl Desk {
    /// A desk from a seed.
    pub(crate) async fn new(seed: u64, config: Config) -> Desk {
        let mut dice = Dice(seed);
        let people = 3 + dice.below(5);
        let tickets = 6 + dice.below(9);
        let staff: Vec<i64> = (0..ROLES.len()).map(|n| 900 + n as i64).collect();
        let users: Vec<Value> = (0..people).map(|n| user(&mut dice, n)).collect();
        let rows: Vec<Value> = (0..tickets).map(|n| ticket(&mut dice, n, people, &staff)).collect();
        Desk::of(&users, &rows, config).await
    }

    /// A desk of these rows.
    pub(crate) async fn of(users: &[Value], tickets: &[Value], mut config: Config) -> Desk {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::at(NOW));
        let mut options = Options::new(dir.path());
        options.clock = clock.clone();
        config.limits.lookups_per_hour = 1_000_000;
        options.config = Some(config);
        options.matrix = Some(matrix());
        let app = App::open(options).await.unwrap();
        let mut staff = Vec::new();
        for (n, role) in ROLES.iter().enumerate() {
            staff.push((*role, person(&app, role, 900 + n as i64).await));
        }
        let files = dir.path().join("export");
        std::fs::create_dir(&files).unwrap();
        write(&files.join("users.jsonl"), users);
        write(&files.join("tickets.jsonl"), tickets);
        let desk = Desk {
            app,
            clock,
            staff,
            tickets: tickets.iter().map(|t| t["id"].as_i64().unwrap()).collect(),
            customers: users.iter().map(|u| u["id"].as_i64().unwrap()).collect(),
            _dir: dir,
        };
        let source = read::Source::open(&[files], read::Limits::default(), NOW).unwrap();
        // The desk's own staff, under the ids that the tickets name.
        let plan = import::Plan { colleagues: import::Colleagues::ByTheirIds };
        let ctx = desk.ctx("migration");
        let report = import::run_as(&ctx, source, plan, Arc::new(())).await.unwrap();
        assert_eq!(report.tickets.new, tickets.len() as u64);
        desk
    }

    /// A request of a role.
    pub(crate) fn ctx(&self, role: &str) -> Ctx {
        let id = self.staff.iter().find(|(name, _)| *name == role).unwrap().1;
        Ctx::cli(&self.app, self.app.people.get(id).unwrap(), "test")
    }
}

fn write(path: &Path, rows: &[Value]) {
    let lines: Vec<String> = rows.iter().map(Value::to_string).collect();
    std::fs::write(path, lines.join("\n")).unwrap();
}

async fn person(app: &App, role: &str, id: i64) -> i64 {
    let new = NewStaff {
        wanted_id: Some(id),
        email: format!("{role}@desk.example"),
        name: format!("Colleague {role}"),
        locale: "it".into(),
        roles: vec![role.into()],
        groups: vec![],
        software: false,
        state: 0,
        password: None,
    };
    people::create(app, new).await.unwrap()
}
