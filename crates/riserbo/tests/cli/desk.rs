//! A desk for tests of the command line: a data directory, its people, and the program itself.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The password of everybody here.
pub(crate) const PASSWORD: &str = "correct horse battery staple";
/// The first account: lead, mover and auditor in one.
pub(crate) const LEAD: &str = "lead@desk.example";

/// How a command ended.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// It must have ended so.
    #[track_caller]
    pub(crate) fn code(self, wanted: i32) -> Ran {
        assert_eq!(self.code, wanted, "\nstdout: {}\nstderr: {}", self.out, self.err);
        self
    }

    /// All that it said must hold this.
    #[track_caller]
    pub(crate) fn says(self, words: &str) -> Ran {
        let said = format!("{}{}", self.out, self.err);
        assert!(said.contains(words), "no {words:?} in: {said}");
        self
    }

    /// Nothing that it said may hold this.
    #[track_caller]
    pub(crate) fn never_says(self, words: &str) -> Ran {
        let said = format!("{}{}", self.out, self.err);
        assert!(!said.contains(words), "{words:?} in: {said}");
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {}", self.out))
    }
}

/// The program, in a clean environment.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_riserbo"));
    for name in ["RISERBO_DATA_DIR", "RISERBO_AS", "RISERBO_PASSWORD", "RISERBO_NEW_PASSWORD"] {
        command.env_remove(name);
    }
    command.env("RUST_LOG", "error").stdin(Stdio::null());
    command
}

/// Runs a command to its end.
pub(crate) fn ran(command: &mut Command) -> Ran {
    let done = command.output().unwrap();
    Ran {
        code: done.status.code().unwrap_or(-1),
        out: String::from_utf8(done.stdout).unwrap(),
        err: String::from_utf8(done.stderr).unwrap(),
    }
}

/// A data directory with its first account, and a folder for files.
pub(crate) struct Desk {
    tmp: tempfile::TempDir,
    data: PathBuf,
}

impl Desk {
    /// Begins a desk.
    pub(crate) fn begin() -> Desk {
        let tmp = tempfile::tempdir().unwrap();
        let data = tmp.path().join("data");
        Desk { tmp, data }.first()
    }

    /// Begins a desk whose data lie elsewhere.
    pub(crate) fn begin_in(data: &Path) -> Desk {
        Desk { tmp: tempfile::tempdir().unwrap(), data: data.to_owned() }.first()
    }

    fn first(self) -> Desk {
        let roles = ["--role", "team-lead", "--role", "migration", "--role", "auditor"];
        let mut command = self.command(&["user", "add", "--first", LEAD, "--name", "Lia Lead"]);
        ran(command.args(roles).env("RISERBO_NEW_PASSWORD", PASSWORD)).code(0);
        self
    }

    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    /// Writes a file beside the data and gives its path.
    pub(crate) fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.tmp.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// A command on this desk.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = program();
        command.args(args).env("RISERBO_DATA_DIR", &self.data).env("RISERBO_PASSWORD", PASSWORD);
        command
    }

    /// Runs a command as the lead.
    pub(crate) fn lead(&self, args: &[&str]) -> Ran {
        ran(self.command(args).env("RISERBO_AS", LEAD))
    }

    /// Makes an account that has set its own password.
    pub(crate) fn account(&self, email: &str, role: &str) {
        let made = self.lead(&["user", "add", email, "--role", role]).code(0);
        let mut command = self.command(&["user", "passwd", "--as", email]);
        command.env("RISERBO_PASSWORD", made.out.trim()).env("RISERBO_NEW_PASSWORD", PASSWORD);
        ran(&mut command).code(0);
    }

    /// Imports files as the lead.
    pub(crate) fn import(&self, paths: &[&Path]) -> Ran {
        let mut args = vec!["import", "--json"];
        args.extend(paths.iter().map(|p| p.to_str().unwrap()));
        self.lead(&args)
    }
}

/// A customer as a row of an export.
pub(crate) fn user(id: u64, name: &str) -> String {
    serde_json::json!({
        "id": id, "name": name, "email": format!("c{id}@posta.example"), "role": "end-user",
        "created_at": "2026-01-02T08:00:00Z", "updated_at": "2026-01-02T08:00:00Z",
    })
    .to_string()
}

/// A ticket with one comment as a row of an export.
pub(crate) fn ticket(id: u64, requester: u64, text: &str) -> serde_json::Value {
    serde_json::json!({
        "id": id, "subject": format!("Ordine {id}"), "requester_id": requester, "status": "open",
        "created_at": "2026-01-03T09:00:00Z", "updated_at": "2026-01-03T09:00:00Z",
        "comments": [{
            "id": 9_000 + id, "author_id": requester, "public": true, "body": text,
            "created_at": "2026-01-03T09:00:00Z",
        }],
    })
}

/// Tickets, one a line.
pub(crate) fn tickets(range: std::ops::Range<u64>) -> String {
    range
        .map(|id| format!("{}\n", ticket(id, 501, &format!("Il pacco {id} non arriva, grazie"))))
        .collect()
}
