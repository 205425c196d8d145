//! Revealing: on click or with a reason, for a time, and no longer than the
//! task.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::sync::Arc;

use riserbo::app::{App, Ctx, Options};
use riserbo::clock::{Clock, ManualClock, SECOND};
use riserbo::error::{Error, Refusal};
use riserbo::service::access_log::Met;
use riserbo::service::import::{self, read};
use riserbo::service::people::{self, NewStaff};
use riserbo::service::{reveal, view};
use riserbo::store::tickets;

struct Desk {
    app: Arc<App>,
    clock: Arc<ManualClock>,
    agent: i64,
    _dir: tempfile::TempDir,
}

async fn staff(app: &Arc<App>, role: &str) -> i64 {
    let new = NewStaff {
        wanted_id: None,
        email: format!("{role}@desk.example"),
        name: role.into(),
        locale: "it".into(),
        roles: vec![role.into()],
        groups: vec![],
        software: false,
        state: 0,
        password: None,
    };
    people::create(app, new).await.unwrap()
}

const TICKET: &str = r#"{"id":9,"subject":"rimborso","status":"open","description":"scrivetemi a lia.conti@posta.example, carta 4111 1111 1111 1111","requester_id":50,"created_at":"2026-01-01T10:00:00Z"}"#;

async fn desk() -> Desk {
    let dir = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::at(1_790_000_000 * SECOND));
    let options = Options {
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
        ..Options::new(&dir.path().join("data"))
    };
    let app = App::open(options).await.unwrap();
    let mover = staff(&app, "migration").await;
    let agent = staff(&app, "agent-1").await;
    let file = dir.path().join("tickets.jsonl");
    std::fs::write(&file, TICKET).unwrap();
    let ctx = Ctx::cli(&app, app.people.get(mover).unwrap(), "import");
    let source = read::Source::open(&[file], read::Limits::default(), clock.now()).unwrap();
    import::run(&ctx, source, Arc::new(())).await.unwrap();
    let desk = Desk { app, clock, agent, _dir: dir };
    desk.set(|t| t.assignee_id = Some(desk.agent)).await;
    desk
}

impl Desk {
    fn ctx(&self) -> Ctx {
        Ctx::cli(&self.app, self.app.people.get(self.agent).unwrap(), "test")
    }

    async fn set(&self, change: impl FnOnce(&mut tickets::TicketRow)) {
        let mut row = tickets::get(&self.app.data, 9).await.unwrap().unwrap();
        change(&mut row);
        let mut vector = self.app.policy.vector(row.vector_id).unwrap().as_ref().clone();
        vector.open = row.status < 4;
        row.vector_id = self.app.policy.intern(&self.app.data, &vector).await.unwrap();
        let mut tx = self.app.data.begin().await.unwrap();
        tickets::update(&mut tx, &row).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// (comment, slot) of the value of a category, and how it is met.
    async fn slot(&self, category: &str) -> (i64, u32, Met) {
        let seen = view::ticket(&self.ctx(), 9).await.unwrap();
        let comment = seen.comments.first().unwrap();
        let slot = comment
            .body
            .slots()
            .iter()
            .find(|s| pii::Category::from_id(s.category).unwrap().name() == category)
            .unwrap();
        (comment.id, slot.number, slot.met)
    }

    async fn reveal(&self, category: &str, reason: Option<&str>) -> Result<reveal::Opened, Error> {
        let (item, slot, _) = self.slot(category).await;
        let ask = reveal::Ask {
            noun: 1,
            record: 9,
            part: 10,
            item,
            slot,
            reason: reason.map(str::to_owned),
            ticket: None,
        };
        reveal::reveal(&self.ctx(), &ask).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_opens_on_click_and_closes_by_itself() {
    let desk = desk().await;
    assert_eq!(desk.slot("contact").await.2, Met::Masked);
    desk.reveal("contact", None).await.unwrap();
    assert_eq!(desk.slot("contact").await.2, Met::Revealed);
    desk.clock.advance(91 * SECOND);
    assert_eq!(desk.slot("contact").await.2, Met::Masked);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_hidden_opens_for_no_reason() {
    let desk = desk().await;
    let refused = desk.reveal("payment", Some("il cliente lo chiede")).await;
    assert!(matches!(refused, Err(Error::Refused(Refusal::Hidden))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reveal_ends_with_its_task() {
    let desk = desk().await;
    desk.reveal("contact", None).await.unwrap();
    desk.set(|t| t.assignee_id = None).await;
    assert_eq!(desk.slot("contact").await.2, Met::Masked, "taken away");
    desk.set(|t| t.assignee_id = Some(desk.agent)).await;
    assert_eq!(desk.slot("contact").await.2, Met::Revealed, "back, within its time");
    desk.set(|t| t.status = 5).await;
    assert_eq!(desk.slot("contact").await.2, Met::Masked, "closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_colleagues_ticket_is_not_opened() {
    let desk = desk().await;
    desk.set(|t| t.assignee_id = Some(1)).await;
    let refused = desk.reveal("contact", None).await;
    assert!(matches!(refused, Err(Error::Refused(Refusal::NotYourTicket))));
}
