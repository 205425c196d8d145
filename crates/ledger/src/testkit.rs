//! What tests and benchmarks share: fixed keys and a tree in the plainest form.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use signed_note::StandardSigner;

use crate::hash::{Hash, node_hash};
use crate::{
    Entry, Evidence, Finished, Journal, Log, Object, Problem, Recovered, Verification, VerifierKey,
    VerifyReport, recover,
};

/// The origin of the test log.
pub(crate) const ORIGIN: &str = "example.org/log/0";
const SECRET: &str =
    "PRIVATE+KEY+example.org/log/0+8cc196a1+AQcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH";
/// Its verifier key.
pub(crate) const PUBLIC: &str =
    "example.org/log/0+8cc196a1+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs";
const SECOND_SECRET: &str =
    "PRIVATE+KEY+example.org/log/0+8eac77c3+AQgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI";
/// Verifier key of another secret under the same name.
pub(crate) const SECOND_PUBLIC: &str =
    "example.org/log/0+8eac77c3+AROY9ixtGkV8UbpqS189vS9p/KkyFiGNyJl+QWvRfZPK";
const OTHER_SECRET: &str =
    "PRIVATE+KEY+example.org/log/1+f1f9c20e+AQcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH";

/// The test log's signer.
pub(crate) fn signer() -> StandardSigner {
    StandardSigner::new(SECRET).unwrap()
}

/// A second key of the same log.
pub(crate) fn second_signer() -> StandardSigner {
    StandardSigner::new(SECOND_SECRET).unwrap()
}

/// The same secret, under the name of another log.
pub(crate) fn other_signer() -> StandardSigner {
    StandardSigner::new(OTHER_SECRET).unwrap()
}

/// The test log's public side.
pub(crate) fn key() -> VerifierKey {
    VerifierKey::parse(PUBLIC).unwrap()
}

/// The bare public key of the test log.
pub(crate) fn public() -> [u8; 32] {
    let bytes = BASE64_STANDARD.decode(PUBLIC.rsplit('+').next().unwrap()).unwrap();
    bytes[1..].try_into().unwrap()
}

/// The Merkle Tree Hash as RFC 6962 section 2.1 defines it, by recursion.
pub(crate) fn naive_root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => tlog_tiles::EMPTY_HASH,
        [one] => *one,
        many => {
            let k = many.len().next_power_of_two() / 2;
            node_hash(&naive_root(&many[..k]), &naive_root(&many[k..]))
        }
    }
}

/// An entry that says its number, with a length that varies.
pub(crate) fn entry(i: u64) -> Entry {
    let len = usize::try_from(i * 7 % 40).unwrap();
    let mut bytes = format!("entry {i} ").into_bytes();
    bytes.resize(bytes.len() + len, b'.');
    bytes.into()
}

/// A log's folder, in memory, and its writer.
#[derive(Clone)]
pub(crate) struct Folder {
    pub(crate) checkpoint: Vec<u8>,
    pub(crate) journals: Vec<Journal>,
    pub(crate) objects: BTreeMap<Object, Vec<u8>>,
}

impl Folder {
    /// An empty log.
    pub(crate) fn create() -> (Self, Log) {
        let log = Log::create(&signer()).unwrap();
        let journals = vec![Journal { number: 0, bytes: log.base_frame().unwrap() }];
        let checkpoint = log.checkpoint().to_vec();
        (Self { checkpoint, journals, objects: BTreeMap::new() }, log)
    }

    /// A log with the given batches, `rotate` being the batches before which a journal is begun;
    /// objects of closed journals are stored, and the journals gone.
    pub(crate) fn with(batches: &[u64], rotate: &[usize]) -> (Self, Log) {
        let (mut folder, mut log) = Self::create();
        let mut waiting = Vec::new();
        for (i, count) in batches.iter().enumerate() {
            if rotate.contains(&i) {
                folder.objects.extend(waiting.drain(..));
                folder.rotate(&log);
                folder.journals.remove(0);
            }
            waiting.extend(folder.append(&mut log, *count));
        }
        (folder, log)
    }

    /// Appends a batch and publishes it.
    pub(crate) fn append(&mut self, log: &mut Log, count: u64) -> Vec<Finished> {
        let entries: Vec<_> = (log.size()..log.size() + count).map(entry).collect();
        self.append_these(log, &entries)
    }

    /// Appends a batch and publishes it.
    pub(crate) fn append_these(&mut self, log: &mut Log, entries: &[Entry]) -> Vec<Finished> {
        let commit = log.commit(entries, &signer()).unwrap();
        self.journals.last_mut().unwrap().bytes.extend(&commit.frame);
        self.checkpoint = commit.checkpoint.to_vec();
        commit.objects
    }

    /// Begins a new journal.
    pub(crate) fn rotate(&mut self, log: &Log) {
        let number = self.journals.last().unwrap().number + 1;
        self.journals.push(Journal { number, bytes: log.base_frame().unwrap() });
    }

    pub(crate) fn recover(&self) -> Result<Recovered, Problem> {
        recover(&key(), &self.checkpoint, &self.journals)
    }

    pub(crate) fn evidence(&self) -> Evidence {
        Evidence {
            checkpoint: Some(self.checkpoint.clone()),
            journals: self.journals.clone(),
            ..Evidence::default()
        }
    }

    pub(crate) fn verify(&self) -> VerifyReport {
        self.verify_with(&self.evidence())
    }

    pub(crate) fn verify_with(&self, evidence: &Evidence) -> VerifyReport {
        let mut verification = Verification::start(&key(), evidence);
        while let Some(object) = verification.want() {
            verification.give(self.objects.get(&object).map(Vec::as_slice));
        }
        verification.finish()
    }
}
