//! One user's notifications as they come, for a stream or a socket.
//!
//! Live events say that a notification was made; it is then read from the service, as its user. A reader who names the last
//! one that they had gets what came after it first, and so does one who was too slow for the live events. The subscription
//! begins before the first reading, so that nothing falls between the two.

use std::collections::VecDeque;

use driveever_core::{
    Error,
    notification::{Notification, NotificationId, event::NotificationCreated},
    page::PageRequest,
    request::RequestContext,
    user::{SessionId, UserId},
};
use uuid::Uuid;

use crate::{
    http::problem::Problem,
    live::{Holder, Passing, Socket},
    state::Services,
};

/// What a feed gives.
pub(super) struct Feed {
    services: Services,
    request: RequestContext,
    user: UserId,
    live: Socket,
    /// Whatever is greater was not given yet, as far as that can be said of ids.
    last: NotificationId,
    /// Live events up to here were given already when the reader caught up.
    caught_up: Option<NotificationId>,
    /// What came after this one is to be read first.
    behind: bool,
    ready: VecDeque<Notification>,
    /// A live event whose notification is to be read.
    told: Option<NotificationId>,
}

impl Feed {
    /// The caller's feed after the last notification that they had; absent: from now on.
    pub(super) async fn open(
        services: Services,
        request: RequestContext,
        session: Option<SessionId>,
        last: Option<NotificationId>,
    ) -> Result<Self, Problem> {
        let user = request.user_id()?;
        let live = services.live.open(Holder::of(&request, session)?)?;
        let behind = last.is_some();
        let last = match last {
            Some(last) => last,
            None => {
                let newest = services.notifications.notifications(&request, None, &PageRequest::First { limit: 1 });
                newest.await?.data().first().map_or(NotificationId::new(Uuid::nil()), |newest| newest.id)
            }
        };
        let (caught_up, ready, told) = (None, VecDeque::new(), None);
        Ok(Self { services, request, user, live, last, caught_up, behind, ready, told })
    }

    /// The last notification that the reader had, or the newest when the feed began: where to go on another time.
    pub(super) const fn last(&self) -> NotificationId {
        self.last
    }

    /// The next one, or the end. A call that is dropped loses nothing.
    pub(super) async fn next(&mut self) -> Result<Option<Notification>, Error> {
        loop {
            if let Some(next) = self.ready.pop_front() {
                self.last = self.last.max(next.id);
                return Ok(Some(next));
            }
            if self.behind {
                self.catch_up().await?;
            } else if let Some(id) = self.told {
                let found = self.services.notifications.notification(&self.request, id).await;
                self.told = None;
                match found {
                    Ok(notification) => self.ready.push_back(notification),
                    // Gone since: its user was erased.
                    Err(Error::NotFound { .. }) => {}
                    Err(error) => return Err(error),
                }
            } else {
                match self.live.next().await {
                    Passing::Closed => return Ok(None),
                    Passing::Missed => self.behind = true,
                    Passing::Event(stored) => {
                        let created = stored.event.as_kind::<NotificationCreated>()?;
                        let own = created.filter(|created| created.user_id == self.user);
                        let id = own.map(|created| created.notification_id);
                        self.told = id.filter(|id| self.caught_up.is_none_or(|caught_up| *id > caught_up));
                    }
                }
            }
        }
    }

    async fn catch_up(&mut self) -> Result<(), Error> {
        let missed = self.services.notifications.since(&self.request, self.last).await?;
        match missed.last() {
            Some(newest) => self.caught_up = self.caught_up.max(Some(newest.id)),
            None => self.behind = false,
        }
        self.ready.extend(missed);
        Ok(())
    }
}
