//! Cuts HTML into tags and text, by the tokenizer rules of the HTML standard (13.2.5), in one pass.
//!
//! Why not the tokenizer of `html5ever`: it compares each attribute with all before it in the same
//! tag, so that a tag of 1.9 MB keeps it busy for 15 seconds and twice the tag for four times as long;
//! a limit can't be set from outside. This one looks at each byte a bounded number of times, copies
//! nothing but tag names and decoded attributes, and is tested against that one for equal results. It
//! differs by intent in one point: the content of scripts, styles, frames and form fields is dropped
//! here, for nobody needs it.

use super::entities;

/// What the builder needs to know of a tag.
#[derive(Default)]
pub(super) struct Tag {
    /// Lower-case name; empty if it is longer than any name that we know.
    pub(super) name: String,
    pub(super) href: Option<String>,
    pub(super) src: Option<String>,
    pub(super) alt: Option<String>,
    pub(super) title: Option<String>,
}

pub(super) enum Token<'a> {
    /// Text with its character references still in it.
    Text(&'a str),
    Start(Tag),
    End(Tag),
}

/// The longest element name that the model knows: `blockquote`, `figcaption`.
const LONGEST_NAME: usize = 10;

/// Elements whose content is no markup and is dropped.
const RAW: [&str; 8] = [
    "script", "style", "title", "textarea", "iframe", "noembed", "noframes", "xmp",
];

/// The tokens of a document. Comments, declarations and processing instructions give none.
pub(super) struct Tokens<'a> {
    rest: &'a str,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(src: &'a str) -> Tokens<'a> {
        Tokens { rest: src }
    }

    /// Moves past `bytes` and gives what was skipped.
    fn take(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    fn skip_past(&mut self, end: &str) {
        let at = self
            .rest
            .find(end)
            .map_or(self.rest.len(), |at| at + end.len());
        self.take(at);
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start_matches(is_space);
    }

    /// After `<!`: a comment, or anything else up to `>`.
    fn skip_declaration(&mut self) {
        let Some(comment) = self.rest.strip_prefix("--") else {
            return self.skip_past(">");
        };
        self.rest = comment;
        // `<!-->` and `<!--->` are whole comments; `--!>` ends one as well.
        if comment.starts_with('>') || comment.starts_with("->") {
            return self.skip_past(">");
        }
        while let Some(at) = self.rest.find("--") {
            self.take(at + 1);
            if self.rest.starts_with("->") || self.rest.starts_with("-!>") {
                return self.skip_past(">");
            }
        }
        self.rest = "";
    }

    /// Reads a tag from its name on. None if the input ends inside it: then it is dropped.
    fn tag(&mut self) -> Option<Tag> {
        let end = self.rest.find(|c| is_space(c) || matches!(c, '/' | '>'))?;
        let name = self.take(end);
        let mut tag = Tag::default();
        if name.len() <= LONGEST_NAME {
            tag.name = name.to_ascii_lowercase();
        }
        loop {
            self.rest = self.rest.trim_start_matches(|c| is_space(c) || c == '/');
            match self.rest.chars().next()? {
                '>' => {
                    self.take(1);
                    return Some(tag);
                }
                _ => self.attribute(&mut tag)?,
            }
        }
    }

    fn attribute(&mut self, tag: &mut Tag) -> Option<()> {
        // A `=` in front belongs to the name.
        let from = usize::from(self.rest.starts_with('='));
        let ends = |c| is_space(c) || matches!(c, '/' | '>' | '=');
        let end = self.rest.get(from..)?.find(ends)? + from;
        let name = self.take(end);
        self.skip_space();
        let value = if self.rest.starts_with('=') {
            self.take(1);
            self.skip_space();
            self.attribute_value()?
        } else {
            ""
        };
        let known = [
            ("href", &mut tag.href),
            ("src", &mut tag.src),
            ("alt", &mut tag.alt),
            ("title", &mut tag.title),
        ];
        // Of an attribute given twice the first counts.
        for (_, slot) in known
            .into_iter()
            .filter(|(known, _)| name.eq_ignore_ascii_case(known))
        {
            slot.get_or_insert_with(|| {
                let mut decoded = String::new();
                entities::decode(value, true, &mut decoded);
                decoded
            });
        }
        Some(())
    }

    fn attribute_value(&mut self) -> Option<&'a str> {
        let quote = self.rest.chars().next()?;
        if matches!(quote, '"' | '\'') {
            self.take(1);
            let end = self.rest.find(quote)?;
            let value = self.take(end);
            self.take(1);
            return Some(value);
        }
        let end = self.rest.find(|c| is_space(c) || c == '>')?;
        Some(self.take(end))
    }

    /// Drops what a raw element holds, up to its end tag (which stays).
    fn skip_raw(&mut self, name: &str) {
        while let Some(at) = self.rest.find("</") {
            self.take(at);
            let (after, rest) = self
                .rest
                .get(2..)
                .and_then(|s| s.split_at_checked(name.len()))
                .unwrap_or_default();
            let ends = rest.starts_with(|c| is_space(c) || matches!(c, '/' | '>'));
            if ends && after.eq_ignore_ascii_case(name) {
                return;
            }
            self.take(2);
        }
        self.rest = "";
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let mut after = self.rest.chars();
            if after.next()? != '<' {
                let end = self.rest.find('<').unwrap_or(self.rest.len());
                return Some(Token::Text(self.take(end)));
            }
            match (after.next(), after.next()) {
                (Some(c), _) if c.is_ascii_alphabetic() => {
                    self.take(1);
                    let tag = self.tag();
                    if let Some(raw) = RAW
                        .iter()
                        .find(|raw| tag.as_ref().is_some_and(|t| t.name == **raw))
                    {
                        self.skip_raw(raw);
                    }
                    return self.give(tag.map(Token::Start));
                }
                (Some('/'), Some(c)) if c.is_ascii_alphabetic() => {
                    self.take(2);
                    let tag = self.tag();
                    return self.give(tag.map(Token::End));
                }
                (Some('/'), Some(_)) | (Some('?'), _) => self.skip_past(">"),
                (Some('!'), _) => {
                    self.take(2);
                    self.skip_declaration();
                }
                _ => return Some(Token::Text(self.take(1))),
            }
        }
    }
}

impl<'a> Tokens<'a> {
    /// A tag that the input cuts off ends the document.
    fn give(&mut self, token: Option<Token<'a>>) -> Option<Token<'a>> {
        if token.is_none() {
            self.rest = "";
        }
        token
    }
}

/// White space of HTML.
pub(super) fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{0C}')
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use html5ever::tendril::StrTendril;
    use html5ever::tokenizer::{
        BufferQueue, TagKind, Token as Theirs, TokenSink, TokenSinkResult, Tokenizer,
        states::RawKind,
    };
    use proptest::prelude::*;

    use super::*;

    /// Tokens in words, texts joined: the same for both tokenizers.
    #[derive(Default)]
    struct Seen(Vec<String>);

    impl Seen {
        fn text(&mut self, text: &str) {
            if text.is_empty() {
                return;
            }
            match self.0.last_mut().filter(|last| last.starts_with('"')) {
                Some(last) => last.push_str(text),
                None => self.0.push(format!("\"{text}")),
            }
        }

        fn tag(&mut self, end: bool, name: &str, attrs: &[(&str, &str)]) {
            let name = if name.len() > LONGEST_NAME { "" } else { name };
            let kind = if end { "/" } else { "" };
            let known = ["href", "src", "alt", "title"];
            let attrs: Vec<String> = known
                .iter()
                .filter_map(|known| attrs.iter().find(|(name, _)| name == known))
                .map(|(name, value)| format!(" {name}={value}"))
                .collect();
            self.0.push(format!("<{kind}{name}{}", attrs.concat()));
        }
    }

    fn ours(src: &str) -> Vec<String> {
        let mut seen = Seen::default();
        for token in Tokens::new(src) {
            match token {
                Token::Text(text) => {
                    let mut decoded = String::new();
                    entities::decode(text, false, &mut decoded);
                    seen.text(&decoded);
                }
                Token::Start(ref tag) | Token::End(ref tag) => {
                    let end = matches!(token, Token::End(_));
                    let attrs = [
                        ("href", &tag.href),
                        ("src", &tag.src),
                        ("alt", &tag.alt),
                        ("title", &tag.title),
                    ];
                    let attrs: Vec<(&str, &str)> = attrs
                        .iter()
                        .filter_map(|(name, value)| Some((*name, value.as_deref()?)))
                        .collect();
                    seen.tag(end, &tag.name, &attrs);
                }
            }
        }
        seen.0
    }

    /// Collects the tokens of `html5ever`, dropping the content of raw elements as we do.
    #[derive(Default)]
    struct Sink {
        seen: RefCell<Seen>,
        in_raw: RefCell<bool>,
    }

    impl TokenSink for Sink {
        type Handle = ();

        fn process_token(&self, token: Theirs, _line: u64) -> TokenSinkResult<()> {
            match token {
                Theirs::CharacterTokens(text) if !*self.in_raw.borrow() => {
                    self.seen.borrow_mut().text(&text);
                }
                Theirs::TagToken(tag) => {
                    let attrs: Vec<(&str, &str)> = tag
                        .attrs
                        .iter()
                        .map(|a| (&*a.name.local, &*a.value))
                        .collect();
                    let end = tag.kind == TagKind::EndTag;
                    self.seen.borrow_mut().tag(end, &tag.name, &attrs);
                    let raw = !end && RAW.contains(&&*tag.name);
                    *self.in_raw.borrow_mut() = raw;
                    if raw {
                        // For scripts too: we don't follow their comment rules.
                        return TokenSinkResult::RawData(RawKind::Rawtext);
                    }
                }
                _ => {}
            }
            TokenSinkResult::Continue
        }
    }

    fn theirs(src: &str) -> Vec<String> {
        let tokenizer = Tokenizer::new(Sink::default(), Default::default());
        let queue = BufferQueue::default();
        queue.push_back(StrTendril::from(src));
        let _ = tokenizer.feed(&queue);
        tokenizer.end();
        tokenizer.sink.seen.into_inner().0
    }

    fn markup() -> impl Strategy<Value = String> {
        let piece = prop::sample::select(vec![
            "<",
            ">",
            "/",
            "!",
            "--",
            "-",
            "?",
            "=",
            "\"",
            "'",
            " ",
            "\n",
            "\t",
            "a",
            "B",
            "p",
            "x1",
            "<a",
            "</a",
            "<p>",
            "</p>",
            "<b ",
            "<img",
            " href=",
            " SRC=",
            " alt",
            " title='",
            "href",
            "<!--",
            "-->",
            "--!>",
            "<![CDATA[",
            "]]>",
            "<!doctype html>",
            "<?",
            "<style>",
            "</style",
            "</STYLE>",
            "<script",
            "</script>",
            "<title>",
            "</title ",
            "<textarea>",
            "<xmp>",
            "&amp",
            "&amp;",
            "&#6",
            "4;",
            "&lt",
            "&notin",
            ";",
            "&",
            "#",
            "è",
            "🙂",
            "verylongelementname",
            "<blockquote>",
            "<h1/>",
        ]);
        prop::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: 3000, failure_persistence: None, ..ProptestConfig::default()
        })]

        #[test]
        fn tokens_are_those_of_a_browser(src in markup()) {
            prop_assert_eq!(ours(&src), theirs(&src));
        }
    }

    #[test]
    fn attributes_are_read_in_all_their_forms() {
        assert_eq!(
            ours("<A HREF=x href='y' TITLE = \"a&amp;b>\" alt src=z/>t</A x>"),
            ["<a href=x src=z/ alt= title=a&b>", "\"t", "</a"]
        );
    }

    #[test]
    fn what_the_input_cuts_off_is_dropped() {
        for cut in [
            "a<b",
            "a<b title='x",
            "a<!-- b",
            "a<style>b</styl",
            "a</b",
            "a<b x=",
            "a<!",
        ] {
            assert_eq!(ours(cut).first().unwrap(), "\"a", "{cut}");
            assert!(ours(cut).len() <= 2, "{cut}");
        }
    }
}
