//! The offline verifier over a folder, with the verifier key alone. It takes no lock and may run
//! beside a writer.

use std::path::Path;

use ledger::{Evidence, Journal, Verification, VerifierKey, VerifyReport};

use super::LogError;
use super::disk::Disk;

/// How often a log that changes under the verifier's eyes is looked at again.
const ATTEMPTS: u32 = 5;

/// Verifies the log in `dir`: every entry, tile, root and signature (`ledger::Verification`).
///
/// # Errors
/// The folder can't be read or holds no log, or the key is malformed. What is wrong with the log
/// itself stands in the report.
pub fn verify_dir(dir: &Path, verifier_key: &str) -> Result<VerifyReport, LogError> {
    let key = VerifierKey::parse(verifier_key).map_err(|_| LogError::Key)?;
    let disk = Disk::existing(dir);
    let mut attempt = 1;
    loop {
        let evidence = gather(&disk)?;
        let report = walk(&key, &disk, &evidence)?;
        // A writer may publish, store or remove a file between two of our looks. If nothing has
        // changed since, what was found stands.
        if report.is_ok() || attempt == ATTEMPTS || unchanged(&disk, &evidence)? {
            return Ok(report);
        }
        attempt += 1;
    }
}

/// Verifies the newest head of the log in `dir`: the published checkpoint and what the journals
/// hold, and how many entries it counts. Quick whatever the log's length; [`verify_dir`] checks
/// everything.
///
/// # Errors
/// The folder can't be read or holds no log, the key is malformed, or what is wrong with the head.
pub fn verify_head(dir: &Path, verifier_key: &str) -> Result<u64, LogError> {
    let key = VerifierKey::parse(verifier_key).map_err(|_| LogError::Key)?;
    let disk = Disk::existing(dir);
    let mut attempt = 1;
    loop {
        let evidence = gather(&disk)?;
        let published = evidence.checkpoint.as_deref().unwrap_or_default();
        match ledger::recover(&key, published, &evidence.journals) {
            Ok(recovered) => return Ok(recovered.log.snapshot().size()),
            Err(problem) if attempt == ATTEMPTS || unchanged(&disk, &evidence)? => {
                return Err(problem.into());
            }
            Err(_) => attempt += 1,
        }
    }
}

fn gather(disk: &Disk) -> Result<Evidence, LogError> {
    let cant = LogError::io("be read");
    let live = disk.is_locked();
    let checkpoint = disk.read("checkpoint").map_err(&cant)?;
    let mut journals = Vec::new();
    for number in disk.journals().map_err(&cant)? {
        // One that was removed meanwhile is in tiles; the chain is looked at as a whole.
        if let Some(bytes) = disk.read(&Journal::name(number)).map_err(&cant)? {
            journals.push(Journal { number, bytes });
        }
    }
    if checkpoint.is_none() && journals.is_empty() && !disk.exists("tile") {
        return Err(LogError::NoLog);
    }
    let pruned = disk.read("pruned").map_err(&cant)?;
    Ok(Evidence { checkpoint, journals, pruned, live })
}

fn unchanged(disk: &Disk, before: &Evidence) -> Result<bool, LogError> {
    let cant = LogError::io("be read");
    let numbers = disk.journals().map_err(&cant)?;
    let same = numbers.iter().eq(before.journals.iter().map(|journal| &journal.number));
    Ok(same && disk.read("checkpoint").map_err(&cant)? == before.checkpoint)
}

fn walk(key: &VerifierKey, disk: &Disk, evidence: &Evidence) -> Result<VerifyReport, LogError> {
    let mut verification = Verification::start(key, evidence);
    let mut bytes = Vec::new();
    while let Some(object) = verification.want() {
        let there = disk.read_into(&object.path(), &mut bytes);
        let there = there.map_err(LogError::io("be read"))?;
        verification.give(there.then_some(bytes.as_slice()));
    }
    Ok(verification.finish())
}
