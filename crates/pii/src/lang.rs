//! The languages that cues, labels and conventions know. Any text may be in several at once: a language here is a hint for ties and
//! the tongue of labels, never a switch that turns detectors off.

/// A language of texts and labels.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Lang {
    /// Italian.
    It,
    /// English.
    #[default]
    En,
    /// German.
    De,
    /// French.
    Fr,
    /// Spanish.
    Es,
    /// Portuguese.
    Pt,
    /// Dutch.
    Nl,
    /// Polish.
    Pl,
    /// Any other; labels are English.
    Other,
}

impl Lang {
    /// From a language tag (BCP 47); only the primary subtag counts, and an unknown one is [`Lang::Other`].
    #[must_use]
    pub fn from_tag(tag: &str) -> Lang {
        let primary = tag.split(['-', '_']).next().unwrap_or("");
        match primary.to_ascii_lowercase().as_str() {
            "it" => Lang::It,
            "en" => Lang::En,
            "de" => Lang::De,
            "fr" => Lang::Fr,
            "es" => Lang::Es,
            "pt" => Lang::Pt,
            "nl" => Lang::Nl,
            "pl" => Lang::Pl,
            _ => Lang::Other,
        }
    }

    /// The primary language subtag; `und` for [`Lang::Other`].
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Lang::It => "it",
            Lang::En => "en",
            Lang::De => "de",
            Lang::Fr => "fr",
            Lang::Es => "es",
            Lang::Pt => "pt",
            Lang::Nl => "nl",
            Lang::Pl => "pl",
            Lang::Other => "und",
        }
    }
}
