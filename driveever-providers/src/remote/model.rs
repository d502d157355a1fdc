//! One provider as a [`TextModel`].

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use driveever_core::{
    ai::{
        ModelError,
        text_model::{Generated, Generation, ModelHealth, Piece, TextModel},
    },
    time::Clock,
};
use futures_util::stream::BoxStream;
use reqwest::Response;
use secrecy::ExposeSecret;
use tokio::time::Instant;

use crate::http::{self, SettingsError};

use super::{
    failure,
    protocol::Protocol,
    settings::RemoteSettings,
    stream,
    transport::{Begun, Transport},
};

/// A provider behind an address. Its clones are one provider.
#[derive(Clone)]
pub struct RemoteModel {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    settings: RemoteSettings,
    pub(super) protocol: Box<dyn Protocol>,
    pub(super) transport: Transport,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for RemoteModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteModel").field("settings", &self.inner.settings).finish_non_exhaustive()
    }
}

impl RemoteModel {
    /// OpenAI; its address ends in `/v1`.
    ///
    /// # Errors
    /// What is wrong with the settings.
    #[cfg(feature = "openai")]
    pub fn openai(settings: RemoteSettings, clock: Arc<dyn Clock>) -> Result<Self, SettingsError> {
        Self::new(settings, super::openai::OpenAi { compatible: false }, clock)
    }

    /// A server that speaks OpenAI's protocol: vLLM, Ollama, llama.cpp, LiteLLM; its address ends in `/v1`.
    ///
    /// # Errors
    /// What is wrong with the settings.
    #[cfg(feature = "openai")]
    pub fn openai_compatible(settings: RemoteSettings, clock: Arc<dyn Clock>) -> Result<Self, SettingsError> {
        Self::new(settings, super::openai::OpenAi { compatible: true }, clock)
    }

    /// Claude; its address names no version.
    ///
    /// # Errors
    /// What is wrong with the settings.
    #[cfg(feature = "anthropic")]
    pub fn anthropic(settings: RemoteSettings, clock: Arc<dyn Clock>) -> Result<Self, SettingsError> {
        Self::new(settings, super::anthropic::Anthropic, clock)
    }

    /// Gemini; its address names no version.
    ///
    /// # Errors
    /// What is wrong with the settings.
    #[cfg(feature = "gemini")]
    pub fn gemini(settings: RemoteSettings, clock: Arc<dyn Clock>) -> Result<Self, SettingsError> {
        Self::new(settings, super::gemini::Gemini, clock)
    }

    fn new(
        settings: RemoteSettings,
        protocol: impl Protocol + 'static,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, SettingsError> {
        settings.check()?;
        let address = http::address("base_url", &settings.base_url)?;
        let key = settings.key.as_ref().map(|key| key.expose_secret().trim());
        let headers = protocol.headers(key);
        let wrong = SettingsError { field: "key", takes: "a key without spaces or control characters" };
        let headers = headers.map_err(|_| wrong)?.into_iter().collect();
        let transport = Transport::new(address, headers, &settings, clock.clone())?;
        Ok(Self { inner: Arc::new(Inner { settings, protocol: Box::new(protocol), transport, clock }) })
    }
}

impl Inner {
    /// An answer that has begun with a good status.
    pub(super) async fn ask(&self, request: &Generation, stream: bool, deadline: Instant) -> Result<Begun, ModelError> {
        let model = request.model.as_deref().or(self.settings.models.first().map(String::as_str)).unwrap_or_default();
        let body = self.protocol.body(model, request, stream, &self.settings);
        let path = self.protocol.path(model, stream);
        let begun = self.transport.ask(&path, body.to_string().into_bytes(), deadline).await?;
        let now = self.clock.now();
        self.transport.learn(self.protocol.allowance(begun.response.headers(), now));
        if begun.response.status().is_success() {
            return Ok(begun);
        }
        let error = self.failure(begun.response, deadline).await;
        if let ModelError::RateLimited { retry_after: Some(wait), .. } = &error {
            self.transport.hold(*wait);
        }
        Err(error)
    }

    /// What an answer with a bad status means.
    async fn failure(&self, response: Response, deadline: Instant) -> ModelError {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = self.transport.error_body(response, deadline).await;
        let wait = http::wait(&headers, self.clock.now());
        self.protocol.failure(status, &body).error(wait, failure::request_id(&headers).as_deref())
    }

    pub(super) fn deadline(&self, timeout: Duration) -> Instant {
        Instant::now() + timeout.min(self.transport.timeouts.total)
    }

    async fn look(&self) -> Result<(), ModelError> {
        let response = self.transport.look(self.protocol.models_path()).await?;
        match response.status().as_u16() {
            // Some compatible servers have no list; that they say so is answer enough.
            200..=299 | 404 | 405 => Ok(()),
            _ => Err(self.failure(response, self.deadline(self.transport.timeouts.health)).await),
        }
    }
}

#[async_trait]
impl TextModel for RemoteModel {
    fn provider(&self) -> &str {
        &self.inner.settings.name
    }

    fn models(&self) -> Vec<String> {
        self.inner.settings.models.clone()
    }

    async fn generate(&self, request: &Generation) -> Result<Generated, ModelError> {
        let inner = &self.inner;
        let deadline = inner.deadline(request.timeout);
        let Begun { response, turn: _turn } = inner.ask(request, false, deadline).await?;
        let id = failure::request_id(response.headers());
        let body = inner.transport.body(response, deadline).await?;
        Ok(Generated { provider_request_id: id, ..inner.protocol.whole(&body)? })
    }

    async fn stream(&self, request: &Generation) -> Result<BoxStream<'static, Result<Piece, ModelError>>, ModelError> {
        let deadline = self.inner.deadline(request.timeout);
        let begun = self.inner.ask(request, true, deadline).await?;
        stream::pieces(Arc::clone(&self.inner), begun, deadline)
    }

    async fn health(&self) -> ModelHealth {
        let found = self.inner.look().await;
        let checked_at = self.inner.clock.now();
        match found {
            Ok(()) => ModelHealth::available(checked_at),
            Err(error) => ModelHealth { available: false, detail: Some(error.to_string()), checked_at },
        }
    }
}
