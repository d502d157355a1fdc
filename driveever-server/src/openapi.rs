//! The OpenAPI document, made from the routes.

mod text;

use std::iter;

use utoipa::{
    Modify, OpenApi, PartialSchema, ToSchema,
    openapi::{
        Components, OpenApi as Text, Ref, RefOr, Required,
        header::Header,
        path::{Operation, Parameter, ParameterBuilder, ParameterIn},
        response::Response,
        schema::{ObjectBuilder, Type},
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use crate::http::{
    documented::problem,
    problem::{FieldError, Problem},
};

/// What the document says of the whole.
#[derive(OpenApi, Debug)]
#[openapi(
    info(
        title = "DriveEver",
        description = "Answers a driver's question about a vehicle with the best-proven prompt of its library.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    components(schemas(Problem, FieldError)),
    modifiers(&Bearer),
)]
pub struct Document;

/// The scheme `bearer`: an access token from `/auth/login`.
struct Bearer;

impl Modify for Bearer {
    fn modify(&self, openapi: &mut Text) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(scheme));
    }
}

/// Headers that layers add to answers: which, and what they say.
const ANSWER_HEADERS: [(&str, &str); 7] = [
    ("X-Request-Id", "The request's id: the client's own, when it sent a fit one."),
    ("RateLimit-Policy", "The strictest policy of this route: `\"name\";q=requests;w=seconds`."),
    ("RateLimit", "What is left of it: `\"name\";r=requests;t=seconds`."),
    ("Retry-After", "In how many seconds to try again."),
    ("WWW-Authenticate", "`Bearer`; with `error=\"invalid_token\"` when the token is not good."),
    ("Idempotency-Replayed", "`true`: the answer is the one that this Idempotency-Key had before."),
    ("traceresponse", "The trace that this request is part of (W3C Trace Context): `00-trace-span-flags`."),
];

/// Problems that layers answer: component, status, meaning, and the headers that they have beside the common ones.
const PROBLEMS: [(&str, &str, &str, &[&str]); 9] = [
    ("BadInput", "400", "Bad input: every bad field, parameter and header is named.", &[]),
    ("Unauthenticated", "401", "No token where one is needed, or one that is not good.", &["WWW-Authenticate"]),
    (
        "Conflict",
        "409",
        "Not possible in the present state, or a request with this Idempotency-Key still runs; the code says which.",
        &["Retry-After"],
    ),
    ("BodyTooLarge", "413", "The body is larger than this server takes.", &[]),
    ("UnsupportedMediaType", "415", "The body is not `application/json`.", &[]),
    ("KeyReused", "422", "The Idempotency-Key was used with another body or path.", &[]),
    ("TooManyRequests", "429", "Too many requests.", &["Retry-After"]),
    ("InternalError", "500", "A fault of the server's.", &[]),
    ("Unavailable", "503", "The server, its store or what it needs is busy, too slow or down.", &["Retry-After"]),
];

/// Adds what the layers around every route do, which no route says of itself: the headers that they read and write, and
/// the problems that they answer.
pub fn complete(document: &mut Text) {
    let components = document.components.get_or_insert_default();
    add_components(components);
    components.schemas.values_mut().for_each(text::spell_out);
    for item in document.paths.paths.values_mut() {
        let posts = item.post.iter_mut().map(|operation| (operation, true));
        let others = [&mut item.get, &mut item.put, &mut item.patch, &mut item.delete].into_iter().flatten();
        for (operation, is_post) in posts.chain(others.map(|operation| (operation, false))) {
            complete_operation(operation, is_post);
        }
    }
}

fn add_components(components: &mut Components) {
    components.schemas.entry(Problem::name().into_owned()).or_insert_with(Problem::schema);
    components.schemas.entry(FieldError::name().into_owned()).or_insert_with(FieldError::schema);
    for (name, text) in ANSWER_HEADERS {
        let mut header = Header::default();
        header.description = Some(text.to_owned());
        components.headers.insert(name.to_owned(), header.into());
    }
    for (name, _, text, headers) in PROBLEMS {
        let mut response = problem(text).build();
        add_headers(&mut response, headers.iter().copied().chain(COMMON_HEADERS));
        components.responses.insert(name.to_owned(), response.into());
    }
    for parameter in [request_id(), traceparent(), idempotency_key()] {
        components.parameters.insert(parameter.name.clone(), parameter.into());
    }
}

/// Headers of every answer.
const COMMON_HEADERS: [&str; 4] = ["X-Request-Id", "traceresponse", "RateLimit-Policy", "RateLimit"];

fn add_headers<'a>(response: &mut Response, names: impl IntoIterator<Item = &'a str>) {
    for name in names {
        let header = || RefOr::Ref(Ref::new(format!("#/components/headers/{name}")));
        response.headers.entry(name.to_owned()).or_insert_with(header);
    }
}

fn complete_operation(operation: &mut Operation, is_post: bool) {
    let has_body = operation.request_body.is_some();
    for (name, status, ..) in PROBLEMS {
        let answers = match status {
            "409" | "422" => is_post,
            "413" | "415" => has_body,
            _ => true,
        };
        if answers {
            let response = || RefOr::Ref(Ref::from_response_name(name));
            operation.responses.responses.entry(status.to_owned()).or_insert_with(response);
        }
    }
    let replayed = is_post.then_some("Idempotency-Replayed");
    for response in operation.responses.responses.values_mut() {
        if let RefOr::T(response) = response {
            add_headers(response, COMMON_HEADERS.into_iter().chain(replayed));
        }
    }
    text::spell_out_operation(operation);
    let key = is_post.then_some("Idempotency-Key");
    let parameters = operation.parameters.get_or_insert_default();
    let names = iter::once("X-Request-Id").chain(["traceparent"]).chain(key);
    parameters.extend(names.map(|name| RefOr::Ref(Ref::new(format!("#/components/parameters/{name}")))));
}

fn header_parameter(name: &str, text: &str, schema: ObjectBuilder) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(text))
        .schema(Some(schema.schema_type(Type::String).build()))
        .build()
}

fn request_id() -> Parameter {
    let text = "Names the request in answers, log lines and events: 1 to 128 visible ASCII characters. Another one is made \
                when it is absent or unfit.";
    header_parameter("X-Request-Id", text, ObjectBuilder::new())
}

fn traceparent() -> Parameter {
    let text =
        "The trace that the request is part of (W3C Trace Context). A trace is begun when it is absent or unfit.";
    header_parameter("traceparent", text, ObjectBuilder::new())
}

fn idempotency_key() -> Parameter {
    let text = "Makes the request safe to repeat: within 24 hours the same key and body give the first answer again. Visible \
                ASCII characters, in double quotes or bare.";
    let schema = ObjectBuilder::new().pattern(Some(r#"^([!#-~]{1,255}|"[!#-~]{1,255}")$"#));
    header_parameter("Idempotency-Key", text, schema)
}

/// The document as JSON text, as it is kept in the repository.
///
/// # Errors
/// When it cannot be serialised.
pub fn text(document: &Text) -> Result<String, serde_json::Error> {
    document.to_pretty_json().map(|text| text + "\n")
}
