//! Vehicle records from the DVLA's Vehicle Enquiry Service and the DVSA's MOT history service.
//!
//! [`Registers`] asks both at one time and merges what they say as every source does; where one fails the other's word
//! stands, and a reading says so. Whatever comes over the wire: nothing beyond the bounds of [`RegisterSettings`] is read or
//! waited for, redirects are not followed, the services' limits and the waits that they ask for are kept to, a service
//! that goes on failing is left alone for a while, and neither keys, tokens nor the services' own messages, which repeat
//! the mark, get into an error, a log line or a debug print.
//!
//! Which answer is which error, see `docs/vehicles.md`. Put a [`CachedVehicleSource`] in front, as `driveever` does.
//!
//! ```
//! # fn main() -> Result<(), driveever_providers::registers::SettingsError> {
//! use std::sync::Arc;
//! use driveever_core::time::SystemClock;
//! use driveever_providers::registers::{DvlaSettings, RegisterSettings, Registers};
//!
//! let dvla = DvlaSettings::new("the key that the DVLA issued".into());
//! let settings = RegisterSettings { dvla: Some(dvla), ..RegisterSettings::default() };
//! let source = Registers::new(settings, Arc::new(SystemClock))?;
//! assert!(!format!("{source:?}").contains("issued"));
//! # Ok(())
//! # }
//! ```

mod answer;
mod dvsa;
mod line;
mod meter;
mod settings;
mod token;
mod ves;

use std::{fmt, sync::Arc};

use async_trait::async_trait;
#[cfg(doc)]
use driveever_core::vehicle::cache::CachedVehicleSource;
use driveever_core::{
    time::Clock,
    vehicle::{
        record::VehicleRecord,
        registration::Registration,
        source::{Freshness, SourceError, VehicleDataSource},
    },
};
use futures_util::future::{OptionFuture, join};
use reqwest::header::HeaderValue;
pub use settings::{DvlaSettings, DvsaSettings, Pace, Patience, RegisterBreaker, RegisterSettings};

use self::{
    dvsa::Dvsa,
    line::{Line, Service},
    ves::Ves,
};
pub use crate::http::SettingsError;
use crate::{
    heard::{self, Heard},
    http,
};

/// The DVLA's and the DVSA's services, or one of them.
pub struct Registers {
    settings: RegisterSettings,
    clock: Arc<dyn Clock>,
    dvla: Option<(Line, Ves)>,
    dvsa: Option<(Line, Dvsa)>,
}

impl fmt::Debug for Registers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registers").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Registers {
    /// The name under which answers, logs and metrics speak of it.
    pub const NAME: &'static str = "registers";

    /// The services that are set.
    ///
    /// # Errors
    /// What is wrong with the settings.
    pub fn new(settings: RegisterSettings, clock: Arc<dyn Clock>) -> Result<Self, SettingsError> {
        if settings.dvla.is_none() && settings.dvsa.is_none() {
            return Err(SettingsError { field: "registers", takes: "the DVLA's service, the DVSA's or both" });
        }
        let common = (settings.patience, settings.breaker, settings.limits.max_bytes);
        let taxes = settings.dvla.as_ref().map(|service| {
            let line = Line::new("the DVLA's service", clock.clone(), service.pace, common)?;
            Ok((line, Ves::new(service, settings.limits)?))
        });
        let tests = settings.dvsa.as_ref().map(|service| {
            let line = Line::new("the DVSA's service", clock.clone(), service.pace, common)?;
            Ok((line, Dvsa::new(service, settings.limits)?))
        });
        Ok(Self { clock, dvla: taxes.transpose()?, dvsa: tests.transpose()?, settings })
    }

    async fn hear<S: Service>(&self, (line, service): &(Line, S), registration: &Registration) -> Heard<S::Vehicle> {
        let said = line.ask(service, registration).await;
        Heard { at: self.clock.now(), said }
    }
}

#[async_trait]
impl VehicleDataSource for Registers {
    fn name(&self) -> &str {
        Self::NAME
    }

    async fn lookup(&self, registration: &Registration, _: Freshness) -> Result<VehicleRecord, SourceError> {
        let taxes: OptionFuture<_> = self.dvla.as_ref().map(|service| self.hear(service, registration)).into();
        let tests: OptionFuture<_> = self.dvsa.as_ref().map(|service| self.hear(service, registration)).into();
        let (taxes, tests) = join(taxes, tests).await;
        heard::record(Self::NAME, registration, taxes, tests, false)
    }
}

/// A key as a header, which no debug print shows.
fn header(field: &'static str, key: &str) -> Result<HeaderValue, SettingsError> {
    let key = Some(key.trim()).filter(|key| !key.is_empty()).and_then(|key| http::secret(key).ok());
    key.ok_or(SettingsError { field, takes: "a key without spaces or control characters" })
}
