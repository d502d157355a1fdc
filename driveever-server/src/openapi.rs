//! The OpenAPI document, made from the routes.

use utoipa::{
    Modify, OpenApi,
    openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
};

/// What the document says of the whole.
#[derive(OpenApi, Debug)]
#[openapi(
    info(
        title = "DriveEver",
        description = "Answers a driver's question about a vehicle with the best-proven prompt of its library.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    modifiers(&Bearer),
)]
pub struct Document;

/// The scheme `bearer`: an access token from `/auth/login`.
struct Bearer;

impl Modify for Bearer {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(scheme));
    }
}

/// The document as JSON text, as it is kept in the repository.
///
/// # Errors
/// When it cannot be serialised.
pub fn text(document: &utoipa::openapi::OpenApi) -> Result<String, serde_json::Error> {
    document.to_pretty_json().map(|text| text + "\n")
}
