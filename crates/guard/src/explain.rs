//! Why is a category at its level, and what would change that?
//!
//! The answer is found by asking Cedar: the same questions again, for each role alone, and for the
//! record with one thing changed. It comes in parts, so that a console can say it in any language;
//! `Display` says it in English.

use crate::policy::Verdict;
use crate::{
    AttributeVector, Category, CategorySet, Level, MaskForm, Policy, Role, RoleSet, Standing,
};
use serde::Serialize;
use std::fmt;

/// Why a role set meets a category as it does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The category's name here; its number where nobody named it.
    pub category: String,
    /// The roles asked about, those that the policy doesn't know among them.
    pub roles: Vec<Role>,
    /// Those that the policy doesn't know: they bring nothing.
    pub unknown_roles: Vec<Role>,
    /// The policy's version.
    pub version: u64,
    /// Whether the record exists for them.
    pub listed: bool,
    /// The level.
    pub level: Level,
    /// What stands there while it is closed.
    pub form: MaskForm,
    /// What was asked, in order, up to the question that decided.
    pub asked: Vec<Asked>,
    /// What each role would get alone.
    pub alone: Vec<RoleLevel>,
    /// What would open it further.
    pub changes: Vec<WouldChange>,
}

/// One question and its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Asked {
    /// The question.
    pub question: Standing,
    /// Whether it was answered with yes.
    pub allowed: bool,
    /// The policies that permit, when allowed.
    pub permitted_by: Vec<String>,
    /// The policies that forbid.
    pub forbidden_by: Vec<String>,
    /// The policies that failed, which is a no.
    pub failed: Vec<String>,
}

/// What a role would get alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RoleLevel {
    /// The role.
    pub role: Role,
    /// Its level alone.
    pub level: Level,
}

/// Something that would open a category further.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WouldChange {
    /// The record being assigned to who asks.
    Mine(Level),
    /// The ticket being open.
    Open(Level),
    /// Another role besides.
    Role(RoleLevel),
    /// These policies no longer forbidding.
    NoLongerForbidden(Vec<String>),
    /// These policies being mended.
    Mended(Vec<String>),
}

impl Policy {
    /// Explains the level of a category for a role set on records with this vector.
    #[must_use]
    pub fn explain(
        &self,
        roles: &RoleSet,
        vector: &AttributeVector,
        mine: bool,
        category: Category,
    ) -> Explanation {
        let outcome = self.evaluate(roles, vector, mine);
        let known = self.known(roles);
        let level = outcome.level(category);
        let asked = self.asked(&known, vector, mine, category);
        let name = self.matrix().category_name(category);
        let alone = known.iter().map(|role| self.alone(role, vector, mine, category));
        let mut explanation = Explanation {
            category: name.map_or_else(|| format!("#{}", category.id()), ToOwned::to_owned),
            roles: roles.iter().cloned().collect(),
            unknown_roles: roles.iter().filter(|role| !known.contains(role)).cloned().collect(),
            version: self.version(),
            listed: outcome.list(),
            level,
            form: outcome.form(category),
            alone: alone.collect(),
            asked,
            changes: Vec::new(),
        };
        if level > Level::Shown {
            explanation.changes = self.changes(&explanation, &known, vector, mine, category);
        }
        explanation
    }

    fn asked(
        &self,
        known: &RoleSet,
        vector: &AttributeVector,
        mine: bool,
        category: Category,
    ) -> Vec<Asked> {
        let parts = CategorySet::EMPTY.with(category).intersection(self.named_categories());
        let Some(scene) = self.engine().scene(known, vector, mine, parts, None) else {
            return Vec::new();
        };
        let mut out = Vec::new();
        for question in Standing::ALL {
            let answer = self.engine().ask_standing(&scene, question, Some(category));
            let allowed = answer.verdict == Verdict::Allow;
            let failed = answer.verdict == Verdict::Failed;
            let names = |ids: &[cedar_policy::PolicyId]| -> Vec<String> {
                let mut names: Vec<String> = ids.iter().map(ToString::to_string).collect();
                names.sort();
                names
            };
            let because = names(&answer.because);
            let (permitted_by, forbidden_by) = match answer.verdict {
                Verdict::Allow => (because, Vec::new()),
                Verdict::Deny => (Vec::new(), because),
                Verdict::Failed => (Vec::new(), Vec::new()),
            };
            let failed_by = names(&answer.failed);
            out.push(Asked { question, allowed, permitted_by, forbidden_by, failed: failed_by });
            let decided = if question == Standing::List { !allowed } else { allowed || failed };
            if decided {
                break;
            }
        }
        out
    }

    fn alone(
        &self,
        role: &Role,
        vector: &AttributeVector,
        mine: bool,
        category: Category,
    ) -> RoleLevel {
        let level = self.evaluate_one(&RoleSet::from(role.clone()), vector, mine, category);
        RoleLevel { role: role.clone(), level: level.unwrap_or_default() }
    }

    fn changes(
        &self,
        now: &Explanation,
        known: &RoleSet,
        vector: &AttributeVector,
        mine: bool,
        category: Category,
    ) -> Vec<WouldChange> {
        let mut out = Vec::new();
        let better = |roles: &RoleSet, vector: &AttributeVector, mine: bool| {
            let level = self.evaluate_one(roles, vector, mine, category)?;
            (level < now.level).then_some(level)
        };
        if !mine {
            out.extend(better(known, vector, true).map(WouldChange::Mine));
        }
        if !vector.open {
            let open = AttributeVector { open: true, ..vector.clone() };
            out.extend(better(known, &open, mine).map(WouldChange::Open));
        }
        let forbidden: Vec<String> =
            now.asked.iter().flat_map(|asked| asked.forbidden_by.clone()).collect();
        if !forbidden.is_empty() {
            out.push(WouldChange::NoLongerForbidden(forbidden));
        }
        let failed: Vec<String> = now.asked.iter().flat_map(|asked| asked.failed.clone()).collect();
        if !failed.is_empty() {
            out.push(WouldChange::Mended(failed));
        }
        for role in self.matrix().roles.keys().filter(|role| !known.contains(role)) {
            let level = better(&known.with(role.clone()), vector, mine);
            let role = role.clone();
            out.extend(level.map(|level| WouldChange::Role(RoleLevel { role, level })));
        }
        out
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let roles: RoleSet = self.roles.iter().cloned().collect();
        let roles = if roles.is_empty() { "nobody's roles".to_owned() } else { roles.to_string() };
        writeln!(f, "{} is {} for {roles} (policy {}).", self.category, self.level, self.version)?;
        if !self.listed {
            writeln!(f, "The record does not exist for these roles.")?;
        }
        for role in &self.unknown_roles {
            writeln!(f, "The policy does not know the role {role}: it brings nothing.")?;
        }
        for asked in &self.asked {
            writeln!(f, "{asked}")?;
        }
        if self.alone.len() > 1 {
            let alone: Vec<String> =
                self.alone.iter().map(|a| format!("{}: {}", a.role, a.level)).collect();
            writeln!(f, "Alone: {}.", alone.join(", "))?;
        }
        if matches!(self.level, Level::OnClick | Level::WithReason) {
            writeln!(f, "Until it is opened, a {} mask stands there.", self.form)?;
        }
        self.changes.iter().try_for_each(|change| writeln!(f, "{change}"))
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.question.name())?;
        if !self.failed.is_empty() {
            write!(f, "no, {} failed", self.failed.join(", "))
        } else if self.allowed {
            write!(f, "yes, by {}", self.permitted_by.join(", "))
        } else if self.forbidden_by.is_empty() {
            f.write_str("no, nothing permits it")
        } else {
            write!(f, "no, forbidden by {}", self.forbidden_by.join(", "))
        }
    }
}

impl fmt::Display for WouldChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mine(level) => write!(f, "If the record were assigned to you: {level}."),
            Self::Open(level) => write!(f, "If the ticket were open: {level}."),
            Self::Role(with) => write!(f, "With the role {} besides: {}.", with.role, with.level),
            Self::NoLongerForbidden(ids) => {
                write!(f, "If {} did not forbid it, it might open.", ids.join(", "))
            }
            Self::Mended(ids) => write!(f, "If {} did not fail, it might open.", ids.join(", ")),
        }
    }
}
