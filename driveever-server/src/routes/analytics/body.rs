//! Bodies of the analytics routes.

use driveever_core::{
    analytics::{Amount, Bucket, CategoryFigures, Figures, Metric, Point, PromptFigures, ProviderFigures, Timeseries},
    prompt::PromptCategory,
    time::Timestamp,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{buckets, metrics};
use crate::routes::ai::body::categories;

/// What is counted, and what is worked out from the counts. What cannot be worked out without events is absent.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AnalyticsFiguresBody {
    /// Questions put to the providers.
    pub questions: u64,
    /// Those that were answered.
    pub answers: u64,
    /// Those whose asker went away before the end.
    pub cancelled: u64,
    /// Those that another provider than the first one answered.
    pub fallbacks: u64,
    /// The share of questions that were answered, of those whose asker waited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub success_rate: Option<f64>,
    /// Ratings that stand.
    pub ratings: AnalyticsRatingsBody,
    /// Response times of answers, in milliseconds.
    pub response_time: AnalyticsResponseTimeBody,
    /// Tokens used.
    pub tokens: AnalyticsTokensBody,
    /// What providers cost, in millionths of each currency's major unit.
    pub cost_micros: Vec<AnalyticsAmountBody>,
    /// Orders by what became of them.
    pub orders: AnalyticsOrdersBody,
    /// What was paid and did not go back, in minor units.
    pub revenue: Vec<AnalyticsAmountBody>,
}

/// Ratings that stand.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AnalyticsRatingsBody {
    /// How many.
    pub count: u64,
    /// Their mean.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub average: Option<f64>,
    /// How many of 1, 2, 3, 4 and 5 stars.
    pub by_stars: Vec<u64>,
}

/// Response times in milliseconds, each within 1 % of the true one.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct AnalyticsResponseTimeBody {
    /// The median.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p50: Option<f64>,
    /// What 95 % of answers keep.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p95: Option<f64>,
    /// What 99 % of answers keep.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p99: Option<f64>,
}

/// Tokens used.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct AnalyticsTokensBody {
    /// Of prompts.
    pub prompt: u64,
    /// Of answers.
    pub completion: u64,
    /// All.
    pub total: u64,
}

/// Orders by what became of them.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct AnalyticsOrdersBody {
    /// Made.
    pub total: u64,
    /// Paid.
    pub paid: u64,
    /// Delivered.
    pub delivered: u64,
    /// Failed.
    pub failed: u64,
    /// Cancelled.
    pub cancelled: u64,
    /// Refunded after delivery.
    pub refunded: u64,
}

/// An amount in a currency.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct AnalyticsAmountBody {
    /// ISO 4217.
    pub currency: String,
    /// How much.
    pub amount: i64,
}

fn amounts(amounts: Vec<Amount>) -> Vec<AnalyticsAmountBody> {
    let body =
        |amount: Amount| AnalyticsAmountBody { currency: amount.currency.code().to_owned(), amount: amount.amount };
    amounts.into_iter().map(body).collect()
}

impl From<Figures> for AnalyticsFiguresBody {
    fn from(figures: Figures) -> Self {
        let quantile = |q| figures.response_times.quantile(q);
        Self {
            questions: figures.questions,
            answers: figures.answers,
            cancelled: figures.cancelled,
            fallbacks: figures.fallbacks,
            success_rate: figures.success_rate(),
            ratings: AnalyticsRatingsBody {
                count: figures.rating_count(),
                average: figures.average_rating(),
                by_stars: figures.ratings().to_vec(),
            },
            response_time: AnalyticsResponseTimeBody { p50: quantile(0.5), p95: quantile(0.95), p99: quantile(0.99) },
            tokens: AnalyticsTokensBody {
                prompt: figures.prompt_tokens,
                completion: figures.completion_tokens,
                total: figures.prompt_tokens.saturating_add(figures.completion_tokens),
            },
            cost_micros: amounts(figures.cost_micros()),
            orders: AnalyticsOrdersBody {
                total: figures.orders,
                paid: figures.orders_paid,
                delivered: figures.orders_delivered,
                failed: figures.orders_failed,
                cancelled: figures.orders_cancelled,
                refunded: figures.orders_refunded,
            },
            revenue: amounts(figures.revenue()),
        }
    }
}

/// Figures of all time about one version of a prompt.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AnalyticsPromptBody {
    /// The prompt.
    pub prompt_id: Uuid,
    /// Its version's number.
    pub prompt_version: u32,
    /// The figures.
    #[serde(flatten)]
    pub figures: AnalyticsFiguresBody,
}

impl From<PromptFigures> for AnalyticsPromptBody {
    fn from(row: PromptFigures) -> Self {
        Self { prompt_id: row.prompt_id.uuid(), prompt_version: row.prompt_version, figures: row.figures.into() }
    }
}

/// The providers that were asked.
#[derive(Debug, Serialize, ToSchema)]
pub struct AnalyticsProvidersBody {
    /// By name.
    pub data: Vec<AnalyticsProviderBody>,
}

/// Figures of all time about one provider.
#[derive(Debug, Serialize, ToSchema)]
pub struct AnalyticsProviderBody {
    /// The provider.
    pub provider: String,
    /// The figures.
    #[serde(flatten)]
    pub figures: AnalyticsFiguresBody,
}

impl From<ProviderFigures> for AnalyticsProviderBody {
    fn from(row: ProviderFigures) -> Self {
        Self { provider: row.provider, figures: row.figures.into() }
    }
}

/// The categories of questions that were asked.
#[derive(Debug, Serialize, ToSchema)]
pub struct AnalyticsCategoriesBody {
    /// By name.
    pub data: Vec<AnalyticsCategoryBody>,
}

/// Figures of all time about one category of questions.
#[derive(Debug, Serialize, ToSchema)]
pub struct AnalyticsCategoryBody {
    /// The category.
    #[schema(schema_with = categories)]
    pub category: PromptCategory,
    /// The figures.
    #[serde(flatten)]
    pub figures: AnalyticsFiguresBody,
}

impl From<CategoryFigures> for AnalyticsCategoryBody {
    fn from(row: CategoryFigures) -> Self {
        Self { category: row.category, figures: row.figures.into() }
    }
}

/// A metric over time.
#[derive(Debug, Serialize, ToSchema)]
pub struct AnalyticsTimeseriesBody {
    /// What it shows.
    #[schema(schema_with = metrics)]
    pub metric: Metric,
    /// How long a time a point covers.
    #[schema(schema_with = buckets)]
    pub bucket: Bucket,
    /// The first point's start.
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    /// The last point's end.
    #[schema(value_type = String, format = DateTime)]
    pub to: Timestamp,
    /// The points, in order.
    pub points: Vec<AnalyticsPointBody>,
}

/// A point of a series.
#[derive(Debug, Serialize, ToSchema)]
pub struct AnalyticsPointBody {
    /// When its time begins.
    #[schema(value_type = String, format = DateTime)]
    pub start: Timestamp,
    /// The value; absent where there is none, and for amounts of money.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// Amounts by currency, of metrics of money.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub amounts: Vec<AnalyticsAmountBody>,
}

impl From<Point> for AnalyticsPointBody {
    fn from(point: Point) -> Self {
        Self { start: point.start, value: point.value, amounts: amounts(point.amounts) }
    }
}

impl From<Timeseries> for AnalyticsTimeseriesBody {
    fn from(series: Timeseries) -> Self {
        let Timeseries { metric, bucket, from, to, points } = series;
        Self { metric, bucket, from, to, points: points.into_iter().map(Into::into).collect() }
    }
}
