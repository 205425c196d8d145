//! What must hold for every text, not only for those we thought of.

use pii::{Check, Context, Finding, Kind, Preset, Profile, Role, Scanner, ScannerConfig, Turn};
use proptest::prelude::*;

/// Pieces that wake the detectors, in any order and with anything between.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "\\PC{0,12}",
        2 => "[0-9 ./()+-]{0,24}",
        2 => proptest::sample::select(vec![
            "my name is ", "mi chiamo ", "PIN ", "password: ", "@", "gmail.com", " at gmail dot com", "https://", "IT60X0542811101000000123456",
            "4111 1111 1111 1111", "RSSMRA85T10A562S", "+39 347 1234567", "via Roma 12, 00184 Roma", "12 High Street", "né le ", "Dear ",
            "-----BEGIN RSA PRIVATE KEY-----", "\n", "\u{200b}", "é", "𝟜", "直樹", "è", "'", "\"", "::", "00:1e:8c:4f:aa:07", "2001:db8::1", "EH6 5DX",
            "chiocciola ", "zero uno due tre ", "S-I-O-B-H-A-N", "Sig.ra ", "'58", "nato il ", "º", "\0", "\t", "%40", "ＡＢ１２",
        ]).prop_map(str::to_owned),
    ];
    proptest::collection::vec(piece, 0..14).prop_map(|v| v.concat())
}

fn part(text: &str, range: std::ops::Range<usize>) -> &str {
    text.get(range).unwrap_or("")
}

fn sound(text: &str, findings: &[Finding]) -> Result<(), TestCaseError> {
    let mut last = 0;
    for f in findings {
        prop_assert!(f.range.start < f.range.end && f.range.end <= text.len());
        prop_assert!(text.is_char_boundary(f.range.start) && text.is_char_boundary(f.range.end));
        prop_assert!(f.range.start >= last, "sorted and apart");
        prop_assert!(f.confidence <= 100);
        last = f.range.end;
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(800))]

    #[test]
    fn spans_are_valid_for_any_text(text in pieces(), before in pieces(), name in "\\PC{0,20}", agent in any::<bool>()) {
        let profile = Profile::builder().name(&name).phone("+39 347 1234567").address("Via Roma 12, 00184 Roma").email(&name).build();
        let turns = [Turn { role: Role::Agent, text: &before }];
        let author = if agent { Role::Agent } else { Role::Customer };
        let cx = Context { profile: Some(&profile), before: &turns, author, ..Context::default() };
        for preset in [Preset::Balanced, Preset::HighRecall] {
            let scanner = Scanner::new(ScannerConfig { preset, ..ScannerConfig::default() });
            sound(&text, &scanner.scan(&text, &cx))?;
            sound(&text, &scanner.scan(&text, &Context::default()))?;
        }
    }

    #[test]
    fn a_scan_is_the_same_every_time(text in pieces()) {
        let scanner = Scanner::default();
        prop_assert_eq!(scanner.report(&text, &Context::default()), scanner.report(&text, &Context::default()));
    }

    #[test]
    fn high_recall_covers_what_balanced_finds(text in pieces()) {
        let wide = Scanner::new(ScannerConfig { preset: Preset::HighRecall, ..ScannerConfig::default() }).scan(&text, &Context::default());
        for f in Scanner::default().scan(&text, &Context::default()) {
            prop_assert!(wide.iter().any(|w| w.range.start <= f.range.start && w.range.end >= f.range.end), "{:?}", f.kind);
        }
    }

    #[test]
    fn what_is_redacted_is_not_found_again(text in pieces()) {
        let scanner = Scanner::default();
        let cx = Context::default();
        let mut redacted = String::new();
        let mut at = 0;
        let mut values = Vec::new();
        for f in scanner.scan(&text, &cx) {
            redacted.push_str(part(&text, at..f.range.start));
            redacted.push_str(f.kind.label(pii::Lang::En));
            if f.evidence.check == Check::Ok && part(&text, f.range.clone()).len() >= 9 {
                values.push(part(&text, f.range.clone()).to_owned());
            }
            at = f.range.end;
        }
        redacted.push_str(part(&text, at..text.len()));
        let again = scanner.scan(&redacted, &cx);
        for value in values {
            // A value written twice is found twice, unless it hides inside a longer run of signs.
            if text.matches(&value).count() == 1 {
                prop_assert!(!again.iter().any(|f| part(&redacted, f.range.clone()).contains(&value)));
            }
        }
    }
}

#[test]
fn every_kind_has_a_label_without_digits_in_every_language() {
    for kind in Kind::all() {
        for tag in ["it", "en", "de", "fr", "es", "pt", "nl", "pl", "xx"] {
            let label = kind.label(pii::Lang::from_tag(tag));
            assert!(label.starts_with('[') && label.ends_with(']'), "{label}");
        }
    }
}
