//! Which records an answer rests on: those that its prompt really carried, and those that the model itself names.

use super::text_model::AnswerSource;
use crate::{
    time::london_day,
    vehicle::record::{RecordSource, SourceReading, VehicleRecord},
};

/// The records that a prompt with this vehicle record carries: one for each source that knew the vehicle.
///
/// A source that had nothing or could not be reached is none, and what was derived from other facts is no record of its
/// own. The registration is left out: a source is shown wherever its answer is.
pub fn sources_of(record: &VehicleRecord) -> Vec<AnswerSource> {
    let found = record.readings.iter().filter(|reading| reading.outcome.has_vehicle());
    found.filter_map(|reading| source_of(record, reading)).collect()
}

fn source_of(record: &VehicleRecord, reading: &SourceReading) -> Option<AnswerSource> {
    let (title, publisher) = match reading.source {
        RecordSource::Dvla => ("DVLA vehicle record".to_owned(), "DVLA Vehicle Enquiry Service"),
        RecordSource::Dvsa => {
            let latest = record.latest_test().and_then(|test| test.completed_at).map(london_day);
            let title = match latest {
                Some(day) => format!("DVSA MOT history, latest test of {day}"),
                None => "DVSA MOT history".to_owned(),
            };
            (title, "DVSA MOT history service")
        }
        RecordSource::Owner => ("Details given by the vehicle's owner".to_owned(), "the vehicle's owner"),
        RecordSource::Derived => return None,
    };
    Some(AnswerSource {
        title,
        publisher: publisher.to_owned(),
        date: Some(london_day(reading.fetched_at)),
        demonstration: record.demonstration,
    })
}

/// Carried records first, then those that the model names and that are not among them.
pub(super) fn merge(carried: Vec<AnswerSource>, named: Vec<AnswerSource>) -> Vec<AnswerSource> {
    named.into_iter().fold(carried, |mut all, source| {
        if !all.contains(&source) {
            all.push(source);
        }
        all
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vehicle::record::ReadingOutcome;
    use crate::vehicle::record::{MotStatus, MotTest, Sourced, TestAuthority};

    fn record() -> VehicleRecord {
        let fetched_at = "2026-11-23T09:30:00Z".parse().unwrap();
        let reading = |source, outcome| SourceReading { source, fetched_at, outcome };
        VehicleRecord {
            registration_number: "L2WPS".into(),
            demonstration: true,
            readings: vec![
                reading(RecordSource::Dvla, ReadingOutcome::Failed),
                reading(RecordSource::Dvsa, ReadingOutcome::Found),
                reading(RecordSource::Owner, ReadingOutcome::NotFound),
                reading(RecordSource::Derived, ReadingOutcome::Found),
            ],
            make: None,
            model: None,
            colour: None,
            fuel_type: None,
            engine_cc: None,
            first_registered: None,
            manufacture_year: None,
            mot_status: Sourced { value: MotStatus::Unknown, source: RecordSource::Derived, fetched_at },
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
            mot_tests: vec![MotTest {
                completed_at: Some("2026-09-08T10:00:00Z".parse().unwrap()),
                passed: true,
                expiry_date: None,
                odometer: None,
                test_number: None,
                earlier_mark: None,
                authority: TestAuthority::Dvsa,
                defects: Vec::new(),
            }],
            conflicts: Vec::new(),
        }
    }

    #[test]
    fn only_sources_that_knew_the_vehicle_count() {
        let sources = sources_of(&record());
        assert_eq!(sources.len(), 1);
        assert_eq!(sources[0].title, "DVSA MOT history, latest test of 2026-09-08");
        assert!(sources[0].demonstration);
        assert!(!sources[0].title.contains("L2WPS"));
    }

    #[test]
    fn what_the_model_names_is_added_once() {
        let carried = sources_of(&record());
        let rule = AnswerSource {
            title: "Rule 97".into(),
            publisher: "Highway Code".into(),
            date: None,
            demonstration: false,
        };
        let all = merge(carried.clone(), vec![rule.clone(), carried[0].clone(), rule.clone()]);
        assert_eq!(all, [carried[0].clone(), rule]);
    }
}
