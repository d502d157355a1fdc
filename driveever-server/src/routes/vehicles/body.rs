//! Bodies of the vehicle routes.

use chrono::NaiveDate;
use driveever_core::{
    time::Timestamp,
    vehicle::{
        NewVehicle, Vehicle, VehicleEdit, VehicleMetadata,
        record::{FuelType, TaxStatus},
    },
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{ToSchema, openapi::Object};
use uuid::Uuid;

use super::record::{FUELS, TAX_STATES, VehicleFactsBody};
use crate::{http::documented::one_of_or_null, request_body};

fn optional_tax_states() -> Object {
    one_of_or_null("Vehicle tax, as the DVLA has it.", TAX_STATES)
}

/// What the owner keeps beside the record.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, remote = "Self")]
pub struct VehicleNotesRequest {
    /// Who insures it.
    #[schema(format = "line", min_length = 1, max_length = 100)]
    pub insurance_provider: Option<String>,
    /// When it was last serviced.
    pub last_service_date: Option<NaiveDate>,
    /// When the next service is due.
    pub next_service_due: Option<NaiveDate>,
}

crate::only_from_objects!(VehicleNotesRequest);

request_body! {
    /// A vehicle to add. What an official source states stands whatever is said here.
    pub struct AddVehicleRequest {
        /// The registration mark, as it is written on the plate; spaces and case play no part.
        #[schema(format = "registration-mark", min_length = 2, max_length = 64, example = "L2 WPS")]
        pub registration_number: String => "registrationNumber",
        /// Make.
        #[schema(format = "line", min_length = 1, max_length = 100)]
        pub make: Option<String> => "make",
        /// Model.
        #[schema(format = "line", min_length = 1, max_length = 100)]
        pub model: Option<String> => "model",
        /// Year of manufacture: 1885 to next year.
        #[schema(minimum = 1885, maximum = 9999)]
        pub manufacture_year: Option<u16> => "manufactureYear",
        /// Primary colour.
        #[schema(format = "line", min_length = 1, max_length = 100)]
        pub primary_colour: Option<String> => "primaryColour",
        /// What it runs on: `petrol`, `diesel`, `electric`, `hybrid_electric`, `gas`, `gas_bi_fuel`, `hydrogen`, or another word.
        #[schema(format = "line", min_length = 1, max_length = 100)]
        pub fuel_type: Option<String> => "fuelType",
        /// Engine size in cubic centimetres.
        #[schema(minimum = 1, maximum = 100_000)]
        pub engine_size: Option<u32> => "engineSize",
        /// MOT expiry.
        pub mot_expiry_date: Option<NaiveDate> => "motExpiryDate",
        /// Vehicle tax.
        #[schema(schema_with = optional_tax_states)]
        pub tax_status: Option<TaxStatus> => "taxStatus",
        /// When tax is due.
        pub tax_due_date: Option<NaiveDate> => "taxDueDate",
        /// Who insures it, last and next service.
        pub metadata: Option<VehicleNotesRequest> => "metadata",
    }
}

request_body! {
    /// What the owner says of a vehicle; what is absent stays as it is.
    pub struct EditVehicleRequest {
        /// Make.
        #[schema(format = "line", min_length = 1, max_length = 100)]
        pub make: Option<String> => "make",
        /// Model.
        #[schema(format = "line", min_length = 1, max_length = 100)]
        pub model: Option<String> => "model",
        /// Year of manufacture: 1885 to next year.
        #[schema(minimum = 1885, maximum = 9999)]
        pub manufacture_year: Option<u16> => "manufactureYear",
        /// Primary colour.
        #[schema(format = "line", min_length = 1, max_length = 100)]
        pub primary_colour: Option<String> => "primaryColour",
        /// What it runs on: `petrol`, `diesel`, `electric`, `hybrid_electric`, `gas`, `gas_bi_fuel`, `hydrogen`, or another word.
        #[schema(format = "line", min_length = 1, max_length = 100)]
        pub fuel_type: Option<String> => "fuelType",
        /// Engine size in cubic centimetres.
        #[schema(minimum = 1, maximum = 100_000)]
        pub engine_size: Option<u32> => "engineSize",
        /// MOT expiry.
        pub mot_expiry_date: Option<NaiveDate> => "motExpiryDate",
        /// Vehicle tax.
        #[schema(schema_with = optional_tax_states)]
        pub tax_status: Option<TaxStatus> => "taxStatus",
        /// When tax is due.
        pub tax_due_date: Option<NaiveDate> => "taxDueDate",
        /// Who insures it, last and next service; replaced as a whole.
        pub metadata: Option<VehicleNotesRequest> => "metadata",
    }
}

request_body! {
    /// Which vehicle to look up.
    pub struct LookUpVehicleRequest {
        /// The registration mark, as it is written on the plate; spaces and case play no part.
        #[schema(format = "registration-mark", min_length = 2, max_length = 64, example = "L2 WPS")]
        pub registration_number: String => "registrationNumber",
    }
}

/// A fuel by its word; one that is not known is taken as it is written.
fn fuel(word: String) -> FuelType {
    let known = FUELS.contains(&word.as_str()).then(|| serde_json::from_value(Value::from(word.as_str())).ok());
    known.flatten().unwrap_or(FuelType::Other(word))
}

impl From<EditVehicleRequest> for VehicleEdit {
    fn from(body: EditVehicleRequest) -> Self {
        Self {
            make: body.make,
            model: body.model,
            manufacture_year: body.manufacture_year,
            primary_colour: body.primary_colour,
            fuel_type: body.fuel_type.map(fuel),
            engine_size: body.engine_size,
            mot_expiry_date: body.mot_expiry_date,
            tax_status: body.tax_status,
            tax_due_date: body.tax_due_date,
            metadata: body.metadata.map(|metadata| VehicleMetadata {
                insurance_provider: metadata.insurance_provider,
                last_service_date: metadata.last_service_date,
                next_service_due: metadata.next_service_due,
            }),
        }
    }
}

impl From<AddVehicleRequest> for NewVehicle {
    fn from(body: AddVehicleRequest) -> Self {
        let edit = EditVehicleRequest {
            make: body.make,
            model: body.model,
            manufacture_year: body.manufacture_year,
            primary_colour: body.primary_colour,
            fuel_type: body.fuel_type,
            engine_size: body.engine_size,
            mot_expiry_date: body.mot_expiry_date,
            tax_status: body.tax_status,
            tax_due_date: body.tax_due_date,
            metadata: body.metadata,
        };
        Self { registration_number: body.registration_number, edit: edit.into() }
    }
}

/// A user's vehicle.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VehicleBody {
    /// Its id.
    pub id: Uuid,
    /// The facts.
    #[serde(flatten)]
    pub facts: VehicleFactsBody,
    /// What the owner keeps beside the record.
    pub metadata: VehicleMetadataBody,
    /// When the sources were last asked.
    #[schema(value_type = String, format = DateTime)]
    pub read_at: Timestamp,
    /// When it was added.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
    /// Counts its changes.
    pub revision: u32,
}

/// What the owner keeps beside the record.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VehicleMetadataBody {
    /// Whose vehicle it is.
    pub owner_id: Uuid,
    /// Who insures it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub insurance_provider: Option<String>,
    /// When it was last serviced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_service_date: Option<NaiveDate>,
    /// When the next service is due.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_service_due: Option<NaiveDate>,
}

impl From<Vehicle> for VehicleBody {
    fn from(vehicle: Vehicle) -> Self {
        let metadata = vehicle.metadata;
        Self {
            id: vehicle.id.uuid(),
            facts: (*vehicle.record).into(),
            metadata: VehicleMetadataBody {
                owner_id: vehicle.owner_id.uuid(),
                insurance_provider: metadata.insurance_provider,
                last_service_date: metadata.last_service_date,
                next_service_due: metadata.next_service_due,
            },
            read_at: vehicle.read_at,
            created_at: vehicle.created_at,
            updated_at: vehicle.updated_at,
            revision: vehicle.revision.get(),
        }
    }
}
