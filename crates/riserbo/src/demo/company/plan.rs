//! When everything happens: which scenario meets which customer, and at what time each turn is said.
//!
//! Tickets arrive by the habits of people (weekday, hour, channel), answers by the hours of the desk.
//! What would lie after `now` has not happened yet, so the newest tickets are new, open or pending
//! without anybody saying so; some older ones wait on purpose.

use super::Language;
use super::calendar::{
    DAY, HOUR, MINUTE, SECOND, rome, rome_day, rome_midnight, when_awake, when_staffed,
};
use super::people::Customer;
use super::rng::Rng;
use super::script::{Scenario, Voice, Who};

/// Days before `now` in which tickets were opened.
pub(super) const SPAN_DAYS: i64 = 120;

/// A turn that was said.
#[derive(Clone, Copy, Debug)]
pub(super) struct Said {
    /// Index among the scenario's turns.
    pub(super) turn: usize,
    /// UTC microseconds, whole seconds.
    pub(super) at: i64,
}

/// A ticket before it is written.
#[derive(Clone, Debug)]
pub(super) struct Plan<'s> {
    pub(super) scenario: &'s Scenario,
    /// Index among the customers.
    pub(super) customer: usize,
    pub(super) channel: &'static str,
    pub(super) created: i64,
    /// Seed and time of the cast: a copy shares those of its original.
    pub(super) cast: (u64, i64),
    /// Index of the ticket of which this one is a copy.
    pub(super) copy_of: Option<usize>,
    pub(super) said: Vec<Said>,
    /// Whether every turn of the scenario was said.
    pub(super) finished: bool,
}

/// A pack of cards from which every scenario comes up in its turn.
struct Deck<'s> {
    all: Vec<&'s Scenario>,
    left: Vec<&'s Scenario>,
}

impl<'s> Deck<'s> {
    fn new(scenarios: &'s [Scenario], language: Language) -> Self {
        let mine = scenarios.iter().filter(|s| s.language == language && s.copy_of.is_none());
        let all = mine.flat_map(|s| std::iter::repeat_n(s, s.weight)).collect();
        Self { all, left: Vec::new() }
    }

    fn deal(&mut self, rng: &mut Rng) -> Option<&'s Scenario> {
        if self.left.is_empty() {
            self.left.clone_from(&self.all);
        }
        let at = rng.below(self.left.len());
        (at < self.left.len()).then(|| self.left.swap_remove(at))
    }
}

/// Plans `count` tickets, in the order of their opening.
pub(super) fn plan<'s>(
    scenarios: &'s [Scenario],
    customers: &[Customer],
    count: usize,
    now: i64,
    rng: &mut Rng,
) -> Vec<Plan<'s>> {
    let mut decks = [Deck::new(scenarios, Language::It), Deck::new(scenarios, Language::En)];
    let mut fresh: Vec<usize> = (0..customers.len()).rev().collect();
    let mut plans: Vec<Plan<'s>> = Vec::with_capacity(count);
    if customers.is_empty() {
        return plans;
    }
    while plans.len() < count {
        let [italian, english] = &mut decks;
        let (deck, other) = if rng.chance(65) { (italian, english) } else { (english, italian) };
        let Some(scenario) = deck.deal(rng).or_else(|| other.deal(rng)) else {
            break;
        };
        let Some(customer) = choose(scenario, customers, &mut fresh, rng) else {
            continue;
        };
        let channel = rng.pick(&scenario.channels);
        let created = opening(channel, now, rng);
        let original = make(scenario, customer, channel, created, now, (rng.next(), created), rng);
        let copy = scenarios
            .iter()
            .find(|s| s.language == scenario.language && s.copy_of == Some(scenario.name))
            .filter(|_| plans.len() + 2 <= count && rng.chance(40));
        let cast = original.cast;
        plans.push(original);
        if let Some(scenario) = copy {
            let at = created + rng.range(20, 300) * MINUTE;
            if at < now - 5 * MINUTE {
                let channel = rng.pick(&scenario.channels);
                let mut copy = make(scenario, customer, channel, at, now, cast, rng);
                copy.copy_of = Some(plans.len() - 1);
                plans.push(copy);
            }
        }
    }
    in_order(plans)
}

/// Sorts by opening and keeps the copies pointing at their originals.
fn in_order(plans: Vec<Plan<'_>>) -> Vec<Plan<'_>> {
    let mut numbered: Vec<(usize, Plan<'_>)> = plans.into_iter().enumerate().collect();
    numbered.sort_by_key(|(at, plan)| (plan.created, *at));
    let mut place = vec![0; numbered.len()];
    for (new, (old, _)) in numbered.iter().enumerate() {
        if let Some(slot) = place.get_mut(*old) {
            *slot = new;
        }
    }
    numbered
        .into_iter()
        .map(|(_, mut plan)| {
            plan.copy_of = plan.copy_of.and_then(|old| place.get(old).copied());
            plan
        })
        .collect()
}

fn fits(scenario: &Scenario, customer: &Customer) -> bool {
    customer.language == scenario.language
        && match scenario.who {
            Who::Any => true,
            Who::Italy => customer.home.country == "IT",
            Who::Namesake => customer.namesake.is_some(),
            Who::Woman => customer.person.female,
            Who::Company => customer.organization.is_some(),
        }
}

/// Two of three tickets come from somebody who has not written before, while there is anybody.
/// Nobody, when the scenario fits no customer of a small company.
fn choose(
    scenario: &Scenario,
    customers: &[Customer],
    fresh: &mut Vec<usize>,
    rng: &mut Rng,
) -> Option<usize> {
    let suits = |at: usize| customers.get(at).is_some_and(|customer| fits(scenario, customer));
    if rng.chance(72)
        && let Some(place) = fresh.iter().rposition(|at| suits(*at))
    {
        return Some(fresh.remove(place));
    }
    let start = rng.below(customers.len());
    let found = (start..customers.len()).chain(0..start).find(|at| suits(*at))?;
    fresh.retain(|other| *other != found);
    Some(found)
}

/// When a ticket is opened: more of them lately, few on Sundays, by the hours of the channel.
fn opening(channel: &str, now: i64, rng: &mut Rng) -> i64 {
    let today = rome_day(now);
    for _ in 0..60 {
        let back = if rng.chance(15) { rng.range(0, 3) } else { rng.range(0, SPAN_DAYS - 1) };
        let hour = match channel {
            "chat" | "voice" => {
                rng.pick(&[9, 9, 10, 10, 10, 11, 11, 11, 12, 14, 15, 15, 16, 16, 17])
            }
            _ => rng.pick(&[
                7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 21, 22,
            ]),
        };
        let at = rome_midnight(today - back)
            + hour * HOUR
            + rng.range(0, 59) * MINUTE
            + rng.range(0, 59) * SECOND;
        let weekday = rome(at).weekday;
        let quiet = match weekday {
            6 => rng.chance(70) || matches!(channel, "chat" | "voice"),
            5 => rng.chance(45) || (matches!(channel, "chat" | "voice") && hour > 11),
            _ => false,
        };
        if !quiet && at < now - 12 * MINUTE {
            return at;
        }
    }
    now - DAY - rng.range(0, 3_600) * SECOND
}

fn make<'s>(
    scenario: &'s Scenario,
    customer: usize,
    channel: &'static str,
    created: i64,
    now: i64,
    cast: (u64, i64),
    rng: &mut Rng,
) -> Plan<'s> {
    let created = created - created.rem_euclid(SECOND);
    let stop = stop_at(scenario, created, now, rng);
    let (mut at, mut said, mut finished) = (created, Vec::new(), true);
    let (mut live, mut waiting) = (channel == "chat", false);
    for (index, turn) in scenario.turns.iter().enumerate() {
        if turn.optional && rng.chance(50) {
            continue;
        }
        if turn.hand_over.is_some() {
            live = false;
        }
        if !said.is_empty() {
            at = after(at, turn.voice, live, turn.hand_over.is_some(), rng);
        }
        if waiting {
            at = later(at, rng);
        }
        waiting = turn.waits;
        if at > now - MINUTE || stop.is_some_and(|stop| index > stop) {
            finished = false;
            break;
        }
        said.push(Said { turn: index, at });
    }
    Plan { scenario, customer, channel, created, cast, copy_of: None, said, finished }
}

/// Some tickets wait on purpose: the newest for their first answer, those of the last weeks for a
/// supplier, for the customer, or for us. Gives the last turn that was said.
fn stop_at(scenario: &Scenario, created: i64, now: i64, rng: &mut Rng) -> Option<usize> {
    let age = (now - created) / DAY;
    let turns = || scenario.turns.iter().enumerate();
    let by_desk = |voice| matches!(voice, Voice::Agent | Voice::Note | Voice::PhoneNote);
    if age < 2 && rng.chance(24) {
        let answer = turns().find(|(_, turn)| by_desk(turn.voice)).map_or(0, |(at, _)| at);
        return answer.checked_sub(1);
    }
    if age < 30
        && rng.chance(45)
        && let Some((at, _)) = turns().find(|(_, turn)| turn.waits)
    {
        return Some(at);
    }
    if age > 18 || !rng.chance(44) {
        return None;
    }
    let last = scenario.turns.len().saturating_sub(1);
    let voice = if age < 9 && rng.chance(62) { Voice::Customer } else { Voice::Agent };
    turns()
        .filter(|(at, turn)| *at < last && turn.voice == voice && !turn.optional)
        .map(|(at, _)| at)
        .next_back()
}

/// A supplier or a carrier takes some days, and brings nothing on Sundays.
fn later(at: i64, rng: &mut Rng) -> i64 {
    let at = at + rng.range(2, 5) * DAY;
    if rome(at).weekday == 6 { at + DAY } else { at }
}

/// The time of a turn from that of the one before.
fn after(before: i64, voice: Voice, live: bool, handed_over: bool, rng: &mut Rng) -> i64 {
    let seconds = |rng: &mut Rng, low, high| before + rng.range(low, high) * SECOND;
    match voice {
        Voice::OrderSystem => seconds(rng, 45, 70),
        Voice::Assistant => seconds(rng, 45, 120),
        Voice::Customer if live => seconds(rng, 50, 190),
        Voice::Agent if live => seconds(rng, 60, 240),
        Voice::Note | Voice::PhoneNote if live => seconds(rng, 60, 200),
        Voice::Customer => {
            let wait = if rng.chance(60) { rng.range(9, 240) } else { rng.range(240, 1_900) };
            when_awake(before + wait * MINUTE + rng.range(0, 59) * SECOND, rng)
        }
        Voice::Note | Voice::PhoneNote if !handed_over => when_staffed(seconds(rng, 120, 900), rng),
        Voice::Agent | Voice::Note | Voice::PhoneNote => {
            let wait = if rng.chance(70) { rng.range(11, 170) } else { rng.range(170, 560) };
            when_staffed(before + wait * MINUTE + rng.range(0, 59) * SECOND, rng)
        }
    }
}
