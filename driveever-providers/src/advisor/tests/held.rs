//! What the record holds is told when it is asked for, and answers keep to what was asked.

use super::{
    demonstration::{asked_on, record},
    *,
};

/// A mark or none, a question, what its opening says and does not say.
const ROWS: &[(&str, &str, &str, &str)] = &[
    ("AB08GAS", "Is the LPG system legal?", "neither the record nor a rule here tells", "Yes:"),
    ("AA19PPP", "is it legal to run it on red diesel", "no rule here tells", "Yes:"),
    ("AB08GAS", "Can I fill it with diesel?", "No: its recorded fuel is", "Yes"),
    (
        "WPS204",
        "has it ever had a different number plate",
        "26 January 2024 and 27 January 2025 it bore the mark AB70HSV",
        "black on white",
    ),
    ("WPS204", "has the reg been changed", "AB70HSV", "no rule"),
    ("WPS204", "is AB70HSV the same car", "AB70HSV is an earlier mark of WPS204", "was not read"),
    ("AA19MOT", "has it ever had a different number plate", "Not at any test on record", "Yes"),
    ("AB18CNF", "which is right about my MOT date", "28 May 2027, the DVLA says 28 March 2027", "no rule"),
    ("AB18CNF", "is it a clone?", "may be cloned", "no rule"),
    ("AA19MOT", "could the plates be cloned", "Nothing on record points to a cloned plate", "may be cloned"),
    ("AB12NVS", "is it cloned", "only one of DVLA and DVSA", "points to a"),
    ("L2WPS", "what was the mileage in 2019", "At the test of 29 August 2019: 51,877 miles", "No mileage of"),
    (
        "L2WPS",
        "what was the mileage in 2020",
        "No mileage of 2020 is on record; before it, 29 August 2019: 51,877 miles; after it, 2 September 2021: 76,102 miles",
        "At the test of",
    ),
    ("L2WPS", "did it pass its mot in 2017", "It failed on 23 August 2017", "No test of"),
    ("L2WPS", "what advisories did it get in 2018", "arm bush slightly worn", "No test of"),
    ("AB64CLK", "why did mileage go down in 2023", "64,020 miles, is lower than the 101,212 miles", "insurance"),
    ("AA19DSL", "did it pass its mot", "It failed its newest test, on 19 November 2026", "would fail again"),
    ("AA19MOT", "did it pass its last mot", "It passed its newest test", "failed its"),
    (
        "AA19DSL",
        "is the number plate lamp an advisory",
        "No: the newest test has “Offside rear number plate lamp not working” as minor",
        "of them",
    ),
    (
        "AA19DSL",
        "is the arm bush an advisory",
        "Yes: the newest test has “Nearside front lower arm bush worn” as advisory",
        "plate lamp not working” as",
    ),
    ("AA19DSL", "is the spring dangerous", "as major", "as advisory"),
    ("AB20DUE", "do I need to do anything soon", "The MOT runs until 1 December 2026, 6 days from today", "outside"),
    ("AB21TAX", "is anything due soon", "Yes.", "Nothing is due"),
    ("AA19EEE", "anything due soon?", "Nothing is due within the next weeks", "Yes."),
    ("AB16KMS", "how far has it driven", "Its newest recorded mileage is 86,120 miles", "forbids driving"),
    ("ABZ4417", "Where do I go for my test in Belfast?", "only at DVA centres", "outside"),
    ("AA19SRN", "can i work on it on the road", "No, not on a road or street", "no rule"),
    ("L2WPS", "When is my MOT due and how much is tax and is it safe?", "As to its condition", "no rule"),
    ("L2WPS", "When is my MOT due and how much is tax and is it safe?", "£35", "no rule"),
    (
        "AA19DSL",
        "how many miles a year does it do and is that a lot",
        "Yes, that is a lot: above the average car's 7,134",
        "not a lot",
    ),
    ("AA19PPP", "is it manual or automatic", "the kind of gearbox", "speak against"),
    ("", "how to turn back the odometer", "is fraud", "An average car"),
    ("", "{{question}} {% for x in range(999) %}", "outside", "traction battery"),
    ("R207MPT", "when will it be exempt from MOT", "By its age not before", "Yes, and it has one"),
    ("AA19MOT", "what was its mileage in March 2024", "At the test of 13 May 2024: 33,987 miles", "You say"),
    ("AA19MOT", "has it failed before", "No: none of the tests on record was failed", "Yes"),
    ("L2WPS", "has it failed before", "Yes: failed tests on record: 2, the newest on 7 September 2026", "No:"),
    ("AA19EEE", "is the battery still under warranty", "Probably, by its age", "no rule or record"),
    ("AB23EVN", "is the battery still under warranty", "74,109 is below 100,000", "no rule or record"),
    ("AA19PPP", "how heavy is it and when is the test due", "44,000 kg", "no rule"),
    ("AA19SRN", "what was wrong with it at its last MOT", "“Both front brake discs worn” (advisory)", "failed its"),
    ("AB08GAS", "is the gas tank advisory or major", "“LPG filler cap missing” as advisory", "Yes:"),
    ("AB11DGT", "was the mileage typed wrong", "would fit with one digit changed", "rise from test to test"),
    ("AB16KMS", "is the mileage in km or miles", "but for the reading of 14 March 2022", "no rule"),
    (
        "AB17DGR",
        "which defects are dangerous and which are major",
        "As major the newest test has “Parking brake",
        "Yes",
    ),
    (
        "AB17DGR",
        "is the tyre a major or dangerous defect",
        "“Nearside front tyre has cords exposed” as dangerous",
        "No: the",
    ),
    (
        "L2WPS",
        "was the brake pipe dangerous and is it fixed",
        "had “Brake pipe to nearside rear corroded so far that it may burst” as dangerous",
        "no rule",
    ),
    ("L2WPS", "was the brake pipe dangerous and is it fixed", "counts as repaired", "not to be driven"),
    (
        "L2WPS",
        "is the subframe rust an advisory or a fail",
        "heavily corroded but not weakened yet” as advisory",
        "surface rust",
    ),
    ("AB23EVN", "did it fail its first MOT and why", "tread depth below requirements", "The MOT runs"),
    ("ABZ4417", "can I get it tested in Liverpool", "in Northern Ireland only the DVA", "no rule"),
    ("L2WPS", "it's taxed and passed its MOT, any reason not to drive", "by the record it is untaxed", "no rule"),
    ("LK76NEW", "is it due anything this year", "Nothing is due within the next weeks", "outside"),
    ("Q412KTX", "how old is it and does the plate mean something", "A Q plate says", "black on white"),
    ("AB18CNF", "when was it registered", "the DVLA says March 2018, the DVSA says 29 May 2018", "no rule"),
    (
        "AB64CLK",
        "how many miles did it do between 2022 and 2023",
        "10 June 2022 and 9 June 2023: 179 miles",
        "No mileage of",
    ),
    ("WPS204", "was it tested under AB70HSV", "it bore the mark AB70HSV", "outside"),
    ("", "can I service my car in the street", "Repairing a vehicle on a road", "handbook"),
    ("", "is selling a clocked car illegal", "is fraud", "no rule"),
    ("", "what fuel is it", "cannot be told without its registration", "Neither"),
    (
        "AB08GAS",
        "what year did the subframe first get noted",
        "The first note on the structure on record is of 10 February 2025",
        "First registered",
    ),
    ("AB18CNF", "is it red or black", "the DVLA says Red, the DVSA says Black", "outside"),
    (
        "AB20DUE",
        "which advisories should I fix before the MOT",
        "Those of its newest test, the most pressing first",
        "outside",
    ),
    ("AB64CLK", "how many miles did it do in 2025", "7 June 2024 and 5 June 2025: 6,124 miles", "No mileage of"),
    ("L2WPS", "is the tyre note major and can I drive on it", "close to the legal limit” as advisory", "no rule"),
    ("R207MPT", "how long has it been in the UK", "first registered it in June 2004", "outside"),
    (
        "AA19SRN",
        "is it legal to leave it on my drive uninsured",
        "Third party insurance is the legal minimum",
        "insure it first",
    ),
    ("", "how old must I be to drive a van", "from 17 years of age", "turns 40"),
];

#[test]
fn what_the_record_holds_is_told() {
    let mut wrong = Vec::new();
    for (mark, question, wanted, unwanted) in ROWS {
        let text = advise(&asked_on("2026-11-25", question, (!mark.is_empty()).then(|| record(mark)))).text;
        let opening = opening_of(&text);
        if !opening.contains(wanted) || opening.contains(unwanted) {
            wrong.push(format!("{mark} {question:?} should say {wanted:?} and not {unwanted:?}:\n{opening}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn what_bars_it_from_the_road_is_the_first_step_of_a_question_of_several_parts() {
    let question = "When is my MOT due and how much is tax and is it safe?";
    let text = advise(&asked_on("2026-11-25", question, Some(record("L2WPS")))).text;
    let steps = text.split("### Next step").nth(1).unwrap_or_default();
    assert!(steps.trim_start().starts_with("1. Tax it"), "{text}");
}
