//! Handles: how a masked agent names a customer.
//!
//! `Cliente` and seven random signs of Crockford's base 32, given at creation.
//! A handle says nothing about the person, and nothing resolves by it alone.

use seal::Random;

use crate::error::Result;

/// Crockford's base 32: no I, L, O, U.
const SIGNS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A new handle. Two of a million customers share one with a chance of 1.5 %
/// in all; the database refuses the second, and the import is run again.
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
