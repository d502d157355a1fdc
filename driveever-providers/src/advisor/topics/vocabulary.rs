//! The words by which topics and intentions are found.

use driveever_core::vehicle::report::Component;

use super::{Intent, Topic};

/// Topics and their words: phrases parted by commas. A leading `~` marks a weak word, which counts only beside another.
pub(in crate::advisor) const VOCABULARY: &[(Topic, &str)] = &[
    (
        Topic::Driveable,
        "school run, take kids, to school, daily driver, use it daily, safe, safely, roadworthy, unroadworthy, drivable, driveable, ok to drive, okay to drive, can i drive, can i still drive, could i drive, should i drive, legal to drive, allowed to drive, allowed on road, legal on road, road legal, drive it, drive home, drive to work, drive to garage, keep driving, carry on driving, continue driving, move it, move car, move van, get it home, get it to garage, get it to mot, get it to test, get it to work, take it to, take it round, borrow it, borrow car, borrow van, lend it, lend car, to go to work, bike legal, van legal, legal for road, legal to ride, can i ride, can i still ride, ride it, safe to ride, unsafe, dangerous to drive, still drive, drive with, take it on motorway, long trip, long journey, road trip, take it on holiday, use it on road, roadworthiness, is my car legal, car legal, illegal, legally drive, drive legally, motorway trip, fit to drive, danger, risky, keep using, carry on using, can i use, still use, use it for work, go to work in, take it out, use van, use car, drive it to, drive to show, ok now, alright now, all right now, okay now, fine to drive, carry on driving it, am i legal, legal right now, how much trouble, for trip, ok for trip, trip to",
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
        "mot due, next test due, next mot due, next test date, next mot date, mot expire, mot expires, mot expiry, mot run out, mot runs out, mot date, mot valid, valid mot, mot, m o t, ministry test, next mot, mot left, mot renewal, renew mot, before mot, until mot, till mot, first test, new car test, renew early, mot early, where do i take it, where can i take it, take it for test, take it for mot, when test, when its test, book mot, mot reminder, when mot, mot expired, no mot, without mot, test due, certificate, tested again, mots, first mot, motd, mot certificate, out of mot, mot still, renew now, keep date, keep same date, lose days, losing days, mot up, mot yet",
    ),
    (
        Topic::MotHistory,
        "mot history, test history, last test, last mot, previous tests, previous mot, past tests, past mots, mot record, latest test, latest mot, mot results, test results, ever failed, failed before, how many times, mot past, history, last tested, previous failures, last passed, pass rate",
    ),
    (
        Topic::NextTest,
        "to pass, need to pass, check before mot, fix before mot, do before mot, sort before mot, done before mot, repair before mot, replace before mot, pass mot, pass next mot, pass its mot, will it pass, pass next test, prepare for mot, prep for mot, likely to fail, going to fail, likely to pass, ready for mot, mot check list, mot checklist, next mot pass, get it through mot, through mot, next test, pass test, chance of passing, chances of passing",
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
    (Topic::Sorn, "sorn, off road, back on road, sorned, statutory off road, off the road, declared off road, unsorn"),
    (
        Topic::Parking,
        "park it, park car, park van, can i park, may i park, parked on, parked outside, park on, park outside, leave on, leave on road, leave on street, left on road, leave it on, leave it parked, leave it outside, keep it on, keep it outside, keep it in, keep it parked, stand on, on drive, on driveway, in driveway, driveway, on street, on road outside, in garage, in my garage, private land, private ground, store it, stored",
    ),
    (
        Topic::Contradictions,
        "contradictory, contradiction, contradictions, contradict, contradicts, contradicting, disagree, disagrees, disagreeing, disagreement, conflict, conflicts, conflicting, inconsistent, inconsistency, inconsistencies, mismatch, mismatches, mismatched, discrepancy, discrepancies, records differ, sources differ, two records, both records, dont match, doesnt match, do not match, does not match, not match up, agree, agrees, dont agree, doesnt agree, add up, adds up, different details, doesnt add up",
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
        "buy, buying, should i buy, worth buying, purchase, good buy, bargain, used car, second hand, before buying, viewing, seller, test drive, dealer selling, good deal, avoid, red flags, red flag, thinking of buying, bought, lemon, worth it, haggle, should i offer, offer for it, offer for, make offer, how much to offer, negotiate, hpi, history check, buyer, good car, reliable, reliability, dodgy, what to check, decent, dependable, walk away",
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
        "airbags went off, insurance loss, write off, written off, writeoff, category s, category n, cat s, cat n, cat c, cat d, cat a, cat b, salvage, insurance write off, total loss, accident damage, been in accident, been in crash, been crashed, ever been crashed, accident history, had accident, accident repaired, in accident, accident before, flood damage, flood damaged, been flooded",
    ),
    (
        Topic::Keeper,
        "keeper, keepers, owner, owners, previous owner, previous owners, v5c, v5, log book, logbook, registered keeper, who owns, how many owners, change ownership, number of owners, registration document, new keeper, one owner, v5c issued, v5c last issued, logbook issued, logbook last issued, log book issued, log book last issued, last v5c, last logbook, v5c missing, missing v5c, no v5c, without v5c",
    ),
    (
        Topic::Historic,
        "historic, classic, vintage, 40 years, forty years, oldtimer, historic vehicle, classic car, how old, which year, what year, year is it, age, how old car, built, when was it made, when was it registered, first registered",
    ),
    (
        Topic::Plates,
        "number plate, number plates, numberplate, numberplates, reg plate, licence plate, license plate, registration plate, registration plates, green flash, 4d plates, 3d plates, 3d gel, tinted plate, plates, q plate, q reg, q plates, green plate, green plates, dirty plate, what year plate, year of plate",
    ),
    (
        Topic::PrivatePlate,
        "transfer registration, transfer my registration, transfer reg, transfer my reg, transfer number, registration transfer, reg transfer, move registration, move reg, move my reg, old registration, old reg, old plate, old number, keep registration, keep my registration, keep registration number, keep my reg, keep reg, dateless plate, dateless reg, put my reg on, reg on another, reg on my new car, private plate, private plates, private reg, private registration, personalised plate, personalised registration, cherished plate, cherished number, cherished, v778, v750, retention, plate transfer, transfer plate, assign plate, private number, personal plate, custom plate, put plate on, plate on my other, plate on other, plate on another, move plate, move my plate, keep my plate, keep plate, swap plates, take plate off",
    ),
    (
        Topic::ImportExport,
        "import, imported, importing, export, exported, exporting, nova, take abroad, bring into uk, marked for export, grey import, ship it abroad, abroad permanently, move abroad, which country, what country, where did it come from, from abroad, come from abroad, where did it originally, originally from",
    ),
    (
        Topic::Details,
        "what car, fuel recorded, recorded fuel, fuel on record, what engine, engine size, cc, petrol or electric, electric or petrol, diesel or electric, petrol or hybrid, what colour, colour, color, what fuel, fuel type, make and model, what model, which model, what make, petrol or diesel, diesel or petrol, is it diesel, is it petrol, is it electric, is it hybrid, specification, spec, type approval, weight, registered, which engine, make model, what vehicle, what kind of car, how big engine, manufactured",
    ),
    (
        Topic::Service,
        "service, servicing, serviced, service interval, service history, maintenance, maintain, look after, major service, minor service, full service, interim service, service due, when service, maintenance schedule, mechanic check, spark plugs, air filter, cabin filter, pollen filter, filters, upkeep, winter check, weekly checks, before winter, maintained",
    ),
    (
        Topic::WarningLamps,
        "handbrake light, handbrake lamp, parking brake light, brake warning light, brake fluid light, airbag lamp, airbag warning, airbag symbol, airbag lights, srs light, srs lamp, abs lamp, abs warning, traction control light, esp light, coolant light, glow plug lamp, warning light, warning lights, warning lamp, warning lamps, dash light, dashboard light, dashboard lights, dash lights, warning symbol, symbol, engine light, engine management light, eml, check engine, check engine light, amber light, amber lamp, amber, orange light, yellow light, yellow lamp, light came on, light on dash, light on dashboard, light has come on, light come on, light on, warning message, brake light on dash, oil light, battery light, abs light, airbag light, dpf light, red light, glow plug light, coil light, tyre pressure light, tpms, fault code, fault codes, obd, limp mode, lamp on, flashing light, blue light, green light, yellow warning, red warning, amber warning, battery symbol, yellow engine, orange engine, amber engine, dashboard, light up, lit up, malfunction indicator, spanner light",
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
        "ran out fuel, ran out petrol, run out fuel, run out petrol, out of fuel, out of petrol, ran out diesel, breakdown, broken down, break down, broke down, recovery, tow truck, towed, get it towed, have it towed, be towed, towed to, towed away, breakdown cover, stranded, wont start, will not start, doesnt start, not starting, non starter, cant start, roadside, stalls, stalling, cut out, cutting out, start",
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
    (
        Topic::Fuel,
        "fill it with, fill it up, fill up with, fill with, fill up, fill car, put in it, put diesel in, put petrol in, put gas in, put lpg in, runs on, run on, diesel does it take, petrol does it take, take petrol, take diesel, takes petrol, takes diesel, use petrol, use diesel, fuel does it take, fuel do i put, fuel do i use, fuel goes in, fuel to put, which fuel, lpg, e10, e5, super unleaded, unleaded, e10 petrol, ethanol, premium petrol",
    ),
    (
        Topic::Capabilities,
        "what can you do, who are you, what do you know, help me with, how do you work, what can i ask, what questions, hello, hi, hey, thanks, thank you, good morning, help",
    ),
    (
        Topic::Overview,
        "tell me everything, anything odd, anything strange, anything weird, everything, tell me about, everything about, summary, overview, report, full report, summarise, whats known, what do you know about, about this car, about this vehicle, about my car, health check, status, rundown, any good, general state, need to know, should i know, check this car, check my car, check car, look up, quick check, car check, vehicle check, facts",
    ),
    (
        Topic::Part(Component::Brakes),
        "brake fluid leak, brake fluid leaking, leaking brake fluid, brake, brakes, breaks, braking, brake disc, brake discs, discs, brake pad, brake pads, break pads, pads, brake pipe, brake pipes, brake fluid, brake hose, caliper, calliper, handbrake, parking brake, hand brake, drum, drums, abs, brake line, brakeline, disc brake, brake pedal, stopping distance",
    ),
    (
        Topic::Part(Component::Tyres),
        "old can tyres, how old can tyres, how old are my tyres, age of tyres, old tyres, tyre age, spare tyre, part worn, tyre, tyres, tire, tires, tread, wheel, wheels, alloy, alloys, puncture, bald, sidewall, spare wheel, tyre wear, tread depth, winter tyres, all season, rubber, tracking, wheel alignment, slow puncture, flat tyre, space saver",
    ),
    (
        Topic::Part(Component::Lights),
        "light, lights, headlight, headlights, headlamp, headlamps, bulb, bulbs, brake light, brake lights, indicator, indicators, fog light, fog lights, tail light, lamp, lamps, number plate light, number plate lamp, sidelight, reversing light, hazard lights, beam, led bulbs, headlight aim, full beam, main beam, dipped, rear light, stop lamp, head lights, xenon",
    ),
    (
        Topic::Part(Component::Steering),
        "steering fluid leak, power steering fluid leak, power steering leak, power steering fluid, steering, steer, steering wheel, steering rack, rack, track rod, power steering, track rod end, steers, pulling to left, pulls to left, stearing, wheel wobble",
    ),
    (
        Topic::Part(Component::Suspension),
        "bouncy, lower on one side, sits low, sits lower, lower on side, suspension, shock, shocks, shock absorber, shock absorbers, spring, springs, coil spring, ball joint, ball joints, bush, bushes, wishbone, drop link, anti roll bar, arb, damper, dampers, suspention, clunk, clunking, knock over bumps, bumpy, control arm, lower arm, strut, struts, wheel bearing, bearing, air suspension",
    ),
    (
        Topic::Part(Component::Structure),
        "rust, rusty, rusting, rusted, corrosion, corroded, corrode, subframe, sub frame, chassis, sill, sills, structural, welding, weld, rot, rotten, floor pan, underbody, underside, rust proof, jacking point, surface rust",
    ),
    (
        Topic::Part(Component::Exhaust),
        "exhaust, emission, emissions, catalytic converter, cat converter, catalyst, rotten egg, rotten eggs, eggy smell, catalytic, lambda, dpf, particulate filter, egr, silencer, tailpipe, blowing exhaust, adblue, exhaust blowing, decat, sulphur smell, cat stolen",
    ),
    (
        Topic::Part(Component::Engine),
        "fan belt, auxiliary belt, serpentine belt, engine, misfire, misfiring, turbo, head gasket, noise from engine, engine noise, engine knocking, engine mount, idle, rough idle, loss of power, lost power, no power, rattling, rattle, compression, piston, injector, injectors, remap, stall",
    ),
    (
        Topic::Part(Component::Oil),
        "oil, engine oil, oil leak, oil change, oil level, leaking oil, dipstick, oil filter, burning oil, oil consumption, losing oil, oil leaks, oil mist, fluid leak, leak, leaks, leaking",
    ),
    (
        Topic::Part(Component::Cooling),
        "temperature needle, temperature gauge, temp gauge, temp needle, leaking coolant, coolant leak, coolant leaking, losing coolant, leaking antifreeze, leaking water, water leak, sweet smell, water pump failing, coolant, antifreeze, overheating, overheat, overheats, radiator, thermostat, water pump, temperature, hot, cooling, losing water, heater, coolent, colant, steam, steaming",
    ),
    (
        Topic::Part(Component::Electrical),
        "stop start, start stop, stop start not working, central locking, battery, alternator, flat battery, dead battery, 12v, 12 v, jump start, jump leads, starter, starter motor, electrical, electrical fault, wiring, fuse, charging system, battery drain, agm, new battery",
    ),
    (
        Topic::Part(Component::HighVoltage),
        "ev battery, traction battery, battery health, battery condition, health of battery, battery degradation, range, charging, charge, charge port, high voltage, hybrid battery, soh, plug in, ev range, electric battery, charger, charging cable, home charger, what plug, which plug, charging plug, how far does it go, how far will it go, how far can it go",
    ),
    (
        Topic::Part(Component::Visibility),
        "fogging up, fogs up, fog up, misting up, mists up, misted up, steam up, steams up, steamed up, steaming up, condensation, steamy windows, windscreen, wiper, wipers, screen wash, mirror, mirrors, chip in windscreen, cracked windscreen, stone chip, washer, washers, window, windows, glass, tinted windows, screenwash, wing mirror, door mirror, view, rear view",
    ),
    (
        Topic::Part(Component::Restraint),
        "seat belt, seat belts, seatbelt, seatbelts, airbag, airbags, air bag, srs, isofix, child seat, child seats, baby seat, baby seats, car seat, booster, booster seat, child restraint, belt, buckle, baby in front, child in front, kids in front, in front seat, sit in front, year old in front",
    ),
    (
        Topic::Part(Component::Body),
        "water leaking into, leaking into boot, leak into boot, water in boot, water in footwell, wet carpet, wet carpets, sun roof, sunroof, sunroof leaking, sun roof leaking, damp, damp smell, musty, door, doors, bonnet, bumper, bodywork, body work, paint, dent, dents, panel, tailgate, boot lid, horn, scratch, seat, seats, tow bar, towbar, registration mark",
    ),
    (
        Topic::Part(Component::Transmission),
        "stuck in park, gear stick, gear lever, gear knob, no gears, into gear, select gear, clutch, gearbox, transmission, gears, gear, driveshaft, drive shaft, cv boot, cv joint, cv gaiter, gaiter, dual mass, dmf, automatic gearbox, auto box, differential, propshaft, flywheel, dsg, reverse gear, gear change, gear oil, gearstick",
    ),
    (
        Topic::Part(Component::FuelSystem),
        "fuel leak, fuel pump, fuel line, fuel pipe, fuel tank, fuel filter, wrong fuel, misfuel, misfuelled, petrol in diesel, diesel in petrol, petrol in, smell of petrol, petrol smell, fuel smell, fuel cap, petrol cap, petrol pump",
    ),
];

/// Aspects of a vehicle by the word with which a contradiction of the sources names them, and the words that ask for them.
pub(in crate::advisor) const ASPECTS: &[(&str, &str)] = &[
    ("make", "make, model, brand, manufacturer, what car, what vehicle"),
    ("colour", "colour, colours, color, colors, paint, painted, red, black, white, blue, silver, grey, green"),
    ("fuel", "fuel, petrol, diesel, gas, lpg, electric, hybrid, engine"),
    ("engine", "engine, cc, litre, litres, engine size"),
    ("first registration", "registered, registration, old, age, year"),
];

/// Intentions and their words.
pub(in crate::advisor) const INTENTS: &[(Intent, &str)] = &[
    (
        Intent::Cost,
        "how much, cost, price, pay, paying, expensive, cheap, fee, bill, quote, budget, pounds, afford, pricey",
    ),
    (
        Intent::Amount,
        "much tread, much oil, much air, much wear, much life, much rust, much play, much coolant, much fluid",
    ),
    (Intent::Penalty, "fine, fined, penalty, penalties, points on, prosecuted, court"),
    (Intent::When, "when, due, expire, expires, expiry, run out, runs out, how long, left, date, until, renew"),
    (
        Intent::Drive,
        "drive, ride, riding, borrow, lend, driving, drove, driven, safe, safely, roadworthy, motorway, journey, trip, use it, unsafe",
    ),
    (
        Intent::ToTest,
        "to mot, to its mot, to test, to test centre, to test station, to booked test, to retest, for mot, for its mot, for test, for its test, booked test, to booked mot, booked mot, pre booked, prebooked, booked in for mot, mot appointment, mot booking, to mot centre, to mot station, mot place, test appointment",
    ),
    (
        Intent::ToRepair,
        "to garage, to repair, to repairer, to mechanic, to be repaired, to be fixed, for repair, for repairs, to get it fixed, to get it repaired, to body shop, to workshop, to tyre shop",
    ),
    (Intent::Licence, "licence, licences, license, licenses, provisional"),
    (
        Intent::OnRoad,
        "on street, on road, on public road, outside my house, outside house, parked outside, park outside, park it outside, leave it outside, on pavement, on kerb, roadside, in street",
    ),
    (
        Intent::OffRoad,
        "on drive, on driveway, in driveway, driveway, in garage, private land, private ground, on field, in field, off road, off street, in yard, on my land",
    ),
    (
        Intent::WithoutMot,
        "without mot, no mot, with no mot, need mot, needs mot, mot expired, mot has expired, mot ran out, mot run out, mot has run out, out of mot, mot first, before mot, not motd, no valid mot, without valid mot, expired mot, mot to tax, mot needed, mot lapsed",
    ),
    (
        Intent::Repaired,
        "is it fixed, is it repaired, is it fixed now, fixed now, repaired now, is fixed, been fixed, been repaired, been replaced, been sorted, been done, been changed, was fixed, was repaired, was replaced, get fixed, got fixed, get repaired, got repaired, did they fix, did they repair, did he fix, did she fix, fixed yet, repaired yet, sorted yet, put right, ever fixed, ever repaired, fixed since, repaired since",
    ),
    (
        Intent::ToTax,
        "can i tax, can it be taxed, tax it now, tax it online, tax it today, tax online, how do i tax, how to tax, get it taxed, renew tax, am i able to tax",
    ),
    (Intent::Where, "where, whereabouts"),
    (Intent::Petrol, "petrol, unleaded, gasoline"),
    (Intent::Diesel, "diesel, derv"),
    (Intent::Gas, "gas, lpg, autogas"),
    (
        Intent::NotDriving,
        "drive shaft, driveshaft, wheel drive, has it driven, has it been driven, was it driven, distance driven, on drive, on driveway, drive belt, drive train, driving licence, driving license, driving test, driving instructor, driving lesson, driving lessons",
    ),
    (Intent::Safety, "safe, safely, roadworthy, unsafe, dangerous to drive, danger, risky, unroadworthy"),
    (
        Intent::InForce,
        "still valid, valid, have mot, has mot, got mot, motd, in date, current mot, have valid mot, still in date, out of date, up to date, mot expired yet, expired yet",
    ),
    (
        Intent::Rule,
        "how deep, how often, how thick, limit, minimum, law, mean, means, meaning, how many points, what fine, what happens if, can police, required, requirement, interval, is it legal, are legal, legal to, will it fail, can car pass, does it fail, allowed on plates, how long does, how long do i have after, do cars, do vans, do all cars, backwards or forwards, forwards or backwards, rear facing, forward facing, new car need, new cars need",
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
    (
        Intent::GreatBritain,
        "england, scotland, wales, great britain, gb, mainland, english, scottish, welsh, liverpool, manchester, london, glasgow, cardiff, across water",
    ),
    (Intent::NorthernIreland, "northern irish, northern ireland, belfast, ni, ulster, derry, antrim, dva"),
    (Intent::Purchase, "buy, buying, purchase, viewing, seller, before i buy, thinking of buying"),
    (Intent::Motorcycle, "motorcycle, motorbike, motorcycles, motorbikes, scooter, moped, bike"),
    (
        Intent::Goods,
        "van, vans, hgv, lorry, truck, goods vehicle, lgv, pickup, motorhome, campervan, minibus, trailer, caravan",
    ),
    (
        Intent::Vehicle,
        "car, cars, vehicle, vehicles, van, motor, drive, driving, driver, garage, mechanic, engine, road, motorway, mot, tax, reg, registration, dealer, wheels, lorry, hgv, motorbike, motorcycle, scooter, moped, taxi, truck, ignition, key, boot, handbook, park, parking, parked, traffic, motorist, petrol, diesel, fuel, dvla, dvsa, v5c, motoring, automatic, manual, convertible, sunroof, roof, dashboard, passenger, commute, mileage, campervan, bike, ev, speedometer, aircon, air con, heater, clutch, roof bars, tow, keys, helmet, unlock",
    ),
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
}
