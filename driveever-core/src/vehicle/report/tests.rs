use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::vehicle::{
    merge::{Reading, merge},
    record::DefectSeverity,
    registration::Registration,
    wire::{parse_dvsa, parse_ves},
};

const TODAY: &str = "2026-11-23";

/// The report on a vehicle whose services answered this.
fn report(ves: Option<Value>, dvsa: Option<Value>) -> VehicleReport {
    let read_at: Timestamp = "2026-11-23T08:00:00Z".parse().unwrap();
    let ves = ves.map(|body| Reading::of(parse_ves(body.to_string().as_bytes()), read_at));
    let dvsa = dvsa.map(|body| Reading::of(parse_dvsa(body.to_string().as_bytes()), read_at));
    let registration = Registration::from_stored("AA19AAA").unwrap();
    let today = TODAY.parse().unwrap();
    VehicleReport::of(&merge(&registration, ves, dvsa, today, true), today)
}

fn ves(more: &Value) -> Option<Value> {
    let mut body = json!({"registrationNumber": "AA19AAA"});
    body.as_object_mut()?.extend(more.as_object()?.clone());
    Some(body)
}

fn report_of(tests: &[Value]) -> VehicleReport {
    report(None, Some(json!({"registration": "AA19AAA", "hasOutstandingRecall": "No", "motTests": tests})))
}

/// A test; an empty `expiry` means a failure.
fn test(date: &str, expiry: &str, miles: &str, defects: &[(&str, &str)]) -> Value {
    let defects: Vec<_> = defects.iter().map(|(kind, text)| json!({"type": kind, "text": text})).collect();
    json!({
        "completedDate": format!("{date}T10:00:00.000Z"), "dataSource": "DVSA", "defects": defects,
        "testResult": if expiry.is_empty() { "FAILED" } else { "PASSED" }, "expiryDate": expiry,
        "odometerValue": miles, "odometerUnit": "MI",
        "odometerResultType": if miles.is_empty() { "UNREADABLE" } else { "READ" },
    })
}

fn mileage(readings: &[(&str, &str)]) -> MileageHistory {
    let tests: Vec<_> = readings.iter().map(|(date, miles)| test(date, "2027-01-01", miles, &[])).collect();
    report_of(&tests).mileage
}

fn kinds(history: &MileageHistory) -> Vec<(AnomalyKind, String)> {
    history.anomalies.iter().map(|anomaly| (anomaly.kind, anomaly.date.to_string())).collect()
}

#[test]
fn days_left_count_to_the_day_and_below_zero() {
    for (expiry, left, status) in [
        ("2026-11-24", 1, MotStatus::Valid),
        ("2026-11-23", 0, MotStatus::Valid),
        ("2026-11-22", -1, MotStatus::NotValid),
        ("2025-11-23", -365, MotStatus::NotValid),
    ] {
        let report = report(ves(&json!({"motExpiryDate": expiry, "taxStatus": "Taxed", "taxDueDate": expiry})), None);
        assert_eq!((report.mot.days_left, report.mot.status), (Some(left), status), "{expiry}");
        assert_eq!(report.tax.days_left, Some(left));
        assert_eq!(report.driving.do_not_drive, left < 0);
    }
    let one = report(ves(&json!({"motExpiryDate": "2026-11-24"})), None);
    assert_eq!(one.mot.statement, "The MOT runs until 24 November 2026 (1 day left).");
    assert!(one.notices.iter().any(|notice| notice.urgency == Urgency::Soon && notice.text.contains("Book a test")));
    let far =
        report(ves(&json!({"motExpiryDate": "2026-12-24", "taxStatus": "Taxed", "taxDueDate": "2026-12-24"})), None);
    assert_eq!(far.notices, []);
    let edge =
        report(ves(&json!({"motExpiryDate": "2026-12-23", "taxStatus": "Taxed", "taxDueDate": "2026-12-23"})), None);
    assert_eq!(edge.notices.len(), 2);
}

/// The report on one and the same reading as the clock moves on.
fn days_left_on(expiry: &str, today: &str) -> (Option<i64>, MotStatus, String) {
    let read_at: Timestamp = "2026-11-23T08:00:00Z".parse().unwrap();
    let body = json!({"registrationNumber": "AA19AAA", "motExpiryDate": expiry}).to_string();
    let ves = Reading::of(parse_ves(body.as_bytes()), read_at);
    let registration = Registration::from_stored("AA19AAA").unwrap();
    let record = merge(&registration, Some(ves), None, TODAY.parse().unwrap(), false);
    let report = VehicleReport::of(&record, today.parse().unwrap());
    (report.mot.days_left, report.mot.status, report.mot.statement)
}

#[test]
fn days_are_counted_over_months_leap_days_and_changes_of_the_clock() {
    for (expiry, today, left) in [
        ("2027-03-01", "2027-02-28", 1),
        ("2028-03-01", "2028-02-28", 2),
        ("2028-02-29", "2028-02-29", 0),
        ("2029-02-28", "2028-02-29", 365),
        ("2027-01-01", "2026-12-31", 1),
        // The clocks go forward on 28 March 2027 and back on 31 October.
        ("2027-03-29", "2027-03-27", 2),
        ("2027-11-01", "2027-10-30", 2),
    ] {
        let (found, status, _) = days_left_on(expiry, today);
        assert_eq!((found, status), (Some(left), MotStatus::Valid), "{expiry} on {today}");
    }
}

#[test]
fn a_record_read_before_its_expiry_is_not_valid_after_it() {
    let (left, status, statement) = days_left_on("2027-03-01", "2027-03-02");
    assert_eq!((left, status), (Some(-1), MotStatus::NotValid), "{statement}");
    assert!(statement.starts_with("No current MOT is on record") && statement.contains("(1 day ago)"), "{statement}");
}

#[test]
fn a_dangerous_defect_on_the_latest_test_outweighs_an_old_certificate() {
    let older = test("2026-01-10", "2027-01-09", "50000", &[]);
    let failed =
        test("2026-11-20", "", "58000", &[("ADVISORY", "tyre"), ("DANGEROUS", "brake pipe burst"), ("MAJOR", "arm")]);
    let danger = report_of(&[older.clone(), failed.clone()]);
    assert_eq!(danger.mot.status, MotStatus::Valid);
    assert!(danger.driving.do_not_drive);
    let grounds: Vec<_> = danger.driving.reasons.iter().map(|reason| (reason.ground, reason.prohibits)).collect();
    assert_eq!(grounds, [(DrivingGround::DangerousDefect, true), (DrivingGround::FailedLatestTest, false)]);
    assert!(
        danger.driving.reasons[0].text.contains("\"brake pipe burst\"")
            && danger.driving.reasons[0].text.contains("20 November 2026")
    );
    let urgencies: Vec<_> = danger.findings.iter().map(|finding| finding.urgency).collect();
    assert_eq!(urgencies, [Urgency::StopNow, Urgency::Soon, Urgency::Soon], "a worn tyre does not wait a year");
    assert!(
        danger.driving.reasons.iter().all(|reason| !reason.text.contains("only to")),
        "no leave to drive it anywhere"
    );
    let major = test("2026-11-20", "", "58000", &[("MAJOR", "arm")]);
    let lapsed = report_of(&[test("2025-01-10", "2026-01-09", "50000", &[]), major]);
    let leave: Vec<_> = lapsed
        .driving
        .reasons
        .iter()
        .map(|reason| reason.text.contains("to the repair") || reason.text.contains("from a repair"))
        .collect();
    assert_eq!(leave, [true, true]);
    let repaired = report_of(&[older, failed, test("2026-11-21", "2027-11-20", "58001", &[])]);
    assert!(!repaired.driving.do_not_drive);
    assert_eq!(repaired.driving.reasons, []);
}

#[test]
fn the_additional_rate_of_tax_is_told_with_its_end() {
    let of = |end: &str| report(ves(&json!({"taxStatus": "Taxed", "artEndDate": end})), None).tax;
    let due = of("2027-04-28");
    assert_eq!(due.additional_rate_end_date.map(|end| end.to_string()).as_deref(), Some("2027-04-28"));
    assert!(due.statement.contains("is due until 28 April 2027"), "{}", due.statement);
    assert!(of("2026-11-22").statement.contains("ended on 22 November 2026"));
    assert!(!report(ves(&json!({"taxStatus": "Taxed"})), None).tax.statement.contains("additional"));
}

#[test]
fn law_and_condition_are_told_apart() {
    let of_law = |ground: DrivingGround| ground.is_of_law();
    assert!([DrivingGround::NoCurrentMot, DrivingGround::OffRoad, DrivingGround::Untaxed].into_iter().all(of_law));
    assert!(![DrivingGround::DangerousDefect, DrivingGround::FailedLatestTest].into_iter().any(of_law));
}

#[test]
fn the_report_is_as_urgent_as_the_most_urgent_of_it() {
    let clear = json!({"taxStatus": "Taxed", "taxDueDate": "2027-07-01", "motExpiryDate": "2027-05-05"});
    let of = |key: &str, value: &str| {
        let mut body = clear.clone();
        body[key] = json!(value);
        report(ves(&body), None).urgency()
    };
    assert_eq!(of("colour", "BLUE"), Urgency::Information);
    assert_eq!(of("motExpiryDate", "2026-12-01"), Urgency::Soon);
    assert_eq!(of("taxStatus", "SORN"), Urgency::StopNow);
    let noted = |text| report_of(&[test("2026-11-20", "2027-11-19", "9", &[("ADVISORY", text)])]).urgency();
    assert_eq!(noted("Oil mist under the engine"), Urgency::Plan);
    assert_eq!(noted("Rear subframe heavily corroded"), Urgency::Soon);
}

#[test]
fn off_the_road_and_untaxed_are_reasons_of_their_own() {
    let ground = |status: &str| {
        let report = report(ves(&json!({"taxStatus": status, "motExpiryDate": "2027-05-05"})), None);
        (report.driving.do_not_drive, report.driving.reasons.first().map(|reason| reason.ground))
    };
    assert_eq!(ground("Taxed"), (false, None));
    assert_eq!(ground("SORN"), (true, Some(DrivingGround::OffRoad)));
    assert_eq!(ground("Not Taxed for on Road Use"), (true, Some(DrivingGround::OffRoad)));
    assert_eq!(ground("Untaxed"), (true, Some(DrivingGround::Untaxed)));
    assert_eq!(ground("Something new"), (false, None));
}

#[test]
fn a_vehicle_over_forty_years_old_may_need_no_mot() {
    let of = |month: &str| report(ves(&json!({"motStatus": "Not valid", "monthOfFirstRegistration": month})), None);
    let classic = of("1986-10");
    assert!(!classic.driving.do_not_drive);
    assert!(classic.driving.reasons[0].text.contains("may be exempt"));
    assert_eq!((classic.driving.urgency(), of("1986-12").driving.urgency()), (Urgency::Soon, Urgency::StopNow));
    assert!(of("1986-12").driving.do_not_drive);
    let by_year = |year: u16| report(ves(&json!({"motStatus": "Not valid", "yearOfManufacture": year})), None).driving;
    assert!(!by_year(1985).do_not_drive);
    assert!(by_year(1986).do_not_drive);
}

#[test]
fn what_is_unknown_is_neither_good_news_nor_a_ban() {
    let nobody = report(
        Some(json!({"errors": [{"status": "404", "title": "Vehicle Not Found"}]})),
        Some(json!({"errorCode": "MOTH-UN-01"})),
    );
    assert!(!nobody.is_known && !nobody.driving.do_not_drive);
    assert_eq!(nobody.mot.statement, "Whether the vehicle has a current MOT is not known.");
    assert_eq!(nobody.recall.statement, "Recalls are not known.");
    assert!(nobody.not_known[0].starts_with("The DVLA does not know this registration"));
    assert!(nobody.not_known[1].starts_with("The DVSA could not be asked"));
    for stated in ["Unknown", "Unavailable"] {
        let body = json!({"registration": "AA19AAA", "hasOutstandingRecall": stated});
        let report = report(None, Some(body));
        assert!(
            report.recall.statement.contains("not mean that there are none")
                || report.recall.statement.contains("not known")
        );
        assert!(report.not_known.iter().any(|line| line.starts_with("The DVLA was not asked")));
        assert!(report.not_known.iter().any(|line| line.starts_with("No MOT test is on record")));
    }
    let irish = report_of(&[json!({"testResult": "PASSED", "dataSource": "DVA NI", "expiryDate": "2027-01-01"})]);
    assert!(irish.not_known.iter().any(|line| line.contains("Northern Ireland")));
    assert!(irish.not_known.iter().any(|line| line.contains("have no date")));
}

#[test]
fn recalls_exports_and_new_documents_are_noticed() {
    let dvsa = json!({"registration": "AA19AAA", "hasOutstandingRecall": "Yes", "motTestDueDate": "2027-06-01"});
    let report = report(ves(&json!({"markedForExport": true, "dateOfLastV5CIssued": "2026-11-01"})), Some(dvsa));
    let notices: Vec<_> = report.notices.iter().map(|notice| notice.urgency).collect();
    assert_eq!(notices, [Urgency::Soon, Urgency::Information, Urgency::Information]);
    assert!(report.notices[0].text.contains("safety recall"));
    assert_eq!(report.mot.status, MotStatus::NotYetDue);
    assert!(report.demonstration);
}

#[test]
fn faults_that_come_back_are_followed_through_other_words() {
    let tests = [
        test("2023-09-05", "2024-09-04", "1", &[("ADVISORY", "Brake pipes to the rear lightly corroded")]),
        test(
            "2024-09-08",
            "2025-09-07",
            "2",
            &[
                ("ADVISORY", "Brake pipes to the rear lightly corroded"),
                ("ADVISORY", "Rear subframe has surface rust"),
                ("ADVISORY", "Offside front tyre worn on the inner edge"),
            ],
        ),
        test(
            "2025-09-02",
            "2026-09-07",
            "3",
            &[("ADVISORY", "Rear subframe corroded (5.3.6 (a)(i))"), ("ADVISORY", "N/S front tyre worn")],
        ),
        test(
            "2026-09-07",
            "",
            "4",
            &[
                ("DANGEROUS", "Brake pipe to nearside rear corroded so far that it may burst"),
                ("ADVISORY", "Front brake discs worn and lipped on both sides"),
                ("ADVISORY", "Rear subframe heavily corroded but not weakened yet"),
            ],
        ),
        test(
            "2026-09-08",
            "2027-09-07",
            "5",
            &[
                ("ADVISORY", "Front brake discs worn and lipped on both sides"),
                ("ADVISORY", "Rear subframe heavily corroded but not weakened yet"),
            ],
        ),
    ];
    let recurring = report_of(&tests).recurring;
    let [subframe, pipe] = recurring.as_slice() else { panic!("two: {recurring:#?}") };
    assert!(subframe.text.starts_with("Rear subframe heavily") && subframe.is_open && !subframe.has_worsened);
    assert_eq!((subframe.occasions, subframe.first_seen.to_string()), (3, "2024-09-08".to_owned()));
    assert_eq!(subframe.last_seen.to_string(), "2026-09-08");
    assert!(pipe.text.contains("burst") && !pipe.is_open && pipe.has_worsened);
    assert_eq!((pipe.occasions, &pipe.severity), (3, &DefectSeverity::Dangerous));
}

#[test]
fn a_fault_of_long_ago_is_another_one() {
    let tyre = [("ADVISORY", "Nearside rear tyre worn")];
    let apart = [test("2017-09-05", "2018-09-04", "1", &tyre), test("2026-09-05", "2027-09-04", "2", &tyre)];
    assert_eq!(report_of(&apart).recurring, []);
    let together = [test("2025-09-05", "2026-09-04", "1", &tyre), test("2026-09-05", "2027-09-04", "2", &tyre)];
    assert_eq!(report_of(&together).recurring.len(), 1);
}

#[test]
fn other_parts_are_not_the_same_and_what_was_put_right_is_not_open() {
    let pair = |earlier: (&str, &str), later: (&str, &str)| {
        let tests =
            [test("2025-09-05", "2026-09-04", "1", &[earlier]), test("2026-09-05", "2027-09-04", "2", &[later])];
        report_of(&tests).recurring
    };
    let discs = ("ADVISORY", "Front brake discs worn");
    assert_eq!(pair(discs, ("ADVISORY", "Front brake pipes corroded")), []);
    assert_eq!(pair(discs, ("ADVISORY", "Rear brake discs worn")), []);
    assert!(pair(discs, ("ADVISORY", "O/S/F brake disc scored"))[0].is_open);
    assert!(!pair(discs, ("PRS", "Front brake discs worn"))[0].is_open);
}

#[test]
fn use_is_counted_between_tests() {
    let history =
        mileage(&[("2026-09-01", "40000"), ("2026-08-31", "39990"), ("2025-09-01", "30000"), ("2024-09-01", "24000")]);
    let yearly: Vec<_> =
        history.yearly.iter().map(|span| (span.from.to_string(), span.miles, span.miles_per_year)).collect();
    assert_eq!(yearly, [("2024-09-01".to_owned(), 6_000, 6_004), ("2025-09-01".to_owned(), 9_990, 10_024)]);
    assert_eq!((history.miles_per_year, history.latest_miles), (Some(8_005), Some(40_000)));
    assert_eq!(history.anomalies, []);
    assert_eq!(mileage(&[]), MileageHistory::default());
    assert_eq!(mileage(&[("2026-09-01", "5"), ("2026-08-01", "4")]).miles_per_year, None);
}

#[test]
fn a_lower_reading_is_told_from_units_and_slips() {
    let clocked = mileage(&[
        ("2022-08-30", "87344"),
        ("2023-09-05", "98760"),
        ("2024-09-08", "71230"),
        ("2025-09-02", "84905"),
        ("2026-09-08", "93420"),
    ]);
    assert_eq!(kinds(&clocked), [(AnomalyKind::LowerThanEarlier, "2024-09-08".to_owned())]);
    assert!(clocked.anomalies[0].text.contains("71,230 miles, is lower than the 98,760 miles of 5 September 2023"));
    assert_eq!(clocked.yearly.len(), 3, "no span crosses the drop");
    assert_eq!(clocked.miles_per_year, Some(11_103), "since the drop");

    let kilometres = mileage(&[("2023-05-01", "60000"), ("2024-05-01", "112650"), ("2025-05-01", "78000")]);
    assert_eq!(kinds(&kilometres), [(AnomalyKind::UnitMix, "2025-05-01".to_owned())]);
    assert!(kilometres.anomalies[0].text.contains("The reading of 1 May 2024 would fit if kilometres"));
    assert_eq!(kilometres.yearly.len(), 1, "the odd reading is left out");

    let swapped =
        mileage(&[("2022-05-01", "41210"), ("2023-05-01", "52980"), ("2024-05-01", "26040"), ("2025-05-01", "70500")]);
    assert_eq!(kinds(&swapped), [(AnomalyKind::DigitSlip, "2024-05-01".to_owned())]);
    assert_eq!(swapped.yearly.len(), 2);

    let swap_only = mileage(&[("2022-05-01", "61900"), ("2023-05-01", "26040"), ("2024-05-01", "62500")]);
    assert_eq!(swap_only.anomalies.last().map(|anomaly| anomaly.kind), Some(AnomalyKind::NearZeroUse));
    assert_eq!(swap_only.anomalies[0].kind, AnomalyKind::DigitSlip);
    assert_eq!(mileage(&[("2026-08-31", "39000"), ("2026-09-01", "40000")]).anomalies, [], "a long day is no error");

    let tenfold = mileage(&[("2023-05-01", "45000"), ("2024-05-01", "529800"), ("2025-05-01", "61000")]);
    assert_eq!(kinds(&tenfold), [(AnomalyKind::DigitSlip, "2025-05-01".to_owned())]);
    let newest_tenfold = mileage(&[("2023-05-01", "45000"), ("2024-05-01", "529800")]);
    assert_eq!(kinds(&newest_tenfold), [(AnomalyKind::DigitSlip, "2024-05-01".to_owned())]);
    let absurd = mileage(&[("2023-05-01", "45000"), ("2024-05-01", "9290000")]);
    assert_eq!(kinds(&absurd), [(AnomalyKind::ImplausibleRise, "2024-05-01".to_owned())]);
    let newest_lower = mileage(&[("2024-05-01", "98000"), ("2025-05-01", "105000"), ("2026-05-01", "85000")]);
    assert_eq!(kinds(&newest_lower), [(AnomalyKind::LowerThanEarlier, "2026-05-01".to_owned())]);
}

#[test]
fn missing_readings_changed_units_and_standing_are_said() {
    let history = mileage(&[("2024-05-01", "50000"), ("2025-05-01", ""), ("2026-05-01", "50300")]);
    assert_eq!(
        kinds(&history),
        [(AnomalyKind::NoReading, "2025-05-01".to_owned()), (AnomalyKind::NearZeroUse, "2026-05-01".to_owned()),]
    );
    assert!(history.anomalies[0].text.starts_with("Tests without a usable odometer reading: 1 of 3"));
    let mut metric = test("2025-05-01", "2027-01-01", "80000", &[]);
    metric["odometerUnit"] = json!("KM");
    let mixed = report_of(&[metric, test("2026-05-01", "2027-05-01", "56000", &[])]).mileage;
    assert_eq!(kinds(&mixed), [(AnomalyKind::UnitMix, "2025-05-01".to_owned())]);
    assert_eq!(mixed.yearly[0].miles, 56_000 - 49_710);
}

#[test]
fn a_report_survives_storage_and_absurd_records_are_bounded() {
    let tyre: Vec<_> =
        (0..200).map(|n| ("ADVISORY", format!("part{} zone{}", "x".repeat(n % 50), "y".repeat(n)))).collect();
    let tyre: Vec<_> = tyre.iter().map(|(kind, text)| (*kind, text.as_str())).collect();
    let tests: Vec<_> = (0..100).map(|n| test(&format!("{}-05-01", 1926 + n), "2027-01-01", "999999", &tyre)).collect();
    let report = report_of(&tests);
    let text = serde_json::to_string(&report).unwrap();
    assert_eq!(serde_json::from_str::<VehicleReport>(&text).unwrap(), report);
    assert!(text.contains("\"daysLeft\"") && text.contains("\"doNotDrive\""));
}

proptest! {
    #[test]
    fn no_readings_panic_and_rising_ones_raise_no_doubt(steps in proptest::collection::vec((30_u32..800, 0_u32..8_000, 0_u32..2_000_000), 0..20)) {
        let start = NaiveDate::from_ymd_opt(2000, 1, 1).unwrap();
        let (mut date, mut miles) = (start, 0);
        let (mut rising, mut wild) = (Vec::new(), Vec::new());
        for (days, driven, anything) in steps {
            date = date + chrono::Days::new(days.into());
            miles += driven;
            rising.push(test(&date.to_string(), "2027-01-01", &miles.to_string(), &[]));
            wild.push(test(&date.to_string(), "2027-01-01", &anything.to_string(), &[]));
        }
        let doubts = [AnomalyKind::LowerThanEarlier, AnomalyKind::UnitMix, AnomalyKind::DigitSlip, AnomalyKind::ImplausibleRise];
        let sound = report_of(&rising).mileage;
        prop_assert!(sound.anomalies.iter().all(|anomaly| !doubts.contains(&anomaly.kind)), "{:?}", sound.anomalies);
        let wild = report_of(&wild).mileage;
        for pair in wild.readings.windows(2) {
            let dropped = pair[1].miles < pair[0].miles;
            let told = wild.anomalies.iter().any(|anomaly| anomaly.date == pair[1].date && doubts.contains(&anomaly.kind));
            prop_assert!(told || !dropped);
        }
    }
}
