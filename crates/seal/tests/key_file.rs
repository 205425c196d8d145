//! Key files: private, whole, never overwritten; each fault told apart from the others.
#![expect(clippy::unwrap_used, reason = "helpers of tests may stop at the first surprise")]

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use seal::provider::{KeyFile, KeyFileError, KeyFileProblem, PassphraseParams};
use seal::{Clear, KeyProvider, ProviderError, StoreId, WrapContext, Wrapped};
use tempfile::TempDir;

const CONTEXT: WrapContext = WrapContext { store: StoreId([7; 16]), domain: 0, version: 1 };
const KEY: [u8; 32] = [0x5a; 32];

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("root.key");
    (folder, path)
}

fn passphrase(text: &str) -> Clear {
    Clear::from(String::from(text))
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn names(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap();
    names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn problem(result: Result<KeyFile, KeyFileError>) -> Option<KeyFileProblem> {
    result.err().map(|error| error.problem)
}

/// Runs a future that never waits for anything.
fn now<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return value;
        }
    }
}

fn wrap(file: &KeyFile) -> Wrapped {
    now(file.wrap(&CONTEXT, &KEY)).unwrap()
}

fn opens(file: &KeyFile, wrapped: &Wrapped) -> Result<(), ProviderError> {
    now(file.unwrap(&CONTEXT, wrapped)).map(|key| assert_eq!(key.expose(), &KEY))
}

#[test]
fn a_new_file_is_private_and_opens_again() {
    let (folder, path) = folder();
    let made = KeyFile::create(&path).unwrap();
    assert_eq!(mode(&path), 0o600);
    assert_eq!(names(folder.path()), ["root.key"]);
    let wrapped = wrap(&made);
    let opened = KeyFile::open(&path).unwrap();
    assert_eq!(opens(&opened, &wrapped), Ok(()));
    assert!(!KeyFile::is_protected(&path).unwrap());
    let info = opened.named("main").describe();
    assert_eq!((info.kind, info.root_version, info.passphrase), ("key-file", 1, false));
    assert_eq!(info.location, path.display().to_string());
}

#[test]
fn two_files_never_hold_the_same_key() {
    let (_folder, path) = folder();
    let other = path.with_extension("other");
    let [a, b] = [&path, &other].map(|path| KeyFile::create(path).unwrap());
    assert_eq!(opens(&b, &wrap(&a)), Err(ProviderError::WrongKey));
}

#[test]
fn nothing_is_ever_overwritten() {
    let (folder, path) = folder();
    let made = KeyFile::create(&path).unwrap();
    let (before, wrapped) = (fs::read(&path).unwrap(), wrap(&made));
    let error = KeyFile::create(&path).err().unwrap();
    assert_eq!(error.problem, KeyFileProblem::Exists);
    assert!(error.to_string().contains("root.key"), "{error}");
    assert_eq!(fs::read(&path).unwrap(), before);
    assert_eq!(opens(&KeyFile::open(&path).unwrap(), &wrapped), Ok(()));
    // Not even a link that leads nowhere.
    let link = folder.path().join("link");
    std::os::unix::fs::symlink("nowhere", &link).unwrap();
    assert_eq!(problem(KeyFile::create(&link)), Some(KeyFileProblem::Exists));
    assert_eq!(names(folder.path()).len(), 2);
}

#[test]
fn a_file_that_others_may_read_is_refused() {
    let (_folder, path) = folder();
    KeyFile::create(&path).unwrap();
    for mode in [0o640, 0o604, 0o620, 0o602, 0o644, 0o610, 0o777] {
        set_mode(&path, mode);
        assert_eq!(problem(KeyFile::open(&path)), Some(KeyFileProblem::Exposed { mode }));
    }
    let message = KeyFile::open(&path).err().unwrap().to_string();
    assert!(message.contains("777") && message.contains("chmod 600"), "{message}");
    for mode in [0o600, 0o400] {
        set_mode(&path, mode);
        assert_eq!(problem(KeyFile::open(&path)), None);
    }
}

#[test]
fn each_fault_of_a_file_has_its_name() {
    let (folder, path) = folder();
    assert_eq!(problem(KeyFile::open(&path)), Some(KeyFileProblem::Missing));
    assert_eq!(problem(KeyFile::open(folder.path())), Some(KeyFileProblem::NotAKeyFile));
    KeyFile::create(&path).unwrap();
    let good = fs::read_to_string(&path).unwrap();
    let with = |text: &[u8]| {
        fs::write(&path, text).unwrap();
        problem(KeyFile::open(&path))
    };
    assert_eq!(with(b"-----BEGIN PRIVATE KEY-----\n"), Some(KeyFileProblem::NotAKeyFile));
    assert_eq!(with(b""), Some(KeyFileProblem::NotAKeyFile));
    assert_eq!(with(&[0xff; 40]), Some(KeyFileProblem::NotAKeyFile));
    assert_eq!(with(&[b'x'; 70_000]), Some(KeyFileProblem::NotAKeyFile));
    let newer = good.replacen("riserbo-key-file 1", "riserbo-key-file 2", 1);
    assert_eq!(with(newer.as_bytes()), Some(KeyFileProblem::Newer));
    assert_eq!(with(good.as_bytes()), None);
    let other_version = good.replacen("key 1 ", "key 2 ", 1);
    assert_eq!(with(other_version.as_bytes()), Some(KeyFileProblem::Damaged));
}

#[test]
fn a_truncated_file_is_told_from_a_damaged_one() {
    let (_folder, path) = folder();
    KeyFile::create(&path).unwrap();
    let good = fs::read(&path).unwrap();
    for len in 0..good.len() {
        fs::write(&path, &good[..len]).unwrap();
        let expected = match len {
            0..18 => KeyFileProblem::NotAKeyFile,
            _ => KeyFileProblem::Truncated,
        };
        assert_eq!(problem(KeyFile::open(&path)), Some(expected), "{len} bytes");
    }
    for at in 20..good.len() - 40 {
        let mut changed = good.clone();
        changed[at] ^= 1;
        fs::write(&path, &changed).unwrap();
        assert_eq!(problem(KeyFile::open(&path)), Some(KeyFileProblem::Damaged), "byte {at}");
    }
    for at in good.len() - 40..good.len() {
        let mut changed = good.clone();
        changed[at] ^= 1;
        fs::write(&path, &changed).unwrap();
        assert!(KeyFile::open(&path).is_err(), "byte {at}");
    }
}

#[test]
fn a_passphrase_guards_the_key() {
    let (_folder, path) = folder();
    let right = passphrase("correct horse battery staple");
    let params = PassphraseParams::LEAST;
    let made = KeyFile::create_with_passphrase(&path, &right, params).unwrap();
    assert_eq!(mode(&path), 0o600);
    assert!(KeyFile::is_protected(&path).unwrap());
    let wrapped = wrap(&made);
    let opened = KeyFile::open_with_passphrase(&path, &right).unwrap();
    assert_eq!(opens(&opened, &wrapped), Ok(()));
    assert!(opened.describe().passphrase);
    let wrong = passphrase("correct horse battery stapler");
    let wrong = KeyFile::open_with_passphrase(&path, &wrong);
    assert_eq!(problem(wrong), Some(KeyFileProblem::WrongPassphrase));
    assert_eq!(problem(KeyFile::open(&path)), Some(KeyFileProblem::PassphraseNeeded));
    // A damaged file is never taken for a wrong passphrase.
    let mut bytes = fs::read(&path).unwrap();
    bytes[300] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let damaged = KeyFile::open_with_passphrase(&path, &right);
    assert_eq!(problem(damaged), Some(KeyFileProblem::Damaged));
}

#[test]
fn passphrases_have_a_shortest_length_and_files_without_one_take_none() {
    let (folder, path) = folder();
    let short =
        KeyFile::create_with_passphrase(&path, &passphrase("eleven char"), Default::default());
    assert_eq!(problem(short), Some(KeyFileProblem::ShortPassphrase));
    assert!(names(folder.path()).is_empty());
    KeyFile::create(&path).unwrap();
    let needless = KeyFile::open_with_passphrase(&path, &passphrase("correct horse"));
    assert_eq!(problem(needless), Some(KeyFileProblem::NotProtected));
}

#[test]
fn the_cost_of_a_passphrase_has_bounds() {
    for (memory, passes, lanes) in
        [(19 * 1024 - 1, 2, 1), (65_536, 1, 1), (65_536, 3, 0), (u32::MAX, 3, 1), (65_536, 99, 1)]
    {
        assert!(PassphraseParams::new(memory, passes, lanes).is_err());
    }
    assert_eq!(PassphraseParams::new(65_536, 3, 4), Ok(PassphraseParams::DEFAULT));
}

#[test]
fn a_rotated_root_key_still_opens_what_older_versions_wrapped_until_they_are_destroyed() {
    let (folder, path) = folder();
    let mut file = KeyFile::create(&path).unwrap();
    let first = wrap(&file);
    assert_eq!(file.rotate().unwrap(), 2);
    let second = wrap(&file);
    assert_eq!((first.root_version, second.root_version), (1, 2));
    let mut file = KeyFile::open(&path).unwrap();
    assert_eq!((opens(&file, &first), opens(&file, &second)), (Ok(()), Ok(())));
    for none_such in [2, 3] {
        let error = file.destroy_version(none_such).unwrap_err();
        assert_eq!(error.problem, KeyFileProblem::NoSuchVersion);
    }
    file.destroy_version(1).unwrap();
    for file in [file, KeyFile::open(&path).unwrap()] {
        assert_eq!(opens(&file, &first), Err(ProviderError::WrongKey));
        assert_eq!(opens(&file, &second), Ok(()));
    }
    assert_eq!((mode(&path), names(folder.path())), (0o600, vec![String::from("root.key")]));
}

#[test]
fn a_passphrase_can_be_set_and_changed_without_wrapping_anything_anew() {
    let (_folder, path) = folder();
    let [one, two] = ["the first passphrase", "the second passphrase"].map(passphrase);
    let mut file = KeyFile::create(&path).unwrap();
    let wrapped = wrap(&file);
    file.change_passphrase(&one, PassphraseParams::LEAST).unwrap();
    file.rotate().unwrap();
    file.change_passphrase(&two, PassphraseParams::LEAST).unwrap();
    let old = KeyFile::open_with_passphrase(&path, &one);
    assert_eq!(problem(old), Some(KeyFileProblem::WrongPassphrase));
    let opened = KeyFile::open_with_passphrase(&path, &two).unwrap();
    assert_eq!(opens(&opened, &wrapped), Ok(()));
    assert_eq!(opened.root().current(), 2);
}

#[test]
fn when_the_folder_is_gone_nothing_changes() {
    let (folder, path) = folder();
    let mut file = KeyFile::create(&path).unwrap();
    let wrapped = wrap(&file);
    folder.close().unwrap();
    assert_eq!(file.rotate().unwrap_err().problem, KeyFileProblem::Missing);
    assert_eq!(file.root().current(), 1);
    assert_eq!(opens(&file, &wrapped), Ok(()));
    assert_eq!(problem(KeyFile::create(&path)), Some(KeyFileProblem::Missing));
}

#[test]
fn what_a_crash_left_behind_goes_with_the_next_write() {
    let (folder, path) = folder();
    let left = folder.path().join("root.key.draft-00112233445566aa");
    let bystander = folder.path().join("root.key.copy");
    for path in [&left, &bystander] {
        fs::write(path, "key 1 …").unwrap();
    }
    KeyFile::create(&path).unwrap().rotate().unwrap();
    assert!(!left.exists() && bystander.exists());
    assert_eq!(names(folder.path()).len(), 2);
}

#[test]
fn of_many_who_create_at_once_one_wins_and_the_file_holds_its_key() {
    let (_folder, path) = folder();
    let made: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| KeyFile::create(&path))).collect();
        threads.into_iter().filter_map(|thread| thread.join().unwrap().ok()).collect()
    });
    assert!(made.len() <= 1);
    for winner in made {
        assert_eq!(opens(&KeyFile::open(&path).unwrap(), &wrap(&winner)), Ok(()));
    }
}

#[test]
fn the_key_is_not_in_a_protected_file() {
    let (_folder, path) = folder();
    let mut file = KeyFile::create(&path).unwrap();
    let clear = fs::read_to_string(&path).unwrap();
    let key = clear.split(' ').find(|word| word.len() == 64).unwrap().to_owned();
    let guard = passphrase("correct horse battery staple");
    file.change_passphrase(&guard, PassphraseParams::LEAST).unwrap();
    assert!(!fs::read_to_string(&path).unwrap().contains(&key));
}
