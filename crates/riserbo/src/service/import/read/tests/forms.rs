//! Every form of an export gives the same typed rows.

use super::*;
use serde_json::{Value, json};

#[test]
fn a_ticket_comes_out_typed_with_its_comments_by_time() {
    let row = r#"{
        "url": "https://h.example/api/v2/tickets/35.json", "id": "35", "external_id": 9,
        "subject": "Aiuto", "raw_subject": "Aiuto", "description": "Ciao", "status": "open",
        "type": null, "priority": "high", "requester_id": 7, "submitter_id": 8, "assignee_id": 2,
        "group_id": 3, "organization_id": 5, "brand_id": 1, "ticket_form_id": 4,
        "tags": ["vip", "it"], "custom_fields": [{"id": 41, "value": "A-1"}, {"id": 42, "value": null}],
        "fields": [{"id": 41, "value": "A-1"}, {"id": 43, "value": true}],
        "via": {"channel": "email", "source": {"from": {"address": "x@y.example"}, "rel": null}},
        "collaborator_ids": [1], "follower_ids": [2], "email_cc_ids": ["3"], "recipient": "r@s.example",
        "satisfaction_rating": {"score": "good", "comment": "grazie", "id": 6},
        "problem_id": 30, "is_public": true, "due_at": "2027-01-01T00:00:00Z",
        "created_at": "2026-01-31T10:15:00.5+01:00", "updated_at": "2026-02-01T00:00:00Z",
        "generated_timestamp": 1, "has_incidents": false,
        "comments": [
            {"id": 12, "type": "Comment", "author_id": 2, "body": "b", "public": false,
             "created_at": "2026-01-31T09:20:00Z", "audit_id": 90},
            {"id": 11, "author_id": 7, "body": "a", "html_body": "<p>a</p>", "plain_body": "a",
             "created_at": "2026-01-31T09:15:00Z", "metadata": {"system": {"ip_address": "::1"}},
             "attachments": [{"id": 5, "file_name": "f.png", "content_type": "image/png",
                "content_url": "https://h.example/f", "size": 10, "inline": true, "width": 3}]}
        ]
    }"#;
    let all = Export::new().with("tickets.json", row).read();
    assert_eq!(all.codes(), [""; 0]);
    let t = all.ticket(35);
    assert_eq!(t.external_id.as_deref(), Some("9"));
    assert_eq!(t.requester, Some(Person::Id(7)));
    assert_eq!(t.custom_fields, [(41, json!("A-1")), (43, json!(true))]);
    assert_eq!(t.email_cc_ids, [3]);
    assert_eq!(t.created_at, Some(1_769_850_900_500_000));
    assert_eq!(t.satisfaction.as_ref().unwrap().comment.as_deref(), Some("grazie"));
    assert_eq!(t.via.as_ref().unwrap().channel.as_deref(), Some("email"));
    assert_eq!(Value::Object(t.extras.clone()), json!({"has_incidents": false}));
    assert_eq!(t.odd, []);
    assert_eq!(comment_ids(t), [11, 12]);
    let (first, second) = (&t.comments[0], &t.comments[1]);
    assert!(first.public && !second.public);
    assert_eq!(Value::Object(second.extras.clone()), json!({"audit_id": 90}));
    let file = &first.attachments[0];
    assert_eq!((file.id, file.size, file.inline), (Some(5), Some(10), true));
    assert_eq!(Value::Object(file.extras.clone()), json!({"width": 3}));
}

#[test]
fn a_user_and_an_organization_come_out_typed() {
    let user = json!({"id": 7, "name": "Ada", "email": "a@b.example", "phone": "1", "role": "agent",
        "custom_role_id": 9, "organization": {"id": 5, "name": "Org"}, "external_id": "e",
        "locale": "it", "time_zone": "Rome", "tags": ["x"], "details": "d", "notes": "n",
        "signature": "s", "alias": "a", "user_fields": {"city": "Torino"}, "active": true,
        "suspended": false, "verified": true, "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-02T00:00:00Z", "shared": false});
    let organization = json!({"id": 6, "name": "O", "domain_names": ["o.example"], "details": null,
        "notes": "n", "group_id": 3, "shared_tickets": true, "tags": [],
        "organization_fields": {"tier": "b2c"}});
    let all = Export::new().with("people.jsonl", format!("{user}\n{organization}\n")).read();
    let u = &all.users[0];
    assert_eq!((u.id, u.organization_id, u.custom_role_id), (7, Some(5), Some(9)));
    assert_eq!((u.notes.as_deref(), u.signature.as_deref()), (Some("n"), Some("s")));
    assert_eq!(Value::Object(u.extras.clone()), json!({"shared": false}));
    let ids: Vec<i64> = all.organizations.iter().map(|o| o.id).collect();
    assert_eq!(ids, [5, 6], "the one inside the user is delivered too");
    assert_eq!(all.organizations[1].shared_tickets, Some(true));
}

#[test]
fn lines_arrays_pages_and_archives_give_the_same_rows() {
    let lines = format!("{}{}", ticket(1), ticket(2));
    let (one, two) = (ticket(1), ticket(2));
    let (one, two) = (one.trim(), two.trim());
    let array = format!("[\n {one},\n {two}\n]");
    let pages =
        format!("{{\"tickets\":[{one}],\"count\":1}}\n{{\"tickets\":[{two}],\"next_page\":null}}");
    let headed = format!("helpdesk export of today\n{lines}");
    let members = [gzip(one.as_bytes()), gzip(format!("\n{two}").as_bytes())].concat();
    let forms: Vec<(&str, Vec<u8>)> = vec![
        ("tickets.jsonl", lines.clone().into_bytes()),
        ("dump.json", lines.clone().into_bytes()),
        ("tickets.json", array.into_bytes()),
        ("page.json", pages.into_bytes()),
        ("tickets.ndjson", headed.into_bytes()),
        ("tickets.jsonl.gz", gzip(lines.as_bytes())),
        ("members.json.gz", members),
        ("export.zip", zipped(&[("a/tickets.json", one.as_bytes()), ("b.json", two.as_bytes())])),
        ("inner.zip", zipped(&[("tickets.json.gz", &gzip(lines.as_bytes()))])),
        (
            "wrapped.json",
            format!("{{\"ticket\":{one},\"audit\":{{}}}}\n{{\"ticket\":{two}}}").into(),
        ),
        ("odd_page.json", format!("{{\"version\":1,\"tickets\":[{one},{two}]}}").into()),
        ("search.json", format!("{{\"results\":[{one},{two}],\"facets\":null}}").into()),
    ];
    for (name, bytes) in forms {
        let all = Export::new().with(name, bytes).read();
        assert_eq!(all.ticket_ids(), [1, 2], "{name}");
        assert!(all.refusals.iter().all(|r| r.reason.is_harmless()), "{name}: {:?}", all.refusals);
    }
}

#[test]
fn side_loaded_rows_and_definitions_are_taken() {
    let page = json!({
        "tickets": [{"id": 1, "subject": "x", "requester_id": 7}],
        "users": [{"id": 7, "name": "Ada"}], "groups": [{"id": 3, "name": "Support"}],
        "organizations": [{"id": 5, "name": "O"}],
        "ticket_fields": [{"id": 41, "type": "tagger", "title": "Kind",
            "custom_field_options": [{"id": 1, "name": "A", "value": "a"}]}],
        "user_fields": [{"id": 41, "key": "city", "type": "text"}], "macros": [{"id": 1}], "count": 1
    });
    let all = Export::new().with("page.json", page.to_string()).read();
    assert_eq!((all.users.len(), all.organizations.len(), all.tickets.len()), (1, 1, 1));
    assert_eq!((all.named[0].noun, all.named[0].name.as_deref()), (Noun::Group, Some("Support")));
    let fields: Vec<_> = all.fields.iter().map(|field| (field.noun, field.id)).collect();
    assert_eq!(fields, [(Noun::TicketField, 41), (Noun::UserField, 41)]);
    assert_eq!(all.fields[0].options[0].value, "a");
    assert_eq!(all.codes(), ["unknown_noun"]);
}

#[test]
fn comments_apart_find_their_tickets_before_and_after_them() {
    let comment = |id: i64, ticket: i64, minute: i64| {
        format!(
            "{{\"id\":{id},\"ticket_id\":{ticket},\"author_id\":7,\"body\":\"b{id}\",\"created_at\":\"2026-01-01T00:{minute:02}:00Z\"}}\n"
        )
    };
    let all = Export::new()
        .with("a_comments.jsonl", comment(13, 2, 3) + &comment(11, 1, 1))
        .with("b_tickets.jsonl", ticket(1) + &ticket(2) + &ticket(3))
        .with("c_comments.jsonl", comment(12, 2, 2) + &comment(10, 1, 9))
        .read();
    assert_eq!(all.codes(), [""; 0]);
    assert_eq!(comment_ids(all.ticket(1)), [11, 10]);
    assert_eq!(comment_ids(all.ticket(2)), [12, 13]);
    assert_eq!(comment_ids(all.ticket(3)), [0i64; 0]);
    assert_eq!(all.census.comments_apart().rows, 4);
}

#[test]
fn a_comment_inside_and_apart_is_one_comment() {
    let inside =
        r#"{"id":1,"requester_id":7,"comments":[{"id":5,"body":"x"},{"id":6,"body":"old"}]}"#;
    let apart = concat!(
        r#"{"id":5,"ticket_id":1,"body":"x"}"#,
        "\n",
        r#"{"id":6,"ticket_id":1,"body":"new","created_at":"2026-01-01T00:00:00Z"}"#,
        "\n",
        r#"{"id":7,"ticket_id":1,"body":"y"}"#,
        "\n",
    );
    let all = Export::new().with("tickets.json", inside).with("comments.jsonl", apart).read();
    let t = all.ticket(1);
    let mut bodies: Vec<_> = t.comments.iter().map(|c| c.body.as_deref().unwrap()).collect();
    bodies.sort_unstable();
    assert_eq!(bodies, ["new", "x", "y"]);
    assert_eq!(all.codes(), ["duplicate_id"]);
    assert_eq!(all.refusals[0].id, Some(6));
}

#[test]
fn a_comment_that_stands_twice_in_its_ticket_is_one_comment() {
    let row = r#"{"id":1,"requester_id":7,"comments":[{"id":5,"body":"x"},{"id":5,"body":"x"},{"body":"y"},{"body":"y"}]}"#;
    let all = Export::new().with("tickets.json", row).read();
    assert_eq!(comment_ids(all.ticket(1)), [5, 0, 0], "without an id, twice said is two");
    assert_eq!(all.codes(), [""; 0]);
}

#[test]
fn people_inside_tickets_are_delivered_once_unless_they_have_rows_of_their_own() {
    let tickets = concat!(
        r#"{"id":1,"requester":{"id":7,"name":"old","updated_at":"2026-01-01T00:00:00Z"},"organization":{"id":5,"name":"O"}}"#,
        "\n",
        r#"{"id":2,"requester":{"id":7,"name":"new","updated_at":"2026-02-01T00:00:00Z"},"assignee":{"id":2,"name":"inside"}}"#,
        "\n",
        r#"{"id":3,"requester":{"name":"Bo","email":"bo@b.example"},"comments":[{"id":9,"body":"x","author":{"id":8,"name":"C"}}]}"#,
        "\n",
    );
    let all = Export::new()
        .with("tickets.jsonl", tickets)
        .with("users.json", r#"[{"id":2,"name":"own"}]"#)
        .read();
    let mut people: Vec<_> = all.users.iter().map(|u| (u.id, u.name.as_deref().unwrap())).collect();
    people.sort_unstable();
    assert_eq!(people, [(2, "own"), (7, "new"), (8, "C")]);
    assert_eq!(all.ticket(1).requester, Some(Person::Id(7)));
    assert_eq!((all.ticket(1).organization_id, all.ticket(2).assignee_id), (Some(5), Some(2)));
    assert_eq!(all.organizations[0].name.as_deref(), Some("O"));
    let Some(Person::Unnumbered(bo)) = &all.ticket(3).requester else { panic!("no requester") };
    assert_eq!(bo.email.as_deref(), Some("bo@b.example"));
    assert_eq!(all.ticket(3).comments[0].author, Some(Person::Id(8)));
    assert_eq!(all.codes(), [""; 0]);
}
