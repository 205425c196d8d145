//! Rows that an import must take as they come: odd people, odd ids.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod importing;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use importing::{NOW, open, open_with, source, staff, take, user};
use riserbo::app::Options;
use riserbo::clock::ManualClock;
use riserbo::service::import::{self, Colleagues, Plan};
use riserbo::service::view;
use riserbo::store::customers;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn two_strangers_are_two_customers() {
    let tmp = tempfile::tempdir().unwrap();
    let app = open(tmp.path()).await;
    let mover = staff(&app, "migration").await;
    let ticket = |id: i64, requester: serde_json::Value| json!({"tickets": [{"id": id, "requester": requester, "subject": "s", "description": "d"}]});
    let pages = [
        ticket(7, json!({"phone": "+39 347 1111111"})),
        ticket(8, json!({"phone": "+39 348 2222222"})),
        ticket(9, json!({"name": "Mario Rossi"})),
        ticket(10, json!({"name": "Mario Rossi"})),
        ticket(11, json!({"name": "Mario", "external_id": "C-77"})),
        ticket(12, json!({"phone": "0039 347 111 1111"})),
        ticket(13, json!({"external_id": "C-77"})),
    ];
    take(&mover, &pages).await;
    let mut ids = Vec::new();
    for id in 7..=13 {
        ids.push(view::ticket(&mover, id).await.unwrap().row.requester_id);
    }
    let different: BTreeSet<i64> = ids[..5].iter().copied().collect();
    assert_eq!(different.len(), 5, "{ids:?}");
    assert_eq!((ids[0], ids[4]), (ids[5], ids[6]), "one number, one external id: one customer");
    let again = take(&mover, &pages).await;
    assert_eq!((again.users.new, again.tickets.unchanged), (0, 7));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_greatest_id_does_not_end_all_ids() {
    let tmp = tempfile::tempdir().unwrap();
    let app = open(tmp.path()).await;
    let mover = staff(&app, "migration").await;
    let last = (1i64 << 53) - 1;
    take(&mover, &[
        json!({"organizations": [{"id": last, "name": "Org"}]}),
        user(last),
        json!({"users": [{"id": last - 1, "name": "x", "email": "x@desk.example", "role": "agent"}]}),
        json!({"tickets": [{"id": last, "requester_id": last, "subject": "s",
            "comments": [{"id": last, "author_id": last, "body": "b"}]}]}),
    ])
    .await;
    let agent = staff(&app, "agent-1").await;
    assert!(agent.who.id < 1_000);
    let report = take(
        &mover,
        &[
            user(500),
            json!({"tickets": [
        {"id": 7, "requester_id": last, "subject": "s", "description": "d"}]}),
        ],
    )
    .await;
    assert_eq!((report.users.new, report.tickets.new), (1, 1));
    let seen = view::ticket(&mover, 7).await.unwrap();
    assert_eq!(seen.people[&seen.row.requester_id].name(), "Mario Rossi");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_odd_colleague_does_not_stop_the_import() {
    let tmp = tempfile::tempdir().unwrap();
    let app = open(tmp.path()).await;
    let mover = staff(&app, "migration").await;
    let report = take(
        &mover,
        &[
            json!({"users": [
            {"id": 50, "name": "x", "email": "no address", "role": "agent"},
            {"id": 51, "name": "y".repeat(300), "email": "y@desk.example", "role": "admin"},
            {"id": 52, "name": "z", "role": "agent"}]}),
            user(100),
        ],
    )
    .await;
    assert_eq!(report.users.new, 4);
    assert_eq!(report.notes.get("colleague_address"), Some(&1));
    assert_eq!(report.notes.get("colleague_name"), Some(&1));
    assert_eq!(app.people.get(51).unwrap().profile.name.len(), 200);
    assert!(app.people.get(50).is_some() && app.people.get(52).is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_with_a_colleagues_number_is_not_the_colleague() {
    let tmp = tempfile::tempdir().unwrap();
    let app = open(tmp.path()).await;
    let mover = staff(&app, "migration").await;
    let agent = staff(&app, "agent-1").await;
    let id = agent.who.id;
    let page = json!({"tickets": [{"id": 7, "requester_id": id, "assignee_id": id, "subject": "s",
        "status": "open", "follower_ids": [id],
        "comments": [{"id": 70, "author_id": id, "body": "my name is Mario"}]}]});
    let report = take(&mover, std::slice::from_ref(&page)).await;
    assert_eq!(report.notes.get("unknown_user"), Some(&1));
    let seen = view::ticket(&agent, 7).await.unwrap();
    assert!(!seen.mine);
    assert_ne!(seen.row.requester_id, id);
    assert_ne!(seen.comments[0].author_id, id);
    assert!(!seen.row.plain.contains(&format!("[{id}]")), "{}", seen.row.plain);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_made_for_this_desk_may_name_its_colleagues() {
    let tmp = tempfile::tempdir().unwrap();
    let app = open(&tmp.path().join("data")).await;
    let mover = staff(&app, "migration").await;
    let agent = staff(&app, "agent-1").await;
    let id = agent.who.id;
    let page = json!({"tickets": [{"id": 7, "requester_id": 100, "assignee_id": id, "subject": "s",
        "status": "open", "description": "d"}]});
    let plan = Plan { colleagues: Colleagues::ByTheirIds };
    let source = source(tmp.path(), &[user(100), page]);
    import::run_as(&mover, source, plan, Arc::new(())).await.unwrap();
    assert!(view::ticket(&agent, 7).await.unwrap().mine);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_or_organization_of_another_desk_is_not_ours_of_the_same_number() {
    let tmp = tempfile::tempdir().unwrap();
    let app = open(tmp.path()).await;
    let mover = staff(&app, "migration").await;
    let mut tx = app.data.begin().await.unwrap();
    for id in [3, 4] {
        let ours = riserbo::store::people::Named { id, name: "Ours".into() };
        riserbo::store::people::put_group(&mut tx, &ours).await.unwrap();
    }
    let ours = customers::OrganizationRow {
        id: 9,
        name: "Ours".into(),
        tags: "[]".into(),
        ..Default::default()
    };
    customers::insert_organizations(&mut tx, &[ours]).await.unwrap();
    tx.commit().await.unwrap();
    let report = take(&mover, &[
        json!({"groups": [{"id": 3, "name": "Theirs"}]}),
        json!({"organizations": [{"id": 9, "name": "Theirs"}]}),
        json!({"tickets": [
            {"id": 7, "requester_id": 100, "group_id": 3, "organization_id": 9, "subject": "s", "description": "d"},
            {"id": 8, "requester_id": 100, "group_id": 4, "organization_id": 99, "subject": "s", "description": "d"}]}),
        user(100),
    ])
    .await;
    let described = view::ticket(&mover, 7).await.unwrap().row;
    assert!(!matches!(described.group_id, None | Some(3 | 4)), "{:?}", described.group_id);
    assert!(
        !matches!(described.organization_id, None | Some(9)),
        "{:?}",
        described.organization_id
    );
    let unknown = view::ticket(&mover, 8).await.unwrap().row;
    assert_eq!((unknown.group_id, unknown.organization_id), (None, Some(99)));
    assert_eq!(report.notes.get("unknown_place"), Some(&1));
    let groups = riserbo::store::people::groups(&app.data).await.unwrap();
    assert_eq!(groups.iter().filter(|g| g.name == "Ours").count(), 2, "our names stay ours");
}

/// Draws each handle twice.
struct Stutter(AtomicU64);

impl seal::Random for Stutter {
    fn fill(&self, dest: &mut [u8]) -> Result<(), seal::SealError> {
        if dest.len() != 7 {
            return seal::SystemRandom.fill(dest);
        }
        let n = self.0.fetch_add(1, Ordering::SeqCst) / 2;
        for (at, byte) in dest.iter_mut().enumerate() {
            *byte = u8::try_from(n >> (5 * at) & 31).unwrap();
        }
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handle_that_somebody_has_is_drawn_again() {
    let tmp = tempfile::tempdir().unwrap();
    let rng = Arc::new(Stutter(AtomicU64::new(0)));
    let app = open_with(Options {
        clock: Arc::new(ManualClock::at(NOW)),
        rng: Arc::clone(&rng) as Arc<dyn seal::Random>,
        ..Options::new(tmp.path())
    })
    .await;
    let mover = staff(&app, "migration").await;
    take(&mover, &[user(100), user(101), user(102)]).await;
    // From the start again: the first three are taken by the others.
    rng.0.store(0, Ordering::SeqCst);
    let report = take(&mover, &[user(103), user(104)]).await;
    assert_eq!(report.users.new, 2);
    let rows = customers::get_many(&app.data, &[100, 101, 102, 103, 104]).await.unwrap();
    assert_eq!(rows.iter().map(|r| &r.handle).collect::<BTreeSet<_>>().len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn heavy_rows_go_through_in_bounded_room() {
    let tmp = tempfile::tempdir().unwrap();
    let app = open(tmp.path()).await;
    let mover = staff(&app, "migration").await;
    // Twelve rows of four MiB: more than the reader may hold at once.
    let pages: Vec<_> = (0..12)
        .map(|i| {
            json!({"users": [{"id": 100 + i, "name": "Lia", "role": "end-user",
            "notes_of_a_system": "0".repeat(4 << 20)}]})
        })
        .collect();
    assert_eq!(take(&mover, &pages).await.users.new, 12);
    assert_eq!(view::count_customers(&mover).await.unwrap(), 12);
}
