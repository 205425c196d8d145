//! Fail points: places between two steps of the write order where a test can
//! stop the process dead, as power loss would.
//!
//! `RISERBO_FAIL_POINT=name` aborts at the first pass, `name:3` at the third.
//! Only debug builds look; a release build has none of it.

/// Aborts the process here if the test asked for it.
#[inline]
pub fn point(name: &'static str) {
    #[cfg(debug_assertions)]
    armed::pass(name);
    #[cfg(not(debug_assertions))]
    let _ = name;
}

#[cfg(debug_assertions)]
mod armed {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    static ARMED: OnceLock<Option<(String, u64)>> = OnceLock::new();
    static PASSED: AtomicU64 = AtomicU64::new(0);

    pub(super) fn pass(name: &'static str) {
        let armed = ARMED.get_or_init(|| {
            let text = std::env::var("RISERBO_FAIL_POINT").ok()?;
            Some(match text.split_once(':') {
                Some((name, n)) => (name.to_owned(), n.parse().unwrap_or(1)),
                None => (text, 1),
            })
        });
        let Some((wanted, at)) = armed else { return };
        if wanted == name && PASSED.fetch_add(1, Ordering::SeqCst) + 1 == *at {
            #[expect(clippy::disallowed_methods, reason = "stands for power loss in a test")]
            std::process::abort();
        }
    }
}
