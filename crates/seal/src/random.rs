//! Randomness as a parameter.
//!
//! Nonces and keys come from a [`Random`] that the caller hands in, so that tests can run a whole
//! server under a fixed generator. In production it is [`PooledRandom`]: asking the library's
//! generator for 12 bytes at each seal made sealing 6.4 times slower than drawing them from a
//! buffer.

use std::cell::RefCell;

use zeroize::{Zeroizing, zeroize_bytes};

use crate::SealError;

/// A source of random bytes for keys, nonces and tokens.
pub trait Random: Send + Sync {
    /// Fills `dest` whole, or fails.
    ///
    /// # Errors
    /// [`SealError::Random`]; what `dest` then holds must not be used.
    fn fill(&self, dest: &mut [u8]) -> Result<(), SealError>;
}

/// The generator of aws-lc: a DRBG of each thread (NIST SP 800-90A), seeded by the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

#[expect(clippy::disallowed_methods, reason = "the one place where randomness comes from")]
impl Random for SystemRandom {
    fn fill(&self, dest: &mut [u8]) -> Result<(), SealError> {
        aws_lc_rs::rand::fill(dest).map_err(|_| SealError::Random)
    }
}

/// [`SystemRandom`], 4 KiB at a time: each thread draws from a buffer of its own.
///
/// Bytes that were given out are zeroed in the buffer at once, so that no nonce or key can be read
/// from it later, nor given out twice. Requests above 512 bytes pass the buffer by.
///
/// A process that forks and goes on in both halves, or a virtual machine that is resumed twice from
/// one memory snapshot, would draw the same bytes twice. The server does not fork; do not resume a
/// running server from a snapshot more than once.
#[derive(Debug, Clone, Copy, Default)]
pub struct PooledRandom;

/// Bytes in a thread's buffer.
const POOL: usize = 4096;
/// Longest request that is served from the buffer.
const SMALL: usize = 512;

thread_local! {
    static BUFFER: RefCell<Pool> = RefCell::new(Pool::new());
}

impl Random for PooledRandom {
    fn fill(&self, dest: &mut [u8]) -> Result<(), SealError> {
        if dest.len() > SMALL {
            return SystemRandom.fill(dest);
        }
        // While a thread ends its buffer may be gone already: ask the generator itself.
        BUFFER
            .try_with(|pool| pool.try_borrow_mut().map(|mut pool| pool.draw(dest)))
            .ok()
            .and_then(Result::ok)
            .unwrap_or_else(|| SystemRandom.fill(dest))
    }
}

/// A buffer and how many of its bytes, at the end, are still to be given out.
struct Pool {
    bytes: Zeroizing<[u8; POOL]>,
    left: usize,
}

impl Pool {
    fn new() -> Self {
        Self { bytes: Zeroizing::new([0; POOL]), left: 0 }
    }

    fn draw(&mut self, dest: &mut [u8]) -> Result<(), SealError> {
        if self.left < dest.len() {
            // If the generator fails, nothing of the buffer may be used.
            self.left = 0;
            SystemRandom.fill(self.bytes.as_mut_slice())?;
            self.left = POOL;
        }
        let start = POOL - self.left;
        let end = start + dest.len();
        let drawn = self.bytes.get_mut(start..end).ok_or(SealError::Random)?;
        dest.copy_from_slice(drawn);
        zeroize_bytes(drawn);
        self.left -= dest.len();
        Ok(())
    }
}

/// A generator that gives the same bytes for the same seed: **for tests alone**. Whoever knows the
/// seed knows every key.
///
/// Block `i` is `HMAC-SHA-256(seed, i)`, `i` as 8 bytes, big endian.
#[cfg(any(test, feature = "test-util"))]
pub struct SeededRandom {
    key: aws_lc_rs::hmac::Key,
    next: std::sync::Mutex<(u64, Vec<u8>)>,
}

#[cfg(any(test, feature = "test-util"))]
impl SeededRandom {
    /// A generator for this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &seed.to_be_bytes());
        Self { key, next: std::sync::Mutex::new((0, Vec::new())) }
    }
}

#[cfg(any(test, feature = "test-util"))]
impl Random for SeededRandom {
    fn fill(&self, dest: &mut [u8]) -> Result<(), SealError> {
        let mut next = self.next.lock().map_err(|_| SealError::Random)?;
        let (block, left) = &mut *next;
        for byte in dest {
            if left.is_empty() {
                let tag = aws_lc_rs::hmac::sign(&self.key, &block.to_be_bytes());
                left.extend(tag.as_ref().iter().rev());
                *block += 1;
            }
            *byte = left.pop().ok_or(SealError::Random)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_pool_gives_nothing_twice_and_keeps_nothing() {
        let mut pool = Pool::new();
        let mut seen = HashSet::new();
        for _ in 0..3 * POOL / 12 {
            let mut nonce = [0; 12];
            pool.draw(&mut nonce).unwrap();
            assert!(seen.insert(nonce));
            let given = POOL - pool.left;
            assert!(pool.bytes[..given].iter().all(|&b| b == 0));
        }
    }

    #[test]
    fn threads_have_buffers_of_their_own() {
        let draw = || {
            let mut bytes = [0; 32];
            PooledRandom.fill(&mut bytes).unwrap();
            bytes
        };
        let here = draw();
        let there = std::thread::spawn(draw).join().unwrap();
        assert_ne!(here, there);
    }

    #[test]
    fn long_requests_are_filled_to_the_end() {
        for len in [0, 1, SMALL, SMALL + 1, 3 * POOL] {
            let mut bytes = vec![0; len + 32];
            PooledRandom.fill(&mut bytes).unwrap();
            assert!(bytes[len..].iter().any(|&b| b != 0));
        }
    }

    #[test]
    fn a_seed_always_gives_the_same_bytes_however_they_are_asked_for() {
        let (a, b, other) = (SeededRandom::new(7), SeededRandom::new(7), SeededRandom::new(8));
        let mut whole = [0; 100];
        a.fill(&mut whole).unwrap();
        let mut parts = [0; 100];
        parts.chunks_mut(7).for_each(|part| b.fill(part).unwrap());
        assert_eq!(whole, parts);
        other.fill(&mut parts).unwrap();
        assert_ne!(whole, parts);
    }
}
