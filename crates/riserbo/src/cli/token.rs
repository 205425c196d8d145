//! `riserbo token`: API tokens of one's own, or (with the right to it) of others.

use clap::Subcommand;
use serde_json::json;

use super::exit::{Exit, Failure};
use super::open::{DataDir, Make, open};
use super::out::Out;
use super::signin::SignIn;
use super::table::Table;
use crate::clock::{DAY, iso};
use crate::service::tokens::{self, NewToken};

const EXAMPLES: &str = "\
Examples:
  riserbo token create --label reports --scope read --days 90 --as you@desk.example
  riserbo token create --for moving@desk.example --label move --network 10.0.0.0/8 --as lead@desk.example
  riserbo token list --as you@desk.example
  riserbo token revoke 12 --as you@desk.example";

/// Days that a token lasts if nothing is said.
const DAYS: i64 = 90;

/// Arguments of `token`.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Make a token; it is shown once
    #[command(after_help = EXAMPLES)]
    Create(Create),
    /// List tokens, without their text
    List(List),
    /// End a token at once
    Revoke(Revoke),
}

#[derive(clap::Args)]
struct Create {
    /// What it is for
    #[arg(long)]
    label: String,
    /// Whose it is [default: yours]
    #[arg(long = "for", value_name = "EMAIL")]
    owner: Option<String>,
    /// What it may do [default: both]
    #[arg(long = "scope", value_parser = ["read", "write"])]
    scopes: Vec<String>,
    /// Network from which it may be used, such as 10.0.0.0/8 [default: any]
    #[arg(long = "network", value_name = "CIDR")]
    networks: Vec<String>,
    /// Days until it ends
    #[arg(long, default_value_t = DAYS, value_parser = clap::value_parser!(i64).range(1..=3650))]
    days: i64,
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
    /// Everybody's, not only yours
    #[arg(long)]
    all: bool,
    /// JSON instead of a table
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    sign_in: SignIn,
    #[command(flatten)]
    dir: DataDir,
}

#[derive(clap::Args)]
struct Revoke {
    /// The token's number, as `token list` shows it
    id: i64,
    #[command(flatten)]
    sign_in: SignIn,
    #[command(flatten)]
    dir: DataDir,
}

/// Runs the command.
pub(super) async fn run(args: Args, out: &mut Out) -> Result<Exit, Failure> {
    match args.what {
        What::Create(args) => create(args, out).await,
        What::List(args) => list(args, out).await,
        What::Revoke(args) => revoke(args, out).await,
    }
}

async fn create(args: Create, out: &mut Out) -> Result<Exit, Failure> {
    let app = open(&args.dir.path(), Make::No).await?;
    let ctx = args.sign_in.ctx(&app, "cli/token/create").await?;
    let owner = match &args.owner {
        None => ctx.who.id,
        Some(email) => app.people.by_email(email).map(|s| s.id).ok_or_else(|| {
            Failure::new(Exit::Refused, "nobody has the address of --for: `riserbo user list`")
        })?,
    };
    let expires_at = ctx.now() + args.days * DAY;
    let made = tokens::create(
        &ctx,
        NewToken {
            owner,
            label: args.label,
            scopes: args.scopes,
            networks: args.networks,
            expires_at: Some(expires_at),
        },
    )
    .await?;
    app.close().await;
    if args.json {
        out.json(&json!({"id": made.id, "token": made.text, "expires_at": iso(expires_at)}))?;
        return Ok(Exit::Done);
    }
    out.line(&made.text)?;
    out.say(format!(
        "token {}, until {}. It is shown once and kept as a hash only: store it now.",
        made.id,
        iso(expires_at)
    ));
    Ok(Exit::Done)
}

async fn list(args: List, out: &mut Out) -> Result<Exit, Failure> {
    let app = open(&args.dir.path(), Make::No).await?;
    let ctx = args.sign_in.ctx(&app, "cli/token/list").await?;
    let rows = tokens::list(&ctx, args.all).await?;
    app.close().await;
    if args.json {
        let rows: Vec<_> = rows
            .iter()
            .map(|t| {
                json!({
                    "id": t.id, "owner_id": t.owner, "label": t.label, "scopes": t.scopes,
                    "networks": t.networks, "state": t.state.name(),
                    "created_at": iso(t.created_at),
                    "expires_at": t.expires_at.map(iso), "used_at": t.used_at.map(iso),
                })
            })
            .collect();
        out.json(&rows)?;
        return Ok(Exit::Done);
    }
    let day = |time: Option<i64>| {
        time.map_or_else(|| String::from("-"), |t| iso(t).chars().take(10).collect())
    };
    let mut table = Table::new(&[">ID", ">OWNER", "LABEL", "SCOPES", "STATE", "ENDS", "LAST USED"]);
    for t in rows {
        let scopes = if t.scopes.is_empty() { "read write".to_owned() } else { t.scopes.join(" ") };
        let state = t.state.name().to_owned();
        let ids = (t.id.to_string(), t.owner.to_string());
        table.row([ids.0, ids.1, t.label, scopes, state, day(t.expires_at), day(t.used_at)]);
    }
    table.write(out)?;
    Ok(Exit::Done)
}

async fn revoke(args: Revoke, out: &mut Out) -> Result<Exit, Failure> {
    let app = open(&args.dir.path(), Make::No).await?;
    let ctx = args.sign_in.ctx(&app, &format!("cli/token/revoke/{}", args.id)).await?;
    tokens::revoke(&ctx, args.id).await?;
    app.close().await;
    out.say("revoked: it opens nothing any more");
    Ok(Exit::Done)
}
