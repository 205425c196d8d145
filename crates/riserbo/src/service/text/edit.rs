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
            let span = Span { style: super::model::Style { link, ..span.style }, what: span.what };
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
            SlotEdit::Keep(new) => out.push(Span { what: Inline::Slot(new), ..span }),
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
                out.push(Span { what: Inline::Image(Box::new(image)), ..span });
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

#[cfg(test)]
mod tests {
    use super::super::{AttrLift, Doc, Lift, SlotEdit, Template};

    fn template() -> Template {
        let doc =
            Doc::from_html("<p><b>Anna</b> calls</p><p><a href='tel:+3902'>0039 02</a>").unwrap();
        let text = [Lift { range: 0..4, slot: 1 }, Lift { range: 11..18, slot: 2 }];
        doc.lift(&text, &[AttrLift { attr: 0, range: 4..9, slot: 3 }]).unwrap()
    }

    fn shown(template: &Template) -> String {
        super::super::corpus::html_with(template, |slot| format!("[{slot}]"))
    }

    #[test]
    fn a_slot_gets_a_new_number_or_text_in_its_style() {
        let edited = template().map_slots(|slot| match slot {
            1 => SlotEdit::Replace("An<na".to_owned()),
            other => SlotEdit::Keep(other + 10),
        });
        assert_eq!(edited.slots(), [13, 12]);
        assert_eq!(
            shown(&edited),
            "<div class=\"zd-comment\"><p><b>An&lt;na</b> calls</p><p><a>[12]</a></p></div>"
        );
    }

    #[test]
    fn a_redaction_mark_in_an_address_leaves_the_text_and_no_trace() {
        let edited = template().map_slots(|_| SlotEdit::Replace("▇▇▇".to_owned()));
        assert!(edited.slots().is_empty());
        assert_eq!(edited.scan_text(), "▇▇▇ calls\n▇▇▇");
        assert_eq!(edited.scan_attrs(), ["tel:▇▇▇"]);
    }

    #[test]
    fn what_becomes_empty_goes() {
        let doc = Doc::from_html("<ul><li>Anna</ul><img alt=Anna><a href='tel:1'>x").unwrap();
        let lifts = [Lift { range: 0..4, slot: 1 }];
        let attrs = [(0, 0..4), (1, 0..5)].map(|(attr, range)| AttrLift { attr, range, slot: 2 });
        let edited =
            doc.lift(&lifts, &attrs).unwrap().map_slots(|_| SlotEdit::Replace(String::new()));
        assert_eq!(shown(&edited), "<div class=\"zd-comment\"><p>x</p></div>");
    }

    #[test]
    fn replaced_text_is_cleaned_and_its_newlines_break_lines() {
        let edited = template().map_slots(|_| SlotEdit::Replace("a\u{0}\r\nb\u{FFFC}".to_owned()));
        assert_eq!(edited.scan_text(), "a\nb calls\na\nb");
        assert_eq!(edited.scan_attrs(), ["tel:a b"]);
        assert!(Template::decode(&edited.encode()).unwrap() == edited);
    }
}
