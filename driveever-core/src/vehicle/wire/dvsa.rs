//! The answers of the DVSA MOT history service: a vehicle with tests, one too new for a test, and its errors.

use chrono::NaiveDate;
use serde::Deserialize;

use super::{
    super::record::{DefectSeverity, FuelType, MotDefect, MotTest, Odometer, RecallStatus, TestAuthority},
    ErrorItem, FaultKind, Reply, ServiceFault, WireError, WireLimits, body, fault_of_message, reply_to_errors,
    scalar::{Fields, Scalar, fuel, mark, title_case},
};

/// Highest odometer value that is believed.
const MAX_ODOMETER: u32 = 9_999_999;

/// A vehicle as the DVSA has it. What it did not state is absent.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DvsaVehicle {
    /// The mark that it answered for, upper case without separators.
    pub registration: Option<String>,
    /// Make.
    pub make: Option<String>,
    /// Model; may carry the trim.
    pub model: Option<String>,
    /// Fuel.
    pub fuel_type: Option<FuelType>,
    /// Colour, in title case.
    pub colour: Option<String>,
    /// First registration, here or abroad.
    pub registered: Option<NaiveDate>,
    /// Year of manufacture.
    pub manufacture_year: Option<u16>,
    /// Engine size in cubic centimetres.
    pub engine_cc: Option<u32>,
    /// When the first test is due; only of a vehicle without tests.
    pub first_test_due: Option<NaiveDate>,
    /// Recalls.
    pub recall: Option<RecallStatus>,
    /// Tests, in the order in which they came.
    pub tests: Vec<MotTest>,
    /// Names of fields that were there and made no sense. `testResult` means that a test was left out.
    pub unreadable: Vec<&'static str>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Body {
    error_code: Scalar,
    request_id: Scalar,
    errors: Option<Vec<ErrorItem>>,
    message: Scalar,
    registration: Scalar,
    make: Scalar,
    model: Scalar,
    fuel_type: Scalar,
    primary_colour: Scalar,
    registration_date: Scalar,
    manufacture_date: Scalar,
    manufacture_year: Scalar,
    engine_size: Scalar,
    mot_test_due_date: Scalar,
    has_outstanding_recall: Scalar,
    mot_tests: Option<Vec<TestBody>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct TestBody {
    completed_date: Scalar,
    test_result: Scalar,
    expiry_date: Scalar,
    odometer_value: Scalar,
    odometer_unit: Scalar,
    odometer_result_type: Scalar,
    mot_test_number: Scalar,
    registration_at_time_of_test: Scalar,
    data_source: Scalar,
    defects: Option<Vec<DefectBody>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct DefectBody {
    text: Scalar,
    #[serde(rename = "type")]
    kind: Scalar,
    dangerous: Scalar,
}

/// Reads a body of the DVSA service with the default [`WireLimits`].
///
/// # Errors
/// [`WireError`] when it is neither a vehicle nor an error of the service.
pub fn parse_dvsa(bytes: &[u8]) -> Result<Reply<DvsaVehicle>, WireError> {
    parse_dvsa_within(bytes, &WireLimits::default())
}

/// Reads a body of the DVSA service.
///
/// # Errors
/// [`WireError`] when it exceeds `limits`, or is neither a vehicle nor an error of the service.
pub fn parse_dvsa_within(bytes: &[u8], limits: &WireLimits) -> Result<Reply<DvsaVehicle>, WireError> {
    let (bytes, is_list) = body(bytes, limits)?;
    if is_list {
        let errors: Vec<ErrorItem> = serde_json::from_slice(bytes)?;
        return reply_to_errors(&errors).ok_or(WireError::Unrecognised);
    }
    let body: Body = serde_json::from_slice(bytes)?;
    if let Some(code) = body.error_code.as_text() {
        return Ok(reply_to_code(code, &body));
    }
    if let Some(reply) = reply_to_errors(body.errors.as_deref().unwrap_or_default()) {
        return Ok(reply);
    }
    let stated = [&body.registration, &body.make, &body.has_outstanding_recall, &body.mot_test_due_date];
    if body.mot_tests.is_some() || stated.iter().any(|scalar| scalar.as_text().is_some()) {
        return vehicle(&body, limits).map(Reply::Found);
    }
    body.message.as_text().map(|message| Reply::Fault(fault_of_message(message))).ok_or(WireError::Unrecognised)
}

/// By the service's table of error codes.
fn reply_to_code(code: &str, body: &Body) -> Reply<DvsaVehicle> {
    let kind = match code.to_ascii_uppercase().as_str() {
        "MOTH-NF-01" => return Reply::NotFound,
        "MOTH-UA-01" | "MOTH-FB-02" | "MOTH-FB-04" => FaultKind::Unauthorised,
        "MOTH-FB-01" | "MOTH-FB-03" | "MOTH-PC-01" => FaultKind::Forbidden,
        "MOTH-RL-01" => FaultKind::AllowanceUsed,
        "MOTH-RL-02" => FaultKind::RateLimited,
        "MOTH-UN-01" => FaultKind::Unavailable,
        code if ["MOTH-BR-", "MOTH-NP-", "MOTH-IV-", "MOTH-NF-"].iter().any(|start| code.starts_with(start)) => {
            FaultKind::BadRequest
        }
        _ => FaultKind::Unknown,
    };
    Reply::Fault(ServiceFault { kind, code: body.error_code.code(), request_id: body.request_id.code() })
}

fn vehicle(body: &Body, limits: &WireLimits) -> Result<DvsaVehicle, WireError> {
    let tests = body.mot_tests.as_deref().unwrap_or_default();
    if tests.len() > limits.max_tests {
        return Err(WireError::TooMany { what: "MOT tests", limit: limits.max_tests });
    }
    if tests.iter().any(|test| test.defects.as_ref().is_some_and(|defects| defects.len() > limits.max_defects)) {
        return Err(WireError::TooMany { what: "defects of a test", limit: limits.max_defects });
    }
    let mut fields = Fields::new(*limits);
    let f = &mut fields;
    let own = body.registration.as_text().map(mark);
    let manufactured = f.month("manufactureDate", &body.manufacture_date);
    let stated_year = f.year("manufactureYear", &body.manufacture_year);
    let year_of_date = manufactured.and_then(|day| u16::try_from(chrono::Datelike::year(&day)).ok());
    Ok(DvsaVehicle {
        registration: own.clone(),
        make: f.text("make", &body.make),
        model: f.text("model", &body.model),
        fuel_type: f.text("fuelType", &body.fuel_type).as_deref().map(fuel),
        colour: f.text("primaryColour", &body.primary_colour).as_deref().map(title_case),
        registered: f.date("registrationDate", &body.registration_date),
        manufacture_year: year_of_date.or(stated_year),
        engine_cc: f.number("engineSize", &body.engine_size, 100_000).filter(|cc| *cc > 0),
        first_test_due: f.date("motTestDueDate", &body.mot_test_due_date),
        recall: f.map("hasOutstandingRecall", &body.has_outstanding_recall, recall),
        tests: tests.iter().filter_map(|test| mot_test(test, own.as_deref(), f)).collect(),
        unreadable: fields.into_unreadable(),
    })
}

/// One test; nothing when it cannot be told whether it was passed.
fn mot_test(test: &TestBody, own: Option<&str>, f: &mut Fields) -> Option<MotTest> {
    let passed = match test.test_result.as_text().map(str::to_ascii_uppercase).as_deref() {
        Some("PASSED") => true,
        Some("FAILED") => false,
        _ => {
            f.is_unreadable("testResult");
            return None;
        }
    };
    let mut defects: Vec<_> =
        test.defects.as_deref().unwrap_or_default().iter().filter_map(|defect| mot_defect(defect, f)).collect();
    defects.sort_by(|a, b| b.severity.cmp(&a.severity));
    Some(MotTest {
        completed_at: f.time("completedDate", &test.completed_date),
        passed,
        expiry_date: f.date("expiryDate", &test.expiry_date).filter(|_| passed),
        odometer: odometer(test, f),
        test_number: f.text("motTestNumber", &test.mot_test_number),
        earlier_mark: f
            .text("registrationAtTimeOfTest", &test.registration_at_time_of_test)
            .as_deref()
            .map(mark)
            .filter(|mark| own.is_some_and(|own| own != mark)),
        authority: match f.text("dataSource", &test.data_source) {
            Some(name) => authority(name),
            None => TestAuthority::Other("not stated".to_owned()),
        },
        defects,
    })
}

/// A reading counts only when it was read and its unit is known: the unit is not guessed.
fn odometer(test: &TestBody, f: &mut Fields) -> Option<Odometer> {
    let result = test.odometer_result_type.as_text();
    if result.is_some_and(|result| !result.eq_ignore_ascii_case("READ")) {
        return None;
    }
    let value = f.number("odometerValue", &test.odometer_value, MAX_ODOMETER)?;
    let Scalar::Text(unit) = &test.odometer_unit else {
        f.is_unreadable("odometerUnit");
        return None;
    };
    f.map("odometerUnit", &test.odometer_unit, |_| match unit.to_ascii_uppercase().as_str() {
        "MI" => Some(Odometer { miles: value, was_kilometres: false }),
        "KM" => Some(Odometer { miles: miles_of_kilometres(value), was_kilometres: true }),
        _ => None,
    })
}

/// At 0.621371 miles a kilometre, to the nearest mile.
fn miles_of_kilometres(kilometres: u32) -> u32 {
    let micro_miles = u64::from(kilometres) * 621_371 + 500_000;
    u32::try_from(micro_miles / 1_000_000).unwrap_or(u32::MAX)
}

fn mot_defect(defect: &DefectBody, f: &mut Fields) -> Option<MotDefect> {
    let kind = f.text("defects.type", &defect.kind);
    let text = match (f.defect_text("defects.text", &defect.text), &kind) {
        (Some(text), _) => text,
        // A failure item counts even when nobody described it.
        (None, Some(_)) => "no description given".to_owned(),
        (None, None) => return None,
    };
    let dangerous = f.flag("defects.dangerous", &defect.dangerous) == Some(true);
    let severity = match kind.as_deref().map(str::to_ascii_uppercase).as_deref() {
        // Put right before the test ended, so no longer a danger, whatever the flag says.
        Some("PRS") => DefectSeverity::RectifiedAtStation,
        _ if dangerous => DefectSeverity::Dangerous,
        Some("DANGEROUS") => DefectSeverity::Dangerous,
        Some("MAJOR") => DefectSeverity::Major,
        Some("MINOR") => DefectSeverity::Minor,
        Some("FAIL") => DefectSeverity::Fail,
        Some("ADVISORY") => DefectSeverity::Advisory,
        Some("USER ENTERED") => DefectSeverity::UserEntered,
        _ => DefectSeverity::Other(kind.unwrap_or_else(|| "not stated".to_owned())),
    };
    Some(MotDefect { text, severity })
}

fn authority(name: String) -> TestAuthority {
    match name.to_ascii_uppercase().as_str() {
        "DVSA" => TestAuthority::Dvsa,
        "DVA NI" => TestAuthority::DvaNi,
        "CVS" => TestAuthority::Cvs,
        _ => TestAuthority::Other(name),
    }
}

fn recall(text: &str) -> Option<RecallStatus> {
    match text.to_ascii_lowercase().as_str() {
        "yes" => Some(RecallStatus::Outstanding),
        "no" => Some(RecallStatus::AllFixed),
        "unknown" => Some(RecallStatus::Unknown),
        "unavailable" => Some(RecallStatus::Unavailable),
        _ => None,
    }
}
