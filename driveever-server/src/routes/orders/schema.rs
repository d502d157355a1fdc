//! Schemas of the types that orders share with core, which knows no OpenAPI.

use std::borrow::Cow;

use driveever_core::{
    money::Currency,
    order::{OrderStatus, PaymentStatus, ProductType},
    prompt::PromptCategory,
};
use serde::{Deserialize, Deserializer, de::Error};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        ObjectBuilder, RefOr,
        schema::{Schema, Type},
    },
};

/// The schema of an [`OrderStatus`].
#[derive(Debug, Clone, Copy)]
pub struct OrderStatusName;

/// The schema of a [`PaymentStatus`].
#[derive(Debug, Clone, Copy)]
pub struct PaymentStatusName;

/// The schema of a [`ProductType`].
#[derive(Debug, Clone, Copy)]
pub struct ProductTypeName;

/// The schema of a [`PromptCategory`].
#[derive(Debug, Clone, Copy)]
pub struct CategoryName;

/// A currency that a client names; also the schema of a [`Currency`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CurrencyCode(pub Currency);

/// Gives a type the schema of one of these names.
macro_rules! one_of {
    ($type:ty as $name:literal: $names:expr) => {
        impl PartialSchema for $type {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new().schema_type(Type::String).enum_values(Some($names)).into()
            }
        }

        impl ToSchema for $type {
            fn name() -> Cow<'static, str> {
                $name.into()
            }
        }
    };
}

one_of!(OrderStatusName as "OrderStatus": OrderStatus::ALL.iter().map(|status| status.as_str()));
one_of!(PaymentStatusName as "OrderPaymentStatus": PaymentStatus::ALL.iter().map(|status| status.as_str()));
one_of!(ProductTypeName as "ProductType": ProductType::ALL.iter().map(|kind| kind.as_str()));
one_of!(CategoryName as "OrderCategory": PromptCategory::ALL.iter().map(|category| category.as_str()));
// Every numeric code of ISO 4217 has three digits.
one_of!(CurrencyCode as "OrderCurrency": (0..1_000).filter_map(Currency::from_numeric).map(|currency| currency.code()));

impl<'de> Deserialize<'de> for CurrencyCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        // Serde's own message would list every currency there is.
        let unknown = || D::Error::custom("must be an ISO 4217 code in capitals, such as GBP");
        Currency::from_code(&code).map(Self).ok_or_else(unknown)
    }
}
