//! What is said on each topic: from an understood question and a thought-through record to the lines of a draft.
//!
//! Each file holds the topics of one field; each function writes the lines of one topic and assumes nothing of the others:
//! the draft drops what is there already. In an emergency only that is answered, whatever was asked besides.

mod claims;
mod contradictions;
mod driving;
mod due;
mod emergency;
mod facts_lines;
mod findings;
mod foreign;
mod fuel;
mod general;
mod limits;
mod market;
mod marks;
mod mot;
mod notes;
mod papers;
mod parking;
mod parts;
mod readings;
mod road_tax;
mod running;
mod said;
mod settle;
mod severity;

use chrono::NaiveDate;
use driveever_core::vehicle::report::Component;

use super::{
    draft::{Draft, Line},
    engine::Ask,
    facts::{Facts, Kind, Mot, Tax},
    measured::Measurements,
    stated::Stated,
    topics::{Intent, Topic},
};
use crate::rules::{Region, Rule, Rules, Urgency};

/// Everything that an answer is composed from.
pub(super) struct Case<'f> {
    pub(super) facts: Option<&'f Facts<'f>>,
    pub(super) rules: &'static Rules,
    pub(super) ask: &'f Ask,
    pub(super) stated: &'f Stated,
    pub(super) measured: &'f Measurements,
    pub(super) today: NaiveDate,
}

/// Composes the answer.
pub(super) fn compose(case: &Case<'_>, draft: &mut Draft) {
    if !case.ask.emergencies.is_empty() {
        emergency::urgent(case, draft);
        return;
    }
    if let Some(language) = case.ask.foreign {
        foreign::answer(language, case, draft);
        return;
    }
    if is_grounded(case) {
        draft.ground();
    }
    emergency::if_it_happens(case, draft);
    other_vehicle(case, draft);
    let measured = limits::limits(case, draft);
    said::said(case, draft);
    let topics = topics(case);
    let about_vehicle = topics.iter().any(|topic| !matches!(topic, Topic::NotHeld(_) | Topic::Capabilities));
    let about_vehicle = about_vehicle || !case.ask.symptoms.is_empty();
    if let Some(facts) = case.facts.filter(|_| about_vehicle && driving::is_asked(case)) {
        driving::bars(facts, draft);
    }
    symptoms(case, draft);
    if about_vehicle {
        general::danger_first(case, draft);
        rule_first(case, draft);
    }
    // What bars it from the road is put right before anything else is booked.
    if let Some(facts) = case.facts.filter(|_| topics.len() > 1 && driving::is_asked(case)) {
        driving::papers_steps(facts, draft);
    }
    severity::category(case, draft);
    readings::of_named_years(case, draft);
    for topic in &topics {
        topic_lines(*topic, case, draft);
    }
    if topics.is_empty() && case.ask.symptoms.is_empty() && !measured {
        general::unmatched(case, draft);
        return;
    }
    if about_vehicle {
        if let Some(rule) = case.ask.found.first().filter(|_| !draft.answers()) {
            draft.lead_rule(rule);
        }
        for rule in case.ask.found.iter().filter(|rule| rule.id != other_tread(case)) {
            draft.rule(Some(rule));
        }
        general::alerts(case, draft);
        general::state_of_record(case, draft);
        if !draft.answers() {
            draft.lead(Line::new("Neither the record nor a rule settles that; what bears on it is below."));
        }
        if draft.steps.is_empty() {
            draft.step(match case.facts {
                None => Line::new("Ask again with the registration, so that the vehicle's own record can be weighed."),
                Some(facts) if facts.tests.is_empty() && !matches!(facts.mot, Mot::FirstDue(_)) => {
                    Line::new("Look the tests up in GOV.UK's MOT history with the registration.")
                }
                Some(_) if draft.urgency().0 >= Urgency::Soon => Line::new("See to the urgent point above first."),
                Some(_) => Line::new("Nothing needs doing on this by itself."),
            });
        }
    }
}

/// Whether what the driver noticed or measured forbids driving it, even to a garage.
fn is_grounded(case: &Case<'_>) -> bool {
    let noticed = |rule: &&'static Rule| rule.topic == "symptom" && weighed(rule, case) == Urgency::StopNow;
    case.ask.symptoms.iter().any(noticed) || limits::forbids_driving(case)
}

/// A question about a rule is answered by the rule: always when no vehicle is named, and otherwise when it asks for one.
fn rule_first(case: &Case<'_>, draft: &mut Draft) {
    let missing = |topic: &Topic| matches!(topic, Topic::Part(part) if part.needs_an_engine());
    let lacks_it = case.facts.is_some_and(Facts::is_zero_emission) && case.ask.topics.iter().any(missing);
    if case.ask.is_about(Topic::RepairCosts) {
        return;
    }
    let asked = case.facts.is_none() || (case.ask.wants(Intent::Rule) && !lacks_it);
    let taxing = case.ask.is_about(Topic::Tax) && case.ask.wants(Intent::WithoutMot);
    // A car of one part of the kingdom in another.
    let northern = case.ask.wants(Intent::NorthernIreland) || case.facts.is_some_and(Facts::is_northern_irish);
    let abroad = northern && case.ask.wants(Intent::GreatBritain);
    if let Some(rule) = case.rules.get("mot.ni-and-gb").filter(|_| abroad && case.ask.is_about(Topic::MotDate)) {
        draft.lead_rule(rule);
        draft.step(Line::new("Ask the test station before you book, and take the V5C along."));
    }
    // "Do bald tyres fail the MOT" asks what bald tyres are.
    let of_test =
        || [Topic::Failures, Topic::NextTest, Topic::MotDate].into_iter().any(|topic| case.ask.is_about(topic));
    let of_state = case.ask.asked.first().copied().filter(|_| case.facts.is_none() && of_test());
    let rule = case.rules.get("tax.how").filter(|_| taxing).or(of_state).or_else(|| found_here(case));
    if let Some(rule) = rule.filter(|_| asked && !draft.answers()) {
        draft.lead_rule(rule);
    }
}

/// The best rule of the search that holds where the question is from.
fn found_here(case: &Case<'_>) -> Option<&'static Rule> {
    let northern = case.ask.wants(Intent::NorthernIreland);
    let other = other_tread(case);
    case.ask.found.iter().copied().find(|rule| (!northern || rule.region != Region::Gb) && rule.id != other)
}

/// The rule on the tread of the other kind: of tyres the limit of a motorcycle is another.
fn other_tread(case: &Case<'_>) -> &'static str {
    let motorcycle =
        case.ask.wants(Intent::Motorcycle) || case.facts.is_some_and(|facts| facts.kind == Kind::Motorcycle);
    if motorcycle { "tyres.tread-car" } else { "tyres.tread-motorcycle" }
}

/// A question that names another vehicle than the record's is not answered as if it were about that one.
fn other_vehicle(case: &Case<'_>, draft: &mut Draft) {
    let own = case.facts.map(|facts| facts.record.registration_number.as_str());
    let earlier = |mark: &str| case.facts.is_some_and(|facts| marks::bore(facts, mark));
    for mark in case.ask.marks.iter().filter(|mark| Some(mark.as_str()) != own) {
        if let Some(own) = own.filter(|_| earlier(mark)) {
            draft.lead(Line::default().quote(mark).say(" is an earlier mark of ").quote(own).say(", by its tests."));
            continue;
        }
        let line = Line::new("The record of ").quote(mark).say(", which the question names, was not read");
        draft.lead(match own {
            Some(own) => line.say("; what follows is about ").quote(own).say(" only."),
            None => line.say("; what follows is about no vehicle in particular."),
        });
        draft.step(Line::new("Ask again with ").quote(mark).say(" as the registration to have its record read."));
    }
}

/// The topics of the question, or else what it hints at, or else what its category stands for.
fn topics(case: &Case<'_>) -> Vec<Topic> {
    let mut topics = case.ask.topics.clone();
    settle::settle(case, &mut topics);
    if !topics.is_empty() || !case.ask.symptoms.is_empty() {
        return topics;
    }
    if case.ask.wants(Intent::Penalty)
        && let Some(facts) = case.facts
    {
        let fines = [(facts.mot.is_lacking(), Topic::MotFee), (facts.tax.is_lacking(), Topic::Tax)];
        topics.extend(fines.into_iter().filter(|(applies, _)| *applies).map(|(_, topic)| topic));
    }
    if case.ask.wants(Intent::Electric) {
        topics.push(Topic::Part(Component::HighVoltage));
    }
    if !topics.is_empty() {
        return topics;
    }
    if case.facts.is_some() && driving::is_asked(case) {
        return vec![Topic::Driveable];
    }
    if !general::is_about_vehicles(case) {
        return Vec::new();
    }
    match case.ask.category.as_deref() {
        Some("safety_assessment") => vec![Topic::Driveable, Topic::Advisories],
        Some("maintenance_guidance") => vec![Topic::Service],
        Some("cost_analysis") => vec![Topic::RunningCosts],
        Some("purchase_recommendation") => vec![Topic::Buying],
        Some("insurance_advice") => vec![Topic::Insurance],
        _ => Vec::new(),
    }
}

fn topic_lines(topic: Topic, case: &Case<'_>, draft: &mut Draft) {
    match topic {
        Topic::Driveable => driving::driveable(case, draft),
        Topic::Advisories => findings::advisories(case, draft),
        Topic::Failures => findings::failures(case, draft),
        Topic::MotDate => mot::date(case, draft),
        Topic::MotHistory => findings::history(case, draft),
        Topic::NextTest => findings::next_test(case, draft),
        Topic::Retest => mot::retest(case, draft),
        Topic::MotExempt => mot::exemption(case, draft),
        Topic::MotFee => mot::fee(case, draft),
        Topic::Tax => road_tax::tax(case, draft),
        Topic::Sorn => road_tax::sorn(case, draft),
        Topic::Parking => parking::parking(case, draft),
        Topic::DueSoon => due::due(case, draft),
        Topic::EarlierMarks => marks::earlier_marks(case, draft),
        Topic::Cloned => marks::cloned(case, draft),
        Topic::Contradictions => contradictions::contradictions(case, draft),
        Topic::Insurance => papers::insurance(case, draft),
        Topic::Zones => papers::zones(case, draft),
        Topic::Recall => papers::recall(case, draft),
        Topic::Plates => papers::plates(case, draft),
        Topic::PrivatePlate => papers::private_plate(case, draft),
        Topic::ImportExport => papers::import_export(case, draft),
        Topic::Keeper => papers::keeper(case, draft),
        Topic::Historic => papers::historic(case, draft),
        Topic::Mileage => market::mileage(case, draft),
        Topic::Buying => market::buying(case, draft),
        Topic::Selling => market::selling(case, draft),
        Topic::Value => market::value(case, draft),
        Topic::Finance => market::finance(case, draft),
        Topic::WriteOff => market::write_off(case, draft),
        Topic::Details => general::details(case, draft),
        Topic::Overview => general::overview(case, draft),
        Topic::Capabilities => general::capabilities(case, draft),
        Topic::Ruled(index) => general::ruled(index, case, draft),
        Topic::NotHeld(index) => general::not_held(index, case, draft),
        Topic::Service => running::service(case, draft),
        Topic::WarningLamps => running::warning_lamps(case, draft),
        Topic::Smoke => running::smoke(case, draft),
        Topic::Flood => running::flood(case, draft),
        Topic::Breakdown => running::breakdown(case, draft),
        Topic::RunningCosts => running::running_costs(case, draft),
        Topic::RepairCosts => running::repair_costs(case, draft),
        Topic::TimingBelt => running::timing_belt(case, draft),
        Topic::Fuel => fuel::fuel(case, draft),
        Topic::Part(part) => parts::part(part, case, draft),
    }
}

/// What a described situation asks for, and what a symptom usually means.
fn symptoms(case: &Case<'_>, draft: &mut Draft) {
    // What stands off the road is not driven without insurance.
    let stands =
        case.ask.is_about(Topic::Parking) && case.ask.wants(Intent::OffRoad) && !case.ask.wants(Intent::OnRoad);
    for rule in case.ask.symptoms.iter().filter(|rule| !(stands && rule.id == "situation.no-insurance")) {
        match weighed(rule, case) {
            // What the record shows not to be the case is answered, and nothing to worry about.
            Urgency::Information => draft.lead_rule(rule),
            urgency => draft.reason_rule(urgency, rule),
        }
    }
    if case.ask.symptoms.iter().any(|rule| rule.id == "situation.failed-mot") {
        draft.rule(case.rules.get("mot.retest"));
    }
    // What is normal has no cause to be found.
    let of_vehicle = || {
        case.ask.symptoms.iter().filter(|rule| rule.topic == "symptom" && rule.urgency != Some(Urgency::Information))
    };
    if of_vehicle().next().is_none() {
        return;
    }
    draft.unknown(Line::new("The cause of what you notice: only an inspection of the vehicle can find it."));
    if of_vehicle().any(|rule| rule.urgency == Some(Urgency::StopNow)) {
        draft.step(Line::new("Do not drive it on: have it inspected and repaired where it stands, or recovered."));
        return;
    }
    // A rule that says what to do before the next drive is not watered down by what goes for most symptoms.
    let own: Vec<Line> = of_vehicle()
        .flat_map(|rule| rule.steps.iter().map(move |step| Line::default().rule_words(rule, step)))
        .collect();
    if own.is_empty() {
        draft.step(Line::new("Have the symptom inspected by a garage before a longer trip, and say when it occurs: cold or hot, at what speed, braking or turning."));
    }
    for step in own {
        draft.step(step);
    }
}

/// How urgent a situation is, once the record was looked at: one that the record shows not to be there is information.
fn weighed(rule: &Rule, case: &Case<'_>) -> Urgency {
    let refuted = case.facts.is_some_and(|facts| match rule.id.as_str() {
        "situation.no-mot" | "situation.no-mot-to-test" => facts.mot.is_in_order(),
        "situation.untaxed" | "situation.untaxed-to-test" => matches!(facts.tax, Tax::Taxed(_)),
        _ => false,
    });
    if refuted { Urgency::Information } else { rule.urgency.unwrap_or(Urgency::Soon) }
}
