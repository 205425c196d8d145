//! The command's surface: names, help, examples. Each command's own arguments stand in its file.

use clap::{Parser, Subcommand};

use super::{
    bench, completions, demo, doctor, import, log, scan, search, serve, token, user, view,
};

/// What `riserbo --help` says before the list of commands.
const ABOUT: &str = "Self-hosted privacy for customer-support teams.\n\n\
    Conversations go in, each personal value in them is lifted into a slot and sealed, and \
    everybody gets the view of their role; each look is in a log that anyone can verify.";

/// What it says after.
const AFTER: &str = "\
Begin:
  riserbo demo                                    an invented desk, in a minute, nothing to set up
  riserbo user add --first you@desk.example --role team-lead
  riserbo import export/ --as migration@desk.example
  riserbo view 35 --as agent@desk.example
  riserbo scan letters/                           find personal data in any file; needs no set-up

Exit codes: 0 done, 1 found something or a check failed, 2 can't be understood or read,
3 partly refused, 4 in use by another process, 5 data, keys or disk, 6 not allowed or not found.
Environment: RISERBO_DATA_DIR, RISERBO_AS, RISERBO_PASSWORD, NO_COLOR, RUST_LOG.";

/// The program.
#[derive(Parser)]
#[command(name = "riserbo", version, about = ABOUT, after_help = AFTER, disable_help_subcommand = true)]
pub(super) struct Cli {
    /// The command.
    #[command(subcommand)]
    pub(super) command: Command,
}

/// Every command, the main job first.
#[derive(Subcommand)]
pub(super) enum Command {
    /// Show an invented company's desk: address, accounts, ten days of history
    Demo(demo::Args),
    /// Run the server: console and API
    Serve(serve::Args),
    /// Take a helpdesk's export in
    Import(import::Args),
    /// Show a ticket as a role sees it
    View(view::Args),
    /// Search in what a role sees
    Search(search::Args),
    /// Find personal data in files, folders or standard input
    Scan(scan::Args),
    /// Verify, export and prove the access log
    Log(log::Args),
    /// Accounts of people and software
    User(user::Args),
    /// API tokens
    Token(token::Args),
    /// Check configuration, keys, permissions, clock, databases and log
    Doctor(doctor::Args),
    /// Measure this machine, each goal beside a probe of the same run
    Bench(bench::Args),
    /// Completions for a shell, to be loaded by it
    Completions(completions::Args),
}

/// The grammar, for tests and completions.
pub(super) fn grammar() -> clap::Command {
    <Cli as clap::CommandFactory>::command()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grammar_holds_together() {
        grammar().debug_assert();
    }

    #[test]
    fn help_names_every_command_and_the_exit_codes() {
        let help = grammar().render_long_help().to_string();
        for name in ["demo", "serve", "import", "view", "search", "scan", "log", "doctor"] {
            assert!(help.contains(&format!("\n  {name} ")), "{name}");
        }
        assert!(help.contains("Exit codes"));
    }
}
