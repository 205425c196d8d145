//! Hostile and messy HTML: what must never come out, and what must still be readable.
//!
//! The referee is `ammonia`, a sanitiser that builds a browser's tree: from what we render it must
//! find nothing to remove.

use std::collections::{HashMap, HashSet};

use super::model::{MAX_BLOCKS, flat_text};
use super::{Doc, MAX_INPUT, Place, SlotOut, Template, TextError, builder, escape_into};

pub(super) fn html(template: &Template) -> String {
    template.render_html(&mut |_, _, _| SlotOut::Masked)
}

/// Renders HTML with what `write` gives in each slot's place.
pub(super) fn html_with(template: &Template, write: impl Fn(u32) -> String) -> String {
    template.render_html(&mut |slot, _, out| {
        out.push_str(&write(slot));
        SlotOut::Masked
    })
}

pub(super) fn from_html(src: &str) -> Template {
    Doc::from_html(src).unwrap().lift(&[], &[]).unwrap()
}

fn text_of(src: &str) -> String {
    Doc::from_html(src).unwrap().text().to_owned()
}

/// What a browser's tree builder and a strict allow list make of rendered HTML.
fn judged(rendered: &str) -> String {
    let tags: HashSet<&str> =
        "div p h1 h2 h3 h4 h5 h6 pre hr blockquote ul ol li table tbody tr td \
                               th b i u s code sub sup mark a img br"
            .split_whitespace()
            .collect();
    let attributes: HashMap<&str, HashSet<&str>> = HashMap::from([
        ("div", HashSet::from(["class"])),
        ("a", HashSet::from(["href", "title", "rel"])),
        ("img", HashSet::from(["src", "alt", "title"])),
    ]);
    ammonia::Builder::new()
        .tags(tags)
        .tag_attributes(attributes)
        .generic_attributes(HashSet::new())
        .url_schemes(HashSet::from(["http", "https", "mailto", "tel"]))
        .link_rel(None)
        .clean(rendered)
        .to_string()
}

/// Asserts that the referee changes nothing but what it writes in a way of its own.
pub(super) fn assert_harmless(rendered: &str) {
    // `tbody` is implied, quotes need no escape in text, and a newline right after `<pre>` is not
    // content.
    let judged = judged(rendered).replace("<tbody>", "").replace("</tbody>", "");
    let plain_quotes = |html: &str| html.replace("&#39;", "'").replace("&quot;", "\"");
    let ours = rendered.replace("<pre>\n", "<pre>");
    assert_eq!(plain_quotes(&judged), plain_quotes(&ours));
}

/// Each with what must be left to read.
const HOSTILE: &[(&str, &str)] = &[
    ("<script>alert(1)</script>hi", "hi"),
    ("<SCRIPT SRC=//evil.example/x.js></SCRIPT>hi", "hi"),
    ("a<script>if (a < b) { '</scr' + 'ipt>' }</script >b", "ab"),
    ("<scr<script>ipt>alert(1)</scr</script>ipt>", "ipt>alert(1)ipt>"),
    ("<img src=x onerror=alert(1)>", ""),
    ("<img src='javascript:alert(1)' alt='see'>", ""),
    ("<img src=\"data:image/svg+xml;base64,PHN2Zz4=\" alt=logo>", ""),
    ("<svg onload=alert(1)><text>t</text></svg>", "t"),
    ("<svg><script>alert(1)</script></svg>x", "x"),
    ("<svg><style><img src=x onerror=alert(1)></style></svg>x", "x"),
    ("<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>", ""),
    ("<a href=\"javascript:alert(1)\">go</a>", "go"),
    ("<a href=\"&#106;avascript&colon;alert(1)\">go</a>", "go"),
    ("<a href=\" java\nscript:alert(1)\">go</a>", "go"),
    ("<a href='https://a.example/\" onclick=\"alert(1)'>go</a>", "go"),
    ("<a href=https://a.example title='\"><script>alert(1)</script>'>go</a>", "go"),
    ("<iframe src=https://evil.example>inside</iframe>out", "out"),
    ("<object data=x.swf>fallback</object><embed src=x>", "fallback"),
    ("<form action=https://evil.example><input value=v><button>Pay</button></form>", "Pay"),
    ("<textarea><script>alert(1)</script></textarea>x", "x"),
    ("<title></title><img src=x onerror=alert(1)>", ""),
    ("<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">x", "x"),
    ("<style>@import 'https://evil.example/x.css';</style>x", "x"),
    ("<p style=\"background:url(javascript:alert(1))\">x</p>", "x"),
    ("<div style=\"position:fixed;inset:0;opacity:0\" onclick=alert(1)>x</div>", "x"),
    ("<link rel=stylesheet href=https://evil.example><meta http-equiv=refresh content=0>x", "x"),
    ("<base href=https://evil.example><a href=/login>x</a>", "x"),
    ("<!-- <img src=x onerror=alert(1)> -->x", "x"),
    ("<!--><img src=x onerror=alert(1)>-->x", "-->x"),
    ("<!--[if mso]><v:rect onclick=alert(1)><![endif]-->x", "x"),
    ("<![CDATA[<script>alert(1)</script>]]>x", "alert(1)]]>x"),
    ("<?xml version='1.0'?><!DOCTYPE html>x", "x"),
    ("&lt;script&gt;alert(1)&lt;/script&gt;", "<script>alert(1)</script>"),
    ("&#60;img src=x onerror=alert(1)&#62;", "<img src=x onerror=alert(1)>"),
    ("&amp;lt;b&amp;gt;", "&lt;b&gt;"),
    ("<b/onmouseover=alert(1)//>x</b>", "x"),
    ("<p/x=\"\"id=1/onclick=alert(1)>x", "x"),
    ("<img \"\"\"><script>alert(1)</script>\">", "\">"),
    ("<a href=\"https://a.example", ""),
    ("<xmp><p title=\"</xmp><img src=x onerror=alert(1)>\">", "\">"),
    ("<template><script>alert(1)</script>t</template>", "t"),
    ("<b>a<i>b</b>c</i>d", "abcd"),
    ("</p></div></b></table></li>x", "x"),
    ("<table><script>alert(1)</script><tr><p>x<td>y", "x\ny"),
    ("< script>alert(1)</ script>", "< script>alert(1)"),
    ("<\u{0}script>alert(1)</script>", "<script>alert(1)"),
    ("1 < 2 && 3 > 2", "1 < 2 && 3 > 2"),
    ("\u{FEFF}<p>\u{202e}gpj.exe\u{202c}</p>", "\u{FEFF}\n\u{202e}gpj.exe\u{202c}"),
];

#[test]
fn hostile_markup_never_comes_out_and_text_stays() {
    for (src, read) in HOSTILE {
        let template = from_html(src);
        assert_eq!(template.scan_text(), *read, "of {src}");
        assert!(!Doc::from_html(src).unwrap().markup_given_up(), "{src}");
        let rendered = html(&template);
        assert_harmless(&rendered);
        // What stands between quotes is a value: every other part is tags and text.
        let outside: String = rendered.split('"').step_by(2).collect();
        let tags = outside.split('<').skip(1).filter_map(|rest| rest.split('>').next());
        for tag in tags.map(str::to_ascii_lowercase) {
            assert!(!tag.contains("script") && !tag.contains(" on"), "{tag} of {src}");
        }
    }
}

#[test]
fn links_and_images_keep_safe_addresses_only() {
    let src = "<a href='https://a.example/?q=1&amp;r=2' title='T' onclick=x target=_top>go</a> \
               <a href='mailto:a@b.example'>mail</a> <a href='tel:+3902'>call</a> \
               <a href='ftp://x'>no</a> <img src='https://a.example/i.png' alt='pic' width=1> \
               <img src='cid:1' alt='🙂'><img src='data:x'>";
    assert_eq!(
        Doc::from_html(src).unwrap().attrs(),
        [
            "https://a.example/?q=1&r=2",
            "T",
            "mailto:a@b.example",
            "tel:+3902",
            "https://a.example/i.png",
            "pic",
            "🙂"
        ]
    );
    assert_eq!(
        html(&from_html(src)),
        "<div class=\"zd-comment\"><p>\
         <a href=\"https://a.example/?q=1&amp;r=2\" rel=\"noopener noreferrer nofollow\" title=\"T\">\
         go</a> <a href=\"mailto:a@b.example\" rel=\"noopener noreferrer nofollow\">mail</a> \
         <a href=\"tel:+3902\" rel=\"noopener noreferrer nofollow\">call</a> no \
         <img src=\"https://a.example/i.png\" alt=\"pic\"> <img alt=\"🙂\"></p></div>"
    );
}

#[test]
fn a_mail_with_quotes_keeps_its_shape() {
    let src = "<html><head><title>x</title><style>p{color:red}</style></head><body>\
               <div dir=\"ltr\">Buongiorno,<div><br></div><div>il mio numero &egrave; <b>333</b> \
               1234567</div></div><br><div class=\"gmail_quote\"><div class=\"gmail_attr\">Il giorno \
               luned&igrave; Anna ha scritto:</div><blockquote>Ciao<blockquote>primo<br>secondo\
               </blockquote></blockquote></div></body></html>";
    let template = from_html(src);
    assert_eq!(
        template.render_plain(&mut |_, _| {}),
        "Buongiorno,\n\nil mio numero è 333 1234567\n\nIl giorno lunedì Anna ha scritto:\n\n\
         > Ciao\n> \n> > primo\n> > secondo"
    );
}

#[test]
fn lists_tables_headings_and_code_are_read_in_order() {
    let src = "<h2>Ordine</h2><ul><li>uno</li><li>due<ol><li>a<li>b</ol></ul><hr>\
               <table><thead><tr><th>nome</th><th>tel</th></tr></thead>\
               <tr><td>Anna</td><td></td></tr></table><pre>\n  x\n\ty</pre>\
               <table><tr><td><table><tr><td>layout</table></table>";
    let template = from_html(src);
    assert_eq!(template.scan_text(), "Ordine\nuno\ndue\na\nb\nnome\ntel\nAnna\n  x\n\ty\nlayout");
    assert_eq!(
        template.render_plain(&mut |_, _| {}),
        "Ordine\n\n- uno\n- due\n  1. a\n  2. b\n\n---\n\nnome\ttel\nAnna\t\n\n  x\n\ty\n\nlayout"
    );
    assert_eq!(
        html(&template),
        "<div class=\"zd-comment\"><h2>Ordine</h2><ul><li>uno</li><li>due<ol><li>a</li><li>b</li>\
         </ol></li></ul><hr><table><tr><th>nome</th><th>tel</th></tr><tr><td>Anna</td><td></td></tr>\
         </table><pre>\n  x\n\ty</pre><p>layout</p></div>"
    );
}

#[test]
fn misnested_ends_close_no_more_than_their_cell() {
    let src = "<ul><li><table><tr><td>a</li></ul></blockquote><td>b</table>c</ul>d";
    assert_eq!(
        html(&from_html(src)),
        "<div class=\"zd-comment\"><ul><li><table><tr><td>a</td><td>b</td></tr></table>c</li></ul>\
         <p>d</p></div>"
    );
}

#[test]
fn white_space_collapses_as_in_a_browser() {
    assert_eq!(text_of("  a \n\t b<b> c </b> d <br> e  <p> f </p> "), "a b c d\ne\nf");
    assert_eq!(text_of("<pre> a<ul> \n<li>b</li> </ul></pre>"), " a\nb");
    assert_eq!(text_of("a&nbsp;&nbsp; b"), "a\u{a0}\u{a0} b");
    assert_eq!(text_of("<div>a</div><div>b</div>\n<div><br></div><div>c</div>"), "a\nb\n\nc");
}

#[test]
fn marks_do_not_part_a_value() {
    assert_eq!(text_of("<b>4111</b> 1111<i> 11</i><u>11</u> <font>1111</font>"), {
        "4111 1111 1111 1111"
    });
}

#[test]
fn scripts_of_all_directions_and_emoji_pass() {
    let src = "<p dir=rtl>שלום, המספר שלי 050-1234567</p><p>👩‍🚒 مرحبا</p>";
    let template = from_html(src);
    assert_eq!(template.scan_text(), "שלום, המספר שלי 050-1234567\n👩‍🚒 مرحبا");
    assert_eq!(
        html(&template),
        "<div class=\"zd-comment\"><p>שלום, המספר שלי 050-1234567</p><p>👩‍🚒 مرحبا</p></div>"
    );
}

#[test]
fn deep_nesting_is_cut_and_nothing_is_lost() {
    let open: String = (0..10_000).map(|n| format!("<blockquote>{n} ")).collect();
    let src = format!("{open}{}after", "</blockquote>".repeat(10_000));
    let rendered = html(&from_html(&src));
    assert_eq!(rendered.matches("<blockquote>").count(), 32);
    assert!(rendered.contains("9999"));
    assert!(rendered.ends_with("<p>after</p></div>"));
}

#[test]
fn after_enough_blocks_the_rest_is_lines() {
    let many = MAX_BLOCKS + 5_000;
    for piece in
        ["<p>a", "a</h1>", "<ul><li>a", "<table><td>a", "a<hr>", "<blockquote>a</blockquote>"]
    {
        let blocks = builder::parse(&piece.repeat(many)).blocks;
        let made = blocks.len();
        assert!(made <= MAX_BLOCKS + 1, "{made} blocks of {piece}");
        assert_eq!(flat_text(&blocks).matches('a').count(), many, "{piece}");
    }
    let plain = "a\n\n".repeat(many);
    let doc = Doc::from_plain(&plain).unwrap();
    assert_eq!(doc.blocks.len(), MAX_BLOCKS);
    assert_eq!(doc.lift(&[], &[]).unwrap().render_plain(&mut |_, _| {}), plain);
}

#[test]
fn input_beyond_the_limit_is_refused() {
    let long = "x".repeat(MAX_INPUT + 1);
    let refused = Err(TextError::TooLong { bytes: MAX_INPUT + 1 });
    assert_eq!(Doc::from_html(&long), refused);
    assert_eq!(Doc::from_plain(&long), refused);
    assert!(Doc::from_plain(long.get(1..).unwrap()).is_ok());
}

/// Bombs that cost a tree builder or a naive tokenizer quadratic time or memory. None may make the
/// output much larger than the input (an escaped `&` is five bytes); that they end at all is the
/// other half of the test.
#[test]
fn bombs_stay_linear() {
    let address = format!("https://a.example/{}", "x".repeat(8_000));
    let bombs = [
        (0..10_000).map(|n| format!("<p><font color={n}>")).collect::<String>(),
        (0..10_000).map(|n| format!("<a href=https://x/{n}><p>x")).collect(),
        format!("<a {}>", (0..50_000).map(|n| format!("x{n} ")).collect::<String>()),
        "<div>".repeat(50_000),
        "<table><tr><td>".repeat(15_000),
        "<ul><li>".repeat(25_000),
        "<!--".repeat(50_000),
        "<!-".repeat(50_000),
        "</".repeat(100_000),
        "&".repeat(125_000),
        "&#".repeat(100_000),
        "<script></scrip".repeat(15_000),
        "<b><i><u><s>".repeat(20_000) + "x",
        format!("<a href={address}>{}", "<p>x".repeat(25_000)),
        format!("<a href={address}>{}", "<div>x</div>".repeat(12_500)),
        format!("<a href={address}><table><tr>{}", "<td>x".repeat(25_000)),
        format!("<a href={address}>{}", "<b>x</b>y".repeat(12_500)),
    ];
    for bomb in bombs {
        let rendered = html(&from_html(&bomb));
        let start: String = bomb.chars().take(30).collect();
        assert!(rendered.len() < bomb.len() * 6, "{} bytes of {start}", rendered.len());
    }
}

#[test]
fn from_an_absurd_tag_on_the_source_is_shown_as_it_is() {
    let attributes: String = (0..40_000).map(|n| format!(" x{n}=\">\"")).collect();
    let absurd = format!("<i{attributes} onclick=alert(1)>c</i>\n <script>alert(1)</script>");
    let doc = Doc::from_html(&format!("<ul><li><b>a</b>{absurd}")).unwrap();
    assert!(doc.markup_given_up());
    assert_eq!(doc.text(), format!("a\n{absurd}"), "nothing is lost");
    let rendered = html(&doc.lift(&[], &[]).unwrap());
    assert_harmless(&rendered);
    let shown = "<div class=\"zd-comment\"><ul><li><b>a</b></li></ul><pre>\n&lt;i x0=";
    assert!(rendered.starts_with(shown) && rendered.matches('<').count() == 10);
}

#[test]
fn what_the_sanitiser_would_not_leave_loses_its_formatting() {
    // More links than anybody writes: their rendering is longer than what is judged.
    let link = format!("<p><a href=https://x/?{}>ab</a>", "&".repeat(100));
    let src = link.repeat(20_000);
    let doc = Doc::from_html(&src).unwrap();
    assert!(doc.markup_given_up() && doc.attrs().is_empty());
    assert_eq!(doc.text().matches("ab").count(), 20_000);
}

#[test]
fn a_masked_address_makes_no_link() {
    let doc = Doc::from_html("<a href='mailto:anna@b.example'>anna@b.example</a>").unwrap();
    let lifts = [super::Lift { range: 0..14, slot: 1 }];
    let attrs = [super::AttrLift { attr: 0, range: 7..21, slot: 2 }];
    let template = doc.lift(&lifts, &attrs).unwrap();
    let mut masked = |_: u32, _: Place, out: &mut String| {
        out.push_str("<span>[email]</span>");
        SlotOut::Masked
    };
    assert_eq!(
        template.render_html(&mut masked),
        "<div class=\"zd-comment\"><p><a><span>[email]</span></a></p></div>"
    );
    let mut open = |_: u32, place: Place, out: &mut String| {
        escape_into("anna@b.example", place, out);
        SlotOut::Open
    };
    assert_eq!(
        template.render_html(&mut open),
        "<div class=\"zd-comment\"><p><a href=\"mailto:anna@b.example\" \
         rel=\"noopener noreferrer nofollow\">anna@b.example</a></p></div>"
    );
}

#[test]
fn a_slot_cannot_turn_an_address_or_attribute_into_something_else() {
    let doc = Doc::from_html("<a href='https://a.example'>x</a><img alt='name'>").unwrap();
    let attrs = [
        super::AttrLift { attr: 0, range: 0..17, slot: 1 },
        super::AttrLift { attr: 1, range: 0..4, slot: 2 },
    ];
    let template = doc.lift(&[], &attrs).unwrap();
    let mut careless = |slot: u32, _: Place, out: &mut String| {
        out.push_str(if slot == 1 { "javascript:alert(1)" } else { "\"><script>" });
        SlotOut::Open
    };
    assert_eq!(
        template.render_html(&mut careless),
        "<div class=\"zd-comment\"><p><a>x</a><img alt=\"&quot;&gt;&lt;script&gt;\"></p></div>"
    );
}
