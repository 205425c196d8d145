//! Why, in plain words.

use crate::{role, roles, shipped, ticket, with_file};
use guard::{AttributeVector, Category, Level, RoleLevel, WouldChange};

#[test]
fn why_an_agent_does_not_see_phones() {
    let why = shipped().explain(&roles(&["agent-1"]), &ticket(), false, Category::CONTACT);
    insta::assert_snapshot!(why, @r#"
contact is on_click for agent-1 (policy 1).
list: yes, by agent-1/list
see: no, nothing permits it
click: yes, by agent-1/contact/click
Until it is opened, a partial mask stands there.
With the role integration besides: shown.
With the role migration besides: shown.
"#);
}

#[test]
fn why_an_agent_never_sees_cards() {
    let why = shipped().explain(&roles(&["agent-1"]), &ticket(), false, Category::PAYMENT);
    insta::assert_snapshot!(why, @r#"
payment is hidden for agent-1 (policy 1).
list: yes, by agent-1/list
see: no, nothing permits it
click: no, nothing permits it
reason: no, nothing permits it
With the role agent-2 besides: with_reason.
With the role migration besides: shown.
With the role privacy-officer besides: with_reason.
With the role team-lead besides: with_reason.
"#);
    let officer = RoleLevel { role: role("privacy-officer"), level: Level::WithReason };
    assert!(why.changes.contains(&WouldChange::Role(officer)));
}

#[test]
fn roles_that_bring_nothing_and_roles_that_add_up() {
    let both = roles(&["agent-1", "agent-2", "stranger"]);
    let why = shipped().explain(&both, &ticket(), false, Category::IDENTITY);
    insta::assert_snapshot!(why, @r#"
identity is shown for agent-1+agent-2+stranger (policy 1).
The policy does not know the role stranger: it brings nothing.
list: yes, by agent-1/list, agent-2/list
see: yes, by agent-2/identity/see
Alone: agent-1: on_click, agent-2: shown.
"#);
}

#[test]
fn forbids_and_conditions_are_told() {
    let policy = with_file(
        "@id(\"closed-is-closed\")\n\
         forbid (principal, action in [Action::\"see\", Action::\"click\", Action::\"reason\"], \
         resource in Category::\"contact\") unless { resource.open && resource.mine };\n\
         @id(\"lead\")\n\
         permit (principal in Role::\"agent-1\", action == Action::\"see\", \
         resource in Category::\"online\") when { resource.mine };",
    );
    let closed = AttributeVector { open: false, ..ticket() };
    let why = policy.explain(&roles(&["agent-1"]), &closed, true, Category::CONTACT);
    insta::assert_snapshot!(why, @r#"
contact is hidden for agent-1 (policy 1).
list: yes, by agent-1/list
see: no, forbidden by own.cedar#closed-is-closed
click: no, forbidden by own.cedar#closed-is-closed
reason: no, forbidden by own.cedar#closed-is-closed
If the ticket were open: on_click.
If own.cedar#closed-is-closed, own.cedar#closed-is-closed, own.cedar#closed-is-closed did not forbid it, it might open.
"#);
    let why = policy.explain(&roles(&["agent-1"]), &ticket(), false, Category::ONLINE);
    assert_eq!(why.changes[0], WouldChange::Mine(Level::Shown));
}

#[test]
fn a_failing_policy_is_named() {
    let policy = with_file(
        "@id(\"sum\") permit (principal, action == Action::\"see\", resource in \
         Category::\"contact\") when { resource has brand && \
         resource.brand + 9223372036854775807 > 0 };",
    );
    let branded = AttributeVector { brand: Some(1), ..ticket() };
    let why = policy.explain(&roles(&["agent-1"]), &branded, true, Category::CONTACT);
    insta::assert_snapshot!(why, @r#"
contact is hidden for agent-1 (policy 1).
list: yes, by agent-1/list
see: no, own.cedar#sum failed
If own.cedar#sum did not fail, it might open.
"#);
}

#[test]
fn who_lists_nothing_is_told_first() {
    let why = shipped().explain(&roles(&["auditor"]), &ticket(), false, Category::CONTENT);
    assert!(!why.listed);
    assert_eq!(why.asked.len(), 1);
    let text = why.to_string();
    assert!(text.contains("The record does not exist for these roles."), "{text}");
}
