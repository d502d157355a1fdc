//! Statistics, for analysts: `/analytics`.

pub mod body;
mod stream;

use axum::{
    Json,
    body::Body,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use driveever_core::{
    Error,
    analytics::{Bucket, Dimension, ExportRequest, Metric, TimeseriesRequest},
    time::Timestamp,
};
use futures_util::TryStreamExt;
use utoipa::{
    IntoParams, PartialSchema, ToSchema,
    openapi::{Object, RefOr, Schema},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use self::body::{
    AnalyticsCategoriesBody, AnalyticsFiguresBody, AnalyticsPromptBody, AnalyticsProvidersBody, AnalyticsTimeseriesBody,
};
use crate::{
    http::{
        caller::User,
        documented::{NoRole, PageParameters, one_of},
        page::PageBody,
        parameters::QueryParameters,
        problem::Problem,
    },
    state::Services,
};

/// The routes of this file.
pub fn routes() -> OpenApiRouter<Services> {
    OpenApiRouter::new()
        .routes(routes!(get_analytics_overview))
        .routes(routes!(list_analytics_prompts))
        .routes(routes!(list_analytics_providers))
        .routes(routes!(list_analytics_categories))
        .routes(routes!(get_analytics_timeseries))
        .routes(routes!(stream::stream_analytics))
        .routes(routes!(export_analytics))
}

fn metrics() -> Object {
    one_of("What a series shows.", Metric::ALL.iter().map(|metric| metric.as_str()))
}

fn buckets() -> Object {
    one_of("How long a time a point covers.", Bucket::ALL.iter().map(|bucket| bucket.as_str()))
}

/// A metric's name, for the document.
#[derive(Debug)]
pub struct AnalyticsMetric;

impl ToSchema for AnalyticsMetric {}
impl PartialSchema for AnalyticsMetric {
    fn schema() -> RefOr<Schema> {
        metrics().into()
    }
}

/// A bucket's name, for the document.
#[derive(Debug)]
pub struct AnalyticsBucket;

impl ToSchema for AnalyticsBucket {}
impl PartialSchema for AnalyticsBucket {
    fn schema() -> RefOr<Schema> {
        buckets().into()
    }
}

/// A dimension's name, for the document.
#[derive(Debug)]
pub struct AnalyticsDimension;

impl ToSchema for AnalyticsDimension {}
impl PartialSchema for AnalyticsDimension {
    fn schema() -> RefOr<Schema> {
        one_of("What figures are about.", Dimension::ALL.iter().map(|dimension| dimension.as_str())).into()
    }
}

/// Which times.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AnalyticsRangeParameters {
    /// From the point or day that this moment is in.
    #[param(value_type = Option<String>, format = DateTime)]
    pub from: Option<Timestamp>,
    /// Up to the point or day that this moment is in; absent: now.
    #[param(value_type = Option<String>, format = DateTime)]
    pub to: Option<Timestamp>,
}

/// Figures of all time about everything.
#[utoipa::path(
    get, path = "/analytics/overview", operation_id = "get_analytics_overview", tag = "analytics",
    responses((status = 200, description = "The figures.", body = AnalyticsFiguresBody), NoRole),
    security(("bearer" = []))
)]
async fn get_analytics_overview(
    State(services): State<Services>,
    User(request): User,
    query: QueryParameters,
) -> Result<Json<AnalyticsFiguresBody>, Problem> {
    query.finish()?;
    Ok(Json(services.analytics.overview(&request).await?.into()))
}

/// About each version of a prompt that was used.
#[utoipa::path(
    get, path = "/analytics/prompts", operation_id = "list_analytics_prompts", tag = "analytics",
    params(PageParameters),
    responses(
        (status = 200, description = "A page.", body = PageBody<AnalyticsPromptBody>),
        NoRole,
    ),
    security(("bearer" = []))
)]
async fn list_analytics_prompts(
    State(services): State<Services>,
    User(request): User,
    mut query: QueryParameters,
) -> Result<Json<PageBody<AnalyticsPromptBody>>, Problem> {
    let page = query.page();
    query.finish()?;
    let page = services.analytics.prompts(&request, &page).await?;
    Ok(Json(PageBody::of(page, AnalyticsPromptBody::from)))
}

/// About each provider that was asked.
#[utoipa::path(
    get, path = "/analytics/providers", operation_id = "list_analytics_providers", tag = "analytics",
    responses((status = 200, description = "The providers.", body = AnalyticsProvidersBody), NoRole),
    security(("bearer" = []))
)]
async fn list_analytics_providers(
    State(services): State<Services>,
    User(request): User,
    query: QueryParameters,
) -> Result<Json<AnalyticsProvidersBody>, Problem> {
    query.finish()?;
    let providers = services.analytics.providers(&request).await?;
    Ok(Json(AnalyticsProvidersBody { data: providers.into_iter().map(Into::into).collect() }))
}

/// About each category of questions that were asked.
#[utoipa::path(
    get, path = "/analytics/categories", operation_id = "list_analytics_categories", tag = "analytics",
    responses(
        (status = 200, description = "The categories.", body = AnalyticsCategoriesBody),
        NoRole,
    ),
    security(("bearer" = []))
)]
async fn list_analytics_categories(
    State(services): State<Services>,
    User(request): User,
    query: QueryParameters,
) -> Result<Json<AnalyticsCategoriesBody>, Problem> {
    query.finish()?;
    let categories = services.analytics.categories(&request).await?;
    Ok(Json(AnalyticsCategoriesBody { data: categories.into_iter().map(Into::into).collect() }))
}

/// Which series.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AnalyticsSeriesParameters {
    /// What it shows.
    #[param(inline, value_type = AnalyticsMetric)]
    pub metric: Metric,
    /// How long a time a point covers; absent: a day.
    #[param(inline, value_type = Option<AnalyticsBucket>)]
    pub bucket: Option<Bucket>,
    /// What kind of thing it is about; absent: everything.
    #[param(inline, value_type = Option<AnalyticsDimension>)]
    pub dimension: Option<Dimension>,
    /// Which one: a provider, a category, a prompt's id and version number with a colon between.
    #[param(format = "line", max_length = 200)]
    pub key: Option<String>,
}

fn series_of(query: &mut QueryParameters) -> Option<TimeseriesRequest> {
    let metric = query.required("metric");
    let bucket = query.parsed("bucket").unwrap_or(Bucket::Day);
    let (from, to) = (query.parsed("from"), query.parsed("to"));
    let about = match (query.parsed("dimension"), query.text("key")) {
        (None, None) => None,
        (Some(dimension), key) => Some((dimension, key.unwrap_or_default())),
        (None, Some(_)) => {
            query.fault("key", "needs the dimension that it is of");
            None
        }
    };
    metric.map(|metric| TimeseriesRequest { metric, bucket, from, to, about })
}

/// A metric over time: a point for every bucket, those without events too.
#[utoipa::path(
    get, path = "/analytics/timeseries", operation_id = "get_analytics_timeseries", tag = "analytics",
    params(AnalyticsSeriesParameters, AnalyticsRangeParameters),
    responses((status = 200, description = "The series.", body = AnalyticsTimeseriesBody), NoRole),
    security(("bearer" = []))
)]
async fn get_analytics_timeseries(
    State(services): State<Services>,
    User(request): User,
    mut query: QueryParameters,
) -> Result<Json<AnalyticsTimeseriesBody>, Problem> {
    let series = series_of(&mut query);
    query.finish()?;
    let series = series.ok_or_else(|| Error::internal("a checked metric is missing"))?;
    Ok(Json(services.analytics.timeseries(&request, series).await?.into()))
}

/// What an export is written in.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum AnalyticsExportFormat {
    /// RFC 4180, with a header line.
    Csv,
}

/// Figures by day about everything, each prompt version, provider and category.
#[utoipa::path(
    get, path = "/analytics/export", operation_id = "export_analytics", tag = "analytics",
    params(
        ("format" = inline(Option<AnalyticsExportFormat>), Query, description = "What it is written in; absent: CSV."),
        AnalyticsRangeParameters,
    ),
    responses(
        (status = 200, description = "The lines.", body = String, content_type = "text/csv"),
        NoRole,
    ),
    security(("bearer" = []))
)]
async fn export_analytics(
    State(services): State<Services>,
    User(request): User,
    mut query: QueryParameters,
) -> Result<Response, Problem> {
    if query.text("format").is_some_and(|format| format != "csv") {
        query.fault("format", "must be csv");
    }
    let export = ExportRequest { from: query.parsed("from"), to: query.parsed("to") };
    query.finish()?;
    // A failure half-way cuts the answer off, so that nobody takes a part for the whole.
    let lines = services.analytics.export(&request, export).await?.inspect_err(|error| {
        tracing::error!(%error, "an export broke off");
    });
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8; header=present")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"driveever-analytics.csv\"")),
    ];
    Ok((headers, Body::from_stream(lines)).into_response())
}
