//! Which characters may stand in a canonical text.
//!
//! Everything that enters the model passes through [`clean`], so that the rest of the room may rely
//! on three facts: a text holds no control character but tab and newline, newlines have one form,
//! and U+FFFC never occurs, which leaves it free to stand for a slot in
//! [`Template::scan_text`](super::Template::scan_text). The codec builds on the first fact (control
//! bytes are its opcodes), the second scan on the third.
//!
//! It is no Unicode normalisation: letters, marks, bidirectional controls and emoji stay as typed,
//! for a stored comment must be what the customer wrote.

/// The character which stands for a slot in a scan text: OBJECT REPLACEMENT CHARACTER.
pub(super) const SLOT_CHAR: char = '\u{FFFC}';

/// Cleans a text: one form of newline, no control characters but `\n` and `\t`, no U+FFFC.
///
/// `\r\n`, `\r`, vertical tab, form feed, NEL and the Unicode line and paragraph separators become
/// `\n`; dropping them would glue two words together.
pub(super) fn clean(src: &str) -> impl Iterator<Item = char> + '_ {
    let mut after_cr = false;
    src.chars().filter_map(move |c| {
        let second_half = after_cr && c == '\n';
        after_cr = c == '\r';
        match c {
            _ if second_half => None,
            '\n' | '\t' => Some(c),
            '\r' | '\u{0B}' | '\u{0C}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some('\n'),
            SLOT_CHAR => None,
            c if c.is_control() => None,
            c => Some(c),
        }
    })
}

/// Cleans a text for one line: as [`clean`], with each newline and tab turned into a space.
pub(super) fn clean_line(src: &str) -> String {
    clean(src).map(|c| if matches!(c, '\n' | '\t') { ' ' } else { c }).collect()
}

/// Whether a text is already as [`clean`] would leave it and has no newline: what a text node holds.
pub(super) fn is_clean_run(text: &str) -> bool {
    text.chars().all(|c| c == '\t' || !(c.is_control() || is_separator(c) || c == SLOT_CHAR))
}

fn is_separator(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(src: &str) -> String {
        clean(src).collect()
    }

    #[test]
    fn newlines_get_one_form_and_controls_go() {
        assert_eq!(cleaned("a\r\nb\rc\n\rd"), "a\nb\nc\n\nd");
        assert_eq!(cleaned("a\u{0}b\u{7}\u{1b}[31m\tc\u{9c}"), "ab[31m\tc");
        assert_eq!(cleaned("x\u{2028}y\u{b}z\u{85}w"), "x\ny\nz\nw");
    }

    #[test]
    fn the_slot_character_cannot_be_typed() {
        assert_eq!(cleaned("a\u{FFFC}b"), "ab");
    }

    #[test]
    fn writing_directions_and_emoji_stay() {
        let text = "שלום \u{202b}עולם\u{202c} 👩\u{200d}🚒 e\u{301}";
        assert_eq!(cleaned(text), text);
    }

    #[test]
    fn a_line_has_no_newline_and_no_tab() {
        assert_eq!(clean_line("a\r\nb\tc"), "a b c");
    }
}
