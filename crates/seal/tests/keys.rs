//! Domain keys, key rows, secrets and providers: keys open where they were wrapped and nowhere else.
#![expect(clippy::disallowed_methods, reason = "tests look at what they opened")]
#![expect(clippy::unwrap_used, reason = "helpers of tests may stop at the first surprise")]

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use proptest::prelude::*;
use seal::{
    CategoryId, DomainKey, Entries, Entry, FieldId, KeyId, KeyProvider, MAX_ENTRIES, MAX_SECRET,
    MAX_WRAPS, Place, PooledRandom, ProviderError, ProviderFuture, ProviderInfo, RecordId,
    RecordKey, RootKey, SealError, SearchKey, StoreId, WRAPPED_ENTRY, WrapContext, Wrapped,
};

const RNG: PooledRandom = PooledRandom;
const STORE: StoreId = StoreId([7; 16]);
const RECORD: RecordId = RecordId { noun: 1, id: 42 };

fn category(id: u8) -> CategoryId {
    CategoryId::new(id).unwrap()
}

fn key(id: u64) -> RecordKey {
    RecordKey::generate(&RNG, KeyId::new(id).unwrap()).unwrap()
}

fn domain(version: u32) -> DomainKey {
    DomainKey::generate(&RNG, version).unwrap()
}

/// Whether two keys of a record and category are the same key: what one seals the other opens.
fn same(store: StoreId, record: RecordId, id: u8, a: &RecordKey, b: &RecordKey) -> bool {
    let field = FieldId { part: 0, item: 0, slot: 0 };
    let place = Place { store, record, field, category: category(id) };
    b.open(&place, &a.seal(&RNG, &place, b"probe").unwrap()).is_ok()
}

#[test]
fn a_record_key_opens_where_it_was_wrapped_and_nowhere_else() {
    let (domain_key, other_key) = (domain(1), domain(1));
    let mut scopes = vec![(STORE, 0, RECORD), (StoreId([8; 16]), 0, RECORD), (STORE, 1, RECORD)];
    scopes.extend([(2, 42), (1, 43), (42, 1)].map(|(noun, id)| (STORE, 0, RecordId { noun, id })));
    for (i, here) in scopes.iter().enumerate() {
        let key = key(9);
        let entry = domain_key.wrap_record(&RNG, here.0, here.1, here.2, category(3), &key);
        let entry = entry.unwrap();
        assert_eq!((entry.category(), entry.key_id()), (category(3), key.id()));
        for (j, there) in scopes.iter().enumerate() {
            let opened = domain_key.unwrap_record(there.0, there.1, there.2, category(3), &entry);
            match opened {
                Ok(opened) => {
                    assert_eq!(i, j);
                    assert!(same(here.0, here.2, 3, &opened, &key));
                }
                Err(error) => assert!(i != j && error == SealError::Refused, "{i}, {j}: {error}"),
            }
        }
        let error = other_key.unwrap_record(here.0, here.1, here.2, category(3), &entry).err();
        assert_eq!(error, Some(SealError::Refused));
    }
}

#[test]
fn the_version_of_the_domain_key_is_bound_too() {
    let bytes = || seal::Clear32::take(&mut [5; 32]);
    let [one, two] = [1, 2].map(|version| DomainKey::from_key(version, bytes()).unwrap());
    let entry = one.wrap_record(&RNG, STORE, 0, RECORD, category(0), &key(1)).unwrap();
    let error = two.unwrap_record(STORE, 0, RECORD, category(0), &entry).err();
    assert_eq!(error, Some(SealError::Refused));
}

#[test]
fn every_changed_byte_of_an_entry_is_noticed() {
    let domain = domain(1);
    let entry = domain.wrap_record(&RNG, STORE, 0, RECORD, category(3), &key(1)).unwrap();
    for at in 0..WRAPPED_ENTRY {
        for bit in 0..8 {
            let mut changed = *entry.as_bytes();
            changed[at] ^= 1 << bit;
            let result = Entry::from_bytes(changed).and_then(|changed| {
                // Asked for with the category that the changed entry claims.
                domain.unwrap_record(STORE, 0, RECORD, changed.category(), &changed)
            });
            let expected =
                if at == 0 && bit >= 5 { SealError::OutOfRange } else { SealError::Refused };
            assert_eq!(result.err(), Some(expected), "byte {at}, bit {bit}");
        }
    }
    let error = domain.unwrap_record(STORE, 0, RECORD, category(4), &entry).err();
    assert_eq!(error, Some(SealError::WrongKey));
}

#[test]
fn a_row_holds_one_key_for_each_category() {
    let domain = domain(1);
    let mut row = Entries::new(7, 1);
    for id in (0..32).rev() {
        let key = key(u64::from(id));
        let old = domain.put_record_key(&RNG, STORE, RECORD, category(id), &key, &mut row);
        assert!(old.unwrap().is_none());
    }
    assert_eq!(row.len(), MAX_ENTRIES);
    let bytes = row.encode();
    assert_eq!(bytes.len(), 9 + 32 * WRAPPED_ENTRY);
    let row = Entries::decode(&bytes).unwrap();
    assert_eq!((row.domain(), row.version()), (7, 1));
    for id in 0..32 {
        let opened = domain.record_key(STORE, RECORD, category(id), &row).unwrap();
        assert_eq!(opened.id().get(), u64::from(id));
    }
}

#[test]
fn a_new_key_takes_the_place_of_the_old_one_and_a_destroyed_one_is_gone() {
    let (domain, old, new) = (domain(1), key(1), key(2));
    let mut row = Entries::new(0, 1);
    domain.put_record_key(&RNG, STORE, RECORD, category(3), &old, &mut row).unwrap();
    let replaced = domain.put_record_key(&RNG, STORE, RECORD, category(3), &new, &mut row);
    assert_eq!(replaced.unwrap().unwrap().key_id(), old.id());
    let opened = domain.record_key(STORE, RECORD, category(3), &row).unwrap();
    assert!(same(STORE, RECORD, 3, &opened, &new) && !same(STORE, RECORD, 3, &opened, &old));
    assert_eq!(row.remove(category(3)).map(|entry| entry.key_id()), Some(new.id()));
    assert!(row.remove(category(3)).is_none() && row.is_empty());
    let error = domain.record_key(STORE, RECORD, category(3), &row).err();
    assert_eq!(error, Some(SealError::NoKey));
    assert_eq!(row.encode().len(), 9);
}

#[test]
fn a_row_has_one_encoding_only() {
    let domain = domain(1);
    let mut row = Entries::new(0, 1);
    for id in [2, 5] {
        domain.put_record_key(&RNG, STORE, RECORD, category(id), &key(1), &mut row).unwrap();
    }
    let good = row.encode();
    let decode = |bytes: &[u8]| Entries::decode(bytes).map(|_| ());
    assert_eq!(decode(&good), Ok(()));
    for len in 0..good.len() {
        let whole = len >= 9 && (len - 9) % WRAPPED_ENTRY == 0;
        assert_eq!(decode(&good[..len]).is_ok(), whole, "{len} bytes");
    }
    let (head, entries) = good.split_at(9);
    let (a, b) = entries.split_at(WRAPPED_ENTRY);
    assert_eq!(decode(&[head, b, a].concat()), Err(SealError::Row));
    assert_eq!(decode(&[head, a, a].concat()), Err(SealError::Row));
    let mut high = good.clone();
    high[9] = 32;
    assert_eq!(decode(&high), Err(SealError::OutOfRange));
    let mut newer = good;
    newer[0] = 2;
    assert_eq!(decode(&newer), Err(SealError::Format));
}

#[test]
fn rotation_keeps_the_keys_and_shuts_out_the_old_version() {
    let (old, new) = (domain(1), domain(2));
    let keys: Vec<_> = (0..4).map(key).collect();
    let mut row = Entries::new(3, 1);
    for (id, key) in (0..4).zip(&keys) {
        old.put_record_key(&RNG, STORE, RECORD, category(id), key, &mut row).unwrap();
    }
    let fresh = new.rewrap_row(&RNG, STORE, RECORD, &old, &row).unwrap();
    assert_eq!((fresh.domain(), fresh.version(), fresh.len()), (3, 2, 4));
    for (id, key) in (0..4).zip(&keys) {
        let opened = new.record_key(STORE, RECORD, category(id), &fresh).unwrap();
        assert!(same(STORE, RECORD, id, &opened, key));
        let error = old.record_key(STORE, RECORD, category(id), &fresh).err();
        assert_eq!(error, Some(SealError::WrongVersion));
    }
    // Rows are not mixed, and a row that was rotated already is not rotated by mistake again.
    let mut row = fresh.clone();
    let error = old.put_record_key(&RNG, STORE, RECORD, category(9), &keys[0], &mut row).err();
    assert_eq!(error, Some(SealError::WrongVersion));
    let error = new.rewrap_row(&RNG, STORE, RECORD, &old, &fresh).err();
    assert_eq!(error, Some(SealError::WrongVersion));
}

#[test]
fn rotation_of_a_changed_row_gives_nothing() {
    let (old, new) = (domain(1), domain(2));
    let mut row = Entries::new(0, 1);
    for id in 0..2 {
        old.put_record_key(&RNG, STORE, RECORD, category(id), &key(1), &mut row).unwrap();
    }
    let mut bytes = row.encode();
    *bytes.last_mut().unwrap() ^= 1;
    let changed = Entries::decode(&bytes).unwrap();
    let error = new.rewrap_row(&RNG, STORE, RECORD, &old, &changed).err();
    assert_eq!(error, Some(SealError::Refused));
}

#[test]
fn a_secret_opens_under_its_own_label_only() {
    let domain = domain(4);
    let wrapped = domain.wrap_secret(&RNG, STORE, 0, "search", b"a secret").unwrap();
    let open = |store, dom, label, bytes: &[u8]| {
        domain.unwrap_secret(store, dom, label, bytes).map(|clear| clear.expose().to_vec())
    };
    assert_eq!(open(STORE, 0, "search", &wrapped), Ok(b"a secret".to_vec()));
    assert_eq!(DomainKey::secret_version_of(&wrapped), Ok(4));
    for label in ["", "Search", "search ", "log-signing"] {
        assert_eq!(open(STORE, 0, label, &wrapped), Err(SealError::Refused), "{label}");
    }
    assert_eq!(open(STORE, 1, "search", &wrapped), Err(SealError::Refused));
    assert_eq!(open(StoreId([0; 16]), 0, "search", &wrapped), Err(SealError::Refused));
    for len in 0..wrapped.len() {
        assert!(open(STORE, 0, "search", &wrapped[..len]).is_err(), "{len} bytes");
    }
    for at in 0..wrapped.len() {
        let mut changed = wrapped.clone();
        changed[at] ^= 1;
        let expected = match at {
            0 => SealError::Format,
            1..5 => SealError::WrongVersion,
            _ => SealError::Refused,
        };
        assert_eq!(open(STORE, 0, "search", &changed), Err(expected), "byte {at}");
    }
    let long = domain.wrap_secret(&RNG, STORE, 0, "x", &[0; MAX_SECRET + 1]);
    assert_eq!(long, Err(SealError::TooLong));
}

#[test]
fn a_domain_key_stops_wrapping_in_time() {
    let domain = domain(1);
    domain.count_from(MAX_WRAPS - 1);
    domain.count_from(0);
    assert_eq!(domain.wraps(), MAX_WRAPS - 1);
    domain.wrap_record(&RNG, STORE, 0, RECORD, category(0), &key(1)).map(|_| ()).unwrap();
    let error = domain.wrap_record(&RNG, STORE, 0, RECORD, category(0), &key(1)).err();
    assert_eq!(error, Some(SealError::Exhausted));
    let error = domain.wrap_secret(&RNG, STORE, 0, "x", b"x").err();
    assert_eq!(error, Some(SealError::Exhausted));
}

#[test]
fn tokens_differ_by_key_category_word_and_use() {
    let [a, b] = [(); 2].map(|()| SearchKey::generate(&RNG).unwrap());
    let token = a.token(category(1), "rossi");
    assert!(token == a.token(category(1), "rossi"));
    assert!(token != a.token(category(2), "rossi"));
    assert!(token != a.token(category(1), "rosso"));
    assert!(token != b.token(category(1), "rossi"));
    assert!(seal::BlindToken::from_i64(token.to_i64()) == token);
    // Where kind ends and value begins counts.
    assert_ne!(a.lookup("ab", "c"), a.lookup("a", "bc"));
    assert_ne!(a.lookup("email", "x"), b.lookup("email", "x"));
    let again = SearchKey::from_secret(seal::Clear::new(a.secret().expose().to_vec())).unwrap();
    assert!(again.token(category(1), "rossi") == token);
    let log = seal::LogTokenKey::generate(&RNG).unwrap();
    assert!(log.log_token(1, "rossi") != log.log_token(2, "rossi"));
}

#[test]
fn a_signature_verifies_for_its_message_and_key_only() {
    let [a, b] = [(); 2].map(|()| seal::LogSigner::generate(&RNG).unwrap());
    let verifier = seal::LogVerifier::new(&a.public()).unwrap();
    let signature = a.sign(b"checkpoint").unwrap();
    assert_eq!(verifier.verify(b"checkpoint", &signature), Ok(()));
    assert_eq!(verifier.verify(b"checkpoinT", &signature), Err(SealError::Signature));
    assert_eq!(verifier.verify(b"checkpoint", &signature[..63]), Err(SealError::Signature));
    let other = b.sign(b"checkpoint").unwrap();
    assert_eq!(verifier.verify(b"checkpoint", &other), Err(SealError::Signature));
}

/// A provider of another crate's making: the trait is object safe and asks for nothing else.
struct Elsewhere(RootKey);

impl KeyProvider for Elsewhere {
    fn id(&self) -> &str {
        "elsewhere"
    }

    fn describe(&self) -> ProviderInfo {
        ProviderInfo {
            kind: "test",
            location: String::from("memory"),
            root_version: self.0.current(),
            key_stays_inside: true,
            passphrase: false,
        }
    }

    fn wrap<'a>(
        &'a self,
        context: &'a WrapContext,
        key: &'a [u8; 32],
    ) -> ProviderFuture<'a, Wrapped> {
        Box::pin(async move { self.0.wrap(&RNG, context, key) })
    }

    fn unwrap<'a>(
        &'a self,
        context: &'a WrapContext,
        wrapped: &'a Wrapped,
    ) -> ProviderFuture<'a, seal::Clear32> {
        Box::pin(async move { self.0.unwrap(context, wrapped) })
    }
}

/// Runs a future that never waits for anything.
fn now<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return value;
        }
    }
}

#[test]
fn a_domain_key_goes_through_any_provider_and_back() {
    let providers: Vec<Box<dyn KeyProvider>> = (0..2)
        .map(|_| Box::new(Elsewhere(RootKey::generate(&RNG).unwrap())) as Box<dyn KeyProvider>)
        .collect();
    let domain_key = domain(5);
    let entry = domain_key.wrap_record(&RNG, STORE, 3, RECORD, category(0), &key(1)).unwrap();
    let wrapped = now(domain_key.wrap_under(providers[0].as_ref(), STORE, 3)).unwrap();
    let context = WrapContext { store: STORE, domain: 3, version: 5 };
    let unwrap = |provider: usize, context: WrapContext, wrapped: &Wrapped| {
        now(DomainKey::unwrap_with(providers[provider].as_ref(), &context, wrapped))
    };
    let opened = unwrap(0, context, &wrapped).unwrap();
    assert_eq!(opened.version(), 5);
    opened.unwrap_record(STORE, 3, RECORD, category(0), &entry).map(|_| ()).unwrap();
    assert_eq!(unwrap(1, context, &wrapped).err(), Some(ProviderError::WrongKey));
    let others = [
        WrapContext { store: StoreId([0; 16]), ..context },
        WrapContext { domain: 4, ..context },
        WrapContext { version: 6, ..context },
    ];
    for other in others {
        assert_eq!(unwrap(0, other, &wrapped).err(), Some(ProviderError::Corrupt));
    }
    for at in 0..wrapped.bytes.len() {
        let mut changed = wrapped.clone();
        changed.bytes[at] ^= 1;
        let expected =
            if (1..9).contains(&at) { ProviderError::WrongKey } else { ProviderError::Corrupt };
        assert_eq!(unwrap(0, context, &changed).err(), Some(expected), "byte {at}");
        changed.bytes.truncate(at);
        assert_eq!(unwrap(0, context, &changed).err(), Some(ProviderError::Corrupt));
    }
    let elsewhere = Wrapped { root_version: 2, ..wrapped };
    assert_eq!(unwrap(0, context, &elsewhere).err(), Some(ProviderError::WrongKey));
}

#[test]
fn the_encryption_context_holds_ids_and_nothing_else() {
    let context = WrapContext { store: STORE, domain: 3, version: 5 };
    let pairs = context.pairs();
    assert_eq!(pairs[0], ("riserbo:store", "07".repeat(16)));
    assert_eq!(pairs[1..], [("riserbo:domain", "3".into()), ("riserbo:version", "5".into())]);
}

proptest! {
    #[test]
    fn rows_round_trip(
        domain in any::<u32>(),
        version in any::<u32>(),
        entries in prop::collection::btree_map(0..32_u8, any::<[u8; 32]>(), 0..32),
    ) {
        let mut row = Entries::new(domain, version);
        for (category, filler) in &entries {
            let mut bytes = [0; WRAPPED_ENTRY];
            bytes[0] = *category;
            bytes[20..52].copy_from_slice(filler);
            row.put(Entry::from_bytes(bytes).unwrap());
        }
        let bytes = row.encode();
        let back = Entries::decode(&bytes).unwrap();
        prop_assert_eq!(back.len(), entries.len());
        prop_assert!(back == row);
        prop_assert_eq!(back.encode(), bytes);
    }

    #[test]
    fn whatever_decodes_is_canonical(
        rows in prop::collection::vec((0..40_u8, any::<u8>()), 0..4),
        format in 0..3_u8,
        stray in 0..3_usize,
    ) {
        let mut bytes = vec![format, 0, 0, 0, 1, 0, 0, 0, 2];
        for (category, filler) in rows {
            bytes.push(category);
            bytes.extend([filler; WRAPPED_ENTRY - 1]);
        }
        bytes.extend(vec![0; stray]);
        if let Ok(row) = Entries::decode(&bytes) {
            prop_assert_eq!(row.encode(), bytes);
        }
    }
}
