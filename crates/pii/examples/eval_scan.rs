//! Reads labelled or plain JSON lines (a file or standard input) and writes what the engine finds, in character offsets.
//!
//! Record: `{"id","text"}` → `{"id","spans":[{"start","end","type","score"}]}`. Conversation:
//! `{"id","profile":{TYPE:[values]},"turns":[{"role","text"}]}` → `{"id","turns":[{"spans":[…]}]}`; each turn is scanned with the profile and the turns before it.
//! `--no-profile` leaves the profile out (in some sets it was made from the answers themselves); `--alone` scans the turns of conversations without either. Options come before the file.

use pii::{Context, Finding, Kind, Preset, Profile, Role, Scanner, ScannerConfig, Turn};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, BufWriter, Write};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut alone = false;
    let mut known = true;
    let mut config = ScannerConfig::default();
    let mut path = None;
    for arg in std::env::args().skip(1) {
        match arg.as_str() {
            "--alone" => alone = true,
            "--no-profile" => known = false,
            "--high-recall" => config.preset = Preset::HighRecall,
            "--structured" => config.names = false,
            "--low" => config.thresholds = Kind::all().map(|k| (k, 0)).collect(),
            _ => path = Some(arg),
        }
    }
    let input: Box<dyn BufRead> = match path {
        Some(p) => Box::new(BufReader::new(std::fs::File::open(p)?)),
        None => Box::new(BufReader::new(std::io::stdin())),
    };
    let scanner = Scanner::new(config);
    let mut out = BufWriter::new(std::io::stdout().lock());
    for line in input.lines() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let record: Value = serde_json::from_str(&line)?;
        let answer = match record.get("turns").and_then(Value::as_array) {
            Some(turns) => {
                json!({"id": record.get("id"), "turns": conversation(&scanner, &record, turns, alone, known)})
            }
            None => {
                let text = record.get("text").and_then(Value::as_str).unwrap_or("");
                json!({"id": record.get("id"), "spans": spans(text, &scanner.scan(text, &Context::default()))})
            }
        };
        writeln!(out, "{answer}")?;
    }
    out.flush()?;
    Ok(())
}

fn conversation(
    scanner: &Scanner,
    record: &Value,
    turns: &[Value],
    alone: bool,
    known: bool,
) -> Vec<Value> {
    let profile = if known { profile(record) } else { Profile::default() };
    let text_of = |t: &Value| t.get("text").and_then(Value::as_str).unwrap_or("").to_owned();
    let role_of = |t: &Value| match t.get("role").and_then(Value::as_str) {
        Some("agent" | "assistant" | "system") => Role::Agent,
        _ => Role::Customer,
    };
    let all: Vec<(Role, String)> = turns.iter().map(|t| (role_of(t), text_of(t))).collect();
    let mut before: Vec<Turn<'_>> = Vec::new();
    let mut out = Vec::new();
    for (role, text) in &all {
        let cx = if alone {
            Context::default()
        } else {
            Context {
                profile: Some(&profile),
                before: &before,
                author: *role,
                ..Context::default()
            }
        };
        out.push(json!({"spans": spans(text, &scanner.scan(text, &cx))}));
        before.push(Turn { role: *role, text });
    }
    out
}

/// The profile of a record; types that the engine doesn't know are looked for as account numbers.
fn profile(record: &Value) -> Profile {
    let mut builder = Profile::builder();
    let Some(map) = record.get("profile").and_then(Value::as_object) else {
        return builder.build();
    };
    for (name, values) in map {
        let kind = Kind::from_name(&name.to_lowercase()).unwrap_or(Kind::AccountId);
        for value in values.as_array().into_iter().flatten().filter_map(Value::as_str) {
            builder = builder.value(kind, value);
        }
    }
    builder.build()
}

/// Findings in characters.
fn spans(text: &str, findings: &[Finding]) -> Vec<Value> {
    let chars = |byte: usize| text.get(..byte).map_or(0, |s| s.chars().count());
    findings
        .iter()
        .map(|f| {
            json!({
                "start": chars(f.range.start), "end": chars(f.range.end), "type": f.kind.name().to_uppercase(),
                "score": f64::from(f.confidence) / 100.0, "why": format!("{} {} {}", f.evidence.anchor.name(), f.evidence.cue.unwrap_or("-"), f.evidence.check.name()),
            })
        })
        .collect()
}
