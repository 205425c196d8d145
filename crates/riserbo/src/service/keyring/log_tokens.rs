//! The keys of words in queries, as the access log keeps them: one a month.
//!
//! The log says which categories a query fell into, and holds a keyed token of
//! each word, so that "the same word, forty times" shows without the word. A
//! month's key is random and lives as a secret of the domain `log`; whoever
//! destroys it ends what can be learnt from that month's tokens.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use seal::{Clear, LogTokenKey};

use super::{Keyring, domain, narrow, rows};
use crate::error::{Error, Result};

const LABEL: &str = "log-token-";

/// The keys at hand, by month.
#[derive(Default)]
pub(super) struct LogTokens(RwLock<HashMap<u32, Arc<LogTokenKey>>>);

fn month_of(label: &str) -> Option<u32> {
    label.strip_prefix(LABEL)?.parse().ok()
}

impl LogTokens {
    /// Takes those among the secrets of all domains.
    pub(super) fn take(secrets: &mut HashMap<(u32, String), Clear>) -> Result<LogTokens> {
        let months: Vec<u32> = secrets
            .keys()
            .filter(|(id, _)| *id == domain::LOG)
            .filter_map(|(_, label)| month_of(label))
            .collect();
        let mut out = HashMap::new();
        for month in months {
            if let Some(secret) = secrets.remove(&(domain::LOG, format!("{LABEL}{month}"))) {
                out.insert(month, Arc::new(LogTokenKey::from_secret(secret)?));
            }
        }
        Ok(LogTokens(RwLock::new(out)))
    }

    fn get(&self, month: u32) -> Option<Arc<LogTokenKey>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(&month).cloned()
    }

    fn put(&self, month: u32, key: Arc<LogTokenKey>) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(month, key);
    }
}

impl Keyring {
    /// The key of a month's query words, made at its first use. `month` counts
    /// from 2020-01, as the log's other months do.
    ///
    /// # Errors
    /// A store's error; the domain `log` can't be revoked.
    pub async fn log_token_key(&self, month: u32) -> Result<Arc<LogTokenKey>> {
        if let Some(key) = self.log_tokens.get(month) {
            return Ok(key);
        }
        let key = match self.stored_log_token(month).await? {
            Some(key) => key,
            None => self.make_log_token(month).await?,
        };
        let key = Arc::new(key);
        self.log_tokens.put(month, Arc::clone(&key));
        Ok(key)
    }

    async fn stored_log_token(&self, month: u32) -> Result<Option<LogTokenKey>> {
        let label = format!("{LABEL}{month}");
        for (id, stored, version, wrapped) in rows::secrets(&self.db).await? {
            if narrow(id)? == domain::LOG && stored == label {
                let key = self.domain_key(domain::LOG, narrow(version)?)?;
                let secret = key.unwrap_secret(self.store, domain::LOG, &label, &wrapped)?;
                return Ok(Some(LogTokenKey::from_secret(secret)?));
            }
        }
        Ok(None)
    }

    async fn make_log_token(&self, month: u32) -> Result<LogTokenKey> {
        let label = format!("{LABEL}{month}");
        let fresh = LogTokenKey::generate(self.rng.as_ref())?;
        let domain_key = self.newest(domain::LOG)?;
        let wrapped = domain_key.wrap_secret(
            self.rng.as_ref(),
            self.store,
            domain::LOG,
            &label,
            fresh.secret().expose(),
        )?;
        let mut tx = self.db.begin().await?;
        let version = i64::from(domain_key.version());
        let put =
            rows::put_secret(&mut tx, i64::from(domain::LOG), &label, version, &wrapped).await;
        match put {
            Ok(()) => tx.commit().await?,
            // Somebody else was first: theirs is taken.
            Err(_) => drop(tx),
        }
        self.stored_log_token(month).await?.ok_or(Error::Log)
    }
}
