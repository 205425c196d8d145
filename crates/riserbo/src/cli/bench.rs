//! `riserbo bench`: how fast this machine is, goal by goal.

use super::exit::{Exit, Failure};
use super::out::Out;
use super::table::Table;
use crate::bench::{self, BenchOptions, Report};

const EXAMPLES: &str = "\
Examples:
  riserbo bench
  riserbo bench --only P3 --only P4
  riserbo bench --quick --json

Each goal stands beside a probe of the same run: ratios count, absolute figures only on a quiet
machine. The folder that it works in is removed at the end. docs/performance.md tells the goals.";

/// Arguments of `bench`.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Only this goal (P1, P2, P3, P4, P5, P7, P10, P11); can be given again
    #[arg(long, value_name = "GOAL")]
    only: Vec<String>,
    /// Short runs, for a look
    #[arg(long)]
    quick: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(super) async fn run(args: Args, out: &mut Out) -> Result<Exit, Failure> {
    let tell = |step: &'static str| {
        use std::io::Write as _;
        if !args.json {
            // Progress that can't be written stops nothing.
            let _ = writeln!(std::io::stderr(), "{step}…");
        }
    };
    let options = BenchOptions { only: args.only.clone(), quick: args.quick };
    let report = bench::run(&options, &tell).await?;
    if args.json {
        out.json(&report)?;
    } else {
        show(&report, out)?;
    }
    Ok(Exit::Done)
}

/// A figure with as many digits as it is good for.
fn figure(value: f64) -> String {
    match value.abs() {
        v if v >= 100.0 => format!("{value:.0}"),
        v if v >= 1.0 => format!("{value:.1}"),
        _ => format!("{value:.3}"),
    }
}

fn show(report: &Report, out: &mut Out) -> Result<(), Failure> {
    let mut probes = Table::new(&["PROBE", "NOW", "TABLE", "UNIT"]);
    for probe in &report.probes {
        probes.row([
            probe.what.to_owned(),
            figure(probe.value),
            figure(probe.table),
            probe.unit.to_owned(),
        ]);
    }
    probes.write(out)?;
    if !report.comparable {
        out.line("not comparable: the machine is busy or slower than the table's")?;
    }
    out.line("")?;
    let mut goals = Table::new(&["GOAL", "WHAT", "FIGURE", "UNIT", "PROBE", "RATIO", "REACHES"]);
    for row in &report.rows {
        goals.row([
            row.id.to_owned(),
            row.what.to_owned(),
            figure(row.value),
            row.unit.to_owned(),
            if row.probe == "none" { String::new() } else { figure(row.probe_value) },
            if row.probe == "none" { String::new() } else { figure(row.ratio) },
            row.verdict().unwrap_or_default().to_owned(),
        ]);
    }
    goals.write(out)
}
