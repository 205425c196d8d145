//! Mail addresses, typed (`a@b.it`, `a%40b.it`, `a (at) b.it`) and spoken ("mario chiocciola gmail punto com", "johnmac 55 gmailcom"), and links
//! to a person's page.

use super::Finder;
use crate::finding::{Anchor, Evidence};
use crate::kind::Kind;
use crate::lexicon::{AT, COMMON, FILLER};
use crate::token::{Gap, Tok};
use crate::words::{is_word_char, is_zero_width};

/// Longest local part and domain that are read (RFC 5321 4.5.3.1 allows 64 and 255).
const LONGEST: usize = 96;

impl Finder<'_> {
    pub(crate) fn links(&mut self) {
        let doc = self.doc;
        for &mark in &doc.marks {
            let i = mark as usize;
            let t = self.doc.t(i);
            match t.tok {
                Tok::Sign(b'@') => self.typed(i),
                Tok::Sign(b'%')
                    if self.doc.s(i + 1).starts_with("40")
                        && self.doc.t(i + 1).gap == Gap::None =>
                {
                    self.percent(i)
                }
                Tok::Sign(b':')
                    if self.doc.t(i + 1).is_sign(b"/") && self.doc.t(i + 2).is_sign(b"/") =>
                {
                    self.link(i)
                }
                Tok::Word => {
                    if t.is(AT) {
                        self.spoken_mail(i);
                    } else if t.len() > 7 && SQUEEZED_ENDS.contains(&last_two(self.doc.s(i))) {
                        self.squeezed_mail(i);
                    }
                    let opens = t.gap != Gap::None || self.doc.before(i).is_sign(b"(\"'<");
                    let dotted =
                        self.doc.t(i + 1).is_sign(b".") && self.doc.t(i + 1).gap == Gap::None;
                    if opens
                        && dotted
                        && matches!(t.len(), 1..=16)
                        && self.doc.t(i + 2).gap == Gap::None
                    {
                        self.bare_link(i);
                    }
                }
                _ => {}
            }
        }
    }

    /// `local@domain`, from the sign outwards.
    fn typed(&mut self, i: usize) {
        let at = self.doc.t(i).start as usize;
        let after = self.doc.t(i).end as usize;
        let text = self.doc.text;
        let (mut before, mut behind) =
            (text.get(..at).unwrap_or(""), text.get(after..).unwrap_or(""));
        // "mario @ gmail.com": one space on both sides at most.
        if before.ends_with(' ') && behind.starts_with(' ') {
            before = before.strip_suffix(' ').unwrap_or(before);
            behind = behind.strip_prefix(' ').unwrap_or(behind);
        }
        let local: usize = before
            .chars()
            .rev()
            .take(LONGEST)
            .take_while(|c| is_local(*c))
            .map(char::len_utf8)
            .sum();
        let Some(domain) = domain_len(behind) else {
            self.handle(i, local);
            return;
        };
        let start = before.len() - local;
        let local_text =
            before.get(start..).unwrap_or("").trim_start_matches(['.', '-', '\'', '=']);
        if !local_text.chars().any(is_word_char) {
            return;
        }
        let end = text.len() - behind.len() + domain;
        self.add_bytes(
            before.len() - local_text.len()..end,
            Kind::Email,
            96,
            Evidence::of(Anchor::At),
        );
    }

    /// `@name` without a domain: a handle.
    fn handle(&mut self, i: usize, local: usize) {
        let start = self.doc.t(i).start as usize;
        let rest = self.doc.text.get(start + 1..).unwrap_or("");
        let len: usize = rest
            .chars()
            .take(40)
            .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'))
            .map(char::len_utf8)
            .sum();
        let name = rest.get(..len).unwrap_or("").trim_end_matches('.');
        let lettered = name.chars().filter(|c| c.is_alphabetic()).count() >= 3;
        let opens =
            self.doc.t(i).gap != Gap::None || self.doc.before(i).is_sign(b"(\"':") || i == 0;
        if local == 0 && lettered && opens && self.doc.s(i) == "@" && !rest.starts_with(' ') {
            self.add_bytes(
                start..start + 1 + name.len(),
                Kind::Username,
                62,
                Evidence::of(Anchor::At),
            );
        }
    }

    /// `local%40domain`, as in query strings.
    fn percent(&mut self, i: usize) {
        let at = self.doc.t(i).start as usize;
        let text = self.doc.text;
        let before = text.get(..at).unwrap_or("");
        let local: usize = before
            .chars()
            .rev()
            .take(LONGEST)
            .take_while(|c| is_local(*c) && *c != '=')
            .map(char::len_utf8)
            .sum();
        let behind = text.get(at + 3..).unwrap_or("");
        if let Some(domain) = domain_len(behind).filter(|_| local > 0) {
            self.add_bytes(at - local..at + 3 + domain, Kind::Email, 92, Evidence::of(Anchor::At));
        }
    }

    /// "mario punto rossi chiocciola gmail punto com", "kat underscore b at gmail dot com", `a [at] b.it`.
    fn spoken_mail(&mut self, i: usize) {
        let bracket = self.doc.before(i).is_sign(b"([{<") && self.doc.t(i + 1).is_sign(b")]}>");
        let domain_from = if bracket { i + 2 } else { i + 1 };
        let Some((to, dots)) = self.spoken_domain(domain_from) else {
            return;
        };
        let sure = !matches!(self.doc.s(i).to_ascii_lowercase().as_str(), "at" | "a" | "bei");
        let last = to - 1;
        let top = is_top_level(&self.doc.s(last).to_ascii_lowercase());
        if dots == 0 || !top && !sure {
            return;
        }
        let local_end = if bracket { i - 1 } else { i };
        let mut from = local_end;
        let mut parts = 0;
        for _ in 0..14 {
            let Some(k) = from.checked_sub(1) else { break };
            let t = self.doc.t(k);
            let joined = t.is_sign(b"._-+") || self.is_joint(k);
            let next_joined = self.is_joint(from) || self.doc.t(from).is_sign(b"._-+");
            let part = matches!(t.tok, Tok::Word | Tok::Num | Tok::Mix);
            if self.doc.t(from).gap == Gap::Line && from != local_end {
                break;
            }
            if joined && !(k > 0 && self.doc.t(from).gap != Gap::None && t.is_sign(b".")) {
                from = k;
            } else if part
                && (parts == 0
                    || next_joined
                    || self.doc.t(from).gap == Gap::None
                    || self.one_letter(k)
                    || self.one_letter(from))
            {
                if parts > 0
                    && t.is(FILLER | COMMON)
                    && !next_joined
                    && self.doc.t(from).gap != Gap::None
                {
                    break;
                }
                from = k;
                parts += 1;
            } else {
                break;
            }
        }
        while from < local_end
            && (self.is_joint(from) || matches!(self.doc.t(from).tok, Tok::Sign(_)))
        {
            from += 1;
        }
        if from < local_end {
            self.add(from, to, Kind::Email, if sure { 88 } else { 80 }, Evidence::of(Anchor::At));
        }
    }

    fn one_letter(&self, k: usize) -> bool {
        self.doc.t(k).tok == Tok::Word && self.doc.t(k).len() == 1
    }

    /// "punto", "dot", "underscore", "trattino"…
    fn is_joint(&self, k: usize) -> bool {
        self.doc.t(k).tok == Tok::Word
            && matches!(
                self.doc.s(k).to_ascii_lowercase().as_str(),
                "punto"
                    | "dot"
                    | "point"
                    | "punkt"
                    | "underscore"
                    | "trattino"
                    | "dash"
                    | "hyphen"
                    | "tiret"
                    | "bindestrich"
                    | "guion"
                    | "unterstrich"
                    | "underline"
                    | "basso"
                    | "ponto"
                    | "kropka"
                    | "minus"
                    | "barra"
            )
    }

    /// A domain in words or signs: the token after it and the number of dots.
    fn spoken_domain(&self, from: usize) -> Option<(usize, usize)> {
        let mut j = from;
        let mut dots = 0;
        let mut to = None;
        for _ in 0..12 {
            let t = self.doc.t(j);
            if !matches!(t.tok, Tok::Word | Tok::Mix | Tok::Num) || t.gap == Gap::Line {
                break;
            }
            to = Some(j + 1);
            let next = self.doc.t(j + 1);
            let dot = self.is_joint(j + 1)
                || (next.is_sign(b".-")
                    && next.gap == Gap::None
                    && self.doc.t(j + 2).gap == Gap::None);
            if !dot {
                break;
            }
            dots += usize::from(!next.is_sign(b"-"));
            j += 2;
        }
        to.map(|t| (t, dots))
    }

    /// Chats that lose their signs: "johnmac 55 gmailcom", "mani gmailcom", "devasenarediffmailcom".
    fn squeezed_mail(&mut self, i: usize) {
        let s = self.doc.s(i).to_ascii_lowercase();
        let Some(provider) = SQUEEZED.iter().find(|p| s.ends_with(**p)) else {
            return;
        };
        if self.doc.t(i + 1).is_sign(b".")
            && self.doc.t(i + 1).gap == Gap::None
            && self.doc.t(i + 2).gap == Gap::None
        {
            return;
        }
        let mut from = i;
        if s.len() == provider.len() {
            // The local part stands in the words before.
            for _ in 0..4 {
                let Some(k) = from.checked_sub(1) else { break };
                let t = self.doc.t(k);
                let stop = self.doc.t(from).gap == Gap::Line
                    || matches!(t.tok, Tok::Sign(_))
                    || t.is(FILLER | COMMON) && t.len() > 1
                    || t.is(crate::lexicon::CUE);
                if stop {
                    break;
                }
                from = k;
            }
            if from == i {
                return;
            }
        }
        self.add(from, i + 1, Kind::Email, 84, Evidence::of(Anchor::At));
    }

    /// `https://…`: personal if it is a profile of a known site or a pay page.
    fn link(&mut self, i: usize) {
        let start = self.doc.before(i).start as usize;
        // A link inside a link was read with it.
        let host = i.saturating_sub(1);
        let inside = self.doc.t(host).gap == Gap::None && self.doc.before(host).is_sign(b"/");
        if !inside || host == 0 {
            self.personal_link(start);
        }
    }

    /// A link without `https://`.
    fn bare_link(&mut self, i: usize) {
        self.personal_link(self.doc.t(i).start as usize);
    }

    /// "Follow us at …": a firm's own page.
    fn firm_invites(&self, start: usize) -> bool {
        const INVITES: &[&str] = &[
            "follow us",
            "seguici",
            "síguenos",
            "siguenos",
            "suivez-nous",
            "folgen sie uns",
            "visit us",
            "our page",
            "our channel",
            "nostra pagina",
            "volg ons",
        ];
        let before = self.doc.text.get(..start).unwrap_or("");
        let from = before.char_indices().rev().nth(40).map_or(0, |(i, _)| i);
        let said = before.get(from..).unwrap_or("").to_lowercase();
        INVITES.iter().any(|w| said.contains(w))
    }

    fn personal_link(&mut self, start: usize) {
        let rest = self.doc.text.get(start..).unwrap_or("");
        let len = rest
            .bytes()
            .take(300)
            .take_while(|b| !b.is_ascii_whitespace() && !b"<>\"'`|\\^{}".contains(b))
            .count();
        let Some(url) = rest.get(..len) else { return };
        let url = url.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']']);
        let plain =
            url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).unwrap_or(url);
        let plain =
            plain.strip_prefix("www.").or_else(|| plain.strip_prefix("m.")).unwrap_or(plain);
        if is_personal(plain) && !self.firm_invites(start) {
            self.add_bytes(
                start..start + url.len(),
                Kind::UrlPersonal,
                84,
                Evidence::of(Anchor::Link),
            );
        }
    }
}

/// The last two letters of [`SQUEEZED`], to look no further at most words.
const SQUEEZED_ENDS: [[u8; 2]; 8] =
    [*b"om", *b"et", *b"it", *b"de", *b"fr", *b"uk", *b"in", *b"co"];

fn last_two(word: &str) -> [u8; 2] {
    match word.as_bytes() {
        [.., a, b] => [a.to_ascii_lowercase(), b.to_ascii_lowercase()],
        _ => [0; 2],
    }
}

/// Mail domains whose dot got lost.
const SQUEEZED: &[&str] = &[
    "gmailcom",
    "yahoocom",
    "hotmailcom",
    "outlookcom",
    "aolcom",
    "icloudcom",
    "rediffmailcom",
    "livecom",
    "msncom",
    "ymailcom",
    "mailcom",
    "protonmailcom",
    "comcastnet",
    "sbcglobalnet",
    "verizonnet",
    "attnet",
    "liberoit",
    "hotmailit",
    "yahooit",
    "gmxde",
    "webde",
    "gmailco",
    "yahoocouk",
    "hotmailcouk",
    "outlookit",
    "virgilioit",
    "tiscaliit",
    "orangefr",
    "wanadoofr",
    "freefr",
    "yahoocoin",
    "gmxnet",
    "bellsouthnet",
    "coxnet",
    "earthlinknet",
];

/// Characters of a local part as people use them.
fn is_local(c: char) -> bool {
    is_word_char(c) || is_zero_width(c) || matches!(c, '.' | '_' | '-' | '+' | '\'' | '&' | '~')
}

/// Length in bytes of a domain with at least one dot at the start of `s`.
fn domain_len(s: &str) -> Option<usize> {
    let mut end = 0;
    let mut label = 0_usize;
    let mut dots = 0;
    let mut last_label_letters = false;
    for (i, c) in s.char_indices().take(LONGEST) {
        if is_word_char(c) || (c == '-' && label > 0) {
            label += 1;
            last_label_letters = if label == 1 {
                c.is_alphabetic()
            } else {
                last_label_letters && c.is_alphabetic()
            };
            if dots > 0 && label >= 2 && last_label_letters {
                end = i + c.len_utf8();
            }
        } else if is_zero_width(c) {
        } else if c == '.' && label > 0 {
            dots += 1;
            label = 0;
        } else {
            break;
        }
    }
    (end > 0).then_some(end)
}

/// Top-level domains that are spoken.
fn is_top_level(s: &str) -> bool {
    matches!(
        s,
        "com"
            | "it"
            | "net"
            | "org"
            | "de"
            | "fr"
            | "es"
            | "uk"
            | "eu"
            | "info"
            | "biz"
            | "io"
            | "me"
            | "ch"
            | "at"
            | "nl"
            | "be"
            | "pt"
            | "pl"
            | "ie"
            | "us"
            | "edu"
            | "gov"
            | "co"
            | "in"
            | "br"
    )
}

/// Whether a link without scheme and `www.` leads to a person's page.
fn is_personal(url: &str) -> bool {
    const SITES: &[(&str, &str)] = &[
        ("linkedin.com", "in/"),
        ("facebook.com", ""),
        ("fb.com", ""),
        ("fb.me", ""),
        ("instagram.com", ""),
        ("twitter.com", ""),
        ("x.com", ""),
        ("tiktok.com", "@"),
        ("t.me", ""),
        ("telegram.me", ""),
        ("wa.me", ""),
        ("paypal.me", ""),
        ("paypal.com", "paypalme/"),
        ("github.com", ""),
        ("gitlab.com", ""),
        ("venmo.com", ""),
        ("cash.app", "$"),
        ("youtube.com", "@"),
        ("snapchat.com", "add/"),
        ("pinterest.com", ""),
        ("vk.com", ""),
        ("threads.net", "@"),
        ("revolut.me", ""),
        ("satispay.com", "app/"),
        ("xing.com", "profile/"),
        ("monzo.me", ""),
        ("ko-fi.com", ""),
        ("medium.com", "@"),
        ("reddit.com", "u"),
        ("twitch.tv", ""),
        ("vinted.it", "member/"),
        ("vinted.fr", "member/"),
        ("strava.com", "athletes/"),
        ("calendly.com", ""),
        ("bizum.es", ""),
        ("airbnb.com", "users/show/"),
        ("airbnb.it", "users/show/"),
        ("steamcommunity.com", "id/"),
        ("about.me", ""),
        ("linktr.ee", ""),
        ("orcid.org", ""),
    ];
    const GENERAL: &[&str] = &[
        "login",
        "help",
        "support",
        "about",
        "policies",
        "legal",
        "privacy",
        "terms",
        "settings",
        "search",
        "share",
        "sharer",
        "groups",
        "pages",
        "watch",
        "explore",
        "p",
        "reel",
        "events",
        "marketplace",
        "status",
        "home",
        "business",
        "intent",
        "sharer.php",
        "company",
    ];
    let Some((host, path)) = url.split_once('/') else {
        return false;
    };
    let host = host.to_ascii_lowercase();
    SITES.iter().any(|(site, prefix)| {
        let here = host == *site
            || host.strip_suffix(site).is_some_and(|h| h.ends_with('.') && h.len() <= 4);
        let Some(rest) = path.strip_prefix(prefix).filter(|_| here) else {
            return false;
        };
        let first = rest.split(['/', '?', '#']).next().unwrap_or("");
        first.len() >= 2 && !GENERAL.contains(&first.to_ascii_lowercase().as_str())
    })
}
