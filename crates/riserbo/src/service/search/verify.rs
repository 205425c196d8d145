//! Looking into candidates: phrases, beginnings of other lengths, and words in
//! one field.
//!
//! The index knows which words a text holds, and neither their order nor their
//! field. So the open categories of a candidate are opened in memory, and
//! nothing of it leaves here but yes or no: a *use* in the sense of DESIGN
//! section 2. What is not open for the searcher stays sealed, and stands as a
//! wall between words.

use std::collections::{BTreeMap, HashMap};

use guard::{Category, CategorySet};
use seal::{FieldId, RecordId};

use super::ask;
use super::query::{Term, TextField};
use super::tokens::has_prefixes;
use crate::app::Ctx;
use crate::error::{Error, Result};
use crate::service::fields::{noun, part};
use crate::service::ingest::{TEMPLATE_SLOT, value_slot};
use crate::service::keyring::KeySet;
use crate::service::text::{Segment, Template};
use crate::store::cells::{self, Cell};
use crate::store::index::Match;
use crate::store::{customers, tickets};

/// A text that is looked into, and the categories that are open in it.
pub(super) type Candidate = (Match, CategorySet);

/// Whether the index alone can't answer a term.
pub(super) fn is_needed(term: &Term) -> bool {
    let inexact = term.prefix && term.words.last().is_some_and(|word| !ask::is_indexed(word));
    term.field.is_some() || term.words.len() > 1 || inexact
}

/// A word, and its category; or a wall that no phrase crosses.
enum Piece {
    Word(String, u8),
    Wall,
}

/// One field of a text, as its words.
struct Field {
    part: u8,
    item: i64,
    pieces: Vec<Piece>,
}

/// The rows that candidates lie in.
struct Rows {
    tickets: HashMap<i64, Vec<u8>>,
    customers: HashMap<i64, Vec<u8>>,
    comments: HashMap<i64, Vec<u8>>,
    /// First comments of the tickets, where `description:` asks for them.
    first: HashMap<i64, i64>,
}

impl Rows {
    async fn load(ctx: &Ctx, candidates: &[Candidate], terms: &[Term]) -> Result<Rows> {
        let data = &ctx.app.data;
        let entries = || candidates.iter().map(|(found, _)| found.entry);
        let of = |wanted: u8| -> Vec<i64> {
            entries().filter(|e| e.noun == wanted && e.item == 0).map(|e| e.record).collect()
        };
        let items: Vec<i64> = entries().map(|e| e.item).filter(|item| *item != 0).collect();
        let comments = tickets::comments_by_id(data, &items).await?;
        let mut first = HashMap::new();
        if terms.iter().any(|t| t.field == Some(TextField::Description)) {
            let records: Vec<i64> = entries().map(|e| e.record).collect();
            let rows = tickets::first_comments(data, &records).await?;
            first.extend(rows.into_iter().map(|c| (c.ticket_id, c.id)));
        }
        let ticket_rows = tickets::get_many(data, &of(noun::TICKET)).await?;
        let customer_rows = customers::get_many(data, &of(noun::CUSTOMER)).await?;
        Ok(Rows {
            tickets: ticket_rows.into_iter().map(|t| (t.id, t.cells)).collect(),
            customers: customer_rows.into_iter().map(|c| (c.id, c.cells)).collect(),
            comments: comments.into_iter().map(|c| (c.id, c.cells)).collect(),
            first,
        })
    }

    fn cells(&self, found: &Match) -> Option<&Vec<u8>> {
        match (found.entry.noun, found.entry.item) {
            (noun::TICKET, 0) => self.tickets.get(&found.entry.record),
            (noun::CUSTOMER, 0) => self.customers.get(&found.entry.record),
            (_, item) => self.comments.get(&item),
        }
    }
}

/// For each candidate, whether it holds all the terms.
pub(super) async fn holds(
    ctx: &Ctx,
    candidates: &[Candidate],
    terms: &[Term],
) -> Result<Vec<bool>> {
    let rows = Rows::load(ctx, candidates, terms).await?;
    let records: Vec<RecordId> = candidates
        .iter()
        .map(|(m, _)| RecordId { noun: m.entry.noun, id: m.entry.record })
        .collect();
    let mut keys = ctx.app.keys.load(&records).await?;
    let mut out = Vec::with_capacity(candidates.len());
    for (found, open) in candidates {
        let Some(bytes) = rows.cells(found) else {
            out.push(false);
            continue;
        };
        let fields = fields(&mut keys, found, *open, &cells::decode(bytes)?)?;
        let is_first = rows.first.get(&found.entry.record) == Some(&found.entry.item);
        out.push(terms.iter().all(|term| {
            fields.iter().any(|f| belongs(f, term, is_first) && stands(&f.pieces, term))
        }));
    }
    Ok(out)
}

/// Whether a field is one that the term asks for.
fn belongs(field: &Field, term: &Term, is_first: bool) -> bool {
    match term.field {
        None => true,
        Some(TextField::Subject) => field.part == part::SUBJECT,
        Some(TextField::Description) => field.part == part::BODY && is_first,
        Some(TextField::Comment) => field.part == part::BODY,
        Some(TextField::Custom(id)) => field.part == part::CUSTOM_FIELD && field.item == id,
        Some(TextField::Name) => field.part == part::NAME,
        Some(TextField::Email) => field.part == part::EMAIL,
        Some(TextField::Phone) => field.part == part::PHONE,
        Some(TextField::Notes) => field.part == part::NOTES,
        Some(TextField::Details) => field.part == part::DETAILS,
    }
}

/// Whether a term's words follow one another somewhere.
fn stands(pieces: &[Piece], term: &Term) -> bool {
    pieces.windows(term.words.len()).any(|run| {
        let last = run.len().saturating_sub(1);
        run.iter().zip(&term.words).enumerate().all(|(n, (piece, wanted))| match piece {
            Piece::Wall => false,
            Piece::Word(word, category) if n == last && term.prefix => {
                has_prefixes(*category) && word.starts_with(wanted.as_str())
            }
            Piece::Word(word, _) => word == wanted,
        })
    })
}

fn fields(
    keys: &mut KeySet<'_>,
    found: &Match,
    open: CategorySet,
    cells: &[Cell],
) -> Result<Vec<Field>> {
    let mut out = Vec::with_capacity(cells.len());
    for cell in cells.iter().filter(|c| super::tokens::is_searched(c.part)) {
        let mut opener = Opener { keys: &mut *keys, found, open, cell };
        let pieces = opener.pieces()?;
        out.push(Field { part: cell.part, item: cell.item, pieces });
    }
    Ok(out)
}

/// Opens what is open of one cell.
struct Opener<'o, 'a> {
    keys: &'o mut KeySet<'a>,
    found: &'o Match,
    open: CategorySet,
    cell: &'o Cell,
}

impl Opener<'_, '_> {
    fn pieces(&mut self) -> Result<Vec<Piece>> {
        let mut values = BTreeMap::new();
        for slot in &self.cell.slots {
            let value = if slot.state == 0 {
                self.text(slot.category, value_slot(slot.number), &slot.value)?
            } else {
                None
            };
            values.insert(slot.number, (slot.category, value));
        }
        let mut out = Vec::new();
        let Some((category, sealed)) = &self.cell.template else {
            for (category, value) in values.values() {
                push(&mut out, value.as_ref(), *category);
                out.push(Piece::Wall);
            }
            return Ok(out);
        };
        let Some(template) = self.template(*category, sealed)? else { return Ok(out) };
        let mut run = zeroize::Zeroizing::new(String::new());
        for segment in template.segments() {
            if let Segment::Text(text) = &segment {
                run.push_str(text);
                continue;
            }
            words(&mut out, &run, *category);
            run.clear();
            match segment {
                Segment::Slot(number) => match values.get(&number) {
                    Some((category, value)) => push(&mut out, value.as_ref(), *category),
                    None => out.push(Piece::Wall),
                },
                _ => out.push(Piece::Wall),
            }
        }
        words(&mut out, &run, *category);
        Ok(out)
    }

    fn is_open(&self, category: u8) -> bool {
        Category::new(category).is_some_and(|c| self.open.contains(c))
    }

    fn clear(&mut self, category: u8, slot: u32, sealed: &[u8]) -> Result<Option<seal::Clear>> {
        if !self.is_open(category) {
            return Ok(None);
        }
        let entry = self.found.entry;
        let record = RecordId { noun: entry.noun, id: entry.record };
        let item = if entry.item == 0 { self.cell.item } else { entry.item };
        let field = FieldId { part: self.cell.part, item, slot };
        match self.keys.open(record, field, category, sealed) {
            Ok(clear) => Ok(Some(clear)),
            Err(Error::KeyClosed(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn text(&mut self, category: u8, slot: u32, sealed: &[u8]) -> Result<Option<String>> {
        let Some(clear) = self.clear(category, slot, sealed)? else { return Ok(None) };
        #[expect(clippy::disallowed_methods, reason = "a search compares what its role sees")]
        let text = clear.expose_str()?.to_owned();
        Ok(Some(text))
    }

    fn template(&mut self, category: u8, sealed: &[u8]) -> Result<Option<Template>> {
        let Some(clear) = self.clear(category, TEMPLATE_SLOT, sealed)? else { return Ok(None) };
        #[expect(clippy::disallowed_methods, reason = "a search compares what its role sees")]
        let template = Template::decode(clear.expose()).map_err(|_| Error::Sealed)?;
        Ok(Some(template))
    }
}

fn words(out: &mut Vec<Piece>, text: &str, category: u8) {
    out.extend(pii::words(text).map(|(_, word)| Piece::Word(word.into_owned(), category)));
}

fn push(out: &mut Vec<Piece>, value: Option<&String>, category: u8) {
    match value {
        Some(value) => words(out, value, category),
        None => out.push(Piece::Wall),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn term(words: &[&str], prefix: bool) -> Term {
        Term {
            negated: false,
            field: None,
            words: words.iter().map(|w| (*w).to_owned()).collect(),
            prefix,
            typed: None,
        }
    }

    fn pieces(text: &str) -> Vec<Piece> {
        text.split(' ')
            .map(|w| match w {
                "|" => Piece::Wall,
                w => match w.strip_prefix('#') {
                    // A word of a category without prefixes.
                    Some(w) => Piece::Word(w.to_owned(), 3),
                    None => Piece::Word(w.to_owned(), 0),
                },
            })
            .collect()
    }

    #[test]
    fn a_phrase_does_not_cross_a_wall() {
        assert!(stands(&pieces("call mario rossi now"), &term(&["mario", "rossi"], false)));
        assert!(!stands(&pieces("call mario | rossi"), &term(&["mario", "rossi"], false)));
        assert!(!stands(&pieces("rossi mario"), &term(&["mario", "rossi"], false)));
    }

    #[test]
    fn a_beginning_is_that_of_the_last_word_and_not_in_every_category() {
        assert!(stands(&pieces("la fattura"), &term(&["la", "fatt"], true)));
        assert!(!stands(&pieces("la fattura"), &term(&["l", "fattura"], true)));
        assert!(!stands(&pieces("la #4111"), &term(&["la", "411"], true)));
    }

    #[test]
    fn the_index_answers_single_words_and_beginnings_of_its_lengths() {
        assert!(!is_needed(&term(&["mario"], false)));
        assert!(!is_needed(&term(&["mar"], true)));
        assert!(!is_needed(&term(&["mario"], true)));
        assert!(is_needed(&term(&["mari"], true)));
        assert!(is_needed(&term(&["marion"], true)));
        assert!(is_needed(&term(&["mario", "rossi"], false)));
    }
}
