//! What an operator can set about the two services.

use std::{num::NonZeroU32, time::Duration};

use driveever_core::{ai::breaker::BreakerPolicy, vehicle::wire::WireLimits};
use secrecy::SecretString;

/// Which services are asked, and how.
#[derive(Debug, Clone, Default)]
pub struct RegisterSettings {
    /// The DVLA's Vehicle Enquiry Service; absent: not asked.
    pub dvla: Option<DvlaSettings>,
    /// The DVSA's MOT history service; absent: not asked.
    pub dvsa: Option<DvsaSettings>,
    /// How long what may take, and how often it is tried.
    pub patience: Patience,
    /// How much is read of an answer.
    pub limits: WireLimits,
    /// When a service that fails is left alone.
    pub breaker: RegisterBreaker,
}

/// The DVLA's Vehicle Enquiry Service.
#[derive(Debug, Clone)]
pub struct DvlaSettings {
    /// Its address, without a path.
    pub base_url: String,
    /// The key that the DVLA issued.
    pub key: SecretString,
    /// How often it is asked at the most.
    pub pace: Pace,
}

impl DvlaSettings {
    /// The service's own address.
    pub const BASE_URL: &'static str = "https://driver-vehicle-licensing.api.gov.uk";

    /// The service itself. The DVLA publishes no limit: one request a second, five at once, is our own.
    pub fn new(key: SecretString) -> Self {
        let pace = Pace { per_second: NonZeroU32::MIN, burst: NonZeroU32::MIN.saturating_add(4), per_day: None };
        Self { base_url: Self::BASE_URL.to_owned(), key, pace }
    }
}

/// The DVSA's MOT history service.
#[derive(Debug, Clone)]
pub struct DvsaSettings {
    /// Its address, without a path.
    pub base_url: String,
    /// The API key that the DVSA issued.
    pub key: SecretString,
    /// Where tokens are had: the address with the tenant in it that the DVSA issued.
    pub token_url: String,
    /// The client id that the DVSA issued.
    pub client_id: SecretString,
    /// The client secret that the DVSA issued.
    pub client_secret: SecretString,
    /// What the token is for.
    pub scope: String,
    /// How often it is asked at the most.
    pub pace: Pace,
}

impl DvsaSettings {
    /// The service's own address.
    pub const BASE_URL: &'static str = "https://history.mot.api.gov.uk";
    /// What tokens are for.
    pub const SCOPE: &'static str = "https://tapi.dvsa.gov.uk/.default";

    /// The service itself, within its limits: 15 requests a second, ten at once, 500,000 a day.
    pub fn new(
        key: SecretString,
        token_url: impl Into<String>,
        client_id: SecretString,
        client_secret: SecretString,
    ) -> Self {
        let number = |number: u32| NonZeroU32::MIN.saturating_add(number - 1);
        Self {
            base_url: Self::BASE_URL.to_owned(),
            key,
            token_url: token_url.into(),
            client_id,
            client_secret,
            scope: Self::SCOPE.to_owned(),
            pace: Pace { per_second: number(15), burst: number(10), per_day: Some(500_000) },
        }
    }
}

/// How often a service is asked at the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Requests a second on average.
    pub per_second: NonZeroU32,
    /// Requests at once.
    pub burst: NonZeroU32,
    /// Requests a day (UTC); absent: any number.
    pub per_day: Option<u64>,
}

/// How long what may take, and how often it is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// To be connected, TLS included.
    pub connect: Duration,
    /// One try.
    pub each: Duration,
    /// A service in all: waits and tries.
    pub total: Duration,
    /// Tries, the first included.
    pub tries: u32,
    /// The longest wait after the first try; it doubles.
    pub first_wait: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(3),
            each: Duration::from_secs(10),
            total: Duration::from_secs(15),
            tries: 3,
            first_wait: Duration::from_millis(500),
        }
    }
}

/// When a service that fails is left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RegisterBreaker(pub BreakerPolicy);

impl Default for RegisterBreaker {
    /// After five failures in a row, or one that no retry mends, for a minute at first.
    fn default() -> Self {
        Self(BreakerPolicy {
            failures: 5,
            first_open: Duration::from_mins(1),
            longest_open: Duration::from_mins(5),
            probe: Duration::from_secs(30),
            ..BreakerPolicy::default()
        })
    }
}
