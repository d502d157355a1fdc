//! What the analytics offer.

use async_trait::async_trait;
use futures_util::stream::BoxStream;

use super::{Amount, Dimension, Figures};
use crate::{
    error::Error,
    page::{Page, PageRequest},
    prompt::{PromptCategory, PromptId},
    request::RequestContext,
    text_enum,
    time::Timestamp,
};

/// Figures of all time about one version of a prompt.
#[derive(Debug, Clone, PartialEq)]
pub struct PromptFigures {
    /// The prompt.
    pub prompt_id: PromptId,
    /// Its version's number.
    pub prompt_version: u32,
    /// The figures.
    pub figures: Figures,
}

/// Figures of all time about one provider.
#[derive(Debug, Clone, PartialEq)]
pub struct ProviderFigures {
    /// The provider.
    pub provider: String,
    /// The figures.
    pub figures: Figures,
}

/// Figures of all time about one category.
#[derive(Debug, Clone, PartialEq)]
pub struct CategoryFigures {
    /// The category.
    pub category: PromptCategory,
    /// The figures.
    pub figures: Figures,
}

text_enum! {
    /// What a series shows.
    pub enum Metric {
        /// Questions put to the providers.
        Questions = "questions",
        /// Answers.
        Answers = "answers",
        /// The share of questions that were answered.
        SuccessRate = "success_rate",
        /// The mean rating.
        Rating = "rating",
        /// Ratings that stand.
        Ratings = "ratings",
        /// The median response time, in milliseconds.
        ResponseTimeP50 = "response_time_p50",
        /// The response time that 95 % of answers keep, in milliseconds.
        ResponseTimeP95 = "response_time_p95",
        /// The response time that 99 % of answers keep, in milliseconds.
        ResponseTimeP99 = "response_time_p99",
        /// Tokens of prompts and answers.
        Tokens = "tokens",
        /// What providers cost, in millionths by currency.
        Cost = "cost",
        /// Orders made.
        Orders = "orders",
        /// Orders delivered.
        OrdersDelivered = "orders_delivered",
        /// Orders failed.
        OrdersFailed = "orders_failed",
        /// What was paid and did not go back, in minor units by currency. What goes back counts on the day it does.
        Revenue = "revenue",
    }
}

text_enum! {
    /// How long a time a point of a series covers.
    pub enum Bucket {
        /// An hour.
        Hour = "hour",
        /// A day in UTC.
        Day = "day",
    }
}

/// Which series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeseriesRequest {
    /// Of what.
    pub metric: Metric,
    /// In points of which length.
    pub bucket: Bucket,
    /// From the point that this moment is in; absent: 48 hours or 30 days before `to`.
    pub from: Option<Timestamp>,
    /// Up to the point that this moment is in, or that ends with it; absent: now.
    pub to: Option<Timestamp>,
    /// About what; absent: everything. With its key: a provider, a category, a prompt's id and version number with a colon
    /// between.
    pub about: Option<(Dimension, String)>,
}

/// A point of a series.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// When its time begins.
    pub start: Timestamp,
    /// The value; absent where there is none (no rating, no answer) and for amounts of money.
    pub value: Option<f64>,
    /// Amounts by currency; none for other metrics.
    pub amounts: Vec<Amount>,
}

/// A series: a point for every bucket, those without events too.
#[derive(Debug, Clone, PartialEq)]
pub struct Timeseries {
    /// Of what.
    pub metric: Metric,
    /// The points' length.
    pub bucket: Bucket,
    /// The first point's start.
    pub from: Timestamp,
    /// The last point's end.
    pub to: Timestamp,
    /// The points, in order.
    pub points: Vec<Point>,
}

/// Which days an export covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ExportRequest {
    /// From this day; absent: 30 days before `to`.
    pub from: Option<Timestamp>,
    /// Up to this day; absent: now.
    pub to: Option<Timestamp>,
}

/// An export: pieces of text, whole lines each.
pub type Export = BoxStream<'static, Result<String, Error>>;

/// Statistics, for analysts. All figures follow from events and are a moment old.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait AnalyticsService: Send + Sync {
    /// Figures of all time about everything.
    async fn overview(&self, request: &RequestContext) -> Result<Figures, Error>;

    /// About each version of a prompt that was used, in the order of their ids.
    async fn prompts(&self, request: &RequestContext, page: &PageRequest) -> Result<Page<PromptFigures>, Error>;

    /// About each provider that was asked.
    async fn providers(&self, request: &RequestContext) -> Result<Vec<ProviderFigures>, Error>;

    /// About each category of questions that were asked.
    async fn categories(&self, request: &RequestContext) -> Result<Vec<CategoryFigures>, Error>;

    /// A metric over time.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a range that ends before it starts or has too many points.
    async fn timeseries(&self, request: &RequestContext, series: TimeseriesRequest) -> Result<Timeseries, Error>;

    /// Figures by day about everything, each prompt version, provider and category, as CSV (RFC 4180) with a header line.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a range that ends before it starts or has too many days; the store's within the stream.
    async fn export(&self, request: &RequestContext, export: ExportRequest) -> Result<Export, Error>;
}
