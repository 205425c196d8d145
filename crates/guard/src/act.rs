//! Acts: may this go on, here and now?
//!
//! A standing policy says which rows match and how each category is met; an act is asked each time
//! it is done, with what passes: reason, budget, second factor, network, training. A refusal says
//! what would have to change, worked out by asking Cedar again and not by a second set of rules, so
//! hand-written policies are explained as well as the matrix.

use crate::policy::{Resource, Verdict};
use crate::{Action, AttributeVector, Category, Level, Noun, Policy, RoleSet, Scope};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What passes. The default is the worst of each, so that what a caller forgets denies (I3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Circumstances {
    /// A reason was typed.
    pub reason_present: bool,
    /// The person's budget for reveals or lookups isn't used up. In doubt: false.
    pub budget_left: bool,
    /// The second factor was shown a short time ago.
    pub step_up_fresh: bool,
    /// The request comes from a network that the role may use.
    pub network_allowed: bool,
    /// A course is overdue.
    pub training_overdue: bool,
}

impl Circumstances {
    /// The best of each: with it an answer says what could be.
    #[must_use]
    pub const fn favourable() -> Self {
        Self {
            reason_present: true,
            budget_left: true,
            step_up_fresh: true,
            network_allowed: true,
            training_overdue: false,
        }
    }
}

impl Default for Circumstances {
    fn default() -> Self {
        Self {
            reason_present: false,
            budget_left: false,
            step_up_fresh: false,
            network_allowed: false,
            training_overdue: true,
        }
    }
}

/// What an act is done to.
#[derive(Clone, Copy, Debug)]
pub enum Target<'a> {
    /// The installation: for actions on the desk.
    Desk,
    /// A ticket or customer.
    Record {
        /// Its plain attributes.
        vector: &'a AttributeVector,
        /// Assigned to who asks.
        mine: bool,
    },
    /// The values of one category in a ticket or customer.
    Part {
        /// The record's plain attributes.
        vector: &'a AttributeVector,
        /// Assigned to who asks.
        mine: bool,
        /// Which values.
        category: Category,
    },
    /// No record yet: a lookup before anybody knows whether there is a hit. A hit must be asked
    /// about again as a [`Target::Part`], and be told as a miss where that is refused.
    Unfound {
        /// What kind of identifier is looked up.
        category: Category,
    },
}

/// One act to decide.
#[derive(Clone, Copy, Debug)]
pub struct ActRequest<'a> {
    /// Who asks.
    pub roles: &'a RoleSet,
    /// To do what.
    pub action: Action,
    /// To what.
    pub target: Target<'a>,
    /// In what circumstances.
    pub now: Circumstances,
}

/// The answer to an [`ActRequest`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActDecision {
    /// Go on. For a part the level at which the roles meet it, for the access event.
    Allow {
        /// `None` where no category is concerned.
        level: Option<Level>,
    },
    /// Don't.
    Deny(Denial),
}

impl ActDecision {
    /// Whether it may go on.
    #[must_use]
    pub const fn is_allowed(&self) -> bool {
        matches!(self, Self::Allow { .. })
    }
}

/// Why not, and what would have to change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// The first thing in the way.
    pub reason: DenyReason,
    /// Everything that would have to change, when circumstances are all that is in the way: the
    /// smallest list, `reason` first. Else empty.
    pub needs: Vec<DenyReason>,
    /// The policies that forbade or failed, where they are the reason.
    pub policies: Vec<String>,
}

/// What stands in the way of an act. The first five end it; the others can change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DenyReason {
    /// The record doesn't exist for these roles: answer exactly as for an id that isn't there.
    NotListed,
    /// The category is hidden from these roles, or no lookup may be made by it.
    Hidden,
    /// No role of these may do this (here).
    NotGranted,
    /// A policy forbids it.
    Forbidden,
    /// A policy failed: closed until it is mended. Worth an alarm.
    PolicyFailed,
    /// Not from this network.
    Network,
    /// A course is overdue.
    TrainingOverdue,
    /// Only on records assigned to who asks.
    NotYourTicket,
    /// Only while the ticket is open.
    TicketClosed,
    /// The budget is used up.
    BudgetSpent,
    /// The second factor must be shown again.
    StepUp,
    /// A reason must be given.
    NeedReason,
}

impl DenyReason {
    /// Those that circumstances can change, hardest for the asker first.
    const PASSING: [Self; 7] = [
        Self::Network,
        Self::TrainingOverdue,
        Self::NotYourTicket,
        Self::TicketClosed,
        Self::BudgetSpent,
        Self::StepUp,
        Self::NeedReason,
    ];

    /// A machine name: `not_your_ticket`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotListed => "not_listed",
            Self::Hidden => "hidden",
            Self::NotGranted => "not_granted",
            Self::Forbidden => "forbidden",
            Self::PolicyFailed => "policy_failed",
            Self::Network => "network",
            Self::TrainingOverdue => "training_overdue",
            Self::NotYourTicket => "not_your_ticket",
            Self::TicketClosed => "ticket_closed",
            Self::BudgetSpent => "budget_spent",
            Self::StepUp => "step_up",
            Self::NeedReason => "need_reason",
        }
    }
}

impl fmt::Display for DenyReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotListed => "there is no such record",
            Self::Hidden => "this category is hidden from your roles",
            Self::NotGranted => "none of your roles may do this",
            Self::Forbidden => "a policy forbids this",
            Self::PolicyFailed => "a policy failed, so this stays closed",
            Self::Network => "not from this network",
            Self::TrainingOverdue => "a course of yours is overdue",
            Self::NotYourTicket => "only on tickets assigned to you",
            Self::TicketClosed => "only while the ticket is open",
            Self::BudgetSpent => "your budget is used up",
            Self::StepUp => "show your second factor again",
            Self::NeedReason => "give a reason",
        })
    }
}

/// One way that things could be, with a change or two made to the request.
#[derive(Clone)]
struct Situation {
    now: Circumstances,
    record: Option<(AttributeVector, bool)>,
    category: Option<Category>,
}

impl Situation {
    fn of(request: &ActRequest<'_>) -> Self {
        let (record, category) = match request.target {
            Target::Desk => (None, None),
            Target::Unfound { category } => (None, Some(category)),
            Target::Record { vector, mine } => (Some((vector.clone(), mine)), None),
            Target::Part { vector, mine, category } => {
                (Some((vector.clone(), mine)), Some(category))
            }
        };
        Self { now: request.now, record, category }
    }

    /// Takes one thing out of the way; whether it stood there.
    fn clear(&mut self, reason: DenyReason) -> bool {
        let set = |place: &mut bool, good: bool| std::mem::replace(place, good) != good;
        let now = &mut self.now;
        match (reason, &mut self.record) {
            (DenyReason::Network, _) => set(&mut now.network_allowed, true),
            (DenyReason::TrainingOverdue, _) => set(&mut now.training_overdue, false),
            (DenyReason::BudgetSpent, _) => set(&mut now.budget_left, true),
            (DenyReason::StepUp, _) => set(&mut now.step_up_fresh, true),
            (DenyReason::NeedReason, _) => set(&mut now.reason_present, true),
            (DenyReason::NotYourTicket, Some((_, mine))) => set(mine, true),
            (DenyReason::TicketClosed, Some((vector, _))) => set(&mut vector.open, true),
            _ => false,
        }
    }
}

/// The verdict on one situation.
enum Ruling {
    Allow(Option<Level>),
    Deny(DenyReason, Vec<String>),
}

impl Policy {
    /// Whether an act may go on here and now, outside every cache. A reveal of what is shown
    /// anyway is allowed, at level `shown`: there is nothing to open.
    #[must_use]
    pub fn act(&self, request: &ActRequest<'_>) -> ActDecision {
        if let Some(reason) = misplaced(request) {
            return deny(reason, Vec::new(), Vec::new());
        }
        let actual = Situation::of(request);
        let (reason, policies) = match self.rule(request, &actual) {
            Ruling::Allow(level) => return ActDecision::Allow { level },
            Ruling::Deny(reason, policies) => (reason, policies),
        };
        // INVARIANT I4: of a record that doesn't exist for the asker nothing more is said.
        if matches!(reason, DenyReason::NotListed | DenyReason::PolicyFailed) {
            return deny(reason, Vec::new(), policies);
        }
        let needs = self.needs(request, &actual);
        match needs.first() {
            Some(first) => deny(*first, needs, Vec::new()),
            None => deny(reason, Vec::new(), policies),
        }
    }

    /// The smallest list of changes that would let the act go on; empty when none would. Starts
    /// with everything taken out of the way, then puts back what turns out not to matter.
    fn needs(&self, request: &ActRequest<'_>, actual: &Situation) -> Vec<DenyReason> {
        let mut clear = DenyReason::PASSING.to_vec();
        let mut probe = actual.clone();
        clear.retain(|reason| probe.clear(*reason));
        let allowed = |clear: &[DenyReason]| {
            let mut situation = actual.clone();
            for reason in clear {
                situation.clear(*reason);
            }
            matches!(self.rule(request, &situation), Ruling::Allow(_))
        };
        if !allowed(&clear) {
            return Vec::new();
        }
        for reason in clear.clone() {
            let without: Vec<DenyReason> =
                clear.iter().copied().filter(|other| *other != reason).collect();
            if allowed(&without) {
                clear = without;
            }
        }
        clear
    }

    fn rule(&self, request: &ActRequest<'_>, situation: &Situation) -> Ruling {
        let level = match self.standing(request, situation) {
            Ok(level) => level,
            Err(reason) => return Ruling::Deny(reason, Vec::new()),
        };
        if request.action == Action::Reveal && level == Some(Level::Shown) {
            return Ruling::Allow(level);
        }
        let (roles, act) = (self.known(request.roles), request.action);
        let (scene, resource) = match (&situation.record, situation.category) {
            (None, _) => (self.engine().desk(&roles, act), Resource::Desk),
            (Some((vector, mine)), category) => {
                let parts = category.into_iter().collect();
                let resource = category.map_or(Resource::Record, Resource::Part);
                (self.engine().scene(&roles, vector, *mine, parts, Some(act)), resource)
            }
        };
        let Some(scene) = scene else {
            return Ruling::Deny(DenyReason::NotGranted, Vec::new());
        };
        let answer = self.engine().ask_act(&scene, request.action, resource, &situation.now);
        let names = |ids: &[cedar_policy::PolicyId]| ids.iter().map(ToString::to_string).collect();
        match answer.verdict {
            Verdict::Allow => Ruling::Allow(level),
            Verdict::Failed => Ruling::Deny(DenyReason::PolicyFailed, names(&answer.failed)),
            Verdict::Deny if answer.because.is_empty() => {
                Ruling::Deny(DenyReason::NotGranted, Vec::new())
            }
            Verdict::Deny => Ruling::Deny(DenyReason::Forbidden, names(&answer.because)),
        }
    }

    /// What the standing policy says before the act itself is asked about: the level of the part,
    /// if there is one.
    fn standing(
        &self,
        request: &ActRequest<'_>,
        situation: &Situation,
    ) -> Result<Option<Level>, DenyReason> {
        let Some((vector, mine)) = &situation.record else {
            return Ok(None);
        };
        let Some(category) = situation.category else {
            let scene = self.engine().scene(
                &self.known(request.roles),
                vector,
                *mine,
                crate::CategorySet::EMPTY,
                None,
            );
            let listed = scene.is_some_and(|scene| self.lists(&scene));
            return if listed { Ok(None) } else { Err(DenyReason::NotListed) };
        };
        let level = self
            .evaluate_one(request.roles, vector, *mine, category)
            .ok_or(DenyReason::NotListed)?;
        let closed = match request.action {
            Action::Reveal => !level.can_open(),
            // INVARIANT I4: a lookup needs the level `on_click` or better.
            Action::Lookup => level > Level::OnClick,
            _ => false,
        };
        if closed { Err(DenyReason::Hidden) } else { Ok(Some(level)) }
    }
}

/// Whether an action is asked of something that it isn't done to, or of what no policy may open.
fn misplaced(request: &ActRequest<'_>) -> Option<DenyReason> {
    let fits = match (request.action, request.action.scope(), request.target) {
        (Action::ViewTicket, _, Target::Record { vector, .. }) => vector.noun == Noun::Ticket,
        (Action::ViewCustomer, _, Target::Record { vector, .. }) => vector.noun == Noun::Customer,
        (_, Scope::Desk, Target::Desk)
        | (_, Scope::Record, Target::Record { .. })
        | (_, Scope::Part, Target::Part { .. })
        | (Action::Lookup, _, Target::Unfound { .. }) => true,
        _ => false,
    };
    if !fits {
        return Some(DenyReason::NotGranted);
    }
    let category = match request.target {
        Target::Part { category, .. } | Target::Unfound { category } => category,
        Target::Desk | Target::Record { .. } => return None,
    };
    // INVARIANT I4: by these nobody looks anybody up, whatever the policy says.
    let never = Category::NEVER_LOOKED_UP.contains(category);
    (request.action == Action::Lookup && never).then_some(DenyReason::Hidden)
}

fn deny(reason: DenyReason, needs: Vec<DenyReason>, policies: Vec<String>) -> ActDecision {
    ActDecision::Deny(Denial { reason, needs, policies })
}
