//! The index follows the data: its rows wait in the outbox, which commits with
//! the data, and are taken over here.

use std::time::Duration;

use crate::app::App;
use crate::error::{Error, Result};
use crate::store::{index, ops};

/// Rows taken over at once. A row holds what one write changed: of an import
/// some thousand texts.
const BATCH: i64 = 16;

/// How long a search waits for the index.
const PATIENCE: Duration = Duration::from_secs(1);

/// Takes over everything that is committed. Safe to run twice at once: taking
/// over a change again changes nothing.
pub async fn drain(app: &App) -> Result<()> {
    drain_to(app, i64::MAX).await
}

/// Takes over what has an id up to `head`.
async fn drain_to(app: &App, head: i64) -> Result<()> {
    // One at a time: a change that was read before and is applied after a later
    // one would bring back what that one took away.
    let _turn = app.draining.lock().await;
    let _among_nodes = ops::index_turn(&app.data).await?;
    loop {
        let rows = ops::outbox(&app.data, BATCH).await?;
        if rows.first().is_none_or(|(id, _)| *id > head) {
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

/// Waits until the index holds everything that was committed before this call;
/// what others commit meanwhile is not waited for.
///
/// # Errors
/// [`Error::IndexBehind`] if that takes longer than a second.
pub async fn settle(app: &App) -> Result<()> {
    let head = ops::outbox_head(&app.data).await?;
    if head == 0 {
        return Ok(());
    }
    match tokio::time::timeout(PATIENCE, drain_to(app, head)).await {
        Ok(done) => done,
        Err(_) => Err(Error::IndexBehind),
    }
}
