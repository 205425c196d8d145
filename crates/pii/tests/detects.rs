//! What is found in sentences as people write them, and what is left alone. All of it is invented.

use pii::{Context, Kind, Profile, Role, Scanner, Turn};

/// What is found, as (kind, text).
fn found<'a>(text: &'a str, cx: &Context<'_>) -> Vec<(Kind, &'a str)> {
    let part = |f: &pii::Finding| (f.kind, text.get(f.range.clone()).unwrap_or(""));
    Scanner::default().scan(text, cx).iter().map(part).collect()
}

/// Takes the marks out of a sentence: its values stand as `⟦kind:value⟧`.
fn unmark(marked: &str) -> Option<(String, Vec<(Kind, String)>)> {
    let (mut text, mut expected) = (String::new(), Vec::new());
    let mut rest = marked;
    while let Some((before, tail)) = rest.split_once('⟦') {
        let (inside, after) = tail.split_once('⟧')?;
        let (kind, value) = inside.split_once(':')?;
        text.push_str(before);
        text.push_str(value);
        expected.push((Kind::from_name(kind)?, value.to_owned()));
        rest = after;
    }
    text.push_str(rest);
    Some((text, expected))
}

/// In each sentence exactly the marked values are found.
fn check(sentences: &[&str]) {
    for marked in sentences {
        let (text, expected) = unmark(marked).unwrap_or_default();
        assert!(!text.is_empty(), "marks of {marked}");
        let found: Vec<_> =
            found(&text, &Context::default()).into_iter().map(|(k, v)| (k, v.to_owned())).collect();
        assert_eq!(found, expected, "{marked}");
    }
}

#[test]
fn numbers_that_speak_for_themselves() {
    check(&[
        "La mia carta è ⟦credit_card:4111 1111 1111 1111⟧, grazie",
        "carta ⟦credit_card:5555-5555-5555-4444⟧ scadenza ⟦card_expiry:09/27⟧ cvv ⟦card_verification:331⟧",
        "mon IBAN est ⟦iban:FR14 2004 1010 0505 0001 3M02 606⟧ merci",
        "bonifico su ⟦iban:it60x0542811101000000123456⟧ per favore",
        "il codice è ⟦it_fiscal_code:RSSMRA85T10A562S⟧",
        "Mein Konto: ⟦iban:DE89 3704 0044 0532 0130 00⟧.",
        "please ring ⟦phone:+44 7700 900123⟧",
        "il mio numero è ⟦phone:347 1234567⟧",
        "login from ⟦ip:81.2.69.142⟧ and ⟦ip:2a02:c7d:3f2b::17⟧",
        "the box says ⟦mac:00:1e:8c:4f:aa:07⟧",
        "DNI ⟦national_id:12345678Z⟧ para la factura",
        "Partita IVA ⟦it_vat_code:00743110157⟧",
    ]);
}

#[test]
fn a_mistyped_number_beside_its_cue_leaks_all_the_same() {
    check(&[
        "la mia carta di credito è ⟦credit_card:4111 1111 1111 1112⟧",
        "my ssn is ⟦us_ssn:219 09 999⟧",
    ]);
}

#[test]
fn secrets_after_their_cues() {
    check(&[
        "password: ⟦password:Tramonto-44!⟧ but it fails",
        "la password temporanea che mi avete dato (⟦password:Zk7#lago22⟧) non va",
        "il PIN del portone è ⟦pin:4471⟧",
        "⟦otp:448190⟧ is the otp I got",
        "our key is ⟦api_key:sk_test_9aB3kQ8ZpL2mN7xR4tYv⟧ oops",
        "my username is ⟦username:lupo_grigio.77⟧",
        "the password is wrong again",
        "how do I reset my password?",
    ]);
}

#[test]
fn names_after_cues_titles_greetings_and_at_the_end() {
    check(&[
        "Buongiorno, mi chiamo ⟦person:Teodolinda Brambilla⟧ e non riesco ad entrare",
        "mein Name ist ⟦person:Jürgen Pfeiffer⟧, guten Tag",
        "my name is ⟦person:oyelaran⟧ and i need help",
        "Il tecnico è stato gentile.\nCordiali saluti\n⟦person:Ugo D'Amico⟧",
        "Dear Ms ⟦person:Okonkwo⟧, thank you for your patience",
        "Mia moglie ⟦person:Ilaria⟧ ha già pagato",
        "Merci de rappeler Mme ⟦person:Le Goff⟧ demain",
    ]);
}

#[test]
fn addresses_are_one_span() {
    check(&[
        "abito in ⟦address:via Giuseppe Verdi 12, int. 4, 20121 Milano (MI)⟧ da maggio",
        "ship it to ⟦address:4410 Maple Ave Apt 12, Dayton, OH 45402⟧ please",
        "neue Anschrift: ⟦address:Kastanienallee 44, 10435 Berlin⟧",
        "j'habite ⟦address:12 bis rue des Lilas, 69003 Lyon⟧",
        "mi dirección es ⟦address:Calle Mayor 7, 28013 Madrid⟧",
        "we moved to ⟦address:9 Rose Street, Edinburgh EH2 2PR⟧",
    ]);
}

#[test]
fn mail_in_all_its_spellings() {
    check(&[
        "scrivete a ⟦email:t.brambilla@example.it⟧.",
        "email is ⟦email:kat underscore b at gmail dot com⟧",
        "la mail è ⟦email:mario punto verdi chiocciola gmail punto com⟧",
        "⟦email:kowalski 55 gmailcom⟧",
        "GET /u?email=⟦email:anna.k%40example.com⟧&x=1",
    ]);
}

#[test]
fn order_numbers_prices_versions_and_words_are_nobodys() {
    check(&[
        "Where is my order 302-7718820-1193? Tracking 00340434161094042557",
        "Ticket #55120987 è stato preso in carico, tempo previsto 48 ore",
        "Fattura 2024/3381 di € 1.230,00 del 12/03/2024",
        "Error 0x80070057 in version 4.12.3 (build 20240911)",
        "vorrei tre rose bianche e una viola, quanto costa?",
        "will you be open on monday? i hope so",
        "la borsa costa 129,90 euro e pesa 300 g",
        "Transaction 3f2504e0-4f89-41d3-9a0c-0305e82c3301 failed",
        "chiamate il numero verde 800 123 456",
        "the server is 192.168.1.10 on the lan",
    ]);
}

#[test]
fn the_question_before_says_what_a_bare_answer_is() {
    let ask = |question: &str, answer: &str| {
        let before = [Turn { role: Role::Agent, text: question }];
        let cx = Context { before: &before, ..Context::default() };
        found(answer, &cx).first().map(|f| f.0)
    };
    assert_eq!(
        ask("Could you give me the last four digits of your SSN?", "5893"),
        Some(Kind::UsSsnLast4)
    );
    assert_eq!(ask("Mi conferma la data di nascita?", "12/03/1961"), Some(Kind::DateOfBirth));
    assert_eq!(ask("What is your name, please?", "rose"), Some(Kind::Person));
    assert_eq!(ask("And your PIN as well?", "3941"), Some(Kind::Pin));
    assert_eq!(ask("Il suo numero di telefono?", "02 4455 667"), Some(Kind::Phone));
    assert_eq!(ask("What is the order number?", "4471882"), None);
}

#[test]
fn a_turn_sees_what_came_before_and_nothing_else() {
    let before = [Turn { role: Role::Customer, text: "my name is Teodolinda Brambilla" }];
    let cx = Context { before: &before, author: Role::Agent, ..Context::default() };
    assert_eq!(found("One moment Teodolinda, I look it up", &cx), [(Kind::Person, "Teodolinda")]);
}

#[test]
fn the_known_customer_is_found_in_other_forms() {
    let profile = Profile::builder()
        .name("Giuseppe Antonio Ferrante")
        .phone("+39 347 1180925")
        .email("g.ferrante@example.it")
        .address("Via Francesco Crispi 118, 90139 Palermo PA")
        .value(Kind::AccountId, "KX-4471-20938")
        .build();
    let cx = Context { profile: Some(&profile), ..Context::default() };
    let about = |text: &str| -> Vec<String> {
        let findings = Scanner::default().scan(text, &cx);
        findings
            .iter()
            .filter(|f| f.about_profile)
            .map(|f| text.get(f.range.clone()).unwrap_or("").to_owned())
            .collect()
    };
    assert_eq!(about("sono ferrante, vi ho già scritto"), ["ferrante"]);
    assert_eq!(about("Sono Giuseppe Ferrnate"), ["Giuseppe Ferrnate"]);
    assert_eq!(about("chiamatemi al 3471180925"), ["3471180925"]);
    assert_eq!(about("il contratto kx 4471 20938 è il mio"), ["kx 4471 20938"]);
    assert_eq!(about("sempre in via F. Crispi 118"), ["via F. Crispi 118"]);
    assert_eq!(about("la macchina è ferma"), Vec::<String>::new());
}

#[test]
fn offsets_point_into_the_original_text() {
    let text = "Caffè 😀 – mi chiamo Nan\u{200b}cy Brambilla, ４１１１ 1111 1111 1111";
    let values: Vec<_> = found(text, &Context::default()).into_iter().map(|f| f.1).collect();
    assert_eq!(values, ["Nan\u{200b}cy Brambilla", "４１１１ 1111 1111 1111"]);
}
