//! The router, put together: routes, then what every request passes.

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use axum::{
    Router,
    error_handling::HandleErrorLayer,
    extract::DefaultBodyLimit,
    http::{StatusCode, header},
    middleware::from_fn_with_state,
    response::{IntoResponse, Response},
    routing::get,
};
use driveever::core::id::{IdGenerator, SystemIds};
use tower::{BoxError, ServiceBuilder, limit::GlobalConcurrencyLimitLayer, load_shed::LoadShedLayer};
use tower_http::{catch_panic::CatchPanicLayer, compression::CompressionLayer, timeout::TimeoutLayer};
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_swagger_ui::SwaggerUi;

use crate::{
    config::Config,
    http::{
        admit::{Door, admit},
        caller::Authenticate,
        headers::envelope,
        idempotency::IdempotencyState,
        problem::Problem,
        rate_limit::{RateLimit, limit},
    },
    openapi::{self, Document},
    routes,
    state::Services,
    telemetry,
};

/// Rate limits by kind of route.
#[derive(Debug, Clone)]
pub struct RateLimits {
    /// Everything.
    pub requests: RateLimit,
    /// Questions and orders.
    pub questions: RateLimit,
    /// Registrations, logins and refreshes.
    pub logins: RateLimit,
    /// Vehicle look-ups.
    pub lookups: RateLimit,
    /// Outcomes of prompts.
    pub outcomes: RateLimit,
}

impl RateLimits {
    /// As configured.
    pub fn of(config: &Config) -> Self {
        let limit = |name, quota: NonZeroU32| {
            if config.rate_limit { RateLimit::new(name, quota, Duration::from_mins(1)) } else { RateLimit::off(name) }
        };
        Self {
            requests: limit("requests", config.requests_per_minute),
            questions: limit("questions", config.questions_per_minute).posts_only(),
            logins: limit("logins", config.logins_per_minute).posts_only(),
            lookups: limit("lookups", config.lookups_per_minute).posts_only(),
            outcomes: limit("outcomes", config.outcomes_per_minute).posts_only(),
        }
    }

    /// Forgets what is back at its full quota.
    pub fn sweep(&self) {
        for limit in [&self.requests, &self.questions, &self.logins, &self.lookups, &self.outcomes] {
            limit.sweep();
        }
    }
}

/// All routes of the services, without what every request passes.
pub fn api(limits: &RateLimits) -> OpenApiRouter<Services> {
    let limited = |router: OpenApiRouter<Services>, policy: &RateLimit| {
        router.route_layer(from_fn_with_state(policy.clone(), limit))
    };
    OpenApiRouter::new()
        .merge(limited(routes::auth::routes(), &limits.logins))
        .merge(routes::users::routes())
        .merge(routes::prompts::routes())
        .merge(routes::prompt_versions::routes())
        .merge(routes::prompt_labels::routes())
        .merge(routes::prompt_records::routes())
        .merge(routes::prompt_use::routes())
        .merge(limited(routes::prompt_use::outcome_routes(), &limits.outcomes))
        .merge(limited(routes::ai::routes(), &limits.questions))
        .merge(limited(routes::ai::sample_routes(), &limits.questions.every_method()))
        .merge(limited(routes::vehicles::routes(), &limits.lookups))
        .merge(limited(routes::orders::routes(), &limits.questions))
        .merge(routes::notifications::routes())
        .merge(routes::analytics::routes())
        .merge(routes::audit::routes())
}

/// What the router needs beside the services.
pub struct Surroundings {
    /// Settings.
    pub config: Config,
    /// Rate limits.
    pub limits: RateLimits,
    /// Who verifies tokens.
    pub authenticate: Arc<dyn Authenticate>,
    /// Idempotency keys.
    pub keys: driveever::core::idempotency::IdempotencyKeys,
    /// Health and metrics.
    pub system: Arc<routes::system::SystemState>,
}

impl std::fmt::Debug for Surroundings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Surroundings").field("limits", &self.limits).finish_non_exhaustive()
    }
}

/// The whole router and its OpenAPI document.
pub fn router(services: Services, around: &Surroundings) -> (Router, utoipa::openapi::OpenApi) {
    let api = api(&around.limits).with_state::<()>(services).merge(routes::system::routes(around.system.clone()));
    let (router, mut document) = OpenApiRouter::with_openapi(Document::openapi()).nest("/api", api).split_for_parts();
    openapi::complete(&mut document);
    let (plain, _) = routes::system::routes(around.system.clone()).split_for_parts();
    let text = openapi::text(&document).unwrap_or_default();
    let router = router
        .merge(plain)
        .route("/openapi.json", get(move || async move { ([(header::CONTENT_TYPE, "application/json")], text) }))
        .merge(SwaggerUi::new("/docs").config(utoipa_swagger_ui::Config::new(["/openapi.json"])))
        .fallback(|| async { StatusCode::NOT_FOUND });
    (passed_by_all(router, around), document)
}

/// What every request passes, from the outside in: compression; name, log and headers; panics; load; time; body; the door.
///
/// One layer of the router, because each one that it is given is boxed at every route and copied for every request.
fn passed_by_all(router: Router, around: &Surroundings) -> Router {
    let ids: Arc<dyn IdGenerator> = Arc::new(SystemIds);
    let config = &around.config;
    let door = Door {
        authenticate: around.authenticate.clone(),
        requests: around.limits.requests.clone(),
        keys: IdempotencyState { keys: around.keys.clone(), max_body: config.max_body },
    };
    router.layer(
        ServiceBuilder::new()
            // Outside of what completes problems, which would put plain text into a compressed answer.
            .layer(CompressionLayer::new())
            .layer(from_fn_with_state(ids, envelope))
            .layer(CatchPanicLayer::custom(panicked))
            .layer(HandleErrorLayer::new(overloaded))
            .layer(LoadShedLayer::new())
            .layer(GlobalConcurrencyLimitLayer::new(config.max_concurrency))
            .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, config.request_timeout))
            .layer(DefaultBodyLimit::max(config.max_body))
            .layer(from_fn_with_state(Arc::new(door), admit)),
    )
}

async fn overloaded(_error: BoxError) -> Problem {
    Problem::overloaded("the server has as much to do as it can")
}

fn panicked(_panic: Box<dyn std::any::Any + Send>) -> Response {
    tracing::error!("a handler panicked");
    telemetry::internal_error();
    let detail = "something went wrong on our side; the request id names it";
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal_error", detail).into_response()
}
