//! The analytics service over the projections.

use std::{collections::HashMap, sync::Arc};

use async_trait::async_trait;
use futures_util::stream::{self, StreamExt};

use super::{
    AnalyticsRepository, AnalyticsService, Bucket, CategoryFigures, Dimension, Export, ExportRequest, Figures,
    Granularity, Metric, Point, Projection, PromptFigures, ProviderFigures, Timeseries, TimeseriesRequest, csv,
    model::ProjectionKey, project::prompt_of, range::Range,
};
use crate::{
    error::Error,
    page::{Page, PageRequest},
    query::{Filter, Query, Start},
    repository::RepositoryExt,
    request::{RequestContext, Role},
    time::{Clock, Timestamp},
    validate::{TextRule, Validator},
};

/// Bounds on what is asked at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnalyticsOptions {
    /// Points of a series by the hour.
    pub max_hours: u32,
    /// Points of a series by the day, and days of an export.
    pub max_days: u32,
    /// Rows of an export read at a time.
    pub export_batch: u32,
}

impl Default for AnalyticsOptions {
    fn default() -> Self {
        Self { max_hours: 1_000, max_days: 1_000, export_batch: 500 }
    }
}

/// The most providers or categories given at once: far more than are configured.
const MAX_LISTED: u32 = 1_000;
/// The longest key, in characters.
const MAX_KEY_CHARS: usize = 200;

/// The analytics service.
#[derive(Clone)]
pub struct Statistics {
    repository: Arc<dyn AnalyticsRepository>,
    clock: Arc<dyn Clock>,
    options: AnalyticsOptions,
}

impl Statistics {
    /// Over these projections.
    pub fn new(repository: Arc<dyn AnalyticsRepository>, clock: Arc<dyn Clock>, options: AnalyticsOptions) -> Self {
        Self { repository, clock, options }
    }

    /// Rows of all time about one kind of thing, by key.
    fn totals(dimension: Dimension) -> Query<Projection> {
        let filter = [Projection::GRANULARITY.eq(Granularity::Total), Projection::DIMENSION.eq(dimension)];
        Query::filter(Filter::all(filter)).sort(Projection::KEY.ascending())
    }

    /// The rows of one thing in a range, by start.
    async fn rows(&self, range: Range, dimension: Dimension, key: &str) -> Result<HashMap<Timestamp, Figures>, Error> {
        let filter = Filter::all([
            Projection::GRANULARITY.eq(range.granularity),
            Projection::DIMENSION.eq(dimension),
            Projection::KEY.eq(key),
            Projection::START.at_least(range.from),
            Projection::START.less(range.to),
        ]);
        let found = self.repository.find(&Query::filter(filter).sort(Projection::START.ascending())).await?;
        Ok(found.into_iter().map(|row| (row.start, row.figures)).collect())
    }
}

#[async_trait]
impl AnalyticsService for Statistics {
    async fn overview(&self, request: &RequestContext) -> Result<Figures, Error> {
        request.require(Role::Analyst)?;
        let (granularity, dimension) = (Granularity::Total, Dimension::Overall);
        let start = granularity.start_of(self.clock.now());
        let key = ProjectionKey { granularity, dimension, key: String::new(), start };
        Ok(self.repository.get(key.id()).await?.map(|row| row.figures).unwrap_or_default())
    }

    async fn prompts(&self, request: &RequestContext, page: &PageRequest) -> Result<Page<PromptFigures>, Error> {
        request.require(Role::Analyst)?;
        let page = self.repository.page(Self::totals(Dimension::Prompt), page).await?;
        let mut odd = None;
        let page = page.map(|row| {
            // Keys are written by `prompt_key` alone; another one is a defect, told below.
            let parsed = prompt_of(&row.key);
            odd = odd.or(parsed.is_none().then_some(row.id));
            let (prompt_id, prompt_version) = parsed.unwrap_or((uuid::Uuid::nil().into(), 0));
            PromptFigures { prompt_id, prompt_version, figures: row.figures }
        });
        odd.map_or(Ok(page), |id| Err(Error::internal(format!("projection {id} is of no prompt"))))
    }

    async fn providers(&self, request: &RequestContext) -> Result<Vec<ProviderFigures>, Error> {
        request.require(Role::Analyst)?;
        let rows = self.repository.find(&Self::totals(Dimension::Provider).limit(MAX_LISTED)).await?;
        Ok(rows.into_iter().map(|row| ProviderFigures { provider: row.key, figures: row.figures }).collect())
    }

    async fn categories(&self, request: &RequestContext) -> Result<Vec<CategoryFigures>, Error> {
        request.require(Role::Analyst)?;
        let rows = self.repository.find(&Self::totals(Dimension::Category).limit(MAX_LISTED)).await?;
        let known = rows.into_iter().map(|row| {
            let category =
                row.key.parse().map_err(|_| Error::internal(format!("projection {} is of no category", row.id)))?;
            Ok(CategoryFigures { category, figures: row.figures })
        });
        known.collect()
    }

    async fn timeseries(&self, request: &RequestContext, series: TimeseriesRequest) -> Result<Timeseries, Error> {
        request.require(Role::Analyst)?;
        let mut check = Validator::new();
        let (dimension, key) = series.about.unwrap_or((Dimension::Overall, String::new()));
        let least = usize::from(dimension != Dimension::Overall);
        let key = check.text("key", &key, TextRule::line(least, MAX_KEY_CHARS * least));
        let range = Range::parse(series.bucket, series.from, series.to, self.clock.now(), &self.options);
        let range = range.map_err(|violations| check.extend(violations)).ok();
        check.finish()?;
        let Some(range) = range else { return Err(Error::internal("a range without faults is there")) };
        let rows = self.rows(range, dimension, &key).await?;
        let none = Figures::default();
        let points =
            range.starts().map(|start| point(series.metric, start, rows.get(&start).unwrap_or(&none))).collect();
        Ok(Timeseries { metric: series.metric, bucket: series.bucket, from: range.from, to: range.to, points })
    }

    async fn export(&self, request: &RequestContext, export: ExportRequest) -> Result<Export, Error> {
        request.require(Role::Analyst)?;
        let range = Range::parse(Bucket::Day, export.from, export.to, self.clock.now(), &self.options)?;
        let filter = Filter::all([
            Projection::GRANULARITY.eq(Granularity::Day),
            Projection::START.at_least(range.from),
            Projection::START.less(range.to),
        ]);
        let batch = self.options.export_batch.max(1);
        let query = Query::filter(filter).sort(Projection::START.ascending()).limit(batch);
        let repository = Arc::clone(&self.repository);
        // Not `RepositoryExt::stream`: the export outlives this call, so it holds the repository.
        let lines = stream::try_unfold(Some(query), move |query| {
            let repository = Arc::clone(&repository);
            async move {
                let Some(query) = query else { return Ok(None) };
                let rows = repository.find(&query).await?;
                let Some(last) = rows.last() else { return Ok(None) };
                let next = (rows.len() == batch as usize).then(|| query.key_of(last));
                let next = next.map(|key| query.clone().start(Start::After(key)));
                Ok(Some((rows.iter().map(csv::line).collect::<String>(), next)))
            }
        });
        Ok(stream::iter([Ok(csv::HEADER.to_owned())]).chain(lines).boxed())
    }
}

#[expect(clippy::cast_precision_loss, reason = "a count above 2^53 would need centuries of traffic")]
fn point(metric: Metric, start: Timestamp, figures: &Figures) -> Point {
    let count = |count: u64| Some(count as f64);
    let (value, amounts) = match metric {
        Metric::Questions => (count(figures.questions), Vec::new()),
        Metric::Answers => (count(figures.answers), Vec::new()),
        Metric::SuccessRate => (figures.success_rate(), Vec::new()),
        Metric::Rating => (figures.average_rating(), Vec::new()),
        Metric::Ratings => (count(figures.rating_count()), Vec::new()),
        Metric::ResponseTimeP50 => (figures.response_times.quantile(0.5), Vec::new()),
        Metric::ResponseTimeP95 => (figures.response_times.quantile(0.95), Vec::new()),
        Metric::ResponseTimeP99 => (figures.response_times.quantile(0.99), Vec::new()),
        Metric::Tokens => (count(figures.prompt_tokens.saturating_add(figures.completion_tokens)), Vec::new()),
        Metric::Cost => (None, figures.cost_micros()),
        Metric::Orders => (count(figures.orders), Vec::new()),
        Metric::OrdersDelivered => (count(figures.orders_delivered), Vec::new()),
        Metric::OrdersFailed => (count(figures.orders_failed), Vec::new()),
        Metric::Revenue => (None, figures.revenue()),
    };
    Point { start, value, amounts }
}
