//! What a person was told: given out and erased.

use async_trait::async_trait;
use futures_util::TryStreamExt;
use serde_json::json;

use super::{Notification, NotificationContext, Notifications, Preferences, Ticket};
use crate::{
    entity::Context,
    error::Error,
    id::Id,
    query::Query,
    repository::RepositoryExt,
    user::{PersonalData, UserId},
};

#[async_trait]
impl PersonalData for Notifications {
    fn context(&self) -> &'static str {
        NotificationContext::NAME
    }

    async fn export(&self, user: UserId) -> Result<serde_json::Value, Error> {
        let repository = &self.inner.repository;
        let told: Vec<Notification> =
            repository.stream(Query::filter(Notification::USER_ID.eq(user))).try_collect().await?;
        let preferences: Option<Preferences> = repository.get(user.cast()).await?;
        let told = told.iter().map(|told| {
            json!({
                "id": told.id, "kind": told.kind, "title": told.title, "body": told.body, "link": told.link,
                "readAt": told.read_at, "createdAt": told.created_at,
            })
        });
        Ok(json!({
            "notifications": told.collect::<Vec<_>>(),
            "switchedOff": preferences.map(|preferences| preferences.switched_off),
        }))
    }

    async fn erase(&self, user: UserId) -> Result<(), Error> {
        let repository = &self.inner.repository;
        repository.delete_by(Notification::USER_ID.eq(user)).await?;
        repository.delete_by(Ticket::USER_ID.eq(user)).await?;
        RepositoryExt::delete(repository.as_ref(), Id::<Preferences>::new(user.uuid())).await?;
        Ok(())
    }
}
