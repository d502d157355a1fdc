//! Finding prompts and showing them.

use std::collections::{BTreeMap, HashMap};

use futures_util::future::{try_join, try_join_all, try_join3};

use super::{
    CategoryPerformance, LATEST, Label, LabelMove, PRODUCTION, PerformanceSummary, Prompt, PromptCategory,
    PromptContext, PromptDetails, PromptFilter, PromptId, PromptSort, PromptVersion, Prompts, UsageStatistics,
    VersionId, VersionRecord, VersionSelector,
    record::{Totals, VersionPerformance},
    view::{CategoryUsage, count, own_labels},
};
use crate::{
    error::Error,
    page::{Page, PageRequest},
    query::{Filter, MAX_LIMIT, Query, Sort},
    reads::Reads,
    repository::RepositoryExt,
    validate::Validator,
};

impl PromptSort {
    const fn order(self) -> Sort<Prompt> {
        match self {
            Self::NewestFirst => Prompt::CREATED_AT.descending(),
            Self::OldestFirst => Prompt::CREATED_AT.ascending(),
            Self::LastUpdatedFirst => Prompt::LAST_UPDATED.descending(),
            Self::LastUpdatedLast => Prompt::LAST_UPDATED.ascending(),
            Self::Name => Prompt::NAME.ascending(),
            Self::NameDescending => Prompt::NAME.descending(),
        }
    }
}

impl Prompts {
    /// A prompt with its newest version.
    pub(super) async fn details(&self, prompt: Prompt) -> Result<PromptDetails, Error> {
        let version = self.version_by_id(prompt.latest_version_id).await?;
        self.shown(prompt, version).await
    }

    /// A prompt with this version.
    pub(super) async fn shown(&self, prompt: Prompt, version: PromptVersion) -> Result<PromptDetails, Error> {
        let served = prompt.production_version_id.map(VersionId::cast::<VersionPerformance>);
        let performance = async {
            match served {
                Some(id) => self.repository.get(id).await,
                None => Ok(None),
            }
        };
        let (labels, performance) = try_join(self.labels_of([prompt.id]), performance).await?;
        Ok(assemble(prompt, version, &labels, performance.as_ref()))
    }

    /// Labels of some prompts beside `production` and `latest`.
    pub(super) async fn labels_of(
        &self,
        prompts: impl IntoIterator<Item = PromptId>,
    ) -> Result<Vec<Label>, crate::StoreError> {
        self.repository.find(&Query::filter(Label::PROMPT_ID.one_of(prompts)).sort(Label::NAME.ascending())).await
    }

    /// The version with this number.
    pub(super) async fn version_numbered(&self, id: PromptId, number: u32) -> Result<PromptVersion, Error> {
        let filter = Filter::all([PromptVersion::PROMPT_ID.eq(id), PromptVersion::NUMBER.eq(number)]);
        self.repository.find_one_by(filter).await?.ok_or(Error::NotFound { kind: "prompt version" })
    }

    /// The number of the version selected; a label that is not there is no version.
    pub(super) async fn selected(&self, prompt: &Prompt, version: VersionSelector) -> Result<u32, Error> {
        let missing = || Error::NotFound { kind: "label" };
        match version {
            VersionSelector::Number(number) => Ok(number),
            VersionSelector::Production => prompt.production_version.ok_or_else(missing),
            VersionSelector::Label(label) if label == PRODUCTION => prompt.production_version.ok_or_else(missing),
            VersionSelector::Label(label) if label == LATEST => Ok(prompt.latest_version),
            VersionSelector::Label(label) => {
                let label = self.label_named(prompt.id, &label).await?;
                label.map(|label| label.version_number).ok_or_else(missing)
            }
        }
    }

    /// An editor's own label.
    pub(super) async fn label_named(&self, prompt: PromptId, name: &str) -> Result<Option<Label>, Error> {
        Ok(self.repository.find_one_by(Filter::all([Label::PROMPT_ID.eq(prompt), Label::NAME.eq(name)])).await?)
    }

    pub(super) async fn named(&self, name: &str, version: VersionSelector) -> Result<PromptDetails, Error> {
        let prompt = self.repository.find_one_by(Prompt::NAME.eq(name)).await?;
        let prompt: Prompt = prompt.ok_or(Error::NotFound { kind: "prompt" })?;
        let number = self.selected(&prompt, version).await?;
        let version = self.version_numbered(prompt.id, number).await?;
        self.shown(prompt, version).await
    }

    /// A prompt with its newest version, by its id.
    pub(super) async fn shown_by_id(&self, id: PromptId) -> Result<PromptDetails, Error> {
        let query = Query::filter(Prompt::ID.eq(id)).limit(1);
        self.all_shown(&query).await?.pop().ok_or(Error::NotFound { kind: "prompt" })
    }

    pub(super) async fn matching(
        &self,
        filter: PromptFilter,
        sort: PromptSort,
        page: &PageRequest,
    ) -> Result<Page<PromptDetails>, Error> {
        let query = page.query_of(Query::filter(self.filter_of(filter).await?).sort(sort.order()))?;
        let total = async {
            match page {
                PageRequest::Numbered { .. } => Ok(self.repository.count(&query).await?),
                PageRequest::First { .. } | PageRequest::After { .. } => Ok(0),
            }
        };
        let (shown, total) = try_join(self.all_shown(&query), total).await?;
        let prompts: Vec<Prompt> = shown.iter().map(|details| details.prompt.clone()).collect();
        let mut shown = shown.into_iter();
        // A page by cursor drops the last when it only tells that another page follows; the others keep their places.
        Ok(keep_present(Page::of(page, &query, prompts, total).map(|_| shown.next())))
    }

    async fn filter_of(&self, filter: PromptFilter) -> Result<Filter<Prompt>, Error> {
        let limits = &self.options.limits;
        let mut check = Validator::new();
        let tag = check.optional_text("tag", filter.tag.as_deref(), limits.tag);
        let text = check.optional_text("q", filter.text.as_deref(), limits.search);
        if filter.min_rating.is_some_and(|rating| !(1.0..=5.0).contains(&rating)) {
            check.fault("minRating", "must be between 1 and 5");
        }
        check.finish()?;
        let rated = match filter.min_rating {
            Some(rating) => Some(self.served_and_rated(rating).await?),
            None => None,
        };
        let parts = [
            filter.category.map(|category| Prompt::CATEGORY.eq(category)),
            filter.active.map(|active| Prompt::IS_ACTIVE.eq(active)),
            tag.map(|tag| Prompt::TAGS.has(tag)),
            text.map(Filter::search),
            rated,
        ];
        Ok(Filter::all(parts.into_iter().flatten()))
    }

    /// Prompts whose served version is rated at least so. Ratings are not a column of the prompt, because each one would
    /// raise the revision that editors hold.
    async fn served_and_rated(&self, rating: f64) -> Result<Filter<Prompt>, Error> {
        let most = self.options.limits.rated_versions.min(MAX_LIMIT - 1);
        let query = Query::filter(VersionPerformance::MEAN_RATING.at_least(rating)).limit(most + 1);
        let versions = self.repository.find(&query).await?;
        if versions.len() > most as usize {
            let message = format!("matches more than {most} versions: raise it");
            return Err(Error::invalid("minRating", message));
        }
        let versions = versions.into_iter().map(|record| Some(record.id.cast()));
        Ok(Prompt::PRODUCTION_VERSION_ID.one_of(versions))
    }

    /// The prompts that a query finds, each with its newest version, its labels and the record of the version that is
    /// served: one trip, however many there are.
    async fn all_shown(&self, query: &Query<Prompt>) -> Result<Vec<PromptDetails>, Error> {
        let mut reads = Reads::<PromptContext>::new();
        let prompts = reads.find(query);
        let versions = reads.find_of(prompts, Prompt::LATEST_VERSION_ID, PromptVersion::ID, &Query::everything());
        let records =
            reads.find_of(prompts, Prompt::PRODUCTION_VERSION_ID, VersionPerformance::ID, &Query::everything());
        let labels = reads.find_of(prompts, Prompt::ID, Label::PROMPT_ID, &Query::everything());
        let mut found = self.repository.find_all(reads).await?;
        let (prompts, labels) = (found.take(prompts)?, found.take(labels)?);
        let versions = found.take(versions)?.into_iter();
        let mut versions: HashMap<_, _> = versions.map(|version| (version.prompt_id, version)).collect();
        let records = found.take(records)?.into_iter();
        let records: HashMap<_, _> = records.map(|record| (record.prompt_id, record)).collect();
        let shown = prompts.into_iter().map(|prompt| {
            let version = versions.remove(&prompt.id);
            let version =
                version.ok_or_else(|| Error::internal(format!("the newest version of {} is not stored", prompt.id)))?;
            let record = records.get(&prompt.id);
            Ok(assemble(prompt, version, &labels, record))
        });
        shown.collect()
    }

    pub(super) async fn version_history(&self, id: PromptId, page: &PageRequest) -> Result<Page<PromptVersion>, Error> {
        self.living(id).await?;
        let query = Query::filter(PromptVersion::PROMPT_ID.eq(id)).sort(PromptVersion::NUMBER.descending());
        Ok(self.repository.page(query, page).await?)
    }

    pub(super) async fn move_history(&self, id: PromptId, page: &PageRequest) -> Result<Page<LabelMove>, Error> {
        self.living(id).await?;
        let query = Query::filter(LabelMove::PROMPT_ID.eq(id)).sort(LabelMove::MOVED_AT.descending());
        Ok(self.repository.page(query, page).await?)
    }

    /// The records of all versions of a prompt, the newest first.
    pub(super) async fn records(&self, id: PromptId) -> Result<Vec<VersionRecord>, Error> {
        let prompt = self.living(id).await?;
        let versions = Query::filter(PromptVersion::PROMPT_ID.eq(id)).sort(PromptVersion::NUMBER.descending());
        let records = Query::filter(VersionPerformance::PROMPT_ID.eq(id));
        let (versions, records, labels) =
            try_join3(self.repository.find(&versions), self.repository.find(&records), self.labels_of([id])).await?;
        let records: HashMap<_, _> = records.into_iter().map(|record| (record.version_number, record)).collect();
        let labels = all_labels(&prompt, &labels);
        let record_of = |version: &PromptVersion| {
            let pointing = labels.iter().filter(|(_, number)| **number == version.number);
            let pointing = pointing.map(|(label, _)| label.clone()).collect();
            VersionRecord::new(version, pointing, records.get(&version.number))
        };
        Ok(versions.iter().map(record_of).collect())
    }

    pub(super) async fn usage(&self) -> Result<UsageStatistics, Error> {
        let categories = PromptCategory::ALL.iter().copied();
        let counts = categories.clone().map(|category| async move {
            let all = Query::filter(Prompt::CATEGORY.eq(category));
            let active = Query::filter(Filter::all([Prompt::CATEGORY.eq(category), Prompt::IS_ACTIVE.eq(true)]));
            try_join(self.repository.count(&all), self.repository.count(&active)).await
        });
        let records = Query::filter(CategoryPerformance::ID.one_of(categories.map(CategoryPerformance::id_of)));
        let (counts, records) = try_join(try_join_all(counts), self.repository.find(&records)).await?;
        Ok(summarise(&counts, &records))
    }
}

fn summarise(counts: &[(u64, u64)], records: &[CategoryPerformance]) -> UsageStatistics {
    let mut whole = Totals::default();
    for record in records {
        whole.add(&record.totals);
    }
    let usage = |(category, (prompts, active)): (&PromptCategory, &(u64, u64))| {
        let record = records.iter().find(|record| record.category == *category);
        CategoryUsage {
            category: *category,
            prompts: *prompts,
            active: *active,
            uses: record.map_or(0, |record| count(record.totals.uses)),
            average_rating: record.and_then(|record| record.totals.mean_rating()),
        }
    };
    let by_category: Vec<CategoryUsage> = PromptCategory::ALL.iter().zip(counts).map(usage).collect();
    // The first of those used most, which `max_by_key` would not give.
    let most = by_category.iter().map(|usage| usage.uses).max().unwrap_or(0);
    let top = by_category.iter().find(|usage| usage.uses == most && most > 0);
    UsageStatistics {
        total_prompts: by_category.iter().map(|usage| usage.prompts).sum(),
        active_prompts: by_category.iter().map(|usage| usage.active).sum(),
        average_rating: whole.mean_rating(),
        top_category: top.map(|usage| usage.category),
        by_category,
    }
}

fn all_labels(prompt: &Prompt, labels: &[Label]) -> BTreeMap<String, u32> {
    let own = labels.iter().filter(|label| label.prompt_id == prompt.id);
    own.map(|label| (label.name.clone(), label.version_number)).chain(own_labels(prompt)).collect()
}

fn assemble(
    prompt: Prompt,
    version: PromptVersion,
    labels: &[Label],
    performance: Option<&VersionPerformance>,
) -> PromptDetails {
    let labels = all_labels(&prompt, labels);
    let performance = performance.map(PerformanceSummary::from).unwrap_or_default();
    PromptDetails { prompt, version, labels, performance }
}

fn keep_present<T>(page: Page<Option<T>>) -> Page<T> {
    match page {
        Page::Numbered { data, total, page, limit } => {
            Page::Numbered { data: data.into_iter().flatten().collect(), total, page, limit }
        }
        Page::Cursor { data, limit, next } => Page::Cursor { data: data.into_iter().flatten().collect(), limit, next },
    }
}
