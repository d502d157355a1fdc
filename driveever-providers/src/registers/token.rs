//! Access tokens by OAuth 2.0 client credentials: kept until they are about to expire, and had by one request at a time.

use std::time::Duration;

use driveever_core::vehicle::source::SourceError;
use reqwest::{
    StatusCode,
    header::{ACCEPT, CONTENT_TYPE, HeaderValue},
};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use tokio::{
    sync::Mutex,
    time::{Instant, timeout_at},
};

use super::{
    answer::{Again, Failed},
    line::{Answered, Line},
    settings::DvsaSettings,
};
use crate::http::{self, SettingsError};

/// How long before its end a token is replaced; a short one at half its life.
const EARLY: Duration = Duration::from_mins(1);
/// How long a failure stands for those who wait for the same token.
const FAILURE_STANDS: Duration = Duration::from_secs(5);
/// What a token lives when the answer does not say.
const LIFE: Duration = Duration::from_mins(5);
/// The longest life that is believed.
const LONGEST_LIFE: Duration = Duration::from_hours(24);

/// A token.
#[derive(Clone)]
pub(super) struct Token {
    header: HeaderValue,
    number: u64,
    renew_at: Instant,
    ends_at: Instant,
}

impl Token {
    /// The `Authorization` header, which no debug print shows.
    pub(super) fn header(&self) -> HeaderValue {
        self.header.clone()
    }
}

/// Where tokens come from.
pub(super) struct Tokens {
    address: String,
    client_id: SecretString,
    client_secret: SecretString,
    scope: String,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    token: Option<Token>,
    had: u64,
    failed: Option<(Instant, Failed)>,
}

impl Tokens {
    pub(super) fn new(settings: &DvsaSettings) -> Result<Self, SettingsError> {
        let address = http::address("dvsa_token_url", &settings.token_url)?;
        for (field, secret) in
            [("dvsa_client_id", &settings.client_id), ("dvsa_client_secret", &settings.client_secret)]
        {
            if secret.expose_secret().trim().is_empty() {
                return Err(SettingsError { field, takes: "what the DVSA issued" });
            }
        }
        Ok(Self {
            address,
            client_id: settings.client_id.clone(),
            client_secret: settings.client_secret.clone(),
            scope: settings.scope.clone(),
            held: Mutex::default(),
        })
    }

    /// A token other than the one that was refused. Whoever comes while one is fetched waits for it.
    pub(super) async fn token(&self, line: &Line, refused: Option<&Token>, by: Instant) -> Result<Token, Failed> {
        let late = || SourceError::Unavailable { detail: line.says("its token service took too long") };
        let Ok(mut held) = timeout_at(by, self.held.lock()).await else {
            return Err(Failed::of(late(), Again::No));
        };
        let now = Instant::now();
        let usable = held.token.clone().filter(|token| refused.is_none_or(|refused| token.number != refused.number));
        if let Some(token) = usable.clone().filter(|token| now < token.renew_at) {
            return Ok(token);
        }
        // A token that is about to end is good until it does.
        let still_good = usable.filter(|token| now < token.ends_at);
        if let Some((_, failed)) = held.failed.as_ref().filter(|(until, _)| now < *until) {
            return still_good.ok_or_else(|| failed.clone());
        }
        match self.fetch(line, by).await {
            Ok((header, lasts)) => {
                held.had += 1;
                let (had, now) = (held.had, Instant::now());
                let early = EARLY.min(lasts / 2);
                let token =
                    Token { header, number: had, renew_at: now + lasts.saturating_sub(early), ends_at: now + lasts };
                *held = Held { token: Some(token.clone()), had, failed: None };
                Ok(token)
            }
            Err(failed) => {
                let stands = failed.hold.unwrap_or(FAILURE_STANDS);
                held.failed = Some((Instant::now() + stands, failed.clone()));
                still_good.ok_or(failed)
            }
        }
    }

    async fn fetch(&self, line: &Line, by: Instant) -> Result<(HeaderValue, Duration), Failed> {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", self.client_id.expose_secret().trim()),
            ("client_secret", self.client_secret.expose_secret().trim()),
            ("scope", self.scope.as_str()),
        ];
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = line
            .client
            .post(&self.address)
            .header(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"))
            .header(ACCEPT, HeaderValue::from_static("application/json"))
            .body(body);
        let answered = line.exchange(request, by).await?;
        if answered.status.is_success() { granted(line, &answered) } else { Err(refused(line, &answered)) }
    }
}

#[derive(Deserialize)]
struct Granted {
    token_type: String,
    access_token: SecretString,
    #[serde(default)]
    expires_in: Option<serde_json::Value>,
}

fn granted(line: &Line, answered: &Answered) -> Result<(HeaderValue, Duration), Failed> {
    let unreadable = || {
        let detail = line.says("its token service gave an answer that holds no token");
        Failed::of(SourceError::Unavailable { detail }, Again::No)
    };
    let granted: Granted = serde_json::from_slice(&answered.body).map_err(|_| unreadable())?;
    if !granted.token_type.eq_ignore_ascii_case("bearer") || granted.access_token.expose_secret().is_empty() {
        return Err(unreadable());
    }
    let header = http::secret(&format!("Bearer {}", granted.access_token.expose_secret()));
    let seconds = granted.expires_in.and_then(|life| life.as_u64().or_else(|| life.as_str()?.parse().ok()));
    let lasts = seconds.map_or(LIFE, Duration::from_secs).min(LONGEST_LIFE);
    Ok((header.map_err(|_| unreadable())?, lasts))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Refusal {
    error: String,
    error_description: String,
}

/// What the token service's refusal means. Of its words only the codes are passed on.
fn refused(line: &Line, answered: &Answered) -> Failed {
    let refusal: Refusal = serde_json::from_slice(&answered.body).unwrap_or_default();
    let word = |text: &str| text.len() <= 40 && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let mut said = format!("its token service answered {}", answered.status.as_u16());
    if !refusal.error.is_empty() && word(&refusal.error) {
        said = format!("{said} {}", refusal.error);
    }
    let digits = refusal.error_description.strip_prefix("AADSTS").unwrap_or_default();
    let digits: String = digits.chars().take(8).take_while(char::is_ascii_digit).collect();
    match digits.as_str() {
        "" => {}
        "7000222" => said.push_str(" (AADSTS7000222: the client secret has expired)"),
        digits => said = format!("{said} (AADSTS{digits})"),
    }
    let hold = http::wait(&answered.headers, line.clock.now());
    let again = hold.map_or(Again::Soon, Again::After);
    let detail = line.says(said);
    let failed = match (answered.status, refusal.error.as_str()) {
        (StatusCode::TOO_MANY_REQUESTS, _) => Failed::of(SourceError::RateLimited { detail, retry_after: hold }, again),
        (status, _) if status.is_server_error() => Failed::of(SourceError::Unavailable { detail }, again),
        (_, "temporarily_unavailable" | "server_error") => Failed::of(SourceError::Unavailable { detail }, again),
        _ => Failed::of(SourceError::Misconfigured { detail }, Again::No),
    };
    Failed { hold, ..failed }
}
