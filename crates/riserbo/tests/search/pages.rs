//! Pages, counts, errors, and what the log keeps.

use riserbo::config::Config;
use riserbo::error::Error;
use riserbo::service::access_log::{Header, event};
use riserbo::service::search::{self, From, Hit, Noun, Request, Sort};
use serde_json::json;

use crate::desk::{Desk, NOW};

fn id(hit: &Hit) -> i64 {
    match hit {
        Hit::Ticket(t) => t.row.id,
        Hit::Customer(c) => c.id,
        Hit::Organization(o) => o.id,
        Hit::Group { id, .. } => *id,
    }
}

async fn desk() -> Desk {
    Desk::new(4, Config::default()).await
}

/// The newest event of the log, and how many customers it names.
async fn newest(desk: &Desk) -> (Header, usize) {
    let log = desk.app.log.files();
    let entries = log.read(log.size() - 1..log.size()).await.unwrap();
    let (header, items) = event::decode(&entries[0].1).unwrap();
    let customers = items.iter().filter(|i| i.tag == 2).count();
    (header, customers)
}

async fn ids(desk: &Desk, role: &str, query: &str) -> Vec<i64> {
    let found = search::search(&desk.ctx(role), &Request::new(query)).await.unwrap();
    found.hits.iter().map(id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_by_offset_and_by_place_give_every_hit_once() {
    let desk = desk().await;
    let ctx = desk.ctx("migration");
    for query in
        ["di", "posta", "created>2025-01-01", "-il", "type:user", "type:ticket status<solved"]
    {
        for (n, sort) in
            [Sort::Newest, Sort::Created, Sort::Updated, Sort::Status].into_iter().enumerate()
        {
            let base =
                Request { sort, descending: n % 2 == 0, limit: 1_000, ..Request::new(query) };
            let whole = search::search(&ctx, &base).await.unwrap();
            let all: Vec<i64> = whole.hits.iter().map(id).collect();
            assert!(all.len() > 2, "{query}");
            for counted in [false, true] {
                let (mut by_offset, mut by_place) = (Vec::new(), Vec::new());
                let mut from = From::Offset(0);
                loop {
                    let request = Request { from, limit: 2, counted, ..base.clone() };
                    let page = search::search(&ctx, &request).await.unwrap();
                    by_place.extend(page.hits.iter().map(id));
                    let Some(next) = page.next.filter(|_| page.more) else { break };
                    from = From::After(search::Position::from_text(&next.to_text()).unwrap());
                }
                for offset in (0..all.len() as i64 + 2).step_by(2) {
                    let from = From::Offset(offset);
                    let request = Request { from, limit: 2, counted, ..base.clone() };
                    let page = search::search(&ctx, &request).await.unwrap();
                    assert_eq!(page.more, offset + 2 < all.len() as i64);
                    by_offset.extend(page.hits.iter().map(id));
                }
                assert_eq!(by_offset, all, "{query} {sort:?}");
                assert_eq!(by_place, all, "{query} {sort:?}");
            }
            assert_eq!(search::count(&ctx, query).await.unwrap(), all.len() as i64);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_answer_is_one_event_with_what_was_typed_and_nothing_of_it_in_clear() {
    let desk = desk().await;
    let size = || desk.app.log.files().size();
    let card = "4111111111111111";
    for (query, categories) in [
        ("di", vec!["content"]),
        ("nothingatall", vec!["content"]),
        (card, vec!["payment"]),
        ("type:user posta", vec!["content"]),
        ("\"never closed", vec!["content"]),
    ] {
        let before = size();
        let found = search::search(&desk.ctx("agent-1"), &Request::new(query)).await;
        assert_eq!(size(), before + 1, "{query}");
        let (header, customers) = newest(&desk).await;
        assert_eq!(header.action, "search");
        assert_eq!(header.query, categories, "{query}");
        assert!(!header.query_tokens.is_empty());
        let hits = found.map_or(0, |f| f.hits.len());
        assert!(customers <= hits && (hits == 0 || customers > 0));
        let text = serde_json::to_string(&header).unwrap();
        assert!(!text.contains(query.trim_matches('"')) || query == "di");
    }
    let before = size();
    search::count(&desk.ctx("agent-1"), card).await.unwrap();
    assert_eq!(size(), before + 1);
    let (header, _) = newest(&desk).await;
    assert_eq!(
        (header.action.as_str(), header.query.as_slice()),
        ("count_search", &["payment".to_owned()][..])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_word_has_the_same_token_for_a_month() {
    let desk = desk().await;
    let mut tokens = Vec::new();
    for at in [NOW, NOW, NOW + 40 * 86_400_000_000] {
        desk.clock.set(at);
        search::search(&desk.ctx("agent-1"), &Request::new("Rimborso")).await.unwrap();
        tokens.push(newest(&desk).await.0.query_tokens);
    }
    assert_eq!(tokens[0], tokens[1]);
    assert_ne!(tokens[0], tokens[2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_cannot_be_answered_says_why_without_repeating_it() {
    let desk = desk().await;
    let ctx = desk.ctx("agent-1");
    for (query, part) in [
        ("", "write a word"),
        ("status:SECRET", "status is"),
        ("created>SECRET", "2026-01-31"),
        ("type:SECRET", "type is"),
        ("cc:SECRET", "can't be searched"),
        ("SE*", "three letters"),
    ] {
        let error = search::search(&ctx, &Request::new(query)).await.map(|_| ()).unwrap_err();
        let text = error.to_string();
        assert!(matches!(error, Error::Invalid { .. }) && text.contains(part), "{text}");
        assert!(!text.contains("SECRET"));
    }
    let deep = Request { from: From::Offset(10_001), ..Request::new("di") };
    assert!(matches!(search::search(&ctx, &deep).await, Err(Error::Invalid { field: "page", .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_without_customer_records_may_not_search() {
    let desk = Desk::new(4, Config::default()).await;
    let id = riserbo::service::people::create(
        &desk.app,
        riserbo::service::people::NewStaff {
            wanted_id: None,
            email: "auditor@desk.example".into(),
            name: "Auditor".into(),
            locale: "it".into(),
            roles: vec!["auditor".into()],
            groups: vec![],
            software: false,
            state: 0,
            password: None,
        },
    )
    .await
    .unwrap();
    let ctx = riserbo::app::Ctx::cli(&desk.app, desk.app.people.get(id).unwrap(), "test");
    let answer = search::search(&ctx, &Request::new("di")).await;
    assert!(matches!(answer, Err(Error::Forbidden(_))));
    assert!(matches!(search::count(&ctx, "di").await, Err(Error::Forbidden(_))));
}

fn rows() -> (Vec<serde_json::Value>, Vec<serde_json::Value>) {
    let users = vec![
        json!({"id": 2001, "role": "end-user", "name": "Giulia Verdi",
               "email": "giulia.verdi@posta.example", "phone": "+39 347 555 1234",
               "external_id": "C-77001", "created_at": "2026-01-01T00:00:00Z"}),
        json!({"id": 2002, "role": "end-user", "name": "Marco Neri",
               "email": "marco.neri@posta.example", "created_at": "2026-01-02T00:00:00Z"}),
    ];
    let ticket = |id: i64, requester: i64, text: &str| {
        json!({"id": id, "subject": "Pacco", "requester_id": requester, "status": "open",
               "external_id": format!("EXT-{id}"), "group_id": 71,
               "comments": [{"id": id * 10, "author_id": requester, "body": text,
                             "created_at": "2026-01-05T10:00:00Z"}],
               "created_at": "2026-01-05T10:00:00Z", "updated_at": "2026-01-06T10:00:00Z"})
    };
    (users, vec![ticket(7001, 2001, "il pacco è rotto"), ticket(7002, 2002, "il pacco manca")])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_masked_agent_finds_by_a_complete_identifier_and_by_nothing_less() {
    let (users, tickets) = rows();
    let desk = Desk::of(&users, &tickets, Config::default()).await;
    let spent =
        || async { riserbo::service::lookup::budget(&desk.ctx("agent-1")).await.unwrap().spent };
    // Words of what is masked find nothing.
    for query in [
        "giulia",
        "verdi",
        "giulia.verdi@posta.example",
        "name:giulia",
        "requester:\"Giulia Verdi\"",
    ] {
        assert_eq!(ids(&desk, "agent-1", query).await, [] as [i64; 0], "{query}");
    }
    assert_eq!(spent().await, 0);
    // A complete identifier in a field is a lookup, with its budget.
    for (query, expected) in [
        ("type:user email:giulia.verdi@posta.example", vec![2001]),
        ("email:GIULIA.VERDI@posta.example", vec![2001]),
        ("requester:giulia.verdi@posta.example", vec![7001]),
        ("requester:marco.neri@posta.example pacco", vec![7002]),
        ("-requester:marco.neri@posta.example pacco", vec![7001]),
        ("phone:\"+39 347 555 1234\"", vec![2001]),
        ("external_id:EXT-7002", vec![7002]),
        ("external_id:C-77001", vec![2001]),
        ("email:nobody@posta.example", vec![]),
    ] {
        let before = spent().await;
        assert_eq!(ids(&desk, "agent-1", query).await, expected, "{query}");
        assert_eq!(spent().await, before + 1, "{query}");
    }
    // A part of one is none.
    let before = spent().await;
    for query in ["email:giulia", "phone:347", "requester:giulia@"] {
        assert_eq!(ids(&desk, "agent-1", query).await, [] as [i64; 0], "{query}");
    }
    assert_eq!(spent().await, before);
    // Who sees it searches it as text.
    for query in ["giulia", "email:giulia", "name:\"giulia verdi\" type:user", "requester:giulia"] {
        assert!(!ids(&desk, "migration", query).await.is_empty(), "{query}");
    }
    // An assistant may not look anybody up: no hit, and no error that tells.
    assert_eq!(
        ids(&desk, "ai-assistant", "email:giulia.verdi@posta.example").await,
        [] as [i64; 0]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_that_is_spent_stops_lookups_and_not_searches() {
    let (users, tickets) = rows();
    let desk = Desk::of(&users, &tickets, Config::default()).await;
    let ctx = desk.ctx("agent-1");
    let app = &desk.app;
    let hour = NOW.div_euclid(3_600_000_000) * 3_600_000_000;
    let limit = app.config.limits.lookups_per_hour;
    let mut tx = app.data.begin().await.unwrap();
    tx.exec(
        "INSERT INTO budget (staff_id, act, window_start, used) VALUES ($1, 'lookup', $2, $3)",
        riserbo::args![ctx.who.id, hour, limit],
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let asked = Request::new("email:giulia.verdi@posta.example");
    assert!(matches!(search::search(&ctx, &asked).await, Err(Error::Budget { .. })));
    assert_eq!(ids(&desk, "agent-1", "pacco").await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_is_closing_is_no_hit() {
    let (users, tickets) = rows();
    let desk = Desk::of(&users, &tickets, Config::default()).await;
    let mut tx = desk.app.data.begin().await.unwrap();
    riserbo::store::ops::put_closing(&mut tx, 1, 7001, 0, "op").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(ids(&desk, "agent-1", "pacco").await, [7002]);
}

#[tokio::test(flavor = "multi_thread")]
async fn names_of_groups_are_found_and_types_narrow() {
    let (users, tickets) = rows();
    let desk = Desk::of(&users, &tickets, Config::default()).await;
    let mut tx = desk.app.data.begin().await.unwrap();
    let named = riserbo::store::people::Named { id: 71, name: "Pacco e spedizioni".into() };
    riserbo::store::people::put_group(&mut tx, &named).await.unwrap();
    tx.commit().await.unwrap();
    let mut found = ids(&desk, "agent-1", "pacco").await;
    found.sort_unstable();
    assert_eq!(found, [71, 7001, 7002]);
    assert_eq!(ids(&desk, "agent-1", "pacco type:group").await, [71]);
    assert_eq!(ids(&desk, "agent-1", "type:ticket group:\"pacco e spedizioni\"").await.len(), 2);
    let only = Request { types: vec![Noun::Group], ..Request::new("pacco") };
    let found = search::search(&desk.ctx("agent-1"), &only).await.unwrap();
    assert_eq!(found.hits.iter().map(id).collect::<Vec<_>>(), [71]);
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_candidates_of_a_phrase_are_refused_and_a_word_more_helps() {
    let (users, _) = rows();
    let comments: Vec<_> = (0..2_100)
        .map(|n| {
            let end = if n == 5 { "speciale" } else { "uguale" };
            json!({"id": 90_000 + n, "author_id": 2001, "body": format!("pacco non arrivato {end}"),
                   "created_at": "2026-01-05T10:00:00Z"})
        })
        .collect();
    let ticket = json!({"id": 7001, "subject": "x", "requester_id": 2001, "status": "open",
        "comments": comments, "created_at": "2026-01-05T10:00:00Z", "updated_at": "2026-01-06T10:00:00Z"});
    let desk = Desk::of(&users, &[ticket], Config::default()).await;
    // It stands nowhere, so that every candidate would be opened.
    let asked = Request::new("\"arrivato non\"");
    let Err(error) = search::search(&desk.ctx("agent-1"), &asked).await else { panic!("answered") };
    assert!(error.to_string().contains("add a word"));
    assert_eq!(ids(&desk, "agent-1", "\"non arrivato\" speciale").await, [7001]);
}
