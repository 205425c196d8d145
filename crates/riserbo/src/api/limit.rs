//! A limit on the requests of one token: a fixed window of a minute.
//!
//! It stops a client that runs in circles from taking the desk down with it. It
//! is not what protects data: that is the policy, the budgets and the log. What
//! is counted is the token's hash; a window that is over is forgotten whole, so
//! that memory holds one number for each token in use.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::clock::{MINUTE, SECOND};

/// Counts requests by token.
pub struct Limiter {
    limit: u32,
    windows: Mutex<Window>,
}

#[derive(Default)]
struct Window {
    number: i64,
    used: HashMap<[u8; 32], u32>,
}

/// How a token stands in its window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Requests a minute.
    pub limit: u32,
    /// Requests left in this one.
    pub left: u32,
    /// Seconds until the next.
    pub reset: i64,
    /// Whether this request is within the limit.
    pub allowed: bool,
}

impl Limiter {
    /// A limiter of so many requests a minute.
    #[must_use]
    pub fn new(limit: u32) -> Limiter {
        Limiter { limit, windows: Mutex::default() }
    }

    /// Counts one request.
    pub fn take(&self, token: [u8; 32], now: i64) -> Standing {
        let number = now.div_euclid(MINUTE);
        let reset = (MINUTE - now.rem_euclid(MINUTE)).div_euclid(SECOND).max(1);
        // A poisoned lock holds counts that are at worst one short.
        let mut window = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        if window.number != number {
            *window = Window { number, used: HashMap::new() };
        }
        let used = window.used.entry(token).or_default();
        let allowed = *used < self.limit;
        if allowed {
            *used += 1;
        }
        Standing { limit: self.limit, left: self.limit - *used, reset, allowed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_spends_its_own_minute() {
        let limiter = Limiter::new(2);
        let (a, b) = ([1; 32], [2; 32]);
        assert_eq!(limiter.take(a, 0).left, 1);
        assert!(limiter.take(a, SECOND).allowed);
        let spent = limiter.take(a, 2 * SECOND);
        assert_eq!((spent.allowed, spent.left, spent.reset), (false, 0, 58));
        assert!(limiter.take(b, 2 * SECOND).allowed, "another token has its own count");
        assert!(limiter.take(a, MINUTE).allowed, "a new minute begins anew");
    }
}
