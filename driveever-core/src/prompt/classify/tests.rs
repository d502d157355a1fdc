//! The bundled classifier as a whole: how good it is, and that nothing breaks it.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

fn held_out() -> Vec<LabelledQuestion<'static>> {
    parse_questions(HELD_OUT_QUESTIONS).unwrap()
}

fn unseen_drivers() -> Vec<LabelledQuestion<'static>> {
    parse_questions(UNSEEN_DRIVERS_QUESTIONS).unwrap()
}

fn unseen_others() -> Vec<LabelledQuestion<'static>> {
    parse_questions(UNSEEN_OTHERS_QUESTIONS).unwrap()
}

fn drivers() -> Vec<LabelledQuestion<'static>> {
    parse_questions(DRIVERS_QUESTIONS).unwrap()
}

fn training() -> Vec<LabelledQuestion<'static>> {
    let mut questions = parse_questions(TRAINING_QUESTIONS).unwrap();
    questions.extend(drivers());
    questions
}

fn category(question: &str) -> PromptCategory {
    Classifier::bundled().classify(question).category
}

/// The floors are what was reached, less at most a point. Raise them when it gets better; a drop is
/// a regression.
fn assert_told_apart(questions: &[LabelledQuestion<'_>], accuracy: f64, recall: f64) {
    let evaluation = evaluate(Classifier::bundled(), questions);
    assert!(evaluation.accuracy().unwrap() >= accuracy, "{evaluation}");
    for category in PromptCategory::ALL.iter().copied() {
        assert!(evaluation.recall(category).unwrap() >= recall, "{category}\n{evaluation}");
    }
}

#[test]
fn unseen_drivers_questions_are_told_apart() {
    assert_told_apart(&unseen_drivers(), 0.94, 0.85);
}

#[test]
fn unseen_questions_of_others_are_told_apart() {
    assert_told_apart(&unseen_others(), 0.93, 0.8);
}

#[test]
fn held_out_questions_are_told_apart() {
    assert_told_apart(&held_out(), 0.91, 0.83);
}

/// What the README claims: a third of the drivers' set is unseen.
#[test]
fn a_third_of_the_drivers_set_is_unseen() {
    let (built_on, unseen) = (drivers().len(), unseen_drivers().len());
    assert!(unseen * 3 >= built_on + unseen, "{unseen} of {}", built_on + unseen);
}

#[test]
fn typing_errors_keep_most_answers() {
    const KEPT: f64 = 0.93;
    let questions = unseen_drivers();
    let mut same = 0;
    for (seed, labelled) in questions.iter().enumerate() {
        let misspelt = with_slips(labelled.question, seed);
        same += usize::from(category(&misspelt) == category(labelled.question));
    }
    #[expect(clippy::cast_precision_loss, reason = "some hundred questions")]
    let kept = same as f64 / questions.len() as f64;
    assert!(kept >= KEPT, "{kept:.3}");
}

/// Swaps, drops or doubles a letter inside every third word of five letters or more, and always at
/// least in the first such word.
fn with_slips(question: &str, seed: usize) -> String {
    let mut long_words = 0;
    let slip = |word: &str| {
        let mut letters: Vec<char> = word.chars().collect();
        if letters.len() < 5 {
            return word.to_owned();
        }
        long_words += 1;
        if long_words % 3 != 1 {
            return word.to_owned();
        }
        let place = 1 + (seed + long_words) % (letters.len() - 2);
        match seed % 3 {
            0 => letters.swap(place, place + 1),
            1 => drop(letters.remove(place)),
            _ => letters.insert(place, letters[place]),
        }
        letters.into_iter().collect()
    };
    let words: Vec<String> = question.split(' ').map(slip).collect();
    words.join(" ")
}

#[test]
fn the_weights_are_what_training_yields() {
    let trained = Classifier::train(&training());
    assert!(
        trained == *Classifier::bundled(),
        "the weights are stale: run the classifier_report example with --write-weights"
    );
}

/// A held-out question that is nearly a training question would flatter the classifier.
#[test]
fn no_held_out_question_was_trained_on() {
    const ALIKE: f64 = 0.8;
    let words = |labelled: &LabelledQuestion<'static>| -> BTreeSet<String> {
        normalise::words(labelled.question).into_iter().collect()
    };
    let training: Vec<_> = training().iter().map(words).collect();
    for labelled in [held_out(), unseen_drivers(), unseen_others()].into_iter().flatten() {
        let here = words(&labelled);
        for there in &training {
            let (fewer, more) = (here.len().min(there.len()), here.len().max(there.len()));
            // Sets of such different size cannot be alike: most pairs end here.
            if fewer * 10 < more * 8 {
                continue;
            }
            let shared = here.intersection(there).count();
            let together = here.len() + there.len() - shared;
            #[expect(clippy::cast_precision_loss, reason = "some dozen words")]
            let likeness = shared as f64 / together.max(1) as f64;
            assert!(likeness <= ALIKE, "{} is {there:?}", labelled.question);
        }
    }
}

#[test]
fn labelled_questions_are_many_and_distinct() {
    let (training, held_out, unseen) = (training(), held_out(), unseen_drivers());
    // The two sets kept apart may share a question; neither shares one with training.
    for judged in [&held_out, &unseen, &unseen_others()] {
        let mut seen = BTreeSet::new();
        for labelled in training.iter().chain(judged) {
            assert!(!labelled.question.trim().is_empty());
            assert!(seen.insert(labelled.question.to_lowercase()), "twice: {}", labelled.question);
        }
    }
    for category in PromptCategory::ALL.iter().copied() {
        let count = |questions: &[LabelledQuestion<'_>]| {
            questions.iter().filter(|labelled| labelled.category == category).count()
        };
        assert!(count(&training) >= 400, "{category}");
        assert!(count(&held_out) >= 40, "{category}");
        assert!(count(&unseen) >= 40, "{category}");
    }
}

#[test]
fn a_broken_question_file_says_where() {
    let error = parse_questions("cost_analysis\thow much\nno tab").unwrap_err();
    assert_eq!(error.to_string(), "line 2: expected a category, a tab and a question");
    let error = parse_questions("costs\thow much").unwrap_err().to_string();
    assert!(error.starts_with("line 1: must be one of: vehicle_advice, "), "{error}");
}

#[test]
fn emergencies_are_known_in_many_words() {
    for question in [
        "my brake pedal went to the floor",
        "engine light flashing help",
        "HELP MY BRAKES DONT WORK",
        "theres smoke coming out the bonnet wot do i do",
        "car in flood water engine stopped",
        "red oil light just come on driving on the m6",
    ] {
        assert_eq!(category(question), PromptCategory::EmergencyGuidance, "{question}");
    }
}

#[test]
fn drivers_own_words_are_understood() {
    use PromptCategory::{CostAnalysis, InsuranceAdvice, SafetyAssessment};
    for (question, expected) in [
        ("Is my car safe to drive with these advisories?", SafetyAssessment),
        ("whats the damage for a clutch on a 2012 corsa", CostAnalysis),
        ("is it ok to drive wiv a cracked windscreen", SafetyAssessment),
        ("quote went up after speeding fine why", InsuranceAdvice),
    ] {
        assert_eq!(category(question), expected, "{question}");
    }
}

#[test]
fn a_text_without_words_is_a_general_inquiry() {
    for text in ["", " ", "\0", "?!", "\u{202e}\u{200b}", "\u{1f697}"] {
        let answer = Classifier::bundled().classify(text);
        assert_eq!(answer.category, PromptCategory::GeneralInquiry, "{text:?}");
    }
}

#[test]
fn ten_megabytes_cost_no_more_than_their_beginning() {
    let begin = "how much is a clutch ";
    let long = begin.repeat(500_000);
    let cut: String = long.chars().take(MAX_CHARS).collect();
    let classifier = Classifier::bundled();
    assert_eq!(classifier.classify(&long), classifier.classify(&cut));
}

proptest! {
    #[test]
    fn any_text_is_answered_with_nine_ordered_scores(text in "\\PC{0,300}|[\\x00-\\x7f]{0,80}|.{0,80}") {
        let answer = Classifier::bundled().classify(&text);
        let sum: f64 = answer.scores.iter().map(|(_, score)| score).sum();
        prop_assert!((sum - 1.0).abs() < 1e-9);
        prop_assert!(answer.scores.iter().all(|(_, score)| (0.0..=1.0).contains(score)));
        prop_assert!(answer.scores.windows(2).all(|pair| pair[0].1 >= pair[1].1));
        let categories: BTreeSet<_> = answer.scores.iter().map(|(category, _)| category).collect();
        prop_assert_eq!(categories.len(), PromptCategory::COUNT);
        prop_assert_eq!(answer.category, answer.scores[0].0);
        prop_assert_eq!(Classifier::bundled().classify(&text), answer);
    }

    #[test]
    fn case_and_padding_do_not_matter(text in "[a-z0-9 ?']{0,80}") {
        let shouted = format!("  {}\n", text.to_uppercase());
        prop_assert_eq!(
            Classifier::bundled().classify(&text),
            Classifier::bundled().classify(&shouted)
        );
    }
}
