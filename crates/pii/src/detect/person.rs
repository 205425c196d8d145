//! Names of people: after cues ("mi chiamo", "my name is", "Name:"), titles, greetings and relatives, in sign-offs and signatures, by lists and
//! capitals, and as a message of their own.
//!
//! Two questions are kept apart: *where a name may start* (the callers), and *which tokens it takes* ([`Finder::name_run`]). How sure a run is
//! depends on what its words are: given names, surnames, unknown words, ordinary words, brands, places.

use super::Finder;
use super::name_run::Trust;
use crate::cue::Cue;
use crate::finding::{Anchor, Evidence};
use crate::kind::Kind;
use crate::lexicon::{
    BRAND, CALENDAR, CLOSING, COMMON, CUE, FILLER, GIVEN, GREETING, HEALTH, Hash, KIN, MEASURE,
    NUMBER, ORG, PARTICLE, PLACE, STREET, SURNAME, TITLE, hash,
};
use crate::namelike::namelike;
use crate::token::{Gap, Shape, Tok};
use crate::words::normal;

impl Finder<'_> {
    pub(crate) fn persons(&mut self) {
        self.cued_names();
        let mut i = 0;
        while i < self.doc.len() {
            self.steps += 1;
            let t = self.doc.t(i);
            if t.tok == Tok::Word
                && t.len() == 1
                && let Some((to, 0)) =
                    self.spelled_at(i).filter(|_| self.doc.t(i + 1).is_sign(b"-"))
            {
                self.person(i, to, 62, Evidence::of(Anchor::Name).cue("spelled"));
                i = to;
                continue;
            }
            if !t.is(TITLE | GREETING | KIN | GIVEN) && !t.is_capital() {
                i += 1;
                continue;
            }
            let next = match t.tok {
                Tok::Word if t.is(TITLE) => self.titled(i),
                Tok::Word if t.is(GREETING) && (self.starts_sentence(i) || t.is_capital()) => {
                    self.greeted(i)
                }
                _ => None,
            };
            let next = next
                .or_else(|| if t.tok == Tok::Word && t.is(KIN) { self.relative(i) } else { None });
            i = next.or_else(|| self.listed(i)).unwrap_or(i + 1).max(i + 1);
        }
        self.signatures();
        self.speakers();
    }

    pub(crate) fn person(&mut self, from: usize, to: usize, confidence: u8, evidence: Evidence) {
        self.add(from, to, Kind::Person, confidence, evidence);
    }

    /// After "mi chiamo", "my name is", "Name:", and weaker cues.
    fn cued_names(&mut self) {
        for h in 0..self.hits.len() {
            let Some(hit) = self.hits.get(h).copied() else {
                break;
            };
            let (trust, confidence) = match hit.cue {
                Cue::NameWeak | Cue::NameLabel
                    if !self.cased() && self.lower_name(hit.to, hit.cue) =>
                {
                    continue;
                }
                Cue::Name => (Trust::Strong, 84),
                Cue::NameLabel if self.is_label(hit.to) => (Trust::Strong, 80),
                Cue::NameLabel => (Trust::Weak, 58),
                Cue::NameWeak => (Trust::Weak, 66),
                _ => continue,
            };
            let start = self.skip_to_name(hit.to, trust);
            let Some(i) = start else { continue };
            if self.names_a_thing(hit.from)
                || hit.cue == Cue::NameLabel
                    && trust == Trust::Weak
                    && self.doc.t(hit.from).len() <= 4
            {
                continue;
            }
            let Some((to, mix)) = self.name_run(i, trust) else {
                continue;
            };
            if self.is_firm(i, to) || !mix.could_be() {
                continue;
            }
            let evidence = Evidence::of(Anchor::Cue).cue(hit.cue.name());
            let confidence = match trust {
                Trust::Strong if mix.given + mix.surname > 0 => confidence + 8,
                Trust::Strong
                    if mix.common == mix.words && !(self.cased() && mix.capitals == mix.words) =>
                {
                    continue;
                }
                Trust::Strong if mix.place + mix.brand > 0 => 52,
                Trust::Strong => confidence - if mix.words > 3 { 20 } else { 0 },
                _ if mix.given > 0 => confidence + 14,
                _ if mix.surname > 0 => confidence,
                // Words that no list knows: two in a row are more likely a name than one.
                _ if hit.cue == Cue::NameWeak && mix.common == 0 && mix.words > 1 => 54,
                _ => 40 - if mix.common > 0 { 20 } else { 0 },
            };
            self.person(i, to, confidence, evidence);
            // "cognome Rossi nome Mario" are two cues; "Rossi, Mario" is one.
            if hit.cue != Cue::NameWeak
                && self.doc.t(to).is_sign(b",")
                && self.doc.t(to + 1).gap == Gap::Space
                && let Some((end, more)) =
                    self.name_run(to + 1, Trust::None).filter(|(_, m)| m.given > 0 && m.common == 0)
            {
                self.person(
                    to + 1,
                    end,
                    confidence.min(80) - 10 + u8::try_from(more.given).unwrap_or(0),
                    evidence,
                );
            }
        }
        if self.message && self.asked.contains(&Cue::Name) || self.asked.contains(&Cue::NameLabel) {
            self.asked_name();
        }
    }

    /// "wifi name is", "company name", "city name": no person's name.
    fn names_a_thing(&self, from: usize) -> bool {
        const THINGS: &[&str] = &[
            "wifi", "company", "city", "network", "file", "user", "domain", "brand", "product",
            "school", "dog", "pet", "hotel", "street", "band", "business", "bank", "app", "book",
            "shop", "store", "wi", "fi", "azienda", "ditta", "prodotto", "rete", "societe",
            "firma", "empresa", "town", "state", "country", "item", "order", "project", "server",
            "host", "cat",
        ];
        let before = self.doc.s(from.saturating_sub(1)).to_lowercase();
        from > 0 && THINGS.contains(&before.as_str())
    }

    /// A label of a form: before a colon or equals sign, with or without a quote (JSON).
    fn is_label(&self, to: usize) -> bool {
        let after = self.doc.t(to);
        after.is_sign(b":=") || (after.is_sign(b"\"'") && self.doc.t(to + 1).is_sign(b":="))
    }

    /// "i am sandhya k", "this is karthick and …", "name shia account …": a chat without capitals. The words that no list knows, up to the
    /// end, a number, another cue or "and".
    fn lower_name(&mut self, from: usize, cue: Cue) -> bool {
        let label = cue == Cue::NameLabel;
        let said = self.doc.s(from.saturating_sub(1)).to_lowercase();
        if label
            && !said.starts_with("nam")
            && !matches!(said.as_str(), "nome" | "nom" | "nombre" | "naam")
        {
            return false;
        }
        if !label
            && !matches!(
                said.as_str(),
                "am" | "im"
                    | "m"
                    | "is"
                    | "its"
                    | "s"
                    | "sono"
                    | "sn"
                    | "soy"
                    | "suis"
                    | "bin"
                    | "qui"
            )
        {
            return false;
        }
        let plain = COMMON
            | FILLER
            | CUE
            | CLOSING
            | GREETING
            | CALENDAR
            | NUMBER
            | KIN
            | MEASURE
            | ORG
            | BRAND
            | HEALTH
            | PLACE
            | STREET;
        let mut to = from;
        while to < from + 4 && self.doc.t(to).gap == Gap::Space && self.doc.t(to).tok == Tok::Word {
            let t = self.doc.t(to);
            if t.is(plain)
                && (!t.is(GIVEN | SURNAME) || t.is(FILLER | CUE | COMMON))
                && !(to > from && t.len() == 1)
            {
                break;
            }
            to += 1;
        }
        let next = self.doc.t(to);
        let stops = to >= self.doc.len()
            || next.gap == Gap::Line
            || next.has_digit()
            || next.is(CUE)
            || next.is_sign(b",.!(-")
            || matches!(
                self.doc.s(to),
                "and" | "e" | "y" | "und" | "et" | "my" | "here" | "i" | "ho" | "de" | "del"
            );
        let listed = (from..to).any(|j| self.doc.t(j).is(GIVEN | SURNAME));
        if to == from || !(stops || listed) || self.doc.t(from).len() < 3 {
            return false;
        }
        let confidence = if listed { 80 } else { 60 };
        self.person(from, to, confidence, Evidence::of(Anchor::Cue).cue(cue.name()));
        true
    }

    /// From the end of a cue to the first word that may be a name: over signs and a few fillers.
    fn skip_to_name(&self, from: usize, trust: Trust) -> Option<usize> {
        let mut j = from;
        for _ in 0..6 {
            let t = self.doc.t(j);
            let line = t.gap == Gap::Line && j > from && !self.doc.before(j).is_sign(b":");
            if line || t.gap == Gap::Line && j == from && trust != Trust::Strong {
                return None;
            }
            match t.tok {
                Tok::Sign(
                    b':' | b'=' | b'"' | b'\'' | b'-' | b'(' | b',' | b'*' | b'.' | b'[' | b'{'
                    | b'|',
                ) => j += 1,
                Tok::Sign(_) | Tok::Num | Tok::Mix => return None,
                Tok::Word if t.is(TITLE) && !(t.is(GIVEN) && t.is_capital()) => {
                    j += 1;
                    if self.doc.t(j).is_sign(b".") {
                        j += 1;
                    }
                    // "Sig.ra"
                    if self.doc.t(j).gap == Gap::None && self.doc.t(j).is(TITLE) {
                        j += 1;
                    }
                }
                Tok::Word
                    if trust == Trust::Strong
                        && t.is(FILLER)
                        && t.len() <= 4
                        && !(t.is_capital() && t.is(SURNAME | GIVEN)) =>
                {
                    j += 1
                }
                Tok::Word => {
                    return self
                        .name_part(j, trust, true)
                        .then_some(j)
                        .or_else(|| (t.is(PARTICLE) || self.is_upper_initial(j)).then_some(j));
                }
            }
        }
        None
    }

    /// The turn before asked for a name: the first run of words that no list knows, or that it knows as names.
    fn asked_name(&mut self) {
        let end = self.doc.len().min(16);
        let mut i = 0;
        while i < end {
            let t = self.doc.t(i);
            if t.tok == Tok::Word && !self.covered(i, 50) {
                let trust =
                    if self.doc.len() <= 8 || t.is(GIVEN) { Trust::Strong } else { Trust::Weak };
                if let Some((to, mix)) = self.name_run(i, trust).filter(|(_, m)| {
                    m.could_be()
                        && (m.common < m.words
                            || m.given > 0
                                && self.cased()
                                && m.capitals == m.words
                                && !self.starts_sentence(i)
                            || self.doc.len() <= 2)
                }) {
                    let known = mix.given + mix.surname > 0;
                    let capital = self.cased() && mix.capitals == mix.words;
                    if !self.is_firm(i, to)
                        && (known || capital && !self.starts_sentence(i) || self.doc.len() <= 6)
                    {
                        let confidence = if known { 88 } else { 70 };
                        self.person(
                            i,
                            to,
                            confidence,
                            Evidence::of(Anchor::Answer).cue("name").asked(),
                        );
                        return;
                    }
                    i = to;
                    continue;
                }
            }
            i += 1;
        }
    }

    /// After a title: "Sig.ra Costa", "Dr. Smith", "Herr Müller".
    fn titled(&mut self, i: usize) -> Option<usize> {
        let t = self.doc.t(i);
        let mut j = i + 1;
        if self.doc.t(j).is_sign(b"./") && self.doc.t(j).gap == Gap::None {
            j += 1;
            // "sig.ra", "dott.ssa", "Sig./Sig.ra"
            while self.doc.t(j).gap == Gap::None
                && self.doc.t(j).tok == Tok::Word
                && (self.doc.t(j).is(TITLE) || self.doc.t(j).len() <= 3)
                && j < i + 7
            {
                j += 1;
                if self.doc.t(j).is_sign(b".") && self.doc.t(j).gap == Gap::None {
                    j += 1;
                }
            }
        }
        while self.doc.t(j).is(TITLE)
            && self.doc.t(j).gap == Gap::Space
            && j < i + 8
            && !(self.doc.t(j).is(GIVEN | SURNAME) && self.doc.t(j).is_capital())
        {
            j += 1;
            if self.doc.t(j).is_sign(b".") {
                j += 1;
            }
        }
        if self.doc.t(j).gap != Gap::Space
            && !(self.doc.t(j).gap == Gap::None && self.doc.before(j).is_sign(b"."))
        {
            return None;
        }
        let next = self.doc.t(j);
        // A title that is also an ordinary word or a name ("Don", "Rose of the don") needs a capital behind.
        let trust = if t.is(COMMON | GIVEN | FILLER | PARTICLE | KIN | STREET)
            || t.len() <= 2 && !t.is_capital()
        {
            Trust::Weak
        } else {
            Trust::Strong
        };
        if !self.cased() && trust == Trust::Weak && !next.is(GIVEN | SURNAME)
            || self.cased() && !next.is_capital() && !(next.is(PARTICLE))
        {
            return None;
        }
        let (to, mix) = self.name_run(j, trust)?;
        if self.is_firm(j, to) || mix.common == mix.words && mix.given + mix.surname == 0 {
            return None;
        }
        self.person(
            j,
            to,
            if mix.given + mix.surname > 0 { 88 } else { 76 },
            Evidence::of(Anchor::Name).cue("title"),
        );
        Some(to)
    }

    /// After a greeting: "Ciao Marco", "Hi john", "Dear Ms Pryce".
    fn greeted(&mut self, i: usize) -> Option<usize> {
        let mut j = i + 1;
        if self.doc.t(j).is(GREETING) && self.doc.t(j).gap == Gap::Space {
            j += 1;
        }
        if self.doc.t(j).is_sign(b",")
            && self.doc.t(j).gap == Gap::None
            && self.doc.t(j + 1).is(GIVEN)
            && !self.doc.t(j + 1).is(COMMON)
        {
            j += 1;
        }
        let t = self.doc.t(j);
        if t.gap != Gap::Space || t.tok != Tok::Word {
            return None;
        }
        let known = t.is(GIVEN) && !t.is(COMMON | FILLER);
        let capital = self.cased()
            && t.is_capital()
            && !t.is(FILLER | TITLE | ORG | BRAND | CLOSING | GREETING | KIN | CALENDAR | CUE);
        if !known && !capital {
            return None;
        }
        let (to, mix) = self.name_run(j, if known { Trust::Weak } else { Trust::None })?;
        let ends = self.doc.t(to).gap == Gap::Line
            || matches!(self.doc.t(to).tok, Tok::Sign(_))
            || to >= self.doc.len();
        let confidence = match () {
            () if mix.given > 0 && (mix.common < mix.words || capital) => 84,
            () if ends && mix.common == 0 => 72,
            () if mix.surname > 0 => 66,
            () => 40,
        };
        if self.is_firm(j, to) {
            return None;
        }
        self.person(j, to, confidence, Evidence::of(Anchor::Name).cue("greeting"));
        Some(to)
    }

    /// After a relative: "mia moglie Anna", "my son Luca", "meine Tochter, Lena,".
    fn relative(&mut self, i: usize) -> Option<usize> {
        let mut j = i + 1;
        if self.doc.t(j).is_sign(b",(") && self.doc.t(j).gap <= Gap::Space {
            j += 1;
        }
        let t = self.doc.t(j);
        if t.tok != Tok::Word || t.gap > Gap::Space || t.is(KIN | FILLER) && !t.is_capital() {
            return None;
        }
        let known = t.is(GIVEN) && (!t.is(COMMON) || t.is_capital());
        let capital =
            self.cased() && t.is_capital() && !t.is(COMMON | FILLER | ORG | PLACE | BRAND);
        if !known && !capital {
            return None;
        }
        let (to, mix) = self.name_run(j, Trust::Weak)?;
        self.person(
            j,
            to,
            if mix.given > 0 { 84 } else { 66 },
            Evidence::of(Anchor::Name).cue("relative"),
        );
        Some(to)
    }

    /// By lists and capitals alone.
    fn listed(&mut self, i: usize) -> Option<usize> {
        let t = self.doc.t(i);
        if t.tok != Tok::Word
            || (self.doc.before(i).tok == Tok::Word && t.gap == Gap::None)
            || self.covered(i, 60)
        {
            return None;
        }
        if self.cased() && !t.is_capital() || !self.cased() && !t.is(GIVEN) {
            return self.lower_pair(i);
        }
        if t.gap == Gap::None && self.doc.before(i).is_sign(b"@_#/.") {
            return None;
        }
        let (to, mix) = self.name_run(i, Trust::None)?;
        let starts = self.starts_sentence(i);
        let words = mix.words;
        let line_alone = self.doc.t(i).gap == Gap::Line
            && self.doc.t(to).gap == Gap::Line
            && self.doc.len() > to - i;
        let confidence = match () {
            () if self.is_firm(i, to) || mix.brand > 0 && mix.given == 0 => return Some(to),
            () if self.beside_goods(i, to) => 40,
            () if self.is_place(i, to) => 30,
            // Initials alone ("C.F.") name nobody.
            () if mix.initials >= words => return Some(to),
            // "P.IVA": a point and capitals are an abbreviation.
            () if mix.initials > 0
                && self.doc.t(to - 1).shape == Shape::Upper
                && self.doc.t(to - 1).len() <= 4 =>
            {
                return Some(to);
            }
            // One word.
            () if words == 1 && !self.cased() => {
                if t.is(COMMON | PLACE | BRAND) {
                    20
                } else {
                    50
                }
            }
            () if words == 1 && mix.given == 1 && self.is_thing(i, to) => 36,
            () if words == 1 && mix.given == 1 => {
                match (t.is(COMMON), t.is(PLACE | CALENDAR | BRAND), starts) {
                    (false, false, _) => 66,
                    (true, false, false) => 42,
                    (false, true, false) => 34,
                    _ => 20,
                }
            }
            () if words == 1 && t.is(KIN) => return Some(to),
            () if words == 1 && mix.surname == 1 && !starts && !t.is(COMMON | PLACE | BRAND) => {
                if self.is_thing(i, to) {
                    40
                } else {
                    52
                }
            }
            () if words == 1
                && mix.unknown == 1
                && !starts
                && t.shape == Shape::Title
                && self.lone_name(i, to) =>
            {
                51
            }
            () if words == 1 => return Some(to),
            // More.
            () if mix.given > 0 && mix.surname > 0 && mix.common <= 1 => 86,
            () if mix.given > 0 && mix.common == 0 => {
                if mix.place > 0 {
                    56
                } else {
                    80
                }
            }
            () if mix.given > 0 && mix.common < words => 60,
            () if mix.given > 0 => 46,
            () if mix.surname > 0 && mix.common + mix.place == 0 => {
                if starts {
                    54
                } else {
                    60
                }
            }
            () if mix.initials > 0
                && mix.common + mix.place == 0
                && !starts
                && !self.doc.before(to).is_sign(b".")
                && (mix.surname > 0 || self.like_a_name(i, to)) =>
            {
                52
            }
            () if mix.unknown == words
                && (2..=3).contains(&words)
                && !line_alone
                && self.like_a_name(i, to) =>
            {
                if starts {
                    50
                } else {
                    56
                }
            }
            () if mix.unknown == words && words <= 3 && !starts && !line_alone => 46,
            () => 24,
        };
        self.person(i, to, confidence, Evidence::of(Anchor::Name));
        Some(to)
    }

    /// Whether the unknown words of a run look like names by their letters.
    fn like_a_name(&self, from: usize, to: usize) -> bool {
        let words =
            (from..to).filter(|j| self.doc.t(*j).tok == Tok::Word && self.doc.t(*j).len() > 2);
        let least = if self.in_german(from) { 50 } else { 10 };
        words.map(|j| namelike(&normal(self.doc.s(j)))).min().is_some_and(|like| like > least)
    }

    /// German around: there every noun has a capital, and capitals say less.
    fn in_german(&self, i: usize) -> bool {
        const WORDS: [Hash; 12] = [
            hash("der"),
            hash("und"),
            hash("ist"),
            hash("nicht"),
            hash("ich"),
            hash("mit"),
            hash("fur"),
            hash("bitte"),
            hash("das"),
            hash("auf"),
            hash("im"),
            hash("mein"),
        ];
        (i.saturating_sub(15)..i + 15).filter(|j| WORDS.contains(&self.doc.t(*j).hash)).count() >= 2
    }

    /// One unknown word with a capital in a sentence, very much like a name, with no article before it, no noun or number behind.
    fn lone_name(&self, i: usize, to: usize) -> bool {
        let t = self.doc.t(i);
        t.len() >= 5
            && !self.is_thing(i, to)
            && self.doc.before(i).tok == Tok::Word
            && !t.is(KIN)
            && !self.in_german(i)
            && namelike(&normal(self.doc.s(i))) > 75
    }

    /// A given name and a surname in lower case, side by side.
    fn lower_pair(&mut self, i: usize) -> Option<usize> {
        let (a, b) = (self.doc.t(i), self.doc.t(i + 1));
        let pair = a.is(GIVEN)
            && !a.is(COMMON | PLACE | FILLER)
            && b.tok == Tok::Word
            && b.gap == Gap::Space
            && b.is(SURNAME)
            && !b.is(COMMON | FILLER | PLACE);
        if !pair {
            return None;
        }
        self.person(i, i + 2, 72, Evidence::of(Anchor::Name));
        Some(i + 2)
    }
}
