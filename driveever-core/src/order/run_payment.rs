//! Steps 1 to 3: the money is held and taken, and the order is paid.

use super::{
    Failure, OrderContext, OrderStatus, PaymentStatus, SagaKind, SagaStep,
    event::PaymentFailed,
    ledger::TEST_KEY,
    payment::{Authorisation, Authorise, Capture, PaymentError, Purchase},
    run::{Halt, Next, Run},
    transition::Mover,
};
use crate::changes::Changes;

impl Run<'_> {
    /// Holds or takes the money, whichever is recorded as next; both at once where that is one commit.
    pub(super) async fn pay(&mut self) -> Result<Next, Halt> {
        if self.saga.kind == SagaKind::Advice && self.saga.input.is_none() {
            return self.fail(Failure::new("erased", "the question was erased")).await;
        }
        if self.order.total_minor == 0 {
            return self.paid(Changes::new(), None, None).await;
        }
        if self.is_late() {
            return self.fail(self.late()).await;
        }
        if self.saga.step == SagaStep::Capture {
            return self.capture().await;
        }
        let call = Authorise {
            key: self.key("auth"),
            order: self.order.id,
            user: self.order.user_id,
            amount: self.order.total(),
            asked_at: self.saga.created_at,
            instruction: self.instruction(),
        };
        let payments = self.orders.ports.payments.clone();
        match payments.purchase(&call, &self.key("capture")).await {
            Ok(Some(posted)) => match posted.outcome {
                Purchase::Captured { authorisation, capture } => {
                    self.paid(posted.changes, Some(authorisation), Some(capture)).await
                }
                Purchase::Declined { code } => self.declined(posted.changes, &code).await,
            },
            Ok(None) => match payments.authorise(&call).await {
                Ok(posted) => match posted.outcome {
                    Authorisation::Authorised { id, .. } => self.authorised(posted.changes, id).await,
                    Authorisation::Declined { code } => self.declined(posted.changes, &code).await,
                },
                Err(error) => self.unpaid(&error).await,
            },
            Err(error) => self.unpaid(&error).await,
        }
    }

    fn instruction(&self) -> Option<String> {
        let value = self.order.metadata.as_ref().and_then(|metadata| metadata.get(TEST_KEY));
        value.and_then(serde_json::Value::as_str).map(str::to_owned)
    }

    async fn authorised(&mut self, posted: Changes<OrderContext>, id: String) -> Result<Next, Halt> {
        let lease = self.lease_for(SagaStep::Capture);
        self.commit(posted, move |draft| {
            let saga = draft.saga()?;
            saga.step = SagaStep::Capture;
            saga.lease_until = lease;
            saga.progress.authorisation = Some(id.clone());
            Ok(())
        })
        .await?;
        Ok(Next::Go)
    }

    async fn capture(&mut self) -> Result<Next, Halt> {
        let call = Capture {
            key: self.key("capture"),
            order: self.order.id,
            authorisation: self.saga.progress.authorisation.clone().unwrap_or_default(),
            amount: self.order.total(),
        };
        let payments = self.orders.ports.payments.clone();
        match payments.capture(&call).await {
            Ok(posted) => {
                let authorisation = self.saga.progress.authorisation.clone();
                self.paid(posted.changes, authorisation, Some(posted.outcome)).await
            }
            Err(error) => self.unpaid(&error).await,
        }
    }

    /// PAID, and what follows: PROCESSING in the same commit when there is a question to answer.
    async fn paid(
        &mut self,
        posted: Changes<OrderContext>,
        authorisation: Option<String>,
        capture: Option<String>,
    ) -> Result<Next, Halt> {
        let lease = self.lease_for(SagaStep::Prepare);
        self.commit(posted, move |draft| {
            let saga = draft.saga()?;
            saga.progress.authorisation.clone_from(&authorisation);
            saga.progress.capture.clone_from(&capture);
            saga.lease_until = lease;
            let advice = saga.kind == SagaKind::Advice;
            if advice {
                saga.step = SagaStep::Prepare;
            } else {
                saga.finish();
            }
            // An order of items is paid by its owner, who called for it; one with a question by the saga.
            let payer = if advice { Mover::System } else { Mover::Owner };
            draft.move_to(OrderStatus::Paid, PaymentStatus::Paid, payer, None)?;
            if advice {
                draft.move_to(OrderStatus::Processing, PaymentStatus::Paid, Mover::System, None)?;
            }
            Ok(())
        })
        .await?;
        Ok(Next::Go)
    }

    /// Refused: an order with a question fails at once, one of items may be paid again.
    async fn declined(&mut self, posted: Changes<OrderContext>, code: &str) -> Result<Next, Halt> {
        let failure = Failure::declined(code);
        self.commit(posted, move |draft| {
            let saga = draft.saga()?;
            saga.progress.failure = Some(failure.clone());
            saga.finish();
            if saga.kind == SagaKind::Advice {
                draft.move_to(OrderStatus::Failed, PaymentStatus::Failed, Mover::System, Some(&failure.code))?;
            } else {
                draft.set_payment(PaymentStatus::Failed);
            }
            let order = &draft.order;
            let body = PaymentFailed {
                order_id: order.id,
                user_id: order.user_id,
                total_amount: order.total_minor,
                currency: order.currency,
                reason: failure.code.clone(),
            };
            draft.tell(&body);
            Ok(())
        })
        .await?;
        Ok(Next::Go)
    }

    /// No outcome: the same call again later, unless it can never have one.
    async fn unpaid(&mut self, error: &PaymentError) -> Result<Next, Halt> {
        if error.is_retryable() {
            self.wait().await
        } else {
            self.fail(Failure::new("payment_rejected", error.to_string())).await
        }
    }
}
