//! What search sees of a template.

use std::borrow::Cow;

use super::model::{Block, Inline, Piece, each_leaf};

/// A stretch of a template, for search.
///
/// A phrase lies inside one [`Segment::Text`]: slots and block borders are opaque separators. Marks
/// don't part text, and a line break inside a block is white space (`\n`), since mail wraps lines
/// where it likes. An image stands as its description. Addresses and titles are no text.
#[derive(Clone, PartialEq, Eq)]
pub enum Segment<'a> {
    /// Text without slot; never empty, never two in a row.
    Text(Cow<'a, str>),
    /// The slot of this number.
    Slot(u32),
    /// The border between two blocks, items or cells.
    Break,
}

/// The segments of a tree.
pub(super) fn segments(blocks: &[Block]) -> Vec<Segment<'_>> {
    let mut out = Vec::new();
    let mut first = true;
    each_leaf(blocks, &mut |leaf| {
        if !std::mem::take(&mut first) {
            out.push(Segment::Break);
        }
        for span in &leaf.spans {
            match &span.what {
                Inline::Text(text) => push(&mut out, text),
                Inline::Slot(slot) => out.push(Segment::Slot(*slot)),
                Inline::Break => push(&mut out, "\n"),
                Inline::Image(image) => {
                    for piece in image.alt.pieces() {
                        match piece {
                            Piece::Text(text) => push(&mut out, text),
                            Piece::Slot(slot) => out.push(Segment::Slot(*slot)),
                        }
                    }
                }
            }
        }
    });
    out
}

fn push<'a>(out: &mut Vec<Segment<'a>>, text: &'a str) {
    match out.last_mut() {
        Some(Segment::Text(last)) => last.to_mut().push_str(text),
        _ => out.push(Segment::Text(Cow::Borrowed(text))),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Doc, Lift};
    use super::*;

    #[test]
    fn slots_and_borders_part_text_and_marks_do_not() {
        let doc =
            Doc::from_html("<p>I am <b>An</b>na, <i>cal</i>l<br>me<img alt=soon></p><p>x").unwrap();
        let template = doc.lift(&[Lift { range: 5..9, slot: 7 }], &[]).unwrap();
        let words: Vec<String> = template
            .segments()
            .map(|segment| match segment {
                Segment::Text(text) => text.into_owned(),
                Segment::Slot(slot) => format!("#{slot}"),
                Segment::Break => "|".to_owned(),
            })
            .collect();
        assert_eq!(words, ["I am ", "#7", ", call\nmesoon", "|", "x"]);
    }
}
