//! Where users, their sessions and the signing keys are kept.

use super::model::{AdminRoster, Credential, Erasure, RefreshToken, Session, SigningKey, User};
use crate::repository::Repository;

/// This context's store. Every query is served by an index: `email`, `hash`, `user_id` with `last_used_at`, `session_id`,
/// `state`, `expires_at`, `number`.
pub trait UserRepository:
    Repository<User>
    + Repository<Credential>
    + Repository<Session>
    + Repository<RefreshToken>
    + Repository<SigningKey>
    + Repository<AdminRoster>
    + Repository<Erasure>
{
}

impl<T> UserRepository for T where
    T: Repository<User>
        + Repository<Credential>
        + Repository<Session>
        + Repository<RefreshToken>
        + Repository<SigningKey>
        + Repository<AdminRoster>
        + Repository<Erasure>
        + ?Sized
{
}
