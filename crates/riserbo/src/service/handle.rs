//! Handles: how a masked agent names a customer.
//!
//! `Cliente` and seven random signs of Crockford's base 32, given at creation.
//! A handle says nothing about the person, and nothing resolves by it alone.

use std::collections::HashSet;

use seal::Random;

use crate::error::{Error, Result};
use crate::store::db::Db;
use crate::store::taken;

/// Crockford's base 32: no I, L, O, U.
const SIGNS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Handles for new customers, that nobody has.
///
/// There are 32^7 of them, and of a million customers about fifteen draw one
/// that somebody has already. So they are compared with each other and with
/// those here before anything is written, and drawn again.
///
/// # Errors
/// [`Error::Setup`] if no free one is found in a hundred rounds, which would be
/// a defect of the random generator; a store's error.
pub async fn many(db: &Db, rng: &dyn Random, count: usize) -> Result<Vec<String>> {
    let mut seen = HashSet::with_capacity(count);
    let mut out = Vec::with_capacity(count);
    for _ in 0..100 {
        let mut fresh = Vec::new();
        for _ in out.len()..count {
            let handle = new(rng)?;
            if seen.insert(handle.clone()) {
                fresh.push(handle);
            }
        }
        let taken: HashSet<String> = taken::handles(db, &fresh).await?.into_iter().collect();
        out.extend(fresh.into_iter().filter(|h| !taken.contains(h)));
        if out.len() >= count {
            return Ok(out);
        }
    }
    Err(Error::Setup(String::from("no free handle is found: the random generator repeats itself")))
}

/// A handle, that somebody may have already: ask [`many`].
pub fn new(rng: &dyn Random) -> Result<String> {
    let mut bytes = [0u8; 7];
    rng.fill(&mut bytes)?;
    let mut out = String::from("Cliente ");
    for byte in bytes {
        let sign = SIGNS.get(usize::from(byte & 31)).copied().unwrap_or(b'0');
        out.push(char::from(sign));
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_has_seven_signs_of_crockfords_alphabet() {
        let handle = new(&seal::SystemRandom).unwrap();
        let signs = handle.strip_prefix("Cliente ").unwrap();
        assert_eq!(signs.len(), 7);
        assert!(signs.bytes().all(|b| SIGNS.contains(&b)));
    }
}
