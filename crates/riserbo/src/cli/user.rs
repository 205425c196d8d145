//! `riserbo user`: accounts of people and software.

use clap::Subcommand;
use serde_json::json;

use super::exit::{Exit, Failure};
use super::open::{DataDir, Make, open};
use super::out::Out;
use super::signin::{SignIn, secret};
use super::table::Table;
use crate::clock::iso;
use crate::service::accounts;
use crate::service::people::NewStaff;

const EXAMPLES: &str = "\
Examples:
  riserbo user add --first you@desk.example --name 'Your Name' --role team-lead
  riserbo user add anna@desk.example --name 'Anna Riva' --role agent-1 --as you@desk.example
  riserbo user add moving@desk.example --software --role migration --as you@desk.example
  riserbo user passwd --as anna@desk.example

Roles: agent-1, agent-2, team-lead, privacy-officer, security-analyst, key-admin, auditor,
integration, ai-assistant, migration.";

/// Arguments of `user`.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Make an account; a start password is shown once
    #[command(after_help = EXAMPLES)]
    Add(Add),
    /// List all accounts
    List(List),
    /// Stop an account and its tokens
    Suspend(Change),
    /// Let a suspended account sign in again
    Resume(Change),
    /// Set your own password (a start password serves once)
    Passwd(Passwd),
}

#[derive(clap::Args)]
struct Add {
    /// Mail address to sign in with
    email: String,
    /// Name, as colleagues see it [default: the address]
    #[arg(long)]
    name: Option<String>,
    /// Role; give it again for more
    #[arg(long = "role", value_name = "ROLE", required = true)]
    roles: Vec<String>,
    /// It is software: no password, tokens only
    #[arg(long)]
    software: bool,
    /// Language
    #[arg(long, default_value = "it", value_parser = ["it", "en"])]
    locale: String,
    /// Begin a desk: makes the first account, with your own password; works while there is none
    #[arg(long, conflicts_with = "software")]
    first: bool,
    /// With --first: file with the new password [default: $RISERBO_NEW_PASSWORD, else a question]
    #[arg(long, value_name = "FILE", requires = "first")]
    new_password_file: Option<std::path::PathBuf>,
    /// One JSON object instead of text
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    sign_in: SignIn,
    #[command(flatten)]
    dir: DataDir,
}

#[derive(clap::Args)]
struct List {
    /// JSON instead of a table
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    sign_in: SignIn,
    #[command(flatten)]
    dir: DataDir,
}

#[derive(clap::Args)]
struct Change {
    /// Mail address of the account
    email: String,
    #[command(flatten)]
    sign_in: SignIn,
    #[command(flatten)]
    dir: DataDir,
}

#[derive(clap::Args)]
struct Passwd {
    /// File with the new password [default: $RISERBO_NEW_PASSWORD, else a question]
    #[arg(long, value_name = "FILE")]
    new_password_file: Option<std::path::PathBuf>,
    #[command(flatten)]
    sign_in: SignIn,
    #[command(flatten)]
    dir: DataDir,
}

/// Runs the command.
pub(super) async fn run(args: Args, out: &mut Out) -> Result<Exit, Failure> {
    match args.what {
        What::Add(add) => add_account(add, out).await,
        What::List(args) => list(args, out).await,
        What::Suspend(change) => suspend(change, true, out).await,
        What::Resume(change) => suspend(change, false, out).await,
        What::Passwd(args) => passwd(args, out).await,
    }
}

async fn add_account(add: Add, out: &mut Out) -> Result<Exit, Failure> {
    let app = open(&add.dir.path(), if add.first { Make::Yes } else { Make::No }).await?;
    let mut new = NewStaff {
        wanted_id: None,
        name: add.name.clone().unwrap_or_else(|| add.email.clone()),
        email: add.email,
        locale: add.locale,
        roles: add.roles,
        groups: vec![],
        software: add.software,
        state: 0,
        password: None,
    };
    let (id, password) = if add.first {
        if !accounts::nobody(&app) {
            return Err(Failure::new(
                Exit::Refused,
                "somebody has an account already: leave --first out and sign in with --as EMAIL",
            ));
        }
        new.password = Some(new_password(add.new_password_file.as_deref())?.to_string());
        (accounts::first(&app, new, "cli/user/add").await?, None)
    } else {
        let ctx = add.sign_in.ctx(&app, "cli/user/add").await?;
        accounts::invite(&ctx, new).await?
    };
    app.close().await;
    if add.json {
        out.json(&json!({"id": id, "start_password": password}))?;
        return Ok(Exit::Done);
    }
    out.say(format!("account {id} made"));
    if let Some(password) = password {
        out.line(password)?;
        out.say(
            "This start password is shown once. Hand it over; with it they set their own:\n  \
             riserbo user passwd --as THEIR-ADDRESS",
        );
    } else if add.software {
        out.say("It has no password. Make it a token: riserbo token create --for ITS-ADDRESS");
    }
    Ok(Exit::Done)
}

/// A new password; typed twice at the terminal.
fn new_password(file: Option<&std::path::Path>) -> Result<zeroize::Zeroizing<String>, Failure> {
    let typed = file.is_none() && std::env::var_os("RISERBO_NEW_PASSWORD").is_none();
    let option = "--new-password-file";
    let first = secret(file, "RISERBO_NEW_PASSWORD", "New password", option)?;
    if typed {
        let again = secret(None, "RISERBO_NEW_PASSWORD", "Once more", option)?;
        if *again != *first {
            return Err(Failure::usage("the two passwords differ: nothing was done, try again"));
        }
    }
    Ok(first)
}

async fn list(args: List, out: &mut Out) -> Result<Exit, Failure> {
    let app = open(&args.dir.path(), Make::No).await?;
    let ctx = args.sign_in.ctx(&app, "cli/user/list").await?;
    let all = accounts::list(&ctx).await?;
    app.close().await;
    if args.json {
        let rows: Vec<_> = all
            .iter()
            .map(|a| {
                json!({
                    "id": a.id, "email": a.email, "name": a.name, "roles": a.roles,
                    "software": a.software, "state": a.state.name(),
                    "created_at": iso(a.created_at),
                })
            })
            .collect();
        out.json(&rows)?;
        return Ok(Exit::Done);
    }
    let mut table = Table::new(&[">ID", "EMAIL", "NAME", "ROLES", "STATE", "SINCE"]);
    for a in all {
        let since: String = iso(a.created_at).chars().take(10).collect();
        let state = a.state.name().to_owned();
        table.row([a.id.to_string(), a.email, a.name, a.roles.join(" "), state, since]);
    }
    table.write(out)?;
    Ok(Exit::Done)
}

async fn suspend(change: Change, suspended: bool, out: &mut Out) -> Result<Exit, Failure> {
    let app = open(&change.dir.path(), Make::No).await?;
    let route = if suspended { "cli/user/suspend" } else { "cli/user/resume" };
    let ctx = change.sign_in.ctx(&app, route).await?;
    accounts::suspend(&ctx, &change.email, suspended).await?;
    app.close().await;
    out.say(if suspended {
        "suspended: it can't sign in, and its tokens don't open anything"
    } else {
        "it may sign in again"
    });
    Ok(Exit::Done)
}

async fn passwd(args: Passwd, out: &mut Out) -> Result<Exit, Failure> {
    let app = open(&args.dir.path(), Make::No).await?;
    let email = args.sign_in.name()?;
    let old = args.sign_in.password(&email)?;
    let new = new_password(args.new_password_file.as_deref())?;
    accounts::set_password(&app, &email, &old, &new, "cli/user/passwd").await?;
    app.close().await;
    out.say("the new password holds from now on");
    Ok(Exit::Done)
}
