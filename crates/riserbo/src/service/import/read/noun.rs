//! What a row is: from the page's key, from its own shape, or from the file's name.
//!
//! A page says it (`{"tickets":[…]}`). A bare row says it by the keys that only its noun has; the
//! file's name decides only where the shape leaves it open, so that a row means the same in
//! whatever file it stands, unless that file is all that tells.

use serde_json::{Map, Value};

/// The nouns of an export that an import reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Noun {
    /// A person: customer or agent.
    User,
    /// An organization.
    Organization,
    /// A ticket, with or without its comments.
    Ticket,
    /// A comment in a file of its own.
    Comment,
    /// The definition of a custom field of tickets.
    TicketField,
    /// The definition of a custom field of users.
    UserField,
    /// The definition of a custom field of organizations.
    OrganizationField,
    /// A group of agents.
    Group,
    /// A brand.
    Brand,
    /// A ticket form.
    TicketForm,
    /// A role of agents.
    CustomRole,
}

/// Every noun: its singular and its plural, which is also its key in a page.
const NAMES: [(Noun, &str, &str); 11] = [
    (Noun::User, "user", "users"),
    (Noun::Organization, "organization", "organizations"),
    (Noun::Ticket, "ticket", "tickets"),
    (Noun::Comment, "comment", "comments"),
    (Noun::TicketField, "ticket_field", "ticket_fields"),
    (Noun::UserField, "user_field", "user_fields"),
    (Noun::OrganizationField, "organization_field", "organization_fields"),
    (Noun::Group, "group", "groups"),
    (Noun::Brand, "brand", "brands"),
    (Noun::TicketForm, "ticket_form", "ticket_forms"),
    (Noun::CustomRole, "custom_role", "custom_roles"),
];

/// Words of a file's name that say that it holds something else, whatever noun stands beside.
const OTHER_WORDS: [&str; 16] = [
    "audit",
    "audits",
    "event",
    "events",
    "metric",
    "metrics",
    "membership",
    "memberships",
    "macro",
    "macros",
    "rating",
    "ratings",
    "identities",
    "views",
    "triggers",
    "automations",
];

impl Noun {
    /// All nouns.
    pub const ALL: [Noun; 11] = [
        Self::User,
        Self::Organization,
        Self::Ticket,
        Self::Comment,
        Self::TicketField,
        Self::UserField,
        Self::OrganizationField,
        Self::Group,
        Self::Brand,
        Self::TicketForm,
        Self::CustomRole,
    ];

    /// The noun's name in the singular.
    #[must_use]
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|row| row.0 == self).map_or("row", |row| row.1)
    }

    /// A bit of its own, for sets of nouns.
    pub(super) fn bit(self) -> u32 {
        1 << (self as u32)
    }

    /// The noun of a page's key (`tickets`).
    pub(super) fn of_page_key(key: &[u8]) -> Option<Noun> {
        NAMES.iter().find(|row| row.2.as_bytes() == key).map(|row| row.0)
    }

    /// The noun of a key that wraps one object (`{"ticket":{…}}`).
    pub(super) fn of_wrapper_key(key: &str) -> Option<Noun> {
        NAMES.iter().find(|row| row.1 == key).map(|row| row.0)
    }

    /// What a file's name hints at: the one noun in it, if there is just one.
    pub(super) fn of_file_name(name: &str) -> Option<Noun> {
        let lower = name.to_ascii_lowercase();
        let words: Vec<&str> =
            lower.split(|c: char| !c.is_ascii_alphabetic()).filter(|w| !w.is_empty()).collect();
        if words.iter().any(|word| OTHER_WORDS.contains(word)) {
            return None;
        }
        let mut found: Option<Noun> = None;
        let mut rest = words.as_slice();
        while let [first, tail @ ..] = rest {
            let pair = tail.first().map(|second| format!("{first}_{second}"));
            let noun = if let Some(noun) = pair.as_deref().and_then(noun_of_word) {
                rest = tail.get(1..).unwrap_or_default();
                noun
            } else {
                rest = tail;
                match noun_of_word(first) {
                    Some(noun) => noun,
                    None => continue,
                }
            };
            if found.is_some_and(|earlier| earlier != noun) {
                return None;
            }
            found = Some(noun);
        }
        found
    }

    /// What the keys of a row say alone, where they say it plainly.
    pub(super) fn of_shape(row: &Map<String, Value>) -> Option<Noun> {
        if let Some(noun) = row.get("result_type").and_then(Value::as_str) {
            return Self::of_wrapper_key(noun);
        }
        let has = |key: &str| row.contains_key(key);
        if has("ticket_id") {
            let text = has("body") || has("html_body") || has("plain_body");
            let short_form = has("value") && (has("author_id") || has("public"));
            return (text || short_form).then_some(Noun::Comment);
        }
        if has("requester_id") || has("requester") || has("subject") || has("raw_subject") {
            return Some(Noun::Ticket);
        }
        if has("domain_names") || has("organization_fields") || has("shared_tickets") {
            return Some(Noun::Organization);
        }
        if has("email") || has("role") || has("user_fields") {
            return Some(Noun::User);
        }
        (has("collapsed_for_agents") || has("title_in_portal")).then_some(Noun::TicketField)
    }

    /// What a bare row is: its shape first, else the hint of its file's name. A row that names
    /// its ticket is never taken for anything but a comment.
    pub(super) fn of_row(row: &Map<String, Value>, hint: Option<Noun>) -> Option<Noun> {
        if let Some(noun) = Self::of_shape(row) {
            return Some(noun);
        }
        hint.filter(|noun| match noun {
            Noun::Comment => row.contains_key("ticket_id") || row.contains_key("author_id"),
            _ => row.contains_key("id") && !row.contains_key("ticket_id"),
        })
    }
}

/// A noun by its singular, its plural, or a plural comment word with its ticket.
fn noun_of_word(word: &str) -> Option<Noun> {
    if matches!(word, "ticket_comments" | "ticket_comment" | "tickets_comments") {
        return Some(Noun::Comment);
    }
    NAMES.iter().find(|row| row.1 == word || row.2 == word).map(|row| row.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn shape(value: &Value) -> Option<Noun> {
        Noun::of_shape(value.as_object().unwrap())
    }

    #[test]
    fn a_file_name_with_one_noun_is_a_hint_and_with_two_is_none() {
        assert_eq!(Noun::of_file_name("tickets.jsonl.gz"), Some(Noun::Ticket));
        assert_eq!(Noun::of_file_name("export-2026-01-ticket.json"), Some(Noun::Ticket));
        assert_eq!(Noun::of_file_name("ticket_fields.json"), Some(Noun::TicketField));
        assert_eq!(Noun::of_file_name("Ticket-Comments-3.ndjson"), Some(Noun::Comment));
        assert_eq!(Noun::of_file_name("tickets_and_users.json"), None);
        assert_eq!(Noun::of_file_name("ticket_audits.json"), None);
        assert_eq!(Noun::of_file_name("dump.json"), None);
    }

    #[test]
    fn the_keys_of_a_row_say_what_it_is() {
        assert_eq!(shape(&json!({"id":1,"requester_id":2})), Some(Noun::Ticket));
        assert_eq!(shape(&json!({"id":1,"email":"a@b.example"})), Some(Noun::User));
        assert_eq!(shape(&json!({"id":1,"domain_names":[]})), Some(Noun::Organization));
        let comment = json!({"id":1,"ticket_id":2,"author_id":3,"body":"x"});
        assert_eq!(shape(&comment), Some(Noun::Comment));
        assert_eq!(shape(&json!({"ticket_id":2,"comment_id":1,"field":"x","value":"y"})), None);
        assert_eq!(shape(&json!({"id":7,"result_type":"group"})), Some(Noun::Group));
    }

    #[test]
    fn a_file_name_decides_only_where_the_shape_is_silent() {
        let user = json!({"id":1,"role":"agent"});
        let user = user.as_object().unwrap();
        assert_eq!(Noun::of_row(user, Some(Noun::Ticket)), Some(Noun::User));
        let bare = json!({"id":1});
        assert_eq!(Noun::of_row(bare.as_object().unwrap(), Some(Noun::Ticket)), Some(Noun::Ticket));
        let audit = json!({"id":1,"ticket_id":4,"events":[]});
        assert_eq!(Noun::of_row(audit.as_object().unwrap(), Some(Noun::Ticket)), None);
    }
}
