//! From plans to tickets: the words, the JSON of the export, and the facts that only the demo knows.

mod export;

use super::Language;
use super::calendar::{SECOND, iso, rome};
use super::cast::Cast;
use super::desk::{self, DOMAIN};
use super::markup;
use super::people::{Customer, Style};
use super::plan::{Plan, Said};
use super::rng::Rng;
use super::script::{Turn, Voice, wording};
use super::voice::{Found, Scene, agent_frame, customer_frame, speak};
use super::{Need, Planted, Side, StaffSpec, TicketFacts, TurnFacts};
use serde_json::{Value, json};

/// First ticket's number.
pub(super) const FIRST_TICKET: i64 = 100_001;
/// Most comments on a ticket.
pub(super) const MOST_COMMENTS: usize = 14;
const FIRST_COMMENT: i64 = 7_000_001;
const FIRST_ATTACHMENT: i64 = 9_000_001;

/// A ticket with what the demo knows about it.
pub(super) struct Written {
    pub(super) json: Value,
    pub(super) facts: TicketFacts,
    pub(super) planted: Vec<Planted>,
}

/// What all tickets share.
pub(super) struct Room<'a> {
    pub(super) customers: &'a [Customer],
    pub(super) staff: &'a [StaffSpec],
    pub(super) now: i64,
}

/// Writes the tickets of `plans`, which are in the order of their opening.
pub(super) fn write(room: &Room<'_>, plans: &[Plan<'_>], rng: &mut Rng) -> Vec<Written> {
    let mut next = Counters { comment: FIRST_COMMENT, attachment: FIRST_ATTACHMENT };
    let mut all: Vec<Written> = Vec::with_capacity(plans.len());
    for (id, plan) in (FIRST_TICKET..).zip(plans) {
        let Some(customer) = room.customers.get(plan.customer) else {
            continue;
        };
        let original =
            plan.copy_of.and_then(|at| all.get(at)).map(|w| (w.facts.ticket_id, w.facts.agent_id));
        let cast =
            Cast::new(customer, room.customers, plan.scenario.brand, plan.cast.1, plan.cast.0);
        let mut pen = Pen {
            room,
            plan,
            cast,
            id,
            original: original.map(|(id, _)| id),
            handler: room.staff.first(),
            group: desk::group(plan.scenario.route, plan.scenario.language),
            rng: rng.fork(id.unsigned_abs()),
            next: &mut next,
            comments: Vec::new(),
            facts: Vec::new(),
            planted: Vec::new(),
            last_answer: String::new(),
        };
        pen.handler = pen.colleague(original.map(|(_, agent)| agent));
        all.push(pen.ticket());
    }
    all
}

struct Counters {
    comment: i64,
    attachment: i64,
}

/// One ticket being written.
struct Pen<'a, 'n> {
    room: &'a Room<'a>,
    plan: &'a Plan<'a>,
    cast: Cast<'a>,
    id: i64,
    original: Option<i64>,
    handler: Option<&'a StaffSpec>,
    group: i64,
    rng: Rng,
    next: &'n mut Counters,
    comments: Vec<Value>,
    facts: Vec<TurnFacts>,
    planted: Vec<Planted>,
    last_answer: String,
}

impl<'a> Pen<'a, '_> {
    /// An agent of the ticket's group, if possible the `preferred` one.
    fn colleague(&mut self, preferred: Option<i64>) -> Option<&'a StaffSpec> {
        let group = self.group;
        let fitting: Vec<&StaffSpec> = self
            .room
            .staff
            .iter()
            .filter(|s| s.groups.contains(&group) && s.role.starts_with("agent-"))
            .collect();
        let at = self.rng.below(fitting.len());
        let preferred = fitting.iter().find(|s| Some(s.id) == preferred);
        preferred.or_else(|| fitting.get(at)).copied()
    }

    fn handler_id(&self) -> i64 {
        self.handler.map_or(0, |agent| agent.id)
    }

    fn software(&self, role: &str) -> i64 {
        self.room.staff.iter().find(|s| s.role == role).map_or(0, |s| s.id)
    }

    fn ticket(mut self) -> Written {
        let plan = self.plan;
        let subject = self.subject();
        for said in &plan.said {
            if let Some(turn) = plan.scenario.turns.get(said.turn) {
                self.turn(*said, turn);
            }
        }
        self.at_least_two();
        let json = self.json(&subject);
        let solved =
            matches!(json.get("status").and_then(Value::as_str), Some("solved" | "closed"));
        let facts = TicketFacts {
            ticket_id: self.id,
            scenario: plan.scenario.name,
            topic: plan.scenario.topic,
            language: plan.scenario.language,
            requester_id: self.cast.customer.id,
            agent_id: self.handler_id(),
            group_id: self.group,
            opened_at: plan.created,
            solved_at: if solved { self.facts.last().map(|turn| turn.at) } else { None },
            duplicate_of: self.original,
            turns: self.facts,
        };
        Written { json, facts, planted: self.planted }
    }

    fn subject(&mut self) -> String {
        let template = wording(self.plan.scenario.subject, &mut self.rng);
        let live = matches!(self.plan.channel, "email" | "web");
        let style = live.then_some(Style { slips: 0, ..self.cast.customer.style });
        let mut found = Vec::new();
        let text = speak(&template, &self.cast, "", style, &mut self.rng, &mut found);
        self.plant(None, found);
        text
    }

    fn plant(&mut self, comment_id: Option<i64>, found: Vec<Found>) {
        let ticket_id = self.id;
        self.planted.extend(found.into_iter().map(|(field, value, category)| Planted {
            ticket_id,
            comment_id,
            field,
            value,
            category,
        }));
    }

    fn turn(&mut self, said: Said, turn: &'a Turn) {
        if let Some(route) = turn.hand_over {
            self.group = desk::group(route, self.plan.scenario.language);
            self.handler = self.colleague(None);
        }
        let chosen = self.rng.below(turn.texts.len());
        let text = turn.texts.get(chosen).map_or("", String::as_str);
        let text = wording(text, &mut self.rng);
        let (text, file) = match text.split_once("@@") {
            Some((text, file)) => (text.trim_end().to_owned(), Some(file.trim().to_owned())),
            None => (text, None),
        };
        let live = self.live();
        let style = self.cast.customer.style;
        let side = side(turn.voice);
        let first = match side {
            Side::Customer => self.facts.is_empty(),
            _ => !self.facts.iter().any(|before| before.side == side),
        };
        let scene = Scene {
            language: self.plan.scenario.language,
            chat: live,
            first,
            evening: rome(said.at).hour >= 17,
        };
        let framed = match turn.voice {
            Voice::Customer => wording(&customer_frame(&text, scene, style), &mut self.rng),
            Voice::Agent => wording(&agent_frame(&text, scene), &mut self.rng),
            _ => text,
        };
        let from_customer = side == Side::Customer;
        let room_left = MOST_COMMENTS.saturating_sub(self.comments.len() + 4);
        if from_customer && live && room_left > 3 {
            let parts: Vec<&str> =
                framed.split('¶').map(str::trim).filter(|part| !part.is_empty()).take(4).collect();
            let last = parts.len().saturating_sub(1);
            let mut time = said.at;
            for (at, part) in parts.into_iter().enumerate() {
                let file = if at == last { file.clone() } else { None };
                self.comment(time, turn, part, file);
                time += self.rng.range(6, 12) * SECOND;
            }
        } else {
            self.comment(said.at, turn, &framed, file);
        }
    }

    /// Whether the conversation is still a live chat.
    fn live(&self) -> bool {
        self.plan.channel == "chat"
            && self.group == desk::group(self.plan.scenario.route, self.plan.scenario.language)
    }

    fn comment(&mut self, at: i64, turn: &Turn, template: &str, file: Option<String>) {
        let side = side(turn.voice);
        let style = (side == Side::Customer).then_some(self.cast.customer.style);
        let handler = self.handler.map_or("", |agent| agent.name.as_str());
        let mut found = Vec::new();
        let original = self.original.unwrap_or(self.id).to_string();
        let template = template.replace("{original}", &original);
        let mut body = speak(&template, &self.cast, handler, style, &mut self.rng, &mut found);
        if side == Side::Customer && self.quotes() {
            body.push_str(&self.quotation(at));
        } else if turn.voice == Voice::Agent {
            self.last_answer.clone_from(&body);
        }
        let author = match turn.voice {
            Voice::Customer => self.cast.customer.id,
            Voice::OrderSystem => self.software("integration"),
            Voice::Assistant => self.software("ai-assistant"),
            _ => self.handler_id(),
        };
        let attachments = file.map(|name| self.attachment(&name, &mut found)).unwrap_or_default();
        let id = self.next.comment;
        self.next.comment += 1;
        let public = matches!(turn.voice, Voice::Customer | Voice::Agent);
        self.comments.push(json!({
            "id": id, "type": "Comment", "author_id": author,
            "plain_body": markup::plain(&body), "html_body": markup::html(&body), "body": body,
            "public": public, "attachments": attachments, "audit_id": 50_000_000 + id,
            "via": {"channel": self.comment_channel(turn.voice), "source": self.source(turn.voice)},
            "metadata": {"system": self.system(side), "custom": {}}, "created_at": iso(at),
        }));
        self.plant(Some(id), found);
        let needs = turn.needs.iter().map(|(category, reason)| Need { category, reason }).collect();
        self.facts.push(TurnFacts {
            comment_id: id,
            at,
            side,
            author_id: author,
            handler_id: self.handler_id(),
            needs,
        });
    }

    fn quotes(&self) -> bool {
        let mail = matches!(self.plan.channel, "email");
        mail && self.cast.customer.style.quotes && !self.last_answer.is_empty()
    }

    /// The answer before, as mail programs leave it below a reply.
    fn quotation(&self, at: i64) -> String {
        let day = rome(at - 3_600 * SECOND);
        let sender = format!("Salvianova <aiuto@{DOMAIN}>");
        let head = match self.plan.scenario.language {
            Language::It => format!(
                "Il giorno {:02}/{:02}/{} {sender} ha scritto:",
                day.day, day.month, day.year
            ),
            Language::En => {
                format!("On {}-{:02}-{:02}, {sender} wrote:", day.year, day.month, day.day)
            }
        };
        let lines = self.last_answer.lines().filter(|line| !line.is_empty()).take(2);
        let quoted: Vec<String> =
            lines.map(|line| format!("> {}", line.trim_start_matches("- "))).collect();
        format!("\n\n{head}\n{}", quoted.join("\n"))
    }

    /// A ticket that nobody answered yet has at least the look-up that the order system leaves.
    fn at_least_two(&mut self) {
        if self.comments.len() > 1 {
            return;
        }
        let text = match self.plan.scenario.language {
            Language::It => {
                "Controllo automatico: cliente riconosciuto dal mittente. Ultimo ordine {order}, importo {amount}. Nessun altro ticket aperto per questo ordine."
            }
            Language::En => {
                "Automatic look-up: customer recognised by sender. Last order {order}, total {amount}. No other open ticket for this order."
            }
        };
        let turn = Turn {
            voice: Voice::OrderSystem,
            optional: false,
            waits: false,
            needs: Vec::new(),
            texts: Vec::new(),
            hand_over: None,
        };
        let at = self.facts.last().map_or(self.plan.created, |turn| turn.at) + 7 * SECOND;
        self.comment(at, &turn, text, None);
    }
}

fn side(voice: Voice) -> Side {
    match voice {
        Voice::Customer => Side::Customer,
        Voice::Agent => Side::Agent,
        Voice::Note | Voice::PhoneNote => Side::Note,
        Voice::OrderSystem | Voice::Assistant => Side::Software,
    }
}
