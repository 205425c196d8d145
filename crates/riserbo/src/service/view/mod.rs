//! Views: what a principal gets of a record.
//!
//! A view is the text rendered with open slots and masks. A value that a person
//! may not see is never decrypted for that person: its mask is built from
//! facets alone, or is a label. Levels come from the class of the record's
//! attribute vector, the same that lists, counts and search use.
//!
//! Nothing here returns before its access event is durable (INVARIANT I1).

mod customer;
mod render;
mod ticket;

use guard::Level;
use pii::Kind;

pub use customer::{CustomerPage, count as count_customers, customer, customers};
pub(crate) use customer::{vectors as customer_vectors, views_with as customer_views};
pub(crate) use render::Of;
pub use render::Renderer;
pub(crate) use ticket::found;
pub use ticket::{
    AttachmentView, CommentView, Listing, Page, TicketView, brief, comments, count, list,
    list_counted, many, ticket,
};

use crate::service::access_log::Met;
use crate::service::text::{Place, SlotOut, Template, escape_into};
pub use crate::store::tickets::{Filter, From, Order, TicketRow};

/// The mark that stands for a redacted or erased value: of fixed length, so
/// that no length leaks.
pub const MARK: &str = "▇▇▇";

/// A value as this principal meets it.
#[derive(Clone, Debug)]
pub struct SlotView {
    /// Its number in the text.
    pub number: u32,
    /// What it is.
    pub kind: Kind,
    /// Its category.
    pub category: u8,
    /// How the principal's role meets the category.
    pub level: Level,
    /// Whether it stands in clear, and by what.
    pub met: Met,
    /// Confidence band of the finding, 0 to 3.
    pub band: u8,
    /// When a reveal ends, micros.
    pub until: Option<i64>,
    /// The value, or its mask.
    pub text: String,
}

/// A text as this principal meets it.
#[derive(Clone, Default)]
pub struct TextView {
    template: Option<Template>,
    slots: Vec<SlotView>,
    /// The mask of the whole, where the text itself is not shown.
    masked: Option<String>,
    /// How the text itself is met, where it is a text and not one value.
    pub level: Option<Level>,
}

impl TextView {
    /// The values in the text, by number.
    #[must_use]
    pub fn slots(&self) -> &[SlotView] {
        &self.slots
    }

    /// Whether the text itself is not shown.
    #[must_use]
    pub fn is_masked(&self) -> bool {
        self.masked.is_some()
    }

    /// Whether a value or the text is a mask.
    #[must_use]
    pub fn has_mask(&self) -> bool {
        self.masked.is_some() || self.slots.iter().any(|s| s.met == Met::Masked)
    }

    fn slot(&self, number: u32) -> Option<&SlotView> {
        self.slots.iter().find(|s| s.number == number)
    }

    /// Plain text.
    #[must_use]
    pub fn plain(&self) -> String {
        if let Some(masked) = &self.masked {
            return masked.clone();
        }
        match &self.template {
            Some(template) => template.render_plain(&mut |number, out| {
                out.push_str(self.slot(number).map_or(MARK, |s| &s.text));
            }),
            None => self.slots.first().map(|s| s.text.clone()).unwrap_or_default(),
        }
    }

    /// Plain text in which the caller writes each value (the terminal's chips);
    /// `None` stands for a value that is not there any more. Not called where
    /// the whole text is masked.
    #[must_use]
    pub fn plain_with(&self, write: &mut dyn FnMut(Option<&SlotView>, &mut String)) -> String {
        match (&self.masked, &self.template) {
            (Some(masked), _) => masked.clone(),
            (None, Some(template)) => {
                template.render_plain(&mut |number, out| write(self.slot(number), out))
            }
            (None, None) => {
                let mut out = String::new();
                if let Some(slot) = self.slots.first() {
                    write(Some(slot), &mut out);
                }
                out
            }
        }
    }

    /// HTML without anything that could run; values are escaped.
    #[must_use]
    pub fn html(&self) -> String {
        self.html_with(&mut |slot, out| match slot {
            Some(slot) => escape_into(&slot.text, Place::Text, out),
            None => out.push_str(MARK),
        })
    }

    /// HTML in which the caller writes each value (the console's chips).
    #[must_use]
    pub fn html_with(&self, write: &mut dyn FnMut(Option<&SlotView>, &mut String)) -> String {
        match (&self.masked, &self.template) {
            (None, Some(template)) => template.render_html(&mut |number, place, out| {
                let slot = self.slot(number);
                let open = slot.is_some_and(|s| s.met != Met::Masked);
                match place {
                    // In an attribute only bare text may stand.
                    Place::Attr => {
                        escape_into(slot.map_or(MARK, |s| &s.text), Place::Attr, out);
                    }
                    Place::Text => write(slot, out),
                }
                if open { SlotOut::Open } else { SlotOut::Masked }
            }),
            (Some(masked), _) => {
                let mut out = String::from("<div class=\"zd-comment\"><p>");
                escape_into(masked, Place::Text, &mut out);
                out.push_str("</p></div>");
                out
            }
            (None, None) => {
                let mut out = String::from("<div class=\"zd-comment\"><p>");
                write(self.slots.first(), &mut out);
                out.push_str("</p></div>");
                out
            }
        }
    }
}

/// A member of staff, a customer, or somebody unknown: who wrote or asked.
#[derive(Clone)]
pub enum Person {
    /// A colleague: the name is shown.
    Staff {
        /// Zendesk user id.
        id: i64,
        /// Name.
        name: String,
    },
    /// A customer.
    Customer(Box<CustomerView>),
    /// An id that is not (or no longer) here.
    Unknown(i64),
}

impl Person {
    /// Zendesk user id.
    #[must_use]
    pub fn id(&self) -> i64 {
        match self {
            Person::Staff { id, .. } | Person::Unknown(id) => *id,
            Person::Customer(c) => c.id,
        }
    }

    /// The name as this principal meets it.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Person::Staff { name, .. } => name.clone(),
            Person::Customer(c) => c.name.plain(),
            Person::Unknown(id) => format!("#{id}"),
        }
    }
}

/// A custom field's value.
#[derive(Clone)]
pub enum FieldValue {
    /// Stands in clear.
    Plain(serde_json::Value),
    /// Sealed.
    Text(TextView),
}

/// A customer as this principal meets them.
#[derive(Clone, Default)]
pub struct CustomerView {
    /// Zendesk user id.
    pub id: i64,
    /// The handle.
    pub handle: String,
    /// Name.
    pub name: TextView,
    /// E-mail address.
    pub email: Option<TextView>,
    /// Telephone.
    pub phone: Option<TextView>,
    /// External id.
    pub external_id: Option<TextView>,
    /// Alias.
    pub alias: Option<TextView>,
    /// Notes.
    pub notes: Option<TextView>,
    /// Details.
    pub details: Option<TextView>,
    /// Signature.
    pub signature: Option<TextView>,
    /// Custom fields by id.
    pub fields: Vec<(i64, TextView)>,
    /// Organization.
    pub organization_id: Option<i64>,
    /// Language tag.
    pub locale: Option<String>,
    /// Time zone's name.
    pub time_zone: Option<String>,
    /// Bits: 1 active, 2 suspended, 4 verified.
    pub flags: i64,
    /// Tags.
    pub tags: Vec<String>,
    /// Micros.
    pub created_at: i64,
    /// Micros.
    pub updated_at: i64,
}
