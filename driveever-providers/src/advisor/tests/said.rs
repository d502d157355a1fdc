//! What the question states: told as the asker's word, held against the record, worked with where there is none.

use super::{
    demonstration::{asked_on, record},
    grounding::{assert_grounded, of_record},
    *,
};

fn opening(mark: &str, question: &str) -> String {
    let record = (!mark.is_empty()).then(|| record(mark));
    let request = asked_on("2026-11-24", question, record);
    let text = advise(&request).text;
    let of_record = request.record.as_ref().map(|record| of_record(record, request.today)).unwrap_or_default();
    // What is worked out from the question's figures is checked by the rows.
    if !question.contains("miles") && !question.contains("first MOT") {
        assert_grounded(&request, &of_record);
    }
    assert!(text.contains("### What you say, which "), "{question:?}:\n{text}");
    opening_of(&text).to_owned()
}

#[test]
fn without_a_record_it_is_worked_with_and_said_to_be_the_askers_word() {
    for (question, wanted) in [
        ("is my 2010 petrol ULEZ compliant?", "By what you say (petrol, of 2010), it likely meets the ULEZ standard"),
        ("is my 2012 diesel ulez compliant", "it likely does not meet the ULEZ standard"),
        ("is my 2004 petrol ok for ulez", "sold with and without it"),
        ("is my electric car ulez compliant", "it likely meets the ULEZ standard"),
        ("how much is tax for my 2019 petrol?", "a year of tax costs £200"),
        ("how much is road tax on my 2014 electric", "a year of tax costs £20"),
        ("how much is road tax on my 1975 petrol", "free of vehicle tax as a historic vehicle"),
        ("how much is road tax on my 2008 diesel", "cannot be worked out yet"),
        ("when is the first MOT due of my 2024 petrol", "first MOT in 2027"),
        ("I'm in Northern Ireland, when is the first MOT due of my 2024 petrol", "first MOT in 2028"),
        ("it's a diesel, 90k miles, when is the timing belt due", "At the 90,000 miles that you state it is past"),
        ("my car is a 2016 with 90,000 miles, is that a lot of miles?", "about 9,000 miles a year"),
    ] {
        let opening = opening("", question);
        assert!(opening.contains(wanted), "{question:?} should say {wanted:?}:\n{opening}");
    }
}

#[test]
fn what_the_record_contradicts_is_said_and_the_record_holds() {
    for (mark, question, wanted) in [
        ("AA19EEE", "how much is tax for my diesel?", "You say diesel; the record says electric"),
        ("L2WPS", "my BMW 320d, when is the mot due", "You say BMW; the record says"),
        (
            "L2WPS",
            "my 2004 petrol, is it taxed?",
            "You say that it is of 2004; the record has its first registration on",
        ),
        (
            "L2WPS",
            "my MOT ran out last week, can I drive it?",
            "You say that the MOT has run out; by the record the MOT runs until",
        ),
        ("AB17DGR", "it passed yesterday, can I drive it?", "You say that it passed; the record has no such pass"),
        ("L2WPS", "I'm taxed so can I drive it?", "You say that it is taxed; by the record it is untaxed"),
    ] {
        let opening = opening(mark, question);
        assert!(opening.contains(wanted), "{mark} {question:?} should say {wanted:?}:\n{opening}");
        assert!(opening.contains("This answer goes by the record."), "{mark} {question:?}:\n{opening}");
    }
    for question in ["it passed yesterday, can I drive it?", "my MOT ran out but I'm taxed, safe?"] {
        assert!(opening("AB17DGR", question).starts_with("**Urgency: stop now.**"), "{question:?}");
    }
}

#[test]
fn what_fits_the_record_is_no_contradiction() {
    for (mark, question) in
        [("AA19EEE", "my electric car, when is the mot due?"), ("AA19DSL", "my 2019 diesel, when is the mot due?")]
    {
        assert!(!opening(mark, question).contains("goes by the record"), "{mark} {question:?}");
    }
}

#[test]
fn the_supplement_comes_from_the_record_where_it_names_one() {
    let text = |mark| advise(&asked_on("2026-11-24", "how much is my road tax?", Some(record(mark)))).text;
    let due = text("WPS204");
    assert!(
        due.contains("On top of that it pays the expensive car supplement, £440 a year, until 29 January 2027"),
        "{due}"
    );
    assert!(!due.contains("Its list price when new"), "{due}");
    assert!(text("AA19MOT").contains("Its list price when new"));
    let later = advise(&asked_on("2027-02-01", "how much is my road tax?", Some(record("WPS204")))).text;
    assert!(later.contains("The expensive car supplement ended on 29 January 2027"), "{later}");
}
