//! Proofs that an entry is in the log, checked before they are handed out.

use std::collections::BTreeMap;

use guard::Action;
use ledger::VerifierKey;

use super::write::Draft;
use crate::app::Ctx;
use crate::error::{Error, Result};
use crate::service::log_signer;

/// An inclusion proof.
pub struct Proved {
    /// The entry's place.
    pub index: u64,
    /// Entries that the proof's checkpoint counts.
    pub size: u64,
    /// The entry's leaf hash, as the proof's first step takes it.
    pub leaf: String,
    /// The proof: C2SP tlog-proof, with its checkpoint.
    pub proof: String,
    /// The key that checks it.
    pub verifier_key: String,
}

/// Proves that an entry is in the log, and checks the proof with the public key.
///
/// # Errors
/// [`Error::NotFound`] if there is no such entry; [`Error::Log`] if its bytes are damaged or gone.
pub async fn prove(ctx: &Ctx, index: u64) -> Result<Proved> {
    if let Err(error) = ctx.require(Action::VerifyLog) {
        return Err(ctx.refuse("prove_log", error).await);
    }
    let proved = match make(ctx, index).await {
        Ok(proved) => proved,
        Err(error) => return Err(ctx.refuse("prove_log", error).await),
    };
    let facts = BTreeMap::from([(String::from("entry"), index.to_string())]);
    ctx.log_plain(Draft { action: "prove_log", facts, ..Draft::default() }).await?;
    Ok(proved)
}

async fn make(ctx: &Ctx, index: u64) -> Result<Proved> {
    let files = ctx.app.log.files();
    if index >= files.size() {
        return Err(Error::NotFound);
    }
    let read = files.read(index..index.saturating_add(1)).await.map_err(|_| Error::Log)?;
    let (_, entry) = read.into_iter().next().ok_or(Error::NotFound)?;
    let proof = files.prove_inclusion(index).await.map_err(|_| Error::Log)?;
    let (_, verifier_key, _) = log_signer::of(&ctx.app.keys)?;
    let key = VerifierKey::parse(&verifier_key).map_err(|_| Error::Log)?;
    let head = proof.check(&entry, &key).map_err(|_| Error::Log)?;
    Ok(Proved {
        index,
        size: head.size,
        leaf: ledger::leaf_hash(&entry).to_string(),
        proof: proof.to_string(),
        verifier_key,
    })
}
