//! How good the classifier is: accuracy, precision and recall per category, and what is taken for
//! what.

use std::fmt;

use super::{Classifier, LabelledQuestion};
use crate::prompt::PromptCategory;

/// The outcome of asking a classifier questions whose category is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluation {
    /// How often a question of the row's category was given the column's; both in the order of
    /// [`PromptCategory::ALL`].
    confusion: [[usize; PromptCategory::COUNT]; PromptCategory::COUNT],
}

/// Asks `classifier` every question and counts.
pub fn evaluate(classifier: &Classifier, questions: &[LabelledQuestion<'_>]) -> Evaluation {
    let mut evaluation = Evaluation::empty();
    for labelled in questions {
        let given = classifier.classify(labelled.question).category;
        evaluation.count(labelled.category, given);
    }
    evaluation
}

/// A question that was given another category than its own, which it was given.
pub type Mistake<'a> = (LabelledQuestion<'a>, PromptCategory);

/// Trains `folds` times on all but every `folds`-th question and counts the answers to those left
/// out, so that each question is judged by a classifier that has not seen it. Gives the counts and
/// the mistakes.
///
/// With fewer than two folds there is nothing to train on, and nothing is counted.
pub fn cross_validate<'a>(questions: &[LabelledQuestion<'a>], folds: usize) -> (Evaluation, Vec<Mistake<'a>>) {
    let mut evaluation = Evaluation::empty();
    let mut mistakes = Vec::new();
    let folds = if folds < 2 { 0 } else { folds };
    for fold in 0..folds {
        let part = |left_out: bool| {
            let numbered = questions.iter().enumerate();
            numbered.filter(move |(index, _)| (index % folds == fold) == left_out).map(|(_, labelled)| *labelled)
        };
        let classifier = Classifier::train(&part(false).collect::<Vec<_>>());
        for labelled in part(true) {
            let given = classifier.classify(labelled.question).category;
            evaluation.count(labelled.category, given);
            if given != labelled.category {
                mistakes.push((labelled, given));
            }
        }
    }
    (evaluation, mistakes)
}

impl Evaluation {
    const fn empty() -> Self {
        Self { confusion: [[0; PromptCategory::COUNT]; PromptCategory::COUNT] }
    }

    const fn count(&mut self, actual: PromptCategory, given: PromptCategory) {
        self.confusion[actual.index()][given.index()] += 1;
    }

    /// How many questions were asked.
    pub fn questions(&self) -> usize {
        self.confusion.iter().flatten().sum()
    }

    /// How many were given their category.
    pub fn correct(&self) -> usize {
        PromptCategory::ALL.iter().copied().map(|category| self.confused(category, category)).sum()
    }

    /// How often a question of category `actual` was given category `given`.
    pub const fn confused(&self, actual: PromptCategory, given: PromptCategory) -> usize {
        self.confusion[actual.index()][given.index()]
    }

    /// The share of questions that were given their category; `None` without questions.
    pub fn accuracy(&self) -> Option<f64> {
        ratio(self.correct(), self.questions())
    }

    /// Of the questions of `category`, the share that was given it; `None` when there are none.
    pub fn recall(&self, category: PromptCategory) -> Option<f64> {
        let asked = self.confusion[category.index()].iter().sum();
        ratio(self.confused(category, category), asked)
    }

    /// Of the questions that were given `category`, the share that is of it; `None` when none was.
    pub fn precision(&self, category: PromptCategory) -> Option<f64> {
        let given = self.confusion.iter().map(|row| row[category.index()]).sum();
        ratio(self.confused(category, category), given)
    }
}

fn ratio(part: usize, whole: usize) -> Option<f64> {
    let float = |count| u32::try_from(count).map_or(f64::INFINITY, f64::from);
    (whole > 0).then(|| float(part) / float(whole))
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "-".to_owned(), |share| format!("{:.1} %", share * 100.0))
}

impl fmt::Display for Evaluation {
    /// A table: a row for each category with its recall, its precision and what it was taken for.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{} of {} right: {}", self.correct(), self.questions(), percent(self.accuracy()))?;
        writeln!(formatter, "{:<24} {:>9} {:>8} {:>8}  taken for", "category", "questions", "recall", "precis.")?;
        for actual in PromptCategory::ALL.iter().copied() {
            let asked: usize = self.confusion[actual.index()].iter().sum();
            let mistakes: Vec<String> = PromptCategory::ALL
                .iter()
                .copied()
                .filter(|&given| given != actual && self.confused(actual, given) > 0)
                .map(|given| format!("{given} {}", self.confused(actual, given)))
                .collect();
            writeln!(
                formatter,
                "{actual:<24} {asked:>9} {:>8} {:>8}  {}",
                percent(self.recall(actual)),
                percent(self.precision(actual)),
                mistakes.join(", ")
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use PromptCategory::{CostAnalysis, SafetyAssessment};

    fn sample() -> Evaluation {
        let mut evaluation = Evaluation::empty();
        evaluation.count(CostAnalysis, CostAnalysis);
        evaluation.count(CostAnalysis, CostAnalysis);
        evaluation.count(CostAnalysis, SafetyAssessment);
        evaluation.count(SafetyAssessment, SafetyAssessment);
        evaluation
    }

    #[test]
    fn shares_are_of_the_right_whole() {
        let evaluation = sample();
        assert_eq!((evaluation.correct(), evaluation.questions()), (3, 4));
        assert_eq!(evaluation.accuracy(), Some(0.75));
        assert_eq!(evaluation.recall(CostAnalysis), Some(2.0 / 3.0));
        assert_eq!(evaluation.precision(CostAnalysis), Some(1.0));
        assert_eq!(evaluation.precision(SafetyAssessment), Some(0.5));
        assert_eq!(evaluation.recall(PromptCategory::GeneralInquiry), None);
        assert_eq!(Evaluation::empty().accuracy(), None);
    }

    #[test]
    fn the_table_names_what_was_taken_for_what() {
        let table = sample().to_string();
        assert!(table.starts_with("3 of 4 right: 75.0 %"), "{table}");
        let row = table.lines().find(|row| row.starts_with("cost_analysis"));
        assert!(row.unwrap().ends_with("safety_assessment 1"), "{table}");
    }

    #[test]
    fn cross_validation_judges_every_question_once() {
        let text = "cost_analysis\thow much is a clutch\ngeneral_inquiry\thello\n";
        let questions = crate::prompt::classify::parse_questions(text).unwrap();
        let (evaluation, mistakes) = cross_validate(&questions, 2);
        assert_eq!(evaluation.questions(), 2);
        assert_eq!(evaluation.correct() + mistakes.len(), 2);
        assert_eq!(cross_validate(&questions, 1).0.questions(), 0);
    }
}
