//! The field map: what happens to each field on its way in.
//!
//! One table that import, API, views, search and exports use alike (DESIGN
//! section 4). *Scan*: personal values are lifted out of the text. *Whole*:
//! the field is one slot of a kind. *Plain*: stands in clear. Whatever is not
//! in the table is a whole slot of the kind `unknown`, hidden.

use pii::Kind;

/// Numbers of nouns in record ids; fixed for ever, for they are in every key's
/// associated data.
pub mod noun {
    /// A ticket, with its comments and attachments.
    pub const TICKET: u8 = 1;
    /// A customer.
    pub const CUSTOMER: u8 = 2;
    /// An organization.
    pub const ORGANIZATION: u8 = 3;
    /// A case.
    pub const CASE: u8 = 4;
    /// A member of staff, in `system`.
    pub const STAFF: u8 = 5;
    /// The log items about a customer, in `log`.
    pub const CUSTOMER_LOG: u8 = 6;
    /// What the log keeps of one agent in one month, in `log`.
    pub const AGENT_MONTH: u8 = 7;
    /// Typed queries that hit nobody, of one day, in `log`.
    pub const QUERY_DAY: u8 = 8;
}

/// Numbers of parts in cells and places; fixed for ever.
pub mod part {
    /// A ticket's subject.
    pub const SUBJECT: u8 = 1;
    /// A ticket's or customer's external id.
    pub const EXTERNAL_ID: u8 = 2;
    /// A custom field of a ticket, by its id.
    pub const CUSTOM_FIELD: u8 = 3;
    /// Where a message came from: `via.source`.
    pub const SOURCE: u8 = 4;
    /// Unknown keys, as one JSON text.
    pub const EXTRAS: u8 = 5;
    /// The address a ticket was sent to.
    pub const RECIPIENT: u8 = 6;
    /// A comment's text.
    pub const BODY: u8 = 10;
    /// A comment's metadata (address, place, client).
    pub const META: u8 = 11;
    /// An attachment's file name.
    pub const FILE_NAME: u8 = 13;
    /// A customer's name.
    pub const NAME: u8 = 20;
    /// A customer's e-mail address.
    pub const EMAIL: u8 = 21;
    /// A customer's telephone number.
    pub const PHONE: u8 = 22;
    /// Notes about a customer or organization.
    pub const NOTES: u8 = 24;
    /// Details of a customer or organization.
    pub const DETAILS: u8 = 25;
    /// A customer's signature.
    pub const SIGNATURE: u8 = 26;
    /// A customer's alias.
    pub const ALIAS: u8 = 27;
    /// A custom field of a customer or organization, by its id.
    pub const USER_FIELD: u8 = 30;
    /// The profile of a member of staff.
    pub const STAFF_PROFILE: u8 = 40;
    /// An item of the access log.
    pub const LOG_ITEM: u8 = 50;
    /// The actor of an entry of the access log.
    pub const LOG_ACTOR: u8 = 51;
}

/// How a field is handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handling {
    /// Stands in clear.
    Plain,
    /// Personal values are lifted out.
    Scan,
    /// The whole field is one slot of this kind.
    Whole(Kind),
}

impl Handling {
    /// The name in the configuration and the database.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Handling::Plain => "plain",
            Handling::Scan => "scan",
            Handling::Whole(kind) => kind.name(),
        }
    }

    /// The handling of this name; an unknown name hides the field (I3).
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        match name {
            "plain" => Handling::Plain,
            "scan" => Handling::Scan,
            other => Handling::Whole(Kind::from_name(other).unwrap_or(Kind::Unknown)),
        }
    }
}

/// What a custom field gets when nobody has declared it: options are plain,
/// text is scanned or, where its key names a kind, one slot of that kind;
/// everything else is hidden until it is set.
#[must_use]
pub fn default_handling(field_type: &str, key: &str, title: &str) -> Handling {
    match field_type {
        "text" | "textarea" | "regexp" => {
            kind_of_key(key).or_else(|| kind_of_key(title)).map_or(Handling::Scan, Handling::Whole)
        }
        "dropdown" | "tagger" | "multiselect" | "checkbox" => Handling::Plain,
        "date" => match kind_of_key(key).or_else(|| kind_of_key(title)) {
            Some(kind) => Handling::Whole(kind),
            None => Handling::Whole(Kind::Unknown),
        },
        _ => Handling::Whole(Kind::Unknown),
    }
}

/// The kind that a field's key speaks of, by whole words.
fn kind_of_key(key: &str) -> Option<Kind> {
    const TABLE: &[(&[&str], Kind)] = &[
        (&["birth", "dob", "nascita", "birthday"], Kind::DateOfBirth),
        (&["email", "mail"], Kind::Email),
        (&["phone", "mobile", "telefono", "cellulare", "fax"], Kind::Phone),
        (&["iban"], Kind::Iban),
        (&["fiscale", "cf"], Kind::ItFiscalCode),
        (&["piva", "vat", "partita"], Kind::ItVatCode),
        (&["ssn"], Kind::UsSsn),
        (&["passport", "passaporto"], Kind::Passport),
        (&["username", "login", "nickname"], Kind::Username),
        (&["password", "pin", "secret"], Kind::Password),
        (&["card", "carta"], Kind::CreditCard),
        (
            &["address", "indirizzo", "street", "via", "city", "zip", "cap", "postcode", "state"],
            Kind::Address,
        ),
        (&["name", "nome", "cognome", "surname"], Kind::Person),
        (&["policy", "polizza", "member", "patient", "customer", "account"], Kind::AccountId),
        (&["diagnosis", "allergy", "allergies", "health", "therapy"], Kind::Health),
    ];
    // A harmless property of a named thing: `member_level`, `address_count`.
    const HARMLESS: &[&str] = &["level", "count", "type", "method", "tier", "plan", "status"];
    let lower = key.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).collect();
    if words.iter().any(|w| HARMLESS.contains(w)) {
        return None;
    }
    TABLE.iter().find(|(cues, _)| words.iter().any(|w| cues.contains(w))).map(|(_, kind)| *kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_field_is_scanned_unless_its_key_names_a_kind() {
        assert_eq!(default_handling("text", "", "Order id"), Handling::Scan);
        assert_eq!(
            default_handling("text", "date_of_birth", ""),
            Handling::Whole(Kind::DateOfBirth)
        );
        assert_eq!(default_handling("text", "member_level", ""), Handling::Scan);
    }

    #[test]
    fn an_unknown_type_is_hidden_until_it_is_set() {
        assert_eq!(default_handling("lookup", "x", "x"), Handling::Whole(Kind::Unknown));
    }

    #[test]
    fn a_handling_survives_its_name() {
        for handling in [Handling::Plain, Handling::Scan, Handling::Whole(Kind::Iban)] {
            assert_eq!(Handling::from_name(handling.name()), handling);
        }
        assert_eq!(Handling::from_name("nonsense"), Handling::Whole(Kind::Unknown));
    }
}
