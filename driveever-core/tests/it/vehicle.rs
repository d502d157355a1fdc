//! Users' vehicles over a source that tests decide.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use chrono::NaiveDate;
use driveever_core::{
    Error, StoreError,
    event::{EventLog, EventQuery},
    notification::{ReminderKind, ReminderSource, Reminders},
    page::PageRequest,
    time::Clock,
    user::PersonalData,
    vehicle::{
        FactsRequest, GarageService, NewVehicle, VehicleEdit, VehicleOptions, VehicleService, Vehicles,
        cache::{CacheOptions, CachedVehicleSource},
        event::VehicleUpdated,
        merge::{Reading, merge},
        record::{ReadingOutcome, RecordSource, VehicleRecord},
        registration::Registration,
        source::{Freshness, SourceError, VehicleDataSource},
        wire::{parse_dvsa, parse_ves},
    },
};

use crate::support::{World, request_by, user_id, world};

/// Knows AA19MOT, whose MOT expires on the day that a test decides; counts what it is asked.
struct Register {
    clock: Arc<dyn Clock>,
    expiry: Mutex<&'static str>,
    asked: Mutex<u32>,
    down: Mutex<bool>,
    /// Whether the DVLA alone is down.
    half: Mutex<bool>,
}

#[async_trait]
impl VehicleDataSource for Register {
    fn name(&self) -> &'static str {
        "test"
    }

    async fn lookup(&self, registration: &Registration, _: Freshness) -> Result<VehicleRecord, SourceError> {
        *self.asked.lock().unwrap() += 1;
        if *self.down.lock().unwrap() {
            return Err(SourceError::Unavailable { detail: "down".into() });
        }
        let ves = if registration.as_str() == "AA19MOT" {
            let expiry = self.expiry.lock().unwrap();
            format!(
                r#"{{"registrationNumber":"AA19MOT","make":"NORVAL","motStatus":"Valid","motExpiryDate":"{expiry}","taxStatus":"Taxed","taxDueDate":"2026-12-01"}}"#
            )
        } else {
            r#"{"errors":[{"status":"404","code":"404","title":"Vehicle Not Found"}]}"#.to_owned()
        };
        let ves = if *self.half.lock().unwrap() { r#"[{"status":503}]"#.to_owned() } else { ves };
        let dvsa = r#"{"errorCode":"MOTH-NF-01","errorMessage":"not found","requestId":"1"}"#;
        let now = self.clock.now();
        let ves = Reading::of(parse_ves(ves.as_bytes()), now);
        let dvsa = Reading::of(parse_dvsa(dvsa.as_bytes()), now);
        Ok(merge(registration, Some(ves), Some(dvsa), self.clock.today(), false))
    }
}

fn vehicles(world: &World) -> (Arc<Vehicles>, Arc<Register>) {
    let register = Arc::new(Register {
        clock: world.clock.clone(),
        expiry: Mutex::new("2027-05-14"),
        asked: Mutex::new(0),
        down: Mutex::new(false),
        half: Mutex::new(false),
    });
    let source = Some(register.clone() as Arc<dyn VehicleDataSource>);
    let options = VehicleOptions { max_vehicles: 3, ..VehicleOptions::default() };
    (Arc::new(Vehicles::new(world.store.clone(), source, world.clock.clone(), world.ids.clone(), options)), register)
}

fn new(mark: &str) -> NewVehicle {
    NewVehicle { registration_number: mark.into(), ..NewVehicle::default() }
}

#[tokio::test]
async fn a_vehicle_is_filled_from_the_sources_and_completed_by_its_owner() {
    let world = world();
    let (vehicles, _) = vehicles(&world);
    let request = request_by(1);
    let edit = VehicleEdit { make: Some("Else".into()), model: Some("Lumen".into()), ..VehicleEdit::default() };
    let vehicle = vehicles.add(&request, NewVehicle { edit, ..new("aa19 mot") }).await.unwrap();
    assert_eq!(vehicle.registration_number, "AA19MOT");
    assert_eq!(vehicle.record.make.as_ref().unwrap().value, "NORVAL", "the register goes before the owner");
    let model = vehicle.record.model.as_ref().unwrap();
    assert_eq!((model.value.as_str(), model.source), ("Lumen", RecordSource::Owner));

    let edit = VehicleEdit { model: Some("Lumen GT".into()), ..VehicleEdit::default() };
    let edited = vehicles.edit(&request, vehicle.id, edit.clone(), Some(vehicle.revision)).await.unwrap();
    assert_eq!(edited.record.model.as_ref().unwrap().value, "Lumen GT");
    assert!(matches!(
        vehicles.edit(&request, vehicle.id, edit, Some(vehicle.revision)).await,
        Err(Error::Stale { .. })
    ));
}

#[tokio::test]
async fn every_fault_is_named_and_doubles_and_too_many_are_refused() {
    let world = world();
    let (vehicles, _) = vehicles(&world);
    let request = request_by(1);
    let edit = VehicleEdit {
        make: Some("\u{202e}".into()),
        manufacture_year: Some(1700),
        engine_size: Some(0),
        ..VehicleEdit::default()
    };
    let Err(Error::Invalid(faults)) = vehicles.add(&request, NewVehicle { edit, ..new("AB01 XYZ") }).await else {
        panic!()
    };
    let fields: Vec<_> = faults.iter().map(|fault| fault.field.as_str()).collect();
    assert_eq!(fields, ["registrationNumber", "make", "manufactureYear", "engineSize"]);

    vehicles.add(&request, new("AA19MOT")).await.unwrap();
    let double = vehicles.add(&request, new("AA19 MOT")).await;
    assert!(matches!(double, Err(Error::Conflict { code: "vehicle_exists", .. })));
    vehicles.add(&request, new("L2WPS")).await.unwrap();
    vehicles.add(&request, new("A1ABC")).await.unwrap();
    assert!(matches!(
        vehicles.add(&request, new("A2ABC")).await,
        Err(Error::Conflict { code: "too_many_vehicles", .. })
    ));
}

#[tokio::test]
async fn another_users_vehicle_is_not_found() {
    let world = world();
    let (vehicles, _) = vehicles(&world);
    let vehicle = vehicles.add(&request_by(1), new("AA19MOT")).await.unwrap();
    let other = request_by(2);
    let missing = |result: Result<(), Error>| assert!(matches!(result, Err(Error::NotFound { kind: "vehicle" })));
    missing(vehicles.vehicle(&other, vehicle.id).await.map(drop));
    missing(vehicles.edit(&other, vehicle.id, VehicleEdit::default(), None).await.map(drop));
    missing(vehicles.remove(&other, vehicle.id, None).await);
    missing(vehicles.refresh(&other, vehicle.id).await.map(drop));
    missing(vehicles.report(&other, vehicle.id).await.map(drop));
    missing(vehicles.mot_history(&other, vehicle.id).await.map(drop));
    let facts = FactsRequest { vehicle_id: Some(vehicle.id), registration_number: None };
    missing(vehicles.check(&other, &facts).await);
    missing(vehicles.facts(&other, &facts).await.map(drop));
    assert!(vehicles.vehicles(&other, &PageRequest::default()).await.unwrap().data().is_empty());
}

#[tokio::test]
async fn facts_are_read_anew_when_they_are_old_and_survive_an_outage() {
    let world = world();
    let (vehicles, register) = vehicles(&world);
    let request = request_by(1);
    let vehicle = vehicles.add(&request, new("AA19MOT")).await.unwrap();
    let facts = FactsRequest { vehicle_id: Some(vehicle.id), registration_number: None };
    vehicles.facts(&request, &facts).await.unwrap();
    assert_eq!(*register.asked.lock().unwrap(), 1, "what was just read is relied on");
    world.clock.advance(Duration::from_hours(25));
    *register.down.lock().unwrap() = true;
    let stale = vehicles.facts(&request, &facts).await.unwrap().record.unwrap();
    assert_eq!(stale.fetched_at(), Some(vehicle.created_at));
    assert_eq!(outcome(&stale, RecordSource::Dvla), ReadingOutcome::Stale, "it says so");
    *register.down.lock().unwrap() = false;
    *register.expiry.lock().unwrap() = "2028-05-14";
    let fresh = vehicles.facts(&request, &facts).await.unwrap().record.unwrap();
    assert_eq!(fresh.mot_expiry_date.as_ref().unwrap().value.to_string(), "2028-05-14");

    let unreachable = FactsRequest { registration_number: Some("L2WPS".into()), vehicle_id: None };
    *register.down.lock().unwrap() = true;
    assert!(!vehicles.facts(&request, &unreachable).await.unwrap().record.unwrap().is_known());
    assert!(matches!(vehicles.lookup(&request, "L2WPS").await, Err(Error::Unavailable { .. })));
    *register.down.lock().unwrap() = false;
    assert!(matches!(vehicles.lookup(&request, "L2WPS").await, Err(Error::NotFound { .. })));
}

fn outcome(record: &VehicleRecord, source: RecordSource) -> ReadingOutcome {
    record.readings.iter().find(|reading| reading.source == source).unwrap().outcome
}

fn cached(register: &Arc<Register>, world: &World, capacity: usize) -> CachedVehicleSource {
    let options = CacheOptions { capacity, ..CacheOptions::default() };
    CachedVehicleSource::new(register.clone(), world.clock.clone(), options)
}

#[tokio::test]
async fn a_refresh_asks_anew_and_a_kept_vehicle_loses_nothing() {
    let world = world();
    let (_, register) = vehicles(&world);
    let source: Arc<dyn VehicleDataSource> = Arc::new(cached(&register, &world, 9));
    let options = VehicleOptions::default();
    let vehicles = Vehicles::new(world.store.clone(), Some(source), world.clock.clone(), world.ids.clone(), options);
    let request = request_by(1);
    let vehicle = vehicles.add(&request, new("AA19MOT")).await.unwrap();
    world.clock.advance(Duration::from_mins(16));
    *register.expiry.lock().unwrap() = "2026-12-20";
    let refreshed = vehicles.refresh(&request, vehicle.id).await.unwrap();
    assert_eq!(refreshed.mot_expiry_date.unwrap().to_string(), "2026-12-20", "no memory stands in the way");

    world.clock.advance(Duration::from_mins(16));
    *register.half.lock().unwrap() = true;
    let halved = vehicles.refresh(&request, vehicle.id).await.unwrap();
    assert_eq!(outcome(&halved.record, RecordSource::Dvla), ReadingOutcome::Stale);
    assert_eq!((halved.mot_expiry_date, halved.tax_due_date), (refreshed.mot_expiry_date, refreshed.tax_due_date));
    assert_eq!(halved.record.make, refreshed.record.make, "with the time at which it was read");
    *register.down.lock().unwrap() = true;
    world.clock.advance(Duration::from_mins(16));
    let refused = vehicles.refresh(&request, vehicle.id).await;
    assert!(matches!(refused, Err(Error::Unavailable { .. })), "a refresh that reads nothing is none");
    // What a source said a week ago says nothing of today.
    *register.down.lock().unwrap() = false;
    world.clock.advance(Duration::from_hours(7 * 24));
    let poorer = vehicles.refresh(&request, vehicle.id).await.unwrap();
    assert_eq!((outcome(&poorer.record, RecordSource::Dvla), poorer.tax_due_date), (ReadingOutcome::Failed, None));
}

#[tokio::test]
async fn a_date_that_changed_is_told_and_leads_to_a_reminder_of_its_own() {
    let world = world();
    let (vehicles, register) = vehicles(&world);
    *register.expiry.lock().unwrap() = "2026-12-20";
    let request = request_by(1);
    let vehicle = vehicles.add(&request, new("AA19MOT")).await.unwrap();
    let reminders = Reminders::new(crate::notification::notifications(&world), vehicles.clone());
    let remind = async || reminders.run_reminders(world.clock.now()).await.unwrap();
    // The MOT and the tax.
    assert_eq!((remind().await, remind().await), (2, 0));
    world.clock.advance(Duration::from_mins(16));
    *register.expiry.lock().unwrap() = "2026-12-18";
    vehicles.refresh(&request, vehicle.id).await.unwrap();
    assert_eq!((remind().await, remind().await), (1, 0), "the MOT runs out on another day: that is news");
    world.clock.advance(Duration::from_mins(16));
    *register.expiry.lock().unwrap() = "2027-12-18";
    vehicles.refresh(&request, vehicle.id).await.unwrap();
    assert_eq!(remind().await, 0, "what is far off is no news");

    let events = world.store.read(&EventQuery { limit: 100, ..EventQuery::default() }).await.unwrap();
    let mut changed: Vec<VehicleUpdated> = events.iter().filter_map(|told| told.event.as_kind().unwrap()).collect();
    changed.sort_by_key(|told| told.mot_expiry_date);
    let dates: Vec<_> = changed.iter().filter_map(|told| told.mot_expiry_date).map(|day| day.to_string()).collect();
    assert_eq!(dates, ["2026-12-18", "2027-12-18"]);
    assert!(changed.iter().all(|told| told.tax_due_date.is_none()), "what stayed the same is not told");
}

#[tokio::test]
async fn a_refresh_waits_its_turn() {
    let world = world();
    let (vehicles, _) = vehicles(&world);
    let request = request_by(1);
    let vehicle = vehicles.add(&request, new("AA19MOT")).await.unwrap();
    assert!(matches!(vehicles.refresh(&request, vehicle.id).await, Err(Error::RateLimited { .. })));
    world.clock.advance(Duration::from_mins(15));
    assert!(vehicles.refresh(&request, vehicle.id).await.unwrap().read_at > vehicle.read_at);
}

#[tokio::test]
async fn the_cache_asks_once_and_forgets_in_time() {
    let world = world();
    let (_, register) = vehicles(&world);
    let cached = cached(&register, &world, 2);
    let mark = |text: &str| Registration::from_stored(text).unwrap();
    for _ in 0..3 {
        cached.lookup(&mark("AA19MOT"), Freshness::Remembered).await.unwrap();
        cached.lookup(&mark("L2WPS"), Freshness::Remembered).await.unwrap();
    }
    assert_eq!(*register.asked.lock().unwrap(), 2);
    world.clock.advance(Duration::from_mins(61));
    cached.lookup(&mark("AA19MOT"), Freshness::Remembered).await.unwrap();
    cached.lookup(&mark("L2WPS"), Freshness::Remembered).await.unwrap();
    assert_eq!(*register.asked.lock().unwrap(), 3, "an unknown mark is asked for again after an hour");
    cached.lookup(&mark("A1ABC"), Freshness::Remembered).await.unwrap();
    cached.lookup(&mark("AA19MOT"), Freshness::Remembered).await.unwrap();
    assert_eq!(*register.asked.lock().unwrap(), 4, "what ends soonest made room");
}

#[tokio::test]
async fn what_a_source_said_stands_while_it_fails_and_many_ask_once() {
    let world = world();
    let (_, register) = vehicles(&world);
    let cached = cached(&register, &world, 9);
    let mark = Registration::from_stored("AA19MOT").unwrap();
    let look = async |freshness| cached.lookup(&mark, freshness).await;
    look(Freshness::Remembered).await.unwrap();
    world.clock.advance(Duration::from_hours(25));
    *register.half.lock().unwrap() = true;
    let half = look(Freshness::Remembered).await.unwrap();
    assert_eq!(outcome(&half, RecordSource::Dvla), ReadingOutcome::Stale);
    assert!(half.mot_expiry_date.is_some() && half.make.is_some());
    look(Freshness::Remembered).await.unwrap();
    assert_eq!(*register.asked.lock().unwrap(), 2, "a failure is remembered for a minute");
    world.clock.advance(Duration::from_mins(2));
    *register.down.lock().unwrap() = true;
    assert!(look(Freshness::Remembered).await.unwrap().is_known());
    assert!(look(Freshness::Anew).await.is_err(), "whoever wants it anew is told");
    world.clock.advance(Duration::from_hours(7 * 24));
    assert!(look(Freshness::Remembered).await.is_err(), "it is too old by now");

    *register.down.lock().unwrap() = false;
    *register.half.lock().unwrap() = false;
    let before = *register.asked.lock().unwrap();
    let looks = (0..50).map(|_| look(Freshness::Remembered));
    assert!(futures_util::future::join_all(looks).await.iter().all(Result::is_ok));
    assert_eq!(*register.asked.lock().unwrap(), before + 1);
}

#[tokio::test]
async fn what_is_due_is_listed_page_by_page() {
    let world = world();
    let (vehicles, register) = vehicles(&world);
    *register.expiry.lock().unwrap() = "2026-11-30";
    for user in 1..=5 {
        vehicles.add(&request_by(user), new("AA19MOT")).await.unwrap();
    }
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    let (mut after, mut due) = (None, Vec::new());
    loop {
        let page = vehicles.due_between(day("2026-11-23"), day("2026-12-23"), after, 3).await.unwrap();
        after = page.last().map(driveever_core::notification::DueVehicle::cursor);
        let full = page.len() == 3;
        due.extend(page);
        if !full {
            break;
        }
    }
    let of = |kind| due.iter().filter(|due| due.kind == kind).count();
    assert_eq!((of(ReminderKind::Mot), of(ReminderKind::Tax)), (5, 5));
    assert_eq!(due[0].registration.as_ref().map(Registration::as_str), Some("AA19MOT"));
    assert!(vehicles.due_between(day("2027-01-01"), day("2027-02-01"), None, 9).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_user_takes_everything_along_and_nothing_stays() {
    let world = world();
    let (vehicles, _) = vehicles(&world);
    let request = request_by(1);
    let vehicle = vehicles.add(&request, new("AA19MOT")).await.unwrap();
    vehicles.remove(&request, vehicle.id, None).await.unwrap();
    vehicles.add(&request, new("AA19MOT")).await.unwrap();
    assert_eq!(vehicles.export(user_id(1)).await.unwrap().as_array().unwrap().len(), 2);
    vehicles.erase(user_id(1)).await.unwrap();
    vehicles.erase(user_id(1)).await.unwrap();
    assert!(vehicles.export(user_id(1)).await.unwrap().as_array().unwrap().is_empty());
    assert!(!matches!(vehicles.vehicle(&request, vehicle.id).await, Err(Error::Store(StoreError::Missing { .. }))));
}
