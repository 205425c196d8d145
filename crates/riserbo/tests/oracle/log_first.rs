//! INVARIANT I1: logged before shown. Without the log there is no answer, and
//! each answer has one durable event that says what was in it.

use std::collections::BTreeSet;

use guard::{Category, Level, Matrix, Role};
use riserbo::error::Error;
use riserbo::service::access_log::{Header, Outcome};
use riserbo::service::search::{self, Request};
use riserbo::store::log_files::Faults;
use serde_json::Value;

use crate::export::{FIRST_CUSTOMER, FIRST_TICKET, ME, assignee};
use crate::values::{self, CARDS, EVERYTHING, Side};
use crate::world::{Answer, How, World};

const SIDE: Side = Side { second: false, differ: EVERYTHING };

/// Every route that gives data of customers, or says whether there is any.
const ROUTES: [&str; 22] = [
    "/tickets",
    "/tickets?page[size]=3&sort=-updated_at&include=users",
    "/tickets/1001?include=users",
    "/tickets/1001/comments?include=users",
    "/tickets/1005/comments?page[size]=2&sort=-created_at",
    "/tickets/1005/comments/count",
    "/tickets/show_many?ids=1001,1002,1003&include=users",
    "/tickets/count",
    "/users",
    "/users?role=end-user&page[size]=4",
    "/users/2001",
    "/users/show_many?ids=2001,2002",
    "/users/count",
    "/users/2001/tickets/requested",
    "/users/901/tickets/assigned",
    "/organizations",
    "/organizations/501",
    "/organizations/501/tickets",
    "/incremental/tickets/cursor?start_time=0&per_page=5&include=users",
    "/incremental/tickets?start_time=0&per_page=5",
    "/access_logs?page[size]=5",
    "/users/me",
];

/// Answers without a record, which tell something all the same.
const EMPTY: [&str; 4] =
    ["/tickets/999999", "/users/999999", "/tickets/x", "/tickets?page[size]=0"];

/// Words of every template of the export.
const TEMPLATES: [&str; 10] = [
    "fattura",
    "rimborso",
    "addebitata",
    "portale",
    "charged",
    "invoice",
    "pacco",
    "mattina",
    "reparto",
    "soffr",
];

fn holds_data(answer: &Answer) -> Option<String> {
    let text = answer.body.to_lowercase();
    let values = values::all().into_iter().filter(|v| v.len() > 3).map(str::to_lowercase);
    let mut words =
        values.chain(TEMPLATES.map(str::to_owned)).chain(["gmail.com".into(), "lanari".into()]);
    words.find(|word| text.contains(word.as_str()))
}

async fn answers(world: &World) -> Vec<String> {
    let mut out = Vec::new();
    for path in ROUTES.iter().filter(|p| !p.contains("access_logs")) {
        let answer = world.get("migration", path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        out.push(answer.body);
    }
    out
}

/// With a log that can't be written, nothing leaves.
async fn nothing_is_shown(world: &World) {
    for role in ["migration", "agent-1", "integration"] {
        for path in ROUTES.iter().chain(&EMPTY) {
            let answer = world.get(role, path).await;
            assert_eq!(answer.status, 503, "{role} {path}: {}", answer.body);
            assert_eq!(holds_data(&answer), None, "{role} {path}: {}", answer.body);
            assert!(answer.headers.iter().any(|(n, _)| n == "retry-after"), "{path}");
            let error: Value = answer.json();
            assert!(
                error
                    .as_object()
                    .unwrap()
                    .keys()
                    .all(|k| k.starts_with("error") || k == "description")
            );
        }
        let ctx = world.ctx(role, "search");
        assert!(matches!(search::search(&ctx, &Request::new("fattura")).await, Err(Error::Log)));
        assert!(matches!(search::count(&ctx, "fattura").await, Err(Error::Log)));
    }
    assert_eq!(
        world.get("agent-1", "/users?external_id=CLI-0099003").await.status,
        503,
        "a lookup"
    );
    assert_eq!(world.send("migration", "HEAD", "/api/v2/tickets/1001").await.status, 503);
    assert_eq!(
        world.send("migration", "GET", "/healthz").await.status,
        503,
        "and the health check says so"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn i1_a_log_that_cannot_be_written_shows_nothing_and_heals_at_the_next_start() {
    let dir = tempfile::tempdir().unwrap();
    let faults = Faults::armed();
    let mut world =
        World::filled(dir.path(), SIDE, How { faults: faults.clone(), ..How::default() }).await;
    let before = answers(&world).await;
    assert!(before.iter().any(|b| b.contains(CARDS[0][0])), "the test would show nothing");
    // A full disk at once, a disk that fills up within the entry, one that does not sync.
    let mut faults = faults;
    for (n, fault) in [(1, Some(0)), (2, Some(40)), (3, None)] {
        let durable = world.app.log.files().size();
        match fault {
            Some(bytes) => faults.full_after(bytes),
            None => faults.refuse_sync(true),
        }
        nothing_is_shown(&world).await;
        assert_eq!(world.app.log.files().size(), durable, "an entry that failed is none");
        world.close().await;
        faults = Faults::armed();
        let how = How { faults: faults.clone(), seed: n, ..How::default() };
        world = World::open(&dir.path().join("data"), how).await;
        assert!(world.app.log.files().size() >= durable, "nothing durable is lost");
        assert_eq!(answers(&world).await, before, "all is there again");
    }
}

/// Asks, and gives the answer with its one event.
async fn asked(world: &World, role: &str, path: &str) -> (Answer, Header, usize) {
    let before = world.app.log.files().size();
    let answer = world.get(role, path).await;
    let mut events = world.events(before).await;
    assert_eq!(events.len(), 1, "{role} {path}: one answer, one event");
    let (header, customers) = events.remove(0);
    let id = answer.headers.iter().find(|(n, _)| n == "x-request-id").map(|(_, v)| v.as_str());
    assert_eq!(id, Some(header.request.as_str()), "{path}: the event names the request");
    assert_eq!((header.method.as_str(), header.policy), ("GET", 1));
    assert_eq!(
        header.actor,
        world.app.people.get(world.staff[role]).unwrap().profile.agent_no,
        "{path}"
    );
    (answer, header, customers)
}

/// Categories that the shipped matrix shows to a role without a click.
fn shown_to(role: &str) -> BTreeSet<String> {
    let (matrix, role) = (Matrix::shipped(), Role::new(role).unwrap());
    Category::built_ins()
        .filter(|c| matrix.cell(&role, *c).0 == Level::Shown)
        .filter_map(|c| matrix.category_name(c).map(str::to_owned))
        .collect()
}

/// What the event says was shown is what the role may see, and what stands in
/// the answer stands in the event.
fn must_fit(role: &str, path: &str, answer: &Answer, header: &Header) {
    let may = shown_to(role);
    for (category, seen) in &header.seen {
        assert_eq!(seen.revealed, 0);
        assert!(
            seen.shown == 0 || may.contains(category),
            "{role} {path}: {category} was shown: {seen:?}"
        );
    }
    for (kind, n) in &header.kinds {
        let category = pii::Kind::from_name(kind).unwrap().category().name();
        assert!(header.seen[category].shown >= *n, "{role} {path}: {kind}");
    }
    let count =
        |needle: &[&str]| needle.iter().map(|n| answer.body.matches(n).count()).sum::<usize>();
    let cards: Vec<&str> = CARDS.iter().map(|c| c[0]).collect();
    let seen = |category: &str| header.seen.get(category).copied().unwrap_or_default();
    // An event may say more than the answer held (a page of comments counts the subject too), never less.
    let counted = header.kinds.get("credit_card").copied().unwrap_or(0) as usize;
    let distinct = cards.iter().filter(|c| answer.body.contains(**c)).count();
    assert!(
        counted >= distinct,
        "{role} {path}: {counted} cards in the log, {distinct} in the answer"
    );
    if answer.body.contains("•••• ") {
        assert!(seen("payment").masked > 0, "{role} {path}");
    }
    if answer.body.contains("[password]") {
        assert!(seen("credential").masked > 0, "{role} {path}");
    }
    if count(&["@gmail.com"]) > 0 {
        let contact = seen("contact");
        assert!(contact.shown + contact.masked > 0, "{role} {path}");
        assert_eq!(contact.shown > 0, may.contains("contact"), "{role} {path}");
    }
    if count(&TEMPLATES) > 0 {
        assert!(seen("content").shown > 0, "{role} {path}");
    }
}

fn requesters(body: &Value) -> BTreeSet<i64> {
    body["tickets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|t| t["requester_id"].as_i64().unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn i1_each_answer_has_the_event_of_what_it_showed() {
    let dir = tempfile::tempdir().unwrap();
    let world = World::filled(dir.path(), SIDE, How::default()).await;
    for role in ["migration", "agent-1", "agent-2", "integration", "ai-assistant"] {
        lists_and_counts(&world, role).await;
        for n in (0..crate::export::TICKETS).step_by(4).filter(|n| *n != 20) {
            conversation(&world, role, n).await;
        }
        people(&world, role).await;
        refusals(&world, role).await;
        searches(&world, role).await;
    }
    assert_eq!(world.app.log.files().size(), {
        let files = world.app.log.files();
        files.read(0..files.size()).await.unwrap().len() as u64
    });
}

async fn lists_and_counts(world: &World, role: &str) {
    for path in [
        "/tickets?per_page=7",
        "/tickets?page[size]=11&sort=-updated_at&include=users",
        "/tickets/show_many?ids=1001,1004,1013,999999",
        "/users/2003/tickets/requested",
    ] {
        let (answer, header, customers) = asked(world, role, path).await;
        let body = answer.json();
        let rows = body["tickets"].as_array().unwrap().len();
        assert_eq!((header.action.as_str(), header.outcome), ("list_tickets", Outcome::Ok));
        assert_eq!(header.rows, Some(rows as u32), "{role} {path}");
        assert_eq!(
            customers,
            requesters(&body).len(),
            "{role} {path}: one item for each customer touched"
        );
        assert_eq!(
            header.path,
            format!("/api/v2{}", path.split('?').next().unwrap()),
            "ids, nothing typed"
        );
        must_fit(role, path, &answer, &header);
    }
    for (path, action) in [("/tickets/count", "count_tickets"), ("/users/count", "count_users")] {
        let (_, header, customers) = asked(world, role, path).await;
        assert_eq!((header.action.as_str(), header.outcome, customers), (action, Outcome::Ok, 0));
        assert!(header.seen.is_empty(), "a count shows no value");
    }
}

async fn conversation(world: &World, role: &str, n: i64) {
    let id = FIRST_TICKET + n;
    let path = format!("/tickets/{id}");
    let (answer, header, customers) = asked(world, role, &path).await;
    assert_eq!((header.action.as_str(), header.outcome), ("view_ticket", Outcome::Ok));
    assert_eq!((header.ticket, customers), (Some(id), 1));
    assert_eq!(header.mine, Some(role == "agent-1" && assignee(n) == Some(ME)));
    assert!(header.vector.is_some(), "I8: the event keeps what decided");
    must_fit(role, &path, &answer, &header);
    let ticket = &answer.json()["ticket"];
    let text = format!("{} {}", ticket["subject"], ticket["description"]);
    let cards: usize = CARDS.iter().map(|c| text.matches(c[0]).count()).sum();
    assert_eq!(
        header.kinds.get("credit_card").copied().unwrap_or(0) as usize,
        cards,
        "{role} {path}: as many cards as left"
    );

    let path = format!("/tickets/{id}/comments?page[size]=3");
    let (answer, header, customers) = asked(world, role, &path).await;
    let rows = answer.json()["comments"].as_array().unwrap().len();
    assert_eq!((header.action.as_str(), header.rows), ("list_comments", Some(rows as u32)));
    assert_eq!((header.ticket, customers), (Some(id), 1));
    assert!(header.seen["content"].shown as usize >= rows, "each text counts");
    must_fit(role, &path, &answer, &header);
}

async fn people(world: &World, role: &str) {
    let path = format!("/users/{FIRST_CUSTOMER}");
    let (answer, header, customers) = asked(world, role, &path).await;
    assert_eq!(
        (header.action.as_str(), header.outcome, customers),
        ("view_customer", Outcome::Ok, 1)
    );
    let open = shown_to(role).contains("identity");
    assert_eq!(header.seen["identity"].shown > 0, open, "{role}: {:?}", header.seen);
    assert_eq!(answer.body.contains(SIDE.name(0)), open);
    must_fit(role, &path, &answer, &header);
    let (answer, header, customers) = asked(world, role, "/users?role=end-user&per_page=5").await;
    assert_eq!((header.rows, customers), (Some(5), 5));
    must_fit(role, "/users", &answer, &header);
}

async fn refusals(world: &World, role: &str) {
    for (path, status, outcome) in [
        ("/tickets/999999", 404, Outcome::NotFound),
        ("/tickets/999999/comments", 404, Outcome::NotFound),
        ("/tickets/Giulia.Ferrero", 404, Outcome::NotFound),
        ("/users/999999", 404, Outcome::NotFound),
        ("/tickets?page[size]=0", 400, Outcome::Invalid),
        ("/tickets?page[size]=2&page[after]=AAAA", 400, Outcome::Invalid),
    ] {
        let (answer, header, customers) = asked(world, role, path).await;
        assert_eq!(
            (answer.status, header.outcome, customers),
            (status, outcome, 0),
            "{role} {path}"
        );
        assert!(header.seen.is_empty() && header.kinds.is_empty(), "{role} {path}");
        assert!(
            !serde_json::to_string(&header).unwrap().contains("Ferrero"),
            "what was typed is not in clear"
        );
    }
    let (answer, header, customers) = asked(world, "security-analyst", "/tickets/1001").await;
    assert_eq!((answer.status, header.outcome, customers), (403, Outcome::Denied, 0));
    let export = "/incremental/tickets/cursor?start_time=0&per_page=6";
    let (answer, header, customers) = asked(world, role, export).await;
    if matches!(role, "migration" | "integration") {
        assert_eq!(
            (answer.status, header.action.as_str(), header.rows),
            (200, "export_tickets", Some(6))
        );
        assert_eq!(customers, requesters(&answer.json()).len());
        must_fit(role, export, &answer, &header);
    } else {
        assert_eq!((answer.status, header.outcome, customers), (403, Outcome::Denied, 0));
    }
}

async fn searches(world: &World, role: &str) {
    for query in ["fattura", "pacco mai arrivato", "4720198603954242", "nulla-di-tutto"] {
        let ctx = world.ctx(role, "/api/v2/search");
        let before = world.app.log.files().size();
        let results = search::search(&ctx, &Request::new(query)).await.unwrap();
        search::count(&ctx, query).await.unwrap();
        let events = world.events(before).await;
        assert_eq!(events.len(), 2, "a search and a count, hit or miss: {query}");
        let actions: Vec<&str> = events.iter().map(|(h, _)| h.action.as_str()).collect();
        assert_eq!(actions, ["search", "count_search"], "{query}");
        let (header, _) = &events[0];
        assert_eq!(header.rows, Some(results.hits.len() as u32), "{role} {query}");
        let clear = serde_json::to_string(header).unwrap();
        assert!(!clear.contains(query), "what was typed is sealed");
    }
}
