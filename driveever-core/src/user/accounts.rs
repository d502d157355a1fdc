//! Accounts: made, changed, listed.

use async_trait::async_trait;
use secrecy::ExposeSecret as _;

use super::{
    attempt::AttemptKind,
    email::{EmailAddress, MAX_ADDRESS},
    event::{UserRegistered, UserUpdated},
    model::{Credential, User, UserContext, UserId},
    secret::PasswordHash,
    service::{AccountService, Client, NewUser, UserEdit, UserFilter},
    users::{Users, expect_revision},
};
use crate::{
    changes::Changes,
    entity::Revision,
    error::{Error, StoreError},
    page::{Page, PageRequest},
    query::{Filter, Query},
    repository::RepositoryExt,
    request::{RequestContext, Role, Roles},
    validate::{TextRule, Validator},
};

/// A new account whose fields were found good.
pub(super) struct CheckedUser {
    pub(super) email: EmailAddress,
    pub(super) name: String,
}

impl Users {
    /// Finds every fault of a new account at once.
    pub(super) fn check_new(&self, new: &NewUser) -> Result<CheckedUser, Error> {
        let mut check = Validator::new();
        let email = check.parsed("email", new.email.parse::<EmailAddress>());
        let name = check.text("name", &new.name, TextRule::line(1, self.options.max_name));
        let personal = [name.as_str(), email.as_ref().map_or("", EmailAddress::as_str)];
        self.options.passwords.check(&mut check, "password", new.password.expose_secret(), &personal);
        check.finish()?;
        let email = email.ok_or_else(|| Error::internal("an address without a fault was not parsed"))?;
        Ok(CheckedUser { email, name })
    }

    /// The new user, and the changes that make them.
    pub(super) fn new_user(
        &self,
        request: &RequestContext,
        checked: CheckedUser,
        password_hash: PasswordHash,
        roles: Roles,
    ) -> (User, Changes<UserContext>) {
        let now = self.ports.clock.now();
        let user = User {
            // Whoever repeats a registration after a crash makes the same account.
            id: request.idempotency.map_or_else(|| self.ports.ids.id(), UserId::new),
            revision: Revision::FIRST,
            deleted_at: None,
            email: checked.email.as_str().to_owned(),
            name: checked.name,
            roles,
            created_at: now,
            updated_at: now,
        };
        let credential = Credential {
            id: user.id.cast(),
            revision: Revision::FIRST,
            deleted_at: None,
            password_hash,
            changed_at: now,
            last_login_at: None,
        };
        let body = UserRegistered { roles: roles.iter().collect() };
        let registered = self.events(request).event(&user, user.revision, &body);
        let changes = Changes::new().insert(&user).insert(&credential).causing(registered);
        (user, changes)
    }

    /// The account that this very request made before a crash.
    async fn made_before(&self, request: &RequestContext, user: &User) -> Result<Option<User>, Error> {
        let Some(id) = request.idempotency else { return Ok(None) };
        let made = self.repository().get(UserId::new(id)).await?;
        Ok(made.filter(|made: &User| made.email == user.email))
    }
}

/// An address that has an account already.
pub(super) fn email_taken() -> Error {
    Error::conflict("email_taken", "an account with this e-mail address exists already: log in, or use another address")
}

#[async_trait]
impl AccountService for Users {
    async fn register(&self, request: &RequestContext, new: NewUser, client: &Client) -> Result<User, Error> {
        let checked = self.check_new(&new)?;
        // Counted whether it succeeds or not: both tell something about an address.
        self.begin_attempt(AttemptKind::Registration, client).await?;
        // Hashed before the address is looked at, so that one that is taken costs the same time.
        let hash = self.ports.hasher.hash(&new.password).await?;
        let (user, changes) = self.new_user(request, checked, hash, Roles::of([Role::User]));
        match self.repository().commit(changes).await {
            Ok(()) => Ok(user),
            Err(StoreError::Duplicate { .. }) => self.made_before(request, &user).await?.ok_or_else(email_taken),
            Err(error) => Err(error.into()),
        }
    }

    async fn update_me(
        &self,
        request: &RequestContext,
        edit: UserEdit,
        expected: Option<Revision>,
    ) -> Result<User, Error> {
        let mut check = Validator::new();
        let rule = TextRule::line(1, self.options.max_name);
        let name = edit.name.as_deref().map(|name| check.text("name", name, rule));
        check.finish()?;
        let mut user = self.find(request.user_id()?).await?;
        expect_revision(&user, expected)?;
        let Some(name) = name.filter(|name| *name != user.name) else { return Ok(user) };
        user.name = name;
        user.updated_at = self.ports.clock.now();
        let body = UserUpdated { fields: vec!["name".to_owned()] };
        let updated = self.events(request).event(&user, user.revision.next(), &body);
        self.repository().commit(Changes::new().update(&mut user).causing(updated)).await?;
        Ok(user)
    }

    async fn users(
        &self,
        request: &RequestContext,
        filter: UserFilter,
        page: &PageRequest,
    ) -> Result<Page<User>, Error> {
        request.require(Role::Admin)?;
        let mut check = Validator::new();
        let email = filter.email.map(|email| check.text("email", &email, TextRule::line(0, MAX_ADDRESS)));
        check.finish()?;
        let by_email = email.map(|email| User::EMAIL.eq(email.trim().to_ascii_lowercase()));
        let query = Query::filter(by_email.unwrap_or_else(Filter::everything));
        Ok(self.repository().page(query, page).await?)
    }

    async fn set_roles(
        &self,
        request: &RequestContext,
        id: UserId,
        roles: Vec<Role>,
        expected: Option<Revision>,
    ) -> Result<User, Error> {
        self.change_roles(request, id, &roles, expected).await
    }
}
