//! What a scan says: where, what, how sure, and why. No value is ever copied into a finding, so that it can be logged.

use crate::kind::{Category, Kind};
use std::ops::Range;

/// What first drew the eye to a place.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Anchor {
    /// A run of digits.
    Digits,
    /// A run of letters and digits mixed.
    Code,
    /// An `@`, typed or spoken.
    At,
    /// A link.
    Link,
    /// A cue word or phrase.
    Cue,
    /// A name, by list or form.
    Name,
    /// A street word.
    Street,
    /// A word of a lexicon.
    Lexicon,
    /// A value of the known customer.
    Profile,
    /// The whole message is the answer to a question, or a bare value.
    Answer,
    /// The same value was found elsewhere in the conversation.
    Repeated,
}

impl Anchor {
    /// A short name for explanations.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Anchor::Digits => "digits",
            Anchor::Code => "code",
            Anchor::At => "at",
            Anchor::Link => "link",
            Anchor::Cue => "cue",
            Anchor::Name => "name",
            Anchor::Street => "street",
            Anchor::Lexicon => "lexicon",
            Anchor::Profile => "profile",
            Anchor::Answer => "answer",
            Anchor::Repeated => "repeated",
        }
    }
}

/// What a checksum or a range check said.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Check {
    /// It holds.
    Ok,
    /// It fails: people mistype, so this lowers confidence and decides nothing alone.
    Bad,
    /// The kind has none, or it does not apply here.
    #[default]
    Absent,
}

impl Check {
    /// A short name for explanations.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Check::Ok => "ok",
            Check::Bad => "bad",
            Check::Absent => "absent",
        }
    }
}

/// Why a finding was made. Holds no part of the value.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Evidence {
    /// What drew the eye.
    pub anchor: Anchor,
    /// The family of the cue that stood beside it (`otp`, `name`, `order`…), not its words.
    pub cue: Option<&'static str>,
    /// The checksum.
    pub check: Check,
    /// It matched the known customer.
    pub profile: bool,
    /// The turn before asked for this.
    pub asked: bool,
}

impl Evidence {
    pub(crate) const fn of(anchor: Anchor) -> Evidence {
        Evidence { anchor, cue: None, check: Check::Absent, profile: false, asked: false }
    }

    pub(crate) const fn cue(mut self, cue: &'static str) -> Evidence {
        self.cue = Some(cue);
        self
    }

    pub(crate) const fn check(mut self, ok: bool) -> Evidence {
        self.check = if ok { Check::Ok } else { Check::Bad };
        self
    }

    pub(crate) const fn asked(mut self) -> Evidence {
        self.asked = true;
        self
    }
}

/// How sure a finding is, in the four steps that stand in clear beside a slot.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Band {
    /// Under 50: kept by the preset `HighRecall` only.
    Low,
    /// 50 to 69.
    Medium,
    /// 70 and above.
    High,
    /// 70 and above, and a checksum or the customer's profile confirms it.
    Checked,
}

/// A place where a personal value stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// Bytes of the scanned text, on character borders, never empty.
    pub range: Range<usize>,
    /// What it is.
    pub kind: Kind,
    /// 0 to 100.
    pub confidence: u8,
    /// Why.
    pub evidence: Evidence,
    /// It is a value of the customer whose [`crate::Profile`] was given.
    pub about_profile: bool,
}

impl Finding {
    pub(crate) fn new(
        range: Range<usize>,
        kind: Kind,
        confidence: u8,
        evidence: Evidence,
    ) -> Finding {
        Finding { range, kind, confidence: confidence.min(100), evidence, about_profile: false }
    }

    /// The category of its kind, as shipped.
    #[must_use]
    pub const fn category(&self) -> Category {
        self.kind.category()
    }

    /// How sure, in steps.
    #[must_use]
    pub fn band(&self) -> Band {
        match self.confidence {
            0..=49 => Band::Low,
            50..=69 => Band::Medium,
            _ if self.evidence.check == Check::Ok || self.evidence.profile => Band::Checked,
            _ => Band::High,
        }
    }
}

/// A scan's findings and whether the text as a whole is doubtful.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ScanReport {
    /// Non-overlapping, sorted by place.
    pub findings: Vec<Finding>,
    /// Something in the text may be personal and no verifier took it (long digit runs, codes, scripts without cues):
    /// the template belongs to [`Category::CONTENT_UNSURE`].
    pub unsure: bool,
}
