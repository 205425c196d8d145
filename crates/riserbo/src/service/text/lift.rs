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
    let mut walk = Walk { lifts, at: 0, until: 0, leaves: Vec::new(), target: 0 };
    each_leaf_mut(blocks, &mut |leaf| walk.leaf(std::mem::take(&mut leaf.spans)));
    let mut leaves = walk.leaves.into_iter();
    each_leaf_mut(blocks, &mut |leaf| leaf.spans = leaves.next().unwrap_or_default());
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
        let before = next.range.start.checked_sub(self.at).filter(|before| *before < len)?;
        // Ranges don't overlap, so none begins while another lasts.
        if before == 0 {
            self.push(Span { style: style.clone(), what: Inline::Slot(next.slot) });
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
                self.push(Span { style: style.clone(), what: Inline::Text(part.to_owned()) });
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
    let mut attrs = Attrs { lifts, done: 0, next: 0, bad: None };
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
        Link { href: self.value(&old.href), title: self.value(&old.title) }
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

#[cfg(test)]
mod tests {
    use super::super::{AttrLift, Doc, Lift, Template, TextError};

    /// Lifts each of `values` where it first stands, in order, as slots 1, 2…
    fn lift(html: &str, values: &[&str]) -> Template {
        let doc = Doc::from_html(html).unwrap();
        let mut from = 0;
        let lifts: Vec<Lift> = values
            .iter()
            .zip(1..)
            .map(|(value, slot)| {
                let start = from + doc.text().get(from..).unwrap().find(value).unwrap();
                from = start + value.len();
                Lift { range: start..from, slot }
            })
            .collect();
        doc.lift(&lifts, &[]).unwrap()
    }

    fn shown(template: &Template) -> String {
        let html = super::super::corpus::html_with(template, |slot| format!("[{slot}]"));
        html.trim_start_matches("<div class=\"zd-comment\">").trim_end_matches("</div>").to_owned()
    }

    #[test]
    fn a_slot_takes_the_style_of_its_first_character() {
        assert_eq!(shown(&lift("<p>card <b>41<i>11</i></b> 1111 ok", &["4111 1111"])), {
            "<p>card <b>[1]</b> ok</p>"
        });
        assert_eq!(shown(&lift("a<b>bc</b>d", &["ab"])), "<p>[1]<b>c</b>d</p>");
    }

    #[test]
    fn slots_may_touch_and_fill_a_block() {
        assert_eq!(
            shown(&lift("<p>abcd</p><p>ef", &["ab", "cd", "ef"])),
            "<p>[1][2]</p><p>[3]</p>"
        );
    }

    #[test]
    fn a_slot_over_a_block_border_joins_the_blocks() {
        assert_eq!(shown(&lift("<p>Via Roma</p><p>1, Milano</p><p>x", &["Roma\n1,"])), {
            "<p>Via [1] Milano</p><p>x</p>"
        });
        assert_eq!(
            shown(&lift("<p>a</p><ul><li>b<li>c<li>d</ul>", &["a\nb\nc"])),
            "<p>[1]</p><ul><li>d</li></ul>"
        );
        assert_eq!(
            shown(&lift("<table><tr><td>a<td>b<tr><td>c<td>d</table>", &["b\nc"])),
            "<table><tr><td>a</td><td>[1]</td></tr><tr><td></td><td>d</td></tr></table>"
        );
    }

    #[test]
    fn a_slot_may_begin_or_end_with_the_border_itself() {
        assert_eq!(shown(&lift("<p>a</p><p>b</p>", &["\nb"])), "<p>a[1]</p>");
        assert_eq!(shown(&lift("<p>a</p><p>b</p>", &["a\n"])), "<p>[1]b</p>");
        assert_eq!(shown(&lift("<p>a</p><p>b</p>", &["\n"])), "<p>a[1]b</p>");
    }

    #[test]
    fn images_and_links_inside_go_and_those_at_the_edge_stay() {
        let image = "<img alt=z>";
        assert_eq!(
            shown(&lift(&format!("{image}a{image}b{image}"), &["ab"])),
            "<p><img alt=\"z\">[1]<img alt=\"z\"></p>"
        );
        assert_eq!(shown(&lift("Anna <a href='https://x/'>Rossi</a>!", &["Anna Rossi"])), {
            "<p>[1]!</p>"
        });
    }

    #[test]
    fn attributes_are_lifted_each_on_its_own() {
        let doc = Doc::from_html("<a href='mailto:a@b.example' title='a'>x<b>y</b></a><img alt=a>")
            .unwrap();
        assert_eq!(doc.attrs(), ["mailto:a@b.example", "a", "a"]);
        let lifts = [
            AttrLift { attr: 0, range: 7..18, slot: 1 },
            AttrLift { attr: 2, range: 0..1, slot: 3 },
        ];
        let template = doc.lift(&[], &lifts).unwrap();
        assert_eq!(template.slots(), [1, 3]);
        assert_eq!(template.scan_attrs(), ["mailto:\u{FFFC}", "a", "\u{FFFC}"]);
        let again = [AttrLift { attr: 1, range: 0..1, slot: 2 }];
        assert_eq!(template.add_slots(&[], &again).unwrap().slots(), [1, 2, 3]);
    }

    #[test]
    fn marking_by_hand_may_swallow_a_slot_but_not_cut_it() {
        let template = lift("call Anna Rossi now", &["Anna"]);
        assert_eq!(template.scan_text(), "call \u{FFFC} Rossi now");
        let over = [Lift { range: 5..14, slot: 9 }];
        assert_eq!(template.add_slots(&over, &[]).unwrap().slots(), [9]);
        for range in [5..6, 6..14, 0..7] {
            let cut = template.add_slots(&[Lift { range, slot: 9 }], &[]);
            assert_eq!(cut, Err(TextError::BadRange { index: 0 }));
        }
    }

    #[test]
    fn ranges_out_of_order_are_refused_by_their_index() {
        let doc = Doc::from_plain("abcdef").unwrap();
        let at = |range| Lift { range, slot: 1 };
        for bad in [vec![at(2..4), at(3..5)], vec![at(2..4), at(0..1)], vec![at(0..1), at(5..7)]] {
            assert_eq!(doc.lift(&bad, &[]), Err(TextError::BadRange { index: 1 }));
        }
        let none = [AttrLift { attr: 0, range: 0..1, slot: 1 }];
        assert_eq!(doc.lift(&[], &none), Err(TextError::BadRange { index: 0 }));
    }
}
