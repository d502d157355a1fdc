//! What many operations have in common in the OpenAPI document: parameters, problems, enumerations.
//!
//! What the layers around every route add (request ids, rate limits, idempotency keys and the problems that go with
//! them) is not repeated here or at the routes: [`openapi::complete`](crate::openapi::complete) writes it.

use std::{borrow::Cow, collections::BTreeMap};

use driveever_core::{
    order::{OrderStatus, PaymentStatus, ProductType},
    prompt::{OptimizationLevel, OptimizeReason, PromptCategory, VariableType},
    request::Role,
    user::ErasureState,
};
use serde_json::Value;
use utoipa::{
    IntoParams, IntoResponses, PartialSchema, ToSchema,
    openapi::{
        Object, RefOr, Response, SchemaFormat,
        response::ResponseBuilder,
        schema::{ObjectBuilder, Schema, SchemaType, Type},
    },
};
use uuid::Uuid;

/// Declares a group of problem answers that routes name among their responses.
macro_rules! problems {
    ($($(#[$meta:meta])* $name:ident { $($status:literal => $text:literal),+ $(,)? })+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy)]
        pub struct $name;

        impl IntoResponses for $name {
            fn responses() -> BTreeMap<String, RefOr<Response>> {
                [$(($status, $text)),+].into_iter().map(|(status, text)| (status.to_owned(), problem(text).into())).collect()
            }
        }
    )+};
}

/// An answer that is a problem.
pub fn problem(text: &str) -> ResponseBuilder {
    let content = utoipa::openapi::ContentBuilder::new();
    let content = content.schema(Some(utoipa::openapi::Ref::from_schema_name("Problem"))).build();
    ResponseBuilder::new().description(text).content("application/problem+json", content)
}

problems! {
    /// Of a route that asks for a role.
    NoRole {
        "403" => "The caller lacks the role.",
    }
    /// Of a route about one thing.
    Missing {
        "404" => "There is no such thing, or it is somebody else's.",
    }
    /// Of a route that asks for a state.
    Conflicting {
        "409" => "Not possible in the present state; the code says why.",
    }
    /// Of a route that takes `If-Match`.
    Conditional {
        "409" => "Not possible in the present state, or changed meanwhile; the code says which.",
        "412" => "The object is not at the revision that If-Match names.",
    }
    /// Of a route that asks a model.
    NoAnswer {
        "502" => "The provider failed; `responseId` names the stored failure.",
        "504" => "The provider took too long; `responseId` names the stored failure.",
    }
    /// Of a route that pays, and may ask a model.
    Saga {
        "402" => "`payment_declined`; `orderId` names the order.",
        "502" => "No provider gave an answer; `orderId` names the failed order, which is paid back.",
        "504" => "The provider took too long; `orderId` names the failed order, which is paid back.",
    }
}

/// The id in the path.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct IdParameter {
    /// The object's id.
    pub id: Uuid,
}

/// Which page of a list that has no cursors.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct NumberedPageParameters {
    /// The page's number.
    #[param(minimum = 1, maximum = 1_000_000_000, default = 1)]
    pub page: Option<u32>,
    /// Rows a page.
    #[param(minimum = 1, maximum = 100, default = 10)]
    pub limit: Option<u32>,
}

/// Which page of a list.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageParameters {
    /// The page's number; gives the total too. Not together with `cursor`.
    #[param(minimum = 1, maximum = 1_000_000_000)]
    pub page: Option<u32>,
    /// Rows a page.
    #[param(minimum = 1, maximum = 100, default = 10)]
    pub limit: Option<u32>,
    /// Walks the list by cursor: empty for the first page, then `nextCursor` of the page before.
    #[param(schema_with = cursor)]
    pub cursor: Option<String>,
}

/// Which page of a list that grows without bound.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CursorParameters {
    /// Rows a page.
    #[param(minimum = 1, maximum = 100, default = 10)]
    pub limit: Option<u32>,
    /// Empty for the first page, then `nextCursor` of the page before.
    #[param(schema_with = cursor)]
    pub cursor: Option<String>,
}

/// A cursor is nobody's to make but the server's.
fn cursor() -> Object {
    let format = SchemaFormat::Custom("cursor".to_owned());
    ObjectBuilder::new().schema_type(Type::String).format(Some(format)).max_length(Some(1_000)).build()
}

/// The condition of a change.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
pub struct ChangeCondition {
    /// The entity tag of the revision that was read, or `*`; 412 when it is not the present one.
    #[param(rename = "If-Match", value_type = String, format = "entity-tag", required = false, pattern = r#"^(\*|(W/)?"[!#-~]*")$"#)]
    pub if_match: Option<String>,
}

/// The condition of a reading.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
pub struct ReadCondition {
    /// Entity tags that the client has; 304 when one of them is the present one.
    #[param(rename = "If-None-Match", value_type = String, required = false)]
    pub if_none_match: Option<String>,
}

/// Declares the schema of an enumeration of core, which knows no schemas.
macro_rules! names {
    ($($(#[$meta:meta])* $name:ident of $of:ty as $title:literal;)+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy)]
        pub struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let names = <$of>::ALL.iter().map(|name| name.as_str());
                ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names)).into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                $title.into()
            }
        }
    )+};
}

names! {
    /// The schema of [`OrderStatus`].
    OrderStatusName of OrderStatus as "OrderStatus";
    /// The schema of [`PaymentStatus`].
    PaymentStatusName of PaymentStatus as "OrderPaymentStatus";
    /// The schema of [`ProductType`].
    ProductTypeName of ProductType as "ProductType";
    /// The schema of [`Role`].
    RoleName of Role as "Role";
    /// The schema of [`PromptCategory`].
    CategoryName of PromptCategory as "PromptCategory";
    /// The schema of [`VariableType`].
    VariableTypeName of VariableType as "PromptVariableType";
    /// The schema of [`OptimizationLevel`].
    OptimizationLevelName of OptimizationLevel as "PromptOptimizationLevel";
    /// The schema of [`OptimizeReason`].
    OptimizeReasonName of OptimizeReason as "PromptOptimizeReason";
    /// The schema of [`ErasureState`].
    ErasureStateName of ErasureState as "ErasureState";
}

/// Declares the schema of a text within an array.
macro_rules! texts {
    ($($(#[$meta:meta])* $name:ident as $format:literal of $min:literal to $max:literal;)+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy)]
        pub struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let format = SchemaFormat::Custom($format.to_owned());
                let text = ObjectBuilder::new().schema_type(Type::String).format(Some(format));
                text.min_length(Some($min)).max_length(Some($max)).into()
            }
        }

        impl ToSchema for $name {}
    )+};
}

texts! {
    /// A keyword of a prompt.
    TagName as "line" of 1 to 50;
    /// A provider; see `GET /ai/providers`.
    ProviderName as "provider" of 1 to 50;
}

/// The schema of a [`Role`] that a user can be given.
#[derive(Debug, Clone, Copy)]
pub struct GivenRoleName;

impl PartialSchema for GivenRoleName {
    fn schema() -> RefOr<Schema> {
        let given = Role::ALL.iter().filter(|role| **role != Role::Service);
        one_of("A role.", given.map(|role| role.as_str())).into()
    }
}

impl ToSchema for GivenRoleName {
    fn name() -> Cow<'static, str> {
        "GivenRole".into()
    }
}

/// The schema of one of these words.
pub fn one_of<'a>(description: &str, words: impl IntoIterator<Item = &'a str>) -> Object {
    let words: Vec<&str> = words.into_iter().collect();
    ObjectBuilder::new().schema_type(Type::String).description(Some(description)).enum_values(Some(words)).build()
}

/// The schema of one of these words in a body that may leave it out, which null does as well.
pub fn one_of_or_null<'a>(description: &str, words: impl IntoIterator<Item = &'a str>) -> Object {
    let words = words.into_iter().map(Value::from).chain([Value::Null]);
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .description(Some(description))
        .enum_values(Some(words))
        .build()
}
