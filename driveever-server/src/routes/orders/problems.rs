//! The problems that each kind of order route can answer, for the OpenAPI document.

use std::collections::BTreeMap;

use utoipa::{
    IntoResponses, ToSchema,
    openapi::{Content, Ref, RefOr, Response, ResponseBuilder},
};

use crate::http::problem::Problem;

/// Of routes that only read.
pub(super) struct ReadProblems;
/// Of routes that change something.
pub(super) struct WriteProblems;
/// Of routes that pay, and may ask a model.
pub(super) struct SagaProblems;

const READ: [u16; 6] = [400, 401, 403, 404, 500, 503];
const WRITE: [u16; 5] = [409, 413, 415, 422, 429];
const SAGA: [u16; 3] = [402, 502, 504];

impl IntoResponses for ReadProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        of(READ)
    }
}

impl IntoResponses for WriteProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        of(READ.into_iter().chain(WRITE))
    }
}

impl IntoResponses for SagaProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        of(READ.into_iter().chain(WRITE).chain(SAGA))
    }
}

fn of(statuses: impl IntoIterator<Item = u16>) -> BTreeMap<String, RefOr<Response>> {
    statuses.into_iter().map(|status| (status.to_string(), problem(description_of(status)).into())).collect()
}

fn problem(description: &str) -> Response {
    let content = Content::new(Some(Ref::from_schema_name(Problem::name())));
    ResponseBuilder::new().description(description).content("application/problem+json", content).build()
}

const fn description_of(status: u16) -> &'static str {
    match status {
        400 => "Bad input; `errors` names every bad field.",
        401 => "No access token, or one that is not good now.",
        402 => "`payment_declined`; `orderId` names the order.",
        403 => "The caller lacks the role.",
        404 => "There is no such thing, or it is somebody else's.",
        409 => "Not in the present state: `illegal_transition`, `order_in_progress`, `stale_revision`.",
        413 => "The body is larger than the server takes.",
        415 => "The body is not `application/json`.",
        422 => "`idempotency_key_reused`: the key came with another body before.",
        429 => "Too many requests; see `Retry-After`.",
        502 => "No provider answered; `orderId` names the failed order, which is paid back.",
        503 => "Not available at present; `orderId` names the failed order, if there is one.",
        504 => "No provider answered in time; `orderId` names the failed order, which is paid back.",
        _ => "Something went wrong on our side.",
    }
}
