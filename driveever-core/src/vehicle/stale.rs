//! What stands of an earlier record where a source fails now.
//!
//! A source that is down must not make a vehicle poorer than it was: what it stated before stands, with the time at which it
//! was read, and its reading says [`Stale`](ReadingOutcome::Stale). What another source states now goes before it.

use super::record::{MotStatus, ReadingOutcome, RecordSource, SourceReading, Sourced, VehicleRecord};
use crate::time::Timestamp;

/// The record as it was, where no source could be asked.
pub fn stale(mut record: VehicleRecord) -> VehicleRecord {
    for reading in &mut record.readings {
        // What the owner says does not age.
        if reading.source != RecordSource::Owner {
            reading.outcome = aged(reading.outcome);
        }
    }
    record
}

/// The record with what failed sources had stated in `before`, the same vehicle's earlier record, from `oldest` on.
pub fn with_stale(mut record: VehicleRecord, before: &VehicleRecord, oldest: Timestamp) -> VehicleRecord {
    if record.demonstration != before.demonstration {
        return record;
    }
    for at in 0..record.readings.len() {
        let Some(reading) = record.readings.get_mut(at).filter(|reading| reading.outcome == ReadingOutcome::Failed)
        else {
            continue;
        };
        let same = |earlier: &&SourceReading| {
            earlier.source == reading.source && earlier.outcome.has_vehicle() && earlier.fetched_at >= oldest
        };
        let Some(earlier) = before.readings.iter().find(same) else { continue };
        *reading = SourceReading { outcome: aged(earlier.outcome), ..earlier.clone() };
        let source = reading.source;
        take_over(&mut record, before, source);
    }
    record
}

const fn aged(outcome: ReadingOutcome) -> ReadingOutcome {
    if outcome.has_vehicle() { ReadingOutcome::Stale } else { outcome }
}

/// Fills what nobody states now with what this source stated.
fn take_over(record: &mut VehicleRecord, before: &VehicleRecord, source: RecordSource) {
    fn fill<T: Clone>(fact: &mut Option<Sourced<T>>, before: Option<&Sourced<T>>, source: RecordSource) {
        if fact.is_none() {
            *fact = before.filter(|before| before.source == source).cloned();
        }
    }
    let had_expiry = record.mot_expiry_date.is_some();
    fill(&mut record.make, before.make.as_ref(), source);
    fill(&mut record.model, before.model.as_ref(), source);
    fill(&mut record.colour, before.colour.as_ref(), source);
    fill(&mut record.fuel_type, before.fuel_type.as_ref(), source);
    fill(&mut record.engine_cc, before.engine_cc.as_ref(), source);
    fill(&mut record.first_registered, before.first_registered.as_ref(), source);
    fill(&mut record.manufacture_year, before.manufacture_year.as_ref(), source);
    fill(&mut record.mot_expiry_date, before.mot_expiry_date.as_ref(), source);
    fill(&mut record.tax_status, before.tax_status.as_ref(), source);
    fill(&mut record.tax_due_date, before.tax_due_date.as_ref(), source);
    fill(&mut record.additional_tax_end_date, before.additional_tax_end_date.as_ref(), source);
    fill(&mut record.co2_emissions, before.co2_emissions.as_ref(), source);
    fill(&mut record.euro_status, before.euro_status.as_ref(), source);
    fill(&mut record.type_approval, before.type_approval.as_ref(), source);
    fill(&mut record.revenue_weight_kg, before.revenue_weight_kg.as_ref(), source);
    fill(&mut record.marked_for_export, before.marked_for_export.as_ref(), source);
    fill(&mut record.last_v5c_issued, before.last_v5c_issued.as_ref(), source);
    fill(&mut record.recall, before.recall.as_ref(), source);
    if source == RecordSource::Dvsa && record.mot_tests.is_empty() {
        record.mot_tests.clone_from(&before.mot_tests);
    }
    // The status goes with the expiry that it was worked out from; one that has passed since is seen to where it is shown.
    let came_back = !had_expiry && record.mot_expiry_date.is_some();
    let its_own = record.mot_status.value == MotStatus::Unknown && before.mot_status.source == source;
    if came_back || its_own {
        record.mot_status = before.mot_status.clone();
    }
}
