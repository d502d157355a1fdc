//! What every service has: health and metrics.

use std::{sync::Arc, time::Instant};

use axum::{Json, extract::State, http::StatusCode, response::IntoResponse};
use metrics_exporter_prometheus::PrometheusHandle;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{telemetry::Standing, wiring::Wired};

/// What health and metrics are read from.
#[derive(Clone)]
pub struct SystemState {
    /// The services.
    pub wired: Wired,
    /// Figures that are read when somebody asks.
    pub standing: Standing,
    /// The collected metrics.
    pub metrics: PrometheusHandle,
    /// When this process began.
    pub began: Instant,
}

/// Whether the service can do its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HealthStatus {
    /// It can.
    Healthy,
    /// It cannot.
    Unhealthy,
}

/// One thing that the service needs.
#[derive(Debug, Serialize, ToSchema)]
pub struct HealthCheck {
    /// What.
    pub name: &'static str,
    /// Whether it is there.
    pub status: HealthStatus,
    /// What is wrong when it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<&'static str>,
}

/// A service's health.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// Whether it can do its work.
    pub status: HealthStatus,
    /// Which service.
    pub service: &'static str,
    /// Its version.
    pub version: &'static str,
    /// Seconds since it began.
    pub uptime: u64,
    /// What it needs.
    pub checks: Vec<HealthCheck>,
}

async fn checked(state: &SystemState) -> (StatusCode, Json<Health>) {
    let store = state.wired.check_store().await;
    let (status, code, detail) = match &store {
        Ok(()) => (HealthStatus::Healthy, StatusCode::OK, None),
        Err(error) => {
            tracing::warn!(%error, "the store does not answer");
            (
                HealthStatus::Unhealthy,
                StatusCode::SERVICE_UNAVAILABLE,
                Some("the store does not answer, or takes no writes"),
            )
        }
    };
    let health = Health {
        status,
        service: "driveever",
        version: env!("CARGO_PKG_VERSION"),
        uptime: state.began.elapsed().as_secs(),
        checks: vec![HealthCheck { name: "store", status, detail }],
    };
    (code, Json(health))
}

/// Health with its checks.
#[utoipa::path(get, path = "/health", operation_id = "get_health", tag = "system", security(()),
    responses((status = 200, body = Health), (status = 503, body = Health)))]
async fn get_health(State(state): State<Arc<SystemState>>) -> impl IntoResponse {
    checked(&state).await
}

/// Whether the process runs.
#[utoipa::path(get, path = "/health/live", operation_id = "get_liveness", tag = "system", security(()),
    responses((status = 204, description = "It runs")))]
async fn get_liveness() -> StatusCode {
    StatusCode::NO_CONTENT
}

/// Whether it can do its work.
#[utoipa::path(get, path = "/health/ready", operation_id = "get_readiness", tag = "system", security(()),
    responses((status = 200, body = Health), (status = 503, body = Health)))]
async fn get_readiness(State(state): State<Arc<SystemState>>) -> impl IntoResponse {
    checked(&state).await
}

/// Metrics in Prometheus' text format.
#[utoipa::path(get, path = "/metrics", operation_id = "get_metrics", tag = "system", security(()),
    responses((status = 200, body = String, content_type = "text/plain")))]
async fn get_metrics(State(state): State<Arc<SystemState>>) -> impl IntoResponse {
    state.standing.read().await;
    ([("content-type", "text/plain; version=0.0.4")], state.metrics.render())
}

/// The routes of this group.
pub fn routes(state: Arc<SystemState>) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(get_health))
        .routes(routes!(get_liveness))
        .routes(routes!(get_readiness))
        .routes(routes!(get_metrics))
        .with_state(state)
}
