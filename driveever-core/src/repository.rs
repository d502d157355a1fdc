//! The ports down to storage: small and object-safe, with conveniences in a blanket extension trait.
//!
//! An adapter writes [`ContextStore`] (the one way to change anything, and the way to read what belongs together) and
//! [`Repository`] (three ways to read one entity), each once
//! and generically over contexts and entities. [`RepositoryExt`] gives every adapter and every wrapper the rest, so that
//! no wrapper can forget a method. A context's own port, such as
//! [`PromptRepository`](crate::prompt::PromptRepository), joins its entities' repositories and adds its own queries.
//!
//! Absent is `Ok(None)`; a service turns that into an error. Errors are [`StoreError`]s.
//!
//! To write an adapter of your own, implement these traits and run `driveever-testkit`'s conformance suite against it.

use async_trait::async_trait;
use futures_util::stream::{self, BoxStream, StreamExt, TryStreamExt};
use uuid::Uuid;

use crate::{
    changes::Changes,
    entity::{Context, Entity, Versioned},
    error::StoreError,
    event::DomainEvent,
    id::Id,
    page::{Page, PageRequest},
    query::{Filter, Query, Start},
    reads::{Found, Reads},
    time::Timestamp,
};

/// Where a context's state, events and handled messages are kept.
#[async_trait]
pub trait ContextStore<C: Context>: Send + Sync {
    /// Applies all changes or none; when it returns `Ok` they are durable, as far as the store is.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] for a taken id or unique value and for a message that was handled before; the id is named
    /// when it is taken, whatever else is. [`StoreError::Unstorable`] for a value that not every store keeps.
    /// [`StoreError::Stale`] for an update from another revision or of a row that is deleted,
    /// [`StoreError::Missing`] for an update of a row that is not there.
    async fn commit(&self, changes: Changes<C>) -> Result<(), StoreError>;

    /// Answers all of these queries, from one state of the store and, where the store can, in one trip.
    async fn find_all(&self, reads: Reads<C>) -> Result<Found<C>, StoreError>;

    /// Which of these messages this context has handled.
    async fn handled(&self, events: &[Uuid]) -> Result<Vec<Uuid>, StoreError>;
}

/// How entities of one type are read.
#[async_trait]
pub trait Repository<E: Entity>: ContextStore<E::Context> {
    /// The entity with this id, unless it is deleted.
    async fn get(&self, id: Id<E>) -> Result<Option<E>, StoreError>;

    /// Those that match, in the query's whole order.
    async fn find(&self, query: &Query<E>) -> Result<Vec<E>, StoreError>;

    /// How many match; `limit`, `sort` and `start` play no part. Exact up to 10,000, as far as this process wrote;
    /// else an adapter may answer with a count that is a few seconds old (it documents how old), because counting a
    /// large table on each page costs more than the page.
    async fn count(&self, query: &Query<E>) -> Result<u64, StoreError>;
}

/// How many entities a stream reads at a time.
const STREAM_BATCH: u32 = 500;

/// What follows from [`Repository`] and [`ContextStore`], for every adapter and wrapper alike.
#[async_trait]
pub trait RepositoryExt<E: Entity>: Repository<E> {
    /// Stores a new entity with the event that it causes.
    async fn create(&self, entity: &E, event: Option<DomainEvent>) -> Result<(), StoreError> {
        let changes = Changes::new().insert(entity);
        self.commit(event.into_iter().fold(changes, Changes::causing)).await
    }

    /// Stores new entities, all or none.
    async fn create_many(&self, entities: &[E]) -> Result<(), StoreError> {
        self.commit(Changes::new().insert_all(entities)).await
    }

    /// The first that matches, by id.
    async fn find_one_by(&self, filter: Filter<E>) -> Result<Option<E>, StoreError> {
        Ok(self.find(&Query::filter(filter).limit(1)).await?.pop())
    }

    /// Whether any matches.
    async fn exists(&self, filter: Filter<E>) -> Result<bool, StoreError> {
        Ok(self.find_one_by(filter).await?.is_some())
    }

    /// A page with its total, or, when the request carries a cursor, the page after it.
    async fn page(&self, query: Query<E>, request: &PageRequest) -> Result<Page<E>, StoreError> {
        Page::read(self, query, request).await
    }

    /// All that match, read in batches by keyset, so that memory stays bounded and rows inserted or deleted meanwhile do
    /// not make others appear twice or not at all.
    fn stream(&self, query: Query<E>) -> BoxStream<'_, Result<E, StoreError>> {
        stream::try_unfold(Some(query.limit(STREAM_BATCH)), move |state| async move {
            let Some(query) = state else { return Ok(None) };
            let batch = self.find(&query).await?;
            let full = u32::try_from(batch.len()).is_ok_and(|read| read >= STREAM_BATCH);
            let next = batch.last().filter(|_| full).map(|last| query.key_of(last));
            let next = next.map(|key| query.start(Start::After(key)));
            Ok::<_, StoreError>(Some((stream::iter(batch.into_iter().map(Ok)), next)))
        })
        .try_flatten()
        .boxed()
    }

    /// Changes an entity with the event that it causes; its revision goes up by one.
    async fn update(&self, entity: &mut E, event: Option<DomainEvent>) -> Result<(), StoreError>
    where
        E: Versioned,
    {
        let mut changed = entity.clone();
        let changes = Changes::new().update(&mut changed);
        self.commit(event.into_iter().fold(changes, Changes::causing)).await?;
        *entity = changed;
        Ok(())
    }

    /// Changes every entity that matches, batch by batch; each batch all or none. Gives how many.
    async fn update_by(
        &self,
        filter: Filter<E>,
        change: &(dyn for<'e> Fn(&'e mut E) + Send + Sync),
    ) -> Result<u64, StoreError>
    where
        E: Versioned,
    {
        let mut query = Query::filter(filter).limit(STREAM_BATCH);
        let mut updated = 0;
        loop {
            let mut batch = self.find(&query).await?;
            let Some(last) = batch.last() else { return Ok(updated) };
            let key = query.key_of(last);
            let changes = batch.iter_mut().fold(Changes::new(), |changes, entity| {
                change(entity);
                changes.update(entity)
            });
            self.commit(changes).await?;
            updated += batch.len() as u64;
            query = query.start(Start::After(key));
        }
    }

    /// Marks an entity deleted; every query that does not ask for deleted ones no longer sees it.
    async fn soft_delete(&self, entity: &mut E, at: Timestamp) -> Result<(), StoreError>
    where
        E: Versioned,
    {
        let mut changed = entity.clone();
        self.commit(Changes::new().soft_delete(&mut changed, at)).await?;
        *entity = changed;
        Ok(())
    }

    /// Brings a deleted entity back.
    async fn restore(&self, entity: &mut E) -> Result<(), StoreError>
    where
        E: Versioned,
    {
        let mut changed = entity.clone();
        self.commit(Changes::new().restore(&mut changed)).await?;
        *entity = changed;
        Ok(())
    }

    /// Removes an entity for good.
    async fn delete(&self, id: Id<E>) -> Result<(), StoreError> {
        self.commit(Changes::new().delete(id)).await
    }

    /// Removes every entity that matches, deleted ones too, for good; batch by batch. Gives how many.
    async fn delete_by(&self, filter: Filter<E>) -> Result<u64, StoreError> {
        let query = Query::filter(filter).deleted(crate::query::Deleted::Included).limit(STREAM_BATCH);
        let mut deleted = 0;
        loop {
            let batch = self.find(&query).await?;
            if batch.is_empty() {
                return Ok(deleted);
            }
            deleted += batch.len() as u64;
            self.commit(batch.iter().fold(Changes::new(), |changes, entity| changes.delete(entity.id()))).await?;
        }
    }
}

impl<E: Entity, R: Repository<E> + ?Sized> RepositoryExt<E> for R {}
