use std::{collections::BTreeSet, path::PathBuf};

use driveever_core::{
    time::FixedClock,
    vehicle::{
        record::{
            DefectSeverity, FuelType, MotStatus, ReadingOutcome, RecallStatus, RecordSource, TaxStatus, TestAuthority,
        },
        registration::RegistrationKind,
        report::{AnomalyKind, DrivingGround, Urgency, VehicleReport},
    },
};

use super::*;

fn clock() -> Arc<dyn Clock> {
    Arc::new(FixedClock::at("2026-11-23T12:00:00Z".parse().unwrap()))
}

fn parse(mark: &str) -> Registration {
    Registration::parse(mark, clock().today()).unwrap_or_else(|error| panic!("{mark} {error}"))
}

async fn demonstration(mark: &str) -> (VehicleRecord, VehicleReport) {
    let record = DemonstrationVehicles::new(clock()).lookup(&parse(mark), Freshness::Remembered).await.unwrap();
    let report = VehicleReport::of(&record, clock().today());
    (record, report)
}

fn data_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data/vehicles")
}

fn outcome(record: &VehicleRecord, source: RecordSource) -> ReadingOutcome {
    record.readings.iter().find(|reading| reading.source == source).unwrap().outcome
}

fn has(report: &VehicleReport, kind: AnomalyKind) -> bool {
    report.mileage.anomalies.iter().any(|anomaly| anomaly.kind == kind)
}

fn ground(report: &VehicleReport) -> Option<DrivingGround> {
    report.driving.reasons.first().map(|reason| reason.ground)
}

/// Each demonstration vehicle with what the README says it shows.
type Shows = fn(&VehicleRecord, &VehicleReport) -> bool;
const PROPERTIES: [(&str, Shows); 32] = [
    ("AA19DSL", |record, report| {
        record.mot_status.value == MotStatus::Valid
            && ground(report) == Some(DrivingGround::FailedLatestTest)
            && !report.driving.do_not_drive
            && report.findings[0].severity == DefectSeverity::Major
            && record.type_approval.as_ref().is_some_and(|fact| fact.value == "N1")
    }),
    ("AA19EEE", |record, report| {
        record.fuel_type.as_ref().is_some_and(|fact| fact.value == FuelType::Electric)
            && record.engine_cc.is_none()
            && record.mot_status.value == MotStatus::NotYetDue
            && report.mot.days_left == Some(844)
    }),
    ("AA19MOT", |record, report| {
        record.mot_status.value == MotStatus::Valid
            && record.conflicts.is_empty()
            && report.driving.reasons.is_empty()
            && report.mileage.anomalies.is_empty()
            && report.mileage.yearly.len() == 4
    }),
    ("AA19PPP", |record, report| {
        record.revenue_weight_kg.as_ref().is_some_and(|fact| fact.value == 44_000)
            && record.mot_tests.iter().all(|test| test.authority == TestAuthority::Cvs)
            && record.mot_tests.last().is_some_and(|test| test.completed_at.is_none())
            && record.latest_test().is_some_and(|test| test.odometer.is_some_and(|odometer| odometer.was_kilometres))
            && has(report, AnomalyKind::NoReading)
    }),
    ("AA19SRN", |record, report| {
        record.tax_status.as_ref().is_some_and(|fact| fact.value == TaxStatus::Sorn)
            && record.mot_status.value == MotStatus::NotValid
            && report.driving.reasons.iter().any(|reason| reason.ground == DrivingGround::OffRoad)
    }),
    ("AB08GAS", |record, report| {
        record.fuel_type.as_ref().is_some_and(|fact| fact.value == FuelType::GasBiFuel)
            && report.findings.iter().any(|finding| finding.severity == DefectSeverity::RectifiedAtStation)
            && report.recurring.len() == 1
    }),
    ("AB11DGT", |_, report| has(report, AnomalyKind::DigitSlip) && !has(report, AnomalyKind::LowerThanEarlier)),
    ("AB12NVS", |record, report| {
        outcome(record, RecordSource::Dvla) == ReadingOutcome::NotFound
            && record.is_known()
            && record.tax_status.is_none()
            && report.mot.status == MotStatus::Valid
    }),
    ("AB13DDM", |record, report| {
        record.latest_test().is_some_and(|test| test.odometer.is_none())
            && has(report, AnomalyKind::NoReading)
            && report.mileage.latest_miles == Some(70_551)
    }),
    ("AB14EXP", |_, report| {
        report.mot.days_left == Some(-23)
            && report.driving.do_not_drive
            && ground(report) == Some(DrivingGround::NoCurrentMot)
    }),
    ("AB15RCL", |_, report| {
        report.recall.status == Some(RecallStatus::Outstanding)
            && report.notices.iter().any(|notice| notice.text.contains("recall"))
    }),
    ("AB16KMS", |_, report| {
        has(report, AnomalyKind::UnitMix)
            && !has(report, AnomalyKind::LowerThanEarlier)
            && !has(report, AnomalyKind::DigitSlip)
    }),
    ("AB16XPT", |record, report| {
        record.marked_for_export.as_ref().is_some_and(|fact| fact.value)
            && report.notices.iter().any(|notice| notice.text.contains("export"))
    }),
    ("AB17DGR", |record, report| {
        record.mot_status.value == MotStatus::Valid
            && report.driving.do_not_drive
            && ground(report) == Some(DrivingGround::DangerousDefect)
            && report.findings[0].urgency == Urgency::StopNow
    }),
    ("AB18CNF", |record, _| {
        ["make", "colour", "fuel", "engine size", "first registration", "MOT expiry"]
            .iter()
            .all(|word| record.conflicts.iter().any(|conflict| conflict.contains(word)))
    }),
    ("AB20DUE", |_, report| {
        report.mot.days_left == Some(8) && report.notices.iter().any(|notice| notice.text.contains("Book a test"))
    }),
    ("AB21TAX", |_, report| {
        report.tax.days_left == Some(8) && report.notices.iter().any(|notice| notice.text.starts_with("Vehicle tax"))
    }),
    ("AB22HYB", |record, _| {
        record.fuel_type.as_ref().is_some_and(|fact| fact.value == FuelType::HybridElectric)
            && record.conflicts.is_empty()
    }),
    ("AB22MTR", |record, _| record.type_approval.as_ref().is_some_and(|fact| fact.value == "L3")),
    ("AB23EVN", |record, report| {
        record.latest_test().is_some_and(|test| test.passed)
            && record.mot_tests.len() == 2
            && report.recurring.is_empty()
            && !report.driving.do_not_drive
    }),
    ("AB23FST", |record, report| {
        record.mot_tests.is_empty()
            && report.mot.days_left == Some(-35)
            && report.driving.reasons.len() == 2
            && report.driving.do_not_drive
    }),
    ("AB64CLK", |record, report| {
        has(report, AnomalyKind::LowerThanEarlier)
            && has(report, AnomalyKind::NearZeroUse)
            && !has(report, AnomalyKind::DigitSlip)
            && record.last_v5c_issued.is_some()
            && report.notices.iter().any(|notice| notice.text.contains("V5C"))
    }),
    ("AB70NDV", |record, report| {
        outcome(record, RecordSource::Dvsa) == ReadingOutcome::NotFound
            && record.model.is_none()
            && report.mot.status == MotStatus::Valid
            && report.recall.status.is_none()
    }),
    ("ABZ4417", |record, report| {
        parse("ABZ4417").kind() == RegistrationKind::NorthernIreland
            && record.mot_tests.iter().all(|test| test.authority == TestAuthority::DvaNi && test.defects.is_empty())
            && report.not_known.iter().any(|line| line.contains("Northern Ireland"))
    }),
    ("ER19MNT", |record, report| {
        outcome(record, RecordSource::Dvla) == ReadingOutcome::Failed
            && outcome(record, RecordSource::Dvsa) == ReadingOutcome::Found
            && report.tax.status.is_none()
    }),
    ("ER19NFD", |record, report| !record.is_known() && !report.is_known && !report.driving.do_not_drive),
    ("KLM214C", |record, report| {
        record.mot_status.value == MotStatus::NotValid
            && !report.driving.do_not_drive
            && report.driving.reasons.iter().any(|reason| reason.text.contains("may be exempt"))
            && report.findings.iter().any(|finding| finding.severity == DefectSeverity::UserEntered)
    }),
    ("L2WPS", |record, report| {
        record.mot_tests.len() == 12
            && record.tax_status.as_ref().is_some_and(|fact| fact.value == TaxStatus::Untaxed)
            && report.tax.days_left == Some(-53)
            && report.mot.status == MotStatus::Valid
            && report.recall.status == Some(RecallStatus::Outstanding)
            && has(report, AnomalyKind::LowerThanEarlier)
            && has(report, AnomalyKind::NoReading)
            && report.findings.len() == 3
            && report.recurring.iter().any(|finding| finding.is_open && finding.text.contains("subframe"))
            && report.recurring.iter().any(|finding| {
                !finding.is_open && finding.has_worsened && finding.severity == DefectSeverity::Dangerous
            })
            && record.conflicts.is_empty()
    }),
    ("LK76NEW", |record, report| {
        record.mot_status.value == MotStatus::NotYetDue
            && record.mot_tests.is_empty()
            && parse("LK76NEW").issued().is_some_and(|period| period.from.to_string() == "2026-09-01")
            && report.driving.reasons.is_empty()
    }),
    ("Q412KTX", |record, report| {
        parse("Q412KTX").kind() == RegistrationKind::Q
            && record.recall.as_ref().is_some_and(|fact| fact.value == RecallStatus::Unavailable)
            && report.mileage.miles_per_year == Some(897)
    }),
    ("R207MPT", |record, _| {
        record.conflicts.len() == 1
            && record.conflicts.iter().all(|conflict| conflict.contains("import"))
            && record.first_registered.as_ref().is_some_and(|fact| fact.value.to_string() == "1998-02-01")
    }),
    ("WPS204", |record, _| {
        parse("WPS204").kind() == RegistrationKind::Dateless
            && record.first_registered.as_ref().is_some_and(|fact| fact.value.to_string() == "2021-01-29")
            && record.is_known()
    }),
];

#[tokio::test]
async fn each_demonstration_vehicle_shows_what_it_is_there_for() {
    let marks: Vec<_> = PROPERTIES.iter().map(|(mark, _)| *mark).collect();
    assert_eq!(DemonstrationVehicles::marks().collect::<Vec<_>>(), marks);
    for (mark, shows) in PROPERTIES {
        let (record, report) = demonstration(mark).await;
        assert!(record.demonstration && report.demonstration, "{mark}");
        assert_eq!(record.registration_number, mark);
        let unread = record.conflicts.iter().find(|conflict| conflict.contains("made no sense"));
        assert_eq!(unread, None, "{mark}");
        assert!(shows(&record, &report), "{mark}: {report:#?}\n{:#?}", record.conflicts);
    }
}

#[test]
fn the_set_is_whole_and_its_readme_names_each_vehicle() {
    let readme = fs::read_to_string(data_folder().join("README.md")).unwrap();
    let mut files = BTreeSet::new();
    for entry in fs::read_dir(data_folder()).unwrap() {
        files.insert(entry.unwrap().file_name().into_string().unwrap());
    }
    files.remove("README.md");
    let expected: BTreeSet<_> = DemonstrationVehicles::marks()
        .flat_map(|mark| [format!("{mark}.ves.json"), format!("{mark}.dvsa.json")])
        .collect();
    assert_eq!(files, expected);
    for mark in DemonstrationVehicles::marks() {
        assert!(readme.contains(&format!("| `{mark}` |")), "{mark} is not in the README");
    }
    assert!(DemonstrationVehicles::marks().is_sorted(), "the look-up needs it");
}

#[tokio::test]
async fn a_mark_outside_the_set_is_unknown() {
    let (record, report) = demonstration("AB19ABC").await;
    assert!(!record.is_known() && !record.demonstration);
    assert_eq!(record.readings.len(), 2);
    assert_eq!(report.mot.status, MotStatus::Unknown);
}

#[tokio::test]
async fn a_folder_gives_the_same_records_without_the_label() {
    let source = FileVehicleSource::open(data_folder(), clock()).unwrap();
    for mark in DemonstrationVehicles::marks() {
        let of_folder = source.lookup(&parse(mark), Freshness::Remembered).await.unwrap();
        let (of_set, _) = demonstration(mark).await;
        assert!(!of_folder.demonstration);
        assert_eq!(VehicleRecord { demonstration: true, ..of_folder }, of_set);
    }
}

#[tokio::test]
async fn missing_broken_and_oversized_files_cost_only_their_own_facts() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    let source = FileVehicleSource::open(folder.path(), clock()).unwrap();
    let outcomes = |record: &VehicleRecord| (outcome(record, RecordSource::Dvla), outcome(record, RecordSource::Dvsa));

    write("AB19ABC.ves.json", r#"{"registrationNumber": "AB19ABC", "make": "NORVAL"}"#);
    let record = source.lookup(&parse("AB19ABC"), Freshness::Remembered).await.unwrap();
    assert_eq!(outcomes(&record), (ReadingOutcome::Found, ReadingOutcome::NotFound));

    write("AB19ABC.dvsa.json", r#"{"registration": "AB19ABC", "motTests": [{"#);
    let record = source.lookup(&parse("AB19ABC"), Freshness::Remembered).await.unwrap();
    assert_eq!(outcomes(&record), (ReadingOutcome::Found, ReadingOutcome::Failed));
    assert_eq!(record.make.unwrap().value, "NORVAL");

    fs::create_dir(folder.path().join("AB19ABD.ves.json")).unwrap();
    let record = source.lookup(&parse("AB19ABD"), Freshness::Remembered).await.unwrap();
    assert_eq!(outcomes(&record), (ReadingOutcome::Failed, ReadingOutcome::NotFound));

    let small = source.clone().with_limits(WireLimits { max_bytes: 20, ..WireLimits::default() });
    let error = small.lookup(&parse("AB19ABC"), Freshness::Remembered).await.unwrap_err();
    assert!(error.is_retryable() && error.to_string().contains("at most 20"), "{error}");
    assert!(!error.to_string().contains("AB19ABC"));
}

#[tokio::test]
async fn when_both_files_hold_errors_the_source_has_no_answer() {
    let folder = tempfile::tempdir().unwrap();
    let source = FileVehicleSource::open(folder.path(), clock()).unwrap();
    fs::write(folder.path().join("AB19ABC.ves.json"), r#"{"message": "Too Many Requests"}"#).unwrap();
    fs::write(folder.path().join("AB19ABC.dvsa.json"), r#"{"errorCode": "MOTH-UN-01"}"#).unwrap();
    let error = source.lookup(&parse("AB19ABC"), Freshness::Remembered).await.unwrap_err();
    assert_eq!(error.code(), "vehicle_source_rate_limited");
}

#[tokio::test]
async fn nothing_outside_the_folder_can_be_named() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("inside");
    fs::create_dir(&folder).unwrap();
    fs::write(parent.path().join("AB19ABC.ves.json"), r#"{"registrationNumber": "AB19ABC"}"#).unwrap();
    let source = FileVehicleSource::open(&folder, clock()).unwrap();
    for mark in ["../AB19ABC", "..\\AB19ABC", "/AB19ABC", "AB19ABC/", "%2e%2e/A", "AB19ABC\0"] {
        assert!(Registration::parse(mark, clock().today()).is_err(), "{mark}");
        assert!(Registration::from_stored(mark).is_err(), "{mark}");
    }
    // Dots are separators, so this is the plain mark, which the folder does not hold.
    assert!(!source.lookup(&parse("..AB19ABC"), Freshness::Remembered).await.unwrap().is_known());
}

#[test]
fn a_folder_that_is_none_is_refused_by_name() {
    let error = FileVehicleSource::open("/no/such/folder", clock()).err().unwrap().to_string();
    assert!(error.contains("/no/such/folder") && error.contains("name a folder"), "{error}");
    let file = tempfile::NamedTempFile::new().unwrap();
    assert!(FileVehicleSource::open(file.path(), clock()).is_err());
}
