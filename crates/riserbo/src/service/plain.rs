//! What of a record may stand in clear, by its form (DESIGN section 4, I2).
//!
//! The field map calls tags, channel, score, language, time zone and media type
//! plain: they steer work and say nothing about the person. That holds for what
//! they are meant to hold only, and an export may hold anything there. So each
//! is compared with a list or a strict form, and what does not fit is whatever
//! somebody typed: it goes aside, sealed and hidden.

use std::collections::HashMap;

use pii::{Band, Category, Context};

use crate::service::detect::Detector;

/// The longest tag, in characters.
pub const MAX_TAG: usize = 100;

/// What stands where a channel is none that we know.
pub const OTHER_CHANNEL: &str = "other";

/// Channels of the Zendesk dialect (`via.channel`).
const CHANNELS: &[&str] = &[
    "admin_setting",
    "any_channel",
    "api",
    "apple_business_chat",
    "batch",
    "blackberry",
    "business_messaging_slack_connect",
    "chat",
    "chat_offline_message",
    "chat_transcript",
    "closed_ticket",
    "cti_voicemail",
    "cti_phone_call_inbound",
    "cti_phone_call_outbound",
    "email",
    "facebook",
    "facebook_message",
    "facebook_post",
    "forum",
    "get_satisfaction",
    "google_business_messages",
    "google_rcs",
    "group_change",
    "group_deletion",
    "help_center",
    "instagram_dm",
    "iphone",
    "kakaotalk",
    "line",
    "linked_problem",
    "logmein",
    "mailgun",
    "merge",
    "messagebird_sms",
    "mobile",
    "mobile_sdk",
    "monitor_event",
    "native_messaging",
    "phone",
    "phone_call_inbound",
    "phone_call_outbound",
    "recovered_from_suspended_tickets",
    "rule",
    "sample_interactive_ticket",
    "sample_ticket",
    "satisfaction_prediction",
    "side_conversation",
    "sms",
    "sunshine_conversations_api",
    "sunshine_conversations_facebook_messenger",
    "sunshine_conversations_twitter_dm",
    "symphony",
    "system",
    "telegram",
    "ticket_sharing",
    "ticket_tagging",
    "topic",
    "twilio_sms",
    "twitter",
    "twitter_dm",
    "twitter_favorite",
    "twitter_like",
    "user_change",
    "user_deletion",
    "user_merge",
    "viber",
    "voice",
    "voicemail",
    "web",
    "web_form",
    "web_messaging",
    "web_service",
    "web_widget",
    "wechat",
    "whatsapp",
    "widget",
    "x_corp_dm",
];

/// Scores of the Zendesk dialect (`satisfaction_rating.score`).
const SCORES: &[&str] = &[
    "offered",
    "unoffered",
    "received",
    "received_with_comment",
    "received_without_comment",
    "good",
    "good_with_comment",
    "good_without_comment",
    "bad",
    "bad_with_comment",
    "bad_without_comment",
];

/// Scripts that language tags in use carry (ISO 15924). A list, for four
/// letters may be a name.
const SCRIPTS: &[&str] = &[
    "arab", "armn", "beng", "cyrl", "deva", "ethi", "geor", "grek", "gujr", "guru", "hans", "hant",
    "hebr", "jpan", "khmr", "knda", "kore", "laoo", "latn", "mlym", "mymr", "orya", "sinh", "taml",
    "telu", "thai", "tibt",
];

/// Languages with three letters that helpdesks offer (ISO 639-3). A list, for
/// three letters may be a name.
const LONG_LANGUAGES: &[&str] = &["ceb", "ckb", "fil", "haw", "hmn", "kok", "mni", "yue"];

/// Zones that helpdesks name in their own words (`Eastern Time (US & Canada)`);
/// the other names of theirs are cities of IANA zones.
const ZONES: &[&str] = &[
    "International Date Line West",
    "American Samoa",
    "Midway Island",
    "Hawaii",
    "Alaska",
    "Pacific Time (US & Canada)",
    "Mountain Time (US & Canada)",
    "Central Time (US & Canada)",
    "Eastern Time (US & Canada)",
    "Arizona",
    "Central America",
    "Saskatchewan",
    "Guadalajara",
    "Quito",
    "Indiana (East)",
    "Atlantic Time (Canada)",
    "Newfoundland",
    "Brasilia",
    "Georgetown",
    "Greenland",
    "Mid-Atlantic",
    "Cape Verde Is.",
    "Edinburgh",
    "Bern",
    "West Central Africa",
    "Harare",
    "Kyiv",
    "Pretoria",
    "St. Petersburg",
    "Abu Dhabi",
    "Islamabad",
    "Ekaterinburg",
    "Chennai",
    "Mumbai",
    "New Delhi",
    "Sri Jayawardenepura",
    "Astana",
    "Hanoi",
    "Beijing",
    "Osaka",
    "Sapporo",
    "Canberra",
    "New Caledonia",
    "Solomon Is.",
    "Marshall Is.",
    "Wellington",
    "Chatham Is.",
    "Nuku'alofa",
    "Tokelau Is.",
];

/// Top-level media types (IANA registry).
const MEDIA: &[&str] = &[
    "application",
    "audio",
    "font",
    "haptics",
    "image",
    "message",
    "model",
    "multipart",
    "text",
    "video",
];

/// Whether a channel is one that the dialect knows.
#[must_use]
pub fn is_channel(value: &str) -> bool {
    CHANNELS.contains(&value)
}

/// Whether a satisfaction score is one that the dialect knows.
#[must_use]
pub fn is_score(value: &str) -> bool {
    SCORES.contains(&value)
}

/// Whether a language tag has the form language, script, region (RFC 5646
/// section 2.1, without variants, extensions and private use, which may be any
/// word).
#[must_use]
pub fn is_locale(value: &str) -> bool {
    let mut parts = value.split(['-', '_']).peekable();
    let letters = |s: &str| s.bytes().all(|b| b.is_ascii_alphabetic());
    let Some(language) = parts.next() else { return false };
    let language = language.to_ascii_lowercase();
    let short = language.len() == 2 && letters(&language);
    if !short && !LONG_LANGUAGES.contains(&language.as_str()) {
        return false;
    }
    if parts.peek().is_some_and(|p| SCRIPTS.contains(&p.to_ascii_lowercase().as_str())) {
        parts.next();
    }
    if parts.peek().is_some_and(|p| {
        (p.len() == 2 && letters(p)) || (p.len() == 3 && p.bytes().all(|b| b.is_ascii_digit()))
    }) {
        parts.next();
    }
    parts.next().is_none()
}

/// Whether this is a zone of the IANA database, a city of one, or a name that
/// helpdesks use. Without a zone database on the machine the first two are
/// unknown, and hidden.
#[must_use]
pub fn is_time_zone(value: &str) -> bool {
    if ZONES.contains(&value) || value == "UTC" {
        return true;
    }
    if value.len() > 64 {
        return false;
    }
    let city = value.replace(' ', "_");
    jiff::tz::db()
        .available()
        .any(|zone| zone.as_str() == value || zone.as_str().rsplit('/').next() == Some(&city))
}

/// Judges the plain values of many rows, and remembers what it found: the same
/// few tags stand on many tickets.
pub struct Judge<'s> {
    scanner: &'s Detector,
    known: HashMap<(Form, String), bool>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Form {
    Tag,
    Zone,
    Media,
}

/// Most verdicts that are remembered: an export may have a tag for each ticket.
const MAX_KNOWN: usize = 100_000;

impl<'s> Judge<'s> {
    /// A judge who has seen nothing.
    #[must_use]
    pub fn new(scanner: &'s Detector) -> Judge<'s> {
        Judge { scanner, known: HashMap::new() }
    }

    fn remembered(&mut self, form: Form, value: &str, judge: fn(&Detector, &str) -> bool) -> bool {
        let key = (form, value.to_owned());
        if let Some(verdict) = self.known.get(&key) {
            return *verdict;
        }
        let verdict = judge(self.scanner, value);
        if self.known.len() < MAX_KNOWN {
            self.known.insert(key, verdict);
        }
        verdict
    }

    /// Whether a tag may stand in clear: one word of at most [`MAX_TAG`]
    /// characters in which nothing personal is found.
    pub fn is_tag(&mut self, value: &str) -> bool {
        self.remembered(Form::Tag, value, is_tag)
    }

    /// [`is_time_zone`], remembered.
    pub fn is_time_zone(&mut self, value: &str) -> bool {
        self.remembered(Form::Zone, value, |_, value| is_time_zone(value))
    }

    /// Whether a media type may stand in clear: `type/subtype` of RFC 6838
    /// section 4.2 under a registered top-level type, without parameters, which
    /// often hold a file's name, and with nothing personal found in it.
    pub fn is_media_type(&mut self, value: &str) -> bool {
        self.remembered(Form::Media, value, is_media_type)
    }
}

/// Whether nothing is found that counts; a scanner that panics has found
/// something (I3).
///
/// A lone word that no list knows is taken for a name with middling
/// confidence, in doubt, for a text is better off so. Tags are full of such
/// words (`vip`, `fedelta`); there it takes more: high confidence, or a
/// category that is worse than a name.
fn is_clean(scanner: &Detector, value: &str) -> bool {
    const MILD: [Category; 4] =
        [Category::IDENTITY, Category::ONLINE, Category::LOCATION, Category::CONTACT];
    let scan = || {
        scanner
            .report(value, &Context::default())
            .findings
            .iter()
            .all(|f| f.band() < Band::High && MILD.contains(&f.kind.category()))
    };
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(scan)).unwrap_or(false)
}

fn is_tag(scanner: &Detector, value: &str) -> bool {
    let shaped = !value.is_empty()
        && value.chars().count() <= MAX_TAG
        && !value.chars().any(|c| c.is_whitespace() || c.is_control());
    // Words of a tag hang together by signs that a text has spaces for, and an
    // address or a number may stand behind a prefix.
    shaped
        && is_clean(scanner, value)
        && is_clean(scanner, &value.replace('_', " "))
        && is_clean(scanner, &value.replace(['_', '-', ':', '/', '='], " "))
}

fn is_media_type(scanner: &Detector, value: &str) -> bool {
    let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b);
    let Some((top, sub)) = value.split_once('/') else { return false };
    MEDIA.contains(&top.to_ascii_lowercase().as_str())
        && (1..=100).contains(&sub.len())
        && sub.bytes().all(token)
        && is_clean(scanner, sub)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(test: impl FnMut(&&str) -> bool, values: &[&str]) -> Vec<String> {
        values.iter().copied().filter(test).map(str::to_owned).collect()
    }

    #[test]
    fn working_tags_stand_in_clear() {
        let scanner = Detector::new(pii::ScannerConfig::default());
        let mut judge = Judge::new(&scanner);
        let tags = [
            "vip",
            "b2b",
            "rimborso",
            "iban",
            "refund_status",
            "subflow_timing_4",
            "src_taubench",
            "domain_airline",
            "closed_by_merge",
            "priorità-alta",
            "2026-q1",
            "order_delayed",
            "carta_credito",
            "customer_turns_only",
            "flow_product_defect",
            "fedelta",
        ];
        assert_eq!(all(|t| !judge.is_tag(t), &tags), Vec::<String>::new());
    }

    #[test]
    fn a_tag_that_names_somebody_does_not() {
        let scanner = Detector::new(pii::ScannerConfig::default());
        let mut judge = Judge::new(&scanner);
        let long = "x".repeat(101);
        let tags = [
            "mario.rossi@example.org",
            "+393471234567",
            "orgtag-4111111111111111",
            "usertag-RSSMRA85T10A562S",
            "mario_rossi",
            "cliente-mario-rossi",
            "hiv",
            "iban:IT60X0542811101000000123456",
            "two words",
            "",
            &long,
        ];
        assert_eq!(all(|t| judge.is_tag(t), &tags), Vec::<String>::new());
    }

    #[test]
    fn languages_are_tags_and_no_words() {
        let good = ["it", "en-US", "en_us", "zh-Hant-TW", "es-419", "fil", "sr-Latn-RS", "pt-BR"];
        assert_eq!(all(|l| !is_locale(l), &good), Vec::<String>::new());
        let bad = [
            "",
            "lia",
            "it-Rossi",
            "locale-mario.rossi@example.org",
            "en-x-mario",
            "i",
            "it-IT-IT",
        ];
        assert_eq!(all(|l| is_locale(l), &bad), Vec::<String>::new());
    }

    #[test]
    fn zones_are_of_the_database_or_of_helpdesks() {
        let good = ["UTC", "Eastern Time (US & Canada)", "Hawaii", "Bern"];
        assert_eq!(all(|z| !is_time_zone(z), &good), Vec::<String>::new());
        let bad = ["", "Mario", "zone-mario.rossi@example.org", "Europe/Mario Rossi"];
        assert_eq!(all(|z| is_time_zone(z), &bad), Vec::<String>::new());
        if jiff::tz::db().available().next().is_some() {
            assert!(
                is_time_zone("Europe/Rome") && is_time_zone("Rome") && is_time_zone("New York")
            );
        }
    }

    #[test]
    fn media_types_have_no_parameters_and_no_names() {
        let scanner = Detector::new(pii::ScannerConfig::default());
        let mut judge = Judge::new(&scanner);
        let good = [
            "image/png",
            "application/pdf",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "image/svg+xml",
            "text/calendar",
        ];
        assert_eq!(all(|m| !judge.is_media_type(m), &good), Vec::<String>::new());
        let bad = [
            "",
            "pdf",
            "mario/rossi",
            "image/png; name=\"mario.png\"",
            "ctype-m@example.org",
            "application/mario.rossi@example.org",
        ];
        assert_eq!(all(|m| judge.is_media_type(m), &bad), Vec::<String>::new());
    }
}
