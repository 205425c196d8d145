//! The matrix: role × category → level and mask, with grants and conditions; what admins edit.
//!
//! A matrix is plain data. It is checked ([`Matrix::check`]), written out as Cedar
//! ([`Matrix::to_cedar`]) and only then decides anything ([`crate::Policy`]): there is one engine,
//! and the matrix is its most readable front. What a matrix can't say (`forbid`, unusual
//! conditions) is said in Cedar files beside it.
//!
//! How a matrix is read:
//! - Nothing is granted that isn't written. A role that isn't named, a category without a line, a
//!   condition on an attribute that the record lacks: hidden, denied.
//! - Roles add up, lines add up: a line can only open. To close, write a `forbid` in a Cedar file.
//! - A role's lines and record acts hold only on records that the role itself lists, so that two
//!   narrow roles together don't make a wide one.

mod cedar;
mod check;
mod diff;
mod shipped;

pub use check::{MatrixError, Problem};
pub use diff::{Change, MatrixDiff};

use crate::{Action, Category, Level, MaskForm, Noun, Role};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Who meets what how. Edited as data, in TOML or JSON; unknown fields are refused.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Matrix {
    /// Categories that this organisation named itself: name → id, `11..=31`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub categories: BTreeMap<String, u8>,
    /// The tags that policies may read. Listing one more splits attribute vectors, so records that
    /// carry it get a new vector; at most [`Matrix::MAX_TAGS`].
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub tags: BTreeSet<String>,
    /// What each role may.
    pub roles: BTreeMap<Role, RoleRules>,
}

/// What one role may.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleRules {
    /// A few words for people.
    #[serde(default)]
    pub title: String,
    /// The acts that it may do.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub actions: BTreeSet<Action>,
    /// Those of them that need a fresh second factor.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub step_up: BTreeSet<Action>,
    /// The records that exist for it: those that match any of these. Empty: none. One empty
    /// condition: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub list: Vec<Where>,
    /// How it meets the categories. No line: hidden.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<Line>,
    /// When it may open what stands `on_click` or `with_reason`.
    #[serde(default, skip_serializing_if = "RevealRule::is_default")]
    pub reveal: RevealRule,
}

/// One line of the matrix.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// The category's name.
    pub category: String,
    /// How the role meets it.
    pub level: Level,
    /// What stands there until it is opened. Without meaning for `shown` and `hidden`.
    #[serde(default, skip_serializing_if = "is_label")]
    pub mask: MaskForm,
    /// Only on records like these.
    #[serde(default, rename = "where", skip_serializing_if = "Where::is_any")]
    pub when: Where,
}

/// A condition on a record. What is given must all hold; within a list any one does. A condition on
/// an attribute that the record lacks is false.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Where {
    /// Only tickets, or only customers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noun: Option<Noun>,
    /// In one of these key domains.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub domain: BTreeSet<String>,
    /// Of one of these brands.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub brand: BTreeSet<i64>,
    /// In one of these groups.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub group: BTreeSet<i64>,
    /// With one of these tags, each of them listed in [`Matrix::tags`].
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub tag: BTreeSet<String>,
    /// Only open (`true`) or only closed (`false`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<bool>,
    /// Only mine (`true`) or only others' (`false`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mine: Option<bool>,
}

/// When a role may open what it meets `on_click` or `with_reason`. Starts strict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevealRule {
    /// Only on tickets (or customers of tickets) assigned to the person.
    #[serde(default = "yes")]
    pub mine: bool,
    /// Only while the ticket is open.
    #[serde(default = "yes")]
    pub open: bool,
    /// Categories that need a fresh second factor.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub step_up: BTreeSet<String>,
    /// Categories that need training not to be overdue.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub trained: BTreeSet<String>,
}

const fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
const fn is_label(mask: &MaskForm) -> bool {
    matches!(mask, MaskForm::Label)
}

impl Default for RevealRule {
    fn default() -> Self {
        Self { mine: true, open: true, step_up: BTreeSet::new(), trained: BTreeSet::new() }
    }
}

impl RevealRule {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl Where {
    /// The condition that every record meets.
    #[must_use]
    pub fn any() -> Self {
        Self::default()
    }

    /// Whether it asks nothing.
    #[must_use]
    pub fn is_any(&self) -> bool {
        *self == Self::default()
    }

    /// Whether every record that meets `other` meets this one as well, as far as the two texts
    /// show. Never true by mistake; a true relation that needs more thought (the tags `a` or `b`
    /// against two lines) may be missed.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        fn set<T: Ord>(wide: &BTreeSet<T>, narrow: &BTreeSet<T>) -> bool {
            wide.is_empty() || (!narrow.is_empty() && narrow.is_subset(wide))
        }
        fn one<T: PartialEq + Copy>(wide: Option<T>, narrow: Option<T>) -> bool {
            wide.is_none() || wide == narrow
        }
        one(self.noun, other.noun)
            && set(&self.domain, &other.domain)
            && set(&self.brand, &other.brand)
            && set(&self.group, &other.group)
            && set(&self.tag, &other.tag)
            && one(self.open, other.open)
            && one(self.mine, other.mine)
    }
}

impl Matrix {
    /// At most so many roles.
    pub const MAX_ROLES: usize = 64;
    /// At most so many lines a role.
    pub const MAX_LINES: usize = 512;
    /// At most so many listed tags.
    pub const MAX_TAGS: usize = 64;
    /// At most so many values in one list of a condition.
    pub const MAX_VALUES: usize = 256;

    /// The category of this name, built in or this organisation's.
    #[must_use]
    pub fn category(&self, name: &str) -> Option<Category> {
        Category::built_in(name)
            .or_else(|| self.categories.get(name).copied().and_then(Category::new))
    }

    /// The name of a category here; `None` when nobody named it.
    #[must_use]
    pub fn category_name(&self, category: Category) -> Option<&str> {
        category.built_in_name().or_else(|| {
            let mut own = self.categories.iter();
            own.find(|(_, id)| **id == category.id()).map(|(name, _)| name.as_str())
        })
    }

    /// The categories that have a name here, in the order of their ids.
    pub fn named_categories(&self) -> impl Iterator<Item = (Category, &str)> {
        Category::all().filter_map(|category| Some((category, self.category_name(category)?)))
    }

    /// The cell of the table: the level and mask of a role for a category on a record that meets
    /// no special condition. Conditional lines beside it are not told here.
    #[must_use]
    pub fn cell(&self, role: &Role, category: Category) -> (Level, MaskForm) {
        let lines = self.roles.get(role).map_or(&[][..], |rules| &rules.levels);
        let plain = lines.iter().filter(|line| line.when.is_any());
        plain
            .filter(|line| self.category(&line.category) == Some(category))
            .map(|line| (line.level, line.mask))
            .min_by_key(|(level, _)| *level)
            .unwrap_or_default()
    }

    /// Reads and checks a matrix written in TOML.
    ///
    /// # Errors
    /// [`MatrixError::Syntax`] with line and column, [`MatrixError::Unsound`] with every problem.
    pub fn from_toml(text: &str) -> Result<Self, MatrixError> {
        let matrix: Self = toml::from_str(text).map_err(|e| MatrixError::from_toml(text, &e))?;
        matrix.check()?;
        Ok(matrix)
    }

    /// Reads and checks a matrix written in JSON.
    ///
    /// # Errors
    /// As for [`Matrix::from_toml`].
    pub fn from_json(text: &str) -> Result<Self, MatrixError> {
        let matrix: Self = serde_json::from_str(text).map_err(|e| MatrixError::from_json(&e))?;
        matrix.check()?;
        Ok(matrix)
    }

    /// Writes it as TOML.
    ///
    /// # Errors
    /// [`MatrixError::Write`] if the writer can't.
    pub fn to_toml(&self) -> Result<String, MatrixError> {
        toml::to_string_pretty(self).map_err(|e| MatrixError::Write(e.to_string()))
    }

    /// Writes it as JSON.
    ///
    /// # Errors
    /// [`MatrixError::Write`] if the writer can't.
    pub fn to_json(&self) -> Result<String, MatrixError> {
        serde_json::to_string_pretty(self).map_err(|e| MatrixError::Write(e.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matrix_reads_back_from_toml_and_json() {
        let shipped = Matrix::shipped();
        assert_eq!(Matrix::from_toml(&shipped.to_toml().unwrap()).unwrap(), shipped);
        assert_eq!(Matrix::from_json(&shipped.to_json().unwrap()).unwrap(), shipped);
    }

    #[test]
    fn a_small_matrix_is_pleasant_to_write() {
        let matrix = Matrix::from_toml(
            r#"
            tags = ["vip"]
            [categories]
            trade_union = 11

            [roles.desk]
            title = "Night desk"
            actions = ["view_ticket", "reveal"]
            list = [{ domain = ["general"], open = true }]
            levels = [
                { category = "content", level = "shown" },
                { category = "trade_union", level = "on_click", mask = "partial", where = { mine = true } },
            ]
            "#,
        )
        .unwrap();
        let desk = Role::new("desk").unwrap();
        let union = matrix.category("trade_union").unwrap();
        assert_eq!(union.id(), 11);
        assert_eq!(matrix.category_name(union), Some("trade_union"));
        assert_eq!(matrix.cell(&desk, Category::CONTENT).0, Level::Shown);
        assert_eq!(matrix.cell(&desk, union).0, Level::Hidden, "only where it is mine");
        assert!(matrix.roles[&desk].reveal.mine, "reveals start strict");
    }

    #[test]
    fn what_is_not_a_matrix_is_refused_with_its_place() {
        let error = |text: &str| Matrix::from_toml(text).unwrap_err().to_string();
        assert!(
            error("[roles.desk]\nlevel = []\n")
                .starts_with("line 2, column 1: unknown field `level`"),
            "{}",
            error("[roles.desk]\nlevel = []\n")
        );
        assert!(error("[roles.\"No Role\"]\n").contains("a role's name has 1 to 32 signs"));
        assert!(error("[roles.desk]\nactions = [\"become_root\"]\n").contains("become_root"));
        let json = Matrix::from_json("{\"roles\":{},\n\"more\":1}").unwrap_err().to_string();
        assert!(json.starts_with("line 2, column 6: unknown field `more`"), "{json}");
    }

    #[test]
    fn a_condition_covers_what_is_narrower() {
        let any = Where::any();
        let mine = Where { mine: Some(true), ..Where::any() };
        let brands = |ids: &[i64]| Where { brand: ids.iter().copied().collect(), ..Where::any() };
        assert!(any.covers(&mine) && !mine.covers(&any));
        assert!(brands(&[1, 2]).covers(&brands(&[1])));
        assert!(!brands(&[1]).covers(&brands(&[1, 2])));
        assert!(!brands(&[1]).covers(&any));
        assert!(!mine.covers(&brands(&[1])));
    }
}
