//! The journal: the durable truth of the newest part of a log.
//!
//! A journal is a file of frames. The first is a *base*: the head from which the journal starts,
//! and all of the right edge that the finished objects do not hold. Each further one is a *batch*:
//! entries and the signed checkpoint over them. One write and one sync of a batch frame make its
//! entries durable *under a signed checkpoint*; tiles and bundles follow when they are full.
//!
//! ```text
//! frame := length u32 ‖ check [8] ‖ kind u8 ‖ body            length counts the body
//! check := SHA-256(length ‖ kind ‖ body)[..8]
//! base  := kind 1: size u64 ‖ n u16 ‖ checkpoint [n] ‖ hashes ‖ entries
//! batch := kind 2: first u64 ‖ n u16 ‖ checkpoint [n] ‖ entries
//! ```
//!
//! Numbers are big-endian, entries as in a bundle. The hashes of a base are those of tile levels
//! 1, 2, … that fill no tile; their numbers follow from the size. Its entries are those of the
//! bundle that is not full, and level 0 follows from them.
//!
//! The check sum only tells a torn frame from a whole one. Tampering is found by the tree.

use crate::bundle::{self, Entry};
use crate::edge::{Edge, widths};
use crate::hash::{HASH_SIZE, Hash, check_sum, hashes};
use crate::object::MAX_SIZE;

/// Bytes before a frame's body.
const HEADER: usize = 4 + 8 + 1;
const BASE: u8 = 1;
const BATCH: u8 = 2;

/// The longest frame body that is written or read, in bytes.
pub(crate) const MAX_BODY: usize = 64 << 20;

/// A frame, its parts still bytes of the journal.
#[derive(Debug, Clone, PartialEq)]
pub enum Frame<'a> {
    /// The head a journal starts from.
    Base {
        /// Number of entries before this journal.
        size: u64,
        /// The signed checkpoint of that size.
        checkpoint: &'a [u8],
        /// Hashes of tile levels 1 and up that fill no tile.
        upper: Vec<Vec<Hash>>,
        /// The entries of the bundle that is not full.
        tail: &'a [u8],
    },
    /// Entries and the checkpoint over them.
    Batch {
        /// Index of the first entry.
        first: u64,
        /// The signed checkpoint after the last entry.
        checkpoint: &'a [u8],
        /// The entries, as in a bundle.
        entries: &'a [u8],
    },
}

/// What stands at a place of a journal.
#[derive(Debug, Clone, PartialEq)]
pub enum Next<'a> {
    /// The journal ends here, cleanly.
    End,
    /// A whole frame, and where the next one begins.
    Frame(Frame<'a>, usize),
    /// A frame that is cut off or whose check sum is wrong: torn, if nothing follows it.
    Torn,
    /// A frame whose check sum is right and whose form is not.
    Malformed,
}

/// Reads what stands at `at`.
#[must_use]
pub fn read(journal: &[u8], at: usize) -> Next<'_> {
    let Some(rest) = journal.get(at..).filter(|rest| !rest.is_empty()) else {
        return Next::End;
    };
    let Some((kind, body)) = whole_frame(rest) else {
        return Next::Torn;
    };
    match parse(kind, body) {
        Some(frame) => Next::Frame(frame, at + HEADER + body.len()),
        None => Next::Malformed,
    }
}

/// Whether a whole batch frame that begins with entry `expected` or a later one stands anywhere
/// behind `at`. Only one frame is ever being written, so if there is, the frame at `at` was
/// complete once.
pub(crate) fn has_later_frame(journal: &[u8], at: usize, expected: u64) -> bool {
    (at.saturating_add(1)..journal.len()).any(|start| {
        let Some(rest) = journal.get(start..) else {
            return false;
        };
        // The cheap questions first: the sum is over megabytes at worst.
        let plausible = rest.get(HEADER - 1) == Some(&BATCH)
            && rest
                .get(HEADER..)
                .and_then(|body| body.first_chunk::<8>())
                .is_some_and(|first| (expected..MAX_SIZE).contains(&u64::from_be_bytes(*first)));
        plausible && whole_frame(rest).is_some_and(|(kind, body)| parse(kind, body).is_some())
    })
}

fn whole_frame(rest: &[u8]) -> Option<(u8, &[u8])> {
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let (check, rest) = rest.split_first_chunk::<8>()?;
    let (kind, rest) = rest.split_first()?;
    let body_len = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let body = rest.get(..body_len).filter(|body| body.len() <= MAX_BODY)?;
    (check_sum(&[length, &[*kind], body]) == *check).then_some((*kind, body))
}

fn parse(kind: u8, body: &[u8]) -> Option<Frame<'_>> {
    let (number, rest) = body.split_first_chunk::<8>()?;
    let number = u64::from_be_bytes(*number);
    let (len, rest) = rest.split_first_chunk::<2>()?;
    let (checkpoint, mut rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*len)))?;
    if number > MAX_SIZE {
        return None;
    }
    match kind {
        BASE => {
            let mut upper = Vec::new();
            for width in widths(number).into_iter().skip(1) {
                let (level, right) = rest.split_at_checked(width * HASH_SIZE)?;
                upper.push(hashes(level)?);
                rest = right;
            }
            Some(Frame::Base { size: number, checkpoint, upper, tail: rest })
        }
        BATCH if !rest.is_empty() => {
            Some(Frame::Batch { first: number, checkpoint, entries: rest })
        }
        _ => None,
    }
}

/// Writes the base frame of a log at `edge`; `None` if it would be too long.
pub(crate) fn base_frame(edge: &Edge, tail: &[Entry], checkpoint: &[u8]) -> Option<Vec<u8>> {
    let mut frame = begin(edge.size(), checkpoint)?;
    for hash in edge.upper().iter().flatten() {
        frame.extend_from_slice(&hash.0);
    }
    finish(frame, BASE, tail)
}

/// Writes a batch frame; `None` if it would be too long.
pub(crate) fn batch_frame(first: u64, entries: &[Entry], checkpoint: &[u8]) -> Option<Vec<u8>> {
    finish(begin(first, checkpoint)?, BATCH, entries)
}

fn begin(number: u64, checkpoint: &[u8]) -> Option<Vec<u8>> {
    let mut frame = vec![0; HEADER];
    frame.extend_from_slice(&number.to_be_bytes());
    frame.extend_from_slice(&u16::try_from(checkpoint.len()).ok()?.to_be_bytes());
    frame.extend_from_slice(checkpoint);
    Some(frame)
}

fn finish(mut frame: Vec<u8>, kind: u8, entries: &[Entry]) -> Option<Vec<u8>> {
    frame.reserve(entries.iter().map(|e| e.len() + 2).sum());
    for entry in entries {
        bundle::put(&mut frame, entry);
    }
    let (header, body) = frame.split_first_chunk_mut::<HEADER>()?;
    if body.len() > MAX_BODY {
        return None;
    }
    let length = u32::try_from(body.len()).ok()?.to_be_bytes();
    let check = check_sum(&[&length, &[kind], body]);
    let parts = length.iter().chain(&check).chain(std::iter::once(&kind));
    for (to, from) in header.iter_mut().zip(parts) {
        *to = *from;
    }
    Some(frame)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testkit::entry;
    use proptest::prelude::*;

    fn batch() -> Vec<u8> {
        batch_frame(7, &[entry(7), entry(8)], b"head").unwrap()
    }

    #[test]
    fn a_frame_reads_back() {
        let journal = batch();
        let Next::Frame(Frame::Batch { first, checkpoint, entries }, next) = read(&journal, 0)
        else {
            panic!("no batch frame")
        };
        assert_eq!((first, checkpoint, next), (7, &b"head"[..], journal.len()));
        assert_eq!(entries, bundle::encode(&[entry(7), entry(8)]));
        assert_eq!(read(&journal, journal.len()), Next::End);
    }

    #[test]
    fn a_frame_cut_anywhere_or_with_any_byte_changed_is_torn() {
        let journal = batch();
        for cut in 1..journal.len() {
            assert_eq!(read(&journal[..cut], 0), Next::Torn, "cut at {cut}");
        }
        for at in 0..journal.len() {
            let mut bad = journal.clone();
            bad[at] ^= 1;
            assert_eq!(read(&bad, 0), Next::Torn, "byte {at}");
        }
    }

    #[test]
    fn a_frame_behind_a_damaged_one_is_found() {
        let mut journal = batch();
        let first = journal.len();
        journal[20] ^= 1;
        assert!(!has_later_frame(&journal, 0, 7));
        journal.extend(batch_frame(9, &[entry(9)], b"head").unwrap());
        assert!(has_later_frame(&journal, 0, 7));
        assert!(!has_later_frame(&journal, first, 7));
        assert!(!has_later_frame(&journal, 0, 10), "an old frame is no witness");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), at in 0_usize..300) {
            let _ = read(&bytes, at);
            let _ = has_later_frame(&bytes, at, 0);
        }
    }
}
