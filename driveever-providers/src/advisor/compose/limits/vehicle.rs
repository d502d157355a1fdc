//! What a driver measures of the vehicle: tread, pads, screen, cuts, the battery, the age of a belt.

use driveever_core::vehicle::report::Component;

use super::{super::Case, Judgement, judgement, millimetres};
use crate::{
    advisor::{
        draft::{Draft, Line},
        facts::Kind,
        measured::Unit,
        topics::{Intent, Topic},
    },
    rules::Urgency,
};

/// The tread of tyres.
pub(super) fn tread<'c>(case: &'c Case<'_>) -> Vec<Judgement<'c>> {
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
pub(super) fn pads<'c>(case: &'c Case<'_>) -> Vec<Judgement<'c>> {
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
pub(super) fn screen<'c>(case: &'c Case<'_>) -> Vec<Judgement<'c>> {
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
                consequence: ahead.then_some("symptom.screen-view"),
                urgency: if ahead { Urgency::StopNow } else { Urgency::Soon },
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
pub(super) fn wound<'c>(case: &'c Case<'_>) -> Vec<Judgement<'c>> {
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
pub(super) fn battery<'c>(case: &'c Case<'_>) -> Vec<Judgement<'c>> {
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

/// The age of a timing belt.
pub(super) fn belt<'c>(case: &'c Case<'_>) -> Vec<Judgement<'c>> {
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

/// The thickness of a disc, for which each vehicle has a limit of its own.
pub(super) fn discs(case: &Case<'_>, draft: &mut Draft) {
    let disc = case.measured.has(&["disc", "discs", "rotor", "rotors"]) && !case.measured.has(&["pad", "pads"]);
    if disc && millimetres(case).next().is_some() {
        draft.lead(Line::new("The least thickness of a brake disc differs from vehicle to vehicle and is marked on the disc, so no figure for it is held here."));
        draft.step(Line::new(
            "Compare what was measured with the least thickness that is marked on the disc, or ask a garage for it.",
        ));
    }
}
