//! Signing in for one command.
//!
//! INVARIANT I10: a command acts as a principal and through the services, like everybody. The
//! password comes from a file, from `RISERBO_PASSWORD`, or from the terminal; never from an
//! argument, which every process of the machine can read.
//!
//! In a demo's directory (its people are invented, its passwords made anew at each start) no
//! password is asked, so that `riserbo view 35 --as agent-1` just shows what a role sees. Who can
//! read that directory has its key file too.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use zeroize::Zeroizing;

use super::exit::{Exit, Failure};
use super::prompt;
use crate::app::{App, Ctx};
use crate::service::accounts;
use crate::service::directory::Staff;

/// Who acts.
#[derive(clap::Args, Clone, Debug)]
pub(super) struct SignIn {
    /// Who you are: mail address, or a role that only one account has [default: $RISERBO_AS]
    #[arg(long = "as", value_name = "EMAIL|ROLE")]
    who: Option<String>,
    /// File with your password, instead of $RISERBO_PASSWORD or a question at the terminal
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

impl SignIn {
    /// The signed-in principal's context. `route` is the command with its ids filled in, for the
    /// log: never what was typed.
    pub(super) async fn ctx(&self, app: &Arc<App>, route: &str) -> Result<Ctx, Failure> {
        let name = self.name()?;
        let demo = app.data_dir.join(crate::demo::MARKER).exists();
        let staff = find(app, &name, demo)?;
        if !demo {
            let email = staff.as_ref().map_or(name, |s| s.profile.email.clone());
            let password = self.password(&email)?;
            let staff = accounts::sign_in(app, &email, &password, route).await?;
            return Ok(Ctx::cli(app, staff, route));
        }
        let staff = staff.filter(|s| s.active).ok_or_else(|| {
            Failure::new(
                Exit::Refused,
                "no account of this demo has that address or role: `riserbo user list --as team-lead` \
                 shows them",
            )
        })?;
        Ok(Ctx::cli(app, staff, route))
    }

    /// The address given, for commands that need one.
    pub(super) fn name(&self) -> Result<String, Failure> {
        self.who
            .clone()
            .or_else(|| std::env::var("RISERBO_AS").ok().filter(|v| !v.is_empty()))
            .ok_or_else(|| Failure::usage("say who you are: --as EMAIL, or RISERBO_AS"))
    }

    /// The password of whoever signs in.
    pub(super) fn password(&self, _email: &str) -> Result<Zeroizing<String>, Failure> {
        secret(self.password_file.as_deref(), "RISERBO_PASSWORD", "Password", "--password-file")
    }
}

/// Finds who is meant. An address is taken as it is: whether it exists is not told before the
/// password fits.
fn find(app: &App, name: &str, demo: bool) -> Result<Option<Arc<Staff>>, Failure> {
    if name.contains('@') {
        return Ok(app.people.by_email(name));
    }
    let mut having = app
        .people
        .all()
        .into_iter()
        .filter(|s| s.active && s.principal.roles.iter().any(|role| role.as_str() == name));
    let first = having.next();
    if first.is_none() {
        return Err(Failure::new(
            Exit::Refused,
            "nobody has that role: give a mail address, or a role such as agent-1",
        ));
    }
    if !demo && having.next().is_some() {
        return Err(Failure::usage("several people have that role: give your mail address"));
    }
    Ok(first)
}

/// A secret from a file, from the environment, or from the terminal.
pub(super) fn secret(
    file: Option<&Path>,
    variable: &str,
    question: &str,
    option: &str,
) -> Result<Zeroizing<String>, Failure> {
    if let Some(file) = file {
        let text = std::fs::read_to_string(file).map(Zeroizing::new).map_err(|e| {
            Failure::usage(format!("{} can't be read ({})", file.display(), e.kind()))
        })?;
        return Ok(Zeroizing::new(text.trim_end_matches(['\r', '\n']).to_owned()));
    }
    if let Ok(text) = std::env::var(variable) {
        return Ok(Zeroizing::new(text));
    }
    prompt::password(question)?.ok_or_else(|| {
        Failure::usage(format!(
            "there is no terminal to ask for a password: set {variable}, or give {option}"
        ))
    })
}
