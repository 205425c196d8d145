//! What compiles, and what is refused with its place and what to do.

use crate::naive::cases;
use crate::{NONE, shipped, with_file};
use guard::{Matrix, Policy, PolicyError};
use proptest::prelude::*;

fn refused(text: &str) -> String {
    Policy::compile(1, &Matrix::shipped(), &[("own.cedar", text)]).unwrap_err().to_string()
}

#[test]
fn a_fault_has_file_line_and_what_to_do() {
    insta::assert_snapshot!(refused("// remark\n\npermit (principal action, resource);"), @"own.cedar:3:19: unexpected token `action`");
    insta::assert_snapshot!(
        refused(
            "permit (principal, action == Action::\"see\", resource)\n\
             when { resource.colour == \"red\" };\n\
             permit (principal, action == Action::\"see\", resource)\n\
             when { resource.brand == 3 };"
        ),
        @r#"
own.cedar:2:8: for policy `own.cedar#1`, attribute `colour` on entity type `Part` not found; did you mean `group`?
own.cedar:4:8: for policy `own.cedar#2`, unable to guarantee safety of access to optional attribute `brand` on entity type `Part`; try testing for the attribute's presence with `e has brand && ..`
"#
    );
    insta::assert_snapshot!(
        refused("permit (principal, action == Action::\"peek\", resource);"),
        @r#"own.cedar:1:30: for policy `own.cedar#1`, unrecognized action `Action::"peek"`; did you mean `Action::"see"`?"#
    );
}

#[test]
fn what_a_policy_names_must_exist() {
    insta::assert_snapshot!(
        refused(
            "forbid (principal in Role::\"agent-one\", action, resource);\n\
             forbid (principal, action == Action::\"see\", resource in Category::\"card\");\n\
             forbid (principal, action == Action::\"see\", resource)\n\
             when { resource in Tag::\"vip\" && resource in Noun::\"case\" };\n\
             forbid (principal == Principal::\"41\", action, resource);\n\
             forbid (principal, action, resource == Record::\"7\");\n\
             @maks(\"label\") permit (principal, action, resource);\n\
             @mask(\"blur\") permit (principal, action, resource);"
        ),
        @r#"
own.cedar:1:1: there is no role `agent-one`; use one of agent-1, agent-2, ai-assistant, auditor, integration, key-admin, migration, privacy-officer, security-analyst, team-lead
own.cedar:2:1: there is no category `card`; use one of content, identity, contact, payment, government_id, health, credential, location, online, content_unsure, unknown
own.cedar:3:1: there is no noun `case`; use one of ticket, customer
own.cedar:3:1: the tag `vip` is not listed; add it to `tags` of the matrix, so that records carry it to the policy
own.cedar:5:1: a policy may not speak of one person; speak of a role: `principal in Role::"..."`
own.cedar:6:1: a policy may not speak of one record; write `resource is Record` and a condition on its attributes
own.cedar:7:1: the annotation `@maks` means nothing; use @id, @mask or @why; for a remark write a // comment
own.cedar:8:1: there is no such mask; use label, pseudonym, derived or partial
"#
    );
}

#[test]
fn a_policy_may_not_read_what_passes_in_a_standing_question() {
    let error = refused(
        "forbid (principal, action == Action::\"see\", resource)\n\
         unless { context.network_allowed };",
    );
    assert!(error.starts_with("own.cedar:2:"), "{error}");
    assert!(error.contains("network_allowed"), "{error}");
}

#[test]
fn templates_and_ids_given_twice_are_refused() {
    let error = refused("permit (principal in ?principal, action, resource);");
    assert!(error.contains("is a template"), "{error}");
    let one = "@id(\"a\") permit (principal, action, resource);\n";
    let error = refused(&one.repeat(2));
    assert_eq!(error, "own.cedar:2:1: this id is given twice; give each policy its own @id");
}

#[test]
fn files_have_plain_names_each_once_and_bounded_sizes() {
    let compile = |files: &[(&str, &str)]| {
        Policy::compile(1, &Matrix::shipped(), files).map_err(|e| e.to_string()).map(|_| ())
    };
    let long = "/".repeat(Policy::MAX_FILE + 1);
    for (files, message) in [
        (vec![("a/b", "")], "a/b:1:1: not a name for a policy file"),
        (vec![("matrix", "")], "matrix:1:1: not a name for a policy file"),
        (vec![("a\nb", "")], "a\\nb:1:1: not a name for a policy file"),
        (vec![("a", ""), ("a", "")], "a:1:1: two files have this name; rename one"),
        (vec![("a", long.as_str())], "a:1:1: too long; at most 262144 bytes a file"),
    ] {
        let error = compile(&files).unwrap_err();
        assert!(error.starts_with(message), "{error}");
    }
    assert_eq!(compile(&[("b.cedar", ""), ("a.cedar", "// nothing")]), Ok(()));
}

#[test]
fn policies_are_known_by_file_and_id() {
    let policy = with_file(
        "@id(\"night\") forbid (principal, action == Action::\"export\", resource);\n\
         permit (principal in Role::\"auditor\", action == Action::\"search\", resource);",
    );
    let ids: Vec<&String> =
        policy.rules().iter().filter(|(_, r)| r.file.is_some()).map(|(id, _)| id).collect();
    assert_eq!(ids, ["own.cedar#2", "own.cedar#night"]);
    assert!(policy.rules()["own.cedar#night"].forbids);
    assert!(policy.rules().contains_key("agent-1/contact/click"));
    assert!(policy.rules()["agent-1/contact/click"].text.contains("Category::\"contact\""));
}

#[test]
fn what_can_hardly_be_meant_is_a_warning() {
    let policy = with_file(
        "permit (principal, action == Action::\"list\", resource in Category::\"health\");",
    );
    let warning = policy.warnings().first().unwrap();
    assert_eq!((warning.file.as_str(), warning.line), ("own.cedar", 1));
    assert!(warning.message.contains("impossible"), "{warning}");
}

#[test]
fn an_unsound_matrix_does_not_compile() {
    let mut matrix = Matrix::shipped();
    matrix.categories.insert("more".to_owned(), 99);
    let error = Policy::compile(1, &matrix, &NONE).unwrap_err();
    assert!(matches!(error, PolicyError::Matrix(_)));
    assert_eq!(
        error.to_string(),
        "the matrix: categories.more: id 99 is not free; use an id from 11 to 31"
    );
}

#[test]
fn the_digest_follows_what_decides_and_nothing_else() {
    let compile = |version, matrix: &Matrix, files: &[(&str, &str)]| {
        *Policy::compile(version, matrix, files).unwrap().digest()
    };
    let matrix = Matrix::shipped();
    let plain = *shipped().digest();
    assert_eq!(compile(2, &matrix, &[]), plain, "the version is only a name");
    let files = [("a", "// a"), ("b", "// b")];
    let mut turned = files;
    turned.reverse();
    assert_eq!(compile(1, &matrix, &files), compile(1, &matrix, &turned));
    assert_ne!(compile(1, &matrix, &files), plain);
    let mut other = matrix.clone();
    other.tags.insert("vip".to_owned());
    assert_ne!(compile(1, &other, &[]), plain);
    let mut other = matrix.clone();
    other.categories.insert("own".to_owned(), 11);
    let first = compile(1, &other, &[]);
    other.categories.insert("own".to_owned(), 12);
    assert_ne!(compile(1, &other, &[]), first);
}

#[test]
fn the_written_out_matrix_is_a_file_that_compiles() {
    // Whoever starts a hand-written file from the printed text is not led astray.
    let text = Matrix::shipped().to_cedar();
    let policy = Policy::compile(1, &Matrix::shipped(), &[("copy.cedar", text)]).unwrap();
    assert_eq!(policy.warnings(), []);
}

/// Pieces that texts of a matrix or of Cedar are made of.
const PIECES: [&str; 32] = [
    "permit",
    "forbid",
    "(",
    ")",
    "principal",
    "action",
    "resource",
    ",",
    ";",
    "when",
    "unless",
    "{",
    "}",
    "in",
    "==",
    "is",
    "has",
    "Role::\"agent-1\"",
    "Action::\"see\"",
    "context",
    ".mine",
    ".brand",
    "?principal",
    "@id(\"x\")",
    "\"",
    "[roles.a]\n",
    "list",
    "=",
    "[{}]",
    "levels",
    "// ",
    "\n",
];

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn no_text_stops_the_reader(
        pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..24), noise in ".{0,8}",
    ) {
        let text = pieces.join(" ") + &noise;
        let small = crate::matrix("[roles.agent-1]");
        if let Err(error) = Policy::compile(1, &small, &[("own.cedar", &text)]) {
            let message = error.to_string();
            prop_assert!(message.starts_with("own.cedar:"), "{}", message);
        }
        if let Ok(matrix) = Matrix::from_toml(&text) {
            prop_assert!(Policy::compile(1, &matrix, &NONE).is_ok());
        }
    }
}
