//! The command line, as somebody at a terminal or a script meets it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::Stdio;

use crate::desk::{Desk, LEAD, PASSWORD, program, ran, ticket, user};

const CARD: &str = "4111 1111 1111 1111";

fn with_one_ticket() -> Desk {
    let desk = Desk::begin();
    let text = format!("Sono Pina Quarta, carta {CARD} addebitata due volte");
    let users = desk.file("users.jsonl", user(501, "Pina Quarta"));
    let tickets = desk.file("tickets.jsonl", ticket(35, 501, &text).to_string());
    desk.import(&[&users, &tickets]).code(0);
    desk
}

#[test]
fn help_shows_the_main_job_first_and_wrong_usage_is_code_2() {
    let help = ran(program().arg("--help")).code(0);
    assert!(help.out.find("  demo ").unwrap() < help.out.find("  doctor ").unwrap());
    ran(program().arg("--version")).code(0).says("riserbo ");
    ran(program().arg("vieww")).code(2);
    ran(&mut program()).code(2);
}

#[test]
fn every_command_has_help_with_an_example() {
    for name in
        ["demo", "serve", "import", "view", "search", "scan", "log", "user", "token", "doctor"]
    {
        ran(program().args([name, "--help"])).code(0).says("Examples:");
    }
}

#[test]
fn a_directory_without_a_desk_is_left_alone() {
    let tmp = tempfile::tempdir().unwrap();
    let dir = tmp.path().join("typo");
    let mut command = program();
    command.args(["view", "35", "--as", "x@y.example", "--data-dir"]).arg(&dir);
    ran(&mut command).code(5).says("there is no desk").says("--first");
    assert!(!dir.exists());
}

#[test]
fn the_first_account_is_made_once() {
    let desk = Desk::begin();
    let mut again =
        desk.command(&["user", "add", "--first", "b@desk.example", "--role", "key-admin"]);
    ran(again.env("RISERBO_NEW_PASSWORD", PASSWORD)).code(6).says("already");
    let short = tempfile::tempdir().unwrap();
    let mut first = program();
    first.args(["user", "add", "--first", LEAD, "--role", "team-lead", "--data-dir"]);
    first.arg(short.path().join("d")).env("RISERBO_NEW_PASSWORD", "short");
    ran(&mut first).code(2).says("15 characters");
}

#[test]
fn without_a_terminal_nothing_is_asked() {
    let desk = Desk::begin();
    let mut command = desk.command(&["user", "list", "--as", LEAD]);
    // In a session of its own there is no terminal, whoever runs the tests.
    let mut alone = std::process::Command::new("setsid");
    alone.arg("--wait").arg(command.get_program()).args(command.get_args());
    alone.env("RISERBO_DATA_DIR", desk.data()).env_remove("RISERBO_PASSWORD");
    alone.stdin(Stdio::null());
    match alone.output() {
        Ok(done) => {
            assert_eq!(done.status.code(), Some(2));
            assert!(String::from_utf8_lossy(&done.stderr).contains("RISERBO_PASSWORD"));
        }
        Err(_) => eprintln!("skipped: setsid is not here"),
    }
    ran(command.env("RISERBO_PASSWORD", "wrong")).code(6).says("wrong");
}

#[test]
fn a_start_password_only_serves_to_set_ones_own() {
    let desk = Desk::begin();
    let made = desk.lead(&["user", "add", "anna@desk.example", "--role", "agent-1"]).code(0);
    let start = made.out.trim().to_owned();
    assert_eq!(start.len(), 24);
    let anna = |args: &[&str], password: &str| {
        let mut command = desk.command(args);
        command.env("RISERBO_AS", "anna@desk.example").env("RISERBO_PASSWORD", password);
        ran(command.env("RISERBO_NEW_PASSWORD", PASSWORD))
    };
    anna(&["search", "pacco"], &start).code(6);
    anna(&["user", "passwd"], "not the start password").code(6);
    anna(&["user", "passwd"], &start).code(0);
    anna(&["search", "pacco"], PASSWORD).code(0);
    anna(&["search", "pacco"], &start).code(6);
    desk.lead(&["user", "suspend", "anna@desk.example"]).code(0);
    anna(&["search", "pacco"], PASSWORD).code(6);
    desk.lead(&["user", "resume", "anna@desk.example"]).code(0);
    anna(&["search", "pacco"], PASSWORD).code(0);
    desk.lead(&["user", "suspend", LEAD]).code(2).says("nobody suspends themselves");
}

#[test]
fn a_ticket_is_drawn_as_the_role_sees_it() {
    let desk = with_one_ticket();
    desk.account("anna@desk.example", "agent-1");
    let view = |who: &str, extra: &[&str]| {
        let mut command = desk.command(&["view", "35"]);
        ran(command.args(extra).env("RISERBO_AS", who)).code(0)
    };
    let agent = view("anna@desk.example", &[]).never_says("4111").never_says("Quarta");
    assert!(
        agent.out.contains("#35") && agent.out.contains("🔒") && agent.out.contains("Cliente ")
    );
    assert!(!agent.out.contains('\u{1b}'), "no colours in a pipe");
    view(LEAD, &[]).says(CARD).says("Pina Quarta");
    let json = view("anna@desk.example", &["--json"]).never_says("4111").json();
    let parts = json["comments"][0]["parts"].as_array().unwrap();
    let card = parts.iter().find(|p| p["kind"] == "credit_card").unwrap();
    assert_eq!(
        (card["level"].as_str(), card["category"].as_str()),
        (Some("hidden"), Some("payment"))
    );
    let mut unknown = desk.command(&["view", "36"]);
    ran(unknown.env("RISERBO_AS", LEAD)).code(6).says("not found");
}

#[test]
fn a_role_stands_for_its_only_account_and_demo_directories_ask_no_password() {
    let desk = with_one_ticket();
    let bare = |role: &str| {
        let mut command = desk.command(&["view", "35", "--as", role]);
        ran(command.env("RISERBO_PASSWORD", "wrong"))
    };
    bare("team-lead").code(6);
    bare("no-such-role").code(6).says("nobody has that role");
    std::fs::write(desk.data().join("demo"), "").unwrap();
    bare("team-lead").code(0).says("#35");
}

#[test]
fn search_finds_what_is_seen() {
    let desk = with_one_ticket();
    desk.account("anna@desk.example", "agent-1");
    let mut command = desk.command(&["search", "addebitata", "--json"]);
    let found = ran(command.env("RISERBO_AS", "anna@desk.example")).code(0).never_says("4111");
    assert_eq!(found.json()["hits"][0]["id"], 35);
}

#[test]
fn tokens_are_shown_once() {
    let desk = Desk::begin();
    let made = desk.lead(&["token", "create", "--label", "reports", "--scope", "read"]).code(0);
    let text = made.out.trim().to_owned();
    assert!(text.starts_with("rsb_"));
    let list = desk.lead(&["token", "list", "--json"]).code(0).never_says(&text).json();
    assert_eq!(
        (list[0]["label"].as_str(), list[0]["state"].as_str()),
        (Some("reports"), Some("live"))
    );
    let id = list[0]["id"].to_string();
    desk.lead(&["token", "revoke", &id]).code(0);
    desk.lead(&["token", "revoke", &id]).code(6);
    desk.lead(&["token", "list"]).code(0).says("revoked");
}

#[test]
fn the_log_is_verified_offline_and_tells_of_every_command() {
    let desk = with_one_ticket();
    desk.lead(&["view", "35"]).code(0);
    let key = desk.lead(&["log", "key"]).code(0).out;
    let log = desk.data().join("log");
    let mut offline = program();
    offline.args(["log", "verify", "--key", key.trim()]).arg(&log);
    ran(&mut offline).code(0).says("ok: ");
    let export = desk.lead(&["log", "export"]).code(0).never_says("Quarta");
    let actions: Vec<String> = export
        .out
        .lines()
        .map(|l| serde_json::from_str::<serde_json::Value>(l).unwrap()["action"].to_string())
        .collect();
    for action in ["create_staff", "import_started", "import_finished", "view_ticket"] {
        assert!(actions.contains(&format!("\"{action}\"")), "{action} in {actions:?}");
    }
    let proof = desk.lead(&["log", "prove", "0"]).code(0).says("checked");
    assert!(proof.out.starts_with("c2sp.org/tlog-proof@v1\nindex 0\n"));
    flip(&journal(&desk));
    let report = ran(offline.arg("--json")).code(1).json();
    assert_eq!(report["ok"], false);
    assert!(report["problem"]["reason"].is_string());
}

/// The newest journal of the log.
fn journal(desk: &Desk) -> std::path::PathBuf {
    let log = std::fs::read_dir(desk.data().join("log")).unwrap();
    let journals = log.map(|entry| entry.unwrap().path());
    journals.filter(|p| p.to_string_lossy().contains("journal-")).max().unwrap()
}

/// Changes one byte in the middle of a file.
fn flip(file: &std::path::Path) {
    let mut bytes = std::fs::read(file).unwrap();
    let at = bytes.len() / 2;
    bytes[at] ^= 1;
    std::fs::write(file, bytes).unwrap();
}

#[test]
fn the_doctor_finds_what_is_wrong_and_changes_nothing() {
    let desk = with_one_ticket();
    let well = desk.lead(&["doctor"]).code(0).says("all is well").never_says("Quarta");
    assert!(well.out.contains("access log") && well.out.contains("store id"));
    let key = desk.data().join("keys/root.key");
    mode(&key, 0o644);
    desk.lead(&["doctor"]).code(1).says("BAD").says("chmod 600");
    mode(&key, 0o600);
    flip(&journal(&desk));
    let found = desk.lead(&["doctor", "--json"]).code(1).json();
    let bad: Vec<_> = found.as_array().unwrap().iter().filter(|f| f["mark"] == "bad").collect();
    assert_eq!(bad.len(), 1);
    assert_eq!(bad[0]["check"], "access log");
    assert!(bad[0]["mend"].is_string());
}

fn mode(file: &std::path::Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(file, PermissionsExt::from_mode(mode)).unwrap();
}

#[test]
fn a_running_server_keeps_the_directory_and_its_port() {
    let desk = with_one_ticket();
    let mut server = desk
        .command(&["serve", "--port", "0", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
    let ready: serde_json::Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    let port = ready["url"].as_str().unwrap().rsplit(':').next().unwrap().to_owned();
    desk.lead(&["view", "35"]).code(4).says("in use by another riserbo process");
    desk.lead(&["log", "verify"]).code(0);
    desk.lead(&["doctor"]).code(0);
    let other = Desk::begin();
    other.lead(&["serve", "--port", &port]).code(4).says("--port");
    let mut socket = std::net::TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
    socket.write_all(b"GET /api/v2/users/me.json HTTP/1.0\r\nHost: localhost\r\n\r\n").unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.") && answer.contains(" 401 "), "{answer}");
    let id = server.id().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    assert_eq!(server.wait().unwrap().code(), Some(0));
    desk.lead(&["view", "35"]).code(0);
}

#[test]
fn a_server_open_to_the_network_is_refused() {
    let desk = Desk::begin();
    desk.lead(&["serve", "--listen", "0.0.0.0:0"]).code(2).says("in clear");
}

#[test]
fn the_demo_says_address_and_accounts_in_one_line() {
    let tmp = tempfile::tempdir().unwrap();
    let mut command = program();
    command.args(["demo", "--port", "0", "--json", "--no-serve", "--tickets", "20", "--data-dir"]);
    let line = ran(command.arg(tmp.path().join("demo"))).code(0);
    assert_eq!(line.out.lines().count(), 1);
    let accounts = line.json()["accounts"].as_array().unwrap().len();
    assert_eq!(accounts, 10);
}

#[test]
fn completions_are_written_for_each_shell() {
    for shell in ["bash", "zsh", "fish"] {
        ran(program().args(["completions", shell])).code(0).says("riserbo").says("doctor");
    }
    let script = ran(program().args(["completions", "bash"])).out;
    let mut check = std::process::Command::new("bash");
    check.args(["-n", "/dev/stdin"]).stdin(Stdio::piped());
    if let Ok(mut child) = check.spawn() {
        child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success());
    }
}
