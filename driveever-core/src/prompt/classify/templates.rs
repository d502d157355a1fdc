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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_is_of_a_category_and_names_concepts_that_exist() {
        let lexicon = Lexicon::bundled();
        for line in TEMPLATES.lines() {
            let (category, pattern) = line.split_once('\t').unwrap();
            category.parse::<PromptCategory>().unwrap();
            for slot in pattern.split('{').skip(1) {
                let concept = slot.split_once('}').unwrap().0;
                assert!(!lexicon.phrases_of(concept).is_empty(), "{concept} in {line}");
            }
        }
        assert_eq!(expand(2, lexicon).len(), TEMPLATES.lines().count() * 2);
    }

    #[test]
    fn a_pattern_is_filled_in() {
        let lexicon = Lexicon::bundled();
        let mut random = Random::seeded(1);
        for _ in 0..50 {
            let question = draw("(is|are) a {misfuel} (ok|{hazard}|)", lexicon, &mut random);
            assert!(!question.contains(['(', '|', '{', '}']), "{question}");
            assert!(question.starts_with("is a ") || question.starts_with("are a "));
        }
        assert_eq!(draw("plain", lexicon, &mut random), "plain");
        assert_eq!(draw("", lexicon, &mut random), "");
    }
}
