//! The DVSA's MOT history service.
//!
//! It takes the mark in the path alone: over TLS, it is in no log of ours, and errors do not repeat it. A token that it
//! refuses is replaced once.

use driveever_core::vehicle::{
    registration::Registration,
    wire::{DvsaVehicle, WireLimits, parse_dvsa_within},
};
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use secrecy::ExposeSecret as _;
use tokio::time::Instant;

use super::{
    answer::{Again, Failed, read},
    line::{Line, Service},
    settings::DvsaSettings,
    token::{Token, Tokens},
};
use crate::http::{self, SettingsError};

pub(super) struct Dvsa {
    address: String,
    headers: HeaderMap,
    tokens: Tokens,
    limits: WireLimits,
}

impl Dvsa {
    pub(super) fn new(settings: &DvsaSettings, limits: WireLimits) -> Result<Self, SettingsError> {
        let base = http::address("dvsa_base_url", &settings.base_url)?;
        let key = super::header("dvsa_api_key", settings.key.expose_secret())?;
        let json = HeaderValue::from_static("application/json");
        let headers = [(HeaderName::from_static("x-api-key"), key), (ACCEPT, json)];
        let address = format!("{base}/v1/trade/vehicles/registration");
        Ok(Self { address, headers: headers.into_iter().collect(), tokens: Tokens::new(settings)?, limits })
    }

    async fn ask_with(
        &self,
        line: &Line,
        token: &Token,
        registration: &Registration,
        by: Instant,
    ) -> Result<Option<DvsaVehicle>, Failed> {
        // A mark is letters and digits: nothing of it needs escaping.
        let address = format!("{}/{}", self.address, registration.as_str());
        let request = line.client.get(address).headers(self.headers.clone()).header(AUTHORIZATION, token.header());
        let answered = line.exchange(request, by).await?;
        read(line, &answered, |body| parse_dvsa_within(body, &self.limits))
    }
}

#[async_trait::async_trait]
impl Service for Dvsa {
    type Vehicle = DvsaVehicle;

    async fn ask(&self, line: &Line, registration: &Registration, by: Instant) -> Result<Option<DvsaVehicle>, Failed> {
        let token = self.tokens.token(line, None, by).await?;
        match self.ask_with(line, &token, registration, by).await {
            Err(failed) if failed.token => {
                let token = self.tokens.token(line, Some(&token), by).await?;
                line.turn(by).await.map_err(|limited| Failed::of(limited, Again::No))?;
                self.ask_with(line, &token, registration, by).await
            }
            answered => answered,
        }
    }
}
