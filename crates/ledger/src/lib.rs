//! An append-only Merkle log: checkpoints, proofs, offline verification.
//!
//! A log is a list of entries (bytes of any meaning, up to [`MAX_ENTRY`]) under a Merkle tree of
//! RFC 6962 whose head is signed after each batch. Whoever holds an earlier head can tell whether
//! anything before it was changed; whoever holds the verifier key alone can check all of it. The
//! layout is that of C2SP: tlog-tiles for hashes and entries, tlog-checkpoint in a signed-note
//! for heads, tlog-proof for proofs; over the crates `tlog_tiles` and `signed_note`.
//!
//! # No input, no output
//!
//! Nothing here opens a file, asks the time or spawns a task. The writer ([`Log`]) turns a batch
//! into bytes and says in which order to store them; opening ([`recover`]) takes bytes; proofs
//! ([`Snapshot`], [`Plan`]) and the verifier ([`Verification`]) say which object they need next
//! and are handed it. So the same code serves files, rows of a database and a test's `HashMap`,
//! blocking or not, and every crash can be played through in memory.
//!
//! # Durability
//!
//! A batch becomes one *frame*: its entries and the signed checkpoint over them, appended to a
//! journal with one write and one sync. Only full tiles and bundles are stored besides, later,
//! and a journal goes once all that it alone held is in synced objects or in the base of the next
//! one. `docs/log-format.md` has the bytes and the rules of recovery.
//!
//! # What it is not
//!
//! It does not stop its own key's holder from signing two histories; a witness that keeps
//! checkpoints does ([`ConsistencyProof`]). It knows nothing of what entries mean.

mod bundle;
mod checkpoint;
mod edge;
mod hash;
mod journal;
mod log;
mod object;
mod problem;
mod proof;
mod pruned;
mod replay;
mod signer;
mod snapshot;
#[cfg(test)]
mod testkit;
mod verify;

pub use bundle::{Entries, Entry, MAX_ENTRY, encode as encode_bundle, entries};
pub use checkpoint::{Checkpoint, CheckpointError, VerifierKey};
pub use edge::Finished;
pub use hash::{HASH_SIZE, Hash, leaf_hash, node_hash};
pub use journal::{Frame, Next, read as read_frame};
pub use log::{Commit, Log, MAX_BATCH, MAX_BATCH_BYTES};
pub use object::{MAX_SIZE, Object, TILE_WIDTH};
pub use problem::{LogError, Problem, Reason};
pub use proof::{ConsistencyProof, InclusionProof, ProofError};
pub use pruned::{PrunedRange, open_pruned, sign_pruned};
pub use replay::{Journal, Recovered, recover};
pub use signer::KeySigner;
pub use snapshot::{Plan, Proof, Snapshot, open_bundle};
pub use verify::{Evidence, Verification, VerifyReport};
