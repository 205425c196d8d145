//! The form in which the conversations are written, and its reader.
//!
//! Texts live in `texts/<language>/<subject>.txt`, for who edits them should see sentences and no
//! Rust. A file is a row of scenarios:
//!
//! ```text
//! ## refund-iban                       name; the same in each language
//! topic: payments                      one of TOPICS
//! route: first                         group that gets it: first, payments, care, back
//! via: email chat                      channels that it may come by
//! who: any                             any, italy, namesake, woman, company
//! weight: 3                            how often, against the others of its language
//! brand: shop                          pharmacy, home or any (default)
//! priority: [normal|high]              type: question    tags: rimborso iban    mood: bad
//! copy-of: other                       a second ticket about the matter of `other`
//! subject: [Rimborso|Reso] {order}
//! C> what the customer writes; [one|another] wording; {placeholders}; ¶ breaks a line
//!  | another wording of the whole turn
//! A[payment: why it is opened]> the answer     A*> … and now it waits for a third party (hold)
//! N> internal note     P> note of a phone call     I> note of the order system     S> of the assistant
//! C?> said by every second customer    >> payments  hands the ticket over before the next turn
//! ```
//!
//! A line that begins with two spaces goes on the one before. `@@name.pdf` at the end of a text adds
//! an attachment. Mistakes are collected and not thrown: a scenario with one is left out, and a test
//! sees to it that there are none.

use super::Language;
use super::rng::Rng;

/// What a ticket can be about; the option values of the ticket field "Motivo".
pub(super) const TOPICS: &[&str] = &[
    "delivery",
    "order",
    "returns",
    "payments",
    "invoice",
    "prescription",
    "therapy",
    "device",
    "account",
    "privacy",
    "security",
    "feedback",
    "business",
];

/// The categories of DESIGN section 2 that a turn may need opened.
pub(super) const CATEGORIES: &[&str] = &[
    "identity",
    "contact",
    "payment",
    "government_id",
    "health",
    "credential",
    "location",
    "online",
    "content",
];

/// Who speaks in a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Voice {
    Customer,
    Agent,
    Note,
    PhoneNote,
    OrderSystem,
    Assistant,
}

/// A group by the part that it plays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Route {
    #[default]
    First,
    Payments,
    Care,
    Back,
}

/// Which customers a scenario fits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Who {
    #[default]
    Any,
    /// Lives in Italy.
    Italy,
    /// Shares the surname with another customer.
    Namesake,
    Woman,
    /// Belongs to an organization.
    Company,
}

/// One turn of a conversation.
#[derive(Clone, Debug)]
pub(super) struct Turn {
    pub(super) voice: Voice,
    pub(super) optional: bool,
    /// After it the desk waits for somebody else than the customer.
    pub(super) waits: bool,
    /// Category and reason.
    pub(super) needs: Vec<(&'static str, &'static str)>,
    pub(super) texts: Vec<String>,
    pub(super) hand_over: Option<Route>,
}

/// A conversation as written.
#[derive(Clone, Debug)]
pub(super) struct Scenario {
    pub(super) name: &'static str,
    pub(super) language: Language,
    pub(super) topic: &'static str,
    pub(super) route: Route,
    pub(super) channels: Vec<&'static str>,
    pub(super) who: Who,
    pub(super) weight: usize,
    pub(super) brand: Option<i64>,
    pub(super) priority: &'static str,
    pub(super) kind: &'static str,
    pub(super) tags: Vec<&'static str>,
    pub(super) unhappy: bool,
    pub(super) copy_of: Option<&'static str>,
    pub(super) subject: &'static str,
    pub(super) turns: Vec<Turn>,
}

impl Scenario {
    fn new(name: &'static str, language: Language) -> Self {
        Self {
            name,
            language,
            topic: "",
            route: Route::First,
            channels: vec!["email"],
            who: Who::Any,
            weight: 2,
            brand: None,
            priority: "normal",
            kind: "question",
            tags: Vec::new(),
            unhappy: false,
            copy_of: None,
            subject: "",
            turns: Vec::new(),
        }
    }

    fn header(&mut self, key: &str, value: &'static str) -> bool {
        match key {
            "topic" => self.topic = value,
            "via" => self.channels = value.split_whitespace().collect(),
            "weight" => match value.parse() {
                Ok(weight) => self.weight = weight,
                Err(_) => return false,
            },
            "priority" => self.priority = value,
            "type" => self.kind = value,
            "tags" => self.tags = value.split_whitespace().collect(),
            "mood" => self.unhappy = value == "bad",
            "copy-of" => self.copy_of = Some(value),
            "subject" => self.subject = value,
            "route" => match route(value) {
                Some(found) => self.route = found,
                None => return false,
            },
            "brand" => match value {
                "pharmacy" => self.brand = Some(1),
                "home" => self.brand = Some(2),
                _ => return false,
            },
            "who" => match value {
                "any" => self.who = Who::Any,
                "italy" => self.who = Who::Italy,
                "namesake" => self.who = Who::Namesake,
                "woman" => self.who = Who::Woman,
                "company" => self.who = Who::Company,
                _ => return false,
            },
            _ => return false,
        }
        true
    }

    fn whole(&self) -> bool {
        TOPICS.contains(&self.topic) && !self.subject.is_empty() && self.turns.len() >= 2
    }
}

fn route(word: &str) -> Option<Route> {
    match word {
        "first" => Some(Route::First),
        "payments" => Some(Route::Payments),
        "care" => Some(Route::Care),
        "back" => Some(Route::Back),
        _ => None,
    }
}

/// The scenarios of a file, and its mistakes as "file:line".
pub(super) fn read(
    file: &'static str,
    language: Language,
    text: &'static str,
    scenarios: &mut Vec<Scenario>,
    mistakes: &mut Vec<String>,
) {
    let mut open: Option<Scenario> = None;
    let mut hand_over = None;
    for (at, line) in text.lines().enumerate() {
        if let Some(name) = line.strip_prefix("## ") {
            close(open.take(), scenarios, mistakes, file);
            open = Some(Scenario::new(name.trim(), language));
        } else if !line.trim().is_empty() && !line.starts_with("# ") {
            let fine = open.as_mut().is_some_and(|scenario| take(scenario, line, &mut hand_over));
            if !fine {
                mistakes.push(format!("{file}:{}", at + 1));
            }
        }
    }
    close(open, scenarios, mistakes, file);
}

fn close(open: Option<Scenario>, into: &mut Vec<Scenario>, mistakes: &mut Vec<String>, file: &str) {
    match open {
        Some(scenario) if scenario.whole() => into.push(scenario),
        Some(scenario) => mistakes.push(format!("{file}: {} is not whole", scenario.name)),
        None => {}
    }
}

/// Takes one line into the scenario; false when the line makes no sense.
fn take(scenario: &mut Scenario, line: &'static str, hand_over: &mut Option<Route>) -> bool {
    if let Some(more) = line.strip_prefix("  ") {
        let last = scenario.turns.last_mut().and_then(|turn| turn.texts.last_mut());
        return last.map(|text| text.extend([" ", more.trim()])).is_some();
    }
    if let Some(other) = line.trim_start().strip_prefix("| ") {
        let last = scenario.turns.last_mut();
        return last.map(|turn| turn.texts.push(other.trim().to_owned())).is_some();
    }
    if let Some(group) = line.strip_prefix(">> ") {
        *hand_over = route(group.trim());
        return hand_over.is_some();
    }
    if let Some(mut turn) = turn(line) {
        turn.hand_over = hand_over.take();
        scenario.turns.push(turn);
        return true;
    }
    line.split_once(':').is_some_and(|(key, value)| scenario.header(key.trim(), value.trim()))
}

fn turn(line: &'static str) -> Option<Turn> {
    let (mark, text) = line.split_once("> ")?;
    let mut signs = mark.chars();
    let voice = match signs.next()? {
        'C' => Voice::Customer,
        'A' => Voice::Agent,
        'N' => Voice::Note,
        'P' => Voice::PhoneNote,
        'I' => Voice::OrderSystem,
        'S' => Voice::Assistant,
        _ => return None,
    };
    let rest = signs.as_str();
    let (flags, needs) = match rest.split_once('[') {
        Some((flags, needs)) => (flags, parse_needs(needs.strip_suffix(']')?)?),
        None => (rest, Vec::new()),
    };
    if flags.chars().any(|flag| flag != '?' && flag != '*') {
        return None;
    }
    Some(Turn {
        voice,
        optional: flags.contains('?'),
        waits: flags.contains('*'),
        needs,
        texts: vec![text.trim().to_owned()],
        hand_over: None,
    })
}

fn parse_needs(text: &'static str) -> Option<Vec<(&'static str, &'static str)>> {
    text.split(';')
        .map(|part| {
            let (category, reason) = part.split_once(':')?;
            let category = category.trim();
            CATEGORIES.contains(&category).then_some((category, reason.trim()))
        })
        .collect()
}

/// One wording of `text`: in each `[a|b|c]` one part is chosen; brackets may nest.
pub(super) fn wording(text: &str, rng: &mut Rng) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('[') {
        out.push_str(before);
        let (parts, left) = choices(after);
        let chosen = rng.pick(&parts);
        out.push_str(&wording(chosen, rng));
        rest = left;
    }
    out.push_str(rest);
    out
}

/// The parts up to the closing bracket, and what stands behind it.
fn choices(text: &str) -> (Vec<&str>, &str) {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0_usize, 0_usize);
    for (at, sign) in text.char_indices() {
        let part = || text.get(start..at).unwrap_or("");
        match sign {
            '[' => depth += 1,
            ']' if depth == 0 => {
                parts.push(part());
                return (parts, text.get(at + 1..).unwrap_or(""));
            }
            ']' => depth -= 1,
            '|' if depth == 0 => {
                parts.push(part());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text.get(start..).unwrap_or(""));
    (parts, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scenario_is_read_with_its_needs_and_wordings() {
        let text = "## x\ntopic: payments\nsubject: S\nC?> one\n | two\n  and more\n>> care\nA*[payment: why]> three\n";
        let (mut found, mut mistakes) = (Vec::new(), Vec::new());
        read("f", Language::It, text, &mut found, &mut mistakes);
        assert!(mistakes.is_empty(), "{mistakes:?}");
        let turns = &found[0].turns;
        assert_eq!(turns[0].texts, ["one", "two and more"]);
        assert!(turns[0].optional && !turns[0].waits && turns[1].waits);
        assert_eq!(turns[1].needs, [("payment", "why")]);
        assert_eq!(turns[1].hand_over, Some(Route::Care));
    }

    #[test]
    fn mistakes_name_their_line() {
        let (mut found, mut mistakes) = (Vec::new(), Vec::new());
        let text = "## x\ntopic: payments\nnonsense\nA[wealth: x]> y\nsubject: S\n";
        read("f", Language::It, text, &mut found, &mut mistakes);
        assert_eq!(mistakes, ["f:3", "f:4", "f: x is not whole"]);
        assert!(found.is_empty());
    }

    #[test]
    fn wordings_nest_and_may_be_empty() {
        let mut rng = Rng::new(4);
        let all: std::collections::BTreeSet<String> =
            (0..200).map(|_| wording("[a|b [c|d]|]z", &mut rng)).collect();
        assert_eq!(all.into_iter().collect::<Vec<_>>(), ["az", "b cz", "b dz", "z"]);
    }
}
