//! Emergencies: none is missed, and none is made of what a driver says is not so, or is over.

use super::*;

/// What happens now, in drivers' words, with what the first steps must say.
const TRUE_ONES: &[(&str, &str)] = &[
    ("I have no brakes", "handbrake"),
    ("brakes not working", "handbrake"),
    ("my brakes won't work at all", "handbrake"),
    ("the car won't stop, no brakes!", "handbrake"),
    ("I can't stop the car", "handbrake"),
    ("brakes failed, help", "handbrake"),
    ("the brakes have just gone", "handbrake"),
    ("brakes aren't stopping the car", "handbrake"),
    ("I press the brake pedal and nothing happens", "handbrake"),
    ("the brakes were repaired yesterday but have failed again", "handbrake"),
    ("my brakes failed yesterday and have not been repaired, can I drive?", "handbrake"),
    ("no smoke, but the brake pedal goes to the floor", "handbrake"),
    ("there is no fire but smoke is pouring from the bonnet", "999"),
    ("I don't know why there is smoke coming from under the bonnet", "999"),
    ("isn't that smoke coming from my dashboard?", "999"),
    ("I can't put the fire out", "999"),
    ("no idea what is burning but there are flames", "999"),
    ("it is not just smoke, there are flames", "999"),
    ("nothing works and there is smoke inside the car", "999"),
    ("no one is hurt but my car is on fire", "999"),
    ("it caught fire last year and was fixed, but now there is smoke again", "999"),
    ("car burning on the side of the road", "999"),
    ("Help. Smoke. Bonnet.", "999"),
    ("I had it serviced last year. My car is on fire", "999"),
    ("never seen so much smoke coming out of the bonnet", "999"),
    ("the worst smoke I have ever seen is coming out of the bonnet", "999"),
    ("not sure if it is smoke or steam from the bonnet", "999"),
    ("there is a strong smell of petrol, no leak that I can see", "Do not start the engine"),
    ("no power and I am stuck in the fast lane of the motorway", "999"),
    ("I can't steer", "brake gently"),
    ("the steering is not working", "brake gently"),
    ("engine overheating and no coolant left", "coolant cap closed"),
    ("no oil pressure warning cleared, red oil light on", "engine off"),
    ("my car was in a flood an hour ago and won't start, can I restart it", "do not restart"),
    ("I just crashed, nobody hurt", "anyone is hurt"),
    ("the accelerator is stuck and the car won't slow down", "neutral"),
];

/// What is not so, or is over.
const FALSE_ONES: &[&str] = &[
    "there is no smoke and no fire, just a squeak",
    "no smoke, no smell, no noise, it just won't lock",
    "there is no smoke or flames, only a rattle",
    "it's not overheating, the gauge is normal",
    "the engine is not overheating any more, what was it?",
    "it no longer smokes",
    "it runs well without any smoke",
    "not a brake failure, they just squeal",
    "the brakes have not failed, they are only noisy",
    "brakes haven't gone, pads are fine",
    "there is no squeak from the brakes",
    "there's nothing wrong with the brakes",
    "no issue with the brakes, how old is the car?",
    "it has never been in a crash",
    "it was never in an accident, was it?",
    "the car hasn't been flooded",
    "it has not been in a flood",
    "I can't smell petrol, is that normal?",
    "no petrol smell and no leak",
    "no fuel leak, no oil leak, why is the floor wet?",
    "there is no red light on the dash",
    "no warning lights are on",
    "it isn't smoking",
    "the car doesn't smell of burning",
    "it did not catch fire",
    "caught fire last year, repaired",
    "my car caught fire last year, is it worth keeping?",
    "the brakes failed last year and were replaced",
    "it overheated two years ago",
    "it overheated last month, the thermostat was replaced since and it is fine",
    "I had an accident three weeks ago, is the insurance still valid?",
    "has it ever been in an accident?",
    "the previous owner crashed it",
    "it used to smoke",
    "the tyre burst last week and was replaced",
    "the steering was locked yesterday, a garage fixed it",
    "any history of overheating?",
    "the car is not broken down, I only ask",
    "was it in a flood before I bought it?",
];

#[test]
fn no_true_emergency_is_missed() {
    for (question, wanted) in TRUE_ONES {
        for record in [None, Some(fixtures::worn())] {
            let text = advise(&request(question, record)).text;
            assert!(text.starts_with("**Urgency: stop now.**"), "{question:?}:\n{text}");
            assert!(text.contains("### Do this first") && text.contains(wanted), "{question:?}:\n{text}");
        }
    }
}

#[test]
fn what_is_denied_or_over_is_no_emergency() {
    assert!(TRUE_ONES.len() + FALSE_ONES.len() >= 60);
    for question in FALSE_ONES {
        for record in [None, Some(fixtures::worn())] {
            let text = advise(&request(question, record)).text;
            assert!(!text.contains("Do this first"), "{question:?}:\n{text}");
            assert!(!text.starts_with("**Urgency: stop now.**"), "{question:?}:\n{text}");
        }
    }
}

#[test]
fn a_denied_symptom_is_none() {
    let text = ask_plain("the brakes squeal, there is no grinding").text;
    assert!(text.starts_with("**Urgency: soon.**") && !text.contains("worn to the metal"), "{text}");
}

#[test]
fn an_emergency_comes_first_whatever_else_is_asked() {
    for (question, wanted) in [
        ("My brakes just failed on the motorway and when is my tax due?", "handbrake"),
        ("brakes not working help", "handbrake"),
        ("the brake pedal goes to the floor", "handbrake"),
        ("there is smoke coming from under the bonnet", "999"),
        ("My car is on fire!!!", "999"),
        ("burning smell inside the car, how much is an mot", "Get everyone out"),
        ("driving through a flood, water is rising", "higher ground"),
        ("a red oil light came on while driving", "engine off"),
        ("engine is overheating, steam everywhere", "coolant cap closed"),
        ("we broke down on the M6 in a live lane", "999"),
        ("I can't steer, the steering has locked", "brake gently"),
        ("my EV battery is smoking", "toxic"),
        ("I just crashed my car", "anyone is hurt"),
        ("strong petrol smell in the car", "Do not start the engine"),
        ("tyre blew out on the motorway", "do not brake hard"),
        ("my accelerator is stuck", "neutral"),
        ("the brake light is on and the pedal goes to the floor", "handbrake"),
        ("brakes aren't working, they had an advisory", "handbrake"),
        ("my car is on fire, do I call my insurance?", "Call 999"),
        ("smoke pouring out of the bonnet on start up", "Call 999"),
        ("there is smoke in my car", "Call 999"),
        ("I drove my Ford through a flood and the engine died", "do not restart"),
        ("I crashed, will my premium go up?", "anyone is hurt"),
    ] {
        for record in [None, Some(fixtures::worn()), Some(fixtures::electric())] {
            let text = advise(&request(question, record)).text;
            let steps =
                text.find("### Do this first").unwrap_or_else(|| panic!("{question:?} has no first steps:\n{text}"));
            assert!(text.starts_with("**Urgency: stop now.**"), "{question:?}:\n{text}");
            assert!(text.contains(wanted), "{question:?} should say {wanted:?}:\n{text}");
            assert!(text.find("### What the record says").is_none_or(|facts| steps < facts), "{question:?}:\n{text}");
        }
    }
}

#[test]
fn what_only_sounds_like_an_emergency_is_none() {
    for question in [
        "third party fire and theft or comprehensive?",
        "My car failed the MOT on its brakes, what now?",
        "has it ever been in an accident?",
        "was it in a flood before I bought it?",
        "the engine misfires when cold",
        "there is blue smoke from the exhaust",
        "how much is a fire extinguisher",
        "any brake advisories?",
        "no advisories on the brakes?",
        "my brake light is not working",
        "I jumped a red light, what is the fine?",
        "will it catch fire?",
        "is it illegal to smoke in a car with kids",
        "can I smoke in my car",
        "my ford is stuck in second gear",
        "does a crash affect my premium?",
    ] {
        let text = ask_plain(question).text;
        assert!(!text.contains("Do this first"), "{question:?}:\n{text}");
    }
}
