//! Attribute vectors: the closed list of plain facts about a record that a standing policy may read.
//!
//! A ticket or customer stores the id of its **interned** vector, so a policy is evaluated once for
//! each distinct vector and not once for each record, and an access event keeps the vector's bytes,
//! so that any decision in the log can be replayed (I8). Both need one encoding for each value:
//! equal vectors have equal bytes, and bytes that aren't the encoding of a vector are refused.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Which kind of record it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Noun {
    /// A ticket with its comments, attachments and drafts.
    Ticket,
    /// A customer with consents and requests.
    Customer,
}

impl Noun {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Ticket, Self::Customer];

    /// `ticket`, `customer`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ticket => "ticket",
            Self::Customer => "customer",
        }
    }
}

/// Everything that a standing policy may read about a record, besides `mine`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttributeVector {
    /// Ticket or customer.
    pub noun: Noun,
    /// Its key domain: `general`, `health`, a brand's, a region's.
    pub domain: String,
    /// Its brand; a policy that asks for a brand is false where there is none.
    pub brand: Option<i64>,
    /// Its group; likewise.
    pub group: Option<i64>,
    /// A ticket: not solved and not closed. A customer: has at least one such ticket.
    pub open: bool,
    /// Those of its tags that the policy lists ([`crate::Policy::listed_tags`]), and no others: the
    /// number of vectors, and so of classes, stays small.
    pub tags: BTreeSet<String>,
}

/// The version of the encoding, its first byte.
const FORMAT: u8 = 1;
const OPEN: u8 = 1;
const HAS_BRAND: u8 = 2;
const HAS_GROUP: u8 = 4;

impl AttributeVector {
    /// A vector of a record without brand, group and tags, open.
    #[must_use]
    pub fn new(noun: Noun, domain: impl Into<String>) -> Self {
        Self {
            noun,
            domain: domain.into(),
            brand: None,
            group: None,
            open: true,
            tags: BTreeSet::new(),
        }
    }

    /// Its bytes: `1 ‖ noun ‖ flags ‖ domain ‖ [brand] ‖ [group] ‖ count ‖ tags`, where noun is 0
    /// or 1; flags is 1 open + 2 brand + 4 group; ids are eight bytes, most significant first; a
    /// string is its length and its UTF-8; lengths and counts are LEB128 in the fewest bytes; tags
    /// ascend. One vector has one encoding.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(24 + self.domain.len() + 16 * self.tags.len());
        let flag = |on: bool, bit: u8| if on { bit } else { 0 };
        let flags = flag(self.open, OPEN)
            | flag(self.brand.is_some(), HAS_BRAND)
            | flag(self.group.is_some(), HAS_GROUP);
        out.extend([FORMAT, u8::from(self.noun == Noun::Customer), flags]);
        put_string(&mut out, &self.domain);
        for id in [self.brand, self.group].into_iter().flatten() {
            out.extend(id.to_be_bytes());
        }
        put_length(&mut out, self.tags.len());
        for tag in &self.tags {
            put_string(&mut out, tag);
        }
        out
    }

    /// Reads what [`AttributeVector::encode`] wrote.
    ///
    /// # Errors
    /// [`BadVector`] for bytes that are no encoding: unknown format, noun or flag, cut short, bytes
    /// left over, a length written longer than needed, tags out of order or twice, broken UTF-8.
    pub fn decode(bytes: &[u8]) -> Result<Self, BadVector> {
        let mut input = Input(bytes);
        if input.byte()? != FORMAT {
            return Err(BadVector("unknown format"));
        }
        let noun = match input.byte()? {
            0 => Noun::Ticket,
            1 => Noun::Customer,
            _ => return Err(BadVector("unknown noun")),
        };
        let flags = input.byte()?;
        if flags & !(OPEN | HAS_BRAND | HAS_GROUP) != 0 {
            return Err(BadVector("unknown flag"));
        }
        let domain = input.string()?;
        let brand = if flags & HAS_BRAND == 0 { None } else { Some(input.id()?) };
        let group = if flags & HAS_GROUP == 0 { None } else { Some(input.id()?) };
        let tags = input.tags()?;
        if !input.0.is_empty() {
            return Err(BadVector("bytes left over"));
        }
        Ok(Self { noun, domain, brand, group, open: flags & OPEN != 0, tags })
    }
}

fn put_length(out: &mut Vec<u8>, length: usize) {
    let mut rest = length;
    loop {
        let low = (rest & 0x7f) as u8;
        rest >>= 7;
        out.push(if rest == 0 { low } else { low | 0x80 });
        if rest == 0 {
            return;
        }
    }
}

fn put_string(out: &mut Vec<u8>, text: &str) {
    put_length(out, text.len());
    out.extend(text.as_bytes());
}

/// What is left to read.
struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn byte(&mut self) -> Result<u8, BadVector> {
        let (first, rest) = self.0.split_first().ok_or(CUT)?;
        self.0 = rest;
        Ok(*first)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], BadVector> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(CUT)?;
        self.0 = rest;
        Ok(taken)
    }

    fn id(&mut self) -> Result<i64, BadVector> {
        let (taken, rest) = self.0.split_first_chunk::<8>().ok_or(CUT)?;
        self.0 = rest;
        Ok(i64::from_be_bytes(*taken))
    }

    fn length(&mut self) -> Result<usize, BadVector> {
        let mut value = 0usize;
        // Four groups of seven bits: 256 MB, more than any vector, and no overflow anywhere.
        for shift in [0, 7, 14, 21] {
            let byte = self.byte()?;
            value |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                let padded = shift > 0 && byte == 0;
                return if padded { Err(BadVector("padded length")) } else { Ok(value) };
            }
        }
        Err(BadVector("length too long"))
    }

    fn string(&mut self) -> Result<String, BadVector> {
        let length = self.length()?;
        let text = std::str::from_utf8(self.take(length)?);
        text.map(ToOwned::to_owned).map_err(|_| BadVector("broken UTF-8"))
    }

    fn tags(&mut self) -> Result<BTreeSet<String>, BadVector> {
        let mut tags = BTreeSet::new();
        for _ in 0..self.length()? {
            let tag = self.string()?;
            if tags.last().is_some_and(|last| *last >= tag) {
                return Err(BadVector("tags out of order"));
            }
            tags.insert(tag);
        }
        Ok(tags)
    }
}

const CUT: BadVector = BadVector("cut short");

/// Bytes that are no attribute vector, and why. Treat the record as hidden (I3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an attribute vector: {0}")]
pub struct BadVector(&'static str);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn some_vector() -> impl Strategy<Value = AttributeVector> {
        (
            prop_oneof![Just(Noun::Ticket), Just(Noun::Customer)],
            ".{0,200}",
            any::<Option<i64>>(),
            any::<Option<i64>>(),
            any::<bool>(),
            prop::collection::btree_set(".{0,12}", 0..6),
        )
            .prop_map(|(noun, domain, brand, group, open, tags)| AttributeVector {
                noun,
                domain,
                brand,
                group,
                open,
                tags,
            })
    }

    proptest! {
        #[test]
        fn what_is_encoded_reads_back(vector in some_vector()) {
            prop_assert_eq!(AttributeVector::decode(&vector.encode()), Ok(vector));
        }

        #[test]
        fn different_vectors_have_different_bytes(one in some_vector(), two in some_vector()) {
            prop_assert_eq!(one == two, one.encode() == two.encode());
        }

        #[test]
        fn what_reads_is_the_one_encoding(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            if let Ok(vector) = AttributeVector::decode(&bytes) {
                prop_assert_eq!(vector.encode(), bytes);
            }
        }

        #[test]
        fn no_cut_and_no_changed_byte_reads_as_the_same(
            vector in some_vector(), at in any::<prop::sample::Index>(), flip in 1u8..
        ) {
            let bytes = vector.encode();
            let at = at.index(bytes.len());
            prop_assert!(AttributeVector::decode(&bytes[..at]).is_err());
            let mut changed = bytes.clone();
            changed[at] ^= flip;
            prop_assert_ne!(AttributeVector::decode(&changed), Ok(vector));
        }
    }

    #[test]
    fn the_encoding_is_fixed() {
        let mut vector = AttributeVector::new(Noun::Customer, "general");
        vector.brand = Some(7);
        vector.tags = ["vip".to_owned(), "eu".to_owned()].into();
        assert_eq!(
            vector.encode(),
            b"\x01\x01\x03\x07general\x00\x00\x00\x00\x00\x00\x00\x07\x02\x02eu\x03vip"
        );
    }

    #[test]
    fn other_bytes_are_refused_with_a_reason() {
        for (bytes, why) in [
            (&b""[..], "cut short"),
            (b"\x02\x00\x00\x00\x00", "unknown format"),
            (b"\x01\x02\x00\x00\x00", "unknown noun"),
            (b"\x01\x00\x08\x00\x00", "unknown flag"),
            (b"\x01\x00\x00\x80\x00\x00", "padded length"),
            (b"\x01\x00\x00\x01\xff\x00", "broken UTF-8"),
            (b"\x01\x00\x00\x00\x02\x01b\x01a", "tags out of order"),
            (b"\x01\x00\x00\x00\x02\x01a\x01a", "tags out of order"),
            (b"\x01\x00\x00\x00\x00\x00", "bytes left over"),
            (b"\x01\x00\x00\xff\xff\xff\xff\x0f", "length too long"),
        ] {
            let error = AttributeVector::decode(bytes).unwrap_err();
            assert_eq!(error.to_string(), format!("not an attribute vector: {why}"));
        }
    }
}
