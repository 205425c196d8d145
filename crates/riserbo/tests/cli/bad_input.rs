//! Bad input and bad surroundings: a clear message with what to do, an exit code, nothing
//! half-written; running it again completes what was begun.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use crate::desk::{Desk, LEAD, Ran, ran, ticket, tickets, user};

/// A word that stands in refused rows, and must not stand in any message.
const SECRET: &str = "Zuccherofilato";

fn reasons(report: &Ran) -> Vec<String> {
    let json = report.json();
    let refused = json["refused"].as_array().unwrap();
    refused.iter().map(|r| r["code"].as_str().unwrap().to_owned()).collect()
}

fn new_tickets(report: &Ran) -> u64 {
    report.json()["tickets"]["new"].as_u64().unwrap()
}

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

/// The desk's stores hold together: the log verifies, the doctor is content.
#[track_caller]
fn sound(desk: &Desk) {
    desk.lead(&["log", "verify"]).code(0);
    desk.lead(&["doctor"]).code(0);
}

#[test]
fn a_truncated_gz_is_told_and_the_whole_file_completes_it() {
    let desk = Desk::begin();
    let users = desk.file("users.jsonl", user(501, "Pina Quarta"));
    let mut rows = String::new();
    for n in 0..600u64 {
        let noise = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        writeln!(rows, "{}", ticket(100 + n, 501, &format!("Pacco {noise:x} perso"))).unwrap();
    }
    let whole = gz(rows.as_bytes());
    let cut = desk.file("tickets.jsonl.gz", &whole[..whole.len() / 2]);
    let report = desk.import(&[&users, &cut]).code(3);
    assert!(reasons(&report).contains(&"truncated_gzip".to_owned()));
    let before = new_tickets(&report);
    assert!(before < 600);
    sound(&desk);
    let whole = desk.file("tickets.jsonl.gz", &whole);
    let report = desk.import(&[&users, &whole]).code(0);
    assert_eq!(before + new_tickets(&report), 600);
}

#[test]
fn broken_utf8_costs_its_row_only_and_is_told_by_line() {
    let desk = Desk::begin();
    let mut rows = user(501, "Pina Quarta").into_bytes();
    rows.extend(b"\n{\"id\":502,\"name\":\"");
    rows.extend(SECRET.as_bytes());
    rows.extend(b" \xff\xfe\",\"email\":\"x@y.example\"}\n");
    rows.extend(user(503, "Ugo Terzo").into_bytes());
    let users = desk.file("users.jsonl", rows);
    let report = desk.import(&[&users]).code(3).never_says(SECRET);
    assert_eq!(reasons(&report), ["not_utf8"]);
    let json = report.json();
    assert_eq!(json["refused"][0]["place"], "line 2");
    assert_eq!(json["users"]["new"], 2);
    desk.lead(&["import", users.to_str().unwrap()]).code(3).says("line 2").never_says(SECRET);
}

#[test]
fn a_line_of_50_mb_is_passed_over() {
    let desk = Desk::begin();
    let mut rows = tickets(10..12).into_bytes();
    rows.extend(b"{\"id\":12,\"subject\":\"");
    rows.resize(rows.len() + (50 << 20), b'x');
    rows.extend(b"\"}\n");
    rows.extend(tickets(13..15).into_bytes());
    let users = desk.file("users.jsonl", user(501, "Pina Quarta"));
    let file = desk.file("tickets.jsonl", rows);
    let report = desk.import(&[&users, &file]).code(3).says("longer than the limit");
    assert_eq!(reasons(&report), ["too_long"]);
    assert_eq!(new_tickets(&report), 4);
    sound(&desk);
}

#[test]
fn of_rows_with_one_id_the_newest_is_taken_and_the_other_told() {
    let desk = Desk::begin();
    let mut newer = ticket(35, 501, "Il secondo testo");
    newer["updated_at"] = "2026-02-01T00:00:00Z".into();
    newer["subject"] = "Seconda versione".into();
    let older = ticket(35, 501, "Il primo testo");
    let users = desk.file("users.jsonl", user(501, "Pina Quarta"));
    let file = desk.file("tickets.jsonl", format!("{newer}\n{older}\n"));
    let report = desk.import(&[&users, &file]).code(3);
    assert_eq!(reasons(&report), ["duplicate_id"]);
    desk.lead(&["view", "35"]).code(0).says("Seconda versione");
}

#[test]
fn odd_rows_are_taken_and_noted() {
    let desk = Desk::begin();
    let mut orphan = ticket(35, 501, "Senza mittente");
    orphan.as_object_mut().unwrap().remove("requester_id");
    orphan["comments"][0].as_object_mut().unwrap().remove("author_id");
    let mut future = ticket(36, 501, "Dal futuro");
    future["created_at"] = "2126-01-01T00:00:00Z".into();
    let users = desk.file("users.jsonl", user(501, "Pina\u{0}Quarta"));
    let file = desk.file("tickets.jsonl", format!("{orphan}\n{future}\n"));
    let report = desk.import(&[&users, &file]).code(0).never_says("Pina");
    let notes = report.json()["notes"].clone();
    for note in ["missing_requester", "future_date", "nul_replaced"] {
        assert!(notes[note].as_u64().is_some(), "{note} in {notes}");
    }
    desk.lead(&["view", "35"]).code(0).says("Senza mittente");
    desk.lead(&["view", "36"]).code(0).says("Pina\u{fffd}Quarta");
    sound(&desk);
}

#[test]
fn html_with_scripts_is_inert() {
    let desk = Desk::begin();
    let html = "<p>Buongiorno <b>a tutti</b></p><script>steal('everything')</script>\
                <img src=x onerror=\"steal('more')\"><a href=\"javascript:steal()\">qui</a>";
    let mut row = ticket(35, 501, "");
    row["comments"][0]["body"] = serde_json::Value::Null;
    row["comments"][0]["html_body"] = html.into();
    let users = desk.file("users.jsonl", user(501, "Pina Quarta"));
    let file = desk.file("tickets.jsonl", row.to_string());
    desk.import(&[&users, &file]).code(0);
    let seen = desk.lead(&["view", "35"]).code(0).says("Buongiorno a tutti").says("qui");
    for bad in ["<", "script", "steal", "onerror", "javascript"] {
        assert!(!seen.out.contains(bad), "{bad} in {}", seen.out);
    }
    desk.lead(&["view", "35", "--json"]).code(0).never_says("steal").never_says("<script");
}

#[test]
fn a_zip_bomb_is_stopped() {
    let desk = Desk::begin();
    let mut bomb = br#"{"id":1,"subject":""#.to_vec();
    bomb.resize(100 << 20, b'x');
    let file = desk.file("bomb.jsonl.gz", gz(&bomb));
    let good = desk.file("users.jsonl", user(501, "Pina Quarta"));
    let report = desk.import(&[&file, &good]).code(3).says("zip bomb");
    assert!(reasons(&report).contains(&"zip_bomb".to_owned()));
    assert_eq!(report.json()["users"]["new"], 1);
}

#[test]
fn paths_that_are_not_there_are_told_before_anything_is_written() {
    let desk = Desk::begin();
    desk.import(&[Path::new("no-such-export")]).code(2).says("no-such-export");
    let empty = desk.file("empty/readme.md", "nothing").parent().unwrap().to_owned();
    desk.import(&[&empty]).code(2).says("nothing to read");
}

#[test]
fn import_needs_the_right_and_says_which_account_has_it() {
    let desk = Desk::begin();
    desk.account("anna@desk.example", "agent-1");
    let users = desk.file("users.jsonl", user(501, "Pina Quarta"));
    let mut command = desk.command(&["import", users.to_str().unwrap()]);
    ran(command.env("RISERBO_AS", "anna@desk.example")).code(6).says("migration");
}

#[test]
fn a_wrong_or_missing_key_file_opens_nothing_and_loses_nothing() {
    let desk = Desk::begin();
    let other = Desk::begin();
    let (key, foreign) = (desk.data().join("keys/root.key"), other.data().join("keys/root.key"));
    let right = std::fs::read(&key).unwrap();
    std::fs::write(&key, std::fs::read(foreign).unwrap()).unwrap();
    desk.lead(&["user", "list"]).code(5).says("root key");
    desk.lead(&["doctor"]).code(1).says("→");
    std::fs::write(&key, &right[..right.len() / 2]).unwrap();
    desk.lead(&["user", "list"]).code(5).says("restore it");
    std::fs::remove_file(&key).unwrap();
    desk.lead(&["user", "list"]).code(5).says("put it back");
    assert!(!key.exists(), "no new key beside keys that it would not open");
    std::fs::write(&key, right).unwrap();
    std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    desk.lead(&["user", "list"]).code(0).says(LEAD);
}

#[test]
fn a_database_of_a_newer_version_is_left_alone() {
    let desk = Desk::begin();
    let file = desk.data().join("data.db");
    sql(
        &file,
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, \
                execution_time) VALUES (99, 'later', 1, x'00', 0)",
    );
    let before = std::fs::read(&file).unwrap();
    desk.lead(&["user", "list"]).code(5).says("newer than this program");
    desk.lead(&["doctor"]).code(1).says("version 99");
    assert_eq!(std::fs::read(&file).unwrap(), before);
    sql(&file, "DELETE FROM _sqlx_migrations WHERE version = 99");
    desk.lead(&["user", "list"]).code(0);
}

/// Runs a statement on a database file.
fn sql(file: &Path, statement: &'static str) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let db = riserbo::store::db::Db::sqlite(file, true, 1).await.unwrap();
        db.exec(statement, vec![]).await.unwrap();
        db.close().await;
    });
}

#[test]
fn a_wrong_configuration_is_told_by_file_and_line() {
    let desk = Desk::begin();
    std::fs::write(desk.data().join("riserbo.toml"), "[server]\nlisten_at = \"x\"\n").unwrap();
    desk.lead(&["user", "list"]).code(5).says("riserbo.toml").says("line 2");
    desk.lead(&["doctor"]).code(1).says("riserbo.toml");
}

/// A small file system in memory, unmounted at the end.
struct Small(tempfile::TempDir);

impl Small {
    fn mount(options: &str) -> Option<Small> {
        let dir = tempfile::tempdir().unwrap();
        let done = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", options, "tmpfs"])
            .arg(dir.path())
            .output();
        match done {
            Ok(done) if done.status.success() => Some(Small(dir)),
            _ => None,
        }
    }

    fn grow(&self, size: &str) {
        let done = std::process::Command::new("mount")
            .args(["-o", &format!("remount,size={size}")])
            .arg(self.0.path())
            .status()
            .unwrap();
        assert!(done.success());
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg(self.0.path()).status();
    }
}

#[test]
fn a_full_disk_stops_an_import_and_the_next_run_completes_it() {
    let Some(small) = Small::mount("size=8m") else {
        eprintln!("skipped: a tmpfs can't be mounted here (it needs root)");
        return;
    };
    let desk = Desk::begin_in(&small.0.path().join("data"));
    let users = desk.file("users.jsonl", user(501, "Pina Quarta"));
    let file = desk.file("tickets.jsonl", tickets(100..6_100));
    let stopped = desk.import(&[&users, &file]).code(5).says("full");
    stopped.says("again").never_says("Quarta");
    small.grow("64m");
    let report = desk.import(&[&users, &file]).code(0);
    let counts = &report.json()["tickets"];
    let of = |name: &str| counts[name].as_u64().unwrap();
    assert_eq!(of("new") + of("unchanged") + of("updated"), 6_000);
    assert!(of("new") > 0);
    desk.lead(&["view", "6099"]).code(0).says("Il pacco 6099");
    desk.lead(&["log", "verify"]).code(0);
    let again = desk.import(&[&users, &file]).code(0);
    assert_eq!(new_tickets(&again), 0);
}
