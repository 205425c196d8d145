//! Reading a query.
//!
//! ```text
//! query  = term*                                  at most 1,000 characters, 20 terms
//! term   = ["-"] (text | field op value)
//! text   = word | "a phrase" | beginn*
//! op     = ":" | "<" | ">" | "<=" | ">="
//! value  = word | "several words" | none | *
//! ```
//!
//! Terms hold together (AND); several of one field with `:` are alternatives
//! (OR). Words are normalised by the same function as those of the index. What
//! looks like a field and is none is text, so that `http://…` is found. Nothing
//! here touches data: what a term means to a searcher is decided in `plan`.
//!
//! No error repeats what was typed.

use super::request::Noun;
use crate::error::{Error, Result};

/// Characters of a query at most.
pub(super) const MAX_CHARS: usize = 1_000;
/// Terms of a query at most.
pub(super) const MAX_TERMS: usize = 20;
/// Letters before the star of a beginning at least.
pub(super) const MIN_PREFIX: usize = 3;

/// A field whose text is searched.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum TextField {
    Subject,
    /// The first comment.
    Description,
    Comment,
    /// A custom field of a ticket.
    Custom(i64),
    Name,
    Email,
    Phone,
    Notes,
    Details,
}

impl TextField {
    /// Which noun has it.
    pub(super) fn noun(self) -> Noun {
        match self {
            Self::Subject | Self::Description | Self::Comment | Self::Custom(_) => Noun::Ticket,
            Self::Name | Self::Email | Self::Phone | Self::Notes | Self::Details => Noun::Customer,
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "subject" => Self::Subject,
            "description" => Self::Description,
            "comment" => Self::Comment,
            "name" => Self::Name,
            "email" => Self::Email,
            "phone" => Self::Phone,
            "notes" => Self::Notes,
            "details" => Self::Details,
            other => Self::Custom(other.strip_prefix("custom_field_")?.parse().ok()?),
        })
    }
}

/// A field that stands in plain columns, or names a person.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Field {
    Status,
    Priority,
    TicketType,
    Tags,
    Group,
    Assignee,
    Requester,
    Submitter,
    Commenter,
    Organization,
    Brand,
    Form,
    Via,
    ExternalId,
    HasAttachment,
    Created,
    Updated,
    Solved,
    Role,
    Verified,
    Suspended,
}

/// Names of plain fields; several may mean one.
const FIELDS: &[(&str, Field)] = &[
    ("status", Field::Status),
    ("priority", Field::Priority),
    ("ticket_type", Field::TicketType),
    ("tags", Field::Tags),
    ("tag", Field::Tags),
    ("group", Field::Group),
    ("assignee", Field::Assignee),
    ("requester", Field::Requester),
    ("submitter", Field::Submitter),
    ("commenter", Field::Commenter),
    ("organization", Field::Organization),
    ("brand", Field::Brand),
    ("form", Field::Form),
    ("via", Field::Via),
    ("external_id", Field::ExternalId),
    ("has_attachment", Field::HasAttachment),
    ("created", Field::Created),
    ("updated", Field::Updated),
    ("solved", Field::Solved),
    ("role", Field::Role),
    ("is_verified", Field::Verified),
    ("is_suspended", Field::Suspended),
];

/// Fields of the dialect that are not answered here: said, not ignored, for an
/// ignored filter shows more than was asked for.
const UNANSWERED: &[&str] = &["cc", "due_date", "brand_id", "ticket_form_id", "fieldvalue"];

impl Field {
    /// The nouns that have it.
    pub(super) fn nouns(self) -> &'static [Noun] {
        match self {
            Field::Tags | Field::Organization | Field::Created | Field::Updated => {
                &[Noun::Ticket, Noun::Customer]
            }
            Field::ExternalId => &[Noun::Ticket, Noun::Customer],
            Field::Role | Field::Verified | Field::Suspended => &[Noun::Customer],
            _ => &[Noun::Ticket],
        }
    }

    /// Whether `<` and `>` mean anything.
    fn is_ordered(self) -> bool {
        matches!(
            self,
            Field::Status | Field::Priority | Field::Created | Field::Updated | Field::Solved
        )
    }
}

/// How a value is compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Op {
    Is,
    Less,
    More,
    AtMost,
    AtLeast,
}

/// A plain condition, its value still as typed.
pub(super) struct Filter {
    pub(super) negated: bool,
    pub(super) field: Field,
    pub(super) op: Op,
    pub(super) value: String,
}

/// A condition on a text: the words follow one another.
#[derive(Clone)]
pub(super) struct Term {
    pub(super) negated: bool,
    pub(super) field: Option<TextField>,
    /// Normalised; never empty.
    pub(super) words: Vec<String>,
    /// The last word is only the beginning of one.
    pub(super) prefix: bool,
    /// The value as typed, where it stands in a field: an identifier may be
    /// looked up by it.
    pub(super) typed: Option<String>,
}

impl Term {
    /// The one number that is the whole term.
    pub(super) fn number(&self) -> Option<i64> {
        match self.words.as_slice() {
            [word] if !self.prefix && self.field.is_none() && !self.negated => word.parse().ok(),
            _ => None,
        }
    }
}

/// A query, read. It holds what was typed, so it has no `Debug`.
#[derive(Default)]
pub(super) struct Query {
    pub(super) terms: Vec<Term>,
    pub(super) filters: Vec<Filter>,
    /// Empty is all.
    pub(super) types: Vec<Noun>,
}

/// A term as it stands in the text.
struct Raw {
    negated: bool,
    /// What stands before the operator.
    field: Option<(String, Op)>,
    value: String,
    quoted: bool,
}

fn invalid(reason: &str) -> Error {
    Error::invalid("query", reason)
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\u{201c}' | '\u{201d}' | '\u{201e}')
}

/// Reads characters one by one, with a look at the next.
struct Reader<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
}

impl Reader<'_> {
    fn next_if(&mut self, wanted: impl Fn(char) -> bool) -> Option<char> {
        self.rest.next_if(|c| wanted(*c))
    }

    fn skip_spaces(&mut self) {
        while self.next_if(char::is_whitespace).is_some() {}
    }

    /// `:`, `<`, `>`, `<=`, `>=`, and `:` before any of the others.
    fn op(&mut self) -> Option<Op> {
        let colon = self.next_if(|c| c == ':').is_some();
        let op = match self.next_if(|c| matches!(c, '<' | '>')) {
            Some('<') if self.next_if(|c| c == '=').is_some() => Op::AtMost,
            Some('<') => Op::Less,
            Some(_) if self.next_if(|c| c == '=').is_some() => Op::AtLeast,
            Some(_) => Op::More,
            None if colon => Op::Is,
            None => return None,
        };
        Some(op)
    }

    /// Up to the closing mark.
    fn quoted(&mut self) -> Result<String> {
        let mut out = String::new();
        for c in self.rest.by_ref() {
            if is_quote(c) {
                return Ok(out);
            }
            out.push(c);
        }
        Err(invalid("a quotation mark is not closed"))
    }

    /// Up to a space; the field is cut off at the first operator.
    fn term(&mut self) -> Result<Raw> {
        let negated = self.next_if(|c| c == '-').is_some();
        if self.next_if(is_quote).is_some() {
            return Ok(Raw { negated, field: None, value: self.quoted()?, quoted: true });
        }
        let mut head = String::new();
        while let Some(c) = self.next_if(|c| c.is_ascii_alphanumeric() || c == '_') {
            head.push(c);
        }
        let op = if is_field(&head) { self.op() } else { None };
        let Some(op) = op else {
            let mut value = head;
            while let Some(c) = self.next_if(|c| !c.is_whitespace()) {
                value.push(c);
            }
            return Ok(Raw { negated, field: None, value, quoted: false });
        };
        let quoted = self.next_if(is_quote).is_some();
        let mut value = String::new();
        if quoted {
            value = self.quoted()?;
        } else {
            while let Some(c) = self.next_if(|c| !c.is_whitespace()) {
                value.push(c);
            }
        }
        Ok(Raw { negated, field: Some((head, op)), value, quoted })
    }
}

fn is_field(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name == "type"
        || FIELDS.iter().any(|(field, _)| *field == name)
        || UNANSWERED.contains(&name.as_str())
        || TextField::from_name(&name).is_some()
}

/// Reads a query.
///
/// # Errors
/// [`Error::Invalid`] that says what can't be read, without repeating it.
pub(super) fn read(text: &str) -> Result<Query> {
    if text.chars().count() > MAX_CHARS {
        return Err(invalid("at most 1,000 characters"));
    }
    let mut reader = Reader { rest: text.chars().peekable() };
    let mut query = Query::default();
    let mut count = 0;
    loop {
        reader.skip_spaces();
        if reader.rest.peek().is_none() {
            return Ok(query);
        }
        count += 1;
        if count > MAX_TERMS {
            return Err(invalid("at most 20 words and filters"));
        }
        let raw = reader.term()?;
        add(&mut query, raw)?;
    }
}

fn add(query: &mut Query, raw: Raw) -> Result<()> {
    let Some((name, op)) = &raw.field else {
        return add_text(query, raw.negated, None, &raw, None);
    };
    let name = name.to_ascii_lowercase();
    if raw.value.is_empty() {
        return Err(invalid("write a value after the field, without a space"));
    }
    if name == "type" {
        return add_type(query, &raw, *op);
    }
    if UNANSWERED.contains(&name.as_str()) {
        return Err(invalid(
            "this field can't be searched here (docs/search.md lists those that can)",
        ));
    }
    if let Some((_, field)) = FIELDS.iter().find(|(n, _)| *n == name) {
        if *op != Op::Is && !field.is_ordered() {
            return Err(invalid("< and > need a date, a status or a priority"));
        }
        query.filters.push(Filter {
            negated: raw.negated,
            field: *field,
            op: *op,
            value: raw.value,
        });
        return Ok(());
    }
    if *op != Op::Is {
        return Err(invalid("< and > need a date, a status or a priority"));
    }
    let field = TextField::from_name(&name);
    let typed = raw.value.trim().to_owned();
    let before = query.terms.len();
    add_text(query, raw.negated, field, &raw, Some(typed))?;
    if query.terms.len() == before {
        return Err(invalid("write a word after the field"));
    }
    Ok(())
}

fn add_type(query: &mut Query, raw: &Raw, op: Op) -> Result<()> {
    if op != Op::Is || raw.negated {
        return Err(invalid("write type:ticket, type:user, type:organization or type:group"));
    }
    let noun = Noun::from_name(&raw.value.to_ascii_lowercase())
        .ok_or_else(|| invalid("the type is ticket, user, organization or group"))?;
    if !query.types.contains(&noun) {
        query.types.push(noun);
    }
    Ok(())
}

fn add_text(
    query: &mut Query,
    negated: bool,
    field: Option<TextField>,
    raw: &Raw,
    typed: Option<String>,
) -> Result<()> {
    let words: Vec<String> = pii::words(&raw.value).map(|(_, w)| w.into_owned()).collect();
    // Signs alone (`&`, `-`) say nothing.
    let Some(last) = words.last() else { return Ok(()) };
    let prefix = !raw.quoted && raw.value.ends_with('*');
    if prefix && last.chars().count() < MIN_PREFIX {
        return Err(invalid("write at least three letters before the star"));
    }
    query.terms.push(Term { negated, field, words, prefix, typed });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn terms(text: &str) -> Vec<(bool, Vec<String>, bool)> {
        let query = read(text).unwrap();
        query.terms.into_iter().map(|t| (t.negated, t.words, t.prefix)).collect()
    }

    fn refused(text: &str) -> String {
        match read(text) {
            Ok(_) => panic!("read"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn words_phrases_beginnings_and_exclusions() {
        let w = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            terms("Rimborso \"non è arrivato\" fattur* -urgente dell'ordine"),
            [
                (false, w(&["rimborso"]), false),
                (false, w(&["non", "e", "arrivato"]), false),
                (false, w(&["fattur"]), true),
                (true, w(&["urgente"]), false),
                (false, w(&["dell", "ordine"]), false),
            ]
        );
    }

    #[test]
    fn fields_are_told_from_text_with_a_colon() {
        let query = read("status<solved created>=2026-01-01 http://a.example type:ticket").unwrap();
        let filters: Vec<_> = query.filters.iter().map(|f| (f.field, f.op)).collect();
        assert_eq!(filters, [(Field::Status, Op::Less), (Field::Created, Op::AtLeast)]);
        assert_eq!(query.terms.len(), 1);
        assert_eq!(query.terms[0].words, ["http", "a", "example"]);
        assert_eq!(query.types, [Noun::Ticket]);
    }

    #[test]
    fn a_field_of_text_holds_words_and_what_was_typed() {
        let query =
            read("subject:\"due parole\" email:Anna@Rossi.example custom_field_42:x").unwrap();
        assert_eq!(query.terms[0].field, Some(TextField::Subject));
        assert_eq!(query.terms[1].typed.as_deref(), Some("Anna@Rossi.example"));
        assert_eq!(query.terms[2].field, Some(TextField::Custom(42)));
    }

    #[test]
    fn what_cannot_be_read_is_said_without_repeating_it() {
        for (text, part) in [
            ("\"SECRET", "not closed"),
            ("status:", "write a value"),
            ("type:SECRET", "the type is"),
            ("-type:ticket", "type:ticket"),
            ("tags<SECRET", "< and >"),
            ("subject>SECRET", "< and >"),
            ("cc:SECRET", "can't be searched"),
            ("SE*", "three letters"),
            ("subject:!!", "write a word"),
        ] {
            let error = refused(text);
            assert!(error.contains(part), "{error}");
            assert!(!error.contains("SECRET"));
        }
        assert!(refused(&"a ".repeat(21)).contains("20"));
        assert!(refused(&"a".repeat(1_001)).contains("1,000"));
    }

    #[test]
    fn a_number_may_be_a_ticket() {
        assert_eq!(read("3245227").unwrap().terms[0].number(), Some(3_245_227));
        assert_eq!(read("-3245227").unwrap().terms[0].number(), None);
        assert_eq!(read("subject:7").unwrap().terms[0].number(), None);
    }

    #[test]
    fn signs_alone_say_nothing() {
        assert!(read("& -- *").unwrap().terms.is_empty());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,80}") {
            let _ = read(&text);
        }

        #[test]
        fn queries_of_their_own_signs_are_read_or_refused(
            text in "[-a-z:<>=\"* 0-9_]{0,60}|(status|created|tags|email|type|subject)[:<>=]{0,2}[a-z0-9\"*-]{0,9}"
        ) {
            if let Ok(query) = read(&text) {
                prop_assert!(query.terms.len() + query.filters.len() <= MAX_TERMS);
                prop_assert!(query.terms.iter().all(|t| !t.words.is_empty()));
            }
        }
    }
}
