//! From a plan to records in order.
//!
//! Two ways. **By texts**, where words are asked for: the index walks through
//! the texts that hold them, newest first; their records are sifted by plain
//! conditions and by class, candidates are looked into where the index can't
//! answer, and a page of the newest stops the walk as soon as it is full.
//! **By columns**, where only filters are asked for: the store answers.
//!
//! INVARIANT I4: a text counts only if its record exists for the searcher and
//! its words stand in categories that the record's class shows. Every bound
//! below counts such texts alone.

use std::collections::{BTreeSet, HashMap, HashSet};

use guard::{Category, CategorySet};

use super::plan::Plan;
use super::query::Term;
use super::request::{From, Noun, Position, Sort};
use super::{ask, verify};
use crate::app::Ctx;
use crate::error::{Error, Result};
use crate::service::fields::noun;
use crate::store::find::{self, Order, Seen, Start, Table, Wanted};
use crate::store::index::Match;
use crate::store::ops;

/// Texts that one search counts and orders at most.
pub(super) const MAX_TEXTS: usize = 100_000;
/// Texts that the index gives at most, whoever may see them: a bound on work.
const MAX_LOOKED: usize = 2_000_000;
/// Candidates that one search looks into at most.
pub(super) const MAX_OPENED: usize = 2_000;
/// Candidates that are opened together.
const BATCH: usize = 64;

/// Which hits are wanted, and in which order.
#[derive(Clone, Copy)]
pub(super) struct Wish {
    pub(super) sort: Sort,
    pub(super) descending: bool,
    /// Hits from the start that are needed; more need not be found.
    pub(super) enough: usize,
    /// Hits from the page's beginning that are needed, where it is known.
    pub(super) page: usize,
    /// Where the page begins, for what can begin there.
    pub(super) from: From,
    pub(super) counted: bool,
}

/// Records that were found, in order.
#[derive(Default)]
pub(super) struct Found {
    pub(super) list: Vec<Position>,
    /// How many there are in all; none if that is not known.
    pub(super) count: Option<i64>,
    pub(super) capped: bool,
}

fn table(noun: Noun) -> Option<Table> {
    match noun {
        Noun::Ticket => Some(Table::Ticket),
        Noun::Customer => Some(Table::Customer),
        _ => None,
    }
}

fn tables(plan: &Plan) -> Vec<(Noun, Table)> {
    plan.nouns.iter().filter_map(|noun| Some((*noun, table(*noun)?))).collect()
}

fn guarded(table: Table) -> guard::Noun {
    match table {
        Table::Ticket => guard::Noun::Ticket,
        Table::Customer => guard::Noun::Customer,
    }
}

/// The column behind an order. A text's own time stands for the record's where
/// words are asked for; `Created` then orders what is found by its number.
fn column(sort: Sort, by_text: bool) -> Order {
    match sort {
        Sort::Newest if by_text => Order::Created,
        Sort::Newest | Sort::Updated => Order::Updated,
        Sort::Created => Order::Created,
        Sort::Priority => Order::Priority,
        Sort::Status => Order::Status,
        Sort::TicketType => Order::Kind,
    }
}

async fn wanted(ctx: &Ctx, plan: &Plan, table: Table, order: Order) -> Result<Wanted> {
    let scope = ctx.app.policy.scope(&ctx.app.data, ctx.principal(), guarded(table)).await?;
    let conds = match table {
        Table::Ticket => plan.tickets.clone(),
        Table::Customer => plan.customers.clone(),
    };
    Ok(Wanted { table, conds, scope, order })
}

/// Tickets and customers that a plan finds.
pub(super) async fn find(ctx: &Ctx, plan: &Plan, wish: Wish) -> Result<Found> {
    let excluded = excluded(ctx, plan).await?;
    if plan.must.is_empty() {
        by_columns(ctx, plan, wish, &excluded).await
    } else {
        by_texts(ctx, plan, wish, &excluded).await
    }
}

/// Customers of whom a text holds a term: those whom a name may stand for.
pub(super) async fn people(ctx: &Ctx, term: Term, most: usize) -> Result<Vec<i64>> {
    let plan =
        Plan { nouns: BTreeSet::from([Noun::Customer]), must: vec![term], ..Plan::default() };
    let mut search = Texts::new(ctx, &plan, Sort::Newest).await?;
    search.walk(most + 1).await?;
    if search.list.len() > most {
        return Err(Error::invalid("query", "this name stands for too many people: write more"));
    }
    Ok(search.list.into_iter().map(|p| p.id).collect())
}

/// Records with a text that holds a term which must not be there.
async fn excluded(ctx: &Ctx, plan: &Plan) -> Result<HashSet<(Noun, i64)>> {
    let mut out = HashSet::new();
    for term in &plan.must_not {
        let one = Plan {
            nouns: plan.nouns.clone(),
            must: vec![Term { negated: false, ..term.clone() }],
            ..Plan::default()
        };
        let mut search = Texts::new(ctx, &one, Sort::Newest).await?;
        search.walk(usize::MAX).await?;
        if search.capped {
            return Err(Error::invalid("query", "an excluded word is too common: add a filter"));
        }
        out.extend(search.list.into_iter().map(|p| (p.noun, p.id)));
    }
    Ok(out)
}

/// In the order that is wished for.
pub(super) fn sort(list: &mut [Position], descending: bool) {
    list.sort_unstable();
    if descending {
        list.reverse();
    }
}

async fn by_texts(
    ctx: &Ctx,
    plan: &Plan,
    wish: Wish,
    excluded: &HashSet<(Noun, i64)>,
) -> Result<Found> {
    let mut search = Texts::new(ctx, plan, wish.sort).await?;
    search.excluded.clone_from(excluded);
    let hurried = wish.sort == Sort::Newest && wish.descending && !wish.counted;
    let enough = if hurried { wish.enough } else { usize::MAX };
    search.walk(enough).await?;
    search.by_number(plan).await?;
    let Texts { mut list, capped, .. } = search;
    sort(&mut list, wish.descending);
    let count = if hurried { None } else { Some(i64::try_from(list.len()).unwrap_or(i64::MAX)) };
    Ok(Found { list, count, capped })
}

/// A record as the search knows it.
#[derive(Clone, Copy)]
struct Known {
    /// The set of categories that its class shows, by its place.
    set: usize,
    value: i64,
}

/// A search by texts under way.
struct Texts<'s> {
    ctx: &'s Ctx,
    terms: &'s [Term],
    wanted: Vec<Wanted>,
    sets: Vec<CategorySet>,
    by_time: bool,
    /// Records that were sifted; none: not for this searcher.
    known: HashMap<(u8, i64), Option<Known>>,
    closing: HashSet<(i64, i64, u8)>,
    looks: bool,
    opened: usize,
    texts: usize,
    excluded: HashSet<(Noun, i64)>,
    emitted: HashSet<(u8, i64)>,
    list: Vec<Position>,
    capped: bool,
}

impl<'s> Texts<'s> {
    async fn new(ctx: &'s Ctx, plan: &'s Plan, order: Sort) -> Result<Texts<'s>> {
        let mut all = Vec::new();
        let mut sets: Vec<CategorySet> = Vec::new();
        for (_, table) in tables(plan) {
            all.push(wanted(ctx, plan, table, column(order, true)).await?);
            let open =
                ctx.app.policy.open_sets(&ctx.app.data, ctx.principal(), guarded(table)).await?;
            for set in open {
                if !sets.contains(&set) {
                    sets.push(set);
                }
            }
        }
        let closing = ops::closing(&ctx.app.data).await?.into_iter().collect();
        Ok(Texts {
            ctx,
            terms: &plan.must,
            wanted: all,
            sets,
            by_time: order == Sort::Newest,
            known: HashMap::new(),
            closing,
            looks: plan.must.iter().any(verify::is_needed),
            opened: 0,
            texts: 0,
            excluded: HashSet::new(),
            emitted: HashSet::new(),
            list: Vec::new(),
            capped: false,
        })
    }

    /// Walks until enough records are found.
    async fn walk(&mut self, enough: usize) -> Result<()> {
        let passes = ask::passes(self.ctx, &self.sets, self.terms).await?;
        let mut walk = self.ctx.app.index.walk(passes, MAX_LOOKED, enough != usize::MAX);
        while let Some(matches) = walk.next().await? {
            for part in matches.chunks(256) {
                self.take(part).await?;
                if self.list.len() >= enough || self.capped {
                    return Ok(());
                }
            }
        }
        self.capped = walk.capped();
        Ok(())
    }

    async fn take(&mut self, matches: &[Match]) -> Result<()> {
        self.sift(matches).await?;
        let mut candidates = Vec::new();
        for found in matches {
            let Some(known) = self.visible(found) else { continue };
            self.texts += 1;
            if self.texts > MAX_TEXTS {
                self.capped = true;
                break;
            }
            let key = (found.entry.noun, found.entry.record);
            if self.emitted.contains(&key) {
                continue;
            }
            if !self.looks {
                self.emit(found, known);
                continue;
            }
            let set = self.sets.get(known.set).copied().unwrap_or(CategorySet::EMPTY);
            candidates.push((*found, set));
            if candidates.len() >= BATCH {
                self.look(&std::mem::take(&mut candidates)).await?;
            }
        }
        self.look(&candidates).await
    }

    /// The record of a text, if it exists for the searcher and shows the words.
    fn visible(&self, found: &Match) -> Option<Known> {
        let known = (*self.known.get(&(found.entry.noun, found.entry.record))?)?;
        let bit = 1u64.checked_shl(u32::try_from(known.set).ok()?)?;
        (found.passes & bit != 0).then_some(known)
    }

    /// Looks into candidates, newest first.
    async fn look(&mut self, candidates: &[verify::Candidate]) -> Result<()> {
        if candidates.is_empty() {
            return Ok(());
        }
        self.opened += candidates.len();
        if self.opened > MAX_OPENED {
            return Err(Error::invalid(
                "query",
                "too many texts hold these words to compare them all: add a word or a filter",
            ));
        }
        let holds = verify::holds(self.ctx, candidates, self.terms).await?;
        for ((found, _), holds) in candidates.iter().zip(holds) {
            if let Some(known) = self.visible(found).filter(|_| holds) {
                self.emit(found, known);
            }
        }
        Ok(())
    }

    fn emit(&mut self, found: &Match, known: Known) {
        let entry = found.entry;
        if !self.emitted.insert((entry.noun, entry.record)) {
            return;
        }
        let noun = if entry.noun == noun::TICKET { Noun::Ticket } else { Noun::Customer };
        if !self.excluded.contains(&(noun, entry.record)) {
            let value = if self.by_time { entry.time * 1_000_000 } else { known.value };
            self.list.push(Position { value, noun, id: entry.record });
        }
    }

    /// Learns about the records of these texts.
    async fn sift(&mut self, matches: &[Match]) -> Result<()> {
        for at in 0..self.wanted.len() {
            let Some(wanted) = self.wanted.get(at) else { continue };
            let number = number(wanted.table);
            let ids: BTreeSet<i64> = matches
                .iter()
                .map(|m| m.entry)
                .filter(|e| e.noun == number && !self.known.contains_key(&(number, e.record)))
                .map(|e| e.record)
                .collect();
            let ids: Vec<i64> = ids.into_iter().collect();
            self.learn(at, &ids).await?;
        }
        Ok(())
    }

    async fn learn(&mut self, at: usize, ids: &[i64]) -> Result<()> {
        let Some(wanted) = self.wanted.get(at) else { return Ok(()) };
        if ids.is_empty() {
            return Ok(());
        }
        let number = number(wanted.table);
        let rows = find::sift(&self.ctx.app.data, wanted, ids).await?;
        for id in ids {
            self.known.insert((number, *id), None);
        }
        for row in rows {
            if let Some(known) = self.class_of(number, &row).await? {
                self.known.insert((number, row.id), Some(known));
            }
        }
        Ok(())
    }

    /// What the searcher's class of a record shows.
    async fn class_of(&self, number: u8, row: &Seen) -> Result<Option<Known>> {
        let mine = number == noun::TICKET && row.assignee == self.ctx.who.id;
        let policy = &self.ctx.app.policy;
        let outcome =
            policy.outcome(&self.ctx.app.data, self.ctx.principal(), row.vector, mine).await?;
        let open = outcome.open();
        // A key that is being destroyed closes its data before it is gone.
        let closes = |c: Category| self.closing.contains(&(i64::from(number), row.id, c.id()));
        if !outcome.list() || open.iter().any(closes) {
            return Ok(None);
        }
        let set = self.sets.iter().position(|set| *set == open);
        Ok(set.map(|set| Known { set, value: row.value }))
    }

    /// A ticket whose id is the number that was typed.
    async fn by_number(&mut self, plan: &Plan) -> Result<()> {
        let Some(id) = plan.number.filter(|_| plan.nouns.contains(&Noun::Ticket)) else {
            return Ok(());
        };
        let at = self.wanted.iter().position(|w| w.table == Table::Ticket);
        let Some(wanted) = at.and_then(|at| self.wanted.get(at)) else { return Ok(()) };
        let found = find::sift(&self.ctx.app.data, wanted, &[id]).await?;
        let excluded = self.excluded.contains(&(Noun::Ticket, id));
        if excluded || self.emitted.contains(&(noun::TICKET, id)) {
            return Ok(());
        }
        self.list.extend(found.iter().map(|row| Position {
            value: row.value,
            noun: Noun::Ticket,
            id: row.id,
        }));
        Ok(())
    }
}

fn number(table: Table) -> u8 {
    match table {
        Table::Ticket => noun::TICKET,
        Table::Customer => noun::CUSTOMER,
    }
}

async fn by_columns(
    ctx: &Ctx,
    plan: &Plan,
    wish: Wish,
    excluded: &HashSet<(Noun, i64)>,
) -> Result<Found> {
    let mut out = Found { count: Some(0), ..Found::default() };
    for (noun, table) in tables(plan) {
        let wanted = wanted(ctx, plan, table, column(wish.sort, false)).await?;
        // What is excluded is not known to the store: everything is asked for.
        let whole = !excluded.is_empty();
        let most = match (whole, wish.from) {
            (true, _) => MAX_TEXTS + 1,
            (false, From::Offset(_)) => wish.enough,
            (false, From::After(_)) => wish.page,
        };
        let limit = i64::try_from(most).unwrap_or(i64::MAX);
        let start = if whole { Start::Beginning } else { start(noun, wish) };
        let rows = find::page(&ctx.app.data, &wanted, wish.descending, start, limit).await?;
        if whole && rows.len() > MAX_TEXTS {
            out.capped = true;
        }
        let kept: Vec<Position> = rows
            .iter()
            .take(most.min(MAX_TEXTS))
            .map(|row| Position { value: row.value, noun, id: row.id })
            .filter(|p| !excluded.contains(&(p.noun, p.id)))
            .collect();
        let count = if whole {
            i64::try_from(kept.len()).unwrap_or(i64::MAX)
        } else if wish.counted {
            find::count(&ctx.app.data, &wanted).await?
        } else {
            0
        };
        out.count = out.count.map(|n| n + count);
        out.list.extend(kept);
    }
    if !wish.counted {
        out.count = None;
    }
    sort(&mut out.list, wish.descending);
    Ok(out)
}

/// Where a noun's page begins so that it follows a place in the common order.
fn start(noun: Noun, wish: Wish) -> Start {
    let From::After(place) = wish.from else { return Start::Beginning };
    match (noun.cmp(&place.noun), wish.descending) {
        (std::cmp::Ordering::Equal, _) => Start::After(place.value, place.id),
        // Of equal values those of this noun come later.
        (std::cmp::Ordering::Less, true) | (std::cmp::Ordering::Greater, false) => {
            Start::At(place.value)
        }
        _ => Start::Past(place.value),
    }
}
