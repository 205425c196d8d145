//! Accounts: a suspension holds, whatever else goes on.

use riserbo::service::accounts;

use crate::desk::{open, staff};

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_colleague_stays_out_whoever_reads_the_staff_at_the_same_time() {
    let tmp = tempfile::tempdir().unwrap();
    let app = open(tmp.path()).await;
    let lead = staff(&app, "team-lead").await;
    let agent = staff(&app, "agent-1").await;
    let email = agent.who.profile.email.clone();
    for _ in 0..10 {
        accounts::suspend(&lead, &email, false).await.unwrap();
        let others: Vec<_> = (0..12)
            .map(|_| {
                let app = app.clone();
                tokio::spawn(async move { app.people.load(&app.data, &app.keys).await.unwrap() })
            })
            .collect();
        accounts::suspend(&lead, &email, true).await.unwrap();
        for other in others {
            other.await.unwrap();
        }
        assert!(!app.people.get(agent.who.id).unwrap().active);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_set_while_somebody_suspends_does_not_undo_it() {
    let tmp = tempfile::tempdir().unwrap();
    let app = open(tmp.path()).await;
    let lead = staff(&app, "team-lead").await;
    let (id, start) = accounts::invite(&lead, crate::desk::new("anna", "agent-1")).await.unwrap();
    let (mut old, email) = (start.unwrap(), "anna@desk.example");
    for n in 0..6 {
        let new = format!("a password of hers, number {n}");
        let (set, suspended) = tokio::join!(
            accounts::set_password(&app, email, &old, &new, "test"),
            accounts::suspend(&lead, email, true),
        );
        suspended.unwrap();
        assert!(!app.people.get(id).unwrap().active);
        if set.is_ok() {
            old = new;
        }
        accounts::suspend(&lead, email, false).await.unwrap();
    }
}
