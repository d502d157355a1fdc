//! Notifications: one a cause, reminders, preferences, tickets, personal data.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use chrono::NaiveDate;
use driveever_core::{
    Error, Role, StoreError,
    event::{EventHandler, EventLog, EventQuery},
    id::Id,
    notification::{
        DueCursor, DueVehicle, Notification, NotificationKind, NotificationOptions, NotificationService, Notifications,
        ReminderKind, ReminderSource, Reminders, Ticket, TicketSecrets,
    },
    page::{Page, PageRequest},
    query::Query,
    repository::Repository,
    time::Clock,
    user::PersonalData,
    vehicle::registration::Registration,
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use uuid::Uuid;

use crate::support::{Overlapping, World, again, request_as, request_by, told, user_id, world};

/// Secrets that count: enough for a test.
struct Counting(std::sync::atomic::AtomicU8);

impl TicketSecrets for Counting {
    fn secret(&self) -> [u8; 32] {
        [self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed); 32]
    }
}

pub(crate) fn notifications(world: &World) -> Notifications {
    Notifications::new(
        Arc::new(Overlapping(world.store.clone())),
        world.clock.clone(),
        world.ids.clone(),
        Arc::new(Counting(0.into())),
        NotificationOptions::default(),
    )
}

async fn stored(world: &World) -> Vec<Notification> {
    world.store.find(&Query::everything()).await.unwrap()
}

async fn announced(world: &World) -> usize {
    let event_type = Some("notification.created".to_owned());
    world.store.read(&EventQuery { event_type, limit: 100, ..EventQuery::default() }).await.unwrap().len()
}

fn order_body(order: u128, user: u128) -> serde_json::Value {
    json!({ "orderId": Uuid::from_u128(order), "userId": user_id(user), "status": "DELIVERED", "totalAmount": 50, "currency": "GBP" })
}

#[tokio::test]
async fn a_cause_leads_to_one_notification_however_often_it_is_delivered() {
    let world = world();
    let service = notifications(&world);
    let mut body = order_body(1, 1);
    body["aiResponseId"] = json!(Uuid::from_u128(9));
    let events = [told(&world, "order.delivered", &body), told(&world, "order.failed", &order_body(2, 1))];
    service.handle(&events).await.unwrap();
    let (first, second) = (service.clone(), service.clone());
    let repeated: Vec<_> = events.iter().map(again).collect();
    futures_util::future::try_join(first.handle(&repeated), second.handle(&events)).await.unwrap();
    // The same cause told by another event.
    service.handle(&[told(&world, "order.delivered", &body)]).await.unwrap();
    let all = stored(&world).await;
    assert_eq!(
        all.iter().map(|told| told.kind).collect::<Vec<_>>(),
        [NotificationKind::AdviceReady, NotificationKind::OrderUpdated]
    );
    assert_eq!(all[0].link.response_id, Some(Id::new(Uuid::from_u128(9))));
    assert_eq!(announced(&world).await, 2);
    assert!(!service.wants("order.created") && !service.wants("order.paid"));
}

#[tokio::test]
async fn two_processes_handling_one_new_event_at_once_make_one() {
    let world = world();
    let (first, second) = (notifications(&world), notifications(&world));
    let events = [told(&world, "order.refunded", &order_body(1, 1))];
    futures_util::future::try_join(first.handle(&events), second.handle(&events)).await.unwrap();
    assert_eq!((stored(&world).await.len(), announced(&world).await), (1, 1));
}

#[tokio::test]
async fn an_event_that_cannot_be_read_is_an_error_and_stores_nothing() {
    let world = world();
    let service = notifications(&world);
    let bad = told(&world, "order.failed", &json!({ "userId": user_id(1) }));
    let good = told(&world, "order.failed", &order_body(1, 1));
    assert!(service.handle(&[good, bad]).await.is_err());
    assert!(stored(&world).await.is_empty());
}

#[tokio::test]
async fn a_security_alert_uses_our_words_only() {
    let world = world();
    let service = notifications(&world);
    let reused = json!({ "userId": user_id(1), "kind": "refresh_token_reused" });
    let odd = json!({ "userId": user_id(1), "kind": "<b>evil</b>" });
    let events = [told(&world, "user.security_alert", &reused), told(&world, "user.security_alert", &odd)];
    service.handle(&events).await.unwrap();
    let all = stored(&world).await;
    assert_eq!(all.len(), 2, "each alert is a cause of its own");
    assert!(all[0].body.contains("used twice") && !all[1].body.contains("evil"));
}

/// What is due, as the vehicle service would say it.
struct Due(Vec<DueVehicle>);

#[async_trait]
impl ReminderSource for Due {
    async fn due_between(
        &self,
        from: NaiveDate,
        to: NaiveDate,
        after: Option<DueCursor>,
        limit: u32,
    ) -> Result<Vec<DueVehicle>, Error> {
        let mut due: Vec<_> = self.0.iter().filter(|due| (from..=to).contains(&due.due_date)).cloned().collect();
        due.sort_by_key(DueVehicle::cursor);
        due.retain(|due| after.is_none_or(|after| due.cursor() > after));
        due.truncate(limit as usize);
        Ok(due)
    }
}

fn due(number: u128, kind: ReminderKind, date: &str) -> DueVehicle {
    DueVehicle {
        vehicle_id: Id::new(Uuid::from_u128(number)),
        owner_id: user_id(number % 3),
        registration: Registration::from_stored("L2WPS").ok(),
        kind,
        due_date: date.parse().unwrap(),
        demonstration: false,
    }
}

#[tokio::test]
async fn reminders_are_made_once_a_threshold_by_any_number_of_processes() {
    let world = world();
    // More than one batch of vehicles, one of them due for both, and two out of the window.
    let mut all: Vec<_> = (0..1_200).map(|number| due(number, ReminderKind::Mot, "2026-12-07")).collect();
    all.push(due(7, ReminderKind::Tax, "2026-12-01"));
    all.push(due(8, ReminderKind::Tax, "2026-11-22"));
    all.push(due(9, ReminderKind::Tax, "2026-12-24"));
    let source = Arc::new(Due(all));
    let process = || Reminders::new(notifications(&world), source.clone());
    let now = world.clock.now();
    let (first, second) = (process(), process());
    let made = futures_util::future::try_join(first.run_reminders(now), second.run_reminders(now)).await.unwrap();
    assert_eq!(made.0 + made.1, 1_201);
    assert_eq!(stored(&world).await.len(), 1_201);
    assert_eq!(process().run_reminders(now).await.unwrap(), 0, "nothing new the same day");
    let week_later = now.plus(Duration::from_hours(7 * 24));
    // The next threshold of the MOTs (7 days), and those of the tax (1 day before, and the newcomer's 30).
    assert_eq!(process().run_reminders(week_later).await.unwrap(), 1_202);
    let tax: Vec<_> = stored(&world).await.into_iter().filter(|told| told.kind == NotificationKind::TaxDue).collect();
    assert_eq!(tax[0].title, "Vehicle tax is due in 8 days");
    assert_eq!(tax[0].body, "The tax of L2 WPS is due on 1 December 2026.", "its owner reads the whole mark");
    assert_eq!(tax[0].link.vehicle_id, Some(Id::new(Uuid::from_u128(7))));
}

async fn told_thrice(world: &World, service: &Notifications) {
    for order in 1..=3 {
        service.handle(&[told(world, "order.shipped", &order_body(order, 1))]).await.unwrap();
    }
}

#[tokio::test]
async fn own_notifications_are_listed_resumed_and_read() {
    let world = world();
    let service = notifications(&world);
    told_thrice(&world, &service).await;
    let (own, other) = (request_by(1), request_by(2));
    let page = service.notifications(&own, None, &PageRequest::default()).await.unwrap();
    let Page::Numbered { data, total: 3, .. } = page else { panic!("{page:?}") };
    assert!(data.windows(2).all(|pair| pair[0].id > pair[1].id), "newest first");
    let oldest = data[2].id;
    let missed = service.since(&own, oldest).await.unwrap();
    assert_eq!(missed.iter().map(|told| told.id).collect::<Vec<_>>(), [data[1].id, data[0].id]);
    assert!(service.since(&other, oldest).await.unwrap().is_empty());

    assert!(matches!(service.mark_read(&other, oldest).await, Err(Error::NotFound { .. })));
    assert!(matches!(service.notification(&request_as(2, Role::Admin), oldest).await, Err(Error::NotFound { .. })));
    let read = service.mark_read(&own, oldest).await.unwrap();
    world.clock.advance(Duration::from_secs(9));
    assert_eq!(service.mark_read(&own, oldest).await.unwrap(), read, "the first time counts");
    let unread = service.notifications(&own, Some(true), &PageRequest::default()).await.unwrap();
    assert_eq!(unread.data().len(), 2);
    assert_eq!(service.mark_all_read(&other).await.unwrap(), 0);
    assert_eq!(service.mark_all_read(&own).await.unwrap(), 2);
    assert_eq!(service.mark_all_read(&own).await.unwrap(), 0);
    assert_eq!(service.notifications(&own, Some(false), &PageRequest::default()).await.unwrap().data().len(), 3);
}

#[tokio::test]
async fn what_is_switched_off_is_not_told_and_alerts_stay_on() {
    let world = world();
    let service = notifications(&world);
    let request = request_by(1);
    let fresh = service.preferences(&request).await.unwrap();
    assert!(fresh.kinds.len() == 6 && fresh.kinds.values().all(|on| *on) && fresh.revision.is_none());
    let all_off: BTreeMap<_, _> = NotificationKind::ALL.iter().map(|kind| (*kind, false)).collect();
    assert!(
        matches!(service.set_preferences(&request, all_off, None).await, Err(Error::Invalid(faults)) if faults[0].field == "security_alert")
    );

    let off = |kind| BTreeMap::from([(kind, false)]);
    let set = service.set_preferences(&request, off(NotificationKind::OrderUpdated), None).await.unwrap();
    assert_eq!(set.revision.unwrap().get(), 1);
    let stale = driveever_core::entity::Revision::new(7);
    assert!(matches!(service.set_preferences(&request, BTreeMap::new(), stale).await, Err(Error::Stale { .. })));
    let more = service.set_preferences(&request, off(NotificationKind::TaxDue), set.revision).await.unwrap();
    assert_eq!(more.kinds.values().filter(|on| !**on).count(), 2, "what is not named stays");
    assert_eq!(service.preferences(&request).await.unwrap(), more);

    told_thrice(&world, &service).await;
    service.handle(&[told(&world, "order.shipped", &order_body(9, 2))]).await.unwrap();
    let told: Vec<_> = stored(&world).await.iter().map(|told| told.user_id).collect();
    assert_eq!(told, [user_id(2)]);
}

#[tokio::test]
async fn a_ticket_lets_one_socket_in_once_and_soon() {
    let world = world();
    let service = notifications(&world);
    let issued = service.issue_ticket(&request_by(1)).await.unwrap();
    assert!(!format!("{issued:?}").contains(issued.ticket.expose_secret()));
    let rows: Vec<Ticket> = world.store.find(&Query::everything()).await.unwrap();
    assert!(!format!("{rows:?}").contains(issued.ticket.expose_secret()), "only its hash is kept");
    let uses = (0..5).map(|_| service.redeem_ticket(&issued.ticket));
    let let_in: Vec<_> = futures_util::future::join_all(uses).await.into_iter().filter_map(Result::ok).collect();
    assert_eq!(let_in, [user_id(1)]);
    assert!(service.redeem_ticket(&issued.ticket).await.is_err(), "nor later");

    let late = service.issue_ticket(&request_by(1)).await.unwrap();
    world.clock.advance(Duration::from_secs(30));
    for bad in [late.ticket, SecretString::from("x"), SecretString::from("y".repeat(1_000_000))] {
        let refused = service.redeem_ticket(&bad).await;
        assert!(matches!(refused, Err(Error::Unauthenticated { code: "invalid_ticket", .. })));
    }
    let issue = || async { service.issue_ticket(&request_by(1)).await };
    for _ in 0..20 {
        issue().await.unwrap();
    }
    assert!(matches!(issue().await, Err(Error::RateLimited { .. })));
    world.clock.advance(Duration::from_secs(31));
    issue().await.unwrap();
    let rows: Vec<Ticket> = world.store.find(&Query::everything()).await.unwrap();
    assert_eq!(rows.len(), 1, "expired ones are cleared away");
}

#[tokio::test]
async fn a_person_is_given_out_and_erased() {
    let world = world();
    let service = notifications(&world);
    told_thrice(&world, &service).await;
    service.handle(&[told(&world, "order.shipped", &order_body(9, 2))]).await.unwrap();
    let off = BTreeMap::from([(NotificationKind::TaxDue, false)]);
    service.set_preferences(&request_by(1), off, None).await.unwrap();
    service.issue_ticket(&request_by(1)).await.unwrap();
    let export = service.export(user_id(1)).await.unwrap();
    assert_eq!(export["notifications"].as_array().unwrap().len(), 3);
    assert_eq!(export["switchedOff"], json!(["tax_due"]));
    for _ in 0..2 {
        service.erase(user_id(1)).await.unwrap();
    }
    let left: BTreeSet<_> = stored(&world).await.iter().map(|told| told.user_id).collect();
    assert_eq!(left, BTreeSet::from([user_id(2)]));
    let tickets: Result<Vec<Ticket>, StoreError> = world.store.find(&Query::everything()).await;
    assert!(tickets.unwrap().is_empty());
    assert!(service.preferences(&request_by(1)).await.unwrap().kinds.values().all(|on| *on));
}
