//! Classes: equal outcomes under one small number.
//!
//! For one role set and one policy, records that get equal outcomes are in one class, whatever
//! their vectors. Views, lists, counts, searches and exports all ask here and nowhere else, so they
//! can't disagree about what is shown, and masking a record costs one look into a table.
//!
//! A table never outlives its policy: it holds the policy, and a new version starts an empty one.

use crate::{AttributeVector, CategorySet, Level, Outcome, Policy, RoleSet};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// The number of a class, `0..64`: fits a bit of a word. It means something only beside the
/// [`Classes`] that gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClassId(u8);

impl ClassId {
    /// The class of records that don't exist for the roles.
    pub const NOTHING: Self = Self(0);

    /// Its number.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }
}

/// The classes of one role set under one policy. Share it behind an `Arc`; it fills itself.
#[derive(Debug)]
pub struct Classes {
    policy: Arc<Policy>,
    roles: RoleSet,
    table: RwLock<Table>,
}

#[derive(Debug)]
struct Table {
    /// Class `n` stands at `n`; class 0 is [`Outcome::NOTHING`].
    outcomes: Vec<Outcome>,
    numbers: HashMap<Outcome, ClassId>,
    /// By vector id and `mine`.
    known: HashMap<(i64, bool), ClassId>,
    refused: u64,
}

impl Classes {
    /// At most so many classes, [`ClassId::NOTHING`] among them.
    pub const MAX: usize = 64;
    /// At most so many vectors are remembered; beyond, the memory is emptied and fills again.
    /// (Class numbers stay.)
    pub const MAX_KNOWN: usize = 65_536;

    /// An empty table.
    #[must_use]
    pub fn new(policy: Arc<Policy>, roles: RoleSet) -> Self {
        let table = Table {
            outcomes: vec![Outcome::NOTHING],
            numbers: HashMap::from([(Outcome::NOTHING, ClassId::NOTHING)]),
            known: HashMap::new(),
            refused: 0,
        };
        Self { policy, roles, table: RwLock::new(table) }
    }

    /// The policy that the classes follow from.
    #[must_use]
    pub const fn policy(&self) -> &Arc<Policy> {
        &self.policy
    }

    /// The roles that they are for.
    #[must_use]
    pub const fn roles(&self) -> &RoleSet {
        &self.roles
    }

    /// The version of the policy: part of the key under which a caller keeps this table.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.policy.version()
    }

    /// The class of records with this vector. `vector_id` is the id of the interned vector: equal
    /// ids must mean equal vectors for as long as this table lives.
    ///
    /// A policy that would make a 65th class is at fault (a matrix makes one for each combination
    /// of its conditions). INVARIANT I3: the records of the 65th are hidden, in the class
    /// [`ClassId::NOTHING`], and counted by [`Classes::refused`]: raise an alarm when that isn't 0.
    #[must_use]
    pub fn classify(&self, vector_id: i64, vector: &AttributeVector, mine: bool) -> ClassId {
        if let Some(class) = self.known(vector_id, mine) {
            return class;
        }
        // Outside the lock: an evaluation takes long, and gives the same whoever makes it.
        let outcome = self.policy.evaluate(&self.roles, vector, mine);
        let mut table = self.write();
        let class = table.class_of(outcome);
        if table.known.len() >= Self::MAX_KNOWN {
            table.known.clear();
        }
        table.known.insert((vector_id, mine), class);
        class
    }

    /// The class of a vector that was classified before.
    #[must_use]
    pub fn known(&self, vector_id: i64, mine: bool) -> Option<ClassId> {
        self.read().known.get(&(vector_id, mine)).copied()
    }

    /// What the roles get of the records of a class. A number from elsewhere gets nothing.
    #[must_use]
    pub fn outcome(&self, class: ClassId) -> Outcome {
        let found = self.read().outcomes.get(usize::from(class.0)).copied();
        found.unwrap_or(Outcome::NOTHING)
    }

    /// Whether the records of a class exist for the roles. If not: 404, and in no count.
    #[must_use]
    pub fn lists(&self, class: ClassId) -> bool {
        self.outcome(class).list()
    }

    /// The categories that are open without a click: what a view renders open, what a list and an
    /// export hold, and what a search and its counts match.
    #[must_use]
    pub fn open_categories(&self, class: ClassId) -> CategorySet {
        self.outcome(class).open()
    }

    /// The categories at a level.
    #[must_use]
    pub fn categories_at(&self, class: ClassId, level: Level) -> CategorySet {
        self.outcome(class).at(level)
    }

    /// How many classes there are so far, [`ClassId::NOTHING`] among them.
    #[must_use]
    pub fn count(&self) -> usize {
        self.read().outcomes.len()
    }

    /// How often an outcome was hidden because it would have been the 65th class.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.read().refused
    }

    // A panic while the lock was held can't leave half a change: each write is one insertion into
    // maps that may hold more than they need. So a poisoned lock is taken over.
    fn read(&self) -> RwLockReadGuard<'_, Table> {
        self.table.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Table> {
        self.table.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    fn class_of(&mut self, outcome: Outcome) -> ClassId {
        if let Some(class) = self.numbers.get(&outcome) {
            return *class;
        }
        let next = u8::try_from(self.outcomes.len()).ok();
        let Some(number) = next.filter(|n| usize::from(*n) < Classes::MAX) else {
            self.refused += 1;
            return ClassId::NOTHING;
        };
        self.outcomes.push(outcome);
        self.numbers.insert(outcome, ClassId(number));
        ClassId(number)
    }
}
