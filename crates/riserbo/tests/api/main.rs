//! The API over real HTTP: a server on a free port of 127.0.0.1 and a client
//! that speaks plain HTTP/1.1, so that what is tested is what leaves the socket.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test stops at the first surprise"
)]

mod access_logs;
mod answers;
mod auth;
mod desk;
mod exports;
mod masks;
mod pages;
mod searching;
mod zenpy;
