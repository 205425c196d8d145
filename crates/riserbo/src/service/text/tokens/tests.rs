//! What is read, and what reading may cost.

use proptest::prelude::*;

use super::*;

/// Tokens in words, texts joined.
#[derive(Default)]
struct Seen {
    words: Vec<String>,
    /// The most attributes that a tag had.
    most: usize,
}

impl Hear for Seen {
    fn text(&mut self, text: &str) {
        match self.words.last_mut().filter(|last| last.starts_with('"')) {
            Some(last) => last.push_str(text),
            None => self.words.push(format!("\"{text}")),
        }
    }

    fn start(&mut self, tag: &Tag) {
        self.most = self.most.max(tag.attrs.len());
        let attrs = tag.attrs.iter().map(|a| format!(" {}={}", a.name.local, a.value));
        self.words.push(format!("<{}{}", tag.name, attrs.collect::<String>()));
    }

    fn end(&mut self, name: &str) {
        self.words.push(format!("</{name}"));
    }
}

fn seen(src: &str) -> Vec<String> {
    let mut seen = Seen::default();
    assert_eq!(read(src, &mut seen), "", "all of it is read");
    seen.words
}

/// The same, fed at once and at any price.
fn seen_whole(src: &str) -> Vec<String> {
    let mut seen = Seen::default();
    let opts = TokenizerOpts { discard_bom: false, ..TokenizerOpts::default() };
    let tokenizer = Tokenizer::new(Sink::new(&mut seen), opts);
    let queue = BufferQueue::default();
    queue.push_back(StrTendril::from(src));
    let _ = tokenizer.feed(&queue);
    tokenizer.end();
    tokenizer.sink.flush();
    drop(tokenizer);
    seen.words
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
        "\r",
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
        "<!doc",
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
        "\u{FEFF}",
        "\0",
        "<h1/>",
    ]);
    let piece = (piece, prop_oneof![8 => Just(1), 1 => Just(70), 1 => 200usize..300])
        .prop_map(|(piece, times)| piece.repeat(times));
    prop::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

/// Attributes in numbers, written in all ways, and what may stand before them.
fn many_attributes() -> impl Strategy<Value = String> {
    let begin = prop::sample::select(vec![
        "<a",
        "<a ",
        "</a ",
        "&x<a ",
        "&#6<a ",
        "</><a ",
        "<!><a ",
        "<!--x--><a ",
        "<?><a ",
        "<style></sty</style ",
        "<style>x</style/",
        "<a x='<b",
        "<a x=\">",
        "</ ",
        "<<a ",
        "\r<a ",
        "<!doctype x><a ",
        "<script><!--</script ",
    ]);
    let each = prop::sample::select(vec![
        " x",
        "/x",
        "=\"\"x",
        "=''x",
        " x=y",
        " x=\">\"",
        " x='<'",
        " x=<",
        "\nx=\"a b\"",
        " =x",
        "=x",
        "/=\"x",
        " x = 'y'",
    ]);
    let end = prop::sample::select(vec![">", "/>", "'>", "\">", " ", "<", "text "]);
    let run = (begin, each, 0usize..1_500, end).prop_map(|(begin, each, times, end)| {
        let each = (0..times).map(|n| format!("{each}{n}"));
        format!("{begin}{}{end}", each.collect::<String>())
    });
    prop::collection::vec(run, 1..4).prop_map(|runs| runs.concat())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 1_500, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn pieces_read_as_the_whole(src in markup()) {
        prop_assert_eq!(seen(&src), seen_whole(&src));
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 300, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn no_tag_outruns_its_price(src in many_attributes()) {
        let mut seen = Seen::default();
        let rest = read_at_price(&src, 1 << 10, &mut seen);
        // 45 for the price, and two pieces of which each has no more than 128.
        prop_assert!(seen.most <= 45 + PIECE, "{} attributes", seen.most);
        prop_assert!(src.ends_with(rest) && (rest.is_empty() || rest.starts_with('<')));
    }
}

#[test]
fn attributes_are_read_in_all_their_forms() {
    assert_eq!(
        seen("<A HREF=x href='y' TITLE = \"a&amp;b>\" alt src=z/>t</A x>"),
        ["<a href=x title=a&b> alt= src=z/", "\"t", "</a"]
    );
}

#[test]
fn what_the_input_cuts_off_is_dropped() {
    for cut in ["a<b", "a<b title='x", "a<!-- b", "a<style>b</styl", "a</b", "a<b x=", "a<!"] {
        assert_eq!(seen(cut).first().unwrap(), "\"a", "{cut}");
        assert!(seen(cut).len() <= 2, "{cut}");
    }
}

#[test]
fn what_a_mail_may_hold_costs_nothing() {
    let (words, signs) = ("lorem/ipsum \"' = ", "iVBORw0KGgo/AAANSUhEUg");
    for src in [
        format!("<!--[if mso]>{}<![endif]-->x", "<w:Lsd Locked=\"false\" Name=x/>".repeat(40_000)),
        format!("<!doctype {}>x", words.repeat(40_000)),
        format!("<style>{}</style>x", words.repeat(40_000)),
        format!("<p>{}</p>x", words.repeat(40_000)),
        format!("<p>{}</p>x", " ".repeat(1_000_000)),
        format!("<img alt='{}'>x", "lorem ".repeat(20_000)),
        format!("<img src='data:image/png;base64,{}' alt=y>x", signs.repeat(100_000)),
        format!("<a href=https://a.example/{}>x", "/b".repeat(4_000)),
        "<td width=\"100%\" style=\"font-family: Arial, 'Noto Sans'; color: red\">x".repeat(20_000),
    ] {
        let start: String = src.chars().take(20).collect();
        assert!(seen(&src).last().unwrap().ends_with('x'), "{start}");
    }
}

#[test]
fn a_stretch_in_a_tag_is_cut_and_the_rest_of_the_tag_read() {
    let long = "x/".repeat(STRETCH);
    let read = seen(&format!("<a href=\"https://{long}\" title=t>&#x{long}"));
    let (tag, text) = (read.first().unwrap(), read.get(1).unwrap());
    assert!(tag.ends_with(" title=t") && tag.len() > STRETCH && tag.len() < STRETCH + 2 * PIECE);
    assert!(text.len() > long.len(), "text is never cut");
}

#[test]
fn an_absurd_tag_is_given_back_with_all_that_follows() {
    let attributes: String = (0..40_000).map(|n| format!(" x{n}=\">\"")).collect();
    let absurd = format!("<b{attributes}>c<p>d</p>");
    let src = format!("<p>a&lt;{absurd}");
    let mut seen = Seen::default();
    assert_eq!(read(&src, &mut seen), absurd);
    assert_eq!(seen.words, ["<p", "\"a<"]);
}
