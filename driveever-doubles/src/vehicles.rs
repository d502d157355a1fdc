//! The services that know vehicles: the DVLA's, the DVSA's, and where the DVSA's tokens are had.

use std::{
    collections::{HashMap, HashSet},
    io,
    path::Path,
};

use serde_json::{Map, Value, json};

use crate::{
    check::Checked,
    protocol::{Protocol, Request},
};

/// Where tokens are had, behind the protocol's prefix.
pub(crate) const TOKEN_PATH: &str = "/00000000-0000-4000-8000-000000000001/oauth2/v2.0/token";
const VES_PATH: &str = "/vehicle-enquiry/v1/vehicles";
const DVSA_PATH: &str = "/v1/trade/vehicles/registration/";
const SCOPE: &str = "https://tapi.dvsa.gov.uk/.default";
const REQUEST_ID: &str = "00000000-0000-4000-8000-00000000d0b1";

/// What the services know, and the tokens that are good.
#[derive(Debug)]
pub(crate) struct Registers {
    /// Bodies by service and mark.
    known: HashMap<(Protocol, String), Value>,
    good: HashSet<String>,
    expired: HashSet<String>,
    /// What a new token says of its life, in seconds.
    pub(crate) life: u64,
}

impl Default for Registers {
    fn default() -> Self {
        // The service's documentation shows this figure.
        Self { known: HashMap::new(), good: HashSet::new(), expired: HashSet::new(), life: 1_199 }
    }
}

impl Registers {
    pub(crate) fn know(&mut self, protocol: Protocol, mark: &str, body: Value) {
        self.known.insert((protocol, mark.to_owned()), body);
    }

    /// Takes in `MARK.ves.json` and `MARK.dvsa.json`; gives how many.
    pub(crate) fn know_folder(&mut self, folder: &Path) -> io::Result<usize> {
        let mut read = 0;
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let (mark, protocol) = match (name.strip_suffix(".ves.json"), name.strip_suffix(".dvsa.json")) {
                (Some(mark), _) => (mark, Protocol::Ves),
                (_, Some(mark)) => (mark, Protocol::Dvsa),
                _ => continue,
            };
            let body = serde_json::from_slice(&std::fs::read(&path)?)?;
            self.know(protocol, mark, body);
            read += 1;
        }
        Ok(read)
    }

    /// No token that was given is good any more.
    pub(crate) fn expire(&mut self) {
        self.expired.extend(self.good.drain());
    }

    /// Refuses a call to the DVSA without a good token.
    pub(crate) fn check_token(&self, request: &Request<'_>, checked: &mut Checked) {
        let token = request.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
        checked.refused = match token {
            None => Some((401, moth("MOTH-FB-04", "The access token is missing"))),
            Some(token) if self.good.contains(token) => None,
            Some(token) if self.expired.contains(token) => {
                Some((403, moth("MOTH-FB-02", "The access token has expired")))
            }
            Some(_) => Some((401, moth("MOTH-UA-01", "Authorisation failed"))),
        };
    }

    /// The ordinary answer: status and body.
    pub(crate) fn answer(&mut self, protocol: Protocol, mark: &str) -> (u16, Value) {
        match protocol {
            Protocol::DvsaToken => {
                let token = format!("token-{}", self.good.len() + self.expired.len() + 1);
                self.good.insert(token.clone());
                let reply = json!({
                    "token_type": "Bearer", "expires_in": self.life, "ext_expires_in": self.life, "access_token": token,
                });
                (200, reply)
            }
            _ => match self.known.get(&(protocol, mark.to_owned())) {
                Some(body) => (status_of(body), body.clone()),
                None if protocol == Protocol::Ves => (404, ves_error(404, "404", "Vehicle Not Found")),
                None => (404, moth("MOTH-NF-01", &format!("Vehicle with identifier: [{mark}] not found"))),
            },
        }
    }
}

/// The status that a body goes with: a vehicle's is 200.
fn status_of(body: &Value) -> u16 {
    let first = body.get("errors").unwrap_or(body).get(0);
    if let Some(status) = first.and_then(|error| error.get("status")) {
        let number = status.as_u64().or_else(|| status.as_str()?.parse().ok());
        return number.and_then(|number| u16::try_from(number).ok()).unwrap_or(500);
    }
    match body.get("errorCode").and_then(Value::as_str) {
        None => 200,
        Some("MOTH-NF-01" | "MOTH-NF-02") => 404,
        Some("MOTH-UA-01") => 401,
        Some(code) if code.starts_with("MOTH-FB") => 403,
        Some(code) if code.starts_with("MOTH-RL") => 429,
        Some("MOTH-UN-01") => 500,
        Some(_) => 400,
    }
}

/// An error as the DVSA spells it.
pub(crate) fn moth(code: &str, message: &str) -> Value {
    json!({"errorCode": code, "errorMessage": message, "requestId": REQUEST_ID})
}

/// An error as the DVLA spells it.
pub(crate) fn ves_error(status: u16, code: &str, title: &str) -> Value {
    json!({"errors": [{"status": status.to_string(), "code": code, "title": title, "detail": "Of AA19MOT"}]})
}

fn is_mark(mark: &str) -> bool {
    (1..=8).contains(&mark.len()) && mark.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

fn check_key(request: &Request<'_>, checked: &mut Checked) {
    if request.header("x-api-key").is_none_or(str::is_empty) {
        checked.refuse(403, "x-api-key: required");
    }
}

pub(crate) fn check_ves(request: &Request<'_>) -> Checked {
    let mut checked = Checked::default();
    check_key(request, &mut checked);
    if (request.method, request.path, request.query) != ("POST", VES_PATH, "") {
        checked.refuse(404, format!("no such call: {} {}", request.method, request.path));
        return checked;
    }
    let body = checked.object(request);
    checked.fields("", &body, &["registrationNumber"], &[]);
    let mark = checked.text("registrationNumber", body.get("registrationNumber"));
    if !is_mark(&mark) {
        checked.refuse(400, "registrationNumber: letters and digits only");
    }
    checked.mark = mark;
    checked
}

pub(crate) fn check_dvsa(request: &Request<'_>) -> Checked {
    let mut checked = Checked::default();
    check_key(request, &mut checked);
    match (request.method, request.path.strip_prefix(DVSA_PATH)) {
        ("GET", Some(mark)) if is_mark(mark) => mark.clone_into(&mut checked.mark),
        ("GET", Some(_)) => checked.refuse(400, "registration: letters and digits only"),
        (method, _) => checked.refuse(404, format!("no such call: {method} {}", request.path)),
    }
    if !request.query.is_empty() || !request.body.is_empty() {
        checked.refuse(400, "a query or a body, where the service takes neither");
    }
    checked
}

pub(crate) fn check_token(request: &Request<'_>) -> Checked {
    let mut checked = Checked::default();
    if (request.method, request.path, request.query) != ("POST", TOKEN_PATH, "") {
        checked.refuse(404, format!("no such call: {} {}", request.method, request.path));
        return checked;
    }
    if request.header("content-type") != Some("application/x-www-form-urlencoded") {
        checked.refuse(400, "content-type is not application/x-www-form-urlencoded");
    }
    let mut form = Map::new();
    for (name, value) in form_urlencoded::parse(request.body) {
        if form.insert(name.to_string(), json!(value)).is_some() {
            checked.refuse(400, format!("{name}: twice"));
        }
    }
    checked.fields("", &form, &["grant_type", "client_id", "client_secret", "scope"], &[]);
    for (name, must) in [("grant_type", "client_credentials"), ("scope", SCOPE)] {
        if form.get(name).is_some_and(|value| value != must) {
            checked.refuse(400, format!("{name}: must be {must}"));
        }
    }
    for name in ["client_id", "client_secret"] {
        checked.text(name, form.get(name));
    }
    checked.body = Value::Object(form);
    checked
}

/// The answer to a request that is wrong, as the service would word it.
pub(crate) fn refusal(protocol: Protocol, status: u16, message: &str) -> Value {
    match protocol {
        Protocol::DvsaToken => {
            json!({"error": "invalid_request", "error_description": format!("AADSTS900144: {message}")})
        }
        Protocol::Dvsa if status == 403 => moth("MOTH-FB-03", message),
        Protocol::Dvsa if status == 404 => moth("MOTH-NF-02", message),
        Protocol::Dvsa => moth("MOTH-BR-01", message),
        _ if status == 403 => json!({"message": "Forbidden"}),
        _ => ves_error(status, "ENQ103", message),
    }
}
