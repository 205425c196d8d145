//! Who asks: roles, sets of roles, principals.
//!
//! Decisions are made for a **role set**, never for a person: that is what lets them be computed
//! once, kept, compared and replayed. A person enters only through `mine` (is this record assigned
//! to the asker), which the caller states with each question.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// The name of a role: 1 to 32 signs of `a-z`, `0-9` and `-`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Role(Arc<str>);

impl Role {
    /// The longest name, in bytes.
    pub const MAX_LEN: usize = 32;

    /// Reads a name.
    ///
    /// # Errors
    /// [`BadRole`] when it is empty, longer than 32 signs or has signs other than `a-z0-9-`.
    pub fn new(name: &str) -> Result<Self, BadRole> {
        let fits = (1..=Self::MAX_LEN).contains(&name.len());
        let clean = name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        if fits && clean { Ok(Self(name.into())) } else { Err(BadRole) }
    }

    /// A name that is known to be well formed, for the shipped table.
    pub(crate) fn known(name: &'static str) -> Self {
        debug_assert!(Self::new(name).is_ok(), "{name}");
        Self(name.into())
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Role {
    type Err = BadRole;

    fn from_str(name: &str) -> Result<Self, BadRole> {
        Self::new(name)
    }
}

impl TryFrom<String> for Role {
    type Error = BadRole;

    fn try_from(name: String) -> Result<Self, BadRole> {
        Self::new(&name)
    }
}

impl From<Role> for String {
    fn from(role: Role) -> Self {
        role.as_str().to_owned()
    }
}

/// A name that can't be a role. It doesn't repeat the name, which may be anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a role's name has 1 to 32 signs, each one of a-z, 0-9 and -")]
pub struct BadRole;

/// The roles of one principal: sorted, each once, cheap to clone. Two principals with the same roles
/// have equal sets, and so share their decisions. The empty set may do nothing.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoleSet(Arc<[Role]>);

impl RoleSet {
    /// The set of these roles, in whatever order and however often they come.
    pub fn new(roles: impl IntoIterator<Item = Role>) -> Self {
        let mut roles: Vec<Role> = roles.into_iter().collect();
        roles.sort();
        roles.dedup();
        Self(roles.into())
    }

    /// Reads names, as they come from a database or a token.
    ///
    /// # Errors
    /// [`BadRole`] on the first that is no name of a role.
    pub fn parse<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> Result<Self, BadRole> {
        let roles: Result<Vec<Role>, BadRole> =
            names.into_iter().map(|name| Role::new(name.as_ref())).collect();
        roles.map(Self::new)
    }

    /// Its roles in order.
    pub fn iter(&self) -> impl Iterator<Item = &Role> {
        self.0.iter()
    }

    /// Whether the role is in it.
    #[must_use]
    pub fn contains(&self, role: &Role) -> bool {
        self.0.binary_search(role).is_ok()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// This set and one more role.
    #[must_use]
    pub fn with(&self, role: Role) -> Self {
        Self::new(self.iter().cloned().chain([role]))
    }
}

impl Default for RoleSet {
    fn default() -> Self {
        Self(Arc::from([]))
    }
}

impl From<Role> for RoleSet {
    fn from(role: Role) -> Self {
        Self(Arc::from([role]))
    }
}

impl FromIterator<Role> for RoleSet {
    fn from_iter<I: IntoIterator<Item = Role>>(roles: I) -> Self {
        Self::new(roles)
    }
}

impl fmt::Display for RoleSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, role) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str("+")?;
            }
            write!(f, "{role}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for RoleSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RoleSet({self})")
    }
}

/// What kind of principal acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PrincipalKind {
    /// A member of staff who signs in.
    Agent,
    /// A program or an AI assistant with a token of its own.
    Software,
}

/// Who acts: an agent, or software. It has no name on purpose; whoever prints it prints a number.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Principal {
    /// Its number in the store.
    pub id: i64,
    /// Agent or software.
    pub kind: PrincipalKind,
    /// What it may do follows from these alone.
    pub roles: RoleSet,
    /// The groups that it works in (helpdesk groups, for queues and for `mine`; no rights follow).
    pub groups: Vec<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_roles_are_short_and_plain() {
        for good in ["agent-1", "a", "0", &"x".repeat(32)] {
            assert_eq!(Role::new(good).unwrap().as_str(), good);
        }
        for bad in ["", "Agent", "agent_1", "agent 1", "é", "a\n", "a\"b", &"x".repeat(33)] {
            assert_eq!(Role::new(bad), Err(BadRole), "{bad:?}");
        }
    }

    #[test]
    fn a_set_forgets_order_and_repetition() {
        let one = RoleSet::parse(["team-lead", "agent-1", "team-lead"]).unwrap();
        let two = RoleSet::parse(["agent-1", "team-lead"]).unwrap();
        assert_eq!(one, two);
        assert_eq!(one.to_string(), "agent-1+team-lead");
        assert_eq!(one.len(), 2);
        assert!(one.contains(&Role::new("agent-1").unwrap()));
        assert!(!one.contains(&Role::new("auditor").unwrap()));
        assert!(RoleSet::default().is_empty());
        assert!(RoleSet::parse(["agent-1", "not a role"]).is_err());
    }
}
