//! What the official sources say of one vehicle, merged: the facts that advice may rest on.
//!
//! Every fact carries the source that stated it and when it was read, so that an answer can name both. What no source
//! stated is absent; nothing is guessed. Sources are the DVLA Vehicle Enquiry Service and the DVSA MOT history service,
//! or files in their shapes.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// Who stated a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordSource {
    /// DVLA Vehicle Enquiry Service.
    Dvla,
    /// DVSA MOT history service.
    Dvsa,
    /// The vehicle's owner, in this system.
    Owner,
    /// Worked out from other facts of the record, such as the MOT status from its expiry.
    Derived,
}

/// A fact with its source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sourced<T> {
    /// The fact.
    pub value: T,
    /// Who stated it.
    pub source: RecordSource,
    /// When it was read from there.
    pub fetched_at: Timestamp,
}

/// What one source answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SourceReading {
    /// The source.
    pub source: RecordSource,
    /// When it answered.
    pub fetched_at: Timestamp,
    /// What came of it.
    pub outcome: ReadingOutcome,
}

/// What came of asking a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadingOutcome {
    /// It has the vehicle.
    Found,
    /// It does not know the vehicle.
    NotFound,
    /// It could not be reached, or its answer could not be read.
    Failed,
    /// The same, but it had the vehicle when it was asked before: what it said then stands, from the time that is given.
    Stale,
}

impl ReadingOutcome {
    /// Whether what the source said of the vehicle is in the record.
    pub const fn has_vehicle(self) -> bool {
        matches!(self, Self::Found | Self::Stale)
    }

    /// Whether the source could not be asked when the record was made.
    pub const fn is_failure(self) -> bool {
        matches!(self, Self::Failed | Self::Stale)
    }
}

/// What a vehicle runs on.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FuelType {
    /// Petrol.
    Petrol,
    /// Diesel.
    Diesel,
    /// Battery electric.
    Electric,
    /// Petrol or diesel with an electric motor.
    HybridElectric,
    /// Gas (LPG, CNG, LNG) alone.
    Gas,
    /// Gas beside petrol.
    GasBiFuel,
    /// Hydrogen fuel cell.
    Hydrogen,
    /// Anything else, as the source spells it.
    Other(String),
}

impl FuelType {
    /// In a sentence: `petrol`, `hybrid electric`.
    pub fn describe(&self) -> &str {
        match self {
            Self::Petrol => "petrol",
            Self::Diesel => "diesel",
            Self::Electric => "electric",
            Self::HybridElectric => "hybrid electric",
            Self::Gas => "gas",
            Self::GasBiFuel => "gas and petrol (bi-fuel)",
            Self::Hydrogen => "hydrogen",
            Self::Other(name) => name,
        }
    }
}

/// Vehicle excise duty state, as the DVLA has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaxStatus {
    /// Taxed.
    Taxed,
    /// Not taxed, and no SORN made.
    Untaxed,
    /// Declared off the road.
    Sorn,
    /// Not taxed for on-road use.
    NotTaxedForRoadUse,
}

/// Whether a vehicle has a current MOT.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MotStatus {
    /// A current certificate.
    Valid,
    /// Expired or never had, and one is due.
    NotValid,
    /// Too new to need one yet.
    NotYetDue,
    /// No source knows; never to be read as "no MOT".
    Unknown,
}

/// Whether a safety recall is outstanding, as the DVSA has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecallStatus {
    /// At least one recall that was not put right.
    Outstanding,
    /// There were recalls; all were put right.
    AllFixed,
    /// None found. Never to be shown as "no recall".
    Unknown,
    /// The recall service failed. Never to be shown as "no recall".
    Unavailable,
}

/// How bad a defect is. The order is the order of danger, least first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DefectSeverity {
    /// A note of another kind, as the source spells its type.
    Other(String),
    /// Free text by the tester, usually of advisory weight.
    UserEntered,
    /// Found and put right during the test ("pass after rectification at station").
    RectifiedAtStation,
    /// No failure; to be watched.
    Advisory,
    /// No failure; to be repaired soon. Tests since 20 May 2018.
    Minor,
    /// A failure item of the scheme before 20 May 2018.
    Fail,
    /// A failure. Tests since 20 May 2018.
    Major,
    /// A direct and immediate risk; a failure.
    Dangerous,
}

/// One defect or note of a test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MotDefect {
    /// The tester's text. Untrusted data from outside: text only, never markup or template.
    pub text: String,
    /// Its severity. A `FAIL` item that was flagged dangerous is [`DefectSeverity::Dangerous`].
    pub severity: DefectSeverity,
}

/// An odometer reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Odometer {
    /// In miles; converted at 0.621371 when the source had kilometres.
    pub miles: u32,
    /// Whether the source had kilometres.
    pub was_kilometres: bool,
}

/// Which body's test it was.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TestAuthority {
    /// Great Britain, cars and light vehicles.
    Dvsa,
    /// Northern Ireland; its tests come without defects.
    DvaNi,
    /// Commercial vehicle service (heavy vehicles).
    Cvs,
    /// Anything else, as the source spells it.
    Other(String),
}

/// One MOT test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MotTest {
    /// When it was completed. Commercial vehicle tests may lack it.
    pub completed_at: Option<Timestamp>,
    /// Whether it was passed.
    pub passed: bool,
    /// Until when the certificate runs; passed tests only.
    pub expiry_date: Option<NaiveDate>,
    /// The odometer, when it was readable.
    pub odometer: Option<Odometer>,
    /// The certificate's number.
    pub test_number: Option<String>,
    /// The mark that the vehicle bore then, normalised, where it was another than now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earlier_mark: Option<String>,
    /// Which body's test.
    pub authority: TestAuthority,
    /// Defects and notes, worst first.
    pub defects: Vec<MotDefect>,
}

/// What the sources say of one vehicle.
///
/// `Default` is not derived: a record without a registration does not exist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VehicleRecord {
    /// The registration mark, normalised: upper case without spaces.
    pub registration_number: String,
    /// Whether the data is demonstration data that ships with DriveEver; shown wherever the record is.
    pub demonstration: bool,
    /// What each source answered; also where it had nothing.
    pub readings: Vec<SourceReading>,
    /// Make.
    pub make: Option<Sourced<String>>,
    /// Model; may carry the trim.
    pub model: Option<Sourced<String>>,
    /// Primary colour.
    pub colour: Option<Sourced<String>>,
    /// Fuel.
    pub fuel_type: Option<Sourced<FuelType>>,
    /// Engine size in cubic centimetres; electric vehicles have none.
    pub engine_cc: Option<Sourced<u32>>,
    /// First registration. From a month alone: its first day.
    pub first_registered: Option<Sourced<NaiveDate>>,
    /// Year of manufacture.
    pub manufacture_year: Option<Sourced<u16>>,
    /// MOT status, derived from the expiry where that is known.
    pub mot_status: Sourced<MotStatus>,
    /// MOT expiry, or the day on which the first test is due.
    pub mot_expiry_date: Option<Sourced<NaiveDate>>,
    /// Tax status.
    pub tax_status: Option<Sourced<TaxStatus>>,
    /// Tax due date.
    pub tax_due_date: Option<Sourced<NaiveDate>>,
    /// Until when the additional rate of tax (the expensive car supplement) is due; only cars that pay it have this.
    pub additional_tax_end_date: Option<Sourced<NaiveDate>>,
    /// CO2 emissions in g/km. Zero does not mean electric.
    pub co2_emissions: Option<Sourced<u32>>,
    /// Euro emission standard, normalised: `Euro 6`.
    pub euro_status: Option<Sourced<String>>,
    /// Type approval category, such as `M1`.
    pub type_approval: Option<Sourced<String>>,
    /// Revenue weight in kilograms.
    pub revenue_weight_kg: Option<Sourced<u32>>,
    /// Whether it is marked for export.
    pub marked_for_export: Option<Sourced<bool>>,
    /// When the last V5C was issued; a recent one may mean a new keeper.
    pub last_v5c_issued: Option<Sourced<NaiveDate>>,
    /// Safety recalls.
    pub recall: Option<Sourced<RecallStatus>>,
    /// MOT tests, newest first.
    pub mot_tests: Vec<MotTest>,
    /// Where sources contradict each other, or one could not be understood, in words: what each says and what it may mean.
    pub conflicts: Vec<String>,
}

impl VehicleRecord {
    /// A record in which nothing is stated yet, as of some time: what sources say is put in beside it.
    pub fn empty(registration_number: impl Into<String>, at: Timestamp) -> Self {
        Self {
            registration_number: registration_number.into(),
            demonstration: false,
            readings: Vec::new(),
            make: None,
            model: None,
            colour: None,
            fuel_type: None,
            engine_cc: None,
            first_registered: None,
            manufacture_year: None,
            mot_status: Sourced { value: MotStatus::Unknown, source: RecordSource::Derived, fetched_at: at },
            mot_expiry_date: None,
            tax_status: None,
            tax_due_date: None,
            additional_tax_end_date: None,
            co2_emissions: None,
            euro_status: None,
            type_approval: None,
            revenue_weight_kg: None,
            marked_for_export: None,
            last_v5c_issued: None,
            recall: None,
            mot_tests: Vec::new(),
            conflicts: Vec::new(),
        }
    }

    /// Whether any source knows the vehicle.
    pub fn is_known(&self) -> bool {
        self.readings.iter().any(|reading| reading.outcome.has_vehicle())
    }

    /// The newest test.
    pub fn latest_test(&self) -> Option<&MotTest> {
        self.mot_tests.first()
    }

    /// When the newest successful reading was made; how old the record is.
    pub fn fetched_at(&self) -> Option<Timestamp> {
        let found = self.readings.iter().filter(|reading| reading.outcome.has_vehicle());
        found.map(|reading| reading.fetched_at).max()
    }
}
