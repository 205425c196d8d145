//! The reference: a search through what the views show, word by word. It knows
//! no index, no token and no policy, only rendered views and the plain columns
//! in them.

use std::cmp::Reverse;

use riserbo::service::access_log::Met;
use riserbo::service::search::Sort;
use riserbo::service::view::{self, CustomerView, TextView, TicketView};

use crate::desk::Desk;
use crate::queries::{Asked, Condition, Query, Term, Within};

/// A slot that is not shown, or the end of a block: no phrase crosses it.
const WALL: char = '\u{e001}';
/// The border of a value that is shown: a word ends here, a phrase does not.
const BORDER: char = '\u{e000}';
/// A value without prefixes begins and ends.
const PLAIN: (char, char) = ('\u{e002}', '\u{e003}');

/// A word with whether its beginning may be asked for; none is a wall.
type Piece = Option<(String, bool)>;

/// Which field of a text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Part {
    Subject,
    Body,
    Name,
    Email,
    Other,
}

/// One text as it is rendered: its fields, and when it was written.
struct Text {
    time: i64,
    first: bool,
    fields: Vec<(Part, Vec<Piece>)>,
}

/// A record as a role sees it.
pub(crate) struct Record {
    pub(crate) ticket: bool,
    pub(crate) id: i64,
    texts: Vec<Text>,
    created: i64,
    updated: i64,
    status: i64,
    priority: i64,
    group: Option<i64>,
    assignee: Option<i64>,
    requester: i64,
    tags: Vec<String>,
    flags: i64,
}

/// Words that begin with a prefix are found in names and in the text outside
/// values alone.
fn has_prefixes(category: u8) -> bool {
    [pii::Category::CONTENT, pii::Category::CONTENT_UNSURE, pii::Category::IDENTITY]
        .iter()
        .any(|c| c.id() == category)
}

fn mark(slot: Option<&view::SlotView>, out: &mut String) {
    match slot {
        Some(slot) if slot.met != Met::Masked => {
            let (open, close) = if has_prefixes(slot.category) { (BORDER, BORDER) } else { PLAIN };
            out.push(open);
            out.push_str(&slot.text);
            out.push(close);
        }
        _ => out.push(WALL),
    }
}

/// The pieces of a rendered text.
fn pieces(text: &TextView) -> Vec<Piece> {
    if text.is_masked() {
        return Vec::new();
    }
    let html = text.html_with(&mut |slot, out| mark(slot, out));
    let mut plain = String::new();
    let mut rest = html.as_str();
    while let Some(at) = rest.find('<') {
        plain.push_str(&rest[..at]);
        let end = rest[at..].find('>').unwrap() + at;
        // A line break is white space; every other tag of these texts is a block's.
        plain.push(if rest[at..].starts_with("<br") { ' ' } else { WALL });
        rest = &rest[end + 1..];
    }
    plain.push_str(rest);
    let plain = plain.replace("&nbsp;", " ").replace("&lt;", "<").replace("&gt;", ">");
    let plain = plain.replace("&#39;", "'");
    let plain = plain.replace("&quot;", "\"").replace("&amp;", "&");
    let mut out: Vec<Piece> = Vec::new();
    let mut prefixes = true;
    let mut run = String::new();
    let flush = |run: &mut String, prefixes: bool, out: &mut Vec<Piece>| {
        out.extend(pii::words(run).map(|(_, w)| Some((w.into_owned(), prefixes))));
        run.clear();
    };
    for c in plain.chars() {
        match c {
            WALL => {
                flush(&mut run, prefixes, &mut out);
                out.push(None);
            }
            BORDER => flush(&mut run, prefixes, &mut out),
            c if c == PLAIN.0 || c == PLAIN.1 => {
                flush(&mut run, prefixes, &mut out);
                prefixes = c == PLAIN.1;
            }
            c => run.push(c),
        }
    }
    flush(&mut run, prefixes, &mut out);
    out
}

fn ticket(view: &TicketView) -> Record {
    let mut fields = vec![(Part::Subject, pieces(&view.subject))];
    let others = view.external_id.iter().chain(&view.recipient);
    fields
        .extend(others.chain(view.fields.iter().map(|(_, t)| t)).map(|t| (Part::Other, pieces(t))));
    let row = &view.row;
    let mut texts = vec![Text { time: row.created_at, first: false, fields }];
    texts.extend(view.comments.iter().enumerate().map(|(n, c)| Text {
        time: c.created_at,
        first: n == 0,
        fields: vec![(Part::Body, pieces(&c.body))],
    }));
    Record {
        ticket: true,
        id: row.id,
        texts,
        created: row.created_at,
        updated: row.updated_at,
        status: row.status,
        priority: row.priority,
        group: row.group_id,
        assignee: row.assignee_id,
        requester: row.requester_id,
        tags: serde_json::from_str(&row.tags).unwrap(),
        flags: 0,
    }
}

fn customer(view: &CustomerView) -> Record {
    let mut fields = vec![(Part::Name, pieces(&view.name))];
    fields.extend(view.email.iter().map(|t| (Part::Email, pieces(t))));
    let others =
        [&view.phone, &view.external_id, &view.alias, &view.notes, &view.details, &view.signature];
    fields.extend(others.into_iter().flatten().map(|t| (Part::Other, pieces(t))));
    fields.extend(view.fields.iter().map(|(_, t)| (Part::Other, pieces(t))));
    Record {
        ticket: false,
        id: view.id,
        texts: vec![Text { time: view.created_at, first: false, fields }],
        created: view.created_at,
        updated: view.updated_at,
        status: 0,
        priority: 0,
        group: None,
        assignee: None,
        requester: 0,
        tags: view.tags.clone(),
        flags: view.flags,
    }
}

/// Everything that a role sees of a desk.
pub(crate) async fn see(desk: &Desk, role: &str) -> Vec<Record> {
    let ctx = desk.ctx(role);
    let mut out = Vec::new();
    for id in &desk.tickets {
        if let Ok(seen) = view::ticket(&ctx, *id).await {
            out.push(ticket(&seen));
        }
    }
    for id in &desk.customers {
        if let Ok(seen) = view::customer(&ctx, *id).await {
            out.push(customer(&seen.customer));
        }
    }
    out
}

/// The words of every field, in order: what a person might quote.
pub(crate) fn runs(records: &[Record]) -> Vec<Vec<String>> {
    let fields = records.iter().flat_map(|r| &r.texts).flat_map(|t| &t.fields);
    fields
        .map(|(_, pieces)| pieces.iter().flatten().map(|(word, _)| word.clone()).collect())
        .filter(|run: &Vec<String>| run.len() > 1)
        .collect()
}

fn stands(pieces: &[Piece], term: &Term) -> bool {
    let words: Vec<String> = pii::words(&term.text).map(|(_, w)| w.into_owned()).collect();
    pieces.windows(words.len()).any(|run| {
        run.iter().zip(&words).enumerate().all(|(n, (piece, wanted))| match piece {
            Some((word, prefixes)) if term.prefix && n + 1 == words.len() => {
                *prefixes && word.starts_with(wanted.as_str())
            }
            Some((word, _)) => word == wanted,
            None => false,
        })
    })
}

fn holds(text: &Text, term: &Term) -> bool {
    text.fields.iter().any(|(part, pieces)| {
        let within = match term.within {
            None => true,
            Some(Within::Subject) => *part == Part::Subject,
            Some(Within::Description) => *part == Part::Body && text.first,
            Some(Within::Comment) => *part == Part::Body,
            Some(Within::Name) => *part == Part::Name,
            Some(Within::Email) => *part == Part::Email,
        };
        within && stands(pieces, term)
    })
}

fn meets(record: &Record, condition: &Condition) -> bool {
    let t = record.ticket;
    match condition {
        Condition::Tickets => t,
        Condition::Customers => !t,
        Condition::Status(any) => t && any.contains(&record.status),
        Condition::StatusBelow(below) => t && record.status < *below,
        Condition::PriorityOver(over) => t && record.priority > *over,
        Condition::Tag(tag) => record.tags.iter().any(|own| own == tag),
        Condition::NoTag(tag) => record.tags.iter().all(|own| own != tag),
        Condition::Group(group) => t && record.group == Some(*group),
        Condition::AssignedTo(id) => t && record.assignee == *id,
        Condition::AskedBy(id) => t && record.requester == *id,
        Condition::CreatedIn(from, to) => (*from..*to).contains(&record.created),
        Condition::UpdatedAfter(after) => record.updated > *after,
        Condition::Suspended(yes) => !t && (record.flags & 2 != 0) == *yes,
    }
}

fn by_number(record: &Record, query: &Query) -> bool {
    match query.must.as_slice() {
        [only] if only.within.is_none() && !only.prefix => {
            record.ticket && only.text.parse() == Ok(record.id)
        }
        _ => false,
    }
}

/// The place of a record that a query finds, by the newest text that matches.
fn place(record: &Record, query: &Query) -> Option<i64> {
    if !query.conditions.iter().all(|c| meets(record, c)) {
        return None;
    }
    if query.must_not.iter().any(|term| record.texts.iter().any(|text| holds(text, term))) {
        return None;
    }
    // A field of one noun asks for that noun, also where it is excluded.
    let of_noun = |within| matches!(within, Within::Name | Within::Email) != record.ticket;
    if !query.must.iter().chain(&query.must_not).filter_map(|t| t.within).all(of_noun) {
        return None;
    }
    if query.must.is_empty() {
        return Some(record.updated);
    }
    let hit = |text: &&Text| query.must.iter().all(|term| holds(text, term));
    let newest = record.texts.iter().filter(hit).map(|text| text.time).max();
    newest.or_else(|| by_number(record, query).then_some(record.created))
}

/// The hits of a query in order: (is a ticket, id).
pub(crate) fn search(records: &[Record], asked: &Asked) -> Vec<(bool, i64)> {
    let mut hits: Vec<((i64, Reverse<bool>, i64), (bool, i64))> = records
        .iter()
        .filter_map(|record| {
            let newest = place(record, &asked.query)?;
            let value = match asked.sort {
                Sort::Newest => newest,
                Sort::Created => record.created,
                Sort::Updated => record.updated,
                Sort::Status => record.status,
                Sort::Priority => record.priority,
                Sort::TicketType => 0,
            };
            Some(((value, Reverse(record.ticket), record.id), (record.ticket, record.id)))
        })
        .collect();
    hits.sort_unstable();
    if asked.descending {
        hits.reverse();
    }
    hits.into_iter().map(|(_, hit)| hit).collect()
}
