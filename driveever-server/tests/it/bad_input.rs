//! Bad input of every kind against every operation of the document that takes such input: a clear 4xx problem that names
//! every fault, nothing stored, nothing of it in the log, the server alive.

use serde_json::{Value, json};

use crate::whole::{Log, Operation, Said, Whole};

/// What no log line may hold.
const MARKER: &str = "zanzibar7";

/// A server, an admin who may do everything, and what was there before.
struct Trial {
    whole: Whole,
    /// Things that are there, by the beginning of the paths that take their ids.
    ids: Vec<(&'static str, String)>,
    admin: String,
    log: Log,
    before: std::collections::BTreeMap<&'static str, (usize, Option<uuid::Uuid>)>,
    cases: usize,
    wrong: Vec<String>,
}

impl Trial {
    async fn begin() -> Self {
        let whole = Whole::start().await;
        let admin = whole.admin().await;
        let ids = ids(&whole, &admin).await;
        let before = whole.stored().await;
        Self { whole, ids, admin, log: Log::default(), before, cases: 0, wrong: Vec::new() }
    }

    /// Notes an answer that is not one of these statuses with a problem, or whose faults do not name the field.
    fn judge(&mut self, case: &str, said: &Said, statuses: &[u16], field: Option<&str>) {
        self.cases += 1;
        let mut faults = Vec::new();
        if !statuses.contains(&said.status) {
            faults.push(format!("{case}: {} {:.300}", said.status, said.text));
        } else if said.status == 400 {
            let problem = said.problem(case);
            let named = |field: &str| {
                let errors = problem["errors"].as_array().into_iter().flatten();
                errors
                    .filter_map(|error| error["field"].as_str())
                    .any(|named| named.split(['.', '[']).next() == Some(field))
            };
            if problem["code"] != "invalid_input" || !field.is_none_or(named) {
                faults.push(format!("{case}: {:.300}", said.text));
            }
        } else {
            said.problem(case);
        }
        self.wrong.append(&mut faults);
    }

    async fn end(self, at_least: usize) {
        assert!(self.wrong.is_empty(), "{} of {}:\n{}", self.wrong.len(), self.cases, self.wrong.join("\n"));
        assert!(self.cases >= at_least, "only {} cases", self.cases);
        assert_eq!(self.whole.stored().await, self.before, "something was stored");
        let log = self.log.text();
        let line = log.lines().find(|line| line.contains(MARKER));
        assert!(line.is_none(), "logged in clear: {line:?}");
        assert!(!log.contains("ERROR"), "{log}");
        let alive = self.whole.request("GET", "/api/health").send().await;
        assert_eq!(alive.status, 200, "{}", alive.text);
    }

    async fn send(&self, operation: &Operation, content_type: &str, body: impl Into<Vec<u8>>) -> Said {
        let found = self.ids.iter().find(|(prefix, _)| operation.path.starts_with(prefix));
        let id: &[(&str, &str)] = match found {
            Some((_, id)) => &[("id", id)],
            None => &[],
        };
        let asking = self.whole.request(&operation.method, operation.path_with(id)).token(&self.admin);
        asking.bytes(content_type, body).send().await
    }

    fn operations_with_bodies(&self) -> Vec<Operation> {
        self.whole.operations().into_iter().filter(|operation| operation.body().is_some()).collect()
    }

    /// The properties of an operation's body.
    fn properties(&self, operation: &Operation) -> Vec<(String, Value)> {
        let schema = self.whole.filled(operation.body().unwrap());
        let properties = schema["properties"].as_object().into_iter().flatten();
        properties.map(|(name, schema)| (name.clone(), self.whole.filled(schema).clone())).collect()
    }

    /// A good body with one field replaced.
    fn body_with(&self, operation: &Operation, name: &str, value: Value) -> String {
        let mut body = self.whole.sample(operation.body().unwrap());
        body[name] = value;
        body.to_string()
    }
}

/// One thing of each kind.
async fn ids(whole: &Whole, admin: &str) -> Vec<(&'static str, String)> {
    let post = async |path: &str, body: Value| {
        let said = whole.request("POST", path).token(admin).json(&body).send().await;
        assert!(said.status < 300, "{path}: {}", said.text);
        said.json()
    };
    let vehicle = post("/api/vehicles", json!({"registrationNumber": "L2 WPS"})).await;
    let order = post("/api/orders", json!({"question": "When is my MOT due?"})).await;
    whole.wired.app.settle().await.unwrap();
    let me = whole.request("GET", "/api/users/me").token(admin).send().await.json();
    let prompt = whole.request("GET", "/api/prompts?limit=1").token(admin).send().await.json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    vec![
        ("/api/vehicles/{id}", text(&vehicle["id"])),
        ("/api/orders/{id}", text(&order["id"])),
        ("/api/ai/responses/{id}", text(&order["advice"]["id"])),
        ("/api/prompts/exposures/{id}", text(&order["id"])),
        ("/api/prompts/{id}", text(&prompt["data"][0]["id"])),
        ("/api/users/{id}", text(&me["id"])),
    ]
}

/// Bodies that are no JSON object at all.
fn broken() -> Vec<(&'static str, Vec<u8>)> {
    let nested = |open: &str, depth: usize| open.repeat(depth).into_bytes();
    vec![
        ("cut off", format!("{{\"{MARKER}\": \"wor").into_bytes()),
        ("not JSON", MARKER.into()),
        ("NaN", format!("{{\"{MARKER}\": NaN}}").into_bytes()),
        ("two values", b"{} {}".to_vec()),
        ("arrays 200,000 deep", nested("[", 200_000)),
        ("objects 100,000 deep", nested("{\"a\":", 100_000)),
        ("a closed nest", [nested("{\"a\":", 1_000), b"1".to_vec(), nested("}", 1_000)].concat()),
        ("an array", b"[]".to_vec()),
        ("a text", format!("\"{MARKER}\"").into_bytes()),
        ("a number", b"7".to_vec()),
        ("not UTF-8", b"{\"a\": \"\xff\xfe\"}".to_vec()),
        ("a lone surrogate", br#"{"a": "\ud800"}"#.to_vec()),
        ("a trailing comma", b"{\"a\": 1,}".to_vec()),
        ("a control character", b"{\"a\": \"\x00\"}".to_vec()),
    ]
}

#[tokio::test]
async fn bodies_that_are_no_objects() {
    let mut trial = Trial::begin().await;
    let log = trial.log.clone();
    let _listening = log.listen();
    for operation in trial.operations_with_bodies() {
        for (what, body) in broken() {
            let said = trial.send(&operation, "application/json", body).await;
            trial.judge(&format!("{} {what}", operation.id), &said, &[400], None);
        }
        let required = operation.raw["requestBody"]["required"] == true;
        if required {
            let said = trial.send(&operation, "application/json", "").await;
            trial.judge(&format!("{} nothing", operation.id), &said, &[400], None);
        }
        let good = trial.whole.sample(operation.body().unwrap()).to_string();
        for content_type in [
            "text/plain",
            "application/json; charset=latin-1",
            "application/x-www-form-urlencoded",
            "application/xml",
            "nonsense",
            "",
        ] {
            let said = trial.send(&operation, content_type, good.clone()).await;
            trial.judge(&format!("{} as {content_type}", operation.id), &said, &[415], None);
        }
        let huge = format!("{{\"{MARKER}\": \"{}\"}}", "x".repeat(10 << 20));
        let said = trial.send(&operation, "application/json", huge).await;
        trial.judge(&format!("{} 10 MB", operation.id), &said, &[413], None);
    }
    trial.end(500).await;
}

#[tokio::test]
async fn fields_that_are_unknown_missing_or_of_another_type_are_named_together() {
    let mut trial = Trial::begin().await;
    let log = trial.log.clone();
    let _listening = log.listen();
    for operation in trial.operations_with_bodies() {
        let properties = trial.properties(&operation);
        let mut body = serde_json::Map::new();
        for (name, schema) in &properties {
            let object = is(schema, "object") || schema.get("properties").is_some();
            body.insert(name.clone(), if object { json!([MARKER]) } else { json!({"zanzibar": 7}) });
        }
        body.insert("colour".to_owned(), json!(MARKER));
        let said = trial.send(&operation, "application/json", Value::Object(body).to_string()).await;
        for (name, _) in &properties {
            trial.judge(&format!("{}.{name} of another type", operation.id), &said, &[400], Some(name));
        }
        trial.judge(&format!("{}.colour", operation.id), &said, &[400], Some("colour"));
        let schema = trial.whole.filled(operation.body().unwrap());
        let required: Vec<String> =
            schema["required"].as_array().into_iter().flatten().map(|name| name.as_str().unwrap().to_owned()).collect();
        if !required.is_empty() {
            let said = trial.send(&operation, "application/json", "{}").await;
            for name in &required {
                trial.judge(&format!("{}.{name} missing", operation.id), &said, &[400], Some(name));
            }
        }
        let mut body = trial.whole.sample(operation.body().unwrap());
        for forbidden in ["roles", "userId", "unitPrice", "isAdmin", "__proto__", "id"] {
            if properties.iter().any(|(name, _)| name == forbidden) {
                continue;
            }
            body[forbidden] = json!(1);
            let said = trial.send(&operation, "application/json", body.to_string()).await;
            trial.judge(&format!("{}.{forbidden}", operation.id), &said, &[400], Some(forbidden));
        }
    }
    trial.end(300).await;
}

fn is(schema: &Value, kind: &str) -> bool {
    schema["type"] == kind || schema["type"].as_array().is_some_and(|kinds| kinds.contains(&json!(kind)))
}

/// Values that a field of this schema must refuse.
fn bad_values(schema: &Value) -> Vec<(&'static str, Value)> {
    let is = |kind: &str| is(schema, kind);
    let mut bad = Vec::new();
    if is("integer") {
        bad.extend([
            ("a fraction", json!(1.5)),
            ("a float", json!(1.0)),
            ("far too large", json!(1e30)),
            ("over 64 bits", json!(u64::MAX)),
            ("as text", json!("1")),
            ("true", json!(true)),
        ]);
        if let Some(least) = schema["minimum"].as_i64() {
            bad.push(("below the least", json!(least - 1)));
            bad.push(("the least there is", json!(i64::MIN)));
        }
        if let Some(most) = schema["maximum"].as_i64().filter(|most| *most < 9_999) {
            bad.push(("above the most", json!(most + 1)));
        }
    } else if schema.get("enum").is_some() {
        bad.extend([("an unknown name", json!(MARKER)), ("in other letters", json!("Vehicle_Advice"))]);
    } else if is("string") {
        let text = schema["format"] != "password" && schema["format"] != "uuid" && schema["format"] != "date";
        match schema["format"].as_str() {
            Some("uuid") => bad.extend([("no UUID", json!(MARKER)), ("a short one", json!("0197c9c5"))]),
            Some("date") => bad.extend([("no date", json!(MARKER)), ("a 13th month", json!("2026-13-01"))]),
            _ => {}
        }
        if text {
            bad.extend([
                ("NUL", json!(format!("{MARKER}\0"))),
                ("escape", json!(format!("{MARKER}\u{1b}[31m"))),
                ("right to left", json!(format!("{MARKER}\u{202e}"))),
                ("900 kB", json!("x".repeat(900_000))),
            ]);
        }
        if text && schema["minLength"].as_u64().is_some_and(|least| least > 0) {
            bad.extend([("empty", json!("")), ("blank", json!(" \t "))]);
        }
    } else if is("boolean") {
        bad.extend([("as text", json!("true")), ("one", json!(1))]);
    }
    bad
}

/// Fields whose text is looked up or compared and never stored: anything that is not known is refused or found nowhere.
const NOT_CHECKED: [(&str, &str); 3] =
    [("create_session", "email"), ("refresh_session", "refreshToken"), ("delete_session", "refreshToken")];

#[tokio::test]
async fn values_out_of_bounds_are_named() {
    let mut trial = Trial::begin().await;
    let log = trial.log.clone();
    let _listening = log.listen();
    for operation in trial.operations_with_bodies() {
        for (name, schema) in trial.properties(&operation) {
            if NOT_CHECKED.contains(&(operation.id.as_str(), name.as_str())) {
                continue;
            }
            for (what, value) in bad_values(&schema) {
                let said = trial.send(&operation, "application/json", trial.body_with(&operation, &name, value)).await;
                let blank = matches!(what, "empty" | "blank");
                // An optional text that is blank is left out.
                let statuses: &[u16] = if blank { &[400, 404] } else { &[400] };
                trial.judge(&format!("{}.{name} {what}", operation.id), &said, statuses, Some(&name));
            }
            let text = schema["type"] == "string" && schema.get("enum").is_none();
            if text {
                let body = trial.body_with(&operation, &name, json!("@")).replace("\"@\"", "\"a\\ud800b\"");
                let said = trial.send(&operation, "application/json", body).await;
                trial.judge(&format!("{}.{name} a lone surrogate", operation.id), &said, &[400], None);
            }
        }
    }
    trial.end(400).await;
}

#[tokio::test]
async fn parameters_out_of_bounds_are_named() {
    let mut trial = Trial::begin().await;
    let log = trial.log.clone();
    let _listening = log.listen();
    let good_cursor =
        trial.whole.request("GET", "/api/prompts?cursor=&limit=1").token(&trial.admin).send().await.json();
    let good_cursor = good_cursor["nextCursor"].as_str().unwrap().to_owned();
    let mut tampered = good_cursor.clone().into_bytes();
    let middle = tampered.len() / 2;
    tampered[middle] = if tampered[middle] == b'A' { b'B' } else { b'A' };
    let tampered = String::from_utf8(tampered).unwrap();
    for operation in trial.whole.operations() {
        // Those that belong to the process and not to the API take anything, as load balancers send it.
        if operation.raw["tags"][0] == "system" {
            continue;
        }
        let path = operation.path_with(&[]);
        let mut cases: Vec<(String, &str)> =
            vec![("colour=red".to_owned(), "colour"), ("%ff=1".to_owned(), "%ff"), ("a=%zz".to_owned(), "a")];
        for parameter in operation.parameters("query") {
            let name = parameter["name"].as_str().unwrap();
            let schema = trial.whole.filled(&parameter["schema"]);
            let mut refuse = |values: &[&str]| {
                cases.extend(values.iter().map(|value| (format!("{name}={value}"), name)));
            };
            match (name, schema["type"].as_str(), schema["format"].as_str()) {
                ("limit", ..) => refuse(&["0", "-1", "101", "1000000000", "1e9", "1.5", "ten", "", "NaN"]),
                ("page", ..) => refuse(&["0", "-1", "9999999999", "1.0", ""]),
                ("cursor", ..) => refuse(&["nonsense", &tampered, &format!("{good_cursor}x"), "%00", "🦀"]),
                (_, Some("boolean"), _) => refuse(&["yes", "1", "", "TRUE"]),
                (_, Some("integer" | "number"), _) => refuse(&["0", "-1", "one", "1e99", ""]),
                (_, _, Some("uuid")) => refuse(&["1", MARKER, ""]),
                (_, _, Some("date-time")) => refuse(&["yesterday", "2026-13-01T00:00:00Z", "2026-11-24", ""]),
                (_, Some("string"), _) if schema.get("enum").is_some() => refuse(&[MARKER, ""]),
                ("sort", ..) => refuse(&[MARKER, "-", "name;drop"]),
                ("actor", ..) => refuse(&[MARKER, "user:1"]),
                ("provider", ..) => refuse(&[MARKER]),
                (_, Some("string"), _) if schema.get("pattern").is_some() => {
                    refuse(&["a%00b", "a%1Bb", "a%E2%80%AEb", &"x".repeat(2_000)]);
                }
                _ => {}
            }
            if matches!(name, "from") {
                cases.push(("from=2026-11-24T00:00:00Z&to=2026-11-23T00:00:00Z".to_owned(), "to"));
            }
        }
        for (query, field) in cases {
            let metric =
                if operation.id == "get_analytics_timeseries" && field != "metric" { "&metric=questions" } else { "" };
            let asking = trial.whole.request(&operation.method, format!("{path}?{query}{metric}")).token(&trial.admin);
            let asking = match operation.body() {
                Some(schema) => asking.json(&trial.whole.sample(schema)),
                None => asking,
            };
            let said = asking.send().await;
            trial.judge(&format!("{} ?{query:.60}", operation.id), &said, &[400], Some(field));
        }
        for parameter in operation.parameters("path") {
            let name = parameter["name"].as_str().unwrap();
            let schema = trial.whole.filled(&parameter["schema"]);
            let bad: &[&str] = match (schema["type"].as_str(), schema["format"].as_str()) {
                (_, Some("uuid")) => &[MARKER, "0", "0197c9c5-0000-7000-8000-00000000dea", "%00"],
                (Some("integer"), _) => &["0", "-1", "1.5", "99999999999", MARKER],
                _ if schema.get("enum").is_some() => &[MARKER, "VEHICLE_ADVICE"],
                _ if name == "label" => &["A", "a%20b", "-a", "%00"],
                _ => &[],
            };
            for value in bad {
                let path = operation.path_with(&[(name, value)]);
                let asking = trial.whole.request(&operation.method, path).token(&trial.admin);
                let asking = match operation.body() {
                    Some(schema) => asking.json(&trial.whole.sample(schema)),
                    None => asking,
                };
                let said = asking.send().await;
                trial.judge(&format!("{} {name}={value}", operation.id), &said, &[400], Some(name));
            }
        }
    }
    // Reading a golden prompt records that it was served; none of these got so far.
    trial.end(400).await;
}
