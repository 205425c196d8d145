use super::*;
use crate::testkit::{
    Folder, ORIGIN, entry, key, naive_root, other_signer, public, second_signer, signer,
};
use crate::{Hash, KeySigner, LogError, MAX_ENTRY};
use proptest::prelude::*;

/// Where the frames of a journal end.
fn ends(journal: &[u8]) -> Vec<usize> {
    let (mut at, mut ends) = (0, Vec::new());
    while let Next::Frame(_, next) = journal::read(journal, at) {
        at = next;
        ends.push(at);
    }
    ends
}

#[test]
fn a_journal_cut_at_any_byte_gives_back_the_acknowledged_prefix() {
    let (mut folder, mut log) = Folder::create();
    let mut heads = vec![(0, folder.checkpoint.clone())];
    for count in [1, 3, 1, 250, 5] {
        folder.append(&mut log, count);
        heads.push((log.size(), folder.checkpoint.clone()));
    }
    let whole = folder.journals[0].bytes.clone();
    let ends = ends(&whole);
    for cut in ends[0]..=whole.len() {
        let frames = ends.iter().filter(|end| **end <= cut).count() - 1;
        let (size, head) = &heads[frames];
        let mut crashed = folder.clone();
        crashed.journals[0].bytes.truncate(cut);
        if frames < 5 {
            let problem = crashed.recover().expect_err("acknowledged entries are gone");
            assert_eq!(problem.index, Some(*size));
        }
        crashed.checkpoint.clone_from(head);
        let recovered = crashed.recover().unwrap();
        assert_eq!(recovered.log.size(), *size);
        assert_eq!(&**recovered.log.checkpoint(), head.as_slice());
        assert_eq!(recovered.dropped, (cut - ends[frames]) as u64);
    }
    for cut in 0..ends[0] {
        let mut crashed = folder.clone();
        crashed.journals[0].bytes.truncate(cut);
        assert!(crashed.recover().is_err(), "a base is put in place whole");
    }
}

#[test]
fn any_byte_changed_in_an_acknowledged_journal_is_refused() {
    let (folder, _) = Folder::with(&[200, 100, 3, 2], &[2]);
    for at in 0..folder.journals[0].bytes.len() {
        let mut bad = folder.clone();
        bad.journals[0].bytes[at] ^= 0x40;
        assert!(bad.recover().is_err(), "byte {at}");
    }
}

#[test]
fn a_damaged_frame_with_a_whole_one_behind_it_is_never_dropped() {
    let (mut folder, mut log) = Folder::create();
    let head = folder.checkpoint.clone();
    let start = folder.journals[0].bytes.len();
    folder.append(&mut log, 2);
    folder.append(&mut log, 2);
    // Even if the published checkpoint was lost with the power.
    folder.checkpoint = head;
    folder.journals[0].bytes[start + 40] ^= 1;
    let problem = folder.recover().unwrap_err();
    assert_eq!((problem.index, problem.reason), (Some(0), Reason::Damaged));
}

#[test]
fn a_chain_of_journals_must_fit_together() {
    let (mut folder, mut log) = Folder::create();
    for count in [3, 4] {
        folder.append(&mut log, count);
        folder.rotate(&log);
    }
    folder.append(&mut log, 1);
    assert_eq!(folder.recover().unwrap().log.size(), 8);
    let mut torn = folder.clone();
    torn.journals[1].bytes.extend([9; 20]);
    assert_eq!(torn.recover().unwrap().dropped, 20, "the next base does not count it");
    let mut gap = folder.clone();
    gap.journals.remove(1);
    let problem = gap.recover().unwrap_err();
    assert_eq!((problem.index, problem.reason), (Some(3), Reason::Cut));
    let mut swapped = folder.clone();
    swapped.journals.swap(0, 1);
    assert!(swapped.recover().is_err());
    let mut first_gone = folder;
    first_gone.journals.remove(0);
    assert_eq!(first_gone.recover().unwrap().base, 3, "its entries are in objects and base");
}

#[test]
fn a_published_checkpoint_of_another_history_is_refused() {
    let (folder, _) = Folder::with(&[5], &[]);
    let mut forked = Log::create(&signer()).unwrap();
    let fork = forked.commit(&vec![entry(9); 5], &signer()).unwrap();
    let published = fork.checkpoint.to_vec();
    let problem = Folder { checkpoint: published, ..folder.clone() }.recover().unwrap_err();
    assert_eq!(problem.reason, Reason::NoHead);
    for foreign in [&second_signer(), &other_signer()] {
        let head = Log::create(foreign).unwrap().checkpoint().to_vec();
        let problem = Folder { checkpoint: head, ..folder.clone() }.recover().unwrap_err();
        assert!(matches!(problem.reason, Reason::Checkpoint(_)));
    }
}

#[test]
fn a_refused_batch_leaves_the_log_as_it_was_and_a_failed_signer_ends_it() {
    let mut log = Log::create(&signer()).unwrap();
    let long: Entry = vec![0; MAX_ENTRY + 1].into();
    let refused = log.commit(&[entry(0), long], &signer()).unwrap_err();
    assert_eq!(refused, LogError::TooLong { len: MAX_ENTRY + 1 });
    assert_eq!(log.commit(&[], &signer()).unwrap_err(), LogError::Batch);
    assert_eq!(log.size(), 0);
    log.commit(&[entry(0)], &signer()).unwrap();
    let broken = KeySigner::new(ORIGIN, &public(), |_| None).unwrap();
    assert!(log.commit(&[entry(1)], &broken).is_err());
    assert_eq!(log.commit(&[entry(1)], &signer()).unwrap_err(), LogError::Failed);
    assert!(log.base_frame().is_err());
}

fn unhex(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.chars().map(|c| c.to_digit(16).unwrap() as u8).collect();
    digits.as_chunks::<2>().0.iter().map(|[high, low]| high << 4 | low).collect()
}

/// The tree that Certificate Transparency's implementations test with.
#[test]
fn the_roots_are_those_of_the_known_test_tree() {
    let entries = [
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ];
    let roots = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    let mut log = Log::create(&signer()).unwrap();
    for (entry, root) in entries.iter().zip(roots) {
        log.commit(&[unhex(entry).into()], &signer()).unwrap();
        assert_eq!(log.snapshot().root().0.to_vec(), unhex(root));
    }
    let plan = log.snapshot();
    let plan = plan.plan_inclusion(0).unwrap();
    let Ok(crate::Proof::Inclusion(proof)) = plan.finish(&Default::default()) else {
        panic!("no proof")
    };
    let path = [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ];
    assert!(proof.path.iter().map(|h| h.0.to_vec()).eq(path.iter().map(|h| unhex(h))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn however_batches_fall_the_tree_is_that_of_the_entries(
        batches in prop::collection::vec(1_u64..400, 1..7),
        rotate in prop::collection::vec(1_usize..7, 0..3),
    ) {
        let (mut folder, log) = Folder::with(&batches, &rotate);
        let leaves: Vec<Hash> = (0..log.size()).map(|i| leaf_hash(&entry(i))).collect();
        let root = naive_root(&leaves);
        prop_assert_eq!(key().open(&folder.checkpoint).unwrap().root, root);
        prop_assert_eq!(folder.verify().problem, None);
        // Opened again, it goes on as if nothing had been.
        let recovered = folder.recover().unwrap();
        folder.objects.extend(recovered.objects);
        let mut again = recovered.log;
        prop_assert_eq!(again.base_frame().unwrap(), log.base_frame().unwrap());
        folder.rotate(&again);
        folder.journals.drain(..folder.journals.len() - 1);
        folder.append(&mut again, 300);
        let report = folder.verify();
        prop_assert_eq!((report.problem, report.entries), (None, log.size() + 300));
    }
}
