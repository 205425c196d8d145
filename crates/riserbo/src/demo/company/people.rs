//! The customers: who they are, how to reach them, how they write.
//!
//! Names are drawn from lists of common ones and put together at random; whoever bears such a name
//! is not meant. Every ninth customer shares the surname of the one before, for real desks mix up
//! namesakes.

use super::Language;
use super::names::{BORN_ABROAD, EN_LAST, EN_MEN, EN_WOMEN, IT_LAST, IT_MEN, IT_WOMEN};
use super::places::{self, Address, TOWNS};
use super::rng::Rng;
use super::values;
use std::collections::BTreeSet;

/// A date of birth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Birth {
    pub(super) year: i64,
    pub(super) month: u8,
    pub(super) day: u8,
}

/// A person with everything that an Italian form asks for.
#[derive(Clone, Debug, Default)]
pub(super) struct Person {
    pub(super) first: &'static str,
    pub(super) last: &'static str,
    pub(super) female: bool,
    pub(super) birth: Birth,
    /// Town of birth, or country for who was born abroad.
    pub(super) birthplace: &'static str,
    pub(super) codice_fiscale: String,
}

/// How somebody writes. Percentages are by word.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Style {
    /// Everything in lower case.
    pub(super) lower: bool,
    /// Slips of the finger in 100 words.
    pub(super) slips: u64,
    /// `e'`, `perche`: no accents.
    pub(super) plain_ascii: bool,
    pub(super) emoji: bool,
    /// Ends an e-mail with name and telephone.
    pub(super) signs: bool,
    /// Leaves the quoted message below an answer.
    pub(super) quotes: bool,
}

/// A customer of the company.
#[derive(Clone, Debug, Default)]
pub(super) struct Customer {
    pub(super) id: i64,
    pub(super) person: Person,
    pub(super) language: Language,
    pub(super) email: String,
    pub(super) phone: String,
    pub(super) home: Address,
    pub(super) iban: String,
    pub(super) card: String,
    pub(super) style: Style,
    /// Whom the customer sometimes writes for: Italian and English word for the relation.
    pub(super) relative: Person,
    pub(super) relation: (&'static str, &'static str),
    /// Index of the namesake among the customers.
    pub(super) namesake: Option<usize>,
    /// Index among the organizations.
    pub(super) organization: Option<usize>,
    /// 0–999: drawn once, decides habits (newsletter, tags, notes).
    pub(super) habit: i64,
}

/// A relation: Italian and English words with possessive, whether a woman is meant, and how many
/// years after the customer (at least, at most) that person was born.
type Relation = (&'static str, &'static str, bool, i64, i64);

/// Of whom somebody of a certain age and sex takes care.
const fn relations(age: i64, female: bool) -> &'static [Relation] {
    const YOUNG: &[Relation] = &[
        ("mia madre", "my mother", true, -38, -21),
        ("mio padre", "my father", false, -42, -23),
        ("mia nonna", "my grandmother", true, -60, -48),
        ("mio zio", "my uncle", false, -38, -12),
    ];
    const WIVES: &[Relation] = &[
        ("mia madre", "my mother", true, -34, -20),
        ("mio padre", "my father", false, -36, -22),
        ("mia suocera", "my mother-in-law", true, -34, -20),
        ("mio marito", "my husband", false, -7, 5),
    ];
    const HUSBANDS: &[Relation] = &[
        ("mia madre", "my mother", true, -34, -20),
        ("mio padre", "my father", false, -36, -22),
        ("mia suocera", "my mother-in-law", true, -34, -20),
        ("mia moglie", "my wife", true, -5, 7),
    ];
    const OLD_WIVES: &[Relation] = &[
        ("mio marito", "my husband", false, -6, 4),
        ("mia sorella", "my sister", true, -9, 9),
        ("mio figlio", "my son", false, 22, 35),
        ("mia figlia", "my daughter", true, 22, 35),
    ];
    const OLD_HUSBANDS: &[Relation] = &[
        ("mia moglie", "my wife", true, -4, 6),
        ("mio fratello", "my brother", false, -9, 9),
        ("mia figlia", "my daughter", true, 22, 35),
    ];
    match (age, female) {
        (..=34, _) => YOUNG,
        (35..=60, true) => WIVES,
        (35..=60, false) => HUSBANDS,
        (_, true) => OLD_WIVES,
        (_, false) => OLD_HUSBANDS,
    }
}

fn birth(rng: &mut Rng, from: i64, to: i64) -> Birth {
    let month = rng.range(1, 12);
    let last = if month == 2 { 28 } else { 30 };
    Birth {
        year: rng.range(from, to),
        month: u8::try_from(month).unwrap_or(1),
        day: u8::try_from(rng.range(1, last)).unwrap_or(1),
    }
}

fn person(
    rng: &mut Rng,
    language: Language,
    female: bool,
    years: (i64, i64),
    last: Option<&'static str>,
) -> Person {
    let (first, own_last) = match (language, female) {
        (Language::It, true) => (rng.pick(IT_WOMEN), rng.pick(IT_LAST)),
        (Language::It, false) => (rng.pick(IT_MEN), rng.pick(IT_LAST)),
        (Language::En, true) => (rng.pick(EN_WOMEN), rng.pick(EN_LAST)),
        (Language::En, false) => (rng.pick(EN_MEN), rng.pick(EN_LAST)),
    };
    let last = last.unwrap_or(own_last);
    let birth = birth(rng, years.0, years.1);
    let (birthplace, code) = match language {
        Language::It => {
            let town = rng.pick(TOWNS);
            (town.name, town.cadastral)
        }
        Language::En => rng.pick(BORN_ABROAD),
    };
    let codice_fiscale = values::codice_fiscale(last, first, female, birth, code);
    Person { first, last, female, birth, birthplace, codice_fiscale }
}

/// A name as the local part of an address: ASCII letters only.
pub(super) fn local(name: &str) -> String {
    name.chars()
        .map(|c| match c {
            'à' | 'á' | 'ä' => 'a',
            'è' | 'é' | 'ê' => 'e',
            'ì' | 'í' => 'i',
            'ò' | 'ó' | 'ö' => 'o',
            'ù' | 'ú' | 'ü' => 'u',
            other => other.to_ascii_lowercase(),
        })
        .filter(char::is_ascii_lowercase)
        .collect()
}

fn email(person: &Person, taken: &mut BTreeSet<String>, rng: &mut Rng) -> String {
    let (first, last) = (local(person.first), local(person.last));
    let domain =
        rng.pick(&["posta.example", "mail.example", "example.com", "example.org", "example.net"]);
    let year = person.birth.year.rem_euclid(100);
    let initial: String = first.chars().take(1).collect();
    let mut name = match rng.below(6) {
        0 => format!("{initial}.{last}"),
        1 => format!("{first}.{last}{year:02}"),
        2 => format!("{last}.{first}"),
        3 => format!("{first}{last}"),
        4 => format!("{first}_{last}{year:02}"),
        _ => format!("{first}.{last}"),
    };
    let stem = name.clone();
    let mut number = 2;
    while !taken.insert(format!("{name}@{domain}")) {
        name = format!("{stem}{number}");
        number += 1;
    }
    format!("{name}@{domain}")
}

fn style(rng: &mut Rng) -> Style {
    let careless = rng.chance(35);
    Style {
        lower: careless && rng.chance(55),
        slips: if careless { 3 } else { u64::from(rng.chance(30)) },
        plain_ascii: rng.chance(25),
        emoji: rng.chance(22),
        signs: rng.chance(45),
        quotes: rng.chance(30),
    }
}

/// Every eleventh customer writes for an organization: the last of them writes English, the others
/// Italian.
fn organization(language: Language, count: usize, rng: &mut Rng) -> Option<usize> {
    let last = count.checked_sub(1)?;
    rng.chance(9).then(|| match language {
        Language::En => last,
        Language::It => rng.below(last),
    })
}

/// `count` customers, about 65 in 100 of them Italian. `this_year` bounds the ages to 19–88.
pub(super) fn customers(
    count: usize,
    organizations: usize,
    now_day: i64,
    rng: &mut Rng,
) -> Vec<Customer> {
    let this_year = super::calendar::civil_from_days(now_day).0;
    let mut taken = BTreeSet::new();
    let mut all: Vec<Customer> = Vec::with_capacity(count);
    for at in 0..count {
        let before = if at % 9 == 8 { all.last() } else { None };
        let language = before.map_or_else(
            || {
                if rng.chance(66) { Language::It } else { Language::En }
            },
            |other| other.language,
        );
        let female = rng.chance(54);
        let years = (this_year - 88, this_year - 19);
        let own = person(rng, language, female, years, before.map(|other| other.person.last));
        let italy = language == Language::It || rng.chance(60);
        let town = rng.pick(TOWNS);
        let home = match before {
            Some(other) if other.home.country == "IT" => other.home.clone(),
            _ if italy => places::in_town(town, rng),
            _ => places::abroad(rng),
        };
        let born = own.birth.year;
        let (it, en, woman, least, most) = rng.pick(relations(this_year - born, female));
        let own_name = match it {
            "mio padre" | "mio fratello" | "mia sorella" => true,
            "mio figlio" | "mia figlia" => !female,
            _ => false,
        };
        let relative =
            person(rng, language, woman, (born + least, born + most), own_name.then_some(own.last));
        let namesake = before.is_some().then(|| at - 1);
        let customer = Customer {
            id: 2_000_000 + i64::try_from(at).unwrap_or(0),
            language,
            email: email(&own, &mut taken, rng),
            phone: values::phone(home.country, rng),
            iban: values::iban(home.country, rng),
            card: values::card(rng),
            style: style(rng),
            relative,
            relation: (it, en),
            namesake,
            organization: organization(language, organizations, rng),
            habit: rng.range(0, 999),
            person: own,
            home,
        };
        if let Some(other) = namesake.and_then(|i| all.get_mut(i)) {
            other.namesake = Some(at);
        }
        all.push(customer);
    }
    all
}
