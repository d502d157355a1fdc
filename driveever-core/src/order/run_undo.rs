//! The compensation: the exposure is taken back and the money given back or let go, then the order comes to where the
//! compensation leads.
//!
//! Each part can be repeated, and one that fails does not hold up the other. An order is not kept waiting for a refund
//! that does not succeed: it is FAILED or CANCELLED, its payment still `paid`, and the refund is tried again.

use super::{
    CompensationBy, Order, OrderContext, OrderStatus, PaymentStatus, SagaKind,
    draft::Draft,
    event::{CompensationDelayed, PaymentFailed, PaymentRefunded},
    payment::{PaymentError, PaymentOutcome, Refund, Void},
    run::{Halt, Next, Run},
    transition::Mover,
};
use crate::{changes::Changes, error::Error};

/// What became of the money.
struct Undone {
    changes: Changes<OrderContext>,
    /// It had been taken and was given back.
    refunded: bool,
}

impl Run<'_> {
    /// Undoes what was done; see the [module](self).
    pub(super) async fn compensate(&mut self) -> Result<Next, Halt> {
        let withdrawn = self.withdraw_exposure().await;
        match self.undo_payment().await {
            Ok(undone) => self.undone(undone, withdrawn).await,
            Err(_) => self.not_undone(withdrawn).await,
        }
    }

    /// Whether no exposure counts for this order any more. One whose answer was delivered stays.
    async fn withdraw_exposure(&self) -> bool {
        let progress = &self.saga.progress;
        let paid = progress.capture.is_some() || self.order.total_minor == 0;
        let may_be_exposed = self.saga.kind == SagaKind::Advice && paid && self.order.response_id.is_none();
        if progress.exposure_withdrawn || !may_be_exposed {
            return true;
        }
        // Also when none is recorded: it may have been stored though nobody could write it down, or be on its way from a
        // worker that stood still for longer than its lease.
        let exposure = progress.exposure_id.unwrap_or_else(|| self.order.id.cast());
        let taken_back = self.orders.ports.prompts.withdraw(&self.owner(), exposure).await;
        matches!(taken_back, Ok(()) | Err(Error::NotFound { .. }))
    }

    /// Gives back what was taken, or lets go what may be held.
    async fn undo_payment(&self) -> Result<Undone, PaymentError> {
        let progress = &self.saga.progress;
        if progress.payment_undone || progress.payment_attempt == 0 || self.order.total_minor == 0 {
            return Ok(Undone { changes: Changes::new(), refunded: false });
        }
        let payments = &self.orders.ports.payments;
        let (order, amount) = (self.order.id, self.order.total());
        let capture = match &progress.capture {
            Some(id) => Some(id.clone()),
            // It may have been taken though nobody could write it down.
            None => match payments.find(order, &self.key("capture")).await? {
                Some(PaymentOutcome::Captured { id }) => Some(id),
                _ => None,
            },
        };
        if let Some(capture) = capture {
            let posted = payments.refund(&Refund { key: self.key("refund"), order, capture, amount }).await?;
            return Ok(Undone { changes: posted.changes, refunded: true });
        }
        let (key, authorise_key) = (self.key("void"), self.key("auth"));
        let posted = payments.void(&Void { key, order, user: self.order.user_id, authorise_key, amount }).await?;
        Ok(Undone { changes: posted.changes, refunded: false })
    }

    async fn undone(&mut self, undone: Undone, withdrawn: bool) -> Result<Next, Halt> {
        let refunded = undone.refunded;
        let payment = self.payment_after_undoing(refunded);
        let later = self.later();
        self.commit(undone.changes, move |draft| {
            let saga = draft.saga()?;
            let alarmed = saga.progress.payment_undone;
            saga.progress.payment_undone = true;
            saga.progress.exposure_withdrawn = withdrawn;
            if withdrawn {
                saga.finish();
            } else {
                saga.lease_owner = None;
                saga.lease_until = later;
            }
            arrive(draft, payment)?;
            if refunded {
                tell_refunded(draft);
            }
            if !withdrawn && !alarmed {
                alarm(draft, "exposure");
            }
            Ok(())
        })
        .await?;
        Ok(if withdrawn { Next::Go } else { Next::Wait })
    }

    /// The money could not be given back: the order comes to its end nevertheless where it may, and it is tried again.
    async fn not_undone(&mut self, withdrawn: bool) -> Result<Next, Halt> {
        let later = self.later();
        self.commit(Changes::new(), move |draft| {
            let saga = draft.saga()?;
            saga.progress.exposure_withdrawn = withdrawn;
            saga.lease_owner = None;
            saga.lease_until = later;
            let target = saga.progress.target;
            if matches!(target, Some(OrderStatus::Failed | OrderStatus::Cancelled))
                && target != Some(draft.order.status)
            {
                let payment = draft.order.payment_status;
                arrive(draft, payment)?;
                alarm(draft, "payment");
            }
            Ok(())
        })
        .await?;
        Ok(Next::Wait)
    }
}

/// Brings the order to where its compensation leads, with its payment standing so.
fn arrive(draft: &mut Draft<'_>, payment: PaymentStatus) -> Result<(), Error> {
    let progress = draft.saga()?.progress.clone();
    let reason = progress.failure.map(|failure| failure.code);
    let Some(target) = progress.target else {
        // An order of items stays and may be paid again.
        draft.set_payment(PaymentStatus::Failed);
        let Order { id: order_id, user_id, total_minor: total_amount, currency, .. } = draft.order;
        let reason = reason.unwrap_or_default();
        draft.tell(&PaymentFailed { order_id, user_id, total_amount, currency, reason });
        return Ok(());
    };
    if draft.order.status == target {
        if draft.order.payment_status != payment {
            draft.set_payment(payment);
        }
        return Ok(());
    }
    let mover = match progress.by {
        Some(CompensationBy::Owner) => Mover::Owner,
        Some(CompensationBy::Admin) => Mover::Admin,
        None => Mover::System,
    };
    draft.move_to(target, payment, mover, reason.as_deref())
}

fn tell_refunded(draft: &mut Draft<'_>) {
    let Order { id: order_id, user_id, total_minor: total_amount, currency, .. } = draft.order;
    draft.touch();
    draft.tell(&PaymentRefunded { order_id, user_id, total_amount, currency });
}

fn alarm(draft: &mut Draft<'_>, what: &str) {
    let Order { id: order_id, user_id, status, .. } = draft.order;
    draft.touch();
    draft.tell(&CompensationDelayed { order_id, user_id, status, what: what.to_owned() });
}
