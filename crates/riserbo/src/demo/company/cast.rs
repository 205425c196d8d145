//! What the placeholders of a conversation stand for: one customer, one matter, a few values drawn
//! for it. Two tickets about the same matter share a cast.

use super::Language;
use super::calendar::{DAY, civil_from_days, rome, rome_day};
use super::catalog::{ALLERGIES, DEVICES, Product, REMEDIES, THERAPIES, Therapy};
use super::desk::{self, HOME, PHARMACY};
use super::people::{Birth, Customer, Person, local};
use super::places::{self, Address, TOWNS};
use super::rng::Rng;
use super::values;

/// What a placeholder becomes, and the category that the value belongs to ("" when harmless).
pub(super) type Filled = (String, &'static str);

/// One matter of one customer.
#[derive(Clone, Debug)]
pub(super) struct Cast<'a> {
    pub(super) customer: &'a Customer,
    namesake: Option<&'a Customer>,
    /// Somebody else who has nothing to do with it: a neighbour, the owner of another parcel.
    other: Option<&'a Customer>,
    pub(super) brand: i64,
    at: i64,
    pub(super) order: String,
    second_order: String,
    product: Product,
    other_product: Product,
    pub(super) serial: String,
    pub(super) cents: i64,
    therapy: Therapy,
    /// A therapy that people would rather not talk about.
    quiet_therapy: Therapy,
    allergy: (&'static str, &'static str),
    new_home: Address,
    new_phone: String,
    pub(super) new_email: String,
    second_card: String,
    vat: String,
    pub(super) ip: String,
    draws: Draws,
}

/// Small things, drawn once.
#[derive(Clone, Debug)]
struct Draws {
    tracking: String,
    nre: String,
    new_nre: String,
    health_card: String,
    identity_card: String,
    nhs: String,
    cvv: String,
    expiry: String,
    password: String,
    otp: String,
    pin: String,
    recipient: String,
    voucher: String,
    courier: &'static str,
    doctor: &'static str,
    /// Monday is 0.
    weekday: usize,
    hour: i64,
    weeks: i64,
    pressure: (i64, i64),
    glucose: i64,
    order_age: i64,
    landline: String,
    ticketish: i64,
}

const MONTHS_IT: [&str; 12] = [
    "gennaio",
    "febbraio",
    "marzo",
    "aprile",
    "maggio",
    "giugno",
    "luglio",
    "agosto",
    "settembre",
    "ottobre",
    "novembre",
    "dicembre",
];
const MONTHS_EN: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS_IT: [&str; 5] = ["lunedì", "martedì", "mercoledì", "giovedì", "venerdì"];
const DAYS_EN: [&str; 5] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"];
const DOCTORS: &[&str] =
    &["Zorzetti", "Maffucci", "Belardinelli", "Quartieri", "Scarpellini", "Nardelli"];
const COURIERS: &[&str] = &["Rondine Express", "ViaRapida", "Corriere Lince", "PostaBlu"];
const PASSWORDS: &[&str] =
    &["Pallina", "Micio", "Stellina", "Tramonto", "Ciambella", "Vespa", "Napoli", "Nonna"];

impl Draws {
    fn new(customer: &Customer, at: i64, rng: &mut Rng) -> Self {
        let year = rome(at).year.rem_euclid(100);
        let amex = customer.card.starts_with('3');
        let area = if customer.home.area.is_empty() { "051" } else { customer.home.area };
        Self {
            tracking: format!("{}{}IT", rng.signs("RLCV", 2), rng.digits(9)),
            nre: values::prescription(rng),
            new_nre: values::prescription(rng),
            health_card: values::health_card(rng),
            identity_card: values::identity_card(rng),
            nhs: values::nhs_number(rng),
            cvv: rng.digits(if amex { 4 } else { 3 }),
            expiry: format!("{:02}/{:02}", rng.range(1, 12), (year + rng.range(1, 4)) % 100),
            password: format!(
                "{}{}{}",
                rng.pick(PASSWORDS),
                rng.range(1_961, 2_009),
                rng.pick(&["!", "", "!!", "."])
            ),
            otp: rng.digits(6),
            pin: rng.digits(5),
            recipient: rng.signs("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789", 7),
            voucher: format!("SALVIA{}", rng.digits(4)),
            courier: rng.pick(COURIERS),
            doctor: rng.pick(DOCTORS),
            weekday: coming_weekday(at + rng.range(2, 4) * DAY),
            hour: rng.range(9, 18),
            weeks: rng.range(8, 36),
            pressure: (rng.range(138, 178), rng.range(86, 104)),
            glucose: rng.range(190, 310),
            order_age: rng.range(2, 12),
            landline: values::landline(area, rng),
            ticketish: rng.range(80_000, 99_999),
        }
    }
}

fn order(at: i64, rng: &mut Rng) -> String {
    format!("SN{:02}-{}", rome(at).year.rem_euclid(100), rng.range(104_000, 989_999))
}

impl<'a> Cast<'a> {
    /// The cast of a matter that came up at `at`; the same `seed` gives the same one.
    pub(super) fn new(
        customer: &'a Customer,
        all: &'a [Customer],
        brand: Option<i64>,
        at: i64,
        seed: u64,
    ) -> Self {
        let rng = &mut Rng::new(seed);
        let drawn = if rng.chance(62) { PHARMACY } else { HOME };
        let brand = brand.unwrap_or(drawn);
        let shelf = if brand == HOME { DEVICES } else { REMEDIES };
        let chosen = rng.below(shelf.len());
        let product = shelf.get(chosen).copied().unwrap_or_default();
        let other = (chosen + 1 + rng.below(shelf.len() - 1)) % shelf.len();
        let town = if rng.chance(60) {
            TOWNS.iter().find(|town| town.name == customer.home.city).copied()
        } else {
            None
        };
        let town = town.unwrap_or_else(|| rng.pick(TOWNS));
        Self {
            namesake: customer.namesake.and_then(|at| all.get(at)),
            other: stranger(customer, all, rng),
            brand,
            at,
            order: order(at, rng),
            second_order: order(at, rng),
            product,
            other_product: shelf.get(other).copied().unwrap_or_default(),
            serial: format!("{}{}", rng.signs("BNPLGF", 2), rng.digits(8)),
            cents: product.cents + rng.range(0, 5) * 790,
            therapy: rng.pick(THERAPIES),
            quiet_therapy: quiet(rng),
            allergy: rng.pick(ALLERGIES),
            new_home: if customer.home.country == "IT" {
                places::in_town(town, rng)
            } else {
                places::abroad(rng)
            },
            new_phone: values::phone(customer.home.country, rng),
            new_email: format!(
                "{}.{}{}@{}",
                local(customer.person.last),
                local(customer.person.first),
                rng.digits(2),
                rng.pick(&["posta.example", "mail.example", "example.net"])
            ),
            second_card: values::card(rng),
            vat: values::partita_iva(rng),
            ip: values::ip(rng),
            draws: Draws::new(customer, at, rng),
            customer,
        }
    }

    fn italian(&self) -> bool {
        self.customer.language == Language::It
    }

    fn say(&self, it: &str, en: &str) -> String {
        if self.italian() { it } else { en }.to_owned()
    }

    fn money(&self, cents: i64) -> String {
        let (whole, rest) = (cents / 100, cents % 100);
        if self.italian() {
            format!("{whole},{rest:02} €")
        } else {
            format!("€{whole}.{rest:02}")
        }
    }

    fn month(&self, month: i64) -> &'static str {
        let names = if self.italian() { &MONTHS_IT } else { &MONTHS_EN };
        usize::try_from(month - 1).ok().and_then(|at| names.get(at)).copied().unwrap_or("")
    }

    /// `12 marzo` of the day `days` before the matter came up.
    fn day_before(&self, days: i64) -> String {
        let (_, month, day) = civil_from_days(rome_day(self.at - days * DAY));
        format!("{day} {}", self.month(month))
    }

    fn title(&self, person: &Person) -> String {
        let short = match (self.italian(), person.female) {
            (true, true) => "sig.ra",
            (true, false) => "sig.",
            (false, true) => "Ms",
            (false, false) => "Mr",
        };
        format!("{short} {}", person.last)
    }

    fn birth_long(&self, birth: Birth) -> String {
        format!("{} {} {}", birth.day, self.month(i64::from(birth.month)), birth.year)
    }

    /// The value of a placeholder; nothing when there is none of that name.
    pub(super) fn fill(&self, key: &str) -> Option<Filled> {
        self.own(key)
            .or_else(|| self.others(key))
            .or_else(|| self.payment(key))
            .or_else(|| self.health(key))
            .or_else(|| self.matter(key).map(|text| (text, "")))
    }

    /// Who the customer is and where to find them.
    fn own(&self, key: &str) -> Option<Filled> {
        let (c, p, d) = (self.customer, &self.customer.person, &self.draws);
        Some(match key {
            "name" => (full(p), "identity"),
            "first" => (p.first.to_owned(), "identity"),
            "last" => (p.last.to_owned(), "identity"),
            "title" => (self.title(p), "identity"),
            "birth" => (birth_short(p.birth), "identity"),
            "birth_long" => (self.birth_long(p.birth), "identity"),
            "birthplace" => (p.birthplace.to_owned(), "identity"),
            "email" => (c.email.clone(), "contact"),
            "phone" => (c.phone.clone(), "contact"),
            "landline" => (d.landline.clone(), "contact"),
            "new_email" => (self.new_email.clone(), "contact"),
            "new_phone" => (self.new_phone.clone(), "contact"),
            "pec" => (format!("{}.{}@pec.example", local(p.first), local(p.last)), "contact"),
            "address" => (c.home.line(), "location"),
            "street" => (c.home.street.clone(), "location"),
            "city" => (c.home.city.to_owned(), "location"),
            "new_address" => (self.new_home.line(), "location"),
            "new_street" => (self.new_home.street.clone(), "location"),
            "cf" => (p.codice_fiscale.clone(), "government_id"),
            "cie" => (d.identity_card.clone(), "government_id"),
            "ts" => (d.health_card.clone(), "government_id"),
            "nhs" => (d.nhs.clone(), "government_id"),
            "vat" => (self.vat.clone(), "government_id"),
            "ip" => (self.ip.clone(), "online"),
            _ => return None,
        })
    }

    /// A relative, and the customer of the same surname.
    fn others(&self, key: &str) -> Option<Filled> {
        let r = &self.customer.relative;
        let age = || rome(self.at).year - r.birth.year;
        Some(match key {
            "rel" => (self.say(self.customer.relation.0, self.customer.relation.1), ""),
            "your_rel" => (self.your_relation(), ""),
            "rle" => (self.gendered(r.female, ("gli", "le"), ("him", "her")), ""),
            "rel_name" => (full(r), "identity"),
            "rel_first" => (r.first.to_owned(), "identity"),
            "rel_birth" => (birth_short(r.birth), "identity"),
            "rel_cf" => (r.codice_fiscale.clone(), "government_id"),
            "rel_age" => (age().to_string(), ""),
            "rel_he" => (self.gendered(r.female, ("lui", "lei"), ("he", "she")), ""),
            "rel_him" => (self.gendered(r.female, ("lui", "lei"), ("him", "her")), ""),
            "rel_his" => (self.gendered(r.female, ("suo", "suo"), ("his", "her")), ""),
            "ro" => (self.gendered(r.female, ("o", "a"), ("", "")), ""),
            "o" => (self.gendered(self.customer.person.female, ("o", "a"), ("", "")), ""),
            "other_name" => (full(&self.other?.person), "identity"),
            "other_last" => (self.other?.person.last.to_owned(), "identity"),
            "other_birth" => (birth_short(self.other?.person.birth), "identity"),
            "other_phone" => (self.other?.phone.clone(), "contact"),
            "other_cf" => (self.other?.person.codice_fiscale.clone(), "government_id"),
            "twin_name" => (full(&self.namesake?.person), "identity"),
            "twin_first" => (self.namesake?.person.first.to_owned(), "identity"),
            "twin_email" => (self.namesake?.email.clone(), "contact"),
            "twin_birth" => (birth_short(self.namesake?.person.birth), "identity"),
            _ => return None,
        })
    }

    /// `mia madre` of the customer is `sua madre` when an agent speaks of her.
    fn your_relation(&self) -> String {
        let (it, en) = self.customer.relation;
        if self.italian() {
            it.replacen("mia", "sua", 1).replacen("mio", "suo", 1)
        } else {
            en.replacen("my", "your", 1)
        }
    }

    fn gendered(&self, female: bool, it: (&str, &str), en: (&str, &str)) -> String {
        let (man, woman) = if self.italian() { it } else { en };
        if female { woman } else { man }.to_owned()
    }

    fn payment(&self, key: &str) -> Option<Filled> {
        let (c, d) = (self.customer, &self.draws);
        let tight = |value: &str| value.replace(' ', "");
        let last_four = || c.card.chars().skip(c.card.chars().count().saturating_sub(4)).collect();
        Some(match key {
            "card" => (c.card.clone(), "payment"),
            "card_tight" => (tight(&c.card), "payment"),
            "card2" => (self.second_card.clone(), "payment"),
            "last4" => (last_four(), ""),
            "expiry" => (d.expiry.clone(), "payment"),
            "iban" => (c.iban.clone(), "payment"),
            "iban_tight" => (tight(&c.iban), "payment"),
            "cvv" => (d.cvv.clone(), "credential"),
            "password" => (d.password.clone(), "credential"),
            "otp" => (d.otp.clone(), "credential"),
            "pin" => (d.pin.clone(), "credential"),
            _ => return None,
        })
    }

    fn health(&self, key: &str) -> Option<Filled> {
        let (t, quiet, d) = (&self.therapy, &self.quiet_therapy, &self.draws);
        let text = match key {
            "condition" => self.say(t.condition_it, t.condition_en),
            "medicine" => self.say(t.medicine_it, t.medicine_en),
            "dose" => self.say(t.dose_it, t.dose_en),
            "allergy" => self.say(self.allergy.0, self.allergy.1),
            "mind_condition" => self.say(quiet.condition_it, quiet.condition_en),
            "mind_medicine" => self.say(quiet.medicine_it, quiet.medicine_en),
            "mind_dose" => self.say(quiet.dose_it, quiet.dose_en),
            "nre" => d.nre.clone(),
            "nre2" => d.new_nre.clone(),
            "pressure" => format!("{}/{}", d.pressure.0, d.pressure.1),
            "glucose" => d.glucose.to_string(),
            "weeks" => d.weeks.to_string(),
            _ => return None,
        };
        Some((text, "health"))
    }

    /// Orders, products, dates: what makes a matter but identifies nobody.
    fn matter(&self, key: &str) -> Option<String> {
        let d = &self.draws;
        let product = |p: &Product| self.say(p.it, p.en);
        let with_article =
            |p: &Product| self.say(&format!("{}{}", p.article, p.it), &format!("the {}", p.en));
        let of = |p: &Product| {
            self.say(&format!("{}{}", of_article(p.article), p.it), &format!("of the {}", p.en))
        };
        Some(match key {
            "of_product" => of(&self.product),
            "of_product2" => of(&self.other_product),
            "order" => self.order.clone(),
            "order2" => self.second_order.clone(),
            "product" => product(&self.product),
            "the_product" => with_article(&self.product),
            "product2" => product(&self.other_product),
            "the_product2" => with_article(&self.other_product),
            "amount" => self.money(self.cents),
            "amount2" => self.money(self.cents * 2),
            "serial" => self.serial.clone(),
            "tracking" => d.tracking.clone(),
            "courier" => d.courier.to_owned(),
            "doctor" => d.doctor.to_owned(),
            "voucher" => d.voucher.clone(),
            "sdi" => d.recipient.clone(),
            "order_date" => self.day_before(d.order_age),
            "yesterday" => self.day_before(1),
            "today" => self.day_before(0),
            "weekday" => {
                let names = if self.italian() { &DAYS_IT } else { &DAYS_EN };
                names.get(d.weekday).copied().unwrap_or("").to_owned()
            }
            "time" => format!("{}:{:02}", d.hour, d.weekday * 10),
            "claim" => format!("RC-{}", d.ticketish),
            "org" => self.organization()?,
            "brand" => if self.brand == HOME { "Salvianova Casa" } else { "Salvianova Farmacia" }
                .to_owned(),
            "region" => self.customer.home.region.to_owned(),
            _ => return None,
        })
    }

    fn organization(&self) -> Option<String> {
        let at = self.customer.organization?;
        desk::organization(at).map(|(_, name)| name.to_owned())
    }
}

/// Another customer of the same language and another surname.
fn stranger<'a>(customer: &Customer, all: &'a [Customer], rng: &mut Rng) -> Option<&'a Customer> {
    let fits = |other: &&Customer| {
        other.language == customer.language && other.person.last != customer.person.last
    };
    let start = rng.below(all.len());
    all.iter().cycle().skip(start).take(all.len()).find(fits)
}

/// Anxiety or depression.
fn quiet(rng: &mut Rng) -> Therapy {
    let fits = |t: &&Therapy| matches!(t.condition_en, "anxiety" | "depression");
    rng.pick(&THERAPIES.iter().filter(fits).copied().collect::<Vec<_>>())
}

/// The working day of `at`, Monday for a weekend.
fn coming_weekday(at: i64) -> usize {
    let day = usize::try_from(rome(at).weekday).unwrap_or(0);
    if day < DAYS_IT.len() { day } else { 0 }
}

/// `di` and an Italian article in one word.
fn of_article(article: &str) -> &'static str {
    match article {
        "il " => "del ",
        "lo " => "dello ",
        "la " => "della ",
        _ => "dell'",
    }
}

/// First and last name.
pub(super) fn full(person: &Person) -> String {
    format!("{} {}", person.first, person.last)
}

fn birth_short(birth: Birth) -> String {
    format!("{:02}/{:02}/{}", birth.day, birth.month, birth.year)
}
