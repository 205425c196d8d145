//! Sealed values: they open where they were sealed, unchanged, and nowhere else.
#![expect(clippy::disallowed_methods, reason = "tests look at what they opened")]
#![expect(clippy::unwrap_used, reason = "helpers of tests may stop at the first surprise")]

use proptest::prelude::*;
use seal::{
    CategoryId, Clear, FieldId, KeyId, MAX_PLAIN, Moved, Place, PooledRandom, RecordId, RecordKey,
    SEAL_OVERHEAD, SealError, StoreId, key_id_of, replace_key, replace_key_moving,
};

const RNG: PooledRandom = PooledRandom;

fn key(id: u64) -> RecordKey {
    RecordKey::generate(&RNG, KeyId::new(id).unwrap()).unwrap()
}

fn place() -> Place {
    Place {
        store: StoreId([7; 16]),
        record: RecordId { noun: 1, id: 42 },
        field: FieldId { part: 3, item: 9_000, slot: 2 },
        category: CategoryId::new(4).unwrap(),
    }
}

/// Places of one record and category that differ in one coordinate, or have two exchanged.
fn places() -> Vec<Place> {
    let fields =
        [(3, 9_000, 2), (2, 9_000, 2), (3, 9_001, 2), (3, 9_000, 3), (3, 2, 9_000), (9, 3, 2)];
    let field = |(part, item, slot)| Place { field: FieldId { part, item, slot }, ..place() };
    fields.map(field).to_vec()
}

#[test]
fn a_value_opens_where_it_was_sealed() {
    let key = key(1);
    for plain in [&b""[..], b"4242 4242 4242 4242", &[0; 5_000]] {
        let sealed = key.seal(&RNG, &place(), plain).unwrap();
        assert_eq!(sealed.len(), plain.len() + SEAL_OVERHEAD);
        assert_eq!(key.open(&place(), &sealed).unwrap().expose(), plain);
        assert_eq!(key_id_of(&sealed), Ok(key.id()));
    }
}

#[test]
fn the_same_value_never_looks_the_same_twice() {
    let key = key(1);
    let [a, b] = [(); 2].map(|()| key.seal(&RNG, &place(), b"Rossi").unwrap());
    assert_eq!(a[..8], b[..8]);
    assert_ne!(a[8..20], b[8..20]);
    assert_ne!(a[20..], b[20..]);
}

#[test]
fn a_value_opens_at_no_other_place() {
    let (key, places) = (key(1), places());
    let sealed: Vec<_> = places.iter().map(|p| key.seal(&RNG, p, b"same value").unwrap()).collect();
    for (i, there) in places.iter().enumerate() {
        for (j, bytes) in sealed.iter().enumerate() {
            let opened = key.open(there, bytes).map(|clear| clear.expose().to_vec());
            let expected =
                if i == j { Ok(b"same value".to_vec()) } else { Err(SealError::Refused) };
            assert_eq!(opened, expected, "sealed at {j}, opened at {i}");
        }
    }
}

#[test]
fn every_changed_byte_is_noticed() {
    let key = key(0x0001_0203_0405_0607);
    let sealed = key.seal(&RNG, &place(), b"Via Garibaldi 12").unwrap();
    for at in 0..sealed.len() {
        for bit in 0..8 {
            let mut changed = sealed.clone();
            changed[at] ^= 1 << bit;
            let error = key.open(&place(), &changed).err();
            let expected = match at {
                0 => SealError::Format,
                1..8 => SealError::WrongKey,
                _ => SealError::Refused,
            };
            assert_eq!(error, Some(expected), "byte {at}, bit {bit}");
        }
    }
}

#[test]
fn cut_or_lengthened_bytes_are_refused() {
    let key = key(1);
    let sealed = key.seal(&RNG, &place(), b"Bianchi").unwrap();
    for len in 0..sealed.len() {
        let expected = if len < SEAL_OVERHEAD { SealError::Truncated } else { SealError::Refused };
        assert_eq!(key.open(&place(), &sealed[..len]).err(), Some(expected), "{len} bytes");
        assert_eq!(key_id_of(&sealed[..len]).is_err(), len < SEAL_OVERHEAD);
    }
    let longer = [sealed.as_slice(), &[0]].concat();
    assert_eq!(key.open(&place(), &longer).err(), Some(SealError::Refused));
}

#[test]
fn values_have_a_largest_size() {
    let key = key(1);
    let most = vec![1; MAX_PLAIN];
    let sealed = key.seal(&RNG, &place(), &most).unwrap();
    assert_eq!(key.open(&place(), &sealed).unwrap().expose(), most);
    let error = key.seal(&RNG, &place(), &vec![1; MAX_PLAIN + 1]).err();
    assert_eq!(error, Some(SealError::TooLong));
    let longer = [sealed.as_slice(), &[0]].concat();
    assert_eq!(key.open(&place(), &longer).err(), Some(SealError::TooLong));
}

#[test]
fn a_key_is_never_used_for_a_second_record_or_category() {
    let key = key(1);
    key.seal(&RNG, &place(), b"value").unwrap();
    let record = RecordId { noun: 1, id: 43 };
    let others = [
        Place { record, ..place() },
        Place { category: CategoryId::new(5).unwrap(), ..place() },
        Place { store: StoreId([8; 16]), ..place() },
    ];
    for other in others {
        assert_eq!(key.seal(&RNG, &other, b"value"), Err(SealError::WrongPlace));
    }
    let domain = seal::DomainKey::generate(&RNG, 1).unwrap();
    let wrap = |record, category| {
        domain.wrap_record(&RNG, place().store, 0, record, category, &key).map(|_| ())
    };
    assert_eq!(wrap(place().record, place().category), Ok(()));
    assert_eq!(wrap(record, place().category), Err(SealError::WrongPlace));
    assert_eq!(wrap(place().record, others[1].category), Err(SealError::WrongPlace));
}

#[test]
fn another_key_opens_nothing() {
    let (mine, other, same_id) = (key(1), key(2), key(1));
    let sealed = mine.seal(&RNG, &place(), b"value").unwrap();
    assert_eq!(other.open(&place(), &sealed).err(), Some(SealError::WrongKey));
    assert_eq!(same_id.open(&place(), &sealed).err(), Some(SealError::Refused));
}

#[test]
fn a_buffer_is_used_again_and_empty_after_an_error() {
    let (key, mut buffer) = (key(1), Clear::empty());
    let long = key.seal(&RNG, &place(), &[b'x'; 300]).unwrap();
    let short = key.seal(&RNG, &place(), b"short").unwrap();
    key.open_into(&place(), &long, &mut buffer).unwrap();
    let allocation = buffer.expose().as_ptr();
    key.open_into(&place(), &short, &mut buffer).unwrap();
    assert_eq!((buffer.expose(), buffer.expose().as_ptr()), (&b"short"[..], allocation));
    let mut changed = long.clone();
    changed[30] ^= 1;
    key.open_into(&place(), &changed, &mut buffer).unwrap_err();
    assert!(buffer.is_empty());
    key.open_into(&place(), &short, &mut buffer).unwrap();
    key.open_into(&place(), b"", &mut buffer).unwrap_err();
    assert!(buffer.is_empty());
}

#[test]
fn sealing_appends_and_leaves_what_was_there() {
    let key = key(1);
    let mut out = b"before".to_vec();
    key.seal_into(&RNG, &place(), b"value", &mut out).unwrap();
    assert_eq!(&out[..6], b"before");
    assert_eq!(key.open(&place(), &out[6..]).unwrap().expose(), b"value");
    let kept = out.clone();
    key.seal_into(&RNG, &place(), &vec![0; MAX_PLAIN + 1], &mut out).unwrap_err();
    assert_eq!(out, kept);
}

/// A generator that has nothing to give.
struct Broken;

impl seal::Random for Broken {
    fn fill(&self, _: &mut [u8]) -> Result<(), SealError> {
        Err(SealError::Random)
    }
}

#[test]
fn without_randomness_nothing_is_sealed() {
    assert!(matches!(RecordKey::generate(&Broken, KeyId::new(1).unwrap()), Err(SealError::Random)));
    let mut out = b"before".to_vec();
    let error = key(1).seal_into(&Broken, &place(), b"value", &mut out);
    assert_eq!((error, out), (Err(SealError::Random), b"before".to_vec()));
}

#[test]
fn replacing_a_key_keeps_what_is_kept_and_shuts_out_the_old_key() {
    let (old, new) = (key(1), key(2));
    let places = places();
    let sealed: Vec<_> =
        places.iter().map(|p| old.seal(&RNG, p, format!("{p:?}").as_bytes()).unwrap()).collect();
    let kept = places.iter().copied().zip(sealed.iter().map(Vec::as_slice));
    let fresh = replace_key(&old, &new, &RNG, kept).unwrap();
    assert_eq!(fresh.len(), places.len());
    for (place, bytes) in places.iter().zip(&fresh) {
        assert_eq!(new.open(place, bytes).unwrap().expose(), format!("{place:?}").as_bytes());
        assert_eq!(old.open(place, bytes).err(), Some(SealError::WrongKey));
    }
}

#[test]
fn replacing_a_key_is_all_or_nothing() {
    let (old, new) = (key(1), key(2));
    let good = old.seal(&RNG, &place(), b"good").unwrap();
    let mut bad = old.seal(&RNG, &place(), b"bad").unwrap();
    *bad.last_mut().unwrap() ^= 1;
    let kept = [&good, &bad].map(|sealed| (place(), sealed.as_slice()));
    assert_eq!(replace_key(&old, &new, &RNG, kept), Err(SealError::Refused));
    assert_eq!(replace_key(&old, &old, &RNG, []), Err(SealError::SameKey));
}

#[test]
fn replacing_a_key_can_move_values() {
    let (old, new) = (key(1), key(2));
    let to = Place { record: RecordId { noun: 1, id: 77 }, ..place() };
    let sealed = old.seal(&RNG, &place(), b"merged").unwrap();
    let moved = Moved { from: place(), to, sealed: &sealed };
    let fresh = replace_key_moving(&old, &new, &RNG, [moved]).unwrap().remove(0);
    assert_eq!(new.open(&to, &fresh).unwrap().expose(), b"merged");
    assert_eq!(new.open(&place(), &fresh).err(), Some(SealError::Refused));
}

fn any_place() -> impl Strategy<Value = Place> {
    (any::<[u8; 16]>(), any::<u8>(), any::<i64>(), any::<(u8, i64, u32)>(), 0..32_u8).prop_map(
        |(store, noun, id, (part, item, slot), category)| Place {
            store: StoreId(store),
            record: RecordId { noun, id },
            field: FieldId { part, item, slot },
            category: CategoryId::new(category).unwrap(),
        },
    )
}

proptest! {
    #[test]
    fn whatever_is_sealed_opens(
        place in any_place(),
        plain in prop::collection::vec(any::<u8>(), 0..2_000),
        id in 0..KeyId::LIMIT,
    ) {
        let key = key(id);
        let sealed = key.seal(&RNG, &place, &plain).unwrap();
        prop_assert_eq!(sealed.len(), plain.len() + SEAL_OVERHEAD);
        let opened = key.open(&place, &sealed).unwrap();
        prop_assert_eq!(opened.expose(), &plain[..]);
    }

    #[test]
    fn any_bytes_are_refused_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = key_id_of(&bytes);
        prop_assert!(key(1).open(&place(), &bytes).is_err());
    }
}
