//! Lifting ranges of the flat text, and of attributes, out into slots.
//!
//! One walk over the leaves with a position in the flat text. While a slot's range lasts, what the
//! walk meets is swallowed; if it lasts over a leaf's end, the leaves that follow add to the leaf in
//! which it began.

use std::ops::Range;

use super::chars::SLOT_CHAR;
use super::edit::Relink;
use super::model::{
    Block, Inline, Link, Piece, Span, Style, Value, each_leaf_mut, flat_text, prune, push_span,
};
use super::{AttrLift, Lift, TextError};

/// Lifts ranges of the flat text and of attribute values. See [`super::Doc::lift`].
pub(super) fn lift(
    mut blocks: Vec<Block>,
    text: &[Lift],
    attrs: &[AttrLift],
) -> Result<Vec<Block>, TextError> {
    check(text, &flat_text(&blocks))?;
    // Attributes first: lifting text may swallow some, and their indices count all.
    lift_attrs(&mut blocks, attrs)?;
    if !text.is_empty() {
        lift_text(&mut blocks, text);
    }
    Ok(blocks)
}

/// Each range lies in `flat`, on character borders, after the one before it, and isn't empty.
fn check(lifts: &[Lift], flat: &str) -> Result<(), TextError> {
    let mut from = 0;
    for (index, Lift { range, .. }) in lifts.iter().enumerate() {
        if range.start < from || range.is_empty() || flat.get(range.clone()).is_none() {
            return Err(TextError::BadRange { index });
        }
        from = range.end;
    }
    Ok(())
}

fn lift_text(blocks: &mut Vec<Block>, lifts: &[Lift]) {
    let mut walk = Walk {
        lifts,
        at: 0,
        until: 0,
        leaves: Vec::new(),
        target: 0,
    };
    each_leaf_mut(blocks, &mut |leaf| {
        walk.leaf(std::mem::take(&mut leaf.spans))
    });
    let mut leaves = walk.leaves.into_iter();
    each_leaf_mut(blocks, &mut |leaf| {
        leaf.spans = leaves.next().unwrap_or_default()
    });
    prune(blocks);
}

struct Walk<'a> {
    /// The ranges whose slots aren't set yet.
    lifts: &'a [Lift],
    /// Position in the flat text.
    at: usize,
    /// Where the range of the last slot ends; before it, all is swallowed.
    until: usize,
    /// The new content of each leaf.
    leaves: Vec<Vec<Span>>,
    /// Index of the leaf to which content goes.
    target: usize,
}

impl Walk<'_> {
    fn leaf(&mut self, spans: Vec<Span>) {
        if !self.leaves.is_empty() {
            // The newline between two leaves.
            self.set_slot(1, &Style::default());
            if self.until <= self.at {
                self.target = self.leaves.len();
            }
            self.at += 1;
        }
        self.leaves.push(Vec::new());
        for span in spans {
            self.span(span);
        }
    }

    fn push(&mut self, span: Span) {
        if let Some(leaf) = self.leaves.get_mut(self.target) {
            push_span(leaf, span);
        }
    }

    /// Sets the next slot if its range begins within `len` bytes from here; gives the bytes before.
    fn set_slot(&mut self, len: usize, style: &Style) -> Option<usize> {
        let (next, rest) = self.lifts.split_first()?;
        let before = next
            .range
            .start
            .checked_sub(self.at)
            .filter(|before| *before < len)?;
        if before == 0 && self.until <= self.at {
            self.push(Span {
                style: style.clone(),
                what: Inline::Slot(next.slot),
            });
            self.until = next.range.end;
            self.lifts = rest;
        }
        Some(before)
    }

    fn span(&mut self, span: Span) {
        let len = match &span.what {
            Inline::Text(text) => return self.text(text, &span.style),
            Inline::Break => 1,
            Inline::Slot(_) => SLOT_CHAR.len_utf8(),
            Inline::Image(_) => 0,
        };
        self.set_slot(len, &span.style);
        if self.until <= self.at {
            self.push(span);
        }
        self.at += len;
    }

    fn text(&mut self, text: &str, style: &Style) {
        let mut rest = text;
        while !rest.is_empty() {
            let before = self.set_slot(rest.len(), style);
            let swallowed = self.until.saturating_sub(self.at);
            let len = match (swallowed, before) {
                (0, Some(before)) => before,
                (0, None) => rest.len(),
                (swallowed, _) => swallowed,
            };
            let (part, after) = rest.split_at_checked(len).unwrap_or((rest, ""));
            if swallowed == 0 {
                self.push(Span {
                    style: style.clone(),
                    what: Inline::Text(part.to_owned()),
                });
            }
            self.at += part.len();
            rest = after;
        }
    }
}

fn lift_attrs(blocks: &mut [Block], lifts: &[AttrLift]) -> Result<(), TextError> {
    if lifts.is_empty() {
        return Ok(());
    }
    let mut attrs = Attrs {
        lifts,
        done: 0,
        next: 0,
        bad: None,
    };
    each_leaf_mut(blocks, &mut |leaf| {
        let mut links = Relink::default();
        for span in &mut leaf.spans {
            match &span.style.link {
                Some(link) => span.style.link = links.of(link, &mut |old| attrs.link(old)),
                None => links.end(),
            }
            if let Inline::Image(image) = &mut span.what {
                for value in [&mut image.src, &mut image.alt, &mut image.title] {
                    *value = attrs.value(value);
                }
            }
        }
    });
    match attrs.bad {
        Some(index) => Err(TextError::BadRange { index }),
        None if attrs.done < lifts.len() => Err(TextError::BadRange { index: attrs.done }),
        None => Ok(()),
    }
}

struct Attrs<'a> {
    lifts: &'a [AttrLift],
    /// How many of them are done.
    done: usize,
    /// Index of the next attribute.
    next: usize,
    bad: Option<usize>,
}

impl Attrs<'_> {
    fn link(&mut self, old: &Link) -> Link {
        Link {
            href: self.value(&old.href),
            title: self.value(&old.title),
        }
    }

    /// The value with its ranges lifted.
    fn value(&mut self, value: &Value) -> Value {
        if value.is_empty() {
            return Value::default();
        }
        let index = self.next;
        self.next += 1;
        let mut out = Value::default();
        let mut from = 0;
        let flat = value.scan_text();
        while let Some(lift) = self.lifts.get(self.done).filter(|lift| lift.attr == index) {
            let Range { start, end } = lift.range;
            if start < from || lift.range.is_empty() || flat.get(start..end).is_none() {
                self.bad.get_or_insert(self.done);
                break;
            }
            copy(value, from..start, &mut out);
            out.push_slot(lift.slot);
            from = end;
            self.done += 1;
        }
        copy(value, from..flat.len(), &mut out);
        out
    }
}

/// Appends the part of `value` that a range of its scan text covers.
fn copy(value: &Value, range: Range<usize>, out: &mut Value) {
    let mut at = 0;
    for piece in value.pieces() {
        let len = match piece {
            Piece::Text(text) => {
                let start = range.start.clamp(at, at + text.len()) - at;
                let end = range.end.clamp(at, at + text.len()) - at;
                out.push_text(text.get(start..end).unwrap_or_default());
                text.len()
            }
            Piece::Slot(slot) => {
                let len = SLOT_CHAR.len_utf8();
                if range.start <= at && at + len <= range.end {
                    out.push_slot(*slot);
                }
                len
            }
        };
        at += len;
    }
}
