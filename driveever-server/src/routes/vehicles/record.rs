//! What the sources say of a vehicle, as clients see it.

use chrono::NaiveDate;
use driveever_core::{
    time::{Timestamp, london_day},
    vehicle::{
        Vehicle,
        record::{DefectSeverity, MotDefect, MotTest, SourceReading, Sourced, VehicleRecord},
    },
};
use serde::Serialize;
use serde_json::Value;
use utoipa::{ToSchema, openapi::Object};

use crate::http::documented::one_of;

/// What a vehicle may run on; a source may state others.
pub(super) const FUELS: [&str; 7] =
    ["petrol", "diesel", "electric", "hybrid_electric", "gas", "gas_bi_fuel", "hydrogen"];
pub(super) const TAX_STATES: [&str; 4] = ["taxed", "untaxed", "sorn", "not_taxed_for_road_use"];
const MOT_STATES: [&str; 4] = ["valid", "not_valid", "not_yet_due", "unknown"];
const RECALL_STATES: [&str; 4] = ["outstanding", "all_fixed", "unknown", "unavailable"];
const SOURCES: [&str; 4] = ["dvla", "dvsa", "owner", "derived"];
const OUTCOMES: [&str; 4] = ["found", "not_found", "failed", "stale"];

pub(super) fn tax_states() -> Object {
    one_of("Vehicle tax, as the DVLA has it.", TAX_STATES)
}

pub(super) fn mot_states() -> Object {
    one_of("Whether there is a current MOT. Unknown is not to be read as none.", MOT_STATES)
}

pub(super) fn recall_states() -> Object {
    one_of("Safety recalls, as the DVSA has them. Unknown is not to be read as none.", RECALL_STATES)
}

fn sources() -> Object {
    one_of("Who was asked.", SOURCES)
}

fn outcomes() -> Object {
    one_of("What came of asking; `stale`: it could not be asked now, and what it said at `fetchedAt` stands.", OUTCOMES)
}

/// The word that an enumeration's value has in JSON; of a value that only a source knows, the source's own word.
pub(super) fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => Some(word),
        Ok(Value::Object(other)) => other.into_iter().find_map(|(_, word)| word.as_str().map(str::to_owned)),
        _ => None,
    }
    .unwrap_or_default()
}

fn value<T>(fact: Option<Sourced<T>>) -> Option<T> {
    fact.map(|fact| fact.value)
}

/// The facts of a vehicle; what no source states is absent.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VehicleFactsBody {
    /// The registration mark: upper case without spaces.
    pub registration_number: String,
    /// Whether this is demonstration data that describes no real vehicle.
    pub demonstration: bool,
    /// Who was asked, and what came of it.
    pub data_sources: Vec<VehicleDataSourceBody>,
    /// Make.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub make: Option<String>,
    /// Model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Year of manufacture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manufacture_year: Option<u16>,
    /// Primary colour.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub primary_colour: Option<String>,
    /// What it runs on: `petrol`, `diesel`, `electric`, `hybrid_electric`, `gas`, `gas_bi_fuel`, `hydrogen`, or as a source spells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fuel_type: Option<String>,
    /// Engine size in cubic centimetres; electric vehicles have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub engine_size: Option<u32>,
    /// Whether there is a current MOT.
    #[schema(schema_with = mot_states)]
    pub mot_status: String,
    /// MOT expiry, or the day on which the first test is due.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mot_expiry_date: Option<NaiveDate>,
    /// Vehicle tax.
    #[schema(schema_with = tax_states)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax_status: Option<String>,
    /// When tax is due.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax_due_date: Option<NaiveDate>,
    /// Until when the additional rate of tax (expensive car supplement) is due; only cars that pay it have this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub additional_tax_end_date: Option<NaiveDate>,
    /// First registration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_registered: Option<NaiveDate>,
    /// CO2 emissions in g/km.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub co2_emissions: Option<u32>,
    /// Euro emission standard.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub euro_status: Option<String>,
    /// Safety recalls.
    #[schema(schema_with = recall_states)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recall_status: Option<String>,
    /// What the latest test advised or noted without failing it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mot_advisories: Vec<VehicleDefectBody>,
    /// What the latest test failed it for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mot_failures: Vec<VehicleDefectBody>,
    /// Odometer readings at tests, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mileage_history: Vec<VehicleMileageBody>,
    /// Where sources contradict each other, in words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conflicts: Vec<String>,
}

/// A source that was asked.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VehicleDataSourceBody {
    /// Who.
    #[schema(schema_with = sources)]
    pub source: String,
    /// What came of it.
    #[schema(schema_with = outcomes)]
    pub outcome: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub fetched_at: Timestamp,
}

impl From<SourceReading> for VehicleDataSourceBody {
    fn from(reading: SourceReading) -> Self {
        Self { source: word(&reading.source), outcome: word(&reading.outcome), fetched_at: reading.fetched_at }
    }
}

/// A defect or note of a test.
#[derive(Debug, Serialize, ToSchema)]
pub struct VehicleDefectBody {
    /// The tester's text: never markup.
    pub text: String,
    /// `dangerous`, `major`, `fail`, `minor`, `advisory`, `rectified_at_station`, `user_entered`, or as the source spells it.
    pub severity: String,
}

impl From<MotDefect> for VehicleDefectBody {
    fn from(defect: MotDefect) -> Self {
        Self { severity: word(&defect.severity), text: defect.text }
    }
}

/// An odometer reading at a test.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VehicleMileageBody {
    /// The day of the test.
    pub date: NaiveDate,
    /// In miles.
    pub miles: u32,
    /// Whether it was recorded in kilometres.
    pub was_kilometres: bool,
}

fn mileage(test: &MotTest) -> Option<VehicleMileageBody> {
    let odometer = test.odometer?;
    let date = london_day(test.completed_at?);
    Some(VehicleMileageBody { date, miles: odometer.miles, was_kilometres: odometer.was_kilometres })
}

const fn fails(severity: &DefectSeverity) -> bool {
    matches!(severity, DefectSeverity::Dangerous | DefectSeverity::Major | DefectSeverity::Fail)
}

impl From<VehicleRecord> for VehicleFactsBody {
    fn from(record: VehicleRecord) -> Self {
        let mut mileage_history: Vec<_> = record.mot_tests.iter().filter_map(mileage).collect();
        mileage_history.sort_by_key(|reading| reading.date);
        let latest = record.mot_tests.into_iter().next().map(|test| test.defects).unwrap_or_default();
        let (failures, advisories): (Vec<_>, Vec<_>) = latest.into_iter().partition(|defect| fails(&defect.severity));
        Self {
            registration_number: record.registration_number,
            demonstration: record.demonstration,
            data_sources: record.readings.into_iter().map(Into::into).collect(),
            make: value(record.make),
            model: value(record.model),
            manufacture_year: value(record.manufacture_year),
            primary_colour: value(record.colour),
            fuel_type: value(record.fuel_type).map(|fuel| word(&fuel)),
            engine_size: value(record.engine_cc),
            mot_status: word(&record.mot_status.value),
            mot_expiry_date: value(record.mot_expiry_date),
            tax_status: value(record.tax_status).map(|status| word(&status)),
            tax_due_date: value(record.tax_due_date),
            additional_tax_end_date: value(record.additional_tax_end_date),
            first_registered: value(record.first_registered),
            co2_emissions: value(record.co2_emissions),
            euro_status: value(record.euro_status),
            recall_status: value(record.recall).map(|status| word(&status)),
            mot_advisories: advisories.into_iter().map(Into::into).collect(),
            mot_failures: failures.into_iter().map(Into::into).collect(),
            mileage_history,
            conflicts: record.conflicts,
        }
    }
}

/// One MOT test.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VehicleMotTestBody {
    /// When it was completed; tests of commercial vehicles may lack it.
    #[schema(value_type = Option<String>, format = DateTime)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<Timestamp>,
    /// Whether it was passed.
    pub passed: bool,
    /// Until when the certificate runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiry_date: Option<NaiveDate>,
    /// The odometer in miles, when it was readable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub odometer_miles: Option<u32>,
    /// Whether the odometer was recorded in kilometres.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub was_kilometres: Option<bool>,
    /// The certificate's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test_number: Option<String>,
    /// Which body's test: `dvsa`, `dva_ni`, `cvs`, or as the source spells it.
    pub authority: String,
    /// Defects and notes, worst first.
    pub defects: Vec<VehicleDefectBody>,
}

impl From<MotTest> for VehicleMotTestBody {
    fn from(test: MotTest) -> Self {
        Self {
            completed_at: test.completed_at,
            passed: test.passed,
            expiry_date: test.expiry_date,
            odometer_miles: test.odometer.map(|odometer| odometer.miles),
            was_kilometres: test.odometer.map(|odometer| odometer.was_kilometres),
            test_number: test.test_number,
            authority: word(&test.authority),
            defects: test.defects.into_iter().map(Into::into).collect(),
        }
    }
}

/// A vehicle's tests, newest first.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VehicleMotHistoryBody {
    /// The registration mark.
    pub registration_number: String,
    /// Whether this is demonstration data that describes no real vehicle.
    pub demonstration: bool,
    /// Who was asked, and what came of it.
    pub data_sources: Vec<VehicleDataSourceBody>,
    /// The tests.
    pub tests: Vec<VehicleMotTestBody>,
}

impl From<Vehicle> for VehicleMotHistoryBody {
    fn from(vehicle: Vehicle) -> Self {
        let record = *vehicle.record;
        Self {
            registration_number: record.registration_number,
            demonstration: record.demonstration,
            data_sources: record.readings.into_iter().map(Into::into).collect(),
            tests: record.mot_tests.into_iter().map(Into::into).collect(),
        }
    }
}

/// What the sources say of a registration.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VehicleRecordBody {
    /// The facts.
    #[serde(flatten)]
    pub facts: VehicleFactsBody,
    /// The tests, newest first.
    pub mot_tests: Vec<VehicleMotTestBody>,
}

impl From<VehicleRecord> for VehicleRecordBody {
    fn from(record: VehicleRecord) -> Self {
        let mot_tests = record.mot_tests.iter().cloned().map(Into::into).collect();
        Self { facts: record.into(), mot_tests }
    }
}

#[cfg(test)]
mod tests {
    use driveever_core::vehicle::record::{
        FuelType, MotStatus, ReadingOutcome, RecallStatus, RecordSource, TaxStatus, TestAuthority,
    };
    use serde::de::DeserializeOwned;

    use super::*;

    fn are_words<T: Serialize + DeserializeOwned>(words: &[&str]) {
        for word in words {
            let value: T = serde_json::from_value(Value::from(*word)).unwrap();
            assert_eq!(super::word(&value), *word);
        }
    }

    #[test]
    fn documented_words_are_those_of_the_record() {
        are_words::<FuelType>(&FUELS);
        are_words::<TaxStatus>(&TAX_STATES);
        are_words::<MotStatus>(&MOT_STATES);
        are_words::<RecallStatus>(&RECALL_STATES);
        are_words::<RecordSource>(&SOURCES);
        are_words::<ReadingOutcome>(&OUTCOMES);
    }

    #[test]
    fn a_source_s_own_word_stands() {
        assert_eq!(word(&FuelType::Other("STEAM".into())), "STEAM");
        assert_eq!(word(&TestAuthority::DvaNi), "dva_ni");
        assert_eq!(word(&DefectSeverity::Other("PRS".into())), "PRS");
    }
}
