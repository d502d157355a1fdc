//! What the user service offers.

use async_trait::async_trait;

use super::{User, UserId};
use crate::{error::Error, request::RequestContext};

/// Knows users.
#[async_trait]
pub trait UserService: Send + Sync {
    /// A user: the caller's own account (an admin's: anybody's).
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such living account.
    async fn user(&self, request: &RequestContext, id: UserId) -> Result<User, Error>;
}
