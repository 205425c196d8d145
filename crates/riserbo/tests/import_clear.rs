//! What an export may hold in fields that stand in clear, and what it costs.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod importing;

use std::path::{Path, PathBuf};

use importing::{open, staff, take, user};
use riserbo::service::view;
use riserbo::store::cells;
use riserbo::store::customers;
use serde_json::json;

/// Files below a directory that hold a text in clear.
fn holding(dir: &Path, needle: &str) -> Vec<PathBuf> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            out.extend(holding(&path, needle));
        } else if std::fs::read(&path)
            .unwrap()
            .windows(needle.len())
            .any(|w| w == needle.as_bytes())
        {
            out.push(path);
        }
    }
    out
}

#[tokio::test(flavor = "multi_thread")]
async fn personal_values_in_plain_fields_are_sealed_aside_and_reported() {
    let tmp = tempfile::tempdir().unwrap();
    let app = open(tmp.path()).await;
    let mover = staff(&app, "migration").await;
    let report = take(&mover, &[
        json!({"organizations": [{"id": 9, "name": "Org", "tags": ["b2b", "orgtag-4111111111111111"]}]}),
        json!({"users": [{"id": 100, "name": "Mario Rossi", "email": "m@example.org", "role": "end-user",
            "tags": ["vip", "usertag-RSSMRA85T10A562S"], "locale": "locale-mario.rossi@example.org",
            "time_zone": "zone-mario.rossi@example.org"}]}),
        json!({"tickets": [{"id": 7, "requester_id": 100, "subject": "s", "description": "d",
            "status": "state-mario", "tags": ["rimborso", "mario.rossi.tag@example.org", "+393471234567"],
            "via": {"channel": "chan-mario@example.org"},
            "satisfaction_rating": {"score": "score-mario@example.org"},
            "comments": [{"id": 70, "author_id": 100, "body": "b", "attachments":
                [{"id": 1, "file_name": "x", "content_type": "ctype-mario.rossi@example.org"}]}]}]}),
    ])
    .await;
    for needle in [
        "orgtag-4111",
        "usertag-RSSMRA",
        "locale-mario",
        "zone-mario",
        "mario.rossi.tag@",
        "+393471234567",
        "chan-mario@",
        "score-mario@",
        "ctype-mario",
        "state-mario",
    ] {
        assert_eq!(holding(tmp.path(), needle), Vec::<PathBuf>::new(), "{needle}");
    }
    assert_eq!(report.notes.get("tag_aside"), Some(&4));
    for code in [
        "locale_aside",
        "time_zone_aside",
        "channel_aside",
        "score_aside",
        "content_type_aside",
        "status_aside",
    ] {
        assert_eq!(report.notes.get(code), Some(&1), "{code}");
    }
    let agent = staff(&app, "agent-1").await;
    let seen = view::ticket(&agent, 7).await.unwrap();
    assert_eq!((seen.row.tags.as_str(), seen.row.channel.as_str()), (r#"["rimborso"]"#, "other"));
    let customer = customers::get(&app.data, 100).await.unwrap().unwrap();
    assert_eq!(
        (customer.tags.as_str(), customer.locale, customer.time_zone),
        (r#"["vip"]"#, None, None)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_plain_by_its_form_stays_plain() {
    let tmp = tempfile::tempdir().unwrap();
    let app = open(tmp.path()).await;
    let mover = staff(&app, "migration").await;
    let report = take(
        &mover,
        &[
            json!({"users": [{"id": 100, "name": "Lia", "role": "end-user", "locale": "en-US",
            "time_zone": "Hawaii", "tags": ["b2b"]}]}),
            json!({"tickets": [{"id": 7, "requester_id": 100, "subject": "s", "status": "solved",
            "via": {"channel": "email"}, "satisfaction_rating": {"score": "good"},
            "comments": [{"id": 70, "author_id": 100, "body": "b", "attachments":
                [{"id": 1, "file_name": "x", "content_type": "image/png"}]}]}]}),
        ],
    )
    .await;
    assert!(report.notes.is_empty(), "{:?}", report.notes);
    let seen = view::ticket(&mover, 7).await.unwrap();
    assert_eq!((seen.row.channel.as_str(), seen.row.status), ("email", 4));
    assert!(seen.row.plain.contains("good"));
    let customer = customers::get(&app.data, 100).await.unwrap().unwrap();
    assert_eq!(customer.locale.as_deref(), Some("en-US"));
    assert_eq!(customer.time_zone.as_deref(), Some("Hawaii"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_without_facets_pays_for_none() {
    let tmp = tempfile::tempdir().unwrap();
    let app = open(tmp.path()).await;
    let mover = staff(&app, "migration").await;
    let page = json!({"users": [{"id": 100, "name": "Lia Conti", "role": "end-user",
        "email": "lia@gmail.com", "external_id": "C-1"}]});
    take(&mover, &[page]).await;
    let customer = customers::get(&app.data, 100).await.unwrap().unwrap();
    let cells = cells::decode(&customer.cells).unwrap();
    let facets = |kind: pii::Kind| {
        let slot = cells.iter().flat_map(|c| &c.slots).find(|s| s.kind == kind.id()).unwrap();
        slot.facets.len()
    };
    assert_eq!(facets(pii::Kind::ExternalId), 0);
    assert!(facets(pii::Kind::Email) > 0, "the domain of an address is a facet");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_with_very_many_values_can_be_opened() {
    let tmp = tempfile::tempdir().unwrap();
    let app = open(tmp.path()).await;
    let mover = staff(&app, "migration").await;
    let body: String = (0..cells::MAX + 50).map(|i| format!("a{i}@x.org ")).collect();
    let page = json!({"tickets": [{"id": 7, "requester_id": 100, "subject": "s",
        "comments": [{"id": 70, "author_id": 100, "body": body}]}]});
    let report = take(&mover, &[user(100), page]).await;
    assert_eq!(report.kinds.get("unscanned"), Some(&1));
    view::ticket(&mover, 7).await.unwrap();
    let agent = staff(&app, "agent-1").await;
    let seen = view::ticket(&agent, 7).await.unwrap();
    assert!(!seen.comments[0].body.plain().contains('@'), "the whole text is hidden");
}
