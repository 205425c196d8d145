//! The real export, where it is at hand beside the repository.

use super::*;

#[test]
fn the_real_export_is_read_whole() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/support-export");
    if !folder.is_dir() {
        println!("skipped: ../shared/data/support-export is not there (a plain clone)");
        return;
    }
    let source = Source::open(&[folder], Limits::default(), NOW).unwrap();
    let all = Everything::read(&source);
    assert_eq!(all.tickets.len(), 1_000);
    assert_eq!(all.users.len(), 814);
    assert_eq!(all.organizations.len(), 5);
    assert_eq!(all.fields.len(), 10);
    let comments: usize = all.tickets.iter().map(|ticket| ticket.comments.len()).sum();
    assert_eq!(comments, 9_742);
    assert_eq!(all.census.comments_inline(), 9_742);
    assert!(all.tickets.iter().all(|ticket| ticket.odd.is_empty()));
    assert_eq!(all.codes(), ["unknown_noun", "unknown_noun"], "manifest and gold");
}
