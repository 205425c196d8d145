//! The same requests to two databases that differ in hidden values alone.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use riserbo::service::search::{self, From, Hit, Request, Sort};
use riserbo::service::view::{self, TextView};

use crate::export::{FIRST_TICKET, ME, TICKETS};
use crate::requests;
use crate::values::{Cat, EVERYTHING, Side};
use crate::world::{Answer, How, World, next_of};

struct Pair {
    a: World,
    b: World,
    _dirs: [tempfile::TempDir; 2],
}

impl Pair {
    async fn open(differ: &'static [Cat]) -> Pair {
        let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let side = |second| Side { second, differ };
        let a = World::filled(dirs[0].path(), side(false), How::default()).await;
        let b = World::filled(dirs[1].path(), side(true), How::default()).await;
        Pair { a, b, _dirs: dirs }
    }

    async fn both(&self, role: &str, target: &str) -> (Answer, Answer) {
        (self.a.send(role, "GET", target).await, self.b.send(role, "GET", target).await)
    }
}

/// A text with everything that a principal can tell of it.
fn told(text: &TextView, out: &mut String) {
    write!(out, "{}|{}", text.plain(), text.html()).unwrap();
    for slot in text.slots() {
        write!(
            out,
            "|{} {:?} {} {:?} {}",
            slot.number, slot.kind, slot.category, slot.level, slot.text
        )
        .unwrap();
    }
    out.push('\n');
}

/// Every ticket as a role meets it, and how many slots of each category there are.
async fn rendered(world: &World, role: &str) -> (Vec<String>, BTreeMap<u8, usize>) {
    let (mut out, mut slots) = (Vec::new(), BTreeMap::new());
    for id in FIRST_TICKET..FIRST_TICKET + TICKETS {
        let ticket = view::ticket(&world.ctx(role, "view"), id).await.unwrap();
        let mut text = String::new();
        let mut texts = vec![&ticket.subject];
        texts
            .extend([&ticket.external_id, &ticket.recipient, &ticket.source].into_iter().flatten());
        texts.extend(ticket.fields.iter().map(|(_, f)| f));
        for comment in &ticket.comments {
            texts.push(&comment.body);
            texts.extend(comment.attachments.iter().map(|(_, name)| name));
        }
        for person in ticket.people.values() {
            if let view::Person::Customer(c) = person {
                texts.push(&c.name);
                texts.extend(
                    [&c.email, &c.phone, &c.external_id, &c.alias, &c.notes, &c.details]
                        .into_iter()
                        .flatten(),
                );
                texts.extend(c.fields.iter().map(|(_, f)| f));
            }
        }
        // People come in no order.
        let mut lines: Vec<String> = Vec::new();
        for t in texts {
            let mut line = String::new();
            told(t, &mut line);
            lines.push(line);
            for slot in t.slots() {
                *slots.entry(slot.category).or_default() += 1;
            }
        }
        lines.sort();
        text.extend(lines);
        out.push(text);
    }
    (out, slots)
}

fn category(cat: Cat) -> u8 {
    use pii::Category;
    match cat {
        Cat::Identity => Category::IDENTITY,
        Cat::Contact => Category::CONTACT,
        Cat::Payment => Category::PAYMENT,
        Cat::GovernmentId => Category::GOVERNMENT_ID,
        Cat::Health => Category::HEALTH,
        Cat::Credential => Category::CREDENTIAL,
        Cat::Location => Category::LOCATION,
        Cat::Online => Category::ONLINE,
        Cat::Unknown => Category::UNKNOWN,
    }
    .id()
}

/// Lines that one side has and the other has not.
fn unequal(a: &str, b: &str) -> Vec<String> {
    let lines = |text: &str| -> BTreeSet<String> { text.lines().map(str::to_owned).collect() };
    lines(a).symmetric_difference(&lines(b)).cloned().collect()
}

/// The precondition of I4, checked and not believed.
async fn must_be_alike(pair: &Pair, role: &str, differ: &[Cat]) {
    let (a, slots) = rendered(&pair.a, role).await;
    let (b, _) = rendered(&pair.b, role).await;
    let differences: BTreeSet<String> = a.iter().zip(&b).flat_map(|(a, b)| unequal(a, b)).collect();
    assert!(differences.is_empty(), "not alike for {role}, mend the generator: {differences:#?}");
    assert_eq!(a, b);
    for cat in differ {
        assert!(
            slots.contains_key(&category(*cat)),
            "the texts hold nothing of {cat:?}: {slots:?}"
        );
    }
    let (a, _) = rendered(&pair.a, "migration").await;
    let (b, _) = rendered(&pair.b, "migration").await;
    let different = a.iter().zip(&b).filter(|(a, b)| a != b).count();
    assert_eq!(different, a.len(), "every ticket holds values that differ");
}

/// Sends the fixed requests and the walks; the answers must be alike.
async fn ask_everything(pair: &Pair, role: &str) -> usize {
    let mut sent = 0;
    let mut statuses: BTreeSet<u16> = BTreeSet::new();
    for path in requests::all() {
        let (a, b) = pair.both(role, &format!("/api/v2{path}")).await;
        assert_eq!(a, b, "{role} can tell the databases apart by {path}");
        statuses.insert(a.status);
        sent += 1;
    }
    for path in [
        "/tickets?page[size]=4&sort=-updated_at",
        "/tickets?page[size]=7&sort=priority&include=users",
        "/tickets?per_page=9",
        "/users?page[size]=3",
        "/users?role=end-user&per_page=5",
        "/tickets/1005/comments?page[size]=3",
        "/access_logs?page[size]=200",
    ] {
        let mut next = Some(format!("/api/v2{path}"));
        while let Some(target) = next {
            let (a, b) = pair.both(role, &target).await;
            assert_eq!(a, b, "{role} can tell the databases apart by {target}");
            assert_eq!(a.status, 200, "{target}: {}", a.body);
            next = next_of(&a.json());
            sent += 1;
        }
    }
    assert!(statuses.is_superset(&BTreeSet::from([200, 400, 404])), "{statuses:?}");
    sent
}

/// What a search answers, as text; ids of hits in their order, counts, errors.
async fn found(world: &World, role: &str, query: &str, n: usize) -> String {
    let ctx = world.ctx(role, "search");
    let request = Request {
        sort: [Sort::Newest, Sort::Created, Sort::Updated, Sort::Priority, Sort::Status][n % 5],
        descending: n.is_multiple_of(2),
        from: From::Offset([0, 0, 2][n % 3]),
        limit: [100, 3][n % 2],
        ..Request::new(query)
    };
    let mut out = String::new();
    match search::search(&ctx, &request).await {
        Err(error) => out.push_str(&error.to_string()),
        Ok(results) => {
            writeln!(out, "{:?} {} {:?}", results.count, results.more, results.next).unwrap();
            for hit in results.hits {
                match hit {
                    Hit::Ticket(t) => {
                        write!(out, "ticket {} ", t.row.id).unwrap();
                        told(&t.subject, &mut out);
                        t.description.iter().for_each(|d| told(d, &mut out));
                    }
                    Hit::Customer(c) => {
                        write!(out, "customer {} ", c.id).unwrap();
                        told(&c.name, &mut out);
                    }
                    Hit::Organization(o) => writeln!(out, "{o:?}").unwrap(),
                    Hit::Group { id, name } => writeln!(out, "{id} {name}").unwrap(),
                }
            }
        }
    }
    match search::count(&ctx, query).await {
        Ok(n) => write!(out, "{n}").unwrap(),
        Err(error) => out.push_str(&error.to_string()),
    }
    out
}

/// Searches through the service: words of both sides find the same, and words
/// that stand in no text that the role sees find nothing.
async fn search_for_everything(pair: &Pair, role: &str) -> usize {
    let mut hits = 0;
    let queries = requests::queries();
    for (n, query) in queries.iter().enumerate() {
        let a = found(&pair.a, role, query, n).await;
        let b = found(&pair.b, role, query, n).await;
        assert_eq!(a, b, "{role} can tell the databases apart by searching for {query}");
        hits += usize::from(a.contains("ticket "));
    }
    assert!(hits > 5, "only {hits} searches hit anything: the test would show nothing");
    queries.len()
}

async fn no_oracle(role: &str, differ: &'static [Cat]) -> Pair {
    let pair = Pair::open(differ).await;
    must_be_alike(&pair, role, differ).await;
    let sent = ask_everything(&pair, role).await + search_for_everything(&pair, role).await;
    assert!(sent >= 500, "only {sent} requests");
    pair
}

#[tokio::test(flavor = "multi_thread")]
async fn i4_a_fully_masked_agent_cannot_tell_two_databases_apart() {
    let pair = no_oracle("agent-1", EVERYTHING).await;
    // The harness can fail: for whoever sees the values, the databases differ.
    let mut differ = 0;
    for path in requests::all() {
        let (a, b) = pair.both("migration", &format!("/api/v2{path}")).await;
        differ += usize::from(a.body != b.body);
    }
    assert!(differ > 200, "only {differ} answers differ for the role that sees everything");
    assert!(pair.a.staff["agent-1"] == ME);
}

const BUT_IDENTITY_AND_LOCATION: &[Cat] = &[
    Cat::Contact,
    Cat::Payment,
    Cat::GovernmentId,
    Cat::Health,
    Cat::Credential,
    Cat::Online,
    Cat::Unknown,
];

#[tokio::test(flavor = "multi_thread")]
async fn i4_an_experienced_agent_cannot_either() {
    no_oracle("agent-2", BUT_IDENTITY_AND_LOCATION).await;
}

const BUT_IDENTITY_AND_CONTACT: &[Cat] = &[
    Cat::Payment,
    Cat::GovernmentId,
    Cat::Health,
    Cat::Credential,
    Cat::Location,
    Cat::Online,
    Cat::Unknown,
];

#[tokio::test(flavor = "multi_thread")]
async fn i4_an_integration_cannot_either() {
    no_oracle("integration", BUT_IDENTITY_AND_CONTACT).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn i4_an_assistant_that_sees_content_alone_cannot_either() {
    no_oracle("ai-assistant", EVERYTHING).await;
}
