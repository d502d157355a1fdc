//! Subjects that drivers ask about often: each is known, and answered by its own rule.

use super::*;

/// A question without a record, its urgency, and what the opening says.
const ROWS: &[(&str, &str, &str)] = &[
    // Lamps, lights, horn, screen.
    ("my brake lights are stuck on", "soon", "do not show when you brake"),
    ("brake lights won't go off", "soon", "do not show when you brake"),
    ("brake lights stay on when parked", "soon", "empty the battery"),
    ("airbag lamp", "soon", "may not work in a crash"),
    ("airbag light is on", "soon", "may not work in a crash"),
    ("handbrake light stays on", "stop now", "low brake fluid"),
    ("my indicators are flashing fast", "soon", "one of its bulbs has failed"),
    ("full beam not working", "soon", "before the next drive"),
    ("my horn doesn't work", "soon", "fails the MOT"),
    ("horn stopped working", "soon", "fails the MOT"),
    ("my windscreen keeps fogging up", "soon", "stop where it is safe until it has cleared"),
    ("windows steam up inside", "soon", "before all glass is clear"),
    ("how do I demist the windscreen", "information", "begin with cool air"),
    ("fog light rules", "information", "lights"),
    // Gears, suspension, heater.
    ("the gear stick came off in my hand", "stop now", "do not drive on"),
    ("car has no gears", "stop now", "do not force it"),
    ("I can't get it into gear", "stop now", "a linkage, a cable or the clutch"),
    ("my car is stuck in second gear", "soon", "the clutch, the linkage or the gearbox"),
    ("car sits lower on one side", "soon", "may have a broken spring"),
    ("bouncy suspension", "soon", "worn shock absorbers"),
    ("heater blows cold air", "soon", "low coolant"),
    ("sweet smell in the car", "soon", "mostly coolant that leaks"),
    ("squealing when I start the engine", "soon", "auxiliary belt"),
    ("my wheel bearing has gone", "soon", "have it checked soon"),
    ("spare wheel missing is it an mot fail", "information", "is not tested"),
    // Plates and papers.
    ("how do I transfer my private registration to another car", "information", "A private number is moved on paper"),
    ("can I put my old reg on a newer car", "information", "does not make look newer"),
    ("I want to keep my old registration number", "information", "goes through the DVLA"),
    ("how do I get a copy of my V5C", "information", "£25"),
    ("MOT certificate lost", "information", "copies of MOT certificates"),
    ("mileage wrong on MOT certificate how do I correct it", "information", "within 28 days"),
    ("mileage went down between MOTs", "information", "Signs of clocking"),
    // Northern Ireland and Great Britain.
    (
        "can I get an MOT in England for a car registered in Northern Ireland",
        "information",
        "valid in Northern Ireland too",
    ),
    ("my car is kept in Belfast, can it be MOT'd in Liverpool", "information", "valid in Northern Ireland too"),
    ("do cars in northern ireland need mot at 3 or 4 years", "information", "4 years for cars"),
    // MOT, sale, write-off, tax.
    ("is a 1980 car MOT exempt", "information", "over 40 years old"),
    ("can the garage keep my car after failing the MOT", "information", "lists nothing dangerous"),
    ("do I tell the DVLA when I sell my car", "information", "green new keeper slip"),
    ("insurance company wrote off my car what happens now", "information", "The insurer decides"),
    ("can I buy back my written off car", "information", "buys it back"),
    ("how do I get my tax back after selling", "information", "Full months of tax"),
    // Drivers' rules, towing, children, zones.
    ("how many points for speeding", "information", "3 points"),
    ("how long do points stay on my licence", "information", "4 or 11 years"),
    ("using my phone while driving fine", "information", "£200 and 6 points"),
    ("do I have to wear a seat belt", "information", "up to £500"),
    ("can I tow a caravan on my licence", "information", "3,500 kg"),
    ("how much is ULEZ", "information", "£12.50 a day"),
    ("what weight can I tow with a car licence", "information", "3,500 kg"),
    ("am I banned with 12 points", "information", "12 points within 3 years"),
    ("child not in car seat fine", "information", "£500"),
    ("how long do I have to report an accident", "information", "within 24 hours"),
    ("I scraped a parked car and left the scene", "information", "within 24 hours"),
    ("can I appeal an MOT failure", "information", "can be appealed"),
    ("my car is 45 years old does it need an mot", "information", "over 40 years old"),
    ("my car is 5 years old does it need an mot", "information", "3rd anniversary"),
    ("motorbike tyre tread limit", "information", "1.0 mm"),
    ("do I pay ULEZ on a sunday", "information", "£12.50 a day"),
    // What only has a word of these subjects.
    ("knocking noise from the front when I go over speed bumps", "soon", "drop links"),
    ("steering wheel shakes at speed", "soon", "out of balance"),
    ("humming noise at 50mph", "soon", "wheel bearing"),
    // Fluids, gears, steering.
    ("white mayonnaise under the oil cap", "soon", "condensation from short trips"),
    ("power steering whines when turning", "soon", "low power steering fluid"),
    ("steering wheel is not straight", "soon", "out of line"),
    ("my steering feels loose", "soon", "before further use"),
    ("there is something leaking under my car", "soon", "check the levels before driving"),
    ("how much tread do my tyres have left", "information", "tyres"),
    ("automatic stuck in park", "soon", "gearbox"),
    ("I put AdBlue in the diesel tank", "stop now", "do not start the engine"),
    ("ran out of petrol on the motorway", "stop now", "get off the carriageway"),
    ("is the spare tyre tested in the mot", "information", "is not tested"),
    // Electric, tyres, keys.
    ("can I charge an EV in the rain", "information", "may be charged in the rain"),
    ("can a puncture be repaired", "information", "no wider than 6 mm"),
    ("nail in my tyre, what do I do", "soon", "leave the object in"),
    ("lost my car keys", "information", "keys and codes"),
    ("my speedometer isn't working", "information", "speedometers"),
];

#[test]
fn common_subjects_are_known_and_answered_by_their_rule() {
    let mut wrong = Vec::new();
    for (question, urgency, wanted) in ROWS {
        let text = ask_plain(question).text;
        if urgency_of(&text) != *urgency || !opening_of(&text).contains(wanted) {
            wrong.push(format!("{question:?} should be {urgency:?} and say {wanted:?}:\n{}", opening_of(&text)));
        }
        assert_fixture_grounded(&request(question, None));
        assert_fixture_grounded(&request(question, Some(fixtures::worn())));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn a_speed_is_no_registration_mark() {
    let text = ask_plain("humming noise at 50mph").text;
    assert!(!text.contains("AT50MPH"), "{text}");
}

#[test]
fn a_seat_that_is_no_make_contradicts_no_record() {
    let text = ask("my seat belt is stuck", fixtures::worn()).text;
    assert!(!text.contains("You say SEAT"), "{text}");
}
