//! The refresh token in a cookie, for browsers: `X-Session: cookie` on login, refresh and logout.
//!
//! The cookie is `__Host-refresh`: sent over HTTPS only, to this host only, unseen by scripts, and not with requests that
//! another site began. Because a cookie travels by itself, such a request must also come from a page of ours: by
//! `Sec-Fetch-Site` where the browser sends it (every browser since 2023), else by `Origin` against `Host`. A request with
//! neither comes from no browser, whose cookies nobody else can make travel.

use std::time::Duration;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header, request::Parts},
};
use driveever_core::validate::Violation;
use secrecy::{ExposeSecret as _, SecretString};

use super::problem::Problem;

/// The header by which a browser asks for the cookie.
pub const X_SESSION: HeaderName = HeaderName::from_static("x-session");
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const NAME: &str = "__Host-refresh";

/// Where a session's refresh token travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionMode {
    /// In bodies.
    Body,
    /// In the cookie, and in no body.
    Cookie,
}

impl<S: Send + Sync> FromRequestParts<S> for SessionMode {
    type Rejection = Problem;

    /// The mode that the request asks for; with the cookie, only for requests of our own pages.
    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        match parts.headers.get(X_SESSION).map(HeaderValue::as_bytes) {
            None => Ok(Self::Body),
            Some(b"cookie") if is_own_page(&parts.headers, &parts.uri) => Ok(Self::Cookie),
            Some(b"cookie") => Err(Problem::new(
                StatusCode::FORBIDDEN,
                "cross_site_request",
                "a session in a cookie is for pages of this server's own origin",
            )),
            Some(_) => Err(Problem::invalid([Violation::new("X-Session", "must be cookie, or be left out")])),
        }
    }
}

fn is_own_page(headers: &HeaderMap, uri: &Uri) -> bool {
    let text = |name: &HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    if let Some(site) = text(&SEC_FETCH_SITE) {
        // "none" is a request that the user began; "same-site" is a neighbouring host, which is not ours.
        return matches!(site, "same-origin" | "none");
    }
    let Some(origin) = text(&header::ORIGIN) else { return true };
    let host = text(&header::HOST).or_else(|| uri.authority().map(axum::http::uri::Authority::as_str));
    let of_origin = origin.split_once("://").map(|(_, authority)| authority);
    of_origin.zip(host).is_some_and(|(origin, host)| origin.eq_ignore_ascii_case(host))
}

/// The refresh token that the request's cookie carries.
pub fn refresh_token(headers: &HeaderMap) -> Option<SecretString> {
    let values = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut cookies = values.flat_map(|value| value.split(';')).filter_map(|cookie| cookie.trim().split_once('='));
    let (_, token) = cookies.find(|(name, token)| *name == NAME && !token.is_empty())?;
    Some(SecretString::from(token))
}

/// The `Set-Cookie` that gives the browser a refresh token for so long; none for a token that no cookie can carry.
pub fn keep(token: &SecretString, life: Duration) -> Option<HeaderValue> {
    header_value(token.expose_secret(), life.as_secs())
}

/// The `Set-Cookie` that takes the token from the browser.
pub fn forget() -> Option<HeaderValue> {
    header_value("", 0)
}

fn header_value(token: &str, max_age: u64) -> Option<HeaderValue> {
    let cookie = format!("{NAME}={token}; Max-Age={max_age}; Path=/; Secure; HttpOnly; SameSite=Strict");
    let mut value = HeaderValue::from_str(&cookie).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    async fn mode(headers: &[(&str, &str)]) -> Result<SessionMode, u16> {
        let request = Request::builder().uri("/auth/refresh");
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        SessionMode::from_request_parts(&mut parts, &()).await.map_err(|problem| problem.status)
    }

    #[tokio::test]
    async fn only_our_own_pages_use_the_cookie() {
        let cookie = ("x-session", "cookie");
        let host = ("host", "driveever.example:3000");
        assert_eq!(mode(&[]).await, Ok(SessionMode::Body));
        assert_eq!(mode(&[("x-session", "jar")]).await, Err(400));
        assert_eq!(mode(&[cookie]).await, Ok(SessionMode::Cookie));
        for site in ["same-origin", "none"] {
            assert_eq!(mode(&[cookie, ("sec-fetch-site", site)]).await, Ok(SessionMode::Cookie), "{site}");
        }
        for site in ["cross-site", "same-site", "", "SAME-ORIGIN, cross-site"] {
            assert_eq!(mode(&[cookie, ("sec-fetch-site", site)]).await, Err(403), "{site}");
        }
        assert_eq!(mode(&[cookie, host, ("origin", "https://driveever.example:3000")]).await, Ok(SessionMode::Cookie));
        for origin in ["https://evil.example", "null", "https://driveever.example", "driveever.example:3000"] {
            assert_eq!(mode(&[cookie, host, ("origin", origin)]).await, Err(403), "{origin}");
        }
        let disguised = [cookie, host, ("origin", "https://driveever.example:3000"), ("sec-fetch-site", "cross-site")];
        assert_eq!(mode(&disguised).await, Err(403));
    }

    #[test]
    fn the_cookie_is_found_among_others() {
        let of = |text: &str| {
            let headers = HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(text).unwrap())]);
            refresh_token(&headers).map(|token| token.expose_secret().to_owned())
        };
        assert_eq!(of("a=b; __Host-refresh=tok-1_x; c=d").as_deref(), Some("tok-1_x"));
        assert_eq!(of("__host-refresh=x; refresh=y; __Host-refresh="), None);
    }

    #[test]
    fn the_cookie_is_guarded() {
        let kept = keep(&SecretString::from("abc"), Duration::from_hours(1)).unwrap();
        assert!(kept.is_sensitive());
        assert_eq!(kept, "__Host-refresh=abc; Max-Age=3600; Path=/; Secure; HttpOnly; SameSite=Strict");
        assert!(forget().unwrap().to_str().unwrap().starts_with("__Host-refresh=; Max-Age=0;"));
        assert_eq!(keep(&SecretString::from("a\nb"), Duration::ZERO), None);
    }
}
