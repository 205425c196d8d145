//! People whom tickets name without an id: found by what identifies them, or made.
//!
//! An export that embeds `{"name": …, "email": …}` gives no id to go by. The
//! address (else the number, else the external id) is compared by keyed token,
//! so that the same person is one customer however often they write, and the
//! next import finds them again: the source id that we give them is made from
//! the same token. A name identifies nobody: who gives no more is a customer of
//! that ticket alone, for two people in one record would read each other's lives.

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
        let ticket = row.id;
        let comments = row.comments.iter_mut().map(|c| &mut c.author);
        for place in [&mut row.requester, &mut row.submitter].into_iter().chain(comments) {
            let Some(Person::Unnumbered(person)) = place else {
                continue;
            };
            let token = match identifier(person) {
                Some((kind, value)) => search.lookup(label(kind), &value),
                // Nothing to know them by: two people of one name are two
                // people. Within a ticket they are one, as they write there.
                None => {
                    let name = person.name.as_deref().unwrap_or_default();
                    search.lookup("import_stranger", &format!("{ticket}/{name}"))
                }
            };
            let id = source_id(&token);
            people.entry(id).or_insert_with(|| (**person).clone());
            *place = Some(Person::Id(id));
        }
    }
    take(app, people, report).await
}

/// By what a person without an id is known again: address, else number, else
/// the id in a system of the company's own.
fn identifier(person: &PersonRow) -> Option<(Kind, String)> {
    [
        (Kind::Email, &person.email),
        (Kind::Phone, &person.phone),
        (Kind::ExternalId, &person.external_id),
    ]
    .into_iter()
    .find_map(|(kind, value)| Some((kind, pii::normalise(kind, value.as_deref()?)?)))
}

fn label(kind: Kind) -> &'static str {
    match kind {
        Kind::Email => "import_email",
        Kind::Phone => "import_phone",
        _ => "import_external_id",
    }
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
        let here = match identifier(&person) {
            Some((kind, value)) => {
                let token = search.lookup(kind.name(), &value);
                let here =
                    customers::by_identifier(&app.data, &token, i64::from(noun::CUSTOMER)).await?;
                // Several share a number: whose it is here, nobody can say.
                if kind == Kind::Email || here.len() == 1 { here } else { vec![] }
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
