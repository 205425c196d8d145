//! A desk to test on: a store of either kind, one account for each role, and
//! exports made on the spot.
//!
//! SQLite is always tested. PostgreSQL is tested when `RISERBO_TEST_PG` (data)
//! and `RISERBO_TEST_PG_KEYS` (keys) name servers, as `scripts/test` does; each
//! desk gets databases of its own there, dropped at the end.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use riserbo::app::{App, Ctx, Options};
use riserbo::clock::{Clock, ManualClock};
use riserbo::config::Config;
use riserbo::service::import::{self, Report, read};
use riserbo::service::people::{self, NewStaff};
use riserbo::store::log_files;

/// One account for each of these; ids are 11, 12, …
pub(crate) const ROLES: [&str; 10] = [
    "agent-1",
    "agent-2",
    "team-lead",
    "privacy-officer",
    "security-analyst",
    "key-admin",
    "auditor",
    "integration",
    "ai-assistant",
    "migration",
];

/// When every desk's clock starts: 2026-03-02T09:00:00Z.
pub(crate) const START: i64 = 1_772_442_000_000_000;

/// Databases of one desk on a server.
#[derive(Clone)]
pub(crate) struct Server {
    admin: String,
    admin_keys: String,
    name: String,
}

/// A desk.
pub(crate) struct Fixture {
    app: Option<Arc<App>>,
    /// Its clock.
    pub(crate) clock: Arc<ManualClock>,
    /// Its data directory.
    pub(crate) dir: PathBuf,
    /// Faults of its log, armed.
    pub(crate) faults: log_files::Faults,
    /// Where it is stored.
    pub(crate) server: Option<Server>,
    _tmp: Option<tempfile::TempDir>,
}

fn with_database(url: &str, name: &str) -> String {
    let (head, _) = url.rsplit_once('/').expect("a postgres address ends with /database");
    format!("{head}/{name}")
}

#[expect(clippy::disallowed_methods, reason = "tests make and drop their own databases")]
async fn admin(url: &str, statement: String) {
    use sqlx::Connection as _;
    let mut one = sqlx::PgConnection::connect(url).await.expect("the test server answers");
    sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&mut one).await.expect("a test database");
    one.close().await.expect("close");
}

impl Server {
    /// A pair of empty databases, if a server is there for tests.
    pub(crate) async fn make() -> Option<Server> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let admin_url = std::env::var("RISERBO_TEST_PG").ok()?;
        let keys_url = std::env::var("RISERBO_TEST_PG_KEYS").ok()?;
        let name = format!("desk_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::SeqCst));
        admin(&admin_url, format!("CREATE DATABASE {name}")).await;
        admin(&keys_url, format!("CREATE DATABASE {name}_keys")).await;
        Some(Server { admin: admin_url, admin_keys: keys_url, name })
    }

    /// The databases of a desk that another process made.
    pub(crate) fn named(name: &str) -> Server {
        let url = |var| std::env::var(var).expect("the server's address");
        Server {
            admin: url("RISERBO_TEST_PG"),
            admin_keys: url("RISERBO_TEST_PG_KEYS"),
            name: name.to_owned(),
        }
    }

    /// Their name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// A copy of both, while nobody uses them.
    async fn copy(&self) -> Server {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let name = format!("{}_c{}", self.name, COUNT.fetch_add(1, Ordering::SeqCst));
        admin(&self.admin, format!("CREATE DATABASE {name} TEMPLATE {}", self.name)).await;
        admin(&self.admin_keys, format!("CREATE DATABASE {name}_keys TEMPLATE {}_keys", self.name))
            .await;
        Server { name, ..self.clone() }
    }

    /// Where data and keys are.
    pub(crate) fn urls(&self) -> (String, String) {
        (
            with_database(&self.admin, &self.name),
            with_database(&self.admin_keys, &format!("{}_keys", self.name)),
        )
    }

    /// The configuration that leads to them.
    pub(crate) fn config(&self) -> Config {
        let (data, keys) = self.urls();
        let mut config = Config::default();
        config.store.url = Some(data);
        config.keys.url = Some(keys);
        config
    }

    pub(crate) async fn drop_all(&self) {
        admin(&self.admin, format!("DROP DATABASE {} WITH (FORCE)", self.name)).await;
        admin(&self.admin_keys, format!("DROP DATABASE {}_keys WITH (FORCE)", self.name)).await;
    }
}

#[expect(clippy::print_stderr, reason = "whoever runs the tests learns what was left out")]
pub(crate) fn skipped(what: &str, why: &str) {
    eprintln!("{what} skipped: {why}");
}

/// Runs a test on SQLite, and on PostgreSQL where there is one.
pub(crate) async fn each_store(test: impl AsyncFn(&mut Fixture)) {
    let mut desk = Fixture::sqlite().await;
    test(&mut desk).await;
    desk.end().await;
    match Fixture::postgres().await {
        Some(mut desk) => {
            test(&mut desk).await;
            desk.end().await;
        }
        None => skipped("PostgreSQL", "RISERBO_TEST_PG and RISERBO_TEST_PG_KEYS are not set"),
    }
}

impl Fixture {
    /// A desk on SQLite with staff and no customers.
    pub(crate) async fn sqlite() -> Fixture {
        Self::on(None).await
    }

    /// A desk on PostgreSQL, if there is a server.
    pub(crate) async fn postgres() -> Option<Fixture> {
        Some(Self::on(Some(Server::make().await?)).await)
    }

    /// A desk with staff and no customers, here or on a server.
    pub(crate) async fn on(server: Option<Server>) -> Fixture {
        let tmp = tempfile::tempdir().expect("a temporary directory");
        let dir = tmp.path().join("desk");
        let mut desk = Self::open(&dir, server).await;
        desk._tmp = Some(tmp);
        desk.staff().await;
        desk
    }

    /// Opens a desk that may already be there.
    pub(crate) async fn open(dir: &Path, server: Option<Server>) -> Fixture {
        let clock = Arc::new(ManualClock::at(START));
        let faults = log_files::Faults::armed();
        let app = open(dir, &clock, &faults, server.as_ref()).await.expect("the desk opens");
        Fixture { app: Some(app), clock, dir: dir.to_owned(), faults, server, _tmp: None }
    }

    async fn staff(&self) {
        for (n, role) in ROLES.iter().enumerate() {
            let new = NewStaff {
                wanted_id: Some(11 + i64::try_from(n).unwrap()),
                email: format!("{role}@desk.example"),
                name: format!("Collega {n}"),
                locale: "it".into(),
                roles: vec![(*role).into()],
                groups: vec![],
                software: matches!(*role, "integration" | "ai-assistant" | "migration"),
                state: 0,
                password: None,
            };
            people::create(self.app(), new).await.expect("staff");
        }
    }

    /// A colleague's id.
    pub(crate) fn id_of(role: &str) -> i64 {
        11 + i64::try_from(ROLES.iter().position(|r| *r == role).expect("a role")).unwrap()
    }

    /// A request of the account with this role, now.
    pub(crate) fn ctx(&self, role: &str) -> Ctx {
        let who = self.app().people.get(Self::id_of(role)).expect("the account is there");
        Ctx::cli(self.app(), who, "test")
    }

    /// Imports rows: each is a file's name and its NDJSON text.
    pub(crate) async fn import(&self, files: &[(&str, String)]) -> Report {
        let tmp = tempfile::tempdir().expect("a temporary directory");
        for (name, text) in files {
            std::fs::write(tmp.path().join(name), text).expect("a fixture file");
        }
        let paths = [tmp.path().to_owned()];
        let source = read::Source::open(&paths, read::Limits::default(), self.clock.now())
            .expect("the fixture is an export");
        import::run(&self.ctx("migration"), source, Arc::new(())).await.expect("the import runs")
    }

    /// The application.
    pub(crate) fn app(&self) -> &Arc<App> {
        self.app.as_ref().expect("the desk is open")
    }

    /// Closes the desk and opens it again, as a restart does.
    pub(crate) async fn restart(&mut self) {
        self.shut().await;
        self.reopen().await.expect("the desk opens again");
    }

    /// Opens the desk again after [`Fixture::shut`], with a log that can write.
    pub(crate) async fn reopen(&mut self) -> riserbo::error::Result<()> {
        self.faults = log_files::Faults::armed();
        let app = open(&self.dir, &self.clock, &self.faults, self.server.as_ref()).await?;
        self.app = Some(app);
        Ok(())
    }

    /// Closes the desk; what else holds it must be gone.
    pub(crate) async fn shut(&mut self) {
        let app = self.app.take().expect("the desk is open");
        app.close().await;
        let log = app.log.files().clone();
        assert_eq!(Arc::strong_count(&app), 1, "somebody still holds the desk");
        drop(app);
        log.close().await;
    }

    /// A copy of a desk that is shut, shut too.
    pub(crate) async fn copy(&self) -> Fixture {
        assert!(self.app.is_none(), "only a desk that is shut can be copied");
        let tmp = tempfile::tempdir().expect("a temporary directory");
        let dir = tmp.path().join("desk");
        copy_dir(&self.dir, &dir);
        let server = match &self.server {
            Some(server) => Some(server.copy().await),
            None => None,
        };
        let clock = Arc::new(ManualClock::at(self.clock.now()));
        let faults = log_files::Faults::armed();
        Fixture { app: None, clock, dir, faults, server, _tmp: Some(tmp) }
    }

    /// Ends the desk and drops what it had on a server.
    pub(crate) async fn end(mut self) {
        if let Some(app) = self.app.take() {
            app.close().await;
        }
        if let Some(server) = self.server.take() {
            server.drop_all().await;
        }
    }
}

fn copy_dir(from: &Path, to: &Path) {
    std::fs::create_dir(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            copy_dir(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), &target).expect("a copy");
        }
    }
}

async fn open(
    dir: &Path,
    clock: &Arc<ManualClock>,
    faults: &log_files::Faults,
    server: Option<&Server>,
) -> riserbo::error::Result<Arc<App>> {
    App::open(Options {
        clock: Arc::clone(clock) as Arc<dyn Clock>,
        config: server.map(Server::config),
        log_faults: faults.clone(),
        ..Options::new(dir)
    })
    .await
}

/// One row of an NDJSON file after the other.
pub(crate) fn lines(rows: &[serde_json::Value]) -> String {
    rows.iter().map(|row| format!("{row}\n")).collect()
}
