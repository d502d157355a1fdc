//! Credit: what an admin grants and a user may spend.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use driveever_core::{money::Money, user};

use super::{
    body::{CreditBalanceBody, CreditGrantRequest},
    to_the_end,
};
use crate::{
    http::{
        body::Body,
        caller::{Admin, User},
        documented::{IdParameter, Missing, NoRole},
        idempotency::About,
        parameters::{NoParameters, PathId},
        problem::Problem,
    },
    state::Services,
};

/// One's own credit, a balance for each currency in which there ever was one.
#[utoipa::path(
    get, path = "/users/me/credit", operation_id = "get_own_credit", tag = "orders",
    responses((status = 200, description = "The balances.", body = Vec<CreditBalanceBody>), NoRole),
    security(("bearer" = []))
)]
pub(super) async fn get_own_credit(
    State(services): State<Services>,
    User(request): User,
    _: NoParameters,
) -> Result<Json<Vec<CreditBalanceBody>>, Problem> {
    let balances = services.orders.credit(&request, request.user_id()?).await?;
    Ok(Json(balances.into_iter().map(Into::into).collect()))
}

/// Gives a user credit. Role: `admin`.
#[utoipa::path(
    post, path = "/users/{id}/credit", operation_id = "grant_credit", tag = "orders",
    params(IdParameter),
    request_body = CreditGrantRequest,
    responses(
        (status = 200, description = "The user's balance in that currency, after the grant.", body = CreditBalanceBody),
        NoRole, Missing,
    ),
    security(("bearer" = []))
)]
pub(super) async fn grant_credit(
    State(services): State<Services>,
    Admin(request): Admin,
    PathId(id): PathId<user::User>,
    _: NoParameters,
    Body(body): Body<CreditGrantRequest>,
) -> Result<Response, Problem> {
    let amount = Money::new(body.amount, body.currency.0);
    let orders = services.orders.clone();
    let granted = async move { orders.grant_credit(&request, id, amount, &body.reason).await };
    let balance = CreditBalanceBody::from(to_the_end(&services, granted).await?);
    Ok(About(id).mark(Json(balance).into_response()))
}
