//! From many findings to a list: sorted, not overlapping, trimmed, above the threshold.
//!
//! Two findings that read the *same digits or letters* differently compete: the surer one wins. Otherwise an overlap becomes one finding over
//! both, of the strictest category (DESIGN 6): whoever may not open the stricter part opens nothing.

use crate::finding::Finding;
use crate::kind::Kind;
use crate::scan::ScannerConfig;

/// Drops what is unsure, settles overlaps, trims.
pub(crate) fn resolve(text: &str, mut found: Vec<Finding>, config: &ScannerConfig) -> Vec<Finding> {
    found.retain_mut(|f| {
        trim(text, f);
        f.range.start < f.range.end && f.confidence >= config.threshold(f.kind)
    });
    found.sort_by(|a, b| {
        a.range
            .start
            .cmp(&b.range.start)
            .then(b.range.end.cmp(&a.range.end))
            .then(b.confidence.cmp(&a.confidence))
            .then(a.kind.cmp(&b.kind))
    });
    let mut out: Vec<Finding> = Vec::with_capacity(found.len());
    for f in found {
        match out.last_mut() {
            Some(last) if f.range.start < last.range.end => merge(last, f),
            _ => out.push(f),
        }
    }
    out
}

/// One finding of two that overlap; `last` starts first.
fn merge(last: &mut Finding, f: Finding) {
    let union = last.range.start..last.range.end.max(f.range.end);
    let nearly_same = {
        let shared = last.range.end.min(f.range.end) - f.range.start;
        shared * 10 >= union.len() * 6
    };
    let wins = if nearly_same && is_reading(last.kind) && is_reading(f.kind) {
        (f.confidence, f.category().strictness()) > (last.confidence, last.category().strictness())
    } else {
        let (new, old) = (f.category().strictness(), last.category().strictness());
        new > old || new == old && f.confidence > last.confidence
    };
    let about = last.about_profile || f.about_profile;
    let confidence = last.confidence.max(f.confidence);
    if wins {
        *last = f;
    }
    last.range = union;
    last.about_profile = about;
    last.confidence = confidence;
}

/// Kinds that are readings of the same digits and letters.
const fn is_reading(kind: Kind) -> bool {
    !matches!(kind, Kind::Person | Kind::Address | Kind::Health | Kind::SpecialCategory)
}

/// Without white space and punctuation at the ends that belong to no value.
fn trim(text: &str, f: &mut Finding) {
    let end = f.range.end.min(text.len());
    let Some(raw) = text.get(f.range.start.min(end)..end) else {
        f.range = 0..0;
        return;
    };
    let kept = raw.trim_end();
    let kept = if matches!(f.kind, Kind::Password | Kind::ApiKey | Kind::PrivateKey) {
        kept
    } else {
        kept.trim_end_matches([',', ';', ':'])
    };
    let head = kept.len() - kept.trim_start().len();
    f.range = f.range.start + head..f.range.start + kept.len().max(head);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Anchor, Evidence};

    fn finding(range: std::ops::Range<usize>, kind: Kind, confidence: u8) -> Finding {
        Finding::new(range, kind, confidence, Evidence::of(Anchor::Digits))
    }

    #[test]
    fn partial_overlap_becomes_one_finding_of_the_strictest_category() {
        let text = "aaaaaaaaaaaaaaaaaaaa";
        let out = resolve(
            text,
            vec![finding(0..8, Kind::Person, 90), finding(5..20, Kind::CreditCard, 80)],
            &ScannerConfig::default(),
        );
        assert_eq!(out.len(), 1);
        assert_eq!((out[0].range.clone(), out[0].kind), (0..20, Kind::CreditCard));
    }

    #[test]
    fn two_readings_of_the_same_digits_compete() {
        let text = "aaaaaaaaaaaaaaaaaaaa";
        let out = resolve(
            text,
            vec![finding(0..16, Kind::CreditCard, 60), finding(0..16, Kind::Iban, 95)],
            &ScannerConfig::default(),
        );
        assert_eq!(out[0].kind, Kind::Iban);
    }

    #[test]
    fn what_is_unsure_is_dropped() {
        assert!(
            resolve("aaaa", vec![finding(0..4, Kind::Person, 20)], &ScannerConfig::default())
                .is_empty()
        );
    }
}
