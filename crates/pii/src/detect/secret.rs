//! What opens something: passwords and user names after a cue, keys and tokens by prefix or after a cue, armoured private keys,
//! answers to security questions.

use super::Finder;
use crate::cue::Cue;
use crate::finding::{Anchor, Evidence};
use crate::kind::Kind;
use crate::lexicon::{COMMON, FILLER, GIVEN, SURNAME};
use crate::token::{Gap, Tok};

/// Prefixes of keys that vendors document, with the shortest length of a key.
const PREFIXES: &[(&str, usize)] = &[
    ("sk_live_", 16),
    ("sk_test_", 16),
    ("pk_live_", 16),
    ("pk_test_", 16),
    ("rk_live_", 16),
    ("rk_test_", 16),
    ("whsec_", 16),
    ("sk-", 20),
    ("ghp_", 20),
    ("gho_", 20),
    ("ghu_", 20),
    ("ghs_", 20),
    ("ghr_", 20),
    ("github_pat_", 30),
    ("glpat-", 20),
    ("xoxb-", 20),
    ("xoxp-", 20),
    ("xoxa-", 20),
    ("xapp-", 20),
    ("AKIA", 20),
    ("ASIA", 20),
    ("AIza", 35),
    ("ya29.", 20),
    ("EAACEdEose0cBA", 20),
    ("SG.", 40),
    ("npm_", 30),
    ("pypi-", 30),
    ("dop_v1_", 40),
    ("hf_", 30),
    ("shpat_", 30),
    ("shpss_", 30),
    ("sq0atp-", 20),
    ("sq0csp-", 20),
    ("key-", 32),
    ("eyJ", 30),
    ("-----BEGIN", 10),
];

impl Finder<'_> {
    /// Keys that show themselves.
    pub(crate) fn secrets(&mut self) {
        let doc = self.doc;
        for &mark in &doc.marks {
            let i = mark as usize;
            let t = self.doc.t(i);
            let opens = t.gap != Gap::None || self.doc.before(i).is_sign(b"\"'=:`(<>[") || i == 0;
            if opens
                && t.is_sign(b"-")
                && self
                    .doc
                    .text
                    .get(t.start as usize..)
                    .is_some_and(|s| s.starts_with("-----BEGIN"))
            {
                self.private_key(i);
            } else if opens
                && (t.tok == Tok::Mix && t.len() >= 16
                    || matches!(t.tok, Tok::Word | Tok::Mix)
                        && self.doc.t(i + 1).is_sign(b"_-.")
                        && self.doc.t(i + 1).gap == Gap::None)
            {
                self.key(i);
            }
        }
    }

    fn key(&mut self, i: usize) {
        let start = self.doc.t(i).start as usize;
        let rest = self.doc.text.get(start..).unwrap_or("");
        let Some((_, least)) = PREFIXES.iter().find(|(p, _)| rest.starts_with(p)) else {
            return;
        };
        let len = key_len(rest);
        let mixed = rest.get(..len).is_some_and(|k| k.bytes().any(|b| b.is_ascii_digit()));
        if len >= *least && mixed {
            self.add_bytes(start..start + len, Kind::ApiKey, 94, Evidence::of(Anchor::Code));
        }
    }

    /// PEM armour up to its end, or up to 8 KiB.
    fn private_key(&mut self, i: usize) {
        let start = self.doc.t(i).start as usize;
        let rest = self.doc.text.get(start..).unwrap_or("");
        let head = rest.lines().next().unwrap_or("");
        if !head.contains("PRIVATE KEY") {
            return;
        }
        let mut window = rest.len().min(8192);
        while !rest.is_char_boundary(window) {
            window -= 1;
        }
        let body = rest.get(..window).unwrap_or("");
        let end = body.find("-----END").map_or(window, |e| {
            let tail = body.get(e + 8..).and_then(|t| t.find("-----")).map_or(8, |k| k + 13);
            e + tail
        });
        self.add_bytes(
            start..start + end.min(rest.len()),
            Kind::PrivateKey,
            98,
            Evidence::of(Anchor::Code),
        );
    }

    /// A secret in tokens `from..end` after its cue; the token after it.
    pub(crate) fn secret(
        &mut self,
        cue: Cue,
        from: usize,
        end: usize,
        evidence: Evidence,
    ) -> Option<usize> {
        // "login_failed": the cue is part of an identifier.
        if self.doc.t(from).is_sign(b"_/?") && self.doc.t(from).gap == Gap::None {
            return None;
        }
        let mut j = from;
        let mut pointed = evidence.asked;
        let mut steps = 0;
        while j < end && steps < 7 {
            let t = self.doc.t(j);
            if j > from && self.sentence_ends(j) && !self.doc.before(j).is_sign(b":") {
                return None;
            }
            match t.tok {
                Tok::Sign(b':' | b'=') => pointed = true,
                Tok::Sign(b'"' | b'\'' | b'`')
                    if t.gap != Gap::None || self.doc.before(j).is_sign(b":=") =>
                {
                    pointed = true;
                    break;
                }
                Tok::Sign(b'(' | b'>' | b'-' | b'*' | b'.' | b',' | b'"' | b'\'') => {}
                Tok::Word if t.is(FILLER) => pointed |= is_copula(self.doc.s(j)),
                _ => break,
            }
            j += 1;
            steps += 1;
        }
        if j >= end {
            return None;
        }
        match cue {
            Cue::Answer => self.answer(j, end, evidence),
            Cue::ApiKey => self.api_key(j, evidence),
            Cue::Username => self.user_name(j, pointed, evidence),
            _ => self
                .password(j, pointed, evidence)
                .or_else(|| self.password_further(j, end, evidence)),
        }
    }

    fn password(&mut self, j: usize, pointed: bool, evidence: Evidence) -> Option<usize> {
        let range = self.chunk_at(j)?;
        let value = self.doc.text.get(range.clone())?;
        let t = self.doc.t(j);
        let n = value.chars().count();
        let digit = value.chars().any(|c| c.is_ascii_digit());
        let odd = value.chars().any(|c| c.is_ascii_punctuation());
        let inner_capital =
            value.chars().skip(1).any(char::is_uppercase) && value.chars().any(char::is_lowercase);
        let quoted = self.doc.t(j).is_sign(b"\"`'");
        let word = t.tok == Tok::Word && t.len() == value.len();
        let rich =
            (digit && value.chars().any(char::is_alphabetic)) || (odd && n >= 6) || inner_capital;
        let confidence = match () {
            () if !(3..=80).contains(&n) => return None,
            () if quoted && !word => 86,
            () if rich && pointed => 88,
            () if rich => 76,
            () if digit && n >= 4 => {
                if pointed {
                    78
                } else {
                    62
                }
            }
            () if word && t.is(COMMON | FILLER | crate::lexicon::CUE) => return None,
            () if quoted => 70,
            () if word && pointed && n >= 4 => 66,
            () => return None,
        };
        self.add_bytes(range.clone(), Kind::Password, confidence, evidence);
        Some(self.after(range.end, j))
    }

    /// "the password that you sent me (Xk9#spring) doesn't work": a value that looks like nothing else, a few words on.
    fn password_further(&mut self, from: usize, end: usize, evidence: Evidence) -> Option<usize> {
        for j in from + 1..end.min(from + 10) {
            let t = self.doc.t(j);
            let inside = t.gap == Gap::None && !self.doc.before(j).is_sign(b"(\"':");
            if t.gap == Gap::Line || !matches!(t.tok, Tok::Word | Tok::Mix) || inside {
                continue;
            }
            let Some(range) = self.chunk_at(j) else {
                continue;
            };
            let value = self.doc.text.get(range.clone()).unwrap_or("");
            let digits = value.chars().filter(char::is_ascii_digit).count();
            let letters = value.chars().filter(|c| c.is_alphabetic()).count();
            let odd = value
                .chars()
                .any(|c| matches!(c, '#' | '!' | '$' | '%' | '&' | '*' | '?' | '_' | '-' | '.'));
            let mixed =
                value.chars().any(char::is_uppercase) && value.chars().any(char::is_lowercase);
            let rich = digits > 0
                && letters >= 3
                && letters + digits >= 6
                && (odd || mixed || digits >= 3);
            if rich && !value.contains("//") {
                self.add_bytes(range.clone(), Kind::Password, 66, evidence);
                return Some(self.after(range.end, j));
            }
        }
        None
    }

    fn user_name(&mut self, j: usize, pointed: bool, evidence: Evidence) -> Option<usize> {
        let j = if self.doc.t(j).is_sign(b"@") { j + 1 } else { j };
        let range = self.chunk_at(j)?;
        let value = self.doc.text.get(range.clone())?;
        let t = self.doc.t(j);
        let n = value.chars().count();
        let word = t.tok == Tok::Word && t.len() == value.len();
        let rich = value.chars().any(|c| c.is_ascii_digit() || matches!(c, '_' | '.' | '-'))
            && value.chars().any(char::is_alphabetic);
        let confidence = match () {
            () if !(3..=64).contains(&n) || value.contains('@') => return None,
            () if rich && !value.contains("//") => {
                if pointed {
                    84
                } else {
                    72
                }
            }
            () if word && t.is(COMMON | FILLER | crate::lexicon::CUE) => return None,
            () if word && pointed && t.gap != Gap::Line && !t.is(GIVEN) => 60,
            () => return None,
        };
        self.add_bytes(range.clone(), Kind::Username, confidence, evidence);
        Some(self.after(range.end, j))
    }

    fn api_key(&mut self, j: usize, evidence: Evidence) -> Option<usize> {
        // "the token that you gave me is …": the first long mixed string within a few words.
        for k in j..j + 8 {
            let t = self.doc.t(k);
            if k > j && t.gap == Gap::Line {
                return None;
            }
            if !matches!(t.tok, Tok::Word | Tok::Mix | Tok::Num)
                || t.gap == Gap::None && k > j && !self.doc.before(k).is_sign(b":=\"'")
            {
                continue;
            }
            let start = t.start as usize;
            let rest = self.doc.text.get(start..).unwrap_or("");
            let len = key_len(rest);
            let key = rest.get(..len).unwrap_or("");
            let digits = key.bytes().filter(u8::is_ascii_digit).count();
            let letters = key.bytes().filter(u8::is_ascii_alphabetic).count();
            if len >= 16 && digits >= 2 && letters >= 4 {
                self.add_bytes(start..start + len, Kind::ApiKey, 86, evidence);
                return Some(self.after(start + len, k));
            }
        }
        None
    }

    /// One to three words that are no ordinary ones.
    fn answer(&mut self, j: usize, end: usize, evidence: Evidence) -> Option<usize> {
        let mut to = j;
        while to < end.min(j + 3) {
            let t = self.doc.t(to);
            let word = t.tok == Tok::Word
                && (!t.is(COMMON | FILLER) || (t.is_capital() && t.is(GIVEN | SURNAME)));
            if !word || (to > j && t.gap != Gap::Space) {
                break;
            }
            to += 1;
        }
        if to == j {
            return None;
        }
        self.add(j, to, Kind::SecurityAnswer, 68, evidence);
        Some(to)
    }

    /// The first token that starts at or after byte `end`.
    fn after(&self, end: usize, j: usize) -> usize {
        let mut k = j + 1;
        while k < self.doc.len() && (self.doc.t(k).start as usize) < end {
            k += 1;
        }
        k
    }
}

/// Length of the key at the start of `rest`.
fn key_len(rest: &str) -> usize {
    rest.bytes()
        .take(600)
        .take_while(|b| {
            b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'+' | b'/' | b'=')
        })
        .count()
        - rest
            .bytes()
            .take(600)
            .take_while(|b| {
                b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'+' | b'/' | b'=')
            })
            .collect::<Vec<u8>>()
            .iter()
            .rev()
            .take_while(|b| matches!(b, b'.' | b'-' | b'/'))
            .count()
}

/// "is", "è", "era"…: what follows is the value itself.
fn is_copula(word: &str) -> bool {
    matches!(
        word.to_lowercase().as_str(),
        "is" | "was"
            | "è"
            | "e'"
            | "era"
            | "es"
            | "ist"
            | "war"
            | "lautet"
            | "est"
            | "était"
            | "son"
            | "são"
            | "jest"
            | "to"
            | "are"
            | "were"
    )
}
