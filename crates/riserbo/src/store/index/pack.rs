//! Numbers in few bytes: variable-length integers, and lists of growing ones
//! as their differences.

/// Appends a number, seven bits a byte.
pub(super) fn put(out: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        out.push((n as u8 & 0x7f) | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

/// Appends a signed number: small ones of either sign are short.
pub(super) fn put_signed(out: &mut Vec<u8>, n: i64) {
    put(out, ((n << 1) ^ (n >> 63)) as u64);
}

/// Takes a number off the front; none if the bytes end or the number is too long.
pub(super) fn take(bytes: &mut &[u8]) -> Option<u64> {
    let mut n = 0u64;
    for shift in (0..64).step_by(7) {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        let part = u64::from(first & 0x7f);
        if shift == 63 && part > 1 {
            return None;
        }
        n |= part << shift;
        if first & 0x80 == 0 {
            return Some(n);
        }
    }
    None
}

/// Takes a signed number off the front.
pub(super) fn take_signed(bytes: &mut &[u8]) -> Option<i64> {
    let n = take(bytes)?;
    Some(((n >> 1) as i64) ^ -((n & 1) as i64))
}

/// Appends a list of growing, non-negative numbers, with its length.
pub(super) fn put_list(out: &mut Vec<u8>, ids: &[i64]) {
    put(out, ids.len() as u64);
    let mut last = 0;
    for id in ids {
        put(out, id.wrapping_sub(last) as u64);
        last = *id;
    }
}

/// Takes a list off the front.
pub(super) fn take_list(bytes: &mut &[u8]) -> Option<Vec<i64>> {
    let n = usize::try_from(take(bytes)?).ok()?;
    // Each takes a byte at least.
    if n > bytes.len() {
        return None;
    }
    let mut out = Vec::with_capacity(n);
    let mut last = 0i64;
    for _ in 0..n {
        last = last.checked_add_unsigned(take(bytes)?)?;
        out.push(last);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_come_back(n in any::<u64>(), m in any::<i64>()) {
            let mut out = Vec::new();
            put(&mut out, n);
            put_signed(&mut out, m);
            let mut rest = out.as_slice();
            prop_assert_eq!(take(&mut rest), Some(n));
            prop_assert_eq!(take_signed(&mut rest), Some(m));
            prop_assert!(rest.is_empty());
        }

        #[test]
        fn lists_come_back(ids in proptest::collection::btree_set(0i64..i64::MAX, 0..20)) {
            let ids: Vec<i64> = ids.into_iter().collect();
            let mut out = Vec::new();
            put_list(&mut out, &ids);
            prop_assert_eq!(take_list(&mut out.as_slice()), Some(ids));
        }

        #[test]
        fn any_bytes_are_refused_or_read(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let _ = take_list(&mut bytes.as_slice());
            let _ = take_signed(&mut bytes.as_slice());
        }
    }
}
