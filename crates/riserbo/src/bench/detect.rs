//! P1: detection, megabytes a second on one core.

use std::time::Instant;

use pii::{Context, Scanner, ScannerConfig};

use super::Row;
use crate::demo::company::Company;

/// The company's texts, cut into pieces of about `size` bytes.
fn texts(size: usize) -> Vec<String> {
    let company = Company::generate(11, 1_780_000_000_000_000, 300);
    let mut out = Vec::new();
    let mut piece = String::new();
    let bodies = company
        .tickets
        .iter()
        .filter_map(|t| t.get("comments")?.as_array())
        .flatten()
        .filter_map(|c| c.get("body")?.as_str());
    for body in bodies {
        for line in body.lines() {
            piece.push_str(line);
            piece.push('\n');
            if piece.len() >= size {
                out.push(std::mem::take(&mut piece));
            }
        }
    }
    out
}

/// Bytes a second of a pass over all texts, the best of some rounds.
fn speed(texts: &[String], rounds: usize, mut pass: impl FnMut(&str) -> usize) -> f64 {
    let bytes: usize = texts.iter().map(String::len).sum();
    let mut best = 0.0f64;
    for _ in 0..rounds {
        let start = Instant::now();
        for text in texts {
            std::hint::black_box(pass(text));
        }
        best = best.max(bytes as f64 / start.elapsed().as_secs_f64());
    }
    best / 1e6
}

/// The goal's rows.
pub(super) fn rows(quick: bool) -> Vec<Row> {
    let rounds = if quick { 2 } else { 7 };
    let start = Instant::now();
    let scanner = Scanner::new(ScannerConfig::default());
    let start_up = start.elapsed().as_secs_f64() * 1e3;
    let cx = Context::default();
    let (long, short) = (texts(4096), texts(60));
    let scan = |text: &str| scanner.scan(text, &cx).len();
    let count = |text: &str| text.bytes().filter(|b| *b == b'@').count();
    let row = |what, texts: &[String], floor: f64, aim: f64| {
        let value = speed(texts, rounds, scan);
        let probe_value = speed(texts, rounds, count);
        Row {
            id: "P1",
            what,
            value,
            unit: "MB/s a core",
            probe: "one byte counted in the same texts",
            probe_value,
            probe_unit: "MB/s",
            ratio: value / probe_value,
            floor: Some(floor),
            aim: Some(aim),
            more_is_better: true,
            absolute: true,
        }
    };
    vec![
        row("detection, everything on, texts of 4 KB", &long, 15.0, 50.0),
        row("detection, everything on, turns of 60 bytes", &short, 8.0, 20.0),
        Row {
            id: "P1",
            what: "start-up of the scanner",
            value: start_up,
            unit: "ms",
            probe: "none",
            probe_value: 1.0,
            probe_unit: "",
            ratio: start_up,
            floor: Some(50.0),
            aim: Some(20.0),
            more_is_better: false,
            absolute: true,
        },
    ]
}
