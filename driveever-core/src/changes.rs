//! A write as a value: what a service decided to change, to be applied wholly or not at all.
//!
//! A service method reads, decides purely what changes, and hands the [`Changes`] to
//! [`ContextStore::commit`](crate::repository::ContextStore::commit). State, events and the marks of handled messages
//! commit together. There is no transaction handle, so none can be held across a call to another service, and an adapter
//! is free to send everything in one round trip.

use std::marker::PhantomData;

use uuid::Uuid;

use crate::{
    entity::{Context, Entity, Revision, Row, Schema, Versioned},
    event::DomainEvent,
    id::Id,
    time::Timestamp,
};

/// One write of one row.
#[derive(Debug, Clone, PartialEq)]
pub enum RowOperation {
    /// A new row. Refused as a duplicate when its id or a unique set of columns is taken.
    Insert(Row),
    /// The row as it should become; it must live and be at revision `from`.
    Update {
        /// The whole row, its revision one above `from`.
        row: Row,
        /// The revision that was read.
        from: Revision,
    },
    /// Sets `deleted_at`; the row must live and be at revision `from`.
    SoftDelete {
        /// Which row.
        id: Uuid,
        /// The revision that was read.
        from: Revision,
        /// When.
        at: Timestamp,
    },
    /// Clears `deleted_at`; the row must be deleted and at revision `from`.
    Restore {
        /// Which row.
        id: Uuid,
        /// The revision that was read.
        from: Revision,
    },
    /// Removes the row for good. No error when it is not there.
    Delete {
        /// Which row.
        id: Uuid,
    },
}

/// A row operation and the table that it concerns.
#[derive(Debug, Clone)]
pub struct Write {
    /// The table.
    pub schema: &'static Schema,
    /// What to do.
    pub operation: RowOperation,
}

/// Writes, the events that they cause and the messages that they handle: all of one context, all or nothing.
#[derive(Debug)]
#[must_use = "changes do nothing until they are committed"]
pub struct Changes<C> {
    writes: Vec<Write>,
    events: Vec<DomainEvent>,
    handled: Vec<Uuid>,
    context: PhantomData<fn() -> C>,
}

impl<C> Clone for Changes<C> {
    fn clone(&self) -> Self {
        Self {
            writes: self.writes.clone(),
            events: self.events.clone(),
            handled: self.handled.clone(),
            context: PhantomData,
        }
    }
}

impl<C: Context> Default for Changes<C> {
    fn default() -> Self {
        Self::new()
    }
}

impl<C: Context> Changes<C> {
    /// No change yet.
    pub const fn new() -> Self {
        Self { writes: Vec::new(), events: Vec::new(), handled: Vec::new(), context: PhantomData }
    }

    /// Adds a new entity.
    pub fn insert<E: Entity<Context = C>>(mut self, entity: &E) -> Self {
        self.push::<E>(RowOperation::Insert(entity.to_row()));
        self
    }

    /// Adds new entities.
    pub fn insert_all<'a, E: Entity<Context = C>>(mut self, entities: impl IntoIterator<Item = &'a E>) -> Self {
        for entity in entities {
            self.push::<E>(RowOperation::Insert(entity.to_row()));
        }
        self
    }

    /// Changes an entity from the revision that it was read at; its revision goes up by one, here and in storage.
    pub fn update<E: Versioned<Context = C>>(mut self, entity: &mut E) -> Self {
        let from = entity.revision();
        entity.set_revision(from.next());
        self.push::<E>(RowOperation::Update { row: entity.to_row(), from });
        self
    }

    /// Marks an entity deleted; its revision goes up by one, here and in storage.
    pub fn soft_delete<E: Versioned<Context = C>>(mut self, entity: &mut E, at: Timestamp) -> Self {
        let from = entity.revision();
        entity.set_revision(from.next());
        entity.set_deleted_at(Some(at));
        self.push::<E>(RowOperation::SoftDelete { id: entity.id().uuid(), from, at });
        self
    }

    /// Brings a deleted entity back; its revision goes up by one, here and in storage.
    pub fn restore<E: Versioned<Context = C>>(mut self, entity: &mut E) -> Self {
        let from = entity.revision();
        entity.set_revision(from.next());
        entity.set_deleted_at(None);
        self.push::<E>(RowOperation::Restore { id: entity.id().uuid(), from });
        self
    }

    /// Removes an entity for good.
    pub fn delete<E: Entity<Context = C>>(mut self, id: Id<E>) -> Self {
        self.push::<E>(RowOperation::Delete { id: id.uuid() });
        self
    }

    /// Adds an event that these writes cause.
    pub fn causing(mut self, event: DomainEvent) -> Self {
        self.events.push(event);
        self
    }

    /// Marks a message as handled by this context. If it already is, the commit fails with
    /// [`StoreError::Duplicate`](crate::error::StoreError::Duplicate) and changes nothing.
    pub fn handling(mut self, event: Uuid) -> Self {
        self.handled.push(event);
        self
    }

    /// These and those.
    pub fn and(mut self, other: Self) -> Self {
        self.writes.extend(other.writes);
        self.events.extend(other.events);
        self.handled.extend(other.handled);
        self
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty() && self.events.is_empty() && self.handled.is_empty()
    }

    /// The writes, in order: for adapters.
    pub fn writes(&self) -> &[Write] {
        &self.writes
    }

    /// The events, in order: for adapters.
    pub fn events(&self) -> &[DomainEvent] {
        &self.events
    }

    /// The messages handled: for adapters.
    pub fn handled(&self) -> &[Uuid] {
        &self.handled
    }

    /// Without the context's type, for an adapter that queues writes of all contexts.
    pub fn into_parts(self) -> (Vec<Write>, Vec<DomainEvent>, Vec<Uuid>) {
        (self.writes, self.events, self.handled)
    }

    fn push<E: Entity>(&mut self, operation: RowOperation) {
        self.writes.push(Write { schema: E::SCHEMA, operation });
    }
}
