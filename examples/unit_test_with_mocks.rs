//! Unit tests with mocks: your own code over DriveEver's services, tested without a store, a model or a payment processor,
//! and with faults that no real one has at will. The doubles come with the feature `mock`, for your dev-dependencies:
//!
//! ```toml
//! [dev-dependencies]
//! driveever = { version = "0.1", features = ["mock"] }
//! ```
//!
//! `cargo test --example unit_test_with_mocks --features mock` runs the tests; `cargo run` with the same arguments shows
//! the code that they test.
#![expect(clippy::print_stdout, reason = "an example shows its result")]

use std::sync::Arc;

use driveever::core::{
    Error, RequestContext,
    id::{Id, SystemIds},
    mock::{MockOrderService, MockVehicleRepository},
    order::{NewOrder, OrderService},
    time::SystemClock,
    uuid::Uuid,
    vehicle::{GarageService as _, VehicleId, VehicleOptions, Vehicles},
};

/// The code under test: a help desk that asks in a driver's name, and says what happens next when there is no answer.
pub struct HelpDesk {
    orders: Arc<dyn OrderService>,
}

/// What the driver is told.
#[derive(Debug, PartialEq)]
pub enum Reply {
    /// The answer.
    Answer(String),
    /// Nobody answers now; the desk asks again.
    Later,
    /// The driver has to pay another way.
    PayAnotherWay,
}

impl HelpDesk {
    /// Over this order service, DriveEver's own or a double.
    pub fn new(orders: Arc<dyn OrderService>) -> Self {
        Self { orders }
    }

    /// Asks; once more when the model does not answer at once.
    ///
    /// # Errors
    /// What neither another try nor the driver can mend.
    pub async fn ask(&self, driver: &RequestContext, question: &str) -> Result<Reply, Error> {
        let new = NewOrder { question: Some(question.trim().to_owned()), ..NewOrder::default() };
        for _ in 0..2 {
            match self.orders.place(driver, new.clone()).await {
                Ok(order) => return Ok(order.advice.map_or(Reply::Later, |advice| Reply::Answer(advice.answer))),
                Err(Error::PaymentDeclined { .. }) => return Ok(Reply::PayAnotherWay),
                Err(error) if error.is_retryable() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Reply::Later)
    }
}

fn driver() -> RequestContext {
    RequestContext::user(Id::new(Uuid::from_u128(1)), "request-1")
}

fn model_is_down() -> Error {
    Error::Unavailable { what: "the model", detail: "it does not answer".to_owned() }
}

/// A service of DriveEver over a repository that your test gives: what the core does when the disk is full.
async fn garage_on_a_full_disk(id: VehicleId) -> Option<Error> {
    let mut repository = MockVehicleRepository::default();
    repository.vehicles.expect_get().returning(|_| {
        Err(driveever::core::StoreError::Unavailable { detail: "the disk is full".to_owned(), source: None })
    });
    let (clock, ids) = (Arc::new(SystemClock), Arc::new(SystemIds));
    let garage = Vehicles::new(Arc::new(repository), None, clock, ids, VehicleOptions::default());
    garage.vehicle(&driver(), id).await.err()
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let mut orders = MockOrderService::new();
    orders.expect_place().times(2).returning(|_, _| Err(model_is_down()));
    let desk = HelpDesk::new(Arc::new(orders));
    println!("with a model that is down: {:?}", desk.ask(&driver(), "Is it safe?").await?);

    if let Some(error) = garage_on_a_full_disk(Id::new(Uuid::from_u128(2))).await {
        println!("with a full disk: {error}; worth another try: {}", error.is_retryable());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_model_that_comes_back_is_asked_again() {
        let mut orders = MockOrderService::new();
        let mut calls = 0;
        orders.expect_place().times(2).returning(move |_, new| {
            calls += 1;
            assert_eq!(new.question.as_deref(), Some("Is it safe?"), "without the space around it");
            Err(if calls == 1 { model_is_down() } else { Error::PaymentDeclined { code: "funds".into(), order: None } })
        });
        let reply = HelpDesk::new(Arc::new(orders)).ask(&driver(), " Is it safe? ").await;
        assert_eq!(reply.ok(), Some(Reply::PayAnotherWay));
    }

    #[tokio::test]
    async fn a_model_that_stays_away_is_asked_twice_and_no_more() {
        let mut orders = MockOrderService::new();
        orders.expect_place().times(2).returning(|_, _| Err(model_is_down()));
        let reply = HelpDesk::new(Arc::new(orders)).ask(&driver(), "Is it safe?").await;
        assert_eq!(reply.ok(), Some(Reply::Later));
    }

    #[tokio::test]
    async fn bad_input_is_not_tried_again() {
        let mut orders = MockOrderService::new();
        orders.expect_place().once().returning(|_, _| Err(Error::invalid("question", "must not be empty")));
        let reply = HelpDesk::new(Arc::new(orders)).ask(&driver(), " ").await;
        assert!(matches!(reply, Err(Error::Invalid(_))));
    }

    #[tokio::test]
    async fn a_full_disk_is_no_missing_vehicle() {
        let error = garage_on_a_full_disk(Id::new(Uuid::from_u128(2))).await;
        assert!(matches!(error, Some(Error::Store(_))), "{error:?}");
    }
}
