//! Runs: tokens that together write one number or code.

use super::Finder;
use crate::lexicon::{COMMON, FILLER, NUMBER};
use crate::normalise::{compact_upper, digits_only};
use crate::token::{Gap, Shape, Tok};

/// A number over tokens `from..to`, with its digits and the lengths of its groups.
#[derive(Clone, Debug)]
pub(crate) struct Digits {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) digits: String,
    pub(crate) groups: Vec<usize>,
    /// The signs between groups, 0 for a space.
    pub(crate) seps: Vec<u8>,
}

/// A code over tokens `from..to`, in normal form.
#[derive(Clone, Debug)]
pub(crate) struct Code {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) text: String,
    pub(crate) digits: usize,
}

/// Longest number or code that is gathered, in signs.
const LONGEST: usize = 42;

impl Finder<'_> {
    /// The digits that start at token `i` (a number), with at most `limit` groups.
    pub(crate) fn digits_at(&self, i: usize, limit: usize) -> Option<Digits> {
        if self.doc.t(i).tok != Tok::Num {
            return None;
        }
        let mut run =
            Digits { from: i, to: i, digits: String::new(), groups: Vec::new(), seps: Vec::new() };
        let mut j = i;
        while run.groups.len() < limit && run.digits.len() < LONGEST {
            let digits = digits_only(self.doc.s(j));
            run.groups.push(digits.len());
            run.digits.push_str(&digits);
            run.to = j + 1;
            let Some((next, sep)) = self.next_group(j) else {
                break;
            };
            run.seps.push(sep);
            j = next;
        }
        run.seps.truncate(run.groups.len().saturating_sub(1));
        Some(run)
    }

    /// The number token after number token `j`, across one separator, and the separator.
    fn next_group(&self, j: usize) -> Option<(usize, u8)> {
        let near = |k: usize| matches!(self.doc.t(k).gap, Gap::None | Gap::Space);
        let next = self.doc.t(j + 1);
        if next.tok == Tok::Num && next.gap == Gap::Space {
            return Some((j + 1, 0));
        }
        let sep = next.sign().filter(|b| b"-./()*".contains(b))?;
        if !near(j + 1) {
            return None;
        }
        // ") 347", "392 - 77", ") - ": a few signs at most.
        let mut k = j + 2;
        while k < j + 4 && self.doc.t(k).is_sign(b"-()") && near(k) {
            k += 1;
        }
        (self.doc.t(k).tok == Tok::Num && near(k)).then_some((k, sep))
    }

    /// Whether token `k` can be part of a code: digits, mixed, short capitals.
    fn code_part(&self, k: usize) -> bool {
        let t = self.doc.t(k);
        match t.tok {
            Tok::Num | Tok::Mix => true,
            Tok::Word => {
                (t.shape == Shape::Upper && t.len() <= 6)
                    || (t.len() <= 4
                        && self.doc.t(k + 1).is_sign(b"-/_")
                        && self.doc.t(k + 1).gap == Gap::None
                        && self.doc.t(k + 2).has_digit())
                    || (t.len() == 1 && (!t.is(FILLER) || t.is_capital() && t.gap == Gap::None))
                    || (t.len() <= 3 && !t.is(COMMON | FILLER))
            }
            Tok::Sign(_) => false,
        }
    }

    /// The code that starts at token `i`: parts joined by nothing, one space, or `-./_`. It has at least one digit and ends with a part
    /// that has one, or with capitals.
    pub(crate) fn code_at(&self, i: usize) -> Option<Code> {
        if !self.code_part(i) {
            return None;
        }
        let (mut to, mut signs, mut digits, mut parts) = (i, 0, 0, 0);
        let mut j = i;
        while parts < 12 && signs < LONGEST {
            signs += self.doc.t(j).len();
            digits += self.doc.digit_count(j);
            parts += 1;
            to = j + 1;
            let next = self.doc.t(j + 1);
            let joined = next.is_sign(b"-./_")
                && next.gap == Gap::None
                && self.doc.t(j + 2).gap == Gap::None;
            let spaced = next.is_sign(b"-/")
                && next.gap == Gap::Space
                && self.doc.t(j + 2).gap == Gap::Space;
            let k = if joined || spaced { j + 2 } else { j + 1 };
            let near = matches!(self.doc.t(k).gap, Gap::None | Gap::Space);
            let word = self.doc.t(k).tok == Tok::Word;
            if !near || !self.code_part(k) || (word && !joined && !self.capital_or_odd(k)) {
                break;
            }
            j = k;
        }
        if digits == 0 {
            return None;
        }
        let text = compact_upper(self.doc.span_str(i, to));
        Some(Code { from: i, to, text, digits })
    }

    /// Signs read out one by one ("C A 5 5 1 2 0 L M", "S-I-O-B-H-A-N"): the token after the last, and how many are digits.
    pub(crate) fn spelled_at(&self, i: usize) -> Option<(usize, usize)> {
        let (mut j, mut digits, mut count) = (i, 0, 0);
        let mut to = i;
        while count < 24 {
            let t = self.doc.t(j);
            let single = matches!(t.tok, Tok::Word | Tok::Num)
                && self.doc.s(j).chars().count() == 1
                && (j == i || t.gap <= Gap::Space);
            if !single {
                break;
            }
            digits += usize::from(t.tok == Tok::Num);
            count += 1;
            to = j + 1;
            j += 1;
            if self.doc.t(j).is_sign(b"-.") && self.doc.t(j).gap == Gap::None {
                j += 1;
            }
        }
        (count >= 4).then_some((to, digits))
    }

    /// [`Finder::spelled_at`] as a code of letters and digits.
    pub(crate) fn spelled_code(&self, i: usize) -> Option<Code> {
        let (to, digits) = self.spelled_at(i)?;
        let text = compact_upper(self.doc.span_str(i, to));
        (digits > 0 && text.len() >= 6 && digits < text.len()).then_some(Code {
            from: i,
            to,
            text,
            digits,
        })
    }

    /// A word that may go on a code after a space: capitals in a text that is not all capitals, or letters that are no word.
    fn capital_or_odd(&self, k: usize) -> bool {
        let t = self.doc.t(k);
        !t.is(COMMON | FILLER)
            && (t.shape == Shape::Upper || t.len() <= 2)
            && !(self.doc.shouting && t.len() > 3)
    }

    /// Number words that start at token `i`: the token after the last, and how many.
    pub(crate) fn spoken_at(&self, i: usize) -> Option<(usize, usize)> {
        let (mut j, mut count, mut to) = (i, 0, i);
        while count < 40 {
            let t = self.doc.t(j);
            if t.gap == Gap::Line && j > i {
                break;
            }
            let single = t.tok == Tok::Word
                && (t.is(NUMBER) || t.len() >= 7 && is_long_number(self.doc.s(j)));
            let digit = t.tok == Tok::Num && count > 0 && t.len() <= 4;
            if single || digit {
                count += 1;
                to = j + 1;
            } else if !(count > 0
                && (t.is_sign(b",-.") || (t.tok == Tok::Word && t.len() <= 3 && t.is(FILLER))))
                || j > to + 1
            {
                break;
            }
            j += 1;
        }
        (count > 0).then_some((to, count))
    }

    /// The run of non-spaces that starts at token `i`, as bytes, without quotes around it and punctuation after it.
    pub(crate) fn chunk_at(&self, i: usize) -> Option<std::ops::Range<usize>> {
        let text = self.doc.text;
        let mut start = self.doc.t(i).start as usize;
        let quoted = text
            .get(start..)?
            .chars()
            .next()
            .filter(|c| matches!(c, '"' | '\'' | '“' | '«' | '`' | '‘' | '„'));
        if let Some(q) = quoted {
            start += q.len_utf8();
            let body = text.get(start..)?;
            let close = body
                .char_indices()
                .take(80)
                .find(|(_, c)| matches!(c, '"' | '\'' | '”' | '»' | '`' | '’' | '“'));
            if let Some((end, _)) = close.filter(|(end, _)| *end > 0) {
                return Some(start..start + end);
            }
        }
        let body = text.get(start..)?;
        let end = body.char_indices().take(200).find(|(_, c)| c.is_whitespace()).map_or_else(
            || body.char_indices().nth(200).map_or(body.len(), |(i, _)| i),
            |(i, _)| i,
        );
        let chunk = body.get(..end)?;
        let trimmed =
            chunk.trim_end_matches([',', '.', ';', ':', ')', '"', '\'', '?', '”', '»', ']', '}']);
        // A final "!" may belong to a password: kept when something before it is no letter.
        let bang = trimmed.strip_suffix('!').filter(|rest| rest.chars().all(char::is_alphabetic));
        let kept = bang.unwrap_or(trimmed);
        (!kept.is_empty()).then_some(start..start + kept.len())
    }
}

/// Italian and German write large numbers in one word: "millenovecentocinquantuno", "siebenundzwanzig".
fn is_long_number(word: &str) -> bool {
    const HEADS: &[&str] = &[
        "duecento",
        "trecento",
        "quattrocento",
        "cinquecento",
        "seicento",
        "settecento",
        "ottocento",
        "novecento",
        "mille",
        "duemila",
        "cento",
        "neunzehnhundert",
        "zweitausend",
    ];
    const TAILS: &[&str] = &[
        "undzwanzig",
        "unddreißig",
        "unddreissig",
        "undvierzig",
        "undfünfzig",
        "undsechzig",
        "undsiebzig",
        "undachtzig",
        "undneunzig",
    ];
    let word = word.to_lowercase();
    HEADS.iter().any(|h| word.starts_with(h)) && !word.ends_with("simo")
        || TAILS.iter().any(|t| word.ends_with(t))
}
