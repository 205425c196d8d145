//! `--jsonl`: records in, spans out, in the order of the input.
//!
//! A record is a text, or a conversation whose customer may be known. Each turn is scanned with
//! the profile and the turns before it, and with nothing that comes later. Offsets count
//! characters (Unicode scalar values), as most languages' strings do.

use std::borrow::Cow;
use std::io::{self, BufRead as _, BufReader, Read as _};

use pii::{Context, Finding, Kind, Lang, Profile, Role, Turn};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Stream, Wish, side_by_side};
use crate::cli::exit::Failure;
use crate::cli::out::Out;

/// Longest line in bytes.
const LONGEST: u64 = 64 << 20;
/// Lines are worked on together until they have this many bytes, or are this many.
const BATCH: (usize, usize) = (4 << 20, 8_192);

/// What is read of a record; everything else in it is passed over.
#[derive(Deserialize)]
struct Record<'a> {
    #[serde(default)]
    id: Value,
    #[serde(borrow, default)]
    text: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    lang: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    role: Option<Cow<'a, str>>,
    #[serde(default)]
    profile: Option<serde_json::Map<String, Value>>,
    #[serde(borrow, default)]
    turns: Option<Vec<TurnIn<'a>>>,
}

#[derive(Deserialize)]
struct TurnIn<'a> {
    #[serde(borrow, default)]
    role: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    text: Option<Cow<'a, str>>,
}

#[derive(Serialize)]
struct Answer<'a> {
    id: &'a Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    spans: Option<Vec<Span>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    turns: Option<Vec<TurnOut>>,
}

#[derive(Serialize)]
struct TurnOut {
    spans: Vec<Span>,
}

/// A value's place, in characters.
#[derive(Serialize)]
struct Span {
    start: usize,
    end: usize,
    #[serde(rename = "type")]
    kind: &'static str,
    score: f64,
}

/// Answers every record of a stream; says whether some could not be read.
pub(super) fn label(
    wish: &Wish,
    label: &str,
    read: Stream,
    out: &mut Out,
) -> Result<bool, Failure> {
    let mut lines = Lines { read: BufReader::with_capacity(256 << 10, read), number: 0 };
    let mut failed = false;
    loop {
        let mut batch = Vec::new();
        let mut bytes = 0;
        let mut ended = false;
        while bytes < BATCH.0 && batch.len() < BATCH.1 {
            match lines.next() {
                Ok(Some((number, line))) => {
                    bytes += line.as_ref().map_or(0, Vec::len);
                    batch.push((number, line));
                }
                Ok(None) => {
                    ended = true;
                    break;
                }
                Err(error) => {
                    out.say(format!(
                        "{label}, line {}: can't be read ({})",
                        lines.number + 1,
                        error.kind()
                    ));
                    failed = true;
                    ended = true;
                    break;
                }
            }
        }
        let answers = side_by_side(batch, |(number, line)| {
            (number, line.and_then(|line| answer(wish, &line)))
        });
        for (number, answer) in answers {
            match answer {
                Ok(None) => {}
                Ok(Some(text)) => {
                    out.data().write_all(&text)?;
                }
                Err(why) => {
                    failed = true;
                    out.say(format!("{label}, line {number}: {why}"));
                }
            }
        }
        if ended {
            return Ok(failed);
        }
    }
}

/// A line's bytes, or why it is refused.
type Line = Result<Vec<u8>, &'static str>;

struct Lines {
    read: BufReader<Stream>,
    number: u64,
}

impl Lines {
    fn next(&mut self) -> io::Result<Option<(u64, Line)>> {
        let mut line = Vec::new();
        let n = self.read.by_ref().take(LONGEST).read_until(b'\n', &mut line)?;
        if n == 0 {
            return Ok(None);
        }
        self.number += 1;
        if n as u64 == LONGEST && line.last() != Some(&b'\n') {
            self.skip()?;
            return Ok(Some((self.number, Err("longer than 64 MiB: passed over"))));
        }
        Ok(Some((self.number, Ok(line))))
    }

    /// Passes over the rest of a line without holding it.
    fn skip(&mut self) -> io::Result<()> {
        let mut rest = Vec::new();
        loop {
            rest.clear();
            let n = self.read.by_ref().take(1 << 20).read_until(b'\n', &mut rest)?;
            if n == 0 || rest.last() == Some(&b'\n') {
                return Ok(());
            }
        }
    }
}

/// The answer to one line; none to an empty one. The reason of a refusal quotes nothing.
fn answer(wish: &Wish, line: &[u8]) -> Result<Option<Vec<u8>>, &'static str> {
    let text = std::str::from_utf8(line).map_err(|_| "not UTF-8: write it as UTF-8")?;
    let text = text.trim_start_matches('\u{feff}');
    if text.trim().is_empty() {
        return Ok(None);
    }
    let record: Record<'_> = serde_json::from_str(text)
        .map_err(|_| "no record: one JSON object a line, with \"text\" or \"turns\"")?;
    let profile = record.profile.as_ref().map(profile);
    let lang = record.lang.as_deref().map(Lang::from_tag);
    let base = Context { lang, profile: profile.as_ref(), ..Context::default() };
    let mut answer = Answer { id: &record.id, spans: None, turns: None };
    if let Some(turns) = &record.turns {
        answer.turns = Some(conversation(wish, &base, turns));
    } else if let Some(text) = record.text.as_deref() {
        let cx = Context { author: role(record.role.as_deref()), ..base };
        answer.spans = Some(spans(wish, text, &wish.scanner.scan(text, &cx)));
    } else {
        return Err("no record: neither \"text\" nor \"turns\"");
    }
    let mut out = serde_json::to_vec(&answer).map_err(|_| "the answer can't be written")?;
    out.push(b'\n');
    Ok(Some(out))
}

fn role(name: Option<&str>) -> Role {
    match name {
        Some("agent" | "assistant" | "system" | "bot") => Role::Agent,
        _ => Role::Customer,
    }
}

fn conversation(wish: &Wish, base: &Context<'_>, turns: &[TurnIn<'_>]) -> Vec<TurnOut> {
    let before: Vec<Turn<'_>> = turns
        .iter()
        .map(|t| Turn { role: role(t.role.as_deref()), text: t.text.as_deref().unwrap_or("") })
        .collect();
    before
        .iter()
        .enumerate()
        .map(|(n, turn)| {
            let before = before.get(..n).unwrap_or_default();
            let cx = Context { before, author: turn.role, ..*base };
            TurnOut { spans: spans(wish, turn.text, &wish.scanner.scan(turn.text, &cx)) }
        })
        .collect()
}

/// The known customer. Kinds that the engine doesn't know are taken as numbers of the customer.
fn profile(map: &serde_json::Map<String, Value>) -> Profile {
    let mut builder = Profile::builder();
    for (name, values) in map {
        let kind = Kind::from_name(&name.to_lowercase()).unwrap_or(Kind::AccountId);
        let values = match values {
            Value::Array(values) => values.as_slice(),
            one => std::slice::from_ref(one),
        };
        for value in values.iter().filter_map(Value::as_str) {
            builder = builder.value(kind, value);
        }
    }
    builder.build()
}

/// Findings in characters: one pass, for they are in order.
fn spans(wish: &Wish, text: &str, findings: &[Finding]) -> Vec<Span> {
    let (mut byte, mut chars) = (0, 0);
    let mut to = |at: usize| {
        chars += text.get(byte..at).map_or(0, |s| s.chars().count());
        byte = at;
        chars
    };
    findings
        .iter()
        .filter(|f| wish.wants(f.kind))
        .map(|f| Span {
            start: to(f.range.start),
            end: to(f.range.end),
            kind: f.kind.name(),
            score: f64::from(f.confidence) / 100.0,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(line: &str) -> Value {
        let wish = Wish { scanner: pii::Scanner::default(), kinds: vec![], lang: Lang::En };
        serde_json::from_slice(&answer(&wish, line.as_bytes()).unwrap().unwrap()).unwrap()
    }

    #[test]
    fn offsets_count_characters() {
        let answer = answered(r#"{"id":7,"text":"è 😀 card 4111 1111 1111 1111","extra":[1]}"#);
        assert_eq!(answer["id"], 7);
        let span = &answer["spans"][0];
        assert_eq!((span["start"].as_u64(), span["end"].as_u64()), (Some(9), Some(28)));
        assert_eq!(span["type"], "credit_card");
        assert!(span["score"].as_f64().is_some_and(|s| s > 0.5 && s <= 1.0));
    }

    #[test]
    fn a_conversation_knows_its_customer_and_gets_one_answer_a_turn() {
        let answer = answered(
            r#"{"id":"c","profile":{"PERSON":["Pina Quarta"]},"turns":[
                {"role":"agent","text":"Buongiorno"},{"role":"user","text":"sono la pina"}]}"#
                .replace('\n', " ")
                .as_str(),
        );
        let turns = answer["turns"].as_array().unwrap();
        assert_eq!(turns.len(), 2);
        assert_eq!(turns[0]["spans"].as_array().unwrap().len(), 0);
        assert_eq!(turns[1]["spans"][0]["type"], "person");
        assert_eq!(turns[1]["spans"][0]["start"], 8);
        assert!(answer.get("spans").is_none());
    }

    #[test]
    fn what_is_no_record_is_refused_without_being_quoted() {
        let wish = Wish { scanner: pii::Scanner::default(), kinds: vec![], lang: Lang::En };
        for line in ["[1]", "{\"id\":1}", "secret", "{\"text\":3}"] {
            let why = answer(&wish, line.as_bytes()).unwrap_err();
            assert!(why.starts_with("no record"), "{why}");
            assert!(!why.contains("secret"));
        }
        assert!(answer(&wish, b" \n").unwrap().is_none());
        assert!(answer(&wish, b"{\"text\":\"\xff\"}").is_err());
    }
}
