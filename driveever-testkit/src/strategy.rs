//! Strategies for samples, filters and queries, and what a store has to answer.
//!
//! Values come from small sets, so that filters match some rows and miss some, and sort keys tie.

use chrono::NaiveDate;
use driveever_core::{
    entity::Entity as _,
    query::{Deleted, Filter, Query, Sort, Start},
    time::Timestamp,
    value::Value,
};
use proptest::{
    prelude::{Just, Strategy, any, prop_oneof},
    sample::select,
    strategy::ValueTree as _,
    test_runner::{Config, TestRunner},
};
use uuid::Uuid;

use crate::sample::{Colour, Sample, sample, time, uuid};

const TEXTS: &[&str] = &[
    "",
    "a",
    "A",
    "b c",
    "ä",
    "Straße",
    "ΣΑΣ",
    "σας",
    "İx",
    "naïve",
    "nai\u{308}ve",
    "x1 y2",
    "日本語",
    "हिन्दी में",
    "🚗 car",
    "o'neil",
    "a-b_c",
    "100%",
    "\"a\" OR b",
    "mot MOT",
    "ﬁre",
    "ǅ",
    "٣٤",
    "Ⅳ",
];
const SEARCHES: &[&str] = &[
    "",
    " ",
    "a",
    "A b",
    "-",
    "\"",
    "*",
    "ä",
    "str",
    "STRASSE",
    "straß",
    "σα",
    "ΣΑΣ",
    "i",
    "i\u{307}",
    "na",
    "nai\u{308}",
    "x y",
    "日",
    "語",
    "हिन्",
    "🚗",
    "ne o",
    "a_b",
    "mo",
    "ca*",
    "AND",
    "NOT a",
    "a OR",
    "name:a",
    "fi",
    "ﬁ",
    "ǆ",
    "٣",
    "ⅳ",
    "a\"b",
    "no such word",
];

fn text() -> impl Strategy<Value = String> {
    select(TEXTS).prop_map(str::to_owned)
}

fn int() -> impl Strategy<Value = i64> {
    select(&[i64::MIN, -1, 0, 1, 2, i64::MAX][..])
}

fn real() -> impl Strategy<Value = f64> {
    select(&[f64::MIN, -1.5, -0.0, 0.0, 0.1, f64::MIN_POSITIVE, 1.0, f64::MAX][..])
}

fn id() -> impl Strategy<Value = Uuid> {
    prop_oneof![Just(Uuid::nil()), Just(Uuid::max()), (0_u64..5).prop_map(uuid)]
}

fn moment() -> impl Strategy<Value = Timestamp> {
    prop_oneof![Just(Timestamp::MIN), Just(Timestamp::MAX), (0_u64..5).prop_map(time)]
}

fn day() -> impl Strategy<Value = NaiveDate> {
    let edges = [(0, 1, 1), (9999, 12, 31), (2024, 2, 29), (2026, 11, 23), (1969, 12, 31)];
    select(edges.map(|(year, month, day)| NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default()).to_vec())
}

fn maybe<T: Clone + std::fmt::Debug>(some: impl Strategy<Value = T>) -> impl Strategy<Value = Option<T>> {
    proptest::option::of(some)
}

fn tags() -> impl Strategy<Value = Vec<String>> {
    proptest::collection::vec(text(), 0..3)
}

/// A sample whose name begins with one of few texts; living or deleted.
pub fn a_sample(number: u64) -> impl Strategy<Value = Sample> {
    let texts = (text(), maybe(text()), select(Colour::ALL), maybe(select(Colour::ALL)), tags());
    let numbers = (any::<bool>(), maybe(any::<bool>()), int(), maybe(int()), real(), maybe(real()), 0_u8..3);
    let others = (id(), maybe(id()), moment(), maybe(moment()), day(), maybe(day()), maybe(moment()));
    (texts, numbers, others).prop_map(move |(texts, numbers, others)| {
        let (name, label, colour, maybe_colour, tags) = texts;
        let (flag, maybe_flag, count, maybe_count, ratio, maybe_ratio, order) = numbers;
        let (owner, maybe_owner, at, maybe_at, day, maybe_day, deleted_at) = others;
        let name = format!("{name} {number}");
        Sample {
            deleted_at: deleted_at.filter(|_| number.is_multiple_of(4)),
            name,
            label,
            colour,
            maybe_colour,
            flag,
            maybe_flag,
            count,
            maybe_count,
            ratio,
            maybe_ratio,
            owner,
            maybe_owner,
            at,
            maybe_at,
            day,
            maybe_day,
            tags,
            order,
            ..sample(number)
        }
    })
}

/// Comparisons of one field with values of its strategy.
macro_rules! on {
    ($field:expr, $value:expr) => {
        prop_oneof![
            ($value, 0..6_u8).prop_map(|(value, op)| match op {
                0 => $field.eq(value),
                1 => $field.not_eq(value),
                2 => $field.less(value),
                3 => $field.at_most(value),
                4 => $field.greater(value),
                _ => $field.at_least(value),
            }),
            proptest::collection::vec($value, 0..5).prop_map(|values| $field.one_of(values)),
            any::<bool>().prop_map(|null| $field.is_null(null)),
        ]
        .boxed()
    };
}

fn a_condition() -> impl Strategy<Value = Filter<Sample>> {
    proptest::strategy::Union::new([
        on!(Sample::LABEL, maybe(text())),
        on!(Sample::NAME, text()),
        on!(Sample::COLOUR, select(Colour::ALL)),
        on!(Sample::MAYBE_COLOUR, maybe(select(Colour::ALL))),
        on!(Sample::FLAG, any::<bool>()),
        on!(Sample::MAYBE_FLAG, maybe(any::<bool>())),
        on!(Sample::COUNT, int()),
        on!(Sample::MAYBE_COUNT, maybe(int())),
        on!(Sample::RATIO, prop_oneof![real(), Just(f64::NAN), Just(f64::INFINITY)]),
        on!(Sample::MAYBE_RATIO, maybe(real())),
        on!(Sample::OWNER, id()),
        on!(Sample::MAYBE_OWNER, maybe(id())),
        on!(Sample::AT, moment()),
        on!(Sample::MAYBE_AT, maybe(moment())),
        on!(Sample::DAY, day()),
        on!(Sample::MAYBE_DAY, maybe(day())),
        on!(Sample::ORDER, 0_u8..3),
        text().prop_map(|tag| Sample::TAGS.has(tag)).boxed(),
        select(SEARCHES).prop_map(Filter::search).boxed(),
    ])
}

/// A filter over samples, of any shape.
pub fn a_filter() -> impl Strategy<Value = Filter<Sample>> {
    a_condition().prop_recursive(4, 24, 4, |inner| {
        let some = proptest::collection::vec(inner.clone(), 0..4);
        prop_oneof![
            2 => some.clone().prop_map(Filter::all),
            2 => some.prop_map(Filter::any),
            1 => inner.prop_map(Filter::negated),
        ]
    })
}

fn a_sort() -> impl Strategy<Value = Sort<Sample>> {
    let ascending = [
        Sample::NAME.ascending(),
        Sample::COLOUR.ascending(),
        Sample::FLAG.ascending(),
        Sample::COUNT.ascending(),
        Sample::RATIO.ascending(),
        Sample::OWNER.ascending(),
        Sample::AT.ascending(),
        Sample::DAY.ascending(),
        Sample::ORDER.ascending(),
        Sample::ID.ascending(),
    ];
    (select(ascending.to_vec()), any::<bool>()).prop_map(|(mut sort, descending)| {
        sort.descending = descending;
        sort
    })
}

/// A query over these samples: any filter, order, limit and start.
pub fn a_query(rows: Vec<Sample>) -> impl Strategy<Value = Query<Sample>> {
    let sorts = proptest::collection::vec(a_sort(), 0..4);
    let deleted = select(vec![Deleted::Excluded, Deleted::Included, Deleted::Only]);
    let start = (0_u8..4, 0_u64..30, select(rows));
    (a_filter(), sorts, deleted, 0_u32..20, start).prop_map(|(filter, sorts, deleted, limit, start)| {
        let query = sorts.into_iter().fold(Query::filter(filter), Query::sort).deleted(deleted).limit(limit);
        let (kind, offset, row) = start;
        let after = Start::After(query.key_of(&row));
        query.start(match kind {
            0 => Start::First,
            1 => Start::Offset(offset),
            _ => after,
        })
    })
}

/// Samples, the same on every run.
pub fn samples(number: u64) -> Vec<Sample> {
    let mut runner = runner();
    (1..=number).map(|number| pick(&mut runner, &a_sample(number))).collect()
}

/// A runner that gives the same values on every run.
pub fn runner() -> TestRunner {
    TestRunner::new_with_rng(
        Config::default(),
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    )
}

/// The next value.
pub fn pick<S: Strategy>(runner: &mut TestRunner, strategy: &S) -> S::Value {
    strategy.new_tree(runner).unwrap_or_else(|reason| panic!("a strategy gave up: {reason}")).current()
}

/// Those that a query has to count.
pub fn matching<'a>(rows: &'a [Sample], query: &Query<Sample>) -> Vec<&'a Sample> {
    let seen = |row: &&Sample| match query.deleted {
        Deleted::Excluded => row.deleted_at.is_none(),
        Deleted::Included => true,
        Deleted::Only => row.deleted_at.is_some(),
    };
    rows.iter().filter(seen).filter(|row| query.filter.matches(&row.to_row())).collect()
}

/// What a query has to find, by the meaning of its parts.
pub fn expected(rows: &[Sample], query: &Query<Sample>) -> Vec<Sample> {
    let order = query.order();
    let compare = |a: &[Value], b: &[Value]| {
        let pairs = order.iter().zip(a.iter().zip(b));
        let orderings = pairs.map(|(sort, (a, b))| if sort.descending { b.cmp(a) } else { a.cmp(b) });
        orderings.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then)
    };
    let mut found = matching(rows, query);
    found.sort_by(|a, b| compare(&query.key_of(a), &query.key_of(b)));
    if let Start::After(key) = &query.start {
        found.retain(|row| compare(&query.key_of(row), key).is_gt());
    }
    let skip = if let Start::Offset(offset) = query.start { usize::try_from(offset).unwrap_or(usize::MAX) } else { 0 };
    found.into_iter().skip(skip).take(query.limit as usize).cloned().collect()
}
