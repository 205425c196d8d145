//! The examples of `docs/policy.md` are what they say.

use guard::{Matrix, Policy};

const PAGE: &str = include_str!("../../../../docs/policy.md");

fn example(language: &str) -> &'static str {
    let (_, rest) = PAGE.split_once(&format!("```{language}\n")).unwrap();
    rest.split_once("```").unwrap().0
}

#[test]
fn the_examples_compile_without_a_warning() {
    let matrix = Matrix::from_toml(example("toml")).unwrap();
    let policy = Policy::compile(1, &matrix, &crate::NONE).unwrap();
    assert_eq!(policy.warnings(), []);
    let policy = crate::with_file(example("cedar"));
    assert_eq!(policy.warnings(), []);
    assert!(policy.rules().contains_key("own.cedar#no-payment-on-closed"));
}

#[test]
fn the_page_names_every_category_and_role() {
    let names = guard::Category::built_ins().filter_map(guard::Category::built_in_name);
    for name in
        names.map(ToOwned::to_owned).chain(Matrix::shipped().roles.keys().map(ToString::to_string))
    {
        assert!(PAGE.contains(&name), "{name}");
    }
}
