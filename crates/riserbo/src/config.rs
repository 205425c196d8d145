//! The configuration: `riserbo.toml` in the data directory, all of it optional.
//!
//! Unknown keys are refused, so that a typing error never silently switches a
//! protection off.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::error::{Error, Result};

/// Everything that can be set.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where the server listens.
    pub server: ServerConfig,
    /// Where records are kept.
    pub store: StoreConfig,
    /// Where keys are kept.
    pub keys: KeysConfig,
    /// Whom the desk belongs to.
    pub organization: OrganizationConfig,
    /// Limits of acts.
    pub limits: LimitsConfig,
}

/// Where the server listens.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServerConfig {
    /// Address; without a certificate only loopback is accepted.
    pub listen: SocketAddr,
    /// Networks of reverse proxies whose `X-Forwarded-*` headers count.
    pub trusted_proxies: Vec<String>,
}

impl Default for ServerConfig {
    fn default() -> Self {
        ServerConfig { listen: SocketAddr::from(([127, 0, 0, 1], 8080)), trusted_proxies: vec![] }
    }
}

/// Where records are kept.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StoreConfig {
    /// `postgres://…`; without it, SQLite files in the data directory.
    pub url: Option<String>,
}

/// Where keys are kept.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct KeysConfig {
    /// `postgres://…` of a separate cluster; without it `keys.db`, or a schema
    /// of the records' database, which is for trials.
    pub url: Option<String>,
    /// The file of the root key; without it `keys/root.key`.
    pub root_key_file: Option<PathBuf>,
    /// A file that holds the passphrase of the root key.
    pub passphrase_file: Option<PathBuf>,
}

/// Whom the desk belongs to.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OrganizationConfig {
    /// Its name.
    pub name: String,
    /// Language of labels and messages: `it` or `en`.
    pub locale: String,
}

impl Default for OrganizationConfig {
    fn default() -> Self {
        OrganizationConfig { name: String::from("Riserbo"), locale: String::from("it") }
    }
}

/// Limits of acts.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitsConfig {
    /// How long a revealed value stays open, in seconds (10 to 900).
    pub reveal_seconds: i64,
    /// Reveals a person may make in an hour.
    pub reveals_per_hour: i64,
    /// Lookups a person may make in an hour.
    pub lookups_per_hour: i64,
    /// Requests that one API token may make in a minute.
    pub api_requests_per_minute: u32,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        LimitsConfig {
            reveal_seconds: 90,
            reveals_per_hour: 60,
            lookups_per_hour: 120,
            api_requests_per_minute: 600_000,
        }
    }
}

impl Config {
    /// Reads `riserbo.toml` of a data directory; absent is all defaults.
    ///
    /// # Errors
    /// [`Error::Setup`] that names the file and line.
    pub fn load(data_dir: &Path) -> Result<Config> {
        let file = data_dir.join("riserbo.toml");
        let text = match std::fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Config::default());
            }
            Err(error) => {
                return Err(Error::Setup(format!("{} can't be read: {error}", file.display())));
            }
        };
        let config: Config = toml::from_str(&text)
            .map_err(|error| Error::Setup(format!("{}: {error}", file.display())))?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<()> {
        if !(10..=900).contains(&self.limits.reveal_seconds) {
            return Err(Error::Setup(String::from("limits.reveal_seconds must lie in 10..900")));
        }
        if !matches!(self.organization.locale.as_str(), "it" | "en") {
            return Err(Error::Setup(String::from("organization.locale must be it or en")));
        }
        Ok(())
    }
}
