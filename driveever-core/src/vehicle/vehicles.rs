//! The vehicle service.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use chrono::{Datelike, NaiveDate};

use super::{
    FactsRequest, GarageService, NewVehicle, Vehicle, VehicleEdit, VehicleFacts, VehicleId, VehicleMetadata,
    VehicleRepository, VehicleService,
    cache::CacheOptions,
    event::{VehicleAdded, VehicleRemoved, VehicleUpdated},
    model::{as_of, empty_record},
    record::{FuelType, MotTest, ReadingOutcome, RecordSource, SourceReading, VehicleRecord},
    registration::{Registration, RegistrationError},
    report::VehicleReport,
    source::{Freshness, SourceError, VehicleDataSource},
    stale::{stale, with_stale},
};
use crate::{
    changes::Changes,
    entity::Revision,
    error::{Error, StoreError},
    event::EventFactory,
    id::IdGenerator,
    page::{Page, PageRequest},
    query::Query,
    repository::RepositoryExt,
    request::{RequestContext, Role},
    time::{Clock, Timestamp},
    user::UserId,
    validate::{TextRule, Validator},
};

/// Limits of the vehicle service.
#[derive(Debug, Clone, Copy)]
pub struct VehicleOptions {
    /// Vehicles a user, at most.
    pub max_vehicles: u64,
    /// Characters of a make, model, colour or insurer, at most.
    pub max_text: usize,
    /// The least time between two refreshes that a user asks for.
    pub min_refresh: Duration,
    /// How long a stored record may be relied on.
    pub ages: CacheOptions,
}

impl Default for VehicleOptions {
    fn default() -> Self {
        Self { max_vehicles: 100, max_text: 100, min_refresh: Duration::from_mins(15), ages: CacheOptions::default() }
    }
}

/// The vehicle service over a repository and a source.
pub struct Vehicles {
    pub(super) repository: Arc<dyn VehicleRepository>,
    source: Option<Arc<dyn VehicleDataSource>>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdGenerator>,
    options: VehicleOptions,
}

impl Vehicles {
    /// Over this repository; without a source the owner's word is all there is.
    pub fn new(
        repository: Arc<dyn VehicleRepository>,
        source: Option<Arc<dyn VehicleDataSource>>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGenerator>,
        options: VehicleOptions,
    ) -> Self {
        Self { repository, source, clock, ids, options }
    }

    fn today(&self) -> NaiveDate {
        self.clock.today()
    }

    async fn own(&self, request: &RequestContext, id: VehicleId) -> Result<Vehicle, Error> {
        let found = self.repository.get(id).await?.filter(|vehicle| request.may_see(vehicle.owner_id));
        found.ok_or(Error::NotFound { kind: "vehicle" })
    }

    /// Asks the source; a failure becomes a record that says so.
    async fn read(&self, registration: &Registration) -> VehicleRecord {
        match self.ask(registration, Freshness::Remembered).await {
            Ok(record) => record,
            Err(_) => {
                let now = self.clock.now();
                let failed = |source| SourceReading { source, fetched_at: now, outcome: ReadingOutcome::Failed };
                let readings = if self.source.is_some() {
                    vec![failed(RecordSource::Dvla), failed(RecordSource::Dvsa)]
                } else {
                    Vec::new()
                };
                empty_record(registration.as_str(), readings, now)
            }
        }
    }

    async fn ask(&self, registration: &Registration, freshness: Freshness) -> Result<VehicleRecord, Error> {
        let unconfigured = "no vehicle source is configured";
        let source = self.source.as_ref();
        let source =
            source.ok_or_else(|| Error::Unavailable { what: "the vehicle record", detail: unconfigured.into() })?;
        source.lookup(registration, freshness).await.map_err(|error| match error {
            SourceError::RateLimited { retry_after, .. } => Error::RateLimited {
                what: "vehicle look-ups",
                retry_after: retry_after.unwrap_or(Duration::from_mins(1)),
            },
            other => Error::Unavailable { what: "the vehicle record", detail: other.to_string() },
        })
    }

    /// Whether a stored record is too old to rely on.
    fn is_old(&self, vehicle: &Vehicle) -> bool {
        let life = self.options.ages.life_of(&vehicle.record, self.clock.as_ref());
        self.source.is_some() && vehicle.read_at.plus(life) <= self.clock.now()
    }

    /// What was read, with what sources that failed had said before: a vehicle that is kept does not lose it.
    fn completed(&self, record: VehicleRecord, vehicle: &Vehicle) -> VehicleRecord {
        with_stale(record, &vehicle.record, self.options.ages.oldest(self.clock.now()))
    }

    /// Takes a record over that was read at `read_at` and stores the vehicle.
    async fn renew(
        &self,
        request: &RequestContext,
        mut vehicle: Vehicle,
        record: VehicleRecord,
        read_at: Timestamp,
    ) -> Result<Vehicle, Error> {
        let (mot, tax) = (vehicle.mot_expiry_date, vehicle.tax_due_date);
        vehicle.updated_at = self.clock.now();
        vehicle.set_record(record, read_at);
        let body = VehicleUpdated {
            user_id: vehicle.owner_id,
            mot_expiry_date: vehicle.mot_expiry_date.filter(|date| Some(*date) != mot),
            tax_due_date: vehicle.tax_due_date.filter(|date| Some(*date) != tax),
        };
        let event = self.events(request).event(&vehicle, vehicle.revision.next(), &body);
        self.repository.update(&mut vehicle, Some(event)).await?;
        Ok(vehicle)
    }

    fn events<'a>(&'a self, request: &'a RequestContext) -> EventFactory<'a> {
        EventFactory::new(self.clock.as_ref(), self.ids.as_ref(), request)
    }

    fn registration(&self, text: &str) -> Result<Registration, Error> {
        let fault = |error: RegistrationError| Error::Invalid(vec![error.violation("registrationNumber")]);
        Registration::parse(text, self.today()).map_err(fault)
    }

    fn checked(&self, check: &mut Validator, edit: &VehicleEdit) -> VehicleEdit {
        let rule = TextRule::line(1, self.options.max_text);
        let mut text =
            |field: &str, value: &Option<String>| value.as_deref().map(|value| check.text(field, value, rule));
        let (make, model) = (text("make", &edit.make), text("model", &edit.model));
        let colour = text("primaryColour", &edit.primary_colour);
        let fuel_type = match &edit.fuel_type {
            Some(FuelType::Other(other)) => Some(FuelType::Other(check.text("fuelType", other, rule))),
            known => known.clone(),
        };
        let newest = u16::try_from(self.today().year() + 1).unwrap_or(u16::MAX);
        let year_fits = edit.manufacture_year.is_none_or(|year| (1885..=newest).contains(&year));
        check.require("manufactureYear", year_fits, &format!("must be between 1885 and {newest}"));
        let engine_fits = edit.engine_size.is_none_or(|cc| (1..=100_000).contains(&cc));
        check.require("engineSize", engine_fits, "must be between 1 and 100000 cubic centimetres");
        let serviced = edit.metadata.as_ref().map(|metadata| (metadata.last_service_date, metadata.next_service_due));
        let in_order = !matches!(serviced, Some((Some(last), Some(next))) if next < last);
        check.require("metadata.nextServiceDue", in_order, "must not be before lastServiceDate");
        let metadata = edit.metadata.as_ref().map(|metadata| VehicleMetadata {
            insurance_provider: metadata
                .insurance_provider
                .as_deref()
                .map(|text| check.text("metadata.insuranceProvider", text, rule)),
            ..metadata.clone()
        });
        VehicleEdit { make, model, primary_colour: colour, fuel_type, metadata, ..edit.clone() }
    }

    async fn room_for_one_more(&self, owner: UserId) -> Result<(), Error> {
        let count = self.repository.count(&Query::filter(Vehicle::OWNER_ID.eq(owner))).await?;
        if count < self.options.max_vehicles {
            return Ok(());
        }
        let detail = format!("an account holds at most {} vehicles", self.options.max_vehicles);
        Err(Error::conflict("too_many_vehicles", detail))
    }
}

/// Refuses a change from another revision than the caller's.
fn expect(vehicle: &Vehicle, expected: Option<Revision>) -> Result<(), Error> {
    match expected {
        Some(revision) if revision != vehicle.revision => Err(Error::Stale { kind: "vehicle" }),
        _ => Ok(()),
    }
}

#[async_trait]
impl VehicleService for Vehicles {
    async fn check(&self, request: &RequestContext, facts: &FactsRequest) -> Result<(), Error> {
        match (facts.vehicle_id, &facts.registration_number) {
            (Some(_), Some(_)) => {
                Err(Error::invalid("registrationNumber", "cannot be combined with vehicleId: give one of them"))
            }
            (Some(id), None) => self.own(request, id).await.map(drop),
            (None, Some(text)) => self.registration(text).map(drop),
            (None, None) => Ok(()),
        }
    }

    async fn facts(&self, request: &RequestContext, facts: &FactsRequest) -> Result<VehicleFacts, Error> {
        if let Some(id) = facts.vehicle_id {
            let mut vehicle = self.own(request, id).await?;
            if self.is_old(&vehicle) {
                let registration = Registration::from_stored(&vehicle.registration_number).map_err(Error::internal)?;
                match self.ask(&registration, Freshness::Remembered).await {
                    // Somebody else may renew it at the same time; either record will do.
                    Ok(record) => {
                        let record = self.completed(record, &vehicle);
                        let renewed = self.renew(request, vehicle.clone(), record, self.clock.now()).await;
                        vehicle = renewed.unwrap_or(vehicle);
                    }
                    Err(_) => vehicle.record = Box::new(stale(*vehicle.record)),
                }
            }
            let record = Arc::new(as_of(&vehicle.record, self.today()));
            return Ok(VehicleFacts { vehicle_id: Some(vehicle.id), record: Some(record) });
        }
        let Some(text) = &facts.registration_number else { return Ok(VehicleFacts::default()) };
        let record = self.read(&self.registration(text)?).await;
        Ok(VehicleFacts { vehicle_id: None, record: Some(Arc::new(as_of(&record, self.today()))) })
    }
}

#[async_trait]
impl GarageService for Vehicles {
    async fn add(&self, request: &RequestContext, new: NewVehicle) -> Result<Vehicle, Error> {
        let owner_id = request.user_id()?;
        let mut check = Validator::new();
        let registration = Registration::parse(&new.registration_number, self.today());
        let registration = registration.map_err(|error| check.extend([error.violation("registrationNumber")])).ok();
        let edit = self.checked(&mut check, &new.edit);
        check.finish()?;
        let registration = registration.ok_or_else(|| Error::internal("a checked registration is missing"))?;
        self.room_for_one_more(owner_id).await?;
        let now = self.clock.now();
        let mut vehicle = Vehicle {
            id: request.idempotency.map_or_else(|| self.ids.id(), VehicleId::new),
            revision: Revision::FIRST,
            deleted_at: None,
            owner_id,
            registration_number: registration.as_str().to_owned(),
            record: Box::new(empty_record(registration.as_str(), Vec::new(), now)),
            owner_facts: edit.over(&super::OwnerFacts::default()),
            metadata: edit.metadata.unwrap_or_default(),
            mot_expiry_date: None,
            tax_due_date: None,
            read_at: now,
            created_at: now,
            updated_at: now,
        };
        vehicle.set_record(self.read(&registration).await, now);
        let body = VehicleAdded { user_id: owner_id, demonstration: vehicle.record.demonstration };
        let event = self.events(request).event(&vehicle, vehicle.revision, &body);
        match self.repository.create(&vehicle, Some(event)).await {
            Ok(()) => Ok(vehicle),
            Err(StoreError::Duplicate { columns, .. }) if columns == "id" => self.own(request, vehicle.id).await,
            Err(StoreError::Duplicate { .. }) => {
                Err(Error::conflict("vehicle_exists", "this registration is among your vehicles already"))
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn vehicle(&self, request: &RequestContext, id: VehicleId) -> Result<Vehicle, Error> {
        let mut vehicle = self.own(request, id).await?;
        *vehicle.record = as_of(&vehicle.record, self.today());
        Ok(vehicle)
    }

    async fn vehicles(&self, request: &RequestContext, page: &PageRequest) -> Result<Page<Vehicle>, Error> {
        let query = Query::filter(Vehicle::OWNER_ID.eq(request.user_id()?)).sort(Vehicle::ID.ascending());
        let page = self.repository.page(query, page).await?;
        let today = self.today();
        Ok(page.map(|mut vehicle| {
            *vehicle.record = as_of(&vehicle.record, today);
            vehicle
        }))
    }

    async fn edit(
        &self,
        request: &RequestContext,
        id: VehicleId,
        edit: VehicleEdit,
        expected: Option<Revision>,
    ) -> Result<Vehicle, Error> {
        let mut check = Validator::new();
        let edit = self.checked(&mut check, &edit);
        check.finish()?;
        let mut vehicle = self.own(request, id).await?;
        expect(&vehicle, expected)?;
        vehicle.owner_facts = edit.over(&vehicle.owner_facts);
        vehicle.metadata = edit.metadata.unwrap_or(vehicle.metadata);
        let (record, read_at) = (without_owner(&vehicle.record), vehicle.read_at);
        self.renew(request, vehicle, record, read_at).await
    }

    async fn remove(&self, request: &RequestContext, id: VehicleId, expected: Option<Revision>) -> Result<(), Error> {
        let mut vehicle = self.own(request, id).await?;
        expect(&vehicle, expected)?;
        let body = VehicleRemoved { user_id: vehicle.owner_id };
        let event = self.events(request).event(&vehicle, vehicle.revision.next(), &body);
        let changes = Changes::new().soft_delete(&mut vehicle, self.clock.now()).causing(event);
        Ok(self.repository.commit(changes).await?)
    }

    async fn refresh(&self, request: &RequestContext, id: VehicleId) -> Result<Vehicle, Error> {
        let vehicle = self.own(request, id).await?;
        let now = self.clock.now();
        let next = vehicle.read_at.plus(self.options.min_refresh);
        if next > now && !request.roles.has(Role::Admin) && vehicle.record.is_known() {
            return Err(Error::RateLimited { what: "refreshes of a vehicle", retry_after: next.since(now) });
        }
        let registration = Registration::from_stored(&vehicle.registration_number).map_err(Error::internal)?;
        let record = self.ask(&registration, Freshness::Anew).await?;
        let record = self.completed(record, &vehicle);
        self.renew(request, vehicle, record, now).await
    }

    async fn mot_history(&self, request: &RequestContext, id: VehicleId) -> Result<Vec<MotTest>, Error> {
        Ok(self.own(request, id).await?.record.mot_tests)
    }

    async fn report(&self, request: &RequestContext, id: VehicleId) -> Result<VehicleReport, Error> {
        let vehicle = self.own(request, id).await?;
        Ok(VehicleReport::of(&as_of(&vehicle.record, self.today()), self.today()))
    }

    async fn lookup(&self, request: &RequestContext, registration_number: &str) -> Result<VehicleRecord, Error> {
        request.user_id()?;
        let registration = self.registration(registration_number)?;
        let record = self.ask(&registration, Freshness::Remembered).await?;
        if record.is_known() {
            Ok(as_of(&record, self.today()))
        } else {
            Err(Error::NotFound { kind: "vehicle record" })
        }
    }
}

/// The record without what its owner had filled in, so that it can be filled anew.
fn without_owner(record: &VehicleRecord) -> VehicleRecord {
    fn strip<T>(fact: &mut Option<super::record::Sourced<T>>) {
        if fact.as_ref().is_some_and(|fact| fact.source == RecordSource::Owner) {
            *fact = None;
        }
    }
    let mut record = record.clone();
    record.readings.retain(|reading| reading.source != RecordSource::Owner);
    strip(&mut record.make);
    strip(&mut record.model);
    strip(&mut record.colour);
    strip(&mut record.fuel_type);
    strip(&mut record.engine_cc);
    strip(&mut record.manufacture_year);
    strip(&mut record.mot_expiry_date);
    strip(&mut record.tax_status);
    strip(&mut record.tax_due_date);
    record
}
