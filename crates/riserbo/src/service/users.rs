//! Users: staff and customers in one id space, as the Zendesk dialect has them.
//!
//! Colleagues are in memory and are no customer data; customers come masked
//! from the views. A list merges both by id. One event for each answer, whoever
//! is in it. A role that has no customers' records gets the colleagues alone,
//! for to it customers don't exist (the action `list` of the policy).

use std::sync::Arc;

use guard::{Action, Noun};

use super::access_log::Draft;
use super::directory::Staff;
use super::view::{
    CustomerView, Page, customer as view_customer, customer_vectors, customer_views,
};
use crate::app::Ctx;
use crate::error::Result;
use crate::store::{customers, users as store};

/// What a user is in the dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A customer.
    EndUser,
    /// Staff and software.
    Agent,
    /// The primary admin: whoever manages keys.
    Admin,
}

/// A colleague.
#[derive(Clone)]
pub struct StaffView {
    /// User id.
    pub id: i64,
    /// Name.
    pub name: String,
    /// Sign-in address: shown to the person, to who manages people, to exports.
    pub email: Option<String>,
    /// Language tag.
    pub locale: String,
    /// Role in the dialect.
    pub role: Role,
    /// The first of the groups.
    pub group: Option<i64>,
    /// May sign in.
    pub active: bool,
    /// Micros.
    pub created_at: i64,
    /// Micros.
    pub updated_at: i64,
}

/// A user.
#[derive(Clone)]
pub enum UserView {
    /// A colleague.
    Staff(StaffView),
    /// A customer.
    Customer(Box<CustomerView>),
}

impl UserView {
    /// User id.
    #[must_use]
    pub fn id(&self) -> i64 {
        match self {
            UserView::Staff(staff) => staff.id,
            UserView::Customer(customer) => customer.id,
        }
    }
}

/// Where a page of users begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// After this many.
    Offset(i64),
    /// After this id, in the list's direction; none is at the start.
    After(Option<i64>),
}

/// What a list of users is asked for.
#[derive(Clone, Debug)]
pub struct Listing {
    /// Only these roles; empty is all.
    pub roles: Vec<Role>,
    /// Where it begins.
    pub start: Start,
    /// Users of a page, 1 to 1,000.
    pub limit: i64,
    /// Greatest id first.
    pub descending: bool,
    /// Whether to count all of them.
    pub counted: bool,
}

/// The dialect's role of a colleague.
fn role(staff: &Staff) -> Role {
    if staff.principal.roles.iter().any(|r| r.as_str() == "key-admin") {
        Role::Admin
    } else {
        Role::Agent
    }
}

/// A colleague as the caller meets them.
#[must_use]
pub fn staff_view(ctx: &Ctx, staff: &Staff) -> StaffView {
    let open = staff.id == ctx.who.id
        || ctx.require(Action::ManagePeople).is_ok()
        || ctx.require(Action::Export).is_ok();
    StaffView {
        id: staff.id,
        name: staff.profile.name.clone(),
        email: open.then(|| staff.profile.email.clone()),
        locale: staff.profile.locale.clone(),
        role: role(staff),
        group: staff.principal.groups.first().copied(),
        active: staff.active,
        created_at: staff.created_at,
        updated_at: staff.updated_at,
    }
}

/// The colleague with this id, for the side-load of an answer that is logged
/// already: names of colleagues stand in tickets anyway.
#[must_use]
pub fn colleague(ctx: &Ctx, id: i64) -> Option<StaffView> {
    ctx.app.people.get(id).map(|s| staff_view(ctx, &s))
}

/// The caller.
pub async fn me(ctx: &Ctx) -> Result<StaffView> {
    ctx.log_plain(Draft { action: "view_me", rows: Some(1), ..Draft::default() }).await?;
    Ok(staff_view(ctx, &ctx.who))
}

/// One user.
///
/// # Errors
/// [`crate::error::Error::NotFound`] if absent or not listed for this principal.
pub async fn user(ctx: &Ctx, id: i64) -> Result<UserView> {
    if let Some(staff) = ctx.app.people.get(id) {
        ctx.log_plain(Draft { action: "view_staff", rows: Some(1), ..Draft::default() }).await?;
        return Ok(UserView::Staff(staff_view(ctx, &staff)));
    }
    let page = view_customer(ctx, id).await?;
    Ok(UserView::Customer(Box::new(page.customer)))
}

/// Several users, those that exist for this principal, in the order of the ids.
pub async fn many(ctx: &Ctx, ids: &[i64]) -> Result<Vec<UserView>> {
    match views(ctx, ids, "list_users").await {
        Ok(views) => Ok(views),
        Err(error) => Err(ctx.refuse("list_users", error).await),
    }
}

/// Customers with this external id: a lookup, with its budget (INVARIANT I4).
///
/// # Errors
/// As [`super::lookup::lookup`].
pub async fn by_external_id(ctx: &Ctx, text: &str) -> Result<Vec<UserView>> {
    let found = super::lookup::lookup(ctx, pii::Kind::ExternalId, text).await?;
    Ok(found.into_iter().map(|c| UserView::Customer(Box::new(c))).collect())
}

/// A page of users by id, and how many there are if that was asked.
pub async fn list(ctx: &Ctx, listing: &Listing) -> Result<(Page<UserView>, Option<i64>)> {
    match try_list(ctx, listing).await {
        Ok(page) => Ok(page),
        Err(error) => Err(ctx.refuse("list_users", error).await),
    }
}

/// How many users a list has.
pub async fn count(ctx: &Ctx, roles: &[Role]) -> Result<i64> {
    let counted = async {
        let customers = scope(ctx, roles).await?;
        total(ctx, &colleagues(ctx, roles, false), &customers).await
    };
    match counted.await {
        Ok(n) => {
            ctx.log_plain(Draft { action: "count_users", ..Draft::default() }).await?;
            Ok(n)
        }
        Err(error) => Err(ctx.refuse("count_users", error).await),
    }
}

/// The customers that a list holds.
enum Customers {
    /// None: not asked for, or the role has none.
    None,
    /// Those with one of these vectors; none is all.
    Of(Option<Vec<i64>>),
}

async fn scope(ctx: &Ctx, roles: &[Role]) -> Result<Customers> {
    if !roles.is_empty() && !roles.contains(&Role::EndUser) {
        return Ok(Customers::None);
    }
    if let Err(error) = ctx.require(Action::ViewCustomer) {
        // Asked for customers alone, the role is told so.
        return if roles == [Role::EndUser] { Err(error) } else { Ok(Customers::None) };
    }
    let scope = ctx.app.policy.scope(&ctx.app.data, ctx.principal(), Noun::Customer).await?;
    Ok(Customers::Of(customer_vectors(&scope)))
}

/// Colleagues of these roles, in order of id.
fn colleagues(ctx: &Ctx, roles: &[Role], descending: bool) -> Vec<Arc<Staff>> {
    let mut staff = ctx.app.people.all();
    staff.retain(|s| roles.is_empty() || roles.contains(&role(s)));
    if descending {
        staff.reverse();
    }
    staff
}

async fn total(ctx: &Ctx, staff: &[Arc<Staff>], of: &Customers) -> Result<i64> {
    let colleagues = i64::try_from(staff.len()).unwrap_or(i64::MAX);
    Ok(match of {
        Customers::None => colleagues,
        Customers::Of(vectors) => {
            colleagues + customers::count(&ctx.app.data, vectors.as_deref()).await?
        }
    })
}

async fn try_list(ctx: &Ctx, listing: &Listing) -> Result<(Page<UserView>, Option<i64>)> {
    let of = scope(ctx, &listing.roles).await?;
    let staff = colleagues(ctx, &listing.roles, listing.descending);
    let total = if listing.counted { Some(total(ctx, &staff, &of).await?) } else { None };
    let limit = usize::try_from(listing.limit.clamp(1, 1_000)).unwrap_or(1);
    let colleagues: Vec<i64> = staff.iter().map(|s| s.id).collect();
    let mut ids = match listing.start {
        Start::Offset(offset) => {
            let skip = usize::try_from(offset.max(0)).unwrap_or(usize::MAX);
            let wanted = i64::try_from(skip.saturating_add(limit + 1)).unwrap_or(i64::MAX);
            let others = match &of {
                Customers::None => Vec::new(),
                Customers::Of(vectors) => {
                    let vectors = vectors.as_deref();
                    store::customer_ids(&ctx.app.data, vectors, wanted, listing.descending).await?
                }
            };
            let merged = merge(colleagues, others, listing.descending);
            merged.into_iter().skip(skip).take(limit + 1).collect::<Vec<_>>()
        }
        Start::After(after) => {
            let edge = after.unwrap_or(if listing.descending { i64::MAX } else { -1 });
            let others = keyset(ctx, &of, listing, edge).await?;
            let beyond = |id: &i64| if listing.descending { *id < edge } else { *id > edge };
            let mine = colleagues.into_iter().filter(beyond).collect();
            merge(mine, others, listing.descending).into_iter().take(limit + 1).collect()
        }
    };
    let more = ids.len() > limit;
    ids.truncate(limit);
    Ok((Page { rows: views(ctx, &ids, "list_users").await?, more }, total))
}

/// Ids of customers beyond an id, one more than a page holds.
async fn keyset(ctx: &Ctx, of: &Customers, listing: &Listing, edge: i64) -> Result<Vec<i64>> {
    let Customers::Of(vectors) = of else { return Ok(Vec::new()) };
    let limit = listing.limit.clamp(1, 1_000) + 1;
    let vectors = vectors.as_deref();
    let rows = customers::list(&ctx.app.data, vectors, edge, 0, limit, listing.descending).await?;
    Ok(rows.into_iter().map(|r| r.id).collect())
}

/// Two ordered lists as one.
fn merge(mut a: Vec<i64>, b: Vec<i64>, descending: bool) -> Vec<i64> {
    a.extend(b);
    a.sort_unstable();
    if descending {
        a.reverse();
    }
    a
}

/// Renders users in the order of their ids and writes the event.
async fn views(ctx: &Ctx, ids: &[i64], action: &'static str) -> Result<Vec<UserView>> {
    let strangers: Vec<i64> =
        ids.iter().copied().filter(|id| ctx.app.people.get(*id).is_none()).collect();
    let draft = Draft::default();
    let may = ctx.require(Action::ViewCustomer).is_ok();
    let mut found = if strangers.is_empty() || !may {
        ctx.log_plain(Draft { action, rows: Some(ids.len() - strangers.len()), ..draft }).await?;
        Vec::new()
    } else {
        let rows = customers::get_many(&ctx.app.data, &strangers).await?;
        customer_views(ctx, rows, action, false, draft).await?
    };
    let mut out = Vec::with_capacity(ids.len());
    for id in ids {
        if let Some(staff) = ctx.app.people.get(*id) {
            out.push(UserView::Staff(staff_view(ctx, &staff)));
        } else if let Some(at) = found.iter().position(|c| c.id == *id) {
            out.push(UserView::Customer(Box::new(found.swap_remove(at))));
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_lists_become_one_in_either_direction() {
        assert_eq!(merge(vec![2, 5], vec![1, 3, 9], false), [1, 2, 3, 5, 9]);
        assert_eq!(merge(vec![5, 2], vec![9, 3, 1], true), [9, 5, 3, 2, 1]);
        assert_eq!(merge(vec![], vec![], true), Vec::<i64>::new());
    }
}
