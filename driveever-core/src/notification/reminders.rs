//! Reminders of what is due: MOT and tax.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{Days, NaiveDate};

use super::{Notifications, compose};
use crate::{
    error::Error,
    text_enum,
    time::{Timestamp, london_day},
    user::UserId,
    vehicle::{VehicleId, registration::Registration},
};

text_enum! {
    /// What of a vehicle is due. Its order is that of [`ReminderSource::due_between`].
    pub enum ReminderKind {
        /// Its MOT test.
        Mot = "mot",
        /// Its tax.
        Tax = "tax",
    }
}

/// A vehicle of which something is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueVehicle {
    /// Which one.
    pub vehicle_id: VehicleId,
    /// Whose.
    pub owner_id: UserId,
    /// Its registration mark, for its owner's eyes: a log or a trace shows it masked. Absent: what is stored is no mark.
    pub registration: Option<Registration>,
    /// What is due.
    pub kind: ReminderKind,
    /// When.
    pub due_date: NaiveDate,
    /// Whether that is demonstration data, about no real vehicle.
    pub demonstration: bool,
}

/// A place in the list of what is due, after one entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct DueCursor {
    /// The entry's kind.
    pub kind: ReminderKind,
    /// Its day.
    pub due_date: NaiveDate,
    /// Its vehicle.
    pub vehicle_id: VehicleId,
}

impl DueVehicle {
    /// The place after this one.
    pub const fn cursor(&self) -> DueCursor {
        DueCursor { kind: self.kind, due_date: self.due_date, vehicle_id: self.vehicle_id }
    }
}

/// Knows what is due: the vehicle service.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait ReminderSource: Send + Sync {
    /// What is due on a day from `from` to `to`, both included: at most `limit` after the cursor, in the cursor's order
    /// (kind, day, vehicle). Fewer than `limit` means that there is no more.
    async fn due_between(
        &self,
        from: NaiveDate,
        to: NaiveDate,
        after: Option<DueCursor>,
        limit: u32,
    ) -> Result<Vec<DueVehicle>, Error>;
}

/// Reminds owners: a step that is run now and then, an hour apart or so.
///
/// Each reminder has a cause made of vehicle, kind, due date and threshold, and storage keeps one notification a cause:
/// any number of processes may run the step at the same time, and it may be cut off anywhere and run again.
#[derive(Clone)]
pub struct Reminders {
    notifications: Notifications,
    source: Arc<dyn ReminderSource>,
}

impl Reminders {
    /// Reminders of what `source` says is due.
    pub const fn new(notifications: Notifications, source: Arc<dyn ReminderSource>) -> Self {
        Self { notifications, source }
    }

    /// Makes the reminders that apply on the day that it is in the United Kingdom at `now` and were not made before; gives
    /// how many.
    ///
    /// # Errors
    /// The source's and the store's; what was made before stays, the rest is made by the next run.
    pub async fn run_reminders(&self, now: Timestamp) -> Result<usize, Error> {
        let options = self.notifications.options();
        let Some(furthest) = options.reminder_days.iter().max() else { return Ok(0) };
        let today = london_day(now);
        let Some(until) = today.checked_add_days(Days::new(u64::from(*furthest))) else { return Ok(0) };
        let limit = options.reminder_batch.max(1);
        let (mut after, mut made) = (None, 0);
        loop {
            let due = self.source.due_between(today, until, after, limit).await?;
            let drafts = due.iter().filter_map(|due| compose::of_due(due, today, &options.reminder_days)).collect();
            made += self.notifications.deliver(drafts).await?;
            after = due.last().map(DueVehicle::cursor);
            if u32::try_from(due.len()).is_ok_and(|read| read < limit) {
                return Ok(made);
            }
        }
    }
}
