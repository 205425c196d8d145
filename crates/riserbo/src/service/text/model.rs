//! The tree that a canonical comment is.
//!
//! Blocks nest (quotes, lists, tables), inline content doesn't: a leaf block holds one flat run of
//! spans, each with a set of marks and perhaps a link. So `<b><i>x</i></b>` and `<i><b>x</b></i>`
//! are the same tree, a slot can be cut out of any range without splitting elements, and a value
//! that is half bold is still one stretch of text.
//!
//! The *normal form*, which every constructor keeps:
//! - no empty text, and neighbouring texts of the same style are one;
//! - a leaf holds at least one span; a list, item, row, quote or table at least one child (a cell
//!   may be empty: dropping it would shift its neighbours);
//! - a text node has no newline: that is a [`Inline::Break`];
//! - a link has an address, an image an address or a description.

use std::sync::Arc;

use super::chars::{SLOT_CHAR, clean_line};

/// How deep quotes, lists and tables may nest; what lies deeper moves up to this level.
pub(super) const MAX_DEPTH: usize = 32;

/// How many blocks, items, rows and cells a text may have. What follows is read as lines of the last
/// block: nothing is lost but structure, and 5 MiB of `<li>` don't become a gigabyte of tree.
pub(super) const MAX_BLOCKS: usize = 100_000;

/// A set of inline marks.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Marks(pub(super) u8);

impl Marks {
    /// Each mark with the element that renders it, in the order in which they are opened.
    pub(super) const ALL: [(Marks, &'static str); 8] = [
        (Marks(1), "b"),
        (Marks(2), "i"),
        (Marks(4), "u"),
        (Marks(8), "s"),
        (Marks(16), "code"),
        (Marks(32), "sub"),
        (Marks(64), "sup"),
        (Marks(128), "mark"),
    ];

    pub(super) fn has(self, other: Marks) -> bool {
        self.0 & other.0 != 0
    }

    pub(super) fn with(self, other: Marks) -> Marks {
        Marks(self.0 | other.0)
    }
}

/// A part of an attribute's value.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    Slot(u32),
}

/// An attribute's value. Empty means that the attribute is absent.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Value(Vec<Piece>);

impl Value {
    pub(super) fn text(text: &str) -> Value {
        let mut value = Value::default();
        value.push_text(text);
        value
    }

    /// A value of one line, cleaned.
    pub(super) fn line(text: &str) -> Value {
        Value::text(&clean_line(text))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn pieces(&self) -> &[Piece] {
        &self.0
    }

    pub(super) fn push_text(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        match self.0.last_mut() {
            Some(Piece::Text(last)) => last.push_str(text),
            _ => self.0.push(Piece::Text(text.to_owned())),
        }
    }

    pub(super) fn push_slot(&mut self, slot: u32) {
        self.0.push(Piece::Slot(slot));
    }

    /// The value with one U+FFFC for each slot.
    pub(super) fn scan_text(&self) -> String {
        let mut out = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Slot(_) => out.push(SLOT_CHAR),
            }
        }
        out
    }
}

/// Where a link leads.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) href: Value,
    pub(super) title: Value,
}

/// An inline image.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Image {
    pub(super) src: Value,
    pub(super) alt: Value,
    pub(super) title: Value,
}

impl Image {
    /// An image with neither address nor description shows nothing and isn't kept.
    pub(super) fn shows_nothing(&self) -> bool {
        self.src.is_empty() && self.alt.is_empty()
    }
}

#[derive(Clone, PartialEq, Eq)]
pub(super) enum Inline {
    /// Text without newline.
    Text(String),
    Slot(u32),
    /// A line break inside a block.
    Break,
    Image(Box<Image>),
}

/// The marks and the link of a span.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Style {
    pub(super) marks: Marks,
    pub(super) link: Option<Arc<Link>>,
}

#[derive(Clone, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) style: Style,
    pub(super) what: Inline,
}

/// Adds a span, joining it with the last one where both are text of one style.
pub(super) fn push_span(spans: &mut Vec<Span>, span: Span) {
    if let Inline::Text(text) = &span.what {
        if text.is_empty() {
            return;
        }
        if let Some(Span { style, what: Inline::Text(last) }) = spans.last_mut()
            && *style == span.style
        {
            last.push_str(text);
            return;
        }
    }
    spans.push(span);
}

/// Adds text which may hold newlines: each becomes a break.
pub(super) fn push_lines(spans: &mut Vec<Span>, style: &Style, text: &str) {
    for (n, line) in text.split('\n').enumerate() {
        if n > 0 {
            spans.push(Span { style: style.clone(), what: Inline::Break });
        }
        push_span(spans, Span { style: style.clone(), what: Inline::Text(line.to_owned()) });
    }
}

/// The level of a heading.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    One,
    Two,
    Three,
    Four,
    Five,
    Six,
}

impl Level {
    pub(super) const ALL: [(Level, &'static str); 6] = [
        (Level::One, "h1"),
        (Level::Two, "h2"),
        (Level::Three, "h3"),
        (Level::Four, "h4"),
        (Level::Five, "h5"),
        (Level::Six, "h6"),
    ];
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum LeafKind {
    #[default]
    Para,
    Heading(Level),
    /// Preformatted: white space counts.
    Pre,
}

/// A block of inline content.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Leaf {
    pub(super) kind: LeafKind,
    pub(super) spans: Vec<Span>,
}

#[derive(Clone, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) header: bool,
    pub(super) blocks: Vec<Block>,
}

/// The cells of a table's row.
pub(super) type Row = Vec<Cell>;

#[derive(Clone, PartialEq, Eq)]
pub(super) enum Block {
    Leaf(Leaf),
    /// A thematic break.
    Rule,
    Quote(Vec<Block>),
    List {
        ordered: bool,
        items: Vec<Vec<Block>>,
    },
    Table(Vec<Row>),
}

impl Block {
    pub(super) fn is_para(&self) -> bool {
        matches!(self, Block::Leaf(Leaf { kind: LeafKind::Para, .. }))
    }
}

/// Calls `f` with each leaf in reading order.
pub(super) fn each_leaf<'a>(blocks: &'a [Block], f: &mut dyn FnMut(&'a Leaf)) {
    for block in blocks {
        match block {
            Block::Leaf(leaf) => f(leaf),
            Block::Rule => {}
            Block::Quote(inner) => each_leaf(inner, f),
            Block::List { items, .. } => items.iter().for_each(|item| each_leaf(item, f)),
            Block::Table(rows) => rows.iter().flatten().for_each(|c| each_leaf(&c.blocks, f)),
        }
    }
}

/// As [`each_leaf`], for changing them.
pub(super) fn each_leaf_mut(blocks: &mut [Block], f: &mut dyn FnMut(&mut Leaf)) {
    for block in blocks {
        match block {
            Block::Leaf(leaf) => f(leaf),
            Block::Rule => {}
            Block::Quote(inner) => each_leaf_mut(inner, f),
            Block::List { items, .. } => items.iter_mut().for_each(|item| each_leaf_mut(item, f)),
            Block::Table(rows) => {
                rows.iter_mut().flatten().for_each(|c| each_leaf_mut(&mut c.blocks, f));
            }
        }
    }
}

/// Drops the leaves that have become empty and what they leave empty, but for cells.
pub(super) fn prune(blocks: &mut Vec<Block>) {
    blocks.retain_mut(|block| match block {
        Block::Leaf(leaf) => !leaf.spans.is_empty(),
        Block::Rule => true,
        Block::Quote(inner) => {
            prune(inner);
            !inner.is_empty()
        }
        Block::List { items, .. } => {
            items.iter_mut().for_each(prune);
            items.retain(|item| !item.is_empty());
            !items.is_empty()
        }
        Block::Table(rows) => {
            rows.retain(|row| !row.is_empty());
            rows.iter_mut().flatten().for_each(|cell| prune(&mut cell.blocks));
            !rows.is_empty()
        }
    });
}

/// What [`each_part`] meets.
pub(super) enum Part<'a> {
    /// An attribute that is present.
    Attr(&'a Value),
    Inline(&'a Inline),
}

/// Calls `f` with each inline and each attribute of a leaf in reading order: a link's address and
/// title before its first span (a link over several spans counts once), an image's address,
/// description and title after it.
pub(super) fn each_part<'a>(leaf: &'a Leaf, f: &mut dyn FnMut(Part<'a>)) {
    let mut before: Option<&Arc<Link>> = None;
    for span in &leaf.spans {
        let link = span.style.link.as_ref();
        if let Some(link) = link.filter(|link| before != Some(link)) {
            present([&link.href, &link.title], f);
        }
        before = link;
        f(Part::Inline(&span.what));
        if let Inline::Image(image) = &span.what {
            present([&image.src, &image.alt, &image.title], f);
        }
    }
}

fn present<'a, const N: usize>(values: [&'a Value; N], f: &mut dyn FnMut(Part<'a>)) {
    values.into_iter().filter(|v| !v.is_empty()).for_each(|v| f(Part::Attr(v)));
}

/// The flat text: leaves parted by newlines, one U+FFFC for each slot, images unseen.
pub(super) fn flat_text(blocks: &[Block]) -> String {
    let mut out = String::new();
    let mut first = true;
    each_leaf(blocks, &mut |leaf| {
        if !std::mem::take(&mut first) {
            out.push('\n');
        }
        for span in &leaf.spans {
            match &span.what {
                Inline::Text(text) => out.push_str(text),
                Inline::Slot(_) => out.push(SLOT_CHAR),
                Inline::Break => out.push('\n'),
                Inline::Image(_) => {}
            }
        }
    });
    out
}

/// The attribute values in reading order, one U+FFFC for each slot.
pub(super) fn attr_texts(blocks: &[Block]) -> Vec<String> {
    let mut out = Vec::new();
    each_leaf(blocks, &mut |leaf| {
        each_part(leaf, &mut |part| {
            if let Part::Attr(value) = part {
                out.push(value.scan_text());
            }
        });
    });
    out
}

/// Calls `f` with each slot number in reading order, those in attributes among them.
pub(super) fn each_slot(blocks: &[Block], f: &mut dyn FnMut(u32)) {
    each_leaf(blocks, &mut |leaf| {
        each_part(leaf, &mut |part| match part {
            Part::Inline(Inline::Slot(slot)) => f(*slot),
            Part::Inline(_) => {}
            Part::Attr(value) => value.pieces().iter().for_each(|piece| {
                if let Piece::Slot(slot) = piece {
                    f(*slot);
                }
            }),
        });
    });
}
