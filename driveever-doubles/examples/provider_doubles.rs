//! The double as a program of its own: `cargo run --package driveever-doubles --example provider_doubles [ADDRESS]`.
//!
//! It prints the addresses to give to clients, answers until it is stopped, and takes scripts by `POST /script`:
//! `{"protocol": "openai", "script": {"reply": {"kind": "answer", "pieces": ["Yes."]}}, "times": 0}`.
#![expect(clippy::print_stdout, reason = "an example shows its result")]

use std::net::SocketAddr;

use driveever_doubles::{Double, Protocol};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address: SocketAddr = std::env::args().nth(1).as_deref().unwrap_or("127.0.0.1:8091").parse()?;
    let double = Double::listen(address).await?;
    for (name, protocol) in
        [("OPENAI", Protocol::OpenAi), ("ANTHROPIC", Protocol::Anthropic), ("GEMINI", Protocol::Gemini)]
    {
        println!("{name}_BASE_URL={}", double.base_url(protocol));
    }
    tokio::signal::ctrl_c().await?;
    Ok(())
}
