//! The key file: a root key in a file that only its owner may read, with or without a passphrase.
//!
//! *What it is for.* It needs no service and no hardware, so it is the default. *What it is not:*
//! protection from root on the same machine, or from whoever copies the whole disk: without a
//! passphrase the file opens everything. Keep it on another volume than the data.
//!
//! Files are written whole beside their place and then moved there, with file and folder synced, so
//! that a crash leaves either the old file or the new one. Keys are drawn from the operating system
//! here and never from a generator that was passed in: no test set-up may ever decide a root key.
//!
//! Permissions are checked on the open file. Access lists beyond the mode bits are not looked at.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::file_format::{MAX_FILE, Parsed, parse, render};
use super::passphrase::{Lock, LockKey, MIN_PASSPHRASE, PassphraseParams};
use super::{KeyProvider, ProviderFuture, ProviderInfo, RootKey, WrapContext, Wrapped};
use crate::{Clear, Clear32, Random, SealError, SystemRandom};

/// Between a key file's name and a random tag: the name of a draft.
const DRAFT: &str = ".draft-";

/// Why a key file could not be made or read, and which.
#[derive(Debug, thiserror::Error)]
#[error("key file {path}: {problem}", path = path.display())]
pub struct KeyFileError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub problem: KeyFileProblem,
}

/// What is wrong with a key file. Each message says what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFileProblem {
    /// Nothing there.
    #[error("not found: check the path, or restore the file from its copy")]
    Missing,
    /// `create` never overwrites.
    #[error("exists already: what it sealed would be lost, so it is never overwritten")]
    Exists,
    /// Its group or everyone may read or write it.
    #[error(
        "others may read or write it (mode {mode:03o}): run `chmod 600` on it, and make a new \
         root key if someone may have"
    )]
    Exposed {
        /// The permission bits.
        mode: u32,
    },
    /// A folder, a device, or larger than a key file ever is.
    #[error("not a key file: check the path")]
    NotAKeyFile,
    /// The format's number is higher than this version knows.
    #[error("written by a newer version: use that version")]
    Newer,
    /// The end is missing.
    #[error("cut short: restore it from its copy")]
    Truncated,
    /// The checksum is wrong, or a line makes no sense.
    #[error("damaged: restore it from its copy")]
    Damaged,
    /// It has a passphrase and none was given.
    #[error("protected by a passphrase, and none was given")]
    PassphraseNeeded,
    /// It has no passphrase and one was given.
    #[error("not protected by a passphrase, but one was given: check that this is the right file")]
    NotProtected,
    /// The passphrase does not open it.
    #[error("the passphrase is wrong")]
    WrongPassphrase,
    /// Shorter than [`MIN_PASSPHRASE`].
    #[error("the passphrase is too short: take at least {MIN_PASSPHRASE} characters")]
    ShortPassphrase,
    /// The version is the current one, or there is none such.
    #[error("the root key has no such older version")]
    NoSuchVersion,
    /// No randomness, no memory for the passphrase's cost.
    #[error("the machine has no randomness or too little memory for it")]
    Machine,
    /// The operating system refused.
    #[error("can't be read or written ({0}): check permissions and space of its folder")]
    Io(io::ErrorKind),
}

impl From<io::Error> for KeyFileProblem {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::Missing,
            io::ErrorKind::AlreadyExists => Self::Exists,
            kind => Self::Io(kind),
        }
    }
}

impl From<SealError> for KeyFileProblem {
    fn from(_: SealError) -> Self {
        Self::Machine
    }
}

/// A key file, open: the provider that keeps its root key in memory.
pub struct KeyFile {
    id: String,
    path: PathBuf,
    root: RootKey,
    lock: Option<(Lock, LockKey)>,
}

impl KeyFile {
    /// Makes a key file with a new random root key, mode 0600, and syncs it to disk.
    ///
    /// # Errors
    /// [`KeyFileProblem::Exists`] if there is a file of that name; otherwise what the operating
    /// system says.
    pub fn create(path: &Path) -> Result<Self, KeyFileError> {
        Self::make(path, None).map_err(|problem| at(path, problem))
    }

    /// As [`create`](Self::create), the root key sealed by a passphrase. Takes as long as its
    /// parameters say.
    ///
    /// # Errors
    /// As [`create`](Self::create), and [`KeyFileProblem::ShortPassphrase`].
    pub fn create_with_passphrase(
        path: &Path,
        passphrase: &Clear,
        params: PassphraseParams,
    ) -> Result<Self, KeyFileError> {
        new_lock(passphrase, params)
            .and_then(|lock| Self::make(path, Some(lock)))
            .map_err(|problem| at(path, problem))
    }

    /// Opens a key file that has no passphrase.
    ///
    /// # Errors
    /// [`KeyFileProblem::Exposed`] if others may read or write it,
    /// [`KeyFileProblem::PassphraseNeeded`] if it is protected; otherwise what is wrong with it.
    pub fn open(path: &Path) -> Result<Self, KeyFileError> {
        Self::load(path, None).map_err(|problem| at(path, problem))
    }

    /// Opens a key file that has a passphrase. Takes as long as the file's parameters say.
    ///
    /// # Errors
    /// As [`open`](Self::open), and [`KeyFileProblem::WrongPassphrase`],
    /// [`KeyFileProblem::NotProtected`].
    pub fn open_with_passphrase(path: &Path, passphrase: &Clear) -> Result<Self, KeyFileError> {
        Self::load(path, Some(passphrase)).map_err(|problem| at(path, problem))
    }

    /// Whether a key file asks for a passphrase.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub fn is_protected(path: &Path) -> Result<bool, KeyFileError> {
        read(path).map(|file| file.lock.is_some()).map_err(|problem| at(path, problem))
    }

    /// Gives the provider another [`id`](KeyProvider::id) than `"file"`.
    #[must_use]
    pub fn named(mut self, id: impl Into<String>) -> Self {
        self.id = id.into();
        self
    }

    /// Where the file is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The root key that it holds.
    #[must_use]
    pub fn root(&self) -> &RootKey {
        &self.root
    }

    /// Adds a version to the root key and writes the file anew. The new version wraps from now on,
    /// the old ones still unwrap. On error nothing has changed here, and the file is whole: the
    /// old one or, if only the last sync of its folder failed, the new one.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn rotate(&mut self) -> Result<u32, KeyFileError> {
        self.rewrite(|root| Ok(root.add_version(&SystemRandom)?))
    }

    /// Destroys an older version of the root key: what it wrapped opens no more. Old copies of the
    /// file, and blocks that the file system has not overwritten, may still hold it.
    ///
    /// # Errors
    /// [`KeyFileProblem::NoSuchVersion`], also for the current version; what the operating system
    /// says.
    pub fn destroy_version(&mut self, version: u32) -> Result<(), KeyFileError> {
        self.rewrite(|root| match root.drop_version(version) {
            true => Ok(()),
            false => Err(KeyFileProblem::NoSuchVersion),
        })
    }

    /// Seals the same root key with another passphrase, or with a first one.
    ///
    /// # Errors
    /// [`KeyFileProblem::ShortPassphrase`], what the operating system says.
    pub fn change_passphrase(
        &mut self,
        passphrase: &Clear,
        params: PassphraseParams,
    ) -> Result<(), KeyFileError> {
        let lock = new_lock(passphrase, params).map_err(|problem| at(&self.path, problem))?;
        let old = self.lock.replace(lock);
        let written = self.rewrite(|_| Ok(()));
        if written.is_err() {
            self.lock = old;
        }
        written
    }

    fn make(path: &Path, lock: Option<(Lock, LockKey)>) -> Result<Self, KeyFileProblem> {
        if path.symlink_metadata().is_ok() {
            return Err(KeyFileProblem::Exists);
        }
        let root = RootKey::generate(&SystemRandom)?;
        let file = Self { id: String::from("file"), path: path.to_path_buf(), root, lock };
        write_beside(path, &file.text(&file.root)?, |draft| put_new(draft, path))?;
        Ok(file)
    }

    fn load(path: &Path, passphrase: Option<&Clear>) -> Result<Self, KeyFileProblem> {
        let parsed = read(path)?;
        let lock = match (parsed.lock, passphrase) {
            (None, None) => None,
            (Some(lock), Some(passphrase)) => Some((lock, lock.key(passphrase)?)),
            (Some(_), None) => return Err(KeyFileProblem::PassphraseNeeded),
            (None, Some(_)) => return Err(KeyFileProblem::NotProtected),
        };
        let root = parsed.root(lock.as_ref().map(|(_, key)| key))?;
        Ok(Self { id: String::from("file"), path: path.to_path_buf(), root, lock })
    }

    /// Changes a copy of the root key, writes it, and only then takes it over.
    fn rewrite<T>(
        &mut self,
        change: impl FnOnce(&mut RootKey) -> Result<T, KeyFileProblem>,
    ) -> Result<T, KeyFileError> {
        let write = || {
            let text = self.text(&self.root)?;
            let mut root = parse(&text)?.root(self.lock.as_ref().map(|(_, key)| key))?;
            let answer = change(&mut root)?;
            write_beside(&self.path, &self.text(&root)?, |draft| fs::rename(draft, &self.path))?;
            Ok((root, answer))
        };
        let (root, answer) = write().map_err(|problem| at(&self.path, problem))?;
        self.root = root;
        Ok(answer)
    }

    fn text(&self, root: &RootKey) -> Result<Zeroizing<String>, KeyFileProblem> {
        let lock = self.lock.as_ref().map(|(lock, key)| (lock, key));
        Ok(render(root, lock, &SystemRandom)?)
    }
}

impl KeyProvider for KeyFile {
    fn id(&self) -> &str {
        &self.id
    }

    fn describe(&self) -> ProviderInfo {
        ProviderInfo {
            kind: "key-file",
            location: self.path.display().to_string(),
            root_version: self.root.current(),
            key_stays_inside: false,
            passphrase: self.lock.is_some(),
        }
    }

    fn wrap<'a>(
        &'a self,
        context: &'a WrapContext,
        key: &'a [u8; 32],
    ) -> ProviderFuture<'a, Wrapped> {
        Box::pin(async move { self.root.wrap(&SystemRandom, context, key) })
    }

    fn unwrap<'a>(
        &'a self,
        context: &'a WrapContext,
        wrapped: &'a Wrapped,
    ) -> ProviderFuture<'a, Clear32> {
        Box::pin(async move { self.root.unwrap(context, wrapped) })
    }
}

fn at(path: &Path, problem: KeyFileProblem) -> KeyFileError {
    KeyFileError { path: path.to_path_buf(), problem }
}

fn new_lock(
    passphrase: &Clear,
    params: PassphraseParams,
) -> Result<(Lock, LockKey), KeyFileProblem> {
    if passphrase.len() < MIN_PASSPHRASE {
        return Err(KeyFileProblem::ShortPassphrase);
    }
    let lock = Lock::generate(&SystemRandom, params)?;
    let key = lock.key(passphrase)?;
    Ok((lock, key))
}

/// Reads and parses, once the open file has shown to be a private, regular and small one.
fn read(path: &Path) -> Result<Parsed, KeyFileProblem> {
    let file = File::open(path)?;
    let meta = file.metadata()?;
    if !meta.is_file() || meta.len() > MAX_FILE {
        return Err(KeyFileProblem::NotAKeyFile);
    }
    let mode = meta.mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(KeyFileProblem::Exposed { mode });
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_FILE as usize));
    file.take(MAX_FILE).read_to_end(&mut bytes)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| KeyFileProblem::NotAKeyFile)?;
    parse(text)
}

/// Writes a private file beside `path`, syncs it, has `place` put it where it belongs, and syncs the
/// folder. The draft is gone afterwards, whatever happened.
fn write_beside(
    path: &Path,
    text: &str,
    place: impl FnOnce(&Path) -> io::Result<()>,
) -> Result<(), KeyFileProblem> {
    let name = path.file_name().ok_or(KeyFileProblem::NotAKeyFile)?;
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut prefix = name.to_os_string();
    prefix.push(DRAFT);
    remove_old_drafts(folder, &prefix)?;
    // A name of its own for each draft: two processes must never put each other's key in place.
    let mut tag = [0; 8];
    SystemRandom.fill(&mut tag)?;
    let mut draft = prefix;
    draft.push(format!("{:016x}", u64::from_be_bytes(tag)));
    let draft = folder.join(draft);
    let placed = write_private(&draft, text).and_then(|()| place(&draft));
    // After a rename it is gone already; after anything else it holds keys and must go.
    let _ = fs::remove_file(&draft);
    placed?;
    File::open(folder)?.sync_all()?;
    Ok(())
}

/// Gives the draft its name, unless there is a file of that name, even one that appeared a moment
/// ago.
fn put_new(draft: &Path, path: &Path) -> io::Result<()> {
    fs::hard_link(draft, path)
}

/// Removes what a crash left behind: a draft holds key versions that may since be destroyed.
fn remove_old_drafts(folder: &Path, prefix: &OsStr) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if name.as_encoded_bytes().starts_with(prefix.as_encoded_bytes()) {
            match fs::remove_file(entry.path()) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
    }
    Ok(())
}

fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_never_takes_the_place_of_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let [draft, path] = ["draft", "path"].map(|name| folder.path().join(name));
        fs::write(&draft, "new").unwrap();
        fs::write(&path, "old").unwrap();
        assert_eq!(put_new(&draft, &path).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        fs::remove_file(&path).unwrap();
        put_new(&draft, &path).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
    }
}
