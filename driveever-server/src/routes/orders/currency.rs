//! Currencies in bodies and in the OpenAPI document.

use std::borrow::Cow;

use driveever_core::{money::Currency, order::Catalogue};
use serde::{Deserialize, Deserializer, de::Error};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        ObjectBuilder, RefOr,
        schema::{Schema, Type},
    },
};

/// A currency that a client names; also the schema of a [`Currency`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CurrencyCode(pub Currency);

impl<'de> Deserialize<'de> for CurrencyCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        // Serde's own message would list every currency there is.
        let unknown = || D::Error::custom("must be an ISO 4217 code in capitals, such as GBP");
        Currency::from_code(&code).map(Self).ok_or_else(unknown)
    }
}

impl PartialSchema for CurrencyCode {
    fn schema() -> RefOr<Schema> {
        // Numeric codes of ISO 4217 have three digits.
        let codes = (0..1_000).filter_map(Currency::from_numeric).map(|currency| currency.code());
        ObjectBuilder::new().schema_type(Type::String).enum_values(Some(codes)).into()
    }
}

impl ToSchema for CurrencyCode {
    fn name() -> Cow<'static, str> {
        "OrderCurrency".into()
    }
}

/// The schema of a currency in which this server bills: those of the products on sale.
#[derive(Debug, Clone, Copy)]
pub(super) struct BilledCurrency;

impl PartialSchema for BilledCurrency {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::String).enum_values(Some(Catalogue::default().currencies())).into()
    }
}

impl ToSchema for BilledCurrency {}
