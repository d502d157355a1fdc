//! The order service: placing, paying, undoing, who may, and what is kept of a person.

use std::{collections::BTreeSet, sync::atomic::Ordering, time::Duration};

use driveever_core::{
    Error, RequestContext, Role,
    ai::ModelError,
    entity::Revision,
    id::Id,
    money::Money,
    order::{
        AdviceSaga, Catalogue, LedgerTransaction, NewItem, NewOrder, OrderDetails, OrderFilter, OrderItem,
        OrderService, OrderStatus, OrderUpdate, PaymentMode, PaymentStatus, ProductType,
    },
    page::{Page, PageRequest},
    query::Query,
    repository::Repository,
    request::Actor,
    user::PersonalData,
};
use serde_json::json;

use crate::{
    order_support::{Payer, Shop, model_down, question, question_with_payment, shop, test_shop, unavailable},
    support::{request_as, request_by, user_id},
};

fn item(place: usize, quantity: i64) -> NewItem {
    NewItem { product_id: Catalogue::default().products()[place].id, quantity, metadata: None }
}

fn items() -> NewOrder {
    NewOrder { items: vec![item(1, 2)], ..NewOrder::default() }
}

fn admin() -> RequestContext {
    request_as(99, Role::Admin)
}

fn is_illegal(error: &Error) -> bool {
    matches!(error, Error::Conflict { code: "illegal_transition", .. })
}

async fn status_path(shop: &Shop, order: &OrderDetails) -> Vec<OrderStatus> {
    let history = shop.orders().history(&admin(), order.order.id).await.unwrap();
    history.into_iter().map(|transition| transition.to_status).collect()
}

#[tokio::test]
async fn a_question_is_paid_answered_and_delivered_in_four_commits() {
    let shop = test_shop();
    let (orders, store) = shop.orders_dying(None);
    let placed = orders.place(&request_by(1), question()).await.unwrap();
    assert_eq!(store.commits.load(Ordering::SeqCst), 4);
    assert_eq!((placed.order.status, placed.order.payment_status), (OrderStatus::Delivered, PaymentStatus::Paid));
    assert_eq!(placed.order.total(), Money::gbp(50));
    assert_eq!(placed.items.len(), 1);
    let advice = placed.advice.as_ref().unwrap();
    assert_eq!(Some(advice.id), placed.order.response_id);
    assert_eq!(advice.id.uuid(), placed.order.id.uuid());
    assert_eq!((advice.prompt_version, advice.user_id), (Some(3), Some(user_id(1))));
    assert_eq!(
        status_path(&shop, &placed).await,
        [OrderStatus::Pending, OrderStatus::Paid, OrderStatus::Processing, OrderStatus::Delivered]
    );
    assert_eq!(shop.told().await, ["order.created", "order.paid", "order.processing", "order.delivered"]);
    assert_eq!(orders.order(&request_by(1), placed.order.id).await.unwrap(), placed);
    let values = shop.outside.rendered.lock().unwrap()[0].clone();
    assert_eq!(values.keys().collect::<Vec<_>>(), ["question", "vehicle_facts"]);
    assert!(shop.ledger().check().await.unwrap().is_balanced());
}

#[tokio::test]
async fn no_event_carries_what_the_person_said() {
    use driveever_core::event::{EventLog, EventQuery};
    let shop = test_shop();
    let metadata = json!({"sessionId": "s-7", "note": "my secret"}).as_object().cloned();
    shop.orders().place(&request_by(1), NewOrder { metadata, ..question() }).await.unwrap();
    let events =
        EventLog::read(shop.store.as_ref(), &EventQuery { limit: 100, ..EventQuery::default() }).await.unwrap();
    assert_eq!(events.len(), 4);
    for stored in events {
        for text in ["worn brakes", "secret", "s-7"] {
            assert!(!stored.event.body.contains(text), "{}", stored.event.body);
        }
        // The user placed it; what follows is the system's doing, in the user's request.
        let user = stored.event.event_type == "order.created";
        let actor = if user { Actor::User(user_id(1)) } else { Actor::System };
        assert_eq!((stored.event.actor(), stored.event.request_id.as_str()), (actor, "request-1"));
    }
}

#[tokio::test]
async fn the_trail_says_who_moved_an_order() {
    let shop = test_shop();
    let orders = shop.orders();
    let asked = orders.place(&request_by(1), question()).await.unwrap().order.id;
    let actors = async |id| {
        let history = orders.history(&request_by(1), id).await.unwrap();
        history.into_iter().map(|step| step.actor).collect::<Vec<_>>()
    };
    let user = Actor::User(user_id(1));
    assert_eq!(actors(asked).await, [user, Actor::System, Actor::System, Actor::System]);
    let bought = orders.place(&request_by(1), items()).await.unwrap().order.id;
    orders.pay(&request_by(1), bought).await.unwrap();
    assert_eq!(actors(bought).await, [user, user], "whoever pays moves it");
}

#[tokio::test]
async fn begin_stores_and_run_goes_on() {
    let shop = test_shop();
    let orders = shop.orders();
    let begun = orders.begin(&request_by(1), question()).await.unwrap();
    assert_eq!(begun.order.status, OrderStatus::Pending);
    let ran = orders.run(&request_by(1), begun.order.id).await.unwrap();
    assert_eq!(ran.order.status, OrderStatus::Delivered);
    let again = orders.run(&request_by(1), begun.order.id).await.unwrap();
    assert_eq!(again, ran, "running again gives what came of it");
    assert_eq!(shop.outside.generated.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn another_process_leaves_a_leased_order_alone() {
    let shop = test_shop();
    let begun = shop.orders().begin(&request_by(1), question()).await.unwrap();
    let error = shop.orders().run(&request_by(1), begun.order.id).await.unwrap_err();
    assert!(matches!(error, Error::Conflict { code: "order_in_progress", .. }));
    assert!(shop.orders().recover(10).await.unwrap().is_idle());
}

#[tokio::test]
async fn fifty_requests_with_one_id_make_one_order() {
    let shop = test_shop();
    let orders = shop.orders();
    let request = RequestContext { idempotency: Some(shop.new_uuid()), ..request_by(1) };
    let placed = futures_util::future::join_all((0..50).map(|_| orders.place(&request, question()))).await;
    for result in &placed {
        match result {
            Ok(details) => assert_eq!(Some(details.order.id.uuid()), request.idempotency),
            Err(error) => assert!(matches!(error, Error::Conflict { code: "order_in_progress", .. }), "{error}"),
        }
    }
    assert!(placed.iter().any(Result::is_ok));
    assert_eq!(shop.all_orders().await.len(), 1);
    assert_eq!(shop.outside.generated.load(Ordering::SeqCst), 1);
    let other = RequestContext { idempotency: request.idempotency, ..request_by(2) };
    assert!(matches!(orders.place(&other, question()).await, Err(Error::NotFound { .. })), "somebody else's id");
}

#[tokio::test]
async fn bad_input_is_refused_with_every_fault_and_stores_nothing() {
    let shop = test_shop();
    let new = NewOrder { question: Some("\0".into()), registration_number: Some("!!!".into()), ..items() };
    let Err(Error::Invalid(faults)) = shop.orders().place(&request_by(1), new).await else { panic!() };
    let fields: Vec<_> = faults.iter().map(|fault| fault.field.as_str()).collect();
    assert_eq!(fields, ["question", "registrationNumber"]);
    let bad_mark = NewOrder { registration_number: Some("!!!".into()), ..question() };
    assert!(matches!(shop.orders().place(&request_by(1), bad_mark).await, Err(Error::Invalid(_))));
    shop.outside.script.fail("check", 1, || Error::NotFound { kind: "vehicle" });
    let foreign = NewOrder { vehicle_id: Some(Id::new(shop.new_uuid())), ..question() };
    assert!(matches!(shop.orders().place(&request_by(1), foreign).await, Err(Error::NotFound { kind: "vehicle" })));
    shop.outside.script.fail("user", 1, || Error::NotFound { kind: "user" });
    assert!(matches!(shop.orders().place(&request_by(1), question()).await, Err(Error::NotFound { kind: "user" })));
    let nobody = RequestContext::anonymous("r");
    assert!(matches!(shop.orders().place(&nobody, question()).await, Err(Error::Unauthenticated { .. })));
    assert!(shop.all_orders().await.is_empty() && shop.told().await.is_empty());
}

#[tokio::test]
async fn a_declined_payment_fails_the_order_and_names_it() {
    for payer in [Payer::Ledger(PaymentMode::Test), Payer::Outside] {
        let shop = shop(payer);
        let request = RequestContext { idempotency: Some(shop.new_uuid()), ..request_by(1) };
        let error = shop.orders().place(&request, question_with_payment("decline")).await.unwrap_err();
        let Error::PaymentDeclined { code, order: Some(id) } = error else { panic!("{error}") };
        assert_eq!(code, "card_declined");
        let order = shop.orders().order(&request, Id::new(id)).await.unwrap().order;
        assert_eq!((order.status, order.payment_status), (OrderStatus::Failed, PaymentStatus::Failed));
        assert_eq!(shop.told().await, ["order.created", "order.failed", "order.payment_failed"]);
        let again = shop.orders().place(&request, question_with_payment("decline")).await.unwrap_err();
        assert!(matches!(again, Error::PaymentDeclined { .. }), "the same request gets the same answer");
        assert_eq!(shop.outside.generated.load(Ordering::SeqCst), 0);
    }
}

#[tokio::test]
async fn a_failed_model_fails_the_order_and_gives_the_money_back() {
    for payer in [Payer::Ledger(PaymentMode::Credit), Payer::Outside] {
        let shop = shop(payer);
        shop.grant(1, 60).await;
        shop.outside.script.fail("model", 1, model_down);
        let error = shop.orders().place(&request_by(1), question()).await.unwrap_err();
        let Error::Model { source: ModelError::Unavailable { detail, .. }, response: Some(_), order: Some(id) } = error
        else {
            panic!("{error}")
        };
        assert_eq!(detail, "down");
        let order = shop.orders().order(&request_by(1), Id::new(id)).await.unwrap().order;
        assert_eq!((order.status, order.payment_status), (OrderStatus::Failed, PaymentStatus::Refunded));
        assert_eq!(shop.outside.withdrawn.lock().unwrap().len(), 1);
        assert!(shop.told().await.contains(&"order.payment_refunded".to_owned()));
        let credit = shop.orders().credit(&request_by(1), user_id(1)).await.unwrap();
        assert_eq!((credit[0].available, credit[0].held), (60, 0));
    }
}

#[tokio::test]
async fn every_neighbour_that_fails_for_good_is_compensated_for() {
    let permanent: fn() -> Error = || Error::NotFound { kind: "thing" };
    for (call, times, error) in [
        ("facts", 1, permanent),
        ("facts", 2, unavailable as fn() -> Error),
        ("golden", 1, permanent),
        ("golden", 2, unavailable),
        ("render", 1, permanent),
        ("render", 2, unavailable),
        ("generate", 1, permanent),
        ("generate", 2, unavailable),
    ] {
        let shop = test_shop();
        shop.outside.script.fail(call, times, error);
        let failed = shop.orders().place(&request_by(1), question()).await.unwrap_err();
        assert!(matches!(failed, Error::Model { order: Some(_), .. }), "{call}: {failed}");
        let order = &shop.all_orders().await[0];
        assert_eq!((order.status, order.payment_status), (OrderStatus::Failed, PaymentStatus::Refunded), "{call}");
        assert_eq!(*shop.outside.exposures.lock().unwrap(), {
            let withdrawn = shop.outside.withdrawn.lock().unwrap().clone();
            if call == "render" { BTreeSet::from([Id::new(order.id.uuid())]) } else { withdrawn }
        });
        assert!(shop.ledger().check().await.unwrap().is_balanced(), "{call}");
    }
}

#[tokio::test]
async fn a_neighbour_that_stumbles_once_is_asked_again() {
    for call in ["facts", "golden", "render", "generate", "generated"] {
        let shop = test_shop();
        shop.outside.script.fail(call, 1, unavailable);
        let placed = shop.orders().place(&request_by(1), question()).await.unwrap();
        assert_eq!(placed.order.status, OrderStatus::Delivered, "{call}");
    }
}

#[tokio::test]
async fn items_wait_to_be_paid_and_are_delivered_by_an_admin() {
    for payer in [Payer::Ledger(PaymentMode::Test), Payer::Outside] {
        let shop = shop(payer);
        let orders = shop.orders();
        let placed = orders.place(&request_by(1), items()).await.unwrap();
        assert_eq!((placed.order.status, placed.order.total()), (OrderStatus::Pending, Money::gbp(398)));
        let paid = orders.pay(&request_by(1), placed.order.id).await.unwrap();
        assert_eq!((paid.order.status, paid.order.payment_status), (OrderStatus::Paid, PaymentStatus::Paid));
        assert!(is_illegal(&orders.pay(&request_by(1), placed.order.id).await.unwrap_err()));
        let to = |status| OrderUpdate { status: Some(status), metadata: None };
        let id = placed.order.id;
        assert!(is_illegal(&orders.update(&admin(), id, None, to(OrderStatus::Delivered)).await.unwrap_err()));
        orders.update(&admin(), id, None, to(OrderStatus::Processing)).await.unwrap();
        let early = orders.update(&admin(), id, None, to(OrderStatus::Shipped)).await.unwrap_err();
        assert!(early.to_string().contains("no line needs shipping"), "{early}");
        let done = orders.update(&admin(), id, None, to(OrderStatus::Delivered)).await.unwrap();
        assert_eq!(done.order.status, OrderStatus::Delivered);
        assert!(is_illegal(&orders.cancel(&request_by(1), id).await.unwrap_err()));
        let refunded = orders.refund(&admin(), id).await.unwrap();
        assert_eq!(
            (refunded.order.status, refunded.order.payment_status),
            (OrderStatus::Refunded, PaymentStatus::Refunded)
        );
        assert!(is_illegal(&orders.refund(&admin(), id).await.unwrap_err()));
    }
}

#[tokio::test]
async fn a_refund_tells_what_the_delivery_told_of_the_answer() {
    let shop = test_shop();
    let placed = shop.orders().place(&request_by(1), question()).await.unwrap();
    shop.orders().refund(&admin(), placed.order.id).await.unwrap();
    let told = shop.events().await;
    let body = |kind: &str| -> serde_json::Value {
        let event = told.iter().find(|event| event.event_type == kind).unwrap();
        serde_json::from_str(&event.body).unwrap()
    };
    let (delivered, refunded) = (body("order.delivered"), body("order.refunded"));
    for field in ["category", "promptId", "promptVersion", "provider"] {
        assert!(!delivered[field].is_null(), "{field} in {delivered}");
        assert_eq!(refunded[field], delivered[field], "{field}");
    }
}

#[tokio::test]
async fn a_declined_order_of_items_can_be_paid_again() {
    let shop = shop(Payer::Ledger(PaymentMode::Credit));
    let orders = shop.orders();
    let placed = orders.place(&request_by(1), items()).await.unwrap();
    let id = placed.order.id;
    let error = orders.pay(&request_by(1), id).await.unwrap_err();
    let Error::PaymentDeclined { code, order } = error else { panic!("{error}") };
    assert_eq!((code.as_str(), order), ("insufficient_funds", Some(id.uuid())));
    let order = orders.order(&request_by(1), id).await.unwrap().order;
    assert_eq!((order.status, order.payment_status), (OrderStatus::Pending, PaymentStatus::Failed));
    let credit = orders.grant_credit(&admin(), user_id(1), Money::gbp(400), "a gift").await.unwrap();
    assert_eq!(credit.available, 400);
    let paid = orders.pay(&request_by(1), id).await.unwrap();
    assert_eq!(paid.order.status, OrderStatus::Paid);
    let credit = orders.credit(&request_by(1), user_id(1)).await.unwrap();
    assert_eq!((credit[0].available, credit[0].held), (2, 0));
    let cancelled = orders.cancel(&request_by(1), id).await.unwrap();
    assert_eq!(
        (cancelled.order.status, cancelled.order.payment_status),
        (OrderStatus::Cancelled, PaymentStatus::Refunded)
    );
    assert_eq!(orders.credit(&request_by(1), user_id(1)).await.unwrap()[0].available, 400);
    assert!(shop.ledger().check().await.unwrap().is_balanced());
}

#[tokio::test]
async fn repeating_pay_and_cancel_with_their_id_gives_what_came_of_them() {
    let shop = test_shop();
    let orders = shop.orders();
    let id = orders.place(&request_by(1), items()).await.unwrap().order.id;
    let pay = RequestContext { idempotency: Some(shop.new_uuid()), ..request_by(1) };
    let paid = orders.pay(&pay, id).await.unwrap();
    assert_eq!(orders.pay(&pay, id).await.unwrap(), paid);
    let cancel = RequestContext { idempotency: Some(shop.new_uuid()), ..request_by(1) };
    let cancelled = orders.cancel(&cancel, id).await.unwrap();
    assert_eq!(orders.cancel(&cancel, id).await.unwrap(), cancelled);
    assert!(is_illegal(&orders.cancel(&request_by(1), id).await.unwrap_err()));
}

#[tokio::test]
async fn two_at_once_do_not_pay_twice_nor_pay_what_is_cancelled() {
    for payer in [Payer::Ledger(PaymentMode::Test), Payer::Outside] {
        let shop = shop(payer);
        let orders = shop.orders();
        let id = orders.place(&request_by(1), items()).await.unwrap().order.id;
        let request = request_by(1);
        let results =
            futures_util::join!(orders.pay(&request, id), orders.pay(&request, id), orders.cancel(&request, id));
        let order = orders.order(&request, id).await.unwrap().order;
        let expected = match order.status {
            OrderStatus::Paid => PaymentStatus::Paid,
            OrderStatus::Cancelled => order.payment_status,
            other => panic!("{other}: {results:?}"),
        };
        assert_eq!(order.payment_status, expected);
        if order.status == OrderStatus::Cancelled {
            assert!(order.payment_status != PaymentStatus::Paid, "{results:?}");
        }
        assert!(shop.ledger().check().await.unwrap().is_balanced());
    }
}

#[tokio::test]
async fn a_payment_that_is_not_known_yet_can_be_called_off() {
    let shop = shop(Payer::Outside);
    shop.processor.script.fail("authorise", 1, unavailable);
    let orders = shop.orders();
    let placed = orders.place(&request_by(1), question()).await.unwrap();
    assert_eq!(placed.order.status, OrderStatus::Pending);
    let cancelled = orders.cancel(&request_by(1), placed.order.id).await.unwrap();
    assert_eq!(cancelled.order.status, OrderStatus::Cancelled);
    shop.clock.advance(Duration::from_mins(3));
    assert!(orders.recover(10).await.unwrap().is_idle(), "nothing is left to do");
    assert_eq!(shop.outside.generated.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn unpaid_orders_are_called_off_after_a_day() {
    let shop = test_shop();
    let orders = shop.orders();
    let id = orders.place(&request_by(1), items()).await.unwrap().order.id;
    shop.clock.advance(Duration::from_hours(23));
    assert!(orders.recover(10).await.unwrap().is_idle());
    shop.clock.advance(Duration::from_hours(2));
    assert_eq!(orders.recover(10).await.unwrap().expired, 1);
    assert_eq!(orders.order(&request_by(1), id).await.unwrap().order.status, OrderStatus::Cancelled);
    let last = orders.history(&request_by(1), id).await.unwrap().pop().unwrap();
    assert_eq!((last.actor, last.reason.as_deref()), (Actor::System, Some("unpaid")));
}

#[tokio::test]
async fn what_needs_shipping_is_shipped_before_it_is_delivered() {
    let mut shop = test_shop();
    let mut products = Catalogue::default().products().to_vec();
    products[1].requires_shipping = true;
    shop.options.catalogue = Catalogue::new(products).unwrap();
    let orders = shop.orders();
    let id = orders.place(&request_by(1), items()).await.unwrap().order.id;
    orders.pay(&request_by(1), id).await.unwrap();
    let to = |status| OrderUpdate { status: Some(status), metadata: None };
    orders.update(&admin(), id, None, to(OrderStatus::Processing)).await.unwrap();
    assert!(is_illegal(&orders.update(&admin(), id, None, to(OrderStatus::Delivered)).await.unwrap_err()));
    orders.update(&admin(), id, None, to(OrderStatus::Shipped)).await.unwrap();
    let refunded = orders.update(&admin(), id, None, to(OrderStatus::Refunded)).await.unwrap();
    assert_eq!(refunded.order.payment_status, PaymentStatus::Refunded);
}

#[tokio::test]
async fn free_orders_need_no_payment() {
    let mut shop = shop(Payer::Ledger(PaymentMode::Credit));
    let mut products = Catalogue::default().products().to_vec();
    products[0].unit_price = Money::gbp(0);
    shop.options.catalogue = Catalogue::new(products).unwrap();
    let placed = shop.orders().place(&request_by(1), question()).await.unwrap();
    assert_eq!((placed.order.status, placed.order.payment_status), (OrderStatus::Delivered, PaymentStatus::Paid));
    let none: Vec<LedgerTransaction> = shop.store.find(&Query::everything()).await.unwrap();
    assert!(none.is_empty());
    let refunded = shop.orders().refund(&admin(), placed.order.id).await.unwrap();
    assert_eq!(refunded.order.status, OrderStatus::Refunded);
}

#[tokio::test]
async fn one_sees_ones_own_and_an_admin_everything() {
    let shop = test_shop();
    let orders = shop.orders();
    let mine = orders.place(&request_by(1), question()).await.unwrap().order.id;
    orders.place(&request_by(1), items()).await.unwrap();
    orders.place(&request_by(2), items()).await.unwrap();
    let other = request_by(2);
    assert!(matches!(orders.order(&other, mine).await, Err(Error::NotFound { kind: "order" })));
    assert!(matches!(orders.history(&other, mine).await, Err(Error::NotFound { .. })));
    assert!(matches!(orders.pay(&other, mine).await, Err(Error::NotFound { .. })));
    assert!(matches!(orders.cancel(&other, mine).await, Err(Error::NotFound { .. })));
    assert!(matches!(orders.run(&other, mine).await, Err(Error::NotFound { .. })));
    assert!(matches!(orders.refund(&request_by(1), mine).await, Err(Error::Forbidden { .. })));
    let update = OrderUpdate { status: Some(OrderStatus::Refunded), metadata: None };
    assert!(matches!(orders.update(&request_by(1), mine, None, update).await, Err(Error::Forbidden { .. })));
    assert!(matches!(orders.credit(&other, user_id(1)).await, Err(Error::NotFound { .. })));
    let grant = orders.grant_credit(&other, user_id(2), Money::gbp(5), "me").await;
    assert!(matches!(grant, Err(Error::Forbidden { .. })));

    let count = async |request: &RequestContext, filter| {
        let page = orders.orders(request, filter, &PageRequest::default()).await.unwrap();
        assert!(page.data().iter().all(|details| details.items.len() == 1));
        let Page::Numbered { total, .. } = page else { panic!() };
        total
    };
    let pending = OrderFilter { status: Some(OrderStatus::Pending), user_id: None };
    assert_eq!(count(&request_by(1), OrderFilter::default()).await, 2);
    assert_eq!(count(&request_by(1), pending).await, 1);
    assert_eq!(count(&admin(), OrderFilter::default()).await, 3);
    assert_eq!(count(&admin(), OrderFilter { user_id: Some(user_id(2)), status: None }).await, 1);
    let foreign = OrderFilter { user_id: Some(user_id(1)), status: None };
    assert!(matches!(orders.orders(&other, foreign, &PageRequest::default()).await, Err(Error::NotFound { .. })));
}

#[tokio::test]
async fn an_update_keeps_to_the_revision_that_was_read() {
    let shop = test_shop();
    let orders = shop.orders();
    let id = orders.place(&request_by(1), items()).await.unwrap().order.id;
    let metadata = json!({"shelf": 7}).as_object().cloned();
    let update = OrderUpdate { status: None, metadata };
    let changed = orders.update(&admin(), id, Some(Revision::FIRST), update.clone()).await.unwrap();
    assert_eq!(changed.order.revision.get(), 2);
    assert_eq!(changed.order.metadata.unwrap()["shelf"], 7);
    let stale = orders.update(&admin(), id, Some(Revision::FIRST), update).await.unwrap_err();
    assert!(matches!(stale, Error::Stale { kind: "order" }));
    let nothing = orders.update(&admin(), id, None, OrderUpdate::default()).await.unwrap_err();
    assert!(matches!(nothing, Error::Invalid(_)));
    let ours = json!({"promptId": "x", "aiResponseId": "y"}).as_object().cloned();
    let ours = orders.update(&admin(), id, None, OrderUpdate { status: None, metadata: ours }).await.unwrap_err();
    assert!(matches!(&ours, Error::Invalid(faults) if faults.len() == 2), "refused, and not dropped: {ours}");
}

#[tokio::test]
async fn grants_are_bounded_repeatable_and_told() {
    let shop = shop(Payer::Ledger(PaymentMode::Credit));
    let orders = shop.orders();
    for (amount, reason) in [(0, "x"), (-5, "x"), (10_000_001, "x"), (5, " ")] {
        let granted = orders.grant_credit(&admin(), user_id(1), Money::gbp(amount), reason).await;
        assert!(matches!(granted, Err(Error::Invalid(_))), "{amount} {reason:?}");
    }
    for currency in ["XXX", "USD"] {
        let money = Money::new(70, currency.parse().unwrap());
        let refused = orders.grant_credit(&admin(), user_id(1), money, "welcome").await.unwrap_err();
        assert!(refused.to_string().contains("currency") && refused.to_string().contains("GBP"), "{refused}");
        let every = orders.grant_credit(&admin(), user_id(1), Money { minor: 0, ..money }, " ").await;
        assert!(matches!(every, Err(Error::Invalid(faults)) if faults.len() == 3), "every fault at once");
    }
    let request = RequestContext { idempotency: Some(shop.new_uuid()), ..admin() };
    for _ in 0..2 {
        let credit = orders.grant_credit(&request, user_id(1), Money::gbp(70), "welcome").await.unwrap();
        assert_eq!(credit.available, 70);
    }
    let other = orders.grant_credit(&request, user_id(1), Money::gbp(71), "welcome").await.unwrap_err();
    assert!(matches!(other, Error::Conflict { code: "idempotency_key_reused", .. }));
    assert_eq!(shop.told().await, ["order.credit_granted"]);
    shop.outside.script.fail("user", 1, || Error::NotFound { kind: "user" });
    let nobody = orders.grant_credit(&admin(), user_id(7), Money::gbp(70), "welcome").await;
    assert!(matches!(nobody, Err(Error::NotFound { .. })));
}

#[tokio::test]
async fn orders_of_one_user_at_a_time_never_spend_a_penny_twice() {
    let shop = shop(Payer::Ledger(PaymentMode::Credit));
    shop.grant(1, 500).await;
    let orders = shop.orders();
    let request = request_by(1);
    let placed = futures_util::future::join_all((0..15).map(|_| orders.place(&request, question()))).await;
    let delivered = placed.iter().filter(|result| result.is_ok()).count();
    assert_eq!(delivered, 10, "500 pence buy ten answers");
    let declined = placed.iter().filter(|result| matches!(result, Err(Error::PaymentDeclined { .. }))).count();
    assert_eq!(declined, 5);
    let report = shop.ledger().check().await.unwrap();
    assert!(report.is_balanced(), "{:?}", report.faults);
    assert_eq!((report.revenue["GBP"], report.grants["GBP"]), (500, -500));
}

#[tokio::test]
async fn a_recount_finds_what_does_not_agree() {
    use driveever_core::{changes::Changes, order::LedgerAccount, repository::ContextStore};
    let shop = shop(Payer::Ledger(PaymentMode::Credit));
    shop.grant(1, 500).await;
    assert!(shop.ledger().check().await.unwrap().is_balanced());
    let accounts: Vec<LedgerAccount> = shop.store.find(&Query::everything()).await.unwrap();
    let mut account = accounts.into_iter().next().unwrap();
    account.available_minor += 1;
    shop.store.commit(Changes::new().update(&mut account)).await.unwrap();
    let report = shop.ledger().check().await.unwrap();
    assert_eq!(report.faults.len(), 1);
    assert!(report.faults[0].contains("keeps 501 and its postings sum to 500"), "{:?}", report.faults);
}

#[tokio::test]
async fn what_a_person_said_is_exported_and_erased_and_the_books_stay() {
    let shop = shop(Payer::Ledger(PaymentMode::Credit));
    shop.grant(1, 1_000).await;
    let orders = shop.orders();
    let metadata = json!({"note": "my secret"}).as_object().cloned();
    let new = NewOrder {
        items: vec![NewItem { metadata: metadata.clone(), ..item(0, 1) }],
        metadata,
        registration_number: Some("L2 WPS".into()),
        ..question()
    };
    let placed = orders.place(&request_by(1), new).await.unwrap();
    orders.place(&request_by(2), items()).await.unwrap();
    let export = orders.export(user_id(1)).await.unwrap();
    assert_eq!(export["orders"].as_array().unwrap().len(), 1);
    assert_eq!(export["orders"][0]["question"], "Is it safe with worn brakes?");
    assert_eq!(export["credit"][0]["available"], 950);
    assert_eq!(export["transactions"].as_array().unwrap().len(), 3);

    for _ in 0..2 {
        orders.erase(user_id(1)).await.unwrap();
        let left = orders.export(user_id(1)).await.unwrap();
        for text in ["worn brakes", "secret", "L2 WPS", "welcome"] {
            assert!(!left.to_string().contains(text), "{text}: {left}");
        }
        assert_eq!(left["transactions"].as_array().unwrap().len(), 3);
    }
    let lines: Vec<OrderItem> = shop.store.find(&Query::filter(OrderItem::ORDER_ID.eq(placed.order.id))).await.unwrap();
    assert_eq!((lines.len(), lines[0].product_type), (1, ProductType::AiResponse));
    assert!(shop.ledger().check().await.unwrap().is_balanced());
    assert_eq!(orders.order(&admin(), placed.order.id).await.unwrap().order.status, OrderStatus::Delivered);
}

#[tokio::test]
async fn an_order_under_way_is_undone_when_its_question_is_erased() {
    let shop = shop(Payer::Ledger(PaymentMode::Credit));
    shop.grant(1, 1_000).await;
    let orders = shop.orders();
    let id = orders.begin(&request_by(1), question()).await.unwrap().order.id;
    orders.erase(user_id(1)).await.unwrap();
    assert_eq!(orders.recover(10).await.unwrap().finished, 1);
    assert_eq!(orders.order(&admin(), id).await.unwrap().order.status, OrderStatus::Failed);
    let saga: AdviceSaga = shop.store.get(Id::new(id.uuid())).await.unwrap().unwrap();
    assert_eq!(saga.progress.failure.unwrap().code, "erased");
    assert_eq!(shop.outside.generated.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn an_admins_note_during_a_saga_is_kept_and_the_saga_goes_on() {
    let shop = test_shop();
    let orders = shop.orders();
    let begun = orders.begin(&request_by(1), question()).await.unwrap();
    let id = begun.order.id;
    let to = OrderUpdate { status: Some(OrderStatus::Cancelled), metadata: json!({"a": 1}).as_object().cloned() };
    assert!(matches!(orders.update(&admin(), id, None, to).await, Err(Error::Invalid(_))));
    let note = OrderUpdate { status: None, metadata: json!({"a": 1}).as_object().cloned() };
    let (ran, noted) = futures_util::join!(async { orders.run(&request_by(1), id).await }, async {
        orders.update(&admin(), id, None, note).await
    });
    assert_eq!(ran.unwrap().order.status, OrderStatus::Delivered);
    noted.unwrap();
    let order = orders.order(&request_by(1), id).await.unwrap().order;
    assert_eq!((order.status, order.metadata.unwrap()["a"].clone()), (OrderStatus::Delivered, json!(1)));
}

#[tokio::test]
async fn a_provider_that_is_not_configured_is_refused() {
    let shop = test_shop();
    let with = |provider: &str| NewOrder { provider: Some(provider.into()), ..question() };
    assert!(matches!(shop.orders().place(&request_by(1), with("oracle")).await, Err(Error::Invalid(_))));
    assert!(shop.orders().place(&request_by(1), with("offline")).await.is_ok());
}
