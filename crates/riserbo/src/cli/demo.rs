//! `riserbo demo`: an invented company's desk, ready to be looked at.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde_json::json;

use super::exit::{Exit, Failure};
use super::open::DataDir;
use super::out::Out;
use super::serve::{listen, until_stopped, url};
use super::table::Table;
use crate::app;
use crate::demo::{self, DemoOptions, Tell};

const EXAMPLES: &str = "\
Examples:
  riserbo demo
  riserbo demo --port 0 --json
  riserbo demo --import export/ --data-dir trial     the accounts over your own export

It makes the directory demo-data, which can be deleted at any time. Passwords and tokens are made
anew at each start. While it runs, `riserbo view` and others need another terminal and the API.";

/// The company of every demo, so that all speak of the same one.
const SEED: u64 = 7;

/// Arguments of `demo`.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Port; 0 takes a free one
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// An export to put in place of the invented tickets
    #[arg(long, value_name = "PATH")]
    import: Option<PathBuf>,
    /// How many tickets are invented
    #[arg(long, value_name = "N", default_value_t = 360, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    tickets: u32,
    /// Address and accounts as one line of JSON
    #[arg(long)]
    json: bool,
    /// Make it and stop, without a server
    #[arg(long)]
    no_serve: bool,
    #[command(flatten)]
    dir: DataDir,
}

/// Tells the steps to standard error.
struct Steps;

impl Tell for Steps {
    fn step(&self, name: &'static str) {
        use std::io::Write as _;
        let words = match name {
            "company" => "inventing a company",
            "import" => "importing its tickets",
            "history" => "letting its people work for ten days",
            "opening" => "opening",
            "accounts" => "making passwords",
            other => other,
        };
        // Progress that can't be written stops nothing.
        let _ = writeln!(std::io::stderr(), "{words}…");
    }
}

/// Runs the command.
pub(super) async fn run(args: Args, out: &mut Out) -> Result<Exit, Failure> {
    let data_dir = if args.dir.is_given() { args.dir.path() } else { PathBuf::from("demo-data") };
    // First the port: nobody wants to wait for a demo that can't be served.
    let listener = match args.no_serve {
        true => None,
        false => Some(listen(SocketAddr::from(([127, 0, 0, 1], args.port))).await?),
    };
    let tickets = usize::try_from(args.tickets).unwrap_or(usize::MAX);
    let options =
        DemoOptions { data_dir: data_dir.clone(), import: args.import, tickets, seed: SEED };
    let made = match args.json {
        true => demo::prepare(&options, &()).await,
        false => demo::prepare(&options, &Steps).await,
    };
    let demo = made.map_err(|error| match app::in_use(&data_dir) {
        true => Failure::new(
            Exit::Busy,
            format!("{} is in use: another demo runs there", data_dir.display()),
        ),
        false => error.into(),
    })?;
    let url = listener.as_ref().map(url).transpose()?;
    if args.json {
        // One line, whoever reads it.
        let line = json!({"url": url, "accounts": demo.accounts}).to_string();
        out.line(line)?;
    } else {
        show(&demo, url.as_deref(), out)?;
    }
    out.flush()?;
    match listener {
        Some(listener) => until_stopped(&demo.app, listener).await?,
        None => demo.app.close().await,
    }
    Ok(Exit::Done)
}

fn show(demo: &demo::Demo, url: Option<&str>, out: &mut Out) -> Result<(), Failure> {
    let mut table = Table::new(&["ROLE", "EMAIL", "PASSWORD", "API TOKEN"]);
    for account in &demo.accounts {
        table.row([
            account.role.clone(),
            account.email.clone(),
            account.password.clone(),
            account.api_token.clone(),
        ]);
    }
    table.write(out)?;
    out.line("")?;
    if let Some(url) = url {
        out.line(url)?;
        out.say(format!(
            "\nTry: curl -H 'Authorization: Bearer TOKEN' {url}/api/v2/tickets.json\n\
             Ctrl-C stops it."
        ));
    }
    Ok(())
}
