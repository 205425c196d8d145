//! Names in Cedar texts: everything that a policy names must exist.
//!
//! Cedar's own validation knows types, not which roles and tags an installation has. A policy about
//! a role that nobody has is harmless when it permits, and a hole when it forbids: so it is an
//! error in either case.

use super::error::{Fault, Source};
use crate::{MaskForm, Matrix, Noun, Role};
use cedar_policy::{EntityUid, Policy as CedarPolicy};

/// The annotations that mean something here. Another is most likely a misspelt one of these.
const ANNOTATIONS: [&str; 3] = ["id", "mask", "why"];

/// Finds what a policy names and what doesn't exist, each with what to do about it.
pub(super) fn names(matrix: &Matrix, policy: &CedarPolicy) -> Vec<(String, String)> {
    let mut faults: Vec<(String, String)> =
        policy.entity_literals().iter().filter_map(|uid| literal(matrix, uid)).collect();
    for (key, value) in policy.annotations() {
        if !ANNOTATIONS.contains(&key) {
            faults.push((
                format!("the annotation `@{key}` means nothing"),
                "use @id, @mask or @why; for a remark write a // comment".to_owned(),
            ));
        }
        if key == "mask" && MaskForm::from_name(value).is_none() {
            faults.push((
                "there is no such mask".to_owned(),
                "use label, pseudonym, derived or partial".to_owned(),
            ));
        }
    }
    faults
}

fn literal(matrix: &Matrix, uid: &EntityUid) -> Option<(String, String)> {
    let id = uid.id().unescaped();
    let shown: String = id.chars().take(40).flat_map(char::escape_debug).collect();
    match uid.type_name().to_string().as_str() {
        "Role" => {
            let known = Role::new(id).is_ok_and(|role| matrix.roles.contains_key(&role));
            let names: Vec<&str> = matrix.roles.keys().map(Role::as_str).collect();
            (!known).then(|| (format!("there is no role `{shown}`"), one_of(&names)))
        }
        "Category" => {
            let names: Vec<&str> = matrix.named_categories().map(|(_, name)| name).collect();
            let known = names.contains(&id);
            (!known).then(|| (format!("there is no category `{shown}`"), one_of(&names)))
        }
        "Tag" => (!matrix.tags.contains(id)).then(|| {
            let help = "add it to `tags` of the matrix, so that records carry it to the policy";
            (format!("the tag `{shown}` is not listed"), help.to_owned())
        }),
        "Noun" => {
            let names = Noun::ALL.map(Noun::name);
            let known = names.contains(&id);
            (!known).then(|| (format!("there is no noun `{shown}`"), one_of(&names)))
        }
        "Principal" => Some((
            "a policy may not speak of one person".to_owned(),
            "speak of a role: `principal in Role::\"...\"`".to_owned(),
        )),
        kind @ ("Record" | "Part" | "Desk") => Some((
            format!("a policy may not speak of one {}", kind.to_lowercase()),
            format!("write `resource is {kind}` and a condition on its attributes"),
        )),
        _ => None,
    }
}

fn one_of(names: &[&str]) -> String {
    if names.is_empty() {
        return "the matrix has none".to_owned();
    }
    format!("use one of {}", names.join(", "))
}

/// Whether a file may be called so: ids of its policies begin with it.
pub(super) fn file_name(source: &Source<'_>) -> Result<(), Fault> {
    let clean = source
        .name
        .bytes()
        .all(|b| matches!(b, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'_' | b'-'));
    let fits = (1..=64).contains(&source.name.len());
    if clean && fits && source.name != "matrix" {
        return Ok(());
    }
    let message = "not a name for a policy file".to_owned();
    let help = "use 1 to 64 signs of a-z, A-Z, 0-9, `.`, `_`, `-`, and not `matrix`".to_owned();
    let shown: String = source.name.chars().take(64).flat_map(char::escape_debug).collect();
    let shown = Source { name: &shown, ..*source };
    Err(Fault::new(&shown, 0, message, Some(help)))
}
