//! Renders HTML.
//!
//! Every tag in the output is written here, every text escaped, every address checked again after
//! its slots were filled: what the tree holds and what a slot gives are never trusted to be markup.
//! What is rendered with every slot open reads back as the same tree (a property test).

use std::sync::Arc;

use super::model::{
    Block, Image, Inline, Leaf, LeafKind, Level, Link, Marks, Piece, Row, Span, Style, Value,
};

/// Where a link may lead.
pub(super) const LINK_SCHEMES: [&str; 4] = ["http://", "https://", "mailto:", "tel:"];

/// Where an image may come from.
pub(super) const IMAGE_SCHEMES: [&str; 2] = ["http://", "https://"];

/// Whether an address begins with one of the schemes.
pub(super) fn leads_to(address: &str, schemes: &[&str]) -> bool {
    schemes.iter().any(|scheme| {
        address.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    })
}

/// Where a slot is rendered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Between tags: escaped text or well-formed inline markup may be written.
    Text,
    /// Inside of an attribute's quotes: only escaped text may be written.
    Attr,
}

/// What was written for a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlotOut {
    /// The value itself.
    Open,
    /// Anything else: a label, a partial value, a pseudonym.
    Masked,
}

/// Appends `value` escaped for HTML text and attributes. A newline becomes `<br>`; for an attribute
/// ([`Place::Attr`]) it becomes a space.
pub fn escape_into(value: &str, place: Place, out: &mut String) {
    for c in value.chars() {
        match (c, place) {
            ('\n', Place::Text) => out.push_str("<br>"),
            ('\n', Place::Attr) => out.push(' '),
            _ => escape_char(c, out),
        }
    }
}

fn escape_char(c: char, out: &mut String) {
    match c {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '"' => out.push_str("&quot;"),
        '\'' => out.push_str("&#39;"),
        '\u{A0}' => out.push_str("&nbsp;"),
        c => out.push(c),
    }
}

type SlotFn<'a> = dyn FnMut(u32, Place, &mut String) -> SlotOut + 'a;

/// Renders a tree.
pub(super) fn render(blocks: &[Block], slot: &mut SlotFn<'_>) -> String {
    let mut page = Page { out: String::from("<div class=\"zd-comment\">"), slot };
    page.blocks(blocks);
    page.out.push_str("</div>");
    page.out
}

struct Page<'a, 's> {
    out: String,
    slot: &'a mut SlotFn<'s>,
}

impl Page<'_, '_> {
    fn tag(&mut self, name: &str) {
        self.out.extend(["<", name, ">"]);
    }

    fn end(&mut self, name: &str) {
        self.out.extend(["</", name, ">"]);
    }

    fn blocks(&mut self, blocks: &[Block]) {
        for block in blocks {
            match block {
                Block::Leaf(leaf) => self.leaf(leaf),
                Block::Rule => self.tag("hr"),
                Block::Quote(inner) => {
                    self.tag("blockquote");
                    self.blocks(inner);
                    self.end("blockquote");
                }
                Block::List { ordered, items } => self.list(*ordered, items),
                Block::Table(rows) => self.table(rows),
            }
        }
    }

    fn list(&mut self, ordered: bool, items: &[Vec<Block>]) {
        let name = if ordered { "ol" } else { "ul" };
        self.tag(name);
        for item in items {
            self.tag("li");
            self.tight(item);
            self.end("li");
        }
        self.end(name);
    }

    fn table(&mut self, rows: &[Row]) {
        self.tag("table");
        for row in rows {
            self.tag("tr");
            for cell in row {
                let name = if cell.header { "th" } else { "td" };
                self.tag(name);
                self.tight(&cell.blocks);
                self.end(name);
            }
            self.end("tr");
        }
        self.end("table");
    }

    /// The content of an item or cell: a single paragraph in it needs no `<p>`.
    fn tight(&mut self, blocks: &[Block]) {
        let bare = blocks.iter().filter(|block| block.is_para()).count() == 1;
        for block in blocks {
            match block {
                Block::Leaf(leaf) if bare && block.is_para() => self.spans(leaf),
                _ => self.blocks(std::slice::from_ref(block)),
            }
        }
    }

    fn leaf(&mut self, leaf: &Leaf) {
        let name = match leaf.kind {
            LeafKind::Para => "p",
            LeafKind::Pre => "pre",
            LeafKind::Heading(level) => heading(level),
        };
        self.tag(name);
        if leaf.kind == LeafKind::Pre {
            // A reader drops the newline right after the tag: one that doesn't count goes first.
            self.out.push('\n');
        }
        self.spans(leaf);
        self.end(name);
    }

    fn spans(&mut self, leaf: &Leaf) {
        let mut open = OpenTags::default();
        let mut line = Line { keep: leaf.kind == LeafKind::Pre, collapses: true };
        for (n, span) in leaf.spans.iter().enumerate() {
            open.change(&span.style, self);
            let last = match leaf.spans.get(n + 1) {
                None => true,
                Some(next) => next.what == Inline::Break,
            };
            self.inline(span, &mut line, last);
        }
        open.change(&Style::default(), self);
    }

    fn inline(&mut self, span: &Span, line: &mut Line, last: bool) {
        match &span.what {
            Inline::Text(text) => line.text(text, last, &mut self.out),
            Inline::Break => {
                self.out.push_str(if line.keep { "\n" } else { "<br>" });
                line.collapses = true;
            }
            Inline::Slot(slot) => {
                (self.slot)(*slot, Place::Text, &mut self.out);
                line.collapses = false;
            }
            Inline::Image(image) => {
                self.image(image);
                line.collapses = false;
            }
        }
    }

    fn image(&mut self, image: &Image) {
        self.out.push_str("<img");
        self.address("src", &image.src, &IMAGE_SCHEMES);
        self.attribute("alt", &image.alt);
        self.attribute("title", &image.title);
        self.out.push('>');
    }

    fn link(&mut self, link: &Link) {
        self.out.push_str("<a");
        if self.address("href", &link.href, &LINK_SCHEMES) {
            self.out.push_str(" rel=\"noopener noreferrer nofollow\"");
        }
        self.attribute("title", &link.title);
        self.out.push('>');
    }

    /// Writes an attribute unless it is empty.
    fn attribute(&mut self, name: &str, value: &Value) {
        if !value.is_empty() {
            let (text, _) = self.value(value);
            self.out.extend([" ", name, "=\"", &text, "\""]);
        }
    }

    /// Writes an address, if it is all there and leads where it may. Says whether it did.
    fn address(&mut self, name: &str, value: &Value, schemes: &[&str]) -> bool {
        let (text, shown) = self.value(value);
        // A scheme has no character that escaping would change.
        let leads = shown == SlotOut::Open && leads_to(&text, schemes);
        if leads {
            self.out.extend([" ", name, "=\"", &text, "\""]);
        }
        leads
    }

    /// The escaped value, and whether all its slots are open.
    fn value(&mut self, value: &Value) -> (String, SlotOut) {
        let mut out = String::new();
        let mut shown = SlotOut::Open;
        for piece in value.pieces() {
            match piece {
                Piece::Text(text) => escape_into(text, Place::Attr, &mut out),
                Piece::Slot(slot) => {
                    let mut written = String::new();
                    if (self.slot)(*slot, Place::Attr, &mut written) == SlotOut::Masked {
                        shown = SlotOut::Masked;
                    }
                    // Should the caller forget where it is, markup must not break the quotes.
                    for c in written.chars() {
                        match c {
                            '<' | '>' | '"' | '\'' => escape_char(c, &mut out),
                            c => out.push(c),
                        }
                    }
                }
            }
        }
        (out, shown)
    }
}

/// Writes text so that white space which a reader would collapse stays.
struct Line {
    /// Preformatted.
    keep: bool,
    /// Whether a space here would be dropped.
    collapses: bool,
}

impl Line {
    /// `last`: a line's end follows.
    fn text(&mut self, text: &str, last: bool, out: &mut String) {
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            let space = matches!(c, ' ' | '\t');
            let collapses = self.collapses || (last && chars.peek().is_none());
            match c {
                _ if self.keep => escape_char(c, out),
                '\t' => out.push_str("&emsp;"),
                ' ' if collapses => out.push_str("&nbsp;"),
                c => escape_char(c, out),
            }
            self.collapses = space;
        }
    }
}

/// The inline elements open at a point; the link outside of the marks.
#[derive(Default)]
struct OpenTags {
    link: Option<Arc<Link>>,
    marks: Vec<(Marks, &'static str)>,
}

impl OpenTags {
    /// Closes what `to` hasn't and opens what it has.
    fn change(&mut self, to: &Style, page: &mut Page<'_, '_>) {
        let relink = self.link != to.link;
        while let Some((_, name)) =
            self.marks.pop_if(|_| relink).or_else(|| self.first_to_close(to.marks))
        {
            page.end(name);
        }
        if relink {
            if self.link.is_some() {
                page.end("a");
            }
            if let Some(link) = &to.link {
                page.link(link);
            }
            self.link.clone_from(&to.link);
        }
        for (mark, name) in Marks::ALL {
            if to.marks.has(mark) && !self.marks.iter().any(|(open, _)| *open == mark) {
                page.tag(name);
                self.marks.push((mark, name));
            }
        }
    }

    /// Pops the innermost mark if it, or one outside of it, has to close.
    fn first_to_close(&mut self, to: Marks) -> Option<(Marks, &'static str)> {
        let must = self.marks.iter().any(|(mark, _)| !to.has(*mark));
        self.marks.pop_if(|_| must)
    }
}

fn heading(level: Level) -> &'static str {
    Level::ALL.iter().find(|(each, _)| *each == level).map_or("h6", |(_, name)| name)
}
