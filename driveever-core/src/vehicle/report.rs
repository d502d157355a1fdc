//! What a vehicle's record means for its driver today: MOT and tax with days left, whether it may be driven, what to repair
//! and how soon, what keeps coming back, how far it was driven, and what is not known.
//!
//! [`VehicleReport::of`] is a pure function of a record and a day. Each sentence rests on a fact of the record or on a rule
//! that was read on GOV.UK pages or restatements of them (MOT: gov.uk/getting-an-mot; defect categories since 20 May 2018;
//! SORN and tax: DVLA). What no source stated is listed as not known and never counted as good news. It is information,
//! not legal advice, and the wording keeps to that.
//!
//! To extend: a new notice is a line in `notices`; a new mileage check is a function in `mileage`.

mod driving;
mod findings;
mod mileage;
mod parts;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

pub use driving::{Driving, DrivingGround, DrivingReason};
pub use findings::{Finding, RecurringFinding};
pub use mileage::{AnomalyKind, MileageAnomaly, MileageHistory, MileageReading, MilesPerYear};
pub use parts::{Component, DefectReading, Parts};

use super::record::{
    MotStatus, MotTest, ReadingOutcome, RecallStatus, RecordSource, TaxStatus, TestAuthority, VehicleRecord,
};
use crate::time::{Timestamp, london_day};

/// Days before a due date from which it is spoken of as soon.
pub const SOON_DAYS: i64 = 30;
/// Days for which a new V5C is worth a word.
const RECENT_V5C_DAYS: i64 = 60;

/// How soon something should be seen to; the most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Urgency {
    /// Before the vehicle moves again.
    StopNow,
    /// In the coming days.
    Soon,
    /// At the next service or before the next test.
    Plan,
    /// Nothing to do.
    Information,
}

/// What a record means on one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VehicleReport {
    /// The registration mark, normalised.
    pub registration_number: String,
    /// The day that it is for (Europe/London).
    pub as_of: NaiveDate,
    /// When the newest of its facts was read.
    pub read_at: Option<Timestamp>,
    /// Whether it rests on demonstration data.
    pub demonstration: bool,
    /// Whether any source knows the vehicle.
    pub is_known: bool,
    /// MOT.
    pub mot: MotState,
    /// Tax.
    pub tax: TaxState,
    /// Whether it may be driven, as far as the record tells.
    pub driving: Driving,
    /// Defects and notes of the latest test, the most urgent first.
    pub findings: Vec<Finding>,
    /// What was found again at later tests, what is still open first.
    pub recurring: Vec<RecurringFinding>,
    /// Due dates, recalls and the like, the most urgent first.
    pub notices: Vec<Notice>,
    /// How far it was driven.
    pub mileage: MileageHistory,
    /// Safety recalls.
    pub recall: RecallState,
    /// Where sources contradict each other, as the record has it.
    pub conflicts: Vec<String>,
    /// What this report cannot say, and why.
    pub not_known: Vec<String>,
}

/// The MOT on the report's day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MotState {
    /// Status.
    pub status: MotStatus,
    /// Last day of the certificate, or the day by which the first test is due.
    pub expiry_date: Option<NaiveDate>,
    /// Days until then: 0 on the day itself, negative when it has passed.
    pub days_left: Option<i64>,
    /// When the latest test was made.
    pub latest_test: Option<NaiveDate>,
    /// Whether it was passed.
    pub latest_test_passed: Option<bool>,
    /// In a sentence.
    pub statement: String,
}

/// Vehicle tax on the report's day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TaxState {
    /// Status; absent when the DVLA did not state it.
    pub status: Option<TaxStatus>,
    /// When it is due.
    pub due_date: Option<NaiveDate>,
    /// Days until then, negative when it has passed.
    pub days_left: Option<i64>,
    /// The end of the additional rate (expensive car supplement), for a car that pays it or did.
    pub additional_rate_end_date: Option<NaiveDate>,
    /// In a sentence.
    pub statement: String,
}

/// Something to know or do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Notice {
    /// How soon.
    pub urgency: Urgency,
    /// In words.
    pub text: String,
}

/// Safety recalls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecallState {
    /// As the DVSA has it; absent when it did not say.
    pub status: Option<RecallStatus>,
    /// In a sentence; never "no recall" where that is not known.
    pub statement: String,
}

impl VehicleReport {
    /// The report of `record` for `today` (Europe/London).
    pub fn of(record: &VehicleRecord, today: NaiveDate) -> Self {
        let mot = mot_state(record, today);
        let tax = tax_state(record, today);
        let recall = recall_state(record);
        Self {
            registration_number: record.registration_number.clone(),
            as_of: today,
            read_at: record.fetched_at(),
            demonstration: record.demonstration,
            is_known: record.is_known(),
            driving: driving::of(record, &mot, today),
            findings: findings::of_latest_test(record),
            recurring: findings::recurring(record),
            notices: notices(record, &mot, &tax, &recall, today),
            mileage: mileage::history(&record.mot_tests),
            conflicts: record.conflicts.clone(),
            not_known: not_known(record),
            mot,
            tax,
            recall,
        }
    }

    /// How soon the most urgent of all that it says: driving, findings, notices. What is asked about driving the vehicle has
    /// this urgency.
    pub fn urgency(&self) -> Urgency {
        let findings = self.findings.iter().map(|finding| finding.urgency);
        let notices = self.notices.iter().map(|notice| notice.urgency);
        findings.chain(notices).chain([self.driving.urgency()]).min().unwrap_or(Urgency::Information)
    }
}

/// `8 September 2026`.
fn day(date: NaiveDate) -> String {
    date.format("%-d %B %Y").to_string()
}

/// The day in the United Kingdom on which a test was completed.
fn test_day(test: &MotTest) -> Option<NaiveDate> {
    test.completed_at.map(london_day)
}

/// `1 day`, `8 days`.
fn days(count: i64) -> String {
    format!("{count} day{}", if count == 1 { "" } else { "s" })
}

fn mot_state(record: &VehicleRecord, today: NaiveDate) -> MotState {
    let expiry_date = record.mot_expiry_date.as_ref().map(|fact| fact.value);
    let status = match record.mot_status.value {
        // What was so when the record was read may have run out since.
        MotStatus::Valid | MotStatus::NotYetDue | MotStatus::Unknown
            if expiry_date.is_some_and(|expiry| expiry < today) =>
        {
            MotStatus::NotValid
        }
        status => status,
    };
    let days_left = expiry_date.map(|expiry| (expiry - today).num_days());
    let statement = match (status, expiry_date, days_left) {
        (MotStatus::Valid, Some(expiry), Some(left)) => {
            format!("The MOT runs until {} ({} left).", day(expiry), days(left))
        }
        (MotStatus::Valid, ..) => "The DVLA says that the MOT is valid; until when is not known.".to_owned(),
        (MotStatus::NotYetDue, Some(due), Some(left)) => {
            format!("No MOT is needed yet: the first test is due by {} (in {}).", day(due), days(left))
        }
        (MotStatus::NotYetDue, ..) => "No MOT is needed yet.".to_owned(),
        (MotStatus::NotValid, Some(expiry), Some(left)) if left < 0 => {
            format!("No current MOT is on record: it ran out or fell due on {} ({} ago).", day(expiry), days(-left))
        }
        (MotStatus::NotValid, ..) => "No current MOT is on record, as the DVLA has it.".to_owned(),
        (MotStatus::Unknown, ..) => "Whether the vehicle has a current MOT is not known.".to_owned(),
    };
    let latest = record.latest_test();
    MotState {
        status,
        expiry_date,
        days_left,
        latest_test: latest.and_then(test_day),
        latest_test_passed: latest.map(|test| test.passed),
        statement,
    }
}

fn tax_state(record: &VehicleRecord, today: NaiveDate) -> TaxState {
    let status = record.tax_status.as_ref().map(|fact| fact.value);
    let due_date = record.tax_due_date.as_ref().map(|fact| fact.value);
    let days_left = due_date.map(|due| (due - today).num_days());
    let statement = match (status, due_date, days_left) {
        (Some(TaxStatus::Taxed), Some(due), Some(left)) if left >= 0 => {
            format!("Taxed; due on {} (in {}).", day(due), days(left))
        }
        (Some(TaxStatus::Taxed), Some(due), _) => {
            format!("The DVLA says taxed, but its due date, {}, has passed: check it.", day(due))
        }
        (Some(TaxStatus::Taxed), ..) => "Taxed; until when is not known.".to_owned(),
        (Some(TaxStatus::Untaxed), Some(due), Some(left)) if left < 0 => {
            format!("Untaxed since {} ({} ago).", day(due), days(-left))
        }
        (Some(TaxStatus::Untaxed), ..) => "Untaxed.".to_owned(),
        (Some(TaxStatus::Sorn), ..) => "Declared off the road (SORN).".to_owned(),
        (Some(TaxStatus::NotTaxedForRoadUse), ..) => "Not taxed for on-road use.".to_owned(),
        (None, ..) => "Whether the vehicle is taxed is not known.".to_owned(),
    };
    let additional_rate_end_date = record.additional_tax_end_date.as_ref().map(|fact| fact.value);
    let statement = match additional_rate_end_date {
        Some(end) if end >= today => {
            format!("{statement} The additional rate (expensive car supplement) is due until {}.", day(end))
        }
        Some(end) => format!("{statement} The additional rate (expensive car supplement) ended on {}.", day(end)),
        None => statement,
    };
    TaxState { status, due_date, days_left, additional_rate_end_date, statement }
}

fn notices(
    record: &VehicleRecord,
    mot: &MotState,
    tax: &TaxState,
    recall: &RecallState,
    today: NaiveDate,
) -> Vec<Notice> {
    let mut notices = Vec::new();
    let mut add = |urgency, text: String| notices.push(Notice { urgency, text });
    let due_soon = |left: Option<i64>| left.is_some_and(|left| (0..=SOON_DAYS).contains(&left));
    if matches!(mot.status, MotStatus::Valid | MotStatus::NotYetDue) && due_soon(mot.days_left) {
        add(
            Urgency::Soon,
            format!("{} Book a test now; up to a month minus a day early keeps the date.", mot.statement),
        );
    }
    if tax.status == Some(TaxStatus::Taxed) && tax.days_left.is_some_and(|left| left <= SOON_DAYS) {
        add(Urgency::Soon, format!("Vehicle tax: {}", tax.statement));
    }
    if recall.status == Some(RecallStatus::Outstanding) {
        add(Urgency::Soon, recall.statement.clone());
    }
    if record.marked_for_export.as_ref().is_some_and(|fact| fact.value) {
        add(
            Urgency::Information,
            "The DVLA has it as marked for export. Ask why before buying or taxing it.".to_owned(),
        );
    }
    if let Some(issued) = &record.last_v5c_issued
        && (0..=RECENT_V5C_DAYS).contains(&(today - issued.value).num_days())
    {
        add(
            Urgency::Information,
            format!("The last V5C was issued on {}; a recent one may mean a new keeper.", day(issued.value)),
        );
    }
    notices.sort_by_key(|notice: &Notice| notice.urgency);
    notices
}

fn recall_state(record: &VehicleRecord) -> RecallState {
    let status = record.recall.as_ref().map(|fact| fact.value);
    let statement = match status {
        Some(RecallStatus::Outstanding) => {
            "At least one safety recall has not been put right. The repair is free: ask a dealer of the make, with the vehicle \
             identification number (VIN)."
        }
        Some(RecallStatus::AllFixed) => "There were safety recalls, and the DVSA has all of them as put right.",
        Some(RecallStatus::Unknown) => {
            "The DVSA found no recall details for this vehicle, which does not mean that there are none: a dealer can check by \
             vehicle identification number (VIN)."
        }
        Some(RecallStatus::Unavailable) => {
            "The recall service did not answer, so recalls are not known: try again later."
        }
        None => "Recalls are not known.",
    };
    RecallState { status, statement: statement.to_owned() }
}

fn not_known(record: &VehicleRecord) -> Vec<String> {
    let mut list = Vec::new();
    for (source, name, facts) in [
        (RecordSource::Dvla, "DVLA", "tax, CO2, Euro standard and export marking"),
        (RecordSource::Dvsa, "DVSA", "model, MOT tests, mileage and recalls"),
    ] {
        match record.readings.iter().find(|reading| reading.source == source).map(|reading| reading.outcome) {
            Some(ReadingOutcome::Found) => {}
            Some(ReadingOutcome::Stale) => {
                list.push(format!("The {name} could not be asked now: {facts} are as it stated them before."));
            }
            Some(ReadingOutcome::NotFound) => {
                list.push(format!("The {name} does not know this registration, so {facts} are not known."));
            }
            Some(ReadingOutcome::Failed) => list.push(format!(
                "The {name} could not be asked or its answer could not be used, so {facts} are not known."
            )),
            None => list.push(format!("The {name} was not asked, so {facts} are not known.")),
        }
    }
    let tests = &record.mot_tests;
    if record.is_known() && tests.is_empty() {
        list.push("No MOT test is on record, so nothing is known of its condition.".to_owned());
    }
    if record.mot_status.value == MotStatus::Unknown {
        list.push("Whether it has a current MOT is not known, which does not mean that it has none.".to_owned());
    }
    if tests.iter().any(|test| test.authority == TestAuthority::DvaNi) {
        list.push("Tests in Northern Ireland come without defects: none listed does not mean none found.".to_owned());
    }
    if tests.iter().any(|test| test.completed_at.is_none()) {
        list.push("Some tests have no date; they are listed last and may be newer.".to_owned());
    }
    list.push(
        "These records do not hold insurance, finance, theft or write-off markers, the number of keepers or the service \
         history."
            .to_owned(),
    );
    list
}

#[cfg(test)]
mod tests;
