//! The splitter: forms, borders, and what broken files cost.

use super::*;
use std::io::{BufReader, Read};

fn pieces_of(text: &[u8], limits: Limits, lines: bool) -> Vec<(String, Piece)> {
    let mut splitter = Splitter::new(BufReader::with_capacity(7, text), &limits, lines);
    let mut out = Vec::new();
    while let Some(piece) = splitter.next().unwrap() {
        let row = match piece {
            Piece::Row(..) => String::from_utf8_lossy(splitter.row()).into_owned(),
            Piece::Refused(..) => String::new(),
        };
        out.push((row, piece));
    }
    out
}

fn rows(text: &str) -> Vec<String> {
    pieces_of(text.as_bytes(), Limits::default(), false)
        .into_iter()
        .filter(|(_, piece)| matches!(piece, Piece::Row(..)))
        .map(|(row, _)| row)
        .collect()
}

fn refusals(text: &str, lines: bool) -> Vec<(Place, &'static str)> {
    pieces_of(text.as_bytes(), Limits::default(), lines)
        .into_iter()
        .filter_map(|(_, piece)| match piece {
            Piece::Refused(_, place, reason) => Some((place, reason.code())),
            Piece::Row(..) => None,
        })
        .collect()
}

fn nouns(text: &str) -> Vec<Option<Noun>> {
    pieces_of(text.as_bytes(), Limits::default(), false)
        .into_iter()
        .filter_map(|(_, piece)| match piece {
            Piece::Row(noun, _) => Some(noun),
            Piece::Refused(..) => None,
        })
        .collect()
}

#[test]
fn every_form_gives_the_same_rows() {
    let wanted = vec![r#"{"id":1}"#.to_owned(), r#"{"id":2}"#.to_owned()];
    for text in [
        "{\"id\":1}\n{\"id\":2}\n",
        "{\"id\":1}\r\n\r\n{\"id\":2}",
        "\u{feff}{\"id\":1}\n{\"id\":2}",
        "{\"id\":1}{\"id\":2}",
        "[{\"id\":1},{\"id\":2}]",
        "[\n  {\"id\":1},\n  {\"id\":2}\n]\n",
        "[\n{\"id\":1},\n{\"id\":2}\n]",
        "[{\"id\":1}]\n[{\"id\":2}]",
        r#"{"tickets":[{"id":1},{"id":2}],"count":2,"next_page":null}"#,
        r#"{"count":2,"meta":{"has_more":false},"tickets":[{"id":1},{"id":2}]}"#,
        "{\n \"tickets\": [\n  {\"id\":1},\n  {\"id\":2}\n ],\n \"count\": 2\n}\n",
        "{\"tickets\":[{\"id\":1}]}\n{\"tickets\":[{\"id\":2}],\"end_of_stream\":true}\n",
        "{\n\"tickets\":[{\"id\":1}]\n}\n{\n\"tickets\":[{\"id\":2}]\n}",
        r#"{"tickets":[],"users":[{"id":1},{"id":2}]}"#,
        "{\"tickets\":[{\"id\":1}]}\n{\n \"tickets\": [\n{\"id\":2}]}\n",
    ] {
        assert_eq!(rows(text), wanted, "{text}");
        assert_eq!(refusals(text, false), vec![], "{text}");
    }
    assert_eq!(refusals("[\n{\"id\":1},\n{\"id\":2}\n]", true), vec![]);
    assert_eq!(refusals("{\n \"id\": 1,\n \"x\":[\n1]\n}\n", true), vec![]);
}

#[test]
fn a_page_says_what_its_rows_are() {
    let page = r#"{"tickets":[{"id":1}],"users":[{"id":2}],"results":[{"id":3}]}"#;
    assert_eq!(nouns(page), vec![Some(Noun::Ticket), Some(Noun::User), None]);
}

#[test]
fn comments_before_the_id_make_a_ticket_and_comments_with_tickets_make_a_page() {
    let ticket = r#"{"comments":[{"id":5},{"id":6}],"id":1}"#;
    assert_eq!(rows(ticket), vec![ticket.to_owned()]);
    let empty = r#"{"comments": [],"id":1}"#;
    assert_eq!(rows(empty).len(), 1);
    let page = r#"{"comments":[{"id":5,"ticket_id":1},{"id":6,"ticket_id":1}],"count":2}"#;
    assert_eq!(nouns(page), vec![Some(Noun::Comment), Some(Noun::Comment)]);
    assert_eq!(rows(page).first().unwrap(), r#"{"id":5,"ticket_id":1}"#);
}

#[test]
fn a_page_with_rows_of_an_unknown_noun_says_so_once() {
    let page = r#"{"tickets":[{"id":1}],"audits":[{"id":2},{"id":3}],"facets":null}"#;
    assert_eq!(rows(page).len(), 1);
    assert_eq!(refusals(page, false), vec![(Place::Byte(31), "unknown_noun")]);
}

#[test]
fn a_broken_line_costs_that_line() {
    for broken in
        ["{\"id\":2,\"a\":\"x", "{\"id\":2", "{\"id\":2,\"a\":[", "{\"id\":2}}", "[{\"id\":2}"]
    {
        let text = format!("{{\"id\":1}}\n{broken}\n{{\"id\":3}}\n");
        let found = rows(&text);
        assert!(found.contains(&"{\"id\":1}".to_owned()), "{broken}");
        assert!(found.contains(&"{\"id\":3}".to_owned()), "{broken}");
        let told = refusals(&text, false);
        assert_eq!(told.len(), 1, "{broken}: {told:?}");
    }
    let first = "{\"id\":1,\"comments\":[\n{\"id\":2}\n{\"id\":3}\n";
    assert_eq!(rows(first), vec!["{\"id\":3}".to_owned()]);
    assert_eq!(refusals(first, false), vec![(Place::Line(1), "not_json")]);
    let known = pieces_of(first.as_bytes(), Limits::default(), true);
    assert_eq!(known.len(), 3, "a file that is NDJSON by name loses its first line alone");
}

#[test]
fn a_broken_element_costs_that_element() {
    let text = r#"[{"id":1},{"id":},{"id":3}]"#;
    assert_eq!(rows(text).len(), 3, "its borders are known; the parser refuses it");
    let cut = "[\n{\"id\":1},\n{\"id\":2,\"s\":\"abc\n{\"id\":3},\n{\"id\":4}\n]\n";
    assert_eq!(rows(cut), vec!["{\"id\":1}", "{\"id\":3}", "{\"id\":4}"]);
    assert_eq!(refusals(cut, false), vec![(Place::Byte(28), "broken_json")]);
}

#[test]
fn after_a_broken_page_the_next_page_is_read() {
    let text = "{\n \"tickets\": [\n  {\"id\":1}},\n  {\"id\":2}\n ]\n}\n{\n \"users\": [\n  {\"id\":3}\n ]\n}\n";
    assert_eq!(nouns(text), vec![Some(Noun::Ticket), Some(Noun::User)]);
    assert_eq!(refusals(text, false).len(), 1);
}

#[test]
fn an_odd_first_line_is_a_header_and_a_later_one_is_no_row() {
    let text = "tickets export\n{\"id\":1}\nhello\nnull\n{\"id\":2}\n";
    assert_eq!(rows(text).len(), 2);
    let told = vec![
        (Place::Line(1), "header_line"),
        (Place::Line(3), "not_an_object"),
        (Place::Line(4), "not_an_object"),
    ];
    assert_eq!(refusals(text, false), told);
}

#[test]
fn a_file_that_ends_in_a_row_says_so() {
    assert_eq!(refusals("{\"id\":1}\n{\"id\":2", false), vec![(Place::Line(2), "cut_off")]);
    assert_eq!(refusals("[{\"id\":1},{\"id\"", false), vec![(Place::Item(2), "cut_off")]);
    assert_eq!(refusals("{\"tickets\":[{\"id\":1}", false), vec![(Place::Byte(20), "cut_off")]);
    assert_eq!(refusals("{\"tickets\":[{\"id\":1}]", false), vec![(Place::Byte(21), "cut_off")]);
}

#[test]
fn utf16_is_refused_whole() {
    let text: Vec<u8> = "\u{feff}{\"id\":1}\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let found = pieces_of(&text, Limits::default(), false);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].1, Piece::Refused(None, Place::File, Reason::NotUtf8));
}

#[test]
fn a_row_of_too_many_values_is_refused() {
    let limits = Limits { max_nodes: 10, ..Limits::default() };
    let text = format!("[[{}],{{\"id\":1}}]", "0,".repeat(10));
    let found = pieces_of(text.as_bytes(), limits, false);
    assert_eq!(found[0].1, Piece::Refused(None, Place::Item(1), Reason::TooComplex));
    assert!(matches!(found[1].1, Piece::Row(..)));
    let objects = pieces_of(b"[[{},{}],[0,0,0,0]]", limits, false);
    assert_eq!(objects[0].1, Piece::Refused(None, Place::Item(1), Reason::TooComplex));
    assert!(matches!(objects[1].1, Piece::Row(..)), "objects weigh more than numbers");
}

/// Gives a row of `left` bytes that stands nowhere, then a short one.
struct LongRow {
    head: &'static [u8],
    left: usize,
    tail: &'static [u8],
    given: usize,
}

impl Read for LongRow {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = if !self.head.is_empty() {
            self.head.read(out)?
        } else if self.left > 0 {
            let count = out.len().min(self.left);
            out[..count].fill(b'x');
            self.left -= count;
            count
        } else {
            self.tail.read(out)?
        };
        self.given += count;
        Ok(count)
    }
}

#[test]
fn a_row_of_50_megabytes_is_skipped_and_never_held() {
    let forms: [(&[u8], &[u8]); 3] = [
        (b"{\"id\":1}\n{\"id\":2,\"s\":\"", b"\"}\n{\"id\":3}\n"),
        (b"{\"id\":1}\n{\"id\":2,\"s\":\"", b"\n{\"id\":3}\n"),
        (b"{\"tickets\":[{\"id\":1},{\"id\":2,\"s\":\"", b"\"},{\"id\":3}]}"),
    ];
    for (head, tail) in forms {
        let mut input = LongRow { head, left: 50 << 20, tail, given: 0 };
        let limits = Limits { max_row: 1 << 20, ..Limits::default() };
        let mut splitter = Splitter::new(BufReader::new(&mut input), &limits, false);
        let mut seen = Vec::new();
        while let Some(piece) = splitter.next().unwrap() {
            seen.push(match piece {
                Piece::Row(..) => "row",
                Piece::Refused(_, _, reason) => reason.code(),
            });
            assert!(splitter.room() <= limits.max_row, "held {} bytes", splitter.room());
        }
        assert_eq!(seen, vec!["row", "too_long", "row"]);
        assert_eq!(input.given, head.len() + (50 << 20) + tail.len());
    }
}

proptest::proptest! {
    #[test]
    fn no_bytes_stop_the_splitter(bytes in proptest::collection::vec(
        proptest::sample::select(b"{}[]\":,\\\n 1a\xff".as_slice()), 0..80), lines: bool)
    {
        let limits = Limits { max_row: 16, ..Limits::default() };
        let mut splitter = Splitter::new(bytes.as_slice(), &limits, lines);
        let mut count = 0;
        while splitter.next().unwrap().is_some() {
            count += 1;
            proptest::prop_assert!(count <= bytes.len() + 1);
            proptest::prop_assert!(splitter.row().len() <= 16);
        }
    }
}
