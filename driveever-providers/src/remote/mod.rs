//! Models behind an address: OpenAI and everything compatible with it, Claude, Gemini.
//!
//! A [`RemoteModel`] is one provider with its key, address and models: a [`TextModel`] that translates its protocol and
//! nothing more. What it guarantees whatever comes over the wire: an answer is whole or it is an error; nothing is held beyond
//! the limits in [`WireLimits`]; nothing lasts longer than [`Timeouts`] and the caller allow; redirects are not followed;
//! a stream is read as fast as its reader takes it, and dropping it closes the connection. Neither the key nor a word of the
//! provider's own messages gets into an error, a debug print or a row: messages may repeat the prompt or the key.
//!
//! Which error is which, see `docs/providers.md`. Retries, fallback, breakers and costs are the AI service's.
//!
//! ```
//! # fn main() -> Result<(), driveever_providers::remote::SettingsError> {
//! use std::sync::Arc;
//! use driveever_core::{ai::text_model::TextModel, time::SystemClock};
//! use driveever_providers::remote::{RemoteModel, RemoteSettings};
//!
//! # #[cfg(feature = "openai")] {
//! let settings = RemoteSettings::new("ollama", "http://localhost:11434/v1", vec!["llama3.3".to_owned()]);
//! let model = RemoteModel::openai_compatible(settings, Arc::new(SystemClock))?;
//! assert_eq!(model.provider(), "ollama");
//! # }
//! # Ok(())
//! # }
//! ```

#[cfg(feature = "anthropic")]
mod anthropic;
mod failure;
#[cfg(feature = "gemini")]
mod gemini;
mod model;
#[cfg(feature = "openai")]
mod openai;
mod protocol;
mod settings;
pub mod sse;
mod stream;
#[cfg(all(test, feature = "openai", feature = "anthropic", feature = "gemini"))]
mod tests;
mod transport;
#[cfg(any(feature = "openai", feature = "anthropic"))]
mod windows;

pub use model::RemoteModel;
pub use settings::{RemoteSettings, Timeouts, WireLimits};

pub use crate::http::SettingsError;

#[cfg(doc)]
use driveever_core::ai::text_model::TextModel;
