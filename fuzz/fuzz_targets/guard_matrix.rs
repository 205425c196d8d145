//! Everything in `guard` that reads foreign bytes: matrices in TOML and JSON, Cedar files, attribute
//! vectors. Nothing panics; what is sound compiles and reads back; a vector has one encoding.
#![no_main]

use guard::{AttributeVector, Matrix, Policy, RoleSet};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(vector) = AttributeVector::decode(data) {
        assert_eq!(vector.encode(), data);
    }
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    for matrix in [Matrix::from_toml(text), Matrix::from_json(text)]
        .into_iter()
        .flatten()
    {
        assert_eq!(
            Matrix::from_toml(&matrix.to_toml().unwrap()).as_ref(),
            Ok(&matrix)
        );
        assert_eq!(
            Matrix::from_json(&matrix.to_json().unwrap()).as_ref(),
            Ok(&matrix)
        );
        assert!(!matrix.diff(&matrix).is_widening());
        let none: [(&str, &str); 0] = [];
        let policy = Policy::compile(1, &matrix, &none).unwrap();
        let roles: RoleSet = matrix.roles.keys().cloned().collect();
        let vector = AttributeVector::new(guard::Noun::Ticket, "general");
        let outcome = policy.evaluate(&roles, &vector, true);
        assert!(outcome.list() || outcome.open().is_empty());
    }
    // Cedar beside a matrix: refused with a place, or a policy that can be asked.
    if let Ok(policy) = Policy::compile(1, &Matrix::shipped(), &[("fuzz.cedar", text)]) {
        let vector = AttributeVector::new(guard::Noun::Customer, "general");
        let roles: RoleSet = policy.matrix().roles.keys().cloned().collect();
        for category in policy.named_categories().iter() {
            let _ = policy.explain(&roles, &vector, false, category).to_string();
        }
    }
});
