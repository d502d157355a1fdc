//! The audit: filters, pages, roles; and that no event carries a secret or personal text.

use std::{path::Path, sync::Arc};

use driveever_core::{
    Actor, Error, Role,
    ai::{AiOptions, AiService, GenerateRequest, NewFeedback},
    audit::{AuditEntry, AuditFilter, AuditService, AuditTrail},
    event::{EventLog, EventQuery},
    page::{Page, PageRequest},
    time::Clock,
};

use crate::{
    ai::{answers, ask},
    models::{Act, Scripted, down, generated},
    support::{World, request_as, request_by, user_id, world},
};

async fn three_answers(world: &World) {
    let model = Scripted::new("first", &world.clock, []);
    let service = answers(world, &[&model], AiOptions::default());
    for user in [1, 1, 2] {
        service.generate(&request_by(user), ask()).await.unwrap();
    }
}

async fn entries(world: &World, filter: AuditFilter, page: &PageRequest) -> Page<AuditEntry> {
    AuditTrail::new(world.store.clone()).entries(&request_as(9, Role::Admin), &filter, page).await.unwrap()
}

#[tokio::test]
async fn entries_are_found_by_who_what_and_when() {
    let world = world();
    let began = world.clock.now();
    three_answers(&world).await;
    let first = PageRequest::First { limit: 100 };
    let all = entries(&world, AuditFilter::default(), &first).await;
    let all = all.data();
    assert_eq!(all.len(), 3);
    assert!(all.windows(2).all(|pair| pair[0].id > pair[1].id), "newest first");
    let newest = &all[0];
    assert_eq!((newest.actor, newest.request_id.as_str()), (Actor::User(user_id(2)), "request-1"));
    assert_eq!((newest.entity.as_str(), newest.context.as_str()), ("ai_response", "ai"));
    assert_eq!(newest.details["responseId"], newest.entity_id.to_string());

    let count = async |filter| entries(&world, filter, &PageRequest::default()).await.data().len();
    assert_eq!(count(AuditFilter { actor: Some(Actor::User(user_id(1))), ..AuditFilter::default() }).await, 2);
    assert_eq!(count(AuditFilter { entity: Some("order".into()), ..AuditFilter::default() }).await, 0);
    assert_eq!(count(AuditFilter { entity_id: Some(newest.entity_id), ..AuditFilter::default() }).await, 1);
    let event_type = Some("ai.response_generated".into());
    assert_eq!(count(AuditFilter { event_type, ..AuditFilter::default() }).await, 3);
    let (from, to) = (Some(all[1].at), Some(newest.at));
    assert_eq!(count(AuditFilter { from, to, ..AuditFilter::default() }).await, 1);
    assert_eq!(count(AuditFilter { from: Some(began), to: Some(began), ..AuditFilter::default() }).await, 0);
}

#[tokio::test]
async fn a_walk_by_cursor_sees_every_entry_once() {
    let world = world();
    three_answers(&world).await;
    let mut page = PageRequest::First { limit: 2 };
    let mut seen = Vec::new();
    loop {
        let Page::Cursor { data, next, .. } = entries(&world, AuditFilter::default(), &page).await else { panic!() };
        seen.extend(data.into_iter().map(|entry| entry.id));
        three_answers(&world).await;
        let Some(next) = next else { break };
        page = PageRequest::parse(None, Some(2), Some(&next.to_string())).unwrap();
    }
    assert_eq!(seen.len(), 3, "newer ones do not disturb the walk");
}

#[tokio::test]
async fn bad_input_is_named_and_only_admins_read() {
    let world = world();
    let audit = AuditTrail::new(world.store.clone());
    let filter = AuditFilter {
        entity: Some("x".repeat(101)),
        event_type: Some("a\0b".into()),
        from: Some("2026-11-23T09:30:01Z".parse().unwrap()),
        to: Some("2026-11-23T09:30:00Z".parse().unwrap()),
        ..AuditFilter::default()
    };
    let page = PageRequest::Numbered { page: 2, limit: 10 };
    let Err(Error::Invalid(faults)) = audit.entries(&request_as(9, Role::Admin), &filter, &page).await else {
        panic!()
    };
    let fields: Vec<_> = faults.iter().map(|fault| fault.field.as_str()).collect();
    assert_eq!(fields, ["entity", "type", "to", "page"]);
    for request in [request_by(1), request_as(1, Role::Analyst)] {
        let refused = audit.entries(&request, &AuditFilter::default(), &PageRequest::default()).await;
        assert!(matches!(refused, Err(Error::Forbidden { needs: "admin" })));
    }
}

#[tokio::test]
async fn what_users_write_does_not_reach_the_log() {
    let world = world();
    let model = Scripted::new("first", &world.clock, [Act::Answer(generated("SENTINEL answer")), Act::Fail(down())]);
    let service = answers(&world, &[&model], AiOptions::default());
    let personal = GenerateRequest {
        prompt: "SENTINEL prompt".into(),
        question: "SENTINEL question".into(),
        session_id: Some("SENTINEL session".into()),
        ..ask()
    };
    let response = service.generate(&request_by(1), personal.clone()).await.unwrap();
    service.generate(&request_by(1), personal).await.unwrap_err();
    let feedback = NewFeedback { rating: 5, helpful: None, comment: Some("SENTINEL comment".into()) };
    service.give_feedback(&request_by(1), response.id, feedback).await.unwrap();
    let log: Arc<dyn EventLog> = world.store.clone();
    let events = log.read(&EventQuery { limit: 100, ..EventQuery::default() }).await.unwrap();
    assert_eq!(events.len(), 3);
    assert!(events.iter().all(|stored| !stored.event.body.contains("SENTINEL")));
}

/// Words that a field of an event's body must not have among its own.
const FORBIDDEN: &[&str] = &[
    "email",
    "name",
    "password",
    "secret",
    "token",
    "hash",
    "question",
    "answer",
    "comment",
    "text",
    "title",
    "body",
    "description",
    "template",
    "registration",
    "address",
    "phone",
    "ip",
    "session",
    "note",
];
/// Fields that may hold text: names of kinds and codes, never what somebody wrote.
const TEXTS: &[&str] = &[
    "provider",
    "model",
    "fallback_from",
    "kind",
    "code",
    "status",
    "reason",
    "label",
    "from",
    "to",
    "currency",
    "product_type",
    "version",
    "payment_status",
    "role",
    "policy",
    "metric",
    "step",
    "outcome",
    // Names of the fields that a user changed, never their content.
    "fields",
    // What of an order is delayed: a fixed word.
    "what",
];

/// Fields of the event bodies declared in a source that break the rule.
fn offending(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    for block in source.split("event_body! {").skip(1) {
        let body = block.split("\n}").next().unwrap_or_default();
        for line in body.lines().map(str::trim) {
            let Some((name, kind)) = line.strip_prefix("pub ").and_then(|field| field.split_once(": ")) else {
                continue;
            };
            let flag = kind.starts_with("bool");
            let forbidden = !flag && name.split('_').any(|word| FORBIDDEN.contains(&word));
            // Counts of tokens are numbers.
            let counts = name.ends_with("_tokens") && kind.contains("u64");
            let text = kind.contains("String") || kind.contains("Value");
            let known = TEXTS.contains(&name) || name.ends_with("_code");
            if (forbidden && !counts) || (text && !known) {
                found.push(name.to_owned());
            }
        }
    }
    found
}

fn sources(folder: &Path, all: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, all);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            all.push((path.display().to_string(), std::fs::read_to_string(&path).unwrap()));
        }
    }
}

#[test]
fn no_event_body_has_room_for_secrets_or_personal_text() {
    let bad = "event_body! {\n    pub struct X as \"x.y\" {\n        pub user_email: UserEmail,\n        pub words: Option<String>,\n        pub prompt_tokens: Option<u64>,\n        pub status: String,\n    }\n}\n";
    assert_eq!(offending(bad), ["user_email", "words"], "the scan itself works");
    let mut all = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut all);
    let bodies = all.iter().filter(|(_, source)| source.contains("event_body! {")).count();
    assert!(bodies >= 2, "the scan finds the contexts' events");
    for (path, source) in all {
        assert_eq!(offending(&source), Vec::<String>::new(), "{path}");
    }
}
