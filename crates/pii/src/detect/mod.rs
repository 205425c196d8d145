//! The detectors. Each looks at candidates only, with bounded look-around, and adds findings; `resolve` settles overlaps at the end.
//!
//! Adding one: a file here, a call in [`run`], its cues in `data/cues.txt`, a row in `kind_table.rs`, vectors in its tests.

mod address;
mod address_post;
mod address_tail;
mod answer;
mod code;
mod cued;
mod dates;
mod health;
mod link;
mod name_run;
mod number;
mod person;
mod profile;
mod run;
mod secret;
mod signature;

use crate::cue::{self, Cue, Hit};
use crate::finding::{Evidence, Finding};
use crate::kind::Kind;
use crate::token::{Doc, Gap};
use std::ops::Range;

/// What a scan of one text knows: tokens, cues, what was asked, and what was found so far.
pub(crate) struct Finder<'a> {
    pub(crate) doc: &'a Doc<'a>,
    pub(crate) hits: Vec<Hit>,
    /// Families of cues in the question before, the last ones first.
    pub(crate) asked: Vec<Cue>,
    /// A message of its own (not a document): bare values may be answers.
    pub(crate) message: bool,
    pub(crate) out: Vec<Finding>,
    /// Steps done, to show that work is linear.
    pub(crate) steps: usize,
}

/// Which detectors run: with names and statements, or only those of structured kinds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Reach {
    pub(crate) names: bool,
}

impl<'a> Finder<'a> {
    pub(crate) fn new(doc: &'a Doc<'a>, asked: Vec<Cue>, message: bool) -> Finder<'a> {
        Finder { doc, hits: cue::find(doc), asked, message, out: Vec::new(), steps: 0 }
    }

    /// Runs the detectors.
    pub(crate) fn run(&mut self, reach: Reach, known: &[crate::profile::Entry]) {
        self.links();
        self.cued();
        self.numbers();
        self.codes();
        self.secrets();
        if reach.names {
            self.addresses();
            self.persons();
            self.health();
        }
        self.answers();
        self.profile(known);
        if reach.names {
            self.repeats();
        }
    }

    /// Adds a finding over tokens `from..to`.
    pub(crate) fn add(
        &mut self,
        from: usize,
        to: usize,
        kind: Kind,
        confidence: u8,
        evidence: Evidence,
    ) {
        let range = self.doc.span(from, to);
        self.add_bytes(range, kind, confidence, evidence);
    }

    /// Adds a finding over bytes.
    pub(crate) fn add_bytes(
        &mut self,
        range: Range<usize>,
        kind: Kind,
        confidence: u8,
        evidence: Evidence,
    ) {
        if range.start < range.end {
            self.out.push(Finding::new(range, kind, confidence, evidence));
        }
    }

    /// Whether something found already covers the start of token `i` with at least this confidence.
    /// Looks at the latest findings only: detectors go from left to right.
    pub(crate) fn covered(&self, i: usize, confidence: u8) -> bool {
        let at = self.doc.t(i).start as usize;
        self.out.iter().rev().take(48).any(|f| f.confidence >= confidence && f.range.contains(&at))
    }

    /// The nearest cue that ends at or before token `i`, within `reach` tokens and the same sentence. Weak name cues don't count.
    pub(crate) fn cue_before(&self, i: usize, reach: usize) -> Option<Cue> {
        let at = self.hits.partition_point(|h| h.to <= i);
        let hit = self.hits.get(..at)?.iter().rev().take(4).find(|h| !is_name_cue(h.cue))?;
        if i - hit.to > reach {
            return None;
        }
        let broken = (hit.to..=i).any(|j| self.sentence_ends(j) && j > hit.to);
        (!broken).then_some(hit.cue)
    }

    /// Whether the nearest cue says that what stands at `i` is a reference or a product.
    pub(crate) fn is_nobodys(&self, i: usize) -> bool {
        matches!(self.cue_before(i, 5), Some(Cue::Order | Cue::Thing))
    }

    /// Whether a sentence ends right before token `j`: a line, or a stop followed by a capital. A stop after an abbreviation doesn't count.
    pub(crate) fn sentence_ends(&self, j: usize) -> bool {
        let (t, p) = (self.doc.t(j), self.doc.before(j));
        if t.gap == Gap::Line {
            return true;
        }
        if p.is_sign(b"?!") {
            return true;
        }
        p.is_sign(b".")
            && t.gap != Gap::None
            && t.is_capital()
            && self.doc.before(j.saturating_sub(1)).len() > 3
    }
}

/// The cues that names follow: so frequent that they say nothing of numbers.
pub(crate) const fn is_name_cue(cue: Cue) -> bool {
    matches!(cue, Cue::Name | Cue::NameWeak | Cue::NameLabel)
}

/// What the turns before ask of the author: the families of cues in the last turn of the other side, the last first.
pub(crate) fn asked(text: &str) -> Vec<Cue> {
    // The end of a turn holds the question; a long one is not read whole.
    let from = text.char_indices().rev().nth(400).map_or(0, |(i, _)| i);
    let doc = Doc::new(text.get(from..).unwrap_or(""));
    let mut cues: Vec<Cue> =
        cue::find(&doc).into_iter().map(|h| h.cue).filter(|c| *c != Cue::NameWeak).collect();
    cues.reverse();
    cues.dedup();
    cues
}
