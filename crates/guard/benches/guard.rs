//! How long a decision takes: evaluated, and from the table of classes.

#![expect(clippy::expect_used, reason = "a benchmark of something broken measures nothing")]

use divan::{Bencher, black_box};
use guard::{
    ActRequest, Action, AttributeVector, Category, Circumstances, Classes, Matrix, Noun, Policy,
    RoleSet, Target,
};
use std::sync::Arc;

fn main() {
    divan::main();
}

const NONE: [(&str, &str); 0] = [];

fn policy() -> Arc<Policy> {
    Arc::new(Policy::compile(1, &Matrix::shipped(), &NONE).expect("the shipped matrix compiles"))
}

fn roles(names: &[&str]) -> RoleSet {
    RoleSet::parse(names).expect("names of roles")
}

fn ticket() -> AttributeVector {
    AttributeVector::new(Noun::Ticket, "general")
}

#[divan::bench(args = ["agent-1", "privacy-officer", "auditor"])]
fn evaluate(bencher: Bencher<'_, '_>, role: &str) {
    let (policy, roles, ticket) = (policy(), roles(&[role]), ticket());
    bencher.bench(|| policy.evaluate(black_box(&roles), black_box(&ticket), false));
}

#[divan::bench]
fn classify_cached(bencher: Bencher<'_, '_>) {
    let classes = Classes::new(policy(), roles(&["agent-1"]));
    let ticket = ticket();
    let _ = classes.classify(1, &ticket, false);
    bencher.bench(|| classes.classify(black_box(1), black_box(&ticket), false));
}

#[divan::bench]
fn open_categories(bencher: Bencher<'_, '_>) {
    let classes = Classes::new(policy(), roles(&["agent-1"]));
    let class = classes.classify(1, &ticket(), false);
    bencher.bench(|| classes.open_categories(black_box(class)));
}

#[divan::bench(args = [true, false])]
fn act_reveal(bencher: Bencher<'_, '_>, mine: bool) {
    let (policy, roles, vector) = (policy(), roles(&["agent-1"]), ticket());
    let request = ActRequest {
        roles: &roles,
        action: Action::Reveal,
        target: Target::Part { vector: &vector, mine, category: Category::CONTACT },
        now: Circumstances::favourable(),
    };
    bencher.bench(|| policy.act(black_box(&request)));
}

#[divan::bench]
fn may(bencher: Bencher<'_, '_>) {
    let (policy, roles) = (policy(), roles(&["agent-1"]));
    bencher.bench(|| policy.may(black_box(&roles), Action::Reply));
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn compile() -> Policy {
    Policy::compile(1, &Matrix::shipped(), &NONE).expect("the shipped matrix compiles")
}
