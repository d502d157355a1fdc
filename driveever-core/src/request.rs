//! Who asks for something, in which request.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{error::Error, text_enum, user::UserId};

text_enum! {
    /// What a caller may do beyond their own things.
    pub enum Role {
        /// Asks, orders, rates.
        User = "user",
        /// Reads statistics.
        Analyst = "analyst",
        /// Edits prompts and runs experiments.
        PromptEditor = "prompt_editor",
        /// Sees and does everything.
        Admin = "admin",
        /// One of our own services.
        Service = "service",
    }
}

/// A set of roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Roles(u8);

impl Roles {
    /// No role.
    pub const NONE: Self = Self(0);

    /// These roles.
    pub fn of(roles: impl IntoIterator<Item = Role>) -> Self {
        roles.into_iter().fold(Self::NONE, Self::with)
    }

    /// These and that one.
    pub const fn with(self, role: Role) -> Self {
        Self(self.0 | (1 << role as u8))
    }

    /// Whether it is among them; an admin has every role.
    pub const fn has(self, role: Role) -> bool {
        self.0 & ((1 << role as u8) | (1 << Role::Admin as u8)) != 0
    }

    /// Those that were given, in their order.
    pub fn iter(self) -> impl Iterator<Item = Role> {
        Role::ALL.iter().copied().filter(move |role| self.0 & (1 << *role as u8) != 0)
    }
}

impl Serialize for Roles {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Roles {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::<Role>::deserialize(deserializer).map(Self::of)
    }
}

crate::json_column!(Roles);

/// Who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Actor {
    /// Nobody that we know.
    Anonymous,
    /// A user.
    User(UserId),
    /// The system itself: recovery, schedulers, relays.
    System,
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anonymous => f.write_str("anonymous"),
            Self::System => f.write_str("system"),
            Self::User(id) => write!(f, "user:{id}"),
        }
    }
}

/// The text names no actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be anonymous, system or user:ID")]
pub struct ParseActorError;

impl FromStr for Actor {
    type Err = ParseActorError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "anonymous" => Ok(Self::Anonymous),
            "system" => Ok(Self::System),
            _ => {
                let id = text.strip_prefix("user:").and_then(|id| id.parse().ok());
                id.map(Self::User).ok_or(ParseActorError)
            }
        }
    }
}

crate::text_column!(Actor);

/// A request's context: handed to every service method.
#[derive(Debug, Clone)]
pub struct RequestContext {
    /// Who asks.
    pub actor: Actor,
    /// What they may do.
    pub roles: Roles,
    /// The request's id, which follows every hop, log line and event.
    pub request_id: String,
    /// The identity that this request's result must have, when the client named an idempotency key: whoever repeats the
    /// request after a crash finds what the first one began, by this id.
    pub idempotency: Option<Uuid>,
}

impl RequestContext {
    /// A user's request with the role `user`.
    pub fn user(id: UserId, request_id: impl Into<String>) -> Self {
        let roles = Roles::NONE.with(Role::User);
        Self { actor: Actor::User(id), roles, request_id: request_id.into(), idempotency: None }
    }

    /// The system's own request, which may do everything.
    pub fn system(request_id: impl Into<String>) -> Self {
        let roles = Roles::of([Role::Admin, Role::Service]);
        Self { actor: Actor::System, roles, request_id: request_id.into(), idempotency: None }
    }

    /// A request by nobody that we know.
    pub fn anonymous(request_id: impl Into<String>) -> Self {
        Self { actor: Actor::Anonymous, roles: Roles::NONE, request_id: request_id.into(), idempotency: None }
    }

    /// The same request with these roles.
    pub fn with_roles(mut self, roles: impl IntoIterator<Item = Role>) -> Self {
        self.roles = Roles::of(roles);
        self
    }

    /// The user who asks.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] when it is no user.
    pub const fn user_id(&self) -> Result<UserId, Error> {
        match self.actor {
            Actor::User(id) => Ok(id),
            Actor::Anonymous | Actor::System => {
                Err(Error::Unauthenticated { code: "authentication_required", detail: "log in first" })
            }
        }
    }

    /// Asks for a role.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] for nobody, [`Error::Forbidden`] without the role.
    pub const fn require(&self, role: Role) -> Result<(), Error> {
        if self.roles.has(role) {
            return Ok(());
        }
        match self.actor {
            Actor::Anonymous => Err(Error::Unauthenticated { code: "authentication_required", detail: "log in first" }),
            Actor::User(_) | Actor::System => Err(Error::Forbidden { needs: role.as_str() }),
        }
    }

    /// Whether this caller may see what belongs to `owner`: they do themselves, and admins do.
    pub fn may_see(&self, owner: UserId) -> bool {
        self.actor == Actor::User(owner) || self.roles.has(Role::Admin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_admin_has_every_role_and_lists_only_their_own() {
        let roles = Roles::NONE.with(Role::Admin);
        assert!(roles.has(Role::PromptEditor));
        assert_eq!(roles.iter().collect::<Vec<_>>(), [Role::Admin]);
        assert_eq!(serde_json::to_string(&roles).unwrap(), "[\"admin\"]");
    }

    #[test]
    fn actors_round_trip() {
        for actor in [Actor::Anonymous, Actor::System, Actor::User(UserId::new(Uuid::from_u128(7)))] {
            assert_eq!(actor.to_string().parse(), Ok(actor));
        }
        assert_eq!("user:7".parse::<Actor>(), Err(ParseActorError));
    }
}
