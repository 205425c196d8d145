//! What the company sells and what its customers take: things to talk about in a ticket.
//!
//! Products carry invented names. Medicines are named by active ingredient, with the conditions that
//! they are commonly taken for, so that health data in the texts reads as health data does. Nothing
//! here is advice.

/// A thing in the shop.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Product {
    /// Italian article with its space or apostrophe: `il `, `l'`.
    pub(super) article: &'static str,
    pub(super) it: &'static str,
    pub(super) en: &'static str,
    /// Price in euro cents.
    pub(super) cents: i64,
}

const fn p(article: &'static str, it: &'static str, en: &'static str, cents: i64) -> Product {
    Product { article, it, en, cents }
}

/// Sold by the pharmacy.
pub(super) const REMEDIES: &[Product] = &[
    p("l'", "integratore di magnesio", "magnesium supplement", 1_890),
    p("lo ", "spray nasale all'acqua di mare", "sea water nasal spray", 1_150),
    p("la ", "crema per pelli atopiche", "cream for atopic skin", 2_490),
    p("il ", "collirio senza conservanti", "preservative-free eye drops", 1_620),
    p("la ", "vitamina D in gocce", "vitamin D drops", 1_240),
    p("il ", "solare bambini SPF 50", "kids' sunscreen SPF 50", 2_190),
    p("l'", "omega 3 in capsule", "omega 3 capsules", 2_750),
    p("il ", "fermento lattico in bustine", "probiotic sachets", 1_580),
    p("lo ", "shampoo per dermatite", "dermatitis shampoo", 1_390),
    p("la ", "tisana drenante", "herbal drainage tea", 890),
    p("il ", "latte in polvere tipo 2", "follow-on milk, stage 2", 1_990),
    p("il ", "gel per gengive", "gum gel", 1_070),
];

/// Sold by the devices and home-care shop.
pub(super) const DEVICES: &[Product] = &[
    p("il ", "misuratore di pressione Brezza 3", "Brezza 3 blood pressure monitor", 6_490),
    p("l'", "aerosol Nuvola Mini", "Nuvola Mini nebuliser", 5_990),
    p("il ", "saturimetro Perla", "Perla pulse oximeter", 3_290),
    p("il ", "termometro a infrarossi Lume", "Lume infrared thermometer", 2_990),
    p("il ", "glucometro Goccia", "Goccia glucose meter", 2_490),
    p("la ", "bilancia impedenziometrica Filo", "Filo body scale", 4_590),
    p("il ", "materasso antidecubito Riposo", "Riposo pressure-relief mattress", 15_900),
    p("la ", "carrozzina pieghevole Passo", "Passo folding wheelchair", 21_900),
    p("il ", "deambulatore Ponte", "Ponte walking frame", 8_900),
    p("l'", "elettrostimolatore Onda", "Onda muscle stimulator", 7_900),
    p("la ", "ginocchiera Salda taglia M", "Salda knee brace, size M", 3_450),
    p("la ", "pedana da doccia Appoggio", "Appoggio shower seat", 5_250),
];

/// A condition, what is taken for it and how.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Therapy {
    pub(super) condition_it: &'static str,
    pub(super) condition_en: &'static str,
    pub(super) medicine_it: &'static str,
    pub(super) medicine_en: &'static str,
    pub(super) dose_it: &'static str,
    pub(super) dose_en: &'static str,
}

const fn t(
    (condition_it, condition_en): (&'static str, &'static str),
    (medicine_it, medicine_en): (&'static str, &'static str),
    (dose_it, dose_en): (&'static str, &'static str),
) -> Therapy {
    Therapy { condition_it, condition_en, medicine_it, medicine_en, dose_it, dose_en }
}

/// Long-term therapies that turn up in letters to a pharmacy.
pub(super) const THERAPIES: &[Therapy] = &[
    t(
        ("ipertensione", "high blood pressure"),
        ("ramipril 5 mg", "ramipril 5 mg"),
        ("una compressa al mattino", "one tablet in the morning"),
    ),
    t(
        ("diabete di tipo 2", "type 2 diabetes"),
        ("metformina 850 mg", "metformin 850 mg"),
        ("una compressa due volte al giorno", "one tablet twice a day"),
    ),
    t(
        ("ipotiroidismo", "hypothyroidism"),
        ("levotiroxina 75 mcg", "levothyroxine 75 mcg"),
        ("una compressa a digiuno", "one tablet on an empty stomach"),
    ),
    t(
        ("fibrillazione atriale", "atrial fibrillation"),
        ("apixaban 5 mg", "apixaban 5 mg"),
        ("una compressa ogni 12 ore", "one tablet every 12 hours"),
    ),
    t(
        ("asma", "asthma"),
        ("salbutamolo spray 100 mcg", "salbutamol inhaler 100 mcg"),
        ("due inalazioni al bisogno", "two puffs when needed"),
    ),
    t(
        ("ansia", "anxiety"),
        ("sertralina 50 mg", "sertraline 50 mg"),
        ("una compressa dopo colazione", "one tablet after breakfast"),
    ),
    t(
        ("colesterolo alto", "high cholesterol"),
        ("atorvastatina 20 mg", "atorvastatin 20 mg"),
        ("una compressa la sera", "one tablet in the evening"),
    ),
    t(
        ("artrite reumatoide", "rheumatoid arthritis"),
        ("metotrexato 10 mg", "methotrexate 10 mg"),
        ("una volta alla settimana", "once a week"),
    ),
    t(
        ("reflusso gastroesofageo", "acid reflux"),
        ("pantoprazolo 20 mg", "pantoprazole 20 mg"),
        ("una compressa prima di colazione", "one tablet before breakfast"),
    ),
    t(
        ("morbo di Parkinson", "Parkinson's disease"),
        ("levodopa 100 mg", "levodopa 100 mg"),
        ("tre volte al giorno lontano dai pasti", "three times a day away from meals"),
    ),
    t(
        ("celiachia", "coeliac disease"),
        ("ferro bisglicinato 28 mg", "iron bisglycinate 28 mg"),
        ("una capsula al giorno", "one capsule a day"),
    ),
    t(
        ("emicrania", "migraine"),
        ("sumatriptan 50 mg", "sumatriptan 50 mg"),
        ("una compressa all'inizio dell'attacco", "one tablet at the start of an attack"),
    ),
    t(
        ("osteoporosi", "osteoporosis"),
        ("acido alendronico 70 mg", "alendronic acid 70 mg"),
        ("una compressa alla settimana", "one tablet a week"),
    ),
    t(
        ("depressione", "depression"),
        ("escitalopram 10 mg", "escitalopram 10 mg"),
        ("una compressa al giorno", "one tablet a day"),
    ),
];

/// Allergies as people name them (Italian, English).
pub(super) const ALLERGIES: &[(&str, &str)] = &[
    ("alla penicillina", "penicillin"),
    ("al nichel", "nickel"),
    ("all'aspirina", "aspirin"),
    ("al lattosio", "lactose"),
    ("alle arachidi", "peanuts"),
    ("al lattice", "latex"),
    ("al paracetamolo", "paracetamol"),
];
