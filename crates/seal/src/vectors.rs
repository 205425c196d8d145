//! Fixed bytes: what is stored today opens tomorrow.
//!
//! Everything is drawn from `SeededRandom`, so that a change of any format, layout or order of draws
//! shows here. The bytes were checked against an independent implementation (Python's
//! `cryptography` and `hmac`), formula by formula as in `docs/cryptography.md`.

use crate::*;

const STORE: StoreId = StoreId([0xa5; 16]);
const RECORD: RecordId = RecordId { noun: 2, id: 1_000_001 };
const DOMAIN: u32 = 3;
const PLAIN: &[u8] = "Via Garibaldi 12, Forlì".as_bytes();

struct Fixture {
    rng: SeededRandom,
    category: CategoryId,
    place: Place,
    record: RecordKey,
    domain: DomainKey,
    search: SearchKey,
}

/// Draws the keys in a fixed order: record key, domain key, search key.
fn fixture() -> Fixture {
    let rng = SeededRandom::new(1);
    let category = CategoryId::new(5).unwrap();
    let field = FieldId { part: 7, item: 88, slot: 9 };
    let place = Place { store: STORE, record: RECORD, field, category };
    let record = RecordKey::generate(&rng, KeyId::new(0x0011_2233_4455_6677).unwrap()).unwrap();
    let domain = DomainKey::generate(&rng, 6).unwrap();
    let search = SearchKey::generate(&rng).unwrap();
    Fixture { rng, category, place, record, domain, search }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    let digit = |byte: u8| u8::try_from(char::from(byte).to_digit(16).unwrap()).unwrap();
    text.as_bytes().as_chunks::<2>().0.iter().map(|[a, b]| digit(*a) << 4 | digit(*b)).collect()
}

#[test]
fn keys_are_what_the_generator_gave() {
    let f = fixture();
    let root = RootKey::generate(&SeededRandom::new(2)).unwrap();
    all_equal(&[
        ("record key", hex(f.record.key().expose()), RECORD_KEY),
        ("search key", hex(f.search.secret().expose()), SEARCH_KEY),
        ("root key", hex(root.versions()[0].key.expose()), ROOT_KEY),
    ]);
}

#[test]
fn sealed_bytes_are_as_they_always_were() {
    let f = fixture();
    let sealed = f.record.seal(&f.rng, &f.place, PLAIN).unwrap();
    let entry = f.domain.wrap_record(&f.rng, STORE, DOMAIN, RECORD, f.category, &f.record).unwrap();
    let secret = f.domain.wrap_secret(&f.rng, STORE, DOMAIN, "search", &[9; 32]).unwrap();
    let mut row = Entries::new(DOMAIN, 6);
    row.put(entry.clone());
    let root = RootKey::generate(&SeededRandom::new(2)).unwrap();
    let context = WrapContext { store: STORE, domain: DOMAIN, version: 6 };
    let wrapped = root.wrap(&f.rng, &context, &[0x44; 32]).unwrap();
    all_equal(&[
        ("sealed", hex(&sealed), SEALED),
        ("row", hex(&row.encode()), ROW),
        ("secret", hex(&secret), SECRET),
        ("wrapped", hex(&wrapped.bytes), WRAPPED),
    ]);
    assert_eq!(f.record.open(&f.place, &sealed).map(|c| c.bytes() == PLAIN), Ok(true));
    assert!(root.unwrap(&context, &wrapped).is_ok());
}

#[test]
fn tokens_are_as_they_always_were() {
    let f = fixture();
    let log = LogTokenKey::from_secret(Clear::new(vec![3; 32])).unwrap();
    all_equal(&[
        ("token", hex(&f.search.token(f.category, "rossi").0.to_be_bytes()), TOKEN),
        ("lookup", hex(&f.search.lookup("email", "rossi@example.org")), LOOKUP),
        ("log token", hex(&log.log_token(202_611, "rossi").0.to_be_bytes()), LOG_TOKEN),
    ]);
}

#[test]
fn ed25519_signs_as_rfc_8032_says() {
    // RFC 8032, section 7.1, TEST 2.
    let seed = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";
    let seed = unhex(seed);
    let signer = LogSigner::from_secret(Clear::new(seed)).unwrap();
    assert_eq!(
        hex(&signer.public()),
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
    );
    assert_eq!(
        hex(&signer.sign(&[0x72]).unwrap()),
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
         085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    );
    let again = LogSigner::from_secret(Clear::new(signer.secret().expose().to_vec())).unwrap();
    assert_eq!(again.public(), signer.public());
    assert!(LogSigner::from_secret(Clear::new(vec![1; 31])).is_err());
}

/// Compares all before it fails, so that one run shows every difference.
fn all_equal(checks: &[(&str, String, &str)]) {
    let wrong: Vec<_> = checks.iter().filter(|(_, is, should)| is != should).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

const RECORD_KEY: &str = "46e9bfd8fe39f715d88815213e04d7147a99ea692deaa56104c196b90435055a";
const SEARCH_KEY: &str = "c6082264c0f6a09f569cd03bbf2cfd3e3d1eba674d2af326e526493948d1eb42";
const ROOT_KEY: &str = "caffee15ef7888464523a0efb2fa543db9960a80e36bffe53939973872a1207c";
const SEALED: &str = "\
    0111223344556677fa78577a95b1e763dae71f1abf7f3ceec442ab0c9811716dfbf07ace781fc5d2\
    8c756fa4db76407a48d165d945a157a24b978c8e";
const ROW: &str = "\
    01000000030000000605112233445566773d31a29928c9740810e6a6b408edf90110b157a785657a\
    708bdfcb675bf9630723394fdcbda685cde008d2855d7936bbdebe00bf09ed050b73978003";
const SECRET: &str = "\
    120000000602999049bd54e3c0eeb04c1679f32a12a4579eb0d3f4721008166141b3971fec2322c2\
    b68ae5f0f43f136c85fd958fef46233097548b487e5eb1f6fa";
const WRAPPED: &str = "\
    21fd9a9307dab90f6d2087479f08d44e24fe128da27cde3d9667279a45cbade6aca77c8af2a19213\
    9f8366f29bba9d2b57ee0155408ffa9d92537ff748b0bf90a9825741b2";
const TOKEN: &str = "7154141591089626";
const LOOKUP: &str = "60060fddb8eca23d415e4e1206412a45";
const LOG_TOKEN: &str = "e3b81d9b95ef6fa8";
