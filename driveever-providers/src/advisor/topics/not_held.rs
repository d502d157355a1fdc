//! What drivers ask and nothing here holds, with the place to look.

/// Something that drivers ask and that neither the record nor the rules hold.
#[derive(Debug)]
pub(in crate::advisor) struct NotHeld {
    /// What it is, as the object of "no rule or record on".
    pub(in crate::advisor) what: &'static str,
    /// Where it is found.
    pub(in crate::advisor) whither: &'static str,
    /// Words that ask for it.
    pub(in crate::advisor) words: &'static str,
}

/// What is asked often and held nowhere here, with the place to look; the honest answer is the place.
pub(in crate::advisor) const NOT_HELD: &[NotHeld] = &[
    NotHeld {
        what: "tyre pressures and tyre sizes of a vehicle",
        whither: "the handbook, and the sticker in the driver's door frame or the fuel flap",
        words: "tyre pressure, tyre pressures, tire pressure, psi, tyre size, tyre sizes, what size tyres, which tyres fit, which tyres do i, which tyres should i, which tyres are best, inflate, bar pressure, how much air",
    },
    NotHeld {
        what: "the grade and amount of oil or other fluids of a vehicle",
        whither: "the handbook, or an oil finder of an oil maker by registration",
        words: "what oil, which oil, oil grade, oil type, 5w30, 5w40, 0w20, how much oil, oil capacity, which coolant, what coolant, type of oil, what brake fluid",
    },
    NotHeld {
        what: "fuel economy",
        whither: "the maker's figures on GOV.UK's fuel data pages, and your own fill-ups",
        words: "mpg, fuel economy, fuel consumption, miles per gallon, economical to drive, litres per 100, fuel efficient, thirsty, how far on tank, tank range",
    },
    NotHeld {
        what: "towing limits",
        whither: "the plate with the vehicle identification number, the handbook and the V5C; licence rules are on GOV.UK",
        words: "towing, tow caravan, tow trailer, towing capacity, tow weight, can i tow, can it tow, tow a, pull caravan, nose weight, trailer weight",
    },
    NotHeld {
        what: "driving in other countries",
        whither: "GOV.UK's pages on driving abroad, and the insurer",
        words: "to france, in france, to europe, in europe, to spain, to germany, to ireland, to italy, abroad with my, drive abroad with, driving abroad, drive abroad, drive it abroad, ferry, eurotunnel, green card, uk sticker, gb sticker",
    },
    NotHeld {
        what: "theft markers",
        whither: "a paid history check, and the police",
        words: "stolen, theft marker, is it stolen, nicked, stolen car",
    },
    NotHeld {
        what: "vehicle identification and engine numbers",
        whither: "the V5C, the plate behind the windscreen and the stamp on the body",
        words: "vin, chassis number, vehicle identification number, engine number, vin number",
    },
    NotHeld {
        what: "whether a vehicle is insured, or with whom",
        whither: "askMID, the insurers' database, for your own vehicle",
        words: "is it insured, is my car insured, who insures, insured by, insured right now, which insurer, insurance group, insurance quote, cost to insure, insurance cost, how much is insurance, cheapest insurance",
    },
    NotHeld {
        what: "service records",
        whither: "the service book, the maker's digital record and the garages named in it",
        words: "service history, full service history, last serviced, when was it serviced, service book, been serviced, fsh, service record, oil last changed, cambelt been changed, timing belt been changed, belt been done, cambelt done, belt changed, when was belt",
    },
    NotHeld {
        what: "the rules of the road beside speed and alcohol",
        whither: "the Highway Code on GOV.UK",
        words: "highway code, right of way, overtake, overtaking, roundabout, bus lane, red light camera, eyesight, headphones, smoking in car, flip flops, sleep in car, dash cam, dashcam",
    },
    NotHeld {
        what: "parking fines and other penalty notices",
        whither: "the notice itself, which says how to appeal, and GOV.UK",
        words: "parking ticket, parking fine, pcn, penalty charge notice, private parking, clamped, yellow line, parking permit, appeal fine",
    },
    NotHeld {
        what: "driving licences, tests and lessons",
        whither: "GOV.UK's pages on driving licences and tests",
        words: "licence, license, licences, licenses, licence do i need, license do i need, without licence, without license, licence on me, license on me, carry licence, carry license, cbt, driving licence, driving license, provisional licence, theory test, driving test, lessons, learner, licence expired, medical condition, renew licence, practical test, driving instructor",
    },
    NotHeld {
        what: "tolls and the congestion charge",
        whither: "the operator's own site, such as Transport for London",
        words: "congestion charge, dartford, toll, tolls, m6 toll, mersey tunnel, dart charge, congestion zone",
    },
    NotHeld {
        what: "prices of fuel and of electricity",
        whither: "a fuel price site, or the charging network's app",
        words: "fuel price, petrol price, diesel price, fuel prices, petrol prices, price of petrol, price of diesel, charging cost, cost to charge, cost per kwh, cheapest fuel, cheapest petrol",
    },
    NotHeld {
        what: "how long and how fast a vehicle charges",
        whither: "the handbook, which states the vehicle's charging power, and the charger's own rating",
        words: "take to charge, charging time, charging times, charge time, how long to charge, how long charge, charging speed, charge speed, how fast charge, how fast does it charge, how fast will it charge, rapid charge, fast charge, fully charge, full charge, time to charge, long to charge, long does charging take, hours to charge, charge overnight, how long does it charge, charge from empty",
    },
    NotHeld {
        what: "performance and dimensions",
        whither: "the maker's brochure or the handbook",
        words: "bhp, horsepower, 0 60, top speed, torque, boot size, dimensions, ground clearance, how fast, how wide, how long is car, wheelbase, roof load, roof bar, roof bars, roof rack, roof box, kerb weight, how many seats",
    },
    NotHeld {
        what: "sound systems, telephones, keys and codes",
        whither: "the handbook or a dealer of the make",
        words: "bluetooth, carplay, android auto, radio code, satnav, sat nav, key stuck in ignition, key stuck, keyless entry, keyless, key wont turn, key fob, lost my car keys, lost car keys, lost my keys, lost keys, car keys, wont unlock, wont lock, unlock car, locked my keys, remote locking, fob not working, lost key, spare key, key battery, infotainment, stereo, usb, apple carplay, immobiliser, alarm",
    },
    NotHeld {
        what: "the kind of gearbox of a vehicle",
        whither: "the vehicle itself, and the dealer's or maker's specification",
        words: "manual or automatic, automatic or manual, manual or auto, auto or manual, is it automatic, is it manual, what gearbox, which gearbox, type of gearbox, kind of gearbox, what transmission, how many gears",
    },
    NotHeld {
        what: "part numbers and fitments",
        whither: "a dealer of the make, or a parts shop by registration",
        words: "part number, bulb type, which bulb do, which bulb fits, which bulb does, what bulb do, what bulb fits, what bulb does, what bulb is in, wiper size, battery size, spark plug type, paint code, which battery do i need, what battery do i need, what battery does it, which battery does it, what battery size, wiper blades fit",
    },
    NotHeld {
        what: "the maker's warranty of this vehicle",
        whither: "the warranty book and a dealer of the make",
        words: "warranty, under warranty, guarantee, extended warranty, consumer rights, refund from dealer, money back, reject car, rejecting car, return car, return my car, return it, sold me faulty, sold as seen, take it back to dealer, faulty car, faulty car return",
    },
    NotHeld {
        what: "where garages, chargers or test stations are",
        whither: "a map, or GOV.UK's list of MOT stations",
        words: "nearest garage, near me, recommend garage, find garage, charging point, nearest charger, charging station, good garage, which garage, best garage",
    },
    NotHeld {
        what: "modifications and what they do to cover or approval",
        whither: "the insurer, and GOV.UK's pages on modified vehicles",
        words: "modify, modified, modification, modifications, tuning, remap, lowered, lowering springs, straight pipe, wrap, respray, tints, window tint, tint",
    },
    NotHeld {
        what: "how this make and model ages compared with others",
        whither: "owners' clubs, reliability surveys and the public MOT statistics",
        words: "common faults, common problems, known faults, usual problems, typical problems, typical faults, better than, best car, which car, recommend car, what car should",
    },
    NotHeld {
        what: "copies of MOT certificates",
        whither: "GOV.UK's page on replacing an MOT certificate, or any test station",
        words: "mot certificate lost, lost mot certificate, lost my mot certificate, copy of mot, copy of my mot, mot certificate copy, replacement mot certificate, print mot certificate, print my mot, duplicate mot",
    },
    NotHeld {
        what: "helmets and what riders wear",
        whither: "the Highway Code on GOV.UK, and the SHARP ratings of helmets",
        words: "helmet, helmets, motorcycle gloves, motorbike gear",
    },
    NotHeld {
        what: "speedometers",
        whither: "the MOT inspection manual on GOV.UK, and a garage that reads the fault",
        words: "speedometer, speedo not working, speedometer not working",
    },
    NotHeld {
        what: "where and at which station it was tested",
        whither: "the paper certificate, or GOV.UK's MOT history with the V5C's document number",
        words: "which garage tested, where was it tested, test station, which test centre, testing station, who tested",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_held_is_told_in_prose_without_figures() {
        for entry in NOT_HELD {
            let digits = entry.what.chars().chain(entry.whither.replace("V5C", "").chars()).any(|c| c.is_ascii_digit());
            assert!(!digits, "{}", entry.what);
        }
    }
}
