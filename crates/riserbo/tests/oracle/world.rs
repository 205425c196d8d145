//! A database opened under a fixed clock and fixed randomness, and a client.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use guard::Matrix;
use riserbo::api::{self, ApiConfig};
use riserbo::app::{App, Caller, Ctx, Options};
use riserbo::clock::ManualClock;
use riserbo::config::Config;
use riserbo::service::access_log::{Header, event};
use riserbo::service::import::{self, read};
use riserbo::service::people::{self, NewStaff};
use riserbo::service::tokens::{self, NewToken};
use riserbo::store::log_files::Faults;
use serde_json::Value;
use tower::ServiceExt as _;

use crate::export;
use crate::values::Side;

/// 2026-03-01T10:00:00Z.
pub(crate) const NOW: i64 = 1_772_359_200_000_000;

/// Accounts: the role's name and its id; the first is [`export::ME`].
pub(crate) const ACCOUNTS: [(&str, i64); 7] = [
    ("agent-1", export::ME),
    ("agent-2", 902),
    ("integration", 903),
    ("ai-assistant", 904),
    ("migration", 905),
    ("security-analyst", 906),
    ("narrow", export::NARROW),
];

/// Bytes from a seed (splitmix64), one step a byte, so that the sequence does
/// not depend on how it is cut.
struct Seeded(Mutex<u64>);

impl seal::Random for Seeded {
    fn fill(&self, dest: &mut [u8]) -> Result<(), seal::SealError> {
        let mut state = self.0.lock().unwrap();
        for byte in dest {
            *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = *state;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            *byte = (z ^ (z >> 31)) as u8;
        }
        Ok(())
    }
}

/// How a world is opened.
#[derive(Default)]
pub(crate) struct How {
    pub(crate) config: Config,
    pub(crate) faults: Faults,
    pub(crate) matrix: Option<Matrix>,
    /// Where randomness begins: each opening of one directory needs its own.
    pub(crate) seed: u64,
}

pub(crate) struct World {
    pub(crate) app: Arc<App>,
    router: Router,
    tokens: BTreeMap<&'static str, String>,
    pub(crate) staff: BTreeMap<&'static str, i64>,
}

/// An answer, whole.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

async fn person(app: &App, role: &str, id: i64) -> String {
    let email = format!("{role}@desk.example");
    if let Some(known) = app.people.by_email(&email) {
        assert_eq!(known.id, id);
    } else {
        let new = NewStaff {
            wanted_id: Some(id),
            email,
            name: format!("Anna {role}"),
            locale: "it".into(),
            roles: vec![role.into()],
            groups: vec![],
            software: false,
            state: 0,
            password: None,
        };
        assert_eq!(people::create(app, new).await.unwrap(), id);
    }
    let token = NewToken {
        owner: id,
        label: "test".into(),
        scopes: vec![],
        networks: vec![],
        expires_at: None,
    };
    tokens::make(app, token).await.unwrap().text
}

impl World {
    /// Opens a data directory; a new one or one that has been filled.
    pub(crate) async fn open(dir: &Path, how: How) -> World {
        let mut options = Options::new(dir);
        options.clock = Arc::new(ManualClock::at(NOW));
        options.rng = Arc::new(Seeded(Mutex::new(how.seed)));
        options.config = Some(how.config.clone());
        options.log_faults = how.faults;
        options.matrix = how.matrix;
        let app = App::open(options).await.unwrap();
        let (mut tokens, mut staff) = (BTreeMap::new(), BTreeMap::new());
        for (role, id) in ACCOUNTS {
            tokens.insert(role, person(&app, role, id).await);
            staff.insert(role, id);
        }
        let router = api::router(Arc::clone(&app), ApiConfig::new(&how.config).unwrap());
        World { app, router, tokens, staff }
    }

    /// A new world with the export of a side in it.
    pub(crate) async fn filled(dir: &Path, side: Side, how: How) -> World {
        let world = World::open(&dir.join("data"), how).await;
        let from: PathBuf = dir.join("export");
        std::fs::create_dir_all(&from).unwrap();
        export::write(side, &from);
        let source = read::Source::open(&[from], read::Limits::default(), NOW).unwrap();
        // The desk's own staff, under the ids that the tickets name.
        let plan = import::Plan { colleagues: import::Colleagues::ByTheirIds };
        let ctx = world.ctx("migration", "import");
        let report = import::run_as(&ctx, source, plan, Arc::new(())).await.unwrap();
        assert_eq!(report.refused_total, 0);
        assert_eq!(report.tickets.new, export::TICKETS as u64);
        assert_eq!(report.users.new, export::CUSTOMERS as u64 + 2);
        world
    }

    /// A context for calling services.
    pub(crate) fn ctx(&self, role: &str, path: &str) -> Ctx {
        let caller = Caller {
            agent_no: 0,
            software: false,
            address: "192.0.2.1".into(),
            client: "test".into(),
            path: path.into(),
            method: "GET".into(),
            request: "r".into(),
            now: NOW,
        };
        Ctx::new(&self.app, self.app.people.get(self.staff[role]).unwrap(), caller)
    }

    /// GET of a target as a role; `date` is left out, for it is not ours.
    pub(crate) async fn send(&self, role: &str, method: &str, target: &str) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(target)
            .header("host", "desk.example")
            .header("authorization", format!("Bearer {}", self.tokens[role]))
            .extension(ConnectInfo(SocketAddr::from(([192, 0, 2, 1], 4711))))
            .body(Body::empty())
            .unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let mut headers: Vec<(String, String)> = response
            .headers()
            .iter()
            .filter(|(name, _)| *name != "date")
            .map(|(n, v)| (n.to_string(), v.to_str().unwrap().to_owned()))
            .collect();
        headers.sort();
        let body = axum::body::to_bytes(response.into_body(), 64 << 20).await.unwrap();
        Answer { status, headers, body: String::from_utf8(body.to_vec()).unwrap() }
    }

    /// GET below `/api/v2`.
    pub(crate) async fn get(&self, role: &str, path: &str) -> Answer {
        self.send(role, "GET", &format!("/api/v2{path}")).await
    }

    /// The body of a GET that must go well.
    pub(crate) async fn ok(&self, role: &str, path: &str) -> Value {
        let answer = self.get(role, path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.json()
    }

    /// All rows of a list, page by page.
    pub(crate) async fn walk(&self, role: &str, path: &str, name: &str) -> Vec<Value> {
        let mut next = Some(format!("/api/v2{path}"));
        let mut rows = Vec::new();
        while let Some(target) = next {
            let answer = self.send(role, "GET", &target).await;
            assert_eq!(answer.status, 200, "{target}: {}", answer.body);
            let body = answer.json();
            rows.extend(body[name].as_array().unwrap().iter().cloned());
            assert!(rows.len() < 10_000, "the pages never end");
            next = next_of(&body);
        }
        rows
    }

    /// The events from an index on, each with the number of its customers.
    pub(crate) async fn events(&self, from: u64) -> Vec<(Header, usize)> {
        let files = self.app.log.files();
        let entries = files.read(from..files.size()).await.unwrap();
        entries
            .iter()
            .map(|(_, bytes)| {
                let (header, items) = event::decode(bytes).unwrap();
                (header, items.iter().filter(|i| i.tag == 2).count())
            })
            .collect()
    }

    /// Closes the stores and lets the data directory go.
    pub(crate) async fn close(self) {
        self.app.close().await;
        drop(self.router);
        assert_eq!(Arc::strong_count(&self.app), 1, "somebody still holds the application");
    }
}

/// Where an answer says that the next page is.
pub(crate) fn next_of(body: &Value) -> Option<String> {
    let link = if body["links"].is_object() { &body["links"]["next"] } else { &body["next_page"] };
    let text = link.as_str()?;
    Some(text.strip_prefix("http://desk.example").expect("links lead back here").to_owned())
}
