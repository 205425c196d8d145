//! Customers: one, and lists.

use guard::{Action, Noun};
use seal::RecordId;

use super::render::Renderer;
use super::{CustomerView, Page};
use crate::app::Ctx;
use crate::error::{Error, Result};
use crate::service::access_log::{CustomerItem, Draft, Tally, customer_log};
use crate::service::fields::noun;
use crate::service::keyring::KeySet;
use crate::service::reveal;
use crate::store::customers::{self, CustomerRow};
use crate::store::tickets::Scope;

/// A customer with what belongs on the page.
pub struct CustomerPage {
    /// The profile.
    pub customer: CustomerView,
}

/// One customer.
///
/// # Errors
/// [`Error::NotFound`] if absent or not listed for this principal.
pub async fn customer(ctx: &Ctx, id: i64) -> Result<CustomerPage> {
    let page = async {
        // First, so that a role without the right can't tell which ids exist (I4).
        ctx.require(Action::ViewCustomer)?;
        let row = customers::get(&ctx.app.data, id).await?.ok_or(Error::NotFound)?;
        let mut views = views(ctx, vec![row], "view_customer", true).await?;
        Ok(CustomerPage { customer: views.pop().ok_or(Error::NotFound)? })
    };
    match page.await {
        Ok(page) => Ok(page),
        Err(error) => Err(ctx.refuse("view_customer", error).await),
    }
}

/// A page of customers by id: after an id (keyset) or after an offset.
pub async fn customers(
    ctx: &Ctx,
    after: i64,
    offset: i64,
    limit: i64,
    descending: bool,
) -> Result<Page<CustomerView>> {
    let page = async {
        ctx.require(Action::ViewCustomer)?;
        let scope = ctx.app.policy.scope(&ctx.app.data, ctx.principal(), Noun::Customer).await?;
        let vectors = vectors(&scope);
        let limit = limit.clamp(1, 1_000);
        let mut rows = customers::list(
            &ctx.app.data,
            vectors.as_deref(),
            after,
            offset,
            limit + 1,
            descending,
        )
        .await?;
        let more = i64::try_from(rows.len()).unwrap_or(i64::MAX) > limit;
        rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        let rows = views(ctx, rows, "list_customers", false).await?;
        Ok(Page { rows, more })
    };
    match page.await {
        Ok(page) => Ok(page),
        Err(error) => Err(ctx.refuse("list_customers", error).await),
    }
}

/// The vectors of a scope; none is all.
pub(crate) fn vectors(scope: &Scope) -> Option<Vec<i64>> {
    match scope {
        Scope::All => None,
        Scope::Only { vectors, .. } => Some(vectors.clone()),
    }
}

/// Renders customers and writes the event.
pub(crate) async fn views(
    ctx: &Ctx,
    rows: Vec<CustomerRow>,
    action: &'static str,
    with_reveals: bool,
) -> Result<Vec<CustomerView>> {
    views_with(ctx, rows, action, with_reveals, Draft::default()).await
}

/// As [`views`], with what was typed and found by the caller in the event.
pub(crate) async fn views_with(
    ctx: &Ctx,
    rows: Vec<CustomerRow>,
    action: &'static str,
    with_reveals: bool,
    draft: Draft,
) -> Result<Vec<CustomerView>> {
    ctx.require(Action::ViewCustomer)?;
    let ids: Vec<i64> = rows.iter().map(|r| r.id).collect();
    let mut read = match rendered(ctx, rows, with_reveals, false).await {
        // A key was changed meanwhile.
        Err(Error::Stopped) => {
            let mut rows = customers::get_many(&ctx.app.data, &ids).await?;
            rows.sort_by_key(|r| ids.iter().position(|id| *id == r.id));
            rendered(ctx, rows, with_reveals, true).await?
        }
        other => other?,
    };
    // INVARIANT I1: durable before the views leave.
    ctx.log(
        Draft {
            action,
            tally: read.tally,
            rows: Some(read.views.len()),
            customers: read.touched,
            vector: read.vector,
            ..draft
        },
        &mut read.keys,
    )
    .await?;
    Ok(read.views)
}

/// An answer before its event is written.
struct Rendered<'a> {
    views: Vec<CustomerView>,
    tally: Tally,
    touched: Vec<CustomerItem>,
    vector: Option<Vec<u8>>,
    keys: KeySet<'a>,
}

async fn rendered(
    ctx: &Ctx,
    rows: Vec<CustomerRow>,
    with_reveals: bool,
    sure: bool,
) -> Result<Rendered<'_>> {
    let records: Vec<RecordId> = rows
        .iter()
        .flat_map(|r| [RecordId { noun: noun::CUSTOMER, id: r.id }, customer_log(r.id)])
        .collect();
    let mut keys = ctx.app.keys.load(&records).await?;
    let mut renderer = Renderer::new(&mut keys, ctx.app.lang, ctx.now());
    let mut out = Vec::with_capacity(rows.len());
    let mut vector = None;
    for row in &rows {
        let outcome =
            ctx.app.policy.outcome(&ctx.app.data, ctx.principal(), row.vector_id, false).await?;
        if !outcome.list() {
            continue;
        }
        if with_reveals {
            renderer.with_reveals(reveal::open_now(ctx).await?);
        }
        renderer.touch_only(row.id);
        out.push(renderer.customer(row, &outcome, true)?);
        vector = ctx.app.policy.vector(row.vector_id);
    }
    renderer.settled(sure)?;
    let (tally, touched) = (renderer.tally.clone(), renderer.customers());
    let vector = if rows.len() == 1 { vector.map(|v| v.encode()) } else { None };
    Ok(Rendered { views: out, tally, touched, vector, keys })
}

/// How many customers there are for this principal.
pub async fn count(ctx: &Ctx) -> Result<i64> {
    let counted = async {
        ctx.require(Action::ViewCustomer)?;
        let scope = ctx.app.policy.scope(&ctx.app.data, ctx.principal(), Noun::Customer).await?;
        Ok(customers::count(&ctx.app.data, vectors(&scope).as_deref()).await?)
    };
    match counted.await {
        Ok(n) => {
            ctx.log_plain(Draft { action: "count_customers", ..Draft::default() }).await?;
            Ok(n)
        }
        Err(error) => Err(ctx.refuse("count_customers", error).await),
    }
}
