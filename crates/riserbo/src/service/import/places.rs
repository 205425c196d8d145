//! Groups, brands and organizations that rows name by the ids of their source.
//!
//! An export's group 7 is not this desk's group 7. What the export describes is
//! known by its source id; an id that it does not describe is kept, as long as
//! nothing here has it, and is then never given to anything else.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::read::{Noun, TicketRow, UserRow};
use super::{Report, SOURCE, number};
use crate::app::App;
use crate::error::Result;
use crate::store::meta;
use crate::store::taken::{self, Table};

/// The ids of one noun.
struct Ids {
    known: HashMap<i64, i64>,
    /// Unknown, and something else here has the number.
    strange: HashSet<i64>,
}

impl Ids {
    async fn load(app: &App, noun: Noun, wanted: impl Iterator<Item = i64>) -> Result<Ids> {
        let (table, sequence) = match noun {
            Noun::Group => (Table::Group, "group"),
            Noun::Brand => (Table::Brand, "brand"),
            _ => (Table::Organization, "organization"),
        };
        let mut wanted: Vec<i64> = wanted.collect();
        wanted.sort_unstable();
        wanted.dedup();
        let known: HashMap<i64, i64> = meta::source_rows(&app.data, SOURCE, number(noun), &wanted)
            .await?
            .into_iter()
            .map(|r| (r.source_id, r.id))
            .collect();
        wanted.retain(|id| !known.contains_key(id));
        let strange: HashSet<i64> =
            taken::ids(&app.data, table, &wanted).await?.into_iter().collect();
        if let Some(highest) = wanted.iter().filter(|id| !strange.contains(id)).max() {
            let mut tx = app.data.begin().await?;
            meta::raise_sequence(&mut tx, sequence, *highest).await?;
            tx.commit().await?;
        }
        Ok(Ids { known, strange })
    }

    /// Puts the id of here in the place of the source's.
    fn settle(
        &self,
        id: &mut Option<i64>,
        key: &str,
        extras: &mut Map<String, Value>,
        report: &mut Report,
    ) {
        let Some(source) = *id else { return };
        if let Some(here) = self.known.get(&source) {
            *id = Some(*here);
        } else if self.strange.contains(&source) {
            *id = None;
            extras.insert(key.to_owned(), source.into());
            report.note("unknown_place");
        }
    }
}

/// Settles the places of users.
pub(super) async fn users(app: &App, rows: &mut [UserRow], report: &mut Report) -> Result<()> {
    let wanted = rows.iter().filter_map(|r| r.organization_id);
    let organizations = Ids::load(app, Noun::Organization, wanted).await?;
    for row in rows {
        let (id, extras) = (&mut row.organization_id, &mut row.extras);
        organizations.settle(id, "organization_id", extras, report);
    }
    Ok(())
}

/// Settles the places of tickets.
pub(super) async fn tickets(app: &App, rows: &mut [TicketRow], report: &mut Report) -> Result<()> {
    let of = |ids: fn(&TicketRow) -> Option<i64>| rows.iter().filter_map(ids).collect::<Vec<_>>();
    let (o, g, b) = (of(|r| r.organization_id), of(|r| r.group_id), of(|r| r.brand_id));
    let organizations = Ids::load(app, Noun::Organization, o.into_iter()).await?;
    let groups = Ids::load(app, Noun::Group, g.into_iter()).await?;
    let brands = Ids::load(app, Noun::Brand, b.into_iter()).await?;
    for row in rows {
        let extras = &mut row.extras;
        organizations.settle(&mut row.organization_id, "organization_id", extras, report);
        groups.settle(&mut row.group_id, "group_id", extras, report);
        brands.settle(&mut row.brand_id, "brand_id", extras, report);
    }
    Ok(())
}
