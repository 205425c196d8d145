//! A small desk behind a server, and a client for it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use riserbo::api::{self, ApiConfig};
use riserbo::app::{App, Ctx, Options};
use riserbo::clock::ManualClock;
use riserbo::config::Config;
use riserbo::service::import::{self, read};
use riserbo::service::people::{self, NewStaff};
use riserbo::service::tokens::{self, NewToken};
use riserbo::store::log_files::Faults;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// 2026-03-01T10:00:00Z.
pub(crate) const NOW: i64 = 1_772_359_200_000_000;

/// Roles of the desk; each has an account and a token.
pub(crate) const ROLES: [&str; 6] =
    ["migration", "agent-1", "agent-2", "security-analyst", "key-admin", "integration"];

pub(crate) struct Desk {
    pub(crate) app: Arc<App>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) faults: Faults,
    pub(crate) address: SocketAddr,
    pub(crate) tokens: BTreeMap<&'static str, String>,
    pub(crate) staff: BTreeMap<&'static str, i64>,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    _dir: tempfile::TempDir,
}

pub(crate) fn fixture() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/desk")
}

async fn person(app: &Arc<App>, role: &str) -> i64 {
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
    people::create(app, new).await.unwrap()
}

pub(crate) fn token_of(owner: i64) -> NewToken {
    NewToken { owner, label: "test".into(), scopes: vec![], networks: vec![], expires_at: None }
}

impl Desk {
    pub(crate) async fn open() -> Desk {
        Desk::with(Config::default(), |config| config).await
    }

    pub(crate) async fn with(config: Config, api: impl FnOnce(ApiConfig) -> ApiConfig) -> Desk {
        Desk::over(&fixture(), config, api).await
    }

    /// A desk over any export.
    pub(crate) async fn over(
        export: &Path,
        config: Config,
        api: impl FnOnce(ApiConfig) -> ApiConfig,
    ) -> Desk {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::at(NOW));
        let faults = Faults::armed();
        let mut options = Options::new(dir.path());
        options.clock = clock.clone();
        options.config = Some(config.clone());
        options.log_faults = faults.clone();
        let app = App::open(options).await.unwrap();
        let mut tokens = BTreeMap::new();
        let mut staff = BTreeMap::new();
        for role in ROLES {
            let id = person(&app, role).await;
            tokens.insert(role, tokens::make(&app, token_of(id)).await.unwrap().text);
            staff.insert(role, id);
        }
        let ctx = Ctx::cli(&app, app.people.get(staff["migration"]).unwrap(), "import");
        let source =
            read::Source::open(&[export.to_owned()], read::Limits::default(), clock_now(&app))
                .unwrap();
        let report = import::run(&ctx, source, Arc::new(())).await.unwrap();
        assert!(report.tickets.new >= 9);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let router = api::router(Arc::clone(&app), api(ApiConfig::new(&config).unwrap()));
        tokio::spawn(api::serve::run(router, listener, async {
            stopped.await.ok();
        }));
        Desk { app, clock, faults, address, tokens, staff, stop: Some(stop), _dir: dir }
    }

    /// GET below `/api/v2` as a role.
    pub(crate) async fn get(&self, role: &str, path: &str) -> Reply {
        self.send("GET", &format!("/api/v2{path}"), &[self.bearer(role)], "").await
    }

    /// The body of a GET that must go well.
    pub(crate) async fn ok(&self, role: &str, path: &str) -> Value {
        let reply = self.get(role, path).await;
        assert_eq!(reply.status, 200, "{path}: {}", reply.body);
        reply.json()
    }

    pub(crate) fn bearer(&self, role: &str) -> (&'static str, String) {
        ("authorization", format!("Bearer {}", self.tokens[role]))
    }

    pub(crate) async fn send(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, String)],
        body: &str,
    ) -> Reply {
        let mut head = format!("{method} {target} HTTP/1.1\r\nConnection: close\r\n");
        if !headers.iter().any(|(n, _)| n.eq_ignore_ascii_case("host")) {
            head.push_str(&format!("Host: {}\r\n", self.address));
        }
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut bytes = Vec::new();
        // The server may close a connection whose body it did not want.
        let _ = stream.read_to_end(&mut bytes).await;
        Reply::parse(&bytes)
    }

    /// Follows links from `path` to the end and gives the rows under `name`.
    pub(crate) async fn walk(&self, role: &str, path: &str, name: &str) -> Vec<Value> {
        let mut next = Some(format!("http://{}/api/v2{path}", self.address));
        let mut rows = Vec::new();
        while let Some(url) = next {
            let target = url.strip_prefix(&format!("http://{}", self.address)).unwrap();
            let reply = self.send("GET", target, &[self.bearer(role)], "").await;
            assert_eq!(reply.status, 200, "{target}: {}", reply.body);
            let body = reply.json();
            rows.extend(body[name].as_array().unwrap().iter().cloned());
            assert!(rows.len() < 10_000, "the pages never end");
            let link =
                if body["links"].is_object() { &body["links"]["next"] } else { &body["next_page"] };
            next = link.as_str().map(str::to_owned);
        }
        rows
    }

    /// Entries of the log.
    pub(crate) fn entries(&self) -> u64 {
        self.app.log.files().size()
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
    }
}

fn clock_now(app: &App) -> i64 {
    app.clock.now()
}

pub(crate) fn basic(user: &str, secret: &str) -> (&'static str, String) {
    let text = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{secret}"));
    ("authorization", format!("Basic {text}"))
}

pub(crate) fn ids(rows: &[Value]) -> Vec<i64> {
    rows.iter().map(|r| r["id"].as_i64().unwrap()).collect()
}

pub(crate) fn distinct(rows: &[Value]) -> BTreeSet<i64> {
    ids(rows).into_iter().collect()
}

/// An answer as it came.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

impl Reply {
    fn parse(bytes: &[u8]) -> Reply {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers = lines
            .filter_map(|l| l.split_once(':'))
            .map(|(n, v)| (n.to_lowercase(), v.trim().to_owned()))
            .collect();
        Reply { status, headers, body: body.to_owned() }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}
