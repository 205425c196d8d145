//! The borders of JSON values in a stream of bytes: where a value ends, and nothing else.
//!
//! A pure state machine fed with chunks of any size. It knows strings, escapes and the depth of
//! brackets. It does not check grammar: what stands between two borders goes to a real parser,
//! so a broken element costs that element alone. At depth one it also reads keys, to notice that
//! an object is a page (`{"tickets":[`) before its rows are taken in.

use super::noun::Noun;

/// Longest key that is looked at; every key that matters is shorter.
const KEY_ROOM: usize = 24;

/// What an object weighs against a plain value: a small map takes some 640 bytes.
const OBJECT_NODES: u64 = 8;

/// What a line break inside a value means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Newline {
    /// White space, as JSON has it.
    Soft,
    /// The end of the row, as NDJSON has it; but soft if only the opening bracket stood before.
    Hard,
}

/// Why the lexer stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The value is complete.
    Value,
    /// A line break where none may be: in a string, or (hard) inside the value. Not consumed.
    Line,
    /// A byte that can't stand here: a stray closing bracket, or an object that begins at the
    /// start of a line where the open one can't hold it. Not consumed.
    Misplaced,
    /// The array of a page begins here; its bracket is not consumed. `None`: mixed results.
    Page(Option<Noun>),
}

/// The state of one value.
#[derive(Debug)]
pub(super) struct Lexer {
    depth: u32,
    in_string: bool,
    escaped: bool,
    scalar: bool,
    line_start: bool,
    last: u8,
    newline: Newline,
    /// Commas, colons and brackets outside strings; an object counts eight.
    pub(super) nodes: u64,
    watch: Option<Watch>,
}

/// What is known of the keys at depth one.
#[derive(Debug, Default)]
struct Watch {
    key: [u8; KEY_ROOM],
    len: usize,
    reading: bool,
    has_id: bool,
    comments_seen: bool,
}

impl Watch {
    fn begin(&mut self) {
        self.len = 0;
        self.reading = true;
    }

    fn push(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            if let Some(room) = self.key.get_mut(self.len) {
                *room = byte;
            }
            self.len = self.len.saturating_add(1);
        }
    }

    fn key(&self) -> &[u8] {
        self.key.get(..self.len).unwrap_or_default()
    }

    fn end(&mut self) {
        self.reading = false;
        if matches!(self.key(), b"id" | b"ticket_id") {
            self.has_id = true;
        }
    }

    /// Whether the array that opens now holds the rows of a page. A row has an id before any
    /// such array, except that `comments` may come first: there the caller looks at the first.
    fn page(&self) -> Option<Option<Noun>> {
        if self.has_id {
            return None;
        }
        if self.key() == b"results" {
            return Some(None);
        }
        let noun = Noun::of_page_key(self.key())?;
        (noun != Noun::Comment || !self.comments_seen).then_some(Some(noun))
    }
}

impl Lexer {
    /// A lexer at the first byte of a value.
    pub(super) fn new(newline: Newline) -> Self {
        Self {
            depth: 0,
            in_string: false,
            escaped: false,
            scalar: false,
            line_start: false,
            last: 0,
            newline,
            nodes: 0,
            watch: None,
        }
    }

    /// The same, watching for the arrays of a page.
    pub(super) fn watching(newline: Newline) -> Self {
        Self { watch: Some(Watch::default()), ..Self::new(newline) }
    }

    /// What a line break means now.
    pub(super) fn newline(&self) -> Newline {
        self.newline
    }

    /// Whether a bare number or word is being read, which only the end of the file may end.
    pub(super) fn in_scalar(&self) -> bool {
        self.scalar
    }

    /// Steps into the comments that it stopped at, and over an element of `nodes` values that
    /// the caller read by itself.
    pub(super) fn enter_comments(&mut self, element_nodes: Option<u64>) {
        if let Some(watch) = &mut self.watch {
            watch.comments_seen = true;
        }
        self.depth = 2;
        self.last = if element_nodes.is_some() { b'}' } else { b'[' };
        self.nodes = self.nodes.saturating_add(1).saturating_add(element_nodes.unwrap_or(0));
    }

    /// Reads on. Returns how many bytes belong to the value, and why it stopped (`None`: it
    /// wants more).
    pub(super) fn feed(&mut self, chunk: &[u8]) -> (usize, Option<End>) {
        let mut at = 0;
        while let Some(&byte) = chunk.get(at) {
            if self.in_string {
                let (used, end) = self.string(chunk.get(at..).unwrap_or_default());
                at += used;
                if end.is_some() {
                    return (at, end);
                }
                continue;
            }
            match self.outside(byte) {
                Step::On => at += 1,
                Step::Last => return (at + 1, Some(End::Value)),
                Step::Stop(end) => return (at, Some(end)),
            }
        }
        (at, None)
    }

    /// One byte outside strings.
    fn outside(&mut self, byte: u8) -> Step {
        if self.scalar && self.depth == 0 && is_border(byte) {
            return Step::Stop(End::Value);
        }
        match byte {
            b'\n' => return self.line_break(),
            b' ' | b'\t' | b'\r' => {
                self.line_start = false;
                return Step::On;
            }
            b'"' => {
                self.in_string = true;
                if let Some(watch) = &mut self.watch
                    && self.depth == 1
                    && matches!(self.last, b'{' | b',')
                {
                    watch.begin();
                }
            }
            b'{' | b'[' => {
                if let Some(stop) = self.before_opening(byte) {
                    return Step::Stop(stop);
                }
                self.depth = self.depth.saturating_add(1);
                self.nodes += if byte == b'{' { OBJECT_NODES } else { 1 };
            }
            b'}' | b']' => {
                if self.depth == 0 {
                    return Step::Stop(End::Misplaced);
                }
                self.depth -= 1;
                if self.depth == 0 {
                    return Step::Last;
                }
            }
            b',' | b':' if self.depth == 0 => return Step::Stop(End::Misplaced),
            b',' | b':' => self.nodes += 1,
            _ if self.depth == 0 => self.scalar = true,
            _ => {}
        }
        self.line_start = false;
        self.last = byte;
        Step::On
    }

    fn line_break(&mut self) -> Step {
        if self.newline == Newline::Hard {
            if self.depth > 1 || !matches!(self.last, b'{' | b'[') {
                return Step::Stop(End::Line);
            }
            self.newline = Newline::Soft;
        }
        self.line_start = true;
        Step::On
    }

    fn before_opening(&self, byte: u8) -> Option<End> {
        let fits = matches!(self.last, b',' | b'[' | b':');
        if byte == b'{' && self.line_start && self.depth > 0 && !fits {
            return Some(End::Misplaced);
        }
        if byte == b'[' && self.depth == 1 && self.last == b':' {
            return self.watch.as_ref().and_then(Watch::page).map(End::Page);
        }
        None
    }

    /// The inside of a string, from its first unread byte.
    fn string(&mut self, bytes: &[u8]) -> (usize, Option<End>) {
        if self.escaped {
            self.escaped = false;
            if bytes.first() == Some(&b'\n') {
                return (0, Some(End::Line));
            }
            self.note_key(bytes.get(..1).unwrap_or_default());
            return (1, None);
        }
        let found = bytes.iter().position(|b| matches!(b, b'"' | b'\\' | b'\n'));
        let used = found.unwrap_or(bytes.len());
        self.note_key(bytes.get(..used).unwrap_or_default());
        match bytes.get(used) {
            None => (used, None),
            Some(b'\n') => (used, Some(End::Line)),
            Some(b'\\') => {
                self.escaped = true;
                (used + 1, None)
            }
            Some(_) => {
                self.in_string = false;
                self.last = b'"';
                self.line_start = false;
                if let Some(watch) = &mut self.watch
                    && watch.reading
                {
                    watch.end();
                }
                (used + 1, (self.depth == 0).then_some(End::Value))
            }
        }
    }

    fn note_key(&mut self, bytes: &[u8]) {
        if let Some(watch) = &mut self.watch
            && watch.reading
        {
            watch.push(bytes);
        }
    }
}

/// What one byte did.
enum Step {
    On,
    Last,
    Stop(End),
}

fn is_border(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b',' | b':' | b']' | b'}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn end_of(text: &str, lexer: &mut Lexer) -> (usize, Option<End>) {
        lexer.feed(text.as_bytes())
    }

    #[test]
    fn a_value_ends_where_its_brackets_close_outside_strings() {
        let mut lexer = Lexer::new(Newline::Soft);
        assert_eq!(end_of(r#"{"a":"}\"}","b":[1]}X"#, &mut lexer), (20, Some(End::Value)));
        assert_eq!(end_of("12,", &mut Lexer::new(Newline::Soft)), (2, Some(End::Value)));
        assert_eq!(end_of(r#""a\\"]"#, &mut Lexer::new(Newline::Soft)), (5, Some(End::Value)));
        assert_eq!(end_of("]", &mut Lexer::new(Newline::Soft)), (0, Some(End::Misplaced)));
    }

    #[test]
    fn a_line_break_ends_a_hard_row_and_any_string() {
        assert_eq!(end_of("{\"a\":1,\n", &mut Lexer::new(Newline::Hard)), (7, Some(End::Line)));
        assert_eq!(end_of("{\n\"a\":1\n}", &mut Lexer::new(Newline::Hard)), (9, Some(End::Value)));
        assert_eq!(end_of("{\"a\":\"x\n", &mut Lexer::new(Newline::Soft)), (7, Some(End::Line)));
    }

    #[test]
    fn a_page_is_known_by_its_key_unless_an_id_stands_before() {
        let page = r#"{"count":1,"tickets":[{"id":1}]}"#;
        let (at, end) = end_of(page, &mut Lexer::watching(Newline::Soft));
        assert_eq!((at, end), (21, Some(End::Page(Some(Noun::Ticket)))));
        let row = r#"{"id":1,"comments":[{"id":2}]}"#;
        assert_eq!(end_of(row, &mut Lexer::watching(Newline::Soft)).1, Some(End::Value));
        let deep = r#"{"x":{"tickets":[]},"y":"tickets"}"#;
        assert_eq!(end_of(deep, &mut Lexer::watching(Newline::Soft)).1, Some(End::Value));
    }

    #[test]
    fn an_object_at_a_line_start_that_does_not_fit_is_misplaced() {
        let cut = "{\"id\":1,\"comments\":[{\"id\":2}\n{\"id\":3}";
        assert_eq!(end_of(cut, &mut Lexer::new(Newline::Soft)), (29, Some(End::Misplaced)));
        let fits = "[{\"id\":1},\n{\"id\":2}]";
        assert_eq!(end_of(fits, &mut Lexer::new(Newline::Soft)).1, Some(End::Value));
    }

    proptest! {
        #[test]
        fn chunks_of_any_size_give_the_same_borders(
            text in r#"[\{\}\[\]":,\\a1 \n]{0,60}"#, cut in 0usize..60, hard: bool,
        ) {
            let newline = if hard { Newline::Hard } else { Newline::Soft };
            let whole = Lexer::watching(newline).feed(text.as_bytes());
            let cut = cut.min(text.len());
            let mut lexer = Lexer::watching(newline);
            let (head, tail) = text.as_bytes().split_at(cut);
            let (used, end) = lexer.feed(head);
            let parts = match end {
                Some(end) => (used, Some(end)),
                None => {
                    prop_assert_eq!(used, head.len());
                    let (more, end) = lexer.feed(tail);
                    (used + more, end)
                }
            };
            prop_assert_eq!(whole, parts);
        }

        #[test]
        fn every_json_value_is_found_whole(value in json()) {
            let text = format!("{value} ");
            let (used, end) = Lexer::new(Newline::Hard).feed(text.as_bytes());
            prop_assert_eq!((used, end), (text.len() - 1, Some(End::Value)));
        }
    }

    fn json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<i64>().prop_map(Into::into),
            "[ -~\"\\\\\n]{0,12}".prop_map(Into::into),
        ];
        leaf.prop_recursive(3, 20, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
                prop::collection::btree_map("[a-z\"\\\\]{0,6}", inner, 0..4)
                    .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
            ]
        })
    }
}
