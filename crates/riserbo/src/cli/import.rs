//! `riserbo import`: takes a helpdesk's export in.
//!
//! It can be stopped at any moment and run again: what was taken is known by its id, so a second
//! run goes on where the first one stopped, and changes nothing that is there.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::exit::{Exit, Failure};
use super::open::{DataDir, Make, open};
use super::out::{Out, safe};
use super::signin::SignIn;
use super::table::Table;
use crate::service::import::read::{Limits, Source};
use crate::service::import::{self, Counts, Report, Watch};

const EXAMPLES: &str = "\
Examples:
  riserbo import export/ --as migration@desk.example
  riserbo import tickets.jsonl.gz users.jsonl.gz --as migration@desk.example --json > report.json

Reads NDJSON, JSON arrays and API pages; plain, .gz or .zip; files and folders, in any order.
Exit code 3: everything readable was taken, and some rows were refused; the report says where and why.";

/// Refusals that the table shows; all that the report keeps are in --json.
const SHOWN: usize = 20;

/// Arguments of `import`.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Files and folders of the export
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Longest row in MiB; longer ones are refused
    #[arg(long, value_name = "MIB", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=64))]
    max_row: u16,
    /// The report as JSON
    #[arg(long)]
    json: bool,
    /// No progress, no report; refusals still give exit code 3
    #[arg(long, short)]
    quiet: bool,
    #[command(flatten)]
    sign_in: SignIn,
    #[command(flatten)]
    dir: DataDir,
}

/// Runs the command.
pub(super) async fn run(args: Args, out: &mut Out) -> Result<Exit, Failure> {
    let app = open(&args.dir.path(), Make::No).await?;
    let ctx = args.sign_in.ctx(&app, "cli/import").await?;
    let limits = Limits { max_row: usize::from(args.max_row) << 20, ..Limits::default() };
    let source = Source::open(&args.paths, limits, ctx.now())
        .map_err(|e| Failure::usage(format!("{}; check the paths", safe(&e.to_string()))))?;
    let begun = Instant::now();
    let meter = Arc::new(Meter::new(out.err_tty, args.quiet));
    let done = import::run(&ctx, source, Arc::clone(&meter) as Arc<dyn Watch>).await;
    meter.finish();
    app.close().await;
    let report = done.map_err(hint)?;
    if args.json {
        out.json(&report)?;
    } else if !args.quiet {
        show(&report, begun.elapsed(), out)?;
    }
    Ok(if report.lost > 0 { Exit::Partly } else { Exit::Done })
}

/// What to do when an import stopped.
fn hint(error: crate::error::Error) -> Failure {
    use crate::error::Error;
    let denied = matches!(error, Error::Forbidden(_));
    let mut failure = Failure::from(error);
    if let Some(message) = &mut failure.message {
        message.push_str(if denied {
            ": sign in with an account of the role migration"
        } else {
            "; what was taken stays, and running the same import again goes on from there"
        });
    }
    failure
}

fn show(report: &Report, took: Duration, out: &mut Out) -> Result<(), Failure> {
    let mut table = Table::new(&["", ">NEW", ">CHANGED", ">AS BEFORE"]);
    let row = |name: &str, c: Counts| {
        [name.to_owned(), c.new.to_string(), c.updated.to_string(), c.unchanged.to_string()]
    };
    table.row(row("users", report.users));
    table.row(row("organizations", report.organizations));
    table.row(row("tickets", report.tickets));
    table.row(["comments".into(), report.comments.to_string(), String::new(), String::new()]);
    table.row(["files".into(), report.attachments.to_string(), String::new(), String::new()]);
    table.write(out)?;
    if !report.kinds.is_empty() {
        out.line("")?;
        let mut kinds: Vec<_> = report.kinds.iter().collect();
        kinds.sort_by_key(|(_, n)| std::cmp::Reverse(**n));
        let mut table = Table::new(&["VALUES SEALED", ">"]);
        for (kind, n) in kinds {
            table.row([(*kind).to_owned(), n.to_string()]);
        }
        table.write(out)?;
    }
    refusals(report, out)?;
    let seconds = took.as_secs_f64();
    let rate = report.comments as f64 / seconds.max(0.001);
    out.say(match report.comments {
        0 => format!("done in {seconds:.1} s"),
        _ => format!("done in {seconds:.1} s, {rate:.0} comments a second"),
    });
    Ok(())
}

fn refusals(report: &Report, out: &mut Out) -> Result<(), Failure> {
    if !report.notes.is_empty() {
        out.line("")?;
        let mut table = Table::new(&["ODD, TAKEN ALL THE SAME", ">"]);
        for (code, n) in &report.notes {
            table.row([code.replace('_', " "), n.to_string()]);
        }
        table.write(out)?;
    }
    if report.refused.is_empty() {
        return Ok(());
    }
    out.line("")?;
    let mut table = Table::new(&["NOT TAKEN", "WHERE", "WHY"]);
    for refused in report.refused.iter().take(SHOWN) {
        table.row([refused.file.clone(), refused.place.clone(), refused.reason.clone()]);
    }
    table.write(out)?;
    let more = report.refused_total.saturating_sub(SHOWN as u64);
    if more > 0 {
        out.line(format!("… and {more} more; --json lists them"))?;
    }
    Ok(())
}

/// Progress: a bar on a terminal, else a line for each pass and each ten seconds.
struct Meter {
    bar: Option<ProgressBar>,
    quiet: bool,
    lines: Mutex<Lines>,
}

struct Lines {
    pass: &'static str,
    begun: Instant,
    told: Instant,
}

impl Meter {
    fn new(tty: bool, quiet: bool) -> Meter {
        let bar = (tty && !quiet).then(|| {
            let bar =
                ProgressBar::with_draw_target(Some(1), ProgressDrawTarget::stderr_with_hz(10));
            let template = "{prefix:9} {wide_bar} {percent:>3}%  {msg}  {eta} left";
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style.progress_chars("━╸─"));
            }
            bar.set_prefix("counting");
            bar
        });
        let now = Instant::now();
        Meter { bar, quiet, lines: Mutex::new(Lines { pass: "", begun: now, told: now }) }
    }

    fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn lines(&self) -> std::sync::MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(text: &str) {
        use std::io::Write as _;
        // Progress that can't be written stops nothing.
        let _ = writeln!(std::io::stderr(), "{text}");
    }
}

impl Watch for Meter {
    fn pass(&self, name: &'static str) {
        let now = Instant::now();
        let words = match name {
            "census" => "counting",
            other => other,
        };
        *self.lines() = Lines { pass: words, begun: now, told: now };
        match &self.bar {
            Some(bar) => {
                bar.reset();
                bar.set_prefix(words);
                bar.set_message("");
            }
            None if self.quiet => {}
            None => Meter::tell(words),
        }
    }

    fn at(&self, read: u64, total: u64, rows: u64) {
        let mut lines = self.lines();
        let seconds = lines.begun.elapsed().as_secs_f64().max(0.001);
        let rate = rows as f64 / seconds;
        if let Some(bar) = &self.bar {
            bar.set_length(total.max(1));
            bar.set_position(read.min(total));
            bar.set_message(format!("{rows} rows, {rate:.0}/s"));
        } else if !self.quiet && lines.told.elapsed() >= Duration::from_secs(10) {
            lines.told = Instant::now();
            let part = read as f64 / total.max(1) as f64;
            let left = seconds / part.max(0.001) - seconds;
            Meter::tell(&format!(
                "{}: {:.0}%, {rows} rows, {rate:.0}/s, {left:.0} s left",
                lines.pass,
                part * 100.0
            ));
        }
    }
}
