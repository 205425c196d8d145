//! `riserbo log`: verify, export, prove the access log; its public key.
//!
//! `verify` is for whoever doesn't want to believe us: it reads files and a public key, nothing
//! else. A key that was noted elsewhere shows that nobody rewrote the log; the key that lies
//! beside it shows that nothing was damaged.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::json;

use super::exit::{Exit, Failure};
use super::open::{DataDir, Make, is_there, open};
use super::out::Out;
use super::signin::SignIn;
use crate::clock::iso;
use crate::service::access_log::proof;
use crate::service::access_log::read::{self, Entry, Query};
use crate::service::doctor;
use crate::store::log_files::{LogError, verify_dir};

const EXAMPLES: &str = "\
Examples:
  riserbo log key > riserbo.vkey                     note it elsewhere, once
  riserbo log verify                                 with the key beside the log
  riserbo log verify --key-file riserbo.vkey backup/log
  riserbo log export --as auditor@desk.example > log.ndjson
  riserbo log prove 4711 --as auditor@desk.example > 4711.proof

verify, key: no sign-in, also while the server runs. Exit code 1: the log is not as it was signed.";

/// Arguments of `log`.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Check every entry, tile and signature against the public key
    #[command(after_help = EXAMPLES)]
    Verify(Verify),
    /// Print the public key that verifies the log
    Key(Key),
    /// Write the entries' headers as NDJSON; agents stand under aliases
    Export(Export),
    /// Prove that an entry is in the log (C2SP tlog-proof), and check the proof
    Prove(Prove),
}

#[derive(clap::Args)]
struct Verify {
    /// Folder of the log [default: log in the data directory]
    #[arg(value_name = "DIR")]
    log: Option<PathBuf>,
    /// The public key, as `riserbo log key` prints it
    #[arg(long, value_name = "KEY", conflicts_with = "key_file")]
    key: Option<String>,
    /// File that holds the public key
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// The result as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    dir: DataDir,
}

#[derive(clap::Args)]
struct Key {
    #[command(flatten)]
    dir: DataDir,
}

#[derive(clap::Args)]
struct Export {
    /// First entry
    #[arg(long, value_name = "INDEX", default_value_t = 0)]
    from: u64,
    /// Only entries of this action, such as view_ticket
    #[arg(long)]
    action: Option<String>,
    /// Only entries about this ticket
    #[arg(long, value_name = "ID")]
    ticket: Option<i64>,
    #[command(flatten)]
    sign_in: SignIn,
    #[command(flatten)]
    dir: DataDir,
}

#[derive(clap::Args)]
struct Prove {
    /// The entry's place, from 0
    index: u64,
    /// Proof, leaf and key as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    sign_in: SignIn,
    #[command(flatten)]
    dir: DataDir,
}

/// Runs the command.
pub(super) async fn run(args: Args, out: &mut Out) -> Result<Exit, Failure> {
    match args.what {
        What::Verify(args) => verify(args, out).await,
        What::Key(args) => key(&args, out).await,
        What::Export(args) => export(args, out).await,
        What::Prove(args) => prove(args, out).await,
    }
}

/// The key in the store: opened to be read, beside a running server too.
async fn stored_key(dir: &Path) -> Result<String, Failure> {
    if !is_there(dir) {
        return Err(Failure::broken(format!(
            "there is no desk in {}: give --data-dir, or the key with --key-file",
            dir.display()
        )));
    }
    Ok(doctor::log_key(dir).await?)
}

async fn key(args: &Key, out: &mut Out) -> Result<Exit, Failure> {
    out.line(stored_key(&args.dir.path()).await?)?;
    Ok(Exit::Done)
}

async fn verify(args: Verify, out: &mut Out) -> Result<Exit, Failure> {
    let given = match (&args.key, &args.key_file) {
        (Some(key), _) => Some(key.trim().to_owned()),
        (None, Some(file)) => Some(read_key(file)?),
        (None, None) => None,
    };
    let beside = given.is_none();
    let key = match given {
        Some(key) => key,
        None => stored_key(&args.dir.path()).await?,
    };
    let log = args.log.clone().unwrap_or_else(|| args.dir.path().join("log"));
    let report =
        tokio::task::block_in_place(|| verify_dir(&log, &key)).map_err(|error| match error {
            LogError::Key => Failure::usage(
                "this is no verifier key: it is one line such as riserbo/…/log/0+1a2b3c4d+AU5v…",
            ),
            LogError::NoLog => Failure::broken(format!(
                "there is no log in {}: name the folder, or give --data-dir",
                log.display()
            )),
            other => Failure::broken(other.to_string()),
        })?;
    let problem = report.problem.as_ref();
    if args.json {
        out.json(&json!({
            "ok": report.is_ok(), "origin": report.origin, "entries": report.size,
            "checked": report.entries, "checkpoints": report.checkpoints, "tiles": report.tiles,
            "root": report.root.as_ref().map(ToString::to_string),
            "pruned": report.pruned.iter().map(|p| [p.first, p.end]).collect::<Vec<_>>(),
            "problem": problem.map(|p| json!({
                "entry": p.index, "place": p.place, "reason": p.reason.to_string(),
            })),
        }))?;
    } else if let Some(problem) = problem {
        out.line(format!("NOT as it was signed: {problem}"))?;
        out.say("keep this directory as it is, and compare with a backup or a noted checkpoint");
    } else {
        out.line(format!(
            "ok: {} entries, {} signed checkpoints, {} tiles",
            report.size, report.checkpoints, report.tiles
        ))?;
        for range in &report.pruned {
            out.line(format!(
                "taken out by retention, as signed: {} to {}",
                range.first, range.end
            ))?;
        }
        if beside {
            out.say("checked with the key that lies beside it; note `riserbo log key` elsewhere");
        }
    }
    Ok(if report.is_ok() { Exit::Done } else { Exit::Found })
}

fn read_key(file: &Path) -> Result<String, Failure> {
    let text = std::fs::read_to_string(file)
        .map_err(|e| Failure::usage(format!("{} can't be read ({})", file.display(), e.kind())))?;
    Ok(text.trim().to_owned())
}

async fn export(args: Export, out: &mut Out) -> Result<Exit, Failure> {
    let app = open(&args.dir.path(), Make::No).await?;
    let ctx = args.sign_in.ctx(&app, "cli/log/export").await?;
    let mut after = args.from.checked_sub(1);
    let mut end = None;
    loop {
        // At most 1,000 rows an event, as every stream (I1).
        let query = Query {
            action: args.action.clone(),
            ticket: args.ticket,
            after,
            limit: 1_000,
            ..Query::default()
        };
        let page = read::page(&ctx, &query).await?;
        // What was in the log when we began; else it would tell of its own reading for ever.
        let end = *end.get_or_insert(page.size);
        for entry in page.entries.iter().filter(|e| e.index < end) {
            out.line(header(entry)?)?;
        }
        match page.next {
            Some(next) if page.more && next < end => after = Some(next),
            _ => break,
        }
    }
    app.close().await;
    Ok(Exit::Done)
}

/// An entry's header as one line; the agent's number in the log stays inside, an alias stands
/// for it.
fn header(entry: &Entry) -> Result<String, Failure> {
    let mut value = serde_json::to_value(&entry.header)
        .map_err(|_| Failure::broken("an entry can't be written as JSON; run `riserbo doctor`"))?;
    if let Some(object) = value.as_object_mut() {
        object.remove("actor");
        object.remove("query_tokens");
        object.insert("index".to_owned(), json!(entry.index));
        object.insert("time".to_owned(), json!(iso(entry.header.time)));
        object.insert("agent".to_owned(), json!(entry.alias));
        object.insert("customers".to_owned(), json!(entry.customers.len() + entry.erased));
    }
    Ok(value.to_string())
}

async fn prove(args: Prove, out: &mut Out) -> Result<Exit, Failure> {
    let app = open(&args.dir.path(), Make::No).await?;
    let ctx = args.sign_in.ctx(&app, &format!("cli/log/prove/{}", args.index)).await?;
    let proved = proof::prove(&ctx, args.index).await?;
    app.close().await;
    if args.json {
        out.json(&json!({
            "index": proved.index, "size": proved.size, "leaf": proved.leaf,
            "proof": proved.proof, "verifier_key": proved.verifier_key,
        }))?;
        return Ok(Exit::Done);
    }
    out.line(proved.proof.trim_end())?;
    out.say(format!(
        "checked: entry {} (leaf {}) is in the log of {} entries",
        proved.index, proved.leaf, proved.size
    ));
    Ok(Exit::Done)
}
