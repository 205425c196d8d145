use super::*;
use crate::sign_pruned;
use crate::testkit::{Folder, signer};

/// 600 entries; 513 of them behind a base, the rest in the journal.
fn folder() -> Folder {
    Folder::with(&[200, 60, 252, 1, 7, 80], &[4]).0
}

#[test]
fn a_whole_log_verifies() {
    let report = folder().verify();
    assert_eq!(report.problem, None);
    assert_eq!((report.size, report.published), (600, Some(600)));
    assert_eq!((report.entries, report.tiles, report.torn), (600, 2, 0));
    // The base, two batches, and the published one.
    assert_eq!(report.checkpoints, 4);
    assert!(Folder::create().0.verify().is_ok());
}

/// The first entry whose bytes lie at or after `at` of a bundle that begins with `first`.
fn entry_at(first: u64, bundle: &[u8], at: usize) -> u64 {
    let mut end = 0;
    let before = |e: &Option<&[u8]>| {
        end += 2 + e.unwrap().len();
        end <= at
    };
    first + bundle::entries(bundle).take_while(before).count() as u64
}

#[test]
fn any_byte_changed_in_a_bundle_is_found_and_its_entry_named() {
    let (mut folder, mut log) = Folder::create();
    let entries: Vec<crate::Entry> = (0..=255).map(|i| vec![i; 3].into()).collect();
    let filled = folder.append_these(&mut log, &entries);
    folder.objects.extend(filled);
    folder.rotate(&log);
    folder.journals.remove(0);
    let object = Object::Bundle { index: 0 };
    let bundle = folder.objects[&object].clone();
    for at in 0..bundle.len() {
        let mut bad = folder.clone();
        bad.objects.get_mut(&object).unwrap()[at] ^= 0x10;
        let problem = bad.verify().problem.expect("a changed byte");
        assert_eq!(problem.index, Some(entry_at(0, &bundle, at)), "byte {at}");
        assert_eq!(problem.place, object.path());
    }
}

#[test]
fn any_byte_changed_in_a_tile_is_found_and_the_tile_named() {
    let folder = folder();
    let object = Object::Tile { level: 0, index: 1 };
    for at in (0..8192).step_by(7) {
        let mut bad = folder.clone();
        bad.objects.get_mut(&object).unwrap()[at] ^= 1;
        let problem = bad.verify().problem.expect("a changed byte");
        assert_eq!((problem.index, problem.place), (Some(256), object.path()));
    }
}

#[test]
fn any_byte_changed_in_a_journal_or_checkpoint_is_found() {
    let folder = folder();
    let base = folder.journals[0].bytes.len();
    for at in 0..base {
        let mut bad = folder.clone();
        bad.journals[0].bytes[at] ^= 1;
        let problem = bad.verify().problem.expect("a changed byte");
        // The base says where the journal begins; before it, 512 entries are in bundles.
        let index = problem.index.expect("an entry");
        assert!((512..600).contains(&index), "byte {at}: {problem}");
    }
    for at in 0..folder.checkpoint.len() {
        let mut bad = folder.clone();
        bad.checkpoint[at] ^= 1;
        assert_eq!(bad.verify().problem.expect("a changed byte").place, "checkpoint");
    }
}

#[test]
fn a_log_cut_anywhere_is_found() {
    let folder = folder();
    let whole = folder.journals[0].bytes.len();
    for cut in 0..whole {
        let mut bad = folder.clone();
        bad.journals[0].bytes.truncate(cut);
        let index = bad.verify().problem.expect("a cut").index.expect("an entry");
        assert!((512..600).contains(&index), "cut at {cut}: {index}");
    }
    for object in folder.objects.keys() {
        let mut bad = folder.clone();
        bad.objects.remove(object);
        let problem = bad.verify().problem.expect("a missing object");
        assert_eq!(problem.index, Some(object.first_entry()));
        assert_eq!((problem.place, problem.reason), (object.path(), Reason::Missing));
    }
    let mut bad = folder.clone();
    bad.journals.clear();
    assert!(!bad.verify().is_ok());
}

#[test]
fn swapped_and_dropped_entries_are_found() {
    let folder = folder();
    let object = Object::Bundle { index: 0 };
    let entries: Vec<crate::Entry> =
        bundle::entries(&folder.objects[&object]).map(|e| e.unwrap().into()).collect();
    let mut swapped = entries.clone();
    swapped.swap(40, 41);
    let mut dropped = entries.clone();
    dropped.remove(200);
    let mut doubled = entries.clone();
    doubled.push(entries[255].clone());
    for (list, first) in [(swapped, 40), (dropped, 200), (doubled, 255)] {
        let mut bad = folder.clone();
        bad.objects.insert(object, bundle::encode(&list));
        assert_eq!(bad.verify().problem.expect("a changed list").index, Some(first));
    }
}

#[test]
fn a_log_set_back_is_found_by_what_it_left_behind() {
    let (mut early, mut log) = Folder::with(&[200], &[]);
    let before = early.clone();
    let filled = early.append(&mut log, 100);
    let mut set_back = before;
    set_back.objects.extend(filled);
    let problem = set_back.verify().problem.expect("objects beyond the end");
    assert_eq!((problem.index, problem.reason), (Some(200), Reason::Beyond));
    let live = Evidence { live: true, ..set_back.evidence() };
    assert!(set_back.verify_with(&live).is_ok(), "a writer may just have stored them");
}

#[test]
fn objects_that_the_journal_still_holds_may_be_missing_but_not_differ() {
    let (mut folder, mut log) = Folder::with(&[200], &[]);
    let filled = folder.append(&mut log, 100);
    assert!(folder.verify().is_ok());
    folder.objects.extend(filled);
    assert!(folder.verify().is_ok());
    let bundle = folder.objects.get_mut(&Object::Bundle { index: 0 }).unwrap();
    let (at, first) = (700, entry_at(0, bundle, 700));
    bundle[at] ^= 1;
    let problem = folder.verify().problem.expect("a changed byte");
    assert_eq!((problem.index, problem.reason), (Some(first), Reason::Differs));
}

#[test]
fn a_torn_tail_that_nobody_counts_is_no_fault() {
    let (mut folder, mut log) = Folder::with(&[20], &[]);
    let (published, whole) = (folder.checkpoint.clone(), folder.journals[0].bytes.len());
    folder.append(&mut log, 5);
    folder.checkpoint = published;
    assert_eq!(folder.verify().size, 25, "a whole frame counts, published or not");
    folder.journals[0].bytes.truncate(whole + 30);
    let report = folder.verify();
    assert_eq!((report.problem, report.size, report.torn), (None, 20, 30));
}

#[test]
fn what_retention_took_is_listed_and_anything_else_is_missed() {
    let mut folder = folder();
    folder.objects.remove(&Object::Bundle { index: 0 });
    let range = PrunedRange { first: 0, end: 256, receipt: "run-1".into() };
    let signed = sign_pruned(std::slice::from_ref(&range), &signer()).unwrap();
    let evidence = Evidence { pruned: Some(signed), ..folder.evidence() };
    let report = folder.verify_with(&evidence);
    assert_eq!((report.problem, report.entries), (None, 344));
    assert_eq!(report.pruned, [range]);
    folder.objects.remove(&Object::Bundle { index: 1 });
    let problem = folder.verify_with(&evidence).problem.expect("not on the list");
    assert_eq!((problem.index, problem.reason), (Some(256), Reason::Missing));
}

#[test]
fn a_rewritten_history_under_another_key_is_refused() {
    let mut folder = folder();
    let mut log = crate::Log::create(&crate::testkit::second_signer()).unwrap();
    folder.journals[0].bytes = log.base_frame().unwrap();
    let commit = log.commit(&[crate::testkit::entry(0)], &crate::testkit::second_signer()).unwrap();
    folder.journals[0].bytes.extend(commit.frame);
    assert!(!folder.verify().is_ok());
}
