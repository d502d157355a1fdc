//! Whether a vehicle may be driven, as far as its record tells: its latest test, its MOT and its tax.

use chrono::{Datelike, Months, NaiveDate};
use serde::{Deserialize, Serialize};

use super::{MotState, Urgency, day, mot_state};
use crate::vehicle::record::{DefectSeverity, MotStatus, TaxStatus, VehicleRecord};

/// Age in months from which a vehicle may be exempt from the MOT: over 40 years.
const HISTORIC: Months = Months::new(40 * 12);

/// Whether the vehicle may be driven, as far as the record tells. No reason to stop is no statement that it is safe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Driving {
    /// Whether any of the reasons says not to drive it on a road.
    pub do_not_drive: bool,
    /// Why, the gravest first.
    pub reasons: Vec<DrivingReason>,
}

/// One reason against driving.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DrivingReason {
    /// Its ground.
    pub ground: DrivingGround,
    /// Whether it alone says not to drive.
    pub prohibits: bool,
    /// In words.
    pub text: String,
}

/// The ground of a reason against driving, the gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DrivingGround {
    /// The latest test found a dangerous defect.
    DangerousDefect,
    /// No current MOT though one is due. Where the vehicle's age may exempt it, this alone does not say not to drive.
    NoCurrentMot,
    /// The latest test was failed.
    FailedLatestTest,
    /// Declared off the road, or not taxed for on-road use.
    OffRoad,
    /// Untaxed.
    Untaxed,
}

impl DrivingGround {
    /// Whether the law bars driving by it, whatever the vehicle's condition; else it is the condition that makes driving
    /// unsafe.
    pub const fn is_of_law(self) -> bool {
        match self {
            Self::NoCurrentMot | Self::OffRoad | Self::Untaxed => true,
            Self::DangerousDefect | Self::FailedLatestTest => false,
        }
    }
}

impl DrivingReason {
    /// How soon to see to it.
    pub const fn urgency(&self) -> Urgency {
        if self.prohibits { Urgency::StopNow } else { Urgency::Soon }
    }
}

impl Driving {
    /// What the record of `today` says of driving: the one place that decides whether the vehicle may be driven.
    pub fn of(record: &VehicleRecord, today: NaiveDate) -> Self {
        of(record, &mot_state(record, today), today)
    }

    /// Whether the vehicle is over 40 years old, so that it may need no MOT; absent: its age is not known.
    pub fn exempt_by_age(record: &VehicleRecord, today: NaiveDate) -> Option<bool> {
        match (&record.first_registered, &record.manufacture_year) {
            (Some(registered), _) => today.checked_sub_months(HISTORIC).map(|limit| registered.value < limit),
            (None, Some(year)) => Some(i32::from(year.value) < today.year() - 40),
            (None, None) => None,
        }
    }

    /// The reason of that ground.
    pub fn reason(&self, ground: DrivingGround) -> Option<&DrivingReason> {
        self.reasons.iter().find(|reason| reason.ground == ground)
    }

    /// How soon the gravest of its reasons is to be seen to.
    pub fn urgency(&self) -> Urgency {
        self.reasons.iter().map(DrivingReason::urgency).min().unwrap_or(Urgency::Information)
    }
}

pub(super) fn of(record: &VehicleRecord, mot: &MotState, today: NaiveDate) -> Driving {
    let mut reasons = Vec::new();
    let mut add = |ground, prohibits, text: String| reasons.push(DrivingReason { ground, prohibits, text });
    let latest = record.latest_test();
    let tested =
        mot.latest_test.map_or_else(|| "the latest test".to_owned(), |date| format!("the test of {}", day(date)));
    let dangerous: Vec<_> = latest
        .into_iter()
        .flat_map(|test| &test.defects)
        .filter(|defect| defect.severity == DefectSeverity::Dangerous)
        .map(|defect| format!("\"{}\"", defect.text))
        .collect();
    if !dangerous.is_empty() {
        let what = if dangerous.len() == 1 { "a dangerous defect was" } else { "dangerous defects were" };
        let text = format!(
            "At {tested} {what} recorded: {}. Unless repaired since, do not drive; have it repaired where it stands or \
             recovered. An unexpired MOT does not change that.",
            dangerous.join(", ")
        );
        add(DrivingGround::DangerousDefect, true, text);
    }
    // What is allowed without an MOT or after a failure is not allowed with a dangerous defect, and so is not offered then.
    if mot.status == MotStatus::NotValid && Driving::exempt_by_age(record, today) == Some(true) {
        let text = "No current MOT is on record. A vehicle over 40 years old that was not substantially changed may be exempt, \
                    and must still be roadworthy. If it is not exempt, do not drive it without an MOT.";
        add(DrivingGround::NoCurrentMot, false, text.to_owned());
    } else if mot.status == MotStatus::NotValid {
        let except = if dangerous.is_empty() { ", except to a booked test or to or from a repair" } else { "" };
        let text = format!("{} Without one it may not be driven or parked on a road{except}.", mot.statement);
        add(DrivingGround::NoCurrentMot, true, text);
    }
    if latest.is_some_and(|test| !test.passed) {
        let drive = if dangerous.is_empty() {
            "; drive it only to the repair or retest, or while an earlier MOT runs and it is roadworthy"
        } else {
            " and have it tested again"
        };
        let text = format!("It failed at {tested}, and no later pass is on record. Repair the failure items{drive}.");
        add(DrivingGround::FailedLatestTest, false, text);
    }
    match record.tax_status.as_ref().map(|fact| fact.value) {
        Some(TaxStatus::Sorn | TaxStatus::NotTaxedForRoadUse) => add(
            DrivingGround::OffRoad,
            true,
            "It is declared off the road or not taxed for on-road use, so it may not be used on a public road, except to go to \
             a booked test."
                .to_owned(),
        ),
        Some(TaxStatus::Untaxed) => add(
            DrivingGround::Untaxed,
            true,
            "The DVLA has it as untaxed: it may not be used or kept on a public road until it is taxed.".to_owned(),
        ),
        Some(TaxStatus::Taxed) | None => {}
    }
    reasons.sort_by_key(|reason: &DrivingReason| reason.ground);
    Driving { do_not_drive: reasons.iter().any(|reason| reason.prohibits), reasons }
}
