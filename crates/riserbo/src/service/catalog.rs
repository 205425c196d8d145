//! What a desk is made of besides people and tickets: groups, brands, custom
//! fields, organizations.
//!
//! Groups, brands and definitions of fields are plain settings. Of an
//! organization the name is plain; its notes, details and external id are
//! sealed and shown by the levels of a customer's record, for an organization
//! has no attributes of its own that a policy reads.

use std::collections::HashMap;

use guard::{Action, AttributeVector, Noun};
use seal::RecordId;

use super::access_log::Draft;
use super::fields::{noun, part};
use super::view::{Of, Renderer, TextView};
use crate::app::Ctx;
use crate::error::{Error, Result};
use crate::store::customers::OrganizationRow;
pub use crate::store::people::{FieldRow as FieldDef, Named};
use crate::store::{cells, customers, people};

/// Whose fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldsOf {
    /// Tickets'.
    Tickets,
    /// Customers'.
    Users,
    /// Organizations'.
    Organizations,
}

impl FieldsOf {
    fn number(self) -> i64 {
        match self {
            FieldsOf::Tickets => 0,
            FieldsOf::Users => 1,
            FieldsOf::Organizations => 2,
        }
    }
}

/// An organization as this principal meets it.
#[derive(Clone)]
pub struct OrganizationView {
    /// Its id.
    pub id: i64,
    /// Its name (plain).
    pub name: String,
    /// Tags.
    pub tags: Vec<String>,
    /// External id.
    pub external_id: Option<TextView>,
    /// Notes.
    pub notes: Option<TextView>,
    /// Details.
    pub details: Option<TextView>,
    /// Micros.
    pub created_at: i64,
    /// Micros.
    pub updated_at: i64,
}

/// Writes the event of a plain list.
async fn listed(ctx: &Ctx, action: &'static str, rows: usize) -> Result<()> {
    ctx.log_plain(Draft { action, rows: Some(rows), ..Draft::default() }).await.map(|_| ())
}

/// Every group.
pub async fn groups(ctx: &Ctx) -> Result<Vec<Named>> {
    let rows = people::groups(&ctx.app.data).await?;
    listed(ctx, "list_groups", rows.len()).await?;
    Ok(rows)
}

/// Every brand.
pub async fn brands(ctx: &Ctx) -> Result<Vec<Named>> {
    let rows = people::brands(&ctx.app.data).await?;
    listed(ctx, "list_brands", rows.len()).await?;
    Ok(rows)
}

/// The custom fields of one noun, as a list that is asked for.
pub async fn fields(ctx: &Ctx, of: FieldsOf) -> Result<Vec<FieldDef>> {
    let rows = definitions(ctx, of).await?;
    listed(ctx, "list_fields", rows.len()).await?;
    Ok(rows)
}

/// The custom fields of one noun, for the form of another answer (which has its
/// own event).
pub async fn definitions(ctx: &Ctx, of: FieldsOf) -> Result<Vec<FieldDef>> {
    let mut rows = people::fields(&ctx.app.data).await?;
    rows.retain(|f| f.noun == of.number());
    Ok(rows)
}

/// Every organization, by id.
///
/// # Errors
/// [`Error::Forbidden`] for a role without customers' records.
pub async fn organizations(ctx: &Ctx) -> Result<Vec<OrganizationView>> {
    asked(ctx, "list_organizations", |_| true).await
}

/// One organization.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Forbidden`].
pub async fn organization(ctx: &Ctx, id: i64) -> Result<OrganizationView> {
    asked(ctx, "view_organization", |row| row.id == id).await?.pop().ok_or(Error::NotFound)
}

async fn asked(
    ctx: &Ctx,
    action: &'static str,
    keep: impl Fn(&OrganizationRow) -> bool,
) -> Result<Vec<OrganizationView>> {
    match views(ctx, action, keep).await {
        Ok(views) => Ok(views),
        Err(error) => Err(ctx.refuse(action, error).await),
    }
}

async fn views(
    ctx: &Ctx,
    action: &'static str,
    keep: impl Fn(&OrganizationRow) -> bool,
) -> Result<Vec<OrganizationView>> {
    ctx.require(Action::ViewCustomer)?;
    let mut rows = customers::organizations(&ctx.app.data).await?;
    rows.retain(keep);
    let vector = AttributeVector::new(Noun::Customer, "general");
    let vector_id = ctx.app.policy.intern(&ctx.app.data, &vector).await?;
    let outcome = ctx.app.policy.outcome_of(ctx.principal(), vector_id, &vector, false);
    let record = |id| RecordId { noun: noun::ORGANIZATION, id };
    let records: Vec<RecordId> = rows.iter().map(|r| record(r.id)).collect();
    let mut keys = ctx.app.keys.load(&records).await?;
    let mut renderer = Renderer::new(&mut keys, ctx.app.lang, ctx.now());
    let mut out = Vec::with_capacity(rows.len());
    for row in &rows {
        let of = Of { record: record(row.id), row_item: 0, outcome: &outcome, customer: None };
        let mut texts: HashMap<u8, TextView> = HashMap::new();
        for cell in cells::decode(&row.cells)? {
            // What nobody has declared is not even opened for a mask.
            if cell.part != part::EXTRAS {
                texts.insert(cell.part, renderer.cell(of, &cell)?);
            }
        }
        out.push(OrganizationView {
            id: row.id,
            name: row.name.clone(),
            tags: serde_json::from_str(&row.tags).unwrap_or_default(),
            external_id: texts.remove(&part::EXTERNAL_ID),
            notes: texts.remove(&part::NOTES),
            details: texts.remove(&part::DETAILS),
            created_at: row.created_at,
            updated_at: row.updated_at,
        });
    }
    let tally = renderer.tally.clone();
    // INVARIANT I1: durable before the views leave.
    ctx.log(Draft { action, tally, rows: Some(out.len()), ..Draft::default() }, &mut keys).await?;
    Ok(out)
}
