//! What a record holds is told when it is asked for, and the same fact is as urgent however it is asked.

use super::{
    demonstration::{asked_on, record},
    *,
};

fn asked(mark: &str, question: &str) -> String {
    advise(&asked_on("2026-11-25", question, (!mark.is_empty()).then(|| record(mark)))).text
}

/// A mark or none, a question, what its opening says and does not say.
const ROWS: &[(&str, &str, &str, &str)] = &[
    ("AA19SRN", "Can I drive it to a pre-booked MOT?", "Yes, but only to a test that is booked", "No,"),
    ("AA19SRN", "can i take it to its mot on thursday, its booked", "Yes, but only to a test that is booked", "No,"),
    ("AB23FST", "Can I drive it to a booked MOT if it's not taxed?", "Yes, but only to a test that is booked", "No,"),
    ("AB14EXP", "can I drive it to the garage for repair", "Yes, but only to or from the repair", "No,"),
    ("AB23FST", "can I drive it to the garage", "No, not before that is put right", "Yes, but"),
    ("AB17DGR", "can I drive it to a booked MOT", "It is not to be driven", "Yes, but"),
    ("", "can I drive my untaxed car to a booked MOT?", "may be driven to a test that is booked", "may not be used"),
    ("L2WPS", "which tyre needs replacing", "Nearside rear tyre close to the legal limit", "no rule or record"),
    ("AB18CNF", "Is there anything contradictory on this car's record?", "Points on which they do: 6", "outside"),
    ("AB18CNF", "Why do the two records disagree?", "Points on which they do: 6", "outside"),
    ("AA19MOT", "do the two records match?", "", "outside"),
    ("AA19MOT", "any contradictions?", "contradict each other in nothing", "Yes"),
    ("AB18CNF", "What colour is it?", "the DVLA says Red, the DVSA says Black", "fuel differs"),
    ("AB18CNF", "What engine does it have?", "the DVLA says petrol, the DVSA says diesel", "colour differs"),
    (
        "ABZ4417",
        "my car is in Belfast, how long till a new car needs its first test there?",
        "at 4 years for cars",
        "rule or record",
    ),
    ("ABZ4417", "When is my MOT due and where do I get it done?", "only at DVA centres", "outside"),
    ("L2WPS", "has the brake pipe been fixed?", "counts as repaired", "is not known to be"),
    ("AB17DGR", "have the brakes been repaired?", "is not known to be repaired", "counts as repaired"),
    ("AB08GAS", "Can I fill it with diesel?", "No: its recorded fuel is gas and petrol (bi-fuel)", "no rule"),
    ("AB08GAS", "does it run on petrol?", "Yes: its recorded fuel is gas and petrol (bi-fuel)", "no rule"),
    ("AA19EEE", "can i put petrol in it", "No: its recorded fuel is electric", "E10"),
    ("AB12NVS", "how long do I have before my MOT", "The MOT runs until 29 March 2027", "Not surely"),
    ("AB14EXP", "can I tax it without an MOT", "No, not before it has an MOT", "Yes"),
    ("LK76NEW", "can I tax it without an MOT", "Yes, while it is too new", "No, not"),
    ("", "can you tax a car with no mot", "a current MOT (if one is due) and insurance are needed", "Tax never"),
    ("AB14EXP", "Can I park it on my drive?", "Yes: a private drive or garage is no road", "Not on a road"),
    ("AA19SRN", "Can I park it on my driveway?", "Yes, on a private drive", "No,"),
    ("AB23FST", "Can I keep it on my drive?", "no SORN is on record", "Not on a road"),
    ("AA19MOT", "Can I park it on the street?", "Yes, by its papers", "No,"),
    (
        "AA19EEE",
        "How long will it take to charge?",
        "no rule or record on how long and how fast a vehicle charges",
        "warranty",
    ),
    ("", "My car failed its MOT on emissions, now what?", "to repair or to a retest", "ULEZ"),
    (
        "",
        "My child seat - backwards or forwards?",
        "faces backwards until the child is over 15 months",
        "nothing can be said",
    ),
    ("AA19PPP", "What licence do I need to drive it?", "driving licences", "Nothing that a test"),
    ("", "can I drive without my license on me", "driving licences", "particular vehicle"),
    ("L2WPS", "has the subframe been repaired", "Rear subframe heavily corroded", "counts as repaired"),
    ("AB23FST", "can i tax it online now", "No, not before it has an MOT", "Yes"),
    ("AB08GAS", "can i use e10 in it", "gas and petrol (bi-fuel)", "Nothing that a test"),
    ("AB14EXP", "can my mate borrow it to go to work", "No, not before that is put right", "outside"),
    ("AB22MTR", "is my bike legal for the road", "its newest test was a pass", "no rule"),
    ("AB64CLK", "how much should i offer for it", "speak against it", "outside"),
    ("R207MPT", "which country did it come from", "signs of it", "outside"),
    ("AB18CNF", "has it had an engine swap", "The engine size differs", "colour differs"),
    ("AB64CLK", "does anything not add up", "lower than an earlier one", "No:"),
    ("AB17DGR", "can I leave it on the street", "dangerous defect", "Yes"),
    ("L2WPS", "what license plate is on it", "Number plates", "driving licences"),
    ("ABZ4417", "where do I take it for the test", "only at DVA centres", "outside"),
    ("AA19SRN", "can I get it to the garage for repair", "No, not before that is put right", "Yes, but"),
    ("AB08GAS", "is the fuel recorded as petrol", "gas and petrol (bi-fuel)", "no rule"),
    ("AB18CNF", "which year is it", "The first registration differs", "outside"),
    ("", "can I put a baby in the front seat", "active front airbag", "bodywork"),
    ("AB16XPT", "anything odd about this car before I buy it?", "marked as exported", "No:"),
    ("AA19DSL", "which spring is broken", "They say: “", "an arm or joint"),
    ("AB14EXP", "is it ok to leave on the road til monday", "No, not on a road", "no rule"),
    ("AB22HYB", "petrol or electric", "hybrid electric", "None of the tests"),
    ("R207MPT", "do dvla and dvsa agree", "records disagree", "no rule"),
    ("AA19PPP", "what diesel does it take", "recorded fuel is diesel", "no rule"),
    (
        "AA19SRN",
        "do I need insurance while its on my drive",
        "Third party insurance is the legal minimum",
        "No record here",
    ),
    ("", "how long till my first mot in northern ireland", "at 4 years for cars", "3rd anniversary"),
    ("", "can I drive my SORN car to a garage", "the one trip allowed under a SORN", "particular vehicle"),
    ("", "can I tax my car without insurance", "and insurance are needed", "insure it first"),
    ("", "can my 4 year old use a booster", "until 12 years of age", "nothing can be said"),
    ("", "i filled up with the wrong fuel", "do not start the engine", "E10"),
    ("AB16XPT", "Can I insure it?", "marked as exported", "exported for"),
    ("AA19PPP", "what vehicle is it?", "It is an IRONBRIDGE", "It is a IRONBRIDGE"),
    ("AB23FST", "Is my car safe to drive?", "As to its condition, no MOT test", "condition, No"),
    ("", "does my car feel lonely", "no rule", "what the record says"),
];

#[test]
fn what_the_record_or_a_rule_holds_is_told() {
    let mut wrong = Vec::new();
    for (mark, question, wanted, unwanted) in ROWS {
        let text = asked(mark, question);
        let opening = opening_of(&text);
        if !opening.contains(wanted) || opening.contains(unwanted) {
            wrong.push(format!("{mark} {question:?} should say {wanted:?} and not {unwanted:?}:\n{opening}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn a_bar_from_the_road_is_as_urgent_in_whatever_question_about_the_road() {
    let urgency = |mark: &str, question: &str| urgency_of(&asked(mark, question)).to_owned();
    for mark in ["AB14EXP", "AA19SRN", "AB23FST", "L2WPS"] {
        for question in [
            "What does the record say about my car?",
            "can i park it on the street",
            "Can I leave it parked outside my house",
            "Can I drive it to the shops",
        ] {
            assert_eq!(urgency(mark, question), "stop now", "{mark} {question:?}");
        }
        assert_ne!(urgency(mark, "Can I park it on my drive?"), "stop now", "{mark}");
    }
    assert_eq!(urgency("AB14EXP", "do I need an MOT?"), "stop now");
}
