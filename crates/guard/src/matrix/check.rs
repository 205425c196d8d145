//! Is a matrix sound? Every problem at once, each with its place and what to do.

use super::{Line, Matrix, RoleRules, Where};
use crate::{Action, Category, Level, Role};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Why a matrix is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MatrixError {
    /// The text is no matrix.
    #[error("line {line}, column {column}: {message}")]
    Syntax {
        /// Counted from 1.
        line: usize,
        /// Counted from 1, in characters.
        column: usize,
        /// What is wrong there.
        message: String,
    },
    /// It reads, but says something that can't be meant.
    #[error("{}", Problem::join(.0))]
    Unsound(Vec<Problem>),
    /// It could not be written out.
    #[error("the matrix can't be written: {0}")]
    Write(String),
}

impl MatrixError {
    pub(super) fn from_toml(text: &str, error: &toml::de::Error) -> Self {
        let at = error.span().map_or(0, |span| span.start);
        let (line, column) = crate::policy::line_and_column(text, at);
        Self::Syntax { line, column, message: error.message().to_owned() }
    }

    pub(super) fn from_json(error: &serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        let full = error.to_string();
        // serde_json appends the place, which is already told in front.
        let suffix = format!(" at line {line} column {column}");
        let message = full.strip_suffix(&suffix).unwrap_or(&full).to_owned();
        Self::Syntax { line, column, message }
    }
}

/// One problem of a matrix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where: `roles.agent-1, line 3 (payment)`.
    pub place: String,
    /// What is wrong.
    pub problem: String,
    /// What to do.
    pub help: String,
}

impl Problem {
    fn join(problems: &[Self]) -> String {
        problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.place, self.problem, self.help)
    }
}

/// The problems found so far.
#[derive(Default)]
struct Found(Vec<Problem>);

impl Found {
    fn add(&mut self, place: impl fmt::Display, problem: impl Into<String>, help: &str) {
        self.0.push(Problem {
            place: place.to_string(),
            problem: problem.into(),
            help: help.to_owned(),
        });
    }

    fn at_most(&mut self, place: impl fmt::Display, what: &str, count: usize, most: usize) {
        if count > most {
            self.add(place, format!("{count} {what}"), &format!("at most {most} are allowed"));
        }
    }
}

impl Matrix {
    /// Checks that it means something: names that exist, ids in range, no line twice, nothing
    /// that looks as if it closed what it doesn't close.
    ///
    /// # Errors
    /// [`MatrixError::Unsound`] with every problem found.
    pub fn check(&self) -> Result<(), MatrixError> {
        let mut found = Found::default();
        self.check_categories(&mut found);
        found.at_most("tags", "listed tags", self.tags.len(), Self::MAX_TAGS);
        for tag in &self.tags {
            check_value(&mut found, &"tags", tag);
        }
        found.at_most("roles", "roles", self.roles.len(), Self::MAX_ROLES);
        for (role, rules) in &self.roles {
            self.check_role(&mut found, role, rules);
        }
        if found.0.is_empty() { Ok(()) } else { Err(MatrixError::Unsound(found.0)) }
    }

    fn check_categories(&self, found: &mut Found) {
        let mut names_of: BTreeMap<u8, &str> = BTreeMap::new();
        for (name, id) in &self.categories {
            let place = format!("categories.{}", printable(name));
            let clean = (1..=32).contains(&name.len())
                && name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_'));
            if !clean {
                found.add(&place, "not a name", "use 1 to 32 signs of a-z, 0-9 and _");
            }
            if Category::built_in(name).is_some() {
                found.add(&place, "this name is built in", "leave it out");
            }
            if *id < Category::FIRST_CUSTOM || Category::new(*id).is_none() {
                found.add(&place, format!("id {id} is not free"), "use an id from 11 to 31");
            }
            if let Some(other) = names_of.insert(*id, name) {
                let problem = format!("id {id} is also {}'s", printable(other));
                found.add(&place, problem, "give each its own");
            }
        }
    }

    fn check_role(&self, found: &mut Found, role: &Role, rules: &RoleRules) {
        let place = format!("roles.{role}");
        if rules.title.chars().any(char::is_control) || rules.title.len() > 200 {
            let help = "use one line of at most 200 bytes";
            found.add(format!("{place}.title"), "not a title", help);
        }
        for action in rules.step_up.difference(&rules.actions) {
            let problem = format!("`{action}` is not among its actions");
            found.add(format!("{place}.step_up"), problem, "add it to actions, or leave it out");
        }
        found.at_most(&place, "lines", rules.levels.len(), Self::MAX_LINES);
        found.at_most(&place, "conditions in list", rules.list.len(), Self::MAX_VALUES);
        for (at, when) in rules.list.iter().enumerate() {
            self.check_where(found, &format!("{place}.list, condition {}", at + 1), when);
        }
        self.check_lines(found, &place, rules);
        self.check_reveal(found, &place, rules);
    }

    fn check_lines(&self, found: &mut Found, place: &str, rules: &RoleRules) {
        let mut seen: BTreeSet<(&str, &Where)> = BTreeSet::new();
        for (at, line) in rules.levels.iter().enumerate() {
            let place = format!("{place}, line {} ({})", at + 1, printable(&line.category));
            self.check_line(found, &place, line);
            if !seen.insert((&line.category, &line.when)) {
                let help = "keep one; an open and a closed one would not cancel out";
                found.add(&place, "the same category and condition stand twice", help);
            }
        }
        let opens = rules.levels.iter().any(|line| line.level.can_open());
        if opens && rules.list.is_empty() {
            let help = "add `list = [{}]` for all records, or take the levels away";
            found.add(place, "it has levels, but no record exists for it", help);
        }
    }

    fn check_line(&self, found: &mut Found, place: &str, line: &Line) {
        if self.category(&line.category).is_none() {
            let help = "use a built-in name, or name it under [categories]";
            found.add(place, "there is no such category", help);
        }
        if line.level == Level::Hidden && !line.when.is_any() {
            let help = "lines only open: write a `forbid` in a Cedar file to close";
            found.add(place, "a condition on a hidden line closes nothing", help);
        }
        self.check_where(found, place, &line.when);
    }

    fn check_reveal(&self, found: &mut Found, place: &str, rules: &RoleRules) {
        let rule = &rules.reveal;
        for (field, names) in [("step_up", &rule.step_up), ("trained", &rule.trained)] {
            for name in names.iter().filter(|name| self.category(name).is_none()) {
                let problem = format!("there is no category `{}`", printable(name));
                let help = "use a built-in name, or name it under [categories]";
                found.add(format!("{place}.reveal.{field}"), problem, help);
            }
        }
        if *rule != super::RevealRule::default() && !rules.actions.contains(&Action::Reveal) {
            let help = "add `reveal` to its actions, or leave the rule out";
            found.add(format!("{place}.reveal"), "it may not reveal", help);
        }
    }

    fn check_where(&self, found: &mut Found, place: &str, when: &Where) {
        for (what, count) in [
            ("domains", when.domain.len()),
            ("brands", when.brand.len()),
            ("groups", when.group.len()),
            ("tags", when.tag.len()),
        ] {
            found.at_most(place, what, count, Self::MAX_VALUES);
        }
        for domain in &when.domain {
            check_value(found, &place, domain);
        }
        for tag in when.tag.difference(&self.tags) {
            let problem = format!("the tag `{}` is not listed", printable(tag));
            found.add(place, problem, "add it to `tags` at the top of the matrix");
        }
    }
}

fn check_value(found: &mut Found, place: &dyn fmt::Display, value: &str) {
    let fits = (1..=64).contains(&value.chars().count());
    if !fits || value.chars().any(char::is_control) {
        let problem = format!("`{}` is not a name", printable(value));
        found.add(place, problem, "use 1 to 64 printable signs");
    }
}

/// A name for a message: escaped and cut, for it may be anything.
fn printable(name: &str) -> String {
    name.chars().take(40).flat_map(char::escape_debug).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> Vec<String> {
        match Matrix::from_toml(text).unwrap_err() {
            MatrixError::Unsound(problems) => problems.iter().map(ToString::to_string).collect(),
            other => panic!("{other}"),
        }
    }

    #[test]
    fn every_problem_is_told_at_once_with_its_place_and_what_to_do() {
        let found = problems(
            r#"
            [categories]
            payment = 3
            a = 40
            b = 12
            c = 12
            [roles.x]
            title = "x"
            step_up = ["export"]
            levels = [
                { category = "contnet", level = "shown" },
                { category = "payment", level = "hidden", where = { open = false } },
                { category = "health", level = "shown", where = { tag = ["vip"] } },
                { category = "health", level = "on_click", where = { tag = ["vip"] } },
            ]
            reveal = { mine = false }
            "#,
        );
        assert_eq!(
            found,
            [
                "categories.a: id 40 is not free; use an id from 11 to 31",
                "categories.c: id 12 is also b's; give each its own",
                "categories.payment: this name is built in; leave it out",
                "categories.payment: id 3 is not free; use an id from 11 to 31",
                "roles.x.step_up: `export` is not among its actions; add it to actions, or leave it out",
                "roles.x, line 1 (contnet): there is no such category; use a built-in name, or name it under [categories]",
                "roles.x, line 2 (payment): a condition on a hidden line closes nothing; lines only open: write a `forbid` in a Cedar file to close",
                "roles.x, line 3 (health): the tag `vip` is not listed; add it to `tags` at the top of the matrix",
                "roles.x, line 4 (health): the tag `vip` is not listed; add it to `tags` at the top of the matrix",
                "roles.x, line 4 (health): the same category and condition stand twice; keep one; an open and a closed one would not cancel out",
                "roles.x: it has levels, but no record exists for it; add `list = [{}]` for all records, or take the levels away",
                "roles.x.reveal: it may not reveal; add `reveal` to its actions, or leave the rule out",
            ]
        );
    }

    #[test]
    fn limits_hold() {
        let tags = (0..=Matrix::MAX_TAGS).map(|n| format!("t{n}")).collect();
        let mut matrix = Matrix { tags, ..Matrix::default() };
        let error = matrix.check().unwrap_err().to_string();
        assert_eq!(error, "tags: 65 listed tags; at most 64 are allowed");
        matrix.tags = ["line\nbreak".to_owned()].into();
        let error = matrix.check().unwrap_err().to_string();
        assert_eq!(error, "tags: `line\\nbreak` is not a name; use 1 to 64 printable signs");
    }
}
