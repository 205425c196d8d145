//! Everything in `seal` that reads stored bytes: sealed values, key rows, wrapped secrets, wrapped
//! domain keys. Foreign bytes never open, never panic, and what parses has one encoding only.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use seal::{
    CategoryId, Clear, DomainKey, Entries, FieldId, KeyId, Place, RecordId, RecordKey, RootKey,
    SEAL_OVERHEAD, StoreId, SystemRandom, WrapContext, Wrapped, key_id_of,
};

const STORE: StoreId = StoreId([7; 16]);
const RECORD: RecordId = RecordId { noun: 1, id: 42 };

struct Keys {
    domain: DomainKey,
    root: RootKey,
    place: Place,
}

static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    let field = FieldId {
        part: 1,
        item: 2,
        slot: 3,
    };
    let category = CategoryId::new(4).unwrap();
    Keys {
        domain: DomainKey::generate(&SystemRandom, 1).unwrap(),
        root: RootKey::generate(&SystemRandom).unwrap(),
        place: Place {
            store: STORE,
            record: RECORD,
            field,
            category,
        },
    }
});

fuzz_target!(|data: &[u8]| {
    let Keys {
        domain,
        root,
        place,
    } = &*KEYS;
    // A key that has the id which the bytes name, so that opening goes past the header.
    let id = key_id_of(data).unwrap_or(KeyId::new(0).unwrap());
    let key = RecordKey::generate(&SystemRandom, id).unwrap();
    let mut buffer = Clear::empty();
    assert!(key.open_into(place, data, &mut buffer).is_err() && buffer.is_empty());

    let sealed = key.seal(&SystemRandom, place, data).unwrap();
    assert_eq!(sealed.len(), data.len() + SEAL_OVERHEAD);
    assert_eq!(key.open(place, &sealed).unwrap().expose(), data);

    if let Ok(row) = Entries::decode(data) {
        assert_eq!(row.encode(), data);
        for entry in row.iter() {
            let category = entry.category();
            assert_eq!(row.get(category), Some(entry));
            assert!(domain.record_key(STORE, RECORD, category, &row).is_err());
        }
    }
    assert!(domain.unwrap_secret(STORE, 0, "fuzz", data).is_err());
    let context = WrapContext {
        store: STORE,
        domain: 0,
        version: 1,
    };
    assert!(
        root.unwrap(
            &context,
            &Wrapped {
                bytes: data.to_vec(),
                root_version: 1
            }
        )
        .is_err()
    );
});
