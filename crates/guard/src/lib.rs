//! Who may see what: principals, actions, levels, classes and their decisions.
//!
//! A [`Matrix`] (role × category → level and mask) and any Cedar files beside it are compiled into
//! a [`Policy`]. The policy answers two kinds of questions, which are kept apart on purpose:
//!
//! - **Standing**: how does a set of roles meet each category of a record? Reads only plain, stored
//!   attributes ([`AttributeVector`]) and so can be kept: [`Policy::evaluate`] gives an [`Outcome`],
//!   [`Classes`] numbers equal outcomes, and views, lists, counts, searches and exports all read
//!   that one table.
//! - **Acts**: may this reveal, reply or export go on, here and now? [`Policy::act`] reads what
//!   passes (reason, budget, second factor, network, training) and says what is in the way.
//!
//! [`Policy::explain`] says why, [`Policy::diff`] what a new version opens.
//!
//! Everything starts closed (I3): an unknown role, category or attribute, a policy that fails, a
//! vector that doesn't decode. This crate is pure: no I/O, no clock, no randomness. It holds no
//! customer data, and it enforces nothing: who asks it must abide by the answer.
//!
//! ```
//! use guard::{AttributeVector, Category, Level, Matrix, Noun, Policy, RoleSet};
//!
//! let none: [(&str, &str); 0] = [];
//! let policy = Policy::compile(1, &Matrix::shipped(), &none)?;
//! let agent = RoleSet::parse(["agent-1"])?;
//! let ticket = AttributeVector::new(Noun::Ticket, "general");
//! let outcome = policy.evaluate(&agent, &ticket, false);
//! assert_eq!(outcome.level(Category::CONTENT), Level::Shown);
//! assert_eq!(outcome.level(Category::CONTACT), Level::OnClick);
//! assert_eq!(outcome.level(Category::PAYMENT), Level::Hidden);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod act;
mod action;
mod category;
mod classes;
mod explain;
mod level;
mod matrix;
mod outcome;
mod policy;
mod role;
mod vector;

pub use act::{ActDecision, ActRequest, Circumstances, Denial, DenyReason, Target};
pub use action::{Action, Scope, Standing};
pub use category::{Category, CategorySet, NoSuchCategory};
pub use classes::{ClassId, Classes};
pub use explain::{Asked, Explanation, RoleLevel, WouldChange};
pub use level::{Level, MaskForm};
pub use matrix::{
    Change, Line, Matrix, MatrixDiff, MatrixError, Problem, RevealRule, RoleRules, Where,
};
pub use outcome::Outcome;
pub use policy::{Fault, Policy, PolicyError, RuleInfo};
pub use role::{BadRole, Principal, PrincipalKind, Role, RoleSet};
pub use vector::{AttributeVector, BadVector, Noun};
