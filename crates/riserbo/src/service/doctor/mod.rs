//! The doctor: looks at an installation from outside, and says what is wrong and how to mend it.
//!
//! It opens everything to be read and changes nothing, so that it may look at an installation
//! that is damaged, wrongly set up, or at work this moment. It shows no personal data: nothing
//! that is sealed is opened but wrapped keys.

mod files;
mod stores;

use std::path::Path;

use crate::app;
use crate::clock::Clock;
use crate::config::Config;
use crate::error::Result;

pub use stores::log_key;

/// How a check went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// As it should be.
    Good,
    /// Worth knowing.
    Note,
    /// To be mended.
    Bad,
}

impl Mark {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Mark::Good => "good",
            Mark::Note => "note",
            Mark::Bad => "bad",
        }
    }
}

/// What a check found.
#[derive(Clone, Debug)]
pub struct Finding {
    /// What was looked at.
    pub check: &'static str,
    /// How it went.
    pub mark: Mark,
    /// What was found.
    pub says: String,
    /// How to mend it, or what to consider.
    pub mend: Option<String>,
}

impl Finding {
    fn good(check: &'static str, says: impl Into<String>) -> Finding {
        Finding { check, mark: Mark::Good, says: says.into(), mend: None }
    }

    fn note(check: &'static str, says: impl Into<String>, mend: impl Into<String>) -> Finding {
        Finding { check, mark: Mark::Note, says: says.into(), mend: Some(mend.into()) }
    }

    fn bad(check: &'static str, says: impl Into<String>, mend: impl Into<String>) -> Finding {
        Finding { check, mark: Mark::Bad, says: says.into(), mend: Some(mend.into()) }
    }
}

/// Looks at everything. One thing that is wrong keeps it from no other that can be looked at
/// without it.
pub async fn examine(dir: &Path, clock: &dyn Clock) -> Vec<Finding> {
    if !dir.is_dir() {
        return vec![Finding::bad(
            "data directory",
            format!("{} is not there", dir.display()),
            "give --data-dir, or begin a desk with `riserbo user add --first`",
        )];
    }
    let mut found = vec![files::directory(dir), in_use(dir)];
    found.push(files::core_dumps());
    found.push(files::clock(dir, clock));
    found.push(files::space(dir));
    let config = match Config::load(dir) {
        Ok(config) => config,
        Err(error) => {
            let mend = "mend riserbo.toml; what it may hold stands in docs/configuration.md";
            found.push(Finding::bad("configuration", error.to_string(), mend));
            return found;
        }
    };
    found.push(files::configuration(&config));
    found.extend(files::key_file(&config, dir));
    found.extend(stores::databases(&config, dir).await);
    found.extend(stores::keys_and_log(&config, dir, clock).await);
    found
}

fn in_use(dir: &Path) -> Finding {
    if app::in_use(dir) {
        Finding::good("server", "a process has the directory open, as it should be")
    } else {
        Finding::good("server", "not running")
    }
}

/// The result of a step that the next ones need.
type Step<T> = std::result::Result<T, Finding>;

fn step<T>(check: &'static str, done: Result<T>, mend: &str) -> Step<T> {
    done.map_err(|error| Finding::bad(check, error.to_string(), mend))
}
