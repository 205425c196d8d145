//! The rows of the export: what surrounds the words of a ticket and its comments.

use super::super::Language;
use super::super::calendar::{DAY, SECOND, iso};
use super::super::cast::full;
use super::super::desk::{self, DOMAIN, HOME};
use super::super::rng::Rng;
use super::super::script::{Voice, wording};
use super::super::voice::{Found, speak};
use super::{Pen, Side};
use serde_json::{Map, Value, json};

impl Pen<'_, '_> {
    pub(super) fn attachment(&mut self, template: &str, found: &mut Vec<Found>) -> Vec<Value> {
        let mut in_name = Vec::new();
        let name =
            speak(template, &self.cast, "", None, &mut self.rng, &mut in_name).replace(' ', "_");
        found.extend(
            in_name
                .into_iter()
                .map(|(key, value, category)| (key, value.replace(' ', "_"), category)),
        );
        let id = self.next.attachment;
        self.next.attachment += 1;
        let (kind, low, high) = if name.ends_with(".pdf") {
            ("application/pdf", 60_000, 900_000)
        } else {
            ("image/jpeg", 400_000, 4_200_000)
        };
        vec![json!({
            "id": id, "file_name": name, "content_type": kind, "size": self.rng.range(low, high),
            "content_url": format!("https://desk.{DOMAIN}/attachments/{id}"), "inline": false,
        })]
    }

    pub(super) fn comment_channel(&self, voice: Voice) -> &'static str {
        match voice {
            Voice::Customer => self.plan.channel,
            Voice::PhoneNote => "voice",
            Voice::OrderSystem | Voice::Assistant => "api",
            _ if self.live() => "chat",
            _ => "web",
        }
    }

    pub(super) fn source(&self, voice: Voice) -> Value {
        let customer = self.cast.customer;
        // Who pretends to be a customer writes from somewhere else.
        let pretends = self.plan.scenario.topic == "security";
        let sender = if pretends { &self.cast.new_email } else { &customer.email };
        match (voice, self.plan.channel) {
            (Voice::Customer, "email") => json!({
                "from": {"address": sender, "name": full(&customer.person)},
                "to": {"address": format!("aiuto@{DOMAIN}"), "name": "Salvianova"}, "rel": null}),
            (Voice::PhoneNote, _) => {
                json!({"from": {"phone": customer.phone}, "to": {}, "rel": "inbound"})
            }
            _ => json!({"from": {}, "to": {}, "rel": null}),
        }
    }

    pub(super) fn system(&self, side: Side) -> Value {
        if side != Side::Customer || self.plan.channel == "email" {
            return json!({});
        }
        let home = &self.cast.customer.home;
        json!({"client": "Mozilla/5.0 (Linux; Android 15; Mobile) AppleWebKit/537.36", "ip_address": self.cast.ip,
               "location": format!("{}, {}", home.city, home.region)})
    }

    fn status(&self) -> &'static str {
        let now = self.room.now;
        let last = self.facts.last().map_or(now, |turn| turn.at);
        let answered = self.facts.iter().any(|turn| matches!(turn.side, Side::Agent | Side::Note));
        let waits = self
            .plan
            .said
            .last()
            .and_then(|said| self.plan.scenario.turns.get(said.turn))
            .is_some_and(|t| t.waits);
        let heard =
            self.facts.iter().rev().find(|turn| matches!(turn.side, Side::Agent | Side::Customer));
        match (self.plan.finished, heard.map(|turn| turn.side)) {
            (true, _) if now - last > 9 * DAY => "closed",
            (true, _) => "solved",
            _ if !answered => "new",
            _ if waits => "hold",
            (false, Some(Side::Agent)) => "pending",
            _ => "open",
        }
    }

    pub(super) fn json(&mut self, subject: &str) -> Value {
        let status = self.status();
        let (plan, scenario) = (self.plan, self.plan.scenario);
        let customer = self.cast.customer;
        let first = self.comments.first();
        let description = first.and_then(|c| c.get("plain_body")).cloned().unwrap_or(Value::Null);
        let by_phone = scenario.turns.first().is_some_and(|turn| turn.voice == Voice::PhoneNote);
        let last = self.facts.last().map_or(plan.created, |turn| turn.at);
        let updated = if status == "closed" { (last + 4 * DAY).min(self.room.now) } else { last };
        let fields = self.fields();
        let mut tags: Vec<String> = scenario.tags.iter().map(|tag| (*tag).to_owned()).collect();
        tags.push(scenario.topic.to_owned());
        tags.push(if self.cast.brand == HOME { "casa" } else { "farmacia" }.to_owned());
        tags.extend(self.original.map(|_| "duplicato".to_owned()));
        tags.sort();
        tags.dedup();
        let is_public = self.comments.iter().any(|c| c.get("public") == Some(&Value::Bool(true)));
        let source =
            if by_phone { self.source(Voice::PhoneNote) } else { self.source(Voice::Customer) };
        let assignee = if status == "new" { Value::Null } else { json!(self.handler_id()) };
        let organization = customer.organization.and_then(desk::organization).map(|(id, _)| id);
        let priority = wording(scenario.priority, &mut self.rng);
        let mut ticket = Map::new();
        let mut put = |key: &str, value: Value| ticket.insert(key.to_owned(), value);
        put("url", json!(format!("https://desk.{DOMAIN}/api/v2/tickets/{}.json", self.id)));
        put("id", json!(self.id));
        put("external_id", json!(format!("SV-{}", self.id)));
        put("subject", json!(subject));
        put("raw_subject", json!(subject));
        put("description", description);
        put("status", json!(status));
        put("type", if scenario.kind == "none" { Value::Null } else { json!(scenario.kind) });
        put("priority", json!(priority));
        put("requester_id", json!(customer.id));
        put("submitter_id", json!(if by_phone { self.handler_id() } else { customer.id }));
        put("assignee_id", assignee);
        put("group_id", json!(self.group));
        put("organization_id", json!(organization));
        put(
            "recipient",
            if plan.channel == "email" { json!(format!("aiuto@{DOMAIN}")) } else { Value::Null },
        );
        for list in ["collaborator_ids", "follower_ids", "email_cc_ids"] {
            put(list, json!([]));
        }
        put("problem_id", Value::Null);
        put("due_at", Value::Null);
        put("has_incidents", json!(false));
        put("is_public", json!(is_public));
        put("brand_id", json!(self.cast.brand));
        put("tags", json!(tags));
        put("custom_fields", fields.clone());
        put("fields", fields);
        put(
            "satisfaction_rating",
            rating(scenario.unhappy, scenario.language, status, &mut self.rng),
        );
        put("via", json!({"channel": plan.channel, "source": source}));
        put("created_at", json!(iso(plan.created)));
        put("updated_at", json!(iso(updated)));
        put("generated_timestamp", json!(updated / SECOND));
        put("comments", Value::Array(std::mem::take(&mut self.comments)));
        Value::Object(ticket)
    }

    fn fields(&self) -> Value {
        let text = |wanted: bool, value: &str| if wanted { json!(value) } else { Value::Null };
        let topic = self.plan.scenario.topic;
        let about_order =
            !matches!(topic, "account" | "privacy" | "security" | "therapy" | "feedback");
        let given_back = topic == "returns" || topic == "payments";
        let done = self.plan.finished && given_back;
        let amount = format!("{}.{:02}", self.cast.cents / 100, self.cast.cents % 100);
        json!([
            {"id": desk::FIELD_ORDER, "value": text(about_order, &self.cast.order)},
            {"id": desk::FIELD_TOPIC, "value": topic},
            {"id": desk::FIELD_SERIAL, "value": text(topic == "device", &self.cast.serial)},
            {"id": desk::FIELD_REFUND, "value": text(done, &amount)},
        ])
    }
}

fn rating(unhappy: bool, language: Language, status: &str, rng: &mut Rng) -> Value {
    if !matches!(status, "solved" | "closed") || rng.chance(55) {
        return json!({"score": "unoffered"});
    }
    let bad = rng.chance(if unhappy { 60 } else { 5 });
    let comment = match (language, bad) {
        (Language::It, true) => {
            rng.pick(&["Troppi passaggi", "Risposta tardiva", "Ho dovuto scrivere tre volte"])
        }
        (Language::En, true) => rng.pick(&["Took far too long", "Had to explain it twice"]),
        (Language::It, false) => {
            rng.pick(&["Gentilissimi", "Tutto risolto in giornata", "", "", "Molto pazienti"])
        }
        (Language::En, false) => rng.pick(&["Very helpful", "", "", "Quick and kind"]),
    };
    if rng.chance(40) {
        return json!({"score": "offered"});
    }
    let comment = if comment.is_empty() { Value::Null } else { json!(comment) };
    json!({"score": if bad { "bad" } else { "good" }, "comment": comment})
}
