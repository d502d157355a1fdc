//! Driving: the answer says what the vehicle's report says, whatever way it is asked.

use driveever_core::vehicle::report::{DrivingGround, VehicleReport};

use super::{
    demonstration::{asked_on, record},
    *,
};
use crate::{rules::Urgency, vehicle_files::DemonstrationVehicles};

/// Questions about driving, none of which describes a symptom.
const DRIVING: &[&str] = &[
    "Is it safe to drive my car today?",
    "can I drive it today",
    "Is my car safe to drive with these advisories?",
    "Can I drive to work tomorrow?",
    "am I allowed to drive it?",
    "is it legal to drive",
    "is my car road legal",
    "is it roadworthy?",
    "Is it safe?",
    "can i take it on the motorway",
    "I'm going on a long trip, is the car ok for that?",
    "should I drive it or not",
    "ok to drive home?",
    "can my wife use the car this week",
    "could I still drive it on the road",
    "is it dangerous to drive",
    "fit to drive?",
    "we want to take it on holiday",
    "can i keep driving it until payday",
    "is it safe for a road trip to Wales",
    "driving to Leeds on Friday, anything to worry about?",
    "Is it safe to carry on using it for the school run",
];

#[test]
fn every_question_about_driving_is_as_urgent_as_the_report_and_opens_with_what_bars_it() {
    for mark in DemonstrationVehicles::marks() {
        let record = record(mark);
        let report = VehicleReport::of(&record, "2026-11-24".parse().unwrap());
        for question in DRIVING {
            let text = advise(&asked_on("2026-11-24", question, Some(record.clone()))).text;
            let expected = if report.is_known { Urgency::from(report.urgency()).label() } else { "information" };
            assert_eq!(urgency_of(&text), expected, "{mark} {question:?}:\n{text}\n{:?}", report.driving);
            let opening = opening_of(&text);
            for reason in &report.driving.reasons {
                let words = match reason.ground {
                    DrivingGround::DangerousDefect => "dangerous defect",
                    DrivingGround::NoCurrentMot if !reason.prohibits => "may be exempt",
                    DrivingGround::NoCurrentMot => "Not on a road, by law: the ",
                    DrivingGround::OffRoad => "Not on a road, by law: it is declared off the road",
                    DrivingGround::Untaxed => "Not on a road, by law: it is not taxed",
                    _ => "fail",
                };
                assert!(opening.contains(words), "{mark} {question:?} should open with {words:?}:\n{opening}");
            }
            let first = text.lines().next().unwrap();
            assert!(!report.driving.do_not_drive || first.contains("**Urgency: stop now.**"), "{mark}:\n{text}");
        }
    }
}

#[test]
fn a_note_is_as_urgent_in_the_answer_as_in_the_report() {
    let mut shown = 0;
    for mark in DemonstrationVehicles::marks() {
        let record = record(mark);
        let report = VehicleReport::of(&record, "2026-11-24".parse().unwrap());
        let text = advise(&asked_on("2026-11-24", "any advisories?", Some(record))).text;
        for finding in &report.findings {
            let line = text.lines().find(|line| line.contains(&finding.text) && line.starts_with("- **"));
            let label = Urgency::from(finding.urgency).label();
            assert!(
                line.is_some_and(|line| line.starts_with(&format!("- **{label}**"))),
                "{mark} {:?} should be {label}: {line:?}",
                finding.text
            );
            shown += 1;
        }
    }
    assert!(shown > 20, "only {shown} notes were compared");
}

#[test]
fn law_and_condition_are_told_apart() {
    let opening = |mark: &str, question: &str| {
        let text = advise(&asked_on("2026-11-24", question, Some(record(mark)))).text;
        opening_of(&text).to_owned()
    };
    let sorn = opening("AA19SRN", "Is it safe to drive my car today?");
    assert!(sorn.contains("a bar of law, and says nothing of the vehicle's condition"), "{sorn}");
    assert!(sorn.contains("As to its condition, nothing that a test found forbids driving it"), "{sorn}");
    let dangerous = opening("AB17DGR", "can I drive it?");
    assert!(dangerous.contains("it is unsafe, and not to be driven until that is repaired"), "{dangerous}");
    assert!(!dangerous.contains("bar of law"), "{dangerous}");
}

#[test]
fn what_has_nothing_to_do_with_driving_does_not_open_with_a_bar() {
    for question in ["what colour is it", "a noise from the drive shaft", "can I park it on my drive"] {
        let text = advise(&asked_on("2026-11-24", question, Some(record("AA19SRN")))).text;
        let first = text.lines().next().unwrap();
        assert!(!first.contains("stop now"), "{question:?}:\n{text}");
    }
}
