//! Cuts HTML into tags and text with the tokenizer of `html5ever`, at a bounded price.
//!
//! That tokenizer knows the rules of the HTML standard (13.2.5), which are not to be written twice.
//! It has one weak point: it compares each attribute with all before it in the same tag, so that
//! 600,000 attributes in one tag keep it busy for minutes, and anybody can send a mail. Where a tag
//! ends can't be known from outside (`<a x=">" y=">"`), but the tokenizer says when it has read one.
//! So it is fed in pieces that end after each `<`: as long as it says nothing, the tag that began
//! there lasts, and each byte that could part two attributes is put on a bill. When the bill is too
//! high, reading as markup ends, and the caller shows the rest as it is.
//!
//! What a mail may hold is far from that limit, but for pictures written into an address (`data:`),
//! which are megabytes of signs, many of them `/`. So a stretch without white space, quotes or `=`
//! inside a tag is cut after what the longest address may take: an address as long is dropped anyway.

use std::cell::{Cell, RefCell};

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};

/// Elements whose content is no markup and is dropped.
const RAW: [&str; 8] =
    ["script", "style", "title", "textarea", "iframe", "noembed", "noframes", "xmp"];

/// The longest piece fed at once, in bytes: by so much can a tag outrun its bill.
const PIECE: usize = 256;

/// How much of an unbroken stretch inside a tag is read, in bytes; above the longest address kept.
const STRETCH: usize = 9 * 1024;

/// The highest bill of a text: comparisons of attributes, somewhat overestimated. Some tenths of a
/// second, reached by one tag of 23,000 attributes or by 500 of 1,000.
const PRICE: usize = 1 << 28;

/// What hears the tokens.
pub(super) trait Hear {
    /// Text with its character references resolved, all that stands between two tags.
    fn text(&mut self, text: &str);
    /// A start tag.
    fn start(&mut self, tag: &Tag);
    /// An end tag.
    fn end(&mut self, name: &str);
}

/// The value of an attribute.
pub(super) fn attribute<'a>(tag: &'a Tag, name: &str) -> Option<&'a str> {
    let attribute = tag.attrs.iter().find(|a| &*a.name.local == name)?;
    Some(&*attribute.value)
}

/// Reads a document. Comments, declarations and the content of raw elements give no token, nor does
/// a tag that the end cuts off. Gives what was not read as markup, because it would cost too much:
/// the rest from the tag on that broke the bank; nearly always nothing.
pub(super) fn read<'s>(src: &'s str, hear: &mut dyn Hear) -> &'s str {
    read_at_price(src, PRICE, hear)
}

fn read_at_price<'s>(src: &'s str, price: usize, hear: &mut dyn Hear) -> &'s str {
    let opts = TokenizerOpts { discard_bom: false, ..TokenizerOpts::default() };
    let tokenizer = Tokenizer::new(Sink::new(hear), opts);
    let queue = BufferQueue::default();
    let mut bill = Bill::default();
    for piece in pieces(src) {
        if !bill.is_stretch(src, piece) {
            queue.push_back(StrTendril::from(piece));
            let _ = tokenizer.feed(&queue);
            bill.add(src, piece, tokenizer.sink.said.take());
        }
        bill.at += piece.len();
        if bill.price > price {
            tokenizer.sink.flush();
            return src.get(bill.open.saturating_sub(1)..).unwrap_or_default();
        }
    }
    tokenizer.end();
    tokenizer.sink.flush();
    ""
}

/// Pieces that end after a `<`, or after [`PIECE`] bytes.
fn pieces(src: &str) -> impl Iterator<Item = &str> {
    src.split_inclusive('<').flat_map(|mut left| {
        std::iter::from_fn(move || {
            let (piece, after) = left.split_at_checked(left.floor_char_boundary(PIECE))?;
            left = after;
            (!piece.is_empty()).then_some(piece)
        })
    })
}

/// What the tag being read has cost so far.
#[derive(Default)]
struct Bill {
    /// Where the next piece begins.
    at: usize,
    /// Whether a `<` may have begun something that has not ended.
    pending: bool,
    /// Where its content begins: after that `<`.
    open: usize,
    /// Places in it at which an attribute could begin.
    parts: usize,
    /// Length of the unbroken stretch just read in it.
    stretch: usize,
    /// Of the whole text.
    price: usize,
}

impl Bill {
    /// Whether a tag may be open. A comment or declaration costs nothing, and when it ends the
    /// tokenizer says so.
    fn in_tag(&self, src: &str) -> bool {
        let is_free = |after: &str| after.starts_with(['!', '?']);
        self.pending && !src.get(self.open..).is_some_and(is_free)
    }

    /// Whether a piece only prolongs a stretch that is too long to matter.
    fn is_stretch(&mut self, src: &str, piece: &str) -> bool {
        let breaks = |b: u8| parts(b) && b != b'/' || matches!(b, b'=' | b'<' | b'>' | b'&');
        if self.in_tag(src) && !piece.bytes().any(breaks) {
            self.stretch += piece.len();
        } else {
            self.stretch = 0;
        }
        self.stretch > STRETCH
    }

    /// Puts a piece on the bill that was fed; `said`: a token came of it, so what was open ended.
    fn add(&mut self, src: &str, piece: &str, said: bool) {
        if self.in_tag(src) && !said {
            let parts = piece.bytes().filter(|b| parts(*b)).count();
            self.parts += parts;
            self.price += parts * self.parts;
        }
        let begins = piece.ends_with('<');
        if said || !self.pending {
            self.pending = begins;
            self.open = self.at + piece.len();
            self.parts = 0;
        }
    }
}

/// Whether an attribute may begin after a byte.
fn parts(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, b'/' | b'"' | b'\'')
}

/// Between the tokenizer and who hears it.
struct Sink<'h> {
    hear: RefCell<&'h mut dyn Hear>,
    /// Text since the last tag.
    text: RefCell<String>,
    /// Inside a raw element.
    raw: Cell<bool>,
    /// Whether a token came; errors don't count, they come from inside of tags.
    said: Cell<bool>,
}

impl<'h> Sink<'h> {
    fn new(hear: &'h mut dyn Hear) -> Sink<'h> {
        Sink {
            hear: RefCell::new(hear),
            text: RefCell::default(),
            raw: Cell::new(false),
            said: Cell::new(false),
        }
    }

    fn flush(&self) {
        let mut text = self.text.borrow_mut();
        if !text.is_empty() {
            self.hear.borrow_mut().text(&text);
            text.clear();
        }
    }

    fn tag(&self, tag: &Tag) -> TokenSinkResult<()> {
        self.flush();
        let starts = tag.kind == TagKind::StartTag;
        if starts {
            self.hear.borrow_mut().start(tag);
        } else {
            self.hear.borrow_mut().end(&tag.name);
        }
        self.raw.set(starts && RAW.contains(&&*tag.name));
        if self.raw.get() {
            // For scripts too: nobody runs them, so their rules of comments don't matter.
            return TokenSinkResult::RawData(RawKind::Rawtext);
        }
        TokenSinkResult::Continue
    }
}

impl TokenSink for Sink<'_> {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        self.said.set(self.said.get() || !matches!(token, Token::ParseError(_)));
        match token {
            Token::TagToken(tag) => return self.tag(&tag),
            Token::CharacterTokens(text) if !self.raw.get() => {
                self.text.borrow_mut().push_str(&text);
            }
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

#[cfg(test)]
mod tests;
