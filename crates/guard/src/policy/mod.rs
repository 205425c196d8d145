//! A compiled policy: one version of the matrix and of the Cedar files beside it, ready to decide.
//!
//! Everything is checked when a policy is compiled, so that a policy that exists can be used: the
//! text parses, types agree with the closed [schema](Policy::schema_text), and every role,
//! category and tag that it names exists (a `forbid` with a misspelt tag would otherwise forbid
//! nothing, silently). What can still fail while it runs (an overflow in a hand-written sum) fails
//! closed.
//!
//! A policy never changes. A new one is a new version, with new classes; the log keeps the version
//! and the attribute vector of each decision (I8).

mod check;
mod compile;
mod diff;
mod engine;
mod error;
mod evaluate;
mod schema;

pub(crate) use engine::{Resource, Scene, Verdict};
pub(crate) use error::line_and_column;
pub use error::{Fault, PolicyError};

use crate::{Action, CategorySet, MaskForm, Matrix, RoleSet};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// One version of who may see what. Compile it with [`Policy::compile`]; share it behind an `Arc`.
pub struct Policy {
    version: u64,
    matrix: Matrix,
    digest: [u8; 32],
    named: CategorySet,
    rules: BTreeMap<String, RuleInfo>,
    warnings: Vec<Fault>,
    engine: engine::Engine,
}

/// What is known about one Cedar policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleInfo {
    /// The file that it stands in; `None` for the matrix.
    pub file: Option<String>,
    /// Whether it forbids (else it permits).
    pub forbids: bool,
    /// Its text as Cedar writes it.
    pub text: String,
    /// The mask that it brings, for `click` and `reason`.
    pub mask: MaskForm,
    /// Whether it has conditions beside its scope.
    pub(crate) conditional: bool,
}

impl Policy {
    /// The number that the caller gave it; it stands in every access event.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// The matrix that it was compiled from.
    #[must_use]
    pub const fn matrix(&self) -> &Matrix {
        &self.matrix
    }

    /// SHA-256 over everything that decides: the matrix as Cedar, the ids of categories, the
    /// listed tags, the schema, and each file's name and text, every part with its length in
    /// front. Policies with equal digests decide equally, whatever their versions.
    #[must_use]
    pub const fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// The tags that belong in an [`crate::AttributeVector`] under this policy.
    #[must_use]
    pub const fn listed_tags(&self) -> &BTreeSet<String> {
        &self.matrix.tags
    }

    /// The categories that have a name. All others are hidden from everybody.
    #[must_use]
    pub const fn named_categories(&self) -> CategorySet {
        self.named
    }

    /// All Cedar policies by id, those of the matrix first by role. Ids of the matrix look like
    /// `agent-1/contact/click`, those of a file like `night.cedar#no-cards`.
    #[must_use]
    pub const fn rules(&self) -> &BTreeMap<String, RuleInfo> {
        &self.rules
    }

    /// What compiles but can hardly be meant, such as a condition that is never true.
    #[must_use]
    pub fn warnings(&self) -> &[Fault] {
        &self.warnings
    }

    /// The Cedar schema that every policy is checked against, with comments: the closed list of
    /// what a policy may read.
    #[must_use]
    pub fn schema_text() -> String {
        schema::text()
    }

    /// Whether the roles may do this at all, given the best of circumstances: for buttons and
    /// routes. Whether an act may go on here and now is [`Policy::act`]'s to say.
    #[must_use]
    pub fn may(&self, roles: &RoleSet, action: Action) -> bool {
        let Some(scene) = self.engine.desk(&self.known(roles), action) else {
            return false;
        };
        let best = crate::Circumstances::favourable();
        let answer = self.engine.ask_act(&scene, action, Resource::Desk, &best);
        answer.verdict == Verdict::Allow
    }

    /// The roles of a set that the matrix knows. INVARIANT I3: an unknown role brings nothing, not
    /// even what a hand-written policy gives to everybody.
    pub(crate) fn known(&self, roles: &RoleSet) -> RoleSet {
        let known = roles.iter().filter(|role| self.matrix.roles.contains_key(*role));
        known.cloned().collect()
    }

    pub(crate) const fn engine(&self) -> &engine::Engine {
        &self.engine
    }
}

impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Policy")
            .field("version", &self.version)
            .field("rules", &self.rules.len())
            .finish_non_exhaustive()
    }
}
