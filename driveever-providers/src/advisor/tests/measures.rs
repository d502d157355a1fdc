//! What a driver measures is compared with the limit that is held, and the answer opens with the verdict.

use super::{
    demonstration::{asked_on, record},
    *,
};

/// A mark or none, a question, its urgency, how the answer begins, and what it does not say.
const ROWS: &[(&str, &str, &str, &str, &str)] = &[
    (
        "",
        "My tyre is at 1.5mm is it legal",
        "stop now",
        "No: 1.5 mm is below the legal minimum of 1.6 mm",
        "if anything seems",
    ),
    ("", "tread 0.9 mm ok for mot?", "stop now", "No: 0.9 mm is below", "nothing can be said of"),
    ("", "is 1.6mm of tread legal", "soon", "Yes: 1.6 mm is exactly the legal minimum", "No:"),
    ("", "is 2mm tread ok", "soon", "Yes: 2 mm is above the legal minimum of 1.6 mm, and below the 3 mm", "No:"),
    ("", "are tyres at 6mm good?", "information", "Yes: 6 mm is above", "advised"),
    ("", "will 1.2mm of tread fail the mot", "stop now", "Yes: 1.2 mm is below", "No:"),
    ("", "is 1.2mm tread illegal or can I drive", "stop now", "1.2 mm is below", "Yes:"),
    (
        "L2WPS",
        "is my tread of 1.4mm legal on the nearside rear",
        "stop now",
        "No: 1.4 mm is below",
        "Book an inspection",
    ),
    ("AB22MTR", "is 1.2mm of tread legal", "soon", "Yes: 1.2 mm is above the legal minimum of 1 mm", "Car tyres need"),
    ("", "front tyres 5mm and rears 1.4mm, will it pass", "stop now", "No: 1.4 mm is below", "seems wrong"),
    (
        "",
        "brake pads at 1mm can I wait a month",
        "stop now",
        "No: 1 mm is below the MOT's limit of 1.5 mm",
        "if anything seems",
    ),
    ("", "do I need to change pads at 1 mm", "stop now", "Yes: 1 mm is below the MOT's limit", "can wait"),
    ("", "do I need to change pads at 2mm", "soon", "2 mm is above the MOT's limit", "No:"),
    ("", "are pads of 8mm ok", "information", "Yes: 8 mm is above", "No:"),
    (
        "",
        "is a 12mm chip in front of the driver an mot fail",
        "stop now",
        "Yes: 12 mm is above the greatest damage",
        "elsewhere in the wiped area, 40",
    ),
    ("", "cut of 30mm in my tyre, legal?", "soon", "No: 30 mm is above the longest cut", "minimum"),
    ("", "battery reads 12.2V is that low", "plan", "Yes: 12.2 V is below", "No:"),
    ("", "I blew 40 micrograms am I over the limit", "stop now", "Yes: 40 micrograms is above the limit of 35", "No:"),
    (
        "",
        "I blew 30 micrograms in Scotland, legal?",
        "stop now",
        "No: 30 micrograms is above the limit of 22 in Scotland",
        "Yes:",
    ),
    ("", "Can I drink two pints and drive", "plan", "No: do not drink and drive", "garage"),
    (
        "",
        "can I do 80mph on the motorway",
        "information",
        "No: 80 mph is above the limit of a motorway, 70 mph",
        "no rule",
    ),
    ("", "is 60mph legal on a dual carriageway", "information", "Yes: 60 mph is below", "No:"),
    ("", "36 in a 30, will I get points", "information", "36 mph is above the 30 mph", "outside"),
    (
        "",
        "can my 16 year old drive a car",
        "information",
        "No: 16 years is below the least age for a car, 17 years",
        "no rule",
    ),
    (
        "",
        "can I ride a moped, I'm 16 years old",
        "information",
        "Yes: 16 years is exactly the least age for a moped",
        "no rule",
    ),
    (
        "",
        "does my 13 year old need a car seat",
        "information",
        "No: 13 years is not below the 12 years",
        "Check a seat belt",
    ),
    ("", "does my 8 year old need a booster", "information", "Yes: 8 years is below the 12 years", "Check a seat belt"),
    (
        "",
        "is 20,000 miles a year a lot",
        "information",
        "Yes: 20,000 miles a year is above the average car's 7,134",
        "No:",
    ),
    (
        "",
        "My mileage is 70000. Do I need a cambelt?",
        "information",
        "At the 70,000 miles that you state it is past",
        "average",
    ),
    ("", "do I need new tyres at 3mm", "soon", "3 mm is above the legal minimum of 1.6 mm, and at the 3 mm", "No:"),
    ("", "is 12k miles a year high mileage", "information", "Yes: 12,000 miles a year is above", "No:"),
    (
        "",
        "my cambelt is 7 years old, does it need changing",
        "soon",
        "Yes: 7 years is above the typical interval",
        "No:",
    ),
    (
        "",
        "towing a caravan at 70mph on the motorway ok?",
        "information",
        "No: 70 mph is above the limit of a motorway, 60",
        "Yes:",
    ),
    ("", "my van does 70 mph on a dual carriageway, is that legal", "information", "No: 70 mph is above", "Yes:"),
    ("LK76NEW", "I'm 17, can I drive it", "information", "Yes: 17 years is exactly the least age for a car", "No:"),
    ("AB17DGR", "my brake pads are 5mm so is it safe", "stop now", "5 mm is above the MOT's limit", "Yes:"),
    (
        "",
        "my rear discs are 8mm thick, is that legal",
        "information",
        "The least thickness of a brake disc differs",
        "8 mm is",
    ),
    ("WPS204", "is 20mph over the limit a ban", "information", "Speeding costs at least", "20 mph is"),
    // Nothing is measured, or nothing that a rule holds a limit for.
    ("", "my 320d judders at 60mph when I brake", "soon", "", "highest limit"),
    ("", "what is the minimum thickness of brake discs, mine are 20mm", "information", "", "20 mm is"),
    ("", "my car drinks oil when I drive", "information", "", "alcohol"),
];

#[test]
fn a_measured_figure_is_answered_by_the_verdict() {
    let mut wrong = Vec::new();
    for (mark, question, urgency, begins, unwanted) in ROWS {
        let record = (!mark.is_empty()).then(|| record(mark));
        let request = asked_on("2026-11-25", question, record);
        let text = advise(&request).text;
        let lead = opening_of(&text).lines().rfind(|line| !line.is_empty()).unwrap_or_default().to_owned();
        if urgency_of(&text) != *urgency || !lead.starts_with(begins) || text.contains(unwanted) {
            wrong.push(format!(
                "{mark} {question:?} should be {urgency}, begin {begins:?} and not say {unwanted:?}:\n{text}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn no_figure_beside_the_measured_one_is_invented() {
    for (mark, question, ..) in
        ROWS.iter().filter(|(mark, question, ..)| mark.is_empty() && !question.contains("in a 30"))
    {
        let request = asked_on("2026-11-25", question, (!mark.is_empty()).then(|| record(mark)));
        assert_fixture_grounded(&request);
    }
}

#[test]
fn what_is_not_to_be_driven_is_sent_nowhere_by_road() {
    for (mark, question) in [
        ("AA19DSL", "coil spring snapped, is it ok to drive to the garage?"),
        ("AB14EXP", "tread is at 0.8mm, can I drive it to the garage?"),
        ("AB14EXP", "my brake pads are at 1mm, can I drive it to its booked mot?"),
        ("AA19DSL", "pads at 0.5mm, can I drive it to the retest?"),
        ("L2WPS", "brake pedal is spongy, can I drive home?"),
    ] {
        let text = advise(&asked_on("2026-11-25", question, Some(record(mark)))).text;
        assert_eq!(urgency_of(&text), "stop now", "{mark} {question:?}:\n{text}");
        let steps = text.split("### Next step").nth(1).unwrap_or_default();
        for by_road in ["drive only", "drive it only", "Book a test now"] {
            assert!(!steps.contains(by_road), "{mark} {question:?}:\n{text}");
        }
        assert!(!opening_of(&text).contains("Yes, but"), "{mark} {question:?}:\n{text}");
    }
}
