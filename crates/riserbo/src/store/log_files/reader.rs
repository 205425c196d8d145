//! Reading the log while it is being written: from the tail in memory, from tiles that are not
//! stored yet, from files. The writer is never waited for.

use std::collections::HashMap;
use std::ops::Range;

use ledger::{
    ConsistencyProof, InclusionProof, Object, Plan, Problem, Proof, Reason, TILE_WIDTH,
    open_bundle, open_pruned,
};

use super::{LogError, Shared};

/// The bytes of a finished object; `None` if there is none.
fn object(shared: &Shared, object: Object) -> Result<Option<Vec<u8>>, LogError> {
    let cant = LogError::io("read a tile");
    // First the memory: the keeper takes an object out only when its file is in place.
    let pending = shared.pending().get(&object).cloned();
    match pending {
        Some(bytes) => Ok(Some(bytes.to_vec())),
        None => shared.disk.read(&object.path()).map_err(cant),
    }
}

fn missing(object: Object, index: u64) -> LogError {
    Problem { index: Some(index), place: object.path(), reason: Reason::Missing }.into()
}

/// See [`super::LogFiles::read`].
pub(super) fn read(shared: &Shared, range: Range<u64>) -> Result<Vec<(u64, Vec<u8>)>, LogError> {
    let view = shared.view();
    let end = range.end.min(view.size());
    let tail = view.tail_start();
    let mut found = Vec::new();
    let mut at = range.start;
    while at < end.min(tail) {
        let index = at / TILE_WIDTH;
        let first = index * TILE_WIDTH;
        let (bundle, tile) = (Object::Bundle { index }, Object::Tile { level: 0, index });
        let Some(bytes) = object(shared, bundle)? else {
            return Err(if pruned(shared, at)? {
                LogError::Pruned(at)
            } else {
                missing(bundle, at)
            });
        };
        let hashes = object(shared, tile)?.ok_or_else(|| missing(tile, first))?;
        let entries = open_bundle(index, &bytes, &hashes)?;
        let wanted = (first..).zip(entries).filter(|(i, _)| (at..end).contains(i));
        found.extend(wanted.map(|(i, entry)| (i, entry.to_vec())));
        at = first + TILE_WIDTH;
    }
    let wanted = (tail..).zip(view.tail()).filter(|(i, _)| (range.start..end).contains(i));
    found.extend(wanted.map(|(i, entry)| (i, entry.to_vec())));
    Ok(found)
}

/// Whether the signed list says that retention took the entry out.
fn pruned(shared: &Shared, index: u64) -> Result<bool, LogError> {
    let signed = shared.disk.read("pruned").map_err(LogError::io("read what was pruned"))?;
    let Some(signed) = signed else {
        return Ok(false);
    };
    let ranges = open_pruned(&signed, &shared.key).map_err(ledger::LogError::from)?;
    Ok(ranges.iter().any(|range| (range.first..range.end).contains(&index)))
}

/// See [`super::LogFiles::prove_inclusion`].
pub(super) fn prove_inclusion(shared: &Shared, index: u64) -> Result<InclusionProof, LogError> {
    let view = shared.view();
    let plan = view.plan_inclusion(index)?;
    match finish(shared, &plan)? {
        Proof::Inclusion(proof) => Ok(proof),
        Proof::Consistency(_) => Err(ledger::LogError::OutOfRange.into()),
    }
}

/// See [`super::LogFiles::prove_consistency`].
pub(super) fn prove_consistency(
    shared: &Shared,
    old: u64,
    new: u64,
) -> Result<ConsistencyProof, LogError> {
    let view = shared.view();
    let plan = view.plan_consistency(old, new)?;
    match finish(shared, &plan)? {
        Proof::Consistency(proof) => Ok(proof),
        Proof::Inclusion(_) => Err(ledger::LogError::OutOfRange.into()),
    }
}

fn finish(shared: &Shared, plan: &Plan<'_>) -> Result<Proof, LogError> {
    let mut tiles = HashMap::new();
    for need in plan.needs() {
        let bytes = object(shared, *need)?.ok_or_else(|| missing(*need, need.first_entry()))?;
        tiles.insert(*need, bytes);
    }
    Ok(plan.finish(&tiles)?)
}
