//! The scanner: text in, findings out.
//!
//! Deterministic, without I/O and without regular expressions; linear in the text (detectors look at candidates with a bounded number of steps
//! each, and long texts are cut into blocks at line ends). What it reads beside the text is bounded too: a few turns before.

use crate::context::{Context, Role, Turn, recent};
use crate::cue::Cue;
use crate::detect::{self, Finder, Reach};
use crate::finding::{Finding, ScanReport};
use crate::kind::Kind;
use crate::lexicon::{COMMON, FILLER, PARTICLE, PLACE, TITLE};
use crate::resolve::resolve;
use crate::token::{Doc, Tok};

/// How much is kept.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Preset {
    /// What is more likely personal than not (confidence 50 and above).
    #[default]
    Balanced,
    /// Also what may be (25 and above): for texts that leave the house.
    HighRecall,
}

/// What a [`Scanner`] looks for and keeps.
#[derive(Clone, Debug)]
pub struct ScannerConfig {
    /// The threshold of every kind that has none of its own.
    pub preset: Preset,
    /// Thresholds of single kinds, 0 to 100; above 100 the kind is never found.
    pub thresholds: Vec<(Kind, u8)>,
    /// Look for names, addresses and statements on health too; without them a scan is about twice as fast.
    pub names: bool,
}

impl Default for ScannerConfig {
    fn default() -> Self {
        ScannerConfig { preset: Preset::Balanced, thresholds: Vec::new(), names: true }
    }
}

impl ScannerConfig {
    /// The least confidence with which this kind is kept.
    #[must_use]
    pub fn threshold(&self, kind: Kind) -> u8 {
        let own = self.thresholds.iter().find(|(k, _)| *k == kind).map(|(_, t)| *t);
        own.unwrap_or(match self.preset {
            Preset::Balanced => 50,
            Preset::HighRecall => 25,
        })
    }
}

/// Finds personal values. Cheap to share (`Send + Sync`, no state that changes).
#[derive(Clone, Debug, Default)]
pub struct Scanner {
    config: ScannerConfig,
}

/// Bytes of a block of a long text; a text up to this size is one block.
const BLOCK: usize = 64 * 1024;

impl Scanner {
    /// The version of rules and lists: a text scanned by an older one is worth a second look. Grows with every change of results.
    pub const VERSION: u32 = 1;

    /// A scanner with these settings.
    #[must_use]
    pub const fn new(config: ScannerConfig) -> Scanner {
        Scanner { config }
    }

    /// The settings.
    #[must_use]
    pub const fn config(&self) -> &ScannerConfig {
        &self.config
    }

    /// The personal values of a text: sorted, not overlapping, on character borders. Never panics, whatever the text.
    #[must_use]
    pub fn scan(&self, text: &str, cx: &Context<'_>) -> Vec<Finding> {
        self.report(text, cx).findings
    }

    /// [`Scanner::scan`], and whether the text as a whole is doubtful.
    #[must_use]
    pub fn report(&self, text: &str, cx: &Context<'_>) -> ScanReport {
        let (report, _) = self.counted(text, cx);
        report
    }

    /// The report and the steps it took (for the test that shows linear work).
    pub(crate) fn counted(&self, text: &str, cx: &Context<'_>) -> (ScanReport, usize) {
        let before = recent(cx.before);
        let asked = question(before, cx.author);
        let mut memory = if self.config.names { self.names_of(before, cx) } else { Vec::new() };
        let mut report = ScanReport::default();
        let mut steps = 0;
        let mut at = 0;
        while at < text.len() {
            let len = block(text.get(at..).unwrap_or(""));
            let part = text.get(at..at + len).unwrap_or("");
            let first = at == 0 && len == text.len();
            let (mut findings, work, doubt) = self.block(
                part,
                cx,
                if at == 0 { asked.clone() } else { Vec::new() },
                first,
                &memory,
            );
            if !first {
                keep_names(part, &findings, &mut memory);
            }
            steps += work;
            report.unsure |= doubt;
            for f in &mut findings {
                f.range = f.range.start + at..f.range.end + at;
            }
            report.findings.append(&mut findings);
            at += len.max(1);
        }
        (report, steps)
    }

    fn block(
        &self,
        text: &str,
        cx: &Context<'_>,
        asked: Vec<Cue>,
        whole: bool,
        memory: &[(u64, u8)],
    ) -> (Vec<Finding>, usize, bool) {
        let doc = Doc::new(text);
        let mut finder = Finder::new(&doc, asked, whole && !cx.document);
        let known = cx.profile.map_or(&[][..], |p| p.entries());
        finder.run(Reach { names: self.config.names }, known);
        if !memory.is_empty() {
            finder.remember(memory);
        }
        let steps = finder.steps;
        let findings = resolve(text, finder.out, &self.config);
        let doubt = unsure(&doc, &findings);
        (findings, steps, doubt)
    }

    /// Names in the turns before.
    fn names_of(&self, before: &[Turn<'_>], cx: &Context<'_>) -> Vec<(u64, u8)> {
        let mut names = Vec::new();
        for (n, turn) in before.iter().enumerate() {
            let asked = question(before.get(..n).unwrap_or(&[]), turn.role);
            let plain = Context { profile: None, before: &[], author: turn.role, ..*cx };
            let (findings, ..) = self.block(turn.text, &plain, asked, true, &[]);
            keep_names(turn.text, &findings, &mut names);
        }
        names
    }
}

/// What the last turn of the other side asks for.
fn question(before: &[Turn<'_>], author: Role) -> Vec<Cue> {
    before
        .iter()
        .rev()
        .take(2)
        .find(|t| t.role != author)
        .map_or_else(Vec::new, |t| detect::asked(t.text))
}

/// Adds the words of sure names to what is remembered.
fn keep_names(text: &str, findings: &[Finding], names: &mut Vec<(u64, u8)>) {
    for f in findings.iter().filter(|f| f.kind == Kind::Person && f.confidence >= 66) {
        let doc = Doc::new(text.get(f.range.clone()).unwrap_or(""));
        for t in doc
            .toks
            .iter()
            .filter(|t| t.tok == Tok::Word && t.len() >= 3 && !t.is(PARTICLE | TITLE))
        {
            if names.len() < 64 && !names.iter().any(|n| n.0 == t.hash) {
                names.push((t.hash, u8::from(t.is(COMMON | FILLER | PLACE))));
            }
        }
    }
}

/// Length of the first block of `text`: to the last line end within [`BLOCK`] bytes, else the last space, else a character border.
fn block(text: &str) -> usize {
    if text.len() <= BLOCK {
        return text.len();
    }
    let mut end = BLOCK;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let head = text.get(..end).unwrap_or("").as_bytes();
    memchr::memrchr(b'\n', head)
        .or_else(|| memchr::memrchr(b' ', head))
        .filter(|cut| *cut > BLOCK / 2)
        .map_or(end, |cut| cut + 1)
}

/// Whether a text as a whole is doubtful: long numbers or codes that no detector took, or scripts of which the lists know nothing.
fn unsure(doc: &Doc<'_>, findings: &[Finding]) -> bool {
    let taken = |at: usize| {
        let i = findings.partition_point(|f| f.range.end <= at);
        findings.get(i).is_some_and(|f| f.range.contains(&at))
    };
    let (mut loose, mut strange) = (0_usize, 0_usize);
    for t in &doc.toks {
        let long = t.has_digit() && t.len() >= 7;
        loose += usize::from(long && !taken(t.start as usize));
        let text = doc.text.get(t.start as usize..t.end as usize).unwrap_or("");
        strange += usize::from(
            t.tok == Tok::Word && text.chars().next().is_some_and(|c| c as u32 > 0x24f),
        );
    }
    loose >= 2 || strange * 3 > doc.words.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_grows_with_the_text_and_not_faster() {
        let scanner = Scanner::default();
        for piece in [
            "1 ",
            "a@",
            "via roma ",
            "12 High Street, ",
            "Mario Rossi ",
            "my name is ",
            "one two ",
            "pin 1234 ",
            "ab:",
            "((",
            "Apt. 3 ",
        ] {
            let steps = |n: usize| scanner.counted(&piece.repeat(n), &Context::default()).1;
            let (small, large) = (steps(2_000), steps(16_000));
            assert!(large <= small * 9 + 1_000, "{piece}: {small} then {large}");
        }
    }

    #[test]
    fn long_texts_are_cut_at_line_ends_and_findings_keep_their_place() {
        let line = "nothing here to see, move along\n".repeat(4_000);
        let text = format!("{line}card 4111 1111 1111 1111\n{line}");
        let found = Scanner::default().scan(&text, &Context::default());
        assert_eq!(found.len(), 1);
        assert_eq!(text.get(found[0].range.clone()), Some("4111 1111 1111 1111"));
    }

    #[test]
    fn long_loose_numbers_make_a_text_doubtful() {
        let scanner = Scanner::default();
        let doubtful =
            "we saw 99812345678871 and 55512345009999 there in the tables of the old system";
        assert!(scanner.report(doubtful, &Context::default()).unsure);
        assert!(!scanner.report("all is well, thank you very much", &Context::default()).unsure);
    }
}
