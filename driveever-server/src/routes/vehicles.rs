//! Users' vehicles: `/vehicles`.
//!
//! A registration is personal data: it travels in bodies and never in a URL.

pub mod body;
pub mod record;
pub mod report;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use driveever_core::vehicle::Vehicle;
use utoipa_axum::{router::OpenApiRouter, routes};

use self::{
    body::{AddVehicleRequest, EditVehicleRequest, LookUpVehicleRequest, VehicleBody},
    record::{VehicleMotHistoryBody, VehicleRecordBody},
    report::VehicleReportBody,
};
use crate::{
    http::{
        body::{Body, NoBody},
        caller::User,
        documented::{
            ChangeCondition, Conditional, Conflicting, IdParameter, Missing, NoRole, PageParameters, ReadCondition,
        },
        etag::{IfMatch, changed, tagged},
        idempotency::About,
        page::PageBody,
        parameters::{NoParameters, PathId, QueryParameters},
        problem::Problem,
    },
    state::Services,
};

/// The routes of this file.
pub fn routes() -> OpenApiRouter<Services> {
    OpenApiRouter::new()
        .routes(routes!(add_vehicle, list_vehicles))
        .routes(routes!(get_vehicle, edit_vehicle, remove_vehicle))
        .routes(routes!(refresh_vehicle))
        .routes(routes!(get_vehicle_mot_history))
        .routes(routes!(get_vehicle_report))
        .routes(routes!(look_up_vehicle))
}

/// Adds a vehicle.
///
/// Filled from the official sources, and from the body where these state nothing.
#[utoipa::path(
    post, path = "/vehicles", operation_id = "add_vehicle", tag = "vehicles",
    request_body = AddVehicleRequest,
    responses(
        (status = 201, description = "The vehicle.", body = VehicleBody,
            headers(("ETag" = String), ("Location" = String))),
        NoRole, Conflicting,
    ),
    security(("bearer" = []))
)]
async fn add_vehicle(
    State(services): State<Services>,
    User(request): User,
    _: NoParameters,
    Body(body): Body<AddVehicleRequest>,
) -> Result<Response, Problem> {
    let vehicle = services.garage.add(&request, body.into()).await?;
    let location = HeaderValue::try_from(format!("/vehicles/{}", vehicle.id));
    let mut response = changed(StatusCode::CREATED, vehicle.revision, VehicleBody::from(vehicle));
    if let Ok(location) = location {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// The caller's vehicles, oldest first.
#[utoipa::path(
    get, path = "/vehicles", operation_id = "list_vehicles", tag = "vehicles",
    params(PageParameters),
    responses((status = 200, description = "A page.", body = PageBody<VehicleBody>), NoRole),
    security(("bearer" = []))
)]
async fn list_vehicles(
    State(services): State<Services>,
    User(request): User,
    mut query: QueryParameters,
) -> Result<Json<PageBody<VehicleBody>>, Problem> {
    let page = query.page();
    query.finish()?;
    let page = services.garage.vehicles(&request, &page).await?;
    Ok(Json(PageBody::of(page, VehicleBody::from)))
}

/// One vehicle.
#[utoipa::path(
    get, path = "/vehicles/{id}", operation_id = "get_vehicle", tag = "vehicles",
    params(IdParameter, ReadCondition),
    responses(
        (status = 200, description = "The vehicle.", body = VehicleBody, headers(("ETag" = String))),
        (status = 304, description = "The client has it."),
        NoRole, Missing,
    ),
    security(("bearer" = []))
)]
async fn get_vehicle(
    State(services): State<Services>,
    User(request): User,
    PathId(id): PathId<Vehicle>,
    headers: HeaderMap,
    query: QueryParameters,
) -> Result<Response, Problem> {
    query.finish()?;
    let vehicle = services.garage.vehicle(&request, id).await?;
    Ok(tagged(&headers, vehicle.revision, || VehicleBody::from(vehicle)))
}

/// Changes what the owner says of a vehicle.
///
/// What is absent stays as it is; what an official source states stands whatever the owner says.
#[utoipa::path(
    put, path = "/vehicles/{id}", operation_id = "edit_vehicle", tag = "vehicles",
    params(IdParameter, ChangeCondition),
    request_body = EditVehicleRequest,
    responses(
        (status = 200, description = "The vehicle.", body = VehicleBody, headers(("ETag" = String))),
        NoRole, Missing, Conditional,
    ),
    security(("bearer" = []))
)]
async fn edit_vehicle(
    State(services): State<Services>,
    User(request): User,
    PathId(id): PathId<Vehicle>,
    if_match: IfMatch,
    _: NoParameters,
    Body(body): Body<EditVehicleRequest>,
) -> Result<Response, Problem> {
    let edited = services.garage.edit(&request, id, body.into(), if_match.0).await;
    let vehicle = edited.map_err(|error| if_match.problem(error))?;
    Ok(changed(StatusCode::OK, vehicle.revision, VehicleBody::from(vehicle)))
}

/// Takes a vehicle out.
#[utoipa::path(
    delete, path = "/vehicles/{id}", operation_id = "remove_vehicle", tag = "vehicles",
    params(IdParameter, ChangeCondition),
    responses(
        (status = 204, description = "It is gone."),
        NoRole, Missing, Conditional,
    ),
    security(("bearer" = []))
)]
async fn remove_vehicle(
    State(services): State<Services>,
    User(request): User,
    PathId(id): PathId<Vehicle>,
    if_match: IfMatch,
    _: NoParameters,
) -> Result<StatusCode, Problem> {
    let removed = services.garage.remove(&request, id, if_match.0).await;
    removed.map_err(|error| if_match.problem(error))?;
    Ok(StatusCode::NO_CONTENT)
}

/// Reads the sources anew.
#[utoipa::path(
    post, path = "/vehicles/{id}/refresh", operation_id = "refresh_vehicle", tag = "vehicles",
    params(IdParameter),
    responses(
        (status = 200, description = "The vehicle.", body = VehicleBody, headers(("ETag" = String))),
        NoRole, Missing, Conflicting,
    ),
    security(("bearer" = []))
)]
async fn refresh_vehicle(
    State(services): State<Services>,
    User(request): User,
    PathId(id): PathId<Vehicle>,
    _: NoParameters,
    _: NoBody,
) -> Result<Response, Problem> {
    let vehicle = services.garage.refresh(&request, id).await?;
    let owner = About(vehicle.owner_id);
    Ok(owner.mark(changed(StatusCode::OK, vehicle.revision, VehicleBody::from(vehicle))))
}

/// The MOT tests, newest first, with defects and odometer.
#[utoipa::path(
    get, path = "/vehicles/{id}/mot-history", operation_id = "get_vehicle_mot_history", tag = "vehicles",
    params(IdParameter, ReadCondition),
    responses(
        (status = 200, description = "The tests.", body = VehicleMotHistoryBody, headers(("ETag" = String))),
        (status = 304, description = "The client has them."),
        NoRole, Missing,
    ),
    security(("bearer" = []))
)]
async fn get_vehicle_mot_history(
    State(services): State<Services>,
    User(request): User,
    PathId(id): PathId<Vehicle>,
    headers: HeaderMap,
    query: QueryParameters,
) -> Result<Response, Problem> {
    query.finish()?;
    // The vehicle and not its tests alone: its record says where they are from and whether they are a demonstration.
    let vehicle = services.garage.vehicle(&request, id).await?;
    Ok(tagged(&headers, vehicle.revision, || VehicleMotHistoryBody::from(vehicle)))
}

/// What the record means today.
#[utoipa::path(
    get, path = "/vehicles/{id}/report", operation_id = "get_vehicle_report", tag = "vehicles",
    params(IdParameter),
    responses(
        (status = 200, description = "The report.", body = VehicleReportBody),
        NoRole, Missing,
    ),
    security(("bearer" = []))
)]
async fn get_vehicle_report(
    State(services): State<Services>,
    User(request): User,
    PathId(id): PathId<Vehicle>,
    query: QueryParameters,
) -> Result<Json<VehicleReportBody>, Problem> {
    query.finish()?;
    Ok(Json(services.garage.report(&request, id).await?.into()))
}

/// What the sources say of a registration.
///
/// Nothing is stored.
#[utoipa::path(
    post, path = "/vehicles/lookup", operation_id = "look_up_vehicle", tag = "vehicles",
    request_body = LookUpVehicleRequest,
    responses(
        (status = 200, description = "The record.", body = VehicleRecordBody),
        NoRole, Missing,
    ),
    security(("bearer" = []))
)]
async fn look_up_vehicle(
    State(services): State<Services>,
    User(request): User,
    _: NoParameters,
    Body(body): Body<LookUpVehicleRequest>,
) -> Result<Response, Problem> {
    let record = services.garage.lookup(&request, &body.registration_number).await?;
    Ok(Json(VehicleRecordBody::from(record)).into_response())
}
