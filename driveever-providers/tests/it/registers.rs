//! The registers of vehicles, against doubles of the DVLA's and the DVSA's services.

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use driveever_core::{
    time::{Clock, FixedClock},
    vehicle::{
        record::{ReadingOutcome, RecordSource, VehicleRecord},
        registration::Registration,
        source::{Freshness, SourceError, VehicleDataSource},
        wire::WireLimits,
    },
};
use driveever_doubles::{Double, Fault, Protocol, Script, rows};
use driveever_providers::{
    registers::{DvlaSettings, DvsaSettings, Patience, RegisterSettings, Registers},
    vehicle_files::FileVehicleSource,
};
use serde_json::json;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/vehicles");
const SECRET: &str = "s3cret";

fn clock() -> Arc<FixedClock> {
    Arc::new(FixedClock::at("2026-11-23T09:30:00Z".parse().unwrap()))
}

async fn double() -> Double {
    let double = Double::start().await.unwrap();
    assert_eq!(double.know_folder(FOLDER.as_ref()).unwrap(), 64);
    double
}

/// Both services of the double, with waits that hold no test up.
fn settings(double: &Double) -> RegisterSettings {
    let mut taxes = DvlaSettings::new(SECRET.into());
    taxes.base_url = double.base_url(Protocol::Ves);
    let token_url = double.base_url(Protocol::DvsaToken);
    let mut tests = DvsaSettings::new(SECRET.into(), token_url, "client-1".into(), SECRET.into());
    tests.base_url = double.base_url(Protocol::Dvsa);
    // The clock stands still: whoever had to wait for a turn would wait for ever.
    let any = NonZeroU32::new(1_000).unwrap();
    (taxes.pace.burst, tests.pace.burst) = (any, any);
    let patience = Patience { first_wait: Duration::ZERO, ..Patience::default() };
    RegisterSettings { dvla: Some(taxes), dvsa: Some(tests), patience, ..RegisterSettings::default() }
}

fn registers(double: &Double) -> Registers {
    Registers::new(settings(double), clock()).unwrap()
}

/// One of them alone, so that its error is the look-up's.
fn alone(double: &Double, protocol: Protocol) -> Registers {
    let both = settings(double);
    let settings = match protocol {
        Protocol::Ves => RegisterSettings { dvsa: None, ..both },
        _ => RegisterSettings { dvla: None, ..both },
    };
    Registers::new(settings, clock()).unwrap()
}

fn mark(text: &str) -> Registration {
    Registration::from_stored(text).unwrap()
}

fn outcome(record: &VehicleRecord, source: RecordSource) -> ReadingOutcome {
    record.readings.iter().find(|reading| reading.source == source).unwrap().outcome
}

/// Kind of the outcome, the wait in seconds, and how often it was asked.
type Expected = (&'static str, Option<u64>, usize);

fn kind(outcome: &Result<VehicleRecord, SourceError>) -> (&'static str, Option<u64>) {
    match outcome {
        Ok(record) if record.is_known() => ("found", None),
        Ok(_) => ("not found", None),
        Err(SourceError::Unavailable { .. }) => ("unavailable", None),
        Err(SourceError::RateLimited { retry_after, .. }) => ("limited", retry_after.map(|wait| wait.as_secs())),
        Err(SourceError::Misconfigured { .. }) => ("misconfigured", None),
        Err(SourceError::Rejected { .. }) => ("rejected", None),
        Err(other) => panic!("{other:?}"),
    }
}

fn ves(name: &str) -> Expected {
    match name {
        "not_found" => ("not found", None, 1),
        "bad_format" | "bad_format_uat" | "only_a_title" => ("rejected", None, 1),
        "bad_key" | "unauthorised" | "no_such_address" | "missing_token" => ("misconfigured", None, 1),
        "rate_limit" | "rate_limit_uat" => ("limited", None, 3),
        "rate_limit_seconds" => ("limited", Some(7), 1),
        "rate_limit_long" => ("limited", Some(3_600), 1),
        "system_error" | "maintenance" | "maintenance_list" | "gateway_timeout" | "html" | "empty" => {
            ("unavailable", None, 3)
        }
        other => panic!("no outcome is written down for {other}"),
    }
}

fn dvsa(name: &str) -> Expected {
    match name {
        "MOTH-NF-01" => ("not found", None, 1),
        // Two tokens were refused.
        "MOTH-UA-01" | "MOTH-FB-02" | "MOTH-FB-02/401" | "MOTH-FB-04" => ("misconfigured", None, 2),
        "MOTH-FB-01" | "MOTH-FB-03" | "MOTH-PC-01" | "gateway_forbidden" => ("misconfigured", None, 1),
        // Until midnight.
        "MOTH-RL-01" => ("limited", Some(52_200), 1),
        "MOTH-RL-01/waits" => ("limited", Some(600), 1),
        "MOTH-RL-02" => ("limited", Some(120), 1),
        "MOTH-RL-02/waits" => ("limited", Some(30), 1),
        "gateway_rate_limit" => ("limited", None, 3),
        "MOTH-UN-01" | "unavailable" | "timeout" | "html" => ("unavailable", None, 3),
        "MOTH-XX-99" | "method" => ("rejected", None, 1),
        name if ["MOTH-BR", "MOTH-NP", "MOTH-IV", "MOTH-NF-02"].iter().any(|code| name.starts_with(code)) => {
            ("rejected", None, 1)
        }
        other => panic!("no outcome is written down for {other}"),
    }
}

/// What a refused token is to the look-up, and how often it was asked for.
fn token(name: &str) -> Expected {
    match name {
        "expired_secret" | "wrong_secret" | "wrong_client" | "wrong_tenant" | "wrong_scope" => {
            ("misconfigured", None, 1)
        }
        // No wait longer than the look-up may take is waited for.
        "rate_limit_seconds" => ("limited", Some(9), 1),
        // The failure stands for a while, for the next tries too.
        "down" | "error" | "html" | "no_token" | "another_type" | "no_header" => ("unavailable", None, 1),
        other => panic!("no outcome is written down for {other}"),
    }
}

#[tokio::test]
async fn every_error_has_its_outcome_and_its_number_of_tries() {
    let double = double().await;
    for (asked, protocol, table) in [
        (Protocol::Ves, Protocol::Ves, ves as fn(&str) -> Expected),
        (Protocol::Dvsa, Protocol::Dvsa, dvsa),
        (Protocol::Dvsa, Protocol::DvsaToken, token),
    ] {
        for row in rows::of(protocol) {
            let patience = Patience { total: Duration::from_secs(5), ..settings(&double).patience };
            let both = settings(&double);
            let settings = match asked {
                Protocol::Ves => RegisterSettings { dvsa: None, patience, ..both },
                _ => RegisterSettings { dvla: None, patience, ..both },
            };
            let registers = Registers::new(settings, clock()).unwrap();
            double.always(protocol, row.script.clone());
            let before = double.count(protocol);
            let found = registers.lookup(&mark("AA19MOT"), Freshness::Remembered).await;
            let (expected, wait, tries) = table(row.name);
            assert_eq!(kind(&found), (expected, wait), "{protocol:?} {}: {found:?}", row.name);
            assert_eq!(double.count(protocol) - before, tries, "tries of {protocol:?} {}", row.name);
            let told = format!("{:?}", found.err());
            for secret in ["AA19", "[", SECRET, "client-1", "127.0.0.1"] {
                assert!(!told.contains(secret), "{secret} in {told}");
            }
        }
        double.always(protocol, Script::ordinary());
    }
    assert_eq!(double.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn a_record_over_the_wire_is_the_one_of_the_same_files() {
    let double = double().await;
    let registers = registers(&double);
    let files = FileVehicleSource::open(FOLDER, clock() as Arc<dyn Clock>).unwrap();
    for text in ["AA19MOT", "L2WPS", "AA19EEE", "AB18CNF", "ER19NFD", "ER19MNT", "A1ABC"] {
        let wired = registers.lookup(&mark(text), Freshness::Remembered).await.unwrap();
        assert_eq!(wired, files.lookup(&mark(text), Freshness::Remembered).await.unwrap(), "{text}");
    }
    assert_eq!(double.count(Protocol::DvsaToken), 1, "one token serves all");
    assert_eq!(double.violations(), Vec::<String>::new());
    assert!(!format!("{registers:?}").contains(SECRET));
}

#[tokio::test]
async fn one_that_fails_does_not_fail_the_other() {
    let double = double().await;
    double.always(Protocol::Ves, Script::error(503, json!([{"status": 503, "title": "maintenance"}])));
    let record = registers(&double).lookup(&mark("AA19MOT"), Freshness::Remembered).await.unwrap();
    assert_eq!(outcome(&record, RecordSource::Dvla), ReadingOutcome::Failed);
    assert_eq!(outcome(&record, RecordSource::Dvsa), ReadingOutcome::Found);
    assert!(record.tax_status.is_none() && !record.mot_tests.is_empty());

    double.always(Protocol::Ves, Script::ordinary());
    double.always(Protocol::DvsaToken, Script::error(401, json!({"error": "invalid_client"})));
    let record = registers(&double).lookup(&mark("AA19MOT"), Freshness::Remembered).await.unwrap();
    assert_eq!(outcome(&record, RecordSource::Dvsa), ReadingOutcome::Failed);
    assert!(record.tax_status.is_some() && record.mot_tests.is_empty());
}

#[tokio::test]
async fn what_goes_wrong_on_the_way() {
    let double = double().await;
    let location = double.base_url(Protocol::OpenAi);
    for (fault, expected, tries) in [
        (Fault::HangUp, "unavailable", 3),
        (Fault::Reset, "unavailable", 3),
        (Fault::Silent, "unavailable", 2),
        (Fault::Stall { byte: 20 }, "unavailable", 2),
        (Fault::CutAt { byte: 20, abort: true }, "unavailable", 3),
        (Fault::CutAt { byte: 20, abort: false }, "unavailable", 1),
        (Fault::BrokenJson, "unavailable", 1),
        (Fault::Padded { bytes: 100 << 20 }, "unavailable", 1),
        (Fault::GzipBomb { bytes: 4 << 20 }, "unavailable", 1),
        (Fault::Endless, "unavailable", 1),
        (Fault::Redirect { location }, "misconfigured", 1),
        (Fault::ContentType { says: "text/plain".to_owned() }, "found", 1),
    ] {
        for protocol in [Protocol::Ves, Protocol::Dvsa] {
            let quick = Patience {
                each: Duration::from_millis(400),
                total: Duration::from_millis(700),
                tries: 3,
                ..settings(&double).patience
            };
            let slow = matches!(fault, Fault::Silent | Fault::Stall { .. });
            let usual = settings(&double);
            let patience = if slow { quick } else { usual.patience };
            let limits = WireLimits { max_bytes: 256 << 10, ..WireLimits::default() };
            let settings = match protocol {
                Protocol::Ves => RegisterSettings { dvsa: None, patience, limits, ..usual },
                _ => RegisterSettings { dvla: None, patience, limits, ..usual },
            };
            double.always(protocol, Script::ordinary().with(fault.clone()));
            let before = double.count(protocol);
            let found =
                Registers::new(settings, clock()).unwrap().lookup(&mark("AA19MOT"), Freshness::Remembered).await;
            assert_eq!(kind(&found).0, expected, "{protocol:?} {fault:?}: {found:?}");
            assert_eq!(double.count(protocol) - before, tries, "tries of {protocol:?} {fault:?}");
        }
    }
    assert_eq!(double.count(Protocol::OpenAi), 0, "a redirect is not followed");
}

#[tokio::test]
async fn a_failure_that_passes_is_not_seen() {
    let double = double().await;
    double.script(Protocol::Ves, Script::error(500, json!({"message": "Internal server error"})));
    double.script(Protocol::Dvsa, Script::ordinary().with(Fault::Reset));
    double.script(
        Protocol::Dvsa,
        Script::error(429, json!({"message": "Too Many Requests"})).header("retry-after", "0.05"),
    );
    let registers = Registers::new(settings(&double), Arc::new(driveever_core::time::SystemClock)).unwrap();
    let record = registers.lookup(&mark("AA19MOT"), Freshness::Remembered).await.unwrap();
    assert!(record.readings.iter().all(|reading| reading.outcome == ReadingOutcome::Found), "{:?}", record.readings);
    assert_eq!((double.count(Protocol::Ves), double.count(Protocol::Dvsa)), (2, 3));
}

#[tokio::test]
async fn a_token_is_kept_replaced_before_its_end_and_once_when_it_is_refused() {
    let double = double().await;
    let registers = alone(&double, Protocol::Dvsa);
    let found =
        async || registers.lookup(&mark("AA19MOT"), Freshness::Remembered).await.map(|record| record.is_known());
    assert_eq!((found().await, found().await), (Ok(true), Ok(true)));
    assert_eq!(double.count(Protocol::DvsaToken), 1);
    double.expire_tokens();
    assert_eq!(found().await, Ok(true));
    assert_eq!((double.count(Protocol::DvsaToken), double.count(Protocol::Dvsa)), (2, 4));

    // One that ends at once is replaced each time, and none is used beyond its end.
    let registers = alone(&double, Protocol::Dvsa);
    double.token_life(0);
    for _ in 0..3 {
        assert!(registers.lookup(&mark("AA19MOT"), Freshness::Remembered).await.unwrap().is_known());
    }
    assert_eq!(double.count(Protocol::DvsaToken), 5);
}

#[tokio::test]
async fn many_that_need_a_token_fetch_one() {
    let double = double().await;
    double.script(Protocol::DvsaToken, Script::ordinary().slow(50, 0));
    let registers = alone(&double, Protocol::Dvsa);
    let marks: Vec<_> = ["AA19MOT", "L2WPS", "AA19EEE", "AB18CNF", "AB22HYB"].map(mark).into();
    let found =
        futures_util::future::join_all(marks.iter().map(|mark| registers.lookup(mark, Freshness::Remembered))).await;
    assert!(found.iter().all(|record| record.as_ref().unwrap().is_known()));
    assert_eq!(double.count(Protocol::DvsaToken), 1);
    // The same where all of them were refused at once.
    double.expire_tokens();
    let found =
        futures_util::future::join_all(marks.iter().map(|mark| registers.lookup(mark, Freshness::Remembered))).await;
    assert!(found.iter().all(|record| record.as_ref().unwrap().is_known()));
    assert_eq!(double.count(Protocol::DvsaToken), 2);
}

#[tokio::test]
async fn its_limits_and_the_waits_that_are_asked_for_are_kept_to() {
    let double = double().await;
    let clock = clock();
    let mut one = settings(&double);
    one.dvsa = None;
    one.dvla.as_mut().unwrap().pace = DvlaSettings::new(SECRET.into()).pace;
    one.patience.total = Duration::from_millis(100);
    let registers = Registers::new(one, clock.clone()).unwrap();
    for _ in 0..5 {
        registers.lookup(&mark("AA19MOT"), Freshness::Remembered).await.unwrap();
    }
    let limited = registers.lookup(&mark("AA19MOT"), Freshness::Remembered).await;
    assert_eq!(kind(&limited), ("limited", Some(1)), "five at once, then one a second");
    assert_eq!(double.count(Protocol::Ves), 5);
    clock.advance(Duration::from_secs(1));
    double.script(Protocol::Ves, Script::error(429, json!({"message": "x"})).header("retry-after", "60"));
    assert_eq!(kind(&registers.lookup(&mark("AA19MOT"), Freshness::Remembered).await), ("limited", Some(60)));
    clock.advance(Duration::from_secs(59));
    assert_eq!(kind(&registers.lookup(&mark("AA19MOT"), Freshness::Remembered).await), ("limited", Some(1)));
    assert_eq!(double.count(Protocol::Ves), 6, "nobody asks before the wait is over");
    clock.advance(Duration::from_secs(1));
    assert!(registers.lookup(&mark("AA19MOT"), Freshness::Remembered).await.unwrap().is_known());
}

#[tokio::test]
async fn a_service_that_goes_on_failing_is_left_alone_and_tried_again() {
    let double = double().await;
    let clock = clock();
    let both = settings(&double);
    let registers = Registers::new(RegisterSettings { dvsa: None, ..both }, clock.clone()).unwrap();
    double.always(Protocol::Ves, Script::error(503, json!({"message": "down"})));
    for _ in 0..4 {
        assert_eq!(kind(&registers.lookup(&mark("AA19MOT"), Freshness::Remembered).await).0, "unavailable");
        clock.advance(Duration::from_secs(5));
    }
    assert_eq!(double.count(Protocol::Ves), 5);
    double.always(Protocol::Ves, Script::ordinary());
    clock.advance(Duration::from_mins(1));
    assert!(registers.lookup(&mark("AA19MOT"), Freshness::Remembered).await.unwrap().is_known());
    assert_eq!(double.count(Protocol::Ves), 6);
}

#[tokio::test]
async fn settings_that_cannot_work_are_refused() {
    let double = double().await;
    let with = |change: fn(&mut RegisterSettings)| {
        let mut settings = settings(&double);
        change(&mut settings);
        Registers::new(settings, clock()).unwrap_err().field
    };
    assert_eq!(with(|settings| settings.dvla.as_mut().unwrap().base_url = "dvla".into()), "dvla_base_url");
    assert_eq!(with(|settings| settings.dvla.as_mut().unwrap().key = "a\nb".into()), "dvla_api_key");
    assert_eq!(with(|settings| settings.dvsa.as_mut().unwrap().key = " ".into()), "dvsa_api_key");
    assert_eq!(with(|settings| settings.dvsa.as_mut().unwrap().client_secret = "".into()), "dvsa_client_secret");
    assert_eq!(with(|settings| settings.dvsa.as_mut().unwrap().token_url = "https://u:p@x".into()), "dvsa_token_url");
    assert_eq!(with(|settings| (settings.dvla, settings.dvsa) = (None, None)), "registers");
}
