//! What the crate promises, seen from outside.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail as tests do"
)]

mod acts;
mod classes;
mod compile;
mod diff;
mod docs;
mod explain;
mod naive;
mod promises;
mod shipped;

use guard::{AttributeVector, Matrix, Noun, Policy, Role, RoleSet};

/// Policies without hand-written files.
const NONE: [(&str, &str); 0] = [];

fn roles(names: &[&str]) -> RoleSet {
    RoleSet::parse(names).unwrap()
}

fn role(name: &str) -> Role {
    Role::new(name).unwrap()
}

fn shipped() -> Policy {
    Policy::compile(1, &Matrix::shipped(), &NONE).unwrap()
}

/// The shipped matrix with a file beside it.
fn with_file(text: &str) -> Policy {
    Policy::compile(1, &Matrix::shipped(), &[("own.cedar", text)]).unwrap()
}

fn matrix(toml: &str) -> Matrix {
    Matrix::from_toml(toml).unwrap()
}

fn ticket() -> AttributeVector {
    AttributeVector::new(Noun::Ticket, "general")
}
