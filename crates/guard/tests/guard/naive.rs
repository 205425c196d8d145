//! A second reading of the matrix, without Cedar: slow, plain, and compared with the engine on
//! random matrices and records. Here too: how random matrices and records are made.

use guard::{
    Action, AttributeVector, Category, Level, Line, MaskForm, Matrix, Noun, RevealRule, Role,
    RoleRules, RoleSet, Where,
};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// What the matrix says of one category, read directly.
pub(crate) fn read(
    matrix: &Matrix,
    roles: &RoleSet,
    vector: &AttributeVector,
    mine: bool,
    category: Category,
) -> (bool, Level, MaskForm) {
    let mine_of = |role: &Role| matrix.roles.get(role);
    let listing: Vec<&RoleRules> = roles
        .iter()
        .filter_map(mine_of)
        .filter(|rules| rules.list.iter().any(|when| meets(when, vector, mine)))
        .collect();
    let lines: Vec<&Line> = listing
        .iter()
        .flat_map(|rules| &rules.levels)
        .filter(|line| matrix.category(&line.category) == Some(category))
        .filter(|line| meets(&line.when, vector, mine))
        .collect();
    let level = lines.iter().map(|line| line.level).min().unwrap_or(Level::Hidden);
    let masked = matches!(level, Level::OnClick | Level::WithReason);
    let masks = lines
        .iter()
        .filter(|line| matches!(line.level, Level::OnClick | Level::WithReason))
        .map(|line| line.mask);
    let form = if masked { masks.max().unwrap() } else { MaskForm::Label };
    (!listing.is_empty(), level, form)
}

/// Whether a reveal may go on, read directly: some line of some role lets it.
pub(crate) fn reveals(
    matrix: &Matrix,
    roles: &RoleSet,
    (vector, mine): (&AttributeVector, bool),
    category: Category,
    now: &guard::Circumstances,
) -> bool {
    let (listed, level, _) = read(matrix, roles, vector, mine, category);
    if !listed || level == Level::Hidden {
        return false;
    }
    if level == Level::Shown {
        return true;
    }
    let lets = |rules: &RoleRules, line: &Line| {
        let rule = &rules.reveal;
        matrix.category(&line.category) == Some(category)
            && matches!(line.level, Level::OnClick | Level::WithReason)
            && rules.list.iter().any(|when| meets(when, vector, mine))
            && meets(&line.when, vector, mine)
            && rules.actions.contains(&Action::Reveal)
            && (!rule.mine || mine)
            && (!rule.open || vector.open)
            && (line.level == Level::OnClick || now.reason_present)
            && (!rule.step_up.contains(&line.category) || now.step_up_fresh)
            && (!rules.step_up.contains(&Action::Reveal) || now.step_up_fresh)
            && (!rule.trained.contains(&line.category) || !now.training_overdue)
    };
    now.budget_left
        && now.network_allowed
        && roles
            .iter()
            .filter_map(|role| matrix.roles.get(role))
            .any(|rules| rules.levels.iter().any(|line| lets(rules, line)))
}

fn meets(when: &Where, vector: &AttributeVector, mine: bool) -> bool {
    when.noun.is_none_or(|noun| noun == vector.noun)
        && (when.domain.is_empty() || when.domain.contains(&vector.domain))
        && (when.brand.is_empty() || vector.brand.is_some_and(|id| when.brand.contains(&id)))
        && (when.group.is_empty() || vector.group.is_some_and(|id| when.group.contains(&id)))
        && (when.tag.is_empty() || !when.tag.is_disjoint(&vector.tags))
        && when.open.is_none_or(|open| open == vector.open)
        && when.mine.is_none_or(|wanted| wanted == mine)
}

// Few names, so that conditions and records meet often.
const DOMAINS: [&str; 3] = ["general", "he\"al\\th", "brand 3"];
const TAGS: [&str; 2] = ["vip", "a\"b"];
const ROLES: [&str; 4] = ["a", "b", "c", "d"];
const CATEGORIES: [&str; 5] = ["content", "contact", "payment", "unknown", "own"];
const IDS: [i64; 4] = [i64::MIN, 1, 2, (1 << 53) - 1];

fn some<T: Clone + std::fmt::Debug + Ord + 'static>(
    of: &'static [T],
) -> impl Strategy<Value = BTreeSet<T>> {
    prop_oneof![
        3 => Just(BTreeSet::new()),
        1 => prop::collection::btree_set(prop::sample::select(of), 1..=2),
    ]
}

fn names(of: &'static [&'static str]) -> impl Strategy<Value = BTreeSet<String>> {
    some(of).prop_map(|set| set.into_iter().map(ToOwned::to_owned).collect())
}

fn yes_no() -> impl Strategy<Value = Option<bool>> {
    prop_oneof![3 => Just(None), 1 => any::<bool>().prop_map(Some)]
}

fn some_where() -> impl Strategy<Value = Where> {
    let noun = prop_oneof![3 => Just(None), 1 => some_noun().prop_map(Some)];
    (noun, names(&DOMAINS), some(&IDS), some(&IDS), names(&TAGS), yes_no(), yes_no()).prop_map(
        |(noun, domain, brand, group, tag, open, mine)| Where {
            noun,
            domain,
            brand,
            group,
            tag,
            open,
            mine,
        },
    )
}

fn some_noun() -> impl Strategy<Value = Noun> {
    prop::sample::select(&Noun::ALL[..])
}

fn some_line() -> impl Strategy<Value = Line> {
    (
        prop::sample::select(&CATEGORIES[..]),
        prop::sample::select(&Level::ALL[..]),
        prop::sample::select(&MaskForm::ALL[..]),
        prop_oneof![Just(Where::any()), some_where()],
    )
        .prop_map(|(category, level, mask, when)| {
            let when = if level == Level::Hidden { Where::any() } else { when };
            Line { category: category.to_owned(), level, mask, when }
        })
}

fn some_rules() -> impl Strategy<Value = RoleRules> {
    let actions = prop::collection::btree_set(
        prop::sample::select(&[Action::Reveal, Action::Reply, Action::Export, Action::Lookup][..]),
        0..4,
    );
    let list = prop::collection::vec(prop_oneof![Just(Where::any()), some_where()], 1..3);
    let levels = prop::collection::vec(some_line(), 0..8);
    let reveal = (any::<bool>(), any::<bool>(), names(&CATEGORIES), names(&CATEGORIES))
        .prop_map(|(mine, open, step_up, trained)| RevealRule { mine, open, step_up, trained });
    (actions, any::<bool>(), list, levels, reveal).prop_map(
        |(actions, step_up, list, mut levels, reveal)| {
            let mut seen = BTreeSet::new();
            levels.retain(|line| seen.insert((line.category.clone(), line.when.clone())));
            let reveals = actions.contains(&Action::Reveal);
            RoleRules {
                title: "made by a test".to_owned(),
                step_up: if step_up { actions.clone() } else { BTreeSet::new() },
                actions,
                list,
                levels,
                reveal: if reveals { reveal } else { RevealRule::default() },
            }
        },
    )
}

/// A sound matrix with conditions of every kind.
pub(crate) fn some_matrix() -> impl Strategy<Value = Matrix> {
    prop::collection::btree_map(prop::sample::select(&ROLES[..]), some_rules(), 1..4).prop_map(
        |roles| Matrix {
            categories: BTreeMap::from([("own".to_owned(), 31)]),
            tags: TAGS.map(ToOwned::to_owned).into(),
            roles: roles.into_iter().map(|(name, rules)| (crate::role(name), rules)).collect(),
        },
    )
}

/// A record that conditions of [`some_matrix`] may meet.
pub(crate) fn some_vector() -> impl Strategy<Value = AttributeVector> {
    (
        some_noun(),
        prop::sample::select(&DOMAINS[..]),
        prop::option::of(prop::sample::select(&IDS[..])),
        prop::option::of(prop::sample::select(&IDS[..])),
        any::<bool>(),
        names(&TAGS),
    )
        .prop_map(|(noun, domain, brand, group, open, tags)| AttributeVector {
            noun,
            domain: domain.to_owned(),
            brand,
            group,
            open,
            tags,
        })
}

/// Up to three roles, one of which no matrix knows.
pub(crate) fn some_roles() -> impl Strategy<Value = RoleSet> {
    let names = prop::sample::select(&["a", "b", "c", "d", "stranger"][..]);
    prop::collection::vec(names, 0..4).prop_map(|names| RoleSet::parse(names).unwrap())
}

pub(crate) fn some_circumstances() -> impl Strategy<Value = guard::Circumstances> {
    any::<[bool; 5]>().prop_map(|[a, b, c, d, e]| guard::Circumstances {
        reason_present: a,
        budget_left: b,
        step_up_fresh: c,
        network_allowed: d,
        training_overdue: e,
    })
}

/// How many random cases: so many, because compiling takes its time, or as many as
/// `PROPTEST_CASES` says.
pub(crate) fn cases(usual: u32) -> ProptestConfig {
    let asked = std::env::var_os("PROPTEST_CASES").is_some();
    let config = ProptestConfig::default();
    ProptestConfig { cases: if asked { config.cases } else { usual }, ..config }
}
