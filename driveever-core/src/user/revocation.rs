//! Access tokens that were taken back before their time.
//!
//! A token is valid by its signature alone for some minutes, whatever happened meanwhile. This list knows what happened: a
//! session that ended, roles that changed, a user who was erased. It is kept in memory, because it is asked with every
//! request, and an entry is dropped when the last token that it concerns has expired, so that its size follows the changes of the
//! last minutes. The user service enters its own changes as it commits them; other processes hear of them as
//! [`LiveSink`]s, and read the log when they start ([`RevocationList::warm`]).

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use super::{
    event::{RolesChanged, SessionsRevoked, UserErasing},
    model::{SessionId, User, UserContext, UserId},
    options::TokenOptions,
    token::AccessClaims,
};
use crate::{
    entity::{Context, Entity},
    error::Error,
    event::{DomainEvent, EventBody, EventLog, EventQuery, LiveSink, StoredEvent},
    time::{Clock, Timestamp},
};

/// What an event takes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Revocation {
    /// The tokens of these sessions.
    Sessions {
        /// Whose.
        user: UserId,
        /// Which.
        sessions: Vec<SessionId>,
    },
    /// A user's tokens that were issued for a revision below this one.
    Below {
        /// Whose.
        user: UserId,
        /// The lowest whose tokens hold.
        revision: u32,
    },
    /// Every token of a user.
    All {
        /// Whose.
        user: UserId,
    },
}

impl Revocation {
    /// What this event takes back; nothing, for most.
    ///
    /// # Errors
    /// [`Error::Internal`] for an event that cannot be read.
    pub fn of(event: &DomainEvent) -> Result<Option<Self>, Error> {
        if event.context != UserContext::NAME {
            return Ok(None);
        }
        if let Some(body) = event.as_kind::<SessionsRevoked>()? {
            return Ok(Some(Self::Sessions { user: body.user_id, sessions: body.sessions }));
        }
        let user = UserId::new(event.aggregate_id);
        let revision = event.aggregate_revision;
        let changed_roles = event.aggregate_type == User::SCHEMA.kind && event.event_type == RolesChanged::TYPE;
        Ok(match event.event_type.as_ref() {
            _ if changed_roles => Some(Self::Below { user, revision }),
            UserErasing::TYPE => Some(Self::All { user }),
            _ => None,
        })
    }

    /// Whether it takes back what was issued to a user before it; of a token whose session is not known any may be meant.
    pub fn concerns(&self, holder: UserId, session: Option<SessionId>) -> bool {
        match self {
            Self::Sessions { user, sessions } => {
                *user == holder && session.is_none_or(|session| sessions.contains(&session))
            }
            Self::Below { user, .. } | Self::All { user } => *user == holder,
        }
    }
}

/// Knows which access tokens no longer hold.
pub struct RevocationList {
    entries: RwLock<Entries>,
    clock: Arc<dyn Clock>,
    keep: Duration,
}

#[derive(Default)]
struct Entries {
    sessions: HashMap<SessionId, Timestamp>,
    /// The lowest revision whose tokens hold, and until when tokens of earlier ones can be about.
    users: HashMap<UserId, (u32, Timestamp)>,
    swept_at: Option<Timestamp>,
}

/// Expired entries are looked for at most this often.
const SWEEP: Duration = Duration::from_mins(1);
/// How many events are read at a time when the list is warmed.
const WARM_BATCH: u32 = 500;

impl RevocationList {
    /// An empty list for tokens of these options.
    pub fn new(clock: Arc<dyn Clock>, options: &TokenOptions) -> Self {
        // An event may be told of after it happened; the token's life and the skew are counted from the telling, twice.
        let keep = (options.life + options.skew) * 2;
        Self { entries: RwLock::default(), clock, keep }
    }

    /// Whether this token was taken back.
    pub fn has(&self, claims: &AccessClaims) -> bool {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        entries.sessions.contains_key(&claims.sid)
            || entries.users.get(&claims.sub).is_some_and(|(lowest, _)| claims.rev < *lowest)
    }

    /// Takes back the tokens of ended sessions.
    pub fn end_sessions(&self, sessions: impl IntoIterator<Item = SessionId>) {
        self.enter(|entries, until| entries.sessions.extend(sessions.into_iter().map(|session| (session, until))));
    }

    /// Takes back a user's tokens that were issued for a revision below this one.
    pub fn end_revisions_below(&self, user: UserId, lowest: u32) {
        self.enter(|entries, until| {
            let entry = entries.users.entry(user).or_insert((lowest, until));
            *entry = (entry.0.max(lowest), until);
        });
    }

    /// Takes back every token of a user.
    pub fn end_all(&self, user: UserId) {
        self.end_revisions_below(user, u32::MAX);
    }

    /// Enters what an event tells, when it tells of something taken back. Entering it twice changes nothing.
    ///
    /// # Errors
    /// [`Error::Internal`] for an event that cannot be read.
    pub fn apply(&self, event: &DomainEvent) -> Result<(), Error> {
        match Revocation::of(event)? {
            Some(Revocation::Sessions { sessions, .. }) => self.end_sessions(sessions),
            Some(Revocation::Below { user, revision }) => self.end_revisions_below(user, revision),
            Some(Revocation::All { user }) => self.end_all(user),
            None => {}
        }
        Ok(())
    }

    /// Reads what was taken back lately from the log; to be called before the first request is let in.
    ///
    /// # Errors
    /// The log's, or [`Error::Internal`] for an event that cannot be read.
    pub async fn warm(&self, log: &dyn EventLog) -> Result<(), Error> {
        let from = self.clock.now().minus(self.keep);
        for kind in [SessionsRevoked::TYPE, RolesChanged::TYPE, UserErasing::TYPE] {
            let mut query = EventQuery {
                contexts: vec![UserContext::NAME],
                event_type: Some(kind.to_owned()),
                from: Some(from),
                limit: WARM_BATCH,
                ..EventQuery::default()
            };
            loop {
                let events = log.read(&query).await?;
                events.iter().try_for_each(|stored| self.apply(&stored.event))?;
                let Some(last) = events.last().filter(|_| events.len() >= WARM_BATCH as usize) else { break };
                query.after = Some(last.event.id);
            }
        }
        Ok(())
    }

    fn enter(&self, enter: impl FnOnce(&mut Entries, Timestamp)) {
        let now = self.clock.now();
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        if entries.swept_at.is_none_or(|at| now.since(at) >= SWEEP) {
            entries.sessions.retain(|_, until| *until > now);
            entries.users.retain(|_, (_, until)| *until > now);
            entries.swept_at = Some(now);
        }
        enter(&mut entries, now.plus(self.keep));
    }
}

impl LiveSink for RevocationList {
    fn push(&self, events: &[Arc<StoredEvent>]) {
        for stored in events {
            // An event that cannot be read is one of a newer version of ours; the tokens it concerns expire by themselves.
            let _ = self.apply(&stored.event);
        }
    }
}
