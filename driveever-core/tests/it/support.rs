//! What every test needs: a store, a clock that stands, ids that count, and requests.

use std::sync::Arc;

use driveever_core::{
    RequestContext, Role,
    id::{Id, SequentialIds},
    time::FixedClock,
    user::UserId,
};
use driveever_memory::MemoryStore;
use uuid::Uuid;

/// The ports that tests stand on.
pub(crate) struct World {
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) ids: Arc<SequentialIds>,
}

/// An empty store at 2026-11-23T09:30:00Z.
pub(crate) fn world() -> World {
    World {
        store: Arc::new(MemoryStore::new()),
        clock: Arc::new(FixedClock::at("2026-11-23T09:30:00Z".parse().unwrap())),
        ids: Arc::new(SequentialIds::new()),
    }
}

/// The user with this number.
pub(crate) fn user_id(number: u128) -> UserId {
    Id::new(Uuid::from_u128(0xffff_0000 + number))
}

/// A request by the user with this number.
pub(crate) fn request_by(number: u128) -> RequestContext {
    RequestContext::user(user_id(number), "request-1")
}

/// A request by a user who has these roles as well.
#[allow(dead_code, reason = "not every context has roles")]
pub(crate) fn request_as(number: u128, role: Role) -> RequestContext {
    request_by(number).with_roles([Role::User, role])
}
