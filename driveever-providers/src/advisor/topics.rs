//! What a question is about: topics and intentions, found by words and phrases.
//!
//! A question may have several topics. A phrase beats the words in it: in `warning light` no one asks about lights. To
//! add a topic: a variant, its words in [`VOCABULARY`], and a composer in `compose`.

use driveever_core::vehicle::report::Component;

/// A subject that the advisor has something to say on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Topic {
    /// May it, or can it safely, be driven.
    Driveable,
    /// Advisories of the tests.
    Advisories,
    /// Failures, and what the categories mean.
    Failures,
    /// How long the MOT runs.
    MotDate,
    /// Past tests.
    MotHistory,
    /// Passing the next test.
    NextTest,
    /// Retests.
    Retest,
    /// Whether an MOT is needed at all.
    MotExempt,
    /// Fees and fines around the MOT.
    MotFee,
    /// Vehicle tax.
    Tax,
    /// Off-road declaration.
    Sorn,
    /// Insurance.
    Insurance,
    /// Clean air and low emission zones.
    Zones,
    /// Safety recalls.
    Recall,
    /// Mileage and whether it is true.
    Mileage,
    /// Buying this vehicle.
    Buying,
    /// Selling it.
    Selling,
    /// What it is worth.
    Value,
    /// Outstanding finance.
    Finance,
    /// Write-offs and accident damage.
    WriteOff,
    /// Keepers and the log book.
    Keeper,
    /// Age and historic status.
    Historic,
    /// Number plates.
    Plates,
    /// Private plates.
    PrivatePlate,
    /// Import and export.
    ImportExport,
    /// What vehicle it is.
    Details,
    /// Service intervals.
    Service,
    /// Warning lamps.
    WarningLamps,
    /// Smoke from the exhaust.
    Smoke,
    /// Flooding.
    Flood,
    /// Breaking down.
    Breakdown,
    /// What it costs to keep.
    RunningCosts,
    /// What a repair costs.
    RepairCosts,
    /// Timing belts.
    TimingBelt,
    /// Fuel, E10.
    Fuel,
    /// What the advisor can do.
    Capabilities,
    /// Everything that is known of the vehicle.
    Overview,
    /// A part of the vehicle.
    Part(Component),
    /// Something that no rule or record here covers: an index into [`NOT_HELD`].
    NotHeld(usize),
}

/// What is wanted of a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Intent {
    /// An amount of money.
    Cost,
    /// A fine.
    Penalty,
    /// A day.
    When,
    /// Whether driving is allowed or safe.
    Drive,
    /// "Drive" in another sense than driving.
    NotDriving,
    /// Whether it is safe, whatever is allowed.
    Safety,
    /// Whether something is in force: a question for yes or no.
    InForce,
    /// What a rule or a word says.
    Rule,
    /// How it compares with others.
    Compare,
    /// An electric vehicle.
    Electric,
    /// A short answer.
    Brief,
    /// Northern Ireland.
    NorthernIreland,
    /// The asker is about to buy.
    Purchase,
    /// The question is about vehicles, whatever the topic.
    Vehicle,
    /// A motorcycle.
    Motorcycle,
    /// A van or goods vehicle.
    Goods,
}

/// Topics and their words: phrases parted by commas. A leading `~` marks a weak word, which counts only beside another.
pub(super) const VOCABULARY: &[(Topic, &str)] = &[
    (
        Topic::Driveable,
        "school run, take kids, to school, daily driver, use it daily, safe, safely, roadworthy, unroadworthy, drivable, driveable, ok to drive, okay to drive, can i drive, can i still drive, could i drive, should i drive, legal to drive, allowed to drive, allowed on road, legal on road, road legal, drive it, drive home, drive to work, drive to garage, keep driving, carry on driving, continue driving, unsafe, dangerous to drive, still drive, drive with, take it on motorway, long trip, long journey, road trip, take it on holiday, use it on road, roadworthiness, is my car legal, car legal, illegal, legally drive, drive legally, motorway trip, fit to drive, danger, risky, keep using, carry on using, can i use, still use, use it for work, go to work in, take it out, use van, use car, drive it to, drive to show, ok now, alright now, all right now, okay now, fine to drive, carry on driving it, am i legal, legal right now, how much trouble, for trip, ok for trip, trip to",
    ),
    (
        Topic::Advisories,
        "advisory, advisories, advisorys, advice items, advisary, advisaries, advise notes, advisory notes, monitor, what needs doing, what needs fixing, needs fixing, fix first, repair first, most urgent, priority, prioritise, whats wrong, what wrong, anything wrong, any problems, any issues, any faults, known issues, defects, defect, faults, issues, problems, state of car, condition, what to fix, what should i fix, needs attention, worry about, worried about, concern, concerns, worst, wots wrong, wots up with, wrong with car, wrong with motor, in good shape, good nick, decent nick, bad shape, repairs does it need, work does it need, work needed, what repairs, jobs",
    ),
    (
        Topic::Failures,
        "fail, failed, failure, fails, failing, major defect, minor defect, dangerous defect, major fault, minor fault, dangerous fault, majors, minors, what does major mean, categories, dangerous, prs, reason for failure, refusal, major, minor, fail before and why, failed before and why, why did it fail",
    ),
    (
        Topic::MotDate,
        "mot due, mot expire, mot expires, mot expiry, mot run out, mot runs out, mot date, mot valid, valid mot, mot, m o t, ministry test, next mot, mot left, mot renewal, renew mot, renew early, mot early, book mot, mot reminder, when mot, mot expired, no mot, without mot, test due, certificate, tested again, mots, first mot, motd, mot certificate, out of mot, mot still, renew now, keep date, keep same date, lose days, losing days, mot up, mot yet",
    ),
    (
        Topic::MotHistory,
        "mot history, test history, last test, last mot, previous tests, previous mot, past tests, past mots, mot record, latest test, latest mot, mot results, test results, ever failed, failed before, how many times, mot past, history, last tested, previous failures, last passed, pass rate",
    ),
    (
        Topic::NextTest,
        "to pass, need to pass, pass mot, pass next mot, pass its mot, will it pass, pass next test, prepare for mot, prep for mot, likely to fail, going to fail, likely to pass, before mot, ready for mot, mot check list, mot checklist, next mot pass, get it through mot, through mot, next test, pass test, chance of passing, chances of passing",
    ),
    (
        Topic::Retest,
        "retest, re test, partial retest, tested again after fail, test again, free retest, re mot, after mot fails, after mot fail, after failing mot to get, fix after fail, how long after fail, days to fix, get it fixed, time to fix, long to get it fixed, long have i got to fix, long have i got to get",
    ),
    (
        Topic::MotExempt,
        "mot exempt, exempt from mot, mot exemption, exempt, exemption, need mot, needs mot, require mot, need an mot, does it need an mot",
    ),
    (
        Topic::MotFee,
        "mot cost, mot fee, mot price, cost of mot, price of mot, how much is mot, how much mot, mot charge, mot fine, fine for no mot, mot penalty, much for mot, much does mot",
    ),
    (
        Topic::Tax,
        "tax, taxed, g km, gkm, road tax, car tax, vehicle tax, ved, road fund, excise, tax disc, tax band, untaxed, tax due, tax expire, car taxed, co2 band, co2, tax it, tax runs out, taxing",
    ),
    (
        Topic::Sorn,
        "keep it on drive, on my drive, on driveway, driveway, on street, park it on road, parked on road, parked on street, sorn, off road, back on road, sorned, statutory off road, off the road, declared off road, unsorn",
    ),
    (
        Topic::Insurance,
        "insurance, insure, insured, insurer, uninsured, third party, comprehensive, fully comp, no claims, premium, mib, ensurance, insurence, policy, cover note, underwriter, excess, claim",
    ),
    (
        Topic::Zones,
        "ulez, ules, uelz, clean air zone, caz, low emission zone, lez, emission zone, emissions zone, drive in london, drive into london, london, birmingham, bristol, bath, bradford, portsmouth, sheffield, newcastle, tyneside, gateshead, glasgow, edinburgh, aberdeen, dundee, euro 4, euro 5, euro 6, euro 3, euro standard, euro status, euro rating, compliant, clean air, clean air charge, zone charge, manchester, oxford, zev zone, zero emission zone, city centre, euro class",
    ),
    (
        Topic::Recall,
        "recall, recalls, recalled, safety recall, takata, airbag recall, outstanding recall, recal, manufacturer recall",
    ),
    (
        Topic::Mileage,
        "mileage, milage, millage, clocked, clocking, odometer, odo, miles, how many miles, genuine miles, mileage genuine, wound back, tampered, speedo, high mileage, low mileage, average mileage, miles per year, annual mileage, mileage history, real mileage, true mileage, mileage correct, km, kilometres, mileage discrepancy",
    ),
    (
        Topic::Buying,
        "buy, buying, should i buy, worth buying, purchase, good buy, bargain, used car, second hand, before buying, viewing, seller, test drive, dealer selling, good deal, avoid, red flags, red flag, thinking of buying, bought, lemon, worth it, haggle, negotiate, hpi, history check, buyer, good car, reliable, reliability, dodgy, what to check, decent, dependable, walk away",
    ),
    (
        Topic::Selling,
        "sell, selling, sale, part exchange, part ex, scrap, scrapping, scrapped, sold, trade in, sell it, get rid of it, get rid",
    ),
    (
        Topic::Value,
        "value, worth, valuation, depreciation, depreciate, resale, how much is it worth, whats it worth, market price, price of car, lose value, residual, holds value, book price, asking price",
    ),
    (
        Topic::Finance,
        "finance, hp agreement, pcp, outstanding finance, lease, loan, hire purchase, logbook loan, on finance, owed, debt, repossess, repossessed",
    ),
    (
        Topic::WriteOff,
        "write off, written off, writeoff, category s, category n, cat s, cat n, cat c, cat d, cat a, cat b, salvage, insurance write off, total loss, accident damage, been in accident, been in crash, been crashed, ever been crashed, accident history, had accident, accident repaired, in accident, accident before, flood damage, flood damaged, been flooded",
    ),
    (
        Topic::Keeper,
        "keeper, keepers, owner, owners, previous owner, previous owners, v5c, v5, log book, logbook, registered keeper, who owns, how many owners, change ownership, number of owners, registration document, new keeper, one owner, v5c issued, v5c last issued, logbook issued, logbook last issued, log book issued, log book last issued, last v5c, last logbook, v5c missing, missing v5c, no v5c, without v5c",
    ),
    (
        Topic::Historic,
        "historic, classic, vintage, 40 years, forty years, oldtimer, historic vehicle, classic car, how old, age, how old car, built, when was it made, when was it registered, first registered",
    ),
    (
        Topic::Plates,
        "number plate, number plates, numberplate, numberplates, reg plate, licence plate, license plate, registration plate, registration plates, green flash, 4d plates, 3d plates, 3d gel, tinted plate, plates, q plate, q reg, q plates, green plate, green plates, dirty plate, what year plate, year of plate",
    ),
    (
        Topic::PrivatePlate,
        "private plate, private plates, private reg, private registration, personalised plate, personalised registration, cherished plate, cherished number, cherished, v778, v750, retention, plate transfer, transfer plate, assign plate, private number, personal plate, custom plate, put plate on, plate on my other, plate on other, plate on another, move plate, move my plate, keep my plate, keep plate, swap plates, take plate off",
    ),
    (
        Topic::ImportExport,
        "import, imported, importing, export, exported, exporting, nova, take abroad, bring into uk, marked for export, grey import, ship it abroad, abroad permanently, move abroad",
    ),
    (
        Topic::Details,
        "what car, what engine, engine size, cc, what colour, colour, color, what fuel, fuel type, make and model, what model, which model, what make, petrol or diesel, diesel or petrol, is it diesel, is it petrol, is it electric, is it hybrid, specification, spec, type approval, weight, registered, which engine, make model, what vehicle, what kind of car, how big engine, manufactured",
    ),
    (
        Topic::Service,
        "service, servicing, serviced, service interval, service history, maintenance, maintain, look after, major service, minor service, full service, interim service, service due, when service, maintenance schedule, mechanic check, spark plugs, air filter, cabin filter, pollen filter, filters, upkeep, winter check, weekly checks, before winter, maintained",
    ),
    (
        Topic::WarningLamps,
        "warning light, warning lights, warning lamp, warning lamps, dash light, dashboard light, dashboard lights, dash lights, warning symbol, symbol, engine light, engine management light, eml, check engine, check engine light, amber light, amber lamp, amber, orange light, yellow light, yellow lamp, light came on, light on dash, light on dashboard, light has come on, light come on, light on, warning message, brake light on dash, oil light, battery light, abs light, airbag light, dpf light, red light, glow plug light, coil light, tyre pressure light, tpms, fault code, fault codes, obd, limp mode, lamp on, flashing light, blue light, green light, yellow warning, red warning, amber warning, battery symbol, yellow engine, orange engine, amber engine, dashboard, light up, lit up, malfunction indicator, spanner light",
    ),
    (
        Topic::Smoke,
        "exhaust smoke, smoke, smoking, smokes, white smoke, blue smoke, black smoke, grey smoke, smoke from exhaust, exhaust smoking, smoky, smokey, thick smoke",
    ),
    (
        Topic::Flood,
        "flood, flooded, floodwater, deep water, puddle, ford crossing, standing water, drive through water, heavy rain, water depth",
    ),
    (
        Topic::Breakdown,
        "ran out fuel, ran out petrol, run out fuel, run out petrol, out of fuel, out of petrol, ran out diesel, breakdown, broken down, break down, broke down, recovery, tow truck, towed, breakdown cover, stranded, wont start, will not start, doesnt start, not starting, non starter, cant start, roadside, stalls, stalling, cut out, cutting out, start",
    ),
    (
        Topic::RunningCosts,
        "money pit, running cost, running costs, cost to run, cost of running, cost to keep, cost per year, yearly cost, annual cost, cheap to run, expensive to run, budget, how much a year, per year cost, ownership cost, cost of ownership, cost me, upcoming costs, costs coming, total cost",
    ),
    (
        Topic::RepairCosts,
        "repair cost, cost to repair, cost to fix, cost of repair, repair bill, cost to replace, how much to fix, how much to repair, how much to replace, how much would it cost, how much will it cost, garage bill, quote, labour, replacement cost, price to fix, cost of repairs, repair costs, cost of fixing, cost of replacing, how much for new, how much new, ripped off, fair price, expensive repair, worth repairing, worth fixing, repairing, economical",
    ),
    (
        Topic::TimingBelt,
        "timing belt, cambelt, cam belt, timing chain, wet belt, belt in oil, cambelts, timing belts, aux belt, water pump belt, camshaft belt",
    ),
    (Topic::Fuel, "e10, e5, super unleaded, unleaded, e10 petrol, ethanol, premium petrol"),
    (
        Topic::Capabilities,
        "what can you do, who are you, what do you know, help me with, how do you work, what can i ask, what questions, hello, hi, hey, thanks, thank you, good morning, help",
    ),
    (
        Topic::Overview,
        "tell me everything, everything, tell me about, everything about, summary, overview, report, full report, summarise, whats known, what do you know about, about this car, about this vehicle, about my car, health check, status, rundown, any good, general state, need to know, should i know, check this car, check my car, check car, look up, quick check, car check, vehicle check, facts",
    ),
    (
        Topic::Part(Component::Brakes),
        "brake, brakes, breaks, braking, brake disc, brake discs, discs, brake pad, brake pads, break pads, pads, brake pipe, brake pipes, brake fluid, brake hose, caliper, calliper, handbrake, parking brake, hand brake, drum, drums, abs, brake line, brakeline, disc brake, brake pedal, stopping distance",
    ),
    (
        Topic::Part(Component::Tyres),
        "tyre, tyres, tire, tires, tread, wheel, wheels, alloy, alloys, puncture, bald, sidewall, spare wheel, tyre wear, tread depth, winter tyres, all season, rubber, tracking, wheel alignment, slow puncture, flat tyre, space saver",
    ),
    (
        Topic::Part(Component::Lights),
        "light, lights, headlight, headlights, headlamp, headlamps, bulb, bulbs, brake light, brake lights, indicator, indicators, fog light, fog lights, tail light, lamp, lamps, number plate light, number plate lamp, sidelight, reversing light, hazard lights, beam, led bulbs, headlight aim, full beam, main beam, dipped, rear light, stop lamp, head lights, xenon",
    ),
    (
        Topic::Part(Component::Steering),
        "steering, steer, steering wheel, steering rack, rack, track rod, power steering, track rod end, steers, pulling to left, pulls to left, stearing, wheel wobble",
    ),
    (
        Topic::Part(Component::Suspension),
        "suspension, shock, shocks, shock absorber, shock absorbers, spring, springs, coil spring, ball joint, ball joints, bush, bushes, wishbone, drop link, anti roll bar, arb, damper, dampers, suspention, clunk, clunking, knock over bumps, bumpy, control arm, lower arm, strut, struts, wheel bearing, bearing, air suspension",
    ),
    (
        Topic::Part(Component::Structure),
        "rust, rusty, rusting, rusted, corrosion, corroded, corrode, subframe, sub frame, chassis, sill, sills, structural, welding, weld, rot, rotten, floor pan, underbody, underside, rust proof, jacking point, surface rust",
    ),
    (
        Topic::Part(Component::Exhaust),
        "exhaust, emission, emissions, catalytic converter, cat converter, catalyst, catalytic, lambda, dpf, particulate filter, egr, silencer, tailpipe, blowing exhaust, adblue, exhaust blowing, decat, sulphur smell, cat stolen",
    ),
    (
        Topic::Part(Component::Engine),
        "engine, misfire, misfiring, turbo, head gasket, noise from engine, engine noise, engine knocking, engine mount, idle, rough idle, loss of power, lost power, no power, rattling, rattle, compression, piston, injector, injectors, remap, stall",
    ),
    (
        Topic::Part(Component::Oil),
        "oil, engine oil, oil leak, oil change, oil level, leaking oil, dipstick, oil filter, burning oil, oil consumption, losing oil, oil leaks, oil mist, fluid leak, leak, leaks, leaking",
    ),
    (
        Topic::Part(Component::Cooling),
        "coolant, antifreeze, overheating, overheat, overheats, radiator, thermostat, water pump, temperature, hot, cooling, losing water, heater, coolent, colant, steam, steaming",
    ),
    (
        Topic::Part(Component::Electrical),
        "battery, alternator, flat battery, dead battery, 12v, 12 v, jump start, jump leads, starter, starter motor, electrical, electrical fault, wiring, fuse, charging system, battery drain, agm, new battery",
    ),
    (
        Topic::Part(Component::HighVoltage),
        "ev battery, traction battery, battery health, battery condition, health of battery, battery degradation, range, charging, charge, charge port, high voltage, hybrid battery, soh, plug in, ev range, electric battery, charger, charging cable, home charger",
    ),
    (
        Topic::Part(Component::Visibility),
        "windscreen, wiper, wipers, screen wash, mirror, mirrors, chip in windscreen, cracked windscreen, stone chip, washer, washers, window, windows, glass, tinted windows, demister, screenwash, wing mirror, door mirror, view, rear view",
    ),
    (
        Topic::Part(Component::Restraint),
        "seat belt, seat belts, seatbelt, seatbelts, airbag, airbags, air bag, srs, isofix, child seat, belt",
    ),
    (
        Topic::Part(Component::Body),
        "door, doors, bonnet, bumper, bodywork, body work, paint, dent, dents, panel, tailgate, boot lid, horn, scratch, seat, seats, tow bar, towbar, registration mark",
    ),
    (
        Topic::Part(Component::Transmission),
        "clutch, gearbox, transmission, gears, gear, driveshaft, drive shaft, cv boot, cv joint, cv gaiter, gaiter, dual mass, dmf, automatic gearbox, auto box, differential, propshaft, flywheel, dsg, reverse gear, gear change, gear oil, gearstick",
    ),
    (
        Topic::Part(Component::FuelSystem),
        "fuel leak, fuel pump, fuel line, fuel pipe, fuel tank, fuel filter, wrong fuel, misfuel, misfuelled, petrol in diesel, diesel in petrol, petrol in, smell of petrol, petrol smell, fuel smell, fuel cap, petrol cap, petrol pump",
    ),
];

/// Intentions and their words.
pub(super) const INTENTS: &[(Intent, &str)] = &[
    (
        Intent::Cost,
        "how much, cost, price, pay, paying, expensive, cheap, fee, bill, quote, budget, pounds, afford, pricey",
    ),
    (Intent::Penalty, "fine, fined, penalty, penalties, points on, prosecuted, court"),
    (Intent::When, "when, due, expire, expires, expiry, run out, runs out, how long, left, date, until, renew"),
    (Intent::Drive, "drive, driving, drove, driven, safe, safely, roadworthy, motorway, journey, trip, use it, unsafe"),
    (
        Intent::NotDriving,
        "drive shaft, driveshaft, wheel drive, on drive, on driveway, drive belt, drive train, driving licence, driving license, driving test, driving instructor, driving lesson, driving lessons",
    ),
    (Intent::Safety, "safe, safely, roadworthy, unsafe, dangerous to drive, danger, risky, unroadworthy"),
    (
        Intent::InForce,
        "still valid, valid, have mot, has mot, got mot, motd, in date, current mot, have valid mot, still in date, out of date, up to date, mot expired yet, expired yet",
    ),
    (
        Intent::Rule,
        "how deep, how often, how thick, limit, minimum, law, mean, means, meaning, how many points, what fine, what happens if, can police, required, requirement, interval, is it legal, are legal, legal to, will it fail, can car pass, does it fail, allowed on plates, how long does, how long do i have, do cars, do vans, do all cars",
    ),
    (
        Intent::Electric,
        "ev, evs, electric car, electric cars, electric vehicle, electric vehicles, bev, phev, electric",
    ),
    (Intent::Compare, "average, compared, compare, normal, typical, lot of miles, a lot, high, low, more than most"),
    (
        Intent::Brief,
        "short answer, in short, briefly, in brief, one sentence, yes or no, quick answer, keep it short, concise, tldr, tl dr, in a nutshell, one line",
    ),
    (Intent::NorthernIreland, "northern ireland, belfast, ni, ulster, derry, antrim, dva"),
    (Intent::Purchase, "buy, buying, purchase, viewing, seller, before i buy, thinking of buying"),
    (Intent::Motorcycle, "motorcycle, motorbike, motorcycles, motorbikes, scooter, moped, bike"),
    (
        Intent::Goods,
        "van, vans, hgv, lorry, truck, goods vehicle, lgv, pickup, motorhome, campervan, minibus, trailer, caravan",
    ),
    (
        Intent::Vehicle,
        "car, cars, vehicle, vehicles, van, motor, drive, driving, driver, garage, mechanic, engine, road, motorway, mot, tax, reg, registration, dealer, wheels, lorry, hgv, motorbike, motorcycle, scooter, moped, taxi, truck, ignition, key, boot, handbook, park, parking, parked, traffic, motorist, petrol, diesel, fuel, dvla, dvsa, v5c, motoring, automatic, manual, convertible, sunroof, roof, dashboard, passenger, commute, mileage, campervan, bike, ev",
    ),
];

/// Something that drivers ask and that neither the record nor the rules hold.
#[derive(Debug)]
pub(super) struct NotHeld {
    /// What it is, as the object of "no rule or record on".
    pub(super) what: &'static str,
    /// Where it is found.
    pub(super) whither: &'static str,
    /// Words that ask for it.
    pub(super) words: &'static str,
}

/// What is asked often and held nowhere here, with the place to look; the honest answer is the place.
pub(super) const NOT_HELD: &[NotHeld] = &[
    NotHeld {
        what: "tyre pressures and tyre sizes of a vehicle",
        whither: "the handbook, and the sticker in the driver's door frame or the fuel flap",
        words: "tyre pressure, tyre pressures, tire pressure, psi, tyre size, tyre sizes, what size tyres, which tyres, inflate, bar pressure, how much air",
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
        what: "theft markers",
        whither: "a paid history check, and the police",
        words: "stolen, theft marker, is it stolen, nicked, stolen car, cloned, ringer, cloned plate",
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
        what: "speed limits, alcohol limits, telephones at the wheel and the other rules for drivers",
        whither: "the Highway Code on GOV.UK",
        words: "speed limit, speeding, speeding ticket, drink drive, drink driving, alcohol limit, mobile phone, using phone, phone while driving, highway code, right of way, overtake, overtaking, roundabout, bus lane, speed camera, red light camera, eyesight, headphones, seatbelt law, smoking in car, flip flops, sleep in car, dash cam, dashcam",
    },
    NotHeld {
        what: "parking fines and other penalty notices",
        whither: "the notice itself, which says how to appeal, and GOV.UK",
        words: "parking ticket, parking fine, pcn, penalty charge notice, private parking, clamped, yellow line, parking permit, appeal fine, notice of intended prosecution",
    },
    NotHeld {
        what: "driving licences, tests and lessons",
        whither: "GOV.UK's pages on driving licences and tests",
        words: "driving licence, driving license, provisional licence, theory test, driving test, lessons, learner, licence points, points on my licence, licence expired, medical condition, renew licence, practical test, driving instructor",
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
        what: "performance and dimensions",
        whither: "the maker's brochure or the handbook",
        words: "bhp, horsepower, 0 60, top speed, torque, boot size, dimensions, ground clearance, how fast, how wide, how long is car, wheelbase, roof load, roof rack, roof box, kerb weight, how many seats",
    },
    NotHeld {
        what: "sound systems, telephones, keys and codes",
        whither: "the handbook or a dealer of the make",
        words: "bluetooth, carplay, android auto, radio code, satnav, sat nav, key fob, lost key, spare key, key battery, infotainment, stereo, usb, apple carplay, immobiliser, alarm",
    },
    NotHeld {
        what: "part numbers and fitments",
        whither: "a dealer of the make, or a parts shop by registration",
        words: "part number, bulb type, which bulb, what bulb, wiper size, battery size, spark plug type, paint code, which battery do i need, what battery do i need, what battery does it, which battery does it, what battery size, wiper blades fit",
    },
    NotHeld {
        what: "the maker's warranty of this vehicle",
        whither: "the warranty book and a dealer of the make",
        words: "warranty, under warranty, guarantee, extended warranty, consumer rights, refund from dealer, money back, reject car, rejecting car, faulty car return",
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
        what: "where and at which station it was tested",
        whither: "the paper certificate, or GOV.UK's MOT history with the V5C's document number",
        words: "which garage tested, where was it tested, test station, which test centre, testing station, who tested",
    },
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_phrase_is_listed_twice_for_one_topic() {
        for (topic, phrases) in VOCABULARY {
            let mut seen = HashSet::new();
            for phrase in phrases.split(',') {
                assert!(!phrase.trim().is_empty() && seen.insert(phrase.trim()), "{topic:?}: {phrase:?}");
            }
        }
    }

    #[test]
    fn what_is_not_held_is_told_in_prose_without_figures() {
        for entry in NOT_HELD {
            let digits = entry.what.chars().chain(entry.whither.replace("V5C", "").chars()).any(|c| c.is_ascii_digit());
            assert!(!digits, "{}", entry.what);
        }
    }
}
