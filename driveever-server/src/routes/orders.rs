//! Products, orders, payment and credit.
//!
//! Whatever moves an order runs as a task of its own that the server waits for: a client that hangs up does not leave an
//! order half-way for recovery to find.

pub mod body;
mod credit;
pub mod currency;
mod place;
pub mod stream;

use std::future::Future;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use driveever_core::{
    Error,
    order::{Order, OrderDetails, OrderFilter, OrderStatus},
};
use tracing::Instrument;
use utoipa_axum::{router::OpenApiRouter, routes};

use self::body::{OrderBody, OrderTransitionBody, OrderUpdateRequest, ProductBody};
use crate::{
    http::{
        body::{Body, NoBody},
        caller::{Admin, User},
        documented::{
            ChangeCondition, Conditional, IdParameter, Missing, NoRole, OrderStatusName, PageParameters, ReadCondition,
            Saga,
        },
        etag::{IfMatch, changed, tagged},
        idempotency::About,
        page::PageBody,
        parameters::{NoParameters, PathId, QueryParameters},
        problem::Problem,
    },
    state::Services,
};

/// The routes of orders.
pub fn routes() -> OpenApiRouter<Services> {
    OpenApiRouter::new()
        .routes(routes!(list_products))
        .routes(routes!(place::create_order, list_orders))
        .routes(routes!(get_order, update_order))
        .routes(routes!(list_order_history))
        .routes(routes!(stream::stream_order))
        .routes(routes!(pay_order))
        .routes(routes!(cancel_order))
        .routes(routes!(refund_order))
        .routes(routes!(credit::get_own_credit))
        .routes(routes!(credit::grant_credit))
}

/// Runs on a task of its own: a client that hangs up does not cut it off.
async fn to_the_end<T: Send + 'static>(
    services: &Services,
    work: impl Future<Output = Result<T, Error>> + Send + 'static,
) -> Result<T, Error> {
    services.tasks.spawn(work.in_current_span()).await.map_err(Error::internal)?
}

/// What can be bought, with the server's prices.
#[utoipa::path(
    get, path = "/products", operation_id = "list_products", tag = "orders",
    responses(
        (status = 200, description = "The catalogue.", body = Vec<ProductBody>),
    )
)]
async fn list_products(
    State(services): State<Services>,
    query: QueryParameters,
) -> Result<Json<Vec<ProductBody>>, Problem> {
    query.finish()?;
    let products = services.orders.products().await?;
    Ok(Json(products.into_iter().map(Into::into).collect()))
}

/// One's own orders, newest first; an admin sees everybody's.
#[utoipa::path(
    get, path = "/orders", operation_id = "list_orders", tag = "orders",
    params(
        ("status" = inline(Option<OrderStatusName>), Query, description = "Only those with this status."),
        PageParameters,
    ),
    responses((status = 200, description = "A page, without the orders' advice.", body = PageBody<OrderBody>), NoRole),
    security(("bearer" = []))
)]
async fn list_orders(
    State(services): State<Services>,
    User(request): User,
    mut query: QueryParameters,
) -> Result<Json<PageBody<OrderBody>>, Problem> {
    let filter = OrderFilter { status: query.parsed::<OrderStatus>("status"), user_id: None };
    let page = query.page();
    query.finish()?;
    let page = services.orders.orders(&request, filter, &page).await?;
    Ok(Json(PageBody::of(page, OrderBody::from)))
}

/// An order with its advice.
#[utoipa::path(
    get, path = "/orders/{id}", operation_id = "get_order", tag = "orders",
    params(IdParameter, ReadCondition),
    responses(
        (status = 200, description = "The order.", body = OrderBody, headers(("ETag" = String, description = "Its revision."))),
        (status = 304, description = "The client has it."),
        NoRole, Missing
    ),
    security(("bearer" = []))
)]
async fn get_order(
    State(services): State<Services>,
    User(request): User,
    PathId(id): PathId<Order>,
    headers: HeaderMap,
    _: NoParameters,
) -> Result<Response, Problem> {
    let details = services.orders.order(&request, id).await?;
    Ok(tagged(&headers, details.order.revision, || OrderBody::from(details)))
}

/// Every transition of an order, oldest first.
#[utoipa::path(
    get, path = "/orders/{id}/history", operation_id = "list_order_history", tag = "orders",
    params(IdParameter),
    responses((status = 200, description = "The transitions.", body = Vec<OrderTransitionBody>), NoRole, Missing),
    security(("bearer" = []))
)]
async fn list_order_history(
    State(services): State<Services>,
    User(request): User,
    PathId(id): PathId<Order>,
    _: NoParameters,
) -> Result<Json<Vec<OrderTransitionBody>>, Problem> {
    let history = services.orders.history(&request, id).await?;
    Ok(Json(history.into_iter().map(Into::into).collect()))
}

/// Changes an order's status or metadata. Role: `admin`.
#[utoipa::path(
    put, path = "/orders/{id}", operation_id = "update_order", tag = "orders",
    params(IdParameter, ChangeCondition),
    request_body = OrderUpdateRequest,
    responses(
        (status = 200, description = "The order.", body = OrderBody, headers(("ETag" = String, description = "Its revision."))),
        NoRole, Missing, Conditional,
    ),
    security(("bearer" = []))
)]
async fn update_order(
    State(services): State<Services>,
    Admin(request): Admin,
    PathId(id): PathId<Order>,
    if_match: IfMatch,
    _: NoParameters,
    Body(body): Body<OrderUpdateRequest>,
) -> Result<Response, Problem> {
    let orders = services.orders.clone();
    let work = async move { orders.update(&request, id, if_match.0, body.into()).await };
    let details = to_the_end(&services, work).await.map_err(|error| if_match.problem(error))?;
    Ok(moved(details))
}

/// Pays an order of items that waits as PENDING.
///
/// A declined payment leaves it PENDING, and it may be paid again.
#[utoipa::path(
    post, path = "/orders/{id}/pay", operation_id = "pay_order", tag = "orders",
    params(IdParameter),
    responses(
        (status = 200, description = "The order.", body = OrderBody, headers(("ETag" = String, description = "Its revision."))),
        NoRole, Missing, Saga,
    ),
    security(("bearer" = []))
)]
async fn pay_order(
    State(services): State<Services>,
    User(request): User,
    PathId(id): PathId<Order>,
    _: NoParameters,
    _: NoBody,
) -> Result<Response, Problem> {
    let orders = services.orders.clone();
    Ok(moved(to_the_end(&services, async move { orders.pay(&request, id).await }).await?))
}

/// Calls an order off, before its fulfilment began. What was paid is given back.
#[utoipa::path(
    post, path = "/orders/{id}/cancel", operation_id = "cancel_order", tag = "orders",
    params(IdParameter),
    responses(
        (status = 200, description = "The order.", body = OrderBody, headers(("ETag" = String, description = "Its revision."))),
        NoRole, Missing,
    ),
    security(("bearer" = []))
)]
async fn cancel_order(
    State(services): State<Services>,
    User(request): User,
    PathId(id): PathId<Order>,
    _: NoParameters,
    _: NoBody,
) -> Result<Response, Problem> {
    let orders = services.orders.clone();
    Ok(moved(to_the_end(&services, async move { orders.cancel(&request, id).await }).await?))
}

/// Pays an order back in full. Role: `admin`.
///
/// While the payment processor does not answer, the order stays as it is and the refund is tried again.
#[utoipa::path(
    post, path = "/orders/{id}/refund", operation_id = "refund_order", tag = "orders",
    params(IdParameter),
    responses(
        (status = 200, description = "The order.", body = OrderBody, headers(("ETag" = String, description = "Its revision."))),
        NoRole, Missing,
    ),
    security(("bearer" = []))
)]
async fn refund_order(
    State(services): State<Services>,
    Admin(request): Admin,
    PathId(id): PathId<Order>,
    _: NoParameters,
    _: NoBody,
) -> Result<Response, Problem> {
    let orders = services.orders.clone();
    Ok(moved(to_the_end(&services, async move { orders.refund(&request, id).await }).await?))
}

/// An order that was changed.
fn moved(details: OrderDetails) -> Response {
    let owner = About(details.order.user_id);
    owner.mark(changed(StatusCode::OK, details.order.revision, OrderBody::from(details)))
}
