//! `riserbo doctor`: is everything as it should be, and if not, what mends it.

use serde_json::json;

use super::exit::{Exit, Failure};
use super::open::DataDir;
use super::out::Out;
use crate::clock::SystemClock;
use crate::service::doctor::{Mark, examine};

const EXAMPLES: &str = "\
Examples:
  riserbo doctor
  riserbo doctor --json | jq '.[] | select(.mark == \"bad\")'

It reads and changes nothing, needs no sign-in, shows no personal data, and may run beside a
server. Exit code 1: something must be mended.";

/// Arguments of `doctor`.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// JSON instead of text
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    dir: DataDir,
}

/// Runs the command.
pub(super) async fn run(args: Args, out: &mut Out) -> Result<Exit, Failure> {
    let found = examine(&args.dir.path(), &SystemClock).await;
    let bad = found.iter().any(|f| f.mark == Mark::Bad);
    if args.json {
        let rows: Vec<_> = found
            .iter()
            .map(|f| json!({"check": f.check, "mark": f.mark.name(), "says": f.says, "mend": f.mend}))
            .collect();
        out.json(&rows)?;
    } else {
        for finding in &found {
            let (sign, color) = match finding.mark {
                Mark::Good => ("ok  ", "\x1b[32m"),
                Mark::Note => ("note", "\x1b[33m"),
                Mark::Bad => ("BAD ", "\x1b[31m"),
            };
            let sign = if out.color { format!("{color}{sign}\x1b[0m") } else { sign.to_owned() };
            out.line(format!("{sign}  {}: {}", finding.check, finding.says))?;
            if let Some(mend) = &finding.mend {
                out.line(format!("      → {mend}"))?;
            }
        }
        out.say(if bad { "something must be mended" } else { "all is well" });
    }
    Ok(if bad { Exit::Found } else { Exit::Done })
}
