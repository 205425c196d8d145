//! The stored form of a template.
//!
//! The texts of the model hold no control bytes but tab, so those bytes are free to be the grammar,
//! and text stands as it is:
//!
//! ```text
//! template = %x01 blocks                                        ; the version
//! blocks   = *( leaf / RULE / QUOTE blocks CLOSE / list / table )
//! list     = ( BULLETS / NUMBERS ) *( ITEM blocks ) CLOSE
//! table    = TABLE *( ROW *( ( CELL / HEAD ) blocks ) ) CLOSE
//! leaf     = ( PARA / PRE / H1 … H6 ) *inline                   ; unmarked, without link
//! inline   = text / BREAK / slot / MARKS byte / LINK value value / UNLINK / IMAGE value value value
//! slot     = SLOT varint                                        ; LEB128, shortest form, u32
//! value    = *( text / slot ) END
//! ```
//!
//! One template has one encoding: [`decode`] builds the tree, encodes it again, and refuses bytes that
//! differ. It reads sealed, hence authentic bytes; that it bears any others is for the fuzzer, and for
//! the day when a bug writes them.

use std::sync::Arc;

use super::chars::is_clean_run;
use super::model::{
    Block, Cell, Image, Inline, Leaf, LeafKind, Level, Link, MAX_DEPTH, Marks, Piece, Row, Span,
    Style, Value, prune, push_span,
};

const VERSION: u8 = 1;

const SLOT: u8 = 0x01;
const MARKS: u8 = 0x02;
const LINK: u8 = 0x03;
const UNLINK: u8 = 0x04;
const IMAGE: u8 = 0x05;
const END: u8 = 0x06;
const BREAK: u8 = b'\n';
const PARA: u8 = 0x10;
const H1: u8 = 0x11;
const PRE: u8 = 0x17;
const RULE: u8 = 0x18;
const QUOTE: u8 = 0x19;
const BULLETS: u8 = 0x1A;
const NUMBERS: u8 = 0x1B;
const TABLE: u8 = 0x1C;
const CLOSE: u8 = 0x1D;
const ITEM: u8 = 0x0B;
const ROW: u8 = 0x0C;
const CELL: u8 = 0x0E;
const HEAD: u8 = 0x0F;

/// Encodes a tree in normal form.
pub(super) fn encode(blocks: &[Block]) -> Vec<u8> {
    let mut out = vec![VERSION];
    put_blocks(blocks, &mut out);
    out
}

fn put_blocks(blocks: &[Block], out: &mut Vec<u8>) {
    for block in blocks {
        match block {
            Block::Leaf(leaf) => put_leaf(leaf, out),
            Block::Rule => out.push(RULE),
            Block::Quote(inner) => {
                out.push(QUOTE);
                put_blocks(inner, out);
                out.push(CLOSE);
            }
            Block::List { ordered, items } => {
                out.push(if *ordered { NUMBERS } else { BULLETS });
                for item in items {
                    out.push(ITEM);
                    put_blocks(item, out);
                }
                out.push(CLOSE);
            }
            Block::Table(rows) => put_table(rows, out),
        }
    }
}

fn put_table(rows: &[Row], out: &mut Vec<u8>) {
    out.push(TABLE);
    for row in rows {
        out.push(ROW);
        for cell in row {
            out.push(if cell.header { HEAD } else { CELL });
            put_blocks(&cell.blocks, out);
        }
    }
    out.push(CLOSE);
}

fn leaf_code(kind: LeafKind) -> u8 {
    match kind {
        LeafKind::Para => PARA,
        LeafKind::Pre => PRE,
        LeafKind::Heading(level) => (H1..)
            .zip(Level::ALL)
            .find(|(_, (each, _))| *each == level)
            .map_or(H1, |(code, _)| code),
    }
}

fn put_leaf(leaf: &Leaf, out: &mut Vec<u8>) {
    out.push(leaf_code(leaf.kind));
    let mut style = &Style::default();
    for span in &leaf.spans {
        if span.style.link != style.link {
            match &span.style.link {
                Some(link) => {
                    out.push(LINK);
                    put_value(&link.href, out);
                    put_value(&link.title, out);
                }
                None => out.push(UNLINK),
            }
        }
        if span.style.marks != style.marks {
            out.extend([MARKS, span.style.marks.0]);
        }
        style = &span.style;
        match &span.what {
            Inline::Text(text) => out.extend(text.as_bytes()),
            Inline::Slot(slot) => put_slot(*slot, out),
            Inline::Break => out.push(BREAK),
            Inline::Image(image) => {
                out.push(IMAGE);
                put_value(&image.src, out);
                put_value(&image.alt, out);
                put_value(&image.title, out);
            }
        }
    }
}

fn put_value(value: &Value, out: &mut Vec<u8>) {
    for piece in value.pieces() {
        match piece {
            Piece::Text(text) => out.extend(text.as_bytes()),
            Piece::Slot(slot) => put_slot(*slot, out),
        }
    }
    out.push(END);
}

fn put_slot(slot: u32, out: &mut Vec<u8>) {
    out.push(SLOT);
    let mut rest = slot;
    while let (low, high @ 1..) = (rest.to_le_bytes()[0] & 0x7F, rest >> 7) {
        out.push(low | 0x80);
        rest = high;
    }
    out.push(rest.to_le_bytes()[0]);
}

/// Decodes what [`encode`] wrote; none if it didn't write these bytes.
pub(super) fn decode(bytes: &[u8]) -> Option<Vec<Block>> {
    let (VERSION, rest) = bytes.split_first().map(|(version, rest)| (*version, rest))? else {
        return None;
    };
    let mut reader = Reader { rest };
    let mut blocks = reader.blocks(0)?;
    if !reader.rest.is_empty() {
        return None;
    }
    prune(&mut blocks);
    (encode(&blocks) == bytes).then_some(blocks)
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    /// Takes the next byte if it is one of `codes`.
    fn next_of(&mut self, codes: &[u8]) -> Option<u8> {
        let code = self.rest.first().copied().filter(|code| codes.contains(code))?;
        self.next();
        Some(code)
    }

    /// The text up to the next control byte. None if it isn't UTF-8 or not clean.
    fn text(&mut self) -> Option<&'a str> {
        let end = self.rest.iter().position(|b| *b < b' ' && *b != b'\t');
        let (text, rest) = self.rest.split_at_checked(end.unwrap_or(self.rest.len()))?;
        self.rest = rest;
        std::str::from_utf8(text).ok().filter(|text| is_clean_run(text))
    }

    fn slot(&mut self) -> Option<u32> {
        let mut value: u64 = 0;
        for shift in (0..35).step_by(7) {
            let byte = self.next()?;
            value |= u64::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                return u32::try_from(value).ok();
            }
        }
        None
    }

    fn value(&mut self) -> Option<Value> {
        let mut value = Value::default();
        loop {
            value.push_text(self.text()?);
            match self.next()? {
                SLOT => value.push_slot(self.slot()?),
                END => return Some(value),
                _ => return None,
            }
        }
    }

    /// Reads blocks up to what can't begin one. `depth`: of the quotes, lists and tables around.
    fn blocks(&mut self, depth: usize) -> Option<Vec<Block>> {
        let mut blocks = Vec::new();
        while let Some(code) = self.next_of(&[
            PARA, H1, 0x12, 0x13, 0x14, 0x15, 0x16, PRE, RULE, QUOTE, BULLETS, NUMBERS, TABLE,
        ]) {
            blocks.push(match code {
                RULE => Block::Rule,
                PARA => self.leaf(LeafKind::Para)?,
                PRE => self.leaf(LeafKind::Pre)?,
                QUOTE | BULLETS | NUMBERS | TABLE if depth >= MAX_DEPTH => return None,
                QUOTE => Block::Quote(self.blocks(depth + 1)?),
                BULLETS | NUMBERS => self.list(code == NUMBERS, depth + 1)?,
                TABLE => self.table(depth + 1)?,
                _ => {
                    let (_, (level, _)) = (H1..).zip(Level::ALL).find(|(each, _)| *each == code)?;
                    self.leaf(LeafKind::Heading(level))?
                }
            });
            if matches!(code, QUOTE | BULLETS | NUMBERS | TABLE) {
                self.next_of(&[CLOSE])?;
            }
        }
        Some(blocks)
    }

    fn list(&mut self, ordered: bool, depth: usize) -> Option<Block> {
        let mut items = Vec::new();
        while self.next_of(&[ITEM]).is_some() {
            items.push(self.blocks(depth)?);
        }
        Some(Block::List { ordered, items })
    }

    fn table(&mut self, depth: usize) -> Option<Block> {
        let mut rows = Vec::new();
        while self.next_of(&[ROW]).is_some() {
            let mut row = Row::new();
            while let Some(code) = self.next_of(&[CELL, HEAD]) {
                row.push(Cell { header: code == HEAD, blocks: self.blocks(depth)? });
            }
            rows.push(row);
        }
        Some(Block::Table(rows))
    }

    fn leaf(&mut self, kind: LeafKind) -> Option<Block> {
        let mut spans = Vec::new();
        let mut style = Style::default();
        loop {
            let text = self.text()?.to_owned();
            push_span(&mut spans, Span { style: style.clone(), what: Inline::Text(text) });
            let Some(code) = self.next_of(&[SLOT, MARKS, LINK, UNLINK, IMAGE, BREAK]) else {
                return Some(Block::Leaf(Leaf { kind, spans }));
            };
            let what = match code {
                SLOT => Inline::Slot(self.slot()?),
                BREAK => Inline::Break,
                IMAGE => Inline::Image(Box::new(self.image()?)),
                MARKS => {
                    style.marks = Marks(self.next()?);
                    continue;
                }
                LINK => {
                    style.link = Some(self.link()?);
                    continue;
                }
                _ => {
                    style.link = None;
                    continue;
                }
            };
            spans.push(Span { style: style.clone(), what });
        }
    }

    fn link(&mut self) -> Option<Arc<Link>> {
        let link = Link { href: self.value()?, title: self.value()? };
        (!link.href.is_empty()).then(|| Arc::new(link))
    }

    fn image(&mut self) -> Option<Image> {
        let image = Image { src: self.value()?, alt: self.value()?, title: self.value()? };
        (!image.shows_nothing()).then_some(image)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Doc, Lift, Template};

    #[test]
    fn the_layout_is_as_documented() {
        let doc = Doc::from_html("a<b>c</b><br>d<ul><li>e</ul>").unwrap();
        let template = doc.lift(&[Lift { range: 3..4, slot: 300 }], &[]).unwrap();
        assert_eq!(
            template.encode(),
            b"\x01\x10a\x02\x01c\x02\x00\n\x01\xAC\x02\x1A\x0B\x10e\x1D".as_slice()
        );
    }

    #[test]
    fn malformed_bytes_are_refused() {
        let bad: [&[u8]; 14] = [
            b"",
            b"\x02\x10a",                        // another version
            b"\x01a",                            // text outside of a block
            b"\x01\x10",                         // an empty paragraph
            b"\x01\x10\xFF",                     // no UTF-8
            b"\x01\x10a\x7F",                    // a control character
            b"\x01\x10\xEF\xBF\xBC",             // the slot character
            b"\x01\x10\x01\x80\x00",             // a number in two bytes that needs one
            b"\x01\x10\x01\xFF\xFF\xFF\xFF\x7F", // a number beyond 32 bits
            b"\x01\x10\x01\xFF",                 // a cut number
            b"\x01\x10a\x02\x00b",               // a mark that changes nothing
            b"\x01\x10\x03\x06\x06a",            // a link to nowhere
            b"\x01\x19\x10a",                    // an open quote
            b"\x01\x10a\x1D",                    // a close without open
        ];
        for bytes in bad {
            assert!(Template::decode(bytes).is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn nesting_is_bounded() {
        let nested = |depth: usize| {
            [b"\x01".as_slice(), &vec![0x19; depth], b"\x10a", &vec![0x1D; depth]].concat()
        };
        assert!(Template::decode(&nested(32)).is_ok());
        assert!(Template::decode(&nested(33)).is_err());
        assert!(Template::decode(&nested(1_000_000)).is_err());
    }
}
