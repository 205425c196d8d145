//! Which tokens a name takes, what its words are, and whether they rather name a firm, a place or a thing.

use super::Finder;
use crate::lexicon::{
    BRAND, CALENDAR, CLOSING, COMMON, CUE, FILLER, GIVEN, GOODS, GREETING, HEALTH, KIN, MEASURE,
    NUMBER, ORG, PARTICLE, PLACE, STREET, SURNAME, TITLE,
};
use crate::namelike::namelike;
use crate::token::{Gap, Shape, Tok, Token};
use crate::words::normal;

/// What the words of a possible name are.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Mix {
    pub(crate) words: usize,
    pub(crate) given: usize,
    pub(crate) surname: usize,
    pub(crate) unknown: usize,
    pub(crate) common: usize,
    pub(crate) place: usize,
    pub(crate) brand: usize,
    pub(crate) capitals: usize,
    pub(crate) initials: usize,
}

/// How much the place says that a name stands here.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trust {
    /// Any word that is not an ordinary one.
    Strong,
    /// A capital or a known name.
    Weak,
    /// Lists and capitals alone.
    None,
}

impl Mix {
    pub(crate) fn add(&mut self, t: &Token, capital: bool) {
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
    pub(crate) const fn could_be(&self) -> bool {
        self.words > self.brand + self.place || self.given + self.surname > 0
    }
}

impl Finder<'_> {
    /// Capitals mean something here.
    pub(crate) fn cased(&self) -> bool {
        !self.doc.lower && !self.doc.shouting
    }

    pub(crate) fn is_upper_initial(&self, j: usize) -> bool {
        let t = self.doc.t(j);
        t.tok == Tok::Word && t.is_capital() && self.doc.s(j).chars().count() == 1
    }

    /// Whether token `j` can be a word of a name where the place is trusted so much.
    pub(crate) fn name_part(&self, j: usize, trust: Trust, first: bool) -> bool {
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
                listed || !plain || t.len() > 3 && !t.is(CUE | FILLER | GREETING)
            }
            Trust::Strong => {
                // Small letters among capitals: an ordinary word stays one, even if it is a name too.
                !plain
                    || listed
                        && !t.is(FILLER | CUE)
                        && !(t.is(COMMON) && (self.cased() || first && !t.is(GIVEN)))
            }
            Trust::Weak if self.cased() => {
                capital && (!plain || listed && !t.is(CUE | FILLER)) && (!t.is(PLACE) || listed)
            }
            Trust::None if self.cased() => {
                capital && (listed || !plain) && !(t.is(CUE) && t.is(COMMON))
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
    pub(crate) fn name_run(&self, i: usize, trust: Trust) -> Option<(usize, Mix)> {
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
        let org = |t: &Token| t.tok == Tok::Word && t.is(ORG) && !t.is(GIVEN | SURNAME);
        // "Dolce & Gabbana"; but "?name=Ann&email=" is a query.
        let query = self.doc.t(to + 2).is_sign(b"=");
        let amp = after.is_sign(b"&") && !query || before.is_sign(b"&");
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

    /// "Bruno smalto", "the Oscar rug", "Sergio Rossi in saldo": things that are sold stand near.
    pub(crate) fn beside_goods(&self, from: usize, to: usize) -> bool {
        let near = |j: usize| self.doc.t(j).tok == Tok::Word && self.doc.t(j).is(GOODS);
        let before = (1..=4)
            .take_while(|d| *d <= from && !self.sentence_ends(from + 1 - d))
            .any(|d| near(from - d));
        before || (to..to + 3).take_while(|j| !self.sentence_ends(*j)).any(near)
    }

    /// San Francisco, Sant'Agata, New York, Santa Maria: places and saints, unless a surname shows a person.
    pub(crate) fn is_place(&self, from: usize, to: usize) -> bool {
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
    pub(crate) fn is_thing(&self, from: usize, to: usize) -> bool {
        let (before, after) = (self.doc.s(from.saturating_sub(1)).to_lowercase(), self.doc.t(to));
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
}
