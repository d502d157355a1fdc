//! A test server that speaks the protocols of language-model providers and of the registers of vehicles, faults included.
//!
//! A [`Double`] listens on a port of this machine and answers OpenAI's chat completions, Anthropic's messages and Gemini's
//! `generateContent`, whole and as streams, and their lists of models. It checks what it is sent against the provider's
//! published shape ([`Received::violations`]): a request with a missing header, a field that the provider does not know or a
//! parameter that the model refuses is answered as the provider would, and the test can see why. What it answers is a
//! [`Script`]: a [`Reply`] (an answer, an error as the provider spells it, any bytes) and what goes wrong on the way
//! ([`Fault`]). Scripts are used up in their order, one a request; after them comes an ordinary answer.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! use driveever_doubles::{Double, Fault, Protocol, Script};
//!
//! let double = Double::start().await?;
//! double.script(Protocol::OpenAi, Script::answer("Tyres need 1.6 mm.").with(Fault::CutAt { byte: 120, abort: true }));
//! let base = double.base_url(Protocol::OpenAi); // give it to the client under test, with any key
//! assert!(base.ends_with("/openai/v1"));
//! assert!(double.received().is_empty());
//! # Ok(())
//! # }
//! ```
//!
//! The registers of vehicles are the DVLA's Vehicle Enquiry Service, the DVSA's MOT history service and the token service in
//! front of it ([`Protocol::VEHICLES`]). They know what they were given ([`Double::know`]); a token is good until
//! [`Double::expire_tokens`].
//!
//! Another program is served by `cargo run --example provider_doubles`; it scripts with `POST /script` (see [`ScriptOrder`])
//! and reads `GET /received`. What a real provider answered is not in here: the shapes are written from the providers'
//! published schemas, and their official clients are run against them.

mod anthropic;
mod check;
mod gemini;
mod openai;
mod plan;
mod protocol;
pub mod rows;
mod script;
mod server;
mod vehicles;

pub use protocol::Protocol;
pub use script::{Answer, Ending, Fault, Reply, Script, Usage};
pub use server::{Double, Received, ScriptOrder};
