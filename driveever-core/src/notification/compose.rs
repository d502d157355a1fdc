//! What is said, and for which cause: pure.
//!
//! Texts are composed here of fixed words, dates, and the registration mark of the reader's own vehicle: nothing that
//! somebody else wrote reaches a notification.

use chrono::NaiveDate;

use super::{
    Link, NotificationKind,
    event::{OrderChanged, SecurityAlert},
    reminders::{DueVehicle, ReminderKind},
};
use crate::{error::Error, event::DomainEvent, user::UserId, vehicle::registration::Registration};

/// A notification to be, unless its user had it already or does without its kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Draft {
    pub(super) user_id: UserId,
    pub(super) kind: NotificationKind,
    pub(super) title: String,
    pub(super) body: String,
    pub(super) link: Link,
    pub(super) cause_key: String,
    /// In whose request.
    pub(super) request_id: String,
}

/// Kinds of event that lead to notifications. What a user has just done themself (an order made or paid) leads to none.
pub(super) fn is_wanted(event_type: &str) -> bool {
    matches!(
        event_type,
        "order.shipped"
            | "order.delivered"
            | "order.cancelled"
            | "order.refunded"
            | "order.failed"
            | "user.security_alert"
    )
}

/// What an event leads to.
///
/// # Errors
/// [`Error::Internal`] when its body lacks an id.
pub(super) fn of_event(event: &DomainEvent) -> Result<Option<Draft>, Error> {
    match event.event_type.as_ref() {
        "user.security_alert" => read(event).map(|alert| Some(of_alert(event, &alert))),
        kind if is_wanted(kind) => read(event).map(|order| of_order(event, &order)),
        _ => Ok(None),
    }
}

fn read<T: serde::de::DeserializeOwned>(event: &DomainEvent) -> Result<T, Error> {
    serde_json::from_str(&event.body)
        .map_err(|error| Error::internal(format!("event {} ({}): {error}", event.id, event.event_type)))
}

fn of_order(event: &DomainEvent, order: &OrderChanged) -> Option<Draft> {
    // Once its user is erased, an order belongs to nobody.
    let user_id = order.user_id?;
    let status = event.event_type.strip_prefix("order.")?;
    let (kind, title, body) = match (status, order.ai_response_id) {
        ("delivered", Some(_)) => {
            (NotificationKind::AdviceReady, "Your answer is ready", "The answer to your question can be read now.")
        }
        (status, _) => {
            let (title, body) = order_text(status);
            (NotificationKind::OrderUpdated, title, body)
        }
    };
    Some(Draft {
        user_id,
        kind,
        title: title.to_owned(),
        body: body.to_owned(),
        link: Link { order_id: Some(order.order_id), response_id: order.ai_response_id, ..Link::default() },
        cause_key: format!("order:{}:{status}", order.order_id),
        request_id: event.request_id.clone(),
    })
}

fn order_text(status: &str) -> (&'static str, &'static str) {
    match status {
        "shipped" => ("Your order is on its way", "Your order was handed over for delivery."),
        "delivered" => ("Your order is complete", "Everything that you ordered was delivered."),
        "cancelled" => ("Your order was cancelled", "Your order was cancelled. What you paid for it goes back to you."),
        "refunded" => ("Your order was refunded", "What you paid for the order goes back to you."),
        _ => (
            "Your order failed",
            "Your order could not be completed. You are not charged: what you paid for it goes back to you.",
        ),
    }
}

fn of_alert(event: &DomainEvent, alert: &SecurityAlert) -> Draft {
    let what = match alert.kind.as_deref() {
        Some("refresh_token_reused" | "refresh_token_reuse") => {
            "A sign-in of yours was used twice, so we ended it. It may have been copied."
        }
        Some("password_changed") => "Your password was changed.",
        Some("email_changed") => "The e-mail address of your account was changed.",
        Some("roles_changed") => "What your account may do was changed.",
        Some("login_throttled" | "too_many_logins") => "There were many failed attempts to sign in to your account.",
        _ => "There was an unusual event on your account.",
    };
    Draft {
        user_id: alert.user_id,
        kind: NotificationKind::SecurityAlert,
        title: "Check your account".to_owned(),
        body: format!("{what} If this was not you, change your password."),
        link: Link::default(),
        cause_key: format!("event:{}", event.id),
        request_id: event.request_id.clone(),
    }
}

/// The reminder that applies `today`, when one does: that of the nearest threshold not passed yet, so that a day on which
/// no scheduler ran, or a vehicle added late, still leads to one.
pub(super) fn of_due(due: &DueVehicle, today: NaiveDate, thresholds: &[u32]) -> Option<Draft> {
    let days = u32::try_from((due.due_date - today).num_days()).ok()?;
    let threshold = thresholds.iter().copied().filter(|threshold| *threshold >= days).min()?;
    let (kind, what, verb) = match due.kind {
        ReminderKind::Mot => (NotificationKind::MotDue, "MOT", "runs out"),
        ReminderKind::Tax => (NotificationKind::TaxDue, "Vehicle tax", "is due"),
    };
    let when = match days {
        0 => "today".to_owned(),
        1 => "tomorrow".to_owned(),
        days => format!("in {days} days"),
    };
    let date = due.due_date.format("%-d %B %Y");
    // Whoever has several vehicles must see at once which one it is; nobody but the owner reads it.
    let whose = due.registration.as_ref().map_or_else(|| "your vehicle".to_owned(), Registration::display);
    let mut body = match due.kind {
        ReminderKind::Mot => format!("The MOT of {whose} {verb} on {date}. Book a test in time."),
        ReminderKind::Tax => format!("The tax of {whose} {verb} on {date}."),
    };
    if due.demonstration {
        body.push_str(" (Demonstration data: no real vehicle.)");
    }
    Some(Draft {
        user_id: due.owner_id,
        kind,
        title: format!("{what} {verb} {when}"),
        body,
        link: Link { vehicle_id: Some(due.vehicle_id), ..Link::default() },
        cause_key: format!("{}:{}:{}:{threshold}", due.kind, due.vehicle_id, due.due_date),
        request_id: "reminders".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Id;

    fn due(date: &str) -> DueVehicle {
        DueVehicle {
            vehicle_id: Id::new(uuid::Uuid::from_u128(1)),
            owner_id: Id::new(uuid::Uuid::from_u128(2)),
            registration: Registration::from_stored("AB12CDE").ok(),
            kind: ReminderKind::Mot,
            due_date: date.parse().unwrap(),
            demonstration: false,
        }
    }

    #[test]
    fn a_reminder_of_demonstration_data_says_so() {
        let of = |demonstration| {
            let due = DueVehicle { demonstration, ..due("2026-11-26") };
            of_due(&due, "2026-11-23".parse().unwrap(), &[7]).unwrap().body
        };
        assert!(of(true).ends_with("(Demonstration data: no real vehicle.)") && !of(false).contains("emonstration"));
    }

    #[test]
    fn the_nearest_threshold_not_passed_applies() {
        let today = "2026-11-23".parse().unwrap();
        let of = |date: &str| of_due(&due(date), today, &[30, 14, 7, 1, 0]);
        let key = |date: &str| of(date).map(|draft| draft.cause_key.rsplit(':').next().unwrap().to_owned());
        for (date, threshold) in [
            ("2026-12-24", None),
            ("2026-12-23", Some("30")),
            ("2026-12-08", Some("30")),
            ("2026-12-07", Some("14")),
            ("2026-11-26", Some("7")),
            ("2026-11-24", Some("1")),
            ("2026-11-23", Some("0")),
            ("2026-11-22", None),
        ] {
            assert_eq!(key(date).as_deref(), threshold, "{date}");
        }
        let tomorrow = of("2026-11-24").unwrap();
        assert_eq!(tomorrow.title, "MOT runs out tomorrow");
        assert_eq!(tomorrow.body, "The MOT of AB12 CDE runs out on 24 November 2026. Book a test in time.");
        let nameless = DueVehicle { registration: None, ..due("2026-11-24") };
        assert!(of_due(&nameless, today, &[1]).unwrap().body.starts_with("The MOT of your vehicle runs out"));
    }

    #[test]
    fn what_a_log_shows_of_a_due_vehicle_is_masked() {
        let logged = format!("{:?}", due("2026-11-24"));
        assert!(logged.contains("AB*****") && !logged.contains("AB12CDE"), "{logged}");
    }
}
