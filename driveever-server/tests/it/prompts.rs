//! Prompts: made, found, edited, deleted, versions.

use serde_json::{Value, json};

use crate::support::{Answer, App, app};

pub(crate) fn new_prompt(name: &str) -> Value {
    json!({
        "name": name,
        "description": "Answers about brakes.",
        "category": "safety_assessment",
        "template": "Today is {{today}}.\n{{question}}",
        "variables": [
            { "name": "question", "type": "text", "required": true, "description": "The driver's words" },
            { "name": "today", "type": "text", "required": true },
        ],
        "expectedOutput": "A verdict.",
        "tags": ["brakes", "triage"],
        "metadata": { "author": "Ann", "optimizationLevel": "basic", "testResults": { "passed": 3 } },
    })
}

/// Makes a prompt; gives its path and its body.
pub(crate) async fn created(app: &App, name: &str) -> (String, Value) {
    let prompt = app.post("/prompts").token("editor-1").json(&new_prompt(name)).send().await.expect(201);
    (format!("/prompts/{}", prompt["id"].as_str().unwrap()), prompt)
}

pub(crate) async fn edited(app: &App, path: &str, edit: Value) -> Answer {
    app.request("PUT", path).token("editor-1").json(&edit).send().await
}

#[tokio::test]
async fn a_prompt_is_made_and_read() {
    let app = app();
    let mut new = new_prompt("brakes");
    new["variables"].as_array_mut().unwrap().push(json!({ "name": "spare", "type": "list", "required": false }));
    let made = app.post("/prompts").token("editor-1").json(&new).send().await;
    let mut prompt = made.expect(201);
    let path = format!("/prompts/{}", prompt["id"].as_str().unwrap());
    assert_eq!((made.header("location"), made.header("etag")), (Some(path.as_str()), Some("\"1\"")));
    assert_eq!(prompt["warnings"], json!(["the variable \"spare\" is declared and not used"]));
    assert_eq!((prompt["version"].clone(), prompt["versionNumber"].clone()), (json!("1.0.0"), json!(1)));
    assert_eq!(prompt["labels"], json!({ "latest": 1, "production": 1 }));
    for field in ["name", "description", "category", "template", "variables", "expectedOutput", "tags", "metadata"] {
        assert_eq!(prompt[field], new[field], "{field}");
    }
    let nothing = json!({ "averageRating": null, "totalUses": 0, "successRate": null, "averageResponseTime": null });
    assert_eq!(prompt["performance"], nothing);

    let read = app.get(&path).token("user-2").send().await;
    prompt.as_object_mut().unwrap().remove("warnings");
    assert_eq!((read.expect(200), read.header("etag")), (prompt.clone(), Some("\"1\"")));
    let known = app.get(&path).token("user-2").header("if-none-match", "W/\"1\", \"x\"").send().await;
    assert_eq!((known.status, known.text.as_str()), (304, ""));
    let named = app.get("/prompts/by-name/brakes").token("user-2").send().await;
    assert_eq!(named.expect(200), prompt);
}

#[tokio::test]
async fn editing_asks_for_the_role_and_reading_for_a_token() {
    let app = app();
    let (path, _) = created(&app, "brakes").await;
    let restore = format!("{path}/restore");
    let writes = [
        ("POST", "/prompts", Some(new_prompt("other"))),
        ("PUT", path.as_str(), Some(json!({ "isActive": false }))),
        ("DELETE", path.as_str(), None),
        ("POST", restore.as_str(), None),
    ];
    for (method, path, body) in writes {
        for token in ["user-2", "analyst-2"] {
            let sending = app.request(method, path).token(token);
            let sending = match &body {
                Some(body) => sending.json(body),
                None => sending,
            };
            assert_eq!(sending.send().await.problem(403), "forbidden", "{method} {path}");
        }
    }
    for path in [path.as_str(), "/prompts", "/prompts/by-name/brakes", "/prompts/category/cost_analysis"] {
        assert_eq!(app.get(path).send().await.problem(401), "authentication_required");
    }
}

#[tokio::test]
async fn every_bad_field_is_named() {
    let app = app();
    let fields = async |change: Value| {
        let mut prompt = new_prompt("brakes");
        for (name, value) in change.as_object().unwrap() {
            prompt[name] = value.clone();
        }
        app.post("/prompts").token("editor-1").json(&prompt).send().await.bad_fields()
    };
    assert_eq!(fields(json!({ "template": "{{colour}}" })).await, ["variables"]);
    assert_eq!(fields(json!({ "template": "{{", "name": " ", "tags": [""] })).await, ["name", "tags[0]", "template"]);
    let typed =
        json!({ "category": "cars", "template": 7, "performance": {}, "metadata": { "optimizationLevel": "x" } });
    assert_eq!(fields(typed).await, ["category", "metadata.optimizationLevel", "performance", "template"]);
    let variable = json!({ "variables": [{ "name": "question", "type": "date", "required": true, "size": 1 }] });
    assert_eq!(fields(variable).await, ["variables[0].size", "variables[0].type"]);

    created(&app, "brakes").await;
    let again = app.post("/prompts").token("editor-1").json(&new_prompt("brakes")).send().await;
    assert_eq!(again.problem(409), "name_taken");
    let missing = "/prompts/00000000-0000-7000-8000-00000000dead";
    assert_eq!(app.get(missing).token("user-1").send().await.problem(404), "not_found");
    assert_eq!(app.get("/prompts/7").token("user-1").send().await.bad_fields(), ["id"]);
    assert_eq!(app.request("PATCH", missing).token("user-1").send().await.problem(405), "method_not_allowed");
}

#[tokio::test]
async fn prompts_are_searched_and_paged() {
    let app = app();
    for name in ["a brakes", "b tyres", "c lamps"] {
        created(&app, name).await;
        app.clock.advance(std::time::Duration::from_secs(1));
    }
    let (path, _) = created(&app, "d oil").await;
    edited(&app, &path, json!({ "category": "maintenance_guidance", "isActive": false, "tags": ["oil"] }))
        .await
        .expect(200);
    let names = async |query: &str| {
        let page = app.get(&format!("/prompts{query}")).token("user-1").send().await.expect(200);
        page["data"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names("").await, ["d oil", "c lamps", "b tyres", "a brakes"]);
    assert_eq!(names("?sort=name&limit=2&page=2").await, ["c lamps", "d oil"]);
    assert_eq!(names("?sort=-name&active=true&limit=1").await, ["c lamps"]);
    assert_eq!(names("?active=false").await, ["d oil"]);
    assert_eq!(names("?tag=oil&category=maintenance_guidance").await, ["d oil"]);
    assert_eq!(names("?q=tyres").await, ["b tyres"]);
    assert!(names("?minRating=1").await.is_empty());
    assert_eq!(names("/category/safety_assessment?limit=2").await, ["c lamps", "b tyres"]);
    assert!(names("/category/maintenance_guidance").await.is_empty());

    let bad = "/prompts?category=cars&active=yes&minRating=NaN&sort=size&limit=0&colour=red";
    let fields = app.get(bad).token("user-1").send().await.bad_fields();
    assert_eq!(fields, ["active", "category", "colour", "limit", "minRating", "sort"]);
    assert_eq!(app.get("/prompts/category/cars").token("user-1").send().await.bad_fields(), ["category"]);

    let first = app.get("/prompts?limit=3&cursor=").token("user-1").send().await.expect(200);
    let cursor = first["nextCursor"].as_str().unwrap();
    assert_eq!(names(&format!("?limit=3&cursor={cursor}")).await, ["a brakes"]);
    let elsewhere = format!("/prompts?sort=name&cursor={cursor}");
    assert_eq!(app.get(&elsewhere).token("user-1").send().await.bad_fields(), ["cursor"]);
}

#[tokio::test]
async fn a_change_of_what_it_says_makes_a_version() {
    let app = app();
    let (path, _) = created(&app, "brakes").await;
    let renamed = edited(&app, &path, json!({ "name": "Brakes" })).await.expect(200);
    assert_eq!((renamed["versionNumber"].clone(), renamed["revision"].clone()), (json!(1), json!(2)));
    let change = json!({ "template": "{{question}} {{today}}!", "bump": "major", "changeNote": "Shorter" });
    let changed = edited(&app, &path, change).await.expect(200);
    assert_eq!((changed["version"].clone(), changed["versionNumber"].clone()), (json!("2.0.0"), json!(2)));
    assert_eq!(changed["labels"], json!({ "latest": 2, "production": 1 }));
    assert_eq!(edited(&app, &path, json!({ "bump": "huge" })).await.bad_fields(), ["bump"]);

    let versions = app.get(&format!("{path}/versions")).token("user-1").send().await.expect(200);
    assert_eq!((versions["total"].clone(), versions["data"][0]["changeNote"].clone()), (json!(2), json!("Shorter")));
    let first = app.get(&format!("{path}/versions/1")).token("user-1").send().await.expect(200);
    assert_eq!((first["version"].clone(), first.get("changeNote")), (json!("1.0.0"), None));
    assert_eq!(app.get(&format!("{path}/versions/3")).token("user-1").send().await.problem(404), "not_found");
    for bad in ["0", "-1", "x", "99999999999"] {
        let answer = app.get(&format!("{path}/versions/{bad}")).token("user-1").send().await;
        assert_eq!(answer.bad_fields(), ["number"], "{bad}");
    }
    let diff = app.get(&format!("{path}/versions/1/diff/2")).token("user-1").send().await.expect(200);
    assert!(diff["unified"].as_str().unwrap().contains("+{{question}} {{today}}!"));
    assert_eq!(diff["fields"][0]["field"], "template");

    let by_name = async |query: &str| app.get(&format!("/prompts/by-name/Brakes{query}")).token("user-1").send().await;
    assert_eq!(by_name("").await.expect(200)["versionNumber"], 1);
    assert_eq!(by_name("?label=latest").await.expect(200)["versionNumber"], 2);
    assert_eq!(by_name("?version=2").await.expect(200)["versionNumber"], 2);
    assert_eq!(by_name("?label=staging").await.problem(404), "not_found");
    assert_eq!(by_name("?label=latest&version=2").await.bad_fields(), ["version"]);
    assert_eq!(by_name("?version=two").await.bad_fields(), ["version"]);
}

#[tokio::test]
async fn a_stale_edit_is_refused() {
    let app = app();
    let (path, _) = created(&app, "brakes").await;
    let edit = async |tag: &str| {
        let sending = app.request("PUT", &path).token("editor-1").header("if-match", tag);
        sending.json(&json!({ "description": tag })).send().await
    };
    assert_eq!(edit("\"1\"").await.expect(200)["revision"], 2);
    assert_eq!(edit("\"1\"").await.problem(412), "precondition_failed");
    assert_eq!(edit("W/\"2\"").await.problem(412), "precondition_failed");
    assert_eq!(edit("\"2\"").await.expect(200)["revision"], 3);
    let deleted = app.request("DELETE", &path).token("editor-1").header("if-match", "\"2\"").send().await;
    assert_eq!(deleted.problem(412), "precondition_failed");
}

#[tokio::test]
async fn a_deleted_prompt_is_gone_until_it_is_restored() {
    let app = app();
    let (path, prompt) = created(&app, "brakes").await;
    let restore = format!("{path}/restore");
    assert_eq!(app.post(&restore).token("editor-1").send().await.problem(404), "not_found");
    let told = app.post(&restore).token("editor-1").json(&json!({ "reason": "missed" })).send().await;
    assert_eq!(told.bad_fields(), ["reason"], "nothing that is told here would be kept");
    let deleted = app.request("DELETE", &path).token("editor-1").send().await.expect(200);
    assert!(deleted["message"].as_str().unwrap().contains("deleted"));
    for gone in [path.clone(), format!("{path}/versions"), "/prompts/by-name/brakes".to_owned()] {
        assert_eq!(app.get(&gone).token("user-1").send().await.problem(404), "not_found", "{gone}");
    }
    assert_eq!(app.request("DELETE", &path).token("editor-1").send().await.problem(404), "not_found");
    let restored = app.post(&restore).token("editor-1").send().await.expect(200);
    assert_eq!((&restored["id"], &restored["template"]), (&prompt["id"], &prompt["template"]));
    app.get(&path).token("user-1").send().await.expect(200);
}

#[tokio::test]
async fn a_repeated_creation_makes_one_prompt() {
    let app = app();
    let keyed = async |name: &str| {
        let sending = app.post("/prompts").token("editor-1").header("idempotency-key", "\"one\"");
        sending.json(&new_prompt(name)).send().await
    };
    let (first, second) = (keyed("brakes").await, keyed("brakes").await);
    assert_eq!((first.expect(201), first.header("location")), (second.expect(201), second.header("location")));
    assert_eq!(second.header("idempotency-replayed"), Some("true"));
    assert_eq!(keyed("other").await.problem(422), "idempotency_key_reused");
}
