//! The one pass: a text becomes tokens, each with its shape and what the lexicon knows of it.
//!
//! Everything after works on tokens, with bounded look-around, so that a scan is linear in the text whatever stands in it.
//! Offsets always point into the original text: full-width digits, zero-width signs and look-alike letters are folded in the hash of a
//! token, never in the text.

use crate::lexicon::{self, Flags, Hash};
use crate::normalise::decimal;
use crate::words::{is_word_char, is_zero_width, normal};

/// What a token is made of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Tok {
    /// Letters.
    Word,
    /// Digits.
    Num,
    /// Letters and digits.
    Mix,
    /// One sign; non-ASCII ones by their ASCII relative, else 0.
    Sign(u8),
}

/// What stands between a token and the one before.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Gap {
    /// Nothing.
    None,
    /// One or two spaces.
    Space,
    /// More.
    Wide,
    /// A line break.
    Line,
}

/// How a word is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Shape {
    /// `rossi`
    Lower,
    /// `Rossi`
    Title,
    /// `ROSSI` (two letters or more)
    Upper,
    /// `McTaggart`, and scripts without case.
    Other,
}

/// A token: 32 bytes, copied freely.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) hash: Hash,
    pub(crate) flags: Flags,
    pub(crate) tok: Tok,
    pub(crate) gap: Gap,
    pub(crate) shape: Shape,
}

impl Token {
    /// What stands beyond both ends of a text.
    const EDGE: Token = Token {
        start: 0,
        end: 0,
        hash: 0,
        flags: 0,
        tok: Tok::Sign(0),
        gap: Gap::Line,
        shape: Shape::Other,
    };

    #[inline]
    pub(crate) const fn is(&self, flags: Flags) -> bool {
        self.flags & flags != 0
    }

    #[inline]
    pub(crate) const fn sign(&self) -> Option<u8> {
        if let Tok::Sign(b) = self.tok { Some(b) } else { None }
    }

    #[inline]
    pub(crate) fn is_sign(&self, signs: &[u8]) -> bool {
        self.sign().is_some_and(|b| signs.contains(&b))
    }

    #[inline]
    pub(crate) const fn len(&self) -> usize {
        (self.end - self.start) as usize
    }

    /// Has a digit in it.
    #[inline]
    pub(crate) const fn has_digit(&self) -> bool {
        matches!(self.tok, Tok::Num | Tok::Mix)
    }

    /// Is a word that starts with a capital.
    #[inline]
    pub(crate) const fn is_capital(&self) -> bool {
        matches!(self.tok, Tok::Word) && !matches!(self.shape, Shape::Lower)
    }
}

/// A text with its tokens.
pub(crate) struct Doc<'a> {
    pub(crate) text: &'a str,
    pub(crate) toks: Vec<Token>,
    /// Tokens at which a structured value may start or turn: numbers, mixed signs, capitals, `@`, words with a sign or digit right behind.
    pub(crate) marks: Vec<u32>,
    /// Nothing in it is written with a capital (a chat): shape then says nothing.
    pub(crate) lower: bool,
    /// Words in it, and how many of them are in capitals throughout.
    pub(crate) words: usize,
    pub(crate) shouting: bool,
}

impl<'a> Doc<'a> {
    /// Tokens of `text`, at most 4 GiB of it.
    pub(crate) fn new(text: &'a str) -> Doc<'a> {
        let mut doc = Doc {
            text,
            toks: Vec::with_capacity(text.len() / 4 + 4),
            marks: Vec::new(),
            lower: true,
            words: 0,
            shouting: false,
        };
        let lexicon = lexicon::lexicon();
        let bytes = text.as_bytes();
        let (mut at, mut gap) = (0, Gap::Line);
        let (mut title, mut upper) = (0_usize, 0_usize);
        while let Some(&b) = bytes.get(at) {
            match CLASS.get(usize::from(b)) {
                Some(Class::Space) => {
                    gap = match (b, gap) {
                        (b'\n' | b'\r', _) | (_, Gap::Line) => Gap::Line,
                        (_, Gap::None) => Gap::Space,
                        _ if at >= 2 && bytes.get(at - 2) == Some(&b' ') => Gap::Wide,
                        (_, other) => other,
                    };
                    at += 1;
                    continue;
                }
                Some(Class::Sign) => {
                    if b"@:%+(-".contains(&b) {
                        doc.marks.push(to_u32(doc.toks.len()));
                    }
                    doc.toks.push(sign(at, at + 1, b, gap));
                    at += 1;
                }
                Some(Class::Letter | Class::Digit) => {
                    let token = word(text, at, gap, lexicon);
                    at = token.end as usize;
                    doc.words += usize::from(token.tok == Tok::Word);
                    title += usize::from(
                        token.tok == Tok::Word
                            && matches!(token.shape, Shape::Title | Shape::Other),
                    );
                    upper += usize::from(token.tok == Tok::Word && token.shape == Shape::Upper);
                    if is_mark(&token, bytes) {
                        doc.marks.push(to_u32(doc.toks.len()));
                    }
                    doc.toks.push(token);
                }
                _ => {
                    let c = text.get(at..).and_then(|t| t.chars().next()).unwrap_or('\0');
                    let next = at + c.len_utf8();
                    if c.is_whitespace() {
                        gap = gap.max(Gap::Space);
                        at = next;
                        continue;
                    }
                    if is_zero_width(c) {
                        at = next;
                        continue;
                    }
                    if is_word_char(c) {
                        let token = word(text, at, gap, lexicon);
                        at = token.end as usize;
                        doc.words += 1;
                        title += usize::from(token.shape != Shape::Lower);
                        doc.marks.push(to_u32(doc.toks.len()));
                        doc.toks.push(token);
                    } else {
                        doc.marks.push(to_u32(doc.toks.len()));
                        doc.toks.push(sign(at, next, plain_sign(c), gap));
                        at = next;
                    }
                }
            }
            gap = Gap::None;
        }
        doc.lower = title + upper == 0;
        doc.shouting = upper > 3 && upper * 10 > doc.words * 7;
        doc
    }

    /// The token at `i`, or what stands beyond the end.
    #[inline]
    pub(crate) fn t(&self, i: usize) -> Token {
        self.toks.get(i).copied().unwrap_or(Token::EDGE)
    }

    /// The token before `i`.
    #[inline]
    pub(crate) fn before(&self, i: usize) -> Token {
        i.checked_sub(1).map_or(Token::EDGE, |j| self.t(j))
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.toks.len()
    }

    /// The text of a token.
    #[inline]
    pub(crate) fn s(&self, i: usize) -> &'a str {
        let t = self.t(i);
        self.text.get(t.start as usize..t.end as usize).unwrap_or("")
    }

    /// The text from the first to before the last token.
    pub(crate) fn span(&self, from: usize, to: usize) -> std::ops::Range<usize> {
        let (a, b) = (self.t(from).start as usize, self.before(to).end as usize);
        a..b.max(a)
    }

    /// The text of a span.
    pub(crate) fn span_str(&self, from: usize, to: usize) -> &'a str {
        self.text.get(self.span(from, to)).unwrap_or("")
    }

    /// The value of a number token of at most nine digits.
    pub(crate) fn num(&self, i: usize) -> Option<u32> {
        if self.t(i).tok != Tok::Num {
            return None;
        }
        let digits: String = self.s(i).chars().filter_map(decimal).collect();
        if digits.len() <= 9 { digits.parse().ok() } else { None }
    }

    /// How many digits a token has.
    pub(crate) fn digit_count(&self, i: usize) -> usize {
        let s = self.s(i);
        if s.is_ascii() {
            s.bytes().filter(u8::is_ascii_digit).count()
        } else {
            s.chars().filter(|c| decimal(*c).is_some()).count()
        }
    }
}

#[derive(Clone, Copy)]
enum Class {
    Space,
    Sign,
    Letter,
    Digit,
    Wide,
}

static CLASS: [Class; 256] = {
    let mut table = [Class::Sign; 256];
    let mut i = 0;
    while i < 256 {
        let b = i as u8;
        let class = if b >= 128 {
            Class::Wide
        } else if b.is_ascii_alphabetic() {
            Class::Letter
        } else if b.is_ascii_digit() {
            Class::Digit
        } else if b == b' ' || (b >= 9 && b <= 13) || b == 0 {
            Class::Space
        } else {
            Class::Sign
        };
        #[expect(
            clippy::indexing_slicing,
            reason = "a constant loop over the whole table, checked by the compiler"
        )]
        {
            table[i] = class;
        }
        i += 1;
    }
    table
};

fn to_u32(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

fn sign(start: usize, end: usize, b: u8, gap: Gap) -> Token {
    Token { start: to_u32(start), end: to_u32(end), tok: Tok::Sign(b), gap, ..Token::EDGE }
}

/// The ASCII relative of a sign.
const fn plain_sign(c: char) -> u8 {
    match c {
        '‐'..='―' | '−' | '﹣' | '－' => b'-',
        '‘' | '’' | '‚' | '‛' | '′' | '´' | 'ʼ' => b'\'',
        '“' | '”' | '„' | '‟' | '«' | '»' | '″' => b'"',
        '：' => b':',
        '．' | '。' | '․' => b'.',
        '，' | '、' => b',',
        '（' => b'(',
        '）' => b')',
        '＠' => b'@',
        '＋' => b'+',
        '／' | '⁄' => b'/',
        '？' => b'?',
        '！' => b'!',
        '•' | '·' => b'*',
        _ => 0,
    }
}

/// Whether a structured value may start at this token. Plain words, most of a text, are passed over.
fn is_mark(t: &Token, bytes: &[u8]) -> bool {
    if t.tok != Tok::Word
        || t.shape == Shape::Upper
        || t.flags & (lexicon::AT | lexicon::NUMBER) != 0
    {
        return true;
    }
    let end = t.end as usize;
    let (next, after) =
        (bytes.get(end).copied().unwrap_or(b' '), bytes.get(end + 1).copied().unwrap_or(b' '));
    let tight = matches!(next, b'.' | b'_' | b'-' | b'@' | b':' | b'%' | b'/')
        && !after.is_ascii_whitespace();
    // "gmailcom": mail domains whose dot got lost end like these.
    let squeezed = t.len() > 7
        && matches!(
            bytes.get(end - 2..end),
            Some(b"om" | b"et" | b"it" | b"de" | b"fr" | b"uk" | b"in" | b"co")
        );
    tight || squeezed || next == b' ' && after.is_ascii_digit()
}

/// The word or number that starts at `start`.
fn word(text: &str, start: usize, gap: Gap, lexicon: &lexicon::Lexicon) -> Token {
    let bytes = text.as_bytes();
    let (mut end, mut letters, mut digits, mut capitals) = (start, 0_u32, 0_u32, 0_u32);
    let mut hash = lexicon::HASH_START;
    let first_upper = bytes.get(start).is_some_and(u8::is_ascii_uppercase);
    let mut wide = false;
    while let Some(&b) = bytes.get(end) {
        match CLASS.get(usize::from(b)) {
            Some(Class::Letter) => {
                letters += 1;
                capitals += u32::from(b.is_ascii_uppercase());
                hash = lexicon::hash_step(hash, b | 0x20);
            }
            Some(Class::Digit) => {
                digits += 1;
                hash = lexicon::hash_step(hash, b);
            }
            Some(Class::Wide) => {
                wide = true;
                break;
            }
            _ => break,
        }
        end += 1;
    }
    if wide {
        return wide_word(text, start, gap, lexicon);
    }
    let tok = match (letters, digits) {
        (0, _) => Tok::Num,
        (_, 0) => Tok::Word,
        _ => Tok::Mix,
    };
    let shape = shape(first_upper, letters, capitals);
    let flags = if letters > 0 { lexicon.flags(hash) } else { 0 };
    Token { start: to_u32(start), end: to_u32(end), hash, flags, tok, gap, shape }
}

const fn shape(first_upper: bool, letters: u32, capitals: u32) -> Shape {
    match capitals {
        0 => Shape::Lower,
        1 if first_upper => Shape::Title,
        n if n == letters => Shape::Upper,
        _ => Shape::Other,
    }
}

/// [`word`] with anything beyond ASCII in it: folded before it is hashed.
fn wide_word(text: &str, start: usize, gap: Gap, lexicon: &lexicon::Lexicon) -> Token {
    let rest = text.get(start..).unwrap_or("");
    let (mut len, mut letters, mut digits, mut capitals, mut caseless) =
        (0, 0_u32, 0_u32, 0_u32, true);
    let mut first_upper = false;
    let (mut latin, mut strange) = (false, false);
    for (i, c) in rest.char_indices() {
        if is_word_char(c) {
            if decimal(c).is_some() {
                digits += 1;
            } else {
                letters += 1;
                latin |= c.is_ascii_alphabetic();
                strange |= look_alike(c) != c;
            }
            let upper = c.is_uppercase();
            caseless &= !upper && !c.is_lowercase();
            capitals += u32::from(upper);
            first_upper |= upper && letters == 1 && digits == 0;
            len = i + c.len_utf8();
        } else if !is_zero_width(c) {
            break;
        }
    }
    let raw = rest.get(..len).unwrap_or("");
    let hash = latin_hash(raw).unwrap_or_else(|| {
        let plain: String =
            if latin && strange { raw.chars().map(look_alike).collect() } else { raw.to_owned() };
        lexicon::hash(&normal(&plain))
    });
    let tok = match (letters, digits) {
        (0, d) if d > 0 => Tok::Num,
        (_, 0) => Tok::Word,
        _ => Tok::Mix,
    };
    let shape =
        if caseless && letters > 0 { Shape::Other } else { shape(first_upper, letters, capitals) };
    let flags = if letters > 0 { lexicon.flags(hash) } else { 0 };
    Token { start: to_u32(start), end: to_u32(start + len.max(1)), hash, flags, tok, gap, shape }
}

/// The hash of a word of ASCII and the accented letters of western Europe, folded letter by letter; `None` if anything else stands in it.
/// The same as hashing [`normal`] (a test holds them together), without the tables of Unicode.
fn latin_hash(raw: &str) -> Option<lexicon::Hash> {
    let mut hash = lexicon::HASH_START;
    for c in raw.chars() {
        let plain = match c {
            'a'..='z' | '0'..='9' => c as u8,
            'A'..='Z' => c as u8 | 0x20,
            'à'..='å' | 'À'..='Å' => b'a',
            'è'..='ë' | 'È'..='Ë' => b'e',
            'ì'..='ï' | 'Ì'..='Ï' => b'i',
            'ò'..='ö' | 'Ò'..='Ö' | 'ø' | 'Ø' => b'o',
            'ù'..='ü' | 'Ù'..='Ü' => b'u',
            'ñ' | 'Ñ' => b'n',
            'ç' | 'Ç' => b'c',
            'ý' | 'ÿ' => b'y',
            'ß' => {
                hash = lexicon::hash_step(hash, b's');
                b's'
            }
            _ => return None,
        };
        hash = lexicon::hash_step(hash, plain);
    }
    Some(hash)
}

/// The Latin letter that a Cyrillic or Greek one looks like.
pub(crate) const fn look_alike(c: char) -> char {
    match c {
        'а' | 'α' => 'a',
        'А' | 'Α' => 'A',
        'В' | 'Β' => 'B',
        'с' => 'c',
        'С' => 'C',
        'е' | 'ё' => 'e',
        'Е' | 'Ε' => 'E',
        'Н' | 'Η' => 'H',
        'і' | 'ι' => 'i',
        'І' | 'Ι' => 'I',
        'ј' => 'j',
        'К' | 'Κ' => 'K',
        'М' | 'Μ' => 'M',
        'Ν' => 'N',
        'о' | 'ο' => 'o',
        'О' | 'Ο' => 'O',
        'р' | 'ρ' => 'p',
        'Р' | 'Ρ' => 'P',
        'ѕ' => 's',
        'Ѕ' => 'S',
        'Т' | 'Τ' => 'T',
        'у' => 'y',
        'х' | 'χ' => 'x',
        'Х' | 'Χ' => 'X',
        'Ζ' => 'Z',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_keep_places_and_shapes() {
        let doc = Doc::new("Ciao MARIO,\n tel. ３４７-ab1");
        let all: Vec<_> = (0..doc.len()).map(|i| doc.s(i)).collect();
        assert_eq!(all, ["Ciao", "MARIO", ",", "tel", ".", "３４７", "-", "ab1"]);
        assert_eq!(doc.t(3).gap, Gap::Line);
        assert_eq!(doc.t(0).shape, Shape::Title);
        assert_eq!(doc.t(1).shape, Shape::Upper);
        assert_eq!(doc.num(5), Some(347));
        assert_eq!(doc.t(7).tok, Tok::Mix);
    }

    #[test]
    fn the_short_way_of_folding_agrees_with_the_long_one() {
        for word in ["Perché", "straße", "ÑANDÚ", "ça", "über", "Øre", "plain7"] {
            assert_eq!(latin_hash(word), Some(lexicon::hash(&normal(word))), "{word}");
        }
        assert_eq!(latin_hash("łódź"), None);
    }

    #[test]
    fn look_alikes_and_zero_width_signs_fold_to_the_same_word() {
        let plain = Doc::new("Jessica").t(0).hash;
        assert_eq!(Doc::new("Jеssicа").t(0).hash, plain);
        assert_eq!(Doc::new("Jes\u{200b}sica").t(0).hash, plain);
        assert_eq!(Doc::new("JESSICA").t(0).hash, plain);
    }
}
