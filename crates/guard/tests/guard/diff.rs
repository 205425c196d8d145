//! What a change opens: never missed (I10).

use crate::naive::{cases, some_circumstances, some_matrix, some_roles, some_vector};
use crate::{NONE, role, shipped, with_file};
use guard::{
    ActRequest, Action, Category, Change, Level, Line, MaskForm, Matrix, Policy, Target, Where,
};
use proptest::prelude::*;

fn changed(change: impl FnOnce(&mut Matrix)) -> guard::MatrixDiff {
    let mut new = Matrix::shipped();
    change(&mut new);
    new.check().unwrap();
    Matrix::shipped().diff(&new)
}

fn cell<'a>(matrix: &'a mut Matrix, name: &str, category: &str) -> &'a mut Line {
    let rules = matrix.roles.get_mut(&role(name)).unwrap();
    rules.levels.iter_mut().find(|line| line.category == category).unwrap()
}

#[test]
fn no_change_is_no_change() {
    let diff = changed(|matrix| {
        for rules in matrix.roles.values_mut() {
            rules.title.clear();
            rules.levels.reverse();
        }
        matrix.tags.insert("vip".to_owned());
    });
    assert_eq!(diff, guard::MatrixDiff::default());
    assert!(!shipped().diff(&shipped()).is_widening());
}

#[test]
fn a_level_that_opens_widens_and_its_return_narrows() {
    let open = |matrix: &mut Matrix| cell(matrix, "agent-1", "contact").level = Level::Shown;
    let diff = changed(open);
    let change = Change::Level {
        role: role("agent-1"),
        category: "contact".to_owned(),
        from: Level::OnClick,
        to: Level::Shown,
        conditional: false,
    };
    assert_eq!((diff.widens, diff.narrows), (vec![change], vec![]));
    let mut wide = Matrix::shipped();
    open(&mut wide);
    let back = wide.diff(&Matrix::shipped());
    assert!(!back.is_widening());
    assert_eq!(back.narrows[0].to_string(), "agent-1 meets contact on_click instead of shown");
}

#[test]
fn masks_conditions_actions_and_reveals_count() {
    let diff = changed(|m| cell(m, "agent-1", "online").mask = MaskForm::Partial);
    assert!(matches!(diff.widens[..], [Change::Mask { .. }]), "{diff:?}");

    let diff = changed(|m| {
        cell(m, "agent-1", "contact").when = Where { mine: Some(true), ..Where::any() };
    });
    assert!(!diff.is_widening());
    assert!(matches!(diff.narrows[..], [Change::Level { conditional: true, .. }]), "{diff:?}");

    let rules = |m: &mut Matrix, change: &dyn Fn(&mut guard::RoleRules)| {
        change(m.roles.get_mut(&role("agent-1")).unwrap());
    };
    let diff = changed(|m| rules(m, &|r| assert!(r.actions.insert(Action::Export))));
    let export = Change::Action { role: role("agent-1"), action: Action::Export };
    assert_eq!((diff.widens, diff.narrows), (vec![export], vec![]));
    let diff = changed(|m| rules(m, &|r| r.reveal.mine = false));
    assert_eq!(diff.widens, [Change::Reveal { role: role("agent-1") }]);
    let diff = changed(|m| rules(m, &|r| assert!(r.step_up.insert(Action::Reply))));
    assert!(!diff.is_widening());
    assert_eq!(diff.narrows.len(), 1);
    let mine = Where { mine: Some(true), ..Where::any() };
    let diff = changed(|m| rules(m, &|r| r.list = vec![mine.clone()]));
    assert_eq!(diff.narrows, [Change::Listing { role: role("agent-1") }]);
    let diff = changed(|m| {
        assert!(m.roles.remove(&role("migration")).is_some());
    });
    assert!(!diff.is_widening() && !diff.narrows.is_empty());
}

#[test]
fn a_line_moved_to_another_brand_opens_and_closes() {
    let branded = |id| {
        let mut matrix = Matrix::shipped();
        let brand = Where { brand: [id].into(), ..Where::any() };
        cell(&mut matrix, "agent-1", "contact").when = brand;
        matrix
    };
    let diff = branded(1).diff(&branded(2));
    assert_eq!((diff.widens.len(), diff.narrows.len()), (1, 1));
}

#[test]
fn hand_written_policies_count_by_what_they_could_do() {
    let permit = "permit (principal in Role::\"auditor\", action == Action::\"search\", resource);";
    let forbid = "forbid (principal, action == Action::\"export\", resource);";
    let conditional = "permit (principal, action == Action::\"see\", resource) \
                       when { resource has brand && resource.brand + 1 > 5 };";
    let against = |new: &Policy, old: &Policy| {
        let diff = new.diff(old);
        (diff.widens.len(), diff.narrows.len())
    };
    let plain = shipped();
    assert_eq!(against(&with_file(permit), &plain), (1, 0));
    assert_eq!(against(&plain, &with_file(permit)), (0, 1));
    assert_eq!(against(&with_file(forbid), &plain), (0, 1));
    assert_eq!(against(&plain, &with_file(forbid)), (1, 0));
    assert_eq!(against(&with_file(conditional), &plain), (1, 1), "it may fail, which closes");
    assert_eq!(against(&plain, &with_file(conditional)), (1, 1));
    let moved = Policy::compile(2, &Matrix::shipped(), &[("other.cedar", forbid)]).unwrap();
    assert_eq!(against(&moved, &with_file(forbid)), (0, 0));
}

/// A small change to a matrix: one role's line taken away, put in, opened or closed, its
/// conditions exchanged, its grants changed. `other` gives what is put in.
fn edited(old: &Matrix, other: &Matrix, (kind, at, to): (u8, usize, usize)) -> Matrix {
    let mut new = old.clone();
    let names: Vec<_> = new.roles.keys().cloned().collect();
    let name = &names[at % names.len()];
    let gifts = other.roles.values().nth(to % other.roles.len()).unwrap();
    let rules = new.roles.get_mut(name).unwrap();
    match (kind, rules.levels.is_empty()) {
        (0, _) => drop(new.roles.remove(name)),
        (1, _) => rules.list = gifts.list.clone(),
        (2, _) => rules.actions = gifts.actions.clone(),
        (3, _) => rules.reveal = gifts.reveal.clone(),
        (4, _) => rules.levels.extend(gifts.levels.iter().take(1).cloned()),
        (_, true) => {}
        (5, _) => drop(rules.levels.remove(to % rules.levels.len())),
        (6, _) => rules.levels[0].level = Level::ALL[to % 4],
        (7, _) => rules.levels[0].mask = MaskForm::ALL[to % 4],
        _ => rules.levels[0].when = gifts.list[0].clone(),
    }
    if let Some(rules) = new.roles.get_mut(name) {
        rules.step_up = rules.step_up.intersection(&rules.actions).copied().collect();
        if !rules.actions.contains(&Action::Reveal) {
            rules.reveal = guard::RevealRule::default();
        }
    }
    new
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn whatever_opens_or_closes_anywhere_is_told(
        old in some_matrix(), other in some_matrix(),
        edit in (0u8..9, any::<usize>(), any::<usize>()),
        records in prop::collection::vec(
            (some_roles(), some_vector(), any::<bool>(), some_circumstances()), 12),
    ) {
        let new = edited(&old, &other, edit);
        prop_assume!(new.check().is_ok());
        let diff = old.diff(&new);
        let (before, after) = (
            Policy::compile(1, &old, &NONE).unwrap(),
            Policy::compile(2, &new, &NONE).unwrap(),
        );
        for (roles, vector, mine, now) in records {
            let (was, is) =
                (before.evaluate(&roles, &vector, mine), after.evaluate(&roles, &vector, mine));
            let told = |opens: bool, closes: bool| {
                (!opens || diff.is_widening()) && (!closes || !diff.narrows.is_empty())
            };
            prop_assert!(told(is.list() && !was.list(), was.list() && !is.list()));
            for category in Category::all() {
                let tells = (was.form(category), is.form(category));
                let (was, is) = (was.level(category), is.level(category));
                if was == is {
                    prop_assert!(told(tells.1 > tells.0, tells.1 < tells.0), "{:?}", category);
                }
                prop_assert!(told(is < was, is > was), "{:?}: {} to {}", category, was, is);
            }
            for action in &[Action::Reveal, Action::Reply, Action::Export, Action::Lookup] {
                let (was, is) = (before.may(&roles, *action), after.may(&roles, *action));
                prop_assert!(told(is && !was, was && !is), "{}", action);
            }
            let reveal = |policy: &Policy| {
                let target = Target::Part { vector: &vector, mine, category: Category::CONTACT };
                let action = Action::Reveal;
                policy.act(&ActRequest { roles: &roles, action, target, now }).is_allowed()
            };
            let (was, is) = (reveal(&before), reveal(&after));
            prop_assert!(told(is && !was, was && !is), "a reveal");
        }
    }
}
