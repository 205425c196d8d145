//! The policy in force, and what it says of a principal's records.
//!
//! `guard` decides; this file keeps the compiled policy, the interned vectors
//! and the classes of each role set, so that a decision costs a map look-up.
//! Views, lists, counts and search all ask here, so that they can't disagree.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, RwLock};

use guard::{
    Action, AttributeVector, Category, CategorySet, Classes, Level, Matrix, Outcome, Policy,
    Principal, RoleSet,
};

use crate::error::{Error, Result};
use crate::store::db::{Db, Dialect};
use crate::store::meta;
use crate::store::tickets::Scope;

struct State {
    policy: Arc<Policy>,
    classes: HashMap<RoleSet, Arc<Classes>>,
    /// What roles may do at all: asked by every request, and 40 µs of Cedar.
    may: HashMap<(RoleSet, Action), bool>,
}

/// The policy in force.
pub struct PolicyState {
    state: RwLock<State>,
    vectors: RwLock<Vectors>,
}

#[derive(Default)]
struct Vectors {
    by_id: HashMap<i64, Arc<AttributeVector>>,
    by_code: HashMap<Vec<u8>, i64>,
}

impl PolicyState {
    /// Compiles a matrix and reads the interned vectors.
    pub async fn open(data: &Db, version: u64, matrix: &Matrix) -> Result<PolicyState> {
        let policy = Policy::compile::<&str, &str>(version, matrix, &[])
            .map_err(|error| Error::Setup(format!("the policy can't be used: {error}")))?;
        let mut vectors = Vectors::default();
        for (id, code) in meta::vectors(data).await? {
            vectors.put(id, code);
        }
        Ok(PolicyState {
            state: RwLock::new(State {
                policy: Arc::new(policy),
                classes: HashMap::new(),
                may: HashMap::new(),
            }),
            vectors: RwLock::new(vectors),
        })
    }

    /// The policy's version: every event names it (I8).
    #[must_use]
    pub fn version(&self) -> u64 {
        self.policy().version()
    }

    /// The compiled policy.
    #[must_use]
    pub fn policy(&self) -> Arc<Policy> {
        Arc::clone(&read(&self.state).policy)
    }

    /// The classes of a role set.
    fn classes(&self, roles: &RoleSet) -> Arc<Classes> {
        if let Some(classes) = read(&self.state).classes.get(roles) {
            return Arc::clone(classes);
        }
        let mut state = self.state.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        let policy = Arc::clone(&state.policy);
        Arc::clone(
            state
                .classes
                .entry(roles.clone())
                .or_insert_with(|| Arc::new(Classes::new(policy, roles.clone()))),
        )
    }

    /// The vector with this id.
    #[must_use]
    pub fn vector(&self, id: i64) -> Option<Arc<AttributeVector>> {
        read(&self.vectors).by_id.get(&id).cloned()
    }

    /// The id of a vector, interning it if it is new.
    pub async fn intern(&self, data: &Db, vector: &AttributeVector) -> Result<i64> {
        let code = vector.encode();
        if let Some(id) = read(&self.vectors).by_code.get(&code) {
            return Ok(*id);
        }
        let id = meta::intern_vector(data, &code).await?;
        self.vectors.write().unwrap_or_else(std::sync::PoisonError::into_inner).put(id, code);
        Ok(id)
    }

    /// What the policy says of a record with this vector. An unknown vector is
    /// hidden (I3).
    pub async fn outcome(
        &self,
        data: &Db,
        who: &Principal,
        vector_id: i64,
        mine: bool,
    ) -> Result<Outcome> {
        let vector = match self.vector(vector_id) {
            Some(vector) => vector,
            None => match self.refresh(data, vector_id).await? {
                Some(vector) => vector,
                // INVARIANT I3: what is not known is hidden.
                None => return Ok(Outcome::NOTHING),
            },
        };
        Ok(self.outcome_of(who, vector_id, &vector, mine))
    }

    /// As [`PolicyState::outcome`], for a vector at hand.
    #[must_use]
    pub fn outcome_of(
        &self,
        who: &Principal,
        vector_id: i64,
        vector: &AttributeVector,
        mine: bool,
    ) -> Outcome {
        let classes = self.classes(&who.roles);
        let class = classes.classify(vector_id, vector, mine);
        classes.outcome(class)
    }

    /// Another node may have interned it.
    async fn refresh(&self, data: &Db, wanted: i64) -> Result<Option<Arc<AttributeVector>>> {
        let rows = meta::vectors(data).await?;
        let mut vectors = self.vectors.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        for (id, code) in rows {
            vectors.put(id, code);
        }
        Ok(vectors.by_id.get(&wanted).cloned())
    }

    /// Whether the roles may do this at all.
    pub fn require(&self, who: &Principal, action: Action) -> Result<()> {
        if self.may(&who.roles, action) { Ok(()) } else { Err(Error::Forbidden(action.name())) }
    }

    /// Whether the roles may do this at all; the answer is kept with the policy.
    #[must_use]
    pub fn may(&self, roles: &RoleSet, action: Action) -> bool {
        let key = (roles.clone(), action);
        if let Some(may) = read(&self.state).may.get(&key) {
            return *may;
        }
        let mut state = self.state.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        let may = state.policy.may(roles, action);
        state.may.insert(key, may);
        may
    }

    /// Whether these roles may do and see all that those may: who has them can hand out the rights
    /// of those without widening anybody's access. In doubt they don't.
    #[must_use]
    pub fn covers(&self, these: &RoleSet, those: &RoleSet) -> bool {
        if those.iter().all(|role| these.contains(role)) {
            return true;
        }
        let does = |action: &Action| self.may(these, *action) || !self.may(those, *action);
        Action::ALL.iter().all(does) && self.sees_all_of(these, those)
    }

    /// The matrix's own levels, and what they make of every kind of record that there is.
    fn sees_all_of(&self, these: &RoleSet, those: &RoleSet) -> bool {
        let policy = self.policy();
        let level = |roles: &RoleSet, category: Category| {
            roles.iter().map(|role| policy.matrix().cell(role, category).0).min()
        };
        let most = |roles: &RoleSet, category| level(roles, category).unwrap_or(Level::Hidden);
        let table = Category::all().all(|category| most(these, category) <= most(those, category));
        let vectors: Vec<_> = read(&self.vectors).by_id.values().cloned().collect();
        table
            && vectors.iter().all(|vector| {
                [false, true].into_iter().all(|mine| {
                    let (a, b) = (
                        policy.evaluate(these, vector, mine),
                        policy.evaluate(those, vector, mine),
                    );
                    (a.list() || !b.list())
                        && Category::all().all(|c| a.level(c) <= b.level(c) || !b.list())
                })
            })
    }

    /// Which tickets (or customers) exist for a principal.
    pub async fn scope(&self, data: &Db, who: &Principal, noun: guard::Noun) -> Result<Scope> {
        // Another node may have interned vectors that this one has not seen.
        if data.dialect() == Dialect::Postgres {
            self.refresh(data, -1).await?;
        }
        let all: Vec<(i64, Arc<AttributeVector>)> = read(&self.vectors)
            .by_id
            .iter()
            .filter(|(_, v)| v.noun == noun)
            .map(|(id, v)| (*id, Arc::clone(v)))
            .collect();
        let (mut open, mut mine, mut not_mine) = (Vec::new(), Vec::new(), Vec::new());
        for (id, vector) in &all {
            let others = self.outcome_of(who, *id, vector, false).list();
            // Customers are nobody's own.
            let own = match noun {
                guard::Noun::Ticket => self.outcome_of(who, *id, vector, true).list(),
                guard::Noun::Customer => others,
            };
            match (others, own) {
                (true, true) => open.push(*id),
                (true, false) => {
                    open.push(*id);
                    not_mine.push(*id);
                }
                (false, true) => mine.push(*id),
                (false, false) => {}
            }
        }
        if open.len() == all.len() && not_mine.is_empty() {
            return Ok(Scope::All);
        }
        for list in [&mut open, &mut mine, &mut not_mine] {
            list.sort_unstable();
        }
        Ok(Scope::Only { vectors: open, mine, not_mine, me: who.id })
    }

    /// The sets of categories that a principal sees without a click, each once,
    /// over all records of a noun that exist for it: the ways in which a search
    /// must ask.
    pub async fn open_sets(
        &self,
        data: &Db,
        who: &Principal,
        noun: guard::Noun,
    ) -> Result<Vec<CategorySet>> {
        if data.dialect() == Dialect::Postgres {
            self.refresh(data, -1).await?;
        }
        let vectors: Vec<(i64, Arc<AttributeVector>)> = read(&self.vectors)
            .by_id
            .iter()
            .filter(|(_, v)| v.noun == noun)
            .map(|(id, v)| (*id, Arc::clone(v)))
            .collect();
        let mut sets = BTreeSet::new();
        for (id, vector) in &vectors {
            // Nobody is assigned to a customer.
            let own: &[bool] = if noun == guard::Noun::Ticket { &[false, true] } else { &[false] };
            for mine in own.iter().copied() {
                let outcome = self.outcome_of(who, *id, vector, mine);
                if outcome.list() {
                    sets.insert(outcome.open().bits());
                }
            }
        }
        Ok(sets.into_iter().map(CategorySet::from_bits).collect())
    }
}

impl Vectors {
    fn put(&mut self, id: i64, code: Vec<u8>) {
        // A vector that can't be read stays unknown: what carries it is hidden.
        if let Ok(vector) = AttributeVector::decode(&code) {
            self.by_id.insert(id, Arc::new(vector));
            self.by_code.insert(code, id);
        }
    }
}

fn read<T>(lock: &RwLock<T>) -> std::sync::RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(std::sync::PoisonError::into_inner)
}
