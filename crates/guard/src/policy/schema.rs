//! The closed list of what a policy may read, as a Cedar schema.
//!
//! Standing questions have an empty context, so no policy can make the rows that match depend on
//! the time, the network or a budget: the schema says so, not discipline.

use super::PolicyError;
use crate::{Action, Scope};
use cedar_policy::{Schema, Validator};
use std::fmt::Write;
use std::sync::LazyLock;

/// The schema is the same for every policy, and reading it costs as much as a small policy does.
static VALIDATOR: LazyLock<Result<Validator, String>> = LazyLock::new(|| {
    let read = Schema::from_cedarschema_str(&text());
    read.map(|(schema, _)| Validator::new(schema)).map_err(|error| error.to_string())
});

/// What checks policies against the schema.
pub(super) fn validator() -> Result<&'static Validator, PolicyError> {
    VALIDATOR.as_ref().map_err(|error| PolicyError::Broken(error.clone()))
}

const TYPES: &str = r#"// What policies may speak of.
// A person never stands here: policies speak of roles, so that decisions can be kept and replayed.
entity Role;
entity Principal in [Role];

// A category of values, such as Category::"payment".
entity Category;
// A tag that the matrix lists.
entity Tag;
// Noun::"ticket" or Noun::"customer".
entity Noun;

// A ticket or a customer.
entity Record in [Noun, Tag] {
  domain: String,  // its key domain
  brand?: Long,    // ask `resource has brand` first
  group?: Long,
  open: Bool,      // neither solved nor closed; a customer: has an open ticket
  mine: Bool,      // assigned to who asks; a customer: has a ticket that is
};

// The values of one category in a ticket or customer.
entity Part in [Category, Noun, Tag] {
  domain: String,
  brand?: Long,
  group?: Long,
  open: Bool,
  mine: Bool,
};

// The installation as a whole.
entity Desk;

// Standing questions: their answers are kept, so they read nothing that passes.
// Does the record exist for the roles?
action list appliesTo { principal: [Principal], resource: [Record] };
// Is the category shown; does a click open it; does a reason? The first allowed is the level.
action see, click, reason appliesTo { principal: [Principal], resource: [Part] };

// Acts, asked one by one.
type Circumstances = {
  reason_present: Bool,    // a reason was typed
  budget_left: Bool,       // for `reveal` and `lookup`
  step_up_fresh: Bool,     // the second factor was shown just now
  network_allowed: Bool,
  training_overdue: Bool,
};
action acts;
"#;

/// The whole schema.
pub(super) fn text() -> String {
    let mut out = String::from(TYPES);
    for (scope, resources, words) in [
        (Scope::Desk, "Desk", "Asked of the desk."),
        (
            Scope::Record,
            "Desk, Record",
            "Asked of a record (of the desk: whether it may be at all).",
        ),
        (Scope::Part, "Desk, Part", "Asked of one category of a record (of the desk: likewise)."),
    ] {
        let names: Vec<&str> =
            Action::ALL.iter().filter(|a| a.scope() == scope).map(|a| a.name()).collect();
        let _ = writeln!(
            out,
            "// {words}\naction {} in [acts] appliesTo {{\n  principal: [Principal],\n  \
             resource: [{resources}],\n  context: Circumstances\n}};",
            names.join(", "),
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_is_sound_and_holds_every_action() {
        let (schema, warnings) = cedar_policy::Schema::from_cedarschema_str(&text()).unwrap();
        assert_eq!(warnings.count(), 0);
        let actions: Vec<String> =
            schema.actions().map(|a| a.id().unescaped().to_owned()).collect();
        for action in Action::ALL {
            assert!(actions.contains(&action.name().to_owned()), "{action}");
        }
        assert_eq!(actions.len(), Action::ALL.len() + 5, "list, see, click, reason, acts");
    }
}
