//! The record of what an order is going through, so that whoever finds it after a crash knows what comes next.
//!
//! An [`AdviceSaga`] shares its id with its order. `step` is what is being done: it is committed before the step begins,
//! together with the result of the step before. A worker holds a lease; every write is made at the revision that was
//! read, so that of two workers one wins. Everything that a step causes elsewhere carries an identity that derives from
//! the order's: payment keys (`order:ID:auth`, `:capture`, `:void`, `:refund`), and the exposure and the answer, whose
//! ids are the order's own UUID. A repeated step is therefore the same call.
//!
//! An order of items alone gets one too, when it is paid or called off: then the saga has the payment's steps only.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{OrderContext, OrderStatus};
use crate::{
    ai::{ModelError, ResponseId},
    entity,
    error::Error,
    id::Id,
    prompt::{ExposureId, PromptCategory, PromptId},
    text_enum,
    time::Timestamp,
    vehicle::{VehicleId, record::RecordSource},
};

/// A saga's id: that of its order.
pub type SagaId = Id<AdviceSaga>;

text_enum! {
    /// What a saga fulfils.
    pub enum SagaKind {
        /// Pays for an answer and gives it.
        Advice = "advice",
        /// Pays an order of items.
        Payment = "payment",
    }
}

text_enum! {
    /// What is being done.
    pub enum SagaStep {
        /// Holding the money.
        Authorise = "authorise",
        /// Taking it.
        Capture = "capture",
        /// Gathering facts, choosing and rendering the prompt.
        Prepare = "prepare",
        /// Asking the model. The pivot: once an answer is stored there is no way back.
        Generate = "generate",
        /// Undoing, in reverse.
        Compensate = "compensate",
        /// Nothing any more.
        Done = "done",
    }
}

/// What was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SagaInput {
    /// The driver's question.
    pub question: String,
    /// One of the driver's vehicles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vehicle_id: Option<VehicleId>,
    /// Or a registration, as it was typed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration_number: Option<String>,
    /// The category, when the driver named one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<PromptCategory>,
    /// The provider, when the driver named one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// The client's session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
}

/// The code of a saga that took too long.
const DEADLINE_EXCEEDED: &str = "deadline_exceeded";

/// Why an order fails: stable codes and words for a client; nothing personal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// A stable snake_case code.
    pub code: String,
    /// In words.
    pub detail: String,
    /// Whether it was the payment that was declined.
    #[serde(default)]
    pub declined: bool,
    /// The failed answer, when one is stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_id: Option<ResponseId>,
    /// How long was waited in milliseconds, when it was for too long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waited_ms: Option<u64>,
}

impl Failure {
    /// A failure that is not a declined payment.
    pub(super) fn new(code: &str, detail: impl Into<String>) -> Self {
        Self { code: code.to_owned(), detail: detail.into(), declined: false, response_id: None, waited_ms: None }
    }

    /// A saga that took this long, which is too long.
    pub(super) fn late(waited: Duration) -> Self {
        Self {
            waited_ms: u64::try_from(waited.as_millis()).ok(),
            ..Self::new(DEADLINE_EXCEEDED, "the order was not fulfilled in time")
        }
    }

    /// A payment that was declined.
    pub(super) fn declined(code: &str) -> Self {
        Self { declined: true, ..Self::new(code, "the payment was declined") }
    }

    /// Of another service's error. What may hold anything internal is left out.
    pub(super) fn of(what: &str, error: &Error) -> Self {
        match error {
            Error::Model { source, response, .. } => Self {
                response_id: response.map(Id::new),
                waited_ms: match source {
                    ModelError::TimedOut { waited } => u64::try_from(waited.as_millis()).ok(),
                    _ => None,
                },
                ..Self::new(source.code(), source.detail())
            },
            Error::Invalid(_) | Error::NotFound { .. } | Error::Conflict { .. } | Error::Unavailable { .. } => {
                Self::new(&format!("{what}_failed"), format!("{what}: {error}"))
            }
            _ => Self::new(&format!("{what}_failed"), format!("{what} failed")),
        }
    }

    /// The same as an error, with the order that failed.
    pub(super) fn to_error(&self, order: Uuid) -> Error {
        if self.declined {
            return Error::PaymentDeclined { code: self.code.clone(), order: Some(order) };
        }
        let code = if self.code == DEADLINE_EXCEEDED { "provider_timed_out" } else { &self.code };
        let waited = Duration::from_millis(self.waited_ms.unwrap_or_default());
        let source = ModelError::from_stored(code, self.detail.clone(), waited);
        Error::Model { source, response: self.response_id.map(Id::uuid), order: Some(order) }
    }
}

/// What has been done so far.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SagaProgress {
    /// The idempotency id of the request that began what is being done now: whoever repeats it gets what came of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub begun_by: Option<Uuid>,
    /// Which attempt at paying this is, from 1: part of the payment's keys. Zero before any.
    pub payment_attempt: u32,
    /// The authorisation's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorisation: Option<String>,
    /// The capture's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capture: Option<String>,
    /// The question's category, as given or as classified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<PromptCategory>,
    /// The vehicle, when it is one of the driver's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vehicle_id: Option<VehicleId>,
    /// Which sources knew the vehicle.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<RecordSource>,
    /// When the newest of them was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub facts_fetched_at: Option<Timestamp>,
    /// The prompt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt_id: Option<PromptId>,
    /// Its version's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt_version: Option<u32>,
    /// The exposure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exposure_id: Option<ExposureId>,
    /// SHA-256 of the rendered prompt, in base64url.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text_hash: Option<String>,
    /// The provider that answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// Why it fails.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// Where the compensation leads; absent: the order stays, its payment failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<OrderStatus>,
    /// Who wanted that: an admin, the owner or (absent) the system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<CompensationBy>,
    /// The exposure was taken back.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub exposure_withdrawn: bool,
    /// The money was given back or let go.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub payment_undone: bool,
}

text_enum! {
    /// On whose word a compensation runs.
    pub enum CompensationBy {
        /// The one whose order it is.
        Owner = "owner",
        /// An admin.
        Admin = "admin",
    }
}

crate::json_column!(SagaInput, SagaProgress);

entity! {
    /// The record of an order's fulfilment.
    #[derive(PartialEq)]
    pub struct AdviceSaga in OrderContext as versioned "advice_saga" in "order_sagas" {
        unique [], lookup ["active"], search [],
    } {
        /// What it fulfils.
        pub kind: SagaKind => KIND,
        /// What is being done.
        pub step: SagaStep => STEP,
        /// Whether something is left to do.
        pub active: bool => ACTIVE,
        /// What was asked; gone after an erasure, and of no use to an order of items.
        pub input: Option<SagaInput> => INPUT,
        /// What has been done.
        pub progress: SagaProgress => PROGRESS,
        /// Which worker has it; absent when it waits.
        pub lease_owner: Option<Uuid> => LEASE_OWNER,
        /// Until when; afterwards anybody may take it.
        pub lease_until: Timestamp => LEASE_UNTIL,
        /// When it gives up and undoes.
        pub deadline: Timestamp => DEADLINE,
        /// How often it was taken up again.
        pub attempts: u32 => ATTEMPTS,
        /// The request that began it: what it does elsewhere is done in its name.
        pub request_id: String => REQUEST_ID,
        /// When it began.
        pub created_at: Timestamp => CREATED_AT,
        /// When it last moved.
        pub updated_at: Timestamp => UPDATED_AT,
    }
}

impl AdviceSaga {
    /// Whether a living worker may be at it.
    pub fn is_leased(&self, now: Timestamp) -> bool {
        self.active && self.lease_owner.is_some() && self.lease_until > now
    }

    /// Ends it.
    pub(super) fn finish(&mut self) {
        self.step = SagaStep::Done;
        self.active = false;
        self.lease_owner = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_survives_storage_as_the_same_error() {
        let order = Uuid::from_u128(9);
        let declined = Failure::declined("card_declined").to_error(order);
        assert!(
            matches!(declined, Error::PaymentDeclined { code, order: Some(id) } if code == "card_declined" && id == order)
        );
        let refused = Error::Model {
            source: ModelError::Refused { detail: "policy".into() },
            response: Some(order),
            order: None,
        };
        let failure = Failure::of("generate", &refused);
        let json = serde_json::to_string(&failure).unwrap();
        let again: Failure = serde_json::from_str(&json).unwrap();
        let error = again.to_error(order);
        assert!(matches!(
            error,
            Error::Model { source: ModelError::Refused { .. }, response: Some(_), order: Some(_) }
        ));
    }

    #[test]
    fn how_long_was_waited_survives_storage() {
        let order = Uuid::from_u128(9);
        let waited = Duration::from_millis(1_500);
        let timed_out = Error::Model { source: ModelError::TimedOut { waited }, response: None, order: None };
        for failure in [Failure::of("generate", &timed_out), Failure::late(waited)] {
            let error = failure.to_error(order);
            assert!(
                matches!(
                    &error,
                    Error::Model { source: ModelError::TimedOut { waited: told }, response: None, order: Some(_) }
                        if *told == waited
                ),
                "{error:?}"
            );
        }
        assert_eq!(Failure::late(waited).code, "deadline_exceeded");
    }

    #[test]
    fn what_a_client_can_mend_is_told_in_words() {
        let refused = Failure::of("facts", &Error::NotFound { kind: "vehicle" });
        assert_eq!((refused.code.as_str(), refused.declined, refused.waited_ms), ("facts_failed", false, None));
        assert!(refused.detail.starts_with("facts: ") && refused.detail.contains("vehicle"), "{}", refused.detail);
    }

    #[test]
    fn a_lease_is_held_by_somebody_until_its_end_while_something_is_left_to_do() {
        let at = Timestamp::from_micros;
        let mut saga = AdviceSaga {
            id: Id::new(Uuid::from_u128(1)),
            revision: crate::entity::Revision::FIRST,
            deleted_at: None,
            kind: SagaKind::Advice,
            step: SagaStep::Authorise,
            active: true,
            input: None,
            progress: SagaProgress::default(),
            lease_owner: Some(Uuid::from_u128(2)),
            lease_until: at(10),
            deadline: at(100),
            attempts: 0,
            request_id: "request-1".to_owned(),
            created_at: at(0),
            updated_at: at(0),
        };
        assert!(saga.is_leased(at(9)));
        assert!(!saga.is_leased(at(10)) && !saga.is_leased(at(11)), "anybody may take it from its end on");
        let (mut waiting, mut inactive) = (saga.clone(), saga.clone());
        (waiting.lease_owner, inactive.active) = (None, false);
        assert!(!waiting.is_leased(at(9)) && !inactive.is_leased(at(9)));
        saga.finish();
        assert_eq!((saga.step, saga.active, saga.lease_owner), (SagaStep::Done, false, None));
    }

    #[test]
    fn what_is_internal_stays_inside() {
        let failure = Failure::of("prompt", &Error::internal("password=hunter2"));
        assert_eq!((failure.code.as_str(), failure.detail.as_str()), ("prompt_failed", "prompt failed"));
    }

    #[test]
    fn progress_keeps_what_it_does_not_have_out_of_storage() {
        assert_eq!(serde_json::to_string(&SagaProgress::default()).unwrap(), "{\"paymentAttempt\":0}");
        assert_eq!(serde_json::from_str::<SagaProgress>("{}").unwrap(), SagaProgress::default());
    }
}
