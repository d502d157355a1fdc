//! The whole road with models behind an address, over the wire of each protocol.

use driveever_doubles::{Answer, Double, Fault, Protocol, Reply, Script};
use serde_json::{Value, json};
use tokio::process::Command;

use super::{
    commands::{output, said},
    support::{Home, Server, User},
};

const KEY: &str = "sk-very-secret";

/// A server that asks the double under each provider's name.
fn command(home: &Home, double: &Double) -> Command {
    let mut command = home.command();
    for (name, protocol) in
        [("OPENAI", Protocol::OpenAi), ("ANTHROPIC", Protocol::Anthropic), ("GEMINI", Protocol::Gemini)]
    {
        command.env(format!("{name}_BASE_URL"), double.base_url(protocol)).env(format!("{name}_API_KEY"), KEY);
    }
    command
        .env("DRIVEEVER_COMPATIBLE", "ollama")
        .env("DRIVEEVER_COMPATIBLE_OLLAMA_BASE_URL", double.base_url(Protocol::OpenAi))
        .env("DRIVEEVER_COMPATIBLE_OLLAMA_API_KEY", KEY)
        .env("DRIVEEVER_COMPATIBLE_OLLAMA_MODELS", "llama3.3")
        .env("DRIVEEVER_PRICE_TABLE", concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/prices.toml"));
    command
}

#[tokio::test]
async fn prices_are_told_and_what_has_none_is_an_error() {
    let (home, double) = (Home::new(), Double::start().await.unwrap());
    let told = output(command(&home, &double), &["prices"]).await;
    assert_eq!(told.status.code(), Some(1), "{}", said(&told));
    let words = String::from_utf8_lossy(&told.stdout);
    assert!(words.contains("in ") && words.contains("no price today: ollama llama3.3"), "{words}");
    let told = output(command(&home, &double), &["prices", "--json"]).await;
    let told: Value = serde_json::from_slice(&told.stdout).unwrap();
    assert_eq!(told["withoutPrice"], json!([{"provider": "ollama", "model": "llama3.3"}]));
    assert_eq!(told["table"]["currency"], "USD");
}

async fn ordered(server: &Server, user: &User, provider: &str) -> Value {
    let order = json!({"question": "How deep must my tyre tread be?", "provider": provider});
    server.post(user, "/api/orders", &order).await.expect(201)["advice"].clone()
}

async fn streamed(server: &Server, user: &User, question: &Value) -> String {
    let answer = server.post(user, "/api/ai/generate/stream", question).await;
    String::from_utf8(answer.body.to_vec()).unwrap()
}

#[tokio::test]
async fn the_road_works_with_each_provider_and_falls_back_when_one_dies() {
    let (home, double) = (Home::new(), Double::start().await.unwrap());
    let server = Server::start(command(&home, &double)).await;
    let user = server.user("ann@example.org").await;

    let known = server.get(&user, "/api/ai/providers").await.expect(200);
    let names: Vec<_> =
        known["providers"].as_array().unwrap().iter().map(|provider| provider["name"].clone()).collect();
    assert_eq!(names, ["gemini", "openai", "claude", "ollama", "offline"]);

    // 20 fresh tokens, 4 cached, 12 of the answer: a question is answered by each, with the cost by the table.
    for (provider, protocol, cost) in [
        ("gemini", Protocol::Gemini, Some(60)), // 15 + 0.3 + 45
        ("openai", Protocol::OpenAi, Some(8)),  // 2 + 0.04 + 6
        ("claude", Protocol::Anthropic, Some(8)),
        ("ollama", Protocol::OpenAi, None),
    ] {
        double.script(protocol, Script::answer("At least 1.6 mm."));
        let advice = ordered(&server, &user, provider).await;
        assert_eq!((&advice["provider"], &advice["answer"]), (&json!(provider), &json!("At least 1.6 mm.")));
        assert_eq!(advice["usage"]["promptTokens"], 24);
        assert_eq!(advice["cost"]["amountMicros"].as_i64(), cost, "{provider}: {advice}");
    }
    assert_eq!(double.violations(), Vec::<String>::new(), "what was sent is what the providers take");

    // One dies in the middle of the road: it is asked again, then the next answers.
    for _ in 0..2 {
        double.script(Protocol::Gemini, Script::error(503, json!({"error": {"code": 503, "status": "UNAVAILABLE"}})));
    }
    double.script(Protocol::OpenAi, Script::answer("Ask again."));
    let advice = ordered(&server, &user, "gemini").await;
    assert_eq!((&advice["provider"], &advice["metadata"]["fallbackFrom"]), (&json!("openai"), &json!("gemini")));

    // A key that is refused: nobody goes on asking, and the status tells why.
    double.script(Protocol::Anthropic, Script::error(401, json!({"error": {"type": "authentication_error"}})));
    let question = json!({"prompt": "Tread?", "question": "Tread?", "provider": "claude"});
    let problem = server.post(&user, "/api/ai/generate", &question).await.expect(503);
    assert_eq!(problem["code"], "provider_misconfigured");
    assert!(!problem.to_string().contains(KEY));
    let problem = server.post(&user, "/api/ai/generate", &question).await.expect(503);
    assert_eq!(problem["code"], "provider_not_asked");
    let status = server.get(&user, "/api/ai/providers/status").await.expect(200);
    assert_eq!((&status["claude"], &status["details"]["claude"]["breaker"]), (&json!(false), &json!("open")));
    assert_eq!((&status["openai"], &status["details"]["openai"]["breaker"]), (&json!(true), &json!("closed")));
    assert_eq!(server.get(&user, "/api/ai/health").await.expect(200)["status"], "degraded");
    assert!(!server.said().contains(KEY), "no log line has a key");
    server.terminate().await;
}

#[tokio::test]
async fn a_stream_that_breaks_off_is_an_error_with_its_text_kept() {
    let (home, double) = (Home::new(), Double::start().await.unwrap());
    let server = Server::start(command(&home, &double)).await;
    let user = server.user("ann@example.org").await;
    for (provider, protocol) in
        [("openai", Protocol::OpenAi), ("claude", Protocol::Anthropic), ("gemini", Protocol::Gemini)]
    {
        let question = json!({"prompt": "Tread?", "question": "Tread?", "provider": provider});
        double.script(protocol, Script::of(Reply::Answer(Answer::text("At least 1.6 mm."))));
        let whole = streamed(&server, &user, &question).await;
        assert!(whole.contains("event: done") && !whole.contains("event: error"), "{whole}");
        double.script(protocol, Script::answer("At least 1.6 mm.").with(Fault::NoTerminalEvent));
        let cut = streamed(&server, &user, &question).await;
        assert!(cut.contains("event: error") && !cut.contains("event: done"), "{cut}");
        assert!(cut.contains("stream_incomplete"), "{cut}");
        let stored = server.get(&user, "/api/ai/responses?limit=1").await.expect(200)["data"][0].clone();
        assert_eq!((&stored["success"], &stored["answer"]), (&json!(false), &json!("At least 1.6 mm.")));
    }
    assert_eq!(double.violations(), Vec::<String>::new());
    server.terminate().await;
}
