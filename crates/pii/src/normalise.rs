//! The one form under which equal values are equal, for keyed look-up tokens and for comparing with the known customer.

use crate::kind::Kind;
use crate::words::{is_zero_width, words};
use unicode_normalization::UnicodeNormalization;

/// The digit that a character stands for, in any of the decimal scripts that turn up in chats.
pub(crate) const fn decimal(c: char) -> Option<char> {
    let zero = match c {
        '0'..='9' => '0',
        '\u{660}'..='\u{669}' => '\u{660}',
        '\u{6f0}'..='\u{6f9}' => '\u{6f0}',
        '\u{966}'..='\u{96f}' => '\u{966}',
        '\u{9e6}'..='\u{9ef}' => '\u{9e6}',
        '\u{e50}'..='\u{e59}' => '\u{e50}',
        '\u{ff10}'..='\u{ff19}' => '\u{ff10}',
        _ => return None,
    };
    char::from_digit(c as u32 - zero as u32, 10)
}

/// The ASCII digits of a text, of whatever script they were.
pub(crate) fn digits_only(value: &str) -> String {
    value.chars().filter_map(decimal).collect()
}

/// Letters and digits only, upper case, full-width forms folded.
pub(crate) fn compact_upper(value: &str) -> String {
    if value.is_ascii() {
        return value
            .bytes()
            .filter(u8::is_ascii_alphanumeric)
            .map(|b| char::from(b.to_ascii_uppercase()))
            .collect();
    }
    value.nfkc().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect()
}

/// The canonical form of a value for look-up tokens, or `None` when it has none (too short, no such form).
/// National phone numbers are taken as Italian (+39); see [`normalise_with_country`].
#[must_use]
pub fn normalise(kind: Kind, value: &str) -> Option<String> {
    normalise_with_country(kind, value, "39")
}

/// [`normalise`], with the country code (digits, no `+`) that national phone numbers belong to.
#[must_use]
pub fn normalise_with_country(kind: Kind, value: &str, country_code: &str) -> Option<String> {
    match kind {
        Kind::Email => email(value),
        Kind::Phone => crate::phone::e164(value, country_code),
        Kind::CreditCard
        | Kind::UsSsn
        | Kind::CardVerification
        | Kind::CardLast4
        | Kind::UsSsnLast4 => Some(digits_only(value)).filter(|d| !d.is_empty()),
        Kind::ItVatCode => Some(digits_only(value)).filter(|d| d.len() == 11),
        Kind::DateOfBirth => {
            let (y, m, d) = crate::date::parse_birth(value)?;
            Some(format!("{y:04}-{m:02}-{d:02}"))
        }
        Kind::Iban
        | Kind::BankAccount
        | Kind::ItFiscalCode
        | Kind::NationalId
        | Kind::Passport
        | Kind::ItIdentityCard
        | Kind::DriverLicense
        | Kind::TaxId
        | Kind::MedicalId
        | Kind::LicensePlate
        | Kind::VehicleId
        | Kind::AccountId
        | Kind::ExternalId
        | Kind::DeviceId
        | Kind::Mac => Some(compact_upper(value)).filter(|v| !v.is_empty()),
        // What opens something is never looked up.
        Kind::Password
        | Kind::ApiKey
        | Kind::PrivateKey
        | Kind::Pin
        | Kind::Otp
        | Kind::SecurityAnswer => None,
        Kind::Health | Kind::SpecialCategory | Kind::Unknown | Kind::Unscanned => None,
        _ => {
            let joined = words(value).map(|(_, w)| w.into_owned()).collect::<Vec<_>>().join(" ");
            Some(joined).filter(|v| !v.is_empty())
        }
    }
}

/// Lower case and NFKC, without signs that show nothing, with one `@` and something on both sides.
fn email(value: &str) -> Option<String> {
    let folded: String = value
        .trim()
        .nfkc()
        .filter(|c| !is_zero_width(*c) && !c.is_whitespace())
        .flat_map(char::to_lowercase)
        .collect();
    let (local, domain) = folded.rsplit_once('@')?;
    let domain = domain.trim_end_matches('.');
    (!local.is_empty() && !domain.is_empty()).then(|| format!("{local}@{domain}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_get_one_form() {
        let same =
            |kind, a: &str, b: &str| assert_eq!(normalise(kind, a), normalise(kind, b), "{a} {b}");
        same(Kind::Email, " Mario.Rossi@Gmail.com", "mario.rossi@gmail.com");
        same(Kind::Phone, "+39 347 1234567", "347-123 4567");
        same(Kind::Iban, "it60 x054 2811 1010 0000 0123 456", "IT60X0542811101000000123456");
        same(Kind::Person, "José  GARCÍA", "jose garcia");
        same(Kind::DateOfBirth, "17/02/1969", "1969-02-17");
        same(Kind::CreditCard, "４１１１ 1111", "41111111");
    }

    #[test]
    fn credentials_and_health_have_no_lookup_form() {
        assert_eq!(normalise(Kind::Password, "hunter2"), None);
        assert_eq!(normalise(Kind::Health, "asthma"), None);
        assert_eq!(normalise(Kind::Email, "no at sign"), None);
        assert_eq!(normalise(Kind::ItVatCode, "123"), None);
    }
}
