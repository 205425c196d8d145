//! Bulk rows out: the incremental export.
//!
//! An export asks for the right `export` and gives rows by the export clock
//! (`generated_at`, then id), deleted ones too, each masked as its reader meets
//! it: exports never reveal (DESIGN section 6). One event for each chunk of at
//! most 1,000 rows (I1).

use guard::Action;

use super::view::{self, Listing, Page, TicketView};
use crate::app::Ctx;
use crate::clock::SECOND;
use crate::error::Result;
use crate::store::tickets::{Filter, From, Order};

/// Where a chunk begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// At this second or after.
    Time(i64),
    /// After the row with this export clock (micros) and id.
    Row(i64, i64),
}

impl Since {
    /// The same place as a row: nothing lies between.
    #[must_use]
    pub fn row(self) -> (i64, i64) {
        match self {
            Since::Time(second) => (second.saturating_mul(SECOND) - 1, i64::MAX),
            Since::Row(clock, id) => (clock, id),
        }
    }
}

/// A chunk of tickets in the order of the export clock.
///
/// # Errors
/// [`crate::error::Error::Forbidden`] without the right to export.
pub async fn tickets(
    ctx: &Ctx,
    since: Since,
    limit: i64,
    with_deleted: bool,
) -> Result<Page<TicketView>> {
    const ACTION: &str = "export_tickets";
    if let Err(error) = ctx.require(Action::Export) {
        return Err(ctx.refuse(ACTION, error).await);
    }
    let (clock, id) = since.row();
    let listing = Listing {
        filter: Filter { with_deleted, ..Filter::default() },
        order: Order::Generated,
        descending: false,
        from: From::After(clock, id),
        limit,
    };
    view::list(ctx, &listing, ACTION).await
}
