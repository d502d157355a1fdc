//! The DVLA's Vehicle Enquiry Service, version 1.
//!
//! The mark goes in the body, never in an address.

use driveever_core::vehicle::{
    registration::Registration,
    wire::{VesVehicle, WireLimits, parse_ves_within},
};
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use secrecy::ExposeSecret as _;
use tokio::time::Instant;

use super::{
    answer::{Failed, read},
    line::{Line, Service},
    settings::DvlaSettings,
};
use crate::http::{self, SettingsError};

pub(super) struct Ves {
    address: String,
    headers: HeaderMap,
    limits: WireLimits,
}

impl Ves {
    pub(super) fn new(settings: &DvlaSettings, limits: WireLimits) -> Result<Self, SettingsError> {
        let base = http::address("dvla_base_url", &settings.base_url)?;
        let key = super::header("dvla_api_key", settings.key.expose_secret())?;
        let json = HeaderValue::from_static("application/json");
        let headers = [(HeaderName::from_static("x-api-key"), key), (CONTENT_TYPE, json.clone()), (ACCEPT, json)];
        let address = format!("{base}/vehicle-enquiry/v1/vehicles");
        Ok(Self { address, headers: headers.into_iter().collect(), limits })
    }
}

#[async_trait::async_trait]
impl Service for Ves {
    type Vehicle = VesVehicle;

    async fn ask(&self, line: &Line, registration: &Registration, by: Instant) -> Result<Option<VesVehicle>, Failed> {
        let body = serde_json::json!({"registrationNumber": registration.as_str()}).to_string();
        let request = line.client.post(&self.address).headers(self.headers.clone()).body(body);
        let answered = line.exchange(request, by).await?;
        read(line, &answered, |body| parse_ves_within(body, &self.limits))
    }
}
