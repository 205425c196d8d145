//! Levels and masks: how a role meets a category, and what stands in the place of a closed value.

use serde::{Deserialize, Serialize};
use std::fmt;

/// How a role meets a category, from the most open to the most closed: `Shown < Hidden`.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Open at once: its words match searches, it stands in lists and exports.
    Shown,
    /// A mask until the person clicks; the click is logged.
    OnClick,
    /// A mask until the person gives a reason; the reason is logged.
    WithReason,
    /// A fixed label stands there, and no action opens it. What everything is until a policy says
    /// otherwise (I3).
    #[default]
    Hidden,
}

impl Level {
    /// From the most open to the most closed.
    pub const ALL: [Self; 4] = [Self::Shown, Self::OnClick, Self::WithReason, Self::Hidden];

    /// The name used in files and logs: `shown`, `on_click`, `with_reason`, `hidden`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Shown => "shown",
            Self::OnClick => "on_click",
            Self::WithReason => "with_reason",
            Self::Hidden => "hidden",
        }
    }

    /// Whether some action of the person can open it (a click, a reason, or nothing at all).
    #[must_use]
    pub const fn can_open(self) -> bool {
        !matches!(self, Self::Hidden)
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What stands in the place of a value that isn't open. Ordered by how much it tells: when roles add
/// up, the one that tells most wins. Masks are built from facets alone, so none of them opens the
/// value; a hidden value always has [`MaskForm::Label`].
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum MaskForm {
    /// The kind alone: `[card]`.
    #[default]
    Label,
    /// A handle that is the same for the same person: `Cliente 7KQ2M9X`.
    Pseudonym,
    /// A fact computed on the way in: `over 18`, `Lombardy`.
    Derived,
    /// A harmless part: `•••• 4242`.
    Partial,
}

impl MaskForm {
    /// From the one that tells least.
    pub const ALL: [Self; 4] = [Self::Label, Self::Pseudonym, Self::Derived, Self::Partial];

    /// The name used in files: `label`, `pseudonym`, `derived`, `partial`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Label => "label",
            Self::Pseudonym => "pseudonym",
            Self::Derived => "derived",
            Self::Partial => "partial",
        }
    }

    /// The form of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.name() == name)
    }
}

impl fmt::Display for MaskForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_go_from_open_to_closed_and_start_closed() {
        assert!(Level::ALL.is_sorted());
        assert_eq!(Level::default(), Level::Hidden);
        assert_eq!(Level::ALL.map(Level::can_open), [true, true, true, false]);
    }

    #[test]
    fn masks_go_from_telling_nothing_and_have_names_that_read_back() {
        assert!(MaskForm::ALL.is_sorted());
        assert_eq!(MaskForm::default(), MaskForm::Label);
        for form in MaskForm::ALL {
            assert_eq!(MaskForm::from_name(form.name()), Some(form));
        }
        assert_eq!(MaskForm::from_name("nothing"), None);
    }
}
