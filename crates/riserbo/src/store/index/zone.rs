//! Zones: what the documents of the index are of, and when they were written.
//!
//! A zone is 256 documents in a row, packed into one value: neighbours are
//! mostly comments of one ticket, so that a document takes four or five bytes
//! here instead of the thirty of a row of its own.
//!
//! Document numbers are dense and follow the order of arrival, which is the
//! order of time but for imports. `newest` of each zone lets a search that
//! wants the newest first read few zones, and still be exact whatever order
//! the documents came in.
//!
//! ```text
//! zone  = entry*
//! entry = flags:1 [gap:varint] [record:signed, from the one before] [item:signed, likewise] time:signed, likewise
//! flags = noun (3 bits) | 8 has an item | 16 has a gap | 32 same record as before
//! ```

use super::pack;
use crate::store::StoreError;

/// Documents of a zone.
pub(super) const SIZE: i64 = 256;

/// What a document is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The record's noun.
    pub noun: u8,
    /// The record: a ticket or a customer.
    pub record: i64,
    /// The comment, or 0.
    pub item: i64,
    /// When the text was written, whole seconds.
    pub time: i64,
}

const HAS_ITEM: u8 = 8;
const HAS_GAP: u8 = 16;
const SAME_RECORD: u8 = 32;

/// The zone of a document.
pub(super) fn of(doc: i64) -> i64 {
    doc.div_euclid(SIZE)
}

/// Packs the entries of a zone, in order of documents.
pub(super) fn encode(zone: i64, entries: &[(i64, Entry)]) -> Vec<u8> {
    let mut out = Vec::with_capacity(entries.len() * 6);
    let mut next = zone * SIZE;
    let (mut record, mut item, mut time) = (0i64, 0i64, 0i64);
    for (doc, e) in entries {
        let gap = doc - next;
        let mut flags = e.noun & 7;
        flags |= if e.item != 0 { HAS_ITEM } else { 0 };
        flags |= if gap != 0 { HAS_GAP } else { 0 };
        flags |= if e.record == record { SAME_RECORD } else { 0 };
        out.push(flags);
        if gap != 0 {
            pack::put(&mut out, gap.unsigned_abs());
        }
        if e.record != record {
            pack::put_signed(&mut out, e.record.wrapping_sub(record));
        }
        if e.item != 0 {
            pack::put_signed(&mut out, e.item.wrapping_sub(item));
            item = e.item;
        }
        pack::put_signed(&mut out, e.time.wrapping_sub(time));
        (record, time, next) = (e.record, e.time, doc + 1);
    }
    out
}

/// Unpacks a zone.
pub(super) fn decode(zone: i64, mut bytes: &[u8]) -> Result<Vec<(i64, Entry)>, StoreError> {
    let mut out = Vec::with_capacity(SIZE as usize);
    let mut doc = zone.checked_mul(SIZE).ok_or(StoreError::Cells)?;
    let (mut record, mut item, mut time) = (0i64, 0i64, 0i64);
    while let Some((flags, rest)) = bytes.split_first() {
        bytes = rest;
        if flags & HAS_GAP != 0 {
            let gap = pack::take(&mut bytes).filter(|g| *g < SIZE as u64);
            doc += gap.ok_or(StoreError::Cells)? as i64;
        }
        if flags & SAME_RECORD == 0 {
            record = record.wrapping_add(pack::take_signed(&mut bytes).ok_or(StoreError::Cells)?);
        }
        let has_item = flags & HAS_ITEM != 0;
        if has_item {
            item = item.wrapping_add(pack::take_signed(&mut bytes).ok_or(StoreError::Cells)?);
        }
        time = time.wrapping_add(pack::take_signed(&mut bytes).ok_or(StoreError::Cells)?);
        if of(doc) != zone {
            return Err(StoreError::Cells);
        }
        let entry = Entry { noun: flags & 7, record, item: if has_item { item } else { 0 }, time };
        out.push((doc, entry));
        doc += 1;
    }
    Ok(out)
}

/// The newest time of a zone's entries.
pub(super) fn newest(entries: &[(i64, Entry)]) -> i64 {
    entries.iter().map(|(_, e)| e.time).max().unwrap_or(i64::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn entry() -> impl Strategy<Value = Entry> {
        (1u8..8, any::<i64>(), any::<i64>(), any::<i64>())
            .prop_map(|(noun, record, item, time)| Entry { noun, record, item, time })
    }

    proptest! {
        #[test]
        fn zones_come_back(zone in 0i64..1 << 40,
                           slots in proptest::collection::btree_map(0i64..256, entry(), 0..40)) {
            let entries: Vec<(i64, Entry)> =
                slots.into_iter().map(|(slot, e)| (zone * SIZE + slot, e)).collect();
            prop_assert_eq!(decode(zone, &encode(zone, &entries)).unwrap(), entries);
        }

        #[test]
        fn any_bytes_are_refused_or_read(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            let _ = decode(3, &bytes);
        }
    }

    #[test]
    fn the_next_comment_of_a_ticket_takes_few_bytes() {
        let entries: BTreeMap<i64, Entry> = (0..200)
            .map(|n| {
                (n, Entry { noun: 1, record: 9, item: 70_000 + n, time: 1_700_000_000 + n * 60 })
            })
            .collect();
        let entries: Vec<(i64, Entry)> = entries.into_iter().collect();
        assert!(encode(0, &entries).len() < 200 * 5);
    }
}
