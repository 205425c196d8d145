//! What a query means to one searcher: conditions on plain columns, and words
//! that a text must or must not hold.
//!
//! Names of colleagues, groups, brands and organizations are plain, and become
//! ids here. A customer's name is found as any text: only where the searcher
//! sees names. A customer's address or number is searched as text by whoever
//! sees it, and is a *lookup* for everybody else: complete, within a budget
//! (DESIGN I4). What the searcher may not look up gives no hit, and no error
//! that would tell.

use std::collections::BTreeSet;

use guard::{Action, Category};
use pii::Kind;

use super::query::{Field, Filter, Op, Query, Term, TextField};
use super::request::{Noun, Request};
use super::{run, value};
use crate::app::Ctx;
use crate::error::{Error, Result};
use crate::service::fields::noun;
use crate::service::lookup;
use crate::store::find::{self, Column, Cond};
use crate::store::people;

/// Customers whom a name may stand for.
const MAX_PEOPLE: usize = 1_000;

/// A query as one searcher means it.
#[derive(Default)]
pub(super) struct Plan {
    /// What may be found.
    pub(super) nouns: BTreeSet<Noun>,
    /// Conditions on tickets.
    pub(super) tickets: Vec<Cond>,
    /// Conditions on customers.
    pub(super) customers: Vec<Cond>,
    /// One text holds all of these.
    pub(super) must: Vec<Term>,
    /// No text of the record holds any of these.
    pub(super) must_not: Vec<Term>,
    /// The whole query is this number: a ticket's id too.
    pub(super) number: Option<i64>,
}

fn invalid(reason: &str) -> Error {
    Error::invalid("query", reason)
}

/// A condition that nothing meets.
fn never() -> Cond {
    Cond::Any(Vec::new())
}

/// Makes the plan of a query.
pub(super) async fn make(ctx: &Ctx, request: &Request, query: Query) -> Result<Plan> {
    let typed = !query.terms.is_empty() || !query.filters.is_empty() || !query.types.is_empty();
    if !typed && request.types.is_empty() {
        return Err(invalid("write a word or a filter"));
    }
    let mut plan = Plan { nouns: nouns(ctx, request, &query), ..Plan::default() };
    let Query { terms, filters, .. } = query;
    conditions(ctx, &filters, &mut plan).await?;
    for term in terms {
        add_term(ctx, term, &mut plan).await?;
    }
    plan.number = match plan.must.as_slice() {
        [only] => only.number(),
        _ => None,
    };
    Ok(plan)
}

/// What may be found: what is asked for, what the fields belong to, and what
/// the role may see at all.
fn nouns(ctx: &Ctx, request: &Request, query: &Query) -> BTreeSet<Noun> {
    let mut out: BTreeSet<Noun> = Noun::ALL.into_iter().collect();
    let mut keep = |some: &[Noun]| out.retain(|noun| some.contains(noun));
    for types in [&request.types, &query.types] {
        if !types.is_empty() {
            keep(types);
        }
    }
    for filter in &query.filters {
        keep(filter.field.nouns());
    }
    for field in query.terms.iter().filter_map(|t| t.field) {
        keep(&[field.noun()]);
    }
    let may = |action| ctx.require(action).is_ok();
    let (tickets, customers) = (may(Action::ListTickets), may(Action::ViewCustomer));
    out.retain(|noun| match noun {
        Noun::Ticket => tickets,
        Noun::Customer => customers,
        Noun::Organization | Noun::Group => tickets || customers,
    });
    out
}

/// Filters of one field with `:` are alternatives; everything else holds
/// together.
async fn conditions(ctx: &Ctx, filters: &[Filter], plan: &mut Plan) -> Result<()> {
    let mut alternatives: Vec<(Field, Vec<(Cond, Cond)>)> = Vec::new();
    for filter in filters {
        let conds = condition(ctx, filter).await?;
        if filter.negated {
            plan.tickets.push(Cond::Not(Box::new(conds.0)));
            plan.customers.push(Cond::Not(Box::new(conds.1)));
        } else if filter.op == Op::Is {
            match alternatives.iter_mut().find(|(field, _)| *field == filter.field) {
                Some((_, list)) => list.push(conds),
                None => alternatives.push((filter.field, vec![conds])),
            }
        } else {
            plan.tickets.push(conds.0);
            plan.customers.push(conds.1);
        }
    }
    for (_, list) in alternatives {
        let (tickets, customers) = list.into_iter().unzip();
        plan.tickets.push(Cond::Any(tickets));
        plan.customers.push(Cond::Any(customers));
    }
    Ok(())
}

fn both(cond: Cond) -> (Cond, Cond) {
    (cond.clone(), cond)
}

/// One filter as a condition on tickets and one on customers. A field that a
/// noun has not is never met by it, though its noun is left out anyway.
async fn condition(ctx: &Ctx, filter: &Filter) -> Result<(Cond, Cond)> {
    let text = filter.value.trim();
    let ticket = |cond| (cond, never());
    let customer = |cond| (never(), cond);
    Ok(match filter.field {
        Field::Status => ticket(code(filter, Column::Status)?),
        Field::Priority => ticket(code(filter, Column::Priority)?),
        Field::TicketType => ticket(code(filter, Column::Kind)?),
        Field::Created => both(time(ctx, filter, Column::Created)?),
        Field::Updated => both(time(ctx, filter, Column::Updated)?),
        Field::Solved => ticket(time(ctx, filter, Column::Solved)?),
        Field::Tags => both(match text {
            "none" => Cond::Not(Box::new(Cond::AnyTag)),
            "*" => Cond::AnyTag,
            tag => Cond::Tag(tag.to_owned()),
        }),
        Field::Via => ticket(Cond::Channel(text.to_lowercase())),
        Field::HasAttachment => ticket(truth(text, Cond::Attachment)?),
        Field::Verified => customer(truth(text, Cond::Flags(4, 4))?),
        Field::Suspended => customer(truth(text, Cond::Flags(2, 2))?),
        Field::Role => customer(match text.to_lowercase().as_str() {
            // Colleagues are no customers, and are not found here.
            "end-user" | "end_user" | "*" => Cond::Present(Column::Id),
            _ => never(),
        }),
        Field::Group | Field::Brand | Field::Organization | Field::Form => {
            both(named(ctx, filter.field, text).await?)
        }
        Field::Assignee | Field::Submitter | Field::Requester | Field::Commenter => {
            ticket(person(ctx, filter.field, text).await?)
        }
        Field::ExternalId => external_id(ctx, text).await?,
    })
}

fn code(filter: &Filter, column: Column) -> Result<Cond> {
    let span = value::code(filter.field, filter.op, filter.value.trim())?;
    Ok(Cond::Between(column, span.from, span.to))
}

fn time(ctx: &Ctx, filter: &Filter, column: Column) -> Result<Cond> {
    match (filter.op, filter.value.trim()) {
        (Op::Is, "none") => Ok(Cond::Not(Box::new(Cond::Present(column)))),
        (Op::Is, "*") => Ok(Cond::Present(column)),
        (op, text) => {
            let span = value::time(op, text, ctx.now())?;
            Ok(Cond::Between(column, span.from, span.to))
        }
    }
}

fn truth(text: &str, cond: Cond) -> Result<Cond> {
    Ok(if value::truth(text)? { cond } else { Cond::Not(Box::new(cond)) })
}

/// `none`, `*`, or none of the two.
fn presence(column: Column, text: &str) -> Option<Cond> {
    match text {
        "none" => Some(Cond::Not(Box::new(Cond::Present(column)))),
        "*" => Some(Cond::Present(column)),
        _ => None,
    }
}

/// A group, brand, organization or form by id or name.
async fn named(ctx: &Ctx, field: Field, text: &str) -> Result<Cond> {
    let column = match field {
        Field::Group => Column::Group,
        Field::Brand => Column::Brand,
        Field::Form => Column::Form,
        _ => Column::Organization,
    };
    if let Some(cond) = presence(column, text) {
        return Ok(cond);
    }
    if let Ok(id) = text.parse() {
        return Ok(Cond::In(column, vec![id]));
    }
    let names: Vec<(i64, String)> = match field {
        Field::Group => pairs(people::groups(&ctx.app.data).await?),
        Field::Brand => pairs(people::brands(&ctx.app.data).await?),
        Field::Organization => {
            let all = find::organizations(&ctx.app.data).await?;
            all.into_iter().map(|o| (o.id, o.name)).collect()
        }
        // Forms are known by id alone.
        _ => Vec::new(),
    };
    let wanted = folded(text);
    let ids = names.into_iter().filter(|(_, name)| folded(name) == wanted).map(|(id, _)| id);
    Ok(Cond::In(column, ids.collect()))
}

fn pairs(rows: Vec<people::Named>) -> Vec<(i64, String)> {
    rows.into_iter().map(|row| (row.id, row.name)).collect()
}

/// The words of a name, as the index folds them.
fn folded(text: &str) -> Vec<String> {
    pii::words(text).map(|(_, word)| word.into_owned()).collect()
}

async fn person(ctx: &Ctx, field: Field, text: &str) -> Result<Cond> {
    let column = match field {
        Field::Assignee => Column::Assignee,
        Field::Submitter => Column::Submitter,
        _ => Column::Requester,
    };
    let by_column = field != Field::Commenter;
    if by_column && let Some(cond) = presence(column, text) {
        return Ok(cond);
    }
    let mut ids = colleagues(ctx, text);
    if let Ok(id) = text.parse() {
        ids.push(id);
    } else if field != Field::Assignee && text != "me" {
        ids.extend(Box::pin(customers(ctx, text)).await?);
    }
    Ok(if by_column { Cond::In(column, ids) } else { Cond::CommentBy(ids) })
}

/// Colleagues by `me`, name or address: known to every colleague.
fn colleagues(ctx: &Ctx, text: &str) -> Vec<i64> {
    if text == "me" {
        return vec![ctx.who.id];
    }
    if text.contains('@') {
        return ctx.app.people.by_email(text).map(|s| s.id).into_iter().collect();
    }
    let wanted = folded(text);
    let named = |name: &str| {
        let name = folded(name);
        !wanted.is_empty() && wanted.iter().all(|word| name.contains(word))
    };
    ctx.app.people.all().iter().filter(|s| named(&s.profile.name)).map(|s| s.id).collect()
}

/// Customers by name, where names are seen, or by a complete address.
async fn customers(ctx: &Ctx, text: &str) -> Result<Vec<i64>> {
    let words = folded(text);
    if words.is_empty() || ctx.require(Action::ViewCustomer).is_err() {
        return Ok(Vec::new());
    }
    let field = if text.contains('@') { TextField::Email } else { TextField::Name };
    let term = Term {
        negated: false,
        field: Some(field),
        words,
        prefix: false,
        typed: Some(text.to_owned()),
    };
    match identifier(ctx, &term).await? {
        Some(ids) => Ok(ids),
        None => run::people(ctx, term, MAX_PEOPLE).await,
    }
}

/// The customers that a term's identifier is of, where it is one that the
/// searcher does not see; none where it is to be searched as text.
async fn identifier(ctx: &Ctx, term: &Term) -> Result<Option<Vec<i64>>> {
    let kind = match term.field {
        Some(TextField::Email) => Kind::Email,
        Some(TextField::Phone) => Kind::Phone,
        _ => return Ok(None),
    };
    let sets =
        ctx.app.policy.open_sets(&ctx.app.data, ctx.principal(), guard::Noun::Customer).await?;
    if sets.iter().any(|set| set.contains(Category::CONTACT)) {
        return Ok(None);
    }
    let typed = term.typed.as_deref().unwrap_or_default();
    let found = look_up(ctx, kind, &[(kind.name(), noun::CUSTOMER)], typed).await?;
    Ok(Some(found.into_iter().map(|(_, id)| id).collect()))
}

/// A lookup of what was typed. What is not complete, or may not be looked up by
/// this role, finds nobody.
async fn look_up(
    ctx: &Ctx,
    kind: Kind,
    labels: &[(&str, u8)],
    typed: &str,
) -> Result<Vec<(u8, i64)>> {
    let complete = match kind {
        Kind::ExternalId => pii::normalise(kind, typed),
        _ => lookup::classify(typed).filter(|(found, _)| *found == kind).map(|(_, normal)| normal),
    };
    let Some(normal) = complete.filter(|_| typed.len() <= 320) else { return Ok(Vec::new()) };
    match lookup::find(ctx, kind, labels, &normal).await {
        Ok(ids) => Ok(ids),
        Err(Error::Forbidden(_)) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// A customer's or ticket's number in another system: what a lookup is for.
async fn external_id(ctx: &Ctx, text: &str) -> Result<(Cond, Cond)> {
    let labels = [(Kind::ExternalId.name(), noun::CUSTOMER), ("ticket_external_id", noun::TICKET)];
    let found = look_up(ctx, Kind::ExternalId, &labels, text).await?;
    let of = |wanted| {
        let ids = found.iter().filter(|(noun, _)| *noun == wanted).map(|(_, id)| *id);
        Cond::In(Column::Id, ids.collect())
    };
    Ok((of(noun::TICKET), of(noun::CUSTOMER)))
}

/// A term that is an identifier which the searcher does not see becomes a
/// condition; the others are searched.
async fn add_term(ctx: &Ctx, term: Term, plan: &mut Plan) -> Result<()> {
    if let Some(ids) = identifier(ctx, &term).await? {
        let cond = Cond::In(Column::Id, ids);
        plan.customers.push(if term.negated { Cond::Not(Box::new(cond)) } else { cond });
    } else if term.negated {
        plan.must_not.push(term);
    } else {
        plan.must.push(term);
    }
    Ok(())
}
