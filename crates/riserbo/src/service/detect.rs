//! Detection as the desk sees it: the scanner, and who is no customer.
//!
//! Colleagues' names are shown in tickets and are not customer data (DESIGN
//! section 4), and neither is the name of the house: a signature under an answer
//! is not masked. A customer who bears a colleague's name is found all the same
//! where the profile knows them.

use std::collections::HashSet;
use std::sync::{PoisonError, RwLock};

use pii::{Context, Finding, Kind, Role, ScanReport, Scanner, ScannerConfig};

/// Names that are nobody's secret, as folded words.
#[derive(Default)]
struct Known {
    /// Whole names of colleagues, and words of the house's own name.
    whole: HashSet<String>,
    /// Single words of colleagues' names: theirs when they write themselves.
    words: HashSet<String>,
}

/// The scanner of a desk.
pub struct Detector {
    scanner: Scanner,
    known: RwLock<Known>,
}

fn folded(text: &str) -> Vec<String> {
    pii::words(text).map(|(_, word)| word.into_owned()).collect()
}

impl Detector {
    /// A detector that knows no colleague yet.
    #[must_use]
    pub fn new(config: ScannerConfig) -> Detector {
        Detector { scanner: Scanner::new(config), known: RwLock::new(Known::default()) }
    }

    /// Learns who works here and what the house is called, in place of what it
    /// knew.
    pub fn know<'n>(
        &self,
        colleagues: impl IntoIterator<Item = &'n str>,
        house: impl IntoIterator<Item = &'n str>,
    ) {
        let mut known = Known::default();
        for name in colleagues {
            let words = folded(name);
            // One word alone is too little to tell a colleague by in any text.
            if words.len() > 1 {
                known.whole.insert(words.join(" "));
            }
            known.words.extend(words.into_iter().filter(|w| w.chars().count() > 2));
        }
        for name in house {
            known.whole.extend(folded(name).into_iter().filter(|w| w.chars().count() > 3));
        }
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = known;
    }

    /// What a text holds of customers.
    #[must_use]
    pub fn report(&self, text: &str, cx: &Context<'_>) -> ScanReport {
        let mut report = self.scanner.report(text, cx);
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        report.findings.retain(|finding| !is_ours(finding, text, cx, &known));
        report
    }
}

fn is_ours(finding: &Finding, text: &str, cx: &Context<'_>, known: &Known) -> bool {
    if finding.kind != Kind::Person || finding.about_profile {
        return false;
    }
    let Some(name) = text.get(finding.range.clone()) else { return false };
    let words = folded(name);
    if words.is_empty() {
        return false;
    }
    known.whole.contains(&words.join(" "))
        || words.iter().all(|w| known.whole.contains(w))
        || (cx.author == Role::Agent && words.iter().all(|w| known.words.contains(w)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detector() -> Detector {
        let detector = Detector::new(ScannerConfig::default());
        detector.know(["Marta Bellandi"], ["Salvianova Casa"]);
        detector
    }

    fn found(text: &str, cx: &Context<'_>) -> Vec<String> {
        let report = detector().report(text, cx);
        report
            .findings
            .iter()
            .filter_map(|f| text.get(f.range.clone()))
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn a_colleagues_signature_is_not_lifted() {
        let cx = Context { author: Role::Agent, ..Context::default() };
        assert!(found("Un cordiale saluto\nMarta Bellandi", &cx).is_empty());
        assert!(found("Un cordiale saluto\nMarta", &cx).is_empty());
    }

    #[test]
    fn a_customers_name_beside_it_still_is() {
        let cx = Context { author: Role::Agent, ..Context::default() };
        assert_eq!(
            found("Gentile sig.ra Caterina Martini,\nMarta Bellandi", &cx),
            ["Caterina Martini"]
        );
    }

    #[test]
    fn a_customer_who_bears_a_colleagues_name_is_found_by_the_profile() {
        let profile = pii::Profile::builder().name("Marta Bellandi").build();
        let cx = Context { profile: Some(&profile), ..Context::default() };
        assert_eq!(found("sono Marta Bellandi", &cx), ["Marta Bellandi"]);
    }

    #[test]
    fn a_customers_own_first_name_is_not_given_away_by_a_colleagues() {
        assert_eq!(found("mi chiamo Marta", &Context::default()), ["Marta"]);
    }
}
