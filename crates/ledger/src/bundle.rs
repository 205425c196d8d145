//! Entry bundles: entries one after the other, each with a big-endian u16 length before it
//! (C2SP tlog-tiles, "Log entries"). The journal carries entries in the same form.

use std::sync::Arc;

/// The longest entry, in bytes. The length prefix would allow 65,535; the margin leaves room for
/// what a later format puts around an entry.
pub const MAX_ENTRY: usize = 60 * 1024;

/// An entry as the writer keeps it: shared, never changed.
pub type Entry = Arc<[u8]>;

/// Appends `entry` with its length. The caller has checked it against [`MAX_ENTRY`].
pub(crate) fn put(out: &mut Vec<u8>, entry: &[u8]) {
    debug_assert!(entry.len() <= MAX_ENTRY);
    let len = u16::try_from(entry.len()).unwrap_or(u16::MAX);
    out.extend_from_slice(&len.to_be_bytes());
    out.extend_from_slice(entry);
}

/// The bundle of `entries`.
#[must_use]
pub fn encode(entries: &[Entry]) -> Vec<u8> {
    let mut out = Vec::with_capacity(entries.iter().map(|e| e.len() + 2).sum());
    for entry in entries {
        put(&mut out, entry);
    }
    out
}

/// Walks over the entries of a bundle. Yields `None` in place of an entry that is cut off or
/// longer than [`MAX_ENTRY`], and ends after it.
pub fn entries(bundle: &[u8]) -> Entries<'_> {
    Entries { rest: Some(bundle) }
}

/// See [`entries`].
#[derive(Clone, Debug)]
pub struct Entries<'a> {
    rest: Option<&'a [u8]>,
}

impl<'a> Iterator for Entries<'a> {
    type Item = Option<&'a [u8]>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.rest.take().filter(|rest| !rest.is_empty())?;
        let split = rest.split_first_chunk::<2>().and_then(|(len, rest)| {
            let len = usize::from(u16::from_be_bytes(*len));
            (len <= MAX_ENTRY).then(|| rest.split_at_checked(len))?
        });
        let Some((entry, rest)) = split else {
            return Some(None);
        };
        self.rest = Some(rest);
        Some(Some(entry))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_cut_entry_shows_as_none_and_ends_the_walk() {
        assert_eq!(entries(&[0, 1, 7, 0, 2, 9]).collect::<Vec<_>>(), [Some(&[7_u8][..]), None]);
        assert_eq!(entries(&[0]).collect::<Vec<_>>(), [None]);
        assert_eq!(entries(&[]).count(), 0);
        let mut long = vec![0xff, 0xff];
        long.resize(2 + 0xffff, 1);
        assert_eq!(entries(&long).collect::<Vec<_>>(), [None]);
    }

    proptest! {
        #[test]
        fn what_goes_in_comes_out(list in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..20)) {
            let list: Vec<Entry> = list.into_iter().map(Entry::from).collect();
            let bundle = encode(&list);
            let back: Option<Vec<&[u8]>> = entries(&bundle).collect();
            prop_assert_eq!(back.unwrap(), list.iter().map(|e| &**e).collect::<Vec<_>>());
        }
    }
}
