//! What the user service offers, by who asks: other contexts ([`UserService`]), people about accounts ([`AccountService`]),
//! people about sessions ([`AuthService`]), people about their data ([`PrivacyService`]).

use std::{net::IpAddr, time::Duration};

use async_trait::async_trait;
use secrecy::SecretString;

use super::{
    model::{ErasureState, Session, SessionId, User, UserId},
    token::Jwk,
};
use crate::{
    entity::Revision,
    error::Error,
    page::{Page, PageRequest},
    request::{RequestContext, Role},
};

/// Knows users.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait UserService: Send + Sync {
    /// A user: the caller's own account (an admin's: anybody's).
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such living account.
    async fn user(&self, request: &RequestContext, id: UserId) -> Result<User, Error>;
}

/// The client that a request comes from, as far as the server knows it.
#[derive(Debug, Clone, Default)]
pub struct Client {
    /// Its address; attempts are counted by it. Absent where there is no network between.
    pub address: Option<IpAddr>,
    /// What it calls itself, such as its `User-Agent`; shown to the user in the list of their sessions.
    pub label: Option<String>,
}

/// An account to be made.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// E-mail address.
    pub email: String,
    /// Password.
    pub password: SecretString,
    /// What they are called.
    pub name: String,
}

/// What a user may change about themselves; what is absent stays.
#[derive(Debug, Clone, Default)]
pub struct UserEdit {
    /// What they are called.
    pub name: Option<String>,
}

/// Which users; what is absent does not narrow.
#[derive(Debug, Clone, Default)]
pub struct UserFilter {
    /// With exactly this address, in any case.
    pub email: Option<String>,
}

/// Accounts: what people do with their own, and what admins do with all.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait AccountService: Send + Sync {
    /// Makes an account with the role `user`. Everybody may, a limited number of times an address.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming every bad field, [`Error::Conflict`] `email_taken` for an address that has an account, in
    /// whatever case, after the same work as for one that has none; [`Error::RateLimited`].
    async fn register(&self, request: &RequestContext, new: NewUser, client: &Client) -> Result<User, Error>;

    /// Changes the caller's own account.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::Stale`] when `expected` is not the present revision.
    async fn update_me(
        &self,
        request: &RequestContext,
        edit: UserEdit,
        expected: Option<Revision>,
    ) -> Result<User, Error>;

    /// All accounts, oldest first; admins only.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    async fn users(
        &self,
        request: &RequestContext,
        filter: UserFilter,
        page: &PageRequest,
    ) -> Result<Page<User>, Error>;

    /// Gives a user these roles and no others; admins only. Access tokens with the roles from before hold no longer.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`], [`Error::Invalid`] for no role and for `service`,
    /// [`Error::Conflict`] `last_admin` when no admin would be left, [`Error::Stale`].
    async fn set_roles(
        &self,
        request: &RequestContext,
        id: UserId,
        roles: Vec<Role>,
        expected: Option<Revision>,
    ) -> Result<User, Error>;
}

/// A log-in.
#[derive(Debug, Clone)]
pub struct Login {
    /// E-mail address, in any case.
    pub email: String,
    /// Password.
    pub password: SecretString,
}

/// What a session is used with.
#[derive(Debug, Clone)]
pub struct TokenPair {
    /// Lets requests in, for a short time.
    pub access_token: SecretString,
    /// Is exchanged for the next pair, once.
    pub refresh_token: SecretString,
    /// How long the access token is valid.
    pub expires_in: Duration,
    /// When the refresh token ends, at the latest.
    pub refresh_expires_in: Duration,
    /// The session.
    pub session_id: SessionId,
    /// Whose.
    pub user_id: UserId,
}

/// A change of the password.
#[derive(Debug, Clone)]
pub struct PasswordChange {
    /// The present one.
    pub current: SecretString,
    /// The next one.
    pub new: SecretString,
    /// The caller's session, which goes on while the others end; absent: all end.
    pub keep: Option<SessionId>,
}

/// Sessions and passwords.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait AuthService: Send + Sync {
    /// Opens a session.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] `invalid_credentials`, the same after the same work for a wrong password and for an address
    /// without an account; [`Error::RateLimited`], which does not depend on whether there is an account either.
    async fn login(&self, request: &RequestContext, login: Login, client: &Client) -> Result<TokenPair, Error>;

    /// Exchanges a refresh token for a new pair. A token is good once: when it is shown again, its session ends, because
    /// nobody can tell the thief from the owner.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] `invalid_refresh_token`, the same for every reason.
    async fn refresh(&self, request: &RequestContext, refresh_token: &SecretString) -> Result<TokenPair, Error>;

    /// Ends the session of a refresh token. Nothing happens for a token that is unknown or another user's.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] for nobody.
    async fn logout(&self, request: &RequestContext, refresh_token: &SecretString) -> Result<(), Error>;

    /// The caller's living sessions, last used first.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] for nobody.
    async fn sessions(&self, request: &RequestContext) -> Result<Vec<Session>, Error>;

    /// Ends one of the caller's sessions.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it is none of theirs, or is over.
    async fn end_session(&self, request: &RequestContext, id: SessionId) -> Result<(), Error>;

    /// Changes the caller's password and ends their other sessions.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a wrong present password and for a new one that is not accepted, [`Error::RateLimited`].
    async fn change_password(
        &self,
        request: &RequestContext,
        change: PasswordChange,
        client: &Client,
    ) -> Result<(), Error>;

    /// The keys that verify access tokens.
    ///
    /// # Errors
    /// The store's.
    async fn published_keys(&self) -> Result<Vec<Jwk>, Error>;
}

/// A person's data in all contexts.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait PrivacyService: Send + Sync {
    /// Everything that is kept about a user, by context: the caller's own, an admin's: anybody's.
    ///
    /// # Errors
    /// [`Error::NotFound`], or the error of the context that could not answer: a part is never left out silently.
    async fn export(&self, request: &RequestContext, user: UserId) -> Result<serde_json::Value, Error>;

    /// Closes an account for good and erases what every context keeps: the caller's own, an admin's: anybody's. What
    /// cannot be erased at once is erased later ([`PrivacyService::recover_erasures`]): the answer says which.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Conflict`] `last_admin`, [`Error::Stale`]; the store's when not even the beginning was
    /// recorded.
    async fn erase(
        &self,
        request: &RequestContext,
        user: UserId,
        expected: Option<Revision>,
    ) -> Result<ErasureState, Error>;

    /// Takes erasures up again that did not finish; gives how many are still not finished. For background work, and at
    /// every start.
    ///
    /// # Errors
    /// The store's.
    async fn recover_erasures(&self) -> Result<usize, Error>;
}
