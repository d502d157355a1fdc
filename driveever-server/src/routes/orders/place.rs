//! Placing an order, to its end or in the background.

use std::time::Duration;

use axum::{
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::Response,
};
use driveever_core::{
    Error,
    order::{NewOrder, OrderDetails, OrderId, OrderService, OrderStatus},
    request::RequestContext,
};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::{
    body::{OrderBody, OrderCreateRequest},
    to_the_end,
};
use crate::{
    http::{
        body::Body,
        caller::User,
        documented::{Missing, NoRole, Saga},
        etag::changed,
        parameters::NoParameters,
        problem::Problem,
    },
    state::Services,
};

/// RFC 7240.
const PREFER: HeaderName = HeaderName::from_static("prefer");
const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");
const RESPOND_ASYNC: &str = "respond-async";

/// Places an order: items, a question, or both.
///
/// With a question, the order is paid and answered at once and carries its `advice`. An order of items alone waits as
/// PENDING for `POST /orders/{id}/pay`.
///
/// When the payment's outcome is not known at once, the answer waits for the order's end, for `order_wait` of the server's
/// settings at most; then it is 202.
#[utoipa::path(
    post, path = "/orders", operation_id = "create_order", tag = "orders",
    params(("Prefer" = Option<String>, Header, nullable = false, description = "`respond-async`: do not wait for the answer; see `GET /orders/{id}/stream`.")),
    request_body = OrderCreateRequest,
    responses(
        (
            status = 201, description = "The order.", body = OrderBody,
            headers(("Location" = String, description = "The order's path."), ("ETag" = String, description = "Its revision."))
        ),
        (
            status = 202, description = "The order is stored, and work on it goes on.", body = OrderBody,
            headers(
                ("Location" = String, description = "The order's path."),
                ("ETag" = String, description = "Its revision."),
                ("Preference-Applied" = String, description = "`respond-async`, when that was asked for.")
            )
        ),
        NoRole, Missing, Saga,
    ),
    security(("bearer" = []))
)]
pub(super) async fn create_order(
    State(services): State<Services>,
    User(request): User,
    headers: HeaderMap,
    _: NoParameters,
    Body(body): Body<OrderCreateRequest>,
) -> Result<Response, Problem> {
    let new = NewOrder::from(body);
    let asks = new.question.is_some();
    let orders = services.orders.clone();
    if !prefers_async(&headers) {
        let (stop, patience) = (services.stop.clone(), services.order_wait);
        let placed_and_done = async move {
            let details = orders.place(&request, new).await?;
            if asks { the_end_of(orders.as_ref(), &request, details, patience, &stop).await } else { Ok(details) }
        };
        let details = to_the_end(&services, placed_and_done).await?;
        let going_on = asks && goes_on(details.order.status);
        return Ok(placed(if going_on { StatusCode::ACCEPTED } else { StatusCode::CREATED }, details));
    }
    let tasks = services.tasks.clone();
    let begun = async move {
        let details = orders.begin(&request, new).await?;
        if asks && goes_on(details.order.status) {
            let order = details.order.id;
            let run = async move { report(order, orders.run(&request, order).await) };
            tasks.spawn(run.in_current_span());
        }
        Ok(details)
    };
    let mut response = placed(StatusCode::ACCEPTED, to_the_end(&services, begun).await?);
    response.headers_mut().insert(PREFERENCE_APPLIED, HeaderValue::from_static(RESPOND_ASYNC));
    Ok(response)
}

/// How often a waiting request looks whether its order has come to an end.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Waits for an order whose payment was not known at once; the server's background goes on with it when it is time. The
/// order as it stands when the patience is over or the server stops.
async fn the_end_of(
    orders: &dyn OrderService,
    request: &RequestContext,
    mut details: OrderDetails,
    patience: Duration,
    stop: &CancellationToken,
) -> Result<OrderDetails, Error> {
    let end = Instant::now() + patience;
    while goes_on(details.order.status) && Instant::now() < end {
        if stop.run_until_cancelled(tokio::time::sleep(LOOK_EVERY)).await.is_none() {
            break;
        }
        details = orders.order(request, details.order.id).await?;
        if !goes_on(details.order.status) {
            // Gives why it failed, when it did.
            return orders.run(request, details.order.id).await;
        }
    }
    Ok(details)
}

/// Whether an order that asks a question is still being worked on.
const fn goes_on(status: OrderStatus) -> bool {
    matches!(status, OrderStatus::Pending | OrderStatus::Paid | OrderStatus::Processing)
}

fn placed(status: StatusCode, details: OrderDetails) -> Response {
    let (id, revision) = (details.order.id, details.order.revision);
    let mut response = changed(status, revision, OrderBody::from(details));
    if let Ok(location) = HeaderValue::from_str(&format!("/orders/{id}")) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

/// Whether `respond-async` is among the preferences; those that we do not know are passed over, as the RFC has it.
fn prefers_async(headers: &HeaderMap) -> bool {
    let values = headers.get_all(PREFER).iter().filter_map(|value| value.to_str().ok());
    let mut preferences = values.flat_map(|value| value.split(','));
    preferences.any(|preference| {
        let name = preference.split([';', '=']).next().unwrap_or_default();
        name.trim().eq_ignore_ascii_case(RESPOND_ASYNC)
    })
}

/// Nobody waits for the result: the order has it. What is wrong with us is for the log.
fn report(order: OrderId, result: Result<OrderDetails, Error>) {
    match result {
        Ok(_) => {}
        Err(error @ (Error::Store(_) | Error::Internal(_))) => {
            tracing::error!(%order, %error, "an order was interrupted; recovery goes on with it");
        }
        Err(error) => tracing::info!(%order, %error, "an order came to no advice"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_preference_is_found_among_others() {
        let prefers = |values: &[&'static str]| {
            let values = values.iter().map(|value| (PREFER, HeaderValue::from_static(value)));
            prefers_async(&values.collect::<HeaderMap>())
        };
        assert!(prefers(&["respond-async"]));
        assert!(prefers(&["handling=lenient, Respond-Async; x=1"]));
        assert!(prefers(&["wait=10", "respond-async"]));
        assert!(!prefers(&[]));
        assert!(!prefers(&["respond-asynchronously", "return=minimal", "x=\"respond-async\""]));
    }
}
