//! Which values are kept, and how exactly.

use chrono::NaiveDate;
use driveever_core::{
    changes::Changes,
    query::{Filter, Query},
    repository::RepositoryExt as _,
    time::Timestamp,
};

use super::assert_unstorable;
use crate::sample::{Note, Sample, SampleContext, SampleStore, event, note, sample, uuid};

async fn kept<S: SampleStore + ?Sized>(store: &S, samples: Vec<Sample>) {
    store.create_many(&samples).await.unwrap();
    for written in &samples {
        assert_eq!(store.get(written.id).await.unwrap().as_ref(), Some(written));
    }
    assert_eq!(store.find(&Query::<Sample>::everything()).await.unwrap(), samples);
}

/// Text in any script, with control characters, blanks and quotes; the empty text is no null.
pub async fn texts<S: SampleStore + ?Sized>(store: &S) {
    let texts = [
        "",
        " ",
        " a ",
        "\n\t\r",
        "\u{1}\u{7f}",
        "'; DROP TABLE sample_samples; --",
        "\"\\%_?$1{}",
        "naïve nai\u{308}ve",
        "\u{202e}rtl\u{200f}",
        "日本語 हिन्दी العربية",
        "🚗👩\u{200d}🔧",
        "\u{fffd}\u{ffff}\u{10ffff}",
        "\u{feff}bom",
        "true",
        "12",
        "1e5",
        "null",
    ];
    let samples = (1..).zip(texts).map(|(number, text)| Sample {
        name: text.to_owned(),
        label: Some(text.to_owned()),
        tags: vec![text.to_owned()],
        data: serde_json::json!({ text: text }),
        ..sample(number)
    });
    let samples: Vec<Sample> = samples.collect();
    kept(store, samples.clone()).await;
    for written in samples {
        let text = written.name.clone();
        assert_eq!(store.find_one_by(Sample::NAME.eq(text.clone())).await.unwrap(), Some(written.clone()));
        assert_eq!(store.find_one_by(Sample::TAGS.has(text)).await.unwrap(), Some(written));
    }
    assert_eq!(store.count(&Query::filter(Sample::LABEL.is_null(true))).await.unwrap(), 0);
}

/// A megabyte of text, and of JSON.
pub async fn long_texts<S: SampleStore + ?Sized>(store: &S) {
    let long = "äb c".repeat(250_000);
    let written = Sample { label: Some(long.clone()), data: serde_json::json!([long]), ..sample(1) };
    kept(store, vec![written.clone()]).await;
    assert_eq!(store.find_one_by(Sample::LABEL.eq(long)).await.unwrap(), Some(written));
}

/// NUL is refused wherever it stands: what one database cannot keep none may.
pub async fn nul_is_refused<S: SampleStore + ?Sized>(store: &S) {
    let one = sample(1);
    store.create(&one, None).await.unwrap();
    for bad in [
        Sample { name: "a\0b".into(), ..sample(2) },
        Sample { label: Some("\0".into()), ..sample(2) },
        Sample { tags: vec!["\0".into()], ..sample(2) },
        Sample { data: serde_json::json!({"a": ["\0"]}), ..sample(2) },
    ] {
        assert_unstorable(store.create(&bad, None).await);
        let mut changed = Sample { id: one.id, ..bad };
        assert_unstorable(store.update(&mut changed, None).await);
    }
    assert_unstorable(store.create(&Note { text: "\0".into(), ..note(&one, 1) }, None).await);
    let mut bad = event(1, uuid(1), 1);
    bad.request_id = "\0".into();
    assert_unstorable(store.commit(Changes::<SampleContext>::new().causing(bad)).await);
    // Asking for it finds nothing.
    assert!(!store.exists(Sample::NAME.eq("a\0b")).await.unwrap());
    assert!(!store.exists(Filter::<Sample>::search("\0")).await.unwrap());
    assert_eq!(store.find(&Query::<Sample>::everything()).await.unwrap(), [one]);
}

/// Microseconds are kept, and the whole range of times.
pub async fn times<S: SampleStore + ?Sized>(store: &S) {
    let micros = [i64::MIN, -1_000_001, -1, 0, 1, 1_795_426_200_999_999, i64::MAX];
    let samples: Vec<Sample> = (1..)
        .zip(micros)
        .map(|(number, micros)| Sample {
            at: Timestamp::from_micros(micros),
            maybe_at: Some(Timestamp::from_micros(micros)),
            ..sample(number)
        })
        .collect();
    kept(store, samples.clone()).await;
    assert_eq!((samples[0].at, samples[6].at), (Timestamp::MIN, Timestamp::MAX));
    let sorted = store.find(&Query::<Sample>::everything().sort(Sample::AT.descending())).await.unwrap();
    assert!(sorted.into_iter().rev().eq(samples));
}

/// Days are kept, a leap day and the first and last one included; those beyond are refused.
pub async fn days<S: SampleStore + ?Sized>(store: &S) {
    let day = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap();
    let days = [day(0, 1, 1), day(999, 12, 31), day(1969, 12, 31), day(2024, 2, 29), day(9999, 12, 31)];
    let make = |(number, day)| Sample { day, maybe_day: Some(day), ..sample(number) };
    let samples: Vec<Sample> = (1..).zip(days).map(make).collect();
    kept(store, samples.clone()).await;
    let sorted = store.find(&Query::<Sample>::everything().sort(Sample::DAY.ascending())).await.unwrap();
    assert_eq!(sorted, samples);
    for beyond in [NaiveDate::MIN, day(-1, 12, 31), day(10_000, 1, 1), NaiveDate::MAX] {
        assert_unstorable(store.create(&make((9, beyond)), None).await);
    }
}

/// Numbers are kept to the last bit; those that are no finite number are refused, and the two zeros are one.
pub async fn numbers<S: SampleStore + ?Sized>(store: &S) {
    let reals = [f64::MIN, -1.0, -f64::MIN_POSITIVE, 5e-324, 0.1, 1.0 / 3.0, 9_007_199_254_740_993.0, 1e300, f64::MAX];
    let ints = [i64::MIN, i64::MIN + 1, -1, 0, 1, 255, 9_007_199_254_740_993, i64::MAX - 1, i64::MAX];
    let samples: Vec<Sample> = (1..)
        .zip(reals.into_iter().zip(ints))
        .map(|(number, (real, int))| Sample {
            ratio: real,
            maybe_ratio: Some(real),
            count: int,
            maybe_count: Some(int),
            ..sample(number)
        })
        .collect();
    kept(store, samples.clone()).await;
    for written in &samples {
        let read = store.get(written.id).await.unwrap().unwrap();
        assert_eq!(read.ratio.to_bits(), written.ratio.to_bits());
        assert_eq!(store.find_one_by(Sample::RATIO.eq(written.ratio)).await.unwrap().as_ref(), Some(written));
        assert_eq!(store.find_one_by(Sample::COUNT.eq(written.count)).await.unwrap().as_ref(), Some(written));
    }
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_unstorable(store.create(&Sample { ratio: bad, ..sample(20) }, None).await);
        assert_unstorable(store.create(&Sample { maybe_ratio: Some(bad), ..sample(20) }, None).await);
    }
    let zeros = [Sample { ratio: -0.0, ..sample(21) }, Sample { ratio: 0.0, ..sample(22) }];
    store.create_many(&zeros).await.unwrap();
    for zero in [0.0, -0.0] {
        assert_eq!(store.count(&Query::filter(Sample::RATIO.eq(zero))).await.unwrap(), 2);
        assert_eq!(store.count(&Query::filter(Sample::RATIO.one_of([zero]))).await.unwrap(), 2);
    }
}

/// JSON is kept as a value: any nesting, keys in any order, numbers of any size that serde knows.
pub async fn json<S: SampleStore + ?Sized>(store: &S) {
    let nested = (0..100).fold(serde_json::json!("deep"), |inner, _| serde_json::json!([inner]));
    let values = [
        serde_json::json!(null),
        serde_json::json!({}),
        serde_json::json!([]),
        serde_json::json!("text"),
        serde_json::json!({"z": 1, "a": {"": [true, false, null]}, "ä\n\"": "\u{1}"}),
        serde_json::json!([i64::MIN, u64::MAX, 0.1, 1e300, -0.5]),
        serde_json::json!("\\u0000"),
        nested,
    ];
    let samples = (1..).zip(values).map(|(number, data)| Sample { data, ..sample(number) });
    kept(store, samples.collect()).await;
}
