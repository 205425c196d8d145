//! Views, lists, counts, searches and exports use the same classes: a ticket
//! that does not exist for a role is in none of them, and each total is what
//! the list holds.
//!
//! The reference is a few lines below: which conditions a ticket of the
//! generated export meets. It asks no policy, no store and no vector.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use guard::{Action, Level, Line, MaskForm, Matrix, Noun, RevealRule, Role, RoleRules, Where};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use riserbo::service::search::{self, Hit, Request};
use serde_json::Value;

use crate::export::{self, CUSTOMERS, FIRST_CUSTOMER, FIRST_TICKET, TICKETS};
use crate::values::{EVERYTHING, Side};
use crate::world::{How, World};

const NARROW: &str = "narrow";
const NARROW_ID: i64 = export::NARROW;
const SIDE: Side = Side { second: false, differ: EVERYTHING };

/// The shipped matrix with one more role: the records that it has, and on which
/// of them it sees the text.
fn matrix(list: Vec<Where>, content: &Where) -> Matrix {
    let line = |category: &str, when: &Where| Line {
        category: category.into(),
        level: Level::Shown,
        mask: MaskForm::Label,
        when: when.clone(),
    };
    let mut matrix = Matrix::shipped();
    let rules = RoleRules {
        title: "Narrow".into(),
        actions: [
            Action::ListTickets,
            Action::ViewTicket,
            Action::ViewCustomer,
            Action::Search,
            Action::Export,
            Action::ReadOwnLog,
        ]
        .into(),
        // Levels without a record would be refused.
        levels: if list.is_empty() {
            vec![]
        } else {
            vec![line("content", content), line("content_unsure", content)]
        },
        list,
        reveal: RevealRule::default(),
        ..RoleRules::default()
    };
    matrix.roles.insert(Role::new(NARROW).unwrap(), rules);
    matrix
}

fn is_open(n: i64) -> bool {
    !matches!(export::status(n), "solved" | "closed" | "deleted")
}

/// Whether ticket `n` of the export meets a condition, when `who` asks.
fn meets(when: &Where, n: i64, who: i64) -> bool {
    when.noun != Some(Noun::Customer)
        && (when.domain.is_empty() || when.domain.contains("general"))
        && (when.brand.is_empty() || export::brand(n).is_some_and(|b| when.brand.contains(&b)))
        && (when.group.is_empty() || export::group(n).is_some_and(|g| when.group.contains(&g)))
        && when.open.is_none_or(|open| open == is_open(n))
        && when.mine.is_none_or(|mine| mine == (export::assignee(n) == Some(who)))
}

/// Whether customers meet a condition: they have no brand and no group, are
/// taken as open, and nobody's own.
fn customers_meet(when: &Where) -> bool {
    when.noun != Some(Noun::Ticket)
        && (when.domain.is_empty() || when.domain.contains("general"))
        && when.brand.is_empty()
        && when.group.is_empty()
        && when.open != Some(false)
        && when.mine != Some(true)
}

fn numbers(rows: &[Value]) -> Vec<i64> {
    rows.iter().map(|r| r["id"].as_i64().unwrap()).collect()
}

fn sorted(mut ids: Vec<i64>) -> Vec<i64> {
    ids.sort_unstable();
    ids
}

/// Whether a text of ticket `n` says `fattura` outside of every slot.
fn says_invoice(texts: &BTreeMap<i64, String>, id: i64) -> bool {
    texts[&id].split(|c: char| !c.is_alphanumeric()).any(|word| word == "fattura")
}

/// The texts of every ticket, as whoever sees everything reads them.
async fn texts(world: &World) -> BTreeMap<i64, String> {
    let mut out = BTreeMap::new();
    for n in (0..TICKETS).filter(|n| export::status(*n) != "deleted") {
        let id = FIRST_TICKET + n;
        let mut text =
            world.ok("migration", &format!("/tickets/{id}")).await["ticket"]["subject"].to_string();
        for comment in world.walk("migration", &format!("/tickets/{id}/comments"), "comments").await
        {
            text.push_str(&format!(" {}", comment["body"]));
        }
        out.insert(id, text.to_lowercase());
    }
    out
}

struct Case<'c> {
    world: &'c World,
    /// The tickets that exist for the role, the deleted one too.
    exist: BTreeSet<i64>,
    /// Those of them that lists show.
    listed: Vec<i64>,
}

impl Case<'_> {
    async fn lists(&self) {
        let world = self.world;
        for path in [
            "/tickets?page[size]=4",
            "/tickets?per_page=5",
            "/tickets?page[size]=6&sort=-updated_at",
            "/tickets?page[size]=5&sort=assignee",
        ] {
            let rows = world.walk(NARROW, path, "tickets").await;
            assert_eq!(sorted(numbers(&rows)), self.listed, "{path}");
        }
        // Every page but the last is full: a hidden ticket leaves no gap.
        let page = world.ok(NARROW, "/tickets?per_page=5&sort_by=assignee").await;
        assert_eq!(
            page["tickets"].as_array().unwrap().len(),
            self.listed.len().min(5),
            "a page with a gap"
        );
        assert_eq!(page["count"], self.listed.len(), "the total is what the list holds");
        assert_eq!(world.ok(NARROW, "/tickets/count").await["count"]["value"], self.listed.len());
        let rows = world
            .walk(
                NARROW,
                "/incremental/tickets/cursor?start_time=0&exclude_deleted=true",
                "tickets",
            )
            .await;
        assert_eq!(sorted(numbers(&rows)), self.listed, "the export");
        for customer in [FIRST_CUSTOMER + 1, FIRST_CUSTOMER + 8] {
            let path = format!("/users/{customer}/tickets/requested?per_page=2");
            let rows = world.walk(NARROW, &path, "tickets").await;
            let own =
                self.listed.iter().filter(|id| export::requester(**id - FIRST_TICKET) == customer);
            assert_eq!(sorted(numbers(&rows)), own.copied().collect::<Vec<_>>(), "{path}");
            assert_eq!(world.ok(NARROW, &path).await["count"], rows.len(), "{path}");
        }
    }

    async fn records(&self) {
        let world = self.world;
        let absent = world.get(NARROW, "/tickets/999999").await;
        let absent_comments = world.get(NARROW, "/tickets/999999/comments").await;
        assert_eq!(absent.status, 404);
        for id in FIRST_TICKET..FIRST_TICKET + TICKETS {
            let ticket = world.get(NARROW, &format!("/tickets/{id}?include=users")).await;
            let comments = world.get(NARROW, &format!("/tickets/{id}/comments")).await;
            if self.exist.contains(&id) {
                assert_eq!((ticket.status, comments.status), (200, 200), "{id}");
            } else {
                // Not there and not for you are the same bytes.
                assert_eq!((ticket.status, &ticket.body), (404, &absent.body), "{id}");
                assert_eq!((comments.status, &comments.body), (404, &absent_comments.body), "{id}");
                assert_eq!(
                    world.get(NARROW, &format!("/tickets/{id}/comments/count")).await.status,
                    404
                );
            }
        }
        let asked: Vec<String> =
            (FIRST_TICKET..FIRST_TICKET + TICKETS).map(|id| id.to_string()).collect();
        let many = world.ok(NARROW, &format!("/tickets/show_many?ids={}", asked.join(","))).await;
        let got = sorted(numbers(many["tickets"].as_array().unwrap()));
        assert_eq!(got, self.exist.iter().copied().collect::<Vec<_>>());
        assert_eq!(many["count"], got.len());
    }

    async fn customers(&self, visible: bool) {
        let wanted = if visible { CUSTOMERS } else { 0 };
        let rows = self.world.walk(NARROW, "/users?role=end-user&page[size]=5", "users").await;
        assert_eq!(rows.len() as i64, wanted);
        assert_eq!(
            self.world.ok(NARROW, "/users/count?role=end-user").await["count"]["value"],
            wanted
        );
        let one = self.world.get(NARROW, &format!("/users/{FIRST_CUSTOMER}")).await;
        let absent = self.world.get(NARROW, "/users/999999").await;
        if visible {
            assert_eq!(one.status, 200);
        } else {
            assert_eq!((one.status, one.body), (404, absent.body));
        }
    }

    /// Search finds a text exactly where it is shown, and counts what it finds.
    async fn search(&self, content: &Where, texts: &BTreeMap<i64, String>) {
        let ctx = self.world.ctx(NARROW, "search");
        let mut request = Request::new("fattura");
        request.types = vec![search::Noun::Ticket];
        let results = search::search(&ctx, &request).await.unwrap();
        let hits = results.hits.iter().map(|hit| match hit {
            Hit::Ticket(t) => t.row.id,
            _ => panic!("a hit that is no ticket"),
        });
        let wanted: Vec<i64> = self
            .listed
            .iter()
            .copied()
            .filter(|id| meets(content, id - FIRST_TICKET, NARROW_ID) && says_invoice(texts, *id))
            .collect();
        let hits = sorted(hits.collect());
        assert_eq!(hits, wanted, "a search finds what is shown, no more and no less");
        assert_eq!(results.count, Some(hits.len() as i64));
        let everything = search::search(&ctx, &Request::new("fattura")).await.unwrap();
        assert_eq!(everything.count, Some(hits.len() as i64), "no other noun says it");
        assert_eq!(search::count(&ctx, "type:ticket fattura").await.unwrap(), hits.len() as i64);
    }

    /// Where the text is not shown, no word of it leaves.
    async fn texts(&self, content: &Where) {
        for id in self.listed.iter().step_by(3) {
            let n = id - FIRST_TICKET;
            let ticket = self.world.ok(NARROW, &format!("/tickets/{id}")).await["ticket"].clone();
            let open = ticket["description"].as_str().unwrap().split_whitespace().count() > 2;
            assert_eq!(open, meets(content, n, NARROW_ID), "{id}: {ticket}");
        }
    }
}

/// Opens the database for a role that has these records; with texts, searches
/// them, else looks at everything besides.
async fn check(
    dir: &Path,
    seed: u64,
    (list, content): (Vec<Where>, Where),
    all: Option<&BTreeMap<i64, String>>,
) {
    let how = How { matrix: Some(matrix(list.clone(), &content)), seed, ..How::default() };
    let world = World::open(&dir.join("data"), how).await;
    let exist: BTreeSet<i64> = (0..TICKETS)
        .filter(|n| list.iter().any(|w| meets(w, *n, NARROW_ID)))
        .map(|n| FIRST_TICKET + n)
        .collect();
    let listed =
        exist.iter().copied().filter(|id| export::status(id - FIRST_TICKET) != "deleted").collect();
    let case = Case { world: &world, exist, listed };
    match all {
        None => {
            case.lists().await;
            case.records().await;
            case.customers(list.iter().any(customers_meet)).await;
            case.texts(&content).await;
        }
        Some(texts) => case.search(&content, texts).await,
    }
    world.close().await;
}

/// A database that can be opened again and again, and its texts.
async fn filled() -> (tempfile::TempDir, BTreeMap<i64, String>) {
    let dir = tempfile::tempdir().unwrap();
    let world = World::filled(dir.path(), SIDE, How::default()).await;
    let texts = texts(&world).await;
    world.close().await;
    (dir, texts)
}

/// Conditions worth a name: one group; one's own besides, with the text of open
/// ones alone; others' alone; nothing; all.
fn named() -> Vec<(Vec<Where>, Where)> {
    let group = Where { group: [3002].into(), ..Where::default() };
    let open = Where { open: Some(true), ..Where::default() };
    let mine = Where { mine: Some(true), ..Where::default() };
    let others = Where { mine: Some(false), ..Where::default() };
    vec![
        (vec![group.clone()], Where::any()),
        (vec![group, mine.clone()], open.clone()),
        (vec![others], mine),
        (vec![], Where::any()),
        (vec![Where::any()], open),
    ]
}

/// Some at random, the same in every run.
fn drawn() -> Vec<(Vec<Where>, Where)> {
    let strategy = (prop::collection::vec(condition(), 1..4), condition());
    let mut runner = TestRunner::deterministic();
    (0..6).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect()
}

async fn check_all(cases: Vec<(Vec<Where>, Where)>, searching: bool) {
    let (dir, texts) = filled().await;
    for (seed, case) in (1..).zip(cases) {
        eprintln!("the records and their texts: {case:?}");
        check(dir.path(), seed, case, searching.then_some(&texts)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_narrow_role_never_meets_a_ticket_outside() {
    check_all(named(), false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn any_matrix_gives_views_lists_counts_and_exports_the_same_records() {
    check_all(drawn(), false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_narrow_role_never_finds_a_ticket_outside() {
    check_all(named(), true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn any_matrix_lets_a_search_find_what_it_shows() {
    check_all(drawn(), true).await;
}

fn condition() -> impl Strategy<Value = Where> {
    let set = |of: [i64; 2]| prop::collection::btree_set(prop::sample::select(of.to_vec()), 0..=2);
    let flag = || prop::option::weighted(0.3, any::<bool>());
    let noun =
        prop::option::weighted(0.2, prop::sample::select(vec![Noun::Ticket, Noun::Customer]));
    (noun, set([1, 2]), set([3001, 3002]), flag(), flag()).prop_map(
        |(noun, brand, group, open, mine)| Where {
            noun,
            brand,
            group,
            open,
            mine,
            ..Where::default()
        },
    )
}
