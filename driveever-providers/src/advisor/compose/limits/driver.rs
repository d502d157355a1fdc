//! What a driver measures of driver and journey: speed, alcohol, ages, the miles of a year.

use driveever_core::vehicle::report::Component;

use super::{super::Case, Judgement, asks, judgement};
use crate::{
    advisor::{
        draft::{Basis, Draft, Line},
        facts::Kind,
        measured::{Measured, Unit},
        topics::{Intent, Topic},
    },
    rules::{Figure, Urgency},
};

/// Words for a part of the kingdom whose limit of alcohol is another.
const SCOTLAND: &[&str] = &["scotland", "scottish", "glasgow", "edinburgh", "aberdeen", "dundee"];

/// A speed, where the question is for what is allowed.
pub(super) fn speed<'c>(case: &'c Case<'_>) -> Vec<Judgement<'c>> {
    let asked = case.measured.has(&[
        "limit", "legal", "legally", "allowed", "illegal", "speeding", "caught", "fast", "speed", "flashed", "do",
        "go", "fine",
    ]);
    let road = |words: &[&str]| case.measured.has(words);
    let on = road(&["motorway", "motorways", "dual", "single", "country", "town", "city", "village"]);
    let asked = asked || on && road(&["ok", "okay", "alright"]);
    // "20 mph over the limit" is a difference and no speed.
    let over = case.measured.has_phrase(&["mph", "over"]) || case.measured.has_phrase(&["mph", "above"]);
    if !asked || over || !case.ask.symptoms.is_empty() || case.measured.sign().is_some() {
        return Vec::new();
    }
    let towing = case.measured.has(&["towing", "caravan", "trailer"]);
    let goods = case.ask.wants(Intent::Goods) || case.facts.is_some_and(|facts| facts.kind == Kind::Van);
    let (name, what) = if road(&["motorway", "motorways"]) {
        (if towing { "fast-towing" } else { "motorway" }, "the limit of a motorway,")
    } else if road(&["dual"]) {
        let name = if towing {
            "fast-towing"
        } else if goods {
            "dual-goods"
        } else {
            "dual"
        };
        (name, "the limit of a dual carriageway without signs,")
    } else if road(&["single", "country", "rural", "national"]) {
        let name = if towing {
            "single-towing"
        } else if goods {
            "single-goods"
        } else {
            "single"
        };
        (name, "the limit of a single carriageway without signs,")
    } else if road(&["town", "city", "village", "residential", "street", "built"]) {
        ("built-up", "the limit of a built-up area without signs,")
    } else {
        ("motorway", "the highest limit of any road,")
    };
    case.measured
        .of_unit(Unit::MilesAnHour)
        .filter_map(|figure| judgement(case, figure, "driver.speed-limits", name, what))
        // Below the highest limit of all, it is the road that decides.
        .filter(|judged| what != "the highest limit of any road," || judged.breaks())
        .map(|judged| Judgement {
            least: false,
            steps: ["Keep to the limit of the road, and to lower ones on signs.", ""],
            ..judged
        })
        .collect()
}

/// The age of who wants to drive.
pub(super) fn age<'c>(case: &'c Case<'_>) -> Vec<Judgement<'c>> {
    const PERSONS: std::ops::RangeInclusive<f64> = 5.0..=25.0;
    let person = case.measured.has(&["im", "am", "old", "son", "daughter", "he", "she"]) && case.stated.age.is_none();
    let drives = case.measured.has(&["drive", "drives", "driving", "ride", "riding", "learn"]);
    let otherwise = case.ask.is_about(Topic::Part(Component::Restraint))
        || case.measured.has(&["car", "it"]) && case.measured.has_phrase(&["is", "old"]);
    if !person || !drives || otherwise {
        return Vec::new();
    }
    let moped = case.measured.has(&["moped", "mopeds", "scooter", "50cc"]);
    let other = case.facts.is_some_and(|facts| matches!(facts.kind, Kind::Motorcycle | Kind::Heavy));
    if (other || case.measured.has(&["motorbike", "motorcycle", "bike", "lorry", "hgv", "bus"])) && !moped {
        return Vec::new();
    }
    let (name, what) =
        if moped { ("moped", "the least age for a moped,") } else { ("car", "the least age for a car,") };
    case.measured
        .of_unit(Unit::Years)
        .filter(|figure| PERSONS.contains(&figure.value))
        .filter_map(|figure| judgement(case, figure, "driver.minimum-age", name, what))
        .map(|judged| Judgement {
            steps: ["Wait until then; on private ground without public access other rules hold.", ""],
            ..judged
        })
        .collect()
}

/// The miles of a year, held against the average car's.
pub(super) fn yearly<'c>(case: &'c Case<'_>) -> Vec<Judgement<'c>> {
    if !case.ask.wants(Intent::Compare) && !case.measured.has(&["many", "lot"]) {
        return Vec::new();
    }
    case.measured
        .of_unit(Unit::MilesAYear)
        .filter_map(|figure| judgement(case, figure, "mileage.average", "average-2017", "the average car's"))
        .map(|judged| Judgement { least: false, ..judged })
        .collect()
}

/// Whether a child of an age or height needs a seat of its own.
pub(super) fn child_seat(case: &Case<'_>, draft: &mut Draft) {
    let seat = case.measured.has(&["seat", "seats", "booster", "boosters"]);
    let Some(rule) = case.rules.get("restraint.child-seat").filter(|_| seat) else { return };
    let Some((age_limit, height_limit)) = rule.figure("age").zip(rule.figure("height")) else { return };
    let years = case.measured.of_unit(Unit::Years).find(|figure| figure.value < 18.0);
    let height = case.measured.of_unit(Unit::Millimetres).find(|figure| figure.value >= 400.0);
    let reaches = |figure: Option<&Measured>, limit: &Figure, scale: f64| {
        figure.zip(limit.value).map(|(figure, limit)| figure.value / scale >= limit)
    };
    let (grown, tall) = (reaches(years, age_limit, 1.0), reaches(height, height_limit, 10.0));
    if grown.is_none() && tall.is_none() {
        return;
    }
    draft.step(Line::new("Choose the seat by the child's height and weight, and fit it as its instructions say."));
    let free = grown == Some(true) || tall == Some(true);
    let line = Line::new(if !case.measured.has(&["need", "needs", "have"]) {
        ""
    } else if free {
        "No: "
    } else {
        "Yes: "
    });
    let begins = line.text.is_empty();
    let line = match years {
        Some(years) => {
            line.stated(&years.digits).say(" years is ").say(if grown == Some(true) { "not below " } else { "below " })
        }
        None => line.say(if begins { "That height is " } else { "that height is " }).say(if tall == Some(true) {
            "not below "
        } else {
            "below "
        }),
    };
    let line = match years {
        Some(_) => line.say("the ").amount(rule, age_limit).say(" years until which a child needs a seat of its own"),
        None => line.say("the ").amount(rule, height_limit).say(" cm until which a child needs a seat of its own"),
    };
    draft.lead(match (years, tall) {
        (Some(_), None) if grown == Some(false) => {
            line.say(", unless it is ").amount(rule, height_limit).say(" cm tall before.")
        }
        (Some(_), Some(true)) if grown == Some(false) => line.say(", but it is tall enough without one."),
        _ => line.say("."),
    });
    draft.lead_rule(rule);
}

/// Whether a seat for a child is asked about, which no inspection of the vehicle answers.
pub(in crate::advisor::compose) fn is_child_seat(case: &Case<'_>) -> bool {
    let aged = case.measured.of_unit(Unit::Years).next().is_some();
    aged && case.measured.has(&["seat", "seats", "booster", "boosters"])
}

/// Alcohol, measured, or counted in drinks, which no limit counts.
pub(super) fn alcohol(case: &Case<'_>, draft: &mut Draft) {
    const DRINKS: &[&str] =
        &["pint", "pints", "beer", "beers", "wine", "drink", "drinks", "drank", "drunk", "alcohol", "lager", "shots"];
    let Some(rule) = case.rules.get("driver.alcohol") else { return };
    let micrograms = case.measured.of_unit(Unit::Micrograms).map(|figure| (figure, "breath", "breath-scotland"));
    let fluid = if case.measured.has(&["urine"]) { ("urine", "urine-scotland") } else { ("blood", "blood-scotland") };
    let milligrams = case.measured.of_unit(Unit::Milligrams).map(|figure| (figure, fluid.0, fluid.1));
    let measured = micrograms.chain(milligrams).next();
    let drives = case.measured.has(&["drive", "driving", "limit", "legal", "over"]);
    if let Some((figure, name, scottish)) = measured {
        let (Some(limit), Some(strict)) = (rule.figure(name), rule.figure(scottish)) else { return };
        let over = |limit: &Figure| limit.value.is_some_and(|limit| figure.value > limit);
        let scotland = case.measured.has(SCOTLAND);
        let illegal = over(if scotland { strict } else { limit });
        let prefix = match asks(case) {
            None => "",
            Some(leave) if leave == illegal => "No: ",
            Some(_) => "Yes: ",
        };
        let line = Line::new(prefix).stated(&figure.digits).say(" ").say(figure.unit.label());
        let side = |limit| if over(limit) { " is above " } else { " is not above " };
        let line = if scotland {
            line.say(side(strict)).say("the limit of ").amount(rule, strict).say(" in Scotland.")
        } else {
            let line = line
                .say(side(limit))
                .say("the limit of ")
                .amount(rule, limit)
                .say(" in England, Wales and Northern Ireland");
            line.say(if over(strict) { ", and above that of " } else { ", and not above that of " })
                .amount(rule, strict)
                .say(" in Scotland.")
        };
        draft.lead(line);
        if over(strict) {
            draft.reason_rule(if illegal { Urgency::StopNow } else { Urgency::Soon }, rule);
            draft.step(Line::new("Do not drive until it has worn off; let somebody else drive."));
        }
        draft.rule(Some(rule));
        return;
    }
    let of_vehicle = case.measured.has(&["oil", "fuel", "petrol", "diesel", "coolant", "water"]);
    if drives && !of_vehicle && case.measured.has(DRINKS) {
        let drunk = case.measured.has(&["had", "drank", "drunk", "ive", "after", "been"]);
        let line = Line::new("Who has drunk alcohol leaves the vehicle standing.").on(Basis::Rule(rule));
        draft.reason(if drunk { Urgency::StopNow } else { Urgency::Plan }, line);
        let amount = case.measured.has(&["much", "many"]);
        draft.lead(
            Line::new(if amount { "None: " } else { "No: " })
                .say("do not drink and drive, because no number of drinks is sure to stay below the limit."),
        );
        draft.lead_rule(rule);
        draft.step(Line::new(
            "Do not drive after drinking: take a taxi or a bus, or let somebody drive who has drunk nothing.",
        ));
    }
}

/// A speed where a sign set the limit: "36 in a 30".
pub(super) fn signed_speed(case: &Case<'_>, draft: &mut Draft) {
    let Some((driven, sign)) = case.measured.sign() else { return };
    let over = driven > sign;
    let side = if over { " mph is above the " } else { " mph is within the " };
    // Whether points follow is not the sign's to say.
    let allowed = case.measured.has(&["legal", "illegal", "speeding", "allowed", "ok", "okay", "over"]);
    let line = Line::new(match asks(case).filter(|_| allowed) {
        None => "",
        Some(leave) if leave == over => "No: ",
        Some(_) => "Yes: ",
    });
    draft.lead(line.stated_number(driven).say(side).stated_number(sign).say(" mph of the limit that you name."));
    if let Some(rule) = case.rules.get("driver.speeding").filter(|_| over) {
        draft.lead_rule(rule);
        draft.step(Line::new("Answer a notice within its time, and say who was driving; it states what is offered."));
    }
}
