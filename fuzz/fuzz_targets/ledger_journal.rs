//! Every parser of a log's files over any bytes: journal, bundle, checkpoint, list of what was
//! pruned, proofs. None may panic, and bytes behind a true journal may never pass for entries.
#![no_main]

use std::sync::OnceLock;

use ledger::{
    Evidence, InclusionProof, Journal, KeySigner, Log, Next, Object, Verification, VerifierKey,
    entries, open_bundle, open_pruned, read_frame, recover,
};
use libfuzzer_sys::fuzz_target;
use signed_note::{Signer, StandardSigner};

const ORIGIN: &str = "example.org/log/0";
const SECRET: &str =
    "PRIVATE+KEY+example.org/log/0+8cc196a1+AQcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH";
const PUBLIC: &str = "example.org/log/0+8cc196a1+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs";

/// A true log of two entries.
struct True {
    key: VerifierKey,
    checkpoint: Vec<u8>,
    journal: Vec<u8>,
}

fn truth() -> &'static True {
    static TRUE: OnceLock<True> = OnceLock::new();
    TRUE.get_or_init(|| {
        let signer = StandardSigner::new(SECRET).expect("a test key");
        let mut log = Log::create(&signer).expect("an empty log");
        let mut journal = log.base_frame().expect("its base");
        let two = [b"one".as_slice().into(), b"two".as_slice().into()];
        journal.extend(log.commit(&two, &signer).expect("a batch").frame);
        let key = VerifierKey::parse(PUBLIC).expect("a test key");
        True { key, checkpoint: log.checkpoint().to_vec(), journal }
    })
}

fuzz_target!(|data: &[u8]| {
    let truth = truth();

    // Alone: frames, entries, notes, proofs.
    let mut at = 0;
    while let Next::Frame(_, next) = read_frame(data, at) {
        assert!(next > at);
        at = next;
    }
    for entry in entries(data) {
        assert!(entry.is_none_or(|entry| entry.len() <= ledger::MAX_ENTRY));
    }
    if let Ok(head) = truth.key.open(data) {
        assert!(head.size <= 2, "a forged head");
    }
    let _ = open_pruned(data, &truth.key);
    let (bundle, tile) = data.split_at(data.len() / 2);
    let _ = open_bundle(0, bundle, tile);
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = VerifierKey::parse(text);
        let _ = Object::from_path(text);
        if let Ok(proof) = text.parse::<InclusionProof>() {
            assert!(proof.check(b"one", &truth.key).is_err() || proof.index == 0);
        }
    }

    // Behind a true journal: torn and dropped, or refused; never an entry.
    let mut bytes = truth.journal.clone();
    bytes.extend_from_slice(data);
    let journals = [Journal { number: 0, bytes }];
    if let Ok(recovered) = recover(&truth.key, &truth.checkpoint, &journals) {
        assert_eq!(recovered.log.size(), 2);
        assert_eq!(recovered.dropped, data.len() as u64);
    }

    // In place of every object and journal.
    let evidence = Evidence {
        checkpoint: Some(truth.checkpoint.clone()),
        journals: vec![Journal { number: 0, bytes: data.to_vec() }],
        pruned: Some(data.to_vec()),
        live: false,
    };
    let mut verification = Verification::start(&truth.key, &evidence);
    while verification.want().is_some() {
        verification.give(Some(data));
    }
    assert!(!verification.finish().is_ok());

    // A signer that gives back anything makes a checkpoint that nobody opens.
    let public = [7; 32];
    if let Ok(signer) = KeySigner::new(ORIGIN, &public, |_| Some(data.to_vec())) {
        assert_eq!(signer.name(), ORIGIN);
        if let Ok(log) = Log::create(&signer) {
            assert!(truth.key.open(log.checkpoint()).is_err());
        }
    }
});
