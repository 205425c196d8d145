//! Learns which words are ordinary, from labelled JSON lines (`{"text","spans":[{"start","end","type"}]}`, character offsets) on standard input: words
//! that are written in lower case outside every span at least twice, and more than four times as often as inside a `PERSON` span. Prints them,
//! sorted, for the first part of `data/common.txt`:
//!
//! `zcat A.jsonl.gz B.jsonl.gz | cargo run -p pii --example learn_words`
//!
//! Only words are kept, no sentence and no order; which sets may be used is said in `docs/detection.md`.

use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{BufRead, Write};

#[derive(Default)]
struct Count {
    outside: u32,
    in_names: u32,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut counts: BTreeMap<String, Count> = BTreeMap::new();
    for line in std::io::stdin().lock().lines() {
        let record: Value = serde_json::from_str(&line?)?;
        let text = record.get("text").and_then(Value::as_str).unwrap_or("");
        let spans = record.get("spans").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        count(text, spans, &mut counts);
    }
    let learned = counts.iter().filter(|(word, n)| {
        let plain =
            word.len() > 1 && word.len() <= 20 && word.bytes().all(|b| b.is_ascii_lowercase());
        plain && n.outside >= 2 && n.outside > 4 * n.in_names
    });
    let mut out = std::io::stdout().lock();
    for (word, _) in learned {
        writeln!(out, "{word}")?;
    }
    Ok(())
}

/// Counts the words of one text by where they stand.
fn count(text: &str, spans: &[Value], counts: &mut BTreeMap<String, Count>) {
    let number = |span: &Value, key: &str| {
        span.get(key).and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok()).unwrap_or(0)
    };
    for (range, word) in pii::words(text) {
        let at = text.get(..range.start).map_or(0, |head| head.chars().count());
        let inside = spans.iter().find(|s| (number(s, "start")..number(s, "end")).contains(&at));
        let person =
            inside.is_some_and(|s| s.get("type").and_then(Value::as_str) == Some("PERSON"));
        let small = text.get(range).is_some_and(|raw| raw.starts_with(char::is_lowercase));
        let entry = counts.entry(word.into_owned()).or_default();
        entry.in_names += u32::from(person);
        entry.outside += u32::from(inside.is_none() && small);
    }
}
