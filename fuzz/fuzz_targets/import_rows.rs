//! The readers of exports over any bytes, as a file of any form: nothing panics, no more is delivered
//! than was counted, no ticket twice, and a second reading delivers the same.
#![no_main]

use std::collections::HashSet;
use std::convert::Infallible;
use std::fmt::Debug;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use riserbo::service::import::read::{Limits, Noun, Refusal, Source};

/// 2026-11-01, in microseconds.
const NOW: i64 = 1_793_491_200_000_000;

/// The first byte chooses one: the name says what the rows are, the ending how they are packed.
const NAMES: [&str; 8] = [
    "tickets.jsonl",
    "tickets.json",
    "comments.jsonl",
    "users.json",
    "page.json",
    "tickets.jsonl.gz",
    "export.zip",
    "ticket_fields.json",
];

/// Small, so that each of them can be reached.
const LIMITS: Limits = Limits {
    max_row: 4 << 10,
    max_nodes: 500,
    max_unpacked: 256 << 10,
    max_ratio: 50,
    ratio_grace: 64 << 10,
    max_files: 8,
    max_folders: 2,
    max_comments_per_ticket: 4,
    memory_budget: 2 << 10,
};

static FOLDER: LazyLock<tempfile::TempDir> =
    LazyLock::new(|| tempfile::tempdir().expect("a folder for the files"));

#[derive(Default)]
struct Told {
    rows: Vec<String>,
    refused: Vec<String>,
}

impl Told {
    fn hear<T: Debug>(&mut self, row: Result<T, Refusal>) -> Result<(), Infallible> {
        match row {
            Ok(row) => self.rows.push(format!("{row:?}")),
            Err(refusal) => self.refused.push(refusal.to_string()),
        }
        Ok(())
    }
}

fn read(source: &Source) -> Told {
    let mut told = Told::default();
    let Ok(census) = source.census::<Infallible>(&mut (), |r| told.hear::<()>(Err(r)));
    let mut users = 0;
    let Ok(()) = source.users::<Infallible>(&census, &mut (), |row| {
        users += u64::from(row.is_ok());
        told.hear(row)
    });
    assert!(users <= census.distinct(Noun::User));
    let Ok(()) = source.organizations::<Infallible>(&census, &mut (), |row| told.hear(row));
    let Ok(()) = source.fields::<Infallible>(&census, &mut (), |row| told.hear(row));
    let Ok(()) = source.named::<Infallible>(&census, &mut (), |row| told.hear(row));
    let mut tickets = HashSet::new();
    let Ok(()) = source.tickets::<Infallible>(&census, &mut (), |row| {
        if let Ok(ticket) = &row {
            assert!(tickets.insert(ticket.id), "a ticket is delivered once");
            assert!(ticket.comments.len() <= LIMITS.max_comments_per_ticket);
        }
        told.hear(row)
    });
    assert!(tickets.len() as u64 <= census.distinct(Noun::Ticket));
    told
}

fuzz_target!(|data: &[u8]| {
    let Some((first, content)) = data.split_first() else { return };
    let folder = FOLDER.path();
    for name in NAMES {
        let _ = std::fs::remove_file(folder.join(name));
    }
    let name = NAMES[usize::from(*first) % NAMES.len()];
    std::fs::write(folder.join(name), content).expect("a file is written");
    let source = Source::open(&[folder.to_owned()], LIMITS, NOW).expect("a folder opens");
    let (once, again) = (read(&source), read(&source));
    assert_eq!(once.rows, again.rows);
    assert_eq!(once.refused, again.refused);
});
