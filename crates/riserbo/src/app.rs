//! The application: everything that outlives a request, and the context that
//! goes through every call.
//!
//! [`App`] is opened once on a data directory. [`Ctx`] carries who asks, from
//! where and when; services take it first, so that no data is reached without
//! a principal. Clock and randomness come in from outside.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use guard::{Action, Matrix, Principal};
use seal::{KeyProvider, PooledRandom, Random, StoreId};

use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::service::access_log::{AccessLog, Draft, Outcome};
use crate::service::detect::Detector;
use crate::service::directory::{Directory, Staff};
use crate::service::keyring::{KeySet, Keyring};
use crate::service::operation::Operations;
use crate::service::policy::PolicyState;
use crate::service::{log_signer, root_key};
use crate::store::db::Db;
use crate::store::index::Index;
use crate::store::log_files::{self, Faults, LogFiles};
use crate::store::{meta, migrate};

/// How an [`App`] is opened.
pub struct Options {
    /// Where everything lies.
    pub data_dir: PathBuf,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub rng: Arc<dyn Random>,
    /// The configuration; none is read from the data directory.
    pub config: Option<Config>,
    /// Failures of the log's disk, for tests; none by default.
    pub log_faults: Faults,
    /// The matrix to compile in the place of the shipped one.
    pub matrix: Option<Matrix>,
}

impl Options {
    /// The machine's clock and randomness.
    #[must_use]
    pub fn new(data_dir: &Path) -> Options {
        Options {
            data_dir: data_dir.to_owned(),
            clock: Arc::new(SystemClock),
            rng: Arc::new(PooledRandom),
            config: None,
            log_faults: Faults::default(),
            matrix: None,
        }
    }
}

/// Everything that outlives a request.
pub struct App {
    /// The configuration.
    pub config: Config,
    /// Where everything lies.
    pub data_dir: PathBuf,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub rng: Arc<dyn Random>,
    /// Records.
    pub data: Db,
    /// The blind index.
    pub index: Index,
    /// Keys.
    pub keys: Arc<Keyring>,
    /// The access log.
    pub log: AccessLog,
    /// The policy in force.
    pub policy: PolicyState,
    /// Staff and software.
    pub people: Directory,
    /// Finds personal values.
    pub scanner: Detector,
    /// Masks are built for this language.
    pub lang: pii::Lang,
    /// The end of the last reveal, where this process alone makes them: until
    /// then views ask which values are open, afterwards they needn't.
    pub(crate) reveals_until: std::sync::atomic::AtomicI64,
    /// Tokens that were read a moment ago.
    pub(crate) tokens: crate::service::tokens::Recent,
    /// Held while the index takes changes over: one at a time.
    pub(crate) draining: tokio::sync::Mutex<()>,
    /// Operations over several stores that are at work.
    pub(crate) operations: Operations,
    lock: Lock,
}

/// The exclusive lock of a data directory.
struct Lock(#[expect(dead_code, reason = "held until the process ends")] std::fs::File);

fn lock(dir: &Path) -> Result<Lock> {
    let path = dir.join("lock");
    let file = std::fs::OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|e| Error::Setup(format!("{} can't be opened: {e}", path.display())))?;
    file.try_lock().map_err(|_| {
        Error::Setup(format!(
            "{} is in use by another riserbo process: stop it first, or use --data-dir",
            dir.display()
        ))
    })?;
    Ok(Lock(file))
}

/// Whether a process has the data directory open now.
#[must_use]
pub fn in_use(dir: &Path) -> bool {
    let Ok(file) = std::fs::File::open(dir.join("lock")) else {
        return false;
    };
    matches!(file.try_lock_shared(), Err(std::fs::TryLockError::WouldBlock))
}

fn make_dir(dir: &Path) -> Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(|e| Error::Setup(format!("{} can't be made: {e}", dir.display())))
}

/// Readers of an SQLite file: each is a thread that waits, and a view waits for
/// several of them in turn.
const READERS: u32 = 24;

async fn open_stores(config: &Config, dir: &Path) -> Result<(Db, Db, Index)> {
    match &config.store.url {
        None => {
            let data = Db::sqlite(&dir.join("data.db"), true, READERS).await?;
            let keys = Db::sqlite(&dir.join("keys.db"), true, READERS).await?;
            let index = Db::sqlite(&dir.join("index.db"), true, 8).await?;
            Ok((data, keys, Index::open(index).await?))
        }
        Some(url) => {
            let data = Db::postgres(url, "data", 16).await?;
            let keys_url = config.keys.url.as_deref().unwrap_or(url);
            let keys = Db::postgres(keys_url, "keys", 8).await?;
            let index = Db::postgres(url, "idx", 8).await?;
            Ok((data, keys, Index::open(index).await?))
        }
    }
}

/// The store's identity: made once, kept in both stores; it must agree.
async fn store_id(data: &Db, keys: &Db, rng: &dyn Random) -> Result<StoreId> {
    let in_data = meta::get(data, "store_id").await?;
    let in_keys = meta::get(keys, "store_id").await?;
    match (in_data, in_keys) {
        (Some(a), Some(b)) if a == b => parse_store_id(&a),
        (Some(_), Some(_)) => Err(Error::Setup(String::from(
            "the key store belongs to another installation: put the right keys beside the data",
        ))),
        (Some(_), None) => Err(Error::Setup(String::from(
            "the key store is empty, but there is data: restore the keys; new ones would not open it",
        ))),
        (None, Some(id)) => {
            // The keys were made, then the process died: go on with them.
            let mut tx = data.begin().await?;
            meta::set(&mut tx, "store_id", &id).await?;
            meta::set(&mut tx, "epoch", "1").await?;
            tx.commit().await?;
            parse_store_id(&id)
        }
        (None, None) => {
            let mut id = [0u8; 16];
            rng.fill(&mut id)?;
            Ok(StoreId(id))
        }
    }
}

fn parse_store_id(text: &str) -> Result<StoreId> {
    let bytes = hex::decode(text).map_err(|_| Error::Sealed)?;
    Ok(StoreId(bytes.try_into().map_err(|_| Error::Sealed)?))
}

impl App {
    /// Opens a data directory, making it at the first start.
    ///
    /// # Errors
    /// [`Error::Setup`] that says what is wrong and how to mend it. Nothing is
    /// changed in a directory that can't be opened.
    pub async fn open(options: Options) -> Result<Arc<App>> {
        let Options { data_dir, clock, rng, config, log_faults, matrix } = options;
        make_dir(&data_dir)?;
        let lock = lock(&data_dir)?;
        let config = match config {
            Some(config) => config,
            None => Config::load(&data_dir)?,
        };
        let (data, keys, index) = open_stores(&config, &data_dir).await?;
        migrate::run(&keys, &migrate::KEYS).await?;
        let first = crate::store::keys::domains(&keys).await?.is_empty();
        let provider = root_key::open(&config, &data_dir, first)?;
        migrate::run(&data, &migrate::DATA).await?;
        let store = store_id(&data, &keys, rng.as_ref()).await?;
        let now = clock.now();
        let provider: &dyn KeyProvider = provider.as_ref();
        let keys = Arc::new(Keyring::open(keys, store, Arc::clone(&rng), provider, now).await?);
        if meta::get(&data, "store_id").await?.is_none() {
            let mut tx = data.begin().await?;
            meta::set(&mut tx, "store_id", &hex::encode(store.0)).await?;
            meta::set(&mut tx, "epoch", "1").await?;
            tx.commit().await?;
        }
        let (signer, vkey, origin) = log_signer::of(&keys)?;
        let how = log_files::Options { faults: log_faults, ..log_files::Options::default() };
        let files = LogFiles::open_with(&data_dir.join("log"), &origin, signer, &vkey, &how)
            .map_err(|e| Error::Setup(format!("the access log can't be opened: {e}")))?;
        let log = AccessLog::new(files, Arc::clone(&keys), Arc::clone(&rng));
        let matrix = matrix.unwrap_or_else(Matrix::shipped);
        let policy = PolicyState::open(&data, 1, &matrix).await?;
        let people = Directory::default();
        people.load(&data, &keys).await?;
        let reveals_until = match data.dialect() {
            crate::store::db::Dialect::Sqlite => crate::store::acts::last_end(&data).await?,
            // Other nodes make reveals too.
            crate::store::db::Dialect::Postgres => i64::MAX,
        };
        let scanner = Detector::new(pii::ScannerConfig::default());
        let lang = pii::Lang::from_tag(&config.organization.locale);
        let app = Arc::new(App {
            config,
            data_dir,
            clock,
            rng,
            data,
            index,
            keys,
            log,
            policy,
            people,
            scanner,
            lang,
            reveals_until: std::sync::atomic::AtomicI64::new(reveals_until),
            tokens: crate::service::tokens::Recent::default(),
            draining: tokio::sync::Mutex::new(()),
            operations: Operations::default(),
            lock,
        });
        crate::service::people::tell_detector(&app).await?;
        crate::service::recovery::run(&app).await?;
        Ok(app)
    }

    /// Closes the stores. The log is durable at all times.
    pub async fn close(&self) {
        self.data.close().await;
        self.keys.db().close().await;
        self.index.close().await;
        let _ = &self.lock;
    }
}

/// Who asks, as the access log wants to know it.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The principal's number in the log; 0 is nobody.
    pub agent_no: u32,
    /// Whether software asks.
    pub software: bool,
    /// Network address.
    pub address: String,
    /// Client's own word (`User-Agent`), cut at 200 characters.
    pub client: String,
    /// The route with its ids filled in.
    pub path: String,
    /// HTTP method, or `cli`.
    pub method: String,
    /// The request's id.
    pub request: String,
    /// When.
    pub now: i64,
}

/// How a token is bound besides its scopes.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// Networks from which it may be used; empty is any.
    pub networks: Vec<String>,
    /// When it ends, micros.
    pub expires_at: Option<i64>,
}

/// What goes through every call.
#[derive(Clone)]
pub struct Ctx {
    /// The application.
    pub app: Arc<App>,
    /// Who asks.
    pub who: Arc<Staff>,
    /// How and from where.
    pub caller: Caller,
    /// What the token allows; none is everything that the roles allow.
    pub scopes: Option<Arc<[String]>>,
    /// The token with which the caller came: what it makes is bound as it is.
    pub bounds: Option<Arc<Bounds>>,
    /// Whether the people of an answer are wanted with their whole profiles.
    /// Otherwise their names are all that is opened, counted and logged.
    pub profiles: bool,
}

impl Ctx {
    /// A context of a signed-in principal.
    #[must_use]
    pub fn new(app: &Arc<App>, who: Arc<Staff>, mut caller: Caller) -> Ctx {
        caller.agent_no = who.profile.agent_no;
        caller.software = who.software();
        Ctx { app: Arc::clone(app), who, caller, scopes: None, bounds: None, profiles: false }
    }

    /// A context of the command line, which acts as a signed-in principal.
    #[must_use]
    pub fn cli(app: &Arc<App>, who: Arc<Staff>, command: &str) -> Ctx {
        let now = app.clock.now();
        let caller = Caller {
            agent_no: 0,
            software: false,
            address: String::from("local"),
            client: format!("riserbo {}", env!("CARGO_PKG_VERSION")),
            path: command.to_owned(),
            method: String::from("cli"),
            request: request_id(app.rng.as_ref(), now),
            now,
        };
        Ctx::new(app, who, caller)
    }

    /// The principal.
    #[must_use]
    pub fn principal(&self) -> &Principal {
        &self.who.principal
    }

    /// When the request came.
    #[must_use]
    pub fn now(&self) -> i64 {
        self.caller.now
    }

    /// The roles must allow it, and the token's scopes.
    pub fn require(&self, action: Action) -> Result<()> {
        self.app.policy.require(self.principal(), action)?;
        if reads(action) { self.scope("read") } else { self.scope("write") }
    }

    /// The token must allow it: for what needs no right, such as a token for oneself.
    pub fn scope(&self, wanted: &'static str) -> Result<()> {
        match &self.scopes {
            Some(scopes) if !scopes.iter().any(|s| s == wanted) => Err(Error::Forbidden(wanted)),
            _ => Ok(()),
        }
    }

    /// Writes the event of this answer (I1).
    pub async fn log(&self, draft: Draft, keys: &mut KeySet<'_>) -> Result<u64> {
        self.app.log.write(&self.caller, self.app.policy.version(), draft, keys).await
    }

    /// Writes an event that touches no customer.
    pub async fn log_plain(&self, draft: Draft) -> Result<u64> {
        let mut keys = self.app.keys.load(&[]).await?;
        self.log(draft, &mut keys).await
    }

    /// Writes the event of an answer that shows nothing, and gives the error
    /// back; an error of the log takes its place.
    pub async fn refuse(&self, action: &'static str, error: Error) -> Error {
        let outcome = match &error {
            Error::NotFound => Outcome::NotFound,
            Error::Forbidden(_) | Error::Refused(_) | Error::Budget { .. } => Outcome::Denied,
            Error::Invalid { .. } => Outcome::Invalid,
            _ => Outcome::Failed,
        };
        let draft = Draft { action, outcome: Some(outcome), ..Draft::default() };
        match self.log_plain(draft).await {
            Ok(_) => error,
            Err(log) => log,
        }
    }
}

/// Whether the scope `read` is enough for an action. A reveal is reading: it changes nothing but
/// what its own caller is shown.
fn reads(action: Action) -> bool {
    use Action as A;
    matches!(
        action,
        A::ListTickets
            | A::ViewTicket
            | A::ViewCustomer
            | A::Search
            | A::Lookup
            | A::Reveal
            | A::VerifyCaller
            | A::Export
            | A::ReadLog
            | A::ReadOwnLog
            | A::VerifyLog
            | A::ReadInsight
            | A::ReadPolicy
    )
}

/// A request's id: a UUID of version 7, from the clock and randomness passed in.
#[must_use]
pub fn request_id(rng: &dyn Random, now: i64) -> String {
    let mut bytes = [0u8; 10];
    if rng.fill(&mut bytes).is_err() {
        bytes = [0; 10];
    }
    let millis = u64::try_from(now.div_euclid(1000)).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid().to_string()
}
