//! What is finished at start and each minute: the index's outbox.

use crate::app::App;
use crate::error::Result;
use crate::service::outbox;

/// Finishes what was left half-way.
pub async fn run(app: &App) -> Result<()> {
    outbox::drain(app).await
}
