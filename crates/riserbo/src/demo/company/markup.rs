//! From the few marks of the texts to the bodies of an export: `html_body` and `plain_body`.
//!
//! Known marks: a line that begins with `- ` (list), with `> ` (quotation), `**bold**`, and addresses
//! that begin with `https://`. Everything else is escaped text. This writes HTML for the demo's own
//! texts; it does not read any.

fn escaped(text: &str, out: &mut String) {
    for sign in text.chars() {
        match sign {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
    }
}

/// Bold parts and links of one line.
fn inline(line: &str, out: &mut String) {
    for (at, part) in line.split("**").enumerate() {
        let bold = at % 2 == 1;
        out.push_str(if bold { "<strong>" } else { "" });
        for (nth, word) in part.split(' ').enumerate() {
            if nth > 0 {
                out.push(' ');
            }
            let bare = word.trim_end_matches(['.', ',', ')', ';']);
            if bare.starts_with("https://") {
                out.push_str("<a href=\"");
                escaped(bare, out);
                out.push_str("\">");
                escaped(bare, out);
                out.push_str("</a>");
                escaped(word.strip_prefix(bare).unwrap_or(""), out);
            } else {
                escaped(word, out);
            }
        }
        out.push_str(if bold { "</strong>" } else { "" });
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Block {
    Paragraph,
    List,
    Quote,
}

fn block(line: &str) -> (Block, &str) {
    if let Some(item) = line.strip_prefix("- ") {
        (Block::List, item)
    } else if let Some(quoted) = line.strip_prefix("> ") {
        (Block::Quote, quoted)
    } else {
        (Block::Paragraph, line)
    }
}

/// The HTML of a comment as the helpdesk dialect wraps it.
pub(super) fn html(body: &str) -> String {
    let mut out = String::with_capacity(body.len() * 2);
    out.push_str("<div class=\"zd-comment\">");
    let mut open: Option<Block> = None;
    let shut = |open: Option<Block>| match open {
        Some(Block::Paragraph) => "</p>",
        Some(Block::List) => "</ul>",
        Some(Block::Quote) => "</blockquote>",
        None => "",
    };
    for line in body.lines() {
        if line.is_empty() {
            out.push_str(shut(open.take()));
            continue;
        }
        let (kind, text) = block(line);
        if open == Some(kind) {
            out.push_str(if kind == Block::List { "" } else { "<br>" });
        } else {
            out.push_str(shut(open));
            out.push_str(match kind {
                Block::Paragraph => "<p>",
                Block::List => "<ul>",
                Block::Quote => "<blockquote>",
            });
            open = Some(kind);
        }
        out.push_str(if kind == Block::List { "<li>" } else { "" });
        inline(text, &mut out);
        out.push_str(if kind == Block::List { "</li>" } else { "" });
    }
    out.push_str(shut(open));
    out.push_str("</div>");
    out
}

/// The text without the marks of bold.
pub(super) fn plain(body: &str) -> String {
    body.replace("**", "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_and_marks_become_html() {
        let made = html("Ciao <b>\na & b\n\n- **uno**\n- due\nvedi https://x.example/a.\n> detto");
        assert_eq!(
            made,
            "<div class=\"zd-comment\"><p>Ciao &lt;b&gt;<br>a &amp; b</p><ul><li><strong>uno</strong></li>\
             <li>due</li></ul><p>vedi <a href=\"https://x.example/a\">https://x.example/a</a>.</p>\
             <blockquote>detto</blockquote></div>"
        );
        assert_eq!(plain("a **b**"), "a b");
    }
}
