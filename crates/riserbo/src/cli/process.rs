//! The process: what happens before the first command and after the last.
//!
//! Before any key is read, core dumps are switched off and panics lose their message: a crash
//! leaves no memory on the disk and no value in a log (INVARIANT I2). A defect says where in the
//! code it is, which is enough to report it.

use std::process::ExitCode;

use clap::Parser as _;
use tracing_subscriber::EnvFilter;

use super::args::{Cli, Command};
use super::exit::{Exit, Failure};
use super::out::Out;

/// The exit code of a defect, as Rust's own.
const DEFECT: u8 = 101;

/// The whole program: reads the arguments, runs the command, and gives back its exit code.
#[must_use]
pub fn main() -> ExitCode {
    no_core_dumps();
    quiet_panics();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are answers, not errors; clap knows where each goes.
            let _ = error.print();
            let usage = error.use_stderr();
            return ExitCode::from(if usage { Exit::Usage as u8 } else { Exit::Done as u8 });
        }
    };
    trace_to_stderr();
    let mut out = Out::standard();
    let done = start(cli.command, &mut out).and_then(|exit| out.flush().map(|()| exit));
    match done {
        Ok(exit) => ExitCode::from(exit as u8),
        Err(failure) => {
            if failure.message.is_some() {
                out.say(format!("riserbo: {failure}"));
            }
            ExitCode::from(failure.exit as u8)
        }
    }
}

fn start(command: Command, out: &mut Out) -> Result<Exit, Failure> {
    match command {
        // Without a runtime they start sooner.
        Command::Scan(args) => super::scan::run(&args, out),
        Command::Completions(args) => super::completions::run(&args, out),
        command => {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .enable_all()
                .build()
                .map_err(|e| Failure::broken(format!("threads can't be started: {e}")))?;
            runtime.block_on(super::run(command, out))
        }
    }
}

/// No core dumps: they would hold keys and open values. A system that doesn't let us is not a
/// reason to stop; `doctor` says so.
fn no_core_dumps() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
}

/// A panic's message may quote what the code had in hand, so it is not printed.
fn quiet_panics() {
    std::panic::set_hook(Box::new(|info| {
        use std::io::Write as _;
        let place = info.location().map_or_else(String::new, |l| format!(" at {l}"));
        let _ = writeln!(
            std::io::stderr(),
            "riserbo: a defect{place}. Nothing was half-written; please report this line \
             (exit code {DEFECT})"
        );
    }));
}

/// Messages of the machinery go to standard error: `RUST_LOG` says which, warnings by default.
fn trace_to_stderr() {
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn,sqlx=error"));
    // A second subscriber (in tests) is refused, which harms nothing.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(true)
        .try_init();
}
