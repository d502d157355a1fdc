//! Figures that the driver has measured, held against the limits of the rules: "1.4 mm, is that legal?" is answered by
//! "No: 1.4 mm is below the legal minimum of 1.6 mm", as urgent as that is, before anything else is said.
//!
//! Each field (tyres, brakes, speed ...) knows by topic and words whether a figure is one of its own, and which limit of
//! which rule it is held against. A figure that no field takes is left alone: a wrong comparison is worse than none.

use driveever_core::vehicle::report::Component;

use super::{Case, driving};
use crate::{
    advisor::{
        draft::{Basis, Draft, Line},
        facts::Kind,
        measured::{Measured, Unit},
        topics::{Intent, Topic},
    },
    rules::{Figure, Rule, Urgency},
};

/// Words that ask for leave: below a minimum the answer is "no".
const ASKS_LEAVE: &[&str] = &[
    "legal",
    "legally",
    "ok",
    "okay",
    "alright",
    "fine",
    "pass",
    "safe",
    "allowed",
    "wait",
    "enough",
    "drive",
    "good",
    "roadworthy",
    "acceptable",
    "healthy",
    "keep",
    "last",
    "can",
];
/// Words that ask whether something is wrong: below a minimum the answer is "yes".
const ASKS_FAULT: &[&str] = &[
    "illegal",
    "fail",
    "dangerous",
    "unsafe",
    "change",
    "changed",
    "replace",
    "replaced",
    "replacing",
    "changing",
    "need",
    "needs",
    "bad",
    "low",
    "worn",
    "thin",
    "too",
    "over",
    "flat",
    "speeding",
    "caught",
    "points",
    "ban",
    "banned",
    "lot",
    "high",
];
/// Words for a part of the kingdom whose limit of alcohol is another.
const SCOTLAND: &[&str] = &["scotland", "scottish", "glasgow", "edinburgh", "aberdeen", "dundee"];

/// A figure and the limit that it is held against.
struct Judgement<'c> {
    figure: &'c Measured,
    rule: &'static Rule,
    limit: &'static Figure,
    /// What the limit is, before its figure: "the legal minimum of".
    what: &'static str,
    /// Whether it is a least or a greatest value.
    least: bool,
    /// The value at which a change is advised, and its rule, where a lower one is the limit.
    advised: Option<(&'static Rule, &'static Figure)>,
    /// The rule that says what it means to be outside the limit.
    consequence: Option<&'static str>,
    urgency: Urgency,
    /// What to do outside the limit, and between it and what is advised.
    steps: [&'static str; 2],
}

impl Judgement<'_> {
    fn limit(&self) -> f64 {
        self.limit.value.unwrap_or_default()
    }

    fn breaks(&self) -> bool {
        if self.least { self.figure.value < self.limit() } else { self.figure.value > self.limit() }
    }

    fn is_near(&self) -> bool {
        let advised = self.advised.and_then(|(_, figure)| figure.value);
        !self.breaks() && advised.is_some_and(|advised| self.figure.value <= advised)
    }

    fn is_exact(&self) -> bool {
        (self.figure.value - self.limit()).abs() < 1e-9
    }

    /// The verdict as a sentence; `yes` is whether the question is for leave, for a fault, or neither.
    fn line(&self, asks: Option<bool>) -> Line {
        let prefix = match asks {
            None => "",
            // Not wrong yet, and not well: the sentence says both.
            Some(false) if self.is_near() => "",
            Some(leave) if leave == self.breaks() => "No: ",
            Some(_) => "Yes: ",
        };
        let side = match (self.is_exact(), self.figure.value < self.limit()) {
            (true, _) => " is exactly ",
            (false, true) => " is below ",
            (false, false) => " is above ",
        };
        let unit = self.figure.unit.label();
        let line = figure_words(Line::new(prefix), self.figure).say(" ").say(unit).say(side).say(self.what).say(" ");
        let line = line.amount(self.rule, self.limit).say(" ").say(unit);
        let line = match self.advised.filter(|_| self.is_near()) {
            Some((rule, figure)) => {
                let under = figure.value.is_some_and(|advised| self.figure.value < advised);
                let line = line.say(if under { ", and below the " } else { ", and at the " });
                line.amount(rule, figure).say(" ").say(unit).say(" at which a change is advised")
            }
            None => line,
        };
        line.say(".")
    }
}

/// A figure as it was written, with commas between thousands.
fn figure_words(line: Line, figure: &Measured) -> Line {
    match figure.digits.parse::<u32>() {
        Ok(whole) => line.stated_number(whole),
        Err(_) => line.stated(&figure.digits),
    }
}

/// Whether a figure of the question is answered here, so that nothing weaker is said of the part.
pub(super) fn is_judged(case: &Case<'_>, part: Component) -> bool {
    case.ask.is_about(Topic::Part(part)) && judgements(case).iter().any(|judged| judged.breaks() || judged.is_near())
}

/// Whether a figure is so far out of bounds that the vehicle is not to be driven.
pub(super) fn forbids_driving(case: &Case<'_>) -> bool {
    judgements(case).iter().any(|judged| judged.breaks() && judged.urgency == Urgency::StopNow)
}

/// Answers what the question measures; says whether it did.
pub(super) fn limits(case: &Case<'_>, draft: &mut Draft) -> bool {
    let before = draft.lead.len();
    child_seat(case, draft);
    alcohol(case, draft);
    signed_speed(case, draft);
    discs(case, draft);
    let mut judged = judgements(case);
    // What is out of bounds is said first.
    judged.sort_by_key(|judged| (!judged.breaks(), !judged.is_near()));
    for (index, judgement) in judged.iter().enumerate() {
        // A figure in order does not make it safe or legal to drive.
        let of_vehicle = matches!(judgement.figure.unit, Unit::Millimetres | Unit::Volts);
        let enough = of_vehicle && !judgement.breaks() && driving::is_asked(case);
        let asks = asks(case).filter(|_| index == 0 && !enough);
        draft.lead(judgement.line(asks));
        if judgement.breaks() {
            let rule = judgement.consequence.and_then(|id| case.rules.get(id)).unwrap_or(judgement.rule);
            if judgement.urgency == Urgency::Information {
                draft.rule(Some(rule));
            } else {
                draft.reason_rule(judgement.urgency, rule);
            }
            draft.step(Line::new(judgement.steps[0]));
        } else if judgement.is_near() {
            let line = judgement.line(None);
            draft.reason(Urgency::Soon, line);
            draft.step(Line::new(judgement.steps[1]));
        }
        draft.rule(Some(judgement.rule));
        if let Some((rule, _)) = judgement.advised {
            draft.rule(Some(rule));
        }
    }
    if judged.iter().any(|judged| judged.figure.unit == Unit::Millimetres) {
        draft.unknown(Line::new(
            "Whether the measurement is right and the lowest place was measured: that is your word.",
        ));
    }
    draft.lead.len() > before
}

/// The thickness of a disc, for which each vehicle has a limit of its own.
fn discs(case: &Case<'_>, draft: &mut Draft) {
    let disc = case.measured.has(&["disc", "discs", "rotor", "rotors"]) && !case.measured.has(&["pad", "pads"]);
    if disc && millimetres(case).next().is_some() {
        draft.lead(Line::new("The least thickness of a brake disc differs from vehicle to vehicle and is marked on the disc, so no figure for it is held here."));
        draft.step(Line::new(
            "Compare what was measured with the least thickness that is marked on the disc, or ask a garage for it.",
        ));
    }
}

/// Whether the question asks for leave (`true`) or for a fault (`false`); absent: neither, or both.
fn asks(case: &Case<'_>) -> Option<bool> {
    let (leave, fault) = (case.measured.has(ASKS_LEAVE), case.measured.has(ASKS_FAULT));
    let question =
        case.measured.has(&["is", "are", "will", "can", "does", "do", "should", "would", "am", "was", "ok", "legal"]);
    (question && leave != fault).then_some(leave)
}

fn judgements<'c>(case: &'c Case<'_>) -> Vec<Judgement<'c>> {
    let fields = [
        tread(case),
        pads(case),
        screen(case),
        wound(case),
        battery(case),
        speed(case),
        age(case),
        yearly(case),
        belt(case),
    ];
    fields.into_iter().flatten().collect()
}

/// A judgement on a figure by a rule's figure.
fn judgement<'c>(
    case: &Case<'_>,
    figure: &'c Measured,
    id: &str,
    name: &str,
    what: &'static str,
) -> Option<Judgement<'c>> {
    let rule = case.rules.get(id)?;
    let limit = rule.figure(name)?;
    Some(Judgement {
        figure,
        rule,
        limit,
        what,
        least: true,
        advised: None,
        consequence: None,
        urgency: Urgency::Information,
        steps: ["", ""],
    })
}

fn millimetres<'c>(case: &'c Case<'_>) -> impl Iterator<Item = &'c Measured> {
    case.measured.of_unit(Unit::Millimetres)
}

/// The tread of tyres.
fn tread<'c>(case: &'c Case<'_>) -> Vec<Judgement<'c>> {
    let wound =
        case.measured.has(&["cut", "gash", "nail", "screw", "hole", "puncture", "bulge", "tear", "wide", "width"]);
    let of_tyre = case.measured.has(&["tread", "treads"]) || case.ask.is_about(Topic::Part(Component::Tyres));
    if wound || !of_tyre || case.measured.has(&["pad", "pads"]) {
        return Vec::new();
    }
    let motorcycle =
        case.ask.wants(Intent::Motorcycle) || case.facts.is_some_and(|facts| facts.kind == Kind::Motorcycle);
    let id = if motorcycle { "tyres.tread-motorcycle" } else { "tyres.tread-car" };
    let advised = case.rules.get("tyres.advice").and_then(|rule| Some((rule, rule.figure("advised-tread")?)));
    millimetres(case)
        .filter_map(|figure| judgement(case, figure, id, "minimum-tread", "the legal minimum of"))
        .map(|judged| Judgement {
            advised: advised.filter(|_| !motorcycle),
            consequence: Some("symptom.tyre-bald"),
            urgency: Urgency::StopNow,
            steps: [
                "Have the tyre changed before the vehicle is driven on: where it stands, or by fitting a legal spare.",
                "Have the tyre changed soon, and measure the others at several places round each.",
            ],
            ..judged
        })
        .collect()
}

/// The lining of brake pads; discs have a minimum of their own, which no rule holds.
fn pads<'c>(case: &'c Case<'_>) -> Vec<Judgement<'c>> {
    let lining = case.measured.has(&["pad", "pads", "lining", "linings", "shoe", "shoes"]);
    let brakes = case.ask.is_about(Topic::Part(Component::Brakes)) && !case.measured.has(&["disc", "discs", "tread"]);
    if !lining && !brakes {
        return Vec::new();
    }
    let advised = case.rules.get("brakes.pads").and_then(|rule| Some((rule, rule.figure("pad-change")?)));
    millimetres(case)
        .filter_map(|figure| judgement(case, figure, "brakes.pads", "pad-limit", "the MOT's limit of"))
        .map(|judged| Judgement {
            advised,
            consequence: Some("brakes.pads-dangerous"),
            urgency: Urgency::StopNow,
            steps: [
                "Have the pads changed before the vehicle is driven on: where it stands, or have it recovered; do not wait.",
                "Have the pads changed soon, on both sides of the axle.",
            ],
            ..judged
        })
        .collect()
}

/// Damage to the windscreen.
fn screen<'c>(case: &'c Case<'_>) -> Vec<Judgement<'c>> {
    let of_screen =
        case.ask.is_about(Topic::Part(Component::Visibility)) || case.measured.has(&["chip", "chips", "windscreen"]);
    let damage = case.measured.has(&["chip", "chips", "crack", "cracks", "cracked", "damage", "star"]);
    if !damage || !of_screen {
        return Vec::new();
    }
    let elsewhere = case.measured.has(&["passenger", "side", "edge", "corner", "elsewhere"]);
    let ahead = case.measured.has(&["driver", "drivers", "front", "ahead", "view", "sight"]) && !elsewhere;
    let of = |name: &'static str, what| {
        millimetres(case).filter_map(move |figure| {
            let judged = judgement(case, figure, "symptom.screen-chip", name, what)?;
            Some(Judgement {
                least: false,
                urgency: Urgency::Soon,
                steps: [
                    "Have the screen mended or changed before the next test, and do not wait: a crack spreads.",
                    "",
                ],
                ..judged
            })
        })
    };
    let here = of("zone-a", "the greatest damage that passes straight ahead of the driver,").filter(|_| !elsewhere);
    let there = of("swept-area", "the greatest damage that passes elsewhere in the wiped area,").filter(|_| !ahead);
    here.chain(there).collect()
}

/// A cut or a puncture of a tyre.
fn wound<'c>(case: &'c Case<'_>) -> Vec<Judgement<'c>> {
    if !case.ask.is_about(Topic::Part(Component::Tyres)) && !case.measured.has(&["tyre", "tyres"]) {
        return Vec::new();
    }
    let cut = case.measured.has(&["cut", "gash", "tear", "slash", "slit"]);
    let puncture = case.measured.has(&["nail", "screw", "hole", "puncture"]);
    let (id, name, what, step) = match (cut, puncture) {
        (true, _) => (
            "tyres.damage",
            "cut",
            "the longest cut that is legal where it reaches the cords,",
            "Have the tyre looked at before it is driven on: where the cut reaches the cords, it is changed.",
        ),
        (_, true) => (
            "tyres.puncture-repair",
            "widest",
            "the widest puncture that is repaired,",
            "Have the tyre changed: a puncture as wide as that is not repaired.",
        ),
        _ => return Vec::new(),
    };
    millimetres(case)
        .filter_map(|figure| judgement(case, figure, id, name, what))
        .map(|judged| Judgement { least: false, urgency: Urgency::Soon, steps: [step, ""], ..judged })
        .collect()
}

/// A battery of 12 V at rest.
fn battery<'c>(case: &'c Case<'_>) -> Vec<Judgement<'c>> {
    const LOW_VOLTAGE: std::ops::Range<f64> = 6.0..18.0;
    let running = case.measured.has(&["running", "idle", "idling", "charging", "alternator", "revs"]);
    case.measured
        .of_unit(Unit::Volts)
        // "A 12 V battery" is its name, and not what was measured.
        .filter(|figure| !running && figure.digits.contains('.') && LOW_VOLTAGE.contains(&figure.value))
        .filter_map(|figure| judgement(case, figure, "battery.life", "healthy-voltage", "a healthy battery's voltage at rest,"))
        .map(|judged| Judgement {
            consequence: Some("check.battery"),
            urgency: Urgency::Plan,
            steps: ["Charge the battery, let it rest for a night and measure again; low again calls for a test of battery and charging.", ""],
            ..judged
        })
        .collect()
}

/// A speed, where the question is for what is allowed.
fn speed<'c>(case: &'c Case<'_>) -> Vec<Judgement<'c>> {
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
fn age<'c>(case: &'c Case<'_>) -> Vec<Judgement<'c>> {
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

/// The age of a timing belt.
fn belt<'c>(case: &'c Case<'_>) -> Vec<Judgement<'c>> {
    if !case.ask.is_about(Topic::TimingBelt) || case.stated.age.is_some() {
        return Vec::new();
    }
    case.measured
        .of_unit(Unit::Years)
        .filter_map(|figure| {
            judgement(case, figure, "timing-belt.interval", "belt-years", "the typical interval of a belt,")
        })
        .map(|judged| Judgement {
            least: false,
            urgency: Urgency::Soon,
            steps: ["Look up the maker's interval by engine code, and have the belt changed if it is past it.", ""],
            ..judged
        })
        .collect()
}

/// The miles of a year, held against the average car's.
fn yearly<'c>(case: &'c Case<'_>) -> Vec<Judgement<'c>> {
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
fn child_seat(case: &Case<'_>, draft: &mut Draft) {
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
    let line = match years {
        Some(years) => {
            line.stated(&years.digits).say(" years is ").say(if grown == Some(true) { "not below " } else { "below " })
        }
        None => line.say("that height is ").say(if tall == Some(true) { "not below " } else { "below " }),
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
pub(super) fn is_child_seat(case: &Case<'_>) -> bool {
    let aged = case.measured.of_unit(Unit::Years).next().is_some();
    aged && case.measured.has(&["seat", "seats", "booster", "boosters"])
}

/// Alcohol, measured, or counted in drinks, which no limit counts.
fn alcohol(case: &Case<'_>, draft: &mut Draft) {
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
fn signed_speed(case: &Case<'_>, draft: &mut Draft) {
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
