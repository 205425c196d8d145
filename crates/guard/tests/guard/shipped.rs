//! The roles that Riserbo ships with.

use crate::{role, roles, shipped, ticket};
use guard::{Action, Category, CategorySet, Level, MaskForm, Matrix, Outcome};
use std::collections::BTreeSet;
use std::fmt::Write;

const ROLES: [&str; 10] = [
    "agent-1",
    "agent-2",
    "team-lead",
    "privacy-officer",
    "security-analyst",
    "key-admin",
    "auditor",
    "integration",
    "ai-assistant",
    "migration",
];

#[test]
fn the_shipped_levels() {
    let policy = shipped();
    let mut table = format!("{:16}", "");
    for role in ROLES {
        let _ = write!(table, "{role:17}");
    }
    for category in Category::built_ins() {
        let _ = write!(table, "\n{:16}", category.built_in_name().unwrap());
        for role in ROLES {
            let outcome = policy.evaluate(&roles(&[role]), &ticket(), false);
            let cell = match (outcome.list(), outcome.level(category)) {
                (false, _) => "-".to_owned(),
                (true, level @ (Level::OnClick | Level::WithReason)) => {
                    let level = if level == Level::OnClick { "click" } else { "reason" };
                    format!("{level} {}", outcome.form(category))
                }
                (true, level) => level.to_string(),
            };
            let _ = write!(table, "{cell:17}");
        }
    }
    let table: Vec<&str> = table.lines().map(str::trim_end).collect();
    insta::assert_snapshot!(table.join("\n"), @r#"
                agent-1          agent-2          team-lead        privacy-officer  security-analyst key-admin        auditor          integration      ai-assistant     migration
content         shown            shown            shown            shown            -                -                -                shown            shown            shown
identity        click pseudonym  shown            shown            reason pseudonym -                -                -                shown            hidden           shown
contact         click partial    click partial    click partial    reason partial   -                -                -                shown            hidden           shown
payment         hidden           reason partial   reason partial   reason partial   -                -                -                hidden           hidden           shown
government_id   hidden           reason label     reason label     reason label     -                -                -                hidden           hidden           shown
health          hidden           reason label     reason label     reason label     -                -                -                hidden           hidden           shown
credential      hidden           hidden           hidden           reason label     -                -                -                hidden           hidden           shown
location        click derived    shown            shown            reason derived   -                -                -                hidden           hidden           shown
online          reason label     reason label     reason label     reason label     -                -                -                hidden           hidden           shown
content_unsure  shown            shown            shown            shown            -                -                -                shown            shown            shown
unknown         hidden           hidden           hidden           reason label     -                -                -                hidden           hidden           shown
"#);
}

#[test]
fn the_shipped_grants() {
    let policy = shipped();
    let mut table = String::new();
    for action in Action::ALL {
        let who: Vec<&str> =
            ROLES.into_iter().filter(|r| policy.may(&roles(&[r]), *action)).collect();
        let _ = writeln!(table, "{action:17}{}", who.join(" "));
    }
    insta::assert_snapshot!(table, @r#"
list_tickets     agent-1 agent-2 team-lead privacy-officer integration ai-assistant migration
view_ticket      agent-1 agent-2 team-lead privacy-officer integration ai-assistant migration
view_customer    agent-1 agent-2 team-lead privacy-officer integration ai-assistant migration
search           agent-1 agent-2 team-lead privacy-officer integration ai-assistant migration
lookup           agent-1 agent-2 team-lead privacy-officer
reveal           agent-1 agent-2 team-lead privacy-officer
create_ticket    agent-1 agent-2 team-lead
reply            agent-1 agent-2 team-lead
note             agent-1 agent-2 team-lead privacy-officer
assign           agent-1 agent-2 team-lead
tag              agent-1 agent-2 team-lead
set_status       agent-1 agent-2 team-lead
merge            agent-1 agent-2 team-lead
edit_customer    agent-1 agent-2 team-lead
verify_caller    agent-1 agent-2 team-lead
redact_slot      agent-1 agent-2 team-lead privacy-officer
unslot           privacy-officer
export           privacy-officer integration migration
import           migration
manage_requests  privacy-officer
manage_retention privacy-officer
manage_consent   privacy-officer
read_log         privacy-officer security-analyst auditor
read_own_log     agent-1 agent-2 team-lead privacy-officer security-analyst key-admin auditor integration ai-assistant migration
verify_log       privacy-officer security-analyst key-admin auditor
read_insight     team-lead privacy-officer security-analyst auditor
manage_cases     security-analyst
unmask_agent     privacy-officer security-analyst
manage_keys      key-admin
manage_people    team-lead
manage_tokens    team-lead key-admin
manage_training  team-lead
manage_settings  team-lead key-admin
read_policy      team-lead privacy-officer security-analyst key-admin auditor
manage_policy    team-lead privacy-officer security-analyst
approve_cx       team-lead privacy-officer
approve_security security-analyst key-admin
"#);
}

#[test]
fn the_ten_roles_are_all_there_is() {
    let names: BTreeSet<String> = Matrix::shipped().roles.keys().map(ToString::to_string).collect();
    assert_eq!(names, ROLES.map(ToOwned::to_owned).into());
}

#[test]
fn the_engine_agrees_with_the_table_of_the_matrix() {
    let (policy, matrix) = (shipped(), Matrix::shipped());
    for name in ROLES {
        let outcome = policy.evaluate(&roles(&[name]), &ticket(), false);
        for category in Category::all() {
            let (level, mask) = matrix.cell(&role(name), category);
            assert_eq!(outcome.level(category), level, "{name} {category:?}");
            assert_eq!(outcome.form(category), mask, "{name} {category:?}");
        }
    }
}

#[test]
fn who_guards_the_house_sees_no_customer() {
    let policy = shipped();
    for name in ["security-analyst", "key-admin", "auditor"] {
        assert_eq!(policy.evaluate(&roles(&[name]), &ticket(), true), Outcome::NOTHING, "{name}");
        for action in [Action::ViewTicket, Action::ViewCustomer, Action::Search, Action::Export] {
            assert!(!policy.may(&roles(&[name]), action), "{name} {action}");
        }
    }
}

#[test]
fn unknown_fields_open_for_migration_and_with_a_reason_for_the_privacy_officer_only() {
    let policy = shipped();
    for name in ROLES {
        let level = policy.evaluate(&roles(&[name]), &ticket(), true).level(Category::UNKNOWN);
        let expected = match name {
            "migration" => Level::Shown,
            "privacy-officer" => Level::WithReason,
            _ => Level::Hidden,
        };
        assert_eq!(level, expected, "{name}");
    }
}

#[test]
fn unsure_texts_are_met_as_content() {
    let policy = shipped();
    for name in ROLES {
        let outcome = policy.evaluate(&roles(&[name]), &ticket(), false);
        let (sure, unsure) = (Category::CONTENT, Category::CONTENT_UNSURE);
        assert_eq!(outcome.level(unsure), outcome.level(sure), "{name}");
    }
}

#[test]
fn an_agent_in_two_roles_has_the_better_of_both() {
    let outcome = shipped().evaluate(&roles(&["agent-1", "privacy-officer"]), &ticket(), false);
    assert_eq!(outcome.level(Category::CONTACT), Level::OnClick);
    assert_eq!(outcome.level(Category::CREDENTIAL), Level::WithReason);
    assert_eq!(outcome.form(Category::CONTACT), MaskForm::Partial);
    let expected: CategorySet = [Category::CONTENT, Category::CONTENT_UNSURE].into_iter().collect();
    assert_eq!(outcome.open(), expected);
}

#[test]
fn the_shipped_matrix_has_nothing_odd_in_it() {
    assert_eq!(shipped().warnings(), []);
    assert_eq!(Matrix::shipped().check(), Ok(()));
}
