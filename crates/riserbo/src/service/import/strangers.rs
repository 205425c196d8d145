//! People whom tickets name without an id: found by mail address, or made.
//!
//! An export that embeds `{"name": …, "email": …}` gives no id to go by. The
//! address is compared by keyed token, so that the same person is one customer
//! however often they write, and the next import finds them again: the source
//! id that we give them is made from the same token.

use std::collections::HashMap;

use pii::Kind;

use super::read::{Noun, Person, PersonRow, TicketRow, UserRow};
use super::users::{empty_row, write};
use super::{Report, SOURCE, number};
use crate::app::App;
use crate::error::Result;
use crate::service::fields::noun;
use crate::service::keyring::domain;
use crate::store::customers;
use crate::store::meta::{self, SourceRow};

/// Gives everybody in these tickets an id.
pub(super) async fn number_all(
    app: &App,
    rows: &mut [TicketRow],
    report: &mut Report,
) -> Result<()> {
    let mut people: HashMap<i64, PersonRow> = HashMap::new();
    let search = app.keys.search_key(domain::GENERAL)?;
    for row in rows {
        let comments = row.comments.iter_mut().map(|c| &mut c.author);
        for place in [&mut row.requester, &mut row.submitter].into_iter().chain(comments) {
            let Some(Person::Unnumbered(person)) = place else {
                continue;
            };
            let normal = person.email.as_deref().and_then(|e| pii::normalise(Kind::Email, e));
            let name = person.name.clone().unwrap_or_default();
            // Without an address, equal names in one export are one person.
            let token = match &normal {
                Some(email) => search.lookup("import_email", email),
                None => search.lookup("import_name", &name),
            };
            let id = source_id(&token);
            people.entry(id).or_insert_with(|| (**person).clone());
            *place = Some(Person::Id(id));
        }
    }
    take(app, people, report).await
}

/// Below zero, where no export's ids are.
fn source_id(token: &[u8; 16]) -> i64 {
    let [a, b, c, d, e, f, g, h, ..] = *token;
    -(i64::from_be_bytes([a, b, c, d, e, f, g, h]) & ((1 << 62) - 1)) - 1
}

async fn take(app: &App, people: HashMap<i64, PersonRow>, report: &mut Report) -> Result<()> {
    let ids: Vec<i64> = people.keys().copied().collect();
    let known: Vec<i64> = meta::source_rows(&app.data, SOURCE, number(Noun::User), &ids)
        .await?
        .into_iter()
        .map(|r| r.source_id)
        .collect();
    let search = app.keys.search_key(domain::GENERAL)?;
    let (mut fresh, mut found) = (Vec::new(), Vec::new());
    let mut people: Vec<_> = people.into_iter().filter(|(id, _)| !known.contains(id)).collect();
    people.sort_by_key(|(id, _)| *id);
    for (source_id, person) in people {
        let normal = person.email.as_deref().and_then(|e| pii::normalise(Kind::Email, e));
        let here = match normal {
            Some(email) => {
                let token = search.lookup(Kind::Email.name(), &email);
                customers::by_identifier(&app.data, &token, i64::from(noun::CUSTOMER)).await?
            }
            None => vec![],
        };
        match here.first() {
            Some(id) => found.push(SourceRow { source_id, id: *id, digest: 0 }),
            None => fresh.push(UserRow {
                name: person.name,
                email: person.email,
                phone: person.phone,
                external_id: person.external_id,
                extras: person.extras,
                ..empty_row(source_id)
            }),
        }
    }
    let mut tx = app.data.begin().await?;
    meta::put_source_rows(&mut tx, SOURCE, number(Noun::User), &found).await?;
    tx.commit().await?;
    report.users.new += fresh.len() as u64;
    write(app, fresh, report).await
}
