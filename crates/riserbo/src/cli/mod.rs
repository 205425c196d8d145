//! The command line: one file a command.
//!
//! **What.** Commands read their arguments, ask a service, and write what it gives back: data to
//! standard output, messages to standard error, an exit code that scripts can rely on
//! ([`Exit`]). `docs/cli.md` is its manual.
//!
//! **Who acts.** Every command that reaches people's data runs as a principal who signs in
//! (INVARIANT I10, module `signin`): its role decides, its access is logged, its values are
//! masked, as over the API. Whoever can read the key file is outside of this; the threat model
//! says so.
//!
//! **What it is not.** No decisions of its own: no store, no key, no clear value passes here but
//! what a service has already masked and logged. It never asks questions when nobody sits at a
//! terminal.

mod args;
mod bench;
mod completions;
mod demo;
mod doctor;
mod draw;
mod exit;
mod import;
mod log;
mod open;
mod out;
mod process;
mod prompt;
mod scan;
mod search;
mod serve;
mod signin;
mod table;
mod token;
mod user;
mod view;

pub use exit::{Exit, Failure};
pub use process::main;

use args::Command;
use out::Out;

/// Runs one command.
async fn run(command: Command, out: &mut Out) -> Result<Exit, Failure> {
    match command {
        // They wait for nothing, so they need no runtime; `process` runs them before it makes one.
        Command::Scan(args) => scan::run(&args, out),
        Command::Completions(args) => completions::run(&args, out),
        Command::Demo(args) => Box::pin(demo::run(args, out)).await,
        Command::Serve(args) => Box::pin(serve::run(args, out)).await,
        Command::Import(args) => Box::pin(import::run(args, out)).await,
        Command::View(args) => Box::pin(view::run(args, out)).await,
        Command::Search(args) => Box::pin(search::run(args, out)).await,
        Command::Log(args) => Box::pin(log::run(args, out)).await,
        Command::User(args) => Box::pin(user::run(args, out)).await,
        Command::Token(args) => Box::pin(token::run(args, out)).await,
        Command::Doctor(args) => Box::pin(doctor::run(args, out)).await,
        Command::Bench(args) => Box::pin(bench::run(args, out)).await,
    }
}
