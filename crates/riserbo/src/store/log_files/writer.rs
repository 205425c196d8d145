//! The writer's thread: what waits becomes a batch, a batch becomes durable, and is answered.

use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc as std_mpsc;
use std::thread;

use ledger::{Entry, Finished, Journal, Log, Object, PrunedRange, open_pruned, sign_pruned};
use signed_note::Signer;
use tokio::sync::{mpsc, oneshot, watch};

use super::keeper::{Keep, keep};
use super::{Appended, LogError, Shared};

/// The most entries that the writer takes as one batch.
const BATCH: usize = 4096;
/// A batch takes no further entry beyond this many bytes.
const BATCH_BYTES: usize = 8 << 20;
/// How often the processor is offered to returning callers before a batch is closed.
const OFFERS: u32 = 16;
/// Batches whose finished objects may wait for the keeper before the writer waits for it.
const KEEPER_QUEUE: usize = 256;

/// To whom an append is answered.
type Reply = oneshot::Sender<Result<Appended, LogError>>;
/// To whom a pruning is answered.
pub(super) type PruneReply = oneshot::Sender<Result<(), LogError>>;

/// What waits for the writer, and who waits for it.
pub(super) enum Request {
    Append { entry: Entry, reply: Reply },
    Prune { ranges: Vec<PrunedRange>, reply: PruneReply },
}

/// Begins journal `number` and starts both threads.
///
/// A log that is opened always goes on in a new journal, whose base holds all that the older
/// journals held and no object does: after a crash or a failed sync nobody knows which pages of
/// the old ones are on the disk, and a torn end needs no repair.
pub(super) fn start(
    shared: &Arc<Shared>,
    log: Log,
    signer: Box<dyn Signer + Send>,
    number: u64,
    rotate_at: u64,
    requests: mpsc::Receiver<Request>,
) -> Result<watch::Receiver<()>, LogError> {
    let cant = LogError::io("begin a journal");
    let objects: Vec<_> =
        shared.pending().iter().map(|(object, bytes)| (*object, Arc::clone(bytes))).collect();
    let journal = begin(shared, &log, number)?;
    shared
        .disk
        .put_synced("checkpoint", log.checkpoint())
        .map_err(LogError::io("publish its checkpoint"))?;
    let checkpoint = shared.disk.in_place("checkpoint").map_err(&cant)?;
    let (keeper, keeps) = std_mpsc::sync_channel(KEEPER_QUEUE);
    // There is room: the channel is new.
    let told = keeper.send(Keep::Store(objects)).and(keeper.send(Keep::Close { number }));
    told.map_err(|_| LogError::Failed)?;
    let writer = Writer {
        shared: Arc::clone(shared),
        log,
        signer,
        journal,
        number,
        written: 0,
        rotate_at,
        checkpoint,
        keeper,
    };
    let keeping = Arc::clone(shared);
    let named = |name: &str| thread::Builder::new().name(name.to_owned());
    let (end, ended) = watch::channel(());
    let keeper_thread = move || {
        keep(&keeping, &keeps);
        // The lock goes before the word that it went.
        drop(keeping);
        drop(end);
    };
    named("log-keeper").spawn(keeper_thread).map_err(&cant)?;
    named("log-writer").spawn(move || writer.run(requests)).map_err(&cant)?;
    Ok(ended)
}

fn begin(shared: &Shared, log: &Log, number: u64) -> Result<File, LogError> {
    let (name, base) = (Journal::name(number), log.base_frame()?);
    let begun = shared.disk.put_synced(&name, &base).and_then(|()| shared.disk.appender(&name));
    begun.map_err(LogError::io("begin a journal"))
}

/// A batch while it gathers.
#[derive(Default)]
struct Batch {
    entries: Vec<Entry>,
    replies: Vec<Reply>,
    bytes: usize,
    /// A wish of another kind that came after the entries; it ends the batch.
    then: Option<(Vec<PrunedRange>, PruneReply)>,
}

impl Batch {
    fn add(&mut self, request: Request) {
        match request {
            Request::Append { entry, reply } => {
                self.bytes += entry.len();
                self.entries.push(entry);
                self.replies.push(reply);
            }
            Request::Prune { ranges, reply } => self.then = Some((ranges, reply)),
        }
    }

    fn has_room(&self) -> bool {
        self.then.is_none() && self.entries.len() < BATCH && self.bytes < BATCH_BYTES
    }

    /// Takes what waits. Those whom the last batch answered often come back at once: as long as
    /// fewer are here than the last time (`usual`), the processor is offered to them a few times
    /// before a sync is spent on the first one alone. It is no timer; an idle log waits for no
    /// one.
    fn gather(first: Request, usual: usize, requests: &mut mpsc::Receiver<Request>) -> Self {
        let mut batch = Self::default();
        batch.add(first);
        let mut offers = 0;
        while batch.has_room() {
            match requests.try_recv() {
                Ok(request) => batch.add(request),
                Err(_) if batch.entries.len() < usual && offers < OFFERS => {
                    offers += 1;
                    thread::yield_now();
                }
                Err(_) => break,
            }
        }
        batch
    }
}

/// Its fields go in the order in which they stand: the keeper, and so the end of [`start`]'s
/// watch, outlives the writer's hold on the log.
struct Writer {
    shared: Arc<Shared>,
    log: Log,
    signer: Box<dyn Signer + Send>,
    journal: File,
    number: u64,
    /// Bytes of batches in the journal.
    written: u64,
    rotate_at: u64,
    checkpoint: File,
    keeper: std_mpsc::SyncSender<Keep>,
}

impl Writer {
    /// Answers requests until no one can make any.
    fn run(mut self, mut requests: mpsc::Receiver<Request>) {
        let mut usual = 0;
        while let Some(first) = requests.blocking_recv() {
            let batch = Batch::gather(first, usual, &mut requests);
            if !batch.entries.is_empty() {
                usual = batch.entries.len();
                let stored = self.store(&batch.entries);
                self.answer(stored, batch.replies);
            }
            if let Some((ranges, reply)) = batch.then {
                self.prune(ranges, reply);
            }
        }
    }

    /// Makes a batch durable and shows it.
    fn store(&mut self, entries: &[Entry]) -> Result<(u64, u64, Vec<Finished>), LogError> {
        if self.shared.failed.load(Ordering::SeqCst) {
            return Err(LogError::Failed);
        }
        let commit = self.log.commit(entries, self.signer.as_ref())?;
        let disk = &self.shared.disk;
        let written = disk
            .write(&mut self.journal, &commit.frame)
            .and_then(|()| disk.sync_data(&self.journal));
        written.map_err(LogError::io("write its journal"))?;
        self.written += commit.frame.len() as u64;
        // INVARIANT I1: published and answered only now. The file needs no sync of its own: it
        // says after a killed process how far answers went, and after a power failure the
        // journal alone decides.
        disk.overwrite(&self.checkpoint, &commit.checkpoint)
            .map_err(LogError::io("publish its checkpoint"))?;
        Ok((commit.first, commit.size, commit.objects))
    }

    fn answer(&mut self, stored: Result<(u64, u64, Vec<Finished>), LogError>, replies: Vec<Reply>) {
        match stored {
            Ok((first, size, objects)) => {
                let objects: Vec<_> =
                    objects.into_iter().map(|(o, bytes)| (o, Arc::new(bytes))).collect();
                // Readers of the new view find each object in memory until its file is there.
                self.shared.pending().extend(objects.iter().cloned());
                self.shared.show(self.log.snapshot());
                for (reply, index) in replies.into_iter().zip(first..) {
                    // Whoever no longer waits gets no answer.
                    let _ = reply.send(Ok(Appended { index, size }));
                }
                self.hand_over(objects);
            }
            Err(error) => {
                self.fail();
                for reply in replies {
                    let _ = reply.send(Err(error.clone()));
                }
            }
        }
    }

    /// After the answers: what is finished goes to the keeper, a long journal is closed.
    fn hand_over(&mut self, objects: Vec<(Object, Arc<Vec<u8>>)>) {
        let mut kept = objects.is_empty() || self.keeper.send(Keep::Store(objects)).is_ok();
        if self.written >= self.rotate_at {
            kept = kept && self.rotate().is_ok();
        }
        if !kept {
            self.fail();
        }
    }

    /// Says what goes, durably, then has it removed. A new journal first: an old one would bring
    /// its bundles back when the log is opened.
    fn prune(&mut self, ranges: Vec<PrunedRange>, reply: PruneReply) {
        let signed = match self.list_pruned(&ranges) {
            Ok(signed) => signed,
            // Whoever no longer waits gets no answer.
            Err(error) => return drop(reply.send(Err(error))),
        };
        let listed = self.rotate().and_then(|()| {
            let put = self.shared.disk.put_synced("pruned", &signed);
            put.map_err(LogError::io("list what is pruned"))
        });
        if let Err(error) = listed {
            self.fail();
            return drop(reply.send(Err(error)));
        }
        if self.keeper.send(Keep::Remove { ranges, reply }).is_err() {
            self.fail();
        }
    }

    /// The signed list with `ranges` added.
    fn list_pruned(&self, ranges: &[PrunedRange]) -> Result<Vec<u8>, LogError> {
        if self.shared.failed.load(Ordering::SeqCst) {
            return Err(LogError::Failed);
        }
        let end = self.log.size();
        if ranges.iter().any(|range| range.end > end) {
            return Err(ledger::LogError::OutOfRange.into());
        }
        let cant = LogError::io("read what was pruned");
        let mut all = match self.shared.disk.read("pruned").map_err(cant)? {
            Some(signed) => {
                open_pruned(&signed, &self.shared.key).map_err(ledger::LogError::from)?
            }
            None => Vec::new(),
        };
        all.extend(ranges.iter().filter(|range| !all.contains(range)).cloned().collect::<Vec<_>>());
        Ok(sign_pruned(&all, self.signer.as_ref()).map_err(ledger::LogError::from)?)
    }

    fn rotate(&mut self) -> Result<(), LogError> {
        let number = self.number + 1;
        self.journal = begin(&self.shared, &self.log, number)?;
        self.number = number;
        self.written = 0;
        self.keeper.send(Keep::Close { number }).map_err(|_| LogError::Failed)
    }

    fn fail(&mut self) {
        self.log.fail();
        self.shared.failed.store(true, Ordering::SeqCst);
    }
}
