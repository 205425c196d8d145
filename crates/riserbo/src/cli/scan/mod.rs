//! `riserbo scan`: finds personal data in files, folders and standard input.
//!
//! It needs no data directory, no sign-in and no network, and it writes nothing: a tool for a
//! shell and for continuous integration. Whole values stay unsaid unless `--show` asks for them;
//! what stands there is the mask that the product would show.
//!
//! Input streams through blocks of fixed size, so memory is flat whatever the file. Blocks are
//! scanned side by side and told in order. What can't be read is named, never passed over.

mod files;
mod records;
mod report;
mod text;

use std::io::Read;
use std::path::PathBuf;

use pii::{Kind, Lang, Preset, Scanner, ScannerConfig};

use super::exit::{Exit, Failure};
use super::out::Out;
use files::{Entry, Input};
use report::{Form, Report};

const EXAMPLES: &str = "\
Examples:
  riserbo scan letters/ notes.txt             kind, place and mask of each value
  git diff | riserbo scan --quiet             exit code 1 if there is any
  riserbo scan --json exports/ > found.json
  riserbo scan --jsonl < records.jsonl        labels records, offsets in characters

Exit codes: 0 nothing found, 1 something found, 2 something could not be read.
With --jsonl, which answers every record: 0 all answered, 2 some could not be read.

Records for --jsonl, one a line (.gz too):
  {\"id\",\"text\"}                                → {\"id\",\"spans\":[{\"start\",\"end\",\"type\",\"score\"}]}
  {\"id\",\"profile\":{KIND:[…]},\"turns\":[{\"role\",\"text\"}]} → {\"id\",\"turns\":[{\"spans\":[…]}]}";

/// Arguments of `scan`.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Files and folders; none or - is standard input
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// One JSON document with every finding
    #[arg(long, conflicts_with = "jsonl")]
    json: bool,
    /// Read JSON records, one a line, and answer each with its spans
    #[arg(long)]
    jsonl: bool,
    /// Show the values themselves, not their masks
    #[arg(long, conflicts_with = "jsonl")]
    show: bool,
    /// Look for this kind only; give it again for more (all kinds: docs/kinds.md)
    #[arg(long = "kind", value_name = "KIND")]
    kinds: Vec<String>,
    /// Least confidence, 0 to 100 [default: 50]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(0..=100))]
    min_score: Option<u8>,
    /// Also what only may be personal (confidence 25 and above)
    #[arg(long, conflicts_with = "min_score")]
    high_recall: bool,
    /// Language of masks; of texts only a hint
    #[arg(long, value_name = "TAG", default_value = "en")]
    lang: String,
    /// Read hidden files and folders too
    #[arg(long)]
    hidden: bool,
    /// Read what .gitignore and .ignore leave out too
    #[arg(long)]
    no_ignore: bool,
    /// Print nothing; the exit code tells
    #[arg(long, short, conflicts_with_all = ["json", "jsonl", "show"])]
    quiet: bool,
}

/// What a scan looks for.
pub(super) struct Wish {
    scanner: Scanner,
    kinds: Vec<Kind>,
    lang: Lang,
}

impl Wish {
    fn of(args: &Args) -> Result<Wish, Failure> {
        let kinds = args.kinds.iter().map(|name| kind(name)).collect::<Result<Vec<_>, _>>()?;
        let preset = if args.high_recall { Preset::HighRecall } else { Preset::Balanced };
        let thresholds = match args.min_score {
            Some(least) => Kind::all().map(|kind| (kind, least)).collect(),
            None => Vec::new(),
        };
        let scanner = Scanner::new(ScannerConfig { preset, thresholds, names: true });
        Ok(Wish { scanner, kinds, lang: Lang::from_tag(&args.lang) })
    }

    /// Whether findings of this kind are told.
    fn wants(&self, kind: Kind) -> bool {
        self.kinds.is_empty() || self.kinds.contains(&kind)
    }
}

fn kind(name: &str) -> Result<Kind, Failure> {
    let lower = name.to_lowercase().replace('-', "_");
    Kind::from_name(&lower).ok_or_else(|| {
        let names: Vec<&str> = Kind::all().map(Kind::name).collect();
        Failure::usage(format!("--kind: no such kind; there are: {}", names.join(", ")))
    })
}

/// Runs the command.
pub(super) fn run(args: &Args, out: &mut Out) -> Result<Exit, Failure> {
    use std::io::IsTerminal as _;
    let wish = Wish::of(args)?;
    let stdin = args.paths.is_empty() || args.paths.iter().any(|p| p.as_os_str() == "-");
    if args.paths.is_empty() && std::io::stdin().is_terminal() {
        return Err(Failure::usage(
            "nothing to scan: name files or folders, or pipe a text in (`riserbo scan --help`)",
        ));
    }
    let walk = files::Walk { hidden: args.hidden, ignored: args.no_ignore };
    let mut entries = Vec::new();
    if stdin {
        entries.push(Entry::stdin());
    }
    entries.extend(args.paths.iter().filter(|p| p.as_os_str() != "-").map(|p| Entry::path(p)));
    if args.jsonl {
        return label_records(&wish, &entries, &walk, out);
    }
    let form = match (args.json, args.quiet) {
        (true, _) => Form::Json,
        (_, true) => Form::Quiet,
        _ => Form::Lines,
    };
    let mut report = Report::begin(form, args.show, wish.lang, today(), out)?;
    files::each(&entries, &walk, &mut |input| match input {
        Input::Open { label, read } => {
            report.file();
            match text::scan(&wish, read, &mut |hit| report.hit(&label, hit, out)) {
                Ok(text::Done { bytes, legacy }) => report.read(&label, bytes, legacy, out),
                Err(text::Stop::NotText(why)) => report.not_read(&label, why, out),
                Err(text::Stop::Io(error)) => report.unreadable(&label, &error, out),
                Err(text::Stop::Out(failure)) => Err(failure),
            }
        }
        Input::Left { label, why } => report.not_read(&label, why, out),
        Input::Failed { label, error } => report.unreadable(&label, &error, out),
    })?;
    report.end(out)
}

fn today() -> pii::Today {
    use crate::clock::{Clock as _, SystemClock, date};
    let (year, month, day) = date(SystemClock.now());
    (i32::from(year), month.unsigned_abs(), day.unsigned_abs())
}

fn label_records(
    wish: &Wish,
    entries: &[Entry],
    walk: &files::Walk,
    out: &mut Out,
) -> Result<Exit, Failure> {
    let mut failed = false;
    files::each(entries, walk, &mut |input| match input {
        Input::Open { label, read } => {
            failed |= records::label(wish, &label, read, out)?;
            Ok(())
        }
        Input::Left { label, why } => {
            failed = true;
            out.say(format!("{label}: not read ({why})"));
            Ok(())
        }
        Input::Failed { label, error } => {
            failed = true;
            out.say(format!("{label}: can't be read ({})", error.kind()));
            Ok(())
        }
    })?;
    Ok(if failed { Exit::Usage } else { Exit::Done })
}

/// Works on several things at once and gives the results in their order.
fn side_by_side<T: Send, R: Send>(items: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    if items.len() <= 1 || cores == 1 {
        return items.into_iter().map(work).collect();
    }
    let per = items.len().div_ceil(cores).max(1);
    let mut items = items.into_iter();
    let mut parts: Vec<Vec<T>> = Vec::with_capacity(cores);
    loop {
        let part: Vec<T> = items.by_ref().take(per).collect();
        if part.is_empty() {
            break;
        }
        parts.push(part);
    }
    std::thread::scope(|scope| {
        let work = &work;
        let threads: Vec<_> = parts
            .into_iter()
            .map(|part| scope.spawn(move || part.into_iter().map(work).collect::<Vec<R>>()))
            .collect();
        // A thread that panicked has told so; what it had is lost, and the process ends badly.
        threads
            .into_iter()
            .flat_map(|t| t.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    })
}

/// A stream of input.
type Stream = Box<dyn Read>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_work() {
        let out = side_by_side((0..1000).collect(), |n: u32| n * 2);
        assert_eq!(out, (0..1000).map(|n| n * 2).collect::<Vec<_>>());
    }

    #[test]
    fn kinds_are_known_by_name_in_any_case() {
        assert_eq!(kind("IBAN").unwrap(), Kind::Iban);
        assert_eq!(kind("credit-card").unwrap(), Kind::CreditCard);
        let unknown = kind("cards").unwrap_err();
        assert_eq!(unknown.exit, Exit::Usage);
        assert!(unknown.to_string().contains("credit_card"));
    }
}
