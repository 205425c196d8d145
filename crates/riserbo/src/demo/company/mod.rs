//! An invented company, so that Riserbo can be seen at work before any real data goes in.
//!
//! *Farmacia Salvianova S.r.l.* of Bologna sells medicines and remedies online ("Salvianova
//! Farmacia") and devices and home care ("Salvianova Casa"). Its support desk has what makes privacy
//! hard: cards typed into a chat, accounts for refunds, tax codes for invoices, diagnoses, doses,
//! addresses, passwords, people who write for their mother, two customers of one name.
//!
//! [`Company::generate`] gives the desk in the form of a helpdesk export (tickets with comments
//! inline), so that the demo takes it in through the import that real data takes. The same seed, time
//! and size give the same bytes. Next to the export stand [`Facts`]: what a simulation of agents
//! needs to know and an export does not tell, such as which values a solution truly needed.
//!
//! What this is not: a test corpus for detection (its values are too clean), or a place for real
//! names, domains or numbers. Everybody here is invented; identifiers are right in form only.

mod calendar;
mod cast;
mod catalog;
mod desk;
mod markup;
mod names;
mod people;
mod places;
mod plan;
mod rng;
mod script;
#[cfg(test)]
mod tests;
mod tickets;
mod users;
mod values;
mod voice;

use calendar::{DAY, rome_day};
use rng::Rng;
use script::Scenario;
use serde_json::Value;

/// Size of the demo that starts without a wish.
pub const DEFAULT_TICKETS: usize = 360;

/// The language that a customer writes in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Language {
    /// Italian.
    #[default]
    It,
    /// English.
    En,
}

impl Language {
    /// `it` or `en`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::It => "it",
            Self::En => "en",
        }
    }
}

/// Somebody, or some software, that signs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaffSpec {
    /// Id that the tickets name as assignee and author (1001 and on).
    pub id: i64,
    /// Address at the company's invented domain.
    pub email: String,
    /// First and last name, or what the software is called.
    pub name: String,
    /// Name of a shipped role, as in DESIGN section 6.
    pub role: &'static str,
    /// Ids of the groups that the person works in.
    pub groups: Vec<i64>,
    /// Language of the console: `it` or `en`.
    pub locale: &'static str,
}

/// Who speaks in a comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The requester.
    Customer,
    /// An agent, to the customer.
    Agent,
    /// An agent, to colleagues.
    Note,
    /// The order system or the assistant, to colleagues.
    Software,
}

/// A category that an agent must open to do a turn well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    /// Category word, as in DESIGN section 2.
    pub category: &'static str,
    /// Why, as the agent would put it, in the ticket's language.
    pub reason: &'static str,
}

/// What the demo knows about a comment.
#[derive(Clone, Debug)]
pub struct TurnFacts {
    /// The comment.
    pub comment_id: i64,
    /// When it was written, UTC microseconds.
    pub at: i64,
    /// Who speaks.
    pub side: Side,
    /// Id of customer or member of staff.
    pub author_id: i64,
    /// Who works on the ticket at that time.
    pub handler_id: i64,
    /// What the author had to open just before; empty for customers.
    pub needs: Vec<Need>,
}

/// What the demo knows about a ticket.
#[derive(Clone, Debug)]
pub struct TicketFacts {
    /// The ticket.
    pub ticket_id: i64,
    /// Name of the conversation that it follows.
    pub scenario: &'static str,
    /// Option value of the ticket field "Motivo".
    pub topic: &'static str,
    /// Language of the conversation.
    pub language: Language,
    /// The customer.
    pub requester_id: i64,
    /// Who handles it, or would if it is new.
    pub agent_id: i64,
    /// The group that it is with.
    pub group_id: i64,
    /// UTC microseconds.
    pub opened_at: i64,
    /// UTC microseconds, when it is solved or closed.
    pub solved_at: Option<i64>,
    /// The earlier ticket about the same matter (a merge candidate).
    pub duplicate_of: Option<i64>,
    /// One for each comment, in time order.
    pub turns: Vec<TurnFacts>,
}

/// A personal value that stands verbatim in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planted {
    /// The ticket.
    pub ticket_id: i64,
    /// The comment (body or name of an attachment); none for the subject.
    pub comment_id: Option<i64>,
    /// What it is: `cf`, `iban`, `phone`, `medicine`…
    pub field: String,
    /// As it stands there.
    pub value: String,
    /// Category word.
    pub category: &'static str,
}

/// What an export does not tell.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// One for each ticket, in its order.
    pub tickets: Vec<TicketFacts>,
    /// Values in the texts, by ticket.
    pub planted: Vec<Planted>,
}

/// The desk of an invented company.
#[derive(Clone, Debug)]
pub struct Company {
    /// Homes, practices and clubs that buy.
    pub organizations: Vec<Value>,
    /// Customers (staff is in `staff`).
    pub users: Vec<Value>,
    /// Tickets with `comments` inline, by time of opening.
    pub tickets: Vec<Value>,
    /// Custom fields of tickets.
    pub ticket_fields: Vec<Value>,
    /// Custom fields of customers.
    pub user_fields: Vec<Value>,
    /// Two brands.
    pub brands: Vec<Value>,
    /// Five groups.
    pub groups: Vec<Value>,
    /// At least one for each shipped role.
    pub staff: Vec<StaffSpec>,
    /// For simulations and tests.
    pub facts: Facts,
}

impl Company {
    /// Name of the company.
    pub const NAME: &'static str = "Farmacia Salvianova S.r.l.";

    /// The company with `tickets` tickets of the 120 days before `now_micros` (UTC microseconds).
    /// The result depends on the three arguments alone.
    #[must_use]
    pub fn generate(seed: u64, now_micros: i64, tickets: usize) -> Self {
        let root = Rng::new(seed);
        let since = now_micros - (plan::SPAN_DAYS + 400) * DAY;
        let count = (tickets * 64 / 100).max(24);
        let customers = people::customers(
            count,
            desk::ORGANIZATION_COUNT,
            rome_day(now_micros),
            &mut root.fork(1),
        );
        let (scenarios, _) = scenarios();
        let plans = plan::plan(&scenarios, &customers, tickets, now_micros, &mut root.fork(2));
        let staff = desk::staff();
        let room = tickets::Room { customers: &customers, staff: &staff, now: now_micros };
        let written = tickets::write(&room, &plans, &mut root.fork(3));
        let first_seen = users::first_seen(&plans, customers.len(), now_micros);
        let users = users::users(&customers, &first_seen, &mut root.fork(4));
        let mut company = Self {
            organizations: desk::organizations(since),
            users,
            tickets: Vec::with_capacity(written.len()),
            ticket_fields: desk::ticket_fields(since),
            user_fields: desk::user_fields(since),
            brands: desk::brands(since),
            groups: desk::groups(since),
            staff,
            facts: Facts::default(),
        };
        for ticket in written {
            company.tickets.push(ticket.json);
            company.facts.tickets.push(ticket.facts);
            company.facts.planted.extend(ticket.planted);
        }
        company
    }
}

/// The texts: file name, language, content.
const TEXTS: &[(&str, Language, &str)] = &[
    ("it/ordini", Language::It, include_str!("texts/it/ordini.txt")),
    ("it/pagamenti", Language::It, include_str!("texts/it/pagamenti.txt")),
    ("it/salute", Language::It, include_str!("texts/it/salute.txt")),
    ("it/account", Language::It, include_str!("texts/it/account.txt")),
    ("en/orders", Language::En, include_str!("texts/en/orders.txt")),
    ("en/payments", Language::En, include_str!("texts/en/payments.txt")),
    ("en/health", Language::En, include_str!("texts/en/health.txt")),
    ("en/account", Language::En, include_str!("texts/en/account.txt")),
];

/// Every scenario, and the mistakes in their files.
fn scenarios() -> (Vec<Scenario>, Vec<String>) {
    let (mut found, mut mistakes) = (Vec::new(), Vec::new());
    for (file, language, text) in TEXTS {
        script::read(file, *language, text, &mut found, &mut mistakes);
    }
    (found, mistakes)
}
