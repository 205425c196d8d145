//! The index follows the data: its rows wait in the outbox, which commits with
//! the data, and are taken over here.

use crate::app::App;
use crate::error::{Error, Result};
use crate::store::{index, ops};

/// Rows taken over at once.
const BATCH: i64 = 64;

/// Takes over everything that is committed. Safe to run twice at once: taking
/// over a change again changes nothing.
pub async fn drain(app: &App) -> Result<()> {
    loop {
        let rows = ops::outbox(&app.data, BATCH).await?;
        if rows.is_empty() {
            return Ok(());
        }
        let mut changes = Vec::new();
        let mut ids = Vec::with_capacity(rows.len());
        for (id, payload) in rows {
            changes.extend(index::decode(&payload)?);
            ids.push(id);
        }
        crate::fault::point("index.before");
        app.index.apply(&changes).await?;
        crate::fault::point("index.applied");
        ops::drop_outbox(&app.data, &ids).await?;
    }
}

/// Waits until the index holds everything that was committed before this call.
///
/// # Errors
/// [`Error::IndexBehind`] if that takes longer than a second.
pub async fn settle(app: &App) -> Result<()> {
    let wait = std::time::Duration::from_secs(1);
    match tokio::time::timeout(wait, drain(app)).await {
        Ok(done) => done,
        Err(_) => Err(Error::IndexBehind),
    }
}
