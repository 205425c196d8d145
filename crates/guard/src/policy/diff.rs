//! What one policy opens or closes against another, Cedar files included (I10).

use super::{Policy, RuleInfo};
use crate::{Change, MatrixDiff};
use std::collections::BTreeSet;

impl Policy {
    /// What this policy opens and closes against an older one: the matrices compared, and the
    /// hand-written policies compared as a set of texts. Whether a hand-written text opens more is
    /// not worked out: a permit that is new, a forbid that is gone count as opening, and what
    /// could do either counts as both. Nothing that opens is missed.
    #[must_use]
    pub fn diff(&self, old: &Self) -> MatrixDiff {
        let mut diff = old.matrix.diff(&self.matrix);
        let (before, after) = (by_hand(old), by_hand(self));
        for (id, rule) in after.difference(&before) {
            let change = Change::HandWritten { id: (*id).to_owned(), added: true };
            if !rule.forbids {
                diff.widens.push(change.clone());
            }
            // A permit with a condition can fail, and what fails closes.
            if rule.forbids || rule.conditional {
                diff.narrows.push(change);
            }
        }
        for (id, rule) in before.difference(&after) {
            let change = Change::HandWritten { id: (*id).to_owned(), added: false };
            if rule.forbids || rule.conditional {
                diff.widens.push(change.clone());
            }
            if !rule.forbids {
                diff.narrows.push(change);
            }
        }
        diff
    }
}

/// The hand-written policies. Two with the same text are the same, whatever file they stand in.
fn by_hand(policy: &Policy) -> BySet<'_> {
    let rules = policy.rules.iter().filter(|(_, rule)| rule.file.is_some());
    BySet(rules.map(|(id, rule)| (id.as_str(), rule)).collect())
}

struct BySet<'a>(Vec<(&'a str, &'a RuleInfo)>);

impl<'a> BySet<'a> {
    fn difference<'b>(&'b self, other: &'b Self) -> impl Iterator<Item = (&'a str, &'a RuleInfo)> {
        let texts: BTreeSet<&str> = other.0.iter().map(|(_, rule)| rule.text.as_str()).collect();
        self.0.iter().copied().filter(move |(_, rule)| !texts.contains(rule.text.as_str()))
    }
}
