//! Organizations and groups, which are found by their names: plain, few, and
//! compared in memory.

use super::plan::Plan;
use super::query::Term;
use super::request::{Hit, Noun, OrganizationHit, Position, Sort};
use crate::app::Ctx;
use crate::error::Result;
use crate::store::{find, people};

/// A hit with its place.
pub(super) type Named = (Position, Hit);

/// Whether a name holds a term's words in a row.
fn holds(name: &[String], term: &Term) -> bool {
    name.windows(term.words.len()).any(|run| {
        let last = run.len().saturating_sub(1);
        run.iter().zip(&term.words).enumerate().all(|(n, (word, wanted))| {
            if n == last && term.prefix {
                word.starts_with(wanted.as_str())
            } else {
                word == wanted
            }
        })
    })
}

fn fits(plan: &Plan, name: &str) -> bool {
    let name: Vec<String> = pii::words(name).map(|(_, word)| word.into_owned()).collect();
    plan.must.iter().all(|term| holds(&name, term))
        && !plan.must_not.iter().any(|term| holds(&name, term))
}

/// Organizations and groups that a plan finds. Filters and fields are of
/// tickets and customers: a plan that has any asks for no others.
pub(super) async fn find(ctx: &Ctx, plan: &Plan, sort: Sort) -> Result<Vec<Named>> {
    let mut out = Vec::new();
    if plan.nouns.contains(&Noun::Organization) {
        for row in find::organizations(&ctx.app.data).await? {
            if !fits(plan, &row.name) {
                continue;
            }
            let value = match sort {
                Sort::Newest | Sort::Updated => row.updated_at,
                Sort::Created => row.created_at,
                _ => 0,
            };
            let hit = OrganizationHit {
                id: row.id,
                name: row.name,
                tags: serde_json::from_str(&row.tags).unwrap_or_default(),
                created_at: row.created_at,
                updated_at: row.updated_at,
            };
            let place = Position { value, noun: Noun::Organization, id: row.id };
            out.push((place, Hit::Organization(hit)));
        }
    }
    if plan.nouns.contains(&Noun::Group) {
        for row in people::groups(&ctx.app.data).await? {
            if fits(plan, &row.name) {
                let place = Position { value: 0, noun: Noun::Group, id: row.id };
                out.push((place, Hit::Group { id: row.id, name: row.name }));
            }
        }
    }
    Ok(out)
}
