use serde_json::{Value, json};

use super::*;
use crate::vehicle::{
    record::{FuelType, RecallStatus, TaxStatus},
    wire::{parse_dvsa, parse_ves},
};

const TODAY: &str = "2026-11-23";

fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

fn ves(body: &Value) -> Reading<VesVehicle> {
    Reading::of(parse_ves(body.to_string().as_bytes()), at("2026-11-23T08:00:00Z"))
}

fn dvsa(body: &Value) -> Reading<DvsaVehicle> {
    Reading::of(parse_dvsa(body.to_string().as_bytes()), at("2026-11-23T09:00:00Z"))
}

fn merge_of(ves: Option<Reading<VesVehicle>>, dvsa: Option<Reading<DvsaVehicle>>) -> VehicleRecord {
    let registration = Registration::from_stored("AA19AAA").unwrap();
    merge(&registration, ves, dvsa, TODAY.parse().unwrap(), false)
}

/// `body` with `more` over it.
fn with(mut body: Value, more: Value) -> Value {
    let (Some(body_fields), Value::Object(more)) = (body.as_object_mut(), more) else { panic!("two objects") };
    body_fields.extend(more);
    body
}

fn ves_with(more: Value) -> Reading<VesVehicle> {
    ves(&with(json!({"registrationNumber": "AA19AAA"}), more))
}

fn dvsa_with(more: Value) -> Reading<DvsaVehicle> {
    dvsa(&with(json!({"registration": "AA19AAA", "hasOutstandingRecall": "No"}), more))
}

fn passed(completed: &str, expiry: &str) -> Value {
    json!({"completedDate": completed, "testResult": "PASSED", "expiryDate": expiry, "dataSource": "DVSA"})
}

fn failed(completed: &str) -> Value {
    json!({"completedDate": completed, "testResult": "FAILED", "dataSource": "DVSA"})
}

fn full_ves() -> Value {
    json!({
        "make": "CALDERA", "colour": "BLUE", "fuelType": "PETROL", "engineCapacity": 1395, "yearOfManufacture": 2018,
        "monthOfFirstRegistration": "2019-03", "taxStatus": "Taxed", "taxDueDate": "2027-03-01", "artEndDate": "2028-04-28", "co2Emissions": 120,
        "euroStatus": "EURO6", "typeApproval": "M1", "revenueWeight": 1500, "markedForExport": false,
        "dateOfLastV5CIssued": "2024-01-02",
    })
}

fn full_dvsa() -> Value {
    json!({
        "make": "Caldera", "model": "TARN", "primaryColour": "Blue", "fuelType": "Petrol", "engineSize": "1400",
        "manufactureDate": "2019-01-05", "registrationDate": "2019-03-14", "hasOutstandingRecall": "Yes",
    })
}

#[test]
fn each_field_comes_from_its_first_choice() {
    let record = merge_of(Some(ves_with(full_ves())), Some(dvsa_with(full_dvsa())));
    let make = record.make.as_ref().unwrap();
    assert_eq!((make.value.as_str(), make.source), ("Caldera", RecordSource::Dvsa));
    assert_eq!(make.fetched_at, at("2026-11-23T09:00:00Z"));
    let colour = record.colour.as_ref().unwrap();
    assert_eq!((colour.value.as_str(), colour.source), ("Blue", RecordSource::Dvla));
    assert_eq!(record.fuel_type.as_ref().unwrap().source, RecordSource::Dvla);
    assert_eq!(record.engine_cc.as_ref().unwrap().value, 1395);
    let registered = record.first_registered.as_ref().unwrap();
    assert_eq!((registered.value.to_string().as_str(), registered.source), ("2019-03-14", RecordSource::Dvsa));
    let year = record.manufacture_year.as_ref().unwrap();
    assert_eq!((year.value, year.source), (2018, RecordSource::Dvla));
    assert_eq!(record.tax_status.as_ref().unwrap().value, TaxStatus::Taxed);
    assert_eq!(record.tax_due_date.as_ref().unwrap().value.to_string(), "2027-03-01");
    let supplement = record.additional_tax_end_date.as_ref().unwrap();
    assert_eq!((supplement.value.to_string().as_str(), supplement.source), ("2028-04-28", RecordSource::Dvla));
    assert_eq!(record.euro_status.as_ref().unwrap().value, "Euro 6");
    assert_eq!(record.co2_emissions.as_ref().unwrap().value, 120);
    assert_eq!(record.revenue_weight_kg.as_ref().unwrap().value, 1500);
    assert_eq!(record.type_approval.as_ref().unwrap().value, "M1");
    assert!(!record.marked_for_export.as_ref().unwrap().value);
    assert_eq!(record.last_v5c_issued.as_ref().unwrap().value.to_string(), "2024-01-02");
    assert_eq!(record.recall.as_ref().unwrap().value, RecallStatus::Outstanding);
    assert_eq!(record.model.as_ref().unwrap().value, "TARN");
    assert_eq!(record.conflicts, [""; 0]);
    assert_eq!(record.fetched_at(), Some(at("2026-11-23T09:00:00Z")));
}

#[test]
fn each_field_falls_back_to_the_other_service() {
    let record = merge_of(Some(ves_with(full_ves())), None);
    assert_eq!(record.make.as_ref().unwrap().source, RecordSource::Dvla);
    assert_eq!(record.first_registered.as_ref().unwrap().value.to_string(), "2019-03-01");
    assert_eq!((record.model.as_ref(), record.recall.as_ref()), (None, None));
    assert_eq!(record.readings.len(), 1);
    let record = merge_of(None, Some(dvsa_with(full_dvsa())));
    assert_eq!(record.colour.as_ref().unwrap().source, RecordSource::Dvsa);
    assert_eq!(record.fuel_type.as_ref().unwrap().value, FuelType::Petrol);
    assert_eq!(record.engine_cc.as_ref().unwrap().value, 1400);
    assert_eq!(record.manufacture_year.as_ref().unwrap().value, 2019);
    assert_eq!(record.tax_status, None);
    let new = json!({"manufactureYear": "2026", "registrationDate": "2026-09-12", "motTestDueDate": "2029-09-11"});
    let record = merge_of(None, Some(dvsa_with(new)));
    assert_eq!(record.manufacture_year.as_ref().unwrap().value, 2026);
    assert_eq!(record.first_registered.as_ref().unwrap().value.to_string(), "2026-09-12");
}

#[test]
fn contradictions_are_said_in_words() {
    let cases = [
        (json!({"make": "NORVAL"}), json!({}), "make differs: the DVLA says NORVAL, the DVSA says Caldera"),
        (json!({"colour": "RED"}), json!({}), "colour differs: the DVLA says Red, the DVSA says Blue"),
        (json!({"fuelType": "GAS"}), json!({}), "fuel differs: the DVLA says gas, the DVSA says petrol"),
        (
            json!({"engineCapacity": 1349}),
            json!({}),
            "engine size differs: the DVLA says 1349 cc, the DVSA says 1400 cc",
        ),
        (json!({}), json!({"registrationDate": "2019-04-14"}), "the DVLA says March 2019, the DVSA says 14 April 2019"),
        (json!({"monthOfFirstDvlaRegistration": "2021-06"}), json!({}), "DVLA first registered it in June 2021"),
        (
            json!({"monthOfFirstRegistration": "2017-05"}),
            json!({"registrationDate": "2017-05-01"}),
            "issued from March 2019, but the vehicle was registered in May 2017",
        ),
        (
            json!({"motExpiryDate": "2027-03-05", "motStatus": "Not valid"}),
            json!({}),
            "MOT is current by its dates, but",
        ),
        (json!({"motExpiryDate": "2026-03-05", "motStatus": "Valid"}), json!({}), "MOT is expired by its dates, but"),
        (
            json!({"engineCapacity": "big"}),
            json!({}),
            "Part of the DVLA's answer made no sense and is left out: engineCapacity",
        ),
    ];
    for (more_ves, more_dvsa, words) in cases {
        let dvla = ves_with(with(full_ves(), more_ves));
        let record = merge_of(Some(dvla), Some(dvsa_with(with(full_dvsa(), more_dvsa))));
        let [conflict] = record.conflicts.as_slice() else { panic!("{words}: {:?}", record.conflicts) };
        assert!(conflict.contains(words), "{words}: {conflict}");
    }
    let close =
        merge_of(Some(ves_with(with(full_ves(), json!({"engineCapacity": 1350})))), Some(dvsa_with(full_dvsa())));
    assert_eq!(close.conflicts, [""; 0]);
    let same_month = json!({"monthOfFirstRegistration": "2019-03", "monthOfFirstDvlaRegistration": "2019-03"});
    assert_eq!(merge_of(Some(ves_with(same_month)), None).conflicts, [""; 0]);
}

#[test]
fn the_expiry_is_the_latest_certificate_and_a_newer_failure_leaves_it() {
    let tests = json!({"motTests": [
        passed("2025-09-01T10:00:00.000Z", "2026-12-01"),
        failed("2026-11-20T10:00:00.000Z"),
        passed("2024-09-01T10:00:00.000Z", "2025-09-02"),
    ]});
    let record = merge_of(None, Some(dvsa_with(tests)));
    let expiry = record.mot_expiry_date.as_ref().unwrap();
    assert_eq!((expiry.value.to_string().as_str(), expiry.source), ("2026-12-01", RecordSource::Dvsa));
    assert_eq!((record.mot_status.value, record.mot_status.source), (MotStatus::Valid, RecordSource::Derived));
    assert!(!record.latest_test().unwrap().passed);
    let days: Vec<_> =
        record.mot_tests.iter().map(|test| test.completed_at.unwrap().to_string()[..4].to_owned()).collect();
    assert_eq!(days, ["2026", "2025", "2024"]);
}

#[test]
fn the_earlier_of_two_expiries_holds_and_the_day_itself_still_counts() {
    let tests = json!({"motTests": [passed("2025-11-20T10:00:00.000Z", "2026-11-23")]});
    for (dvla, used, source) in
        [("2026-11-22", "2026-11-22", RecordSource::Dvla), ("2026-11-24", "2026-11-23", RecordSource::Dvsa)]
    {
        let record = merge_of(Some(ves_with(json!({"motExpiryDate": dvla}))), Some(dvsa_with(tests.clone())));
        let expiry = record.mot_expiry_date.as_ref().unwrap();
        assert_eq!((expiry.value.to_string().as_str(), expiry.source), (used, source));
        assert_eq!(record.mot_status.value == MotStatus::Valid, used == TODAY);
        assert!(record.conflicts[0].contains("The earlier is used"), "{:?}", record.conflicts);
    }
}

#[test]
fn the_status_follows_the_dates_then_the_dvla_then_is_unknown() {
    let status = |ves: Value, dvsa: Value| {
        let record = merge_of(Some(ves_with(ves)), Some(dvsa_with(dvsa)));
        (record.mot_status.value, record.mot_status.source)
    };
    let nothing = || json!({});
    assert_eq!(
        status(nothing(), json!({"motTestDueDate": "2029-03-16"})),
        (MotStatus::NotYetDue, RecordSource::Derived)
    );
    assert_eq!(
        status(nothing(), json!({"motTestDueDate": "2026-03-16"})),
        (MotStatus::NotValid, RecordSource::Derived)
    );
    assert_eq!(status(json!({"motExpiryDate": "2027-01-01"}), nothing()), (MotStatus::Valid, RecordSource::Derived));
    assert_eq!(status(json!({"motStatus": "Not valid"}), nothing()), (MotStatus::NotValid, RecordSource::Dvla));
    assert_eq!(status(json!({"motStatus": "Valid"}), nothing()), (MotStatus::Valid, RecordSource::Dvla));
    let unknown = (MotStatus::Unknown, RecordSource::Derived);
    assert_eq!(status(json!({"motStatus": "No results returned"}), nothing()), unknown);
    assert_eq!(status(nothing(), json!({"motTests": [failed("2026-11-20T10:00:00.000Z")]})), unknown);
}

#[test]
fn tests_of_one_moment_end_with_the_pass_and_undated_ones_come_last() {
    let tests = json!({"motTests": [
        {"testResult": "PASSED", "dataSource": "CVS"},
        failed("2026-09-08T10:00:00.000Z"),
        passed("2026-09-08T10:00:00.000Z", "2027-09-07"),
    ]});
    let record = merge_of(None, Some(dvsa_with(tests)));
    let order: Vec<_> = record.mot_tests.iter().map(|test| (test.completed_at.is_some(), test.passed)).collect();
    assert_eq!(order, [(true, true), (true, false), (false, true)]);
}

#[test]
fn what_did_not_answer_is_a_reading_too() {
    let not_found = ves(&json!({"errors": [{"status": "404", "title": "Vehicle Not Found"}]}));
    let broken = Reading::of(parse_dvsa(b"<html>"), at("2026-11-23T09:00:00Z"));
    let record = merge_of(Some(not_found.clone()), Some(broken));
    let outcomes: Vec<_> = record.readings.iter().map(|reading| (reading.source, reading.outcome)).collect();
    let expected = [(RecordSource::Dvla, ReadingOutcome::NotFound), (RecordSource::Dvsa, ReadingOutcome::Failed)];
    assert_eq!(outcomes, expected);
    assert!(!record.is_known());
    assert_eq!(record.mot_status.value, MotStatus::Unknown);
    assert_eq!(record.mot_status.fetched_at, at("2026-11-23T09:00:00Z"));
    let nobody = merge_of(None, None);
    assert_eq!(nobody.mot_status.fetched_at, at("2026-11-23T00:00:00Z"));
    assert!(nobody.readings.is_empty());
}

#[test]
fn an_answer_for_another_mark_is_not_used() {
    let other = ves(&with(full_ves(), json!({"registrationNumber": "AA19BBB"})));
    let record = merge_of(Some(other), Some(dvsa(&with(full_dvsa(), json!({"registration": "AA19CCC"})))));
    assert!(!record.is_known());
    assert_eq!(record.make, None);
    assert_eq!(record.conflicts.len(), 2);
    assert!(record.conflicts.iter().all(|conflict| conflict.contains("another registration")));
}

#[test]
fn a_record_survives_storage() {
    let tests = json!({"motTests": [passed("2025-09-01T10:00:00.000Z", "2026-12-01")]});
    let record = merge_of(Some(ves_with(full_ves())), Some(dvsa_with(with(full_dvsa(), tests))));
    let text = serde_json::to_string(&record).unwrap();
    assert_eq!(serde_json::from_str::<VehicleRecord>(&text).unwrap(), record);
}
