//! `riserbo search`: finds what the signed-in role sees without a click.

use pii::Lang;
use serde_json::{Value, json};

use super::draw::{self, Style, span};
use super::exit::{Exit, Failure};
use super::open::{DataDir, Make, open};
use super::out::Out;
use super::signin::SignIn;
use super::view::{head, status};
use crate::clock::iso;
use crate::service::search::{self, Hit, Request};
use crate::service::view::{CustomerView, TicketView};

const EXAMPLES: &str = "\
Examples:
  riserbo search 'refund status:open' --as agent@desk.example
  riserbo search '\"second invoice\" status<solved' --as agent@desk.example --limit 5
  riserbo search 'type:ticket glucometro' --as agent-1 --data-dir demo-data --json

A query matches what you see without a click; what is masked for you matches nothing. Each search
is logged, also one without a hit.";

/// Arguments of `search`.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Words, \"phrases\", -words, and filters such as status:open (docs/search.md)
    #[arg(required = true)]
    query: Vec<String>,
    /// Hits at most
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(i64).range(1..=1000))]
    limit: i64,
    /// JSON instead of text
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
    // The route never holds what was typed; the service seals that.
    let ctx = args.sign_in.ctx(&app, "cli/search").await?;
    let request = Request { limit: args.limit, ..Request::new(&args.query.join(" ")) };
    let found = search::search(&ctx, &request).await;
    app.close().await;
    let found = found?;
    if args.json {
        let hits: Vec<Value> = found.hits.iter().map(hit_json).collect();
        out.json(&json!({"count": found.count, "more": found.more, "hits": hits}))?;
        return Ok(Exit::Done);
    }
    for hit in &found.hits {
        hit_drawn(hit, app.lang, out)?;
        out.line("")?;
    }
    out.say(match (found.count, found.hits.len()) {
        (_, 0) => "nothing found in what you see without a click".to_owned(),
        (Some(count), shown) if found.more => format!("{shown} of {count}; --limit shows more"),
        (_, shown) => format!("{shown} found"),
    });
    Ok(Exit::Done)
}

fn hit_drawn(hit: &Hit, lang: Lang, out: &mut Out) -> Result<(), Failure> {
    match hit {
        Hit::Ticket(ticket) => ticket_drawn(ticket, lang, out),
        Hit::Customer(customer) => customer_drawn(customer, lang, out),
        Hit::Organization(o) => draw::write(
            out,
            0,
            &[
                span(o.name.clone(), Style::Strong),
                span(format!(" · organization {}", o.id), Style::Faint),
            ],
        ),
        Hit::Group { id, name } => draw::write(
            out,
            0,
            &[span(name.clone(), Style::Strong), span(format!(" · group {id}"), Style::Faint)],
        ),
    }
}

fn ticket_drawn(ticket: &TicketView, lang: Lang, out: &mut Out) -> Result<(), Failure> {
    for line in head(ticket, lang) {
        draw::write(out, 0, &line)?;
    }
    match &ticket.description {
        Some(text) => draw::write_some(out, 4, &draw::spans(text, lang), 3),
        None => Ok(()),
    }
}

fn customer_drawn(customer: &CustomerView, lang: Lang, out: &mut Out) -> Result<(), Failure> {
    let mut line = draw::spans(&customer.name, lang);
    line.push(span(format!(" · {} · customer {}", customer.handle, customer.id), Style::Faint));
    draw::write(out, 0, &line)?;
    for (label, value) in [("email", &customer.email), ("phone", &customer.phone)] {
        if let Some(value) = value {
            let mut line = vec![span(format!("{label}: "), Style::Faint)];
            line.extend(draw::spans(value, lang));
            draw::write(out, 4, &line)?;
        }
    }
    Ok(())
}

fn hit_json(hit: &Hit) -> Value {
    match hit {
        Hit::Ticket(t) => json!({
            "type": "ticket", "id": t.row.id, "subject": t.subject.plain(),
            "status": status(t.row.status), "created_at": iso(t.row.created_at),
            "description": t.description.as_ref().map(draw::parts),
        }),
        Hit::Customer(c) => json!({
            "type": "user", "id": c.id, "handle": c.handle, "name": c.name.plain(),
            "email": c.email.as_ref().map(|v| v.plain()), "phone": c.phone.as_ref().map(|v| v.plain()),
        }),
        Hit::Organization(o) => json!({"type": "organization", "id": o.id, "name": o.name}),
        Hit::Group { id, name } => json!({"type": "group", "id": id, "name": name}),
    }
}
