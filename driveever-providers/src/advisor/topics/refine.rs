//! Which of the topics that were found are meant.

use driveever_core::vehicle::report::Component;

use super::{Intent, Topic};

/// How many topics of one question are answered.
const MAX_TOPICS: usize = 4;

/// Settles topics that stand in each other's way: the general gives way to the special one, and a price asked of a part is
/// a question for repair costs.
pub(in crate::advisor) fn refine(scored: &[(Topic, usize)], intents: &[Intent]) -> Vec<Topic> {
    let has = |topic: Topic| scored.iter().any(|(there, _)| *there == topic);
    let cost = intents.contains(&Intent::Cost) && !intents.contains(&Intent::Amount);
    let penalty = intents.contains(&Intent::Penalty);
    let special_mot =
        [Topic::MotHistory, Topic::NextTest, Topic::Retest, Topic::MotExempt, Topic::MotFee, Topic::Failures]
            .into_iter()
            .any(has);
    let part = scored.iter().any(|(topic, _)| matches!(topic, Topic::Part(_)));
    let ruled = scored.iter().any(|(topic, score)| matches!(topic, Topic::Ruled(_)) && *score > 1);
    let not_held = ruled || scored.iter().any(|(topic, _)| matches!(topic, Topic::NotHeld(_)));
    let gives_way = |topic: Topic, score: usize| match topic {
        Topic::MotDate => has(Topic::NextTest) || (score < 3 && (special_mot || ruled)),
        // "Dangerous", said of a vehicle that is to be driven or of one part, asks for no list of failures.
        Topic::Failures => has(Topic::NextTest) || has(Topic::WriteOff) || (score < 2 && has(Topic::Driveable)),
        // "Can I drive into the zone" asks for the zone.
        Topic::Driveable => {
            let licence = not_held && intents.contains(&Intent::Licence) && !intents.contains(&Intent::Safety);
            // "Can I use E10" asks for the fuel.
            let fuel = has(Topic::Fuel) && !intents.contains(&Intent::Drive) && !intents.contains(&Intent::Safety);
            has(Topic::Zones) || licence || fuel || (score < 2 && not_held)
        }
        Topic::Capabilities => scored.len() > 1,
        // "Has it had another plate" asks for no rule on plates.
        Topic::Plates | Topic::PrivatePlate if has(Topic::EarlierMarks) || has(Topic::Cloned) => true,
        // "Can a puncture be repaired" has a rule of its own.
        Topic::Part(_) | Topic::WriteOff | Topic::Keeper | Topic::WarningLamps if ruled && score < 3 => true,
        Topic::RepairCosts => ruled && !cost,
        Topic::NotHeld(_) => ruled && score < 2,
        // Advisories of the last test are asked for, not the tests.
        Topic::MotHistory => score <= 3 && has(Topic::Advisories),
        Topic::MotExempt | Topic::Part(Component::HighVoltage) => score < 2 && has(Topic::Zones),
        Topic::Value => score < 3 && has(Topic::Buying),
        Topic::Part(Component::Electrical) => score < 2 && (not_held || has(Topic::WarningLamps)),
        Topic::Part(Component::Body | Component::Lights) => score < 2 && has(Topic::WarningLamps),
        Topic::Part(Component::Exhaust) => score < 2 && (has(Topic::Smoke) || has(Topic::Zones)),
        Topic::Part(Component::Tyres | Component::Oil | Component::Restraint) => score < 2 && not_held,
        Topic::Insurance | Topic::Service | Topic::RunningCosts | Topic::Mileage | Topic::Details => {
            score < 2 && not_held
        }
        Topic::Historic => score < 2 && (has(Topic::MotExempt) || has(Topic::Tax)),
        Topic::Breakdown => score < 2 && scored.len() > 1,
        Topic::Buying => score < 2 && has(Topic::WriteOff) && !intents.contains(&Intent::Purchase),
        _ => false,
    };
    let mut topics: Vec<Topic> =
        scored.iter().filter(|(topic, score)| !gives_way(*topic, *score)).map(|(topic, _)| *topic).collect();
    if (cost || penalty) && has(Topic::MotDate) && !has(Topic::MotFee) && !part && !has(Topic::Tax) {
        topics.insert(0, Topic::MotFee);
    }
    let repair = scored.iter().all(|(topic, _)| {
        matches!(topic, Topic::Part(_) | Topic::Advisories | Topic::Failures | Topic::NextTest | Topic::TimingBelt)
    });
    if cost && part && repair {
        topics.insert(1.min(topics.len()), Topic::RepairCosts);
    }
    topics.truncate(MAX_TOPICS);
    topics
}
