//! The demo: an invented company, and ten days of its people at work.
//!
//! One command, no set-up. The company's export goes in through the import that
//! real data takes, and its agents work through the services that real people
//! use, on a clock of their own: nothing is put into the store or the log behind
//! the services' back. Passwords and tokens are made anew at each start and
//! shown once.
//!
//! It is for looking and trying. It is not a way to run a desk: the marker file
//! `demo` in the data directory says so to every other command.

pub mod company;
mod export;
mod history;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;

use crate::app::{App, Ctx, Options};
use crate::clock::{Clock, DAY, HOUR, ManualClock, SystemClock};
use crate::error::{Error, Result};
use crate::service::import::{self, Watch, read};
use crate::service::people::{self, NewStaff};
use crate::service::tokens::{self, NewToken};
use company::Company;

/// The file that marks a data directory as a demo's.
pub const MARKER: &str = "demo";

/// Days of work that are simulated.
pub const DAYS: i64 = 10;

/// How a demo is made.
pub struct DemoOptions {
    /// Where it is kept.
    pub data_dir: PathBuf,
    /// An export to put in place of the invented company's.
    pub import: Option<PathBuf>,
    /// How many tickets the invented company has.
    pub tickets: usize,
    /// Seed of the company.
    pub seed: u64,
}

/// Somebody who can sign in.
#[derive(Clone, Debug, Serialize)]
pub struct Account {
    /// Sign-in address.
    pub email: String,
    /// The role.
    pub role: String,
    /// Made at this start.
    pub password: String,
    /// Made at this start.
    pub api_token: String,
}

/// A demo that is ready.
pub struct Demo {
    /// The application, on the machine's clock.
    pub app: Arc<App>,
    /// One account for each role.
    pub accounts: Vec<Account>,
}

/// Hears what the demo is doing.
pub trait Tell: Send + Sync {
    /// A step began.
    fn step(&self, name: &'static str);
}

impl Tell for () {
    fn step(&self, _: &'static str) {}
}

/// The roles that get an account, in the order of the table.
pub const ROLES: [&str; 10] = [
    "agent-1",
    "agent-2",
    "team-lead",
    "privacy-officer",
    "security-analyst",
    "key-admin",
    "auditor",
    "integration",
    "ai-assistant",
    "migration",
];

/// Calls `work` with the path of a file in memory that holds a company's
/// export: what the demo imports, and what `riserbo bench` measures with.
///
/// # Errors
/// What `work` answers, or that there is no memory for the file.
pub async fn with_export<F, T>(company: &Company, work: F) -> Result<()>
where
    F: FnOnce(PathBuf) -> T,
    T: Future<Output = Result<()>>,
{
    export::with_file(company, work).await
}

/// Makes or reopens a demo.
///
/// # Errors
/// [`Error::Setup`] if the directory holds something else than a demo.
pub async fn prepare(options: &DemoOptions, tell: &dyn Tell) -> Result<Demo> {
    if !options.data_dir.join(MARKER).exists() {
        if options.data_dir.join("data.db").exists() {
            return Err(Error::Setup(format!(
                "{} holds a desk that is no demo: choose another --data-dir",
                options.data_dir.display()
            )));
        }
        make(options, tell).await?;
    }
    tell.step("opening");
    let app = App::open(Options::new(&options.data_dir)).await?;
    tell.step("accounts");
    let accounts = accounts(&app).await?;
    Ok(Demo { app, accounts })
}

async fn make(options: &DemoOptions, tell: &dyn Tell) -> Result<()> {
    let now = SystemClock.now();
    tell.step("company");
    let company = Company::generate(options.seed, now, options.tickets);
    let clock = Arc::new(ManualClock::at(now - DAYS * DAY - HOUR));
    let app = App::open(Options {
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
        ..Options::new(&options.data_dir)
    })
    .await?;
    staff(&app, &company).await?;
    let mover = by_role(&app, "migration")?;
    let ctx = Ctx::cli(&app, mover, "demo");
    tell.step("import");
    match &options.import {
        Some(path) => take(&ctx, std::slice::from_ref(path), now).await?,
        None => {
            export::with_file(&company, |file| {
                let ctx = ctx.clone();
                async move { take(&ctx, &[file], now).await }
            })
            .await?
        }
    }
    if options.import.is_none() {
        tell.step("history");
        history::live(&app, &clock, &company, now).await?;
    }
    mark(&options.data_dir)?;
    app.close().await;
    Ok(())
}

async fn take(ctx: &Ctx, paths: &[PathBuf], now: i64) -> Result<()> {
    let source = read::Source::open(paths, read::Limits::default(), now)
        .map_err(|e| Error::Setup(e.to_string()))?;
    // The company's tickets name its staff by the ids that `staff` gave them.
    let plan = import::Plan { colleagues: import::Colleagues::ByTheirIds };
    import::run_as(ctx, source, plan, Arc::new(()) as Arc<dyn Watch>).await?;
    Ok(())
}

fn mark(dir: &Path) -> Result<()> {
    std::fs::write(dir.join(MARKER), "A demo of Riserbo: invented people, made anew at will.\n")
        .map_err(|e| Error::Setup(format!("{} can't be written: {e}", dir.display())))
}

/// The company's staff, with the ids that its tickets name.
async fn staff(app: &App, company: &Company) -> Result<()> {
    let new = company
        .staff
        .iter()
        .map(|spec| NewStaff {
            wanted_id: Some(spec.id),
            email: spec.email.clone(),
            name: spec.name.clone(),
            locale: spec.locale.to_owned(),
            roles: vec![spec.role.to_owned()],
            groups: spec.groups.clone(),
            software: matches!(spec.role, "integration" | "ai-assistant" | "migration"),
            state: 0,
            password: None,
        })
        .collect();
    people::create_many(app, new).await?;
    Ok(())
}

/// The first active principal with a role.
///
/// # Errors
/// [`Error::Setup`] if there is none.
pub fn by_role(app: &App, role: &str) -> Result<Arc<crate::service::directory::Staff>> {
    app.people
        .all()
        .into_iter()
        .find(|s| s.active && s.principal.roles.iter().any(|r| r.as_str() == role))
        .ok_or_else(|| Error::Setup(format!("nobody has the role {role}")))
}

/// New passwords and tokens for one account of each role.
async fn accounts(app: &Arc<App>) -> Result<Vec<Account>> {
    let mut out = Vec::new();
    let now = app.clock.now();
    let mut passwords = Vec::new();
    for role in ROLES {
        let staff = by_role(app, role)?;
        let password = password(app)?;
        passwords.push((staff.id, password.clone()));
        // The service account for moving data ends by itself and works from
        // this machine only.
        let moving = role == "migration";
        let token = tokens::make(
            app,
            NewToken {
                owner: staff.id,
                label: format!("demo {role}"),
                scopes: vec![],
                networks: if moving {
                    vec![String::from("127.0.0.0/8"), String::from("::1/128")]
                } else {
                    vec![]
                },
                expires_at: Some(now + if moving { 7 } else { 30 } * DAY),
            },
        )
        .await?;
        out.push(Account {
            email: staff.profile.email.clone(),
            role: role.to_owned(),
            password,
            api_token: token.text,
        });
    }
    people::set_passwords(app, &passwords).await?;
    Ok(out)
}

/// Sixteen signs in four groups: 80 bits, easy to type.
fn password(app: &App) -> Result<String> {
    const SIGNS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut bytes = [0u8; 16];
    app.rng.fill(&mut bytes)?;
    let mut out = String::with_capacity(19);
    for (i, byte) in bytes.iter().enumerate() {
        if i > 0 && i % 4 == 0 {
            out.push('-');
        }
        out.push(char::from(SIGNS.get(usize::from(byte & 31)).copied().unwrap_or(b'a')));
    }
    Ok(out)
}
