//! Names of people: after cues ("mi chiamo", "my name is", "Name:"), titles, greetings and relatives, in sign-offs and signatures, by lists and
//! capitals, and as a message of their own.
//!
//! Two questions are kept apart: *where a name may start* (the callers), and *which tokens it takes* ([`Finder::name_run`]). How sure a run is
//! depends on what its words are: given names, surnames, unknown words, ordinary words, brands, places.

use super::Finder;
use crate::cue::Cue;
use crate::finding::{Anchor, Evidence};
use crate::kind::Kind;
use crate::lexicon::{
    BRAND, CALENDAR, CLOSING, COMMON, CUE, FILLER, GIVEN, GOODS, GREETING, HEALTH, KIN, MEASURE,
    NUMBER, ORG, PARTICLE, PLACE, STREET, SURNAME, TITLE,
};
use crate::namelike::namelike;
use crate::token::{Gap, Shape, Tok};
use crate::words::normal;

/// What the words of a possible name are.
#[derive(Clone, Copy, Default, Debug)]
struct Mix {
    words: usize,
    given: usize,
    surname: usize,
    unknown: usize,
    common: usize,
    place: usize,
    brand: usize,
    capitals: usize,
    initials: usize,
}

/// How much the place says that a name stands here.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Trust {
    /// Any word that is not an ordinary one.
    Strong,
    /// A capital or a known name.
    Weak,
    /// Lists and capitals alone.
    None,
}

impl Finder<'_> {
    pub(crate) fn persons(&mut self) {
        self.cued_names();
        let mut i = 0;
        while i < self.doc.len() {
            self.steps += 1;
            let t = self.doc.t(i);
            if t.tok == Tok::Word && t.len() == 1 {
                if let Some((to, 0)) = self
                    .spelled_at(i)
                    .filter(|_| self.doc.t(i + 1).is_sign(b"-"))
                {
                    self.person(i, to, 62, Evidence::of(Anchor::Name).cue("spelled"));
                    i = to;
                    continue;
                }
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
            let next = next.or_else(|| {
                if t.tok == Tok::Word && t.is(KIN) {
                    self.relative(i)
                } else {
                    None
                }
            });
            i = next.or_else(|| self.listed(i)).unwrap_or(i + 1).max(i + 1);
        }
        self.signatures();
        self.speakers();
    }

    /// Capitals mean something here.
    fn cased(&self) -> bool {
        !self.doc.lower && !self.doc.shouting
    }

    fn is_upper_initial(&self, j: usize) -> bool {
        let t = self.doc.t(j);
        t.tok == Tok::Word && t.is_capital() && self.doc.s(j).chars().count() == 1
    }

    /// Whether token `j` can be a word of a name where the place is trusted so much.
    fn name_part(&self, j: usize, trust: Trust, first: bool) -> bool {
        let t = self.doc.t(j);
        if t.tok != Tok::Word {
            return false;
        }
        let listed = t.is(GIVEN | SURNAME);
        // "May 6th", "4 Mar": a day, not a person.
        let day =
            t.is(CALENDAR) && (self.doc.t(j + 1).has_digit() || self.doc.before(j).has_digit());
        let never = t.is(ORG | STREET | MEASURE | TITLE | HEALTH) && !listed
            || day
            || t.is(KIN) && t.shape == Shape::Lower;
        if never || t.is(BRAND) && !listed {
            return false;
        }
        let capital = t.is_capital() && (self.cased() || self.doc.shouting);
        let plain = t.is(COMMON | FILLER | CUE | CLOSING | GREETING | CALENDAR | NUMBER | KIN);
        match trust {
            Trust::Strong if capital && self.cased() => {
                !(plain && !listed && (t.len() <= 3 || t.is(CUE | FILLER | GREETING)))
                    || listed && !t.is(FILLER)
            }
            Trust::Strong => {
                !plain
                    || listed && !t.is(FILLER | CUE) && !(first && t.is(COMMON) && !t.is(GIVEN))
                    || listed && t.is(GIVEN) && !t.is(COMMON)
            }
            Trust::Weak if self.cased() => {
                capital && (!plain || listed && !t.is(CUE | FILLER)) && !(t.is(PLACE) && !listed)
            }
            Trust::None if self.cased() => {
                capital && !(plain && !listed) && !(t.is(CUE) && t.is(COMMON))
            }
            Trust::Weak | Trust::None => {
                listed && !plain
                    || !first
                        && !plain
                        && !t.is(PLACE)
                        && t.len() > 2
                        && namelike(&normal(self.doc.s(j))) > 20
            }
        }
    }

    /// The tokens of a name that starts at `i`: the token after them.
    fn name_run(&self, i: usize, trust: Trust) -> Option<(usize, Mix)> {
        let mut mix = Mix::default();
        let (mut j, mut to) = (i, i);
        while mix.words < 5 && j < i + 14 {
            let t = self.doc.t(j);
            if j > i && !matches!(t.gap, Gap::None | Gap::Space) {
                break;
            }
            let first = mix.words == 0;
            // D'Amico, O'Malley, Lo Presti, van der Berg: joined when a name word follows.
            let after = self.doc.t(j + 1);
            let apostrophe = t.tok == Tok::Word
                && t.len() <= 4
                && after.is_sign(b"'")
                && after.gap == Gap::None
                && self.doc.t(j + 2).gap == Gap::None
                && self.doc.t(j + 2).tok == Tok::Word;
            if apostrophe
                && (t.is_capital() || !self.cased())
                && (self.doc.t(j + 2).is_capital()
                    || !self.cased() && !self.doc.t(j + 2).is(COMMON))
                && !(t.is(FILLER) && t.shape == Shape::Lower)
            {
                mix.add(&self.doc.t(j + 2), self.doc.t(j + 2).is_capital());
                to = j + 3;
                j = to;
                continue;
            }
            let particle = t.tok == Tok::Word
                && t.is(PARTICLE)
                && (!t.is(GIVEN | SURNAME) || t.shape == Shape::Lower);
            if particle
                && after.gap == Gap::Space
                && self.name_part(j + 1, trust, false)
                && (!first || t.is_capital() || trust == Trust::Strong && !t.is(COMMON))
                && (after.is_capital() || !self.cased())
            {
                j += 1;
                continue;
            }
            if particle
                && self.doc.t(j + 1).is(PARTICLE)
                && self.name_part(j + 2, trust, false)
                && !first
            {
                j += 2;
                continue;
            }
            let initial = self.is_upper_initial(j)
                && self.doc.t(j + 1).is_sign(b".")
                && self.doc.t(j + 1).gap == Gap::None;
            if initial
                && (first || mix.given + mix.surname > 0)
                && (self.name_part(j + 2, trust, false) || self.is_upper_initial(j + 2) || !first)
            {
                mix.initials += 1;
                mix.words += 1;
                to = j + 2;
                j = to;
                continue;
            }
            if !first
                && self.is_upper_initial(j)
                && self.cased()
                && !t.is(COMMON)
                && (mix.given + mix.surname > 0 || !self.doc.t(j + 1).is_sign(b"."))
            {
                mix.initials += 1;
                to = j + 1;
                j = to;
                continue;
            }
            let small = !first && mix.capitals > 0 && self.cased() && t.shape == Shape::Lower;
            if small
                || !self.name_part(j, trust, first)
                || first && trust == Trust::None && t.is(PARTICLE) && !t.is(GIVEN | SURNAME)
            {
                break;
            }
            mix.add(&t, t.is_capital());
            to = j + 1;
            j = to;
            // Hyphens join.
            let hyphen = self.doc.t(j);
            if hyphen.is_sign(b"-")
                && hyphen.gap == Gap::None
                && self.doc.t(j + 1).gap == Gap::None
                && self.doc.t(j + 1).tok == Tok::Word
            {
                if self.name_part(j + 1, trust, false) || self.doc.t(j + 1).is_capital() {
                    mix.add(&self.doc.t(j + 1), self.doc.t(j + 1).is_capital());
                    to = j + 2;
                    j = to;
                } else {
                    break;
                }
            }
        }
        (mix.words > 0 && to > i).then_some((to, mix))
    }

    /// Whether the words around say that the capitals are a firm or a place.
    pub(crate) fn is_firm(&self, from: usize, to: usize) -> bool {
        let after = self.doc.t(to);
        let before = self.doc.before(from);
        let org =
            |t: &crate::token::Token| t.tok == Tok::Word && t.is(ORG) && !t.is(GIVEN | SURNAME);
        let amp = after.is_sign(b"&") || before.is_sign(b"&");
        amp || (org(&after) && after.gap == Gap::Space && (after.is_capital() || !self.cased()))
            || (org(&before)
                && self.doc.t(from).gap == Gap::Space
                && (before.is_capital() || before.shape == Shape::Lower))
            || (before.tok == Tok::Word && before.is(STREET) && self.doc.t(from).gap == Gap::Space)
            || (after.is_sign(b"'")
                && self.doc.s(to + 1) == "s"
                && self.doc.t(to + 1).gap == Gap::None
                && self.doc.t(to + 2).is(ORG))
            || self.doc.before(from).is_sign(b"@#/") && self.doc.t(from).gap == Gap::None
            || after.is_sign(b"@_") && after.gap == Gap::None
    }

    fn person(&mut self, from: usize, to: usize, confidence: u8, evidence: Evidence) {
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
            {
                if let Some((end, more)) = self
                    .name_run(to + 1, Trust::None)
                    .filter(|(_, m)| m.given > 0 && m.common == 0)
                {
                    self.person(
                        to + 1,
                        end,
                        confidence.min(80) - 10 + u8::try_from(more.given).unwrap_or(0),
                        evidence,
                    );
                }
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
                && !(t.is(GIVEN | SURNAME) && !t.is(FILLER | CUE | COMMON))
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
        self.person(
            from,
            to,
            confidence,
            Evidence::of(Anchor::Cue).cue(cue.name()),
        );
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
                    b':' | b'=' | b'"' | b'\'' | b'-' | b'(' | b',' | b'*' | b'.' | b'[' | b'{',
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
                let trust = if self.doc.len() <= 8 || t.is(GIVEN) {
                    Trust::Strong
                } else {
                    Trust::Weak
                };
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
        self.person(
            j,
            to,
            confidence,
            Evidence::of(Anchor::Name).cue("greeting"),
        );
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
            () if mix.initials == words => return Some(to),
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
            () if words == 1 && mix.surname == 1 && !starts && !t.is(COMMON | PLACE | BRAND) => 44,
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
                && !self.doc.before(to).is_sign(b".") =>
            {
                52
            }
            () if mix.unknown == words && words <= 3 && !starts && !line_alone => 46,
            () => 24,
        };
        self.person(i, to, confidence, Evidence::of(Anchor::Name));
        Some(to)
    }

    /// "Bruno smalto", "the Oscar rug", "Sergio Rossi in saldo": things that are sold stand near.
    fn beside_goods(&self, from: usize, to: usize) -> bool {
        let near = |j: usize| self.doc.t(j).tok == Tok::Word && self.doc.t(j).is(GOODS);
        let before = (1..=4)
            .take_while(|d| *d <= from && !self.sentence_ends(from + 1 - d))
            .any(|d| near(from - d));
        before
            || (to..to + 3)
                .take_while(|j| !self.sentence_ends(*j))
                .any(near)
    }

    /// San Francisco, Sant'Agata, New York, Santa Maria: places and saints, unless a surname shows a person.
    fn is_place(&self, from: usize, to: usize) -> bool {
        let is = |k: usize, list: &[&str]| {
            self.doc.t(k).tok == Tok::Word && list.contains(&self.doc.s(k).to_lowercase().as_str())
        };
        const SAINTS: &[&str] = &["san", "sant", "saint", "st", "ste", "são", "sao"];
        const LANDS: &[&str] = &[
            "santa", "santo", "new", "los", "las", "el", "porto", "monte", "costa", "val", "rocca",
            "lago", "roma", "castel", "villa", "marina", "port", "fort", "mount", "lake", "bad",
            "monte",
        ];
        let long = to > from + 1;
        let last_place = self.doc.t(to - 1).is(PLACE);
        let inside = long
            && (is(from, SAINTS)
                || is(from, LANDS) && (last_place || !self.doc.t(to - 1).is(GIVEN | SURNAME)));
        let k = if self.doc.before(from).is_sign(b"'") {
            from.saturating_sub(2)
        } else {
            from.saturating_sub(1)
        };
        let before = from > 0 && self.doc.t(k).is_capital() && (is(k, SAINTS) || is(k, LANDS));
        inside || before
    }

    /// A single given name that rather names a thing: an article or "in" before it and a noun behind, a number or sign glued to it, capitals.
    fn is_thing(&self, from: usize, to: usize) -> bool {
        let (before, after) = (
            self.doc.s(from.saturating_sub(1)).to_lowercase(),
            self.doc.t(to),
        );
        let article = from > 0
            && self.doc.t(from).gap == Gap::Space
            && matches!(
                before.as_str(),
                "the"
                    | "a"
                    | "an"
                    | "la"
                    | "le"
                    | "il"
                    | "una"
                    | "un"
                    | "die"
                    | "das"
                    | "der"
                    | "el"
                    | "in"
                    | "nella"
                    | "alla"
                    | "dalla"
                    | "della"
                    | "sulla"
                    | "une"
                    | "im"
                    | "na"
                    | "do"
                    | "da"
                    | "your"
                    | "your's"
            );
        let noun = after.tok == Tok::Word
            && after.gap == Gap::Space
            && after.is(COMMON)
            && !after.is(FILLER | CUE)
            && after.shape == Shape::Lower;
        let glued = after.gap == Gap::None
            && (after.has_digit()
                || after.is_sign(b"!/_&+")
                    && self.doc.t(to + 1).gap == Gap::None
                    && to + 1 < self.doc.len());
        let number = after.has_digit() && after.gap == Gap::Space;
        let acronym = self.doc.t(from).shape == Shape::Upper && self.doc.t(from).len() <= 4;
        article || glued || number && !noun || acronym
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

    /// Names that close a message: after a closing word, or alone on the last lines.
    fn signatures(&mut self) {
        let n = self.doc.len();
        let mut i = 0;
        while i < n {
            let t = self.doc.t(i);
            if t.tok == Tok::Word && t.is(CLOSING) {
                if let Some(to) = self.signed(i) {
                    i = to;
                    continue;
                }
            }
            i += 1;
        }
        // The end of the text: "…, domani. Marta", a last line "F. Rossi".
        let mut end = n;
        while end > 0 && (matches!(self.doc.t(end - 1).tok, Tok::Sign(_))) {
            end -= 1;
        }
        for from in end.saturating_sub(5)..end {
            let opens = self.doc.t(from).gap == Gap::Line && from > 0
                || self.doc.before(from).is_sign(b".,!?-;*)\0")
                    && from > 0
                    && self.doc.t(from).gap != Gap::None;
            if !opens || self.covered(from, 60) {
                continue;
            }
            if let Some((to, mix)) = self
                .name_run(from, Trust::None)
                .filter(|(to, _)| *to == end || self.doc.t(*to).is_sign(b",(-"))
            {
                let whole = to == end;
                let before_comma = self.doc.before(from).is_sign(b",");
                let capital = self.cased() && mix.capitals + mix.initials >= mix.words;
                let confidence = match () {
                    () if mix.given > 0 && (capital || !self.cased()) => 78,
                    () if mix.surname > 0 && capital => 66,
                    () if whole
                        && capital
                        && mix.common + mix.place == 0
                        && !before_comma
                        && (mix.words > 1 || self.doc.t(from).gap == Gap::Line) =>
                    {
                        56
                    }
                    () => continue,
                };
                if !self.is_firm(from, to) {
                    self.person(
                        from,
                        to,
                        confidence,
                        Evidence::of(Anchor::Name).cue("closing"),
                    );
                }
                break;
            }
        }
    }

    /// After "Cordiali saluti", "thanks,", "grazie": a name up to the end of its line.
    fn signed(&mut self, i: usize) -> Option<usize> {
        let mut j = i + 1;
        for _ in 0..7 {
            let t = self.doc.t(j);
            let word = t.tok == Tok::Word
                && t.is(CLOSING | COMMON | FILLER)
                && !t.is(GIVEN)
                && t.shape != Shape::Title;
            let word = word || t.tok == Tok::Word && t.is(CLOSING) && !t.is(GIVEN);
            if word || t.is_sign(b",.!-*\0") || t.is(TITLE) && !t.is(GIVEN) {
                j += 1;
            } else {
                break;
            }
        }
        let t = self.doc.t(j);
        if t.tok != Tok::Word || self.covered(j, 60) {
            return None;
        }
        let (to, mix) = self.name_run(j, Trust::None)?;
        let ends = self.doc.t(to).gap == Gap::Line
            || to >= self.doc.len()
            || self.doc.t(to).is_sign(b",.!(-|");
        if !ends || self.is_firm(j, to) || self.cased() && mix.capitals + mix.initials < mix.words {
            return None;
        }
        let confidence = match () {
            () if mix.given > 0 => 82,
            () if mix.surname > 0 || mix.initials > 0 => 74,
            () if mix.common + mix.place == 0 && self.cased() => 66,
            () => return None,
        };
        self.person(j, to, confidence, Evidence::of(Anchor::Name).cue("closing"));
        Some(to)
    }

    /// Who speaks, in a pasted chat: "[10:02] Nadia: Hi".
    fn speakers(&mut self) {
        for i in 0..self.doc.len() {
            let t = self.doc.t(i);
            let opens = t.gap == Gap::Line
                || self.doc.before(i).is_sign(b"])") && self.doc.before(i).gap != Gap::Line;
            if !opens
                || t.tok != Tok::Word
                || !t.is_capital()
                || !t.is(GIVEN)
                || self.covered(i, 60)
            {
                continue;
            }
            if let Some((to, _)) = self
                .name_run(i, Trust::None)
                .filter(|(to, _)| self.doc.t(*to).is_sign(b":") && self.doc.t(*to).gap == Gap::None)
            {
                self.person(i, to, 76, Evidence::of(Anchor::Name).cue("speaker"));
            }
        }
    }

    /// Names found once are found again in their parts.
    pub(crate) fn repeats(&mut self) {
        let mut known: Vec<(u64, u8)> = Vec::new();
        let sure = self
            .out
            .iter()
            .filter(|f| f.kind == Kind::Person && f.confidence >= 74)
            .take(24);
        let ranges: Vec<_> = sure.map(|f| f.range.clone()).collect();
        for range in ranges {
            let from = self
                .doc
                .toks
                .partition_point(|t| (t.start as usize) < range.start);
            for j in from..from + 6 {
                let t = self.doc.t(j);
                if (t.end as usize) > range.end {
                    break;
                }
                if t.tok == Tok::Word
                    && t.len() >= 3
                    && !t.is(PARTICLE | TITLE)
                    && !known.iter().any(|k| k.0 == t.hash)
                {
                    known.push((t.hash, u8::from(t.is(COMMON | FILLER | PLACE))));
                }
            }
        }
        if !known.is_empty() {
            self.remember(&known);
        }
    }

    /// Marks words of known names; ordinary words among them only with a capital inside a sentence.
    pub(crate) fn remember(&mut self, known: &[(u64, u8)]) {
        let mut i = 0;
        while i < self.doc.len() {
            self.steps += 1;
            let t = self.doc.t(i);
            let plain = |h: u64| known.iter().find(|k| k.0 == h).map(|k| k.1);
            let here = if t.tok == Tok::Word {
                plain(t.hash)
            } else {
                None
            };
            let Some(ordinary) = here else {
                i += 1;
                continue;
            };
            let capital = t.is_capital() || !self.cased();
            let allowed = capital && (ordinary == 0 || (self.cased() && !self.starts_sentence(i)));
            if allowed && !self.covered_all(i, 50) && !self.is_firm(i, i + 1) {
                let mut to = i + 1;
                while self.doc.t(to).tok == Tok::Word
                    && self.doc.t(to).gap == Gap::Space
                    && plain(self.doc.t(to).hash).is_some()
                    && to < i + 5
                {
                    to += 1;
                }
                self.person(i, to, 70, Evidence::of(Anchor::Repeated));
                i = to;
            } else {
                i += 1;
            }
        }
    }

    /// [`Finder::covered`], looking at every finding of the text: for the passes that run at the end. Linear in findings near the token.
    fn covered_all(&self, i: usize, confidence: u8) -> bool {
        let at = self.doc.t(i).start as usize;
        self.out
            .iter()
            .rev()
            .take(400)
            .any(|f| f.confidence >= confidence && f.range.contains(&at))
    }
}

impl Mix {
    fn add(&mut self, t: &crate::token::Token, capital: bool) {
        self.words += 1;
        self.given += usize::from(t.is(GIVEN));
        self.surname += usize::from(t.is(SURNAME) && !t.is(GIVEN));
        self.common += usize::from(t.is(COMMON | FILLER | CUE | CALENDAR));
        self.place += usize::from(t.is(PLACE) && !t.is(GIVEN));
        self.brand += usize::from(t.is(BRAND) && !t.is(GIVEN));
        self.unknown += usize::from(!t.is(GIVEN | SURNAME | COMMON | PLACE | BRAND | FILLER | CUE));
        self.capitals += usize::from(capital);
    }

    /// Not only brands and places.
    const fn could_be(&self) -> bool {
        self.words > self.brand + self.place || self.given + self.surname > 0
    }
}
