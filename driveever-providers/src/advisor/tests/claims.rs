//! What a question states is listed under how the record stands to it.

use super::{
    demonstration::{asked_on, record},
    *,
};

/// The section of an answer under a heading.
fn section(text: &str, heading: &str) -> String {
    let rest = text.split(heading).nth(1).unwrap_or_default();
    rest.split("\n###").next().unwrap_or_default().to_owned()
}

#[test]
fn what_the_record_holds_is_never_called_unconfirmed() {
    const CONFIRMS: &str = "### What you say, which the record confirms";
    const CONTRADICTS: &str = "### What you say, which the record contradicts";
    const UNCONFIRMED: &str = "### What you say, which no record here confirms";
    for (mark, question, heading, wanted) in [
        ("AB14EXP", "MOT ran out, can I drive to the shops?", CONFIRMS, "The MOT has run out"),
        ("L2WPS", "my MOT ran out last week, can I drive it?", CONTRADICTS, "The MOT has run out"),
        ("", "my MOT ran out last week, can I drive it?", UNCONFIRMED, "The MOT has run out"),
        (
            "L2WPS",
            "it passed its MOT, can I drive it?",
            CONFIRMS,
            "It passed a test: the newest on record, of 8 September 2026",
        ),
        ("L2WPS", "it passed its MOT yesterday, can I drive it?", UNCONFIRMED, "the newest pass on record is older"),
        ("AB17DGR", "it passed yesterday, can I drive it?", CONTRADICTS, "is a failure"),
        ("AA19MOT", "I'm taxed, can I drive it?", CONFIRMS, "It is taxed"),
        ("L2WPS", "I'm taxed so can I drive it?", CONTRADICTS, "It is taxed"),
        ("AA19DSL", "my 2019 diesel, when is the mot due?", CONFIRMS, "Fuel: diesel"),
        ("AA19DSL", "my 2019 diesel, when is the mot due?", CONFIRMS, "Year: 2019"),
        ("AA19EEE", "how much is tax for my diesel?", CONTRADICTS, "Fuel: diesel"),
        ("L2WPS", "my BMW 320d, when is the mot due", CONTRADICTS, "Make: BMW"),
        ("L2WPS", "it has done 120,000 miles, is the mileage ok", UNCONFIRMED, "the newest test read 93,420"),
        ("L2WPS", "it has done 93,420 miles, is the mileage ok", CONFIRMS, "93,420 miles"),
        ("L2WPS", "it has done 50,000 miles, is the mileage ok", CONTRADICTS, "50,000 miles"),
        ("ABZ4417", "I live in Belfast, when is the MOT due?", CONFIRMS, "Northern Ireland"),
        ("L2WPS", "I live in Belfast, when is the MOT due?", UNCONFIRMED, "Northern Ireland"),
    ] {
        let record = (!mark.is_empty()).then(|| record(mark));
        let text = advise(&asked_on("2026-11-25", question, record)).text;
        for there in [CONFIRMS, CONTRADICTS, UNCONFIRMED] {
            let says = section(&text, there).contains(wanted);
            assert_eq!(says, there == heading, "{mark} {question:?}: {wanted:?} under {there:?}\n{text}");
        }
    }
}
