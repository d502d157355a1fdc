//! What endangers people or the vehicle is called so, in whatever words; what only sounds like it is not.

use super::*;

/// A question, its urgency, and what the answer says before its facts.
type Row = (&'static str, &'static str, &'static str);

const HAZARDS: &[Row] = &[
    ("the car in water up to doors, cant get out", "stop now", "open a window at once"),
    ("my car has rolled into the river", "stop now", "open a window at once"),
    ("help the van is sinking", "stop now", "open a window at once"),
    ("trapped in my car, flood water is up to the windows", "stop now", "open a window at once"),
    ("car filling with water in a flooded underpass", "stop now", "open a window at once"),
    ("im on the tracks and the barriers are coming down", "stop now", "railway telephone"),
    ("my lights won't come on and it's dark", "stop now", "Hazard lights on, and stop off the road"),
    ("eyes keep closing on the m5", "stop now", "nap of at least 15 minutes"),
    ("chest pains while driving", "stop now", "Call 999"),
    ("boot lid flew open on the motorway", "stop now", "firmly shut"),
    ("passenger door opened while driving", "stop now", "firmly shut"),
    ("i think a wheel bearing has collapsed", "stop now", "stop away from traffic"),
    ("coil spring snapped", "stop now", "until it was inspected"),
    ("suspension collapsed on the front", "stop now", "until it was inspected"),
    ("battery hissing", "stop now", "call 999"),
    ("thick white smoke out of the exhaust", "stop now", "coolant in the engine"),
    ("I drove through a puddle and the engine cut out", "stop now", "do not restart it"),
    ("brake fluid all over the drive", "stop now", "until it was found and mended"),
    ("fuel all over the drive", "stop now", "Do not start the engine"),
    ("brake pedal feels hard", "stop now", "until it was checked"),
    ("bumper hanging off", "soon", "before driving on"),
    ("tread on my tyres is gone, can I still drive to work", "stop now", "grips badly in the wet"),
    ("ive got locked out with baby inside", "stop now", "call 999 now"),
    ("flood water coming into the car and I cant open the doors", "stop now", "open a window at once"),
    ("stuck on a level crossing", "stop now", "railway telephone"),
    ("my car has stalled on the railway crossing", "stop now", "railway telephone"),
    ("broken down on the train tracks, what do I do", "stop now", "railway telephone"),
    ("headlights both died while driving at night", "stop now", "Hazard lights on, and stop off the road"),
    ("all my lights went out on the motorway", "stop now", "Hazard lights on, and stop off the road"),
    ("I have no headlights and it is dark, can I drive home", "stop now", "Hazard lights on, and stop off the road"),
    ("my headlights just cut out while driving along a country lane", "stop now", "Hazard lights on"),
    ("my bonnet flew open", "stop now", "Do not slam the brakes"),
    ("bonnet popped up at 60", "stop now", "Do not slam the brakes"),
    ("I feel sleepy driving", "stop now", "nap of at least 15 minutes"),
    ("keep nodding off at the wheel", "stop now", "nap of at least 15 minutes"),
    ("I'm too tired to drive but nearly home", "stop now", "nap of at least 15 minutes"),
    ("My steering went stiff suddenly doing 70", "stop now", "do not drive again: have it recovered"),
    ("lost power steering", "stop now", "do not drive again: have it recovered"),
    ("steering is a bit heavy", "soon", "before further use"),
    ("there's a bulge on my tyre, can I drive on it?", "stop now", "is illegal and can burst"),
    ("my tyre has a bulge in the side wall", "stop now", "is illegal and can burst"),
    ("lump on the side of the front tire", "stop now", "is illegal and can burst"),
    ("I can see the wires sticking out of my tyre", "stop now", "is illegal and can burst"),
    ("big gash in my tyre", "stop now", "is illegal and can burst"),
    ("tyer has cords showing", "stop now", "is illegal and can burst"),
    ("my tyre is bald", "stop now", "grips badly in the wet"),
    ("front tyres have no tread left", "stop now", "grips badly in the wet"),
    ("nail in my tyre, slowly losing air", "stop now", "pump it up or fit the spare"),
    ("I've got a flat tyre", "stop now", "pump it up or fit the spare"),
    ("screw stuck in my tyre", "soon", "check the pressure before each drive"),
    ("my tyres are cracked", "soon", "cracks that reach the cords"),
    ("I hit a kerb and the wheel is bent", "stop now", "until it was checked"),
    ("cracked alloy", "stop now", "until it was checked"),
    ("exhaust fell off", "stop now", "until it is made fast"),
    ("my exhaust is hanging off and dragging", "stop now", "until it is made fast"),
    ("windscreen cracked right in front of me", "stop now", "before it is driven"),
    ("windscreen shattered", "stop now", "before it is driven"),
    ("small chip in my windscreen", "soon", "have it mended soon"),
    ("wipers stopped working", "soon", "do not drive in rain"),
    ("seat belt wont click in", "stop now", "does not fasten protects nobody"),
    ("drivers seatbelt won't latch", "stop now", "does not fasten protects nobody"),
    ("the rear middle seat belt won't click", "soon", "before anyone uses that seat"),
    ("oil all over the drive under the car", "soon", "check the level now"),
    ("amber engine light is flashing", "stop now", "ease off at once"),
    ("flashing engine management light and the car is juddering", "stop now", "ease off at once"),
    ("engine light blinking", "stop now", "ease off at once"),
    ("thick white smoke from exhaust and the temperature gauge is on max", "stop now", "coolant cap closed"),
];

/// What sounds like it and is not: the urgency must be no greater than this.
const HARMLESS: &[(&str, &str)] = &[
    ("white smoke on a cold morning from exhaust that goes away", "information"),
    ("bit of steam from the exhaust on frosty mornings, clears after a minute", "information"),
    ("there is no bulge in the tyre, is 4 mm of tread ok?", "information"),
    ("my tyres are not bald, how often should I change them?", "information"),
    ("how deep a cut in a tyre is illegal?", "information"),
    ("what is the fine for a bald tyre?", "information"),
    ("the engine light is not flashing, just on", "soon"),
    ("engine light on steady", "soon"),
    ("which way do you look at a level crossing?", "information"),
    ("water pump leaking, river of coolant on the drive", "soon"),
    ("clutch pedal stuck to the floor", "soon"),
    ("does the boot open with the key?", "information"),
    ("lake district trip in my car, ok?", "information"),
    ("is a bit of white smoke normal in winter", "information"),
    ("exhaust is a bit loose and rattles", "soon"),
    ("are bald tyres illegal", "information"),
    ("what does a bulge in a tyre mean", "information"),
    ("how often should brake fluid be changed?", "information"),
    ("rear windscreen is cracked", "soon"),
    ("how do I open the bonnet?", "information"),
    ("can I sleep in my car?", "information"),
    ("one headlight out can i drive tonight", "soon"),
    ("water in the footwell after rain", "information"),
    ("are my wheel nuts the right torque?", "information"),
    ("the windscreen washer is empty", "information"),
    ("what does an exhaust cost?", "information"),
    ("can a puncture be repaired?", "information"),
    ("do I have to wear a seat belt in the back?", "information"),
    ("I hit a pothole, should I check anything?", "soon"),
    ("someone flashed me, what does it mean?", "information"),
];

#[test]
fn a_danger_is_called_one_and_the_answer_says_what_to_do() {
    let mut wrong = Vec::new();
    for (question, urgency, wanted) in HAZARDS {
        for record in [None, Some(fixtures::worn())] {
            let text = advise(&request(question, record)).text;
            // Nobody named a red lamp in any of them.
            let right =
                urgency_of(&text) == *urgency && text.contains(wanted) && !text.contains("A red lamp while driving");
            if !right {
                wrong.push(format!("{question:?} should be {urgency:?} and say {wanted:?}:\n{text}"));
            }
        }
        assert_fixture_grounded(&request(question, None));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn what_only_sounds_dangerous_alarms_nobody() {
    let rank = |urgency: &str| ["information", "plan", "soon", "stop now"].iter().position(|label| *label == urgency);
    let mut wrong = Vec::new();
    for (question, at_most) in HARMLESS {
        let text = ask_plain(question).text;
        let found = rank(urgency_of(&text));
        if found.is_none() || found > rank(at_most) || text.contains("Do this first") {
            wrong.push(format!("{question:?} is at most {at_most:?}:\n{text}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn a_step_is_no_milder_than_its_reason() {
    for question in ["steering is stiff", "car pulls left when braking", "one headlight is out"] {
        let text = ask_plain(question).text;
        assert!(!text.contains("before a longer trip"), "{question:?}:\n{text}");
    }
}

#[test]
fn who_is_sleepy_needs_no_recovery_of_the_vehicle() {
    assert!(!ask_plain("I feel sleepy driving").text.contains("recovered"));
}
