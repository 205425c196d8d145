//! The folder of a log: the few ways in which its files are touched.
//!
//! Everything that is written goes through [`Faults`], so that a test can fill the disk, tear a
//! write or refuse a sync at any byte.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use ledger::Journal;

/// Only the server's own user reads the log: entries are sealed, headers are not.
const MODE: u32 = 0o600;

/// So many files are synced one by one; more with one call for their whole file system, which
/// also waits for what others wrote there.
const FEW: usize = 32;

/// Makes writes and syncs fail, for tests of what happens then. The default makes none fail.
#[derive(Debug, Clone, Default)]
pub struct Faults(Option<Arc<Armed>>);

#[derive(Debug)]
struct Armed {
    /// Bytes that may still be written.
    left: AtomicU64,
    no_sync: AtomicBool,
}

impl Faults {
    /// Faults that can be switched on later; until then nothing fails.
    #[must_use]
    pub fn armed() -> Self {
        let left = AtomicU64::new(u64::MAX);
        Self(Some(Arc::new(Armed { left, no_sync: AtomicBool::new(false) })))
    }

    /// From now on `bytes` more bytes can be written; the write that passes them is torn there
    /// and fails, as on a full disk.
    pub fn full_after(&self, bytes: u64) {
        if let Some(armed) = &self.0 {
            armed.left.store(bytes, Ordering::SeqCst);
        }
    }

    /// From now on each sync fails, if `yes`.
    pub fn refuse_sync(&self, yes: bool) {
        if let Some(armed) = &self.0 {
            armed.no_sync.store(yes, Ordering::SeqCst);
        }
    }

    /// How many of `wanted` bytes may be written.
    fn allow(&self, wanted: usize) -> usize {
        let Some(armed) = &self.0 else { return wanted };
        let wanted_bytes = wanted as u64;
        let take = |left: u64| (left != u64::MAX).then(|| left.saturating_sub(wanted_bytes));
        match armed.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take) {
            Ok(left) if left < wanted_bytes => usize::try_from(left).unwrap_or(wanted),
            _ => wanted,
        }
    }

    fn sync(&self) -> io::Result<()> {
        match &self.0 {
            Some(armed) if armed.no_sync.load(Ordering::SeqCst) => {
                Err(io::Error::other("sync refused by the test"))
            }
            _ => Ok(()),
        }
    }
}

/// A log's folder.
#[derive(Debug)]
pub(super) struct Disk {
    root: PathBuf,
    faults: Faults,
}

impl Disk {
    /// Makes the folder if need be.
    pub(super) fn open(root: &Path, faults: Faults) -> io::Result<Self> {
        fs::create_dir_all(root)?;
        Ok(Self { root: root.to_owned(), faults })
    }

    /// The folder as it is, for reading.
    pub(super) fn existing(root: &Path) -> Self {
        Self { root: root.to_owned(), faults: Faults::default() }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// The lock file, locked; `None` if another process holds it.
    pub(super) fn lock(&self) -> io::Result<Option<File>> {
        let mut options = File::options();
        let file = options.create(true).truncate(false).write(true).mode(MODE);
        let file = file.open(self.at("lock"))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(fs::TryLockError::WouldBlock) => Ok(None),
            Err(fs::TryLockError::Error(error)) => Err(error),
        }
    }

    /// Whether some process has the log open for writing.
    pub(super) fn is_locked(&self) -> bool {
        let Ok(file) = File::open(self.at("lock")) else {
            return false;
        };
        matches!(file.try_lock_shared(), Err(fs::TryLockError::WouldBlock))
    }

    pub(super) fn exists(&self, name: &str) -> bool {
        self.at(name).exists()
    }

    /// The bytes of a file; `None` if there is no such file.
    pub(super) fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        let mut bytes = Vec::new();
        Ok(self.read_into(name, &mut bytes)?.then_some(bytes))
    }

    /// Reads a file into `bytes`; false if there is no such file.
    pub(super) fn read_into(&self, name: &str, bytes: &mut Vec<u8>) -> io::Result<bool> {
        bytes.clear();
        match File::open(self.at(name)) {
            Ok(mut file) => file.read_to_end(bytes).map(|_| true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The numbers of the journals, ascending.
    pub(super) fn journals(&self) -> io::Result<Vec<u64>> {
        let mut numbers = Vec::new();
        for entry in fs::read_dir(&self.root)? {
            numbers.extend(entry?.file_name().to_str().and_then(Journal::number_of));
        }
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// Puts a file in its place, whole or not at all, and makes it durable.
    pub(super) fn put_synced(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.put(name, bytes, true)?;
        self.sync_folder()
    }

    /// Puts a file in its place, whole for every reader; not durable yet.
    pub(super) fn put(&self, name: &str, bytes: &[u8], sync: bool) -> io::Result<()> {
        let (path, fresh) = (self.at(name), self.at(&format!("{name}.new")));
        let mut options = File::options();
        options.create(true).truncate(true).write(true).mode(MODE);
        let mut file = match options.open(&fresh) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                fs::create_dir_all(fresh.parent().unwrap_or(&self.root))?;
                options.open(&fresh)?
            }
            other => other?,
        };
        self.write(&mut file, bytes)?;
        if sync {
            self.faults.sync()?;
            file.sync_all()?;
        }
        fs::rename(&fresh, &path)
    }

    /// Removes a file, if it is there.
    pub(super) fn remove(&self, name: &str) -> io::Result<()> {
        match fs::remove_file(self.at(name)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// A file to append to.
    pub(super) fn appender(&self, name: &str) -> io::Result<File> {
        File::options().append(true).open(self.at(name))
    }

    /// A file to write into, in place.
    pub(super) fn in_place(&self, name: &str) -> io::Result<File> {
        File::options().write(true).open(self.at(name))
    }

    /// Appends with one write, unless the system takes less.
    pub(super) fn write(&self, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        let allowed = self.faults.allow(bytes.len());
        file.write_all(bytes.get(..allowed).unwrap_or(bytes))?;
        if allowed < bytes.len() {
            return Err(ErrorKind::StorageFull.into());
        }
        Ok(())
    }

    /// Overwrites the start of a file.
    pub(super) fn overwrite(&self, file: &File, bytes: &[u8]) -> io::Result<()> {
        let allowed = self.faults.allow(bytes.len());
        if allowed < bytes.len() {
            return Err(ErrorKind::StorageFull.into());
        }
        file.write_all_at(bytes, 0)
    }

    /// Makes what was appended durable.
    pub(super) fn sync_data(&self, file: &File) -> io::Result<()> {
        self.faults.sync()?;
        file.sync_data()
    }

    fn sync_folder(&self) -> io::Result<()> {
        File::open(&self.root)?.sync_all()
    }

    /// Makes the files named durable, and the folders that hold them.
    pub(super) fn sync_all(&self, written: &[String]) -> io::Result<()> {
        self.faults.sync()?;
        if written.len() > FEW {
            return self.sync_file_system(written);
        }
        self.sync_each(written)
    }

    /// One call for the file system instead of one for each of hundreds of small files.
    #[cfg(target_os = "linux")]
    fn sync_file_system(&self, _written: &[String]) -> io::Result<()> {
        Ok(rustix::fs::syncfs(File::open(&self.root)?)?)
    }

    #[cfg(not(target_os = "linux"))]
    fn sync_file_system(&self, written: &[String]) -> io::Result<()> {
        self.sync_each(written)
    }

    fn sync_each(&self, written: &[String]) -> io::Result<()> {
        let mut folders = BTreeSet::from([self.root.clone()]);
        for name in written {
            let path = self.at(name);
            match File::open(&path) {
                Ok(file) => file.sync_all()?,
                // Retention took it meanwhile.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
            let above = path.ancestors().skip(1).take_while(|f| *f != self.root);
            folders.extend(above.map(Path::to_owned));
        }
        // The deepest last in order, first here: a folder's name is durable in the one above it.
        folders.iter().rev().try_for_each(|folder| File::open(folder)?.sync_all())
    }
}
