//! The ledger's books: what a recount finds, and what an admin may grant.

use driveever_core::{
    Error, Role,
    changes::Changes,
    entity::Revision,
    id::{Id, IdGenerator as _},
    money::{Currency, Money},
    order::{CreditLimits, LedgerAccount, PaymentMode},
    query::Query,
    repository::{ContextStore as _, Repository as _, RepositoryExt as _},
    time::Clock as _,
};

use crate::{
    order_support::{Payer, Shop, shop},
    support::{request_as, user_id},
};

fn credit_shop() -> Shop {
    shop(Payer::Ledger(PaymentMode::Credit))
}

fn account(shop: &Shop, user: u128, available: i64) -> LedgerAccount {
    LedgerAccount {
        id: Id::new(shop.ids.uuid()),
        revision: Revision::FIRST,
        deleted_at: None,
        user_id: user_id(user),
        currency: Currency::GBP,
        available_minor: available,
        held_minor: 0,
        updated_at: shop.clock.now(),
    }
}

#[tokio::test]
async fn a_recount_counts_what_it_read() {
    let shop = credit_shop();
    shop.grant(1, 500).await;
    shop.grant(1, 20).await;
    shop.grant(2, 30).await;
    let report = shop.ledger().check().await.unwrap();
    assert!(report.is_balanced(), "{:?}", report.faults);
    assert_eq!((report.transactions, report.accounts), (3, 2));
    assert_eq!((report.grants["GBP"], report.revenue.get("GBP")), (-550, None));
}

#[tokio::test]
async fn a_recount_names_a_debt_and_a_balance_that_nobody_paid_in() {
    let shop = credit_shop();
    shop.grant(1, 500).await;
    shop.store.create_many(&[account(&shop, 2, -5), account(&shop, 3, 0)]).await.unwrap();
    let report = shop.ledger().check().await.unwrap();
    let name = format!("user:{}:available", user_id(2));
    let debt = [format!("{name} keeps -5 and its postings sum to 0"), format!("{name} is below zero: -5")];
    assert_eq!((report.is_balanced(), report.faults), (false, debt.to_vec()));
}

#[tokio::test]
async fn a_recount_names_postings_whose_balance_is_gone() {
    let shop = credit_shop();
    shop.grant(1, 500).await;
    let accounts: Vec<LedgerAccount> = shop.store.find(&Query::everything()).await.unwrap();
    shop.store.commit(Changes::new().delete(accounts[0].id)).await.unwrap();
    let report = shop.ledger().check().await.unwrap();
    assert_eq!(report.faults, [format!("user:{}:available has 500 GBP in postings and no balance", user_id(1))]);
}

#[tokio::test]
async fn a_grant_is_bounded_and_its_repetition_is_the_same_grant() {
    let shop = credit_shop();
    let ledger = shop.ledger().with_limits(CreditLimits { max_grant_minor: 100, max_reason: 5 });
    let mut request = request_as(99, Role::Admin);
    request.idempotency = Some(shop.new_uuid());
    for (pence, reason) in [(0, "thank"), (-1, "thank"), (101, "thank"), (1, ""), (1, "thanks")] {
        let refused = ledger.grant(&request, user_id(1), Money::gbp(pence), reason).await;
        assert!(matches!(refused, Err(Error::Invalid(_))), "{pence} {reason:?}: {refused:?}");
    }
    assert_eq!(ledger.credit(user_id(1)).await.unwrap(), []);
    for _ in 0..2 {
        let balance = ledger.grant(&request, user_id(1), Money::gbp(100), "thank").await.unwrap();
        assert_eq!((balance.currency, balance.available, balance.held), (Currency::GBP, 100, 0));
    }
    for (user, pence) in [(1, 99), (2, 100)] {
        let other = ledger.grant(&request, user_id(user), Money::gbp(pence), "thank").await;
        assert!(matches!(other, Err(Error::Conflict { code: "idempotency_key_reused", .. })), "{other:?}");
    }
    request.idempotency = Some(shop.new_uuid());
    assert_eq!(ledger.grant(&request, user_id(1), Money::gbp(1), "thank").await.unwrap().available, 101);
    assert!(ledger.check().await.unwrap().is_balanced());
}
