//! Bad input: what is bad is refused with its place and a code, the rest goes on.

use super::*;
use proptest::prelude::*;

#[test]
fn each_bad_line_is_refused_alone_and_named() {
    let mut file = Vec::new();
    for line in [
        r#"{"id":1,"subject":"ok","requester_id":7}"#.as_bytes(),
        br#"{"subject":"no id"}"#,
        br#"{"id":"x1","subject":"bad id"}"#,
        br#"{"id":2,"subject":"t","created_at":"yesterday"}"#,
        b"{\"id\":3,\"subject\":\"\xff\xfe\"}",
        br#"{"id":4,"subject":}"#,
        br#"{"id":5,"subject":"cut"#,
        br#"["id",5]"#,
        br#"{"id":6,"subject":"x","comments":[5]}"#,
        br#"{"id":7,"subject":"x","comments":[{"id":1,"created_at":"no"}]}"#,
        br#"{"id":8,"subject":"ok","requester_id":7}"#,
    ] {
        file.extend_from_slice(line);
        file.push(b'\n');
    }
    let all = Export::new().with("tickets.jsonl", file).read();
    assert_eq!(all.ticket_ids(), [1, 8]);
    let mut told = all.told();
    told.sort_unstable();
    assert_eq!(
        told,
        [
            (Place::Line(2), "missing_id"),
            (Place::Line(3), "bad_id"),
            (Place::Line(4), "bad_time"),
            (Place::Line(5), "not_utf8"),
            (Place::Line(6), "not_json"),
            (Place::Line(7), "not_json"),
            (Place::Line(9), "bad_comment"),
            (Place::Line(10), "bad_time"),
            (Place::Item(1), "not_an_object"),
            (Place::Item(2), "not_an_object"),
        ]
    );
    let ids: Vec<_> = all.refusals.iter().filter_map(|refusal| refusal.id).collect();
    assert_eq!(ids, [2, 6, 7]);
}

#[test]
fn a_row_without_requester_or_from_the_future_or_with_nul_is_taken_and_noted() {
    let row = r#"{"id":1,"subject":"a\u0000b","created_at":"2031-01-01T00:00:00Z","comments":[{"id":2,"body":"x","created_at":"2030-01-01T00:00:00Z"}]}"#;
    let all = Export::new().with("tickets.json", row).read();
    let t = all.ticket(1);
    assert_eq!(t.subject.as_deref(), Some("a\u{fffd}b"));
    assert_eq!(t.odd, [Note::FutureDate("created_at"), Note::NulReplaced, Note::MissingRequester]);
    assert_eq!(t.comments[0].odd, [Note::FutureDate("created_at")]);
    assert_eq!(all.codes(), [""; 0]);
}

#[test]
fn html_with_scripts_passes_as_text_for_the_sanitiser() {
    let row = r#"{"id":1,"requester_id":7,"comments":[{"id":2,"html_body":"<script>alert(1)</script>"}]}"#;
    let all = Export::new().with("tickets.json", row).read();
    assert_eq!(all.ticket(1).comments[0].html_body.as_deref(), Some("<script>alert(1)</script>"));
}

#[test]
fn of_two_rows_with_one_id_the_newer_is_taken_and_the_other_named() {
    let old = r#"{"id":1,"subject":"old","requester_id":7,"updated_at":"2026-01-01T00:00:00Z"}"#;
    let new = r#"{"id":1,"subject":"new","requester_id":7,"updated_at":"2026-01-02T00:00:00Z"}"#;
    let broken =
        r#"{"id":1,"subject":"broken","created_at":"x","updated_at":"2026-01-03T00:00:00Z"}"#;
    let all =
        Export::new().with("tickets.jsonl", format!("{new}\n{old}\n{broken}\n{new}\n")).read();
    assert_eq!(all.tickets.len(), 1);
    assert_eq!(all.ticket(1).subject.as_deref(), Some("new"));
    assert_eq!(all.told(), [(Place::Line(2), "duplicate_id"), (Place::Line(3), "bad_time")]);
    assert_eq!((all.census.distinct(Noun::Ticket), all.census.duplicates(Noun::Ticket)), (1, 2));
}

#[test]
fn a_comment_needs_its_ticket() {
    let comments = concat!(
        r#"{"id":5,"body":"x","ticket_id":9}"#,
        "\n",
        r#"{"id":6,"body":"x","author_id":1}"#,
        "\n",
        r#"{"id":7,"body":"x","ticket_id":2}"#,
        "\n",
        r#"{"id":8,"body":"x","ticket_id":1,"created_at":"no"}"#,
        "\n",
    );
    let tickets = ticket(1) + "{\"id\":2,\"subject\":\"x\",\"created_at\":\"no\"}\n";
    let all = Export::new().with("comments.jsonl", comments).with("tickets.jsonl", tickets).read();
    assert_eq!(
        all.codes(),
        [
            "no_ticket_for_comment",
            "missing_ticket_id",
            "no_ticket_for_comment",
            "bad_time",
            "bad_time"
        ]
    );
    assert_eq!(comment_ids(all.ticket(1)), [0i64; 0]);
}

#[test]
fn a_ticket_with_too_many_comments_is_refused_whole() {
    let limits = Limits { max_comments_per_ticket: 2, ..Limits::default() };
    let inside = r#"{"id":1,"requester_id":7,"comments":[{"id":1},{"id":2},{"id":3}]}"#;
    let both = r#"{"id":2,"requester_id":7,"comments":[{"id":4},{"id":5}]}"#;
    let apart = r#"{"id":6,"ticket_id":2,"body":"x"}"#;
    let repeated = "{\"id\":7,\"ticket_id\":3,\"body\":\"x\"}\n".repeat(5);
    let all = Export::new()
        .with("tickets.jsonl", format!("{inside}\n{both}\n{}", ticket(3)))
        .with("comments.jsonl", format!("{apart}\n{repeated}"))
        .read_with(limits);
    assert_eq!(all.ticket_ids(), [3]);
    assert_eq!(comment_ids(all.ticket(3)), [7]);
    assert_eq!(all.codes(), ["too_many_comments", "too_many_comments"]);
}

#[test]
fn rows_of_unknown_nouns_are_told_once_a_file_and_counted() {
    let gold = "{\"ticket_id\":1,\"comment_id\":2,\"field\":\"f\",\"value\":\"v\"}\n".repeat(3);
    let all = Export::new()
        .with("gold.jsonl", gold)
        .with("manifest.json", "{\n \"tickets\": 1000,\n \"seed\": 7\n}")
        .with("tickets.jsonl", ticket(1))
        .read();
    assert_eq!(all.codes(), ["unknown_noun", "unknown_noun"]);
    assert_eq!(all.census.unknown_rows(), 4);
}

#[test]
fn a_file_that_changes_between_passes_is_noticed() {
    let export = Export::new().with("tickets.jsonl", ticket(1) + &ticket(2));
    let source = Source::open(&[export.path().to_owned()], Limits::default(), NOW).unwrap();
    let Ok(census) = source.census(&mut (), |_| Ok::<(), Infallible>(()));
    let export = export.with("tickets.jsonl", ticket(2) + &ticket(3));
    let mut seen = Vec::new();
    let Ok(()) = source.tickets(&census, &mut (), |row| {
        seen.push(row.map(|t| t.id).map_err(|r| (r.id, r.reason.code())));
        Ok::<(), Infallible>(())
    });
    let changed = |id: i64| Err((Some(id), "changed_underway"));
    assert_eq!(seen, [Ok(2), changed(3), changed(1)]);
    fs::remove_file(export.path().join("tickets.jsonl")).unwrap();
    let mut codes = Vec::new();
    let Ok(()) = source.tickets(&census, &mut (), |row| {
        codes.extend(row.err().map(|r| r.reason.code()));
        Ok::<(), Infallible>(())
    });
    assert_eq!(codes, ["io", "changed_underway", "changed_underway"]);
}

#[test]
fn the_caller_stops_a_pass_with_its_own_error() {
    let export = Export::new().with("tickets.jsonl", ticket(1) + &ticket(2));
    let source = Source::open(&[export.path().to_owned()], Limits::default(), NOW).unwrap();
    let census = source.census(&mut (), |_| Ok::<(), &str>(())).unwrap();
    let mut count = 0;
    let end = source.tickets(&census, &mut (), |_| {
        count += 1;
        Err("disk full")
    });
    assert_eq!((end, count), (Err("disk full"), 1));
}

#[test]
fn nothing_said_about_a_row_quotes_it() {
    let canary = "canary-4f9a";
    let lines = [
        format!(r#"{{"id":"{canary}","subject":"{canary}"}}"#),
        format!(r#"{{"id":1,"subject":"x","created_at":"{canary}"}}"#),
        format!(r#"{{"id":2,"subject":"{canary}"#),
        format!(r#"{{"id":3,"{canary}":{canary}}}"#),
        format!(r#""{canary}""#),
        format!(r#"{{"id":4,"subject":"{canary}","requester":{{"name":"{canary}"}}}}"#),
        format!(r#"{{"id":5,"ticket_id":"{canary}","body":"{canary}"}}"#),
    ];
    let all = Export::new().with("tickets.jsonl", lines.join("\n")).read();
    assert_eq!(all.refusals.len(), 6);
    for refusal in &all.refusals {
        assert!(!format!("{refusal} {refusal:?}").contains(canary), "{refusal}");
    }
    assert!(!format!("{:?}", all.tickets).contains(canary));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_damage_to_a_file_stops_the_reading(
        cuts in prop::collection::vec((0usize..2_000, any::<u8>()), 1..8), form in 0usize..3,
    ) {
        let rows: String = (1..20).map(ticket).collect();
        let mut bytes = match form {
            0 => rows.into_bytes(),
            1 => gzip(rows.as_bytes()),
            _ => zipped(&[("tickets.jsonl", rows.as_bytes())]),
        };
        for (at, byte) in cuts {
            let at = at % bytes.len();
            bytes[at] = byte;
        }
        let name = ["tickets.jsonl", "tickets.jsonl.gz", "t.zip"][form];
        let all = Export::new().with(name, &bytes).read();
        let ids = all.ticket_ids();
        let mut once = ids.clone();
        once.dedup();
        prop_assert_eq!(ids, once);
    }
}
