//! What databases, keys and log tell.

use std::path::Path;
use std::sync::Arc;

use seal::{KeyProvider, PooledRandom, StoreId};

use super::{Finding, Step, step};
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::service::keyring::Keyring;
use crate::service::{log_signer, root_key};
use crate::store::db::Db;
use crate::store::log_files::verify_head;
use crate::store::{StoreError, look, meta};

/// Each database: there, of a version that we know, sound.
pub(super) async fn databases(config: &Config, dir: &Path) -> Vec<Finding> {
    let mut found = Vec::new();
    for (check, which) in
        [("database: data", look::Which::Data), ("database: keys", look::Which::Keys)]
    {
        found.push(match open(config, dir, which).await {
            Ok(db) => {
                let finding = database(&db, check, which).await;
                db.close().await;
                finding
            }
            Err(error) => Finding::bad(check, error.to_string(), mend_of(&error)),
        });
    }
    found.extend(apart(config));
    found
}

/// A server that does not answer is no reason to restore anything.
fn mend_of(error: &Error) -> &'static str {
    match error {
        Error::Store(StoreError::Unreachable | StoreError::Url) => {
            "start the database server, and check the address in riserbo.toml"
        }
        _ => "restore it from a backup made at the same time as the others",
    }
}

async fn open(config: &Config, dir: &Path, which: look::Which) -> Result<Db> {
    let url = match which {
        look::Which::Data => config.store.url.as_deref(),
        look::Which::Keys => config.keys.url.as_deref().or(config.store.url.as_deref()),
    };
    Ok(match url {
        Some(url) => look::postgres(url, which).await?,
        None => look::sqlite(&dir.join(which.file()), which).await?,
    })
}

async fn database(db: &Db, check: &'static str, which: look::Which) -> Finding {
    match look::version(db, which).await {
        Err(error) => Finding::bad(check, error.to_string(), "restore it from a backup"),
        Ok(look::Version::Empty) => {
            Finding::note(check, "empty", "it is filled at the first start of the server")
        }
        Ok(look::Version::Newer { found, ours }) => Finding::bad(
            check,
            format!("version {found}, but this program knows {ours} at most"),
            "use the program that wrote it, or a newer one; nothing was changed",
        ),
        Ok(look::Version::Older { found, ours }) => Finding::note(
            check,
            format!("version {found}; this program brings it to {ours} at its next start"),
            "make a backup first",
        ),
        Ok(look::Version::Ours(version)) => match look::sound(db).await {
            Ok(true) => Finding::good(check, format!("version {version}, sound")),
            _ => Finding::bad(
                check,
                format!("version {version}, but its pages are damaged"),
                "stop the server, keep a copy of the files, and restore from a backup",
            ),
        },
    }
}

/// Keys in the cluster of the data are in its base backups too, which undoes erasure (I5).
fn apart(config: &Config) -> Option<Finding> {
    const CHECK: &str = "keys apart";
    let data = config.store.url.as_deref()?;
    let keys = config.keys.url.as_deref().unwrap_or(data);
    Some(if look::same_cluster(data, keys) {
        Finding::note(
            CHECK,
            "the keys are in the same PostgreSQL cluster as the data: its base backups and WAL \
             archive hold both, so an old backup brings erased people back",
            "set keys.url to a cluster of its own before there is real data",
        )
    } else {
        Finding::good(CHECK, "in a cluster of their own")
    })
}

/// The keys open, belong to the data, and verify the newest head of the log.
pub(super) async fn keys_and_log(config: &Config, dir: &Path, clock: &dyn Clock) -> Vec<Finding> {
    let ring = match keyring(config, dir, clock.now()).await {
        Ok(ring) => ring,
        Err(finding) => return vec![finding],
    };
    let mut found = vec![Finding::good(
        "keys",
        format!("{} key domains open with the root key", ring.domains().len()),
    )];
    found.push(same_store(config, dir, &ring).await);
    found.push(log(dir, &ring));
    ring.db().close().await;
    found
}

async fn keyring(config: &Config, dir: &Path, now: i64) -> Step<Keyring> {
    const CHECK: &str = "keys";
    let mend = "put the root key and the key store of this installation back together; `root key` \
                and `database: keys` above may say more";
    let provider = step(CHECK, root_key::look(config, dir), mend)?;
    let db = step(CHECK, open(config, dir, look::Which::Keys).await, mend)?;
    let id = step(CHECK, stored_id(&db).await, mend)?;
    let provider: &dyn KeyProvider = provider.as_ref();
    let rng = Arc::new(PooledRandom);
    step(CHECK, Keyring::open(db, id, rng, provider, now).await, mend)
}

async fn stored_id(db: &Db) -> Result<StoreId> {
    let text = meta::get(db, "store_id")
        .await?
        .ok_or_else(|| Error::Setup(String::from("the key store is empty")))?;
    let bytes = hex::decode(text).map_err(|_| Error::Sealed)?;
    Ok(StoreId(bytes.try_into().map_err(|_| Error::Sealed)?))
}

async fn same_store(config: &Config, dir: &Path, ring: &Keyring) -> Finding {
    const CHECK: &str = "store id";
    let mend = "put the key store of this data back: other keys open nothing of it";
    let data = match open(config, dir, look::Which::Data).await {
        Ok(db) => db,
        Err(error) => return Finding::bad(CHECK, error.to_string(), mend),
    };
    let id = stored_id(&data).await;
    data.close().await;
    match id {
        Ok(id) if id == ring.store() => Finding::good(CHECK, "data and keys belong together"),
        Ok(_) => Finding::bad(CHECK, "data and keys are of two installations", mend),
        Err(error) => Finding::bad(CHECK, error.to_string(), mend),
    }
}

fn log(dir: &Path, ring: &Keyring) -> Finding {
    const CHECK: &str = "access log";
    let mend = "run `riserbo log verify`; keep the directory as it is, and compare with a backup";
    let key = match log_signer::of(ring) {
        Ok((_, key, _)) => key,
        Err(error) => return Finding::bad(CHECK, error.to_string(), mend),
    };
    match verify_head(&dir.join("log"), &key) {
        Ok(size) => Finding::good(
            CHECK,
            format!("{size} entries, its newest head verifies (`riserbo log verify` checks all)"),
        ),
        Err(error) => Finding::bad(CHECK, error.to_string(), mend),
    }
}

/// The public key that verifies the log, from the key store. Opens it to be read, also beside a
/// running server.
///
/// # Errors
/// [`Error::Setup`] if the keys can't be opened.
pub async fn log_key(dir: &Path) -> Result<String> {
    let config = Config::load(dir)?;
    let ring = keyring(&config, dir, SystemClock.now())
        .await
        .map_err(|finding| Error::Setup(format!("{}; run `riserbo doctor`", finding.says)))?;
    let (_, key, _) = log_signer::of(&ring)?;
    ring.db().close().await;
    Ok(key)
}
