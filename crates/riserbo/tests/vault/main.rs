//! What must hold whatever breaks: the write order and its recovery, nothing
//! personal at rest in clear, nothing opened in another's place, nothing shown
//! without a log. On SQLite, and on PostgreSQL where there is one.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod crash;
mod desk;
mod write_order;
