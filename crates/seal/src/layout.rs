//! Byte layouts of everything that is authenticated but not encrypted.
//!
//! Each encoding has a fixed length (or a length prefix) and starts with a byte that no other
//! encoding shares, so that bytes made for one purpose can't be taken for another. All numbers are
//! big endian. Changing any of this makes existing data unreadable: add a format instead.

use crate::{CategoryId, KeyId, Place, RecordId, WrapContext};

/// First byte of a sealed value and of its associated data.
pub(crate) const VALUE_V1: u8 = 0x01;
/// First byte of the associated data of a record key wrapped by a domain key.
const ENTRY_V1: u8 = 0x11;
/// First byte of a secret wrapped by a domain key, and of its associated data.
pub(crate) const SECRET_V1: u8 = 0x12;
/// First byte of the associated data of a domain key wrapped by a root key.
const ROOT_V1: u8 = 0x21;

/// Writes fixed-size pieces one after the other; the sizes are all known when compiling.
struct Pieces<'a>(&'a mut [u8]);

impl Pieces<'_> {
    fn put<const N: usize>(&mut self, piece: [u8; N]) -> &mut Self {
        let rest = std::mem::take(&mut self.0);
        debug_assert!(rest.len() >= N, "layout shorter than its pieces");
        if let Some((head, tail)) = rest.split_first_chunk_mut::<N>() {
            *head = piece;
            self.0 = tail;
        }
        self
    }

    fn done(&self) {
        debug_assert!(self.0.is_empty(), "layout longer than its pieces");
    }
}

/// `format ‖ store id ‖ noun ‖ record id ‖ part ‖ item ‖ slot ‖ category ‖ key id`: 1 + 16 + 1 + 8 +
/// 1 + 8 + 4 + 1 + 7 bytes.
pub(crate) fn value_aad(place: &Place, key: KeyId) -> [u8; 47] {
    let mut out = [0; 47];
    let mut to = Pieces(&mut out);
    to.put([VALUE_V1]).put(place.store.0).put([place.record.noun]);
    to.put(place.record.id.to_be_bytes()).put([place.field.part]);
    to.put(place.field.item.to_be_bytes()).put(place.field.slot.to_be_bytes());
    to.put([place.category.get()]).put(key.to_bytes()).done();
    out
}

/// `0x11 ‖ store id ‖ domain ‖ domain key version ‖ noun ‖ record id ‖ category ‖ key id`: 1 + 16 +
/// 4 + 4 + 1 + 8 + 1 + 7 bytes.
pub(crate) fn entry_aad(
    scope: WrapContext,
    record: RecordId,
    category: CategoryId,
    key: KeyId,
) -> [u8; 42] {
    let mut out = [0; 42];
    let mut to = Pieces(&mut out);
    to.put([ENTRY_V1]).put(scope.store.0).put(scope.domain.to_be_bytes());
    to.put(scope.version.to_be_bytes()).put([record.noun]).put(record.id.to_be_bytes());
    to.put([category.get()]).put(key.to_bytes()).done();
    out
}

/// `0x12 ‖ store id ‖ domain ‖ domain key version ‖ label`; the label is last and everything before
/// it has a fixed length, so that no two inputs share an encoding.
pub(crate) fn secret_aad(scope: WrapContext, label: &str) -> Vec<u8> {
    let mut out = scope_prefix(SECRET_V1, scope).to_vec();
    out.extend_from_slice(label.as_bytes());
    out
}

/// `0x21 ‖ store id ‖ domain ‖ domain key version`: 1 + 16 + 4 + 4 bytes.
pub(crate) fn root_aad(scope: WrapContext) -> [u8; 25] {
    scope_prefix(ROOT_V1, scope)
}

fn scope_prefix(purpose: u8, scope: WrapContext) -> [u8; 25] {
    let mut out = [0; 25];
    let mut to = Pieces(&mut out);
    to.put([purpose]).put(scope.store.0).put(scope.domain.to_be_bytes());
    to.put(scope.version.to_be_bytes()).done();
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{FieldId, StoreId};

    #[test]
    fn layouts_are_as_documented() {
        let store = StoreId([0xaa; 16]);
        let record = RecordId { noun: 2, id: 0x0304 };
        let category = CategoryId::new(5).unwrap();
        let key = KeyId::new(0x0607).unwrap();
        let place =
            Place { store, record, field: FieldId { part: 8, item: -1, slot: 9 }, category };
        let store_hex = "aa".repeat(16);
        assert_eq!(
            hex(&value_aad(&place, key)),
            format!("01{store_hex}02000000000000030408ffffffffffffffff000000090500000000000607")
        );
        let scope = WrapContext { store, domain: 10, version: 11 };
        assert_eq!(
            hex(&entry_aad(scope, record, category, key)),
            format!("11{store_hex}0000000a0000000b0200000000000003040500000000000607")
        );
        assert_eq!(hex(&secret_aad(scope, "ab")), format!("12{store_hex}0000000a0000000b6162"));
        assert_eq!(hex(&root_aad(scope)), format!("21{store_hex}0000000a0000000b"));
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|b| format!("{b:02x}")).collect()
    }

    fn any_place() -> impl Strategy<Value = Place> {
        // Small numbers, so that coordinates collide and exchange often.
        let store = prop::array::uniform16(0..2_u8).prop_map(StoreId);
        let record = (0..3_u8, -1..3_i64).prop_map(|(noun, id)| RecordId { noun, id });
        let field = (0..3_u8, -1..3_i64, 0..3_u32).prop_map(|(part, item, slot)| FieldId {
            part,
            item,
            slot,
        });
        let category = (0..3_u8).prop_map(|id| CategoryId::new(id).unwrap());
        (store, record, field, category).prop_map(|(store, record, field, category)| Place {
            store,
            record,
            field,
            category,
        })
    }

    proptest! {
        #[test]
        fn no_two_places_or_keys_share_an_encoding(
            places in [any_place(), any_place()],
            keys in [0..3_u64, 0..3],
        ) {
            let [a, b] = [0, 1].map(|i| (places[i], KeyId::new(keys[i]).unwrap()));
            prop_assert_eq!(value_aad(&a.0, a.1) == value_aad(&b.0, b.1), a == b);
            let entry = |(place, key): (Place, KeyId)| {
                let scope = WrapContext { store: place.store, domain: 1, version: 2 };
                entry_aad(scope, place.record, place.category, key)
            };
            let parts = |(p, key): (Place, KeyId)| (p.store, p.record, p.category, key);
            prop_assert_eq!(entry(a) == entry(b), parts(a) == parts(b));
        }
    }
}
