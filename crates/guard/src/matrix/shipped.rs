//! The matrix that Riserbo ships with (DESIGN 6).
//!
//! The table below is the whole of it. It is code and not a file so that it can't fail to load.

use super::{Line, Matrix, RevealRule, RoleRules, Where};
use crate::Action as A;
use crate::Level::{self, OnClick, Shown, WithReason};
use crate::{Category, MaskForm, Role};
use std::collections::BTreeSet;

/// What stands in the place of a closed value as shipped: what a job can be done with.
fn mask_of(category: Category) -> MaskForm {
    match category {
        Category::IDENTITY => MaskForm::Pseudonym,
        Category::CONTACT | Category::PAYMENT => MaskForm::Partial,
        Category::LOCATION => MaskForm::Derived,
        _ => MaskForm::Label,
    }
}

const CONTENT: Category = Category::CONTENT;
const UNSURE: Category = Category::CONTENT_UNSURE;
const IDENTITY: Category = Category::IDENTITY;
const CONTACT: Category = Category::CONTACT;
const LOCATION: Category = Category::LOCATION;
const ONLINE: Category = Category::ONLINE;

/// *Fully masked*: the conversation, one click for what a usual case needs.
const AGENT_1: &[(Category, Level)] = &[
    (CONTENT, Shown),
    (UNSURE, Shown),
    (IDENTITY, OnClick),
    (CONTACT, OnClick),
    (LOCATION, OnClick),
    (ONLINE, WithReason),
];

const AGENT_2: &[(Category, Level)] = &[
    (CONTENT, Shown),
    (UNSURE, Shown),
    (IDENTITY, Shown),
    (LOCATION, Shown),
    (CONTACT, OnClick),
    (ONLINE, WithReason),
    (Category::PAYMENT, WithReason),
    (Category::GOVERNMENT_ID, WithReason),
    (Category::HEALTH, WithReason),
];

const INTEGRATION: &[(Category, Level)] =
    &[(CONTENT, Shown), (UNSURE, Shown), (IDENTITY, Shown), (CONTACT, Shown)];

const AI_ASSISTANT: &[(Category, Level)] = &[(CONTENT, Shown), (UNSURE, Shown)];

/// What everybody at the desk does with tickets, masked or not.
const DESK: &[A] = &[
    A::ListTickets,
    A::ViewTicket,
    A::ViewCustomer,
    A::Search,
    A::Lookup,
    A::Reveal,
    A::CreateTicket,
    A::Reply,
    A::Note,
    A::Assign,
    A::Tag,
    A::SetStatus,
    A::Merge,
    A::EditCustomer,
    A::VerifyCaller,
    A::RedactSlot,
    A::ReadOwnLog,
];

const LEAD: &[A] = &[
    A::ReadInsight,
    A::ManagePeople,
    A::ManageTokens,
    A::ManageTraining,
    A::ManageSettings,
    A::ReadPolicy,
    A::ManagePolicy,
    A::ApproveCx,
];

const PRIVACY: &[A] = &[
    A::ListTickets,
    A::ViewTicket,
    A::ViewCustomer,
    A::Search,
    A::Lookup,
    A::Reveal,
    A::Note,
    A::RedactSlot,
    A::Unslot,
    A::Export,
    A::ManageRequests,
    A::ManageRetention,
    A::ManageConsent,
    A::ReadLog,
    A::ReadOwnLog,
    A::VerifyLog,
    A::ReadInsight,
    A::UnmaskAgent,
    A::ReadPolicy,
    A::ManagePolicy,
    A::ApproveCx,
];

const SECURITY: &[A] = &[
    A::ReadLog,
    A::ReadOwnLog,
    A::VerifyLog,
    A::ReadInsight,
    A::ManageCases,
    A::UnmaskAgent,
    A::ReadPolicy,
    A::ManagePolicy,
    A::ApproveSecurity,
];

const KEYS: &[A] = &[
    A::ManageKeys,
    A::ManageTokens,
    A::ManageSettings,
    A::ReadOwnLog,
    A::VerifyLog,
    A::ReadPolicy,
    A::ApproveSecurity,
];

const AUDIT: &[A] = &[A::ReadLog, A::ReadOwnLog, A::VerifyLog, A::ReadInsight, A::ReadPolicy];

const INTEGRATE: &[A] =
    &[A::ListTickets, A::ViewTicket, A::ViewCustomer, A::Search, A::Export, A::ReadOwnLog];

const ASSIST: &[A] = &[A::ListTickets, A::ViewTicket, A::ViewCustomer, A::Search, A::ReadOwnLog];

const MIGRATE: &[A] = &[
    A::ListTickets,
    A::ViewTicket,
    A::ViewCustomer,
    A::Search,
    A::Import,
    A::Export,
    A::ReadOwnLog,
];

impl Matrix {
    /// The roles, levels and grants that Riserbo ships with: ten roles, no own categories, no
    /// listed tags, no conditions on records.
    #[must_use]
    pub fn shipped() -> Self {
        let privacy: Vec<(Category, Level)> = Category::built_ins()
            .map(|c| (c, if c == CONTENT || c == UNSURE { Shown } else { WithReason }))
            .collect();
        let everything: Vec<(Category, Level)> =
            Category::built_ins().map(|category| (category, Shown)).collect();
        let lead: Vec<A> = [DESK, LEAD].concat();
        let own = |open, mine| RevealRule { mine, open, ..RevealRule::default() };
        let roles = [
            role("agent-1", "Agent, fully masked", DESK, AGENT_1, own(true, true)),
            role("agent-2", "Agent, experienced", DESK, AGENT_2, own(true, true)),
            role("team-lead", "Team lead", &lead, AGENT_2, own(true, false)),
            role("privacy-officer", "Privacy officer", PRIVACY, &privacy, own(false, false)),
            role("security-analyst", "Security analyst", SECURITY, &[], own(true, true)),
            role("key-admin", "Key admin", KEYS, &[], own(true, true)),
            role("auditor", "Auditor", AUDIT, &[], own(true, true)),
            role("integration", "Integration (software)", INTEGRATE, INTEGRATION, own(true, true)),
            role("ai-assistant", "AI assistant (software)", ASSIST, AI_ASSISTANT, own(true, true)),
            role("migration", "Moving data in and out", MIGRATE, &everything, own(true, true)),
        ];
        Self { roles: roles.into_iter().collect(), ..Self::default() }
    }
}

fn role(
    name: &'static str,
    title: &str,
    actions: &[A],
    levels: &[(Category, Level)],
    reveal: RevealRule,
) -> (Role, RoleRules) {
    // Whoever falls behind with training keeps the click, and loses what needs a reason.
    let with_reason = levels.iter().filter(|(_, level)| *level == WithReason);
    let trained: BTreeSet<String> = if actions.contains(&A::Reveal) {
        with_reason.filter_map(|(category, _)| name_of(*category)).collect()
    } else {
        BTreeSet::new()
    };
    let rules = RoleRules {
        title: title.to_owned(),
        actions: actions.iter().copied().collect(),
        step_up: BTreeSet::new(),
        list: if levels.is_empty() { Vec::new() } else { vec![Where::any()] },
        levels: levels.iter().filter_map(|(category, level)| line(*category, *level)).collect(),
        reveal: RevealRule { trained, ..reveal },
    };
    (Role::known(name), rules)
}

fn line(category: Category, level: Level) -> Option<Line> {
    let mask = if level == Shown { MaskForm::Label } else { mask_of(category) };
    Some(Line { category: name_of(category)?, level, mask, when: Where::any() })
}

fn name_of(category: Category) -> Option<String> {
    category.built_in_name().map(ToOwned::to_owned)
}
