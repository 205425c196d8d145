//! Cedar, asked concretely: entities in, a verdict out.
//!
//! Two things make it quick without making it another engine. **Slices**: a policy whose scope
//! names another action or category can't apply, so each question is asked of the few policies
//! whose scope may match; no policy that could apply (and no `forbid`) is ever left out. **Scenes**:
//! the entities of one record are built once for all questions about it.
//!
//! INVARIANT I3: a question on which any policy fails is answered with [`Verdict::Failed`], which
//! nobody may read as a yes. Cedar by itself skips a policy that fails, which for a `forbid` would
//! open what it closes.

use crate::{
    Action, AttributeVector, Category, CategorySet, Circumstances, MaskForm, Matrix, RoleSet,
    Standing,
};
use cedar_policy::{
    ActionConstraint, Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName,
    EntityUid, Policy as CedarPolicy, PolicyId, PolicySet, Request, ResourceConstraint,
    RestrictedExpression,
};
use std::collections::{BTreeMap, HashMap, HashSet};

/// What Cedar said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Some policy permits, none forbids, none failed.
    Allow,
    /// None permits, or one forbids.
    Deny,
    /// Some policy failed while it ran.
    Failed,
}

/// A verdict and the policies behind it.
pub(crate) struct Answer {
    pub(crate) verdict: Verdict,
    /// Allow: those that permit. Deny: those that forbid (none: nothing permits).
    pub(crate) because: Vec<PolicyId>,
    /// Those that failed.
    pub(crate) failed: Vec<PolicyId>,
}

impl Answer {
    const NO: Self = Self { verdict: Verdict::Deny, because: Vec::new(), failed: Vec::new() };
    const FAILED: Self = Self { verdict: Verdict::Failed, because: Vec::new(), failed: Vec::new() };
}

/// What a question is about.
#[derive(Clone, Copy)]
pub(crate) enum Resource {
    Desk,
    Record,
    Part(Category),
}

/// The entities of one record for one role set.
pub(crate) struct Scene {
    entities: Entities,
}

/// The policies, sorted by question, and the names that questions are made of.
pub(crate) struct Engine {
    authorizer: Authorizer,
    names: Names,
    list: PolicySet,
    levels: BTreeMap<(Standing, Category), PolicySet>,
    acts: BTreeMap<Action, PolicySet>,
    masks: HashMap<PolicyId, MaskForm>,
    /// Categories about which some policy says something.
    spoken_of: CategorySet,
}

impl Engine {
    /// Sorts the policies. `None` only if a fixed name doesn't parse.
    pub(super) fn new(
        matrix: &Matrix,
        set: &PolicySet,
        masks: HashMap<PolicyId, MaskForm>,
    ) -> Option<Self> {
        let names = Names::new(matrix)?;
        let mut levels = BTreeMap::new();
        for standing in Standing::LEVELS {
            for (category, name) in matrix.named_categories() {
                let slice = slice(set, |policy| {
                    asks(policy, standing.name(), false) && speaks_of(policy, name)
                });
                if !slice.is_empty() {
                    levels.insert((standing, category), slice);
                }
            }
        }
        let act = |action: &Action| (*action, slice(set, |p| asks(p, action.name(), true)));
        Some(Self {
            authorizer: Authorizer::new(),
            names,
            list: slice(set, |policy| asks(policy, Standing::List.name(), false)),
            spoken_of: levels.keys().map(|(_, category)| *category).collect(),
            levels,
            acts: Action::ALL.iter().map(act).collect(),
            masks,
        })
    }

    /// The categories about which some policy says something; all others are hidden.
    pub(crate) const fn spoken_of(&self) -> CategorySet {
        self.spoken_of
    }

    /// The mask that goes with a policy.
    pub(crate) fn mask(&self, id: &PolicyId) -> MaskForm {
        self.masks.get(id).copied().unwrap_or_default()
    }

    /// The scene of an act without a record. `None`: nothing may be decided, so no.
    pub(crate) fn desk(&self, roles: &RoleSet, act: Action) -> Option<Scene> {
        if roles.is_empty() {
            return None;
        }
        let desk = Entity::with_uid(self.names.desk.clone());
        let entities = [self.names.principal(roles), desk, self.names.act(act)?];
        Some(Scene { entities: Entities::from_entities(entities, None).ok()? })
    }

    /// The scene of a record, with parts for these categories, and for an act if one is to be
    /// asked about. `None` as above.
    pub(crate) fn scene(
        &self,
        roles: &RoleSet,
        vector: &AttributeVector,
        mine: bool,
        parts: CategorySet,
        act: Option<Action>,
    ) -> Option<Scene> {
        if roles.is_empty() {
            return None;
        }
        let attributes = attributes(vector, mine);
        let mut above: HashSet<EntityUid> =
            vector.tags.iter().map(|tag| self.names.uid(&self.names.tag, tag)).collect();
        above.insert(self.names.uid(&self.names.noun, vector.noun.name()));
        let mut entities = vec![self.names.principal(roles)];
        if let Some(act) = act {
            entities.push(self.names.act(act)?);
        }
        let record = self.names.record.clone();
        entities.push(Entity::new(record, attributes.clone(), above.clone()).ok()?);
        for category in parts.iter() {
            let (part, group) = self.names.parts.get(&category)?;
            let above = above.iter().cloned().chain([group.clone()]).collect();
            entities.push(Entity::new(part.clone(), attributes.clone(), above).ok()?);
        }
        Some(Scene { entities: Entities::from_entities(entities, None).ok()? })
    }

    /// Asks a standing question: `list` of the record, the others of a category.
    pub(crate) fn ask_standing(
        &self,
        scene: &Scene,
        standing: Standing,
        category: Option<Category>,
    ) -> Answer {
        let (slice, resource) = match (standing, category) {
            (Standing::List, _) => (Some(&self.list), Resource::Record),
            (_, Some(category)) => {
                (self.levels.get(&(standing, category)), Resource::Part(category))
            }
            (_, None) => (None, Resource::Record),
        };
        // An empty slice means that no policy can apply.
        slice.map_or(Answer::NO, |slice| {
            let action = self.names.standing.get(&standing);
            self.ask(slice, scene, action, resource, Context::empty())
        })
    }

    /// Asks about an act.
    pub(crate) fn ask_act(
        &self,
        scene: &Scene,
        action: Action,
        resource: Resource,
        circumstances: &Circumstances,
    ) -> Answer {
        let Some(slice) = self.acts.get(&action) else {
            return Answer::NO;
        };
        let Some(context) = context(circumstances) else {
            return Answer::FAILED;
        };
        self.ask(slice, scene, self.names.actions.get(&action), resource, context)
    }

    fn ask(
        &self,
        slice: &PolicySet,
        scene: &Scene,
        action: Option<&EntityUid>,
        resource: Resource,
        context: Context,
    ) -> Answer {
        let resource = match resource {
            Resource::Desk => Some(&self.names.desk),
            Resource::Record => Some(&self.names.record),
            Resource::Part(category) => self.names.parts.get(&category).map(|(part, _)| part),
        };
        let (Some(action), Some(resource)) = (action, resource) else {
            return Answer::NO;
        };
        let principal = self.names.principal.clone();
        let request = Request::new(principal, action.clone(), resource.clone(), context, None);
        let Ok(request) = request else {
            return Answer::FAILED;
        };
        let response = self.authorizer.is_authorized(&request, slice, &scene.entities);
        let failed: Vec<PolicyId> = response
            .diagnostics()
            .errors()
            .map(|cedar_policy::AuthorizationError::PolicyEvaluationError(e)| e.policy_id().clone())
            .collect();
        let verdict = match (failed.is_empty(), response.decision()) {
            (false, _) => Verdict::Failed,
            (true, Decision::Allow) => Verdict::Allow,
            (true, Decision::Deny) => Verdict::Deny,
        };
        Answer { verdict, because: response.diagnostics().reason().cloned().collect(), failed }
    }
}

/// The entity types and the entities that every question names, parsed once.
struct Names {
    role: EntityTypeName,
    tag: EntityTypeName,
    noun: EntityTypeName,
    principal: EntityUid,
    record: EntityUid,
    desk: EntityUid,
    /// For each named category: the part, and the category that it is in.
    parts: BTreeMap<Category, (EntityUid, EntityUid)>,
    standing: BTreeMap<Standing, EntityUid>,
    acts: EntityUid,
    actions: BTreeMap<Action, EntityUid>,
}

impl Names {
    fn new(matrix: &Matrix) -> Option<Self> {
        let kind = |name: &str| name.parse::<EntityTypeName>().ok();
        let uid = |kind: &EntityTypeName, id: &str| {
            EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(id))
        };
        let (action, part, category) = (kind("Action")?, kind("Part")?, kind("Category")?);
        Some(Self {
            role: kind("Role")?,
            tag: kind("Tag")?,
            noun: kind("Noun")?,
            principal: uid(&kind("Principal")?, "asker"),
            record: uid(&kind("Record")?, "record"),
            desk: uid(&kind("Desk")?, "desk"),
            parts: matrix
                .named_categories()
                .map(|(c, name)| (c, (uid(&part, name), uid(&category, name))))
                .collect(),
            standing: Standing::ALL.iter().map(|s| (*s, uid(&action, s.name()))).collect(),
            acts: uid(&action, "acts"),
            actions: Action::ALL.iter().map(|a| (*a, uid(&action, a.name()))).collect(),
        })
    }

    fn uid(&self, kind: &EntityTypeName, id: &str) -> EntityUid {
        EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(id))
    }

    /// An act with the group that it is in, so that a policy may say `action in Action::"acts"`.
    fn act(&self, act: Action) -> Option<Entity> {
        let above = HashSet::from([self.acts.clone()]);
        Some(Entity::new_no_attrs(self.actions.get(&act)?.clone(), above))
    }

    fn principal(&self, roles: &RoleSet) -> Entity {
        let above = roles.iter().map(|role| self.uid(&self.role, role.as_str())).collect();
        Entity::new_no_attrs(self.principal.clone(), above)
    }
}

fn attributes(vector: &AttributeVector, mine: bool) -> HashMap<String, RestrictedExpression> {
    let mut attributes = HashMap::from([
        ("domain".to_owned(), RestrictedExpression::new_string(vector.domain.clone())),
        ("open".to_owned(), RestrictedExpression::new_bool(vector.open)),
        ("mine".to_owned(), RestrictedExpression::new_bool(mine)),
    ]);
    for (name, id) in [("brand", vector.brand), ("group", vector.group)] {
        if let Some(id) = id {
            attributes.insert(name.to_owned(), RestrictedExpression::new_long(id));
        }
    }
    attributes
}

fn context(now: &Circumstances) -> Option<Context> {
    let pairs = [
        ("reason_present", now.reason_present),
        ("budget_left", now.budget_left),
        ("step_up_fresh", now.step_up_fresh),
        ("network_allowed", now.network_allowed),
        ("training_overdue", now.training_overdue),
    ];
    let pairs = pairs.map(|(name, on)| (name.to_owned(), RestrictedExpression::new_bool(on)));
    Context::from_pairs(pairs).ok()
}

fn slice(set: &PolicySet, keep: impl Fn(&CedarPolicy) -> bool) -> PolicySet {
    let mut slice = PolicySet::new();
    for policy in set.policies().filter(|policy| keep(policy)) {
        // The ids are unique in the whole set, so they are in a part of it.
        let _ = slice.add(policy.clone());
    }
    slice
}

/// Whether a policy's scope can match an action.
fn asks(policy: &CedarPolicy, action: &str, is_act: bool) -> bool {
    let matches = |uid: &EntityUid| {
        let id = uid.id().unescaped();
        id == action || (is_act && id == "acts")
    };
    match policy.action_constraint() {
        ActionConstraint::Any => true,
        ActionConstraint::In(uids) => uids.iter().any(matches),
        ActionConstraint::Eq(uid) => matches(&uid),
    }
}

/// Whether a policy's scope can match the part of a category.
fn speaks_of(policy: &CedarPolicy, category: &str) -> bool {
    let holds = |uid: &EntityUid| match uid.type_name().to_string().as_str() {
        "Category" => uid.id().unescaped() == category,
        _ => true,
    };
    let part = |kind: &EntityTypeName| kind.to_string() == "Part";
    match policy.resource_constraint() {
        ResourceConstraint::Any => true,
        ResourceConstraint::In(uid) | ResourceConstraint::Eq(uid) => holds(&uid),
        ResourceConstraint::Is(kind) => part(&kind),
        ResourceConstraint::IsIn(kind, uid) => part(&kind) && holds(&uid),
    }
}
