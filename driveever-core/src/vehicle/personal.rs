//! What a user may take along and what goes when they leave; and what of their vehicles is due.

use async_trait::async_trait;
use chrono::NaiveDate;
use futures_util::TryStreamExt;

use super::{Vehicle, VehicleContext, registration::Registration, vehicles::Vehicles};
use crate::{
    entity::Context,
    error::Error,
    notification::{DueCursor, DueVehicle, ReminderKind, ReminderSource},
    query::{Deleted, Field, Filter, Query, Start},
    repository::RepositoryExt,
    user::{PersonalData, UserId},
    value::Column,
};

#[async_trait]
impl PersonalData for Vehicles {
    fn context(&self) -> &'static str {
        VehicleContext::NAME
    }

    async fn export(&self, user: UserId) -> Result<serde_json::Value, Error> {
        let query = Query::filter(Vehicle::OWNER_ID.eq(user)).deleted(Deleted::Included);
        let vehicles: Vec<Vehicle> = self.repository.stream(query).try_collect().await?;
        let row = |vehicle: Vehicle| {
            serde_json::json!({
                "id": vehicle.id, "registrationNumber": vehicle.registration_number, "record": vehicle.record,
                "ownerFacts": vehicle.owner_facts, "metadata": vehicle.metadata, "createdAt": vehicle.created_at,
                "updatedAt": vehicle.updated_at, "deletedAt": vehicle.deleted_at,
            })
        };
        Ok(vehicles.into_iter().map(row).collect())
    }

    async fn erase(&self, user: UserId) -> Result<(), Error> {
        self.repository.delete_by(Vehicle::OWNER_ID.eq(user)).await?;
        Ok(())
    }
}

#[async_trait]
impl ReminderSource for Vehicles {
    async fn due_between(
        &self,
        from: NaiveDate,
        to: NaiveDate,
        after: Option<DueCursor>,
        limit: u32,
    ) -> Result<Vec<DueVehicle>, Error> {
        let mut due = Vec::new();
        for (kind, field) in [(ReminderKind::Mot, Vehicle::MOT_EXPIRY_DATE), (ReminderKind::Tax, Vehicle::TAX_DUE_DATE)]
        {
            let left = limit.saturating_sub(u32::try_from(due.len()).unwrap_or(u32::MAX));
            if left == 0 || after.is_some_and(|after| after.kind > kind) {
                continue;
            }
            let after = after.filter(|after| after.kind == kind);
            due.extend(self.due(kind, field, (from, to), after, left).await?);
        }
        Ok(due)
    }
}

impl Vehicles {
    async fn due(
        &self,
        kind: ReminderKind,
        field: Field<Vehicle, Option<NaiveDate>>,
        (from, to): (NaiveDate, NaiveDate),
        after: Option<DueCursor>,
        limit: u32,
    ) -> Result<Vec<DueVehicle>, Error> {
        let range = Filter::all([field.at_least(from), field.at_most(to)]);
        // The filter leaves no null, so that the column sorts like one that has none.
        let day: Field<Vehicle, NaiveDate> = Field::new(field.name());
        let start = after
            .map_or(Start::First, |after| Start::After(vec![after.due_date.to_value(), after.vehicle_id.to_value()]));
        let query = Query::filter(range).sort(day.ascending()).start(start).limit(limit);
        let vehicles = self.repository.find(&query).await?;
        let due_date = |vehicle: &Vehicle| match kind {
            ReminderKind::Mot => vehicle.mot_expiry_date,
            ReminderKind::Tax => vehicle.tax_due_date,
        };
        let row = |vehicle: Vehicle| {
            Some(DueVehicle {
                vehicle_id: vehicle.id,
                owner_id: vehicle.owner_id,
                registration: Registration::from_stored(&vehicle.registration_number).ok(),
                kind,
                due_date: due_date(&vehicle)?,
                demonstration: vehicle.record.demonstration,
            })
        };
        Ok(vehicles.into_iter().filter_map(row).collect())
    }
}
