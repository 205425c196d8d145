//! The invariants: closed by default (I3), one answer for all who ask (I4), roles add up.

use crate::naive::{
    cases, read, reveals, some_circumstances, some_matrix, some_roles, some_vector,
};
use crate::{NONE, roles, shipped, ticket, with_file};
use guard::{
    ActRequest, Action, Category, CategorySet, Circumstances, Classes, Level, MaskForm, Outcome,
    Policy, RoleSet, Target,
};
use proptest::prelude::*;
use std::sync::Arc;

/// A policy that passes every check and fails whenever it is evaluated on a record with a brand.
const OVERFLOWS: &str = "resource has brand && resource.brand + 9223372036854775807 > 0";

fn overflowing(effect: &str, scope: &str) -> Policy {
    with_file(&format!("{effect} (principal, {scope}) when {{ {OVERFLOWS} }};"))
}

#[test]
fn an_unknown_role_and_no_role_get_nothing_even_of_what_everybody_gets() {
    let open_to_all = with_file("permit (principal, action, resource);");
    for policy in [&shipped(), &open_to_all] {
        for nobody in [RoleSet::default(), roles(&["stranger"])] {
            assert_eq!(policy.evaluate(&nobody, &ticket(), true), Outcome::NOTHING);
            assert!(Action::ALL.iter().all(|action| !policy.may(&nobody, *action)));
        }
    }
    assert!(open_to_all.may(&roles(&["auditor"]), Action::ManageKeys), "the policy does permit");
}

#[test]
fn a_category_that_nobody_named_is_hidden_even_from_who_may_see_everything() {
    let policy = with_file("permit (principal in Role::\"migration\", action, resource);");
    let outcome = policy.evaluate(&roles(&["migration"]), &ticket(), true);
    for category in Category::all() {
        let named = category.id() < Category::FIRST_CUSTOM;
        let expected = if named { Level::Shown } else { Level::Hidden };
        assert_eq!(outcome.level(category), expected, "{category:?}");
    }
}

#[test]
fn a_condition_on_a_missing_attribute_is_not_met() {
    let policy = with_file(
        "permit (principal in Role::\"agent-1\", action == Action::\"see\", \
         resource in Category::\"payment\") when { resource has brand && resource.brand == 3 };",
    );
    let level = |brand| {
        let vector = guard::AttributeVector { brand, ..ticket() };
        policy.evaluate(&roles(&["agent-1"]), &vector, false).level(Category::PAYMENT)
    };
    assert_eq!(level(Some(3)), Level::Shown);
    assert_eq!(level(Some(4)), Level::Hidden);
    assert_eq!(level(None), Level::Hidden);
}

#[test]
fn a_policy_that_fails_closes_what_it_was_asked_about_and_nothing_else() {
    let branded = guard::AttributeVector { brand: Some(3), ..ticket() };
    let agent = roles(&["agent-1"]);
    for effect in ["permit", "forbid"] {
        let policy =
            overflowing(effect, "action == Action::\"see\", resource in Category::\"content\"");
        let outcome = policy.evaluate(&agent, &branded, true);
        assert_eq!(outcome.level(Category::CONTENT), Level::Hidden, "{effect}");
        assert_eq!(outcome.level(Category::CONTACT), Level::OnClick, "{effect}");
        let without = policy.evaluate(&agent, &ticket(), true);
        assert_eq!(without, shipped().evaluate(&agent, &ticket(), true), "it fails only on brands");

        let policy = overflowing(effect, "action == Action::\"list\", resource");
        assert_eq!(policy.evaluate(&agent, &branded, true), Outcome::NOTHING, "{effect}");

        let policy = overflowing(effect, "action == Action::\"reply\", resource is Record");
        let decision = policy.act(&ActRequest {
            roles: &agent,
            action: Action::Reply,
            target: Target::Record { vector: &branded, mine: true },
            now: Circumstances::favourable(),
        });
        assert!(!decision.is_allowed(), "{effect}");
    }
}

#[test]
fn what_a_failing_policy_closes_is_not_opened_by_a_weaker_question() {
    // `see` fails, `click` alone would permit: still hidden.
    let policy = with_file(&format!(
        "forbid (principal, action == Action::\"see\", resource in Category::\"contact\") \
         when {{ {OVERFLOWS} }};"
    ));
    let branded = guard::AttributeVector { brand: Some(3), ..ticket() };
    let outcome = policy.evaluate(&roles(&["agent-1"]), &branded, true);
    assert_eq!(outcome.level(Category::CONTACT), Level::Hidden);
}

#[test]
fn forbid_wins_over_every_permit() {
    let policy = with_file(
        "forbid (principal, action in [Action::\"see\", Action::\"click\", Action::\"reason\"], \
         resource in Category::\"health\");\n\
         permit (principal, action == Action::\"see\", resource in Category::\"health\");",
    );
    let all = Policy::matrix(&policy).roles.keys().cloned().collect::<RoleSet>();
    let outcome = policy.evaluate(&all, &ticket(), true);
    assert_eq!(outcome.level(Category::HEALTH), Level::Hidden);
    assert_eq!(outcome.level(Category::PAYMENT), Level::Shown);
}

#[test]
fn every_way_to_write_a_scope_is_heard() {
    // Questions are asked of the policies whose scope may match: none may be overlooked.
    let agent = roles(&["agent-1"]);
    let contact =
        |policy: &Policy| policy.evaluate(&agent, &ticket(), true).level(Category::CONTACT);
    let desk = crate::matrix(
        "[roles.agent-1]\nlist = [{}]\nlevels = [{ category = \"contact\", level = \"on_click\" }]",
    );
    let small = |text: &str| Policy::compile(1, &desk, &[("own.cedar", text)]).unwrap();
    assert_eq!(contact(&small("")), Level::OnClick);
    for principal in [
        "principal",
        "principal is Principal",
        "principal in Role::\"agent-1\"",
        "principal is Principal in Role::\"agent-1\"",
    ] {
        for action in ["action", "action == Action::\"click\"", "action in [Action::\"click\"]"] {
            for resource in [
                "resource",
                "resource is Part",
                "resource in Category::\"contact\"",
                "resource is Part in Category::\"contact\"",
                "resource in Noun::\"ticket\"",
                "resource is Part in Noun::\"ticket\"",
            ] {
                let scope = format!("({principal}, {action}, {resource})");
                let policy = small(&format!("forbid {scope};"));
                assert_eq!(contact(&policy), Level::Hidden, "{scope}");
            }
        }
    }
    for elsewhere in [
        "(principal in Role::\"agent-2\", action, resource)",
        "(principal, action == Action::\"reason\", resource)",
        "(principal, action == Action::\"click\", resource in Category::\"online\")",
        "(principal, action in Action::\"acts\", resource)",
        "(principal, action, resource is Desk)",
        "(principal, action, resource in Noun::\"customer\")",
    ] {
        let policy = with_file(&format!("forbid {elsewhere};"));
        assert_eq!(contact(&policy), Level::OnClick, "{elsewhere}");
    }
    for all_acts in ["action in Action::\"acts\"", "action in [Action::\"acts\"]", "action"] {
        let policy = with_file(&format!("forbid (principal, {all_acts}, resource);"));
        assert!(Action::ALL.iter().all(|action| !policy.may(&agent, *action)), "{all_acts}");
    }
}

#[test]
fn a_role_that_opens_sooner_takes_no_mask_away() {
    let matrix = crate::matrix(
        "[roles.tells]\nlist = [{}]\n\
         levels = [{ category = \"contact\", level = \"with_reason\", mask = \"partial\" }]\n\
         [roles.opens]\nlist = [{}]\n\
         levels = [{ category = \"contact\", level = \"on_click\" }]",
    );
    let policy = Policy::compile(1, &matrix, &NONE).unwrap();
    let met = |names: &[&str]| {
        let outcome = policy.evaluate(&roles(names), &ticket(), true);
        (outcome.level(Category::CONTACT), outcome.form(Category::CONTACT))
    };
    assert_eq!(met(&["tells"]), (Level::WithReason, MaskForm::Partial));
    assert_eq!(met(&["opens"]), (Level::OnClick, MaskForm::Label));
    assert_eq!(met(&["opens", "tells"]), (Level::OnClick, MaskForm::Partial));
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn the_engine_reads_a_matrix_as_it_stands(
        matrix in some_matrix(),
        records in prop::collection::vec((some_roles(), some_vector(), any::<bool>()), 6),
    ) {
        let policy = Policy::compile(1, &matrix, &NONE).unwrap();
        for (roles, vector, mine) in records {
            let outcome = policy.evaluate(&roles, &vector, mine);
            for category in Category::all() {
                let (list, level, form) = read(&matrix, &roles, &vector, mine, category);
                prop_assert_eq!(outcome.list(), list);
                prop_assert_eq!(outcome.level(category), level, "{:?}", category);
                prop_assert_eq!(outcome.form(category), form, "{:?}", category);
            }
        }
    }

    #[test]
    fn reveals_go_on_exactly_when_some_line_lets_them(
        matrix in some_matrix(),
        acts in prop::collection::vec(
            (some_roles(), some_vector(), any::<bool>(), some_circumstances(), 0u8..32), 12),
    ) {
        let policy = Policy::compile(1, &matrix, &NONE).unwrap();
        for (roles, vector, mine, now, category) in acts {
            let category = Category::new(category % 4 * 3 % 11).unwrap();
            let target = Target::Part { vector: &vector, mine, category };
            let request = ActRequest { roles: &roles, action: Action::Reveal, target, now };
            let expected = reveals(&matrix, &roles, (&vector, mine), category, &now);
            prop_assert_eq!(policy.act(&request).is_allowed(), expected);
        }
    }

    #[test]
    fn a_role_more_never_closes_anything(
        matrix in some_matrix(), some in some_roles(), more in some_roles(),
        vector in some_vector(), mine in any::<bool>(),
    ) {
        let policy = Policy::compile(1, &matrix, &NONE).unwrap();
        let both: RoleSet = some.iter().chain(more.iter()).cloned().collect();
        let (one, two) =
            (policy.evaluate(&some, &vector, mine), policy.evaluate(&both, &vector, mine));
        prop_assert!(!one.list() || two.list());
        for category in Category::all() {
            prop_assert!(two.level(category) <= one.level(category));
            if two.level(category) > Level::Shown {
                prop_assert!(two.form(category) >= one.form(category));
            }
        }
        for action in Action::ALL {
            prop_assert!(!policy.may(&some, *action) || policy.may(&both, *action));
        }
    }

    #[test]
    fn lists_views_counts_and_searches_read_one_outcome(
        matrix in some_matrix(),
        roles in some_roles(),
        records in prop::collection::vec((some_vector(), any::<bool>()), 1..12),
    ) {
        let policy = Arc::new(Policy::compile(1, &matrix, &NONE).unwrap());
        let classes = Classes::new(Arc::clone(&policy), roles.clone());
        for (at, (vector, mine)) in records.iter().enumerate() {
            let class = classes.classify(at as i64, vector, *mine);
            let outcome = policy.evaluate(&roles, vector, *mine);
            prop_assert_eq!(classes.outcome(class), outcome);
            prop_assert_eq!(classes.lists(class), outcome.list());
            let open: CategorySet =
                Category::all().filter(|c| outcome.level(*c) == Level::Shown).collect();
            prop_assert_eq!(classes.open_categories(class), open);
            for level in Level::ALL {
                prop_assert_eq!(classes.categories_at(class, level), outcome.at(level));
            }
            // Asked again, and by another who shares the table: the same.
            prop_assert_eq!(classes.classify(at as i64, vector, *mine), class);
            prop_assert_eq!(classes.known(at as i64, *mine), Some(class));
        }
        // Equal outcomes are one class, different ones are two.
        for (a, (one, mine)) in records.iter().enumerate() {
            for (b, (two, its)) in records.iter().enumerate() {
                let same = policy.evaluate(&roles, one, *mine) == policy.evaluate(&roles, two, *its);
                let (a, b) = (classes.known(a as i64, *mine), classes.known(b as i64, *its));
                prop_assert_eq!(same, a == b);
            }
        }
    }

    #[test]
    fn what_a_record_that_is_not_listed_holds_is_hidden(
        matrix in some_matrix(), roles in some_roles(),
        vector in some_vector(), mine in any::<bool>(),
    ) {
        let policy = Policy::compile(1, &matrix, &NONE).unwrap();
        let outcome = policy.evaluate(&roles, &vector, mine);
        if !outcome.list() {
            prop_assert_eq!(outcome, Outcome::NOTHING);
        }
        for category in Category::all() {
            let masked = matches!(outcome.level(category), Level::OnClick | Level::WithReason);
            prop_assert!(masked || outcome.form(category) == MaskForm::Label);
        }
    }
}
