//! Which files an import reads, and in which order.
//!
//! A folder is walked by name, so that two runs read alike. Nothing is left out in silence: what
//! is hidden, unknown, a link or too much is told as a refusal. Links are not followed, so no
//! folder leads outside itself or round in a circle.

use super::limits::Limits;
use super::refusal::{OpenError, Reason};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Longest label of a file in reports, in characters.
const LABEL_ROOM: usize = 300;

/// One file on disk.
#[derive(Debug)]
pub(super) struct FileOnDisk {
    pub(super) path: PathBuf,
    pub(super) label: String,
    pub(super) bytes: u64,
}

/// What was found below the given paths.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) files: Vec<FileOnDisk>,
    /// What is not read, and why.
    pub(super) left_out: Vec<(String, Reason)>,
    /// Paths that are in `files`: one given twice is read once.
    seen: BTreeSet<PathBuf>,
}

/// Finds the files. A path given by name is read whatever it is called.
pub(super) fn find(paths: &[PathBuf], limits: &Limits) -> Result<Found, OpenError> {
    if paths.is_empty() {
        return Err(OpenError::NoPath);
    }
    let mut found = Found::default();
    for path in paths {
        let kind = |error: std::io::Error| OpenError::Unreadable {
            path: path.clone(),
            kind: error.kind(),
        };
        let meta = fs::metadata(path).map_err(kind)?;
        if meta.is_dir() {
            found.folder(path, 1, limits);
        } else if meta.is_file() {
            fs::File::open(path).map_err(kind)?;
            found.file(path.clone(), meta.len(), limits);
        } else {
            return Err(OpenError::NotAFile(path.clone()));
        }
    }
    if found.files.is_empty() {
        return Err(OpenError::Nothing);
    }
    Ok(found)
}

impl Found {
    fn file(&mut self, path: PathBuf, bytes: u64, limits: &Limits) {
        if self.files.len() >= limits.max_files {
            self.leave(&path, Reason::TooManyFiles);
        } else if self.seen.insert(path.clone()) {
            let label = label(&path.to_string_lossy());
            self.files.push(FileOnDisk { path, label, bytes });
        }
    }

    fn leave(&mut self, path: &Path, reason: Reason) {
        self.left_out.push((label(&path.to_string_lossy()), reason));
    }

    fn folder(&mut self, folder: &Path, depth: usize, limits: &Limits) {
        let mut names = Vec::new();
        match fs::read_dir(folder) {
            Err(error) => return self.leave(folder, Reason::Io(error.kind())),
            Ok(entries) => {
                for entry in entries {
                    match entry {
                        Ok(entry) => names.push(entry.file_name()),
                        Err(error) => self.leave(folder, Reason::Io(error.kind())),
                    }
                    if names.len() > limits.max_files {
                        return self.leave(folder, Reason::TooManyFiles);
                    }
                }
            }
        }
        names.sort();
        for name in names {
            let path = folder.join(&name);
            let text = name.to_string_lossy();
            match fs::symlink_metadata(&path) {
                Err(error) => self.leave(&path, Reason::Io(error.kind())),
                Ok(_) if text.starts_with('.') => self.leave(&path, Reason::HiddenFile),
                Ok(meta) if meta.is_dir() && depth >= limits.max_folders => {
                    self.leave(&path, Reason::TooManyFiles);
                }
                Ok(meta) if meta.is_dir() => self.folder(&path, depth + 1, limits),
                Ok(meta) if !meta.is_file() => self.leave(&path, Reason::NotAFile),
                Ok(_) if !is_known(&text) => self.leave(&path, Reason::UnknownFile),
                Ok(meta) => self.file(path, meta.len(), limits),
            }
        }
    }
}

/// Whether a file's name says that it is of a form that we read.
pub(super) fn is_known(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let bare = lower.strip_suffix(".gz");
    let ends = |name: &str| [".json", ".jsonl", ".ndjson"].iter().any(|end| name.ends_with(end));
    match bare {
        Some(inner) => ends(inner) || !inner.contains('.'),
        None => ends(&lower) || has_suffix(&lower, ".zip"),
    }
}

/// Whether a file's name promises one row a line.
pub(super) fn is_lines(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let bare = lower.strip_suffix(".gz").unwrap_or(&lower);
    bare.ends_with(".jsonl") || bare.ends_with(".ndjson")
}

/// A name for reports: no control characters, no endless length.
pub(super) fn label(name: &str) -> String {
    name.chars().take(LABEL_ROOM).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

fn has_suffix(name: &str, suffix: &str) -> bool {
    name.ends_with(suffix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_forms_are_known_by_name() {
        for name in ["a.json", "a.JSONL", "a.ndjson.gz", "tickets.gz", "export.zip"] {
            assert!(is_known(name), "{name}");
        }
        for name in ["README.md", "a.tar.gz", "a.csv", "a.xml", "json"] {
            assert!(!is_known(name), "{name}");
        }
        assert!(is_lines("a.jsonl.gz") && !is_lines("a.json"));
    }

    #[test]
    fn a_folder_is_walked_by_name_and_tells_what_it_leaves_out() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("sub")).unwrap();
        for name in ["b.json", "a.json", "sub/c.json", ".hidden.json", "notes.txt"] {
            fs::write(at(name), "{}").unwrap();
        }
        std::os::unix::fs::symlink(folder.path(), at("loop")).unwrap();
        let found = find(&[folder.path().to_owned()], &Limits::default()).unwrap();
        let names: Vec<_> = found.files.iter().map(|file| file.path.clone()).collect();
        assert_eq!(names, [at("a.json"), at("b.json"), at("sub/c.json")]);
        let left: Vec<_> = found.left_out.iter().map(|(_, reason)| *reason).collect();
        assert_eq!(left, [Reason::HiddenFile, Reason::NotAFile, Reason::UnknownFile]);
    }

    #[test]
    fn what_is_not_there_is_an_error_and_so_is_an_empty_folder() {
        let folder = tempfile::tempdir().unwrap();
        let limits = Limits::default();
        assert!(matches!(find(&[], &limits), Err(OpenError::NoPath)));
        assert!(matches!(find(&[folder.path().into()], &limits), Err(OpenError::Nothing)));
        let missing = folder.path().join("x.json");
        assert!(matches!(find(&[missing], &limits), Err(OpenError::Unreadable { .. })));
    }

    #[test]
    fn a_label_can_not_write_to_the_terminal() {
        assert_eq!(label("a\u{1b}[2Jb\n"), "a\u{fffd}[2Jb\u{fffd}");
    }
}
