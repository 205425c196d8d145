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
mod keeper;
mod opening;
mod reader;
mod wishes;
mod writer;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::{collections::HashMap, fs::File, io, ops::Range};

use ledger::{ConsistencyProof, InclusionProof, Object, PrunedRange, Snapshot, VerifierKey};
use signed_note::Signer;
use tokio::sync::{mpsc, oneshot, watch};

pub use check::{verify_dir, verify_head};
pub use disk::Faults;
pub use wishes::{LogError, Options};

use disk::Disk;
use opening::{begin_if_empty, check_ends, check_key, read_journals};
use writer::Request;

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
        f.debug_struct("LogFiles").field("size", &self.size()).finish_non_exhaustive()
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
        let lock = disk.lock().map_err(LogError::io("be locked"))?.ok_or(LogError::Locked)?;
        begin_if_empty(&disk, signer.as_ref(), &key, options.create)?;
        let old = read_journals(&disk)?;
        let published = disk.read("checkpoint").map_err(LogError::io("read its checkpoint"))?;
        let recovered = ledger::recover(&key, &published.unwrap_or_default(), &old)?;
        let pending = recovered.objects.into_iter().map(|(o, bytes)| (o, Arc::new(bytes)));
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
        let ended =
            writer::start(&shared, recovered.log, signer, number, options.rotate_at, requests)?;
        Ok(Self { shared, queue, ended })
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
        self.ask(Request::Append { entry: entry.into(), reply }, answer).await
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
        self.queue.send(request).await.map_err(|_| LogError::Failed)?;
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
        self.blocking(move |shared| reader::read(shared, range)).await
    }

    /// Proves that entry `index` is in the newest checkpoint.
    ///
    /// # Errors
    /// There is no such entry, or a tile is damaged.
    pub async fn prove_inclusion(&self, index: u64) -> Result<InclusionProof, LogError> {
        self.blocking(move |shared| reader::prove_inclusion(shared, index)).await
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
        self.blocking(move |shared| reader::prove_consistency(shared, old, new)).await
    }

    /// Waits until the writer has answered all, and frees the log for the next to open it. If
    /// there are other clones, they keep it open and this returns at once.
    pub async fn close(self) {
        let Self { shared, queue, mut ended } = self;
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

#[cfg(test)]
mod tests;
