//! The machine's own figures: what a busy neighbour moves, measured in the same
//! run.

use std::io::Write as _;
use std::path::Path;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use serde::Serialize;

use super::{median, rate};
use crate::error::{Error, Result};

/// A figure of the machine.
#[derive(Clone, Debug, Serialize)]
pub struct Probe {
    /// What.
    pub what: &'static str,
    /// Measured now.
    pub value: f64,
    /// The table's figure.
    pub table: f64,
    /// Unit.
    pub unit: &'static str,
}

impl Probe {
    /// Within 30 % of the table, or better.
    #[must_use]
    pub fn near(&self) -> bool {
        self.value >= self.table * 0.7
    }
}

fn failed<E>(_: E) -> Error {
    Error::Setup(String::from("a probe could not be taken"))
}

/// A bare AES-256-GCM key.
pub(crate) fn bare_key() -> Result<LessSafeKey> {
    Ok(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[7; 32]).map_err(failed)?))
}

/// Seals bytes with a fixed nonce: for bare opens only, never for data.
pub(crate) fn bare_seal(key: &LessSafeKey, plain: &[u8]) -> Result<Vec<u8>> {
    let mut bytes = plain.to_vec();
    let nonce = Nonce::assume_unique_for_key([9; 12]);
    key.seal_in_place_append_tag(nonce, Aad::empty(), &mut bytes).map_err(failed)?;
    Ok(bytes)
}

/// Opens what [`bare_seal`] made, in a scratch buffer.
pub(crate) fn bare_open(key: &LessSafeKey, sealed: &[u8], scratch: &mut Vec<u8>) {
    scratch.clear();
    scratch.extend_from_slice(sealed);
    let nonce = Nonce::assume_unique_for_key([9; 12]);
    let _ = std::hint::black_box(key.open_in_place(nonce, Aad::empty(), scratch));
}

/// Every probe.
pub(crate) fn all(dir: &Path) -> Result<Vec<Probe>> {
    let key = bare_key()?;
    let sealed = bare_seal(&key, &[1; 100])?;
    let mut scratch = Vec::new();
    let opens =
        median((0..3).map(|_| rate(0.2, || bare_open(&key, &sealed, &mut scratch))).collect());
    let syncs = fdatasync(dir)?;
    let signer = seal::LogSigner::generate(&seal::SystemRandom)?;
    let signs = rate(0.3, || {
        let _ = std::hint::black_box(signer.sign(&[3; 200]));
    });
    Ok(vec![
        Probe {
            what: "AES-256-GCM open, 100 bytes",
            value: opens,
            table: 4.7e6,
            unit: "per s and core",
        },
        Probe { what: "fdatasync", value: syncs, table: 8e3, unit: "per s" },
        Probe { what: "Ed25519 sign", value: signs, table: 55e3, unit: "per s and core" },
    ])
}

/// How often a file can be grown by 200 bytes and synced.
pub(crate) fn fdatasync(dir: &Path) -> Result<f64> {
    let path = dir.join("probe");
    let mut file = std::fs::File::create(&path).map_err(failed)?;
    let mut broken = false;
    let per_second = rate(0.5, || {
        broken |= file.write_all(&[5; 200]).is_err() || file.sync_data().is_err();
    });
    let _ = std::fs::remove_file(&path);
    if broken { Err(failed(())) } else { Ok(per_second) }
}
