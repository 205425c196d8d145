//! Acts and what stands in their way.

use crate::naive::{cases, some_circumstances, some_matrix, some_roles, some_vector};
use crate::{NONE, matrix, roles, shipped, ticket, with_file};
use guard::{
    ActDecision, ActRequest, Action, AttributeVector, Category, Circumstances, Denial, DenyReason,
    Level, Matrix, Noun, Policy, Target,
};
use proptest::prelude::*;

/// A reveal by one role, changed by the test where it matters.
struct Reveal {
    role: &'static str,
    vector: AttributeVector,
    mine: bool,
    category: Category,
    now: Circumstances,
}

impl Reveal {
    fn of(role: &'static str, category: Category) -> Self {
        Self { role, vector: ticket(), mine: true, category, now: Circumstances::favourable() }
    }

    fn ask(&self, policy: &Policy) -> ActDecision {
        policy.act(&ActRequest {
            roles: &roles(&[self.role]),
            action: Action::Reveal,
            target: Target::Part { vector: &self.vector, mine: self.mine, category: self.category },
            now: self.now,
        })
    }

    fn denied(&self, policy: &Policy) -> Denial {
        match self.ask(policy) {
            ActDecision::Deny(denial) => denial,
            ActDecision::Allow { level } => panic!("allowed at {level:?}"),
        }
    }
}

#[test]
fn an_agent_reveals_on_an_own_open_ticket() {
    let reveal = Reveal::of("agent-1", Category::CONTACT);
    let allowed = ActDecision::Allow { level: Some(Level::OnClick) };
    assert_eq!(reveal.ask(&shipped()), allowed);
}

#[test]
fn each_thing_in_the_way_has_its_name() {
    let policy = shipped();
    let way = |change: &dyn Fn(&mut Reveal)| {
        let mut reveal = Reveal::of("agent-2", Category::PAYMENT);
        change(&mut reveal);
        let denial = reveal.denied(&policy);
        assert_eq!(denial.needs, [denial.reason]);
        denial.reason
    };
    assert_eq!(way(&|r| r.now.reason_present = false), DenyReason::NeedReason);
    assert_eq!(way(&|r| r.now.budget_left = false), DenyReason::BudgetSpent);
    assert_eq!(way(&|r| r.now.network_allowed = false), DenyReason::Network);
    assert_eq!(way(&|r| r.now.training_overdue = true), DenyReason::TrainingOverdue);
    assert_eq!(way(&|r| r.mine = false), DenyReason::NotYourTicket);
    assert_eq!(way(&|r| r.vector.open = false), DenyReason::TicketClosed);
}

#[test]
fn all_that_is_in_the_way_is_told_at_once_and_nothing_that_is_not() {
    let mut reveal = Reveal::of("agent-1", Category::CONTACT);
    reveal.mine = false;
    reveal.now = Circumstances::default();
    let denial = reveal.denied(&shipped());
    assert_eq!(denial.reason, DenyReason::Network);
    // No reason, no second factor, no course: a click on a phone number needs none of them.
    let needs = [DenyReason::Network, DenyReason::NotYourTicket, DenyReason::BudgetSpent];
    assert_eq!(denial.needs, needs);
}

#[test]
fn overdue_training_takes_what_needs_a_reason_and_leaves_the_click() {
    let policy = shipped();
    let mut reveal = Reveal::of("agent-2", Category::CONTACT);
    reveal.now.training_overdue = true;
    assert!(reveal.ask(&policy).is_allowed());
    reveal.category = Category::HEALTH;
    assert_eq!(reveal.denied(&policy).reason, DenyReason::TrainingOverdue);
}

#[test]
fn leads_reveal_on_open_tickets_of_others_and_privacy_officers_on_any() {
    let policy = shipped();
    let mut reveal = Reveal::of("team-lead", Category::CONTACT);
    reveal.mine = false;
    assert!(reveal.ask(&policy).is_allowed());
    reveal.vector.open = false;
    assert_eq!(reveal.denied(&policy).reason, DenyReason::TicketClosed);
    reveal.role = "privacy-officer";
    assert!(reveal.ask(&policy).is_allowed());
    reveal.now.reason_present = false;
    assert_eq!(reveal.denied(&policy).reason, DenyReason::NeedReason);
}

#[test]
fn what_is_hidden_no_circumstance_opens() {
    let denial = Reveal::of("agent-1", Category::PAYMENT).denied(&shipped());
    assert_eq!(
        denial,
        Denial { reason: DenyReason::Hidden, needs: Vec::new(), policies: Vec::new() }
    );
}

#[test]
fn what_is_shown_has_nothing_to_open() {
    let mut reveal = Reveal::of("migration", Category::PAYMENT);
    reveal.now = Circumstances::default();
    assert_eq!(reveal.ask(&shipped()), ActDecision::Allow { level: Some(Level::Shown) });
}

#[test]
fn who_meets_a_category_on_a_click_but_may_not_reveal_is_told_so() {
    let policy = Policy::compile(
        1,
        &matrix(
            "[roles.reader]\nlist = [{}]\n\
             levels = [{ category = \"contact\", level = \"on_click\" }]",
        ),
        &NONE,
    )
    .unwrap();
    let denial = Reveal::of("reader", Category::CONTACT).denied(&policy);
    assert_eq!(denial.reason, DenyReason::NotGranted);
}

#[test]
fn a_record_that_is_not_listed_is_just_not_there() {
    let policy = Policy::compile(
        1,
        &matrix(
            "[roles.desk]\nactions = [\"reveal\", \"reply\"]\nlist = [{ mine = true }]\n\
             levels = [{ category = \"contact\", level = \"on_click\" }]",
        ),
        &NONE,
    )
    .unwrap();
    let mut reveal = Reveal::of("desk", Category::CONTACT);
    assert!(reveal.ask(&policy).is_allowed());
    reveal.mine = false;
    let denial = reveal.denied(&policy);
    assert_eq!(denial.reason, DenyReason::NotListed);
    assert_eq!(denial.needs, [], "not even that it would be there if it were theirs");

    let reply = policy.act(&ActRequest {
        roles: &roles(&["desk"]),
        action: Action::Reply,
        target: Target::Record { vector: &ticket(), mine: false },
        now: Circumstances::favourable(),
    });
    assert!(matches!(reply, ActDecision::Deny(d) if d.reason == DenyReason::NotListed));
}

#[test]
fn two_narrow_roles_do_not_make_a_wide_one() {
    // One answers for brand 1, the other reads brand 2.
    let policy = Policy::compile(
        1,
        &matrix(
            "[roles.one]\nactions = [\"reply\"]\nlist = [{ brand = [1] }]\n\
             levels = [{ category = \"contact\", level = \"shown\" }]\n\
             [roles.two]\nlist = [{ brand = [2] }]\n\
             levels = [{ category = \"content\", level = \"shown\" }]",
        ),
        &NONE,
    )
    .unwrap();
    let both = roles(&["one", "two"]);
    let second = AttributeVector { brand: Some(2), ..ticket() };
    let outcome = policy.evaluate(&both, &second, true);
    assert_eq!(outcome.level(Category::CONTENT), Level::Shown);
    assert_eq!(outcome.level(Category::CONTACT), Level::Hidden);
    let reply = |vector| {
        let target = Target::Record { vector, mine: true };
        let now = Circumstances::favourable();
        policy.act(&ActRequest { roles: &both, action: Action::Reply, target, now })
    };
    assert!(!reply(&second).is_allowed());
    assert!(reply(&AttributeVector { brand: Some(1), ..ticket() }).is_allowed());
}

#[test]
fn a_lookup_needs_a_click_or_better_and_never_goes_by_payment_health_or_credentials() {
    let open = with_file("permit (principal, action, resource);");
    let ask = |policy: &Policy, role, category, found| {
        let vector = AttributeVector::new(Noun::Customer, "general");
        let target = if found {
            Target::Part { vector: &vector, mine: false, category }
        } else {
            Target::Unfound { category }
        };
        let now = Circumstances::favourable();
        policy.act(&ActRequest { roles: &roles(&[role]), action: Action::Lookup, target, now })
    };
    for found in [true, false] {
        assert!(ask(&shipped(), "agent-1", Category::CONTACT, found).is_allowed());
        assert!(!ask(&shipped(), "auditor", Category::CONTACT, found).is_allowed());
        for never in Category::NEVER_LOOKED_UP.iter() {
            for policy in [&shipped(), &open] {
                let ActDecision::Deny(denial) = ask(policy, "migration", never, found) else {
                    panic!("{never:?} looked up");
                };
                assert_eq!(denial.reason, DenyReason::Hidden);
            }
        }
    }
    // A hit in a category that opens only with a reason is told as a miss.
    let ActDecision::Deny(denial) = ask(&shipped(), "agent-1", Category::ONLINE, true) else {
        panic!("looked up by an address on the net");
    };
    assert_eq!(denial.reason, DenyReason::Hidden);
}

#[test]
fn an_action_is_asked_of_what_it_is_done_to() {
    let policy = shipped();
    let agent = roles(&["agent-1"]);
    let customer = AttributeVector::new(Noun::Customer, "general");
    let ask = |action, target| {
        let now = Circumstances::favourable();
        policy.act(&ActRequest { roles: &agent, action, target, now }).is_allowed()
    };
    let vector = &ticket();
    assert!(ask(Action::ViewTicket, Target::Record { vector, mine: false }));
    assert!(!ask(Action::ViewTicket, Target::Record { vector: &customer, mine: false }));
    assert!(ask(Action::ViewCustomer, Target::Record { vector: &customer, mine: false }));
    assert!(!ask(Action::ViewCustomer, Target::Record { vector, mine: false }));
    assert!(ask(Action::Search, Target::Desk));
    assert!(!ask(Action::Search, Target::Record { vector, mine: false }));
    assert!(!ask(Action::Reply, Target::Desk));
    assert!(!ask(Action::Reveal, Target::Desk));
    assert!(!ask(Action::Reveal, Target::Unfound { category: Category::CONTACT }));
}

#[test]
fn an_unseen_value_may_be_redacted() {
    let agent = roles(&["agent-1"]);
    let vector = &ticket();
    let target = Target::Part { vector, mine: true, category: Category::PAYMENT };
    let now = Circumstances::favourable();
    let request = ActRequest { roles: &agent, action: Action::RedactSlot, target, now };
    assert_eq!(shipped().act(&request), ActDecision::Allow { level: Some(Level::Hidden) });
    let request = ActRequest { action: Action::Unslot, ..request };
    assert!(!shipped().act(&request).is_allowed());
}

#[test]
fn step_up_is_asked_where_the_matrix_asks_it() {
    let mut matrix = Matrix::shipped();
    let rules = matrix.roles.get_mut(&crate::role("privacy-officer")).unwrap();
    rules.step_up.insert(Action::Export);
    rules.reveal.step_up.insert("payment".to_owned());
    let policy = Policy::compile(1, &matrix, &NONE).unwrap();
    let mut reveal = Reveal::of("privacy-officer", Category::PAYMENT);
    reveal.now.step_up_fresh = false;
    assert_eq!(reveal.denied(&policy).needs, [DenyReason::StepUp]);
    reveal.category = Category::HEALTH;
    assert!(reveal.ask(&policy).is_allowed());
    let officer = roles(&["privacy-officer"]);
    assert!(policy.may(&officer, Action::Export), "a button, not an act");
    let request = ActRequest {
        roles: &officer,
        action: Action::Export,
        target: Target::Desk,
        now: Circumstances { step_up_fresh: false, ..Circumstances::favourable() },
    };
    assert!(matches!(policy.act(&request), ActDecision::Deny(d) if d.reason == DenyReason::StepUp));
}

#[test]
fn a_hand_written_forbid_is_named_and_its_condition_explained() {
    let policy = with_file(
        "@id(\"no-cards-at-night\")\n\
         forbid (principal in Role::\"agent-2\", action == Action::\"reveal\", \
         resource in Category::\"payment\") unless { context.step_up_fresh };\n\
         @id(\"frozen\")\n\
         forbid (principal, action == Action::\"reply\", resource is Record);",
    );
    let mut reveal = Reveal::of("agent-2", Category::PAYMENT);
    assert!(reveal.ask(&policy).is_allowed());
    reveal.now.step_up_fresh = false;
    assert_eq!(reveal.denied(&policy).reason, DenyReason::StepUp);
    let decision = policy.act(&ActRequest {
        roles: &roles(&["agent-2"]),
        action: Action::Reply,
        target: Target::Record { vector: &ticket(), mine: true },
        now: Circumstances::favourable(),
    });
    assert_eq!(
        decision,
        ActDecision::Deny(Denial {
            reason: DenyReason::Forbidden,
            needs: Vec::new(),
            policies: vec!["own.cedar#frozen".to_owned()]
        })
    );
}

#[test]
fn a_policy_that_fails_is_named() {
    let policy = with_file(
        "@id(\"sum\") forbid (principal, action == Action::\"reveal\", resource is Part) \
         when { resource has group && resource.group + 9223372036854775807 > 0 };",
    );
    let mut reveal = Reveal::of("agent-1", Category::CONTACT);
    reveal.vector.group = Some(1);
    let denial = reveal.denied(&policy);
    assert_eq!(denial.reason, DenyReason::PolicyFailed);
    assert_eq!(denial.policies, ["own.cedar#sum"]);
}

#[test]
fn what_a_caller_forgets_denies() {
    let policy = shipped();
    let all = policy.matrix().roles.keys().cloned().collect();
    for action in Action::ALL {
        let vector = &ticket();
        for target in [Target::Desk, Target::Record { vector, mine: true }] {
            let now = Circumstances::default();
            let decision = policy.act(&ActRequest { roles: &all, action: *action, target, now });
            assert!(!decision.is_allowed(), "{action}");
        }
    }
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn what_a_refusal_asks_for_is_enough_and_each_of_it_is_needed(
        matrix in some_matrix(),
        acts in prop::collection::vec(
            (some_roles(), some_vector(), any::<bool>(), some_circumstances()), 8),
    ) {
        let policy = Policy::compile(1, &matrix, &NONE).unwrap();
        for (roles, vector, mine, now) in acts {
            let ask = |needs: &[DenyReason]| {
                let (mut vector, mut mine, mut now) = (vector.clone(), mine, now);
                for need in needs {
                    match need {
                        DenyReason::Network => now.network_allowed = true,
                        DenyReason::TrainingOverdue => now.training_overdue = false,
                        DenyReason::NotYourTicket => mine = true,
                        DenyReason::TicketClosed => vector.open = true,
                        DenyReason::BudgetSpent => now.budget_left = true,
                        DenyReason::StepUp => now.step_up_fresh = true,
                        DenyReason::NeedReason => now.reason_present = true,
                        other => panic!("{other} is nothing to ask for"),
                    }
                }
                let category = Category::CONTACT;
                let target = Target::Part { vector: &vector, mine, category };
                let action = Action::Reveal;
                policy.act(&ActRequest { roles: &roles, action, target, now })
            };
            if let ActDecision::Deny(denial) = ask(&[]) {
                if denial.needs.is_empty() {
                    continue;
                }
                prop_assert_eq!(denial.needs[0], denial.reason);
                prop_assert!(ask(&denial.needs).is_allowed());
                for left_out in 0..denial.needs.len() {
                    let mut fewer = denial.needs.clone();
                    fewer.remove(left_out);
                    prop_assert!(!ask(&fewer).is_allowed());
                }
            }
        }
    }
}
