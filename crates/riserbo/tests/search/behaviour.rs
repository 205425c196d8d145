//! The index and the model agree on generated queries.

use riserbo::config::Config;
use riserbo::service::search::{self, From, Hit, Request};

use crate::desk::{Desk, Dice, ROLES, postgres};
use crate::model;
use crate::queries::{self, Asked};

fn request(asked: &Asked, counted: bool) -> Request {
    Request {
        sort: asked.sort,
        descending: asked.descending,
        limit: 1_000,
        from: From::Offset(0),
        counted,
        ..Request::new(&asked.typed)
    }
}

fn places(hits: &[Hit]) -> Vec<(bool, i64)> {
    hits.iter()
        .filter_map(|hit| match hit {
            Hit::Ticket(t) => Some((true, t.row.id)),
            Hit::Customer(c) => Some((false, c.id)),
            // The desks have none.
            Hit::Organization(_) | Hit::Group { .. } => None,
        })
        .collect()
}

/// Asks a desk, and returns how many queries hit something.
async fn agree(desk: &Desk, seed: u64, queries: usize) -> usize {
    let mut dice = Dice(seed ^ 0xabcd);
    let mut hits = 0;
    let runs = model::runs(&model::see(desk, "migration").await);
    for role in ROLES {
        let seen = model::see(desk, role).await;
        let ctx = desk.ctx(role);
        for n in 0..queries.div_ceil(ROLES.len()) {
            let asked = queries::query(&mut dice, desk, &runs, role);
            let expected = model::search(&seen, &asked);
            let counted = n % 2 == 0;
            let found = search::search(&ctx, &request(&asked, counted)).await.unwrap();
            assert_eq!(
                places(&found.hits),
                expected,
                "seed {seed}, {role} asks for {} by {:?}",
                asked.typed,
                asked.sort
            );
            if counted {
                assert_eq!(found.count, Some(expected.len() as i64), "{}", asked.typed);
            }
            assert!(!found.capped && !found.more);
            hits += usize::from(!expected.is_empty());
        }
    }
    hits
}

/// Queries in all: `RISERBO_SEARCH_QUERIES`, or what a short run takes.
fn total() -> usize {
    std::env::var("RISERBO_SEARCH_QUERIES").ok().and_then(|n| n.parse().ok()).unwrap_or(10_000)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_finds_exactly_what_the_searcher_could_read() {
    let desks = 50;
    let each = total().div_ceil(desks);
    let mut hits = 0;
    for seed in 0..desks as u64 {
        let desk = Desk::new(seed, Config::default()).await;
        hits += agree(&desk, seed, each).await;
        desk.app.close().await;
    }
    // The model can fail: many queries find something.
    assert!(hits * 3 > total(), "only {hits} queries hit anything");
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgresql_too() {
    for seed in 100..106 {
        let Some(config) = postgres(&format!("model{seed}")).await else { return };
        let desk = Desk::new(seed, config).await;
        assert!(agree(&desk, seed, 200).await > 50);
        desk.app.close().await;
    }
}
