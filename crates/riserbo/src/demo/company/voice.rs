//! How a turn sounds: greeting and farewell for the channel, small letters and slips of the finger,
//! and the filling of placeholders. Values are never misspelt: what a customer gives stands in the
//! text as it was given, so that the list of planted values is true.

use super::Language;
use super::cast::{Cast, Filled};
use super::people::Style;
use super::rng::Rng;

/// Where and how a turn is said.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scene {
    pub(super) language: Language,
    /// Written live: no greeting and farewell each time.
    pub(super) chat: bool,
    /// First turn of this side.
    pub(super) first: bool,
    /// After five in Rome.
    pub(super) evening: bool,
}

/// A value that stands in a text: placeholder, value as written, category.
pub(super) type Found = (String, String, &'static str);

fn opening(scene: Scene, style: Style) -> &'static str {
    match (scene.language, scene.chat, scene.first) {
        (Language::It, true, true) => "[buongiorno|ciao|salve||Buongiorno|Salve, una info]¶",
        (Language::En, true, true) => "[hi|hello||Hi there|hey]¶",
        (_, true, false) => "",
        (Language::It, false, true) if style.lower => "[buongiorno|salve|],¶",
        (Language::It, false, true) if scene.evening => {
            "[Buonasera|Buonasera|Gentile servizio clienti|Salve|Spett.le Salvianova],¶¶"
        }
        (Language::It, false, true) => {
            "[Buongiorno|Buongiorno|Buongiorno a tutti|Gentile servizio clienti|Salve|Gentili signori|Spett.le Salvianova],¶¶"
        }
        (Language::It, false, false) => {
            "[Buongiorno {agent_first},¶|Buongiorno,¶||Gentile {agent_first},¶|Salve,¶]"
        }
        (Language::En, false, true) => {
            "[Hello|Hi|Dear Salvianova team|Good morning|Hi there|To whom it may concern],¶¶"
        }
        (Language::En, false, false) => "[Hi {agent_first},¶||Hello,¶|Dear {agent_first},¶]",
    }
}

fn closing(scene: Scene, style: Style) -> &'static str {
    if scene.chat {
        return if style.emoji { "[| 🙏| 😊|| 😅]" } else { "" };
    }
    match (scene.language, scene.first, style.signs) {
        (Language::It, true, true) => {
            "¶¶[Grazie|Cordiali saluti|Grazie e buona giornata|Distinti saluti|In attesa di un riscontro, porgo cordiali saluti]¶{name}¶[{phone}|tel. {phone}|cell. {phone}]"
        }
        (Language::It, true, false) => {
            "¶¶[Grazie|Grazie mille|Cordiali saluti|Attendo notizie, grazie|Saluti]¶[{name}|{first}|{first} {last}]"
        }
        (Language::It, false, _) => "[¶Grazie|¶¶Grazie, {first}||¶Saluti]",
        (Language::En, true, true) => {
            "¶¶[Kind regards|Best wishes|Many thanks|Best regards|Thank you in advance]¶{name}¶[{phone}|Mobile: {phone}|Tel. {phone}]"
        }
        (Language::En, true, false) => {
            "¶¶[Thanks|Many thanks|Kind regards|Best|Cheers]¶[{name}|{first}]"
        }
        (Language::En, false, _) => "[¶Thanks|¶¶Thanks, {first}||¶Best]",
    }
}

fn agent_opening(scene: Scene) -> &'static str {
    match (scene.language, scene.chat, scene.first) {
        (Language::It, true, true) => {
            "[Buongiorno {first}, sono {agent_first}. |Buongiorno, sono {agent_first} di {brand}. |Salve {first}! Sono {agent_first}. ]"
        }
        (Language::En, true, true) => {
            "[Hi {first}, this is {agent_first}. |Hello {first}, {agent_first} here from {brand}. |Hi, I'm {agent_first}. ]"
        }
        (_, true, false) => "",
        (Language::It, false, _) if scene.evening => {
            "[Gentile {title},¶¶|Buonasera {title},¶¶|Buonasera {first},¶¶]"
        }
        (Language::It, false, _) => {
            "[Gentile {title},¶¶|Buongiorno {title},¶¶|Buongiorno {first},¶¶]"
        }
        (Language::En, false, _) => "[Hi {first},¶¶|Dear {title},¶¶|Hello {first},¶¶]",
    }
}

fn agent_closing(scene: Scene) -> &'static str {
    match (scene.language, scene.chat) {
        (_, true) => "",
        (Language::It, false) => {
            "¶¶[Cordiali saluti|Un cordiale saluto|A presto|Buona giornata]¶{agent}¶[Servizio clienti {brand}|{brand}|Assistenza clienti Salvianova]"
        }
        (Language::En, false) => {
            "¶¶[Kind regards|Best regards|All the best]¶{agent}¶[{brand} customer care|{brand}]"
        }
    }
}

/// The turn of a customer with what comes before and behind.
pub(super) fn customer_frame(body: &str, scene: Scene, style: Style) -> String {
    let lower = body.to_lowercase();
    let start = lower.chars().count().saturating_sub(34);
    let end: String = lower.chars().skip(start).collect();
    let thanked = end.contains("grazie") || end.contains("thank");
    let closing = if thanked && !scene.first { "" } else { closing(scene, style) };
    format!("{}{body}{closing}", opening(scene, style))
}

/// The turn of an agent with what comes before and behind.
pub(super) fn agent_frame(body: &str, scene: Scene) -> String {
    let wished = body.to_lowercase().contains("buona giornata") && !scene.chat;
    let closing = if wished { "¶¶{agent}¶{brand}" } else { agent_closing(scene) };
    format!("{}{body}{closing}", agent_opening(scene))
}

/// The text with every placeholder filled, words in the customer's manner (`style`), `¶` as line
/// breaks. Values that have a category are added to `found`. A placeholder that nobody knows stays
/// as it is; a test sees to it that there is none.
pub(super) fn speak(
    template: &str,
    cast: &Cast<'_>,
    agent: &str,
    style: Option<Style>,
    rng: &mut Rng,
    found: &mut Vec<Found>,
) -> String {
    let mut out = String::with_capacity(template.len() * 2);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        say(before, style, rng, &mut out);
        let Some((key, behind)) = after.split_once('}') else {
            break;
        };
        match agent_value(key, agent).or_else(|| cast.fill(key)) {
            Some((value, category)) => {
                let value = worn(value, category, style);
                out.push_str(&value);
                if !category.is_empty() {
                    found.push((key.to_owned(), value, category));
                }
            }
            None => out.extend(["{", key, "}"]),
        }
        rest = behind;
    }
    say(rest, style, rng, &mut out);
    tidy(&out)
}

fn agent_value(key: &str, agent: &str) -> Option<Filled> {
    match key {
        "agent" => Some((agent.to_owned(), "")),
        "agent_first" => Some((agent.split(' ').next().unwrap_or("").to_owned(), "")),
        _ => None,
    }
}

/// Names and places in small letters for who writes everything so.
fn worn(value: String, category: &str, style: Option<Style>) -> String {
    let lower = style.is_some_and(|style| style.lower);
    if lower && matches!(category, "identity" | "location") { value.to_lowercase() } else { value }
}

fn say(text: &str, style: Option<Style>, rng: &mut Rng, out: &mut String) {
    let Some(style) = style else {
        out.push_str(text);
        return;
    };
    for (at, word) in text.split(' ').enumerate() {
        if at > 0 {
            out.push(' ');
        }
        let mut word = if style.plain_ascii { without_accents(word) } else { word.to_owned() };
        if style.lower {
            word = word.to_lowercase();
        }
        if style.slips > 0 && rng.chance(style.slips) {
            word = slip(&word, rng);
        }
        out.push_str(&word);
    }
}

fn without_accents(word: &str) -> String {
    let mut out = String::with_capacity(word.len() + 2);
    for sign in word.chars() {
        match sign {
            'à' => out.push_str("a'"),
            'è' | 'é' => out.push_str("e'"),
            'ì' => out.push_str("i'"),
            'ò' => out.push_str("o'"),
            'ù' => out.push_str("u'"),
            'È' => out.push_str("E'"),
            '’' => out.push('\''),
            other => out.push(other),
        }
    }
    out
}

/// A slip of the finger in a plain word of five letters or more: two letters swapped, one lost, or
/// one doubled; never the first or the last.
fn slip(word: &str, rng: &mut Rng) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    if letters.len() < 5 || !letters.iter().all(char::is_ascii_alphabetic) {
        return word.to_owned();
    }
    let at = 1 + rng.below(letters.len() - 3);
    match rng.below(3) {
        0 => letters.swap(at, at + 1),
        1 => {
            letters.remove(at);
        }
        _ => letters.insert(at, letters.get(at).copied().unwrap_or('e')),
    }
    letters.into_iter().collect()
}

/// Line breaks for `¶`, and no stray spaces or empty lines at the ends.
fn tidy(text: &str) -> String {
    let lines: Vec<&str> = text.split('¶').map(str::trim).collect();
    let mut out = lines.join("\n");
    while out.contains("\n\n\n") {
        out = out.replace("\n\n\n", "\n\n");
    }
    for (twice, once) in [("!.", "!"), ("?.", "?"), ("?,", "?"), ("!,", "!")] {
        out = out.replace(twice, once);
    }
    out.trim().trim_start_matches(',').trim_start().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_keeps_first_and_last_letter_and_spares_short_words() {
        let mut rng = Rng::new(2);
        for _ in 0..100 {
            let made = slip("consegna", &mut rng);
            assert!(
                made.starts_with('c') && made.ends_with('a') && made.len().abs_diff(8) <= 1,
                "{made}"
            );
            assert_eq!(slip("ciao", &mut rng), "ciao");
            assert_eq!(slip("SN26-1234", &mut rng), "SN26-1234");
        }
    }

    #[test]
    fn ends_are_tidy() {
        assert_eq!(tidy(",¶¶¶¶a ¶ b¶"), "a\nb");
        assert_eq!(without_accents("perché è"), "perche' e'");
    }
}
