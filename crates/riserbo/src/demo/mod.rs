//! The demo: an invented company, and its people at work.

pub mod company;
