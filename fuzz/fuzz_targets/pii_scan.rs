//! Any text, with any turn before and any profile: no panic, spans valid, sorted and on character borders; facets and masks of what is found
//! never panic, and facets survive their encoding.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pii::{Context, Facets, Lang, MaskForm, Preset, Profile, Role, Scanner, ScannerConfig, Turn, facets, mask, normalise};

fuzz_target!(|input: (String, String, String)| {
    let (text, before, known) = input;
    let profile = Profile::builder().name(&known).phone(&known).address(&known).email(&known).build();
    let turns = [Turn { role: Role::Agent, text: &before }];
    let cx = Context { profile: Some(&profile), before: &turns, ..Context::default() };
    let scanner = Scanner::new(ScannerConfig { preset: Preset::HighRecall, ..ScannerConfig::default() });
    let mut last = 0;
    for f in scanner.scan(&text, &cx) {
        assert!(f.range.start >= last && f.range.start < f.range.end && f.range.end <= text.len());
        let value = text.get(f.range.clone()).expect("character borders");
        let facets = facets(f.kind, value);
        assert_eq!(Facets::decode(&facets.encode()).as_ref(), Some(&facets));
        for form in [MaskForm::Label, MaskForm::Partial, MaskForm::Derived, MaskForm::Pseudonym(7)] {
            let _ = mask(f.kind, form, &facets, Lang::It, (2026, 1, 1));
        }
        let _ = normalise(f.kind, value);
        last = f.range.end;
    }
});
