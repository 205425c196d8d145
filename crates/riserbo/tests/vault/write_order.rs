//! `replace_key`, redaction and recovery on a whole desk.

use crate::desk::{Fixture, each_store, lines};
use riserbo::error::{Error, Refusal};
use riserbo::service::access_log::event;
use riserbo::service::fields::{noun, part};
use riserbo::service::replace::{redact_category, redact_slot};
use riserbo::service::reveal::Ask;
use riserbo::service::search::{self, Request};
use riserbo::service::{lookup, recovery, view};
use riserbo::store::acts::WHOLE_TEXT;
use riserbo::store::{cells, meta, ops, tickets};
use seal::RecordId;
use serde_json::json;

const CARD: &str = "4111 1111 1111 1111";
const IBAN: &str = "IT60 X054 2811 1010 0000 0123 456";

/// One customer, two tickets: cards, an IBAN, a phone, plain words.
async fn desk(fixture: &Fixture) {
    let users = lines(&[json!({"id": 501, "name": "Ginevra Malaspina", "role": "end-user",
        "email": "ginevra.malaspina@posta.example", "phone": "+39 06 9876 5432",
        "external_id": "K-774411", "notes": "Preferisce la sera.",
        "created_at": "2026-01-10T08:00:00Z", "updated_at": "2026-01-10T08:00:00Z"})]);
    let ticket = |id: i64| {
        json!({"id": id, "subject": format!("Doppio addebito, carta {CARD}"), "status": "open",
        "requester_id": 501, "assignee_id": Fixture::id_of("agent-2"),
        "created_at": "2026-02-01T08:00:00Z", "updated_at": "2026-02-02T08:00:00Z",
        "comments": [
            {"id": id * 10 + 1, "author_id": 501, "created_at": "2026-02-01T08:00:00Z",
             "body": format!("La mia carta {CARD} risulta addebitata due volte, rimborso su {IBAN} grazie.")},
            {"id": id * 10 + 2, "author_id": 501, "created_at": "2026-02-01T09:00:00Z",
             "body": "Chiamatemi al +39 06 9876 5432 dopo le sei."}
        ]})
    };
    let report = fixture
        .import(&[("users.jsonl", users), ("tickets.jsonl", lines(&[ticket(70), ticket(71)]))])
        .await;
    assert_eq!((report.users.new, report.tickets.new, report.comments), (1, 2, 4));
}

fn record(ticket: i64) -> RecordId {
    RecordId { noun: noun::TICKET, id: ticket }
}

async fn text_of(fixture: &Fixture, ticket: i64) -> String {
    let view = view::ticket(&fixture.ctx("migration"), ticket).await.unwrap();
    let mut out = view.subject.plain();
    for comment in &view.comments {
        out.push('\n');
        out.push_str(&comment.body.plain());
    }
    out
}

fn in_comment(ticket: i64, comment: i64, slot: u32) -> Ask {
    Ask {
        noun: noun::TICKET,
        record: ticket,
        part: part::BODY,
        item: comment,
        slot,
        reason: Some("richiesta del cliente".into()),
        ticket: None,
    }
}

async fn slot_of(fixture: &Fixture, comment: i64, kind: pii::Kind) -> u32 {
    let rows = tickets::comments_by_id(&fixture.app().data, &[comment]).await.unwrap();
    let cells = cells::decode(&rows[0].cells).unwrap();
    cells[0].slots.iter().find(|s| s.kind == kind.id()).expect("a slot of the kind").number
}

async fn hits(fixture: &Fixture, query: &str) -> i64 {
    search::count(&fixture.ctx("migration"), query).await.unwrap()
}

/// Steps of operations in the log: (operation, step).
async fn steps(fixture: &Fixture) -> Vec<(String, String)> {
    let log = fixture.app().log.files();
    let mut out = Vec::new();
    for (_, bytes) in log.read(0..log.size()).await.unwrap() {
        let (header, _) = event::decode(&bytes).unwrap();
        if let (Some(op), Some(step)) = (header.op, header.facts.get("step")) {
            out.push((op, step.clone()));
        }
    }
    out
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redacted_value_is_gone_and_its_neighbours_read_as_before() {
    each_store(async |desk_| {
        desk(desk_).await;
        let before = text_of(desk_, 70).await;
        assert_eq!(before.matches(CARD).count(), 2);
        let slot = slot_of(desk_, 701, pii::Kind::CreditCard).await;
        let officer = desk_.ctx("privacy-officer");
        let done = redact_slot(&officer, &in_comment(70, 701, slot)).await.unwrap();
        // The card in the subject and the IBAN stay, sealed anew.
        assert_eq!((done.gone, done.kept), (Some(1), Some(2)));
        let after = text_of(desk_, 70).await;
        assert_eq!(
            after,
            before.replacen(&format!("carta {CARD} risulta"), "carta ▇▇▇ risulta", 1)
        );
        assert_eq!(text_of(desk_, 71).await, before, "the other ticket is untouched");
        let again = redact_slot(&officer, &in_comment(70, 701, slot)).await;
        assert!(matches!(again, Err(Error::Refused(Refusal::Redacted))));
        let steps = steps(desk_).await;
        let of_op: Vec<&str> =
            steps.iter().filter(|(op, _)| *op == done.op).map(|(_, s)| s.as_str()).collect();
        assert_eq!(of_op, ["intent", "outcome"]);
        assert!(ops::closing(&desk_.app().data).await.unwrap().is_empty());
        assert!(!ops::op_is_in(&desk_.app().data, &done.op).await.unwrap());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redacted_category_leaves_no_key() {
    each_store(async |desk_| {
        desk(desk_).await;
        let officer = desk_.ctx("privacy-officer");
        let payment = pii::Category::PAYMENT.id();
        let record = record(70);
        assert!(desk_.app().keys.current_key(record, payment).await.unwrap().is_some());
        let done = redact_category(&officer, noun::TICKET, 70, payment, None).await.unwrap();
        assert_eq!((done.gone, done.kept), (Some(3), Some(0)));
        assert_eq!(desk_.app().keys.current_key(record, payment).await.unwrap(), None);
        let after = text_of(desk_, 70).await;
        assert!(!after.contains("4111") & !after.contains("IT60"), "{after}");
        assert!(after.contains("+39 06 9876 5432"), "{after}");
        let again = redact_category(&officer, noun::TICKET, 70, payment, None).await;
        assert!(matches!(again, Err(Error::NotFound)));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_copy_of_the_data_brings_a_redacted_value_not_back() {
    let mut desk_ = Fixture::sqlite().await;
    desk(&desk_).await;
    desk_.app().data.truncate_wal().await.unwrap();
    let old = std::fs::read(desk_.dir.join("data.db")).unwrap();
    let officer = desk_.ctx("privacy-officer");
    let slot = slot_of(&desk_, 701, pii::Kind::CreditCard).await;
    redact_slot(&officer, &in_comment(70, 701, slot)).await.unwrap();
    drop(officer);
    desk_.shut().await;
    std::fs::write(desk_.dir.join("data.db"), old).unwrap();
    desk_.reopen().await.unwrap();
    let text = text_of(&desk_, 70).await;
    assert!(!text.contains("4111"), "{text}");
    // What was not touched opens from the old copy.
    assert!(text.contains("Chiamatemi al +39 06 9876 5432"), "{text}");
    assert!(text_of(&desk_, 71).await.contains(CARD));
}

#[tokio::test(flavor = "multi_thread")]
async fn search_and_lookup_forget_what_was_redacted() {
    each_store(async |desk_| {
        desk(desk_).await;
        assert_eq!(hits(desk_, "addebitata").await, 2);
        assert_eq!(hits(desk_, "\"IT60 X054\"").await, 2);
        let officer = desk_.ctx("privacy-officer");
        // A text goes: its words go, those of the other texts stay.
        redact_slot(&officer, &in_comment(70, 701, WHOLE_TEXT)).await.unwrap();
        assert_eq!(hits(desk_, "addebitata").await, 1);
        assert_eq!(hits(desk_, "chiamatemi").await, 2);
        // What stood in it goes with it, though it was of another category.
        assert_eq!(hits(desk_, "\"IT60 X054\"").await, 1);
        let rows = tickets::comments_by_id(&desk_.app().data, &[701]).await.unwrap();
        let cells = cells::decode(&rows[0].cells).unwrap();
        assert!(cells[0].slots.iter().all(|s| s.state != 0 && s.value.is_empty()));
        assert!(text_of(desk_, 70).await.contains("▇▇▇"));
        let lookup = async |text: &str, kind| {
            lookup::lookup(&desk_.ctx("agent-2"), kind, text).await.unwrap().len()
        };
        assert_eq!(lookup("ginevra.malaspina@posta.example", pii::Kind::Email).await, 1);
        let contact = pii::Category::CONTACT.id();
        redact_category(&officer, noun::CUSTOMER, 501, contact, None).await.unwrap();
        assert_eq!(lookup("ginevra.malaspina@posta.example", pii::Kind::Email).await, 0);
        assert_eq!(lookup("K-774411", pii::Kind::ExternalId).await, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_may_redact_does_and_every_try_is_logged() {
    let desk_ = Fixture::sqlite().await;
    desk(&desk_).await;
    let slot = slot_of(&desk_, 701, pii::Kind::CreditCard).await;
    for role in
        ["security-analyst", "key-admin", "auditor", "integration", "ai-assistant", "migration"]
    {
        let before = desk_.app().log.files().size();
        let tried = redact_slot(&desk_.ctx(role), &in_comment(70, 701, slot)).await;
        assert!(tried.is_err(), "{role}");
        assert_eq!(desk_.app().log.files().size(), before + 1, "{role}");
    }
    assert_eq!(text_of(&desk_, 70).await.matches(CARD).count(), 2);
    // A masked agent redacts what it never saw.
    redact_slot(&desk_.ctx("agent-1"), &in_comment(70, 701, slot)).await.unwrap();
    assert_eq!(text_of(&desk_, 70).await.matches(CARD).count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_redactions_of_one_record_at_once_all_hold() {
    let desk_ = Fixture::sqlite().await;
    desk(&desk_).await;
    let slots = [
        in_comment(70, 701, slot_of(&desk_, 701, pii::Kind::CreditCard).await),
        in_comment(70, 701, slot_of(&desk_, 701, pii::Kind::Iban).await),
        in_comment(71, 711, slot_of(&desk_, 711, pii::Kind::CreditCard).await),
        in_comment(70, 702, slot_of(&desk_, 702, pii::Kind::Phone).await),
    ];
    let tasks: Vec<_> = slots
        .into_iter()
        .map(|ask| {
            let ctx = desk_.ctx("privacy-officer");
            tokio::spawn(async move { redact_slot(&ctx, &ask).await })
        })
        .collect();
    let reader = {
        let ctx = desk_.ctx("migration");
        tokio::spawn(async move {
            for _ in 0..30 {
                let view = view::ticket(&ctx, 70).await.expect("a reader is never disturbed");
                assert!(view.subject.plain().contains(CARD), "{}", view.subject.plain());
            }
        })
    };
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    reader.await.unwrap();
    let text = text_of(&desk_, 70).await;
    assert_eq!((text.matches(CARD).count(), text.matches("IT60").count()), (1, 0), "{text}");
    assert!(!text.contains("9876"), "{text}");
    assert_eq!(recovery::run(desk_.app()).await.unwrap(), recovery::Report::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_reads_only_what_the_log_gained() {
    let mut desk_ = Fixture::sqlite().await;
    desk(&desk_).await;
    let size = desk_.app().log.files().size();
    desk_.restart().await;
    let mark = meta::get(&desk_.app().data, "ops_done_upto").await.unwrap();
    assert_eq!(mark, Some(size.to_string()));
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_without_data_are_counted_and_stay() {
    each_store(async |desk_| {
        desk(desk_).await;
        assert_eq!(recovery::orphans(desk_.app()).await.unwrap(), 0);
        let record = record(99);
        let mut batch = desk_.app().keys.batch(&[record]).await.unwrap();
        batch.key(3, record, 0).unwrap();
        batch.commit().await.unwrap();
        assert_eq!(recovery::orphans(desk_.app()).await.unwrap(), 1);
        recovery::run(desk_.app()).await.unwrap();
        assert!(desk_.app().keys.current_key(record, 0).await.unwrap().is_some());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redacted_body_is_found_by_no_older_page_of_search() {
    let desk_ = Fixture::sqlite().await;
    desk(&desk_).await;
    redact_slot(&desk_.ctx("privacy-officer"), &in_comment(70, 701, WHOLE_TEXT)).await.unwrap();
    let results = search::search(&desk_.ctx("migration"), &Request::new("rimborso")).await.unwrap();
    assert_eq!(results.hits.len(), 1);
}
