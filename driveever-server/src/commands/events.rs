//! Commands on the event logs.

use driveever::core::{
    event::{EventQuery, ParkedMessage},
    id::Id,
    query::Query,
};
use serde_json::{Value, json};

use super::{CommandError, open, output};
use crate::{
    cli::{EventsCommand, Settings},
    wiring::Wired,
};

pub(super) async fn events(settings: Settings, command: EventsCommand, json: bool) -> Result<(), CommandError> {
    let (_, wired) = open(&settings).await?;
    let done = run(&wired, command, json).await;
    wired.close().await;
    done
}

async fn run(wired: &Wired, command: EventsCommand, json: bool) -> Result<(), CommandError> {
    let app = &wired.app;
    match command {
        EventsCommand::List { limit, event_type } => {
            let query = EventQuery { event_type, newest_first: true, limit, ..EventQuery::default() };
            for stored in app.log().read(&query).await? {
                let event = stored.event;
                let object = json!({
                    "id": event.id,
                    "occurredAt": event.occurred_at,
                    "type": event.event_type,
                    "aggregateType": event.aggregate_type,
                    "aggregateId": event.aggregate_id,
                    "actor": event.actor,
                    "requestId": event.request_id,
                    "body": serde_json::from_str::<Value>(&event.body).unwrap_or(Value::Null),
                });
                let words = format!(
                    "{} {} {} {} {}",
                    event.occurred_at, event.event_type, event.aggregate_id, event.actor, event.body
                );
                output::either(json, &object, words)?;
            }
        }
        EventsCommand::Parked => {
            let parked: Vec<ParkedMessage> = app.parked().repository().find(&Query::everything().limit(1_000)).await?;
            for message in &parked {
                let object = json!({
                    "id": message.id,
                    "parkedAt": message.parked_at,
                    "consumer": message.consumer,
                    "type": message.event_type,
                    "attempts": message.attempts,
                    "error": message.error,
                });
                let words = format!(
                    "{} {} {} {} after {} attempts: {}",
                    message.id,
                    message.parked_at,
                    message.consumer,
                    message.event_type,
                    message.attempts,
                    message.error
                );
                output::either(json, &object, words)?;
            }
            if !json {
                output::line(format_args!("{} parked", parked.len()))?;
            }
        }
        EventsCommand::Replay { id } => {
            let id: Id<ParkedMessage> = id.parse().map_err(|error| CommandError::Other(format!("{id} {error}")))?;
            app.parked().replay(id, app.log().as_ref(), |name| app.consumer(name)).await?;
            output::either(json, &json!({ "delivered": id }), "delivered")?;
        }
    }
    Ok(())
}
