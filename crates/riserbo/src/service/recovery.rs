//! What is finished at start and each minute: intents without an outcome, the
//! index's outbox, reveals that have ended.
//!
//! The access log says what was begun. A bookmark in the data remembers up to
//! where everything is finished, so that a start reads the end of the log and
//! not all of it. An operation that can't be finished now (its key is revoked,
//! the disk is full) stays, is told to the operator, and is tried again the
//! next minute; it never keeps the rest from being finished, nor the server
//! from starting.
//!
//! Keys that a crash left without data open nothing. They are counted
//! ([`orphans`]) and never swept: a restored older backup of the data would
//! look just so (docs/decisions/0004).

use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use uuid::Uuid;

use super::access_log::{Header, event};
use super::fields::noun;
use super::operation::{Intent, Step, step_of};
use super::replace;
use crate::app::App;
use crate::error::{Error, Result};
use crate::service::outbox;
use crate::store::rewrite::{self, Table};
use crate::store::{acts, meta, ops};

/// Up to which entry of the log every operation is finished.
const BOOKMARK: &str = "ops_done_upto";
/// Entries read at once.
const STEP: u64 = 1_024;

/// What a run of recovery did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Operations that were finished.
    pub finished: usize,
    /// Operations that could not be finished now.
    pub left: usize,
}

/// Finishes what was left half-way.
///
/// # Errors
/// Only what keeps the stores or the log from being read at all.
pub async fn run(app: &App) -> Result<Report> {
    outbox::drain(app).await?;
    acts::drop_ended(&app.data, app.clock.now()).await?;
    let from = bookmark(app).await?.min(app.log.files().size());
    let mut scan = Scan { at: from, ..Scan::default() };
    scan.read_on(app).await?;
    scan.open.retain(|_, begun| {
        let idle = !app.operations.is_running(begun.op);
        if !idle {
            scan.upto = scan.upto.min(begun.index);
        }
        idle
    });
    // One that ended since its intent was read has its outcome by now.
    scan.read_on(app).await?;
    let mut report = Report { finished: 0, left: scan.unreadable };
    let mut upto = scan.upto.min(scan.at);
    for begun in scan.open.values() {
        match replace::resume(app, begun.op, &begun.intent, &begun.action).await {
            Ok(_) => report.finished += 1,
            Err(error) => {
                tracing::error!(op = %begun.op, %error, "an operation can't be finished now");
                report.left += 1;
                upto = upto.min(begun.index);
            }
        }
    }
    if upto > from {
        let mut tx = app.data.begin().await?;
        meta::set(&mut tx, BOOKMARK, &upto.to_string()).await?;
        tx.commit().await?;
    }
    Ok(report)
}

async fn bookmark(app: &App) -> Result<u64> {
    let text = meta::get(&app.data, BOOKMARK).await?;
    Ok(text.and_then(|t| t.parse().ok()).unwrap_or(0))
}

/// An operation that was begun.
struct Begun {
    index: u64,
    op: Uuid,
    intent: Intent,
    action: String,
}

/// The log read from the bookmark on: what was begun and has no outcome yet.
struct Scan {
    at: u64,
    open: HashMap<Uuid, Begun>,
    unreadable: usize,
    /// Below this nothing is open that this run can't finish.
    upto: u64,
}

impl Default for Scan {
    fn default() -> Self {
        Scan { at: 0, open: HashMap::new(), unreadable: 0, upto: u64::MAX }
    }
}

impl Scan {
    /// Reads from where it stopped to the end of the log.
    async fn read_on(&mut self, app: &App) -> Result<()> {
        let size = app.log.files().size();
        while self.at < size {
            let end = (self.at + STEP).min(size);
            let chunk = app.log.files().read(self.at..end).await.map_err(|_| Error::Log)?;
            for (index, bytes) in chunk {
                let (header, _) = event::decode(&bytes)?;
                self.take(app, index, header).await?;
            }
            self.at = end;
        }
        Ok(())
    }

    async fn take(&mut self, app: &App, index: u64, header: Header) -> Result<()> {
        match step_of(&header) {
            Ok(Some((op, Step::Intent(intent)))) => {
                self.open.insert(op, Begun { index, op, intent, action: header.action });
            }
            Ok(Some((op, Step::Outcome))) => {
                self.open.remove(&op);
                // The crash may have come between the outcome and this.
                ops::drop_mark(&app.data, &op.to_string()).await?;
            }
            Ok(None) => {}
            // A newer program's intent: it must not be passed over.
            Err(_) => {
                tracing::error!(index, "an intent in the log can't be read by this program");
                self.unreadable += 1;
                self.upto = self.upto.min(index);
            }
        }
        Ok(())
    }
}

/// Runs recovery once a minute until the application is gone.
pub fn spawn(app: &Arc<App>) -> tokio::task::JoinHandle<()> {
    let app: Weak<App> = Arc::downgrade(app);
    tokio::spawn(async move {
        let mut minute = tokio::time::interval(Duration::from_secs(60));
        minute.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        minute.tick().await;
        loop {
            minute.tick().await;
            let Some(app) = app.upgrade() else { return };
            if let Err(error) = run(&app).await {
                tracing::error!(%error, "recovery could not run");
            }
        }
    })
}

/// How many records have keys and no data: left over by a crash between keys
/// and data, or because the data was restored from an older backup. Reads every
/// row of the key store: for `doctor`, not for a start.
pub async fn orphans(app: &App) -> Result<u64> {
    let mut count = 0;
    for (noun, table) in [
        (noun::TICKET, Table::Ticket),
        (noun::CUSTOMER, Table::Customer),
        (noun::ORGANIZATION, Table::Organization),
    ] {
        let mut after = -1;
        loop {
            let ids = app.keys.records_after(noun, after).await?;
            let Some(last) = ids.last() else { break };
            after = *last;
            let there = rewrite::existing(&app.data, table, &ids).await?;
            count += ids.iter().filter(|id| !there.contains(id)).count() as u64;
        }
    }
    Ok(count)
}
