//! The answers of the DVLA Vehicle Enquiry Service, version 1 (its OpenAPI document v1.2.0).

use chrono::NaiveDate;
use serde::Deserialize;

use super::{
    super::record::{FuelType, MotStatus, TaxStatus},
    ErrorItem, Reply, WireError, WireLimits, body, fault_of_message, reply_to_errors,
    scalar::{Fields, Scalar, fuel, mark, title_case},
};

/// A vehicle as the DVLA has it. What it did not state is absent.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct VesVehicle {
    /// The mark that it answered for, upper case without separators.
    pub registration: String,
    /// Tax status.
    pub tax_status: Option<TaxStatus>,
    /// When the tax is due; in the past for an untaxed vehicle.
    pub tax_due_date: Option<NaiveDate>,
    /// Until when the additional rate of tax is due.
    pub additional_tax_end_date: Option<NaiveDate>,
    /// MOT status; both of its "No ..." answers are [`MotStatus::Unknown`].
    pub mot_status: Option<MotStatus>,
    /// MOT expiry.
    pub mot_expiry_date: Option<NaiveDate>,
    /// Make.
    pub make: Option<String>,
    /// First day of the month of first registration, anywhere.
    pub first_registered_month: Option<NaiveDate>,
    /// First day of the month of first registration with the DVLA; later than the other for an import.
    pub first_dvla_registration_month: Option<NaiveDate>,
    /// Year of manufacture.
    pub manufacture_year: Option<u16>,
    /// Engine size in cubic centimetres.
    pub engine_cc: Option<u32>,
    /// CO2 in g/km. Zero does not mean electric.
    pub co2_emissions: Option<u32>,
    /// Fuel.
    pub fuel_type: Option<FuelType>,
    /// Whether it is marked for export.
    pub marked_for_export: Option<bool>,
    /// Colour, in title case.
    pub colour: Option<String>,
    /// Type approval category.
    pub type_approval: Option<String>,
    /// Revenue weight in kilograms.
    pub revenue_weight_kg: Option<u32>,
    /// When the last V5C was issued.
    pub last_v5c_issued: Option<NaiveDate>,
    /// Euro emission standard, as `Euro 6`.
    pub euro_status: Option<String>,
    /// Names of fields that were there and made no sense.
    pub unreadable: Vec<&'static str>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Body {
    errors: Option<Vec<ErrorItem>>,
    message: Scalar,
    registration_number: Scalar,
    tax_status: Scalar,
    tax_due_date: Scalar,
    art_end_date: Scalar,
    mot_status: Scalar,
    mot_expiry_date: Scalar,
    make: Scalar,
    month_of_first_registration: Scalar,
    month_of_first_dvla_registration: Scalar,
    year_of_manufacture: Scalar,
    engine_capacity: Scalar,
    co2_emissions: Scalar,
    fuel_type: Scalar,
    marked_for_export: Scalar,
    colour: Scalar,
    type_approval: Scalar,
    revenue_weight: Scalar,
    #[serde(rename = "dateOfLastV5CIssued")]
    date_of_last_v5c_issued: Scalar,
    euro_status: Scalar,
}

/// Reads a body of the DVLA service with the default [`WireLimits`].
///
/// # Errors
/// [`WireError`] when it is neither a vehicle nor an error of the service.
pub fn parse_ves(bytes: &[u8]) -> Result<Reply<VesVehicle>, WireError> {
    parse_ves_within(bytes, &WireLimits::default())
}

/// Reads a body of the DVLA service.
///
/// # Errors
/// [`WireError`] when it exceeds `limits`, or is neither a vehicle nor an error of the service.
pub fn parse_ves_within(bytes: &[u8], limits: &WireLimits) -> Result<Reply<VesVehicle>, WireError> {
    let (bytes, is_list) = body(bytes, limits)?;
    if is_list {
        let errors: Vec<ErrorItem> = serde_json::from_slice(bytes)?;
        return reply_to_errors(&errors).ok_or(WireError::Unrecognised);
    }
    let body: Body = serde_json::from_slice(bytes)?;
    if let Some(reply) = reply_to_errors(body.errors.as_deref().unwrap_or_default()) {
        return Ok(reply);
    }
    match (body.registration_number.as_text(), body.message.as_text()) {
        (Some(registration), _) => {
            let registration = mark(registration);
            Ok(Reply::Found(vehicle(registration, &body, *limits)))
        }
        (None, Some(message)) => Ok(Reply::Fault(fault_of_message(message))),
        (None, None) => Err(WireError::Unrecognised),
    }
}

fn vehicle(registration: String, body: &Body, limits: WireLimits) -> VesVehicle {
    let mut fields = Fields::new(limits);
    let f = &mut fields;
    VesVehicle {
        registration,
        tax_status: f.map("taxStatus", &body.tax_status, tax_status),
        tax_due_date: f.date("taxDueDate", &body.tax_due_date),
        additional_tax_end_date: f.date("artEndDate", &body.art_end_date),
        mot_status: f.map("motStatus", &body.mot_status, mot_status),
        mot_expiry_date: f.date("motExpiryDate", &body.mot_expiry_date),
        make: f.text("make", &body.make),
        first_registered_month: f.month("monthOfFirstRegistration", &body.month_of_first_registration),
        first_dvla_registration_month: f.month("monthOfFirstDvlaRegistration", &body.month_of_first_dvla_registration),
        manufacture_year: f.year("yearOfManufacture", &body.year_of_manufacture),
        // Zero stands for "none" in both.
        engine_cc: f.number("engineCapacity", &body.engine_capacity, 100_000).filter(|cc| *cc > 0),
        revenue_weight_kg: f.number("revenueWeight", &body.revenue_weight, 500_000).filter(|weight| *weight > 0),
        co2_emissions: f.number("co2Emissions", &body.co2_emissions, 10_000),
        fuel_type: f.text("fuelType", &body.fuel_type).as_deref().map(fuel),
        marked_for_export: f.flag("markedForExport", &body.marked_for_export),
        colour: f.text("colour", &body.colour).as_deref().map(title_case),
        type_approval: f.text("typeApproval", &body.type_approval),
        last_v5c_issued: f.date("dateOfLastV5CIssued", &body.date_of_last_v5c_issued),
        euro_status: f.text("euroStatus", &body.euro_status).as_deref().map(euro_status),
        unreadable: fields.into_unreadable(),
    }
}

fn tax_status(text: &str) -> Option<TaxStatus> {
    match text.to_ascii_lowercase().as_str() {
        "taxed" => Some(TaxStatus::Taxed),
        "untaxed" => Some(TaxStatus::Untaxed),
        "sorn" => Some(TaxStatus::Sorn),
        "not taxed for on road use" => Some(TaxStatus::NotTaxedForRoadUse),
        _ => None,
    }
}

fn mot_status(text: &str) -> Option<MotStatus> {
    match text.to_ascii_lowercase().as_str() {
        "valid" => Some(MotStatus::Valid),
        "not valid" => Some(MotStatus::NotValid),
        "no details held by dvla" | "no results returned" => Some(MotStatus::Unknown),
        _ => None,
    }
}

/// `EURO6`, `euro 6` and `Euro  6` as `Euro 6`.
fn euro_status(text: &str) -> String {
    match text.get(..4).filter(|start| start.eq_ignore_ascii_case("euro")).and_then(|_| text.get(4..)) {
        Some(standard) => format!("Euro {}", standard.trim_start_matches([' ', '-'])).trim_end().to_owned(),
        None => text.to_owned(),
    }
}
