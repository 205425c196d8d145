//! P5: the access log at 64 writers against a raw loop of append, sync and
//! sign; and its offline verification against SHA-256 of the same bytes.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ledger::VerifierKey;
use seal::LogSigner;
use tokio::sync::{mpsc, oneshot};

use super::{Row, rate};
use crate::error::{Error, Result};
use crate::store::log_files::{LogFiles, verify_dir};

/// Bytes of an entry: what a view of a ticket writes.
const ENTRY: usize = 700;
const WRITERS: usize = 64;
const ORIGIN: &str = "riserbo/bench/log/0";

fn failed<E>(_: E) -> Error {
    Error::Setup(String::from("the log's bench could not run"))
}

struct Signer(LogSigner, u32);

impl signed_note::Signer for Signer {
    fn name(&self) -> &str {
        ORIGIN
    }
    fn key_id(&self) -> u32 {
        self.1
    }
    fn sign(&self, message: &[u8]) -> std::result::Result<Vec<u8>, signature::Error> {
        self.0.sign(message).map(|s| s.to_vec()).map_err(|_| signature::Error::new())
    }
}

/// Entries a second that 64 writers get back as durable.
async fn with_writers<F, T>(seconds: f64, append: F) -> f64
where
    F: Fn() -> T + Send + Sync + 'static,
    T: Future<Output = bool> + Send,
{
    let append = Arc::new(append);
    let end = Instant::now() + Duration::from_secs_f64(seconds);
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..WRITERS {
        let append = Arc::clone(&append);
        writers.spawn(async move {
            let mut done = 0u64;
            while Instant::now() < end {
                if append().await {
                    done += 1;
                }
            }
            done
        });
    }
    let mut total = 0;
    while let Some(done) = writers.join_next().await {
        total += done.unwrap_or(0);
    }
    total as f64 / seconds
}

/// The raw loop: one thread gathers what waits, appends, syncs and signs once.
async fn raw(dir: &Path, seconds: f64) -> Result<f64> {
    let mut file = std::fs::File::create(dir.join("raw")).map_err(failed)?;
    let signer = LogSigner::generate(&seal::SystemRandom)?;
    let (send, mut receive) = mpsc::channel::<oneshot::Sender<()>>(WRITERS * 2);
    let thread = std::thread::spawn(move || {
        let entry = [8u8; ENTRY];
        while let Some(first) = receive.blocking_recv() {
            let mut batch = vec![first];
            while let Ok(next) = receive.try_recv() {
                batch.push(next);
            }
            let bytes: Vec<u8> = entry.iter().copied().cycle().take(ENTRY * batch.len()).collect();
            let fine = file.write_all(&bytes).is_ok()
                && file.sync_data().is_ok()
                && signer.sign(&entry).is_ok();
            if !fine {
                return;
            }
            for waiter in batch {
                let _ = waiter.send(());
            }
        }
    });
    let per_second = with_writers(seconds, move || {
        let send = send.clone();
        async move {
            let (tell, told) = oneshot::channel();
            send.send(tell).await.is_ok() && told.await.is_ok()
        }
    })
    .await;
    thread.join().map_err(failed)?;
    Ok(per_second)
}

/// The goal's rows.
pub(super) async fn rows(dir: &Path, quick: bool) -> Result<Vec<Row>> {
    std::fs::create_dir_all(dir).map_err(failed)?;
    let seconds = if quick { 0.5 } else { 2.0 };
    let key = LogSigner::generate(&seal::SystemRandom)?;
    let public = key.public();
    let verifier = VerifierKey::from_public(ORIGIN, &public).map_err(failed)?.to_string();
    let mut material = vec![1u8];
    material.extend_from_slice(&public);
    let signer = Box::new(Signer(key, signed_note::key_id(ORIGIN, &material)));
    let folder = dir.join("tiles");
    let files = Arc::new(LogFiles::open(&folder, ORIGIN, signer, &verifier).map_err(failed)?);
    let theirs = raw(dir, seconds).await?;
    let writer = Arc::clone(&files);
    let ours = with_writers(seconds, move || {
        let files = Arc::clone(&writer);
        async move { files.append(vec![8; ENTRY]).await.is_ok() }
    })
    .await;
    let entries = files.size();
    if let Ok(files) = Arc::try_unwrap(files) {
        files.close().await;
    }
    let start = Instant::now();
    let report = verify_dir(&folder, &verifier).map_err(failed)?;
    let verified = entries as f64 / start.elapsed().as_secs_f64();
    if report.problem.is_some() {
        return Err(failed(()));
    }
    let block = vec![8u8; ENTRY];
    let hashes = rate(0.3, || {
        std::hint::black_box(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &block));
    });
    let row = |what, value, probe, probe_value, floor, aim, absolute| Row {
        id: "P5",
        what,
        value,
        unit: "entries/s",
        probe,
        probe_value,
        probe_unit: "per s",
        ratio: value / probe_value,
        floor: Some(floor),
        aim: Some(aim),
        more_is_better: true,
        absolute,
    };
    Ok(vec![
        row(
            "access log with tiles, 64 writers, durable",
            ours,
            "raw append + fdatasync + sign, 64 writers",
            theirs,
            0.25,
            0.5,
            false,
        ),
        row(
            "offline verification, one core",
            verified,
            "SHA-256 of the same entries",
            hashes,
            300e3,
            1e6,
            true,
        ),
    ])
}
