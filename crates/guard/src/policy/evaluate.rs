//! The standing questions, asked of Cedar.

use super::{Policy, Scene, Verdict};
use crate::{AttributeVector, Category, CategorySet, Level, MaskForm, Outcome, RoleSet, Standing};

impl Policy {
    /// What a role set gets of records with this vector. For each category the first allowed of
    /// `see`, `click` and `reason` is the level, none is `hidden`; a `forbid` wins over every
    /// permit; roles add up. INVARIANT I3: a policy that fails hides what it was asked about.
    ///
    /// A pure function of its arguments and the policy: keep its result, or use
    /// [`crate::Classes`], which does.
    #[must_use]
    pub fn evaluate(&self, roles: &RoleSet, vector: &AttributeVector, mine: bool) -> Outcome {
        let spoken_of = self.engine.spoken_of();
        let Some(scene) = self.engine.scene(&self.known(roles), vector, mine, spoken_of, None)
        else {
            return Outcome::NOTHING;
        };
        if !self.lists(&scene) {
            return Outcome::NOTHING;
        }
        let mut outcome = Outcome::listed();
        for category in spoken_of.iter() {
            let (level, form) = self.level(&scene, category);
            outcome.set(category, level, form);
        }
        outcome
    }

    /// One category alone, for acts: whether the record is listed, and the level.
    pub(crate) fn evaluate_one(
        &self,
        roles: &RoleSet,
        vector: &AttributeVector,
        mine: bool,
        category: Category,
    ) -> Option<Level> {
        let only = CategorySet::EMPTY.with(category).intersection(self.engine.spoken_of());
        let scene = self.engine.scene(&self.known(roles), vector, mine, only, None)?;
        self.lists(&scene).then(|| self.level(&scene, category).0)
    }

    pub(crate) fn lists(&self, scene: &Scene) -> bool {
        self.engine.ask_standing(scene, Standing::List, None).verdict == Verdict::Allow
    }

    /// The level of a category and what stands there while it is closed. A click's mask is the one
    /// that tells most among those that `click` and `reason` bring, so that a role more never
    /// means a mask that tells less.
    fn level(&self, scene: &Scene, category: Category) -> (Level, MaskForm) {
        let mut found = None;
        let mut form = MaskForm::Label;
        for standing in Standing::LEVELS {
            let answer = self.engine.ask_standing(scene, standing, Some(category));
            match answer.verdict {
                Verdict::Failed if found.is_none() => return (Level::Hidden, MaskForm::Label),
                Verdict::Failed | Verdict::Deny => {}
                Verdict::Allow => {
                    found = found.or(standing.level());
                    let masks = answer.because.iter().map(|id| self.engine.mask(id));
                    form = form.max(masks.max().unwrap_or_default());
                    if standing == Standing::See {
                        break;
                    }
                }
            }
        }
        (found.unwrap_or_default(), form)
    }
}
