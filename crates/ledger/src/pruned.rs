//! What retention took out of a log, in a form that the log's key signs.
//!
//! Retention drops entry bundles and keeps hash tiles, so that every proof still verifies. A
//! signed list says which bundles went and under which receipt; a bundle that is missing and is
//! not on the list was taken by someone else.
//!
//! ```text
//! <origin>
//! pruned
//! <first entry> <end> <receipt>
//!
//! — <origin> <signature>
//! ```

use signed_note::Signer;

use crate::checkpoint::{CheckpointError, VerifierKey, sign_note};
use crate::object::{MAX_SIZE, TILE_WIDTH};

/// The longest receipt name, in bytes.
const MAX_RECEIPT: usize = 128;

/// Entries that retention took out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrunedRange {
    /// The first entry; a multiple of 256.
    pub first: u64,
    /// One past the last; a multiple of 256.
    pub end: u64,
    /// Names the receipt of the run that did it; no white space, at most 128 bytes.
    pub receipt: String,
}

impl PrunedRange {
    fn valid(&self) -> bool {
        let receipt = &self.receipt;
        self.first < self.end
            && self.end <= MAX_SIZE
            && self.first.is_multiple_of(TILE_WIDTH)
            && self.end.is_multiple_of(TILE_WIDTH)
            && (1..=MAX_RECEIPT).contains(&receipt.len())
            && receipt.bytes().all(|b| b.is_ascii_graphic())
    }
}

/// Signs the list. It replaces an earlier one, so it names all ranges that were ever pruned.
///
/// # Errors
/// [`CheckpointError::Malformed`] if a range is not made of whole bundles or its receipt has no
/// valid name; [`CheckpointError::Signer`] if the signer fails.
pub fn sign_pruned(
    ranges: &[PrunedRange],
    signer: &dyn Signer,
) -> Result<Vec<u8>, CheckpointError> {
    let mut text = format!("{}\npruned\n", signer.name());
    for range in ranges {
        if !range.valid() {
            return Err(CheckpointError::Malformed);
        }
        text.push_str(&format!("{} {} {}\n", range.first, range.end, range.receipt));
    }
    sign_note(text.as_bytes(), signer)
}

/// Checks and reads the list.
///
/// # Errors
/// Which of form, signature and origin is wrong.
pub fn open_pruned(signed: &[u8], key: &VerifierKey) -> Result<Vec<PrunedRange>, CheckpointError> {
    let text = String::from_utf8(key.open_note(signed)?).map_err(|_| CheckpointError::Malformed)?;
    let mut lines = text.lines();
    if lines.next() != Some(key.origin()) {
        return Err(CheckpointError::Origin);
    }
    if lines.next() != Some("pruned") {
        return Err(CheckpointError::Malformed);
    }
    lines.map(|line| range(line).ok_or(CheckpointError::Malformed)).collect()
}

fn range(line: &str) -> Option<PrunedRange> {
    let mut parts = line.split(' ');
    let range = PrunedRange {
        first: parts.next()?.parse().ok()?,
        end: parts.next()?.parse().ok()?,
        receipt: parts.next()?.to_owned(),
    };
    (parts.next().is_none() && range.valid()).then_some(range)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testkit::{key, other_signer, signer};

    fn one() -> PrunedRange {
        PrunedRange { first: 0, end: 512, receipt: "run-7".into() }
    }

    #[test]
    fn a_list_reads_back_and_its_signature_counts() {
        let list = vec![one(), PrunedRange { first: 1024, end: 1280, receipt: "run-9".into() }];
        let signed = sign_pruned(&list, &signer()).unwrap();
        assert_eq!(open_pruned(&signed, &key()), Ok(list));
        let forged = String::from_utf8(signed).unwrap().replace("512", "768");
        assert_eq!(open_pruned(forged.as_bytes(), &key()), Err(CheckpointError::Signature));
        let other = sign_pruned(&[one()], &other_signer()).unwrap();
        assert_eq!(open_pruned(&other, &key()), Err(CheckpointError::Signature));
    }

    #[test]
    fn parts_of_bundles_and_odd_receipts_are_refused() {
        for bad in [
            PrunedRange { first: 1, ..one() },
            PrunedRange { end: 500, ..one() },
            PrunedRange { first: 512, ..one() },
            PrunedRange { receipt: "two words".into(), ..one() },
            PrunedRange { receipt: String::new(), ..one() },
        ] {
            assert_eq!(sign_pruned(&[bad], &signer()), Err(CheckpointError::Malformed));
        }
    }

    #[test]
    fn a_checkpoint_is_no_list_and_a_list_no_checkpoint() {
        let signed = sign_pruned(&[one()], &signer()).unwrap();
        assert_eq!(key().open(&signed), Err(CheckpointError::Malformed));
        let head = crate::Log::create(&signer()).unwrap();
        assert_eq!(open_pruned(head.checkpoint(), &key()), Err(CheckpointError::Malformed));
    }
}
