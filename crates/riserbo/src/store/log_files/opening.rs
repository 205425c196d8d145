//! What is looked at before a log is opened for writing.

use ledger::{Journal, Object, Problem, VerifierKey};
use signed_note::Signer;

use super::disk::Disk;
use super::{LogError, Shared, reader};

/// Begins a log in an empty folder. The checkpoint goes first: a folder with an empty log's
/// checkpoint and nothing else is one whose beginning was cut short.
pub(super) fn begin_if_empty(
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
    disk.put_synced("checkpoint", log.checkpoint()).map_err(&cant)?;
    disk.put_synced(&Journal::name(0), &log.base_frame()?).map_err(&cant)
}

pub(super) fn read_journals(disk: &Disk) -> Result<Vec<Journal>, LogError> {
    let cant = LogError::io("read its journals");
    let mut journals = Vec::new();
    for number in disk.journals().map_err(&cant)? {
        let bytes = disk.read(&Journal::name(number)).map_err(&cant)?.unwrap_or_default();
        journals.push(Journal { number, bytes });
    }
    Ok(journals)
}

/// The signer must make what the verifier key accepts, or the first batch would make a log that
/// nobody can open.
pub(super) fn check_key(shared: &Shared, signer: &dyn Signer) -> Result<(), LogError> {
    let view = shared.view();
    let head = ledger::Checkpoint { size: view.size(), root: view.root() };
    let signed = head.sign(signer).map_err(|_| LogError::Key)?;
    shared.key.open(&signed).map(|_| ()).map_err(|_| LogError::Key)
}

/// The last finished object below the journals is there and true, and nothing lies beyond the
/// end. The whole log is the business of `verify_dir`.
pub(super) fn check_ends(shared: &Shared, base: u64) -> Result<(), LogError> {
    if let Some(last) = (base - base % ledger::TILE_WIDTH).checked_sub(1) {
        reader::prove_inclusion(shared, last)?;
    }
    let size = shared.view().size();
    let index = size / ledger::TILE_WIDTH;
    for object in [Object::Tile { level: 0, index }, Object::Bundle { index }] {
        if shared.disk.exists(&object.path()) {
            let reason = ledger::Reason::Beyond;
            return Err(Problem { index: Some(size), place: object.path(), reason }.into());
        }
    }
    Ok(())
}
