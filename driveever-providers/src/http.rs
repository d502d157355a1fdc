//! What every client here does alike: addresses, secrets in headers, waits that are asked for, bodies within bounds.

use std::{io, time::Duration};

use bytes::{Bytes, BytesMut};
use driveever_core::time::Timestamp;
use reqwest::{
    Client, RequestBuilder, Response, Url,
    header::{HeaderMap, HeaderValue, InvalidHeaderValue},
    redirect,
};
use tokio::time::{Instant, timeout_at};

/// What an address takes, in words for an operator.
const ADDRESS: &str = "an http or https address without user, query or fragment, such as https://api.example.org/v1";

/// What is wrong with settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} takes {takes}")]
pub struct SettingsError {
    /// Which setting.
    pub field: &'static str,
    /// What it takes.
    pub takes: &'static str,
}

/// Why nothing came, or not all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Broken {
    /// It could not be connected to: no such name, refused, no TLS.
    NotConnected,
    /// The connection ended before an answer began.
    Closed,
    /// The connection ended within the body.
    BrokeOff,
    /// The body cannot be unpacked.
    Garbled,
    /// The body is larger than what is read.
    TooLarge,
    /// It took too long.
    Late,
}

impl Broken {
    /// Why no answer began. The address stays out: an operator knows it, and nobody else needs it.
    fn before(error: &reqwest::Error) -> Self {
        if error.is_timeout() {
            Self::Late
        } else if error.is_connect() {
            Self::NotConnected
        } else {
            Self::Closed
        }
    }

    /// In words.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::NotConnected => "it could not be connected to",
            Self::Closed => "it closed the connection",
            Self::BrokeOff => "its answer broke off",
            Self::Garbled => "its answer cannot be unpacked",
            Self::TooLarge => "its answer is larger than what is read",
            Self::Late => "it took too long",
        }
    }

    /// Why a body did not come whole. The client calls every fault of a body one of decoding; only what the unpacking
    /// itself says tells a garbled one from one that broke off.
    fn within(error: &reqwest::Error) -> Self {
        let causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
        let mut kinds = causes.filter_map(|cause| cause.downcast_ref::<io::Error>()).map(io::Error::kind);
        let garbled = kinds.any(|kind| matches!(kind, io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput));
        if garbled { Self::Garbled } else { Self::BrokeOff }
    }
}

/// A client that follows no redirect and puts no request a second time by itself.
pub(crate) fn client(connect: Duration) -> Result<Client, SettingsError> {
    let builder = Client::builder()
        .connect_timeout(connect)
        .redirect(redirect::Policy::none())
        .retry(reqwest::retry::never())
        .user_agent(concat!("driveever/", env!("CARGO_PKG_VERSION")));
    let no_tls = SettingsError { field: "base_url", takes: "an address that TLS can be set up for" };
    builder.build().map_err(|_| no_tls)
}

/// The web address of a setting without a slash at its end, when it is one that holds no secret.
pub(crate) fn address(field: &'static str, text: &str) -> Result<String, SettingsError> {
    plain_address(text).ok_or(SettingsError { field, takes: ADDRESS })
}

fn plain_address(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    let plain = url.username().is_empty() && url.password().is_none() && url.query().is_none();
    let web = matches!(url.scheme(), "http" | "https") && url.has_host() && url.fragment().is_none();
    (plain && web).then(|| url.as_str().trim_end_matches('/').to_owned())
}

/// A secret header, which no debug print shows.
pub(crate) fn secret(value: &str) -> Result<HeaderValue, InvalidHeaderValue> {
    let mut value = HeaderValue::from_str(value)?;
    value.set_sensitive(true);
    Ok(value)
}

/// How long the headers ask to wait: milliseconds, seconds, or until a date.
pub(crate) fn wait(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let number = |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0);
    if let Some(milliseconds) = text("retry-after-ms").and_then(number) {
        return Duration::try_from_secs_f64(milliseconds / 1e3).ok();
    }
    let asked = text("retry-after")?;
    if let Some(seconds) = number(asked) {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let until = chrono::DateTime::parse_from_rfc2822(asked).ok()?;
    Some(Timestamp::from(until.to_utc()).since(now))
}

/// Sends a request and waits for the answer to begin.
pub(crate) async fn send(request: RequestBuilder, by: Instant) -> Result<Response, Broken> {
    match timeout_at(by, request.send()).await {
        Ok(sent) => sent.map_err(|error| Broken::before(&error)),
        Err(_) => Err(Broken::Late),
    }
}

/// The next piece of a body; nothing at its end.
pub(crate) async fn piece(response: &mut Response, by: Instant) -> Result<Option<Bytes>, Broken> {
    match timeout_at(by, response.chunk()).await {
        Ok(Ok(piece)) => Ok(piece),
        Ok(Err(error)) => Err(Broken::within(&error)),
        Err(_) => Err(Broken::Late),
    }
}

/// A whole body of at most `most` bytes, unpacked; `idle` is the longest wait for a piece.
pub(crate) async fn body(mut response: Response, most: usize, by: Instant, idle: Duration) -> Result<Bytes, Broken> {
    let mut body = BytesMut::new();
    while let Some(piece) = piece(&mut response, by.min(Instant::now() + idle)).await? {
        if body.len() + piece.len() > most {
            return Err(Broken::TooLarge);
        }
        body.extend_from_slice(&piece);
    }
    Ok(body.freeze())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn waits_are_read_in_every_form() {
        let now = "2026-11-23T09:30:00Z".parse().unwrap();
        let of = |pairs: &[(&'static str, &str)]| wait(&headers(pairs), now).map(|wait| wait.as_millis());
        assert_eq!(of(&[("retry-after", "7")]), Some(7_000));
        assert_eq!(of(&[("retry-after", "0.5")]), Some(500));
        assert_eq!(of(&[("retry-after", "7"), ("retry-after-ms", "1500")]), Some(1_500));
        assert_eq!(of(&[("retry-after", "Mon, 23 Nov 2026 09:30:20 GMT")]), Some(20_000));
        assert_eq!(of(&[("retry-after", "Mon, 23 Nov 2026 09:29:00 GMT")]), Some(0));
        for nonsense in ["soon", "-3", "NaN", "inf", "1e300", ""] {
            assert_eq!(of(&[("retry-after", nonsense)]), None, "{nonsense}");
        }
    }

    #[test]
    fn addresses_are_web_addresses_without_secrets() {
        let address = |text| address("base_url", text);
        assert_eq!(address("https://api.openai.com/v1/").as_deref(), Ok("https://api.openai.com/v1"));
        assert_eq!(address("http://[::1]:11434").as_deref(), Ok("http://[::1]:11434"));
        for bad in
            ["", "api.openai.com", "ftp://x", "https://u:p@x/v1", "https://x/v1?key=k", "https://x/#a", "file:///x"]
        {
            assert_eq!(address(bad), Err(SettingsError { field: "base_url", takes: ADDRESS }), "{bad}");
        }
    }
}
