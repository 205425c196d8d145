//! The access log: who saw which kinds of values of whom, when, whence and why.
//!
//! INVARIANT I1: customer data leaves the server only after its event is
//! durable under a signed log checkpoint. A service builds its answer, writes
//! the event with [`AccessLog::write`], and only then returns. If the log can't
//! be written, the answer is [`Error::Log`](crate::error::Error::Log) and nothing
//! is shown.
//!
//! It is not a debug log: nothing personal stands in it in clear.

pub mod event;
pub mod proof;
pub mod read;
mod write;

pub use event::{Header, Met, Outcome, Part, Seen, Tally};
pub use write::{AccessLog, CustomerItem, Draft, Typed, agent_month, customer_log, query_day};
