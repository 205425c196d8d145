//! Plain text: reading it and rendering it.
//!
//! A text read here and rendered again is the same text, white space and all, for a mail is evidence
//! and its indentation may mean something.

use super::chars::clean;
use super::model::{
    Block, Image, Inline, Leaf, LeafKind, MAX_BLOCKS, Piece, Row, Style, push_lines,
};

/// Reads plain text into paragraphs.
///
/// Two newlines part paragraphs; those beyond the second begin the next paragraph, those at the very
/// end belong to the last one. So no paragraph is empty and none is lost.
pub(super) fn parse(src: &str) -> Vec<Block> {
    let text: String = clean(src).collect();
    let mut blocks = Vec::new();
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let enough = blocks.len() + 1 >= MAX_BLOCKS;
        let (paragraph, after) = if enough { (rest, "") } else { first_paragraph(rest) };
        let mut spans = Vec::new();
        push_lines(&mut spans, &Style::default(), paragraph);
        blocks.push(Block::Leaf(Leaf { kind: LeafKind::Para, spans }));
        rest = after;
    }
    blocks
}

/// Splits at the first blank line that has text on both sides.
fn first_paragraph(text: &str) -> (&str, &str) {
    let lead = text.len() - text.trim_start_matches('\n').len();
    let border = text.get(lead..).and_then(|body| body.find("\n\n")).map(|at| at + lead);
    let split = border.and_then(|at| Some((text.get(..at)?, text.get(at + 2..)?)));
    match split {
        Some((before, after)) if !after.trim_start_matches('\n').is_empty() => (before, after),
        _ => (text, ""),
    }
}

/// Beyond this length the sign of a quote or item no longer grows: a thousand lines in the 30th quote
/// would be mostly signs.
const LONGEST_PREFIX: usize = 16;

type SlotFn<'a> = dyn FnMut(u32, &mut String) + 'a;

/// Renders plain text.
pub(super) fn render(blocks: &[Block], slot: &mut SlotFn<'_>) -> String {
    let mut sheet = Sheet { out: String::new(), prefix: String::new(), due: 0, slot };
    sheet.blocks(blocks, 2);
    sheet.out
}

struct Sheet<'a, 's> {
    out: String,
    /// What each line begins with.
    prefix: String,
    /// Newlines to write before the next text.
    due: usize,
    slot: &'a mut SlotFn<'s>,
}

impl Sheet<'_, '_> {
    /// Writes the newlines that are due; none above the first line.
    fn begin(&mut self) {
        let due = std::mem::take(&mut self.due);
        let due = if self.out.is_empty() { 0 } else { due };
        (0..due).for_each(|_| self.newline());
    }

    fn newline(&mut self) {
        self.out.push('\n');
        self.out.push_str(&self.prefix);
    }

    fn text(&mut self, text: &str) {
        self.begin();
        for (n, line) in text.split('\n').enumerate() {
            if n > 0 {
                self.newline();
            }
            self.out.push_str(line);
        }
    }

    fn slot(&mut self, number: u32) {
        let mut written = String::new();
        (self.slot)(number, &mut written);
        self.text(&written);
    }

    /// Writes blocks with `gap` newlines between them.
    fn blocks(&mut self, blocks: &[Block], gap: usize) {
        for (n, block) in blocks.iter().enumerate() {
            if n > 0 {
                self.due = gap;
            }
            match block {
                Block::Leaf(leaf) => self.leaf(leaf),
                Block::Rule => self.text("---"),
                Block::Quote(inner) => self.marked("> ", "> ", inner, gap),
                Block::List { ordered, items } => self.list(*ordered, items),
                Block::Table(rows) => self.table(rows),
            }
        }
    }

    /// Writes blocks with a sign before the first line and another before the further ones.
    fn marked(&mut self, sign: &str, further: &str, blocks: &[Block], gap: usize) {
        self.begin();
        self.out.push_str(sign);
        let outer = self.prefix.len();
        if outer < LONGEST_PREFIX {
            self.prefix.push_str(further);
        }
        self.blocks(blocks, gap);
        self.prefix.truncate(outer);
    }

    fn list(&mut self, ordered: bool, items: &[Vec<Block>]) {
        for (n, item) in items.iter().enumerate() {
            if n > 0 {
                self.due = 1;
            }
            if ordered {
                self.marked(&format!("{}. ", n + 1), "   ", item, 1);
            } else {
                self.marked("- ", "  ", item, 1);
            }
        }
    }

    /// A table whose cells are single lines is lines with tabs; of any other each cell is a line.
    fn table(&mut self, rows: &[Row]) {
        let simple = rows.iter().flatten().all(|cell| match cell.blocks.as_slice() {
            [] => true,
            [Block::Leaf(leaf)] => leaf.spans.iter().all(|span| span.what != Inline::Break),
            _ => false,
        });
        if !simple {
            let cells = rows.iter().flatten().filter(|cell| !cell.blocks.is_empty());
            for (n, cell) in cells.enumerate() {
                self.due = self.due.max(usize::from(n > 0));
                self.blocks(&cell.blocks, 1);
            }
            return;
        }
        for (n, row) in rows.iter().enumerate() {
            self.due = self.due.max(usize::from(n > 0));
            for (n, cell) in row.iter().enumerate() {
                if n > 0 {
                    self.text("\t");
                }
                self.blocks(&cell.blocks, 1);
            }
        }
    }

    fn leaf(&mut self, leaf: &Leaf) {
        for span in &leaf.spans {
            match &span.what {
                Inline::Text(text) => self.text(text),
                Inline::Slot(slot) => self.slot(*slot),
                Inline::Break => self.text("\n"),
                Inline::Image(image) => self.image(image),
            }
        }
    }

    fn image(&mut self, image: &Image) {
        for piece in image.alt.pieces() {
            match piece {
                Piece::Text(text) => self.text(text),
                Piece::Slot(slot) => self.slot(*slot),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Doc, Lift, Template};

    fn read(src: &str) -> Template {
        Doc::from_plain(src).unwrap().lift(&[], &[]).unwrap()
    }

    fn paragraphs(src: &str) -> Vec<String> {
        // A block's border and a line break look alike in the flat text, not in the tree.
        let texts =
            read(src).blocks.into_iter().map(|block| super::super::model::flat_text(&[block]));
        texts.collect()
    }

    #[test]
    fn a_blank_line_parts_paragraphs() {
        assert_eq!(paragraphs("a\nb\n\nc"), ["a\nb", "c"]);
        assert_eq!(paragraphs("\n\na\n\n\n\nb\n\n"), ["\n\na", "\n\nb\n\n"]);
        assert_eq!(paragraphs("\n\n\n"), ["\n\n\n"]);
        assert!(paragraphs("").is_empty());
    }

    #[test]
    fn white_space_survives_both_ways() {
        let text = "  total:\t 12 €\n\n\n   -- \nAnna\n";
        assert_eq!(read(text).render_plain(&mut |_, _| {}), text);
        assert_eq!(
            super::super::corpus::html(&read("  a  b\tc \nd")),
            "<div class=\"zd-comment\"><p>&nbsp;&nbsp;a &nbsp;b&emsp;c&nbsp;<br>d</p></div>"
        );
    }

    #[test]
    fn markup_in_plain_text_is_text() {
        let text = "<b>1 & 2</b> &amp;";
        assert_eq!(read(text).scan_text(), text);
        assert_eq!(
            super::super::corpus::html(&read(text)),
            "<div class=\"zd-comment\"><p>&lt;b&gt;1 &amp; 2&lt;/b&gt; &amp;amp;</p></div>"
        );
    }

    #[test]
    fn a_value_of_several_lines_keeps_the_quote_around_it() {
        let doc = Doc::from_html("<blockquote><ul><li>at HERE now</ul></blockquote>").unwrap();
        let template = doc.lift(&[Lift { range: 3..7, slot: 1 }], &[]).unwrap();
        let plain = template.render_plain(&mut |_, out| out.push_str("Via Roma 1\n20121 Milano"));
        assert_eq!(plain, "> - at Via Roma 1\n>   20121 Milano now");
    }

    #[test]
    fn an_empty_row_on_top_leaves_no_blank_line() {
        let html = "<table><tr><td><tr><td>a<td>b</table>";
        let template = Doc::from_html(html).unwrap().lift(&[], &[]).unwrap();
        assert_eq!(template.render_plain(&mut |_, _| {}), "a\tb");
    }

    #[test]
    fn cells_of_several_lines_are_lines() {
        let html = "<table><tr><td><p>a<p>b<td>c<tr><td><td>d</table>";
        let template = Doc::from_html(html).unwrap().lift(&[], &[]).unwrap();
        assert_eq!(template.render_plain(&mut |_, _| {}), "a\nb\nc\nd");
    }
}
