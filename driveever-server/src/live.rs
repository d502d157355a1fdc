//! Events as they pass, for open sockets: a bounded broadcast.
//!
//! A socket that is too slow loses what it could not take and is told so ([`Passing::Missed`]); it then reads what it
//! missed from the service. Nothing here holds up the relay. Sockets are counted, end after a while so that whoever
//! holds one shows a fresh token, and end at once when the server stops and when the token by which they were opened is
//! taken back.

use std::{sync::Arc, time::Duration};

use driveever_core::{
    Error,
    event::{DomainEvent, LiveSink, StoredEvent},
    request::RequestContext,
    user::{Revocation, SessionId, UserId},
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, broadcast},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use crate::http::problem::Problem;

/// Events that wait for the slowest socket, at most.
const CAPACITY: usize = 1_024;
/// Sockets that may be open at one time, unless it is said otherwise.
const SOCKETS: usize = 10_000;
/// How long a socket lives: about as long as an access token, so that one taken back is not of use for ever.
const LIFE: Duration = Duration::from_mins(10);

/// The broadcast; its clones are one.
#[derive(Debug, Clone)]
pub struct Live {
    sender: broadcast::Sender<Arc<StoredEvent>>,
    places: Arc<Semaphore>,
    capacity: usize,
    closing: CancellationToken,
}

impl Default for Live {
    fn default() -> Self {
        Self::with_places(SOCKETS)
    }
}

impl Live {
    /// A broadcast to at most so many sockets.
    pub fn with_places(places: usize) -> Self {
        let capacity = places.min(Semaphore::MAX_PERMITS);
        let places = Arc::new(Semaphore::new(capacity));
        Self { sender: broadcast::channel(CAPACITY).0, places, capacity, closing: CancellationToken::new() }
    }

    /// Events from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<StoredEvent>> {
        self.sender.subscribe()
    }

    /// Events from now on for a client's socket.
    ///
    /// # Errors
    /// A problem (503) when all places are taken.
    pub fn open(&self, holder: Holder) -> Result<Socket, Problem> {
        let place = Arc::clone(&self.places).try_acquire_owned();
        let place = place.map_err(|_| Problem::overloaded("as many streams are open as this server holds"))?;
        Ok(Socket {
            events: self.subscribe(),
            closing: self.closing.clone(),
            ends_at: Instant::now() + LIFE,
            holder,
            _place: place,
        })
    }

    /// How many sockets are open.
    pub fn open_sockets(&self) -> usize {
        self.capacity.saturating_sub(self.places.available_permits())
    }

    /// Ends all sockets, those to come too: the server stops.
    pub fn close(&self) {
        self.closing.cancel();
    }
}

impl LiveSink for Live {
    fn push(&self, events: &[Arc<StoredEvent>]) {
        for event in events {
            // Nobody listening is no fault.
            let _ = self.sender.send(event.clone());
        }
    }
}

/// What a socket gets next.
#[derive(Debug)]
pub enum Passing {
    /// An event.
    Event(Arc<StoredEvent>),
    /// Events passed that it was too slow for.
    Missed,
    /// The end.
    Closed,
}

/// Whoever holds a socket, and by what right.
#[derive(Debug, Clone, Copy)]
pub struct Holder {
    user: UserId,
    /// The session of their token; none for a ticket, which does not say.
    session: Option<SessionId>,
}

impl Holder {
    /// The caller of a request, with a token of this session.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] when nobody is logged in.
    pub fn of(request: &RequestContext, session: Option<SessionId>) -> Result<Self, Error> {
        Ok(Self { user: request.user_id()?, session })
    }

    /// Whether an event takes the right away. One that cannot be read may have done so.
    fn loses_by(&self, event: &DomainEvent) -> bool {
        let Ok(revocation) = Revocation::of(event) else { return true };
        revocation.is_some_and(|revocation| revocation.concerns(self.user, self.session))
    }
}

/// A client's socket. Its place is free again when it is dropped.
#[derive(Debug)]
pub struct Socket {
    events: broadcast::Receiver<Arc<StoredEvent>>,
    closing: CancellationToken,
    ends_at: Instant,
    holder: Holder,
    _place: OwnedSemaphorePermit,
}

impl Socket {
    /// What comes next. A call that is dropped loses nothing.
    pub async fn next(&mut self) -> Passing {
        tokio::select! {
            biased;
            () = self.closing.cancelled() => Passing::Closed,
            () = tokio::time::sleep_until(self.ends_at) => Passing::Closed,
            event = self.events.recv() => match event {
                Ok(event) if self.holder.loses_by(&event.event) => Passing::Closed,
                Ok(event) => Passing::Event(event),
                Err(broadcast::error::RecvError::Lagged(_)) => Passing::Missed,
                Err(broadcast::error::RecvError::Closed) => Passing::Closed,
            },
        }
    }

    /// Waits so long; false when the end comes before.
    pub async fn rest(&self, time: Duration) -> bool {
        let wakes_at = (Instant::now() + time).min(self.ends_at);
        tokio::select! {
            biased;
            () = self.closing.cancelled() => false,
            () = tokio::time::sleep_until(wakes_at) => wakes_at < self.ends_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use driveever_core::{
        entity::{Context as _, Entity as _},
        event::EventBody as _,
        time::Timestamp,
        user::{
            User, UserContext,
            event::{RolesChanged, SessionsRevoked, UserErasing},
        },
    };
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    const HOLDER: Holder = Holder { user: UserId::new(Uuid::nil()), session: Some(SessionId::new(Uuid::max())) };

    fn event(position: u64) -> Arc<StoredEvent> {
        let event = DomainEvent {
            id: Uuid::nil(),
            context: "ai".into(),
            aggregate_type: "ai_response".into(),
            aggregate_id: Uuid::nil(),
            aggregate_revision: 1,
            event_type: "ai.response_generated".into(),
            actor: "system".to_owned(),
            request_id: String::new(),
            occurred_at: Timestamp::from_micros(0),
            body: "{}".to_owned(),
        };
        Arc::new(StoredEvent { position, attempts: 1, event })
    }

    #[tokio::test]
    async fn a_slow_socket_is_told_what_it_missed_and_the_rest_follows() {
        let live = Live::default();
        let mut socket = live.open(HOLDER).unwrap();
        live.push(&(0..=CAPACITY as u64).map(event).collect::<Vec<_>>());
        assert!(matches!(socket.next().await, Passing::Missed));
        let Passing::Event(next) = socket.next().await else { panic!("the oldest that is kept") };
        assert_eq!(next.position, 1);
    }

    #[tokio::test]
    async fn places_are_counted_and_given_back() {
        let live = Live::with_places(1);
        let socket = live.open(HOLDER).unwrap();
        assert_eq!(live.open_sockets(), 1);
        let problem = live.open(HOLDER).unwrap_err();
        assert_eq!((problem.status, problem.retry_after), (503, Some(Duration::from_secs(1))));
        drop(socket);
        assert_eq!(live.open_sockets(), 0);
        assert!(live.open(HOLDER).is_ok());
    }

    #[tokio::test]
    async fn a_socket_ends_with_the_right_to_it() {
        let live = Live::default();
        let told = |kind: &'static str, user: Uuid, body: serde_json::Value| {
            let mut told = event(1).event.clone();
            told.context = UserContext::NAME.into();
            (told.aggregate_type, told.aggregate_id) = (User::SCHEMA.kind.into(), user);
            (told.event_type, told.body) = (kind.into(), body.to_string());
            Arc::new(StoredEvent { position: 1, attempts: 1, event: told })
        };
        let revoked = |session: Uuid| {
            let body = json!({ "userId": Uuid::nil(), "sessions": [session], "reason": "logout" });
            told(SessionsRevoked::TYPE, Uuid::nil(), body)
        };
        let roles = |user| told(RolesChanged::TYPE, user, json!({ "roles": ["user"] }));
        let of_ticket = Holder { session: None, ..HOLDER };
        for (holder, ends, event) in [
            (HOLDER, true, revoked(Uuid::max())),
            (HOLDER, false, revoked(Uuid::nil())),
            (of_ticket, true, revoked(Uuid::nil())),
            (HOLDER, true, roles(Uuid::nil())),
            (HOLDER, false, roles(Uuid::max())),
            (HOLDER, true, told(UserErasing::TYPE, Uuid::nil(), json!({}))),
        ] {
            let mut socket = live.open(holder).unwrap();
            live.push(std::slice::from_ref(&event));
            let next = socket.next().await;
            assert_eq!(matches!(next, Passing::Closed), ends, "{event:?}");
        }
    }

    #[tokio::test]
    async fn sockets_end_when_the_server_stops() {
        let live = Live::default();
        let mut socket = live.open(HOLDER).unwrap();
        live.push(&[event(1)]);
        live.close();
        assert!(matches!(socket.next().await, Passing::Closed));
        assert!(!socket.rest(Duration::from_mins(1)).await);
        assert!(matches!(live.open(HOLDER).unwrap().next().await, Passing::Closed));
    }
}
