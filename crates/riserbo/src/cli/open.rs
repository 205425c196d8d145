//! Opening a data directory for a command.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::exit::{Exit, Failure};
use crate::app::{self, App, Options};

/// Which data directory a command works on.
#[derive(clap::Args, Clone, Debug)]
pub(super) struct DataDir {
    /// Where everything lies [default: $RISERBO_DATA_DIR, else ./riserbo-data]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

impl DataDir {
    /// The directory.
    pub(super) fn path(&self) -> PathBuf {
        self.data_dir
            .clone()
            .or_else(|| {
                std::env::var_os("RISERBO_DATA_DIR").filter(|v| !v.is_empty()).map(PathBuf::from)
            })
            .unwrap_or_else(|| PathBuf::from("riserbo-data"))
    }

    /// Whether something was said about it at all.
    pub(super) fn is_given(&self) -> bool {
        self.data_dir.is_some()
            || std::env::var_os("RISERBO_DATA_DIR").is_some_and(|v| !v.is_empty())
    }
}

/// Whether a directory may be made by this command.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Make {
    /// It must be there: a typing error must not make a second, empty desk.
    No,
    /// The command that begins a desk.
    Yes,
}

/// Whether something of ours lies there.
pub(super) fn is_there(dir: &Path) -> bool {
    ["data.db", "keys.db", "riserbo.toml", "log"].iter().any(|name| dir.join(name).exists())
}

/// Opens a data directory.
pub(super) async fn open(dir: &Path, make: Make) -> Result<Arc<App>, Failure> {
    if make == Make::No && !is_there(dir) {
        return Err(Failure::broken(format!(
            "there is no desk in {}: give --data-dir, or begin one with `riserbo user add --first`",
            dir.display()
        )));
    }
    match App::open(Options::new(dir)).await {
        Ok(app) => Ok(app),
        Err(_) if app::in_use(dir) => Err(Failure::new(
            Exit::Busy,
            format!(
                "{} is in use by another riserbo process, a running server perhaps: \
                 use its API, or stop it first",
                dir.display()
            ),
        )),
        Err(error) => Err(error.into()),
    }
}
