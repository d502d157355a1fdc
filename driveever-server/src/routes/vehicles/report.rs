//! A vehicle's report, as clients see it.

use chrono::NaiveDate;
use driveever_core::{
    time::Timestamp,
    vehicle::report::{
        Driving, DrivingReason, Finding, MileageAnomaly, MileageHistory, MileageReading, MilesPerYear, MotState,
        Notice, RecallState, RecurringFinding, TaxState, VehicleReport,
    },
};
use serde::Serialize;
use utoipa::{ToSchema, openapi::Object};

use super::record::{VehicleMileageBody, mot_states, recall_states, tax_states, word};
use crate::http::documented::one_of;

const URGENCIES: [&str; 4] = ["stop_now", "soon", "plan", "information"];

fn urgencies() -> Object {
    one_of("How soon to see to it.", URGENCIES)
}

/// What a record means on one day. It is information, not legal advice.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VehicleReportBody {
    /// The registration mark.
    pub registration_number: String,
    /// The day that it is for (Europe/London).
    pub as_of: NaiveDate,
    /// When the newest of its facts was read.
    #[schema(value_type = Option<String>, format = DateTime)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_at: Option<Timestamp>,
    /// Whether it rests on demonstration data.
    pub demonstration: bool,
    /// Whether any source knows the vehicle.
    pub is_known: bool,
    /// MOT.
    pub mot: VehicleMotStateBody,
    /// Tax.
    pub tax: VehicleTaxStateBody,
    /// Whether it may be driven, as far as the record tells.
    pub driving: VehicleDrivingBody,
    /// Defects and notes of the latest test, the most urgent first.
    pub findings: Vec<VehicleFindingBody>,
    /// What was found again at later tests, what is still open first.
    pub recurring: Vec<VehicleRecurringFindingBody>,
    /// Due dates, recalls and the like, the most urgent first.
    pub notices: Vec<VehicleNoticeBody>,
    /// How far it was driven.
    pub mileage: VehicleMileageReportBody,
    /// Safety recalls.
    pub recall: VehicleRecallBody,
    /// Where sources contradict each other, in words.
    pub conflicts: Vec<String>,
    /// What this report cannot say, and why.
    pub not_known: Vec<String>,
}

/// The MOT on the report's day.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VehicleMotStateBody {
    /// Status.
    #[schema(schema_with = mot_states)]
    pub status: String,
    /// Last day of the certificate, or the day by which the first test is due.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiry_date: Option<NaiveDate>,
    /// Days until then: 0 on the day itself, negative when it has passed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days_left: Option<i64>,
    /// When the latest test was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latest_test: Option<NaiveDate>,
    /// Whether it was passed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latest_test_passed: Option<bool>,
    /// In a sentence.
    pub statement: String,
}

/// Vehicle tax on the report's day.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VehicleTaxStateBody {
    /// Status; absent when the DVLA did not state it.
    #[schema(schema_with = tax_states)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// When it is due.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_date: Option<NaiveDate>,
    /// Days until then, negative when it has passed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days_left: Option<i64>,
    /// The end of the additional rate (expensive car supplement), for a car that pays it or did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub additional_rate_end_date: Option<NaiveDate>,
    /// In a sentence.
    pub statement: String,
}

/// Whether the vehicle may be driven. No reason to stop is no statement that it is safe.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VehicleDrivingBody {
    /// Whether any of the reasons says not to drive it on a road.
    pub do_not_drive: bool,
    /// Why, the gravest first.
    pub reasons: Vec<VehicleDrivingReasonBody>,
}

/// One reason against driving.
#[derive(Debug, Serialize, ToSchema)]
pub struct VehicleDrivingReasonBody {
    /// `dangerous_defect`, `no_current_mot`, `failed_latest_test`, `off_road` or `untaxed`.
    pub ground: String,
    /// Whether it alone says not to drive.
    pub prohibits: bool,
    /// In words.
    pub text: String,
}

/// A defect or note of the latest test.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VehicleFindingBody {
    /// How soon to see to it.
    #[schema(schema_with = urgencies)]
    pub urgency: String,
    /// Its severity, as recorded.
    pub severity: String,
    /// The tester's text: never markup.
    pub text: String,
    /// The day of the test, when it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test_date: Option<NaiveDate>,
}

/// Something that was found on more than one occasion.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VehicleRecurringFindingBody {
    /// The tester's newest text for it: never markup.
    pub text: String,
    /// Its newest severity.
    pub severity: String,
    /// When it was first found.
    pub first_seen: NaiveDate,
    /// When it was last found.
    pub last_seen: NaiveDate,
    /// On how many occasions; a failure and its retest are one.
    pub occasions: u32,
    /// Whether it is graver now than when it was first found.
    pub has_worsened: bool,
    /// Whether the latest test has it.
    pub is_open: bool,
}

/// Something to know or do.
#[derive(Debug, Serialize, ToSchema)]
pub struct VehicleNoticeBody {
    /// How soon.
    #[schema(schema_with = urgencies)]
    pub urgency: String,
    /// In words.
    pub text: String,
}

/// How far the vehicle was driven.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VehicleMileageReportBody {
    /// Readings at tests, oldest first.
    pub readings: Vec<VehicleMileageBody>,
    /// Miles a year between tests, oldest first; spans with readings that do not fit are left out.
    pub yearly: Vec<VehicleMilesPerYearBody>,
    /// Miles a year over all readings since the last drop, when they span at least half a year.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub miles_per_year: Option<u32>,
    /// The latest reading in miles.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latest_miles: Option<u32>,
    /// What does not fit, oldest first.
    pub anomalies: Vec<VehicleMileageAnomalyBody>,
}

/// Use between two tests.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VehicleMilesPerYearBody {
    /// The earlier test.
    pub from: NaiveDate,
    /// The later test.
    pub to: NaiveDate,
    /// Miles between them.
    pub miles: u32,
    /// The same as a yearly figure.
    pub miles_per_year: u32,
}

/// Something about the readings that does not fit.
#[derive(Debug, Serialize, ToSchema)]
pub struct VehicleMileageAnomalyBody {
    /// `lower_than_earlier`, `unit_mix`, `digit_slip`, `implausible_rise`, `no_reading` or `near_zero_use`.
    pub kind: String,
    /// The test at which it shows.
    pub date: NaiveDate,
    /// In words.
    pub text: String,
}

/// Safety recalls.
#[derive(Debug, Serialize, ToSchema)]
pub struct VehicleRecallBody {
    /// As the DVSA has it; absent when it did not say.
    #[schema(schema_with = recall_states)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// In a sentence.
    pub statement: String,
}

fn all<T: Into<U>, U>(list: Vec<T>) -> Vec<U> {
    list.into_iter().map(Into::into).collect()
}

impl From<VehicleReport> for VehicleReportBody {
    fn from(report: VehicleReport) -> Self {
        Self {
            registration_number: report.registration_number,
            as_of: report.as_of,
            read_at: report.read_at,
            demonstration: report.demonstration,
            is_known: report.is_known,
            mot: report.mot.into(),
            tax: report.tax.into(),
            driving: report.driving.into(),
            findings: all(report.findings),
            recurring: all(report.recurring),
            notices: all(report.notices),
            mileage: report.mileage.into(),
            recall: report.recall.into(),
            conflicts: report.conflicts,
            not_known: report.not_known,
        }
    }
}

impl From<MotState> for VehicleMotStateBody {
    fn from(mot: MotState) -> Self {
        let MotState { status, expiry_date, days_left, latest_test, latest_test_passed, statement } = mot;
        Self { status: word(&status), expiry_date, days_left, latest_test, latest_test_passed, statement }
    }
}

impl From<TaxState> for VehicleTaxStateBody {
    fn from(tax: TaxState) -> Self {
        let TaxState { status, due_date, days_left, additional_rate_end_date, statement } = tax;
        Self { status: status.map(|status| word(&status)), due_date, days_left, additional_rate_end_date, statement }
    }
}

impl From<Driving> for VehicleDrivingBody {
    fn from(driving: Driving) -> Self {
        Self { do_not_drive: driving.do_not_drive, reasons: all(driving.reasons) }
    }
}

impl From<DrivingReason> for VehicleDrivingReasonBody {
    fn from(reason: DrivingReason) -> Self {
        Self { ground: word(&reason.ground), prohibits: reason.prohibits, text: reason.text }
    }
}

impl From<Finding> for VehicleFindingBody {
    fn from(finding: Finding) -> Self {
        let Finding { urgency, severity, text, test_date } = finding;
        Self { urgency: word(&urgency), severity: word(&severity), text, test_date }
    }
}

impl From<RecurringFinding> for VehicleRecurringFindingBody {
    fn from(finding: RecurringFinding) -> Self {
        let RecurringFinding { text, severity, first_seen, last_seen, occasions, has_worsened, is_open } = finding;
        Self { text, severity: word(&severity), first_seen, last_seen, occasions, has_worsened, is_open }
    }
}

impl From<Notice> for VehicleNoticeBody {
    fn from(notice: Notice) -> Self {
        Self { urgency: word(&notice.urgency), text: notice.text }
    }
}

impl From<MileageHistory> for VehicleMileageReportBody {
    fn from(mileage: MileageHistory) -> Self {
        let MileageHistory { readings, yearly, miles_per_year, latest_miles, anomalies } = mileage;
        Self { readings: all(readings), yearly: all(yearly), miles_per_year, latest_miles, anomalies: all(anomalies) }
    }
}

impl From<MileageReading> for VehicleMileageBody {
    fn from(reading: MileageReading) -> Self {
        let MileageReading { date, miles, was_kilometres } = reading;
        Self { date, miles, was_kilometres }
    }
}

impl From<MilesPerYear> for VehicleMilesPerYearBody {
    fn from(span: MilesPerYear) -> Self {
        let MilesPerYear { from, to, miles, miles_per_year } = span;
        Self { from, to, miles, miles_per_year }
    }
}

impl From<MileageAnomaly> for VehicleMileageAnomalyBody {
    fn from(anomaly: MileageAnomaly) -> Self {
        Self { kind: word(&anomaly.kind), date: anomaly.date, text: anomaly.text }
    }
}

impl From<RecallState> for VehicleRecallBody {
    fn from(recall: RecallState) -> Self {
        Self { status: recall.status.map(|status| word(&status)), statement: recall.statement }
    }
}
