//! Queries from dice: each as the text that a person types, and as what the
//! model understands by it.

use riserbo::service::search::Sort;

use crate::desk::{CARDS, Desk, Dice, FIRST, GROUPS, LAST, NOW, ROLES, TAGS, WORDS, address};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Within {
    Subject,
    Description,
    Comment,
    Name,
    Email,
}

#[derive(Clone, Debug)]
pub(crate) struct Term {
    pub(crate) text: String,
    pub(crate) prefix: bool,
    pub(crate) within: Option<Within>,
}

#[derive(Clone, Debug)]
pub(crate) enum Condition {
    Tickets,
    Customers,
    Status(Vec<i64>),
    StatusBelow(i64),
    PriorityOver(i64),
    Tag(String),
    NoTag(String),
    Group(i64),
    AssignedTo(Option<i64>),
    AskedBy(i64),
    /// Micros, from and to below.
    CreatedIn(i64, i64),
    UpdatedAfter(i64),
    Suspended(bool),
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Query {
    pub(crate) must: Vec<Term>,
    pub(crate) must_not: Vec<Term>,
    pub(crate) conditions: Vec<Condition>,
}

/// A query with what stands around it.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) typed: String,
    pub(crate) query: Query,
    pub(crate) sort: Sort,
    pub(crate) descending: bool,
}

/// Upper case here and there: words are found in any.
fn cased(dice: &mut Dice, text: &str) -> String {
    match dice.below(5) {
        0 => text.to_uppercase(),
        1 => text.to_lowercase(),
        _ => text.to_owned(),
    }
}

fn word(dice: &mut Dice) -> String {
    match dice.below(10) {
        0 => (*dice.pick(&FIRST)).to_owned(),
        1 => (*dice.pick(&LAST)).to_owned(),
        2 => dice.pick(&CARDS).split(' ').next().unwrap().to_owned(),
        3 => ["posta", "example", "39", "347", "1000", "iban", "1012"][dice.below(7)].to_owned(),
        4 => format!("{}", 7_000 + dice.below(12)),
        _ => (*dice.pick(&WORDS)).to_owned(),
    }
}

/// Words that follow one another, mostly as they do in some text of the desk.
fn phrase(dice: &mut Dice, runs: &[Vec<String>]) -> String {
    match dice.below(12) {
        0 => format!("{} {}", dice.pick(&FIRST), dice.pick(&LAST)),
        1 => (*dice.pick(&CARDS)).to_owned(),
        2 => address(dice.below(8), dice.below(8)),
        3 => format!("chiamo {}", dice.pick(&FIRST)),
        4 => format!("{} {}", dice.pick(&WORDS), dice.pick(&WORDS)),
        _ => {
            let run = dice.pick(runs);
            let at = dice.below(run.len() - 1);
            let words = 2 + dice.below(3);
            run[at..(at + words).min(run.len())].join(" ")
        }
    }
}

/// The first letters of a word, three at least.
fn beginning(dice: &mut Dice) -> Option<String> {
    let word = word(dice);
    let letters: Vec<char> = word.chars().collect();
    if letters.len() < 4 {
        return None;
    }
    let start: String = letters[..3 + dice.below(letters.len() - 3)].iter().collect();
    // Folding may make one letter of two or two of one.
    let folded: usize = pii::words(&start).map(|(_, w)| w.chars().count()).sum();
    (folded >= 3).then_some(start)
}

const FIELDS: [(&str, Within); 5] = [
    ("subject", Within::Subject),
    ("description", Within::Description),
    ("comment", Within::Comment),
    ("name", Within::Name),
    ("email", Within::Email),
];

/// A term, and how it is typed.
fn term(dice: &mut Dice, runs: &[Vec<String>]) -> (Term, String) {
    let (text, mut typed, prefix) = match dice.below(8) {
        0 | 1 => {
            let text = phrase(dice, runs);
            let typed = format!("\"{}\"", cased(dice, &text));
            (text, typed, false)
        }
        2 => match beginning(dice) {
            Some(text) => (text.clone(), format!("{text}*"), true),
            None => (String::from("rimb"), String::from("rimb*"), true),
        },
        _ => {
            let text = word(dice);
            let typed = cased(dice, &text);
            (text, typed, false)
        }
    };
    let mut within = None;
    if dice.once_in(8) {
        let (name, field) = *dice.pick(&FIELDS);
        typed = format!("{name}:{typed}");
        within = Some(field);
    }
    (Term { text, prefix, within }, typed)
}

const STATUS: [&str; 6] = ["new", "open", "pending", "hold", "solved", "closed"];
const DAY: i64 = 86_400_000_000;

fn condition(dice: &mut Dice, desk: &Desk, role: &str) -> (Condition, String) {
    match dice.below(12) {
        0 => (Condition::Tickets, "type:ticket".into()),
        1 => (Condition::Customers, "type:user".into()),
        2 => {
            let (a, b) = (dice.below(6), dice.below(6));
            let both = vec![a as i64, b as i64];
            (Condition::Status(both), format!("status:{} status:{}", STATUS[a], STATUS[b]))
        }
        3 => {
            let at = dice.below(6);
            (Condition::StatusBelow(at as i64), format!("status<{}", STATUS[at]))
        }
        4 => (Condition::PriorityOver(1), "priority>low".into()),
        5 => {
            let tag = *dice.pick(&TAGS);
            (Condition::Tag(tag.into()), format!("tags:{tag}"))
        }
        6 => {
            let tag = *dice.pick(&TAGS);
            (Condition::NoTag(tag.into()), format!("-tags:{tag}"))
        }
        7 => {
            let group = *dice.pick(&GROUPS);
            (Condition::Group(group), format!("group:{group}"))
        }
        8 => match dice.below(3) {
            0 => (Condition::AssignedTo(None), "assignee:none".into()),
            1 => {
                let me = desk.staff.iter().find(|(r, _)| *r == role).unwrap().1;
                (Condition::AssignedTo(Some(me)), "assignee:me".into())
            }
            _ => {
                let other = dice.below(ROLES.len());
                let typed = format!("assignee:{}@desk.example", ROLES[other]);
                (Condition::AssignedTo(Some(desk.staff[other].1)), typed)
            }
        },
        9 => {
            let who = *dice.pick(&desk.customers);
            (Condition::AskedBy(who), format!("requester:{who}"))
        }
        10 => {
            let days = dice.below(31) as i64;
            if dice.once_in(2) {
                (Condition::UpdatedAfter(NOW - days * DAY), format!("updated>{days}days"))
            } else {
                let start = (NOW - days * DAY).div_euclid(DAY) * DAY;
                let date = riserbo::clock::iso(start);
                (Condition::CreatedIn(start, start + DAY), format!("created:{}", &date[..10]))
            }
        }
        _ => {
            let yes = dice.once_in(2);
            (Condition::Suspended(yes), format!("is_suspended:{yes}"))
        }
    }
}

/// A query for a role.
pub(crate) fn query(dice: &mut Dice, desk: &Desk, runs: &[Vec<String>], role: &str) -> Asked {
    let mut query = Query::default();
    let mut typed = Vec::new();
    for _ in 0..[0, 1, 1, 1, 1, 1, 2, 2][dice.below(8)] {
        let (term, text) = term(dice, runs);
        query.must.push(term);
        typed.push(text);
    }
    if dice.once_in(5) {
        let (term, text) = term(dice, runs);
        query.must_not.push(term);
        typed.push(format!("-{text}"));
    }
    let some = if typed.is_empty() { 1 } else { 0 };
    for _ in 0..some + usize::from(dice.once_in(4)) {
        let (condition, text) = condition(dice, desk, role);
        // Two of one field with `:` would be alternatives.
        let field = |text: &str| text.split([':', '<', '>']).next().map(str::to_owned);
        if typed.iter().all(|t| field(t) != field(&text)) {
            query.conditions.push(condition);
            typed.push(text);
        }
    }
    let sort =
        [Sort::Newest, Sort::Newest, Sort::Created, Sort::Updated, Sort::Status, Sort::Priority];
    Asked { typed: typed.join(" "), query, sort: sort[dice.below(6)], descending: !dice.once_in(4) }
}
