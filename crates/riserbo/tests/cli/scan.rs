//! `riserbo scan` on files, folders, streams and records.

use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use crate::desk::{Ran, program, ran};

const CARD: &str = "4111 1111 1111 1111";

fn scan(args: &[&str], dir: &Path) -> Ran {
    ran(program().arg("scan").args(args).current_dir(dir))
}

fn piped(args: &[&str], input: &[u8]) -> Ran {
    let mut child = program()
        .arg("scan")
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input).is_ok());
    let done = child.wait_with_output().unwrap();
    writer.join().unwrap();
    Ran {
        code: done.status.code().unwrap(),
        out: String::from_utf8(done.stdout).unwrap(),
        err: String::from_utf8(done.stderr).unwrap(),
    }
}

#[test]
fn found_nothing_and_unreadable_have_codes_of_their_own() {
    let tmp = tempfile::tempdir().unwrap();
    std::fs::write(tmp.path().join("a.txt"), format!("my card {CARD}\n")).unwrap();
    std::fs::write(tmp.path().join("b.txt"), "nothing to see\n").unwrap();
    scan(&["a.txt"], tmp.path()).code(1).says("a.txt:1:9  credit_card").never_says("4111");
    scan(&["b.txt"], tmp.path()).code(0).says("nothing found in 1 file");
    scan(&["a.txt", "missing.txt"], tmp.path()).code(2).says("missing.txt");
    scan(&["--show", "a.txt"], tmp.path()).code(1).says(CARD);
    scan(&["--kind", "iban", "a.txt"], tmp.path()).code(0);
    scan(&["--kind", "nonsense", "a.txt"], tmp.path()).code(2).says("credit_card");
    let quiet = scan(&["--quiet", "a.txt"], tmp.path()).code(1);
    assert!(quiet.out.is_empty() && quiet.err.is_empty());
}

#[test]
fn what_is_not_read_is_named() {
    let tmp = tempfile::tempdir().unwrap();
    std::fs::write(tmp.path().join("image.png"), b"\x89PNG\r\n\x1a\n\0\0").unwrap();
    std::fs::write(tmp.path().join("blob"), b"a\0b").unwrap();
    std::fs::write(tmp.path().join("ok.txt"), "hello\n").unwrap();
    scan(&["."], tmp.path()).code(0).says("image.png: not read (an image)").says("2 not read");
    let json = scan(&["--json", "."], tmp.path()).code(0).json();
    assert_eq!(json["not_read"].as_array().unwrap().len(), 2);
    assert_eq!(json["summary"]["files"], 1);
}

#[test]
fn json_holds_places_and_masks_but_no_value() {
    let found = piped(&["--json"], format!("uno\nscrivi a pina@posta.example {CARD}").as_bytes());
    let json = found.code(1).never_says("4111").never_says("pina@").json();
    assert_eq!(json["summary"]["found"], 2);
    assert_eq!(json["findings"][1]["line"], 2);
    assert_eq!(json["findings"][1]["mask"], "•••• 1111");
}

#[test]
fn records_are_answered_in_order_with_their_ids() {
    let mut input = String::new();
    for n in 0..3000 {
        input.push_str(&format!("{{\"id\":\"r{n}\",\"text\":\"è la carta {CARD}\"}}\n"));
    }
    input.push_str("{\"id\":9,\"turns\":[{\"role\":\"user\",\"text\":\"ciao\"}]}\n");
    let found = piped(&["--jsonl"], input.as_bytes()).code(0);
    let lines: Vec<&str> = found.out.lines().collect();
    assert_eq!(lines.len(), 3001);
    let first: serde_json::Value = serde_json::from_str(lines[2999]).unwrap();
    assert_eq!(first["id"], "r2999");
    assert_eq!(
        (first["spans"][0]["start"].as_u64(), first["spans"][0]["end"].as_u64()),
        (Some(11), Some(30))
    );
    assert_eq!(lines[3000], r#"{"id":9,"turns":[{"spans":[]}]}"#);
    let broken = piped(&["--jsonl"], b"{\"id\":1,\"text\":\"a\"}\nsecret words\n").code(2);
    let broken = broken.says("line 2").never_says("secret");
    assert_eq!(broken.out.lines().count(), 1);
}

#[test]
fn the_labelled_data_are_answered_whole() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/pii");
    if !dir.is_dir() {
        eprintln!("skipped: ../shared/data/pii is not here");
        return;
    }
    for (name, lines) in [("cx_dev", 521), ("cx_dev.conv", 40)] {
        let file = format!("{name}.jsonl.gz");
        let found = scan(&["--jsonl", &file], &dir).code(0);
        assert!(found.out.lines().count() >= lines.min(20), "{name}");
        for line in found.out.lines() {
            let answer: serde_json::Value = serde_json::from_str(line).unwrap();
            assert!(answer["spans"].is_array() || answer["turns"].is_array());
        }
    }
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let text = format!("my card {CARD}\n").repeat(200_000);
    let tmp = tempfile::tempdir().unwrap();
    std::fs::write(tmp.path().join("many.txt"), text).unwrap();
    let mut child = program()
        .args(["scan", "many.txt"])
        .current_dir(tmp.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let done = child.wait_with_output().unwrap();
    assert_eq!(done.status.code(), Some(0));
    assert!(done.stderr.is_empty(), "{}", String::from_utf8_lossy(&done.stderr));
}

/// Peak memory of the program, in KiB, while it reads what `input` writes.
fn peak(megabytes: usize) -> u64 {
    let mut child = program()
        .args(["scan", "--quiet"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let block = "no value in these words; ".repeat(42_000);
    for _ in 0..megabytes {
        stdin.write_all(block.as_bytes()).unwrap();
    }
    // Before its end is told, it is still there to be asked.
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    drop(stdin);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let line = status.lines().find(|l| l.starts_with("VmHWM")).unwrap().to_owned();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn a_stream_without_line_ends_is_read_in_flat_memory() {
    let (small, large) = (peak(40), peak(160));
    assert!(large < small + 40_000, "{small} KiB for 40 MB, {large} KiB for 160 MB");
    assert!(large < 250_000, "{large} KiB");
}
