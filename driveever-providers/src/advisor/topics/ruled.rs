//! What drivers ask and rules alone answer, whatever the vehicle's record says.

/// Something that is answered by rules.
#[derive(Debug)]
pub(in crate::advisor) struct Ruled {
    /// The rules, the one that answers first.
    pub(in crate::advisor) rules: &'static [&'static str],
    /// What to do.
    pub(in crate::advisor) step: &'static str,
    /// Words that ask for it.
    pub(in crate::advisor) words: &'static str,
}

/// What is answered by rules alone; to add a question, an entry here and its rules in the data.
pub(in crate::advisor) const RULED: &[Ruled] = &[
    Ruled {
        rules: &["driver.speeding", "driver.points"],
        step: "Answer the notice within its time, and say who was driving; it states what is offered.",
        words: "speeding ticket, speeding fine, speeding points, for speeding, was speeding, 10mph over, 15mph over, 20mph over, 30mph over, over speed limit, broke speed limit, caught speeding, speeding penalty, speeding offence, speeding letter, speed camera, speed awareness, notice of intended prosecution",
    },
    Ruled {
        rules: &["driver.points"],
        step: "Look your own licence record up on GOV.UK.",
        words: "licence points, points on my licence, points on licence, points stay, penalty points stay, totting up, points before ban, 12 points, twelve points, 9 points, nine points, 6 points, six points, points before you lose, points till ban",
    },
    Ruled {
        rules: &["driver.phone", "driver.points"],
        step: "Put the telephone out of reach before you set off, and stop where it is safe to use it.",
        words: "using phone, mobile phone, phone while driving, phone at wheel, phone when driving, use my phone, use phone, on phone driving, texting",
    },
    Ruled {
        rules: &["driver.alcohol"],
        step: "Do not drive after drinking: take a taxi or a bus, or let somebody drive who has drunk nothing.",
        words: "drink drive, drink driving, drunk driving, drink and drive, alcohol limit, drive after drink, drive after pint, breathalyser, breathalysed, micrograms",
    },
    Ruled {
        rules: &["driver.speed-limits"],
        step: "Keep to the limit of the road, and to lower ones on signs.",
        words: "speed limit, speed limits, national speed limit, how fast can i drive, how fast am i allowed, how fast can i go",
    },
    Ruled {
        rules: &["driver.minimum-age"],
        step: "Look up the licence for the vehicle and the age on GOV.UK.",
        words: "old enough to drive, driving age, what age can you drive, what age can i drive, how old do you have to be, how old do i have to be, how old must i be, minimum age, age to drive",
    },
    Ruled {
        rules: &["mileage.fraud", "mileage.clocking"],
        step: "Leave the odometer as it is; where an instrument has to be changed, keep the invoice with both readings.",
        words: "turn back odometer, turn back mileage, turn back clock, turn back the clock, wind back odometer, wind back mileage, wind back clock, wind mileage back, turn mileage back, roll back mileage, roll back odometer, how do i clock, how to clock, clock my car, change mileage on, reduce mileage, lower mileage on, mileage correction, mileage blocker, reset odometer, reset mileage, is clocking illegal, clocking illegal, clocking legal, is clocking legal",
    },
    Ruled {
        rules: &["restraint.must-wear", "restraint.child-seat"],
        step: "Belts on before the vehicle moves, children in the seat for their height.",
        words: "have to wear seat belt, have to wear seatbelt, wear seat belt, wear seatbelt, wearing seat belt, wearing seatbelt, need to wear seat belt, seatbelt law, seat belt law, without seat belt, without seatbelt, no seat belt fine, seat belt fine, seatbelt fine, car seat fine, child seat fine, not in car seat, without car seat, without child seat",
    },
    Ruled {
        rules: &["towing.licence"],
        step: "Look up what this vehicle may pull: the plate with the identification number, the handbook and the V5C name it.",
        words: "weight can i tow, can i tow with, tow with car licence, tow with my licence, can i tow caravan, can i tow trailer, tow caravan on, tow on my licence, licence to tow, towing licence, trailer licence, towing trailer, towing caravan, tow trailer, tow caravan, drive with trailer, pull trailer, pull caravan",
    },
    Ruled {
        rules: &["weather.demist", "weather.clear"],
        step: "Drive off only when every window and mirror is clear; if it does not clear, have heater, air conditioning and cabin filter looked at.",
        words: "demist, demisting, demister, defog, demist windscreen, demist windows, defrost, de ice, deice, ice on windscreen, icy windscreen, frozen windscreen",
    },
    Ruled {
        rules: &["keeper.v5c-new"],
        step: "Apply at the DVLA on GOV.UK, with the registration and the identification number at hand.",
        words: "lost v5c, lost my v5c, lost logbook, lost log book, replacement v5c, replacement logbook, replacement log book, new v5c, new logbook, new log book, copy of v5c, copy of my v5c, copy of logbook, copy of log book, duplicate v5c, duplicate logbook, replace v5c, replace logbook, change address on v5c, change of address, change address on logbook, change my address, update v5c, moved house",
    },
    Ruled {
        rules: &["mot.mileage-correct"],
        step: "Have something ready that shows the mileage near the day of the test, such as an invoice.",
        words: "mileage wrong on mot, wrong mileage, correct mileage, mileage incorrect, incorrect mileage, mileage is wrong, mistake on mot, mot mistake, error on mot, mileage wrong, mot mileage wrong",
    },
    Ruled {
        rules: &["writeoff.keeping", "buying.write-off"],
        step: "Ask the insurer for the category in writing, and before the payment whether you may keep the vehicle.",
        words: "wrote off, wrote it off, write it off, write my car off, buy back, buyback, keep written off, keep my written off, retain salvage, written off what happens, being written off, been written off by",
    },
    Ruled {
        rules: &["charging.rain"],
        step: "Look at cable and plug before you charge, and use none that is damaged.",
        words: "charge in rain, charging in rain, charge ev in rain, charge it in rain, charge when it rains, charge when raining, charge in wet, plug it in in rain, charge electric car in rain, charge car in rain",
    },
    Ruled {
        rules: &["tyres.puncture-repair", "tyres.damage"],
        step: "Have the tyre taken off and looked at from inside: only that shows whether it can be repaired.",
        words: "puncture be repaired, puncture repair, repair puncture, punctures be repaired, plug tyre, fix puncture, mend puncture, puncture be fixed, repair tyre, tyre be repaired",
    },
    Ruled {
        rules: &["driver.accident"],
        step: "Report it to the police of the place, by telephone or online, and tell the insurer.",
        words: "report accident, report an accident, reporting accident, accident be reported, scraped parked car, scratched parked car, left scene, leaving scene, exchange details, failed to stop",
    },
    Ruled {
        rules: &["mot.appeal", "mot.after-fail"],
        step: "Ask the test centre how, or look at GOV.UK's page on MOT appeals.",
        words: "appeal mot, appeal an mot, appeal mot failure, appeal result, appeal mot result, challenge mot, dispute mot, disagree with mot, mot failed wrongly, complain about mot",
    },
    Ruled {
        rules: &["tyres.spare"],
        step: "Keep the spare pumped up and fit for use all the same.",
        words: "spare wheel tested, spare tyre tested, spare wheel mot, spare tyre mot, spare wheel missing, no spare wheel, spare tyre bald, spare wheel fail, spare tyre fail, need spare wheel, need spare tyre",
    },
    Ruled {
        rules: &["mot.after-fail", "mot.retest"],
        step: "Ask for the failure notice and look for the word dangerous before the vehicle is moved.",
        words: "take car away after, take it away after, garage keep my car, garage keep car, keep my car after, refuse to give, take my car home after failing, leave test centre",
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Rules;

    #[test]
    fn each_names_rules_of_the_data_and_a_step_without_figures() {
        for entry in RULED {
            assert!(!entry.rules.is_empty());
            for id in entry.rules {
                assert!(Rules::embedded().get(id).is_some(), "{id}");
            }
            assert!(!entry.step.replace("V5C", "").chars().any(|c| c.is_ascii_digit()), "{}", entry.step);
        }
    }
}
