//! What an export has in plain fields and may not stand in clear goes aside.
//!
//! One pass over a row before anything else is done with it: values of tags,
//! channel, score, language, zone and media types that have not the form of
//! one (`service::plain`) move to the keys that nobody declared, which are
//! sealed as one hidden slot, and each is counted in the report.

use serde_json::{Map, Value};

use super::Report;
use super::read::{CommentRow, OrganizationRow, TicketRow, UserRow};
use crate::service::plain::{self, Judge, OTHER_CHANNEL};

/// A value moved from its field to the extras, with its note's code.
fn aside(
    value: &mut Option<String>,
    fits: impl FnOnce(&str) -> bool,
    (key, code): (&str, &'static str),
    extras: &mut Map<String, Value>,
    report: &mut Report,
) {
    if value.as_deref().is_none_or(|v| v.is_empty() || fits(v)) {
        return;
    }
    if let Some(v) = value.take() {
        extras.insert(key.to_owned(), v.into());
        report.note(code);
    }
}

fn tags(
    tags: &mut Vec<String>,
    extras: &mut Map<String, Value>,
    judge: &mut Judge<'_>,
    report: &mut Report,
) {
    let all = std::mem::take(tags);
    let (clear, hidden): (Vec<String>, Vec<String>) =
        all.into_iter().partition(|tag| judge.is_tag(tag));
    *tags = clear;
    if !hidden.is_empty() {
        hidden.iter().for_each(|_| report.note("tag_aside"));
        extras.insert(String::from("tags"), hidden.into());
    }
}

/// A user's tags, language and zone.
pub(super) fn user(row: &mut UserRow, judge: &mut Judge<'_>, report: &mut Report) {
    tags(&mut row.tags, &mut row.extras, judge, report);
    let key = ("locale", "locale_aside");
    aside(&mut row.locale, plain::is_locale, key, &mut row.extras, report);
    let key = ("time_zone", "time_zone_aside");
    aside(&mut row.time_zone, |z| judge.is_time_zone(z), key, &mut row.extras, report);
}

/// An organization's tags.
pub(super) fn organization(row: &mut OrganizationRow, judge: &mut Judge<'_>, report: &mut Report) {
    tags(&mut row.tags, &mut row.extras, judge, report);
}

/// A ticket's tags, channel and score, and its files' media types. A state,
/// priority or type that the dialect does not know is kept aside too, for its
/// column has numbers only.
pub(super) fn ticket(row: &mut TicketRow, judge: &mut Judge<'_>, report: &mut Report) {
    let extras = &mut row.extras;
    tags(&mut row.tags, extras, judge, report);
    if let Some(via) = &mut row.via {
        let key = ("channel", "channel_aside");
        aside(&mut via.channel, plain::is_channel, key, extras, report);
        if extras.contains_key("channel") {
            via.channel = Some(OTHER_CHANNEL.to_owned());
        }
    }
    if let Some(satisfaction) = &mut row.satisfaction {
        let key = ("score", "score_aside");
        aside(&mut satisfaction.score, plain::is_score, key, extras, report);
    }
    for (value, known, key) in [
        (&mut row.status, &super::tickets::STATUS[..], ("status", "status_aside")),
        (&mut row.priority, &super::tickets::PRIORITY[..], ("priority", "priority_aside")),
        (&mut row.ticket_type, &super::tickets::TYPE[..], ("type", "type_aside")),
    ] {
        aside(value, |v| known.contains(&v), key, extras, report);
    }
    for comment in &mut row.comments {
        files(comment, judge, report);
    }
}

fn files(comment: &mut CommentRow, judge: &mut Judge<'_>, report: &mut Report) {
    let mut hidden = Vec::new();
    for file in &mut comment.attachments {
        if file.content_type.as_deref().is_some_and(|t| !judge.is_media_type(t)) {
            report.note("content_type_aside");
            hidden.extend(file.content_type.take());
        }
    }
    if !hidden.is_empty() {
        comment.extras.insert(String::from("content_types"), hidden.into());
    }
}
