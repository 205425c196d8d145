//! Packed cells: the sealed texts and values of one row.
//!
//! A *cell* is one field of a record: a sealed template with the slots that
//! were lifted out of it, or a single slot that is the whole field. All cells
//! of a row lie in one column, for a row of its own would cost more than the
//! seal (docs/decisions/0002). In clear stand only what DESIGN I2 allows:
//! field, category, kind, confidence band, state, and the id that a slot is
//! about.
//!
//! ```text
//! cells    = cell*
//! cell     = part:u8 item:zigzag flags:u8 [category:u8 len:varint template] n:varint slot{n}
//! slot     = number:varint category:u8 kind:varint flags:u8 [about:zigzag] len:varint value [len:varint facets]
//! ```

use super::StoreError;

/// Most cells in a row, and most slots in a cell: a bound for every decoder.
pub const MAX: usize = 100_000;

/// One field of a record.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Cell {
    /// Which field (see `service::fields`).
    pub part: u8,
    /// Which of several alike: a custom field's id, else 0.
    pub item: i64,
    /// The sealed template and its category; none where slot 0 is the field.
    pub template: Option<(u8, Vec<u8>)>,
    /// The lifted values, by number.
    pub slots: Vec<Slot>,
}

/// A sealed value.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Slot {
    /// Its number in the template.
    pub number: u32,
    /// Decides level, key, index and retention.
    pub category: u8,
    /// The kind's stable id.
    pub kind: u16,
    /// Confidence band, 0 (low) to 3 (checked).
    pub band: u8,
    /// 0 open, 1 redacted (value and facets are empty).
    pub state: u8,
    /// The customer whom the value is about, where known.
    pub about: Option<i64>,
    /// Sealed value.
    pub value: Vec<u8>,
    /// Sealed facets; empty where the kind has none.
    pub facets: Vec<u8>,
}

const HAS_TEMPLATE: u8 = 1;
const HAS_ABOUT: u8 = 1 << 4;
const HAS_FACETS: u8 = 1 << 5;

fn put(out: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        out.push((n as u8 & 0x7f) | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

fn zigzag(n: i64) -> u64 {
    ((n << 1) ^ (n >> 63)) as u64
}

fn unzigzag(n: u64) -> i64 {
    ((n >> 1) as i64) ^ -((n & 1) as i64)
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// Packs cells into a column's bytes.
///
/// # Errors
/// [`StoreError::Cells`] for more cells, or more slots in a cell, than
/// [`decode`] reads ([`MAX`]): what can't be read is not written.
pub fn encode(cells: &[Cell]) -> Result<Vec<u8>, StoreError> {
    if cells.len() > MAX || cells.iter().any(|cell| cell.slots.len() > MAX) {
        return Err(StoreError::Cells);
    }
    let mut out = Vec::with_capacity(cells.len() * 64);
    for cell in cells {
        out.push(cell.part);
        put(&mut out, zigzag(cell.item));
        match &cell.template {
            Some((category, template)) => {
                out.push(HAS_TEMPLATE);
                out.push(*category);
                put_bytes(&mut out, template);
            }
            None => out.push(0),
        }
        put(&mut out, cell.slots.len() as u64);
        for slot in &cell.slots {
            encode_slot(&mut out, slot);
        }
    }
    Ok(out)
}

fn encode_slot(out: &mut Vec<u8>, slot: &Slot) {
    put(out, u64::from(slot.number));
    out.push(slot.category);
    put(out, u64::from(slot.kind));
    let mut flags = (slot.band & 3) | ((slot.state & 3) << 2);
    if slot.about.is_some() {
        flags |= HAS_ABOUT;
    }
    if !slot.facets.is_empty() {
        flags |= HAS_FACETS;
    }
    out.push(flags);
    if let Some(about) = slot.about {
        put(out, zigzag(about));
    }
    put_bytes(out, &slot.value);
    if !slot.facets.is_empty() {
        put_bytes(out, &slot.facets);
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Result<u8, StoreError> {
        let (first, rest) = self.0.split_first().ok_or(StoreError::Cells)?;
        self.0 = rest;
        Ok(*first)
    }

    fn number(&mut self) -> Result<u64, StoreError> {
        let mut n = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            n |= u64::from(byte & 0x7f).checked_shl(shift).ok_or(StoreError::Cells)?;
            if byte & 0x80 == 0 {
                return Ok(n);
            }
        }
        Err(StoreError::Cells)
    }

    fn bytes(&mut self) -> Result<Vec<u8>, StoreError> {
        let len = usize::try_from(self.number()?).map_err(|_| StoreError::Cells)?;
        if len > self.0.len() {
            return Err(StoreError::Cells);
        }
        let (head, rest) = self.0.split_at(len);
        self.0 = rest;
        Ok(head.to_vec())
    }
}

/// Unpacks a column's bytes.
///
/// # Errors
/// [`StoreError::Cells`] on anything malformed; never panics.
pub fn decode(bytes: &[u8]) -> Result<Vec<Cell>, StoreError> {
    let mut reader = Reader(bytes);
    let mut cells = Vec::new();
    while !reader.0.is_empty() {
        if cells.len() >= MAX {
            return Err(StoreError::Cells);
        }
        let part = reader.byte()?;
        let item = unzigzag(reader.number()?);
        let template = match reader.byte()? {
            0 => None,
            HAS_TEMPLATE => Some((reader.byte()?, reader.bytes()?)),
            _ => return Err(StoreError::Cells),
        };
        let n = usize::try_from(reader.number()?).map_err(|_| StoreError::Cells)?;
        if n > MAX {
            return Err(StoreError::Cells);
        }
        let mut slots = Vec::with_capacity(n.min(64));
        for _ in 0..n {
            slots.push(decode_slot(&mut reader)?);
        }
        cells.push(Cell { part, item, template, slots });
    }
    Ok(cells)
}

fn decode_slot(reader: &mut Reader<'_>) -> Result<Slot, StoreError> {
    let number = u32::try_from(reader.number()?).map_err(|_| StoreError::Cells)?;
    let category = reader.byte()?;
    let kind = u16::try_from(reader.number()?).map_err(|_| StoreError::Cells)?;
    let flags = reader.byte()?;
    let about = if flags & HAS_ABOUT == 0 { None } else { Some(unzigzag(reader.number()?)) };
    let value = reader.bytes()?;
    let facets = if flags & HAS_FACETS == 0 { Vec::new() } else { reader.bytes()? };
    Ok(Slot {
        number,
        category,
        kind,
        band: flags & 3,
        state: (flags >> 2) & 3,
        about,
        value,
        facets,
    })
}

/// The set of categories in use, as bits: `1 << category`.
#[must_use]
pub fn categories(cells: &[Cell]) -> i64 {
    let mut bits = 0i64;
    for cell in cells {
        if let Some((category, _)) = &cell.template {
            bits |= 1 << (category & 31);
        }
        for slot in &cell.slots {
            bits |= 1 << (slot.category & 31);
        }
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn slot() -> impl Strategy<Value = Slot> {
        (
            any::<u32>(),
            0u8..32,
            any::<u16>(),
            0u8..4,
            0u8..4,
            any::<Option<i64>>(),
            proptest::collection::vec(any::<u8>(), 0..40),
            proptest::collection::vec(any::<u8>(), 0..9),
        )
            .prop_map(|(number, category, kind, band, state, about, value, facets)| Slot {
                number,
                category,
                kind,
                band,
                state,
                about,
                value,
                facets,
            })
    }

    fn cell() -> impl Strategy<Value = Cell> {
        (
            any::<u8>(),
            any::<i64>(),
            any::<Option<(u8, Vec<u8>)>>(),
            proptest::collection::vec(slot(), 0..5),
        )
            .prop_map(|(part, item, template, slots)| Cell { part, item, template, slots })
    }

    proptest! {
        #[test]
        fn what_is_packed_comes_back(cells in proptest::collection::vec(cell(), 0..6)) {
            prop_assert_eq!(decode(&encode(&cells).unwrap()).unwrap(), cells);
        }

        #[test]
        fn any_bytes_are_refused_or_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode(&bytes);
        }
    }

    #[test]
    fn a_plain_text_costs_six_bytes() {
        let cell = Cell { part: 10, template: Some((0, vec![0; 60])), ..Cell::default() };
        assert_eq!(encode(&[cell]).unwrap().len(), 66);
    }

    #[test]
    fn what_could_not_be_read_is_not_written() {
        let slots = |n: usize| vec![Cell { slots: vec![Slot::default(); n], ..Cell::default() }];
        assert!(decode(&encode(&slots(MAX)).unwrap()).is_ok());
        assert!(encode(&slots(MAX + 1)).is_err());
        assert!(encode(&vec![Cell::default(); MAX + 1]).is_err());
    }

    #[test]
    fn categories_of_templates_and_slots_are_collected() {
        let cells = [Cell {
            template: Some((0, vec![])),
            slots: vec![Slot { category: 3, ..Slot::default() }],
            ..Cell::default()
        }];
        assert_eq!(categories(&cells), 0b1001);
    }
}
