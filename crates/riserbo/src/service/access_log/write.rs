//! Writing events: sealing their items, then one durable append.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use seal::{FieldId, Random, RecordId, RecordKey};
use serde::{Deserialize, Serialize};

use super::event::{self, Header, Item, Outcome, Tag, Tally};
use crate::app::Caller;
use crate::clock::DAY;
use crate::error::{Error, Result};
use crate::service::fields::{noun, part};
use crate::service::keyring::{KeySet, Keyring, domain};
use crate::store::log_files::LogFiles;

/// The access log of this node.
pub struct AccessLog {
    files: LogFiles,
    keys: Arc<Keyring>,
    rng: Arc<dyn Random>,
    /// Keys of `log` that every event needs: the agent's month, the query day.
    /// `log` can't be revoked, so that they may be kept.
    held: Mutex<HashMap<RecordId, Arc<RecordKey>>>,
}

/// What one customer's item says.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct CustomerItem {
    /// The customer.
    pub customer: i64,
    /// The records of this customer that were shown, with the categories and
    /// how: `{"ticket:7": {"content": "shown"}}`.
    pub records: BTreeMap<String, BTreeMap<String, String>>,
    /// What was typed, where this customer was the only hit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub typed: Option<String>,
}

/// What a person typed: a query, an identifier, a reason. Sealed.
#[derive(Clone, Default)]
pub struct Typed {
    /// The text as typed.
    pub text: String,
    /// Categories that it falls into, in clear.
    pub categories: Vec<String>,
    /// Blind tokens of its words under the month's key, in clear.
    pub tokens: Vec<String>,
}

/// An event before it is written.
#[derive(Default)]
pub struct Draft {
    /// What was done.
    pub action: &'static str,
    /// How it ended; none is `ok`.
    pub outcome: Option<Outcome>,
    /// The ticket that is the context, and whether it is the caller's own.
    pub ticket: Option<(i64, bool)>,
    /// The attribute vector that decided.
    pub vector: Option<Vec<u8>>,
    /// What was shown.
    pub tally: Tally,
    /// Rows answered.
    pub rows: Option<usize>,
    /// One for each customer touched.
    pub customers: Vec<CustomerItem>,
    /// The reason given.
    pub reason: Option<String>,
    /// What was typed.
    pub typed: Option<Typed>,
    /// The operation.
    pub op: Option<String>,
    /// Plain facts of an administrative act.
    pub facts: BTreeMap<String, String>,
}

#[derive(Serialize)]
struct ActorItem<'a> {
    address: &'a str,
    client: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

/// Months since 2020-01, from the time.
fn month(time: i64) -> i64 {
    let (year, month, _) = crate::clock::date(time);
    ((i64::from(year) - 2020) * 12 + i64::from(month) - 1).clamp(0, 4095)
}

/// The record of an agent's month in the log.
#[must_use]
pub fn agent_month(actor: u32, time: i64) -> RecordId {
    RecordId { noun: noun::AGENT_MONTH, id: i64::from(actor) << 12 | month(time) }
}

/// The record of the log items about a customer.
#[must_use]
pub fn customer_log(customer: i64) -> RecordId {
    RecordId { noun: noun::CUSTOMER_LOG, id: customer }
}

/// The record of typed queries of one day.
#[must_use]
pub fn query_day(time: i64) -> RecordId {
    RecordId { noun: noun::QUERY_DAY, id: time.div_euclid(DAY) }
}

/// Records of one item: with every category named, still half an entry.
const RECORDS: usize = 50;

/// Customers with very many records in one answer get several items.
fn in_pieces(customers: Vec<CustomerItem>) -> Vec<CustomerItem> {
    let mut out = Vec::with_capacity(customers.len());
    for mut customer in customers {
        while customer.records.len() > RECORDS {
            let Some(at) = customer.records.keys().nth(RECORDS).cloned() else { break };
            let rest = customer.records.split_off(&at);
            let next = CustomerItem { customer: customer.customer, records: rest, typed: None };
            out.push(std::mem::replace(&mut customer, next));
        }
        out.push(customer);
    }
    out
}

impl AccessLog {
    /// A log over its files.
    #[must_use]
    pub fn new(files: LogFiles, keys: Arc<Keyring>, rng: Arc<dyn Random>) -> AccessLog {
        AccessLog { files, keys, rng, held: Mutex::new(HashMap::new()) }
    }

    /// The files below.
    #[must_use]
    pub fn files(&self) -> &LogFiles {
        &self.files
    }

    /// Writes an event and returns when it is durable under a signed
    /// checkpoint. `keys` may already hold the customers' log keys.
    ///
    /// # Errors
    /// [`Error::Log`] whatever the cause: the caller must show nothing.
    pub async fn write(
        &self,
        who: &Caller,
        policy: u64,
        draft: Draft,
        keys: &mut KeySet<'_>,
    ) -> Result<u64> {
        // INVARIANT I1: whatever fails here, the caller gets no answer to show.
        self.try_write(who, policy, draft, keys).await.map_err(|error| {
            tracing::error!(%error, "an access event could not be written");
            Error::Log
        })
    }

    async fn try_write(
        &self,
        who: &Caller,
        policy: u64,
        mut draft: Draft,
        keys: &mut KeySet<'_>,
    ) -> Result<u64> {
        let id = self.random_id()?;
        let mut items = Vec::with_capacity(2 + draft.customers.len());
        self.actor_item(who, id, &draft, &mut items).await?;
        self.typed_item(who, id, &mut draft, &mut items).await?;
        draft.customers = in_pieces(std::mem::take(&mut draft.customers));
        self.customer_items(id, &draft, keys, &mut items).await?;
        let header = self.header(who, policy, id, draft);
        let mut first = None;
        // INVARIANT I1: the answer leaves when the last of its entries is durable.
        for entry in event::entries(&header, items, ledger::MAX_ENTRY)? {
            let appended = self.files.append(entry).await.map_err(|_| Error::Log)?;
            first = first.or(Some(appended.index));
        }
        first.ok_or(Error::Log)
    }

    fn random_id(&self) -> Result<i64> {
        let mut bytes = [0u8; 8];
        self.rng.fill(&mut bytes)?;
        Ok(i64::from_be_bytes(bytes) & ((1 << 53) - 1))
    }

    fn header(&self, who: &Caller, policy: u64, id: i64, draft: Draft) -> Header {
        let typed = draft.typed.unwrap_or_default();
        Header {
            id,
            part: None,
            time: who.now,
            actor: who.agent_no,
            software: who.software,
            action: draft.action.to_owned(),
            outcome: draft.outcome.unwrap_or(Outcome::Ok),
            path: who.path.clone(),
            method: who.method.clone(),
            status: None,
            ticket: draft.ticket.map(|(id, _)| id),
            mine: draft.ticket.map(|(_, mine)| mine),
            vector: draft.vector.map(hex::encode),
            policy,
            seen: draft.tally.categories.iter().map(|(k, v)| ((*k).to_owned(), *v)).collect(),
            kinds: draft.tally.kinds.iter().map(|(k, v)| ((*k).to_owned(), *v)).collect(),
            rows: draft.rows.and_then(|n| u32::try_from(n).ok()),
            query: typed.categories,
            query_tokens: typed.tokens,
            request: who.request.clone(),
            op: draft.op,
            facts: draft.facts,
        }
    }

    async fn actor_item(
        &self,
        who: &Caller,
        id: i64,
        draft: &Draft,
        items: &mut Vec<Item>,
    ) -> Result<()> {
        let record = agent_month(who.agent_no, who.now);
        let key = self.held_key(record).await?;
        let actor = ActorItem {
            address: &who.address,
            client: &who.client,
            reason: draft.reason.as_deref(),
        };
        let plain = zeroize::Zeroizing::new(serde_json::to_vec(&actor).map_err(|_| Error::Log)?);
        let field = FieldId { part: part::LOG_ACTOR, item: id, slot: 0 };
        let place = self.keys.place(record, field, 0)?;
        let sealed = key.seal(self.rng.as_ref(), &place, &plain)?;
        items.push(Item { tag: Tag::Actor as u8, sealed });
        Ok(())
    }

    /// What was typed goes under the hit customer's key, else under the day's.
    async fn typed_item(
        &self,
        who: &Caller,
        id: i64,
        draft: &mut Draft,
        items: &mut Vec<Item>,
    ) -> Result<()> {
        let Some(typed) = &draft.typed else {
            return Ok(());
        };
        if let [only] = draft.customers.as_mut_slice() {
            only.typed = Some(typed.text.clone());
            return Ok(());
        }
        let record = query_day(who.now);
        let key = self.held_key(record).await?;
        let field = FieldId { part: part::LOG_ITEM, item: id, slot: 0 };
        let place = self.keys.place(record, field, 0)?;
        let sealed = key.seal(self.rng.as_ref(), &place, typed.text.as_bytes())?;
        items.push(Item { tag: Tag::Query as u8, sealed });
        Ok(())
    }

    async fn customer_items(
        &self,
        id: i64,
        draft: &Draft,
        keys: &mut KeySet<'_>,
        items: &mut Vec<Item>,
    ) -> Result<()> {
        for (n, customer) in draft.customers.iter().enumerate() {
            let record = customer_log(customer.customer);
            let key = match keys.key(record, 0) {
                Ok(key) => key,
                // Not loaded, or made by an import a moment ago.
                Err(_) => self.fresh_key(record).await?,
            };
            let plain =
                zeroize::Zeroizing::new(serde_json::to_vec(customer).map_err(|_| Error::Log)?);
            let slot = u32::try_from(n + 1).map_err(|_| Error::Log)?;
            let field = FieldId { part: part::LOG_ITEM, item: id, slot };
            let place = self.keys.place(record, field, 0)?;
            let sealed = key.seal(self.rng.as_ref(), &place, &plain)?;
            items.push(Item { tag: Tag::Customer as u8, sealed });
        }
        Ok(())
    }

    /// A key of `log` that is kept in memory, made at its first use.
    async fn held_key(&self, record: RecordId) -> Result<Arc<RecordKey>> {
        if let Some(key) = self.lock().get(&record) {
            return Ok(Arc::clone(key));
        }
        let key = self.fresh_key(record).await?;
        let mut held = self.lock();
        // Agents × months in use; a month that is over is not asked for again.
        if held.len() > 10_000 {
            held.clear();
        }
        held.insert(record, Arc::clone(&key));
        Ok(key)
    }

    /// The customers whose log keys these are; a key that is destroyed has none.
    pub async fn owners(&self, key_ids: &[u64]) -> Result<HashMap<u64, i64>> {
        self.keys.owners(noun::CUSTOMER_LOG, key_ids).await
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<RecordId, Arc<RecordKey>>> {
        self.held.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// The stored key of a record in `log`, made if there is none.
    async fn fresh_key(&self, record: RecordId) -> Result<Arc<RecordKey>> {
        for _ in 0..5 {
            let mut batch = self.keys.batch(&[record]).await?;
            let key = batch.key(domain::LOG, record, 0)?;
            match batch.commit().await {
                Ok(()) => return Ok(key),
                // Somebody else was first: take theirs.
                Err(Error::Stopped) => {}
                Err(error) => return Err(error),
            }
        }
        Err(Error::Log)
    }
}
