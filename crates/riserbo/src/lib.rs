//! Riserbo: self-hosted privacy for customer-support teams.
//!
//! On the way in, each personal value that is found is lifted out of the text
//! into a typed slot, and each slot is sealed under the key of its record and
//! category. What follows from that is told in `docs/architecture.md`.
//!
//! The rooms: [`store`] has the only SQL; [`service`] joins policy, keys and
//! store into use cases; the API, the console and the command line call
//! services and never see a store, a key or a clear value.

pub mod api;
pub mod app;
pub mod bench;
pub mod cli;
pub mod clock;
pub mod config;
pub mod demo;
pub mod error;
pub mod fault;
pub mod service;
pub mod store;
