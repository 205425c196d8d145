//! Pairs of personal values whose masks are equal: the same last digits, mail
//! provider, postcode and form; other names, numbers and lengths.
//!
//! All of them are invented; check digits are right, so that validators take them.

/// What a value is, as far as a role's levels go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cat {
    Identity,
    Contact,
    Payment,
    GovernmentId,
    Health,
    Credential,
    Location,
    Online,
    Unknown,
}

type Pair = [&'static str; 2];

pub(crate) const NAMES: [Pair; 6] = [
    ["Giulia Ferrero", "Sara Galli"],
    ["Marco Colombo", "Paolo Martini"],
    ["Lucia Bianchi", "Francesca Valentini"],
    ["Giuseppe Negri", "Davide Rizzo"],
    ["Emma Thompson", "Olivia Carter"],
    ["Jack Harrison", "Noah Bennett"],
];
pub(crate) const LOCALS: [Pair; 4] = [
    ["giulia.ferrero", "sgx"],
    ["mcolombo", "paolo.martini.privato"],
    ["lbian", "valfra"],
    ["kettle", "orchard"],
];
pub(crate) const CARDS: [Pair; 4] = [
    ["4720 1986 0395 4242", "4454 7485 5456 4242"],
    ["4340 2607 8843 1881", "4183 4482 3576 1881"],
    ["4156 7284 1424 0077", "4001 0256 4903 0077"],
    ["4652 2376 0126 9310", "4082 6590 8344 9310"],
];
pub(crate) const IBANS: [Pair; 4] = [
    ["IT92X0542811101101599644242", "IT15X0542811101043101454242"],
    ["IT67X0542811101998378111881", "IT44X0542811101358660661881"],
    ["IT38X0542811101283956510077", "IT20X0542811101853134440077"],
    ["IT93X0542811101912162319310", "IT61X0542811101998663679310"],
];
pub(crate) const PHONES: [Pair; 4] = [
    ["334 641 9511", "336 021 4911"],
    ["336 359 1547", "320 728 1547"],
    ["337 639 7193", "323 211 5293"],
    ["349 197 5208", "325 113 3508"],
];
pub(crate) const FISCAL: [Pair; 4] = [
    ["FRRGLI85T50A562U", "GLLSRA91C44D612Q"],
    ["CLMMRC80A01H501S", "MRTPLA72E30G273V"],
    ["BNCLCU79B12F205F", "VNTFNC88H52C351C"],
    ["NREGPP66M03L219Y", "RZZDVD95P09A944A"],
];
pub(crate) const STREETS: [Pair; 3] = [
    ["via Garibaldi 12", "via Mazzini 7"],
    ["corso Vittorio Emanuele 48", "via Cavour 3"],
    ["piazza Castello 5", "viale dei Mille 101"],
];
pub(crate) const HEALTH: [Pair; 3] =
    [["diabete", "epilessia"], ["asma", "depressione"], ["emicrania", "celiachia"]];
pub(crate) const PASSWORDS: [Pair; 3] =
    [["Tr4monto!blu", "Q9z#k"], ["gatto-Rosso77", "Xy7!kkPq2"], ["8Stelle*mare", "Pane&Vino2031"]];
pub(crate) const IPS: [Pair; 3] = [
    ["93.41.200.17", "151.38.7.9"],
    ["185.22.14.201", "79.9.1.34"],
    ["2.36.77.8", "109.115.240.6"],
];
pub(crate) const BIRTHS: [Pair; 3] =
    [["12/03/1985", "30/11/1962"], ["01/09/1990", "22/07/1979"], ["05/05/2001", "17/12/1988"]];
pub(crate) const SECRETS: [Pair; 3] = [
    ["pratica-azzurra", "x"],
    ["fascicolo 7 di Moretti", "dossier"],
    ["riservato-114", "riservato-902-bis"],
];

/// Which of two databases, and which categories differ between them.
#[derive(Clone, Copy)]
pub(crate) struct Side {
    pub(crate) second: bool,
    pub(crate) differ: &'static [Cat],
}

/// What differs for a principal who sees nothing but content.
pub(crate) const EVERYTHING: &[Cat] = &[
    Cat::Identity,
    Cat::Contact,
    Cat::Payment,
    Cat::GovernmentId,
    Cat::Health,
    Cat::Credential,
    Cat::Location,
    Cat::Online,
    Cat::Unknown,
];

impl Side {
    pub(crate) fn of(self, cat: Cat, values: &[Pair], n: usize) -> &'static str {
        let pair = values[n % values.len()];
        pair[usize::from(self.second && self.differ.contains(&cat))]
    }

    pub(crate) fn name(self, n: usize) -> &'static str {
        self.of(Cat::Identity, &NAMES, n)
    }

    pub(crate) fn email(self, n: usize) -> String {
        format!("{}{n}@gmail.com", self.of(Cat::Contact, &LOCALS, n))
    }

    pub(crate) fn external_id(self, n: usize) -> String {
        format!("{}{n:03}", self.of(Cat::Identity, &[["CLI-0099", "KUNDE-7"]], n))
    }

    /// Fills `{card}` and its like.
    pub(crate) fn fill(self, text: &str, n: usize, customer: usize) -> String {
        let surname = self.name(customer).split(' ').next_back().unwrap().to_lowercase();
        text.replace("{name}", self.name(customer))
            .replace("{surname}", &surname)
            .replace("{email}", &self.email(customer))
            .replace("{phone}", self.of(Cat::Contact, &PHONES, customer))
            .replace("{card}", self.of(Cat::Payment, &CARDS, n))
            .replace("{iban}", self.of(Cat::Payment, &IBANS, n))
            .replace("{fiscal}", self.of(Cat::GovernmentId, &FISCAL, n))
            .replace("{street}", self.of(Cat::Location, &STREETS, n))
            .replace("{health}", self.of(Cat::Health, &HEALTH, n))
            .replace("{password}", self.of(Cat::Credential, &PASSWORDS, n))
            .replace("{ip}", self.of(Cat::Online, &IPS, n))
            .replace("{birth}", self.of(Cat::Identity, &BIRTHS, n))
    }
}

/// Every value of both sides: what nobody may find, count or meet by searching.
pub(crate) fn all() -> Vec<&'static str> {
    let mut out: Vec<&str> = Vec::new();
    let tables: [&[Pair]; 12] = [
        &NAMES, &LOCALS, &CARDS, &IBANS, &PHONES, &FISCAL, &STREETS, &HEALTH, &PASSWORDS, &IPS,
        &BIRTHS, &SECRETS,
    ];
    for table in tables {
        out.extend(table.iter().flatten());
    }
    out
}
