//! The words of a text, normalised. **One function for indexing and for queries**, and for the engine's own lists, so that they can
//! never disagree.
//!
//! A word is a longest run of letters, digits and combining marks (zero-width signs inside do not end it); each ideograph and kana is a
//! word of its own. Its normal form: NFKC, lower case, marks removed (NFD), and the Latin letters that do not decompose written plainly
//! (ß → ss, ø → o, ł → l, đ → d, æ → ae, œ → oe, ı → i, þ → th). At most [`MAX_WORD`] characters; a longer word is cut. An apostrophe ends a
//! word: `dell'ordine` is `dell` and `ordine`.

use std::borrow::Cow;
use std::ops::Range;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Characters of a normalised word, at most.
pub const MAX_WORD: usize = 64;

/// The words of `text` with their byte ranges, in order.
pub fn words(text: &str) -> impl Iterator<Item = (Range<usize>, Cow<'_, str>)> {
    Words { text, at: 0 }
}

struct Words<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Iterator for Words<'a> {
    type Item = (Range<usize>, Cow<'a, str>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let rest = self.text.get(self.at..)?;
            let skip = rest.find(is_word_char)?;
            let start = self.at + skip;
            let body = self.text.get(start..)?;
            let len = word_len(body);
            self.at = start + len;
            let raw = body.get(..len)?;
            let word = normal(raw);
            if !word.is_empty() {
                return Some((start..start + len, word));
            }
        }
    }
}

/// Length in bytes of the word at the start of `body`, which starts with a word character.
fn word_len(body: &str) -> usize {
    let mut end = 0;
    for (i, c) in body.char_indices() {
        if is_alone(c) {
            return if i == 0 { c.len_utf8() } else { end };
        }
        if is_word_char(c) {
            end = i + c.len_utf8();
        } else if !is_zero_width(c) {
            break;
        }
    }
    end
}

/// Letters, digits and marks.
pub(crate) fn is_word_char(c: char) -> bool {
    if c.is_ascii() {
        c.is_ascii_alphanumeric()
    } else {
        c.is_alphanumeric() || is_combining_mark(c)
    }
}

/// Ideographs and kana: scripts written without spaces, where each sign is a word.
pub(crate) fn is_alone(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}')
}

/// Signs that show nothing and are used to break words apart.
pub(crate) const fn is_zero_width(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

/// The normal form of one word; empty when nothing of it is a letter or digit.
#[must_use]
pub fn normal(raw: &str) -> Cow<'_, str> {
    if raw.len() <= MAX_WORD && raw.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_lowercase()) {
        return Cow::Borrowed(raw);
    }
    if raw.is_ascii() {
        let cut = raw.bytes().filter(u8::is_ascii_alphanumeric).take(MAX_WORD);
        return Cow::Owned(cut.map(|b| char::from(b.to_ascii_lowercase())).collect());
    }
    let mut out = String::with_capacity(raw.len());
    let mut count = 0;
    // Lower case may bring marks back (İ), so marks go last; the second NFKC keeps the form stable.
    for c in raw.nfkc().flat_map(char::to_lowercase).nfkc().nfd() {
        if is_combining_mark(c) || !c.is_alphanumeric() {
            continue;
        }
        for plain in plain_letter(c) {
            if count < MAX_WORD {
                out.push(plain);
                count += 1;
            }
        }
    }
    Cow::Owned(out.nfc().collect())
}

/// Latin letters that no normalisation form takes apart.
fn plain_letter(c: char) -> impl Iterator<Item = char> {
    let pair: (char, Option<char>) = match c {
        'ß' => ('s', Some('s')),
        'æ' => ('a', Some('e')),
        'œ' => ('o', Some('e')),
        'þ' => ('t', Some('h')),
        'ø' => ('o', None),
        'ł' => ('l', None),
        'đ' | 'ð' => ('d', None),
        'ı' => ('i', None),
        'ħ' => ('h', None),
        'ŧ' => ('t', None),
        other => (other, None),
    };
    std::iter::once(pair.0).chain(pair.1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn list(text: &str) -> Vec<String> {
        words(text).map(|(_, w)| w.into_owned()).collect()
    }

    #[test]
    fn case_accents_and_widths_fold() {
        assert_eq!(list("Perché DELL'Ordine, n°３４?"), ["perche", "dell", "ordine", "n", "34"]);
        assert_eq!(list("Straße Łódź Søren ﬁn"), ["strasse", "lodz", "soren", "fin"]);
    }

    #[test]
    fn zero_width_signs_do_not_split_a_word() {
        assert_eq!(list("Nan\u{200c}cy L\u{200d}ee"), ["nancy", "lee"]);
    }

    #[test]
    fn ideographs_are_words_of_their_own() {
        assert_eq!(list("直樹 ab"), ["直", "樹", "ab"]);
    }

    #[test]
    fn long_words_are_cut() {
        let long = "a".repeat(100);
        assert_eq!(list(&long)[0].len(), MAX_WORD);
    }

    proptest! {
        #[test]
        fn a_query_meets_what_was_indexed(text in "\\PC{0,60}") {
            for (range, word) in words(&text) {
                prop_assert!(text.is_char_boundary(range.start) && text.is_char_boundary(range.end));
                prop_assert!(word.chars().count() <= MAX_WORD);
                let again: String = words(&word).map(|(_, w)| w.into_owned()).collect();
                prop_assert_eq!(again, word.into_owned());
            }
        }
    }
}
