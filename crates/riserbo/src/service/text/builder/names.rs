//! What each element means to the model.

use super::super::model::{Level, Marks};

/// The role of an element.
#[derive(Clone, Copy)]
pub(super) enum Element {
    Mark(Marks),
    Link,
    Image,
    Break,
    /// A line of its own.
    Soft,
    Para,
    Heading(Level),
    Pre,
    Rule,
    Quote,
    List {
        ordered: bool,
    },
    Item,
    Table,
    /// `<tbody>` and its like.
    TablePart,
    Row,
    Cell {
        header: bool,
    },
    /// Passed over; its text stays.
    Other,
}

const BOLD: Marks = Marks(1);
const ITALIC: Marks = Marks(2);
const UNDERLINE: Marks = Marks(4);
const STRIKE: Marks = Marks(8);
const CODE: Marks = Marks(16);

/// The role of the element with a (lower-case) name.
pub(super) fn element(name: &str) -> Element {
    match name {
        "b" | "strong" => Element::Mark(BOLD),
        "i" | "em" | "cite" | "dfn" | "var" => Element::Mark(ITALIC),
        "u" | "ins" => Element::Mark(UNDERLINE),
        "s" | "strike" | "del" => Element::Mark(STRIKE),
        "code" | "kbd" | "samp" | "tt" => Element::Mark(CODE),
        "sub" => Element::Mark(Marks(32)),
        "sup" => Element::Mark(Marks(64)),
        "mark" => Element::Mark(Marks(128)),
        "a" => Element::Link,
        "img" | "image" => Element::Image,
        "br" => Element::Break,
        "p" => Element::Para,
        "h1" => Element::Heading(Level::One),
        "h2" => Element::Heading(Level::Two),
        "h3" => Element::Heading(Level::Three),
        "h4" => Element::Heading(Level::Four),
        "h5" => Element::Heading(Level::Five),
        "h6" => Element::Heading(Level::Six),
        "pre" | "listing" => Element::Pre,
        "hr" => Element::Rule,
        "blockquote" => Element::Quote,
        "ul" | "menu" | "dir" => Element::List { ordered: false },
        "ol" => Element::List { ordered: true },
        "li" => Element::Item,
        "table" => Element::Table,
        "tbody" | "thead" | "tfoot" | "caption" => Element::TablePart,
        "tr" => Element::Row,
        "td" => Element::Cell { header: false },
        "th" => Element::Cell { header: true },
        "address" | "article" | "aside" | "body" | "center" | "dd" | "details" | "dialog"
        | "div" | "dl" | "dt" | "fieldset" | "figcaption" | "figure" | "footer" | "form"
        | "head" | "header" | "hgroup" | "html" | "legend" | "main" | "nav" | "option"
        | "section" | "summary" => Element::Soft,
        _ => Element::Other,
    }
}
