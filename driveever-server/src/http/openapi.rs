//! What the routes' parts of the OpenAPI document have in common: problem answers, page parameters, names.

use std::collections::BTreeMap;

use driveever_core::{
    order::{OrderStatus, PaymentStatus, ProductType},
    prompt::{OptimizationLevel, OptimizeReason, PromptCategory, VariableType},
    request::Role,
    user::ErasureState,
};
use utoipa::{
    IntoParams, IntoResponses, PartialSchema, ToSchema,
    openapi::{
        ContentBuilder, Ref, RefOr, Response, ResponseBuilder,
        schema::{ObjectBuilder, Schema, Type},
    },
};

/// Declares a group of problem answers that routes name among their responses.
macro_rules! problems {
    ($($(#[$meta:meta])* $name:ident { $($status:literal => $text:literal),+ $(,)? })+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy)]
        pub struct $name;

        impl IntoResponses for $name {
            fn responses() -> BTreeMap<String, RefOr<Response>> {
                [$(($status, $text)),+].into_iter().map(problem).collect()
            }
        }
    )+};
}

fn problem((status, text): (&str, &str)) -> (String, RefOr<Response>) {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    let response = ResponseBuilder::new().description(text).content("application/problem+json", content);
    (status.to_owned(), response.build().into())
}

problems! {
    /// What any route can answer: a token that is not good is refused even where none is needed.
    Always {
        "401" => "No token where one is needed, or one that is not good",
        "429" => "Too many requests; see Retry-After",
        "500" => "Something went wrong on our side",
        "503" => "Not available at present; see Retry-After",
    }
    /// Of a route with parameters or conditions.
    BadParameters {
        "400" => "Bad input; every bad field is named",
    }
    /// Of a route with a body.
    BadBody {
        "400" => "Bad input; every bad field is named",
        "413" => "The body is too large",
        "415" => "The body is not application/json",
    }
    /// Of a route that asks for a role.
    NoRole {
        "403" => "The caller lacks the role",
    }
    /// Of a route about one thing.
    Missing {
        "404" => "There is no such thing, or it is somebody else's",
    }
    /// Of a route that asks for a state.
    Conflicting {
        "409" => "Not possible in the present state; the code says why",
    }
    /// Of a route that takes `If-Match`.
    Conditional {
        "409" => "Not possible in the present state, or changed meanwhile; the code says which",
        "412" => "The object is not at the revision that If-Match names",
    }
    /// Of a POST, which takes an `Idempotency-Key`.
    Keyed {
        "409" => "Not possible in the present state, or a request with this Idempotency-Key still runs; the code says which",
        "422" => "The Idempotency-Key was used with another body",
    }
}

/// The parameters of a list.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageParameters {
    /// The page's number; gives the total too. Not together with `cursor`.
    #[param(minimum = 1, maximum = 1_000_000_000)]
    pub page: Option<u32>,
    /// Rows a page; 10 unless given.
    #[param(minimum = 1, maximum = 100)]
    pub limit: Option<u32>,
    /// The `nextCursor` of the page before; empty to begin a walk.
    #[param(max_length = 1000)]
    pub cursor: Option<String>,
}

/// The parameters of a list that grows without bound.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CursorParameters {
    /// Rows a page; 10 unless given.
    #[param(minimum = 1, maximum = 100)]
    pub limit: Option<u32>,
    /// The `nextCursor` of the page before; empty to begin a walk.
    #[param(max_length = 1000)]
    pub cursor: Option<String>,
}

/// The condition of a change.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
pub struct ChangeCondition {
    /// The entity tag of the revision that was read, or `*`.
    #[param(rename = "If-Match", value_type = String, required = false, pattern = r#"^(\*|"[0-9]{1,9}(\.[0-9]{1,9})?")$"#)]
    pub if_match: Option<String>,
}

/// The condition of a reading.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
pub struct ReadCondition {
    /// Entity tags that the client has.
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
                one_of_names(<$of>::ALL.iter().map(|name| name.as_str()))
            }
        }

        impl ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                $title.into()
            }
        }
    )+};
}

fn one_of_names<'a>(names: impl Iterator<Item = &'a str>) -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names)).into()
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
