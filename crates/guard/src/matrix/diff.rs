//! What one matrix opens or closes against another (I10: opening takes two people).
//!
//! Opening must never be missed; so whatever can't be shown to be covered by what was there counts
//! as opening. Closing is judged the same way from the other side, and the two may both be true of
//! one change (a line moved from one brand to another).

use super::{Line, Matrix, RoleRules, Where};
use crate::{Action, Category, Level, MaskForm, Role};
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt;

/// The changes from one matrix (or policy) to another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MatrixDiff {
    /// What opens, or may open.
    pub widens: Vec<Change>,
    /// What closes, or may close.
    pub narrows: Vec<Change>,
}

impl MatrixDiff {
    /// Whether anybody may get more than before: then it takes its approvals.
    #[must_use]
    pub const fn is_widening(&self) -> bool {
        !self.widens.is_empty()
    }
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// A role meets a category otherwise.
    Level {
        /// Who.
        role: Role,
        /// What, by name.
        category: String,
        /// The most open level of before, on whatever records.
        from: Level,
        /// The most open level of now, on whatever records.
        to: Level,
        /// Whether conditions on records play a part on either side.
        conditional: bool,
    },
    /// Another mask stands there for a role.
    Mask {
        /// For whom.
        role: Role,
        /// In the place of what, by name.
        category: String,
        /// The mask that told most before.
        from: MaskForm,
        /// The mask that tells most now.
        to: MaskForm,
    },
    /// Other records exist for a role.
    Listing {
        /// For whom.
        role: Role,
    },
    /// A role may do an action, or no longer.
    Action {
        /// Who.
        role: Role,
        /// What.
        action: Action,
    },
    /// An action of a role needs a second factor, or no longer.
    StepUp {
        /// Whose.
        role: Role,
        /// Which.
        action: Action,
    },
    /// A role may reveal under other conditions.
    Reveal {
        /// Who.
        role: Role,
    },
    /// A hand-written policy was added or taken away.
    HandWritten {
        /// Its id, `file#id`.
        id: String,
        /// Added, else taken away.
        added: bool,
    },
}

impl Matrix {
    /// What `new` opens and closes against this one. Titles, the order of lines and listed tags
    /// change nothing by themselves.
    #[must_use]
    pub fn diff(&self, new: &Self) -> MatrixDiff {
        MatrixDiff { widens: opened(self, new), narrows: opened(new, self).reversed() }
    }
}

/// Changes told from the other side are turned round.
trait Reversed {
    fn reversed(self) -> Self;
}

impl Reversed for Vec<Change> {
    fn reversed(mut self) -> Self {
        for change in &mut self {
            match change {
                Change::Level { from, to, .. } => std::mem::swap(from, to),
                Change::Mask { from, to, .. } => std::mem::swap(from, to),
                _ => {}
            }
        }
        self
    }
}

/// What `new` has that `old` does not cover.
fn opened(old: &Matrix, new: &Matrix) -> Vec<Change> {
    let none = RoleRules::default();
    let mut out = Vec::new();
    for (role, rules) in &new.roles {
        let before = old.roles.get(role).unwrap_or(&none);
        let role = || role.clone();
        for action in rules.actions.difference(&before.actions) {
            out.push(Change::Action { role: role(), action: *action });
        }
        for action in before.step_up.difference(&rules.step_up) {
            if rules.actions.contains(action) {
                out.push(Change::StepUp { role: role(), action: *action });
            }
        }
        let listed = |when: &Where| before.list.iter().any(|wide| wide.covers(when));
        if !rules.list.iter().all(listed) {
            out.push(Change::Listing { role: role() });
        }
        if reveals_wider(before, rules) {
            out.push(Change::Reveal { role: role() });
        }
        for category in Category::all() {
            let before = Side::of(old, before, category);
            let after = Side::of(new, rules, category);
            out.extend(level_opened(&role(), &before, &after));
        }
    }
    out
}

/// What two sides say of one category. Records that a role lists are compared once, as a listing,
/// so only the lines' own conditions are compared here.
struct Side<'a> {
    name: String,
    lines: Vec<&'a Line>,
}

impl<'a> Side<'a> {
    fn of(matrix: &Matrix, rules: &'a RoleRules, category: Category) -> Self {
        let of_category = |line: &&Line| {
            matrix.category(&line.category) == Some(category) && line.level.can_open()
        };
        Self {
            name: matrix.category_name(category).unwrap_or_default().to_owned(),
            lines: rules.levels.iter().filter(of_category).collect(),
        }
    }

    fn best(&self) -> Level {
        self.lines.iter().map(|line| line.level).min().unwrap_or_default()
    }

    fn mask(&self) -> MaskForm {
        let masked = self.lines.iter().filter(|line| line.level != Level::Shown);
        masked.map(|line| line.mask).max().unwrap_or_default()
    }

    fn conditional(&self) -> bool {
        self.lines.iter().any(|line| !line.when.is_any())
    }
}

fn level_opened(role: &Role, before: &Side<'_>, after: &Side<'_>) -> Option<Change> {
    let covered = |line: &&Line| {
        let wider = |old: &&&Line| old.level <= line.level && old.when.covers(&line.when);
        before.lines.iter().any(|old| wider(&old))
    };
    if !after.lines.iter().all(covered) {
        return Some(Change::Level {
            role: role.clone(),
            category: after.name.clone(),
            from: before.best(),
            to: after.best(),
            conditional: before.conditional() || after.conditional(),
        });
    }
    let same_mask = |line: &&Line| {
        before.lines.iter().any(|old| {
            old.level <= line.level
                && old.when.covers(&line.when)
                && (old.level == Level::Shown || old.mask >= line.mask)
        })
    };
    let masked = after.lines.iter().filter(|line| line.level != Level::Shown);
    (!masked.copied().all(|line| same_mask(&line))).then(|| Change::Mask {
        role: role.clone(),
        category: after.name.clone(),
        from: before.mask(),
        to: after.mask(),
    })
}

fn reveals_wider(before: &RoleRules, after: &RoleRules) -> bool {
    if !after.actions.contains(&Action::Reveal) || !before.actions.contains(&Action::Reveal) {
        // A reveal that is new is told as an action, one that is gone opens nothing.
        return false;
    }
    let (old, new) = (&before.reveal, &after.reveal);
    let lost = |old: &BTreeSet<String>, new: &BTreeSet<String>| !old.is_subset(new);
    (old.mine && !new.mine)
        || (old.open && !new.open)
        || lost(&old.step_up, &new.step_up)
        || lost(&old.trained, &new.trained)
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Level { role, category, from, to, conditional } => {
                let on = if *conditional { ", on some records" } else { "" };
                write!(f, "{role} meets {category} {to} instead of {from}{on}")
            }
            Self::Mask { role, category, from, to } => {
                write!(f, "a {to} mask instead of {from} stands for {category} before {role}")
            }
            Self::Listing { role } => write!(f, "other records exist for {role}"),
            Self::Action { role, action } => write!(f, "{role}: {action}"),
            Self::StepUp { role, action } => write!(f, "{role}: second factor for {action}"),
            Self::Reveal { role } => write!(f, "{role} reveals under other conditions"),
            Self::HandWritten { id, added: true } => write!(f, "{id} is new"),
            Self::HandWritten { id, added: false } => write!(f, "{id} is gone"),
        }
    }
}
