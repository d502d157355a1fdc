//! Topics of parts: what the tests noted on brakes, tyres, lights and so on, and the rules that go with them.

use driveever_core::vehicle::report::Component;

use super::{
    Case,
    facts_lines::{count, mot_line, no_tests, plain_note, record, test_line},
    limits,
    notes::{hidden_defects, notes, quoted as notes_in_words},
};
use crate::{
    advisor::{
        draft::{Basis, Draft, Line},
        facts::{Facts, Kind, Test},
        topics::{Intent, Topic},
    },
    rules::{Rule, Urgency},
};

/// How many earlier notes on the part are shown.
const SHOWN_EARLIER: usize = 6;

/// Up to how many notes of the newest test on a part are quoted in the answer itself.
const MAX_QUOTED_NOTES: usize = 3;

/// How many rules of a part are told.
const SHOWN_RULES: usize = 4;

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
        Component::Structure
        | Component::Steering
        | Component::Suspension
        | Component::Restraint
        | Component::FuelSystem
        | Component::Visibility
        | Component::Transmission
        | Component::Body => &[],
    }
}

/// The topic of rules about a part.
const fn rule_topic(part: Component) -> &'static str {
    match part {
        Component::Brakes => "brakes",
        Component::Steering => "steering",
        Component::Tyres => "tyres",
        Component::Structure => "structure",
        Component::Suspension => "suspension",
        Component::Restraint => "restraint",
        Component::HighVoltage => "ev",
        Component::Lights => "lights",
        Component::Visibility => "visibility",
        Component::Exhaust => "exhaust",
        Component::Transmission => "transmission",
        Component::Engine => "engine",
        Component::Oil => "oil",
        Component::Cooling => "coolant",
        Component::Electrical => "battery",
        Component::Body => "body",
        // The rules on fuel are those of what may be filled in, not of tank and pipes.
        Component::FuelSystem => "",
    }
}

/// What is known of a part.
pub(super) fn part(part: Component, case: &Case<'_>, draft: &mut Draft) {
    if part.needs_an_engine() && case.facts.is_some_and(Facts::is_zero_emission) {
        without(part, case, draft);
        return;
    }
    let check = case.rules.get(&format!("check.{}", rule_topic(part))).filter(|_| case.ask.asks_state);
    // What is not to be driven is not tried out either.
    let check = check.filter(|_| !case.facts.is_some_and(Facts::is_dangerous) && !limits::is_child_seat(case));
    asked(case, check, draft);
    rules(part, case, draft);
    draft.unknown(Line::new("The state of ").say(part.name()).say(" today: only an inspection shows it."));
    let Some(facts) = record(case, draft) else {
        without_record(part, check, case, draft);
        return;
    };
    super::contradictions::asked_of(case, facts, draft);
    if part == Component::HighVoltage {
        electric(case, facts, draft);
    }
    let Some(latest) = facts.latest() else {
        draft.lead(no_tests(facts).say("; nothing is known here on ").say(part.name()).say("."));
        if let Some(check) = check {
            draft.lead_rule(check);
        }
        draft.known(mot_line(facts));
        draft.step(
            Line::new("Follow the handbook's intervals and have ")
                .say(part.name())
                .say(" checked at the next service."),
        );
        return;
    };
    if facts.open_notes().iter().any(|note| note.concerns(part) && note.concern == Urgency::StopNow)
        && !latest.entry.passed
        && !draft.lead.iter().any(|line| line.text.starts_with("No"))
    {
        draft.lead(
            Line::new(if case.ask.asks_state { "Its" } else { "No, not as it is: its" })
                .say(" newest test found a dangerous defect on ")
                .say(part.name())
                .cite_test(latest)
                .say("."),
        );
    }
    let shown = notes(facts, draft, |note| note.concerns(part));
    let earlier: Vec<_> = facts
        .tests
        .iter()
        .skip(1)
        .flat_map(|test| test.notes().iter().filter(|note| note.concerns(part)).map(move |note| (test, note)))
        .collect();
    if case.ask.wants(Intent::Repaired) {
        repaired(part, facts, draft);
    }
    draft.lead(counts(part, facts, shown, earlier.len()));
    quoted(part, facts, latest, draft);
    first_noted(part, case, facts, draft);
    if let Some(check) = check {
        draft.lead_rule(check);
    }
    draft.known(test_line(latest));
    for (test, note) in earlier.into_iter().take(SHOWN_EARLIER) {
        draft.known(plain_note(note, test));
    }
    hidden_defects(facts, draft);
    if limits::is_judged(case, part) {
        return;
    }
    let pressing = facts.open_notes().iter().any(|note| note.concerns(part) && note.concern >= Urgency::Soon);
    if facts.is_dangerous() {
        // That it is not driven is the first step already.
    } else if pressing {
        draft.step_by_road(
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

/// What is said of a part when no record was read.
fn without_record(part: Component, check: Option<&'static Rule>, case: &Case<'_>, draft: &mut Draft) {
    if let Some(check) = check {
        draft.lead(Line::new("Whether it is so, only the vehicle itself tells."));
        draft.lead_rule(check);
    } else if !draft.answers() && !case.ask.is_about(Topic::RepairCosts) {
        draft.lead(
            Line::new("No vehicle's record was read, so nothing can be said of ")
                .say(part.name())
                .say(" of one in particular; what is held in general is below."),
        );
    }
    if case.ask.symptoms.is_empty() && !limits::is_judged(case, part) && !limits::is_child_seat(case) {
        draft.step(Line::new("Have ").say(part.name()).say(" inspected if anything seems wrong."));
    }
}

/// How many notes the newest test and the earlier ones have on the part.
fn counts(part: Component, facts: &Facts<'_>, shown: usize, earlier: usize) -> Line {
    match (shown, earlier) {
        (0, _) if facts.hides_defects() => Line::new("What its newest test noted on ")
            .say(part.name())
            .say(" is not known: defects of tests in Northern Ireland are not published."),
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
    }
}

/// What to do if what is only asked about is found to be so: said in the answer where no check is held.
fn asked(case: &Case<'_>, check: Option<&Rule>, draft: &mut Draft) {
    let (lead, steps) = case.ask.asked.split_at(usize::from(check.is_none()).min(case.ask.asked.len()));
    for rule in lead {
        draft.lead(
            Line::new("Whether it is so, only the vehicle itself tells. If it is: ").rule_words(rule, &rule.statement),
        );
    }
    for rule in steps {
        draft.step(Line::new("If you find it so: ").rule_words(rule, &rule.statement));
    }
}

/// The notes of the newest test on the part in its own words, where they are few: the answer to "which" and "what".
fn quoted(part: Component, facts: &Facts<'_>, latest: &Test<'_>, draft: &mut Draft) {
    let open: Vec<_> = facts.open_notes().into_iter().filter(|note| note.concerns(part)).collect();
    if !(1..=MAX_QUOTED_NOTES).contains(&open.len()) {
        return;
    }
    let line = notes_in_words(Line::new(if open.len() == 1 { "It says: " } else { "They say: " }), &open);
    draft.lead(line.say(".").on(Basis::Test(latest.day)));
}

/// When something on the part was first noted, where that is asked.
fn first_noted(part: Component, case: &Case<'_>, facts: &Facts<'_>, draft: &mut Draft) {
    if !is_first_asked(case) {
        return;
    }
    let noted = |test: &Test<'_>| test.notes().iter().any(|note| note.concerns(part));
    let Some(test) = facts.tests.iter().rev().find(|test| noted(test)) else { return };
    let Some((day, note)) = test.day.zip(test.notes().iter().find(|note| note.concerns(part))) else { return };
    let line = Line::new("The first note on ").say(part.name()).say(" on record is of ").date(day).say(": “");
    draft.lead(line.quote(&note.defect.text).say("”.").on(Basis::Test(Some(day))));
}

/// Whether the question asks when something was first noted.
pub(super) fn is_first_asked(case: &Case<'_>) -> bool {
    let noted =
        ["noted", "note", "mentioned", "recorded", "flagged", "appear", "appeared", "advisory", "advised", "seen"];
    case.measured.has(&["first"]) && case.measured.has(&noted)
}

/// Whether what was last a reason to fail on the part was put right, as far as a later test tells.
fn repaired(part: Component, facts: &Facts<'_>, draft: &mut Draft) {
    let failure = facts.tests.iter().enumerate().find_map(|(index, test)| {
        let note = test.notes().iter().find(|note| note.is_failure() && note.reading.parts.first() == Some(part))?;
        Some((index, test, note))
    });
    let Some((index, test, note)) = failure else {
        draft.lead(
            Line::new("No test on record failed it on ")
                .say(part.name())
                .say("; repairs between tests are on no record here."),
        );
        return;
    };
    let passed = facts.tests.iter().take(index).rev().find(|later| later.entry.passed);
    let line = Line::new("“").quote(&note.defect.text).say("”").cite_test(test);
    draft.lead(match passed {
        Some(later) => line
            .say(" counts as repaired: the pass after it does not list it")
            .cite_test(later)
            .say(". What was done is on no record here."),
        None => line.say(" is not known to be repaired: no test that passed is on record since."),
    });
}

/// The rules of a part, the ones that the question touches first.
fn rules(part: Component, case: &Case<'_>, draft: &mut Draft) {
    let motorcycle =
        case.ask.wants(Intent::Motorcycle) || case.facts.is_some_and(|facts| facts.kind == Kind::Motorcycle);
    let other = if motorcycle { "tyres.tread-car" } else { "tyres.tread-motorcycle" };
    let named = rules_of(part).iter().filter_map(|id| case.rules.get(id));
    let of_topic = case.rules.iter().filter(|rule| rule.topic == rule_topic(part)).take(5);
    let mut all: Vec<&'static Rule> = named.chain(of_topic).filter(|rule| rule.id != other).collect();
    all.sort_by_key(|rule| !case.ask.touches(&rule.id));
    if let Some(rule) = all.first().filter(|_| case.ask.wants(Intent::Rule) && !draft.answers()) {
        draft.lead_rule(rule);
    }
    all.into_iter().take(SHOWN_RULES).for_each(|rule| draft.rule(Some(rule)));
}

/// A part that a vehicle without an engine has not.
fn without(part: Component, case: &Case<'_>, draft: &mut Draft) {
    let Some(facts) = record(case, draft) else { return };
    draft.lead(
        Line::new("By its recorded fuel it has no combustion engine, so there is nothing to say on ")
            .say(part.name())
            .say("."),
    );
    if let Some(fact) = &facts.record.fuel_type {
        draft.known(super::facts_lines::fuel_words(Line::new("Fuel: "), &fact.value).cite(fact));
    }
    draft.unknown(Line::new("What its maker's schedule asks for instead: the handbook says."));
    draft.step(Line::new("Look up the maker's service schedule in the handbook."));
}

/// Whether the traction battery may still be under its usual warranty, by age and recorded miles.
fn warranty(case: &Case<'_>, facts: &Facts<'_>, draft: &mut Draft) {
    if !case.measured.has(&["warranty", "guarantee", "covered"]) {
        return;
    }
    let Some(rule) = case.rules.get("ev.battery-warranty") else { return };
    let limit = |name: &str| rule.figure(name).and_then(|figure| figure.value);
    let Some((age, years)) = facts.age_years().zip(limit("warranty-years")) else { return };
    let over = f64::from(age) >= years;
    let driven = facts.mileage().readings.last().zip(limit("warranty-miles"));
    let far = driven.is_some_and(|(reading, limit)| f64::from(reading.miles) >= limit);
    let line = Line::new(if over || far { "Probably not: it is " } else { "Probably, by its age: it is " });
    let line = if age == 0 {
        line.say("less than a year")
    } else {
        line.count(i64::from(age)).say(if age == 1 { " year" } else { " years" })
    };
    let line = line.say(if over { " old, not below the usual " } else { " old, below the usual " });
    let line = line.amount_of(rule, "warranty-years").say(" years");
    let line = match driven {
        Some((reading, _)) => line
            .say(", and its newest recorded mileage of ")
            .number(reading.miles)
            .say(if far { " is not below " } else { " is below " })
            .amount_of(rule, "warranty-miles"),
        None => line,
    };
    draft.lead(line.say(". The maker's own terms decide."));
}

fn electric(case: &Case<'_>, facts: &Facts<'_>, draft: &mut Draft) {
    if let Some(fact) = &facts.record.fuel_type {
        draft.known(super::facts_lines::fuel_words(Line::new("Fuel: "), &fact.value).cite(fact));
    }
    if facts.is_zero_emission() {
        warranty(case, facts, draft);
        draft.unknown(Line::new("The health and range of its traction battery: no record holds them; the car's own display or a dealer's test does."));
        draft.known(super::facts_lines::registered_line(facts));
    } else if facts.fuel().is_some() {
        draft.lead(Line::new("By its recorded fuel it is not a battery electric vehicle."));
    }
}
