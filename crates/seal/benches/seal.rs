//! What sealing costs, beside bare aws-lc-rs on the same bytes in the same run.
//!
//! `cargo bench -p seal`. Every figure of ours has its probe next to it (`bare_*`): ratios count,
//! absolute figures move with the neighbours' load.
#![expect(clippy::unwrap_used, reason = "a benchmark may stop at the first surprise")]

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use divan::{Bencher, black_box};
use seal::{
    CategoryId, Clear, DomainKey, Entries, FieldId, KeyId, LogSigner, LogVerifier, Place,
    PooledRandom, Random, RecordId, RecordKey, SearchKey, StoreId, SystemRandom,
};

const STORE: StoreId = StoreId([7; 16]);
const RECORD: RecordId = RecordId { noun: 1, id: 42 };
const VALUE: [u8; 100] = [b'x'; 100];

fn main() {
    // Many runs a sample, for the clock's own 20 ns to vanish.
    divan::Divan::from_args().sample_size(64).main();
}

fn category(id: u8) -> CategoryId {
    CategoryId::new(id).unwrap()
}

fn key(id: u64) -> RecordKey {
    RecordKey::generate(&PooledRandom, KeyId::new(id).unwrap()).unwrap()
}

fn place(slot: u32, in_category: u8) -> Place {
    let field = FieldId { part: 1, item: 5, slot };
    Place { store: STORE, record: RECORD, field, category: category(in_category) }
}

fn bare_key() -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[7; 32]).unwrap())
}

/// The probe: AES-256-GCM alone, nonce given, 47 bytes of associated data, nothing allocated.
#[divan::bench]
fn bare_seal(bencher: Bencher<'_, '_>) {
    let (key, mut text, mut tag) = (bare_key(), [0; 100], [0; 16]);
    bencher.bench_local(move || {
        let nonce = Nonce::assume_unique_for_key(black_box([1; 12]));
        let aad = Aad::from([2; 47]);
        key.seal_out_of_place_scatter(nonce, aad, &VALUE, &mut text, &[], &mut tag).unwrap();
    });
}

#[divan::bench]
fn seal(bencher: Bencher<'_, '_>) {
    bencher.with_inputs(|| (key(1), Vec::with_capacity(256))).bench_local_refs(|(key, out)| {
        out.clear();
        key.seal_into(&PooledRandom, &place(1, 2), &VALUE, out).unwrap();
    });
}

/// Sixteen seals, so that the counter and the buffer are warm.
#[divan::bench]
fn seal_16(bencher: Bencher<'_, '_>) {
    bencher.with_inputs(|| (key(1), Vec::with_capacity(4096))).bench_local_refs(|(key, out)| {
        out.clear();
        for slot in 0..16 {
            key.seal_into(&PooledRandom, &place(slot, 2), &VALUE, out).unwrap();
        }
    });
}

#[divan::bench]
fn seal_16_with_nonces_from_the_system(bencher: Bencher<'_, '_>) {
    bencher.with_inputs(|| (key(1), Vec::with_capacity(4096))).bench_local_refs(|(key, out)| {
        out.clear();
        for slot in 0..16 {
            key.seal_into(&SystemRandom, &place(slot, 2), &VALUE, out).unwrap();
        }
    });
}

#[divan::bench]
fn bare_open(bencher: Bencher<'_, '_>) {
    let (key, mut text, mut tag) = (bare_key(), [0; 100], [0; 16]);
    let nonce = || Nonce::assume_unique_for_key([1; 12]);
    key.seal_out_of_place_scatter(nonce(), Aad::from([2; 47]), &VALUE, &mut text, &[], &mut tag)
        .unwrap();
    let mut plain = [0; 100];
    bencher.bench_local(move || {
        let aad = Aad::from(black_box([2; 47]));
        key.open_separate_gather(nonce(), aad, &text, &tag, &mut plain).unwrap();
    });
}

#[divan::bench]
fn open(bencher: Bencher<'_, '_>) {
    let key = key(1);
    let sealed = key.seal(&PooledRandom, &place(1, 2), &VALUE).unwrap();
    bencher.bench_local(|| key.open(black_box(&place(1, 2)), &sealed).unwrap());
}

#[divan::bench]
fn open_into_a_buffer(bencher: Bencher<'_, '_>) {
    let key = key(1);
    let sealed = key.seal(&PooledRandom, &place(1, 2), &VALUE).unwrap();
    let mut buffer = Clear::empty();
    bencher.bench_local(move || {
        key.open_into(black_box(&place(1, 2)), &sealed, &mut buffer).unwrap();
    });
}

/// A ticket of ten comments: 4 categories, 40 values of 100 bytes, and its key row.
struct Ticket {
    domain: DomainKey,
    row: Vec<u8>,
    values: Vec<(Place, Vec<u8>)>,
}

fn ticket() -> Ticket {
    let domain = DomainKey::generate(&PooledRandom, 1).unwrap();
    let mut row = Entries::new(0, 1);
    let mut values = Vec::new();
    for c in 0..4 {
        let key = key(u64::from(c));
        domain.put_record_key(&PooledRandom, STORE, RECORD, category(c), &key, &mut row).unwrap();
        for slot in 0..10 {
            let place = place(slot, c);
            values.push((place, key.seal(&PooledRandom, &place, &VALUE).unwrap()));
        }
    }
    Ticket { domain, row: row.encode(), values }
}

/// P2: from the stored row and cold keys to 40 values, against 40 bare opens.
#[divan::bench]
fn open_a_ticket_from_cold_keys(bencher: Bencher<'_, '_>) {
    let ticket = ticket();
    let mut buffer = Clear::empty();
    bencher.bench_local(move || {
        let row = Entries::decode(&ticket.row).unwrap();
        for of_category in ticket.values.chunks(10) {
            let category = of_category.first().unwrap().0.category;
            let key = ticket.domain.record_key(STORE, RECORD, category, &row).unwrap();
            for (place, sealed) in of_category {
                key.open_into(place, sealed, &mut buffer).unwrap();
            }
        }
    });
}

#[divan::bench]
fn bare_open_40(bencher: Bencher<'_, '_>) {
    let (key, mut text, mut tag) = (bare_key(), [0; 100], [0; 16]);
    let nonce = || Nonce::assume_unique_for_key([1; 12]);
    key.seal_out_of_place_scatter(nonce(), Aad::from([2; 47]), &VALUE, &mut text, &[], &mut tag)
        .unwrap();
    let mut plain = [0; 100];
    bencher.bench_local(move || {
        for _ in 0..40 {
            let aad = Aad::from(black_box([2; 47]));
            key.open_separate_gather(nonce(), aad, &text, &tag, &mut plain).unwrap();
        }
    });
}

#[divan::bench]
fn unwrap_a_cold_key_and_open(bencher: Bencher<'_, '_>) {
    let ticket = ticket();
    let row = Entries::decode(&ticket.row).unwrap();
    let (place, sealed) = ticket.values.first().unwrap();
    let mut buffer = Clear::empty();
    bencher.bench_local(|| {
        let key = ticket.domain.record_key(STORE, RECORD, category(0), &row).unwrap();
        key.open_into(place, sealed, &mut buffer).unwrap();
    });
}

/// Rotation of a row of 4 keys.
#[divan::bench]
fn rewrap_a_row_of_4(bencher: Bencher<'_, '_>) {
    let ticket = ticket();
    let row = Entries::decode(&ticket.row).unwrap();
    let new = DomainKey::generate(&PooledRandom, 2).unwrap();
    bencher.bench_local(|| {
        new.rewrap_row(&PooledRandom, STORE, RECORD, &ticket.domain, &row).unwrap()
    });
}

#[divan::bench]
fn token_of_8_bytes(bencher: Bencher<'_, '_>) {
    let key = SearchKey::generate(&PooledRandom).unwrap();
    bencher.bench_local(move || key.token(category(2), black_box("garibald")));
}

#[divan::bench]
fn nonce_from_the_pool(bencher: Bencher<'_, '_>) {
    let mut nonce = [0; 12];
    bencher.bench_local(move || PooledRandom.fill(black_box(&mut nonce)).unwrap());
}

#[divan::bench]
fn nonce_from_the_system(bencher: Bencher<'_, '_>) {
    let mut nonce = [0; 12];
    bencher.bench_local(move || SystemRandom.fill(black_box(&mut nonce)).unwrap());
}

#[divan::bench]
fn log_sign(bencher: Bencher<'_, '_>) {
    let signer = LogSigner::generate(&PooledRandom).unwrap();
    bencher.bench_local(move || signer.sign(black_box(&VALUE)).unwrap());
}

#[divan::bench]
fn log_verify(bencher: Bencher<'_, '_>) {
    let signer = LogSigner::generate(&PooledRandom).unwrap();
    let signature = signer.sign(&VALUE).unwrap();
    let verifier = LogVerifier::new(&signer.public()).unwrap();
    bencher.bench_local(move || verifier.verify(black_box(&VALUE), &signature).unwrap());
}
