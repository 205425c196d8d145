//! Changing the slots of a template: new numbers, or text in their place.

use std::sync::Arc;

use super::chars::clean;
use super::model::{
    Block, Image, Inline, Link, Piece, Span, Value, each_leaf_mut, prune, push_lines, push_span,
};

/// What becomes of a slot.
#[derive(Clone, PartialEq, Eq)]
pub enum SlotEdit {
    /// It stays, under this number.
    Keep(u32),
    /// This text takes its place, in the style that it had. Empty text removes it.
    Replace(String),
}

type EditFn<'a> = dyn FnMut(u32) -> SlotEdit + 'a;

/// Applies `edit` to each slot in reading order.
pub(super) fn map_slots(blocks: &[Block], edit: &mut EditFn<'_>) -> Vec<Block> {
    let mut blocks = blocks.to_vec();
    each_leaf_mut(&mut blocks, &mut |leaf| {
        let mut links = Relink::default();
        let mut out = Vec::with_capacity(leaf.spans.len());
        for span in std::mem::take(&mut leaf.spans) {
            let link = span.style.link.as_ref().and_then(|link| {
                links.of(link, &mut |old| Link {
                    href: map_value(&old.href, edit),
                    title: map_value(&old.title, edit),
                })
            });
            if span.style.link.is_none() {
                links.end();
            }
            let span = Span {
                style: super::model::Style { link, ..span.style },
                what: span.what,
            };
            map_span(span, edit, &mut out);
        }
        leaf.spans = out;
    });
    prune(&mut blocks);
    blocks
}

fn map_span(span: Span, edit: &mut EditFn<'_>, out: &mut Vec<Span>) {
    match span.what {
        Inline::Slot(old) => match edit(old) {
            SlotEdit::Keep(new) => out.push(Span {
                what: Inline::Slot(new),
                ..span
            }),
            SlotEdit::Replace(text) => {
                let text: String = clean(&text).collect();
                push_lines(out, &span.style, &text);
            }
        },
        Inline::Image(image) => {
            let image = Image {
                src: map_value(&image.src, edit),
                alt: map_value(&image.alt, edit),
                title: map_value(&image.title, edit),
            };
            if !image.shows_nothing() {
                out.push(Span {
                    what: Inline::Image(Box::new(image)),
                    ..span
                });
            }
        }
        Inline::Text(_) | Inline::Break => push_span(out, span),
    }
}

fn map_value(value: &Value, edit: &mut EditFn<'_>) -> Value {
    let mut out = Value::default();
    for piece in value.pieces() {
        match piece {
            Piece::Text(text) => out.push_text(text),
            Piece::Slot(old) => match edit(*old) {
                SlotEdit::Keep(new) => out.push_slot(new),
                SlotEdit::Replace(text) => out.push_text(&super::chars::clean_line(&text)),
            },
        }
    }
    out
}

/// Changes links span by span, each link of a run once.
#[derive(Default)]
pub(super) struct Relink {
    last: Option<(Arc<Link>, Option<Arc<Link>>)>,
}

impl Relink {
    /// The new link in place of `old`: none if its address has become empty.
    pub(super) fn of(
        &mut self,
        old: &Arc<Link>,
        change: &mut dyn FnMut(&Link) -> Link,
    ) -> Option<Arc<Link>> {
        if let Some((before, now)) = &self.last
            && before == old
        {
            return now.clone();
        }
        let link = change(old);
        let now = (!link.href.is_empty()).then(|| Arc::new(link));
        self.last = Some((Arc::clone(old), now.clone()));
        now
    }

    /// A span without link ends the run.
    pub(super) fn end(&mut self) {
        self.last = None;
    }
}
