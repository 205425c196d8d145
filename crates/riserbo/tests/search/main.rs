//! Search against a naive model: on generated desks, for several roles, each
//! query finds exactly what a search through the rendered views would find, in
//! the same order, on both databases.

mod behaviour;
mod desk;
mod model;
mod pages;
mod queries;
