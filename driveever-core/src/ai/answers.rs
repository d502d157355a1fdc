//! The AI service over a store and any number of models.

use std::{
    collections::{HashSet, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use futures_util::stream::{StreamExt, TryStreamExt};

use super::{
    AiHealth, AiObserver, AiRepository, AiResponse, AiService, AiState, AnswerStream, Feedback, GenerateRequest,
    NewFeedback, ProviderInfo, ProviderStatus, ResponseId,
    ask::{self, Ask},
    breaker::Breakers,
    health::{HealthCache, Samples},
    options::AiOptions,
    price::PriceTable,
    stream::{self, Cancelled},
    text_model::TextModel,
};
use crate::{
    changes::Changes,
    error::{Error, StoreError},
    event::EventFactory,
    id::{IdGenerator, derived_uuid},
    page::{Page, PageRequest},
    query::Query,
    repository::RepositoryExt,
    request::{RequestContext, Role},
    time::{Clock, Timer},
    validate::Validator,
};

/// The AI service. Its clones are one service.
///
/// Models are asked in the order given: the first is the default, the others are its fallback. What a model is asked
/// within is in [`AiOptions`]; core has no timer, so the models' adapters keep the time given with each request, and the
/// budget for all tries is checked between them.
#[derive(Clone)]
pub struct Answers {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) repository: Arc<dyn AiRepository>,
    pub(super) models: Vec<Arc<dyn TextModel>>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: Arc<dyn IdGenerator>,
    pub(super) options: AiOptions,
    pub(super) cancelled: Mutex<VecDeque<Cancelled>>,
    pub(super) health: HealthCache,
    pub(super) breakers: Mutex<Breakers>,
    pub(super) timer: Option<Arc<dyn Timer>>,
    pub(super) observer: Option<Arc<dyn AiObserver>>,
    pub(super) prices: Option<PriceTable>,
    pub(super) samples: Samples,
}

impl Answers {
    /// Over this store, asking these models in their order.
    ///
    /// # Errors
    /// [`Error::Invalid`] when two models have one provider name: each is asked by it.
    pub fn new(
        repository: Arc<dyn AiRepository>,
        models: Vec<Arc<dyn TextModel>>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGenerator>,
        options: AiOptions,
    ) -> Result<Self, Error> {
        let mut names = HashSet::new();
        if let Some(twin) = models.iter().find(|model| !names.insert(model.provider().to_owned())) {
            return Err(Error::invalid("providers", format!("{} is configured twice", twin.provider())));
        }
        let inner = Inner {
            repository,
            models,
            clock,
            ids,
            options,
            cancelled: Mutex::default(),
            health: HealthCache::default(),
            breakers: Mutex::default(),
            timer: None,
            observer: None,
            prices: None,
            samples: Samples::default(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// With a timer, by which it can wait before it asks again. Without one nothing is waited for: what would have to wait
    /// goes to the next provider.
    pub fn with_timer(self, timer: Arc<dyn Timer>) -> Self {
        self.with(|inner| inner.timer = Some(timer))
    }

    /// With what tokens cost. Without it an answer has a cost only where its provider says one.
    ///
    /// # Errors
    /// [`Error::Invalid`] with everything that is wrong with the table.
    pub fn with_prices(self, prices: PriceTable) -> Result<Self, Error> {
        prices.check()?;
        Ok(self.with(|inner| inner.prices = Some(prices)))
    }

    /// Watched by this one.
    pub fn with_observer(self, observer: Arc<dyn AiObserver>) -> Self {
        self.with(|inner| inner.observer = Some(observer))
    }

    /// Changes what nobody else has yet; a service that is in use stays as it is.
    fn with(mut self, change: impl FnOnce(&mut Inner)) -> Self {
        if let Some(inner) = Arc::get_mut(&mut self.inner) {
            change(inner);
        }
        self
    }

    /// Stores what streams left behind that their readers dropped; gives how many. Whoever embeds the service calls it now
    /// and then (core has no background of its own); each question that is asked does so too. What waits when the process
    /// dies is lost: nobody was given an end, and nothing was billed.
    ///
    /// # Errors
    /// The store's; what could not be stored waits for the next call.
    pub async fn store_cancelled(&self) -> Result<usize, Error> {
        let mut stored = 0;
        loop {
            let next = self.inner.cancelled.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            let Some(cancelled) = next else { return Ok(stored) };
            match self.inner.store(&cancelled.request, &cancelled.response).await {
                Err(error) if error.is_retryable() => {
                    self.inner.queue(cancelled);
                    return Err(error);
                }
                // One that can never be stored must not hold up the others.
                result => stored += usize::from(result.is_ok()),
            }
        }
    }

    /// Stores what is left behind before a question is asked. A failure leaves it for later; the question goes on.
    async fn sweep(&self) {
        self.store_cancelled().await.ok();
    }

    fn checked(&self, request: &RequestContext, mut generate: GenerateRequest) -> Result<Ask, Error> {
        request.require(Role::User)?;
        let mut check = Validator::new();
        ask::check_texts(&mut check, &mut generate, &self.inner.options.limits);
        let candidates = ask::candidates(&mut check, &self.inner.models, &generate);
        check.finish()?;
        if candidates.is_empty() {
            return Err(Error::Unavailable { what: "an AI provider", detail: "none is configured".to_owned() });
        }
        let id = ask::wanted_id(request, &generate).unwrap_or_else(|| self.inner.ids.id());
        Ok(Ask { request: request.clone(), generate, id, candidates })
    }

    /// What is stored under the id that the caller wants.
    async fn known(&self, request: &RequestContext, generate: &GenerateRequest) -> Result<Option<AiResponse>, Error> {
        match ask::wanted_id(request, generate) {
            Some(id) => self.inner.stored(request, id).await,
            None => Ok(None),
        }
    }

    /// The stored answer or failure to a checked question.
    async fn answer(&self, ask: Ask) -> Result<AiResponse, Error> {
        if let Some(known) = self.known(&ask.request, &ask.generate).await? {
            return Ok(known);
        }
        let response = self.inner.generated(&ask).await;
        self.inner.store(&ask.request, &response).await
    }
}

impl Inner {
    /// The stored answer with this id; somebody else's is not found.
    pub(super) async fn stored(&self, request: &RequestContext, id: ResponseId) -> Result<Option<AiResponse>, Error> {
        let stored: Option<AiResponse> = self.repository.get(id).await?;
        match stored {
            Some(stored) if !may_see(request, &stored) => Err(Error::NotFound { kind: "AI response" }),
            stored => Ok(stored),
        }
    }

    /// Stores an answer or failure with its event. When another call was quicker with the same id, its result is given.
    pub(super) async fn store(&self, request: &RequestContext, response: &AiResponse) -> Result<AiResponse, Error> {
        let events = EventFactory::new(self.clock.as_ref(), self.ids.as_ref(), request);
        let event = events.event(response, response.revision, &ask::generated_event(response));
        match self.repository.commit(Changes::new().insert(response).causing(event)).await {
            Ok(()) => Ok(response.clone()),
            Err(error @ StoreError::Duplicate { .. }) => {
                self.stored(request, response.id).await?.ok_or(Error::Store(error))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Leaves a cancelled stream's rest to be stored.
    pub(super) fn queue(&self, cancelled: Cancelled) {
        let mut queue = self.cancelled.lock().unwrap_or_else(PoisonError::into_inner);
        if queue.len() >= self.options.cancelled_queue.max(1) {
            queue.pop_front();
        }
        queue.push_back(cancelled);
    }
}

/// Whether an answer is the caller's; an erased user's is nobody's.
fn may_see(request: &RequestContext, response: &AiResponse) -> bool {
    response.user_id.map_or_else(|| request.roles.has(Role::Admin), |owner| request.may_see(owner))
}

fn answered(response: AiResponse) -> Result<AiResponse, Error> {
    if response.success { Ok(response) } else { Err(ask::error_of(&response)) }
}

#[async_trait]
impl AiService for Answers {
    async fn generate(&self, request: &RequestContext, generate: GenerateRequest) -> Result<AiResponse, Error> {
        let ask = self.checked(request, generate)?;
        self.sweep().await;
        answered(self.answer(ask).await?)
    }

    async fn generate_multiple(
        &self,
        request: &RequestContext,
        generate: GenerateRequest,
        providers: Vec<String>,
    ) -> Result<Vec<AiResponse>, Error> {
        request.require(Role::User)?;
        let (inner, mut generate) = (&self.inner, generate);
        let mut check = Validator::new();
        ask::check_texts(&mut check, &mut generate, &inner.options.limits);
        let most = inner.options.limits.providers;
        let fits = (1..=most).contains(&providers.len());
        check.require("providers", fits, &format!("must name between 1 and {most} providers"));
        let mut seen = HashSet::new();
        let mut asks = Vec::new();
        for (place, name) in providers.iter().enumerate().take(most) {
            let field = format!("providers[{place}]");
            if !seen.insert(name.as_str()) {
                check.fault(&field, "is named twice");
                continue;
            }
            let Some(model) = ask::find_provider(&mut check, &field, &inner.models, name) else { continue };
            ask::check_model(&mut check, model.as_ref(), generate.model.as_deref());
            // One wanted identity gives each provider its own, so that the call can be repeated.
            let wanted = ask::wanted_id(request, &generate);
            let id = wanted.map_or_else(|| inner.ids.id(), |id| derived_uuid([id.to_string().as_str(), name]).into());
            let generate = GenerateRequest { response_id: wanted.map(|_| id), fallback: false, ..generate.clone() };
            asks.push(Ask { request: request.clone(), generate, id, candidates: vec![model] });
        }
        check.finish()?;
        self.sweep().await;
        let answers = futures_util::stream::iter(asks).map(|ask| self.answer(ask));
        answers.buffered(inner.options.parallel.max(1)).try_collect().await
    }

    async fn stream(&self, request: &RequestContext, generate: GenerateRequest) -> Result<AnswerStream, Error> {
        let ask = self.checked(request, generate)?;
        self.sweep().await;
        match self.known(request, &ask.generate).await? {
            Some(stored) => Ok(stream::replayed(stored)),
            None => Ok(stream::begun(Arc::clone(&self.inner), ask)),
        }
    }

    async fn response(&self, request: &RequestContext, id: ResponseId) -> Result<AiResponse, Error> {
        request.require(Role::User)?;
        self.inner.stored(request, id).await?.ok_or(Error::NotFound { kind: "AI response" })
    }

    async fn responses(&self, request: &RequestContext, page: &PageRequest) -> Result<Page<AiResponse>, Error> {
        let user = request.user_id()?;
        let query = Query::filter(AiResponse::USER_ID.eq(user)).sort(AiResponse::CREATED_AT.descending());
        Ok(self.inner.repository.page(query, page).await?)
    }

    async fn give_feedback(
        &self,
        request: &RequestContext,
        id: ResponseId,
        feedback: NewFeedback,
    ) -> Result<Feedback, Error> {
        let user = request.user_id()?;
        let given = super::feedback::checked(&feedback, &self.inner.options.limits)?;
        let response = self.response(request, id).await?;
        if response.user_id != Some(user) {
            // An admin sees it, and has no opinion on it.
            return Err(Error::NotFound { kind: "AI response" });
        }
        self.inner.give_feedback(request, user, &response, &given).await
    }

    async fn feedback(&self, request: &RequestContext, id: ResponseId) -> Result<Option<Feedback>, Error> {
        let user = request.user_id()?;
        self.response(request, id).await?;
        Ok(self.inner.feedback_of(id, user).await?)
    }

    async fn providers(&self, request: &RequestContext) -> Result<Vec<ProviderInfo>, Error> {
        request.require(Role::User)?;
        let info =
            |model: &Arc<dyn TextModel>| ProviderInfo { name: model.provider().to_owned(), models: model.models() };
        Ok(self.inner.models.iter().map(info).collect())
    }

    async fn status(&self, request: &RequestContext) -> Result<Vec<ProviderStatus>, Error> {
        request.require(Role::User)?;
        Ok(self.inner.provider_status().await)
    }

    async fn health(&self) -> Result<AiHealth, Error> {
        let mut providers = self.inner.provider_status().await;
        for provider in &mut providers {
            provider.detail = None;
        }
        let status = match providers.iter().filter(|provider| provider.available).count() {
            0 => AiState::Unhealthy,
            available if available == providers.len() => AiState::Healthy,
            _ => AiState::Degraded,
        };
        Ok(AiHealth { status, providers })
    }

    async fn test(&self, request: &RequestContext, provider: Option<String>) -> Result<AiResponse, Error> {
        if let Some(known) = self.inner.sample(request, provider.as_deref()).await? {
            return answered(known);
        }
        let asked = provider.clone();
        let question = self.inner.options.test_question.clone();
        let generate = GenerateRequest { prompt: question.clone(), question, provider, ..GenerateRequest::default() };
        let ask = self.checked(request, generate)?;
        self.sweep().await;
        let response = self.answer(ask).await?;
        self.inner.remember_sample(request, asked.as_deref(), response.id).await;
        answered(response)
    }
}
