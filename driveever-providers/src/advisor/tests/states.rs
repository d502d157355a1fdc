//! Questions for a state are answered from the record and with how to look; reports of one alarm as before.

use super::{
    demonstration::{asked_on, record},
    *,
};

/// The answer on the day on which the records are read.
fn answer_to(mark: &str, question: &str) -> String {
    let record = (!mark.is_empty()).then(|| record(mark));
    advise(&asked_on("2026-11-24", question, record)).text
}

/// A question for a state, what is said first without a record, and what a driver who finds it so is told.
const ASKED: &[(&str, &str, &str)] = &[
    ("are my tyres bald?", "20p coin", "worn below the limit"),
    ("is there a bulge in my tyre?", "20p coin", "can burst"),
    ("how can I tell if my tyres are bald", "20p coin", "worn below the limit"),
    ("have I got a puncture?", "20p coin", "do not drive on it"),
    ("is my exhaust blowing?", "a hiss to a leak", "fumes may come into the cabin"),
    ("are my brakes worn?", "1.5 mm", ""),
    ("is my brake pedal soft?", "must resist", "air in the brakes"),
    ("are my brakes grinding?", "must resist", "worn to the metal"),
    ("has my battery gone?", "12.6 V", ""),
    ("is my clutch slipping?", "without the car going faster", "may strand you"),
    ("are my springs broken?", "pressing each corner down", "can cut a tyre"),
    ("does my car leak oil?", "wipe the dipstick", "never drive with the oil lamp on"),
    ("is my coolant leaking?", "with the engine cold", "have the leak found soon"),
    ("is my windscreen cracked?", "over 10 mm", "have it mended soon"),
    ("are my headlights out?", "walking round the vehicle", "before the next drive"),
    ("is my seat belt frayed?", "sharp pull", "before anyone uses that seat"),
    ("is my car rusty underneath?", "finger and thumb", ""),
    ("is my engine knocking?", "If it is: A knocking", "check the oil at once"),
    ("do bald tyres fail the MOT?", "A tyre worn below the limit is illegal", ""),
];

#[test]
fn what_is_only_asked_is_answered_with_how_to_look_and_alarms_nobody() {
    let mut wrong = Vec::new();
    for (question, look, found) in ASKED {
        let text = answer_to("", question);
        if urgency_of(&text) != "information" || !opening_of(&text).contains(look) || !text.contains(found) {
            wrong.push(format!("{question:?} should say {look:?} and {found:?}:\n{text}"));
        }
        assert_fixture_grounded(&request(question, None));
        assert_fixture_grounded(&request(question, Some(fixtures::worn())));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn the_record_answers_what_is_asked_of_it() {
    for (mark, question, urgency, wanted) in [
        ("L2WPS", "are my tyres bald?", "soon", "“Nearside rear tyre close to the legal limit”"),
        ("L2WPS", "are my brakes worn?", "soon", "“Front brake discs worn and lipped on both sides”"),
        ("L2WPS", "is my exhaust blowing?", "information", "None of the tests on record notes anything on the exhaust"),
        ("AB17DGR", "are my brakes worn?", "stop now", "Its newest test found a dangerous defect on the brakes"),
        ("AA19EEE", "is my exhaust blowing?", "information", "no combustion engine"),
        ("AA19EEE", "are my tyres bald?", "information", "20p coin"),
    ] {
        let text = answer_to(mark, question);
        let opening = opening_of(&text);
        assert_eq!(urgency_of(&text), urgency, "{mark} {question:?}:\n{text}");
        assert!(opening.contains(wanted), "{mark} {question:?} should say {wanted:?}:\n{opening}");
        assert!(!opening.contains("No, not as it is"), "{mark} {question:?}:\n{opening}");
        // A vehicle that is not to be driven is not tried out.
        assert!(urgency != "stop now" || !text.contains("before you move off"), "{mark} {question:?}:\n{text}");
    }
}

/// Reports, some in the form of a question: no less urgent than this.
const REPORTED: &[(&str, &str)] = &[
    ("my tyres are bald", "stop now"),
    ("tyres bald?", "stop now"),
    ("my tyres are bald, aren't they?", "stop now"),
    ("are my tyres bald? I can see the cords", "stop now"),
    ("are my brakes worn? they are grinding", "stop now"),
    ("are my brakes supposed to go to the floor?", "stop now"),
    ("is my brake pedal meant to be soft?", "stop now"),
    ("is it normal for brakes to grind?", "stop now"),
    ("is it bad if my tyre has a bulge?", "stop now"),
    ("is it safe to drive with a broken spring?", "stop now"),
    ("are the tyres bald and can I drive on them?", "stop now"),
    ("do my bald tyres need changing?", "stop now"),
    ("is that a bulge in my tyre?", "stop now"),
    ("what should I check if my brakes are grinding?", "stop now"),
    ("are my brakes meant to squeal?", "soon"),
    ("is my clutch slipping again?", "soon"),
    // An emergency is never asked away.
    ("have my brakes gone?", "stop now"),
    ("is my car on fire?", "stop now"),
    ("is that smoke coming from my bonnet?", "stop now"),
    ("is my engine overheating?", "stop now"),
];

#[test]
fn what_is_reported_alarms_in_whatever_form() {
    for (question, urgency) in REPORTED {
        for mark in ["", "L2WPS", "AA19MOT"] {
            let text = answer_to(mark, question);
            assert_eq!(urgency_of(&text), *urgency, "{mark} {question:?}:\n{text}");
        }
    }
}

#[test]
fn a_question_and_a_report_of_the_same_are_told_apart_on_every_record() {
    for mark in ["AB17DGR", "AA19SRN"] {
        // What bars the vehicle is told with a question too.
        assert_eq!(urgency_of(&answer_to("AB17DGR", "are my tyres bald?")), "stop now");
        assert!(answer_to(mark, "my tyres are bald").starts_with("**Urgency: stop now.** A tyre worn below"), "{mark}");
    }
    assert!(!answer_to("AA19SRN", "are my tyres bald?").starts_with("**Urgency: stop now.** A tyre worn"));
}
