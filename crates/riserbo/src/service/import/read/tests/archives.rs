//! Compressed files: cut off, damaged, bombs, archives in archives.

use super::*;

#[test]
fn a_cut_gzip_gives_the_rows_before_the_break_and_one_refusal() {
    let rows: String = (1..2_000).map(ticket).collect();
    let mut packed = gzip(rows.as_bytes());
    packed.truncate(packed.len() / 2);
    let all = Export::new().with("tickets.jsonl.gz", packed).read();
    assert_eq!(all.told(), [(Place::File, "truncated_gzip")]);
    let ids = all.ticket_ids();
    assert!(ids.len() > 500 && ids.len() < 1_999, "{}", ids.len());
    assert!(ids.iter().copied().eq(1..=ids.len() as i64), "whole rows, without a gap");
}

#[test]
fn a_damaged_gzip_is_told() {
    let mut packed = gzip(ticket(1).as_bytes());
    let sum = packed.len() - 6;
    packed[sum] ^= 1;
    let all = Export::new().with("tickets.jsonl.gz", packed).read();
    assert_eq!(all.told(), [(Place::File, "damaged_archive")]);
    let no_gzip = [&[0x1f, 0x8b, 0x08][..], &[0xff; 40]].concat();
    let all = Export::new().with("tickets.jsonl.gz", no_gzip).read();
    assert_eq!(all.refusals.len(), 1);
}

#[test]
fn a_bomb_is_stopped_and_the_census_says_so() {
    let limits = Limits { ratio_grace: 1 << 20, ..Limits::default() };
    let mut rows = ticket(1).into_bytes();
    rows.resize(32 << 20, b' ');
    for (name, bytes) in
        [("a.json.gz", gzip(&rows)), ("a.zip", zipped(&[("a.json", &rows), ("b.json", &rows)]))]
    {
        assert!(bytes.len() < 200_000);
        let all = Export::new().with(name, bytes).read_with(limits);
        assert!(all.census.has_bomb());
        assert!(all.codes().iter().all(|code| *code == "zip_bomb"), "{:?}", all.codes());
    }
    let limits = Limits { max_unpacked: 1_000, ..Limits::default() };
    let all = Export::new().with("a.json.gz", gzip(&rows)).read_with(limits);
    assert_eq!(all.codes(), ["zip_bomb"]);
}

#[test]
fn honest_files_pass_the_meter() {
    let rows: String = (1..5_000).map(ticket).collect();
    let limits = Limits { ratio_grace: 0, ..Limits::default() };
    let all = Export::new().with("tickets.jsonl.gz", gzip(rows.as_bytes())).read_with(limits);
    assert_eq!((all.tickets.len(), all.codes()), (4_999, vec![]));
}

#[test]
fn an_archive_in_an_archive_is_refused() {
    let inner = zipped(&[("tickets.json", ticket(1).as_bytes())]);
    let members: [(&str, &[u8]); 2] =
        [("inner.zip", &inner), ("tickets.json", b"{\"id\":2,\"subject\":\"x\"}")];
    let all = Export::new().with("outer.zip", zipped(&members)).read();
    assert_eq!((all.ticket_ids(), all.codes()), (vec![2], vec!["nested_archive"]));
    for nested in [gzip(&inner), gzip(&gzip(b"{}"))] {
        let all = Export::new().with("a.json.gz", nested).with("t.json", ticket(1)).read();
        assert_eq!(all.codes(), ["nested_archive"]);
    }
}

#[test]
fn members_names_are_labels_and_hidden_ones_are_told() {
    let row = ticket(1);
    let members: [(&str, &[u8]); 4] = [
        ("../../etc/tickets.json", row.as_bytes()),
        ("__MACOSX/._tickets.json", b"x"),
        ("/abs/users.json", b"{\"id\":7,\"email\":5}{\"name\":\"x\",\"role\":\"agent\"}"),
        ("readme.txt", b"hello"),
    ];
    let all = Export::new().with("e.zip", zipped(&members)).read();
    assert_eq!((all.ticket_ids(), all.users.len()), (vec![1], 1));
    let mut codes = all.codes();
    codes.sort_unstable();
    assert_eq!(codes, ["hidden_file", "missing_id", "unknown_file"]);
    let label = &all.refusals.last().unwrap().file;
    assert!(label.ends_with("e.zip!/abs/users.json"), "{label}");
}

#[test]
fn a_broken_zip_is_refused_whole() {
    let mut packed = zipped(&[("tickets.json", ticket(1).as_bytes())]);
    packed.truncate(packed.len() - 10);
    let all = Export::new().with("e.zip", packed).with("u.json", ticket(5)).read();
    assert_eq!((all.ticket_ids(), all.told()), (vec![5], vec![(Place::File, "damaged_archive")]));
}

#[test]
fn what_a_folder_hides_is_told() {
    let all = Export::new()
        .with("tickets.jsonl", ticket(1))
        .with(".DS_Store", "x")
        .with("deep/er/users.json", r#"[{"id":7,"name":"x"}]"#)
        .with("deep/notes.md", "x")
        .read();
    assert_eq!((all.tickets.len(), all.users.len()), (1, 1));
    assert_eq!(all.codes(), ["hidden_file", "unknown_file"]);
}
