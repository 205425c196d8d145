//! The property that all rests on: what is delivered depends on the set of rows alone.

use super::*;
use proptest::prelude::*;

/// A row of an export, small enough that ids meet.
#[derive(Clone, Debug)]
enum Row {
    Ticket { id: i64, version: i64, comments: Vec<(i64, u8)> },
    Comment { id: i64, ticket: i64, text: u8 },
    User { id: i64, version: i64, text: u8 },
    Bad { id: i64 },
}

impl Row {
    fn line(&self) -> String {
        match self {
            Self::Ticket { id, version, comments } => {
                let comments: Vec<String> = comments
                    .iter()
                    .map(|(id, text)| format!("{{\"id\":{id},\"body\":\"t{text}\",\"author\":{{\"id\":{text},\"name\":\"n{id}\"}}}}"))
                    .collect();
                format!(
                    "{{\"id\":{id},\"subject\":\"v{version}\",\"requester\":{{\"id\":{},\"name\":\"r{version}\"}},\"updated_at\":\"2026-01-0{version}T00:00:00Z\",\"comments\":[{}]}}",
                    id + 1,
                    comments.join(",")
                )
            }
            Self::Comment { id, ticket, text } => format!(
                "{{\"id\":{id},\"ticket_id\":{ticket},\"body\":\"t{text}\",\"created_at\":\"2026-02-0{}T00:00:00Z\"}}",
                1 + text % 3
            ),
            Self::User { id, version, text } => format!(
                "{{\"id\":{id},\"email\":\"e{text}\",\"updated_at\":\"2026-01-0{version}T00:00:00Z\"}}"
            ),
            Self::Bad { id } => format!("{{\"id\":{id},\"subject\":\"x\",\"created_at\":\"no\"}}"),
        }
    }
}

fn row() -> impl Strategy<Value = Row> {
    prop_oneof![
        3 => (1i64..5, 1i64..4, prop::collection::vec((1i64..5, 1u8..4), 0..4))
            .prop_map(|(id, version, comments)| Row::Ticket { id, version, comments }),
        4 => (1i64..9, 1i64..6, 0u8..4)
            .prop_map(|(id, ticket, text)| Row::Comment { id, ticket, text }),
        2 => (1i64..5, 1i64..4, 0u8..3).prop_map(|(id, version, text)| Row::User { id, version, text }),
        1 => (1i64..5).prop_map(|id| Row::Bad { id }),
    ]
}

/// What came out, in an order of its own.
#[derive(Debug, PartialEq)]
struct Outcome {
    tickets: Vec<TicketRow>,
    users: Vec<UserRow>,
    refusals: Vec<(Option<Noun>, Option<i64>, &'static str)>,
}

fn outcome(rows: &[(Row, usize)], limits: Limits) -> Outcome {
    let mut files = vec![String::new(); 3];
    for (row, file) in rows {
        files[*file].push_str(&row.line());
        files[*file].push('\n');
    }
    let export = Export::new()
        .with("a.jsonl", &files[0])
        .with("b.jsonl.gz", gzip(files[1].as_bytes()))
        .with("c.zip", zipped(&[("x/c.json", files[2].as_bytes())]));
    let all = export.read_with(limits);
    let mut tickets = all.tickets;
    tickets.sort_by_key(|ticket| ticket.id);
    let mut users = all.users;
    users.sort_by_key(|user| user.id);
    let mut refusals: Vec<_> =
        all.refusals.iter().map(|r| (r.noun, r.id, r.reason.code())).collect();
    refusals.sort_unstable();
    Outcome { tickets, users, refusals }
}

fn unique(ids: impl Iterator<Item = i64>) -> bool {
    let mut ids: Vec<i64> = ids.collect();
    let all = ids.len();
    ids.dedup();
    ids.len() == all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn the_order_of_rows_and_their_files_make_no_difference(
        (one, other) in prop::collection::vec((row(), 0usize..3), 0..40)
            .prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle()))
            .prop_flat_map(|(one, other)| {
                let files = prop::collection::vec(0usize..3, other.len());
                (Just(one), Just(other), files)
            })
            .prop_map(|(one, other, files)| {
                let other: Vec<_> = other.into_iter().zip(files).map(|((row, _), f)| (row, f)).collect();
                (one, other)
            }),
        budget in prop::sample::select(vec![3_000usize, 8_000, 64 << 20]),
    ) {
        let narrow = Limits { memory_budget: budget, ..Limits::default() };
        let first = outcome(&one, narrow);
        prop_assert!(unique(first.tickets.iter().map(|ticket| ticket.id)));
        prop_assert!(unique(first.users.iter().map(|user| user.id)));
        let second = outcome(&other, narrow);
        prop_assert_eq!(&first.refusals, &second.refusals);
        prop_assert!(first == second, "the rows differ");
    }
}

#[test]
fn a_small_budget_divides_the_tickets_and_delivers_each_once() {
    let mut comments = String::new();
    for id in 0..3_000 {
        let ticket = 1 + (id * 7) % 100;
        // Ids as texts divide like ids as numbers.
        let quote = if id % 2 == 0 { "" } else { "\"" };
        let row =
            format!("{{\"id\":{},\"ticket_id\":{quote}{ticket}{quote},\"body\":\"b\"}}\n", id + 1);
        comments.push_str(&row);
    }
    comments.push_str("{\"id\":9999,\"ticket_id\":500,\"body\":\"b\"}\n");
    let tickets: String = (1..=100).map(ticket).collect();
    let export = Export::new().with("comments.jsonl", comments).with("tickets.jsonl", tickets);
    for memory_budget in [64 << 20, 60_000, 20_000] {
        let all = export.read_with(Limits { memory_budget, ..Limits::default() });
        assert!(all.ticket_ids().into_iter().eq(1..=100), "{memory_budget}");
        assert!(all.tickets.iter().all(|ticket| ticket.comments.len() == 30), "{memory_budget}");
        assert_eq!(all.codes(), ["no_ticket_for_comment"], "{memory_budget}: told once");
    }
    let all = export.read_with(Limits { memory_budget: 4_000, ..Limits::default() });
    assert!(all.tickets.is_empty());
    assert_eq!(all.codes().iter().filter(|code| **code == "ticket_too_large").count(), 100);
}

#[test]
fn a_part_that_is_too_large_after_all_is_divided_and_tells_nothing_twice() {
    let mut comments = String::new();
    for id in 1..=40 {
        comments.push_str(&format!("{{\"id\":{id},\"ticket_id\":{},\"body\":\"b\"}}\n", 500 + id));
    }
    for id in 100..340 {
        comments
            .push_str(&format!("{{\"id\":{id},\"ticket_id\":{},\"body\":\"b\"}}\n", 1 + id % 8));
    }
    let tickets: String = (1..=8).map(ticket).collect();
    let export = Export::new().with("comments.jsonl", comments).with("tickets.jsonl", tickets);
    // Room for the comments of one ticket, and not for those of two: whatever the first number
    // of parts is, some part must be divided.
    let all = export.read_with(Limits { memory_budget: 8_000, ..Limits::default() });
    assert!(all.ticket_ids().into_iter().eq(1..=8));
    assert!(all.tickets.iter().all(|ticket| ticket.comments.len() == 30));
    assert_eq!(all.codes(), ["no_ticket_for_comment"; 40]);
}
