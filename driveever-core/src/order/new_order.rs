//! From what a client sent to an order that is right, or every fault of it.

use serde_json::Value;

use super::{Catalogue, Metadata, NewOrder, Product, ProductType, SagaInput, ledger::TEST_KEY};
use crate::{
    money::{Currency, Money},
    validate::{TextRule, Validator, Violation},
};

/// Bounds on orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderLimits {
    /// The most lines.
    pub max_items: usize,
    /// The most of one product on a line.
    pub max_quantity: u32,
    /// The longest question, in characters.
    pub max_question: usize,
    /// The longest metadata, in bytes of JSON.
    pub max_metadata_bytes: usize,
    /// How deep metadata may nest; a flat object is 1 deep.
    pub max_metadata_depth: usize,
}

impl Default for OrderLimits {
    fn default() -> Self {
        Self { max_items: 50, max_quantity: 100, max_question: 4_000, max_metadata_bytes: 8_192, max_metadata_depth: 5 }
    }
}

/// Keys of an order's metadata that are set by the server.
const RESERVED: [&str; 2] = ["promptId", "aiResponseId"];

/// A line that is right.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ValidItem {
    pub(super) product: Product,
    pub(super) quantity: u32,
    pub(super) total: Money,
    pub(super) metadata: Option<Metadata>,
}

/// An order that is right, as far as can be told without asking anybody.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ValidOrder {
    pub(super) items: Vec<ValidItem>,
    pub(super) total: Money,
    pub(super) input: Option<SagaInput>,
    pub(super) metadata: Option<Metadata>,
}

/// Parses a new order.
pub(super) fn parse(
    new: NewOrder,
    catalogue: &Catalogue,
    limits: &OrderLimits,
    providers: Option<&[String]>,
) -> Result<ValidOrder, Vec<Violation>> {
    let mut check = Validator::new();
    if let Some(metadata) = &new.metadata {
        check_metadata(&mut check, "metadata", metadata, limits);
        check_known_keys(&mut check, metadata);
    }
    let input = input(&mut check, &new, limits, providers);
    let items = if new.items.is_empty() && new.question.is_some() {
        catalogue.answer().and_then(|product| line(product, 1, None)).into_iter().collect()
    } else {
        items(&mut check, &new, catalogue, limits)
    };
    if new.question.is_some() && check.is_clean() {
        let answers: Vec<_> =
            items.iter().filter(|item| item.product.product_type == ProductType::AiResponse).collect();
        let one = matches!(answers.as_slice(), [item] if item.quantity == 1);
        check.require("items", one, "must have exactly one product of the type ai_response, once, with a question");
    }
    let total = total(&mut check, &items);
    check.finish()?;
    Ok(ValidOrder { items, total, input, metadata: new.metadata })
}

fn input(
    check: &mut Validator,
    new: &NewOrder,
    limits: &OrderLimits,
    providers: Option<&[String]>,
) -> Option<SagaInput> {
    let Some(question) = &new.question else {
        let given = [
            ("vehicleId", new.vehicle_id.is_some()),
            ("registrationNumber", new.registration_number.is_some()),
            ("category", new.category.is_some()),
            ("provider", new.provider.is_some()),
        ];
        for (field, _) in given.into_iter().filter(|(_, given)| *given) {
            check.fault(field, "goes with a question only");
        }
        return None;
    };
    let question = check.text("question", question, TextRule::lines(1, limits.max_question));
    if new.vehicle_id.is_some() && new.registration_number.is_some() {
        check.fault("registrationNumber", "cannot be combined with vehicleId: name the vehicle once");
    }
    let registration_number = new.registration_number.as_deref();
    let registration_number =
        registration_number.map(|text| check.text("registrationNumber", text, TextRule::line(1, 20)));
    let provider = new.provider.as_deref().map(|text| check.text("provider", text, TextRule::line(1, 50)));
    if let (Some(provider), Some(known)) = (&provider, providers)
        && !known.contains(provider)
    {
        check.fault("provider", format!("must be one of: {}", known.join(", ")));
    }
    let session = new.metadata.as_ref().and_then(|metadata| metadata.get("sessionId"));
    Some(SagaInput {
        question,
        vehicle_id: new.vehicle_id,
        registration_number,
        category: new.category,
        provider,
        session_id: session.and_then(Value::as_str).map(str::to_owned),
    })
}

fn items(check: &mut Validator, new: &NewOrder, catalogue: &Catalogue, limits: &OrderLimits) -> Vec<ValidItem> {
    if new.items.is_empty() {
        check.fault("items", "must have at least one line, unless a question is asked");
    }
    if new.items.len() > limits.max_items {
        check.fault("items", format!("must have at most {} lines", limits.max_items));
        return Vec::new();
    }
    let mut valid = Vec::with_capacity(new.items.len());
    for (place, item) in new.items.iter().enumerate() {
        let product = catalogue.product(item.product_id);
        match product.map(|product| product.product_type) {
            None => check.fault(format!("items[{place}].productId"), "is no product: see GET /products"),
            Some(ProductType::AiResponse) if new.question.is_none() => {
                check.fault(format!("items[{place}].productId"), "is the answer to a question: give the question");
            }
            Some(_) => {}
        }
        let quantity = u32::try_from(item.quantity).ok().filter(|number| (1..=limits.max_quantity).contains(number));
        if quantity.is_none() {
            check.fault(format!("items[{place}].quantity"), format!("must be between 1 and {}", limits.max_quantity));
        }
        if let Some(metadata) = &item.metadata {
            check_metadata(check, &format!("items[{place}].metadata"), metadata, limits);
        }
        if let (Some(product), Some(quantity)) = (product, quantity) {
            match line(product, quantity, item.metadata.clone()) {
                Some(line) => valid.push(line),
                None => check.fault(format!("items[{place}].quantity"), "makes an amount that is out of range"),
            }
        }
    }
    valid
}

fn line(product: &Product, quantity: u32, metadata: Option<Metadata>) -> Option<ValidItem> {
    let total = product.unit_price.times(quantity).ok()?;
    Some(ValidItem { product: product.clone(), quantity, total, metadata })
}

fn total(check: &mut Validator, items: &[ValidItem]) -> Money {
    let currency = items.first().map_or(Currency::GBP, |item| item.total.currency);
    let sum = Money::sum(currency, items.iter().map(|item| item.total));
    check.parsed("items", sum).unwrap_or_else(|| Money::zero(currency))
}

/// Checks free-form data: its size, its depth, and that its texts hide nothing.
pub(super) fn check_metadata(check: &mut Validator, field: &str, metadata: &Metadata, limits: &OrderLimits) {
    // Depth first: the walk that measures the size recurses.
    if metadata.values().any(|value| deeper_than(value, limits.max_metadata_depth.saturating_sub(1))) {
        check.fault(field, format!("must nest at most {} deep", limits.max_metadata_depth));
        return;
    }
    let size = serde_json::to_string(metadata).map_or(usize::MAX, |text| text.len());
    if size > limits.max_metadata_bytes {
        check.fault(field, format!("must have at most {} bytes of JSON", limits.max_metadata_bytes));
        return;
    }
    check_texts(check, field, metadata);
}

fn deeper_than(value: &Value, depth: usize) -> bool {
    match value {
        Value::Array(values) => depth == 0 || values.iter().any(|value| deeper_than(value, depth - 1)),
        Value::Object(values) => depth == 0 || values.values().any(|value| deeper_than(value, depth - 1)),
        _ => false,
    }
}

fn check_texts(check: &mut Validator, field: &str, metadata: &Metadata) {
    let rule = TextRule::lines(0, usize::MAX);
    for (key, value) in metadata {
        check.text(field, key, rule);
        let field = format!("{field}.{}", key.chars().take(50).collect::<String>());
        check_value(check, &field, value, rule);
    }
}

fn check_value(check: &mut Validator, field: &str, value: &Value, rule: TextRule) {
    match value {
        Value::String(text) => drop(check.text(field, text, rule)),
        Value::Array(values) => values.iter().for_each(|value| check_value(check, field, value, rule)),
        Value::Object(values) => check_texts(check, field, values),
        _ => {}
    }
}

pub(super) fn check_known_keys(check: &mut Validator, metadata: &Metadata) {
    for key in RESERVED.into_iter().filter(|key| metadata.contains_key(*key)) {
        check.fault(format!("metadata.{key}"), "is set by the server");
    }
    match metadata.get("sessionId") {
        None => {}
        Some(Value::String(text)) => drop(check.text("metadata.sessionId", text, TextRule::line(1, 100))),
        Some(_) => check.fault("metadata.sessionId", "must be text"),
    }
    match metadata.get(TEST_KEY) {
        None => {}
        Some(Value::String(text)) => drop(check.parsed("metadata.paymentTest", text.parse::<super::TestValue>())),
        Some(_) => check.fault("metadata.paymentTest", "must be text"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{id::Id, order::NewItem};

    fn faults(new: NewOrder) -> Vec<String> {
        let catalogue = Catalogue::default();
        let providers = ["offline".to_owned()];
        let faults = parse(new, &catalogue, &OrderLimits::default(), Some(&providers)).err().unwrap_or_default();
        faults.into_iter().map(|fault| fault.field).collect()
    }

    fn item(place: usize, quantity: i64) -> NewItem {
        NewItem { product_id: Catalogue::default().products()[place].id, quantity, metadata: None }
    }

    fn metadata(value: &Value) -> Option<Metadata> {
        value.as_object().cloned()
    }

    fn asking(question: &str) -> NewOrder {
        NewOrder { question: Some(question.to_owned()), ..NewOrder::default() }
    }

    #[test]
    fn a_question_alone_buys_one_answer() {
        let order = parse(asking(" Is it safe? "), &Catalogue::default(), &OrderLimits::default(), None).unwrap();
        assert_eq!(order.items.len(), 1);
        assert_eq!((order.items[0].quantity, order.total), (1, Money::gbp(50)));
        assert_eq!(order.input.unwrap().question, "Is it safe?");
    }

    #[test]
    fn lines_are_priced_by_the_catalogue_and_added_up() {
        let new = NewOrder { items: vec![item(1, 2), item(2, 1)], ..NewOrder::default() };
        let order = parse(new, &Catalogue::default(), &OrderLimits::default(), None).unwrap();
        assert_eq!(order.total, Money::gbp(2 * 199 + 99));
        assert_eq!(order.items[0].total, Money::gbp(398));
    }

    #[test]
    fn every_fault_is_named_at_once() {
        let unknown = NewItem { product_id: Id::new(uuid::Uuid::nil()), quantity: 0, metadata: None };
        let new = NewOrder {
            items: vec![unknown, item(1, 101), item(2, -1), item(3, i64::MAX)],
            question: Some(" \n ".into()),
            vehicle_id: Some(Id::new(uuid::Uuid::nil())),
            registration_number: Some("AB12 CDE".into()),
            provider: Some("nobody".into()),
            metadata: metadata(&json!({"promptId": "x", "sessionId": 7, "paymentTest": "win"})),
            ..NewOrder::default()
        };
        assert_eq!(
            faults(new),
            [
                "metadata.promptId",
                "metadata.sessionId",
                "metadata.paymentTest",
                "question",
                "registrationNumber",
                "provider",
                "items[0].productId",
                "items[0].quantity",
                "items[1].quantity",
                "items[2].quantity",
                "items[3].quantity",
            ]
        );
    }

    #[test]
    fn questions_that_are_no_text_are_refused() {
        for bad in ["", "   ", "a\0b", "a\u{202e}b", &"x".repeat(4_001), &"x".repeat(10_000_000)] {
            assert_eq!(faults(asking(bad)), ["question"], "{:?}", &bad[..bad.len().min(20)]);
        }
        assert_eq!(faults(asking(&"ß".repeat(4_000))), Vec::<String>::new());
    }

    #[test]
    fn a_question_buys_exactly_one_answer() {
        let with = |items| NewOrder { items, ..asking("Is it safe?") };
        assert_eq!(faults(with(vec![item(1, 1)])), ["items"]);
        assert_eq!(faults(with(vec![item(0, 2)])), ["items"]);
        assert_eq!(faults(with(vec![item(0, 1), item(0, 1)])), ["items"]);
        assert!(faults(with(vec![item(0, 1), item(1, 3)])).is_empty());
    }

    #[test]
    fn nothing_at_all_and_too_much_are_refused() {
        assert_eq!(faults(NewOrder::default()), ["items"]);
        assert_eq!(faults(NewOrder { items: vec![item(0, 1); 51], ..NewOrder::default() }), ["items"]);
        let stray = NewOrder {
            items: vec![item(1, 1)],
            category: Some(crate::prompt::PromptCategory::CostAnalysis),
            ..NewOrder::default()
        };
        assert_eq!(faults(stray), ["category"]);
    }

    #[test]
    fn currencies_do_not_mix_and_sums_do_not_overflow() {
        let mut products = Catalogue::default().products().to_vec();
        products[1].unit_price = Money::new(100, Currency::EUR);
        products[2].unit_price = Money::gbp(i64::MAX);
        products[3].unit_price = Money::gbp(i64::MAX);
        let catalogue = Catalogue::new(products).unwrap();
        let try_items = |items| {
            let new = NewOrder { items, ..NewOrder::default() };
            let faults = parse(new, &catalogue, &OrderLimits::default(), None).unwrap_err();
            faults.into_iter().map(|fault| (fault.field, fault.message)).collect::<Vec<_>>()
        };
        let mixed = try_items(vec![item(1, 1), item(2, 1)]);
        assert!(mixed[0].1.contains("currencies do not mix"), "{mixed:?}");
        assert_eq!(try_items(vec![item(2, 2)])[0].0, "items[0].quantity");
        let sum = try_items(vec![item(2, 1), item(3, 1)]);
        assert!(sum[0].1.contains("out of range"), "{sum:?}");
    }

    #[test]
    fn an_answer_is_bought_with_a_question_only() {
        let alone = NewOrder { items: vec![item(1, 1), item(0, 1)], ..NewOrder::default() };
        assert_eq!(faults(alone), ["items[1].productId"]);
        assert!(faults(NewOrder { items: vec![item(0, 1)], ..asking("Is it safe?") }).is_empty());
    }

    #[test]
    fn metadata_is_bounded_in_size_depth_and_characters() {
        let with = |value: Value| NewOrder { metadata: metadata(&value), ..asking("Is it safe?") };
        assert!(faults(with(json!({"a": {"b": [{"c": "d"}]}}))).is_empty());
        assert_eq!(faults(with(json!({"a": {"b": [{"c": [["d"]]}]}, "k": 1}))), ["metadata"]);
        assert_eq!(faults(with(json!({"a": "x".repeat(9_000)}))), ["metadata"]);
        assert_eq!(faults(with(json!({"a": {"b": "x\0y"}}))), ["metadata.a.b"]);
        assert_eq!(faults(with(json!({"a\u{202e}": 1}))), ["metadata"]);
        let mut deep = json!(1);
        for _ in 0..100 {
            deep = json!([deep]);
        }
        assert_eq!(faults(with(json!({ "a": deep }))), ["metadata"]);
    }
}
