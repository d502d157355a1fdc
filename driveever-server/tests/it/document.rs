//! The OpenAPI document that the routes make: complete, and without loose ends.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::{app, documented};

fn document() -> Value {
    let mut document = documented().into_openapi();
    driveever_server::openapi::complete(&mut document);
    serde_json::to_value(document).unwrap()
}

fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(target)) = fields.get("$ref") {
                found.insert(target.clone());
            }
            fields.values().for_each(|value| references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

#[test]
fn names_are_as_clients_write_them() {
    let document = document();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        for property in schema["properties"].as_object().into_iter().flatten() {
            assert!(!property.0.contains('_'), "{name}.{}", property.0);
        }
    }
}

#[test]
fn a_page_is_of_one_kind_only() {
    let document = document();
    let kinds = &document["components"]["schemas"]["PageBody_Prompt"]["oneOf"];
    let required = |kind: usize| kinds[kind]["required"].as_array().unwrap().clone();
    assert!(required(0).contains(&"total".into()) && required(1).contains(&"nextCursor".into()));
}

#[test]
fn every_schema_that_is_named_is_there() {
    let document = document();
    let mut names = BTreeSet::new();
    references(&document, &mut names);
    assert!(names.len() > 20);
    for name in names {
        let path = name.strip_prefix('#').unwrap();
        assert!(document.pointer(path).is_some(), "{name}");
    }
}

#[tokio::test]
async fn every_operation_is_named_once_and_needs_a_token_where_the_document_says_so() {
    let (document, app) = (document(), app());
    let mut names = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap();
            assert!(names.insert(name.to_owned()), "{name}");
            for status in ["401", "429", "500", "503"] {
                let reference = operation["responses"][status]["$ref"].as_str().unwrap();
                let response = document.pointer(reference.strip_prefix('#').unwrap()).unwrap();
                assert!(response["content"]["application/problem+json"].is_object(), "{name} {status}");
                assert!(response["headers"]["X-Request-Id"].is_object(), "{name} {status}");
            }
            let parameters = operation["parameters"].as_array().unwrap();
            let takes = |parameter: &str| {
                let reference = format!("#/components/parameters/{parameter}");
                parameters.iter().any(|taken| taken["$ref"] == reference.as_str())
            };
            assert!(takes("X-Request-Id") && takes("traceparent"), "{name}");
            assert_eq!(takes("Idempotency-Key"), method == "post", "{name}");
            assert_eq!(operation["responses"].get("422").is_some(), method == "post", "{name}");
            let filled = path.replace("{category}", "cost_analysis").replace("{label}", "production");
            let filled = filled.replace("{id}", "00000000-0000-7000-8000-00000000dead").replace("{number}", "1");
            let filled = filled.replace("{other}", "2").replace("{name}", "x");
            let answer = app.request(&method.to_uppercase(), &filled).send().await;
            let needs_token = operation.get("security").is_some();
            assert_eq!(answer.status == 401, needs_token, "{name}: {}", answer.status);
            let documented = operation["responses"].get(answer.status.to_string());
            assert!(documented.is_some(), "{name} answers {} undocumented", answer.status);
        }
    }
    assert!(names.len() > 40);
}
