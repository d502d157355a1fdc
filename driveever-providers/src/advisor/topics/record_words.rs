//! The words by which topics are found that only a record answers: what is due, earlier marks, how far it was driven.

use driveever_core::vehicle::report::Component;

use super::Topic;

/// Topics and their words, beside those of the vocabulary and written the same way.
pub(in crate::advisor) const RECORD_WORDS: &[(Topic, &str)] = &[
    (
        Topic::DueSoon,
        "anything due, due soon, whats due, what due, what is due, due next, do anything soon, need to do anything, anything i need to do, need doing soon, anything need doing, anything needs doing, anything i should do, anything to do soon, coming up soon, whats coming up, anything coming up, expiring soon, anything expiring, expires soon, run out soon, runs out soon, running out soon, anything running out, deadline, deadlines, any deadlines, what do i need to renew, anything to renew, need renewing, due anything, anything this year, anything due this year, is it due anything",
    ),
    (
        Topic::EarlierMarks,
        "different number plate, different number plates, different plate, different plates, different reg, different registration, other number plate, other number plates, other reg, other registration, another number plate, another plate, another reg, another registration, another mark, previous reg, previous registration, previous plate, previous plates, previous number plate, previous mark, earlier plate, earlier reg, earlier registration, earlier mark, former reg, former plate, original plate, original plates, original reg, original registration, original number plate, reg been changed, registration been changed, plate been changed, plates been changed, number plate been changed, number been changed, mark been changed, reg changed, registration changed, plate changed, plates changed, number plate changed, changed reg, changed registration, changed plate, changed plates, changed number plate, change of plate, change of reg, plate change, reg change, always had this reg, always had reg, always had plate, always had number plate, always been on plate, plates has it had, plate has it had, regs has it had, number plates has it had, registrations has it had, plate did it have, reg did it have, registration did it have, number plate did it have, mark did it have, plate was on it, reg was on it, reg before, plate before, registration before, number plate before",
    ),
    (
        Topic::Cloned,
        "clone, clones, cloned, cloned plate, cloned plates, plate cloned, plates cloned, cloned car, ringer, ringed, fake plate, fake plates, false plates, false plate, same plate as another, two cars with same",
    ),
    (
        Topic::Mileage,
        "odometer reading, odometer readings, one reading, reading so high, reading so low, readings, how far has it driven, how far has it gone, how far has it been, how far has it been driven, how far has it travelled, how far it has driven, how far was it driven, distance driven, how much has it been driven, distance has it covered, distance covered, on clock",
    ),
    (
        Topic::MotHistory,
        "did it pass, did it pass mot, did it pass its mot, did it pass last mot, did it pass test, did it pass last test, did car pass, did car pass mot, did van pass, did van pass mot, has it passed, has it passed mot, did it fail mot, did it fail last mot, did it fail its last test, has it failed mot, pass or fail, passed or failed, was it pass, was it fail, was it passed, was it failed, result of last, result of mot, result of its mot, mot result, how did it do, get through its mot, got through its mot, did it get through mot",
    ),
    (
        Topic::MotDate,
        "where do i go for, where can i go for, where to go for, where do i go to get, go for test, go for mot, go for its test, where is it tested, where to get it tested, get it tested, where do i book, where can i book, where can i get mot, where do i get mot",
    ),
    (
        Topic::Driveable,
        "reason not to drive, reason i cant drive, any reason i cant, stopping me driving, stop me driving, anything stopping me, anything to stop me",
    ),
    (
        Topic::Details,
        "how heavy, weigh, weighs, heavy, is it red, is it black, is it white, is it blue, is it silver, is it grey, is it green, red or black, black or red, black or blue, blue or black, silver or grey, grey or silver, white or silver",
    ),
    (
        Topic::ImportExport,
        "been in uk, been in this country, in this country, came to uk, come to uk, brought to uk, arrived in uk",
    ),
    (
        Topic::Part(Component::HighVoltage),
        "battery still under warranty, battery under warranty, battery warranty, battery in warranty, battery still in warranty, warranty on battery, battery guarantee, battery still covered",
    ),
    (Topic::Part(Component::FuelSystem), "gas tank, lpg tank, lpg filler, lpg filler cap, filler cap"),
    (Topic::Fuel, "red diesel, rebated fuel, rebated diesel, run it on, cooking oil, vegetable oil, chip fat"),
    (
        Topic::Parking,
        "service car in street, service car on street, service car on road, work on car in street, repair car in street, repair car on street, repair car on road, fix car on street, fix car in street, fix car on road, work on it on, work on car on, work on van on, working on it on, repair it on road, repair it on street, repair on road, repair on street, fix it on road, fix it on street, fix on street, service it on road, service it on street, do repairs on, jack it up on",
    ),
];
