//! The harmless part of a value, computed once on the way in and sealed on its own. **Masks are built from facets alone**, so that a
//! mask can be drawn without ever opening the value.
//!
//! A facet never holds the whole value, nor enough of a short one to guess it: no facet of a PIN, a CVV, a password, a health
//! statement, a four-digit answer. The mail domain is kept only for large public mail providers: a domain of one's own names its owner.

use crate::check::{card, iban, italy};
use crate::kind::Kind;
use crate::normalise::{compact_upper, digits_only, normalise};

/// What a facet says. Numbers are stored for years.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
#[non_exhaustive]
pub enum FacetKey {
    /// Card brand.
    Brand = 1,
    /// Last four digits of a card or account of at least twelve signs.
    LastFour = 2,
    /// First six digits of a card of at least fifteen (PCI DSS 3.4.1 allows them).
    Bin = 3,
    /// Domain of a public mail provider.
    Domain = 4,
    /// Year of birth.
    BirthYear = 5,
    /// Region, or `foreign` for birth abroad.
    Region = 6,
    /// First letter of the first word.
    Initial = 7,
    /// ISO 3166 country of a phone prefix or an IBAN.
    Country = 8,
    /// Last two digits of a phone number of at least nine.
    LastTwo = 9,
    /// Birth month and day, `MMDD`: only used to compute an age exactly.
    BirthDay = 10,
}

impl FacetKey {
    const fn from_u8(n: u8) -> Option<FacetKey> {
        Some(match n {
            1 => FacetKey::Brand,
            2 => FacetKey::LastFour,
            3 => FacetKey::Bin,
            4 => FacetKey::Domain,
            5 => FacetKey::BirthYear,
            6 => FacetKey::Region,
            7 => FacetKey::Initial,
            8 => FacetKey::Country,
            9 => FacetKey::LastTwo,
            10 => FacetKey::BirthDay,
            _ => return None,
        })
    }
}

/// The facets of one value, each key at most once, in order of keys.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Facets {
    entries: Vec<(FacetKey, String)>,
}

/// Says which facets there are, never what they hold.
impl std::fmt::Debug for Facets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.entries.iter().map(|(k, _)| k)).finish()
    }
}

impl Facets {
    /// The longest value of a facet, in bytes.
    pub const MAX_VALUE: usize = 64;

    /// What this key holds.
    #[must_use]
    pub fn get(&self, key: FacetKey) -> Option<&str> {
        self.entries.iter().find(|(k, _)| *k == key).map(|(_, v)| v.as_str())
    }

    /// All, in order of keys.
    pub fn iter(&self) -> impl Iterator<Item = (FacetKey, &str)> {
        self.entries.iter().map(|(k, v)| (*k, v.as_str()))
    }

    /// Whether nothing harmless is known.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn put(&mut self, key: FacetKey, value: impl Into<String>) {
        let value = value.into();
        if value.is_empty() || value.len() > Self::MAX_VALUE {
            return;
        }
        match self.entries.binary_search_by_key(&key, |(k, _)| *k) {
            Ok(i) => {
                if let Some(entry) = self.entries.get_mut(i) {
                    entry.1 = value;
                }
            }
            Err(i) => self.entries.insert(i, (key, value)),
        }
    }

    /// Bytes for sealing: version 1, then for each facet its key, its length and its UTF-8.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![1];
        for (key, value) in &self.entries {
            out.push(*key as u8);
            out.push(u8::try_from(value.len()).unwrap_or(0));
            out.extend_from_slice(value.as_bytes());
        }
        out
    }

    /// From [`Facets::encode`]; `None` for bytes that it would not have written. A key of a later version is refused, not skipped.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Facets> {
        let (&1, mut rest) = bytes.split_first()? else {
            return None;
        };
        let mut facets = Facets::default();
        while let [key, len, tail @ ..] = rest {
            let key = FacetKey::from_u8(*key)?;
            let (value, after) = tail.split_at_checked(usize::from(*len))?;
            let value = std::str::from_utf8(value).ok()?;
            let ordered = facets.entries.last().is_none_or(|(k, _)| *k < key);
            if !ordered || value.is_empty() || value.len() > Self::MAX_VALUE {
                return None;
            }
            facets.entries.push((key, value.to_owned()));
            rest = after;
        }
        rest.is_empty().then_some(facets)
    }
}

/// The facets of a value of this kind. Empty when nothing harmless can be said.
#[must_use]
pub fn facets(kind: Kind, value: &str) -> Facets {
    let mut f = Facets::default();
    match kind {
        Kind::CreditCard => card_facets(value, &mut f),
        Kind::Iban => iban_facets(value, &mut f),
        Kind::Email => email_facets(value, &mut f),
        Kind::Phone => phone_facets(value, &mut f),
        Kind::Person => person_facets(value, &mut f),
        Kind::DateOfBirth => {
            if let Some((y, m, d)) = crate::date::parse_birth(value) {
                f.put(FacetKey::BirthYear, format!("{y:04}"));
                if m > 0 {
                    f.put(FacetKey::BirthDay, format!("{m:02}{d:02}"));
                }
            }
        }
        Kind::ItFiscalCode => fiscal_facets(value, &mut f),
        Kind::Address => {
            if let Some(region) = address_region(value) {
                f.put(FacetKey::Region, region);
            }
        }
        _ => {}
    }
    f
}

fn card_facets(value: &str, f: &mut Facets) {
    let d = digits_only(value);
    if let Some(brand) = card::brand(&d) {
        f.put(FacetKey::Brand, brand);
    }
    if d.len() >= 12 {
        f.put(FacetKey::LastFour, d.get(d.len() - 4..).unwrap_or(""));
    }
    if d.len() >= 15 && card::brand(&d).is_some() {
        f.put(FacetKey::Bin, d.get(..6).unwrap_or(""));
    }
}

fn iban_facets(value: &str, f: &mut Facets) {
    let v = compact_upper(value);
    if let Some(country) = v.get(..2).filter(|c| iban::length(c).is_some()) {
        f.put(FacetKey::Country, country);
        if v.len() >= 15 {
            f.put(FacetKey::LastFour, v.get(v.len() - 4..).unwrap_or(""));
        }
    }
}

fn email_facets(value: &str, f: &mut Facets) {
    let Some(address) = normalise(Kind::Email, value) else {
        return;
    };
    if let Some((_, domain)) = address.rsplit_once('@')
        && is_public_mail(domain)
    {
        f.put(FacetKey::Domain, domain);
    }
}

fn phone_facets(value: &str, f: &mut Facets) {
    let d = digits_only(value);
    if d.len() >= 9 {
        f.put(FacetKey::LastTwo, d.get(d.len() - 2..).unwrap_or(""));
    }
    if let Some(country) = crate::phone::country(value) {
        f.put(FacetKey::Country, country);
    }
}

fn person_facets(value: &str, f: &mut Facets) {
    // One letter of a two-letter name would be half of it.
    let letters = value.chars().filter(|c| c.is_alphabetic()).count();
    if letters >= 3
        && let Some(c) = value.chars().find(|c| c.is_alphabetic())
    {
        f.put(FacetKey::Initial, c.to_uppercase().take(1).collect::<String>());
    }
}

fn fiscal_facets(value: &str, f: &mut Facets) {
    let code = compact_upper(value);
    if let Some(read) = italy::fiscal_code(&code) {
        // Two digits of a year: nobody with a code of today is over 105, so the pivot is a convention, as in a birth date.
        f.put(FacetKey::BirthYear, format!("{:04}", crate::date::century(read.year)));
        f.put(FacetKey::Region, if read.foreign { "foreign" } else { "IT" });
    }
}

/// The region that an Italian postcode names, or a country for other postcodes in plain form.
fn address_region(value: &str) -> Option<&'static str> {
    value.split(|c: char| !c.is_alphanumeric()).rev().find_map(italy::region_of_postcode)
}

/// Providers with so many users that the domain says nothing about one of them.
fn is_public_mail(domain: &str) -> bool {
    const PROVIDERS: &str = " gmail.com googlemail.com outlook.com outlook.it outlook.de outlook.fr outlook.es hotmail.com hotmail.it \
        hotmail.de hotmail.fr hotmail.es hotmail.co.uk live.com live.it live.fr live.nl msn.com yahoo.com yahoo.it yahoo.de yahoo.fr yahoo.es \
        yahoo.co.uk yahoo.com.br ymail.com icloud.com me.com mac.com aol.com gmx.de gmx.net gmx.com gmx.at web.de t-online.de freenet.de \
        libero.it virgilio.it tiscali.it alice.it tim.it inwind.it iol.it tin.it email.it fastwebnet.it aruba.it pec.it legalmail.it \
        orange.fr wanadoo.fr free.fr sfr.fr laposte.net neuf.fr proton.me protonmail.com pm.me tutanota.com zoho.com mail.com mail.ru \
        yandex.ru btinternet.com sky.com talktalk.net comcast.net verizon.net att.net sbcglobal.net cox.net telefonica.net terra.es sapo.pt \
        uol.com.br bol.com.br wp.pl onet.pl o2.pl interia.pl gazeta.pl ziggo.nl kpnmail.nl planet.nl home.nl qq.com 163.com naver.com \
        rediffmail.com fastmail.com hey.com bluewin.ch ";
    PROVIDERS.split_ascii_whitespace().any(|p| p == domain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn card_facets_keep_brand_bin_and_last_four() {
        let f = facets(Kind::CreditCard, "4111 1111-1111 4242");
        assert_eq!(f.get(FacetKey::Brand), Some("Visa"));
        assert_eq!(f.get(FacetKey::LastFour), Some("4242"));
        assert_eq!(f.get(FacetKey::Bin), Some("411111"));
        assert!(facets(Kind::CreditCard, "4242").is_empty(), "four digits are the whole value");
    }

    #[test]
    fn only_public_mail_domains_are_kept() {
        assert_eq!(
            facets(Kind::Email, "Mario.Rossi@GMAIL.com").get(FacetKey::Domain),
            Some("gmail.com")
        );
        assert!(facets(Kind::Email, "mario@rossi-family.it").is_empty());
    }

    #[test]
    fn fiscal_codes_give_year_and_origin() {
        let f = facets(Kind::ItFiscalCode, "brnlsn92d55z404x");
        assert_eq!(f.get(FacetKey::BirthYear), Some("1992"));
        assert_eq!(f.get(FacetKey::Region), Some("foreign"));
    }

    #[test]
    fn secrets_and_short_values_have_no_facets() {
        for kind in [
            Kind::Pin,
            Kind::Otp,
            Kind::CardVerification,
            Kind::Password,
            Kind::Health,
            Kind::UsSsnLast4,
        ] {
            assert!(facets(kind, "123456").is_empty(), "{kind:?}");
        }
        assert!(facets(Kind::Person, "Al").is_empty());
    }

    #[test]
    fn bytes_lead_back_and_strange_bytes_are_refused() {
        let f = facets(Kind::CreditCard, "5555555555554444");
        assert_eq!(Facets::decode(&f.encode()), Some(f.clone()));
        assert_eq!(Facets::decode(&[]), None);
        assert_eq!(Facets::decode(&[2]), None);
        assert_eq!(Facets::decode(&[1, 99, 1, b'x']), None);
        assert_eq!(Facets::decode(&[1, 1, 9, b'x']), None);
        assert_eq!(Facets::decode(&[1, 1, 1, 0xff]), None);
        assert!(!format!("{f:?}").contains("4444"), "Debug tells keys only");
    }
}
