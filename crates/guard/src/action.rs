//! Actions: what a principal may do in the product.
//!
//! Two families, kept apart because they are answered at different times.
//! [`Standing`] questions (does the record exist for these roles, how do they meet a category) read
//! only plain, stored attributes; their answers are kept and decide which rows match. [`Action`]s
//! are acts: asked one by one, with circumstances (time, network, budget, reason, second factor)
//! that must never decide which rows match (DESIGN 6).

use serde::{Deserialize, Serialize};
use std::fmt;

/// What an action is done to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// The installation as a whole: a list, a setting, the log.
    Desk,
    /// One ticket or customer.
    Record,
    /// One category of values of one ticket or customer.
    Part,
}

/// The standing questions, in the order in which they are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Does this record exist for these roles?
    List,
    /// Is the category shown?
    See,
    /// Does a click open it?
    Click,
    /// Does a reason open it?
    Reason,
}

impl Standing {
    /// All four, in order.
    pub const ALL: [Self; 4] = [Self::List, Self::See, Self::Click, Self::Reason];
    /// The three that make a level, the most open first.
    pub const LEVELS: [Self; 3] = [Self::See, Self::Click, Self::Reason];

    /// Its name in Cedar: `list`, `see`, `click`, `reason`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::See => "see",
            Self::Click => "click",
            Self::Reason => "reason",
        }
    }

    /// The level that follows when this is the first that is allowed; `None` for `list`.
    #[must_use]
    pub const fn level(self) -> Option<crate::Level> {
        match self {
            Self::List => None,
            Self::See => Some(crate::Level::Shown),
            Self::Click => Some(crate::Level::OnClick),
            Self::Reason => Some(crate::Level::WithReason),
        }
    }
}

macro_rules! actions {
    ($( $(#[$doc:meta])+ $variant:ident = $name:literal on $scope:ident; )+) => {
        /// An act in the product. Nobody may do one that no policy grants.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(rename_all = "snake_case")]
        pub enum Action {
            $( $(#[$doc])+ $variant, )+
        }

        impl Action {
            /// Every action, in the order of this list.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Its name in files, in Cedar and in the log.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// What it is done to.
            #[must_use]
            pub const fn scope(self) -> Scope {
                match self { $(Self::$variant => Scope::$scope,)+ }
            }
        }
    };
}

actions! {
    /// Lists, queues and counts of tickets.
    ListTickets = "list_tickets" on Desk;
    /// Opens a ticket's page.
    ViewTicket = "view_ticket" on Record;
    /// Opens a customer's page.
    ViewCustomer = "view_customer" on Record;
    /// Searches in what is shown.
    Search = "search" on Desk;
    /// Finds a customer by a complete identifier (a lookup in the sense of I4).
    Lookup = "lookup" on Part;
    /// Opens a masked value for a time.
    Reveal = "reveal" on Part;
    /// Opens a new ticket.
    CreateTicket = "create_ticket" on Desk;
    /// Answers the customer.
    Reply = "reply" on Record;
    /// Writes an internal note.
    Note = "note" on Record;
    /// Gives a ticket to somebody.
    Assign = "assign" on Record;
    /// Sets or takes tags.
    Tag = "tag" on Record;
    /// Opens, solves, closes.
    SetStatus = "set_status" on Record;
    /// Makes one of two tickets or customers.
    Merge = "merge" on Record;
    /// Changes a customer's fields.
    EditCustomer = "edit_customer" on Record;
    /// Compares facts that a caller gives with the record (I4, verify).
    VerifyCaller = "verify_caller" on Record;
    /// Destroys a value, seen or unseen.
    RedactSlot = "redact_slot" on Part;
    /// Says that a found value is none, and returns it to the text.
    Unslot = "unslot" on Part;
    /// Takes rows out in bulk. Exports never reveal.
    Export = "export" on Desk;
    /// Brings rows in in bulk.
    Import = "import" on Desk;
    /// Answers requests of data subjects.
    ManageRequests = "manage_requests" on Desk;
    /// Schedules, plans, runs and holds of retention.
    ManageRetention = "manage_retention" on Desk;
    /// Consents and objections.
    ManageConsent = "manage_consent" on Desk;
    /// Reads everybody's access log, agents under aliases.
    ReadLog = "read_log" on Desk;
    /// Reads one's own entries of the access log.
    ReadOwnLog = "read_own_log" on Desk;
    /// Asks for checkpoints and proofs of the log.
    VerifyLog = "verify_log" on Desk;
    /// Reads what the log teaches: use by role, recommendations.
    ReadInsight = "read_insight" on Desk;
    /// Works on alarms and cases.
    ManageCases = "manage_cases" on Desk;
    /// Asks for the name behind an agent's alias (takes a second person).
    UnmaskAgent = "unmask_agent" on Desk;
    /// Creates, rotates, revokes, restores, destroys keys.
    ManageKeys = "manage_keys" on Desk;
    /// Invites, suspends, gives roles.
    ManagePeople = "manage_people" on Desk;
    /// Tokens of software and of other people.
    ManageTokens = "manage_tokens" on Desk;
    /// Courses, their cadence and evidence.
    ManageTraining = "manage_training" on Desk;
    /// Organisation, brands, languages, field map.
    ManageSettings = "manage_settings" on Desk;
    /// Reads the matrix and the policies, with explanations.
    ReadPolicy = "read_policy" on Desk;
    /// Drafts and proposes changes of the matrix and the policies.
    ManagePolicy = "manage_policy" on Desk;
    /// Approves proposals for the customer side (I10).
    ApproveCx = "approve_cx" on Desk;
    /// Approves proposals for the security side (I10).
    ApproveSecurity = "approve_security" on Desk;
}

impl Action {
    /// The action of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|action| action.name() == name)
    }

    /// Whether it spends a person's budget (rows a shift, tries an hour).
    #[must_use]
    pub const fn is_budgeted(self) -> bool {
        matches!(self, Self::Reveal | Self::Lookup)
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_unique_and_the_same_in_files_and_in_cedar() {
        let names: BTreeSet<&str> = Action::ALL.iter().map(|a| a.name()).collect();
        assert_eq!(names.len(), Action::ALL.len());
        for action in Action::ALL {
            assert_eq!(
                serde_json::to_string(action).unwrap(),
                format!("\"{}\"", action.name()),
                "the serde name and the Cedar name are one"
            );
            assert_eq!(Action::from_name(action.name()), Some(*action));
            assert!(Standing::ALL.iter().all(|s| s.name() != action.name()));
        }
        assert_eq!(Action::from_name("become_root"), None);
    }
}
