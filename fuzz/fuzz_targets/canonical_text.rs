//! The canonical text over any bytes: as HTML, as plain text, as a stored template. Nothing panics;
//! only the renderer's tags come out, and what comes out reads back as the same text; a template has
//! one encoding; a lifted value is nowhere but in its slot.
#![no_main]

use libfuzzer_sys::fuzz_target;
use riserbo::service::text::{AttrLift, Doc, Lift, SlotOut, Template, escape_into};

const TAGS: &str = " div p h1 h2 h3 h4 h5 h6 pre hr br blockquote ul ol li table tr td th b i u s \
                    code sub sup mark a img ";

/// Renders with nothing in the slots.
fn html(template: &Template) -> String {
    template.render_html(&mut |_, _, _| SlotOut::Masked)
}

fn check_tags(rendered: &str) {
    for tag in rendered.split('<').skip(1) {
        let name = tag.trim_start_matches('/').split([' ', '>']).next().unwrap_or_default();
        assert!(TAGS.contains(&format!(" {name} ")), "a tag that nobody renders");
    }
}

fn check_template(template: &Template) {
    let bytes = template.encode();
    let back = Template::decode(&bytes).expect("what was encoded decodes");
    assert!(back == *template && back.encode() == bytes);
    check_tags(&html(template));
    let _ = template.render_plain(&mut |_, _| {});
    assert!(template.segments().count() >= template.scan_text().matches('\u{FFFC}').count());
}

fn plain_template(doc: &Doc) -> Template {
    doc.lift(&[], &[]).expect("nothing to lift")
}

/// Lifts a range of the text and one of the first attribute out, as the last bytes say.
fn check_lift(doc: &Doc, data: &[u8]) {
    let pick = |at: usize| usize::from(data.iter().rev().nth(at).copied().unwrap_or(0));
    let text = [Lift { range: pick(0)..pick(1), slot: 1 }];
    let attr = [AttrLift { attr: 0, range: pick(2)..pick(3), slot: 2 }];
    let value = doc.text().get(pick(0)..pick(1)).filter(|value| !value.is_empty());
    let lifted = doc.lift(&text, &[]);
    assert_eq!(lifted.is_ok(), value.is_some());
    let (Ok(template), Some(value)) = (lifted, value) else { return };
    check_template(&template);
    assert_eq!(template.scan_text().replacen('\u{FFFC}', value, 1), doc.text());
    let open = template.render_html(&mut |_, place, out| {
        escape_into(value, place, out);
        SlotOut::Open
    });
    check_tags(&open);
    if let Ok(template) = doc.lift(&text, &attr) {
        check_template(&template);
    }
}

fuzz_target!(|data: &[u8]| {
    if let Ok(template) = Template::decode(data) {
        assert_eq!(template.encode(), data);
        check_template(&template);
    }
    let Ok(src) = std::str::from_utf8(data) else { return };

    let doc = Doc::from_html(src).expect("short enough");
    let template = plain_template(&doc);
    check_template(&template);
    let rendered = html(&template);
    let again = Doc::from_html(&rendered).expect("short enough");
    assert!(!again.markup_given_up(), "the sanitiser agrees with what is rendered");
    assert_eq!(html(&plain_template(&again)), rendered);
    check_lift(&doc, data);

    let doc = Doc::from_plain(src).expect("short enough");
    let template = plain_template(&doc);
    check_template(&template);
    let plain = template.render_plain(&mut |_, _| {});
    let again = Doc::from_plain(&plain).expect("short enough");
    assert!(again == doc, "plain text comes back as it was");
    check_lift(&doc, data);
});
