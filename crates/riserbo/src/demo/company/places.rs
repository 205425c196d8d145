//! Towns, streets and addresses: the towns and their postal codes are real, streets are common
//! names, and which house stands at which number nobody looked up.

use super::rng::Rng;

/// An Italian town: name, province, cadastral code (as in a codice fiscale), first postal code,
/// number of postal codes (1 = one for the whole town), area code, region.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Town {
    pub(super) name: &'static str,
    pub(super) province: &'static str,
    pub(super) cadastral: &'static str,
    cap: i64,
    caps: i64,
    pub(super) area: &'static str,
    pub(super) region: &'static str,
}

const fn town(
    name: &'static str,
    province: &'static str,
    cadastral: &'static str,
    (cap, caps): (i64, i64),
    area: &'static str,
    region: &'static str,
) -> Town {
    Town { name, province, cadastral, cap, caps, area, region }
}

/// Where the Italian customers were born and live.
pub(super) const TOWNS: &[Town] = &[
    town("Bologna", "BO", "A944", (40_121, 20), "051", "Emilia-Romagna"),
    town("Modena", "MO", "F257", (41_121, 5), "059", "Emilia-Romagna"),
    town("Parma", "PR", "G337", (43_121, 5), "0521", "Emilia-Romagna"),
    town("Ravenna", "RA", "H199", (48_121, 4), "0544", "Emilia-Romagna"),
    town("Ferrara", "FE", "D548", (44_121, 4), "0532", "Emilia-Romagna"),
    town("Rimini", "RN", "H294", (47_921, 3), "0541", "Emilia-Romagna"),
    town("Piacenza", "PC", "G535", (29_121, 2), "0523", "Emilia-Romagna"),
    town("Milano", "MI", "F205", (20_121, 40), "02", "Lombardia"),
    town("Bergamo", "BG", "A794", (24_121, 9), "035", "Lombardia"),
    town("Brescia", "BS", "B157", (25_121, 14), "030", "Lombardia"),
    town("Pavia", "PV", "G388", (27_100, 1), "0382", "Lombardia"),
    town("Como", "CO", "C933", (22_100, 1), "031", "Lombardia"),
    town("Varese", "VA", "L682", (21_100, 1), "0332", "Lombardia"),
    town("Mantova", "MN", "E897", (46_100, 1), "0376", "Lombardia"),
    town("Torino", "TO", "L219", (10_121, 30), "011", "Piemonte"),
    town("Novara", "NO", "F952", (28_100, 1), "0321", "Piemonte"),
    town("Genova", "GE", "D969", (16_121, 30), "010", "Liguria"),
    town("Verona", "VR", "L781", (37_121, 18), "045", "Veneto"),
    town("Padova", "PD", "G224", (35_121, 20), "049", "Veneto"),
    town("Vicenza", "VI", "L840", (36_100, 1), "0444", "Veneto"),
    town("Venezia", "VE", "L736", (30_121, 15), "041", "Veneto"),
    town("Trento", "TN", "L378", (38_121, 3), "0461", "Trentino-Alto Adige"),
    town("Udine", "UD", "L483", (33_100, 1), "0432", "Friuli-Venezia Giulia"),
    town("Trieste", "TS", "L424", (34_121, 20), "040", "Friuli-Venezia Giulia"),
    town("Firenze", "FI", "D612", (50_121, 20), "055", "Toscana"),
    town("Pisa", "PI", "G702", (56_121, 6), "050", "Toscana"),
    town("Lucca", "LU", "E715", (55_100, 1), "0583", "Toscana"),
    town("Siena", "SI", "I726", (53_100, 1), "0577", "Toscana"),
    town("Arezzo", "AR", "A390", (52_100, 1), "0575", "Toscana"),
    town("Livorno", "LI", "E625", (57_121, 8), "0586", "Toscana"),
    town("Perugia", "PG", "G478", (6_121, 10), "075", "Umbria"),
    town("Ancona", "AN", "A271", (60_121, 10), "071", "Marche"),
    town("Roma", "RM", "H501", (118, 70), "06", "Lazio"),
    town("Pescara", "PE", "G482", (65_121, 9), "085", "Abruzzo"),
    town("Napoli", "NA", "F839", (80_121, 25), "081", "Campania"),
    town("Salerno", "SA", "H703", (84_121, 14), "089", "Campania"),
    town("Bari", "BA", "A662", (70_121, 11), "080", "Puglia"),
    town("Lecce", "LE", "E506", (73_100, 1), "0832", "Puglia"),
    town("Foggia", "FG", "D643", (71_121, 2), "0881", "Puglia"),
    town("Palermo", "PA", "G273", (90_121, 30), "091", "Sicilia"),
    town("Catania", "CT", "C351", (95_121, 11), "095", "Sicilia"),
    town("Messina", "ME", "F158", (98_121, 10), "090", "Sicilia"),
    town("Cagliari", "CA", "B354", (9_121, 10), "070", "Sardegna"),
    town("Sassari", "SS", "I452", (7_100, 1), "079", "Sardegna"),
];

const STREETS: &[&str] = &[
    "via Garibaldi",
    "via Mazzini",
    "via Roma",
    "via Cavour",
    "viale della Repubblica",
    "via XXV Aprile",
    "via Dante Alighieri",
    "piazza Matteotti",
    "via dei Tigli",
    "via delle Rose",
    "via San Francesco",
    "corso Italia",
    "via Giuseppe Verdi",
    "via Leopardi",
    "vicolo del Pozzo",
    "via Aldo Moro",
    "via della Stazione",
    "via Fratelli Cervi",
    "viale Europa",
    "via Marconi",
    "via Santa Lucia",
    "via Antonio Gramsci",
    "largo Augusto",
    "via della Libertà",
    "via Monte Grappa",
    "strada del Molino",
    "via Galileo Galilei",
    "via Carducci",
    "via dei Mille",
    "via Nino Bixio",
];

/// An address abroad: street form, town with postal code form, country code and name. `#` stands
/// for a digit.
const ABROAD: &[(&str, &str, &str, &str, &str)] = &[
    ("#4 Harcourt Terrace", "D02 X2#5", "Dublin", "IE", "Ireland"),
    ("1# Lindenstraße", "8033#", "München", "DE", "Germany"),
    ("4# rue des Tilleuls", "6900#", "Lyon", "FR", "France"),
    ("Calle del Olmo 1#", "4600#", "Valencia", "ES", "Spain"),
    ("2# Cheyne Row", "SW3 #HL", "London", "GB", "United Kingdom"),
    ("7# Marchmont Road", "EH9 #HX", "Edinburgh", "GB", "United Kingdom"),
];

/// Where somebody lives.
#[derive(Clone, Debug, Default)]
pub(super) struct Address {
    /// Street and number.
    pub(super) street: String,
    pub(super) postcode: String,
    pub(super) city: &'static str,
    /// Two letters of the province; empty abroad.
    pub(super) province: &'static str,
    /// ISO 3166 code.
    pub(super) country: &'static str,
    /// Area code of the telephone network; empty abroad.
    pub(super) area: &'static str,
    /// Region in Italy, else the country's name.
    pub(super) region: &'static str,
}

impl Address {
    /// On one line, as people write it.
    pub(super) fn line(&self) -> String {
        if self.province.is_empty() {
            format!("{}, {} {}, {}", self.street, self.postcode, self.city, self.region)
        } else {
            format!("{}, {} {} ({})", self.street, self.postcode, self.city, self.province)
        }
    }
}

/// An address in `town`.
pub(super) fn in_town(town: Town, rng: &mut Rng) -> Address {
    let mut street = format!("{} {}", rng.pick(STREETS), rng.range(1, 148));
    match rng.below(12) {
        0 => street.push_str("/A"),
        1 => street.push_str("/b"),
        2 => street.push_str(" int. 4"),
        3 => street.push_str(", scala B"),
        _ => {}
    }
    Address {
        street,
        postcode: format!("{:05}", town.cap + rng.range(0, town.caps - 1)),
        city: town.name,
        province: town.province,
        country: "IT",
        area: town.area,
        region: town.region,
    }
}

/// An address in another country of Europe.
pub(super) fn abroad(rng: &mut Rng) -> Address {
    let (street, postcode, city, country, region) = rng.pick(ABROAD);
    let mut filled = |form: &str| -> String {
        form.chars()
            .map(|c| {
                if c == '#' {
                    char::from_digit(rng.range(1, 9) as u32, 10).unwrap_or('1')
                } else {
                    c
                }
            })
            .collect()
    };
    Address {
        street: filled(street),
        postcode: filled(postcode),
        city,
        province: "",
        country,
        area: "",
        region,
    }
}
