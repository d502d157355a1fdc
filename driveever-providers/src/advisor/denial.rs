//! What a driver says is not so, or is over: "no smoke and no fire", "not overheating", "caught fire last year, repaired".
//!
//! Emergencies and symptoms are found by words, and these words are in such questions too. [`Denial::strike`] makes the ones
//! that are denied unknown before the patterns look. It must never lose a true emergency, so it strikes little: only words
//! for a hazard (never "brakes" in "no brakes"), only where nothing but small words stands between them and the "no", and
//! never over a comma, a "but" or an "and". What it does not understand stays as it is. Parsing the sentence would find
//! more, and would be wrong without saying where.

use std::borrow::Cow;

use super::text::{Lexicon, WordId, Words, has_phrase};

/// Words that deny what follows.
const NEGATORS: &str = "no not never without isnt arent wasnt werent hasnt havent hadnt doesnt didnt dont cannot cant couldnt nothing nobody neither nor none";
/// Those of them that ask where they begin a clause.
const ASKING: &str = "isnt arent wasnt werent hasnt havent hadnt doesnt didnt dont cant couldnt";
/// Small words that may stand between a negator and what it denies.
const FILLERS: &str = "any sign signs of visible obvious actual have has had having see seen seeing smell smelling smelt hear heard hearing feel notice noticed been be being on in caught catch kind sort trace hint more longer one actually currently did do does seem seems to";
/// Parts that may stand there when a word of what they do follows: "no brake failure", "no oil light".
const PARTS: &str = "brake oil temperature temp battery engine fuel petrol diesel exhaust burning coolant water warning dashboard dash red tyre steering wheel";
/// What follows such a part.
const OF_PARTS: &str = "light lights lamp lamps warning warnings leak leaks leaking smell smells fumes failure noise noises smoke steam fire";
/// Words for what is wrong: what a denial denies.
const HAZARDS: &str = "fire fires flame flames smoke smokes smoking smoky smouldering burning burnt burn alight ablaze blaze spark sparks steam steaming overheat overheats overheating overheated boiling flood floods flooded flooding crash crashed crashes collision accident accidents hit leak leaks leaking dripping smell smells fumes burst blown blew blowout puncture punctured flat failed fail failing failure gone lost locked seized stuck jammed sticking loose wobbling wobble red warning light lights lamp lamps broken breakdown stranded grinding grind squeal squealing squeak squeaking noise noises judder juddering vibration vibrate vibrating shake shaking shudder knock knocking rattle rattling clunk clunking pull pulling pulls flashing flash blinking bulge bulges lump lumps bald crack cracks cracked nail sleepy drowsy spongy soft hum humming misfire misfiring slip slipping slips";
/// Words that carry a denial on to the next hazard: "no smoke or fire".
const JOINERS: &str = "or nor";

/// Words that put their clause into the past, where it no longer alarms.
const PAST: &[&str] = &[
    "last year",
    "years ago",
    "year ago",
    "months ago",
    "month ago",
    "weeks ago",
    "previously",
    "previous owner",
    "last owner",
    "history",
    "before i bought",
    "before i got",
    "used to",
    "ever been",
    "ever had",
    "ever caught",
    "ever crashed",
    "ever flooded",
    "ever overheated",
    "ever in",
    "ever involved",
    "ever broken",
    "ever broke",
];
/// Words that say that something was put right.
const REPAIRED: &[&str] = &[
    "been repaired",
    "was repaired",
    "were repaired",
    "got repaired",
    "got it repaired",
    "had it repaired",
    "repaired it",
    "repaired them",
    "repaired since",
    "since repaired",
    "now repaired",
    "been fixed",
    "was fixed",
    "were fixed",
    "got fixed",
    "got it fixed",
    "had it fixed",
    "had them fixed",
    "fixed it",
    "fixed them",
    "fixed since",
    "since fixed",
    "now fixed",
    "been replaced",
    "was replaced",
    "were replaced",
    "replaced it",
    "replaced them",
    "had it replaced",
    "had them replaced",
    "been sorted",
    "sorted it",
    "got it sorted",
    "put right",
];
/// Words before a repair that make it none: "has not been repaired", "can it be repaired", "was never fixed".
const UNREPAIRED: &[&str] = &[
    "not been",
    "hasnt been",
    "havent been",
    "never been",
    "hasnt it been",
    "was never",
    "wasnt",
    "werent",
    "supposed to have been",
    "should have been",
    "until it",
    "say it was",
    "after it was",
];
/// Words that bring it back.
const AGAIN: &[&str] = &["again", "still", "keeps", "help", "came back", "come back", "right now", "just now"];

/// Bits of what a word is here.
mod mark {
    pub(super) const NEGATOR: u8 = 1;
    pub(super) const FILLER: u8 = 1 << 1;
    pub(super) const PART: u8 = 1 << 2;
    pub(super) const OF_PART: u8 = 1 << 3;
    pub(super) const HAZARD: u8 = 1 << 4;
    pub(super) const JOINER: u8 = 1 << 5;
    pub(super) const ASKING: u8 = 1 << 6;
}

/// The words of denial, by their numbers.
#[derive(Debug)]
pub(super) struct Denial {
    marks: Vec<u8>,
    past: Vec<Vec<WordId>>,
    repaired: Vec<Vec<WordId>>,
    unrepaired: Vec<Vec<WordId>>,
    again: Vec<Vec<WordId>>,
}

impl Denial {
    /// Learns the words; one that is learnt later says nothing here.
    pub(super) fn learn(lexicon: &mut Lexicon) -> Self {
        let mut marks: Vec<u8> = Vec::new();
        for (list, mark) in [
            (NEGATORS, mark::NEGATOR),
            (ASKING, mark::ASKING),
            (FILLERS, mark::FILLER),
            (PARTS, mark::PART),
            (OF_PARTS, mark::OF_PART),
            (HAZARDS, mark::HAZARD),
            (JOINERS, mark::JOINER),
        ] {
            for id in lexicon.learn_phrase(list) {
                marks.resize(marks.len().max(lexicon.len()), 0);
                if let Some(there) = marks.get_mut(id as usize) {
                    *there |= mark;
                }
            }
        }
        let mut phrases =
            |list: &[&str]| -> Vec<Vec<WordId>> { list.iter().map(|phrase| lexicon.learn_phrase(phrase)).collect() };
        let (past, repaired) = (phrases(PAST), phrases(REPAIRED));
        Self { marks, past, repaired, unrepaired: phrases(UNREPAIRED), again: phrases(AGAIN) }
    }

    /// The words with hazards that are denied or over made unknown.
    pub(super) fn strike<'w>(&self, words: &'w Words) -> Cow<'w, Words> {
        let mut struck = Vec::new();
        for clause in words.clauses() {
            self.denied(words.ids(), clause.start, clause.end, &mut struck);
            let said = words.ids().get(clause.clone()).unwrap_or_default();
            if self.past.iter().any(|phrase| words.has(phrase) && has_phrase(said, phrase)) {
                struck.extend(clause.filter(|place| self.is(words.ids(), *place, mark::HAZARD)));
            }
        }
        if let Some(end) = self.repaired_at(words) {
            struck.extend((0..end).filter(|place| self.is(words.ids(), *place, mark::HAZARD)));
        }
        if struck.is_empty() { Cow::Borrowed(words) } else { Cow::Owned(words.without(&struck)) }
    }

    fn is(&self, ids: &[WordId], place: usize, mark: u8) -> bool {
        ids.get(place).and_then(|id| self.marks.get(*id as usize)).is_some_and(|marks| marks & mark != 0)
    }

    /// Hazards of a clause that follow a negator with nothing but small words between. "Isn't the engine smoking?" denies
    /// nothing: a contraction that begins its clause asks.
    fn denied(&self, ids: &[WordId], start: usize, end: usize, struck: &mut Vec<usize>) {
        let mut at = start;
        while at < end {
            let asks = at == start && self.is(ids, at, mark::ASKING);
            let negates = self.is(ids, at, mark::NEGATOR) && !asks;
            at += 1;
            if !negates {
                continue;
            }
            while at < end {
                let of_part = self.is(ids, at, mark::PART) && at + 1 < end && self.is(ids, at + 1, mark::OF_PART);
                if self.is(ids, at, mark::HAZARD) {
                    struck.push(at);
                } else if !of_part && !self.is(ids, at, mark::FILLER | mark::JOINER) {
                    break;
                }
                at += 1;
            }
        }
    }

    /// Where the words say that what came before was put right, unless it is back or was not put right.
    fn repaired_at(&self, words: &Words) -> Option<usize> {
        let said = |phrases: &[Vec<WordId>]| phrases.iter().any(|phrase| words.has(phrase));
        if !said(&self.repaired) || said(&self.unrepaired) || said(&self.again) {
            return None;
        }
        let places = self.repaired.iter().filter_map(|phrase| {
            words.ids().windows(phrase.len().max(1)).position(|window| window == phrase.as_slice())
        });
        places.max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words that are left of a question.
    fn left(question: &str) -> usize {
        let mut lexicon = Lexicon::default();
        let denial = Denial::learn(&mut lexicon);
        let words = lexicon.read(question);
        let hazards =
            |words: &Words| (0..words.ids().len()).filter(|place| denial.is(words.ids(), *place, mark::HAZARD)).count();
        let struck = denial.strike(&words);
        hazards(&struck)
    }

    #[test]
    fn a_denial_reaches_over_small_words_and_no_further() {
        for (question, hazards) in [
            ("no smoke and no fire", 0),
            ("there is no smoke or flames", 0),
            ("without any sign of overheating", 0),
            ("it has never been in a crash", 0),
            ("I can't smell burning", 0),
            ("not a brake failure, no oil leak", 0),
            ("it no longer smokes", 0),
            ("no, there is smoke", 1),
            ("no brakes, fire!", 1),
            ("I can't put the fire out", 1),
            ("not just smoke but flames", 2),
            ("no smoke but flames", 1),
            ("I don't know why there is smoke", 1),
            ("isn't that smoke?", 1),
            ("no idea where the smoke comes from", 1),
            ("nothing works and smoke is coming out", 1),
        ] {
            assert_eq!(left(question), hazards, "{question}");
        }
    }

    #[test]
    fn what_is_over_is_struck_and_what_is_back_is_not() {
        for (question, hazards) in [
            ("it caught fire last year", 0),
            ("it caught fire last year but now there is smoke", 1),
            ("last year it was serviced. Now there is smoke", 1),
            ("the brakes failed yesterday and were repaired", 0),
            ("the brakes were repaired yesterday and have failed", 1),
            ("the brakes failed and have not been repaired", 1),
            ("it caught fire, was fixed, and is smoking again", 2),
            ("can it be repaired after a fire", 1),
        ] {
            assert_eq!(left(question), hazards, "{question}");
        }
    }
}
