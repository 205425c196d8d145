//! The writer and the verifier against what they are made of.
//!
//! `raw` is the probe: append, fdatasync and an Ed25519 signature for each batch, nothing else.
//! Ratios between rows of one run count, absolute figures depend on the machine's load.

#![expect(clippy::unwrap_used, reason = "a benchmark that can't set itself up may stop")]

use std::collections::HashMap;
use std::fs::File;
use std::io::Write;

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use ledger::{
    Entry, Evidence, Journal, Log, Object, Verification, VerifierKey, leaf_hash, node_hash,
};
use signed_note::{Signer, StandardSigner};

const SECRET: &str =
    "PRIVATE+KEY+example.org/log/0+8cc196a1+AQcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH";
const PUBLIC: &str = "example.org/log/0+8cc196a1+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs";
/// An access event with one customer has about this many bytes.
const ENTRY: usize = 300;
/// About as long as a checkpoint.
const TEXT: &[u8] = &[b'x'; 100];
const BATCHES: [usize; 5] = [1, 16, 64, 256, 1024];
const VERIFIED: usize = 256 * 256;

fn main() {
    divan::main();
}

fn signer() -> StandardSigner {
    StandardSigner::new(SECRET).unwrap()
}

fn batch(count: usize) -> Vec<Entry> {
    (0..count).map(|i| vec![u8::try_from(i % 251).unwrap(); ENTRY].into()).collect()
}

fn journal() -> File {
    // Beside the build, for a temporary folder may be in memory and sync nothing.
    tempfile::tempfile_in(env!("CARGO_MANIFEST_DIR")).unwrap()
}

mod append {
    use super::{
        BATCHES, Bencher, File, ItemsCount, Log, Signer, TEXT, Write, batch, black_box, journal,
        signer,
    };

    fn durable(file: &mut File, bytes: &[u8]) {
        file.write_all(bytes).unwrap();
        file.sync_data().unwrap();
    }

    /// The probe.
    #[divan::bench(args = BATCHES, sample_count = 200)]
    fn raw(bencher: Bencher<'_, '_>, count: usize) {
        let (mut file, signer, bytes) = (journal(), signer(), batch(count).concat());
        bencher.counter(ItemsCount::new(count)).bench_local(|| {
            let signature = signer.sign(TEXT).unwrap();
            durable(&mut file, &bytes);
            black_box(signature)
        });
    }

    /// The log: tree, signed checkpoint, frame, fdatasync, finished tiles in memory.
    #[divan::bench(args = BATCHES, sample_count = 200)]
    fn log(bencher: Bencher<'_, '_>, count: usize) {
        let (mut file, signer, entries) = (journal(), signer(), batch(count));
        let mut log = Log::create(&signer).unwrap();
        bencher.counter(ItemsCount::new(count)).bench_local(|| {
            let commit = log.commit(&entries, &signer).unwrap();
            durable(&mut file, &commit.frame);
            black_box(commit)
        });
    }

    /// The log's own work, without the disk.
    #[divan::bench(args = BATCHES)]
    fn commit_only(bencher: Bencher<'_, '_>, count: usize) {
        let (signer, entries) = (signer(), batch(count));
        let mut log = Log::create(&signer).unwrap();
        bencher
            .counter(ItemsCount::new(count))
            .bench_local(|| black_box(log.commit(&entries, &signer).unwrap()));
    }

    /// What each batch costs for readers.
    #[divan::bench]
    fn snapshot(bencher: Bencher<'_, '_>) {
        let signer = signer();
        let mut log = Log::create(&signer).unwrap();
        log.commit(&batch(65_000), &signer).unwrap();
        bencher.bench_local(|| black_box(log.snapshot()));
    }
}

mod verify {
    use super::{
        BytesCount, ENTRY, Evidence, HashMap, ItemsCount, Journal, Log, Object, PUBLIC, VERIFIED,
        Verification, VerifierKey, batch, black_box, leaf_hash, node_hash, signer,
    };
    use divan::Bencher;

    /// The probe: the two hashes an entry, over the same bytes.
    #[divan::bench]
    fn hashes(bencher: Bencher<'_, '_>) {
        let entries = batch(1000);
        let counter = ItemsCount::new(1000_u64);
        bencher.counter(counter).counter(BytesCount::new(1000 * ENTRY)).bench_local(|| {
            let mut last = leaf_hash(b"");
            for entry in &entries {
                last = node_hash(&last, &leaf_hash(entry));
            }
            black_box(last)
        });
    }

    /// The offline verifier over 65,536 entries in full bundles, held in memory.
    #[divan::bench(sample_count = 20)]
    fn bundles(bencher: Bencher<'_, '_>) {
        let signer = signer();
        let mut log = Log::create(&signer).unwrap();
        let commit = log.commit(&batch(VERIFIED), &signer).unwrap();
        let objects: HashMap<Object, Vec<u8>> = commit.objects.into_iter().collect();
        let evidence = Evidence {
            checkpoint: Some(log.checkpoint().to_vec()),
            journals: vec![Journal { number: 1, bytes: log.base_frame().unwrap() }],
            ..Evidence::default()
        };
        run(bencher, &evidence, &objects);
    }

    /// The same over a journal of single-entry batches: a signature for each.
    #[divan::bench(sample_count = 5)]
    fn single_batches(bencher: Bencher<'_, '_>) {
        let signer = signer();
        let mut log = Log::create(&signer).unwrap();
        let mut bytes = log.base_frame().unwrap();
        for _ in 0..2000 {
            bytes.extend(log.commit(&batch(1), &signer).unwrap().frame);
        }
        let evidence = Evidence {
            checkpoint: Some(log.checkpoint().to_vec()),
            journals: vec![Journal { number: 0, bytes }],
            ..Evidence::default()
        };
        run(bencher, &evidence, &HashMap::new());
    }

    fn run(bencher: Bencher<'_, '_>, evidence: &Evidence, objects: &HashMap<Object, Vec<u8>>) {
        let key = VerifierKey::parse(PUBLIC).unwrap();
        let once = || {
            let mut verification = Verification::start(&key, evidence);
            while let Some(object) = verification.want() {
                verification.give(objects.get(&object).map(Vec::as_slice));
            }
            verification.finish()
        };
        let report = once();
        assert!(report.is_ok());
        bencher.counter(ItemsCount::new(report.entries)).bench_local(|| black_box(once()));
    }
}
