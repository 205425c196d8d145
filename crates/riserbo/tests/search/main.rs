//! Search against a naive model: on generated desks, for several roles, each
//! query finds exactly what a search through the rendered views would find, in
//! the same order, on both databases.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stderr,
    clippy::type_complexity,
    reason = "a test stops at the first surprise and says what it skips"
)]

mod behaviour;
mod desk;
mod model;
mod pages;
mod queries;
