//! The protocols, and what each does with a request.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{anthropic, check::Checked, gemini, openai, script::Answer, vehicles};

/// Whose protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    /// OpenAI's chat completions.
    #[serde(rename = "openai")]
    OpenAi,
    /// Anthropic's messages.
    Anthropic,
    /// Google's Gemini API.
    Gemini,
    /// The DVLA's Vehicle Enquiry Service.
    Ves,
    /// The DVSA's MOT history service.
    Dvsa,
    /// Where the DVSA's access tokens are had.
    DvsaToken,
}

impl Protocol {
    /// Those of language models.
    pub const MODELS: [Self; 3] = [Self::OpenAi, Self::Anthropic, Self::Gemini];
    /// Those of the services that know vehicles.
    pub const VEHICLES: [Self; 3] = [Self::Ves, Self::Dvsa, Self::DvsaToken];

    /// All of them; no prefix begins with another.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        Self::MODELS.into_iter().chain(Self::VEHICLES)
    }

    /// The bytes of a streamed answer, for tests of readers without a wire.
    pub fn stream_bytes(self, answer: &Answer) -> Vec<u8> {
        let asked = Checked { model: "model-1".to_owned(), stream: true, wants_usage: true, ..Checked::default() };
        self.events(answer, &asked).concat().into_bytes()
    }

    /// The first part of its paths here.
    pub(crate) const fn prefix(self) -> &'static str {
        match self {
            Self::OpenAi => "/openai",
            Self::Anthropic => "/anthropic",
            Self::Gemini => "/gemini",
            Self::Ves => "/dvla",
            Self::Dvsa => "/dvsa",
            Self::DvsaToken => "/entra",
        }
    }

    /// What comes behind it in the address that the provider's clients take.
    pub(crate) const fn base_path(self) -> &'static str {
        match self {
            Self::OpenAi => "/v1",
            Self::DvsaToken => vehicles::TOKEN_PATH,
            Self::Anthropic | Self::Gemini | Self::Ves | Self::Dvsa => "",
        }
    }

    /// What a request asks for, with all that is wrong with it.
    pub(crate) fn check(self, request: &Request<'_>) -> Checked {
        match self {
            Self::OpenAi => openai::check(request),
            Self::Anthropic => anthropic::check(request),
            Self::Gemini => gemini::check(request),
            Self::Ves => vehicles::check_ves(request),
            Self::Dvsa => vehicles::check_dvsa(request),
            Self::DvsaToken => vehicles::check_token(request),
        }
    }

    /// A whole answer.
    pub(crate) fn whole(self, answer: &Answer, model: &str) -> Value {
        match self {
            Self::OpenAi => openai::whole(answer, model),
            Self::Anthropic => anthropic::whole(answer, model),
            Self::Gemini => gemini::whole(answer, model),
            // They have no answers of text.
            Self::Ves | Self::Dvsa | Self::DvsaToken => Value::Null,
        }
    }

    /// The events of a streamed answer, the terminal one last.
    pub(crate) fn events(self, answer: &Answer, asked: &Checked) -> Vec<String> {
        match self {
            Self::OpenAi => openai::events(answer, &asked.model, asked.wants_usage),
            Self::Anthropic => anthropic::events(answer, &asked.model),
            Self::Gemini => gemini::events(answer, &asked.model),
            Self::Ves | Self::Dvsa | Self::DvsaToken => Vec::new(),
        }
    }

    /// Whether an event is what ends a stream, without which it is no answer.
    pub(crate) fn ends(self, event: &str) -> bool {
        let data = event.lines().find_map(|line| line.strip_prefix("data: ")).unwrap_or_default();
        let data: Value = serde_json::from_str(data).unwrap_or_default();
        match self {
            Self::OpenAi => data["choices"][0]["finish_reason"].is_string() || event.starts_with("data: [DONE]"),
            Self::Anthropic => data["type"] == "message_stop",
            Self::Gemini => data["candidates"][0]["finishReason"].is_string(),
            Self::Ves | Self::Dvsa | Self::DvsaToken => false,
        }
    }

    /// The answer to a request that is wrong, as the provider would word it.
    pub(crate) fn refusal(self, status: u16, message: &str) -> Value {
        match self {
            Self::OpenAi => openai::refusal(status, message),
            Self::Anthropic => anthropic::refusal(status, message),
            Self::Gemini => gemini::refusal(status, message),
            Self::Ves | Self::Dvsa | Self::DvsaToken => vehicles::refusal(self, status, message),
        }
    }

    /// The list of models.
    pub(crate) fn models(self, models: &[String]) -> Value {
        match self {
            Self::OpenAi => openai::models(models),
            Self::Anthropic => anthropic::models(models),
            Self::Gemini => gemini::models(models),
            Self::Ves | Self::Dvsa | Self::DvsaToken => Value::Null,
        }
    }
}

/// A request as it came.
pub(crate) struct Request<'a> {
    /// `POST` or `GET`.
    pub(crate) method: &'a str,
    /// Behind the protocol's prefix.
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    pub(crate) headers: &'a [(String, String)],
    pub(crate) body: &'a [u8],
}

impl Request<'_> {
    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }
}
