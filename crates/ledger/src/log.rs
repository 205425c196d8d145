//! The writer's state machine, without I/O.
//!
//! `commit` takes a batch and gives back all that must be stored for it, in the order in which it
//! must be stored: first the frame, synced, at the end of the journal; only then may the
//! checkpoint be published and the batch be acknowledged; then, at leisure, the finished objects.
//! Whoever could not store a frame calls [`Log::fail`]: state in memory is then ahead of the disk
//! and no further batch may be built on it.

use std::sync::Arc;

use signed_note::Signer;

use crate::bundle::{self, Entry, MAX_ENTRY};
use crate::checkpoint::Checkpoint;
use crate::edge::{Edge, Finished};
use crate::hash::leaf_hash;
use crate::journal;
use crate::object::{MAX_SIZE, Object, TILE_WIDTH};
use crate::problem::LogError;
use crate::snapshot::Snapshot;

/// The most entries in a batch.
pub const MAX_BATCH: usize = 65_536;

/// The most bytes of entries in a batch.
pub const MAX_BATCH_BYTES: usize = 32 << 20;

/// A log that is being written.
#[derive(Debug)]
pub struct Log {
    edge: Edge,
    tail: Vec<Entry>,
    checkpoint: Arc<[u8]>,
    failed: bool,
}

/// What a batch became. See the module for the order in which to store it.
#[derive(Debug)]
pub struct Commit {
    /// Index of the batch's first entry.
    pub first: u64,
    /// Number of entries after the batch.
    pub size: u64,
    /// The signed checkpoint of that size.
    pub checkpoint: Arc<[u8]>,
    /// The frame to append to the journal.
    pub frame: Vec<u8>,
    /// Tiles and bundles that the batch filled.
    pub objects: Vec<Finished>,
}

impl Log {
    /// An empty log, its origin being the signer's name. Its first journal starts with
    /// [`Log::base_frame`].
    ///
    /// # Errors
    /// [`LogError::Checkpoint`] if the empty head can't be signed.
    pub fn create(signer: &dyn Signer) -> Result<Self, LogError> {
        let edge = Edge::default();
        let checkpoint = Checkpoint { size: 0, root: edge.root() }.sign(signer)?;
        Ok(Self::resume(edge, Vec::new(), checkpoint.into()))
    }

    pub(crate) fn resume(edge: Edge, tail: Vec<Entry>, checkpoint: Arc<[u8]>) -> Self {
        Self { edge, tail, checkpoint, failed: false }
    }

    /// Number of entries, those of batches not yet stored included.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.edge.size()
    }

    /// The signed checkpoint of [`Log::size`].
    #[must_use]
    pub fn checkpoint(&self) -> &Arc<[u8]> {
        &self.checkpoint
    }

    /// The frame with which a new journal starts here.
    ///
    /// # Errors
    /// [`LogError::Failed`] after a failure.
    pub fn base_frame(&self) -> Result<Vec<u8>, LogError> {
        if self.failed {
            return Err(LogError::Failed);
        }
        journal::base_frame(&self.edge, &self.tail, &self.checkpoint).ok_or(LogError::Batch)
    }

    /// What readers and proofs need, at this size.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::new(self.edge.clone(), self.tail.clone(), Arc::clone(&self.checkpoint))
    }

    /// Says that a frame could not be stored: nothing more is taken.
    pub fn fail(&mut self) {
        self.failed = true;
    }

    /// Adds a batch.
    ///
    /// # Errors
    /// [`LogError::TooLong`], [`LogError::Batch`] and [`LogError::Full`] leave the log as it was.
    /// If the signer fails, the log has failed.
    pub fn commit(&mut self, entries: &[Entry], signer: &dyn Signer) -> Result<Commit, LogError> {
        if self.failed {
            return Err(LogError::Failed);
        }
        self.accept(entries)?;
        let first = self.size();
        let mut objects = Vec::new();
        for entry in entries {
            self.edge.push(leaf_hash(entry), &mut objects);
            self.tail.push(Arc::clone(entry));
            if self.tail.len() as u64 == TILE_WIDTH {
                let index = self.size() / TILE_WIDTH - 1;
                objects.push((Object::Bundle { index }, bundle::encode(&self.tail)));
                self.tail.clear();
            }
        }
        let head = Checkpoint { size: self.size(), root: self.edge.root() };
        let built = head.sign(signer).map_err(LogError::from).and_then(|checkpoint| {
            let frame = journal::batch_frame(first, entries, &checkpoint);
            Ok((frame.ok_or(LogError::Batch)?, checkpoint))
        });
        match built {
            Ok((frame, checkpoint)) => {
                self.checkpoint = checkpoint.into();
                let checkpoint = Arc::clone(&self.checkpoint);
                Ok(Commit { first, size: head.size, checkpoint, frame, objects })
            }
            Err(error) => {
                self.failed = true;
                Err(error)
            }
        }
    }

    fn accept(&self, entries: &[Entry]) -> Result<(), LogError> {
        let mut bytes = 0;
        for entry in entries {
            if entry.len() > MAX_ENTRY {
                return Err(LogError::TooLong { len: entry.len() });
            }
            bytes += entry.len() + 2;
        }
        if entries.is_empty() || entries.len() > MAX_BATCH || bytes > MAX_BATCH_BYTES {
            return Err(LogError::Batch);
        }
        if self.size() + entries.len() as u64 > MAX_SIZE {
            return Err(LogError::Full);
        }
        Ok(())
    }
}
