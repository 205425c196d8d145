//! The readers as a whole: what goes in as files comes out as rows, and what is bad is refused.

mod archives;
mod bad_input;
mod forms;
mod order;
mod real_data;

use super::*;
use std::convert::Infallible;
use std::fs;
use std::io::Write;
use std::path::Path;
use tempfile::TempDir;

/// 2026-11-01, in microseconds.
const NOW: i64 = 1_793_491_200_000_000;

/// A folder of export files.
struct Export(TempDir);

impl Export {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn with(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn read(&self) -> Everything {
        self.read_with(Limits::default())
    }

    fn read_with(&self, limits: Limits) -> Everything {
        Everything::read(&Source::open(&[self.path().to_owned()], limits, NOW).unwrap())
    }
}

/// All that a source delivers, in the order of delivery.
#[derive(Default)]
struct Everything {
    census: Census,
    users: Vec<UserRow>,
    organizations: Vec<OrganizationRow>,
    fields: Vec<FieldRow>,
    named: Vec<NamedRow>,
    tickets: Vec<TicketRow>,
    refusals: Vec<Refusal>,
}

type Never = Result<(), Infallible>;

fn keep<T>(rows: &mut Vec<T>, refusals: &mut Vec<Refusal>, row: Result<T, Refusal>) -> Never {
    match row {
        Ok(row) => rows.push(row),
        Err(refusal) => refusals.push(refusal),
    }
    Ok(())
}

impl Everything {
    fn read(source: &Source) -> Self {
        let mut all = Self::default();
        let Self { census, users, organizations, fields, named, tickets, refusals } = &mut all;
        let read: Never = (|| {
            *census = source.census(&mut (), |refusal| {
                refusals.push(refusal);
                Ok::<(), Infallible>(())
            })?;
            source.users(census, &mut (), |row| keep(users, refusals, row))?;
            source.organizations(census, &mut (), |row| keep(organizations, refusals, row))?;
            source.fields(census, &mut (), |row| keep(fields, refusals, row))?;
            source.named(census, &mut (), |row| keep(named, refusals, row))?;
            source.tickets(census, &mut (), |row| keep(tickets, refusals, row))
        })();
        let Ok(()) = read;
        all
    }

    fn codes(&self) -> Vec<&'static str> {
        self.refusals.iter().map(|refusal| refusal.reason.code()).collect()
    }

    fn told(&self) -> Vec<(Place, &'static str)> {
        self.refusals.iter().map(|refusal| (refusal.place, refusal.reason.code())).collect()
    }

    fn ticket(&self, id: i64) -> &TicketRow {
        self.tickets.iter().find(|ticket| ticket.id == id).unwrap()
    }

    fn ticket_ids(&self) -> Vec<i64> {
        let mut ids: Vec<i64> = self.tickets.iter().map(|ticket| ticket.id).collect();
        ids.sort_unstable();
        ids
    }
}

fn comment_ids(ticket: &TicketRow) -> Vec<i64> {
    ticket.comments.iter().map(|comment| comment.id.unwrap_or_default()).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

fn zipped(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in members {
        let options = zip::write::SimpleFileOptions::default();
        out.start_file(*name, options).unwrap();
        out.write_all(bytes).unwrap();
    }
    out.finish().unwrap().into_inner()
}

fn ticket(id: i64) -> String {
    format!("{{\"id\":{id},\"subject\":\"s{id}\",\"requester_id\":7}}\n")
}
