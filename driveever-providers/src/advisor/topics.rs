//! What a question is about: topics and intentions, found by words and phrases.
//!
//! A question may have several topics. A phrase beats the words in it: in `warning light` no one asks about lights. To
//! add a topic: a variant, its words in [`VOCABULARY`], and a composer in `compose`.

mod not_held;
mod record_words;
mod refine;
mod ruled;
mod vocabulary;

use driveever_core::vehicle::report::Component;

pub(super) use not_held::NOT_HELD;
pub(super) use record_words::RECORD_WORDS;
pub(super) use refine::refine;
pub(super) use ruled::RULED;
pub(super) use vocabulary::{ASPECTS, INTENTS, VOCABULARY};

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
    /// Where it may stand.
    Parking,
    /// Contradictions of the sources.
    Contradictions,
    /// What is due soon.
    DueSoon,
    /// Marks that it bore before.
    EarlierMarks,
    /// Whether its plate may be cloned.
    Cloned,
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
    /// Something that rules alone answer: an index into [`RULED`].
    Ruled(usize),
    /// Something that no rule or record here covers: an index into [`NOT_HELD`].
    NotHeld(usize),
}

impl Topic {
    /// Whether it is a matter of papers and money, in which nobody is in danger.
    pub(super) const fn is_of_papers(self) -> bool {
        !matches!(
            self,
            Self::Driveable
                | Self::WarningLamps
                | Self::Smoke
                | Self::Flood
                | Self::Breakdown
                | Self::Part(_)
                | Self::Ruled(_)
                | Self::NotHeld(_)
                | Self::Parking
                | Self::Fuel
                | Self::Failures
        )
    }
}

/// What is wanted of a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Intent {
    /// An amount of money.
    Cost,
    /// An amount of something else: "how much tread".
    Amount,
    /// A fine.
    Penalty,
    /// A day.
    When,
    /// Whether driving is allowed or safe.
    Drive,
    /// The trip is to a test.
    ToTest,
    /// The trip is to a repairer.
    ToRepair,
    /// A licence to drive, not the vehicle.
    Licence,
    /// Something on a street or road.
    OnRoad,
    /// Something on a drive or other private ground.
    OffRoad,
    /// Going without an MOT.
    WithoutMot,
    /// Taxing a vehicle, not whether it is.
    ToTax,
    /// Whether something noted was put right.
    Repaired,
    /// A place.
    Where,
    /// Petrol by name.
    Petrol,
    /// Diesel by name.
    Diesel,
    /// Gas by name.
    Gas,
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
    /// Great Britain, or a part of it.
    GreatBritain,
    /// The asker is about to buy.
    Purchase,
    /// The question is about vehicles, whatever the topic.
    Vehicle,
    /// A motorcycle.
    Motorcycle,
    /// A van or goods vehicle.
    Goods,
}
