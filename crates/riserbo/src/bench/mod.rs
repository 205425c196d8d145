//! `riserbo bench`: the goals of speed and size, each with its probe.
//!
//! Absolute figures move by an order of magnitude with the neighbours' load, so
//! every goal is a ratio to a probe that is taken in the same run, and the
//! probe is printed beside it (docs/performance.md). Nothing here passes or
//! fails: people judge, the tests don't.

mod detect;
mod http;
mod import;
mod log;
mod open;
mod probe;

use serde::Serialize;

use crate::error::Result;

/// One measured goal.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// The goal's number in docs/performance.md: `P1`…
    pub id: &'static str,
    /// What was measured.
    pub what: &'static str,
    /// The figure.
    pub value: f64,
    /// Its unit.
    pub unit: &'static str,
    /// What it is held against.
    pub probe: &'static str,
    /// The probe's figure.
    pub probe_value: f64,
    /// The probe's unit.
    pub probe_unit: &'static str,
    /// The figure over the probe (or as the goal is stated).
    pub ratio: f64,
    /// What the first release must reach.
    pub floor: Option<f64>,
    /// What we are after.
    pub aim: Option<f64>,
    /// Whether a greater ratio is better.
    pub more_is_better: bool,
    /// Whether the goal is about the figure itself and not the ratio.
    pub absolute: bool,
}

impl Row {
    /// The number that floor and aim speak of.
    #[must_use]
    pub fn judged(&self) -> f64 {
        if self.absolute { self.value } else { self.ratio }
    }

    /// `aim`, `floor` or `below`; none where no goal is set.
    #[must_use]
    pub fn verdict(&self) -> Option<&'static str> {
        let reaches = |goal: Option<f64>| {
            goal.is_some_and(|goal| {
                if self.more_is_better { self.judged() >= goal } else { self.judged() <= goal }
            })
        };
        self.floor?;
        Some(if reaches(self.aim) {
            "aim"
        } else if reaches(self.floor) {
            "floor"
        } else {
            "below"
        })
    }
}

/// What a run found.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The machine's own figures, against the table of docs/performance.md.
    pub probes: Vec<probe::Probe>,
    /// Whether the probes lie within 30 % of the table: only then do absolute
    /// figures count.
    pub comparable: bool,
    /// The goals.
    pub rows: Vec<Row>,
}

/// What to run.
#[derive(Clone, Debug)]
pub struct BenchOptions {
    /// Goals to run (`P1`…); empty is all.
    pub only: Vec<String>,
    /// Shorter runs, for a look.
    pub quick: bool,
}

/// Runs the goals in a folder of their own, which goes at the end.
///
/// # Errors
/// Whatever the services answer; a folder that can't be made.
pub async fn run(options: &BenchOptions, tell: &dyn Fn(&'static str)) -> Result<Report> {
    let dir = tempfile::Builder::new()
        .prefix("riserbo-bench-")
        .tempdir()
        .map_err(|e| crate::error::Error::Setup(format!("no folder for the run: {e}")))?;
    let wanted = |id: &str| {
        options.only.is_empty() || options.only.iter().any(|o| o.eq_ignore_ascii_case(id))
    };
    tell("probes");
    let probes = probe::all(dir.path())?;
    let comparable = probes.iter().all(probe::Probe::near);
    let mut rows = Vec::new();
    if wanted("P1") {
        tell("P1 detection");
        rows.extend(detect::rows(options.quick));
    }
    if wanted("P2") {
        tell("P2 opening");
        rows.extend(open::rows(options.quick)?);
    }
    if wanted("P5") {
        tell("P5 log");
        rows.extend(log::rows(&dir.path().join("log"), options.quick).await?);
    }
    if ["P3", "P4", "P7", "P10", "P11"].iter().any(|id| wanted(id)) {
        tell("P7 import, P11 storage");
        let desk = import::desk(&dir.path().join("desk"), options.quick).await?;
        rows.extend(desk.rows.clone());
        if wanted("P3") || wanted("P4") {
            tell("P3, P4 reading over HTTP");
            rows.extend(http::rows(&desk, options.quick).await?);
        }
    }
    Ok(Report { probes, comparable, rows })
}

/// The median of some figures.
pub(crate) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(0.0)
}

/// The figure below which a share of them lies.
pub(crate) fn quantile(figures: &mut [f64], share: f64) -> f64 {
    figures.sort_by(f64::total_cmp);
    let at = ((figures.len() as f64 - 1.0) * share).round() as usize;
    figures.get(at).copied().unwrap_or(0.0)
}

/// Runs work again and again for about `seconds`; returns rounds per second.
pub(crate) fn rate(seconds: f64, mut work: impl FnMut()) -> f64 {
    let start = std::time::Instant::now();
    let mut rounds = 0u64;
    while start.elapsed().as_secs_f64() < seconds {
        for _ in 0..8 {
            work();
        }
        rounds += 8;
    }
    rounds as f64 / start.elapsed().as_secs_f64()
}
