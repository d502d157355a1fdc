//! Answers of language models: `/ai`.

pub mod blocks;
pub mod body;
mod stream;

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use driveever_core::{
    Error,
    ai::{self, GenerateRequest, NewFeedback},
    request::RequestContext,
    vehicle::fact_sheet::{mot_history, vehicle_facts},
};
use tracing::Instrument;
use utoipa_axum::{router::OpenApiRouter, routes};

use self::body::{
    AiFeedbackBody, AiFeedbackRequest, AiGenerateMultipleRequest, AiGenerateRequest, AiHealthBody, AiProviderDetail,
    AiProviderStatusBody, AiProvidersBody, AiResponseBody, AiTestRequest,
};
use crate::{
    http::{
        body::{Body, OptionalBody},
        caller::User,
        documented::{Conflicting, IdParameter, Missing, NoAnswer, NoRole, PageParameters, ReadCondition},
        etag::{changed, tagged},
        page::PageBody,
        parameters::{NoParameters, PathId, QueryParameters},
        problem::Problem,
    },
    state::Services,
};

/// The routes of this file.
pub fn routes() -> OpenApiRouter<Services> {
    OpenApiRouter::new()
        .routes(routes!(generate_ai_response))
        .routes(routes!(generate_ai_response_with_fallback))
        .routes(routes!(generate_ai_responses))
        .routes(routes!(stream::stream_ai_response))
        .routes(routes!(list_ai_providers))
        .routes(routes!(get_ai_provider_status))
        .routes(routes!(get_ai_health))
        .routes(routes!(list_ai_responses))
        .routes(routes!(get_ai_response))
        .routes(routes!(give_ai_feedback))
}

/// The routes that put a sample question to a provider, by GET too.
pub fn sample_routes() -> OpenApiRouter<Services> {
    OpenApiRouter::new().routes(routes!(test_ai_provider, test_ai_provider_by_post))
}

/// Runs a generation to its end on a task of its own: a client that hangs up does not lose an answer that is paid for.
async fn to_its_end<T: Send + 'static>(
    generation: impl Future<Output = Result<T, Error>> + Send + 'static,
) -> Result<T, Problem> {
    let ended = tokio::spawn(generation.in_current_span()).await;
    Ok(ended.unwrap_or_else(|error| Err(Error::internal(error)))?)
}

/// What the service is asked. The facts of a vehicle that is named are added to the prompt, so that what `sources` then
/// lists is what the prompt really carries.
async fn generation(
    services: &Services,
    request: &RequestContext,
    body: AiGenerateRequest,
) -> Result<GenerateRequest, Error> {
    let AiGenerateRequest { mut prompt, question, provider, model, context } = body;
    let context = context.unwrap_or_default();
    let record = match context.vehicle_id {
        None => None,
        Some(id) => Some(services.garage.vehicle(request, id.into()).await?.record),
    };
    if let Some(record) = &record {
        prompt = format!("{prompt}\n\n{}\n\n{}", vehicle_facts(Some(record)), mot_history(Some(record)));
    }
    Ok(GenerateRequest {
        prompt,
        question,
        provider,
        model,
        category: context.category,
        vehicle_id: context.vehicle_id.map(Into::into),
        record: record.map(|record| Arc::new(*record)),
        session_id: context.session_id,
        ..GenerateRequest::default()
    })
}

async fn generate(
    services: Services,
    request: RequestContext,
    body: AiGenerateRequest,
    fallback: bool,
) -> Result<Json<AiResponseBody>, Problem> {
    let generation = GenerateRequest { fallback, ..generation(&services, &request, body).await? };
    let response = to_its_end(async move { services.ai.generate(&request, generation).await }).await?;
    Ok(Json(response.into()))
}

/// Asks one provider.
///
/// A failure is stored as well and answered 502, 503 or 504 with its `responseId`.
#[utoipa::path(
    post, path = "/ai/generate", operation_id = "generate_ai_response", tag = "ai",
    request_body = AiGenerateRequest,
    responses(
        (status = 200, description = "The stored answer.", body = AiResponseBody),
        NoAnswer,
        NoRole, Missing,
    ),
    security(("bearer" = []))
)]
async fn generate_ai_response(
    State(services): State<Services>,
    User(request): User,
    _: NoParameters,
    Body(body): Body<AiGenerateRequest>,
) -> Result<Json<AiResponseBody>, Problem> {
    generate(services, request, body, false).await
}

/// Asks one provider, and others in turn when it fails.
#[utoipa::path(
    post, path = "/ai/generate-with-fallback", operation_id = "generate_ai_response_with_fallback", tag = "ai",
    request_body = AiGenerateRequest,
    responses(
        (status = 200, description = "The stored answer.", body = AiResponseBody),
        NoAnswer,
        NoRole, Missing,
    ),
    security(("bearer" = []))
)]
async fn generate_ai_response_with_fallback(
    State(services): State<Services>,
    User(request): User,
    _: NoParameters,
    Body(body): Body<AiGenerateRequest>,
) -> Result<Json<AiResponseBody>, Problem> {
    generate(services, request, body, true).await
}

/// Asks several providers side by side.
///
/// One entry a provider, in the order named; a failed one has `success: false`.
#[utoipa::path(
    post, path = "/ai/generate-multiple", operation_id = "generate_ai_responses", tag = "ai",
    request_body = AiGenerateMultipleRequest,
    responses(
        (status = 200, description = "The stored answers and failures.", body = [AiResponseBody]),
        NoRole, Missing,
    ),
    security(("bearer" = []))
)]
async fn generate_ai_responses(
    State(services): State<Services>,
    User(request): User,
    _: NoParameters,
    Body(body): Body<AiGenerateMultipleRequest>,
) -> Result<Json<Vec<AiResponseBody>>, Problem> {
    let (body, providers) = body.split();
    let generation = generation(&services, &request, body).await?;
    let generated =
        to_its_end(async move { services.ai.generate_multiple(&request, generation, providers).await }).await?;
    Ok(Json(generated.into_iter().map(Into::into).collect()))
}

/// The providers, in the order of fallback, with their models.
#[utoipa::path(
    get, path = "/ai/providers", operation_id = "list_ai_providers", tag = "ai",
    responses((status = 200, description = "The providers.", body = AiProvidersBody), NoRole),
    security(("bearer" = []))
)]
async fn list_ai_providers(
    State(services): State<Services>,
    User(request): User,
    query: QueryParameters,
) -> Result<Json<AiProvidersBody>, Problem> {
    query.finish()?;
    let providers = services.ai.providers(&request).await?;
    Ok(Json(AiProvidersBody { providers: providers.into_iter().map(Into::into).collect() }))
}

/// Which providers can be used.
#[utoipa::path(
    get, path = "/ai/providers/status", operation_id = "get_ai_provider_status", tag = "ai",
    responses(
        (status = 200, description = "Each provider's state.", body = AiProviderStatusBody),
        NoRole,
    ),
    security(("bearer" = []))
)]
async fn get_ai_provider_status(
    State(services): State<Services>,
    User(request): User,
    query: QueryParameters,
) -> Result<Json<AiProviderStatusBody>, Problem> {
    query.finish()?;
    let found = services.ai.status(&request).await?;
    let available = found.iter().map(|provider| (provider.name.clone(), provider.available)).collect();
    let details: BTreeMap<String, AiProviderDetail> =
        found.into_iter().map(|provider| (provider.name.clone(), provider.into())).collect();
    Ok(Json(AiProviderStatusBody { available, details }))
}

/// How the providers are, together.
#[utoipa::path(
    get, path = "/ai/health", operation_id = "get_ai_health", tag = "ai",
    responses((status = 200, description = "The providers' health.", body = AiHealthBody), )
)]
async fn get_ai_health(
    State(services): State<Services>,
    query: QueryParameters,
) -> Result<Json<AiHealthBody>, Problem> {
    query.finish()?;
    Ok(Json(services.ai.health().await?.into()))
}

async fn test(
    services: Services,
    request: RequestContext,
    provider: Option<String>,
) -> Result<Json<AiResponseBody>, Problem> {
    let response = to_its_end(async move { services.ai.test(&request, provider).await }).await?;
    Ok(Json(response.into()))
}

/// Puts a sample question to a provider.
#[utoipa::path(
    get, path = "/ai/test", operation_id = "test_ai_provider", tag = "ai",
    params(("provider" = Option<String>, Query, format = "provider", description = "The provider; absent: the first.")),
    responses(
        (status = 200, description = "The stored answer.", body = AiResponseBody),
        NoAnswer,
        NoRole,
    ),
    security(("bearer" = []))
)]
async fn test_ai_provider(
    State(services): State<Services>,
    User(request): User,
    mut query: QueryParameters,
) -> Result<Json<AiResponseBody>, Problem> {
    let provider = query.text("provider");
    query.finish()?;
    test(services, request, provider).await
}

/// Puts a sample question to a provider.
#[utoipa::path(
    post, path = "/ai/test", operation_id = "test_ai_provider_by_post", tag = "ai",
    request_body(content = Option<AiTestRequest>, description = "May be left out."),
    responses(
        (status = 200, description = "The stored answer.", body = AiResponseBody),
        NoAnswer,
        NoRole,
    ),
    security(("bearer" = []))
)]
async fn test_ai_provider_by_post(
    State(services): State<Services>,
    User(request): User,
    _: NoParameters,
    OptionalBody(body): OptionalBody<AiTestRequest>,
) -> Result<Json<AiResponseBody>, Problem> {
    test(services, request, body.provider).await
}

/// The caller's answers, newest first.
#[utoipa::path(
    get, path = "/ai/responses", operation_id = "list_ai_responses", tag = "ai",
    params(PageParameters),
    responses((status = 200, description = "A page.", body = PageBody<AiResponseBody>), NoRole),
    security(("bearer" = []))
)]
async fn list_ai_responses(
    State(services): State<Services>,
    User(request): User,
    mut query: QueryParameters,
) -> Result<Json<PageBody<AiResponseBody>>, Problem> {
    let page = query.page();
    query.finish()?;
    let page = services.ai.responses(&request, &page).await?;
    Ok(Json(PageBody::of(page, AiResponseBody::from)))
}

/// A stored answer or failure.
#[utoipa::path(
    get, path = "/ai/responses/{id}", operation_id = "get_ai_response", tag = "ai",
    params(IdParameter, ReadCondition),
    responses(
        (status = 200, description = "The answer.", body = AiResponseBody, headers(("ETag" = String))),
        (status = 304, description = "The client has it."),
        NoRole, Missing,
    ),
    security(("bearer" = []))
)]
async fn get_ai_response(
    State(services): State<Services>,
    User(request): User,
    PathId(id): PathId<ai::AiResponse>,
    headers: HeaderMap,
    query: QueryParameters,
) -> Result<Response, Problem> {
    query.finish()?;
    let response = services.ai.response(&request, id).await?;
    Ok(tagged(&headers, response.revision, || AiResponseBody::from(response)))
}

/// Rates an answer.
///
/// Once a user and answer; a later feedback replaces the earlier.
#[utoipa::path(
    post, path = "/ai/responses/{id}/feedback", operation_id = "give_ai_feedback", tag = "ai",
    params(IdParameter),
    request_body = AiFeedbackRequest,
    responses(
        (status = 200, description = "The feedback as it stands.", body = AiFeedbackBody),
        NoRole, Missing, Conflicting,
    ),
    security(("bearer" = []))
)]
async fn give_ai_feedback(
    State(services): State<Services>,
    User(request): User,
    PathId(id): PathId<ai::AiResponse>,
    _: NoParameters,
    Body(body): Body<AiFeedbackRequest>,
) -> Result<Response, Problem> {
    let feedback = NewFeedback { rating: body.rating, helpful: body.helpful, comment: body.comment };
    let feedback = services.ai.give_feedback(&request, id, feedback).await?;
    Ok(changed(StatusCode::OK, feedback.revision, AiFeedbackBody::from(feedback)))
}
