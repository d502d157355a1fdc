//! What stands in where whoever embeds DriveEver gives nothing of their own.

use async_trait::async_trait;
use driveever_core::{
    Actor, Error, RequestContext,
    entity::Revision,
    id::{IdGenerator, SystemIds},
    notification::TicketSecrets,
    time::Timestamp,
    user::{User, UserId, UserService},
};

/// The user service of an application that looks after its users itself: whoever it lets in lives.
///
/// The user's name and e-mail address are not known here, and stay empty.
#[derive(Debug, Clone, Copy, Default)]
pub struct TrustedUsers;

#[async_trait]
impl UserService for TrustedUsers {
    async fn user(&self, request: &RequestContext, id: UserId) -> Result<User, Error> {
        if !request.may_see(id) && request.actor != Actor::System {
            return Err(Error::NotFound { kind: "user" });
        }
        Ok(User {
            id,
            revision: Revision::FIRST,
            deleted_at: None,
            email: String::new(),
            name: String::new(),
            roles: request.roles,
            created_at: Timestamp::from_micros(0),
            updated_at: Timestamp::from_micros(0),
        })
    }
}

/// Ticket secrets from the random bits of version 7 UUIDs: 74 bits of the system's randomness each, two of them.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct UuidSecrets;

impl TicketSecrets for UuidSecrets {
    fn secret(&self) -> [u8; 32] {
        let mut secret = [0; 32];
        let halves = [SystemIds.uuid(), SystemIds.uuid()];
        secret.iter_mut().zip(halves.iter().flat_map(uuid::Uuid::as_bytes)).for_each(|(to, from)| *to = *from);
        secret
    }
}
