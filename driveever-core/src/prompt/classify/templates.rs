//! Templates of questions, which teach the model the frames that any part or car can stand in.
//!
//! A line of `data/questions/templates.tsv` is a category, a tab and a pattern: `(a|b|)` is one of
//! the alternatives, `{concept}` is any phrase of the lexicon with that concept, and `{group}` any
//! phrase of the group. Some hundred lines stand for millions of questions, of which training
//! draws a few a line, always the same ones.

use super::lexicon::Lexicon;
use super::training::Random;
use crate::prompt::PromptCategory;

const TEMPLATES: &str = include_str!("../../../data/questions/templates.tsv");

/// Draws `each` questions from every template.
pub(super) fn expand(each: usize, lexicon: &Lexicon) -> Vec<(PromptCategory, String)> {
    let mut random = Random::seeded(0x7e4a);
    TEMPLATES
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .filter_map(|(category, pattern)| Some((category.parse().ok()?, pattern)))
        .flat_map(|(category, pattern)| std::iter::repeat_n((category, pattern), each))
        .map(|(category, pattern)| (category, draw(pattern, lexicon, &mut random)))
        .collect()
}

/// One question of a pattern.
fn draw(pattern: &str, lexicon: &Lexicon, random: &mut Random) -> String {
    let mut question = String::new();
    let mut rest = pattern;
    while let Some(start) = rest.find(['(', '{']) {
        question.push_str(&rest[..start]);
        let close = if rest[start..].starts_with('(') { ')' } else { '}' };
        let inner = &rest[start + 1..];
        let end = inner.find(close).unwrap_or(inner.len());
        let choices = if close == ')' { inner[..end].split('|').collect() } else { lexicon.phrases_of(&inner[..end]) };
        if let Some(choice) = choices.get(random.below(choices.len())) {
            // An alternative may hold a slot of its own.
            if choice.contains('{') {
                question.push_str(&draw(choice, lexicon, random));
            } else {
                question.push_str(choice);
            }
        }
        rest = inner.get(end + 1..).unwrap_or("");
    }
    question.push_str(rest);
    question
}
