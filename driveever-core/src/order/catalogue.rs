//! What can be bought: a fixed list with the server's prices.
//!
//! A [`Catalogue`] is a value, made when the services are wired and unchanged while they run. Nothing has to be seeded
//! and no order reads a table to learn a price: a line copies name and price, so that a later change of the list leaves
//! old orders as they were. Ids are fixed, so that every installation and every client knows them.
//!
//! To sell something else, make a [`Catalogue`] of your own products and pass it in
//! [`OrderOptions`](super::OrderOptions). Why not a table: nobody edits products at run time, and a table would cost a
//! read an order.

use std::collections::BTreeSet;

use serde::Serialize;
use uuid::Uuid;

use crate::{
    id::Id,
    money::{Currency, Money},
    text_enum,
    validate::{TextRule, Validator, Violation},
};

text_enum! {
    /// What kind of thing a product is.
    pub enum ProductType {
        /// A prompt of the library, to use elsewhere.
        Prompt = "prompt",
        /// An answer to one question.
        AiResponse = "ai_response",
        /// A report on one vehicle.
        VehicleReport = "vehicle_report",
        /// A month's subscription.
        Subscription = "subscription",
    }
}

/// A product's id.
pub type ProductId = Id<Product>;

/// Something that can be bought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Product {
    /// Identity.
    pub id: ProductId,
    /// What kind of thing it is.
    pub product_type: ProductType,
    /// What it is called: 1 to 100 characters.
    pub name: String,
    /// What one gets: 1 to 500 characters.
    pub description: String,
    /// Price of one, never negative.
    pub unit_price: Money,
    /// Whether it is sent by post; digital goods are not.
    pub requires_shipping: bool,
}

/// The products on sale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catalogue {
    products: Vec<Product>,
    answer: usize,
}

impl Catalogue {
    /// A catalogue of these products.
    ///
    /// # Errors
    /// A [`Violation`] for each product whose text or price is out of bounds, for ids that repeat, and when there is not
    /// exactly one product of the kind [`ProductType::AiResponse`], which is what a question buys.
    pub fn new(products: Vec<Product>) -> Result<Self, Vec<Violation>> {
        let mut check = Validator::new();
        for (place, product) in products.iter().enumerate() {
            check.text(&format!("products[{place}].name"), &product.name, TextRule::line(1, 100));
            check.text(&format!("products[{place}].description"), &product.description, TextRule::line(1, 500));
            if product.unit_price.is_negative() {
                check.fault(format!("products[{place}].unitPrice"), "must not be negative");
            }
            if products.iter().take(place).any(|earlier| earlier.id == product.id) {
                check.fault(format!("products[{place}].id"), "is taken by an earlier product");
            }
        }
        let mut answers =
            products.iter().enumerate().filter(|(_, product)| product.product_type == ProductType::AiResponse);
        let (answer, second) = (answers.next().map(|(place, _)| place), answers.next());
        if answer.is_none() || second.is_some() {
            check.fault("products", "must have exactly one product of the type ai_response");
        }
        check.finish()?;
        Ok(Self { products, answer: answer.unwrap_or_default() })
    }

    /// All products, in the order in which they are shown.
    pub fn products(&self) -> &[Product] {
        &self.products
    }

    /// The codes of the currencies in which anything is sold, in the alphabet's order.
    pub fn currencies(&self) -> BTreeSet<&str> {
        self.products.iter().map(|product| product.unit_price.currency.code()).collect()
    }

    /// The product with this id.
    pub fn product(&self, id: ProductId) -> Option<&Product> {
        self.products.iter().find(|product| product.id == id)
    }

    /// What a question without items buys.
    pub fn answer(&self) -> Option<&Product> {
        self.products.get(self.answer)
    }
}

impl Default for Catalogue {
    /// The four digital products of DriveEver, in pounds sterling.
    fn default() -> Self {
        let product = |number: u128, product_type, name: &str, description: &str, pence| Product {
            // Version 8 (RFC 9562): our own numbering.
            id: Id::new(Uuid::from_u128(0x0d71_7eee_0000_8000_8000_0000_0000_0000 | number)),
            product_type,
            name: name.to_owned(),
            description: description.to_owned(),
            unit_price: Money::new(pence, Currency::GBP),
            requires_shipping: false,
        };
        let products = vec![
            product(
                1,
                ProductType::AiResponse,
                "Answer",
                "An answer to one question about a vehicle, from its record and the rules that apply.",
                50,
            ),
            product(
                2,
                ProductType::VehicleReport,
                "Vehicle report",
                "Tax and MOT state, advisories by urgency, mileage history and its anomalies.",
                199,
            ),
            product(
                3,
                ProductType::Prompt,
                "Prompt",
                "One prompt of the library with its version history, to use with a model of one's own.",
                99,
            ),
            product(4, ProductType::Subscription, "Subscription", "A month of answers and reports.", 499),
        ];
        Self { products, answer: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_has_every_type_once_and_is_valid() {
        let catalogue = Catalogue::default();
        assert_eq!(Catalogue::new(catalogue.products().to_vec()).as_ref(), Ok(&catalogue));
        for product_type in ProductType::ALL {
            let of_type = catalogue.products().iter().filter(|product| product.product_type == *product_type);
            assert_eq!(of_type.count(), 1, "{product_type}");
        }
        assert_eq!(catalogue.answer().unwrap().unit_price, Money::gbp(50));
        assert_eq!(catalogue.answer().unwrap().id.to_string(), "0d717eee-0000-8000-8000-000000000001");
    }

    #[test]
    fn products_are_found_by_their_ids_and_sold_in_the_currencies_they_name() {
        let mut products = Catalogue::default().products().to_vec();
        products[3].unit_price = Money::new(500, Currency::EUR);
        let (report, unknown) = (products[1].clone(), Id::new(Uuid::from_u128(1)));
        let catalogue = Catalogue::new(products).unwrap();
        assert_eq!((catalogue.product(report.id), catalogue.product(unknown)), (Some(&report), None));
        assert_eq!(catalogue.currencies(), ["EUR", "GBP"].into());
    }

    #[test]
    fn faults_are_named_all_at_once() {
        let mut products = Catalogue::default().products().to_vec();
        products[1].unit_price = Money::gbp(-1);
        products[2].name = "\u{7}".into();
        products[3].id = products[0].id;
        products[0].product_type = ProductType::Prompt;
        let fields: Vec<_> = Catalogue::new(products).unwrap_err().into_iter().map(|fault| fault.field).collect();
        assert_eq!(fields, ["products[1].unitPrice", "products[2].name", "products[3].id", "products"]);
    }
}
