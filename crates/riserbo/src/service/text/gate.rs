//! The second lock on markup: a sanitiser must agree with what we would show.
//!
//! The model has no room for a script, and the renderer writes every tag itself; this room asks
//! somebody else whether that is true. `ammonia` builds the tree that a browser would build of our
//! rendering and strikes out all that is not on the list below; if anything would be struck out or
//! moved, the text loses its formatting and is stored as plain text. It never should be: then either
//! the renderer has a defect, or a text has found the border between two readings of HTML.
//!
//! It stands behind the renderer and not before the reader, because building a browser's tree of what
//! a stranger wrote costs quadratic time: an element that is never closed, as the fonts are in
//! `<p><font color=1><p><font color=2>…`, is opened anew in every block that follows, each time with
//! all before it. What we render closes each mark in its block, in order, nests 32 containers deep and
//! has no more than four attributes in a tag.
//!
//! The list repeats what the renderer may write, by intent: an element that is added there must be
//! argued for here too.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};

use super::builder::Read;
use super::model::Block;
use super::{SlotOut, html, plain};

const ELEMENTS: [&str; 30] = [
    "div",
    "p",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "pre",
    "hr",
    "br",
    "blockquote",
    "ul",
    "ol",
    "li",
    "table",
    "tbody",
    "tr",
    "td",
    "th",
    "b",
    "i",
    "u",
    "s",
    "code",
    "sub",
    "sup",
    "mark",
    "a",
    "img",
];

const ATTRIBUTES: [(&str, &[&str]); 2] =
    [("a", &["href", "title"]), ("img", &["src", "alt", "title"])];

/// Attributes that have one value only.
const FIXED: [(&str, &str, &str); 2] =
    [("div", "class", "zd-comment"), ("a", "rel", "noopener noreferrer nofollow")];

const SCHEMES: [&str; 4] = ["http", "https", "mailto", "tel"];

static SANITISER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let attributes = ATTRIBUTES.iter().map(|(tag, names)| (*tag, names.iter().copied().collect()));
    let fixed = FIXED
        .iter()
        .map(|(tag, name, value)| (*tag, HashMap::from([(*name, HashSet::from([*value]))])));
    let mut builder = Builder::empty();
    builder
        .tags(ELEMENTS.into())
        .tag_attributes(attributes.collect())
        .tag_attribute_values(fixed.collect())
        .url_schemes(SCHEMES.into())
        .url_relative(UrlRelative::Deny)
        .link_rel(None);
    builder
});

/// Blocks that may be stored.
pub(super) struct Judged {
    pub(super) blocks: Vec<Block>,
    /// Whether markup was taken as text.
    pub(super) given_up: bool,
}

impl Judged {
    /// A text without its formatting.
    pub(super) fn plain(text: &str) -> Judged {
        Judged { blocks: plain::parse(text), given_up: true }
    }
}

/// Lets through what the sanitiser leaves as it is, and of anything else the plain text.
pub(super) fn judge(read: Read) -> Judged {
    let rendered = html::render(&read.blocks, &mut |_, _, _| SlotOut::Masked);
    if passes(&rendered) {
        Judged { blocks: read.blocks, given_up: read.partly_raw }
    } else {
        Judged::plain(&plain::render(&read.blocks, &mut |_, _| {}))
    }
}

/// The longest rendering that is judged, in bytes; some second's work. A text within
/// [`MAX_INPUT`](super::MAX_INPUT) has a longer one only if it is mostly `&` or the like.
const LONGEST: usize = 8 * 1024 * 1024;

/// Whether the sanitiser would leave rendered HTML as it is.
pub(super) fn passes(rendered: &str) -> bool {
    if rendered.len() > LONGEST {
        return false;
    }
    let shown = with_brackets(rendered);
    let judged = SANITISER.clean(&shown).to_string();
    same(&shown, &judged)
}

/// How far apart the brackets stand, in bytes.
const APART: usize = 1024;

/// Puts a `&gt;` into long stretches of text: the sanitiser's writer looks for the next bracket from
/// each `&` and each character of two bytes that begins with C2, so that 100,000 `&nbsp;` without one
/// keep it busy for two seconds, and twice as many for four times as long.
fn with_brackets(rendered: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let (mut done, mut last) = (0, 0);
    for (at, byte) in rendered.bytes().enumerate() {
        match byte {
            b'<' | b'>' => last = at,
            // Both stand in text or in a value only, never in a tag.
            b'&' | 0xC2 if at - last >= APART => {
                out.push_str(rendered.get(done..at).unwrap_or_default());
                out.push_str("&gt;");
                (done, last) = (at, at);
            }
            _ => {}
        }
    }
    if done == 0 {
        return Cow::Borrowed(rendered);
    }
    out.push_str(rendered.get(done..).unwrap_or_default());
    Cow::Owned(out)
}

/// Whether two writings of HTML are one but for what the sanitiser writes in a way of its own: quotes
/// need no escape in text, `<tbody>` is implied, a newline right after `<pre>` is not content.
fn same(ours: &str, theirs: &str) -> bool {
    let quotes = |html: &str| html.replace("&#39;", "'").replace("&quot;", "\"");
    let theirs = theirs.replace("<tbody>", "").replace("</tbody>", "");
    quotes(&ours.replace("<pre>\n", "<pre>")) == quotes(&theirs)
}

#[cfg(test)]
mod tests {
    use super::super::Doc;
    use super::*;

    fn shown(body: &str) -> String {
        format!("<div class=\"zd-comment\">{body}</div>")
    }

    #[test]
    fn what_the_renderer_writes_passes() {
        for body in [
            "",
            "<p>a &amp; b &lt;c&gt; &quot;d&quot; &#39;e&#39;&nbsp;&emsp;f</p>",
            "<table><tr><th>a</th></tr><tr><td><ul><li>b</li></ul></td></tr></table>",
            "<p><a href=\"https://a.example/?b=1&amp;c\" rel=\"noopener noreferrer nofollow\" \
             title=\"&quot;d&#39;\"><b>e</b></a><img src=\"http://a.example\" alt=\"f\"></p>",
        ] {
            assert!(passes(&shown(&body.replace("&emsp;", "\u{2003}"))), "{body}");
        }
        assert!(passes(&shown("<pre>\n\n  a</pre>")));
    }

    #[test]
    fn nothing_else_does() {
        for body in [
            "<p onclick=\"x\">a</p>",
            "<p><script>x</script></p>",
            "<p><font>a</font></p>",
            "<p class=\"zd-comment\">a</p>",
            "<div class=\"other\">a</div>",
            "<p><a href=\"javascript:x\">a</a></p>",
            "<p><a href=\"/a\">a</a></p>",
            "<p><a href=\"https://a.example\" rel=\"opener\">a</a></p>",
            "<p><a href=\"https://a.example\" target=\"_top\">a</a></p>",
            "<p><img src=\"data:image/png;base64,\"></p>",
            "<p>a<p>b</p></p>",
            "<p><b>a</p><p>c</b></p>",
            "<p>a</div>b",
            "<!-- a -->",
            "<p>a & b</p>",
            "<svg><a>b</a></svg>",
        ] {
            assert!(!passes(&shown(body)), "{body}");
        }
    }

    #[test]
    fn what_does_not_pass_is_stored_as_plain_text() {
        let blocks = plain::parse("a\n\nb");
        let long = plain::parse(&"&".repeat(LONGEST / 5));
        let pass = judge(Read { blocks: blocks.clone(), partly_raw: false });
        assert!(!pass.given_up && pass.blocks == blocks);
        let part = judge(Read { blocks, partly_raw: true });
        assert!(part.given_up);
        let fail = judge(Read { blocks: long.clone(), partly_raw: false });
        assert!(fail.given_up && fail.blocks == long);
    }

    #[test]
    fn brackets_break_long_stretches_in_text_and_values() {
        let text = shown(&format!("<p>{}</p>", "a &amp; \u{a3} ".repeat(2_000)));
        let marked = with_brackets(&text);
        let longest = marked.split(['<', '>']).flat_map(|s| s.split("&gt;")).map(str::len).max();
        assert!(longest.unwrap() <= APART + 16);
        assert_eq!(marked.replace("&gt;", ""), text);
        assert!(passes(&text));
        let title = shown(&format!("<p><img alt=\"{}\"></p>", "&amp;".repeat(2_000)));
        assert!(passes(&title) && with_brackets(&title).contains("&gt;"));
        assert!(!passes(&shown(&format!("<p>{}<hr></p>", "&amp;".repeat(2_000)))));
    }

    #[test]
    fn html_that_gave_up_nothing_says_so() {
        assert!(!Doc::from_html("<p>a<script>b</script>").unwrap().markup_given_up());
        assert!(!Doc::from_plain("<p>a").unwrap().markup_given_up());
    }
}
