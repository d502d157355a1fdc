//! Properties of answers to any question about any record.

use proptest::prelude::*;

use super::{grounding::assert_fixture_grounded, *};

fn words() -> impl Strategy<Value = String> {
    let known = prop::sample::select(QUESTIONS.iter().flat_map(|question| question.split(' ')).collect::<Vec<_>>());
    prop::collection::vec(prop_oneof![4 => known.prop_map(str::to_owned), 1 => ".{0,12}"], 0..14)
        .prop_map(|words| words.join(" "))
}

/// A fixture with readings, defect texts and days moved at random.
fn records() -> impl Strategy<Value = VehicleRecord> {
    let fixture = prop::sample::select(fixtures::all().into_iter().map(|(_, record)| record).collect::<Vec<_>>());
    let readings = prop::collection::vec(0_u32..250_000, 8);
    let texts = prop::collection::vec("(brake|tyre|oil|\\PC|[\\[\\]<>_*`#&|]){0,40}", 8);
    (fixture, readings, texts, -900_i64..900).prop_map(|(mut record, readings, texts, days)| {
        for (test, miles) in record.mot_tests.iter_mut().zip(readings) {
            if let Some(odometer) = &mut test.odometer {
                odometer.miles = miles;
            }
            for (defect, text) in test.defects.iter_mut().zip(&texts) {
                defect.text.clone_from(text);
            }
        }
        let shift = |day: chrono::NaiveDate| day + chrono::TimeDelta::days(days);
        record.mot_expiry_date.iter_mut().for_each(|fact| fact.value = shift(fact.value));
        record.tax_due_date.iter_mut().for_each(|fact| fact.value = shift(fact.value));
        record.first_registered.iter_mut().for_each(|fact| fact.value = shift(fact.value));
        record
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_question_about_any_record_is_answered_without_invention(question in words(), record in prop::option::of(records())) {
        let request = request(&question, record);
        assert_fixture_grounded(&request);
        let answer = advise(&request);
        prop_assert_eq!(&answer, &advise(&request), "the same request has the same answer");
        prop_assert!(answer.text.starts_with("**Urgency: "));
        prop_assert!(answer.text.len() < 30_000);
        prop_assert_eq!(answer.finish_reason, FinishReason::Stop);
    }
}
