//! What an expert would say first, question by question.

use super::{
    demonstration::{asked_on, record},
    *,
};

/// The answer on the day on which the records are read: its urgency, and what comes before the first list.
fn asked(mark: &str, question: &str) -> (String, String) {
    let record = (!mark.is_empty()).then(|| record(mark));
    let text = advise(&asked_on("2026-11-24", question, record)).text;
    (urgency_of(&text).to_owned(), opening_of(&text).to_owned())
}

/// A mark or none, the question, its urgency, and what the opening says and does not say.
type Row = (&'static str, &'static str, &'static str, &'static str, &'static str);

const ROWS: &[Row] = &[
    (
        "",
        "my mate says I can drive without MOT to the test, right?",
        "plan",
        "only when that test is booked",
        "not be parked",
    ),
    (
        "L2WPS",
        "my mate says I can drive without MOT to the test, right?",
        "stop now",
        "only when that test is booked",
        "the MOT ran out",
    ),
    (
        "",
        "my MOT expired yesterday but I'm taxed so I'm fine, right?",
        "stop now",
        "only to a booked test",
        "first MOT",
    ),
    ("", "got a dangerous defect can I drive home", "stop now", "not to be driven at all, not even home", "record"),
    ("", "can i drive home after failing mot", "soon", "to repair or to a retest", "record"),
    ("", "pads grinding metal on metal can i drive to the garage", "stop now", "stop using the vehicle", "record"),
    ("", "can a car pass mot with engine light on", "soon", "major failure in the MOT", "first MOT"),
    ("", "how long do i have after mot fails to get it fixed", "information", "10 working days", "dangerous"),
    ("", "can i get my tax back when i sell", "information", "refunded", "sells better"),
    ("", "do i need to tax an electric car", "information", "since 1 April 2025", "warranty"),
    ("", "fine for no insurance", "information", "6 points", "No record here"),
    ("", "if my mot is expired is my insurance void", "information", "depends on the policy", "first MOT"),
    ("", "green warning light", "information", "are information", "stop as soon"),
    ("", "whats the fine for driving without tax", "information", "£80", "may not be used"),
    ("", "how much would new brake pads cost", "information", "no price is named", "1.5 mm"),
    ("AB17DGR", "how long have i got to fix it", "stop now", "10 working days", "outside"),
    ("AB21TAX", "am i legal right now", "soon", "its newest test", "outside"),
    ("L2WPS", "wots wrong wiv me motor", "soon", "lists 3 notes", "no rule that answers"),
    ("", "taxi mot age", "information", "1 year of age", "3rd anniversary"),
    ("", "is 60k miles a lot for a 5 year old car", "information", "7,134 miles", "1,549 cc"),
    ("", "do i have to tell insurance about a small crash", "information", "insured", "protect people"),
    (
        "AA19DSL",
        "it failed but my old mot still has a few weeks, can I keep using the van?",
        "soon",
        "only to repair or to a retest",
        "keeps the date",
    ),
    ("AA19DSL", "how much to tax the van", "information", "cannot be named", "£"),
    ("AA19EEE", "do electric cars pay road tax and how much", "information", "£200", "battery"),
    ("AA19EEE", "how often should I change the oil", "information", "no combustion engine", "10,000"),
    ("AA19EEE", "whats my battery health like", "information", "traction battery", "part numbers"),
    ("AA19PPP", "what's the mot fee for this lorry", "information", "not held here", "£54.85"),
    ("AA19SRN", "can I drive it to work", "stop now", "Not on a road", "Nothing"),
    ("AB11DGT", "is the mileage right", "information", "harmless explanation", "neither"),
    ("AB13DDM", "whats the real mileage", "plan", "not read at the newest 2 tests", "clear that up"),
    (
        "AB14EXP",
        "can I drive to work tomorrow",
        "stop now",
        "Not on a road, by law: the MOT ran out on 31 October 2026",
        "exempt",
    ),
    ("AB14EXP", "Is my MOT still valid?", "stop now", "No: the MOT ran out", "or was due"),
    ("AB14EXP", "what fine could i get", "stop now", "up to £1,000", "outside"),
    ("AB15RCL", "is there a recall and will I have to pay", "soon", "The repair is free", "unknown"),
    ("AB16XPT", "thinking of buying this, any red flags?", "soon", "marked as exported", "a year of tax costs"),
    ("AB16XPT", "is this car imported", "soon", "does not say whether it was imported", "HMRC"),
    (
        "AB17DGR",
        "my MOT runs till next year so I can carry on driving, correct?",
        "stop now",
        "No: its newest test failed with a dangerous defect",
        "keeps the present date",
    ),
    ("AB18CNF", "when does the mot expire", "plan", "The sources disagree on that", "Yes"),
    (
        "AB20DUE",
        "can i renew now and keep the date",
        "soon",
        "keeps the date: that has been so since 2 November 2026",
        "no more is known",
    ),
    ("AB21TAX", "when is my tax due", "soon", "the tax is due on 1 December 2026", "taxed until"),
    ("AB22MTR", "how deep must my bike tyres be", "soon", "1.0 mm", "1.6 mm"),
    (
        "AB23FST",
        "do i need an mot, its only 3 years old",
        "stop now",
        "The first MOT was due by 19 October 2026",
        "ran out",
    ),
    ("AB64CLK", "when was the logbook last issued", "information", "28 October 2026", "wear or damage"),
    (
        "ABZ4417",
        "any advisories on the last test?",
        "information",
        "published without defects",
        "no advisory and no defect",
    ),
    (
        "ABZ4417",
        "do cars in northern ireland need mot at 3 or 4 years",
        "information",
        "4 years for cars",
        "3rd anniversary",
    ),
    ("ER19NFD", "my brakes have just gone", "stop now", "do not drive on", "Nothing is on record"),
    ("KLM214C", "can I drive it to a show on sunday", "soon", "Only if it is exempt from the MOT", "Only the way to"),
    ("LK76NEW", "when's the first mot", "information", "due by 11 September 2029", "Yes"),
    ("Q412KTX", "what does the q plate mean", "information", "age or origin was not known", "black on white"),
    ("R207MPT", "is it an import", "plan", "probably an import", "does not mark it"),
    ("R207MPT", "how old is it", "plan", "registered in February 1998", "does not mark it"),
    ("WPS204", "can I put the plate on my other car", "information", "at the DVLA first", "black on white"),
];

#[test]
fn the_opening_answers_the_question() {
    for &(mark, question, urgency, wanted, unwanted) in ROWS {
        let (found, opening) = asked(mark, question);
        assert_eq!(found, urgency, "{mark} {question:?}:\n{opening}");
        assert!(opening.contains(wanted), "{mark} {question:?} should say {wanted:?}:\n{opening}");
        assert!(!opening.contains(unwanted), "{mark} {question:?} should not say {unwanted:?}:\n{opening}");
    }
}

#[test]
fn another_vehicle_than_the_record_s_is_noticed() {
    for (mark, question) in [
        ("L2WPS", "what about my wife's car AB14EXP, is that MOT'd?"),
        ("L2WPS", "is ab14 exp taxed?"),
        ("", "my other car AB14EXP, has it got mot?"),
    ] {
        let (_, opening) = asked(mark, question);
        assert!(
            opening.contains("The record of AB14EXP, which the question names, was not read"),
            "{question:?}:\n{opening}"
        );
    }
    for question in
        ["is L2WPS taxed?", "can I drive it on the M25 and the A1 to get 10 litres", "an E10 or a P0301 code"]
    {
        let (_, opening) = asked("L2WPS", question);
        assert!(!opening.contains("which the question names"), "{question:?}:\n{opening}");
    }
}

#[test]
fn the_fuel_on_record_adds_what_a_traction_battery_asks_for() {
    for question in ["there is smoke coming from under the bonnet", "I just crashed", "the car is in flood water"] {
        for (mark, battery) in [("AA19EEE", true), ("AB22HYB", true), ("AA19MOT", false)] {
            let text = advise(&asked_on("2026-11-24", question, Some(record(mark)))).text;
            assert_eq!(text.contains("the gas is toxic"), battery, "{mark} {question:?}:\n{text}");
        }
    }
}

#[test]
fn a_status_without_a_day_is_told_as_that() {
    let mut undated = record("AA19MOT");
    undated.mot_expiry_date = None;
    undated.mot_tests.clear();
    undated.mot_status.value = driveever_core::vehicle::record::MotStatus::Valid;
    let text = advise(&asked_on("2026-11-24", "Is my MOT still valid?", Some(undated))).text;
    assert!(text.contains("Yes: the MOT was stated to be valid when the record was read"), "{text}");
    assert!(!text.contains("No source states"), "{text}");
}

#[test]
fn notes_of_one_occasion_are_not_called_left_alone() {
    // Its failure and the pass on the next day are one occasion, and a tyre of nine years before is another tyre.
    let text = advise(&asked_on("2026-11-24", "any advisories?", Some(record("L2WPS")))).text;
    assert!(text.contains("not weakened yet” was noted on an earlier occasion too"), "{text}");
    assert!(!text.contains("2017"), "{text}");
}
