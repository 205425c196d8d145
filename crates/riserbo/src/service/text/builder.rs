//! Builds the tree from HTML.
//!
//! What a browser does with open elements is kept in little state: counters for the marks, one link,
//! a heading level, a depth of `<pre>`, and a stack of quotes, lists and tables that never grows
//! deeper than the model allows. Each tag costs constant time. Tags that the model doesn't know are
//! passed over, their text stays.
//!
//! Two kinds of borders part text: a *hard* one (`<p>`, headings, lists…) ends the leaf, a *soft* one
//! (`<div>` and its like) is a line break inside it, since mail clients write a `<div>` for each line.

use std::sync::Arc;

use html5ever::tokenizer::Tag;

use super::chars::clean;
use super::model::{
    Block, Image, Inline, Leaf, LeafKind, Level, Link, MAX_BLOCKS, Marks, Row, Span, Style, Value,
    push_span,
};
use super::tokens::{self, Hear, attribute};

mod address;
mod names;
mod nesting;

use names::{Element, element};
use nesting::Nest;

/// What was made of HTML.
pub(super) struct Read {
    /// The blocks, in normal form.
    pub(super) blocks: Vec<Block>,
    /// Whether a part had to be taken as it is, tags and all.
    pub(super) partly_raw: bool,
}

/// Reads HTML into blocks in normal form.
pub(super) fn parse(src: &str) -> Read {
    let mut builder = Builder::default();
    let rest = tokens::read(src, &mut builder);
    if !rest.is_empty() {
        builder.raw(rest);
    }
    Read { blocks: builder.finish(), partly_raw: !rest.is_empty() }
}

/// An open container.
enum Frame {
    Quote(Vec<Block>),
    List {
        ordered: bool,
        items: Vec<Vec<Block>>,
    },
    Item(Vec<Block>),
    Table(Vec<Row>),
    Row(Row),
    /// A cell, with the inline state outside of it: marks don't leak from cell to cell.
    Cell {
        header: bool,
        blocks: Vec<Block>,
        outside: Open,
    },
}

/// Which inline elements are open.
#[derive(Clone, Default)]
struct Open {
    marks: [u32; Marks::ALL.len()],
    link: Option<Arc<Link>>,
    heading: Option<Level>,
    pre: u32,
}

#[derive(Default)]
struct Builder {
    root: Vec<Block>,
    stack: Vec<Frame>,
    /// Quotes, lists and tables that were opened beyond the limit, and wait for their end tags.
    beyond: [u32; 3],
    /// Blocks and frames made so far.
    made: usize,
    open: Open,
    spans: Vec<Span>,
    /// The kind of the leaf being built, fixed by its first content.
    kind: LeafKind,
    /// White space met, to be written if text follows; with the style it had.
    space: Option<Style>,
    /// A soft border met, to become a break if content follows.
    line_ends: bool,
    /// Just after `<pre>`: a newline here doesn't count.
    pre_begins: bool,
}

impl Builder {
    /// The role of a name here: once there are enough blocks, each border is that of a line.
    fn role(&self, name: &str) -> Element {
        match element(name) {
            inline @ (Element::Mark(_)
            | Element::Link
            | Element::Image
            | Element::Break
            | Element::Other) => inline,
            _ if self.made >= MAX_BLOCKS => Element::Soft,
            block => block,
        }
    }

    /// Takes text as it is, in a block of its own.
    fn raw(&mut self, text: &str) {
        self.flush();
        self.pop_to(0);
        self.open = Open { pre: 1, ..Open::default() };
        self.write(text);
    }

    fn finish(mut self) -> Vec<Block> {
        self.flush();
        self.pop_to(0);
        self.root
    }
}

/// What the tags do.
impl Hear for Builder {
    fn text(&mut self, text: &str) {
        self.write(text);
    }

    fn start(&mut self, tag: &Tag) {
        match self.role(&tag.name) {
            Element::Mark(mark) => self.mark(mark, true),
            Element::Link => self.open.link = link(tag),
            Element::Image => self.image(tag),
            Element::Break => self.line_break(),
            Element::Soft => self.soft_border(),
            Element::Para => self.flush(),
            Element::Heading(level) => {
                self.flush();
                self.open.heading = Some(level);
            }
            Element::Pre => {
                self.flush();
                self.open.pre = self.open.pre.saturating_add(1);
                self.pre_begins = true;
            }
            Element::Rule => {
                self.flush();
                self.open_block_place();
                self.push(Block::Rule);
            }
            Element::Quote => self.enter(Nest::Quote, Frame::Quote(Vec::new())),
            Element::List { ordered } => {
                self.enter(Nest::List, Frame::List { ordered, items: Vec::new() });
            }
            Element::Table => self.enter(Nest::Table, Frame::Table(Vec::new())),
            Element::Item => self.item(),
            Element::TablePart => self.table_part(),
            Element::Row => self.row(),
            Element::Cell { header } => self.cell(header),
            Element::Other => {}
        }
    }

    fn end(&mut self, name: &str) {
        match self.role(name) {
            Element::Mark(mark) => self.mark(mark, false),
            Element::Link => self.open.link = None,
            Element::Break => self.line_break(),
            Element::Soft => self.soft_border(),
            Element::Para => self.flush(),
            Element::Heading(_) => {
                self.flush();
                self.open.heading = None;
            }
            Element::Pre => {
                self.flush();
                self.open.pre = self.open.pre.saturating_sub(1);
            }
            Element::Quote => self.leave(Nest::Quote),
            Element::List { .. } => self.leave(Nest::List),
            Element::Table => self.leave(Nest::Table),
            Element::Item => {
                self.flush();
                if let Some(at) = self.find(|f| matches!(f, Frame::Item(_))) {
                    self.pop_to(at);
                }
            }
            Element::TablePart | Element::Row | Element::Cell { .. } => self.flush(),
            Element::Image | Element::Rule | Element::Other => {}
        }
    }
}

/// Inline content.
impl Builder {
    fn style(&self) -> Style {
        let open = Marks::ALL.iter().zip(self.open.marks).filter(|(_, count)| *count > 0);
        let marks = open.fold(Marks::default(), |all, ((mark, _), _)| all.with(*mark));
        Style { marks, link: self.open.link.clone() }
    }

    fn mark(&mut self, mark: Marks, opens: bool) {
        let counts = Marks::ALL.iter().zip(&mut self.open.marks);
        for (_, count) in counts.filter(|((each, _), _)| *each == mark) {
            *count = if opens { count.saturating_add(1) } else { count.saturating_sub(1) };
        }
    }

    /// Adds text; outside of `<pre>` a run of white space is one space, at a line's ends none.
    fn write(&mut self, text: &str) {
        let style = self.style();
        let mut run = String::new();
        for c in clean(text) {
            let after_pre = std::mem::take(&mut self.pre_begins);
            let is_white = matches!(c, ' ' | '\t' | '\n');
            if self.open.pre > 0 {
                if is_white && run.is_empty() && self.between_items() {
                    continue;
                }
                if c == '\n' {
                    self.run(&mut run, &style);
                    if !after_pre {
                        self.line_break();
                    }
                    continue;
                }
            } else if is_white {
                self.run(&mut run, &style);
                if !self.at_line_start() {
                    self.space.get_or_insert_with(|| style.clone());
                }
                continue;
            }
            run.push(c);
        }
        self.run(&mut run, &style);
    }

    /// Where white space means nothing even in `<pre>`: between items, rows or cells.
    fn between_items(&self) -> bool {
        matches!(self.stack.last(), Some(Frame::List { .. } | Frame::Table(_) | Frame::Row(_)))
    }

    /// Writes a run without white space to collapse, with the space that was due before it.
    fn run(&mut self, run: &mut String, style: &Style) {
        if run.is_empty() {
            return;
        }
        self.content();
        push_span(
            &mut self.spans,
            Span { style: style.clone(), what: Inline::Text(std::mem::take(run)) },
        );
    }

    fn line_break(&mut self) {
        self.space = None;
        self.content();
        self.spans.push(Span { style: self.style(), what: Inline::Break });
    }

    fn image(&mut self, tag: &Tag) {
        let value = |name| Value::line(attribute(tag, name).unwrap_or_default());
        let image = Image {
            src: address::image(attribute(tag, "src").unwrap_or_default()),
            alt: value("alt"),
            title: value("title"),
        };
        if !image.shows_nothing() {
            self.content();
            let what = Inline::Image(Box::new(image));
            self.spans.push(Span { style: self.style(), what });
        }
    }

    /// To be called before content is added: opens what it needs, writes the break or space due.
    fn content(&mut self) {
        self.pre_begins = false;
        if self.spans.is_empty() {
            self.open_block_place();
            self.kind = match (self.open.pre, self.open.heading) {
                (0, None) => LeafKind::Para,
                (0, Some(level)) => LeafKind::Heading(level),
                _ => LeafKind::Pre,
            };
        }
        if std::mem::take(&mut self.line_ends) {
            // In the present style, so that a link over many lines stays one.
            self.spans.push(Span { style: self.style(), what: Inline::Break });
        } else if let Some(style) = self.space.take() {
            push_span(&mut self.spans, Span { style, what: Inline::Text(" ".to_owned()) });
        }
    }

    fn at_line_start(&self) -> bool {
        self.line_ends || self.spans.last().is_none_or(|span| span.what == Inline::Break)
    }

    /// The border of a `<div>`: the next content begins a line, unless it would anyway.
    fn soft_border(&mut self) {
        self.space = None;
        self.line_ends = !self.at_line_start() || self.line_ends;
    }

    /// Ends the leaf.
    fn flush(&mut self) {
        self.space = None;
        self.line_ends = false;
        self.pre_begins = false;
        if self.spans.is_empty() {
            return;
        }
        // A link lives in one leaf: carried on, a long address could be rendered a million times.
        if self.spans.iter().any(|span| span.style.link == self.open.link) {
            self.open.link = None;
        }
        let leaf = Leaf { kind: self.kind, spans: std::mem::take(&mut self.spans) };
        self.push(Block::Leaf(leaf));
    }
}

/// The link of an `<a>`, if its address is of an allowed scheme.
fn link(tag: &Tag) -> Option<Arc<Link>> {
    let href = address::link(attribute(tag, "href")?);
    let title = Value::line(attribute(tag, "title").unwrap_or_default());
    (!href.is_empty()).then(|| Arc::new(Link { href, title }))
}
