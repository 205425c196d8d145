use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use ledger::{PrunedRange, Reason, VerifyReport};
use signed_note::StandardSigner;
use tempfile::TempDir;
use tokio::task::JoinSet;

use super::*;

const ORIGIN: &str = "example.org/log/0";
const SECRET: &str =
    "PRIVATE+KEY+example.org/log/0+8cc196a1+AQcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH";
const PUBLIC: &str = "example.org/log/0+8cc196a1+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs";
const OTHER_SECRET: &str =
    "PRIVATE+KEY+example.org/log/0+8eac77c3+AQgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI";

fn signer() -> Box<dyn Signer + Send> {
    Box::new(StandardSigner::new(SECRET).unwrap())
}

fn open(dir: &Path) -> LogFiles {
    LogFiles::open(dir, ORIGIN, signer(), PUBLIC).unwrap()
}

fn open_with(dir: &Path, options: &Options) -> LogFiles {
    LogFiles::open_with(dir, ORIGIN, signer(), PUBLIC, options).unwrap()
}

fn entry(i: u64) -> Vec<u8> {
    format!("entry {i}").into_bytes()
}

fn verify(dir: &Path) -> VerifyReport {
    verify_dir(dir, PUBLIC).unwrap()
}

/// A log of `count` entries, one batch each, closed.
async fn log_of(count: u64, options: &Options) -> TempDir {
    let dir = TempDir::new().unwrap();
    let log = open_with(dir.path(), options);
    for i in 0..count {
        assert_eq!(log.append(entry(i)).await.unwrap(), Appended { index: i, size: i + 1 });
    }
    log.close().await;
    dir
}

fn rotating() -> Options {
    Options { rotate_at: 20_000, ..Options::default() }
}

/// Every file of a log but the lock, by its path.
fn files(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if !path.ends_with("lock") {
            found.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
    found
}

/// A copy of a closed log, to be spoilt.
fn copy(dir: &Path) -> TempDir {
    let to = TempDir::new().unwrap();
    for (path, bytes) in files(dir) {
        let path = to.path().join(path.strip_prefix(dir).unwrap());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    to
}

fn journal(dir: &Path) -> PathBuf {
    let mut journals: Vec<_> =
        files(dir).into_keys().filter(|p| !p.ends_with("checkpoint")).collect();
    journals.retain(|p| p.file_name().unwrap().to_str().unwrap().starts_with("journal-"));
    assert_eq!(journals.len(), 1);
    journals.remove(0)
}

#[tokio::test]
async fn a_log_goes_on_where_it_was_closed() {
    let dir = log_of(300, &rotating()).await;
    let log = open(dir.path());
    assert_eq!(log.size(), 300);
    assert_eq!(log.append(entry(300)).await.unwrap(), Appended { index: 300, size: 301 });
    let read = log.read(250..1000).await.unwrap();
    assert_eq!(read, (250..301).map(|i| (i, entry(i))).collect::<Vec<_>>());
    assert!(log.read(500..600).await.unwrap().is_empty());
    log.close().await;
    let report = verify(dir.path());
    assert_eq!((report.problem, report.size, report.entries), (None, 301, 301));
}

#[tokio::test]
async fn proofs_hold_with_the_verifier_key_alone() {
    let dir = log_of(600, &rotating()).await;
    let log = open(dir.path());
    let key = VerifierKey::parse(PUBLIC).unwrap();
    for index in [0, 1, 255, 256, 300, 511, 512, 599] {
        let proof = log.prove_inclusion(index).await.unwrap();
        let proof: InclusionProof = proof.to_string().parse().unwrap();
        assert_eq!(proof.check(&entry(index), &key).unwrap().size, 600);
        assert!(proof.check(&entry(index + 1), &key).is_err());
    }
    let before = log.checkpoint();
    log.append(entry(600)).await.unwrap();
    let proof = log.prove_consistency(600, 601).await.unwrap();
    proof.check(&before, &log.checkpoint(), &key).unwrap();
    assert!(log.prove_inclusion(601).await.is_err());
    assert!(log.prove_consistency(5, 700).await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_writers_and_a_verifier_at_work_do_not_disturb_each_other() {
    let dir = TempDir::new().unwrap();
    let log = open_with(dir.path(), &rotating());
    let mut writers = JoinSet::new();
    for writer in 0..32_u64 {
        let log = log.clone();
        writers.spawn(async move {
            let mut mine = Vec::new();
            for i in 0..60 {
                mine.push((log.append(entry(writer * 1000 + i)).await.unwrap(), writer * 1000 + i));
            }
            mine
        });
    }
    let path = dir.path().to_owned();
    let checks = tokio::task::spawn_blocking(move || {
        for _ in 0..10 {
            let report = verify(&path);
            assert_eq!(report.problem, None);
        }
    });
    let mut all = BTreeMap::new();
    while let Some(mine) = writers.join_next().await {
        for (appended, i) in mine.unwrap() {
            assert!(appended.size > appended.index);
            assert!(all.insert(appended.index, entry(i)).is_none(), "an index given twice");
        }
    }
    checks.await.unwrap();
    assert_eq!(log.read(0..5000).await.unwrap(), all.into_iter().collect::<Vec<_>>());
    assert_eq!(log.size(), 32 * 60);
    log.close().await;
    let report = verify(dir.path());
    assert_eq!((report.problem, report.size), (None, 32 * 60));
    let objects =
        files(dir.path()).into_keys().filter(|p| p.components().any(|c| c.as_os_str() == "tile"));
    assert_eq!(objects.count(), 2 * (32 * 60 / 256), "full tiles and bundles are stored");
    journal(dir.path());
}

#[tokio::test]
async fn a_full_disk_at_any_byte_fails_the_log_and_loses_nothing_acknowledged() {
    for room in (0..30_000).step_by(997).chain(0..40) {
        let dir = TempDir::new().unwrap();
        let faults = Faults::armed();
        let options = Options { rotate_at: 4_000, faults: faults.clone(), ..Options::default() };
        let log = open_with(dir.path(), &options);
        faults.full_after(room);
        let mut acknowledged = 0;
        let error = loop {
            match log.append(entry(acknowledged)).await {
                Ok(appended) => {
                    assert_eq!(appended.index, acknowledged);
                    acknowledged += 1;
                }
                Err(error) => break error,
            }
        };
        assert!(matches!(error, LogError::Io { .. } | LogError::Failed), "{error}");
        faults.full_after(u64::MAX);
        assert!(matches!(log.append(vec![1]).await, Err(LogError::Failed)), "failed for good");
        assert_eq!(log.size(), acknowledged, "only what is durable is shown");
        log.close().await;
        assert_eq!(verify(dir.path()).problem, None);
        let log = open(dir.path());
        assert!((acknowledged..=acknowledged + 1).contains(&log.size()));
        let read = log.read(0..acknowledged).await.unwrap();
        assert_eq!(read, (0..acknowledged).map(|i| (i, entry(i))).collect::<Vec<_>>());
        log.append(entry(9)).await.unwrap();
        log.close().await;
        assert_eq!(verify(dir.path()).problem, None);
    }
}

#[tokio::test]
async fn a_failed_sync_is_not_acknowledged() {
    let dir = TempDir::new().unwrap();
    let faults = Faults::armed();
    let log = open_with(dir.path(), &Options { faults: faults.clone(), ..Options::default() });
    log.append(entry(0)).await.unwrap();
    faults.refuse_sync(true);
    assert!(matches!(log.append(entry(1)).await, Err(LogError::Io { .. })));
    faults.refuse_sync(false);
    assert!(matches!(log.append(entry(1)).await, Err(LogError::Failed)));
    assert!(log.has_failed());
    assert_eq!(log.size(), 1);
    log.close().await;
    assert_eq!(verify(dir.path()).problem, None);
}

#[tokio::test]
async fn a_journal_cut_anywhere_gives_back_the_acknowledged_prefix() {
    let dir = log_of(6, &Options::default()).await;
    let whole = fs::read(journal(dir.path())).unwrap();
    // Where each frame ends, and the checkpoint that was published then.
    let mut ends = Vec::new();
    let (mut at, mut heads) = (0, Vec::new());
    while let ledger::Next::Frame(frame, next) = ledger::read_frame(&whole, at) {
        at = next;
        ends.push(at);
        let (ledger::Frame::Base { checkpoint, .. } | ledger::Frame::Batch { checkpoint, .. }) =
            frame;
        heads.push(checkpoint.to_vec());
    }
    assert_eq!(ends.len(), 7);
    // Each end, the byte before and after it, and some between; `ledger` tries every byte.
    let near =
        |cut: &usize| ends.iter().any(|end| cut.abs_diff(*end) < 2) || cut.is_multiple_of(97);
    for cut in (ends[0]..=whole.len()).filter(near) {
        let entries = ends.iter().filter(|end| **end <= cut).count() - 1;
        let crashed = copy(dir.path());
        fs::write(journal(crashed.path()), &whole[..cut]).unwrap();
        fs::write(crashed.path().join("checkpoint"), &heads[entries]).unwrap();
        assert_eq!(verify(crashed.path()).problem, None, "cut at {cut}");
        let log = open(crashed.path());
        assert_eq!(log.size(), entries as u64, "cut at {cut}");
        log.append(entry(77)).await.unwrap();
        log.close().await;
        assert_eq!(verify(crashed.path()).problem, None);
        if entries == 6 {
            continue;
        }
        // The same cut behind an acknowledgement is no crash.
        let cheated = copy(dir.path());
        fs::write(journal(cheated.path()), &whole[..cut]).unwrap();
        let problem = verify(cheated.path()).problem.expect("acknowledged entries are missing");
        assert_eq!(problem.index, Some(entries as u64));
        let refused = LogFiles::open(cheated.path(), ORIGIN, signer(), PUBLIC).unwrap_err();
        assert!(matches!(refused, LogError::Ledger(ledger::LogError::Damaged(_))), "{refused}");
    }
}

#[tokio::test]
async fn any_file_spoilt_or_gone_is_named() {
    let dir = log_of(600, &rotating()).await;
    for (path, bytes) in files(dir.path()) {
        let name = path.strip_prefix(dir.path()).unwrap();
        let step = if name.starts_with("tile") { 401 } else { 13 };
        let mut spoilt: Vec<Option<Vec<u8>>> = vec![None, Some(bytes[..bytes.len() - 1].to_vec())];
        spoilt.extend((0..bytes.len()).step_by(step).map(|at| {
            let mut bad = bytes.clone();
            bad[at] ^= 4;
            Some(bad)
        }));
        for bad in spoilt {
            let log = copy(dir.path());
            match bad {
                Some(bad) => fs::write(log.path().join(name), bad).unwrap(),
                None => fs::remove_file(log.path().join(name)).unwrap(),
            }
            let problem = verify(log.path()).problem.unwrap_or_else(|| panic!("{name:?}"));
            let place = Path::new(&problem.place);
            let gone = problem.reason == Reason::Missing || problem.reason == Reason::Cut;
            assert!(place == name || gone, "{problem} for {name:?}");
        }
    }
}

#[tokio::test]
async fn a_damaged_log_takes_no_entries() {
    let dir = log_of(600, &rotating()).await;
    let tile = dir.path().join("tile/0/001");
    assert!(tile.exists());
    let beyond = copy(dir.path());
    fs::copy(&tile, beyond.path().join("tile/0/002")).unwrap();
    fs::write(&tile, vec![0; 8192]).unwrap();
    for (dir, reason) in [(&dir, Reason::Tile), (&beyond, Reason::Beyond)] {
        match LogFiles::open(dir.path(), ORIGIN, signer(), PUBLIC).unwrap_err() {
            LogError::Ledger(ledger::LogError::Damaged(problem)) => {
                assert_eq!(problem.reason, reason);
            }
            other => panic!("{other}"),
        }
    }
}

#[tokio::test]
async fn one_process_writes_at_a_time() {
    let dir = TempDir::new().unwrap();
    let log = open(dir.path());
    let second = LogFiles::open(dir.path(), ORIGIN, signer(), PUBLIC).unwrap_err();
    assert!(matches!(second, LogError::Locked));
    log.close().await;
    open(dir.path()).close().await;
}

#[tokio::test]
async fn a_foreign_key_or_name_opens_nothing() {
    let dir = log_of(1, &Options::default()).await;
    let other: Box<dyn Signer + Send> = Box::new(StandardSigner::new(OTHER_SECRET).unwrap());
    let error = LogFiles::open(dir.path(), ORIGIN, other, PUBLIC).unwrap_err();
    assert!(matches!(error, LogError::Key));
    let error = LogFiles::open(dir.path(), "elsewhere", signer(), PUBLIC).unwrap_err();
    assert!(matches!(error, LogError::Key));
    open(dir.path()).close().await;
}

#[tokio::test]
async fn a_folder_that_is_gone_is_no_fresh_start() {
    let dir = TempDir::new().unwrap();
    let options = Options { create: false, ..Options::default() };
    let error = LogFiles::open_with(dir.path(), ORIGIN, signer(), PUBLIC, &options).unwrap_err();
    assert!(matches!(error, LogError::NoLog));
    assert!(matches!(verify_dir(dir.path(), PUBLIC), Err(LogError::NoLog)));
}

#[tokio::test]
async fn a_beginning_that_was_cut_short_begins_again() {
    let dir = log_of(0, &Options::default()).await;
    fs::remove_file(journal(dir.path())).unwrap();
    let log = open(dir.path());
    log.append(entry(0)).await.unwrap();
    log.close().await;
    assert_eq!(verify(dir.path()).size, 1);
}

#[tokio::test]
async fn an_entry_that_is_too_long_leaves_nothing_behind() {
    let dir = TempDir::new().unwrap();
    let log = open(dir.path());
    let error = log.append(vec![7; ledger::MAX_ENTRY + 1]).await.unwrap_err();
    assert!(matches!(error, LogError::Ledger(ledger::LogError::TooLong { .. })));
    assert_eq!(log.append(vec![7; ledger::MAX_ENTRY]).await.unwrap().index, 0);
    log.close().await;
    assert_eq!(verify(dir.path()).size, 1);
}

#[tokio::test]
async fn retention_takes_bundles_out_and_the_rest_still_verifies() {
    let dir = log_of(600, &rotating()).await;
    let log = open(dir.path());
    let range = PrunedRange { first: 0, end: 256, receipt: "run-1".into() };
    log.prune(vec![range.clone()]).await.unwrap();
    assert!(!dir.path().join("tile/entries/000").exists());
    assert!(matches!(log.read(0..300).await, Err(LogError::Pruned(0))));
    assert_eq!(log.read(256..300).await.unwrap().len(), 44);
    let key = VerifierKey::parse(PUBLIC).unwrap();
    log.prove_inclusion(7).await.unwrap().check(&entry(7), &key).unwrap();
    let second = PrunedRange { first: 256, end: 512, receipt: "run-2".into() };
    log.prune(vec![second.clone()]).await.unwrap();
    log.append(entry(600)).await.unwrap();
    log.close().await;
    open(dir.path()).close().await;
    let report = verify(dir.path());
    assert_eq!((report.problem, report.size, report.entries), (None, 601, 89));
    assert_eq!(report.pruned, [range, second]);
}

#[tokio::test]
async fn retention_takes_nothing_that_is_not_in_a_whole_bundle() {
    let dir = log_of(300, &rotating()).await;
    let log = open(dir.path());
    for (first, end) in [(0, 512), (0, 300), (1, 256), (256, 256)] {
        let receipt = "run-1".to_owned();
        assert!(log.prune(vec![PrunedRange { first, end, receipt }]).await.is_err());
    }
    assert!(!log.has_failed(), "a refused wish is no failure");
    assert_eq!(log.read(0..300).await.unwrap().len(), 300);
    log.close().await;
}
