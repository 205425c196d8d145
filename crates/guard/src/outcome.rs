//! The answer to the standing questions, small enough to copy, compare and hash.

use crate::{Category, CategorySet, Level, MaskForm};

/// What one role set gets of all records with one attribute vector. Equal outcomes are one class
/// ([`crate::Classes`]): whatever lists, opens, counts, searches or exports reads it from here.
///
/// Kept in a normal form, so that equal meaning is equal value: of a record that doesn't exist for
/// the roles everything is hidden, and a form is kept only where a mask with a choice can stand
/// (`on_click`, `with_reason`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Outcome {
    list: bool,
    levels: [Level; Category::COUNT],
    forms: [MaskForm; Category::COUNT],
}

impl Outcome {
    /// The record doesn't exist for these roles (404, uncounted), and nothing of it opens. What
    /// every doubt ends in (I3).
    pub const NOTHING: Self = Self {
        list: false,
        levels: [Level::Hidden; Category::COUNT],
        forms: [MaskForm::Label; Category::COUNT],
    };

    /// A listed record, all hidden until [`Outcome::set`].
    pub(crate) const fn listed() -> Self {
        Self { list: true, ..Self::NOTHING }
    }

    /// Sets one category, in normal form.
    pub(crate) fn set(&mut self, category: Category, level: Level, form: MaskForm) {
        let masked = matches!(level, Level::OnClick | Level::WithReason);
        if let Some(slot) = self.levels.get_mut(category.index()) {
            *slot = level;
        }
        if let Some(slot) = self.forms.get_mut(category.index()) {
            *slot = if masked { form } else { MaskForm::Label };
        }
    }

    /// Whether the record exists for the roles.
    #[must_use]
    pub const fn list(&self) -> bool {
        self.list
    }

    /// How they meet a category.
    #[must_use]
    pub fn level(&self, category: Category) -> Level {
        self.levels.get(category.index()).copied().unwrap_or_default()
    }

    /// What stands there while it is closed. `Label` where nothing else can stand.
    #[must_use]
    pub fn form(&self, category: Category) -> MaskForm {
        self.forms.get(category.index()).copied().unwrap_or_default()
    }

    /// The levels of all 32 categories, by id.
    #[must_use]
    pub const fn levels(&self) -> &[Level; Category::COUNT] {
        &self.levels
    }

    /// The forms of all 32 categories, by id.
    #[must_use]
    pub const fn forms(&self) -> &[MaskForm; Category::COUNT] {
        &self.forms
    }

    /// The categories at this level.
    #[must_use]
    pub fn at(&self, level: Level) -> CategorySet {
        Category::all().filter(|category| self.level(*category) == level).collect()
    }

    /// The categories that are open without a click: what lists show, what searches match.
    #[must_use]
    pub fn open(&self) -> CategorySet {
        self.at(Level::Shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_nothing() {
        assert!(!Outcome::NOTHING.list());
        assert_eq!(Outcome::NOTHING.at(Level::Hidden), CategorySet::ALL);
        assert!(Outcome::NOTHING.open().is_empty());
    }

    #[test]
    fn a_form_is_kept_only_where_a_mask_with_a_choice_can_stand() {
        for level in Level::ALL {
            let mut outcome = Outcome::listed();
            outcome.set(Category::PAYMENT, level, MaskForm::Partial);
            let kept = matches!(level, Level::OnClick | Level::WithReason);
            assert_eq!(outcome.form(Category::PAYMENT) == MaskForm::Partial, kept, "{level}");
            assert_eq!(outcome.level(Category::PAYMENT), level);
        }
    }
}
