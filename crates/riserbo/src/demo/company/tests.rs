//! What must hold for the invented company as a whole.

use super::*;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

/// 2026-11-20T15:40:00Z, a Friday afternoon.
const NOW: i64 = 1_795_189_200_000_000;

fn company() -> &'static Company {
    static MADE: OnceLock<Company> = OnceLock::new();
    MADE.get_or_init(|| Company::generate(7, NOW, DEFAULT_TICKETS))
}

fn bytes(company: &Company) -> String {
    let whole = serde_json::json!({
        "o": company.organizations, "u": company.users, "t": company.tickets, "tf": company.ticket_fields,
        "uf": company.user_fields, "b": company.brands, "g": company.groups,
    });
    format!("{whole}{:?}{:?}", company.staff, company.facts)
}

fn comments(ticket: &Value) -> &Vec<Value> {
    ticket["comments"].as_array().unwrap()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap()
}

#[test]
fn every_line_of_the_texts_is_understood() {
    let (scenarios, mistakes) = scenarios();
    assert!(mistakes.is_empty(), "{mistakes:#?}");
    let names: BTreeSet<_> = scenarios.iter().map(|s| s.name).collect();
    assert!(names.len() >= 40, "{} scenarios", names.len());
    let keys: BTreeSet<_> = scenarios.iter().map(|s| (s.name, s.language)).collect();
    assert_eq!(keys.len(), scenarios.len(), "a name is used twice in one language");
    for scenario in &scenarios {
        let origin = scenario.copy_of;
        let known = origin.is_none_or(|o| {
            scenarios.iter().any(|s| s.name == o && s.language == scenario.language)
        });
        assert!(known, "{} copies nothing", scenario.name);
        let phone = scenario.turns[0].voice == script::Voice::PhoneNote;
        let voice = scenario.channels.contains(&"voice");
        assert!(
            phone == voice && (!voice || scenario.channels.len() == 1),
            "channels of {}",
            scenario.name
        );
        let brackets: i64 = scenario
            .turns
            .iter()
            .flat_map(|turn| &turn.texts)
            .map(|text| {
                text.chars().map(|c| i64::from(c == '[') - i64::from(c == ']')).sum::<i64>().abs()
            })
            .sum();
        assert_eq!(brackets, 0, "brackets of {}", scenario.name);
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let again = Company::generate(7, NOW, DEFAULT_TICKETS);
    assert!(bytes(&again) == bytes(company()));
    assert!(bytes(&Company::generate(8, NOW, DEFAULT_TICKETS)) != bytes(company()));
}

#[test]
fn the_desk_has_the_size_that_was_asked_for() {
    let made = company();
    assert_eq!(made.tickets.len(), DEFAULT_TICKETS);
    assert_eq!(made.facts.tickets.len(), DEFAULT_TICKETS);
    assert!((220..=240).contains(&made.users.len()), "{}", made.users.len());
    for n in [0, 1, 5, 40] {
        assert_eq!(Company::generate(1, NOW, n).tickets.len(), n);
    }
    let wrote: BTreeSet<i64> = made.facts.tickets.iter().map(|t| t.requester_id).collect();
    assert!(wrote.len() >= made.users.len() * 9 / 10, "{} of {}", wrote.len(), made.users.len());
    assert!(wrote.len() < made.tickets.len() * 8 / 10, "nobody returns");
    for ticket in &made.tickets {
        assert!((2..=14).contains(&comments(ticket).len()), "{}", ticket["id"]);
    }
}

#[test]
fn every_scenario_comes_up() {
    let (scenarios, _) = scenarios();
    let used: BTreeSet<_> =
        company().facts.tickets.iter().map(|t| (t.scenario, t.language)).collect();
    let missing: Vec<_> =
        scenarios.iter().map(|s| (s.name, s.language)).filter(|s| !used.contains(s)).collect();
    assert!(missing.len() <= 3, "{missing:?}");
}

#[test]
fn both_languages_and_every_state_are_there() {
    let made = company();
    let italian = made.facts.tickets.iter().filter(|t| t.language == Language::It).count();
    assert!((57..=73).contains(&(italian * 100 / made.tickets.len())), "{italian}");
    let mut by: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    for ticket in &made.tickets {
        for (what, value) in [
            ("status", text(ticket, "status")),
            ("channel", text(&ticket["via"], "channel")),
            ("priority", text(ticket, "priority")),
        ] {
            *by.entry(what).or_default().entry(value).or_default() += 1;
        }
    }
    let keys = |what: &str| by[what].keys().copied().collect::<Vec<_>>();
    assert_eq!(keys("status"), ["closed", "hold", "new", "open", "pending", "solved"], "{by:?}");
    assert_eq!(keys("channel"), ["chat", "email", "voice", "web"]);
    assert!(keys("priority").len() >= 3, "{by:?}");
    assert!(by["status"].iter().all(|(_, n)| *n >= 4), "{by:?}");
    let brands: BTreeSet<_> = made.tickets.iter().map(|t| t["brand_id"].as_i64()).collect();
    assert_eq!(brands.len(), 2);
    assert!(made.facts.tickets.iter().any(|t| t.duplicate_of.is_some()), "no merge candidates");
}

fn texts_are_whole(made: &Company) {
    for ticket in &made.tickets {
        assert!((2..=14).contains(&comments(ticket).len()), "{}", ticket["id"]);
        let bodies =
            comments(ticket).iter().map(|c| text(c, "body")).chain([text(ticket, "subject")]);
        for body in bodies {
            let marks = body.contains(['{', '}', '[', ']', '¶', '|']) || body.contains("@@");
            assert!(!marks && !body.trim().is_empty() && body.trim() == body, "{body:?}");
            let dots = body.replace("...", "…");
            let odd = ["..", "?.", "!.", "  ", " ,", ",."].iter().any(|odd| dots.contains(odd));
            assert!(!odd, "{body:?}");
        }
    }
}

#[test]
fn every_placeholder_is_filled() {
    texts_are_whole(company());
}

#[test]
fn ids_are_unique_and_point_at_something() {
    let made = company();
    let mut seen = BTreeSet::new();
    let known: BTreeSet<i64> = made
        .users
        .iter()
        .map(|u| u["id"].as_i64().unwrap())
        .chain(made.staff.iter().map(|s| s.id))
        .collect();
    assert_eq!(known.len(), made.users.len() + made.staff.len());
    let groups: BTreeSet<_> = made.groups.iter().map(|g| g["id"].as_i64().unwrap()).collect();
    let mut emails: Vec<&str> = made.users.iter().map(|u| text(u, "email")).collect();
    emails.extend(made.staff.iter().map(|s| s.email.as_str()));
    assert_eq!(emails.iter().collect::<BTreeSet<_>>().len(), emails.len());
    for ticket in &made.tickets {
        assert!(seen.insert(("ticket", ticket["id"].as_i64())));
        assert!(groups.contains(&ticket["group_id"].as_i64().unwrap()));
        assert!(known.contains(&ticket["requester_id"].as_i64().unwrap()));
        assert!(ticket["assignee_id"].as_i64().is_none_or(|id| known.contains(&id)));
        for comment in comments(ticket) {
            assert!(seen.insert(("comment", comment["id"].as_i64())));
            assert!(seen.insert(("audit", comment["audit_id"].as_i64())));
            assert!(known.contains(&comment["author_id"].as_i64().unwrap()));
            for file in comment["attachments"].as_array().unwrap() {
                assert!(seen.insert(("file", file["id"].as_i64())));
            }
        }
    }
}

fn times_are_right(made: &Company, now_micros: i64) {
    let now = calendar::iso(now_micros);
    let mut before = String::new();
    for (ticket, facts) in made.tickets.iter().zip(&made.facts.tickets) {
        let created = text(ticket, "created_at").to_owned();
        assert!(created >= before, "tickets are in order");
        assert_eq!(calendar::iso(facts.opened_at), created);
        let mut last = created.clone();
        for (comment, turn) in comments(ticket).iter().zip(&facts.turns) {
            let at = text(comment, "created_at").to_owned();
            assert!(at >= last, "{}: {at} after {last}", ticket["id"]);
            assert_eq!(
                (calendar::iso(turn.at), comment["id"].as_i64()),
                (at.clone(), Some(turn.comment_id))
            );
            last = at;
        }
        assert_eq!(comments(ticket).len(), facts.turns.len());
        assert!(
            last.as_str() <= text(ticket, "updated_at")
                && text(ticket, "updated_at") <= now.as_str()
        );
        before = created;
    }
    let oldest = calendar::iso(now_micros - 121 * DAY);
    assert!(made.tickets.iter().all(|ticket| text(ticket, "created_at") >= oldest.as_str()));
    for user in &made.users {
        assert!(
            text(user, "created_at") < text(user, "updated_at")
                && text(user, "updated_at") <= now.as_str()
        );
    }
}

#[test]
fn times_are_ordered_and_past() {
    times_are_right(company(), NOW);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever the seed, the hour and the day of the year: no gap in a text, no time after now.
    #[test]
    fn any_seed_and_time_give_a_sound_desk(seed: u64, minutes in 0_i64..3_000_000, count in 0_usize..40) {
        let now = NOW + minutes * calendar::MINUTE;
        let made = Company::generate(seed, now, count);
        prop_assert_eq!(made.tickets.len(), count);
        texts_are_whole(&made);
        times_are_right(&made, now);
    }
}

#[test]
fn agents_answer_when_the_desk_is_staffed() {
    let answers: Vec<i64> = company()
        .facts
        .tickets
        .iter()
        .flat_map(|t| &t.turns)
        .filter(|turn| turn.side == Side::Agent)
        .map(|turn| turn.at)
        .collect();
    let inside = answers.iter().filter(|at| calendar::staffed(**at)).count();
    assert!(inside * 100 >= answers.len() * 93, "{inside} of {}", answers.len());
}

#[test]
fn every_role_and_language_is_staffed() {
    let mut by: BTreeMap<&str, usize> = BTreeMap::new();
    for member in &company().staff {
        *by.entry(member.role).or_default() += 1;
    }
    let expected = [
        ("agent-1", 6),
        ("agent-2", 4),
        ("ai-assistant", 1),
        ("auditor", 1),
        ("integration", 1),
        ("key-admin", 1),
        ("migration", 1),
        ("privacy-officer", 1),
        ("security-analyst", 1),
        ("team-lead", 2),
    ];
    assert_eq!(by.into_iter().collect::<Vec<_>>(), expected);
}

#[test]
fn who_handles_a_ticket_works_in_its_group() {
    let made = company();
    for facts in &made.facts.tickets {
        let agent = made.staff.iter().find(|s| s.id == facts.agent_id).unwrap();
        assert!(agent.groups.contains(&facts.group_id), "{}", facts.ticket_id);
    }
}

#[test]
fn what_the_first_line_may_not_see_goes_to_those_who_may() {
    let made = company();
    for facts in &made.facts.tickets {
        for turn in &facts.turns {
            let agent = made.staff.iter().find(|s| s.id == turn.handler_id).unwrap();
            for need in &turn.needs {
                assert!(script::CATEGORIES.contains(&need.category));
                let hidden =
                    matches!(need.category, "payment" | "government_id" | "health" | "credential");
                assert!(!hidden || agent.role == "agent-2", "{} {:?}", facts.scenario, need);
            }
        }
    }
}

#[test]
fn planted_values_stand_in_the_texts_and_cover_every_category() {
    let made = company();
    let mut bodies: BTreeMap<Option<i64>, String> = BTreeMap::new();
    for ticket in &made.tickets {
        for comment in comments(ticket) {
            let files: Vec<&str> = comment["attachments"]
                .as_array()
                .unwrap()
                .iter()
                .map(|f| text(f, "file_name"))
                .collect();
            bodies.insert(
                comment["id"].as_i64(),
                format!("{}\n{}", text(comment, "plain_body"), files.join("\n")),
            );
        }
    }
    let mut categories = BTreeSet::new();
    for planted in &made.facts.planted {
        categories.insert(planted.category);
        let inside = planted.comment_id.is_none_or(|id| bodies[&Some(id)].contains(&planted.value));
        assert!(inside, "{planted:?}");
    }
    let expected = [
        "contact",
        "credential",
        "government_id",
        "health",
        "identity",
        "location",
        "online",
        "payment",
    ];
    assert_eq!(categories.into_iter().collect::<Vec<_>>(), expected);
}

#[test]
fn identifiers_in_the_texts_are_valid() {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for planted in &company().facts.planted {
        let tight: String = planted.value.chars().filter(char::is_ascii_alphanumeric).collect();
        let (body, check) = tight.split_at(tight.len().saturating_sub(1));
        match planted.field.as_str() {
            "card" | "card_tight" | "card2" | "vat" | "ts" => {
                assert_eq!(values::luhn_digit(body).to_string(), check, "{planted:?}");
            }
            "iban" | "iban_tight" => {
                let turned: String = tight.chars().cycle().skip(4).take(tight.len()).collect();
                assert_eq!(values::mod97(&turned), 1, "{planted:?}");
            }
            "cf" | "rel_cf" | "other_cf" => assert_eq!(tight.len(), 16, "{planted:?}"),
            _ => continue,
        }
        *seen.entry(planted.field.as_str()).or_default() += 1;
    }
    assert!(seen["card"] > 5 && seen["iban"] > 5 && seen["cf"] > 10, "{seen:?}");
}

#[test]
fn no_domain_is_real() {
    let whole = bytes(company());
    let reserved = |domain: &str| {
        domain.ends_with(".example")
            || ["example.com", "example.org", "example.net"].contains(&domain)
    };
    let mut seen = 0;
    for mark in ["@", "https://", "http://", "www."] {
        for after in whole.split(mark).skip(1) {
            let domain: String = after
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))
                .collect();
            assert!(reserved(domain.trim_end_matches('.')), "{mark}{domain}");
            seen += 1;
        }
    }
    assert!(seen > 500);
}

#[test]
fn json_goes_there_and_back() {
    for ticket in &company().tickets {
        let back: Value = serde_json::from_str(&ticket.to_string()).unwrap();
        assert_eq!(&back, ticket);
        assert_eq!(ticket["description"], comments(ticket)[0]["plain_body"]);
    }
}

#[test]
fn five_thousand_tickets_can_be_had() {
    let made = Company::generate(3, NOW, 5_000);
    assert_eq!(made.tickets.len(), 5_000);
    assert!((3_000..3_400).contains(&made.users.len()));
}
