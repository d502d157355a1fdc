//! Which status may follow which, who may bring it about, and how payment and status go together.
//!
//! [`allowed`] is the whole table; everything that moves an order goes through [`check`], so that no path can reach a
//! pair that the table does not mark. No status is entered twice: the marked pairs form no circle. Digital goods skip
//! SHIPPED.

use super::{OrderStatus, PaymentStatus};
use crate::error::Error;

use OrderStatus::{Cancelled, Delivered, Failed, Paid, Pending, Processing, Refunded, Shipped};

/// Who moves an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mover {
    /// The one whose order it is.
    Owner,
    /// An admin.
    Admin,
    /// The system itself: a saga, or the job that calls off orders which nobody paid.
    System,
}

/// Who may make a transition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Movers {
    /// The one whose order it is.
    pub owner: bool,
    /// Admins.
    pub admin: bool,
    /// The system itself.
    pub system: bool,
}

impl Movers {
    const fn new(owner: bool, admin: bool, system: bool) -> Self {
        Self { owner, admin, system }
    }

    /// Whether this one is among them.
    pub const fn include(self, mover: Mover) -> bool {
        match mover {
            Mover::Owner => self.owner,
            Mover::Admin => self.admin,
            Mover::System => self.system,
        }
    }
}

/// Who may move an order from one status to another; nobody when the pair is not marked.
///
/// ```
/// use driveever_core::order::{OrderStatus, transition::allowed};
/// assert!(allowed(OrderStatus::Processing, OrderStatus::Delivered).is_some_and(|movers| movers.system));
/// assert!(allowed(OrderStatus::Delivered, OrderStatus::Pending).is_none());
/// ```
pub const fn allowed(from: OrderStatus, to: OrderStatus) -> Option<Movers> {
    Some(match (from, to) {
        // Paid by the owner's word or by the saga; the money must be captured.
        (Pending, Paid) => Movers::new(true, false, true),
        (Paid, Processing) | (Processing, Delivered) => Movers::new(false, true, true),
        (Pending, Cancelled) => Movers::new(true, true, true),
        (Paid, Cancelled) => Movers::new(true, true, false),
        (Pending | Paid | Processing, Failed) => Movers::new(false, false, true),
        (Processing, Shipped) | (Shipped, Delivered) | (Paid | Shipped | Delivered, Refunded) => {
            Movers::new(false, true, false)
        }
        _ => return None,
    })
}

/// Whether a payment may stand so while the order stands so.
pub const fn payment_allowed(status: OrderStatus, payment: PaymentStatus) -> bool {
    match status {
        Pending => matches!(payment, PaymentStatus::Pending | PaymentStatus::Failed),
        Paid | Processing | Shipped | Delivered => matches!(payment, PaymentStatus::Paid),
        // Paid: the refund is being retried.
        Cancelled | Failed => true,
        Refunded => matches!(payment, PaymentStatus::Refunded),
    }
}

/// Whether nothing may follow.
pub const fn is_terminal(status: OrderStatus) -> bool {
    matches!(status, Cancelled | Refunded | Failed)
}

/// A move that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Move {
    /// From here.
    pub from: OrderStatus,
    /// To there.
    pub to: OrderStatus,
    /// How the payment stands after it.
    pub payment: PaymentStatus,
    /// By whom.
    pub mover: Mover,
    /// Whether a line needs shipping.
    pub needs_shipping: bool,
}

/// Checks a move against the table.
///
/// # Errors
/// [`Error::Conflict`] with `illegal_transition`, naming what would be possible.
pub fn check(wanted: &Move) -> Result<(), Error> {
    let Move { from, to, payment, mover, needs_shipping } = *wanted;
    if !allowed(from, to).is_some_and(|movers| movers.include(mover)) {
        return Err(illegal(from, to, mover, None));
    }
    let fault = match (from, to) {
        (Processing, Shipped) if !needs_shipping => Some("no line needs shipping"),
        (Processing, Delivered) if needs_shipping => Some("a line needs shipping first"),
        _ if !payment_allowed(to, payment) => Some("the payment does not allow it"),
        _ => None,
    };
    fault.map_or(Ok(()), |fault| Err(illegal(from, to, mover, Some(fault))))
}

fn illegal(from: OrderStatus, to: OrderStatus, mover: Mover, fault: Option<&str>) -> Error {
    let possible: Vec<&str> = OrderStatus::ALL
        .iter()
        .filter(|next| **next != to || fault.is_none())
        .filter(|next| allowed(from, **next).is_some_and(|movers| movers.include(mover)))
        .map(|next| next.as_str())
        .collect();
    let possible = if possible.is_empty() { "nothing".to_owned() } else { possible.join(", ") };
    let fault = fault.map(|fault| format!(": {fault}")).unwrap_or_default();
    Error::conflict(
        "illegal_transition",
        format!("an order that is {from} cannot become {to}{fault}; from there you can reach: {possible}"),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The table as the contract draws it: rows from, columns to.
    const MARKED: &[(OrderStatus, &[OrderStatus])] = &[
        (Pending, &[Paid, Cancelled, Failed]),
        (Paid, &[Processing, Cancelled, Refunded, Failed]),
        (Processing, &[Shipped, Delivered, Failed]),
        (Shipped, &[Delivered, Refunded]),
        (Delivered, &[Refunded]),
        (Cancelled, &[]),
        (Refunded, &[]),
        (Failed, &[]),
    ];

    #[test]
    fn every_pair_is_as_the_table_has_it() {
        for (from, marked) in MARKED {
            for to in OrderStatus::ALL {
                assert_eq!(allowed(*from, *to).is_some(), marked.contains(to), "{from} -> {to}");
            }
            assert_eq!(is_terminal(*from), marked.is_empty(), "{from}");
        }
    }

    #[test]
    fn who_may_is_as_the_table_has_it() {
        use Mover::{Admin, Owner, System};
        let rows: &[(OrderStatus, OrderStatus, &[Mover])] = &[
            (Pending, Paid, &[Owner, System]),
            (Pending, Cancelled, &[Owner, Admin, System]),
            (Pending, Failed, &[System]),
            (Paid, Processing, &[Admin, System]),
            (Paid, Cancelled, &[Owner, Admin]),
            (Paid, Refunded, &[Admin]),
            (Paid, Failed, &[System]),
            (Processing, Shipped, &[Admin]),
            (Processing, Delivered, &[Admin, System]),
            (Processing, Failed, &[System]),
            (Shipped, Delivered, &[Admin]),
            (Shipped, Refunded, &[Admin]),
            (Delivered, Refunded, &[Admin]),
        ];
        assert_eq!(rows.len(), MARKED.iter().map(|(_, marked)| marked.len()).sum::<usize>());
        for (from, to, movers) in rows {
            for mover in [Owner, Admin, System] {
                let may = allowed(*from, *to).unwrap().include(mover);
                assert_eq!(may, movers.contains(&mover), "{from} -> {to} by {mover:?}");
            }
        }
    }

    #[test]
    fn payments_stand_as_the_table_has_it() {
        let captured: &[PaymentStatus] = &[PaymentStatus::Paid];
        let rows: &[(OrderStatus, &[PaymentStatus])] = &[
            (Pending, &[PaymentStatus::Pending, PaymentStatus::Failed]),
            (Paid, captured),
            (Processing, captured),
            (Shipped, captured),
            (Delivered, captured),
            (Cancelled, PaymentStatus::ALL),
            (Failed, PaymentStatus::ALL),
            (Refunded, &[PaymentStatus::Refunded]),
        ];
        assert_eq!(rows.len(), OrderStatus::ALL.len());
        for (status, payments) in rows {
            for payment in PaymentStatus::ALL {
                assert_eq!(payment_allowed(*status, *payment), payments.contains(payment), "{status} with {payment}");
            }
        }
        let paying =
            |payment| check(&Move { from: Pending, to: Paid, payment, mover: Mover::Owner, needs_shipping: false });
        assert!(paying(PaymentStatus::Paid).is_ok());
        let refused = paying(PaymentStatus::Pending).unwrap_err().to_string();
        assert!(refused.contains("the payment does not allow it"), "{refused}");
    }

    #[test]
    fn the_message_names_what_is_possible() {
        let wanted = Move {
            from: Delivered,
            to: Paid,
            payment: PaymentStatus::Paid,
            mover: Mover::Admin,
            needs_shipping: false,
        };
        let error = check(&wanted).unwrap_err();
        assert_eq!(
            error.to_string(),
            "an order that is DELIVERED cannot become PAID; from there you can reach: REFUNDED"
        );
        assert!(matches!(error, Error::Conflict { code: "illegal_transition", .. }));
    }

    #[test]
    fn shipping_follows_the_lines() {
        let wanted = |to, needs_shipping| Move {
            from: Processing,
            to,
            payment: PaymentStatus::Paid,
            mover: Mover::Admin,
            needs_shipping,
        };
        assert!(check(&wanted(Shipped, true)).is_ok() && check(&wanted(Shipped, false)).is_err());
        assert!(check(&wanted(Delivered, false)).is_ok() && check(&wanted(Delivered, true)).is_err());
    }

    fn any_of<T: Copy + std::fmt::Debug + 'static>(all: &'static [T]) -> impl Strategy<Value = T> {
        (0..all.len()).prop_map(move |place| all[place])
    }

    proptest! {
        #[test]
        fn random_commands_never_leave_the_table(
            needs_shipping: bool,
            commands in proptest::collection::vec(
                (any_of(OrderStatus::ALL), any_of(PaymentStatus::ALL), any_of(&[Mover::Owner, Mover::Admin, Mover::System])),
                0..40,
            )
        ) {
            let (mut status, mut seen) = (Pending, vec![Pending]);
            for (to, payment, mover) in commands {
                if check(&Move { from: status, to, payment, mover, needs_shipping }).is_ok() {
                    let marked = MARKED.iter().find(|(from, _)| *from == status).unwrap().1;
                    prop_assert!(marked.contains(&to));
                    prop_assert!(payment_allowed(to, payment));
                    prop_assert!(!seen.contains(&to), "entered twice");
                    prop_assert!(needs_shipping || to != Shipped);
                    seen.push(to);
                    status = to;
                }
            }
        }
    }
}
