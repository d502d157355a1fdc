//! Users, their credentials, sessions and refresh tokens, and the keys that sign access tokens.
//!
//! A [`User`] holds what others may see. What must not leave the service lives apart: a [`Credential`] shares its user's
//! id, a [`RefreshToken`] is kept as a hash, a [`SigningKey`]'s private half is sealed. A [`Session`] is one log-in on one
//! client and at the same time the family of its refresh tokens: when it ends, all of them are dead.

use super::secret::{PasswordHash, SealedKey, TokenHash};
use crate::{
    entity,
    entity::{Context, Schema},
    id::Id,
    request::Roles,
    text_enum,
    time::Timestamp,
};

/// The user service's tables.
#[derive(Debug)]
pub struct UserContext;
impl Context for UserContext {
    const NAME: &'static str = "user";
}

/// A user's id.
pub type UserId = Id<User>;
/// A session's id.
pub type SessionId = Id<Session>;
/// A signing key's id: the `kid` of its tokens.
pub type KeyId = Id<SigningKey>;

/// The tables of this context.
pub const SCHEMAS: &[&Schema] = &[
    <User as entity::Entity>::SCHEMA,
    <Credential as entity::Entity>::SCHEMA,
    <Session as entity::Entity>::SCHEMA,
    <RefreshToken as entity::Entity>::SCHEMA,
    <SigningKey as entity::Entity>::SCHEMA,
    <AdminRoster as entity::Entity>::SCHEMA,
    <Erasure as entity::Entity>::SCHEMA,
];

entity! {
    /// Somebody with an account.
    #[derive(PartialEq)]
    pub struct User in UserContext as versioned "user" in "user_users" {
        unique [["email"]], lookup ["email"], search [],
    } {
        /// E-mail address, in lower case.
        pub email: String => EMAIL,
        /// What they are called.
        pub name: String => NAME,
        /// What they may do.
        pub roles: Roles => ROLES,
        /// When the account was made.
        pub created_at: Timestamp => CREATED_AT,
        /// When it was last changed.
        pub updated_at: Timestamp => UPDATED_AT,
    }
}

entity! {
    /// How a user proves who they are; it has the user's id. Deleted for good when the user is erased.
    #[derive(PartialEq)]
    pub struct Credential in UserContext as versioned "credential" in "user_credentials" {
        unique [], lookup [], search [],
    } {
        /// The password's hash.
        pub password_hash: PasswordHash => PASSWORD_HASH,
        /// When the password was last changed.
        pub changed_at: Timestamp => CHANGED_AT,
        /// When it last opened a session. Each log-in writes it, so that a log-in and a change of the password that run side
        /// by side cannot both succeed: the session of an old password would outlive the change.
        pub last_login_at: Option<Timestamp> => LAST_LOGIN_AT,
    }
}

text_enum! {
    /// Why a session ended before its time.
    pub enum SessionEnd {
        /// Its client logged out.
        Logout = "logout",
        /// The user ended it from elsewhere.
        Revoked = "revoked",
        /// The password was changed.
        PasswordChanged = "password_changed",
        /// A refresh token was shown a second time.
        TokenReused = "token_reused",
        /// There were too many sessions, and this one was unused for longest.
        Displaced = "displaced",
    }
}

entity! {
    /// One log-in on one client, and the family of its refresh tokens.
    #[derive(PartialEq)]
    pub struct Session in UserContext as versioned "session" in "user_sessions" {
        unique [], lookup ["user_id"], search [],
    } {
        /// Whose.
        pub user_id: UserId => USER_ID,
        /// What the client calls itself, for the user to know it by.
        pub client: Option<String> => CLIENT,
        /// When the user logged in.
        pub created_at: Timestamp => CREATED_AT,
        /// When it was last refreshed.
        pub last_used_at: Timestamp => LAST_USED_AT,
        /// When it ends unless it is refreshed before.
        pub idle_expires_at: Timestamp => IDLE_EXPIRES_AT,
        /// When it ends in any case.
        pub expires_at: Timestamp => EXPIRES_AT,
        /// When it was ended before its time.
        pub ended_at: Option<Timestamp> => ENDED_AT,
        /// Why.
        pub end_reason: Option<SessionEnd> => END_REASON,
    }
}

impl Session {
    /// Whether it can still be refreshed.
    pub fn is_alive(&self, now: Timestamp) -> bool {
        self.ended_at.is_none() && now < self.idle_expires_at && now < self.expires_at
    }
}

entity! {
    /// A refresh token, good for one use. Used ones are kept until their session is purged, to tell a second use.
    #[derive(PartialEq)]
    pub struct RefreshToken in UserContext as versioned "refresh_token" in "user_refresh_tokens" {
        unique [["hash"]], lookup ["hash", "user_id", "session_id"], search [],
    } {
        /// Whose.
        pub user_id: UserId => USER_ID,
        /// The family.
        pub session_id: SessionId => SESSION_ID,
        /// The token that was exchanged for this one; absent for the first.
        pub parent: Option<Id<RefreshToken>> => PARENT,
        /// Its SHA-256.
        pub hash: TokenHash => HASH,
        /// When it was given out.
        pub issued_at: Timestamp => ISSUED_AT,
        /// When it was exchanged.
        pub used_at: Option<Timestamp> => USED_AT,
        /// Until when it may be.
        pub expires_at: Timestamp => EXPIRES_AT,
    }
}

entity! {
    /// A key pair that signs access tokens. The key with the highest number whose time has come signs; see
    /// [`KeyRing`](super::KeyRing).
    #[derive(PartialEq)]
    pub struct SigningKey in UserContext as append_only "signing_key" in "user_signing_keys" {
        unique [["number"]], lookup [], search [],
    } {
        /// Counts the keys from 1; of two processes that both make the next key, one wins.
        pub number: u32 => NUMBER,
        /// The public half: an Ed25519 public key (RFC 8037 `x`: 32 bytes in base64url).
        pub public_key: String => PUBLIC_KEY,
        /// The private half, sealed.
        pub private_key: SealedKey => PRIVATE_KEY,
        /// Since when it is published.
        pub created_at: Timestamp => CREATED_AT,
        /// From when on it signs.
        pub signs_from: Timestamp => SIGNS_FROM,
    }
}

entity! {
    /// Who the admins are. There is one of it, so that two admins who take the role from each other at the same moment collide
    /// on it, and somebody stays.
    #[derive(PartialEq)]
    pub struct AdminRoster in UserContext as versioned "admin_roster" in "user_admin_roster" {
        unique [], lookup [], search [],
    } {
        /// Their ids as text.
        pub admins: Vec<String> => ADMINS,
    }
}

text_enum! {
    /// How far an erasure is.
    pub enum ErasureState {
        /// Begun; some contexts may still hold data.
        Erasing = "erasing",
        /// No context holds data any more.
        Done = "done",
    }
}

entity! {
    /// The record of an erasure; it has the user's id and nothing else of theirs.
    #[derive(PartialEq)]
    pub struct Erasure in UserContext as versioned "erasure" in "user_erasures" {
        unique [], lookup ["state"], search [],
    } {
        /// How far it is.
        pub state: ErasureState => STATE,
        /// When it was asked for.
        pub requested_at: Timestamp => REQUESTED_AT,
        /// Contexts that have erased.
        pub done: Vec<String> => DONE,
        /// The context that failed last, while one does.
        pub failing: Option<String> => FAILING,
        /// When nothing was left.
        pub finished_at: Option<Timestamp> => FINISHED_AT,
    }
}
