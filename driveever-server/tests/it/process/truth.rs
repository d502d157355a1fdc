//! What a database says in the end, whatever happened to the servers on it.

use std::{collections::HashMap, sync::Arc, time::Duration};

use driveever::{
    CONTEXTS, DriveEver,
    sqlite::{SqliteConfig, SqliteStore},
};
use driveever_core::{
    ai::AiResponse,
    analytics::RebuildMode,
    event::{EventLog, EventQuery, ParkedMessage},
    id::Id,
    idempotency::IdempotencyRecord,
    notification::{Notification, NotificationKind},
    order::{
        AdviceSaga, LedgerOperation, LedgerTransaction, Order, OrderId, OrderStatus, OrderTransition, SagaKind,
        transition::payment_allowed,
    },
    prompt::{Exposure, Totals, VersionPerformance},
    query::{Filter, Query},
    repository::{Repository, RepositoryExt},
};
use futures_util::TryStreamExt;
use uuid::Uuid;

use super::support::{Home, eventually};

/// A database, read beside whoever works on it.
pub(crate) struct Truth {
    store: Arc<SqliteStore>,
    app: DriveEver,
}

impl Truth {
    pub(crate) async fn of(home: &Home) -> Self {
        let config = SqliteConfig { busy_timeout: Duration::from_secs(30), ..SqliteConfig::at(home.database()) };
        let store = Arc::new(SqliteStore::open(config).await.unwrap());
        Self { app: DriveEver::builder().store(store.clone()).build().unwrap(), store }
    }

    pub(crate) async fn all<E: driveever_core::entity::Entity>(&self, filter: Filter<E>) -> Vec<E> {
        self.store.stream(Query::filter(filter)).try_collect().await.unwrap()
    }

    pub(crate) async fn orders(&self) -> Vec<Order> {
        self.all(Filter::everything()).await
    }

    /// Waits until the servers have nothing left to do.
    pub(crate) async fn at_rest(&self) {
        eventually(async || {
            let sagas: Vec<AdviceSaga> = self.all(AdviceSaga::ACTIVE.eq(true)).await;
            let mut waiting = 0;
            for context in CONTEXTS {
                waiting += self.store.unpublished(context).await.unwrap();
            }
            if sagas.is_empty() && waiting == 0 {
                return Ok(());
            }
            Err(format!("{waiting} events wait, and {sagas:?}"))
        })
        .await;
    }

    /// What must hold of every order in the end, and of what surrounds it.
    pub(crate) async fn assert_sound(&self, case: &str) {
        self.at_rest().await;
        self.store.check().await.unwrap();
        let ledger = self.app.ledger().check().await.unwrap();
        assert!(ledger.is_balanced(), "{case}: {:?}", ledger.faults);
        let parked: Vec<ParkedMessage> = self.all(Filter::everything()).await;
        assert!(parked.is_empty(), "{case}: {parked:?}");
        let running: Vec<IdempotencyRecord> = self.all(IdempotencyRecord::ANSWER.is_null(true)).await;
        assert!(running.is_empty(), "{case}: {running:?}");
        for order in self.orders().await {
            self.assert_order(&order, case).await;
        }
        self.assert_records(case).await;
    }

    async fn assert_order(&self, order: &Order, case: &str) {
        let saga: Option<AdviceSaga> = self.store.get(Id::new(order.id.uuid())).await.unwrap();
        let advises = saga.is_some_and(|saga| saga.kind == SagaKind::Advice);
        let under_way = [OrderStatus::Pending, OrderStatus::Paid, OrderStatus::Processing].contains(&order.status);
        assert!(!(advises && under_way), "{case}: {order:?}");
        assert!(payment_allowed(order.status, order.payment_status), "{case}: {order:?}");
        let moves: Vec<LedgerTransaction> = self.all(LedgerTransaction::ORDER_ID.eq(order.id)).await;
        let count = |operation| moves.iter().filter(|one| one.operation == operation).count();
        assert!(count(LedgerOperation::Capture) <= 1 && count(LedgerOperation::Refund) <= 1, "{case}: {moves:?}");
        if order.response_id.is_some() {
            let answer: AiResponse = self.store.get(Id::new(order.id.uuid())).await.unwrap().expect("its answer");
            assert!(answer.success && !answer.answer.is_empty(), "{case}: {answer:?}");
            let exposure: Exposure = self.store.get(Id::new(order.id.uuid())).await.unwrap().expect("its exposure");
            assert!(!exposure.withdrawn, "{case}: {exposure:?}");
        }
        self.assert_told(order, case).await;
    }

    /// Each step of an order is told once, and its owner is notified once of each that concerns them.
    async fn assert_told(&self, order: &Order, case: &str) {
        let query = EventQuery {
            contexts: vec!["order"],
            aggregate_id: Some(order.id.uuid()),
            limit: 1_000,
            ..EventQuery::default()
        };
        let told = EventLog::read(self.store.as_ref(), &query).await.unwrap();
        let trail: Vec<OrderTransition> = self.all(OrderTransition::ORDER_ID.eq(order.id)).await;
        for step in &trail {
            let kind = match step.to_status {
                OrderStatus::Pending => "order.created".to_owned(),
                status => format!("order.{}", status.as_str().to_lowercase()),
            };
            let times = told.iter().filter(|stored| stored.event.event_type == kind).count();
            assert_eq!(times, 1, "{case}: {kind}");
        }
        let notified: Vec<Notification> = self.all(Notification::USER_ID.eq(order.user_id)).await;
        let of_order: Vec<_> = notified.iter().filter(|one| one.link.order_id == Some(order.id.uuid())).collect();
        let ready = of_order.iter().filter(|one| one.kind == NotificationKind::AdviceReady).count();
        assert_eq!(ready, usize::from(order.response_id.is_some()), "{case}: {of_order:?}");
        let ended = [OrderStatus::Cancelled, OrderStatus::Refunded, OrderStatus::Failed].contains(&order.status);
        assert_eq!(of_order.len() - ready, usize::from(ended), "{case}: {of_order:?}");
    }

    /// Figures equal what they are made of.
    pub(crate) async fn assert_records(&self, case: &str) {
        let mut counted: HashMap<Uuid, Totals> = HashMap::new();
        for exposure in self.all::<Exposure>(Filter::everything()).await {
            counted.entry(exposure.version_id.uuid()).or_default().add(&exposure.totals());
        }
        for record in self.all::<VersionPerformance>(Filter::everything()).await {
            let exposures = counted.remove(&record.id.uuid()).unwrap_or_default();
            assert_eq!(record.totals, exposures, "{case}");
        }
        let rebuilt = self.app.projections().rebuild(self.store.as_ref(), RebuildMode::Compare).await.unwrap();
        assert_eq!(rebuilt.differing, 0, "{case}: statistics differ from the logs");
    }

    pub(crate) async fn order(&self, id: &str) -> Option<Order> {
        let id: OrderId = id.parse::<Uuid>().map(Id::new).unwrap();
        Repository::<Order>::get(self.store.as_ref(), id).await.unwrap()
    }

    pub(crate) async fn close(self) {
        self.store.close().await;
    }
}
