use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::vehicle::record::{DefectSeverity, FuelType, MotStatus, Odometer, RecallStatus, TaxStatus, TestAuthority};

fn ves(json: &serde_json::Value) -> Result<Reply<VesVehicle>, WireError> {
    parse_ves(json.to_string().as_bytes())
}

fn dvsa(json: &serde_json::Value) -> Result<Reply<DvsaVehicle>, WireError> {
    parse_dvsa(json.to_string().as_bytes())
}

fn found<T: fmt::Debug>(reply: Result<Reply<T>, WireError>) -> T {
    match reply {
        Ok(Reply::Found(vehicle)) => vehicle,
        other => panic!("no vehicle: {other:?}"),
    }
}

fn fault<T: fmt::Debug>(reply: Result<Reply<T>, WireError>) -> ServiceFault {
    match reply {
        Ok(Reply::Fault(fault)) => fault,
        other => panic!("no fault: {other:?}"),
    }
}

#[test]
fn a_dvla_vehicle_is_read_whole() {
    let vehicle = found(ves(&json!({
        "registrationNumber": "AA19 SRN", "taxStatus": "SORN", "motStatus": "Not valid", "motExpiryDate": "2026-02-27",
        "make": "CALDERA", "monthOfFirstRegistration": "2019-03", "monthOfFirstDvlaRegistration": "2019-04-01",
        "yearOfManufacture": "2018", "engineCapacity": "1968", "co2Emissions": 0, "fuelType": "DIESEL",
        "markedForExport": "false", "colour": "LIGHT GREY", "typeApproval": "N1", "revenueWeight": 0,
        "dateOfLastV5CIssued": "2024-11-18", "euroStatus": "EURO6", "automatedVehicle": false, "wheelplan": "2 AXLE",
        "taxDueDate": null, "artEndDate": "2027-04-28",
    })));
    assert_eq!(vehicle.registration, "AA19SRN");
    assert_eq!(vehicle.tax_status, Some(TaxStatus::Sorn));
    assert_eq!(vehicle.tax_due_date, None);
    assert_eq!(vehicle.additional_tax_end_date.unwrap().to_string(), "2027-04-28");
    assert_eq!(vehicle.mot_status, Some(MotStatus::NotValid));
    assert_eq!(vehicle.mot_expiry_date.unwrap().to_string(), "2026-02-27");
    assert_eq!(vehicle.first_registered_month.unwrap().to_string(), "2019-03-01");
    assert_eq!(vehicle.first_dvla_registration_month.unwrap().to_string(), "2019-04-01");
    assert_eq!((vehicle.manufacture_year, vehicle.engine_cc, vehicle.co2_emissions), (Some(2018), Some(1968), Some(0)));
    assert_eq!(vehicle.fuel_type, Some(FuelType::Diesel));
    assert_eq!(vehicle.marked_for_export, Some(false));
    assert_eq!(vehicle.colour.as_deref(), Some("Light Grey"));
    assert_eq!(vehicle.revenue_weight_kg, None);
    assert_eq!(vehicle.euro_status.as_deref(), Some("Euro 6"));
    assert_eq!(vehicle.unreadable, [""; 0]);
}

#[test]
fn a_field_that_makes_no_sense_is_named_and_costs_no_more() {
    let vehicle = found(ves(&json!({
        "registrationNumber": "AA19SRN", "taxStatus": "Perhaps", "motStatus": "No results returned", "make": ["X"],
        "yearOfManufacture": 12, "engineCapacity": -3, "co2Emissions": {"value": 3}, "colour": "  ",
        "motExpiryDate": "2026-02-30",
    })));
    assert_eq!(vehicle.mot_status, Some(MotStatus::Unknown));
    assert_eq!((vehicle.make, vehicle.colour, vehicle.tax_status), (None, None, None));
    let expected = ["co2Emissions", "engineCapacity", "make", "motExpiryDate", "taxStatus", "yearOfManufacture"];
    assert_eq!(vehicle.unreadable, expected);
}

#[test]
fn dvla_errors_are_read_in_every_spelling() {
    let not_found = json!({"errors": [{"status": "404", "code": "404", "title": "Vehicle Not Found"}]});
    assert_eq!(ves(&not_found), Ok(Reply::NotFound));
    assert_eq!(ves(&json!([{"status": 404, "title": "Vehicle Not Found"}])), Ok(Reply::NotFound));
    for (body, kind, code) in [
        (
            json!({"errors": [{"status": "400", "code": "ENQ103", "title": "Bad Request"}]}),
            FaultKind::BadRequest,
            Some("ENQ103"),
        ),
        (
            json!({"errors": [{"code": "ENQ108", "title": "Internal Server Error"}]}),
            FaultKind::Unavailable,
            Some("ENQ108"),
        ),
        (json!({"errors": [{"title": "Bad Request"}]}), FaultKind::BadRequest, None),
        (
            json!([{"status": 503, "title": "System currently down for maintenance"}]),
            FaultKind::Unavailable,
            Some("503"),
        ),
        (json!({"message": "Forbidden"}), FaultKind::Forbidden, None),
        (json!({"message": "Too Many Requests"}), FaultKind::RateLimited, None),
        (json!({"message": "Not Found"}), FaultKind::Unknown, None),
    ] {
        let fault = fault(ves(&body));
        assert_eq!((fault.kind, fault.code.as_deref()), (kind, code), "{body}");
    }
}

#[test]
fn a_dvsa_vehicle_with_tests_is_read_whole() {
    let vehicle = found(dvsa(&json!({
        "registration": "L2WPS", "make": "CALDERA", "model": "TARN", "fuelType": "Petrol", "primaryColour": "Blue",
        "registrationDate": "2014-08-25", "manufactureDate": "2014-08-01", "engineSize": "1395",
        "hasOutstandingRecall": "Yes",
        "motTests": [{
            "completedDate": "2023-02-17T09:17:46.000Z", "testResult": "FAILED", "expiryDate": "2024-02-17",
            "odometerValue": "100000", "odometerUnit": "km", "odometerResultType": "READ",
            "motTestNumber": 900_000_000_013_u64, "dataSource": "DVSA", "location": null,
            "registrationAtTimeOfTest": "AB64 HSV",
            "defects": [
                {"text": "advice", "type": "ADVISORY", "dangerous": false},
                {"text": "old scheme", "type": "FAIL", "dangerous": true},
                {"text": "put right", "type": "PRS", "dangerous": true},
                {"text": "typed", "type": "USER ENTERED", "dangerous": null},
                {"text": null, "type": "MAJOR"},
                {"text": "what", "type": "NON SPECIFIC"},
                {},
            ],
        }],
    })));
    assert_eq!(vehicle.recall, Some(RecallStatus::Outstanding));
    assert_eq!((vehicle.manufacture_year, vehicle.engine_cc), (Some(2014), Some(1395)));
    let [test] = vehicle.tests.as_slice() else { panic!("one test") };
    assert_eq!(test.completed_at.unwrap().to_string(), "2023-02-17T09:17:46.000000Z");
    assert_eq!(test.expiry_date, None, "a failed test gives no certificate");
    assert_eq!(test.odometer, Some(Odometer { miles: 62_137, was_kilometres: true }));
    assert_eq!(test.test_number.as_deref(), Some("900000000013"));
    assert_eq!(test.earlier_mark.as_deref(), Some("AB64HSV"), "it bore another mark then");
    let defects: Vec<_> = test.defects.iter().map(|defect| (defect.text.as_str(), &defect.severity)).collect();
    assert_eq!(
        defects,
        [
            ("old scheme", &DefectSeverity::Dangerous),
            ("no description given", &DefectSeverity::Major),
            ("advice", &DefectSeverity::Advisory),
            ("put right", &DefectSeverity::RectifiedAtStation),
            ("typed", &DefectSeverity::UserEntered),
            ("what", &DefectSeverity::Other("NON SPECIFIC".to_owned())),
        ]
    );
    assert_eq!(vehicle.unreadable, [""; 0]);
}

#[test]
fn a_mark_at_the_test_is_an_earlier_one_only_when_it_differs() {
    for (own, then, expected) in [
        (json!("L2WPS"), json!("l2 wps"), None),
        (json!("L2WPS"), json!(null), None),
        (json!(null), json!("AB64HSV"), None),
        (json!("L2WPS"), json!("AB64HSV"), Some("AB64HSV")),
    ] {
        let test = json!({"testResult": "PASSED", "registrationAtTimeOfTest": then});
        let vehicle = found(dvsa(&json!({"registration": own, "motTests": [test]})));
        assert_eq!(vehicle.tests[0].earlier_mark.as_deref(), expected, "{own} {then}");
    }
}

#[test]
fn odometers_count_only_when_read_and_in_a_known_unit() {
    let readings = [
        (json!("93420"), json!("MI"), json!("READ"), Some(93_420)),
        (json!(93420), json!("mi"), json!("READ"), Some(93_420)),
        (json!("93420"), json!(null), json!("READ"), None),
        (json!("93420"), json!("LEAGUES"), json!("READ"), None),
        (json!("93420"), json!("MI"), json!("UNREADABLE"), None),
        (json!(null), json!(null), json!("NO_ODOMETER"), None),
        (json!("99999999"), json!("MI"), json!("READ"), None),
    ];
    for (value, unit, result, miles) in readings {
        let body = json!({"motTests": [{
            "testResult": "PASSED", "dataSource": "CVS", "completedDate": null,
            "odometerValue": value, "odometerUnit": unit, "odometerResultType": result,
        }]});
        let vehicle = found(dvsa(&body));
        assert_eq!(vehicle.tests[0].odometer.map(|odometer| odometer.miles), miles, "{body}");
        assert_eq!(vehicle.tests[0].authority, TestAuthority::Cvs);
    }
}

#[test]
fn a_test_without_a_known_result_is_left_out_and_named() {
    let vehicle = found(dvsa(&json!({"motTests": [{"testResult": "ABANDONED"}, {"testResult": "PASSED"}]})));
    assert_eq!(vehicle.tests.len(), 1);
    assert_eq!(vehicle.unreadable, ["testResult"]);
}

#[test]
fn a_vehicle_too_new_for_a_test_is_told_by_its_due_date() {
    let vehicle = found(dvsa(&json!({
        "registration": "AA19EEE", "manufactureYear": "2026", "motTestDueDate": "2029-03-16",
        "hasOutstandingRecall": "Unknown", "fuelType": "Electric",
    })));
    assert_eq!(vehicle.first_test_due.unwrap().to_string(), "2029-03-16");
    assert_eq!(vehicle.manufacture_year, Some(2026));
    assert!(vehicle.tests.is_empty());
    assert!(found(dvsa(&json!({"hasOutstandingRecall": "No", "motTests": []}))).tests.is_empty());
}

#[test]
fn dvsa_errors_go_by_their_code() {
    let not_found = json!({"errorCode": "MOTH-NF-01", "errorMessage": "no [ER19NFD]", "requestId": "r"});
    assert_eq!(dvsa(&not_found), Ok(Reply::NotFound));
    for (code, kind) in [
        ("MOTH-BR-01", FaultKind::BadRequest),
        ("MOTH-NP-02", FaultKind::BadRequest),
        ("MOTH-IV-03", FaultKind::BadRequest),
        ("MOTH-NF-02", FaultKind::BadRequest),
        ("MOTH-UA-01", FaultKind::Unauthorised),
        ("MOTH-FB-02", FaultKind::Unauthorised),
        ("MOTH-FB-03", FaultKind::Forbidden),
        ("MOTH-RL-01", FaultKind::AllowanceUsed),
        ("MOTH-RL-02", FaultKind::RateLimited),
        ("MOTH-UN-01", FaultKind::Unavailable),
        ("MOTH-ZZ-99", FaultKind::Unknown),
    ] {
        let fault = fault(dvsa(&json!({"errorCode": code, "errorMessage": "AB19ABC is bad", "requestId": "r-1"})));
        assert_eq!((fault.kind, fault.code.as_deref(), fault.request_id.as_deref()), (kind, Some(code), Some("r-1")));
        assert!(!fault.to_string().contains("AB19ABC"));
    }
    assert_eq!(fault(dvsa(&json!({"message": "Forbidden"}))).kind, FaultKind::Forbidden);
}

#[test]
fn bodies_that_are_no_answer_are_refused_with_a_reason() {
    for body in
        ["", "   ", "<html>502</html>", "null", "3", "\"AA19AAA\"", "{", "{\"registrationNumber\": \"AA19", "[1, 2]"]
    {
        assert!(matches!(parse_ves(body.as_bytes()), Err(WireError::Malformed { .. })), "{body}");
        assert!(matches!(parse_dvsa(body.as_bytes()), Err(WireError::Malformed { .. })), "{body}");
    }
    for body in ["{}", "[]", "{\"errors\": []}", "{\"something\": \"else\"}"] {
        assert_eq!(parse_ves(body.as_bytes()), Err(WireError::Unrecognised), "{body}");
        assert_eq!(parse_dvsa(body.as_bytes()), Err(WireError::Unrecognised), "{body}");
    }
    assert!(parse_ves(b"{\"registrationNumber\": \"\xff\xfe\"}").is_err());
    assert!(parse_ves(br#"{"registrationNumber": "\ud800"}"#).is_err(), "lone surrogate");
    assert!(parse_ves(b"\xef\xbb\xbf{\"registrationNumber\": \"AA19AAA\"}").is_ok(), "byte order mark");
    let secret = parse_dvsa(br#"{"motTests": "AB19ABC"}"#).unwrap_err().to_string();
    assert!(!secret.contains("AB19ABC"), "{secret}");
}

#[test]
fn bodies_are_bounded_in_every_direction() {
    let deep =
        format!("{{\"registrationNumber\": \"AA19AAA\", \"x\": {}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(matches!(parse_ves(deep.as_bytes()), Ok(Reply::Found(_)) | Err(WireError::Malformed { .. })));
    let deep = deep.replace("\"x\"", "\"make\"");
    assert!(matches!(parse_ves(deep.as_bytes()), Ok(Reply::Found(_)) | Err(WireError::Malformed { .. })));
    let huge = vec![b' '; 1024 * 1024 + 1];
    assert_eq!(parse_ves(&huge), Err(WireError::TooLarge { bytes: 1024 * 1024 + 1, limit: 1024 * 1024 }));
    let small = WireLimits { max_tests: 2, max_defects: 1, max_defect_text: 5, max_text: 4, ..WireLimits::default() };
    let read = |body: serde_json::Value| parse_dvsa_within(body.to_string().as_bytes(), &small);
    let test = json!({"testResult": "PASSED", "defects": [{"text": "corroded", "type": "ADVISORY"}]});
    let vehicle = found(read(json!({"make": "CALDERA", "motTests": [test, test]})));
    assert_eq!(vehicle.make.as_deref(), Some("CAL\u{2026}"));
    assert_eq!(vehicle.tests[0].defects[0].text, "corr\u{2026}");
    assert_eq!(read(json!({"motTests": [test, test, test]})), Err(WireError::TooMany { what: "MOT tests", limit: 2 }));
    let crowded = json!({"motTests": [{"testResult": "PASSED", "defects": [{"text": "a"}, {"text": "b"}]}]});
    assert_eq!(read(crowded), Err(WireError::TooMany { what: "defects of a test", limit: 1 }));
}

/// A whole body, to be damaged.
fn whole() -> String {
    json!({
        "registrationNumber": "AA19AAA", "registration": "AA19AAA", "make": "NORVAL", "engineSize": "1242",
        "hasOutstandingRecall": "No", "errors": null,
        "motTests": [{"completedDate": "2023-02-17T09:17:46.000Z", "testResult": "PASSED", "odometerValue": "1",
            "odometerUnit": "MI", "odometerResultType": "READ", "defects": [{"text": "t", "type": "MAJOR"}]}],
    })
    .to_string()
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse_ves(&bytes);
        let _ = parse_dvsa(&bytes);
    }

    #[test]
    fn no_damage_panics(at in 0_usize..400, byte in any::<u8>(), cut in any::<bool>()) {
        let mut bytes = whole().into_bytes();
        let at = at % bytes.len();
        if cut { bytes.truncate(at) } else { bytes[at] = byte }
        let _ = parse_ves(&bytes);
        let _ = parse_dvsa(&bytes);
    }
}
