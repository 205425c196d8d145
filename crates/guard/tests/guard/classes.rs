//! The table of classes: its bounds, and many who use it at once.

use crate::{NONE, matrix, roles, shipped, ticket};
use guard::{AttributeVector, Category, ClassId, Classes, Level, Outcome, Policy};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A policy under which each brand up to `brands` has an outcome of its own: the bits of its
/// number say which categories are shown.
fn one_class_a_brand(brands: i64) -> Policy {
    let line = |bit: usize, name: &str| {
        let ids: Vec<String> =
            (1..=brands).filter(|id| id >> bit & 1 == 1).map(|id| id.to_string()).collect();
        let brand = ids.join(", ");
        format!("{{ category = \"{name}\", level = \"shown\", where = {{ brand = [{brand}] }} }}")
    };
    let names: Vec<&str> = Category::built_ins().filter_map(Category::built_in_name).collect();
    let lines: Vec<String> = names.iter().take(7).enumerate().map(|(b, n)| line(b, n)).collect();
    let text = format!("[roles.desk]\nlist = [{{}}]\nlevels = [{}]", lines.join(",\n"));
    Policy::compile(7, &matrix(&text), &NONE).unwrap()
}

fn branded(id: i64) -> AttributeVector {
    AttributeVector { brand: Some(id), ..ticket() }
}

#[test]
fn the_first_class_is_nothing() {
    let classes = Classes::new(Arc::new(shipped()), roles(&["auditor"]));
    assert_eq!(classes.classify(1, &ticket(), true), ClassId::NOTHING);
    assert_eq!(classes.count(), 1);
    assert_eq!(classes.outcome(ClassId::NOTHING), Outcome::NOTHING);
    assert_eq!(classes.version(), 1);
}

#[test]
fn a_class_of_another_table_is_nothing_here() {
    let policy = Arc::new(shipped());
    let full = Classes::new(Arc::clone(&policy), roles(&["agent-1"]));
    let class = full.classify(1, &ticket(), false);
    assert!(full.lists(class));
    let empty = Classes::new(policy, roles(&["agent-1"]));
    assert!(!empty.lists(class));
}

#[test]
fn the_65th_outcome_is_hidden_and_counted() {
    let classes = Classes::new(Arc::new(one_class_a_brand(70)), roles(&["desk"]));
    for id in 1..=63 {
        let class = classes.classify(id, &branded(id), false);
        assert_eq!(i64::from(class.get()), id);
        assert!(classes.lists(class));
    }
    assert_eq!((classes.count(), classes.refused()), (64, 0));
    let over = classes.classify(64, &branded(64), false);
    assert_eq!(over, ClassId::NOTHING);
    assert_eq!(classes.open_categories(over).len(), 0);
    assert_eq!((classes.count(), classes.refused()), (64, 1));
    // What has a class keeps it.
    let kept = classes.classify(3, &branded(3), false);
    assert_eq!(classes.outcome(kept).level(Category::CONTENT), Level::Shown);
}

#[test]
fn many_who_fill_it_at_once_agree() {
    let policy = Arc::new(one_class_a_brand(40));
    let classes = Classes::new(Arc::clone(&policy), roles(&["desk"]));
    std::thread::scope(|scope| {
        for start in 0..4 {
            let classes = &classes;
            scope.spawn(move || {
                for step in 0..40 {
                    let id = (start * 10 + step) % 40 + 1;
                    let class = classes.classify(id, &branded(id), false);
                    let expected = classes.policy().evaluate(classes.roles(), &branded(id), false);
                    assert_eq!(classes.outcome(class), expected);
                }
            });
        }
    });
    let distinct: BTreeSet<ClassId> =
        (1..=40).map(|id| classes.known(id, false).unwrap()).collect();
    assert_eq!((distinct.len(), classes.count()), (40, 41));
}

#[test]
fn mine_and_others_are_told_apart() {
    let text = "[roles.desk]\nlist = [{}]\nlevels = [{ category = \"content\", \
                level = \"shown\", where = { mine = true } }]";
    let policy = Policy::compile(1, &matrix(text), &NONE).unwrap();
    let classes = Classes::new(Arc::new(policy), roles(&["desk"]));
    let (mine, others) =
        (classes.classify(1, &ticket(), true), classes.classify(1, &ticket(), false));
    assert!(classes.open_categories(mine).contains(Category::CONTENT));
    assert!(!classes.open_categories(others).contains(Category::CONTENT));
    assert!(classes.lists(others));
}
