//! Roles, and the first admin.
//!
//! Somebody must always be an admin. Who is one stands in one row, the [`AdminRoster`], which every change of the role
//! writes: of two admins who demote each other at the same moment one is refused by the store, decides anew, and finds that
//! they are the last.

use secrecy::{ExposeSecret as _, SecretString};
use uuid::Uuid;

use super::{
    accounts::email_taken,
    event::RolesChanged,
    model::{AdminRoster, User, UserContext, UserId},
    service::NewUser,
    users::{ATTEMPTS, Users, expect_revision, too_busy},
};
use crate::{
    changes::Changes,
    entity::Revision,
    error::{Error, StoreError},
    id::Id,
    request::{RequestContext, Role, Roles},
};

/// The roster's only id.
const ROSTER: Id<AdminRoster> = Id::new(Uuid::nil());

/// The first admin, made by [`Users::ensure_admin`].
#[derive(Debug, Clone)]
pub struct FirstAdmin {
    /// The account.
    pub user: User,
    /// The password, when one was made up: to be shown once. It is stored nowhere.
    pub generated_password: Option<SecretString>,
}

/// The roster without a user who is no admin any more.
///
/// # Errors
/// [`Error::Conflict`] `last_admin` when they are the only one.
fn without(mut roster: AdminRoster, user: UserId) -> Result<AdminRoster, Error> {
    let id = user.to_string();
    roster.admins.retain(|admin| *admin != id);
    if roster.admins.is_empty() {
        return Err(Error::conflict("last_admin", "this is the last admin: make somebody else one first"));
    }
    Ok(roster)
}

fn with(mut roster: AdminRoster, user: UserId) -> AdminRoster {
    let id = user.to_string();
    if !roster.admins.contains(&id) {
        roster.admins.push(id);
    }
    roster
}

impl Users {
    async fn roster(&self) -> Result<Option<AdminRoster>, Error> {
        Ok(self.repository().get(ROSTER).await?)
    }

    /// What taking the role from a user changes on the roster; nothing when they do not have it.
    ///
    /// # Errors
    /// [`Error::Conflict`] `last_admin`.
    pub(super) async fn leave_roster(&self, user: &User) -> Result<Changes<UserContext>, Error> {
        if !user.roles.has(Role::Admin) {
            return Ok(Changes::new());
        }
        let Some(roster) = self.roster().await? else { return Ok(Changes::new()) };
        Ok(Changes::new().update(&mut without(roster, user.id)?))
    }

    async fn join_roster(&self, user: UserId) -> Result<Changes<UserContext>, Error> {
        Ok(match self.roster().await? {
            Some(roster) => Changes::new().update(&mut with(roster, user)),
            None => Changes::new().insert(&AdminRoster {
                id: ROSTER,
                revision: Revision::FIRST,
                deleted_at: None,
                admins: vec![user.to_string()],
            }),
        })
    }

    pub(super) async fn change_roles(
        &self,
        request: &RequestContext,
        id: UserId,
        roles: &[Role],
        expected: Option<Revision>,
    ) -> Result<User, Error> {
        request.require(Role::Admin)?;
        if roles.is_empty() {
            return Err(Error::invalid("roles", "must name at least one role"));
        }
        if roles.contains(&Role::Service) {
            return Err(Error::invalid("roles", "must not name service, which is for DriveEver's own processes"));
        }
        let roles = Roles::of(roles.iter().copied());
        for _ in 0..ATTEMPTS {
            let mut user = self.find(id).await?;
            expect_revision(&user, expected)?;
            if user.roles == roles {
                return Ok(user);
            }
            let roster = match (user.roles.has(Role::Admin), roles.has(Role::Admin)) {
                (true, false) => self.leave_roster(&user).await?,
                (false, true) => self.join_roster(id).await?,
                _ => Changes::new(),
            };
            user.roles = roles;
            user.updated_at = self.ports.clock.now();
            let body = RolesChanged { roles: roles.iter().collect() };
            let changed = self.events(request).event(&user, user.revision.next(), &body);
            if self.try_commit(roster.update(&mut user).causing(changed)).await? {
                self.revocations.end_revisions_below(id, user.revision.get());
                return Ok(user);
            }
        }
        Err(too_busy())
    }

    /// Makes the first admin when there is none; nothing when there is one. Without a password, one is made up. Safe when
    /// several processes start at once: one of them makes it.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a malformed address or a password that is not accepted; [`Error::Conflict`] `email_taken` when
    /// the address has an account that is no admin: whoever registered it must not become one by that.
    pub async fn ensure_admin(&self, email: &str, password: Option<SecretString>) -> Result<Option<FirstAdmin>, Error> {
        if self.roster().await?.is_some() {
            return Ok(None);
        }
        let generated = if password.is_some() { None } else { Some(self.new_secret()?) };
        let password = password.or_else(|| generated.clone()).unwrap_or_else(|| SecretString::from(""));
        let new = NewUser { email: email.to_owned(), password, name: "Administrator".to_owned() };
        let checked = self.check_new(&new)?;
        let hash = self.ports.hasher.hash(&new.password).await?;
        let request = RequestContext::system("first-admin");
        let (user, changes) = self.new_user(&request, checked, hash, Roles::of([Role::User, Role::Admin]));
        let changes = changes.and(self.join_roster(user.id).await?);
        match self.repository().commit(changes).await {
            Ok(()) => Ok(Some(FirstAdmin { user, generated_password: generated })),
            // Another process was quicker; or the address is somebody's.
            Err(StoreError::Duplicate { .. } | StoreError::Stale { .. }) => match self.roster().await? {
                Some(_) => Ok(None),
                None => Err(email_taken()),
            },
            Err(error) => Err(error.into()),
        }
    }

    /// 256 random bits as 43 characters of base64url.
    pub(super) fn new_secret(&self) -> Result<SecretString, Error> {
        use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
        let secret = SecretString::from(URL_SAFE_NO_PAD.encode(self.ports.secrets.bytes()?));
        debug_assert_eq!(secret.expose_secret().len(), 43);
        Ok(secret)
    }
}
