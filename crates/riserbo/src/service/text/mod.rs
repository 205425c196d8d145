//! The canonical comment: one form in which a text is stored, scanned, masked and rendered.
//!
//! A text comes in as plain text or as HTML that a stranger wrote. [`Doc`] reduces it to a closed
//! model of blocks and inline marks; detectors run over [`Doc::text`], and what they find is lifted
//! out into numbered slots, which leaves a [`Template`]. The template alone is sealed and stored;
//! `body`, `plain_body`, `html_body`, the description and the audits are rendered from it, so
//! there is one place only from which a redacted value must vanish.
//!
//! **Three locks on markup.** The reader fills a tree that has no room for a script, an event handler
//! or a style; the renderer writes every tag itself, every text and address escaped and checked; and
//! before a text is taken, a sanitiser must find nothing to remove in its rendering (`gate`). Where
//! it would, or where the markup can't be read at a bearable price, the text is taken as plain text:
//! nothing is lost, nothing runs. HTML is cut into tags by `html5ever`'s tokenizer (`tokens`); what a
//! browser's tree builder makes of misnested tags doesn't matter here, and costs more than linear time.
//!
//! It is no HTML editor's model: colours, sizes, fonts, classes and layout go. It does no I/O, knows
//! no keys and no policy, and never panics on any input.

mod builder;
mod chars;
mod codec;
mod edit;
mod gate;
mod html;
mod lift;
mod model;
mod plain;
mod segment;
mod tokens;

#[cfg(test)]
mod corpus;
#[cfg(test)]
mod props;

use std::fmt;
use std::ops::Range;
use std::panic::catch_unwind;

pub use edit::SlotEdit;
pub use html::{Place, SlotOut, escape_into};
pub use segment::Segment;

use model::Block;

/// The longest text that [`Doc::from_plain`] and [`Doc::from_html`] take, in bytes: 5 MiB.
pub const MAX_INPUT: usize = 5 * 1024 * 1024;

/// Why a text was refused. No variant carries any part of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// The input is longer than [`MAX_INPUT`].
    #[error("the text has {bytes} bytes, more than the {MAX_INPUT} allowed")]
    TooLong {
        /// Length of the input in bytes.
        bytes: usize,
    },
    /// A range to lift is empty, out of order, past the end, or cuts a character or slot.
    #[error("range {index} to lift is empty, out of order, past the end or cuts a character")]
    BadRange {
        /// Position of the range in its slice.
        index: usize,
    },
    /// Stored bytes are no template of a version that we know.
    #[error("the stored text is malformed")]
    Malformed,
}

/// A range of [`Doc::text`] that becomes a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lift {
    /// Byte range, not empty, on character borders.
    pub range: Range<usize>,
    /// Number of the slot.
    pub slot: u32,
}

/// A range of one of [`Doc::attrs`] that becomes a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttrLift {
    /// Index in [`Doc::attrs`].
    pub attr: usize,
    /// Byte range in that value, not empty, on character borders.
    pub range: Range<usize>,
    /// Number of the slot.
    pub slot: u32,
}

/// A text reduced to the canonical model, before anything was lifted out of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Doc {
    blocks: Vec<Block>,
    text: String,
    attrs: Vec<String>,
    markup_given_up: bool,
}

impl Doc {
    fn new(blocks: Vec<Block>) -> Doc {
        let text = model::flat_text(&blocks);
        let attrs = model::attr_texts(&blocks);
        Doc { blocks, text, attrs, markup_given_up: false }
    }

    /// Reads plain text: a blank line parts paragraphs, a newline is a line break. White space is
    /// kept as it is, so that [`Template::render_plain`] gives the same text back. Newlines get one
    /// form; control characters but tab, and U+FFFC, go.
    ///
    /// # Errors
    /// [`TextError::TooLong`] above [`MAX_INPUT`].
    pub fn from_plain(src: &str) -> Result<Doc, TextError> {
        check_length(src)?;
        Ok(Doc::new(plain::parse(src)))
    }

    /// Reads HTML as it comes from mail clients, editors and exports; never fails on its form.
    ///
    /// Kept: paragraphs, headings, quotes, lists, tables, preformatted text, rules, line breaks, the
    /// usual inline marks, links to `http`, `https`, `mailto` and `tel`, images with an `http(s)`
    /// address or a description. `<div>` and its like are lines, as browsers show them. A table of
    /// one column is layout and gives its content alone. Scripts, styles and frames go with what
    /// they hold, of every other element the text stays. Quotes, lists and tables nest 32 deep; what
    /// is deeper moves up; after 100,000 blocks the rest is lines of the last. A link lives in one
    /// block: where it spans several it keeps the first. Takes linear time.
    ///
    /// What can't be read as HTML is taken as plain text: see [`Doc::markup_given_up`].
    ///
    /// # Errors
    /// [`TextError::TooLong`] above [`MAX_INPUT`].
    pub fn from_html(src: &str) -> Result<Doc, TextError> {
        check_length(src)?;
        // Two libraries read a stranger's bytes here: a defect of theirs must not cost more than the
        // formatting of one text.
        let read = catch_unwind(|| gate::judge(builder::parse(src)));
        let read = read.unwrap_or_else(|_| gate::Judged::plain(src));
        Ok(Doc { markup_given_up: read.given_up, ..Doc::new(read.blocks) })
    }

    /// Whether a text that came as HTML was taken as plain text, in whole or in part: because a tag
    /// in it would cost too much to read (that tag and what follows is text then, tags and all), or
    /// because the sanitiser didn't agree with its rendering. To be counted: an ordinary text never
    /// is.
    #[must_use]
    pub fn markup_given_up(&self) -> bool {
        self.markup_given_up
    }

    /// The flat text in which detection runs: inline text in reading order, a newline for each line
    /// break and between blocks, items and cells. Marks and images leave no trace, so that a value
    /// which is half bold is one stretch of text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The attribute values that may carry personal data (addresses, titles, descriptions), in
    /// reading order; to be scanned each on its own.
    #[must_use]
    pub fn attrs(&self) -> &[String] {
        &self.attrs
    }

    /// Lifts ranges out into slots. `text` is sorted by range and doesn't overlap; `attrs` is sorted
    /// by attribute and range.
    ///
    /// A slot takes the style of its first character; marks, links and images *inside* it are
    /// swallowed, the slots of their attributes too, so the caller keeps what
    /// [`Template::slots`] names. A slot that crosses a block border joins the blocks: what follows
    /// it moves up into the block in which it begins, and what lay wholly inside goes.
    ///
    /// # Errors
    /// [`TextError::BadRange`] if a range is empty, out of order, past the end or cuts a character.
    pub fn lift(&self, text: &[Lift], attrs: &[AttrLift]) -> Result<Template, TextError> {
        let blocks = lift::lift(self.blocks.clone(), text, attrs)?;
        Ok(Template { blocks })
    }
}

fn check_length(src: &str) -> Result<(), TextError> {
    if src.len() > MAX_INPUT {
        return Err(TextError::TooLong { bytes: src.len() });
    }
    Ok(())
}

/// A text whose personal values stand in numbered slots: what is sealed and stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Template {
    blocks: Vec<Block>,
}

impl Template {
    /// The bytes to seal: one version byte, then the text with marks, slots and structure as control
    /// bytes. A plain paragraph costs two bytes over its UTF-8, a slot up to number 127 two bytes,
    /// up to 16,383 three.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(&self.blocks)
    }

    /// Reads what [`Template::encode`] wrote. Each template has one encoding, and no other bytes are
    /// taken for it.
    ///
    /// # Errors
    /// [`TextError::Malformed`] on anything else.
    pub fn decode(bytes: &[u8]) -> Result<Template, TextError> {
        let blocks = codec::decode(bytes).ok_or(TextError::Malformed)?;
        Ok(Template { blocks })
    }

    /// The slot numbers in reading order, those in attributes among them (a link's before its
    /// text). A number that stands twice is named twice.
    #[must_use]
    pub fn slots(&self) -> Vec<u32> {
        let mut out = Vec::new();
        model::each_slot(&self.blocks, &mut |slot| out.push(slot));
        out
    }

    /// Renders plain text; `slot` writes what stands for a slot. Paragraphs are parted by a blank
    /// line, quotes begin with `> `, items with `- ` or their number, an image gives its
    /// description; the cells of a simple row are parted by tabs.
    pub fn render_plain(&self, slot: &mut dyn FnMut(u32, &mut String)) -> String {
        plain::render(&self.blocks, slot)
    }

    /// Renders HTML in `<div class="zd-comment">`; `slot` writes what stands for a slot, **already
    /// escaped** (see [`escape_into`]), and says whether that was the value itself. In an attribute
    /// ([`Place::Attr`]) it must write text, no elements. A link's or image's address is rendered
    /// only if all its slots are open and it still leads to an allowed scheme.
    pub fn render_html(&self, slot: &mut dyn FnMut(u32, Place, &mut String) -> SlotOut) -> String {
        html::render(&self.blocks, slot)
    }

    /// The stretches of text between slots and block borders, in the order of
    /// [`Template::render_plain`]; see [`Segment`].
    pub fn segments(&self) -> impl Iterator<Item = Segment<'_>> {
        segment::segments(&self.blocks).into_iter()
    }

    /// Changes each slot: gives it a new number, or puts text in its place (un-slotting, redaction
    /// marks). A newline in the text becomes a line break, in an attribute a space.
    #[must_use]
    pub fn map_slots(&self, mut edit: impl FnMut(u32) -> SlotEdit) -> Template {
        Template { blocks: edit::map_slots(&self.blocks, &mut edit) }
    }

    /// The flat text as [`Doc::text`], each slot as one U+FFFC: for scanning again, and for marking
    /// by hand. The n-th U+FFFC is the n-th slot outside of attributes.
    #[must_use]
    pub fn scan_text(&self) -> String {
        model::flat_text(&self.blocks)
    }

    /// The attribute values as [`Doc::attrs`], each slot as one U+FFFC.
    #[must_use]
    pub fn scan_attrs(&self) -> Vec<String> {
        model::attr_texts(&self.blocks)
    }

    /// Lifts further ranges out, of [`Template::scan_text`] and [`Template::scan_attrs`], by the
    /// rules of [`Doc::lift`]. A range that covers a U+FFFC swallows that slot.
    ///
    /// # Errors
    /// [`TextError::BadRange`] as in [`Doc::lift`]; a range can't cut a U+FFFC.
    pub fn add_slots(&self, text: &[Lift], attrs: &[AttrLift]) -> Result<Template, TextError> {
        let blocks = lift::lift(self.blocks.clone(), text, attrs)?;
        Ok(Template { blocks })
    }
}

// Both show sizes only: their text is customer data, and Debug ends up in logs.
impl fmt::Debug for Doc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Doc")
            .field("bytes", &self.text.len())
            .field("attrs", &self.attrs.len())
            .finish()
    }
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Template")
            .field("blocks", &self.blocks.len())
            .field("slots", &self.slots().len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_and_errors_show_no_text() {
        let doc = Doc::from_html("<a href='https://a.example/SECRET'>SECRET</a>").unwrap();
        let template = doc.lift(&[], &[]).unwrap();
        let error = doc.lift(&[Lift { range: 3..99, slot: 1 }], &[]).unwrap_err();
        let shown = format!("{doc:?} {template:?} {error:?} {error}");
        assert!(!shown.contains("SECRET") && !shown.contains("a.example"), "{shown}");
    }

    #[test]
    fn a_card_half_bold_in_a_mail_becomes_one_slot() {
        let doc = Doc::from_html("<p>My card <b>4111</b> 1111 1111 1111 was charged.").unwrap();
        let range = 8..27;
        assert_eq!(doc.text().get(range.clone()).unwrap(), "4111 1111 1111 1111");
        let template = doc.lift(&[Lift { range, slot: 0 }], &[]).unwrap();
        assert_eq!(template.render_plain(&mut |_, out| out.push_str("[card]")), {
            "My card [card] was charged."
        });
        assert!(!template.encode().windows(4).any(|bytes| bytes == b"4111"));
    }
}
