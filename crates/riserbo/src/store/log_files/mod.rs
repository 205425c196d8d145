//! The access log in files: the file backend of the `ledger` crate.
//!
//! ```text
//! log/
//!   lock               held by the one process that writes
//!   checkpoint         the newest signed head whose entries are durable
//!   journal-7          the newest entries, each batch with its signed head
//!   tile/0/000 …       full hash tiles          (C2SP tlog-tiles)
//!   tile/entries/000 … full entry bundles
//!   pruned             signed list of what retention took out, if it did
//! ```
//!
//! Three threads of control. Callers of [`LogFiles::append`] queue up. The *writer*, a thread of
//! its own, takes whatever waits as one batch (there is no timer: while a sync runs, the next
//! batch gathers), signs it, writes it to the journal, syncs, publishes the checkpoint, and only
//! then answers. The *keeper* stores tiles and bundles as they fill, and removes a journal when
//! all of it is durable elsewhere.
//!
//! INVARIANT I1: an append resolves only once its entry is durable under a signed checkpoint.
//!
//! Any failure to write makes the log *failed*: every append gets an error at once, and nothing
//! is shown (503), until the log is opened again. After a failed sync nobody knows what the disk
//! holds, so what the memory believes is thrown away and read back.
//!
//! It is not a reader of meaning: entries are bytes.

mod check;
mod disk;
mod reader;
mod writer;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::{collections::HashMap, fs::File, io, ops::Range};

use ledger::{
    ConsistencyProof, InclusionProof, Journal, Object, Problem, PrunedRange, Snapshot, VerifierKey,
};
use signed_note::Signer;
use tokio::sync::{mpsc, oneshot, watch};

pub use check::verify_dir;
pub use disk::Faults;

use disk::Disk;
use writer::Request;

/// How a log is opened.
#[derive(Debug, Clone)]
pub struct Options {
    /// Whether an empty or missing folder becomes a new log. A caller that knows that there was
    /// a log says no: a folder that is gone must not pass for a fresh start.
    pub create: bool,
    /// A journal of this many bytes is closed and a new one begun.
    pub rotate_at: u64,
    /// Entries that may wait; further callers wait for room.
    pub queue: usize,
    /// For tests.
    pub faults: Faults,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            create: true,
            rotate_at: 8 << 20,
            queue: 4096,
            faults: Faults::default(),
        }
    }
}

/// Why the log did not do what it was asked to.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum LogError {
    /// The file system refused.
    #[error("the log can't {doing}: {source}")]
    Io {
        /// What was being done, to go on after "the log can't".
        doing: &'static str,
        /// What the system said.
        source: Arc<io::Error>,
    },
    /// Another process has it open for writing.
    #[error("the log is in use by another process")]
    Locked,
    /// There is no log in the folder, and none was to be made.
    #[error("there is no log in this folder")]
    NoLog,
    /// A write failed before; nothing is taken until the log is opened again.
    #[error("the log has failed and takes no entries until it is opened again")]
    Failed,
    /// Signer and verifier key do not belong to this log or to each other.
    #[error("the log's signing key does not match its verifier key or its name")]
    Key,
    /// The entries were taken out by retention.
    #[error("entry {0} was taken out by retention")]
    Pruned(u64),
    /// The log is not as its signed heads say, or the wish can't be met.
    #[error(transparent)]
    Ledger(#[from] ledger::LogError),
}

impl From<Problem> for LogError {
    fn from(problem: Problem) -> Self {
        Self::Ledger(problem.into())
    }
}

impl LogError {
    fn io(doing: &'static str) -> impl Fn(io::Error) -> Self {
        move |source| Self::Io {
            doing,
            source: Arc::new(source),
        }
    }
}

/// Where an entry went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// Its index.
    pub index: u64,
    /// Number of entries that the checkpoint over it counts.
    pub size: u64,
}

/// What readers, writer and keeper share.
struct Shared {
    disk: Disk,
    key: VerifierKey,
    /// The log at its newest durable size.
    view: RwLock<Arc<Snapshot>>,
    /// Full tiles and bundles that are not in their files yet.
    pending: Mutex<HashMap<Object, Arc<Vec<u8>>>>,
    failed: AtomicBool,
    /// Released when the last of the threads is gone.
    _lock: File,
}

impl Shared {
    fn view(&self) -> Arc<Snapshot> {
        // A poisoned lock holds an `Arc` that was put whole.
        Arc::clone(&self.view.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn show(&self, snapshot: Snapshot) {
        *self.view.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(snapshot);
    }

    fn pending(&self) -> std::sync::MutexGuard<'_, HashMap<Object, Arc<Vec<u8>>>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An open log in files. Clones share it; the last one to go lets the writer end.
#[derive(Clone)]
pub struct LogFiles {
    shared: Arc<Shared>,
    queue: mpsc::Sender<Request>,
    /// Closed when both threads have ended.
    ended: watch::Receiver<()>,
}

impl std::fmt::Debug for LogFiles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LogFiles")
            .field("size", &self.size())
            .finish_non_exhaustive()
    }
}

impl LogFiles {
    /// Opens the log `origin` in `dir`, or begins one there.
    ///
    /// # Errors
    /// [`LogError::Locked`], [`LogError::Key`], or what is damaged.
    pub fn open(
        dir: &Path,
        origin: &str,
        signer: Box<dyn Signer + Send>,
        verifier_key: &str,
    ) -> Result<Self, LogError> {
        Self::open_with(dir, origin, signer, verifier_key, &Options::default())
    }

    /// Opens a log as `options` say.
    ///
    /// # Errors
    /// As [`LogFiles::open`], and [`LogError::NoLog`].
    pub fn open_with(
        dir: &Path,
        origin: &str,
        signer: Box<dyn Signer + Send>,
        verifier_key: &str,
        options: &Options,
    ) -> Result<Self, LogError> {
        let key = VerifierKey::parse(verifier_key).map_err(|_| LogError::Key)?;
        if key.origin() != origin || signer.name() != origin {
            return Err(LogError::Key);
        }
        let disk = Disk::open(dir, options.faults.clone()).map_err(LogError::io("be opened"))?;
        let lock = disk
            .lock()
            .map_err(LogError::io("be locked"))?
            .ok_or(LogError::Locked)?;
        begin_if_empty(&disk, signer.as_ref(), &key, options.create)?;
        let old = read_journals(&disk)?;
        let published = disk
            .read("checkpoint")
            .map_err(LogError::io("read its checkpoint"))?;
        let recovered = ledger::recover(&key, &published.unwrap_or_default(), &old)?;
        let pending = recovered
            .objects
            .into_iter()
            .map(|(o, bytes)| (o, Arc::new(bytes)));
        let shared = Arc::new(Shared {
            disk,
            view: RwLock::new(Arc::new(recovered.log.snapshot())),
            pending: Mutex::new(pending.collect()),
            failed: AtomicBool::new(false),
            _lock: lock,
            key,
        });
        check_key(&shared, signer.as_ref())?;
        check_ends(&shared, recovered.base)?;
        let number = old.last().map_or(0, |journal| journal.number + 1);
        let (queue, requests) = mpsc::channel(options.queue.max(1));
        let ended = writer::start(
            &shared,
            recovered.log,
            signer,
            number,
            options.rotate_at,
            requests,
        )?;
        Ok(Self {
            shared,
            queue,
            ended,
        })
    }

    /// Adds an entry of up to [`ledger::MAX_ENTRY`] bytes. Resolves once the entry is durable
    /// under a signed checkpoint. A caller that stops waiting can't take the entry back.
    ///
    /// # Errors
    /// The entry is too long (nothing is written), or the log has failed.
    pub async fn append(&self, entry: Vec<u8>) -> Result<Appended, LogError> {
        if entry.len() > ledger::MAX_ENTRY {
            return Err(ledger::LogError::TooLong { len: entry.len() }.into());
        }
        if self.has_failed() {
            return Err(LogError::Failed);
        }
        let (reply, answer) = oneshot::channel();
        self.ask(
            Request::Append {
                entry: entry.into(),
                reply,
            },
            answer,
        )
        .await
    }

    /// Takes the bundles of `ranges` out of the log, for good: their entries, not their hashes.
    /// A signed list says so first, so that the verifier can tell it from a loss. May be repeated
    /// after a crash in between.
    ///
    /// # Errors
    /// A range is not made of whole bundles of this log; or a write failed, and with it the log.
    pub async fn prune(&self, ranges: Vec<PrunedRange>) -> Result<(), LogError> {
        let (reply, answer) = oneshot::channel();
        self.ask(Request::Prune { ranges, reply }, answer).await
    }

    async fn ask<T>(
        &self,
        request: Request,
        answer: oneshot::Receiver<Result<T, LogError>>,
    ) -> Result<T, LogError> {
        self.queue
            .send(request)
            .await
            .map_err(|_| LogError::Failed)?;
        answer.await.map_err(|_| LogError::Failed)?
    }

    /// Whether a write failed: nothing is taken any more.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.shared.failed.load(Ordering::SeqCst)
    }

    /// Number of durable entries.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.shared.view().size()
    }

    /// The newest signed checkpoint whose entries are durable.
    #[must_use]
    pub fn checkpoint(&self) -> Arc<[u8]> {
        Arc::clone(self.shared.view().checkpoint())
    }

    /// The log at this moment, for whoever publishes it or keeps a checkpoint.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.shared.view()
    }

    /// The entries of `range` with their indexes, each checked against its leaf hash. What lies
    /// beyond the end is left out. All of it is held in memory: ask for some thousands at a time.
    ///
    /// # Errors
    /// [`LogError::Pruned`], or what is damaged.
    pub async fn read(&self, range: Range<u64>) -> Result<Vec<(u64, Vec<u8>)>, LogError> {
        self.blocking(move |shared| reader::read(shared, range))
            .await
    }

    /// Proves that entry `index` is in the newest checkpoint.
    ///
    /// # Errors
    /// There is no such entry, or a tile is damaged.
    pub async fn prove_inclusion(&self, index: u64) -> Result<InclusionProof, LogError> {
        self.blocking(move |shared| reader::prove_inclusion(shared, index))
            .await
    }

    /// Proves that the log of size `new` starts with the log of size `old`.
    ///
    /// # Errors
    /// There were no such sizes, or a tile is damaged.
    pub async fn prove_consistency(
        &self,
        old: u64,
        new: u64,
    ) -> Result<ConsistencyProof, LogError> {
        self.blocking(move |shared| reader::prove_consistency(shared, old, new))
            .await
    }

    /// Waits until the writer has answered all, and frees the log for the next to open it. If
    /// there are other clones, they keep it open and this returns at once.
    pub async fn close(self) {
        let Self {
            shared,
            queue,
            mut ended,
        } = self;
        drop(shared);
        if queue.strong_count() > 1 {
            return;
        }
        drop(queue);
        // Nothing is ever sent: it ends when the threads do.
        while ended.changed().await.is_ok() {}
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Shared) -> Result<T, LogError> + Send + 'static,
    ) -> Result<T, LogError> {
        let shared = Arc::clone(&self.shared);
        match tokio::task::spawn_blocking(move || work(&shared)).await {
            Ok(done) => done,
            Err(error) => Err(LogError::io("run a reader")(io::Error::other(error))),
        }
    }
}

/// Begins a log in an empty folder. The checkpoint goes first: a folder with an empty log's
/// checkpoint and nothing else is one whose beginning was cut short.
fn begin_if_empty(
    disk: &Disk,
    signer: &dyn Signer,
    key: &VerifierKey,
    create: bool,
) -> Result<(), LogError> {
    let cant = LogError::io("be created");
    let checkpoint = disk.read("checkpoint").map_err(&cant)?;
    let began = match &checkpoint {
        Some(signed) => key.open(signed).map_or(true, |head| head.size > 0),
        None => false,
    };
    if began || disk.exists("tile") || !disk.journals().map_err(&cant)?.is_empty() {
        return Ok(());
    }
    if !create {
        return Err(LogError::NoLog);
    }
    let log = ledger::Log::create(signer)?;
    disk.put_synced("checkpoint", log.checkpoint())
        .map_err(&cant)?;
    disk.put_synced(&Journal::name(0), &log.base_frame()?)
        .map_err(&cant)
}

fn read_journals(disk: &Disk) -> Result<Vec<Journal>, LogError> {
    let cant = LogError::io("read its journals");
    let mut journals = Vec::new();
    for number in disk.journals().map_err(&cant)? {
        let bytes = disk
            .read(&Journal::name(number))
            .map_err(&cant)?
            .unwrap_or_default();
        journals.push(Journal { number, bytes });
    }
    Ok(journals)
}

/// The signer must make what the verifier key accepts, or the first batch would make a log that
/// nobody can open.
fn check_key(shared: &Shared, signer: &dyn Signer) -> Result<(), LogError> {
    let view = shared.view();
    let head = ledger::Checkpoint {
        size: view.size(),
        root: view.root(),
    };
    let signed = head.sign(signer).map_err(|_| LogError::Key)?;
    shared
        .key
        .open(&signed)
        .map(|_| ())
        .map_err(|_| LogError::Key)
}

/// The last finished object below the journals is there and true, and nothing lies beyond the
/// end. The whole log is the business of `verify_dir`.
fn check_ends(shared: &Shared, base: u64) -> Result<(), LogError> {
    if let Some(last) = (base - base % ledger::TILE_WIDTH).checked_sub(1) {
        reader::prove_inclusion(shared, last)?;
    }
    let size = shared.view().size();
    let index = size / ledger::TILE_WIDTH;
    for object in [Object::Tile { level: 0, index }, Object::Bundle { index }] {
        if shared.disk.exists(&object.path()) {
            let reason = ledger::Reason::Beyond;
            return Err(Problem {
                index: Some(size),
                place: object.path(),
                reason,
            }
            .into());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
