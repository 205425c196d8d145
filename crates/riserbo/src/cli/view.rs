//! `riserbo view`: a ticket's conversation as one role sees it, drawn in the terminal.

use guard::Level;
use pii::Lang;
use serde_json::{Value, json};

use super::draw::{self, Span, Style, span};
use super::exit::{Exit, Failure};
use super::open::{DataDir, Make, open};
use super::out::{Out, safe};
use super::signin::SignIn;
use crate::clock::iso;
use crate::service::access_log::Met;
use crate::service::view::{self, CommentView, TextView, TicketView};

const EXAMPLES: &str = "\
Examples:
  riserbo view 35 --as agent@desk.example
  riserbo view 35 --as agent-1 --data-dir riserbo-demo    in a demo, by role and without a password
  riserbo view 35 --as agent@desk.example --json | jq '.comments[].text'

The look is logged before it is shown, like every other.";

/// Arguments of `view`.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The ticket's number
    ticket: i64,
    /// JSON instead of a drawing
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    sign_in: SignIn,
    #[command(flatten)]
    dir: DataDir,
}

/// Runs the command.
pub(super) async fn run(args: Args, out: &mut Out) -> Result<Exit, Failure> {
    let app = open(&args.dir.path(), Make::No).await?;
    let ctx = args.sign_in.ctx(&app, &format!("cli/view/{}", args.ticket)).await?;
    let ticket = view::ticket(&ctx, args.ticket).await;
    app.close().await;
    let ticket = ticket?;
    if args.json {
        out.json(&ticket_json(&ticket))?;
    } else {
        ticket_drawn(&ticket, app.lang, out)?;
    }
    Ok(Exit::Done)
}

/// A status's name, as in the dialect.
pub(super) fn status(n: i64) -> &'static str {
    match n {
        0 => "new",
        1 => "open",
        2 => "pending",
        3 => "hold",
        4 => "solved",
        5 => "closed",
        _ => "deleted",
    }
}

fn priority(n: i64) -> Option<&'static str> {
    Some(match n {
        1 => "low",
        2 => "normal",
        3 => "high",
        4 => "urgent",
        _ => return None,
    })
}

/// `2026-03-01 10:22`, UTC.
fn minute(time: i64) -> String {
    iso(time).replace('T', " ").chars().take(16).collect()
}

/// The lines above a conversation.
pub(super) fn head(ticket: &TicketView, lang: Lang) -> Vec<Vec<Span>> {
    let row = &ticket.row;
    let mut title = vec![span(format!("#{}  ", row.id), Style::Strong)];
    title.extend(draw::spans(&ticket.subject, lang));
    let mut line = draw::person(ticket.people.get(&row.requester_id), row.requester_id, lang);
    let mut facts = vec![status(row.status).to_owned()];
    facts.extend(priority(row.priority).map(str::to_owned));
    facts.push(safe(&row.channel));
    if let Some(id) = row.assignee_id {
        let name = ticket.people.get(&id).map_or_else(|| format!("#{id}"), |p| p.name());
        facts.push(format!("→ {name}{}", if ticket.mine { " (you)" } else { "" }));
    }
    facts.push(minute(row.created_at));
    facts.retain(|f| !f.is_empty());
    line.push(span(format!(" · {}", facts.join(" · ")), Style::Faint));
    vec![title, line]
}

fn ticket_drawn(ticket: &TicketView, lang: Lang, out: &mut Out) -> Result<(), Failure> {
    for line in head(ticket, lang) {
        draw::write(out, 0, &line)?;
    }
    for comment in &ticket.comments {
        out.line("")?;
        comment_drawn(ticket, comment, lang, out)?;
    }
    legend(ticket, out)
}

fn comment_drawn(
    ticket: &TicketView,
    comment: &CommentView,
    lang: Lang,
    out: &mut Out,
) -> Result<(), Failure> {
    let author = ticket.people.get(&comment.author_id);
    let mut line = vec![span("▸ ", Style::Faint)];
    line.extend(draw::person(author, comment.author_id, lang));
    let note = if comment.public { "" } else { " · internal note" };
    line.push(span(format!(" · {}{note}", minute(comment.created_at)), Style::Faint));
    draw::write(out, 0, &line)?;
    draw::write(out, 4, &draw::spans(&comment.body, lang))?;
    for (file, name) in &comment.attachments {
        let mut line = vec![span("attached: ", Style::Faint)];
        line.extend(draw::spans(name, lang));
        let kind = safe(&file.content_type);
        line.push(span(format!(" · {kind} · {} bytes", file.size), Style::Faint));
        draw::write(out, 4, &line)?;
    }
    Ok(())
}

/// Every text of a ticket.
fn texts(ticket: &TicketView) -> impl Iterator<Item = &TextView> {
    let bodies = ticket
        .comments
        .iter()
        .flat_map(|c| std::iter::once(&c.body).chain(c.attachments.iter().map(|(_, name)| name)));
    std::iter::once(&ticket.subject).chain(bodies)
}

/// What the locks in this drawing mean; none if there are none.
fn legend(ticket: &TicketView, out: &mut Out) -> Result<(), Failure> {
    let used = |level: Level| {
        texts(ticket).any(|t| {
            t.slots().iter().any(|s| s.level == level && s.met == Met::Masked)
                || (t.is_masked() && t.level == Some(level))
        })
    };
    let mut words = Vec::new();
    for (level, means) in [
        (Level::OnClick, "opens on a click, logged"),
        (Level::WithReason, "opens with a reason, logged"),
        (Level::Hidden, "not opened for your role"),
    ] {
        if used(level) {
            words.push(format!("{} {means}", draw::lock(level)));
        }
    }
    if !words.is_empty() {
        out.line("")?;
        draw::write(out, 0, &[span(words.join("   "), Style::Faint)])?;
    }
    Ok(())
}

/// A ticket as JSON, masked as the role sees it.
pub(super) fn ticket_json(ticket: &TicketView) -> Value {
    let row = &ticket.row;
    let person = |id: i64| json!({"id": id, "name": ticket.people.get(&id).map(|p| p.name())});
    let comments: Vec<Value> = ticket
        .comments
        .iter()
        .map(|c| {
            let files: Vec<Value> = c
                .attachments
                .iter()
                .map(|(file, name)| {
                    json!({"id": file.id, "name": name.plain(), "content_type": file.content_type, "size": file.size})
                })
                .collect();
            json!({
                "id": c.id, "author": person(c.author_id), "public": c.public,
                "created_at": iso(c.created_at), "text": c.body.plain(),
                "parts": draw::parts(&c.body), "attachments": files,
            })
        })
        .collect();
    json!({
        "id": row.id, "subject": ticket.subject.plain(), "status": status(row.status),
        "priority": priority(row.priority), "channel": row.channel,
        "requester": person(row.requester_id), "assignee": row.assignee_id.map(person),
        "created_at": iso(row.created_at), "updated_at": iso(row.updated_at),
        "comments": comments,
    })
}
