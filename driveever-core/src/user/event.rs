//! What this context tells the others: ids and kinds, never an address, a name or a secret.

use super::model::{SessionEnd, SessionId, UserId};
use crate::{event_body, request::Role, text_enum};

event_body! {
    /// An account was made.
    pub struct UserRegistered as "user.registered" {
        /// Its roles.
        pub roles: Vec<Role>,
    }
}

event_body! {
    /// The user changed what they are called.
    pub struct UserUpdated as "user.updated" {
        /// The fields that changed.
        pub fields: Vec<String>,
    }
}

event_body! {
    /// A session was opened; told of the session.
    pub struct UserLoggedIn as "user.logged_in" {
        /// Whose.
        pub user_id: UserId,
    }
}

event_body! {
    /// Somebody gave a wrong password, or an address without an account. Written in both cases, so that they take the same
    /// time.
    pub struct LoginFailed as "user.login_failed" {
        /// The account, when there is one.
        pub user_id: Option<UserId>,
    }
}

event_body! {
    /// The password was changed.
    pub struct PasswordChanged as "user.password_changed" {}
}

event_body! {
    /// The roles were changed; access tokens from before hold no longer.
    pub struct RolesChanged as "user.roles_changed" {
        /// The roles from now on.
        pub roles: Vec<Role>,
    }
}

event_body! {
    /// Sessions were ended before their time; their access tokens hold no longer.
    pub struct SessionsRevoked as "user.sessions_revoked" {
        /// Whose.
        pub user_id: UserId,
        /// Which.
        pub sessions: Vec<SessionId>,
        /// Why.
        pub reason: SessionEnd,
    }
}

text_enum! {
    /// What a user should look into.
    pub enum AlertKind {
        /// A refresh token was shown a second time: it, or its successor, is in somebody else's hands.
        RefreshTokenReused = "refresh_token_reused",
    }
}

event_body! {
    /// Something that the user should know of.
    pub struct SecurityAlert as "user.security_alert" {
        /// Whom it concerns.
        pub user_id: UserId,
        /// What.
        pub kind: AlertKind,
    }
}

event_body! {
    /// The user asked to be erased: their account is closed, and contexts erase what they hold.
    pub struct UserErasing as "user.erasing" {}
}

event_body! {
    /// No context holds anything of the user's any more.
    pub struct UserErased as "user.erased" {}
}

event_body! {
    /// A key that will sign access tokens was published; told of the key.
    pub struct SigningKeyPublished as "user.signing_key_published" {
        /// Its number.
        pub number: u32,
    }
}

/// The aggregate type of [`LoginFailed`]: an attempt, which has an id of its own and no row.
pub(super) const LOGIN_ATTEMPT: &str = "login_attempt";
