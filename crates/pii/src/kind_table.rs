//! The table of kinds: one row a kind. Ids are stored for years: never reuse one.

use crate::kind::{Category, KindDoc};

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $id:literal, $name:literal, $category:ident,
        [$($label:literal),* $(,)?], $countries:literal, $validation:literal, $source:literal;)*) => {
        /// A type of personal value: it chooses validators, label and form of the mask. The number is stable for storage.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[repr(u16)]
        #[non_exhaustive]
        pub enum Kind { $($(#[$doc])* $variant = $id,)* }

        impl Kind {
            /// How many kinds there are.
            pub const COUNT: usize = [$($id),*].len();
            const ALL: [Kind; Self::COUNT] = [$(Kind::$variant),*];

            /// Every kind, by id.
            pub fn all() -> impl Iterator<Item = Kind> {
                Self::ALL.into_iter()
            }

            /// The stored number, never 0.
            #[must_use]
            pub const fn id(self) -> u16 {
                self as u16
            }

            /// The kind of a stored number.
            #[must_use]
            pub const fn from_id(id: u16) -> Option<Kind> {
                match id {
                    $($id => Some(Kind::$variant),)*
                    _ => None,
                }
            }

            /// The name in configuration, API and evaluation files.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Kind::$variant => $name,)* }
            }

            /// The kind of this name.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Kind> {
                match name {
                    $($name => Some(Kind::$variant),)*
                    _ => None,
                }
            }

            /// The category that this kind belongs to as shipped; an organisation may map it elsewhere.
            #[must_use]
            pub const fn category(self) -> Category {
                match self { $(Kind::$variant => Category::$category,)* }
            }

            /// What the documentation says of it.
            #[must_use]
            pub const fn doc(self) -> KindDoc {
                match self {
                    $(Kind::$variant => KindDoc {
                        countries: $countries,
                        validation: $validation,
                        source: $source,
                    },)*
                }
            }

            pub(crate) const fn labels(self) -> [&'static str; 8] {
                match self { $(Kind::$variant => [$($label),*],)* }
            }
        }
    };
}

kinds! {
    /// `person`: cue words, titles, sign-offs, name lists, the known customer.
    Person = 1, "person", IDENTITY,
        ["[name]", "[nome]", "[Name]", "[nom]", "[nombre]", "[nome]", "[naam]", "[nazwisko]"],
        "any", "cue words, titles, sign-offs, name lists, the known customer", "own lists";
    /// `email`: dot-atom and domain form; spoken forms.
    Email = 2, "email", CONTACT,
        ["[email]", "[email]", "[E-Mail]", "[e-mail]", "[correo]", "[e-mail]", "[e-mail]", "[e-mail]"],
        "any", "dot-atom and domain form; spoken forms", "RFC 5321, RFC 1035";
    /// `phone`: length by country, national prefixes, grouping.
    Phone = 3, "phone", CONTACT,
        ["[phone]", "[telefono]", "[Telefon]", "[téléphone]", "[teléfono]", "[telefone]", "[telefoon]", "[telefon]"],
        "any", "length by country, national prefixes, grouping", "ITU-T E.164";
    /// `credit_card`: Luhn, issuer ranges, grouping.
    CreditCard = 4, "credit_card", PAYMENT,
        ["[card]", "[carta]", "[Karte]", "[carte]", "[tarjeta]", "[cartão]", "[kaart]", "[karta]"],
        "any", "Luhn, issuer ranges, grouping", "ISO/IEC 7812-1";
    /// `card_verification`: 3–4 digits at a cue or beside a card.
    CardVerification = 5, "card_verification", CREDENTIAL,
        ["[card code]", "[codice carta]", "[Kartenprüfnummer]", "[code carte]", "[código tarjeta]", "[código cartão]", "[kaartcode]", "[kod karty]"],
        "any", "3–4 digits at a cue or beside a card", "PCI DSS 3.3.1";
    /// `card_expiry`: month and year at a cue or beside a card.
    CardExpiry = 6, "card_expiry", PAYMENT,
        ["[card expiry]", "[scadenza carta]", "[Kartenablauf]", "[expiration carte]", "[caducidad]", "[validade]", "[vervaldatum]", "[ważność karty]"],
        "any", "month and year at a cue or beside a card", "ISO/IEC 7813";
    /// `card_last4`: four digits that were asked for.
    CardLast4 = 7, "card_last4", PAYMENT,
        ["[card digits]", "[cifre carta]", "[Kartenziffern]", "[chiffres carte]", "[dígitos tarjeta]", "[dígitos cartão]", "[kaartcijfers]", "[cyfry karty]"],
        "any", "four digits that were asked for", "own";
    /// `iban`: mod 97-10, length by country.
    Iban = 8, "iban", PAYMENT,
        ["[IBAN]", "[IBAN]", "[IBAN]", "[IBAN]", "[IBAN]", "[IBAN]", "[IBAN]", "[IBAN]"],
        "SWIFT registry", "mod 97-10, length by country", "ISO 13616-1";
    /// `bank_account`: digits at a cue.
    BankAccount = 9, "bank_account", PAYMENT,
        ["[account]", "[conto]", "[Konto]", "[compte]", "[cuenta]", "[conta]", "[rekening]", "[konto]"],
        "any", "digits at a cue", "own";
    /// `it_fiscal_code`: check letter, month letter, day, omocodia.
    ItFiscalCode = 10, "it_fiscal_code", GOVERNMENT_ID,
        ["[tax code]", "[codice fiscale]", "[Steuernummer]", "[code fiscal]", "[código fiscal]", "[código fiscal]", "[fiscale code]", "[kod podatkowy]"],
        "IT", "check letter, month letter, day, omocodia", "D.M. 23/12/1976";
    /// `it_vat_code`: check digit.
    ItVatCode = 11, "it_vat_code", GOVERNMENT_ID,
        ["[VAT number]", "[partita IVA]", "[USt-IdNr.]", "[n° TVA]", "[NIF-IVA]", "[NIF]", "[btw-nummer]", "[NIP]"],
        "IT", "check digit", "D.P.R. 633/1972 art. 35";
    /// `us_ssn`: no area 000, 666, 9xx; no group 00; no serial 0000.
    UsSsn = 12, "us_ssn", GOVERNMENT_ID,
        ["[SSN]", "[SSN]", "[SSN]", "[SSN]", "[SSN]", "[SSN]", "[SSN]", "[SSN]"],
        "US", "no area 000, 666, 9xx; no group 00; no serial 0000", "20 CFR 422";
    /// `us_ssn_last4`: four digits at a cue or asked for.
    UsSsnLast4 = 13, "us_ssn_last4", GOVERNMENT_ID,
        ["[SSN digits]", "[cifre SSN]", "[SSN-Ziffern]", "[chiffres SSN]", "[dígitos SSN]", "[dígitos SSN]", "[SSN-cijfers]", "[cyfry SSN]"],
        "US", "four digits at a cue or asked for", "own";
    /// `national_id`: check digit of each country (DNI, NIE, NIR, Steuer-ID, BSN, PESEL, NINO, Aadhaar, NRIC…).
    NationalId = 14, "national_id", GOVERNMENT_ID,
        ["[ID number]", "[numero personale]", "[Personalnummer]", "[n° d'identité]", "[n.º de identidad]", "[n.º de identidade]", "[persoonsnummer]", "[numer osobisty]"],
        "EU, UK, KR, IN, SG…", "check digit of each country (DNI, NIE, NIR, Steuer-ID, BSN, PESEL, NINO, Aadhaar, NRIC…)", "law of each country";
    /// `passport`: form at a cue.
    Passport = 15, "passport", GOVERNMENT_ID,
        ["[passport]", "[passaporto]", "[Reisepass]", "[passeport]", "[pasaporte]", "[passaporte]", "[paspoort]", "[paszport]"],
        "any", "form at a cue", "ICAO Doc 9303";
    /// `it_identity_card`: paper and electronic forms at a cue; CIE form alone.
    ItIdentityCard = 16, "it_identity_card", GOVERNMENT_ID,
        ["[identity card]", "[carta d'identità]", "[Personalausweis]", "[carte d'identité]", "[documento]", "[cartão de identidade]", "[identiteitskaart]", "[dowód]"],
        "IT", "paper and electronic forms at a cue; CIE form alone", "D.M. 23/12/2015";
    /// `driver_license`: form at a cue.
    DriverLicense = 17, "driver_license", GOVERNMENT_ID,
        ["[driving licence]", "[patente]", "[Führerschein]", "[permis]", "[permiso de conducir]", "[carta de condução]", "[rijbewijs]", "[prawo jazdy]"],
        "any", "form at a cue", "Directive 2006/126/EC";
    /// `tax_id`: check digit where there is one, form at a cue.
    TaxId = 18, "tax_id", GOVERNMENT_ID,
        ["[tax number]", "[codice fiscale estero]", "[Steuernummer]", "[n° fiscal]", "[n.º fiscal]", "[n.º fiscal]", "[fiscaal nummer]", "[numer podatkowy]"],
        "EU, US, AU, IN…", "check digit where there is one, form at a cue", "VIES, IRS, ATO";
    /// `medical_id`: form at a cue, check digit where there is one.
    MedicalId = 19, "medical_id", HEALTH,
        ["[private]", "[private]", "[private]", "[private]", "[private]", "[private]", "[private]", "[private]"],
        "any", "form at a cue, check digit where there is one", "NHS, CMS";
    /// `ip`: routable range.
    Ip = 20, "ip", ONLINE,
        ["[IP]", "[IP]", "[IP]", "[IP]", "[IP]", "[IP]", "[IP]", "[IP]"],
        "any", "routable range", "RFC 6890";
    /// `mac`: six pairs, one separator.
    Mac = 21, "mac", ONLINE,
        ["[MAC]", "[MAC]", "[MAC]", "[MAC]", "[MAC]", "[MAC]", "[MAC]", "[MAC]"],
        "any", "six pairs, one separator", "IEEE 802";
    /// `url_personal`: known sites with a path to a person.
    UrlPersonal = 22, "url_personal", ONLINE,
        ["[profile link]", "[link profilo]", "[Profil-Link]", "[lien profil]", "[enlace perfil]", "[link perfil]", "[profiellink]", "[link profilu]"],
        "any", "known sites with a path to a person", "own list";
    /// `username`: value at a cue.
    Username = 23, "username", ONLINE,
        ["[user name]", "[nome utente]", "[Benutzername]", "[identifiant]", "[usuario]", "[utilizador]", "[gebruikersnaam]", "[login]"],
        "any", "value at a cue", "own";
    /// `device_id`: IMEI by Luhn at a cue.
    DeviceId = 24, "device_id", ONLINE,
        ["[device]", "[dispositivo]", "[Gerät]", "[appareil]", "[dispositivo]", "[dispositivo]", "[apparaat]", "[urządzenie]"],
        "any", "IMEI by Luhn at a cue", "3GPP TS 23.003";
    /// `date_of_birth`: a true date at a cue or asked for.
    DateOfBirth = 25, "date_of_birth", IDENTITY,
        ["[birth date]", "[data di nascita]", "[Geburtsdatum]", "[date de naissance]", "[fecha de nacimiento]", "[data de nascimento]", "[geboortedatum]", "[data urodzenia]"],
        "any", "a true date at a cue or asked for", "own";
    /// `address`: street word, house number, postcode, town.
    Address = 26, "address", LOCATION,
        ["[address]", "[indirizzo]", "[Adresse]", "[adresse]", "[dirección]", "[morada]", "[adres]", "[adres]"],
        "IT, EN, DE, FR, ES, NL, PT…", "street word, house number, postcode, town", "UPU S42";
    /// `geo`: latitude and longitude in range, with decimals.
    Geo = 27, "geo", LOCATION,
        ["[position]", "[posizione]", "[Position]", "[position]", "[posición]", "[posição]", "[positie]", "[pozycja]"],
        "any", "latitude and longitude in range, with decimals", "ISO 6709";
    /// `license_plate`: form of the country or a cue.
    LicensePlate = 28, "license_plate", IDENTITY,
        ["[plate]", "[targa]", "[Kennzeichen]", "[immatriculation]", "[matrícula]", "[matrícula]", "[kenteken]", "[tablica]"],
        "EU, UK", "form of the country or a cue", "own";
    /// `vehicle_id`: form at a cue.
    VehicleId = 29, "vehicle_id", IDENTITY,
        ["[VIN]", "[telaio]", "[FIN]", "[VIN]", "[bastidor]", "[VIN]", "[VIN]", "[VIN]"],
        "any", "form at a cue", "ISO 3779";
    /// `password`: value at a cue.
    Password = 30, "password", CREDENTIAL,
        ["[password]", "[password]", "[Passwort]", "[mot de passe]", "[contraseña]", "[palavra-passe]", "[wachtwoord]", "[hasło]"],
        "any", "value at a cue", "own";
    /// `api_key`: known prefixes; long mixed strings at a cue.
    ApiKey = 31, "api_key", CREDENTIAL,
        ["[key]", "[chiave]", "[Schlüssel]", "[clé]", "[clave]", "[chave]", "[sleutel]", "[klucz]"],
        "any", "known prefixes; long mixed strings at a cue", "vendors' key formats";
    /// `private_key`: PEM armour.
    PrivateKey = 32, "private_key", CREDENTIAL,
        ["[private key]", "[chiave privata]", "[privater Schlüssel]", "[clé privée]", "[clave privada]", "[chave privada]", "[privésleutel]", "[klucz prywatny]"],
        "any", "PEM armour", "RFC 7468";
    /// `pin`: short digits at a cue or asked for.
    Pin = 33, "pin", CREDENTIAL,
        ["[PIN]", "[PIN]", "[PIN]", "[PIN]", "[PIN]", "[PIN]", "[PIN]", "[PIN]"],
        "any", "short digits at a cue or asked for", "own";
    /// `otp`: 4–8 signs at a cue or asked for.
    Otp = 34, "otp", CREDENTIAL,
        ["[one-time code]", "[codice monouso]", "[Einmalcode]", "[code unique]", "[código único]", "[código único]", "[eenmalige code]", "[kod jednorazowy]"],
        "any", "4–8 signs at a cue or asked for", "own";
    /// `security_answer`: value at a cue.
    SecurityAnswer = 35, "security_answer", CREDENTIAL,
        ["[security answer]", "[risposta segreta]", "[Sicherheitsantwort]", "[réponse secrète]", "[respuesta secreta]", "[resposta secreta]", "[geheim antwoord]", "[odpowiedź]"],
        "any", "value at a cue", "own";
    /// `health`: own lexicon of conditions, therapies, disability.
    Health = 36, "health", HEALTH,
        ["[private]", "[private]", "[private]", "[private]", "[private]", "[private]", "[private]", "[private]"],
        "any", "own lexicon of conditions, therapies, disability", "GDPR art. 4(15)";
    /// `special_category`: own lexicon, low confidence.
    SpecialCategory = 37, "special_category", HEALTH,
        ["[private]", "[private]", "[private]", "[private]", "[private]", "[private]", "[private]", "[private]"],
        "any", "own lexicon, low confidence", "GDPR art. 9";
    /// `account_id`: value at a cue (customer, policy, contract, member, POD, PDR).
    AccountId = 38, "account_id", IDENTITY,
        ["[customer number]", "[codice cliente]", "[Kundennummer]", "[n° client]", "[n.º de cliente]", "[n.º de cliente]", "[klantnummer]", "[numer klienta]"],
        "any", "value at a cue (customer, policy, contract, member, POD, PDR)", "own";
    /// `external_id`: a whole field, not searched for in texts.
    ExternalId = 39, "external_id", IDENTITY,
        ["[external id]", "[id esterno]", "[externe ID]", "[id externe]", "[id externo]", "[id externo]", "[extern id]", "[id zewnętrzne]"],
        "any", "a whole field, not searched for in texts", "own";
    /// `crypto_wallet`: Base58 and Bech32 form, prefix, length.
    CryptoWallet = 40, "crypto_wallet", PAYMENT,
        ["[wallet]", "[wallet]", "[Wallet]", "[portefeuille]", "[monedero]", "[carteira]", "[wallet]", "[portfel]"],
        "any", "Base58 and Bech32 form, prefix, length", "BIP 13, BIP 173";
    /// `unknown`: whole field that nobody has classified.
    Unknown = 60, "unknown", UNKNOWN,
        ["[hidden]", "[nascosto]", "[verborgen]", "[masqué]", "[oculto]", "[oculto]", "[verborgen]", "[ukryte]"],
        "any", "whole field that nobody has classified", "own";
    /// `unscanned`: whole text that could not be scanned.
    Unscanned = 61, "unscanned", UNKNOWN,
        ["[not scanned]", "[non analizzato]", "[nicht geprüft]", "[non analysé]", "[no analizado]", "[não analisado]", "[niet gescand]", "[nieprzeskanowane]"],
        "any", "whole text that could not be scanned", "own";
}
