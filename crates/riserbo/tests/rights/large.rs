//! An answer about very many customers is answered, and its event, cut over several entries, names
//! each of them.

use std::collections::BTreeSet;

use crate::desk::{open, staff, take, user};
use riserbo::service::access_log::{self, read::Query};
use riserbo::service::view;
use riserbo::store::tickets::{From, Order};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_a_thousand_customers_is_answered_and_each_is_in_the_log() {
    let tmp = tempfile::tempdir().unwrap();
    let app = open(tmp.path()).await;
    let ctx = staff(&app, "migration").await;
    let mut rows: Vec<Value> = (1000..2000).map(user).collect();
    rows.extend((1000..2000).map(
        |i| json!({"tickets":[{"id":i,"requester_id":i,"subject":"s","description":"mario@x.org"}]}),
    ));
    let comments: Vec<Value> =
        (1000..1600).map(|i| json!({"id":10_000+i,"author_id":i,"body":"b"})).collect();
    rows.push(json!({"tickets":[{"id":5,"requester_id":1000,"subject":"s","comments":comments}]}));
    take(&ctx, &rows).await;

    let listing = view::Listing {
        filter: Default::default(),
        order: Order::Id,
        descending: false,
        from: From::Start,
        limit: 1000,
    };
    view::list(&ctx, &listing, "list_tickets").await.unwrap();
    view::customers(&ctx, 0, 0, 1000, false).await.unwrap();
    view::ticket(&ctx, 5).await.unwrap();

    let analyst = staff(&app, "security-analyst").await;
    let query = Query { limit: 2_500, ..Query::default() };
    let page = access_log::read::page(&analyst, &query).await.unwrap();
    assert!(page.entries.iter().all(|e| e.erased == 0));
    let of = |action: &str| -> Vec<_> {
        page.entries.iter().filter(|e| e.header.action == action).collect()
    };
    let ticket = of("view_ticket");
    let named: BTreeSet<i64> =
        ticket.iter().flat_map(|e| &e.customers).map(|c| c.customer).collect();
    assert_eq!(named.len(), 600);
    // Ticket 5 and 999 others; customer 1000 asked in two of them.
    let list = of("list_tickets");
    let named: BTreeSet<i64> = list.iter().flat_map(|e| &e.customers).map(|c| c.customer).collect();
    assert_eq!(named.len(), 999);
    assert!(list.len() > 1, "a thousand customers don't fit into one entry");
    assert!(list.iter().all(|e| e.actor.is_some() && e.header.id == list[0].header.id));
    let counted = list.iter().filter(|e| e.header.rows.is_some()).count();
    assert_eq!(counted, 1, "counts stand in one part only");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_customer_with_very_many_tickets_on_a_page_is_answered() {
    let tmp = tempfile::tempdir().unwrap();
    let app = open(tmp.path()).await;
    let ctx = staff(&app, "migration").await;
    let mut rows = vec![user(100)];
    rows.extend(
        (1000..2000).map(
            |i| json!({"tickets":[{"id":i,"requester_id":100,"subject":"s","description":"b"}]}),
        ),
    );
    take(&ctx, &rows).await;
    let listing = view::Listing {
        filter: Default::default(),
        order: Order::Id,
        descending: false,
        from: From::Start,
        limit: 1000,
    };
    view::list(&ctx, &listing, "list_tickets").await.unwrap();
    let analyst = staff(&app, "security-analyst").await;
    let query = Query { limit: 100, action: Some("list_tickets".to_owned()), ..Query::default() };
    let page = access_log::read::page(&analyst, &query).await.unwrap();
    let records: BTreeSet<&String> = page
        .entries
        .iter()
        .flat_map(|e| &e.customers)
        .flat_map(|c| c.records.keys())
        .filter(|r| r.starts_with("ticket:"))
        .collect();
    assert_eq!(records.len(), 1000);
}
