//! A token can do no more than what made it.

use std::sync::Arc;

use guard::Action;
use riserbo::app::{Bounds, Ctx};
use riserbo::error::Error;
use riserbo::service::tokens::{self, NewToken};

use crate::desk::{NOW, open, staff};

fn token(owner: &Ctx) -> NewToken {
    NewToken {
        owner: owner.who.id,
        label: "x".into(),
        scopes: vec![],
        networks: vec![],
        expires_at: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scope_holds_in_the_services() {
    let tmp = tempfile::tempdir().unwrap();
    let app = open(tmp.path()).await;
    let mut lead = staff(&app, "team-lead").await;
    lead.scopes = Some(Arc::from([String::from("read")]));
    assert!(lead.require(Action::ViewTicket).is_ok());
    assert!(matches!(lead.require(Action::ManagePeople), Err(Error::Forbidden(_))));
    assert!(matches!(lead.require(Action::Reply), Err(Error::Forbidden(_))));
    assert!(matches!(tokens::create(&lead, token(&lead)).await, Err(Error::Forbidden(_))));
    lead.scopes = Some(Arc::from([String::from("write")]));
    assert!(matches!(lead.require(Action::ViewTicket), Err(Error::Forbidden(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_token_is_bound_as_the_one_that_made_it() {
    let tmp = tempfile::tempdir().unwrap();
    let app = open(tmp.path()).await;
    let mut agent = staff(&app, "agent-1").await;
    agent.scopes = Some(Arc::from([String::from("write")]));
    agent.bounds =
        Some(Arc::new(Bounds { networks: vec!["10.0.0.0/8".into()], expires_at: Some(NOW + 5) }));
    let wider = NewToken { scopes: vec!["read".into()], ..token(&agent) };
    assert!(matches!(tokens::create(&agent, wider).await, Err(Error::Forbidden(_))));
    let elsewhere = NewToken { networks: vec!["0.0.0.0/0".into()], ..token(&agent) };
    assert!(matches!(tokens::create(&agent, elsewhere).await, Err(Error::Forbidden(_))));
    let long = NewToken { expires_at: Some(NOW + 500), ..token(&agent) };
    let made = tokens::create(&agent, long).await.unwrap();
    assert!(tokens::check(&app, &made.text, Some([11, 0, 0, 1].into())).await.is_err());
    let bearer = tokens::check(&app, &made.text, Some([10, 0, 0, 1].into())).await.unwrap();
    assert_eq!(bearer.scopes, ["write"]);
    assert_eq!(bearer.bounds.expires_at, Some(NOW + 5));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_alone_makes_a_token_with_more_rights_than_their_own() {
    let tmp = tempfile::tempdir().unwrap();
    let app = open(tmp.path()).await;
    let mover = staff(&app, "migration").await;
    let agent = staff(&app, "agent-1").await;
    let lead = staff(&app, "team-lead").await;
    let admin = staff(&app, "key-admin").await;
    for (who, owner) in [(&admin, &mover), (&lead, &mover), (&admin, &agent)] {
        let refused = tokens::create(who, token(owner)).await;
        assert!(matches!(refused, Err(Error::Forbidden(_))));
    }
    tokens::create(&lead, token(&agent)).await.unwrap();
    tokens::create(&mover, token(&mover)).await.unwrap();
}
