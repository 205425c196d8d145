//! Which files a scan reads, and their bytes.
//!
//! Folders are walked in order of names; what `.gitignore` and `.ignore` leave out, and what is
//! hidden, is left out unless asked for. Links are not followed. Compressed files (.gz by their
//! first bytes) are unpacked while they are read.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use super::Stream;
use crate::cli::exit::Failure;
use crate::cli::out::safe;

/// How folders are walked.
pub(super) struct Walk {
    /// Hidden files and folders too.
    pub(super) hidden: bool,
    /// What ignore files leave out too.
    pub(super) ignored: bool,
}

/// Something named on the command line.
pub(super) enum Entry {
    /// Standard input.
    Stdin,
    /// A file or folder.
    Path(PathBuf),
}

impl Entry {
    /// Standard input.
    pub(super) fn stdin() -> Entry {
        Entry::Stdin
    }

    /// A file or folder.
    pub(super) fn path(path: &Path) -> Entry {
        Entry::Path(path.to_owned())
    }
}

/// Something that was come upon.
pub(super) enum Input {
    /// Bytes to be read.
    Open {
        /// Its name in reports.
        label: String,
        /// Its bytes, unpacked.
        read: Stream,
    },
    /// Nothing that a scan reads.
    Left {
        /// Its name in reports.
        label: String,
        /// Why.
        why: &'static str,
    },
    /// It should be read and can't.
    Failed {
        /// Its name in reports.
        label: String,
        /// What the system said.
        error: io::Error,
    },
}

/// Comes upon every input in order.
pub(super) fn each(
    entries: &[Entry],
    walk: &Walk,
    meet: &mut dyn FnMut(Input) -> Result<(), Failure>,
) -> Result<(), Failure> {
    for entry in entries {
        match entry {
            Entry::Stdin => meet(open("-".to_owned(), Box::new(io::stdin())))?,
            Entry::Path(path) => below(path, walk, meet)?,
        }
    }
    Ok(())
}

fn below(
    path: &Path,
    walk: &Walk,
    meet: &mut dyn FnMut(Input) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let found = ignore::WalkBuilder::new(path)
        .hidden(!walk.hidden)
        .ignore(!walk.ignored)
        .git_ignore(!walk.ignored)
        .git_exclude(!walk.ignored)
        .git_global(!walk.ignored)
        .require_git(false)
        .follow_links(false)
        .sort_by_file_name(std::cmp::Ord::cmp)
        .build();
    for entry in found {
        match entry {
            Ok(entry) => {
                // A link given by name is meant; one come upon is not followed.
                let named = entry.depth() == 0;
                let kind = entry.file_type();
                if kind.is_some_and(|k| k.is_dir()) {
                    continue;
                }
                meet(file(entry.path(), named, kind))?;
            }
            Err(error) => {
                let label = label(path);
                let error = error.into_io_error().unwrap_or_else(|| {
                    io::Error::other("the folder, or an ignore file in it, can't be read")
                });
                meet(Input::Failed { label, error })?;
            }
        }
    }
    Ok(())
}

fn label(path: &Path) -> String {
    safe(&path.to_string_lossy())
}

fn file(path: &Path, named: bool, kind: Option<std::fs::FileType>) -> Input {
    let label = label(path);
    if !named && kind.is_some_and(|k| k.is_symlink()) {
        return Input::Left { label, why: "a link" };
    }
    // Opening a pipe or a device would wait for ever, unless somebody named it.
    if !named && !kind.is_some_and(|k| k.is_file()) {
        return Input::Left { label, why: "neither file nor folder" };
    }
    match File::open(path) {
        Ok(file) => open(label, Box::new(file)),
        Err(error) => Input::Failed { label, error },
    }
}

/// Unpacks what is gzip by its first bytes.
fn open(label: String, read: Stream) -> Input {
    let mut read = BufReader::with_capacity(64 << 10, read);
    let gzip = match first(&mut read) {
        Ok(bytes) => bytes.starts_with(&[0x1f, 0x8b]),
        Err(error) => return Input::Failed { label, error },
    };
    if gzip {
        let read = flate2::bufread::MultiGzDecoder::new(read);
        Input::Open { label, read: Box::new(read) }
    } else {
        Input::Open { label, read: Box::new(read) }
    }
}

/// The first bytes, without taking them.
fn first(read: &mut BufReader<Stream>) -> io::Result<&[u8]> {
    use std::io::BufRead as _;
    loop {
        match read.fill_buf() {
            Ok(_) => break,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(read.buffer())
}

/// Reads until a buffer holds `want` bytes or the input ends; says whether it ended.
pub(super) fn fill(read: &mut dyn Read, buffer: &mut Vec<u8>, want: usize) -> io::Result<bool> {
    while buffer.len() < want {
        let room = (want - buffer.len()) as u64;
        match read.take(room).read_to_end(buffer) {
            Ok(0) => return Ok(true),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn met(dir: &Path, walk: &Walk) -> Vec<(String, &'static str)> {
        let mut out = Vec::new();
        each(&[Entry::path(dir)], walk, &mut |input| {
            let (label, how) = match input {
                Input::Open { label, .. } => (label, "open"),
                Input::Left { label, why } => (label, why),
                Input::Failed { label, .. } => (label, "failed"),
            };
            let name = label.rsplit('/').next().unwrap_or_default().to_owned();
            out.push((name, how));
            Ok(())
        })
        .unwrap();
        out
    }

    #[test]
    fn folders_are_walked_by_name_and_ignore_files_are_heard() {
        let tmp = tempfile::tempdir().unwrap();
        for name in ["b.txt", "a.txt", "skip.log", ".hidden"] {
            std::fs::write(tmp.path().join(name), "x").unwrap();
        }
        std::fs::write(tmp.path().join(".gitignore"), "*.log\n").unwrap();
        std::os::unix::fs::symlink("a.txt", tmp.path().join("link")).unwrap();
        let plain = met(tmp.path(), &Walk { hidden: false, ignored: false });
        let names: Vec<&str> = plain.iter().map(|(n, _)| n.as_str()).collect();
        assert_eq!(names, ["a.txt", "b.txt", "link"]);
        assert_eq!(plain[2].1, "a link");
        let all = met(tmp.path(), &Walk { hidden: true, ignored: true });
        assert_eq!(all.len(), 6);
    }

    #[test]
    fn gzip_is_known_by_its_bytes() {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(b"hello").unwrap();
        let bytes = packed.finish().unwrap();
        let Input::Open { mut read, .. } = open("x".into(), Box::new(io::Cursor::new(bytes)))
        else {
            panic!("not open")
        };
        let mut text = String::new();
        read.read_to_string(&mut text).unwrap();
        assert_eq!(text, "hello");
    }
}
