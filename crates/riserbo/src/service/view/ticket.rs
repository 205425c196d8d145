//! Tickets: one, several, lists and counts.

use std::collections::HashMap;

use guard::{Action, Noun, Outcome};
use seal::RecordId;

use super::render::{Of, Renderer};
use super::{CustomerView, Person, TextView};
use crate::app::Ctx;
use crate::error::{Error, Result};
use crate::service::access_log::{CustomerItem, Draft, Tally, customer_log};
use crate::service::fields::{noun, part};
use crate::service::keyring::KeySet;
use crate::service::reveal;
use crate::store::cells;
use crate::store::customers::{self, CustomerRow};
use crate::store::tickets as store;
use crate::store::tickets::{self, AttachmentRow, CommentRow, Filter, From, Order, TicketRow};

/// Most comments of a ticket that one answer holds.
pub(crate) const MAX_COMMENTS: i64 = 5_000;

/// A comment as this principal meets it.
#[derive(Clone)]
pub struct CommentView {
    /// Its id.
    pub id: i64,
    /// Who wrote it.
    pub author_id: i64,
    /// Whether the customer sees it.
    pub public: bool,
    /// Micros.
    pub created_at: i64,
    /// The audit it belongs to.
    pub audit_id: Option<i64>,
    /// The text.
    pub body: TextView,
    /// Files, with their names.
    pub attachments: Vec<AttachmentView>,
}

/// An attachment's plain metadata (its cells are emptied) and its name.
pub type AttachmentView = (AttachmentRow, TextView);

/// A ticket as this principal meets it.
#[derive(Clone)]
pub struct TicketView {
    /// Plain attributes (its cells are emptied).
    pub row: TicketRow,
    /// The subject.
    pub subject: TextView,
    /// The external id.
    pub external_id: Option<TextView>,
    /// The address that the ticket was sent to.
    pub recipient: Option<TextView>,
    /// Where it came from: the JSON text of `via.source`.
    pub source: Option<TextView>,
    /// The first comment's text.
    pub description: Option<TextView>,
    /// Custom fields by id.
    pub fields: Vec<(i64, TextView)>,
    /// The comments asked for, oldest first.
    pub comments: Vec<CommentView>,
    /// Requester and authors.
    pub people: HashMap<i64, Person>,
    /// Whether it is assigned to the caller.
    pub mine: bool,
}

/// A page of a list.
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Whether there are more.
    pub more: bool,
}

/// What a list is asked for.
pub struct Listing {
    /// Plain conditions.
    pub filter: Filter,
    /// Order.
    pub order: Order,
    /// Greatest first.
    pub descending: bool,
    /// Where the page begins.
    pub from: From,
    /// Rows of a page, 1 to 1,000.
    pub limit: i64,
}

/// A ticket's record.
#[must_use]
pub(crate) fn record(id: i64) -> RecordId {
    RecordId { noun: noun::TICKET, id }
}

async fn outcome(ctx: &Ctx, row: &TicketRow) -> Result<Outcome> {
    let mine = row.assignee_id == Some(ctx.who.id);
    ctx.app.policy.outcome(&ctx.app.data, ctx.principal(), row.vector_id, mine).await
}

/// The record ids whose keys a set of tickets and customers needs.
fn records(tickets: &[TicketRow], customers: &[CustomerRow]) -> Vec<RecordId> {
    let mut out = Vec::with_capacity(tickets.len() + customers.len() * 2);
    out.extend(tickets.iter().map(|t| record(t.id)));
    for customer in customers {
        out.push(RecordId { noun: noun::CUSTOMER, id: customer.id });
        out.push(customer_log(customer.id));
    }
    out
}

/// Customers among these user ids.
async fn customers_of(ctx: &Ctx, ids: impl IntoIterator<Item = i64>) -> Result<Vec<CustomerRow>> {
    let mut ids: Vec<i64> =
        ids.into_iter().filter(|id| ctx.app.people.get(*id).is_none()).collect();
    ids.sort_unstable();
    ids.dedup();
    Ok(customers::get_many(&ctx.app.data, &ids).await?)
}

/// Renders the people of an answer.
pub(super) async fn people(
    ctx: &Ctx,
    rows: &[CustomerRow],
    ids: impl IntoIterator<Item = i64>,
    renderer: &mut Renderer<'_, '_>,
) -> Result<HashMap<i64, Person>> {
    let mut out = HashMap::new();
    for row in rows {
        let outcome =
            ctx.app.policy.outcome(&ctx.app.data, ctx.principal(), row.vector_id, false).await?;
        if outcome.list() {
            let view: CustomerView = renderer.customer(row, &outcome, ctx.profiles)?;
            out.insert(row.id, Person::Customer(Box::new(view)));
        }
    }
    for id in ids {
        out.entry(id).or_insert_with(|| match ctx.app.people.get(id) {
            Some(staff) => Person::Staff { id, name: staff.profile.name.clone() },
            None => Person::Unknown(id),
        });
    }
    Ok(out)
}

/// The customer in whose log a ticket counts.
fn customer_of(row: &TicketRow, rows: &[CustomerRow]) -> Option<i64> {
    rows.iter().find(|c| c.id == row.requester_id).map(|c| c.id)
}

fn plain_ticket(row: &TicketRow) -> TicketRow {
    TicketRow { cells: Vec::new(), ..row.clone() }
}

/// A ticket's plain attributes.
fn bare_ticket(row: &TicketRow) -> TicketView {
    TicketView {
        row: plain_ticket(row),
        subject: TextView::default(),
        external_id: None,
        recipient: None,
        source: None,
        description: None,
        fields: Vec::new(),
        comments: Vec::new(),
        people: HashMap::new(),
        mine: false,
    }
}

fn ticket_cells(
    row: &TicketRow,
    of: Of<'_>,
    renderer: &mut Renderer<'_, '_>,
) -> Result<TicketView> {
    let mut view = bare_ticket(row);
    for cell in cells::decode(&row.cells)? {
        match cell.part {
            part::SUBJECT => view.subject = renderer.cell(of, &cell)?,
            part::EXTERNAL_ID => view.external_id = Some(renderer.cell(of, &cell)?),
            part::RECIPIENT => view.recipient = Some(renderer.cell(of, &cell)?),
            part::SOURCE => view.source = Some(renderer.cell(of, &cell)?),
            part::CUSTOM_FIELD => view.fields.push((cell.item, renderer.cell(of, &cell)?)),
            _ => {}
        }
    }
    Ok(view)
}

fn comment_view(
    row: &CommentRow,
    of: Of<'_>,
    attachments: &[AttachmentRow],
    renderer: &mut Renderer<'_, '_>,
) -> Result<CommentView> {
    let mut body = TextView::default();
    for cell in cells::decode(&row.cells)? {
        if cell.part == part::BODY {
            body = renderer.cell(Of { row_item: row.id, ..of }, &cell)?;
        }
    }
    let mut files = Vec::new();
    for file in attachments.iter().filter(|a| a.comment_id == row.id) {
        for cell in cells::decode(&file.cells)? {
            let name = renderer.cell(Of { row_item: file.id, ..of }, &cell)?;
            files.push((AttachmentRow { cells: Vec::new(), ..file.clone() }, name));
        }
    }
    Ok(CommentView {
        id: row.id,
        author_id: row.author_id,
        public: row.public,
        created_at: row.created_at,
        audit_id: row.audit_id,
        body,
        attachments: files,
    })
}

/// A ticket with all its comments.
///
/// # Errors
/// [`Error::NotFound`] if it is absent or not listed for this principal;
/// [`Error::Log`] if the event can't be written.
pub async fn ticket(ctx: &Ctx, id: i64) -> Result<TicketView> {
    match try_ticket(ctx, id, 0, MAX_COMMENTS, false, "view_ticket").await {
        Ok(view) => Ok(view),
        Err(error) => Err(ctx.refuse("view_ticket", error).await),
    }
}

/// A ticket without its comments, but with its first one as description.
///
/// # Errors
/// As [`ticket`].
pub async fn brief(ctx: &Ctx, id: i64) -> Result<TicketView> {
    match try_ticket(ctx, id, 0, 1, false, "view_ticket").await {
        Ok(view) => Ok(view),
        Err(error) => Err(ctx.refuse("view_ticket", error).await),
    }
}

/// A ticket with a page of its comments.
pub async fn comments(
    ctx: &Ctx,
    id: i64,
    offset: i64,
    limit: i64,
    descending: bool,
) -> Result<TicketView> {
    match try_ticket(ctx, id, offset, limit, descending, "list_comments").await {
        Ok(view) => Ok(view),
        Err(error) => Err(ctx.refuse("list_comments", error).await),
    }
}

async fn try_ticket(
    ctx: &Ctx,
    id: i64,
    offset: i64,
    limit: i64,
    descending: bool,
    action: &'static str,
) -> Result<TicketView> {
    match read_ticket(ctx, id, (offset, limit, descending), action, false).await {
        // A key was changed meanwhile.
        Err(Error::Stopped) => {
            read_ticket(ctx, id, (offset, limit, descending), action, true).await
        }
        other => other,
    }
}

async fn read_ticket(
    ctx: &Ctx,
    id: i64,
    (offset, limit, descending): (i64, i64, bool),
    action: &'static str,
    sure: bool,
) -> Result<TicketView> {
    ctx.require(Action::ViewTicket)?;
    let row = store::get(&ctx.app.data, id).await?.ok_or(Error::NotFound)?;
    let outcome = outcome(ctx, &row).await?;
    if !outcome.list() {
        return Err(Error::NotFound);
    }
    let comment_rows =
        tickets::comments(&ctx.app.data, id, offset, limit.clamp(1, MAX_COMMENTS), descending)
            .await?;
    let attachments =
        if row.has_files() { tickets::attachments(&ctx.app.data, id).await? } else { Vec::new() };
    let ids = || {
        comment_rows
            .iter()
            .map(|c| c.author_id)
            .chain([row.requester_id])
            .chain(row.submitter_id)
            .chain(row.assignee_id)
    };
    let customer_rows = customers_of(ctx, ids()).await?;
    let mut keys = ctx.app.keys.load(&records(std::slice::from_ref(&row), &customer_rows)).await?;
    let mut renderer = Renderer::new(&mut keys, ctx.app.lang, ctx.now());
    renderer.with_reveals(reveal::open_now(ctx).await?);
    for customer in &customer_rows {
        renderer.with_handle(customer.id, &customer.handle);
    }
    let of = Of {
        record: record(id),
        row_item: 0,
        outcome: &outcome,
        customer: customer_of(&row, &customer_rows),
    };
    let mut view = if action == "list_comments" {
        // What the answer doesn't hold is not opened.
        bare_ticket(&row)
    } else {
        ticket_cells(&row, of, &mut renderer)?
    };
    view.mine = row.assignee_id == Some(ctx.who.id);
    for comment in &comment_rows {
        view.comments.push(comment_view(comment, of, &attachments, &mut renderer)?);
    }
    if offset == 0 && !descending {
        view.description = view.comments.first().map(|c| c.body.clone());
    }
    view.people = people(ctx, &customer_rows, ids(), &mut renderer).await?;
    renderer.settled(sure)?;
    if let Some(customer) = of.customer {
        renderer.touch_only(customer);
    }
    let (tally, customers) = (renderer.tally.clone(), renderer.customers());
    write(
        ctx,
        Draft {
            action,
            ticket: Some((id, view.mine)),
            vector: ctx.app.policy.vector(row.vector_id).map(|v| v.encode()),
            tally,
            rows: Some(view.comments.len()),
            customers,
            ..Draft::default()
        },
        &mut keys,
    )
    .await?;
    Ok(view)
}

async fn write(ctx: &Ctx, draft: Draft, keys: &mut KeySet<'_>) -> Result<()> {
    // INVARIANT I1: durable before the view leaves.
    ctx.log(draft, keys).await.map(|_| ())
}

/// Several tickets by id, those that exist for this principal, in the order of
/// the ids; each with its first comment as description.
pub async fn many(ctx: &Ctx, ids: &[i64], action: &'static str) -> Result<Vec<TicketView>> {
    let asked = async {
        ctx.require(Action::ListTickets)?;
        try_many(ctx, ids, action, Draft::default()).await
    };
    match asked.await {
        Ok(views) => Ok(views),
        Err(error) => Err(ctx.refuse(action, error).await),
    }
}

/// As [`many`], with what was typed and counted by the caller in the event.
pub(crate) async fn try_many(
    ctx: &Ctx,
    ids: &[i64],
    action: &'static str,
    draft: Draft,
) -> Result<Vec<TicketView>> {
    let mut rows = store::get_many(&ctx.app.data, ids).await?;
    let place: HashMap<i64, usize> = ids.iter().enumerate().map(|(i, id)| (*id, i)).collect();
    rows.sort_by_key(|r| place.get(&r.id).copied());
    views(ctx, rows, action, draft).await
}

async fn views(
    ctx: &Ctx,
    rows: Vec<TicketRow>,
    action: &'static str,
    draft: Draft,
) -> Result<Vec<TicketView>> {
    Ok(together(ctx, rows, Vec::new(), action, draft).await?.0)
}

/// Tickets and customers in one answer with one event, each in the order of the
/// ids.
pub(crate) async fn found(
    ctx: &Ctx,
    ticket_ids: &[i64],
    customer_ids: &[i64],
    action: &'static str,
    draft: Draft,
) -> Result<(Vec<TicketView>, Vec<CustomerView>)> {
    let (rows, people) = in_order(ctx, ticket_ids, customer_ids).await?;
    together(ctx, rows, people, action, draft).await
}

async fn together(
    ctx: &Ctx,
    rows: Vec<TicketRow>,
    asked: Vec<CustomerRow>,
    action: &'static str,
    draft: Draft,
) -> Result<(Vec<TicketView>, Vec<CustomerView>)> {
    let tickets: Vec<i64> = rows.iter().map(|r| r.id).collect();
    let customers: Vec<i64> = asked.iter().map(|r| r.id).collect();
    let mut read = match rendered(ctx, rows, asked, false).await {
        // A key was changed meanwhile.
        Err(Error::Stopped) => {
            let (rows, asked) = in_order(ctx, &tickets, &customers).await?;
            rendered(ctx, rows, asked, true).await?
        }
        other => other?,
    };
    let rows = Some(read.tickets.len() + read.customers.len());
    let draft = Draft { action, tally: read.tally, rows, customers: read.touched, ..draft };
    write(ctx, draft, &mut read.keys).await?;
    Ok((read.tickets, read.customers))
}

/// Tickets and customers by id, in the order of the ids.
async fn in_order(
    ctx: &Ctx,
    ticket_ids: &[i64],
    customer_ids: &[i64],
) -> Result<(Vec<TicketRow>, Vec<CustomerRow>)> {
    let place = |ids: &[i64]| -> HashMap<i64, usize> {
        ids.iter().enumerate().map(|(i, id)| (*id, i)).collect()
    };
    let (tickets, customers) = (place(ticket_ids), place(customer_ids));
    let mut rows = store::get_many(&ctx.app.data, ticket_ids).await?;
    rows.sort_by_key(|r| tickets.get(&r.id).copied());
    let mut people = customers::get_many(&ctx.app.data, customer_ids).await?;
    people.sort_by_key(|r| customers.get(&r.id).copied());
    Ok((rows, people))
}

/// An answer before its event is written.
struct Rendered<'a> {
    tickets: Vec<TicketView>,
    customers: Vec<CustomerView>,
    tally: Tally,
    touched: Vec<CustomerItem>,
    keys: KeySet<'a>,
}

async fn rendered(
    ctx: &Ctx,
    rows: Vec<TicketRow>,
    asked: Vec<CustomerRow>,
    sure: bool,
) -> Result<Rendered<'_>> {
    let mut listed = Vec::with_capacity(rows.len());
    for row in rows {
        let outcome = outcome(ctx, &row).await?;
        if outcome.list() {
            listed.push((row, outcome));
        }
    }
    let ticket_rows: Vec<TicketRow> = listed.iter().map(|(r, _)| r.clone()).collect();
    let ids: Vec<i64> = ticket_rows.iter().map(|r| r.id).collect();
    let firsts: HashMap<i64, CommentRow> = tickets::first_comments(&ctx.app.data, &ids)
        .await?
        .into_iter()
        .map(|c| (c.ticket_id, c))
        .collect();
    let customer_rows = customers_of(ctx, ticket_rows.iter().map(|t| t.requester_id)).await?;
    let mut wanted = records(&ticket_rows, &customer_rows);
    wanted.extend(records(&[], &asked));
    let mut keys = ctx.app.keys.load(&wanted).await?;
    let mut renderer = Renderer::new(&mut keys, ctx.app.lang, ctx.now());
    for customer in &customer_rows {
        renderer.with_handle(customer.id, &customer.handle);
    }
    let mut out = Vec::with_capacity(listed.len());
    for (row, outcome) in &listed {
        let of = Of {
            record: record(row.id),
            row_item: 0,
            outcome,
            customer: customer_of(row, &customer_rows),
        };
        if let Some(customer) = of.customer {
            renderer.touch_only(customer);
        }
        let mut view = ticket_cells(row, of, &mut renderer)?;
        view.mine = row.assignee_id == Some(ctx.who.id);
        if let Some(first) = firsts.get(&row.id) {
            view.description = Some(comment_view(first, of, &[], &mut renderer)?.body);
        }
        out.push(view);
    }
    let shared = people(
        ctx,
        &customer_rows,
        ticket_rows.iter().flat_map(|t| t.assignee_id.into_iter().chain([t.requester_id])),
        &mut renderer,
    )
    .await?;
    for view in &mut out {
        for id in view.row.assignee_id.into_iter().chain([view.row.requester_id]) {
            if let Some(person) = shared.get(&id) {
                view.people.insert(id, person.clone());
            }
        }
    }
    let mut profiles = Vec::with_capacity(asked.len());
    for row in &asked {
        let outcome =
            ctx.app.policy.outcome(&ctx.app.data, ctx.principal(), row.vector_id, false).await?;
        if outcome.list() {
            renderer.touch_only(row.id);
            profiles.push(renderer.customer(row, &outcome, true)?);
        }
    }
    renderer.settled(sure)?;
    let (tally, touched) = (renderer.tally.clone(), renderer.customers());
    Ok(Rendered { tickets: out, customers: profiles, tally, touched, keys })
}

/// A page of tickets.
pub async fn list(ctx: &Ctx, listing: &Listing, action: &'static str) -> Result<Page<TicketView>> {
    match try_list(ctx, listing, action).await {
        Ok(page) => Ok(page),
        Err(error) => Err(ctx.refuse(action, error).await),
    }
}

async fn try_list(ctx: &Ctx, listing: &Listing, action: &'static str) -> Result<Page<TicketView>> {
    ctx.require(Action::ListTickets)?;
    let scope = ctx.app.policy.scope(&ctx.app.data, ctx.principal(), Noun::Ticket).await?;
    let limit = listing.limit.clamp(1, 1_000);
    let mut rows = store::list(
        &ctx.app.data,
        &listing.filter,
        &scope,
        listing.order,
        listing.descending,
        listing.from,
        limit + 1,
    )
    .await?;
    let more = rows.len() > usize::try_from(limit).unwrap_or(usize::MAX);
    rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let rows = views(ctx, rows, action, Draft::default()).await?;
    Ok(Page { rows, more })
}

/// A page of tickets and how many there are in all, in one answer.
pub async fn list_counted(
    ctx: &Ctx,
    listing: &Listing,
    action: &'static str,
) -> Result<(Page<TicketView>, i64)> {
    let counted = async {
        ctx.require(Action::ListTickets)?;
        let scope = ctx.app.policy.scope(&ctx.app.data, ctx.principal(), Noun::Ticket).await?;
        let total = store::count(&ctx.app.data, &listing.filter, &scope).await?;
        Ok((try_list(ctx, listing, action).await?, total))
    };
    match counted.await {
        Ok(page) => Ok(page),
        Err(error) => Err(ctx.refuse(action, error).await),
    }
}

/// How many tickets a list has. A count is an answer, and is logged.
pub async fn count(ctx: &Ctx, filter: &Filter) -> Result<i64> {
    let counted = async {
        ctx.require(Action::ListTickets)?;
        let scope = ctx.app.policy.scope(&ctx.app.data, ctx.principal(), Noun::Ticket).await?;
        Ok(store::count(&ctx.app.data, filter, &scope).await?)
    };
    match counted.await {
        Ok(n) => {
            ctx.log_plain(Draft { action: "count_tickets", ..Draft::default() }).await?;
            Ok(n)
        }
        Err(error) => Err(ctx.refuse("count_tickets", error).await),
    }
}
