//! The errors of the registers of vehicles. Their messages repeat the mark, as the services' own do.

use serde_json::{Value, json};

use super::{Row, text};
use crate::{
    protocol::Protocol,
    script::Script,
    vehicles::{moth, ves_error},
};

pub(super) fn ves() -> Vec<Row> {
    let row = |name, status, body| Row { name, protocol: Protocol::Ves, script: Script::error(status, body) };
    let mut waits = row("rate_limit_seconds", 429, json!({"message": "Too Many Requests"}));
    waits.script = waits.script.header("retry-after", "7");
    let mut long = row("rate_limit_long", 429, json!({"message": "Too Many Requests"}));
    long.script = long.script.header("retry-after", "3600");
    vec![
        row("bad_format", 400, ves_error(400, "ENQ103", "Bad Request")),
        row("bad_format_uat", 400, ves_error(400, "400", "Bad Request")),
        row("only_a_title", 400, json!({"errors": [{"title": "Bad Request"}]})),
        row("bad_key", 403, json!({"message": "Forbidden"})),
        row("unauthorised", 401, json!({"message": "Unauthorized"})),
        row("not_found", 404, ves_error(404, "404", "Vehicle Not Found")),
        text(Protocol::Ves, "no_such_address", 404, "<html>Not Found</html>"),
        row("missing_token", 403, json!({"message": "Missing Authentication Token"})),
        row("rate_limit", 429, json!({"message": "Too Many Requests"})),
        row("rate_limit_uat", 429, ves_error(429, "429", "Too Many Requests")),
        waits,
        long,
        row("system_error", 500, ves_error(500, "ENQ108", "Internal Server Error")),
        row("maintenance", 503, ves_error(503, "503", "System currently down for maintenance")),
        row("maintenance_list", 503, json!([{"status": 503, "title": "System currently down for maintenance"}])),
        row("gateway_timeout", 504, json!({"message": "Endpoint request timed out"})),
        text(Protocol::Ves, "html", 502, "<html><body>Bad gateway for AA19MOT</body></html>"),
        text(Protocol::Ves, "empty", 500, ""),
    ]
}

pub(super) fn dvsa() -> Vec<Row> {
    let row = |name, status, body: Value| Row { name, protocol: Protocol::Dvsa, script: Script::error(status, body) };
    let coded = |name: &'static str, status| {
        let code = name.split('/').next().unwrap_or_default();
        row(name, status, moth(code, "Of vehicle [AA19MOT]"))
    };
    let mut allowance = coded("MOTH-RL-01/waits", 429);
    allowance.script = allowance.script.header("retry-after", "600");
    let mut minutes = coded("MOTH-RL-02/waits", 429);
    minutes.script = minutes.script.header("retry-after", "30");
    vec![
        coded("MOTH-BR-01", 400),
        coded("MOTH-UA-01", 401),
        coded("MOTH-FB-01", 403),
        coded("MOTH-FB-02", 403),
        coded("MOTH-FB-02/401", 401),
        coded("MOTH-FB-03", 403),
        coded("MOTH-FB-04", 401),
        coded("MOTH-RL-01", 429),
        allowance,
        coded("MOTH-RL-02", 429),
        minutes,
        coded("MOTH-NP-01", 400),
        coded("MOTH-NP-02", 400),
        coded("MOTH-NP-03", 400),
        coded("MOTH-NP-04", 400),
        coded("MOTH-IV-01", 400),
        coded("MOTH-IV-02", 400),
        coded("MOTH-IV-03", 400),
        coded("MOTH-IV-04", 400),
        coded("MOTH-NF-01", 404),
        coded("MOTH-NF-02", 404),
        coded("MOTH-PC-01", 400),
        coded("MOTH-UN-01", 500),
        coded("MOTH-XX-99", 418),
        row("gateway_forbidden", 403, json!({"message": "Forbidden"})),
        row("gateway_rate_limit", 429, json!({"message": "Too Many Requests"})),
        row("method", 405, json!({"message": "Method Not Allowed"})),
        text(Protocol::Dvsa, "unavailable", 503, ""),
        text(Protocol::Dvsa, "timeout", 504, "<html>Gateway timeout</html>"),
        text(Protocol::Dvsa, "html", 502, "<html><body>Bad gateway for AA19MOT</body></html>"),
    ]
}

pub(super) fn token() -> Vec<Row> {
    let row = |name, status, error: &str, description: &str| {
        let body = json!({"error": error, "error_description": format!("{description}: of client s3cret"), "error_codes": [1]});
        Row { name, protocol: Protocol::DvsaToken, script: Script::error(status, body) }
    };
    let mut waits = row("rate_limit_seconds", 429, "temporarily_unavailable", "AADSTS90055");
    waits.script = waits.script.header("retry-after", "9");
    let odd = |name, body| Row { name, protocol: Protocol::DvsaToken, script: Script::error(200, body) };
    vec![
        row("expired_secret", 401, "invalid_client", "AADSTS7000222"),
        row("wrong_secret", 401, "invalid_client", "AADSTS7000215"),
        row("wrong_client", 400, "unauthorized_client", "AADSTS700016"),
        row("wrong_tenant", 400, "invalid_request", "AADSTS90002"),
        row("wrong_scope", 400, "invalid_scope", "AADSTS70011"),
        waits,
        row("down", 503, "temporarily_unavailable", "AADSTS90033"),
        row("error", 500, "server_error", "AADSTS90019"),
        text(Protocol::DvsaToken, "html", 502, "<html>Bad gateway</html>"),
        odd("no_token", json!({"token_type": "Bearer", "expires_in": 1_199})),
        odd("another_type", json!({"token_type": "mac", "expires_in": 1_199, "access_token": "t"})),
        odd("no_header", json!({"token_type": "Bearer", "expires_in": 1_199, "access_token": "a\nb"})),
    ]
}
