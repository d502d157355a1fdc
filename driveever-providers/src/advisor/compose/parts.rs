//! Topics of parts: what the tests noted on brakes, tyres, lights and so on, and the rules that go with them.

use super::{
    Case,
    defects::notes,
    facts_lines::{count, mot_line, no_tests, plain_note, record, test_line},
};
use crate::{
    advisor::{
        components::Component,
        draft::{Draft, Line},
        facts::Kind,
        topics::Intent,
    },
    rules::Urgency,
};

/// How many earlier notes on the part are shown.
const SHOWN_EARLIER: usize = 6;

/// Rules that go with a part, beside those of its own topic.
fn rules_of(part: Component) -> &'static [&'static str] {
    match part {
        Component::Brakes => &["brakes.pads", "brakes.fluid"],
        Component::Tyres => &["tyres.tread-car", "tyres.advice", "tyres.damage", "tyres.penalty"],
        Component::Lights => &["lights.failed"],
        Component::Oil => &["oil.change"],
        Component::Engine => &["oil.change", "mot.warning-lamps"],
        Component::Cooling => &["coolant.change"],
        Component::Electrical => &["battery.life"],
        Component::HighVoltage => &["ev.battery-warranty"],
        Component::Exhaust => &["smoke.colours", "mot.warning-lamps"],
        Component::Structure | Component::Steering | Component::Suspension | Component::Restraint => {
            &["mot.category-advisory"]
        }
        Component::FuelSystem | Component::Visibility | Component::Transmission | Component::Body => &[],
    }
}

/// What is known of a part.
pub(super) fn part(part: Component, case: &Case<'_>, draft: &mut Draft) {
    let motorcycle =
        case.ask.wants(Intent::Motorcycle) || case.facts.is_some_and(|facts| facts.kind == Kind::Motorcycle);
    if part == Component::Tyres && motorcycle {
        draft.rule(case.rules.get("tyres.tread-motorcycle"));
    }
    for id in rules_of(part) {
        draft.rule(case.rules.get(id));
    }
    for rule in case.rules.iter().filter(|rule| rule.topic == part.rule_topic()).take(4) {
        if !matches!(rule.topic.as_str(), "fuel") && (motorcycle || rule.id != "tyres.tread-motorcycle") {
            draft.rule(Some(rule));
        }
    }
    draft.unknown(Line::new("The state of ").say(part.name()).say(" today: only an inspection shows it."));
    let Some(facts) = record(case, draft) else {
        draft.step(Line::new("Have ").say(part.name()).say(" inspected if anything seems wrong."));
        return;
    };
    if part == Component::HighVoltage {
        electric(facts, draft);
    }
    let Some(latest) = facts.latest() else {
        draft.lead(no_tests(facts).say("; nothing is known here on ").say(part.name()).say("."));
        draft.known(mot_line(facts));
        draft.step(
            Line::new("Follow the handbook's intervals and have ")
                .say(part.name())
                .say(" checked at the next service."),
        );
        return;
    };
    let shown = notes(facts, draft, |note| note.concerns(part));
    let earlier: Vec<_> = facts
        .tests
        .iter()
        .skip(1)
        .flat_map(|test| test.notes().iter().filter(|note| note.concerns(part)).map(move |note| (test, note)))
        .collect();
    let line = match (shown, earlier.len()) {
        (0, 0) => Line::new("None of the tests on record notes anything on ").say(part.name()).say("."),
        (0, n) => Line::new("The newest test notes nothing on ")
            .say(part.name())
            .say("; earlier tests have ")
            .count(count(n))
            .say(if n == 1 { " note." } else { " notes." }),
        (n, m) => {
            let line = Line::new("The newest test has ")
                .count(count(n))
                .say(if n == 1 { " note on " } else { " notes on " })
                .say(part.name());
            if m == 0 {
                line.say("; earlier tests have none.")
            } else {
                line.say("; earlier tests have ").count(count(m)).say(".")
            }
        }
    };
    draft.lead(line);
    draft.known(test_line(latest));
    for (test, note) in earlier.into_iter().take(SHOWN_EARLIER) {
        draft.known(plain_note(note, test));
    }
    if facts.is_northern_irish() {
        draft.unknown(Line::new("Defects of tests in Northern Ireland: its tests are recorded without them."));
    }
    let pressing = facts.open_notes().iter().any(|note| note.concerns(part) && note.concern >= Urgency::Soon);
    if pressing {
        draft.step(
            Line::new("Book an inspection of ")
                .say(part.name())
                .say(" within days, and ask for measured values; stop driving if anything feels different."),
        );
        draft.cost(
            Line::new("No sourced figure for work on ").say(part.name()).say(" is held; ask for written quotes."),
        );
    } else {
        draft.step(
            Line::new("Have ").say(part.name()).say(" looked at with the next service, sooner if you notice a change."),
        );
    }
}

fn electric(facts: &crate::advisor::facts::Facts<'_>, draft: &mut Draft) {
    if let Some(fact) = &facts.record.fuel_type {
        draft.known(super::facts_lines::fuel_words(Line::new("Fuel: "), &fact.value).cite(fact));
    }
    if facts.is_zero_emission() {
        draft.unknown(Line::new("The health and range of its traction battery: no record holds them; the car's own display or a dealer's test does."));
        draft.known(super::facts_lines::registered_line(facts));
    } else if facts.fuel().is_some() {
        draft.lead(Line::new("By its recorded fuel it is not a battery electric vehicle."));
    }
}
