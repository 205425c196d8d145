//! The keeper: puts finished tiles and bundles into files, and lets old journals go.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::Receiver;

use ledger::{Journal, Object, PrunedRange, TILE_WIDTH};

use super::writer::PruneReply;
use super::{LogError, Shared};

/// What the keeper is told.
pub(super) enum Keep {
    /// Put these into their files.
    Store(Vec<(Object, Arc<Vec<u8>>)>),
    /// All before journal `number` was handed over: sync it and remove the older journals.
    Close { number: u64 },
    /// Remove the bundles of these, and answer.
    Remove { ranges: Vec<PrunedRange>, reply: PruneReply },
}

/// The keeper's thread. A failure fails the log: what is finished stays in memory for readers and
/// in the journals for the next opening.
pub(super) fn keep(shared: &Shared, keeps: &Receiver<Keep>) {
    let mut written = Vec::new();
    for told in keeps {
        let done = match told {
            Keep::Store(objects) => store(shared, objects, &mut written),
            Keep::Close { number } => close(shared, number, &mut written),
            Keep::Remove { ranges, reply } => {
                let removed = remove(shared, &ranges);
                let answer = removed.as_ref().copied().map_err(|error| {
                    LogError::io("remove a bundle")(std::io::Error::from(error.kind()))
                });
                let _ = reply.send(answer);
                removed
            }
        };
        if done.is_err() {
            shared.failed.store(true, Ordering::SeqCst);
            break;
        }
    }
    // After a failure the writer may still hold us; what it says is of no use any more.
    while keeps.recv().is_ok() {}
}

fn store(
    shared: &Shared,
    objects: Vec<(Object, Arc<Vec<u8>>)>,
    written: &mut Vec<String>,
) -> std::io::Result<()> {
    for (object, bytes) in objects {
        let path = object.path();
        shared.disk.put(&path, &bytes, false)?;
        shared.pending().remove(&object);
        written.push(path);
    }
    Ok(())
}

fn close(shared: &Shared, number: u64, written: &mut Vec<String>) -> std::io::Result<()> {
    let old = shared.disk.journals()?;
    written.push("checkpoint".to_owned());
    shared.disk.sync_all(written)?;
    written.clear();
    for old in old.into_iter().filter(|old| *old < number) {
        shared.disk.remove(&Journal::name(old))?;
    }
    Ok(())
}

fn remove(shared: &Shared, ranges: &[PrunedRange]) -> std::io::Result<()> {
    for range in ranges {
        for index in range.first / TILE_WIDTH..range.end / TILE_WIDTH {
            shared.disk.remove(&Object::Bundle { index }.path())?;
        }
    }
    Ok(())
}
