//! The customers: who they are, how to reach them, how they write.
//!
//! Names are drawn from lists of common ones and put together at random; whoever bears such a name
//! is not meant. Every ninth customer shares the surname of the one before, for real desks mix up
//! namesakes.

use super::calendar::days_from_civil;
use super::places::{self, Address, TOWNS};
use super::rng::Rng;
use super::values;
use super::Language;
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

const IT_WOMEN: &[&str] = &[
    "Giulia", "Francesca", "Chiara", "Sara", "Martina", "Elena", "Anna", "Silvia", "Paola", "Laura", "Federica",
    "Valentina", "Alessandra", "Elisa", "Roberta", "Monica", "Cristina", "Daniela", "Lucia", "Teresa", "Rosa",
    "Giovanna", "Caterina", "Beatrice", "Ilaria", "Claudia", "Simona", "Raffaella", "Patrizia", "Marta", "Irene",
    "Donatella", "Ornella", "Noemi", "Antonella", "Michela", "Serena", "Gaia", "Arianna", "Maria Grazia",
];
const IT_MEN: &[&str] = &[
    "Marco", "Andrea", "Luca", "Matteo", "Francesco", "Alessandro", "Davide", "Simone", "Stefano", "Paolo",
    "Giuseppe", "Antonio", "Giovanni", "Roberto", "Fabio", "Massimo", "Claudio", "Enrico", "Filippo", "Tommaso",
    "Riccardo", "Daniele", "Michele", "Salvatore", "Vincenzo", "Gabriele", "Nicola", "Emanuele", "Giorgio", "Sergio",
    "Franco", "Bruno", "Domenico", "Pietro", "Edoardo", "Mattia", "Carlo", "Alberto", "Gianluca", "Gian Marco",
];
const IT_LAST: &[&str] = &[
    "Bianchi", "Ferrari", "Esposito", "Romano", "Colombo", "Ricci", "Marino", "Greco", "Bruno", "Gallo", "Conti",
    "De Luca", "Mancini", "Costa", "Giordano", "Rizzo", "Lombardi", "Moretti", "Barbieri", "Fontana", "Santoro",
    "Mariani", "Rinaldi", "Caruso", "Ferrara", "Galli", "Martini", "Leone", "Longo", "Gentile", "Martinelli",
    "Vitale", "Lombardo", "Serra", "Coppola", "De Santis", "D'Angelo", "Marchetti", "Parisi", "Villa", "Conte",
    "Ferraro", "Ferri", "Fabbri", "Bianco", "Marini", "Grasso", "Valentini", "Messina", "Sala", "De Angelis",
    "Gatti", "Pellegrini", "Palumbo", "Sanna", "Farina", "Rizzi", "Monti", "Cattaneo", "Morelli", "Amato",
    "Silvestri", "Mazza", "Testa", "Grassi", "Pellegrino", "Carbone", "Giuliani", "Benedetti", "Barone", "Rossetti",
    "Caputo", "Montanari", "Guerra", "Palmieri", "Bernardi", "Martino", "Fiore", "De Rosa", "Ferretti", "Bellini",
    "Basile", "Riva", "Donati", "Piras", "Vitali", "Battaglia", "Sartori", "Neri", "Costantini", "Milani", "Pagano",
    "Ruggiero", "Sorrentino", "D'Amico", "Orlando", "Damico", "Negri", "Zanetti", "Alò",
];
const EN_WOMEN: &[&str] = &[
    "Emily", "Sarah", "Laura", "Hannah", "Rachel", "Claire", "Fiona", "Niamh", "Aoife", "Rebecca", "Joanne", "Helen",
    "Charlotte", "Megan", "Ingrid", "Katharina", "Camille", "Lucía", "Ioana", "Priya", "Zainab", "Alice", "Wendy",
    "Deborah",
];
const EN_MEN: &[&str] = &[
    "James", "Oliver", "Daniel", "Thomas", "Andrew", "Patrick", "Declan", "Robert", "Stephen", "Graham", "Matthew",
    "Ian", "Callum", "Lukas", "Felix", "Julien", "Javier", "Andrei", "Arjun", "Kwame", "Peter", "Simon", "Nigel",
    "Edward",
];
const EN_LAST: &[&str] = &[
    "Walker", "Hughes", "Bennett", "Clarke", "Foster", "Murphy", "O'Brien", "Doyle", "Campbell", "Stewart", "Reid",
    "Marshall", "Thornton", "Whitfield", "Pearce", "Hartley", "Ellis", "Barnes", "Lindqvist", "Weber", "Hoffmann",
    "Lefèvre", "Moreau", "Navarro", "Ionescu", "Sharma", "Okafor", "Mensah", "Turner", "Fletcher", "Gallagher",
    "Byrne", "Nolan", "Sutherland", "Prescott", "Holloway", "Ashworth", "Chapman", "Dawson", "Kavanagh",
];
/// Countries of birth of those who were not born in Italy, with their cadastral code.
const BORN_ABROAD: &[(&str, &str)] =
    &[("Regno Unito", "Z114"), ("Irlanda", "Z116"), ("Germania", "Z112"), ("Francia", "Z110"), ("Romania", "Z129")];

/// Relations, Italian with possessive and English, and whether a woman is meant.
const RELATIONS: &[(&str, &str, bool)] = &[
    ("mia madre", "my mother", true),
    ("mio padre", "my father", false),
    ("mia suocera", "my mother-in-law", true),
    ("mio marito", "my husband", false),
    ("mia moglie", "my wife", true),
    ("mia figlia", "my daughter", true),
    ("mio figlio", "my son", false),
    ("mia nonna", "my grandmother", true),
    ("mio zio", "my uncle", false),
];

fn birth(rng: &mut Rng, from: i64, to: i64) -> Birth {
    let month = rng.range(1, 12);
    let last = if month == 2 { 28 } else { 30 };
    Birth {
        year: rng.range(from, to),
        month: u8::try_from(month).unwrap_or(1),
        day: u8::try_from(rng.range(1, last)).unwrap_or(1),
    }
}

fn person(rng: &mut Rng, language: Language, female: bool, years: (i64, i64), last: Option<&'static str>) -> Person {
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
    let domain = rng.pick(&["posta.example", "mail.example", "example.com", "example.org", "example.net"]);
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

/// `count` customers, about 65 in 100 of them Italian. `this_year` bounds the ages to 19–88.
pub(super) fn customers(count: usize, organizations: usize, now_day: i64, rng: &mut Rng) -> Vec<Customer> {
    let this_year = super::calendar::civil_from_days(now_day).0;
    debug_assert!(days_from_civil(this_year, 1, 1) <= now_day);
    let mut taken = BTreeSet::new();
    let mut all: Vec<Customer> = Vec::with_capacity(count);
    for at in 0..count {
        let before = if at % 9 == 8 { all.last() } else { None };
        let language = before.map_or_else(
            || if rng.chance(66) { Language::It } else { Language::En },
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
        let (it, en, woman) = rng.pick(RELATIONS);
        let years = match it {
            "mia figlia" | "mio figlio" => (this_year - 16, this_year - 2),
            "mio marito" | "mia moglie" => (this_year - 75, this_year - 27),
            _ => (this_year - 92, this_year - 62),
        };
        let shares_name = matches!(it, "mio padre" | "mia figlia" | "mio figlio");
        let relative = person(rng, language, woman, years, shares_name.then_some(own.last));
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
            organization: (organizations > 0 && rng.chance(9)).then(|| rng.below(organizations)),
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
