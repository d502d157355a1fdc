//! Bad input that only a rule can tell: registrations, templates, amounts, addresses, states, keys and sessions.

use serde_json::{Value, json};

use crate::whole::{PASSWORD, Whole};

/// Every invalid vector of the registration rules.
const NO_MARKS: [&str; 29] = [
    "AB01 XYZ",
    "AB50 XYZ",
    "AB00 XYZ",
    "ZA19 ABC",
    "AI19 ABC",
    "QA19 ABC",
    "AB19 QBC",
    "AB19 IBC",
    "U12 ABC",
    "Z12 ABC",
    "A012 ABC",
    "ABC 123Z",
    "ABC 1234",
    "S0",
    "AB19 A8C",
    "ABI9 ABC",
    "ABI2 CD",
    "ABCDEFG",
    "12345 A",
    "Q1 ZZZ",
    "AB19ABCD",
    "ABZ 12345",
    "A",
    "",
    " -. ",
    "AB19 AB#",
    "AB19\nABC",
    "\u{202e}AB19ABC",
    "\u{ff21}B19ABC",
];

struct Asked<'a> {
    whole: &'a Whole,
    token: String,
}

impl Asked<'_> {
    async fn refused(&self, method: &str, path: &str, body: &Value, status: u16, code: &str) -> Value {
        let said = self.whole.request(method, path).token(&self.token).json(body).send().await;
        assert_eq!(said.status, status, "{method} {path} {body:.200}: {:.300}", said.text);
        let problem = said.problem(path);
        assert_eq!(problem["code"], code, "{method} {path} {body:.200}: {:.300}", said.text);
        problem
    }

    async fn named(&self, method: &str, path: &str, body: &Value, field: &str) {
        let problem = self.refused(method, path, body, 400, "invalid_input").await;
        let errors = problem["errors"].as_array().unwrap();
        assert!(errors.iter().any(|error| error["field"] == field), "{path} {body:.200}: {problem}");
    }

    async fn done(&self, method: &str, path: &str, body: &Value) -> Value {
        let said = self.whole.request(method, path).token(&self.token).json(body).send().await;
        assert!(said.status < 300, "{method} {path}: {:.300}", said.text);
        if said.text.is_empty() { Value::Null } else { said.json() }
    }
}

#[tokio::test]
async fn no_registration_mark_is_taken_for_one() {
    let whole = Whole::start().await;
    let ann = Asked { whole: &whole, token: whole.log_in("ann@example.org").await };
    let before = whole.stored().await;
    for mark in NO_MARKS {
        for (path, body) in [
            ("/api/vehicles", json!({"registrationNumber": mark})),
            ("/api/vehicles/lookup", json!({"registrationNumber": mark})),
            ("/api/orders", json!({"question": "Is it safe?", "registrationNumber": mark})),
        ] {
            let problem = ann.refused("POST", path, &body, 400, "invalid_input").await;
            assert_eq!(problem["errors"][0]["field"], "registrationNumber", "{mark:?}: {problem}");
        }
    }
    assert_eq!(whole.stored().await, before);
}

#[tokio::test]
async fn templates_that_do_not_hold_are_refused() {
    let whole = Whole::start().await;
    let editor = Asked { whole: &whole, token: whole.admin().await };
    let before = whole.stored().await;
    let prompt = |template: &str, variables: Value| {
        json!({
            "name": "A prompt", "description": "For tests.", "category": "vehicle_advice", "template": template,
            "variables": variables, "expectedOutput": "", "tags": [],
        })
    };
    let declared = json!([{"name": "question", "type": "text", "required": true}]);
    for template in [
        "{{ question",
        "{{ }}",
        "{{ question }} }}{{",
        "{% for x in question %}{{ x }}{% endfor %}",
        "{% include 'x' %}",
        "{{ self.question }}",
        "{{ question | upper }}",
        "{{ question() }}",
        "{{ question.__class__ }}",
        "{{{{ question }}}}",
    ] {
        for (path, body) in [
            ("/api/prompts", prompt(template, declared.clone())),
            (
                "/api/prompts/render",
                json!({"template": template, "declared": declared, "variables": {"question": "?"}}),
            ),
        ] {
            editor.named("POST", path, &body, "template").await;
        }
    }
    editor.named("POST", "/api/prompts", &prompt("{{ question }} {{ other }}", declared.clone()), "variables").await;
    let twice = json!([declared[0], declared[0]]);
    editor.named("POST", "/api/prompts", &prompt("{{ question }}", twice), "variables[1].name").await;
    for name in ["1st", "a b", "ä", "", "none"] {
        let odd = json!([{"name": name, "type": "text", "required": true}]);
        editor.named("POST", "/api/prompts", &prompt("Words.", odd), "variables[0].name").await;
    }
    let render = |values: Value| json!({"template": "{{ question }}", "declared": declared, "variables": values});
    editor.named("POST", "/api/prompts/render", &render(json!({})), "variables.question").await;
    editor.named("POST", "/api/prompts/render", &render(json!({"question": 7})), "variables.question").await;
    editor.named("POST", "/api/prompts/render", &render(json!({"question": "?", "more": 1})), "variables.more").await;
    // A value is data: what looks like a template in it is not one.
    let said = editor.done("POST", "/api/prompts/render", &render(json!({"question": "{{ question }}"}))).await;
    assert_eq!(said["text"], "{{ question }}");
    assert_eq!(whole.stored().await, before);
}

#[tokio::test]
async fn quantities_amounts_and_currencies_are_bounded() {
    let whole = Whole::start().await;
    let admin = Asked { whole: &whole, token: whole.admin().await };
    let products = admin.done("GET", "/api/products", &json!({})).await;
    let other = products.as_array().unwrap().iter().find(|product| product["productType"] != "ai_response").unwrap();
    let before = whole.stored().await;
    let line = |quantity: Value| json!({"items": [{"productId": other["id"], "quantity": quantity}]});
    for quantity in [json!(0), json!(-1), json!(101), json!(i64::MAX), json!(i64::MIN)] {
        admin.named("POST", "/api/orders", &line(quantity), "items[0].quantity").await;
    }
    for quantity in [json!(1.5), json!(1e30), json!(u64::MAX), json!("1"), Value::Null] {
        admin.named("POST", "/api/orders", &line(quantity), "items[0].quantity").await;
    }
    let many = json!({"items": vec![json!({"productId": other["id"], "quantity": 1}); 51]});
    admin.named("POST", "/api/orders", &many, "items").await;
    // Prices and currencies are the catalogue's: an order cannot bring one, and so cannot mix them.
    for field in ["unitPrice", "currency", "totalPrice", "name", "productType"] {
        let mut body = line(json!(1));
        body["items"][0][field] = json!("USD");
        admin.refused("POST", "/api/orders", &body, 400, "invalid_input").await;
    }
    for field in ["currency", "totalAmount", "status", "userId", "paymentStatus"] {
        let mut body = line(json!(1));
        body[field] = json!("USD");
        admin.named("POST", "/api/orders", &body, field).await;
    }
    let me = admin.done("GET", "/api/users/me", &json!({})).await;
    let path = format!("/api/users/{}/credit", me["id"].as_str().unwrap());
    let grant = |amount: Value, currency: &str| json!({"amount": amount, "currency": currency, "reason": "A test"});
    for amount in [json!(0), json!(-1), json!(10_000_001), json!(i64::MAX), json!(0.5)] {
        admin.named("POST", &path, &grant(amount, "GBP"), "amount").await;
    }
    for currency in ["gbp", "XXX1", "", "Pound", "£"] {
        admin.named("POST", &path, &grant(json!(1), currency), "currency").await;
    }
    assert_eq!(whole.stored().await, before);
}

#[tokio::test]
async fn what_belongs_to_another_state_is_refused() {
    let whole = Whole::start().await;
    let ann = Asked { whole: &whole, token: whole.log_in("ann@example.org").await };
    let vehicle = ann.done("POST", "/api/vehicles", &json!({"registrationNumber": "L2 WPS"})).await;
    let path = format!("/api/vehicles/{}", vehicle["id"].as_str().unwrap());
    ann.done("PUT", &path, &json!({"metadata": {"insuranceProvider": "Somebody"}})).await;
    let before = whole.stored().await;
    // Stale, weak and odd conditions.
    for condition in ["\"1\"", "W/\"2\"", "\"4294967295\"", "\"\"", "\"x\""] {
        for method in ["PUT", "DELETE"] {
            let asking = whole.request(method, path.clone()).token(&ann.token).header("if-match", condition);
            let said = asking.json(&json!({"make": "Ford"})).send().await;
            assert_eq!((said.status, said.problem(condition)["code"].as_str()), (412, Some("precondition_failed")));
        }
    }
    for condition in ["2", "", "\u{e9}", "revision"] {
        let asking = whole.request("PUT", path.clone()).token(&ann.token).header("if-match", condition);
        let said = asking.json(&json!({"make": "Ford"})).send().await;
        assert_eq!(
            (said.status, said.problem(condition)["code"].as_str()),
            (400, Some("invalid_input")),
            "{condition:?}"
        );
    }
    assert_eq!(whole.stored().await, before);
    // Gone is gone, for every way to ask.
    let said = whole.request("DELETE", path.clone()).token(&ann.token).send().await;
    assert_eq!(said.status, 204, "{}", said.text);
    let before = whole.stored().await;
    for (method, path) in [
        ("GET", path.clone()),
        ("PUT", path.clone()),
        ("DELETE", path.clone()),
        ("GET", format!("{path}/report")),
        ("GET", format!("{path}/mot-history")),
        ("POST", format!("{path}/refresh")),
    ] {
        ann.refused(method, &path, &json!({}), 404, "not_found").await;
    }
    let order = json!({"question": "Is it safe?", "vehicleId": vehicle["id"]});
    ann.refused("POST", "/api/orders", &order, 404, "not_found").await;
    assert_eq!(ann.done("GET", "/api/vehicles", &json!({})).await["total"], 0);
    assert_eq!(whole.stored().await, before);
}

#[tokio::test]
async fn accounts_and_sessions_hold_their_rules() {
    let whole = Whole::start().await;
    let nobody = Asked { whole: &whole, token: whole.log_in("ann@example.org").await };
    let account = |email: &str, password: &str, name: &str| json!({"email": email, "password": password, "name": name});
    let before = whole.stored().await;
    // The same address in other letters and with white space is the same account.
    for email in ["Ann@Example.ORG", " ann@example.org "] {
        let said = whole.request("POST", "/api/users/register").json(&account(email, PASSWORD, "Ann")).send().await;
        assert!(matches!(said.status, 400 | 409), "{email}: {}", said.text);
        said.problem(email);
    }
    for email in
        ["", " ", "ann", "ann@", "@example.org", "a nn@example.org", "ann@example.org\0", "ann@\u{202e}example.org"]
    {
        nobody.named("POST", "/api/users/register", &account(email, PASSWORD, "Ann"), "email").await;
    }
    let long = "x".repeat(129);
    for password in ["", "short", "aaaaaaaaaaaaaaaaaaaa", &long] {
        nobody.named("POST", "/api/users/register", &account("new@example.org", password, "Ann"), "password").await;
    }
    for name in ["", " ", "a\nb", "a\0b", "\u{202e}ab", &"x".repeat(101)] {
        nobody.named("POST", "/api/users/register", &account("new@example.org", PASSWORD, name), "name").await;
    }
    assert_eq!(whole.stored().await, before);
    // A refresh token that was used ends the session when it is shown again, with the token that came of it.
    let first = whole.tokens("ann@example.org").await;
    let refresh = async |token: &Value| {
        let body = json!({"refreshToken": token});
        whole.request("POST", "/api/auth/refresh").json(&body).send().await
    };
    let second = refresh(&first["refreshToken"]).await;
    assert_eq!(second.status, 200, "{}", second.text);
    let second = second.json();
    for token in [&first["refreshToken"], &second["refreshToken"], &json!("unknown"), &json!("")] {
        let said = refresh(token).await;
        assert_eq!(said.status, 401, "{}", said.text);
        let problem = said.problem("refresh");
        assert_eq!(problem["detail"], "the refresh token is invalid or expired: log in", "{problem}");
    }
    let said = whole.request("GET", "/api/users/me").token(second["accessToken"].as_str().unwrap()).send().await;
    assert_eq!(said.status, 401, "{}", said.text);
}

#[tokio::test]
async fn idempotency_keys_are_checked_and_bound_to_their_body() {
    let whole = Whole::start().await;
    let token = whole.log_in("ann@example.org").await;
    let before = whole.stored().await;
    let ask = async |key: &str, question: &str| {
        let asking = whole.request("POST", "/api/orders").token(&token).header("idempotency-key", key);
        asking.json(&json!({"question": question})).send().await
    };
    for key in ["", "\"\"", "a b", "\"open", "a\"b", "\u{e9}", &"x".repeat(256)] {
        let said = ask(key, "When is my MOT due?").await;
        let problem = said.problem(key);
        assert_eq!((said.status, problem["errors"][0]["field"].as_str()), (400, Some("Idempotency-Key")), "{problem}");
    }
    assert_eq!(whole.stored().await, before);
    let first = ask("\"one\"", "When is my MOT due?").await;
    assert_eq!(first.status, 201, "{}", first.text);
    let again = ask("one", "When is my MOT due?").await;
    assert_eq!((again.status, &again.text), (201, &first.text));
    assert_eq!(again.headers["idempotency-replayed"], "true");
    let other = ask("one", "Is my car safe?").await;
    assert_eq!((other.status, other.problem("reused")["code"].as_str()), (422, Some("idempotency_key_reused")));
    // A refusal that is kept names the request that asks now.
    let cancel = format!("/api/orders/{}/cancel", first.json()["id"].as_str().unwrap());
    let mut ids = Vec::new();
    for _ in 0..2 {
        let said = whole.request("POST", cancel.clone()).token(&token).header("idempotency-key", "two").send().await;
        assert_eq!(said.status, 409, "{}", said.text);
        ids.push(said.problem("cancel")["requestId"].clone());
    }
    assert_ne!(ids[0], ids[1]);
}
