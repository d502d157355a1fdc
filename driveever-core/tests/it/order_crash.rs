//! Orders whose process dies: before and after every commit, at each step, with either payment processor.
//!
//! Whatever happens, in the end: a terminal status, a balanced ledger, at most one capture and one refund, exactly one
//! answer for what was delivered, and nothing left to do.

use std::{sync::atomic::Ordering, time::Duration};

use driveever_core::{
    Error, RequestContext,
    id::Id,
    order::{
        AdviceSaga, LedgerOperation, LedgerTransaction, Order, OrderService, OrderStatus, OrderTransition, Orders,
        PaymentMode, PaymentStatus, payment::PaymentOutcome, transition::payment_allowed,
    },
    query::Query,
    repository::Repository,
};

use uuid::Uuid;

use crate::{
    order_support::{Death, Payer, Shop, model_down, question, question_with_payment, shop, unavailable},
    support::request_by,
};

const PAYERS: [Payer; 3] = [Payer::Ledger(PaymentMode::Test), Payer::Ledger(PaymentMode::Credit), Payer::Outside];

/// Longer than any lease, shorter than the deadline.
const AFTER_LEASE: Duration = Duration::from_secs(150);
/// Longer than the deadline.
const AFTER_DEADLINE: Duration = Duration::from_mins(20);

fn keyed(shop: &Shop) -> RequestContext {
    RequestContext { idempotency: Some(shop.new_uuid()), ..request_by(1) }
}

async fn recover_all(shop: &Shop, orders: &Orders) {
    for _ in 0..30 {
        if orders.recover(100).await.unwrap().is_idle() {
            let left: Vec<AdviceSaga> = shop.store.find(&Query::filter(AdviceSaga::ACTIVE.eq(true))).await.unwrap();
            if left.is_empty() {
                return;
            }
        }
        shop.clock.advance(Duration::from_mins(3));
    }
    panic!("sagas are stuck");
}

async fn counted(
    shop: &Shop,
    order: &Order,
    operation: LedgerOperation,
    outcome: fn(&PaymentOutcome) -> bool,
) -> usize {
    if shop.money == Payer::Outside {
        return shop.processor.count(outcome);
    }
    let all: Vec<LedgerTransaction> =
        shop.store.find(&Query::filter(LedgerTransaction::ORDER_ID.eq(order.id))).await.unwrap();
    all.iter().filter(|transaction| transaction.operation == operation).count()
}

/// What must hold of every order in the end.
async fn assert_sound(shop: &Shop, case: &str) {
    let report = shop.ledger().check().await.unwrap();
    assert!(report.is_balanced(), "{case}: {:?}", report.faults);
    for order in shop.all_orders().await {
        let delivered = order.status == OrderStatus::Delivered;
        assert!(delivered || order.status == OrderStatus::Failed, "{case}: {order:?}");
        assert!(payment_allowed(order.status, order.payment_status), "{case}: {order:?}");
        let captures =
            counted(shop, &order, LedgerOperation::Capture, |o| matches!(o, PaymentOutcome::Captured { .. })).await;
        let refunds =
            counted(shop, &order, LedgerOperation::Refund, |o| matches!(o, PaymentOutcome::Refunded { .. })).await;
        assert!(captures <= 1 && refunds <= 1, "{case}: {captures} captures, {refunds} refunds");
        let answers = shop.outside.answers.lock().unwrap().get(&Id::new(order.id.uuid())).cloned();
        if delivered {
            assert_eq!((captures, refunds), (1, 0), "{case}");
            assert!(answers.is_some_and(|answer| answer.success), "{case}: delivered without an answer");
            assert_eq!(order.payment_status, PaymentStatus::Paid, "{case}");
        } else {
            assert_eq!(captures, refunds, "{case}: failed and not paid back");
            assert!(order.response_id.is_none(), "{case}");
            assert!(order.payment_status != PaymentStatus::Paid, "{case}: {order:?}");
        }
        let exposures = shop.outside.exposures.lock().unwrap().clone();
        assert!(exposures.len() <= 1, "{case}: {exposures:?}");
        if !delivered {
            assert_eq!(exposures, *shop.outside.withdrawn.lock().unwrap(), "{case}: exposures of a failed order");
        }
        let trail: Vec<OrderTransition> =
            shop.store.find(&Query::filter(OrderTransition::ORDER_ID.eq(order.id))).await.unwrap();
        let told = shop.told().await;
        for transition in &trail {
            let event = match transition.to_status {
                OrderStatus::Pending => "order.created".to_owned(),
                other => format!("order.{}", other.as_str().to_lowercase()),
            };
            assert_eq!(told.iter().filter(|kind| **kind == event).count(), 1, "{case}: {event} in {told:?}");
        }
    }
}

async fn fresh_shop(payer: Payer) -> Shop {
    let shop = shop(payer);
    shop.grant(1, 1_000).await;
    shop
}

/// Lets a process die at each commit in turn, and has another one recover. `prepare` sets failures up.
async fn die_everywhere(name: &str, payment: Option<&str>, prepare: fn(&Shop)) {
    for payer in PAYERS {
        for pause in [AFTER_LEASE, AFTER_DEADLINE] {
            for death in [Death::Before as fn(u32) -> Death, Death::After] {
                for number in 1.. {
                    let shop = fresh_shop(payer).await;
                    prepare(&shop);
                    let death = death(number);
                    let case = format!("{name}, {payer:?}, {death:?}, {pause:?} later");
                    let (orders, store) = shop.orders_dying(Some(death));
                    let new = payment.map_or_else(question, question_with_payment);
                    let placed = orders.place(&keyed(&shop), new).await;
                    if !store.died() {
                        recover_all(&shop, &shop.orders()).await;
                        assert_sound(&shop, &case).await;
                        break;
                    }
                    assert!(placed.is_err(), "{case}: acknowledged by the dead");
                    shop.clock.advance(pause);
                    recover_all(&shop, &shop.orders()).await;
                    assert_sound(&shop, &case).await;
                    assert!(shop.all_orders().await.len() == usize::from(death != Death::Before(1)), "{case}");
                }
            }
        }
    }
}

#[tokio::test]
async fn killed_at_every_commit_of_an_order_that_goes_well() {
    die_everywhere("well", None, |_| {}).await;
}

#[tokio::test]
async fn killed_at_every_commit_of_an_order_whose_model_fails() {
    die_everywhere("no model", None, |shop| shop.outside.script.fail("model", 1, model_down)).await;
}

#[tokio::test]
async fn killed_at_every_commit_of_an_order_that_is_declined() {
    die_everywhere("declined", Some("decline"), |_| {}).await;
}

#[tokio::test]
async fn killed_at_every_commit_of_an_order_whose_prompt_is_missing() {
    die_everywhere("no prompt", None, |shop| {
        shop.outside.script.fail("render", 9, || Error::NotFound { kind: "prompt" });
        shop.outside.script.fail("withdraw", 2, unavailable);
    })
    .await;
}

#[tokio::test]
async fn killed_at_every_commit_of_a_recovery() {
    for payer in PAYERS {
        for first in 1..=4 {
            for second in [Death::Before as fn(u32) -> Death, Death::After] {
                for number in 1.. {
                    let shop = fresh_shop(payer).await;
                    let case = format!("twice, {payer:?}, after {first}, {:?}", second(number));
                    let (orders, store) = shop.orders_dying(Some(Death::After(first)));
                    let _ = orders.place(&keyed(&shop), question()).await;
                    assert!(store.died(), "{case}");
                    shop.clock.advance(AFTER_LEASE);
                    let (orders, store) = shop.orders_dying(Some(second(number)));
                    let _ = orders.recover(10).await;
                    let survived = !store.died();
                    shop.clock.advance(AFTER_LEASE);
                    recover_all(&shop, &shop.orders()).await;
                    assert_sound(&shop, &case).await;
                    if survived {
                        break;
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn the_same_request_after_a_crash_finds_its_order() {
    for payer in PAYERS {
        for number in 1..=4 {
            let shop = fresh_shop(payer).await;
            let request = keyed(&shop);
            let (orders, _) = shop.orders_dying(Some(Death::After(number)));
            orders.place(&request, question()).await.unwrap_err();
            let orders = shop.orders();
            if number < 4 {
                let early = orders.place(&request, question()).await.unwrap_err();
                assert!(matches!(early, Error::Conflict { code: "order_in_progress", .. }), "{early}");
            }
            shop.clock.advance(AFTER_LEASE);
            let again = orders.place(&request, question()).await.unwrap();
            assert_eq!(again.order.status, OrderStatus::Delivered);
            assert_eq!(Some(again.order.id.uuid()), request.idempotency);
            assert!(again.advice.is_some());
            assert_eq!(shop.all_orders().await.len(), 1);
            assert_sound(&shop, &format!("{payer:?}, after {number}")).await;
        }
    }
}

#[tokio::test]
async fn an_answer_that_was_stored_is_delivered_and_not_asked_for_again() {
    let shop = fresh_shop(Payer::Ledger(PaymentMode::Test)).await;
    // The fourth commit would have been the delivery.
    let (orders, _) = shop.orders_dying(Some(Death::Before(4)));
    orders.place(&keyed(&shop), question()).await.unwrap_err();
    assert_eq!(shop.outside.answers.lock().unwrap().len(), 1);
    shop.clock.advance(AFTER_DEADLINE);
    recover_all(&shop, &shop.orders()).await;
    assert_eq!(shop.all_orders().await[0].status, OrderStatus::Delivered, "past the pivot there is no way back");
    assert_eq!(shop.outside.generated.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn two_workers_on_one_saga_do_its_work_once() {
    for payer in PAYERS {
        let shop = fresh_shop(payer).await;
        let (orders, _) = shop.orders_dying(Some(Death::After(1)));
        orders.place(&keyed(&shop), question()).await.unwrap_err();
        shop.clock.advance(AFTER_LEASE);
        let (one, other) = (shop.orders(), shop.orders());
        let (a, b) = futures_util::join!(one.recover(10), other.recover(10));
        let (a, b) = (a.unwrap(), b.unwrap());
        assert_eq!(a.finished + b.finished, 1, "{payer:?}: {a:?} {b:?}");
        assert_sound(&shop, &format!("two workers, {payer:?}")).await;
        assert_eq!(shop.outside.generated.load(Ordering::SeqCst), 1);
    }
}

#[tokio::test]
async fn a_process_with_the_name_of_the_dead_one_takes_its_orders_up_at_once() {
    let name = Uuid::from_u128(7);
    let shop = fresh_shop(Payer::Ledger(PaymentMode::Test)).await;
    for number in 1..=3 {
        let (orders, _) = shop.orders_dying(Some(Death::After(number)));
        orders.named(name).place(&keyed(&shop), question()).await.unwrap_err();
    }
    let stranger = shop.orders();
    assert_eq!(stranger.release_former().await.unwrap(), 0);
    assert!(stranger.recover(10).await.unwrap().is_idle(), "another's leases hold");
    let heir = shop.orders().named(name);
    assert_eq!(heir.release_former().await.unwrap(), 3);
    assert_eq!(heir.recover(10).await.unwrap().finished, 3);
    assert_eq!(heir.release_former().await.unwrap(), 0);
    assert!(shop.all_orders().await.iter().all(|order| order.status == OrderStatus::Delivered));
}

#[tokio::test]
async fn a_worker_whose_lease_ran_out_stops_when_another_has_taken_over() {
    // The first worker stands still between its first commit and its payment, as after a long pause of the machine.
    let shop = fresh_shop(Payer::Outside).await;
    let first = shop.orders();
    let request = keyed(&shop);
    let begun = first.begin(&request, question()).await.unwrap();
    shop.clock.advance(AFTER_LEASE);
    shop.orders().recover(10).await.unwrap();
    let late = first.run(&request, begun.order.id).await.unwrap();
    assert_eq!(late.order.status, OrderStatus::Delivered);
    assert_sound(&shop, "late worker").await;
}

#[tokio::test]
async fn a_processor_whose_answers_are_lost_takes_the_money_once() {
    for lost in 1..4 {
        let shop = fresh_shop(Payer::Outside).await;
        shop.processor.script.fail("answer", lost, unavailable);
        let placed = shop.orders().place(&keyed(&shop), question()).await.unwrap();
        assert_eq!(placed.order.status, OrderStatus::Pending, "not known is not declined");
        shop.clock.advance(Duration::from_secs(10));
        recover_all(&shop, &shop.orders()).await;
        assert_sound(&shop, &format!("{lost} answers lost")).await;
    }
}

#[tokio::test]
async fn a_payment_that_stays_unknown_is_let_go_at_the_deadline() {
    let shop = fresh_shop(Payer::Ledger(PaymentMode::Test)).await;
    let placed = shop.orders().place(&keyed(&shop), question_with_payment("unknown")).await.unwrap();
    assert_eq!(placed.order.status, OrderStatus::Pending);
    shop.clock.advance(AFTER_DEADLINE);
    recover_all(&shop, &shop.orders()).await;
    let order = &shop.all_orders().await[0];
    assert_eq!((order.status, order.payment_status), (OrderStatus::Failed, PaymentStatus::Pending));
    assert_sound(&shop, "unknown").await;
}

#[tokio::test]
async fn it_is_let_go_when_its_deadline_has_come_and_no_later() {
    let shop = fresh_shop(Payer::Ledger(PaymentMode::Test)).await;
    shop.orders().place(&keyed(&shop), question_with_payment("unknown")).await.unwrap();
    let (orders, mut seconds) = (shop.orders(), 0);
    while shop.all_orders().await[0].status == OrderStatus::Pending {
        shop.clock.advance(Duration::from_secs(1));
        seconds += 1;
        orders.resume_due(10).await.unwrap();
        assert!(seconds <= 300, "after {seconds} s it still waits");
    }
    assert_eq!((shop.all_orders().await[0].status, seconds), (OrderStatus::Failed, 300));
    assert_sound(&shop, "at its deadline").await;
}

#[tokio::test]
async fn a_delayed_payment_goes_through_later() {
    let shop = fresh_shop(Payer::Ledger(PaymentMode::Test)).await;
    let placed = shop.orders().place(&keyed(&shop), question_with_payment("delay")).await.unwrap();
    assert_eq!(placed.order.status, OrderStatus::Pending);
    shop.clock.advance(Duration::from_secs(6));
    let recovered = shop.orders().resume_due(10).await.unwrap();
    assert_eq!(recovered.finished, 1);
    assert_eq!(shop.all_orders().await[0].status, OrderStatus::Delivered);
}

#[tokio::test]
async fn a_refund_that_fails_does_not_keep_the_order_waiting_and_is_tried_again() {
    let shop = fresh_shop(Payer::Outside).await;
    shop.outside.script.fail("model", 1, model_down);
    shop.processor.script.fail("refund", 2, unavailable);
    let error = shop.orders().place(&keyed(&shop), question()).await.unwrap_err();
    assert!(matches!(error, Error::Model { order: Some(_), .. }), "{error}");
    let order = &shop.all_orders().await[0];
    assert_eq!((order.status, order.payment_status), (OrderStatus::Failed, PaymentStatus::Paid));
    assert!(shop.told().await.contains(&"order.compensation_delayed".to_owned()));
    recover_all(&shop, &shop.orders()).await;
    assert_sound(&shop, "refund delayed").await;
    let order = &shop.all_orders().await[0];
    assert_eq!((order.status, order.payment_status), (OrderStatus::Failed, PaymentStatus::Refunded));
    assert_eq!(shop.told().await.iter().filter(|kind| *kind == "order.payment_refunded").count(), 1);
}
