//! What every context does with a person's data when they ask for it or leave.

use async_trait::async_trait;

use super::UserId;
use crate::error::Error;

/// A context that keeps personal data.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait PersonalData: Send + Sync {
    /// The context's name: the key of its part of an export.
    fn context(&self) -> &'static str;

    /// Everything that it keeps about a user, in a form that a machine can read (UK GDPR articles 15 and 20); no hashes and
    /// no keys.
    async fn export(&self, user: UserId) -> Result<serde_json::Value, Error>;

    /// Deletes or anonymises it, deleted rows too (article 17). Called again after a crash: what is gone already is no
    /// error. What law demands to be kept (ledger entries) stays, without anything that names the person.
    async fn erase(&self, user: UserId) -> Result<(), Error>;
}
