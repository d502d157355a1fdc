//! The notification service over a store.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use async_trait::async_trait;
use secrecy::SecretString;

use super::{
    IssuedTicket, Kinds, Notification, NotificationContext, NotificationId, NotificationKind, NotificationOptions,
    NotificationRepository, NotificationService, PreferenceView, Preferences, TicketSecrets,
    compose::{self, Draft},
    event::NotificationCreated,
};
use crate::{
    changes::Changes,
    entity::{Context, Revision},
    error::{Error, StoreError},
    event::{EventFactory, EventHandler, StoredEvent, commit_once},
    id::{Id, IdGenerator},
    page::{Page, PageRequest},
    query::{Filter, Query},
    repository::RepositoryExt,
    request::RequestContext,
    time::Clock,
    user::UserId,
    validate::Validator,
};

/// The notification service, and the consumer of the events that lead to notifications. Its clones are one service.
#[derive(Clone)]
pub struct Notifications {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) repository: Arc<dyn NotificationRepository>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: Arc<dyn IdGenerator>,
    pub(super) secrets: Arc<dyn TicketSecrets>,
    pub(super) options: NotificationOptions,
}

/// How often a write is decided anew when another was quicker.
pub(super) const TRIES: usize = 8;

impl Notifications {
    /// Over this store.
    pub fn new(
        repository: Arc<dyn NotificationRepository>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGenerator>,
        secrets: Arc<dyn TicketSecrets>,
        options: NotificationOptions,
    ) -> Self {
        Self { inner: Arc::new(Inner { repository, clock, ids, secrets, options }) }
    }

    /// Its settings.
    pub fn options(&self) -> &NotificationOptions {
        &self.inner.options
    }

    /// Stores those of these that their users had not yet and want; gives how many.
    pub(super) async fn deliver(&self, drafts: Vec<Draft>) -> Result<usize, Error> {
        let mut tries = TRIES;
        loop {
            tries -= 1;
            let made = self.inner.wanted(drafts.clone()).await?;
            if made.is_empty() {
                return Ok(0);
            }
            match self.inner.repository.commit(self.inner.insertion(&made)).await {
                Ok(()) => return Ok(made.len()),
                Err(error) if error.is_conflict() && tries > 0 => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl Inner {
    /// The drafts whose cause is new to their user and whose kind they want; each once.
    async fn wanted(&self, drafts: Vec<Draft>) -> Result<Vec<Draft>, StoreError> {
        if drafts.is_empty() {
            return Ok(drafts);
        }
        let causes: HashSet<String> = drafts.iter().map(|draft| draft.cause_key.clone()).collect();
        let had: Vec<Notification> =
            self.repository.find(&Query::filter(Notification::CAUSE_KEY.one_of(causes))).await?;
        let mut seen: HashSet<(UserId, String)> =
            had.into_iter().map(|notification| (notification.user_id, notification.cause_key)).collect();
        let users: HashSet<Id<Preferences>> = drafts.iter().map(|draft| draft.user_id.cast()).collect();
        let preferences: Vec<Preferences> = self.repository.find(&Query::filter(Preferences::ID.one_of(users))).await?;
        let off: HashMap<UserId, Kinds> =
            preferences.into_iter().map(|preferences| (preferences.id.cast(), preferences.switched_off)).collect();
        let wants = |draft: &Draft| off.get(&draft.user_id).is_none_or(|kinds| !kinds.0.contains(&draft.kind));
        let mut drafts = drafts;
        drafts.retain(|draft| wants(draft) && seen.insert((draft.user_id, draft.cause_key.clone())));
        Ok(drafts)
    }

    fn insertion(&self, drafts: &[Draft]) -> Changes<NotificationContext> {
        drafts.iter().fold(Changes::new(), |changes, draft| {
            let notification = Notification {
                id: self.ids.id(),
                revision: Revision::FIRST,
                deleted_at: None,
                user_id: draft.user_id,
                kind: draft.kind,
                title: draft.title.clone(),
                body: draft.body.clone(),
                link: draft.link,
                cause_key: draft.cause_key.clone(),
                read_at: None,
                created_at: self.clock.now(),
            };
            let created = NotificationCreated {
                notification_id: notification.id,
                user_id: notification.user_id,
                kind: notification.kind,
            };
            let request = RequestContext::system(draft.request_id.as_str());
            let events = EventFactory::new(self.clock.as_ref(), self.ids.as_ref(), &request);
            let event = events.event(&notification, notification.revision, &created);
            changes.insert(&notification).causing(event)
        })
    }

    async fn own(&self, request: &RequestContext, id: NotificationId) -> Result<Notification, Error> {
        let user = request.user_id()?;
        let found: Option<Notification> = self.repository.get(id).await?;
        found.filter(|found| found.user_id == user).ok_or(Error::NotFound { kind: "notification" })
    }
}

#[async_trait]
impl EventHandler for Notifications {
    fn consumer(&self) -> &'static str {
        NotificationContext::NAME
    }

    fn wants(&self, event_type: &str) -> bool {
        compose::is_wanted(event_type)
    }

    async fn handle(&self, events: &[Arc<StoredEvent>]) -> Result<(), Error> {
        let store: &dyn NotificationRepository = self.inner.repository.as_ref();
        commit_once(store, events, |fresh| {
            let inner = Arc::clone(&self.inner);
            Box::pin(async move {
                let drafts = fresh.iter().map(|stored| compose::of_event(&stored.event));
                let drafts = drafts.filter_map(Result::transpose).collect::<Result<Vec<_>, _>>()?;
                let drafts = inner.wanted(drafts).await?;
                Ok(inner.insertion(&drafts))
            })
        })
        .await
    }
}

#[async_trait]
impl NotificationService for Notifications {
    async fn notifications(
        &self,
        request: &RequestContext,
        unread: Option<bool>,
        page: &PageRequest,
    ) -> Result<Page<Notification>, Error> {
        let own = Notification::USER_ID.eq(request.user_id()?);
        let filter = unread.map(|unread| Notification::READ_AT.is_null(unread)).into_iter().fold(own, Filter::and);
        Ok(self.inner.repository.page(Query::filter(filter).sort(Notification::ID.descending()), page).await?)
    }

    async fn notification(&self, request: &RequestContext, id: NotificationId) -> Result<Notification, Error> {
        self.inner.own(request, id).await
    }

    async fn since(&self, request: &RequestContext, last: NotificationId) -> Result<Vec<Notification>, Error> {
        let own = Notification::USER_ID.eq(request.user_id()?);
        let query = Query::filter(Filter::all([own, Notification::ID.greater(last)]));
        let query = query.sort(Notification::ID.ascending()).limit(self.inner.options.resume_batch);
        Ok(self.inner.repository.find(&query).await?)
    }

    async fn mark_read(&self, request: &RequestContext, id: NotificationId) -> Result<Notification, Error> {
        let mut tries = TRIES;
        loop {
            tries -= 1;
            let mut notification = self.inner.own(request, id).await?;
            if notification.read_at.is_some() {
                return Ok(notification);
            }
            notification.read_at = Some(self.inner.clock.now());
            match self.inner.repository.update(&mut notification, None).await {
                Ok(()) => return Ok(notification),
                Err(error) if error.is_conflict() && tries > 0 => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    async fn mark_all_read(&self, request: &RequestContext) -> Result<u64, Error> {
        let (user, now) = (request.user_id()?, self.inner.clock.now());
        let unread = || Filter::all([Notification::USER_ID.eq(user), Notification::READ_AT.is_null(true)]);
        let mark = move |notification: &mut Notification| notification.read_at = Some(now);
        let mut tries = TRIES;
        loop {
            tries -= 1;
            match self.inner.repository.update_by(unread(), &mark).await {
                Err(error) if error.is_conflict() && tries > 0 => {}
                result => return Ok(result?),
            }
        }
    }

    async fn preferences(&self, request: &RequestContext) -> Result<PreferenceView, Error> {
        let id: Id<Preferences> = request.user_id()?.cast();
        let stored: Option<Preferences> = self.inner.repository.get(id).await?;
        Ok(view(stored.as_ref()))
    }

    async fn set_preferences(
        &self,
        request: &RequestContext,
        kinds: BTreeMap<NotificationKind, bool>,
        expected: Option<Revision>,
    ) -> Result<PreferenceView, Error> {
        let id: Id<Preferences> = request.user_id()?.cast();
        let mut check = Validator::new();
        for (kind, _) in kinds.iter().filter(|(kind, on)| !**on && !kind.can_be_switched_off()) {
            check.fault(kind.as_str(), "cannot be switched off");
        }
        check.finish()?;
        let mut tries = TRIES;
        loop {
            tries -= 1;
            let stored: Option<Preferences> = self.inner.repository.get(id).await?;
            if expected.is_some() && expected != stored.as_ref().map(|stored| stored.revision) {
                return Err(Error::Stale { kind: "notification preferences" });
            }
            let (preferences, changes) = decided(id, stored, &kinds, self.inner.clock.now());
            match self.inner.repository.commit(changes).await {
                Ok(()) => return Ok(view(Some(&preferences))),
                Err(error) if error.is_conflict() && tries > 0 => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    async fn issue_ticket(&self, request: &RequestContext) -> Result<IssuedTicket, Error> {
        self.inner.issue_ticket(request.user_id()?).await
    }

    async fn redeem_ticket(&self, ticket: &SecretString) -> Result<UserId, Error> {
        self.inner.redeem_ticket(ticket).await
    }
}

fn decided(
    id: Id<Preferences>,
    stored: Option<Preferences>,
    kinds: &BTreeMap<NotificationKind, bool>,
    now: crate::time::Timestamp,
) -> (Preferences, Changes<NotificationContext>) {
    let is_new = stored.is_none();
    let mut preferences = stored.unwrap_or_else(|| Preferences {
        id,
        revision: Revision::FIRST,
        deleted_at: None,
        switched_off: Kinds::default(),
        updated_at: now,
    });
    let before = std::mem::take(&mut preferences.switched_off.0);
    let is_off = |kind: &NotificationKind| kinds.get(kind).map_or_else(|| before.contains(kind), |on| !on);
    preferences.switched_off.0 = NotificationKind::ALL.iter().copied().filter(is_off).collect();
    preferences.updated_at = now;
    let changes = if is_new { Changes::new().insert(&preferences) } else { Changes::new().update(&mut preferences) };
    (preferences, changes)
}

fn view(stored: Option<&Preferences>) -> PreferenceView {
    let is_on = |kind| stored.is_none_or(|stored| !stored.switched_off.0.contains(kind));
    PreferenceView {
        kinds: NotificationKind::ALL.iter().map(|kind| (*kind, is_on(kind))).collect(),
        revision: stored.map(|stored| stored.revision),
        updated_at: stored.map(|stored| stored.updated_at),
    }
}
