//! The double as a program of its own: `cargo run --package driveever-doubles --example provider_doubles [ADDRESS [FOLDER]]`.
//!
//! The registers of vehicles know what is in the folder: `MARK.ves.json` and `MARK.dvsa.json` each. It prints the addresses to give to clients, answers until it is stopped, and takes scripts by `POST /script`:
//! `{"protocol": "openai", "script": {"reply": {"kind": "answer", "pieces": ["Yes."]}}, "times": 0}`.
#![expect(clippy::print_stdout, reason = "an example shows its result")]

use std::net::SocketAddr;

use driveever_doubles::{Double, Protocol};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address: SocketAddr = std::env::args().nth(1).as_deref().unwrap_or("127.0.0.1:8091").parse()?;
    let double = Double::listen(address).await?;
    for (name, protocol) in [
        ("OPENAI_BASE_URL", Protocol::OpenAi),
        ("ANTHROPIC_BASE_URL", Protocol::Anthropic),
        ("GEMINI_BASE_URL", Protocol::Gemini),
        ("DVLA_BASE_URL", Protocol::Ves),
        ("DVSA_BASE_URL", Protocol::Dvsa),
        ("DVSA_TOKEN_URL", Protocol::DvsaToken),
    ] {
        println!("{name}={}", double.base_url(protocol));
    }
    if let Some(folder) = std::env::args_os().nth(2) {
        double.know_folder(folder.as_ref())?;
    }
    tokio::signal::ctrl_c().await?;
    Ok(())
}
