//! P2: opening a ticket's sealed values from cold record keys, against bare
//! opens of the same bytes.

use seal::{
    CategoryId, Clear, DomainKey, Entries, FieldId, KeyId, Place, PooledRandom, RecordId,
    RecordKey, StoreId,
};

use super::probe::{bare_key, bare_open, bare_seal};
use super::{Row, median, rate};
use crate::error::Result;

/// Bytes of the values of one comment: a template and three slots.
const LENGTHS: [(u8, usize); 4] = [(0, 120), (1, 14), (2, 22), (3, 19)];

struct Sealed {
    domain: DomainKey,
    row: Entries,
    values: Vec<(Place, Vec<u8>)>,
    bare: Vec<Vec<u8>>,
}

const STORE: StoreId = StoreId([1; 16]);
const RECORD: RecordId = RecordId { noun: 1, id: 42 };

fn ticket() -> Result<Sealed> {
    let rng = PooledRandom;
    let domain = DomainKey::generate(&rng, 1)?;
    let mut row = Entries::new(3, 1);
    let bare = bare_key()?;
    let mut out = Sealed { domain, row: row.clone(), values: vec![], bare: vec![] };
    for (category, length) in LENGTHS {
        let id = CategoryId::new(category)?;
        let key = RecordKey::generate(&rng, KeyId::new(u64::from(category) + 1)?)?;
        out.domain.put_record_key(&rng, STORE, RECORD, id, &key, &mut row)?;
        for comment in 0..10 {
            let place = Place {
                store: STORE,
                record: RECORD,
                field: FieldId { part: 10, item: comment, slot: u32::from(category) },
                category: id,
            };
            out.values.push((place, key.seal(&rng, &place, &vec![b'x'; length])?));
            out.bare.push(bare_seal(&bare, &vec![b'x'; length])?);
        }
    }
    out.row = row;
    Ok(out)
}

fn cold(ticket: &Sealed, scratch: &mut Clear) -> Result<()> {
    let mut at = None;
    for (place, sealed) in &ticket.values {
        let key = match &mut at {
            Some((category, key)) if *category == place.category => key,
            slot => {
                let key = ticket.domain.record_key(STORE, RECORD, place.category, &ticket.row)?;
                &mut slot.insert((place.category, key)).1
            }
        };
        key.open_into(place, sealed, scratch)?;
    }
    Ok(())
}

/// The goal's rows.
pub(super) fn rows(quick: bool) -> Result<Vec<Row>> {
    let ticket = ticket()?;
    let bare = bare_key()?;
    let seconds = if quick { 0.1 } else { 0.4 };
    let (mut scratch, mut clear) = (Vec::new(), Clear::empty());
    let mut failed = Ok(());
    let (mut ours, mut theirs, mut warm) = (Vec::new(), Vec::new(), Vec::new());
    let first = ticket.values.first().cloned();
    for _ in 0..5 {
        // In turn, so that a busy moment meets both.
        theirs.push(rate(seconds, || {
            for sealed in &ticket.bare {
                bare_open(&bare, sealed, &mut scratch);
            }
        }));
        ours.push(rate(seconds, || {
            if let Err(error) = cold(&ticket, &mut clear) {
                failed = Err(error);
            }
        }));
        if let Some((place, sealed)) = &first {
            let key = ticket.domain.record_key(STORE, RECORD, place.category, &ticket.row)?;
            warm.push(rate(seconds / 4.0, || {
                let _ = std::hint::black_box(key.open_into(place, sealed, &mut clear));
            }));
        }
    }
    failed?;
    let one = ticket.bare.first().cloned().unwrap_or_default();
    let one_bare = rate(seconds, || bare_open(&bare, &one, &mut scratch));
    let (ours, theirs, warm) = (median(ours), median(theirs), median(warm));
    let row = |what, value: f64, probe_value: f64, floor, aim| Row {
        id: "P2",
        what,
        value,
        unit: "per s and core",
        probe: "bare AES-256-GCM opens of the same bytes",
        probe_value,
        probe_unit: "per s and core",
        ratio: value / probe_value,
        floor: Some(floor),
        aim: Some(aim),
        more_is_better: true,
        absolute: false,
    };
    Ok(vec![
        row("a 10-comment ticket, 4 categories, cold keys", ours, theirs, 0.35, 0.6),
        row("a warm field", warm, one_bare, 0.5, 0.8),
    ])
}
