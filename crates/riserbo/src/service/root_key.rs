//! The root key's provider, as configured.
//!
//! By default a key file: made at the first start with mode 0600, under
//! `keys/`, to be moved to a place of its own. A passphrase file locks it.

use std::path::{Path, PathBuf};

use seal::provider::{KeyFile, KeyFileProblem, PassphraseParams};
use seal::{Clear, KeyProvider};

use crate::config::Config;
use crate::error::{Error, Result};

/// Where the key file lies.
#[must_use]
pub fn path(config: &Config, data_dir: &Path) -> PathBuf {
    config.keys.root_key_file.clone().unwrap_or_else(|| data_dir.join("keys").join("root.key"))
}

fn passphrase(config: &Config) -> Result<Option<Clear>> {
    let Some(file) = &config.keys.passphrase_file else {
        return Ok(None);
    };
    let text = std::fs::read_to_string(file).map_err(|e| {
        Error::Setup(format!("the passphrase file {} can't be read: {e}", file.display()))
    })?;
    Ok(Some(Clear::from(text.trim_end_matches(['\r', '\n']).to_owned())))
}

/// Opens the root key, making it at the first start: when the key store holds
/// nothing that another one has wrapped.
///
/// # Errors
/// [`Error::Setup`] if the file is missing beside existing keys, readable by
/// others, damaged, or locked by another passphrase.
pub fn open(config: &Config, data_dir: &Path, first: bool) -> Result<Box<dyn KeyProvider>> {
    let file = path(config, data_dir);
    let passphrase = passphrase(config)?;
    if !file.exists() {
        if !first {
            return Err(Error::Setup(format!(
                "the root key {} is missing, and there are keys wrapped by it: put it back \
                 (a new one would open nothing)",
                file.display()
            )));
        }
        if let Some(parent) = file.parent() {
            make_private_dir(parent)?;
        }
        let made = match &passphrase {
            Some(p) => KeyFile::create_with_passphrase(&file, p, PassphraseParams::default()),
            None => KeyFile::create(&file),
        };
        return Ok(Box::new(made.map_err(|e| Error::Setup(e.to_string()))?));
    }
    existing(&file, passphrase.as_ref())
}

/// Opens the root key that must be there; makes none.
///
/// # Errors
/// As [`open`].
pub fn look(config: &Config, data_dir: &Path) -> Result<Box<dyn KeyProvider>> {
    existing(&path(config, data_dir), passphrase(config)?.as_ref())
}

fn existing(file: &Path, passphrase: Option<&Clear>) -> Result<Box<dyn KeyProvider>> {
    let opened = match passphrase {
        Some(p) => KeyFile::open_with_passphrase(file, p),
        None => KeyFile::open(file),
    };
    match opened {
        Ok(key) => Ok(Box::new(key)),
        Err(error) => {
            let hint = match error.problem {
                KeyFileProblem::PassphraseNeeded => " (set keys.passphrase_file)",
                _ => "",
            };
            Err(Error::Setup(format!("{error}{hint}")))
        }
    }
}

fn make_private_dir(dir: &Path) -> Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(|e| Error::Setup(format!("{} can't be made: {e}", dir.display())))
}
