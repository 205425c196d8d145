use super::*;
use crate::testkit::{Folder, entry, key, naive_root};

fn prove(folder: &Folder, plan: &Plan<'_>) -> Result<Proof, LogError> {
    let tiles = plan.needs().iter().filter_map(|o| Some((*o, folder.objects.get(o)?.clone())));
    plan.finish(&tiles.collect())
}

fn inclusion(folder: &Folder, view: &Snapshot, index: u64) -> InclusionProof {
    match prove(folder, &view.plan_inclusion(index).unwrap()).unwrap() {
        Proof::Inclusion(proof) => proof,
        Proof::Consistency(_) => panic!("asked for inclusion"),
    }
}

fn consistency(folder: &Folder, view: &Snapshot, old: u64, new: u64) -> ConsistencyProof {
    match prove(folder, &view.plan_consistency(old, new).unwrap()).unwrap() {
        Proof::Consistency(proof) => proof,
        Proof::Inclusion(_) => panic!("asked for consistency"),
    }
}

/// A log with one batch an entry, its objects stored, and its view at each size.
fn grown(size: u64) -> (Folder, Vec<Snapshot>) {
    let (mut folder, mut log) = Folder::create();
    let mut views = vec![log.snapshot()];
    for _ in 0..size {
        let filled = folder.append(&mut log, 1);
        folder.objects.extend(filled);
        views.push(log.snapshot());
    }
    (folder, views)
}

#[test]
fn every_entry_of_every_small_tree_is_proved_and_no_other() {
    let (folder, views) = grown(40);
    for (size, view) in views.iter().enumerate() {
        for index in 0..size as u64 {
            let proof = inclusion(&folder, view, index);
            let back: InclusionProof = proof.to_string().parse().unwrap();
            assert_eq!(back, proof);
            assert_eq!(proof.check(&entry(index), &key()).unwrap().size, size as u64);
            assert!(proof.check(&entry(index + 1), &key()).is_err());
            let moved = InclusionProof { index: index + 1, ..proof };
            assert!(moved.check(&entry(index), &key()).is_err());
        }
        assert!(view.plan_inclusion(size as u64).is_err());
    }
}

#[test]
fn every_small_tree_is_proved_to_grow_from_every_smaller_one() {
    let (folder, views) = grown(40);
    let last = views.last().unwrap();
    for (new, newer) in views.iter().enumerate() {
        for (old, older) in views.iter().enumerate().take(new + 1) {
            let proof = consistency(&folder, last, old as u64, new as u64);
            assert_eq!(proof.to_string().parse(), Ok(proof.clone()));
            proof.check(older.checkpoint(), newer.checkpoint(), &key()).unwrap();
            if old != new {
                assert!(proof.check(newer.checkpoint(), older.checkpoint(), &key()).is_err());
            }
            for at in 0..proof.path.len() {
                let mut bad = proof.clone();
                bad.path[at].0[0] ^= 1;
                assert!(bad.check(older.checkpoint(), newer.checkpoint(), &key()).is_err());
            }
        }
    }
}

#[test]
fn proofs_cross_tiles_and_levels() {
    let (mut folder, mut log) = Folder::create();
    let (first, sizes) = (log.snapshot(), [255, 256, 257, 512, 600, 65_536, 66_000]);
    let mut views = vec![first];
    for size in sizes {
        let count = size - log.size();
        let filled = folder.append(&mut log, count);
        folder.objects.extend(filled);
        views.push(log.snapshot());
    }
    let last = log.snapshot();
    for view in &views {
        for index in [0, 1, 255, 256, 257, 511, 599, 65_535, 65_999] {
            if index < view.size() {
                inclusion(&folder, view, index).check(&entry(index), &key()).unwrap();
            }
        }
        let proof = consistency(&folder, &last, view.size(), last.size());
        proof.check(view.checkpoint(), last.checkpoint(), &key()).unwrap();
    }
}

#[test]
fn a_damaged_tile_gives_an_error_and_no_proof() {
    let (mut folder, views) = grown(300);
    let view = views.last().unwrap();
    let object = Object::Tile { level: 0, index: 0 };
    let good = folder.objects[&object].clone();
    for bad in [vec![0; 8192], good[..8000].to_vec(), Vec::new()] {
        folder.objects.insert(object, bad);
        let plan = view.plan_inclusion(255).unwrap();
        assert!(matches!(prove(&folder, &plan), Err(LogError::Damaged(_))));
    }
    folder.objects.remove(&object);
    let plan = view.plan_inclusion(3).unwrap();
    let Err(LogError::Damaged(problem)) = prove(&folder, &plan) else { panic!("a proof") };
    assert_eq!(problem.reason, Reason::Missing);
}

#[test]
fn partials_complete_the_layout_of_the_specification() {
    // The example of C2SP tlog-tiles, "Partial Tiles".
    let (mut folder, mut log) = Folder::create();
    let filled = folder.append(&mut log, 60_000);
    folder.objects.extend(filled);
    let filled = folder.append(&mut log, 10_000);
    folder.objects.extend(filled);
    let count = |wanted: u8| {
        let of_level = |o: &&Object| matches!(o, Object::Tile { level, .. } if *level == wanted);
        folder.objects.keys().filter(of_level).count()
    };
    assert_eq!((count(0), count(1), count(2)), (273, 1, 0));
    let partials = log.snapshot().partials();
    let names: Vec<&str> = partials.iter().map(|(path, _)| path.as_str()).collect();
    let wanted =
        ["tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1", "tile/entries/273.p/112"];
    assert_eq!(names, wanted);
    let sizes: Vec<usize> = partials.iter().take(3).map(|(_, bytes)| bytes.len()).collect();
    assert_eq!(sizes, [112 * 32, 17 * 32, 32]);
    let root = naive_root(&(0..65_536).map(|i| leaf_hash(&entry(i))).collect::<Vec<_>>());
    assert_eq!(partials[2].1, root.0);
}

#[test]
fn a_bundle_opens_only_against_its_own_tile() {
    let (folder, _) = grown(512);
    let at = |o: Object| folder.objects[&o].as_slice();
    let (bundle, tile) = (Object::Bundle { index: 1 }, Object::Tile { level: 0, index: 1 });
    let entries = open_bundle(1, at(bundle), at(tile)).unwrap();
    assert_eq!(entries.len(), 256);
    assert_eq!(entries[3], &*entry(259));
    let wrong = Object::Tile { level: 0, index: 0 };
    assert_eq!(open_bundle(1, at(bundle), at(wrong)).unwrap_err().index, Some(256));
    assert_eq!(open_bundle(1, at(bundle), &[]).unwrap_err().reason, Reason::Form);
}
