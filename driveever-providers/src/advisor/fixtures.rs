//! Hand-made records for tests.

use driveever_core::{
    time::Timestamp,
    vehicle::record::{
        DefectSeverity as S, FuelType, MotDefect, MotStatus, MotTest, Odometer, ReadingOutcome, RecallStatus,
        RecordSource, SourceReading, Sourced, TaxStatus, TestAuthority, VehicleRecord,
    },
};

/// The day on which the fixtures are asked about.
pub(super) const TODAY: &str = "2026-11-23";

fn at(day: &str) -> Timestamp {
    format!("{day}T10:00:00Z").parse().unwrap()
}

#[expect(clippy::unnecessary_wraps, reason = "every fact of a record is an option")]
fn dvla<T>(value: T) -> Option<Sourced<T>> {
    Some(Sourced { value, source: RecordSource::Dvla, fetched_at: at("2026-11-20") })
}

#[expect(clippy::unnecessary_wraps, reason = "every fact of a record is an option")]
fn dvsa<T>(value: T) -> Option<Sourced<T>> {
    Some(Sourced { value, source: RecordSource::Dvsa, fetched_at: at("2026-11-20") })
}

fn test(day: &str, passed: bool, expiry: Option<&str>, miles: Option<u32>, defects: &[(S, &str)]) -> MotTest {
    MotTest {
        completed_at: Some(at(day)),
        passed,
        expiry_date: expiry.map(|day| day.parse().unwrap()),
        odometer: miles.map(|miles| Odometer { miles, was_kilometres: false }),
        test_number: Some("900000000013".to_owned()),
        earlier_mark: None,
        authority: TestAuthority::Dvsa,
        defects: defects
            .iter()
            .map(|(severity, text)| MotDefect { text: (*text).to_owned(), severity: severity.clone() })
            .collect(),
    }
}

fn reading(source: RecordSource, outcome: ReadingOutcome) -> SourceReading {
    SourceReading { source, fetched_at: at("2026-11-20"), outcome }
}

/// A record that no source knows anything for.
pub(super) fn unknown() -> VehicleRecord {
    VehicleRecord {
        demonstration: true,
        readings: vec![
            reading(RecordSource::Dvla, ReadingOutcome::NotFound),
            reading(RecordSource::Dvsa, ReadingOutcome::NotFound),
        ],
        ..VehicleRecord::empty("ER19NFD", at("2026-11-20"))
    }
}

fn mot(record: &mut VehicleRecord, status: MotStatus, expiry: &str) {
    record.mot_status = Sourced { value: status, source: RecordSource::Derived, fetched_at: at("2026-11-20") };
    record.mot_expiry_date = dvsa(expiry.parse().unwrap());
}

/// An older petrol car with recurring advisories, a recall and a mileage that fell.
pub(super) fn worn() -> VehicleRecord {
    let mut record = VehicleRecord {
        registration_number: "L2WPS".to_owned(),
        readings: vec![
            reading(RecordSource::Dvla, ReadingOutcome::NotFound),
            reading(RecordSource::Dvsa, ReadingOutcome::Found),
        ],
        make: dvsa("CALDERA".to_owned()),
        model: dvsa("TARN".to_owned()),
        colour: dvsa("Blue".to_owned()),
        fuel_type: dvsa(FuelType::Petrol),
        engine_cc: dvsa(1395),
        first_registered: dvsa("2014-08-25".parse().unwrap()),
        manufacture_year: dvsa(2014),
        recall: dvsa(RecallStatus::Outstanding),
        mot_tests: vec![
            test(
                "2026-09-08",
                true,
                Some("2027-09-07"),
                Some(93_420),
                &[
                    (S::Advisory, "Front brake discs worn and lipped on both sides"),
                    (S::Advisory, "Rear subframe heavily corroded but not weakened yet"),
                    (S::Advisory, "Nearside rear tyre close to the legal limit"),
                ],
            ),
            test(
                "2026-09-07",
                false,
                None,
                Some(93_418),
                &[
                    (S::Dangerous, "Brake pipe to nearside rear corroded so far that it may burst"),
                    (S::Major, "Offside front lower arm ball joint worn beyond limit"),
                    (S::Minor, "Number plate lamp not working"),
                    (S::Advisory, "Front brake discs worn and lipped on both sides"),
                ],
            ),
            test(
                "2025-09-02",
                true,
                Some("2026-09-07"),
                Some(84_905),
                &[
                    (S::Advisory, "Brake pipes to the rear corroded, covered in grease"),
                    (S::Advisory, "Rear subframe corroded"),
                ],
            ),
            test(
                "2024-09-08",
                true,
                Some("2025-09-07"),
                Some(71_230),
                &[(S::Advisory, "Rear subframe has surface rust")],
            ),
            test(
                "2023-09-05",
                true,
                Some("2024-09-04"),
                Some(98_760),
                &[(S::Advisory, "Both front tyres worn on the inner edge")],
            ),
            test("2022-08-30", true, Some("2023-09-01"), Some(87_344), &[]),
            test("2020-09-01", true, Some("2021-08-31"), None, &[]),
        ],
        ..unknown()
    };
    mot(&mut record, MotStatus::Valid, "2027-09-07");
    record
}

/// A petrol car of the flat-rate years, known to the DVLA only.
pub(super) fn taxed() -> VehicleRecord {
    let mut record = VehicleRecord {
        registration_number: "AA19MOT".to_owned(),
        readings: vec![
            reading(RecordSource::Dvla, ReadingOutcome::Found),
            reading(RecordSource::Dvsa, ReadingOutcome::Failed),
        ],
        make: dvla("NORVAL".to_owned()),
        colour: dvla("Green".to_owned()),
        fuel_type: dvla(FuelType::Petrol),
        engine_cc: dvla(1242),
        first_registered: dvla("2019-05-01".parse().unwrap()),
        manufacture_year: dvla(2019),
        tax_status: dvla(TaxStatus::Taxed),
        tax_due_date: dvla("2027-07-01".parse().unwrap()),
        co2_emissions: dvla(118),
        euro_status: dvla("Euro 6".to_owned()),
        type_approval: dvla("M1".to_owned()),
        marked_for_export: dvla(false),
        last_v5c_issued: dvla("2023-02-09".parse().unwrap()),
        ..unknown()
    };
    mot(&mut record, MotStatus::Valid, "2027-05-14");
    record
}

/// A diesel van off the road with an expired MOT.
pub(super) fn sorn() -> VehicleRecord {
    let mut record = VehicleRecord {
        registration_number: "AA19SRN".to_owned(),
        fuel_type: dvla(FuelType::Diesel),
        make: dvla("CALDERA".to_owned()),
        engine_cc: dvla(1968),
        first_registered: dvla("2019-03-01".parse().unwrap()),
        tax_status: dvla(TaxStatus::Sorn),
        tax_due_date: None,
        additional_tax_end_date: None,
        co2_emissions: dvla(139),
        type_approval: dvla("N1".to_owned()),
        ..taxed()
    };
    mot(&mut record, MotStatus::NotValid, "2026-02-27");
    record
}

/// A new electric car without a test.
pub(super) fn electric() -> VehicleRecord {
    let mut record = VehicleRecord {
        registration_number: "AA19EEE".to_owned(),
        readings: vec![reading(RecordSource::Dvsa, ReadingOutcome::Found)],
        make: dvsa("NORVAL".to_owned()),
        model: dvsa("LUMEN".to_owned()),
        fuel_type: dvsa(FuelType::Electric),
        first_registered: dvsa("2026-03-17".parse().unwrap()),
        manufacture_year: dvsa(2026),
        recall: dvsa(RecallStatus::Unknown),
        ..unknown()
    };
    mot(&mut record, MotStatus::NotYetDue, "2029-03-16");
    record
}

/// An old diesel whose newest test failed with a dangerous defect, untaxed, with a record that is old and contradictory.
pub(super) fn dangerous() -> VehicleRecord {
    let mut record = VehicleRecord {
        registration_number: "AB05CDE".to_owned(),
        demonstration: false,
        readings: vec![
            reading(RecordSource::Dvla, ReadingOutcome::Found),
            reading(RecordSource::Dvsa, ReadingOutcome::Found),
        ],
        make: dvsa("WENDLE".to_owned()),
        model: dvsa("<b>MOOR</b> [x](http://evil.example)".to_owned()),
        fuel_type: dvla(FuelType::Diesel),
        engine_cc: dvla(1896),
        first_registered: dvsa("2005-10-03".parse().unwrap()),
        tax_status: dvla(TaxStatus::Untaxed),
        tax_due_date: dvla("2026-08-01".parse().unwrap()),
        co2_emissions: dvla(162),
        recall: dvsa(RecallStatus::AllFixed),
        mot_tests: vec![
            test(
                "2026-11-10",
                false,
                None,
                Some(161_002),
                &[
                    (S::Dangerous, "Offside front tyre with cords exposed"),
                    (S::Major, "Engine MIL inoperative or indicates a malfunction"),
                    (S::Advisory, "Oil leak, but not excessive"),
                ],
            ),
            test(
                "2025-11-12",
                true,
                Some("2026-11-11"),
                Some(152_400),
                &[(S::Advisory, "Offside front tyre worn close to legal limit")],
            ),
        ],
        conflicts: vec!["DVLA says colour BLUE, DVSA says Red; it may have been repainted".to_owned()],
        ..taxed()
    };
    mot(&mut record, MotStatus::NotValid, "2026-11-11");
    record
}

/// A classic.
pub(super) fn classic() -> VehicleRecord {
    let mut record = VehicleRecord {
        registration_number: "ABC123H".to_owned(),
        fuel_type: dvla(FuelType::Petrol),
        engine_cc: dvla(1275),
        first_registered: dvla("1970-04-01".parse().unwrap()),
        manufacture_year: dvla(1970),
        co2_emissions: None,
        euro_status: None,
        type_approval: None,
        ..taxed()
    };
    record.mot_status =
        Sourced { value: MotStatus::Unknown, source: RecordSource::Derived, fetched_at: at("2026-11-20") };
    record.mot_expiry_date = None;
    record
}

/// All of them, with names.
pub(super) fn all() -> Vec<(&'static str, VehicleRecord)> {
    vec![
        ("worn", worn()),
        ("taxed", taxed()),
        ("sorn", sorn()),
        ("electric", electric()),
        ("dangerous", dangerous()),
        ("classic", classic()),
        ("unknown", unknown()),
    ]
}
