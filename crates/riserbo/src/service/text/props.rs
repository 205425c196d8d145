//! Properties that hold for every text.

use std::collections::HashMap;

use proptest::prelude::*;

use super::chars::{SLOT_CHAR, clean};
use super::corpus::{assert_harmless, from_html, html};
use super::model::Block;
use super::{AttrLift, Doc, Lift, Place, Segment, SlotEdit, SlotOut, Template, escape_into};

/// Pieces from which messy HTML is put together.
fn soup() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        5 => "[a-zè4@ ]{1,8}".prop_map(String::from),
        1 => "[ \t\n]{1,4}",
        1 => prop::sample::select(vec!["&amp;", "&lt;", "&nbsp;", "&", "<", ">", "\"", "'", "🙂", "שלום"])
            .prop_map(String::from),
        8 => (any::<bool>(), prop::sample::select(vec![
            "p", "div", "b", "i", "em", "u", "s", "code", "sub", "sup", "mark", "span", "h1", "h3",
            "pre", "blockquote", "ul", "ol", "li", "table", "tbody", "tr", "td", "th", "a", "caption",
        ])).prop_map(|(end, name)| format!("<{}{name}>", if end { "/" } else { "" })),
        2 => prop::sample::select(vec![
            "<br>", "<hr>", "<!-- c -->", "<img src='https://a.example/x' alt='p q'>", "<img alt=z>",
            "<a href='https://a.example'>", "<a href=mailto:a@b.example title=t>", "<a href=tel:1>",
            "<script>x</script>", "<a href=javascript:x>",
        ]).prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

/// Plain text with blank lines, indentation and all.
fn plain() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[a-zA-Zèß4]{1,6}".prop_map(String::from),
        2 => "[ \n]{1,4}",
        1 => any::<char>().prop_map(String::from),
        1 => prop::sample::select(vec!["\r\n", "\t", "\u{0}", "<b>", "&amp;", "> ", "\u{FFFC}"])
            .prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// Ranges on character borders, sorted, not overlapping; from numbers that choose them.
fn ranges(text: &str, picks: &[(usize, usize)]) -> Vec<std::ops::Range<usize>> {
    let borders: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let mut out: Vec<std::ops::Range<usize>> = Vec::new();
    let mut from = 0;
    for (skip, take) in picks {
        let (start, end) = (from + skip, from + skip + 1 + take);
        let (Some(start_at), Some(end_at)) = (borders.get(start), borders.get(end)) else {
            break;
        };
        out.push(*start_at..*end_at);
        from = end;
    }
    out
}

fn picks() -> impl Strategy<Value = Vec<(usize, usize)>> {
    prop::collection::vec((0usize..12, 0usize..9), 0..8)
}

/// A document with slots: its template, and the value of each slot.
fn lifted(doc: &Doc, picks: &[(usize, usize)]) -> (Template, HashMap<u32, String>) {
    let mut values = HashMap::new();
    let mut slot = 100;
    let mut next = |value: &str| {
        slot += 1;
        values.insert(slot, value.to_owned());
        slot
    };
    let text: Vec<Lift> = ranges(doc.text(), picks)
        .into_iter()
        .map(|range| Lift { slot: next(doc.text().get(range.clone()).unwrap()), range })
        .collect();
    let attrs: Vec<AttrLift> = doc
        .attrs()
        .iter()
        .enumerate()
        .flat_map(|(attr, value)| ranges(value, picks).into_iter().map(move |r| (attr, value, r)))
        .map(|(attr, value, range)| AttrLift {
            attr,
            slot: next(value.get(range.clone()).unwrap()),
            range,
        })
        .collect();
    (doc.lift(&text, &attrs).unwrap(), values)
}

/// The scan text with the value of each slot in its place.
fn refilled(template: &Template, values: &HashMap<u32, String>) -> String {
    let mut in_text = Vec::new();
    super::model::each_leaf(&template.blocks, &mut |leaf| {
        in_text.extend(leaf.spans.iter().filter_map(|span| match span.what {
            super::model::Inline::Slot(slot) => Some(slot),
            _ => None,
        }));
    });
    let mut slots = in_text.into_iter();
    template.scan_text().chars().fold(String::new(), |mut out, c| {
        match c {
            SLOT_CHAR => out.push_str(&values[&slots.next().unwrap()]),
            c => out.push(c),
        }
        out
    })
}

fn open_all(template: &Template, values: &HashMap<u32, String>) -> String {
    template.render_html(&mut |slot, place, out| {
        escape_into(&values[&slot], place, out);
        SlotOut::Open
    })
}

/// The tree with every slot replaced by its value.
fn unslotted(template: &Template, values: &HashMap<u32, String>) -> Template {
    template.map_slots(|slot| SlotEdit::Replace(values[&slot].clone()))
}

fn assert_normal(template: &Template) {
    let bytes = template.encode();
    let back = Template::decode(&bytes).expect("what was encoded decodes");
    assert!(&back == template);
    assert_eq!(back.encode(), bytes);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read(src in any::<String>()) {
        assert_normal(&from_html(&src));
        assert_harmless(&html(&from_html(&src)));
        assert_normal(&Doc::from_plain(&src).unwrap().lift(&[], &[]).unwrap());
    }

    #[test]
    fn any_bytes_are_decoded_or_refused(
        bytes in prop::collection::vec(prop_oneof![any::<u8>(), 0u8..32], 0..60),
    ) {
        let bytes = [vec![1], bytes].concat();
        if let Ok(template) = Template::decode(&bytes) {
            prop_assert_eq!(template.encode(), bytes);
        }
    }

    #[test]
    fn damaged_encodings_are_refused_or_canonical(
        src in soup(), picks in picks(), at in any::<prop::sample::Index>(), byte in any::<u8>(),
    ) {
        let (template, _) = lifted(&Doc::from_html(&src).unwrap(), &picks);
        let mut bytes = template.encode();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(template) = Template::decode(&bytes) {
            prop_assert_eq!(template.encode(), bytes);
        }
    }

    #[test]
    fn plain_text_comes_back_as_it_was(src in plain()) {
        let normalised: String = clean(&src).collect();
        let template = Doc::from_plain(&src).unwrap().lift(&[], &[]).unwrap();
        prop_assert_eq!(template.render_plain(&mut |_, _| {}), normalised);
    }

    #[test]
    fn plain_text_shown_as_html_reads_the_same(src in plain()) {
        let doc = Doc::from_plain(&src).unwrap();
        let back = Doc::from_html(&html(&doc.lift(&[], &[]).unwrap())).unwrap();
        let spaces = |text: &str| text.replace(['\u{a0}', '\u{2003}', '\t'], " ");
        prop_assert_eq!(spaces(back.text()), spaces(doc.text()));
    }

    #[test]
    fn rendered_html_reads_back_as_the_same_tree(src in soup()) {
        let template = from_html(&src);
        let rendered = html(&template);
        prop_assert!(from_html(&rendered) == template, "{}", rendered);
    }

    #[test]
    fn the_referee_finds_nothing_to_remove(src in soup()) {
        assert_harmless(&html(&from_html(&src)));
        prop_assert!(!Doc::from_html(&src).unwrap().markup_given_up());
    }

    #[test]
    fn lifting_and_filling_gives_the_text_again(src in soup(), picks in picks()) {
        let doc = Doc::from_html(&src).unwrap();
        let (template, values) = lifted(&doc, &picks);
        assert_normal(&template);
        prop_assert_eq!(refilled(&template, &values), doc.text());
        prop_assert_eq!(unslotted(&template, &values).scan_text(), doc.text());
        prop_assert!(template.slots().len() <= values.len());
    }

    #[test]
    fn with_every_slot_open_the_rendering_is_that_of_the_unslotted_text(
        src in soup(), picks in picks(),
    ) {
        let doc = Doc::from_html(&src).unwrap();
        let (template, values) = lifted(&doc, &picks);
        let full = unslotted(&template, &values);
        assert_normal(&full);
        // A line break inside a value changes how a table looks in plain text.
        if values.values().all(|value| !value.contains('\n')) {
            let plain = template.render_plain(&mut |slot, out| out.push_str(&values[&slot]));
            prop_assert_eq!(plain, full.render_plain(&mut |_, _| {}));
        }
        // Read back, since white space at a value's edge may be written otherwise, and two links
        // that differ by their slots alone are one when these are filled.
        let read = |html: &str| {
            let spaces = html.replace("&nbsp;", " ").replace("&emsp;", "\t").replace("<br>", "\n");
            from_html(&spaces)
        };
        prop_assert!(read(&open_all(&template, &values)) == read(&html(&full)));
    }

    #[test]
    fn no_value_shows_unless_its_slot_gives_it(picks in picks()) {
        let doc = Doc::from_html(
            "<p>one <b>SECRET</b> two</p><a href='https://a.example/SECRET' title=SECRET>x</a>\
             <ul><li>SECRET<li>three</ul><img alt=SECRET>",
        ).unwrap();
        let find = |text: &str| text.find("SECRET").map(|at| at..at + 6);
        let mut text = Vec::new();
        let mut from = 0;
        while let Some(range) = find(doc.text().get(from..).unwrap()) {
            text.push(Lift { range: range.start + from..range.end + from, slot: 1 });
            from += range.end;
        }
        let attrs: Vec<AttrLift> = doc.attrs().iter().enumerate()
            .filter_map(|(attr, value)| Some(AttrLift { attr, range: find(value)?, slot: 2 }))
            .collect();
        let template = doc.lift(&text, &attrs).unwrap();
        let more: Vec<Lift> = ranges(&template.scan_text(), &picks).into_iter()
            .map(|range| Lift { range, slot: 3 }).collect();
        let template = template.add_slots(&more, &[]).unwrap();
        let bytes = template.encode();
        prop_assert!(!bytes.windows(6).any(|w| w == b"SECRET"));
        prop_assert!(!html(&template).contains("SECRET"));
        let plain = template.render_plain(&mut |_, _| {});
        prop_assert!(!plain.contains("SECRET"));
    }

    #[test]
    fn a_second_scan_adds_to_the_first(
        src in soup(), first in picks(), second in picks(),
    ) {
        let (template, mut values) = lifted(&Doc::from_html(&src).unwrap(), &first);
        let scan = template.scan_text();
        let mut more = Vec::new();
        for (range, slot) in ranges(&scan, &second).into_iter().zip(1u32..) {
            let value = scan.get(range.clone()).unwrap();
            if !value.contains(SLOT_CHAR) {
                values.insert(slot, value.to_owned());
                more.push(Lift { range, slot });
            }
        }
        let again = template.add_slots(&more, &[]).unwrap();
        assert_normal(&again);
        prop_assert_eq!(refilled(&again, &values), refilled(&template, &values));
        prop_assert_eq!(again.scan_attrs().len() <= template.scan_attrs().len(), true);
    }

    #[test]
    fn segments_are_the_text_between_slots_and_borders(src in soup(), picks in picks()) {
        let (template, _) = lifted(&Doc::from_html(&src).unwrap(), &picks);
        let mut last_was_text = false;
        let mut slots = 0;
        for segment in template.segments() {
            if let Segment::Text(text) = &segment {
                prop_assert!(!last_was_text && !text.is_empty() && !text.contains(SLOT_CHAR));
            }
            last_was_text = matches!(segment, Segment::Text(_));
            slots += usize::from(matches!(segment, Segment::Slot(_)));
        }
        prop_assert!(slots >= template.scan_text().matches(SLOT_CHAR).count());
    }

    #[test]
    fn renumbering_keeps_everything_else(src in soup(), picks in picks()) {
        let (template, _) = lifted(&Doc::from_html(&src).unwrap(), &picks);
        let moved = template.map_slots(|slot| SlotEdit::Keep(slot + 1000));
        prop_assert_eq!(
            moved.slots(), template.slots().iter().map(|slot| slot + 1000).collect::<Vec<_>>()
        );
        prop_assert!(moved.map_slots(|slot| SlotEdit::Keep(slot - 1000)) == template);
    }

    #[test]
    fn bad_ranges_are_refused(src in soup(), start in 0usize..80, end in 0usize..80) {
        let doc = Doc::from_html(&src).unwrap();
        let good = start < end && doc.text().get(start..end).is_some();
        prop_assert_eq!(doc.lift(&[Lift { range: start..end, slot: 0 }], &[]).is_ok(), good);
        let good = doc.attrs().first().is_some_and(|v| start < end && v.get(start..end).is_some());
        let attr = AttrLift { attr: 0, range: start..end, slot: 0 };
        prop_assert_eq!(doc.lift(&[], &[attr]).is_ok(), good);
    }
}

#[test]
fn a_plain_paragraph_costs_two_bytes_and_a_slot_three() {
    let text = "My card was charged twice, è così.";
    let doc = Doc::from_plain(text).unwrap();
    assert_eq!(doc.lift(&[], &[]).unwrap().encode().len(), text.len() + 2);
    for (slot, cost) in [(0, 2), (127, 2), (128, 3), (16_383, 3), (16_384, 4), (u32::MAX, 6)] {
        let template = doc.lift(&[Lift { range: 0..2, slot }], &[]).unwrap();
        assert_eq!(template.encode().len(), text.len() - 2 + 2 + cost);
        assert_eq!(Template::decode(&template.encode()).unwrap().slots(), [slot]);
    }
}

#[test]
fn an_empty_text_is_one_byte() {
    let template = Doc::from_plain("").unwrap().lift(&[], &[]).unwrap();
    assert_eq!(template.encode(), [1]);
    assert!(Template::decode(&[]).is_err() && Template::decode(&[2]).is_err());
    assert_eq!(template.blocks.len(), Vec::<Block>::new().len());
    assert_eq!(template.render_html(&mut |_, _: Place, _| SlotOut::Open), {
        "<div class=\"zd-comment\"></div>"
    });
}
