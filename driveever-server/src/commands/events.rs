//! Commands on the event logs.

use driveever::core::{
    event::{EventQuery, ParkedMessage},
    id::Id,
    query::Query,
};

use super::{CommandError, open};
use crate::cli::{EventsCommand, Settings};

pub(super) async fn events(settings: Settings, command: EventsCommand) -> Result<(), CommandError> {
    let (_, wired) = open(&settings).await?;
    let app = &wired.app;
    match command {
        EventsCommand::List { limit, event_type } => {
            let query = EventQuery { event_type, newest_first: true, limit, ..EventQuery::default() };
            for stored in app.log().read(&query).await? {
                let event = stored.event;
                println!(
                    "{} {} {} {} {}",
                    event.occurred_at, event.event_type, event.aggregate_id, event.actor, event.body
                );
            }
        }
        EventsCommand::Parked => {
            let parked: Vec<ParkedMessage> = app.parked().repository().find(&Query::everything().limit(1_000)).await?;
            for message in &parked {
                println!(
                    "{} {} {} {} after {} attempts: {}",
                    message.id,
                    message.parked_at,
                    message.consumer,
                    message.event_type,
                    message.attempts,
                    message.error
                );
            }
            println!("{} parked", parked.len());
        }
        EventsCommand::Replay { id } => {
            let id: Id<ParkedMessage> = id.parse().map_err(|error| CommandError::Other(format!("{id} {error}")))?;
            app.parked().replay(id, app.log().as_ref(), |name| app.consumer(name)).await?;
            println!("delivered");
        }
    }
    wired.close().await;
    Ok(())
}
