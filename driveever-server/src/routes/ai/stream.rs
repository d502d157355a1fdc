//! An answer as it is written: `POST /ai/generate/stream`.

use axum::{extract::State, response::Response};
use driveever_core::{
    ai::{GenerateRequest, StreamEvent},
    id::Id,
};
use futures_util::StreamExt;

use super::{
    body::{AiDelta, AiGenerateRequest, AiResponseBody},
    generation,
};
use crate::{
    event_schema,
    http::{
        body::Body,
        caller::User,
        documented::{Missing, NoRole},
        event_stream::{self, SentEvent},
        parameters::NoParameters,
        problem::Problem,
    },
    state::Services,
};

/// Where the problem of a stream occurred.
const INSTANCE: &str = "/ai/generate/stream";

event_schema! {
    /// An event of an answer as it is written.
    AiStreamEvent { "delta" => AiDelta, "done" => AiResponseBody, "error" => Problem }
}

/// Asks a provider, and gives the answer as it is written.
///
/// Server-sent events: `delta` with `{text}`, then either `done` with the stored answer or `error` with a problem that
/// carries `responseId`; never both, never neither. While nothing was given yet, and no provider is named, another one is
/// asked when one fails. A client that goes away cancels the answer, which is stored as a failure.
#[utoipa::path(
    post, path = "/ai/generate/stream", operation_id = "stream_ai_response", tag = "ai",
    request_body = AiGenerateRequest,
    responses(
        (status = 200, description = "The events.", body = AiStreamEvent, content_type = "text/event-stream"),
        NoRole, Missing,
    ),
    security(("bearer" = []))
)]
pub(super) async fn stream_ai_response(
    State(services): State<Services>,
    User(request): User,
    _: NoParameters,
    Body(body): Body<AiGenerateRequest>,
) -> Result<Response, Problem> {
    let generation = generation(&services, &request, body).await?;
    let generation = GenerateRequest { fallback: generation.provider.is_none(), ..generation };
    let events = services.ai.stream(&request, generation).await?;
    let request_id = request.request_id;
    Ok(event_stream::answer(events.map(move |event| sent(event, &request_id))))
}

fn sent(event: StreamEvent, request_id: &str) -> SentEvent {
    match event {
        StreamEvent::Delta(text) => event_stream::event("delta", &AiDelta { text }),
        StreamEvent::Done(response) => event_stream::event("done", &AiResponseBody::from(*response)),
        StreamEvent::Failed { error, response_id } => {
            let mut problem = Problem::from(error);
            problem.response_id = response_id.map(Id::uuid);
            problem.instance = Some(INSTANCE.to_owned());
            problem.request_id = Some(request_id.to_owned());
            event_stream::event("error", &problem)
        }
    }
}
