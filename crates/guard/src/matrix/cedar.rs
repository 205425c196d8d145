//! The matrix written out as Cedar: one policy a line, with an id that says whence it came.
//!
//! The text is for people as much as for the engine: it is what `riserbo policy` prints, what a
//! proposal shows as a diff, and what a hand-written file can be modelled on.

use super::{Line, Matrix, RoleRules, Where};
use crate::{Action, Level, MaskForm, Role, Scope, Standing};
use std::collections::BTreeMap;
use std::fmt::{self, Write};

/// Rules that hold whatever the matrix says.
const HOUSE: &str = r#"// What always holds, whatever the matrix says.

// Acts are done from allowed networks.
@id("house/network")
forbid (principal, action in Action::"acts", resource)
unless { context.network_allowed };

// Who has used up a budget opens and looks up nothing more.
@id("house/budget")
forbid (principal, action in [Action::"lookup", Action::"reveal"], resource)
unless { context.budget_left };
"#;

impl Matrix {
    /// The matrix as Cedar policies, with comments; each policy has an `@id`. A pure function of
    /// the matrix: equal matrices give equal text.
    #[must_use]
    pub fn to_cedar(&self) -> String {
        let mut out = String::from("// Written from the matrix; edit the matrix, not this.\n\n");
        out.push_str(HOUSE);
        for (role, rules) in &self.roles {
            let title = rules.title.replace(char::is_control, " ");
            let _ = writeln!(out, "\n\n// ---- {role}: {title} ----");
            for rule in role_rules(role, rules) {
                let _ = write!(out, "\n{rule}");
            }
        }
        out
    }
}

/// One permit for one role.
struct Rule<'a> {
    comment: String,
    id: String,
    mask: Option<MaskForm>,
    role: &'a Role,
    action: String,
    resource: String,
    /// All of them must hold.
    clauses: Vec<String>,
}

impl fmt::Display for Rule<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { comment, id, mask, role, action, resource, clauses } = self;
        writeln!(f, "// {comment}.\n@id(\"{id}\")")?;
        if let Some(mask) = mask {
            writeln!(f, "@mask(\"{mask}\")")?;
        }
        write!(f, "permit (\n  principal in Role::\"{role}\",\n  {action},\n  {resource}\n)")?;
        match clauses.as_slice() {
            [] => f.write_str(";\n"),
            [one] => writeln!(f, "\nwhen {{ {one} }};"),
            many => writeln!(f, "\nwhen {{\n  {}\n}};", many.join(" &&\n  ")),
        }
    }
}

fn role_rules<'a>(role: &'a Role, rules: &'a RoleRules) -> Vec<Rule<'a>> {
    let listed = any_of(&rules.list);
    let mut out = Vec::new();
    if let Some(listed) = &listed {
        let which = if listed.is_empty() { "every record" } else { "some records" };
        out.push(Rule {
            comment: format!("{role} lists {which}"),
            id: format!("{role}/list"),
            mask: None,
            role,
            action: eq(Standing::List.name()),
            resource: "resource".to_owned(),
            clauses: listed.clone(),
        });
    }
    for after_step_up in [false, true] {
        out.extend(grants(role, rules, listed.as_deref(), after_step_up));
    }
    let Some(listed) = listed else { return out };
    let mut counts: BTreeMap<(&str, Level), usize> = BTreeMap::new();
    for line in &rules.levels {
        let count = counts.entry((&line.category, line.level)).or_default();
        *count += 1;
        out.extend(line_rules(role, rules, line, &listed, *count));
    }
    out
}

/// What a role may do: at the desk, with a record, with a part of one. Reveals of parts are written
/// line by line, because each has its own conditions.
fn grants<'a>(
    role: &'a Role,
    rules: &RoleRules,
    listed: Option<&[String]>,
    after_step_up: bool,
) -> Vec<Rule<'a>> {
    let fresh = after_step_up.then(|| "context.step_up_fresh".to_owned());
    let (words, suffix) =
        if after_step_up { (" after a fresh second factor", "/step-up") } else { ("", "") };
    let granted = rules.actions.iter().filter(|a| rules.step_up.contains(a) == after_step_up);
    let granted: Vec<Action> = granted.copied().collect();
    let on = |scope| granted.iter().copied().filter(move |action| action.scope() == scope);
    let parts = on(Scope::Part).filter(|action| *action != Action::Reveal);
    let none: &[String] = &[];
    [
        ("at the desk", "Desk", granted.clone(), Some(none)),
        ("with a record", "Record", on(Scope::Record).collect(), listed),
        ("with a part of a record", "Part", parts.collect(), listed),
    ]
    .into_iter()
    .filter(|(_, _, actions, _)| !actions.is_empty())
    .filter_map(|(what, kind, actions, conditions)| {
        Some(Rule {
            comment: format!("What {role} may do {what}{words}"),
            id: format!("{role}/acts/{}{suffix}", kind.to_lowercase()),
            mask: None,
            role,
            action: one_of(&actions),
            resource: format!("resource is {kind}"),
            clauses: conditions?.iter().cloned().chain(fresh.clone()).collect(),
        })
    })
    .collect()
}

/// A line's permit for the standing question and, where the role may reveal, for the reveal.
fn line_rules<'a>(
    role: &'a Role,
    rules: &RoleRules,
    line: &Line,
    listed: &[String],
    count: usize,
) -> Vec<Rule<'a>> {
    let Line { category, level, mask, when } = line;
    let questions = Standing::LEVELS.into_iter();
    let Some(question) = questions.filter(|q| q.level() == Some(*level)).map(Standing::name).next()
    else {
        // Hidden: what nothing permits.
        return Vec::new();
    };
    let how = match level {
        Level::Shown => "sees",
        Level::OnClick => "opens with a click",
        _ => "opens with a reason",
    };
    let nth = if count == 1 { String::new() } else { format!("/{count}") };
    let resource = format!("resource in Category::\"{category}\"");
    let here: Vec<String> = listed.iter().cloned().chain(clauses(when)).collect();
    let mut out = vec![Rule {
        comment: format!("{role} {how}: {category}"),
        id: format!("{role}/{category}/{question}{nth}"),
        mask: (*level != Level::Shown).then_some(*mask),
        role,
        action: eq(question),
        resource: resource.clone(),
        clauses: here.clone(),
    }];
    if *level != Level::Shown && rules.actions.contains(&Action::Reveal) {
        out.push(Rule {
            comment: "... and may do so under these conditions".to_owned(),
            id: format!("{role}/{category}/{question}/reveal{nth}"),
            mask: None,
            role,
            action: eq(Action::Reveal.name()),
            resource,
            clauses: [here, reveal(rules, line)].concat(),
        });
    }
    out
}

/// What must hold for a reveal, beside the standing conditions.
fn reveal(rules: &RoleRules, line: &Line) -> Vec<String> {
    let rule = &rules.reveal;
    let fresh = rules.step_up.contains(&Action::Reveal) || rule.step_up.contains(&line.category);
    [
        (rule.mine, "resource.mine"),
        (rule.open, "resource.open"),
        (line.level == Level::WithReason, "context.reason_present"),
        (fresh, "context.step_up_fresh"),
        (rule.trained.contains(&line.category), "!context.training_overdue"),
    ]
    .into_iter()
    .filter(|(asked, _)| *asked)
    .map(|(_, text)| text.to_owned())
    .collect()
}

fn eq(action: &str) -> String {
    format!("action == Action::\"{action}\"")
}

fn one_of(actions: &[Action]) -> String {
    let names: Vec<String> = actions.iter().map(|action| format!("Action::\"{action}\"")).collect();
    format!("action in [{}]", names.join(", "))
}

/// `None`: no record. Without clauses: every record. Else what must hold.
fn any_of(list: &[Where]) -> Option<Vec<String>> {
    if list.iter().any(Where::is_any) {
        return Some(Vec::new());
    }
    match list {
        [] => None,
        [one] => Some(clauses(one)),
        many => {
            let parts: Vec<String> =
                many.iter().map(|when| format!("({})", clauses(when).join(" && "))).collect();
            Some(vec![format!("({})", parts.join(" || "))])
        }
    }
}

/// A condition as Cedar expressions, all of which must hold; none when it asks nothing.
fn clauses(when: &Where) -> Vec<String> {
    let mut parts = Vec::new();
    if let Some(noun) = when.noun {
        parts.push(format!("resource in Noun::\"{}\"", noun.name()));
    }
    if !when.domain.is_empty() {
        let domains: Vec<String> = when.domain.iter().map(|d| quoted(d)).collect();
        parts.push(format!("[{}].contains(resource.domain)", domains.join(", ")));
    }
    for (name, ids) in [("brand", &when.brand), ("group", &when.group)] {
        if !ids.is_empty() {
            let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
            let ids = ids.join(", ");
            parts.push(format!("resource has {name} && [{ids}].contains(resource.{name})"));
        }
    }
    if !when.tag.is_empty() {
        let tags: Vec<String> = when.tag.iter().map(|t| format!("Tag::{}", quoted(t))).collect();
        parts.push(format!("resource in [{}]", tags.join(", ")));
    }
    for (name, wanted) in [("open", when.open), ("mine", when.mine)] {
        if let Some(wanted) = wanted {
            parts.push(format!("{}resource.{name}", if wanted { "" } else { "!" }));
        }
    }
    parts
}

/// A string literal. Only what Cedar's grammar knows as an escape is written as one.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for sign in text.chars() {
        match sign {
            '"' | '\\' => {
                out.push('\\');
                out.push(sign);
            }
            sign if sign.is_control() => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(sign));
            }
            sign => out.push(sign),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_reads_as_cedar_that_a_person_can_follow() {
        let matrix = Matrix::from_toml(
            r#"
            tags = ["vip"]
            [roles.desk]
            title = "Night desk"
            actions = ["view_ticket", "reveal", "export"]
            step_up = ["export"]
            list = [{ domain = ["general"], brand = [3] }]
            levels = [
                { category = "content", level = "shown" },
                { category = "payment", level = "with_reason", mask = "partial", where = { tag = ["vip"] } },
                { category = "health", level = "hidden" },
            ]
            reveal = { mine = false, open = true, step_up = ["payment"], trained = ["payment"] }
            "#,
        )
        .unwrap();
        let text = matrix.to_cedar();
        let (_, desk) = text.split_once("\n\n\n").unwrap();
        insta::assert_snapshot!(desk, @r#"
// ---- desk: Night desk ----

// desk lists some records.
@id("desk/list")
permit (
  principal in Role::"desk",
  action == Action::"list",
  resource
)
when {
  ["general"].contains(resource.domain) &&
  resource has brand && [3].contains(resource.brand)
};

// What desk may do at the desk.
@id("desk/acts/desk")
permit (
  principal in Role::"desk",
  action in [Action::"view_ticket", Action::"reveal"],
  resource is Desk
);

// What desk may do with a record.
@id("desk/acts/record")
permit (
  principal in Role::"desk",
  action in [Action::"view_ticket"],
  resource is Record
)
when {
  ["general"].contains(resource.domain) &&
  resource has brand && [3].contains(resource.brand)
};

// What desk may do at the desk after a fresh second factor.
@id("desk/acts/desk/step-up")
permit (
  principal in Role::"desk",
  action in [Action::"export"],
  resource is Desk
)
when { context.step_up_fresh };

// desk sees: content.
@id("desk/content/see")
permit (
  principal in Role::"desk",
  action == Action::"see",
  resource in Category::"content"
)
when {
  ["general"].contains(resource.domain) &&
  resource has brand && [3].contains(resource.brand)
};

// desk opens with a reason: payment.
@id("desk/payment/reason")
@mask("partial")
permit (
  principal in Role::"desk",
  action == Action::"reason",
  resource in Category::"payment"
)
when {
  ["general"].contains(resource.domain) &&
  resource has brand && [3].contains(resource.brand) &&
  resource in [Tag::"vip"]
};

// ... and may do so under these conditions.
@id("desk/payment/reason/reveal")
permit (
  principal in Role::"desk",
  action == Action::"reveal",
  resource in Category::"payment"
)
when {
  ["general"].contains(resource.domain) &&
  resource has brand && [3].contains(resource.brand) &&
  resource in [Tag::"vip"] &&
  resource.open &&
  context.reason_present &&
  context.step_up_fresh &&
  !context.training_overdue
};
"#);
    }

    #[test]
    fn literals_are_closed_whatever_stands_in_them() {
        assert_eq!(quoted(r#"a"b\c"#), r#""a\"b\\c""#);
        assert_eq!(quoted("a\nb"), r#""a\u{a}b""#);
        let when = Where { domain: ["x\"] || true || [\"".to_owned()].into(), ..Where::any() };
        assert_eq!(clauses(&when), [r#"["x\"] || true || [\""].contains(resource.domain)"#]);
    }
}
